import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Failure from "../src/Failure.ts"
import * as OutputFolder from "../src/OutputFolder.ts"
import { dicom, folder, samples } from "./command.ts"

const made = (path: string) =>
  Effect.match(Effect.provide(OutputFolder.make(path), NodeServices.layer), {
    onSuccess: () => statSync(path).isDirectory(),
    onFailure: (error) => Failure.refusalOf(error)
  })

describe("the folder for output", () => {
  it.live("is made with those that it is in, and is the one that is there", () =>
    Effect.gen(function* () {
      const within = yield* folder
      assert.strictEqual(yield* made(join(within, "a", "b", "c")), true)
      assert.strictEqual(yield* made(join(within, "a", "b")), true)
      symlinkSync(join(within, "a"), join(within, "link"))
      assert.strictEqual(yield* made(join(within, "link", "d")), true)
      assert.strictEqual(yield* made(join(within, "link")), true)
    })
  )

  it.live("is refused where it is no folder, or leads nowhere", () =>
    Effect.gen(function* () {
      const within = yield* folder
      mkdirSync(join(within, "a"))
      writeFileSync(join(within, "a", "file"), "")
      symlinkSync(join(within, "gone"), join(within, "link"))
      assert.strictEqual(yield* made(join(within, "a", "file")), "there is such a file or folder already")
      assert.strictEqual(yield* made(join(within, "link")), "there is such a file or folder already")
      assert.strictEqual(yield* made(join(within, "a", "file", "b")), "a part of its path is no folder")
    })
  )

  const refusals = [
    [
      ["find", "127.0.0.1", "1"],
      "Cannot write /proc/nope: there is no such file or folder. Give another folder with --output."
    ],
    [
      ["anonymize", join(samples, "explicit_little.dcm")],
      "/proc/nope cannot be written: there is no such file or folder. Give another place."
    ]
  ] as const
  for (const [args, sentence] of refusals) {
    it.live.skipIf(process.platform !== "linux")(
      `is refused where the system lets none be made: dicom ${args[0]}`,
      () =>
        Effect.gen(function* () {
          const { err, exitCode } = yield* dicom(...args, "--output", "/proc/nope")
          assert.deepStrictEqual([exitCode, err], [7, [sentence]])
        })
    )
  }
})
