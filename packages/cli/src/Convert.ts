/**
 * `dicom convert`: writes a file in another of the uncompressed transfer syntaxes, or as it is. The new file is complete
 * and on the disk before it has its name; what is printed on the standard output is complete if the command succeeds.
 *
 * @since 0.1.0
 */
import { Association } from "@effect-dicom/association"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as DataSetReader from "@effect-dicom/data/DataSetReader"
import * as FileFormat from "@effect-dicom/data/FileFormat"
import * as FileMetaInformation from "@effect-dicom/data/FileMetaInformation"
import * as Tag from "@effect-dicom/data/Tag"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import * as Vr from "@effect-dicom/data/Vr"
import * as NodeStream from "@effect/platform-node/NodeStream"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { createDeflateRaw } from "node:zlib"
import * as DicomFile from "./DicomFile.ts"
import * as DurableFile from "./DurableFile.ts"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import { BinaryOutput } from "./Output.ts"

/**
 * @category options
 * @since 0.1.0
 */
export interface Options {
  readonly input: string
  readonly output: string
  /** The keyword or the UID of a transfer syntax; without one, every byte stays. */
  readonly syntax: string | undefined
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
    const file = yield* DicomFile.open(path, { lenient: false, name })
    const { irregularities, metaInformation, transferSyntax } = file.format
    if (!options.quiet) {
      for (const { detail, kind } of irregularities) {
        yield* Console.error(`warning: ${name}: ${kind}: ${detail}`)
      }
    }
    const isSame = target === undefined || (target.uid === transferSyntax.uid && metaInformation !== undefined)
    const bytes = isSame ? yield* checked(file) : yield* converted(file, target)
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

const readingOf = (file: DicomFile.DicomFile): DataSetReader.Options => ({
  transferSyntax: file.format.transferSyntax,
  ...(file.length === undefined ? undefined : { size: file.length })
})

/** The bytes of the file as they are, once its data set has been found to be one. */
const checked = Effect.fnUntraced(function* (
  file: DicomFile.DicomFile
): Effect.fn.Return<Bytes, DicomFile.UnreadableFile, FileSystem.FileSystem> {
  yield* DicomFile.feed(file, DataSetReader.events({ ...readingOf(file), bulk: { threshold } }), () => undefined)
  return range(yield* FileSystem.FileSystem, file.path, 0, file.size)
})

const range = (fs: FileSystem.FileSystem, path: string, offset: number, length: number): Bytes =>
  Stream.mapError(
    DicomFile.inOneBuffer(fs, path, offset, length),
    (error) => new DicomFile.UnreadableFile({ path, detail: Failure.refusalOf(error) })
  )

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
  const { format, path } = file
  const { dataSetOffset, transferSyntax } = format
  // What was inflated is nowhere to be read again.
  const bulk = { threshold: transferSyntax.deflated ? Infinity : threshold, source: path, origin: dataSetOffset }
  const before = yield* DicomFile.feed(file, DataSetReader.make({ ...readingOf(file), bulk }))
  const after = yield* Effect.fromResult(DataSet.transcode<Bulk>(before, target, { swapped: numbers }))
  const pieces = DataSet.write(after)
  const fs = yield* FileSystem.FileSystem
  const body = Stream.flatMap(Stream.fromIterable(pieces), (piece): Bytes =>
    piece instanceof Uint8Array
      ? Stream.succeed(piece)
      : swapped(range(fs, path, piece.offset, piece.length), piece.size ?? 1)
  )
  return { before, after, bytes: target.deflated ? deflated(path, body) : body }
})

const converted = Effect.fnUntraced(function* (
  file: DicomFile.DicomFile,
  target: TransferSyntax.TransferSyntax
): Effect.fn.Return<
  Bytes,
  Failure.Failure | DicomFile.UnreadableFile | DataSet.TranscodeError<Bulk>,
  FileSystem.FileSystem
> {
  const { format, head, name } = file
  const { metaInformation, transferSyntax } = format
  const { after, before, bytes } = yield* transcode(file, target)
  const newHead =
    metaInformation === undefined
      ? yield* newMeta(name, before, target)
      : FileFormat.withDataSet<Bulk>(
          {
            _tag: "Whole file",
            head,
            metaInformation,
            transferSyntax,
            dataSet: before,
            irregularities: [],
            dataSetIrregularities: [],
            deflated: undefined
          },
          after
        ).head
  return Stream.concat(Stream.succeed(newHead), bytes)
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

/** PS3.5 section A.5: padded to an even length. */
const deflated = (path: string, body: Bytes): Bytes =>
  Stream.suspend(() => {
    let size = 0
    return copies(body).pipe(
      NodeStream.pipeThroughDuplex({
        evaluate: () => createDeflateRaw(),
        onError: (error) => new DicomFile.UnreadableFile({ path, detail: `it cannot be deflated: ${String(error)}` })
      }),
      Stream.tap((chunk: Uint8Array) =>
        Effect.sync(() => {
          size += chunk.length
        })
      ),
      Stream.concat(Stream.suspend(() => (size % 2 === 0 ? Stream.empty : Stream.succeed(new Uint8Array(1)))))
    )
  })

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
