import { Association } from "@effect-dicom/association"
import { Fault, ReadyMade, ScriptedPeer } from "@effect-dicom/association/testing"
import * as FileFormat from "@effect-dicom/data/FileFormat"
import type * as FileMetaInformation from "@effect-dicom/data/FileMetaInformation"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import * as C_STORE from "@effect-dicom/protocol/C_STORE"
import * as Command from "@effect-dicom/protocol/Command"
import * as Status from "@effect-dicom/protocol/Status"
import { NodeFileSystem, NodePath } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import { type PlatformError, systemError } from "effect/PlatformError"
import * as Result from "effect/Result"
import * as Logger from "effect/Logger"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { Storage, StorageFolder } from "../src/index.ts"
import { pattern, request, serve } from "./joined.ts"

const explicit = TransferSyntax.ExplicitVRLittleEndian.uid
const ct = { abstractSyntax: SopClass.CTImageStorage, transferSyntaxes: [explicit] }
const uid = Uid.makeUnsafe

const instance = (sopInstanceUid: string, dataSet: Uint8Array) => ({
  sopClassUid: SopClass.CTImageStorage,
  sopInstanceUid: uid(sopInstanceUid),
  transferSyntaxUid: explicit,
  dataSet: [dataSet]
})

const temporary = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "storage-folder-"))),
  (directory) => Effect.sync(() => Fs.rmSync(directory, { recursive: true, force: true }))
)

const node = Layer.merge(NodeFileSystem.layer, NodePath.layer)

/** A folder that is served, on this file system. */
const folder = (
  change: (fs: FileSystem.FileSystem) => FileSystem.FileSystem = (fs) => fs,
  options: Partial<StorageFolder.Options> = {}
) =>
  Effect.gen(function* () {
    const directory = options.directory ?? (yield* temporary)
    const fs = change(yield* FileSystem.FileSystem)
    const made = yield* Effect.provideService(StorageFolder.make({ ...options, directory }), FileSystem.FileSystem, fs)
    return { directory, folder: made, joined: yield* serve([Storage.provider(made.store)]) }
  }).pipe(Effect.provide(node))

/** What is in a directory, and how much. */
const listing = (directory: string): Record<string, number> =>
  Object.fromEntries(
    Fs.readdirSync(directory)
      .toSorted()
      .map((name) => [name, Fs.statSync(Path.join(directory, name)).size])
  )

/** The file of an instance with this data set, read back. */
const read = (path: string, dataSet: Uint8Array): FileMetaInformation.Decoded["fields"] => {
  const bytes = Fs.readFileSync(path)
  const file = Result.getOrThrow(FileFormat.read(bytes, { size: bytes.length }))
  if (file._tag !== "File" || file.metaInformation === undefined) return assert.fail(`${path} is no file of PS3.10`)
  assert.deepStrictEqual(file.irregularities, [])
  assert.strictEqual(Buffer.compare(bytes.subarray(file.dataSetOffset), dataSet), 0)
  return file.metaInformation.fields
}

/** A data set that dcmdump reads: SOP class, SOP instance, and bytes in a private element of VR OB. */
const dataSet = (sopInstanceUid: string, length: number): Uint8Array => {
  const element = (group: number, number: number, vr: string, value: Uint8Array) => {
    const long = vr === "OB"
    const header = new Uint8Array(long ? 12 : 8)
    const view = new DataView(header.buffer)
    view.setUint16(0, group, true)
    view.setUint16(2, number, true)
    header.set([vr.charCodeAt(0), vr.charCodeAt(1)], 4)
    if (long) view.setUint32(8, value.length, true)
    else view.setUint16(6, value.length, true)
    return Buffer.concat([header, value])
  }
  return Buffer.concat([
    element(0x0008, 0x0016, "UI", Uid.toPaddedBytes(SopClass.CTImageStorage)),
    element(0x0008, 0x0018, "UI", Uid.toPaddedBytes(uid(sopInstanceUid))),
    element(0x0009, 0x0010, "LO", Buffer.from("EFFECT")),
    element(0x0009, 0x1001, "OB", pattern(length & ~1))
  ])
}

const refusal = (method: string, tag: "WriteZero" | "PermissionDenied" = "WriteZero"): PlatformError =>
  systemError({ _tag: tag, module: "FileSystem", method, description: "no space left on device" })

