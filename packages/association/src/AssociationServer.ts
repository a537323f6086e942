/**
 * A server of associations: takes transport connections from a `SocketServer`, decides about each request, and runs one
 * handler for each association, within limits, until it is drained.
 *
 * @since 0.1.0
 */
import type { AsynchronousOperationsWindow } from "@effect-dicom/protocol/AsynchronousOperationsWindow"
import type * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import * as PresentationContextNegotiation from "@effect-dicom/protocol/PresentationContextNegotiation"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as AccessControl from "./AccessControl.ts"
import * as Association from "./Association.ts"
import type * as AssociationError from "./AssociationError.ts"
import * as Authenticator from "./Authenticator.ts"
import type { OperationError } from "./Dimse.ts"
import * as Endpoint from "./internal/endpoint.ts"
import { traced } from "./internal/telemetry.ts"
import { timer as sharedTimer } from "./internal/transport.ts"
import * as TransportPeer from "./TransportPeer.ts"
import * as UpperLayer from "./UpperLayer.ts"
import * as UserIdentity from "./UserIdentity.ts"

/**
 * How a server of associations behaves: its handler needs `R`, of which the authenticator gives `I`; what decides about
 * requests needs `D`.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options<R, I = never, D = never> extends Association.Options {
  /** What is supported, for the default of `decide`. */
  readonly supported?: Iterable<PresentationContext.Supported>
  /**
   * How many operations an association may have outstanding, invoked and performed by the server, where its requestor has
   * proposed a window; for the default of `decide`. Default: none is answered, and operations are performed in order.
   */
  readonly asynchronousOperationsWindow?: AsynchronousOperationsWindow
  /** Who may have an association. Default: {@link AccessControl.anyone}. */
  readonly access?: AccessControl.AccessControl<D>
  /**
   * Checks the user's identity of a request that has access. Handlers find the principal in their environment, and in
   * `Association.principal`. Default: no identity is asked for, and one that is given is not looked at.
   */
  readonly authenticator?: Authenticator.Authenticator<I, D>
  /**
   * Decides about a request that is within the limits and may have an association. Default: accept with `supported`.
   */
  readonly decide?: (indication: Association.Indication) => Effect.Effect<Association.Decision, never, D>
  /** Runs for each association, and ends with it; its failure aborts that association and no other. */
  readonly handler: (association: Association.Association) => Effect.Effect<void, HandlerError, R>
  /** Associations at the same time; one more is rejected with local-limit-exceeded. Default: 200. */
  readonly maximumAssociations?: number
  /** Associations of one calling AE title at the same time. Default: no limit of its own. */
  readonly maximumAssociationsPerCallingAETitle?: number
  /**
   * Transport connections at the same time, associations included; one more is closed at once, of which a warning is logged,
   * once a minute at most. Default: 400.
   */
  readonly maximumConnections?: number
  /** How long associations may go on when the server is drained, before they are aborted. Default: 10 seconds. */
  readonly grace?: Duration.Input
}

/** How a handler can fail. */
type HandlerError = OperationError

/**
 * A server of associations that is running.
 *
 * @category services
 * @since 0.1.0
 */
export class AssociationServer extends Context.Service<
  AssociationServer,
  {
    /** Where it listens. */
    readonly address: UpperLayer.Address
    /** How many associations there are at this moment. */
    readonly associations: Effect.Effect<number>
    /**
     * Takes no more associations, closes at once the connections that have none, lets those that there are finish for the
     * grace period, and aborts the rest. A connection whose association is released has none, also while its peer has yet
     * to close it.
     */
    readonly drain: Effect.Effect<void>
    /** Takes no more associations, and aborts those that there are, also while the server is being drained. */
    readonly abort: Effect.Effect<void>
  }
>()("@effect-dicom/association/AssociationServer") {}

