/** What the profile, with some of its options, does to an attribute: PS3.15 Table E.1-1, read on the first question. */
import type { DateOption, Option } from "../Deidentification.ts"
import type * as Tag from "../Tag.ts"
import type { AttributeType } from "./attributeTypes.ts"
import { confidentialityTable } from "./generated/confidentialityTable.ts"

/**
 * An action of PS3.15 Table E.1-1a: remove, make empty, put a dummy value, map UIDs, keep, clean.
 *
 * Where the table leaves a choice to the IOD ("X/Z/D"), it is what the attribute's type in the IOD asks for; where that is
 * not known, the one of the actions that every IOD permits. No action of a choice leaves the value where it is.
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

/** What every IOD permits: of a choice the action for an attribute of type 1. */
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

/** What an attribute of a type needs no less than: PS3.15 Table E.1-1a, and PS3.5 section 7.4. */
const chosen = (basicProfile: string, type: AttributeType | undefined): Action => {
  const permitted = choices[basicProfile] ?? "X"
  if (type === undefined || type === "1" || type === "1C") return permitted
  const actions = basicProfile.split("/")
  if (type !== "2" && type !== "2C" && actions.includes("X")) return "X"
  return actions.includes("Z") ? "Z" : permitted
}

/** What is done to an attribute of a row: to keep it goes before to clean it, and that before the Basic Profile. */
export const ruleOf = (row: Row, options: ReadonlySet<Option>, type: AttributeType | undefined): Rule => {
  const otherwise = chosen(row.basicProfile, type)
  let clean: Option | undefined
  for (const [i, option] of columns.entries()) {
    const action = row.options[i]
    if (action === "-" || !options.has(option)) continue
    if (action === "K") return { action: "K", otherwise, source: `${option} Option: K` }
    clean ??= option
  }
  return clean === undefined
    ? { action: otherwise, otherwise, source: `Basic Profile: ${row.basicProfile}${ofType(type, otherwise)}` }
    : { action: "C", otherwise, source: `${clean} Option: C` }
}

/** Why it is this one of a choice. */
const ofType = (type: AttributeType | undefined, action: Action): string =>
  type === undefined ? "" : `${type === "none" ? ", not in the IOD" : `, type ${type} in the IOD`}: ${action}`

// -----------------------------------------------------------------------------
// attributes that the table does not list
// -----------------------------------------------------------------------------

/** Attributes whose UIDs name kinds of things, not things: the same for everybody. */
const kinds =
  /SOPClass|TransferSyntaxUID|^(CodingScheme|Context|ContextGroupExtensionCreator|MappingResource|CreatorVersion|SegmentationTemplate|ImplementationClass)UID$/

/** Attributes of the Code Sequence Macro (PS3.3 section 8.8), whose text says which code it is. */
const codes = /^((Long|URN)?CodeValue|CodingScheme(Designator|Version)|CodeMeaning|ContextIdentifier|MappingResource)$/

const texts = new Set(["LO", "LT", "SH", "ST", "UC", "UT"])

interface Settings {
  readonly dates: DateOption | "none"
  readonly options: ReadonlySet<Option>
}

const dates: Record<DateOption | "none", Omit<Rule, "otherwise">> = {
  none: { action: "D", source: "not listed; a date or a time" },
  full: { action: "K", source: "Retain Longitudinal Temporal Information Full Dates Option, by VR: K" },
  modified: { action: "C", source: "Retain Longitudinal Temporal Information Modified Dates Option, by VR: C" }
}

/**
 * What is done to an attribute of the dictionary that the table does not list: kept, but for what its VR gives away. The
 * table has no row for some attributes whose values are UIDs of instances, persons' names, dates or times, addresses or
 * comments; where text is to be cleaned, it has none for text in content items and graphic annotations either.
 */
export const unlisted = (keyword: string, vr: string, settings: Settings & { readonly cleans: boolean }): Rule => {
  const named =
    vr === "UI" && kinds.test(keyword) ? undefined : (byKeyword(keyword, vr, settings) ?? byVr(vr, settings))
  if (named !== undefined) return named
  return settings.cleans && texts.has(vr) && !codes.test(keyword)
    ? { action: "C", otherwise: "D", source: "not listed; text in what is cleaned" }
    : { action: "K", otherwise: "K", source: "not listed" }
}

/** Attributes in which somebody writes what there is no other for. */
const comments = /Comments?(Trial)?$|^CommentsOn|Notes$|^Overlay(Description|Label)$/

/** Attributes that lead to something of everybody's, or within the same data set. */
const known = new Set(["CodingSchemeURL", "RelativeURIReferenceWithinEncapsulatedDocument", "URNCodeValue"])

/** What is done to some attributes because of what they are. Those of type 1 in any IOD get a dummy value. */
const byKeyword = (
  keyword: string,
  vr: string,
  settings: Settings & { readonly cleans: boolean }
): Rule | undefined => {
  const rule = (action: Action, what: string): Rule => ({ action, otherwise: action, source: `not listed; ${what}` })
  // What the option of this name makes (PS3.15 section E.1.1): whoever has the key has the patient.
  if (keyword === "EncryptedAttributesSequence") return rule("X", "what was there before, encrypted")
  if (keyword === "HL7InstanceIdentifier") return rule("D", "an identifier")
  if (keyword.endsWith("InAlternativeCalendar")) return rule("X", "a date in text")
  if (vr === "UR" && !known.has(keyword)) return rule("D", "an address")
  if (!texts.has(vr) || !comments.test(keyword)) return undefined
  const cleans = settings.cleans || settings.options.has("Clean Descriptors")
  return { ...rule("Z", "a comment"), ...(cleans ? { action: "C" } : {}) }
}

/** What is done to an attribute whose VR gives away what its values are: UIDs, persons' names, dates and times. */
const byVr = (vr: string, settings: Settings): Rule | undefined => {
  switch (vr) {
    case "UI":
      return settings.options.has("Retain UIDs")
        ? { action: "K", otherwise: "U", source: "Retain UIDs Option, by VR: K" }
        : { action: "U", otherwise: "U", source: "not listed; a UID" }
    case "DA":
    case "DT":
    case "TM":
      return { ...dates[settings.dates], otherwise: "D" }
    case "PN":
      return { action: "D", otherwise: "D", source: "not listed; a person's name" }
    default:
      return undefined
  }
}

const option = "Retain Safe Private Option"

/**
 * What is done to a private attribute that is known to be safe. The option is to clean, not to keep: that an attribute
 * does not identify does not make a UID another, nor keep dates that no option keeps.
 */
export const safePrivate = (vr: string, recommended: "D" | "Z" | "U" | undefined, settings: Settings): Rule => {
  if (recommended !== undefined) {
    const action = recommended === "U" && settings.options.has("Retain UIDs") ? "K" : recommended
    return { action, otherwise: recommended, source: `${option}, with (0008,0307): ${recommended}` }
  }
  const rule = byVr(vr, settings)
  return rule === undefined
    ? { action: "K", otherwise: "K", source: `${option}: C` }
    : { ...rule, source: `${option}: C; ${rule.source.replace(/^not listed; /, "")}` }
}
