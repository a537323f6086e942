/**
 * Which files are meant by the paths of a command line: files themselves, and what is in folders and in folders of those.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Failure from "./Failure.ts"

/**
 * Which files of folders are meant.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  /** Whether folders within folders are searched. */
  readonly recurse: boolean
  /** What the names of files in folders are like: `*` stands for any characters, `?` for one. */
  readonly pattern?: string | undefined
}

/**
 * The files that were found, in the order of the paths and of their names, and the paths that lead to none.
 *
 * @category models
 * @since 0.1.0
 */
export interface Found {
  readonly files: ReadonlyArray<string>
  readonly unreadable: ReadonlyArray<{ readonly path: string; readonly detail: string }>
}

/**
 * Searches. In folders, names that begin with a period are left out, and so is what is neither file nor folder; where such
 * a thing is named it is unreadable, since to open a pipe may be to wait for ever.
 *
 * @category operations
 * @since 0.1.0
 */
export const find = Effect.fnUntraced(function* (
  paths: ReadonlyArray<string>,
  options: Options
): Effect.fn.Return<Found, never, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const { join } = yield* Path.Path
  const matches = options.pattern === undefined ? () => true : like(options.pattern)
  const files = new Set<string>()
  const unreadable: Array<{ readonly path: string; readonly detail: string }> = []
  const entered = new Set<string>()

  const folder = (path: string, deep: boolean): Effect.Effect<void> =>
    Effect.gen(function* () {
      // A link that leads back up must not lead around for ever.
      const real = yield* fs.realPath(path)
      if (entered.has(real)) return
      entered.add(real)
      const entries = yield* fs.readDirectoryEntries(path)
      for (const { name, type } of entries.toSorted((a, b) => compare(a.name, b.name))) {
        if (name.startsWith(".")) continue
        const inside = join(path, name)
        const kind =
          type === "SymbolicLink"
            ? yield* Effect.map(Effect.option(fs.stat(inside)), (info) =>
                info._tag === "Some" ? info.value.type : "Unknown"
              )
            : type
        if (kind === "Directory" && deep) yield* folder(inside, deep)
        if (kind === "File" && matches(name)) files.add(inside)
      }
    }).pipe(
      Effect.catch((error) =>
        Effect.sync(() => {
          unreadable.push({ path, detail: Failure.refusalOf(error) })
        })
      )
    )

  for (const path of paths) {
    const info = yield* Effect.result(fs.stat(path))
    if (info._tag === "Failure") unreadable.push({ path, detail: Failure.refusalOf(info.failure) })
    else if (info.success.type === "Directory") yield* folder(path, options.recurse)
    else if (info.success.type === "File") files.add(path)
    else unreadable.push({ path, detail: "it is neither a file nor a folder" })
  }
  return { files: [...files], unreadable }
})

const collator = new Intl.Collator("en", { numeric: true })

/** Numbers within names count as numbers: 2 comes before 10. */
const compare = (a: string, b: string): number => collator.compare(a, b)

const like = (pattern: string) => {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".")
  const expression = new RegExp(`^${source}$`, "i")
  return (name: string): boolean => expression.test(name)
}
