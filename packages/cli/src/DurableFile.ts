/**
 * Files that are there whole or not at all: written beside their place, and put there once they are on the disk.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"

/**
 * Writes a file, in place of one that may be there, and gives its path. Where it fails, or is interrupted, what was there
 * is as it was. A symbolic link stays, and the file it leads to is written; who may read and write a file stays too.
 *
 * **Gotchas**
 *
 * The name is on the disk when its folder is: {@link settle} it, after the last of several files.
 *
 * @category operations
 * @since 0.1.0
 */
export const write = Effect.fnUntraced(function* <E, R>(
  output: string,
  bytes: Stream.Stream<Uint8Array, E, R>
): Effect.fn.Return<string, E | PlatformError, R | FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const paths = yield* Path.Path
  const run = (yield* Random.nextIntBetween(0, 0x7fffffff)).toString(36)
  const target = yield* targetOf(output)
  const before = yield* Effect.option(fs.stat(target))
  const partial = paths.join(paths.dirname(target), `.${paths.basename(target)}.${run}.part`)
  yield* Effect.scoped(
    Effect.gen(function* () {
      const file = yield* fs.open(partial, { flag: "wx" })
      // Before there is anything in it. A file system without permissions has none to keep.
      if (before._tag === "Some") yield* Effect.ignore(fs.chmod(partial, before.value.mode & 0o777))
      yield* Stream.runForEach(bytes, (chunk) => file.writeAll(chunk))
      yield* file.sync
    })
  ).pipe(
    Effect.andThen(fs.rename(partial, target)),
    Effect.onError(() => Effect.ignore(fs.remove(partial, { force: true })))
  )
  return target
})

/** As many links, one leading to the next, as Linux follows. */
const mostLinks = 40

/** Where a path leads, whether there is a file yet or not. */
const targetOf = Effect.fnUntraced(function* (output: string) {
  const fs = yield* FileSystem.FileSystem
  const paths = yield* Path.Path
  let target = paths.resolve(output)
  for (let i = 0; i < mostLinks; i++) {
    const link = yield* Effect.option(fs.readLink(target))
    if (link._tag === "None") return target
    target = paths.resolve(yield* fs.realPath(paths.dirname(target)), link.value)
  }
  return target
})

/**
 * Puts the names in a folder on the disk. Where a folder cannot be opened as a file they need not be.
 *
 * @category operations
 * @since 0.1.0
 */
export const settle = Effect.fnUntraced(function* (
  folder: string
): Effect.fn.Return<void, never, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  yield* Effect.ignore(Effect.scoped(Effect.flatMap(fs.open(folder, { flag: "r" }), (file) => file.sync)))
})
