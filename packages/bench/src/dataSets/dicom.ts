/**
 * This project's data sets as a process: `node dicom.ts TASK`.
 */
import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as FileFormat from "@effect-dicom/data/FileFormat"
import * as IS from "@effect-dicom/data/IS"
import * as PersonName from "@effect-dicom/data/PersonName"
import * as Tag from "@effect-dicom/data/Tag"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import * as Result from "effect/Result"
import * as Made from "./Made.ts"
import * as Micros from "./Micros.ts"

const transferSyntax = TransferSyntax.ImplicitVRLittleEndian

const length = (pieces: ReadonlyArray<Uint8Array>): number => pieces.reduce((sum, piece) => sum + piece.length, 0)

const name = (familyName: string, givenName: string): PersonName.PersonName =>
  Result.getOrThrow(PersonName.make({ alphabetic: { familyName, givenName } }))

Micros.print(process.argv[2], {
  "read-ct": () => {
    const bytes = Made.ct()
    return () => {
      const { dataSet } = Result.getOrThrow(FileFormat.decode(bytes))
      const rows = Result.getOrThrow(DataSet.get(dataSet, Attribute.Rows)) ?? NaN
      return rows + (DataSet.element(dataSet, Tag.PixelData)?.bytes?.length ?? NaN)
    }
  },
  // With another Patient ID each time: one that is as it was read gives its own bytes, and there is nothing to measure.
  "write-ct": () => {
    const file = Result.getOrThrow(FileFormat.decode(Made.ct()))
    let id = 0
    return () => {
      const dataSet = Result.getOrThrow(DataSet.with(file.dataSet, Attribute.PatientID, String(id++)))
      return length(Result.getOrThrow(FileFormat.encode(FileFormat.withDataSet(file, dataSet))))
    }
  },
  "read-identifier": () => {
    const bytes = Made.identifier()
    return () => {
      const dataSet = Result.getOrThrow(DataSet.read(bytes, { transferSyntax }))
      let characters = 0
      for (const { tag } of DataSet.elements(dataSet)) {
        characters += Result.getOrThrow(DataSet.text(dataSet, tag))?.text.length ?? NaN
      }
      return characters
    }
  },
  // In pieces, as an exchange writes it.
  "write-identifier": () => {
    const elements = Made.elements()
    return () => length(DataSet.write(DataSet.make(transferSyntax, elements)))
  },
  "make-identifier": () => {
    const empty = DataSet.empty(transferSyntax)
    const referring = name("Referring", "Physician")
    const patient = name("Doe", "Jane")
    const uid = Uid.makeUnsafe("1.2.826.0.1.3680043.8.498.1234567890")
    const values = (text: string) => Made.rows.find(([, keyword]) => keyword === text)?.[3] ?? ""
    const [accession, description] = [values("AccessionNumber"), values("StudyDescription")]
    const [series, instances] = [IS.IS.make("3"), IS.IS.make("300")]
    return () =>
      length(
        DataSet.write(
          Result.getOrThrow(
            DataSet.withAll(empty, [
              [Attribute.SpecificCharacterSet, ["ISO_IR 100"]],
              [Attribute.StudyDate, { year: 2024, month: 2, day: 29 }],
              [Attribute.StudyTime, { hour: 10, minute: 10, second: 10 }],
              [Attribute.AccessionNumber, accession],
              [Attribute.QueryRetrieveLevel, "STUDY"],
              [Attribute.RetrieveAETitle, ["ARCHIVE"]],
              [Attribute.ModalitiesInStudy, ["CT", "MR"]],
              [Attribute.ReferringPhysicianName, referring],
              [Attribute.StudyDescription, description],
              [Attribute.PatientName, patient],
              [Attribute.PatientID, "123456"],
              [Attribute.PatientBirthDate, { year: 1970, month: 1, day: 1 }],
              [Attribute.PatientSex, "F"],
              [Attribute.StudyInstanceUID, uid],
              [Attribute.StudyID, "1"],
              [Attribute.NumberOfStudyRelatedSeries, series],
              [Attribute.NumberOfStudyRelatedInstances, instances]
            ])
          )
        )
      )
  }
})
