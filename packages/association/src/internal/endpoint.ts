/**
 * One side of an association, from its first event to its last: takes what the upper layer issues, and makes of it the
 * handle of the association, the answers to the peer's release, and the end. All that needs no waiting is done in the
 * turn in which the bytes arrive; what waits is in `Effect`s, of which few are run for an association.
 */
import * as A_ABORT from "@effect-dicom/protocol/A_ABORT"
import * as A_ASSOCIATE from "@effect-dicom/protocol/A_ASSOCIATE"
import * as A_RELEASE from "@effect-dicom/protocol/A_RELEASE"
import * as InvalidPdu from "@effect-dicom/protocol/InvalidPdu"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import * as Message from "@effect-dicom/protocol/Message"
import type * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import type * as Rejection from "@effect-dicom/protocol/Rejection"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import type * as Association from "../Association.ts"
import * as AssociationError from "../AssociationError.ts"
import * as ClosingPolicy from "../ClosingPolicy.ts"
import type * as Dimse from "../Dimse.ts"
import * as Release from "../Release.ts"
import type { Settings } from "../Settings.ts"
import * as UpperLayer from "../UpperLayer.ts"
import * as Agreement from "./agreement.ts"
import type { Timer } from "./deadlines.ts"
import { Exchange } from "./exchange.ts"
import { Handle, tenSeconds } from "./handle.ts"
import * as Telemetry from "./telemetry.ts"
import { connected, type Connection, make } from "./transport.ts"

/** What a release is answered with, and the end that this is where it is not the user's own wish. */
type Answer = readonly [primitive: A_RELEASE.Response | A_ABORT.Request, as?: UpperLayer.End]

type Established<R = never> = Effect.Effect<Association.Association, AssociationError.NotEstablished, R>

/** The side that asks, with its proposal; or the side that decides. */
export type Side<R> = A_ASSOCIATE.Request | Association.AcceptOptions<R>["decide"]

/** The server that an association is one of. */
export interface Server {
  /** Sleeps for the deadlines of all of them. */
  readonly timer: Timer
  /** The association is released, and what is left is to see the peer close (Sta13); or to close without waiting for that. */
  readonly released: (close: Effect.Effect<void>) => void
}

/**
 * An association in a scope: established, and closed by its policy when the scope is left, or at once where it is not
 * established.
 */
export const establish = <R>(
  options: Association.Options,
  side: Side<R>,
  transport: UpperLayer.Transport,
  server?: Server
): Effect.Effect<Association.Association, AssociationError.NotEstablished, R | Scope.Scope> =>
  Effect.contextWith((context: Context.Context<R | Scope.Scope>) => {
    const scope = Scope.forkUnsafe(Context.get(context, Scope.Scope))
    const endpoint = new Endpoint<R>(options, side, transport, context, server)
    return Effect.onExit(
      Effect.andThen(
        Scope.addFinalizerExit(scope, (exit) => endpoint.close(exit)),
        endpoint.established
      ),
      (exit) => (Exit.isSuccess(exit) ? Effect.void : Scope.close(scope, exit))
    )
  })

const thirtySeconds = Duration.seconds(30)

class Endpoint<in out R> implements UpperLayer.Receiver {
  readonly layer: Connection
  private readonly options: Association.Options
  private readonly side: Side<R>
  private readonly server: Server | undefined
  private readonly settings: Settings
  private readonly context: Context.Context<never>
  /** What commands depart from the standard in; of PDUs the upper layer knows it. */
  private readonly judge: Leniency.Judge
  private exchange: Exchange | undefined
  private association: Handle | undefined
  private end_: UpperLayer.End | undefined
  /** Tells the one who waits for the association what to go on with. */
  private tell: ((effect: Established<R>) => void) | undefined
  /** Who waits for the end. */
  private readonly endings = Deferred.makeUnsafe<Release.End>()
  /** A collision's acceptor responds only when it has had its confirmation (AR-10). */
  private confirmed: Deferred.Deferred<void> | undefined
  /** Answers the peer's release where that takes waiting. */
  private answering: Fiber.Fiber<unknown> | undefined
  private closing = false
  /**
   * What came with a request, an answer or a response is heard before these are acted on: data too early, a release, an
   * abort. Who waits is told at the end of the turn.
   */
  private told: Array<() => void> = []

