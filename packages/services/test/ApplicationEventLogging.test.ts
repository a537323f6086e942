import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Match from "effect/Match"
import * as Result from "effect/Result"
import { ApplicationEventLogging, GeneralStatus } from "../src/index.ts"
import { request, serve } from "./joined.ts"
import { ownStatuses } from "./ownStatuses.ts"

const {
  ProceduralEventStatus,
  proceduralEventLogging,
  proceduralEventLoggingInstance,
  SubstanceAdministrationStatus,
  substanceAdministrationLogging,
  substanceAdministrationLoggingInstance
} = ApplicationEventLogging

const studyInstanceUid = Uid.makeUnsafe("2.25.2")

const text = Result.getOrThrow(
  DataSet.with(DataSet.empty(TransferSyntax.ExplicitVRLittleEndian), Attribute.TextValue, "Needle in")
)

const event: typeof ApplicationEventLogging.ProceduralEvent.Type = {
  patientId: "1",
  studyInstanceUid: null,
  studyId: null,
  synchronizationFrameOfReferenceUid: null,
  performedLocation: "LAB 2",
  valueType: "CONTAINER",
  conceptName: [{ codeValue: "121120", codingSchemeDesignator: "DCM", codeMeaning: "Cath Lab Procedure Log" }],
  continuityOfContent: "SEPARATE",
  content: [text]
}

const administered: ApplicationEventLogging.SubstanceAdministration = {
  admissionId: "V1",
  patientName: null,
  productPackageIdentifier: "4006381333931",
  substanceAdministrationDateTime: { year: 2026, month: 3, day: 14, hour: 9, minute: 30, second: 0 },
  administrationRouteCode: null,
  operatorIdentification: [
    { personIdentificationCode: [{ codeValue: "12", codingSchemeDesignator: "99STAFF", codeMeaning: "Nurse" }] }
  ]
}

const { admissionId: _admissionId, ...nobody } = administered
const { productPackageIdentifier: _productPackageIdentifier, ...nothing } = administered

describe("ApplicationEventLogging", () => {
  it.effect("an event of a procedure is recorded, and the reply says in which study", () =>
    Effect.gen(function* () {
      const told: Array<unknown> = []
      const joined = yield* serve([
        proceduralEventLogging.handlers({
          record: ({ dataSet, sopInstanceUid }) => {
            const { content, ...rest } = dataSet
            told.push([
              sopInstanceUid,
              rest,
              content?.map((item) => Result.getOrThrow(DataSet.get(item, Attribute.TextValue)))
            ])
            return Effect.succeed({
              status: ProceduralEventStatus.of.StudyInstanceUidCoercion(),
              dataSet: { studyInstanceUid, patientId: "1" }
            })
          }
        })
      ])
      const association = yield* request(joined, proceduralEventLogging.presentationContexts())
      const { dataSet, status } = yield* proceduralEventLogging
        .client(association)
        .record({ sopInstanceUid: proceduralEventLoggingInstance, dataSet: event })
      assert.deepStrictEqual(status, { _tag: "StudyInstanceUidCoercion", class: "Warning", code: 0xb102 })
      assert.deepStrictEqual(dataSet, { studyInstanceUid, patientId: "1" })
      const { content: _, ...rest } = event
      assert.deepStrictEqual(told, [[proceduralEventLoggingInstance, rest, ["Needle in"]]])
    })
  )

  it.effect("the administration of a substance is recorded, or refused", () =>
    Effect.gen(function* () {
      const told: Array<unknown> = []
      const joined = yield* serve([
        substanceAdministrationLogging.handlers({
          record: ({ dataSet }) =>
            told.length === 0
              ? Effect.sync(() => void told.push(dataSet))
              : Effect.fail(SubstanceAdministrationStatus.of.OperatorNotAuthorized())
        })
      ])
      const association = yield* request(joined, substanceAdministrationLogging.presentationContexts())
      const { record } = substanceAdministrationLogging.client(association)
      const sopInstanceUid = substanceAdministrationLoggingInstance
      yield* record({ sopInstanceUid, dataSet: administered })
      assert.deepStrictEqual(told, [administered])
      const error = yield* Effect.flip(record({ sopInstanceUid, dataSet: administered }))
      assert.strictEqual(
        error.message,
        "The operation ended with Failure C10EH, Failed: Operator Refused: Not authorized to add entry to Medication " +
          "Administration Record"
      )
      for (const [dataSet, message] of [
        [nobody, /neither Patient ID nor Admission ID is there/],
        [nothing, /neither Product Package Identifier nor Product Name is there/]
      ] as const) {
        const refused = yield* Effect.flip(record({ sopInstanceUid, dataSet }))
        assert.match(refused.message, message)
      }
    })
  )

  it("the statuses are those of PS3.4 Tables P.2-3 and P.3-3", () => {
    assert.deepStrictEqual(ownStatuses(ProceduralEventStatus, GeneralStatus.action), [
      ["SynchronizationFrameOfReferenceDoesNotMatch", "Warning", "B101"],
      ["StudyInstanceUidCoercion", "Warning", "B102"],
      ["IdsInconsistentWarning", "Warning", "B104"],
      ["ProceduralLoggingNotAvailable", "Failure", "C101"],
      ["EventInformationDoesNotMatchTemplate", "Failure", "C102"],
      ["CannotMatchEvent", "Failure", "C103"],
      ["IdsInconsistent", "Failure", "C104"]
    ])
    assert.deepStrictEqual(ownStatuses(SubstanceAdministrationStatus, GeneralStatus.action), [
      ["OperatorNotAuthorized", "Failure", "C10E"],
      ["PatientCannotBeIdentified", "Failure", "C110"],
      ["UpdateFailed", "Failure", "C111"]
    ])
  })

  it("SOP classes, instances and actions are those of PS3.4 sections P.2 and P.3", () => {
    assert.deepStrictEqual(
      [
        ...proceduralEventLogging.sopClasses,
        proceduralEventLoggingInstance,
        ...substanceAdministrationLogging.sopClasses,
        substanceAdministrationLoggingInstance
      ].map(String),
      ["1.2.840.10008.1.40", "1.2.840.10008.1.40.1", "1.2.840.10008.1.42", "1.2.840.10008.1.42.1"]
    )
    assert.deepStrictEqual(
      [proceduralEventLogging, substanceAdministrationLogging].map(({ operations }) => operations.record.typeId),
      [1, 1]
    )
  })

  it("statuses are matched exhaustively, and what the classes do not have does not compile", () => {
    const told = Match.type<ApplicationEventLogging.ProceduralEventStatus>().pipe(
      Match.discriminatorsExhaustive("class")({
        Success: () => "logged",
        Warning: ({ _tag }) => _tag,
        Failure: ({ _tag }) => _tag
      })
    )
    assert.strictEqual(told(ProceduralEventStatus.of.CannotMatchEvent()), "CannotMatchEvent")
    const notRun = (client: ReturnType<typeof proceduralEventLogging.client>) => {
      // @ts-expect-error: an event has a value type
      client.record({ sopInstanceUid: proceduralEventLoggingInstance, dataSet: { ...event, valueType: undefined } })
      // @ts-expect-error: an event is not created
      client.create({ dataSet: event })
      // @ts-expect-error: the handler is missing
      substanceAdministrationLogging.handlers({})
      const cannotMatch = () => Effect.fail(ProceduralEventStatus.of.CannotMatchEvent())
      // @ts-expect-error: that is a status of the other class
      substanceAdministrationLogging.handlers({ record: cannotMatch })
    }
    assert.isFunction(notRun)
  })
})
