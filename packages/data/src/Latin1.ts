/**
 * Bytes as the characters of ISO 8859-1, one for each: what AE titles, UIDs and the values of the default character
 * repertoire are read as (PS3.5 section 6.1), whatever else is in them. Character sets are the business of `CharacterSet`.
 *
 * @since 0.1.0
 */

const octet = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0

/** Longer texts are joined of pieces of this many characters: a string of many small ones is slow to read. */
const piece = 256

/**
 * The text of bytes, from `start` up to `end`: by default of all of them.
 *
 * **Example**
 *
 * ```ts
 * import * as Latin1 from "@effect-dicom/data/Latin1"
 *
 * Latin1.decode(Uint8Array.of(0x44, 0x49, 0x43, 0x4d)) // "DICM"
 * ```
 *
 * @category codecs
 * @since 0.1.0
 */
export const decode = (bytes: Uint8Array, start: number = 0, end: number = bytes.length): string => {
  const last = Math.min(end, bytes.length)
  if (last - start > piece) {
    let text = ""
    for (let i = start; i < last; i += piece) text += decode(bytes, i, Math.min(i + piece, last))
    return text
  }
  let text = ""
  let i = start
  // Eight at a time. Most texts are short and read before this is compiled: a call for each character costs ten times as
  // much then, and so does one call for all of them, which makes an array of them first.
  for (; i + 8 <= last; i += 8) {
    text += String.fromCharCode(
      octet(bytes, i),
      octet(bytes, i + 1),
      octet(bytes, i + 2),
      octet(bytes, i + 3),
      octet(bytes, i + 4),
      octet(bytes, i + 5),
      octet(bytes, i + 6),
      octet(bytes, i + 7)
    )
  }
  for (; i < last; i++) text += String.fromCharCode(octet(bytes, i))
  return text
}
