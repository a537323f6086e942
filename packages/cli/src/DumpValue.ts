/**
 * Values as `dicom dump` prints them: text decoded, numbers in decimal, bytes and words in hexadecimal, long ones cut.
 *
 * @since 0.1.0
 */
import * as CharacterSet from "@effect-dicom/data/CharacterSet"
import * as Latin1 from "@effect-dicom/data/Latin1"
import type * as Tag from "@effect-dicom/data/Tag"
import * as UidRegistry from "@effect-dicom/data/UidRegistry"
import * as DcmtkNames from "./DcmtkNames.ts"

/**
 * How values are printed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Style {
  /** Whether parts of a line are coloured, by ANSI escape sequences. */
  readonly color: boolean
  /** Whether long values are printed to their end. */
  readonly all: boolean
  /** Whether UIDs of the registry are printed by name. */
  readonly uidNames: boolean
}

/** The widest value that is printed to its end, in columns, where long ones are not. */
const widest = 70

/**
 * How many bytes of a value are looked at, at most, where it is not printed to its end. Four are the most of a character.
 *
 * @category models
 * @since 0.1.0
 */
export const prefix = 4 * widest

/**
 * A value as much of it as is there: the beginning of its bytes, and what is known of all of them.
 *
 * @category models
 * @since 0.1.0
 */
export interface Value {
  readonly tag: Tag.Tag
  /** "pi" is a fragment. */
  readonly vr: string
  readonly bytes: Uint8Array
  /** Of all of it, in bytes. */
  readonly length: number
  /** Of all of it: how often 5CH is there, which parts the values of a text. */
  readonly backslashes: number
}

/**
 * What a value is printed by.
 *
 * @category models
 * @since 0.1.0
 */
export interface Context {
  readonly style: Style
  readonly bigEndian: boolean
  readonly implicit: boolean
  readonly characterSet: CharacterSet.CharacterSet
}

/**
 * The VRs of text in which a backslash parts no values.
 *
 * @category models
 * @since 0.1.0
 */
export const ofOneValue: ReadonlySet<string> = new Set(["LT", "ST", "UR", "UT"])

/**
 * The VRs of text.
 *
 * @category models
 * @since 0.1.0
 */
export const texts: ReadonlySet<string> = new Set([
  ...CharacterSet.kinds.keys(),
  ...ofOneValue,
  "AE",
  "AS",
  "CS",
  "DA",
  "DS",
  "DT",
  "IS",
  "TM",
  "UI"
])

interface Numbers {
  readonly size: number
  readonly read: (view: DataView, at: number, little: boolean) => string
}

