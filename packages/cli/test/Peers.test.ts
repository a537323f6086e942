import { assert, describe, it } from "@effect/vitest"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import { writeFileSync } from "node:fs"
import { homedir, userInfo } from "node:os"
import { dirname, join } from "node:path"
import * as Peers from "../src/Peers.ts"
import { dicom, folder, serving } from "./command.ts"

const written = (text: string) =>
  Effect.map(folder, (directory) => {
    const path = join(directory, "peers.json")
    writeFileSync(path, text)
    return path
  })

const configuration = (port: string): string =>
  JSON.stringify({
    peers: {
      test: `TEST@127.0.0.1:${port}`,
      archive: { host: "127.0.0.1", port: Number(port), call: "ARCHIVE", aetitle: "WORKSTATION" }
    }
  })

describe("a peer is meant by an address or by a name", { timeout: 20000 }, () => {
  it.live("AE@host:port, host:port, and HOST PORT", () =>
    Effect.gen(function* () {
      const port = yield* serving()
      const asked = (...args: ReadonlyArray<string>) =>
        Effect.map(dicom("echo", ...args), ({ err, exitCode, out }) => [exitCode, ...err, out[0]?.replace(/, .*/, "")])
      const at = `at 127.0.0.1:${port}: Success 0000H`
      assert.deepStrictEqual(yield* asked(`ARCHIVE@127.0.0.1:${port}`), [0, `ARCHIVE ${at}`])
      assert.deepStrictEqual(yield* asked(`127.0.0.1:${port}`), [0, `ANY-SCP ${at}`])
      assert.deepStrictEqual(yield* asked("127.0.0.1", port), [0, `ANY-SCP ${at}`])
      assert.deepStrictEqual(yield* asked(`ARCHIVE@127.0.0.1:${port}`, "--call", "OTHER"), [0, `OTHER ${at}`])
      const config = yield* written(configuration(port))
      assert.deepStrictEqual(yield* asked("archive", "--config", config), [0, `ARCHIVE ${at}`])
      assert.deepStrictEqual(yield* asked("OTHER@archive", "--config", config), [0, `OTHER ${at}`])
      assert.deepStrictEqual(yield* asked("test", "--config", config), [0, `TEST ${at}`])
    })
  )

  it.live("of `dicom store` too, whose paths follow", () =>
    Effect.gen(function* () {
      const { err, exitCode } = yield* dicom("store", "ARCHIVE@127.0.0.1:1", "/nowhere/at/all")
      assert.deepStrictEqual(
        [exitCode, err.at(-1)],
        [7, "There is no DICOM instance in /nowhere/at/all. Give DICOM files, or folders that hold some."]
      )
    })
  )

  it.live("what is neither is told with the names that there are", () =>
    Effect.gen(function* () {
      const config = yield* written(configuration("104"))
      assert.deepStrictEqual(yield* dicom("echo", "pacs", "--config", config), {
        exitCode: 2,
        out: [],
        err: [
          `"pacs" has no port, and is no peer of ${config} (it names test, archive). ` +
            "Give HOST PORT, AE@host:port, or such a name."
        ]
      })
      const twice = yield* dicom("echo", "localhost:104", "105")
      assert.deepStrictEqual([twice.exitCode, twice.err], [2, ["There are two ports, 104 and 105. Give one of them."]])
    })
  )
})

describe("a peer over TLS", () => {
  it.live("is said in the file, whose keys are beside it", () =>
    Effect.gen(function* () {
      const peer = { host: "127.0.0.1", port: 104, tls: true, key: "me.key.pem", cert: "/etc/me.cert.pem" }
      const config = yield* written(JSON.stringify({ peers: { archive: { ...peer, verifyPeer: false } } }))
      const resolve = (given: Partial<Peers.Given>) =>
        Effect.provide(
          Peers.resolve({ host: "archive", config, tls: false, verifyPeer: true, ...given }),
          NodeServices.layer
        )
      const { cafile, cert, key, tls, verifyPeer } = yield* resolve({ cafile: "ca.pem" })
      assert.deepStrictEqual(
        { cafile, cert, key, tls, verifyPeer },
        {
          cafile: "ca.pem",
          cert: "/etc/me.cert.pem",
          key: join(dirname(config), "me.key.pem"),
          tls: true,
          verifyPeer: false
        }
      )
      const own = yield* resolve({ key: "a", cert: "b" })
      assert.deepStrictEqual([own.key, own.cert], ["a", "b"])
    })
  )
})

