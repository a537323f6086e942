import { UserIdentity } from "@effect-dicom/association"
import { assert, describe, it } from "@effect/vitest"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Result from "effect/Result"
import { spawn } from "node:child_process"
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Users from "../src/Users.ts"
import { bin, dicom, folder, running, serving } from "./command.ts"

/** scrypt of "password" with the salt "NaClNaClNaClNaCl" and cost 1024, as `openssl kdf -keylen 32 SCRYPT` has it. */
const known = "alice:$scrypt$ln=10,r=8,p=1$TmFDbE5hQ2xOYUNsTmFDbA$AughW9OQdIjb8Y7W3yGZXE5EX58i0ciSXZxtEpWJvdU"

describe("Users", () => {
  it("a file has a line for each user, and comments", () => {
    const users = Result.getOrThrow(Users.parse(`# who may\n\n${known}\r\n${known.replace("alice", "bob smith")}\n`))
    assert.deepStrictEqual([...users.keys()], ["alice", "bob smith"])
    assert.strictEqual(Users.format("alice", users.get("alice") ?? assert.fail("no alice")), known)
  })

  const wrong = (name: string, text: string, message: string) =>
    it(`a line that is wrong is told of: ${name}`, () => {
      assert.strictEqual(Result.getOrThrow(Result.flip(Users.parse(text))).message, message)
    })
  wrong("no name", `${known}\nnonsense`, 'line 2: there is no name before a ":"; permitted: what dicom passcode writes')
  wrong("a name twice", `${known}\n${known}`, 'line 2: "alice" is there twice')
  for (const [name, passcode] of [
    ["a passcode in the clear", "alice:secret"],
    ["no cost to speak of", known.replace("ln=10", "ln=4")],
    ["more memory than there is", known.replace("ln=10", "ln=24")]
  ] as const) {
    wrong(name, passcode, 'line 1: "alice" has no passcode that can be checked: give it one anew')
  }

  it.live("a passcode is checked by what another program has made of it", () =>
    Effect.gen(function* () {
      const authenticator = Users.authenticator(Effect.fromResult(Users.parse(known)).pipe(Effect.orDie))
      const check = (identity: UserIdentity.UserIdentity | undefined) =>
        Effect.map(
          Effect.result(
            authenticator.authenticate(
              // the cast: of the caller it takes the identity only
              { userIdentity: identity } as Parameters<typeof authenticator.authenticate>[0]
            )
          ),
          (result) => (Result.isSuccess(result) ? "let in" : result.failure.why)
        )
      assert.strictEqual(yield* check(UserIdentity.usernameAndPasscode("alice", "password")), "let in")
      const other = (name: string) => `no such user, or another passcode: "${name}"`
      assert.strictEqual(yield* check(UserIdentity.usernameAndPasscode("alice", "Password")), other("alice"))
      assert.strictEqual(yield* check(UserIdentity.usernameAndPasscode("bob", "password")), other("bob"))
      const asked = "a user name and passcode are asked for; given: "
      assert.strictEqual(yield* check(UserIdentity.username("alice")), `${asked}username`)
      assert.strictEqual(yield* check(undefined), `${asked}no identity`)
    })
  )
})

