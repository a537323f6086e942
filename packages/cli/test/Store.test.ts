import { ReadyMade } from "@effect-dicom/association/testing"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as Tag from "@effect-dicom/data/Tag"
import * as C_STORE from "@effect-dicom/protocol/C_STORE"
import type * as Status from "@effect-dicom/protocol/Status"
import { UpperLayer } from "@effect-dicom/association"
import { ServiceError, Storage } from "@effect-dicom/services"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { codes } from "../src/ExitCode.ts"
import { accepting, dicom, explicitAccepted, folder, providing, samples, scripted, serving } from "./command.ts"
import * as Files from "./files.ts"

const parse = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown)))

/** The bytes of a file from its data set on: where the File Meta Information ends is in its group length. */
const dataSetOf = (path: string): Buffer => {
  const bytes = readFileSync(path)
  return bytes.subarray(144 + bytes.readUInt32LE(140))
}

describe("dicom store", { timeout: 20000 }, () => {
  it.live("what lands is the data set of each file, byte for byte, in its own transfer syntax", () =>
    Effect.gen(function* () {
      const output = yield* folder
      const port = yield* serving({ output })
      const { err, exitCode, out } = yield* dicom("store", "127.0.0.1", port, samples, "--no-recurse", "--json")
      assert.deepStrictEqual([exitCode, err], [0, []])
      const lines = out.map((line) => parse(line))
      assert.strictEqual(lines.length, 10)
      assert.strictEqual(new Set(lines.map(({ transferSyntaxUid }) => transferSyntaxUid).filter(Boolean)).size, 9)
      for (const { bytes, outcome, path, sopInstanceUid, status, type } of lines.slice(0, 9)) {
        assert.deepStrictEqual([type, outcome, status], ["instance", "stored", "0000H"])
        const landed = dataSetOf(join(output, `${String(sopInstanceUid)}.dcm`))
        const sent = readFileSync(String(path)).subarray(-Number(bytes))
        // The deflated one is of odd length in its file, and PS3.5 section A.5 makes it even.
        const expected = sent.length % 2 === 0 ? sent : Buffer.concat([sent, Uint8Array.of(0)])
        assert.isTrue(landed.equals(expected), String(path))
      }
      const { milliseconds: _, ...summary } = lines[9] ?? {}
      assert.deepStrictEqual(summary, {
        type: "summary",
        stored: 9,
        "stored with a warning": 0,
        refused: 0,
        "no presentation context": 0,
        "not acknowledged": 0,
        "not sent": 0,
        "not DICOM": 0,
        "no instance": 0,
        DICOMDIR: 0,
        unreadable: 0,
        bytes: 3715253,
        association: "Released"
      })
    })
  )

  it.live("a file larger than the buffers it passes through lands byte for byte", () =>
    Effect.gen(function* () {
      const [output, input] = [yield* folder, yield* folder]
      const made = { length: 9 * 1024 * 1024 + 18 }
      const path = Files.write(join(input, "large.dcm"), made)
      const { exitCode } = yield* dicom("store", "127.0.0.1", yield* serving({ output }), path)
      assert.strictEqual(exitCode, 0)
      assert.isTrue(dataSetOf(join(output, "1.2.3.dcm")).equals(Files.dataSet(made)))
    })
  )

  it.live("folders within folders are searched, --no-recurse does not, and --scan-pattern chooses by name", () =>
    Effect.gen(function* () {
      const input = yield* folder
      Files.write(join(input, "a.dcm"), { sopInstanceUid: "1.1" })
      Files.write(join(input, "one", "b.dcm"), { sopInstanceUid: "1.2" })
      Files.write(join(input, "one", "two", "c.img"), { sopInstanceUid: "1.3" })
      const port = yield* serving()
      const stored = (...flags: ReadonlyArray<string>) =>
        Effect.map(dicom("store", "127.0.0.1", port, input, "--json", ...flags), ({ out }) =>
          out.map((line) => parse(line)["sopInstanceUid"]).filter((uid) => uid !== undefined)
        )
      assert.deepStrictEqual(yield* stored(), ["1.1", "1.2", "1.3"])
      assert.deepStrictEqual(yield* stored("--no-recurse"), ["1.1"])
      assert.deepStrictEqual(yield* stored("--scan-pattern", "*.dcm"), ["1.1", "1.2"])
    })
  )

  it.live("more than 128 kinds of instances take a second association", () =>
    Effect.gen(function* () {
      const [output, input] = [yield* folder, yield* folder]
      const classes = SopClass.storageInForce.slice(0, 130)
      assert.strictEqual(classes.length, 130)
      for (const [i, sopClassUid] of classes.entries()) {
        Files.write(join(input, `${i}.dcm`), { sopClassUid, sopInstanceUid: `1.2.${i}` })
      }
      const requests: Array<number> = []
      const { exitCode, out } = yield* dicom("store", "127.0.0.1", yield* serving({ output }), input).pipe(
        Effect.provideService(UpperLayer.Observer, ({ event }) => {
          if (event._tag === "A-ASSOCIATE request") requests.push(event.presentationContexts.length)
        })
      )
      assert.deepStrictEqual([exitCode, requests], [0, [128, 2]])
      assert.match(out[0] ?? "", /^stored 130 of 130, .*; the association was released$/)
      assert.strictEqual(readdirSync(output).length, 130)
    })
  )

  it.live("a file that is not DICOM is told of and left out, the others are stored: exit code 7", () =>
    Effect.gen(function* () {
      const [output, input] = [yield* folder, yield* folder]
      Files.write(join(input, "a.dcm"))
      writeFileSync(join(input, "notes.txt"), "not an image")
      const { err, exitCode, out } = yield* dicom("store", "127.0.0.1", yield* serving({ output }), input)
      assert.strictEqual(exitCode, 7)
      assert.deepStrictEqual(err, [
        `not DICOM: ${join(input, "notes.txt")} (at byte 0, there is no "DICM", and there is no element that a data set begins with)`,
        "1 file was left out. Leave it out of the command, or choose by name with --scan-pattern."
      ])
      assert.match(out[0] ?? "", /^stored 1 of 2, .*; 1 not DICOM; the association was released$/)
      assert.deepStrictEqual(readdirSync(output), ["1.2.3.dcm"])
    })
  )

  it.live("a path that leads nowhere, and no instance at all: exit code 7, and no association", () =>
    Effect.gen(function* () {
      const input = yield* folder
      assert.deepStrictEqual(yield* dicom("store", "127.0.0.1", "1", join(input, "nothing")), {
        exitCode: 7,
        out: [],
        err: [
          `unreadable: ${join(input, "nothing")} (there is no such file or folder)`,
          `There is no DICOM instance in ${join(input, "nothing")}. Give DICOM files, or folders that hold some.`
        ]
      })
    })
  )

  it.live("no context for one kind of instance: it is told of, the others are stored: exit code 8", () =>
    Effect.gen(function* () {
      const [output, input] = [yield* folder, yield* folder]
      Files.write(join(input, "a.dcm"), { sopInstanceUid: "1.1" })
      // A private SOP class, whose context the server refuses.
      Files.write(join(input, "b.dcm"), { sopClassUid: Files.uid("2.25.5"), sopInstanceUid: "1.2" })
      Files.write(join(input, "c.dcm"), { sopInstanceUid: "1.3" })
      const port = yield* serving({ output })
      const { err, exitCode } = yield* dicom("store", "127.0.0.1", port, input)
      assert.strictEqual(exitCode, 8)
      assert.deepStrictEqual(err, [
        `no presentation context: ${join(input, "b.dcm")} ` +
          "(no presentation context accepted for 2.25.5 in Explicit VR Little Endian)",
        "For 1 instance no presentation context was accepted. " +
          "See which SOP classes and transfer syntaxes the peer is set up for."
      ])
      assert.deepStrictEqual(readdirSync(output), ["1.1.dcm", "1.3.dcm"])
    })
  )
})

