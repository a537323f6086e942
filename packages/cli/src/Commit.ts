/**
 * `dicom commit`: asks a peer to commit to the storage of instances, and waits for its report (PS3.4 Annex J).
 *
 * @since 0.1.0
 */
import { UpperLayer } from "@effect-dicom/association"
import type { Association } from "@effect-dicom/association"
import * as Status from "@effect-dicom/protocol/Status"
import { ServiceClassProvider, StorageCommitment } from "@effect-dicom/services"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import type * as Scope from "effect/Scope"
import * as CallFailure from "./CallFailure.ts"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as FileSearch from "./FileSearch.ts"
import * as NewUid from "./NewUid.ts"
import * as InstanceFile from "./InstanceFile.ts"
import * as Requestor from "./Requestor.ts"
import * as Transport from "./Transport.ts"

/**
 * What the command line says of `dicom commit`.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options extends Requestor.Options, FileSearch.Options {
  readonly paths: ReadonlyArray<string>
  /** A port of this machine on which a report is taken too. */
  readonly listen?: number | undefined
  readonly listenHost: string
  /** For the report, in seconds. */
  readonly wait: number
  /** How often, on one association, 1 or more. */
  readonly repeat: number
  readonly json: boolean
  readonly verbose: boolean
  readonly quiet: boolean
}

/**
 * Asks, waits, prints what was committed, and fails where not all was.
 *
 * @category operations
 * @since 0.1.0
 */
export const run = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<void, Failure.Failure, FileSystem.FileSystem | Path.Path> {
  const { instances, leftOut } = yield* instancesOf(options)
  const course = Requestor.course()
  const totals = { transactions: 0, committed: 0, failed: 0, untold: 0 }
  const work = Effect.scoped(
    Effect.gen(function* () {
      const transactions = yield* StorageCommitment.transactions
      if (options.listen !== undefined) {
        const where = {
          host: options.listenHost,
          port: options.listen,
          by: { host: "--listen-host", port: "--listen" }
        }
        const listener = yield* Transport.listener(where, options.secured)
        yield* Layer.build(
          Layer.provide(
            // What a peer leaves open after its report is not waited for long.
            ServiceClassProvider.layer([transactions.provider], { grace: "3 seconds" }),
            Layer.succeed(UpperLayer.Listener, listener)
          )
        )
      }
      const association = yield* Requestor.open(options, course, StorageCommitment.serviceClass.presentationContexts())
      yield* Effect.forkScoped(Effect.ignore(ServiceClassProvider.serve(association, transactions.provider)), {
        startImmediately: true
      })
      for (let time = 0; time < options.repeat; time++) {
        const report = yield* Effect.scoped(transact(options, course, association, transactions, instances))
        totals.transactions++
        totals.committed += report.referencedSop.length
        totals.failed += report.failedSop.length
        totals.untold += Math.max(0, instances.size - report.referencedSop.length - report.failedSop.length)
        yield* tellAll(options, report, instances)
      }
      // The report may have come on this association, and is to be answered before its release.
      yield* association.dimse.quiet
    })
  ).pipe(Effect.mapError((error) => (error._tag === "Failure" ? error : CallFailure.make(error, options))))
  yield* Requestor.concluding(
    work,
    Effect.suspend(() => {
      const { committed, failed, transactions } = totals
      const association = course.outcome?._tag ?? null
      return options.json
        ? Console.log(JSON.stringify({ type: "summary", transactions, committed, failed, association }))
        : Effect.void
    })
  )
  if (totals.failed > 0 || totals.untold > 0) {
    return yield* Failure.make(
      codes.incomplete,
      "The peer did not commit to all instances. Store those again, or see what its log says; keep them until then."
    )
  }
  const bad = Requestor.badEnding(options, course)
  if (bad !== undefined) return yield* bad
  if (leftOut > 0) {
    return yield* Failure.make(
      codes.files,
      `${leftOut === 1 ? "1 file was" : `${leftOut} files were`} left out, and the peer was not asked about ` +
        `${leftOut === 1 ? "it" : "them"}. Leave out of the command what is no DICOM instance, or choose by name with ` +
        "--scan-pattern."
    )
  }
})

type Instances = ReadonlyMap<string, InstanceFile.InstanceFile>

