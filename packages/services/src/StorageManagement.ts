/**
 * The Storage Management service class (PS3.4 Annex KK), as user and as provider: an Inventory is asked for, and its
 * production is followed. What is produced is queried and retrieved by `Inventory`.
 *
 * @since 0.1.0
 */
import * as Attribute from "@effect-dicom/data/Attribute"
import type { DataSet } from "@effect-dicom/data/DataSet"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as SopClass from "@effect-dicom/data/SopClass"
import type { Uid } from "@effect-dicom/data/Uid"
import * as UidRegistry from "@effect-dicom/data/UidRegistry"
import * as Schema from "effect/Schema"
import * as GeneralStatus from "./GeneralStatus.ts"
import { enumeratedValues } from "./internal/enumeratedValues.ts"
import { reference } from "./internal/sopInstanceReference.ts"
import * as Operation from "./Operation.ts"
import * as ServiceClass from "./ServiceClass.ts"
import * as ServiceStatus from "./ServiceStatus.ts"

/**
 * The well-known SOP instance that all operations and notifications are of (PS3.4 section KK.1.3.2).
 *
 * @category constants
 * @since 0.1.0
 */
export const sopInstanceUid: Uid = UidRegistry.StorageManagementInstance

// -----------------------------------------------------------------------------
// statuses
// -----------------------------------------------------------------------------

/**
 * The statuses of N-ACTION (PS3.4 Table KK.2.2.3-1, with those of PS3.7 section 10.1.4.1.10).
 *
 * @category statuses
 * @since 0.1.0
 */
