/** Base 64 (RFC 4648 section 4), with padding and without line breaks. */
import * as encodingStandard from "./encodingStandard.ts"

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

const digits = Uint8Array.from(alphabet, (digit) => digit.charCodeAt(0))

/** The value of each digit, 64 for what is none. */
const values = new Uint8Array(128).fill(64)
for (let i = 0; i < digits.length; i++) values[digits[i] ?? 0] = i

const padding = 0x3d

/** The text of bytes. */
export const encode = (bytes: Uint8Array): string => {
  const length = bytes.length
  const text = new Uint8Array(Math.ceil(length / 3) * 4)
  let at = 0
  for (let i = 0; i < length; i += 3) {
    const word = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    text[at++] = digits[word >> 18] ?? 0
    text[at++] = digits[(word >> 12) & 63] ?? 0
    text[at++] = i + 1 < length ? (digits[(word >> 6) & 63] ?? 0) : padding
    text[at++] = i + 2 < length ? (digits[word & 63] ?? 0) : padding
  }
  return encodingStandard.decode("utf-8", text)
}

/** The bytes of a text, or nothing where it is not base 64. */
export const decode = (text: string): Uint8Array | undefined => {
  if (text.length % 4 !== 0) return undefined
  const padded = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0
  const bytes = new Uint8Array((text.length / 4) * 3 - padded)
  const count = text.length - padded
  let at = 0
  let word = 0
  for (let i = 0; i < count; i++) {
    const value = values[text.charCodeAt(i)] ?? 64
    if (value === 64) return undefined
    word = (word << 6) | value
    if (i % 4 === 3) {
      bytes[at++] = word >> 16
      bytes[at++] = word >> 8
      bytes[at++] = word
      word = 0
    }
  }
  // What is left of the last digit is to be zero.
  if (padded === 1) {
    if ((word & 3) !== 0) return undefined
    bytes[at++] = word >> 10
    bytes[at++] = word >> 2
  } else if (padded === 2) {
    if ((word & 15) !== 0) return undefined
    bytes[at++] = word >> 4
  }
  return bytes
}
