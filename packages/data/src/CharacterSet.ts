/**
 * Character sets (PS3.5 section 6.1, PS3.3 section C.12.1.1.2): text in the bytes of a value, by the terms of Specific
 * Character Set (0008,0005). Which data set has which terms, and which of its values is text, is not this file's
 * business: an item without terms of its own has those of the data set it is in.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as codeExtension from "./internal/codeExtension.ts"
import * as encodingStandard from "./internal/encodingStandard.ts"
import * as gb18030 from "./internal/gb18030.ts"
import * as graphic from "./internal/graphicCharacterSet.ts"
import type { Vr } from "./Vr.ts"

// -----------------------------------------------------------------------------
// the terms
// -----------------------------------------------------------------------------

/** The sets of each registration number of PS3.3 Tables C.12-2 to C.12-4: in G0, in G1, or in both. */
const registrations: Readonly<Record<string, ReadonlyArray<graphic.GraphicCharacterSet>>> = {
  "6": [graphic.iso646],
  "13": [graphic.romaji, graphic.katakana],
  "100": [graphic.iso646, graphic.latin1],
  "101": [graphic.iso646, graphic.latin2],
  "109": [graphic.iso646, graphic.latin3],
  "110": [graphic.iso646, graphic.latin4],
  "126": [graphic.iso646, graphic.greek],
  "127": [graphic.iso646, graphic.arabic],
  "138": [graphic.iso646, graphic.hebrew],
  "144": [graphic.iso646, graphic.cyrillic],
  "148": [graphic.iso646, graphic.latin5],
  "166": [graphic.iso646, graphic.thai],
  "203": [graphic.iso646, graphic.latin9],
  "58": [graphic.gb2312],
  "87": [graphic.jisX0208],
  "149": [graphic.ksX1001],
  "159": [graphic.jisX0212]
}

/** Those of two bytes stand in value 2 and further, and only with code extensions (PS3.3 Table C.12-4). */
const multiByte = ["58", "87", "149", "159"]

const singleByte = Object.keys(registrations).filter((number) => !multiByte.includes(number))

/** Those that fill the whole value and permit no others beside them (PS3.3 Table C.12-5). */
const withoutExtensions = { ISO_IR_192: "utf-8", GB18030: "gb18030", GBK: "gbk" } as const

type Label = (typeof withoutExtensions)[keyof typeof withoutExtensions]

const labelOf = (term: string): Label | undefined =>
  term === "ISO_IR 192"
    ? withoutExtensions.ISO_IR_192
    : term === "GB18030" || term === "GBK"
      ? withoutExtensions[term]
      : undefined

/**
 * The defined terms of Specific Character Set (0008,0005): PS3.3 Tables C.12-2 to C.12-5.
 *
 * @category terms
 * @since 0.1.0
 */
export const definedTerms: ReadonlyArray<string> = [
  ...singleByte.filter((number) => number !== "6").map((number) => `ISO_IR ${number}`),
  ...singleByte.map((number) => `ISO 2022 IR ${number}`),
  ...multiByte.map((number) => `ISO 2022 IR ${number}`),
  "ISO_IR 192",
  "GB18030",
  "GBK"
]

/**
 * Terms that are not those of a character set: all of them, the one at fault, and what is permitted.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnknownCharacterSet extends Schema.TaggedError<UnknownCharacterSet>()("UnknownCharacterSet", {
  terms: Schema.Array(Schema.String),
  term: Schema.String,
  rule: Schema.String
}) {
  override get message(): string {
    return (
      `${JSON.stringify(this.term)} in Specific Character Set ${JSON.stringify(this.terms.join("\\"))}: ` +
      `permitted is ${this.rule}`
    )
  }
}

/**
 * A character set: how the text of a data set is written.
 *
 * @category models
 * @since 0.1.0
 */
export interface CharacterSet {
  /** The values of Specific Character Set (0008,0005), without padding; none for the default repertoire. */
  readonly terms: ReadonlyArray<string>
  /** What a lenient reading of the terms let pass, in sentences; none in a strict one. */
  readonly departures: ReadonlyArray<string>
  /** @internal */
  readonly coding: Label | codeExtension.Designations
}

