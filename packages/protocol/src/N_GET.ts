/**
 * The N-GET service, which asks a peer for attributes of a SOP instance (PS3.7 section 10.1.2): its two messages, with
 * the usage that Table 10.1-2 gives each parameter.
 *
 * | parameter                     | request (Table 10.3-3) | response (Table 10.3-4) |
 * | ----------------------------- | ---------------------- | ----------------------- |
 * | Message ID                    | M                      |                         |
 * | Message ID Being Responded To |                        | M                       |
 * | Requested SOP Class UID       | M                      |                         |
 * | Requested SOP Instance UID    | M                      |                         |
 * | Attribute Identifier List     | U                      |                         |
 * | Affected SOP Class UID        |                        | U                       |
 * | Affected SOP Instance UID     |                        | U                       |
 * | Attribute List                |                        | C                       |
 * | Status                        |                        | M                       |
 *
 * The attribute list follows in the data fragments of the same message; it is no part of the values here. A request has
 * none, a response of success has one (section 10.1.2.1.8). A response may besides have the identifiers of attributes
 * that were not recognized (Annex C). What responses of all services may say more of a failure is Offending Element,
 * Error Comment and Error ID (Annex C).
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

const rq = define("N-GET-RQ", 0x0110, "none", {
  messageId: M(Dictionary.MessageID),
  requestedSopClassUid: M(Dictionary.RequestedSOPClassUID),
  requestedSopInstanceUid: M(Dictionary.RequestedSOPInstanceUID),
  attributeIdentifierList: U(Dictionary.AttributeIdentifierList)
})

const rsp = define("N-GET-RSP", 0x8110, (status) => (status._tag === "Success" ? "required" : "optional"), {
  ...instanceResponse,
  attributeIdentifierList: U(Dictionary.AttributeIdentifierList)
})

/** @internal */
export const definitions = [rq, rsp]

/**
 * The messages of N-GET (PS3.7 section 10.3.2).
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
 * N-GET-RQ (PS3.7 section 10.3.2.1).
 *
 * @category models
 * @since 0.1.0
 */
export type RQ = typeof rq.schema.Type

/**
 * N-GET-RSP (PS3.7 section 10.3.2.2).
 *
 * @category models
 * @since 0.1.0
 */
export type RSP = typeof rsp.schema.Type

/**
 * An N-GET-RQ.
 *
 * @category constructors
 * @since 0.1.0
 */
export const request = (parameters: {
  readonly messageId: number
  readonly requestedSopClassUid: Uid
  readonly requestedSopInstanceUid: Uid
  readonly attributeIdentifierList?: typeof Dictionary.Tags.Type
}): RQ => ({ _tag: "N-GET-RQ", ...parameters })

/**
 * The N-GET-RSP to a request, of the same SOP class and instance; success unless another status is given.
 *
 * @category constructors
 * @since 0.1.0
 */
export const response = (request: RQ, status: Status.Status = Status.success, more: More<RSP> = {}): RSP => ({
  _tag: "N-GET-RSP",
  ...mirror(request, status),
  affectedSopInstanceUid: request.requestedSopInstanceUid,
  ...more
})
