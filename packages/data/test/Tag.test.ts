import { Tag } from "@effect-dicom/data"
import { assert, describe, it } from "@effect/vitest"

describe("Tag", () => {
  it("is one number, without a sign", () => {
    assert.strictEqual(Tag.make(0xfffe, 0xe000), 0xfffee000)
    assert.strictEqual(Tag.make(0x0008, 0x0018), 0x00080018)
  })

  it("is printed as in the standard", () => {
    assert.strictEqual(Tag.format(Tag.SequenceDelimitationItem), "(FFFE,E0DD)")
    assert.strictEqual(Tag.format(Tag.SOPClassUID), "(0008,0016)")
  })

  it("is private when its group is odd", () => {
    assert.isTrue(Tag.isPrivate(Tag.make(0x0009, 0x0010)))
    assert.isFalse(Tag.isPrivate(Tag.PixelData))
  })

  it.prop("is made again of its group and element", [Tag.Tag], ([tag]) => {
    assert.strictEqual(Tag.make(Tag.group(tag), Tag.element(tag)), tag)
  })

  it("is not any number at compile time", () => {
    // @ts-expect-error a plain number is not a Tag
    const tag: Tag.Tag = 0x7fe00010
    assert.strictEqual(tag, Tag.PixelData)
  })
})
