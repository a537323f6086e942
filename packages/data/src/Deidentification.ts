/**
 * De-identification (PS3.15 Annex E): data sets without what identifies a patient, by the Basic Application Level
 * Confidentiality Profile and its options, and a report of what was done to each element.
 *
 * Pixels are not looked at: text burned into them, and faces, stay, and the report says so. A key and a hash, and files,
 * are the caller's business.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Attribute from "./Attribute.ts"
import * as AttributeValue from "./AttributeValue.ts"
import * as CharacterSet from "./CharacterSet.ts"
import * as DataSet from "./DataSet.ts"
import type * as Dictionary from "./Dictionary.ts"
import * as attributeEditing from "./internal/attributeEditing.ts"
import { cleaner } from "./internal/descriptors.ts"
import { latin, note, walk } from "./internal/profileWalk.ts"
import type { State } from "./internal/profileWalk.ts"
import * as pseudonym from "./internal/pseudonym.ts"
import * as safePrivate from "./internal/safePrivate.ts"
import { ownContext } from "./internal/textContext.ts"
import type { InvalidAttribute } from "./InvalidAttribute.ts"
import * as PersonName from "./PersonName.ts"
import * as Tag from "./Tag.ts"
import type * as TagPath from "./TagPath.ts"
import type * as Uid from "./Uid.ts"

// -----------------------------------------------------------------------------
// settings
// -----------------------------------------------------------------------------

/**
 * The options that add to the Basic Profile or take from it (PS3.15 section E.3), as PS3.16 CID 7050 names them without
 * "Option". Two are not among them, because no data tells whether they were met: Clean Pixel Data, and Clean Recognizable
 * Visual Features.
 *
 * @category models
 * @since 0.1.0
 */
export const Option = Schema.Literals([
  "Retain Safe Private",
  "Retain UIDs",
  "Retain Device Identity",
  "Retain Institution Identity",
  "Retain Patient Characteristics",
  "Retain Longitudinal Temporal Information Full Dates",
  "Retain Longitudinal Temporal Information Modified Dates",
  "Clean Descriptors",
  "Clean Structured Content",
  "Clean Graphics"
])

/**
 * @category models
 * @since 0.1.0
 */
export type Option = typeof Option.Type

/**
 * Which dates stay: as they are, or all of a patient's moved by the same number of days (PS3.15 section E.3.6).
 *
 * @category models
 * @since 0.1.0
 */
export type DateOption = "full" | "modified"

/**
 * A keyed hash, such as HMAC-SHA-256 with a key that is kept secret: at least 16 bytes of a text. The same key gives the
 * same UIDs, and who has it can find out whether a UID stands for one that is known.
 *
 * @category models
 * @since 0.1.0
 */
export type Hash = (text: string) => Uint8Array

/**
 * Private attributes that are known not to identify: one, or without `element` all of a creator's in a group. UIDs, dates
 * and names among them become what they do elsewhere, and what is in their items too.
 *
 * @category models
 * @since 0.1.0
 */
export interface SafePrivate {
  readonly creator: string
  /** Odd. */
  readonly group: number
  /** Within the block, 0 to FFH. */
  readonly element?: number
  /** Its VR, for where it is written as UN, as in Implicit VR: what is a UID, a date or a name is not kept as it is. */
  readonly vr?: string
}

/**
 * The text of an attribute without what identifies, for the options that clean: nothing where it cannot be cleaned. What
 * the Basic Profile says is then done instead.
 *
 * @category models
 * @since 0.1.0
 */
export type Clean = (
  text: string,
  attribute: { readonly tag: Tag.Tag; readonly keyword: string; readonly vr: string }
) => string | undefined

/**
 * How to de-identify.
 *
 * @category models
 * @since 0.1.0
 */
export interface Settings {
  readonly hash: Hash
  /** None by default; those of dates are `dates`. */
  readonly options?: ReadonlyArray<
    Exclude<
      Option,
      "Retain Longitudinal Temporal Information Full Dates" | "Retain Longitudinal Temporal Information Modified Dates"
    >
  >
  /** By default no dates stay. */
  readonly dates?: DateOption
  /** By how many days modified dates are moved; by default the hash says it for each patient. */
  readonly days?: number
  /**
   * Whether patients get an ID and a name, made of their Patient ID by the hash; without one, of their name or the study.
   * By default the name is empty, and the ID a dummy that is the same for all.
   */
  readonly pseudonyms?: boolean
  /** Values that the outermost data set gets, whatever the profile says. */
  readonly replacements?: ReadonlyArray<Replacement>
  /**
   * With "Retain Safe Private": what is safe, besides what PS3.15 Table E.3.10-1 lists (2026a), and what (0008,0300) says
   * is (PS3.3 section C.12.1).
   */
  readonly safePrivate?: ReadonlyArray<SafePrivate>
  /**
   * By default words stay that the standard itself uses, or that describe an examination, and are no word of what
   * identifies in the same data set; of long text (LT, ST, UT) nothing stays.
   */
  readonly clean?: Clean
}

