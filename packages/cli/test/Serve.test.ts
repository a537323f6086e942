import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { dicom, folder, serving } from "./command.ts"
import * as Files from "./files.ts"

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

  it.live("a folder that cannot be made: exit code 7", () =>
    Effect.gen(function* () {
      const file = Files.write(join(yield* folder, "a.dcm"))
      const { err, exitCode } = yield* dicom("serve", "--port", "0", "--output", join(file, "folder"))
      assert.strictEqual(exitCode, 7)
      assert.match(err[0] ?? "", /^Cannot store into .*\. Give a folder that can be written to with --output\.$/)
    })
  )
})
