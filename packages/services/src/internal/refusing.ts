/**
 * Responses with statuses: those that handlers fail with among them.
 */
import { AssociationError } from "@effect-dicom/association"
import * as Command from "@effect-dicom/protocol/Command"
import * as Status from "@effect-dicom/protocol/Status"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { Refusal } from "../OperationHandler.ts"
import type { Details } from "../ServiceError.ts"
import { Refused } from "../ServiceError.ts"
import * as ServiceStatus from "../ServiceStatus.ts"
import { detailed } from "./details.ts"

/** The response to a request, with a status and what there is to say of it. */
export const response = (command: Command.Request, status: Status.Status, details: Details = {}): Command.Response =>
  detailed(Command.respond<Command.Request>(command, status), details)

/** The response with what a handler failed with; what is no status, as untyped code may fail with, is a defect. */
export const refusing = (
  command: Command.Request,
  refusal: Refusal<ServiceStatus.ServiceStatus>,
  details: Details = {}
): Command.Response =>
  refusal instanceof Refused
    ? response(command, final(refusal.status), { ...details, ...refusal.details })
    : response(command, final(refusal), details)

const final = (refused: ServiceStatus.Any): Status.Status => {
  const isCode = Predicate.hasProperty(refused, "code") && refused.code >= 0 && refused.code <= 0xffff
  const status = isCode ? ServiceStatus.toStatus(refused) : Status.success
  if (status._tag === "Success" || !Status.isFinal(status)) {
    throw new Error("A handler failed with what is no status of a failure, a warning or a cancel", { cause: refused })
  }
  return status
}

export const isBroken = Schema.is(AssociationError.Broken)
