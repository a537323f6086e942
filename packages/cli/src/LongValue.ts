/**
 * Values too long to be held, as `dicom dump` prints them to their end: in pieces, as their bytes come.
 *
 * @since 0.1.0
 */
import type * as Tag from "@effect-dicom/data/Tag"
import { decode, empty, formatNumbers, harmless, multiplicity, sizeOf, texts } from "./DumpValue.ts"
import type { Context, Value } from "./DumpValue.ts"

/**
 * Where bytes are cut: how many of them are whole, and can go on their way.
 *
 * @category models
 * @since 0.1.0
 */
export type Cut = (bytes: Uint8Array) => number

/**
 * Between units of so many bytes.
 *
 * @category models
 * @since 0.1.0
 */
export const units =
  (size: number): Cut =>
  (bytes) =>
    bytes.length - (bytes.length % size)

/** Text that cannot be cut is held up to so many bytes. */
const longestHeld = 1 << 20

/** Character sets without escape sequences, in which a blank is part of no other character. */
const stateless: ReadonlySet<string> = new Set(["", "ISO_IR 192", "GB18030", "GBK"])

/**
 * Between words, before the blank, so that no piece but the last has padding at its end; where there are escape sequences
 * between lines, since behind the end of one each character set is what it was at the beginning (PS3.5 section 6.1.2.5.3).
 *
 * @category models
 * @since 0.1.0
 */
export const words = (terms: ReadonlyArray<string>): Cut => {
  const isStateless = terms.length <= 1 && stateless.has(terms[0] ?? "")
  const isEnd = (byte: number | undefined): boolean => byte === 0x0a || (isStateless && byte === 0x20)
  const isPadding = (byte: number | undefined): boolean => byte === 0x20 || byte === 0
  return (bytes) => {
    for (let at = bytes.length - 1; at > 0; at--) if (isEnd(bytes[at]) && !isPadding(bytes[at - 1])) return at
    return bytes.length > longestHeld ? bytes.length : 0
  }
}

/**
 * Puts bytes that come in chunks of any size into pieces that are whole.
 *
 * @category models
 * @since 0.1.0
 */
export class Pieces {
  readonly #cut: Cut
  #rest = new Uint8Array(0)

  constructor(cut: Cut) {
    this.#cut = cut
  }

  /** As much as is whole of what has come and was not given before. */
  push(bytes: Uint8Array): Uint8Array {
    let joined = bytes
    if (this.#rest.length > 0) {
      joined = new Uint8Array(this.#rest.length + bytes.length)
      joined.set(this.#rest)
      joined.set(bytes, this.#rest.length)
    }
    const end = this.#cut(joined)
    this.#rest = new Uint8Array(joined.subarray(end))
    return joined.subarray(0, end)
  }

  /** What is left, once all has come. */
  end(): Uint8Array {
    return this.#rest
  }
}

/**
 * What is printed of one value.
 *
 * @category models
 * @since 0.1.0
 */
export class LongValue implements Value {
  readonly tag: Tag.Tag
  readonly vr: string
  /** As it is declared, in bytes. */
  readonly length: number
  /** None is kept. */
  readonly bytes = new Uint8Array(0)
  backslashes = 0
  readonly #context: Context
  readonly #pieces: Pieces
  #come = 0
  #isEmpty = true
  #width = 0

  constructor(value: Pick<Value, "tag" | "vr" | "length">, context: Context) {
    this.tag = value.tag
    this.vr = value.vr
    this.length = value.length
    this.#context = context
    this.#pieces = new Pieces(texts.has(value.vr) ? words(context.characterSet.terms) : units(sizeOf(value.vr)))
  }

  /** How many characters of it were printed. */
  get width(): number {
    return this.#width
  }

  /** How many values there are, once all has come. */
  get multiplicity(): number {
    return this.#isEmpty && texts.has(this.vr) ? 0 : multiplicity(this)
  }

  /** What is printed of it now. */
  push(bytes: Uint8Array): string {
    this.#come += bytes.length
    return this.#counted(this.#print(this.#pieces.push(bytes)))
  }

  /** The end of what is printed, once all has come. */
  end(): string {
    const isText = texts.has(this.vr)
    const rest = this.#pieces.end()
    const last = isText
      ? this.#print(rest.subarray(0, rest.findLastIndex((byte) => byte !== 0x20 && byte !== 0) + 1))
      : ""
    const isCut = this.#come < this.length
    const close = this.#isEmpty ? (isCut ? "" : empty) : isText && !isCut ? "]" : ""
    return this.#counted(`${last}${close}${isCut ? "..." : ""}`)
  }

  #counted(text: string): string {
    this.#width += text.length
    return text
  }

  #print(piece: Uint8Array): string {
    if (piece.length === 0) return ""
    const isText = texts.has(this.vr)
    const begin = this.#isEmpty ? (isText ? "[" : "") : isText ? "" : "\\"
    this.#isEmpty = false
    if (!isText) return begin + formatNumbers(this.vr, piece, this.#context.bigEndian)
    for (let at = piece.indexOf(0x5c); at >= 0; at = piece.indexOf(0x5c, at + 1)) this.backslashes++
    return begin + harmless(decode(this.vr, piece, this.#context.characterSet))
  }
}
