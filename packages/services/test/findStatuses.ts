/**
 * The statuses that PS3.4 Tables C.4-1 and K.4-1 both have for C-FIND, and what a user does with them.
 */
import * as Match from "effect/Match"
import type { QueryRetrieve, ServiceStatus } from "../src/index.ts"

/** Beyond those of PS3.7 section 9.1.2.1.5, as `ownStatuses` gives them. */
export const findStatuses: ReadonlyArray<readonly [name: string, of: string, codes: string]> = [
  ["OutOfResources", "Failure", "A700"],
  ["DataSetDoesNotMatchSopClass", "Failure", "A900"],
  ["UnableToProcess", "Failure", "C000..CFFF"],
  ["MatchingTerminated", "Cancel", "FE00"],
  ["MatchesAreContinuing", "Pending", "FF00"],
  ["OptionalKeysNotSupported", "Pending", "FF01"]
]

/** Whatever a C-FIND may be refused with; that it compiles says that nothing is left out. */
export const sayRefusal = Match.type<
  ServiceStatus.OfClass<typeof QueryRetrieve.FindStatus, "Failure" | "Cancel">
>().pipe(
  Match.tagsExhaustive({
    SopClassNotSupported: () => "no such class",
    NotAuthorized: () => "not you",
    DuplicateInvocation: () => "twice",
    UnrecognizedOperation: () => "what?",
    MistypedArgument: () => "what?",
    ProcessingFailure: () => "failed",
    OutOfResources: () => "later",
    DataSetDoesNotMatchSopClass: () => "wrong identifier",
    UnableToProcess: ({ code }) => `failed ${code}`,
    MatchingTerminated: () => "stopped"
  })
)
