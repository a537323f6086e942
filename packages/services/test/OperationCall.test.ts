import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import type { Tag } from "@effect-dicom/data/Tag"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { GeneralStatus, Operation, ServiceClass, ServiceStatus } from "../src/index.ts"
import { request, serve } from "./joined.ts"

const sopClasses = [Uid.makeUnsafe("2.25.4")] as const
const sopInstanceUid = Uid.makeUnsafe("2.25.5")
const statuses = ServiceStatus.make(GeneralStatus.getAttributes)

const Machine = DataSetSchema.Struct({
  name: DataSetSchema.type1(Attribute.StationName),
  id: DataSetSchema.type1(Attribute.DeviceSerialNumber)
})
const lathe = { name: "LATHE", id: "17" }

const Machines = ServiceClass.make("Machines", {
  sopClasses,
  operations: { inspect: Operation.getAttributes({ statuses, attributes: Machine }) }
})

const AsTheyCome = ServiceClass.make("Machines as they come", {
  sopClasses,
  operations: { inspect: Operation.getAttributes({ statuses, attributes: Operation.dataSet }) }
})

const [name, id] = [Attribute.StationName.tag, Attribute.DeviceSerialNumber.tag]

const tags = (dataSet: DataSet.DataSet) => DataSet.elements(dataSet).map(({ tag }) => tag)

/** A client of machines, and what its requests asked for. */
const machines = Effect.gen(function* () {
  const asked: Array<unknown> = []
  const provider = Machines.handlers({
    inspect: ({ attributes, sopInstanceUid }) =>
      Effect.sync(() => {
        asked.push([attributes, sopInstanceUid])
        return { dataSet: lathe }
      })
  })
  const joined = yield* serve([provider])
  return { asked, client: Machines.client(yield* request(joined, Machines.presentationContexts())) }
})

describe("an N-GET", () => {
  it.effect("of all attributes gives the value of the schema", () =>
    Effect.gen(function* () {
      const { asked, client } = yield* machines
      const { dataSet, status } = yield* client.inspect({ sopInstanceUid })
      assert.deepStrictEqual([dataSet, status], [lathe, { _tag: "Success", class: "Success", code: 0 }])
      assert.deepStrictEqual(asked, [[undefined, sopInstanceUid]])
    })
  )

  it.effect("of some gives the data set, which the schema of all would not read", () =>
    Effect.gen(function* () {
      const { asked, client } = yield* machines
      const { dataSet, status } = yield* client.inspect({ sopInstanceUid, attributes: [name] })
      assert.deepStrictEqual(status, { _tag: "Success", class: "Success", code: 0 })
      assert.deepStrictEqual(tags(dataSet), [name])
      assert.deepStrictEqual(DataSet.get(dataSet, Attribute.StationName), Result.succeed("LATHE"))
      assert.deepStrictEqual(asked, [[[name], sopInstanceUid]])
    })
  )

  it.effect("of an empty list of attributes gives the data set of all", () =>
    Effect.gen(function* () {
      const { asked, client } = yield* machines
      const { dataSet } = yield* client.inspect({ sopInstanceUid, attributes: [] })
      assert.deepStrictEqual(
        tags(dataSet),
        [id, name].toSorted((a, b) => a - b)
      )
      assert.deepStrictEqual(asked, [[undefined, sopInstanceUid]])
    })
  )

  it.effect("gives only what is asked for and what its text is written in, whatever the handler gives", () =>
    Effect.gen(function* () {
      const whole = [
        [Attribute.SpecificCharacterSet, ["ISO_IR 192"]],
        [Attribute.DeviceSerialNumber, "17"],
        [Attribute.StationName, "Drehbänke"]
      ] as const
      let dataSet = DataSet.empty(TransferSyntax.ExplicitVRLittleEndian)
      for (const [attribute, value] of whole) dataSet = Result.getOrThrow(DataSet.with(dataSet, attribute, value))
      const joined = yield* serve([AsTheyCome.handlers({ inspect: () => Effect.succeed({ dataSet }) })])
      const client = AsTheyCome.client(yield* request(joined, AsTheyCome.presentationContexts()))
      const some = yield* client.inspect({ sopInstanceUid, attributes: [name] })
      assert.deepStrictEqual(tags(some.dataSet), [Attribute.SpecificCharacterSet.tag, name])
      assert.strictEqual(Result.getOrThrow(DataSet.get(some.dataSet, Attribute.StationName)), "Drehbänke")
      const all = yield* client.inspect({ sopInstanceUid })
      assert.deepStrictEqual(tags(all.dataSet), tags(dataSet))
    })
  )

  it("has no value of the schema where some attributes are asked for, and no data set where all are", () => {
    const notRun = (client: ServiceClass.Client<typeof Machines.operations>, attributes: ReadonlyArray<Tag>) =>
      Effect.gen(function* () {
        const some = yield* client.inspect({ sopInstanceUid, attributes })
        // @ts-expect-error: the name may not have been asked for
        assert.isString(some.dataSet.name)
        const all = yield* client.inspect({ sopInstanceUid })
        assert.isString(all.dataSet.name)
        // @ts-expect-error: it is of the schema
        return DataSet.get(all.dataSet, Attribute.StationName)
      })
    assert.isFunction(notRun)
  })
})
