/** What the profile, with some of its options, does to an attribute: PS3.15 Table E.1-1, read on the first question. */
import type { DateOption, Option } from "../Deidentification.ts"
import type * as Tag from "../Tag.ts"
import { confidentialityTable } from "./generated/confidentialityTable.ts"

/**
 * An action of PS3.15 Table E.1-1a: remove, make empty, put a dummy value, map UIDs, keep, clean.
 *
 * Where the table leaves a choice to the IOD ("X/Z/D"), it is the one of its actions that every IOD permits. No action of
 * a choice leaves the value where it is.
 */
export type Action = "X" | "Z" | "D" | "U" | "K" | "C"

export interface Rule {
  readonly action: Action
  /** What is done instead where a value cannot be cleaned. */
  readonly otherwise: Action
  /** Who says so, for the report. */
  readonly source: string
}

/** What the table says of an attribute. */
export interface Row {
  /** As printed. */
  readonly basicProfile: string
  /** A character for each option, in the order of the columns. */
  readonly options: string
}

const columns: ReadonlyArray<Option> = [
  "Retain UIDs",
  "Retain Device Identity",
  "Retain Institution Identity",
  "Retain Patient Characteristics",
  "Retain Longitudinal Temporal Information Full Dates",
  "Retain Longitudinal Temporal Information Modified Dates",
  "Clean Descriptors",
  "Clean Structured Content",
  "Clean Graphics"
]

/** The column of an option. */
export const columnOf = (option: Option): number => columns.indexOf(option)

interface Table {
  readonly byTag: ReadonlyMap<number, Row>
  readonly repeating: ReadonlyArray<{ readonly mask: number; readonly value: number; readonly row: Row }>
}

let table: Table | undefined

const read = (): Table => {
  const byTag = new Map<number, Row>()
  const repeating: Array<Table["repeating"][number]> = []
  for (const line of confidentialityTable.split("\n")) {
    const [pattern = "", basicProfile = "", options = ""] = line.split("\t")
    const row = { basicProfile, options }
    const value = Number.parseInt(pattern.replaceAll("x", "0"), 16)
    const mask = Number.parseInt(pattern.replace(/[^x]/g, "f").replaceAll("x", "0"), 16)
    if (pattern.includes("x")) repeating.push({ mask, value, row })
    else byTag.set(value, row)
  }
  return { byTag, repeating }
}

/** The row of an attribute that is not private. */
export const rowOf = (tag: Tag.Tag): Row | undefined => {
  const { byTag, repeating } = (table ??= read())
  return byTag.get(tag) ?? repeating.find(({ mask, value }) => ((tag & mask) ^ value) === 0)?.row
}

const choices: { readonly [basicProfile: string]: Action } = {
  X: "X",
  Z: "Z",
  D: "D",
  U: "U",
  "X/Z": "Z",
  "X/D": "D",
  "Z/D": "D",
  "X/Z/D": "D",
  "X/Z/U*": "U"
}

/** What is done to an attribute of a row: to keep it goes before to clean it, and that before the Basic Profile. */
export const ruleOf = (row: Row, options: ReadonlySet<Option>): Rule => {
  const otherwise = choices[row.basicProfile] ?? "X"
  let clean: Option | undefined
  for (const [i, option] of columns.entries()) {
    const action = row.options[i]
    if (action === "-" || !options.has(option)) continue
    if (action === "K") return { action: "K", otherwise, source: `${option} Option: K` }
    clean ??= option
  }
  return clean === undefined
    ? { action: otherwise, otherwise, source: `Basic Profile: ${row.basicProfile}` }
    : { action: "C", otherwise, source: `${clean} Option: C` }
}

// -----------------------------------------------------------------------------
// attributes that the table does not list
// -----------------------------------------------------------------------------

/** Attributes whose UIDs name kinds of things, not things: the same for everybody. */
const kinds =
  /SOPClass|TransferSyntaxUID|^(CodingScheme|Context|ContextGroupExtensionCreator|MappingResource|CreatorVersion|SegmentationTemplate|ImplementationClass)UID$/

/** Attributes of the Code Sequence Macro (PS3.3 section 8.8), whose text says which code it is. */
const codes = /^((Long|URN)?CodeValue|CodingScheme(Designator|Version)|CodeMeaning|ContextIdentifier|MappingResource)$/

const dates: Record<DateOption | "none", Omit<Rule, "otherwise">> = {
  none: { action: "D", source: "not listed; a date or a time" },
  full: { action: "K", source: "Retain Longitudinal Temporal Information Full Dates Option, by VR: K" },
  modified: { action: "C", source: "Retain Longitudinal Temporal Information Modified Dates Option, by VR: C" }
}

/**
 * What is done to an attribute of the dictionary that the table does not list: kept, but for what its VR gives away. The
 * table has no row for some attributes whose values are UIDs of instances, persons' names, dates or times; where text is
 * to be cleaned, it has none for text in content items and graphic annotations either.
 */
export const unlisted = (
  keyword: string,
  vr: string,
  settings: { readonly dates: DateOption | "none"; readonly options: ReadonlySet<Option>; readonly cleans: boolean }
): Rule => {
  switch (vr) {
    case "UI":
      return kinds.test(keyword)
        ? { action: "K", otherwise: "K", source: "not listed" }
        : settings.options.has("Retain UIDs")
          ? { action: "K", otherwise: "U", source: "Retain UIDs Option, by VR: K" }
          : { action: "U", otherwise: "U", source: "not listed; a UID" }
    case "DA":
    case "DT":
    case "TM":
      return { ...dates[settings.dates], otherwise: "D" }
    case "PN":
      return { action: "D", otherwise: "D", source: "not listed; a person's name" }
    case "LO":
    case "LT":
    case "SH":
    case "ST":
    case "UC":
    case "UT":
      if (settings.cleans && !codes.test(keyword)) {
        return { action: "C", otherwise: "D", source: "not listed; text in what is cleaned" }
      }
  }
  return { action: "K", otherwise: "K", source: "not listed" }
}
