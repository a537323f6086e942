/**
 * The N-CREATE service, which has a peer create a SOP instance (PS3.7 section 10.1.5): its two messages, with the usage
 * that Table 10.1-5 gives each parameter.
 *
 * | parameter                     | request (Table 10.3-9) | response (Table 10.3-10) |
 * | ----------------------------- | ---------------------- | ------------------------ |
 * | Message ID                    | M                      |                          |
 * | Message ID Being Responded To |                        | M                        |
 * | Affected SOP Class UID        | M                      | U(=)                     |
 * | Affected SOP Instance UID     | U                      | C                        |
 * | Attribute List                | U                      | U                        |
 * | Status                        |                        | M                        |
 *
 * The attribute list follows in the data fragments of the same message; it is no part of the values here. Who performs
 * the request chooses the instance's UID where the request has none, and its response then says which (section
 * 10.1.5.1.4). A response may besides have the identifiers of attributes that were not recognized or missing (Annex C).
 * What responses of all services may say more of a failure is Offending Element, Error Comment and Error ID (Annex C).
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

const rq = define("N-CREATE-RQ", 0x0140, "optional", {
  messageId: M(Dictionary.MessageID),
  affectedSopClassUid: M(Dictionary.AffectedSOPClassUID),
  affectedSopInstanceUid: U(Dictionary.AffectedSOPInstanceUID)
})

const rsp = define("N-CREATE-RSP", 0x8140, "optional", {
  ...instanceResponse,
  attributeIdentifierList: U(Dictionary.AttributeIdentifierList)
})

/** @internal */
export const definitions = [rq, rsp]

/**
 * The messages of N-CREATE (PS3.7 section 10.3.5).
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
 * N-CREATE-RQ (PS3.7 section 10.3.5.1).
 *
 * @category models
 * @since 0.1.0
 */
export type RQ = typeof rq.schema.Type

/**
 * N-CREATE-RSP (PS3.7 section 10.3.5.2).
 *
 * @category models
 * @since 0.1.0
 */
export type RSP = typeof rsp.schema.Type

/**
 * An N-CREATE-RQ.
 *
 * @category constructors
 * @since 0.1.0
 */
export const request = (parameters: {
  readonly messageId: number
  readonly affectedSopClassUid: Uid
  readonly affectedSopInstanceUid?: Uid
}): RQ => ({ _tag: "N-CREATE-RQ", ...parameters })

/**
 * The N-CREATE-RSP to a request, of the same SOP class and instance; success unless another status is given. Where the
 * request has no instance UID, a success is to say which was chosen.
 *
 * **Example**
 *
 * ```ts
 * import { Uid } from "@effect-dicom/data"
 * import { N_CREATE, Status } from "@effect-dicom/protocol"
 *
 * declare const request: N_CREATE.RQ
 * N_CREATE.response(request, Status.success, { affectedSopInstanceUid: Uid.makeUnsafe("1.2.3") })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const response = (request: RQ, status: Status.Status = Status.success, more: More<RSP> = {}): RSP => ({
  _tag: "N-CREATE-RSP",
  ...mirror(request, status),
  ...(request.affectedSopInstanceUid === undefined ? {} : { affectedSopInstanceUid: request.affectedSopInstanceUid }),
  ...more
})
