/**
 * The N-DELETE service, which has a peer delete a SOP instance (PS3.7 section 10.1.6): its two messages, with the usage
 * that Table 10.1-6 gives each parameter.
 *
 * | parameter                     | request (Table 10.3-11) | response (Table 10.3-12) |
 * | ----------------------------- | ----------------------- | ------------------------ |
 * | Message ID                    | M                       |                          |
 * | Message ID Being Responded To |                         | M                        |
 * | Requested SOP Class UID       | M                       |                          |
 * | Requested SOP Instance UID    | M                       |                          |
 * | Affected SOP Class UID        |                         | U                        |
 * | Affected SOP Instance UID     |                         | U                        |
 * | Status                        |                         | M                        |
 *
 * Neither has a data set. What responses of all services may say more of a failure is Offending Element, Error Comment
 * and Error ID (Annex C).
 *
 * @since 0.1.0
 */
import type { Uid } from "@effect-dicom/data/Uid"
import * as Schema from "effect/Schema"
import * as Dictionary from "./CommandDictionary.ts"
import { define, M } from "./internal/message.ts"
import type { More } from "./internal/response.ts"
import { instanceResponse, mirror } from "./internal/response.ts"
import * as Status from "./Status.ts"

const rq = define("N-DELETE-RQ", 0x0150, "none", {
  messageId: M(Dictionary.MessageID),
  requestedSopClassUid: M(Dictionary.RequestedSOPClassUID),
  requestedSopInstanceUid: M(Dictionary.RequestedSOPInstanceUID)
})

const rsp = define("N-DELETE-RSP", 0x8150, "none", instanceResponse)

/** @internal */
export const definitions = [rq, rsp]

/**
 * The messages of N-DELETE (PS3.7 section 10.3.6).
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
 * N-DELETE-RQ (PS3.7 section 10.3.6.1).
 *
 * @category models
 * @since 0.1.0
 */
export type RQ = typeof rq.schema.Type

/**
 * N-DELETE-RSP (PS3.7 section 10.3.6.2).
 *
 * @category models
 * @since 0.1.0
 */
export type RSP = typeof rsp.schema.Type

/**
 * An N-DELETE-RQ.
 *
 * @category constructors
 * @since 0.1.0
 */
export const request = (parameters: {
  readonly messageId: number
  readonly requestedSopClassUid: Uid
  readonly requestedSopInstanceUid: Uid
}): RQ => ({ _tag: "N-DELETE-RQ", ...parameters })

/**
 * The N-DELETE-RSP to a request, of the same SOP class and instance; success unless another status is given.
 *
 * @category constructors
 * @since 0.1.0
 */
export const response = (request: RQ, status: Status.Status = Status.success, more: More<RSP> = {}): RSP => ({
  _tag: "N-DELETE-RSP",
  ...mirror(request, status),
  affectedSopInstanceUid: request.requestedSopInstanceUid,
  ...more
})
