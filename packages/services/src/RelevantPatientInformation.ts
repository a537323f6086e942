/**
 * The Relevant Patient Information Query service class (PS3.4 Annex Q), as user and as provider: what is known of one
 * patient, as content of a template that the user names. The content itself passes as data sets.
 *
 * @since 0.1.0
 */
import * as Attribute from "@effect-dicom/data/Attribute"
import type { DataSet } from "@effect-dicom/data/DataSet"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as Schema from "effect/Schema"
import * as GeneralStatus from "./GeneralStatus.ts"
import { codes } from "./internal/codedEntry.ts"
import { keys } from "./internal/queryFields.ts"
import * as Operation from "./Operation.ts"
import * as ServiceClass from "./ServiceClass.ts"
import * as ServiceStatus from "./ServiceStatus.ts"

const { type1, type1C, type2C } = DataSetSchema

/**
 * The statuses of C-FIND (PS3.4 Table Q.2-1).
 *
 * @category statuses
 * @since 0.1.0
 */
export const FindStatus = ServiceStatus.make({
  ...GeneralStatus.find,
  OutOfResources: ServiceStatus.failure(0xa700, "Refused: Out of resources"),
  DataSetDoesNotMatchSopClass: ServiceStatus.failure(0xa900, "Error: Data Set does not match SOP Class"),
  UnableToProcess: ServiceStatus.failure(0xc000, "Failed: Unable to process"),
  MoreThanOneMatch: ServiceStatus.failure(0xc100, "Failed: More than one match found"),
  UnableToSupportTemplate: ServiceStatus.failure(0xc200, "Failed: Unable to support requested template"),
  MatchingTerminated: ServiceStatus.cancel("Matching terminated due to Cancel request"),
  CurrentMatchIsSupplied: ServiceStatus.pending(0xff00, "Current Match is supplied")
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type FindStatus = ServiceStatus.Type<typeof FindStatus>

/** The template that the content is of, or is to be of (PS3.4 Table Q.4-2). */
const contentTemplate = type1(
  Attribute.ContentTemplateSequence,
  Schema.Array(
    DataSetSchema.Struct({
      mappingResource: type1(Attribute.MappingResource),
      templateIdentifier: type1(Attribute.TemplateIdentifier)
    })
  )
)

/**
 * The identifier of a query (PS3.4 Tables Q.4-1 and Q.4-2): the template, the patient by a single value of Patient ID, and
 * the other keys without values.
 *
 * @category identifiers
 * @since 0.1.0
 */
export const Identifier = DataSetSchema.Struct({
  contentTemplate,
  ...keys({
    patientId: Attribute.PatientID,
    issuerOfPatientId: Attribute.IssuerOfPatientID,
    patientName: Attribute.PatientName,
    patientBirthDate: Attribute.PatientBirthDate,
    patientSex: Attribute.PatientSex,
    observationDateTime: Attribute.ObservationDateTime,
    valueType: Attribute.ValueType,
    conceptName: Attribute.ConceptNameCodeSequence,
    content: Attribute.ContentSequence,
    hl7StructuredDocumentReference: Attribute.HL7StructuredDocumentReferenceSequence,
    studiesContainingOtherReferencedInstances: Attribute.StudiesContainingOtherReferencedInstancesSequence
  })
})

/**
 * The identifier of the match (PS3.4 Tables Q.4-1 and Q.4-2): of the attributes those that were asked for.
 *
 * @category identifiers
 * @since 0.1.0
 */
export const Match = DataSetSchema.Struct({
  contentTemplate,
  patientId: type1(Attribute.PatientID),
  issuerOfPatientId: type2C(Attribute.IssuerOfPatientID),
  patientName: type1C(Attribute.PatientName),
  patientBirthDate: type2C(Attribute.PatientBirthDate),
  patientSex: type2C(Attribute.PatientSex),
  observationDateTime: type1C(Attribute.ObservationDateTime),
  valueType: type1C(Attribute.ValueType),
  conceptName: type1C(Attribute.ConceptNameCodeSequence, codes),
  content: type2C(Attribute.ContentSequence),
  hl7StructuredDocumentReference: type1C(Attribute.HL7StructuredDocumentReferenceSequence),
  studiesContainingOtherReferencedInstances: type1C(Attribute.StudiesContainingOtherReferencedInstancesSequence)
})

/**
 * The service class, with identifiers of some types.
 *
 * @category models
 * @since 0.1.0
 */
export type RelevantPatientInformation<In, Out> = ServiceClass.ServiceClass<
  "Relevant Patient Information Query",
  { readonly find: Operation.Operation<"C-FIND", In, Out, typeof FindStatus, "M", "SCU", never> }
>

/**
 * The service class with identifiers of schemas of one's own, such as {@link Identifier} and {@link Match}; data sets where
 * none are given. There are a general SOP class, one for breast imaging and one for cardiology: the option `sopClass` of
 * a call says which is meant where several were accepted.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <
  In extends Operation.Given = Operation.Content<DataSet>,
  Out extends Operation.Given = Operation.Content<DataSet>
>(
  identifiers: { readonly identifier?: In; readonly match?: Out } = {}
): RelevantPatientInformation<Operation.TypeOf<In>, Operation.TypeOf<Out>> =>
  ServiceClass.make("Relevant Patient Information Query", {
    sopClasses: [
      SopClass.GeneralRelevantPatientInformationQuery,
      SopClass.BreastImagingRelevantPatientInformationQuery,
      SopClass.CardiacRelevantPatientInformationQuery
    ],
    operations: {
      find: Operation.find<typeof FindStatus, "M", never, In, Out>({ ...identifiers, statuses: FindStatus })
    }
  })

/**
 * The service class, its identifiers as data sets.
 *
 * @category service classes
 * @since 0.1.0
 */
export const serviceClass: RelevantPatientInformation<DataSet, DataSet> = make()
