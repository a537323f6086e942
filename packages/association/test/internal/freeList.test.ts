import { assert, describe, it } from "@effect/vitest"
import { FreeList } from "../../src/internal/freeList.ts"

describe("a free list", () => {
  it("gives what was given back before it makes another, and keeps no more than it may", () => {
    let made = 0
    const list = new FreeList(() => ++made, 2)
    const taken = [list.take(), list.take(), list.take()]
    assert.deepStrictEqual(taken, [1, 2, 3])
    for (const piece of taken) list.give(piece)
    assert.deepStrictEqual([list.take(), list.take(), list.take()], [2, 1, 4])
  })
})
