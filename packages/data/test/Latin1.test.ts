import * as Latin1 from "@effect-dicom/data/Latin1"
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"

describe("Latin1", () => {
  it("gives a character for each byte, of every value", () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
    assert.deepStrictEqual(
      Array.from(Latin1.decode(bytes), (character) => character.charCodeAt(0)),
      [...bytes]
    )
  })

  const octet = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))
  const shift = Schema.Int.check(Schema.isBetween({ minimum: -40, maximum: 40 }))

  it.prop(
    "gives the same text as Node does, of any part of any length",
    [Schema.Array(octet), shift, shift],
    ([octets, skipped, shifted]) => {
      for (const all of [Uint8Array.from(octets), Uint8Array.from({ length: 700 }, (_, i) => i)]) {
        const start = Math.abs(skipped)
        const end = all.length + shifted
        const expected = Buffer.from(all.subarray(start, Math.max(end, 0))).toString("latin1")
        assert.strictEqual(Latin1.decode(all, start, end), expected)
      }
    }
  )

  it("gives nothing where the end is before the start, or the start behind the bytes", () => {
    assert.strictEqual(Latin1.decode(Uint8Array.of(1, 2, 3), 2, 1), "")
    assert.strictEqual(Latin1.decode(Uint8Array.of(1, 2, 3), 4), "")
  })
})
