/**
 * Bounds what a performer gives: where it takes too long it is interrupted, and a failure is the last response. Only the
 * time counts in which the performer is awaited, and not that in which the peer takes its responses.
 */
import * as Command from "@effect-dicom/protocol/Command"
import * as Status from "@effect-dicom/protocol/Status"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Broken } from "../AssociationError.ts"
import type { Incoming, Performance, PerformerDeadlines, Reply } from "../Dimse.ts"
import { nowOf } from "./deadlines.ts"

/** In milliseconds. */
interface Limits {
  readonly first: number
  readonly between: number
  readonly total: number
}

export const limits = ({ between, first, total }: PerformerDeadlines): Limits => ({
  first: inMillis(first),
  between: inMillis(between),
  total: inMillis(total)
})

const inMillis = (time: Duration.Input | undefined): number =>
  time === undefined ? Infinity : Duration.toMillis(Duration.fromInputUnsafe(time))

const late = ({ command }: Incoming, milliseconds: number): Effect.Effect<Command.Response> =>
  Effect.as(
    Effect.logError("A performer took too long; the request is answered with processing failure").pipe(
      Effect.annotateLogs({ request: command._tag, messageId: command.messageId, milliseconds })
    ),
    Command.respond(command, Status.failures.processingFailure)
  )

/** One response, or processing failure when its time is over. */
export const one = <R>(
  incoming: Incoming,
  reply: Effect.Effect<Reply, Broken, R>,
  { first, total }: Limits
): Effect.Effect<Reply, Broken, R> => {
  const duration = Math.min(first, total)
  return duration === Infinity
    ? reply
    : Effect.timeoutOrElse(reply, { duration, orElse: () => late(incoming, duration) })
}

type Replies<R> = Effect.Effect<readonly [Reply, ...Array<Reply>], Broken | Cause.Done, R>

/** Many responses, of which the last is a failure when the time of one, or of all of them, is over. */
export const many = <R>(
  incoming: Incoming,
  { onDeadline, responses }: Performance<R>,
  { between, first, total }: Limits
): Stream.Stream<Reply, Broken, R> =>
  Stream.scoped(
    Stream.fromPull(
      Effect.gen(function* () {
        const performance = yield* Scope.fork(yield* Effect.scope)
        const pull: Replies<R> = yield* Scope.provide(Stream.toPull(responses), performance)
        const clock = yield* Clock.Clock
        const now = (): number => nowOf(clock)
        let [left, next, over] = [total, first, false]
        return Effect.suspend((): Replies<R> => {
          if (over) return Cause.done()
          const limit = Math.min(next, left)
          const since = now()
          const replied = limit === Infinity ? Effect.asSome(pull) : Effect.timeoutOption(pull, limit)
          return Effect.flatMap(replied, (replies): Replies<R> => {
            left -= now() - since
            next = between
            if (Option.isSome(replies)) return Effect.succeed(replies.value)
            over = true
            // What it was about is over when the user hears of it.
            const last = Effect.flatMap(late(incoming, limit), (failure) => onDeadline ?? Effect.succeed(failure))
            return Effect.andThen(
              Scope.close(performance, Exit.void),
              Effect.map(last, (reply) => [reply] as const)
            )
          })
        })
      })
    )
  )
