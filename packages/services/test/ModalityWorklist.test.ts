import * as AttributeMatching from "@effect-dicom/data/AttributeMatching"
import * as SopClass from "@effect-dicom/data/SopClass"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { ModalityWorklist, RelevantPatientInformation } from "../src/index.ts"
import { request, serve } from "./joined.ts"

const worklist = ModalityWorklist.make({ identifier: ModalityWorklist.Identifier, match: ModalityWorklist.Item })

const date = { year: 2026, month: 3, day: 14 }

const items: ReadonlyArray<typeof ModalityWorklist.Item.Type> = [
  {
    patientId: "1",
    accessionNumber: "A1",
    scheduledProcedureStep: [
      { modality: "CT", scheduledProcedureStepStartDate: date, scheduledStationAETitle: ["CT1"] }
    ]
  },
  {
    patientId: "2",
    accessionNumber: null,
    scheduledProcedureStep: [
      { modality: "MR", scheduledProcedureStepStartDate: date, scheduledStationAETitle: ["MR1"] }
    ]
  }
]

describe("ModalityWorklist", () => {
  it.effect("a modality asks for its scheduled procedure steps", () =>
    Effect.gen(function* () {
      const joined = yield* serve([
        worklist.handlers({
          find: ({ identifier }) => {
            const step = identifier.scheduledProcedureStep
            const modality =
              step?._tag === "Sequence Matching" && step.item.modality?._tag === "Single Value Matching"
                ? step.item.modality.value
                : undefined
            return Stream.fromIterable(items).pipe(
              Stream.filter((item) => item.scheduledProcedureStep[0]?.modality === modality),
              Stream.map((identifier) => ({ identifier }))
            )
          }
        })
      ])
      const client = worklist.client(yield* request(joined, worklist.presentationContexts()))
      const found = yield* Stream.runCollect(
        client.find({
          patientId: AttributeMatching.universal,
          scheduledProcedureStep: AttributeMatching.sequence({ modality: AttributeMatching.singleValue("MR") })
        })
      )
      assert.deepStrictEqual(
        found.map((match) => match.identifier),
        [items[1]]
      )
    })
  )

  it.effect("a provider that cannot answer says why", () =>
    Effect.gen(function* () {
      const joined = yield* serve([
        worklist.handlers({ find: () => Stream.fail(ModalityWorklist.FindStatus.of.OutOfResources()) })
      ])
      const client = worklist.client(yield* request(joined, worklist.presentationContexts()))
      const error = yield* Effect.flip(Stream.runDrain(client.find({})))
      assert.strictEqual(error.message, "The operation ended with Failure A700H, Refused: Out of resources")
    })
  )

  it("the statuses of C-FIND are those of PS3.4 Table K.4-1", () => {
    const table = Object.entries(ModalityWorklist.FindStatus.rows).flatMap(([, { class: of, first, last }]) =>
      first >= 0xa000 ? [[of, first.toString(16), last.toString(16)]] : []
    )
    assert.deepStrictEqual(table, [
      ["Failure", "a700", "a700"],
      ["Failure", "a900", "a900"],
      ["Failure", "c000", "cfff"],
      ["Cancel", "fe00", "fe00"],
      ["Pending", "ff00", "ff00"],
      ["Pending", "ff01", "ff01"]
    ])
  })

  it("its SOP class is the worklist's", () => {
    assert.deepStrictEqual(ModalityWorklist.serviceClass.sopClasses, [SopClass.ModalityWorklistInformationModelFind])
  })

  it("what the class does not have does not compile", () => {
    const notRun = (client: ReturnType<typeof worklist.client>) => {
      // @ts-expect-error: an item has its scheduled procedure step
      worklist.handlers({ find: () => Stream.make({ identifier: { patientId: "1" } }) })
      // @ts-expect-error: there is no such operation
      worklist.handlers({ find: () => Stream.empty, move: () => Stream.empty })
      // @ts-expect-error: a worklist is found by keys, which are no bare text
      client.find({ patientId: "1" })
      const tooMany = RelevantPatientInformation.FindStatus.of.MoreThanOneMatch()
      // @ts-expect-error: a worklist may have many matches
      worklist.handlers({ find: () => Stream.fail(tooMany) })
    }
    assert.isFunction(notRun)
  })
})
