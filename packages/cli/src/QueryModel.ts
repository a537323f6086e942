/**
 * What the subcommands know of the query models (PS3.4 section C.6): by which names they go, their levels, which
 * attributes are asked for where nobody says, and the identifiers of a query at a level.
 *
 * @since 0.1.0
 */
import * as Attribute from "@effect-dicom/data/Attribute"
import * as AttributeValue from "@effect-dicom/data/AttributeValue"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as Tag from "@effect-dicom/data/Tag"
import { QueryRetrieve } from "@effect-dicom/services"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Result from "effect/Result"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import type { Level, Model } from "./QueryFlags.ts"
import * as QueryIdentifier from "./QueryIdentifier.ts"

/**
 * The service class of a model.
 *
 * @category service classes
 * @since 0.1.0
 */
export const serviceClasses = {
  patient: QueryRetrieve.patientRoot,
  study: QueryRetrieve.studyRoot,
  psonly: QueryRetrieve.patientStudyOnly
} as const

/**
 * The SOP classes of a model.
 *
 * @category service classes
 * @since 0.1.0
 */
export const sopClasses = {
  patient: {
    find: SopClass.PatientRootQueryRetrieveInformationModelFind,
    get: SopClass.PatientRootQueryRetrieveInformationModelGet,
    move: SopClass.PatientRootQueryRetrieveInformationModelMove
  },
  study: {
    find: SopClass.StudyRootQueryRetrieveInformationModelFind,
    get: SopClass.StudyRootQueryRetrieveInformationModelGet,
    move: SopClass.StudyRootQueryRetrieveInformationModelMove
  },
  psonly: {
    find: SopClass.PatientStudyOnlyQueryRetrieveInformationModelFind,
    get: SopClass.PatientStudyOnlyQueryRetrieveInformationModelGet,
    move: SopClass.PatientStudyOnlyQueryRetrieveInformationModelMove
  }
} as const

const levels: { readonly [M in Model]: ReadonlyArray<Level> } = {
  patient: ["patient", "study", "series", "image"],
  study: ["study", "series", "image"],
  psonly: ["patient", "study"]
}

/**
 * What the command line says of an identifier and its level.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options extends QueryIdentifier.Options {
  readonly model: Model
  /** Default: that of the keys or of their file, or the lowest that their unique keys allow (see `identifiers`). */
  readonly level?: Level | undefined
}

/**
 * The identifiers of a query, each with its level; `returned` gives the attributes that are asked for at one. But in a
 * relational query, the unique keys of the levels above have a single value (PS3.4 section C.4.1.2.1). A level that is not
 * said is one that they have: the study level, or a lower one whose unique key is among the keys, or else the patient level.
 *
 * @category constructors
 * @since 0.1.0
 */
