/**
 * Bytes in and out for the PDUs of the association's negotiation: a cursor that stops at its first failure, and a
 * writer that knows the two-byte lengths of items. P-DATA does without: see `P_DATA.ts`.
 */
import * as Latin1 from "@effect-dicom/data/Latin1"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import type * as A_ABORT from "../A_ABORT.ts"
import * as InvalidPdu from "../InvalidPdu.ts"
import * as Leniency from "../Leniency.ts"

/** The highest length that a two-byte length field can say. */
export const maximumItemLength = 0xffff

/** How a value is shown in an error. */
export const show = (u: unknown): string => (typeof u === "bigint" ? `${u}n` : (JSON.stringify(u) ?? String(u)))

/** A number as the standard prints it: two hexadecimal digits and an H. */
export const hex = (byte: number): string => `${byte.toString(16).toUpperCase().padStart(2, "0")}H`

// -----------------------------------------------------------------------------
// schemas of what a field can hold
// -----------------------------------------------------------------------------

/** An unsigned number in one byte. */
export const Byte = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0xff }))

/** An unsigned number in two bytes. */
export const TwoBytes = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0xffff }))

/** An unsigned number in four bytes. */
export const FourBytes = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0xffffffff }))

/** Text as it was on the wire, one character for each byte, nothing trimmed. */
export const Text = Schema.String.check(
  Schema.isPattern(/^[\u0000-\u00ff]*$/, { expected: "characters up to U+00FF" }),
  Schema.isMaxLength(maximumItemLength)
)

/** Bytes of a field whose length is told in two bytes. */
export const Bytes = Schema.declare<Uint8Array>((u): u is Uint8Array => u instanceof Uint8Array, {
  expected: "a Uint8Array",
  toCodecArbitrary: () =>
    Schema.link<Uint8Array>()(
      Schema.Array(Byte),
      SchemaTransformation.transform<Uint8Array, ReadonlyArray<number>>({
        decode: (bytes) => Uint8Array.from(bytes),
        encode: (bytes) => Array.from(bytes)
      })
    )
}).check(
  Schema.makeFilter(
    (bytes: Uint8Array) =>
      bytes.length <= maximumItemLength || `${bytes.length} bytes; permitted: at most ${maximumItemLength}`
  )
)

// -----------------------------------------------------------------------------
// the cursor
// -----------------------------------------------------------------------------

/**
 * A place in the bytes of a PDU. After a failure it stands at its end and reads zeros, so that a loop over it ends and
 * whoever began looks at `failure` once.
 */
export interface Cursor {
  readonly bytes: Uint8Array
  at: number
  end: number
  readonly judge: Leniency.Judge
  /** How many more items and sub-items will be read. */
  budget: number
  failure: InvalidPdu.InvalidPdu | undefined
}

/** The most items and sub-items that a PDU may have. */
export const defaultMaximumItems = 16384

export const cursor = (bytes: Uint8Array, judge?: Leniency.Judge, maximumItems?: number): Cursor => ({
  bytes,
  at: 0,
  end: bytes.length,
  judge: judge ?? Leniency.judge(Leniency.strict),
  budget: maximumItems ?? defaultMaximumItems,
  failure: undefined
})

export const fail = (c: Cursor, reason: A_ABORT.ProviderReason, detail: string): void => {
  c.failure ??= InvalidPdu.make(reason, detail)
  c.at = c.end
}

export const invalidValue = (c: Cursor, detail: string): void => fail(c, "invalid-PDU-parameter-value", detail)

/** Asks the judge, and fails when it says no. */
export const tolerate = (c: Cursor, quirk: Leniency.Quirk, detail: string): void => {
  if (!Leniency.admits(c.judge, quirk, detail)) invalidValue(c, detail)
}

