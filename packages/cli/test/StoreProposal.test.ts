import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import * as Status from "@effect-dicom/protocol/Status"
import { Storage } from "@effect-dicom/services"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import type * as InstanceFile from "../src/InstanceFile.ts"
import * as StoreProposal from "../src/StoreProposal.ts"
import { dicom, folder, providing, samples } from "./command.ts"

const implicit = TransferSyntax.ImplicitVRLittleEndian.uid
const big = TransferSyntax.ExplicitVRBigEndian.uid

/** A peer that takes instances in these transfer syntaxes, and keeps their bytes. */
const archive = Effect.fnUntraced(function* (...transferSyntaxes: ReadonlyArray<Uid.Uid>) {
  const taken: Array<{ readonly transferSyntaxUid: Uid.Uid; readonly bytes: Uint8Array }> = []
  const port = yield* providing(
    Storage.provider(
      ({ dataSet, transferSyntaxUid }) =>
        Effect.map(Stream.runCollect(dataSet), (chunks) => {
          taken.push({ transferSyntaxUid, bytes: Buffer.concat(chunks) })
          return Status.success
        }),
      { transferSyntaxes }
    )
  )
  return { port, taken }
})

describe("dicom store --propose", { timeout: 20000 }, () => {
  for (const [name, syntax] of [
    ["implicit_little.dcm", implicit],
    ["explicit_big.dcm", big]
  ] as const) {
    it.live(`sends what is not compressed as what the peer accepts, as dicom convert writes it: ${name}`, () =>
      Effect.gen(function* () {
        const { port, taken } = yield* archive(syntax)
        const directory = yield* folder
        for (const input of ["explicit_little.dcm", "deflated.dcm", name]) {
          const path = join(samples, input)
          const proposed = "DeflatedExplicitVRLittleEndian,ExplicitVRBigEndian,ImplicitVRLittleEndian"
          const { err, exitCode } = yield* dicom("store", "127.0.0.1", port, path, "--propose", proposed)
          assert.deepStrictEqual([exitCode, err], [0, []])
          const converted = join(directory, "converted.dcm")
          yield* dicom("convert", path, converted, "--syntax", syntax, "--quiet")
          const { bytes, transferSyntaxUid } = taken.at(-1) ?? assert.fail("nothing came")
          const expected = readFileSync(converted)
          assert.strictEqual(transferSyntaxUid, syntax)
          assert.strictEqual(Buffer.compare(bytes, expected.subarray(144 + expected.readUInt32LE(140))), 0, input)
        }
      })
    )
  }

  it.live("tells the syntax that it was sent in", () =>
    Effect.gen(function* () {
      const { port } = yield* archive(implicit)
      const store = ["store", "127.0.0.1", port, join(samples, "explicit_little.dcm"), "--propose", implicit]
      const { out } = yield* dicom(...store, "--verbose")
      assert.match(out[0] ?? "", /^stored: .*explicit_little\.dcm \(.*, as Implicit VR Little Endian.*\)$/)
      const { out: lines } = yield* dicom(...store, "--json")
      assert.deepInclude(JSON.parse(lines[0] ?? ""), { outcome: "stored", transferSyntaxUid: implicit })
    })
  )

  it.live("does not decompress, and says that there is no context for what is compressed", () =>
    Effect.gen(function* () {
      const { port, taken } = yield* archive(implicit)
      const path = join(samples, "rle.dcm")
      const { err, exitCode } = yield* dicom("store", "127.0.0.1", port, path, "--propose", "implicitvrlittleendian")
      assert.deepStrictEqual([exitCode, taken], [8, []])
      assert.match(
        err[0] ?? "",
        /^no presentation context: .*rle\.dcm \(it is .* in RLE Lossless, which --propose does not have, and cannot be made into what it has\)$/
      )
      assert.strictEqual(
        err.at(-1),
        "For 1 instance no presentation context was accepted. See which SOP classes and transfer syntaxes the peer is set " +
          "up for, or give others with --propose."
      )
    })
  )

  it.live("is not for several associations", () =>
    Effect.gen(function* () {
      const { err, exitCode } = yield* dicom(
        ...["store", "127.0.0.1", "1", samples, "--propose", implicit, "--retry", "1"]
      )
      assert.deepStrictEqual(
        [exitCode, err],
        [
          2,
          ["--propose is for one association without retries. Leave it out, or --associations, --retry and --journal."]
        ]
      )
    })
  )
})

describe("StoreProposal", () => {
  const file = (sopClassUid: Uid.Uid, transferSyntaxUid: Uid.Uid): InstanceFile.InstanceFile => ({
    _tag: "Instance",
    path: "a.dcm",
    sopClassUid,
    sopInstanceUid: Uid.makeUnsafe("1.2.3"),
    transferSyntaxUid,
    dataSetOffset: 0,
    length: 0,
    kept: undefined
  })

  it("has for each SOP class all transfer syntaxes on one association, and no more than 128 contexts on any", () => {
    const instances = SopClass.storageInForce.slice(0, 100).map((uid) => file(uid, big))
    const proposals = StoreProposal.make(instances, [implicit, big, TransferSyntax.ExplicitVRLittleEndian.uid])
    assert.deepStrictEqual(
      proposals.map(({ instances, presentationContexts }) => [instances.length, [...presentationContexts].length]),
      [
        [42, 126],
        [42, 126],
        [16, 48]
      ]
    )
  })

  it("without others proposes what the instances are in", () => {
    const instances = [file(SopClass.CTImageStorage, big), file(SopClass.CTImageStorage, implicit)]
    assert.deepStrictEqual(StoreProposal.make(instances), [
      {
        presentationContexts: [big, implicit].map((one) => ({
          abstractSyntax: SopClass.CTImageStorage,
          transferSyntaxes: [one]
        })),
        instances
      }
    ])
  })
})
