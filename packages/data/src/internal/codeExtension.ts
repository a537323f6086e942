/**
 * Text in graphic character sets that escape sequences designate (ISO 2022, as PS3.5 section 6.1.2.5 uses it), and in
 * those of one byte that need none.
 */
import type { GraphicCharacterSet } from "./graphicCharacterSet.ts"

/** What Specific Character Set (0008,0005) says of text that is not in a Unicode encoding. */
export interface Designations {
  /** What is designated at the beginning, and again behind a delimiter: that of value 1. */
  readonly g0: GraphicCharacterSet
  readonly g1: GraphicCharacterSet | undefined
  /** What may be written, in the order in which it is tried. */
  readonly written: ReadonlyArray<GraphicCharacterSet>
  /** What may be read. */
  readonly read: ReadonlyArray<GraphicCharacterSet>
  /** Whether there may be escape sequences at all. */
  readonly escapes: boolean
}

const ESC = 0x1b
const replacement = "\ufffd"

const isGraphic = (byte: number): boolean => (byte & 0x7f) >= 0x21 && (byte & 0x7f) <= 0x7e

/** Gives the set that the escape sequence at ESC designates, if it may be read. */
const designated = (bytes: Uint8Array, at: number, read: ReadonlyArray<GraphicCharacterSet>) =>
  read.find(({ escape }) => {
    for (let i = 0; i < escape.length; i++) if (bytes[at + 1 + i] !== escape.charCodeAt(i)) return false
    return true
  })

/** Reads text; `isDelimiter` says before which characters the initial designations hold again. */
export const decode = (
  designations: Designations,
  bytes: Uint8Array,
  isDelimiter: (code: number) => boolean
): { readonly text: string; readonly replaced: boolean } => {
  let { g0, g1 } = designations
  let text = ""
  let replaced = false
  for (let at = 0; at < bytes.length;) {
    const byte = bytes[at] ?? 0
    if (byte === ESC && designations.escapes) {
      const set = designated(bytes, at, designations.read)
      if (set === undefined) {
        replaced = true
        text += replacement
        at++
      } else {
        if (set.area === "G0") g0 = set
        else g1 = set
        at += 1 + set.escape.length
      }
      continue
    }
    const next = bytes[at + 1] ?? 0
    const active = byte < 0x80 ? g0 : g1
    const pair = active?.size === 2 && isGraphic(byte) && isGraphic(next) && (byte ^ next) < 0x80
    // A delimiter within a code of two bytes is none; one alone, where a code should be, is.
    if (!pair && (byte < 0x20 || isDelimiter(byte))) {
      g0 = designations.g0
      g1 = designations.g1
      text += String.fromCharCode(byte)
      at++
      continue
    }
    let unit = 0
    if (byte === 0x20 || byte === 0x7f) unit = byte
    else if (pair) unit = active.units()[((byte & 0x7f) - 0x21) * 94 + (next & 0x7f) - 0x21] ?? 0
    else if (active?.size === 1 && (byte & 0x7f) >= 0x20) unit = active.units()[byte & 0x7f] ?? 0
    if (unit === 0) replaced = true
    text += unit === 0 ? replacement : String.fromCharCode(unit)
    at += pair ? 2 : 1
  }
  return { text, replaced }
}

/** Writes text, or gives where the first character stands that none of the sets has. */
export const encode = (
  designations: Designations,
  text: string,
  isDelimiter: (code: number) => boolean
): Uint8Array | number => {
  const bytes: Array<number> = []
  let { g0, g1 } = designations
  /** The set of the last escape sequence, as long as it holds. */
  let last: GraphicCharacterSet | undefined
  const designate = (set: GraphicCharacterSet) => {
    last = set
    bytes.push(ESC)
    for (let i = 0; i < set.escape.length; i++) bytes.push(set.escape.charCodeAt(i))
  }
  /** Returns to the sets of value 1; where it has none in G1, a delimiter alone ends what is there. */
  const reset = () => {
    if (g0 !== designations.g0) designate(designations.g0)
    if (g1 !== designations.g1 && designations.g1 !== undefined) designate(designations.g1)
    g0 = designations.g0
    g1 = designations.g1
    last = undefined
  }
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x20 || isDelimiter(unit)) {
      reset()
      bytes.push(unit)
      continue
    }
    let set: GraphicCharacterSet | undefined = g0
    let code = codeOf(g0, unit, isDelimiter)
    if (code === 0 && g1 !== undefined) {
      set = g1
      code = codeOf(g1, unit, isDelimiter)
    }
    if (code === 0) {
      set = designations.escapes
        ? designations.written.find((candidate) => codeOf(candidate, unit, isDelimiter) !== 0)
        : undefined
      if (set === undefined) return i
      code = codeOf(set, unit, isDelimiter)
      if (set.area === "G0") {
        designate(set)
        g0 = set
      } else g1 = set
    }
    if (set.area === "G1") {
      // Many peers decode what is behind an escape sequence in its set alone, G1 and ISO 646 together.
      if (g0 !== designations.g0) designate(designations.g0)
      g0 = designations.g0
      if (last === undefined ? set !== designations.g1 : last !== set) designate(set)
    }
    const high = set.area === "G1" ? 0x80 : 0
    if (set.size === 2) bytes.push((code >> 8) | high)
    bytes.push((code & 0xff) | high)
  }
  reset()
  return Uint8Array.from(bytes)
}

/** The code of a unit in a set, or 0; one that would be read as a delimiter is none. */
const codeOf = (set: GraphicCharacterSet, unit: number, isDelimiter: (code: number) => boolean): number => {
  const code = set.codes()[unit] ?? 0
  return set.size === 1 && set.area === "G0" && isDelimiter(code) ? 0 : code
}
