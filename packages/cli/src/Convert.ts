/**
 * `dicom convert`: writes a file in another of the uncompressed transfer syntaxes, or as it is. The new file is complete
 * and on the disk before it has its name; what is printed on the standard output is complete if the command succeeds.
 *
 * @since 0.1.0
 */
import { Association } from "@effect-dicom/association"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as DataSetReader from "@effect-dicom/data/DataSetReader"
import * as DirectoryRecord from "@effect-dicom/data/DirectoryRecord"
import * as FileFormat from "@effect-dicom/data/FileFormat"
import * as FileMetaInformation from "@effect-dicom/data/FileMetaInformation"
import type * as Limits from "@effect-dicom/data/Limits"
import * as Tag from "@effect-dicom/data/Tag"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import * as Vr from "@effect-dicom/data/Vr"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as DicomFile from "./DicomFile.ts"
import * as DurableFile from "./DurableFile.ts"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import { BinaryOutput } from "./Output.ts"

/**
 * What the command line says of `dicom convert`.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  readonly input: string
  readonly output: string
  /** The keyword or the UID of a transfer syntax; without one, every byte stays. */
  readonly syntax: string | undefined
  /** What a data set may cost; those not given are those of `DicomFile`. */
  readonly limits?: Partial<Limits.Limits>
  readonly quiet: boolean
}

/**
 * Converts, or fails and leaves nothing under the name of the new file but what was there.
 *
 * @category operations
 * @since 0.1.0
 */
export const run = Effect.fnUntraced(
  function* (
    options: Options
  ): Effect.fn.Return<
    void,
    Failure.Failure | DicomFile.UnreadableFile | DataSet.TranscodeError<Bulk>,
    FileSystem.FileSystem | Path.Path | Scope.Scope
  > {
    const target = yield* syntaxOf(options.syntax)
    const { name, path } =
      options.input === DicomFile.standardInput
        ? yield* DicomFile.fromInput
        : { path: options.input, name: options.input }
    const file = yield* DicomFile.open(path, {
      lenient: false,
      name,
      limits: options.limits ?? {}
    })
    const { irregularities, metaInformation, transferSyntax } = file.format
    if (!options.quiet) {
      for (const { detail, kind } of irregularities) {
        yield* Console.error(`warning: ${name}: ${kind}: ${detail}`)
      }
    }
    const isSame = target === undefined || (target.uid === transferSyntax.uid && metaInformation !== undefined)
    const { bytes, told } = isSame ? yield* checked(file) : yield* converted(file, target)
    if (!options.quiet) for (const line of told) yield* Console.error(`warning: ${name}: ${line}`)
    yield* options.output === standardOutput ? print(bytes) : write(options.output, bytes)
  },
  Effect.scoped,
  Effect.catch((error) =>
    Effect.fail(
      error._tag === "Failure"
        ? error
        : error._tag === "PixelCodecNeeded"
          ? Failure.make(codes.codec, `${error.message}. Give it uncompressed, or leave its transfer syntax as it is.`)
          : Failure.make(codes.files, `${error.message}. Nothing was written.`)
    )
  )
)

const syntaxOf = (
  name: string | undefined
): Effect.Effect<TransferSyntax.TransferSyntax | undefined, Failure.Failure> => {
  if (name === undefined) return Effect.succeed(undefined)
  const wanted = name.toLowerCase()
  const found = TransferSyntax.all.find(({ keyword, uid }) => uid === name || keyword.toLowerCase() === wanted)
  return found === undefined
    ? Effect.fail(
        Failure.make(
          codes.usage,
          `"${name}" is no transfer syntax. Give its keyword or its UID, as in --syntax ExplicitVRLittleEndian.`
        )
      )
    : Effect.succeed(found)
}

/** The bytes of a file, or of what is made of one. */
type Bytes = Stream.Stream<Uint8Array, DicomFile.UnreadableFile>

/** Values, and fragments, of more bytes than this stay in the file until they are written. */
const threshold = 1 << 16

/** The bytes of a file, or of what is made of one, and what was met in it that does not hinder. */
interface Made {
  readonly bytes: Bytes
  readonly told: ReadonlyArray<string>
}

const toldOf = (
  file: DicomFile.DicomFile,
  { irregularities }: Pick<DataSetReader.EventReader, "irregularities">
): ReadonlyArray<string> => {
  const irregularity = file.irregularity()
  const told = irregularities.map(({ message }) => message)
  return irregularity === undefined ? told : [...told, irregularity.detail]
}

/** The bytes of the file as they are, once its data set has been found to be one. */
const checked = Effect.fnUntraced(function* (
  file: DicomFile.DicomFile
): Effect.fn.Return<Made, DicomFile.UnreadableFile, FileSystem.FileSystem> {
  const reader = DataSetReader.events({ ...file.reading, bulk: { threshold } })
  yield* DicomFile.feed(file, reader, () => undefined)
  const fs = yield* FileSystem.FileSystem
  const bytes = Stream.mapError(
    DicomFile.inOneBuffer(fs, file.path, 0, file.size),
    (error) => new DicomFile.UnreadableFile({ path: file.name, detail: Failure.refusalOf(error) })
  )
  return { bytes, told: toldOf(file, reader) }
})

