/**
 * The seven PDUs as one (PS3.8 section 9.3.1): their union, encoding, decoding, and the incremental parser. What is
 * in each is the business of the file named for its service.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as A_ABORT from "./A_ABORT.ts"
import * as A_ASSOCIATE_PDU from "./A_ASSOCIATE_PDU.ts"
import * as A_RELEASE from "./A_RELEASE.ts"
import * as InvalidPdu from "./InvalidPdu.ts"
import * as Leniency from "./Leniency.ts"
import * as P_DATA from "./P_DATA.ts"

/**
 * A PDU.
 *
 * @category models
 * @since 0.1.0
 */
export type Pdu =
  | A_ASSOCIATE_PDU.RQ
  | A_ASSOCIATE_PDU.AC
  | A_ASSOCIATE_PDU.RJ
  | P_DATA.TF
  | A_RELEASE.RQ
  | A_RELEASE.RP
  | A_ABORT.Pdu

/**
 * The schema of a PDU (PS3.8 section 9.3.1).
 *
 * @category models
 * @since 0.1.0
 */
export const Pdu = Schema.Union([
  A_ASSOCIATE_PDU.RQ,
  A_ASSOCIATE_PDU.AC,
  A_ASSOCIATE_PDU.RJ,
  P_DATA.TF,
  Schema.TaggedStruct("A-RELEASE-RQ", {}),
  Schema.TaggedStruct("A-RELEASE-RP", {}),
  A_ABORT.Pdu
])

/**
 * The bytes of a PDU in one array.
 *
 * @category codecs
 * @since 0.1.0
 */
export const encode = (pdu: Pdu): Uint8Array => {
  switch (pdu._tag) {
    case "A-ASSOCIATE-RQ":
      return A_ASSOCIATE_PDU.encodeRQ(pdu)
    case "A-ASSOCIATE-AC":
      return A_ASSOCIATE_PDU.encodeAC(pdu)
    case "A-ASSOCIATE-RJ":
      return A_ASSOCIATE_PDU.encodeRJ(pdu)
    case "P-DATA-TF":
      return P_DATA.encode(pdu)
    case "A-RELEASE-RQ":
      return A_RELEASE.encodeRQ()
    case "A-RELEASE-RP":
      return A_RELEASE.encodeRP()
    case "A-ABORT":
      return A_ABORT.encode(pdu)
  }
}

/**
 * The bytes of a PDU as views in order, for one gathered write; fragments are not copied.
 *
 * @category codecs
 * @since 0.1.0
 */
export const views = (pdu: Pdu): ReadonlyArray<Uint8Array> =>
  pdu._tag === "P-DATA-TF" ? P_DATA.views(pdu) : [encode(pdu)]

// byte   1    PDU-type        01H to 07H
// byte   2    reserved        sent as 00H, not tested
// bytes  3-6  PDU-length      of what follows

const headerLength = 6
const pDataType = 0x04
/** The PDU-length of A-ASSOCIATE-RJ, A-RELEASE-RQ, A-RELEASE-RP and A-ABORT. */
const fixedLength = 4

const octet = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0

const u32 = (bytes: Uint8Array, at: number): number =>
  octet(bytes, at) * 0x1000000 + ((octet(bytes, at + 1) << 16) | (octet(bytes, at + 2) << 8) | octet(bytes, at + 3))

/** What the first bytes of something else than DICOM are known by. */
const stranger = (b: Uint8Array, at: number): string => {
  if (octet(b, at) === 0x16 && octet(b, at + 1) === 0x03) return " (not DICOM: looks like TLS on a plain port)"
  if (octet(b, at) === 0x15 && octet(b, at + 1) === 0x03) return " (not DICOM: looks like a TLS alert, from a TLS port)"
  const word = String.fromCharCode(octet(b, at), octet(b, at + 1), octet(b, at + 2), octet(b, at + 3))
  return httpMethods.has(word) ? " (not DICOM: looks like HTTP)" : ""
}

const httpMethods: ReadonlySet<string> = new Set([
  "GET ",
  "HEAD",
  "POST",
  "PUT ",
  "DELE",
  "OPTI",
  "CONN",
  "PATC",
  "TRAC",
  "PRI ",
  "HTTP"
])

const unrecognized = (bytes: Uint8Array, at: number): InvalidPdu.InvalidPdu => {
  const type = octet(bytes, at).toString(16).toUpperCase().padStart(2, "0")
  return InvalidPdu.make("unrecognized-PDU", `PDU type is ${type}H; permitted: 01H to 07H${stranger(bytes, at)}`)
}

