/** Values that say nothing, consistent with their VR: those of action D of PS3.15 Table E.1-1a. */
import * as DataElement from "../DataElement.ts"
import * as Tag from "../Tag.ts"
import { numbers, words } from "./binaryValues.ts"
import { isVr } from "./valueBytes.ts"

const removed = "REMOVED"

const texts: { readonly [vr: string]: string } = {
  AE: removed,
  AS: "000Y",
  CS: removed,
  DA: "19000101",
  DS: "0",
  DT: "19000101000000",
  IS: "0",
  LO: removed,
  LT: removed,
  PN: removed,
  SH: removed,
  ST: removed,
  TM: "000000",
  UC: removed,
  UR: "urn:removed",
  UT: removed
}

/** Of private coding schemes the designators begin with 99 (PS3.16 section 8.2). */
const codingSchemeDesignator = Tag.make(0x0008, 0x0102)

/** An element of characters that every character set has at the same place, padded. */
export const ascii = (tag: Tag.Tag, vr: string, text: string): DataElement.Value => {
  const bytes = new Uint8Array(text.length + (text.length & 1))
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  if (text.length < bytes.length) bytes[text.length] = vr === "UI" ? 0x00 : 0x20
  return DataElement.value(tag, isVr(vr) ? vr : "UN", bytes)
}

/**
 * The dummy of an element that has `length` bytes: numbers become as many zeros, or one where there was none, and so do
 * words; bytes become two zeros, whatever they were. Not of sequences.
 */
export const dummy = (tag: Tag.Tag, vr: string, length: number): DataElement.Value => {
  const text = tag === codingSchemeDesignator ? `99${removed}` : texts[vr]
  if (text !== undefined) return ascii(tag, vr, text)
  const one = isVr(vr) ? (numbers[vr] ?? words[vr])?.size : undefined
  const zeros = one === undefined || one === 1 ? 2 : length === 0 ? one : length + (length & 1)
  return DataElement.value(tag, isVr(vr) ? vr : "UN", new Uint8Array(zeros))
}

/** The element without a value. */
export const empty = (tag: Tag.Tag, vr: string): DataElement.DataElement =>
  vr === "SQ" ? DataElement.sequence(tag, []) : ascii(tag, vr, "")