/** The way of %g in C: as many significant digits, without zeros at the end. */
const general = (value: number, digits: number): string => {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value < 0 ? "-inf" : "inf"
  const [mantissa = "", exponent = "0"] = value.toExponential(digits - 1).split("e")
  const power = Number(exponent)
  const bare = (text: string): string => (text.includes(".") ? text.replace(/\.?0+$/, "") : text)
  if (power >= -4 && power < digits) return bare(value.toFixed(Math.max(0, digits - 1 - power)))
  return `${bare(mantissa)}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0")

const numbers: { readonly [vr: string]: Numbers } = {
  AT: {
    size: 4,
    read: (view, at, little) => `(${hex(view.getUint16(at, little), 4)},${hex(view.getUint16(at + 2, little), 4)})`
  },
  FD: { size: 8, read: (view, at, little) => general(view.getFloat64(at, little), 17) },
  FL: { size: 4, read: (view, at, little) => general(view.getFloat32(at, little), 9) },
  OD: { size: 8, read: (view, at, little) => general(view.getFloat64(at, little), 17) },
  OF: { size: 4, read: (view, at, little) => general(view.getFloat32(at, little), 9) },
  OL: { size: 4, read: (view, at, little) => String(view.getUint32(at, little)) },
  OV: { size: 8, read: (view, at, little) => String(view.getBigUint64(at, little)) },
  OW: { size: 2, read: (view, at, little) => hex(view.getUint16(at, little), 4) },
  SL: { size: 4, read: (view, at, little) => String(view.getInt32(at, little)) },
  SS: { size: 2, read: (view, at, little) => String(view.getInt16(at, little)) },
  SV: { size: 8, read: (view, at, little) => String(view.getBigInt64(at, little)) },
  UL: { size: 4, read: (view, at, little) => String(view.getUint32(at, little)) },
  US: { size: 2, read: (view, at, little) => String(view.getUint16(at, little)) },
  UV: { size: 8, read: (view, at, little) => String(view.getBigUint64(at, little)) }
}

/** The texts of all bytes: of these there may be many. */
const octetTexts = Array.from({ length: 256 }, (_, octet) => hex(octet, 2))

const octets: Numbers = { size: 1, read: (view, at) => octetTexts[view.getUint8(at)] ?? "" }

/**
 * What is printed where there is no value, or nothing but padding.
 *
 * @category formatting
 * @since 0.1.0
 */
export const empty = "(no value available)"

/** Of bytes that are too few for a number. */
const invalid = "(invalid value)"

/** Whether there is nothing but padding. */
const isBlank = ({ bytes, length }: Value): boolean =>
  length === bytes.length && bytes.every((byte) => byte === 0x20 || byte === 0)

/**
 * How many values there are; those of VRs of words and bytes count as one.
 *
 * @category formatting
 * @since 0.1.0
 */
export const multiplicity = (value: Value): number => {
  const { backslashes, length, vr } = value
  if (texts.has(vr)) return isBlank(value) ? 0 : ofOneValue.has(vr) ? 1 : backslashes + 1
  const size = vr.startsWith("O") ? undefined : numbers[vr]?.size
  return size === undefined ? 1 : Math.floor(length / size)
}

/** The numbers, up to the widest that is printed where long values are not printed to their end. */
const formatFirst = ({ read, size }: Numbers, { bytes, length }: Value, bigEndian: boolean): string => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const count = Math.floor(length / size)
  const there = Math.floor(bytes.length / size)
  const parts: Array<string> = []
  let width = 0
  for (let i = 0; i < there; i++) {
    const part = i === 0 ? read(view, 0, !bigEndian) : `\\${read(view, i * size, !bigEndian)}`
    // The last value may be as wide as three points.
    if (width + part.length + (i + 1 === count ? 0 : 3) > widest) return `${parts.join("")}...`
    width += part.length
    parts.push(part)
  }
  return there < count ? `${parts.join("")}...` : parts.join("")
}

/**
 * How many bytes one number has of those that a value of the VR is printed as.
 *
 * @category formatting
 * @since 0.1.0
 */
export const sizeOf = (vr: string): number => (numbers[vr] ?? octets).size

/**
 * All whole numbers in bytes.
 *
 * @category formatting
 * @since 0.1.0
 */
export const formatNumbers = (vr: string, bytes: Uint8Array, bigEndian: boolean): string => {
  const { read, size } = numbers[vr] ?? octets
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let text = ""
  for (let at = 0; at + size <= bytes.length; at += size) {
    text += at === 0 ? read(view, at, !bigEndian) : `\\${read(view, at, !bigEndian)}`
  }
  return text
}

const formatBinary = (value: Value, { bigEndian, style }: Context): string => {
  const { bytes, length, vr } = value
  const size = sizeOf(vr)
  if (length < size) return vr === "AT" ? empty : invalid
  if (!style.all) return formatFirst(numbers[vr] ?? octets, value, bigEndian)
  return (
    formatNumbers(vr, bytes, bigEndian) + (bytes.length - (bytes.length % size) < length - (length % size) ? "..." : "")
  )
}

/**
 * Text in which characters that would do something to a terminal are their octal numbers.
 *
 * @category formatting
 * @since 0.1.0
 */
export const harmless = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  text.replace(
    /[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u009f]/g,
    (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`
  )

/**
 * The text of bytes of a VR, padding and all.
 *
 * @category formatting
 * @since 0.1.0
 */
export const decode = (vr: string, bytes: Uint8Array, characterSet: CharacterSet.CharacterSet): string => {
  const kind = CharacterSet.kinds.get(vr)
  return kind === undefined ? Latin1.decode(bytes) : CharacterSet.decode(characterSet, bytes, kind).text
}

/** Without what pads it. */
const trimmed = (text: string): string => {
  let end = text.length
  while (end > 0 && (text[end - 1] === " " || text[end - 1] === "\u0000")) end--
  return text.slice(0, end)
}

const formatText = (value: Value, { characterSet, style }: Context): string => {
  if (isBlank(value)) return empty
  const text = trimmed(decode(value.vr, value.bytes, characterSet))
  if (value.vr === "UI" && style.uidNames) {
    const name = uidName(text)
    if (name !== undefined) return `=${name}`
  }
  const shown = harmless(text)
  const whole = value.length === value.bytes.length
  if (whole && (style.all || shown.length + 2 <= widest)) return `[${shown}]`
  const characters = Array.from(shown)
  if (whole && characters.length + 2 <= widest) return `[${shown}]`
  return style.all ? `[${shown}...` : `[${characters.slice(0, widest - 4).join("")}...`
}

/** By its keyword; transfer syntaxes by the names that DCMTK has for them. */
const uidName = (uid: string): string | undefined => {
  const entry = UidRegistry.find(uid)
  if (entry === undefined || entry.keyword === "") return DcmtkNames.nameOf(uid)
  return DcmtkNames.nameOf(uid) ?? `${entry.retired ? "RETIRED_" : ""}${entry.keyword}`
}

/**
 * The value as it is printed.
 *
 * @category formatting
 * @since 0.1.0
 */
export const format = (value: Value, context: Context): string => {
  if (value.length === 0) return empty
  return texts.has(value.vr) ? formatText(value, context) : formatBinary(value, context)
}
