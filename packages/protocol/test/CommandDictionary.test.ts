import * as Uid from "@effect-dicom/data/Uid"
import * as AETitle from "@effect-dicom/protocol/AETitle"
import type { Field } from "@effect-dicom/protocol/CommandDictionary"
import * as Dictionary from "@effect-dicom/protocol/CommandDictionary"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"

const ascii = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0))

const read = <S extends Schema.Constraint>(field: Field<S>, bytes: Uint8Array, judge?: Leniency.Judge) => {
  const result = field.read(bytes, judge)
  return Result.isSuccess(result) ? result.success : `${field.keyword} ${result.failure}`
}

/** PS3.7 Table E.1-1, without the group length. */
const table = `
  00000002 AffectedSOPClassUID UI 1
  00000003 RequestedSOPClassUID UI 1
  00000100 CommandField US 1
  00000110 MessageID US 1
  00000120 MessageIDBeingRespondedTo US 1
  00000600 MoveDestination AE 1
  00000700 Priority US 1
  00000800 CommandDataSetType US 1
  00000900 Status US 1
  00000901 OffendingElement AT 1-n
  00000902 ErrorComment LO 1
  00000903 ErrorID US 1
  00001000 AffectedSOPInstanceUID UI 1
  00001001 RequestedSOPInstanceUID UI 1
  00001002 EventTypeID US 1
  00001005 AttributeIdentifierList AT 1-n
  00001008 ActionTypeID US 1
  00001020 NumberOfRemainingSuboperations US 1
  00001021 NumberOfCompletedSuboperations US 1
  00001022 NumberOfFailedSuboperations US 1
  00001023 NumberOfWarningSuboperations US 1
  00001030 MoveOriginatorApplicationEntityTitle AE 1
  00001031 MoveOriginatorMessageID US 1`