  constructor(
    options: Association.Options,
    side: Side<R>,
    transport: UpperLayer.Transport,
    context: Context.Context<never>,
    server: Server | undefined
  ) {
    this.options = options
    this.side = side
    this.server = server
    this.context = context
    this.settings = Context.get(context, UpperLayer.Settings)
    this.judge = Leniency.judge(this.settings.leniency)
    const role = typeof side === "function" ? "association-acceptor" : "association-requestor"
    this.layer = make(role, this, transport, context, server?.timer)
  }

  tolerated(): ReadonlyArray<Leniency.Tolerated> {
    return [...this.layer.tolerated(), ...this.judge.tolerated]
  }

  get ended(): Effect.Effect<Release.End> {
    return Deferred.await(this.endings)
  }

  // ---------------------------------------------------------------------------
  // establishing
  // ---------------------------------------------------------------------------

  /** Begins, and waits for the association. */
  readonly established: Established<R> = Effect.callback((resume) => {
    this.tell = resume
    this.layer.begin(typeof this.side === "function" ? connected : this.side)
  })

  private goOn(effect: Established<R>): void {
    const { tell } = this
    this.tell = undefined
    tell?.(effect)
  }

  /** Fails when the association ends before it is established. */
  private readonly failing: Established<R> = Effect.callback((resume) => {
    if (this.end_ !== undefined) resume(this.outcome())
    else this.tell = resume
  })

  private outcome(): Established {
    if (this.association !== undefined) return Effect.succeed(this.association)
    // Only an association that was established can be released.
    return this.end_ === undefined || this.end_._tag === "Released" ? Effect.never : Effect.fail(this.end_)
  }

  private establish(agreement: Agreement.Agreement): void {
    const contexts = new Map<number, PresentationContext.Accepted>()
    for (const context of agreement.accepted) contexts.set(context.id, context)
    const { operation } = this.options
    const exchange = new Exchange(this.layer, {
      contexts,
      maximumLength: sendMaximum(agreement.peer.maximumLength, this.settings.sendMaximumLength),
      window: agreement.window,
      judge: this.judge,
      operation: operation === undefined ? thirtySeconds : Duration.fromInputUnsafe(operation),
      held: this.options.held ?? 1 << 20,
      later: this.later,
      performs: typeof this.side === "function"
    })
    this.exchange = exchange
    this.association = new Handle(this, agreement, contexts, exchange.dimse)
  }

  private confirm(proposal: A_ASSOCIATE.Request, confirmation: A_ASSOCIATE.AcceptConfirmation): void {
    this.establish(Agreement.fromAnswer(proposal, confirmation))
    this.later(() => this.goOn(this.outcome()))
  }

  private decide(decide: Association.AcceptOptions<R>["decide"], indication: Association.Indication): Established<R> {
    const decision = decide(indication)
    // A decision that is there already cannot come too late.
    const isThere: boolean = Exit.isExit(decision)
    const inTime = isThere ? decision : Effect.raceFirst(decision, Effect.andThen(this.failing, Effect.never))
    return Effect.flatMap(inTime, (decision) => {
      this.tell = undefined
      // The peer may be gone by the time that the decision is acted on: there is nobody to respond to.
      if (this.end_ !== undefined) return this.outcome()
      return Effect.andThen(this.respond(indication.primitive, decision), () => this.outcome())
    })
  }

  /** Issues the response that a decision is. */
  private respond(primitive: A_ASSOCIATE.Indication, decision: Association.Decision): Effect.Effect<void> {
    switch (decision._tag) {
      case "abort":
        return Effect.ignore(this.layer.issue(A_ABORT.request))
      case "reject":
        return this.reject(decision.rejection)
      case "accept": {
        const made = Agreement.fromDecision(primitive, decision, this.settings)
        if (Result.isFailure(made)) {
          return Effect.andThen(
            Effect.logError("The association is rejected: the response to it cannot be made", made.failure),
            this.reject(noReasonGiven)
          )
        }
        this.establish(made.success.agreement)
        return Effect.ignore(this.layer.issue(made.success.response))
      }
    }
  }

  // A rejection that its type permits is one that its schema permits.
  private reject(rejection: Rejection.Rejection): Effect.Effect<void> {
    return Effect.ignore(
      Effect.flatMap(Effect.fromResult(A_ASSOCIATE.reject(rejection)), (primitive) => this.layer.issue(primitive))
    )
  }

  // ---------------------------------------------------------------------------
  // releasing
  // ---------------------------------------------------------------------------

