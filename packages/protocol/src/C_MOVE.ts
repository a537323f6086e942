/**
 * The C-MOVE service, which has a peer send what matches an identifier to an application entity, as C-STORE
 * sub-operations on another association (PS3.7 section 9.1.4): its two messages, with the usage that Table 9.1-4 gives
 * each parameter.
 *
 * | parameter                          | request (Table 9.3-9) | response (Table 9.3-10) |
 * | ---------------------------------- | --------------------- | ----------------------- |
 * | Message ID                         | M                     |                         |
 * | Message ID Being Responded To      |                       | M                       |
 * | Affected SOP Class UID             | M                     | U(=)                    |
 * | Priority                           | M                     |                         |
 * | Move Destination                   | M                     |                         |
 * | Identifier                         | M                     | U                       |
 * | Status                             |                       | M                       |
 * | Number of Remaining Sub-operations |                       | C                       |
 * | Number of Completed Sub-operations |                       | C                       |
 * | Number of Failed Sub-operations    |                       | C                       |
 * | Number of Warning Sub-operations   |                       | C                       |
 *
 * The identifier follows in the data fragments of the same message; it is no part of the values here. In a response it
 * names what failed, so one that is Pending or a Success has none. The counts shall be there where the status is
 * Pending; that of the remaining sub-operations may besides be there with Cancel, and with no other (PS3.4 sections
 * C.4.2.1.6 to C.4.2.1.9). The Message ID that the service has in a response has no field there. What responses of all
 * services may say more of a failure is Offending Element, Error Comment and Error ID (Annex C).
 *
 * @since 0.1.0
 */
import type { Uid } from "@effect-dicom/data/Uid"
import * as Schema from "effect/Schema"
import type { AETitle } from "./AETitle.ts"
import * as Dictionary from "./CommandDictionary.ts"
import { define, M } from "./internal/message.ts"
import type { More } from "./internal/response.ts"
import { response as shared, mirror } from "./internal/response.ts"
import * as Suboperations from "./internal/suboperations.ts"
import * as Status from "./Status.ts"

const rq = define("C-MOVE-RQ", 0x0021, "required", {
  messageId: M(Dictionary.MessageID),
  affectedSopClassUid: M(Dictionary.AffectedSOPClassUID),
  priority: M(Dictionary.Priority),
  moveDestination: M(Dictionary.MoveDestination)
})

const rsp = define("C-MOVE-RSP", 0x8021, Suboperations.identifier, {
  ...shared,
  ...Suboperations.counts
})

/** @internal */
export const definitions = [rq, rsp]

/**
 * The messages of C-MOVE (PS3.7 section 9.3.4).
 *
 * @category models
 * @since 0.1.0
 */
export const Message = Schema.Union([rq.schema, rsp.schema]).pipe(Schema.toTaggedUnion("_tag"))

/**
 * @category models
 * @since 0.1.0
 */
export type Message = typeof Message.Type

/**
 * C-MOVE-RQ (PS3.7 section 9.3.4.1).
 *
 * @category models
 * @since 0.1.0
 */
export type RQ = typeof rq.schema.Type

/**
 * C-MOVE-RSP (PS3.7 section 9.3.4.2).
 *
 * @category models
 * @since 0.1.0
 */
export type RSP = typeof rsp.schema.Type

/**
 * A C-MOVE-RQ; of priority MEDIUM unless another is given.
 *
 * @category constructors
 * @since 0.1.0
 */
export const request = (parameters: {
  readonly messageId: number
  readonly affectedSopClassUid: Uid
  readonly priority?: Dictionary.PriorityValue
  readonly moveDestination: AETitle
}): RQ => ({ _tag: "C-MOVE-RQ", priority: "MEDIUM", ...parameters })

/**
 * The C-MOVE-RSP to a request, of the same SOP class; success unless another status is given.
 *
 * @category constructors
 * @since 0.1.0
 */
export const response = (request: RQ, status: Status.Status = Status.success, more: More<RSP> = {}): RSP => ({
  _tag: "C-MOVE-RSP",
  ...mirror(request, status),
  ...more
})
