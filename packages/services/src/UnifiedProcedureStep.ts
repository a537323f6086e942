/**
 * The Unified Procedure Step service class (PS3.4 Annex CC), as user and as provider: its statuses, attributes, operations
 * and events, and the SOP classes Push, Pull, Watch, Event and Query. The states are `UnifiedProcedureStepState.ts`'s, and
 * a provider that keeps them is `UnifiedProcedureStepProvider.ts`'s.
 *
 * **Details**
 *
 * All steps are instances of the Push SOP class: the commands of DIMSE-N name it, whichever of the classes was negotiated
 * (section CC.3.1).
 *
 * @since 0.1.0
 */
import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as SopClass from "@effect-dicom/data/SopClass"
import type { Uid } from "@effect-dicom/data/Uid"
import * as UidRegistry from "@effect-dicom/data/UidRegistry"
import * as Schema from "effect/Schema"
import * as GeneralStatus from "./GeneralStatus.ts"
import { enumeratedValues } from "./internal/enumeratedValues.ts"
import * as ModalityWorklist from "./ModalityWorklist.ts"
import * as Operation from "./Operation.ts"
import * as ServiceClass from "./ServiceClass.ts"
import * as ServiceStatus from "./ServiceStatus.ts"

const { type1, type1C, type2C, type3 } = DataSetSchema

// -----------------------------------------------------------------------------
// statuses
// -----------------------------------------------------------------------------

const OptionalAttributesNotSupported = ServiceStatus.warning(0x0001, "Requested optional Attributes are not supported")
const AlreadyCanceled = ServiceStatus.warning(0xb304, "The UPS is already in the requested state of CANCELED")
const MayNoLongerBeUpdated = ServiceStatus.failure(0xc300, "The UPS may no longer be updated")
const WrongTransactionUid = ServiceStatus.failure(0xc301, "The correct Transaction UID was not provided")
const NoSuchUps = ServiceStatus.failure(
  0xc307,
  "Specified SOP Instance UID does not exist or is not a UPS Instance managed by this SCP"
)
const NotInProgress = ServiceStatus.failure(0xc310, 'The UPS is not in the "IN PROGRESS" state')

/**
 * The statuses of N-ACTION, Change UPS State (PS3.4 Table CC.2.1-2).
 *
 * @category statuses
 * @since 0.1.0
 */
