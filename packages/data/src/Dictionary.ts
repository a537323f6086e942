/**
 * The registry of DICOM data elements (PS3.6 chapters 6 to 8, PS3.7 Annex E): what a tag is called, its VR and its VM,
 * for who meets a tag at run time. Attributes by name in a program are `Attribute.ts`'s business.
 *
 * @since 0.1.0
 */
import { attributeTable } from "./internal/generated/attributeTable.ts"
import * as Tag from "./Tag.ts"
import type { Vr } from "./Vr.ts"

/**
 * The VR of an attribute as the dictionary prints it: of some, others of the data set's elements tell which of two or
 * three it is (PS3.5 section A.1).
 *
 * @category models
 * @since 0.1.0
 */
export type AttributeVr = Vr | "OB or OW" | "US or SS" | "US or OW" | "US or SS or OW"

/**
 * One row of the dictionary.
 *
 * @category models
 * @since 0.1.0
 */
export interface Entry {
  /** Eight hexadecimal digits, with x for those that vary where the attribute repeats: "60xx0010". */
  readonly pattern: string
  readonly vr: AttributeVr
  /** How many values: "1", "1-n", "2-2n" ... (PS3.5 section 6.4). */
  readonly vm: string
  readonly name: string
  /** Empty for a few that the standard has retired without a name. */
  readonly keyword: string
  readonly retired: boolean
}

/** A tag that repeats: those bits that are fixed, and what they are. */
interface Repeating {
  readonly mask: number
  readonly value: number
  readonly entry: Entry
}

const toRepeating = (entry: Entry): Repeating => ({
  mask: Number.parseInt(entry.pattern.replace(/[^x]/g, "f").replace(/x/g, "0"), 16),
  value: Number.parseInt(entry.pattern.replace(/x/g, "0"), 16),
  entry
})

interface Table {
  readonly entries: ReadonlyArray<Entry>
  readonly byTag: ReadonlyMap<number, Entry>
  readonly byKeyword: ReadonlyMap<string, Entry>
  readonly repeating: ReadonlyArray<Repeating>
}

let table: Table | undefined

const readTable = (): Table => {
  const entries: Array<Entry> = []
  const byTag = new Map<number, Entry>()
  const byKeyword = new Map<string, Entry>()
  const repeating: Array<Repeating> = []
  for (const row of attributeTable.split("\n")) {
    const [pattern = "", vr = "", vm = "", name = "", retired = "", keyword = ""] = row.split("\t")
    // items and delimiters have no VR (PS3.5 section 7.5)
    if (vr === "NONE") continue
    // the cast: the generator has checked each VR
    const entry: Entry = { pattern, vr: vr as AttributeVr, vm, name, keyword, retired: retired !== "" }
    entries.push(entry)
    if (keyword !== "") byKeyword.set(keyword, entry)
    if (pattern.includes("x")) repeating.push(toRepeating(entry))
    else byTag.set(Number.parseInt(pattern, 16), entry)
  }
  return { entries, byTag, byKeyword, repeating }
}

/**
 * Finds the row of a tag, also of one that repeats. Nothing for private tags and group lengths: the dictionary does not
 * list them. The table is read on the first call, not on import.
 *
 * **Example**
 *
 * ```ts
 * import * as Dictionary from "@effect-dicom/data/Dictionary"
 * import * as Tag from "@effect-dicom/data/Tag"
 *
 * Dictionary.find(Tag.make(0x0010, 0x0010))?.name // "Patient's Name"
 * Dictionary.find(Tag.make(0x6002, 0x0010))?.keyword // "OverlayRows"
 * ```
 *
 * @category operations
 * @since 0.1.0
 */
export const find = (tag: Tag.Tag): Entry | undefined => {
  const { byTag, repeating } = (table ??= readTable())
  const found = byTag.get(tag)
  // Curves, overlays and the like repeat in even groups only: an odd one is private (PS3.5 section 7.6).
  return found !== undefined || Tag.isPrivate(tag)
    ? found
    : repeating.find(({ mask, value }) => ((tag & mask) ^ value) === 0)?.entry
}

/**
 * Finds the row of a keyword, such as "PatientName".
 *
 * @category operations
 * @since 0.1.0
 */
export const fromKeyword = (keyword: string): Entry | undefined => (table ??= readTable()).byKeyword.get(keyword)

/**
 * Every row, in the order of the tables; without items and delimiters, which have no VR.
 *
 * @category operations
 * @since 0.1.0
 */
export const all = (): ReadonlyArray<Entry> => (table ??= readTable()).entries

/**
 * The tag of a row; of one that repeats the first, with zeros for the digits that vary.
 *
 * @category getters
 * @since 0.1.0
 */
export const tag = (entry: Entry): Tag.Tag => {
  const digits = entry.pattern.replace(/x/g, "0")
  return Tag.make(Number.parseInt(digits.slice(0, 4), 16), Number.parseInt(digits.slice(4), 16))
}

/**
 * The keyword of a tag for a reader: of the dictionary, or what a tag outside of it is.
 *
 * **Example**
 *
 * ```ts
 * import * as Dictionary from "@effect-dicom/data/Dictionary"
 * import * as Tag from "@effect-dicom/data/Tag"
 *
 * Dictionary.keyword(Tag.PixelData) // "PixelData"
 * Dictionary.keyword(Tag.make(0x0009, 0x0010)) // "PrivateCreator"
 * ```
 *
 * @category operations
 * @since 0.1.0
 */
export const keyword = (tag: Tag.Tag): string => {
  const found = find(tag)?.keyword
  if (found !== undefined && found !== "") return found
  const element = Tag.element(tag)
  if (element === 0) return "GroupLength"
  if (!Tag.isPrivate(tag)) return "Unknown"
  return element >= 0x10 && element <= 0xff ? "PrivateCreator" : "Private"
}
