/**
 * One file without what identifies a patient, as `dicom anonymize` writes it. Where it is written, and what is told of it,
 * is not this file's business.
 *
 * @since 0.1.0
 */
import { Association } from "@effect-dicom/association"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as DataSetReader from "@effect-dicom/data/DataSetReader"
import * as Deidentification from "@effect-dicom/data/Deidentification"
import * as FileMetaInformation from "@effect-dicom/data/FileMetaInformation"
import type * as Limits from "@effect-dicom/data/Limits"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as Tag from "@effect-dicom/data/Tag"
import * as Uid from "@effect-dicom/data/Uid"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as DicomFile from "./DicomFile.ts"

/**
 * A file that was read, and what is to be written of it.
 *
 * @category models
 * @since 0.1.0
 */
export interface AnonymizedFile {
  /** The new one. */
  readonly sopInstanceUid: Uid.Uid
  /** Long values are read from the file when they are taken, each piece in the place of the one before. */
  readonly bytes: Stream.Stream<Uint8Array, DicomFile.UnreadableFile>
  readonly done: ReadonlyArray<Deidentification.Done>
  readonly notDone: ReadonlyArray<Deidentification.NotDone>
}

/** Values, and fragments, of more bytes than this stay in the file until they are written. */
const threshold = 1 << 16

const uidOf = <Bulk>(dataSet: DataSet.DataSet<Bulk>, tag: Tag.Tag): Uid.Uid | undefined => {
  const bytes = DataSet.element(dataSet, tag)?.bytes ?? new Uint8Array(0)
  return Result.getOrElse(Uid.fromBytes(bytes), () => undefined)
}

/**
 * Reads a file and de-identifies its data set. A DICOMDIR is none: it tells of instances.
 *
 * @category operations
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  { name, path }: DicomFile.Place,
  settings: Deidentification.Settings,
  limits: Partial<Limits.Limits> = {}
): Effect.fn.Return<AnonymizedFile | "DICOMDIR", DicomFile.UnreadableFile, FileSystem.FileSystem> {
  const unreadable = (detail: string) => new DicomFile.UnreadableFile({ path: name, detail })
  const file = yield* DicomFile.open(path, { lenient: false, name, limits })
  const { transferSyntax } = file.format
  const dataSet = yield* DicomFile.feed(
    file,
    DataSetReader.make({ ...file.reading, bulk: { threshold, source: path } })
  )
  const meta = file.format.metaInformation?.fields
  const sopClassUid = uidOf(dataSet, Tag.SOPClassUID) ?? meta?.mediaStorageSopClassUid
  if (sopClassUid === SopClass.MediaStorageDirectoryStorage) return "DICOMDIR"
  const result = Deidentification.deidentify(dataSet, settings)
  if (Result.isFailure(result)) return yield* unreadable(result.failure.message)
  const { done, notDone } = result.success
  const { mediaStorageSopInstanceUid: named } = meta ?? {}
  const sopInstanceUid =
    uidOf(result.success.dataSet, Tag.SOPInstanceUID) ??
    (named === undefined || settings.options?.includes("Retain UIDs") === true
      ? named
      : Deidentification.mapUid(settings.hash, named))
  if (sopClassUid === undefined || sopInstanceUid === undefined) return yield* unreadable("it is no SOP Instance")
  const head = yield* Effect.mapError(
    Effect.fromResult(
      FileMetaInformation.make({
        mediaStorageSopClassUid: sopClassUid,
        mediaStorageSopInstanceUid: sopInstanceUid,
        transferSyntaxUid: transferSyntax.uid,
        implementationClassUid: Uid.makeUnsafe(Association.implementation.classUid),
        implementationVersionName: Association.implementation.versionName
      })
    ),
    (error) => unreadable(error.message)
  )
  const body = yield* DicomFile.body(file, DataSet.write(result.success.dataSet))
  return {
    sopInstanceUid,
    bytes: Stream.concat(
      Stream.succeed(FileMetaInformation.encode(head)),
      transferSyntax.deflated ? DicomFile.deflated(name, body) : body
    ),
    done,
    notDone
  }
})
