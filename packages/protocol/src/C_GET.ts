/**
 * The C-GET service, which has a peer send what matches an identifier over the same association, as C-STORE
 * sub-operations (PS3.7 section 9.1.3): its two messages, with the usage that Table 9.1-3 gives each parameter.
 *
 * | parameter                          | request (Table 9.3-6) | response (Table 9.3-7) |
 * | ---------------------------------- | --------------------- | ---------------------- |
 * | Message ID                         | M                     |                        |
 * | Message ID Being Responded To      |                       | M                      |
 * | Affected SOP Class UID             | M                     | U(=)                   |
 * | Priority                           | M                     |                        |
 * | Identifier                         | M                     | U                      |
 * | Status                             |                       | M                      |
 * | Number of Remaining Sub-operations |                       | C                      |
 * | Number of Completed Sub-operations |                       | C                      |
 * | Number of Failed Sub-operations    |                       | C                      |
 * | Number of Warning Sub-operations   |                       | C                      |
 *
 * The identifier follows in the data fragments of the same message; it is no part of the values here. In a response it
 * names what failed, so one that is Pending or a Success has none. The counts shall be there where the status is
 * Pending; that of the remaining sub-operations may besides be there with Cancel, and with no other (PS3.4 sections
 * C.4.3.1.5 to C.4.3.1.8). The Message ID that the service has in a response has no field there. What responses of all
 * services may say more of a failure is Offending Element, Error Comment and Error ID (Annex C).
 *
 * @since 0.1.0
 */
import type { Uid } from "@effect-dicom/data/Uid"
import * as Schema from "effect/Schema"
import * as Dictionary from "./CommandDictionary.ts"
import { define, M } from "./internal/message.ts"
import type { More } from "./internal/response.ts"
import { response as shared, mirror } from "./internal/response.ts"
import * as Suboperations from "./internal/suboperations.ts"
import * as Status from "./Status.ts"

const rq = define("C-GET-RQ", 0x0010, "required", {
  messageId: M(Dictionary.MessageID),
  affectedSopClassUid: M(Dictionary.AffectedSOPClassUID),
  priority: M(Dictionary.Priority)
})

const rsp = define("C-GET-RSP", 0x8010, Suboperations.identifier, {
  ...shared,
  ...Suboperations.counts
})

/** @internal */
export const definitions = [rq, rsp]

/**
 * The messages of C-GET (PS3.7 section 9.3.3).
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
 * C-GET-RQ (PS3.7 section 9.3.3.1).
 *
 * @category models
 * @since 0.1.0
 */
export type RQ = typeof rq.schema.Type

/**
 * C-GET-RSP (PS3.7 section 9.3.3.2).
 *
 * @category models
 * @since 0.1.0
 */
export type RSP = typeof rsp.schema.Type

/**
 * A C-GET-RQ; of priority MEDIUM unless another is given.
 *
 * @category constructors
 * @since 0.1.0
 */
export const request = (parameters: {
  readonly messageId: number
  readonly affectedSopClassUid: Uid
  readonly priority?: Dictionary.PriorityValue
}): RQ => ({ _tag: "C-GET-RQ", priority: "MEDIUM", ...parameters })

/**
 * The C-GET-RSP to a request, of the same SOP class; success unless another status is given.
 *
 * @category constructors
 * @since 0.1.0
 */
export const response = (request: RQ, status: Status.Status = Status.success, more: More<RSP> = {}): RSP => ({
  _tag: "C-GET-RSP",
  ...mirror(request, status),
  ...more
})
