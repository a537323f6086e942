import { ReadyMade } from "@effect-dicom/association/testing"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as C_GET from "@effect-dicom/protocol/C_GET"
import * as Status from "@effect-dicom/protocol/Status"
import * as Uid from "@effect-dicom/data/Uid"
import { QueryRetrieve, Storage, SubOperations } from "@effect-dicom/services"
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Fs from "node:fs"
import { join } from "node:path"
import { dicom, folder, freePort, providing, scripted } from "./command.ts"
import * as files from "./files.ts"

const explicit = TransferSyntax.ExplicitVRLittleEndian.uid

const instance = (i: number, transferSyntaxUid = explicit): Storage.Instance => ({
  sopClassUid: SopClass.CTImageStorage,
  sopInstanceUid: Uid.makeUnsafe(`1.2.${i}`),
  transferSyntaxUid,
  dataSet: [files.dataSet({ sopInstanceUid: `1.2.${i}`, length: 100000 })]
})

/** What follows the File Meta Information: preamble, prefix, its group length, and as many bytes as that says. */
const dataSetOf = (path: string): Uint8Array => {
  const bytes = Fs.readFileSync(path)
  return new Uint8Array(bytes.subarray(144 + bytes.readUInt32LE(140)))
}

const json = (lines: ReadonlyArray<string>) => lines.map((line) => JSON.parse(line))

