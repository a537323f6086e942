/**
 * The exchange of DIMSE messages over an association (PS3.7 chapter 8, PS3.8 Annex E): message ids, fragmentation, the
 * asynchronous operations window, and which response belongs to which request. What an operation means is the business
 * of the service classes.
 *
 * @since 0.1.0
 */
import * as C_STORE from "@effect-dicom/protocol/C_STORE"
import type { AsynchronousOperationsWindow } from "@effect-dicom/protocol/AsynchronousOperationsWindow"
import type * as C_FIND from "@effect-dicom/protocol/C_FIND"
import type * as C_GET from "@effect-dicom/protocol/C_GET"
import type * as C_MOVE from "@effect-dicom/protocol/C_MOVE"
import * as Command from "@effect-dicom/protocol/Command"
import * as InvalidPdu from "@effect-dicom/protocol/InvalidPdu"
import type * as Leniency from "@effect-dicom/protocol/Leniency"
import * as Message from "@effect-dicom/protocol/Message"
import type * as P_DATA from "@effect-dicom/protocol/P_DATA"
import type * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import * as Status from "@effect-dicom/protocol/Status"
import type * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Pull from "effect/Pull"
import type * as Stream from "effect/Stream"
import * as AssociationError from "./AssociationError.ts"
import type { Inflow } from "./internal/inflow.ts"
import { invoking, type Pending } from "./internal/invoking.ts"
import { outflow } from "./internal/outflow.ts"
import { performing } from "./internal/performing.ts"
import { Signal } from "./internal/signal.ts"
import type { UpperLayer } from "./UpperLayer.ts"

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
  /** The same, a batch at a time: all views that have arrived, one or more. Ends with `Cause.Done`. */
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
    const views: Array<Uint8Array> = []
    let length = 0
    const more: Effect.Effect<void, AssociationError.Broken | AssociationError.DataSetTooLong | Cause.Done> =
      Effect.flatMap(incoming.pull, (arrived) => {
        for (const view of arrived) {
          views.push(view)
          length += view.length
        }
        return length > limit ? Effect.fail(new AssociationError.DataSetTooLong({ limit })) : Effect.void
      })
    return Pull.catchDone(Effect.forever(more, { disableYield: true }), () => Effect.succeed(views))
  })

// -----------------------------------------------------------------------------
// the exchange
// -----------------------------------------------------------------------------

/**
 * What can go wrong with an operation once a presentation context was found for it.
 *
 * @category models
 * @since 0.1.0
 */
export type OperationError = AssociationError.IllegalPrimitive | AssociationError.Broken

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
  /** Until the last response. Default: none. */
  readonly total?: Duration.Input
}

/**
 * @category options
 * @since 0.1.0
 */
export interface ResponsesOptions extends Deadlines {
  /** How long the peer may take for its last response once the stream was left. Default: 10 seconds. */
  readonly cancelWithin?: Duration.Input
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
   * counts as outstanding.
   */
  readonly invoke: <RQ extends OneResponse, E = never, R = never>(
    contextId: number,
    command: (messageId: number) => RQ,
    dataSet?: DataSet<E, R>,
    deadlines?: Deadlines
  ) => Effect.Effect<Answer<Command.ResponseTo<RQ>>, OperationError | E, R>
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
   */
  readonly perform: <R>(performer: Performer<R>) => Effect.Effect<void, never, R>
  /** Waits until no operation is under way, in either direction. */
  readonly quiet: Effect.Effect<void>
}

/**
 * @internal
 */
export interface Options {
  readonly contexts: ReadonlyMap<number, PresentationContext.Accepted>
  /** The peer's maximum length, or our own cap where that is less. */
  readonly maximumLength: number
  /** How many operations this side may have outstanding, and how many the peer: 1 without negotiation, 0 for no limit. */
  readonly window: AsynchronousOperationsWindow
  /** Asked about what of a command is not as the standard has it. */
  readonly judge: Leniency.Judge
  /** How long an operation may wait for a response. */
  readonly operation: Duration.Duration
  /** How many bytes of a data set, or of responses, are held for a consumer before the transport is left unread. */
  readonly held: number
  /**
   * Does something when all that a chunk brought has been heard: who waits for the first of it is not to act before that.
   */
  readonly later: (tell: () => void) => void
  /** Whether requests wait for `perform` to be called; otherwise they are refused until it is. */
  readonly performs: boolean
}

