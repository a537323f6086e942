/** The attributes of Unified Procedure Steps that a provider reads and writes by itself (PS3.4 Table CC.2.5-3). */
import * as Attribute from "@effect-dicom/data/Attribute"
import type { Value } from "@effect-dicom/data/AttributeValue"
import * as DataSet from "@effect-dicom/data/DataSet"
import type { AttributeVr } from "@effect-dicom/data/Dictionary"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import type { Uid } from "@effect-dicom/data/Uid"
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Ups from "../UnifiedProcedureStep.ts"
import type { State } from "../UnifiedProcedureStepState.ts"

const value = <VR extends AttributeVr, VM extends string>(
  dataSet: DataSet.DataSet,
  attribute: Attribute.Any<VR, VM>
): Value<VR, VM> | undefined => Result.getOrElse(DataSet.get(dataSet, attribute), () => undefined) ?? undefined

/** The data set with what can be written; a value that cannot is left as it was. */
const put = <VR extends AttributeVr, VM extends string>(
  dataSet: DataSet.DataSet,
  attribute: Attribute.Any<VR, VM>,
  to: NoInfer<Value<VR, VM>>
): DataSet.DataSet => Result.getOrElse(DataSet.with(dataSet, attribute, to), () => dataSet)

const firstItem = (dataSet: DataSet.DataSet, attribute: Attribute.Attribute<"SQ", "1">): DataSet.DataSet | undefined =>
  DataSet.items(dataSet, attribute.tag)?.[0]

export const transactionUid = (dataSet: DataSet.DataSet): Uid | undefined => value(dataSet, Attribute.TransactionUID)

/** What a provider keeps of an N-CREATE; nothing where it cannot be written. */
export const created = (dataSet: DataSet.DataSet, sopInstanceUid: Uid): DataSet.DataSet | undefined => {
  const own = Result.getOrUndefined(DataSet.transcode(dataSet, TransferSyntax.ExplicitVRLittleEndian))
  if (own === undefined) return undefined
  const identified = DataSet.withAll(DataSet.remove(own, Attribute.TransactionUID.tag), [
    [Attribute.SOPClassUID, SopClass.UnifiedProcedureStepPush],
    [Attribute.SOPInstanceUID, sopInstanceUid]
  ])
  return Result.getOrUndefined(identified)
}

const utf8 = "ISO_IR 192"

/** A step after an N-SET, in UTF-8 where the two have other character sets; nothing where it cannot be written. */
export const modified = (before: DataSet.DataSet, modifications: DataSet.DataSet): DataSet.DataSet | undefined => {
  const characterSets = [before, modifications].map((dataSet) =>
    (value(dataSet, Attribute.SpecificCharacterSet) ?? []).join("\\")
  )
  let [own, given] = [before, modifications]
  if (characterSets[0] !== characterSets[1]) {
    const recoded = [own, given].map((dataSet) => DataSet.with(dataSet, Attribute.SpecificCharacterSet, [utf8]))
    const [a, b] = recoded.map(Result.getOrUndefined)
    if (a === undefined || b === undefined) return undefined
    ;[own, given] = [a, b]
  }
  const elements = DataSet.elements(given).filter(({ tag }) => tag !== Attribute.TransactionUID.tag)
  return elements.reduce<DataSet.DataSet>(DataSet.set, own)
}

/** A step in another state; of one that is canceled the moment and the reason are filled in where they are not there. */
export const inState = (
  dataSet: DataSet.DataSet,
  state: State,
  now: DateTime.Utc,
  cancel: typeof Ups.RequestCancel.Type | undefined
): DataSet.DataSet => {
  if (value(dataSet, Attribute.ProcedureStepState) === state) return dataSet
  const changed = put(dataSet, Attribute.ProcedureStepState, state)
  if (state !== "CANCELED") return changed
  const sequence = Attribute.ProcedureStepProgressInformationSequence
  let item = firstItem(changed, sequence) ?? DataSet.empty(changed.transferSyntax)
  if (value(item, Attribute.ProcedureStepCancellationDateTime) === undefined) {
    const { day, hour, minute, month, second, year } = DateTime.toPartsUtc(now)
    item = put(item, Attribute.ProcedureStepCancellationDateTime, { year, month, day, hour, minute, second, offset: 0 })
  }
  const reason = cancel?.reasonForCancellation
  if (typeof reason === "string" && value(item, Attribute.ReasonForCancellation) === undefined)
    item = put(item, Attribute.ReasonForCancellation, reason)
  return put(changed, sequence, [item])
}

