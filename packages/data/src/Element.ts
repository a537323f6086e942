/**
 * A walk over the elements of a data set (PS3.5 section 7): headers are read where they stand, values are left as
 * views.
 *
 * The bytes may be a prefix of the data set: that more are needed is an answer, not an error. Nothing throws, nothing
 * is allocated by a declared length, and passing over a sequence takes time linear in its bytes and no recursion. What
 * values mean is not this file's business.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { u16, u32 } from "./internal/byteOrder.ts"
import * as Tag from "./Tag.ts"
import type { Encoding } from "./TransferSyntax.ts"
import * as Vr from "./Vr.ts"

/**
 * The length that means "undefined": the value ends with a delimiter (PS3.5 section 7.1.1).
 *
 * @category models
 * @since 0.1.0
 */
export const undefinedLength = 0xffffffff

/**
 * How deep sequences of undefined length may nest; deeper is refused.
 *
 * @category models
 * @since 0.1.0
 */
export const maximumDepth = 128

/**
 * The header of an element, and where its value stands. Offsets count from the first of the bytes given.
 *
 * @category models
 * @since 0.1.0
 */
export interface Element {
  readonly _tag: "Element"
  readonly tag: Tag.Tag
  /** The two letters of the VR as written, known or not; nothing in implicit syntaxes and for items and delimiters. */
  readonly vr: string | undefined
  /** Where the tag begins. */
  readonly offset: number
  /** Where the value begins. */
  readonly valueOffset: number
  /** In bytes; {@link undefinedLength} where the value ends with a delimiter. */
  readonly length: number
}

/**
 * The bytes end before what was asked for: `size` of them at least, from the first, are needed.
 *
 * @category models
 * @since 0.1.0
 */
export interface NeedMore {
  readonly _tag: "Need more"
  readonly size: number
}

/**
 * Bytes that are not an element: where, and which rule of PS3.5 section 7 they break.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidElement extends Schema.TaggedError<InvalidElement>()("InvalidElement", {
  /** Where the element's tag begins, in bytes. */
  offset: Schema.Int,
  tag: Schema.optionalKey(Tag.Tag),
  detail: Schema.String
}) {
  override get message(): string {
    return `invalid element${this.tag === undefined ? "" : ` ${Tag.format(this.tag)}`} at byte ${this.offset}: ${
      this.detail
    }`
  }
}

/**
 * What is known of the bytes.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /**
   * The size of the whole, in bytes from the first, where it is known: what goes past it is then invalid, rather than a
   * reason to ask for more.
   */
  readonly size?: number
}

const more = (size: number, at: number, tag: Tag.Tag | undefined, options: Options | undefined) =>
  options?.size !== undefined && size > options.size
    ? invalid(at, tag, `it goes past the end: byte ${size} of ${options.size}`)
    : Result.succeed<NeedMore>({ _tag: "Need more", size })

const invalid = (offset: number, tag: Tag.Tag | undefined, detail: string) =>
  Result.fail(new InvalidElement(tag === undefined ? { offset, detail } : { offset, tag, detail }))

const letters = (first: number, second: number): string => String.fromCharCode(first, second)

/**
 * Reads the header of the element at an offset. Its value need not be among the bytes.
 *
 * @category codecs
 * @since 0.1.0
 */
export const read = (
  bytes: Uint8Array,
  offset: number,
  encoding: Encoding,
  options?: Options
): Result.Result<Element | NeedMore, InvalidElement> => {
  const big = encoding.byteOrder === "big endian"
  if (offset + 8 > bytes.length) return more(offset + 8, offset, undefined, options)
  const group = u16(bytes, offset, big)
  const tag = Tag.make(group, u16(bytes, offset + 2, big))
  let vr: string | undefined
  let valueOffset = offset + 8
  let length: number
  if (group === 0xfffe || !encoding.explicitVr) {
    length = u32(bytes, offset + 4, big)
  } else {
    const first = bytes[offset + 4] ?? 0
    const second = bytes[offset + 5] ?? 0
    if (!Vr.isName(first, second)) {
      return invalid(
        offset,
        tag,
        `its VR is ${first.toString(16).padStart(2, "0")}H ${second.toString(16).padStart(2, "0")}H; ` +
          "permitted: two capital letters"
      )
    }
    vr = letters(first, second)
    if (Vr.isLong(first, second)) {
      valueOffset = offset + 12
      if (valueOffset > bytes.length) return more(valueOffset, offset, tag, options)
      length = u32(bytes, offset + 8, big)
    } else {
      length = u16(bytes, offset + 6, big)
    }
  }
  if (options?.size !== undefined && length !== undefinedLength && valueOffset + length > options.size) {
    const left = Math.max(0, options.size - valueOffset)
    return invalid(offset, tag, `its length is ${length}; to the end there are ${left}`)
  }
  return Result.succeed<Element>({ _tag: "Element", tag, vr, offset, valueOffset, length })
}

/**
 * Gives the value of an element as a view, where all of it is among the bytes.
 *
 * @category getters
 * @since 0.1.0
 */
export const value = (bytes: Uint8Array, element: Element): Uint8Array | undefined =>
  element.length === undefinedLength || element.valueOffset + element.length > bytes.length
    ? undefined
    : bytes.subarray(element.valueOffset, element.valueOffset + element.length)

const undefinedNotPermitted = (element: Element) =>
  invalid(element.offset, element.tag, `its length is undefined; permitted with VR ${element.vr}: a defined one`)

