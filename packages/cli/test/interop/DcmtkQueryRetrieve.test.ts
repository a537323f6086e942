import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { spawn, spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { dicom, folder, freePort, samples } from "../command.ts"

const isMissing =
  spawnSync("dcmqrscp", ["--version"]).error !== undefined && process.env["EFFECT_DICOM_REQUIRE_PEERS"] !== "1"

/** DCMTK's archive with a file in it, which knows ME on a port. */
const archive = Effect.fnUntraced(function* (back: number) {
  const port = yield* freePort
  const directory = yield* folder
  const config = Path.join(directory, "dcmqrscp.cfg")
  Fs.mkdirSync(Path.join(directory, "db"))
  Fs.writeFileSync(
    config,
    [
      ...[`NetworkTCPPort = ${port}`, "MaxPDUSize = 16384", "MaxAssociations = 16"],
      ...["HostTable BEGIN", `me = (ME, 127.0.0.1, ${back})`, "HostTable END", "VendorTable BEGIN", "VendorTable END"],
      ...["AETable BEGIN", `QRSCP ${Path.join(directory, "db")} RW (10, 100mb) ANY`, "AETable END", ""]
    ].join("\n")
  )
  yield* Effect.acquireRelease(
    Effect.sync(() => spawn("dcmqrscp", ["-c", config], { stdio: "ignore" })),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )
  const at = `QRSCP@127.0.0.1:${port}`
  yield* dicom("store", at, Path.join(samples, "explicit_little.dcm")).pipe(
    Effect.flatMap(({ err, exitCode }) => (exitCode === 0 ? Effect.void : Effect.fail(err.join("\n")))),
    Effect.retry({ schedule: Schedule.spaced("50 millis"), times: 100 })
  )
  return { at, directory }
})

describe("DCMTK's dcmqrscp", { timeout: 60000 }, () => {
  it.live.skipIf(isMissing)("is asked, and sends what matches on the same association or on one of its own", () =>
    Effect.gen(function* () {
      const back = yield* freePort
      const { at, directory } = yield* archive(back)
      const found = yield* dicom("find", at, "--json")
      assert.deepStrictEqual([found.exitCode, found.out.length], [0, 1])
      const study = `StudyInstanceUID=${JSON.parse(found.out[0] ?? "")["0020000D"].Value[0]}`
      const keys = Path.join(directory, "keys.json")
      Fs.writeFileSync(keys, found.out[0] ?? "")
      const again = yield* dicom("find", at, "--keys", keys, "--only-keys", "--json")
      assert.deepStrictEqual(again.out, found.out)

      const [got, moved] = [Path.join(directory, "got"), Path.join(directory, "moved")]
      const get = yield* dicom("get", at, study, "--output", got)
      assert.deepStrictEqual([get.exitCode, get.err], [0, []])
      const move = yield* dicom(
        ...["move", at, study, "--aetitle", "ME", "--listen", String(back), "--listen-host", "127.0.0.1"],
        ...["--output", moved]
      )
      assert.deepStrictEqual([move.exitCode, move.err], [0, []])
      const [name = "", ...others] = Fs.readdirSync(got)
      assert.deepStrictEqual([others, Fs.readdirSync(moved)], [[], [name]])

      const nowhere = yield* dicom("move", at, study, "--destination", "NOBODY")
      assert.deepStrictEqual(
        [nowhere.exitCode, nowhere.err],
        [
          6,
          [
            "QRSCP refused. The operation ended with Failure A801H, Refused: Move Destination unknown. Give the AE title of one " +
              "that it knows with --destination, or have it set up where that is."
          ]
        ]
      )
    })
  )
})
