/**
 * The Modality Performed Procedure Step service classes (PS3.4 Annex F), as user and as provider: a modality says what it
 * does and has done, others ask for that or are told of it. Three SOP classes share the instances, each a service class
 * here. The states of instances, and a provider that keeps them, are `PerformedProcedureStepState.ts`'s.
 *
 * @since 0.1.0
 */
import * as Attribute from "@effect-dicom/data/Attribute"
import type { DataSet } from "@effect-dicom/data/DataSet"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as Schema from "effect/Schema"
import * as GeneralStatus from "./GeneralStatus.ts"
import { code, codes } from "./internal/codedEntry.ts"
import { enumeratedValues } from "./internal/enumeratedValues.ts"
import { reference, Reference as sopInstanceReference, references } from "./internal/sopInstanceReference.ts"
import * as Operation from "./Operation.ts"
import * as ServiceClass from "./ServiceClass.ts"
import * as ServiceError from "./ServiceError.ts"
import * as ServiceStatus from "./ServiceStatus.ts"

const { type1, type1C, type2, type2C, type3 } = DataSetSchema

// -----------------------------------------------------------------------------
// statuses
// -----------------------------------------------------------------------------

/**
 * The statuses of N-CREATE (PS3.4 section F.7.2.1.4): none of its own.
 *
 * @category statuses
 * @since 0.1.0
 */
export const CreateStatus = ServiceStatus.make(GeneralStatus.create)

/**
 * @category statuses
 * @since 0.1.0
 */
export type CreateStatus = ServiceStatus.Type<typeof CreateStatus>

/**
 * The statuses of N-SET (PS3.4 section F.7.2.2.4): none of its own, but {@link mayNoLongerBeUpdated} says what a processing
 * failure of an instance in a final state is.
 *
 * @category statuses
 * @since 0.1.0
 */
export const SetStatus = ServiceStatus.make(GeneralStatus.setAttributes)

/**
 * @category statuses
 * @since 0.1.0
 */
export type SetStatus = ServiceStatus.Type<typeof SetStatus>

/**
 * The statuses of N-GET (PS3.4 Table F.8.2-2).
 *
 * @category statuses
 * @since 0.1.0
 */
