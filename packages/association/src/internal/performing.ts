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
import { Refused, Request } from "./incoming.ts"
import { Inflow } from "./inflow.ts"
import { length, type Outflow, writeLength } from "./outflow.ts"
import { Signal } from "./signal.ts"

type Arrived = Request | Refused

/** The exchange whose side this is. */
export interface Owner {
  readonly layer: UpperLayer
  readonly outflow: Outflow
  /** How the association has ended, if it has. */
  readonly ended: (() => Broken) | undefined
  /** Does something when all that a chunk brought has been heard. */
  readonly later: (tell: () => void) => void
  /** Something that held up the reading may do so no longer. */
  readonly changed: () => void
  /** An operation begins that this side performs. */
  readonly performs: () => void
  /** An operation is over, on either side. */
  readonly settled: () => void
}

export interface Options {
  /** How many requests are performed at once, 0 for as many as there are. */
  readonly window: number
  readonly maximumLength: number
  /** How many bytes of a data set are held for a performer. */
  readonly held: number
  /** Whether requests wait for `perform` to be called; otherwise they are refused until it is. */
  readonly performs: boolean
}

/** A performer, and the fibers that perform with it. */
interface Performers {
  readonly start: () => void
  readonly end: () => void
  /** Those that wait for a request. */
  readonly idle: Array<Signal>
  /** How many fibers there are. */
  count: number
}

/** Requests that may wait for a performer, each with its data set, before the transport is left unread. */
const maximumWaiting = 4

/** Requests that are performed at once where the window has no limit. */
const maximumPerforming = 256

export class Performing {
  private readonly of: Owner
  private readonly options: Options
  private readonly window: number
  private readonly waiting: Array<Arrived> = []
  private readonly performed = new Set<Arrived>()
  /** The operations that are not finished, by message id. */
  private readonly unfinished = new Map<number, Request>()
  private performs: boolean
  /** The last is the one that performs; the others do again when it has been left. */
  private readonly performers: Array<Performers> = []
  private refusals: Array<P_DATA.Request> = []
  /** Open while no refusals of a side that performs nothing are on their way. */
  private readonly refused = Latch.makeUnsafe(true)

  constructor(of: Owner, options: Options) {
    this.of = of
    this.options = options
    this.window = options.window === 0 ? maximumPerforming : Math.min(options.window, maximumPerforming)
    this.performs = options.performs
  }

  /** Whether a request is not answered. */
  get unanswered(): boolean {
    return this.performed.size > 0 || this.waiting.length > 0
  }

  /** Whether more requests wait than should, by some factor. */
  full(factor: number): boolean {
    return this.waiting.length >= maximumWaiting * factor
  }

  // ---------------------------------------------------------------------------
  // arriving
  // ---------------------------------------------------------------------------

  /** A request has arrived; gives where its data set goes. */
  arrive(
    context: PresentationContext.Accepted,
    command: Command.Request,
    hasDataSet: boolean
  ): Inflow<Uint8Array> | undefined {
    const refusal = !this.performs
      ? Status.failures.sopClassNotSupported
      : this.unfinished.has(command.messageId)
        ? Status.failures.duplicateInvocation
        : undefined
    if (refusal !== undefined) {
      return this.refuse(context.id, hasDataSet, Command.encode(Command.respond(command, refusal), false))
    }
    const one = new Request(context, command, hasDataSet, this.inflow(hasDataSet))
    this.unfinished.set(command.messageId, one)
    this.enter(one)
    return hasDataSet ? one.inflow : undefined
  }

  /** The same of a request that is refused. */
  refuse(contextId: number, hasDataSet: boolean, refusal: Uint8Array): Inflow<Uint8Array> | undefined {
    if (this.performs) {
      const one = new Refused(contextId, refusal, this.inflow(hasDataSet))
      this.enter(one)
      return hasDataSet ? one.inflow : undefined
    }
    // Nobody here performs anything: refuse at once. While the association is being released nothing can be sent.
    if (this.of.layer.state() === "Sta6") {
      this.refusals.push(...Message.pack(contextId, refusal, undefined, this.options.maximumLength))
    }
    return undefined
  }

  private inflow(hasDataSet: boolean): Inflow<Uint8Array> {
    return hasDataSet ? new Inflow<Uint8Array>(this.options.held, this.of.changed) : noBytes
  }

  private enter(one: Arrived): void {
    this.waiting.push(one)
    this.of.performs()
    this.wake(this.of.later)
  }

