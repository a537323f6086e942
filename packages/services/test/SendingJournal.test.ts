import * as Tag from "@effect-dicom/data/Tag"
import * as Status from "@effect-dicom/protocol/Status"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as PlatformError from "effect/PlatformError"
import { SendingJournal } from "../src/index.ts"

const ended = (code: number): SendingJournal.Entry => ({ _tag: "Ended", status: Status.fromCode(code) })

const place = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  return { fs, path: `${yield* fs.makeTempDirectoryScoped()}/journal` }
})

/** A disk with one file, of which a crash of the machine leaves what was flushed and as much as it likes of the rest. */
class Disk {
  flushed = ""
  written = ""
  writes: Array<string> = []
  flushes = 0
  /** How many bytes may still be written. */
  room = Infinity
  readonly fileSystem: FileSystem.FileSystem

  constructor(text = "") {
    this.flushed = this.written = text
    const file: FileSystem.File = {
      [FileSystem.FileTypeId]: FileSystem.FileTypeId,
      stat: Effect.die("stat"),
      seek: () => Effect.die("seek"),
      read: () => Effect.die("read"),
      readAlloc: () => Effect.die("readAlloc"),
      truncate: () => Effect.die("truncate"),
      write: () => Effect.die("write"),
      writeAll: (bytes) =>
        Effect.suspend(() => {
          const text = new TextDecoder().decode(bytes.subarray(0, this.room))
          this.room -= text.length
          this.written += text
          this.writes.push(text)
          return text.length === bytes.length ? Effect.yieldNow : Effect.fail(full)
        }),
      sync: Effect.suspend(() => {
        const { written } = this
        this.flushes++
        return Effect.tap(Effect.yieldNow, () =>
          Effect.sync(() => {
            this.flushed = written
          })
        )
      })
    }
    this.fileSystem = FileSystem.makeNoop({
      exists: () => Effect.succeed(true),
      readFileString: () => Effect.succeed(this.written),
      open: () => Effect.succeed(file)
    })
  }

  get journal() {
    return Effect.provideService(SendingJournal.file("journal"), FileSystem.FileSystem, this.fileSystem)
  }
}

const full = PlatformError.systemError({ _tag: "Unknown", module: "FileSystem", method: "write", description: "full" })

const uids = (count: number): ReadonlyArray<string> => Array.from({ length: count }, (_, i) => `1.2.3.${i + 1}`)