export const GetStatus = ServiceStatus.make({
  ...GeneralStatus.getAttributes,
  OptionalAttributesNotSupported: ServiceStatus.warning(0x0001, "Requested optional Attributes are not supported")
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type GetStatus = ServiceStatus.Type<typeof GetStatus>

/**
 * The statuses of N-EVENT-REPORT (PS3.4 section F.9.2.3): none of its own.
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
 * What refuses the N-SET of an instance in a final state (PS3.4 Table F.7.2-2): a processing failure with its Error
 * Comment and Error ID A710H.
 *
 * @category statuses
 * @since 0.1.0
 */
export const mayNoLongerBeUpdated: ServiceError.Refused<Extract<SetStatus, { readonly code: 0x0110 }>> =
  ServiceError.refused(SetStatus.of.ProcessingFailure(), {
    errorComment: "Performed Procedure Step Object may no longer be updated",
    errorId: 0xa710
  })

// -----------------------------------------------------------------------------
// attributes
// -----------------------------------------------------------------------------

/**
 * A reference to an instance, as an item of a sequence.
 *
 * @category attributes
 * @since 0.1.0
 */
export const Reference = sopInstanceReference

/**
 * A code, as an item of a sequence (PS3.4 Tables F.7.2-1a to F.7.2-1f), without its context group.
 *
 * @category attributes
 * @since 0.1.0
 */
export const Code = code

/** Who gave an identifier (PS3.3 Table 10-17), as an item of a sequence. */
const issuer = Schema.Array(
  DataSetSchema.Struct({
    localNamespaceEntityId: type1C(Attribute.LocalNamespaceEntityID),
    universalEntityId: type1C(Attribute.UniversalEntityID),
    universalEntityIdType: type1C(Attribute.UniversalEntityIDType)
  })
)

/**
 * An item of the Scheduled Step Attributes Sequence (PS3.4 Table F.7.2-1): what the worklist said, or of a step that was
 * not scheduled the study and nothing else.
 *
 * @category attributes
 * @since 0.1.0
 */
export const ScheduledStep = DataSetSchema.Struct({
  studyInstanceUid: type1(Attribute.StudyInstanceUID),
  referencedStudy: type2(Attribute.ReferencedStudySequence, references),
  accessionNumber: type2(Attribute.AccessionNumber),
  issuerOfAccessionNumber: type3(Attribute.IssuerOfAccessionNumberSequence, issuer),
  placerOrderNumber: type3(Attribute.PlacerOrderNumberImagingServiceRequest),
  orderPlacerIdentifier: type3(Attribute.OrderPlacerIdentifierSequence, issuer),
  fillerOrderNumber: type3(Attribute.FillerOrderNumberImagingServiceRequest),
  orderFillerIdentifier: type3(Attribute.OrderFillerIdentifierSequence, issuer),
  requestedProcedureId: type2(Attribute.RequestedProcedureID),
  requestedProcedureCode: type3(Attribute.RequestedProcedureCodeSequence, codes),
  requestedProcedureDescription: type2(Attribute.RequestedProcedureDescription),
  scheduledProcedureStepId: type2(Attribute.ScheduledProcedureStepID),
  scheduledProcedureStepDescription: type2(Attribute.ScheduledProcedureStepDescription),
  scheduledProtocolCode: type2(Attribute.ScheduledProtocolCodeSequence, codes)
})

const images = Schema.Array(
  DataSetSchema.Struct({
    ...reference,
    containerIdentifier: type3(Attribute.ContainerIdentifier),
    specimenDescription: type3(
      Attribute.SpecimenDescriptionSequence,
      Schema.Array(
        DataSetSchema.Struct({
          specimenIdentifier: type1(Attribute.SpecimenIdentifier),
          specimenUid: type1(Attribute.SpecimenUID)
        })
      )
    )
  })
)

/**
 * An item of the Performed Series Sequence (PS3.4 Table F.7.2-1).
 *
 * @category attributes
 * @since 0.1.0
 */
export const PerformedSeries = DataSetSchema.Struct({
  performingPhysicianName: type2(Attribute.PerformingPhysicianName),
  protocolName: type1(Attribute.ProtocolName),
  operatorsName: type2(Attribute.OperatorsName),
  seriesInstanceUid: type1(Attribute.SeriesInstanceUID),
  seriesDescription: type2(Attribute.SeriesDescription),
  retrieveAETitle: type2(Attribute.RetrieveAETitle),
  archiveRequested: type3(Attribute.ArchiveRequested),
  referencedImage: type2(Attribute.ReferencedImageSequence, images),
  referencedNonImageCompositeSopInstance: type2(Attribute.ReferencedNonImageCompositeSOPInstanceSequence, references)
})

const series = Schema.Array(PerformedSeries)

/**
 * The attributes that N-CREATE gives (PS3.4 Table F.7.2-1).
 *
 * @category attributes
 * @since 0.1.0
 */
export const Attributes = DataSetSchema.Struct({
  scheduledStep: type1(Attribute.ScheduledStepAttributesSequence, Schema.Array(ScheduledStep)),
  patientName: type2(Attribute.PatientName),
  patientId: type2(Attribute.PatientID),
  issuerOfPatientId: type3(Attribute.IssuerOfPatientID),
  issuerOfPatientIdQualifiers: type3(Attribute.IssuerOfPatientIDQualifiersSequence),
  otherPatientIds: type3(Attribute.OtherPatientIDsSequence),
  patientBirthDate: type2(Attribute.PatientBirthDate),
  patientSex: type2(Attribute.PatientSex),
  referencedPatient: type2(Attribute.ReferencedPatientSequence, references),
  admissionId: type3(Attribute.AdmissionID),
  issuerOfAdmissionId: type3(Attribute.IssuerOfAdmissionIDSequence, issuer),
  serviceEpisodeId: type3(Attribute.ServiceEpisodeID),
  issuerOfServiceEpisodeId: type3(Attribute.IssuerOfServiceEpisodeIDSequence, issuer),
  serviceEpisodeDescription: type3(Attribute.ServiceEpisodeDescription),
  performedProcedureStepId: type1(Attribute.PerformedProcedureStepID),
  performedStationAETitle: type1(Attribute.PerformedStationAETitle),
  performedStationName: type2(Attribute.PerformedStationName),
  performedLocation: type2(Attribute.PerformedLocation),
  performedProcedureStepStartDate: type1(Attribute.PerformedProcedureStepStartDate),
  performedProcedureStepStartTime: type1(Attribute.PerformedProcedureStepStartTime),
  performedProcedureStepStatus: type1(Attribute.PerformedProcedureStepStatus, enumeratedValues("IN PROGRESS")),
  performedProcedureStepDescription: type2(Attribute.PerformedProcedureStepDescription),
  performedProcedureTypeDescription: type2(Attribute.PerformedProcedureTypeDescription),
  procedureCode: type2(Attribute.ProcedureCodeSequence, codes),
  reasonForPerformedProcedureCode: type3(Attribute.ReasonForPerformedProcedureCodeSequence, codes),
  performedProcedureStepEndDate: type2(Attribute.PerformedProcedureStepEndDate),
  performedProcedureStepEndTime: type2(Attribute.PerformedProcedureStepEndTime),
  comments: type3(Attribute.CommentsOnThePerformedProcedureStep),
  discontinuationReasonCode: type3(Attribute.PerformedProcedureStepDiscontinuationReasonCodeSequence, codes),
  modality: type1(Attribute.Modality),
  studyId: type2(Attribute.StudyID),
  performedProtocolCode: type2(Attribute.PerformedProtocolCodeSequence, codes),
  performedSeries: type2(Attribute.PerformedSeriesSequence, series)
})

/**
 * The attributes that N-SET may change (PS3.4 Table F.7.2-1): a sequence with all its items, and of those that N-CREATE
 * gave, be it empty.
 *
 * @category attributes
 * @since 0.1.0
 */
export const Modifications = DataSetSchema.Struct({
  performedProcedureStepStatus: type1C(
    Attribute.PerformedProcedureStepStatus,
    enumeratedValues("IN PROGRESS", "DISCONTINUED", "COMPLETED")
  ),
  performedProcedureStepDescription: type2C(Attribute.PerformedProcedureStepDescription),
  performedProcedureTypeDescription: type2C(Attribute.PerformedProcedureTypeDescription),
  procedureCode: type2C(Attribute.ProcedureCodeSequence, codes),
  reasonForPerformedProcedureCode: type3(Attribute.ReasonForPerformedProcedureCodeSequence, codes),
  performedProcedureStepEndDate: type3(Attribute.PerformedProcedureStepEndDate),
  performedProcedureStepEndTime: type3(Attribute.PerformedProcedureStepEndTime),
  comments: type3(Attribute.CommentsOnThePerformedProcedureStep),
  discontinuationReasonCode: type3(Attribute.PerformedProcedureStepDiscontinuationReasonCodeSequence, codes),
  performedProtocolCode: type2C(Attribute.PerformedProtocolCodeSequence, codes),
  performedSeries: type3(Attribute.PerformedSeriesSequence, series)
})

/**
 * What an instance in a final state has (PS3.4 Table F.7.2-1, the last column): when the step ended, and a series at the
 * least, be it without images.
 *
 * @category attributes
 * @since 0.1.0
 */
export const FinalState = DataSetSchema.Struct({
  performedProcedureStepStatus: type1(
    Attribute.PerformedProcedureStepStatus,
    enumeratedValues("DISCONTINUED", "COMPLETED")
  ),
  performedProcedureStepEndDate: type1(Attribute.PerformedProcedureStepEndDate),
  performedProcedureStepEndTime: type1(Attribute.PerformedProcedureStepEndTime),
  performedSeries: type1(Attribute.PerformedSeriesSequence, series)
})

// -----------------------------------------------------------------------------
// the service classes
// -----------------------------------------------------------------------------

/**
 * The Modality Performed Procedure Step SOP class as a service class.
 *
 * @category models
 * @since 0.1.0
 */
export type ModalityPerformedProcedureStep<Created, Modified> = ServiceClass.ServiceClass<
  "Modality Performed Procedure Step",
  {
    readonly create: Operation.Operation<
      "N-CREATE",
      Created,
      DataSet | undefined,
      typeof CreateStatus,
      "M",
      "SCU",
      never
    >
    readonly set: Operation.Operation<"N-SET", Modified, DataSet | undefined, typeof SetStatus, "M", "SCU", never>
  }
>

/**
 * The service class with data sets of schemas of one's own, such as {@link Attributes} and {@link Modifications}. A provider
 * that keeps what it gets takes {@link serviceClass}, since a schema passes over what it does not declare.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <Created extends Operation.Given, Modified extends Operation.Given>(dataSets: {
  readonly attributes: Created
  readonly modifications: Modified
}): ModalityPerformedProcedureStep<Operation.TypeOf<Created>, Operation.TypeOf<Modified>> =>
  ServiceClass.make("Modality Performed Procedure Step", {
    sopClasses: [SopClass.ModalityPerformedProcedureStep],
    operations: {
      create: Operation.create<typeof CreateStatus, "M", never, Created>({
        statuses: CreateStatus,
        attributes: dataSets.attributes
      }),
      set: Operation.setAttributes<typeof SetStatus, "M", never, Modified>({
        statuses: SetStatus,
        modifications: dataSets.modifications
      })
    }
  })

/**
 * The service class, its data sets as they are: a modality is the user, an information system the provider.
 *
 * @category service classes
 * @since 0.1.0
 */
export const serviceClass: ModalityPerformedProcedureStep<DataSet, DataSet> = make({
  attributes: Operation.dataSet,
  modifications: Operation.dataSet
})

/**
 * The Modality Performed Procedure Step Retrieve SOP class (PS3.4 section F.8).
 *
 * @category service classes
 * @since 0.1.0
 */
export const retrieve = ServiceClass.make("Modality Performed Procedure Step Retrieve", {
  sopClasses: [SopClass.ModalityPerformedProcedureStepRetrieve],
  operations: { get: Operation.getAttributes({ statuses: GetStatus, attributes: Operation.dataSet }) }
})

const event = { statuses: EventStatus, usage: "U" } as const

/**
 * The Modality Performed Procedure Step Notification SOP class (PS3.4 Table F.9.2-1), whose notifications a provider sends.
 * A user handles those that it is interested in; the others are answered with 0113H, no such event type.
 *
 * @category service classes
 * @since 0.1.0
 */
export const notification = ServiceClass.make("Modality Performed Procedure Step Notification", {
  sopClasses: [SopClass.ModalityPerformedProcedureStepNotification],
  operations: {
    inProgress: Operation.eventReport({ ...event, eventTypeId: 1 }),
    completed: Operation.eventReport({ ...event, eventTypeId: 2 }),
    discontinued: Operation.eventReport({ ...event, eventTypeId: 3 }),
    /** Not for changes of the status. */
    updated: Operation.eventReport({ ...event, eventTypeId: 4 }),
    deleted: Operation.eventReport({ ...event, eventTypeId: 5 })
  }
})
