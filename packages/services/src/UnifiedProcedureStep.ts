/**
 * The Unified Procedure Step service class (PS3.4 Annex CC), as user and as provider: its attributes, operations and
 * events, and the SOP classes Push, Pull, Watch, Event and Query. The statuses are `UnifiedProcedureStepStatus.ts`'s, the
 * states `UnifiedProcedureStepState.ts`'s, and a provider that keeps them is `UnifiedProcedureStepProvider.ts`'s.
 *
 * **Details**
 *
 * All steps are instances of the Push SOP class: the commands of DIMSE-N name it, whichever of the classes was negotiated
 * (section CC.3.1).
 *
 * @since 0.1.0
 */
import * as Attribute from "@effect-dicom/data/Attribute"
import type { DataSet } from "@effect-dicom/data/DataSet"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as SopClass from "@effect-dicom/data/SopClass"
import type { Uid } from "@effect-dicom/data/Uid"
import * as UidRegistry from "@effect-dicom/data/UidRegistry"
import * as Schema from "effect/Schema"
import { codes } from "./internal/codedEntry.ts"
import { enumeratedValues } from "./internal/enumeratedValues.ts"
import * as ModalityWorklist from "./ModalityWorklist.ts"
import * as Operation from "./Operation.ts"
import * as ServiceClass from "./ServiceClass.ts"
import * as Status from "./UnifiedProcedureStepStatus.ts"

const { type1, type1C, type2, type2C, type3 } = DataSetSchema

// -----------------------------------------------------------------------------
// attributes
// -----------------------------------------------------------------------------

const state = enumeratedValues("SCHEDULED", "IN PROGRESS", "COMPLETED", "CANCELED")
const readiness = enumeratedValues("INCOMPLETE", "UNAVAILABLE", "READY")
const empty = Schema.Array(DataSetSchema.Struct({})).check(Schema.isMaxLength(0))

const performer = DataSetSchema.Struct({
  humanPerformerCode: type1(Attribute.HumanPerformerCodeSequence, codes),
  humanPerformerName: type1(Attribute.HumanPerformerName),
  humanPerformerOrganization: type1(Attribute.HumanPerformerOrganization)
})

/**
 * What a step is created with (PS3.4 Table CC.2.5-3, N-CREATE): of the sequences without items of a type here, those of the
 * progress and of what was performed are empty.
 *
 * @category attributes
 * @since 0.1.0
 */
