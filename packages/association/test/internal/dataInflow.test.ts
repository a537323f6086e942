import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { DataInflow } from "../../src/internal/dataInflow.ts"

const lengths = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 200_000 })))

describe("DataInflow", () => {
  it.effect.prop("gives what was added, in order, to whoever pulls and whoever copies", [lengths], ([all]) =>
    Effect.gen(function* () {
      const pulled = new DataInflow(1, () => {})
      const copied = new DataInflow(1, () => {})
      const copies: Array<Uint8Array> = []
      const bytes: Array<Uint8Array> = []
      const expected: Array<Uint8Array> = []
      for (const [n, length] of [...all, 1].entries()) {
        const view = new Uint8Array(Buffer.alloc(length, `${n}, in order`))
        expected.push(view.slice())
        for (const inflow of [pulled, copied]) inflow.add(view)
        view.fill(0xee)
        if (length === 0 || (n % 3 === 0 && n < all.length)) continue
        bytes.push(...(yield* pulled.pull).map((view) => view.slice()))
        copies.push(...(yield* copied.copied))
      }
      for (const inflow of [pulled, copied]) inflow.end("complete")
      assert.isTrue(Buffer.concat(bytes).equals(Buffer.concat(expected)))
      assert.isTrue(Buffer.concat(copies).equals(Buffer.concat(expected)))
      assert.strictEqual((yield* Effect.flip(pulled.pull))._tag, "Done")
    })
  )

  it.effect("uses the memory of what was pulled again after the next pull, and not before", () =>
    Effect.gen(function* () {
      const inflow = new DataInflow(1000)
      inflow.add(Uint8Array.of(1, 2))
      const [first] = yield* inflow.pull
      inflow.add(Uint8Array.of(3))
      assert.deepStrictEqual(Array.from(first), [1, 2])
      const [second] = yield* inflow.pull
      assert.notStrictEqual(second.buffer, first.buffer)
      inflow.add(Uint8Array.of(4))
      const [third] = yield* inflow.pull
      assert.strictEqual(third.buffer, first.buffer)
      assert.deepStrictEqual(Array.from(third), [4])
    })
  )

  it("counts what it holds, and nothing of what is not wanted", () => {
    const inflow = new DataInflow(1000)
    inflow.add(new Uint8Array(800))
    assert.isFalse(inflow.full())
    inflow.add(new Uint8Array(800))
    assert.isTrue(inflow.full())
    inflow.discard()
    inflow.add(new Uint8Array(9000))
    assert.isFalse(inflow.full())
    assert.strictEqual(inflow.held, 0)
  })
})
