import * as AttributeMatching from "@effect-dicom/data/AttributeMatching"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Match from "effect/Match"
import * as Stream from "effect/Stream"
import { GeneralStatus, RelevantPatientInformation, SubstanceAdministration } from "../src/index.ts"
import { request, serve } from "./joined.ts"
import { ownStatuses } from "./ownStatuses.ts"

const { FindStatus, productCharacteristicsQuery, substanceApprovalQuery } = SubstanceAdministration

const { singleValue, universal } = AttributeMatching

const agent: typeof SubstanceAdministration.Product.Type = {
  productPackageIdentifier: "4006381333931",
  productName: ["IOPAMIDOL"],
  productExpirationDateTime: null,
  productParameter: null
}

const route = [{ codeValue: "47625008", codingSchemeDesignator: "SCT", codeMeaning: "Intravenous route" }]

const approval: typeof SubstanceAdministration.Approval.Type = {
  patientId: "1",
  productPackageIdentifier: "4006381333931",
  administrationRouteCode: route,
  substanceAdministrationApproval: "CONTRA_INDICATED",
  approvalStatusFurtherDescription: "Known allergy",
  approvalStatusDateTime: { year: 2026, month: 3, day: 14 }
}

describe("SubstanceAdministration", () => {
  it.effect("a product is looked up by its package", () =>
    Effect.gen(function* () {
      const joined = yield* serve([
        productCharacteristicsQuery.handlers({
          find: ({ identifier: { productPackageIdentifier } }) =>
            productPackageIdentifier?._tag === "Single Value Matching" &&
            productPackageIdentifier.value === agent.productPackageIdentifier
              ? Stream.make({ identifier: agent })
              : Stream.empty
        })
      ])
      const association = yield* request(joined, productCharacteristicsQuery.presentationContexts())
      const { find } = productCharacteristicsQuery.client(association)
      const ask = (value: string) =>
        Effect.map(
          Stream.runCollect(find({ productPackageIdentifier: singleValue(value), productName: universal })),
          (found) => found.map(({ identifier }) => identifier)
        )
      assert.deepStrictEqual(yield* ask("4006381333931"), [agent])
      assert.deepStrictEqual(yield* ask("1"), [])
    })
  )

  it.effect("approval is asked for, and given, denied, or not known of", () =>
    Effect.gen(function* () {
      let asked: unknown
      const joined = yield* serve([
        substanceApprovalQuery.handlers({
          find: ({ identifier }) => {
            asked = identifier
            return Stream.make({ identifier: approval, status: FindStatus.of.OptionalKeysNotSupported() })
          }
        })
      ])
      const association = yield* request(joined, substanceApprovalQuery.presentationContexts())
      const { find } = substanceApprovalQuery.client(association)
      const identifier = {
        administrationRouteCode: route,
        patientId: singleValue("1"),
        productPackageIdentifier: singleValue("4006381333931"),
        substanceAdministrationApproval: universal
      }
      assert.deepStrictEqual(yield* Stream.runCollect(find(identifier)), [
        { identifier: approval, status: { _tag: "OptionalKeysNotSupported", class: "Pending", code: 0xff01 } }
      ])
      assert.deepStrictEqual(asked, identifier)
    })
  )

  it("the statuses are those of PS3.4 Table V.4-1", () => {
    assert.deepStrictEqual(ownStatuses(FindStatus, GeneralStatus.find), [
      ["OutOfResources", "Failure", "A700"],
      ["DataSetDoesNotMatchSopClass", "Failure", "A900"],
      ["UnableToProcess", "Failure", "C000..CFFF"],
      ["MatchingTerminated", "Cancel", "FE00"],
      ["MatchesAreContinuing", "Pending", "FF00"],
      ["OptionalKeysNotSupported", "Pending", "FF01"]
    ])
  })

  it("the SOP classes are those of PS3.4 sections V.6.1.4 and V.6.2.4", () => {
    assert.deepStrictEqual(
      [productCharacteristicsQuery, substanceApprovalQuery].flatMap(({ sopClasses }) => sopClasses.map(String)),
      ["1.2.840.10008.5.1.4.41", "1.2.840.10008.5.1.4.42"]
    )
  })

  it("statuses are matched exhaustively, and what the classes do not have does not compile", () => {
    const told = Match.type<SubstanceAdministration.FindStatus>().pipe(
      Match.discriminatorsExhaustive("class")({
        Success: () => "complete",
        Pending: () => "a match",
        Cancel: () => "cancelled",
        Failure: ({ _tag }) => _tag
      })
    )
    assert.strictEqual(told(FindStatus.of.UnableToProcess(0xc123)), "UnableToProcess")
    const notRun = (client: ReturnType<typeof substanceApprovalQuery.client>) => {
      // @ts-expect-error: a query names the route
      client.find({ patientId: singleValue("1") })
      // @ts-expect-error: there is no such operation
      client.get({})
      // @ts-expect-error: the handler is missing
      productCharacteristicsQuery.handlers({})
      const noTemplate = RelevantPatientInformation.FindStatus.of.UnableToSupportTemplate()
      // @ts-expect-error: a product has no template
      productCharacteristicsQuery.handlers({ find: () => Stream.fail(noTemplate) })
      const perhaps = { ...approval, substanceAdministrationApproval: "PERHAPS" }
      // @ts-expect-error: there is no such approval
      substanceApprovalQuery.handlers({ find: () => Stream.make({ identifier: perhaps }) })
    }
    assert.isFunction(notRun)
  })
})
