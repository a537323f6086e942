/**
 * The Application Event Logging service class (PS3.4 Annex P), as user and as provider: what happens in a procedure, and
 * what substances are administered, is recorded in a central place. Two SOP classes, each a service class here. The
 * content of a procedural event, made by template TID 3001, passes as data sets.
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
import * as GeneralStatus from "./GeneralStatus.ts"
import { codes } from "./internal/codedEntry.ts"
import * as Operation from "./Operation.ts"
import * as ServiceClass from "./ServiceClass.ts"
import * as ServiceStatus from "./ServiceStatus.ts"

const { type1, type1C, type2, type3 } = DataSetSchema

// -----------------------------------------------------------------------------
// procedural events
// -----------------------------------------------------------------------------

/**
 * The statuses of the action Record Procedural Event (PS3.4 Table P.2-3).
 *
 * @category statuses
 * @since 0.1.0
 */
export const ProceduralEventStatus = ServiceStatus.make({
  ...GeneralStatus.action,
  SynchronizationFrameOfReferenceDoesNotMatch: ServiceStatus.warning(
    0xb101,
    "Specified Synchronization Frame of Reference UID does not match SCP Synchronization Frame of Reference"
  ),
  StudyInstanceUidCoercion: ServiceStatus.warning(
    0xb102,
    "Study Instance UID coercion; Event logged under a different Study Instance UID"
  ),
  IdsInconsistentWarning: ServiceStatus.warning(0xb104, "IDs inconsistent in matching a current study; Event logged"),
  ProceduralLoggingNotAvailable: ServiceStatus.failure(
    0xc101,
    "Failed: Procedural Logging not available for specified Study Instance UID"
  ),
  EventInformationDoesNotMatchTemplate: ServiceStatus.failure(
    0xc102,
    "Failed: Event Information does not match Template"
  ),
  CannotMatchEvent: ServiceStatus.failure(0xc103, "Failed: Cannot match event to a current study"),
  IdsInconsistent: ServiceStatus.failure(
    0xc104,
    "Failed: IDs inconsistent in matching a current study; Event not logged"
  )
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type ProceduralEventStatus = ServiceStatus.Type<typeof ProceduralEventStatus>

/**
 * The information of the action Record Procedural Event (PS3.4 Table P.2-2): what the study is found by, each of it empty
 * where it is not known, and the top level content item.
 *
 * @category attributes
 * @since 0.1.0
 */
export const ProceduralEvent = DataSetSchema.Struct({
  patientId: type2(Attribute.PatientID),
  studyInstanceUid: type2(Attribute.StudyInstanceUID),
  studyId: type2(Attribute.StudyID),
  synchronizationFrameOfReferenceUid: type2(Attribute.SynchronizationFrameOfReferenceUID),
  performedLocation: type2(Attribute.PerformedLocation),
  observationDateTime: type3(Attribute.ObservationDateTime),
  valueType: type1(Attribute.ValueType),
  conceptName: type1C(Attribute.ConceptNameCodeSequence, codes),
  continuityOfContent: type1C(Attribute.ContinuityOfContent),
  contentTemplate: type1C(Attribute.ContentTemplateSequence),
  content: type1C(Attribute.ContentSequence)
})

/**
 * The reply to a procedural event that was recorded (PS3.4 Table P.2-4): the study in whose log it is. A provider always
 * gives it; a user reads it where it is there.
 *
 * @category attributes
 * @since 0.1.0
 */
export const LoggedStudy = DataSetSchema.Struct({
  studyInstanceUid: type1(Attribute.StudyInstanceUID),
  patientId: type1(Attribute.PatientID)
})

/**
 * The instance of the Procedural Event Logging SOP class, which every provider has (PS3.4 section P.2.4).
 *
 * @category identifiers
 * @since 0.1.0
 */
export const proceduralEventLoggingInstance: Uid = UidRegistry.ProceduralEventLoggingInstance

/**
 * The Procedural Event Logging SOP class (PS3.4 section P.2).
 *
 * @category service classes
 * @since 0.1.0
 */
export const proceduralEventLogging = ServiceClass.make("Procedural Event Logging", {
  sopClasses: [SopClass.ProceduralEventLogging],
  operations: {
    record: Operation.action({
      statuses: ProceduralEventStatus,
      actionTypeId: 1,
      information: ProceduralEvent,
      reply: Operation.optional(LoggedStudy)
    })
  }
})

// -----------------------------------------------------------------------------
// substance administration
// -----------------------------------------------------------------------------

/**
 * The statuses of the action Record Substance Administration Event (PS3.4 Table P.3-3).
 *
 * @category statuses
 * @since 0.1.0
 */
export const SubstanceAdministrationStatus = ServiceStatus.make({
  ...GeneralStatus.action,
  OperatorNotAuthorized: ServiceStatus.failure(
    0xc10e,
    "Failed: Operator Refused: Not authorized to add entry to Medication Administration Record"
  ),
  PatientCannotBeIdentified: ServiceStatus.failure(
    0xc110,
    "Failed: Patient cannot be identified from Patient ID (0010,0020) or Admission ID (0038,0010)"
  ),
  UpdateFailed: ServiceStatus.failure(0xc111, "Failed: Update of Medication Administration Record failed")
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type SubstanceAdministrationStatus = ServiceStatus.Type<typeof SubstanceAdministrationStatus>

const administration = DataSetSchema.Struct({
  patientId: type1C(Attribute.PatientID),
  issuerOfPatientId: type3(Attribute.IssuerOfPatientID),
  patientName: type2(Attribute.PatientName),
  admissionId: type1C(Attribute.AdmissionID),
  issuerOfAdmissionId: type3(Attribute.IssuerOfAdmissionID),
  productPackageIdentifier: type1C(Attribute.ProductPackageIdentifier),
  productName: type1C(Attribute.ProductName),
  productDescription: type3(Attribute.ProductDescription),
  substanceAdministrationDateTime: type1(Attribute.SubstanceAdministrationDateTime),
  substanceAdministrationNotes: type3(Attribute.SubstanceAdministrationNotes),
  substanceAdministrationDeviceId: type3(Attribute.SubstanceAdministrationDeviceID),
  administrationRouteCode: type2(Attribute.AdministrationRouteCodeSequence, codes),
  substanceAdministrationParameter: type3(Attribute.SubstanceAdministrationParameterSequence),
  operatorIdentification: type1(
    Attribute.OperatorIdentificationSequence,
    Schema.Array(
      DataSetSchema.Struct({ personIdentificationCode: type1(Attribute.PersonIdentificationCodeSequence, codes) })
    )
  )
})

/**
 * @category attributes
 * @since 0.1.0
 */
export type SubstanceAdministration = typeof administration.Type

/**
 * The information of the action Record Substance Administration Event (PS3.4 Table P.3-2): the patient by Patient ID or
 * Admission ID, and the product by its package or its name, or by both.
 *
 * @category attributes
 * @since 0.1.0
 */
export const SubstanceAdministration: Schema.Codec<SubstanceAdministration, DataSet> = administration.check(
  Schema.makeFilter(({ admissionId, patientId, productName, productPackageIdentifier }) => {
    if (patientId === undefined && admissionId === undefined) return "neither Patient ID nor Admission ID is there"
    return productPackageIdentifier === undefined && productName === undefined
      ? "neither Product Package Identifier nor Product Name is there"
      : true
  })
)

/**
 * The instance of the Substance Administration Logging SOP class, which every provider has (PS3.4 section P.3.4).
 *
 * @category identifiers
 * @since 0.1.0
 */
export const substanceAdministrationLoggingInstance: Uid = UidRegistry.SubstanceAdministrationLoggingInstance

/**
 * The Substance Administration Logging SOP class (PS3.4 section P.3).
 *
 * @category service classes
 * @since 0.1.0
 */
export const substanceAdministrationLogging = ServiceClass.make("Substance Administration Logging", {
  sopClasses: [SopClass.SubstanceAdministrationLogging],
  operations: {
    record: Operation.action({
      statuses: SubstanceAdministrationStatus,
      actionTypeId: 1,
      information: SubstanceAdministration
    })
  }
})
