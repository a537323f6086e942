/**
 * The performing side of an exchange: the requests that have arrived, the fibers that answer them, as many at once as the
 * window allows, and what a C-CANCEL-RQ does to them.
 */
import * as Command from "@effect-dicom/protocol/Command"
import * as Message from "@effect-dicom/protocol/Message"
import type * as P_DATA from "@effect-dicom/protocol/P_DATA"
import type * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import * as Status from "@effect-dicom/protocol/Status"
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Pull from "effect/Pull"
import * as Stream from "effect/Stream"
import type { Broken } from "../AssociationError.ts"
import type { DataSet, Dimse, Incoming, OperationError, Performance, Performer, Reply } from "../Dimse.ts"
import type { UpperLayer } from "../UpperLayer.ts"
import { Inflow } from "./inflow.ts"
import { responseTo } from "./invoking.ts"
import { length, type Outflow, writeLength } from "./outflow.ts"
import { Signal } from "./signal.ts"

/** A request that is to be answered: by a performer, or with a refusal that is ready. */
interface Arriving {
  readonly contextId: number
  readonly inflow: Inflow<Uint8Array>
  readonly answer: { readonly incoming: Incoming } | { readonly refusal: Uint8Array }
  /** The fiber that a C-CANCEL-RQ interrupts. */
  fiber: Fiber.Fiber<unknown, unknown> | undefined
  /** What answers where it is cancelled, if not the status alone. */
  onCancel: Effect.Effect<Reply> | undefined
  cancelled: boolean
  cancellation: Deferred.Deferred<void> | undefined
  /** Whether responses are on their way, which is not to be broken off. */
  sending: boolean
  /** Whether the last response has been sent, or nothing can be sent any more. */
  finished: boolean
}

export interface Performing extends Pick<Dimse, "perform"> {
  /** A request has arrived; gives where its data set goes. */
  readonly arrive: (
    context: PresentationContext.Accepted,
    command: Command.Request,
    hasDataSet: boolean
  ) => Inflow<Uint8Array> | undefined
  /** The same of a request that is refused. */
  readonly refuse: (contextId: number, hasDataSet: boolean, refusal: Uint8Array) => Inflow<Uint8Array> | undefined
  /** The peer cancels an operation. */
  readonly cancel: (messageId: number) => void
  /** Tells everyone who waits that the association has ended. */
  readonly end: (why: () => Broken) => void
  /** Whether a request is not answered. */
  readonly unanswered: () => boolean
  /** Sends the refusals of a side that performs nothing, if there are any. */
  readonly refusals: () => Effect.Effect<void> | undefined
  /** Whether such refusals are not sent yet. */
  readonly refusing: () => boolean
  /** Waits until they are. */
  readonly refused: Effect.Effect<void>
  /** Whether more requests wait than should, by some factor. */
  readonly full: (factor: number) => boolean
}

export interface Options {
  readonly layer: () => UpperLayer
  readonly send: Outflow
  /** How many requests are performed at once, 0 for as many as there are. */
  readonly window: number
  readonly maximumLength: number
  /** How many bytes of a data set are held for a performer. */
  readonly held: number
  /** Whether requests wait for `perform` to be called; otherwise they are refused until it is. */
  readonly performs: boolean
  readonly later: (tell: () => void) => void
  /** How the association has ended, if it has. */
  readonly ended: () => (() => Broken) | undefined
  /** Something that held up the reading may do so no longer. */
  readonly changed: () => void
  readonly begins: () => void
  readonly settled: () => void
}

/** Requests that may wait for a performer, each with its data set, before the transport is left unread. */
const maximumWaiting = 4

/** Requests that are performed at once where the window has no limit. */
const maximumPerforming = 256

