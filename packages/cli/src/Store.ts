/**
 * `dicom store`: sends the instances in files and folders to a peer (C-STORE; PS3.4 Annex B), each in the transfer syntax
 * it is in, byte for byte, unless others are proposed.
 *
 * @since 0.1.0
 */
import type { Uid } from "@effect-dicom/data/Uid"
import * as Status from "@effect-dicom/protocol/Status"
import { Storage } from "@effect-dicom/services"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Stream from "effect/Stream"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as FileSearch from "./FileSearch.ts"
import * as InstanceFile from "./InstanceFile.ts"
import * as Progress from "./Progress.ts"
import * as Requestor from "./Requestor.ts"
import type * as StorePooled from "./StorePooled.ts"
import * as StoreProposal from "./StoreProposal.ts"
import * as StoreReport from "./StoreReport.ts"
import * as TransferSyntaxNames from "./TransferSyntaxNames.ts"

/**
 * What the command line says of `dicom store`.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options extends StorePooled.Options, FileSearch.Options {
  readonly paths: ReadonlyArray<string>
  /** Whether a refused instance is the last one that is sent. */
  readonly halt: boolean
  /** Transfer syntaxes that are proposed in place of those that the instances are in. */
  readonly propose?: string | undefined
  /** How often each instance is sent, 1 or more. Default: 1. */
  readonly repeat?: number | undefined
  readonly json: boolean
  readonly verbose: boolean
  readonly quiet: boolean
  /** Where progress is shown. Default: `process.stderr`. */
  readonly terminal?: Progress.Terminal | undefined
}

/** Small files that are kept from when their heads are read until they are sent, in bytes: 32 MiB. */
const kept = 1 << 25

/**
 * Stores all of it and tells what became of it; fails where something was not stored.
 *
 * @category operations
 * @since 0.1.0
 */
export const run = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<StoreReport.Tally, Failure.Failure, FileSystem.FileSystem | Path.Path> {
  const transferSyntaxes = yield* TransferSyntaxNames.parse(options.propose, "--propose")
  if (transferSyntaxes !== undefined && isPooled(options)) {
    return yield* Failure.make(
      codes.usage,
      "--propose is for one association without retries. Leave it out, or --associations, --retry and --journal."
    )
  }
  if ((options.repeat ?? 1) > 1 && isPooled(options)) {
    return yield* Failure.make(
      codes.usage,
      "--repeat is for one association without retries. Leave it out, or --associations, --retry and --journal."
    )
  }
  const report = StoreReport.make(options)
  const found = yield* FileSearch.find(options.paths, options)
  for (const { detail, path } of found.unreadable) yield* report.file({ _tag: "unreadable", path, detail })
  const instances: Array<InstanceFile.InstanceFile> = []
  for (const file of yield* InstanceFile.inspectAll(found.files, { left: kept })) {
    if (file._tag === "Instance") instances.push(file)
    else yield* report.file(file)
  }
  if (instances.length === 0) {
    if (options.json) yield* report.summary(0, undefined)
    return yield* Failure.make(
      codes.files,
      `There is no DICOM instance in ${options.paths.join(", ")}. Give DICOM files, or folders that hold some.`
    )
  }
  const clock = yield* Clock.Clock
  const begun = clock.currentTimeMillisUnsafe()
  const course = Requestor.course()
  const conclude = Effect.suspend(() =>
    Effect.andThen(
      report.leftOver(instances),
      Effect.suspend(() => report.summary(clock.currentTimeMillisUnsafe() - begun, course))
    )
  )
  yield* Requestor.concluding(send(options, course, instances, report, clock, transferSyntaxes), conclude)
  const tally = report.tally()
  const failure = verdict(tally, transferSyntaxes !== undefined) ?? Requestor.badEnding(options, course)
  return failure === undefined ? tally : yield* failure
})

const verdict = ({ counts }: StoreReport.Tally, isChosen: boolean): Failure.Failure | undefined => {
  if (counts.refused > 0) {
    return Failure.make(
      codes.refused,
      `${plural(counts.refused, "instance was", "instances were")} refused${
        counts["not sent"] === 0
          ? ". See what the peer's log says."
          : ` and ${counts["not sent"]} not sent after that. To go on after a refusal give --no-halt.`
      }`
    )
  }
  if (counts["no presentation context"] > 0) {
    return Failure.make(
      codes.noContext,
      `For ${plural(counts["no presentation context"], "instance")} no presentation context was accepted. ` +
        `See which SOP classes and transfer syntaxes the peer is set up for${isChosen ? ", or give others with --propose" : ""}.`
    )
  }
  const bad = counts["not DICOM"] + counts["no instance"] + counts.unreadable
  return bad === 0
    ? undefined
    : Failure.make(
        codes.files,
        `${plural(bad, "file was", "files were")} left out. Leave ${bad === 1 ? "it" : "them"} out of the command, ` +
          "or choose by name with --scan-pattern."
      )
}

