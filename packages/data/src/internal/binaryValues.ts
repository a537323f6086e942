/** The values of VRs that are numbers, bytes and words, and their bytes (PS3.5 sections 6.2 and 7.3). */
import * as Result from "effect/Result"
import type * as CharacterSet from "../CharacterSet.ts"
import * as InvalidValue from "../InvalidValue.ts"
import type { Vr } from "../Vr.ts"

/** What bytes of a value depend on beside their VR. */
export interface Context {
  readonly bigEndian: boolean
  readonly characterSet: CharacterSet.CharacterSet
}

export type Decoded = Result.Result<ReadonlyArray<unknown>, InvalidValue.InvalidValue>
export type Encoded = Result.Result<Uint8Array, InvalidValue.InvalidValue>

/** A value for a message. */
export const shown = (value: unknown): string => (typeof value === "string" ? value : String(value))

// -----------------------------------------------------------------------------
// numbers
// -----------------------------------------------------------------------------

export interface Numbers {
  readonly size: number
  readonly read: (view: DataView, at: number, little: boolean) => unknown
  /** Whether the value may be written. */
  readonly is: (value: unknown) => boolean
  /** Called with what `is` has let pass. */
  readonly write: (view: DataView, at: number, value: number & bigint, little: boolean) => void
  readonly rule: string
}

const integer =
  (minimum: number, maximum: number) =>
  (value: unknown): boolean =>
    typeof value === "number" && Number.isInteger(value) && value >= minimum && value <= maximum

const big =
  (minimum: bigint, maximum: bigint) =>
  (value: unknown): boolean =>
    typeof value === "bigint" && value >= minimum && value <= maximum

const isNumber = (value: unknown): boolean => typeof value === "number"

const isFloat = (value: unknown): boolean =>
  typeof value === "number" && (!Number.isFinite(value) || Number.isFinite(Math.fround(value)))

export const numbers: { readonly [vr in Vr]?: Numbers } = {
  AT: {
    size: 4,
    read: (view, at, little) => ((view.getUint16(at, little) << 16) | view.getUint16(at + 2, little)) >>> 0,
    is: integer(0, 0xffffffff),
    write: (view, at, value, little) => {
      view.setUint16(at, value >>> 16, little)
      view.setUint16(at + 2, value & 0xffff, little)
    },
    rule: "a tag"
  },
  FD: {
    size: 8,
    read: (view, at, little) => view.getFloat64(at, little),
    is: isNumber,
    write: (view, at, value, little) => view.setFloat64(at, value, little),
    rule: "a number"
  },
  FL: {
    size: 4,
    read: (view, at, little) => view.getFloat32(at, little),
    is: isFloat,
    write: (view, at, value, little) => view.setFloat32(at, value, little),
    rule: "a number that single precision can hold"
  },
  SL: {
    size: 4,
    read: (view, at, little) => view.getInt32(at, little),
    is: integer(-0x80000000, 0x7fffffff),
    write: (view, at, value, little) => view.setInt32(at, value, little),
    rule: "an integer from -2147483648 to 2147483647"
  },
  SS: {
    size: 2,
    read: (view, at, little) => view.getInt16(at, little),
    is: integer(-0x8000, 0x7fff),
    write: (view, at, value, little) => view.setInt16(at, value, little),
    rule: "an integer from -32768 to 32767"
  },
  SV: {
    size: 8,
    read: (view, at, little) => view.getBigInt64(at, little),
    is: big(-(2n ** 63n), 2n ** 63n - 1n),
    write: (view, at, value, little) => view.setBigInt64(at, value, little),
    rule: "a bigint of 64 bits"
  },
  UL: {
    size: 4,
    read: (view, at, little) => view.getUint32(at, little),
    is: integer(0, 0xffffffff),
    write: (view, at, value, little) => view.setUint32(at, value, little),
    rule: "an integer from 0 to 4294967295"
  },
  US: {
    size: 2,
    read: (view, at, little) => view.getUint16(at, little),
    is: integer(0, 0xffff),
    write: (view, at, value, little) => view.setUint16(at, value, little),
    rule: "an integer from 0 to 65535"
  },
  UV: {
    size: 8,
    read: (view, at, little) => view.getBigUint64(at, little),
    is: big(0n, 2n ** 64n - 1n),
    write: (view, at, value, little) => view.setBigUint64(at, value, little),
    rule: "a bigint from 0 to 2^64 - 1"
  }
}