export const performing = (options: Options): Performing => {
  const { changed, layer, later, maximumLength, send } = options
  const window = options.window === 0 ? maximumPerforming : Math.min(options.window, maximumPerforming)
  const waiting: Array<Arriving> = []
  const performed = new Set<Arriving>()
  /** The operations that are not finished, by message id. */
  const unfinished = new Map<number, Arriving>()
  const idle: Array<Signal> = []
  let performs = options.performs
  let workers = 0
  let running: { readonly start: () => void; readonly end: () => void } | undefined
  let refusals: Array<P_DATA.Request> = []
  const refused = Latch.makeUnsafe(true)

  // ---------------------------------------------------------------------------
  // arriving
  // ---------------------------------------------------------------------------

  const enter = (
    contextId: number,
    hasDataSet: boolean,
    answer: (inflow: Inflow<Uint8Array>) => Arriving["answer"]
  ): Arriving => {
    const inflow = hasDataSet ? new Inflow<Uint8Array>(options.held, changed) : noBytes
    const one: Arriving = {
      contextId,
      inflow,
      answer: answer(inflow),
      fiber: undefined,
      onCancel: undefined,
      cancelled: false,
      cancellation: undefined,
      sending: false,
      finished: false
    }
    waiting.push(one)
    options.begins()
    const free = idle.pop()
    if (free !== undefined) later(free.notify)
    else if (running !== undefined && workers < window) {
      workers++
      const { start } = running
      later(() => start())
    }
    return one
  }

  const refuse: Performing["refuse"] = (contextId, hasDataSet, refusal) => {
    if (performs) {
      const { inflow } = enter(contextId, hasDataSet, () => ({ refusal }))
      return hasDataSet ? inflow : undefined
    }
    // Nobody here performs anything: refuse at once. While the association is being released nothing can be sent.
    if (layer().state() === "Sta6") refusals.push(...Message.pack(contextId, refusal, undefined, maximumLength))
    return undefined
  }

  const arrive: Performing["arrive"] = (context, command, hasDataSet) => {
    const refusal = performs
      ? unfinished.has(command.messageId)
        ? Status.failures.duplicateInvocation
        : undefined
      : Status.failures.sopClassNotSupported
    if (refusal !== undefined) {
      return refuse(context.id, hasDataSet, Command.encode(Command.respond(command, refusal), false))
    }
    const one: Arriving = enter(context.id, hasDataSet, (inflow) => ({
      incoming: {
        context,
        command,
        hasDataSet,
        pull: inflow.take,
        get dataSet() {
          return Stream.fromPull(Effect.succeed(inflow.take))
        },
        get cancelled() {
          return Effect.suspend(() => {
            if (one.cancelled) return Effect.void
            return Deferred.await((one.cancellation ??= Deferred.makeUnsafe<void>()))
          })
        }
      }
    }))
    unfinished.set(command.messageId, one)
    return hasDataSet ? one.inflow : undefined
  }

  const cancel = (messageId: number): void => {
    const one = unfinished.get(messageId)
    if (one === undefined || one.cancelled || !("incoming" in one.answer) || !mayBeCancelled(one.answer.incoming))
      return
    one.cancelled = true
    later(() => {
      if (one.cancellation !== undefined) Deferred.doneUnsafe(one.cancellation, Effect.void)
      if (!one.sending) one.fiber?.interruptUnsafe()
    })
  }

  // ---------------------------------------------------------------------------
  // performing
  // ---------------------------------------------------------------------------

  const perform: Dimse["perform"] = <R>(performer: Performer<R>): Effect.Effect<void, never, R> =>
    Effect.contextWith((context: Context.Context<R>) => {
      performs = true
      if (options.ended() !== undefined) return Effect.void
      const fork = Effect.runForkWith(context)
      const fibers: Array<Fiber.Fiber<unknown>> = []
      const done = Deferred.makeUnsafe<void>()
      const mine: typeof running = {
        start: () => void fibers.push(fork(working(performer))),
        end: () => {
          for (const fiber of fibers) fiber.interruptUnsafe()
          Deferred.doneUnsafe(done, Effect.void)
        }
      }
      running = mine
      workers = Math.max(1, Math.min(waiting.length, window))
      for (let i = workers; i > 0; i--) mine.start()
      return Effect.ensuring(
        Deferred.await(done),
        Effect.suspend(() => {
          if (running === mine) {
            running = undefined
            idle.length = 0
          }
          return Fiber.interruptAll(fibers)
        })
      )
    })

  const working = <R>(performer: Performer<R>): Effect.Effect<never, never, R> => {
    const requested = new Signal()
    return Effect.forever(
      Effect.suspend((): Effect.Effect<unknown, never, R> => {
        const next = waiting.shift()
        if (next === undefined) {
          idle.push(requested)
          return requested.wait
        }
        changed()
        performed.add(next)
        const { answer } = next
        const answered =
          "refusal" in answer ? refusing(next, answer.refusal) : answering(next, performer, answer.incoming)
        return Effect.ensuring(
          // Where the association has ended this fiber is interrupted; where it is being released nothing can be sent.
          Effect.ignore(answered),
          Effect.sync(() => {
            performed.delete(next)
            finish(next)
            options.settled()
          })
        )
      }),
      { disableYield: true }
    )
  }

  /** From now on the operation cannot be cancelled, and its message id may be used again. */
  const finish = (one: Arriving): void => {
    one.finished = true
    if (!("incoming" in one.answer)) return
    const { messageId } = one.answer.incoming.command
    if (unfinished.get(messageId) === one) unfinished.delete(messageId)
  }

  const refusing = (one: Arriving, refusal: Uint8Array) =>
    Effect.andThen(
      one.inflow.drain,
      Effect.suspend(() => send.whole(Message.pack(one.contextId, refusal, undefined, maximumLength)))
    )

  const answering = <R>(one: Arriving, performer: Performer<R>, incoming: Incoming) => {
    const made = Effect.suspend((): Effect.Effect<Reply | undefined, Broken, R> => {
      const made = performer(incoming)
      return Effect.isEffect(made) ? made : many(one, incoming, made)
    })
    const reply = mayBeCancelled(incoming)
      ? cancellable(one, incoming, made)
      : Effect.catchCause(made, (cause) => failed(one, incoming, cause))
    return Effect.flatMap(reply, (reply) => last(one, incoming, reply))
  }

  const last = (one: Arriving, incoming: Incoming, reply: Reply | undefined): Effect.Effect<void, OperationError> => {
    if (reply === undefined) return Effect.void
    const { command, dataSet } = parts(reply)
    if (!answers(incoming, command) || !Status.isFinal(command.status)) {
      return Effect.flatMap(failed(one, incoming, Cause.die(noAnswer(incoming, command))), (reply) =>
        last(one, incoming, reply)
      )
    }
    return Effect.andThen(
      one.inflow.drain,
      Effect.suspend(() => {
        finish(one)
        return send.message(one.contextId, command, dataSet)
      })
    )
  }

  /** Performs in a fiber of its own, which may be interrupted. */
  const cancellable = <R>(one: Arriving, incoming: Incoming, made: Effect.Effect<Reply | undefined, Broken, R>) => {
    const cancelled = Effect.suspend(() =>
      Effect.catchCause(one.onCancel ?? Effect.succeed(Command.respond(incoming.command, Status.cancel)), (cause) =>
        failed(one, incoming, cause)
      )
    )
    return Effect.suspend((): Effect.Effect<Reply | undefined, never, R> => {
      if (one.cancelled) return cancelled
      return Effect.flatMap(Effect.forkChild(made, { startImmediately: true }), (fiber) => {
        one.fiber = fiber
        if (one.cancelled && !one.sending) fiber.interruptUnsafe()
        return Effect.flatMap(
          Effect.onInterrupt(Fiber.await(fiber), () => Fiber.interrupt(fiber)),
          (exit) => {
            if (Exit.isSuccess(exit)) {
              return exit.value === undefined && !one.finished ? cancelled : Effect.succeed(exit.value)
            }
            return one.cancelled && !one.finished && Cause.hasInterruptsOnly(exit.cause)
              ? cancelled
              : failed(one, incoming, exit.cause)
          }
        )
      })
    })
  }

  /** Sends the responses of a stream as they come, and gives nothing that is still to be sent. */
  const many = <R>(
    one: Arriving,
    incoming: Incoming,
    { onCancel, responses }: Performance<R>
  ): Effect.Effect<undefined, Broken, R> =>
    Effect.contextWith((context: Context.Context<R>) => {
      if (onCancel !== undefined) one.onCancel = Effect.provideContext(onCancel, context)
      const all = Effect.flatMap(Stream.toPull(responses), (pull) =>
        Effect.whileLoop({
          while: () => !one.finished && !one.cancelled,
          body: () => Effect.flatMap(pull, (replies) => sending(one, incoming, replies)),
          step: () => {}
        })
      )
      return Effect.flatMap(Effect.scoped(Pull.catchDone(all, () => Effect.void)), () =>
        one.finished || one.cancelled ? Effect.undefined : Effect.die(new Error("no last response was given"))
      )
    })

  /** Sends responses: short ones together. */
  const sending = (one: Arriving, incoming: Incoming, replies: ReadonlyArray<Reply>): Effect.Effect<void> => {
    const writes: Array<Effect.Effect<void, OperationError>> = []
    let requests: Array<P_DATA.Request> = []
    let held = 0
    const flush = (): void => {
      if (requests.length > 0) writes.push(send.whole(requests))
      requests = []
      held = 0
    }
    let final = false
    // Most responses are the same but for their data sets.
    let last:
      | { readonly command: Command.Response; readonly withDataSet: boolean; readonly bytes: Uint8Array }
      | undefined
    for (let i = 0; i < replies.length && !final; i++) {
      const { command, dataSet } = parts(replies[i] as Reply) // i is within bounds
      if (!answers(incoming, command)) {
        flush()
        writes.push(Effect.die(noAnswer(incoming, command)))
        break
      }
      final = Status.isFinal(command.status)
      if (dataSet !== undefined && (Stream.isStream(dataSet) || length(dataSet) > writeLength)) {
        flush()
        writes.push(send.message(one.contextId, command, dataSet))
        continue
      }
      const withDataSet = dataSet !== undefined
      if (last?.command !== command || last.withDataSet !== withDataSet) {
        last = { command, withDataSet, bytes: Command.encode(command, withDataSet) }
      }
      const { bytes } = last
      const packed = Message.pack(one.contextId, bytes, dataSet, maximumLength)
      for (let j = 0; j < packed.length; j++) requests.push(packed[j] as P_DATA.Request) // j is within bounds
      held += bytes.length + length(dataSet)
      if (held > writeLength) flush()
    }
    flush()
    if (final) finish(one)
    one.sending = true
    const [first = Effect.void] = writes
    const sent = writes.length > 1 ? Effect.forEach(writes, (write) => write, { discard: true }) : first
    return Effect.andThen(one.inflow.drain, sent).pipe(
      // The association has ended, or is being released by this side: nothing more can be sent.
      Effect.catch(() => Effect.sync(() => finish(one))),
      Effect.ensuring(
        Effect.sync(() => {
          one.sending = false
        })
      )
    )
  }

  /** What answers in place of a performer that failed. */
  const failed = (
    one: Arriving,
    { command }: Incoming,
    cause: Cause.Cause<unknown>
  ): Effect.Effect<Command.Response | undefined> =>
    // Where the association has ended this fiber is about to be interrupted.
    options.ended() !== undefined
      ? Effect.never
      : Effect.as(
          Effect.logError("A performer failed; the request is answered with processing failure", cause).pipe(
            Effect.annotateLogs({ request: command._tag, messageId: command.messageId })
          ),
          one.finished ? undefined : Command.respond(command, Status.failures.processingFailure)
        )

  // ---------------------------------------------------------------------------
  // a side that performs nothing
  // ---------------------------------------------------------------------------

  const refuseAll: Effect.Effect<void> = Effect.suspend(() => {
    const requests = refusals
    refusals = []
    if (requests.length === 0) return Effect.void
    refused.closeUnsafe()
    // In a fiber of its own: another message may be on its way, and the peer may first want to be read from.
    return Effect.asVoid(
      Effect.forkDetach(
        Effect.ensuring(
          Effect.ignore(send.whole(requests)),
          Effect.sync(() => refused.openUnsafe())
        ),
        { startImmediately: true }
      )
    )
  })
  const refusingAll = Effect.andThen(refused.await, refuseAll)

  return {
    arrive,
    refuse,
    cancel,
    perform,
    end: (why) => {
      for (const one of [...performed, ...waiting.splice(0)]) {
        one.inflow.end(why)
        one.inflow.arrived.notify()
      }
      unfinished.clear()
      running?.end()
    },
    unanswered: () => performed.size > 0 || waiting.length > 0,
    refusals: () => (refusals.length > 0 ? refusingAll : undefined),
    refused: Effect.andThen(refusingAll, refused.await),
    refusing: () => refusals.length > 0 || !refused.isOpen(),
    full: (factor) => waiting.length >= maximumWaiting * factor
  }
}

const noBytes = new Inflow<Uint8Array>(0)
noBytes.end("complete")

/** Whether the operation is one that a C-CANCEL-RQ may be for (PS3.7 section 9.3.2.3, 9.3.3.3 and 9.3.4.3). */
const mayBeCancelled = ({ command: { _tag } }: Incoming): boolean =>
  _tag === "C-FIND-RQ" || _tag === "C-GET-RQ" || _tag === "C-MOVE-RQ"

const parts = (reply: Reply): { readonly command: Command.Response; readonly dataSet?: DataSet } =>
  "command" in reply ? reply : { command: reply }

const answers = ({ command }: Incoming, response: Command.Response): boolean =>
  response.messageIdBeingRespondedTo === command.messageId && response._tag === responseTo[command._tag]

const noAnswer = ({ command }: Incoming, response: Command.Response): Error =>
  new Error(
    `${response._tag} for message ${response.messageIdBeingRespondedTo} with ${Status.format(response.status)} is no ` +
      `answer to ${command._tag} ${command.messageId}`
  )