/** The instances in the files that are meant, by UID; what holds none is told of. */
const instancesOf = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<
  { readonly instances: Instances; readonly leftOut: number },
  Failure.Failure,
  FileSystem.FileSystem | Path.Path
> {
  const found = yield* FileSearch.find(options.paths, options)
  const instances = new Map<string, InstanceFile.InstanceFile>()
  const others: Array<InstanceFile.NoInstance> = found.unreadable.map((one) => ({
    _tag: "unreadable",
    ...one
  }))
  for (const path of found.files) {
    const file = yield* InstanceFile.inspect(path, { left: 0 })
    if (file._tag === "Instance") instances.set(file.sopInstanceUid, file)
    else others.push(file)
  }
  const leftOut = others.filter(({ _tag }) => _tag !== "DICOMDIR")
  for (const { _tag, detail, path } of leftOut) yield* Console.error(`${_tag}: ${path} (${detail})`)
  return instances.size === 0
    ? yield* Failure.make(
        codes.files,
        "There is no instance to be committed. Give DICOM files, or folders that hold some."
      )
    : { instances, leftOut: leftOut.length }
})

/** Asks for one transaction, and waits for its report. */
const transact = Effect.fnUntraced(function* (
  options: Options,
  course: Requestor.Course,
  association: Association.Association,
  transactions: StorageCommitment.Transactions,
  instances: Instances
): Effect.fn.Return<StorageCommitment.Result, CallFailure.Cause | Failure.Failure, Scope.Scope> {
  const transactionUid = NewUid.make()
  course.within = true
  const result = yield* transactions.request(association, {
    transactionUid,
    referencedSop: Array.from(instances.values(), ({ sopClassUid, sopInstanceUid }) => ({
      referencedSopClassUid: sopClassUid,
      referencedSopInstanceUid: sopInstanceUid
    }))
  })
  course.within = false
  if (options.verbose) yield* Console.error(`requested: transaction ${transactionUid}`)
  // Without a port to listen on, the end of this association is the end of waiting.
  const over = options.listen === undefined ? Effect.as(association.ended, undefined) : Effect.never
  const reported = yield* Effect.timeoutOption(Effect.raceFirst(result, over), `${options.wait} seconds`)
  const report = Option.getOrUndefined(reported)
  if (report !== undefined) return report
  const until = Option.isNone(reported) ? `in ${options.wait} s` : "before the association ended"
  return yield* new Failure.Failure({
    exitCode: codes.unreported,
    sentence:
      `The request was taken, but no report came ${until}. Keep the instances, and give the same command again later; give it ` +
      `more time with --wait, or a port for the report with --listen. The peer knows this transaction as ${transactionUid}.`,
    behind: { tag: "NoReport", parameters: { transactionUid, wait: options.wait } }
  })
})

const tellAll = Effect.fnUntraced(function* (
  options: Options,
  { failedSop, referencedSop, transactionUid }: StorageCommitment.Result,
  instances: Instances
) {
  for (const { failureReason, referencedSopInstanceUid } of failedSop) {
    yield* tell(options, instances.get(referencedSopInstanceUid)?.path, referencedSopInstanceUid, failureReason)
  }
  for (const { referencedSopInstanceUid } of referencedSop) {
    yield* tell(options, instances.get(referencedSopInstanceUid)?.path, referencedSopInstanceUid)
  }
  const [committed, failed] = [referencedSop.length, failedSop.length]
  if (options.json) {
    yield* Console.log(JSON.stringify({ type: "transaction", transactionUid, committed, failed }))
  } else if (!options.quiet) {
    yield* Console.log(`committed ${committed} of ${instances.size}${failed > 0 ? `; ${failed} failed` : ""}`)
  }
})

const tell = (
  options: Options,
  path: string | undefined,
  sopInstanceUid: string,
  failureReason?: number
): Effect.Effect<void> => {
  if (options.json) {
    const outcome = failureReason === undefined ? "committed" : "failed"
    const reason = failureReason === undefined ? {} : { failureReason: Status.formatCode(failureReason) }
    return Console.log(JSON.stringify({ type: "instance", outcome, sopInstanceUid, path, ...reason }))
  }
  if (failureReason !== undefined) {
    return Console.error(`failed (${Status.formatCode(failureReason)}): ${path ?? sopInstanceUid}`)
  }
  return options.verbose ? Console.log(`committed: ${path ?? sopInstanceUid}`) : Effect.void
}
