import * as AT from "@effect-dicom/data/AT"
import * as Tag from "@effect-dicom/data/Tag"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

describe("AT", () => {
  it("reads a tag in either form, and writes it in digits alone", () => {
    for (const text of ["7FE00010", "7fe00010", "(7FE0,0010)", "7FE00010 "]) {
      assert.deepStrictEqual(AT.parse(text), Result.succeed(Tag.PixelData))
    }
    assert.strictEqual(AT.format(Tag.make(0x0008, 0x001a)), "0008001A")
  })

  it("refuses what is not a tag", () => {
    for (const text of ["", "0008", "0008,001A", "(0008,001A", "0008001G", "0008001A0"]) {
      const result = AT.parse(text)
      assert.strictEqual(
        Result.isFailure(result) && result.failure.message,
        `${JSON.stringify(text)} is not of VR AT: permitted is a tag as GGGGEEEE or (GGGG,EEEE), in hexadecimal`
      )
    }
  })

  it("writes group before element in both byte orders", () => {
    assert.deepStrictEqual(AT.toBytes(Tag.PixelData, "little endian"), Uint8Array.of(0xe0, 0x7f, 0x10, 0x00))
    assert.deepStrictEqual(AT.toBytes(Tag.PixelData, "big endian"), Uint8Array.of(0x7f, 0xe0, 0x00, 0x10))
    assert.strictEqual(AT.fromBytes(Uint8Array.of(0, 0xe0, 0x7f, 0x10, 0x00), 1, "little endian"), Tag.PixelData)
    assert.strictEqual(AT.fromBytes(Uint8Array.of(0xe0, 0x7f, 0x10), 0, "little endian"), undefined)
  })

  it.prop("reads what it writes", [AT.AT], ([tag]) => {
    assert.deepStrictEqual(AT.parse(AT.format(tag)), Result.succeed(tag))
    assert.deepStrictEqual(AT.parse(Tag.format(tag)), Result.succeed(tag))
    assert.deepStrictEqual(Schema.encodeResult(AT.FromString)(tag), Result.succeed(AT.format(tag)))
    for (const order of ["little endian", "big endian"] as const) {
      assert.strictEqual(AT.fromBytes(AT.toBytes(tag, order), 0, order), tag)
    }
  })
})
