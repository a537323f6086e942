import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"
import { traced } from "../../src/internal/traced.ts"

const spanOf = Effect.option(Effect.currentSpan)

describe("traced", () => {
  it.effect("makes a span within one, and no span where nobody looks", () =>
    Effect.gen(function* () {
      const inside = yield* Effect.withSpan(traced("Storage.store", spanOf), "outside")
      assert.strictEqual(inside._tag === "Some" ? inside.value.name : undefined, "Storage.store")
      const alone = yield* traced("Storage.store", spanOf)
      assert.strictEqual(alone._tag, "None")
    })
  )

  it.effect("makes a span for a tracer of the user's", () =>
    Effect.gen(function* () {
      const names: Array<string> = []
      const tracer = Tracer.make({
        span: (options) => {
          names.push(options.name)
          return new Tracer.NativeSpan(options)
        }
      })
      yield* Effect.provideService(traced("Storage.store", Effect.void), Tracer.Tracer, tracer)
      assert.deepStrictEqual(names, ["Storage.store"])
    })
  )
})
