/** What PS3.18 Annex F makes of each VR. */
import * as Tag from "../Tag.ts"
import type { Vr } from "../Vr.ts"

/** What an attribute of a VR is in JSON (PS3.18 Table F.2.3-1). */
export type Form = "text" | "texts" | "name" | "decimal" | "numbers" | "long numbers" | "tags" | "words" | "sequence"

export const forms: { readonly [vr in Vr]: Form } = {
  AE: "texts",
  AS: "texts",
  AT: "tags",
  CS: "texts",
  DA: "texts",
  DS: "decimal",
  DT: "texts",
  FD: "numbers",
  FL: "numbers",
  IS: "decimal",
  LO: "texts",
  LT: "text",
  OB: "words",
  OD: "words",
  OF: "words",
  OL: "words",
  OV: "words",
  OW: "words",
  PN: "name",
  SH: "texts",
  SL: "numbers",
  SQ: "sequence",
  SS: "numbers",
  ST: "text",
  SV: "long numbers",
  TM: "texts",
  UC: "texts",
  UI: "texts",
  UL: "numbers",
  UN: "words",
  UR: "text",
  US: "numbers",
  UT: "text",
  UV: "long numbers"
}

export const isVr = (vr: string): vr is Vr => Object.hasOwn(forms, vr)

/** VRs whose values may be elsewhere (PS3.18 section F.2.2). */
export const bulkVrs: ReadonlySet<string> = new Set<Vr>([
  "DS",
  "FL",
  "FD",
  "IS",
  "LT",
  "OB",
  "OD",
  "OF",
  "OL",
  "OV",
  "OW",
  "SL",
  "SS",
  "ST",
  "SV",
  "UC",
  "UL",
  "UN",
  "US",
  "UT",
  "UV"
])

/** The bytes of a word, of VRs of words longer than one. */
export const wordSizes: { readonly [vr: string]: number } = { OW: 2, OL: 4, OF: 4, OD: 8, OV: 8 }

export const littleEndian = (bytes: Uint8Array, size: number): Uint8Array => {
  const swapped = Uint8Array.from(bytes)
  for (let at = 0; at + size <= swapped.length; at += size) swapped.subarray(at, at + size).reverse()
  return swapped
}

/** (0008,0005), in which the other values of a data set are written. */
export const SpecificCharacterSet = Tag.make(0x0008, 0x0005)
