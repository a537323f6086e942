import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { UnifiedProcedureStepFinalState } from "../src/index.ts"

const { table, unmet } = UnifiedProcedureStepFinalState

const empty = DataSet.empty(TransferSyntax.ExplicitVRLittleEndian)
const scheduled = Result.getOrThrow(
  DataSet.withAll(empty, [
    [Attribute.SOPClassUID, SopClass.UnifiedProcedureStepPush],
    [Attribute.SOPInstanceUID, Uid.makeUnsafe("2.25.1")],
    [Attribute.ScheduledProcedureStepPriority, "LOW"],
    [Attribute.ScheduledProcedureStepModificationDateTime, { year: 2026, month: 3, day: 14 }],
    [Attribute.ScheduledProcedureStepStartDateTime, { year: 2026, month: 3, day: 14 }],
    [Attribute.InputReadinessState, "READY"],
    [Attribute.ProcedureStepState, "IN PROGRESS"]
  ])
)
const code = Result.getOrThrow(DataSet.with(empty, Attribute.CodeMeaning, "CAD"))
const performed = Result.getOrThrow(
  DataSet.withAll(empty, [
    [Attribute.PerformedStationNameCodeSequence, [code]],
    [Attribute.PerformedProcedureStepStartDateTime, { year: 2026, month: 3, day: 14 }],
    [Attribute.PerformedWorkitemCodeSequence, [code]],
    [Attribute.PerformedProcedureStepEndDateTime, { year: 2026, month: 3, day: 14 }],
    [Attribute.OutputInformationSequence, null]
  ])
)
const withPerformed = (...items: ReadonlyArray<DataSet.DataSet>) =>
  Result.getOrThrow(DataSet.with(scheduled, Attribute.UnifiedProcedureStepPerformedProcedureSequence, items))

const keywords = (...parameters: Parameters<typeof unmet>) => unmet(...parameters).map(({ keyword }) => keyword)

describe("UnifiedProcedureStepFinalState", () => {
  it("the rows are those of PS3.4 Table CC.2.5-3 whose Final State is not O", () => {
    const lines = (rows: typeof table, depth = ""): ReadonlyArray<string> =>
      rows.flatMap(({ attribute, code, items = [] }) => [
        `${depth}${attribute.keyword} ${code}`,
        ...lines(items, `${depth}>`)
      ])
    assert.deepStrictEqual(lines(table), [
      "SpecificCharacterSet RC",
      "SOPClassUID R",
      "SOPInstanceUID R",
      "ScheduledProcedureStepPriority R",
      "ScheduledProcedureStepModificationDateTime R",
      "ScheduledProcedureStepStartDateTime R",
      "InputReadinessState R",
      "ProcedureStepState R",
      "ProcedureStepProgressInformationSequence X",
      ">ProcedureStepCancellationDateTime X",
      ">ProcedureStepDiscontinuationReasonCodeSequence X",
      "UnifiedProcedureStepPerformedProcedureSequence P",
      ">ActualHumanPerformersSequence RC",
      ">>HumanPerformerCodeSequence RC",
      ">>HumanPerformerName RC",
      ">PerformedStationNameCodeSequence P",
      ">PerformedProcedureStepStartDateTime P",
      ">PerformedWorkitemCodeSequence P",
      ">PerformedProcedureStepEndDateTime P",
      ">OutputInformationSequence P"
    ])
  })

  it("a step is completed with what was performed, which may have no output", () => {
    assert.deepStrictEqual(keywords(scheduled, "COMPLETED"), ["UnifiedProcedureStepPerformedProcedureSequence"])
    assert.deepStrictEqual(keywords(withPerformed(), "COMPLETED"), ["UnifiedProcedureStepPerformedProcedureSequence"])
    assert.deepStrictEqual(keywords(withPerformed(performed), "COMPLETED"), [])
    const without = DataSet.remove(performed, Attribute.OutputInformationSequence.tag)
    assert.deepStrictEqual(keywords(withPerformed(performed, without), "COMPLETED"), ["OutputInformationSequence"])
    assert.deepStrictEqual(keywords(withPerformed(code), "COMPLETED"), [
      "PerformedStationNameCodeSequence",
      "PerformedProcedureStepStartDateTime",
      "PerformedWorkitemCodeSequence",
      "PerformedProcedureStepEndDateTime",
      "OutputInformationSequence"
    ])
  })

  it("a step is canceled with a moment and a reason, whatever was performed", () => {
    assert.deepStrictEqual(keywords(scheduled, "CANCELED"), ["ProcedureStepProgressInformationSequence"])
    const progress = Result.getOrThrow(
      DataSet.withAll(empty, [
        [Attribute.ProcedureStepCancellationDateTime, { year: 2026, month: 3, day: 14 }],
        [Attribute.ProcedureStepDiscontinuationReasonCodeSequence, []]
      ])
    )
    const canceled = (item: DataSet.DataSet) =>
      Result.getOrThrow(DataSet.with(scheduled, Attribute.ProcedureStepProgressInformationSequence, [item]))
    assert.deepStrictEqual(keywords(canceled(progress), "CANCELED"), ["ProcedureStepDiscontinuationReasonCodeSequence"])
    const explained = Result.getOrThrow(
      DataSet.with(progress, Attribute.ProcedureStepDiscontinuationReasonCodeSequence, [code])
    )
    assert.deepStrictEqual(keywords(canceled(explained), "CANCELED"), [])
  })

  it("what both final states want may be emptied meanwhile, and is missed then", () => {
    const emptied = Result.getOrThrow(DataSet.with(withPerformed(performed), Attribute.InputReadinessState, null))
    assert.deepStrictEqual(keywords(emptied, "COMPLETED"), ["InputReadinessState"])
  })
})
