/**
 * The C-ECHO service, which verifies that a peer answers (PS3.7 section 9.1.5): its two messages, with the usage that
 * Table 9.1-5 gives each parameter.
 *
 * | parameter                    | request (Table 9.3-12) | response (Table 9.3-13) |
 * | ---------------------------- | ---------------------- | ----------------------- |
 * | Message ID                   | M                      |                         |
 * | Message ID Being Responded To |                       | M                       |
 * | Affected SOP Class UID       | M                      | U(=)                    |
 * | Status                       |                        | M                       |
 *
 * Neither has a data set, and the Message ID that the service has in a response has no field there. A response may
 * besides say more of a failure (Annex C): Offending Element, Error Comment and Error ID.
 *
 * @since 0.1.0
 */
import * as Uid from "@effect-dicom/data/Uid"
import * as Schema from "effect/Schema"
import * as Dictionary from "./CommandDictionary.ts"
import { define, M } from "./internal/message.ts"
import type { More } from "./internal/response.ts"
import { response as shared, mirror } from "./internal/response.ts"
import * as Status from "./Status.ts"

const rq = define("C-ECHO-RQ", 0x0030, "none", {
  messageId: M(Dictionary.MessageID),
  affectedSopClassUid: M(Dictionary.AffectedSOPClassUID)
})

const rsp = define("C-ECHO-RSP", 0x8030, "none", shared)

/** @internal */
export const definitions = [rq, rsp]

/**
 * The messages of C-ECHO (PS3.7 section 9.3.5).
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
 * C-ECHO-RQ (PS3.7 section 9.3.5.1).
 *
 * @category models
 * @since 0.1.0
 */
export type RQ = typeof rq.schema.Type

/**
 * C-ECHO-RSP (PS3.7 section 9.3.5.2).
 *
 * @category models
 * @since 0.1.0
 */
export type RSP = typeof rsp.schema.Type

/**
 * The Verification SOP Class, the only one that C-ECHO is used with (PS3.4 section A.4).
 *
 * @category parameters
 * @since 0.1.0
 */
export const verificationSopClass: Uid.Uid = Uid.makeUnsafe("1.2.840.10008.1.1")

/**
 * A C-ECHO-RQ for the Verification SOP Class.
 *
 * **Example**
 *
 * ```ts
 * import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
 *
 * C_ECHO.request({ messageId: 1 })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const request = (parameters: { readonly messageId: number }): RQ => ({
  _tag: "C-ECHO-RQ",
  messageId: parameters.messageId,
  affectedSopClassUid: verificationSopClass
})

/**
 * The C-ECHO-RSP to a request, of the same SOP class; success unless another status is given.
 *
 * @category constructors
 * @since 0.1.0
 */
export const response = (request: RQ, status: Status.Status = Status.success, more: More<RSP> = {}): RSP => ({
  _tag: "C-ECHO-RSP",
  ...mirror(request, status),
  ...more
})
