/**
 * An association as a scoped resource (PS3.8 chapter 7): `request` and `accept` give one, leaving the scope says goodbye
 * by a closing policy, and `release` and `abort` end it before that. The handle exists while the association does, and
 * each handle offers what its state permits; what only run time can know is an `IllegalPrimitive`.
 *
 * What passes over an association is in `dimse`; what it means is the business of the service classes.
 *
 * @since 0.1.0
 */
import * as A_ASSOCIATE from "@effect-dicom/protocol/A_ASSOCIATE"
import type { AsynchronousOperationsWindow } from "@effect-dicom/protocol/AsynchronousOperationsWindow"
import type * as Leniency from "@effect-dicom/protocol/Leniency"
import type * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import type * as PresentationContextNegotiation from "@effect-dicom/protocol/PresentationContextNegotiation"
import type * as Rejection from "@effect-dicom/protocol/Rejection"
import type * as StateMachine from "@effect-dicom/protocol/StateMachine"
import type * as UserInformation from "@effect-dicom/protocol/UserInformation"
import type * as Duration from "effect/Duration"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as AssociationError from "./AssociationError.ts"
import type * as ClosingPolicy from "./ClosingPolicy.ts"
import * as Dimse from "./Dimse.ts"
import * as Agreement from "./internal/agreement.ts"
import * as Endpoint from "./internal/endpoint.ts"
import { traced } from "./internal/telemetry.ts"
import type * as Release from "./Release.ts"
import * as UpperLayer from "./UpperLayer.ts"
import * as UserIdentity from "./UserIdentity.ts"

// -----------------------------------------------------------------------------
// the handle of an established association
// -----------------------------------------------------------------------------

/**
 * An established association: Sta6, until it is released or aborted.
 *
 * @category models
 * @since 0.1.0
 */
export interface Association {
  readonly role: StateMachine.Role
  readonly callingAETitle: string
  readonly calledAETitle: string
  /** The presentation contexts that were agreed, by id. */
  readonly contexts: ReadonlyMap<number, PresentationContext.Accepted>
  /** The presentation contexts that were refused, and why. */
  readonly refused: ReadonlyArray<{
    readonly id: number
    readonly abstractSyntax: string
    readonly result: PresentationContext.ResultReason
  }>
  /** What the peer said of itself, without what proves its user's identity. */
  readonly peer: UserInformation.Received
  /** How many operations may be outstanding, invoked by this side and performed by it; 1 where nothing was negotiated. */
  readonly window: AsynchronousOperationsWindow
  /**
   * Who the requestor's user was found to be, where an `Authenticator` was asked: `Context.getOption(principal, User)`.
   * Empty on the requestor's side.
   */
  readonly principal: Context.Context<never>
  /** What of the peer's doings was not as the standard has it, and was let pass, up to the moment of asking. */
  readonly tolerated: ReadonlyArray<Leniency.Tolerated>
  /** In the peer's answer, what did not fit the proposal, and was not used. */
  readonly oddities: ReadonlyArray<PresentationContextNegotiation.Oddity>
  /** The exchange of messages. */
  readonly dimse: Dimse.Dimse
  /** The state this side is in (PS3.8 Tables 9-1 to 9-5). */
  readonly state: Effect.Effect<StateMachine.State>
  /** What has passed so far. */
  readonly traffic: UpperLayer.Traffic
  /**
   * Releases the association: issues the A-RELEASE request and waits for the confirmation, for ten seconds. What arrives
   * meanwhile still reaches its operations. A peer that does not answer is aborted, and the outcome is `TimedOut`.
   */
  readonly release: Effect.Effect<Release.Outcome, AssociationError.IllegalPrimitive>
  /** The same, with another time. */
  readonly releaseWithin: (time: Duration.Input) => Effect.Effect<Release.Outcome, AssociationError.IllegalPrimitive>
  /** Aborts the association: issues the A-ABORT request. It never waits behind data. */
  readonly abort: Effect.Effect<void, AssociationError.IllegalPrimitive>
  /** Waits for the end of the association and says how it ended. */
  readonly ended: Effect.Effect<Release.End>
}

