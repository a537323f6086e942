import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Match from "effect/Match"
import * as Stream from "effect/Stream"
import { GeneralStatus, NonPatientObjectStorage, Storage } from "../src/index.ts"
import type { ServiceClass, ServiceStatus } from "../src/index.ts"
import { pattern, request, serve } from "./joined.ts"
import { ownStatuses } from "./ownStatuses.ts"

const { serviceClass, StoreStatus } = NonPatientObjectStorage
const explicit = TransferSyntax.ExplicitVRLittleEndian.uid

const instance = (sopClassUid: Uid.Uid): Storage.Instance => ({
  sopClassUid,
  sopInstanceUid: Uid.makeUnsafe("2.25.1"),
  transferSyntaxUid: explicit,
  dataSet: Stream.make(pattern(100))
})

describe("NonPatientObjectStorage", () => {
  it.effect("objects of every SOP class are stored", () =>
    Effect.gen(function* () {
      const kept: Array<string> = []
      const joined = yield* serve([
        serviceClass.handlers({
          store: (received) =>
            Effect.map(Stream.runCount(received.dataSet), (views) => {
              if (views > 0) kept.push(received.sopClassUid)
            })
        })
      ])
      const association = yield* request(joined, serviceClass.presentationContexts({ transferSyntaxes: [explicit] }))
      const client = serviceClass.client(association)
      for (const sopClassUid of serviceClass.sopClasses) {
        assert.strictEqual((yield* client.store(instance(sopClassUid))).status._tag, "Success")
      }
      assert.deepStrictEqual(kept, [...serviceClass.sopClasses])
    })
  )

  it.effect("a handler refuses with a status of this class", () =>
    Effect.gen(function* () {
      const joined = yield* serve([
        serviceClass.handlers({ store: () => Effect.fail(StoreStatus.of.CannotUnderstand()) })
      ])
      const association = yield* request(joined, serviceClass.presentationContexts({ transferSyntaxes: [explicit] }))
      const error = yield* Effect.flip(serviceClass.client(association).store(instance(SopClass.ColorPaletteStorage)))
      assert.strictEqual(error.message, "The operation ended with Failure C000H, Error: Cannot understand")
    })
  )

  it("the SOP classes are those of PS3.4 Table GG.3-1", () => {
    assert.deepStrictEqual(
      [...serviceClass.sopClasses],
      [
        "1.2.840.10008.5.1.4.38.1",
        "1.2.840.10008.5.1.4.39.1",
        "1.2.840.10008.5.1.4.43.1",
        "1.2.840.10008.5.1.4.44.1",
        "1.2.840.10008.5.1.4.45.1",
        "1.2.840.10008.5.1.4.1.1.200.1",
        "1.2.840.10008.5.1.4.1.1.200.7",
        "1.2.840.10008.5.1.4.1.1.200.3",
        "1.2.840.10008.5.1.4.1.1.201.1"
      ]
    )
  })

  it("the statuses are those of PS3.4 Table GG.4-1", () => {
    assert.deepStrictEqual(ownStatuses(StoreStatus, GeneralStatus.store), [
      ["OutOfResources", "Failure", "A700"],
      ["DataSetDoesNotMatchSopClass", "Failure", "A900"],
      ["CannotUnderstand", "Failure", "C000"]
    ])
  })

  it("what a client is refused with is matched exhaustively", () => {
    const say = Match.type<ServiceStatus.OfClass<typeof StoreStatus, "Failure">>().pipe(
      Match.tagsExhaustive({
        SopClassNotSupported: () => "no such class",
        NotAuthorized: () => "not you",
        DuplicateInvocation: () => "twice",
        UnrecognizedOperation: () => "what?",
        MistypedArgument: () => "what?",
        ProcessingFailure: () => "failed",
        InvalidSopInstance: () => "not a UID",
        OutOfResources: () => "later",
        DataSetDoesNotMatchSopClass: () => "wrong data set",
        CannotUnderstand: ({ code }) => `failed ${code}`
      })
    )
    assert.strictEqual(say(StoreStatus.of.CannotUnderstand()), "failed 49152")
  })

  it("what the class does not have does not compile", () => {
    const notRun = (client: ServiceClass.Client<typeof serviceClass.operations>) => {
      // @ts-expect-error: there is nothing to find
      client.find({})
      // @ts-expect-error: this class has no warnings
      StoreStatus.of.CoercionOfDataElements()
      const coercion = Storage.StorageStatus.of.OutOfResources(0xa7ff)
      // @ts-expect-error: out of resources is A700H alone
      serviceClass.handlers({ store: () => Effect.fail(coercion) })
      // @ts-expect-error: a provider stores
      serviceClass.handlers({})
    }
    assert.isFunction(notRun)
  })
})
