/**
 * One side of an association, from its first event to its last: takes what the upper layer issues, and makes of it the
 * handle of the association, the answers to the peer's release, and the end.
 */
import * as A_ABORT from "@effect-dicom/protocol/A_ABORT"
import * as A_ASSOCIATE from "@effect-dicom/protocol/A_ASSOCIATE"
import * as A_RELEASE from "@effect-dicom/protocol/A_RELEASE"
import * as AsynchronousOperationsWindow from "@effect-dicom/protocol/AsynchronousOperationsWindow"
import * as InvalidPdu from "@effect-dicom/protocol/InvalidPdu"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import type * as Rejection from "@effect-dicom/protocol/Rejection"
import type * as UserInformation from "@effect-dicom/protocol/UserInformation"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type * as Association from "../Association.ts"
import * as AssociationError from "../AssociationError.ts"
import * as ClosingPolicy from "../ClosingPolicy.ts"
import type * as Dimse from "../Dimse.ts"
import * as Release from "../Release.ts"
import * as UpperLayer from "../UpperLayer.ts"
import * as UserIdentity from "../UserIdentity.ts"
import { type Exchange, exchanging } from "./exchange.ts"
import * as Telemetry from "./telemetry.ts"

export interface Endpoint {
  readonly receiver: UpperLayer.Receiver
  /** The peer's request, on the side that accepts. */
  readonly indicated: Effect.Effect<Association.Indication, AssociationError.NotEstablished>
  readonly established: Effect.Effect<Association.Association, AssociationError.NotEstablished>
  /** Issues the response that a decision is. */
  readonly decide: (indication: Association.Indication, decision: Association.Decision) => Effect.Effect<void>
  /** Says goodbye, and waits, not without bound, for the transport connection to be closed. */
  readonly close: (exit: Exit.Exit<unknown, unknown>) => Effect.Effect<void>
}

/** What a release is answered with, and the end that this is where it is not the user's own wish. */
type Answer = readonly [primitive: A_RELEASE.Response | A_ABORT.Request, as?: UpperLayer.End]

interface Agreed {
  readonly callingAETitle: string
  readonly calledAETitle: string
  readonly accepted: ReadonlyArray<PresentationContext.Accepted>
  readonly refused: Association.Association["refused"]
  readonly oddities: ReadonlyArray<PresentationContext.Oddity>
  readonly peer: UserInformation.Received
  readonly principal?: Context.Context<never> | undefined
  readonly window: AsynchronousOperationsWindow.AsynchronousOperationsWindow
}

