import * as DicomJson from "@effect-dicom/data/DicomJson"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as MatchTable from "../src/MatchTable.ts"

const dataSet = (json: DicomJson.DicomJson) => Result.getOrThrow(DicomJson.decode(json))

describe("MatchTable", () => {
  const identifier = dataSet({
    "00080052": { vr: "CS", Value: ["STUDY"] },
    "00080061": { vr: "CS" },
    "0020000D": { vr: "UI" },
    "00400275": { vr: "SQ", Value: [{ "00321060": { vr: "LO" } }] },
    "00620002": { vr: "SQ" }
  })
  const columns = MatchTable.columns(identifier)

  it("has a column for each attribute, also within items, and those of UIDs last", () => {
    assert.deepStrictEqual(
      columns.map(({ name }) => name),
      ["ModalitiesInStudy", "RequestedProcedureDescription", "SegmentSequence", "StudyInstanceUID"]
    )
  })

  it("has several values in one cell, and tells of a sequence how many items there are", () => {
    assert.deepStrictEqual(
      MatchTable.row(
        dataSet({
          "00080061": { vr: "CS", Value: ["CT", "MR"] },
          "0020000D": { vr: "UI", Value: ["1.2"] },
          "00400275": { vr: "SQ", Value: [{ "00321060": { vr: "LO", Value: ["Head"] } }] },
          "00620002": { vr: "SQ", Value: [{}, {}] }
        }),
        columns
      ),
      ["CT\\MR", "Head", "2 items", "1.2"]
    )
    assert.deepStrictEqual(MatchTable.row(dataSet({}), columns), ["", "", "", ""])
  })

  it("aligns by how wide characters are", () => {
    const rows = [
      ["a", "b"],
      ["山田", "x"],
      ["u\u0308", "y"]
    ]
    const widths = MatchTable.widths(rows)
    assert.deepStrictEqual(widths, [4, 1])
    assert.deepStrictEqual(
      rows.map((row) => MatchTable.line(row, widths)),
      ["a     b", "山田  x", "u\u0308     y"]
    )
    assert.strictEqual(MatchTable.line(["a", "b"], undefined), "a\tb")
  })
})