/** Whether a step has what is wanted of a completed one. */
export const isPerformed = (dataSet: DataSet.DataSet): boolean => {
  const item = firstItem(dataSet, Attribute.UnifiedProcedureStepPerformedProcedureSequence)
  return (
    item !== undefined &&
    firstItem(item, Attribute.PerformedStationNameCodeSequence) !== undefined &&
    firstItem(item, Attribute.PerformedWorkitemCodeSequence) !== undefined &&
    value(item, Attribute.PerformedProcedureStepStartDateTime) !== undefined &&
    value(item, Attribute.PerformedProcedureStepEndDateTime) !== undefined &&
    DataSet.element(item, Attribute.OutputInformationSequence.tag) !== undefined
  )
}

/** The information of a UPS State Report, without the state. */
export const stateInformation = (
  dataSet: DataSet.DataSet
): Pick<typeof Ups.StateReport.Type, "inputReadinessState" | "reasonForCancellation"> => {
  const readiness = value(dataSet, Attribute.InputReadinessState)
  const progress = firstItem(dataSet, Attribute.ProcedureStepProgressInformationSequence)
  const reason = progress === undefined ? undefined : value(progress, Attribute.ReasonForCancellation)
  return {
    inputReadinessState: readiness === "INCOMPLETE" || readiness === "UNAVAILABLE" ? readiness : "READY",
    ...(reason === undefined ? {} : { reasonForCancellation: reason })
  }
}

const readAssigned = (dataSet: DataSet.DataSet | undefined): typeof Ups.Assigned.Type =>
  dataSet === undefined ? {} : Result.getOrElse(Schema.decodeResult(Ups.Assigned)(dataSet), () => ({}))

/** The information of a UPS Assigned; nothing where the step is assigned to nobody. */
export const assignment = (dataSet: DataSet.DataSet): typeof Ups.Assigned.Type | undefined => {
  const { scheduledStationNameCode } = readAssigned(dataSet)
  const { humanPerformerCode, humanPerformerOrganization } = readAssigned(
    firstItem(dataSet, Attribute.ScheduledHumanPerformersSequence)
  )
  const information = {
    ...(scheduledStationNameCode == null ? {} : { scheduledStationNameCode }),
    ...(humanPerformerCode == null ? {} : { humanPerformerCode }),
    ...(humanPerformerOrganization == null ? {} : { humanPerformerOrganization })
  }
  return Object.keys(information).length === 0 ? undefined : information
}

/** Of what is told after an N-SET. */
export const changes = (
  before: DataSet.DataSet,
  after: DataSet.DataSet,
  modifications: DataSet.DataSet
): {
  readonly readiness: boolean
  readonly assigned: boolean
  readonly progress: typeof Ups.ProgressReport.Type | undefined
} => {
  const has = ({ tag }: Attribute.Attribute<"SQ", "1">): boolean => DataSet.element(modifications, tag) !== undefined
  return {
    readiness: value(before, Attribute.InputReadinessState) !== value(after, Attribute.InputReadinessState),
    assigned: has(Attribute.ScheduledStationNameCodeSequence) || has(Attribute.ScheduledHumanPerformersSequence),
    progress: has(Attribute.ProcedureStepProgressInformationSequence)
      ? Result.getOrUndefined(Schema.decodeResult(Ups.ProgressReport)(after))
      : undefined
  }
}

/** The keys of a filtered global subscription. */
export const keys = (dataSet: DataSet.DataSet): DataSet.DataSet =>
  DataSet.remove(DataSet.remove(dataSet, Attribute.ReceivingAE.tag), Attribute.DeletionLock.tag)