/**
 * What the association, which owns the exchange, sees of it.
 *
 * @internal
 */
export interface Exchange extends Dimse {
  /** Takes the values of a P-DATA indication; gives what makes them unacceptable. */
  readonly receive: (indication: P_DATA.Indication) => InvalidPdu.InvalidPdu | undefined
  /** The association has ended: nothing more will come. Who waits for that hears it after `before`. */
  readonly end: (why: () => AssociationError.Broken, before: () => void) => void
  readonly backpressure: () => Effect.Effect<void> | undefined
  /** Whether silence is no fault of the peer's: an operation is under way, and it is not a message that it has begun. */
  readonly busy: () => boolean
  /** Whether a request that has arrived is not answered. */
  readonly unanswered: () => boolean
  /** Whether a message has begun to arrive and is not complete. */
  readonly receiving: () => boolean
  /** Waits until every request that has arrived is answered. */
  readonly answered: Effect.Effect<void>
}

/** The longest data set that is held whole, in bytes. */
const wholeLength = 1 << 24

/**
 * How many times what should be held is held where reading on is the only way to what somebody here waits for.
 */
const farTooMuch = 16

/**
 * Makes the exchange of an association whose upper layer is `layer`.
 *
 * @internal
 */
export const make = (layer: () => UpperLayer, options: Options): Exchange => {
  const { held, later, maximumLength } = options
  const assembler = Message.assembler({ contextIds: options.contexts.keys(), judge: options.judge })
  /** Where the data of the message that is arriving goes: to a performer, or to a response. */
  let inflow: Inflow<Uint8Array> | undefined
  let response: { readonly one: Pending; readonly command: Command.Response } | undefined
  let views: ReadonlyArray<Uint8Array> = []
  let viewsLength = 0
  // How the association ended: an error that is made only for who waits for something.
  let ended: (() => AssociationError.Broken) | undefined
  const still = Latch.makeUnsafe(true)
  const answered = Latch.makeUnsafe(true)
  const reading = new Signal()

  const settled = (): void => {
    if (performer.unanswered()) return
    answered.openUnsafe()
    if (!invoker.outstanding()) still.openUnsafe()
  }
  // Reading goes on while somebody here waits for what only the peer can bring, though not without bound: else a consumer
  // that waits for another operation before it takes more would wait for ever.
  const full = (factor: number): boolean =>
    (inflow !== undefined && inflow.full(factor)) || performer.full(factor) || invoker.full(factor)
  const heldUp = (): boolean => ended === undefined && full(1) && (full(farTooMuch) || !invoker.awaits())
  const readOn: Effect.Effect<void> = Effect.suspend(() =>
    heldUp() ? Effect.andThen(reading.wait, readOn) : Effect.void
  )

  const send = outflow(layer, maximumLength)
  const common = { layer, held, later, settled, ended: () => ended, changed: reading.notify }
  const invoker = invoking({
    ...common,
    send: send.message,
    window: options.window.maximumInvoked,
    operation: Duration.toMillis(options.operation),
    heldUp,
    begins: () => still.closeUnsafe()
  })
  const performer = performing({
    ...common,
    send,
    window: options.window.maximumPerformed,
    maximumLength,
    performs: options.performs,
    begins: () => {
      still.closeUnsafe()
      answered.closeUnsafe()
    }
  })

  const receive = (indication: P_DATA.Indication): InvalidPdu.InvalidPdu | undefined => {
    const values = indication.presentationDataValues
    for (let i = 0; i < values.length; i++) {
      const event = assembler.push(values[i] as P_DATA.PresentationDataValue) // i is within bounds
      let invalid: InvalidPdu.InvalidPdu | undefined
      switch (event._tag) {
        case "Incomplete":
          break
        case "Data":
          invalid = data(event.fragment, event.last)
          break
        case "Command":
          invalid = command(event.contextId, event.command, event.dataSet)
          break
        case "InvalidCommand": {
          const refusal = Command.refusal(event.error, refused[event.error.cause])
          if (refusal === undefined) invalid = InvalidPdu.make("invalid-PDU-parameter-value", event.error.detail)
          else inflow = performer.refuse(event.contextId, event.dataSet, refusal)
          break
        }
        case "Invalid":
          invalid = InvalidPdu.make(event.reason, event.detail)
          break
      }
      if (invalid !== undefined) return invalid
    }
    return undefined
  }

  const data = (fragment: ReadonlyArray<Uint8Array>, last: boolean): InvalidPdu.InvalidPdu | undefined => {
    if (inflow !== undefined) {
      for (let i = 0; i < fragment.length; i++) {
        const view = fragment[i] as Uint8Array // i is within bounds
        inflow.push(view, view.length)
      }
      later(inflow.arrived.notify)
      if (last) {
        inflow.end("complete")
        inflow = undefined
      }
      return undefined
    }
    if (response === undefined) return undefined
    views = views.length === 0 ? fragment : [...views, ...fragment]
    for (let i = 0; i < fragment.length; i++) viewsLength += (fragment[i] as Uint8Array).length // i is within bounds
    if (viewsLength > wholeLength) {
      const detail = `the data set of a ${response.command._tag} is longer than ${wholeLength} bytes`
      return InvalidPdu.make("reason-not-specified", detail)
    }
    if (last) {
      invoker.answered(response.one, { command: response.command, dataSet: views }, viewsLength)
      response = undefined
      views = []
      viewsLength = 0
    }
    return undefined
  }

  const command = (
    contextId: number,
    command: Command.Command,
    hasDataSet: boolean
  ): InvalidPdu.InvalidPdu | undefined => {
    inflow = undefined
    if (Command.isResponse(command)) {
      const one = invoker.awaiting(command)
      if (one === undefined) {
        const { _tag, messageIdBeingRespondedTo } = command
        const detail = `a ${_tag} for message ${messageIdBeingRespondedTo}, which awaits none`
        return InvalidPdu.make("unexpected-PDU-parameter", detail)
      }
      if (hasDataSet) response = { one, command }
      else invoker.answered(one, { command, dataSet: undefined }, 0)
      return undefined
    }
    if (!Command.isRequest(command)) {
      performer.cancel(command.messageIdBeingRespondedTo)
      return undefined
    }
    const context = options.contexts.get(contextId)
    // The assembler lets no other context id pass.
    if (context === undefined) return InvalidPdu.make("invalid-PDU-parameter-value", `no context ${contextId}`)
    inflow =
      !hasDataSet && Command.dataSet(command) === "required"
        ? // There is nothing to perform.
          performer.refuse(contextId, false, Command.encode(withoutDataSet(command)))
        : performer.arrive(context, command, hasDataSet)
    return undefined
  }

  const end = (why: () => AssociationError.Broken, before: () => void): void => {
    if (ended !== undefined) return
    ended = why
    before()
    invoker.end(why)
    performer.end(why)
    inflow = undefined
    response = undefined
    reading.notify()
    settled()
  }

  return {
    invoke: invoker.invoke,
    responses: invoker.responses,
    cancel: invoker.cancel,
    send: send.message,
    perform: performer.perform,
    quiet: still.await,
    answered: Effect.andThen(performer.refused, answered.await),
    receive,
    end,
    backpressure: () => performer.refusals() ?? (heldUp() ? readOn : undefined),
    busy: () => invoker.outstanding() || (performer.unanswered() && (assembler.between || heldUp())),
    unanswered: () => performer.unanswered() || performer.refusing(),
    receiving: () => !assembler.between
  }
}

const refused = {
  "unrecognized operation": Status.failures.unrecognizedOperation,
  "missing element": Status.failures.mistypedArgument,
  "invalid element value": Status.failures.mistypedArgument
} as const

/**
 * The response to a request without the data set that its service requires: of those of PS3.7 chapter 9 the code that
 * all of them have for what cannot be understood.
 */
const withoutDataSet = (request: Request): Response => ({
  ...Command.respond(
    request,
    request._tag.startsWith("C-") ? C_STORE.failures.cannotUnderstand : Status.failures.missingAttribute
  ),
  errorComment: "No data set"
})

/**
 * The response to a request with a status and nothing else, whatever the request's service.
 *
 * @category operations
 * @since 0.1.0
 */
export const answer = <RQ extends Request>(request: RQ, status: Status.Status): Command.ResponseTo<RQ> =>
  Command.respond(request, status)
