// C-MOVE over a map: what matches goes to where the user wants it. Associations with the destination, counts and reports,
// what failed and the status at the end are the library's business.
//
//   node examples/move-provider.ts PORT WORKSTATION-HOST WORKSTATION-PORT FILE...
import { TcpListener, TcpTransport } from "@effect-dicom/association/node"
import { type DataSet, FileFormat, IdentifierMatching, type Uid } from "@effect-dicom/data"
import { QueryRetrieve, ServiceClassProvider, type Storage, SubOperations } from "@effect-dicom/services"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer, Result, Stream } from "effect"
import { readFileSync } from "node:fs"

export interface Archived extends Storage.Instance {
  readonly whole: DataSet.DataSet
}

const archive = (instances: ReadonlyMap<Uid.Uid, Archived>) =>
  QueryRetrieve.studyRoot.layer({
    move: ({ destination, identifier }) =>
      Effect.gen(function* () {
        const transport = yield* SubOperations.destination(destination)
        const query = IdentifierMatching.make(identifier)
        const matches = [...instances.values()].filter(({ whole }) => query.matches(whole))
        yield* Console.log(`instances for ${destination}: ${matches.length}`)
        return { transport, count: matches.length, instances: Stream.fromIterable(matches) }
      })
  })

export const server = (instances: ReadonlyMap<Uid.Uid, Archived>, host: string, port: number) =>
  ServiceClassProvider.layer([QueryRetrieve.studyRoot.provider]).pipe(
    Layer.provide(archive(instances)),
    Layer.provide(SubOperations.layerDestinations({ WORKSTATION: TcpTransport.layer({ host, port }) }))
  )

const read = (path: string): ReadonlyArray<readonly [Uid.Uid, Archived]> => {
  const bytes = readFileSync(path)
  const found = Result.getOrThrow(FileFormat.instance(bytes, { size: bytes.length }))
  if (found._tag !== "Instance") return []
  const { file, sopClassUid, sopInstanceUid } = found
  const { dataSet: whole } = Result.getOrThrow(FileFormat.decode(bytes))
  const transferSyntaxUid = file.transferSyntax.uid
  const dataSet = [bytes.subarray(file.dataSetOffset)]
  return [[sopInstanceUid, { sopClassUid, sopInstanceUid, transferSyntaxUid, dataSet, whole }]]
}

if (import.meta.main) {
  const [port = "11112", host = "127.0.0.1", workstation = "11113", ...files] = process.argv.slice(2)
  const listener = TcpListener.layer({ port: Number(port) })
  const layer = server(new Map(files.flatMap(read)), host, Number(workstation))
  NodeRuntime.runMain(Layer.launch(Layer.provide(layer, listener)))
}
