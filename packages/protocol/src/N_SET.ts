/**
 * The N-SET service, which has a peer change attributes of a SOP instance (PS3.7 section 10.1.3): its two messages,
 * with the usage that Table 10.1-3 gives each parameter.
 *
 * | parameter                     | request (Table 10.3-5) | response (Table 10.3-6) |
 * | ----------------------------- | ---------------------- | ----------------------- |
 * | Message ID                    | M                      |                         |
 * | Message ID Being Responded To |                        | M                       |
 * | Requested SOP Class UID       | M                      |                         |
 * | Requested SOP Instance UID    | M                      |                         |
 * | Modification List             | M                      |                         |
 * | Attribute List                |                        | U                       |
 * | Affected SOP Class UID        |                        | U                       |
 * | Affected SOP Instance UID     |                        | U                       |
 * | Status                        |                        | M                       |
 *
 * Modification list and attribute list follow in the data fragments of the same message; they are no part of the values
 * here. A response may besides have the identifiers of attributes that were not recognized or missing (Annex C). What
 * responses of all services may say more of a failure is Offending Element, Error Comment and Error ID (Annex C).
 *
 * @since 0.1.0
 */
import type { Uid } from "@effect-dicom/data/Uid"
import * as Schema from "effect/Schema"
import * as Dictionary from "./CommandDictionary.ts"
import { define, M, U } from "./internal/message.ts"
import type { More } from "./internal/response.ts"
import { instanceResponse, mirror } from "./internal/response.ts"
import * as Status from "./Status.ts"

const rq = define("N-SET-RQ", 0x0120, "required", {
  messageId: M(Dictionary.MessageID),
  requestedSopClassUid: M(Dictionary.RequestedSOPClassUID),
  requestedSopInstanceUid: M(Dictionary.RequestedSOPInstanceUID)
})

const rsp = define("N-SET-RSP", 0x8120, "optional", {
  ...instanceResponse,
  attributeIdentifierList: U(Dictionary.AttributeIdentifierList)
})

/** @internal */
export const definitions = [rq, rsp]

/**
 * The messages of N-SET (PS3.7 section 10.3.3).
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
 * N-SET-RQ (PS3.7 section 10.3.3.1).
 *
 * @category models
 * @since 0.1.0
 */
export type RQ = typeof rq.schema.Type

/**
 * N-SET-RSP (PS3.7 section 10.3.3.2).
 *
 * @category models
 * @since 0.1.0
 */
export type RSP = typeof rsp.schema.Type

/**
 * An N-SET-RQ.
 *
 * @category constructors
 * @since 0.1.0
 */
export const request = (parameters: {
  readonly messageId: number
  readonly requestedSopClassUid: Uid
  readonly requestedSopInstanceUid: Uid
}): RQ => ({ _tag: "N-SET-RQ", ...parameters })

/**
 * The N-SET-RSP to a request, of the same SOP class and instance; success unless another status is given.
 *
 * @category constructors
 * @since 0.1.0
 */
export const response = (request: RQ, status: Status.Status = Status.success, more: More<RSP> = {}): RSP => ({
  _tag: "N-SET-RSP",
  ...mirror(request, status),
  affectedSopInstanceUid: request.requestedSopInstanceUid,
  ...more
})
