/**
 * How a provider performs a C-GET or C-MOVE: the instances of the handler are stored on the same association, or on one
 * with the move destination, and each sub-operation is counted and reported.
 *
 * The sub-operations have a fiber of their own, so that they wait neither for a response to be taken nor, where the user
 * cancels, are broken off in the middle of an instance.
 */
import { Association, UpperLayer } from "@effect-dicom/association"
import type { AssociationError, Dimse } from "@effect-dicom/association"
import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import type { Uid } from "@effect-dicom/data/Uid"
import type * as Command from "@effect-dicom/protocol/Command"
import type * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import * as Status from "@effect-dicom/protocol/Status"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Move, Refusal } from "../OperationHandler.ts"
import type { SubOperations } from "../ServiceError.ts"
import type { ServiceStatus } from "../ServiceStatus.ts"
import type { Instance, StoreOptions } from "../Storage.ts"
import { Settings } from "../SubOperations.ts"
import type { Handled } from "./performing.ts"
import { isBroken, refusing, response } from "./refusing.ts"
import { type Course, groups, storeAll } from "./subOperations.ts"

type Failing = Refusal<ServiceStatus> | AssociationError.Broken

/** The count of an operation's sub-operations, and the responses that tell it. */
export class Report implements Course {
  private readonly command: Command.Request
  private readonly context: PresentationContext.Accepted
  private remaining = 0
  private completed = 0
  private warning = 0
  private readonly failed: Array<Uid> = []
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
    this.remaining = total
    this.begun = true
  }

  /** There is something to tell. */
  tell(): void {
    this.untold = true
    this.news.openUnsafe()
  }

  readonly ended: Course["ended"] = (sopInstanceUid, status) => {
    this.remaining--
    if (status?._tag === "Success") this.completed++
    else if (status?._tag === "Warning") this.warning++
    else this.failed.push(sopInstanceUid)
    this.tell()
  }

  readonly onStop: Course["onStop"] = (stop) => {
    this.stopping = stop
    if (this.stopped) stop()
  }

  stop(): void {
    this.stopped = true
    this.stopping?.()
  }

  pending(): Dimse.Reply {
    this.untold = false
    return response(this.command, Status.pending, { subOperations: { remaining: this.remaining, ...this.counts } })
  }

  final(): Dimse.Reply {
    if (this.stopped) return this.cancelled()
    const { completed, failed, warning } = this.counts
    const allFailed = failed > 0 && completed === 0 && warning === 0
    const status = allFailed ? 0xa702 : failed > 0 || warning > 0 ? 0xb000 : 0x0000
    return this.withFailed(response(this.command, Status.fromCode(status), { subOperations: this.counts }))
  }

  cancelled(): Dimse.Reply {
    const subOperations = { remaining: this.remaining, ...this.counts }
    return this.withFailed(response(this.command, Status.cancel, { subOperations }))
  }

  refused(refusal: Refusal<ServiceStatus>): Dimse.Reply {
    return this.withFailed(refusing(this.command, refusal, { subOperations: this.counts }))
  }

  private get counts(): SubOperations {
    return { completed: this.completed, failed: this.failed.length, warning: this.warning }
  }

  private withFailed(answer: Command.Response): Dimse.Reply {
    if (this.failed.length === 0) return answer
    const list = DataSet.with(
      DataSet.empty(TransferSyntax.fromUid(this.context.transferSyntax)),
      Attribute.FailedSOPInstanceUIDList,
      this.failed
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
    const handle = handler as (request: object) => Stream.Stream<Instance<unknown>, Failing, R>
    return Effect.flatMap(counted(handle(request), report), (instances) => {
      report.storing = true
      return Effect.scoped(storeAll(association, instances, {}, report))
    })
  }
  // the cast: the handler is of this operation
  const handle = handler as (request: object) => Effect.Effect<Move<Failing>, Failing, R>
  const destination = command._tag === "C-MOVE-RQ" ? command.moveDestination : ""
  return Effect.flatMap(handle({ ...request, destination }), (asked) =>
    Effect.flatMap(counted(asked.instances, report), (instances) => {
      // The cast: this side has checked the title when it read the request.
      const aeTitle = association.callingAETitle as NonNullable<StoreOptions["moveOriginator"]>["aeTitle"]
      const options = { moveOriginator: { aeTitle, messageId: command.messageId } }
      return Effect.forEach(
        groups(instances),
        ({ contexts, instances }) => {
          if (report.stopped) return Effect.void
          const requested = Effect.flatMap(Layer.build(asked.transport), (services) =>
            Effect.provideService(
              Association.request({
                callingAETitle: association.calledAETitle,
                ...asked.options,
                calledAETitle: destination,
                presentationContexts: contexts
              }),
              UpperLayer.Transport,
              announced(Context.get(services, UpperLayer.Transport), report)
            )
          )
          return moved(requested, instances, options, report)
        },
        { discard: true }
      )
    })
  )
}

const counted = <E, R>(instances: Stream.Stream<Instance<unknown>, E, R>, report: Report) =>
  Effect.map(Stream.runCollect(instances), (all) => {
    report.begin(all.length)
    return all
  })

/**
 * A transport to the move destination that is told of when it is connected. The user may be the destination itself: DCMTK's
 * movescu looks for the connection when it has a response, and otherwise once a second.
 */
const announced = (transport: UpperLayer.Transport, report: Report): UpperLayer.Transport => ({
  ...transport,
  reader: Effect.tap(transport.reader, () => Effect.sync(() => report.tell()))
})

/** Stores instances on an association with the move destination, which is released then. */
const moved = <E>(
  requested: Effect.Effect<Association.Association, E, Scope.Scope>,
  instances: ReadonlyArray<Instance<unknown>>,
  options: StoreOptions,
  report: Report
): Effect.Effect<void> =>
  Effect.gen(function* () {
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        report.storing = false
      })
    )
    const opened = yield* Effect.result(requested)
    if (Result.isFailure(opened)) {
      for (const { sopInstanceUid } of instances) report.ended(sopInstanceUid, undefined)
      return yield* Effect.logInfo("No association with the move destination", opened.failure)
    }
    report.storing = true
    yield* storeAll(opened.success, instances, options, report)
  }).pipe(Effect.scoped)