  /** Has one more fiber perform, if there may be one. */
  private wake(soon: (tell: () => void) => void): void {
    const last = this.performers.at(-1)
    if (last === undefined) return
    const free = last.idle.pop()
    if (free !== undefined) soon(free.notify)
    else if (last.count < this.window) {
      last.count++
      soon(() => last.start())
    }
  }

  /** The peer cancels an operation. */
  cancel(messageId: number): void {
    const one = this.unfinished.get(messageId)
    if (one === undefined || one.isCancelled || !one.mayBeCancelled) return
    one.isCancelled = true
    this.of.later(() => one.tellCancelled())
  }

  /** Tells everyone who waits that the association has ended. */
  end(why: () => Broken): void {
    for (const { inflow } of [...this.performed, ...this.waiting.splice(0)]) {
      inflow.end(why)
      inflow.arrived.notify()
    }
    this.unfinished.clear()
    for (const one of [...this.performers]) one.end()
  }

  // ---------------------------------------------------------------------------
  // performing
  // ---------------------------------------------------------------------------

  readonly perform: Dimse["perform"] = <R>(performer: Performer<R>): Effect.Effect<void, never, R> =>
    Effect.contextWith((context: Context.Context<R>) => {
      this.performs = true
      if (this.of.ended !== undefined) return Effect.void
      const fork = Effect.runForkWith(context)
      const fibers: Array<Fiber.Fiber<unknown>> = []
      const done = Deferred.makeUnsafe<void>()
      const mine: Performers = {
        start: () => {
          if (!this.performers.includes(mine)) return
          const fiber = fork(this.working(mine, performer))
          fibers.push(fiber)
          // What it does at once may end the association.
          if (this.of.ended !== undefined) fiber.interruptUnsafe()
        },
        end: () => {
          for (const fiber of fibers) fiber.interruptUnsafe()
          Deferred.doneUnsafe(done, Effect.void)
        },
        idle: [],
        count: Math.max(1, Math.min(this.waiting.length, this.window))
      }
      this.performers.push(mine)
      for (let i = mine.count; i > 0; i--) mine.start()
      return Effect.ensuring(
        Deferred.await(done),
        Effect.suspend(() => {
          this.performers.splice(this.performers.indexOf(mine), 1)
          return Effect.andThen(Fiber.interruptAll(fibers), this.left)
        })
      )
    })

  /** What waits is performed by who performed before, or by who will; or it is refused, where nobody need perform. */
  private readonly left: Effect.Effect<void> = Effect.suspend(() => {
    if (this.performers.length > 0 || this.of.ended !== undefined) {
      for (let i = this.waiting.length; i > 0; i--) this.wake((tell) => tell())
      return Effect.void
    }
    this.performs = this.options.performs
    if (this.performs) return Effect.void
    for (const one of this.waiting.splice(0)) {
      one.inflow.discard()
      if (one instanceof Refused) this.refuse(one.contextId, false, one.refusal)
      else {
        this.finish(one)
        this.refuse(
          one.context.id,
          false,
          Command.encode(Command.respond(one.command, Status.failures.sopClassNotSupported), false)
        )
      }
    }
    this.of.changed()
    this.of.settled()
    return this.refuseAll() ?? Effect.void
  })

  private working<R>(mine: Performers, performer: Performer<R>): Effect.Effect<void, never, R> {
    const requested = new Signal()
    return Effect.whileLoop({
      while: () => true,
      body: (): Effect.Effect<void, never, R> => {
        const next = this.performers.at(-1) === mine ? this.waiting.shift() : undefined
        if (next === undefined) {
          mine.idle.push(requested)
          return requested.wait
        }
        this.of.changed()
        this.performed.add(next)
        // oxlint-disable-next-line no-unused-vars -- Effect calls a function of one parameter as it is, and wraps another
        return Effect.onExit(next instanceof Refused ? this.refusing(next) : this.answering(next, performer), (_) => {
          this.performed.delete(next)
          if (next instanceof Request) this.finish(next)
          this.of.settled()
          return Effect.void
        })
      },
      step: () => {}
    })
  }

  /** From now on the operation cannot be cancelled, and its message id may be used again. */
  private finish(one: Request): void {
    one.finished = true
    const { messageId } = one.command
    if (this.unfinished.get(messageId) === one) this.unfinished.delete(messageId)
  }