const decodeBody = (
  type: number,
  body: Uint8Array,
  judge: Leniency.Judge,
  maximumItems: number | undefined
): Result.Result<Pdu, InvalidPdu.InvalidPdu> => {
  switch (type) {
    case 0x01:
      return A_ASSOCIATE_PDU.decodeRQ(body, judge, maximumItems)
    case 0x02:
      return A_ASSOCIATE_PDU.decodeAC(body, judge, maximumItems)
    case 0x03:
      return A_ASSOCIATE_PDU.decodeRJ(body, judge)
    case 0x05:
      return A_RELEASE.decodeRQ(body, judge)
    case 0x06:
      return A_RELEASE.decodeRP(body, judge)
    default:
      return A_ABORT.decode(body, judge)
  }
}

/**
 * Decodes exactly one whole PDU. Fragments of a P-DATA-TF are views of `bytes`.
 *
 * @category codecs
 * @since 0.1.0
 */
export const decode = (
  bytes: Uint8Array,
  judge: Leniency.Judge = Leniency.judge(Leniency.strict)
): Result.Result<Pdu, InvalidPdu.InvalidPdu> => {
  const type = octet(bytes, 0)
  if (bytes.length > 0 && (type < 0x01 || type > 0x07)) return Result.fail(unrecognized(bytes, 0))
  if (bytes.length < headerLength) {
    const detail = `${bytes.length} bytes are less than the header of a PDU; permitted: ${headerLength} or more`
    return Result.fail(InvalidPdu.make("invalid-PDU-parameter-value", detail))
  }
  const length = u32(bytes, 2)
  if (bytes.length !== headerLength + length) {
    const detail = `PDU has length ${length}; ${bytes.length - headerLength} bytes follow its header`
    return Result.fail(InvalidPdu.make("invalid-PDU-parameter-value", detail))
  }
  const body = bytes.subarray(headerLength)
  return type === pDataType ? P_DATA.decode([body], judge) : decodeBody(type, body, judge, undefined)
}

// -----------------------------------------------------------------------------
// the parser
// -----------------------------------------------------------------------------

/**
 * The parser's limits and leniency.
 *
 * @category models
 * @since 0.1.0
 */
export interface ParserOptions {
  /**
   * The longest P-DATA-TF, in bytes after its header: the maximum length we announced; 0 is no limit. Default 16384.
   */
  readonly maximumLength?: number
  /** The longest of the other PDUs, in bytes after its header. Default 1 MiB, room for 128 contexts of any kind. */
  readonly negotiationMaximumLength?: number
  /** The most items and sub-items of a PDU. Default 16384. */
  readonly maximumItems?: number
  /** The most presentation data values of a PDU. Default 32768. */
  readonly maximumPresentationDataValues?: number
  /**
   * Whether chunks are only lent, as by a transport that reads into one buffer again and again: a chunk may be written to
   * once the PDUs that it gave are done with, and their fragments are good until the next one is pushed. Default: chunks
   * are never written to, and fragments stay good.
   */
  readonly lent?: boolean
  /** Default strict. */
  readonly leniency?: Leniency.Leniency
}

/**
 * Makes PDUs of a stream of bytes that comes in chunks of any size.
 *
 * @category models
 * @since 0.1.0
 */
export interface Parser {
  /**
   * Takes a chunk and gives the PDUs that it completes. The first thing that is no PDU is given as a value and ends
   * it: after that it gives nothing, whatever is pushed. Fragments are views of the chunks, which must not be written to
   * afterwards unless they are `lent`.
   */
  readonly push: (chunk: Uint8Array) => ReadonlyArray<Pdu | InvalidPdu.InvalidPdu>
  /** How many bytes of an unfinished PDU it holds; 0 is a boundary between PDUs. */
  readonly pending: number
  /** Sets the longest P-DATA-TF, in bytes after its header; 0 is no limit. */
  readonly setMaximumLength: (maximumLength: number) => void
  /** What was tolerated so far. */
  readonly tolerated: ReadonlyArray<Leniency.Tolerated>
}

/** Chunks below this are gathered into blocks, so that a drip of bytes costs no more memory than the bytes do. */
const smallChunk = 1024
const blockLength = 4096
/** From this many bytes on, a copy by `set` is quicker than a loop. */
const setPays = 32

