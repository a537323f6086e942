import { ReadyMade, type ScriptedPeer } from "@effect-dicom/association/testing"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as Uid from "@effect-dicom/data/Uid"
import * as C_STORE from "@effect-dicom/protocol/C_STORE"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { spawnSync } from "node:child_process"
import { closeSync, existsSync, openSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { accepting, dicom, explicitAccepted, folder, running, samples, scripted } from "./command.ts"
import * as Files from "./files.ts"

const Listening = Schema.fromJsonString(
  Schema.Struct({
    type: Schema.Literal("listening"),
    host: Schema.String,
    port: Schema.Int,
    aetitle: Schema.String
  })
)

describe("the command as a process", { timeout: 30000 }, () => {
  it.live("all that it prints into a pipe comes through", () =>
    Effect.gen(function* () {
      const { ended } = yield* running("dump", "--json", samples)
      const { exitCode, out } = yield* ended
      assert.deepStrictEqual([exitCode, out.length], [0, 29])
      assert.isAbove(out.join("").length, 5_000_000)
    })
  )

  const full = existsSync("/dev/full")
  it.live.skipIf(!full)(`output to a full disk is exit code 7${full ? "" : " (skipped: there is no /dev/full)"}`, () =>
    Effect.gen(function* () {
      const command = fileURLToPath(new URL("../bin/dicom.js", import.meta.url))
      const file = Files.write(join(yield* folder, "1.dcm"), {})
      const stdout = openSync("/dev/full", "w")
      const { status, stderr } = spawnSync(process.execPath, [command, "dump", file], {
        stdio: ["ignore", stdout, "pipe"],
        encoding: "utf8"
      })
      closeSync(stdout)
      assert.deepStrictEqual(
        [status, stderr],
        [7, "What was to be printed could not be written: there is no room left.\n"]
      )
    })
  )

  it.live("dicom --version prints one line", () =>
    Effect.gen(function* () {
      const { ended } = yield* running("--version")
      assert.deepStrictEqual(yield* ended, { exitCode: 0, out: ["dicom 0.1.0"], err: [] })
    })
  )

  it.live("a failure is a sentence on stderr and an exit code", () =>
    Effect.gen(function* () {
      const { ended } = yield* running("store", "localhost", "104")
      assert.deepStrictEqual(yield* ended, {
        exitCode: 2,
        out: [],
        err: ["Missing required argument: PATH", "See dicom store --help."]
      })
    })
  )

  it.live("Ctrl-C between two questions releases, and says so", () =>
    Effect.gen(function* () {
      const { accept, port } = yield* scripted
      const { ended, line, signal } = yield* running("echo", "127.0.0.1", port, "--repeat", "2", "--interval", "60")
      const peer = yield* accepting(accept)
      yield* peer.expect("P-DATA-TF")
      yield* peer.send(ReadyMade.echoRSP())
      yield* line
      yield* signal("SIGINT")
      yield* peer.expect("A-RELEASE-RQ")
      yield* peer.send(ReadyMade.releaseRP)
      const { err, exitCode, out } = yield* ended
      assert.deepStrictEqual([exitCode, err, out.length], [130, ["Interrupted: the association was released."], 2])
      assert.match(out[1] ?? "", /^1 answer in /)
    })
  )

  it.live("Ctrl-C within an instance aborts, and says so", () =>
    Effect.gen(function* () {
      const { accept, port } = yield* scripted
      const input = yield* folder
      for (const i of [1, 2]) Files.write(join(input, `${i}.dcm`), { sopInstanceUid: `1.${i}` })
      const { ended, signal } = yield* running("store", "127.0.0.1", port, input)
      const peer = yield* accepting(accept, explicitAccepted)
      yield* peer.expect("P-DATA-TF")
      yield* peer.expect("P-DATA-TF")
      yield* signal("SIGINT")
      yield* peer.expect("A-ABORT", { source: "service-user" })
      yield* peer.close
      const { err, exitCode, out } = yield* ended
      assert.deepStrictEqual(
        [exitCode, err],
        [130, ["Interrupted: the association was aborted.", `not acknowledged: ${join(input, "1.dcm")}`]]
      )
      assert.match(out[0] ?? "", /^stored 0 of 2, .*; 1 not acknowledged; 1 not sent; the association was aborted$/)
    })
  )

  it.live("Ctrl-C within an instance that is read as it is sent aborts, and says so", () =>
    Effect.gen(function* () {
      const { accept, port } = yield* scripted
      const path = Files.write(join(yield* folder, "a.dcm"), { length: 1 << 24 })
      const { ended, signal } = yield* running("store", "127.0.0.1", port, path)
      const peer = yield* accepting(accept, explicitAccepted)
      yield* peer.expect("P-DATA-TF")
      yield* signal("SIGINT")
      const { err, exitCode, out } = yield* ended
      assert.deepStrictEqual(
        [exitCode, err],
        [130, ["Interrupted: the association was aborted.", `not acknowledged: ${path}`]]
      )
      assert.match(out[0] ?? "", /^stored 0 of 1, .*; 1 not acknowledged; the association was aborted$/)
    })
  )

  it.live("Ctrl-C of several associations lets what is being sent finish, and releases; a second one aborts", () =>
    Effect.gen(function* () {
      const { accept, port } = yield* scripted
      const input = yield* folder
      for (const i of [1, 2, 3]) Files.write(join(input, `${i}.dcm`), { sopInstanceUid: `1.${i}` })
      const begun = Effect.gen(function* () {
        const store = yield* running("store", "127.0.0.1", port, input, "--associations", "2", "--no-recurse")
        const peers: Array<ScriptedPeer.ScriptedPeer> = []
        for (let i = 0; i < 2; i++) {
          const peer = yield* accepting(accept, explicitAccepted)
          yield* peer.expect("P-DATA-TF")
          yield* peer.expect("P-DATA-TF")
          peers.push(peer)
        }
        yield* store.signal("SIGINT")
        assert.strictEqual(
          yield* store.errorLine,
          "Stopping: what is being sent may finish first; Ctrl-C again aborts it."
        )
        return { peers, store }
      })
      const one = yield* begun
      for (const [i, peer] of one.peers.entries()) {
        const request = C_STORE.request({
          messageId: 1,
          affectedSopClassUid: SopClass.CTImageStorage,
          affectedSopInstanceUid: Uid.makeUnsafe(`1.${i + 1}`)
        })
        yield* peer.send(ReadyMade.command(1, C_STORE.response(request)))
      }
      for (const peer of one.peers) {
        yield* peer.expect("A-RELEASE-RQ")
        yield* peer.send(ReadyMade.releaseRP)
        yield* peer.close
      }
      const finished = yield* one.store.ended
      assert.deepStrictEqual([finished.exitCode, finished.err[1]], [130, "Interrupted: the association was released."])
      assert.match(finished.out[0] ?? "", /^stored 2 of 3, .*; 1 not sent; the association was released$/)
      const two = yield* begun
      yield* two.store.signal("SIGINT")
      for (const peer of two.peers) {
        yield* peer.expect("A-ABORT", { source: "service-user" })
        yield* peer.close
      }
      const aborted = yield* two.store.ended
      assert.deepStrictEqual([aborted.exitCode, aborted.err[1]], [130, "Interrupted: the association was aborted."])
      assert.match(
        aborted.out[0] ?? "",
        /^stored 0 of 3, .*; 2 not acknowledged; 1 not sent; the association was aborted$/
      )
    })
  )

  it.live("Ctrl-C between two attempts does not wait for the next one, and says why there would be one", () =>
    Effect.gen(function* () {
      const { accept, port } = yield* scripted
      const path = Files.write(join(yield* folder, "a.dcm"))
      const store = yield* running("store", "127.0.0.1", port, path, "--retry", "9")
      const peer = yield* accept
      yield* peer.expect("A-ASSOCIATE-RQ")
      yield* peer.send(
        ReadyMade.associateRJ({
          result: "rejected-transient",
          source: "DICOM UL service-provider (Presentation related function)",
          diagnostic: "temporary-congestion"
        })
      )
      yield* peer.expectClosed()
      yield* store.signal("SIGINT")
      const { err, exitCode } = yield* store.ended
      assert.strictEqual(exitCode, 130)
      assert.deepStrictEqual(
        [err[0], err.at(-1)],
        [
          "Stopping: what is being sent may finish first; Ctrl-C again aborts it.",
          "Interrupted: no association was established."
        ]
      )
      assert.match(err[1] ?? "", /temporary-congestion/)
    })
  )

  /** A query that its peer took, and did not answer. */
  const asking = Effect.gen(function* () {
    const { accept, port } = yield* scripted
    const find = yield* running("find", "127.0.0.1", port, "PatientID=1")
    const peer = yield* accepting(accept, explicitAccepted)
    for (let i = 0; i < 2; i++) yield* peer.expect("P-DATA-TF")
    yield* find.signal("SIGINT")
    yield* peer.expect("P-DATA-TF")
    assert.strictEqual(
      yield* find.errorLine,
      "Stopping: the C-FIND was cancelled, and the peer has 3 s to end it; Ctrl-C again leaves at once."
    )
    return { find, peer }
  })

  it.live("Ctrl-C of a query says what is waited for, and aborts where the peer does not answer in three seconds", () =>
    Effect.gen(function* () {
      const { find, peer } = yield* asking
      yield* peer.expect("A-ABORT", { source: "service-user" })
      yield* peer.close
      const { err, exitCode } = yield* find.ended
      assert.deepStrictEqual(
        [exitCode, err.slice(1)],
        [
          130,
          ["Interrupted: the peer did not answer in 3 s, and the association was aborted.", "0 matches, then cancelled"]
        ]
      )
    })
  )

  it.live("a second Ctrl-C of a query aborts and leaves at once, though the peer does not even close", () =>
    Effect.gen(function* () {
      const { find, peer } = yield* asking
      yield* find.signal("SIGINT")
      yield* peer.expect("A-ABORT", { source: "service-user" })
      const { err, exitCode } = yield* find.ended
      assert.deepStrictEqual([exitCode, err.slice(1)], [130, ["Interrupted: the association was aborted."]])
    })
  )

  it.live("SIGTERM while the association is being negotiated aborts it: exit code 143", () =>
    Effect.gen(function* () {
      const { accept, port } = yield* scripted
      const { ended, signal } = yield* running("echo", "127.0.0.1", port)
      const peer = yield* accept
      yield* peer.expect("A-ASSOCIATE-RQ")
      yield* signal("SIGTERM")
      yield* peer.expect("A-ABORT")
      assert.deepStrictEqual(yield* ended, {
        exitCode: 143,
        out: [],
        err: ["Interrupted: no association was established."]
      })
    })
  )

  it.live("dicom serve --port 0 prints one line with its address, and Ctrl-C drains it", () =>
    Effect.gen(function* () {
      const output = yield* folder
      const { ended, line, signal } = yield* running("serve", "--port", "0", "--output", output, "--aetitle", "ARCHIVE")
      const [, port = ""] = /^listening on 127\.0\.0\.1:([0-9]+) as ARCHIVE$/.exec(yield* line) ?? []
      const path = Files.write(join(yield* folder, "a.dcm"))
      assert.strictEqual((yield* dicom("store", "127.0.0.1", port, path)).exitCode, 0)
      assert.isTrue(existsSync(join(output, "1.2.3.dcm")))
      yield* signal("SIGINT")
      const { err, exitCode, out } = yield* ended
      assert.deepStrictEqual([exitCode, out.length, err], [0, 1, ["Stopped: no association is open."]])
    })
  )

  it.live("dicom serve does not wait for a connection on which no association was asked for", () =>
    Effect.gen(function* () {
      const server = yield* running("serve", "--port", "0", "--ignore", "--grace", "3600", "--verbose")
      const [, port = ""] = /:([0-9]+) as/.exec(yield* server.line) ?? []
      const socket = connect(Number(port), "127.0.0.1")
      yield* Effect.callback<void>((resume) => void socket.once("connect", () => resume(Effect.void)))
      // Connections are taken in order: the one before is there when this one was answered.
      assert.strictEqual((yield* dicom("echo", "127.0.0.1", port)).exitCode, 0)
      yield* server.signal("SIGINT")
      yield* Effect.callback<void>((resume) => void socket.resume().once("close", () => resume(Effect.void)))
      const { err, exitCode } = yield* server.ended
      assert.deepStrictEqual([exitCode, err], [0, ["Stopped: no association is open."]])
    })
  )

  it.live("dicom serve aborts what is open when --grace has passed, and has stopped as it was told: exit code 0", () =>
    Effect.gen(function* () {
      const server = yield* running("serve", "--port", "0", "--ignore", "--grace", "0.1")
      const [, port = ""] = /:([0-9]+) as/.exec(yield* server.line) ?? []
      const client = yield* running("echo", "127.0.0.1", port, "--repeat", "2", "--interval", "3600", "--verbose")
      yield* client.line
      yield* server.signal("SIGTERM")
      const { err, exitCode } = yield* server.ended
      assert.deepStrictEqual(
        [exitCode, err],
        [0, ["Stopping: 1 association may finish first.", "Stopped: no association is open."]]
      )
    })
  )

  it.live("dicom serve --max-connections closes one more, and says so", () =>
    Effect.gen(function* () {
      const server = yield* running("serve", "--port", "0", "--ignore", "--max-connections", "1")
      const [, port = ""] = /:([0-9]+) as/.exec(yield* server.line) ?? []
      const client = yield* running("echo", "127.0.0.1", port, "--repeat", "2", "--interval", "3600", "--verbose")
      yield* client.line
      assert.strictEqual((yield* dicom("echo", "127.0.0.1", port)).exitCode, 3)
      assert.match(
        yield* server.errorLine,
        /level=WARN .*"A connection was closed at once, as there are as many as there may be".* closed=1 maximumConnections=1$/
      )
    })
  )

  it.live.each([
    ["Ctrl-C", "SIGINT", 130],
    ["SIGTERM", "SIGTERM", 143]
  ] as const)("a second %s aborts the associations that the first lets finish: its own exit code", ([, name, code]) =>
    Effect.gen(function* () {
      const server = yield* running("serve", "--port", "0", "--ignore", "--grace", "3600")
      const [, port = ""] = /:([0-9]+) as/.exec(yield* server.line) ?? []
      const client = yield* running("echo", "127.0.0.1", port, "--repeat", "2", "--interval", "3600", "--verbose")
      yield* client.line
      yield* server.signal(name)
      assert.strictEqual(yield* server.errorLine, "Stopping: 1 association may finish first.")
      yield* server.signal(name)
      assert.deepStrictEqual(
        [(yield* server.ended).exitCode, yield* server.errorLine],
        [code, "Stopped: the associations that were open were aborted."]
      )
    })
  )

  it.live("with --json the line is an object, and with --verbose there is one for each instance", () =>
    Effect.gen(function* () {
      const { ended, line, signal } = yield* running("serve", "--port", "0", "--ignore", "--json", "--verbose")
      const { aetitle, host, port } = Schema.decodeUnknownSync(Listening)(yield* line)
      assert.deepStrictEqual([host, aetitle], ["127.0.0.1", "ANY-SCP"])
      const path = Files.write(join(yield* folder, "a.dcm"))
      yield* dicom("store", host, String(port), path)
      assert.deepStrictEqual(JSON.parse(yield* line), {
        type: "stored",
        sopClassUid: "1.2.840.10008.5.1.4.1.1.2",
        sopInstanceUid: "1.2.3",
        transferSyntaxUid: "1.2.840.10008.1.2.1"
      })
      yield* signal("SIGTERM")
      assert.strictEqual((yield* ended).exitCode, 0)
    })
  )
})
