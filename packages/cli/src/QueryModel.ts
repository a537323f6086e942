/**
 * What the subcommands know of the query models (PS3.4 section C.6): by which names they go, their levels, and which
 * attributes are asked for where nobody says.
 *
 * @since 0.1.0
 */
import * as SopClass from "@effect-dicom/data/SopClass"
import { QueryRetrieve } from "@effect-dicom/services"
import * as Effect from "effect/Effect"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import type { Level, Model } from "./QueryFlags.ts"

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
 * Fails where a model does not have a level.
 *
 * @category operations
 * @since 0.1.0
 */
export const check = (model: Model, level: Level): Effect.Effect<void, Failure.Failure> =>
  levels[model].includes(level)
    ? Effect.void
    : Effect.fail(
        Failure.make(
          codes.usage,
          `The model "${model}" has no level "${level}", but ${levels[model].join(", ")}. Give one of them with --level, ` +
            `or another model with --model.`
        )
      )

/**
 * The Query/Retrieve Level as a key.
 *
 * @category getters
 * @since 0.1.0
 */
export const levelKey = (level: Level): string => `QueryRetrieveLevel=${level.toUpperCase()}`

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
  const unknown = given.find((word) => words[word] === undefined)
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