const fromRegistrations = (
  terms: ReadonlyArray<string>,
  departures: ReadonlyArray<string>,
  numbers: ReadonlyArray<string>,
  lenient: boolean
): CharacterSet => {
  const sets = numbers.map((number) => registrations[number] ?? [])
  const initial = sets[0] ?? []
  const escapes = numbers.length > 1 || terms.some((term) => term.startsWith("ISO 2022"))
  const written = Array.from(new Set(sets.flat()))
  return {
    terms,
    departures,
    coding: {
      g0: initial.find(({ area, size }) => area === "G0" && size === 1) ?? graphic.iso646,
      g1: initial.find(({ area, size }) => area === "G1" && size === 1),
      written:
        written.includes(graphic.iso646) || written.includes(graphic.romaji) ? written : [graphic.iso646, ...written],
      // Both of G0's single-byte sets are used to return from one of two bytes, whichever value 1 names.
      read: lenient ? graphic.all : Array.from(new Set([graphic.iso646, graphic.romaji, ...written])),
      escapes: escapes || (lenient && terms.length > 0)
    }
  }
}

/**
 * The default repertoire, ISO 646: what holds without Specific Character Set (PS3.5 section 6.1.2.1).
 *
 * @category character sets
 * @since 0.1.0
 */
export const defaultRepertoire: CharacterSet = fromRegistrations([], [], ["6"], false)

/**
 * How terms are read.
 *
 * @category terms
 * @since 0.1.0
 */
export interface Options {
  /**
   * Whether terms that are not as the standard has them are taken for what they mean where that is plain, others left
   * out, and every escape sequence of the standard read, declared or not. Each departure is kept in the character set.
   */
  readonly lenient?: boolean
}

/** Character sets of a single term, which nearly every data set has. */
const known = new Map<string, CharacterSet>()

/**
 * Gives the character set of the values of Specific Character Set (0008,0005); spaces around them are padding.
 *
 * **Details**
 *
 * Without values, or with an empty one alone, it is the default repertoire. An empty first value before others is "ISO
 * 2022 IR 6". Of several values each is of PS3.3 Table C.12-3 or C.12-4, the first of Table C.12-3.
 *
 * **Example**
 *
 * ```ts
 * import * as CharacterSet from "@effect-dicom/data/CharacterSet"
 *
 * CharacterSet.fromTerms(["", "ISO 2022 IR 87"]) // success: ISO 646, and JIS X 0208 by escape sequences
 * CharacterSet.fromTerms(["ISO_IR 192", "ISO 2022 IR 87"]) // failure
 * CharacterSet.fromTerms(["ISO-IR 100"], { lenient: true }) // success, with a departure
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromTerms = (
  terms: ReadonlyArray<string>,
  options?: Options
): Result.Result<CharacterSet, UnknownCharacterSet> => {
  const lenient = options?.lenient === true
  const only = terms.length === 1 ? terms[0] : undefined
  const cached = only === undefined || lenient ? undefined : known.get(only)
  if (cached !== undefined) return Result.succeed(cached)
  const result = read(
    terms.map((term) => term.trim()),
    lenient
  )
  if (only !== undefined && !lenient && Result.isSuccess(result)) {
    // Only a defined term, with spaces around it, gets here: a bound nevertheless.
    if (known.size >= 64) known.clear()
    known.set(only, result.success)
  }
  return result
}

const read = (terms: ReadonlyArray<string>, lenient: boolean): Result.Result<CharacterSet, UnknownCharacterSet> => {
  const departures: Array<string> = []
  const numbers: Array<string> = []
  const several = terms.length > 1
  for (const [index, term] of terms.entries()) {
    const broken = (rule: string, number?: string) => {
      if (!lenient) return new UnknownCharacterSet({ terms, term, rule })
      departures.push(
        `${JSON.stringify(term)} is ${number === undefined ? "left out" : `read as registration ${number}`}: ` +
          `permitted is ${rule}`
      )
      if (number !== undefined) numbers.push(number)
      return undefined
    }
    let error: UnknownCharacterSet | undefined
    const meant = lenient ? meaning(term) : term
    const label = labelOf(meant)
    if (label !== undefined) {
      const rule = meant === term ? `${term} alone` : "a defined term of PS3.3 Tables C.12-2 to C.12-5"
      if (!several && meant === term) return Result.succeed({ terms, departures, coding: label })
      error = broken(rule)
      // A Unicode encoding beside other terms is what the writer has used, if one can tell at all.
      if (error === undefined) return Result.succeed({ terms, departures, coding: label })
    } else if (term === "") {
      if (index > 0) error = broken("an empty value only as the first")
      else numbers.push("6")
    } else {
      const match = /^(ISO_IR|ISO 2022 IR) ([0-9]+)$/.exec(meant)
      const number = match?.[2]
      if (number === undefined || registrations[number] === undefined) {
        error = broken("a defined term of PS3.3 Tables C.12-2 to C.12-5")
      } else if (meant !== term) error = broken(`"${meant}"`, number)
      else if (several && match?.[1] === "ISO_IR") error = broken(`"ISO 2022 IR ${number}" beside others`, number)
      else if (match?.[1] === "ISO_IR" && number === "6") error = broken('"ISO 2022 IR 6", or no value', number)
      else if (match?.[1] === "ISO_IR" && multiByte.includes(number)) {
        error = broken(`"ISO 2022 IR ${number}" in value 2 or further`, number)
      } else if (index === 0 && multiByte.includes(number)) {
        error = broken("a single-byte character set as the first value, or an empty one", number)
      } else numbers.push(number)
    }
    if (error !== undefined) return Result.fail(error)
  }
  if (terms.length === 0 || (terms.length === 1 && terms[0] === "")) return Result.succeed(defaultRepertoire)
  return Result.succeed(fromRegistrations(terms, departures, numbers, lenient))
}

/** What is plainly meant by terms that writers are known to get wrong. */
const meaning = (term: string): string => {
  const upper = term.toUpperCase()
  const ir = /^ISO[ _-]?IR[ _-]?([0-9]+)$/.exec(upper)
  if (ir !== null) return `ISO_IR ${ir[1]}`
  const extension = /^ISO[ _-]?2022[ _-]?IR[ _-]?([0-9]+)$/.exec(upper)
  if (extension !== null) return extension[1] === "192" ? "ISO_IR 192" : `ISO 2022 IR ${extension[1]}`
  return upper === "UTF-8" || upper === "UTF8" ? "ISO_IR 192" : upper
}

