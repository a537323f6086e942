/**
 * The RT Machine Verification service classes (PS3.4 Annex DD): a delivery system, the user, has a machine parameter
 * verifier, the provider, check its settings before a treatment. What is checked of a machine's geometry and dose passes
 * as data sets.
 *
 * @since 0.1.0
 */
import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as SopClass from "@effect-dicom/data/SopClass"
import type { Uid } from "@effect-dicom/data/Uid"
import * as Schema from "effect/Schema"
import * as GeneralStatus from "./GeneralStatus.ts"
import { enumeratedValues } from "./internal/enumeratedValues.ts"
import { references } from "./internal/sopInstanceReference.ts"
import * as Operation from "./Operation.ts"
import * as ServiceClass from "./ServiceClass.ts"
import * as ServiceStatus from "./ServiceStatus.ts"

// -----------------------------------------------------------------------------
// statuses
// -----------------------------------------------------------------------------

/**
 * The statuses of N-CREATE (PS3.4 section DD.3.2.1.2).
 *
 * @category statuses
 * @since 0.1.0
 */
export const CreateStatus = ServiceStatus.make({
  ...GeneralStatus.create,
  FractionGroupDoesNotExist: ServiceStatus.failure(
    0xc221,
    "Failed: The Referenced Fraction Group Number does not exist in the referenced plan"
  ),
  NoBeams: ServiceStatus.failure(0xc222, "Failed: No beams exist within the referenced fraction group"),
  AlreadyVerifying: ServiceStatus.failure(
    0xc223,
    "Failed: SCU already verifying and cannot currently process this request"
  ),
  PlanNotFound: ServiceStatus.failure(0xc227, "Failed: No such object instance - Referenced RT Plan not found")
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type CreateStatus = ServiceStatus.Type<typeof CreateStatus>

/**
 * The statuses of N-SET (PS3.4 section DD.3.2.1.2).
 *
 * @category statuses
 * @since 0.1.0
 */
export const SetStatus = ServiceStatus.make({
  ...GeneralStatus.setAttributes,
  BeamNotFound: ServiceStatus.failure(
    0xc224,
    "Failed: Referenced Beam Number not found within the referenced Fraction Group"
  ),
  DeviceNotSupported: ServiceStatus.failure(0xc225, "Failed: Referenced device or accessory not supported"),
  DeviceNotFound: ServiceStatus.failure(
    0xc226,
    "Failed: Referenced device or accessory not found within the referenced beam"
  )
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type SetStatus = ServiceStatus.Type<typeof SetStatus>

/**
 * The statuses of N-GET (PS3.4 Table DD.3.2.2.3-1).
 *
 * @category statuses
 * @since 0.1.0
 */
export const GetStatus = ServiceStatus.make({
  ...GeneralStatus.getAttributes,
  InstanceNotFound: ServiceStatus.failure(0xc112, "Failed: Applicable Machine Verification instance not found")
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type GetStatus = ServiceStatus.Type<typeof GetStatus>

/**
 * The statuses of N-ACTION (PS3.4 Table DD.3.2.3-2).
 *
 * @category statuses
 * @since 0.1.0
 */
export const ActionStatus = ServiceStatus.make({
  ...GeneralStatus.action,
  InstanceNotFound: ServiceStatus.failure(0xc112, "Failed: Machine Verification requested instance not found")
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type ActionStatus = ServiceStatus.Type<typeof ActionStatus>

/**
 * The statuses of N-DELETE (PS3.4 section DD.3.2.4.2): those of PS3.7, and none of its own.
 *
 * @category statuses
 * @since 0.1.0
 */
export const DeleteStatus = ServiceStatus.make(GeneralStatus.delete)

/**
 * @category statuses
 * @since 0.1.0
 */
export type DeleteStatus = ServiceStatus.Type<typeof DeleteStatus>

/**
 * The statuses of N-EVENT-REPORT (PS3.4 section DD.3.2.5.2): those of PS3.7, and none of its own.
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

// -----------------------------------------------------------------------------
// attributes
// -----------------------------------------------------------------------------

/**
 * What a verification came to (PS3.4 section DD.3.2.2.4): verified, verified with at least one value overridden, or not.
 *
 * @category attributes
 * @since 0.1.0
 */
export const TreatmentVerificationStatus = enumeratedValues("VERIFIED", "VERIFIED_OVR", "NOT_VERIFIED")

/**
 * @category attributes
 * @since 0.1.0
 */
export type TreatmentVerificationStatus = typeof TreatmentVerificationStatus.Type

const Item = DataSetSchema.Struct({})

/** The machine's settings, which N-CREATE leaves empty and N-SET gives (PS3.4 section DD.3.2.1.3.1). */
const settings = {
  conventional: DataSetSchema.type2C(Attribute.ConventionalMachineVerificationSequence, Schema.Array(Item)),
  ion: DataSetSchema.type2C(Attribute.IonMachineVerificationSequence, Schema.Array(Item))
} as const

/**
 * The attributes of N-CREATE (PS3.4 Tables DD.3.2.1-1 and DD.3.2.1-2). The plan's sequence has one item; those of the
 * settings are empty.
 *
 * @category attributes
 * @since 0.1.0
 */
export const Attributes = DataSetSchema.Struct({
  referencedRTPlan: DataSetSchema.type1(Attribute.ReferencedRTPlanSequence, references.check(Schema.isMaxLength(1))),
  referencedFractionGroupNumber: DataSetSchema.type1C(Attribute.ReferencedFractionGroupNumber),
  patientId: DataSetSchema.type1(Attribute.PatientID),
  generalMachineVerification: DataSetSchema.type2(Attribute.GeneralMachineVerificationSequence, Schema.Array(Item)),
  conventionalMachineVerification: settings.conventional,
  ionMachineVerification: settings.ion
})

/**
 * What N-GET gives of a verification (PS3.4 Table DD.3.2.2.2-1).
 *
 * @category attributes
 * @since 0.1.0
 */
export const Results = DataSetSchema.Struct({
  referencedRTPlan: DataSetSchema.type1C(Attribute.ReferencedRTPlanSequence, references),
  referencedFractionGroupNumber: DataSetSchema.type1C(Attribute.ReferencedFractionGroupNumber),
  patientId: DataSetSchema.type1C(Attribute.PatientID),
  treatmentVerificationStatus: DataSetSchema.type1C(Attribute.TreatmentVerificationStatus, TreatmentVerificationStatus),
  failedParameters: DataSetSchema.type2C(Attribute.FailedAttributesSequence),
  overriddenParameters: DataSetSchema.type2C(Attribute.OverriddenAttributesSequence)
})

/**
 * The information of the event Done (PS3.4 Table DD.3.2.5-1).
 *
 * @category attributes
 * @since 0.1.0
 */
export const Done = DataSetSchema.Struct({
  treatmentVerificationStatus: DataSetSchema.type1(Attribute.TreatmentVerificationStatus, TreatmentVerificationStatus)
})

// -----------------------------------------------------------------------------
// the service classes
// -----------------------------------------------------------------------------

const make = <const Name extends string>(name: Name, sopClass: Uid) =>
  ServiceClass.make(name, {
    sopClasses: [sopClass],
    operations: {
      create: Operation.create({ statuses: CreateStatus, attributes: Attributes }),
      set: Operation.setAttributes({ statuses: SetStatus }),
      get: Operation.getAttributes({ statuses: GetStatus, attributes: Operation.dataSet }),
      /** Request Beam Verification (PS3.4 Table DD.3.2.3-1). */
      verify: Operation.action({ statuses: ActionStatus, actionTypeId: 1, information: Operation.none }),
      delete: Operation.delete({ statuses: DeleteStatus }),
      pending: Operation.eventReport({ statuses: EventStatus, eventTypeId: 1, information: Operation.none }),
      done: Operation.eventReport({ statuses: EventStatus, eventTypeId: 2, information: Done })
    }
  })

/**
 * The verification of a machine for photons and electrons.
 *
 * @category service classes
 * @since 0.1.0
 */
export const conventional = make("RT Conventional Machine Verification", SopClass.RTConventionalMachineVerification)

/**
 * The verification of a machine for ions.
 *
 * @category service classes
 * @since 0.1.0
 */
export const ion = make("RT Ion Machine Verification", SopClass.RTIonMachineVerification)
