import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { UnifiedProcedureStep, UnifiedProcedureStepEvent, UnifiedProcedureStepProvider } from "../src/index.ts"
import type { UnifiedProcedureStepSubscription } from "../src/index.ts"
import { inTime, settled } from "./archives.ts"
import { request, serve } from "./joined.ts"

const { events, filteredGlobalSubscription, globalSubscription, serviceClass } = UnifiedProcedureStep

const one = Uid.makeUnsafe("2.25.1")
const two = Uid.makeUnsafe("2.25.2")
const mine = Uid.makeUnsafe("2.25.11")
const others = Uid.makeUnsafe("2.25.12")

/** The attributes that have to have a value, and few others. */
const Step = DataSetSchema.Struct({
  procedureStepState: DataSetSchema.type1(Attribute.ProcedureStepState),
  scheduledProcedureStepPriority: DataSetSchema.type1(Attribute.ScheduledProcedureStepPriority),
  procedureStepLabel: DataSetSchema.type1(Attribute.ProcedureStepLabel),
  worklistLabel: DataSetSchema.type2C(Attribute.WorklistLabel),
  scheduledProcedureStepStartDateTime: DataSetSchema.type1(Attribute.ScheduledProcedureStepStartDateTime),
  inputReadinessState: DataSetSchema.type1(Attribute.InputReadinessState),
  patientId: DataSetSchema.type2C(Attribute.PatientID)
})
const step: typeof Step.Type = {
  procedureStepState: "SCHEDULED",
  scheduledProcedureStepPriority: "HIGH",
  procedureStepLabel: "CAD",
  worklistLabel: "CHEST",
  scheduledProcedureStepStartDateTime: { year: 2026, month: 3, day: 14, hour: 9 },
  inputReadinessState: "READY",
  patientId: "P1"
}
const scheduled = (changed: Partial<typeof Step.Type> = {}) => Schema.encodeSync(Step)({ ...step, ...changed })

const empty = DataSet.empty(TransferSyntax.ExplicitVRLittleEndian)
const subscription = (receivingAE: string, deletionLock: "TRUE" | "FALSE" = "FALSE") =>
  Schema.encodeSync(UnifiedProcedureStep.Subscribe)({ receivingAE, deletionLock })
const withUid = (dataSet: DataSet.DataSet, uid: Uid.Uid) =>
  Result.getOrThrow(DataSet.with(dataSet, Attribute.TransactionUID, uid))

const code = Result.getOrThrow(DataSet.with(empty, Attribute.CodeMeaning, "CAD workstation"))
const performed = Result.getOrThrow(
  DataSet.withAll(empty, [
    [
      Attribute.UnifiedProcedureStepPerformedProcedureSequence,
      [
        Result.getOrThrow(
          DataSet.withAll(empty, [
            [Attribute.PerformedStationNameCodeSequence, [code]],
            [Attribute.PerformedWorkitemCodeSequence, [code]],
            [Attribute.PerformedProcedureStepStartDateTime, { year: 2026, month: 3, day: 14 }],
            [Attribute.PerformedProcedureStepEndDateTime, { year: 2026, month: 3, day: 14 }],
            [Attribute.OutputInformationSequence, null]
          ])
        )
      ]
    ]
  ])
)

const at1970 = { year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, offset: 0 }

const discontinued = Result.getOrThrow(
  DataSet.with(empty, Attribute.ProcedureStepProgressInformationSequence, [
    Result.getOrThrow(DataSet.with(empty, Attribute.ProcedureStepDiscontinuationReasonCodeSequence, [code]))
  ])
)

/** What a step has that may become COMPLETED, and CANCELED. */
const performedAndDiscontinued = DataSet.elements(discontinued).reduce(DataSet.set, performed)

type Report = UnifiedProcedureStepEvent.Report
type Kept = UnifiedProcedureStepProvider.UnifiedProcedureStep

