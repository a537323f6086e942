import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Match from "effect/Match"
import * as Schema from "effect/Schema"
import { GeneralStatus, ModalityPerformedProcedureStep, ServiceClassProvider } from "../src/index.ts"
import { request, serve } from "./joined.ts"
import { ownStatuses } from "./ownStatuses.ts"

const {
  Attributes,
  CreateStatus,
  EventStatus,
  FinalState,
  GetStatus,
  Modifications,
  notification,
  retrieve,
  SetStatus
} = ModalityPerformedProcedureStep

const steps = ModalityPerformedProcedureStep.make({ attributes: Attributes, modifications: Modifications })

const sopInstanceUid = Uid.makeUnsafe("2.25.1")

const begun: typeof Attributes.Type = {
  scheduledStep: [
    {
      studyInstanceUid: Uid.makeUnsafe("2.25.2"),
      referencedStudy: null,
      accessionNumber: "A1",
      requestedProcedureId: "R1",
      requestedProcedureDescription: null,
      scheduledProcedureStepId: "S1",
      scheduledProcedureStepDescription: null,
      scheduledProtocolCode: [{ codeValue: "CTHEAD", codingSchemeDesignator: "99CT", codeMeaning: "Head" }]
    }
  ],
  patientName: null,
  patientId: "1",
  patientBirthDate: null,
  patientSex: "O",
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
}

const ended: typeof FinalState.Type = {
  performedProcedureStepStatus: "COMPLETED",
  performedProcedureStepEndDate: { year: 2026, month: 3, day: 14 },
  performedProcedureStepEndTime: { hour: 9, minute: 45 },
  performedSeries: [
    {
      performingPhysicianName: null,
      protocolName: "HEAD",
      operatorsName: null,
      seriesInstanceUid: Uid.makeUnsafe("2.25.3"),
      seriesDescription: null,
      retrieveAETitle: null,
      referencedImage: [
        {
          referencedSopClassUid: Uid.makeUnsafe("1.2.840.10008.5.1.4.1.1.2"),
          referencedSopInstanceUid: Uid.makeUnsafe("2.25.4")
        }
      ],
      referencedNonImageCompositeSopInstance: null
    }
  ]
}

