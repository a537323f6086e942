/**
 * The exchange of DIMSE messages over an association (PS3.7 chapter 8, PS3.8 Annex E): message ids, fragmentation, the
 * asynchronous operations window, and which response belongs to which request. What an operation means is the business
 * of the service classes.
 *
 * @since 0.1.0
 */
import * as C_STORE from "@effect-dicom/protocol/C_STORE"
import * as Command from "@effect-dicom/protocol/Command"
import * as InvalidPdu from "@effect-dicom/protocol/InvalidPdu"
import * as Message from "@effect-dicom/protocol/Message"
import type * as P_DATA from "@effect-dicom/protocol/P_DATA"
import type * as Leniency from "@effect-dicom/protocol/Leniency"
import type * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import * as Status from "@effect-dicom/protocol/Status"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import * as AssociationError from "./AssociationError.ts"
import { Inflow } from "./internal/inflow.ts"
import { length, outflow } from "./internal/outflow.ts"
import { Signal } from "./internal/signal.ts"
import type { UpperLayer } from "./UpperLayer.ts"

/**
 * A request message: what an invoking user sends.
 *
 * @category models
 * @since 0.1.0
 */
export type Request = Command.Request

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
}

/**
 * Answers a request of the peer's user. What of the data set it has not read is dropped before the response is sent.
 *
 * @category models
 * @since 0.1.0
 */
export type Performer<R = never> = (incoming: Incoming) => Effect.Effect<Response, AssociationError.Broken, R>

/**
 * What can go wrong with an operation once a presentation context was found for it.
 *
 * @category models
 * @since 0.1.0
 */
export type OperationError = AssociationError.IllegalPrimitive | AssociationError.Broken

/**
 * @internal
 */
export interface Options {
  readonly contexts: ReadonlyMap<number, PresentationContext.Accepted>
  /** The peer's maximum length, or our own cap where that is less. */
  readonly maximumLength: number
  /** How many operations may be outstanding: what was negotiated, 1 without negotiation, 0 for no limit. */
  readonly window: number
  /** Asked about what of a command is not as the standard has it. */
  readonly judge: Leniency.Judge
  /** How long an operation may wait for its response. */
  readonly operation: Duration.Duration
  /** How many bytes of a data set are held for a performer before the transport is left unread. */
  readonly held: number
  /**
   * Does something when all that a chunk brought has been heard: who waits for the first of it is not to act before that.
   */
  readonly later: (tell: () => void) => void
  /** Whether requests wait for `perform` to be called; otherwise they are refused until it is. */
  readonly performs: boolean
}

/**
 * The exchange of one association.
 *
 * @category models
 * @since 0.1.0
 */
