import * as DataSet from "@effect-dicom/data/DataSet"
import * as Attribute from "@effect-dicom/data/Attribute"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Match from "effect/Match"
import * as Schema from "effect/Schema"
import { DisplaySystem, GeneralStatus, RTMachineVerification } from "../src/index.ts"
import { request, serve } from "./joined.ts"
import { ownStatuses } from "./ownStatuses.ts"

const { serviceClass, sopInstanceUid } = DisplaySystem

const display = {
  manufacturer: "LUMEN",
  stationName: null,
  numberOfDisplaySubsystems: 1,
  displaySubsystems: [
    {
      displaySubsystemId: 1,
      displaySubsystemName: "LEFT",
      displaySubsystemDescription: null,
      displayDeviceTypeCode: null,
      manufacturer: null,
      deviceSerialNumber: "77",
      manufacturerModelName: null,
      systemStatus: "NORMAL",
      systemStatusComment: null,
      displaySubsystemConfigurations: null,
      currentConfigurationId: 2,
      measurementEquipment: null
    }
  ]
}
const [subsystem] = display.displaySubsystems
const dataSet = Schema.encodeSync(DisplaySystem.Attributes)(display)

describe("DisplaySystem", () => {
  it.effect("a user reads the attributes that it asks for", () =>
    Effect.gen(function* () {
      const joined = yield* serve([
        serviceClass.handlers({
          get: ({ attributes, sopInstanceUid: of }) =>
            of === sopInstanceUid
              ? Effect.succeed({
                  dataSet: DataSet.filter(dataSet, ({ tag }) => attributes === undefined || attributes.includes(tag))
                })
              : Effect.fail(DisplaySystem.GetStatus.of.NoSuchSopInstance())
        })
      ])
      const client = serviceClass.client(yield* request(joined, serviceClass.presentationContexts()))
      const all = yield* client.get({ sopInstanceUid })
      assert.deepStrictEqual(yield* Schema.decodeEffect(DisplaySystem.Attributes)(all.dataSet), display)
      const one = yield* client.get({ sopInstanceUid, attributes: [Attribute.Manufacturer.tag] })
      assert.deepStrictEqual(yield* Schema.decodeEffect(DisplaySystem.Attributes)(one.dataSet), {
        manufacturer: "LUMEN"
      })
      const error = yield* Effect.flip(client.get({ sopInstanceUid: serviceClass.sopClasses[0] ?? sopInstanceUid }))
      assert.strictEqual(error.message, "The operation ended with Failure 0112H, No such SOP Instance")
    })
  )

  it("a subsystem without a status is refused", () => {
    assert(subsystem !== undefined)
    const broken = Schema.encodeSync(DisplaySystem.Subsystem)(subsystem)
    assert.throws(
      () => Schema.decodeSync(DisplaySystem.Subsystem)(DataSet.remove(broken, Attribute.SystemStatus.tag)),
      /SystemStatus, CS: "absent"; permitted: type 1: there, and not empty/
    )
  })

  it("the well-known instance is that of PS3.4 section EE.2.4", () => {
    assert.strictEqual(sopInstanceUid, "1.2.840.10008.5.1.1.40.1")
    assert.deepStrictEqual(serviceClass.sopClasses.map(String), ["1.2.840.10008.5.1.1.40"])
  })

  it("the class has no statuses of its own (PS3.4 section EE.2.2.1.3)", () => {
    assert.deepStrictEqual(ownStatuses(DisplaySystem.GetStatus, GeneralStatus.getAttributes), [])
  })

  it("statuses are matched exhaustively, and what the class does not have does not compile", () => {
    const told = Match.type<DisplaySystem.GetStatus>().pipe(
      Match.discriminatorsExhaustive("class")({
        Success: () => "done",
        Warning: ({ _tag }) => _tag,
        Failure: ({ _tag }) => _tag
      })
    )
    assert.strictEqual(told(DisplaySystem.GetStatus.of.AttributeListError()), "AttributeListError")
    const notRun = (client: ReturnType<typeof serviceClass.client>) => {
      // @ts-expect-error: a display system is not set
      client.set({ sopInstanceUid })
      // @ts-expect-error: the handler of N-GET is missing
      serviceClass.handlers({})
      // @ts-expect-error: N-GET gives attributes
      serviceClass.handlers({ get: () => Effect.void })
      const outOfRange = RTMachineVerification.SetStatus.of.AttributeValueOutOfRange()
      // @ts-expect-error: N-GET sets no values that are out of range
      serviceClass.handlers({ get: () => Effect.fail(outOfRange) })
    }
    assert.isFunction(notRun)
  })
})
