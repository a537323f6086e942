/**
 * Responses with statuses: those that handlers fail with among them.
 */
import { AssociationError } from "@effect-dicom/association"
import * as Command from "@effect-dicom/protocol/Command"
import type * as Status from "@effect-dicom/protocol/Status"
import * as Schema from "effect/Schema"
import type { Refusal } from "../OperationHandler.ts"
import type { Details } from "../ServiceError.ts"
import { Refused } from "../ServiceError.ts"
import * as ServiceStatus from "../ServiceStatus.ts"
import { detailed } from "./details.ts"

/** The response to a request, with a status and what there is to say of it. */
export const response = (command: Command.Request, status: Status.Status, details: Details = {}): Command.Response =>
  detailed(Command.respond<Command.Request>(command, status), details)

/** The response with what a handler failed with. */
export const refusing = (
  command: Command.Request,
  refusal: Refusal<ServiceStatus.ServiceStatus>,
  details: Details = {}
): Command.Response =>
  refusal instanceof Refused
    ? response(command, ServiceStatus.toStatus(refusal.status), { ...details, ...refusal.details })
    : response(command, ServiceStatus.toStatus(refusal), details)

export const isBroken = Schema.is(AssociationError.Broken)
