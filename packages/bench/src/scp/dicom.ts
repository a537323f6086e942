/**
 * Our SCP as a process, with the providers of the `dicom serve` command: `node dicom.ts PORT [DIRECTORY]`. It ends well on
 * SIGINT, so that `node --cpu-prof` writes its profile.
 */
import { ServiceClassProvider, Storage, StorageFolder, Verification } from "@effect-dicom/services"
import { NodeRuntime, NodeServices, NodeSocketServer } from "@effect/platform-node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const [port, directory] = process.argv.slice(2)

const storage =
  directory === undefined
    ? Effect.succeed(Storage.ignoring)
    : Effect.map(StorageFolder.make({ directory }), (folder) => Storage.provider(folder.store))

const server = Layer.unwrap(
  Effect.map(storage, (storage) => ServiceClassProvider.layer([Verification.provider, storage]))
).pipe(
  Layer.provide(NodeSocketServer.layer({ host: "127.0.0.1", port: Number(port), noDelay: true })),
  Layer.provide(NodeServices.layer)
)

NodeRuntime.runMain(Layer.launch(server))
