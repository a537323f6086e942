import {
  Attribute,
  DataElement,
  DataSet,
  DataSetReader,
  Deidentification,
  PersonName,
  Tag,
  Uid
} from "@effect-dicom/data"
import type { InvalidAttribute } from "@effect-dicom/data"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import {
  actionOf,
  dataSetOf,
  element,
  empty,
  hash,
  itemOf,
  itemsOf,
  keyed,
  run,
  syntax,
  textOf
} from "./deidentifying.ts"
import * as RealFiles from "./realFiles.ts"

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

describe("de-identification", () => {
  it("takes a time linear in text that only looks like padding up to its end", () => {
    const spaces = `1${" ".repeat(60_000)}x`
    const start = process.threadCpuUsage()
    const result = run(
      dataSetOf(
        element(Attribute.SOPClassUID.tag, "UI", spaces),
        element(Attribute.SOPInstanceUID.tag, "UI", spaces),
        element(Attribute.StudyDate.tag, "DA", spaces),
        element(Attribute.StudyDescription.tag, "LO", `CT ${"+ ".repeat(30_000)}CT`)
      ),
      { dates: "modified", options: ["Clean Descriptors"] }
    )
    const used = process.threadCpuUsage(start)
    assert.strictEqual(textOf(result.dataSet, Attribute.SOPInstanceUID), Deidentification.mapUid(hash, spaces))
    assert.isBelow((used.user + used.system) / 1e6, 1)
  })
})
