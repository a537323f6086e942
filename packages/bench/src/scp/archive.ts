/**
 * Our archive as a process: `node archive.ts PORT FOLDER BACK`, with `studies` or `data-sets` behind it for other matches. It
 * finds the images of `Query.ts`, whose values it has ready and writes for each query, gives the instances of a folder to
 * C-GET, and moves them to a port.
 */
import { TcpListener, TcpTransport } from "@effect-dicom/association/node"
import type { ServiceClassProvider as Provider } from "@effect-dicom/services/ServiceClassProvider"
import * as InstanceFile from "@effect-dicom/cli/InstanceFile"
import { QueryRetrieve, ServiceClassProvider, type Storage } from "@effect-dicom/services"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Instance from "../Instance.ts"
import * as Query from "../Query.ts"

const [port, folder, back, kind] = process.argv.slice(2)

/** The instances of the folder, each read when it is sent. */
const stored = Effect.gen(function* () {
  const context = yield* Effect.context<FileSystem.FileSystem>()
  const buffers = InstanceFile.buffers()
  const found = yield* Effect.forEach(Instance.files(folder ?? ""), (path) => InstanceFile.inspect(path))
  return found
    .filter((file) => file._tag === "Instance")
    .map((file): Storage.Instance<unknown> => {
      const dataSet = Effect.map(InstanceFile.dataSet(file, buffers), (bytes) =>
        Stream.isStream(bytes) ? bytes : Stream.fromIterable(bytes)
      )
      const { sopClassUid, sopInstanceUid, transferSyntaxUid } = file
      return {
        sopClassUid,
        sopInstanceUid,
        transferSyntaxUid,
        dataSet: Stream.provideContext(Stream.unwrap(dataSet), context)
      }
    })
})

const matches = <A>(make: (n: number) => A): Stream.Stream<{ readonly identifier: A }> =>
  Stream.fromArray(Array.from({ length: Query.count }, (_, n) => ({ identifier: make(n) })))

const provider = Effect.map(stored, (instances): Provider => {
  const transport = TcpTransport.layer({ host: "127.0.0.1", port: Number(back) })
  const get = () => Stream.fromIterable(instances)
  const move = () => Effect.succeed({ transport, instances: Stream.fromIterable(instances) })
  switch (kind) {
    case "studies": {
      const found = matches(Query.matchedStudy)
      return Query.studies.handlers({ find: () => found, get, move })
    }
    case "data-sets": {
      const encode = Schema.encodeResult(QueryRetrieve.Match.image)
      const found = matches((n) => Result.getOrThrow(encode(Query.image(n))))
      return QueryRetrieve.studyRoot.handlers({ find: () => found, get, move })
    }
    default: {
      const found = matches(Query.image)
      return Query.images.handlers({ find: () => found, get, move })
    }
  }
})

const server = Layer.unwrap(Effect.map(provider, (provider) => ServiceClassProvider.layer([provider])))

NodeRuntime.runMain(
  Layer.launch(
    server.pipe(
      Layer.provide(TcpListener.layer({ host: "127.0.0.1", port: Number(port) })),
      Layer.provide(NodeServices.layer)
    )
  )
)
