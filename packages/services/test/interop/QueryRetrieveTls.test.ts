/**
 * Queries and retrievals over TLS. Of DCMTK 3.6.7 findscu and storescp speak TLS; before getscu, movescu, dcmqrscp and
 * wlmscpfs, which do not, stands a relay that adds it or takes it off.
 */
import { Association, AssociationServer, UpperLayer } from "@effect-dicom/association"
import { TlsListener, TlsTransport } from "@effect-dicom/association/node"
import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as IdentifierMatching from "@effect-dicom/data/IdentifierMatching"
import * as AETitle from "@effect-dicom/protocol/AETitle"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Fs from "node:fs"
import * as Net from "node:net"
import * as Path from "node:path"
import * as Tls from "node:tls"
import { fileURLToPath } from "node:url"
import {
  ModalityWorklist,
  QueryRetrieve,
  ServiceClass,
  ServiceClassProvider,
  Storage,
  SubOperations
} from "../../src/index.ts"
import { archive, ascii, holding, worklist, writeWorklist } from "./generated.ts"
import * as Peers from "./peers.ts"

const skip = Peers.isMissing(Peers.isDcmtkThere)
const name = (sentence: string): string => (skip ? `${sentence} (skipped: DCMTK is not installed)` : sentence)

const host = "127.0.0.1"
const file = (name: string): string =>
  fileURLToPath(new URL(`../../../association/test/fixtures/${name}.pem`, import.meta.url))
const ca = Fs.readFileSync(file("authority.cert"))
const identity = (name: string) => ({
  key: Fs.readFileSync(file(`${name}.key`)),
  cert: Fs.readFileSync(file(`${name}.cert`)),
  ca
})
const as = (name: string): ReadonlyArray<string> => [
  ...["+tls", file(`${name}.key`), file(`${name}.cert`)],
  ...["+cf", file("authority.cert")]
]

// -----------------------------------------------------------------------------
// relays
// -----------------------------------------------------------------------------

const relaying = (make: (relayed: (socket: Net.Socket) => void) => Net.Server, connect: () => Net.Socket) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly port: number; readonly close: () => void }>((resume) => {
      const sockets = new Set<Net.Socket>()
      const server = make((near) => {
        const far = connect()
        for (const socket of [near, far]) {
          sockets.add(socket)
          socket.on("error", () => void (near.destroy(), far.destroy()))
        }
        near.pipe(far).pipe(near)
      })
      server.listen(0, host, () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        const close = () => {
          server.close()
          for (const socket of sockets) socket.destroy()
        }
        resume(Effect.succeed({ port, close }))
      })
    }),
    ({ close }) => Effect.sync(close)
  ).pipe(Effect.map(({ port }) => port))

/** For a side without TLS: to who listens on a port with TLS, as one of the identities. */
const adding = (port: number, who: string) =>
  relaying(
    (relayed) => Net.createServer(relayed),
    () => Tls.connect({ host, port, ...identity(who) })
  )

/** For who listens on a port without TLS: with TLS, asking for certificates. */
const removing = (port: number) =>
  relaying(
    (relayed) => Tls.createServer({ ...identity("archive"), requestCert: true, rejectUnauthorized: true }, relayed),
    () => Net.connect({ host, port })
  )

// -----------------------------------------------------------------------------
// our sides
// -----------------------------------------------------------------------------

const [first, second] = archive
if (first === undefined || second === undefined) throw new Error("there are no instances")

const serving = Effect.fnUntraced(function* (...providers: ReadonlyArray<ServiceClassProvider.ServiceClassProvider>) {
  const listener = TlsListener.layer({ host, port: 0, ...identity("archive") })
  const layer = Layer.provide(ServiceClassProvider.layer([...providers]), listener)
  const { address } = Context.get(yield* Layer.build(layer), AssociationServer.AssociationServer)
  return "port" in address ? Number(address.port) : 0
})

const associate = (
  port: number,
  proposal: Pick<Association.RequestOptions, "presentationContexts" | "userInformation">
) =>
  Effect.flatMap(TlsTransport.make({ host, port, ...identity("modality1") }), (transport) =>
    Effect.provideService(
      Association.request({ callingAETitle: "MODALITY1", calledAETitle: "ANY-SCP", ...proposal }),
      UpperLayer.Transport,
      transport
    )
  )

const keeping = () => {
  const kept: Array<string> = []
  const provider = Storage.provider((received) =>
    Effect.as(
      Effect.andThen(
        Stream.runDrain(received.dataSet),
        Effect.sync(() => kept.push(received.sopInstanceUid))
      ),
      Status.success
    )
  )
  return { kept, provider }
}

const find = ({ identifier }: { readonly identifier: DataSet.DataSet }) => {
  const query = IdentifierMatching.make(identifier)
  return Stream.fromIterable(archive).pipe(
    Stream.filter(({ whole }) => query.matches(whole)),
    Stream.map(({ whole }) => ({ identifier: query.response(whole) }))
  )
}

/** The provider of a C-MOVE of the first two instances to where `transport` leads. */
const moving = Effect.fnUntraced(function* (transport: Layer.Layer<UpperLayer.Transport, unknown>) {
  const layer = QueryRetrieve.studyRoot.layer({
    move: ({ destination }) =>
      Effect.map(SubOperations.destination(destination), (transport) => ({
        transport,
        instances: Stream.make(first, second)
      }))
  })
  const destinations = SubOperations.layerDestinations({ MOVESCU: transport })
  return Context.get(yield* Layer.build(Layer.provide(layer, destinations)), QueryRetrieve.studyRoot.provider)
})

