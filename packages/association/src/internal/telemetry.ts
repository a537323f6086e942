/**
 * What an association tells Effect's metrics. All of it is said when the association ends, and costs nothing before.
 */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type * as Release from "../Release.ts"
import type { End, UpperLayer } from "../UpperLayer.ts"

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

const count = (metric: Metric.Counter<number>, amount: number, attributes: Record<string, string>) =>
  Metric.update(Metric.withAttributes(metric, attributes), amount)

export const ended = (layer: UpperLayer, end: End | undefined): Effect.Effect<void> =>
  Effect.gen(function*() {
    const outcome = end?._tag ?? "none"
    yield* count(associations, 1, { role: layer.role, outcome })
    yield* count(pdus, layer.traffic.pdusReceived, { direction: "received" })
    yield* count(pdus, layer.traffic.pdusSent, { direction: "sent" })
    yield* count(bytes, layer.traffic.bytesReceived, { direction: "received" })
    yield* count(bytes, layer.traffic.bytesSent, { direction: "sent" })
    if (end?._tag === "AbortedByPeer") yield* count(aborts, 1, { source: "peer user", reason: "" })
    if (end?._tag === "AbortedLocally") yield* count(aborts, 1, { source: "local user", reason: "" })
    if (end?._tag === "AbortedByProvider") {
      yield* count(aborts, 1, { source: `${end.provider} provider`, reason: end.reason })
    }
  })

/** Counts a release by its outcome, and the time that it took. */
export const released = <E, R>(release: Effect.Effect<Release.Outcome, E, R>): Effect.Effect<Release.Outcome, E, R> =>
  Effect.flatMap(Effect.timed(release), ([duration, outcome]) =>
    Effect.as(
      Effect.andThen(count(releases, 1, { outcome: outcome._tag }), Metric.update(latency, duration)),
      outcome
    ))
