/**
 * A provider of Unified Procedure Steps (PS3.4 Annex CC) over a store of one's own: it keeps the rules of the states, the
 * lock that the Transaction UID is, the subscriptions, and who is told of what. It opens no associations; `deliver` does.
 *
 * **Details**
 *
 * Operations that change something are carried out whole, and one after the other. What the standard leaves to the provider
 * is decided so:
 *
 * - To ask for the cancellation of a step in progress of which nobody is told is refused with C312H (section CC.2.2.3).
 * - An N-SET of a scheduled step that has a Transaction UID is refused with C310H, and one of what Table CC.2.5-3 does not
 *   allow to be set with 0106H.
 * - A step that is created without the empty attributes of type 2 gets them.
 *
 * @since 0.1.0
 */
import * as DataSet from "@effect-dicom/data/DataSet"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as IdentifierMatching from "@effect-dicom/data/IdentifierMatching"
import * as SopClass from "@effect-dicom/data/SopClass"
import type { Uid } from "@effect-dicom/data/Uid"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import * as delivery from "./internal/delivery.ts"
import * as subscribers from "./internal/subscribers.ts"
import * as upsAttributes from "./internal/upsAttributes.ts"
import type { ServiceClassProvider } from "./ServiceClassProvider.ts"
import * as ServiceError from "./ServiceError.ts"
import * as Ups from "./UnifiedProcedureStep.ts"
import type { Information, Report } from "./UnifiedProcedureStepEvent.ts"
import * as FinalState from "./UnifiedProcedureStepFinalState.ts"
import * as States from "./UnifiedProcedureStepState.ts"
import * as Status from "./UnifiedProcedureStepStatus.ts"
import type { Subscription } from "./UnifiedProcedureStepSubscription.ts"

// -----------------------------------------------------------------------------
// models
// -----------------------------------------------------------------------------

/**
 * A step as a store holds it.
 *
 * @category models
 * @since 0.1.0
 */
export interface UnifiedProcedureStep {
  readonly sopInstanceUid: Uid
  readonly state: States.State
  /** Who has it may change the step while it is in progress. */
  readonly transactionUid: Uid | undefined
  /** Its attributes, the state among them and the Transaction UID not, in Explicit VR Little Endian. */
  readonly dataSet: DataSet.DataSet
}

/**
 * Where steps are kept.
 *
 * @category models
 * @since 0.1.0
 */
export interface Store<out R = never> {
  readonly get: (sopInstanceUid: Uid) => Effect.Effect<UnifiedProcedureStep | undefined, never, R>
  /** Adds a step, or replaces the one of its UID. */
  readonly put: (step: UnifiedProcedureStep) => Effect.Effect<void, never, R>
  readonly all: Stream.Stream<UnifiedProcedureStep, never, R>
}

/**
 * Where subscriptions are kept, so that they outlive the provider: they are read when it is made, and written before an
 * operation that changes some is answered.
 *
 * @category models
 * @since 0.1.0
 */
export interface Subscriptions<out R = never> {
  readonly all: Stream.Stream<Subscription, never, R>
  /**
   * Keeps one in the place of that of the same AE title and step, or of that to all steps. One whose state is "Not
   * Subscribed" or "No Global Subscription" need not be kept.
   */
  readonly put: (subscription: Subscription) => Effect.Effect<void, never, R>
}

/**
 * What a provider of Unified Procedure Step stands on.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options<out R = never> {
  readonly store: Store<R>
  /** Default: nowhere, they end with the provider. */
  readonly subscriptions?: Subscriptions<R>
  /**
   * Tells an application entity, with `UnifiedProcedureStepEvent.send` over an association of its own choice: each entity of
   * one event after the other, several entities at the same time. What fails is logged, and delays none but its own.
   */
  readonly deliver: (report: Report) => Effect.Effect<void, unknown, R>
  /** How long the delivery of an event may take before it is interrupted. Default: 30 seconds. */
  readonly deliverWithin?: Duration.Input
  /** How many application entities are told at the same time. Default: 32. */
  readonly deliverConcurrency?: number
  /** How many events may wait for each application entity before its oldest are dropped. Default: 1024. */
  readonly capacity?: number
  /** Whether an AE title can be told; others are refused with C308H. Default: all can. */
  readonly isKnown?: (receivingAE: string) => boolean
  /** Whether deletion locks are granted, and are answered with B301H otherwise. Default: they are. */
  readonly grantsDeletionLocks?: boolean
  /** Whether a step may become COMPLETED, or CANCELED. Default: {@link meetsFinalStateRequirements}. */
  readonly meetsFinalStateRequirements?: (step: UnifiedProcedureStep, to: FinalState.State) => boolean
  /** The Worklist Label of steps that are created without one. Default: "DEFAULT". */
  readonly worklistLabel?: string
}

