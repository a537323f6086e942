import { Vr } from "@effect-dicom/data"
import { assert, describe, it } from "@effect/vitest"

const bytes = (vr: string): readonly [number, number] => [vr.charCodeAt(0), vr.charCodeAt(1)]

describe("Vr", () => {
  it("is one of the 34 of PS3.5 Table 6.2-1", () => {
    assert.strictEqual(Vr.Vr.literals.length, 34)
    for (const vr of Vr.Vr.literals) assert.isTrue(Vr.isKnown(...bytes(vr)), vr)
    for (const other of ["ZZ", "ox", "  ", "\0\0", "O ", "~~"]) assert.isFalse(Vr.isKnown(...bytes(other)), other)
  })

  it("has a long length where PS3.5 Table 7.1-1 says so, and where it is not known", () => {
    assert.deepEqual(
      Vr.Vr.literals.filter((vr) => Vr.isLong(...bytes(vr))),
      ["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"]
    )
    assert.isTrue(Vr.isLong(...bytes("ZZ")))
  })
})
