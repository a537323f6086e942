/**
 * The invoking side of an exchange: the requests that await their responses, the window that bounds them, and their
 * deadlines.
 */
import * as C_CANCEL from "@effect-dicom/protocol/C_CANCEL"
import type * as Command from "@effect-dicom/protocol/Command"
import * as Status from "@effect-dicom/protocol/Status"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type * as Pull from "effect/Pull"
import * as Stream from "effect/Stream"
import * as AssociationError from "../AssociationError.ts"
import type { Answer, DataSet, Deadlines, Dimse, OperationError, ResponsesOptions } from "../Dimse.ts"
import type { End, UpperLayer } from "../UpperLayer.ts"
import { DataInflow } from "./dataInflow.ts"
import { Inflow } from "./inflow.ts"
import { length, type Outflow } from "./outflow.ts"
import { Operation, type Outcome, responseTo } from "./operation.ts"
import { Window } from "./window.ts"

/** The exchange whose side this is. */
export interface Owner {
  readonly layer: UpperLayer
  readonly outflow: Outflow
  /** How the association has ended, if it has: an error that is made only for who waits for something. */
  readonly ended: (() => AssociationError.Broken) | undefined
  /**
   * Does something when all that a chunk brought has been heard: who waits for the first of it is not to act before that.
   */
  readonly later: (tell: () => void) => void
  /** What is wrong with a presentation context that a request is to be sent in. */
  readonly refused: (contextId: number) => AssociationError.ContextNotAccepted | undefined
  /** Something that held up the reading may do so no longer. */
  readonly changed: () => void
  /** Whether the transport is left unread, so that silence is no fault of the peer's. */
  readonly heldUp: () => boolean
  /** An operation begins that this side invokes. */
  readonly invokes: () => void
  /** An operation is over, on either side. */
  readonly settled: () => void
}

export interface Options {
  /** How many operations may be outstanding, 0 for no limit. */
  readonly window: number
  /** How long an operation may wait for a response, in milliseconds. */
  readonly operation: number
  /** How many bytes of responses are held for a consumer. */
  readonly held: number
}

/** A data set up to this many bytes is taken by the transport or bounded by its deadline; not worth a race. */
const promptLength = 1 << 16

/** What a response takes besides its data set, in bytes. */
const responseLength = 512

/** The message ids that there are, of which one is left for the next operation (PS3.7 Table E.1-1). */
const mostOutstanding = 0xfffe

export class Invoking {
  private readonly of: Owner
  private readonly options: Options
  private readonly window: Window<Operation>
  private readonly pending = new Map<number, Operation>()
  /** Where the responses of those go that may have many. */
  private readonly inflows = new Set<Inflow<Answer>>()
  /** Who is in the middle of a long request waits for the end too. */
  private readonly ending = Deferred.makeUnsafe<never, AssociationError.Broken>()
  private lastId = 0
  private live = 0
  private watched = Infinity

  constructor(of: Owner, options: Options) {
    this.of = of
    this.options = options
    this.window = new Window(options.window === 0 ? mostOutstanding : Math.min(options.window, mostOutstanding))
  }

  /** Whether somebody waits for the end of an operation. */
  get outstanding(): boolean {
    return this.live > 0
  }

  /** Whether somebody waits for what only the peer can bring. */
  awaits(): boolean {
    // Who waits for a place waits for the response of an operation that has one.
    if (this.window.awaited) return true
    for (const one of this.pending.values()) if (one.awaits()) return true
    return false
  }

  /** Whether more responses are held than should be, by some factor. */
  full(factor: number): boolean {
    for (const inflow of this.inflows) if (inflow.full(factor)) return true
    return false
  }

  /**
   * Who does not take what is held waits for no other operation: its response would come behind what is not read while so
   * much is held.
   */
  deadlocked(fiber: Fiber.Fiber<unknown, unknown>): void {
    for (const one of this.pending.values()) {
      if (one.waiter !== fiber || one.inflow !== undefined || one.arriving || !one.awaits()) continue
      one.isDeadlocked = true
      one.done(Exit.fail(new AssociationError.Deadlock({})))
    }
    this.window.turnAway((one) => one.waiter === fiber)
  }

  /** The consumers of responses who hold too much of them, by some factor. */
  *holding(factor: number): Generator<Fiber.Fiber<unknown, unknown> | undefined> {
    for (const inflow of this.inflows) if (inflow.full(factor)) yield inflow.taker
  }

  // ---------------------------------------------------------------------------
  // requests
  // ---------------------------------------------------------------------------

