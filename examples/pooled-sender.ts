// Instances go to several archives over pooled associations, each archive for itself. What is transient is tried again by a
// schedule of our own; a journal lets a program that was stopped go on where it was.
import { AssociationPool, Retry } from "@effect-dicom/association"
import { TcpTransport } from "@effect-dicom/association/node"
import { SendingJournal, StorageSending } from "@effect-dicom/services"
import type { Storage } from "@effect-dicom/services"
import { Console, Effect, Schedule, Stream } from "effect"

const peer = (calledAETitle: string, port: number): AssociationPool.Peer => ({
  callingAETitle: "EXAMPLE",
  calledAETitle,
  transport: TcpTransport.make({ host: "127.0.0.1", port }),
  maximumAssociations: 2
})

// Waits of 100 ms to 2 s that grow, for as long as the archive stays away, but no longer than five minutes.
const retry = Retry.schedule({ first: "100 millis", cap: "2 seconds" }).pipe(Schedule.upTo({ duration: "5 minutes" }))

const line = (report: StorageSending.Report<Storage.Instance>): string => {
  const { instance, peer, repeated } = report
  const again = repeated ? ", sent again, since its outcome was not known" : ""
  return `${instance.sopInstanceUid} at ${peer}: ${report._tag === "Failed" ? report.cause.message : report._tag}${again}`
}

export const program = Effect.fnUntraced(function* (
  ports: { readonly [calledAETitle: string]: number },
  instances: ReadonlyArray<Storage.Instance>,
  journal: string
) {
  const pool = yield* AssociationPool.make({ idle: "10 seconds" })
  const peers = Object.entries(ports).map(([title, port]) => peer(title, port))
  return yield* StorageSending.fanOut(pool, peers, instances, { concurrency: 2, retry }).pipe(
    Stream.tap((report) => Console.log(line(report))),
    StorageSending.tally,
    Effect.provide(SendingJournal.layerFile(journal))
  )
}, Effect.scoped)
