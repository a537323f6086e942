/**
 * The states of a modality performed procedure step (PS3.4 section F.1.5): the transitions as data, what N-CREATE and N-SET
 * make of an instance as pure functions, and a provider over them that keeps the instances in memory.
 *
 * **Details**
 *
 * The standard has a provider guard the status, and no more. What it wants of a modality besides (section F.7.2.2.2), that it
 * changes only what Table F.7.2-1 lets it change, and ends a step with what a final state has, is a provider's policy:
 * {@link notModifiable} and {@link unmet} say what is wrong, and a strict {@link set} refuses it.
 *
 * @since 0.1.0
 */
import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import type { InvalidAttribute } from "@effect-dicom/data/InvalidAttribute"
import type { Tag } from "@effect-dicom/data/Tag"
import type { Uid } from "@effect-dicom/data/Uid"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import {
  CreateStatus,
  FinalState,
  GetStatus,
  mayNoLongerBeUpdated,
  retrieve,
  serviceClass,
  SetStatus
} from "./ModalityPerformedProcedureStep.ts"
import * as ServiceClassProvider from "./ServiceClassProvider.ts"
import * as ServiceError from "./ServiceError.ts"
import type * as ServiceStatus from "./ServiceStatus.ts"

/**
 * The states (PS3.4 Table F.1-3), as the Performed Procedure Step Status has them.
 *
 * @category models
 * @since 0.1.0
 */
export type State = "IN PROGRESS" | "DISCONTINUED" | "COMPLETED"

/**
 * What changes the state (PS3.4 Table F.1-4).
 *
 * @category models
 * @since 0.1.0
 */
export type Event = "Performed Procedure Step Discontinued" | "Performed Procedure Step Completed"

/**
 * The state transitions (PS3.4 Table F.1-4): the state that follows in each state, where one does.
 *
 * @category states
 * @since 0.1.0
 */
export const transitions: Readonly<Record<Event, Readonly<Record<State, State | undefined>>>> = {
  "Performed Procedure Step Discontinued": {
    "IN PROGRESS": "DISCONTINUED",
    DISCONTINUED: undefined,
    COMPLETED: undefined
  },
  "Performed Procedure Step Completed": { "IN PROGRESS": "COMPLETED", DISCONTINUED: undefined, COMPLETED: undefined }
}

const states = ["IN PROGRESS", "DISCONTINUED", "COMPLETED"] as const

const isState = (value: string): value is State => states.some((state) => state === value)

/**
 * The state that an instance is in; nothing where its status is none.
 *
 * @category states
 * @since 0.1.0
 */
export const stateOf = (instance: DataSet.DataSet): State | undefined => {
  const status = Result.getOrUndefined(DataSet.get(instance, Attribute.PerformedProcedureStepStatus))
  return status !== undefined && status !== null && isState(status) ? status : undefined
}

type InvalidStatus<S extends ServiceStatus.Any> = ServiceError.Refused<Extract<S, { readonly code: 0x0106 }>>

/**
 * What an N-SET is refused with: an invalid attribute value, a missing one, or {@link mayNoLongerBeUpdated}.
 *
 * @category errors
 * @since 0.1.0
 */
export type SetRefusal = ServiceError.Refused<Extract<SetStatus, { readonly code: 0x0106 | 0x0110 | 0x0121 }>>

const statusTag = Attribute.PerformedProcedureStepStatus.tag

/**
 * The instance that an N-CREATE makes: its attributes, if they say that it is in progress, and 0106H otherwise (PS3.4
 * section F.7.2.1.3).
 *
 * @category states
 * @since 0.1.0
 */
export const create = (attributes: DataSet.DataSet): Result.Result<DataSet.DataSet, InvalidStatus<CreateStatus>> =>
  stateOf(attributes) === "IN PROGRESS"
    ? Result.succeed(attributes)
    : Result.fail(
        ServiceError.refused(CreateStatus.of.InvalidAttributeValue(), {
          errorComment: "A step is created IN PROGRESS",
          attributeIdentifierList: [statusTag]
        })
      )

/** Those of which Table F.7.2-1 says "Not allowed" of an N-SET. */
const notAllowed: ReadonlyArray<Attribute.Attribute> = [
  Attribute.ScheduledStepAttributesSequence,
  Attribute.PatientName,
  Attribute.PatientID,
  Attribute.IssuerOfPatientID,
  Attribute.IssuerOfPatientIDQualifiersSequence,
  Attribute.OtherPatientIDsSequence,
  Attribute.PatientBirthDate,
  Attribute.PatientSex,
  Attribute.ReferencedPatientSequence,
  Attribute.AdmissionID,
  Attribute.IssuerOfAdmissionIDSequence,
  Attribute.ServiceEpisodeID,
  Attribute.IssuerOfServiceEpisodeIDSequence,
  Attribute.ServiceEpisodeDescription,
  Attribute.PerformedProcedureStepID,
  Attribute.PerformedStationAETitle,
  Attribute.PerformedStationName,
  Attribute.PerformedLocation,
  Attribute.PerformedProcedureStepStartDate,
  Attribute.PerformedProcedureStepStartTime,
  Attribute.Modality,
  Attribute.StudyID
]

