/**
 * The events of Unified Procedure Steps as they are delivered (PS3.4 section CC.2.4): whom they are for, and how they are
 * sent. Which there are is decided by `UnifiedProcedureStepProvider.ts`; over which association is the caller's choice.
 *
 * @since 0.1.0
 */
import type { Association } from "@effect-dicom/association"
import type { Uid } from "@effect-dicom/data/Uid"
import * as Effect from "effect/Effect"
import type { CallError } from "./OperationCall.ts"
import * as Ups from "./UnifiedProcedureStep.ts"
import type * as Status from "./UnifiedProcedureStepStatus.ts"

/**
 * What an event's information is, by the names of `UnifiedProcedureStep.events`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Information {
  readonly stateReport: typeof Ups.StateReport.Type
  readonly cancelRequested: typeof Ups.CancelRequested.Type
  readonly progressReport: typeof Ups.ProgressReport.Type
  readonly statusChange: typeof Ups.StatusChange.Type
  readonly assigned: typeof Ups.Assigned.Type
}

/**
 * An event, and the AE title that is to be told of it.
 *
 * @category models
 * @since 0.1.0
 */
export type Report = {
  readonly [K in keyof Information]: {
    readonly _tag: K
    readonly receivingAE: string
    readonly sopInstanceUid: Uid
    readonly information: Information[K]
  }
}[keyof Information]

/**
 * Sends an event over an association on which this side is the SCP of UPS Event.
 *
 * @category operations
 * @since 0.1.0
 */
export const send = (
  association: Association.Association,
  report: Report
): Effect.Effect<void, CallError<typeof Status.EventStatus>> => {
  const notifier = Ups.events.notifier(association)
  const { sopInstanceUid } = report
  switch (report._tag) {
    case "stateReport":
      return Effect.asVoid(notifier.stateReport({ sopInstanceUid, dataSet: report.information }))
    case "cancelRequested":
      return Effect.asVoid(notifier.cancelRequested({ sopInstanceUid, dataSet: report.information }))
    case "progressReport":
      return Effect.asVoid(notifier.progressReport({ sopInstanceUid, dataSet: report.information }))
    case "statusChange":
      return Effect.asVoid(notifier.statusChange({ sopInstanceUid, dataSet: report.information }))
    case "assigned":
      return Effect.asVoid(notifier.assigned({ sopInstanceUid, dataSet: report.information }))
  }
}
