/**
 * What becomes of one request: its performer at work, until the peer cancels it, and what it gives as responses on their
 * way to the peer.
 */
import * as Command from "@effect-dicom/protocol/Command"
import * as Message from "@effect-dicom/protocol/Message"
import type * as P_DATA from "@effect-dicom/protocol/P_DATA"
import * as Status from "@effect-dicom/protocol/Status"
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Predicate from "effect/Predicate"
import * as Pull from "effect/Pull"
import * as Stream from "effect/Stream"
import type { Broken } from "../AssociationError.ts"
import type { DataSet, Incoming, OperationError, Performance, Performer, Reply } from "../Dimse.ts"
import type { Request } from "./incoming.ts"
import { length, type Outflow, writeLength } from "./outflow.ts"

/** The side whose requests these are. */
export interface Owner {
  readonly outflow: Outflow
  readonly maximumLength: number
  /** Whether the association has ended. */
  readonly isOver: () => boolean
  /** From now on the operation cannot be cancelled, and its message id may be used again. */
  readonly finish: (one: Request) => void
}

/** What a performer leaves to be sent once it is done: its last response, or nothing. */
type Left = Reply | typeof nothing

const nothing: unique symbol = Symbol("nothing")

export class Responding {
  private readonly of: Owner

  constructor(of: Owner) {
    this.of = of
  }

  /** Performs, and sends what comes of it. Does not fail. */
  answering<R>(one: Request, performer: Performer<R>): Effect.Effect<void, never, R> {
    const made = Effect.withFiber((fiber): Effect.Effect<Left, Broken, R> => {
      if (one.hasDataSet) one.inflow.taker = fiber
      const made = performer(one)
      if (Effect.isEffect(made)) return made
      // What is not of its type comes from a program that has none, or a cast.
      return Predicate.hasProperty(made, "responses") ? this.many(one, made) : Effect.die(noAnswer(one, made))
    })
    const last = (reply: Left): Effect.Effect<void> => this.last(one, reply)
    return one.mayBeCancelled
      ? Effect.flatMap(this.cancellable(one, made), last)
      : Effect.matchCauseEffect(made, {
          onSuccess: last,
          onFailure: (cause) => Effect.flatMap(this.failed(one, cause), last)
        })
  }

