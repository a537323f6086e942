/**
 * The statuses of the Unified Procedure Step service class (PS3.4 section CC.2), by operation.
 *
 * @since 0.1.0
 */
import * as GeneralStatus from "./GeneralStatus.ts"
import * as ModalityWorklist from "./ModalityWorklist.ts"
import * as ServiceStatus from "./ServiceStatus.ts"

const OptionalAttributesNotSupported = ServiceStatus.warning(0x0001, "Requested optional Attributes are not supported")
const AlreadyCanceled = ServiceStatus.warning(0xb304, "The UPS is already in the requested state of CANCELED")
const MayNoLongerBeUpdated = ServiceStatus.failure(0xc300, "Failed: The UPS may no longer be updated")
const WrongTransactionUid = ServiceStatus.failure(0xc301, "Failed: The correct Transaction UID was not provided")
const NoSuchUps = ServiceStatus.failure(
  0xc307,
  "Failed: Specified SOP Instance UID does not exist or is not a UPS Instance managed by this SCP"
)
const NotInProgress = ServiceStatus.failure(0xc310, 'Failed: The UPS is not in the "IN PROGRESS" state')

/**
 * The statuses of N-ACTION, Change UPS State (PS3.4 Table CC.2.1-2).
 *
 * @category statuses
 * @since 0.1.0
 */
export const ChangeStateStatus = ServiceStatus.make({
  ...GeneralStatus.action,
  AlreadyCanceled,
  AlreadyCompleted: ServiceStatus.warning(0xb306, "The UPS is already in the requested state of COMPLETED"),
  MayNoLongerBeUpdated,
  WrongTransactionUid,
  AlreadyInProgress: ServiceStatus.failure(0xc302, "Failed: The UPS is already IN PROGRESS"),
  OnlyScheduledByCreate: ServiceStatus.failure(
    0xc303,
    "Failed: The UPS may only become SCHEDULED via N-CREATE, not N-SET or N-ACTION"
  ),
  FinalStateRequirementsNotMet: ServiceStatus.failure(
    0xc304,
    "Failed: The UPS has not met final state requirements for the requested state change"
  ),
  NoSuchUps,
  NotInProgress: ServiceStatus.failure(0xc310, 'Failed: The UPS is not yet in the "IN PROGRESS" state')
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type ChangeStateStatus = ServiceStatus.Type<typeof ChangeStateStatus>

/**
 * The statuses of N-ACTION, Request UPS Cancel (PS3.4 Table CC.2.2-2).
 *
 * @category statuses
 * @since 0.1.0
 */
export const RequestCancelStatus = ServiceStatus.make({
  ...GeneralStatus.action,
  AlreadyCanceled,
  NoSuchUps,
  AlreadyCompleted: ServiceStatus.failure(0xc311, "Failed: The UPS is already COMPLETED"),
  PerformerCannotBeContacted: ServiceStatus.failure(0xc312, "Failed: The performer cannot be contacted"),
  PerformerChoosesNotToCancel: ServiceStatus.failure(0xc313, "Failed: Performer chooses not to cancel")
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type RequestCancelStatus = ServiceStatus.Type<typeof RequestCancelStatus>

/**
 * The statuses of N-ACTION, to subscribe, to unsubscribe, and to suspend a global subscription (PS3.4 Table CC.2.3-3).
 *
 * @category statuses
 * @since 0.1.0
 */
export const SubscribeStatus = ServiceStatus.make({
  ...GeneralStatus.action,
  DeletionLockNotGranted: ServiceStatus.warning(0xb301, "Deletion Lock not granted"),
  NoSuchUps,
  ReceivingAEUnknown: ServiceStatus.failure(0xc308, "Failed: Receiving AE-TITLE is Unknown to this SCP"),
  ActionNotAppropriate: ServiceStatus.failure(
    0xc314,
    "Failed: Specified action not appropriate for specified instance"
  ),
  EventReportsNotSupported: ServiceStatus.failure(0xc315, "Failed: SCP does not support Event Reports")
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type SubscribeStatus = ServiceStatus.Type<typeof SubscribeStatus>

/**
 * The statuses of N-EVENT-REPORT (PS3.4 section CC.2.4.4): those of PS3.7, and none of its own.
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

/**
 * The statuses of N-CREATE (PS3.4 Table CC.2.5-4).
 *
 * @category statuses
 * @since 0.1.0
 */
export const CreateStatus = ServiceStatus.make({
  ...GeneralStatus.create,
  CreatedWithModifications: ServiceStatus.warning(0xb300, "The UPS was created with modifications"),
  NotScheduled: ServiceStatus.failure(0xc309, 'Failed: The provided value of UPS State was not "SCHEDULED"')
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type CreateStatus = ServiceStatus.Type<typeof CreateStatus>

/**
 * The statuses of N-SET (PS3.4 Table CC.2.6-1).
 *
 * @category statuses
 * @since 0.1.0
 */
export const SetStatus = ServiceStatus.make({
  ...GeneralStatus.setAttributes,
  OptionalAttributesNotSupported,
  Coerced: ServiceStatus.warning(0xb305, "Coerced invalid values to valid values"),
  MayNoLongerBeUpdated,
  WrongTransactionUid,
  NoSuchUps,
  NotInProgress
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type SetStatus = ServiceStatus.Type<typeof SetStatus>

/**
 * The statuses of N-GET (PS3.4 Table CC.2.7-1).
 *
 * @category statuses
 * @since 0.1.0
 */
export const GetStatus = ServiceStatus.make({
  ...GeneralStatus.getAttributes,
  OptionalAttributesNotSupported,
  NoSuchUps
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type GetStatus = ServiceStatus.Type<typeof GetStatus>

/**
 * The statuses of C-FIND (PS3.4 Table CC.2.8-2): those of a worklist.
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