/**
 * An attribute and the value it gets: of the attribute's type, as {@link replacement} makes sure, `null` for an empty one.
 *
 * @category models
 * @since 0.1.0
 */
export interface Replacement {
  readonly attribute: Attribute.Any
  readonly value: unknown
}

/**
 * Makes a replacement.
 *
 * @category constructors
 * @since 0.1.0
 */
export const replacement = <A extends Attribute.Any>(
  attribute: A,
  value: NoInfer<AttributeValue.ValueOf<A>> | null
): Replacement => ({ attribute, value })

// -----------------------------------------------------------------------------
// the report
// -----------------------------------------------------------------------------

/**
 * What was done to an element. Of a sequence that was kept its items' elements follow; of one that was removed they do
 * not.
 *
 * @category models
 * @since 0.1.0
 */
export interface Done {
  readonly path: TagPath.TagPath
  readonly keyword: string
  /** As it was written. */
  readonly vr: string
  readonly action: "removed" | "emptied" | "replaced" | "UID mapped" | "date moved" | "cleaned" | "kept" | "added"
  /** Who says so: the profile or an option, with its action code, or why there is none. */
  readonly rule: string
}

/**
 * What the profile or an option asks for that data alone does not tell, and that was not done.
 *
 * @category models
 * @since 0.1.0
 */
export interface NotDone {
  readonly option: "Clean Pixel Data" | "Clean Recognizable Visual Features" | "Clean Graphics"
  readonly detail: string
  /** What the data set says of its pixels, in (0028,0301) or (0028,0302): whether there is something to clean. */
  readonly says?: "YES" | "NO"
}

/**
 * A data set without what identifies, and the report.
 *
 * @category models
 * @since 0.1.0
 */
export interface Deidentified<out Bulk = never> {
  readonly dataSet: DataSet.DataSet<Bulk>
  /** In the order of the elements, of those that were added at the end. */
  readonly done: ReadonlyArray<Done>
  readonly notDone: ReadonlyArray<NotDone>
}

/**
 * The UID that stands for another, as data sets that are de-identified with the same hash have it.
 *
 * @category operations
 * @since 0.1.0
 */
export const mapUid = (hash: Hash, uid: string): Uid.Uid => pseudonym.uidOf(hash, uid)

// -----------------------------------------------------------------------------
// the profile
// -----------------------------------------------------------------------------

/**
 * De-identifies a data set: every element, at all depths, becomes what PS3.15 Table E.1-1 says with the options that are
 * given, and the attributes that tell of it (PS3.15 section E.1.1) are set.
 *
 * **Details**
 *
 * Where the table leaves a choice to the IOD, such as X/Z/D, the attribute's type in the IOD of the SOP class decides: of
 * type 1 or 1C it gets a dummy value, of 2 or 2C it is emptied, of 3 or in no module removed, as far as the choice has
 * that. Within sequences, and where the types of the IOD are not known, the action is the one that all IODs permit. Known
 * are those of 128 SOP classes, as of June 2022.
 *
 * Removed besides are group lengths, what the dictionary does not know, an element whose tag was there before, and
 * overlays without their data. Attributes that the table does not list go by their VR: UIDs of things are mapped, persons'
 * names, dates and times, and addresses (UR) are replaced; comments are emptied. UIDs of the standard's registry stay.
 * Private attributes that are safe go by their VR too.
 *
 * **Gotchas**
 *
 * A data set after this is not anonymous for sure: see {@link NotDone}, and PS3.15 section E.1.
 *
 * **Example**
 *
 * ```ts
 * import { DataSet, Deidentification } from "@effect-dicom/data"
 *
 * declare const dataSet: DataSet.DataSet
 * declare const hmac: Deidentification.Hash
 *
 * Deidentification.deidentify(dataSet, { hash: hmac, dates: "modified", options: ["Retain Device Identity"] })
 * ```
 *
 * @category operations
 * @since 0.1.0
 */
