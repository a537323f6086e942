/**
 * What can go wrong with an operation of a service class, beside the association: the peer refuses it, or a data set is
 * not what the class says.
 *
 * @since 0.1.0
 */
import * as Status from "@effect-dicom/protocol/Status"
import type { DataSet } from "@effect-dicom/data/DataSet"
import type { Tag } from "@effect-dicom/data/Tag"
import * as Data from "effect/Data"
import * as Schema from "effect/Schema"
import type * as ServiceStatus from "./ServiceStatus.ts"

/**
 * What a response may say of its status (PS3.7 Annex C).
 *
 * @category models
 * @since 0.1.0
 */
export interface Details {
  /** Up to 64 characters. */
  readonly errorComment?: string
  /** The tags of the elements in which an error was found. */
  readonly offendingElement?: ReadonlyArray<Tag>
  /** The implementation's own, 0 to 65535. */
  readonly errorId?: number
  /** The tags of the attributes that were not recognized, or are missing; in responses of N-GET, N-SET and N-CREATE. */
  readonly attributeIdentifierList?: ReadonlyArray<Tag>
  /** In responses of C-GET and C-MOVE. */
  readonly subOperations?: SubOperations
}

/**
 * What a response says: its status, and of that whatever else.
 *
 * @category models
 * @since 0.1.0
 */
export interface Answer {
  readonly status: Status.Status
  readonly details: Details
}

/**
 * How many sub-operations of a C-GET or C-MOVE remain, and how those that are over ended.
 *
 * @category models
 * @since 0.1.0
 */
export interface SubOperations {
  /** Absent from a final response, but of an operation that was cancelled. */
  readonly remaining?: number
  readonly completed: number
  readonly failed: number
  readonly warning: number
}

/**
 * An operation that ends with a status other than success or a warning: what a client fails with, and what a handler
 * may fail with to say more than the bare status.
 *
 * @category errors
 * @since 0.1.0
 */
export class Refused<out S extends ServiceStatus.Any> extends Data.TaggedError("Refused")<{
  readonly status: ServiceStatus.Any
  /** What the status means, where that is known. */
  readonly meaning?: string | undefined
  readonly details: Details
  /** The data set that came with the response: the failed instances of a C-GET or C-MOVE. */
  readonly dataSet?: DataSet | undefined
}> {
  declare readonly status: S
  override get message(): string {
    const { errorComment } = this.details
    const code = Status.formatCode(this.status.code)
    const meaning = this.meaning ?? (this.status._tag === "Unlisted" ? "a status of the peer's own" : this.status._tag)
    return `The operation ended with ${this.status.class} ${code}, ${meaning}${errorComment === undefined ? "" : `: ${errorComment}`}`
  }
}

/**
 * A status with details, for a handler to fail with.
 *
 * **Example**
 *
 * ```ts
 * import { ModalityWorklist, ServiceError } from "@effect-dicom/services"
 *
 * ServiceError.refused(ModalityWorklist.Status.of.UnableToProcess(), { errorComment: "The RIS is not reachable" })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const refused = <const S extends ServiceStatus.Any>(status: S, details: Details = {}): Refused<S> =>
  new Refused<S>({ status, details })

/**
 * A data set of the peer's that is none, or that the schema refuses.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unreadable extends Schema.TaggedError<Unreadable>()("Unreadable", {
  /** The message it came with, such as "C-FIND-RSP". */
  of: Schema.String,
  detail: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message(): string {
    return `The data set of the ${this.of} could not be read: ${this.detail}`
  }
}

/**
 * A value that could not be written as the data set of a message.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unwritable extends Schema.TaggedError<Unwritable>()("Unwritable", {
  /** The message it was for, such as "C-FIND-RQ". */
  of: Schema.String,
  detail: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message(): string {
    return `The data set of the ${this.of} could not be written: ${this.detail}`
  }
}
