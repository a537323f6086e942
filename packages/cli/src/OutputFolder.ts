/**
 * The folder that a subcommand writes files into: it is made, with those that it is in, where it is not there.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"

/**
 * Makes a folder. (Node's own way to make those it is in too never ends where one of them can have none, as in /proc.)
 *
 * @category operations
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  folder: string
): Effect.fn.Return<void, PlatformError, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const paths = yield* Path.Path
  const missing: Array<string> = []
  let at = paths.resolve(folder)
  while (!(yield* fs.exists(at)) && paths.dirname(at) !== at) {
    missing.push(at)
    at = paths.dirname(at)
  }
  // What is there may be no folder, and what was not may be made by another meanwhile.
  for (const one of missing.length === 0 ? [at] : missing.toReversed()) {
    yield* Effect.catchTag(fs.makeDirectory(one), "PlatformError", (error) =>
      Effect.flatMap(
        Effect.orElseSucceed(fs.stat(one), () => undefined),
        (found) => (found?.type === "Directory" ? Effect.void : Effect.fail(error))
      )
    )
  }
})
