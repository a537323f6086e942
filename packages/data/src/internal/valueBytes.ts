/**
 * The values of each VR and their bytes (PS3.5 sections 6.2 and 7.1): split, decoded and checked one way; checked,
 * joined, encoded and padded the other. Which VR and how many values there may be is the caller's business, and so are
 * sequences.
 */
import * as Result from "effect/Result"
import * as AS from "../AS.ts"
import * as CharacterSet from "../CharacterSet.ts"
import * as DA from "../DA.ts"
import * as DS from "../DS.ts"
import * as DT from "../DT.ts"
import * as InvalidValue from "../InvalidValue.ts"
import * as IS from "../IS.ts"
import * as Latin1 from "../Latin1.ts"
import * as Limits from "../Limits.ts"
import * as PersonName from "../PersonName.ts"
import * as TM from "../TM.ts"
import * as Uid from "../Uid.ts"
import { Vr } from "../Vr.ts"
import {
  decodeNumbers,
  decodeWords,
  encodeNumbers,
  encodeWords,
  numbers,
  shown,
  words,
  type Context,
  type Decoded,
  type Encoded,
  type Numbers,
  type Words
} from "./binaryValues.ts"
import { paddedBytes, paddingOf } from "./dataSetTree.ts"
import { withoutPadding, withoutSpaces } from "./valueText.ts"

export type { Context } from "./binaryValues.ts"

const none: Decoded = Result.succeed([])

// -----------------------------------------------------------------------------
// text
// -----------------------------------------------------------------------------

/** How the text of a VR is cut and checked. */
interface Text {
  /** Whether Specific Character Set bears on it (PS3.5 section 6.1.2.2), and how. */
  readonly kind: CharacterSet.Kind | "default"
  readonly multiple: boolean
  readonly trim: (text: string) => string
  /** The most characters of a value, and characters that it may not hold. */
  readonly length: number
  readonly forbidden: RegExp
  readonly rule: string
}

/* Backslash and control characters but for ESC, which is not part of the text any more. */
const line = /[\\\u0000-\u001f\u007f]/
/* As above, but TAB, LF, FF and CR are permitted, and a backslash is a character like any other. */
const paragraphs = /[\u0000-\u0008\u000b\u000e-\u001f\u007f]/

const text = (
  kind: Text["kind"],
  multiple: boolean,
  trim: Text["trim"],
  length: number,
  forbidden: RegExp,
  rule: string
): Text => ({ kind, multiple, trim, length, forbidden, rule })

const noControl = "no backslash and no control characters"
const unlimited = 0xfffffffe

/* PS3.5 Table 6.2-1. Spaces before LT, ST, UC, UR and UT are significant; those before the others are not. */
const texts: { readonly [vr in Vr]?: Text } = {
  AE: text("default", true, withoutSpaces, 16, line, `at most 16 characters, ${noControl}`),
  CS: text(
    "default",
    true,
    withoutSpaces,
    16,
    /[^A-Z0-9 _]/,
    "at most 16 characters, of capital letters, digits, space and underscore"
  ),
  LO: text("multi-valued text", true, withoutSpaces, 64, line, `at most 64 characters, ${noControl}`),
  LT: text("text", false, withoutPadding, 10240, paragraphs, "at most 10240 characters, TAB, LF, FF and CR among them"),
  SH: text("multi-valued text", true, withoutSpaces, 16, line, `at most 16 characters, ${noControl}`),
  ST: text("text", false, withoutPadding, 1024, paragraphs, "at most 1024 characters, TAB, LF, FF and CR among them"),
  UC: text("multi-valued text", true, withoutPadding, unlimited, line, noControl),
  UR: text("default", false, withoutPadding, unlimited, /[\\\u0000-\u0020\u007f]/, `no spaces, ${noControl}`),
  UT: text("text", false, withoutPadding, unlimited, paragraphs, "no control characters but TAB, LF, FF and CR")
}

/** Values of text that have a form of their own. */
interface Parsed {
  readonly kind: "default" | "person name"
  readonly parse: (text: string) => Result.Result<unknown, InvalidValue.InvalidValue>
  /** Nothing where the value is not of the type; it then has no text. */
  readonly format: (value: unknown) => string | undefined
}

const has = (value: unknown, key: string): boolean => typeof value === "object" && value !== null && key in value