describe("ModalityPerformedProcedureStep", () => {
  it.effect("a modality begins a step and ends it", () =>
    Effect.gen(function* () {
      const told: Array<unknown> = []
      const joined = yield* serve([
        steps.handlers({
          create: ({ dataSet, sopInstanceUid }) => Effect.sync(() => void told.push([sopInstanceUid, dataSet])),
          set: ({ dataSet, sopInstanceUid }) => Effect.sync(() => void told.push([sopInstanceUid, dataSet]))
        })
      ])
      const client = steps.client(yield* request(joined, steps.presentationContexts()))
      yield* client.create({ sopInstanceUid, dataSet: begun })
      yield* client.set({ sopInstanceUid, dataSet: ended })
      assert.deepStrictEqual(told, [
        [sopInstanceUid, begun],
        [sopInstanceUid, ended]
      ])
    })
  )

  it.effect("a step without a required attribute is refused, and the attribute is named", () =>
    Effect.gen(function* () {
      const joined = yield* serve([steps.handlers({ create: () => Effect.void, set: () => Effect.void })])
      const { serviceClass } = ModalityPerformedProcedureStep
      const client = serviceClass.client(yield* request(joined, serviceClass.presentationContexts()))
      const whole = Schema.encodeSync(Attributes)(begun)
      const error = yield* Effect.flip(
        client.create({ sopInstanceUid, dataSet: DataSet.remove(whole, Attribute.Modality.tag) })
      )
      assert(error._tag === "Refused")
      assert.strictEqual(error.status.code, 0x0120)
      assert.deepStrictEqual(error.details.attributeIdentifierList, [Attribute.Modality.tag])
    })
  )

  it.effect("an instance is retrieved, by the SOP class for it", () =>
    Effect.gen(function* () {
      const dataSet = Schema.encodeSync(Attributes)(begun)
      const joined = yield* serve([retrieve.handlers({ get: () => Effect.succeed({ dataSet }) })])
      const { get } = retrieve.client(yield* request(joined, retrieve.presentationContexts()))
      const got = yield* get({ sopInstanceUid })
      assert.deepStrictEqual(yield* Schema.decodeEffect(Attributes)(got.dataSet), begun)
    })
  )

  it.effect("those who are interested are told of what becomes of a step", () =>
    Effect.gen(function* () {
      const told: Array<unknown> = []
      const joined = yield* serve([
        notification.notificationHandlers({
          inProgress: ({ command }) => Effect.sync(() => void told.push(command.eventTypeId)),
          completed: ({ command }) => Effect.sync(() => void told.push(command.eventTypeId)),
          discontinued: ({ command }) => Effect.sync(() => void told.push(command.eventTypeId)),
          deleted: ({ command }) => Effect.sync(() => void told.push(command.eventTypeId))
        })
      ])
      const { presentationContexts, userInformation } = notification.proposal({ role: "SCP" })
      const notifier = notification.notifier(yield* request(joined, presentationContexts, { userInformation }))
      yield* notifier.inProgress({ sopInstanceUid })
      yield* notifier.completed({ sopInstanceUid })
      yield* notifier.discontinued({ sopInstanceUid, dataSet: DataSet.empty(TransferSyntax.ExplicitVRLittleEndian) })
      const error = yield* Effect.flip(notifier.updated({ sopInstanceUid }))
      assert.strictEqual(error.message, "The operation ended with Failure 0113H, No such event type")
      yield* notifier.deleted({ sopInstanceUid })
      assert.deepStrictEqual(told, [1, 2, 3, 5])
    })
  )

  it.effect("the notifications come back on the association on which the peer asked", () =>
    Effect.gen(function* () {
      const told: Array<unknown> = []
      const joined = yield* serve([
        retrieve.handlers({
          get: ({ association, sopInstanceUid }) =>
            Effect.as(Effect.orDie(notification.notifier(association).updated({ sopInstanceUid })), {
              dataSet: Schema.encodeSync(Attributes)(begun)
            })
        }),
        notification.handlers({})
      ])
      const association = yield* request(joined, [
        ...retrieve.presentationContexts(),
        ...notification.presentationContexts()
      ])
      const listening = yield* Effect.forkChild(
        ServiceClassProvider.serve(
          association,
          notification.notificationHandlers({
            updated: ({ sopInstanceUid }) => Effect.sync(() => void told.push(sopInstanceUid))
          })
        )
      )
      yield* retrieve.client(association).get({ sopInstanceUid })
      assert.deepStrictEqual(told, [sopInstanceUid])
      yield* Fiber.interrupt(listening)
    })
  )

  it("a final state has an end and a series (PS3.4 Table F.7.2-1)", () => {
    assert.throws(
      () => Schema.decodeSync(FinalState)(Schema.encodeSync(Attributes)(begun)),
      /PerformedProcedureStepEndDate, DA: "empty"; permitted: type 1: there, and not empty/
    )
  })

  it("the statuses are those of PS3.4 sections F.7.2.1.4, F.7.2.2.4, F.8.2.1.4 and F.9.2.3", () => {
    assert.deepStrictEqual(ownStatuses(CreateStatus, GeneralStatus.create), [])
    assert.deepStrictEqual(ownStatuses(SetStatus, GeneralStatus.setAttributes), [])
    assert.deepStrictEqual(ownStatuses(GetStatus, GeneralStatus.getAttributes), [
      ["OptionalAttributesNotSupported", "Warning", "0001"]
    ])
    assert.deepStrictEqual(ownStatuses(EventStatus, GeneralStatus.eventReport), [])
  })

  it("the event types are those of PS3.4 Table F.9.2-1", () => {
    assert.deepStrictEqual(
      Object.entries(notification.operations).map(([name, { typeId }]) => [name, typeId]),
      [
        ["inProgress", 1],
        ["completed", 2],
        ["discontinued", 3],
        ["updated", 4],
        ["deleted", 5]
      ]
    )
  })

  it("the SOP classes are those of PS3.4 sections F.7.3, F.8.3 and F.9.3", () => {
    assert.deepStrictEqual(
      [steps, retrieve, notification].flatMap(({ sopClasses }) => sopClasses.map(String)),
      ["1.2.840.10008.3.1.2.3.3", "1.2.840.10008.3.1.2.3.4", "1.2.840.10008.3.1.2.3.5"]
    )
  })

  it("statuses are matched exhaustively, and what the classes do not have does not compile", () => {
    const told = Match.type<ModalityPerformedProcedureStep.GetStatus>().pipe(
      Match.discriminatorsExhaustive("class")({
        Success: () => "done",
        Warning: ({ _tag }) => _tag,
        Failure: ({ _tag }) => _tag
      })
    )
    assert.strictEqual(told(GetStatus.of.OptionalAttributesNotSupported()), "OptionalAttributesNotSupported")
    const notRun = (client: ReturnType<typeof steps.client>) => {
      // @ts-expect-error: a step is not deleted
      client.delete({ sopInstanceUid })
      // @ts-expect-error: a step begins in progress
      client.create({ sopInstanceUid, dataSet: { ...begun, performedProcedureStepStatus: "COMPLETED" } })
      // @ts-expect-error: the patient is not changed
      client.set({ sopInstanceUid, dataSet: { patientId: "2" } })
      // @ts-expect-error: the handler of N-SET is missing
      steps.handlers({ create: () => Effect.void })
      // @ts-expect-error: N-SET has no such status
      steps.handlers({ create: () => Effect.void, set: () => Effect.fail(CreateStatus.of.DuplicateSopInstance()) })
      // @ts-expect-error: a step is only read by this class
      retrieve.handlers({ get: () => Effect.never, set: () => Effect.void })
      // @ts-expect-error: a user of notifications asks for nothing
      notification.handlers({ completed: () => Effect.void })
      // @ts-expect-error: N-GET gives attributes
      retrieve.handlers({ get: () => Effect.void })
    }
    assert.isFunction(notRun)
  })
})
