import * as FileFormat from "@effect-dicom/data/FileFormat"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { spawn, spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { folder, samples, serving } from "../command.ts"

const isMissing =
  spawnSync("storescu", ["--version"]).error !== undefined && process.env["EFFECT_DICOM_REQUIRE_PEERS"] !== "1"

/** Sends a file, all uncompressed transfer syntaxes in one context; gives the exit code and what it told. */
const send = (...args: ReadonlyArray<string>) =>
  Effect.callback<readonly [number | null, string]>((resume) => {
    const child = spawn("storescu", ["+C", ...args, Path.join(samples, "explicit_little.dcm")])
    let told = ""
    child.stderr.on("data", (data: Buffer) => (told += data.toString()))
    child.on("close", (code) => resume(Effect.succeed([code, told] as const)))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

describe("DCMTK's storescu", { timeout: 60000 }, () => {
  it.live.skipIf(isMissing)(
    "sends in the transfer syntax that serve --accept has first, and not by another AE title",
    () =>
      Effect.gen(function* () {
        for (const [accept, uid] of [
          ["ImplicitVRLittleEndian,ExplicitVRLittleEndian", "1.2.840.10008.1.2"],
          ["ExplicitVRLittleEndian,ImplicitVRLittleEndian", "1.2.840.10008.1.2.1"]
        ] as const) {
          const output = yield* folder
          const port = yield* serving({ output, accept, callers: "CT1", from: "127.0.0.1" })
          assert.deepStrictEqual(yield* send("-aet", "CT1", "127.0.0.1", port), [0, ""])
          const [name = "", ...others] = Fs.readdirSync(output)
          assert.deepStrictEqual(others, [])
          const file = Result.getOrThrow(FileFormat.decode(Fs.readFileSync(Path.join(output, name))))
          assert.strictEqual<string>(file.dataSet.transferSyntax.uid, uid)
          const [code, told] = yield* send("-aet", "US1", "127.0.0.1", port)
          assert.notStrictEqual(code, 0)
          assert.include(told, "Calling AE Title Not Recognized")
        }
      })
  )
})