/**
 * The attributes of an N-SET that a user may not change (PS3.4 Table F.7.2-1).
 *
 * @category states
 * @since 0.1.0
 */
export const notModifiable = (modifications: DataSet.DataSet): ReadonlyArray<Attribute.Attribute> =>
  notAllowed.filter(({ tag }) => DataSet.element(modifications, tag) !== undefined)

/**
 * What an instance lacks of a final state, by tag (PS3.4 Table F.7.2-1, the last column); of one in progress nothing.
 *
 * @category states
 * @since 0.1.0
 */
export const unmet = (instance: DataSet.DataSet): ReadonlyArray<Tag> => {
  if (stateOf(instance) === "IN PROGRESS") return []
  const read = Schema.decodeResult(FinalState)(instance)
  return Result.isSuccess(read) ? [] : DataSetSchema.refused(read.failure).map(({ error }) => error.tag)
}

/**
 * The instance that an N-SET makes of one, if it is in progress, and {@link mayNoLongerBeUpdated} otherwise (PS3.4 section
 * F.7.2.2.3). Where the modifications are in another character set than the instance, the whole is in UTF-8. A strict one
 * refuses {@link notModifiable} attributes with 0106H, and an end with {@link unmet} requirements with 0121H.
 *
 * @category states
 * @since 0.1.0
 */
export const set = (
  instance: DataSet.DataSet,
  modifications: DataSet.DataSet,
  { strict = false }: { readonly strict?: boolean } = {}
): Result.Result<DataSet.DataSet, SetRefusal> => {
  const state = stateOf(instance)
  const to = DataSet.element(modifications, statusTag) === undefined ? state : stateOf(modifications)
  if (state === undefined || next(state, to ?? state) === undefined) return Result.fail(mayNoLongerBeUpdated)
  if (to === undefined) {
    return Result.fail(
      ServiceError.refused(SetStatus.of.InvalidAttributeValue(), {
        errorComment: "A step is IN PROGRESS, DISCONTINUED or COMPLETED",
        attributeIdentifierList: [statusTag]
      })
    )
  }
  const forbidden = strict ? notModifiable(modifications).map(({ tag }) => tag) : []
  if (forbidden.length > 0) {
    return Result.fail(
      ServiceError.refused(SetStatus.of.InvalidAttributeValue(), {
        errorComment: "Not allowed in an N-SET",
        attributeIdentifierList: forbidden
      })
    )
  }
  const merged = merge(instance, modifications)
  if (Result.isFailure(merged)) {
    const errorComment = merged.failure.message
    return Result.fail(ServiceError.refused(SetStatus.of.InvalidAttributeValue(), { errorComment }))
  }
  const missing = strict ? unmet(merged.success) : []
  return missing.length === 0
    ? Result.succeed(merged.success)
    : Result.fail(
        ServiceError.refused(SetStatus.of.MissingAttributeValue(), {
          errorComment: "A step ends with an end and a series",
          attributeIdentifierList: missing
        })
      )
}

const next = (from: State, to: State): State | undefined => {
  if (to === "IN PROGRESS") return from === to ? to : undefined
  if (from === to) return undefined
  return transitions[
    to === "COMPLETED" ? "Performed Procedure Step Completed" : "Performed Procedure Step Discontinued"
  ][from]
}

const characterSet = Attribute.SpecificCharacterSet

/** The elements of one data set in place of those of another. */
const merge = (
  instance: DataSet.DataSet,
  modifications: DataSet.DataSet
): Result.Result<DataSet.DataSet, InvalidAttribute> =>
  Result.gen(function* () {
    const own = yield* DataSet.get(instance, characterSet)
    const theirs = yield* DataSet.get(modifications, characterSet)
    const same = theirs === undefined || theirs === null || own?.join("\\") === theirs.join("\\")
    const utf8 = (dataSet: DataSet.DataSet) =>
      same ? Result.succeed(dataSet) : DataSet.with(dataSet, characterSet, ["ISO_IR 192"])
    let merged = yield* utf8(instance)
    for (const element of DataSet.elements(yield* utf8(modifications))) merged = DataSet.set(merged, element)
    return merged
  })

// -----------------------------------------------------------------------------
// a provider
// -----------------------------------------------------------------------------

/**
 * An instance, and its state.
 *
 * @category models
 * @since 0.1.0
 */