  readonly invoke: Dimse["invoke"] = (contextId, command, dataSet, deadlines) => {
    type RQ = ReturnType<typeof command>
    return Effect.suspend(() => {
      const one = new Operation(contextId)
      // The cast states what `awaiting` sees to: the response is of the request's own service.
      const answer = one.answer as Effect.Effect<
        Answer<Command.ResponseTo<RQ>>,
        AssociationError.Broken | AssociationError.Deadlock
      >
      return Effect.onExit(this.asking(one, command, dataSet, deadlines, answer), (exit) => {
        if (Exit.isFailure(exit)) this.left(one, exit.cause, deadlines)
        return Effect.void
      })
    })
  }

  readonly receive: Dimse["receive"] = (contextId, command, take, dataSet, deadlines) => {
    type RQ = ReturnType<typeof command>
    return Effect.suspend(() => {
      const body = new DataInflow(this.options.held, this.of.changed)
      const one = new Operation(contextId, undefined, body)
      const taken = Effect.flatMap(one.answer, ({ command }) => {
        body.taker = one.waiter
        return take({
          // The cast states what `awaiting` sees to: the response is of the request's own service.
          command: command as Command.ResponseTo<RQ>,
          hasDataSet: one.arriving,
          dataSet: Stream.fromPull(Effect.succeed(body.copied)),
          pull: body.pull
        })
      })
      return Effect.onExit(this.asking(one, command, dataSet, deadlines, taken), (exit) => {
        body.discard()
        if (one.arriving && this.isPending(one)) this.drop(one, deadlines)
        else if (Exit.isFailure(exit)) this.left(one, exit.cause, deadlines)
        return Effect.void
      })
    })
  }

  readonly responses: Dimse["responses"] = (contextId, command, dataSet, given) => {
    type RQ = ReturnType<typeof command>
    type Responses = readonly [Answer<Command.ResponseTo<RQ>>, ...Array<Answer<Command.ResponseTo<RQ>>>]
    const asked = Effect.uninterruptibleMask((restore) => {
      const inflow = new Inflow<Answer>(this.options.held, this.of.changed)
      const one = new Operation(contextId, inflow)
      const leave = Effect.suspend(() => this.leave(one, inflow, given))
      return restore(this.asking(one, command, dataSet, given, Effect.void)).pipe(
        Effect.onError((cause) => {
          if (!Cause.hasInterruptsOnly(cause)) one.begun = false
          return leave
        }),
        Effect.andThen(Effect.addFinalizer(() => leave)),
        // The cast states what `awaiting` sees to: the responses are of the request's own service.
        Effect.as(Stream.fromPull(Effect.succeed(inflow.take as Pull.Pull<Responses, AssociationError.Broken>)))
      )
    })
    return Stream.unwrap(asked)
  }

  readonly cancel = (messageId: number): Effect.Effect<void, OperationError> =>
    Effect.suspend(() => {
      const one = this.pending.get(messageId)
      if (one === undefined || one.cancelled || !one.begun || one.inflow === undefined) return Effect.void
      one.cancelled = true
      return this.sendCancel(one)
    })

  private sendCancel(one: Operation): Effect.Effect<void, OperationError> {
    return this.of.outflow.message(one.contextId, C_CANCEL.request({ messageIdBeingRespondedTo: one.messageId }))
  }

  /** Sends the request of an operation as soon as there is a place for it, and goes on with `then`. */
  private asking<E, R, A, E2, R2>(
    one: Operation,
    command: (messageId: number) => Command.Request,
    dataSet: DataSet<E, R> | undefined,
    deadlines: Deadlines | undefined,
    then: Effect.Effect<A, E2, R2>
  ): Effect.Effect<A, OperationError | E | E2, R | R2> {
    const placed = (): Effect.Effect<A, OperationError | E | E2, R | R2> =>
      this.placed(one, command, dataSet, deadlines, then)
    return Effect.withFiber((fiber) => {
      const refused = this.of.refused(one.contextId)
      if (refused !== undefined) return Effect.fail(refused)
      one.waiter = fiber
      return this.window.takeNow(one)
        ? placed()
        : Effect.flatMap(
            this.window.take(one, this.of.changed),
            (): Effect.Effect<A, OperationError | E | E2, R | R2> =>
              one.placed ? placed() : Effect.fail(new AssociationError.Deadlock({}))
          )
    })
  }