// -----------------------------------------------------------------------------
// text
// -----------------------------------------------------------------------------

/**
 * What a text is, which says where the character sets of value 1 hold again (PS3.5 section 6.1.2.5.3): behind control
 * characters in every kind; in "multi-valued text" (LO, SH, UC and other VRs whose values a backslash parts) behind
 * backslashes too; and in a "person name" (PN) behind `^` and `=` as well. In "text" (LT, ST, UT) a backslash is a
 * character.
 *
 * @category models
 * @since 0.1.0
 */
export type Kind = "text" | "multi-valued text" | "person name"

/**
 * The VRs whose text is in the data set's character set, and what it is; that of other VRs is in the default character
 * repertoire (PS3.5 section 6.1.2.2).
 *
 * @category models
 * @since 0.1.0
 */
export const kinds: ReadonlyMap<string, Kind> = new Map<Vr, Kind>([
  ["LO", "multi-valued text"],
  ["LT", "text"],
  ["PN", "person name"],
  ["SH", "multi-valued text"],
  ["ST", "text"],
  ["UC", "multi-valued text"],
  ["UT", "text"]
])

const isDelimiter: Readonly<Record<Kind, (code: number) => boolean>> = {
  text: () => false,
  "multi-valued text": (code) => code === 0x5c,
  "person name": (code) => code === 0x5c || code === 0x5e || code === 0x3d
}

/**
 * Text that was decoded.
 *
 * @category models
 * @since 0.1.0
 */
export interface Decoded {
  readonly text: string
  /** Whether bytes had no character: U+FFFD stands for them. */
  readonly replaced: boolean
}

/**
 * Decodes the bytes of a value, all of its values together: part them by backslash afterwards, as bytes of a character
 * may look like one. Padding is kept.
 *
 * **Gotchas**
 *
 * In JIS X 0201 the backslash's code is the yen sign's: it is a yen sign in "text", and a backslash, which parts
 * values, elsewhere (PS3.5 section 6.1.2.3).
 *
 * @category codecs
 * @since 0.1.0
 */