  private last(one: Request, reply: Left): Effect.Effect<void> {
    if (reply === nothing) return Effect.void
    const given = parts(reply)
    if (given === undefined || !one.isAnsweredBy(given.command) || !Status.isFinal(given.command.status)) {
      return Effect.flatMap(this.failed(one, Cause.die(noAnswer(one, reply))), (reply) => this.last(one, reply))
    }
    const sent = Effect.suspend(() => {
      // What cannot be encoded is found before the operation counts as finished.
      const message = this.message(one, given.command, given.dataSet, true)
      this.of.finish(one)
      return message
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
    dataSet: DataSet | undefined,
    isLast: boolean
  ): Effect.Effect<void, OperationError> {
    let begun = false
    const sent = this.of.outflow.message(one.context.id, command, dataSet, () => {
      begun = true
      if (isLast) one.begun = true
    })
    return dataSet === undefined || !Stream.isStream(dataSet)
      ? sent
      : Effect.onError(sent, () => {
          if (!begun) one.finished = false
          return Effect.void
        })
  }

  /** Performs in a fiber of its own, which may be interrupted. */
  private cancellable<R>(one: Request, made: Effect.Effect<Left, Broken, R>): Effect.Effect<Left, never, R> {
    const cancelled = Effect.suspend(() =>
      Effect.catchCause(one.onCancel ?? Effect.succeed(Command.respond(one.command, Status.cancel)), (cause) =>
        this.failed(one, cause)
      )
    )
    return Effect.suspend((): Effect.Effect<Left, never, R> => {
      if (one.isCancelled) return cancelled
      return Effect.flatMap(Effect.forkChild(made, { startImmediately: true }), (fiber) => {
        one.fiber = fiber
        if (one.isCancelled && !one.sending) fiber.interruptUnsafe()
        return Effect.flatMap(
          Effect.onInterrupt(Fiber.await(fiber), () => Fiber.interrupt(fiber)),
          (exit) => {
            if (Exit.isSuccess(exit)) {
              return exit.value === nothing && !one.finished ? cancelled : Effect.succeed(exit.value)
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
  private many<R>(one: Request, { onCancel, responses }: Performance<R>): Effect.Effect<Left, Broken, R> {
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
        one.finished || one.isCancelled ? Effect.succeed(nothing) : Effect.die(new Error("no last response was given"))
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
    const flush = (begins?: () => void): void => {
      if (requests.length > 0) writes.push(outflow.whole(requests, begins))
      requests = []
      held = 0
    }
    let final = false
    // Most responses are the same but for their data sets.
    let last:
      | { readonly command: Command.Response; readonly withDataSet: boolean; readonly bytes: Uint8Array }
      | undefined
    for (let i = 0; i < replies.length && !final; i++) {
      const reply = replies[i] as Reply // i is within bounds
      const given = parts(reply)
      if (given === undefined || !one.isAnsweredBy(given.command)) {
        flush()
        writes.push(Effect.die(noAnswer(one, reply)))
        break
      }
      const { command, dataSet } = given
      final = Status.isFinal(command.status)
      if (dataSet !== undefined && (Stream.isStream(dataSet) || length(dataSet) > writeLength)) {
        flush()
        writes.push(this.message(one, command, dataSet, final))
        continue
      }
      const withDataSet = dataSet !== undefined
      if (last?.command !== command || last.withDataSet !== withDataSet) {
        last = { command, withDataSet, bytes: Command.encode(command, withDataSet) }
      }
      const { bytes } = last
      const packed = Message.pack(contextId, bytes, dataSet, this.of.maximumLength)
      for (let j = 0; j < packed.length; j++) requests.push(packed[j] as P_DATA.Request) // j is within bounds
      held += bytes.length + length(dataSet)
      if (held > writeLength) flush()
    }
    flush(
      final
        ? () => {
            one.begun = true
          }
        : undefined
    )
    if (final) this.of.finish(one)
    one.sending = true
    const [first = Effect.void] = writes
    const sent = writes.length > 1 ? Effect.forEach(writes, (write) => write, { discard: true }) : first
    return Effect.andThen(one.inflow.drain, sent).pipe(
      // The association has ended, or is being released by this side: nothing more can be sent.
      Effect.catch(() => Effect.sync(() => this.of.finish(one))),
      Effect.ensuring(
        Effect.sync(() => {
          one.sending = false
        })
      )
    )
  }

  /** What answers in place of a performer that failed. */
  private failed(one: Request, cause: Cause.Cause<unknown>): Effect.Effect<Command.Response | typeof nothing> {
    // Where the association has ended this fiber is about to be interrupted.
    if (this.of.isOver()) return Effect.never
    const { command } = one
    return Effect.as(
      Effect.logError("A performer failed; the request is answered with processing failure", cause).pipe(
        Effect.annotateLogs({ request: command._tag, messageId: command.messageId })
      ),
      one.finished ? nothing : Command.respond(command, Status.failures.processingFailure)
    )
  }
}

/** The parts of a response, where it is one. */
const parts = (
  reply: Reply
): { readonly command: Command.Response; readonly dataSet?: DataSet | undefined } | undefined => {
  // The cast says that nothing is known: what is not of its type comes from a program that has none, or a cast.
  const given = reply as unknown
  const isWhole = Predicate.hasProperty(given, "command")
  const command = isWhole ? given.command : given
  if (!Predicate.hasProperty(command, "messageIdBeingRespondedTo") || !Predicate.hasProperty(command, "status"))
    return undefined
  // What has these is a response, as the type says.
  return isWhole ? (given as Exclude<Reply, Command.Response>) : { command: given as Command.Response }
}

const noAnswer = ({ command }: Incoming, reply: unknown): Error => {
  // The cast says what the parts are looked for in.
  const response = parts(reply as Reply)?.command
  const what =
    response === undefined
      ? String(reply)
      : `${response._tag} for message ${response.messageIdBeingRespondedTo} with ${Status.format(response.status)}`
  return new Error(`${what} is no answer to ${command._tag} ${command.messageId}`)
}