  private placed<E, R, A, E2, R2>(
    one: Operation,
    command: (messageId: number) => Command.Request,
    dataSet: DataSet<E, R> | undefined,
    deadlines: Deadlines | undefined,
    then: Effect.Effect<A, E2, R2>
  ): Effect.Effect<A, OperationError | E | E2, R | R2> {
    const { layer, outflow } = this.of
    if (this.of.ended !== undefined) return Effect.fail(this.of.ended())
    const messageId = this.nextId()
    const request = command(messageId)
    if (request.messageId !== messageId) {
      // Two operations under one id could not be told apart.
      return Effect.die(
        new Error(`The ${request._tag} has message id ${request.messageId}, and was given ${messageId}`)
      )
    }
    this.begin(one, request)
    // The source of a data set may be what takes long.
    if (deadlines?.total !== undefined) this.limit(one, inMillis(deadlines.total, Infinity))
    // Who has asked for the release may not respond any more: what is left is to see how the association ends.
    if (layer.state() === "Sta8") return then
    const sent = outflow.message(one.contextId, request, dataSet, () => {
      one.begun = true
      this.of.changed()
    })
    // A data set may be held up for as long as the peer likes, but not beyond the end of the association.
    const bounded =
      dataSet === undefined || (!Stream.isStream(dataSet) && length(dataSet) <= promptLength)
        ? sent
        : Effect.raceFirst(sent, Deferred.await(this.ending))
    return Effect.matchCauseEffect(bounded, {
      // oxlint-disable-next-line no-unused-vars -- Effect calls a function of one parameter as it is, and wraps another
      onSuccess: (_) => {
        this.bound(one, deadlines)
        return then
      },
      onFailure: (cause) => this.unsent(cause)
    })
  }

  /** Where the association ended in the middle of a request, that is what there is to tell. */
  private unsent<E>(cause: Cause.Cause<OperationError | E>): Effect.Effect<never, OperationError | E> {
    const { ended } = this.of
    const isIllegal = cause.reasons.some(
      (reason) => Cause.isFailReason(reason) && reason.error instanceof AssociationError.IllegalPrimitive
    )
    return ended !== undefined && isIllegal ? Effect.fail(ended()) : Effect.failCause(cause)
  }

  private nextId(): number {
    do this.lastId = (this.lastId % 0xffff) + 1
    while (this.pending.has(this.lastId))
    return this.lastId
  }

  private begin(one: Operation, request: Command.Request): void {
    one.messageId = request.messageId
    one.response = responseTo[request._tag]
    this.pending.set(one.messageId, one)
    if (one.inflow !== undefined) this.inflows.add(one.inflow)
    this.live++
    this.of.invokes()
  }

  // ---------------------------------------------------------------------------
  // responses
  // ---------------------------------------------------------------------------

  /** The operation that a response is for. */
  awaiting(response: Command.Response): Operation | undefined {
    const one = this.pending.get(response.messageIdBeingRespondedTo)
    return one?.begun === true && one.response === response._tag ? one : undefined
  }

  /** The command of a response has arrived, whose data set is not held whole: where that goes. */
  arrives(one: Operation, command: Command.Response): DataInflow | undefined {
    if (one.body === undefined) return undefined
    one.arriving = true
    this.goesOn(one)
    this.of.later(() => one.done(Exit.succeed({ command, dataSet: undefined })))
    return one.body
  }

  /** More of such a data set has arrived. */
  goesOn(one: Operation): void {
    if (this.isPending(one)) this.allow(one, one.between)
  }

  /** The last of it has. */
  arrived(one: Operation): void {
    if (!this.isPending(one)) return
    this.pending.delete(one.messageId)
    this.of.later(() => this.over(one))
  }

  /** A response has arrived whole. */
  answered(one: Operation, answer: Answer, length: number): void {
    const { inflow } = one
    if (inflow === undefined) {
      one.body?.end("complete")
      this.pending.delete(one.messageId)
      this.of.later(() => this.over(one, Exit.succeed(answer)))
      return
    }
    inflow.push(answer, length + responseLength)
    this.of.later(inflow.arrived.notify)
    if (Status.isFinal(answer.command.status)) {
      inflow.end("complete")
      this.pending.delete(one.messageId)
      this.of.later(() => this.over(one))
      return
    }
    // A peer that goes on answering after it was asked to stop has no more time for that.
    if (one.cancelled && one.abandoned) return
    this.allow(one, one.between)
  }

  // ---------------------------------------------------------------------------
  // the end of an operation
  // ---------------------------------------------------------------------------

  private isPending(one: Operation): boolean {
    return this.pending.get(one.messageId) === one
  }

  private abandon(one: Operation): void {
    if (one.abandoned) return
    one.abandoned = true
    this.live--
  }

  /** Its message id and its place are free again. */
  private settle(one: Operation): void {
    this.pending.delete(one.messageId)
    this.over(one)
  }

