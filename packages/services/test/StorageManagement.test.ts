import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Match from "effect/Match"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { GeneralStatus, Operation, ServiceClass, ServiceClassProvider, StorageManagement } from "../src/index.ts"
import type { ServiceStatus } from "../src/index.ts"
import { request, serve } from "./joined.ts"
import { ownStatuses } from "./ownStatuses.ts"

const { ActionStatus, EventStatus, serviceClass, sopInstanceUid } = StorageManagement
const transactionUid = Uid.makeUnsafe("2.25.1")
const initiate = {
  transactionUid,
  scopeOfInventory: null,
  inventoryPurpose: "MIGRATION",
  inventoryLevel: "SERIES",
  requestedStatusInterval: 60
} as const

/** A provider that writes down what it is asked, with other handlers for some. */
const writing = (told: Array<unknown>) => ({
  initiate: ({ dataSet }: { readonly dataSet: unknown }) => Effect.sync(() => void told.push(["initiate", dataSet])),
  requestStatus: ({ dataSet }: { readonly dataSet: unknown }) => Effect.sync(() => void told.push(["status", dataSet])),
  cancel: ({ dataSet }: { readonly dataSet: unknown }) => Effect.sync(() => void told.push(["cancel", dataSet])),
  pause: ({ dataSet }: { readonly dataSet: unknown }) => Effect.sync(() => void told.push(["pause", dataSet])),
  resume: ({ dataSet }: { readonly dataSet: unknown }) => Effect.sync(() => void told.push(["resume", dataSet]))
})