describe("CommandDictionary", () => {
  it("has the rows of PS3.7 Table E.1-1, each under its keyword", () => {
    const fields = Object.entries(Dictionary).flatMap(([name, field]) =>
      "keyword" in field ? [{ ...field, name }] : []
    )
    for (const { keyword, name } of fields) assert.strictEqual(keyword, name)
    const rows = fields.map(({ keyword, tag, vm, vr }) =>
      [tag.toString(16).padStart(8, "0"), keyword, vr, vm].join(" ")
    )
    assert.deepStrictEqual(
      rows.toSorted(),
      table
        .trim()
        .split("\n")
        .map((row) => row.trim())
    )
  })

  it("reads of a US the first of several values", () => {
    assert.strictEqual(read(Dictionary.MessageID, Uint8Array.of(0x34, 0x12)), 0x1234)
    assert.strictEqual(read(Dictionary.MessageID, Uint8Array.of(0x34, 0x12, 0xff, 0xff)), 0x1234)
  })

  it("refuses a US that is no whole number of values, and has none where there are no bytes", () => {
    assert.strictEqual(read(Dictionary.MessageID, Uint8Array.of(0x34)), "MessageID has length 1; permitted: 2")
    assert.strictEqual(read(Dictionary.MessageID, Uint8Array.of(1, 2, 3)), "MessageID has length 3; permitted: 2")
    assert.isUndefined(read(Dictionary.MessageID, new Uint8Array(0)))
    assert.isUndefined(read(Dictionary.Status, new Uint8Array(0)))
    assert.isUndefined(read(Dictionary.Priority, new Uint8Array(0)))
  })

  it("trims a UID, and reads the first of several", () => {
    for (const text of [
      "1.2.840.10008.1.1",
      "1.2.840.10008.1.1\0",
      "1.2.840.10008.1.1 ",
      "1.2.840.10008.1.1\0 \0",
      "1.2.840.10008.1.1\\1.2"
    ]) {
      assert.strictEqual(read(Dictionary.AffectedSOPClassUID, ascii(text)), "1.2.840.10008.1.1")
    }
    for (const text of ["", "\0\0", "  "]) assert.isUndefined(read(Dictionary.AffectedSOPClassUID, ascii(text)))
  })

  it("refuses what is not a UID, or keeps and reports it where the policy says so", () => {
    const text = "1.2.03"
    assert.strictEqual(
      read(Dictionary.AffectedSOPClassUID, ascii(text)),
      'AffectedSOPClassUID is "1.2.03", which is not a UID'
    )
    const judge = Leniency.judge({ ...Leniency.strict, malformedUid: "accept and warn" })
    assert.strictEqual(read(Dictionary.AffectedSOPClassUID, ascii(text), judge), text)
    assert.deepStrictEqual(judge.tolerated, [
      { quirk: "malformedUid", detail: 'AffectedSOPClassUID is "1.2.03", which is not a UID' }
    ])
  })

  it("reads a UID anew wherever it differs from the one before, and does not remember what a policy let pass", () => {
    const lenient = Leniency.judge({ ...Leniency.strict, malformedUid: "accept" })
    const uids = ["1.2.3", "1.2.3", "1.2.4", "1.2.3", "", "1.2.3"]
    for (const uid of uids) {
      assert.strictEqual(read(Dictionary.AffectedSOPClassUID, ascii(uid)), uid === "" ? undefined : uid)
    }
    assert.strictEqual(read(Dictionary.AffectedSOPClassUID, ascii("1.2.03"), lenient), "1.2.03")
    assert.strictEqual(
      read(Dictionary.AffectedSOPClassUID, ascii("1.2.03")),
      'AffectedSOPClassUID is "1.2.03", which is not a UID'
    )
  })

  it("pads a UID with a NUL and an AE title with a space", () => {
    assert.deepStrictEqual(Dictionary.AffectedSOPClassUID.write(Uid.makeUnsafe("1.2")), ascii("1.2\0"))
    assert.deepStrictEqual(Dictionary.MoveDestination.write(AETitle.AETitle.make("PAC")), ascii("PAC "))
    assert.deepStrictEqual(Dictionary.MoveDestination.write(AETitle.AETitle.make("PACS")), ascii("PACS"))
  })

  it("trims an AE title on both sides, and has none where it is blank", () => {
    assert.strictEqual(read(Dictionary.MoveDestination, ascii(" PACS  \0")), "PACS")
    assert.isUndefined(read(Dictionary.MoveDestination, ascii("    ")))
  })

  it("refuses what is not an AE title, or keeps and reports it where the policy says so", () => {
    const text = "PACS\x07ONE"
    const detail = 'MoveDestination is "PACS\\u0007ONE", which is not an AE title'
    assert.strictEqual(read(Dictionary.MoveDestination, ascii(text)), detail)
    const judge = Leniency.judge({ ...Leniency.strict, irregularAETitle: "accept and warn" })
    assert.strictEqual(read(Dictionary.MoveDestination, ascii(text), judge), text)
    assert.deepStrictEqual(judge.tolerated, [{ quirk: "irregularAETitle", detail }])
  })

  it("has a value for the three priorities, and keeps any other code", () => {
    assert.strictEqual(read(Dictionary.Priority, Uint8Array.of(0x00, 0x00)), "MEDIUM")
    assert.strictEqual(read(Dictionary.Priority, Uint8Array.of(0x01, 0x00)), "HIGH")
    assert.strictEqual(read(Dictionary.Priority, Uint8Array.of(0x02, 0x00)), "LOW")
    assert.deepStrictEqual(read(Dictionary.Priority, Uint8Array.of(0x03, 0x01)), { unknown: 0x0103 })
    assert.deepStrictEqual(Dictionary.Priority.write({ unknown: 0x0103 }), Uint8Array.of(0x03, 0x01))
    assert.deepStrictEqual(Dictionary.Priority.write("LOW"), Uint8Array.of(0x02, 0x00))
  })

  it("reads a status with its class", () => {
    assert.deepStrictEqual(read(Dictionary.Status, Uint8Array.of(0x22, 0x01)), Status.failures.sopClassNotSupported)
  })

  it("reads tags with their group number first, and only whole ones", () => {
    assert.deepStrictEqual(
      read(Dictionary.OffendingElement, Uint8Array.of(0x08, 0x00, 0x16, 0x00, 0xe0, 0x7f, 0x10, 0x00)),
      [0x00080016, 0x7fe00010]
    )
    assert.strictEqual(
      read(Dictionary.OffendingElement, Uint8Array.of(0x08, 0x00, 0x16, 0x00, 0x08)),
      "OffendingElement has length 5; permitted: a multiple of 4"
    )
    assert.isUndefined(read(Dictionary.OffendingElement, new Uint8Array(0)))
  })

  it("never refuses an error comment: cuts it at 64 characters and replaces what it may not have", () => {
    assert.strictEqual(read(Dictionary.ErrorComment, ascii("Disk full ")), "Disk full")
    assert.strictEqual(read(Dictionary.ErrorComment, ascii("Disk\tfull\\and more")), "Disk?full")
    assert.strictEqual(read(Dictionary.ErrorComment, ascii("x".repeat(1000))), "x".repeat(64))
    assert.strictEqual(read(Dictionary.ErrorComment, ascii(`${"x".repeat(63)} y`)), "x".repeat(63))
    assert.isUndefined(read(Dictionary.ErrorComment, ascii(" ")))
  })

  const inverse =
    <S extends Schema.Constraint>(field: Field<S>) =>
    (value: S["Type"]) => {
      const bytes = field.write(value)
      assert.strictEqual(bytes.length % 2, 0)
      assert.deepStrictEqual(read(field, bytes), value)
    }

  it.prop(
    "reads what it writes",
    {
      us: Dictionary.MessageID.schema,
      uid: Dictionary.AffectedSOPClassUID.schema,
      title: Dictionary.MoveDestination.schema,
      priority: Dictionary.Priority.schema,
      status: Dictionary.Status.schema,
      tags: Dictionary.OffendingElement.schema,
      comment: Dictionary.ErrorComment.schema
    },
    ({ comment, priority, status, tags, title, uid, us }) => {
      inverse(Dictionary.MessageID)(us)
      inverse(Dictionary.AffectedSOPClassUID)(uid)
      inverse(Dictionary.MoveDestination)(title)
      inverse(Dictionary.Priority)(priority)
      inverse(Dictionary.Status)(status)
      inverse(Dictionary.OffendingElement)(tags)
      inverse(Dictionary.ErrorComment)(comment)
    }
  )
})