describe("StorageFolder", () => {
  it.effect("keeps an instance byte for byte, with the File Meta Information that PS3.10 requires", () =>
    Effect.gen(function* () {
      const stored: Array<StorageFolder.Stored> = []
      const {
        directory,
        folder: made,
        joined
      } = yield* folder(undefined, {
        onStored: (one) => Effect.sync(() => stored.push(one))
      })
      const association = yield* request(joined, [ct])
      const bytes = dataSet("1.2.3", 700_000)
      assert.deepStrictEqual(yield* Storage.store(association, instance("1.2.3", bytes)), Status.success)
      const path = Path.join(directory, "1.2.3.dcm")
      assert.strictEqual(made.path(uid("1.2.3")), path)
      assert.deepStrictEqual(Object.keys(listing(directory)), ["1.2.3.dcm"])
      assert.deepStrictEqual<unknown>(read(path, bytes), {
        mediaStorageSopClassUid: SopClass.CTImageStorage,
        mediaStorageSopInstanceUid: "1.2.3",
        transferSyntaxUid: explicit,
        implementationClassUid: Association.implementation.classUid,
        implementationVersionName: Association.implementation.versionName,
        sourceApplicationEntityTitle: "SCU"
      })
      assert.deepStrictEqual(stored, [
        {
          path,
          sopClassUid: SopClass.CTImageStorage,
          sopInstanceUid: uid("1.2.3"),
          transferSyntaxUid: explicit,
          length: bytes.length
        }
      ])
    })
  )

  it.effect("the instances of one association have each the File Meta Information of its own", () =>
    Effect.gen(function* () {
      const { directory, joined } = yield* folder()
      const mr = { ...ct, abstractSyntax: SopClass.MRImageStorage }
      const association = yield* request(joined, [ct, mr])
      const sent = [
        { ...instance("1.2.3", dataSet("1.2.3", 100)) },
        { ...instance("1.2.4", dataSet("1.2.4", 100)) },
        { ...instance("1.2.5", dataSet("1.2.5", 100)), sopClassUid: SopClass.MRImageStorage },
        { ...instance("1.2.6", dataSet("1.2.6", 100)) }
      ]
      for (const one of sent) assert.deepStrictEqual(yield* Storage.store(association, one), Status.success)
      assert.deepStrictEqual(
        sent.map(({ sopInstanceUid }) => {
          const meta = read(Path.join(directory, `${sopInstanceUid}.dcm`), dataSet(sopInstanceUid, 100))
          return [meta.mediaStorageSopClassUid, meta.mediaStorageSopInstanceUid, meta.sourceApplicationEntityTitle]
        }),
        sent.map(({ sopClassUid, sopInstanceUid }) => [sopClassUid, sopInstanceUid, "SCU"])
      )
    })
  )

  it.effect.each([0, 1, 2, (1 << 18) - 400, 1 << 18, (1 << 18) + 1, 1_000_003])(
    "keeps a data set of %i bytes as it came, whatever it holds",
    (length) =>
      Effect.gen(function* () {
        const { directory, joined } = yield* folder()
        const association = yield* request(joined, [ct])
        const bytes = pattern(length)
        assert.deepStrictEqual(yield* Storage.store(association, instance("1.2.3", bytes)), Status.success)
        read(Path.join(directory, "1.2.3.dcm"), bytes)
      })
  )

  const dcmdump = ChildProcess.spawnSync("dcmdump", ["--version"]).error === undefined
  it.effect.skipIf(!dcmdump && process.env["EFFECT_DICOM_REQUIRE_PEERS"] !== "1")(
    `dcmdump reads the file${dcmdump ? "" : " (skipped: DCMTK is not installed)"}`,
    () =>
      Effect.gen(function* () {
        const { directory, joined } = yield* folder()
        const association = yield* request(joined, [ct])
        yield* Storage.store(association, instance("1.2.3", dataSet("1.2.3", 1000)))
        const dump = ChildProcess.spawnSync("dcmdump", ["-q", Path.join(directory, "1.2.3.dcm")], { encoding: "utf8" })
        assert.strictEqual(dump.status, 0)
        assert.strictEqual(dump.stderr, "")
        assert.match(dump.stdout, /^\(0002,0000\) UL \d+ /m)
        assert.match(dump.stdout, /^\(0002,0001\) OB 00\\01 /m)
        assert.match(dump.stdout, /^\(0002,0002\) UI =CTImageStorage /m)
        assert.match(dump.stdout, /^\(0002,0003\) UI \[1\.2\.3\] /m)
        assert.match(dump.stdout, /^\(0002,0010\) UI =LittleEndianExplicit /m)
        assert.match(dump.stdout, /^\(0002,0013\) SH \[EFFECT-DICOM-0\.1\] /m)
        assert.match(dump.stdout, /^\(0002,0016\) AE \[SCU\] /m)
        assert.match(dump.stdout, /^\(0008,0018\) UI \[1\.2\.3\] /m)
      })
  )

  it.effect("makes a directory that is not there", () =>
    Effect.gen(function* () {
      const directory = Path.join(yield* temporary, "a", "b")
      const { joined } = yield* folder(undefined, { directory })
      const association = yield* request(joined, [ct])
      assert.deepStrictEqual(yield* Storage.store(association, instance("1.2.3", pattern(10))), Status.success)
      assert.deepStrictEqual(Object.keys(listing(directory)), ["1.2.3.dcm"])
    })
  )

  it.effect("the same instance twice leaves one file, the later one", () =>
    Effect.gen(function* () {
      const { directory, joined } = yield* folder()
      const association = yield* request(joined, [ct])
      const later = dataSet("1.2.3", 5000)
      yield* Storage.store(association, instance("1.2.3", dataSet("1.2.3", 600_000)))
      assert.deepStrictEqual(yield* Storage.store(association, instance("1.2.3", later)), Status.success)
      assert.deepStrictEqual(Object.keys(listing(directory)), ["1.2.3.dcm"])
      read(Path.join(directory, "1.2.3.dcm"), later)
    })
  )

  it.effect("the same instance over twenty associations at once leaves one whole file", () =>
    Effect.gen(function* () {
      const { directory, joined } = yield* folder()
      const bytes = dataSet("1.2.3", 600_000)
      const statuses = yield* Effect.forEach(
        Array.from({ length: 20 }),
        () =>
          Effect.scoped(
            Effect.flatMap(request(joined, [ct]), (association) => Storage.store(association, instance("1.2.3", bytes)))
          ),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        statuses,
        Array.from({ length: 20 }, () => Status.success)
      )
      assert.deepStrictEqual(Object.keys(listing(directory)), ["1.2.3.dcm"])
      read(Path.join(directory, "1.2.3.dcm"), bytes)
    })
  )

  it.effect(
    "a transfer that is cut leaves nothing, and leaves what was there before",
    () =>
      Effect.gen(function* () {
        const { directory, joined } = yield* folder()
        const before = dataSet("1.2.3", 100_000)
        yield* Effect.scoped(
          Effect.flatMap(request(joined, [ct]), (association) => Storage.store(association, instance("1.2.3", before)))
        )
        const kept = listing(directory)
        const bytes = dataSet("1.2.3", 900_000)
        for (const how of ["FIN", "reset"] as const) {
          for (const at of [400, 600, 650, 700, 2_000, 66_000, 131_900, 262_700, 400_001, 700_000, 900_000]) {
            for (const name of ["1.2.3", "1.2.4"]) {
              const store = Effect.flatMap(
                request(joined, [ct], { wire: (socket) => Fault.outgoing(socket, Fault.cut(at, how)) }),
                (association) => Storage.store(association, instance(name, bytes))
              )
              yield* Effect.flip(Effect.scoped(store))
            }
          }
        }
        yield* joined.server.drain
        assert.strictEqual(yield* joined.server.associations, 0)
        assert.deepStrictEqual(listing(directory), kept)
        read(Path.join(directory, "1.2.3.dcm"), before)
      }),
    20_000
  )

  it.effect("an abort in the middle of a data set leaves nothing", () =>
    Effect.gen(function* () {
      const { directory, joined } = yield* folder()
      const peer = yield* ScriptedPeer.over(yield* joined.connect)
      yield* peer.send(ReadyMade.associateRQ())
      yield* peer.expect("A-ASSOCIATE-AC")
      const rq = C_STORE.request({
        messageId: 1,
        affectedSopClassUid: SopClass.CTImageStorage,
        affectedSopInstanceUid: uid("1.2.3")
      })
      yield* peer.send(
        ReadyMade.command(3, rq),
        ReadyMade.data(3, pattern(60_000), false),
        ReadyMade.data(3, pattern(60_000), false),
        ReadyMade.abort()
      )
      yield* peer.expectClosed()
      yield* joined.server.drain
      assert.deepStrictEqual(listing(directory), {})
    })
  )

  it.effect("a SOP Instance UID that is none never touches a path", () =>
    Effect.gen(function* () {
      // Within folders of its own, so that what would leave the first is seen in the others.
      const around = yield* temporary
      const directory = Path.join(around, "a", "b")
      const { joined } = yield* folder(undefined, { directory })
      const peer = yield* ScriptedPeer.over(yield* joined.connect)
      yield* peer.send(ReadyMade.associateRQ())
      yield* peer.expect("A-ASSOCIATE-AC")
      let messageId = 0
      for (const name of [
        "../../x",
        "../../etc/x",
        "/etc/passwd",
        "1.2.3/../4",
        "..",
        "",
        "1.2.3\0.x",
        "1..2",
        "1.02",
        "a".repeat(64)
      ]) {
        const length = Math.max(4, name.length)
        const placeholder = uid("2.".padEnd(length, "9"))
        const rq = C_STORE.request({
          messageId: ++messageId,
          affectedSopClassUid: SopClass.CTImageStorage,
          affectedSopInstanceUid: placeholder
        })
        const command = Buffer.from(Command.encode(rq))
        command.write(name.padEnd(length, "\0"), command.indexOf(placeholder, 0, "latin1"), "latin1")
        yield* peer.send(ReadyMade.pData(ReadyMade.pdv(3, "command", command)), ReadyMade.data(3, pattern(100)))
        const answer = yield* peer.expect("P-DATA-TF")
        const response = answer.presentationDataValues[0]
        assert.strictEqual(response?.type, "command")
        const decoded = Result.getOrThrow(Command.decode(Buffer.concat(response?.fragment ?? [])))
        assert.strictEqual(decoded._tag === "C-STORE-RSP" ? decoded.status._tag : decoded._tag, "Failure", name)
      }
      assert.deepStrictEqual(listing(directory), {})
      assert.deepStrictEqual(Fs.readdirSync(around, { recursive: true }).toSorted(), ["a", "a/b"])
    }).pipe(Effect.provide(node))
  )

  // ---------------------------------------------------------------------------
  // the disk
  // ---------------------------------------------------------------------------

  it.effect(
    "success is said after the file is written, flushed, renamed and the directory flushed, in this order",
    () =>
      Effect.gen(function* () {
        const log: Array<string> = []
        const { directory, joined } = yield* folder((fs) => recording(fs, log))
        const association = yield* request(joined, [ct])
        log.length = 0
        yield* Storage.store(association, instance("1.2.3", pattern(600_000)))
        log.push("Success")
        assert.deepStrictEqual(log, [
          "open <part>",
          "write <part> 262144",
          "write <part> 262144",
          `write <part> ${(listing(directory)["1.2.3.dcm"] ?? 0) - 2 * 262144}`,
          "sync <part>",
          "close <part>",
          "rename <part> 1.2.3.dcm",
          "open .",
          "sync .",
          "close .",
          "Success"
        ])
      })
  )

  it.effect(
    "whichever step the disk refuses, the answer is Out of resources, nothing is left, and the next is kept",
    () =>
      Effect.gen(function* () {
        const steps = ["open", "write 1", "write 2", "write 3", "sync", "rename"]
        for (const step of steps) {
          yield* Effect.scoped(
            Effect.gen(function* () {
              let armed = true
              const { directory, joined } = yield* folder((fs) => refusing(fs, step, () => armed))
              const association = yield* request(joined, [ct])
              assert.deepStrictEqual(
                yield* Storage.store(association, instance("1.2.3", pattern(3_000_000))),
                { _tag: "Failure", code: 0xa700 },
                step
              )
              assert.deepStrictEqual(listing(directory), {}, step)
              armed = false
              const bytes = pattern(700_000)
              assert.deepStrictEqual(yield* Storage.store(association, instance("1.2.4", bytes)), Status.success, step)
              read(Path.join(directory, "1.2.4.dcm"), bytes)
              assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
            })
          )
        }
      })
  )

  it.effect("a directory that cannot be flushed does not undo what is stored", () =>
    Effect.gen(function* () {
      const { directory, joined } = yield* folder((fs) => ({
        ...fs,
        open: (path, options) =>
          options?.flag === "r" ? Effect.fail(refusal("open", "PermissionDenied")) : fs.open(path, options)
      }))
      const association = yield* request(joined, [ct])
      assert.deepStrictEqual(yield* Storage.store(association, instance("1.2.3", pattern(10))), Status.success)
      assert.deepStrictEqual(Object.keys(listing(directory)), ["1.2.3.dcm"])
    })
  )

  it.effect("instances that are complete while the directory is flushed share the next flush", () =>
    Effect.gen(function* () {
      const proceed = yield* Deferred.make<void>()
      const renamed = yield* Deferred.make<void>()
      let flushes = 0
      let renames = 0
      const { directory, joined } = yield* folder((fs) => ({
        ...fs,
        open: (path, options) =>
          Effect.map(fs.open(path, options), (file) =>
            options?.flag === "r"
              ? changed(file, { sync: Effect.suspend(() => (++flushes === 2 ? Deferred.await(proceed) : Effect.void)) })
              : file
          ),
        rename: (from, to) =>
          Effect.andThen(
            fs.rename(from, to),
            Effect.suspend(() => (++renames === 10 ? Deferred.succeed(renamed, undefined) : Effect.void))
          )
      }))
      const stores = yield* Effect.forEach(Array.from({ length: 10 }), (_, i) =>
        Effect.forkChild(
          Effect.scoped(
            Effect.flatMap(request(joined, [ct]), (association) =>
              Storage.store(association, instance(`1.2.${i}`, pattern(10)))
            )
          ),
          { startImmediately: true }
        )
      )
      yield* Deferred.await(renamed)
      yield* Deferred.succeed(proceed, undefined)
      for (const store of stores) assert.deepStrictEqual(yield* Fiber.join(store), Status.success)
      assert.strictEqual(Object.keys(listing(directory)).length, 10)
      // One when the folder was opened, one for the first instance, one for all that came meanwhile.
      assert.isAtMost(flushes, 3)
    })
  )

  it.effect("what writers that run no more have left unfinished is removed, and nothing else", () =>
    Effect.gen(function* () {
      const directory = yield* temporary
      const kept = [".1.2.there-a1-0.part", ".1.2.0-a1-0.part.x", ".1.2.gone-a1-0.dcm", "1.2.gone-a1-0.part", "1.2.dcm"]
      for (const name of [...kept, ".1.2.gone-a1-0.part", ".1.2.me-a1-7.part"]) {
        Fs.writeFileSync(Path.join(directory, name), "")
      }
      const isRunning = (name: string) => name !== "gone"
      const { joined } = yield* folder(undefined, { directory, writer: { name: "me", isRunning } })
      assert.deepStrictEqual(Object.keys(listing(directory)), kept.toSorted())
      const association = yield* request(joined, [ct])
      assert.deepStrictEqual(yield* Storage.store(association, instance("1.2.3", pattern(10))), Status.success)
      yield* folder(undefined, { directory })
      assert.deepStrictEqual(Object.keys(listing(directory)), [...kept, "1.2.3.dcm"].toSorted())
    })
  )

  it.effect("a directory that cannot be made fails with what the file system said", () =>
    Effect.gen(function* () {
      const occupied = Path.join(yield* temporary, "file")
      Fs.writeFileSync(occupied, "")
      const error = yield* StorageFolder.make({ directory: Path.join(occupied, "incoming") }).pipe(
        Effect.provide(node),
        Effect.flip
      )
      assert.strictEqual(error._tag, "PlatformError")
    })
  )

  it.effect("a write that is under way when the association breaks is waited for before its file is closed", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const began = yield* Deferred.make<void>()
      const proceed = yield* Deferred.make<void>()
      const { directory, joined } = yield* folder((fs) =>
        recording(
          {
            ...fs,
            open: (path, options) =>
              Effect.map(fs.open(path, options), (file) =>
                changed(file, {
                  writeAll: (buffer: Uint8Array) =>
                    Deferred.succeed(began, undefined).pipe(
                      Effect.andThen(Deferred.await(proceed)),
                      Effect.andThen(file.writeAll(buffer)),
                      Effect.andThen(Effect.sync(() => log.push("written <part>")))
                    )
                })
              )
          },
          log
        )
      )
      const association = yield* request(joined, [ct])
      const store = yield* Effect.forkChild(
        Effect.exit(Storage.store(association, instance("1.2.3", pattern(600_000))))
      )
      yield* Deferred.await(began)
      log.length = 0
      const drained = yield* Effect.forkChild(joined.server.drain)
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(log, [])
      yield* Deferred.succeed(proceed, undefined)
      yield* Fiber.join(drained)
      assert.strictEqual((yield* Fiber.join(store))._tag, "Failure")
      assert.deepStrictEqual(log, ["written <part>", "close <part>"])
      assert.deepStrictEqual(listing(directory), {})
    })
  )

  it.effect("of a folder that was taken away the log says so in words", () =>
    Effect.gen(function* () {
      const logged: Array<unknown> = []
      const logger = Logger.make(({ message }) => void logged.push(Array.isArray(message) ? message[0] : message))
      yield* Effect.gen(function* () {
        const { directory, joined } = yield* folder()
        const association = yield* request(joined, [ct])
        Fs.rmSync(directory, { recursive: true })
        assert.deepStrictEqual(yield* Storage.store(association, instance("1.2.3", pattern(10))), {
          _tag: "Failure",
          code: 0xa700
        })
        assert.deepStrictEqual(logged, [
          `Instance 1.2.3 could not be stored in ${directory}: the folder is there no more`
        ])
      }).pipe(Effect.provide(Logger.layer([logger])))
    })
  )

  const tmpfs = process.platform === "linux" && process.getuid?.() === 0
  it.effect.skipIf(!tmpfs)(
    `on a disk that is full the answer is Out of resources${tmpfs ? "" : " (skipped: only root can mount a small disk)"}`,
    (context) =>
      Effect.gen(function* () {
        const directory = yield* temporary
        const mounted = ChildProcess.spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", directory])
        if (mounted.status !== 0) return context.skip("mounting is not permitted here")
        yield* Effect.addFinalizer(() => Effect.sync(() => ChildProcess.spawnSync("umount", ["-l", directory])))
        const { joined } = yield* folder(undefined, { directory })
        const association = yield* request(joined, [ct])
        assert.deepStrictEqual(yield* Storage.store(association, instance("1.2.3", pattern(3_000_000))), {
          _tag: "Failure",
          code: 0xa700
        })
        assert.deepStrictEqual(listing(directory), {})
        const bytes = pattern(500_000)
        assert.deepStrictEqual(yield* Storage.store(association, instance("1.2.4", bytes)), Status.success)
        read(Path.join(directory, "1.2.4.dcm"), bytes)
      })
  )
})

