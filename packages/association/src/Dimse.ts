/**
 * The exchange of DIMSE messages over an association (PS3.7 chapter 8, PS3.8 Annex E): message ids, fragmentation, the
 * asynchronous operations window, and which response belongs to which request. What an operation means is the business
 * of the service classes.
 *
 * @since 0.1.0
 */
import type * as C_FIND from "@effect-dicom/protocol/C_FIND"
import type * as C_GET from "@effect-dicom/protocol/C_GET"
import type * as C_MOVE from "@effect-dicom/protocol/C_MOVE"
import * as Command from "@effect-dicom/protocol/Command"
import type * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import type * as Status from "@effect-dicom/protocol/Status"
import type * as Cause from "effect/Cause"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import type * as Stream from "effect/Stream"
import * as AssociationError from "./AssociationError.ts"
import * as performerDeadlines from "./internal/performerDeadlines.ts"
import { Whole, wholeLength } from "./internal/whole.ts"

// -----------------------------------------------------------------------------
// messages
// -----------------------------------------------------------------------------

/**
 * A request message: what an invoking user sends.
 *
 * @category models
 * @since 0.1.0
 */
export type Request = Command.Request

/**
 * A request that may have many responses: pending ones, and a last one.
 *
 * @category models
 * @since 0.1.0
 */
export type ManyResponses = C_FIND.RQ | C_GET.RQ | C_MOVE.RQ

/**
 * A request that has one response.
 *
 * @category models
 * @since 0.1.0
 */
export type OneResponse = Exclude<Command.Request, ManyResponses>

/**
 * A response message: what a performing user sends.
 *
 * @category models
 * @since 0.1.0
 */
export type Response = Command.Response

/**
 * A data set on its way out: whole, as views that are written as they are, or as a stream of them.
 *
 * **Gotchas**
 *
 * A stream's chunk is used only until the next one is asked for, so a source may fill one buffer again and again where
 * the chunk is no smaller than the transport's own buffer.
 *
 * @category models
 * @since 0.1.0
 */
export type DataSet<E = never, R = never> = ReadonlyArray<Uint8Array> | Stream.Stream<Uint8Array, E, R>

/**
 * A response as it came, with its data set, whole, as views.
 *
 * @category models
 * @since 0.1.0
 */
export interface Answer<C extends Command.Response = Command.Response> {
  readonly command: C
  readonly dataSet: ReadonlyArray<Uint8Array> | undefined
}

/**
 * A response to be sent, with a data set or without.
 *
 * @category models
 * @since 0.1.0
 */
export type Reply = Command.Response | { readonly command: Command.Response; readonly dataSet?: DataSet }

// -----------------------------------------------------------------------------
// performing
// -----------------------------------------------------------------------------

/**
 * A request that the peer's user invoked, for a performer to answer.
 *
 * @category models
 * @since 0.1.0
 */
export interface Incoming {
  readonly context: PresentationContext.Accepted
  readonly command: Request
  /** Whether a data set follows the command. */
  readonly hasDataSet: boolean
  /** The data set's bytes as they arrive; fails when the association ends before the last of them. */
  readonly dataSet: Stream.Stream<Uint8Array, AssociationError.Broken>
  /**
   * The same, a batch at a time: all that has arrived. Its views are lent, and good until the next pull: what is to stay is
   * copied. Ends with `Cause.Done`.
   */
  readonly pull: Effect.Effect<readonly [Uint8Array, ...Array<Uint8Array>], AssociationError.Broken | Cause.Done>
  /** Waits until the peer cancels this operation: a C-FIND, C-GET or C-MOVE. */
  readonly cancelled: Effect.Effect<void>
}

/**
 * Many responses to one request. They are sent as they come, those of a chunk in one write; the first that is not
 * pending is the last.
 *
 * @category models
 * @since 0.1.0
 */
export interface Performance<R = never> {
  readonly responses: Stream.Stream<Reply, AssociationError.Broken, R>
  /**
   * The last response where the peer has cancelled the operation; by then the stream has been interrupted, and its
   * finalizers have run. Default: the status Cancel and nothing else.
   */
  readonly onCancel?: Effect.Effect<Reply, never, R>
  /**
   * The last response where a deadline of {@link within} has passed; by then the stream's finalizers have run. Default:
   * processing failure and nothing else.
   */
  readonly onDeadline?: Effect.Effect<Reply, never, R>
}

