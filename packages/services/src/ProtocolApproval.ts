/**
 * The Protocol Approval Query/Retrieve service class (PS3.4 Annex II), as user and as provider: most queries ask for the
 * approvals of one protocol. That approvals are stored is the business of `NonPatientObjectStorage`.
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
 * The attributes of an approval that are matched and returned (PS3.4 Table II.6-1), without those of its Approval Subject
 * Sequence.
 *
 * @category attributes
 * @since 0.1.0
 */
export const attributes = {
  sopClassUid: Attribute.SOPClassUID,
  sopInstanceUid: Attribute.SOPInstanceUID,
  instanceCreationDate: Attribute.InstanceCreationDate,
  instanceCreationTime: Attribute.InstanceCreationTime,
  approval: Attribute.ApprovalSequence,
  manufacturer: Attribute.Manufacturer,
  manufacturerModelName: Attribute.ManufacturerModelName,
  softwareVersions: Attribute.SoftwareVersions
} as const

/**
 * The attributes of an item of the Approval Subject Sequence (PS3.4 Table II.6-1): the protocol that is approved.
 *
 * @category attributes
 * @since 0.1.0
 */
export const subjectAttributes = {
  referencedSopClassUid: Attribute.ReferencedSOPClassUID,
  referencedSopInstanceUid: Attribute.ReferencedSOPInstanceUID
} as const

/**
 * The identifier of a query, as keys.
 *
 * @category identifiers
 * @since 0.1.0
 */
export const Identifier = DataSetSchema.Struct({
  subject: DataSetSchema.key(Attribute.ApprovalSubjectSequence, DataSetSchema.Struct(keys(subjectAttributes))),
  ...keys(attributes)
})

/**
 * The identifier of a match, as values.
 *
 * @category identifiers
 * @since 0.1.0
 */
export const Match = DataSetSchema.Struct({
  subject: DataSetSchema.type3(
    Attribute.ApprovalSubjectSequence,
    Schema.Array(DataSetSchema.Struct(values(subjectAttributes)))
  ),
  ...values(attributes)
})

const sopClasses = {
  find: SopClass.ProtocolApprovalInformationModelFind,
  get: SopClass.ProtocolApprovalInformationModelGet,
  move: SopClass.ProtocolApprovalInformationModelMove
} as const

/**
 * The service class with identifiers of schemas of one's own, such as {@link Identifier} and {@link Match}.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make: InformationModel.Make<"Protocol Approval"> = (identifiers) =>
  InformationModel.make("Protocol Approval", sopClasses, identifiers)

/**
 * The service class, a query's identifiers as data sets.
 *
 * @category service classes
 * @since 0.1.0
 */
export const serviceClass: InformationModel.InformationModel<"Protocol Approval"> = make()