  private refusing({ contextId, inflow, refusal }: Refused): Effect.Effect<void> {
    return Effect.ignore(
      Effect.andThen(
        inflow.drain,
        Effect.suspend(() =>
          this.of.outflow.whole(Message.pack(contextId, refusal, undefined, this.options.maximumLength))
        )
      )
    )
  }

  private answering<R>(one: Request, performer: Performer<R>): Effect.Effect<void, never, R> {
    const made = Effect.suspend((): Effect.Effect<Reply | undefined, Broken, R> => {
      const made = performer(one)
      return Effect.isEffect(made) ? made : this.many(one, made)
    })
    const last = (reply: Reply | undefined): Effect.Effect<void> => this.last(one, reply)
    return one.mayBeCancelled
      ? Effect.flatMap(this.cancellable(one, made), last)
      : Effect.matchCauseEffect(made, {
          onSuccess: last,
          onFailure: (cause) => Effect.flatMap(this.failed(one, cause), last)
        })
  }

  private last(one: Request, reply: Reply | undefined): Effect.Effect<void> {
    if (reply === undefined) return Effect.void
    const { command, dataSet } = parts(reply)
    if (!one.isAnsweredBy(command) || !Status.isFinal(command.status)) {
      return Effect.flatMap(this.failed(one, Cause.die(noAnswer(one, command))), (reply) => this.last(one, reply))
    }
    const sent = Effect.suspend(() => {
      this.finish(one)
      return this.message(one, command, dataSet)
    })
    return Effect.catchCause(one.hasDataSet ? Effect.andThen(one.inflow.drain, sent) : sent, (cause) =>
      // Where the association has ended this fiber is interrupted; where it is being released nothing can be sent.
      Cause.hasFails(cause) ? Effect.void : Effect.flatMap(this.failed(one, cause), (reply) => this.last(one, reply))
    )
  }

  /** Sends a response. Where the stream of its data set breaks before it begins, another may be sent in its place. */
  private message(
    one: Request,
    command: Command.Response,
    dataSet: DataSet | undefined
  ): Effect.Effect<void, OperationError> {
    const { outflow } = this.of
    if (dataSet === undefined || !Stream.isStream(dataSet)) return outflow.message(one.context.id, command, dataSet)
    let begun = false
    const sent = outflow.message(one.context.id, command, dataSet, () => {
      begun = true
    })
    return Effect.onError(sent, () => {
      if (!begun) one.finished = false
      return Effect.void
    })
  }

  /** Performs in a fiber of its own, which may be interrupted. */
  private cancellable<R>(
    one: Request,
    made: Effect.Effect<Reply | undefined, Broken, R>
  ): Effect.Effect<Reply | undefined, never, R> {
    const cancelled = Effect.suspend(() =>
      Effect.catchCause(one.onCancel ?? Effect.succeed(Command.respond(one.command, Status.cancel)), (cause) =>
        this.failed(one, cause)
      )
    )
    return Effect.suspend((): Effect.Effect<Reply | undefined, never, R> => {
      if (one.isCancelled) return cancelled
      return Effect.flatMap(Effect.forkChild(made, { startImmediately: true }), (fiber) => {
        one.fiber = fiber
        if (one.isCancelled && !one.sending) fiber.interruptUnsafe()
        return Effect.flatMap(
          Effect.onInterrupt(Fiber.await(fiber), () => Fiber.interrupt(fiber)),
          (exit) => {
            if (Exit.isSuccess(exit)) {
              return exit.value === undefined && !one.finished ? cancelled : Effect.succeed(exit.value)
            }
            return one.isCancelled && !one.finished && Cause.hasInterruptsOnly(exit.cause)
              ? cancelled
              : this.failed(one, exit.cause)
          }
        )
      })
    })
  }

  /** Sends the responses of a stream as they come, and gives nothing that is still to be sent. */
  private many<R>(one: Request, { onCancel, responses }: Performance<R>): Effect.Effect<undefined, Broken, R> {
    return Effect.contextWith((context: Context.Context<R>) => {
      if (onCancel !== undefined) one.onCancel = Effect.provideContext(onCancel, context)
      const all = Effect.flatMap(Stream.toPull(responses), (pull) =>
        Effect.whileLoop({
          while: () => !one.finished && !one.isCancelled,
          body: () => Effect.flatMap(pull, (replies) => this.sending(one, replies)),
          step: () => {}
        })
      )
      return Effect.flatMap(Effect.scoped(Pull.catchDone(all, () => Effect.void)), () =>
        one.finished || one.isCancelled ? Effect.undefined : Effect.die(new Error("no last response was given"))
      )
    })
  }

