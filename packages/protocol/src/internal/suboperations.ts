/**
 * The counts of C-STORE sub-operations that the responses of C-GET and C-MOVE have (PS3.7 sections 9.1.3 and 9.1.4).
 */
import * as Dictionary from "../CommandDictionary.ts"
import type { Condition } from "./message.ts"
import { C } from "./message.ts"

/** PS3.4 sections C.4.2.1.6 and C.4.3.1.5. */
const remaining: Condition = (status) =>
  status._tag === "Pending" ? "required" : status._tag === "Cancel" ? "optional" : "none"

/** PS3.4 sections C.4.2.1.7 to C.4.2.1.9 and C.4.3.1.6 to C.4.3.1.8. */
const done: Condition = (status) => (status._tag === "Pending" ? "required" : "optional")

export const counts = {
  numberOfRemainingSuboperations: C(Dictionary.NumberOfRemainingSuboperations, remaining),
  numberOfCompletedSuboperations: C(Dictionary.NumberOfCompletedSuboperations, done),
  numberOfFailedSuboperations: C(Dictionary.NumberOfFailedSuboperations, done),
  numberOfWarningSuboperations: C(Dictionary.NumberOfWarningSuboperations, done)
}

/** The identifier is the list of instances that failed (PS3.4 sections C.4.2.1.4.2 and C.4.3.1.3.2). */
export const identifier: Condition = (status) =>
  status._tag === "Pending" || status._tag === "Success" ? "none" : "optional"
