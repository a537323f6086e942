/**
 * The Defined Procedure Protocol Query/Retrieve service class (PS3.4 Annex HH), as user and as provider: the protocols of
 * CT and XA equipment. That protocols are stored is the business of `NonPatientObjectStorage`.
 *
 * @since 0.1.0
 */
import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as Schema from "effect/Schema"
import * as InformationModel from "./InformationModel.ts"
import { keys, values } from "./internal/queryFields.ts"

/**
 * The attributes of a protocol that are matched and returned (PS3.4 Table HH.6-1), without those of its Model
 * Specification Sequence.
 *
 * @category attributes
 * @since 0.1.0
 */
export const attributes = {
  sopClassUid: Attribute.SOPClassUID,
  sopInstanceUid: Attribute.SOPInstanceUID,
  custodialOrganization: Attribute.CustodialOrganizationSequence,
  responsibleGroupCode: Attribute.ResponsibleGroupCodeSequence,
  protocolName: Attribute.ProtocolName,
  potentialScheduledProtocolCode: Attribute.PotentialScheduledProtocolCodeSequence,
  potentialRequestedProcedureCode: Attribute.PotentialRequestedProcedureCodeSequence,
  potentialReasonsForProcedure: Attribute.PotentialReasonsForProcedure,
  potentialReasonsForProcedureCode: Attribute.PotentialReasonsForProcedureCodeSequence,
  potentialDiagnosticTasks: Attribute.PotentialDiagnosticTasks,
  predecessorProtocol: Attribute.PredecessorProtocolSequence,
  contentCreatorName: Attribute.ContentCreatorName,
  instanceCreationDate: Attribute.InstanceCreationDate,
  instanceCreationTime: Attribute.InstanceCreationTime,
  clinicalTrialSponsorName: Attribute.ClinicalTrialSponsorName,
  clinicalTrialProtocolId: Attribute.ClinicalTrialProtocolID,
  equipmentModality: Attribute.EquipmentModality,
  anatomicRegion: Attribute.AnatomicRegionSequence,
  primaryAnatomicStructure: Attribute.PrimaryAnatomicStructureSequence
} as const

/**
 * The attributes of an item of the Model Specification Sequence (PS3.4 Table HH.6-1): the equipment that the protocol is for.
 *
 * @category attributes
 * @since 0.1.0
 */
export const modelAttributes = {
  manufacturer: Attribute.Manufacturer,
  manufacturerRelatedModelGroup: Attribute.ManufacturerRelatedModelGroup,
  manufacturerModelName: Attribute.ManufacturerModelName,
  softwareVersions: Attribute.SoftwareVersions,
  deviceSerialNumber: Attribute.DeviceSerialNumber
} as const

/**
 * The identifier of a query, as keys.
 *
 * @category identifiers
 * @since 0.1.0
 */
export const Identifier = DataSetSchema.Struct({
  model: DataSetSchema.key(Attribute.ModelSpecificationSequence, DataSetSchema.Struct(keys(modelAttributes))),
  ...keys(attributes)
})

/**
 * The identifier of a match, as values.
 *
 * @category identifiers
 * @since 0.1.0
 */
export const Match = DataSetSchema.Struct({
  model: DataSetSchema.type3(
    Attribute.ModelSpecificationSequence,
    Schema.Array(DataSetSchema.Struct(values(modelAttributes)))
  ),
  ...values(attributes)
})

const sopClasses = {
  find: SopClass.DefinedProcedureProtocolInformationModelFind,
  get: SopClass.DefinedProcedureProtocolInformationModelGet,
  move: SopClass.DefinedProcedureProtocolInformationModelMove
} as const

/**
 * The service class with identifiers of schemas of one's own, such as {@link Identifier} and {@link Match}.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make: InformationModel.Make<"Defined Procedure Protocol"> = (identifiers) =>
  InformationModel.make("Defined Procedure Protocol", sopClasses, identifiers)

/**
 * The service class, a query's identifiers as data sets.
 *
 * @category service classes
 * @since 0.1.0
 */
export const serviceClass: InformationModel.InformationModel<"Defined Procedure Protocol"> = make()