/** Whether `n` more bytes are there; fails when not. */
const has = (c: Cursor, n: number, what: string): boolean => {
  if (c.failure !== undefined) return false
  if (c.end - c.at >= n) return true
  invalidValue(c, `${what} needs ${n} bytes; ${c.end - c.at} are left`)
  return false
}

const octet = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0

export const u8 = (c: Cursor, what: string): number => (has(c, 1, what) ? octet(c.bytes, c.at++) : 0)

export const u16 = (c: Cursor, what: string): number => {
  if (!has(c, 2, what)) return 0
  const n = (octet(c.bytes, c.at) << 8) | octet(c.bytes, c.at + 1)
  c.at += 2
  return n
}

export const u32 = (c: Cursor, what: string): number => {
  const high = u16(c, what)
  return high * 0x10000 + u16(c, what)
}

export const skip = (c: Cursor, n: number, what: string): void => {
  if (has(c, n, what)) c.at += n
}

/** A copy of bytes, so that a small field does not hold on to a large chunk. */
export const data = (c: Cursor, n: number, what: string): Uint8Array => {
  if (!has(c, n, what)) return new Uint8Array(0)
  const copy = new Uint8Array(n)
  copy.set(c.bytes.subarray(c.at, c.at + n))
  c.at += n
  return copy
}

export const text = (c: Cursor, n: number, what: string): string => {
  if (!has(c, n, what)) return ""
  const start = c.at
  c.at += n
  return Latin1.decode(c.bytes, start, c.at)
}

/** Type, reserved byte and length. */
const itemHeader = 4

/** What is left of the item. */
export const left = (c: Cursor): number => c.end - c.at

/**
 * Reads items to the cursor's end (PS3.8 section 9.3.1: type, a reserved byte, two bytes of length, as many bytes).
 * `read` sees a cursor that ends where its item ends, and must use it up.
 */
export const items = <A>(
  c: Cursor,
  where: string,
  read: (c: Cursor, itemType: number, reserved: number) => A
): ReadonlyArray<A> => {
  const found: Array<A> = []
  const end = c.end
  while (c.at < end && c.failure === undefined) {
    if (c.budget-- <= 0) {
      invalidValue(c, `${where} has too many items`)
      break
    }
    if (end - c.at < itemHeader) {
      invalidValue(c, `${where} has ${end - c.at} bytes after its last item`)
      break
    }
    const itemType = octet(c.bytes, c.at)
    const reserved = octet(c.bytes, c.at + 1)
    const length = (octet(c.bytes, c.at + 2) << 8) | octet(c.bytes, c.at + 3)
    c.at += itemHeader
    if (length > end - c.at) {
      invalidValue(c, `${where}: item ${hex(itemType)} has length ${length}; ${end - c.at} bytes are left`)
      break
    }
    c.end = c.at + length
    const item = read(c, itemType, reserved)
    if (c.failure !== undefined) break
    if (c.at !== c.end) {
      invalidValue(c, `${where}: item ${hex(itemType)} has ${c.end - c.at} bytes too many`)
      break
    }
    found.push(item)
    c.end = end
  }
  return found
}

// -----------------------------------------------------------------------------
// the writer
// -----------------------------------------------------------------------------

/** Bytes being written, in a buffer that doubles. */
export interface Writer {
  bytes: Uint8Array
  at: number
}

export const writer = (): Writer => ({ bytes: new Uint8Array(512), at: 0 })

const reserve = (w: Writer, n: number): void => {
  if (w.at + n <= w.bytes.length) return
  const larger = new Uint8Array(Math.max(w.bytes.length * 2, w.at + n))
  larger.set(w.bytes)
  w.bytes = larger
}

export const putU8 = (w: Writer, n: number): void => {
  reserve(w, 1)
  w.bytes[w.at++] = n
}

export const putU16 = (w: Writer, n: number): void => {
  reserve(w, 2)
  const { at, bytes } = w
  bytes[at] = n >>> 8
  bytes[at + 1] = n
  w.at = at + 2
}

