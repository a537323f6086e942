import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as ExitCode from "../src/ExitCode.ts"
import { dicom, folder } from "./command.ts"

const isMissing = spawnSync("groff", ["--version"]).error !== undefined

describe("dicom man", { timeout: 20000 }, () => {
  it.live("is made of the declarations: every subcommand, flag, example and exit code", () =>
    Effect.gen(function* () {
      const { err, exitCode, out } = yield* dicom("man")
      assert.deepStrictEqual([exitCode, err], [0, []])
      assert.strictEqual(out[0], '.TH DICOM 1 "" "dicom 0.0.0"')
      for (const name of ["echo", "store", "find", "get", "move", "worklist", "serve", "dump", "peers"]) {
        assert.isTrue(
          out.some((line) => line.startsWith(`.SS "dicom ${name} `)),
          name
        )
      }
      const at = out.indexOf("\\fB\\-\\-cancel\\-after\\fR \\fIN\\fR")
      assert.deepStrictEqual(out.slice(at - 1, at + 2), [
        ".TP",
        "\\fB\\-\\-cancel\\-after\\fR \\fIN\\fR",
        "Cancel the query after this many matches (C\\-CANCEL)"
      ])
      for (const [code] of ExitCode.legend) assert.isTrue(out.includes(String(code)), `exit code ${code}`)
    })
  )

  it.live.skipIf(isMissing)("groff has nothing to say against it", () =>
    Effect.gen(function* () {
      const { out } = yield* dicom("man")
      const { status, stderr } = spawnSync("groff", ["-man", "-Tutf8", "-ww", "-z"], { input: `${out.join("\n")}\n` })
      assert.deepStrictEqual([status, String(stderr)], [0, ""])
    })
  )
})

describe("dicom completions", () => {
  it.live("of bash complete files and folders, after a port and after the name of a peer", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      writeFileSync(join(directory, "completions"), `${(yield* dicom("completions", "bash")).out.join("\n")}\n`)
      writeFileSync(join(directory, "image.dcm"), "")
      mkdirSync(join(directory, "images"))
      const complete = (...words: ReadonlyArray<string>) =>
        spawnSync(
          "bash",
          [
            "-c",
            'source ./completions; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; ' +
              'COMP_POINT=${#COMP_LINE}; _dicom dicom "${@: -1}" "${@: -2:1}"; printf "%s " "${COMPREPLY[@]}"',
            "bash",
            ...["dicom", ...words]
          ],
          { cwd: directory, encoding: "utf8" }
        )
          .stdout.trim()
          .split(/\s+/)
          .map((word) => word.replace(/\/$/, ""))
          .toSorted()
      assert.deepStrictEqual(complete("store", "localhost", "104", "im"), ["image.dcm", "images"])
      assert.deepStrictEqual(complete("store", "archive", "im"), ["image.dcm", "images"])
      assert.deepStrictEqual(complete("find", "archive", "--keys", "im"), ["image.dcm", "images"])
      assert.deepStrictEqual(complete("get", "archive", "--output", "im"), ["images"])
      assert.deepStrictEqual(complete("find", "archive", "--level", "s"), ["series", "study"])
      assert.deepStrictEqual(complete("--log-level", "warn"), ["warn", "warning"])
      assert.deepStrictEqual(complete("echo", "archive", "--log-level", "f"), ["fatal"])
      assert.deepStrictEqual(complete("--log-level", "debug", "ech"), ["echo"])
      assert.deepStrictEqual(complete("serve", "--tls-profile", "bcp195-"), ["bcp195-ex", "bcp195-nd"])
      assert.deepStrictEqual(complete("convert", "--syntax", "Explicit"), [
        "ExplicitVRBigEndian",
        "ExplicitVRLittleEndian"
      ])
      assert.deepStrictEqual(complete("anonymize", "--profile", "clean"), [
        "clean-descriptors",
        "clean-graphics",
        "clean-structured-content"
      ])
      assert.deepStrictEqual(complete("worklist", "archive", "--extended", ""), ["fuzzy", "timezone"])
      assert.deepStrictEqual(complete("get", "archive", "--extended", ""), ["multiframe", "relational"])
      assert.deepStrictEqual(complete("get", "archive", "--storage", "CTI"), ["CTImageStorage"])
      assert.deepStrictEqual(complete("store", "archive", "--propose", "RLE"), ["RLELossless"])
    })
  )

  const profiles = "bcp195 modified-bcp195 bcp195-nd bcp195-ex"
  const levels = "all trace debug info warn warning error fatal none"
  it.live.each([
    ["zsh", (flag: string, values: string) => new RegExp(`--${flag}\\[.*\\]:value:\\(${values}\\)'$`)],
    ["fish", (flag: string, values: string) => new RegExp(` -l ${flag} .*-r -f -a '${values}'$`)]
  ] as const)("of %s know the values of flags that have only some, in every subcommand", ([shell, line]) =>
    Effect.gen(function* () {
      const { out } = yield* dicom("completions", shell)
      const count = (flag: string, values: string) => out.filter((text) => line(flag, values).test(text)).length
      const counts = {
        "log-level": count("log-level", levels),
        "tls-profile": count("tls-profile", profiles),
        "extended of retrievals": count("extended", "relational multiframe"),
        "extended of the worklist": count("extended", "fuzzy timezone"),
        status: count("status", "in-progress completed discontinued")
      }
      assert.deepStrictEqual(counts, {
        "log-level": 17,
        "tls-profile": 9,
        "extended of retrievals": 2,
        "extended of the worklist": 1,
        status: 1
      })
    })
  )

  for (const shell of ["bash", "zsh", "fish", "powershell"]) {
    it.live(`of ${shell} know the subcommands`, () =>
      Effect.gen(function* () {
        const { exitCode, out } = yield* dicom("completions", shell)
        assert.strictEqual(exitCode, 0)
        for (const name of ["echo", "find", "worklist", "peers"]) {
          assert.isTrue(
            out.some((line) => line.includes(name)),
            name
          )
        }
      })
    )
  }
})
