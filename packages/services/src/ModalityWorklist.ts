/**
 * The Basic Worklist Management service class (PS3.4 Annex K): the Modality Worklist, as user and as provider.
 *
 * @since 0.1.0
 */
import * as Attribute from "@effect-dicom/data/Attribute"
import type { DataSet } from "@effect-dicom/data/DataSet"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as Schema from "effect/Schema"
import { make as makeApplicationInformation } from "./ApplicationInformation.ts"
import * as GeneralStatus from "./GeneralStatus.ts"
import { keys, values } from "./internal/queryFields.ts"
import * as Operation from "./Operation.ts"
import * as ServiceClass from "./ServiceClass.ts"
import * as ServiceStatus from "./ServiceStatus.ts"

/**
 * The statuses of C-FIND (PS3.4 Table K.4-1, with those of PS3.7 section 9.1.2.1.5).
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
  MatchesAreContinuing: ServiceStatus.pending(
    0xff00,
    "Matches are continuing - Current Match is supplied and any Optional Keys were supported in the same manner as " +
      "Required Keys"
  ),
  OptionalKeysNotSupported: ServiceStatus.pending(
    0xff01,
    "Matches are continuing - Warning that one or more Optional Keys were not supported for existence for this Identifier"
  )
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type FindStatus = ServiceStatus.Type<typeof FindStatus>

/**
 * The Service-class-application-information (PS3.4 section K.5.1).
 *
 * @category extended negotiation
 * @since 0.1.0
 */
export const ApplicationInformation = makeApplicationInformation(
  {
    reserved1: { reserved: 1 },
    reserved2: { reserved: 1 },
    fuzzySemanticMatching: "flag",
    timezoneQueryAdjustment: "flag"
  },
  3
)

/**
 * @category extended negotiation
 * @since 0.1.0
 */
export type ApplicationInformation = typeof ApplicationInformation.Type

// -----------------------------------------------------------------------------
// identifiers
// -----------------------------------------------------------------------------

/**
 * The attributes of a worklist item (PS3.4 Table K.6-1), without those of its Scheduled Procedure Step Sequence. Items of
 * the other sequences are data sets.
 *
 * @category attributes
 * @since 0.1.0
 */
export const attributes = {
  scheduledSpecimen: Attribute.ScheduledSpecimenSequence,
  barcodeValue: Attribute.BarcodeValue,
  requestedProcedureId: Attribute.RequestedProcedureID,
  requestedProcedureDescription: Attribute.RequestedProcedureDescription,
  requestedProcedureCode: Attribute.RequestedProcedureCodeSequence,
  studyInstanceUid: Attribute.StudyInstanceUID,
  studyDate: Attribute.StudyDate,
  studyTime: Attribute.StudyTime,
  referencedStudy: Attribute.ReferencedStudySequence,
  requestedProcedurePriority: Attribute.RequestedProcedurePriority,
  patientTransportArrangements: Attribute.PatientTransportArrangements,
  accessionNumber: Attribute.AccessionNumber,
  issuerOfAccessionNumber: Attribute.IssuerOfAccessionNumberSequence,
  requestingPhysician: Attribute.RequestingPhysician,
  referringPhysicianName: Attribute.ReferringPhysicianName,
  admissionId: Attribute.AdmissionID,
  issuerOfAdmissionId: Attribute.IssuerOfAdmissionIDSequence,
  currentPatientLocation: Attribute.CurrentPatientLocation,
  referencedPatient: Attribute.ReferencedPatientSequence,
  patientName: Attribute.PatientName,
  patientId: Attribute.PatientID,
  issuerOfPatientId: Attribute.IssuerOfPatientID,
  issuerOfPatientIdQualifiers: Attribute.IssuerOfPatientIDQualifiersSequence,
  otherPatientIds: Attribute.OtherPatientIDsSequence,
  patientBirthDate: Attribute.PatientBirthDate,
  patientSex: Attribute.PatientSex,
  patientPrimaryLanguageCode: Attribute.PatientPrimaryLanguageCodeSequence,
  patientWeight: Attribute.PatientWeight,
  patientSize: Attribute.PatientSize,
  confidentialityConstraint: Attribute.ConfidentialityConstraintOnPatientDataDescription,
  patientState: Attribute.PatientState,
  pregnancyStatus: Attribute.PregnancyStatus,
  medicalAlerts: Attribute.MedicalAlerts,
  allergies: Attribute.Allergies,
  specialNeeds: Attribute.SpecialNeeds,
  pertinentDocuments: Attribute.PertinentDocumentsSequence
} as const

