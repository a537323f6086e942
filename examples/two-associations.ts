// Two archives get the same instance or neither association ends well: one policy closes both, and a failure of either
// aborts both. Policies are values, and compose.
import { Association, ClosingPolicy, UpperLayer } from "@effect-dicom/association"
import { TcpTransport } from "@effect-dicom/association/node"
import { Storage } from "@effect-dicom/services"
import { Effect, Schema } from "effect"

export class NotStored extends Schema.TaggedError<NotStored>()("NotStored", { archive: Schema.String }) {}

// What is under way is finished, then the association is released; a peer that does not answer is aborted.
const policy = ClosingPolicy.onExit({
  success: ClosingPolicy.finishing("30 seconds", ClosingPolicy.releaseWithin("5 seconds")),
  failure: ClosingPolicy.abort
})

const associate = Effect.fnUntraced(function* (port: number, instance: Storage.Instance) {
  const [presentationContexts = []] = Storage.presentationContexts([instance])
  const socket = yield* TcpTransport.make({ host: "127.0.0.1", port })
  return yield* Association.request({
    callingAETitle: "EXAMPLE",
    calledAETitle: "ARCHIVE",
    presentationContexts,
    closing: policy
  }).pipe(Effect.provideService(UpperLayer.Transport, socket))
})

export const program = Effect.fnUntraced(function* (ports: ReadonlyArray<number>, instance: Storage.Instance) {
  const archives = yield* Effect.forEach(ports, (port) => associate(port, instance), { concurrency: "unbounded" })
  yield* Effect.forEach(
    archives,
    Effect.fnUntraced(function* (archive) {
      const status = yield* Storage.store(archive, instance)
      if (status._tag !== "Success") return yield* new NotStored({ archive: archive.calledAETitle })
    }),
    { concurrency: "unbounded" }
  )
  return archives
}, Effect.scoped)
