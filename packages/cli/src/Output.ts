/**
 * Printing much: no faster than whoever reads it takes it, so that what waits to be read does not fill the memory.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/**
 * Whoever read what is printed reads no more (`dicom dump FILE | head`).
 *
 * @category errors
 * @since 0.1.0
 */
export class ReaderGone extends Schema.TaggedError<ReaderGone>()("ReaderGone", {}) {
  override get message(): string {
    return "whoever read what is printed reads no more"
  }
}

/**
 * Prints text as it is, and goes on once there is room for more. Default: on `process.stdout`.
 *
 * @category services
 * @since 0.1.0
 */
export const Output: Context.Reference<(text: string) => Effect.Effect<void, ReaderGone>> = Context.Reference(
  "@effect-dicom/cli/Output",
  { defaultValue: () => (text: string) => toStream(process.stdout, text) }
)

/**
 * Prints bytes as they are, and goes on once there is room for more. Default: on `process.stdout`.
 *
 * @category services
 * @since 0.1.0
 */
export const BinaryOutput: Context.Reference<(bytes: Uint8Array) => Effect.Effect<void, ReaderGone>> =
  Context.Reference("@effect-dicom/cli/BinaryOutput", {
    defaultValue: () => (bytes: Uint8Array) => toStream(process.stdout, bytes)
  })

/**
 * How many columns a line has where a reader sees it; nothing where a program reads. Default: those of `process.stdout`.
 *
 * @category services
 * @since 0.1.0
 */
export const Columns: Context.Reference<number | undefined> = Context.Reference("@effect-dicom/cli/Columns", {
  defaultValue: () => (process.stdout.isTTY === true ? process.stdout.columns || 80 : undefined)
})

/**
 * What prints: a stream of Node.
 *
 * @category models
 * @since 0.1.0
 */
export interface Printer<in A> {
  readonly write: (chunk: A, done: (error?: Error | null) => void) => boolean
}

/**
 * Writes to a stream, and waits while it holds as much as it should.
 *
 * @category operations
 * @since 0.1.0
 */
export const toStream = <A>(stream: Printer<A>, chunk: A): Effect.Effect<void, ReaderGone> =>
  Effect.callback<void, ReaderGone>((resume) => {
    // Made only when it is needed: an error holds what it was made by, and there is one write for each few thousand bytes.
    const end = (): void => resume(failed ? Effect.fail(new ReaderGone({})) : Effect.void)
    let failed = false
    let waiting = false
    const room = stream.write(chunk, (error) => {
      failed = error !== null && error !== undefined
      if (waiting) end()
    })
    if (!room && !failed) waiting = true
    else end()
  })