export const deidentify = <Bulk = never>(
  dataSet: DataSet.DataSet<Bulk>,
  settings: Settings
): Result.Result<Deidentified<Bulk>, InvalidAttribute> => {
  // the cast: what stands for values elsewhere is carried like any element, and never looked into
  const whole = dataSet as DataSet.DataSet<unknown> as DataSet.DataSet
  const patient = [attributes.patientId, attributes.patientName, attributes.studyInstanceUid]
    .map((attribute) => textOf(whole, attribute))
    .find((text) => text !== "")
  const options = new Set<Option>(settings.options)
  if (settings.dates === "full") options.add("Retain Longitudinal Temporal Information Full Dates")
  if (settings.dates === "modified") options.add("Retain Longitudinal Temporal Information Modified Dates")
  const replacements = [...(settings.replacements ?? [])]
  if (settings.pseudonyms === true) {
    const text = pseudonym.patientOf(settings.hash, patient ?? "")
    const given = new Set(replacements.map(({ attribute }) => attribute.keyword))
    if (!given.has("PatientID")) replacements.push(replacement(attributes.patientId, text))
    if (!given.has("PatientName")) {
      const { noGroup } = PersonName
      const alphabetic = { ...noGroup, familyName: text }
      replacements.push(replacement(attributes.patientName, { alphabetic, ideographic: noGroup, phonetic: noGroup }))
    }
  }
  const tags = replacements.flatMap(({ attribute }) => AttributeValue.tagOf(whole, attribute) ?? [])
  const state: State = {
    hash: settings.hash,
    // its bytes, as it may be written as UN
    sopClass: latin(DataSet.element(whole, sopClassUid)?.bytes),
    options,
    dates: settings.dates ?? "none",
    days: settings.days ?? pseudonym.daysOf(settings.hash, patient ?? ""),
    clean: settings.clean ?? cleaner(whole),
    safe: options.has("Retain Safe Private") ? safePrivate.of(whole, settings.safePrivate ?? []) : safePrivate.nothing,
    replaced: new Set([...tags, ...stated]),
    done: [],
    notDone: new Map()
  }
  let changed = walk(state, whole, [], "listed")
  for (const { attribute, value } of replacements) {
    const next = attributeEditing.put(changed, attribute, value, optionsOf(changed))
    if (Result.isFailure(next)) return Result.fail(next.failure)
    changed = next.success
    const tag = AttributeValue.tagOf(changed, attribute)
    if (tag === undefined) continue
    note(state, [{ tag }], attribute.vr, DataSet.element(whole, tag) === undefined ? "added" : "replaced", "as told")
  }
  const told = tell(state, whole, changed)
  if (Result.isFailure(told)) return Result.fail(told.failure)
  return Result.succeed({
    // the cast: that from before, undone
    dataSet: told.success as DataSet.DataSet<unknown> as DataSet.DataSet<Bulk>,
    done: state.done,
    notDone: [...ofPixels(whole), ...state.notDone.values()]
  })
}

// -----------------------------------------------------------------------------
// what is told of it
// -----------------------------------------------------------------------------

// Not those of `Attribute.ts`: that would have every program that de-identifies load every attribute.
const attribute = <VR extends Dictionary.AttributeVr, VM extends string>(
  tag: Tag.Tag,
  keyword: string,
  vr: VR,
  vm: VM
): Attribute.Attribute<VR, VM> => ({ tag, keyword, vr, vm })

const attributes = {
  patientName: attribute(Tag.make(0x0010, 0x0010), "PatientName", "PN", "1"),
  patientId: attribute(Tag.make(0x0010, 0x0020), "PatientID", "LO", "1"),
  studyInstanceUid: attribute(Tag.make(0x0020, 0x000d), "StudyInstanceUID", "UI", "1"),
  burnedInAnnotation: attribute(Tag.make(0x0028, 0x0301), "BurnedInAnnotation", "CS", "1"),
  recognizableVisualFeatures: attribute(Tag.make(0x0028, 0x0302), "RecognizableVisualFeatures", "CS", "1"),
  codeValue: attribute(Tag.make(0x0008, 0x0100), "CodeValue", "SH", "1"),
  codingSchemeDesignator: attribute(Tag.make(0x0008, 0x0102), "CodingSchemeDesignator", "SH", "1"),
  codeMeaning: attribute(Tag.make(0x0008, 0x0104), "CodeMeaning", "LO", "1"),
  patientIdentityRemoved: attribute(Tag.make(0x0012, 0x0062), "PatientIdentityRemoved", "CS", "1"),
  method: attribute(Tag.make(0x0012, 0x0063), "DeidentificationMethod", "LO", "1-n"),
  methodCodes: attribute(Tag.make(0x0012, 0x0064), "DeidentificationMethodCodeSequence", "SQ", "1"),
  longitudinal: attribute(Tag.make(0x0028, 0x0303), "LongitudinalTemporalInformationModified", "CS", "1")
}

const sopClassUid = Tag.make(0x0008, 0x0016)

/**
 * The attributes that say how a data set was de-identified: they are this file's to write. The items of (0012,0064) are
 * walked through no less than others.
 */
const stated = [attributes.patientIdentityRemoved, attributes.method, attributes.longitudinal].map(({ tag }) => tag)

/** Of a data set whose character set does not exist the default repertoire is read, and written. */
const optionsOf = (dataSet: DataSet.DataSet): AttributeValue.Options | undefined =>
  Result.isFailure(ownContext(dataSet)) ? { characterSet: CharacterSet.defaultRepertoire } : undefined

