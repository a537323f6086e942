/**
 * The C-STORE service, which has a peer store a composite SOP instance (PS3.7 section 9.1.1): its two messages, with
 * the usage that Table 9.1-1 gives each parameter, and the statuses of the Storage service class.
 *
 * | parameter                     | request (Table 9.3-1) | response (Table 9.3-2) |
 * | ----------------------------- | --------------------- | ---------------------- |
 * | Message ID                    | M                     |                        |
 * | Message ID Being Responded To |                       | M                      |
 * | Affected SOP Class UID        | M                     | U(=)                   |
 * | Affected SOP Instance UID     | M                     | U(=)                   |
 * | Priority                      | M                     |                        |
 * | Move Originator Application Entity Title | U          |                        |
 * | Move Originator Message ID    | U                     |                        |
 * | Data Set                      | M                     |                        |
 * | Status                        |                       | M                      |
 *
 * The data set follows the request in the data fragments of the same message; it is no part of the values here. The
 * Message ID that the service has in a response has no field there. A response may besides say more of a failure
 * (Annex C): Offending Element, Error Comment and Error ID.
 *
 * @since 0.1.0
 */
import type { Uid } from "@effect-dicom/data/Uid"
import * as Schema from "effect/Schema"
import type { AETitle } from "./AETitle.ts"
import * as Dictionary from "./CommandDictionary.ts"
import { define, M, U } from "./internal/message.ts"
import type { More } from "./internal/response.ts"
import { instanceResponse, mirror } from "./internal/response.ts"
import * as Status from "./Status.ts"

const rq = define("C-STORE-RQ", 0x0001, "required", {
  messageId: M(Dictionary.MessageID),
  affectedSopClassUid: M(Dictionary.AffectedSOPClassUID),
  affectedSopInstanceUid: M(Dictionary.AffectedSOPInstanceUID),
  priority: M(Dictionary.Priority),
  moveOriginatorAETitle: U(Dictionary.MoveOriginatorApplicationEntityTitle),
  moveOriginatorMessageId: U(Dictionary.MoveOriginatorMessageID)
})

const rsp = define("C-STORE-RSP", 0x8001, "none", instanceResponse)

/** @internal */
export const definitions = [rq, rsp]

/**
 * The messages of C-STORE (PS3.7 section 9.3.1).
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
 * C-STORE-RQ (PS3.7 section 9.3.1.1).
 *
 * @category models
 * @since 0.1.0
 */
export type RQ = typeof rq.schema.Type

/**
 * C-STORE-RSP (PS3.7 section 9.3.1.2).
 *
 * @category models
 * @since 0.1.0
 */
export type RSP = typeof rsp.schema.Type

/**
 * A C-STORE-RQ; of priority MEDIUM unless another is given.
 *
 * @category constructors
 * @since 0.1.0
 */
export const request = (parameters: {
  readonly messageId: number
  readonly affectedSopClassUid: Uid
  readonly affectedSopInstanceUid: Uid
  readonly priority?: Dictionary.PriorityValue
  readonly moveOriginatorAETitle?: AETitle
  readonly moveOriginatorMessageId?: number
}): RQ => ({ _tag: "C-STORE-RQ", priority: "MEDIUM", ...parameters })

/**
 * The C-STORE-RSP to a request, of the same SOP class and instance; success unless another status is given.
 *
 * @category constructors
 * @since 0.1.0
 */
export const response = (request: RQ, status: Status.Status = Status.success, more: More<RSP> = {}): RSP => ({
  _tag: "C-STORE-RSP",
  ...mirror(request, status),
  affectedSopInstanceUid: request.affectedSopInstanceUid,
  ...more
})

/**
 * The failures of the Storage service class (PS3.4 Table B.2-1), each the first code of its range.
 *
 * @category statuses
 * @since 0.1.0
 */
export const failures = {
  /** A700H to A7FFH. */
  outOfResources: { _tag: "Failure", code: 0xa700 },
  /** A900H to A9FFH. */
  dataSetDoesNotMatchSopClass: { _tag: "Failure", code: 0xa900 },
  /** C000H to CFFFH. */
  cannotUnderstand: { _tag: "Failure", code: 0xc000 }
} as const satisfies Readonly<Record<string, Status.Failure>>

/**
 * The warnings of the Storage service class (PS3.4 Table B.2-1).
 *
 * @category statuses
 * @since 0.1.0
 */
export const warnings = {
  coercionOfDataElements: { _tag: "Warning", code: 0xb000 },
  elementsDiscarded: { _tag: "Warning", code: 0xb006 },
  dataSetDoesNotMatchSopClass: { _tag: "Warning", code: 0xb007 }
} as const satisfies Readonly<Record<string, Status.Warning>>

/**
 * What the status of a C-STORE-RSP means (PS3.4 Table B.2-1, PS3.7 Annex C), or nothing where it is the peer's own.
 *
 * @category statuses
 * @since 0.1.0
 */
export const meaning = (status: Status.Status): string | undefined => {
  const { code } = status
  if (code >>> 8 === 0xa7) return "Refused: Out of resources"
  if (code >>> 8 === 0xa9) return "Error: Data Set does not match SOP Class"
  if (code >>> 12 === 0xc) return "Error: Cannot understand"
  if (code === 0xb000) return "Coercion of Data Elements"
  if (code === 0xb006) return "Elements Discarded"
  if (code === 0xb007) return "Data Set does not match SOP Class"
  return Status.meaning(status)
}
