import { TransferSyntax, Uid } from "@effect-dicom/data"
import { assert, describe, it } from "@effect/vitest"

const keywords = (predicate: (syntax: TransferSyntax.Known) => boolean): ReadonlyArray<string> =>
  TransferSyntax.all.filter(predicate).map((syntax) => syntax.keyword)

describe("TransferSyntax", () => {
  it("gives each of the registry by its UID", () => {
    assert.strictEqual(TransferSyntax.all.length, 63)
    for (const syntax of TransferSyntax.all) {
      assert.strictEqual(TransferSyntax.fromUid(syntax.uid), syntax)
      assert.isTrue(TransferSyntax.isKnown(syntax))
    }
  })

  it("has the encodings of PS3.5 Annex A", () => {
    assert.deepEqual(
      keywords((_) => !_.explicitVr),
      ["ImplicitVRLittleEndian", "Papyrus3ImplicitVRLittleEndian"]
    )
    assert.deepEqual(
      keywords((_) => _.byteOrder === "big endian"),
      ["ExplicitVRBigEndian"]
    )
    assert.deepEqual(
      keywords((_) => _.deflated),
      ["DeflatedExplicitVRLittleEndian", "JPIPReferencedDeflate", "JPIPHTJ2KReferencedDeflate"]
    )
    assert.isTrue(TransferSyntax.EncapsulatedUncompressedExplicitVRLittleEndian.encapsulated)
    assert.isTrue(TransferSyntax.DeflatedImageFrameCompression.encapsulated)
    assert.isFalse(TransferSyntax.DeflatedImageFrameCompression.deflated)
    assert.isFalse(TransferSyntax.ExplicitVRLittleEndian.encapsulated)
    assert.isFalse(TransferSyntax.JPIPReferenced.encapsulated)
  })

  it("takes an unknown one for explicit little endian and encapsulated, under its own UID", () => {
    const uid = Uid.makeUnsafe("1.2.3")
    const syntax = TransferSyntax.fromUid(uid)
    assert.deepEqual(syntax, {
      uid,
      name: "1.2.3",
      byteOrder: "little endian",
      explicitVr: true,
      encapsulated: true,
      deflated: false,
      retired: false
    })
    assert.isFalse(TransferSyntax.isKnown(syntax))
  })
})
