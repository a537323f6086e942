import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as ExitCode from "../src/ExitCode.ts"
import { dicom } from "./command.ts"

const wrong = (name: string, args: ReadonlyArray<string>, ...err: ReadonlyArray<string>) =>
  it.live(name, () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* dicom(...args), { exitCode: 2, out: [], err })
    })
  )

describe("a command line that is wrong is told of in a line, and is exit code 2", () => {
  wrong("an argument that is missing", ["echo"], "Missing required argument: HOST", "See dicom echo --help.")
  wrong("no path to store", ["store", "localhost", "104"], "Missing required argument: PATH", "See dicom store --help.")
  wrong(
    "a port that is none",
    ["echo", "localhost", "70000"],
    'Invalid value for argument <PORT>: "70000". The port is 70000; permitted: a TCP port, 1 to 65535',
    "See dicom echo --help."
  )
  wrong(
    "a port that is no number",
    ["echo", "localhost", "http"],
    'Invalid value for argument <PORT>: "http". Expected a number',
    "See dicom echo --help."
  )
  wrong(
    "an AE title of 17 characters",
    ["echo", "localhost", "104", "--call", "SEVENTEEN-LETTERS"],
    'Invalid value for flag --call: "SEVENTEEN-LETTERS". AE title is "SEVENTEEN-LETTERS"; permitted: 1 to 16 characters',
    "See dicom echo --help."
  )
  wrong(
    "a timeout of no time",
    ["echo", "localhost", "104", "--timeout", "0"],
    'Invalid value for flag --timeout: "0". The time is 0; permitted: more than 0, up to 86400 seconds',
    "See dicom echo --help."
  )
  wrong(
    "a maximum length that is too small",
    ["echo", "localhost", "104", "--max-pdu", "100"],
    'Invalid value for flag --max-pdu: "100". The maximum length is 100; permitted: 1024 to 16777216 bytes, or 0 for no limit',
    "See dicom echo --help."
  )
  wrong(
    "a flag that there is not",
    ["echo", "localhost", "104", "--nonsense"],
    "Unrecognized flag: --nonsense in command dicom echo",
    "See dicom echo --help."
  )
  wrong(
    "a flag that is nearly one",
    ["echo", "localhost", "104", "--verbos"],
    "Unrecognized flag: --verbos in command dicom echo. Did you mean --verbose?",
    "See dicom echo --help."
  )
  wrong(
    "a subcommand that is nearly one",
    ["ech"],
    'Unknown subcommand "ech" for "dicom". Did you mean echo?',
    "See dicom --help."
  )
  it.live("a flag that is nearly one, in JSON", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* dicom("echo", "localhost", "104", "--verbos", "--json")).err, [
        '{"type":"error","code":2,"tag":"usage","message":"Unrecognized flag: --verbos in command dicom echo. ' +
          'Did you mean --verbose? See dicom echo --help."}'
      ])
    })
  )
  wrong("a subcommand that there is not", ["seek"], 'Unknown subcommand "seek" for "dicom"', "See dicom --help.")
  wrong(
    "a server that is not told what to do with instances",
    ["serve", "--port", "0"],
    "It is not said where instances are to be kept. Give a folder with --output, or --ignore to drop them."
  )
  wrong(
    "a server that is told two things",
    ["serve", "--port", "0", "--output", "folder", "--ignore"],
    "--output keeps instances and --ignore drops them. Give one of the two."
  )
})

describe("help", () => {
  for (const subcommand of [
    "echo",
    "store",
    "find",
    "get",
    "move",
    "worklist",
    "mpps",
    "commit",
    "serve",
    "peers",
    "passcode",
    "completions",
    "man"
  ]) {
    it.live(`dicom ${subcommand} --help has examples`, () =>
      Effect.gen(function* () {
        const { err, exitCode, out } = yield* dicom(subcommand, "--help")
        assert.deepStrictEqual([exitCode, err], [0, []])
        assert.isTrue(
          out.some((line) => line.startsWith(`  dicom ${subcommand} `)),
          "an example"
        )
      })
    )
  }

  it.live("dicom --help has every exit code", () =>
    Effect.gen(function* () {
      const { out } = yield* dicom("--help")
      for (const [code, meaning] of ExitCode.legend) {
        assert.isTrue(out.includes(`  ${String(code).padStart(5)}  ${meaning}`), `exit code ${code}`)
      }
    })
  )

  it.live("dicom --version is one line", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* dicom("--version"), { exitCode: 0, out: ["dicom 0.0.0"], err: [] })
    })
  )
})

describe("ExitCode", () => {
  it("every code is in the table once", () => {
    assert.deepStrictEqual(
      ExitCode.legend.map(([code]) => code).toSorted((a, b) => a - b),
      Object.values(ExitCode.codes).toSorted((a, b) => a - b)
    )
    assert.strictEqual(new Set(Object.values(ExitCode.codes)).size, Object.keys(ExitCode.codes).length)
  })
})

describe("with --json a failure is an object on stderr, of one shape for all subcommands", () => {
  const failed = (
    name: string,
    args: ReadonlyArray<string>,
    error: { readonly code: number } & Record<string, unknown>
  ) =>
    it.live(name, () =>
      Effect.gen(function* () {
        const { err, exitCode, out } = yield* dicom(...args)
        assert.strictEqual(exitCode, error.code)
        assert.isFalse(out.some((line) => line.includes('"type":"error"')))
        assert.deepStrictEqual(JSON.parse(err.at(-1) ?? ""), error)
      })
    )
  failed("a command line that is wrong", ["echo", "--json"], {
    type: "error",
    code: 2,
    tag: "usage",
    message: "Missing required argument: HOST. See dicom echo --help."
  })
  failed("a server without a folder", ["serve", "--json"], {
    type: "error",
    code: 2,
    tag: "usage",
    message: "It is not said where instances are to be kept. Give a folder with --output, or --ignore to drop them."
  })
  failed("files that are none", ["store", "localhost", "104", "/nowhere/at/all", "--json"], {
    type: "error",
    code: 7,
    tag: "files",
    message: "There is no DICOM instance in /nowhere/at/all. Give DICOM files, or folders that hold some."
  })
  failed("a file that cannot be printed", ["dump", "/nowhere/at/all", "--json"], {
    type: "error",
    code: 7,
    tag: "files",
    message: "A file was not printed."
  })
})
