/**
 * Sixty patients, the same each time: as items of a worklist, and as instances of an archive.
 */
import {
  Attribute,
  CharacterSet,
  DataElement,
  DataSet,
  FileFormat,
  FileMetaInformation,
  SopClass,
  TransferSyntax,
  Uid,
  type Vr
} from "@effect-dicom/data"
import * as Result from "effect/Result"
import * as Fs from "node:fs"
import * as Path from "node:path"
import type { Storage } from "../../src/index.ts"

const explicit = TransferSyntax.ExplicitVRLittleEndian

export const ascii = CharacterSet.defaultRepertoire
export const latin1 = Result.getOrThrow(CharacterSet.fromTerms(["ISO_IR 100"]))
export const utf8 = Result.getOrThrow(CharacterSet.fromTerms(["ISO_IR 192"]))
export const japanese = Result.getOrThrow(CharacterSet.fromTerms(["", "ISO 2022 IR 87"]))

export type Texts = ReadonlyArray<readonly [attribute: Attribute.Attribute, value: string]>

const text = (set: CharacterSet.CharacterSet, { tag, vr }: Attribute.Attribute, value: string) => {
  const bytes = Result.getOrThrow(CharacterSet.encode(set, value, vr === "PN" ? "person name" : "text"))
  const padded = new Uint8Array(bytes.length + (bytes.length % 2)).fill(vr === "UI" ? 0 : 0x20)
  padded.set(bytes)
  return DataElement.value(tag, vr as Vr.Vr, padded) // the cast: those used here are of PS3.5
}

/** A data set of texts as they stand, and of items in sequences. */
export const holding = (
  set: CharacterSet.CharacterSet,
  texts: Texts,
  sequences: ReadonlyArray<readonly [attribute: Attribute.Attribute, item: Texts]> = []
): DataSet.DataSet =>
  DataSet.make(explicit, [
    ...(set === ascii ? [] : [text(ascii, Attribute.SpecificCharacterSet, set.terms.join("\\"))]),
    ...texts.map(([attribute, value]) => text(set, attribute, value)),
    ...sequences.map(([{ tag }, item]) =>
      DataElement.sequence(tag, [
        DataSet.make(
          explicit,
          item.map(([attribute, value]) => text(set, attribute, value))
        )
      ])
    )
  ])

const names = [
  [ascii, "DOE^JOHN"],
  [ascii, "Doe^JOHN"],
  [ascii, "DOE"],
  [ascii, "Doe^J"],
  [ascii, "DOES^JANE"],
  [ascii, "DO^J"],
  [ascii, "SMITH^MARY^ANN"],
  [ascii, "SMYTH"],
  [ascii, "O'BRIEN^J"],
  [latin1, "Buc^J\u00e9r\u00f4me"],
  [utf8, "Buc^J\u00e9r\u00f4me^^Dr."],
  [utf8, "Wang^XiaoDong=\u738b^\u5c0f\u4e1c"],
  [japanese, "Yamada^Tarou=\u5c71\u7530^\u592a\u90ce=\u3084\u307e\u3060^\u305f\u308d\u3046"]
] as const
const modalities = ["CT", "MR", "US"]
const stations = ["CT1", "CT2", "MR1", "US1"]
const dates = ["20240101", "20240102", "20240115", "20240201", "20231231"]
const times = ["100000", "1030", "235959", "10", "103000.5", "000000", "180000"]
const descriptions = ["HEAD", "Head", "ABDOMEN  2", "", "CHEST*"]

/** Every combination is as likely as another, and none is left out for long: the lengths have no common divisor. */
const patients = Array.from({ length: 60 }, (_, i) => {
  const of = (values: ReadonlyArray<string>, offset = 0): string => values[(i + offset) % values.length] ?? ""
  const [set, name] = names[i % names.length] ?? names[0]
  return {
    set,
    name,
    i,
    birthDate: i % 7 === 3 ? "" : `19${70 + (i % 9)}0${1 + (i % 8)}01`,
    sex: of(["F", "M", "O"]),
    modality: of(modalities, Math.floor(i / 7)),
    station: of(stations, Math.floor(i / 3)),
    date: of(dates),
    time: of(times),
    description: of(descriptions, Math.floor(i / 5))
  }
})

