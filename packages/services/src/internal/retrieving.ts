/**
 * How a provider performs a C-GET or C-MOVE: the instances of the handler are stored on the same association, or on one
 * with the move destination, and each sub-operation is counted and reported.
 *
 * The sub-operations have a fiber of their own, so that they wait neither for a response to be taken nor, where the user
 * cancels, are broken off in the middle of an instance.
 */
import type { Association, AssociationError, Dimse } from "@effect-dicom/association"
import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import type { Uid } from "@effect-dicom/data/Uid"
import type * as Command from "@effect-dicom/protocol/Command"
import type * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import * as Status from "@effect-dicom/protocol/Status"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Move, Refusal, Retrieval } from "../OperationHandler.ts"
import type { SubOperations } from "../ServiceError.ts"
import type { ServiceStatus } from "../ServiceStatus.ts"
import type { Instance, StoreOptions } from "../Storage.ts"
import { Settings } from "../SubOperations.ts"
import type { Handled } from "./performing.ts"
import { isBroken, refusing, response } from "./refusing.ts"
import { moveAll, type Moving, requesting } from "./moveDestination.ts"
import { storeAll } from "./subOperations.ts"
import { type Census, type Upcoming, upcoming } from "./upcoming.ts"

type Failing = Refusal<ServiceStatus> | AssociationError.Broken

/** The count of an operation's sub-operations, and the responses that tell it. */
export class Report implements Moving, Census {
  private readonly command: Command.Request
  private readonly context: PresentationContext.Accepted
  /** How many instances there are, as far as is known, and how many of them have come. */
  private total = 0
  private known = 0
  private completed = 0
  private warning = 0
  private readonly failures: Array<Uid> = []
  private stopping: (() => void) | undefined
  /** Opened when there is something to tell. */
  readonly news = Latch.makeUnsafe(false)
  /** Whether something has come about since the last pending response was made. */
  untold = false
  /** Whether it is known how many sub-operations there are. */
  begun = false
  /** Whether no more sub-operations are to begin. */
  stopped = false
  /** Whether those that have begun can be carried through. */
  storing = false

  constructor(command: Command.Request, context: PresentationContext.Accepted) {
    this.command = command
    this.context = context
  }

  begin(total: number): void {
    this.total = total
    this.begun = true
  }

  readonly come: Census["come"] = (instances) => {
    this.known += instances
    if (this.known > this.total) this.total = this.known
  }

  readonly complete: Census["complete"] = () => {
    this.total = this.known
  }

  readonly tell: Moving["tell"] = () => {
    this.untold = true
    this.news.openUnsafe()
  }

  readonly ended: Moving["ended"] = (sopInstanceUid, status) => {
    if (status?._tag === "Success") this.completed++
    else if (status?._tag === "Warning") this.warning++
    else this.failures.push(sopInstanceUid)
    this.tell()
  }

  readonly onStop: Moving["onStop"] = (stop) => {
    this.stopping = stop
    if (this.stopped) stop()
  }

  stop(): void {
    this.stopped = true
    this.stopping?.()
  }

  pending(): Dimse.Reply {
    this.untold = false
    return response(this.command, Status.pending, { subOperations: this.remaining })
  }

  final(): Dimse.Reply {
    if (this.stopped) return this.cancelled()
    const { completed, failed, warning } = this.counts
    const allFailed = failed > 0 && completed === 0 && warning === 0
    const status = allFailed ? 0xa702 : failed > 0 || warning > 0 ? 0xb000 : 0x0000
    return this.withFailed(response(this.command, Status.fromCode(status), { subOperations: this.counts }))
  }

  cancelled(): Dimse.Reply {
    return this.withFailed(response(this.command, Status.cancel, { subOperations: this.remaining }))
  }

  /** The last response where the sub-operations have taken too long. */
  failed(): Dimse.Reply {
    return this.withFailed(response(this.command, Status.failures.processingFailure, { subOperations: this.counts }))
  }

  refused(refusal: Refusal<ServiceStatus>): Dimse.Reply {
    return this.withFailed(refusing(this.command, refusal, { subOperations: this.counts }))
  }

  private get counts(): SubOperations {
    return { completed: this.completed, failed: this.failures.length, warning: this.warning }
  }

  get over(): number {
    return this.completed + this.warning + this.failures.length
  }

  private get remaining(): SubOperations {
    return { remaining: this.total - this.over, ...this.counts }
  }

  private withFailed(answer: Command.Response): Dimse.Reply {
    if (this.failures.length === 0) return answer
    const list = DataSet.with(
      DataSet.empty(TransferSyntax.fromUid(this.context.transferSyntax)),
      Attribute.FailedSOPInstanceUIDList,
      this.failures
    )
    return Result.isSuccess(list) ? { command: answer, dataSet: DataSet.write(list.success) } : answer
  }
}

/** The responses to a C-GET or C-MOVE. */
export const perform = <R>(
  handled: Handled<R>,
  incoming: Dimse.Incoming,
  association: Association.Association,
  request: object,
  report: Report
): Stream.Stream<Dimse.Reply, AssociationError.Broken, R> =>
  Stream.scoped(
    Stream.fromPull(
      Effect.gen(function* () {
        const settings = yield* Settings
        const bound = incoming.command._tag === "C-MOVE-RQ" ? Duration.toMillis(settings.finishWithin) : Infinity
        const performing = Effect.matchEffect(subOperations(handled, incoming, association, request, report), {
          onFailure: (error) => (isBroken(error) ? Effect.fail(error) : Effect.succeed(report.refused(error))),
          onSuccess: () => Effect.succeed(report.final())
        })
        const performed = yield* Effect.acquireRelease(Effect.forkDetach(performing), (fiber) =>
          Effect.andThen(carriedThrough(fiber, association, report, bound), Fiber.interrupt(fiber))
        )
        performed.addObserver(() => report.news.openUnsafe())
        // The association with the user is its own: an instance of which a part was sent is broken off only with it.
        yield* Effect.forkScoped(
          Effect.andThen(
            incoming.cancelled,
            Effect.sync(() => report.stop())
          ),
          { startImmediately: true }
        )
        return responses(performed, report, settings, yield* Clock.Clock)
      })
    )
  )