describe("dicom store, and a peer that refuses or breaks off", { timeout: 20000 }, () => {
  const answering = Effect.fnUntraced(function* (
    statuses: ReadonlyArray<Status.Status>,
    ending: "release" | "abort" | "close"
  ) {
    const { accept, port } = yield* scripted
    const input = yield* folder
    for (const i of [1, 2, 3]) Files.write(join(input, `${i}.dcm`), { sopInstanceUid: `1.${i}` })
    const script = Effect.gen(function* () {
      const peer = yield* accepting(accept, explicitAccepted)
      for (const [i, status] of statuses.entries()) {
        yield* peer.expect("P-DATA-TF")
        yield* peer.expect("P-DATA-TF")
        const request = C_STORE.request({
          messageId: i + 1,
          affectedSopClassUid: SopClass.CTImageStorage,
          affectedSopInstanceUid: Files.uid(`1.${i + 1}`)
        })
        yield* peer.send(ReadyMade.command(1, C_STORE.response(request, status)))
      }
      if (ending === "release") {
        yield* peer.expect("A-RELEASE-RQ")
        yield* peer.send(ReadyMade.releaseRP)
      } else {
        yield* peer.expect("P-DATA-TF")
        if (ending === "abort") yield* peer.send(ReadyMade.abort())
        else yield* peer.close
      }
    })
    return (...flags: ReadonlyArray<string>) =>
      Effect.map(
        Effect.all([dicom("store", "127.0.0.1", port, input, "--json", ...flags), script], { concurrency: 2 }),
        ([{ err, exitCode, out }]) => ({
          exitCode,
          err: err.map((line) => String(parse(line)["message"]).replace(`127.0.0.1:${port}`, "PEER")),
          outcomes: out
            .map((line) => parse(line))
            .filter(({ type }) => type === "instance")
            .map(({ outcome, status }) => [outcome, status])
        })
      )
  })
  const success = { _tag: "Success", code: 0 } as const

  it.live("an instance that is refused is the last one: exit code 6", () =>
    Effect.gen(function* () {
      const store = yield* answering([success, C_STORE.failures.outOfResources], "release")
      assert.deepStrictEqual(yield* store(), {
        exitCode: 6,
        err: ["1 instance was refused and 1 not sent after that. To go on after a refusal give --no-halt."],
        outcomes: [
          ["stored", "0000H"],
          ["refused", "A700H"],
          ["not sent", undefined]
        ]
      })
    })
  )

  /** A peer that discards elements and says so, and then has no more room. */
  const commenting = Effect.suspend(() => {
    const { of } = Storage.StorageStatus
    let stored = 0
    return providing(
      Storage.serviceClass.handlers({
        store: () =>
          stored++ === 0
            ? Effect.succeed({ status: of.ElementsDiscarded(), details: { errorComment: "Too long", errorId: 7 } })
            : Effect.fail(
                ServiceError.refused(of.OutOfResources(0xa700), {
                  errorComment: "disk on fire",
                  offendingElement: [Tag.PixelData]
                })
              )
      })
    )
  })

  for (const flags of [[], ["--retry", "0", "--associations", "1", "--journal"]] as const) {
    it.live(`what the peer says of a status is told as text and as fields of JSON, ${flags.at(-1) ?? "as it is"}`, () =>
      Effect.gen(function* () {
        const input = yield* folder
        for (const i of [1, 2]) Files.write(join(input, `${i}.dcm`), { sopInstanceUid: `1.${i}` })
        const paths = [join(input, "1.dcm"), join(input, "2.dcm")]
        const store = Effect.fnUntraced(function* (...more: ReadonlyArray<string>) {
          const port = yield* commenting
          const journal = flags.length === 0 ? [] : [join(yield* folder, "journal")]
          return yield* dicom("store", "127.0.0.1", port, input, ...flags, ...journal, ...more)
        })
        const text = yield* store()
        assert.deepStrictEqual(text.err, [
          `stored with a warning: ${paths[0]} (Warning B006H, Elements Discarded: Too long)`,
          `refused: ${paths[1]} (Failure A700H, Refused: Out of resources: disk on fire ((7FE0,0010)))`,
          "1 instance was refused. See what the peer's log says."
        ])
        const json = yield* store("--json")
        assert.deepStrictEqual(
          json.out
            .map((line) => parse(line))
            .filter(({ type }) => type === "instance")
            .map(({ detail, errorComment, errorId, offendingElement, status }) => ({
              ...{ status, detail, errorComment, errorId, offendingElement }
            })),
          [
            {
              status: "B006H",
              detail: "Warning B006H, Elements Discarded",
              errorComment: "Too long",
              errorId: 7,
              offendingElement: undefined
            },
            {
              status: "A700H",
              detail: "Failure A700H, Refused: Out of resources",
              errorComment: "disk on fire",
              errorId: undefined,
              offendingElement: ["(7FE0,0010)"]
            }
          ]
        )
      })
    )
  }

  it.live("with --no-halt the others are still sent: exit code 6", () =>
    Effect.gen(function* () {
      const store = yield* answering(
        [success, C_STORE.failures.outOfResources, C_STORE.warnings.elementsDiscarded],
        "release"
      )
      assert.deepStrictEqual(yield* store("--no-halt"), {
        exitCode: 6,
        err: ["1 instance was refused. See what the peer's log says."],
        outcomes: [
          ["stored", "0000H"],
          ["refused", "A700H"],
          ["stored with a warning", "B006H"]
        ]
      })
    })
  )

  it.live("the peer aborts within an instance: it is not acknowledged, the next is not sent: exit code 5", () =>
    Effect.gen(function* () {
      const store = yield* answering([success], "abort")
      assert.deepStrictEqual(yield* store(), {
        exitCode: 5,
        err: ["The peer's user aborted the association (PEER). See what the peer's log says, then try again."],
        outcomes: [
          ["stored", "0000H"],
          ["not acknowledged", undefined],
          ["not sent", undefined]
        ]
      })
    })
  )

  it.live("the connection is closed within an instance: exit code 3", () =>
    Effect.gen(function* () {
      const store = yield* answering([success], "close")
      const { err, exitCode, outcomes } = yield* store()
      assert.deepStrictEqual(
        [exitCode, outcomes],
        [
          3,
          [
            ["stored", "0000H"],
            ["not acknowledged", undefined],
            ["not sent", undefined]
          ]
        ]
      )
      assert.match(err[0] ?? "", /^The transport connection was closed by the peer \(PEER\)/)
    })
  )

  it.live("--associations sends over several at once, and each file once", () =>
    Effect.gen(function* () {
      const output = yield* folder
      const port = yield* serving({ output })
      const { exitCode, out } = yield* dicom(
        ...["store", "127.0.0.1", port, samples, "--no-recurse", "--json", "--associations", "3"]
      )
      const lines = out.map((line) => parse(line))
      assert.deepStrictEqual(
        [exitCode, lines.slice(0, -1).map(({ outcome }) => outcome)],
        [0, Array.from({ length: 9 }, () => "stored")]
      )
      const { milliseconds: _, ...summary } = lines.at(-1) ?? {}
      assert.deepInclude(summary, { stored: 9, bytes: 3715253, association: "Released" })
      assert.strictEqual(readdirSync(output).filter((name) => name.endsWith(".dcm")).length, 9)
    })
  )

  it.live("a journal that is no file: exit code 7", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const path = Files.write(join(directory, "a.dcm"))
      const { err, exitCode } = yield* dicom("store", "127.0.0.1", "1", path, "--journal", directory, "--quiet")
      assert.deepStrictEqual(
        [exitCode, err.at(-1)],
        [7, `The journal ${directory} cannot be used: it is a folder. Give another file with --journal.`]
      )
    })
  )

  it.live("--repeat sends each instance so many times on one association, with its pixels read anew", () =>
    Effect.gen(function* () {
      const [output, input] = [yield* folder, yield* folder]
      const large = { length: 9 * 1024 * 1024 + 18 }
      const paths = [Files.write(join(input, "a.dcm"), { sopInstanceUid: "1.1" }), Files.write(join(input, "b"), large)]
      const port = yield* serving({ output })
      const { err, exitCode, out } = yield* dicom("store", "127.0.0.1", port, input, "--repeat", "3", "--json")
      assert.deepStrictEqual([exitCode, err], [0, []])
      const lines = out.map((line) => parse(line))
      const told = lines.slice(0, -1).map(({ outcome, path }) => [outcome, path])
      assert.deepStrictEqual(
        told,
        [...paths, ...paths, ...paths].map((path) => ["stored", path])
      )
      assert.deepInclude(lines.at(-1), { stored: 6, "not sent": 0, association: "Released" })
      assert.isTrue(dataSetOf(join(output, "1.2.3.dcm")).equals(Files.dataSet(large)))
    })
  )

  it.live("--repeat is not for several associations", () =>
    Effect.gen(function* () {
      const path = Files.write(join(yield* folder, "a.dcm"), { sopInstanceUid: "1.1" })
      const port = yield* serving({ output: yield* folder })
      const pooled = yield* dicom("store", "127.0.0.1", port, path, "--repeat", "2", "--associations", "2")
      assert.deepStrictEqual(
        [pooled.exitCode, pooled.err],
        [
          2,
          ["--repeat is for one association without retries. Leave it out, or --associations, --retry and --journal."]
        ]
      )
    })
  )

  it.live("--journal leaves out what was stored the last time", () =>
    Effect.gen(function* () {
      const [output, input] = [yield* folder, yield* folder]
      for (const uid of ["1.1", "1.2", "1.3"]) Files.write(join(input, `${uid}.dcm`), { sopInstanceUid: uid })
      const journal = join(yield* folder, "journal")
      const port = yield* serving({ output })
      const stored = dicom("store", "127.0.0.1", port, input, "--journal", journal)
      assert.strictEqual((yield* stored).exitCode, 0)
      const after = readFileSync(journal, "utf8")
      assert.strictEqual(after.trimEnd().split("\n").length, 6)
      for (const name of readdirSync(output)) rmSync(join(output, name), { recursive: true })
      const again = yield* stored
      assert.strictEqual(again.exitCode, 0)
      assert.match(again.out.join(), /^stored 3 of 3, 0 bytes in .*; 3 of them by an earlier run$/)
      assert.deepStrictEqual([readdirSync(output), readFileSync(journal, "utf8")], [[], after])
    })
  )

  it.live("--retry tries again, and says what was in the way when nothing helped", () =>
    Effect.gen(function* () {
      const input = yield* folder
      for (const uid of ["1.1", "1.2"]) Files.write(join(input, `${uid}.dcm`), { sopInstanceUid: uid })
      const { err, exitCode, out } = yield* dicom("store", "127.0.0.1", "1", input, "--retry", "1", "--json")
      assert.deepStrictEqual(
        out.map((line) => parse(line)).map(({ outcome, type }) => outcome ?? type),
        ["not sent", "not sent", "summary"]
      )
      assert.strictEqual(exitCode, codes.network)
      assert.match(err.join("\n"), /127\.0\.0\.1/)
    })
  )
})