/**
 * The attributes of an item of the Scheduled Procedure Step Sequence (PS3.4 Table K.6-1). Items of its own sequences are
 * data sets.
 *
 * @category attributes
 * @since 0.1.0
 */
export const scheduledProcedureStepAttributes = {
  scheduledStationAETitle: Attribute.ScheduledStationAETitle,
  scheduledProcedureStepStartDate: Attribute.ScheduledProcedureStepStartDate,
  scheduledProcedureStepStartTime: Attribute.ScheduledProcedureStepStartTime,
  modality: Attribute.Modality,
  scheduledPerformingPhysicianName: Attribute.ScheduledPerformingPhysicianName,
  scheduledProcedureStepDescription: Attribute.ScheduledProcedureStepDescription,
  scheduledStationName: Attribute.ScheduledStationName,
  scheduledProcedureStepLocation: Attribute.ScheduledProcedureStepLocation,
  referencedDefinedProtocol: Attribute.ReferencedDefinedProtocolSequence,
  referencedPerformedProtocol: Attribute.ReferencedPerformedProtocolSequence,
  scheduledProtocolCode: Attribute.ScheduledProtocolCodeSequence,
  preMedication: Attribute.PreMedication,
  scheduledProcedureStepId: Attribute.ScheduledProcedureStepID,
  requestedContrastAgent: Attribute.RequestedContrastAgent,
  scheduledProcedureStepStatus: Attribute.ScheduledProcedureStepStatus
} as const

/**
 * The identifier of a query, as keys.
 *
 * @category identifiers
 * @since 0.1.0
 */
export const Identifier = DataSetSchema.Struct({
  scheduledProcedureStep: DataSetSchema.key(
    Attribute.ScheduledProcedureStepSequence,
    DataSetSchema.Struct(keys(scheduledProcedureStepAttributes))
  ),
  ...keys(attributes)
})

/**
 * The identifier of a match, as values: a worklist item, with one scheduled procedure step.
 *
 * @category identifiers
 * @since 0.1.0
 */
export const Item = DataSetSchema.Struct({
  scheduledProcedureStep: DataSetSchema.type1(
    Attribute.ScheduledProcedureStepSequence,
    Schema.Array(DataSetSchema.Struct(values(scheduledProcedureStepAttributes)))
  ),
  ...values(attributes)
})

// -----------------------------------------------------------------------------
// the service class
// -----------------------------------------------------------------------------

/**
 * The Modality Worklist as a service class.
 *
 * @category models
 * @since 0.1.0
 */
export type ModalityWorklist<In, Out> = ServiceClass.ServiceClass<
  "Modality Worklist",
  { readonly find: Operation.Operation<"C-FIND", In, Out, typeof FindStatus, "M", "SCU", ApplicationInformation> }
>

/**
 * The service class with identifiers of schemas of one's own, such as {@link Identifier} and {@link Item}; data sets where
 * none are given.
 *
 * **Gotchas**
 *
 * A schema passes over the attributes that it does not declare: a provider that is to return what it was asked for takes
 * identifiers as data sets.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <
  In extends Operation.Given = Operation.Content<DataSet>,
  Out extends Operation.Given = Operation.Content<DataSet>
>(
  identifiers: { readonly identifier?: In; readonly match?: Out } = {}
): ModalityWorklist<Operation.TypeOf<In>, Operation.TypeOf<Out>> =>
  ServiceClass.make("Modality Worklist", {
    sopClasses: [SopClass.ModalityWorklistInformationModelFind],
    operations: {
      find: Operation.find<typeof FindStatus, "M", ApplicationInformation, In, Out>({
        ...identifiers,
        statuses: FindStatus,
        extendedNegotiation: ApplicationInformation
      })
    }
  })

/**
 * The service class, its identifiers as data sets.
 *
 * @category service classes
 * @since 0.1.0
 */
export const serviceClass: ModalityWorklist<DataSet, DataSet> = make()
