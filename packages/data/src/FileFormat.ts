/**
 * DICOM files (PS3.10 section 7): where the data set of a file begins, how it is written, and which SOP Instance it is,
 * from the head of a file, so that storing reads no file whole; and whole files, which come out as they went in. How to
 * inflate and deflate is the caller's to bring.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as DataElement from "./DataElement.ts"
import * as DataSet from "./DataSet.ts"
import * as Element from "./Element.ts"
import * as FileMetaInformation from "./FileMetaInformation.ts"
import type { Deflate, Inflate } from "./Inflate.ts"
import { recognise } from "./internal/recognition.ts"
import { readWhole } from "./internal/wholeReading.ts"
import { InvalidDataSet } from "./InvalidDataSet.ts"
import type * as Limits from "./Limits.ts"
import * as Tag from "./Tag.ts"
import * as TransferSyntax from "./TransferSyntax.ts"
import * as Uid from "./Uid.ts"
import * as Vr from "./Vr.ts"

/**
 * Why a file cannot be read.
 *
 * @category errors
 * @since 0.1.0
 */
export const Reason = Schema.Literals([
  "not DICOM",
  "invalid file meta information",
  "invalid data set",
  "no SOP Instance",
  "invalid SOP Instance"
])

/**
 * @category errors
 * @since 0.1.0
 */
export type Reason = typeof Reason.Type

