/**
 * Our SCU as a process: `node dicom.ts store PORT FOLDER` (the command `dicom store`), `... echo PORT COUNT` (on one association),
 * `... associate PORT COUNT` (associate, echo, release, one after another), `... find PORT` (typed), `... get PORT`,
 * `... move PORT BACK` (the study of `Instance.ts`, dropped as it comes; moved to BACK, where it listens).
 */
import { Association } from "@effect-dicom/association"
import * as Dicom from "@effect-dicom/cli/Dicom"
import { TcpListener, TcpTransport } from "@effect-dicom/association/node"
import * as AETitle from "@effect-dicom/protocol/AETitle"
import * as Status from "@effect-dicom/protocol/Status"
import { QueryRetrieve, ServiceClass, ServiceClassProvider, Storage, Verification } from "@effect-dicom/services"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Instance from "../Instance.ts"
import * as Query from "../Query.ts"
import * as Measured from "./Measured.ts"

const [task, port, what] = process.argv.slice(2)

const transport = TcpTransport.layer({ host: "127.0.0.1", port: Number(port) })

const associate = Association.request({
  callingAETitle: "EFFECT-DICOM",
  calledAETitle: "ANY-SCP",
  presentationContexts: [
    Verification.presentationContext,
    { abstractSyntax: Instance.sopClassUid, transferSyntaxes: [Instance.transferSyntaxUid] }
  ]
})

const expectSuccess = (status: Status.Status) =>
  status._tag === "Success" ? Effect.void : Effect.die(new Error(`the peer answered ${status._tag}`))

/** Who takes what is stored and drops it; and how many there were. */
const dropping = () => {
  const dropped = { count: 0 }
  const provider = Storage.provider(({ dataSet }) =>
    Effect.map(Stream.runDrain(dataSet), () => {
      dropped.count++
      return Status.success
    })
  )
  return { dropped, provider }
}

const requestOf = (...proposals: ReadonlyArray<ServiceClass.Proposal>) =>
  Association.request({ callingAETitle: "DICOM", calledAETitle: "ANY-SCP", ...ServiceClass.propose(proposals) })

const expectCount = (count: number, expected: number) =>
  count === expected ? Effect.void : Effect.die(new Error(`${count} came, not ${expected}`))

const find = Effect.gen(function* () {
  const client = Query.studies.client(yield* requestOf(Query.studies.proposal()))
  const found = yield* Stream.runFold(
    client.find(Query.studyKeys),
    () => 0,
    (count, { identifier }) => count + Number(identifier.level === "STUDY")
  )
  yield* expectCount(found, Query.count)
})

const get = Effect.gen(function* () {
  const storage = Storage.serviceClass.proposal({
    sopClasses: [Instance.sopClassUid],
    transferSyntaxes: [Instance.transferSyntaxUid],
    role: "SCP"
  })
  const association = yield* requestOf(QueryRetrieve.studyRoot.proposal(), storage)
  const { dropped, provider } = dropping()
  yield* Stream.runDrain(QueryRetrieve.studyRoot.client(association).get(Query.study, { storage: provider }))
  yield* expectCount(dropped.count, 200)
})

const move = Effect.gen(function* () {
  const { dropped, provider } = dropping()
  yield* Layer.build(
    Layer.provide(ServiceClassProvider.layer([provider]), TcpListener.layer({ host: "127.0.0.1", port: Number(what) }))
  )
  const client = QueryRetrieve.studyRoot.client(yield* requestOf(QueryRetrieve.studyRoot.proposal()))
  yield* Stream.runDrain(client.move(Query.study, { destination: Schema.decodeSync(AETitle.AETitle)("DICOM") }))
  yield* expectCount(dropped.count, 200)
})

const run = Effect.gen(function* () {
  switch (task) {
    case "store":
      return yield* Effect.mapError(
        Dicom.run(["store", "127.0.0.1", port ?? "", what ?? "", "--quiet"], "0.1.0"),
        ({ sentence }) => new Error(sentence)
      )
    case "find":
      return yield* find
    case "get":
      return yield* get
    case "move":
      return yield* move
    case "echo": {
      const association = yield* associate
      for (let i = 0; i < Number(what); i++) yield* expectSuccess(yield* Verification.echo(association))
      return
    }
    case "associate": {
      const once = Effect.scoped(Effect.flatMap(associate, Verification.echo)).pipe(Effect.flatMap(expectSuccess))
      for (let i = 0; i < Number(what); i++) yield* once
    }
  }
}).pipe(Effect.scoped, Effect.provide(transport))

NodeRuntime.runMain(
  Effect.gen(function* () {
    // The command loads its modules when it is run; here they are there before that, as all of the others' code is.
    yield* Effect.promise(() => Promise.all([import("@effect-dicom/cli/Requestor"), import("@effect-dicom/cli/Store")]))
    const [cold] = yield* Effect.timed(run)
    const [warm] = yield* Effect.timed(run)
    Measured.print(cold, warm)
  }).pipe(Effect.provide(NodeServices.layer))
)
