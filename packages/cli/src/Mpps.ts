/**
 * `dicom mpps`: makes and changes a modality performed procedure step (N-CREATE, N-SET; PS3.4 Annex F.7).
 *
 * @since 0.1.0
 */
import * as DataSet from "@effect-dicom/data/DataSet"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as Uid from "@effect-dicom/data/Uid"
import * as Status from "@effect-dicom/protocol/Status"
import { ModalityPerformedProcedureStep } from "@effect-dicom/services"
import type { OperationCall, ServiceStatus } from "@effect-dicom/services"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as CallFailure from "./CallFailure.ts"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as NewUid from "./NewUid.ts"
import * as QueryIdentifier from "./QueryIdentifier.ts"
import * as Requestor from "./Requestor.ts"
import * as StatusDetails from "./StatusDetails.ts"
import * as TransferSyntaxNames from "./TransferSyntaxNames.ts"

/**
 * What the command line says of `dicom mpps`.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options extends Requestor.Options, QueryIdentifier.Options {
  /** The UID of the step that is changed; without one, one is made. */
  readonly set?: string | undefined
  /** The UID of the step that is made. Default: a new one. */
  readonly uid?: string | undefined
  /** Its status. Default: "IN PROGRESS" of one that is made, and unchanged of one that is changed. */
  readonly status?: "IN PROGRESS" | "COMPLETED" | "DISCONTINUED" | undefined
  readonly propose?: string | undefined
  /** How often, on one association, 1 or more. */
  readonly repeat: number
  readonly json: boolean
  readonly verbose: boolean
  readonly quiet: boolean
}

/** What a step has when it is made, and may be empty (PS3.4 Table F.7.2-1, type 2). */
const empty = [
  "PatientName",
  "PatientID",
  "PatientBirthDate",
  "PatientSex",
  "ReferencedPatientSequence",
  "PerformedStationName",
  "PerformedLocation",
  "PerformedProcedureStepDescription",
  "PerformedProcedureTypeDescription",
  "ProcedureCodeSequence",
  "PerformedProcedureStepEndDate",
  "PerformedProcedureStepEndTime",
  "StudyID",
  "PerformedProtocolCodeSequence",
  "PerformedSeriesSequence",
  ...[
    "ReferencedStudySequence",
    "AccessionNumber",
    "RequestedProcedureID",
    "RequestedProcedureDescription",
    "ScheduledProcedureStepID",
    "ScheduledProcedureStepDescription",
    "ScheduledProtocolCodeSequence"
  ].map((keyword) => `ScheduledStepAttributesSequence[0].${keyword}`)
]

/**
 * Makes or changes a step, prints which, and fails where the peer does.
 *
 * @category operations
 * @since 0.1.0
 */
export const run = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<void, Failure.Failure, FileSystem.FileSystem> {
  const { serviceClass } = ModalityPerformedProcedureStep
  const set = yield* uidOf(options.set, "--set")
  const given = set ?? (yield* uidOf(options.uid, "--uid"))
  if (set === undefined && given !== undefined && options.repeat > 1) {
    return yield* Failure.make(codes.usage, "There is one step with a UID. Leave out --uid, or --repeat.")
  }
  const { date, time } = yield* Effect.map(DateTime.now, moment)
  const [attributes] = yield* QueryIdentifier.read(
    options,
    options.status === undefined ? [] : [`PerformedProcedureStepStatus=${options.status}`],
    () =>
      Effect.succeed(
        set === undefined
          ? [
              "PerformedProcedureStepStatus=IN PROGRESS",
              `PerformedProcedureStepID=${time}`,
              `PerformedStationAETitle=${options.aetitle}`,
              `PerformedProcedureStepStartDate=${date}`,
              `PerformedProcedureStepStartTime=${time}`,
              `ScheduledStepAttributesSequence[0].StudyInstanceUID=${NewUid.make()}`,
              ...empty
            ]
          : options.status === undefined || options.status === "IN PROGRESS"
            ? []
            : [`PerformedProcedureStepEndDate=${date}`, `PerformedProcedureStepEndTime=${time}`]
      )
  )
  if (attributes === undefined || DataSet.elements(attributes).length === 0) {
    return yield* Failure.make(
      codes.usage,
      "It is not said what is to be changed. Give --status, or attributes as in PerformedLocation=ROOM1."
    )
  }
  const transferSyntaxes = yield* TransferSyntaxNames.parse(options.propose, "--propose")
  const course = Requestor.course()
  let count = 0
  const work = Effect.scoped(
    Effect.gen(function* () {
      const association = yield* Requestor.open(
        options,
        course,
        serviceClass.presentationContexts(transferSyntaxes === undefined ? {} : { transferSyntaxes })
      )
      const client = serviceClass.client(association)
      for (let time = 0; time < options.repeat; time++) {
        const parameters = { sopInstanceUid: given ?? NewUid.make(), dataSet: attributes }
        course.within = true
        const completed = yield* set === undefined ? client.create(parameters) : client.set(parameters)
        course.within = false
        count++
        yield* tell(options, parameters.sopInstanceUid, completed)
      }
    })
  ).pipe(Effect.mapError((error) => CallFailure.make(error, options)))
  yield* Requestor.concluding(
    work,
    Effect.suspend(() => {
      const counts = set === undefined ? { created: count } : { changed: count }
      const summary = { type: "summary", ...counts, association: course.outcome?._tag ?? null }
      return options.json ? Console.log(JSON.stringify(summary)) : Effect.void
    })
  )
  const bad = Requestor.badEnding(options, course)
  if (bad !== undefined) return yield* bad
})

const tell = (
  options: Options,
  uid: Uid.Uid,
  {
    details,
    status
  }: Pick<OperationCall.Completed<unknown, ServiceStatus.ServiceStatus>, "details"> & {
    readonly status: ServiceStatus.Any
  }
): Effect.Effect<void> => {
  const done = options.set === undefined ? "created" : "changed"
  const code = Status.formatCode(status.code)
  if (options.json) {
    return Console.log(
      JSON.stringify({
        type: done,
        sopClassUid: SopClass.ModalityPerformedProcedureStep,
        sopInstanceUid: uid,
        status: code,
        ...StatusDetails.toJson(details)
      })
    )
  }
  if (options.quiet) return options.set === undefined ? Console.log(uid) : Effect.void
  return Console.log(
    `${done} ${uid}${status.class === "Success" ? "" : ` (${status._tag} ${code}${StatusDetails.format(details)})`}`
  )
}

const uidOf = (text: string | undefined, flag: string): Effect.Effect<Uid.Uid | undefined, Failure.Failure> =>
  text === undefined || Uid.isUid(text)
    ? Effect.succeed(text)
    : Effect.fail(Failure.make(codes.usage, `"${text}" is no UID. Give one with ${flag}, as in ${flag} 1.2.3.`))

/** Date and time of this machine's clock and zone, as DA and TM. */
const moment = (now: DateTime.Utc): { readonly date: string; readonly time: string } => {
  const { day, hour, minute, month, second, year } = DateTime.toParts(DateTime.setZone(now, DateTime.zoneMakeLocal()))
  const two = (part: number): string => String(part).padStart(2, "0")
  return { date: `${year}${two(month)}${two(day)}`, time: `${two(hour)}${two(minute)}${two(second)}` }
}
