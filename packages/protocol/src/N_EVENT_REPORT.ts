/**
 * The N-EVENT-REPORT service, which tells a peer of an event of a SOP instance (PS3.7 section 10.1.1): its two
 * messages, with the usage that Table 10.1-1 gives each parameter.
 *
 * | parameter                     | request (Table 10.3-1) | response (Table 10.3-2) |
 * | ----------------------------- | ---------------------- | ----------------------- |
 * | Message ID                    | M                      |                         |
 * | Message ID Being Responded To |                        | M                       |
 * | Affected SOP Class UID        | M                      | U(=)                    |
 * | Affected SOP Instance UID     | M                      | U(=)                    |
 * | Event Type ID                 | M                      | C(=)                    |
 * | Event Information             | U                      |                         |
 * | Event Reply                   |                        | C                       |
 * | Status                        |                        | M                       |
 *
 * Event information and event reply follow in the data fragments of the same message; they are no part of the values
 * here. A response with a reply says of which event type it is (section 10.1.1.1.5). What responses of all services may
 * say more of a failure is Offending Element, Error Comment and Error ID (Annex C).
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

const rq = define("N-EVENT-REPORT-RQ", 0x0100, "optional", {
  messageId: M(Dictionary.MessageID),
  affectedSopClassUid: M(Dictionary.AffectedSOPClassUID),
  affectedSopInstanceUid: M(Dictionary.AffectedSOPInstanceUID),
  eventTypeId: M(Dictionary.EventTypeID)
})

const rsp = define("N-EVENT-REPORT-RSP", 0x8100, reply, {
  ...instanceResponse,
  eventTypeId: typeId(Dictionary.EventTypeID)
})

/** @internal */
export const definitions = [rq, rsp]

/**
 * The messages of N-EVENT-REPORT (PS3.7 section 10.3.1).
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
 * N-EVENT-REPORT-RQ (PS3.7 section 10.3.1.1).
 *
 * @category models
 * @since 0.1.0
 */
export type RQ = typeof rq.schema.Type

/**
 * N-EVENT-REPORT-RSP (PS3.7 section 10.3.1.2).
 *
 * @category models
 * @since 0.1.0
 */
export type RSP = typeof rsp.schema.Type

/**
 * An N-EVENT-REPORT-RQ.
 *
 * @category constructors
 * @since 0.1.0
 */
export const request = (parameters: {
  readonly messageId: number
  readonly affectedSopClassUid: Uid
  readonly affectedSopInstanceUid: Uid
  readonly eventTypeId: number
}): RQ => ({ _tag: "N-EVENT-REPORT-RQ", ...parameters })

/**
 * The N-EVENT-REPORT-RSP to a request, of the same SOP class and instance; success unless another status is given.
 *
 * @category constructors
 * @since 0.1.0
 */
export const response = (request: RQ, status: Status.Status = Status.success, more: More<RSP> = {}): RSP => ({
  _tag: "N-EVENT-REPORT-RSP",
  ...mirror(request, status),
  affectedSopInstanceUid: request.affectedSopInstanceUid,
  ...(saysType(status) ? { eventTypeId: request.eventTypeId } : {}),
  ...more
})