/**
 * A data set in another transfer syntax.
 *
 * @category models
 * @since 0.1.0
 */
export interface Transcoded {
  /** As it is in the file. */
  readonly before: DataSet.DataSet<Bulk>
  readonly after: DataSet.DataSet<Bulk>
  /** The bytes of the latter. Long values are read from the file when they are taken. */
  readonly bytes: Bytes
  /** What was met in the file that does not hinder, in sentences. */
  readonly told: ReadonlyArray<string>
}

/**
 * Reads the data set of a file and writes it in another transfer syntax.
 *
 * @category operations
 * @since 0.1.0
 */
export const transcode = Effect.fnUntraced(function* (
  file: DicomFile.DicomFile,
  target: TransferSyntax.TransferSyntax
): Effect.fn.Return<Transcoded, DicomFile.UnreadableFile | DataSet.TranscodeError<Bulk>, FileSystem.FileSystem> {
  const reader = DataSetReader.make({ ...file.reading, bulk: { threshold, source: file.path }, lent: true })
  const before = yield* DicomFile.feed(file, reader, () => undefined)
  const after = yield* Effect.fromResult(DataSet.transcode<Bulk>(before, target, { swapped: numbers }))
  return { before, after, bytes: yield* written(file, after), told: toldOf(file, reader) }
})

/** The bytes of a data set of which long values are in the file. */
const written = (
  file: DicomFile.DicomFile,
  dataSet: DataSet.DataSet<Bulk>
): Effect.Effect<Bytes, never, FileSystem.FileSystem> =>
  Effect.map(
    DicomFile.body(file, DataSet.write(dataSet), (bytes, { size = 1 }: Bulk) => swapped(bytes, size)),
    (body) => (dataSet.transferSyntax.deflated ? DicomFile.deflated(file.name, body) : body)
  )

type NotMade = Failure.Failure | DicomFile.UnreadableFile | DataSet.TranscodeError<Bulk>

const converted = Effect.fnUntraced(function* (
  file: DicomFile.DicomFile,
  target: TransferSyntax.TransferSyntax
): Effect.fn.Return<Made, NotMade, FileSystem.FileSystem> {
  const { format, name } = file
  const { metaInformation } = format
  const { after, before, bytes, told } = yield* transcode(file, target)
  if (DirectoryRecord.isDirectory(before)) return yield* convertedDirectory(file, target)
  const newHead = metaInformation === undefined ? yield* newMeta(name, before, target) : headOf(file, before, after)
  return { bytes: Stream.concat(Stream.succeed(newHead), bytes), told }
})

/** What is before the data set in the file, for another data set. */
const headOf = (
  { format, head }: DicomFile.DicomFile,
  before: DataSet.DataSet<Bulk>,
  after: DataSet.DataSet<Bulk>
): Uint8Array =>
  FileFormat.withDataSet<Bulk>(
    {
      _tag: "Whole file",
      head,
      metaInformation: format.metaInformation,
      transferSyntax: format.transferSyntax,
      dataSet: before,
      irregularities: [],
      dataSetIrregularities: [],
      deflated: undefined
    },
    after
  ).head

/** A DICOMDIR, whose records refer to one another by where they are in the file: it is read whole. */
const convertedDirectory = Effect.fnUntraced(function* (
  file: DicomFile.DicomFile,
  target: TransferSyntax.TransferSyntax
): Effect.fn.Return<Made, NotMade, FileSystem.FileSystem> {
  const { name, reading } = file
  if (target.uid !== TransferSyntax.ExplicitVRLittleEndian.uid) {
    return yield* Failure.make(
      codes.usage,
      `${name}: it is a DICOMDIR, which is in Explicit VR Little Endian and nothing else (PS3.10 section 8.6). ` +
        "Give --syntax ExplicitVRLittleEndian, or none."
    )
  }
  const reader = DataSetReader.make(reading)
  const before = yield* DicomFile.feed(file, reader)
  const after = yield* Effect.fromResult(DataSet.transcode(before, target))
  const head = headOf(file, before, after)
  const relocated = yield* Effect.mapError(
    Effect.fromResult(
      DirectoryRecord.relocate(
        { dataSet: before, dataSetOffset: file.format.dataSetOffset },
        { dataSet: after, dataSetOffset: head.length }
      )
    ),
    (error) => new DicomFile.UnreadableFile({ path: name, detail: error.message })
  )
  return { bytes: Stream.make(head, ...DataSet.write(relocated)), told: toldOf(file, reader) }
})

