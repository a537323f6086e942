/**
 * How a call of a service class fails, turned to the reader at the terminal.
 *
 * @since 0.1.0
 */
import * as Status from "@effect-dicom/protocol/Status"
import type { ServiceError, ServiceStatus } from "@effect-dicom/services"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import type * as Requestor from "./Requestor.ts"
import { parties } from "./Requestor.ts"
import * as StatusDetails from "./StatusDetails.ts"

/**
 * What a call may fail with.
 *
 * @category models
 * @since 0.1.0
 */
export type Cause =
  | Failure.Cause
  | ServiceError.Refused<ServiceStatus.Any>
  | ServiceError.Unreadable
  | ServiceError.Unwritable

/** Refused: Move Destination unknown (PS3.4 Table C.4-2). */
const moveDestinationUnknown = 0xa801

const afterRefusal = (code: number): string =>
  code === moveDestinationUnknown
    ? "Give the AE title of one that it knows with --destination, or have it set up where that is."
    : "See what its log says."

/**
 * The failure that an error of a call is to whoever typed the command.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (error: Cause, options: Requestor.Options): Failure.Failure => {
  switch (error._tag) {
    case "Refused": {
      const at = StatusDetails.formatTags(error.details)
      return new Failure.Failure({
        exitCode: codes.refused,
        sentence: `${options.call} refused. ${error.message}${at}. ${afterRefusal(error.status.code)}`,
        behind: {
          tag: error._tag,
          parameters: {
            status: Status.formatCode(error.status.code),
            name: error.status._tag,
            ...(error.details.errorComment === undefined ? {} : { errorComment: error.details.errorComment })
          }
        }
      })
    }
    case "Unreadable":
      return new Failure.Failure({
        exitCode: codes.unreadable,
        sentence: `${error.message}. It is the peer that has to be corrected: see what its log says.`,
        behind: { tag: error._tag, parameters: { of: error.of, detail: error.detail } }
      })
    case "Unwritable":
      return new Failure.Failure({
        exitCode: codes.usage,
        sentence: `${error.message}. Give it another transfer syntax with --propose, or correct what is to be sent.`,
        behind: { tag: error._tag, parameters: { of: error.of, detail: error.detail } }
      })
    default:
      return Failure.fromAssociation(error, parties(options))
  }
}