/**
 * The agreed presentation context for an abstract syntax, and a transfer syntax where one is asked for.
 *
 * @category operations
 * @since 0.1.0
 */
export const context = (
  association: Association,
  abstractSyntax: string,
  transferSyntax?: string
): Result.Result<PresentationContext.Accepted, AssociationError.NoPresentationContext> => {
  for (const context of association.contexts.values()) {
    if (
      context.abstractSyntax === abstractSyntax &&
      (transferSyntax === undefined || context.transferSyntax === transferSyntax)
    )
      return Result.succeed(context)
  }
  return Result.fail(
    new AssociationError.NoPresentationContext({
      abstractSyntax,
      ...(transferSyntax === undefined ? {} : { transferSyntax })
    })
  )
}

/**
 * Answers the peer's requests until the association ends. Succeeds when it is released; fails when it ends otherwise, and
 * then the performer that was at work has been interrupted.
 *
 * @category operations
 * @since 0.1.0
 */
export const serve = <R>(
  association: Association,
  performer: Dimse.Performer<R>
): Effect.Effect<void, AssociationError.Broken, R> =>
  Effect.andThen(
    association.dimse.perform(performer),
    Effect.flatMap(association.ended, (end) => (end._tag === "Released" ? Effect.void : Effect.fail(end)))
  )

/**
 * The response to a request with a status and nothing else, whatever the request's service.
 *
 * @category operations
 * @since 0.1.0
 */
export const answer: typeof Dimse.answer = Dimse.answer

// -----------------------------------------------------------------------------
// establishing
// -----------------------------------------------------------------------------

export {
  /**
   * How this implementation names itself (PS3.7 section D.3.3.2).
   *
   * @category models
   * @since 0.1.0
   */
  implementation
} from "./internal/agreement.ts"

/**
 * What is common to both ways of establishing an association.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  /** What happens when the scope is left. Default: {@link ClosingPolicy.standard}. */
  readonly closing?: ClosingPolicy.ClosingPolicy
  /** What happens when the peer releases. Default: respond once the requests that have arrived are answered. */
  readonly onRelease?: Release.Handler
  /** How long an operation may wait for its response. Default: 30 seconds. */
  readonly operation?: Duration.Input
  /** How many bytes of a data set are held for a performer before the peer is made to wait. Default: 1048576. */
  readonly held?: number
}

/**
 * What {@link request} proposes, and how the association goes on.
 *
 * @category options
 * @since 0.1.0
 */
export interface RequestOptions extends Options {
  readonly callingAETitle: string
  readonly calledAETitle: string
  /** What is proposed, 1 to 128 contexts; ids 1, 3, 5 ... are given in this order. */
  readonly presentationContexts: ReadonlyArray<{
    readonly abstractSyntax: string
    readonly transferSyntaxes: ReadonlyArray<string>
  }>
  /** Who the user of this side is, by a constructor of `UserIdentity`. Default: nothing is said of it. */
  readonly userIdentity?: UserIdentity.UserIdentity
  /** What is negotiated beside the contexts: roles, windows, extended negotiation. */
  readonly userInformation?: Partial<UserInformation.Input>
}

