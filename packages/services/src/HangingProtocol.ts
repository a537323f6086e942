/**
 * The Hanging Protocol Query/Retrieve service class (PS3.4 Annex U), as user and as provider. That hanging protocols are
 * stored is the business of `NonPatientObjectStorage`.
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
 * The attributes of a hanging protocol that are matched and returned (PS3.4 Table U.6-1), without those of its Hanging
 * Protocol Definition Sequence.
 *
 * @category attributes
 * @since 0.1.0
 */
export const attributes = {
  sopClassUid: Attribute.SOPClassUID,
  sopInstanceUid: Attribute.SOPInstanceUID,
  name: Attribute.HangingProtocolName,
  description: Attribute.HangingProtocolDescription,
  level: Attribute.HangingProtocolLevel,
  creator: Attribute.HangingProtocolCreator,
  creationDateTime: Attribute.HangingProtocolCreationDateTime,
  numberOfPriorsReferenced: Attribute.NumberOfPriorsReferenced,
  userIdentificationCode: Attribute.HangingProtocolUserIdentificationCodeSequence,
  userGroupName: Attribute.HangingProtocolUserGroupName,
  numberOfScreens: Attribute.NumberOfScreens,
  nominalScreenDefinition: Attribute.NominalScreenDefinitionSequence
} as const

/**
 * The attributes of an item of the Hanging Protocol Definition Sequence (PS3.4 Table U.6-1).
 *
 * @category attributes
 * @since 0.1.0
 */
export const definitionAttributes = {
  modality: Attribute.Modality,
  anatomicRegion: Attribute.AnatomicRegionSequence,
  laterality: Attribute.Laterality,
  procedureCode: Attribute.ProcedureCodeSequence,
  reasonForRequestedProcedureCode: Attribute.ReasonForRequestedProcedureCodeSequence
} as const

/**
 * The identifier of a query, as keys.
 *
 * @category identifiers
 * @since 0.1.0
 */
export const Identifier = DataSetSchema.Struct({
  definition: DataSetSchema.key(
    Attribute.HangingProtocolDefinitionSequence,
    DataSetSchema.Struct(keys(definitionAttributes))
  ),
  ...keys(attributes)
})

/**
 * The identifier of a match, as values.
 *
 * @category identifiers
 * @since 0.1.0
 */
export const Match = DataSetSchema.Struct({
  definition: DataSetSchema.type3(
    Attribute.HangingProtocolDefinitionSequence,
    Schema.Array(DataSetSchema.Struct(values(definitionAttributes)))
  ),
  ...values(attributes)
})

const sopClasses = {
  find: SopClass.HangingProtocolInformationModelFind,
  get: SopClass.HangingProtocolInformationModelGet,
  move: SopClass.HangingProtocolInformationModelMove
} as const

/**
 * The service class with identifiers of schemas of one's own, such as {@link Identifier} and {@link Match}.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make: InformationModel.Make<"Hanging Protocol"> = (identifiers) =>
  InformationModel.make("Hanging Protocol", sopClasses, identifiers)

/**
 * The service class, a query's identifiers as data sets.
 *
 * @category service classes
 * @since 0.1.0
 */
export const serviceClass: InformationModel.InformationModel<"Hanging Protocol"> = make()
