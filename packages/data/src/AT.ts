/**
 * Attribute tags as values (VR AT, PS3.5 section 6.2): in bytes, and in text as in the DICOM JSON Model (PS3.18 section
 * F.2.3). What the attribute is, is not this file's business.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as InvalidValue from "./InvalidValue.ts"
import { fromString, withoutPadding } from "./internal/valueText.ts"
import * as Tag from "./Tag.ts"
import type { Encoding } from "./TransferSyntax.ts"

const rule = "a tag as GGGGEEEE or (GGGG,EEEE), in hexadecimal"

/**
 * A tag as a value.
 *
 * @category models
 * @since 0.1.0
 */
export const AT = Tag.Tag

/**
 * @category models
 * @since 0.1.0
 */
export type AT = Tag.Tag

/** How many bytes a tag has. */
const size = 4

/**
 * Reads a tag, with parentheses and a comma or without; spaces at its end are padding.
 *
 * @category codecs
 * @since 0.1.0
 */
export const parse = (text: string): Result.Result<AT, InvalidValue.InvalidValue> => {
  const match = /^(?:\(([0-9a-f]{4}),([0-9a-f]{4})\)|([0-9a-f]{4})([0-9a-f]{4}))$/i.exec(withoutPadding(text))
  if (match === null) return InvalidValue.fail("AT", text, rule)
  const group = match[1] ?? match[3] ?? ""
  const element = match[2] ?? match[4] ?? ""
  return Result.succeed(Tag.make(Number.parseInt(group, 16), Number.parseInt(element, 16)))
}

/**
 * Writes a tag as eight hexadecimal digits.
 *
 * @category codecs
 * @since 0.1.0
 */
export const format = (value: AT): string => hex(value)

const hex = (value: number): string =>
  value
    .toString(16)
    .toUpperCase()
    .padStart(2 * size, "0")

/**
 * The codec between text and {@link AT}.
 *
 * @category codecs
 * @since 0.1.0
 */
export const FromString: Schema.Codec<AT, string> = fromString(AT, parse, hex, rule)

/**
 * Reads the tag at an offset; nothing where fewer than four bytes are left.
 *
 * @category codecs
 * @since 0.1.0
 */
export const fromBytes = (bytes: Uint8Array, offset: number, byteOrder: Encoding["byteOrder"]): AT | undefined => {
  const [a, b, c, d] = bytes.subarray(offset, offset + size)
  if (a === undefined || b === undefined || c === undefined || d === undefined) return undefined
  return byteOrder === "big endian" ? Tag.make((a << 8) | b, (c << 8) | d) : Tag.make((b << 8) | a, (d << 8) | c)
}

/**
 * The four bytes of a tag: group, then element, each in the byte order.
 *
 * @category codecs
 * @since 0.1.0
 */
export const toBytes = (value: AT, byteOrder: Encoding["byteOrder"]): Uint8Array => {
  const group = Tag.group(value)
  const element = Tag.element(value)
  return byteOrder === "big endian"
    ? Uint8Array.of(group >> 8, group, element >> 8, element)
    : Uint8Array.of(group, group >> 8, element, element >> 8)
}
