/**
 * The performing side of an exchange: the requests that have arrived, and the fibers that answer them, as many at once as
 * the window allows.
 */
import * as Command from "@effect-dicom/protocol/Command"
import * as Message from "@effect-dicom/protocol/Message"
import type * as P_DATA from "@effect-dicom/protocol/P_DATA"
import type * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import * as Status from "@effect-dicom/protocol/Status"
import type * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type { Broken } from "../AssociationError.ts"
import type { Dimse, Performer } from "../Dimse.ts"
import type { UpperLayer } from "../UpperLayer.ts"
import { Refused, Request } from "./incoming.ts"
import { DataInflow } from "./dataInflow.ts"
import type { Outflow } from "./outflow.ts"
import { Refusing } from "./refusing.ts"
import { Responding } from "./responding.ts"
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
  /** Requests whose performer was left while it was at work. */
  private readonly deserted = new Set<Arrived>()
  private readonly responding: Responding
  readonly refusing: Refusing

  constructor(of: Owner, options: Options) {
    this.of = of
    this.options = options
    this.window = options.window === 0 ? maximumPerforming : Math.min(options.window, maximumPerforming)
    this.performs = options.performs
    this.refusing = new Refusing(of.outflow)
    this.responding = new Responding({
      outflow: of.outflow,
      maximumLength: options.maximumLength,
      isOver: () => of.ended !== undefined,
      finish: (one) => this.finish(one)
    })
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
  arrive(context: PresentationContext.Accepted, command: Command.Request, hasDataSet: boolean): DataInflow | undefined {
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
  refuse(contextId: number, hasDataSet: boolean, refusal: Uint8Array): DataInflow | undefined {
    if (this.performs) {
      const one = new Refused(contextId, refusal, this.inflow(hasDataSet))
      this.enter(one)
      return hasDataSet ? one.inflow : undefined
    }
    // Nobody here performs anything: refuse at once. While the association is being released nothing can be sent.
    if (this.of.layer.state() === "Sta6") {
      this.refusing.refuse(this.packed(contextId, refusal))
    }
    return undefined
  }

  private packed(contextId: number, refusal: Uint8Array): ReadonlyArray<P_DATA.Request> {
    return Message.pack(contextId, refusal, undefined, this.options.maximumLength)
  }

  private inflow(hasDataSet: boolean): DataInflow {
    return hasDataSet ? new DataInflow(this.options.held, this.of.changed) : noBytes
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
          return Effect.andThen(Effect.andThen(Fiber.interruptAll(fibers), this.answerSoon), this.left)
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
    return this.refusing.refuseAll() ?? Effect.void
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
        const answering = next instanceof Refused ? this.refuseNow(next) : this.responding.answering(next, performer)
        return Effect.onExit(answering, (exit) => {
          if (Exit.isFailure(exit) && !next.begun && this.of.ended === undefined) this.deserted.add(next)
          else this.over(next)
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

  private over(one: Arrived): void {
    this.performed.delete(one)
    if (one instanceof Request) this.finish(one)
    this.of.settled()
  }

  private refuseNow(one: Refused): Effect.Effect<void> {
    return Effect.ignore(
      Effect.andThen(
        one.inflow.drain,
        Effect.suspend(() =>
          this.of.outflow.whole(this.packed(one.contextId, one.refusal), () => {
            one.begun = true
          })
        )
      )
    )
  }

  /** Answers the requests whose performer was left. It waits for nothing: their data sets may not be complete. */
  readonly answerDeserted: Effect.Effect<void> = Effect.suspend(() => {
    const all = [...this.deserted]
    this.deserted.clear()
    return Effect.forEach(
      all,
      (one) => {
        const refusal =
          one instanceof Refused
            ? one
            : new Refused(
                one.context.id,
                Command.encode(Command.respond(one.command, Status.failures.processingFailure), false),
                one.inflow
              )
        return Effect.forkDetach(
          Effect.ensuring(
            this.refuseNow(refusal),
            Effect.sync(() => this.over(one))
          ),
          { startImmediately: true }
        )
      },
      { discard: true }
    )
  })

  /** The same, unless the association is aborted in this turn: then its end is the answer. */
  private readonly answerSoon: Effect.Effect<void> = Effect.suspend(() =>
    this.deserted.size === 0 ? Effect.void : Effect.asVoid(Effect.forkDetach(this.answerDeserted))
  )
}

const noBytes = new DataInflow(0)
noBytes.end("complete")
