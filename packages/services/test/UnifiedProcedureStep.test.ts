import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { GeneralStatus, UnifiedProcedureStep, UnifiedProcedureStepStatus } from "../src/index.ts"
import { request, serve } from "./joined.ts"
import { ownStatuses } from "./ownStatuses.ts"

const { events, pull, push, query, serviceClass, watch } = UnifiedProcedureStep

const sopInstanceUid = Uid.makeUnsafe("2.25.1")
const transactionUid = Uid.makeUnsafe("2.25.2")
const labelled = Result.getOrThrow(
  DataSet.with(DataSet.empty(TransferSyntax.ExplicitVRLittleEndian), Attribute.ProcedureStepLabel, "CAD")
)
const subscription = Schema.encodeSync(UnifiedProcedureStep.Subscribe)({ receivingAE: "WATCH", deletionLock: "FALSE" })

const label = (dataSet: DataSet.DataSet) => Result.getOrThrow(DataSet.get(dataSet, Attribute.ProcedureStepLabel))

describe("UnifiedProcedureStep", () => {
  it.effect("a step of a schema is created with the empty attributes of PS3.4 Table CC.2.5-3", () =>
    Effect.gen(function* () {
      const told: Array<DataSet.DataSet> = []
      const joined = yield* serve([
        push.handlers({
          create: ({ dataSet }) => Effect.sync(() => void told.push(dataSet)),
          requestCancel: () => Effect.void,
          get: () => Effect.succeed({ dataSet: labelled })
        })
      ])
      const typed = UnifiedProcedureStep.makePush({ attributes: UnifiedProcedureStep.Scheduled })
      const { create } = typed.client(yield* request(joined, typed.presentationContexts()))
      yield* create({
        sopInstanceUid,
        dataSet: {
          procedureStepState: "SCHEDULED",
          scheduledProcedureStepPriority: "LOW",
          procedureStepLabel: "CAD",
          scheduledProcedureStepStartDateTime: { year: 2026, month: 3, day: 14 },
          inputReadinessState: "READY",
          patientId: "P1"
        }
      })
      const [dataSet] = told
      assert(dataSet !== undefined)
      assert.deepStrictEqual(
        DataSet.elements(dataSet).map(({ tag }) => tag.toString(16).padStart(8, "0")),
        [
          ...[
            "00081080",
            "00081084",
            "00081195",
            "00100010",
            "00100020",
            "00100021",
            "00100024",
            "00100030",
            "00100040",
            "00101002",
            "00380010",
            "00380014"
          ],
          ...[
            "00400400",
            "00404005",
            "00404018",
            "00404021",
            "00404025",
            "00404026",
            "00404027",
            "00404041",
            "0040a370"
          ],
          ...["00741000", "00741002", "00741200", "00741202", "00741204", "00741210", "00741216"]
        ]
      )
      // @ts-expect-error: a step is created scheduled
      const wrong: typeof UnifiedProcedureStep.Scheduled.Type.procedureStepState = "COMPLETED"
      assert.isString(wrong)
    })
  )

  it.effect("each operation goes by its SOP class's context, and names UPS Push but for the query", () =>
    Effect.gen(function* () {
      const seen: Array<unknown> = []
      const note = (name: string) => (incoming: { readonly sopClassUid: Uid.Uid }) =>
        Effect.sync(() => void seen.push([name, incoming.sopClassUid]))
      const noteGet = (incoming: { readonly sopClassUid: Uid.Uid }) =>
        Effect.as(note("get")(incoming), { dataSet: labelled })
      const joined = yield* serve([
        serviceClass.handlers({
          create: note("create"),
          set: note("set"),
          get: noteGet,
          changeState: note("changeState"),
          requestCancel: note("requestCancel"),
          subscribe: note("subscribe"),
          unsubscribe: note("unsubscribe"),
          suspendGlobalSubscription: note("suspend"),
          find: ({ identifier, sopClassUid }) => {
            seen.push(["find", sopClassUid])
            return Stream.make({ identifier })
          }
        })
      ])
      const pushing = push.client(yield* request(joined, push.presentationContexts()))
      yield* pushing.create({ sopInstanceUid, dataSet: labelled })
      yield* pushing.requestCancel({ sopInstanceUid, dataSet: { reasonForCancellation: "Twice" } })
      const pulling = pull.client(yield* request(joined, pull.presentationContexts()))
      const found = yield* Stream.runCollect(pulling.find(labelled))
      yield* pulling.changeState({ sopInstanceUid, dataSet: { procedureStepState: "IN PROGRESS", transactionUid } })
      yield* pulling.set({ sopInstanceUid, dataSet: labelled })
      const { dataSet } = yield* pulling.get({ sopInstanceUid })
      const watching = watch.client(yield* request(joined, watch.presentationContexts()))
      yield* watching.subscribe({ sopInstanceUid, dataSet: subscription })
      yield* watching.unsubscribe({ sopInstanceUid, dataSet: { receivingAE: "WATCH" } })
      yield* watching.suspendGlobalSubscription({
        sopInstanceUid: UnifiedProcedureStep.globalSubscription,
        dataSet: { receivingAE: "WATCH" }
      })
      yield* Stream.runDrain(query.client(yield* request(joined, query.presentationContexts())).find(labelled))
      const { UnifiedProcedureStepPull, UnifiedProcedureStepPush: named, UnifiedProcedureStepQuery } = SopClass
      assert.deepStrictEqual(seen, [
        ["create", named],
        ["requestCancel", named],
        ["find", UnifiedProcedureStepPull],
        ["changeState", named],
        ["set", named],
        ["get", named],
        ["subscribe", named],
        ["unsubscribe", named],
        ["suspend", named],
        ["find", UnifiedProcedureStepQuery]
      ])
      assert.deepStrictEqual([label(dataSet), ...found.map((match) => label(match.identifier))], ["CAD", "CAD"])
    })
  )

  it.effect("events are reported on an association that the provider requests", () =>
    Effect.gen(function* () {
      const told: Array<unknown> = []
      const note =
        (name: string) =>
        ({ dataSet, sopClassUid }: { readonly dataSet: unknown; readonly sopClassUid: Uid.Uid }) =>
          Effect.sync(() => void told.push([name, sopClassUid, dataSet]))
      const joined = yield* serve([
        events.notificationHandlers({
          stateReport: note("state"),
          cancelRequested: note("cancel"),
          progressReport: note("progress"),
          statusChange: note("status"),
          assigned: note("assigned")
        })
      ])
      const { presentationContexts, userInformation } = events.proposal({ role: "SCP" })
      const notifier = events.notifier(yield* request(joined, presentationContexts, { userInformation }))
      const state = { procedureStepState: "SCHEDULED", inputReadinessState: "READY" } as const
      const progress = { progress: [{ procedureStepProgressDescription: "Half of it" }] }
      const status = {
        scpStatus: "RESTARTED",
        subscriptionListStatus: "COLD START",
        unifiedProcedureStepListStatus: "WARM START"
      } as const
      yield* notifier.stateReport({ sopInstanceUid, dataSet: state })
      yield* notifier.cancelRequested({ sopInstanceUid, dataSet: { requestingAE: "RIS" } })
      yield* notifier.progressReport({ sopInstanceUid, dataSet: progress })
      yield* notifier.statusChange({ sopInstanceUid, dataSet: status })
      yield* notifier.assigned({ sopInstanceUid, dataSet: { humanPerformerOrganization: "Ward 3" } })
      const named = SopClass.UnifiedProcedureStepPush
      assert.deepStrictEqual(told, [
        ["state", named, state],
        ["cancel", named, { requestingAE: "RIS" }],
        ["progress", named, progress],
        ["status", named, status],
        ["assigned", named, { humanPerformerOrganization: "Ward 3" }]
      ])
    })
  )

  it("the statuses are those of PS3.4 section CC.2", () => {
    const optional = ["OptionalAttributesNotSupported", "Warning", "0001"] as const
    const none = ["NoSuchUps", "Failure", "C307"] as const
    const canceled = ["AlreadyCanceled", "Warning", "B304"] as const
    const final = ["MayNoLongerBeUpdated", "Failure", "C300"] as const
    const wrong = ["WrongTransactionUid", "Failure", "C301"] as const
    const notInProgress = ["NotInProgress", "Failure", "C310"] as const
    // Table CC.2.1-2
    assert.deepStrictEqual(ownStatuses(UnifiedProcedureStepStatus.ChangeStateStatus, GeneralStatus.action), [
      canceled,
      ["AlreadyCompleted", "Warning", "B306"],
      final,
      wrong,
      ["AlreadyInProgress", "Failure", "C302"],
      ["OnlyScheduledByCreate", "Failure", "C303"],
      ["FinalStateRequirementsNotMet", "Failure", "C304"],
      none,
      notInProgress
    ])
    // Table CC.2.2-2
    assert.deepStrictEqual(ownStatuses(UnifiedProcedureStepStatus.RequestCancelStatus, GeneralStatus.action), [
      canceled,
      none,
      ["AlreadyCompleted", "Failure", "C311"],
      ["PerformerCannotBeContacted", "Failure", "C312"],
      ["PerformerChoosesNotToCancel", "Failure", "C313"]
    ])
    // Table CC.2.3-3
    assert.deepStrictEqual(ownStatuses(UnifiedProcedureStepStatus.SubscribeStatus, GeneralStatus.action), [
      ["DeletionLockNotGranted", "Warning", "B301"],
      none,
      ["ReceivingAEUnknown", "Failure", "C308"],
      ["ActionNotAppropriate", "Failure", "C314"],
      ["EventReportsNotSupported", "Failure", "C315"]
    ])
    // Section CC.2.4.4
    assert.deepStrictEqual(ownStatuses(UnifiedProcedureStepStatus.EventStatus, GeneralStatus.eventReport), [])
    // Table CC.2.5-4
    assert.deepStrictEqual(ownStatuses(UnifiedProcedureStepStatus.CreateStatus, GeneralStatus.create), [
      ["CreatedWithModifications", "Warning", "B300"],
      ["NotScheduled", "Failure", "C309"]
    ])
    // Table CC.2.6-1
    assert.deepStrictEqual(ownStatuses(UnifiedProcedureStepStatus.SetStatus, GeneralStatus.setAttributes), [
      optional,
      ["Coerced", "Warning", "B305"],
      final,
      wrong,
      none,
      notInProgress
    ])
    // Table CC.2.7-1
    assert.deepStrictEqual(ownStatuses(UnifiedProcedureStepStatus.GetStatus, GeneralStatus.getAttributes), [
      optional,
      none
    ])
    // Table CC.2.8-2
    assert.deepStrictEqual(ownStatuses(UnifiedProcedureStepStatus.FindStatus, GeneralStatus.find), [
      ["OutOfResources", "Failure", "A700"],
      ["DataSetDoesNotMatchSopClass", "Failure", "A900"],
      ["UnableToProcess", "Failure", "C000..CFFF"],
      ["MatchingTerminated", "Cancel", "FE00"],
      ["MatchesAreContinuing", "Pending", "FF00"],
      ["OptionalKeysNotSupported", "Pending", "FF01"]
    ])
  })

  it("the well-known instances are those of PS3.4 sections CC.2.3.2 and CC.3.1.2", () => {
    assert.strictEqual(UnifiedProcedureStep.globalSubscription, "1.2.840.10008.5.1.4.34.5")
    assert.strictEqual(UnifiedProcedureStep.filteredGlobalSubscription, "1.2.840.10008.5.1.4.34.5.1")
  })

  it("statuses are matched exhaustively, and what the classes do not have does not compile", () => {
    const told = (
      status: Extract<
        UnifiedProcedureStepStatus.RequestCancelStatus,
        { readonly code: 0xb304 | 0xc307 | 0xc311 | 0xc312 | 0xc313 }
      >
    ): string => {
      switch (status._tag) {
        case "AlreadyCanceled":
        case "NoSuchUps":
        case "AlreadyCompleted":
        case "PerformerCannotBeContacted":
        case "PerformerChoosesNotToCancel":
          return status._tag
      }
    }
    assert.strictEqual(told(UnifiedProcedureStepStatus.RequestCancelStatus.of.NoSuchUps()), "NoSuchUps")
    const notRun = (client: ReturnType<typeof pull.client>, watching: ReturnType<typeof watch.client>) => {
      // @ts-expect-error: a puller creates no steps
      client.create({ sopInstanceUid, dataSet: labelled })
      // @ts-expect-error: a change of state has a transaction UID
      client.changeState({ sopInstanceUid, dataSet: { procedureStepState: "COMPLETED" } })
      // @ts-expect-error: there is no such state
      client.changeState({ sopInstanceUid, dataSet: { procedureStepState: "DONE", transactionUid } })
      // @ts-expect-error: who unsubscribes is to be said
      watching.unsubscribe({ sopInstanceUid })
      // @ts-expect-error: handlers are missing
      pull.handlers({ find: () => Stream.empty })
      // @ts-expect-error: there is nothing to set in UPS Query
      query.handlers({ find: () => Stream.empty, set: () => Effect.void })
      // @ts-expect-error: this status is that of N-SET
      push.handlers({ create: () => Effect.fail(UnifiedProcedureStepStatus.SetStatus.of.WrongTransactionUid()) })
    }
    assert.isFunction(notRun)
  })
})
