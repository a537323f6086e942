/** The attributes of Unified Procedure Steps that a provider reads and writes by itself (PS3.4 Table CC.2.5-3). */
import * as Attribute from "@effect-dicom/data/Attribute"
import type { Value } from "@effect-dicom/data/AttributeValue"
import * as DataSet from "@effect-dicom/data/DataSet"
import type { AttributeVr } from "@effect-dicom/data/Dictionary"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as SopClass from "@effect-dicom/data/SopClass"
import type { Tag } from "@effect-dicom/data/Tag"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import type { Uid } from "@effect-dicom/data/Uid"
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Ups from "../UnifiedProcedureStep.ts"
import { enumeratedValues } from "./enumeratedValues.ts"
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

const dateTime = (now: DateTime.Utc) => {
  const { day, hour, minute, month, second, year } = DateTime.toPartsUtc(now)
  return { year, month, day, hour, minute, second, offset: 0 }
}

/** What a step cannot be created without; the empty attributes are not among it. */
export const Required = DataSetSchema.Struct({
  procedureStepState: DataSetSchema.type1(
    Attribute.ProcedureStepState,
    enumeratedValues("SCHEDULED", "IN PROGRESS", "COMPLETED", "CANCELED")
  ),
  scheduledProcedureStepPriority: DataSetSchema.type1(
    Attribute.ScheduledProcedureStepPriority,
    enumeratedValues("HIGH", "MEDIUM", "LOW")
  ),
  procedureStepLabel: DataSetSchema.type1(Attribute.ProcedureStepLabel),
  scheduledProcedureStepStartDateTime: DataSetSchema.type1(Attribute.ScheduledProcedureStepStartDateTime),
  inputReadinessState: DataSetSchema.type1(
    Attribute.InputReadinessState,
    enumeratedValues("INCOMPLETE", "UNAVAILABLE", "READY")
  )
})

/** Those of type 2 for the provider in an N-CREATE. */
const type2: ReadonlyArray<Attribute.Attribute> = [
  Attribute.ScheduledProcessingParametersSequence,
  Attribute.ScheduledStationNameCodeSequence,
  Attribute.ScheduledStationClassCodeSequence,
  Attribute.ScheduledStationGeographicLocationCodeSequence,
  Attribute.ScheduledWorkitemCodeSequence,
  Attribute.CommentsOnTheScheduledProcedureStep,
  Attribute.InputInformationSequence,
  Attribute.StudyInstanceUID,
  Attribute.PatientName,
  Attribute.PatientID,
  Attribute.IssuerOfPatientID,
  Attribute.IssuerOfPatientIDQualifiersSequence,
  Attribute.OtherPatientIDsSequence,
  Attribute.PatientBirthDate,
  Attribute.PatientSex,
  Attribute.AdmissionID,
  Attribute.IssuerOfAdmissionIDSequence,
  Attribute.AdmittingDiagnosesDescription,
  Attribute.AdmittingDiagnosesCodeSequence,
  Attribute.ReferencedRequestSequence,
  Attribute.ProcedureStepProgressInformationSequence,
  Attribute.UnifiedProcedureStepPerformedProcedureSequence
]

/** What the table does not allow in an N-SET. */
export const notSet: ReadonlyArray<Tag> = [
  Attribute.SOPClassUID,
  Attribute.SOPInstanceUID,
  Attribute.PatientName,
  Attribute.PatientID,
  Attribute.IssuerOfPatientID,
  Attribute.IssuerOfPatientIDQualifiersSequence,
  Attribute.PatientBirthDate,
  Attribute.PatientSex,
  Attribute.AdmissionID,
  Attribute.IssuerOfAdmissionIDSequence,
  Attribute.AdmittingDiagnosesDescription,
  Attribute.AdmittingDiagnosesCodeSequence,
  Attribute.ReferencedRequestSequence,
  Attribute.ReplacedProcedureStepSequence,
  Attribute.ProcedureStepState
].map(({ tag }) => tag)