/**
 * Where the user has cancelled, waits for the sub-operations that have begun, and for the association with the move
 * destination to be released: for so many milliseconds.
 */
const carriedThrough = (
  performed: Fiber.Fiber<unknown, unknown>,
  association: Association.Association,
  report: Report,
  bound: number
): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (!report.stopped || !report.storing) return Effect.void
    const through = Effect.raceFirst(Effect.asVoid(Fiber.await(performed)), Effect.asVoid(association.ended))
    const bounded = bound === Infinity ? through : Effect.asVoid(Effect.timeoutOption(through, bound))
    // In a fiber of its own, since nothing can be raced in a finalizer.
    return Effect.flatMap(Effect.forkDetach(bounded, { startImmediately: true }), Fiber.join)
  })

type Responses = Effect.Effect<readonly [Dimse.Reply, ...Array<Dimse.Reply>], AssociationError.Broken | Cause.Done>

/** Pending responses, as often as the settings say, and the last one. */
const responses = (
  performed: Fiber.Fiber<Dimse.Reply, AssociationError.Broken>,
  report: Report,
  { atLeastEvery, atMostEvery }: Settings,
  clock: Clock.Clock
): Responses => {
  const [soonest, latest] = [Duration.toMillis(atMostEvery), Duration.toMillis(atLeastEvery)]
  let earliest = 0
  let over = false
  const pending = (): Dimse.Reply => {
    earliest = clock.currentTimeMillisUnsafe() + soonest
    return report.pending()
  }
  const next: Responses = Effect.suspend((): Responses => {
    if (over) return Cause.done()
    const exit = performed.pollUnsafe()
    if (exit !== undefined) {
      over = true
      return Effect.map(exit, (last) => (report.untold ? [report.pending(), last] : [last]))
    }
    if (!report.untold) return Effect.flatMap(news, (is) => (is || !report.begun ? next : Effect.succeed([pending()])))
    const early = earliest - clock.currentTimeMillisUnsafe()
    return early > 0 ? Effect.andThen(pause(early), next) : Effect.succeed([pending()])
  })
  /** Whether there is something to tell, in time. */
  const news = Effect.suspend(() => {
    report.news.closeUnsafe()
    if (latest === Infinity) return Effect.as(report.news.await, true)
    return Effect.map(Effect.timeoutOption(report.news.await, latest), Option.isSome)
  })
  const pause = (milliseconds: number): Effect.Effect<void> =>
    Effect.raceFirst(Effect.sleep(milliseconds), Effect.asVoid(Fiber.await(performed)))
  return next
}

// -----------------------------------------------------------------------------
// the sub-operations
// -----------------------------------------------------------------------------

const subOperations = <R>(
  { handler, operation }: Handled<R>,
  { command }: Dimse.Incoming,
  association: Association.Association,
  request: object,
  report: Report
): Effect.Effect<void, Failing, R> => {
  if (operation.service === "C-GET") {
    // the cast: the handler is of this operation
    const handle = handler as (
      request: object
    ) => Stream.Stream<Instance<unknown>, Failing, R> | Effect.Effect<Retrieval<Failing>, Failing, R>
    return Effect.suspend(() => {
      const given = handle(request)
      const retrieval = Stream.isStream(given) ? Effect.succeed({ instances: given }) : given
      return storingAll(retrieval, report, (upcoming) => {
        report.storing = true
        return storeAll(association, upcoming, () => true, {}, report)
      })
    })
  }
  // the cast: the handler is of this operation
  const handle = handler as (request: object) => Effect.Effect<Move<Failing>, Failing, R>
  const destination = command._tag === "C-MOVE-RQ" ? command.moveDestination : ""
  // The cast: this side has checked the title when it read the request.
  const aeTitle = association.callingAETitle as NonNullable<StoreOptions["moveOriginator"]>["aeTitle"]
  const options = { moveOriginator: { aeTitle, messageId: command.messageId } }
  return storingAll(handle({ ...request, destination }), report, (upcoming, move) =>
    moveAll(requesting(association, destination, move, report), upcoming, options, report)
  )
}

interface Given<R> {
  readonly count?: number
  readonly instances: Stream.Stream<Instance<unknown>, Failing, R>
}

/** Stores what a handler gives: as it comes where there is a count, and otherwise when all is there, and counted. */
const storingAll = <G extends Given<R>, R>(
  handled: Effect.Effect<G, Failing, R>,
  report: Report,
  store: (upcoming: Upcoming, given: G) => Effect.Effect<void, never, Scope.Scope>
): Effect.Effect<void, Failing, R> =>
  Effect.gen(function* () {
    const given = yield* handled
    const { count, instances } = given
    const all = count === undefined ? yield* Stream.runCollect(instances) : undefined
    const total = count ?? all?.length ?? 0
    if (!Number.isSafeInteger(total) || total < 0) {
      return yield* Effect.die(new Error(`A handler says that there are ${total} instances`))
    }
    report.begin(total)
    const coming = yield* upcoming(all === undefined ? instances : Stream.fromArray(all), report)
    yield* store(coming, given)
    if (!report.stopped) yield* coming.ended
  }).pipe(Effect.scoped)
