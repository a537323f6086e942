import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as LogLines from "../src/LogLines.ts"

/** The lines without what is another each time. */
const logged = (effect: Effect.Effect<void>) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const logger = Logger.map(LogLines.logger, (line) => void lines.push(line.replace(/^.* fiber=#\d+ /, "")))
    yield* Effect.provide(effect, Logger.layer([logger]))
    return lines
  })

describe("LogLines", () => {
  it.effect("texts are one message, and an object beside them is fields", () =>
    Effect.gen(function* () {
      const lines = yield* logged(
        Effect.logWarning("An association ended early", "no PDU", { host: "::1", title: "A B", none: "" })
      )
      assert.deepStrictEqual(lines, ['message="An association ended early: no PDU" host=::1 title="A B" none=""'])
    })
  )

  it.effect("of an error there is the message", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* logged(Effect.logError("Failed", new Error("why"))), ['message="Failed: why"'])
    })
  )
})