/**
 * Answers a request of the peer's user. What of the data set it has not read is dropped before the response is sent.
 *
 * **Details**
 *
 * A C-CANCEL-RQ for a C-FIND, C-GET or C-MOVE interrupts it, as the end of the association and a closing scope do. One
 * that dies, fails, or gives no last response of its own service is logged, and answered with processing failure.
 *
 * @category models
 * @since 0.1.0
 */
export type Performer<R = never> = (
  incoming: Incoming
) => Effect.Effect<Reply, AssociationError.Broken, R> | Performance<R>

/**
 * How long a performer may take: the twin of {@link Deadlines}. What it waits for counts too, such as the rest of the
 * request's data set, and the sub-operations of a C-GET or C-MOVE.
 *
 * @category options
 * @since 0.1.0
 */
export interface PerformerDeadlines {
  /** Until its first response. Default: none. */
  readonly first?: Duration.Input
  /** From when one response has been taken until the next. Default: none. */
  readonly between?: Duration.Input
  /** Until its last response, but for the time in which the peer takes the others. Default: none. */
  readonly total?: Duration.Input
}

/**
 * A performer that is interrupted where it takes too long, and its request answered with processing failure (0110H, PS3.7
 * Annex C). That is logged; the association goes on, unless a message was broken off in the middle.
 *
 * **Example** (A minute for each request)
 *
 * ```ts
 * import { Dimse } from "@effect-dicom/association"
 *
 * const bounded = (performer: Dimse.Performer) => Dimse.within(performer, { total: "1 minute" })
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const within = <R>(performer: Performer<R>, deadlines: PerformerDeadlines): Performer<R> => {
  const limits = performerDeadlines.limits(deadlines)
  return (incoming) => {
    const made = performer(incoming)
    return Effect.isEffect(made)
      ? performerDeadlines.one(incoming, made, limits)
      : { ...made, responses: performerDeadlines.many(incoming, made, limits) }
  }
}

/**
 * The data set of a request, whole, as views. What is longer than the limit in bytes (default: 16 MiB) is not read on.
 *
 * @category operations
 * @since 0.1.0
 */
export const collect = (
  incoming: Pick<Incoming, "pull">,
  limit: number = wholeLength
): Effect.Effect<ReadonlyArray<Uint8Array>, AssociationError.Broken | AssociationError.DataSetTooLong> =>
  Effect.suspend(() => {
    const whole = new Whole()
    const more: Effect.Effect<void, AssociationError.Broken | AssociationError.DataSetTooLong | Cause.Done> =
      Effect.flatMap(incoming.pull, (arrived) => {
        for (const view of arrived) whole.push(view)
        return whole.length > limit ? Effect.fail(new AssociationError.DataSetTooLong({ limit })) : Effect.void
      })
    return Pull.catchDone(Effect.forever(more, { disableYield: true }), () => Effect.sync(() => whole.views()))
  })

// -----------------------------------------------------------------------------
// the exchange
// -----------------------------------------------------------------------------

/**
 * What can go wrong with an operation.
 *
 * @category models
 * @since 0.1.0
 */
export type OperationError =
  | AssociationError.IllegalPrimitive
  | AssociationError.ContextNotAccepted
  | AssociationError.Deadlock
  | AssociationError.Broken

/**
 * How long an operation may take. A deadline that passes ends the association, since a response that comes late could
 * not be told from a wrong one.
 *
 * @category options
 * @since 0.1.0
 */
export interface Deadlines {
  /** Until the first response. Default: the association's `operation`. */
  readonly first?: Duration.Input
  /** From one response to the next. Default: the association's `operation`. */
  readonly between?: Duration.Input
  /** From the first of the request, whose data set may be long in coming, until the last response. Default: none. */
  readonly total?: Duration.Input
}

/**
 * How long responses may take, and the last of them once the stream was left.
 *
 * @category options
 * @since 0.1.0
 */
export interface ResponsesOptions extends Deadlines {
  /** How long the peer may take for its last response once the stream was left. Default: 10 seconds. */
  readonly cancelWithin?: Duration.Input
}

/**
 * A response whose data set is taken as it arrives.
 *
 * @category models
 * @since 0.1.0
 */
export interface Arriving<out C extends Command.Response = Command.Response> extends Pick<
  Incoming,
  "hasDataSet" | "dataSet" | "pull"
> {
  readonly command: C
}

/**
 * The exchange of one association.
 *
 * @category models
 * @since 0.1.0
 */