/**
 * Requests an association and gives it once it is established.
 *
 * **Details**
 *
 * The transport comes from the environment: `TcpTransport.layer({ host, port })`, or a TLS, Unix or
 * in-memory one. Leaving the scope closes by `options.closing`; leaving while it is still being negotiated aborts.
 *
 * **Example** (Establish, and release by leaving the scope)
 *
 * ```ts
 * import { Association } from "@effect-dicom/association"
 * import { Effect } from "effect"
 *
 * const program = Effect.scoped(
 *   Association.request({
 *     callingAETitle: "WORKSTATION",
 *     calledAETitle: "ARCHIVE",
 *     presentationContexts: [{ abstractSyntax: "1.2.840.10008.1.1", transferSyntaxes: ["1.2.840.10008.1.2"] }]
 *   })
 * )
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const request = (
  options: RequestOptions
): Effect.Effect<
  Association,
  AssociationError.NotEstablished | Schema.SchemaError,
  UpperLayer.Transport | Scope.Scope
> => {
  const { callingAETitle, calledAETitle } = options
  return traced(
    "Association.request",
    (
      context: Context.Context<UpperLayer.Transport | Scope.Scope>
    ): Effect.Effect<Association, AssociationError.NotEstablished | Schema.SchemaError, Scope.Scope> => {
      const information = Agreement.ownInformation(Context.get(context, UpperLayer.Settings))
      const primitive = A_ASSOCIATE.request({
        callingAETitle,
        calledAETitle,
        presentationContexts: options.presentationContexts.map((context, i) => ({ id: 2 * i + 1, ...context })),
        userInformation:
          options.userInformation === undefined && options.userIdentity === undefined
            ? information
            : {
                ...information,
                ...options.userInformation,
                ...(options.userIdentity === undefined
                  ? {}
                  : { userIdentity: UserIdentity.toNegotiation(options.userIdentity) })
              }
      })
      return Result.isFailure(primitive)
        ? Effect.fail(primitive.failure)
        : Endpoint.establish(options, primitive.success, Context.get(context, UpperLayer.Transport))
    },
    { callingAETitle, calledAETitle }
  )
}

/**
 * The peer's request for an association (Sta3), to be decided.
 *
 * @category models
 * @since 0.1.0
 */
export interface Indication {
  readonly primitive: A_ASSOCIATE.Indication
  /** What of the request was not as the standard has it, and was let pass. */
  readonly tolerated: ReadonlyArray<Leniency.Tolerated>
}

/**
 * What to do about the peer's request.
 *
 * @category models
 * @since 0.1.0
 */
export type Decision =
  | {
      readonly _tag: "accept"
      readonly supported: Iterable<PresentationContext.Supported> | PresentationContextNegotiation.Support
      readonly options?: Pick<PresentationContextNegotiation.NegotiateOptions, "preference">
      /**
       * What is answered beside the contexts. The operations window is what this side can do at most; it is answered, as far
       * as it was proposed, only where the peer has proposed one.
       */
      readonly userInformation?: Partial<UserInformation.Input>
      /** Who the requestor's user was found to be. */
      readonly principal?: Context.Context<never>
    }
  | { readonly _tag: "reject"; readonly rejection: Rejection.Rejection }
  | { readonly _tag: "abort" }

/**
 * How {@link accept} decides, and how the association goes on.
 *
 * @category options
 * @since 0.1.0
 */
export interface AcceptOptions<R = never> extends Options {
  /** Decides about the request. The decision is what it returns, so it is given exactly once. */
  readonly decide: (indication: Indication) => Effect.Effect<Decision, never, R>
}

/**
 * Accepts, with what is supported: contexts are negotiated by `PresentationContextNegotiation.negotiate`.
 *
 * @category decisions
 * @since 0.1.0
 */
export const accepting = (
  supported: Iterable<PresentationContext.Supported> | PresentationContextNegotiation.Support,
  more: Omit<Extract<Decision, { readonly _tag: "accept" }>, "_tag" | "supported"> = {}
): Decision => ({ _tag: "accept", supported, ...more })

/**
 * Rejects, saying why in the standard's words (PS3.8 Table 9-21).
 *
 * @category decisions
 * @since 0.1.0
 */
export const rejecting = (rejection: Rejection.Rejection): Decision => ({ _tag: "reject", rejection })

/**
 * Takes a transport connection that a peer has opened, and gives the association once it is established.
 *
 * **Details**
 *
 * Fails with `Rejected` where the decision, or the provider itself, was to reject: by then the A-ASSOCIATE-RJ is sent.
 *
 * @category constructors
 * @since 0.1.0
 */
export const accept = <R>(
  options: AcceptOptions<R>
): Effect.Effect<Association, AssociationError.NotEstablished, UpperLayer.Transport | Scope.Scope | R> =>
  traced("Association.accept", (context: Context.Context<UpperLayer.Transport | Scope.Scope | R>) =>
    Endpoint.establish(options, options.decide, Context.get(context, UpperLayer.Transport))
  )
