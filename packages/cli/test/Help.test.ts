import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Help from "../src/Help.ts"
import { Columns } from "../src/Output.ts"
import { dicom } from "./command.ts"

const words = (lines: ReadonlyArray<string>): ReadonlyArray<string> => lines.join(" ").trim().split(/\s+/)

describe("help", { timeout: 20000 }, () => {
  it.live("is laid out in the columns of the terminal, commands left whole", () =>
    Effect.gen(function* () {
      for (const name of ["find", "serve", "dump"]) {
        const { out } = yield* dicom(name, "--help")
        for (const columns of [60, 80, 100]) {
          const narrow = yield* Effect.provideService(dicom(name, "--help"), Columns, columns)
          assert.deepStrictEqual([narrow.exitCode, narrow.err], [0, []])
          assert.deepStrictEqual(words(narrow.out), words(out))
          assert.deepStrictEqual(
            narrow.out.filter((line) => line.length > columns && !/^ +(?:dicom .*|\S+|--log-level <\S+)$/.test(line)),
            [],
            `${name} in ${columns}`
          )
        }
      }
    })
  )

  it("goes on under the second column, or under the beginning where there is no room", () => {
    assert.strictEqual(
      Help.wrapped("  --where, -k KEY    A key, as findscu takes it; may be given again", 50),
      "  --where, -k KEY    A key, as findscu takes it;\n                     may be given again"
    )
    assert.strictEqual(
      Help.wrapped("  --level <all|trace|debug|info|warn>    Sets what is told of and what is not", 50),
      "  --level <all|trace|debug|info|warn>\n      Sets what is told of and what is not"
    )
    assert.strictEqual(
      Help.wrapped("  One sentence that is longer than the terminal is.", 20),
      "  One sentence that is longer than the\n  terminal is."
    )
    assert.strictEqual(
      Help.wrapped("  \u001b[32m--json\u001b[0m  Print JSON, one object a line, and no more", 40),
      "  \u001b[32m--json\u001b[0m  Print JSON, one object a line,\n          and no more"
    )
  })

  it("does not leave the end of a broken line alone in one, where its sentence goes on", () => {
    assert.strictEqual(
      Help.wrapped(
        "  A sentence that is too long for it\n  goes on here.\n  Another.\n\n  echo  Ask\n  store  Send",
        40
      ),
      "  A sentence that is too long for it\n  goes on here.\n  Another.\n\n  echo  Ask\n  store  Send"
    )
    assert.strictEqual(
      Help.wrapped(
        "  A sentence that is too long for a narrow terminal\n  goes on here.\n  Another.\n  # Ask\n  dicom echo",
        40
      ),
      "  A sentence that is too long for a\n  narrow terminal goes on here.\n  Another.\n  # Ask\n  dicom echo"
    )
  })

  it.live("leaves a line free above the examples", () =>
    Effect.gen(function* () {
      for (const args of [["--help"], ["find", "--help"]]) {
        const out = (yield* dicom(...args)).out.join("\n").split("\n")
        const at = out.indexOf("EXAMPLES")
        assert.deepStrictEqual([out[at - 1], out[at - 2] === ""], ["", false], args.join(" "))
      }
    })
  )

  it.live("tells the exit codes once, and elsewhere where that is", () =>
    Effect.gen(function* () {
      const heading = (lines: ReadonlyArray<string>) => lines.filter((line) => line.includes("Exit codes"))
      assert.deepStrictEqual(heading((yield* dicom("--help")).out), ["  Exit codes:"])
      for (const name of [
        "echo",
        "store",
        "find",
        "get",
        "move",
        "worklist",
        "mpps",
        "commit",
        "serve",
        "dump",
        "man"
      ]) {
        assert.deepStrictEqual(heading((yield* dicom(name, "--help")).out), ["  Exit codes: see `dicom --help`."], name)
      }
      assert.deepStrictEqual(heading((yield* dicom("man")).out), [])
    })
  )
})
