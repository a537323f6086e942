import { Dictionary, Tag } from "@effect-dicom/data"
import { assert, describe, it } from "@effect/vitest"
import * as Fs from "node:fs"

const table = new URL("../../../../shared/standard/attributes.tsv", import.meta.url)
const present = Fs.existsSync(table)

describe("Dictionary", () => {
  it("finds what a tag is called, its VR and its VM", () => {
    assert.deepEqual(Dictionary.find(Tag.make(0x0010, 0x0010)), {
      pattern: "00100010",
      vr: "PN",
      vm: "1",
      name: "Patient's Name",
      keyword: "PatientName",
      retired: false
    })
    assert.strictEqual(Dictionary.find(Tag.make(0x0010, 0x0011)), undefined)
    assert.strictEqual(Dictionary.find(Tag.Item), undefined)
  })

  it("finds tags that repeat, in even groups", () => {
    assert.strictEqual(Dictionary.find(Tag.make(0x6002, 0x0010))?.keyword, "OverlayRows")
    assert.strictEqual(Dictionary.find(Tag.make(0x60fe, 0x3000))?.keyword, "OverlayData")
    assert.strictEqual(Dictionary.find(Tag.make(0x5004, 0x0005))?.keyword, "CurveDimensions")
    assert.strictEqual(Dictionary.find(Tag.make(0x6003, 0x0010)), undefined)
    assert.strictEqual(Dictionary.find(Tag.make(0x1010, 0xabcd))?.keyword, "ZonalMap")
    assert.strictEqual(Dictionary.find(Tag.make(0x0020, 0x3105))?.keyword, "SourceImageIDs")
    assert.strictEqual(Dictionary.find(Tag.make(0x7f02, 0x0010))?.keyword, "VariablePixelData")
    assert.strictEqual(Dictionary.find(Tag.PixelData)?.keyword, "PixelData")
  })

  it("prefers a tag of its own to a pattern", () => {
    assert.strictEqual(Dictionary.find(Tag.make(0x0028, 0x0400))?.keyword, "TransformLabel")
    assert.strictEqual(Dictionary.find(Tag.make(0x0028, 0x0410))?.keyword, "RowsForNthOrderCoefficients")
  })

  it("finds a row by keyword", () => {
    assert.strictEqual(Dictionary.fromKeyword("StudyInstanceUID")?.pattern, "0020000D")
    assert.strictEqual(Dictionary.fromKeyword("OverlayRows")?.pattern, "60xx0010")
    assert.strictEqual(Dictionary.fromKeyword(""), undefined)
    assert.strictEqual(Dictionary.fromKeyword("studyInstanceUID"), undefined)
  })

  it("names any tag for a reader", () => {
    assert.strictEqual(Dictionary.keyword(Tag.PixelData), "PixelData")
    assert.strictEqual(Dictionary.keyword(Tag.make(0x0009, 0x0010)), "PrivateCreator")
    assert.strictEqual(Dictionary.keyword(Tag.make(0x0009, 0x1010)), "Private")
    assert.strictEqual(Dictionary.keyword(Tag.make(0x0010, 0x0000)), "GroupLength")
    assert.strictEqual(Dictionary.keyword(Tag.make(0x0010, 0x0011)), "Unknown")
  })

  it("holds each keyword once", () => {
    const keywords = Dictionary.all()
      .map((entry) => entry.keyword)
      .filter((keyword) => keyword !== "")
    assert.strictEqual(keywords.length, 5267)
    assert.strictEqual(new Set(keywords).size, 5267)
  })

  it.skipIf(!present)(
    "is every row of shared/standard/attributes.tsv (skipped where that folder is not present)",
    () => {
      const rows = Fs.readFileSync(table, "utf8")
        .trimEnd()
        .split("\n")
        .slice(1)
        .map((line) => line.split("\t"))
      assert.deepEqual(
        Dictionary.all().map((_) => [_.pattern, _.vr, _.vm, _.name, _.retired, _.keyword]),
        rows
          .filter(([, vr]) => vr !== "NONE")
          .map(([tag, vr, vm, name, retired, keyword]) => [tag, vr, vm, name, retired !== "", keyword])
      )
    }
  )
})