export const ActionStatus = ServiceStatus.make({
  ...GeneralStatus.action,
  KeyAttributesNotSupported: ServiceStatus.warning(
    0xb010,
    "Attribute List warning - One or more of Key Attributes are not supported for matching"
  )
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type ActionStatus = ServiceStatus.Type<typeof ActionStatus>

/**
 * The statuses of N-EVENT-REPORT (PS3.7 section 10.1.1.1.8): none of its own.
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
// the states of a production
// -----------------------------------------------------------------------------

/**
 * The states of the production of an Inventory, each with those that may follow, and the action that asks for it where there
 * is one; otherwise the provider goes there by itself (PS3.4 section KK.2.1 and Figure KK.2-1).
 *
 * @category states
 * @since 0.1.0
 */
export const transitions = {
  PROCESSING: { COMPLETE: undefined, FAILURE: undefined, PAUSED: "pause", CANCELED: "cancel" },
  PAUSED: { PROCESSING: "resume", CANCELED: "cancel" },
  COMPLETE: {},
  FAILURE: {},
  CANCELED: {}
} as const

/**
 * The state of a production, as the Transaction Status (0008,0417) says it.
 *
 * @category states
 * @since 0.1.0
 */
export type TransactionStatus = keyof typeof transitions

// -----------------------------------------------------------------------------
// action and event information
// -----------------------------------------------------------------------------

const transactionUid = DataSetSchema.type1(Attribute.TransactionUID)

const requestedStatusInterval = DataSetSchema.type3(Attribute.RequestedStatusInterval)

/**
 * The information of the action Initiate (PS3.4 Table KK.2-1). The item of the Scope of Inventory Sequence is a data set of
 * keys; empty, it is every study.
 *
 * @category attributes
 * @since 0.1.0
 */
export const Initiate = DataSetSchema.Struct({
  transactionUid,
  scopeOfInventory: DataSetSchema.type2(Attribute.ScopeOfInventorySequence),
  inventoryPurpose: DataSetSchema.type3(Attribute.InventoryPurpose),
  inventoryLevel: DataSetSchema.type1(Attribute.InventoryLevel, enumeratedValues("STUDY", "SERIES", "INSTANCE")),
  requestedStatusInterval
})

/**
 * The information of the action Request Status (PS3.4 Table KK.2-1).
 *
 * @category attributes
 * @since 0.1.0
 */
export const RequestStatus = DataSetSchema.Struct({ transactionUid, requestedStatusInterval })

/**
 * The information of the action Cancel (PS3.4 Table KK.2-1).
 *
 * @category attributes
 * @since 0.1.0
 */
export const Cancel = DataSetSchema.Struct({
  transactionUid,
  retainInstances: DataSetSchema.type1(Attribute.RetainInstances)
})

/**
 * The information of the actions Pause and Resume (PS3.4 Table KK.2-1): which production.
 *
 * @category attributes
 * @since 0.1.0
 */
export const Transaction = DataSetSchema.Struct({ transactionUid })

const status = {
  transactionUid,
  transactionStatus: DataSetSchema.type1(
    Attribute.TransactionStatus,
    enumeratedValues("PROCESSING", "COMPLETE", "FAILURE", "CANCELED", "PAUSED")
  ),
  transactionStatusComment: DataSetSchema.type3(Attribute.TransactionStatusComment)
} as const

const totalNumberOfStudyRecords = DataSetSchema.type1(Attribute.TotalNumberOfStudyRecords)

/**
 * The information of the event Inventory Status (PS3.4 Table KK.2-2).
 *
 * @category attributes
 * @since 0.1.0
 */
export const Status = DataSetSchema.Struct({ ...status, totalNumberOfStudyRecords })

/**
 * The information of the event Inventory Terminated without Instances (PS3.4 Table KK.2-2).
 *
 * @category attributes
 * @since 0.1.0
 */
export const TerminatedWithoutInstances = DataSetSchema.Struct(status)

const withInstances = DataSetSchema.Struct({
  ...status,
  ...reference,
  retrieveAETitle: DataSetSchema.type1C(Attribute.RetrieveAETitle),
  retrieveUrl: DataSetSchema.type1C(Attribute.RetrieveURL),
  fileAccessUri: DataSetSchema.type3(Attribute.FileAccessURI),
  storedInstanceBaseUri: DataSetSchema.type1C(Attribute.StoredInstanceBaseURI),
  containerFileType: DataSetSchema.type1C(Attribute.ContainerFileType),
  filenameInContainer: DataSetSchema.type1C(Attribute.FilenameInContainer),
  fileOffsetInContainer: DataSetSchema.type1C(Attribute.FileOffsetInContainer),
  fileLengthInContainer: DataSetSchema.type1C(Attribute.FileLengthInContainer),
  storedInstanceTransferSyntaxUid: DataSetSchema.type1C(Attribute.StoredInstanceTransferSyntaxUID),
  macAlgorithm: DataSetSchema.type3(Attribute.MACAlgorithm),
  mac: DataSetSchema.type3(Attribute.MAC),
  expirationDateTime: DataSetSchema.type3(Attribute.ExpirationDateTime),
  totalNumberOfStudyRecords
})

/**
 * @category attributes
 * @since 0.1.0
 */
export type TerminatedWithInstances = typeof withInstances.Type

/**
 * The information of the event Inventory Terminated with Instances (PS3.4 Table KK.2-2): the instance at the root of the
 * Inventory, and from where it can be had, which is an AE title, a URL, or both (section KK.2.3.1.1).
 *
 * @category attributes
 * @since 0.1.0
 */
export const TerminatedWithInstances: Schema.Codec<TerminatedWithInstances, DataSet> = withInstances.check(
  Schema.makeFilter(({ retrieveAETitle, retrieveUrl }) =>
    retrieveAETitle === undefined && retrieveUrl === undefined
      ? "neither Retrieve AE Title nor Retrieve URL is there"
      : true
  )
)

// -----------------------------------------------------------------------------
// the service class
// -----------------------------------------------------------------------------

const action = <const Id extends number, In extends Operation.Given>(actionTypeId: Id, information: In) =>
  Operation.action({ statuses: ActionStatus, actionTypeId, information, reply: Operation.none })

const event = <const Id extends number, In extends Operation.Given>(eventTypeId: Id, information: In) =>
  Operation.eventReport({ statuses: EventStatus, eventTypeId, information, reply: Operation.none })

/**
 * The service class: the Inventory Creation SOP class (PS3.4 section KK.2), with the action types of Table KK.2-1 and the
 * event types of Table KK.2-2.
 *
 * @category service classes
 * @since 0.1.0
 */
export const serviceClass = ServiceClass.make("Storage Management", {
  sopClasses: [SopClass.InventoryCreation],
  operations: {
    initiate: action(11, Initiate),
    requestStatus: action(12, RequestStatus),
    cancel: action(13, Cancel),
    pause: action(14, Transaction),
    resume: action(15, Transaction),
    terminatedWithInstances: event(11, TerminatedWithInstances),
    status: event(12, Status),
    terminatedWithoutInstances: event(13, TerminatedWithoutInstances)
  }
})