const begun = (peer: string, instance: string): string => `{"peer":"${peer}","instance":"${instance}"}\n`

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
          yield* journal.record("ARCHIVE", "1.2.5", { _tag: "BrokenOff" })
        })
      )
      assert.strictEqual(
        yield* fs.readFileString(path),
        '{"peer":"ARCHIVE","instance":"1.2.3"}\n' +
          '{"peer":"ARCHIVE","instance":"1.2.3","status":42752}\n' +
          '{"peer":"ARCHIVE","instance":"1.2.4"}\n' +
          '{"peer":"ARCHIVE","instance":"1.2.5","brokenOff":true}\n'
      )
      const journal = yield* SendingJournal.file(path)
      assert.deepStrictEqual(yield* journal.find("ARCHIVE", "1.2.3"), Option.some(ended(0xa700)))
      assert.deepStrictEqual(
        yield* journal.find("ARCHIVE", "1.2.4"),
        Option.some<SendingJournal.Entry>({ _tag: "Begun" })
      )
      assert.deepStrictEqual(
        yield* journal.find("ARCHIVE", "1.2.5"),
        Option.some<SendingJournal.Entry>({ _tag: "BrokenOff" })
      )
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.effect("in a file knows what the peer said of a status", () =>
    Effect.gen(function* () {
      const { fs, path } = yield* place
      const entry: SendingJournal.Entry = {
        _tag: "Ended",
        status: Status.fromCode(0xb000),
        details: { errorComment: 'The "name" was changed', offendingElement: [Tag.make(0x0010, 0x0010)], errorId: 7 }
      }
      yield* Effect.scoped(
        Effect.flatMap(SendingJournal.file(path), (journal) => journal.record("ARCHIVE", "1.2.3", entry))
      )
      assert.strictEqual(
        yield* fs.readFileString(path),
        '{"peer":"ARCHIVE","instance":"1.2.3","status":45056,"errorComment":"The \\"name\\" was changed",' +
          '"offendingElement":[1048592],"errorId":7}\n'
      )
      const journal = yield* SendingJournal.file(path)
      assert.deepStrictEqual(yield* journal.find("ARCHIVE", "1.2.3"), Option.some(entry))
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

  it.effect("in a file has flushed what was recorded, and flushes together what comes meanwhile", () =>
    Effect.gen(function* () {
      const disk = new Disk()
      const journal = yield* disk.journal
      yield* Effect.forEach(
        uids(100),
        (uid) =>
          Effect.andThen(
            journal.record("ARCHIVE", uid, { _tag: "Begun" }),
            Effect.sync(() => assert.include(disk.flushed, begun("ARCHIVE", uid)))
          ),
        { concurrency: "unbounded", discard: true }
      )
      assert.deepStrictEqual(disk.writes, [
        begun("ARCHIVE", "1.2.3.1"),
        uids(100)
          .slice(1)
          .map((uid) => begun("ARCHIVE", uid))
          .join("")
      ])
      assert.strictEqual(disk.flushes, 2)
      yield* journal.record("ARCHIVE", "1.2.3.1", ended(0))
      assert.isTrue(disk.flushed.endsWith('{"peer":"ARCHIVE","instance":"1.2.3.1","status":0}\n'))
      assert.strictEqual(disk.flushes, 3)
    }).pipe(Effect.scoped)
  )

  it.effect("in a file fails for each that could not be written, and writes whole lines below what was", () =>
    Effect.gen(function* () {
      const disk = new Disk()
      const journal = yield* disk.journal
      const record = (uid: string) => Effect.exit(journal.record("ARCHIVE", uid, ended(0)))
      yield* record("1.2.3")
      disk.room = 60
      const exits = yield* Effect.forEach(["1.2.4", "1.2.5", "1.2.6"], record, { concurrency: "unbounded" })
      assert.deepStrictEqual(exits.map(Exit.isSuccess), [true, false, false])
      assert.strictEqual(disk.flushes, 2)
      disk.room = Infinity
      yield* record("1.2.7")
      assert.strictEqual(
        disk.flushed,
        '{"peer":"ARCHIVE","instance":"1.2.3","status":0}\n' +
          '{"peer":"ARCHIVE","instance":"1.2.4","status":0}\n' +
          '{"peer":"AR\n' +
          '{"peer":"ARCHIVE","instance":"1.2.7","status":0}\n'
      )
      const again = yield* disk.journal
      for (const uid of ["1.2.3", "1.2.4", "1.2.7"]) {
        assert.deepStrictEqual(yield* again.find("ARCHIVE", uid), Option.some(ended(0)))
      }
      for (const uid of ["1.2.5", "1.2.6"]) {
        assert.deepStrictEqual(yield* again.find("ARCHIVE", uid), Option.none())
        assert.deepStrictEqual(yield* journal.find("ARCHIVE", uid), Option.none())
      }
    }).pipe(Effect.scoped)
  )

  it.effect("in a file finishes what it writes where who records it is interrupted", () =>
    Effect.gen(function* () {
      const disk = new Disk()
      const journal = yield* disk.journal
      const first = yield* Effect.forkChild(journal.record("ARCHIVE", "1.2.3", { _tag: "Begun" }), {
        startImmediately: true
      })
      const second = yield* Effect.forkChild(journal.record("ARCHIVE", "1.2.4", { _tag: "Begun" }), {
        startImmediately: true
      })
      yield* Fiber.interruptAll([first, second])
      assert.strictEqual(disk.flushed, begun("ARCHIVE", "1.2.3"))
      yield* journal.record("ARCHIVE", "1.2.5", { _tag: "Begun" })
      assert.strictEqual(disk.flushed, ["1.2.3", "1.2.4", "1.2.5"].map((uid) => begun("ARCHIVE", uid)).join(""))
    }).pipe(Effect.scoped)
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
