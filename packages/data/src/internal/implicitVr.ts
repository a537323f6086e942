/**
 * The VR of an element whose syntax does not say it (PS3.5 section 6.2 and Annex A.1): as PS3.6 has it, and where that
 * leaves a choice, as the elements beside and above it decide.
 *
 * @since 0.1.0
 */
import { repeating, tagsByVr } from "./generated/implicitVr.ts"

let table: ReadonlyMap<number, string> | undefined

const build = (): ReadonlyMap<number, string> => {
  const map = new Map<number, string>()
  for (const [vr, tags] of tagsByVr) {
    let tag = 0
    for (const distance of tags.split(" ")) {
      tag += parseInt(distance, 36)
      map.set(tag, vr)
    }
  }
  return map
}

/**
 * The VR of PS3.6, which may be a choice ("US or SS"); UN where it is not known. A group length is UL, and a private
 * creator LO (PS3.5 sections 7.2 and 7.8.1).
 */
export const implicitVr = (tag: number): string => {
  const vr = (table ??= build()).get(tag)
  if (vr !== undefined) return vr
  const element = tag & 0xffff
  if (element === 0) return "UL"
  if ((tag & 0x10000) !== 0) return element >= 0x0010 && element <= 0x00ff ? "LO" : "UN"
  for (const [mask, value, vr] of repeating) {
    if ((tag & mask) >>> 0 === value) return vr
  }
  return "UN"
}

/** (0028,0103), (0028,3002), (0028,1100) and (5400,1004): their numbers decide choices. */
export const pixelRepresentation = 0x00280103
export const lutDescriptor = 0x00283002
export const grayLutDescriptor = 0x00281100
export const waveformBitsAllocated = 0x54001004

/** Curve Data (50xx,3000), retired. */
const isCurveData = (tag: number): boolean => (tag & 0xff00ffff) === 0x50003000

/** The first number of an element of a data set or item; if it has none, of what encloses it where that is asked for. */
export type FirstNumber = (tag: number, enclosing: boolean) => number | undefined

/**
 * Which VR of a choice it is: "US or SS" by Pixel Representation, US where there is none; "US or OW" is US for a table
 * of one entry; "OB or OW" is OW, as PS3.5 section A.1 has it for implicit syntaxes, but OB for waveforms of 8 bits
 * (section 8.3) and for curves (section A.1 of 2004, the last to have them).
 */
export const resolve = (vr: string, tag: number, first: FirstNumber): string => {
  switch (vr) {
    case "US or SS":
      return first(pixelRepresentation, true) === 1 ? "SS" : "US"
    case "US or OW":
      return first(lutDescriptor, false) === 1 ? "US" : "OW"
    case "US or SS or OW":
      return first(grayLutDescriptor, false) === 1 ? "US" : "OW"
    default:
      if (isCurveData(tag)) return "OB"
      return tag >>> 16 === 0x5400 && first(waveformBitsAllocated, true) === 8 ? "OB" : "OW"
  }
}

/** Whether values of this tag decide choices. */
export const isDeciding = (tag: number): boolean =>
  tag === pixelRepresentation || tag === lutDescriptor || tag === grayLutDescriptor || tag === waveformBitsAllocated
