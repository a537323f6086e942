/**
 * What `dicom store` does with `--associations`, `--retry` or `--journal`: sends over several associations at once, tries
 * again what is transient, and goes on where an earlier run was stopped.
 *
 * @since 0.1.0
 */
import { AssociationPool, Retry, UpperLayer } from "@effect-dicom/association"
import { SendingJournal, StorageSending } from "@effect-dicom/services"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type { PlatformError } from "effect/PlatformError"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as InstanceFile from "./InstanceFile.ts"
import type * as Progress from "./Progress.ts"
import * as Requestor from "./Requestor.ts"
import { Stop } from "./Stop.ts"
import type * as StoreReport from "./StoreReport.ts"

/**
 * What the command line says of how instances are sent.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options extends Requestor.Options {
  readonly halt: boolean
  /** How many associations there are at the same time. Default: 1. */
  readonly associations?: number | undefined
  /** How often an instance is tried again. Default: 0. */
  readonly retry?: number | undefined
  /** The file that remembers what was sent. */
  readonly journal?: string | undefined
}

/**
 * Sends the instances and tells of each; fails where one was given up, with the first cause.
 *
 * @category operations
 * @since 0.1.0
 */
export const send = Effect.fnUntraced(
  function* (
    options: Options,
    course: Requestor.Course,
    instances: ReadonlyArray<InstanceFile.InstanceFile>,
    report: StoreReport.StoreReport,
    progress: Progress.Progress
  ): Effect.fn.Return<boolean, Failure.Failure | SendingJournal.JournalFailed, FileSystem.FileSystem | Scope.Scope> {
    const parties = Requestor.parties(options)
    const stop = yield* Stop
    let stopped = false
    const associations = options.associations ?? 1
    const pool = yield* AssociationPool.make({
      maximumAssociationsPerPeer: associations,
      maximumAssociations: associations,
      // A peer that accepts fewer may take as long as it likes for what comes before.
      acquire: "Infinity"
    })
    const source = instances.map((file) => ({ ...file, file, dataSet: bytes(file, report, progress) }))
    let failure: Failure.Failure | undefined
    yield* StorageSending.send(pool, Requestor.peer(options, course), source, {
      until: Effect.tap(stop, () =>
        Effect.suspend(() => {
          stopped = true
          progress.clear()
          return Console.error("Stopping: what is being sent may finish first; Ctrl-C again aborts it.")
        })
      ),
      concurrency: associations,
      retry: Schedule.upTo(Retry.schedule(), { times: options.retry ?? 0 }),
      verification: false
    }).pipe(
      Stream.tap((ended) => {
        const { file } = ended.instance
        progress.finish()
        if (ended._tag !== "Failed" && ended.attempts === 0) return report.earlier(file, ended)
        if (ended._tag !== "Failed") return report.answered(file, ended)
        const cause = ended.cause._tag === "OutcomeUnknown" ? ended.cause.cause : ended.cause
        if (cause._tag === "PlatformError") return report.unreadable(file, Failure.refusalOf(cause))
        if (cause._tag === "NoPresentationContext") return report.noContext(file, true)
        failure ??= Failure.fromAssociation(cause, parties)
        return report.givenUp(file, ended.uncertain, cause.message)
      }),
      Stream.takeUntil((ended) => ended._tag === "Refused" && options.halt),
      Stream.runDrain
    )
    if (failure !== undefined && !stopped) return yield* failure
    if (failure !== undefined) yield* Console.error(failure.sentence)
    return stopped
  },
  Effect.scoped,
  // What was left out is no failure of this side or of the peer's.
  Effect.flatMap((stopped) => (stopped ? Effect.interrupt : Effect.void)),
  (effect, options, course) =>
    effect.pipe(
      Effect.provide(options.journal === undefined ? Layer.empty : SendingJournal.layerFile(options.journal)),
      Effect.catchTag("JournalFailed", (error) =>
        Effect.fail(
          Failure.make(
            codes.files,
            `The journal ${options.journal} cannot be used: ${Failure.refusalOf(error.cause)}. Give another file with --journal.`
          )
        )
      ),
      Effect.onInterrupt(() =>
        Effect.suspend(() =>
          Console.error(
            course.outcome === undefined
              ? "Interrupted: no association was established."
              : `Interrupted: ${Requestor.ending(course.outcome)}.`
          )
        )
      ),
      UpperLayer.withSettings(Requestor.settings(options))
    )
)

/** The bytes of a file, which several are read at the same time of, each through buffers of its own. */
const bytes = (
  file: InstanceFile.InstanceFile,
  report: StoreReport.StoreReport,
  progress: Progress.Progress
): Stream.Stream<Uint8Array, PlatformError, FileSystem.FileSystem> =>
  Stream.unwrap(
    Effect.suspend(() => {
      report.begin(file)
      return Effect.map(InstanceFile.dataSet(file, InstanceFile.buffers(), progress.advance), (dataSet) => {
        if (Stream.isStream(dataSet)) return dataSet
        progress.advance(file.length)
        return Stream.fromArray(dataSet)
      })
    })
  )
