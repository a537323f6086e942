import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { readFileSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as InstanceFile from "../src/InstanceFile.ts"
import { folder, samples } from "./command.ts"
import * as Files from "./files.ts"

const inspect = (path: string) => Effect.provide(InstanceFile.inspect(path), NodeServices.layer)

const bytesOf = Effect.fnUntraced(function* (path: string, buffers: InstanceFile.Buffers) {
  const parts: Array<number> = []
  const file = yield* InstanceFile.inspect(path)
  if (file._tag !== "Instance") return yield* Effect.die(file)
  const read = yield* InstanceFile.dataSet(file, buffers, (bytes) => parts.push(bytes))
  const views: Array<Uint8Array> = []
  if (Stream.isStream(read)) yield* Stream.runForEach(read, (view) => Effect.sync(() => views.push(view.slice())))
  else views.push(...read.map((view) => view.slice()))
  return { bytes: Buffer.concat(views), parts }
}, Effect.provide(NodeServices.layer))

describe("InstanceFile", { timeout: 20000 }, () => {
  it.live("the head of a file tells which instance it is, and where its data set is", () =>
    Effect.gen(function* () {
      const path = join(samples, "jpeg_2000.dcm")
      assert.deepStrictEqual(yield* inspect(path), {
        _tag: "Instance",
        path,
        sopClassUid: Files.uid("1.2.840.10008.5.1.4.1.1.2"),
        sopInstanceUid: Files.uid("1.3.6.1.4.1.5962.1.1.1.1.3.20040826185059.5457"),
        transferSyntaxUid: Files.uid("1.2.840.10008.1.2.4.91"),
        dataSetOffset: 336,
        length: 13820,
        kept: undefined
      })
    })
  )

  it.live("a small file is kept while there is room, and a larger one never", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const small = { sopInstanceUid: "1.1" }
      const paths = [
        Files.write(join(root, "1"), small),
        Files.write(join(root, "2"), { sopInstanceUid: "1.2", length: 70000 }),
        Files.write(join(root, "3"), { sopInstanceUid: "1.3" })
      ]
      const room = { left: 500 }
      const kept = yield* Effect.map(
        Effect.provide(InstanceFile.inspectAll(paths, room), NodeServices.layer),
        (files) => files.map((file) => (file._tag === "Instance" ? file.kept : undefined))
      )
      assert.deepStrictEqual(
        kept.map((bytes) => bytes !== undefined && Buffer.from(bytes).equals(Files.dataSet(small))),
        [true, false, false]
      )
    })
  )

  it.live("many files are told of in their order, also where one could not be read at once", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const paths = [
        Files.write(join(root, "1"), { sopInstanceUid: "1.1" }),
        join(root, "nothing"),
        Files.write(join(root, "2"), { sopInstanceUid: "1.2", length: 70000 }),
        Files.write(join(root, "3"), { sopInstanceUid: "1.3" })
      ]
      const told = yield* Effect.provide(InstanceFile.inspectAll(paths, { left: 1000 }), NodeServices.layer)
      assert.deepStrictEqual(
        told.map((file) => [file.path, file._tag === "Instance" ? file.sopInstanceUid : file._tag]),
        [
          [paths[0], "1.1"],
          [paths[1], "unreadable"],
          [paths[2], "1.2"],
          [paths[3], "1.3"]
        ]
      )
      const [first, , , last] = told.map((file) =>
        file._tag === "Instance" && file.kept !== undefined ? Buffer.from(file.kept) : undefined
      )
      assert.isTrue(first?.equals(Files.dataSet({ sopInstanceUid: "1.1" })))
      assert.isTrue(last?.equals(Files.dataSet({ sopInstanceUid: "1.3" })))
    })
  )

  it.live("text is not DICOM, an empty file is not, and a file cut short holds no instance", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const [text, empty] = [join(root, "text"), join(root, "empty")]
      writeFileSync(text, "no image at all, but long enough to be looked at")
      writeFileSync(empty, "")
      const cut = Files.write(join(root, "cut.dcm"))
      truncateSync(cut, 250)
      assert.deepStrictEqual(
        (yield* Effect.forEach([text, empty, cut], inspect)).map(({ _tag }) => _tag),
        ["not DICOM", "not DICOM", "no instance"]
      )
    })
  )

  it.live("a file that is not there is unreadable", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "nothing")
      assert.deepStrictEqual(yield* inspect(path), {
        _tag: "unreadable",
        path,
        detail: "there is no such file or folder"
      })
    })
  )

  it.live("a data set of 1 MiB or less comes whole, a longer one in parts of 1 MiB", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const buffers = InstanceFile.buffers()
      const before = Files.dataSet({ length: 0 }).length
      const MiB = 1 << 20
      for (const [length, parts] of [
        [1000, []],
        [MiB, []],
        [MiB + 2, [MiB, 2]],
        [3 * MiB + 70, [MiB, MiB, MiB, 70]]
      ] as const) {
        const made = { length: length - before }
        const read = yield* bytesOf(Files.write(join(root, `${length}.dcm`), made), buffers)
        assert.isTrue(read.bytes.equals(Files.dataSet(made)), `${length} bytes`)
        assert.deepStrictEqual(read.parts, [...parts])
      }
    })
  )

  it.live("what is read whole stays as it is until the one after the next is read", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const buffers = InstanceFile.buffers()
      const read = Effect.fnUntraced(function* (sopInstanceUid: string) {
        const file = yield* inspect(Files.write(join(root, sopInstanceUid), { sopInstanceUid }))
        if (file._tag !== "Instance") return yield* Effect.die(file)
        const views = yield* Effect.provide(InstanceFile.dataSet(file, buffers), NodeServices.layer)
        return Stream.isStream(views) ? yield* Effect.die("a stream") : views
      })
      const first = yield* read("1.1")
      yield* read("1.2")
      assert.isTrue(Buffer.concat(first).equals(Files.dataSet({ sopInstanceUid: "1.1" })))
    })
  )

  it.live("a file that was cut within its pixel data is no instance", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "cut.dcm")
      writeFileSync(path, readFileSync(join(samples, "explicit_little.dcm")).subarray(0, 5000))
      const file = yield* inspect(path)
      assert.strictEqual(file._tag, "no instance")
    })
  )

  it.live("a file that becomes shorter after its head was read does not go for a whole instance", () =>
    Effect.gen(function* () {
      const root = yield* folder
      for (const length of [500_000, 3 << 20]) {
        const path = Files.write(join(root, `${length}.dcm`), { length })
        const file = yield* InstanceFile.inspect(path)
        if (file._tag !== "Instance") return yield* Effect.die(file)
        truncateSync(path, length >> 1)
        const sent = Effect.flatMap(InstanceFile.dataSet(file, InstanceFile.buffers()), (read) =>
          Stream.isStream(read) ? Stream.runDrain(read) : Effect.void
        )
        assert.include((yield* Effect.flip(sent)).message, "it has become shorter while it was read")
      }
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
