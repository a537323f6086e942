import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as QuickDisk from "../src/QuickDisk.ts"
import { folder } from "./command.ts"

/** A clock that a call at once looks at twice, and that of a call at once so many milliseconds pass in between. */
const clock = (takes: () => number) => {
  let looks = 0
  let time = 0
  return {
    now: () => {
      if (looks++ % 2 === 1) time += takes()
      return time
    },
    calls: () => looks / 2
  }
}

const bytes = Uint8Array.from({ length: 100000 }, (_, i) => i * 7)

const written = (disk: ReturnType<typeof QuickDisk.make>, path: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const file = yield* disk.create(`${path}.part`)
      yield* file.writeAll(bytes)
      yield* file.sync
      yield* disk.rename(`${path}.part`, path)
    })
  )

describe("QuickDisk", () => {
  it.live("writes, flushes and renames at once", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "file")
      const { calls, now } = clock(() => 0)
      yield* written(QuickDisk.make(now), path)
      assert.isTrue(readFileSync(path).equals(bytes))
      assert.strictEqual(calls(), 5)
    })
  )

  it.live("leaves writing to threads once the disk was slow, and flushing once that was", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const slow = clock(() => 11)
      const disk = QuickDisk.make(slow.now)
      yield* written(disk, join(directory, "1"))
      // The first call, and the first flush.
      assert.strictEqual(slow.calls(), 2)
      assert.isTrue(readFileSync(join(directory, "1")).equals(bytes))
      const flushing = clock(() => 1)
      yield* written(QuickDisk.make(flushing.now), join(directory, "2"))
      assert.strictEqual(flushing.calls(), 5)
    })
  )

  /** Which of so many flushes are made at once, where one takes so many milliseconds. */
  const flushedAtOnce = Effect.fnUntraced(function* (count: number, takes: (flush: number) => number) {
    let flush = -1
    const { calls, now } = clock(() => takes(flush))
    const file = yield* QuickDisk.make(now).create(join(yield* folder, "file"))
    const counted: Array<number> = []
    for (flush = 0; flush < count; flush++) {
      const before = calls()
      yield* file.sync
      if (calls() > before) counted.push(flush)
    }
    return counted
  }, Effect.scoped)

  it.live("tries again after a while, and waits twice as long after the next slow call", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* flushedAtOnce(120, () => 1), [0, 17, 50, 115])
    })
  )

  it.live("does not hold a slow call among quick ones against the disk for long", () =>
    Effect.gen(function* () {
      // The first and the second wait for a processor.
      const counted = yield* flushedAtOnce(400, (flush) => (flush === 0 || flush === 100 ? 1 : 0))
      const left = Array.from({ length: 400 }, (_, i) => i).filter((i) => !counted.includes(i))
      assert.deepStrictEqual(left, [
        ...Array.from({ length: 16 }, (_, i) => 1 + i),
        ...Array.from({ length: 16 }, (_, i) => 101 + i)
      ])
    })
  )

  for (const [name, path, tag] of [
    ["a folder that is not there", "/nowhere/file", "NotFound"],
    ["a file that is there already", "/etc/passwd", "AlreadyExists"],
    ["a name that is too long", `/${"a".repeat(300)}`, "Unknown"]
  ] as const) {
    it.live(`says what the disk said, at once and by threads: ${name}`, () =>
      Effect.gen(function* () {
        const disk = QuickDisk.make(clock(() => 11).now)
        for (let i = 0; i < 2; i++) {
          const error = yield* Effect.flip(Effect.scoped(disk.create(path)))
          assert.strictEqual(error.reason._tag, tag)
          const code = { NotFound: "ENOENT", AlreadyExists: "EEXIST", Unknown: "ENAMETOOLONG" }[tag]
          assert.include(error.message, `${tag}: QuickDisk.open (${path}): ${code}: `)
        }
      })
    )
  }
})

describe("QuickDisk.reader", () => {
  it.live("reads from a place in a file what there is room for, and tells how long the file is", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "file")
      writeFileSync(path, bytes)
      const read = QuickDisk.reader(() => 0)
      const buffer = new Uint8Array(1000)
      assert.deepStrictEqual(read(path, buffer, 5000), { bytes: bytes.slice(5000, 6000), size: 100000 })
      assert.deepStrictEqual(read(path, buffer, 99500), { bytes: bytes.slice(99500), size: 100000 })
      assert.deepStrictEqual(read(path, buffer, 200000), { bytes: new Uint8Array(0), size: 100000 })
    })
  )

  it.live("gives nothing where there is no file, for a pipe, and for a while after a slow read", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const [path, pipe] = [join(directory, "file"), join(directory, "pipe")]
      writeFileSync(path, bytes)
      spawnSync("mkfifo", [pipe])
      const buffer = new Uint8Array(1000)
      assert.isUndefined(QuickDisk.reader(() => 0)(join(directory, "none"), buffer, 0))
      assert.isUndefined(QuickDisk.reader(() => 0)(pipe, buffer, 0))
      const slow = QuickDisk.reader(clock(() => 11).now)
      assert.strictEqual(slow(path, buffer, 0)?.size, 100000)
      for (let i = 0; i < 16; i++) assert.isUndefined(slow(path, buffer, 0))
      assert.strictEqual(slow(path, buffer, 0)?.size, 100000)
    })
  )
})