/** A provider over a map, its client, and what it had delivered. */
const provided = Effect.fnUntraced(function* (options: Partial<UnifiedProcedureStepProvider.Options> = {}) {
  const steps = new Map<Uid.Uid, Kept>()
  const delivered = yield* Queue.unbounded<Report>()
  const made = yield* UnifiedProcedureStepProvider.make({
    store: {
      get: (uid) => Effect.sync(() => steps.get(uid)),
      put: (step) => Effect.sync(() => void steps.set(step.sopInstanceUid, step)),
      all: Stream.suspend(() => Stream.fromIterable([...steps.values()]))
    },
    deliver: (report) => Effect.asVoid(Queue.offer(delivered, report)),
    ...options
  })
  const joined = yield* serve([made.provider])
  const client = serviceClass.client(yield* request(joined, serviceClass.presentationContexts()))
  /** The next events, as far as a test looks at them. */
  const told = (n: number) =>
    Effect.map(Effect.replicateEffect(Queue.take(delivered), n), (reports) =>
      reports.map(({ _tag, information, receivingAE }) =>
        "procedureStepState" in information ? [receivingAE, information.procedureStepState] : [receivingAE, _tag]
      )
    )
  const change = (
    procedureStepState: UnifiedProcedureStepProvider.UnifiedProcedureStep["state"],
    transactionUid: Uid.Uid = mine,
    sopInstanceUid: Uid.Uid = one
  ) => client.changeState({ sopInstanceUid, dataSet: { procedureStepState, transactionUid } })
  return { ...made, change, client, delivered, steps, told }
})

const codeOf = <A>(effect: Effect.Effect<A, { readonly _tag: string; readonly status?: { readonly code: number } }>) =>
  Effect.map(Effect.flip(effect), ({ status }) => status?.code.toString(16))