class IncrementalParser implements Parser {
  readonly #judge: Leniency.Judge
  readonly #negotiationMaximumLength: number
  readonly #maximumItems: number | undefined
  readonly #maximumPresentationDataValues: number
  #maximumLength: number
  /** The bytes of the unfinished PDU. */
  #held: Array<Uint8Array> = []
  #pending = 0
  /** The length of the unfinished PDU with its header, once its header is there. */
  #wanted = 0
  /** A block that small chunks are gathered in; its filled part is the last of `#held`. */
  #block: Uint8Array | undefined
  #filled = 0
  #lost = false
  /** Where an unfinished PDU of lent chunks is gathered, and where the one before was. */
  readonly #gathered: [Uint8Array, Uint8Array] | undefined

  constructor(options: ParserOptions) {
    this.#judge = Leniency.judge(options.leniency ?? Leniency.strict)
    this.#maximumLength = options.maximumLength ?? 16384
    this.#negotiationMaximumLength = options.negotiationMaximumLength ?? 1024 * 1024
    this.#maximumItems = options.maximumItems
    if (options.lent === true) this.#gathered = [nothing, nothing]
    this.#maximumPresentationDataValues =
      options.maximumPresentationDataValues ?? P_DATA.defaultMaximumPresentationDataValues
  }

  get pending(): number {
    return this.#pending
  }

  get tolerated(): ReadonlyArray<Leniency.Tolerated> {
    return this.#judge.tolerated
  }

  setMaximumLength(maximumLength: number): void {
    this.#maximumLength = maximumLength
  }

