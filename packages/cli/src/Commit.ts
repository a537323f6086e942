/**
 * `dicom commit`: asks a peer to commit to the storage of instances, and waits for its report (PS3.4 Annex J).
 *
 * @since 0.1.0
 */
import { UpperLayer } from "@effect-dicom/association"
import * as Uid from "@effect-dicom/data/Uid"
import { ServiceClassProvider, StorageCommitment } from "@effect-dicom/services"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import { randomUUID } from "node:crypto"
import * as CallFailure from "./CallFailure.ts"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as FileSearch from "./FileSearch.ts"
import * as InstanceFile from "./InstanceFile.ts"
import * as Requestor from "./Requestor.ts"
import * as Transport from "./Transport.ts"

/**
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
  const found = yield* FileSearch.find(options.paths, options)
  const instances = new Map<string, InstanceFile.InstanceFile>()
  for (const path of found.files) {
    const file = yield* InstanceFile.inspect(path, { left: 0 })
    if (file._tag === "Instance") instances.set(file.sopInstanceUid, file)
    else yield* Console.error(`${file._tag}: ${path}`)
  }
  if (instances.size === 0) {
    return yield* Failure.make(
      codes.files,
      `There is no DICOM instance in ${options.paths.join(", ")}. Give the files whose instances are to be committed.`
    )
  }
  const transactionUid = Uid.makeUnsafe(`2.25.${BigInt(`0x${randomUUID().replaceAll("-", "")}`)}`)
  const course = Requestor.course()
  const report = yield* Effect.scoped(
    Effect.gen(function* () {
      const transactions = yield* StorageCommitment.transactions
      if (options.listen !== undefined) {
        const where = { host: options.listenHost, port: options.listen }
        const listener = yield* Transport.listener(where, options.secured)
        yield* Layer.build(
          Layer.provide(
            ServiceClassProvider.layer([transactions.provider]),
            Layer.succeed(UpperLayer.Listener, listener)
          )
        )
      }
      const association = yield* Requestor.open(options, course, StorageCommitment.serviceClass.presentationContexts())
      yield* Effect.forkScoped(Effect.ignore(ServiceClassProvider.serve(association, transactions.provider)), {
        startImmediately: true
      })
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
      // The report may have come on this association, and is to be answered before its release.
      yield* association.dimse.quiet
      return reported
    })
  ).pipe(Effect.mapError((error) => (error._tag === "Failure" ? error : CallFailure.make(error, options))))
  const result = Option.getOrUndefined(report)
  if (result === undefined) {
    return yield* Failure.make(
      codes.network,
      `The request was taken, but no report came${Option.isNone(report) ? ` in ${options.wait} s` : " before the association ended"}. ` +
        "Give it more time with --wait, or a port for it with --listen."
    )
  }
  for (const { failureReason, referencedSopInstanceUid } of result.failedSop) {
    yield* tell(options, instances.get(referencedSopInstanceUid)?.path, referencedSopInstanceUid, failureReason)
  }
  for (const { referencedSopInstanceUid } of result.referencedSop) {
    yield* tell(options, instances.get(referencedSopInstanceUid)?.path, referencedSopInstanceUid)
  }
  const [committed, failed] = [result.referencedSop.length, result.failedSop.length]
  if (options.json) {
    const association = course.outcome?._tag ?? null
    yield* Console.log(JSON.stringify({ type: "summary", transactionUid, committed, failed, association }))
  } else if (!options.quiet) {
    yield* Console.log(`committed ${committed} of ${instances.size}${failed > 0 ? `; ${failed} failed` : ""}`)
  }
  if (failed > 0 || committed < instances.size) {
    return yield* Failure.make(
      codes.incomplete,
      "The peer did not commit to all instances. Store those again, or see what its log says; keep them until then."
    )
  }
  const bad = Requestor.badEnding(options, course)
  if (bad !== undefined) return yield* bad
})

const tell = (
  options: Options,
  path: string | undefined,
  sopInstanceUid: string,
  failureReason?: number
): Effect.Effect<void> => {
  if (options.json) {
    const outcome = failureReason === undefined ? "committed" : "failed"
    const reason = failureReason === undefined ? {} : { failureReason: hexadecimal(failureReason) }
    return Console.log(JSON.stringify({ type: "instance", outcome, sopInstanceUid, path, ...reason }))
  }
  if (failureReason !== undefined) {
    return Console.error(`failed (${hexadecimal(failureReason)}): ${path ?? sopInstanceUid}`)
  }
  return options.verbose ? Console.log(`committed: ${path ?? sopInstanceUid}`) : Effect.void
}

const hexadecimal = (code: number): string => `${code.toString(16).toUpperCase().padStart(4, "0")}H`
