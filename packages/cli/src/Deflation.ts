/**
 * Deflates and inflates what passes (PS3.5 section A.5), a piece at a time: the next is asked for when the one before is used
 * up, so that all may come in one buffer. Which bytes these are is not this file's business.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

/**
 * What is used of a `DeflateRaw` or `InflateRaw` of Node, whose own types whoever installs this package may not have.
 *
 * @category models
 * @since 0.1.0
 */
export interface Zlib {
  readonly on: {
    (event: "readable" | "end", listener: () => void): unknown
    (event: "error", listener: (error: Error) => void): unknown
  }
  readonly write: (chunk: Uint8Array, callback: () => void) => unknown
  readonly end: () => unknown
  readonly read: () => unknown
  readonly destroy: () => unknown
}

/**
 * What one of Node's makes of the bytes. It is closed with the stream.
 *
 * **Gotchas**
 *
 * Bytes behind the end of what is inflated are not asked for. Those that were `bytesWritten` does not count.
 *
 * @category operations
 * @since 0.1.0
 */
export const through = <E, E2>(
  bytes: Stream.Stream<Uint8Array, E>,
  make: () => Zlib,
  onError: (error: Error) => E2
): Stream.Stream<Uint8Array, E | E2> =>
  Stream.transformPull(bytes, (source, scope) =>
    Effect.gen(function* () {
      const zlib = make()
      let failure: Error | undefined
      let isOver = false
      /** Whether it has used up what it was given. */
      let isIdle = true
      let isLast = false
      let given: ReadonlyArray<Uint8Array> = []
      /** Whether something has happened since it was looked at last; it may, before somebody waits for it. */
      let hasHappened = false
      let waiting: (() => void) | undefined
      const wake = (): void => {
        hasHappened = true
        // Who waits may go on within this call, and wait again.
        const resume = waiting
        waiting = undefined
        resume?.()
      }
      zlib.on("readable", wake)
      zlib.on("end", () => {
        isOver = true
        wake()
      })
      zlib.on("error", (error) => {
        failure = error
        wake()
      })
      yield* Scope.addFinalizer(
        scope,
        Effect.sync(() => {
          zlib.destroy()
        })
      )
      const used = (): void => {
        isIdle = true
        wake()
      }
      const something = Effect.callback<void>((resume) => {
        if (hasHappened) resume(Effect.void)
        else waiting = () => resume(Effect.void)
      })
      const give = (): boolean => {
        const [piece, ...rest] = given
        if (piece === undefined) return false
        given = rest
        isIdle = false
        zlib.write(piece, used)
        return true
      }
      const more = Pull.catchDone(
        Effect.map(source, (pieces) => {
          given = pieces
        }),
        () =>
          Effect.sync(() => {
            isLast = true
            zlib.end()
          })
      )
      const next = (): Pull.Pull<readonly [Uint8Array], E | E2> => {
        if (failure !== undefined) return Effect.fail(onError(failure))
        hasHappened = false
        const made = zlib.read()
        if (made instanceof Uint8Array) return Effect.succeed([made])
        if (isOver) return Cause.done()
        if (isIdle && !isLast && !give()) return Effect.flatMap(more, next)
        return Effect.flatMap(something, next)
      }
      return Effect.suspend(next)
    })
  )
