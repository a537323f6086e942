/**
 * The Query/Retrieve service class (PS3.4 Annex C): Patient Root, Study Root, and Patient/Study Only, which is retired.
 * What matches a key is the business of `AttributeMatching`; how what is retrieved gets there, of `SubOperations`.
 *
 * @since 0.1.0
 */
import * as Attribute from "@effect-dicom/data/Attribute"
import type { DataSet } from "@effect-dicom/data/DataSet"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import * as ApplicationInformation from "./ApplicationInformation.ts"
import * as GeneralStatus from "./GeneralStatus.ts"
import { enumeratedValues } from "./internal/enumeratedValues.ts"
import { retrieved } from "./internal/levelled.ts"
import { keys, values } from "./internal/queryFields.ts"
import * as Operation from "./Operation.ts"
import * as ServiceClass from "./ServiceClass.ts"
import * as ServiceStatus from "./ServiceStatus.ts"
import * as SubOperations from "./SubOperations.ts"

// -----------------------------------------------------------------------------
// statuses and negotiation
// -----------------------------------------------------------------------------

/**
 * The statuses of C-FIND (PS3.4 Table C.4-1, with those of PS3.7 section 9.1.2.1.5).
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
    "Matches are continuing - Warning that one or more Optional Keys were not supported for existence and/or matching " +
      "for this Identifier"
  )
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type FindStatus = ServiceStatus.Type<typeof FindStatus>

/**
 * The Service-class-application-information of SOP classes with C-FIND (PS3.4 Tables C.5-1 and C.5-2): what the requestor
 * asks for, and what the acceptor supports.
 *
 * @category extended negotiation
 * @since 0.1.0
 */
export const FindApplicationInformation = ApplicationInformation.make({
  relationalQueries: "flag",
  dateTimeMatching: "flag",
  fuzzySemanticMatching: "flag",
  timezoneQueryAdjustment: "flag",
  enhancedMultiFrameImageConversion: "flag",
  emptyValueMatching: "flag",
  multipleValueMatching: "flag"
})

/**
 * @category extended negotiation
 * @since 0.1.0
 */
export type FindApplicationInformation = typeof FindApplicationInformation.Type

/**
 * The Service-class-application-information of SOP classes with C-GET or C-MOVE (PS3.4 sections C.5.2.1 and C.5.3.1).
 *
 * @category extended negotiation
 * @since 0.1.0
 */
export const RetrieveApplicationInformation = ApplicationInformation.make({
  relationalRetrieval: "flag",
  enhancedMultiFrameImageConversion: "flag"
})

/**
 * @category extended negotiation
 * @since 0.1.0
 */
export type RetrieveApplicationInformation = typeof RetrieveApplicationInformation.Type

// -----------------------------------------------------------------------------
// attributes of the levels
// -----------------------------------------------------------------------------

/**
 * The attributes of the patient level (PS3.4 Table C.6-1). Items of sequences are data sets, here and at the other levels.
 *
 * @category attributes
 * @since 0.1.0
 */
export const patientAttributes = {
  patientName: Attribute.PatientName,
  patientId: Attribute.PatientID,
  issuerOfPatientId: Attribute.IssuerOfPatientID,
  referencedPatient: Attribute.ReferencedPatientSequence,
  patientBirthDate: Attribute.PatientBirthDate,
  patientBirthTime: Attribute.PatientBirthTime,
  patientSex: Attribute.PatientSex,
  otherPatientIds: Attribute.OtherPatientIDsSequence,
  otherPatientNames: Attribute.OtherPatientNames,
  ethnicGroup: Attribute.EthnicGroup,
  patientComments: Attribute.PatientComments,
  numberOfPatientRelatedStudies: Attribute.NumberOfPatientRelatedStudies,
  numberOfPatientRelatedSeries: Attribute.NumberOfPatientRelatedSeries,
  numberOfPatientRelatedInstances: Attribute.NumberOfPatientRelatedInstances
} as const