  private over(one: Operation, exit?: Outcome): void {
    if (one.inflow !== undefined) this.inflows.delete(one.inflow)
    this.abandon(one)
    this.window.give(one)
    if (exit !== undefined) one.done(exit)
    this.of.settled()
  }

  /** Whoever wanted the one response is gone, or there will be none. */
  private left(one: Operation, cause: Cause.Cause<unknown>, deadlines: Deadlines | undefined): void {
    if (!this.isPending(one)) return this.window.give(one)
    if (!one.begun || !(one.isDeadlocked || Cause.hasInterruptsOnly(cause))) return this.settle(one)
    this.drop(one, deadlines)
  }

  /** What is still to come of a response is dropped when it comes; until then its operation has its place. */
  private drop(one: Operation, deadlines: Deadlines | undefined): void {
    this.abandon(one)
    if (one.between === Infinity) this.bound(one, deadlines)
    this.of.settled()
  }

  /** Whoever wanted the responses is gone: the peer is asked to stop, and the last response is waited for. */
  private leave(one: Operation, inflow: Inflow<Answer>, given: ResponsesOptions | undefined): Effect.Effect<void> {
    inflow.discard()
    if (!this.isPending(one)) return Effect.sync(() => this.window.give(one))
    if (!one.begun) return Effect.sync(() => this.settle(one))
    const asked = one.cancelled
    one.cancelled = true
    this.abandon(one)
    // Whatever holds up the reading: what is performed for the operation may never end.
    this.limit(one, inMillis(given?.cancelWithin, cancelWithin))
    this.allow(one, one.total)
    this.of.settled()
    // In a fiber of its own, since it may be held up for as long as the peer likes.
    const ask = asked ? Effect.void : Effect.forkDetach(Effect.ignore(this.sendCancel(one)), { startImmediately: true })
    return Effect.andThen(ask, Effect.ignore(inflow.drain))
  }

  /** Tells everyone who waits that the association has ended. */
  end(why: () => AssociationError.Broken): void {
    const all = [...this.pending.values()]
    this.pending.clear()
    this.inflows.clear()
    for (const one of all) {
      this.abandon(one)
      const filled = one.arriving ? one.body : one.inflow
      if (filled === undefined) one.done(Exit.fail(why()))
      else {
        filled.end(why)
        filled.arrived.notify()
      }
    }
    Deferred.doneUnsafe(
      this.ending,
      Effect.suspend(() => Effect.fail(why()))
    )
    this.window.open()
  }

  // ---------------------------------------------------------------------------
  // deadlines
  // ---------------------------------------------------------------------------

  // Who waited in vain cannot tell a late response from a wrong one: the association is of no more use, and is aborted.
  private readonly late = (): End | undefined => {
    this.watched = Infinity
    const now = this.of.layer.now()
    let next = Infinity
    for (const one of this.pending.values()) {
      if (one.due <= now) {
        // While our own consumer holds up the reading, the silence is not the peer's doing.
        if (one.end <= now || !this.of.heldUp() || this.awaits()) {
          const deadline = one.cancelled && one.abandoned ? "cancel" : "operation"
          return new AssociationError.TimedOut({ deadline, milliseconds: one.end <= now ? one.total : one.allowed })
        }
        this.allow(one, one.between)
      }
      next = Math.min(next, one.due)
    }
    this.watch(next)
    return undefined
  }

  /** The bound of the layer is set only for what comes before it; what is put off is found when it has passed. */
  private watch(at: number): void {
    if (at >= this.watched) return
    this.watched = at
    this.of.layer.bound("operation", at, this.late)
  }

  /** Gives an operation so many milliseconds from now to its next response. */
  private allow(one: Operation, milliseconds: number): void {
    one.allowed = milliseconds
    one.due = Math.min(this.of.layer.now() + milliseconds, one.end)
    this.watch(one.due)
  }

  private bound(one: Operation, deadlines: Deadlines | undefined): void {
    const { operation } = this.options
    one.between = operation
    if (deadlines === undefined) return this.allow(one, operation)
    one.between = inMillis(deadlines.between, operation)
    this.allow(one, inMillis(deadlines.first, operation))
  }

  /** Bounds an operation in all, from now on. */
  private limit(one: Operation, milliseconds: number): void {
    one.total = milliseconds
    one.end = this.of.layer.now() + milliseconds
    one.due = one.end
    this.watch(one.due)
  }
}

/** How long a peer that was asked to stop may take for its last response, in milliseconds. */
const cancelWithin = 10_000

const inMillis = (time: Duration.Input | undefined, otherwise: number): number =>
  time === undefined ? otherwise : Duration.toMillis(Duration.fromInputUnsafe(time))