describe("dicom peers", () => {
  it.live("lists them, as text and as JSON", () =>
    Effect.gen(function* () {
      const config = yield* written(configuration("104"))
      assert.deepStrictEqual(yield* dicom("peers", "--config", config), {
        exitCode: 0,
        out: ["test     TEST@127.0.0.1:104", "archive  ARCHIVE@127.0.0.1:104, called as WORKSTATION"],
        err: []
      })
      const { out } = yield* dicom("peers", "--config", config, "--json")
      assert.deepStrictEqual(
        out.map((line) => JSON.parse(line)),
        [
          { type: "peer", name: "test", host: "127.0.0.1", port: 104, call: "TEST" },
          { type: "peer", name: "archive", host: "127.0.0.1", port: 104, call: "ARCHIVE", aetitle: "WORKSTATION" }
        ]
      )
    })
  )

  const wrong = (name: string, text: string, line: number, detail: string) =>
    it.live(`a file that is wrong is told by its line: ${name}`, () =>
      Effect.gen(function* () {
        const config = yield* written(text)
        const { err, exitCode, out } = yield* dicom("peers", "--config", config)
        assert.deepStrictEqual(
          [exitCode, out, err],
          [2, [], [`${config}, line ${line}: ${detail}. Correct that file.`]]
        )
      })
    )
  wrong("no JSON", '{\n "peers": {\n', 3, "the text ends; permitted: a name in quotation marks")
  wrong(
    "a port that is none",
    '{"peers": {\n"a": {\n"host": "b",\n"port": 0 }}}',
    4,
    'peer "a": port is 0; permitted: a TCP port, 1 to 65535'
  )
  wrong(
    "a port that is missing",
    '{"peers": {\n\n"a": { "host": "b" }}}',
    3,
    'peer "a": port is missing; permitted: a TCP port, 1 to 65535'
  )
  wrong(
    "an AE title that is too long",
    '{"peers": {\n"a": { "host": "b", "port": 1, "call": "SEVENTEEN-LETTERS" }}}',
    2,
    'peer "a": call is "SEVENTEEN-LETTERS"; permitted: an AE title, of 1 to 16 ASCII characters, no backslash'
  )
  wrong(
    "a peer that is a number",
    '{"peers": {"a": 5}}',
    1,
    'peer "a": it is 5; permitted: "AE@host:port", or an object with host and port'
  )
  wrong("no peers", '{"peer": {}}', 1, '"peer" is there; permitted: "peers"')
  wrong("nothing at all", "[]", 1, 'it names no peers; permitted: {"peers": {"NAME": "AE@host:port"}}')
  wrong(
    "a word that is not known",
    '{"peers": {"a": { "host": "b", "port": 1,\n"call-me": "X" }}}',
    2,
    'peer "a": "call-me" is there; permitted: host, port, call, aetitle, tls, tlsProfile, key, cert, keyPasswordFile, cafile, crlfile, verifyPeer'
  )
  wrong(
    "an address without a port",
    '{"peers": {\n"a": "A@b" }}',
    2,
    'peer "a": "A@b" has no port; permitted: AE@host:port'
  )
  wrong(
    "a name like an address",
    '{"peers": {\n"a:1": "b:1" }}',
    2,
    '"a:1" is no name of a peer; permitted: no blank, "@", ":" or bracket'
  )

  it.live("with --json that is an object with file and line", () =>
    Effect.gen(function* () {
      const config = yield* written("{")
      const { err } = yield* dicom("echo", "archive", "--config", config, "--json")
      assert.deepStrictEqual(JSON.parse(err[0] ?? ""), {
        type: "error",
        code: 2,
        tag: "InvalidConfiguration",
        message: `${config}, line 1: the text ends; permitted: a name in quotation marks. Correct that file.`,
        parameters: { path: config, line: 1 }
      })
    })
  )

  it.live("a file that is named and is not there", () =>
    Effect.gen(function* () {
      const { err, exitCode } = yield* dicom("peers", "--config", "/nowhere/peers.json")
      assert.deepStrictEqual(
        [exitCode, err],
        [
          7,
          [
            "Cannot read the configuration file /nowhere/peers.json: there is no such file or folder. " +
              "Give another with --config."
          ]
        ]
      )
    })
  )

  it.effect.each([
    ["the customary one", {}, join(homedir(), ".config/effect-dicom/peers.json"), undefined],
    ["in XDG_CONFIG_HOME", { XDG_CONFIG_HOME: "/nowhere" }, "/nowhere/effect-dicom/peers.json", undefined],
    [
      "in XDG_CONFIG_HOME, which counts only where it is an absolute path",
      { XDG_CONFIG_HOME: "nowhere" },
      join(homedir(), ".config/effect-dicom/peers.json"),
      undefined
    ],
    [
      "the one of EFFECT_DICOM_CONFIG",
      { EFFECT_DICOM_CONFIG: "/nowhere/peers.json" },
      "/nowhere/peers.json",
      "Cannot read the configuration file /nowhere/peers.json: there is no such file or folder. " +
        "Give another with --config."
    ]
  ] as const)("a file that is not there: %s", ([, env, path, sentence]) =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Peers.location()).path, path)
      if (sentence !== undefined) {
        const failure = yield* Effect.flip(Peers.read())
        assert.deepStrictEqual([failure.exitCode, failure.sentence], [7, sentence])
      }
    }).pipe(
      Effect.provide(NodeServices.layer),
      Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env }))
    )
  )

  it.effect.each(["", "here"])(
    "is sought in the folder that the system knows where HOME is no absolute path: %j",
    (home) =>
      Effect.gen(function* () {
        yield* Effect.acquireRelease(
          Effect.sync(() => {
            const before = process.env["HOME"]
            process.env["HOME"] = home
            return before
          }),
          (before) =>
            Effect.sync(() => {
              if (before === undefined) delete process.env["HOME"]
              else process.env["HOME"] = before
            })
        )
        const { isNamed, path } = yield* Peers.location()
        assert.deepStrictEqual([isNamed, path], [false, join(userInfo().homedir, ".config/effect-dicom/peers.json")])
      }).pipe(
        Effect.scoped,
        Effect.provide(NodeServices.layer),
        Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env: {} }))
      )
  )
})