/**
 * A file that is not DICOM, or not readable as such.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidFile extends Schema.TaggedError<InvalidFile>()("InvalidFile", {
  reason: Reason,
  /** Where, in bytes from the first of the file. */
  offset: Schema.Int,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.reason}, at byte ${this.offset} of the file: ${this.detail}`
  }
}

/**
 * What the head of a file says.
 *
 * @category models
 * @since 0.1.0
 */
export interface FileFormat {
  readonly _tag: "File"
  /** Nothing in a file that is a bare data set. */
  readonly metaInformation: FileMetaInformation.Decoded | undefined
  /**
   * As the File Meta Information gives it, otherwise as the data set looks: then one of implicit little endian,
   * explicit little endian (an encapsulated syntax looks the same) and explicit big endian.
   */
  readonly transferSyntax: TransferSyntax.TransferSyntax
  /** Where the data set begins, in bytes. It ends with the file. */
  readonly dataSetOffset: number
  /** In which ways the file departs from PS3.10. */
  readonly irregularities: ReadonlyArray<FileMetaInformation.Irregularity>
}

/**
 * The SOP Instance that a file holds.
 *
 * @category models
 * @since 0.1.0
 */
export interface Instance {
  readonly _tag: "Instance"
  readonly file: FileFormat
  readonly sopClassUid: Uid.Uid
  readonly sopInstanceUid: Uid.Uid
  /** In which ways the file departs from PS3.10, those of `file` among them. */
  readonly irregularities: ReadonlyArray<FileMetaInformation.Irregularity>
}

const fail = (reason: Reason, offset: number, detail: string) =>
  Result.fail(new InvalidFile({ reason, offset, detail }))

const failed = (reason: Reason, error: Element.InvalidElement) => fail(reason, error.offset, error.message)

const needMore = (size: number) => Result.succeed<Element.NeedMore>({ _tag: "Need more", size })

/** Where the File Meta Information begins; undefined for a bare data set; more bytes are needed to say. */
const beginning = (bytes: Uint8Array): number | undefined =>
  isDicm(bytes, 128) ? 132 : isDicm(bytes, 0) ? 4 : undefined

const isDicm = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === 0x44 && bytes[at + 1] === 0x49 && bytes[at + 2] === 0x43 && bytes[at + 3] === 0x4d

const isGroup0002 = (bytes: Uint8Array, at: number): boolean => bytes[at] === 0x02 && bytes[at + 1] === 0x00

/**
 * Reads the head of a file from a prefix of its bytes. Give the size of the file where it is known: then a file cut
 * short is told from a prefix cut short.
 *
 * **Details**
 *
 * A missing preamble, a missing or wrong group length, and no File Meta Information at all are irregularities that are
 * reported; bytes that look like no data set are a failure.
 *
 * **Example**
 *
 * ```ts
 * import * as FileFormat from "@effect-dicom/data/FileFormat"
 * import * as Result from "effect/Result"
 *
 * const result = FileFormat.read(new Uint8Array(10))
 * Result.isSuccess(result) && result.success // { _tag: "Need more", size: 132 }
 * ```
 *
 * @category codecs
 * @since 0.1.0
 */
export const read = (
  bytes: Uint8Array,
  options?: Element.Options
): Result.Result<FileFormat | Element.NeedMore, InvalidFile> => {
  const size = options?.size ?? Infinity
  const first = Math.min(132, size)
  if (bytes.length < first) return needMore(first)
  const irregularities: Array<FileMetaInformation.Irregularity> = []
  const dicm = beginning(bytes)
  let at = dicm ?? 0
  if (at < 132) irregularities.push({ kind: "no preamble", detail: `"DICM" is not at byte 128` })
  if (bytes.length < Math.min(at + 8, size)) return needMore(Math.min(at + 8, size))
  let metaInformation: FileMetaInformation.Decoded | undefined
  if (isGroup0002(bytes, at)) {
    const decoded = FileMetaInformation.decode(bytes, at, options)
    if (Result.isFailure(decoded)) return failed("invalid file meta information", decoded.failure)
    if (decoded.success._tag === "Need more") return Result.succeed(decoded.success)
    metaInformation = decoded.success
    irregularities.push(...metaInformation.irregularities)
    at = metaInformation.end
  } else {
    irregularities.push({ kind: "no file meta information", detail: `there is no group 0002 at byte ${at}` })
  }
  const uid = metaInformation?.fields.transferSyntaxUid
  if (uid !== undefined) {
    const transferSyntax = TransferSyntax.fromUid(uid)
    const dataSetOffset = at
    return Result.succeed<FileFormat>({ _tag: "File", metaInformation, transferSyntax, dataSetOffset, irregularities })
  }
  const announced = dicm !== undefined || metaInformation !== undefined
  const recognised = recognise(bytes, at, announced, maximumHead, options)
  if (typeof recognised === "string") {
    return announced
      ? fail("invalid data set", at, `there is no Transfer Syntax UID, and ${recognised}`)
      : fail("not DICOM", at, `there is no "DICM", and ${recognised}`)
  }
  if ("_tag" in recognised) return Result.succeed(recognised)
  if (metaInformation !== undefined) {
    irregularities.push({
      kind: "no transfer syntax",
      detail: `the data set at byte ${at} looks like ${recognised.name}`
    })
  }
  return Result.succeed<FileFormat>({
    _tag: "File",
    metaInformation,
    transferSyntax: recognised,
    dataSetOffset: at,
    irregularities
  })
}

// -----------------------------------------------------------------------------
// the SOP Instance
// -----------------------------------------------------------------------------

/**
 * How far into a file its SOP Instance is looked for, in bytes: 16 MiB. What stands before it is small in any file that
 * means well.
 *
 * @category models
 * @since 0.1.0
 */
export const maximumHead = 0x1000000

/**
 * Finds which SOP Instance a file holds, from a prefix of its bytes: as its data set says, (0008,0016) and (0008,0018);
 * where that says nothing, or is deflated, as its File Meta Information says.
 *
 * **Details**
 *
 * While it needs more, call it again with the longer prefix; each at least twice as long as the one before keeps the
 * whole linear. A deflated data set is not inflated: without File Meta Information to name its instance it is a
 * failure.
 *
 * @category operations
 * @since 0.1.0
 */
export const instance = (
  bytes: Uint8Array,
  options?: Element.Options
): Result.Result<Instance | Element.NeedMore, InvalidFile> => {
  const head = read(bytes, options)
  if (Result.isFailure(head)) return Result.fail(head.failure)
  const file = head.success
  if (file._tag === "Need more") return Result.succeed(file)
  const meta = file.metaInformation?.fields
  const irregularities = [...file.irregularities]
  let sopClassUid: Uid.Uid | undefined
  let sopInstanceUid: Uid.Uid | undefined
  if (!file.transferSyntax.deflated) {
    const wanted = [Tag.SOPClassUID, Tag.SOPInstanceUID]
    const found = Element.find(bytes, file.dataSetOffset, file.transferSyntax, wanted, options)
    if (Result.isFailure(found)) return failed("invalid data set", found.failure)
    if (found.success._tag === "Need more") {
      return found.success.size > maximumHead
        ? fail("invalid data set", file.dataSetOffset, `(0008,0018) is not within the first ${maximumHead} bytes`)
        : Result.succeed(found.success)
    }
    const elements = found.success.elements
    const sopClass = uidOf(bytes, elements.get(Tag.SOPClassUID))
    if (Result.isFailure(sopClass)) return Result.fail(sopClass.failure)
    const sopInstance = uidOf(bytes, elements.get(Tag.SOPInstanceUID))
    if (Result.isFailure(sopInstance)) return Result.fail(sopInstance.failure)
    sopClassUid = sopClass.success
    sopInstanceUid = sopInstance.success
    if (sopClassUid === undefined || sopInstanceUid === undefined) {
      irregularities.push({
        kind: "no SOP Instance in the data set",
        detail: `${sopClassUid === undefined ? "(0008,0016)" : "(0008,0018)"} is missing`
      })
    } else {
      for (const [tag, here, there] of [
        ["(0008,0016)", sopClassUid, meta?.mediaStorageSopClassUid],
        ["(0008,0018)", sopInstanceUid, meta?.mediaStorageSopInstanceUid]
      ] as const) {
        if (there !== undefined && here !== there) {
          irregularities.push({
            kind: "another SOP Instance in the data set",
            detail: `${tag} is ${here}; the File Meta Information says ${there}`
          })
        }
      }
    }
  }
  sopClassUid ??= meta?.mediaStorageSopClassUid
  sopInstanceUid ??= meta?.mediaStorageSopInstanceUid
  if (sopClassUid === undefined || sopInstanceUid === undefined) {
    const missing = sopClassUid === undefined ? "SOP Class UID" : "SOP Instance UID"
    const elsewhere = file.transferSyntax.deflated
      ? "what can be read of the data set, which is deflated"
      : "the data set"
    return fail(
      "no SOP Instance",
      file.dataSetOffset,
      `${missing} is neither in the File Meta Information nor in ${elsewhere}`
    )
  }
  return Result.succeed<Instance>({ _tag: "Instance", file, sopClassUid, sopInstanceUid, irregularities })
}

/** The UID that an element holds; nothing where it is missing or empty. */
const uidOf = (
  bytes: Uint8Array,
  element: Element.Element | undefined
): Result.Result<Uid.Uid | undefined, InvalidFile> => {
  if (element === undefined || element.length === 0) return Result.succeed(undefined)
  const uid = Uid.fromBytes(bytes, element.valueOffset, element.valueOffset + element.length)
  return Result.isSuccess(uid)
    ? Result.succeed(uid.success)
    : fail("invalid SOP Instance", element.offset, `${Tag.format(element.tag)}: ${uid.failure.message}`)
}

// -----------------------------------------------------------------------------
// whole files
// -----------------------------------------------------------------------------

/**
 * A whole file. `Bulk` is what stands for a value that is elsewhere; there is none in a file that was decoded.
 *
 * @category models
 * @since 0.1.0
 */
export interface File<out Bulk = never> {
  readonly _tag: "Whole file"
  /** Everything before the data set, as it is written: nothing in a file that is a bare data set. */
  readonly head: Uint8Array
  readonly metaInformation: FileMetaInformation.Decoded | undefined
  readonly transferSyntax: TransferSyntax.TransferSyntax
  readonly dataSet: DataSet.DataSet<Bulk>
  /** In which ways the file departs from PS3.10. */
  readonly irregularities: ReadonlyArray<FileMetaInformation.Irregularity>
  /** What lenient reading found wrong in the data set; strictly, no more than what follows its end. */
  readonly dataSetIrregularities: ReadonlyArray<InvalidDataSet>
  /** The deflated bytes that `dataSet` came from, as long as it is that one. */
  readonly deflated: { readonly of: DataSet.DataSet<Bulk>; readonly bytes: Uint8Array } | undefined
}

/**
 * How to read a whole file.
 *
 * @category models
 * @since 0.1.0
 */
export interface DecodeOptions {
  readonly limits?: Partial<Limits.Limits>
  readonly lenient?: boolean
  /** Needed for a deflated file. */
  readonly inflate?: Inflate
}

/**
 * Reads a whole file. The offset of an `InvalidDataSet` counts from the first byte of the data set.
 *
 * **Details**
 *
 * What follows the stream of a deflated file, but for the zero that makes its length even (PS3.5 section A.5), hinders
 * no more than zeros behind a data set that is not deflated: it is told in `dataSetIrregularities`, if `inflate` says where
 * the stream ends.
 *
 * @category codecs
 * @since 0.1.0
 */
export const decode = (
  bytes: Uint8Array,
  options: DecodeOptions = {}
): Result.Result<File, InvalidFile | InvalidDataSet> => {
  const head = read(bytes, { size: bytes.length })
  if (Result.isFailure(head)) return Result.fail(head.failure)
  const file = head.success
  if (file._tag === "Need more") return fail("not DICOM", 0, `it needs ${file.size} bytes; there are ${bytes.length}`)
  const { dataSetOffset, irregularities, metaInformation, transferSyntax } = file
  const { inflate, limits } = options
  const rest = bytes.subarray(dataSetOffset)
  const data = readWhole(rest, {
    transferSyntax,
    lenient: options.lenient === true,
    ...(limits === undefined ? undefined : { limits }),
    ...(inflate === undefined ? undefined : { inflate })
  })
  if (Result.isFailure(data)) return Result.fail(data.failure)
  const { dataSet } = data.success
  return Result.succeed<File>({
    _tag: "Whole file",
    head: bytes.subarray(0, dataSetOffset),
    metaInformation,
    transferSyntax,
    dataSet,
    irregularities,
    dataSetIrregularities: data.success.irregularities,
    deflated: transferSyntax.deflated ? { of: dataSet, bytes: rest } : undefined
  })
}

/**
 * Makes a file of a File Meta Information and a data set. A data set that is not in the transfer syntax that the File
 * Meta Information says is transcoded.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <Bulk = never>(
  meta: FileMetaInformation.FileMetaInformation,
  dataSet: DataSet.DataSet<Bulk>
): Result.Result<File<Bulk>, DataSet.TranscodeError<Bulk>> => {
  const transferSyntax = TransferSyntax.fromUid(meta.transferSyntaxUid)
  return Result.map(DataSet.transcode(dataSet, transferSyntax), (dataSet): File<Bulk> => {
    const head = FileMetaInformation.encode(meta)
    return {
      _tag: "Whole file",
      head,
      metaInformation: metaOf(head),
      transferSyntax,
      dataSet,
      irregularities: [],
      dataSetIrregularities: [],
      deflated: undefined
    }
  })
}

const metaOf = (head: Uint8Array): FileMetaInformation.Decoded | undefined => {
  const at = beginning(head)
  if (at === undefined) return undefined
  const decoded = FileMetaInformation.decode(head, at, { size: head.length })
  return Result.isSuccess(decoded) && decoded.success._tag !== "Need more" ? decoded.success : undefined
}

/**
 * The bytes of a file, in pieces for a gathered write. One that was read and not changed gives the bytes it was read
 * from, those of a deflated one among them; a changed one in a deflated syntax needs `deflate`, and fails without, and
 * where a value of it is elsewhere. In other syntaxes such a value is given by what stands for it.
 *
 * @category codecs
 * @since 0.1.0
 */
export const encode = <Bulk = never>(
  file: File<Bulk>,
  options: { readonly deflate?: Deflate } = {}
): Result.Result<ReadonlyArray<Uint8Array | Bulk>, InvalidDataSet> => {
  const { dataSet, deflated, head, transferSyntax } = file
  const { deflate } = options
  if (!transferSyntax.deflated) return Result.succeed([head, ...DataSet.write(dataSet)])
  if (deflated?.of === dataSet) return Result.succeed([head, deflated.bytes])
  const fail = (detail: string) => Result.fail(new InvalidDataSet({ reason: "deflated", path: [], offset: 0, detail }))
  if (deflate === undefined) return fail("it was changed, and nothing to deflate it with was given")
  const whole = wholeOf(dataSet)
  if (whole === undefined) return fail("it was changed, and cannot be deflated: a value of it is elsewhere")
  const bytes = deflate(whole)
  // PS3.5 section A.5: a deflated stream of an odd length is padded.
  return Result.succeed(bytes.length % 2 === 0 ? [head, bytes] : [head, bytes, new Uint8Array(1)])
}

/** The bytes of a data set in one piece; nothing where some are elsewhere. */
const wholeOf = <Bulk>(dataSet: DataSet.DataSet<Bulk>): Uint8Array | undefined => {
  const bytes = new Uint8Array(DataSet.size(dataSet))
  let at = 0
  for (const piece of DataSet.write(dataSet)) {
    if (!(piece instanceof Uint8Array)) return undefined
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}

/** The elements of the File Meta Information that say what those of the data set say. */
const followed: ReadonlyArray<readonly [meta: Tag.Tag, dataSet: Tag.Tag]> = [
  [Tag.make(0x0002, 0x0002), Tag.SOPClassUID],
  [Tag.make(0x0002, 0x0003), Tag.SOPInstanceUID]
]

/**
 * The file with another data set. Its File Meta Information follows in what it says of it: the transfer syntax and the
 * SOP Instance, where they have changed, and its own group length. Everything else before the data set stays. Of a
 * DICOMDIR whose records move by that, `DirectoryRecord.relocate` corrects the offsets.
 *
 * @category operations
 * @since 0.1.0
 */
export const withDataSet = <Bulk = never>(file: File<unknown>, dataSet: DataSet.DataSet<Bulk>): File<Bulk> => {
  const deflated = file.deflated?.of === dataSet ? { of: dataSet, bytes: file.deflated.bytes } : undefined
  const changed: File<Bulk> = { ...file, dataSet, transferSyntax: dataSet.transferSyntax, deflated }
  const at = beginning(file.head) ?? 0
  if (file.metaInformation === undefined) return changed
  const explicit = Vr.isName(file.head[at + 4] ?? 0, file.head[at + 5] ?? 0)
  const syntax = explicit ? TransferSyntax.ExplicitVRLittleEndian : TransferSyntax.ImplicitVRLittleEndian
  const before = DataSet.read(file.head.subarray(at), { transferSyntax: syntax })
  if (Result.isFailure(before)) return changed
  let meta = before.success
  if (dataSet.transferSyntax.uid !== file.transferSyntax.uid) {
    meta = DataSet.set(
      meta,
      DataElement.value(Tag.make(0x0002, 0x0010), "UI", Uid.toPaddedBytes(dataSet.transferSyntax.uid))
    )
  }
  for (const [there, here] of followed) {
    const uid = DataSet.element(dataSet, here)?.bytes
    const was = DataSet.element(file.dataSet, here)?.bytes
    if (uid !== undefined && !isSame(uid, was)) meta = DataSet.set(meta, DataElement.value(there, "UI", uid))
  }
  if (meta === before.success) return changed
  const groupLength = Tag.make(0x0002, 0x0000)
  if (DataSet.element(meta, groupLength)?.bytes?.length === 4) {
    const length = new Uint8Array(4)
    new DataView(length.buffer).setUint32(0, DataSet.size(meta) - 12, true)
    meta = DataSet.set(meta, DataElement.value(groupLength, "UL", length))
  }
  const head = new Uint8Array(at + DataSet.size(meta))
  head.set(file.head.subarray(0, at))
  head.set(DataSet.toBytes(meta), at)
  return { ...changed, head, metaInformation: metaOf(head) ?? file.metaInformation }
}

const isSame = (one: Uint8Array, other: Uint8Array | undefined): boolean =>
  other !== undefined && one.length === other.length && one.every((byte, i) => byte === other[i])
