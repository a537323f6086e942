/**
 * The Color Palette Query/Retrieve service class (PS3.4 Annex X), as user and as provider. The palettes that the standard
 * itself has are in PS3.6 Annex B; that palettes are stored is the business of `NonPatientObjectStorage`.
 *
 * @since 0.1.0
 */
import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as InformationModel from "./InformationModel.ts"
import { keys, values } from "./internal/queryFields.ts"

/**
 * The attributes of a color palette that are matched and returned (PS3.4 Table X.6-1).
 *
 * @category attributes
 * @since 0.1.0
 */
export const attributes = {
  sopClassUid: Attribute.SOPClassUID,
  sopInstanceUid: Attribute.SOPInstanceUID,
  contentLabel: Attribute.ContentLabel,
  contentDescription: Attribute.ContentDescription,
  contentCreatorName: Attribute.ContentCreatorName,
  alternateContentDescription: Attribute.AlternateContentDescriptionSequence
} as const

/**
 * The identifier of a query, as keys.
 *
 * @category identifiers
 * @since 0.1.0
 */
export const Identifier = DataSetSchema.Struct(keys(attributes))

/**
 * The identifier of a match, as values.
 *
 * @category identifiers
 * @since 0.1.0
 */
export const Match = DataSetSchema.Struct(values(attributes))

const sopClasses = {
  find: SopClass.ColorPaletteQueryRetrieveInformationModelFind,
  get: SopClass.ColorPaletteQueryRetrieveInformationModelGet,
  move: SopClass.ColorPaletteQueryRetrieveInformationModelMove
} as const

/**
 * The service class with identifiers of schemas of one's own, such as {@link Identifier} and {@link Match}.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make: InformationModel.Make<"Color Palette"> = (identifiers) =>
  InformationModel.make("Color Palette", sopClasses, identifiers)

/**
 * The service class, a query's identifiers as data sets.
 *
 * @category service classes
 * @since 0.1.0
 */
export const serviceClass: InformationModel.InformationModel<"Color Palette"> = make()