/**
 * A provider, and what its owner may do.
 *
 * @category models
 * @since 0.1.0
 */
export interface UnifiedProcedureStepProvider<out R = never> {
  /** Of Push, Pull, Watch and Query; the events go out on associations of `deliver`. */
  readonly provider: ServiceClassProvider<R>
  /** Whether an application entity has a deletion lock on a step. */
  readonly isLocked: (sopInstanceUid: Uid) => Effect.Effect<boolean>
  /** Forgets the subscriptions to a step, after the store has. */
  readonly forget: (sopInstanceUid: Uid) => Effect.Effect<void, never, R>
  /** Tells all that have a subscription, and others, of a change of the provider itself. */
  readonly announce: (change: Information["statusChange"], others?: ReadonlyArray<string>) => Effect.Effect<void>
}

/**
 * Whether a step has what PS3.4 Table CC.2.5-3 wants of a final state: `UnifiedProcedureStepFinalState` lacks nothing. The
 * moment of the cancellation of one that is to become CANCELED has been filled in.
 *
 * @category predicates
 * @since 0.1.0
 */
export const meetsFinalStateRequirements = (step: UnifiedProcedureStep, to: FinalState.State): boolean =>
  FinalState.unmet(step.dataSet, to).length === 0

// -----------------------------------------------------------------------------
// the provider
// -----------------------------------------------------------------------------

const { ChangeStateStatus, CreateStatus, GetStatus, RequestCancelStatus, SetStatus, SubscribeStatus } = Status

const refusedChange = (code: number) => {
  const { of } = ChangeStateStatus
  switch (code) {
    case 0xc300:
      return of.MayNoLongerBeUpdated()
    case 0xc301:
      return of.WrongTransactionUid()
    case 0xc302:
      return of.AlreadyInProgress()
    case 0xc303:
      return of.OnlyScheduledByCreate()
    case 0xc304:
      return of.FinalStateRequirementsNotMet()
    case 0xc307:
      return of.NoSuchUps()
    default:
      return of.NotInProgress()
  }
}

const sopClasses = [
  SopClass.UnifiedProcedureStepPush,
  SopClass.UnifiedProcedureStepPull,
  SopClass.UnifiedProcedureStepWatch,
  SopClass.UnifiedProcedureStepQuery
]

