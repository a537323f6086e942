/**
 * What the responses of all services have in common: the parameters, and what of a request they mirror.
 */
import type { Uid } from "@effect-dicom/data/Uid"
import type * as Schema from "effect/Schema"
import * as Dictionary from "../CommandDictionary.ts"
import * as Status from "../Status.ts"
import type { Condition, Parameter } from "./message.ts"
import { C, M, U } from "./message.ts"

/** The parameters of any response: those of PS3.7 sections 9.1 and 10.1, and what Annex C lets a status say more. */
export const response = {
  messageIdBeingRespondedTo: M(Dictionary.MessageIDBeingRespondedTo),
  affectedSopClassUid: U(Dictionary.AffectedSOPClassUID),
  status: M(Dictionary.Status),
  offendingElement: U(Dictionary.OffendingElement),
  errorComment: U(Dictionary.ErrorComment),
  errorId: U(Dictionary.ErrorID)
}

/** The same of a response about one SOP instance. */
export const instanceResponse = { ...response, affectedSopInstanceUid: U(Dictionary.AffectedSOPInstanceUID) }

/** What a response may say besides its status and what it mirrors. */
export type More<RSP> = Omit<
  RSP,
  "_tag" | "messageIdBeingRespondedTo" | "affectedSopClassUid" | "status" | "otherElements"
>

/** The message and the SOP class that a response to a request is of. */
export const mirror = (
  request:
    | { readonly messageId: number; readonly affectedSopClassUid: Uid }
    | { readonly messageId: number; readonly requestedSopClassUid: Uid },
  status: Status.Status
): {
  readonly messageIdBeingRespondedTo: number
  readonly affectedSopClassUid: Uid
  readonly status: Status.Status
} => ({
  messageIdBeingRespondedTo: request.messageId,
  affectedSopClassUid: "affectedSopClassUid" in request ? request.affectedSopClassUid : request.requestedSopClassUid,
  status
})

/** An Event Type ID or Action Type ID: there with any reply (PS3.7 sections 10.1.1.1.5 and 10.1.4.1.5). */
export const typeId = <S extends Schema.Constraint>(field: Dictionary.Field<S>): Parameter<Schema.optionalKey<S>, S> =>
  C(field, (_, hasReply) => (hasReply === true ? "required" : "optional"))

/**
 * An event or action reply, only with success (PS3.7 sections 10.1.1.1.7 and 10.1.4.1.9); or what of the request's
 * information was invalid (section C.5.10).
 */
export const reply: Condition = (status) =>
  Status.isCompleted(status) || status.code === Status.failures.invalidArgumentValue.code ? "optional" : "none"

/** Whether a response says of which event or action type it is: with success, and where Annex C names it. */
export const saysType = (status: Status.Status): boolean => Status.isCompleted(status) || typed.has(status.code)

const typed: ReadonlySet<number> = new Set(
  [
    Status.failures.noSuchEventType,
    Status.failures.noSuchArgument,
    Status.failures.invalidArgumentValue,
    Status.failures.noSuchActionType
  ].map(Status.code)
)
