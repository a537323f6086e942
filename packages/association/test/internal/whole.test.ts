import { assert, describe, it } from "@effect/vitest"
import { Whole } from "../../src/internal/whole.ts"

describe("Whole", () => {
  it("is what was pushed, in order, with long views as they were", () => {
    const whole = new Whole()
    const long = new Uint8Array(1000).fill(9)
    for (const view of [Uint8Array.of(1), Uint8Array.of(2, 3), long, new Uint8Array(0), Uint8Array.of(4)])
      whole.push(view)
    const views = whole.views()
    assert.deepStrictEqual(views, [Uint8Array.of(1, 2, 3), long, Uint8Array.of(4)])
    assert.strictEqual(views[1], long)
    assert.strictEqual(whole.length, 1004)
  })

  it("has few views of very many short ones", () => {
    const whole = new Whole()
    for (let i = 0; i < 100_000; i++) whole.push(Uint8Array.of(i))
    const views = whole.views()
    assert.strictEqual(views.length, 25)
    assert.isTrue(views.every((view, i) => view.every((byte, j) => byte === ((i * 4096 + j) & 0xff))))
  })
})
