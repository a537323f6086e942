/**
 * The files that flags name and that are read whole, at once: keys, passcodes, certificates, configuration. What cannot be
 * read is told of in words, with the flag that is to name another.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { systemError } from "effect/PlatformError"
import type { PlatformError } from "effect/PlatformError"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"

/** The longest file that is read, in bytes: 64 MiB. */
const longest = 1 << 26

/**
 * Reads a file. A folder, a device and a socket are none; a pipe is one, since a shell may put it there.
 *
 * @category constructors
 * @since 0.1.0
 */
export const bytes = Effect.fnUntraced(function* (
  path: string
): Effect.fn.Return<Uint8Array, PlatformError, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  const { size, type } = yield* fs.stat(path)
  const wrong =
    type === "Directory"
      ? "it is a folder"
      : type !== "File" && type !== "FIFO"
        ? "it is no file"
        : size > longest
          ? `it has ${(Number(size) / 1e6).toFixed(0)} MB; permitted: up to ${(longest / 1e6).toFixed(0)} MB`
          : undefined
  if (wrong === undefined) return yield* fs.readFile(path)
  return yield* systemError({ _tag: "BadResource", module: "GivenFile", method: "bytes", cause: new Error(wrong) })
})

/**
 * Reads the file of a flag, which has something in it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const read = (flag: string, path: string): Effect.Effect<Uint8Array, Failure.Failure, FileSystem.FileSystem> => {
  const refused = (detail: string) =>
    Failure.make(codes.files, `Cannot read ${path}: ${detail}. Give a file that can be read with ${flag}.`)
  return bytes(path).pipe(
    Effect.mapError((error) => refused(Failure.refusalOf(error))),
    Effect.filterOrFail(
      (read) => read.length > 0,
      () => refused("it is empty")
    )
  )
}