/**
 * The attributes of the study level (PS3.4 Table C.6-2).
 *
 * @category attributes
 * @since 0.1.0
 */
export const studyAttributes = {
  studyDate: Attribute.StudyDate,
  studyTime: Attribute.StudyTime,
  accessionNumber: Attribute.AccessionNumber,
  studyId: Attribute.StudyID,
  studyInstanceUid: Attribute.StudyInstanceUID,
  modalitiesInStudy: Attribute.ModalitiesInStudy,
  sopClassesInStudy: Attribute.SOPClassesInStudy,
  anatomicRegionsInStudyCode: Attribute.AnatomicRegionsInStudyCodeSequence,
  referringPhysicianName: Attribute.ReferringPhysicianName,
  studyDescription: Attribute.StudyDescription,
  procedureCode: Attribute.ProcedureCodeSequence,
  nameOfPhysiciansReadingStudy: Attribute.NameOfPhysiciansReadingStudy,
  admittingDiagnosesDescription: Attribute.AdmittingDiagnosesDescription,
  referencedStudy: Attribute.ReferencedStudySequence,
  patientAge: Attribute.PatientAge,
  patientSize: Attribute.PatientSize,
  patientWeight: Attribute.PatientWeight,
  occupation: Attribute.Occupation,
  additionalPatientHistory: Attribute.AdditionalPatientHistory,
  otherStudyNumbers: Attribute.OtherStudyNumbers,
  numberOfStudyRelatedSeries: Attribute.NumberOfStudyRelatedSeries,
  numberOfStudyRelatedInstances: Attribute.NumberOfStudyRelatedInstances
} as const

/**
 * The attributes of the series level (PS3.4 Table C.6-3), and of all others its date, time and description.
 *
 * @category attributes
 * @since 0.1.0
 */
export const seriesAttributes = {
  modality: Attribute.Modality,
  seriesNumber: Attribute.SeriesNumber,
  seriesInstanceUid: Attribute.SeriesInstanceUID,
  seriesDate: Attribute.SeriesDate,
  seriesTime: Attribute.SeriesTime,
  seriesDescription: Attribute.SeriesDescription,
  numberOfSeriesRelatedInstances: Attribute.NumberOfSeriesRelatedInstances
} as const

/**
 * The attributes of the composite object instance level (PS3.4 Table C.6-4).
 *
 * @category attributes
 * @since 0.1.0
 */
export const imageAttributes = {
  instanceNumber: Attribute.InstanceNumber,
  sopInstanceUid: Attribute.SOPInstanceUID,
  sopClassUid: Attribute.SOPClassUID,
  availableTransferSyntaxUid: Attribute.AvailableTransferSyntaxUID,
  alternateRepresentation: Attribute.AlternateRepresentationSequence,
  relatedGeneralSopClassUid: Attribute.RelatedGeneralSOPClassUID,
  conceptNameCode: Attribute.ConceptNameCodeSequence,
  contentTemplate: Attribute.ContentTemplateSequence,
  containerIdentifier: Attribute.ContainerIdentifier,
  specimenDescription: Attribute.SpecimenDescriptionSequence
} as const

/** What any match may say of where it can be retrieved from (PS3.4 section C.4.1.1.3.2). */
const retrieval = {
  retrieveAETitle: Attribute.RetrieveAETitle,
  storageMediaFileSetId: Attribute.StorageMediaFileSetID,
  storageMediaFileSetUid: Attribute.StorageMediaFileSetUID,
  instanceAvailability: Attribute.InstanceAvailability
} as const

// -----------------------------------------------------------------------------
// identifiers
// -----------------------------------------------------------------------------

/**
 * The Query/Retrieve Level (0008,0052) of an identifier, as a field for a schema of one's own.
 *
 * @category identifiers
 * @since 0.1.0
 */