describe("dicom passcode, and dicom serve --users", { timeout: 30000 }, () => {
  it.live("adds a user, changes its passcode and removes it, in a file for its owner alone", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const [users, one, two] = [join(directory, "users"), join(directory, "one"), join(directory, "two")]
      writeFileSync(one, "secret\n")
      writeFileSync(two, "other")
      const out = (...args: ReadonlyArray<string>) =>
        Effect.map(dicom("passcode", users, ...args), (ran) => [ran.exitCode, ...ran.out, ...ran.err])
      assert.deepStrictEqual(yield* out("alice", "--password-file", one), [0, "added alice"])
      assert.deepStrictEqual(yield* out("bob", "--password-file", one), [0, "added bob"])
      const before = readFileSync(users, "utf8")
      assert.deepStrictEqual(yield* out("alice", "--password-file", two), [0, "changed alice"])
      assert.notStrictEqual(readFileSync(users, "utf8"), before)
      assert.strictEqual(statSync(users).mode & 0o777, 0o600)
      assert.notInclude(readFileSync(users, "utf8"), "secret")
      assert.deepStrictEqual(yield* out("bob", "--remove"), [0, "removed bob"])
      assert.deepStrictEqual(yield* out("bob", "--remove"), [2, `${users} has no user "bob". See which it has.`])
      assert.deepStrictEqual(yield* out("a:b"), [2, '"a:b" is no name of a user. Give one without ":".'])
      assert.deepStrictEqual([...Result.getOrThrow(Users.parse(readFileSync(users, "utf8"))).keys()], ["alice"])
    })
  )

  /** Runs it at a terminal, and types each answer when its question is there. What the terminal showed, and the exit code. */
  const typing = (users: string, name: string, answers: ReadonlyArray<readonly [question: string, answer: string]>) =>
    Effect.callback<{ readonly exitCode: number | null; readonly shown: string }>((resume) => {
      const command = [process.execPath, bin, "passcode", users, name].join(" ")
      const child = spawn("script", ["-qec", command, "/dev/null"], { stdio: ["pipe", "pipe", "inherit"] })
      const left = [...answers]
      let shown = ""
      let asked = 0
      child.stdout.on("data", (data: Buffer) => {
        shown += data.toString()
        const [next] = left
        const at = next === undefined ? -1 : shown.indexOf(next[0], asked)
        if (next === undefined || at < 0) return
        asked = at + next[0].length
        left.shift()
        child.stdin.write(next[1])
      })
      child.on("close", (exitCode) => resume(Effect.succeed({ exitCode, shown })))
      return Effect.sync(() => child.kill("SIGKILL"))
    })

  it.live.skipIf(!existsSync("/usr/bin/script"))(
    "a passcode is typed twice at a terminal, which does not show it",
    () =>
      Effect.gen(function* () {
        const users = join(yield* folder, "users")
        const [first, again] = ["The passcode of alice:", "Once more:"]
        const added = yield* typing(users, "alice", [
          [first, "secret\r"],
          [again, "secret\r"]
        ])
        assert.deepStrictEqual([added.exitCode, added.shown.includes("secret")], [0, false])
        assert.match(added.shown, /added alice\r\n$/)
        const before = readFileSync(users, "utf8")
        const failing = [
          [
            [
              [first, "secret\r"],
              [again, "other\r"]
            ],
            2,
            "typed differently the second time. Nothing was changed: try again."
          ],
          [[[first, "\r"]], 2, "What was typed is empty. A user without a passcode is let in by anyone."],
          [[[first, "sec\u0003"]], 130, "Interrupted: nothing was changed."]
        ] as const
        for (const [answers, exitCode, sentence] of failing) {
          const ran = yield* typing(users, "alice", answers)
          assert.deepStrictEqual([ran.exitCode, ran.shown.includes(sentence)], [exitCode, true])
        }
        assert.strictEqual(readFileSync(users, "utf8"), before)
      })
  )

  it.live("a server lets in who gives the passcode, and says so, and rejects anybody else", () =>
    Effect.gen(function* () {
      const port = yield* serving({
        authenticator: Users.authenticator(Effect.fromResult(Users.parse(known)).pipe(Effect.orDie))
      })
      const directory = yield* folder
      const [right, wrong] = [join(directory, "right"), join(directory, "wrong")]
      writeFileSync(right, "password\n")
      writeFileSync(wrong, "passw0rd\n")
      const echo = (...args: ReadonlyArray<string>) => dicom("echo", "127.0.0.1", port, "--quiet", ...args)
      const user = ["--user", "alice", "--positive-response", "--password-file"]
      assert.deepStrictEqual(yield* echo(...user, right), { exitCode: 0, out: [], err: [] })
      const rejected = yield* echo(...user, wrong)
      assert.strictEqual(rejected.exitCode, 4)
      const sentence = (end: string) => [
        "The peer rejected the association: no-reason-given (rejected-permanent, DICOM UL service-provider (ACSE related " +
          `function)). See the peer's configuration for what it accepts, and from whom; ${end}.`
      ]
      assert.deepStrictEqual(rejected.err, sentence("it may not know the user, or by another password"))
      assert.deepStrictEqual((yield* echo()).err, sentence("it may ask for a user, which --user says"))
    })
  )

  it.live("a server lets in who says nothing of a user where it was told so, and nobody with another passcode", () =>
    Effect.gen(function* () {
      const users = Effect.orDie(Effect.fromResult(Users.parse(known)))
      const port = yield* serving({ authenticator: Users.authenticator(users, { anonymous: true }) })
      const echo = (...args: ReadonlyArray<string>) => dicom("echo", "127.0.0.1", port, "--quiet", ...args)
      assert.strictEqual((yield* echo()).exitCode, 0)
      assert.strictEqual((yield* echo("--user", "alice")).exitCode, 4)
      assert.strictEqual((yield* echo("--user", "alice", "--password", "other")).exitCode, 4)
      const { err, exitCode } = yield* dicom("serve", "--ignore", "--anonymous")
      assert.deepStrictEqual(
        [exitCode, err],
        [2, ["Without --users nobody is asked for a user. Give --users FILE, or leave out --anonymous."]]
      )
    })
  )

  it.live("a server reads the file again when it has changed, and goes on with what was there where it cannot", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "users")
      writeFileSync(path, `${known}\n`, { mode: 0o600 })
      const users = yield* Effect.provide(Users.current(path), NodeServices.layer)
      const names = Effect.map(users, (now) => [...now.keys()])
      const warnings: Array<unknown> = []
      const logger = Logger.make(({ message }) => void warnings.push(message))
      assert.deepStrictEqual(yield* names, ["alice"])
      writeFileSync(path, `${known}\n${known.replace("alice", "bob")}\n`)
      assert.deepStrictEqual(yield* names, ["alice", "bob"])
      writeFileSync(path, "nonsense")
      for (let i = 0; i < 2; i++) {
        assert.deepStrictEqual(yield* Effect.provide(names, Logger.layer([logger])), ["alice", "bob"])
      }
      assert.deepStrictEqual(warnings, [
        [
          "The users have changed and cannot be read: those of before stay",
          `${path}, line 1: there is no name before a ":"; permitted: what dicom passcode writes.`
        ]
      ])
      writeFileSync(path, "")
      assert.deepStrictEqual(yield* names, [])
    })
  )

  it.live("a server reads the file when it starts, and warns of one that others can read", () =>
    Effect.gen(function* () {
      const users = join(yield* folder, "users")
      writeFileSync(users, `${known}\n`)
      chmodSync(users, 0o644)
      const server = yield* running("serve", "--port", "0", "--ignore", "--users", users)
      assert.strictEqual(
        yield* server.errorLine,
        `Others than its owner have access to ${users}: chmod 600 ${users} takes it from them.`
      )
      assert.match(yield* server.line, /^listening on /)
      writeFileSync(users, "alice:secret\n")
      const { err, exitCode } = yield* dicom("serve", "--port", "0", "--ignore", "--users", users)
      assert.deepStrictEqual(
        [exitCode, err.at(-1)],
        [
          2,
          `${users}, line 1: "alice" has no passcode that can be checked: give it one anew. Correct that file, with dicom ` +
            "passcode for example."
        ]
      )
    })
  )
})
