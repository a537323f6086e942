/**
 * The Substance Administration Query service class (PS3.4 Annex V), as user and as provider: what a product is, by its bar
 * code, and whether it may be administered to a patient. Two SOP classes, each a service class here. A query has one match
 * or none; no match says nothing of approval (section V.6.2.2.3).
 *
 * @since 0.1.0
 */
import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as SopClass from "@effect-dicom/data/SopClass"
import { codes } from "./internal/codedEntry.ts"
import { enumeratedValues } from "./internal/enumeratedValues.ts"
import { keys } from "./internal/queryFields.ts"
import * as ModalityWorklist from "./ModalityWorklist.ts"
import * as Operation from "./Operation.ts"
import * as ServiceClass from "./ServiceClass.ts"

const { type1, type1C, type2C, type3 } = DataSetSchema

/**
 * The statuses of C-FIND (PS3.4 Table V.4-1): those of a worklist.
 *
 * @category statuses
 * @since 0.1.0
 */
export const FindStatus: typeof ModalityWorklist.FindStatus = ModalityWorklist.FindStatus

/**
 * @category statuses
 * @since 0.1.0
 */
export type FindStatus = ModalityWorklist.FindStatus

// -----------------------------------------------------------------------------
// product characteristics
// -----------------------------------------------------------------------------

/**
 * The identifier of a query for a product (PS3.4 Table V.6-1): a single value of Product Package Identifier, and the other
 * keys without values.
 *
 * @category identifiers
 * @since 0.1.0
 */
export const ProductIdentifier = DataSetSchema.Struct(
  keys({
    productPackageIdentifier: Attribute.ProductPackageIdentifier,
    productTypeCode: Attribute.ProductTypeCodeSequence,
    productName: Attribute.ProductName,
    productExpirationDateTime: Attribute.ProductExpirationDateTime,
    productParameter: Attribute.ProductParameterSequence
  })
)

/**
 * What a product is (PS3.4 Table V.6-1): of the attributes those that were asked for. The values of its parameters pass
 * as data sets.
 *
 * @category identifiers
 * @since 0.1.0
 */
export const Product = DataSetSchema.Struct({
  productPackageIdentifier: type1(Attribute.ProductPackageIdentifier),
  productTypeCode: type1C(Attribute.ProductTypeCodeSequence, codes),
  productName: type1C(Attribute.ProductName),
  productExpirationDateTime: type2C(Attribute.ProductExpirationDateTime),
  productParameter: type2C(Attribute.ProductParameterSequence)
})

/**
 * The Product Characteristics Query SOP class (PS3.4 section V.6.1).
 *
 * @category service classes
 * @since 0.1.0
 */
export const productCharacteristicsQuery = ServiceClass.make("Product Characteristics Query", {
  sopClasses: [SopClass.ProductCharacteristicsQuery],
  operations: { find: Operation.find({ statuses: FindStatus, identifier: ProductIdentifier, match: Product }) }
})

// -----------------------------------------------------------------------------
// approval
// -----------------------------------------------------------------------------

/**
 * The identifier of a query for approval (PS3.4 Table V.6-2): the patient by Patient ID or Admission ID, the product, and
 * the route by one code.
 *
 * @category identifiers
 * @since 0.1.0
 */
export const ApprovalIdentifier = DataSetSchema.Struct({
  administrationRouteCode: type1(Attribute.AdministrationRouteCodeSequence, codes),
  ...keys({
    patientName: Attribute.PatientName,
    patientId: Attribute.PatientID,
    issuerOfPatientId: Attribute.IssuerOfPatientID,
    issuerOfPatientIdQualifiers: Attribute.IssuerOfPatientIDQualifiersSequence,
    patientBirthDate: Attribute.PatientBirthDate,
    patientSex: Attribute.PatientSex,
    admissionId: Attribute.AdmissionID,
    issuerOfAdmissionId: Attribute.IssuerOfAdmissionIDSequence,
    productPackageIdentifier: Attribute.ProductPackageIdentifier,
    substanceAdministrationApproval: Attribute.SubstanceAdministrationApproval,
    approvalStatusFurtherDescription: Attribute.ApprovalStatusFurtherDescription,
    approvalStatusDateTime: Attribute.ApprovalStatusDateTime
  })
})

/**
 * An approval, or the lack of one (PS3.4 Table V.6-2): of the attributes those that were asked for.
 *
 * @category identifiers
 * @since 0.1.0
 */
export const Approval = DataSetSchema.Struct({
  patientName: type2C(Attribute.PatientName),
  patientId: type1C(Attribute.PatientID),
  issuerOfPatientId: type2C(Attribute.IssuerOfPatientID),
  issuerOfPatientIdQualifiers: type3(Attribute.IssuerOfPatientIDQualifiersSequence),
  patientBirthDate: type2C(Attribute.PatientBirthDate),
  patientSex: type2C(Attribute.PatientSex),
  admissionId: type2C(Attribute.AdmissionID),
  issuerOfAdmissionId: type3(Attribute.IssuerOfAdmissionIDSequence),
  productPackageIdentifier: type1(Attribute.ProductPackageIdentifier),
  administrationRouteCode: type1(Attribute.AdministrationRouteCodeSequence, codes),
  substanceAdministrationApproval: type1(
    Attribute.SubstanceAdministrationApproval,
    enumeratedValues("APPROVED", "WARNING", "CONTRA_INDICATED")
  ),
  approvalStatusFurtherDescription: type2C(Attribute.ApprovalStatusFurtherDescription),
  approvalStatusDateTime: type1C(Attribute.ApprovalStatusDateTime)
})

/**
 * The Substance Approval Query SOP class (PS3.4 section V.6.2).
 *
 * @category service classes
 * @since 0.1.0
 */
export const substanceApprovalQuery = ServiceClass.make("Substance Approval Query", {
  sopClasses: [SopClass.SubstanceApprovalQuery],
  operations: { find: Operation.find({ statuses: FindStatus, identifier: ApprovalIdentifier, match: Approval }) }
})