export const level = <const L extends "PATIENT" | "STUDY" | "SERIES" | "IMAGE">(
  level: L
): DataSetSchema.Field<L, false> =>
  DataSetSchema.type1(
    Attribute.QueryRetrieveLevel,
    Schema.String.pipe(Schema.decodeTo(Schema.Literal(level), SchemaTransformation.passthroughSupertype<L, string>()))
  )

/**
 * The Query/Retrieve View (0008,0053) of an identifier, as a field for a schema of one's own: whether images are seen as
 * they are without, or with, their conversion to Enhanced Multi-Frame. It is there only where that conversion was
 * negotiated (PS3.4 section C.4.1.1.3.1).
 *
 * @category identifiers
 * @since 0.1.0
 */
export const view: DataSetSchema.Field<"CLASSIC" | "ENHANCED", true> = DataSetSchema.type1C(
  Attribute.QueryRetrieveView,
  enumeratedValues("CLASSIC", "ENHANCED")
)

const { patientId } = patientAttributes
const { studyInstanceUid } = studyAttributes
const { seriesInstanceUid } = seriesAttributes
const aboveStudy = { patientId }
const aboveSeries = { patientId, studyInstanceUid }
const aboveImage = { patientId, studyInstanceUid, seriesInstanceUid }

/**
 * The identifiers of queries by level, as keys, and in the Study Root model's study level those of the patient too (PS3.4
 * sections C.6.1.1 and C.6.2.1). Above the level are the unique keys.
 *
 * @category identifiers
 * @since 0.1.0
 */
export const Identifier = {
  patient: DataSetSchema.Struct({ level: level("PATIENT"), view, ...keys(patientAttributes) }),
  study: DataSetSchema.Struct({ level: level("STUDY"), view, ...keys({ ...patientAttributes, ...studyAttributes }) }),
  series: DataSetSchema.Struct({ level: level("SERIES"), view, ...keys({ ...aboveSeries, ...seriesAttributes }) }),
  image: DataSetSchema.Struct({ level: level("IMAGE"), view, ...keys({ ...aboveImage, ...imageAttributes }) })
} as const

/**
 * The identifiers of matches by level, as values.
 *
 * @category identifiers
 * @since 0.1.0
 */
export const Match = {
  patient: DataSetSchema.Struct({ level: level("PATIENT"), ...values({ ...patientAttributes, ...retrieval }) }),
  study: DataSetSchema.Struct({
    level: level("STUDY"),
    ...values({ ...aboveStudy, ...patientAttributes, ...studyAttributes, ...retrieval })
  }),
  series: DataSetSchema.Struct({
    level: level("SERIES"),
    ...values({ ...aboveSeries, ...seriesAttributes, ...retrieval })
  }),
  image: DataSetSchema.Struct({
    level: level("IMAGE"),
    ...values({ ...aboveImage, ...imageAttributes, ...retrieval })
  })
} as const

// -----------------------------------------------------------------------------
// the service classes
// -----------------------------------------------------------------------------

type Whole = Operation.Content<DataSet>

/**
 * What the identifiers of a query are: of schemas of one's own, such as {@link Identifier} and {@link Match} have; data sets
 * where none are given.
 *
 * @category options
 * @since 0.1.0
 */
export interface Identifiers<In extends Operation.Given, Out extends Operation.Given> {
  readonly identifier?: In
  readonly match?: Out
}

/**
 * The C-FIND of these service classes. Each of the three SOP classes of a model stands by itself: a provider may leave it
 * out.
 *
 * @category models
 * @since 0.1.0
 */
export type Find<In, Out> = Operation.Operation<
  "C-FIND",
  In,
  Out,
  typeof FindStatus,
  "U",
  "SCU",
  FindApplicationInformation
>

/**
 * A C-GET or C-MOVE of these service classes, its identifier as a data set. A provider may leave either out.
 *
 * @category models
 * @since 0.1.0
 */
export type Retrieve<K extends "C-GET" | "C-MOVE", S extends ServiceStatus.ServiceStatus> = Operation.Operation<
  K,
  DataSet,
  undefined,
  S,
  "U",
  "SCU",
  RetrieveApplicationInformation
