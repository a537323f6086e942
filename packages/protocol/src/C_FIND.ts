/**
 * The C-FIND service, which has a peer match the attributes of an identifier against what it has (PS3.7 section 9.1.2):
 * its two messages, with the usage that Table 9.1-2 gives each parameter.
 *
 * | parameter                     | request (Table 9.3-3) | response (Table 9.3-4) |
 * | ----------------------------- | --------------------- | ---------------------- |
 * | Message ID                    | M                     |                        |
 * | Message ID Being Responded To |                       | M                      |
 * | Affected SOP Class UID        | M                     | U(=)                   |
 * | Priority                      | M                     |                        |
 * | Identifier                    | M                     | C                      |
 * | Status                        |                       | M                      |
 *
 * The identifier follows in the data fragments of the same message; it is no part of the values here. A response has
 * one where its status is Pending, and only there (section 9.1.2.1.5). The Message ID that the service has in a
 * response has no field there. What responses of all services may say more of a failure is Offending Element, Error
 * Comment and Error ID (Annex C).
 *
 * @since 0.1.0
 */
import type { Uid } from "@effect-dicom/data/Uid"
import * as Schema from "effect/Schema"
import * as Dictionary from "./CommandDictionary.ts"
import { define, M } from "./internal/message.ts"
import type { More } from "./internal/response.ts"
import { response as shared, mirror } from "./internal/response.ts"
import * as Status from "./Status.ts"

const rq = define("C-FIND-RQ", 0x0020, "required", {
  messageId: M(Dictionary.MessageID),
  affectedSopClassUid: M(Dictionary.AffectedSOPClassUID),
  priority: M(Dictionary.Priority)
})

const rsp = define("C-FIND-RSP", 0x8020, (status) => (status._tag === "Pending" ? "required" : "none"), shared)

/** @internal */
export const definitions = [rq, rsp]

/**
 * The messages of C-FIND (PS3.7 section 9.3.2).
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
 * C-FIND-RQ (PS3.7 section 9.3.2.1).
 *
 * @category models
 * @since 0.1.0
 */
export type RQ = typeof rq.schema.Type

/**
 * C-FIND-RSP (PS3.7 section 9.3.2.2).
 *
 * @category models
 * @since 0.1.0
 */
export type RSP = typeof rsp.schema.Type

/**
 * A C-FIND-RQ; of priority MEDIUM unless another is given.
 *
 * @category constructors
 * @since 0.1.0
 */
export const request = (parameters: {
  readonly messageId: number
  readonly affectedSopClassUid: Uid
  readonly priority?: Dictionary.PriorityValue
}): RQ => ({ _tag: "C-FIND-RQ", priority: "MEDIUM", ...parameters })

/**
 * The C-FIND-RSP to a request, of the same SOP class; success unless another status is given.
 *
 * @category constructors
 * @since 0.1.0
 */
export const response = (request: RQ, status: Status.Status = Status.success, more: More<RSP> = {}): RSP => ({
  _tag: "C-FIND-RSP",
  ...mirror(request, status),
  ...more
})
