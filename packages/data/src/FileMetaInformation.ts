/**
 * The File Meta Information (PS3.10 section 7.1): what precedes the data set in a file and says how it is written, what
 * it holds and who wrote it. The rest of a file is not this file's business: see `FileFormat.ts`.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Element from "./Element.ts"
import * as Latin1 from "./Latin1.ts"
import * as Tag from "./Tag.ts"
import { ExplicitVRLittleEndian, fromUid, ImplicitVRLittleEndian } from "./TransferSyntax.ts"
import * as Uid from "./Uid.ts"

// -----------------------------------------------------------------------------
// the value
// -----------------------------------------------------------------------------

/** AE and SH: 1 to 16 characters of the default repertoire but the backslash, no space at either end (PS3.5 6.2). */
const text16 = (parameter: string) =>
  Schema.String.check(
    Schema.makeFilter(
      (text: string) =>
        /^(?! )[ -[\]-~]{1,16}(?<! )$/.test(text) ||
        `${parameter} is ${JSON.stringify(text)}; permitted: 1 to 16 characters of the default repertoire but the ` +
          "backslash, without spaces at either end",
      { arbitraryConstraint: { patterns: [{ source: "^[!-[\\]-~]([ -[\\]-~]{0,14}[!-[\\]-~])?$", flags: "" }] } }
    )
  )

/** UR: no backslash, no space but at the end, where it is padding (PS3.5 Table 6.2-1). */
const url = (parameter: string) =>
  Schema.String.check(
    Schema.makeFilter(
      (text: string) =>
        /^[!-[\]-~]{1,1024}$/.test(text) ||
        `${parameter} is ${JSON.stringify(text.slice(0, 80))}; permitted: 1 to 1024 characters of the default ` +
          "repertoire but backslash and space",
      { arbitraryConstraint: { patterns: [{ source: "^dicom://[a-z]{1,10}:[1-9][0-9]{1,3}$", flags: "" }] } }
    )
  )

const fields = {
  mediaStorageSopClassUid: Uid.Uid,
  mediaStorageSopInstanceUid: Uid.Uid,
  transferSyntaxUid: Uid.Uid,
  implementationClassUid: Uid.Uid,
  implementationVersionName: Schema.optionalKey(text16("Implementation Version Name")),
  sourceApplicationEntityTitle: Schema.optionalKey(text16("Source Application Entity Title")),
  sendingApplicationEntityTitle: Schema.optionalKey(text16("Sending Application Entity Title")),
  receivingApplicationEntityTitle: Schema.optionalKey(text16("Receiving Application Entity Title")),
  sourcePresentationAddress: Schema.optionalKey(url("Source Presentation Address")),
  sendingPresentationAddress: Schema.optionalKey(url("Sending Presentation Address")),
  receivingPresentationAddress: Schema.optionalKey(url("Receiving Presentation Address")),
  privateInformationCreatorUid: Schema.optionalKey(Uid.Uid),
  privateInformation: Schema.optionalKey(Schema.Uint8Array)
}

/**
 * The File Meta Information of PS3.10 Table 7.1-1, in its order, but for the group length and the version, which are
 * the encoder's.
 *
 * **Gotchas**
 *
 * It is branded, so that what is encoded has been checked: {@link make} it. Private Information of an odd length is
 * padded with a zero byte, and read back with it.
 *
 * @category models
 * @since 0.1.0
 */
export const FileMetaInformation = Schema.Struct(fields)
  .check(
    Schema.makeFilter(
      (meta) =>
        meta.privateInformation === undefined ||
        meta.privateInformationCreatorUid !== undefined ||
        "Private Information is present; permitted: with a Private Information Creator UID only"
    )
  )
  .pipe(Schema.brand("FileMetaInformation"))

/**
 * @category models
 * @since 0.1.0
 */
export type FileMetaInformation = typeof FileMetaInformation.Type

/**
 * What {@link make} takes: the same fields, not yet checked.
 *
 * @category models
 * @since 0.1.0
 */
export type Fields = Schema.Struct<typeof fields>["Type"]

const decodeFields = Schema.decodeUnknownResult(FileMetaInformation)

/**
 * Makes a File Meta Information; a failure names the parameter, its value and what is permitted.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (input: Fields): Result.Result<FileMetaInformation, Schema.SchemaError> => decodeFields(input)

/**
 * The same of another instance of the same SOP class.
 *
 * @category constructors
 * @since 0.1.0
 */
export const ofInstance = (meta: FileMetaInformation, mediaStorageSopInstanceUid: Uid.Uid): FileMetaInformation => ({
  ...meta,
  mediaStorageSopInstanceUid
})

