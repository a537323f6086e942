/**
 * The P-DATA service, which carries message fragments (PS3.8 section 7.6): its primitives, its PDU and its codec. What
 * the fragments say is PS3.7's business: see `Message.ts`.
 *
 * | parameter                   | request | indication |
 * | --------------------------- | ------- | ---------- |
 * | Presentation Data Value List | M      | M(=)       |
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { Byte, Bytes } from "./internal/wire.ts"
import * as InvalidPdu from "./InvalidPdu.ts"
import * as Leniency from "./Leniency.ts"

// -----------------------------------------------------------------------------
// the primitives
// -----------------------------------------------------------------------------

/**
 * A presentation data value: a fragment of a message, with the presentation context it belongs to (PS3.8 sections
 * 9.3.5.1 and E.2).
 *
 * **Details**
 *
 * `fragment` is the fragment's bytes in order, as views of the chunks they came in: together they are the fragment.
 *
 * @category models
 * @since 0.1.0
 */
export const PresentationDataValue = Schema.Struct({
  /** The presentation context id, 0 to 255; a legal one is odd. */
  contextId: Byte,
  /** Bit 0 of the message control header. */
  type: Schema.Literals(["command", "data"]),
  /** Bit 1 of the message control header: the last fragment of the command or the data set. */
  last: Schema.Boolean,
  fragment: Schema.Array(Bytes)
})

/**
 * @category models
 * @since 0.1.0
 */
export type PresentationDataValue = typeof PresentationDataValue.Type

const PresentationDataValueList = Schema.NonEmptyArray(PresentationDataValue)

/**
 * The primitive in its two forms (PS3.8 section 7.6).
 *
 * @category models
 * @since 0.1.0
 */
export const Primitive = Schema.TaggedUnion({
  "P-DATA request": { presentationDataValues: PresentationDataValueList },
  "P-DATA indication": { presentationDataValues: PresentationDataValueList }
})

/**
 * @category models
 * @since 0.1.0
 */
export type Primitive = typeof Primitive.Type

/**
 * Issued by a user that sends.
 *
 * @category models
 * @since 0.1.0
 */
export interface Request {
  readonly _tag: "P-DATA request"
  readonly presentationDataValues: ReadonlyArray<PresentationDataValue>
}

/**
 * Gives a user what its peer sent.
 *
 * @category models
 * @since 0.1.0
 */
export interface Indication {
  readonly _tag: "P-DATA indication"
  readonly presentationDataValues: ReadonlyArray<PresentationDataValue>
}

/**
 * A P-DATA request of these values (PS3.8 section 7.6).
 *
 * @category constructors
 * @since 0.1.0
 */
export const request = (presentationDataValues: ReadonlyArray<PresentationDataValue>): Request => ({
  _tag: "P-DATA request",
  presentationDataValues
})

/**
 * The indication that a received P-DATA-TF gives (DT-2 of Table 9-7).
 *
 * @category constructors
 * @since 0.1.0
 */
export const indication = (pdu: TF): Indication => ({
  _tag: "P-DATA indication",
  presentationDataValues: pdu.presentationDataValues
})

// -----------------------------------------------------------------------------
// the PDU
// -----------------------------------------------------------------------------

/**
 * P-DATA-TF (PS3.8 section 9.3.5, Table 9-22).
 *
 * @category PDUs
 * @since 0.1.0
 */
export interface TF {
  readonly _tag: "P-DATA-TF"
  readonly presentationDataValues: ReadonlyArray<PresentationDataValue>
}

/**
 * The schema of a P-DATA-TF: one presentation data value or more (PS3.8 section 9.3.5).
 *
 * @category PDUs
 * @since 0.1.0
 */
export const TF = Schema.TaggedStruct("P-DATA-TF", { presentationDataValues: PresentationDataValueList })

/**
 * The PDU that a request is sent as (DT-1 of Table 9-7).
 *
 * @category PDUs
 * @since 0.1.0
 */
export const requestPdu = (request: Request): TF => ({
  _tag: "P-DATA-TF",
  presentationDataValues: request.presentationDataValues
})

// -----------------------------------------------------------------------------
// the codec
// -----------------------------------------------------------------------------
//
// byte   1    PDU-type        04H
// byte   2    reserved        sent as 00H, not tested
// bytes  3-6  PDU-length
// then for each presentation data value (PS3.8 Table 9-23)
// bytes  1-4  Item-length     of what follows
// byte   5    Presentation-context-ID
// byte   6    message control header (section E.2): bit 0 command, bit 1 last; the others are not tested
// bytes  7-   fragment

/** The bytes before a fragment that its item length does not count, and those it does. */
const lengthField = 4
const pdvHeader = 2
const pduHeader = 6

const fragmentLength = (fragment: ReadonlyArray<Uint8Array>): number => {
  let length = 0
  for (let i = 0; i < fragment.length; i++) length += fragment[i]?.length ?? 0
  return length
}

/**
 * The PDU-length of a P-DATA-TF with these values, in bytes: what a maximum length is compared with (PS3.8 section
 * D.1).
 *
 * @category codecs
 * @since 0.1.0
 */
export const length = (presentationDataValues: ReadonlyArray<PresentationDataValue>): number => {
  let total = 0
  for (const pdv of presentationDataValues) total += lengthField + pdvHeader + fragmentLength(pdv.fragment)
  return total
}

const putU32 = (bytes: Uint8Array, at: number, n: number): void => {
  bytes[at] = n >>> 24
  bytes[at + 1] = n >>> 16
  bytes[at + 2] = n >>> 8
  bytes[at + 3] = n
}

/**
 * The bytes of a P-DATA-TF as views in order, for one gathered write: the headers are new, the fragments are the very
 * arrays of the PDU.
 *
 * @category codecs
 * @since 0.1.0
 */