describe("dicom get", { timeout: 20000 }, () => {
  it.live("keeps what comes byte for byte, as `dicom serve` does", () =>
    Effect.gen(function* () {
      const port = yield* providing(
        QueryRetrieve.studyRoot.handlers({ get: () => Stream.make(instance(1), instance(2)) })
      )
      const directory = join(yield* folder, "study")
      const { err, exitCode, out } = yield* dicom(
        ...["get", `127.0.0.1:${port}`, "StudyInstanceUID=1.2", "--output", directory]
      )
      assert.deepStrictEqual([exitCode, err], [0, []])
      assert.match(out.join("\n"), /^got 2 in [0-9.]+ s; the association was released$/)
      assert.deepStrictEqual(Fs.readdirSync(directory), ["1.2.1.dcm", "1.2.2.dcm"])
      assert.deepStrictEqual(
        dataSetOf(join(directory, "1.2.1.dcm")),
        new Uint8Array(files.dataSet({ sopInstanceUid: "1.2.1", length: 100000 }))
      )
    })
  )

  it.live("says that nothing matched, which is exit code 10", () =>
    Effect.gen(function* () {
      const port = yield* providing(QueryRetrieve.studyRoot.handlers({ get: () => Stream.empty }))
      const { err, exitCode, out } = yield* dicom("get", `127.0.0.1:${port}`, "StudyInstanceUID=1.2", "--ignore")
      assert.strictEqual(exitCode, 10)
      assert.match(out.join("\n"), /^got 0 in [0-9.]+ s; the association was released$/)
      assert.deepStrictEqual(err, [
        "ANY-SCP has no instance that matches. Look for what it has by the same keys with dicom find."
      ])
    })
  )

  it.live("tells as JSON what was stored, how far it is, and all of it", () =>
    Effect.gen(function* () {
      const port = yield* providing(QueryRetrieve.patientRoot.handlers({ get: () => Stream.make(instance(1)) }))
      const { out } = yield* dicom(
        ...["get", `127.0.0.1:${port}`, "PatientID=1", "--model", "patient", "--ignore", "--json"]
      )
      const lines = json(out)
      assert.deepStrictEqual(
        lines.map(({ type }) => type),
        ["stored", "pending", "final", "summary"]
      )
      assert.deepInclude(lines[1], { status: "FF00H", completed: 1, remaining: 0 })
      assert.deepInclude(lines[3], { completed: 1, failed: 0, failedInstances: [], association: "Released" })
    })
  )

  it.live(
    "with few SOP classes there is a context for each transfer syntax, so that compressed ones come as they are",
    () =>
      Effect.gen(function* () {
        const compressed = TransferSyntax.JPEG2000Lossless.uid
        const port = yield* providing(
          QueryRetrieve.studyRoot.handlers({ get: () => Stream.make(instance(1), instance(2, compressed)) })
        )
        const asked = ["get", `127.0.0.1:${port}`, "StudyInstanceUID=1.2", "--ignore", "--json"]
        const { exitCode, out } = yield* dicom(...asked, "--storage", "CT,mrimagestorage")
        assert.strictEqual(exitCode, 0)
        assert.deepStrictEqual(
          json(out)
            .filter(({ type }) => type === "stored")
            .map(({ transferSyntaxUid }) => transferSyntaxUid),
          [explicit, compressed]
        )
      })
  )

  it.live("what cannot be kept here cancels the request, and is exit code 7", () =>
    Effect.gen(function* () {
      const port = yield* providing(
        QueryRetrieve.studyRoot.handlers({ get: () => Stream.make(instance(1), instance(2), instance(3)) })
      )
      const directory = yield* folder
      Fs.mkdirSync(join(directory, "1.2.1.dcm", "in the way"), { recursive: true })
      const { err, exitCode } = yield* dicom("get", `127.0.0.1:${port}`, "StudyInstanceUID=1.2", "--output", directory)
      assert.strictEqual(exitCode, 7)
      assert.strictEqual(
        err.at(-1),
        `An instance could not be kept in ${directory}, and the request was cancelled. Make room there, or give another ` +
          "folder with --output; then get the rest."
      )
    })
  )

  it.live("where the connection is lost it tells what had come", () =>
    Effect.gen(function* () {
      const { accept, port } = yield* scripted
      const lost = Effect.gen(function* () {
        const peer = yield* accept
        yield* peer.expect("A-ASSOCIATE-RQ")
        yield* peer.send(
          ReadyMade.associateAC({ presentationContexts: [{ id: 1, result: "acceptance", transferSyntax: explicit }] })
        )
        for (let i = 0; i < 2; i++) yield* peer.expect("P-DATA-TF")
        const request = C_GET.request({
          messageId: 1,
          affectedSopClassUid: SopClass.StudyRootQueryRetrieveInformationModelGet
        })
        const counts = {
          numberOfRemainingSuboperations: 1,
          numberOfCompletedSuboperations: 1,
          numberOfFailedSuboperations: 0,
          numberOfWarningSuboperations: 0
        }
        yield* peer.send(ReadyMade.command(1, C_GET.response(request, Status.fromCode(0xff00), counts)))
        yield* peer.close
      })
      const get = ["get", `127.0.0.1:${port}`, "StudyInstanceUID=1.2", "--ignore"]
      const [ran] = yield* Effect.all([dicom(...get, "--json"), lost], { concurrency: 2 })
      assert.deepStrictEqual([ran.exitCode, json(ran.err).at(-1)?.tag], [3, "TransportClosed"])
      assert.deepInclude(json(ran.out).at(-1), {
        type: "summary",
        completed: 1,
        failedInstances: [],
        cancelled: false,
        association: "TransportClosed"
      })
      const [plain] = yield* Effect.all([dicom(...get), lost], { concurrency: 2 })
      assert.match(plain.out.join(), /^got 1 in [0-9.]+ s; the transport connection was closed$/)
    })
  )

  it.live("--cancel-after cancels the request, and releases", () =>
    Effect.gen(function* () {
      const port = yield* providing(
        QueryRetrieve.studyRoot.handlers({ get: () => Stream.map(Stream.range(1, 1000), (i) => instance(i)) })
      )
      const get = ["get", `127.0.0.1:${port}`, "StudyInstanceUID=1.2", "--ignore", "--cancel-after", "2"]
      const { err, exitCode, out } = yield* dicom(...get)
      assert.deepStrictEqual([exitCode, err], [0, []])
      assert.match(out.join("\n"), /^got 2 in [0-9.]+ s; cancelled; the association was released$/)
      const lines = json((yield* dicom(...get, "--json")).out)
      assert.isBelow(lines.filter(({ type }) => type === "stored").length, 1000)
      assert.deepInclude(lines.at(-1), { type: "summary", completed: 2, cancelled: true, association: "Released" })
    })
  )

  it.live("what fails is told by UID, and is exit code 10", () =>
    Effect.gen(function* () {
      const port = yield* providing(
        QueryRetrieve.studyRoot.handlers({
          get: () => Stream.make(instance(1), { ...instance(2), sopClassUid: SopClass.DICOSCTImageStorage })
        })
      )
      const { err, exitCode, out } = yield* dicom("get", `127.0.0.1:${port}`, "StudyInstanceUID=1.2", "--ignore")
      assert.strictEqual(exitCode, 10)
      assert.deepStrictEqual(err, [
        "not got: 1.2.2",
        "Not all instances were retrieved. See what the peer's log says of those that failed."
      ])
      assert.match(out.join("\n"), /^got 1 in [0-9.]+ s; 1 failed; the association was released$/)
    })
  )

  const wrong = (name: string, args: ReadonlyArray<string>, sentence: string) =>
    it.live(name, () =>
      Effect.gen(function* () {
        const { err, exitCode } = yield* dicom("get", "127.0.0.1:1", ...args)
        assert.deepStrictEqual([exitCode, err], [2, [sentence]])
      })
    )
  wrong(
    "without a folder",
    ["StudyInstanceUID=1.2"],
    "Instances are kept in a folder or dropped. Give one of --output and --ignore."
  )
  wrong(
    "without keys",
    ["--ignore"],
    "It is not said what is to be retrieved. Give unique keys, as in StudyInstanceUID=1.2.3."
  )
  wrong(
    "without a unique key",
    ["PatientID=1", "--ignore"],
    "What is to be retrieved is said by its unique key. Give a value of StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID, " +
      "as in StudyInstanceUID=1.2.3; for PatientID give --model patient too."
  )
  wrong(
    "without the unique key of its level",
    ["StudyInstanceUID=1.2", "--level", "series", "--ignore"],
    'What is to be retrieved at the level "series" is said by its unique key. Give a value of SeriesInstanceUID, ' +
      "as in SeriesInstanceUID=1.2.3."
  )
  wrong(
    "of a SOP class that there is not",
    ["StudyInstanceUID=1.2", "--ignore", "--storage", "Hologram"],
    '"Hologram" is no storage SOP class. Give keywords or UIDs, as in --storage CTImageStorage,MR.'
  )
})

