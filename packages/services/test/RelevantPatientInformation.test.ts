import * as AttributeMatching from "@effect-dicom/data/AttributeMatching"
import * as PersonName from "@effect-dicom/data/PersonName"
import * as SopClass from "@effect-dicom/data/SopClass"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Match from "effect/Match"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { GeneralStatus, ModalityWorklist, RelevantPatientInformation } from "../src/index.ts"
import { request, serve } from "./joined.ts"
import { ownStatuses } from "./ownStatuses.ts"

const { FindStatus } = RelevantPatientInformation

const relevant = RelevantPatientInformation.make({
  identifier: RelevantPatientInformation.Identifier,
  match: RelevantPatientInformation.Match
})

const contentTemplate = [{ mappingResource: "DCMR", templateIdentifier: "9007" }]

const known: typeof RelevantPatientInformation.Match.Type = {
  contentTemplate,
  patientId: "1",
  patientName: Result.getOrThrow(PersonName.make({ alphabetic: { familyName: "YAMADA", givenName: "TARO" } })),
  valueType: "CONTAINER",
  conceptName: [
    { codeValue: "122002", codingSchemeDesignator: "DCM", codeMeaning: "General Relevant Patient Information" }
  ],
  content: null
}

describe("RelevantPatientInformation", () => {
  it.effect("what is known of a patient is asked for by a template, under one of the SOP classes", () =>
    Effect.gen(function* () {
      const asked: Array<unknown> = []
      const joined = yield* serve([
        relevant.handlers({
          find: ({ identifier, sopClassUid }) => {
            asked.push([sopClassUid, identifier])
            return identifier.contentTemplate[0]?.templateIdentifier === "9007"
              ? Stream.make({ identifier: known })
              : Stream.fail(FindStatus.of.UnableToSupportTemplate())
          }
        })
      ])
      const { find } = relevant.client(yield* request(joined, relevant.presentationContexts()))
      const identifier = {
        contentTemplate,
        patientId: AttributeMatching.singleValue("1"),
        patientName: AttributeMatching.universal
      }
      const sopClass = SopClass.CardiacRelevantPatientInformationQuery
      const found = yield* Stream.runCollect(find(identifier, { sopClass }))
      assert.deepStrictEqual(found, [
        { identifier: known, status: { _tag: "CurrentMatchIsSupplied", class: "Pending", code: 0xff00 } }
      ])
      assert.deepStrictEqual(asked, [[sopClass, identifier]])
      const other = { ...identifier, contentTemplate: [{ mappingResource: "DCMR", templateIdentifier: "9000" }] }
      const error = yield* Effect.flip(Stream.runDrain(find(other)))
      assert.strictEqual(
        error.message,
        "The operation ended with Failure C200H, Failed: Unable to support requested template"
      )
    })
  )

  it("the statuses are those of PS3.4 Table Q.2-1", () => {
    assert.deepStrictEqual(ownStatuses(FindStatus, GeneralStatus.find), [
      ["OutOfResources", "Failure", "A700"],
      ["DataSetDoesNotMatchSopClass", "Failure", "A900"],
      ["UnableToProcess", "Failure", "C000"],
      ["MoreThanOneMatch", "Failure", "C100"],
      ["UnableToSupportTemplate", "Failure", "C200"],
      ["MatchingTerminated", "Cancel", "FE00"],
      ["CurrentMatchIsSupplied", "Pending", "FF00"]
    ])
  })

  it("the SOP classes are those of PS3.4 section Q.4.3", () => {
    assert.deepStrictEqual(RelevantPatientInformation.serviceClass.sopClasses.map(String), [
      "1.2.840.10008.5.1.4.37.1",
      "1.2.840.10008.5.1.4.37.2",
      "1.2.840.10008.5.1.4.37.3"
    ])
  })

  it("statuses are matched exhaustively, and what the class does not have does not compile", () => {
    const told = Match.type<RelevantPatientInformation.FindStatus>().pipe(
      Match.discriminatorsExhaustive("class")({
        Success: () => "complete",
        Pending: () => "a match",
        Cancel: () => "cancelled",
        Failure: ({ _tag }) => _tag
      })
    )
    assert.strictEqual(told(FindStatus.of.MoreThanOneMatch()), "MoreThanOneMatch")
    const notRun = (client: ReturnType<typeof relevant.client>) => {
      // @ts-expect-error: a query names a template
      client.find({ patientId: AttributeMatching.singleValue("1") })
      // @ts-expect-error: there is no such operation
      client.move({})
      // @ts-expect-error: the handler is missing
      relevant.handlers({})
      const unsupported = ModalityWorklist.FindStatus.of.OptionalKeysNotSupported()
      // @ts-expect-error: there are no optional keys to be told of
      relevant.handlers({ find: () => Stream.make({ identifier: known, status: unsupported }) })
      // @ts-expect-error: a match has a patient
      relevant.handlers({ find: () => Stream.make({ identifier: { contentTemplate } }) })
    }
    assert.isFunction(notRun)
  })
})