  release(time: Duration.Duration): Effect.Effect<Release.Outcome, AssociationError.IllegalPrimitive> {
    return Telemetry.released(
      Effect.flatMap(Effect.andThen(this.answerFirst, this.layer.issueSoon(A_RELEASE.request)), () => {
        const milliseconds = Duration.toMillis(time)
        if (this.end_ === undefined) {
          this.layer.bound("release", this.layer.now() + milliseconds, () => releaseTimedOut(milliseconds))
        }
        return Effect.map(this.ended, Release.outcome)
      })
    )
  }

  /** What can be answered at once is, before the release is asked for. */
  private readonly answerFirst: Effect.Effect<void> = Effect.suspend(() => this.exchange?.answerDeserted ?? Effect.void)

  private releaseIndicated(): UpperLayer.Reaction | undefined {
    const { association, exchange, layer } = this
    if (exchange === undefined || association === undefined) return undefined
    if (exchange.receiving) return InvalidPdu.make("unexpected-PDU", "an A-RELEASE-RQ within a message")
    const state = layer.state()
    const collision = state === "Sta9" || state === "Sta10"
    const { onCollision, onIndication, within = "60 seconds" } = this.options.onRelease ?? {}
    // Nothing to ask and nothing to wait for: the response is given in the turn of the indication.
    if ((collision ? onCollision : onIndication) === undefined) {
      if (collision ? state === "Sta9" : !exchange.unanswered) return A_RELEASE.response
    }
    const decision: Effect.Effect<Release.Decision> = collision
      ? (onCollision?.({ association }) ?? Effect.succeed(Release.respond))
      : (onIndication?.({ association, send: exchange.dimse.send }) ?? Effect.succeed(Release.respond))
    if (state === "Sta10") this.confirmed = Deferred.makeUnsafe<void>()
    const turn =
      this.confirmed !== undefined ? Deferred.await(this.confirmed) : state === "Sta9" ? Effect.void : exchange.answered
    const answer = Effect.timeoutOrElse(
      Effect.flatMap(decision, (decision) => answerOf(decision, turn)),
      { duration: within, orElse: () => Effect.succeed(tooLate(within)) }
    )
    this.answering = Effect.runForkWith(this.context)(
      Effect.flatMap(Effect.raceFirst(answer, Effect.as(this.ended, undefined)), (answer) =>
        answer === undefined ? Effect.void : layer.issue(...answer)
      ).pipe(
        // Who cannot answer aborts; where the association has ended meanwhile there is nothing left to abort.
        Effect.catchCause((cause) =>
          Effect.andThen(
            Effect.ignore(layer.issue(A_ABORT.request)),
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

  attach(): void {}

  issue({ primitive }: UpperLayer.Issue): UpperLayer.Reaction | undefined {
    switch (primitive._tag) {
      case "P-DATA indication":
        return this.exchange?.receive(primitive)
      case "A-ASSOCIATE indication": {
        const { side } = this
        if (typeof side !== "function") return undefined
        this.later(() => this.goOn(Effect.suspend(() => this.decide(side, { primitive, tolerated: this.tolerated() }))))
        return undefined
      }
      case "A-ASSOCIATE confirmation (accept)":
        if (typeof this.side !== "function") this.confirm(this.side, primitive)
        return undefined
      case "A-RELEASE indication":
        return this.releaseIndicated()
      case "A-RELEASE confirmation":
        if (this.confirmed !== undefined) Deferred.doneUnsafe(this.confirmed, Effect.void)
        return undefined
      default:
        // Rejections and aborts are told by `end`, with what they mean.
        return undefined
    }
  }

  end(how: UpperLayer.End): void {
    this.end_ = how
    if (how._tag === "Rejected" || how._tag === "ConnectFailed" || how._tag === "TlsFailed") {
      this.turned()
    } else {
      this.exchange?.end(
        how._tag === "Released" ? () => new AssociationError.AlreadyReleased({ by: how.by }) : () => how,
        this.turned
      )
      Deferred.doneUnsafe(this.endings, Effect.succeed(how))
    }
    if (how._tag !== "Released") this.goOn(Effect.fail(how))
  }

  private readonly later = (tell: () => void): void => {
    if (this.told[this.told.length - 1] !== tell) this.told.push(tell)
  }

  readonly turned = (): void => {
    const { told } = this
    if (told.length === 0) return
    this.told = []
    for (const tell of told) tell()
  }

  backpressure(): Effect.Effect<void> | undefined {
    return this.exchange?.backpressure()
  }

  busy(): boolean {
    return this.exchange?.busy ?? false
  }

  // ---------------------------------------------------------------------------
  // closing
  // ---------------------------------------------------------------------------

  /** Says goodbye, and waits, not without bound, for the transport connection to be closed. */
  close(exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> {
    if (this.closing) return Effect.void
    this.closing = true
    return Effect.ensuring(
      this.end_?._tag === "Released" ? this.parted : this.releases(exit) ? this.released(exit) : this.goodbye(exit),
      Effect.suspend(() => {
        Telemetry.ended(this.context, this.layer.role, this.layer.traffic, this.end_)
        return this.answering === undefined || this.answering.pollUnsafe() !== undefined
          ? this.layer.dispose
          : Effect.andThen(Fiber.interrupt(this.answering), this.layer.dispose)
      })
    )
  }

  /** Whether the policy is to release and nothing is in its way. */
  private releases(exit: Exit.Exit<unknown, unknown>): boolean {
    const { closing = ClosingPolicy.standard } = this.options
    return closing === ClosingPolicy.standard && Exit.isSuccess(exit) && this.layer.state() === "Sta6"
  }

  /** The standard policy's release, which is bounded by a deadline of the layer, and needs no fiber to be timed in. */
  private released(exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> {
    return Effect.flatMap(Effect.ignore(this.release(tenSeconds)), () =>
      this.end_?._tag === "Released" ? this.parted : this.goodbye(exit)
    )
  }

  /** After its response to a release this side waits for the peer's close as long as ARTIM lets it (Sta13). */
  private readonly parted: Effect.Effect<void> = Effect.suspend(() => {
    this.server?.released(this.layer.close)
    return this.layer.closed
  })

  private goodbye(exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> {
    const { association, layer, options, settings } = this
    const abort = Effect.suspend(() =>
      this.end_ === undefined ? Effect.ignore(layer.issue(A_ABORT.request)) : Effect.void
    )
    // A policy that leaves the association open, or fails, is made good for.
    const said =
      this.end_ !== undefined || association === undefined
        ? abort
        : Effect.ensuring(
            Effect.suspend(() => (options.closing ?? ClosingPolicy.standard)(association, exit)),
            abort
          )
    const closed = Effect.suspend(() =>
      // Before any request there is nothing that the peer should still hear or say.
      layer.state() === "Sta2"
        ? Effect.void
        : this.end_?._tag === "Released"
          ? this.parted
          : Effect.timeoutOption(layer.closed, settings.linger)
    )
    // A finalizer cannot be interrupted, and what cannot be interrupted cannot be timed: hence a fiber of its own.
    return Effect.flatMap(
      Effect.forkDetach(Effect.ensuring(Effect.andThen(said, closed), layer.close), { startImmediately: true }),
      Fiber.join
    )
  }
}

/** The longest P-DATA-TF that is sent: a peer's maximum of 0 is no limit, ours of 0 is the default. */
const sendMaximum = (peers: number, ours: number): number => {
  const cap = ours > 0 ? ours : Message.ownMaximumLength
  return peers === 0 ? cap : Math.min(peers, cap)
}

const affirmative: Answer = [A_RELEASE.response]

/** What a decision about the peer's release comes to, when it is this side's turn to respond. */
const answerOf = <E>(
  decision: Release.Decision,
  turn: Effect.Effect<void, E>
): Effect.Effect<Answer, E | Dimse.OperationError> => {
  switch (decision._tag) {
    case "abort":
      return Effect.succeed([A_ABORT.request])
    case "send first":
      return Effect.andThen(turn, Effect.as(decision.sends, affirmative))
    case "respond":
      return Effect.as(turn, affirmative)
  }
}

/** No decision, or not all that was to be sent before the response, within its time. */
const tooLate = (within: Duration.Input): Answer => [
  A_ABORT.request,
  releaseTimedOut(Duration.toMillis(Duration.fromInputUnsafe(within)))
]

const releaseTimedOut = (milliseconds: number): AssociationError.TimedOut =>
  new AssociationError.TimedOut({ deadline: "release", milliseconds })

const noReasonGiven = {
  result: "rejected-transient",
  source: "DICOM UL service-user",
  diagnostic: "no-reason-given"
} as const