describe("dicom move", { timeout: 20000 }, () => {
  /** A peer that moves instances to whoever listens on a port. */
  const archive = Effect.fnUntraced(function* (back: number, instances: ReadonlyArray<Storage.Instance>) {
    const transport = NodeSocket.layerNet({ host: "127.0.0.1", port: back, noDelay: true })
    const layer = QueryRetrieve.studyRoot.layer({
      move: (request) =>
        Effect.map(SubOperations.destination(request.destination), (found) => ({
          transport: found,
          instances: Stream.fromIterable(instances)
        }))
    })
    const context = yield* Layer.build(Layer.provide(layer, SubOperations.layerDestinations({ ME: transport })))
    return yield* providing(Context.get(context, QueryRetrieve.studyRoot.provider))
  })

  it.live("to this command itself, which listens and keeps what comes", () =>
    Effect.gen(function* () {
      const back = yield* freePort
      const port = yield* archive(back, [instance(1), instance(2)])
      const directory = join(yield* folder, "moved")
      const { err, exitCode, out } = yield* dicom(
        ...["move", `127.0.0.1:${port}`, "StudyInstanceUID=1.2", "--aetitle", "ME", "--listen", String(back)],
        ...["--listen-host", "127.0.0.1", "--output", directory]
      )
      assert.deepStrictEqual([exitCode, err], [0, []])
      assert.match(out.join("\n"), /^moved 2 in [0-9.]+ s; the association was released$/)
      assert.deepStrictEqual(Fs.readdirSync(directory), ["1.2.1.dcm", "1.2.2.dcm"])
    })
  )

  it.live("says which flag gives another port than one that is taken: exit code 3", () =>
    Effect.gen(function* () {
      const taken = yield* providing(Storage.provider(() => Effect.succeed(Status.success)))
      const move = ["move", "127.0.0.1:1", "StudyInstanceUID=1.2", "--listen", taken, "--listen-host", "127.0.0.1"]
      const { err, exitCode } = yield* dicom(...move)
      assert.deepStrictEqual(
        [exitCode, err],
        [3, [`Cannot listen on 127.0.0.1:${taken}: the port is in use. Give another with --listen.`]]
      )
    })
  )

  it.live("to another, and all fail: exit code 6, with what failed", () =>
    Effect.gen(function* () {
      const refusing = yield* providing(Storage.provider(() => Effect.succeed(Status.fromCode(0xa700))))
      const port = yield* archive(Number(refusing), [instance(1)])
      const { err, exitCode } = yield* dicom("move", `127.0.0.1:${port}`, "StudyInstanceUID=1.2", "-d", "ME")
      assert.deepStrictEqual(
        [exitCode, err],
        [
          6,
          [
            "not moved: 1.2.1",
            "ANY-SCP refused. The operation ended with Failure A702H, Refused: Out of resources - Unable to perform " +
              "sub-operations. See what its log says."
          ]
        ]
      )
    })
  )

  it.live("to a destination that the peer does not know: exit code 6", () =>
    Effect.gen(function* () {
      const port = yield* archive(1, [])
      const move = ["move", `127.0.0.1:${port}`, "StudyInstanceUID=1.2", "-d", "NOBODY"]
      const { err, exitCode } = yield* dicom(...move)
      assert.deepStrictEqual(
        [exitCode, err],
        [
          6,
          [
            "ANY-SCP refused. The operation ended with Failure A801H, Refused: Move Destination unknown. Give the AE title of one " +
              "that it knows with --destination, or have it set up where that is."
          ]
        ]
      )
    })
  )

  it.live("tells as JSON the final response of a request that was refused too", () =>
    Effect.gen(function* () {
      const nowhere = ["move", `127.0.0.1:${yield* archive(1, [])}`, "StudyInstanceUID=1.2", "-d", "NOBODY", "--json"]
      assert.deepStrictEqual(json((yield* dicom(...nowhere)).out)[0], {
        type: "final",
        status: "A801H",
        completed: 0,
        failed: 0,
        warning: 0
      })
      const refusing = yield* providing(Storage.provider(() => Effect.succeed(Status.fromCode(0xa700))))
      const port = yield* archive(Number(refusing), [instance(1)])
      const { out } = yield* dicom("move", `127.0.0.1:${port}`, "StudyInstanceUID=1.2", "-d", "ME", "--json")
      const lines = json(out)
      assert.deepStrictEqual(
        lines.slice(-2).map(({ type }) => type),
        ["final", "summary"]
      )
      assert.deepInclude(lines.at(-2), { status: "A702H", completed: 0, failed: 1 })
    })
  )

  it.live("--extended that the peer does not agree to is told of", () =>
    Effect.gen(function* () {
      const port = yield* archive(1, [])
      const move = ["move", `127.0.0.1:${port}`, "StudyInstanceUID=1.2", "-d", "NOBODY", "--extended", "relational"]
      assert.deepStrictEqual(
        (yield* dicom(...move)).err[0],
        "ANY-SCP did not agree to relational: it may answer as if that had not been asked for."
      )
    })
  )

  it.live("without a destination", () =>
    Effect.gen(function* () {
      const { err, exitCode } = yield* dicom("move", "127.0.0.1:1", "StudyInstanceUID=1.2")
      assert.deepStrictEqual(
        [exitCode, err],
        [
          2,
          [
            "It is not said where instances are to be moved. Give --destination AETITLE, or --listen PORT to take them here."
          ]
        ]
      )
    })
  )
})