export const decode = (set: CharacterSet, bytes: Uint8Array, kind: Kind): Decoded => {
  const ascii = asciiText(bytes, typeof set.coding === "string" || set.coding.g0 === graphic.iso646)
  if (ascii !== undefined) return { text: ascii, replaced: false }
  if (typeof set.coding !== "string") return codeExtension.decode(set.coding, bytes, isDelimiter[kind])
  const text = encodingStandard.decode(set.coding, bytes)
  return { text, replaced: text.includes("\ufffd") && !encodingStandard.isDecodable(set.coding, bytes) }
}

/** Up to this many bytes it is quicker to make a string of each than to call a decoder. */
const short = 24

/** The text of bytes that mean the same in every character set, or nothing; some need all of ISO 646 in G0. */
const asciiText = (bytes: Uint8Array, iso646: boolean): string | undefined => {
  const length = bytes.length
  let text = ""
  for (let i = 0; i < length; i++) {
    const byte = bytes[i] ?? 0
    if (byte > 0x7e || byte === 0x1b || (!iso646 && (byte === 0x5c || byte === 0x7e))) return undefined
    if (length <= short) text += String.fromCharCode(byte)
  }
  return length <= short ? text : encodingStandard.decode("utf-8", bytes)
}

/**
 * Text with a character that has no place in a character set: which, and where, in UTF-16 units from the first.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnencodableText extends Schema.TaggedError<UnencodableText>()("UnencodableText", {
  terms: Schema.Array(Schema.String),
  character: Schema.String,
  index: Schema.Int
}) {
  override get message(): string {
    const code = (this.character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")
    const terms = this.terms.length === 0 ? "the default repertoire" : this.terms.join("\\")
    return `${JSON.stringify(this.character)} (U+${code}) at ${this.index} has no place in ${terms}`
  }
}

/**
 * Encodes text, all values of it together, parted by backslashes; without padding. What it encodes, {@link decode}
 * gives back.
 *
 * **Details**
 *
 * Of the control characters TAB, LF, FF and CR have a place (PS3.5 section 6.1.3).
 *
 * **Example**
 *
 * ```ts
 * import * as CharacterSet from "@effect-dicom/data/CharacterSet"
 * import * as Result from "effect/Result"
 *
 * const latin1 = Result.getOrThrow(CharacterSet.fromTerms(["ISO_IR 100"]))
 * CharacterSet.encode(latin1, "Buc^Jérôme", "person name") // success: 10 bytes
 * CharacterSet.encode(latin1, "€", "text") // failure: "€" (U+20AC) at 0 has no place in ISO_IR 100
 * ```
 *
 * @category codecs
 * @since 0.1.0
 */
export const encode = (set: CharacterSet, text: string, kind: Kind): Result.Result<Uint8Array, UnencodableText> => {
  const iso646 = typeof set.coding === "string" || set.coding.g0 === graphic.iso646
  const bytes = new Uint8Array(text.length)
  let ascii = true
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if ((unit < 0x20 && unit !== 0x09 && unit !== 0x0a && unit !== 0x0c && unit !== 0x0d) || unit === 0x7f) {
      return unencodable(set, text, i)
    }
    if (unit > 0x7e || (!iso646 && (unit === 0x5c || unit === 0x7e))) ascii = false
    bytes[i] = unit
  }
  if (ascii) return Result.succeed(bytes)
  const encoded =
    typeof set.coding !== "string"
      ? codeExtension.encode(set.coding, text, isDelimiter[kind])
      : set.coding === "utf-8"
        ? encodingStandard.encodeUtf8(text)
        : gb18030.encode(text, set.coding)
  return typeof encoded === "number" ? unencodable(set, text, encoded) : Result.succeed(encoded)
}

const unencodable = (set: CharacterSet, text: string, index: number) =>
  Result.fail(
    new UnencodableText({ terms: set.terms, character: String.fromCodePoint(text.codePointAt(index) ?? 0), index })
  )

/**
 * Writes the bytes of a value again in another character set. It fails where a character has no place there, and where
 * the bytes had no character to begin with.
 *
 * @category codecs
 * @since 0.1.0
 */
export const recode = (
  from: CharacterSet,
  to: CharacterSet,
  bytes: Uint8Array,
  kind: Kind
): Result.Result<Uint8Array, UnencodableText> => {
  const { replaced, text } = decode(from, bytes, kind)
  return replaced ? unencodable(from, text, text.indexOf("\ufffd")) : encode(to, text, kind)
}
