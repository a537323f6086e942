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

/** A counter for each value of its attributes, made once. */
const by = <const A extends string>(metric: Metric.Counter<number>, ...attributes: ReadonlyArray<A>) => {
  const made = new Map<string, Metric.Metric<number, Metric.CounterState<number>>>()
  return (amount: number, ...values: ReadonlyArray<string>): Effect.Effect<void> => {
    const key = values.join("\n")
    let counter = made.get(key)
    if (counter === undefined) {
      counter = Metric.withAttributes(metric, Object.fromEntries(attributes.map((name, i) => [name, values[i] ?? ""])))
      // Codes without a name could make very many of them.
      if (made.size < 1000) made.set(key, counter)
    }
    return Metric.update(counter, amount)
  }
}

const countAssociations = by(associations, "role", "outcome")
const countPdus = by(pdus, "direction")
const countBytes = by(bytes, "direction")
const countAborts = by(aborts, "source", "reason")
const countReleases = by(releases, "outcome")

export const ended = Effect.fnUntraced(function* (layer: UpperLayer, end: End | undefined) {
  yield* countAssociations(1, layer.role, end?._tag ?? "none")
  yield* countPdus(layer.traffic.pdusReceived, "received")
  yield* countPdus(layer.traffic.pdusSent, "sent")
  yield* countBytes(layer.traffic.bytesReceived, "received")
  yield* countBytes(layer.traffic.bytesSent, "sent")
  if (end?._tag === "AbortedByPeer") yield* countAborts(1, "peer user")
  if (end?._tag === "AbortedLocally") yield* countAborts(1, "local user")
  if (end?._tag === "AbortedByProvider") yield* countAborts(1, `${end.provider} provider`, end.reason)
})

/** Counts a release by its outcome, and the time that it took. */
export const released = <E, R>(release: Effect.Effect<Release.Outcome, E, R>): Effect.Effect<Release.Outcome, E, R> =>
  Effect.flatMap(Effect.timed(release), ([duration, outcome]) =>
    Effect.as(Effect.andThen(countReleases(1, outcome._tag), Metric.update(latency, duration)), outcome)
  )
