/**
 * `dicom worklist`: asks a peer for scheduled procedure steps (C-FIND; PS3.4 Annex K), and prints them.
 *
 * @since 0.1.0
 */
import * as SopClass from "@effect-dicom/data/SopClass"
import * as Tag from "@effect-dicom/data/Tag"
import { ModalityWorklist } from "@effect-dicom/services"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Result from "effect/Result"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as Find from "./Find.ts"
import * as QueryIdentifier from "./QueryIdentifier.ts"
import * as QueryKeys from "./QueryKeys.ts"
import * as QueryModel from "./QueryModel.ts"
import * as TransferSyntaxNames from "./TransferSyntaxNames.ts"

/**
 * What the command line says of `dicom worklist`.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options extends Find.Asking {
  /** A date, or a range of dates; "today" is one. */
  readonly date?: string | undefined
  readonly modality?: string | undefined
  /** The AE title of a station. */
  readonly station?: string | undefined
  /** A name. */
  readonly patient?: string | undefined
  readonly patientId?: string | undefined
  readonly accession?: string | undefined
}

const step = "ScheduledProcedureStepSequence[0]"

/** What is asked for of a worklist item where nobody says. */
const returned = [
  "PatientName",
  "PatientID",
  "PatientBirthDate",
  "PatientSex",
  "AccessionNumber",
  "RequestedProcedureID",
  "RequestedProcedureDescription",
  "StudyInstanceUID",
  ...[
    "ScheduledProcedureStepStartDate",
    "ScheduledProcedureStepStartTime",
    "Modality",
    "ScheduledStationAETitle",
    "ScheduledProcedureStepID",
    "ScheduledProcedureStepDescription"
  ].map((keyword) => `${step}.${keyword}`)
]

/** What of a worklist item is an attribute of its step (PS3.4 Table K.6-1; PS3.3 Table C.4-10). */
const ofStep: ReadonlySet<Tag.Tag> = new Set([
  ...Object.values(ModalityWorklist.scheduledProcedureStepAttributes).map(({ tag }) => tag),
  // ScheduledProcedureStepEndDate, ...EndTime, CommentsOnTheScheduledProcedureStep
  Tag.make(0x0040, 0x0004),
  Tag.make(0x0040, 0x0005),
  Tag.make(0x0040, 0x0400)
])

/** A key of the step, which leads into its sequence, whether it was written so or not. */
const inStep = (key: string): string => {
  const tag = Result.getOrUndefined(QueryKeys.parse(key))?.path[0]?.tag
  return tag !== undefined && ofStep.has(tag) ? `${step}.${key}` : key
}

/**
 * Asks for worklist items, prints them, and fails where the peer does.
 *
 * @category operations
 * @since 0.1.0
 */
export const run = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<void, Failure.Failure, FileSystem.FileSystem | Path.Path> {
  const { serviceClass } = ModalityWorklist
  const extended = yield* QueryModel.extended(options.extended, QueryModel.worklistWords)
  const transferSyntaxes = yield* TransferSyntaxNames.parse(options.propose, "--propose")
  const date = options.date === "today" ? yield* Effect.map(DateTime.now, today) : options.date
  if (date !== undefined && !/^(?:\d{8}|\d{8}-|-\d{8}|\d{8}-\d{8})$/.test(date)) {
    return yield* Failure.make(
      codes.usage,
      `"${date}" is no date. Give --date 20260131, a range of dates as in 20260101-20260131, or today.`
    )
  }
  const handy = {
    [`${step}.Modality`]: options.modality,
    [`${step}.ScheduledProcedureStepStartDate`]: date,
    [`${step}.ScheduledStationAETitle`]: options.station,
    PatientName: options.patient,
    PatientID: options.patientId,
    AccessionNumber: options.accession
  }
  const identifiers = yield* QueryIdentifier.read(
    { ...options, keys: options.keys.map(inStep), where: options.where.map(inStep) },
    Object.entries(handy).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`])),
    () => Effect.succeed(options.onlyKeys ? [] : returned)
  )
  yield* Find.ask(options, {
    sopClass: SopClass.ModalityWorklistInformationModelFind,
    identifiers,
    proposal: serviceClass.proposal({
      ...(transferSyntaxes === undefined ? {} : { transferSyntaxes }),
      ...(extended === undefined ? {} : { extendedNegotiation: { find: extended } })
    }),
    negotiated: (association) =>
      QueryModel.tellRefused(options, QueryModel.worklistWords, serviceClass.negotiated(association, "find")),
    find: (association) => serviceClass.client(association).find
  })
})

/** The date of this machine's clock and zone, as DA. */
const today = (now: DateTime.Utc): string => {
  const { day, month, year } = DateTime.toParts(DateTime.setZone(now, DateTime.zoneMakeLocal()))
  return `${year}${String(month).padStart(2, "0")}${String(day).padStart(2, "0")}`
}