/** Preamble and File Meta Information for a data set that had none. */
const newMeta = (
  path: string,
  dataSet: DataSet.DataSet<Bulk>,
  target: TransferSyntax.TransferSyntax
): Effect.Effect<Uint8Array, DicomFile.UnreadableFile> => {
  const uidOf = (tag: Tag.Tag): Uid.Uid | undefined => {
    const bytes = DataSet.element(dataSet, tag)?.bytes ?? new Uint8Array(0)
    return Result.getOrElse(Uid.fromBytes(bytes, 0, bytes.length), () => undefined)
  }
  const [mediaStorageSopClassUid, mediaStorageSopInstanceUid] = [uidOf(Tag.SOPClassUID), uidOf(Tag.SOPInstanceUID)]
  const meta =
    mediaStorageSopClassUid === undefined || mediaStorageSopInstanceUid === undefined
      ? undefined
      : FileMetaInformation.make({
          mediaStorageSopClassUid,
          mediaStorageSopInstanceUid,
          transferSyntaxUid: target.uid,
          implementationClassUid: Uid.makeUnsafe(Association.implementation.classUid),
          implementationVersionName: Association.implementation.versionName
        })
  return meta === undefined || Result.isFailure(meta)
    ? Effect.fail(
        new DicomFile.UnreadableFile({
          path,
          detail: "it has no File Meta Information, and no SOP Class and SOP Instance UID to make one of"
        })
      )
    : Effect.succeed(FileMetaInformation.encode(meta.success))
}

// -----------------------------------------------------------------------------
// the bytes of long values
// -----------------------------------------------------------------------------

/** A value in the file; where its numbers are to be in the other byte order, the size of each in bytes. */
type Bulk = DataSetReader.BulkReference & { readonly size?: number }

/** What is too long for the length of its VR is written as UN, and so as it is (PS3.5 section 6.2.2). */
const numbers = (bulk: Bulk, vr: string, size: number): Bulk =>
  bulk.length > 0xffff && !Vr.isLong(vr.charCodeAt(0), vr.charCodeAt(1)) ? bulk : { ...bulk, size }

const join = (rest: Uint8Array, chunk: Uint8Array): Uint8Array => {
  const joined = new Uint8Array(rest.length + chunk.length)
  joined.set(rest)
  joined.set(chunk, rest.length)
  return joined
}

/** The numbers in the other byte order, where they are; what is left behind the last whole one stays. */
const swapped = (bytes: Bytes, size: number): Bytes =>
  size === 1
    ? bytes
    : Stream.mapAccum(
        bytes,
        () => new Uint8Array(0),
        (rest, chunk) => {
          const joined = rest.length === 0 ? chunk : join(rest, chunk)
          const end = joined.length - (joined.length % size)
          for (let at = 0; at < end; at += size) {
            for (let low = at, high = at + size - 1; low < high; low++, high--) {
              const byte = joined[low] ?? 0
              joined[low] = joined[high] ?? 0
              joined[high] = byte
            }
          }
          return [new Uint8Array(joined.subarray(end)), [joined.subarray(0, end)]]
        },
        { onHalt: (rest) => [rest] }
      )

const copies = (bytes: Bytes): Bytes => Stream.map(bytes, (piece) => new Uint8Array(piece))

// -----------------------------------------------------------------------------
// writing
// -----------------------------------------------------------------------------

/** The argument that stands for the standard output. */
const standardOutput = "-"

/** Prints as long as somebody reads. */
const print = (bytes: Bytes): Effect.Effect<void, DicomFile.UnreadableFile> =>
  Effect.flatMap(BinaryOutput, (output) => Stream.runForEach(copies(bytes), output)).pipe(
    Effect.catchTag("ReaderGone", () => Effect.void)
  )

const write = Effect.fnUntraced(
  function* (
    output: string,
    bytes: Bytes
  ): Effect.fn.Return<
    void,
    Failure.Failure | PlatformError | DicomFile.UnreadableFile,
    FileSystem.FileSystem | Path.Path
  > {
    const paths = yield* Path.Path
    const fs = yield* FileSystem.FileSystem
    // The new file takes the place of what has its name: that is not to be a device, a pipe or a folder.
    const there = yield* Effect.option(fs.stat(output))
    if (there._tag === "Some" && there.value.type !== "File") {
      const kind = there.value.type === "Directory" ? "it is a folder" : "it is no file"
      return yield* Failure.make(codes.files, `${output} cannot be written: ${kind}. Give another file.`)
    }
    yield* DurableFile.settle(paths.dirname(yield* DurableFile.write(output, bytes)))
  },
  (effect, output) =>
    Effect.catchTag(effect, "PlatformError", (error) =>
      Effect.fail(
        Failure.make(
          codes.files,
          error.reason._tag === "PermissionDenied"
            ? `${output} cannot be written: it is not permitted. Give another file.`
            : `${output} cannot be written: ${Failure.refusalOf(error)}. Give another file.`
        )
      )
    )
)