/** A file that syncs or writes otherwise. */
const changed = (file: FileSystem.File, change: Partial<Pick<FileSystem.File, "sync" | "writeAll">>): FileSystem.File =>
  // An object made from a file is one.
  Object.create(file, Object.getOwnPropertyDescriptors(change)) as FileSystem.File

const named = (path: string): string => {
  const name = Path.basename(path)
  return name.endsWith(".part") ? "<part>" : name.startsWith("storage-folder-") ? "." : name
}

/** A file system that writes down what is asked of it. */
const recording = (fs: FileSystem.FileSystem, log: Array<string>): FileSystem.FileSystem => {
  const said = (line: string) => Effect.sync(() => void log.push(line))
  return {
    ...fs,
    open: (path, options) =>
      Effect.gen(function* () {
        const name = named(path)
        const scope = yield* Effect.scope
        yield* said(`open ${name}`)
        yield* Scope.addFinalizer(scope, said(`close ${name}`))
        const file = yield* fs.open(path, options)
        return changed(file, {
          sync: Effect.andThen(said(`sync ${name}`), file.sync),
          writeAll: (buffer: Uint8Array) =>
            Effect.andThen(said(`write ${name} ${buffer.length}`), file.writeAll(buffer))
        })
      }),
    rename: (from, to) => Effect.andThen(said(`rename ${named(from)} ${named(to)}`), fs.rename(from, to))
  }
}

/** A file system that refuses one step of what a storage folder does. */
const refusing = (fs: FileSystem.FileSystem, step: string, armed: () => boolean): FileSystem.FileSystem => {
  const unless = <A, R>(name: string, effect: Effect.Effect<A, PlatformError, R>) =>
    Effect.suspend(() => (armed() && step === name ? Effect.fail(refusal(name)) : effect))
  return {
    ...fs,
    open: (path, options) =>
      options?.flag === "r"
        ? fs.open(path, options)
        : unless(
            "open",
            Effect.map(fs.open(path, options), (file) => {
              let writes = 0
              return changed(file, {
                sync: unless("sync", file.sync),
                writeAll: (buffer: Uint8Array) =>
                  Effect.suspend(() => unless(`write ${++writes}`, file.writeAll(buffer)))
              })
            })
          ),
    rename: (from, to) => unless("rename", fs.rename(from, to))
  }
}
