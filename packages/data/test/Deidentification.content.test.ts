import { Attribute, DataElement, DataSet, Deidentification } from "@effect-dicom/data"
import { assert, describe, it } from "@effect/vitest"
import {
  actionOf,
  ascii,
  dataSetOf,
  element,
  empty,
  hash,
  itemOf,
  itemsOf,
  run,
  textOf,
  unknownItem
} from "./deidentifying.ts"

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