export const worklist: ReadonlyArray<DataSet.DataSet> = patients.map((patient) =>
  holding(
    patient.set,
    [
      [Attribute.AccessionNumber, `A${patient.i}`],
      [Attribute.ReferringPhysicianName, "REFERRING"],
      [Attribute.PatientName, patient.name],
      [Attribute.PatientID, `P${patient.i}`],
      [Attribute.PatientBirthDate, patient.birthDate],
      [Attribute.PatientSex, patient.sex],
      [Attribute.StudyInstanceUID, `1.2.3.${patient.i}`],
      [Attribute.RequestedProcedureDescription, "PROCEDURE"],
      [Attribute.RequestedProcedureID, `R${patient.i}`]
    ],
    [
      [
        Attribute.ScheduledProcedureStepSequence,
        [
          [Attribute.Modality, patient.modality],
          [Attribute.ScheduledStationAETitle, patient.station],
          [Attribute.ScheduledProcedureStepStartDate, patient.date],
          [Attribute.ScheduledProcedureStepStartTime, patient.time],
          [Attribute.ScheduledPerformingPhysicianName, "PERFORMING"],
          [Attribute.ScheduledProcedureStepDescription, "STEP"],
          [Attribute.ScheduledProcedureStepID, `S${patient.i}`]
        ]
      ]
    ]
  )
)

/** Writes the worklist as files into a directory of its own, as wlmscpfs wants them. */
export const writeWorklist = (directory: string): void => {
  Fs.mkdirSync(directory)
  Fs.writeFileSync(Path.join(directory, "lockfile"), "")
  for (const [i, item] of worklist.entries()) {
    const meta = FileMetaInformation.make({
      mediaStorageSopClassUid: SopClass.ModalityWorklistInformationModelFind,
      mediaStorageSopInstanceUid: Uid.makeUnsafe(`1.2.3.${i}`),
      transferSyntaxUid: explicit.uid,
      implementationClassUid: Uid.makeUnsafe("1.2.3")
    })
    const file = Result.flatMap(meta, (meta) => FileFormat.make(meta, item))
    const pieces = Result.getOrThrow(Result.flatMap(file, (file) => FileFormat.encode(file)))
    Fs.writeFileSync(Path.join(directory, `${i}.wl`), Buffer.concat(pieces))
  }
}

export interface Archived extends Storage.Instance {
  readonly whole: DataSet.DataSet
}

/** A study of each patient, of one or two series of an instance each. */
export const archive: ReadonlyArray<Archived> = patients.flatMap((patient) =>
  Array.from({ length: 1 + (patient.i % 2) }, (_, j) => {
    const study = `1.2.3.${patient.i}`
    const sopInstanceUid = Uid.makeUnsafe(`${study}.${j}.1`)
    const whole = holding(patient.set, [
      [Attribute.SOPClassUID, SopClass.CTImageStorage],
      [Attribute.SOPInstanceUID, sopInstanceUid],
      [Attribute.StudyDate, patient.date],
      [Attribute.StudyTime, patient.time],
      [Attribute.AccessionNumber, `A${patient.i}`],
      [Attribute.Modality, patient.modality],
      [Attribute.ReferringPhysicianName, "REFERRING"],
      [Attribute.StudyDescription, patient.description],
      [Attribute.PatientName, patient.name],
      [Attribute.PatientID, `P${patient.i}`],
      [Attribute.PatientBirthDate, patient.birthDate],
      [Attribute.PatientSex, patient.sex],
      [Attribute.StudyInstanceUID, study],
      [Attribute.SeriesInstanceUID, `${study}.${j}`],
      [Attribute.StudyID, `T${patient.i}`],
      [Attribute.SeriesNumber, `${j + 1}`],
      [Attribute.InstanceNumber, "007"]
    ])
    return {
      sopClassUid: SopClass.CTImageStorage,
      sopInstanceUid,
      transferSyntaxUid: explicit.uid,
      whole,
      dataSet: DataSet.write(whole)
    }
  })
)