  push(chunk: Uint8Array): ReadonlyArray<Pdu | InvalidPdu.InvalidPdu> {
    const out: Array<Pdu | InvalidPdu.InvalidPdu> = []
    if (this.#lost) return out
    let at = 0
    while (at < chunk.length) {
      if (this.#pending > 0) {
        at = this.#resume(chunk, at, out)
      } else if (chunk.length - at < headerLength) {
        this.#hold(chunk, at, chunk.length)
        return out
      } else {
        const length = this.#header(chunk, at, out)
        if (length < 0) return out
        if (chunk.length - at - headerLength < length) {
          this.#wanted = headerLength + length
          this.#hold(chunk, at, chunk.length)
          return out
        }
        this.#finish([chunk], at, length, out)
        at += headerLength + length
      }
      if (this.#lost) return out
    }
    return out
  }

  /** Adds to the unfinished PDU; gives where it stopped. */
  #resume(chunk: Uint8Array, from: number, out: Array<Pdu | InvalidPdu.InvalidPdu>): number {
    let at = from
    if (this.#wanted === 0) {
      const end = Math.min(chunk.length, at + headerLength - this.#pending)
      this.#hold(chunk, at, end)
      at = end
      if (this.#pending < headerLength) return at
      const header = join(this.#held, headerLength)
      const length = this.#header(header, 0, out)
      if (length < 0) return at
      this.#wanted = headerLength + length
    }
    const end = Math.min(chunk.length, at + this.#wanted - this.#pending)
    this.#hold(chunk, at, end)
    if (this.#pending === this.#wanted) {
      const held = this.#held
      const length = this.#wanted - headerLength
      this.#forget()
      this.#finish(held, 0, length, out)
    }
    return end
  }

  #forget(): void {
    this.#held = []
    this.#pending = 0
    this.#wanted = 0
    this.#block = undefined
    this.#filled = 0
  }

  #lose(invalid: InvalidPdu.InvalidPdu, out: Array<Pdu | InvalidPdu.InvalidPdu>): void {
    this.#forget()
    this.#lost = true
    out.push(invalid)
  }

  /** Looks at a header; gives the length it tells, or -1 after refusing it. */
  #header(bytes: Uint8Array, at: number, out: Array<Pdu | InvalidPdu.InvalidPdu>): number {
    const type = octet(bytes, at)
    if (type < 0x01 || type > 0x07) {
      this.#lose(unrecognized(bytes, at), out)
      return -1
    }
    const length = u32(bytes, at + 2)
    const limit = this.#limit(type)
    if (length > limit && (limit !== 0 || type !== pDataType)) {
      const detail = `PDU of type 0${type}H has length ${length}; permitted: at most ${limit}`
      const cap = type === pDataType ? this.#judge.leniency.overlongPDataCap : 0
      if (length > cap || !Leniency.admits(this.#judge, "overlongPData", detail)) {
        this.#lose(InvalidPdu.make("invalid-PDU-parameter-value", detail), out)
        return -1
      }
    }
    return length
  }

  /** The longest PDU of a type; those of a fixed length may be longer only where a policy says so. */
  #limit(type: number): number {
    switch (type) {
      case pDataType:
        return this.#maximumLength
      case 0x01:
      case 0x02:
        return this.#negotiationMaximumLength
      default: {
        const { releaseLength, trailingBytes } = this.#judge.leniency
        const policy = type === 0x05 || type === 0x06 ? releaseLength : trailingBytes
        return policy === "reject" ? fixedLength : this.#negotiationMaximumLength
      }
    }
  }

  /** Keeps bytes of an unfinished PDU: large chunks as views, small ones gathered. */
  #hold(chunk: Uint8Array, from: number, to: number): void {
    const length = to - from
    if (length === 0) return
    if (this.#gathered !== undefined) return this.#gather(this.#gathered, chunk, from, to)
    this.#pending += length
    if (length >= smallChunk) {
      this.#held.push(new Uint8Array(chunk.buffer, chunk.byteOffset + from, length))
      this.#block = undefined
      return
    }
    let at = from
    while (at < to) {
      let block = this.#block
      if (block === undefined || this.#filled === block.length) {
        block = new Uint8Array(blockLength)
        this.#block = block
        this.#filled = 0
        this.#held.push(block)
      }
      const taken = Math.min(to - at, block.length - this.#filled)
      if (taken < setPays) for (let i = 0; i < taken; i++) block[this.#filled + i] = octet(chunk, at + i)
      else block.set(new Uint8Array(chunk.buffer, chunk.byteOffset + at, taken), this.#filled)
      this.#filled += taken
      at += taken
      this.#held[this.#held.length - 1] = new Uint8Array(block.buffer, 0, this.#filled)
    }
  }

  /** Copies bytes of an unfinished PDU to where those before them are. */
  #gather(gathered: [Uint8Array, Uint8Array], chunk: Uint8Array, from: number, to: number): void {
    // The fragments of a PDU that this chunk has completed are where that one was gathered.
    if (this.#pending === 0) gathered.reverse()
    const pending = this.#pending + to - from
    let [bytes] = gathered
    if (bytes.length < pending) {
      // Twice as long each time, so that no byte is copied more than a few times, and no length is believed.
      bytes = new Uint8Array(Math.max(pending, Math.min(this.#wanted, bytes.length * 2), blockLength))
      bytes.set(gathered[0].subarray(0, this.#pending))
      gathered[0] = bytes
    }
    bytes.set(chunk.subarray(from, to), this.#pending)
    this.#pending = pending
    this.#held[0] = bytes.subarray(0, pending)
  }

  /** Decodes the PDU that begins in the first of the chunks, and has so many bytes after its header. */
  #finish(
    chunks: ReadonlyArray<Uint8Array>,
    at: number,
    length: number,
    out: Array<Pdu | InvalidPdu.InvalidPdu>
  ): void {
    const type = octet(chunks[0] ?? nothing, at)
    const from = at + headerLength
    const read =
      type === pDataType
        ? P_DATA.readFrom(chunks, from, length, this.#judge, this.#maximumPresentationDataValues)
        : Result.merge(
            decodeBody(type, join(chunks, from + length).subarray(from, from + length), this.#judge, this.#maximumItems)
          )
    if (read._tag === "Unrecognized or invalid PDU") this.#lose(read, out)
    else out.push(read)
  }
}

const nothing = new Uint8Array(0)

/** The first `length` bytes in one array. */
const join = (parts: ReadonlyArray<Uint8Array>, length: number): Uint8Array => {
  const first = parts[0]
  if (first !== undefined && first.length >= length) return first
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    const taken = Math.min(part.length, length - at)
    bytes.set(taken === part.length ? part : part.subarray(0, taken), at)
    at += taken
    if (at === length) break
  }
  return bytes
}

/**
 * A parser at a boundary between PDUs.
 *
 * **Details**
 *
 * A header is looked at as soon as its six bytes are there, so a PDU that is too long is refused before it comes.
 * Nothing is allocated by what a length claims. Fragments of P-DATA are views of the chunks, or of blocks where
 * chunks were small.
 *
 * **Example**
 *
 * ```ts
 * import { Pdu } from "@effect-dicom/protocol"
 *
 * const parser = Pdu.parser({ maximumLength: 131072 })
 * parser.push(Uint8Array.of(5, 0, 0, 0, 0)) // []
 * parser.push(Uint8Array.of(4, 0, 0, 0, 0)) // [{ _tag: "A-RELEASE-RQ" }]
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const parser = (options: ParserOptions = {}): Parser => new IncrementalParser(options)