/**
 * Makes a provider. What is to be delivered when the scope ends is dropped.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* <R = never>(
  options: Options<R>
): Effect.fn.Return<UnifiedProcedureStepProvider<R>, never, R | Scope.Scope> {
  const { grantsDeletionLocks = true, isKnown = () => true, store, subscriptions } = options
  const { worklistLabel = "DEFAULT" } = options
  const isFinal = options.meetsFinalStateRequirements ?? meetsFinalStateRequirements
  const subscribed = subscribers.make(subscriptions === undefined ? [] : yield* Stream.runCollect(subscriptions.all))
  const deliveries = yield* delivery.make({
    deliver: options.deliver,
    capacity: options.capacity ?? 1024,
    within: options.deliverWithin ?? "30 seconds",
    concurrency: options.deliverConcurrency ?? 32
  })
  const one = (yield* Semaphore.make(1)).withPermits(1)

  const keepSubscriptions = Effect.suspend(() =>
    Effect.forEach(subscribed.changes(), (changed) => subscriptions?.put(changed) ?? Effect.void, { discard: true })
  )

  /** Carries out an operation whole, when none other is, with what it changes of the subscriptions. */
  const exclusive = <A, E>(operation: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    one(Effect.uninterruptible(Effect.tap(operation, keepSubscriptions)))

  const tell = (...told: ReadonlyArray<Report>) => deliveries.tell(told)

  const stateReport = (
    receivingAE: string,
    step: UnifiedProcedureStep,
    procedureStepState: States.State = step.state
  ): Report => ({
    _tag: "stateReport",
    receivingAE,
    sopInstanceUid: step.sopInstanceUid,
    information: { ...upsAttributes.stateInformation(step.dataSet), procedureStepState }
  })

  const assignment = (
    receivingAE: string,
    { dataSet, sopInstanceUid }: UnifiedProcedureStep
  ): ReadonlyArray<Report> => {
    const information = upsAttributes.assignment(dataSet)
    return information === undefined ? [] : [{ _tag: "assigned", receivingAE, sopInstanceUid, information }]
  }

  const inState = (
    step: UnifiedProcedureStep,
    state: States.State,
    cancel?: Information["cancelRequested"]
  ): Effect.Effect<UnifiedProcedureStep> =>
    Effect.map(DateTime.now, (now) => ({
      ...step,
      state,
      dataSet: upsAttributes.inState(step.dataSet, state, now, cancel)
    }))

  /** Carries out what the table says, and tells of it. */
  const carryOut = Effect.fnUntraced(function* (
    step: UnifiedProcedureStep,
    done: Extract<States.Step, { readonly _tag: "actions" }>,
    transactionUid: Uid | undefined,
    cancel?: Information["cancelRequested"]
  ) {
    const state = done.state ?? step.state
    const changed: UnifiedProcedureStep = {
      ...(yield* inState(step, state, cancel)),
      transactionUid: done.actions.includes("Record transaction UID") ? transactionUid : step.transactionUid
    }
    if (state !== step.state) yield* store.put(changed)
    for (const receivingAE of subscribed.of(step.sopInstanceUid)) {
      for (const action of done.actions) {
        if (action === "Report state change" || action === "Report state change to CANCELED")
          yield* tell(stateReport(receivingAE, changed))
        else if (action === "Report state change to IN PROGRESS")
          yield* tell(stateReport(receivingAE, step, "IN PROGRESS"))
        else if (action === "Report that an Application Entity requested a cancel" && cancel !== undefined)
          yield* tell({
            _tag: "cancelRequested",
            receivingAE,
            sopInstanceUid: step.sopInstanceUid,
            information: cancel
          })
      }
    }
  })

  const provider = Ups.serviceClass.handlers(
    {
      create: ({ dataSet, sopInstanceUid }) =>
        Effect.gen(function* () {
          if (sopInstanceUid === undefined) return yield* Effect.fail(CreateStatus.of.InvalidSopInstance())
          const existing = yield* store.get(sopInstanceUid)
          const done = States.step(existing?.state, "N-CREATE received for this SOP Instance UID", false)
          if (done._tag !== "actions") return yield* Effect.fail(CreateStatus.of.DuplicateSopInstance())
          const read = Schema.decodeResult(upsAttributes.Required)(dataSet)
          if (Result.isFailure(read)) {
            const refused = DataSetSchema.refused(read.failure).map(({ error }) => error)
            return yield* Effect.fail(
              ServiceError.refused(
                refused[0]?.value === "absent"
                  ? CreateStatus.of.MissingAttribute()
                  : refused[0]?.value === "empty"
                    ? CreateStatus.of.MissingAttributeValue()
                    : CreateStatus.of.InvalidAttributeValue(),
                {
                  errorComment: refused[0]?.message ?? read.failure.message,
                  attributeIdentifierList: refused.map(({ tag }) => tag)
                }
              )
            )
          }
          if (read.success.procedureStepState !== "SCHEDULED") return yield* Effect.fail(CreateStatus.of.NotScheduled())
          const own = upsAttributes.created(dataSet, sopInstanceUid, worklistLabel, yield* DateTime.now)
          if (own === undefined) return yield* Effect.fail(CreateStatus.of.ProcessingFailure())
          const step = { sopInstanceUid, state: "SCHEDULED", transactionUid: undefined, dataSet: own } as const
          yield* store.put(step)
          for (const receivingAE of subscribed.created(sopInstanceUid, own))
            yield* tell(stateReport(receivingAE, step), ...assignment(receivingAE, step))
        }).pipe(exclusive),

      set: ({ dataSet, sopInstanceUid }) =>
        Effect.gen(function* () {
          const step = yield* store.get(sopInstanceUid)
          const given = upsAttributes.transactionUid(dataSet)
          if (step === undefined) return yield* Effect.fail(SetStatus.of.NoSuchUps())
          if (step.state === "COMPLETED" || step.state === "CANCELED")
            return yield* Effect.fail(SetStatus.of.MayNoLongerBeUpdated())
          if (step.state === "SCHEDULED" && given !== undefined) return yield* Effect.fail(SetStatus.of.NotInProgress())
          if (step.state === "IN PROGRESS" && given !== step.transactionUid)
            return yield* Effect.fail(SetStatus.of.WrongTransactionUid())
          const forbidden = upsAttributes.notSet.filter((tag) => DataSet.element(dataSet, tag) !== undefined)
          if (forbidden.length > 0)
            return yield* Effect.fail(
              ServiceError.refused(SetStatus.of.InvalidAttributeValue(), {
                errorComment: "Not allowed in an N-SET",
                attributeIdentifierList: forbidden
              })
            )
          const changed = upsAttributes.modified(step.dataSet, dataSet, yield* DateTime.now)
          if (changed === undefined) return yield* Effect.fail(SetStatus.of.InvalidAttributeValue())
          const after = { ...step, dataSet: changed }
          yield* store.put(after)
          const { assigned, progress, readiness } = upsAttributes.changes(step.dataSet, changed, dataSet)
          for (const receivingAE of subscribed.of(sopInstanceUid)) {
            if (readiness) yield* tell(stateReport(receivingAE, after))
            if (assigned) yield* tell(...assignment(receivingAE, after))
            if (progress !== undefined)
              yield* tell({ _tag: "progressReport", receivingAE, sopInstanceUid, information: progress })
          }
        }).pipe(exclusive),

      get: ({ attributes, sopInstanceUid }) =>
        Effect.flatMap(store.get(sopInstanceUid), (step) =>
          step === undefined
            ? Effect.fail(GetStatus.of.NoSuchUps())
            : Effect.succeed({ dataSet: upsAttributes.asked(step.dataSet, attributes) })
        ),

      changeState: ({ dataSet, sopInstanceUid }) =>
        Effect.gen(function* () {
          const step = yield* store.get(sopInstanceUid)
          const to = dataSet.procedureStepState
          const toFinal = to === "COMPLETED" || to === "CANCELED" ? to : undefined
          const ended = toFinal === undefined || step === undefined ? undefined : yield* inState(step, toFinal)
          const done = States.step(
            step?.state,
            States.requestToChange(to, dataSet.transactionUid, step?.transactionUid),
            toFinal !== undefined && ended !== undefined && isFinal(ended, toFinal)
          )
          if (done._tag === "warning")
            return {
              status:
                done.code === 0xb304 ? ChangeStateStatus.of.AlreadyCanceled() : ChangeStateStatus.of.AlreadyCompleted()
            }
          if (step === undefined || done._tag === "error") {
            const refused = refusedChange(done._tag === "error" ? done.code : 0xc307)
            if (toFinal === undefined || ended === undefined || refused._tag !== "FinalStateRequirementsNotMet")
              return yield* Effect.fail(refused)
            const [missing] = FinalState.unmet(ended.dataSet, toFinal)
            return yield* Effect.fail(
              ServiceError.refused(
                refused,
                missing === undefined ? {} : { errorComment: `${missing.keyword} is missing` }
              )
            )
          }
          yield* carryOut(step, done, dataSet.transactionUid)
          return {}
        }).pipe(exclusive),

      requestCancel: ({ association, dataSet, sopInstanceUid }) =>
        Effect.gen(function* () {
          const step = yield* store.get(sopInstanceUid)
          const done = States.step(step?.state, "N-ACTION to Request Cancel", true)
          if (done._tag === "warning") return { status: RequestCancelStatus.of.AlreadyCanceled() }
          if (step === undefined) return yield* Effect.fail(RequestCancelStatus.of.NoSuchUps())
          if (done._tag === "error") return yield* Effect.fail(RequestCancelStatus.of.AlreadyCompleted())
          if (step.state === "IN PROGRESS" && subscribed.of(sopInstanceUid).length === 0)
            return yield* Effect.fail(RequestCancelStatus.of.PerformerCannotBeContacted())
          yield* carryOut(step, done, undefined, { ...dataSet, requestingAE: association.callingAETitle })
          return {}
        }).pipe(exclusive),

      subscribe: ({ dataSet, sopInstanceUid }) =>
        Effect.gen(function* () {
          const read = Schema.decodeResult(Ups.Subscribe)(dataSet)
          if (Result.isFailure(read))
            return yield* Effect.fail(
              ServiceError.refused(SubscribeStatus.of.InvalidArgumentValue(), { errorComment: read.failure.message })
            )
          const { deletionLock, receivingAE } = read.success
          if (!isKnown(receivingAE)) return yield* Effect.fail(SubscribeStatus.of.ReceivingAEUnknown())
          const lock = deletionLock === "TRUE" && grantsDeletionLocks
          if (sopInstanceUid === Ups.globalSubscription || sopInstanceUid === Ups.filteredGlobalSubscription) {
            const keys = sopInstanceUid === Ups.globalSubscription ? undefined : upsAttributes.keys(dataSet)
            const all = yield* Stream.runCollect(store.all)
            for (const step of subscribed.globally(receivingAE, lock, keys, all))
              yield* tell(stateReport(receivingAE, step))
          } else {
            const step = yield* store.get(sopInstanceUid)
            if (step === undefined) return yield* Effect.fail(SubscribeStatus.of.NoSuchUps())
            if (subscribed.specifically(receivingAE, lock, sopInstanceUid)) yield* tell(stateReport(receivingAE, step))
          }
          return deletionLock === "TRUE" && !lock ? { status: SubscribeStatus.of.DeletionLockNotGranted() } : {}
        }).pipe(exclusive),

      unsubscribe: ({ dataSet, sopInstanceUid }) =>
        Effect.gen(function* () {
          const { receivingAE } = dataSet
          const isGlobal =
            sopInstanceUid === Ups.globalSubscription || sopInstanceUid === Ups.filteredGlobalSubscription
          if (!isGlobal && (yield* store.get(sopInstanceUid)) === undefined)
            return yield* Effect.fail(SubscribeStatus.of.NoSuchUps())
          subscribed.unsubscribe(receivingAE, isGlobal ? undefined : sopInstanceUid)
          // What still waits to be told of a step is not wanted any more; the provider's own changes are told to others too.
          deliveries.retain(
            receivingAE,
            (report) => report._tag === "statusChange" || subscribed.of(report.sopInstanceUid).includes(receivingAE)
          )
        }).pipe(exclusive),

      suspendGlobalSubscription: ({ dataSet, sopInstanceUid }) =>
        sopInstanceUid === Ups.globalSubscription || sopInstanceUid === Ups.filteredGlobalSubscription
          ? exclusive(Effect.sync(() => subscribed.suspend(dataSet.receivingAE)))
          : Effect.fail(SubscribeStatus.of.ActionNotAppropriate()),

      find: ({ extendedNegotiation, identifier }) => {
        const { fuzzySemanticMatching = false, timezoneQueryAdjustment = false } = extendedNegotiation ?? {}
        const matcher = IdentifierMatching.make(identifier, { fuzzySemanticMatching, timezoneQueryAdjustment })
        return Stream.map(
          Stream.filter(store.all, ({ dataSet }) => matcher.matches(dataSet)),
          ({ dataSet }) => ({ identifier: matcher.response(dataSet) })
        )
      }
    },
    { sopClasses, extendedNegotiation: { find: (proposed) => proposed } }
  )

  return {
    provider,
    isLocked: (sopInstanceUid) => Effect.sync(() => subscribed.isLocked(sopInstanceUid)),
    forget: (sopInstanceUid) => exclusive(Effect.sync(() => subscribed.forget(sopInstanceUid))),
    announce: (information, others = []) =>
      Effect.suspend(() =>
        tell(
          ...[...new Set([...subscribed.all(), ...others])].map((receivingAE): Report => ({
            _tag: "statusChange",
            receivingAE,
            sopInstanceUid: Ups.globalSubscription,
            information
          }))
        )
      )
  }
})
