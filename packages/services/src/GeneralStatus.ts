/**
 * The statuses that each DIMSE service has by itself, as rows to be spread into the tables of service classes: which they
 * are is said in PS3.7 chapters 9 and 10, their codes and names in its sections C.1.1, C.4.2, C.4.3 and C.5.6 to C.5.25.
 *
 * @since 0.1.0
 */
import * as ServiceStatus from "./ServiceStatus.ts"

const Success = ServiceStatus.success()
const NoSuchAttribute = ServiceStatus.failure(0x0105, "No such attribute")
const InvalidAttributeValue = ServiceStatus.failure(0x0106, "Invalid attribute value")
const AttributeListError = ServiceStatus.warning(0x0107, "Attribute list error")
const ProcessingFailure = ServiceStatus.failure(0x0110, "Processing failure")
const DuplicateSopInstance = ServiceStatus.failure(0x0111, "Duplicate SOP Instance")
const NoSuchSopInstance = ServiceStatus.failure(0x0112, "No such SOP Instance")
const NoSuchEventType = ServiceStatus.failure(0x0113, "No such event type")
const NoSuchArgument = ServiceStatus.failure(0x0114, "No such argument")
const InvalidArgumentValue = ServiceStatus.failure(0x0115, "Invalid argument value")
const AttributeValueOutOfRange = ServiceStatus.warning(0x0116, "Attribute value out of range")
const InvalidSopInstance = ServiceStatus.failure(0x0117, "Invalid SOP Instance")
const NoSuchSopClass = ServiceStatus.failure(0x0118, "No such SOP Class")
const ClassInstanceConflict = ServiceStatus.failure(0x0119, "Class-Instance conflict")
const MissingAttribute = ServiceStatus.failure(0x0120, "Missing attribute")
const MissingAttributeValue = ServiceStatus.failure(0x0121, "Missing attribute value")
const SopClassNotSupported = ServiceStatus.failure(0x0122, "Refused: SOP Class not supported")
const NoSuchActionType = ServiceStatus.failure(0x0123, "No such action type")
const NotAuthorized = ServiceStatus.failure(0x0124, "Refused: Not authorized")
const DuplicateInvocation = ServiceStatus.failure(0x0210, "Duplicate invocation")
const UnrecognizedOperation = ServiceStatus.failure(0x0211, "Unrecognized operation")
const MistypedArgument = ServiceStatus.failure(0x0212, "Mistyped argument")
const ResourceLimitation = ServiceStatus.failure(0x0213, "Resource limitation")

const ofAnyComposite = {
  Success,
  SopClassNotSupported,
  DuplicateInvocation,
  UnrecognizedOperation,
  MistypedArgument,
  ProcessingFailure
} as const satisfies ServiceStatus.Rows

const ofComposite = { ...ofAnyComposite, NotAuthorized } as const satisfies ServiceStatus.Rows

const ofAnyNormalized = {
  Success,
  DuplicateInvocation,
  InvalidSopInstance,
  MistypedArgument,
  NoSuchSopClass,
  ProcessingFailure,
  ResourceLimitation,
  UnrecognizedOperation
} as const satisfies ServiceStatus.Rows

/** Of an instance that is there beforehand. */
const ofNormalized = {
  ...ofAnyNormalized,
  ClassInstanceConflict,
  NoSuchSopInstance
} as const satisfies ServiceStatus.Rows

/**
 * Those of C-ECHO (PS3.7 section 9.1.5.1.4), and the processing failure that answers a defect.
 *
 * @category statuses
 * @since 0.1.0
 */
export const echo = ofAnyComposite

/**
 * Those of C-STORE (PS3.7 section 9.1.1.1.9) that the service class does not refine, and the processing failure.
 *
 * @category statuses
 * @since 0.1.0
 */
export const store = { ...ofComposite, InvalidSopInstance } as const

/**
 * Those of C-FIND (PS3.7 section 9.1.2.1.5) that the service class does not refine, and the processing failure.
 *
 * @category statuses
 * @since 0.1.0
 */
export const find = ofComposite

/**
 * Those of C-GET and C-MOVE (PS3.7 sections 9.1.3.1.6 and 9.1.4.1.7) that the service class does not refine, and the
 * processing failure.
 *
 * @category statuses
 * @since 0.1.0
 */
export const retrieve = ofComposite

/**
 * Those of N-EVENT-REPORT (PS3.7 section 10.1.1.1.8).
 *
 * @category statuses
 * @since 0.1.0
 */
export const eventReport = {
  ...ofNormalized,
  InvalidArgumentValue,
  NoSuchArgument,
  NoSuchEventType
} as const

/**
 * Those of N-GET (PS3.7 section 10.1.2.1.9).
 *
 * @category statuses
 * @since 0.1.0
 */
export const getAttributes = { ...ofNormalized, AttributeListError, NotAuthorized } as const

/**
 * Those of N-SET (PS3.7 section 10.1.3.1.9).
 *
 * @category statuses
 * @since 0.1.0
 */
export const setAttributes = {
  ...ofNormalized,
  AttributeListError,
  AttributeValueOutOfRange,
  InvalidAttributeValue,
  MissingAttributeValue,
  NoSuchAttribute,
  NotAuthorized
} as const

/**
 * Those of N-ACTION (PS3.7 section 10.1.4.1.10).
 *
 * @category statuses
 * @since 0.1.0
 */
export const action = {
  ...ofNormalized,
  InvalidArgumentValue,
  NoSuchActionType,
  NoSuchArgument,
  NotAuthorized
} as const

/**
 * Those of N-CREATE (PS3.7 section 10.1.5.1.6).
 *
 * @category statuses
 * @since 0.1.0
 */
export const create = {
  ...ofAnyNormalized,
  AttributeListError,
  AttributeValueOutOfRange,
  DuplicateSopInstance,
  InvalidAttributeValue,
  MissingAttribute,
  MissingAttributeValue,
  NoSuchAttribute,
  NotAuthorized
} as const

const delete_ = { ...ofNormalized, NotAuthorized } as const

export {
  /**
   * Those of N-DELETE (PS3.7 section 10.1.6.1.7).
   *
   * @category statuses
   * @since 0.1.0
   */
  delete_ as delete
}
