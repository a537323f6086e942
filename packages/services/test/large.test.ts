import * as FileFormat from "@effect-dicom/data/FileFormat"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Crypto from "node:crypto"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { number, start, temporary } from "./load/process.ts"

const mebibytes = 1024
// A process that runs the sources as they are takes some 230 MB; what the collector has not come to yet is the rest.
const memory = 350e6

const fileHash = (path: string) =>
  Effect.promise(async () => {
    const head = Buffer.alloc(1 << 16)
    const file = Fs.openSync(path, "r")
    Fs.readSync(file, head)
    Fs.closeSync(file)
    const read = Result.getOrThrow(FileFormat.read(head, { size: Fs.statSync(path).size }))
    if (read._tag !== "File") throw new Error("no file of PS3.10")
    const hash = Crypto.createHash("sha1")
    for await (const chunk of Fs.createReadStream(path, { start: read.dataSetOffset })) hash.update(chunk as Buffer) // bytes
    return hash.digest("hex")
  })

describe("an instance of 1 GiB", () => {
  it.live(
    "passes through both sides in bounded memory, out of one buffer",
    () =>
      Effect.gen(function* () {
        const scp = yield* start("scp.ts")
        const scu = yield* start("scu.ts", String(number(yield* scp.next, "port")), String(mebibytes))
        const sent = yield* scu.next
        const received = yield* scp.next
        assert.strictEqual(sent["status"], "Success")
        assert.deepStrictEqual(received, { sopInstanceUid: "1.2.3", length: mebibytes << 20, sha1: sent["sha1"] })
        assert.isBelow(number(sent, "peak"), memory)
        assert.isBelow(number(yield* scp.ask, "peak"), memory)
      }).pipe(Effect.scoped),
    120_000
  )

  it.live(
    "lands on the disk byte for byte, in bounded memory",
    () =>
      Effect.gen(function* () {
        const directory = yield* temporary
        const scp = yield* start("scp.ts", directory)
        const scu = yield* start("scu.ts", String(number(yield* scp.next, "port")), String(mebibytes))
        const sent = yield* scu.next
        assert.strictEqual(sent["status"], "Success")
        assert.deepStrictEqual(Fs.readdirSync(directory), ["1.2.3.dcm"])
        assert.isBelow(number(yield* scp.ask, "peak"), memory)
        assert.strictEqual(yield* fileHash(Path.join(directory, "1.2.3.dcm")), sent["sha1"])
      }).pipe(Effect.scoped),
    120_000
  )
})