  /** Sends responses: short ones together. */
  private sending(one: Request, replies: ReadonlyArray<Reply>): Effect.Effect<void> {
    const { outflow } = this.of
    const contextId = one.context.id
    const writes: Array<Effect.Effect<void, OperationError>> = []
    let requests: Array<P_DATA.Request> = []
    let held = 0
    const flush = (): void => {
      if (requests.length > 0) writes.push(outflow.whole(requests))
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
      if (!one.isAnsweredBy(command)) {
        flush()
        writes.push(Effect.die(noAnswer(one, command)))
        break
      }
      final = Status.isFinal(command.status)
      if (dataSet !== undefined && (Stream.isStream(dataSet) || length(dataSet) > writeLength)) {
        flush()
        writes.push(this.message(one, command, dataSet))
        continue
      }
      const withDataSet = dataSet !== undefined
      if (last?.command !== command || last.withDataSet !== withDataSet) {
        last = { command, withDataSet, bytes: Command.encode(command, withDataSet) }
      }
      const { bytes } = last
      const packed = Message.pack(contextId, bytes, dataSet, this.options.maximumLength)
      for (let j = 0; j < packed.length; j++) requests.push(packed[j] as P_DATA.Request) // j is within bounds
      held += bytes.length + length(dataSet)
      if (held > writeLength) flush()
    }
    flush()
    if (final) this.finish(one)
    one.sending = true
    const [first = Effect.void] = writes
    const sent = writes.length > 1 ? Effect.forEach(writes, (write) => write, { discard: true }) : first
    return Effect.andThen(one.inflow.drain, sent).pipe(
      // The association has ended, or is being released by this side: nothing more can be sent.
      Effect.catch(() => Effect.sync(() => this.finish(one))),
      Effect.ensuring(
        Effect.sync(() => {
          one.sending = false
        })
      )
    )
  }

  /** What answers in place of a performer that failed. */
  private failed(one: Request, cause: Cause.Cause<unknown>): Effect.Effect<Command.Response | undefined> {
    // Where the association has ended this fiber is about to be interrupted.
    if (this.of.ended !== undefined) return Effect.never
    const { command } = one
    return Effect.as(
      Effect.logError("A performer failed; the request is answered with processing failure", cause).pipe(
        Effect.annotateLogs({ request: command._tag, messageId: command.messageId })
      ),
      one.finished ? undefined : Command.respond(command, Status.failures.processingFailure)
    )
  }

  // ---------------------------------------------------------------------------
  // a side that performs nothing
  // ---------------------------------------------------------------------------

  /** Whether refusals of a side that performs nothing are not sent yet. */
  get refuses(): boolean {
    return this.refusals.length > 0 || !this.refused.isOpen()
  }

  /** Sends such refusals, if there are any. */
  refuseAll(): Effect.Effect<void> | undefined {
    return this.refusals.length > 0 ? Effect.andThen(this.refused.await, this.sendRefusals) : undefined
  }

  /** Waits until they are sent. */
  get refusedAll(): Effect.Effect<void> {
    return Effect.andThen(Effect.andThen(this.refused.await, this.sendRefusals), this.refused.await)
  }

  private readonly sendRefusals: Effect.Effect<void> = Effect.suspend(() => {
    const requests = this.refusals
    this.refusals = []
    if (requests.length === 0) return Effect.void
    this.refused.closeUnsafe()
    // In a fiber of its own: another message may be on its way, and the peer may first want to be read from.
    return Effect.asVoid(
      Effect.forkDetach(
        Effect.ensuring(
          Effect.ignore(this.of.outflow.whole(requests)),
          Effect.sync(() => this.refused.openUnsafe())
        ),
        { startImmediately: true }
      )
    )
  })
}

const noBytes = new Inflow<Uint8Array>(0)
noBytes.end("complete")

const parts = (reply: Reply): { readonly command: Command.Response; readonly dataSet?: DataSet } =>
  "command" in reply ? reply : { command: reply }

const noAnswer = ({ command }: Incoming, response: Command.Response): Error =>
  new Error(
    `${response._tag} for message ${response.messageIdBeingRespondedTo} with ${Status.format(response.status)} is no ` +
      `answer to ${command._tag} ${command.messageId}`
  )