export interface Step {
  readonly sopInstanceUid: Uid
  readonly state: State
  readonly dataSet: DataSet.DataSet
}

/**
 * Instances that a provider keeps.
 *
 * @category models
 * @since 0.1.0
 */
export interface Kept {
  /** Answers N-CREATE, N-SET and N-GET. */
  readonly provider: ServiceClassProvider.ServiceClassProvider
  readonly find: (sopInstanceUid: Uid) => Step | undefined
}

/**
 * A provider that keeps the instances in memory, by {@link create} and {@link set}, and says what becomes of each before it
 * answers: of one change of an instance after the other, each carried out whole, though its user be gone. One that
 * `onChange` dies of, or that takes it too long, has not come about.
 *
 * @category providers
 * @since 0.1.0
 */
export const keep = (
  options: {
    readonly onChange?: (step: Step) => Effect.Effect<void>
    /** How long `onChange` may take, before it is interrupted and the change refused with 0110H. Default: 30 seconds. */
    readonly changeWithin?: Duration.Input
    /** Whether N-SET is strict. Default: it is not, modalities are not always that careful. */
    readonly strict?: boolean
  } = {}
): Effect.Effect<Kept> =>
  Effect.sync(() => {
    const { changeWithin = "30 seconds", onChange, strict = false } = options
    const steps = new Map<Uid, Step>()
    /** Those of which something is changed, and how many changes there are. */
    const changing = new Map<Uid | undefined, { readonly one: Semaphore.Semaphore; changes: number }>()
    const exclusive = <A, E>(
      change: Effect.Effect<A, E>,
      { sopInstanceUid }: { readonly sopInstanceUid: Uid | undefined }
    ): Effect.Effect<A, E> =>
      Effect.suspend(() => {
        const of = changing.get(sopInstanceUid) ?? { one: Semaphore.makeUnsafe(1), changes: 0 }
        changing.set(sopInstanceUid, of)
        of.changes++
        return Effect.ensuring(
          of.one.withPermits(1)(Effect.uninterruptible(change)),
          Effect.sync(() => {
            if (--of.changes === 0) changing.delete(sopInstanceUid)
          })
        )
      })
    const become = (sopInstanceUid: Uid, dataSet: DataSet.DataSet) =>
      Effect.gen(function* () {
        const step: Step = { sopInstanceUid, state: stateOf(dataSet) ?? "IN PROGRESS", dataSet }
        const told = Effect.timeoutOption(onChange?.(step) ?? Effect.void, changeWithin)
        // In a fiber of its own, since nothing can be ended where nothing is interrupted.
        const done = yield* Effect.forkDetach(Effect.interruptible(told), { startImmediately: true })
        if (Option.isNone(yield* Fiber.join(done))) {
          const errorComment = "The change took too long"
          return yield* Effect.fail(ServiceError.refused(SetStatus.of.ProcessingFailure(), { errorComment }))
        }
        steps.set(sopInstanceUid, step)
      })
    const creating = serviceClass.handlers({
      create: Effect.fnUntraced(function* ({ dataSet, sopInstanceUid }) {
        if (sopInstanceUid === undefined) {
          const errorComment = "The user names the instance"
          return yield* Effect.fail(ServiceError.refused(CreateStatus.of.InvalidSopInstance(), { errorComment }))
        }
        if (steps.has(sopInstanceUid)) return yield* Effect.fail(CreateStatus.of.DuplicateSopInstance())
        yield* become(sopInstanceUid, yield* Effect.fromResult(create(dataSet)))
      }, exclusive),
      set: Effect.fnUntraced(function* ({ dataSet, sopInstanceUid }) {
        const step = steps.get(sopInstanceUid)
        if (step === undefined) return yield* Effect.fail(SetStatus.of.NoSuchSopInstance())
        yield* become(sopInstanceUid, yield* Effect.fromResult(set(step.dataSet, dataSet, { strict })))
      }, exclusive)
    })
    const retrieving = retrieve.handlers({
      get: Effect.fnUntraced(function* ({ attributes, sopInstanceUid }) {
        const step = steps.get(sopInstanceUid)
        if (step === undefined) return yield* Effect.fail(GetStatus.of.NoSuchSopInstance())
        const { dataSet } = step
        if (attributes === undefined) return { dataSet }
        const missing = attributes.filter((tag) => DataSet.element(dataSet, tag) === undefined)
        const status = missing.length === 0 ? {} : { status: GetStatus.of.OptionalAttributesNotSupported() }
        return {
          ...status,
          dataSet,
          details: { attributeIdentifierList: missing }
        }
      })
    })
    return {
      provider: ServiceClassProvider.together([creating, retrieving]),
      find: (sopInstanceUid) => steps.get(sopInstanceUid)
    }
  })
