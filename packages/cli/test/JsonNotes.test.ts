import { assert, describe, it } from "@effect/vitest"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as JsonNotes from "../src/JsonNotes.ts"
import { dicom, providing } from "./command.ts"
import { QueryRetrieve } from "@effect-dicom/services"
import * as Stream from "effect/Stream"

describe("JsonNotes", () => {
  it.effect("what is told on stderr and what is logged are objects, and stdout is left alone", () =>
    Effect.gen(function* () {
      const out: Array<string> = []
      const err: Array<string> = []
      const plain: Console.Console = {
        ...globalThis.console,
        log: (...values) => void out.push(values.join(" ")),
        error: (...values) => void err.push(values.join(" "))
      }
      yield* JsonNotes.telling(
        Effect.gen(function* () {
          yield* Console.log("result")
          yield* Console.error("two\nlines")
          yield* Effect.logWarning("a fault", { of: "two" }).pipe(Effect.annotateLogs({ peer: "ARCHIVE" }))
        }),
        plain
      )
      assert.deepStrictEqual(out, ["result"])
      const [note, log, ...more] = err.map((line) => JSON.parse(line))
      assert.deepStrictEqual(more, [])
      assert.deepStrictEqual(note, { type: "note", message: "two\nlines" })
      assert.deepStrictEqual(log, {
        type: "log",
        level: "WARN",
        message: "a fault",
        details: [{ of: "two" }],
        annotations: { peer: "ARCHIVE" },
        timestamp: "1970-01-01T00:00:00.000Z"
      })
    })
  )
})

describe("with --json", { timeout: 20000 }, () => {
  it.live("what --verbose tells on stderr are notes", () =>
    Effect.gen(function* () {
      const port = yield* providing(QueryRetrieve.studyRoot.handlers({ find: () => Stream.empty }))
      const { err, exitCode } = yield* dicom("find", `127.0.0.1:${port}`, "--json", "--verbose")
      assert.strictEqual(exitCode, 0)
      assert.deepStrictEqual(
        err.map((line) => JSON.parse(line).type),
        ["note", "note", "summary"]
      )
      assert.deepStrictEqual(JSON.parse(err[1] ?? ""), { type: "note", message: "final status: Success 0000H" })
    })
  )
})