export const putU32 = (w: Writer, n: number): void => {
  putU16(w, n >>> 16)
  putU16(w, n)
}

export const putZeros = (w: Writer, n: number): void => {
  reserve(w, n)
  w.at += n
}

export const putData = (w: Writer, bytes: Uint8Array): void => {
  reserve(w, bytes.length)
  w.bytes.set(bytes, w.at)
  w.at += bytes.length
}

export const putText = (w: Writer, s: string): void => {
  reserve(w, s.length)
  const { at, bytes } = w
  for (let i = 0; i < s.length; i++) bytes[at + i] = s.charCodeAt(i)
  w.at = at + s.length
}

/** Text after its length in two bytes. */
export const putCountedText = (w: Writer, s: string): void => {
  putU16(w, s.length)
  putText(w, s)
}

/** Bytes after their length in two bytes. */
export const putCountedData = (w: Writer, bytes: Uint8Array): void => {
  putU16(w, bytes.length)
  putData(w, bytes)
}

/** Begins an item, and gives what {@link close} needs. */
export const open = (w: Writer, itemType: number, reserved = 0): number => {
  reserve(w, itemHeader)
  const { at, bytes } = w
  bytes[at] = itemType
  bytes[at + 1] = reserved
  w.at = at + itemHeader
  return w.at
}

/** Ends an item: its length is known now. */
export const close = (w: Writer, opened: number): void => {
  const length = w.at - opened
  w.bytes[opened - 2] = length >>> 8
  w.bytes[opened - 1] = length
}

/** An item that holds a text and nothing else. */
export const putTextItem = (w: Writer, itemType: number, s: string): void => {
  const opened = open(w, itemType)
  putText(w, s)
  close(w, opened)
}

/** Begins a PDU, and gives what {@link closePdu} needs. */
export const openPdu = (w: Writer, pduType: number): number => {
  putU8(w, pduType)
  putU8(w, 0)
  putU32(w, 0)
  return w.at
}

/** Ends a PDU, and gives its bytes. */
export const closePdu = (w: Writer, opened: number): Uint8Array => {
  const length = w.at - opened
  w.bytes[opened - 4] = length >>> 24
  w.bytes[opened - 3] = length >>> 16
  w.bytes[opened - 2] = length >>> 8
  w.bytes[opened - 1] = length
  return w.bytes.subarray(0, w.at)
}

// -----------------------------------------------------------------------------
// items of unknown type
// -----------------------------------------------------------------------------

/** An item of a type that its place does not know, as data (PS3.8 section 9.3.1). */
export const unknown = <const Known extends ReadonlyArray<number>>(known: Known) =>
  Schema.TaggedStruct("Unknown", {
    itemType: Byte.check(
      Schema.makeFilter((n: number) => !known.includes(n) || `${hex(n)} is not an unknown item type here`)
    ),
    /** Byte 2, where it is not zero: reserved in most items, and in one that is known the version. */
    reserved: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 0xff }))),
    data: Bytes
  })

export interface Unknown {
  readonly _tag: "Unknown"
  readonly itemType: number
  readonly reserved?: number
  readonly data: Uint8Array
}

export const readUnknown = (c: Cursor, itemType: number, reserved: number, where: string): Unknown => {
  tolerate(c, "unknownItem", `${where} has an item of unknown type ${hex(itemType)}`)
  return {
    _tag: "Unknown",
    itemType,
    ...(reserved === 0 ? {} : { reserved }),
    data: data(c, left(c), "an unknown item")
  }
}

export const putUnknown = (w: Writer, item: Unknown): void => {
  const opened = open(w, item.itemType, item.reserved)
  putData(w, item.data)
  close(w, opened)
}

/** For a schema's check: whether an item's length fits its two bytes. */
export const fits = (length: number, item: string): true | string =>
  length <= maximumItemLength || `${item} has length ${length}; permitted: at most ${maximumItemLength}`