export const ChangeStateStatus = ServiceStatus.make({
  ...GeneralStatus.action,
  AlreadyCanceled,
  AlreadyCompleted: ServiceStatus.warning(0xb306, "The UPS is already in the requested state of COMPLETED"),
  MayNoLongerBeUpdated,
  WrongTransactionUid,
  AlreadyInProgress: ServiceStatus.failure(0xc302, "The UPS is already IN PROGRESS"),
  OnlyScheduledByCreate: ServiceStatus.failure(
    0xc303,
    "The UPS may only become SCHEDULED via N-CREATE, not N-SET or N-ACTION"
  ),
  FinalStateRequirementsNotMet: ServiceStatus.failure(
    0xc304,
    "The UPS has not met final state requirements for the requested state change"
  ),
  NoSuchUps,
  NotInProgress: ServiceStatus.failure(0xc310, 'The UPS is not yet in the "IN PROGRESS" state')
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type ChangeStateStatus = ServiceStatus.Type<typeof ChangeStateStatus>

/**
 * The statuses of N-ACTION, Request UPS Cancel (PS3.4 Table CC.2.2-2).
 *
 * @category statuses
 * @since 0.1.0
 */
export const RequestCancelStatus = ServiceStatus.make({
  ...GeneralStatus.action,
  AlreadyCanceled,
  NoSuchUps,
  AlreadyCompleted: ServiceStatus.failure(0xc311, "The UPS is already COMPLETED"),
  PerformerCannotBeContacted: ServiceStatus.failure(0xc312, "The performer cannot be contacted"),
  PerformerChoosesNotToCancel: ServiceStatus.failure(0xc313, "Performer chooses not to cancel")
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type RequestCancelStatus = ServiceStatus.Type<typeof RequestCancelStatus>

/**
 * The statuses of N-ACTION, to subscribe, to unsubscribe, and to suspend a global subscription (PS3.4 Table CC.2.3-3).
 *
 * @category statuses
 * @since 0.1.0
 */
export const SubscribeStatus = ServiceStatus.make({
  ...GeneralStatus.action,
  DeletionLockNotGranted: ServiceStatus.warning(0xb301, "Deletion Lock not granted"),
  NoSuchUps,
  ReceivingAEUnknown: ServiceStatus.failure(0xc308, "Receiving AE-TITLE is Unknown to this SCP"),
  ActionNotAppropriate: ServiceStatus.failure(0xc314, "Specified action not appropriate for specified instance"),
  EventReportsNotSupported: ServiceStatus.failure(0xc315, "SCP does not support Event Reports")
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type SubscribeStatus = ServiceStatus.Type<typeof SubscribeStatus>

/**
 * The statuses of N-EVENT-REPORT (PS3.4 section CC.2.4.4): those of PS3.7, and none of its own.
 *
 * @category statuses
 * @since 0.1.0
 */
export const EventStatus = ServiceStatus.make(GeneralStatus.eventReport)

/**
 * @category statuses
 * @since 0.1.0
 */
export type EventStatus = ServiceStatus.Type<typeof EventStatus>

/**
 * The statuses of N-CREATE (PS3.4 Table CC.2.5-4).
 *
 * @category statuses
 * @since 0.1.0
 */
export const CreateStatus = ServiceStatus.make({
  ...GeneralStatus.create,
  CreatedWithModifications: ServiceStatus.warning(0xb300, "The UPS was created with modifications"),
  NotScheduled: ServiceStatus.failure(0xc309, 'The provided value of UPS State was not "SCHEDULED"')
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type CreateStatus = ServiceStatus.Type<typeof CreateStatus>

/**
 * The statuses of N-SET (PS3.4 Table CC.2.6-1).
 *
 * @category statuses
 * @since 0.1.0
 */
export const SetStatus = ServiceStatus.make({
  ...GeneralStatus.setAttributes,
  OptionalAttributesNotSupported,
  Coerced: ServiceStatus.warning(0xb305, "Coerced invalid values to valid values"),
  MayNoLongerBeUpdated,
  WrongTransactionUid,
  NoSuchUps,
  NotInProgress
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type SetStatus = ServiceStatus.Type<typeof SetStatus>

/**
 * The statuses of N-GET (PS3.4 Table CC.2.7-1).
 *
 * @category statuses
 * @since 0.1.0
 */
export const GetStatus = ServiceStatus.make({
  ...GeneralStatus.getAttributes,
  OptionalAttributesNotSupported,
  NoSuchUps
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type GetStatus = ServiceStatus.Type<typeof GetStatus>

/**
 * The statuses of C-FIND (PS3.4 Table CC.2.8-2).
 *
 * @category statuses
 * @since 0.1.0
 */
export const FindStatus = ServiceStatus.make({
  ...GeneralStatus.find,
  OutOfResources: ServiceStatus.failure(0xa700, "Refused: Out of resources"),
  DataSetDoesNotMatchSopClass: ServiceStatus.failure(0xa900, "Error: Data Set does not match SOP Class"),
  UnableToProcess: ServiceStatus.failure([0xc000, 0xcfff], "Failed: Unable to process"),
  MatchingTerminated: ServiceStatus.cancel("Matching terminated due to Cancel request"),
  MatchesAreContinuing: ServiceStatus.pending(0xff00, "Matches are continuing"),
  OptionalKeysNotSupported: ServiceStatus.pending(
    0xff01,
    "Matches are continuing; one or more Optional Keys were not supported"
  )
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type FindStatus = ServiceStatus.Type<typeof FindStatus>

// -----------------------------------------------------------------------------
// attributes
// -----------------------------------------------------------------------------

const state = enumeratedValues("SCHEDULED", "IN PROGRESS", "COMPLETED", "CANCELED")
const readiness = enumeratedValues("INCOMPLETE", "UNAVAILABLE", "READY")
const codes = Schema.Array(
  DataSetSchema.Struct({
    codeValue: type1C(Attribute.CodeValue),
    codingSchemeDesignator: type1C(Attribute.CodingSchemeDesignator),
    codeMeaning: type1(Attribute.CodeMeaning)
  })
)

/**
 * What a step is created with (PS3.4 Table CC.2.5-3): the attributes that have to have a value, and those that an engineer
 * looks at first.
 *
 * @category attributes
 * @since 0.1.0
 */
export const Scheduled = DataSetSchema.Struct({
  procedureStepState: type1(Attribute.ProcedureStepState, state),
  scheduledProcedureStepPriority: type1(
    Attribute.ScheduledProcedureStepPriority,
    enumeratedValues("HIGH", "MEDIUM", "LOW")
  ),
  procedureStepLabel: type1(Attribute.ProcedureStepLabel),
  worklistLabel: type2C(Attribute.WorklistLabel),
  scheduledProcedureStepStartDateTime: type1(Attribute.ScheduledProcedureStepStartDateTime),
  inputReadinessState: type1(Attribute.InputReadinessState, readiness),
  scheduledStationNameCode: type2C(Attribute.ScheduledStationNameCodeSequence, codes),
  scheduledWorkitemCode: type2C(Attribute.ScheduledWorkitemCodeSequence, codes),
  patientName: type2C(Attribute.PatientName),
  patientId: type2C(Attribute.PatientID),
  studyInstanceUid: type3(Attribute.StudyInstanceUID)
})

/**
 * The information of Change UPS State (PS3.4 Table CC.2.1-1).
 *
 * @category attributes
 * @since 0.1.0
 */
export const ChangeState = DataSetSchema.Struct({
  procedureStepState: type1(Attribute.ProcedureStepState, state),
  transactionUid: type1(Attribute.TransactionUID)
})

const reasons = {
  reasonForCancellation: type3(Attribute.ReasonForCancellation),
  discontinuationReasonCode: type3(Attribute.ProcedureStepDiscontinuationReasonCodeSequence, codes)
}
const cancel = { ...reasons, contactUri: type3(Attribute.ContactURI), contactName: type3(Attribute.ContactDisplayName) }

/**
 * The information of Request UPS Cancel (PS3.4 Table CC.2.2-1).
 *
 * @category attributes
 * @since 0.1.0
 */
export const RequestCancel = DataSetSchema.Struct(cancel)

/**
 * The information of Unsubscribe and of Suspend Global Subscription (PS3.4 Table CC.2.3-1). That of Subscribe has the
 * Deletion Lock too, and the keys of a filtered global subscription.
 *
 * @category attributes
 * @since 0.1.0
 */
export const Receiving = DataSetSchema.Struct({ receivingAE: type1(Attribute.ReceivingAE) })

/**
 * The information of Subscribe (PS3.4 Table CC.2.3-1), without the keys of a filtered global subscription.
 *
 * @category attributes
 * @since 0.1.0
 */
export const Subscribe = DataSetSchema.Struct({
  receivingAE: type1(Attribute.ReceivingAE),
  deletionLock: type1(Attribute.DeletionLock, enumeratedValues("TRUE", "FALSE"))
})

/**
 * The information of the event UPS State Report (PS3.4 Table CC.2.4-1).
 *
 * @category attributes
 * @since 0.1.0
 */
export const StateReport = DataSetSchema.Struct({
  procedureStepState: type1(Attribute.ProcedureStepState, state),
  inputReadinessState: type1(Attribute.InputReadinessState, readiness),
  ...reasons
})

/**
 * The information of the event UPS Cancel Requested (PS3.4 Table CC.2.4-1).
 *
 * @category attributes
 * @since 0.1.0
 */
export const CancelRequested = DataSetSchema.Struct({ requestingAE: type1(Attribute.RequestingAE), ...cancel })

/**
 * The information of the event UPS Progress Report (PS3.4 Table CC.2.4-1).
 *
 * @category attributes
 * @since 0.1.0
 */
export const ProgressReport = DataSetSchema.Struct({
  progress: type1(
    Attribute.ProcedureStepProgressInformationSequence,
    Schema.Array(
      DataSetSchema.Struct({
        procedureStepProgress: type3(Attribute.ProcedureStepProgress),
        procedureStepProgressDescription: type3(Attribute.ProcedureStepProgressDescription),
        procedureStepCommunicationsUris: type3(Attribute.ProcedureStepCommunicationsURISequence)
      })
    )
  )
})

const start = enumeratedValues("WARM START", "COLD START")

/**
 * The information of the event SCP Status Change (PS3.4 Table CC.2.4-1 and section CC.2.4.3).
 *
 * @category attributes
 * @since 0.1.0
 */
export const StatusChange = DataSetSchema.Struct({
  scpStatus: type1(Attribute.SCPStatus, enumeratedValues("RESTARTED", "GOING DOWN")),
  subscriptionListStatus: type1(Attribute.SubscriptionListStatus, start),
  unifiedProcedureStepListStatus: type1(Attribute.UnifiedProcedureStepListStatus, start)
})

/**
 * The information of the event UPS Assigned (PS3.4 Table CC.2.4-1).
 *
 * @category attributes
 * @since 0.1.0
 */
export const Assigned = DataSetSchema.Struct({
  scheduledStationNameCode: type3(Attribute.ScheduledStationNameCodeSequence, codes),
  humanPerformerCode: type3(Attribute.HumanPerformerCodeSequence, codes),
  humanPerformerOrganization: type3(Attribute.HumanPerformerOrganization)
})

/**
 * The instance that stands for all steps in a subscription (PS3.4 section CC.3.1.2).
 *
 * @category identifiers
 * @since 0.1.0
 */
export const globalSubscription: Uid = UidRegistry.UPSGlobalSubscriptionInstance

/**
 * The instance that stands for all steps that match keys (PS3.4 section CC.2.3.2).
 *
 * @category identifiers
 * @since 0.1.0
 */
export const filteredGlobalSubscription: Uid = UidRegistry.UPSFilteredGlobalSubscriptionInstance

// -----------------------------------------------------------------------------
// the service classes
// -----------------------------------------------------------------------------

const {
  UnifiedProcedureStepEvent: Event,
  UnifiedProcedureStepPull: Pull,
  UnifiedProcedureStepPush: Push,
  UnifiedProcedureStepQuery: Query,
  UnifiedProcedureStepWatch: Watch
} = SopClass

const get = Operation.getAttributes({
  affects: Push,
  sopClasses: [Push, Pull, Watch],
  statuses: GetStatus,
  attributes: Operation.dataSet
})
const find = Operation.find({
  sopClasses: [Pull, Watch, Query],
  statuses: FindStatus,
  extendedNegotiation: ModalityWorklist.ApplicationInformation
})
const requestCancel = Operation.action({
  affects: Push,
  sopClasses: [Push, Watch],
  statuses: RequestCancelStatus,
  actionTypeId: 2,
  information: Operation.optional(RequestCancel)
})
const watching = { affects: Push, sopClasses: [Watch], statuses: SubscribeStatus } as const
const event = { affects: Push, sopClasses: [Event], statuses: EventStatus } as const

const ofPush = {
  create: Operation.create({
    affects: Push,
    sopClasses: [Push],
    statuses: CreateStatus,
    attributes: Operation.dataSet
  }),
  requestCancel,
  get
}
const ofPull = {
  find,
  get,
  set: Operation.setAttributes({ affects: Push, sopClasses: [Pull], statuses: SetStatus }),
  changeState: Operation.action({
    affects: Push,
    sopClasses: [Pull],
    statuses: ChangeStateStatus,
    actionTypeId: 1,
    information: ChangeState
  })
}
const ofWatch = {
  subscribe: Operation.action({ ...watching, actionTypeId: 3, information: Operation.dataSet }),
  unsubscribe: Operation.action({ ...watching, actionTypeId: 4, information: Receiving }),
  suspendGlobalSubscription: Operation.action({ ...watching, actionTypeId: 5, information: Receiving }),
  get,
  find,
  requestCancel
}
const ofEvent = {
  stateReport: Operation.eventReport({ ...event, eventTypeId: 1, information: StateReport }),
  cancelRequested: Operation.eventReport({ ...event, eventTypeId: 2, information: CancelRequested }),
  progressReport: Operation.eventReport({ ...event, eventTypeId: 3, information: ProgressReport }),
  statusChange: Operation.eventReport({ ...event, eventTypeId: 4, information: StatusChange }),
  assigned: Operation.eventReport({ ...event, eventTypeId: 5, information: Assigned })
}

/**
 * All five SOP classes together: for a provider that has all of them, and for a user of several.
 *
 * @category service classes
 * @since 0.1.0
 */
export const serviceClass = ServiceClass.make("Unified Procedure Step", {
  sopClasses: [Push, Pull, Watch, Event, Query],
  operations: { ...ofPush, ...ofPull, ...ofWatch, ...ofEvent }
})

/**
 * UPS Push: to create steps, and to ask for their cancellation (PS3.4 Table CC.2-1).
 *
 * @category service classes
 * @since 0.1.0
 */
export const push = ServiceClass.make("UPS Push", { sopClasses: [Push], operations: ofPush })

/**
 * UPS Pull: to find steps, and to perform them (PS3.4 Table CC.2-2).
 *
 * @category service classes
 * @since 0.1.0
 */
export const pull = ServiceClass.make("UPS Pull", { sopClasses: [Pull], operations: ofPull })

/**
 * UPS Watch: to subscribe to events (PS3.4 Table CC.2-3).
 *
 * @category service classes
 * @since 0.1.0
 */
export const watch = ServiceClass.make("UPS Watch", { sopClasses: [Watch], operations: ofWatch })

/**
 * UPS Event: to be told (PS3.4 Table CC.2-4).
 *
 * @category service classes
 * @since 0.1.0
 */
export const events = ServiceClass.make("UPS Event", { sopClasses: [Event], operations: ofEvent })

/**
 * UPS Query: to find steps only (PS3.4 Table CC.2-5).
 *
 * @category service classes
 * @since 0.1.0
 */
export const query = ServiceClass.make("UPS Query", { sopClasses: [Query], operations: { find } })