const textOf = (dataSet: DataSet.DataSet, { tag }: Attribute.Attribute): string => {
  const text = AttributeValue.text(dataSet, tag, optionsOf(dataSet))
  return Result.isSuccess(text) ? (text.success?.text.trim() ?? "") : ""
}

/** PS3.16 CID 7050, De-identification Method. */
const codes: { readonly [O in Option]: string } = {
  "Clean Graphics": "113103",
  "Clean Structured Content": "113104",
  "Clean Descriptors": "113105",
  "Retain Longitudinal Temporal Information Full Dates": "113106",
  "Retain Longitudinal Temporal Information Modified Dates": "113107",
  "Retain Patient Characteristics": "113108",
  "Retain Device Identity": "113109",
  "Retain UIDs": "113110",
  "Retain Safe Private": "113111",
  "Retain Institution Identity": "113112"
}

/** The values of (0028,0303), each saying that less of the dates is left. */
const longitudinal: ReadonlyArray<string> = ["UNMODIFIED", "MODIFIED", "REMOVED"]

const ofDates: { readonly [D in State["dates"]]: number } = { full: 0, modified: 1, none: 2 }

/** What dates that were modified or removed before are, they are still. */
const longitudinalOf = ({ dates }: State, earlier: string): string =>
  longitudinal[Math.max(ofDates[dates], longitudinal.indexOf(earlier))] ?? ""

/** Sets the attributes of PS3.15 section E.1.1; what earlier de-identifications said there stays. */
const tell = (
  state: State,
  before: DataSet.DataSet,
  dataSet: DataSet.DataSet
): Result.Result<DataSet.DataSet, InvalidAttribute> => {
  const methods: ReadonlyArray<readonly [code: string, meaning: string]> = [
    ["113100", "Basic Application Confidentiality Profile"],
    ...Option.literals
      .filter((option) => state.options.has(option))
      .map((option) => [codes[option], `${option} Option`] as const)
  ]
  const items = [...(DataSet.items(dataSet, attributes.methodCodes.tag) ?? [])]
  const known = new Set(items.map((item) => textOf(item, attributes.codeValue)))
  for (const [code, meaning] of methods) {
    if (known.has(code)) continue
    const item = AttributeValue.withAll(DataSet.empty(dataSet.transferSyntax), [
      [attributes.codeValue, code],
      [attributes.codingSchemeDesignator, "DCM"],
      [attributes.codeMeaning, meaning]
    ])
    if (Result.isFailure(item)) return item
    items.push(item.success)
  }
  const earlier = AttributeValue.get(dataSet, attributes.method, optionsOf(dataSet))
  const method = "PS3.15 Basic Application Level Confidentiality Profile"
  const texts = new Set([...(Result.isSuccess(earlier) ? (earlier.success ?? []) : []), method])
  const entries: ReadonlyArray<readonly [Attribute.Attribute, unknown]> = [
    [attributes.patientIdentityRemoved, "YES"],
    [attributes.method, [...texts]],
    [attributes.methodCodes, items],
    [attributes.longitudinal, longitudinalOf(state, textOf(dataSet, attributes.longitudinal))]
  ]
  let changed = dataSet
  for (const [attribute, value] of entries) {
    const next = attributeEditing.put(changed, attribute, value, optionsOf(changed))
    if (Result.isFailure(next)) return next
    changed = next.success
    const isNew = DataSet.element(before, attribute.tag) === undefined
    note(state, [{ tag: attribute.tag }], attribute.vr, isNew ? "added" : "replaced", "PS3.15 section E.1.1")
  }
  return Result.succeed(changed)
}

/** Pixel Data, and those of floating point. */
const pixelData = [Tag.make(0x7fe0, 0x0008), Tag.make(0x7fe0, 0x0009), Tag.PixelData]

/** What pixels may show, and nobody has looked. */
const ofPixels = (dataSet: DataSet.DataSet): ReadonlyArray<NotDone> => {
  if (!pixelData.some((tag) => DataSet.element(dataSet, tag) !== undefined)) return []
  const of = (option: NotDone["option"], what: string, attribute: Attribute.Attribute): NotDone => {
    const text = textOf(dataSet, attribute)
    const detail = `pixels were not looked at for ${what}; ${attribute.keyword} is `
    if (text === "YES" || text === "NO") return { option, detail: `${detail}${text}`, says: text }
    // not the text itself: it may be anything
    return { option, detail: `${detail}${text === "" ? "absent" : "neither YES nor NO"}` }
  }
  return [
    of("Clean Pixel Data", "text", attributes.burnedInAnnotation),
    of("Clean Recognizable Visual Features", "faces", attributes.recognizableVisualFeatures)
  ]
}
