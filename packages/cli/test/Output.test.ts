import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { queryObjects } from "node:v8"
import * as Output from "../src/Output.ts"

/** A stream that says whether there is room, and tells what was written to it. */
const stream = (room: boolean, error?: Error) => {
  const written: Array<string> = []
  const done: Array<() => void> = []
  const printer: Output.Printer<string> = {
    write: (text, callback) => {
      written.push(text)
      done.push(() => callback(error))
      return room
    }
  }
  return { written, done, printer }
}

describe("Output.toStream", () => {
  it.effect("goes on at once where there is room", () =>
    Effect.gen(function* () {
      const { printer, written } = stream(true)
      yield* Output.toStream(printer, "text")
      assert.deepStrictEqual(written, ["text"])
    })
  )

  it.effect("waits where there is none until what was written is through", () =>
    Effect.gen(function* () {
      const { done, printer } = stream(false)
      const fiber = yield* Effect.forkChild(Output.toStream(printer, "text"), { startImmediately: true })
      yield* Effect.yieldNow
      assert.isUndefined(fiber.pollUnsafe())
      done[0]?.()
      yield* Fiber.join(fiber)
    })
  )

  it.effect("holds no error for a failure that there is not yet: it would keep alive what made it", () =>
    Effect.gen(function* () {
      const { done, printer } = stream(false)
      const fiber = yield* Effect.forkChild(Output.toStream(printer, "text"), { startImmediately: true })
      assert.strictEqual(queryObjects(Output.ReaderGone), 0)
      done[0]?.()
      yield* Fiber.join(fiber)
    })
  )

  it.effect("fails where the reader has gone", () =>
    Effect.gen(function* () {
      const { done, printer } = stream(false, new Error("EPIPE"))
      const fiber = yield* Effect.forkChild(Output.toStream(printer, "text"), { startImmediately: true })
      done[0]?.()
      const error = yield* Effect.flip(Fiber.join(fiber))
      assert.strictEqual(error.message, "whoever read what is printed reads no more")
    })
  )
})