const parseUid = (text: string): Result.Result<Uid.Uid, InvalidValue.InvalidValue> => {
  const uid = Uid.fromText(withoutPadding(text))
  return Result.isSuccess(uid)
    ? Result.succeed(uid.success)
    : InvalidValue.fail("UI", withoutPadding(text), uid.failure.rule)
}

/** A formatter that is given what has the key, so most likely a value of the type; what it makes is parsed again. */
const when =
  <A>(key: string, format: (value: A) => string) =>
  (value: unknown): string | undefined =>
    // the cast: `encode` parses the text, and so finds what is not of the type
    has(value, key) ? format(value as A) : undefined

const isName = (value: unknown): value is PersonName.PersonName =>
  typeof value === "object" &&
  value !== null &&
  ["alphabetic", "ideographic", "phonetic"].every((key) => has(Reflect.get(value, key), "familyName"))

const formatName = (value: unknown): string | undefined => (isName(value) ? PersonName.format(value) : undefined)

const itself = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined)

const parsed: { readonly [vr in Vr]?: Parsed } = {
  AS: { kind: "default", parse: AS.parse, format: when("unit", AS.format) },
  DA: { kind: "default", parse: DA.parse, format: when("day", DA.format) },
  DS: { kind: "default", parse: DS.parse, format: itself },
  DT: { kind: "default", parse: DT.parse, format: when("year", DT.format) },
  IS: { kind: "default", parse: IS.parse, format: itself },
  PN: { kind: "person name", parse: PersonName.parse, format: formatName },
  TM: { kind: "default", parse: TM.parse, format: when("hour", TM.format) },
  UI: { kind: "default", parse: parseUid, format: itself }
}

/** Peers pad text with NUL too, which no text may end with. */
const withoutNul = (bytes: Uint8Array): Uint8Array => {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end--
  return end === bytes.length ? bytes : bytes.subarray(0, end)
}

/** The text of a value of text, as it stands, values and padding in it; U+FFFD where bytes have no character. */
export const decodeText = (
  kind: CharacterSet.Kind | "default",
  bytes: Uint8Array,
  characterSet: CharacterSet.CharacterSet
): CharacterSet.Decoded =>
  kind === "default"
    ? { text: Latin1.decode(withoutNul(bytes)), replaced: false }
    : CharacterSet.decode(characterSet, withoutNul(bytes), kind)

/** What text of a VR breaks of its rules, or nothing; and whether padding would change it. */
export const brokenRule = (vr: Vr, text: string): string | undefined => {
  const of = texts[vr]
  if (of === undefined) return undefined
  if (tooLong(text, of.length) || of.forbidden.test(text)) return of.rule
  return of.trim(text) === text ? undefined : "no spaces where they are padding"
}

/** Whether Specific Character Set bears on the values of a VR, known or not. */
export const isText = (vr: string): boolean =>
  vr === "LO" || vr === "LT" || vr === "PN" || vr === "SH" || vr === "ST" || vr === "UC" || vr === "UT"

const isBlank = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== 0x20) return false
  return true
}

const decodeValuesOfText = (
  { multiple, parse, trim, vr }: Form,
  text: string,
  limits: Partial<Limits.Limits> | undefined
): Decoded => {
  if (isBlank(text)) return none
  if (!multiple || !text.includes("\\")) {
    if (parse === undefined) return Result.succeed([trim(text)])
    const value = parse(text)
    return Result.isSuccess(value) ? Result.succeed([value.success]) : Result.fail(value.failure)
  }
  const most = mostValues(limits)
  const parts = text.split("\\", most + 1)
  if (parts.length > most) return tooMany(vr, text, most)
  const values: Array<unknown> = []
  for (const part of parts) {
    if (parse === undefined) {
      values.push(trim(part))
      continue
    }
    const value = parse(part)
    if (Result.isFailure(value)) return Result.fail(value.failure)
    values.push(value.success)
  }
  return Result.succeed(values)
}

/** A value on its own: `null` for an empty one. */
export type Single = Result.Result<unknown, InvalidValue.InvalidValue>

/**
 * Decodes values each on its own, so that those that are empty leave the others, up to the first that is none of the VR; of
 * several no fewer than two are given.
 */
