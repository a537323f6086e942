/**
 * The Verification service class (PS3.4 Annex A), as user and as provider.
 *
 * @since 0.1.0
 */
import { Association } from "@effect-dicom/association"
import type { AssociationError, Dimse } from "@effect-dicom/association"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import type * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import * as Status from "@effect-dicom/protocol/Status"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as GeneralStatus from "./GeneralStatus.ts"
import { details } from "./internal/details.ts"
import { traced } from "./internal/traced.ts"
import * as Operation from "./Operation.ts"
import * as ServiceClass from "./ServiceClass.ts"
import type { ServiceClassProvider } from "./ServiceClassProvider.ts"
import type { Answer } from "./ServiceError.ts"
import * as ServiceStatus from "./ServiceStatus.ts"

/**
 * The presentation context of the Verification SOP class, for a proposal and for what a provider supports.
 *
 * @category contexts
 * @since 0.1.0
 */
export const presentationContext = {
  abstractSyntax: SopClass.Verification,
  transferSyntaxes: [TransferSyntax.ExplicitVRLittleEndian.uid, TransferSyntax.ImplicitVRLittleEndian.uid]
} as const satisfies PresentationContext.Supported

/**
 * The statuses of C-ECHO (PS3.7 section 9.1.5.1.4).
 *
 * @category statuses
 * @since 0.1.0
 */
export const VerificationStatus = ServiceStatus.make(GeneralStatus.echo)

/**
 * @category statuses
 * @since 0.1.0
 */
export type VerificationStatus = ServiceStatus.Type<typeof VerificationStatus>

/**
 * The service class as a value.
 *
 * @category service classes
 * @since 0.1.0
 */
export const serviceClass = ServiceClass.make("Verification", {
  sopClasses: [SopClass.Verification],
  operations: { echo: Operation.echo({ statuses: VerificationStatus }) }
})

/**
 * Asks the peer whether it is there (C-ECHO), and gives its status.
 *
 * **Example**
 *
 * ```ts
 * import { Association } from "@effect-dicom/association"
 * import { Verification } from "@effect-dicom/services"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   const association = yield* Association.request({
 *     callingAETitle: "WORKSTATION",
 *     calledAETitle: "ARCHIVE",
 *     presentationContexts: [Verification.presentationContext]
 *   })
 *   return yield* Verification.echo(association)
 * }).pipe(Effect.scoped)
 * ```
 *
 * @category operations
 * @since 0.1.0
 */
export const echo = (
  association: Association.Association
): Effect.Effect<Status.Status, AssociationError.NoPresentationContext | Dimse.OperationError> =>
  traced(
    "Verification.echo",
    Effect.map(asking(association), ({ command }) => command.status)
  )

/**
 * The same, with what the peer says of the status, such as an Error Comment (PS3.7 section 9.3.5.2, Annex C).
 *
 * @category operations
 * @since 0.1.0
 */
export const echoWithDetails = (
  association: Association.Association
): Effect.Effect<Answer, AssociationError.NoPresentationContext | Dimse.OperationError> =>
  traced(
    "Verification.echoWithDetails",
    Effect.map(asking(association), ({ command }) => ({ status: command.status, details: details(command) }))
  )

/** The exchange of a C-ECHO. */
const asking = (
  association: Association.Association
): Effect.Effect<Dimse.Answer, AssociationError.NoPresentationContext | Dimse.OperationError> =>
  Effect.suspend((): ReturnType<typeof asking> => {
    const context = Association.context(association, SopClass.Verification)
    if (Result.isFailure(context)) return Effect.fail(context.failure)
    return association.dimse.invoke(context.success.id, (messageId) => C_ECHO.request({ messageId }))
  })

/**
 * Answers every C-ECHO with success.
 *
 * @category providers
 * @since 0.1.0
 */
export const provider: ServiceClassProvider = {
  supported: [presentationContext],
  perform: ({ command }) =>
    Effect.succeed(
      command._tag === "C-ECHO-RQ"
        ? C_ECHO.response(command)
        : Association.answer(command, Status.failures.unrecognizedOperation)
    )
}
