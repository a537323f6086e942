/**
 * The sub-operations of C-GET and C-MOVE (PS3.4 sections C.4.2 and C.4.3): which instances a provider gives, its handler
 * says; that they are stored one after the other, counted, reported and summed up is done here. Where a move destination
 * is, a service says.
 *
 * @since 0.1.0
 */
import type { UpperLayer } from "@effect-dicom/association"
import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSet from "@effect-dicom/data/DataSet"
import type { Uid } from "@effect-dicom/data/Uid"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as GeneralStatus from "./GeneralStatus.ts"
import * as ServiceStatus from "./ServiceStatus.ts"

const common = {
  ...GeneralStatus.retrieve,
  UnableToCalculateNumberOfMatches: ServiceStatus.failure(
    0xa701,
    "Refused: Out of resources - Unable to calculate number of matches"
  ),
  UnableToPerformSubOperations: ServiceStatus.failure(
    0xa702,
    "Refused: Out of resources - Unable to perform sub-operations"
  ),
  DataSetDoesNotMatchSopClass: ServiceStatus.failure(0xa900, "Error: Data Set does not match SOP Class"),
  UnableToProcess: ServiceStatus.failure([0xc000, 0xcfff], "Failed: Unable to process"),
  SubOperationsTerminated: ServiceStatus.cancel("Sub-operations terminated due to Cancel Indication"),
  SubOperationsAreContinuing: ServiceStatus.pending(0xff00, "Sub-operations are continuing")
} as const

/**
 * The statuses of C-GET (PS3.4 Table C.4-3, with those of PS3.7 section 9.1.3.1.6).
 *
 * @category statuses
 * @since 0.1.0
 */
export const GetStatus = ServiceStatus.make({
  ...common,
  SubOperationsFailed: ServiceStatus.warning(0xb000, "Sub-operations Complete - One or more Failures or Warnings")
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type GetStatus = ServiceStatus.Type<typeof GetStatus>

/**
 * The statuses of C-MOVE (PS3.4 Table C.4-2, with those of PS3.7 section 9.1.4.1.7).
 *
 * @category statuses
 * @since 0.1.0
 */
export const MoveStatus = ServiceStatus.make({
  ...common,
  SubOperationsFailed: ServiceStatus.warning(0xb000, "Sub-operations Complete - One or more Failures"),
  MoveDestinationUnknown: ServiceStatus.failure(0xa801, "Refused: Move Destination unknown")
})

/**
 * @category statuses
 * @since 0.1.0
 */
export type MoveStatus = ServiceStatus.Type<typeof MoveStatus>

/**
 * How a provider reports its sub-operations, and ends them.
 *
 * @category settings
 * @since 0.1.0
 */
export interface Settings {
  /**
   * How soon after a pending response the next one may be sent, which then tells of all sub-operations that have ended
   * since (pending responses are optional: PS3.4 sections C.4.2.3.1 and C.4.3.3.1). Default: at once, so that there is one
   * after each sub-operation.
   */
  readonly atMostEvery: Duration.Input
  /**
   * After how long without one a pending response is sent though no sub-operation has ended, for users that wait no longer.
   * Default: 10 seconds.
   */
  readonly atLeastEvery: Duration.Input
  /**
   * How long the sub-operations of a cancelled C-MOVE that have begun may take, and the release of the association with the
   * move destination; what has not ended then is broken off. Those of a C-GET are carried through. Default: 5 seconds.
   */
  readonly finishWithin: Duration.Input
}

/**
 * The settings in force.
 *
 * @category settings
 * @since 0.1.0
 */
export const Settings: Context.Reference<Settings> = Context.Reference<Settings>(
  "@effect-dicom/services/SubOperations/Settings",
  { defaultValue: (): Settings => ({ atMostEvery: 0, atLeastEvery: "10 seconds", finishWithin: "5 seconds" }) }
)

/**
 * Changes some of the settings, of the providers of a server above all.
 *
 * **Example** (Four pending responses a second, however many instances there are)
 *
 * ```ts
 * import { QueryRetrieve, ServiceClassProvider, SubOperations } from "@effect-dicom/services"
 * import { Layer, Stream } from "effect"
 *
 * const archive = QueryRetrieve.studyRoot.handlers({ get: () => Stream.empty })
 *
 * const server = ServiceClassProvider.layer([archive]).pipe(
 *   Layer.provide(SubOperations.layerSettings({ atMostEvery: "250 millis" }))
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerSettings = (changes: Partial<Settings>): Layer.Layer<never> =>
  Layer.effect(
    Settings,
    Effect.map(Settings, (settings) => ({ ...settings, ...changes }))
  )

/**
 * Where the application entities are that instances may be moved to.
 *
 * @category services
 * @since 0.1.0
 */
export class MoveDestinations extends Context.Service<
  MoveDestinations,
  {
    /** The transport to an AE title; nothing where it is not known. */
    readonly find: (aeTitle: string) => Effect.Effect<Layer.Layer<UpperLayer.Transport, unknown> | undefined>
  }
>()("@effect-dicom/services/MoveDestinations") {}

/**
 * Destinations that are known beforehand, by AE title.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerDestinations = (
  destinations: Readonly<Record<string, Layer.Layer<UpperLayer.Transport, unknown>>>
): Layer.Layer<MoveDestinations> =>
  Layer.sync(MoveDestinations, () => {
    // Not the record itself, which has what every object has: a peer may well ask for "constructor".
    const byAETitle = new Map(Object.entries(destinations))
    return { find: (aeTitle) => Effect.succeed(byAETitle.get(aeTitle)) }
  })

/**
 * The transport to a move destination; fails with A801H where it is not known.
 *
 * @category operations
 * @since 0.1.0
 */
export const destination = (
  aeTitle: string
): Effect.Effect<
  Layer.Layer<UpperLayer.Transport, unknown>,
  Extract<MoveStatus, { readonly _tag: "MoveDestinationUnknown" }>,
  MoveDestinations
> =>
  Effect.flatMap(MoveDestinations, ({ find }) =>
    Effect.flatMap(find(aeTitle), (found) =>
      found === undefined ? Effect.fail(MoveStatus.of.MoveDestinationUnknown()) : Effect.succeed(found)
    )
  )

/**
 * The instances that failed, as the identifier of a last response lists them (PS3.4 sections C.4.2.1.4.2 and
 * C.4.3.1.3.2).
 *
 * @category getters
 * @since 0.1.0
 */
export const failedInstances = (identifier: DataSet.DataSet): ReadonlyArray<Uid> => {
  const list = DataSet.get(identifier, Attribute.FailedSOPInstanceUIDList)
  return Result.isSuccess(list) ? (list.success ?? []) : []
}