export const decodeNumbers = (vr: Vr, { read, size }: Numbers, bytes: Uint8Array, context: Context): Decoded => {
  if (bytes.length % size !== 0) return multipleOf(vr, bytes, size)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const values: Array<unknown> = []
  for (let at = 0; at < bytes.length; at += size) values.push(read(view, at, !context.bigEndian))
  return Result.succeed(values)
}

const multipleOf = (vr: Vr, bytes: Uint8Array, size: number) =>
  InvalidValue.fail(vr, `${bytes.length} bytes`, `a multiple of ${size} bytes`)

export const encodeNumbers = (vr: Vr, of: Numbers, values: ReadonlyArray<unknown>, context: Context): Encoded => {
  const bytes = new Uint8Array(of.size * values.length)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (!of.is(value)) return InvalidValue.fail(vr, shown(value), of.rule)
    // the cast: `is` has found it to be the one of the two that `write` takes
    of.write(view, of.size * i, value as number & bigint, !context.bigEndian)
  }
  return Result.succeed(bytes)
}

// -----------------------------------------------------------------------------
// bytes and words
// -----------------------------------------------------------------------------

/** The typed arrays of a VR. */
export interface Words {
  readonly size: number
  readonly make: (buffer: ArrayBufferLike, offset: number, length: number) => ArrayBufferView
  readonly is: (value: unknown) => boolean
}

export const words: { readonly [vr in Vr]?: Words } = {
  OB: { size: 1, make: (b, o, n) => new Uint8Array(b, o, n), is: (u) => u instanceof Uint8Array },
  OD: { size: 8, make: (b, o, n) => new Float64Array(b, o, n), is: (u) => u instanceof Float64Array },
  OF: { size: 4, make: (b, o, n) => new Float32Array(b, o, n), is: (u) => u instanceof Float32Array },
  OL: { size: 4, make: (b, o, n) => new Uint32Array(b, o, n), is: (u) => u instanceof Uint32Array },
  OV: { size: 8, make: (b, o, n) => new BigUint64Array(b, o, n), is: (u) => u instanceof BigUint64Array },
  OW: { size: 2, make: (b, o, n) => new Uint16Array(b, o, n), is: (u) => u instanceof Uint16Array },
  UN: { size: 1, make: (b, o, n) => new Uint8Array(b, o, n), is: (u) => u instanceof Uint8Array }
}

const machineIsBigEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 0

const swapped = (bytes: Uint8Array, size: number): Uint8Array => {
  const copy = new Uint8Array(bytes)
  for (let at = 0; at + size <= copy.length; at += size) copy.subarray(at, at + size).reverse()
  return copy
}

/** A view where the order of bytes and the alignment let it be one; else a copy. */
export const decodeWords = (vr: Vr, { make, size }: Words, bytes: Uint8Array, context: Context): Decoded => {
  if (bytes.length % size !== 0) return multipleOf(vr, bytes, size)
  const aligned =
    size > 1 && context.bigEndian !== machineIsBigEndian
      ? swapped(bytes, size)
      : bytes.byteOffset % size === 0
        ? bytes
        : new Uint8Array(bytes)
  return Result.succeed([make(aligned.buffer, aligned.byteOffset, aligned.length / size)])
}

export const encodeWords = (vr: Vr, { is, size }: Words, values: ReadonlyArray<unknown>, context: Context): Encoded => {
  const value = values[0]
  if (values.length > 1 || !is(value) || !ArrayBuffer.isView(value)) {
    return InvalidValue.fail(vr, `${values.length} values`, `one array of ${8 * size} bits a word`)
  }
  const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  if (bytes.length % 2 === 1) {
    const padded = new Uint8Array(bytes.length + 1)
    padded.set(bytes)
    return Result.succeed(padded)
  }
  return Result.succeed(size > 1 && context.bigEndian !== machineIsBigEndian ? swapped(bytes, size) : bytes)
}