>

/**
 * A query model as a service class.
 *
 * @category models
 * @since 0.1.0
 */
export type Model<Name extends string, In, Out> = ServiceClass.ServiceClass<
  Name,
  {
    readonly find: Find<In, Out>
    readonly get: Retrieve<"C-GET", typeof SubOperations.GetStatus>
    readonly move: Retrieve<"C-MOVE", typeof SubOperations.MoveStatus>
  }
>

const models = {
  "Patient Root": {
    levels: ["PATIENT", "STUDY", "SERIES", "IMAGE"],
    find: SopClass.PatientRootQueryRetrieveInformationModelFind,
    get: SopClass.PatientRootQueryRetrieveInformationModelGet,
    move: SopClass.PatientRootQueryRetrieveInformationModelMove
  },
  "Study Root": {
    levels: ["STUDY", "SERIES", "IMAGE"],
    find: SopClass.StudyRootQueryRetrieveInformationModelFind,
    get: SopClass.StudyRootQueryRetrieveInformationModelGet,
    move: SopClass.StudyRootQueryRetrieveInformationModelMove
  },
  "Patient/Study Only": {
    levels: ["PATIENT", "STUDY"],
    find: SopClass.PatientStudyOnlyQueryRetrieveInformationModelFind,
    get: SopClass.PatientStudyOnlyQueryRetrieveInformationModelGet,
    move: SopClass.PatientStudyOnlyQueryRetrieveInformationModelMove
  }
} as const

/**
 * A model (PS3.4 sections C.6.1 to C.6.3) whose queries have identifiers of one's own.
 *
 * **Example** (Studies of typed keys and values)
 *
 * ```ts
 * import { QueryRetrieve } from "@effect-dicom/services"
 *
 * const Studies = QueryRetrieve.make("Study Root", {
 *   identifier: QueryRetrieve.Identifier.study,
 *   match: QueryRetrieve.Match.study
 * })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <
  const Name extends keyof typeof models,
  In extends Operation.Given = Whole,
  Out extends Operation.Given = Whole
>(
  name: Name,
  identifiers: Identifiers<In, Out> = {}
): Model<Name, Operation.TypeOf<In>, Operation.TypeOf<Out>> => {
  const { find, get, levels, move } = models[name]
  const identifier = retrieved(levels)
  return ServiceClass.make(name, {
    sopClasses: [find, get, move],
    operations: {
      find: Operation.find<typeof FindStatus, "U", FindApplicationInformation, In, Out>({
        ...identifiers,
        usage: "U",
        statuses: FindStatus,
        sopClasses: [find],
        extendedNegotiation: FindApplicationInformation
      }),
      get: Operation.get({
        identifier,
        usage: "U",
        statuses: SubOperations.GetStatus,
        sopClasses: [get],
        extendedNegotiation: RetrieveApplicationInformation
      }),
      move: Operation.move({
        identifier,
        usage: "U",
        statuses: SubOperations.MoveStatus,
        sopClasses: [move],
        extendedNegotiation: RetrieveApplicationInformation
      })
    }
  })
}

/**
 * The Patient Root model (PS3.4 section C.6.1), its identifiers as data sets.
 *
 * @category service classes
 * @since 0.1.0
 */
export const patientRoot: Model<"Patient Root", DataSet, DataSet> = make("Patient Root")

/**
 * The Study Root model (PS3.4 section C.6.2), its identifiers as data sets.
 *
 * @category service classes
 * @since 0.1.0
 */
export const studyRoot: Model<"Study Root", DataSet, DataSet> = make("Study Root")

/**
 * The Patient/Study Only model (PS3.4 section C.6.3), which is retired; its identifiers as data sets.
 *
 * @category service classes
 * @since 0.1.0
 */
export const patientStudyOnly: Model<"Patient/Study Only", DataSet, DataSet> = make("Patient/Study Only")
