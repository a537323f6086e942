import { assert, describe, it } from "@effect/vitest"
import { Whole } from "../../src/internal/whole.ts"

describe("Whole", () => {
  it("is a copy of what was pushed, in order", () => {
    const whole = new Whole()
    const long = new Uint8Array(1000).fill(9)
    const short = [Uint8Array.of(2, 3), new Uint8Array(0), Uint8Array.of(4)]
    for (const view of [Uint8Array.of(1), ...short, long, ...short]) {
      whole.push(view)
      view.reverse()
    }
    assert.deepStrictEqual(
      whole.views().map((view) => Array.from(view)),
      [[1], [2, 3, 4], Array.from({ length: 1000 }, () => 9), [3, 2, 4]]
    )
    assert.strictEqual(whole.length, 1007)
  })

  it("has few views of very many short ones", () => {
    const whole = new Whole()
    for (let i = 0; i < 100_000; i++) whole.push(Uint8Array.of(i))
    const views = whole.views()
    assert.strictEqual(views.length, 26)
    const bytes = views.flatMap((view) => Array.from(view))
    assert.isTrue(bytes.every((byte, i) => byte === (i & 0xff)))
  })
})
