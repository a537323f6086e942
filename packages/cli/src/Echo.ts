/**
 * `dicom echo`: asks a peer whether it is there (C-ECHO; PS3.4 Annex A).
 *
 * @since 0.1.0
 */
import { Association } from "@effect-dicom/association"
import * as SopClass from "@effect-dicom/data/SopClass"
import { Verification } from "@effect-dicom/services"
import type { ServiceError } from "@effect-dicom/services"
import * as Status from "@effect-dicom/protocol/Status"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import { Latency } from "./Latency.ts"
import { Output } from "./Output.ts"
import * as PeerAddress from "./PeerAddress.ts"
import * as Requestor from "./Requestor.ts"
import * as StatusDetails from "./StatusDetails.ts"
import * as TransferSyntaxNames from "./TransferSyntaxNames.ts"

/**
 * What the command line says of `dicom echo`.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options extends Requestor.Options {
  /** How many times, on one association, 1 or more. */
  readonly repeat: number
  /** From one answer to the next question, in seconds. */
  readonly interval: number
  /** Transfer syntaxes that are proposed. */
  readonly propose?: string | undefined
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
  const transferSyntaxes = yield* TransferSyntaxNames.parse(options.propose, "--propose")
  const context =
    transferSyntaxes === undefined
      ? Verification.presentationContext
      : { ...Verification.presentationContext, transferSyntaxes }
  const course = Requestor.course()
  const latency = new Latency()
  let failed: ServiceError.Answer | undefined
  const work = Effect.scoped(
    Effect.gen(function* () {
      const association = yield* Requestor.open(options, course, [context])
      yield* Effect.fromResult(Association.context(association, SopClass.Verification))
      for (let i = 0; i < options.repeat && failed === undefined; i++) {
        if (i > 0 && options.interval > 0) yield* Effect.sleep(`${options.interval} seconds`)
        const begun = yield* Clock.currentTimeNanos
        course.within = true
        const answer = yield* Verification.echoWithDetails(association)
        course.within = false
        const milliseconds = Number((yield* Clock.currentTimeNanos) - begun) / 1e6
        latency.add(milliseconds)
        if (!Status.isCompleted(answer.status)) failed = answer
        yield* one(options, i + 1, answer, milliseconds)
      }
    })
  ).pipe(Effect.mapError((error) => Failure.fromAssociation(error, Requestor.parties(options))))
  yield* Requestor.concluding(
    work,
    Effect.suspend(() => summary(options, course, latency, failed === undefined))
  )
  if (failed !== undefined) {
    return yield* Failure.make(
      codes.refused,
      `${options.call} answered the C-ECHO with ${Status.format(failed.status)}${StatusDetails.format(failed.details)}. See what its log says.`
    )
  }
  const bad = Requestor.badEnding(options, course)
  if (bad !== undefined) return yield* bad
})

/** A question may be asked any number of times: it is not asked again before there is room to print the answer. */
const one = Effect.fnUntraced(function* (
  options: Options,
  count: number,
  { details, status }: ServiceError.Answer,
  milliseconds: number
) {
  const output = yield* Output
  const line = options.json
    ? JSON.stringify({
        type: "echo",
        count,
        status: Status.format(status),
        ...StatusDetails.toJson(details),
        milliseconds: round(milliseconds)
      })
    : options.quiet || (options.repeat > 1 && !options.verbose && options.interval === 0)
      ? undefined
      : `${options.call} at ${PeerAddress.format({ host: options.host, port: options.port })}: ${Status.format(status)}${StatusDetails.format(details)}, ${time(milliseconds)}`
  // Whoever reads no more does not keep the peer from being asked.
  if (line !== undefined) yield* Effect.ignore(output(`${line}\n`))
})

const summary = (
  options: Options,
  course: Requestor.Course,
  latency: Latency,
  success: boolean
): Effect.Effect<void> => {
  const { count, fastest, mean, slowest, total } = latency
  const [median, most] = [latency.percentile(0.5), latency.percentile(0.99)]
  if (options.json) {
    return Console.log(
      JSON.stringify({
        type: "summary",
        success: success && count === options.repeat,
        count,
        milliseconds:
          count === 0
            ? null
            : {
                fastest: round(fastest),
                mean: round(mean),
                slowest: round(slowest),
                percentiles: { "50": round(median), "95": round(latency.percentile(0.95)), "99": round(most) }
              },
        association: course.outcome?._tag ?? null
      })
    )
  }
  if (options.quiet || options.repeat === 1 || count === 0) return Effect.void
  return Console.log(
    `${count} ${count === 1 ? "answer" : "answers"} in ${time(total)}: fastest ${time(fastest)}, mean ${time(mean)}, median ${time(median)}, ` +
      `99 % within ${time(most)}, slowest ${time(slowest)}`
  )
}

const round = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1000

const time = (milliseconds: number): string =>
  milliseconds < 10
    ? `${milliseconds.toFixed(2)} ms`
    : milliseconds < 10000
      ? `${milliseconds.toFixed(0)} ms`
      : `${(milliseconds / 1000).toFixed(1)} s`
