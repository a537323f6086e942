/**
 * What a Unified Procedure Step has to have before it may become COMPLETED or CANCELED (PS3.4 section CC.2.5.1.1): the
 * Final State column of Table CC.2.5-3, and what of it a step does not meet.
 *
 * **Details**
 *
 * Conditions that only the performer knows are left to it: who has performed the step, which is to be said "if known". So is
 * the character set, which is there where text needs it by how data sets are written.
 *
 * @since 0.1.0
 */
import * as Attribute from "@effect-dicom/data/Attribute"
import type { DataElement } from "@effect-dicom/data/DataElement"
import * as DataSet from "@effect-dicom/data/DataSet"

/**
 * The final states.
 *
 * @category models
 * @since 0.1.0
 */
export type State = "COMPLETED" | "CANCELED"

/**
 * The codes of PS3.4 Table CC.2.5-1, but for O, which requires nothing: a value is required for both final states; for both
 * under a condition; for COMPLETED; for CANCELED.
 *
 * @category models
 * @since 0.1.0
 */
export type Code = "R" | "RC" | "P" | "X"

/**
 * A row of the table. Of a sequence the rows of its items follow; `mayBeEmpty` where the remark lets it have no items.
 *
 * @category models
 * @since 0.1.0
 */
export interface Row {
  readonly attribute: Attribute.Attribute
  readonly code: Code
  readonly mayBeEmpty?: true
  readonly items?: ReadonlyArray<Row>
}

const row = (code: Code, attribute: Attribute.Attribute, items?: ReadonlyArray<Row>): Row =>
  items === undefined ? { attribute, code } : { attribute, code, items }

/**
 * The rows of Table CC.2.5-3 whose Final State is not O.
 *
 * @category tables
 * @since 0.1.0
 */
export const table: ReadonlyArray<Row> = [
  row("RC", Attribute.SpecificCharacterSet),
  row("R", Attribute.SOPClassUID),
  row("R", Attribute.SOPInstanceUID),
  row("R", Attribute.ScheduledProcedureStepPriority),
  row("R", Attribute.ScheduledProcedureStepModificationDateTime),
  row("R", Attribute.ScheduledProcedureStepStartDateTime),
  row("R", Attribute.InputReadinessState),
  row("R", Attribute.ProcedureStepState),
  row("X", Attribute.ProcedureStepProgressInformationSequence, [
    row("X", Attribute.ProcedureStepCancellationDateTime),
    row("X", Attribute.ProcedureStepDiscontinuationReasonCodeSequence)
  ]),
  row("P", Attribute.UnifiedProcedureStepPerformedProcedureSequence, [
    row("RC", Attribute.ActualHumanPerformersSequence, [
      row("RC", Attribute.HumanPerformerCodeSequence),
      row("RC", Attribute.HumanPerformerName)
    ]),
    row("P", Attribute.PerformedStationNameCodeSequence),
    row("P", Attribute.PerformedProcedureStepStartDateTime),
    row("P", Attribute.PerformedWorkitemCodeSequence),
    row("P", Attribute.PerformedProcedureStepEndDateTime),
    { ...row("P", Attribute.OutputInformationSequence), mayBeEmpty: true }
  ])
]

const isRequired = (code: Code, state: State): boolean =>
  code === "R" || (code === "P" && state === "COMPLETED") || (code === "X" && state === "CANCELED")

const isEmpty = ({ bytes, items }: DataElement): boolean =>
  items === undefined ? bytes === undefined || bytes.length === 0 : items.length === 0

/**
 * The attributes that a step needs a value of before it may be in a final state, and does not have.
 *
 * @category predicates
 * @since 0.1.0
 */
export const unmet = (step: DataSet.DataSet, state: State): ReadonlyArray<Attribute.Attribute> =>
  unmetRows(table, step, state)

const unmetRows = (
  rows: ReadonlyArray<Row>,
  dataSet: DataSet.DataSet,
  state: State
): ReadonlyArray<Attribute.Attribute> =>
  rows.flatMap(({ attribute, code, items, mayBeEmpty }) => {
    if (!isRequired(code, state)) return []
    const element = DataSet.element(dataSet, attribute.tag)
    if (element === undefined || (mayBeEmpty !== true && isEmpty(element))) return [attribute]
    const inner = DataSet.items(dataSet, attribute.tag) ?? []
    return items === undefined ? [] : [...new Set(inner.flatMap((item) => unmetRows(items, item, state)))]
  })
