/**
 * When trying again is right: which outcomes are transient, and how long to wait. Predicates over typed causes and a
 * schedule, for `Effect.retry`; nothing here retries by itself.
 *
 * What may have been done is not tried again, unless the caller says that doing it twice is doing it once, as for C-STORE
 * and C-ECHO.
 *
 * **Example** (Ask again while the peer is busy or out of reach)
 *
 * ```ts
 * import { Retry } from "@effect-dicom/association"
 * import { Effect, Schedule } from "effect"
 *
 * const asked = <A, E extends Retry.Failure, R>(operation: Effect.Effect<A, E, R>) =>
 *   Effect.retry(operation, {
 *     while: Retry.isTransient,
 *     schedule: Retry.schedule().pipe(Schedule.upTo({ times: 5 }))
 *   })
 * ```
 *
 * @since 0.1.0
 */
import type { IllegalPrimitive } from "@effect-dicom/protocol/StateMachine"
import type * as Status from "@effect-dicom/protocol/Status"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type { Association } from "./Association.ts"
import * as AssociationError from "./AssociationError.ts"

/**
 * The association ended after a request was sent and before its response came: whether the operation was performed is not
 * known.
 *
 * @category errors
 * @since 0.1.0
 */
export class OutcomeUnknown extends Schema.TaggedError<OutcomeUnknown>()("OutcomeUnknown", {
  /** How the association ended. */
  cause: AssociationError.Broken
}) {
  override get message(): string {
    return `Whether the operation was performed is not known: ${this.cause.message}`
  }
}

/**
 * What the predicates know. Of any other error they say that it is not transient.
 *
 * @category models
 * @since 0.1.0
 */
export type Failure =
  | AssociationError.NotEstablished
  | AssociationError.Broken
  | AssociationError.NoPlace
  | AssociationError.NoPresentationContext
  | IllegalPrimitive
  | Schema.SchemaError
  | OutcomeUnknown

/**
 * Tells what may have been done from what was not: an operation whose association ended fails with
 * {@link OutcomeUnknown} where a message was sent whole since it began, and with the end itself where none was. A request
 * that broke off before its last bytes, such as one whose source stalled, the peer has not had: it is certainly not done.
 *
 * **Gotchas**
 *
 * With several operations at once on one association, what any of them sent counts for all.
 *
 * @category operations
 * @since 0.1.0
 */
export const distinguish = <A, E, R>(
  association: Association,
  operation: Effect.Effect<A, E, R>
): Effect.Effect<A, E | OutcomeUnknown, R> =>
  Effect.suspend(() => {
    const { dimse, traffic } = association
    const messages = dimse.messagesSent()
    const { pdusSent } = traffic
    // What was given to a layer that had ended went nowhere.
    const isSent = () => dimse.messagesSent() > messages && traffic.pdusSent > pdusSent
    return Effect.mapError(operation, (error) =>
      isBroken(error) && isSent() ? new OutcomeUnknown({ cause: error }) : error
    )
  })

/**
 * Whether nothing was done and it may work later: the peer could not be connected to, was congested or at its limit,
 * rejected for the time being, or ended the association before the request was sent whole, or a pool had no place.
 * An end that may have come after that is to be made an {@link OutcomeUnknown} before it is asked about here; see
 * {@link distinguish}.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isTransient = (error: unknown): boolean => {
  if (error instanceof AssociationError.Rejected) return error.result === "rejected-transient"
  // What our own provider could not accept it will not accept the next time.
  if (error instanceof AssociationError.AbortedByProvider) return error.provider === "peer"
  if (error instanceof AssociationError.AlreadyReleased) return error.by === "peer"
  return (
    error instanceof AssociationError.ConnectFailed ||
    error instanceof AssociationError.NoPlace ||
    error instanceof AssociationError.AbortedByPeer ||
    error instanceof AssociationError.TransportClosed ||
    error instanceof AssociationError.TimedOut
  )
}

/**
 * The same, for an operation that may be done twice: also where its outcome is not known.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isTransientOrUnknown = (error: unknown): boolean =>
  isTransient(error instanceof OutcomeUnknown ? error.cause : error)

/**
 * Whether a status says that the peer is short of something for the time being: A7xxH, "Refused: Out of resources" of the
 * Storage and Query/Retrieve service classes (PS3.4 Tables B.2-1, C.4-1 to C.4-3), and 0213H, resource limitation (PS3.7
 * Annex C).
 *
 * @category predicates
 * @since 0.1.0
 */
export const isTransientStatus = ({ code }: Status.Status): boolean => code >>> 8 === 0xa7 || code === 0x0213

/**
 * How {@link schedule} waits.
 *
 * @category options
 * @since 0.1.0
 */
export interface ScheduleOptions {
  /** The first wait. Default: 500 milliseconds. */
  readonly first?: Duration.Input
  /** How many times longer each wait is than the one before it. Default: 2. */
  readonly factor?: number
  /** The longest wait. Default: 30 seconds. */
  readonly cap?: Duration.Input
}

/**
 * Waits that grow to a cap, each made up to a fifth longer or shorter at random, so that those who failed together do not
 * come back together. It never stops: bound it with `Schedule.upTo`.
 *
 * @category schedules
 * @since 0.1.0
 */
export const schedule = (options: ScheduleOptions = {}): Schedule.Schedule<Duration.Duration> =>
  Schedule.exponential(options.first ?? "500 millis", options.factor ?? 2).pipe(
    Schedule.modifyDelay(({ duration }) =>
      Effect.succeed(Duration.min(duration, Duration.fromInputUnsafe(options.cap ?? "30 seconds")))
    ),
    Schedule.jittered
  )

const isBroken = Schema.is(AssociationError.Broken)
