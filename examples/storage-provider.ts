// A provider of Verification and Storage that counts what it is given, as a layer.
//
//   node examples/storage-provider.ts PORT
import { TcpListener } from "@effect-dicom/association/node"
import { ServiceClassProvider, Storage, Verification } from "@effect-dicom/services"
import * as Status from "@effect-dicom/protocol/Status"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer, Stream } from "effect"

const counting = Storage.provider(
  Effect.fnUntraced(function* (received: Storage.Received) {
    const bytes = yield* Stream.runFold(
      received.dataSet,
      () => 0,
      (total, chunk) => total + chunk.length
    )
    yield* Console.log(`${received.sopInstanceUid}: ${bytes} bytes from ${received.association.callingAETitle}`)
    return Status.success
  })
)

export const server = ServiceClassProvider.layer([Verification.provider, counting])

if (import.meta.main) {
  const listener = TcpListener.layer({ port: Number(process.argv[2] ?? 11112) })
  NodeRuntime.runMain(Layer.launch(Layer.provide(server, listener)))
}
