/**
 * The Implant Template Query/Retrieve service classes (PS3.4 Annex BB), as user and as provider: Generic Implant Template,
 * Implant Assembly Template, and Implant Template Group. That templates are stored is the business of
 * `NonPatientObjectStorage`.
 *
 * @since 0.1.0
 */
import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as InformationModel from "./InformationModel.ts"
import { keys, values } from "./internal/queryFields.ts"
import type * as Operation from "./Operation.ts"

/**
 * The attributes of a generic implant template that are matched and returned (PS3.4 Table BB.6-1).
 *
 * @category attributes
 * @since 0.1.0
 */
export const genericAttributes = {
  sopClassUid: Attribute.SOPClassUID,
  sopInstanceUid: Attribute.SOPInstanceUID,
  manufacturer: Attribute.Manufacturer,
  implantName: Attribute.ImplantName,
  implantSize: Attribute.ImplantSize,
  implantPartNumber: Attribute.ImplantPartNumber,
  replacedImplantTemplate: Attribute.ReplacedImplantTemplateSequence,
  derivationImplantTemplate: Attribute.DerivationImplantTemplateSequence,
  effectiveDateTime: Attribute.EffectiveDateTime,
  originalImplantTemplate: Attribute.OriginalImplantTemplateSequence,
  implantTargetAnatomy: Attribute.ImplantTargetAnatomySequence,
  implantRegulatoryDisapprovalCode: Attribute.ImplantRegulatoryDisapprovalCodeSequence,
  materialsCode: Attribute.MaterialsCodeSequence,
  coatingMaterialsCode: Attribute.CoatingMaterialsCodeSequence
} as const

/**
 * The attributes of an implant assembly template that are matched and returned (PS3.4 Table BB.6-2).
 *
 * @category attributes
 * @since 0.1.0
 */
export const assemblyAttributes = {
  sopClassUid: Attribute.SOPClassUID,
  sopInstanceUid: Attribute.SOPInstanceUID,
  name: Attribute.ImplantAssemblyTemplateName,
  manufacturer: Attribute.Manufacturer,
  procedureTypeCode: Attribute.ProcedureTypeCodeSequence,
  replacedTemplate: Attribute.ReplacedImplantAssemblyTemplateSequence,
  originalTemplate: Attribute.OriginalImplantAssemblyTemplateSequence,
  derivationTemplate: Attribute.DerivationImplantAssemblyTemplateSequence,
  surgicalTechnique: Attribute.SurgicalTechnique
} as const

/**
 * The attributes of an implant template group that are matched and returned (PS3.4 Table BB.6-3).
 *
 * @category attributes
 * @since 0.1.0
 */
export const groupAttributes = {
  sopClassUid: Attribute.SOPClassUID,
  sopInstanceUid: Attribute.SOPInstanceUID,
  name: Attribute.ImplantTemplateGroupName,
  description: Attribute.ImplantTemplateGroupDescription,
  issuer: Attribute.ImplantTemplateGroupIssuer,
  effectiveDateTime: Attribute.EffectiveDateTime,
  replacedGroup: Attribute.ReplacedImplantTemplateGroupSequence
} as const

/**
 * The identifiers of queries, as keys.
 *
 * @category identifiers
 * @since 0.1.0
 */
export const Identifier = {
  generic: DataSetSchema.Struct(keys(genericAttributes)),
  assembly: DataSetSchema.Struct(keys(assemblyAttributes)),
  group: DataSetSchema.Struct(keys(groupAttributes))
} as const

/**
 * The identifiers of matches, as values.
 *
 * @category identifiers
 * @since 0.1.0
 */
export const Match = {
  generic: DataSetSchema.Struct(values(genericAttributes)),
  assembly: DataSetSchema.Struct(values(assemblyAttributes)),
  group: DataSetSchema.Struct(values(groupAttributes))
} as const

const models = {
  "Generic Implant Template": {
    find: SopClass.GenericImplantTemplateInformationModelFind,
    get: SopClass.GenericImplantTemplateInformationModelGet,
    move: SopClass.GenericImplantTemplateInformationModelMove
  },
  "Implant Assembly Template": {
    find: SopClass.ImplantAssemblyTemplateInformationModelFind,
    get: SopClass.ImplantAssemblyTemplateInformationModelGet,
    move: SopClass.ImplantAssemblyTemplateInformationModelMove
  },
  "Implant Template Group": {
    find: SopClass.ImplantTemplateGroupInformationModelFind,
    get: SopClass.ImplantTemplateGroupInformationModelGet,
    move: SopClass.ImplantTemplateGroupInformationModelMove
  }
} as const

/**
 * A service class with identifiers of schemas of one's own, such as {@link Identifier} and {@link Match} have.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <const Name extends keyof typeof models, In extends Operation.Given, Out extends Operation.Given>(
  name: Name,
  identifiers: InformationModel.Identifiers<In, Out>
): InformationModel.InformationModel<Name, Operation.TypeOf<In>, Operation.TypeOf<Out>> =>
  InformationModel.make(name, models[name], identifiers)

/**
 * The Generic Implant Template Information Model, a query's identifiers as data sets.
 *
 * @category service classes
 * @since 0.1.0
 */
export const generic: InformationModel.InformationModel<"Generic Implant Template"> = InformationModel.make(
  "Generic Implant Template",
  models["Generic Implant Template"]
)

/**
 * The Implant Assembly Template Information Model, a query's identifiers as data sets.
 *
 * @category service classes
 * @since 0.1.0
 */
export const assembly: InformationModel.InformationModel<"Implant Assembly Template"> = InformationModel.make(
  "Implant Assembly Template",
  models["Implant Assembly Template"]
)

/**
 * The Implant Template Group Information Model, a query's identifiers as data sets.
 *
 * @category service classes
 * @since 0.1.0
 */
export const group: InformationModel.InformationModel<"Implant Template Group"> = InformationModel.make(
  "Implant Template Group",
  models["Implant Template Group"]
)
