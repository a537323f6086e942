/**
 * Our SCP as a process: `node scp.ts DIRECTORY`, or `node scp.ts` to hash what comes and keep nothing. It prints its port,
 * then a line for each instance; for each line on its standard input it prints a line with what it holds at that moment.
 */
import { AssociationServer } from "@effect-dicom/association"
import { TcpListener } from "@effect-dicom/association/node"
import * as Status from "@effect-dicom/protocol/Status"
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Crypto from "node:crypto"
import * as Fs from "node:fs"
import * as Readline from "node:readline"
import { ServiceClassProvider, Storage, StorageFolder, Verification } from "../../src/index.ts"

const [directory] = process.argv.slice(2)

const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

const hashing = Storage.provider(
  Effect.fnUntraced(function* (received: Storage.Received) {
    const hash = Crypto.createHash("sha1")
    let length = 0
    yield* Stream.runForEach(received.dataSet, (chunk) =>
      Effect.sync(() => {
        hash.update(chunk)
        length += chunk.length
      })
    )
    say({ sopInstanceUid: received.sopInstanceUid, length, sha1: hash.digest("hex") })
    return Status.success
  })
)

const storage =
  directory === undefined
    ? Effect.succeed(hashing)
    : Effect.map(StorageFolder.make({ directory }), (folder) => Storage.provider(folder.store))

const server = Layer.unwrap(
  Effect.map(storage, (storage) =>
    ServiceClassProvider.layer([Verification.provider, storage], { maximumAssociations: 300 })
  )
).pipe(Layer.provide(TcpListener.layer({ host: "127.0.0.1", port: 0 })), Layer.provide(NodeServices.layer))

const collect = (): void => {
  const { gc } = globalThis
  for (let i = 0; i < 3; i++) gc?.()
}

const main = Effect.gen(function* () {
  const { address, associations } = yield* AssociationServer.AssociationServer
  say({ port: "port" in address ? address.port : 0 })
  const lines = Readline.createInterface({ input: process.stdin })
  lines.on("line", () => {
    collect()
    say({
      associations: Effect.runSync(associations),
      descriptors: Fs.existsSync("/proc/self/fd") ? Fs.readdirSync("/proc/self/fd").length : 0, // told by Linux only
      sockets: process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length,
      heap: process.memoryUsage().heapUsed,
      external: process.memoryUsage().arrayBuffers,
      peak: process.resourceUsage().maxRSS * 1024
    })
  })
  lines.on("close", () => process.exit(0))
  return yield* Effect.never
})

NodeRuntime.runMain(Effect.provide(main, server))