const send = Effect.fnUntraced(
  function* (
    options: Options,
    course: Requestor.Course,
    instances: ReadonlyArray<InstanceFile.InstanceFile>,
    report: StoreReport.StoreReport,
    clock: Clock.Clock,
    transferSyntaxes: ReadonlyArray<Uid> | undefined
  ): Effect.fn.Return<void, Failure.Failure, FileSystem.FileSystem> {
    const times = options.repeat ?? 1
    const progress = Progress.make(
      options.quiet || options.json ? silent : (options.terminal ?? process.stderr),
      clock,
      {
        instances: instances.length * times,
        bytes: instances.reduce((sum, { length }) => sum + length, 0) * times
      }
    )
    report.above(progress)
    if (isPooled(options)) {
      const pooled = yield* Effect.promise(() => import("./StorePooled.ts"))
      return yield* pooled.send(options, course, instances, report, progress)
    }
    const buffers = InstanceFile.buffers()
    let halted = false
    for (const { instances: these, presentationContexts } of StoreProposal.make(instances, transferSyntaxes)) {
      if (halted) break
      course.within = false
      yield* Effect.scoped(
        Effect.gen(function* () {
          const association = yield* Requestor.open(options, course, presentationContexts)
          const read = (file: InstanceFile.InstanceFile | undefined) => {
            const syntax = file && StoreProposal.transferSyntax(association, file, transferSyntaxes)
            if (file === undefined || syntax === undefined) return Effect.succeed(undefined)
            return Effect.result(
              Effect.map(
                syntax === file.transferSyntaxUid
                  ? InstanceFile.dataSet(file, buffers, progress.advance)
                  : StoreProposal.transcoded(file, syntax),
                (dataSet) => ({ transferSyntaxUid: syntax, dataSet })
              )
            )
          }
          // The next file is read when this one has been sent, while its answer is waited for. One that is kept is there.
          const readAhead = (file: InstanceFile.InstanceFile | undefined) =>
            file?.kept === undefined ? Effect.map(Effect.forkChild(read(file)), Fiber.join) : Effect.succeed(read(file))
          let ahead = yield* readAhead(these[0])
          for (let i = 0; i < these.length * times; i++) {
            const file = these[i % these.length]
            if (file === undefined) break
            const ready = yield* ahead
            ahead = yield* readAhead(i + 1 < these.length * times ? these[(i + 1) % these.length] : undefined)
            if (ready === undefined) {
              yield* report.noContext(file, StoreProposal.isProposed(file, transferSyntaxes))
            } else if (ready._tag === "Failure") yield* report.unreadable(file, Failure.refusalOf(ready.failure))
            else {
              const { dataSet, transferSyntaxUid } = ready.success
              report.begin(file)
              course.within = true
              const answer = yield* Storage.storeWithDetails(association, { ...file, transferSyntaxUid, dataSet })
              course.within = false
              yield* report.answered(file, answer, transferSyntaxUid)
              const isTold = Stream.isStream(dataSet) && transferSyntaxUid === file.transferSyntaxUid
              if (!isTold) progress.advance(file.length)
              halted = options.halt && !Status.isCompleted(answer.status)
            }
            progress.finish()
            if (halted) break
          }
        })
      ).pipe(
        Effect.mapError((error) =>
          error._tag === "PlatformError"
            ? Failure.make(
                codes.files,
                `A file could not be read to its end: ${Failure.refusalOf(error)}. The association was aborted; ` +
                  "leave that file out and run the command again."
              )
            : Failure.fromAssociation(error, Requestor.parties(options))
        )
      )
    }
  },
  (effect, _options, _course, _instances, report) => Effect.ensuring(effect, Effect.sync(report.clear))
)

const isPooled = ({ associations = 1, journal, retry = 0 }: Options): boolean =>
  associations > 1 || retry > 0 || journal !== undefined

const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`

const silent: Progress.Terminal = { write: () => {} }
