/**
 * A provider of Unified Procedure Steps (PS3.4 Annex CC) over a store of one's own: it keeps the rules of the states, the
 * lock that the Transaction UID is, the subscriptions, and who is told of what. It opens no associations; `deliver` does.
 *
 * **Details**
 *
 * Operations that change something are carried out one after the other. Subscriptions are kept in memory. What the
 * standard leaves to the provider is decided so:
 *
 * - A step may become CANCELED without a reason code; the date of its cancellation is filled in (section CC.2.5.1.3.2).
 * - To ask for the cancellation of a step in progress of which nobody is told is refused with C312H (section CC.2.2.3).
 * - An N-SET of a scheduled step that has a Transaction UID is refused with C310H, and one of the state with 0106H.
 *
 * @since 0.1.0
 */
import type { Association } from "@effect-dicom/association"
import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as IdentifierMatching from "@effect-dicom/data/IdentifierMatching"
import * as SopClass from "@effect-dicom/data/SopClass"
import type { Uid } from "@effect-dicom/data/Uid"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import * as subscribers from "./internal/subscribers.ts"
import * as upsAttributes from "./internal/upsAttributes.ts"
import type { CallError } from "./OperationCall.ts"
import type { ServiceClassProvider } from "./ServiceClassProvider.ts"
import * as ServiceError from "./ServiceError.ts"
import * as Ups from "./UnifiedProcedureStep.ts"
import * as States from "./UnifiedProcedureStepState.ts"

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
 * What an event's information is, by the names of `UnifiedProcedureStep.events`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Information {
  readonly stateReport: typeof Ups.StateReport.Type
  readonly cancelRequested: typeof Ups.CancelRequested.Type
  readonly progressReport: typeof Ups.ProgressReport.Type
  readonly statusChange: typeof Ups.StatusChange.Type
  readonly assigned: typeof Ups.Assigned.Type
}

/**
 * An event, and the AE title that is to be told of it.
 *
 * @category models
 * @since 0.1.0
 */
export type Report = {
  readonly [K in keyof Information]: {
    readonly _tag: K
    readonly receivingAE: string
    readonly sopInstanceUid: Uid
    readonly information: Information[K]
  }
}[keyof Information]

/**
 * @category options
 * @since 0.1.0
 */
export interface Options<out R = never> {
  readonly store: Store<R>
  /** Tells an application entity, with {@link send} over an association of its own choice; one event after the other. */
  readonly deliver: (report: Report) => Effect.Effect<void, never, R>
  /** How many events may wait for their delivery before the oldest are dropped. Default: 1024. */
  readonly capacity?: number
  /** Whether an AE title can be told; others are refused with C308H. Default: all can. */
  readonly isKnown?: (receivingAE: string) => boolean
  /** Whether deletion locks are granted, and are answered with B301H otherwise. Default: they are. */
  readonly grantsDeletionLocks?: boolean
  /** Whether a step may become COMPLETED, or CANCELED. Default: {@link meetsFinalStateRequirements}. */
  readonly meetsFinalStateRequirements?: (step: UnifiedProcedureStep, to: "COMPLETED" | "CANCELED") => boolean
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
  readonly forget: (sopInstanceUid: Uid) => Effect.Effect<void>
  /** Tells all that have a subscription, and others, of a change of the provider itself. */
  readonly announce: (change: Information["statusChange"], others?: ReadonlyArray<string>) => Effect.Effect<void>
}

/**
 * Sends an event over an association on which this side is the SCP of UPS Event.
 *
 * @category operations
 * @since 0.1.0
 */
export const send = (
  association: Association.Association,
  report: Report
): Effect.Effect<void, CallError<typeof Ups.EventStatus>> => {
  const notifier = Ups.events.notifier(association)
  const { sopInstanceUid } = report
  switch (report._tag) {
    case "stateReport":
      return Effect.asVoid(notifier.stateReport({ sopInstanceUid, dataSet: report.information }))
    case "cancelRequested":
      return Effect.asVoid(notifier.cancelRequested({ sopInstanceUid, dataSet: report.information }))
    case "progressReport":
      return Effect.asVoid(notifier.progressReport({ sopInstanceUid, dataSet: report.information }))
    case "statusChange":
      return Effect.asVoid(notifier.statusChange({ sopInstanceUid, dataSet: report.information }))
    case "assigned":
      return Effect.asVoid(notifier.assigned({ sopInstanceUid, dataSet: report.information }))
  }
}