export const make = Effect.fnUntraced(function* (
  options: Association.Options,
  proposal?: A_ASSOCIATE.Request
): Effect.fn.Return<Endpoint, never, Scope.Scope> {
  const scope = yield* Effect.scope
  const settings = yield* UpperLayer.Settings
  const fork = Effect.runForkWith(yield* Effect.context<never>())
  const start = (effect: Effect.Effect<unknown>): void => void Fiber.runIn(fork(effect), scope)

  let attached: UpperLayer.UpperLayer | undefined
  let exchange: Exchange | undefined
  let association: Association.Association | undefined
  let end: UpperLayer.End | undefined
  const indicated = Deferred.makeUnsafe<Association.Indication, AssociationError.NotEstablished>()
  const established = Deferred.makeUnsafe<Association.Association, AssociationError.NotEstablished>()
  const ended = Deferred.makeUnsafe<Release.End>()
  // A collision's acceptor responds only when it has had its confirmation (AR-10).
  const confirmed = Deferred.makeUnsafe<void>()

  // What came with a request, an answer or a response is heard before these are acted on: data too early, a release, an
  // abort. Who waits is told at the end of the turn.
  let told: Array<() => void> = []
  const later = (tell: () => void): void => {
    if (told[told.length - 1] !== tell) told.push(tell)
  }
  const turned = (): void => {
    if (told.length === 0) return
    const now = told
    told = []
    for (const tell of now) tell()
  }

  const layer = (): UpperLayer.UpperLayer => {
    if (attached === undefined) throw new Error("the upper layer attaches itself before it issues anything")
    return attached
  }

  // What commands depart from the standard in; of PDUs the upper layer knows it.
  const judge = Leniency.judge(settings.leniency)
  const tolerated = (): ReadonlyArray<Leniency.Tolerated> => [...layer().tolerated(), ...judge.tolerated]

  // ---------------------------------------------------------------------------
  // establishing
  // ---------------------------------------------------------------------------

  const establish = (agreed: Agreed): void => {
    const contexts = new Map(agreed.accepted.map((context) => [context.id, context]))
    const peerMaximum = agreed.peer.maximumLength
    const made = exchanging(layer, {
      contexts,
      maximumLength: peerMaximum === 0 ? settings.sendMaximumLength : Math.min(peerMaximum, settings.sendMaximumLength),
      window: agreed.window,
      judge,
      operation: Duration.fromInputUnsafe(options.operation ?? "30 seconds"),
      held: options.held ?? 1 << 20,
      later,
      performs: proposal === undefined
    })
    exchange = made
    association = {
      role: proposal === undefined ? "association-acceptor" : "association-requestor",
      callingAETitle: agreed.callingAETitle,
      calledAETitle: agreed.calledAETitle,
      contexts,
      refused: agreed.refused,
      peer: agreed.peer,
      principal: agreed.principal ?? Context.empty(),
      get tolerated() {
        return tolerated()
      },
      oddities: agreed.oddities,
      dimse: made,
      state: Effect.sync(() => layer().state()),
      traffic: layer().traffic,
      release: releaseWithin("10 seconds"),
      releaseWithin,
      abort: Effect.catchIf(
        layer().issue(A_ABORT.request),
        (error) => error._tag !== "IllegalPrimitive",
        () => Effect.void
      ),
      ended: Deferred.await(ended)
    }
  }

  const confirm = (request: A_ASSOCIATE.Request, confirmation: A_ASSOCIATE.AcceptConfirmation): void => {
    const reading = PresentationContext.accepted(
      request.presentationContexts,
      confirmation.presentationContextResults,
      {
        proposed: request.userInformation.roleSelections,
        answered: confirmation.userInformation.roleSelections
      }
    )
    establish({
      callingAETitle: request.callingAETitle,
      calledAETitle: request.calledAETitle,
      accepted: reading.accepted,
      refused: reading.refused,
      oddities: reading.oddities,
      peer: confirmation.userInformation,
      window: AsynchronousOperationsWindow.agreed(
        request.userInformation.asynchronousOperationsWindow,
        confirmation.userInformation.asynchronousOperationsWindow
      )
    })
    later(() => {
      if (association !== undefined) Deferred.doneUnsafe(established, Effect.succeed(association))
    })
  }

  // A rejection that its type permits is one that its schema permits.
  const reject = (rejection: Rejection.Rejection): Effect.Effect<void> =>
    Effect.ignore(Effect.flatMap(Effect.fromResult(A_ASSOCIATE.reject(rejection)), layer().issue))

  const decide = Effect.fnUntraced(function* (indication: Association.Indication, decision: Association.Decision) {
    const { primitive } = indication
    switch (decision._tag) {
      case "abort":
        return yield* Effect.ignore(layer().issue(A_ABORT.request))
      case "reject":
        return yield* reject(decision.rejection)
      case "accept": {
        const negotiated = PresentationContext.negotiate(primitive.presentationContexts, decision.supported, {
          ...decision.options,
          roleSelections: primitive.userInformation.roleSelections
        })
        // A window is answered only where one is proposed (PS3.7 section D.3.3.3).
        const { asynchronousOperationsWindow: own, ...information } = decision.userInformation ?? {}
        const proposedWindow = primitive.userInformation.asynchronousOperationsWindow
        const window =
          own === undefined || proposedWindow === undefined
            ? undefined
            : AsynchronousOperationsWindow.agreed(proposedWindow, AsynchronousOperationsWindow.opposite(own))
        const response = A_ASSOCIATE.acceptIndication(primitive, {
          presentationContextResults: negotiated.answers,
          userInformation: {
            maximumLength: settings.maximumLength,
            implementationClassUid: implementation.classUid,
            implementationVersionName: implementation.versionName,
            roleSelections: negotiated.roleSelections,
            ...information,
            ...(window === undefined ? {} : { asynchronousOperationsWindow: window })
          }
        })
        if (Result.isFailure(response)) {
          yield* Effect.logError("The association is rejected: the response to it cannot be made", response.failure)
          return yield* reject(noReasonGiven)
        }
        const proposed = new Map(primitive.presentationContexts.map((context) => [context.id, context]))
        establish({
          callingAETitle: primitive.callingAETitle,
          calledAETitle: primitive.calledAETitle,
          accepted: negotiated.accepted,
          refused: negotiated.answers
            .filter((answer) => answer.result !== "acceptance")
            .map((answer) => ({
              id: answer.id,
              abstractSyntax: proposed.get(answer.id)?.abstractSyntax ?? "",
              result: answer.result
            })),
          oddities: [],
          peer: withoutProof(primitive.userInformation),
          principal: decision.principal,
          window: AsynchronousOperationsWindow.opposite(window ?? AsynchronousOperationsWindow.synchronous)
        })
        yield* Effect.ignore(layer().issue(response.success))
        if (association !== undefined && end === undefined) {
          Deferred.doneUnsafe(established, Effect.succeed(association))
        }
      }
    }
  })

  // ---------------------------------------------------------------------------
  // releasing
  // ---------------------------------------------------------------------------

  const releaseTimedOut = (milliseconds: number): AssociationError.TimedOut =>
    new AssociationError.TimedOut({ deadline: "release", milliseconds })

  const releaseWithin = (time: Duration.Input): Effect.Effect<Release.Outcome, AssociationError.IllegalPrimitive> =>
    layer()
      .issueSoon(A_RELEASE.request)
      .pipe(
        Effect.flatMap(() => {
          const milliseconds = Duration.toMillis(Duration.fromInputUnsafe(time))
          if (end === undefined)
            layer().bound("release", layer().now() + milliseconds, () => releaseTimedOut(milliseconds))
          return Deferred.await(ended)
        }),
        Effect.map(Release.outcome),
        Telemetry.released,
        Effect.withSpan("Association.release")
      )

  const releaseIndicated = (): UpperLayer.Reaction | undefined => {
    if (exchange === undefined || association === undefined) return undefined
    if (exchange.receiving()) return InvalidPdu.make("unexpected-PDU", "an A-RELEASE-RQ within a message")
    const state = layer().state()
    const collision = state === "Sta9" || state === "Sta10"
    const handler = collision ? options.onRelease?.onCollision : options.onRelease?.onIndication
    // Nothing to ask and nothing to wait for: the response is given in the turn of the indication.
    if (handler === undefined && (collision ? state === "Sta9" : !exchange.unanswered())) return A_RELEASE.response
    const decision: Effect.Effect<Release.Decision> = collision
      ? (options.onRelease?.onCollision?.({ association }) ?? Effect.succeed(Release.respond))
      : (options.onRelease?.onIndication?.({ association, send: exchange.send }) ?? Effect.succeed(Release.respond))
    // A collision's acceptor waits for its confirmation before it responds (Sta10).
    const turn = state === "Sta10" ? Deferred.await(confirmed) : state === "Sta9" ? Effect.void : exchange.answered
    const within = options.onRelease?.within ?? "60 seconds"
    const answer: Effect.Effect<Answer | undefined, Dimse.OperationError> = decision.pipe(
      Effect.flatMap((decision): Effect.Effect<Answer, Dimse.OperationError> => {
        switch (decision._tag) {
          case "abort":
            return Effect.succeed<Answer>([A_ABORT.request])
          case "send first":
            return Effect.andThen(turn, Effect.as(decision.sends, affirmative))
          case "respond":
            return Effect.as(turn, affirmative)
        }
      }),
      Effect.timeoutOrElse({
        duration: within,
        orElse: () =>
          Effect.succeed<Answer>([
            A_ABORT.request,
            releaseTimedOut(Duration.toMillis(Duration.fromInputUnsafe(within)))
          ])
      }),
      Effect.raceFirst(Effect.as(Deferred.await(ended), undefined))
    )
    start(
      Effect.flatMap(answer, (answer) => (answer === undefined ? Effect.void : layer().issue(...answer))).pipe(
        // Who cannot answer aborts; where the association has ended meanwhile there is nothing left to abort.
        Effect.catchCause((cause) =>
          Effect.andThen(
            Effect.ignore(layer().issue(A_ABORT.request)),
            Cause.hasDies(cause)
              ? Effect.logError("A release handler failed; the association is aborted", cause)
              : Effect.void
          )
        )
      )
    )
    return undefined
  }

  // ---------------------------------------------------------------------------
  // what the upper layer tells
  // ---------------------------------------------------------------------------

  const receiver: UpperLayer.Receiver = {
    attach: (layer) => {
      attached = layer
    },
    issue: ({ primitive }): UpperLayer.Reaction | undefined => {
      switch (primitive._tag) {
        case "P-DATA indication":
          return exchange?.receive(primitive)
        case "A-ASSOCIATE indication":
          later(() => Deferred.doneUnsafe(indicated, Effect.succeed({ primitive, tolerated: tolerated() })))
          return undefined
        case "A-ASSOCIATE confirmation (accept)":
          if (proposal !== undefined) confirm(proposal, primitive)
          return undefined
        case "A-RELEASE indication":
          return releaseIndicated()
        case "A-RELEASE confirmation":
          Deferred.doneUnsafe(confirmed, Effect.void)
          return undefined
        default:
          // Rejections and aborts are told by `end`, with what they mean.
          return undefined
      }
    },
    end: (how) => {
      end = how
      if (how._tag === "Released") {
        exchange?.end(() => new AssociationError.AlreadyReleased({ by: how.by }), turned)
        Deferred.doneUnsafe(ended, Effect.succeed(how))
        return
      }
      if (how._tag === "Rejected" || how._tag === "ConnectFailed" || how._tag === "TlsFailed") turned()
      else {
        exchange?.end(() => how, turned)
        Deferred.doneUnsafe(ended, Effect.succeed(how))
      }
      Deferred.doneUnsafe(indicated, Effect.fail(how))
      Deferred.doneUnsafe(established, Effect.fail(how))
    },
    turned,
    backpressure: () => exchange?.backpressure(),
    busy: () => exchange?.busy() ?? false
  }

  const policy = options.closing ?? ClosingPolicy.standard
  const close = (exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (attached === undefined) return Effect.void
      const layer = attached
      const abort = Effect.suspend(() =>
        end === undefined ? Effect.ignore(layer.issue(A_ABORT.request)) : Effect.void
      )
      // A policy that leaves the association open, or fails, is made good for.
      const goodbye =
        end !== undefined || association === undefined ? abort : Effect.ensuring(policy(association, exit), abort)
      // After its response to a release this side waits for the peer's close as long as ARTIM lets it (Sta13).
      const told = Effect.suspend(() => Telemetry.ended(layer, end))
      if (end?._tag === "Released") return Effect.andThen(layer.closed, told)
      const closed = Effect.suspend(() =>
        end?._tag === "Released" ? layer.closed : Effect.timeoutOption(layer.closed, settings.linger)
      )
      const all = goodbye.pipe(Effect.andThen(closed), Effect.ensuring(layer.close), Effect.ensuring(told))
      // A finalizer cannot be interrupted, and what cannot be interrupted cannot be timed: hence a fiber of its own.
      return Effect.flatMap(Effect.forkDetach(all, { startImmediately: true }), Fiber.join)
    })

  return {
    receiver,
    indicated: Deferred.await(indicated),
    established: Deferred.await(established),
    decide,
    close
  }
})

/** How this implementation names itself (PS3.7 section D.3.3.2). */
export const implementation = {
  classUid: "2.25.171837824605390157601114929365732752079",
  versionName: "EFFECT-DICOM-0.1"
} as const

/** A handle is shown and logged: what proves its user's identity is not on it. */
const withoutProof = (information: UserInformation.Received): UserInformation.Received =>
  information.userIdentity === undefined
    ? information
    : { ...information, userIdentity: UserIdentity.stripped(information.userIdentity) }

const affirmative: Answer = [A_RELEASE.response]

const noReasonGiven = {
  result: "rejected-transient",
  source: "DICOM UL service-user",
  diagnostic: "no-reason-given"
} as const
