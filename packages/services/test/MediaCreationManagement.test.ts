import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as IS from "@effect-dicom/data/IS"
import * as Uid from "@effect-dicom/data/Uid"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Match from "effect/Match"
import * as Schema from "effect/Schema"
import { GeneralStatus, MediaCreationManagement } from "../src/index.ts"
import { request, serve } from "./joined.ts"
import { ownStatuses } from "./ownStatuses.ts"

const { CancelStatus, CreateStatus, GetStatus, InitiateStatus, Result, serviceClass } = MediaCreationManagement

const sopInstanceUid = Uid.makeUnsafe("2.25.1")

const reference = {
  referencedSopClassUid: Uid.makeUnsafe("1.2.840.10008.5.1.4.1.1.2"),
  referencedSopInstanceUid: Uid.makeUnsafe("2.25.4"),
  requestedMediaApplicationProfile: "STD-GEN-CD"
}

const two = IS.IS.make("2")

const asked: typeof MediaCreationManagement.Attributes.Type = {
  labelText: "Für die Praxis",
  allowMediaSplitting: "NO",
  referencedSop: [reference]
}

const result: typeof Result.Type = {
  executionStatus: "FAILURE",
  executionStatusInfo: "INST_OVERSIZED",
  totalNumberOfPiecesOfMediaCreated: 0,
  failedSop: [{ ...reference, failureReason: 0x0112 }],
  referencedStorageMedia: [{ storageMediaFileSetId: null, storageMediaFileSetUid: Uid.makeUnsafe("2.25.5") }]
}

describe("MediaCreationManagement", () => {
  it.effect("a request is created and initiated, its result is asked for, and it is cancelled too late", () =>
    Effect.gen(function* () {
      const told: Array<unknown> = []
      const tell = (what: unknown) => Effect.sync(() => void told.push(what))
      const dataSet = Schema.encodeSync(Result)(result)
      const joined = yield* serve([
        serviceClass.handlers({
          create: ({ dataSet }) => tell(dataSet),
          initiate: ({ dataSet }) => tell(dataSet),
          cancel: ({ sopInstanceUid: of }) =>
            of === sopInstanceUid ? Effect.fail(CancelStatus.of.AlreadyCompleted()) : Effect.void,
          get: ({ attributes }) =>
            attributes === undefined
              ? Effect.succeed({ dataSet })
              : Effect.succeed({
                  dataSet: DataSet.filter(dataSet, ({ tag }) => attributes.includes(tag)),
                  status: GetStatus.of.OptionalAttributesNotSupported()
                })
        })
      ])
      const client = serviceClass.client(yield* request(joined, serviceClass.presentationContexts()))
      yield* client.create({ sopInstanceUid, dataSet: asked })
      yield* client.initiate({ sopInstanceUid, dataSet: { numberOfCopies: two, requestPriority: "HIGH" } })
      yield* client.initiate({ sopInstanceUid })
      assert.deepStrictEqual(told, [asked, { numberOfCopies: two, requestPriority: "HIGH" }, undefined])
      const all = yield* client.get({ sopInstanceUid })
      assert.deepStrictEqual(yield* Schema.decodeEffect(Result)(all.dataSet), result)
      const one = yield* client.get({ sopInstanceUid, attributes: [Attribute.ExecutionStatus.tag] })
      assert.strictEqual(one.status._tag, "OptionalAttributesNotSupported")
      assert.deepStrictEqual(yield* Schema.decodeEffect(Result)(one.dataSet), { executionStatus: "FAILURE" })
      yield* client.cancel({ sopInstanceUid: Uid.makeUnsafe("2.25.9") })
      const error = yield* Effect.flip(client.cancel({ sopInstanceUid }))
      assert.strictEqual(
        error.message,
        "The operation ended with Failure C201H, Failed: Media creation request already completed"
      )
    })
  )

  it("the statuses are those of PS3.4 sections S.3.2.1.4, S.3.2.2.4, S.3.2.3.4 and S.3.2.4.4", () => {
    assert.deepStrictEqual(ownStatuses(CreateStatus, GeneralStatus.create), [
      ["InitiateMediaCreationAlreadyReceived", "Failure", "A510"]
    ])
    assert.deepStrictEqual(ownStatuses(InitiateStatus, GeneralStatus.action), [])
    assert.deepStrictEqual(ownStatuses(CancelStatus, GeneralStatus.action), [
      ["AlreadyCompleted", "Failure", "C201"],
      ["AlreadyInProgress", "Failure", "C202"],
      ["CancellationDenied", "Failure", "C203"]
    ])
    assert.deepStrictEqual(ownStatuses(GetStatus, GeneralStatus.getAttributes), [
      ["OptionalAttributesNotSupported", "Warning", "0001"]
    ])
  })

  it("the SOP class is that of PS3.4 section S.3.3, the actions those of Tables S.3.2.2.1-1 and S.3.2.3.1-1", () => {
    assert.deepStrictEqual(serviceClass.sopClasses.map(String), ["1.2.840.10008.5.1.1.33"])
    assert.deepStrictEqual([serviceClass.operations.initiate.typeId, serviceClass.operations.cancel.typeId], [1, 2])
  })

  it("statuses are matched exhaustively, and what the class does not have does not compile", () => {
    const told = Match.type<MediaCreationManagement.CancelStatus>().pipe(
      Match.tag("AlreadyCompleted", "AlreadyInProgress", "CancellationDenied", ({ code }) => code),
      Match.discriminatorsExhaustive("class")({ Success: () => 0, Failure: ({ code }) => code })
    )
    assert.strictEqual(told(CancelStatus.of.CancellationDenied()), 0xc203)
    const notRun = (client: ReturnType<typeof serviceClass.client>) => {
      // @ts-expect-error: a request has instances
      client.create({ sopInstanceUid, dataSet: {} })
      // @ts-expect-error: a cancellation has no information
      client.cancel({ sopInstanceUid, dataSet: { numberOfCopies: two } })
      // @ts-expect-error: there is no such priority
      client.initiate({ sopInstanceUid, dataSet: { requestPriority: "URGENT" } })
      // @ts-expect-error: the handlers are missing
      serviceClass.handlers({ create: () => Effect.void })
      const { of } = CancelStatus
      const others = {
        cancel: () => Effect.void,
        create: () => Effect.void,
        get: () => Effect.fail(GetStatus.of.NoSuchSopInstance())
      }
      // @ts-expect-error: an initiation has no such status
      serviceClass.handlers({ ...others, initiate: () => Effect.fail(of.AlreadyCompleted()) })
    }
    assert.isFunction(notRun)
  })
})