export const identifiers = (
  options: Options & { readonly relational: boolean },
  returned: (level: Level) => ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<DataSet.DataSet>, Failure.Failure, FileSystem.FileSystem> =>
  atTheirLevels(
    options,
    Effect.fnUntraced(function* (said, identifier) {
      const those = levels[options.model]
      const missingAbove = (level: Level): ReadonlyArray<Level> =>
        options.relational ? [] : those.slice(0, those.indexOf(level)).filter((one) => !hasSingleValue(identifier, one))
      const isMeant = (level: Level): boolean =>
        level === "study" || DataSet.element(identifier, unique[level].tag) !== undefined
      const fitting = those.findLast((one) => isMeant(one) && missingAbove(one).length === 0)
      const level = said === "" ? (fitting ?? those[0]) : yield* levelSaid(options, said)
      if (level === undefined) return []
      const missing = missingAbove(level)
      if (missing.length > 0 && options.unchecked !== true) yield* noKeyAbove(level, missing)
      return [levelKey(level), ...returned(level)]
    })
  )

/**
 * The identifiers of a retrieval (PS3.4 section C.4.2.2.1): the level, where it is not said, is the lowest one whose unique
 * key has a value, and the unique key of a level has one.
 *
 * @category constructors
 * @since 0.1.0
 */
export const uniqueKeys = (
  options: Options
): Effect.Effect<ReadonlyArray<DataSet.DataSet>, Failure.Failure, FileSystem.FileSystem> =>
  atTheirLevels(
    options,
    Effect.fnUntraced(function* (said, identifier) {
      const isGiven = (level: Level): boolean => hasUnique(identifier, level)
      const level = said === "" ? levels[options.model].findLast(isGiven) : yield* levelSaid(options, said)
      if (options.unchecked === true) return level === undefined ? [] : [levelKey(level)]
      return level !== undefined && isGiven(level) ? [levelKey(level)] : yield* noUniqueKey(options.model, level)
    })
  )

const atTheirLevels = (
  options: Options,
  defaults: (said: string, identifier: DataSet.DataSet) => Effect.Effect<ReadonlyArray<string>, Failure.Failure>
) =>
  QueryIdentifier.read(options, options.level === undefined ? [] : [levelKey(options.level)], (identifier) =>
    defaults(textOf(identifier, queryRetrieveLevel), identifier)
  )

const textOf = (identifier: DataSet.DataSet, tag: Tag.Tag): string =>
  Result.getOrUndefined(AttributeValue.text(identifier, tag))?.text.trim() ?? ""

/** The level that an identifier says; nothing for one that is let pass as it is. */
const levelSaid = (options: Options, said: string): Effect.Effect<Level | undefined, Failure.Failure> => {
  const level = levels[options.model].find((one) => one.toUpperCase() === said)
  return level === undefined && options.unchecked !== true ? noLevel(options.model, said) : Effect.succeed(level)
}

const unique: { readonly [L in Level]: Attribute.Attribute } = {
  patient: Attribute.PatientID,
  study: Attribute.StudyInstanceUID,
  series: Attribute.SeriesInstanceUID,
  image: Attribute.SOPInstanceUID
}

const hasUnique = (identifier: DataSet.DataSet, level: Level): boolean => textOf(identifier, unique[level].tag) !== ""

/** Neither none, nor a list or wildcards (PS3.4 section C.2.2.2). */
const hasSingleValue = (identifier: DataSet.DataSet, level: Level): boolean =>
  /^[^*?\\]+$/.test(textOf(identifier, unique[level].tag))

const noKeyAbove = (level: Level, missing: ReadonlyArray<Level>): Effect.Effect<never, Failure.Failure> => {
  const [first = "study"] = missing
  return Effect.fail(
    Failure.make(
      codes.usage,
      `A query at the level "${level}" is within one ${missing.join(", one ")}, said by ${missing.length === 1 ? "its unique key" : "their unique keys"}. ` +
        `Give one value of ${missing.map((one) => unique[one].keyword).join(", ")}, as in ${unique[first].keyword}=1.2.3, ` +
        "or --extended relational where the peer can do without, or --unchecked to send it as it is."
    )
  )
}

const noUniqueKey = (model: Model, level: Level | undefined): Effect.Effect<never, Failure.Failure> => {
  const those = level === undefined ? levels[model] : [level]
  const names = those.map((one) => unique[one].keyword).join(", ")
  const byPatient = level === undefined && model === "study" ? "; for PatientID give --model patient too" : ""
  return Effect.fail(
    Failure.make(
      codes.usage,
      `What is to be retrieved${level === undefined ? "" : ` at the level "${level}"`} is said by its unique key. ` +
        `Give a value of ${names}, as in ${unique[those[0] ?? "study"].keyword}=1.2.3${byPatient}.`
    )
  )
}

const noLevel = (model: Model, said: string): Effect.Effect<never, Failure.Failure> =>
  Effect.fail(
    Failure.make(
      codes.usage,
      `The model "${model}" has no level "${said.toLowerCase()}", but ${levels[model].join(", ")}. Give one of them with --level, ` +
        `or ${said === "PATIENT" ? "--model patient" : "another model with --model"}.`
    )
  )

const queryRetrieveLevel = Tag.make(0x0008, 0x0052)

const levelKey = (level: Level): string => `QueryRetrieveLevel=${level.toUpperCase()}`

const attributes: { readonly [L in Level]: ReadonlyArray<string> } = {
  patient: ["PatientName", "PatientID", "PatientBirthDate", "PatientSex"],
  study: ["StudyDate", "StudyTime", "AccessionNumber", "StudyDescription", "StudyID", "StudyInstanceUID"],
  series: ["Modality", "SeriesNumber", "SeriesDescription", "SeriesInstanceUID"],
  image: ["InstanceNumber", "SOPClassUID", "SOPInstanceUID"]
}

/**
 * The attributes that are asked for at a level: its own, and in the Study Root model those of the patient with a study
 * (PS3.4 section C.6.2.1).
 *
 * @category getters
 * @since 0.1.0
 */
export const returnKeys = (model: Model, level: Level): ReadonlyArray<string> => [
  ...attributes[level],
  ...(model === "study" && level === "study" ? [...attributes.patient, "ModalitiesInStudy"] : [])
]

/**
 * The words of --extended for a C-FIND, and the options of PS3.4 Tables C.5-1 and C.5-2 that they stand for.
 *
 * @category extended negotiation
 * @since 0.1.0
 */
export const findWords = {
  relational: "relationalQueries",
  datetime: "dateTimeMatching",
  fuzzy: "fuzzySemanticMatching",
  timezone: "timezoneQueryAdjustment",
  multiframe: "enhancedMultiFrameImageConversion",
  empty: "emptyValueMatching",
  multiple: "multipleValueMatching"
} as const

/**
 * The words of --extended for a C-GET or C-MOVE.
 *
 * @category extended negotiation
 * @since 0.1.0
 */
export const retrieveWords = {
  relational: "relationalRetrieval",
  multiframe: "enhancedMultiFrameImageConversion"
} as const

/**
 * The words of --extended for the worklist.
 *
 * @category extended negotiation
 * @since 0.1.0
 */
export const worklistWords = {
  fuzzy: "fuzzySemanticMatching",
  timezone: "timezoneQueryAdjustment"
} as const

/**
 * Tells which words of a list the peer did not agree to, what they ask for being up to it then (PS3.4 section C.4.1.1.3.1).
 *
 * @category extended negotiation
 * @since 0.1.0
 */
export const tellRefused = (
  {
    call,
    extended: list,
    quiet
  }: { readonly call: string; readonly extended?: string | undefined; readonly quiet: boolean },
  words: { readonly [word: string]: string },
  agreed: object | undefined
): Effect.Effect<void> => {
  const of = new Map<string, unknown>(Object.entries(agreed ?? {}))
  const refused = (list?.split(",") ?? [])
    .map((word) => word.trim())
    .filter((word) => of.get(words[word] ?? "") !== true)
  return refused.length === 0 || quiet
    ? Effect.void
    : Console.error(`${call} did not agree to ${refused.join(", ")}: it may answer as if that had not been asked for.`)
}

/**
 * What a list of words stands for; nothing for no list.
 *
 * @category codecs
 * @since 0.1.0
 */
export const extended = <const W extends { readonly [word: string]: string }>(
  list: string | undefined,
  words: W
): Effect.Effect<{ readonly [K in W[keyof W]]?: boolean } | undefined, Failure.Failure> => {
  if (list === undefined) return Effect.succeed(undefined)
  const given = list.split(",").map((word) => word.trim())
  const unknown = given.find((word) => !Object.hasOwn(words, word))
  return unknown === undefined
    ? Effect.succeed(
        // the cast: these are the values of the words
        Object.fromEntries(given.map((word) => [words[word], true])) as { readonly [K in W[keyof W]]?: boolean }
      )
    : Effect.fail(
        Failure.make(
          codes.usage,
          `"${unknown}" cannot be negotiated here. Give some of ${Object.keys(words).join(", ")} with --extended.`
        )
      )
}
