import { Association } from "@effect-dicom/association"
import { StorageCommitment } from "@effect-dicom/services"
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import { join } from "node:path"
import { dicom, folder, freePort, providing } from "./command.ts"
import * as files from "./files.ts"

const { FailureReason } = StorageCommitment

/** A peer that commits to all instances but 1.2.2, and reports on the same association, or to a port. */
const archive = Effect.fnUntraced(function* (back?: number, leavesOpen = false) {
  const scope = yield* Effect.scope
  const names = { callingAETitle: "ARCHIVE", calledAETitle: "ME" }
  const reportAndStay = (result: StorageCommitment.Result) =>
    Association.request({ ...names, ...StorageCommitment.serviceClass.proposal({ role: "SCP" }) }).pipe(
      Effect.flatMap((association) => StorageCommitment.report(association, result)),
      Scope.provide(scope)
    )
  const provider = yield* StorageCommitment.provider({
    commit: ({ referencedSop }) =>
      Effect.succeed({
        referencedSop: referencedSop.filter((one) => one.referencedSopInstanceUid !== "1.2.2"),
        failedSop: referencedSop
          .filter((one) => one.referencedSopInstanceUid === "1.2.2")
          .map((one) => ({ ...one, failureReason: FailureReason.of.NoSuchObjectInstance().code }))
      }),
    ...(back === undefined
      ? {}
      : {
          report: (result: StorageCommitment.Result) =>
            Effect.provide(
              leavesOpen ? reportAndStay(result) : StorageCommitment.reportAnew(names, result),
              NodeSocket.layerNet({ host: "127.0.0.1", port: back, noDelay: true })
            )
        })
  })
  return yield* providing(provider)
})

