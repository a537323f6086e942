/** Data sets without a word on how they are written: which transfer syntax one looks like. */
import * as Result from "effect/Result"
import * as Element from "../Element.ts"
import * as Tag from "../Tag.ts"
import * as TransferSyntax from "../TransferSyntax.ts"
import * as Vr from "../Vr.ts"

/** A first value longer than this is not what a data set begins with. */
const plausibleLength = 0x10000

/**
 * Which transfer syntax the data set at an offset looks like. It looks like one if a second element with a greater tag
 * follows the first; where nothing before it has said that this is DICOM, the first must be of a group from 0004 to
 * 0010. Otherwise, why it looks like none; or that more bytes are needed to say, up to `maximumHead`.
 */
export const recognise = (
  bytes: Uint8Array,
  at: number,
  announced: boolean,
  maximumHead: number,
  options: Element.Options | undefined
): TransferSyntax.TransferSyntax | Element.NeedMore | string => {
  const size = options?.size ?? Infinity
  if (at + 8 > size) return "the data set is too short to be one"
  if (at + 8 > bytes.length) return { _tag: "Need more", size: at + 8 }
  const looks = (syntax: TransferSyntax.TransferSyntax): true | Element.NeedMore | string => {
    const header = Element.read(bytes, at, syntax, options)
    if (Result.isFailure(header)) return header.failure.message
    const first = header.success
    if (first._tag === "Need more") return first
    if (first.length > plausibleLength && first.length !== Element.undefinedLength) {
      return `its first element has length ${first.length}`
    }
    const end = Element.skip(bytes, first, syntax, options)
    if (Result.isFailure(end)) return end.failure.message
    if (typeof end.success !== "number") {
      return end.success.size > maximumHead
        ? `its second element is not within the first ${maximumHead} bytes`
        : end.success
    }
    if (end.success === size) return true
    const following = Element.read(bytes, end.success, syntax, options)
    if (Result.isFailure(following)) return following.failure.message
    const second = following.success
    if (second._tag === "Need more") return second
    return second.tag > first.tag || `${Tag.format(second.tag)} follows ${Tag.format(first.tag)}`
  }
  const littleGroup = ((bytes[at + 1] ?? 0) << 8) | (bytes[at] ?? 0)
  const bigGroup = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
  // Groups at the beginning of a data set are small numbers: 0008 is not taken for 0800.
  const little = littleGroup <= bigGroup
  const group = Math.min(littleGroup, bigGroup)
  const explicit = Vr.isKnown(bytes[at + 4] ?? 0, bytes[at + 5] ?? 0)
  if ((!announced && !(group >= 0x0004 && group <= 0x0010 && group % 2 === 0)) || (!explicit && !little)) {
    return "there is no element that a data set begins with"
  }
  const candidate = !explicit
    ? TransferSyntax.ImplicitVRLittleEndian
    : little
      ? TransferSyntax.ExplicitVRLittleEndian
      : TransferSyntax.ExplicitVRBigEndian
  const answer = looks(candidate)
  if (answer === true) return candidate
  return typeof answer === "string" ? `it does not read as ${candidate.name}: ${answer}` : answer
}