describe("StorageManagement", () => {
  it.effect("every action reaches its handler", () =>
    Effect.gen(function* () {
      const told: Array<unknown> = []
      const joined = yield* serve([serviceClass.handlers(writing(told))])
      const client = serviceClass.client(yield* request(joined, serviceClass.presentationContexts()))
      const follow = { transactionUid, requestedStatusInterval: 10 }
      const cancel = { transactionUid, retainInstances: "YES" }
      const transaction = { transactionUid }
      yield* client.initiate({ sopInstanceUid, dataSet: initiate })
      yield* client.requestStatus({ sopInstanceUid, dataSet: follow })
      yield* client.pause({ sopInstanceUid, dataSet: transaction })
      yield* client.resume({ sopInstanceUid, dataSet: transaction })
      yield* client.cancel({ sopInstanceUid, dataSet: cancel })
      assert.deepStrictEqual(told, [
        ["initiate", initiate],
        ["status", follow],
        ["pause", transaction],
        ["resume", transaction],
        ["cancel", cancel]
      ])
    })
  )

  it.effect("the keys of the scope of an inventory are a data set of any attributes", () =>
    Effect.gen(function* () {
      const asked: Array<unknown> = []
      const joined = yield* serve([
        serviceClass.handlers({
          ...writing([]),
          initiate: ({ dataSet }) =>
            Effect.sync(() => {
              const scope = dataSet.scopeOfInventory?.[0]
              if (scope !== undefined) asked.push(DataSet.get(scope, Attribute.ModalitiesInStudy))
              return { status: ActionStatus.of.KeyAttributesNotSupported() }
            })
        })
      ])
      const client = serviceClass.client(yield* request(joined, serviceClass.presentationContexts()))
      const scope = Effect.fromResult(
        DataSet.with(DataSet.empty(TransferSyntax.ExplicitVRLittleEndian), Attribute.ModalitiesInStudy, ["CT"])
      )
      const { status } = yield* client.initiate({
        sopInstanceUid,
        dataSet: { ...initiate, scopeOfInventory: [yield* scope] }
      })
      assert.deepStrictEqual(status, ActionStatus.of.KeyAttributesNotSupported())
      assert.strictEqual(asked.length, 1)
    })
  )

  it.effect("the production is reported on the same association", () =>
    Effect.gen(function* () {
      const heard: Array<unknown> = []
      const processing = { transactionUid, transactionStatus: "PROCESSING", totalNumberOfStudyRecords: 3n } as const
      const complete = {
        transactionUid,
        transactionStatus: "COMPLETE",
        referencedSopClassUid: SopClass.InventoryStorage,
        referencedSopInstanceUid: Uid.makeUnsafe("2.25.2"),
        retrieveAETitle: ["ARCHIVE"],
        totalNumberOfStudyRecords: 12n
      } as const
      const failure = { transactionUid, transactionStatus: "FAILURE", transactionStatusComment: "Disk full" } as const
      const joined = yield* serve([
        serviceClass.handlers({
          ...writing([]),
          initiate: ({ association }) => {
            const notifier = serviceClass.notifier(association)
            return Effect.orDie(
              Effect.gen(function* () {
                yield* notifier.status({ sopInstanceUid, dataSet: processing })
                yield* notifier.terminatedWithInstances({ sopInstanceUid, dataSet: complete })
                yield* notifier.terminatedWithoutInstances({ sopInstanceUid, dataSet: failure })
              })
            )
          }
        })
      ])
      const association = yield* request(joined, serviceClass.presentationContexts())
      yield* Effect.forkChild(
        ServiceClassProvider.serve(
          association,
          serviceClass.notificationHandlers({
            status: ({ dataSet }) => Effect.sync(() => void heard.push(dataSet)),
            terminatedWithInstances: ({ dataSet }) => Effect.sync(() => void heard.push(dataSet)),
            terminatedWithoutInstances: ({ dataSet }) => Effect.sync(() => void heard.push(dataSet))
          })
        )
      )
      yield* serviceClass.client(association).initiate({ sopInstanceUid, dataSet: initiate })
      assert.deepStrictEqual(heard, [processing, complete, failure])
    })
  )

  it("an inventory that has ended is had from an AE title or a URL, one of which is there", () => {
    const ended = {
      transactionUid,
      transactionStatus: "COMPLETE",
      referencedSopClassUid: SopClass.InventoryStorage,
      referencedSopInstanceUid: Uid.makeUnsafe("2.25.2"),
      totalNumberOfStudyRecords: 0n
    } as const
    const encode = Schema.encodeResult(StorageManagement.TerminatedWithInstances)
    assert(Result.isSuccess(encode({ ...ended, retrieveUrl: "https://archive.example/inventories" })))
    const refused = encode(ended)
    assert(Result.isFailure(refused))
    assert.include(refused.failure.message, "neither Retrieve AE Title nor Retrieve URL is there")
  })

  it.effect("an action without its Transaction UID never reaches the handler", () =>
    Effect.gen(function* () {
      const told: Array<unknown> = []
      const joined = yield* serve([serviceClass.handlers(writing(told))])
      const loose = ServiceClass.make("Any information", {
        sopClasses: serviceClass.sopClasses,
        operations: { resume: Operation.action({ statuses: ActionStatus, actionTypeId: 15 }) }
      })
      const client = loose.client(yield* request(joined, loose.presentationContexts()))
      const error = yield* Effect.flip(
        client.resume({ sopInstanceUid, dataSet: DataSet.empty(TransferSyntax.ExplicitVRLittleEndian) })
      )
      assert(error._tag === "Refused")
      assert.deepStrictEqual([told, error.status.code], [[], 0x0115])
    })
  )

  it("the states and what leads from one to another are those of PS3.4 section KK.2.1", () => {
    const rows = Object.entries(StorageManagement.transitions).flatMap(([from, to]) =>
      Object.entries(to).map(([state, by]) => [from, state, by])
    )
    assert.deepStrictEqual(rows, [
      ["PROCESSING", "COMPLETE", undefined],
      ["PROCESSING", "FAILURE", undefined],
      ["PROCESSING", "PAUSED", "pause"],
      ["PROCESSING", "CANCELED", "cancel"],
      ["PAUSED", "PROCESSING", "resume"],
      ["PAUSED", "CANCELED", "cancel"]
    ])
  })

  it("the action types are those of PS3.4 Table KK.2-1, the event types those of Table KK.2-2", () => {
    assert.deepStrictEqual(
      Object.entries(serviceClass.operations).map(([name, { service, typeId }]) => [name, service, typeId]),
      [
        ["initiate", "N-ACTION", 11],
        ["requestStatus", "N-ACTION", 12],
        ["cancel", "N-ACTION", 13],
        ["pause", "N-ACTION", 14],
        ["resume", "N-ACTION", 15],
        ["terminatedWithInstances", "N-EVENT-REPORT", 11],
        ["status", "N-EVENT-REPORT", 12],
        ["terminatedWithoutInstances", "N-EVENT-REPORT", 13]
      ]
    )
    assert.deepStrictEqual([...serviceClass.sopClasses], ["1.2.840.10008.5.1.4.1.1.201.5"])
    assert.strictEqual(sopInstanceUid, "1.2.840.10008.5.1.4.1.1.201.1.1")
  })

  it("the statuses are those of PS3.4 Table KK.2.2.3-1", () => {
    assert.deepStrictEqual(ownStatuses(ActionStatus, GeneralStatus.action), [
      ["KeyAttributesNotSupported", "Warning", "B010"]
    ])
    assert.deepStrictEqual(ownStatuses(EventStatus, GeneralStatus.eventReport), [])
  })

  it("how an action ends is matched exhaustively", () => {
    const say = Match.type<ServiceStatus.OfClass<typeof ActionStatus, "Success" | "Warning">>().pipe(
      Match.tagsExhaustive({ Success: () => "begun", KeyAttributesNotSupported: () => "begun, with more than asked" })
    )
    assert.strictEqual(say(ActionStatus.of.KeyAttributesNotSupported()), "begun, with more than asked")
  })

  it("what the class does not have does not compile", () => {
    const notRun = (client: ServiceClass.Client<typeof serviceClass.operations>) => {
      // @ts-expect-error: a production is of a transaction
      client.pause({ sopInstanceUid, dataSet: {} })
      // @ts-expect-error: there is no such level
      client.initiate({ sopInstanceUid, dataSet: { ...initiate, inventoryLevel: "PATIENT" } })
      // @ts-expect-error: a user does not report
      client.status({ sopInstanceUid, dataSet: { transactionUid, transactionStatus: "PAUSED" } })
      // @ts-expect-error: a provider has every action
      serviceClass.handlers({ initiate: () => Effect.void })
      const event = EventStatus.of.NoSuchEventType()
      // @ts-expect-error: an action is no event
      serviceClass.handlers({ ...writing([]), initiate: () => Effect.fail(event) })
    }
    assert.isFunction(notRun)
  })
})