describe("dicom commit", { timeout: 20000 }, () => {
  it.live("waits for the report on the same association, and what failed is exit code 10", () =>
    Effect.gen(function* () {
      const port = yield* archive()
      const directory = yield* folder
      const one = files.write(join(directory, "1.dcm"), { sopInstanceUid: "1.2.1" })
      const two = files.write(join(directory, "2.dcm"), { sopInstanceUid: "1.2.2" })
      assert.deepStrictEqual(yield* dicom("commit", `127.0.0.1:${port}`, one), {
        exitCode: 0,
        out: ["committed 1 of 1"],
        err: []
      })
      assert.deepStrictEqual(yield* dicom("commit", `127.0.0.1:${port}`, directory), {
        exitCode: 10,
        out: ["committed 1 of 2; 1 failed"],
        err: [
          `failed (0112H): ${two}`,
          "The peer did not commit to all instances. Store those again, or see what its log says; keep them until then."
        ]
      })
    })
  )

  it.live("does not wait ten seconds for a peer that keeps the association of its report open", () =>
    Effect.gen(function* () {
      const back = yield* freePort
      const port = yield* archive(back, true)
      const path = files.write(join(yield* folder, "1.dcm"), { sopInstanceUid: "1.2.1" })
      const [took, { exitCode }] = yield* Effect.timed(
        dicom(...["commit", `127.0.0.1:${port}`, path, "--listen", String(back), "--listen-host", "127.0.0.1"])
      )
      assert.strictEqual(exitCode, 0)
      assert.isBelow(Duration.toMillis(took), 9000)
    })
  )

  it.live("and on another with --listen", () =>
    Effect.gen(function* () {
      const back = yield* freePort
      const port = yield* archive(back)
      const path = files.write(join(yield* folder, "1.dcm"), { sopInstanceUid: "1.2.1" })
      const { exitCode, out } = yield* dicom(
        ...["commit", `127.0.0.1:${port}`, path, "--listen", String(back), "--listen-host", "127.0.0.1", "--json"]
      )
      assert.strictEqual(exitCode, 0)
      const [instance, transaction, summary] = out.map((line) => JSON.parse(line))
      assert.deepStrictEqual(instance, { type: "instance", outcome: "committed", sopInstanceUid: "1.2.1", path })
      assert.deepInclude(transaction, { type: "transaction", committed: 1, failed: 0 })
      assert.deepStrictEqual(summary, {
        type: "summary",
        transactions: 1,
        committed: 1,
        failed: 0,
        association: "Released"
      })
    })
  )

  it.live("--repeat asks again on the same association, in a transaction of its own", () =>
    Effect.gen(function* () {
      const port = yield* archive()
      const path = files.write(join(yield* folder, "1.dcm"), { sopInstanceUid: "1.2.1" })
      const { exitCode, out } = yield* dicom("commit", `127.0.0.1:${port}`, path, "--repeat", "2", "--json")
      assert.strictEqual(exitCode, 0)
      const told = out.map((line) => JSON.parse(line))
      const transactions = told.filter(({ type }) => type === "transaction")
      assert.strictEqual(new Set(transactions.map(({ transactionUid }) => transactionUid)).size, 2)
      assert.deepInclude(told.at(-1), { transactions: 2, committed: 2, association: "Released" })
    })
  )

  it.live("what is no instance is told of before anybody is asked, and is exit code 7", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* dicom("commit", "127.0.0.1:1", "/nowhere/at/all"), {
        exitCode: 7,
        out: [],
        err: [
          "unreadable: /nowhere/at/all (there is no such file or folder)",
          "There is no instance to be committed. Give DICOM files, or folders that hold some."
        ]
      })
      const port = yield* archive()
      const path = files.write(join(yield* folder, "1.dcm"), { sopInstanceUid: "1.2.1" })
      assert.deepStrictEqual(yield* dicom("commit", `127.0.0.1:${port}`, path, "/nowhere/at/all"), {
        exitCode: 7,
        out: ["committed 1 of 1"],
        err: [
          "unreadable: /nowhere/at/all (there is no such file or folder)",
          "1 file was left out, and the peer was not asked about it. Leave out of the command what is no DICOM instance, " +
            "or choose by name with --scan-pattern."
        ]
      })
    })
  )

  it.live("where no report comes in time, it says how to go on: exit code 12", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      const provider = yield* StorageCommitment.provider({
        commit: ({ transactionUid }) => {
          asked.push(transactionUid)
          return Effect.never
        },
        report: () => Effect.void
      })
      const port = yield* providing(provider)
      const path = files.write(join(yield* folder, "1.dcm"))
      const { err, exitCode } = yield* dicom("commit", `127.0.0.1:${port}`, path, "--wait", "0.2")
      assert.deepStrictEqual(
        [exitCode, err],
        [
          12,
          [
            "The request was taken, but no report came in 0.2 s. Keep the instances, and give the same command again later; " +
              "give it more time with --wait, or a port for the report with --listen. The peer knows this transaction as " +
              `${asked[0]}.`
          ]
        ]
      )
    })
  )

  it.live(
    "where the peer ends the association before its report, it says so, and to a program the transaction too",
    () =>
      Effect.gen(function* () {
        const asked: Array<string> = []
        const provider = yield* StorageCommitment.provider({
          commit: ({ association, transactionUid }) => {
            asked.push(transactionUid)
            return Effect.andThen(Effect.ignore(association.abort), Effect.never)
          },
          report: () => Effect.void
        })
        const port = yield* providing(provider)
        const path = files.write(join(yield* folder, "1.dcm"))
        const { err, exitCode } = yield* dicom("commit", `127.0.0.1:${port}`, path, "--json")
        const [transactionUid] = asked
        assert.deepStrictEqual(
          [exitCode, err.map((line): unknown => JSON.parse(line))],
          [
            12,
            [
              {
                type: "error",
                code: 12,
                tag: "NoReport",
                message:
                  "The request was taken, but no report came before the association ended. Keep the instances, and give the same " +
                  "command again later; give it more time with --wait, or a port for the report with --listen. The peer knows " +
                  `this transaction as ${transactionUid}.`,
                parameters: { transactionUid, wait: 60 }
              }
            ]
          ]
        )
      })
  )
})
