/**
 * Value representations (PS3.5 section 6.2): their names, and how the length of each is written. What their values mean
 * is not this file's business.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * The value representations of PS3.5 Table 6.2-1, in its order.
 *
 * @category models
 * @since 0.1.0
 */
export const Vr = Schema.Literals([
  "AE",
  "AS",
  "AT",
  "CS",
  "DA",
  "DS",
  "DT",
  "FD",
  "FL",
  "IS",
  "LO",
  "LT",
  "OB",
  "OD",
  "OF",
  "OL",
  "OV",
  "OW",
  "PN",
  "SH",
  "SL",
  "SQ",
  "SS",
  "ST",
  "SV",
  "TM",
  "UC",
  "UI",
  "UL",
  "UN",
  "UR",
  "US",
  "UT",
  "UV"
])

/**
 * @category models
 * @since 0.1.0
 */
export type Vr = typeof Vr.Type

/** One bit for each VR with a length of 16 bits, at `code`; and for each with a length of 32 bits. */
const shortCodes = new Uint8Array(26 * 26)
const longCodes = new Uint8Array(26 * 26)

const code = (first: number, second: number): number => (first - 0x41) * 26 + second - 0x41

for (const vr of Vr.literals) {
  const long = ["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"].includes(vr)
  ;(long ? longCodes : shortCodes)[code(vr.charCodeAt(0), vr.charCodeAt(1))] = 1
}

/**
 * Whether two bytes are capital letters, and so the name of a VR, known or not.
 *
 * @category guards
 * @since 0.1.0
 */
export const isName = (first: number, second: number): boolean =>
  first >= 0x41 && first <= 0x5a && second >= 0x41 && second <= 0x5a

/**
 * Whether two bytes are the name of a VR of PS3.5 Table 6.2-1.
 *
 * @category guards
 * @since 0.1.0
 */
export const isKnown = (first: number, second: number): boolean =>
  isName(first, second) && (shortCodes[code(first, second)] === 1 || longCodes[code(first, second)] === 1)

/**
 * Whether the VR whose name is two capital letters has, in explicit syntaxes, a length of 32 bits behind two reserved
 * bytes (PS3.5 Table 7.1-1), rather than one of 16 bits (Table 7.1-2). One not in the table has: a VR added later will
 * (PS3.5 section 6.2).
 *
 * @category guards
 * @since 0.1.0
 */
export const isLong = (first: number, second: number): boolean => shortCodes[code(first, second)] !== 1
