import { DataSet, Limits, TransferSyntax } from "@effect-dicom/data"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"

describe("Limits", () => {
  it("are the defaults but for those that are given", () => {
    assert.deepEqual(Limits.make(), Limits.defaults)
    assert.deepEqual(Limits.make({ items: 7 }), { ...Limits.defaults, items: 7 })
  })

  it("nest no deeper than the call stack has room for", () => {
    assert.strictEqual(Limits.make({ depth: Infinity }).depth, 1024)
    assert.strictEqual(Limits.make({ depth: 1000 }).depth, 1000)
  })

  it("bound what is given as nothing, or as what is no number, as the defaults do", () => {
    const given: Record<string, number | undefined> = { elements: undefined, depth: Number.NaN }
    assert.deepEqual(Limits.make(given), Limits.defaults)
    // (0008,1140) and an item in it, of undefined lengths, in implicit VR, a hundred deep.
    const level = [0x08, 0x00, 0x40, 0x11, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xff, 0x00, 0xe0, 0xff, 0xff, 0xff, 0xff]
    const bytes = Uint8Array.from(Array.from({ length: 100 }).flatMap(() => level))
    const result = DataSet.read(bytes, { transferSyntax: TransferSyntax.ImplicitVRLittleEndian, limits: given })
    assert.strictEqual(Result.isFailure(result) && result.failure.limit, "depth")
    assert.strictEqual(Result.isFailure(result) && result.failure.offset, 64 * 16 + 8)
  })
})
