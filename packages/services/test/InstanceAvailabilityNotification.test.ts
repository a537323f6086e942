import * as Uid from "@effect-dicom/data/Uid"
import * as ProtocolStatus from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Match from "effect/Match"
import { GeneralStatus, InstanceAvailabilityNotification } from "../src/index.ts"
import type { ServiceClassProvider } from "../src/index.ts"
import { request, serve } from "./joined.ts"
import { ownStatuses } from "./ownStatuses.ts"

const { CreateStatus, serviceClass } = InstanceAvailabilityNotification

const sopInstanceUid = Uid.makeUnsafe("2.25.1")

const notification: typeof InstanceAvailabilityNotification.Attributes.Type = {
  referencedPerformedProcedureStep: null,
  studyInstanceUid: Uid.makeUnsafe("2.25.2"),
  referencedSeries: [
    {
      seriesInstanceUid: Uid.makeUnsafe("2.25.3"),
      referencedSop: [
        {
          referencedSopClassUid: Uid.makeUnsafe("1.2.840.10008.5.1.4.1.1.2"),
          referencedSopInstanceUid: Uid.makeUnsafe("2.25.4"),
          instanceAvailability: "NEARLINE",
          retrieveAETitle: ["ARCHIVE"],
          retrieveUrl: "https://archive.example/studies/2.25.2"
        }
      ]
    }
  ]
}

describe("InstanceAvailabilityNotification", () => {
  it.effect("an archive tells where instances can be retrieved", () =>
    Effect.gen(function* () {
      const told: Array<unknown> = []
      const joined = yield* serve([
        serviceClass.handlers({
          create: ({ dataSet, sopInstanceUid }) =>
            told.length === 0
              ? Effect.sync(() => void told.push([sopInstanceUid, dataSet]))
              : Effect.fail(CreateStatus.of.DuplicateSopInstance())
        })
      ])
      const client = serviceClass.client(yield* request(joined, serviceClass.presentationContexts()))
      const { status } = yield* client.create({ sopInstanceUid, dataSet: notification })
      assert.deepStrictEqual(status, { _tag: "Success", class: "Success", code: 0 })
      assert.deepStrictEqual(told, [[sopInstanceUid, notification]])
      const error = yield* Effect.flip(client.create({ sopInstanceUid, dataSet: notification }))
      assert.strictEqual(error.message, "The operation ended with Failure 0111H, Duplicate SOP Instance")
    })
  )

  it.effect("a notification has the UID that its user gave it, also where the response does not repeat it", () =>
    Effect.gen(function* () {
      const provider: ServiceClassProvider.ServiceClassProvider = {
        ...serviceClass.handlers({ create: () => Effect.void }),
        perform: ({ command }) =>
          Effect.succeed({
            _tag: "N-CREATE-RSP",
            messageIdBeingRespondedTo: command._tag === "N-CREATE-RQ" ? command.messageId : 0,
            status: ProtocolStatus.success
          })
      }
      const joined = yield* serve([provider])
      const client = serviceClass.client(yield* request(joined, serviceClass.presentationContexts()))
      const given = yield* client.create({ sopInstanceUid, dataSet: notification })
      assert.strictEqual(given.sopInstanceUid, sopInstanceUid)
      assert.isUndefined((yield* client.create({ dataSet: notification })).sopInstanceUid)
    })
  )

  it("the class has no statuses of its own (PS3.4 section R.3.2.1.4)", () => {
    assert.deepStrictEqual(ownStatuses(CreateStatus, GeneralStatus.create), [])
  })

  it("the SOP class is that of PS3.4 section R.3.3", () => {
    assert.deepStrictEqual(serviceClass.sopClasses.map(String), ["1.2.840.10008.5.1.4.33"])
  })

  it("statuses are matched exhaustively, and what the class does not have does not compile", () => {
    const told = Match.type<InstanceAvailabilityNotification.CreateStatus>().pipe(
      Match.discriminatorsExhaustive("class")({
        Success: () => "done",
        Warning: ({ _tag }) => _tag,
        Failure: ({ _tag }) => _tag
      })
    )
    assert.strictEqual(told(CreateStatus.of.MissingAttribute()), "MissingAttribute")
    const notRun = (client: ReturnType<typeof serviceClass.client>) => {
      // @ts-expect-error: a notification has its series
      client.create({ sopInstanceUid, dataSet: { ...notification, referencedSeries: undefined } })
      // @ts-expect-error: a notification is not set
      client.set({ sopInstanceUid })
      // @ts-expect-error: the handler of N-CREATE is missing
      serviceClass.handlers({})
      // @ts-expect-error: N-CREATE has no such status
      serviceClass.handlers({ create: () => Effect.fail({ _tag: "A", class: "Failure", code: 1 } as const) })
    }
    assert.isFunction(notRun)
  })
})