/**
 * A server as a layer: it serves while the layer lives, and is drained when it is left.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = <R, I = never, D = never>(
  options: Options<R, I, D>
): Layer.Layer<AssociationServer, never, UpperLayer.Listener | Exclude<Exclude<R, I> | D, Scope.Scope>> =>
  Layer.effect(AssociationServer, make(options))

/**
 * A server in a scope: drained when the scope is left.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* <R, I = never, D = never>(
  options: Options<R, I, D>
): Effect.fn.Return<AssociationServer["Service"], never, UpperLayer.Listener | Exclude<R, I> | D | Scope.Scope> {
  const listener = yield* UpperLayer.Listener
  const maximumAssociations = options.maximumAssociations ?? 200
  const maximumPerTitle = options.maximumAssociationsPerCallingAETitle ?? Infinity
  const maximumConnections = options.maximumConnections ?? 400
  const byCallingAETitle = new Map<string, number>()
  let associations = 0
  let draining = false
  const timer = yield* sharedTimer
  // How many connections were closed at once since the log told of it, and when that was.
  let closed = 0
  let toldAt = -Infinity

  const tellOfClosed = Effect.suspend(() => {
    closed++
    const now = timer.now()
    if (now - toldAt < 60_000) return Effect.void
    const told = { closed, maximumConnections }
    closed = 0
    toldAt = now
    return Effect.logWarning("A connection was closed at once, as there are as many as there may be", told)
  })

  const within = (callingAETitle: string): boolean =>
    !draining && associations < maximumAssociations && (byCallingAETitle.get(callingAETitle) ?? 0) < maximumPerTitle

  const enter = (callingAETitle: string): void => {
    associations++
    byCallingAETitle.set(callingAETitle, (byCallingAETitle.get(callingAETitle) ?? 0) + 1)
  }
  const leave = (callingAETitle: string): void => {
    associations--
    const left = (byCallingAETitle.get(callingAETitle) ?? 1) - 1
    if (left === 0) byCallingAETitle.delete(callingAETitle)
    else byCallingAETitle.set(callingAETitle, left)
  }

  const { asynchronousOperationsWindow } = options
  const accepting = Association.accepting(
    PresentationContextNegotiation.support(options.supported ?? []),
    asynchronousOperationsWindow === undefined ? {} : { userInformation: { asynchronousOperationsWindow } }
  )
  const { access, authenticator } = options
  const decided = (indication: Association.Indication): Effect.Effect<Association.Decision, never, D> =>
    options.decide?.(indication) ?? Effect.succeed(accepting)
  const decide = (indication: Association.Indication): Effect.Effect<Association.Decision, never, D> =>
    access === undefined && authenticator === undefined
      ? decided(indication)
      : Effect.catch(admitted(indication), (refused) => {
          const rejection = refused._tag === "Denied" ? refused.rejection : Authenticator.rejection
          return Effect.as(Effect.logInfo(refused.message, from(indication)), Association.rejecting(rejection))
        })
  const admitted = Effect.fnUntraced(function* (
    indication: Association.Indication
  ): Effect.fn.Return<Association.Decision, AccessControl.Denied | Authenticator.NotAuthenticated, D> {
    const { calledAETitle, callingAETitle, userInformation } = indication.primitive
    const { userIdentity } = userInformation
    const caller: AccessControl.Caller = {
      callingAETitle,
      calledAETitle,
      transport: yield* TransportPeer.current,
      ...(userIdentity === undefined ? {} : { userIdentity: UserIdentity.fromNegotiation(userIdentity) }),
      indication
    }
    if (access !== undefined) yield* access(caller)
    if (authenticator === undefined) return yield* decided(indication)
    const { principal, serverResponse } = yield* authenticator.authenticate(caller)
    const decision = yield* decided(indication)
    if (decision._tag !== "accept") return decision
    return {
      ...decision,
      // What it holds is found by keys, whatever its type says.
      principal: principal as Context.Context<never>,
      userInformation: {
        ...(userIdentity?.positiveResponseRequested === true
          ? { userIdentityResponse: serverResponse ?? new Uint8Array(0) }
          : {}),
        ...decision.userInformation
      }
    }
  })

  const handled = (association: Association.Association): Effect.Effect<void, HandlerError, Exclude<R, I>> => {
    const handler = options.handler(association)
    return authenticator === undefined
      ? // without an authenticator there is nothing that it would give
        (handler as Effect.Effect<void, HandlerError, Exclude<R, I>>)
      : // an association that an authenticator was asked about has its principal
        Effect.provideContext(handler, association.principal as Context.Context<I>)
  }

  // One place is taken by each association, before the decision about it, so that two requests cannot both take the last one.
  const associate = (
    transport: UpperLayer.Transport,
    entered: () => void,
    released: (close: Effect.Effect<void>) => void
  ): Effect.Effect<void, never, Exclude<Exclude<R, I> | D, Scope.Scope>> => {
    let place: string | undefined
    let requestor: Readonly<Record<string, string>> = {}
    const decideWithin = (indication: Association.Indication): Effect.Effect<Association.Decision, never, D> => {
      const { callingAETitle } = indication.primitive
      requestor = from(indication)
      if (!within(callingAETitle)) return rejection
      enter((place = callingAETitle))
      entered()
      return decide(indication)
    }
    const leavePlace = (): void => {
      if (place !== undefined) leave(place)
      place = undefined
    }
    const server: Endpoint.Server = {
      timer,
      released: (close) => {
        leavePlace()
        released(close)
      }
    }
    const association = Effect.flatMap(
      traced("Association.accept", () => Endpoint.establish(options, decideWithin, transport, server)),
      handled
    )
    const told = Effect.catchCause(Effect.scoped(association), (cause) => Effect.annotateLogs(tell(cause), requestor))
    return Effect.onExit(told, () => Effect.sync(leavePlace))
  }

  const connections = new Set<Fiber.Fiber<unknown, unknown>>()
  // Those of them on which no association was asked for yet (Sta2), or that was turned away (Sta13).
  const idle = new Set<Fiber.Fiber<unknown, unknown>>()
  // And those whose association is released, with what closes the connection where the peer does not (Sta13).
  const parting = new Map<Fiber.Fiber<unknown, unknown>, Effect.Effect<void>>()
  const empty = Latch.makeUnsafe(true)
  const drained = Deferred.makeUnsafe<void>()
  const part = Effect.suspend(() => Effect.all([...parting.values()], { concurrency: "unbounded", discard: true }))
  // Whether no connection may go on any more.
  let over = false
  const interrupt = Effect.suspend(() => {
    over = true
    // Together: one that is slow to close holds up no other.
    return Effect.all([part, Fiber.interruptAll(connections)], { concurrency: "unbounded", discard: true })
  })
  const fork = Effect.runForkWith(yield* Effect.context<never>())
  const drain = Effect.suspend(() => {
    if (draining) return Deferred.await(drained)
    draining = true
    // On its own, so that it goes on where the one who asked for it does not wait.
    return Fiber.interruptAll(idle).pipe(
      Effect.andThen(part),
      Effect.andThen(empty.await),
      Effect.timeoutOption(options.grace ?? "10 seconds"),
      Effect.andThen(interrupt),
      Effect.andThen(Deferred.succeed(drained, undefined)),
      Effect.forkDetach({ startImmediately: true }),
      Effect.andThen(Deferred.await(drained))
    )
  })

  const abort = Effect.asVoid(Effect.all([drain, interrupt], { concurrency: "unbounded" }))

  // The listener runs this in a fiber for each connection.
  const connected = (transport: UpperLayer.Transport) =>
    Effect.withFiber<void, never, Exclude<Exclude<R, I> | D, Scope.Scope>>((fiber) => {
      if (draining) return UpperLayer.refuse(transport)
      if (connections.size >= maximumConnections) return Effect.andThen(tellOfClosed, UpperLayer.refuse(transport))
      connections.add(fiber)
      idle.add(fiber)
      empty.closeUnsafe()
      return Effect.ensuring(
        // Whatever is logged of a connection says where it comes from.
        Effect.flatMap(TransportPeer.current, ({ address, port }) =>
          Effect.annotateLogs(
            associate(
              transport,
              () => idle.delete(fiber),
              (close) => {
                if (over) fork(close)
                else parting.set(fiber, close)
              }
            ),
            { ...(address === undefined ? {} : { address }), ...(port === undefined ? {} : { port }) }
          )
        ),
        Effect.sync(() => {
          connections.delete(fiber)
          idle.delete(fiber)
          parting.delete(fiber)
          if (connections.size === 0) empty.openUnsafe()
        })
      )
    })

  yield* Effect.forkScoped(
    Effect.catch(listener.run(connected), (error) => Effect.logError("The server ceased to listen", error))
  )
  yield* Effect.addFinalizer(() => drain)
  return AssociationServer.of({
    address: listener.address,
    associations: Effect.sync(() => associations),
    drain,
    abort
  })
})

const from = ({ primitive }: Association.Indication) => ({
  callingAETitle: primitive.callingAETitle,
  calledAETitle: primitive.calledAETitle
})

const rejection = Effect.succeed(
  Association.rejecting({
    result: "rejected-transient",
    source: "DICOM UL service-provider (Presentation related function)",
    diagnostic: "local-limit-exceeded"
  })
)

/**
 * A peer that goes away without a word is nothing to be told of. One that does not speak DICOM is, and so is one whose
 * association this side aborts since it waits in vain: the peer may know nothing else of it.
 */
const isToTell = (error: HandlerError | AssociationError.NotEstablished): boolean =>
  (error._tag === "AbortedByProvider" && error.provider === "local") ||
  (error._tag === "TimedOut" && toldDeadlines.has(error.deadline))

/** Those of an established association. The others pass where a peer connects and asks for none, or has said goodbye. */
const toldDeadlines: ReadonlySet<AssociationError.Deadline> = new Set(["PDU", "write", "idle", "operation", "cancel"])

const tell = (cause: Cause.Cause<HandlerError | AssociationError.NotEstablished>): Effect.Effect<void> => {
  const error = Cause.findErrorOption(cause)
  if (Option.isSome(error)) {
    const { value } = error
    const log = isToTell(value) ? Effect.logWarning : Effect.logDebug
    return log("An association ended early", value.message)
  }
  if (Cause.hasDies(cause)) {
    return Effect.logError("A handler failed; its association is aborted", Cause.squash(cause))
  }
  return Effect.interrupt
}