/** The encoding inside of a UN of undefined length (PS3.5 section 6.2.2 note 2, from CP-246). */
const implicitLittleEndian: Encoding = { byteOrder: "little endian", explicitVr: false }

/** What has an undefined length, and so holds up to its delimiter: items, elements, or fragments of pixel data. */
type Inside = "sequence" | "item" | "fragments"

const inside = (element: Element): Inside | undefined => {
  switch (element.vr) {
    case undefined:
      return element.tag === Tag.PixelData ? "fragments" : element.tag === Tag.Item ? "item" : "sequence"
    case "SQ":
    case "UN":
      return "sequence"
    case "OB":
    case "OW":
      return "fragments"
    default:
      return undefined
  }
}

/**
 * Gives where the next element begins. Behind a value of a defined length that is arithmetic, whether or not the value
 * is among the bytes; a value of undefined length is passed over item by item.
 *
 * @category codecs
 * @since 0.1.0
 */
export const skip = (
  bytes: Uint8Array,
  element: Element,
  encoding: Encoding,
  options?: Options
): Result.Result<number | NeedMore, InvalidElement> => {
  if (element.length !== undefinedLength) return Result.succeed(element.valueOffset + element.length)
  const outermost = inside(element)
  if (outermost === undefined) {
    return undefinedNotPermitted(element)
  }
  // One level for each thing of undefined length that is open; the last is the innermost.
  const levels: Array<Inside> = [outermost]
  const encodings: Array<Encoding> = [element.vr === "UN" ? implicitLittleEndian : encoding]
  let at = element.valueOffset
  for (;;) {
    const level = levels[levels.length - 1]
    const current = encodings[encodings.length - 1]
    if (level === undefined || current === undefined) return Result.succeed(at)
    const header = read(bytes, at, current, options)
    if (Result.isFailure(header)) return Result.fail(header.failure)
    const next = header.success
    if (next._tag === "Need more") return Result.succeed(next)
    const { length, tag } = next
    at = next.valueOffset
    if (tag === Tag.SequenceDelimitationItem || tag === Tag.ItemDelimitationItem) {
      const ends = tag === Tag.ItemDelimitationItem ? level === "item" : level !== "item"
      if (!ends) return invalid(next.offset, tag, `it ends nothing: what is open is ${named[level]}`)
      if (length !== 0) return invalid(next.offset, tag, `its length is ${length}; permitted: 0`)
      levels.pop()
      encodings.pop()
      continue
    }
    if (level === "item") {
      if (tag === Tag.Item) return invalid(next.offset, tag, "it stands in an item; permitted: an element")
      if (length !== undefinedLength) {
        at += length
        continue
      }
      const opens = inside(next)
      if (opens === undefined) {
        return undefinedNotPermitted(next)
      }
      levels.push(opens)
      encodings.push(next.vr === "UN" ? implicitLittleEndian : current)
    } else {
      if (tag !== Tag.Item) return invalid(next.offset, tag, `it stands in ${named[level]}; permitted: an item`)
      if (length !== undefinedLength) {
        at += length
        continue
      }
      if (level === "fragments") {
        return invalid(next.offset, tag, "it is a fragment of undefined length; permitted: a defined one")
      }
      levels.push("item")
      encodings.push(current)
    }
    if (levels.length > maximumDepth) {
      return invalid(next.offset, tag, `it nests deeper than ${maximumDepth} levels`)
    }
  }
}

const named: Readonly<Record<Inside, string>> = {
  sequence: "a sequence",
  item: "an item",
  fragments: "pixel data in fragments"
}

/**
 * What a search found: the elements, by tag.
 *
 * @category models
 * @since 0.1.0
 */
export interface Found {
  readonly _tag: "Found"
  readonly elements: ReadonlyMap<Tag.Tag, Element>
}

/**
 * Finds elements of the data set's first level, and stops behind the last of them: elements ascend by tag (PS3.5
 * section 7.1). Values found are wholly among the bytes. Each wanted tag is found or, where the walk has passed its
 * place, absent.
 *
 * **Details**
 *
 * Without `size` the data set has no end, and a search that meets the end of the bytes needs more of them. With larger
 * and larger prefixes, each at least twice the one before, the whole stays linear.
 *
 * @category operations
 * @since 0.1.0
 */
export const find = (
  bytes: Uint8Array,
  offset: number,
  encoding: Encoding,
  wanted: ReadonlyArray<Tag.Tag>,
  options?: Options
): Result.Result<Found | NeedMore, InvalidElement> => {
  const elements = new Map<Tag.Tag, Element>()
  let last = 0
  for (const tag of wanted) last = Math.max(last, tag)
  let at = offset
  while (options?.size === undefined || at < options.size) {
    const header = read(bytes, at, encoding, options)
    if (Result.isFailure(header)) return Result.fail(header.failure)
    const element = header.success
    if (element._tag === "Need more") return Result.succeed(element)
    if (element.tag > last) break
    if (wanted.includes(element.tag)) {
      const end = element.valueOffset + element.length
      if (element.length !== undefinedLength && end > bytes.length) {
        return Result.succeed<NeedMore>({ _tag: "Need more", size: end })
      }
      if (!elements.has(element.tag)) elements.set(element.tag, element)
      if (elements.size === wanted.length) break
    }
    const next = skip(bytes, element, encoding, options)
    if (Result.isFailure(next)) return Result.fail(next.failure)
    if (typeof next.success !== "number") return Result.succeed(next.success)
    at = next.success
  }
  return Result.succeed<Found>({ _tag: "Found", elements })
}