export const decodeEach = (
  form: Form,
  bytes: Uint8Array,
  context: Context,
  limits?: Partial<Limits.Limits>
): Result.Result<ReadonlyArray<Single>, InvalidValue.InvalidValue> => {
  const { kind, multiple, parse, trim, vr } = form
  const most = mostValues(limits)
  if (kind === undefined || !multiple)
    return Result.map(decodeForm(form, bytes, context), (values) => values.map((value) => Result.succeed(value)))
  const { text } = decodeText(kind, bytes, context.characterSet)
  if (isBlank(text)) return Result.succeed([])
  const parts = text.split("\\", most + 1)
  if (parts.length > most) return tooMany(vr, text, most)
  const singles: Array<Single> = []
  for (const part of parts) {
    const single: Single = isBlank(part)
      ? Result.succeed(null)
      : parse === undefined
        ? Result.succeed(trim(part))
        : parse(part)
    singles.push(single)
    if (Result.isFailure(single) && singles.length > 1) break
  }
  return Result.succeed(singles)
}

const mostValues = (limits: Partial<Limits.Limits> | undefined): number =>
  limits === undefined ? Limits.defaults.valuesPerString : Limits.make(limits).valuesPerString

const tooMany = (vr: Vr, text: string, most: number): Result.Result<never, InvalidValue.InvalidValue> =>
  InvalidValue.fail(vr, text.slice(0, 80), `at most ${most} values`)

/**
 * Whether all of it is printable characters that every character set has at the same place; a backslash is, in text on
 * which Specific Character Set does not bear.
 */
const isPrintable = (text: string, backslash: boolean): boolean => {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    // Without backslash and tilde, which ISO 646's Japanese variant does not have (PS3.3 section C.12.1.1.2).
    if (code < 0x20 || code > 0x7d || (code === 0x5c && !backslash)) return false
  }
  return true
}

/** What an element may hold: bytes, or text that every character set writes alike, which is padded when it is written. */
export type Content = Result.Result<Uint8Array | string, InvalidValue.InvalidValue>

const encodeText = (vr: Vr, kind: Text["kind"], text: string, context: Context): Content => {
  if (isPrintable(text, kind === "default")) return Result.succeed(text)
  const set = kind === "default" ? CharacterSet.defaultRepertoire : context.characterSet
  const encoded = CharacterSet.encode(set, text, kind === "default" ? "text" : kind)
  if (Result.isFailure(encoded)) return InvalidValue.fail(vr, text, permitted(encoded.failure.message))
  const bytes = encoded.success
  if (bytes.length % 2 === 0) return Result.succeed(bytes)
  const padded = new Uint8Array(bytes.length + 1)
  padded.set(bytes)
  padded[bytes.length] = paddingOf(vr)
  return Result.succeed(padded)
}

const bytesOf = (vr: Vr, content: Content): Encoded => Result.map(content, (content) => asBytes(vr, content))

const asBytes = (vr: Vr, content: Uint8Array | string): Uint8Array =>
  typeof content === "string" ? paddedBytes(content, vr) : content

const permitted = (message: string): string => `text of its character set (${message})`

/** As many characters as Unicode counts. */
const tooLong = (text: string, most: number): boolean => text.length > most && Array.from(text).length > most

const encodeValuesOfText = (form: Form, values: ReadonlyArray<unknown>, context: Context): Content => {
  const { format, parse, text: plain, vr } = form
  let joined = ""
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (i > 0) joined += "\\"
    if (plain !== undefined) {
      if (typeof value !== "string") return InvalidValue.fail(vr, shown(value), "a string")
      if (tooLong(value, plain.length)) return InvalidValue.fail(vr, value, plain.rule)
      // Nothing is forbidden there that is printable, which costs less to find out.
      const permitted = plain.forbidden === line || plain.forbidden === paragraphs
      if (permitted && isPrintable(value, false)) {
        if (values.length === 1) return Result.succeed(value)
      } else if (plain.forbidden.test(value)) return InvalidValue.fail(vr, value, plain.rule)
      joined += value
    } else {
      const text = format?.(value)
      if (parse === undefined || text === undefined) return InvalidValue.fail(vr, shown(value), `a value of VR ${vr}`)
      const again = parse(text)
      if (Result.isFailure(again)) return Result.fail(again.failure)
      joined += text
    }
  }
  return encodeText(vr, form.kind ?? "default", joined, context)
}

