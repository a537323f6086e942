import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Inflow } from "../../src/internal/inflow.ts"

describe("Inflow", () => {
  it.effect("holds up the reader when it is full, and no more when what it holds is taken", () =>
    Effect.gen(function* () {
      const inflow = new Inflow<Uint8Array>(1000)
      const view = new Uint8Array(1000)
      assert.isFalse(inflow.full())
      inflow.push(view, view.length)
      assert.isTrue(inflow.full())
      assert.deepStrictEqual(yield* inflow.take, [view])
      assert.isFalse(inflow.full())
    })
  )

  it("holds up a reader of single bytes long before they are as many as it may hold", () => {
    const inflow = new Inflow<Uint8Array>(1 << 20)
    let views = 0
    for (; !inflow.full(); views++) inflow.push(new Uint8Array(1), 1)
    assert.strictEqual(views, Math.ceil((1 << 20) / 129))
  })
})
