import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"
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

  it.live("tries again after a while, and waits twice as long after the next slow call", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const { calls, now } = clock(() => 1)
      const disk = QuickDisk.make(now)
      yield* Effect.scoped(
        Effect.gen(function* () {
          const file = yield* disk.create(join(directory, "file"))
          const counted: Array<number> = []
          for (let i = 0; i < 1502; i++) {
            const before = calls()
            yield* file.sync
            if (calls() > before) counted.push(i)
          }
          assert.deepStrictEqual(counted, [0, 501])
        })
      )
    })
  )

  for (const [name, path, tag] of [
    ["a folder that is not there", "/nowhere/file", "NotFound"],
    ["a file that is there already", "/etc/passwd", "AlreadyExists"]
  ] as const) {
    it.live(`says what the disk said, at once and by threads: ${name}`, () =>
      Effect.gen(function* () {
        const disk = QuickDisk.make(clock(() => 11).now)
        for (let i = 0; i < 2; i++) {
          const error = yield* Effect.flip(Effect.scoped(disk.create(path)))
          assert.strictEqual(error.reason._tag, tag)
        }
      })
    )
  }
})
