/**
 * The N-ACTION service, which has a peer carry out an action on a SOP instance (PS3.7 section 10.1.4): its two
 * messages, with the usage that Table 10.1-4 gives each parameter.
 *
 * | parameter                     | request (Table 10.3-7) | response (Table 10.3-8) |
 * | ----------------------------- | ---------------------- | ----------------------- |
 * | Message ID                    | M                      |                         |
 * | Message ID Being Responded To |                        | M                       |
 * | Requested SOP Class UID       | M                      |                         |
 * | Requested SOP Instance UID    | M                      |                         |
 * | Action Type ID                | M                      | C(=)                    |
 * | Action Information            | U                      |                         |
 * | Affected SOP Class UID        |                        | U                       |
 * | Affected SOP Instance UID     |                        | U                       |
 * | Action Reply                  |                        | C                       |
 * | Status                        |                        | M                       |
 *
 * Action information and action reply follow in the data fragments of the same message; they are no part of the values
 * here. A response with a reply says of which action type it is (section 10.1.4.1.5). What responses of all services
 * may say more of a failure is Offending Element, Error Comment and Error ID (Annex C).
 *
 * @since 0.1.0
 */
import type { Uid } from "@effect-dicom/data/Uid"
import * as Schema from "effect/Schema"
import * as Dictionary from "./CommandDictionary.ts"
import { define, M } from "./internal/message.ts"
import type { More } from "./internal/response.ts"
import { instanceResponse, mirror, reply, saysType, typeId } from "./internal/response.ts"
import * as Status from "./Status.ts"

const rq = define("N-ACTION-RQ", 0x0130, "optional", {
  messageId: M(Dictionary.MessageID),
  requestedSopClassUid: M(Dictionary.RequestedSOPClassUID),
  requestedSopInstanceUid: M(Dictionary.RequestedSOPInstanceUID),
  actionTypeId: M(Dictionary.ActionTypeID)
})

const rsp = define("N-ACTION-RSP", 0x8130, reply, {
  ...instanceResponse,
  actionTypeId: typeId(Dictionary.ActionTypeID)
})

/** @internal */
export const definitions = [rq, rsp]

/**
 * The messages of N-ACTION (PS3.7 section 10.3.4).
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
 * N-ACTION-RQ (PS3.7 section 10.3.4.1).
 *
 * @category models
 * @since 0.1.0
 */
export type RQ = typeof rq.schema.Type

/**
 * N-ACTION-RSP (PS3.7 section 10.3.4.2).
 *
 * @category models
 * @since 0.1.0
 */
export type RSP = typeof rsp.schema.Type

/**
 * An N-ACTION-RQ.
 *
 * @category constructors
 * @since 0.1.0
 */
export const request = (parameters: {
  readonly messageId: number
  readonly requestedSopClassUid: Uid
  readonly requestedSopInstanceUid: Uid
  readonly actionTypeId: number
}): RQ => ({ _tag: "N-ACTION-RQ", ...parameters })

/**
 * The N-ACTION-RSP to a request, of the same SOP class and instance; success unless another status is given.
 *
 * @category constructors
 * @since 0.1.0
 */
export const response = (request: RQ, status: Status.Status = Status.success, more: More<RSP> = {}): RSP => ({
  _tag: "N-ACTION-RSP",
  ...mirror(request, status),
  affectedSopInstanceUid: request.requestedSopInstanceUid,
  ...(saysType(status) ? { actionTypeId: request.actionTypeId } : {}),
  ...more
})
