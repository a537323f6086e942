import * as Status from "@effect-dicom/protocol/Status"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import { SendingJournal } from "../src/index.ts"

const ended = (code: number): SendingJournal.Entry => ({ _tag: "Ended", status: Status.fromCode(code) })

const place = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  return { fs, path: `${yield* fs.makeTempDirectoryScoped()}/journal` }
})

describe("a journal of what was sent", () => {
  it.effect("by default remembers nothing", () =>
    Effect.gen(function* () {
      const journal = yield* SendingJournal.SendingJournal
      yield* journal.record("ARCHIVE", "1.2.3", ended(0))
      assert.deepStrictEqual(yield* journal.find("ARCHIVE", "1.2.3"), Option.none())
    })
  )

  it.effect("in memory knows the last of each instance at each peer", () =>
    Effect.gen(function* () {
      const journal = yield* SendingJournal.memory
      yield* journal.record("ARCHIVE", "1.2.3", { _tag: "Begun" })
      yield* journal.record("ARCHIVE", "1.2.3", ended(0xb000))
      yield* journal.record("OTHER", "1.2.3", { _tag: "Begun" })
      assert.deepStrictEqual(yield* journal.find("ARCHIVE", "1.2.3"), Option.some(ended(0xb000)))
      assert.deepStrictEqual(
        yield* journal.find("OTHER", "1.2.3"),
        Option.some<SendingJournal.Entry>({ _tag: "Begun" })
      )
      assert.deepStrictEqual(yield* journal.find("OTHER", "1.2"), Option.none())
    })
  )

  it.effect("in a file knows what an earlier one wrote", () =>
    Effect.gen(function* () {
      const { fs, path } = yield* place
      yield* Effect.scoped(
        Effect.gen(function* () {
          const journal = yield* SendingJournal.file(path)
          yield* journal.record("ARCHIVE", "1.2.3", { _tag: "Begun" })
          yield* journal.record("ARCHIVE", "1.2.3", ended(0xa700))
          yield* journal.record("ARCHIVE", "1.2.4", { _tag: "Begun" })
        })
      )
      assert.strictEqual(
        yield* fs.readFileString(path),
        '{"peer":"ARCHIVE","instance":"1.2.3"}\n' +
          '{"peer":"ARCHIVE","instance":"1.2.3","status":42752}\n' +
          '{"peer":"ARCHIVE","instance":"1.2.4"}\n'
      )
      const journal = yield* SendingJournal.file(path)
      assert.deepStrictEqual(yield* journal.find("ARCHIVE", "1.2.3"), Option.some(ended(0xa700)))
      assert.deepStrictEqual(
        yield* journal.find("ARCHIVE", "1.2.4"),
        Option.some<SendingJournal.Entry>({ _tag: "Begun" })
      )
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.effect("leaves out a last line that was cut anywhere, and writes below it", () =>
    Effect.gen(function* () {
      const { fs, path } = yield* place
      const whole = '{"peer":"ARCHIVE","instance":"1.2.3","status":0}\n'
      const last = '{"peer":"ARCHIVE","instance":"1.2.4","status":0}'
      for (let cut = 0; cut < last.length; cut++) {
        yield* fs.writeFileString(path, whole + last.slice(0, cut))
        yield* Effect.scoped(
          Effect.gen(function* () {
            const journal = yield* SendingJournal.file(path)
            assert.deepStrictEqual(yield* journal.find("ARCHIVE", "1.2.3"), Option.some(ended(0)))
            assert.deepStrictEqual(yield* journal.find("ARCHIVE", "1.2.4"), Option.none())
            yield* journal.record("ARCHIVE", "1.2.5", ended(0))
          })
        )
        yield* Effect.scoped(
          Effect.gen(function* () {
            const journal = yield* SendingJournal.file(path)
            assert.deepStrictEqual(yield* journal.find("ARCHIVE", "1.2.3"), Option.some(ended(0)))
            assert.deepStrictEqual(yield* journal.find("ARCHIVE", "1.2.5"), Option.some(ended(0)))
          })
        )
      }
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.effect("is in force under its layer", () =>
    Effect.gen(function* () {
      const { path } = yield* place
      const remembered = Effect.gen(function* () {
        const journal = yield* SendingJournal.SendingJournal
        const known = yield* journal.find("ARCHIVE", "1.2.3")
        yield* journal.record("ARCHIVE", "1.2.3", ended(0))
        return known
      })
      const run = Effect.provide(remembered, SendingJournal.layerFile(path))
      assert.deepStrictEqual(yield* run, Option.none())
      assert.deepStrictEqual(yield* run, Option.some(ended(0)))
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.effect("says why it cannot be written", () =>
    Effect.gen(function* () {
      const { path } = yield* place
      const error = yield* Effect.flip(SendingJournal.file(`${path}/nowhere`))
      assert.strictEqual(error._tag, "JournalFailed")
      assert.match(error.message, /^The journal could not be read or written: .*nowhere/)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )
})