/** Encodes text of a VR as it is, unchecked but for its characters: what queries hold is not always a value. */
export const encodeRawText = (vr: Vr, text: string, context: Context): Encoded =>
  bytesOf(vr, encodeText(vr, formOf(vr)?.kind ?? "default", text, context))

// -----------------------------------------------------------------------------
// all of them
// -----------------------------------------------------------------------------

/** What there is to know of a VR, looked up once. */
export interface Form {
  readonly vr: Vr
  readonly numbers: Numbers | undefined
  readonly words: Words | undefined
  /** How Specific Character Set bears on its text; nothing where it is not text. */
  readonly kind: CharacterSet.Kind | "default" | undefined
  readonly multiple: boolean
  readonly trim: (text: string) => string
  /** Of text that is any, its rules; of text with a form of its own, how it is read and written. */
  readonly text: Text | undefined
  readonly parse: Parsed["parse"] | undefined
  readonly format: Parsed["format"] | undefined
  /** Whether it has one value, whatever the VM. */
  readonly whole: boolean
}

const forms: ReadonlyMap<string, Form> = new Map(
  Vr.literals.map((vr) => [
    vr,
    {
      vr,
      numbers: numbers[vr],
      words: words[vr],
      kind: texts[vr]?.kind ?? parsed[vr]?.kind,
      multiple: texts[vr]?.multiple ?? true,
      trim: texts[vr]?.trim ?? withoutPadding,
      text: texts[vr],
      parse: parsed[vr]?.parse,
      format: parsed[vr]?.format,
      whole: words[vr] !== undefined || texts[vr]?.multiple === false
    }
  ])
)

/** What there is to know of a VR, as written; nothing of one that is not in PS3.5 Table 6.2-1. */
export const formOf = (vr: string): Form | undefined => forms.get(vr)

/** Whether a VR, as written, is one of PS3.5 Table 6.2-1. */
export const isVr = (vr: string): vr is Vr => forms.has(vr)

/** How Specific Character Set bears on the text of a VR; nothing for VRs that are not text. */
export const kindOf = (vr: Vr): Form["kind"] => forms.get(vr)?.kind

/** Decodes the values of a VR other than SQ; none where the bytes are none, or padding only. */
export const decode = (vr: Vr, bytes: Uint8Array, context: Context): Decoded => {
  const form = forms.get(vr)
  return form === undefined ? none : decodeForm(form, bytes, context)
}

/** Decodes as {@link decode}, for those who have looked the VR up. */
export const decodeForm = (
  form: Form,
  bytes: Uint8Array,
  context: Context,
  limits?: Partial<Limits.Limits>
): Decoded => {
  if (bytes.length === 0) return none
  if (form.numbers !== undefined) return decodeNumbers(form.vr, form.numbers, bytes, context)
  if (form.words !== undefined) return decodeWords(form.vr, form.words, bytes, context)
  return decodeValuesOfText(form, decodeText(form.kind ?? "default", bytes, context.characterSet).text, limits)
}

/** Encodes the values of a VR other than SQ, padded to an even length; what is not of the VR fails. */
export const encode = (vr: Vr, values: ReadonlyArray<unknown>, context: Context): Encoded => {
  const form = forms.get(vr)
  return form === undefined ? Result.succeed(new Uint8Array(0)) : bytesOf(vr, encodeForm(form, values, context))
}

/** Encodes as {@link encode}, for those who have looked the VR up, into what an element holds. */
export const encodeForm = (form: Form, values: ReadonlyArray<unknown>, context: Context): Content => {
  if (values.length === 0) return Result.succeed(new Uint8Array(0))
  if (form.numbers !== undefined) return encodeNumbers(form.vr, form.numbers, values, context)
  if (form.words !== undefined) return encodeWords(form.vr, form.words, values, context)
  return encodeValuesOfText(form, values, context)
}

// -----------------------------------------------------------------------------
// how many
// -----------------------------------------------------------------------------

/** Whether a VM (PS3.5 section 6.4) permits so many values. */
export const permits = (vm: string, count: number): boolean => {
  if (vm === "1") return count === 1
  if (vm === "1-n") return count >= 1
  const [least = "1", most = least] = vm.split("-")
  const from = Number(least)
  if (count < from) return false
  if (most === "n") return true
  return most.endsWith("n") ? count % Number(most.slice(0, -1)) === 0 : count <= Number(most)
}
