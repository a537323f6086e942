import * as DataSet from "@effect-dicom/data/DataSet"
import * as DicomJson from "@effect-dicom/data/DicomJson"
import * as Dictionary from "@effect-dicom/data/Dictionary"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
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

  it("has no characters that would steer a terminal, but their octal numbers, and none that end a cell", () => {
    const value = Buffer.from("A\u001b[31mB\u0007\t\r\nC ", "latin1")
    const element = Buffer.concat([Buffer.from([0x08, 0x00, 0x61, 0x00, value.length, 0, 0, 0]), value])
    const match = Result.getOrThrow(DataSet.read(element, { transferSyntax: TransferSyntax.ImplicitVRLittleEndian }))
    assert.deepStrictEqual(MatchTable.row(match, columns), ["A\\033[31mB\\007 C", "", "", ""])
  })

  const columnsOf = (...keywords: ReadonlyArray<string>): ReadonlyArray<MatchTable.Column> =>
    keywords.map((name) => ({
      name,
      path: [Dictionary.tag(Option.getOrThrow(Option.fromUndefinedOr(Dictionary.fromKeyword(name))))]
    }))

  const printed = (
    shown: ReadonlyArray<MatchTable.Column>,
    rows: ReadonlyArray<ReadonlyArray<string>>,
    room: number
  ) => {
    const layout = MatchTable.layout(shown, rows, room)
    return { lines: [...layout.heading, ...rows.map((row) => MatchTable.line(row, layout))], left: layout.left }
  }

  it("aligns by how wide characters are", () => {
    const rows = [
      ["\u5c71\u7530\u592a\u90ce", "x"],
      ["u\u0308", "y"]
    ]
    assert.deepStrictEqual(printed(columnsOf("StudyID", "Modality"), rows, 80), {
      lines: ["StudyID   Modality", "\u5c71\u7530\u592a\u90ce  x", "u\u0308         y"],
      left: []
    })
    assert.strictEqual(MatchTable.line(["a", "b"], undefined), "a\tb")
  })

  const step = columnsOf(
    "PatientName",
    "PatientBirthDate",
    "RequestedProcedureDescription",
    "ScheduledProcedureStepStartDate",
    "AccessionNumber",
    "StudyInstanceUID"
  )
  const rows = [
    ["DOE^JANE", "19700101", "CT of the whole body with contrast", "20260131", "", "1.2.840.99999.1"],
    ["\u5c71\u7530^\u592a\u90ce", "", "Head", "20260131", "", "1.2.840.99999.22"]
  ]

  it("breaks keywords, leaves out what is empty and cuts text where a line is too narrow for all of it", () => {
    assert.deepStrictEqual(printed(step, rows, 80), {
      lines: [
        "Patient    Patient   RequestedProcedureDescription   Scheduled  StudyInstanceUID",
        "Name       Birth                                     Procedure",
        "           Date                                      StepStart",
        "                                                     Date",
        "DOE^JANE   19700101  CT of the whole body with con\u2026  20260131   1.2.840.99999.1",
        "山田^太郎            Head                            20260131   1.2.840.99999.22"
      ],
      left: ["AccessionNumber"]
    })
  })

  it("leaves out a UID that would have to be cut, and columns before it where even that is not enough", () => {
    assert.deepStrictEqual(printed(step, rows, 50).left, ["AccessionNumber", "StudyInstanceUID"])
    assert.deepStrictEqual(printed(step, rows, 22).left, [
      "RequestedProcedureDescription",
      "ScheduledProcedureStepStartDate",
      "AccessionNumber",
      "StudyInstanceUID"
    ])
  })

  it("prints lines that are never wider than the terminal, but for one column alone", () => {
    for (let room = 12; room < 200; room++) {
      for (const text of printed(step, rows.slice(0, 1), room).lines) {
        assert.isAtMost(text.length, room, text)
      }
    }
  })

  it("prints all where there is room for it without end", () => {
    const { left, lines } = printed(step, rows, Infinity)
    assert.deepStrictEqual(left, [])
    assert.include(lines[1], "CT of the whole body with contrast")
  })
})