export const Scheduled = DataSetSchema.Struct({
  /** Empty: who performs the step gives one. */
  transactionUid: type2(Attribute.TransactionUID),
  scheduledProcedureStepPriority: type1(
    Attribute.ScheduledProcedureStepPriority,
    enumeratedValues("HIGH", "MEDIUM", "LOW")
  ),
  procedureStepLabel: type1(Attribute.ProcedureStepLabel),
  worklistLabel: type2(Attribute.WorklistLabel),
  scheduledProcessingParameters: type2(Attribute.ScheduledProcessingParametersSequence),
  scheduledStationNameCode: type2(Attribute.ScheduledStationNameCodeSequence, codes),
  scheduledStationClassCode: type2(Attribute.ScheduledStationClassCodeSequence, codes),
  scheduledStationGeographicLocationCode: type2(Attribute.ScheduledStationGeographicLocationCodeSequence, codes),
  scheduledHumanPerformers: type2C(Attribute.ScheduledHumanPerformersSequence, Schema.Array(performer)),
  scheduledProcedureStepStartDateTime: type1(Attribute.ScheduledProcedureStepStartDateTime),
  expectedCompletionDateTime: type3(Attribute.ExpectedCompletionDateTime),
  scheduledProcedureStepExpirationDateTime: type3(Attribute.ScheduledProcedureStepExpirationDateTime),
  scheduledWorkitemCode: type2(Attribute.ScheduledWorkitemCodeSequence, codes),
  comments: type2(Attribute.CommentsOnTheScheduledProcedureStep),
  inputReadinessState: type1(Attribute.InputReadinessState, readiness),
  inputInformation: type2(Attribute.InputInformationSequence),
  studyInstanceUid: type1C(Attribute.StudyInstanceUID),
  outputDestination: type3(Attribute.OutputDestinationSequence),
  patientName: type2(Attribute.PatientName),
  patientId: type1C(Attribute.PatientID),
  issuerOfPatientId: type2(Attribute.IssuerOfPatientID),
  issuerOfPatientIdQualifiers: type2(Attribute.IssuerOfPatientIDQualifiersSequence),
  otherPatientIds: type2(Attribute.OtherPatientIDsSequence),
  patientBirthDate: type2(Attribute.PatientBirthDate),
  patientSex: type2(Attribute.PatientSex),
  referencedPatientPhoto: type3(Attribute.ReferencedPatientPhotoSequence),
  admissionId: type2(Attribute.AdmissionID),
  issuerOfAdmissionId: type2(Attribute.IssuerOfAdmissionIDSequence),
  admittingDiagnosesDescription: type2(Attribute.AdmittingDiagnosesDescription),
  admittingDiagnosesCode: type2(Attribute.AdmittingDiagnosesCodeSequence, codes),
  referencedRequest: type2(Attribute.ReferencedRequestSequence),
  replacedProcedureStep: type1C(Attribute.ReplacedProcedureStepSequence),
  medicalAlerts: type3(Attribute.MedicalAlerts),
  pregnancyStatus: type3(Attribute.PregnancyStatus),
  specialNeeds: type3(Attribute.SpecialNeeds),
  procedureStepState: type1(Attribute.ProcedureStepState, enumeratedValues("SCHEDULED")),
  progress: type2(Attribute.ProcedureStepProgressInformationSequence, empty),
  performedProcedure: type2(Attribute.UnifiedProcedureStepPerformedProcedureSequence, empty)
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
        procedureStepProgressParameters: type3(Attribute.ProcedureStepProgressParametersSequence),
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
  statuses: Status.GetStatus,
  attributes: Operation.dataSet
})
const find = Operation.find({
  sopClasses: [Pull, Watch, Query],
  statuses: Status.FindStatus,
  extendedNegotiation: ModalityWorklist.ApplicationInformation
})
const requestCancel = Operation.action({
  affects: Push,
  sopClasses: [Push, Watch],
  statuses: Status.RequestCancelStatus,
  actionTypeId: 2,
  information: Operation.optional(RequestCancel)
})
const watching = { affects: Push, sopClasses: [Watch], statuses: Status.SubscribeStatus } as const
const event = { affects: Push, sopClasses: [Event], statuses: Status.EventStatus } as const

const ofPush = {
  create: Operation.create({
    affects: Push,
    sopClasses: [Push],
    statuses: Status.CreateStatus,
    attributes: Operation.dataSet
  }),
  requestCancel,
  get
}
const ofPull = {
  find,
  get,
  set: Operation.setAttributes({ affects: Push, sopClasses: [Pull], statuses: Status.SetStatus }),
  changeState: Operation.action({
    affects: Push,
    sopClasses: [Pull],
    statuses: Status.ChangeStateStatus,
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
 * UPS Push with a step's attributes of a schema of one's own.
 *
 * @category models
 * @since 0.1.0
 */
export type Push<Created> = ServiceClass.ServiceClass<
  "UPS Push",
  Omit<typeof ofPush, "create"> & {
    readonly create: Operation.Operation<
      "N-CREATE",
      Created,
      DataSet | undefined,
      typeof Status.CreateStatus,
      "M",
      "SCU",
      never
    >
  }
>

/**
 * UPS Push with a step's attributes of a schema of one's own, such as {@link Scheduled}, for a user: a provider that keeps
 * what it gets takes {@link push}, since a schema passes over what it does not declare.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makePush = <Created extends Operation.Given>(dataSets: {
  readonly attributes: Created
}): Push<Operation.TypeOf<Created>> =>
  ServiceClass.make("UPS Push", {
    sopClasses: [Push],
    operations: {
      ...ofPush,
      create: Operation.create<typeof Status.CreateStatus, "M", never, Created>({
        affects: Push,
        sopClasses: [Push],
        statuses: Status.CreateStatus,
        attributes: dataSets.attributes
      })
    }
  })

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