/** PS3.10 Table 7.1-1: element of group 0002, VR, key. In ascending order, which is that of the bytes. */
const table: ReadonlyArray<readonly [element: number, vr: "UI" | "SH" | "AE" | "UR" | "OB", key: keyof Fields]> = [
  [0x0002, "UI", "mediaStorageSopClassUid"],
  [0x0003, "UI", "mediaStorageSopInstanceUid"],
  [0x0010, "UI", "transferSyntaxUid"],
  [0x0012, "UI", "implementationClassUid"],
  [0x0013, "SH", "implementationVersionName"],
  [0x0016, "AE", "sourceApplicationEntityTitle"],
  [0x0017, "AE", "sendingApplicationEntityTitle"],
  [0x0018, "AE", "receivingApplicationEntityTitle"],
  [0x0026, "UR", "sourcePresentationAddress"],
  [0x0027, "UR", "sendingPresentationAddress"],
  [0x0028, "UR", "receivingPresentationAddress"],
  [0x0100, "UI", "privateInformationCreatorUid"],
  [0x0102, "OB", "privateInformation"]
]

// -----------------------------------------------------------------------------
// encoding
// -----------------------------------------------------------------------------

/** What begins every file: 128 bytes of preamble, "DICM", group length (4 bytes at 140), version 00H 01H. */
const opening = 132 + 12 + 14

/**
 * The bytes that stand before a data set in a file: a preamble of zeros, `DICM`, and the File Meta Information with its
 * group length, version 1 (PS3.10 section 7.1).
 *
 * @category codecs
 * @since 0.1.0
 */
export const encode = (meta: FileMetaInformation): Uint8Array => {
  let size = opening
  for (const [, vr, key] of table) {
    const value = meta[key]
    if (value !== undefined) size += (isLong(vr) ? 12 : 8) + value.length + (value.length & 1)
  }
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  const header = (at: number, element: number, vr: string, length: number): number => {
    view.setUint16(at, 0x0002, true)
    view.setUint16(at + 2, element, true)
    bytes[at + 4] = vr.charCodeAt(0)
    bytes[at + 5] = vr.charCodeAt(1)
    if (isLong(vr)) {
      view.setUint32(at + 8, length, true)
      return at + 12
    }
    view.setUint16(at + 6, length, true)
    return at + 8
  }
  bytes.set([0x44, 0x49, 0x43, 0x4d], 128)
  let at = header(132, 0x0000, "UL", 4)
  view.setUint32(at, size - 144, true)
  at = header(at + 4, 0x0001, "OB", 2)
  bytes[at + 1] = 1
  at += 2
  for (const [element, vr, key] of table) {
    const value = meta[key]
    if (value === undefined) continue
    const length = value.length + (value.length & 1)
    at = header(at, element, vr, length)
    if (typeof value === "string") {
      for (let i = 0; i < value.length; i++) bytes[at + i] = value.charCodeAt(i)
      if (length > value.length) bytes[at + value.length] = vr === "UI" ? 0x00 : 0x20
    } else {
      bytes.set(value, at)
    }
    at += length
  }
  return bytes
}

const isLong = (vr: string): boolean => vr === "OB" || vr === "UR"

// -----------------------------------------------------------------------------
// decoding
// -----------------------------------------------------------------------------

/**
 * The most bytes that a File Meta Information may have: 1 MiB. More is refused rather than read.
 *
 * @category models
 * @since 0.1.0
 */
export const maximumSize = 0x100000

/**
 * A way in which a file departs from PS3.10 that does not hinder reading it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Irregularity {
  readonly kind:
    | "no preamble"
    | "no file meta information"
    | "implicit file meta information"
    | "no group length"
    | "wrong group length"
    | "missing element"
    | "invalid value"
    | "no transfer syntax"
    | "no SOP Instance in the data set"
    | "another SOP Instance in the data set"
  /** What was found, and where, as one phrase. */
  readonly detail: string
}

/**
 * A File Meta Information as it was read. A field is there if its element was, and held what the standard permits.
 *
 * @category models
 * @since 0.1.0
 */
export interface Decoded {
  readonly _tag: "File Meta Information"
  readonly fields: Partial<Fields>
  /** All elements of group 0002, in the order of the bytes, those unknown to this module among them. */
  readonly elements: ReadonlyArray<Element.Element>
  /** Where the data set begins. */
  readonly end: number
  readonly irregularities: ReadonlyArray<Irregularity>
}

/**
 * Decodes the elements of group 0002 that begin at an offset, up to the first of another group, whatever the group
 * length says; only before deflated bytes, which may look like anything, the group length decides.
 *
 * @category codecs
 * @since 0.1.0
 */