export const views = (pdu: TF): ReadonlyArray<Uint8Array> => {
  const pdvs = pdu.presentationDataValues
  const headers = new Uint8Array(pduHeader + (lengthField + pdvHeader) * pdvs.length)
  headers[0] = 0x04
  const out: Array<Uint8Array> = []
  let at = pduHeader
  let begun = 0
  let total = 0
  for (let i = 0; i < pdvs.length; i++) {
    const { contextId, fragment, last, type } = pdvs[i] as PresentationDataValue // i is within bounds
    const counted = pdvHeader + fragmentLength(fragment)
    total += lengthField + counted
    putU32(headers, at, counted)
    headers[at + 4] = contextId
    headers[at + 5] = (type === "command" ? 1 : 0) | (last ? 2 : 0)
    at += lengthField + pdvHeader
    out.push(pdvs.length === 1 ? headers : headers.subarray(begun, at))
    begun = at
    for (let j = 0; j < fragment.length; j++) {
      const view = fragment[j] as Uint8Array // j is within bounds
      if (view.length > 0) out.push(view)
    }
  }
  putU32(headers, 2, total)
  if (out.length === 0) out.push(headers)
  return out
}

/**
 * The bytes of a P-DATA-TF in one array; copies the fragments.
 *
 * @category codecs
 * @since 0.1.0
 */
export const encode = (pdu: TF): Uint8Array => {
  const parts = views(pdu)
  const bytes = new Uint8Array(fragmentLength(parts))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/**
 * How many presentation data values a PDU may have when the caller says nothing.
 *
 * @category codecs
 * @since 0.1.0
 */
export const defaultMaximumPresentationDataValues = 32768

const invalid = (detail: string): InvalidPdu.InvalidPdu => InvalidPdu.make("invalid-PDU-parameter-value", detail)

/**
 * Decodes what follows the header of a P-DATA-TF, given as the chunks it came in. Fragments are views of them;
 * nothing is copied or joined.
 *
 * @category codecs
 * @since 0.1.0
 */
export const decode = (
  body: ReadonlyArray<Uint8Array>,
  judge: Leniency.Judge = Leniency.judge(Leniency.strict),
  maximumPresentationDataValues: number = defaultMaximumPresentationDataValues
): Result.Result<TF, InvalidPdu.InvalidPdu> => {
  const read = readFrom(body, 0, fragmentLength(body), judge, maximumPresentationDataValues)
  return read._tag === "P-DATA-TF" ? Result.succeed(read) : Result.fail(read)
}

/**
 * Reads what follows the header of a P-DATA-TF: so many bytes of the chunks, the first of them at `from`.
 *
 * @internal
 */
export const readFrom = (
  chunks: ReadonlyArray<Uint8Array>,
  from: number,
  length: number,
  judge: Leniency.Judge,
  maximumPresentationDataValues: number
): TF | InvalidPdu.InvalidPdu => {
  let left = length
  if (left === 0) return invalid("P-DATA-TF has no presentation data value; permitted: one or more")
  const asksAboutEmpty = judge.leniency.emptyFragment !== "accept"
  const asksAboutOdd = judge.leniency.oddFragment !== "accept"
  const pdvs: Array<PresentationDataValue> = []
  let index = 0
  let chunk = chunks[0] ?? empty
  let at = from
  while (left > 0) {
    if (left < lengthField + pdvHeader) {
      return invalid(`P-DATA-TF has ${left} bytes after its last presentation data value`)
    }
    if (pdvs.length === maximumPresentationDataValues) {
      return invalid(`P-DATA-TF has more than ${maximumPresentationDataValues} presentation data values`)
    }
    let counted: number
    let contextId: number
    let control: number
    if (chunk.length - at >= lengthField + pdvHeader) {
      counted = u32(chunk, at)
      contextId = chunk[at + 4] ?? 0
      control = chunk[at + 5] ?? 0
      at += lengthField + pdvHeader
    } else {
      counted = 0
      contextId = 0
      control = 0
      for (let i = 0; i < lengthField + pdvHeader; i++) {
        while (at >= chunk.length) {
          at -= chunk.length
          chunk = chunks[++index] ?? empty
        }
        const byte = chunk[at++] ?? 0
        if (i < 4) counted = counted * 256 + byte
        else if (i === 4) contextId = byte
        else control = byte
      }
    }
    left -= lengthField + pdvHeader
    let wanted = counted - pdvHeader
    if (wanted < 0 || wanted > left) {
      return invalid(`a presentation data value has length ${counted}; ${left + pdvHeader} bytes are left`)
    }
    if (asksAboutEmpty && wanted === 0) {
      const detail = "a presentation data value has no bytes"
      if (!Leniency.admits(judge, "emptyFragment", detail)) return invalid(detail)
    }
    if (asksAboutOdd && wanted % 2 === 1) {
      const detail = `a presentation data value has ${wanted} bytes; permitted: an even number`
      if (!Leniency.admits(judge, "oddFragment", detail)) return invalid(detail)
    }
    left -= wanted
    const fragment: Array<Uint8Array> = []
    while (wanted > 0) {
      if (at === chunk.length) {
        chunk = chunks[++index] ?? empty
        at = 0
        continue
      }
      const taken = Math.min(wanted, chunk.length - at)
      fragment.push(new Uint8Array(chunk.buffer, chunk.byteOffset + at, taken))
      at += taken
      wanted -= taken
    }
    pdvs.push({ contextId, type: (control & 1) === 1 ? "command" : "data", last: (control & 2) === 2, fragment })
  }
  return { _tag: "P-DATA-TF", presentationDataValues: pdvs }
}

const empty = new Uint8Array(0)

const u32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at] ?? 0) * 0x1000000 + (((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0))