const destination = Schema.decodeSync(AETitle.AETitle)("MOVESCU")
const asking = ["-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2.3.0"]
const study = holding(ascii, [
  [Attribute.QueryRetrieveLevel, "STUDY"],
  [Attribute.StudyInstanceUID, "1.2.3.1"],
  [Attribute.PatientID, ""]
])

const patientOf = (dataSet: DataSet.DataSet) => Result.getOrThrow(DataSet.get(dataSet, Attribute.PatientID))

describe("DCMTK asks over TLS, we answer", () => {
  it.live.skipIf(skip)(name("findscu: what matches"), () =>
    Effect.gen(function* () {
      const port = yield* serving(QueryRetrieve.studyRoot.handlers({ find }))
      const args = [...as("modality1"), ...asking, "-k", "PatientID", host, String(port)]
      const found = yield* Peers.run("findscu", args)
      assert.strictEqual(found.code, 0, found.output)
      assert.deepStrictEqual(
        [...found.output.matchAll(/\(0010,0020\) LO \[(.*?)\s*\]/g)].map(([, id]) => id),
        ["P0"]
      )
    })
  )

  it.live.skipIf(skip)(name("getscu, by a relay: the instances"), () =>
    Effect.gen(function* () {
      const port = yield* serving(QueryRetrieve.studyRoot.handlers({ get: () => Stream.make(first, second) }))
      const directory = yield* Peers.temporary
      const relay = yield* adding(port, "modality1")
      const ended = yield* Peers.run("getscu", ["-od", directory, ...asking, host, String(relay)])
      assert.strictEqual(ended.code, 0, ended.output)
      assert.strictEqual(Fs.readdirSync(directory).length, 2)
    })
  )

  it.live.skipIf(skip)(name("movescu, by relays: the instances, to where it listens"), () =>
    Effect.gen(function* () {
      const back = yield* Peers.freePort
      const port = yield* serving(
        yield* moving(TlsTransport.layer({ host, port: yield* removing(back), ...identity("modality1") }))
      )
      const directory = yield* Peers.temporary
      const relay = yield* adding(port, "modality1")
      const ended = yield* Peers.run("movescu", [
        ...["-aet", "MOVESCU", "-aem", "MOVESCU", "+P", String(back), "-od", directory],
        ...[...asking, host, String(relay)]
      ])
      assert.strictEqual(ended.code, 0, ended.output)
      assert.strictEqual(Fs.readdirSync(directory).length, 2)
    })
  )
})

describe("we ask over TLS, DCMTK answers", () => {
  it.live.skipIf(skip)(name("storescp takes what our provider moves, all of it over TLS"), () =>
    Effect.gen(function* () {
      const directory = yield* Peers.temporary
      const storescp = yield* Peers.listening("storescp", [...as("archive"), "-od", directory])
      const port = yield* serving(
        yield* moving(TlsTransport.layer({ host, port: storescp.port, ...identity("modality1") }))
      )
      const association = yield* associate(port, {
        presentationContexts: QueryRetrieve.studyRoot.presentationContexts()
      })
      const told = yield* Stream.runCollect(QueryRetrieve.studyRoot.client(association).move(study, { destination }))
      assert.deepStrictEqual(told.at(-1), {
        status: { _tag: "Success", class: "Success", code: 0 },
        subOperations: { completed: 2, failed: 0, warning: 0 },
        failed: []
      })
      assert.strictEqual(Fs.readdirSync(directory).length, 2)
      assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
    })
  )

  it.live.skipIf(skip)(name("dcmqrscp, by relays: a query, a C-GET, and a C-MOVE to us"), () =>
    Effect.gen(function* () {
      const moved = keeping()
      const back = yield* adding(yield* serving(moved.provider), "modality1")
      const plain = yield* Peers.archive([`mover = (MOVESCU, ${host}, ${back})`])
      const storing = yield* Peers.associate(plain, Storage.presentationContexts(archive).flat())
      for (const instance of archive.slice(0, 9)) yield* Storage.store(storing, instance)
      yield* storing.release
      const association = yield* associate(
        yield* removing(plain),
        ServiceClass.propose([
          QueryRetrieve.studyRoot.proposal(),
          Storage.serviceClass.proposal({
            sopClasses: [first.sopClassUid],
            transferSyntaxes: [first.transferSyntaxUid],
            role: "SCP"
          })
        ])
      )
      const client = QueryRetrieve.studyRoot.client(association)
      const found = yield* Stream.runCollect(client.find(study))
      assert.deepStrictEqual(
        found.map(({ identifier }) => patientOf(identifier)),
        ["P1"]
      )
      const got = keeping()
      const last = (yield* Stream.runCollect(client.get(study, { storage: got.provider }))).at(-1)
      assert.deepStrictEqual([last?.status._tag, got.kept], ["Success", ["1.2.3.1.0.1", "1.2.3.1.1.1"]])
      const end = (yield* Stream.runCollect(client.move(study, { destination }))).at(-1)
      assert.deepStrictEqual([end?.status._tag, moved.kept.toSorted()], ["Success", got.kept.toSorted()])
      assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
    })
  )

  it.live.skipIf(skip)(name("wlmscpfs, by a relay: the items of the worklist"), () =>
    Effect.gen(function* () {
      const directory = yield* Peers.temporary
      writeWorklist(Path.join(directory, "ANY-SCP"))
      const { port } = yield* Peers.listening("wlmscpfs", ["-dfp", directory])
      const { serviceClass } = ModalityWorklist
      const association = yield* associate(yield* removing(port), serviceClass.proposal())
      const all = holding(ascii, [[Attribute.PatientID, ""]])
      const found = yield* Stream.runCollect(serviceClass.client(association).find(all))
      assert.strictEqual(found.length, worklist.length)
      assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
    })
  )
})