describe("UnifiedProcedureStepProvider", () => {
  it.effect("a step is created, claimed, set and completed, and a subscriber is told of each state", () =>
    Effect.gen(function* () {
      const { change, client, steps, told } = yield* provided()
      yield* client.create({ sopInstanceUid: one, dataSet: scheduled() })
      yield* client.subscribe({ sopInstanceUid: one, dataSet: subscription("WATCH") })
      yield* change("IN PROGRESS")
      assert.strictEqual(yield* codeOf(change("COMPLETED")), "c304")
      yield* client.set({ sopInstanceUid: one, dataSet: withUid(performed, mine) })
      yield* change("COMPLETED")
      assert.deepStrictEqual(yield* told(3), [
        ["WATCH", "SCHEDULED"],
        ["WATCH", "IN PROGRESS"],
        ["WATCH", "COMPLETED"]
      ])
      const { dataSet } = yield* client.get({ sopInstanceUid: one })
      assert.strictEqual(Result.getOrThrow(DataSet.get(dataSet, Attribute.ProcedureStepState)), "COMPLETED")
      assert.strictEqual(DataSet.element(dataSet, Attribute.TransactionUID.tag), undefined)
      assert.strictEqual(steps.get(one)?.transactionUid, mine)
      assert.strictEqual((yield* change("COMPLETED")).status.code, 0xb306)
    })
  )

  it.effect("only who has the transaction UID may change a step in progress", () =>
    Effect.gen(function* () {
      const { change, client, steps } = yield* provided()
      assert.strictEqual(yield* codeOf(change("IN PROGRESS")), "c307")
      yield* client.create({ sopInstanceUid: one, dataSet: scheduled() })
      const relabelled = Result.getOrThrow(DataSet.with(empty, Attribute.WorklistLabel, "LUNG"))
      assert.strictEqual(yield* codeOf(change("COMPLETED")), "c310")
      assert.strictEqual(yield* codeOf(client.set({ sopInstanceUid: one, dataSet: withUid(relabelled, mine) })), "c310")
      yield* client.set({ sopInstanceUid: one, dataSet: relabelled })
      yield* change("IN PROGRESS")
      assert.strictEqual(yield* codeOf(change("IN PROGRESS")), "c302")
      assert.strictEqual(yield* codeOf(change("IN PROGRESS", others)), "c301")
      assert.strictEqual(yield* codeOf(change("CANCELED", others)), "c301")
      assert.strictEqual(yield* codeOf(change("SCHEDULED")), "c303")
      assert.strictEqual(yield* codeOf(client.set({ sopInstanceUid: one, dataSet: relabelled })), "c301")
      assert.strictEqual(
        yield* codeOf(client.set({ sopInstanceUid: one, dataSet: withUid(relabelled, others) })),
        "c301"
      )
      const state = Result.getOrThrow(DataSet.with(empty, Attribute.ProcedureStepState, "COMPLETED"))
      assert.strictEqual(yield* codeOf(client.set({ sopInstanceUid: one, dataSet: withUid(state, mine) })), "106")
      const unexplained = yield* Effect.flip(change("CANCELED"))
      assert(unexplained._tag === "Refused")
      assert.deepStrictEqual(
        [unexplained.status.code, unexplained.details.errorComment],
        [0xc304, "ProcedureStepDiscontinuationReasonCodeSequence is missing"]
      )
      yield* client.set({ sopInstanceUid: one, dataSet: withUid(discontinued, mine) })
      yield* change("CANCELED")
      assert.strictEqual(yield* codeOf(client.set({ sopInstanceUid: one, dataSet: withUid(relabelled, mine) })), "c300")
      const kept = steps.get(one)
      assert(kept !== undefined)
      assert.strictEqual(Result.getOrThrow(DataSet.get(kept.dataSet, Attribute.WorklistLabel)), "LUNG")
      const [progress] = DataSet.items(kept.dataSet, Attribute.ProcedureStepProgressInformationSequence.tag) ?? []
      assert(progress !== undefined)
      assert.deepStrictEqual(
        Result.getOrThrow(DataSet.get(progress, Attribute.ProcedureStepCancellationDateTime)),
        at1970
      )
    })
  )

  it.effect("what the table does not allow to be set is refused, and named", () =>
    Effect.gen(function* () {
      const { client } = yield* provided()
      yield* client.create({ sopInstanceUid: one, dataSet: scheduled() })
      const patient = Result.getOrThrow(
        DataSet.withAll(empty, [
          [Attribute.PatientID, "P2"],
          [Attribute.WorklistLabel, "LUNG"]
        ])
      )
      const error = yield* Effect.flip(client.set({ sopInstanceUid: one, dataSet: patient }))
      assert(error._tag === "Refused")
      assert.deepStrictEqual(
        [error.status.code, error.details.attributeIdentifierList],
        [0x0106, [Attribute.PatientID.tag]]
      )
    })
  )

  it.effect("a step has its empty attributes, a worklist, and the moment at which it was created or set", () =>
    Effect.gen(function* () {
      const { client } = yield* provided({ worklistLabel: "READING" })
      const { worklistLabel: _, ...rest } = step
      yield* client.create({ sopInstanceUid: one, dataSet: Schema.encodeSync(Step)(rest) })
      const get = Effect.map(client.get({ sopInstanceUid: one }), ({ dataSet }) => dataSet)
      const created = yield* get
      assert.deepStrictEqual(
        [
          Result.getOrThrow(DataSet.get(created, Attribute.WorklistLabel)),
          Result.getOrThrow(DataSet.get(created, Attribute.ScheduledWorkitemCodeSequence)),
          Result.getOrThrow(DataSet.get(created, Attribute.PatientID)),
          Result.getOrThrow(DataSet.get(created, Attribute.ScheduledProcedureStepModificationDateTime)),
          Result.getOrThrow(DataSet.get(created, Attribute.SOPInstanceUID))
        ],
        ["READING", null, "P1", at1970, undefined]
      )
      yield* TestClock.adjust("5 seconds")
      yield* client.set({
        sopInstanceUid: one,
        dataSet: Result.getOrThrow(DataSet.with(empty, Attribute.ProcedureStepLabel, "3D"))
      })
      assert.deepStrictEqual(
        Result.getOrThrow(DataSet.get(yield* get, Attribute.ScheduledProcedureStepModificationDateTime)),
        { ...at1970, second: 5 }
      )
    })
  )

  it.effect("subscriptions outlive a provider that has a place to keep them", () =>
    Effect.gen(function* () {
      const kept = new Map<string, UnifiedProcedureStepSubscription.Subscription>()
      const subscriptions: UnifiedProcedureStepProvider.Subscriptions = {
        all: Stream.suspend(() => Stream.fromIterable([...kept.values()])),
        put: (subscription) =>
          Effect.sync(() => {
            const of = subscription._tag === "step" ? subscription.sopInstanceUid : "all"
            kept.set(`${subscription.receivingAE} ${of}`, subscription)
          })
      }
      const before = yield* provided({ subscriptions })
      yield* before.client.create({ sopInstanceUid: one, dataSet: scheduled() })
      yield* before.client.subscribe({ sopInstanceUid: one, dataSet: subscription("WATCH", "TRUE") })
      const keys = Result.getOrThrow(DataSet.with(subscription("SOME"), Attribute.WorklistLabel, "LUNG"))
      yield* before.client.subscribe({ sopInstanceUid: filteredGlobalSubscription, dataSet: keys })
      yield* before.client.subscribe({ sopInstanceUid: globalSubscription, dataSet: subscription("GONE") })
      yield* before.client.unsubscribe({ sopInstanceUid: globalSubscription, dataSet: { receivingAE: "GONE" } })
      assert.deepStrictEqual(
        [...kept].map(([of, { state }]) => [of, state]),
        [
          ["WATCH 2.25.1", "Subscribed with Lock"],
          ["SOME all", "Global Subscription w/o Lock"],
          ["GONE all", "No Global Subscription"],
          ["GONE 2.25.1", "Not Subscribed"]
        ]
      )

      const after = yield* provided({ subscriptions })
      assert.isTrue(yield* after.isLocked(one))
      yield* after.client.create({ sopInstanceUid: two, dataSet: scheduled({ worklistLabel: "LUNG" }) })
      yield* after.client.create({ sopInstanceUid: others, dataSet: scheduled() })
      yield* after.announce({
        scpStatus: "RESTARTED",
        subscriptionListStatus: "WARM START",
        unifiedProcedureStepListStatus: "WARM START"
      })
      assert.deepStrictEqual(yield* after.told(3), [
        ["SOME", "SCHEDULED"],
        ["WATCH", "statusChange"],
        ["SOME", "statusChange"]
      ])
      yield* after.forget(one)
      assert.strictEqual(kept.get("WATCH 2.25.1")?.state, "Not Subscribed")
    })
  )

  it.effect("of two that claim a step at once one gets it", () =>
    Effect.gen(function* () {
      const { change, client, steps } = yield* provided()
      yield* client.create({ sopInstanceUid: one, dataSet: scheduled() })
      const claims = yield* Effect.all(
        [Effect.result(change("IN PROGRESS")), Effect.result(change("IN PROGRESS", others))],
        {
          concurrency: "unbounded"
        }
      )
      assert.deepStrictEqual(claims.map(Result.isSuccess), [true, false])
      assert.strictEqual(steps.get(one)?.transactionUid, mine)
    })
  )

  it.effect("what is no scheduled step is not created", () =>
    Effect.gen(function* () {
      const { client } = yield* provided()
      const create = (dataSet: DataSet.DataSet) => client.create({ sopInstanceUid: one, dataSet })
      assert.strictEqual(yield* codeOf(create(scheduled({ procedureStepState: "IN PROGRESS" }))), "c309")
      const unlabelled = DataSet.remove(scheduled(), Attribute.ProcedureStepLabel.tag)
      const error = yield* Effect.flip(create(unlabelled))
      assert(error._tag === "Refused")
      assert.deepStrictEqual(
        [error.status.code, error.details.attributeIdentifierList],
        [0x0120, [Attribute.ProcedureStepLabel.tag]]
      )
      yield* create(scheduled())
      assert.strictEqual(yield* codeOf(create(scheduled())), "111")
      assert.strictEqual(yield* codeOf(client.create({ dataSet: scheduled() })), "117")
    })
  )

  it.effect("to ask for a cancel cancels what is scheduled, and is passed on of what is in progress", () =>
    Effect.gen(function* () {
      const { change, client, delivered, told } = yield* provided()
      const cancel = { reasonForCancellation: "Twice", discontinuationReasonCode: [{ codeMeaning: "Duplicate order" }] }
      const ask = (sopInstanceUid: Uid.Uid) => client.requestCancel({ sopInstanceUid, dataSet: cancel })
      yield* client.create({ sopInstanceUid: one, dataSet: scheduled() })
      yield* client.create({ sopInstanceUid: two, dataSet: scheduled() })
      yield* client.subscribe({ sopInstanceUid: one, dataSet: subscription("WATCH") })
      yield* ask(one)
      assert.deepStrictEqual(yield* told(2), [
        ["WATCH", "SCHEDULED"],
        ["WATCH", "IN PROGRESS"]
      ])
      assert.deepStrictEqual(yield* Queue.take(delivered), {
        _tag: "stateReport",
        receivingAE: "WATCH",
        sopInstanceUid: one,
        information: { procedureStepState: "CANCELED", inputReadinessState: "READY", ...cancel }
      })
      assert.strictEqual((yield* ask(one)).status.code, 0xb304)
      yield* change("IN PROGRESS", mine, two)
      assert.strictEqual(yield* codeOf(ask(two)), "c312")
      yield* client.subscribe({ sopInstanceUid: two, dataSet: subscription("WORK") })
      yield* ask(two)
      assert.deepStrictEqual(yield* told(1), [["WORK", "IN PROGRESS"]])
      assert.deepStrictEqual(yield* Queue.take(delivered), {
        _tag: "cancelRequested",
        receivingAE: "WORK",
        sopInstanceUid: two,
        information: { requestingAE: "SCU", ...cancel }
      })
      assert.strictEqual(yield* codeOf(ask(others)), "c307")
    })
  )

  it.effect("global and filtered subscriptions, their suspension and their end", () =>
    Effect.gen(function* () {
      const { client, isLocked, told } = yield* provided()
      yield* client.create({ sopInstanceUid: one, dataSet: scheduled() })
      yield* client.subscribe({ sopInstanceUid: globalSubscription, dataSet: subscription("ALL", "TRUE") })
      const keys = Result.getOrThrow(DataSet.with(subscription("SOME"), Attribute.WorklistLabel, "LUNG"))
      yield* client.subscribe({ sopInstanceUid: filteredGlobalSubscription, dataSet: keys })
      assert.isTrue(yield* isLocked(one))
      yield* client.create({ sopInstanceUid: two, dataSet: scheduled({ worklistLabel: "LUNG" }) })
      assert.deepStrictEqual(yield* told(3), [
        ["ALL", "SCHEDULED"],
        ["ALL", "SCHEDULED"],
        ["SOME", "SCHEDULED"]
      ])
      const dataSet = { receivingAE: "ALL" }
      yield* client.suspendGlobalSubscription({ sopInstanceUid: globalSubscription, dataSet })
      assert.strictEqual(yield* codeOf(client.suspendGlobalSubscription({ sopInstanceUid: one, dataSet })), "c314")
      yield* client.create({ sopInstanceUid: others, dataSet: scheduled() })
      assert.isTrue(yield* isLocked(two))
      yield* client.unsubscribe({ sopInstanceUid: one, dataSet })
      assert.isFalse(yield* isLocked(one))
      yield* client.unsubscribe({ sopInstanceUid: globalSubscription, dataSet })
      assert.isFalse(yield* isLocked(two))
      const unready = Result.getOrThrow(DataSet.with(empty, Attribute.InputReadinessState, "UNAVAILABLE"))
      yield* client.set({ sopInstanceUid: two, dataSet: unready })
      assert.deepStrictEqual(yield* told(1), [["SOME", "SCHEDULED"]])
    })
  )

  it.effect("an N-SET tells of progress and of an assignment", () =>
    Effect.gen(function* () {
      const { client, delivered, told } = yield* provided()
      yield* client.create({ sopInstanceUid: one, dataSet: scheduled() })
      yield* client.subscribe({ sopInstanceUid: one, dataSet: subscription("WATCH") })
      const item = Result.getOrThrow(DataSet.with(empty, Attribute.ProcedureStepProgressDescription, "Half of it"))
      const dataSet = Result.getOrThrow(
        DataSet.withAll(empty, [
          [Attribute.ProcedureStepProgressInformationSequence, [item]],
          [Attribute.ScheduledStationNameCodeSequence, [code]]
        ])
      )
      yield* client.set({ sopInstanceUid: one, dataSet })
      yield* told(1)
      const assigned = yield* Queue.take(delivered)
      const progress = yield* Queue.take(delivered)
      assert.deepStrictEqual(
        [assigned.information, progress.information],
        [
          { scheduledStationNameCode: [{ codeMeaning: "CAD workstation" }] },
          { progress: [{ procedureStepProgressDescription: "Half of it" }] }
        ]
      )
    })
  )

  it.effect("a subscriber that is not known, and a lock that is not granted", () =>
    Effect.gen(function* () {
      const { announce, client, isLocked, told } = yield* provided({
        isKnown: (ae) => ae !== "NOBODY",
        grantsDeletionLocks: false
      })
      yield* client.create({ sopInstanceUid: one, dataSet: scheduled() })
      assert.strictEqual(
        yield* codeOf(client.subscribe({ sopInstanceUid: one, dataSet: subscription("NOBODY") })),
        "c308"
      )
      assert.strictEqual(yield* codeOf(client.subscribe({ sopInstanceUid: one, dataSet: empty })), "115")
      const { status } = yield* client.subscribe({ sopInstanceUid: one, dataSet: subscription("WATCH", "TRUE") })
      assert.deepStrictEqual([status.code, yield* isLocked(one)], [0xb301, false])
      yield* announce(
        { scpStatus: "GOING DOWN", subscriptionListStatus: "COLD START", unifiedProcedureStepListStatus: "WARM START" },
        ["RIS", "WATCH"]
      )
      assert.deepStrictEqual(yield* told(3), [
        ["WATCH", "SCHEDULED"],
        ["WATCH", "statusChange"],
        ["RIS", "statusChange"]
      ])
    })
  )

  it.effect("steps are found by keys, and given by attributes, without the transaction UID", () =>
    Effect.gen(function* () {
      const { change, client } = yield* provided()
      yield* client.create({ sopInstanceUid: one, dataSet: scheduled() })
      yield* client.create({ sopInstanceUid: two, dataSet: scheduled({ procedureStepLabel: "3D" }) })
      yield* change("IN PROGRESS")
      const identifier = Result.getOrThrow(
        DataSet.withAll(empty, [
          [Attribute.ProcedureStepState, "IN PROGRESS"],
          [Attribute.ProcedureStepLabel, null],
          [Attribute.TransactionUID, null]
        ])
      )
      const found = yield* Stream.runCollect(client.find(identifier))
      assert.deepStrictEqual(
        found.map(({ identifier }) => [
          Result.getOrThrow(DataSet.get(identifier, Attribute.ProcedureStepLabel)),
          Result.getOrThrow(DataSet.get(identifier, Attribute.TransactionUID))
        ]),
        [["CAD", null]]
      )
      const attributes = [Attribute.ProcedureStepLabel.tag, Attribute.TransactionUID.tag]
      const { dataSet } = yield* client.get({ sopInstanceUid: two, attributes })
      assert.deepStrictEqual(
        DataSet.elements(dataSet).map(({ tag }) => tag),
        [Attribute.ProcedureStepLabel.tag]
      )
      assert.strictEqual(yield* codeOf(client.get({ sopInstanceUid: others })), "c307")
    })
  )

  it.effect("one subscriber that fails, dies or never answers stops none of the others, nor its own next event", () =>
    Effect.gen(function* () {
      const logged: Array<unknown> = []
      const logger = Logger.make(({ message }) => void logged.push(Array.isArray(message) ? message[0] : message))
      const delivered = yield* Queue.unbounded<Report>()
      const tried: Array<string> = []
      const made = yield* provided({
        deliver: (report) => {
          const { receivingAE } = report
          tried.push(receivingAE)
          if (receivingAE === "FAILS") return Effect.fail("out of reach")
          if (receivingAE === "DIES") throw new Error("a defect")
          return receivingAE === "SILENT" ? Effect.never : Effect.asVoid(Queue.offer(delivered, report))
        },
        deliverWithin: "10 seconds"
      }).pipe(Effect.provide(Logger.layer([logger])))
      yield* made.client.create({ sopInstanceUid: one, dataSet: scheduled() })
      for (const ae of ["FAILS", "DIES", "SILENT", "WATCH"])
        yield* made.client.subscribe({ sopInstanceUid: one, dataSet: subscription(ae) })
      const states = Effect.map(Effect.replicateEffect(Queue.take(delivered), 2), (reports) =>
        reports.map(({ information, receivingAE }) => [
          receivingAE,
          "procedureStepState" in information ? information.procedureStepState : undefined
        ])
      )
      yield* made.change("IN PROGRESS")
      assert.deepStrictEqual(yield* states, [
        ["WATCH", "SCHEDULED"],
        ["WATCH", "IN PROGRESS"]
      ])
      assert.deepStrictEqual(tried.toSorted(), ["DIES", "DIES", "FAILS", "FAILS", "SILENT", "WATCH", "WATCH"])
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(tried.filter((ae) => ae === "SILENT").length, 2)
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(
        logged,
        Array.from({ length: 6 }, () => "An event of a Unified Procedure Step was not delivered")
      )
    })
  )

  it.effect("no more subscribers are told at once than may be, and a slow one gives its place to the next", () =>
    Effect.gen(function* () {
      let at = 0
      let most = 0
      const order: Array<string> = []
      const { client } = yield* provided({
        deliver: ({ receivingAE }) =>
          Effect.gen(function* () {
            most = Math.max(most, ++at)
            order.push(receivingAE)
            yield* Effect.sleep("1 minute")
          }).pipe(Effect.ensuring(Effect.sync(() => void at--))),
        deliverConcurrency: 2,
        deliverWithin: "5 seconds"
      })
      yield* client.create({ sopInstanceUid: one, dataSet: scheduled() })
      for (const ae of ["A", "B", "C", "D"]) {
        yield* client.subscribe({ sopInstanceUid: one, dataSet: subscription(ae) })
      }
      yield* TestClock.adjust("4 seconds")
      assert.deepStrictEqual(order, ["A", "B"])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([order, most], [["A", "B", "C", "D"], 2])
    })
  )

  it.effect("of the events that wait for a subscriber the oldest are dropped, and of no other's", () =>
    Effect.gen(function* () {
      const hold = yield* Deferred.make<void>()
      const told: Array<ReadonlyArray<string>> = []
      const { announce, client } = yield* provided({
        capacity: 2,
        deliver: ({ _tag, receivingAE }) =>
          Effect.andThen(
            receivingAE === "SLOW" ? Deferred.await(hold) : Effect.void,
            Effect.sync(() => void told.push([receivingAE, _tag]))
          )
      })
      yield* client.create({ sopInstanceUid: one, dataSet: scheduled() })
      yield* client.subscribe({ sopInstanceUid: one, dataSet: subscription("SLOW") })
      yield* client.subscribe({ sopInstanceUid: one, dataSet: subscription("WATCH") })
      const change = {
        scpStatus: "GOING DOWN",
        subscriptionListStatus: "WARM START",
        unifiedProcedureStepListStatus: "WARM START"
      } as const
      for (let i = 0; i < 5; i++) {
        yield* announce(change)
        yield* settled
      }
      assert.strictEqual(told.length, 6)
      yield* Deferred.succeed(hold, undefined)
      yield* settled
      assert.deepStrictEqual(told.slice(6), [
        ["SLOW", "stateReport"],
        ["SLOW", "statusChange"],
        ["SLOW", "statusChange"]
      ])
    })
  )

  it.effect("who unsubscribes while it is told of one event is not told of those that wait", () =>
    Effect.gen(function* () {
      const hold = yield* Deferred.make<void>()
      const told: Array<ReadonlyArray<unknown>> = []
      const { change, client, forget, steps } = yield* provided({
        deliver: ({ information, receivingAE, sopInstanceUid }) =>
          Effect.andThen(
            Deferred.await(hold),
            Effect.sync(
              () =>
                void told.push([
                  receivingAE,
                  sopInstanceUid,
                  "procedureStepState" in information ? information.procedureStepState : undefined
                ])
            )
          )
      })
      yield* client.create({ sopInstanceUid: one, dataSet: scheduled() })
      yield* client.create({ sopInstanceUid: two, dataSet: scheduled() })
      for (const ae of ["LEAVES", "STAYS"]) {
        yield* client.subscribe({ sopInstanceUid: one, dataSet: subscription(ae) })
        yield* client.subscribe({ sopInstanceUid: two, dataSet: subscription(ae) })
      }
      yield* change("IN PROGRESS")
      yield* client.unsubscribe({ sopInstanceUid: one, dataSet: { receivingAE: "LEAVES" } })
      // That the provider forgets a step is no wish of the subscriber's.
      steps.delete(one)
      yield* forget(one)
      yield* Deferred.succeed(hold, undefined)
      yield* settled
      assert.deepStrictEqual(
        told.filter(([ae]) => ae === "LEAVES"),
        [
          ["LEAVES", one, "SCHEDULED"],
          ["LEAVES", two, "SCHEDULED"]
        ]
      )
      assert.deepStrictEqual(
        told.filter(([ae]) => ae === "STAYS"),
        [
          ["STAYS", one, "SCHEDULED"],
          ["STAYS", two, "SCHEDULED"],
          ["STAYS", one, "IN PROGRESS"]
        ]
      )
    })
  )

  it.effect.prop(
    "whatever users ask of a step at the same time, one has it, it ends once, and each subscriber is told of its course in order",
    {
      asked: Schema.Array(
        Schema.Struct({
          by: Schema.Literals([0, 1, 2]),
          what: Schema.Literals([
            "claim",
            "claim",
            "complete",
            "cancel",
            "ask to cancel",
            "set",
            "subscribe",
            "unsubscribe"
          ]),
          after: Schema.Literals([0, 0, 1, 2])
        })
      ).check(Schema.isMinLength(6), Schema.isMaxLength(30)),
      delays: Schema.Array(Schema.Literals([0, 1, 3])).check(Schema.isMaxLength(30))
    },
    ({ asked, delays }) =>
      Effect.gen(function* () {
        const left = [...delays]
        const wait = Effect.suspend(() => Effect.sleep(`${left.shift() ?? 0} seconds`))
        const steps = new Map<Uid.Uid, Kept>()
        const told = new Map<string, Array<string>>()
        const { provider } = yield* UnifiedProcedureStepProvider.make({
          store: {
            get: (uid) =>
              Effect.andThen(
                wait,
                Effect.sync(() => steps.get(uid))
              ),
            put: (step) =>
              Effect.andThen(
                wait,
                Effect.sync(() => void steps.set(step.sopInstanceUid, step))
              ),
            all: Stream.suspend(() => Stream.fromIterable([...steps.values()]))
          },
          deliver: ({ information, receivingAE }) =>
            Effect.andThen(
              wait,
              Effect.sync(() => {
                const state = "procedureStepState" in information ? information.procedureStepState : "other"
                told.set(receivingAE, [...(told.get(receivingAE) ?? []), state])
              })
            )
        })
        const joined = yield* serve([provider])
        const uids = [mine, others, Uid.makeUnsafe("2.25.13")]
        const users = yield* Effect.forEach(uids, (transactionUid, i) =>
          Effect.map(request(joined, serviceClass.presentationContexts()), (association) => ({
            client: serviceClass.client(association),
            transactionUid,
            dataSet: { receivingAE: `USER${i}` }
          }))
        )
        const [first] = users
        assert(first !== undefined)
        const ready = Result.getOrThrow(DataSet.withAll(scheduled(), [[Attribute.InputReadinessState, "READY"]]))
        yield* first.client.create({ sopInstanceUid: one, dataSet: ready })
        yield* first.client.subscribe({ sopInstanceUid: one, dataSet: subscription("WATCH") })
        const done: Array<readonly [string, number]> = []
        yield* Effect.forEach(
          users,
          ({ client, dataSet, transactionUid }, by) =>
            Effect.forEach(
              asked.filter((one) => one.by === by),
              ({ after, what }) => {
                const to = (procedureStepState: Kept["state"]) =>
                  client.changeState({ sopInstanceUid: one, dataSet: { procedureStepState, transactionUid } })
                const setting = client.set({
                  sopInstanceUid: one,
                  dataSet: withUid(performedAndDiscontinued, transactionUid)
                })
                const asking: Record<
                  typeof what,
                  Effect.Effect<{ readonly status: { readonly class: string } }, unknown>
                > = {
                  claim: to("IN PROGRESS"),
                  complete: Effect.andThen(Effect.ignore(setting), to("COMPLETED")),
                  cancel: Effect.andThen(Effect.ignore(setting), to("CANCELED")),
                  "ask to cancel": client.requestCancel({ sopInstanceUid: one, dataSet: {} }),
                  set: setting,
                  subscribe: client.subscribe({ sopInstanceUid: one, dataSet: subscription(dataSet.receivingAE) }),
                  unsubscribe: client.unsubscribe({ sopInstanceUid: one, dataSet })
                }
                return Effect.andThen(
                  Effect.sleep(`${after} seconds`),
                  Effect.match(asking[what], {
                    onSuccess: ({ status }) => {
                      if (status.class === "Success") done.push([what, by])
                    },
                    onFailure: () => {}
                  })
                )
              }
            ),
          { concurrency: "unbounded" }
        )
        yield* Effect.sleep("2 minutes")
        const ok = (what: string) => done.filter((one) => one[0] === what)
        const state = steps.get(one)?.state
        assert.isAtMost(ok("claim").length, 1, "more than one has claimed it")
        assert.isAtMost(ok("complete").length + ok("cancel").length, 1, "it has ended more than once")
        for (const what of ["complete", "cancel", "set"])
          for (const [, by] of ok(what)) assert.strictEqual(by, ok("claim")[0]?.[1], `${what} by another`)
        const course =
          state === "SCHEDULED"
            ? ["SCHEDULED"]
            : state === "IN PROGRESS"
              ? ["SCHEDULED", "IN PROGRESS"]
              : ["SCHEDULED", "IN PROGRESS", state]
        assert.deepStrictEqual(
          told.get("WATCH")?.filter((state) => state !== "other"),
          course
        )
      }).pipe(Effect.scoped, inTime),
    { timeout: 120_000, arbitrary: { runs: 60 } }
  )

  it.effect("a report goes over an association of the provider's own", () =>
    Effect.gen(function* () {
      const told: Array<unknown> = []
      const note = ({ dataSet }: { readonly dataSet: unknown }) => Effect.sync(() => void told.push(dataSet))
      const watcher = yield* serve([
        events.notificationHandlers({
          stateReport: note,
          cancelRequested: note,
          progressReport: note,
          statusChange: note,
          assigned: note
        })
      ])
      const { presentationContexts, userInformation } = events.proposal({ role: "SCP" })
      const association = yield* request(watcher, presentationContexts, { userInformation })
      const information = { procedureStepState: "SCHEDULED", inputReadinessState: "READY" } as const
      yield* UnifiedProcedureStepEvent.send(association, {
        _tag: "stateReport",
        receivingAE: "WATCH",
        sopInstanceUid: one,
        information
      })
      assert.deepStrictEqual(told, [information])
    })
  )
})