/** What a provider keeps of an N-CREATE; nothing where it cannot be written. */
export const created = (
  dataSet: DataSet.DataSet,
  sopInstanceUid: Uid,
  worklistLabel: string,
  now: DateTime.Utc
): DataSet.DataSet | undefined => {
  const own = Result.getOrUndefined(DataSet.transcode(dataSet, TransferSyntax.ExplicitVRLittleEndian))
  if (own === undefined) return undefined
  const whole = type2.reduce(
    (dataSet, attribute) =>
      DataSet.element(dataSet, attribute.tag) === undefined
        ? Result.getOrElse(DataSet.with(dataSet, attribute, null), () => dataSet)
        : dataSet,
    DataSet.remove(own, Attribute.TransactionUID.tag)
  )
  const identified = DataSet.withAll(whole, [
    [Attribute.SOPClassUID, SopClass.UnifiedProcedureStepPush],
    [Attribute.SOPInstanceUID, sopInstanceUid],
    [Attribute.WorklistLabel, value(own, Attribute.WorklistLabel) ?? worklistLabel],
    [Attribute.ScheduledProcedureStepModificationDateTime, dateTime(now)]
  ])
  return Result.getOrUndefined(identified)
}

/** What N-GET gives: the attributes that were asked for, or all, with the character set that they are in. */
export const asked = (dataSet: DataSet.DataSet, attributes: ReadonlyArray<Tag> | undefined): DataSet.DataSet => {
  // The command has them (PS3.4 Table CC.2.5-3).
  const identifying: ReadonlyArray<Tag> = [Attribute.SOPClassUID.tag, Attribute.SOPInstanceUID.tag]
  return DataSet.filter(
    dataSet,
    ({ tag }) =>
      !identifying.includes(tag) &&
      (attributes === undefined || attributes.includes(tag) || tag === Attribute.SpecificCharacterSet.tag)
  )
}

const utf8 = "ISO_IR 192"

/** A step after an N-SET, in UTF-8 where the two have other character sets; nothing where it cannot be written. */
export const modified = (
  before: DataSet.DataSet,
  modifications: DataSet.DataSet,
  now: DateTime.Utc
): DataSet.DataSet | undefined => {
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
  const merged = elements.reduce<DataSet.DataSet>(DataSet.set, own)
  return put(merged, Attribute.ScheduledProcedureStepModificationDateTime, dateTime(now))
}

/** The reason codes of a request to cancel, as items. */
const discontinuation = ({
  discontinuationReasonCode
}: typeof Ups.RequestCancel.Type): ReadonlyArray<DataSet.DataSet> | undefined => {
  const written = Schema.encodeResult(Ups.RequestCancel)(
    discontinuationReasonCode === undefined ? {} : { discontinuationReasonCode }
  )
  return Result.isSuccess(written)
    ? DataSet.items(written.success, Attribute.ProcedureStepDiscontinuationReasonCodeSequence.tag)
    : undefined
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
    item = put(item, Attribute.ProcedureStepCancellationDateTime, dateTime(now))
  }
  const reason = cancel?.reasonForCancellation
  if (typeof reason === "string" && value(item, Attribute.ReasonForCancellation) === undefined)
    item = put(item, Attribute.ReasonForCancellation, reason)
  const codes = cancel === undefined ? undefined : discontinuation(cancel)
  if (codes !== undefined && firstItem(item, Attribute.ProcedureStepDiscontinuationReasonCodeSequence) === undefined)
    item = put(item, Attribute.ProcedureStepDiscontinuationReasonCodeSequence, codes)
  return put(changed, sequence, [item])
}

/** The information of a UPS State Report, without the state. */
export const stateInformation = (dataSet: DataSet.DataSet): Omit<typeof Ups.StateReport.Type, "procedureStepState"> => {
  const readiness = value(dataSet, Attribute.InputReadinessState)
  const progress = firstItem(dataSet, Attribute.ProcedureStepProgressInformationSequence)
  const cancel = progress === undefined ? undefined : Schema.decodeResult(Ups.RequestCancel)(progress)
  const { discontinuationReasonCode, reasonForCancellation } =
    cancel === undefined ? {} : Result.getOrElse(cancel, (): typeof Ups.RequestCancel.Type => ({}))
  return {
    inputReadinessState: readiness === "INCOMPLETE" || readiness === "UNAVAILABLE" ? readiness : "READY",
    ...(reasonForCancellation == null ? {} : { reasonForCancellation }),
    ...(discontinuationReasonCode == null ? {} : { discontinuationReasonCode })
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