/**
 * Whether a step has what PS3.4 Table CC.2.5-3 wants of a final state (codes P): COMPLETED wants a performed procedure
 * with its station, workitem, start, end and output; CANCELED nothing that is not filled in.
 *
 * @category predicates
 * @since 0.1.0
 */
export const meetsFinalStateRequirements = (step: UnifiedProcedureStep, to: "COMPLETED" | "CANCELED"): boolean =>
  to === "CANCELED" || upsAttributes.isPerformed(step.dataSet)

// -----------------------------------------------------------------------------
// the provider
// -----------------------------------------------------------------------------

const { ChangeStateStatus, CreateStatus, GetStatus, RequestCancelStatus, SetStatus, SubscribeStatus } = Ups

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
  const { deliver, grantsDeletionLocks = true, isKnown = () => true, store } = options
  const isFinal = options.meetsFinalStateRequirements ?? meetsFinalStateRequirements
  const subscribed = subscribers.make()
  const reports = yield* Queue.sliding<Report>(options.capacity ?? 1024)
  yield* Effect.forkScoped(Effect.forever(Effect.flatMap(Queue.take(reports), deliver)))
  const exclusive = (yield* Semaphore.make(1)).withPermits(1)

  const tell = (...told: ReadonlyArray<Report>) => Queue.offerAll(reports, told)

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

  /** Carries out what the table says, and tells of it. */
  const carryOut = Effect.fnUntraced(function* (
    step: UnifiedProcedureStep,
    done: Extract<States.Step, { readonly _tag: "actions" }>,
    transactionUid: Uid | undefined,
    cancel?: Information["cancelRequested"]
  ) {
    const state = done.state ?? step.state
    const dataSet = upsAttributes.inState(step.dataSet, state, yield* DateTime.now, cancel)
    const changed: UnifiedProcedureStep = {
      ...step,
      state,
      dataSet,
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
          const read = Schema.decodeResult(Ups.Scheduled)(dataSet)
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
          const own = upsAttributes.created(dataSet, sopInstanceUid)
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
          const { tag } = Attribute.ProcedureStepState
          const changed = upsAttributes.modified(step.dataSet, dataSet)
          if (DataSet.element(dataSet, tag) !== undefined || changed === undefined)
            return yield* Effect.fail(
              ServiceError.refused(SetStatus.of.InvalidAttributeValue(), { attributeIdentifierList: [tag] })
            )
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
            : Effect.succeed({
                dataSet: DataSet.filter(
                  step.dataSet,
                  ({ tag }) =>
                    attributes === undefined || attributes.includes(tag) || tag === Attribute.SpecificCharacterSet.tag
                )
              })
        ),

      changeState: ({ dataSet, sopInstanceUid }) =>
        Effect.gen(function* () {
          const step = yield* store.get(sopInstanceUid)
          const to = dataSet.procedureStepState
          const done = States.step(
            step?.state,
            States.requestToChange(to, dataSet.transactionUid, step?.transactionUid),
            step !== undefined && (to === "COMPLETED" || to === "CANCELED") && isFinal(step, to)
          )
          if (done._tag === "warning")
            return {
              status:
                done.code === 0xb304 ? ChangeStateStatus.of.AlreadyCanceled() : ChangeStateStatus.of.AlreadyCompleted()
            }
          if (step === undefined || done._tag === "error")
            return yield* Effect.fail(refusedChange(done._tag === "error" ? done.code : 0xc307))
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
          if (sopInstanceUid === Ups.globalSubscription || sopInstanceUid === Ups.filteredGlobalSubscription)
            return subscribed.unsubscribe(dataSet.receivingAE)
          if ((yield* store.get(sopInstanceUid)) === undefined)
            return yield* Effect.fail(SubscribeStatus.of.NoSuchUps())
          subscribed.unsubscribe(dataSet.receivingAE, sopInstanceUid)
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
    forget: (sopInstanceUid) => Effect.sync(() => subscribed.forget(sopInstanceUid)),
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
