/**
 * `dicom echo`: asks a peer whether it is there (C-ECHO; PS3.4 Annex A).
 *
 * @since 0.1.0
 */
import { Association } from "@effect-dicom/association"
import * as SopClass from "@effect-dicom/data/SopClass"
import { Verification } from "@effect-dicom/services"
import * as Status from "@effect-dicom/protocol/Status"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as Requestor from "./Requestor.ts"

/**
 * @category options
 * @since 0.1.0
 */
export interface Options extends Requestor.Options {
  /** How many times, on one association, 1 or more. */
  readonly repeat: number
  /** From one answer to the next question, in seconds. */
  readonly interval: number
  readonly json: boolean
  readonly verbose: boolean
  readonly quiet: boolean
}

/**
 * Asks, prints what came, and fails where it was not success.
 *
 * @category operations
 * @since 0.1.0
 */
export const run = Effect.fnUntraced(function* (options: Options): Effect.fn.Return<void, Failure.Failure> {
  const course = Requestor.course()
  const times: Array<number> = []
  let failed: Status.Status | undefined
  yield* Effect.scoped(
    Effect.gen(function* () {
      const association = yield* Requestor.open(options, course, [Verification.presentationContext])
      yield* Effect.fromResult(Association.context(association, SopClass.Verification))
      for (let i = 0; i < options.repeat && failed === undefined; i++) {
        if (i > 0 && options.interval > 0) yield* Effect.sleep(`${options.interval} seconds`)
        const begun = yield* Clock.currentTimeNanos
        course.within = true
        const status = yield* Verification.echo(association)
        course.within = false
        const milliseconds = Number((yield* Clock.currentTimeNanos) - begun) / 1e6
        times.push(milliseconds)
        if (!Status.isCompleted(status)) failed = status
        yield* one(options, i + 1, status, milliseconds)
      }
    })
  ).pipe(Effect.mapError((error) => Failure.fromAssociation(error, Requestor.parties(options))))
  if (options.repeat > 1) yield* summary(options, course, times, failed === undefined)
  if (failed !== undefined) {
    return yield* Failure.make(
      codes.refused,
      `${options.call} answered the C-ECHO with ${Status.format(failed)}. See what its log says.`
    )
  }
  const bad = Requestor.badEnding(options, course)
  if (bad !== undefined) return yield* bad
})

const one = (options: Options, count: number, status: Status.Status, milliseconds: number): Effect.Effect<void> => {
  if (options.json) {
    return Console.log(
      JSON.stringify({ type: "echo", count, status: Status.format(status), milliseconds: round(milliseconds) })
    )
  }
  if (options.quiet || (options.repeat > 1 && !options.verbose && options.interval === 0)) return Effect.void
  return Console.log(
    `${options.call} at ${options.host}:${options.port}: ${Status.format(status)}, ${time(milliseconds)}`
  )
}

const summary = (
  options: Options,
  course: Requestor.Course,
  times: ReadonlyArray<number>,
  success: boolean
): Effect.Effect<void> => {
  const total = times.reduce((sum, time) => sum + time, 0)
  const fastest = times.reduce((least, time) => Math.min(least, time), Infinity)
  const slowest = times.reduce((most, time) => Math.max(most, time), 0)
  const mean = total / times.length
  if (options.json) {
    return Console.log(
      JSON.stringify({
        type: "summary",
        success,
        count: times.length,
        milliseconds: { fastest: round(fastest), mean: round(mean), slowest: round(slowest) },
        association: course.outcome?._tag ?? null
      })
    )
  }
  if (options.quiet) return Effect.void
  return Console.log(
    `${times.length} answers in ${time(total)}: fastest ${time(fastest)}, mean ${time(mean)}, slowest ${time(slowest)}`
  )
}

const round = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1000

const time = (milliseconds: number): string =>
  milliseconds < 10
    ? `${milliseconds.toFixed(2)} ms`
    : milliseconds < 10000
      ? `${milliseconds.toFixed(0)} ms`
      : `${(milliseconds / 1000).toFixed(1)} s`
