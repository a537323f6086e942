import * as DataSet from "@effect-dicom/data/DataSet"
import * as DicomJson from "@effect-dicom/data/DicomJson"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as QueryKeys from "../src/QueryKeys.ts"

const identifier = (...keys: ReadonlyArray<string>): DataSet.DataSet =>
  Result.getOrThrow(
    QueryKeys.put(
      QueryKeys.empty,
      keys.map((key) => Result.getOrThrow(QueryKeys.parse(key)))
    )
  )

const json = (dataSet: DataSet.DataSet): unknown => Result.getOrThrow(DicomJson.encode(dataSet))

const message = (key: string): string => {
  const put = Result.flatMap(QueryKeys.parse(key), (parsed) => QueryKeys.put(QueryKeys.empty, [parsed]))
  return Result.match(put, { onFailure: (error) => error.message, onSuccess: () => "it is a key" })
}

describe("QueryKeys", () => {
  it("names an attribute by its keyword or by its tag, in the ways that other tools have", () => {
    const [first, ...others] = ["PatientName=DOE*", "0010,0010=DOE*", "(0010,0010)=DOE*", "00100010=DOE*"].map((key) =>
      DataSet.toBytes(identifier(key))
    )
    // Written out by PS3.5 section 7.1.2: tag, VR, a length of 16 bits, the value.
    assert.deepStrictEqual(first, Uint8Array.of(0x10, 0, 0x10, 0, 0x50, 0x4e, 4, 0, 0x44, 0x4f, 0x45, 0x2a))
    for (const other of others) assert.deepStrictEqual(other, first)
  })

  it("is an empty value without one, and may have = in it", () => {
    assert.deepStrictEqual(json(identifier("PatientID", "StudyID=", "StudyDescription=a=b")), {
      "00081030": { vr: "LO", Value: ["a=b"] },
      "00100020": { vr: "LO" },
      "00200010": { vr: "SH" }
    })
  })

  it("leads into the items of sequences, the first one where none is said", () => {
    assert.deepStrictEqual(
      json(
        identifier(
          "ScheduledProcedureStepSequence[0].Modality=CT",
          "(0040,0100).0040,0001=CT1",
          "RequestAttributesSequence[1].StudyInstanceUID=1.2"
        )
      ),
      {
        "00400100": {
          vr: "SQ",
          Value: [{ "00080060": { vr: "CS", Value: ["CT"] }, "00400001": { vr: "AE", Value: ["CT1"] } }]
        },
        "00400275": { vr: "SQ", Value: [{}, { "0020000D": { vr: "UI", Value: ["1.2"] } }] }
      }
    )
    assert.deepStrictEqual(json(identifier("ScheduledProcedureStepSequence")), { "00400100": { vr: "SQ" } })
  })

  it("writes values by their VR", () => {
    assert.deepStrictEqual(
      json(
        identifier("Rows=512", "PixelSpacing=0.5\\0.5", "SOPInstanceUID=1.2\\1.3", "FrameIncrementPointer=0018,1063")
      ),
      {
        "00080018": { vr: "UI", Value: ["1.2", "1.3"] },
        "00280009": { vr: "AT", Value: ["00181063"] },
        "00280010": { vr: "US", Value: [512] },
        "00280030": { vr: "DS", Value: [0.5, 0.5] }
      }
    )
  })

  it("writes text beyond ASCII in ISO_IR 192, or in the character set that is there", () => {
    assert.deepStrictEqual(json(identifier("PatientName=Müller*")), {
      "00080005": { vr: "CS", Value: ["ISO_IR 192"] },
      "00100010": { vr: "PN", Value: [{ Alphabetic: "Müller*" }] }
    })
    const latin = identifier("SpecificCharacterSet=ISO_IR 100", "PatientID=ü")
    assert.deepStrictEqual(
      DataSet.toBytes(latin).slice(-10),
      Uint8Array.of(0x10, 0, 0x20, 0, 0x4c, 0x4f, 2, 0, 0xfc, 0x20)
    )
  })

  it("reads keys from JSON, DICOM JSON or keywords", () => {
    const dicomJson = { "00100010": { vr: "PN", Value: [{ Alphabetic: "DOE*" }] } }
    assert.deepStrictEqual(json(Result.getOrThrow(QueryKeys.fromJson(dicomJson))), dicomJson)
    assert.deepStrictEqual(
      json(
        Result.getOrThrow(
          QueryKeys.fromJson({
            PatientName: "DOE*",
            PatientID: null,
            Rows: 512,
            ModalitiesInStudy: ["CT", "MR"],
            ScheduledProcedureStepSequence: [{ Modality: "CT" }]
          })
        )
      ),
      json(
        identifier(
          "PatientName=DOE*",
          "PatientID",
          "Rows=512",
          "ModalitiesInStudy=CT\\MR",
          "ScheduledProcedureStepSequence[0].Modality=CT"
        )
      )
    )
  })

  it("reads keys from JSON in an array, as DICOMweb has them, where it is one", () => {
    const dicomJson = { "00100010": { vr: "PN", Value: [{ Alphabetic: "DOE*" }] } }
    assert.deepStrictEqual(json(Result.getOrThrow(QueryKeys.fromJson([dicomJson]))), dicomJson)
    assert.strictEqual(
      Result.match(QueryKeys.fromJson([dicomJson, dicomJson]), { onFailure: String, onSuccess: () => "" }),
      'InvalidKey: The key "JSON" cannot be used: it is an array of 2; permitted: an object, or one alone in an array'
    )
  })

  it("says what is wrong with a key", () => {
    assert.strictEqual(
      message("Patientname=DOE"),
      'The key "Patientname=DOE" cannot be used: "Patientname" is no keyword of PS3.6; permitted: one that is, such as ' +
        "PatientName, or a tag"
    )
    assert.strictEqual(
      message("PatientNames=DOE"),
      'The key "PatientNames=DOE" cannot be used: "PatientNames" is no keyword of PS3.6; permitted: one that is, or a tag'
    )
    assert.strictEqual(
      message("=DOE"),
      'The key "=DOE" cannot be used: "" is no attribute; permitted: a keyword, as in PatientName, or a tag, as in 0010,0010'
    )
    assert.strictEqual(
      message("PatientName[0].PatientID=1"),
      'The key "PatientName[0].PatientID=1" cannot be used: PatientName is no sequence, and has no items'
    )
    assert.strictEqual(
      message("Rows=many"),
      'The key "Rows=many" cannot be used: its VR is US; permitted: numbers, with "\\" between them'
    )
    assert.strictEqual(
      message("0002,0010=1.2"),
      'The key "0002,0010=1.2" cannot be used: (0002,0010) is no attribute of a data set'
    )
    assert.strictEqual(
      message("RequestAttributesSequence=1"),
      'The key "RequestAttributesSequence=1" cannot be used: a sequence has no value of its own; ' +
        "permitted: an attribute of its items, after a point"
    )
    assert.strictEqual(
      message("PixelData=1"),
      'The key "PixelData=1" cannot be used: its VR is OW, which has no text; permitted: no value'
    )
  })

  it("is written in Explicit VR Little Endian", () => {
    assert.strictEqual(QueryKeys.empty.transferSyntax, TransferSyntax.ExplicitVRLittleEndian)
  })
})
