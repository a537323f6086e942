import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import { Storage } from "@effect-dicom/services"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { mkdirSync, readdirSync, rmSync, watch, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Requestor from "../src/Requestor.ts"
import { dicom, folder, running, serving } from "./command.ts"
import * as Files from "./files.ts"

const explicit = TransferSyntax.ExplicitVRLittleEndian.uid

/** Waits until there is something in a folder. */
const filled = (directory: string): Effect.Effect<void> =>
  Effect.callback((resume) => {
    const watcher = watch(directory)
    const look = (): void => {
      if (readdirSync(directory).length === 0) return
      watcher.close()
      resume(Effect.void)
    }
    watcher.on("change", look)
    look()
  })

describe("dicom serve", { timeout: 20000 }, () => {
  it.live("--check-aetitle rejects calls for another AE title", () =>
    Effect.gen(function* () {
      const port = yield* serving({ aetitle: "ARCHIVE", checkAetitle: true })
      assert.strictEqual((yield* dicom("echo", "127.0.0.1", port, "--call", "ARCHIVE")).exitCode, 0)
      const { err, exitCode } = yield* dicom("echo", "127.0.0.1", port, "--call", "NOBODY")
      assert.deepStrictEqual(
        [exitCode, err],
        [
          4,
          [
            "The peer rejected the association: called-AE-title-not-recognized (rejected-permanent, DICOM UL service-user). " +
              'It was called "NOBODY": give the AE title it goes by with --call.'
          ]
        ]
      )
    })
  )

  it.live("--callers rejects calls by another AE title, and --from from elsewhere", () =>
    Effect.gen(function* () {
      const port = yield* serving({ callers: "CT1, MR1", from: "127.0.0.0/8,::1" })
      assert.strictEqual((yield* dicom("echo", "127.0.0.1", port, "--aetitle", "MR1")).exitCode, 0)
      assert.deepStrictEqual(yield* dicom("echo", "127.0.0.1", port, "--aetitle", "US1"), {
        exitCode: 4,
        out: [],
        err: [
          "The peer rejected the association: calling-AE-title-not-recognized (rejected-permanent, DICOM UL service-user). " +
            'This side called itself "US1": give a title the peer knows with --aetitle.'
        ]
      })
      const elsewhere = yield* serving({ from: "192.0.2.0/24" })
      assert.deepStrictEqual((yield* dicom("echo", "127.0.0.1", elsewhere)).err, [
        "The peer rejected the association: no-reason-given (rejected-permanent, DICOM UL service-user). " +
          "See the peer's configuration for what it accepts, and from whom."
      ])
    })
  )

  it.live("--accept takes instances in some transfer syntaxes, the first of them that is proposed", () =>
    Effect.gen(function* () {
      const implicit = TransferSyntax.ImplicitVRLittleEndian.uid
      const proposed = { abstractSyntax: SopClass.CTImageStorage, transferSyntaxes: [implicit, explicit] }
      for (const [accept, ...agreed] of [
        ["ExplicitVRLittleEndian, ImplicitVRLittleEndian", explicit],
        ["ImplicitVRLittleEndian,1.2.840.10008.1.2.1", implicit],
        ["RLELossless,ExplicitVRLittleEndian", explicit],
        ["RLELossless"]
      ] as const) {
        const port = Number(yield* serving({ accept }))
        const options = { host: "127.0.0.1", port, aetitle: "ME", call: "ANY-SCP" }
        const association = yield* Requestor.open(options, Requestor.course(), [proposed])
        assert.deepStrictEqual(
          Array.from(association.contexts.values(), ({ transferSyntax }) => transferSyntax),
          agreed,
          accept
        )
      }
    })
  )

  it.live.each([
    [
      ["--from", "10.0.0.300"],
      'Not all of "10.0.0.300" are addresses or networks. Give them with --from, as in 192.0.2.7,10.0.0.0/8.'
    ],
    [
      ["--callers", "CT1,"],
      '"" is no AE title. Give titles of 1 to 16 ASCII characters, no backslash, with --callers.'
    ],
    [
      ["--accept", "Morse"],
      '"Morse" is no transfer syntax. Give keywords or UIDs, as in --accept ImplicitVRLittleEndian.'
    ],
    [
      ["--accept", "RLELossless", "--promiscuous"],
      "--promiscuous takes any transfer syntax and --accept some. Give one of the two."
    ]
  ] as const)("refuses %j as a wrong command line", ([flags, sentence]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* dicom("serve", "--ignore", "--port", "0", ...flags), {
        exitCode: 2,
        out: [],
        err: [sentence]
      })
    })
  )

  it.live("--promiscuous takes instances of a SOP class that nobody knows", () =>
    Effect.gen(function* () {
      const [output, input] = [yield* folder, yield* folder]
      const path = Files.write(join(input, "a.dcm"), { sopClassUid: Files.uid("2.25.5") })
      assert.strictEqual((yield* dicom("store", "127.0.0.1", yield* serving({ output }), path, "--quiet")).exitCode, 8)
      assert.deepStrictEqual(readdirSync(output), [])
      const port = yield* serving({ output, promiscuous: true })
      assert.deepStrictEqual(yield* dicom("store", "127.0.0.1", port, path, "--quiet"), {
        exitCode: 0,
        out: [],
        err: []
      })
      assert.deepStrictEqual(readdirSync(output), ["1.2.3.dcm"])
    })
  )

  it.live("without a folder everything is received and dropped", () =>
    Effect.gen(function* () {
      const path = Files.write(join(yield* folder, "a.dcm"))
      assert.strictEqual((yield* dicom("store", "127.0.0.1", yield* serving(), path, "--quiet")).exitCode, 0)
    })
  )

  it.live("a port that is taken: exit code 3", () =>
    Effect.gen(function* () {
      const port = yield* serving()
      assert.deepStrictEqual(yield* dicom("serve", "--port", port, "--ignore"), {
        exitCode: 3,
        out: [],
        err: [`Cannot listen on 127.0.0.1:${port}: the port is in use. Give another with --port, or 0 for a free one.`]
      })
    })
  )

  it.live("a host whose name is not known: exit code 3", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* dicom("serve", "--host", "nosuch.invalid", "--port", "0", "--ignore"), {
        exitCode: 3,
        out: [],
        err: [
          "Cannot listen on nosuch.invalid:0: the name of the host is not known. " +
            "Give a name or an address of this machine with --host."
        ]
      })
    })
  )

  it.live("a folder that cannot be made: exit code 7", () =>
    Effect.gen(function* () {
      const file = Files.write(join(yield* folder, "a.dcm"))
      const { err, exitCode } = yield* dicom("serve", "--port", "0", "--output", join(file, "folder"))
      assert.strictEqual(exitCode, 7)
      assert.match(err[0] ?? "", /^Cannot store into .*\. Give a folder that can be written to with --output\.$/)
    })
  )

  const odd = [
    ["one that the system does not let be made", "/proc/nope", "there can be no such folder"],
    ["one of the system's", "/proc/self", "there can be no such folder"],
    ["a file", "/etc/passwd", "it is no folder"]
  ] as const
  for (const [name, path, refusal] of odd) {
    it.live.skipIf(process.platform !== "linux")(`a folder that nothing can be stored into, ${name}: exit code 7`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* dicom("serve", "--port", "0", "--output", path), {
          exitCode: 7,
          out: [],
          err: [`Cannot store into ${path}: ${refusal}. Give a folder that can be written to with --output.`]
        })
      })
    )
  }

  it.live("a folder that vanishes: what comes is refused, and the server goes on", () =>
    Effect.gen(function* () {
      const path = Files.write(join(yield* folder, "a.dcm"))
      const output = join(yield* folder, "folder")
      const port = yield* serving({ output })
      const stored = dicom("store", "127.0.0.1", port, path, "--quiet")
      assert.strictEqual((yield* stored).exitCode, 0)
      rmSync(output, { recursive: true })
      const { err, exitCode } = yield* stored
      assert.deepStrictEqual([exitCode, err[0]], [6, `refused: ${path} (Failure A700H, Refused: Out of resources)`])
      mkdirSync(output)
      assert.strictEqual((yield* stored).exitCode, 0)
      assert.deepStrictEqual(readdirSync(output), ["1.2.3.dcm"])
    })
  )

  it.live("what a server that was killed left unfinished is removed, and nothing else is", () =>
    Effect.gen(function* () {
      const output = yield* folder
      const killed = yield* running("serve", "--port", "0", "--output", output)
      const address = /:([0-9]+) as/.exec(yield* killed.line)?.[1] ?? ""
      yield* Effect.scoped(
        Effect.gen(function* () {
          const options = { host: "127.0.0.1", port: Number(address), aetitle: "HERE", call: "THERE" }
          const context = { abstractSyntax: SopClass.CTImageStorage, transferSyntaxes: [explicit] }
          const association = yield* Requestor.open(options, Requestor.course(), [context])
          const begun = yield* Deferred.make<void>()
          const dataSet = Stream.concat(
            Stream.make(new Uint8Array(200000)),
            Stream.fromEffect(Effect.andThen(Deferred.succeed(begun, undefined), Effect.never))
          )
          yield* Effect.forkScoped(
            Storage.store(association, {
              sopClassUid: SopClass.CTImageStorage,
              sopInstanceUid: Files.uid("1.2.3"),
              transferSyntaxUid: explicit,
              dataSet
            })
          )
          yield* Deferred.await(begun)
          yield* filled(output)
          yield* killed.signal("SIGKILL")
          yield* killed.ended
        })
      )
      const left = readdirSync(output)
      assert.strictEqual(left.length, 1)
      const others = [".1.2.3.0-abc-1.part", ".notes.part", `.1.2.3.ffffffffp1-abc-1.part`]
      for (const name of others) writeFileSync(join(output, name), "")
      yield* serving({ output })
      assert.deepStrictEqual(readdirSync(output).toSorted(), others.toSorted())
    })
  )
})
