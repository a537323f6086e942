import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as DataElement from "../src/DataElement.ts"
import * as DataSet from "../src/DataSet.ts"
import * as Tag from "../src/Tag.ts"
import * as TransferSyntax from "../src/TransferSyntax.ts"
import { hex, same } from "./realFiles.ts"

const explicit = TransferSyntax.ExplicitVRLittleEndian
const implicit = TransferSyntax.ImplicitVRLittleEndian
const big = TransferSyntax.ExplicitVRBigEndian
const tag = Tag.make
const references = tag(0x0008, 0x1140)

const read = (bytes: Uint8Array, transferSyntax: TransferSyntax.TransferSyntax = explicit): DataSet.DataSet =>
  Result.getOrThrow(DataSet.read(bytes, { transferSyntax }))

const nested = hex(
  "0800 4011 5351 0000 FFFFFFFF",
  "FEFF 00E0 0C000000 0800 5011 5549 0400 312E3200",
  "FEFF 00E0 FFFFFFFF 0800 5011 5549 0400 312E3300 FEFF 0DE0 00000000",
  "FEFF DDE0 00000000",
  "1000 1000 504E 0200 4120"
)

describe("DataSet.transcode", () => {
  it("leaves in little endian what is too long for its VR, and so becomes a UN (PS3.5 section 6.2.2)", () => {
    const bytes = new Uint8Array(8 + 0x10002)
    bytes.set(hex("2800 0900 02000100 0102 0304"))
    const written = DataSet.toBytes(Result.getOrThrow(DataSet.transcode(read(bytes, implicit), big)))
    assert.deepEqual(written.subarray(0, 16), hex("0028 0009 554E 0000 00010002 0102 0304"))
    assert.isTrue(same(DataSet.toBytes(Result.getOrThrow(DataSet.transcode(read(written, big), implicit))), bytes))
  })

  it("swaps the numbers of each VR, and leaves what is in a UN", () => {
    const bytes = hex(
      "0900 0110 5553 0400 0102 0304",
      "0900 0210 4154 0400 0102 0304",
      "0900 0310 464C 0400 01020304",
      "0900 0410 4644 0800 0102030405060708",
      "0900 0510 554E 0000 04000000 01020304",
      "0900 0610 4F56 0000 08000000 0102030405060708",
      "0900 0710 4F57 0000 03000000 010203"
    )
    const swapped = Result.getOrThrow(DataSet.transcode(read(bytes), big))
    assert.deepEqual(
      DataSet.toBytes(swapped),
      hex(
        "0009 1001 5553 0004 0201 0403",
        "0009 1002 4154 0004 0201 0403",
        "0009 1003 464C 0004 04030201",
        "0009 1004 4644 0008 0807060504030201",
        "0009 1005 554E 0000 00000004 01020304",
        "0009 1006 4F56 0000 00000008 0807060504030201",
        "0009 1007 4F57 0000 00000003 020103"
      )
    )
  })

  it("swaps the numbers of a data set that was made, and of elements taken from one", () => {
    const made = DataSet.make(big, [DataElement.value(Tag.make(0x0028, 0x0010), "US", Uint8Array.of(2, 0))])
    const swapped = hex("2800 1000 5553 0200 0002")
    assert.deepEqual(DataSet.toBytes(Result.getOrThrow(DataSet.transcode(made, explicit))), swapped)
    assert.deepEqual(DataSet.toBytes(DataSet.make(explicit, DataSet.elements(made))), swapped)
    assert.deepEqual(DataSet.toBytes(made), hex("0028 0010 5553 0002 0200"))
  })

  it("leaves elsewhere what is elsewhere, and refuses to turn the numbers of it", () => {
    const elsewhere = { length: 4, name: "pixels" }
    const pixels = (vr: "OB" | "OW") =>
      DataSet.make<typeof elsewhere>(implicit, [
        DataElement.value(tag(0x0028, 0x0010), "US", Uint8Array.of(0, 2)),
        DataElement.referenced(Tag.PixelData, vr, elsewhere)
      ])
    const written = DataSet.write(Result.getOrThrow(DataSet.transcode(pixels("OB"), big)))
    assert.deepEqual(written, [hex("0028 0010 5553 0002 0200", "7FE0 0010 4F42 0000 00000004"), elsewhere])
    const refused = DataSet.transcode(pixels("OW"), big)
    assert.strictEqual(
      Result.isFailure(refused) && refused.failure.message,
      "(7FE0,0010) OW is elsewhere; to be in Explicit VR Big Endian its numbers need another byte order"
    )
    assert.isTrue(Result.isSuccess(DataSet.transcode(pixels("OW"), explicit)))
    const inItem = DataSet.make(explicit, [DataElement.sequence(tag(0x0008, 0x1140), [pixels("OW")])])
    const refusedInside = DataSet.transcode(inItem, big)
    assert.deepEqual(Result.isFailure(refusedInside) && refusedInside.failure._tag, "ValueElsewhere")
    assert.deepEqual(Result.isFailure(refusedInside) && refusedInside.failure.path, [
      { tag: tag(0x0008, 0x1140), item: 1 },
      { tag: Tag.PixelData }
    ])
    // @ts-expect-error - nothing is elsewhere in what was read whole, and so there is no such failure
    const none: DataSet.TranscodeError = new DataSet.ValueElsewhere({ path: [], vr: "OW", to: "" })
    assert.strictEqual(none._tag, "ValueElsewhere")
  })

  it("asks what stands for numbers in the other byte order, in items too, where that is given", () => {
    interface Elsewhere {
      readonly length: number
      readonly size?: number
      readonly vr?: string
    }
    const item = DataSet.make<Elsewhere>(implicit, [DataElement.referenced(Tag.PixelData, "OW", { length: 4 })])
    const whole = DataSet.make(explicit, [DataElement.sequence(tag(0x0008, 0x1140), [item])])
    const swapped = DataSet.transcode(whole, big, { swapped: ({ length }, vr, size) => ({ length, size, vr }) })
    const pieces = DataSet.write(Result.getOrThrow(swapped)).filter((piece) => !(piece instanceof Uint8Array))
    assert.deepEqual(pieces, [{ length: 4, size: 2, vr: "OW" }])
  })

  it("keeps right the group lengths that are, in items too, and leaves those that are wrong (PS3.5 section 7.2)", () => {
    const inExplicit = hex(
      "0800 0000 554C 0400 2E000000",
      "0800 4011 5351 0000 22000000 FEFF 00E0 1A000000",
      "0800 0000 554C 0400 0E000000 0800 2001 5552 0000 02000000 6120",
      "1000 0000 554C 0400 FF000000 1000 2000 4C4F 0200 4120"
    )
    const inImplicit = hex(
      "0800 0000 04000000 26000000",
      "0800 4011 1E000000 FEFF 00E0 16000000",
      "0800 0000 04000000 0A000000 0800 2001 02000000 6120",
      "1000 0000 04000000 FF000000 1000 2000 02000000 4120"
    )
    assert.deepEqual(DataSet.toBytes(Result.getOrThrow(DataSet.transcode(read(inExplicit), implicit))), inImplicit)
    const again = DataSet.transcode(read(inImplicit, implicit), explicit)
    assert.deepEqual(DataSet.toBytes(Result.getOrThrow(again)), inExplicit)
    const swapped = DataSet.toBytes(Result.getOrThrow(DataSet.transcode(read(inImplicit, implicit), big)))
    assert.deepEqual(swapped.subarray(0, 12), hex("0008 0000 554C 0004 0000002E"))
    assert.deepEqual(DataSet.toBytes(Result.getOrThrow(DataSet.transcode(read(swapped, big), implicit))), inImplicit)
  })

  it("leaves wrong a group length that would be right in the other syntax, and brings it back (PS3.5 section 7.2)", () => {
    // (0008,0120) UR takes 8 + 2 bytes here, and 12 + 2 where its VR is written (PS3.5 section 7.1.2)
    const wrong = hex("0800 0000 04000000 0E000000 0800 2001 02000000 6120")
    const inExplicit = Result.getOrThrow(DataSet.transcode(read(wrong, implicit), explicit))
    assert.deepEqual(DataSet.toBytes(inExplicit), hex("0800 0000 554C 0400 0A000000 0800 2001 5552 0000 02000000 6120"))
    const again = Result.getOrThrow(DataSet.transcode(read(DataSet.toBytes(inExplicit)), implicit))
    assert.deepEqual(DataSet.toBytes(again), wrong)
    const wrongInExplicit = hex("0800 0000 554C 0400 0A000000 0800 2001 5552 0000 02000000 6120")
    const inImplicit = DataSet.toBytes(Result.getOrThrow(DataSet.transcode(read(wrongInExplicit), implicit)))
    const back = Result.getOrThrow(DataSet.transcode(read(inImplicit, implicit), explicit))
    assert.deepEqual(DataSet.toBytes(back), wrongInExplicit)
  })

  it("only names a data set anew where its bytes may stay, its items too", () => {
    const deflated = Result.getOrThrow(DataSet.transcode(read(nested), TransferSyntax.DeflatedExplicitVRLittleEndian))
    assert.strictEqual(DataSet.write(deflated)[0], nested)
    const [item] = DataSet.items(deflated, references) ?? []
    assert.strictEqual(item?.transferSyntax, TransferSyntax.DeflatedExplicitVRLittleEndian)
  })

  it("refuses what a codec for pixels is needed for, and says where", () => {
    const fragments = read(hex("E07F 1000 4F42 0000 FFFFFFFF FEFF DDE0 00000000"), TransferSyntax.JPEG2000)
    const out = DataSet.transcode(fragments, explicit)
    assert.strictEqual(
      Result.isFailure(out) && out.failure.message,
      "(7FE0,0010) is in JPEG 2000 Image Compression; to be in Explicit VR Little Endian it needs a codec for its pixels"
    )
    const into = DataSet.transcode(read(hex("E07F 1000 4F42 0000 00000000")), TransferSyntax.RLELossless)
    assert.isTrue(Result.isFailure(into))
  })
})