export interface Dimse {
  /** Sends a request and waits for its response. Left early, its response is dropped when it comes. */
  readonly invoke: <E = never, R = never>(
    contextId: number,
    command: (messageId: number) => Request,
    dataSet?: DataSet<E, R>
  ) => Effect.Effect<Response, OperationError | E, R>
  /** Sends a message and waits for nothing. */
  readonly send: <E = never, R = never>(
    contextId: number,
    command: Command.Command,
    dataSet?: DataSet<E, R>
  ) => Effect.Effect<void, OperationError | E, R>
  /**
   * Answers the peer's requests in order until the association ends; a performer that is at work then is interrupted. Fails
   * where a performer does. Once this side has asked for the release nothing may be sent, and the responses to requests that
   * crossed it are dropped.
   */
  readonly perform: <R>(performer: Performer<R>) => Effect.Effect<void, AssociationError.Broken, R>
  /** Waits until no operation is under way, in either direction. */
  readonly quiet: Effect.Effect<void>
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

/** A request that is to be answered: by a performer, or with a refusal that is ready. */
interface Arriving {
  readonly contextId: number
  readonly inflow: Inflow
  readonly answer: { readonly incoming: Incoming } | { readonly refusal: Uint8Array }
}

interface Pending {
  readonly response: Response["_tag"]
  readonly deferred: Deferred.Deferred<Response, AssociationError.Broken>
  abandoned: boolean
  /** When it has waited too long for its response; not before it is sent. */
  due: number
}

/** Requests that may wait for a performer, each with its data set, before the transport is left unread. */
const maximumWaiting = 4

/** A data set up to this many bytes is taken by the transport or bounded by its deadline; not worth a race. */
const promptLength = 1 << 16

/**
 * Makes the exchange of an association whose upper layer is `layer`.
 *
 * @internal
 */
export const make = (layer: () => UpperLayer, options: Options): Exchange => {
  const assembler = Message.assembler({ contextIds: options.contexts.keys(), judge: options.judge })
  const pending = new Map<number, Pending>()
  const waiting: Array<Arriving> = []
  let performing: Arriving | undefined
  let performs = options.performs
  let worker: Fiber.Fiber<never, AssociationError.Broken> | undefined
  let inflow: Inflow | undefined
  let refusals: Array<P_DATA.Request> = []
  // How the association ended: an error that is made only for who waits for something.
  let ended: (() => AssociationError.Broken) | undefined
  let lastId = 0
  const requested = new Signal()
  const room = Latch.makeUnsafe(true)
  const still = Latch.makeUnsafe(true)
  const answered = Latch.makeUnsafe(true)
  const window = options.window === 0 ? undefined : Semaphore.makeUnsafe(options.window)
  const milliseconds = Duration.toMillis(options.operation)

  const outstanding = (): boolean => {
    for (const one of pending.values()) if (!one.abandoned) return true
    return false
  }
  const unanswered = (): boolean => performing !== undefined || waiting.length > 0
  const heldUp = (): Effect.Effect<void> | undefined => inflow?.backpressure ?? (room.isOpen() ? undefined : room.await)
  const busy = (): boolean => outstanding() || (unanswered() && (assembler.between || heldUp() !== undefined))
  const settled = (): void => {
    if (unanswered()) return
    answered.openUnsafe()
    if (!outstanding()) still.openUnsafe()
  }

  // ---------------------------------------------------------------------------
  // the way in
  // ---------------------------------------------------------------------------

  const receive = (indication: P_DATA.Indication): InvalidPdu.InvalidPdu | undefined => {
    const values = indication.presentationDataValues
    for (let i = 0; i < values.length; i++) {
      const event = assembler.push(values[i] as P_DATA.PresentationDataValue) // i is within bounds
      let invalid: InvalidPdu.InvalidPdu | undefined
      switch (event._tag) {
        case "Incomplete":
          break
        case "Data":
          data(event.fragment, event.last)
          break
        case "Command":
          invalid = command(event.contextId, event.command, event.dataSet)
          break
        case "InvalidCommand": {
          const refusal = Command.refusal(event.error, refused[event.error.cause])
          if (refusal === undefined) invalid = InvalidPdu.make("invalid-PDU-parameter-value", event.error.detail)
          else arrive(event.contextId, event.dataSet, () => ({ refusal }))
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

  const data = (fragment: ReadonlyArray<Uint8Array>, last: boolean): void => {
    if (inflow === undefined) return
    inflow.push(fragment)
    options.later(inflow.arrived.notify)
    if (last) {
      inflow.end("complete")
      inflow = undefined
    }
  }

  const command = (
    contextId: number,
    command: Command.Command,
    hasDataSet: boolean
  ): InvalidPdu.InvalidPdu | undefined => {
    inflow = undefined
    if (Command.isRequest(command)) {
      const context = options.contexts.get(contextId)
      // The assembler lets no other context id pass.
      if (context === undefined) return InvalidPdu.make("invalid-PDU-parameter-value", `no context ${contextId}`)
      const refuse = (response: Response): undefined =>
        arrive(contextId, hasDataSet, () => ({ refusal: Command.encode(response) }))
      if (command._tag === "C-STORE-RQ" && !hasDataSet) {
        // The data set is mandatory (PS3.7 Table 9.1-1), so there is nothing to perform.
        return refuse(C_STORE.response(command, C_STORE.failures.cannotUnderstand, { errorComment: "No data set" }))
      }
      if (command._tag !== "C-STORE-RQ" && command._tag !== "C-ECHO-RQ") {
        return refuse(Command.respond(command, Status.failures.unrecognizedOperation))
      }
      return arrive(contextId, hasDataSet, (inflow) => ({
        incoming: {
          context,
          command,
          hasDataSet,
          pull: inflow.take,
          get dataSet() {
            return Stream.fromPull(Effect.succeed(inflow.take))
          }
        }
      }))
    }
    // No operation of these services can be cancelled; a cancel that comes late or astray is ignored (PS3.7 9.3.2.3).
    if (!Command.isResponse(command)) return undefined
    const id = command.messageIdBeingRespondedTo
    const one = pending.get(id)
    if (one === undefined || one.response !== command._tag) {
      return InvalidPdu.make("unexpected-PDU-parameter", `a ${command._tag} for message ${id}, which awaits none`)
    }
    pending.delete(id)
    bound()
    options.later(() => {
      Deferred.doneUnsafe(one.deferred, Effect.succeed(command))
      settled()
    })
    return undefined
  }

  const arrive = (
    contextId: number,
    hasDataSet: boolean,
    answer: (inflow: Inflow) => Arriving["answer"]
  ): undefined => {
    if (!performs) {
      // Nobody here performs anything: refuse at once. While the association is being released nothing can be sent.
      if (layer().state() === "Sta6") refusals.push(...refusal(contextId, answer(noBytes)))
      return
    }
    const flow = hasDataSet ? new Inflow(options.held) : noBytes
    inflow = hasDataSet ? flow : undefined
    waiting.push({ contextId, inflow: flow, answer: answer(flow) })
    if (waiting.length >= maximumWaiting) room.closeUnsafe()
    still.closeUnsafe()
    answered.closeUnsafe()
    options.later(requested.notify)
  }

  const refusal = (contextId: number, by: Arriving["answer"]): ReadonlyArray<P_DATA.Request> => {
    const bytes =
      "refusal" in by ? by.refusal : Command.encode(answer(by.incoming.command, Status.failures.sopClassNotSupported))
    return Message.pack(contextId, bytes, undefined, options.maximumLength)
  }

  const refuse: Effect.Effect<void> = Effect.suspend(() => {
    const requests = refusals
    refusals = []
    return requests.length === 0 ? Effect.void : Effect.ignore(layer().issueAll(requests))
  })

  const backpressure = (): Effect.Effect<void> | undefined => (refusals.length > 0 ? refuse : heldUp())

  const end = (why: () => AssociationError.Broken, before: () => void): void => {
    if (ended !== undefined) return
    ended = why
    before()
    for (const one of pending.values()) Deferred.doneUnsafe(one.deferred, Effect.fail(why()))
    pending.clear()
    for (const one of performing === undefined ? waiting.splice(0) : [performing, ...waiting.splice(0)]) {
      one.inflow.end(why)
      one.inflow.arrived.notify()
    }
    inflow = undefined
    room.openUnsafe()
    worker?.interruptUnsafe()
    settled()
  }

  // ---------------------------------------------------------------------------
  // the way out
  // ---------------------------------------------------------------------------

  const send = outflow(layer, options.maximumLength)

  const invoke = <E = never, R = never>(
    contextId: number,
    command: (messageId: number) => Request,
    dataSet?: DataSet<E, R>
  ): Effect.Effect<Response, OperationError | E, R> => {
    const operation = Effect.suspend((): Effect.Effect<Response, OperationError | E, R> => {
      if (ended !== undefined) return Effect.fail(ended())
      const request = command(nextId())
      const one: Pending = {
        response: Command.respond(request, Status.success)._tag,
        deferred: Deferred.makeUnsafe(),
        abandoned: false,
        due: Infinity
      }
      pending.set(request.messageId, one)
      still.closeUnsafe()
      // Who has asked for the release may not respond any more: what is left is to see how the association ends.
      const sent = layer().state() === "Sta8" ? Effect.void : send.message(contextId, request, dataSet)
      // A data set may be held up for as long as the peer likes, but not beyond the end of the association.
      const bounded =
        dataSet === undefined || (!Stream.isStream(dataSet) && length(dataSet) <= promptLength)
          ? sent
          : Effect.raceFirst(sent, Effect.andThen(Deferred.await(one.deferred), Effect.never))
      return bounded.pipe(
        Effect.onError((cause) => (Cause.hasInterruptsOnly(cause) ? Effect.void : forget(request.messageId))),
        // Where the association ended in the middle of it, that is what there is to tell.
        Effect.catchIf(
          (error) => error instanceof AssociationError.IllegalPrimitive && ended !== undefined,
          (error) => Effect.fail(ended?.() ?? error)
        ),
        Effect.flatMap(() => {
          one.due = layer().now() + milliseconds
          bound()
          return Deferred.await(one.deferred)
        }),
        Effect.onInterrupt(() =>
          Effect.sync(() => {
            one.abandoned = true
            bound()
            settled()
          })
        )
      )
    })
    return window === undefined ? operation : window.withPermit(operation)
  }

  const forget = (messageId: number): Effect.Effect<void> =>
    Effect.sync(() => {
      pending.delete(messageId)
      settled()
    })

  // Who waited in vain cannot tell a late response from a wrong one: the association is of no more use, and is aborted.
  // All wait equally long, so the one that was sent first is the next whose time is over.
  const bound = (): void => {
    for (const one of pending.values()) {
      if (one.due < Infinity && !one.abandoned) return layer().bound("operation", one.due, late)
    }
    layer().bound("operation")
  }
  const late = () => new AssociationError.TimedOut({ deadline: "operation", milliseconds })

  const nextId = (): number => {
    do lastId = (lastId % 0xffff) + 1
    while (pending.has(lastId))
    return lastId
  }

  // ---------------------------------------------------------------------------
  // performing
  // ---------------------------------------------------------------------------

  const perform = <R>(performer: Performer<R>): Effect.Effect<void, AssociationError.Broken, R> => {
    performs = true
    return Effect.flatMap(Effect.forkChild(answering(performer), { startImmediately: true }), (fiber) => {
      worker = fiber
      if (ended !== undefined) fiber.interruptUnsafe()
      return Effect.onInterrupt(
        Effect.flatMap(Fiber.await(fiber), (exit) => (ended === undefined ? exit : Effect.void)),
        () => Fiber.interrupt(fiber)
      )
    })
  }

  const answering = <R>(performer: Performer<R>): Effect.Effect<never, AssociationError.Broken, R> =>
    Effect.forever(
      Effect.suspend((): Effect.Effect<unknown, AssociationError.Broken, R> => {
        const next = waiting.shift()
        if (next === undefined) {
          return requested.wait
        }
        room.openUnsafe()
        performing = next
        const { answer, contextId } = next
        const answered =
          "refusal" in answer
            ? Effect.andThen(next.inflow.drain, send.whole(refusal(contextId, answer)))
            : Effect.flatMap(
                Effect.catchDefect(performer(answer.incoming), (defect) => failed(answer.incoming, defect)),
                (response) => Effect.andThen(next.inflow.drain, send.message(contextId, response))
              )
        return Effect.ensuring(
          Effect.catchTag(answered, "IllegalPrimitive", () => Effect.void),
          Effect.sync(() => {
            performing = undefined
            settled()
          })
        )
      }),
      { disableYield: true }
    )

  const failed = ({ command }: Incoming, defect: unknown): Effect.Effect<Response> =>
    Effect.as(
      Effect.logError("A performer failed; the request is answered with processing failure", defect).pipe(
        Effect.annotateLogs({ request: command._tag, messageId: command.messageId })
      ),
      answer(command, Status.failures.processingFailure)
    )

  return {
    invoke,
    send: send.message,
    perform,
    quiet: still.await,
    answered: Effect.andThen(refuse, answered.await),
    receive,
    end,
    backpressure,
    busy,
    unanswered: () => unanswered() || refusals.length > 0,
    receiving: () => !assembler.between
  }
}

const refused = {
  "unrecognized operation": Status.failures.unrecognizedOperation,
  "missing element": Status.failures.mistypedArgument,
  "invalid element value": Status.failures.mistypedArgument
} as const

const noBytes = new Inflow(0)
noBytes.end("complete")

/**
 * The response to a request with a status and nothing else, whatever the request's service.
 *
 * @category operations
 * @since 0.1.0
 */
export const answer = (request: Request, status: Status.Status): Response => Command.respond(request, status)
