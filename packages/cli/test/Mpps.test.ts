import * as DicomJson from "@effect-dicom/data/DicomJson"
import { ModalityPerformedProcedureStep } from "@effect-dicom/services"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { dicom, providing } from "./command.ts"

const { Attributes, CreateStatus, serviceClass } = ModalityPerformedProcedureStep

const ris = Effect.fnUntraced(function* () {
  const asked: Array<readonly [uid: string | undefined, json: DicomJson.DicomJson, complete: boolean]> = []
  const port = yield* providing(
    serviceClass.handlers({
      create: ({ dataSet, sopInstanceUid }) => {
        const complete = Result.isSuccess(Schema.decodeResult(Attributes)(dataSet))
        asked.push([sopInstanceUid, Result.getOrThrow(DicomJson.encode(dataSet)), complete])
        return asked.length > 1 ? Effect.fail(CreateStatus.of.DuplicateSopInstance()) : Effect.void
      },
      set: ({ dataSet, sopInstanceUid }) => {
        asked.push([sopInstanceUid, Result.getOrThrow(DicomJson.encode(dataSet)), true])
        return Effect.void
      }
    })
  )
  return { port, asked }
})

describe("dicom mpps", { timeout: 20000 }, () => {
  it.live("makes a step with all that it must have", () =>
    Effect.gen(function* () {
      const { asked, port } = yield* ris()
      const create = [
        "mpps",
        `127.0.0.1:${port}`,
        "Modality=CT",
        "PatientID=4711",
        "ProtocolName=Head",
        "--uid",
        "1.2.3"
      ]
      assert.deepStrictEqual(yield* dicom(...create), { exitCode: 0, out: ["created 1.2.3"], err: [] })
      const [uid, json, complete] = asked[0] ?? []
      assert.deepStrictEqual([uid, complete], ["1.2.3", true])
      assert.deepStrictEqual(json?.["00400252"], { vr: "CS", Value: ["IN PROGRESS"] })
      assert.deepStrictEqual(json?.["00100020"], { vr: "LO", Value: ["4711"] })
      const again = yield* dicom(...create)
      assert.deepStrictEqual(
        [again.exitCode, again.err],
        [6, ["ANY-SCP refused. The operation ended with Failure 0111H, Duplicate SOP Instance. See what its log says."]]
      )
    })
  )

  it.live("--set changes one, which ends now when it is completed", () =>
    Effect.gen(function* () {
      const { asked, port } = yield* ris()
      const { exitCode, out } = yield* dicom(
        ...["mpps", `127.0.0.1:${port}`, "--set", "1.2.3", "--status", "completed", "--json"]
      )
      assert.strictEqual(exitCode, 0)
      assert.deepStrictEqual(JSON.parse(out[0] ?? ""), {
        type: "changed",
        sopClassUid: "1.2.840.10008.3.1.2.3.3",
        sopInstanceUid: "1.2.3",
        status: "0000H"
      })
      const [uid, json] = asked[0] ?? []
      assert.strictEqual(uid, "1.2.3")
      assert.deepStrictEqual(Object.keys(json ?? {}), ["00400250", "00400251", "00400252"])
    })
  )

  it.live("--repeat makes several on one association, each with a UID of its own", () =>
    Effect.gen(function* () {
      const uids: Array<string | undefined> = []
      const port = yield* providing(
        serviceClass.handlers({
          create: ({ sopInstanceUid }) => Effect.sync(() => void uids.push(sopInstanceUid)),
          set: () => Effect.void
        })
      )
      const { exitCode, out } = yield* dicom("mpps", `127.0.0.1:${port}`, "Modality=CT", "--repeat", "3")
      assert.strictEqual(exitCode, 0)
      assert.deepStrictEqual(
        out,
        uids.map((uid) => `created ${uid}`)
      )
      assert.strictEqual(new Set(uids).size, 3)
      assert.deepStrictEqual(yield* dicom("mpps", "127.0.0.1:1", "--uid", "1.2.3", "--repeat", "2"), {
        exitCode: 2,
        out: [],
        err: ["There is one step with a UID. Leave out --uid, or --repeat."]
      })
    })
  )

  it.live("without anything to change it says so", () =>
    Effect.gen(function* () {
      const { err, exitCode } = yield* dicom("mpps", "127.0.0.1:1", "--set", "1.2.3")
      assert.deepStrictEqual(
        [exitCode, err],
        [2, ["It is not said what is to be changed. Give --status, or attributes as in PerformedLocation=ROOM1."]]
      )
    })
  )
})