export const decode = (
  bytes: Uint8Array,
  offset: number,
  options?: Element.Options
): Result.Result<Decoded | Element.NeedMore, Element.InvalidElement> => {
  const elements: Array<Element.Element> = []
  const irregularities: Array<Irregularity> = []
  const read: { -readonly [K in keyof Fields]?: Fields[K] } = {}
  const explicit = isCapital(bytes[offset + 4]) && isCapital(bytes[offset + 5])
  const encoding = explicit ? ExplicitVRLittleEndian : ImplicitVRLittleEndian
  const size = options?.size ?? Infinity
  let declaredEnd: number | undefined
  let at = offset
  while (at < size) {
    const deflated = read.transferSyntaxUid !== undefined && fromUid(read.transferSyntaxUid).deflated
    if (deflated && at === declaredEnd) break
    // A data set of fewer bytes than a header is broken, but that is for its reader to say.
    if (at + 8 > size) break
    if (at + 8 > bytes.length) return Result.succeed<Element.NeedMore>({ _tag: "Need more", size: at + 8 })
    if (bytes[at] !== 0x02 || bytes[at + 1] !== 0x00) break
    const header = Element.read(bytes, at, encoding, options)
    if (Result.isFailure(header)) return Result.fail(header.failure)
    const element = header.success
    if (element._tag === "Need more") return Result.succeed(element)
    const end = element.valueOffset + element.length
    if (end - offset > maximumSize) {
      return Result.fail(
        new Element.InvalidElement({
          offset: at,
          tag: element.tag,
          detail: `its length is ${element.length}; permitted: File Meta Information of ${maximumSize} bytes`
        })
      )
    }
    if (end > bytes.length) return Result.succeed<Element.NeedMore>({ _tag: "Need more", size: end })
    elements.push(element)
    if (Tag.element(element.tag) === 0x0000) {
      if (element.length === 4) declaredEnd = end + u32(bytes, element.valueOffset)
    } else {
      const problem = field(read, bytes, element)
      if (problem !== undefined) irregularities.push({ kind: "invalid value", detail: problem })
    }
    at = end
  }
  if (!explicit) {
    irregularities.push({ kind: "implicit file meta information", detail: `at byte ${offset} there is no VR` })
  }
  if (declaredEnd === undefined) {
    irregularities.push({ kind: "no group length", detail: `(0002,0000) is missing at byte ${offset}` })
  } else if (declaredEnd !== at) {
    irregularities.push({
      kind: "wrong group length",
      detail: `(0002,0000) says that group 0002 ends at byte ${declaredEnd}; it ends at byte ${at}`
    })
  }
  for (const [number, , key] of table.slice(0, 4)) {
    const tag = Tag.make(0x0002, number)
    if (read[key] === undefined && !elements.some((element) => element.tag === tag)) {
      irregularities.push({ kind: "missing element", detail: `${Tag.format(tag)} is missing` })
    }
  }
  return Result.succeed<Decoded>({ _tag: "File Meta Information", fields: read, elements, end: at, irregularities })
}

/** Sets the field of an element; gives what is wrong with its value, where something is. */
const field = (
  read: { -readonly [K in keyof Fields]?: Fields[K] },
  bytes: Uint8Array,
  element: Element.Element
): string | undefined => {
  const number = Tag.element(element.tag)
  const row = table.find((row) => row[0] === number)
  if (row === undefined) return undefined
  const key = row[2]
  const end = element.valueOffset + element.length
  switch (key) {
    case "privateInformation": {
      read.privateInformation = new Uint8Array(bytes.subarray(element.valueOffset, end))
      return undefined
    }
    case "mediaStorageSopClassUid":
    case "mediaStorageSopInstanceUid":
    case "transferSyntaxUid":
    case "implementationClassUid":
    case "privateInformationCreatorUid": {
      const uid = Uid.fromBytes(bytes, element.valueOffset, end)
      if (Result.isFailure(uid)) return `${Tag.format(element.tag)}: ${uid.failure.message}`
      read[key] = uid.success
      return undefined
    }
    default: {
      let first = element.valueOffset
      let last = end
      while (first < last && bytes[first] === 0x20) first++
      while (last > first && (bytes[last - 1] === 0x20 || bytes[last - 1] === 0x00)) last--
      // One character more than is permitted shows as well that the value is too long.
      const text = Latin1.decode(bytes, first, Math.min(last, first + 1025))
      const checked = Schema.decodeUnknownResult(fields[key])(text)
      if (Result.isFailure(checked)) return `${Tag.format(element.tag)}: ${checked.failure.message}`
      read[key] = text
      return undefined
    }
  }
}

const isCapital = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x41 && byte <= 0x5a

const u32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0