export interface Dimse {
  /**
   * Sends a request and waits for its response. Left early, its response is dropped when it comes, and until then it
   * counts as outstanding; left in the middle of a data set that is not sent in one piece, the association is aborted,
   * since a message that was begun cannot be taken back.
   *
   * **Details**
   *
   * A presentation context that was not accepted is `ContextNotAccepted`, and nothing is sent. The message id is the one
   * that `command` is given: a request with another is a defect. A response in another presentation context than its
   * request's, or pending, or to nothing that was asked, ends the association with an `AbortedByProvider` that says so.
   */
  readonly invoke: <RQ extends OneResponse, E = never, R = never>(
    contextId: number,
    command: (messageId: number) => RQ,
    dataSet?: DataSet<E, R>,
    deadlines?: Deadlines
  ) => Effect.Effect<Answer<Command.ResponseTo<RQ>>, OperationError | E, R>
  /**
   * The same, for a response whose data set is not held whole: `take` has its bytes as they arrive, without a limit, and what
   * it has not taken when it is done is dropped. What it leaves for later holds up the reading of the transport.
   *
   * **Gotchas**
   *
   * An operation that `take` begins in the middle of the data set waits for its place in the window, and for its response,
   * behind the rest of it. That is read on meanwhile, up to sixteen times as much as is to be held; where it is longer, that
   * operation fails with `Deadlock`. The same holds for who consumes {@link Dimse.responses}, or performs. It is seen where
   * both are done by one fiber; where they are not, the operation's deadline ends the association.
   */
  readonly receive: <RQ extends OneResponse, A, E2, R2, E = never, R = never>(
    contextId: number,
    command: (messageId: number) => RQ,
    take: (response: Arriving<Command.ResponseTo<RQ>>) => Effect.Effect<A, E2, R2>,
    dataSet?: DataSet<E, R>,
    deadlines?: Deadlines
  ) => Effect.Effect<A, OperationError | E | E2, R | R2>
  /**
   * Sends a request and gives its responses: the pending ones, and then the last one.
   *
   * **Details**
   *
   * What is not consumed holds up the reading of the transport once it is more than is to be held. Leaving the stream
   * before the last response, also by interruption, sends a C-CANCEL-RQ and waits for the last response, and where that
   * does not come in time the association is aborted.
   */
  readonly responses: <RQ extends ManyResponses, E = never, R = never>(
    contextId: number,
    command: (messageId: number) => RQ,
    dataSet?: DataSet<E, R>,
    options?: ResponsesOptions
  ) => Stream.Stream<Answer<Command.ResponseTo<RQ>>, OperationError | E, R>
  /**
   * Asks the peer to stop an operation of {@link Dimse.responses}, whose stream then still gives what comes: a last
   * response too. Does nothing where no such operation is under way.
   */
  readonly cancel: (messageId: number) => Effect.Effect<void, OperationError>
  /** Sends a message and waits for nothing. */
  readonly send: <E = never, R = never>(
    contextId: number,
    command: Command.Command,
    dataSet?: DataSet<E, R>
  ) => Effect.Effect<void, OperationError | E, R>
  /**
   * Answers the peer's requests until the association ends, as many at once as the negotiated window has, and in order
   * where none was negotiated; performers that are at work then are interrupted. Once this side has asked for the release
   * nothing may be sent, and the responses to requests that crossed it are dropped.
   *
   * **Details**
   *
   * Who performs last performs alone, from the next request on, until it is left; then the one before does again. Where
   * a requestor's last is left, requests are refused.
   *
   * What is at work when it is left is interrupted, and answered with processing failure once its data set is complete;
   * before a release too, but not before an abort in the same turn, such as that of a server that is shut down: that tells
   * the peer that nothing is known of the request, which may be tried again.
   *
   * **Gotchas**
   *
   * How long a performer may take {@link within} says, and by default nothing does: while one is at work the silence of a peer is
   * not held against it, and no deadline of the association passes. That a peer is gone without a word is then found by
   * the transport alone, where the socket or its server is made with `keepAlive`.
   */
  readonly perform: <R>(performer: Performer<R>) => Effect.Effect<void, never, R>
  /**
   * How often messages have been sent whole so far: their last bytes were given to the transport. One of which that is not
   * said the peer has not had, and cannot act on.
   */
  readonly messagesSent: () => number
  /**
   * Waits until no operation is under way, in either direction. What this side has invoked is bounded by its deadlines, and
   * what it performs by its performer.
   */
  readonly quiet: Effect.Effect<void>
}

/**
 * The response to a request with a status and nothing else, whatever the request's service.
 *
 * @category operations
 * @since 0.1.0
 */
export const answer = <RQ extends Request>(request: RQ, status: Status.Status): Command.ResponseTo<RQ> =>
  Command.respond(request, status)
