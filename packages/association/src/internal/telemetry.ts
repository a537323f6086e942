/**
 * What an association tells Effect's metrics, when it ends, and its tracer.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type * as Release from "../Release.ts"
import type { End, Traffic } from "../UpperLayer.ts"

const associations = Metric.counter("dicom_associations_total", {
  description: "Associations by how they ended",
  incremental: true
})
const pdus = Metric.counter("dicom_pdus_total", { description: "PDUs by direction", incremental: true })
const bytes = Metric.counter("dicom_bytes_total", { description: "Bytes by direction", incremental: true })
const aborts = Metric.counter("dicom_aborts_total", {
  description: "Aborts by who aborted and the provider's reason",
  incremental: true
})
const releases = Metric.counter("dicom_releases_total", {
  description: "Releases asked for, by outcome",
  incremental: true
})
const latency = Metric.timer("dicom_release_seconds", { description: "From A-RELEASE request to its outcome" })

/** A counter for each value of its attributes, made once. */
const by = <const A extends string>(metric: Metric.Counter<number>, ...attributes: ReadonlyArray<A>) => {
  const made = new Map<string, Metric.Metric<number, Metric.CounterState<number>>>()
  return (context: Context.Context<never>, amount: number, first: string, second?: string): void => {
    const key = second === undefined ? first : `${first}\n${second}`
    let counter = made.get(key)
    if (counter === undefined) {
      const values = [first, second]
      counter = Metric.withAttributes(metric, Object.fromEntries(attributes.map((name, i) => [name, values[i] ?? ""])))
      // Codes without a name could make very many of them.
      if (made.size < 1000) made.set(key, counter)
    }
    counter.updateUnsafe(amount, context)
  }
}

const countAssociations = by(associations, "role", "outcome")
const countPdus = by(pdus, "direction")
const countBytes = by(bytes, "direction")
const countAborts = by(aborts, "source", "reason")
const countReleases = by(releases, "outcome")

/** Counts an association that has ended, and all that passed. */
export const ended = (context: Context.Context<never>, role: string, traffic: Traffic, end: End | undefined): void => {
  countAssociations(context, 1, role, end?._tag ?? "none")
  countPdus(context, traffic.pdusReceived, "received")
  countPdus(context, traffic.pdusSent, "sent")
  countBytes(context, traffic.bytesReceived, "received")
  countBytes(context, traffic.bytesSent, "sent")
  if (end?._tag === "AbortedByPeer") countAborts(context, 1, "peer user")
  if (end?._tag === "AbortedLocally") countAborts(context, 1, "local user")
  if (end?._tag === "AbortedByProvider") countAborts(context, 1, `${end.provider} provider`, end.reason)
}

/** Counts a release by its outcome, and the time that it took. */
export const released = <E, R>(release: Effect.Effect<Release.Outcome, E, R>): Effect.Effect<Release.Outcome, E, R> =>
  traced("Association.release", (context) => {
    const clock = Context.get(context, Clock.Clock)
    const begun = clock.monotonicTimeNanosUnsafe()
    return Effect.map(release, (outcome) => {
      countReleases(context, 1, outcome._tag)
      latency.updateUnsafe(Duration.nanos(clock.monotonicTimeNanosUnsafe() - begun), context)
      return outcome
    })
  })

/** A span, where anybody looks at spans: one that nobody sees costs as much as one that is seen. */
export const traced = <A, E, R>(
  name: string,
  make: (context: Context.Context<R>) => Effect.Effect<A, E, R>,
  attributes?: Record<string, unknown>
): Effect.Effect<A, E, R> =>
  Effect.withFiber<A, E, R>(({ cache, context }) =>
    cache.tracer === undefined && cache.span === undefined
      ? // What the effect requires is there where it runs.
        make(context as Context.Context<R>)
      : Effect.withSpan(Effect.contextWith(make), name, attributes === undefined ? {} : { attributes })
  )
