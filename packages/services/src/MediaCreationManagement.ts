/**
 * The Media Creation Management service class (PS3.4 Annex S), as user and as provider: a device is asked to write
 * instances, which were stored with it before, on interchange media, and is asked how far it is.
 *
 * @since 0.1.0
 */
import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as Schema from "effect/Schema"
import * as GeneralStatus from "./GeneralStatus.ts"
import { enumeratedValues } from "./internal/enumeratedValues.ts"
import { reference } from "./internal/sopInstanceReference.ts"
import * as Operation from "./Operation.ts"
import * as ServiceClass from "./ServiceClass.ts"
import * as ServiceStatus from "./ServiceStatus.ts"

const { type1, type1C, type2, type2C, type3 } = DataSetSchema

// -----------------------------------------------------------------------------
// statuses
// -----------------------------------------------------------------------------

/**
 * The statuses of N-CREATE (PS3.4 section S.3.2.1.4). A provider gives no warnings (section S.3.2.1.3).
 *
 * @category statuses
 * @since 0.1.0
 */
export const CreateStatus = ServiceStatus.make({
  ...GeneralStatus.create,
  InitiateMediaCreationAlreadyReceived: ServiceStatus.failure(
    0xa510,
    "Failed: An Initiate Media Creation action has already been received for this SOP Instance"
  )
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type CreateStatus = ServiceStatus.Type<typeof CreateStatus>

/**
 * The statuses of the action Initiate Media Creation (PS3.4 section S.3.2.2.4): none of its own.
 *
 * @category statuses
 * @since 0.1.0
 */
export const InitiateStatus = ServiceStatus.make(GeneralStatus.action)

/**
 * @category statuses
 * @since 0.1.0
 */
export type InitiateStatus = ServiceStatus.Type<typeof InitiateStatus>

/**
 * The statuses of the action Cancel Media Creation (PS3.4 Table S.3.2.3.4-1).
 *
 * @category statuses
 * @since 0.1.0
 */
export const CancelStatus = ServiceStatus.make({
  ...GeneralStatus.action,
  AlreadyCompleted: ServiceStatus.failure(0xc201, "Failed: Media creation request already completed"),
  AlreadyInProgress: ServiceStatus.failure(
    0xc202,
    "Failed: Media creation request already in progress and cannot be interrupted"
  ),
  CancellationDenied: ServiceStatus.failure(0xc203, "Failed: Cancellation denied for unspecified reason")
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type CancelStatus = ServiceStatus.Type<typeof CancelStatus>

/**
 * The statuses of N-GET (PS3.4 Table S.3.2.4.4-1).
 *
 * @category statuses
 * @since 0.1.0
 */
export const GetStatus = ServiceStatus.make({
  ...GeneralStatus.getAttributes,
  OptionalAttributesNotSupported: ServiceStatus.warning(0x0001, "Requested optional Attributes are not supported")
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type GetStatus = ServiceStatus.Type<typeof GetStatus>

// -----------------------------------------------------------------------------
// attributes
// -----------------------------------------------------------------------------

const yesOrNo = enumeratedValues("YES", "NO")

const instance = {
  ...reference,
  requestedMediaApplicationProfile: type3(Attribute.RequestedMediaApplicationProfile),
  iconImage: type3(Attribute.IconImageSequence)
}

/**
 * The attributes of a request (PS3.4 Table S.3.2.1.1-1).
 *
 * @category attributes
 * @since 0.1.0
 */
export const Attributes = DataSetSchema.Struct({
  storageMediaFileSetId: type3(Attribute.StorageMediaFileSetID),
  storageMediaFileSetUid: type3(Attribute.StorageMediaFileSetUID),
  labelUsingInformationExtractedFromInstances: type3(Attribute.LabelUsingInformationExtractedFromInstances, yesOrNo),
  labelText: type3(Attribute.LabelText),
  labelStyleSelection: type3(Attribute.LabelStyleSelection),
  barcodeValue: type3(Attribute.BarcodeValue),
  barcodeSymbology: type3(Attribute.BarcodeSymbology),
  mediaDisposition: type3(Attribute.MediaDisposition),
  allowMediaSplitting: type3(Attribute.AllowMediaSplitting, yesOrNo),
  allowLossyCompression: type3(Attribute.AllowLossyCompression, yesOrNo),
  includeNonDicomObjects: type3(Attribute.IncludeNonDICOMObjects),
  includeDisplayApplication: type3(Attribute.IncludeDisplayApplication, yesOrNo),
  preserveCompositeInstancesAfterMediaCreation: type3(Attribute.PreserveCompositeInstancesAfterMediaCreation, yesOrNo),
  referencedSop: type1(Attribute.ReferencedSOPSequence, Schema.Array(DataSetSchema.Struct(instance)))
})

/**
 * The information of the action Initiate Media Creation (PS3.4 Table S.3.2.2.1-1).
 *
 * @category attributes
 * @since 0.1.0
 */
export const Initiation = DataSetSchema.Struct({
  numberOfCopies: type3(Attribute.NumberOfCopies),
  requestPriority: type3(Attribute.RequestPriority, enumeratedValues("HIGH", "MED", "LOW"))
})

/**
 * The result of a request as N-GET gives it: those of its attributes that were asked for (PS3.4 Table S.3.2.4.1-1).
 *
 * @category attributes
 * @since 0.1.0
 */
export const Result = DataSetSchema.Struct({
  executionStatus: type1C(
    Attribute.ExecutionStatus,
    enumeratedValues("IDLE", "PENDING", "CREATING", "DONE", "FAILURE")
  ),
  executionStatusInfo: type1C(Attribute.ExecutionStatusInfo),
  totalNumberOfPiecesOfMediaCreated: type1C(Attribute.TotalNumberOfPiecesOfMediaCreated),
  failedSop: type2C(
    Attribute.FailedSOPSequence,
    Schema.Array(DataSetSchema.Struct({ ...instance, failureReason: type3(Attribute.FailureReason) }))
  ),
  referencedStorageMedia: type2C(
    Attribute.ReferencedStorageMediaSequence,
    Schema.Array(
      DataSetSchema.Struct({
        storageMediaFileSetId: type2(Attribute.StorageMediaFileSetID),
        storageMediaFileSetUid: type1(Attribute.StorageMediaFileSetUID)
      })
    )
  )
})

// -----------------------------------------------------------------------------
// the service class
// -----------------------------------------------------------------------------

/**
 * The service class. What N-GET gives is a data set, since it has the attributes that were asked for, whichever they
 * are; {@link Result} reads it.
 *
 * **Example** (Asking for a disc, and for its result until there is one)
 *
 * ```ts
 * import type { Association } from "@effect-dicom/association"
 * import { SopClass, Uid } from "@effect-dicom/data"
 * import { MediaCreationManagement } from "@effect-dicom/services"
 * import { Effect, Schedule, Schema } from "effect"
 *
 * const { Result, serviceClass } = MediaCreationManagement
 * const image = {
 *   referencedSopClassUid: SopClass.CTImageStorage,
 *   referencedSopInstanceUid: Uid.makeUnsafe("2.25.3")
 * }
 *
 * const write = Effect.fn(function* (association: Association.Association) {
 *   const client = serviceClass.client(association)
 *   const sopInstanceUid = Uid.makeUnsafe("2.25.9")
 *   yield* client.create({ sopInstanceUid, dataSet: { labelText: "DOE^JANE", referencedSop: [image] } })
 *   yield* client.initiate({ sopInstanceUid, dataSet: { requestPriority: "HIGH" } })
 *   return yield* client.get({ sopInstanceUid }).pipe(
 *     Effect.flatMap(({ dataSet }) => Schema.decodeEffect(Result)(dataSet)),
 *     Effect.repeat({
 *       schedule: Schedule.spaced("10 seconds"),
 *       until: ({ executionStatus }) => executionStatus === "DONE" || executionStatus === "FAILURE"
 *     })
 *   )
 * })
 * ```
 *
 * @category service classes
 * @since 0.1.0
 */
export const serviceClass = ServiceClass.make("Media Creation Management", {
  sopClasses: [SopClass.MediaCreationManagement],
  operations: {
    create: Operation.create({ statuses: CreateStatus, attributes: Attributes }),
    initiate: Operation.action({
      statuses: InitiateStatus,
      actionTypeId: 1,
      information: Operation.optional(Initiation)
    }),
    cancel: Operation.action({ statuses: CancelStatus, actionTypeId: 2, information: Operation.none }),
    get: Operation.getAttributes({ statuses: GetStatus, attributes: Operation.dataSet })
  }
})
