import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import * as Stream from "effect/Stream"
import { GeneralStatus, ModalityPerformedProcedureStep, Operation, ServiceClass, ServiceStatus } from "../src/index.ts"
import { request, serve } from "./joined.ts"

const { Attributes, Modifications } = ModalityPerformedProcedureStep
const steps = ModalityPerformedProcedureStep.make({ attributes: Attributes, modifications: Modifications })
const sopInstanceUid = Uid.makeUnsafe("2.25.1")
const studyInstanceUid = Uid.makeUnsafe("2.25.2")

/** A step with the attributes of type 1, and no other. */
const bare: Operation.Sent<typeof Attributes.Type> = {
  scheduledStep: [{ studyInstanceUid, accessionNumber: "A1" }],
  performedProcedureStepId: "P1",
  performedStationAETitle: "CT1",
  performedProcedureStepStartDate: { year: 2026, month: 3, day: 14 },
  performedProcedureStepStartTime: { hour: 9, minute: 30 },
  performedProcedureStepStatus: "IN PROGRESS",
  modality: "CT"
}

const Machine = DataSetSchema.Struct({
  name: DataSetSchema.type1(Attribute.StationName),
  location: DataSetSchema.type2(Attribute.PerformedLocation)
})

describe("What is sent of an operation", () => {
  it.effect("has the attributes of type 2 that were left out as empty ones, those of items among them", () =>
    Effect.gen(function* () {
      let got: typeof Attributes.Type | undefined
      const joined = yield* serve([
        steps.handlers({ create: ({ dataSet }) => Effect.sync(() => void (got = dataSet)), set: () => Effect.void })
      ])
      yield* steps.client(yield* request(joined, steps.presentationContexts())).create({
        sopInstanceUid,
        dataSet: bare
      })
      assert.deepStrictEqual(got, {
        scheduledStep: [
          {
            studyInstanceUid,
            referencedStudy: null,
            accessionNumber: "A1",
            requestedProcedureId: null,
            requestedProcedureDescription: null,
            scheduledProcedureStepId: null,
            scheduledProcedureStepDescription: null,
            scheduledProtocolCode: null
          }
        ],
        patientName: null,
        patientId: null,
        patientBirthDate: null,
        patientSex: null,
        referencedPatient: null,
        performedProcedureStepId: "P1",
        performedStationAETitle: "CT1",
        performedStationName: null,
        performedLocation: null,
        performedProcedureStepStartDate: { year: 2026, month: 3, day: 14 },
        performedProcedureStepStartTime: { hour: 9, minute: 30 },
        performedProcedureStepStatus: "IN PROGRESS",
        performedProcedureStepDescription: null,
        performedProcedureTypeDescription: null,
        procedureCode: null,
        performedProcedureStepEndDate: null,
        performedProcedureStepEndTime: null,
        modality: "CT",
        studyId: null,
        performedProtocolCode: null,
        performedSeries: null
      })
    })
  )

  it.effect("does not have those that may be absent, such as what an N-SET does not change", () =>
    Effect.gen(function* () {
      let got: unknown
      const joined = yield* serve([
        steps.handlers({ create: () => Effect.void, set: ({ dataSet }) => Effect.sync(() => void (got = dataSet)) })
      ])
      const client = steps.client(yield* request(joined, steps.presentationContexts()))
      yield* client.set({ sopInstanceUid, dataSet: { performedProcedureStepStatus: "DISCONTINUED" } })
      assert.deepStrictEqual(got, { performedProcedureStepStatus: "DISCONTINUED" })
    })
  )

  it.effect("is filled in the replies of handlers and in matches too", () =>
    Effect.gen(function* () {
      const hall = ServiceClass.make("Hall", {
        sopClasses: [Uid.makeUnsafe("2.25.3")],
        operations: {
          find: Operation.find({ statuses: ServiceStatus.make(GeneralStatus.find), match: Machine }),
          get: Operation.getAttributes({
            statuses: ServiceStatus.make(GeneralStatus.getAttributes),
            attributes: Machine
          })
        }
      })
      const joined = yield* serve([
        hall.handlers({
          find: () => Stream.make({ identifier: { name: "CT1" } }, { identifier: { name: "CT2", location: "CELLAR" } }),
          get: () => Effect.succeed({ dataSet: { name: "CT1" } })
        })
      ])
      const client = hall.client(yield* request(joined, hall.presentationContexts()))
      const found = yield* Stream.runCollect(client.find(DataSet.empty(TransferSyntax.ExplicitVRLittleEndian)))
      assert.deepStrictEqual(
        found.map(({ identifier }) => identifier),
        [
          { name: "CT1", location: null },
          { name: "CT2", location: "CELLAR" }
        ]
      )
      assert.deepStrictEqual((yield* client.get({ sopInstanceUid })).dataSet, { name: "CT1", location: null })
    })
  )

  it.effect("is left as it is where a schema of one's own has another type than a struct", () =>
    Effect.gen(function* () {
      const Perhaps = DataSetSchema.Struct({ name: DataSetSchema.type2(Attribute.StationName) }).pipe(
        Schema.decodeTo(
          Schema.Option(Schema.String),
          SchemaTransformation.transform({
            decode: ({ name }) => Option.fromNullishOr(name),
            encode: (name: Option.Option<string>) => ({ name: Option.getOrNull(name) })
          })
        )
      )
      const hall = ServiceClass.make("Hall", {
        sopClasses: [Uid.makeUnsafe("2.25.3")],
        operations: {
          start: Operation.action({
            statuses: ServiceStatus.make(GeneralStatus.action),
            actionTypeId: 1,
            information: Perhaps
          })
        }
      })
      const told: Array<unknown> = []
      const joined = yield* serve([
        hall.handlers({ start: ({ dataSet }) => Effect.sync(() => void told.push(dataSet)) })
      ])
      const client = hall.client(yield* request(joined, hall.presentationContexts()))
      yield* client.start({ sopInstanceUid, dataSet: Option.some("CT1") })
      yield* client.start({ sopInstanceUid, dataSet: Option.none() })
      assert.deepStrictEqual(told, [Option.some("CT1"), Option.none()])
    })
  )

  it.effect("goes and comes as bytes where the operation says so, longer than what is held of others", () =>
    Effect.gen(function* () {
      const statuses = {
        create: ServiceStatus.make(GeneralStatus.create),
        set: ServiceStatus.make(GeneralStatus.setAttributes)
      }
      const hall = ServiceClass.make("Hall", {
        sopClasses: [Uid.makeUnsafe("2.25.3")],
        operations: {
          install: Operation.create({
            statuses: statuses.create,
            attributes: Operation.bytes,
            created: Operation.bytes
          }),
          change: Operation.setAttributes({ statuses: statuses.set })
        }
      })
      const sum = Stream.runFold(
        () => 0,
        (total, { length }: Uint8Array) => total + length
      )
      const mebibytes = (count: number) => Stream.map(Stream.range(1, count), () => new Uint8Array(1 << 20))
      const joined = yield* serve([
        hall.handlers(
          {
            install: ({ dataSet }) =>
              Effect.map(sum(dataSet), (length) =>
                length < 100
                  ? { status: statuses.create.of.AttributeListError(), dataSet: Stream.make(new Uint8Array(length)) }
                  : { dataSet: mebibytes(length >>> 20) }
              ),
            change: () => Effect.void
          },
          { longestDataSet: 1000 }
        )
      ])
      const client = hall.client(yield* request(joined, hall.presentationContexts()))
      // More than the 16 MiB that are held of others.
      const { dataSet } = yield* client.install({ sopInstanceUid, dataSet: mebibytes(20) })
      assert.strictEqual(yield* sum(dataSet), 20 << 20)
      // What is not taken is dropped when the scope closes, and the next operation is in step.
      const { status } = yield* Effect.scoped(client.install({ sopInstanceUid, dataSet: mebibytes(20) }))
      assert.strictEqual(status._tag, "Success")
      const few = yield* client.install({ sopInstanceUid, dataSet: Stream.make(new Uint8Array(10)) })
      assert.deepStrictEqual([few.status._tag, yield* sum(few.dataSet)], ["AttributeListError", 10])

      const comments = (length: number) =>
        Result.getOrThrow(
          DataSet.with(DataSet.empty(TransferSyntax.ExplicitVRLittleEndian), Attribute.TextComments, "x".repeat(length))
        )
      yield* client.change({ sopInstanceUid, dataSet: comments(900) })
      const error = yield* Effect.flip(client.change({ sopInstanceUid, dataSet: comments(1100) }))
      assert.strictEqual(
        error.message,
        "The operation ended with Failure 0213H, Resource limitation: " +
          "A data set is longer than the 1000 bytes that are held of it"
      )
      const notRun = () =>
        // @ts-expect-error: bytes are not text
        client.install({ sopInstanceUid, dataSet: Stream.make("text") })
      assert.isFunction(notRun)
    })
  )

  it("has the attributes of type 1, or it does not compile", () => {
    const { modality: _, ...rest } = bare
    const notRun = (client: ReturnType<typeof steps.client>) => {
      // @ts-expect-error: the modality is missing
      client.create({ sopInstanceUid, dataSet: rest })
      // @ts-expect-error: the study of a scheduled step is missing
      client.create({ sopInstanceUid, dataSet: { ...bare, scheduledStep: [{ accessionNumber: "A1" }] } })
      // @ts-expect-error: an attribute of type 1 is not empty
      client.create({ sopInstanceUid, dataSet: { ...bare, modality: null } })
    }
    assert.isFunction(notRun)
  })
})
