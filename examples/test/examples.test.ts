import { Association, AssociationServer } from "@effect-dicom/association"
import {
  Attribute,
  AttributeMatching,
  DataSet,
  DS,
  FileFormat,
  FileMetaInformation,
  PersonName
} from "@effect-dicom/data"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import { AETitle } from "@effect-dicom/protocol/AETitle"
import * as C_STORE from "@effect-dicom/protocol/C_STORE"
import { ModalityWorklist, QueryRetrieve, ServiceClassProvider, Storage, Verification } from "@effect-dicom/services"
import { NodeServices, NodeSocket, NodeSocketServer } from "@effect/platform-node"
import { describe, expect, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Option, Result, Schema, Stream } from "effect"
import { TestConsole } from "effect/testing"
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as AnonymizeFolder from "../anonymize-folder.ts"
import * as Echo from "../echo.ts"
import * as IllegalSequence from "../illegal-sequence.ts"
import * as PooledSender from "../pooled-sender.ts"
import * as MoveProvider from "../move-provider.ts"
import * as MutualTls from "../mutual-tls.ts"
import * as PrintHeader from "../print-header.ts"
import * as PrivateSopClass from "../private-sop-class.ts"
import * as ReleaseByHand from "../release-by-hand.ts"
import * as SendBeforeRelease from "../send-before-release.ts"
import * as StorageProvider from "../storage-provider.ts"
import * as StoppedQuery from "../stopped-query.ts"
import * as TwoAssociations from "../two-associations.ts"
import * as TypedStudy from "../typed-study.ts"
import * as WorklistProvider from "../worklist-provider.ts"

const listening = (server: typeof StorageProvider.server) =>
  server.pipe(
    Layer.provide(NodeSocketServer.layer({ port: 0, host: "127.0.0.1", noDelay: true })),
    Layer.provideMerge(TestConsole.layer)
  )

const port = Effect.map(AssociationServer.AssociationServer, ({ address }) => {
  if (address._tag === "UnixPathAddress") throw new Error("a TCP address was asked for")
  return address.port
})

const againstIt = <A, E, R>(client: Effect.Effect<A, E, R>) =>
  Effect.flatMap(port, (port) =>
    Effect.provide(client, NodeSocket.layerNet({ host: "127.0.0.1", port, noDelay: true }))
  )

const instance: Storage.Instance = {
  sopClassUid: SopClass.CTImageStorage,
  sopInstanceUid: Uid.makeUnsafe("1.2.3.4"),
  transferSyntaxUid: TransferSyntax.ExplicitVRLittleEndian.uid,
  dataSet: [new Uint8Array(1000)]
}

const verification = listening(ServiceClassProvider.layer([Verification.provider]))

const full = listening(
  ServiceClassProvider.layer([Storage.provider(() => Effect.succeed(C_STORE.failures.outOfResources))])
)

const image = Result.getOrThrow(
  DataSet.withAll(DataSet.empty(TransferSyntax.ExplicitVRLittleEndian), [
    [Attribute.SOPClassUID, SopClass.CTImageStorage],
    [Attribute.SOPInstanceUID, Uid.makeUnsafe("1.2.3.4")],
    [Attribute.StudyDate, { year: 2024, month: 2, day: 29 }],
    [
      Attribute.ReferencedImageSequence,
      [
        Result.getOrThrow(
          DataSet.with(
            DataSet.empty(TransferSyntax.ExplicitVRLittleEndian),
            Attribute.ReferencedSOPInstanceUID,
            Uid.makeUnsafe("1.2.3.5")
          )
        )
      ]
    ],
    [
      Attribute.PatientName,
      Result.getOrThrow(PersonName.make({ alphabetic: { familyName: "Smith", givenName: "Anne" } }))
    ],
    [Attribute.Rows, 512],
    [Attribute.PixelSpacing, [DS.DS.make("0.5"), DS.DS.make("0.25")]]
  ])
)

/** Writes a file into a folder of its own. */
const written = Effect.fnUntraced(function* (dataSet: DataSet.DataSet) {
  const fs = yield* FileSystem.FileSystem
  const path = `${yield* fs.makeTempDirectoryScoped()}/image.dcm`
  const meta = FileMetaInformation.make({
    mediaStorageSopClassUid: SopClass.CTImageStorage,
    mediaStorageSopInstanceUid: Uid.makeUnsafe("1.2.3.4"),
    transferSyntaxUid: TransferSyntax.ExplicitVRLittleEndian.uid,
    implementationClassUid: Uid.makeUnsafe("2.25.1")
  })
  const file = Result.flatMap(meta, (meta) => FileFormat.make(meta, dataSet))
  yield* fs.writeFile(path, Buffer.concat(Result.getOrThrow(Result.flatMap(file, (file) => FileFormat.encode(file)))))
  return path
})

const imageFile = written(image)

const onFiles = Layer.merge(NodeServices.layer, TestConsole.layer)

describe("the examples", () => {
  it.live("echo prints the peer's answer", () =>
    Effect.gen(function* () {
      expect(yield* againstIt(Echo.program)).toEqual({ _tag: "Success", code: 0 })
      expect(yield* TestConsole.logLines).toEqual(["ANY-SCP answers: Success"])
    }).pipe(Effect.provide(verification))
  )

  it.live("storage-provider takes an instance and counts its bytes", () =>
    Effect.gen(function* () {
      yield* TwoAssociations.program([yield* port], instance)
      expect(yield* TestConsole.logLines).toEqual(["1.2.3.4: 1000 bytes from EXAMPLE"])
    }).pipe(Effect.provide(listening(StorageProvider.server)))
  )

  it.live("release-by-hand says that the association was released", () =>
    Effect.gen(function* () {
      expect(yield* againstIt(ReleaseByHand.program)).toEqual({ _tag: "Released" })
      expect(yield* TestConsole.logLines).toEqual(["released"])
    }).pipe(Effect.provide(verification))
  )

  it.live("send-before-release sends, and then lets the peer go", () =>
    Effect.gen(function* () {
      expect(yield* againstIt(ReleaseByHand.program)).toEqual({ _tag: "Released" })
      expect(yield* TestConsole.logLines).toEqual(["EXAMPLE wants to go", "released"])
    }).pipe(Effect.provide(listening(SendBeforeRelease.server)))
  )

  it.live("two-associations stores with both and releases both", () =>
    Effect.gen(function* () {
      const archives = yield* TwoAssociations.program([yield* port, yield* port], instance)
      const ends = yield* Effect.forEach(archives, (archive) => archive.ended)
      expect(ends.map((end) => end._tag)).toEqual(["Released", "Released"])
    }).pipe(Effect.provide(listening(StorageProvider.server)))
  )

  it.live("two-associations aborts both when one archive refuses", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(TwoAssociations.program([yield* port, yield* port], instance))
      expect(error).toEqual(new TwoAssociations.NotStored({ archive: "ARCHIVE" }))
    }).pipe(Effect.provide(full))
  )

  it.live("pooled-sender sends to each archive, tries again where it is full, and goes on with its journal", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const journal = `${yield* fs.makeTempDirectoryScoped()}/journal`
      let stored = 0
      const filling = ServiceClassProvider.layer([
        Storage.provider(() =>
          Effect.sync(() => (++stored === 1 ? C_STORE.failures.outOfResources : { _tag: "Success", code: 0 }))
        )
      ])
      const tallies = yield* Effect.gen(function* () {
        const ports = { ONE: yield* port, OTHER: yield* port }
        const first = yield* PooledSender.program(ports, [instance], journal)
        return [first, yield* PooledSender.program(ports, [instance], journal)]
      }).pipe(Effect.provide(listening(filling)))
      const tally = { stored: 1, storedWithWarning: 0, refused: 0, failed: 0, repeated: 0 }
      const each = new Map([
        ["ONE", tally],
        ["OTHER", tally]
      ])
      expect(tallies).toEqual([each, each])
      expect(stored).toBe(3)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.live("illegal-sequence names the primitive, the state and what was permitted", () =>
    Effect.gen(function* () {
      const error = yield* againstIt(IllegalSequence.program)
      expect(error).toMatchObject({ primitive: "P-DATA request", state: "Sta7", permitted: ["A-ABORT request"] })
      expect(yield* TestConsole.logLines).toEqual(["P-DATA request in Sta7; permitted: A-ABORT request"])
    }).pipe(Effect.provide(verification))
  )

  it.effect("print-header prints a line for each element, items below their sequence", () =>
    Effect.gen(function* () {
      const path = yield* imageFile
      yield* PrintHeader.program(path)
      expect(yield* TestConsole.logLines).toEqual([
        `${path}, Explicit VR Little Endian`,
        "(0008,0016) UI SOPClassUID: 1.2.840.10008.5.1.4.1.1.2",
        "(0008,0018) UI SOPInstanceUID: 1.2.3.4",
        "(0008,0020) DA StudyDate: 20240229",
        "(0008,1140) SQ ReferencedImageSequence: Sequence",
        "  (0008,1155) UI ReferencedSOPInstanceUID: 1.2.3.5",
        "(0010,0010) PN PatientName: Smith^Anne",
        "(0028,0010) US Rows: 2 bytes",
        "(0028,0030) DS PixelSpacing: 0.5\\0.25"
      ])
    }).pipe(Effect.scoped, Effect.provide(onFiles))
  )

  it.effect("typed-study makes a type of its own of a data set", () =>
    Effect.gen(function* () {
      const image = yield* TypedStudy.program(yield* imageFile)
      expect(image.references).toEqual([{ sopInstanceUid: "1.2.3.5" }])
      expect(yield* TestConsole.logLines).toEqual(["Smith^Anne on 2024-2-29, pixels 0.5 mm high, 1 references"])
    }).pipe(Effect.scoped, Effect.provide(onFiles))
  )

  it.effect("typed-study names what does not fit", () =>
    Effect.gen(function* () {
      const path = yield* written(DataSet.without(image, Attribute.PatientName))
      const error = yield* Effect.flip(TypedStudy.program(path))
      expect(error.message).toContain("(0010,0010) PatientName, PN")
    }).pipe(Effect.scoped, Effect.provide(onFiles))
  )

  it.effect("anonymize-folder leaves nothing of the patient, and the same for the same key", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const from = (yield* imageFile).replace(/\/[^/]*$/, "")
      const to = yield* fs.makeTempDirectoryScoped()
      yield* AnonymizeFolder.program(from, `${to}/1`, "a key")
      yield* AnonymizeFolder.program(from, `${to}/2`, "a key")
      const bytes = yield* fs.readFile(`${to}/1/1.dcm`)
      expect(yield* fs.readFile(`${to}/2/1.dcm`)).toEqual(bytes)
      const { dataSet, irregularities } = yield* Effect.fromResult(FileFormat.decode(bytes))
      expect(irregularities).toEqual([])
      expect(Buffer.from(bytes).toString("latin1")).not.toMatch(/Smith|1\.2\.3\.[45]|20240229/)
      expect(Result.getOrThrow(DataSet.get(dataSet, Attribute.Rows))).toBe(512)
      expect(yield* TestConsole.logLines).toEqual([
        "1.dcm: 9 of 12 elements changed or added",
        "1.dcm: 9 of 12 elements changed or added"
      ])
    }).pipe(Effect.scoped, Effect.provide(onFiles))
  )

  it.live("mutual-tls answers who calls by the name in its certificate, and nobody else", () =>
    Effect.gen(function* () {
      const folder = fileURLToPath(new URL("../../packages/association/test/fixtures", import.meta.url))
      const server = Layer.provideMerge(MutualTls.server(folder, 0), TestConsole.layer)
      yield* Effect.gen(function* () {
        const at = yield* port
        yield* MutualTls.echo(folder, "modality1", "MODALITY1", at)
        yield* MutualTls.echo(folder, "modality2", "MODALITY1", at)
        // Why it was denied is in the log only.
        const lines = (yield* TestConsole.logLines).map(String)
        expect(lines.filter((line) => line.startsWith("MODALITY1 is"))).toEqual([
          "MODALITY1 is answered: Success",
          "MODALITY1 is not answered: The peer rejected the association: calling-AE-title-not-recognized " +
            "(rejected-permanent, DICOM UL service-user)"
        ])
      }).pipe(Effect.provide(server))
    })
  )

  it.live("worklist-provider answers with the items that match", () =>
    Effect.gen(function* () {
      const worklist = ModalityWorklist.make({ identifier: ModalityWorklist.Identifier, match: ModalityWorklist.Item })
      const titles = { callingAETitle: "CT1", calledAETitle: "RIS" }
      const found = yield* againstIt(
        Effect.scoped(
          Effect.gen(function* () {
            const client = worklist.client(yield* Association.request({ ...titles, ...worklist.proposal() }))
            return yield* Stream.runCollect(
              client.find({
                patientName: AttributeMatching.wildCard("SM?TH*"),
                patientId: AttributeMatching.universal,
                scheduledProcedureStep: AttributeMatching.sequence({ modality: AttributeMatching.singleValue("CT") })
              })
            )
          })
        )
      )
      expect(found.map(({ identifier }) => [identifier.patientId, identifier.scheduledProcedureStep])).toEqual([
        ["3", [{ modality: "CT" }]]
      ])
      expect(yield* TestConsole.logLines).toEqual(["CT1 asks for its worklist"])
    }).pipe(Effect.provide(listening(WorklistProvider.server)))
  )

  it.live("stopped-query leaves when it has enough, and asks again", () =>
    Effect.gen(function* () {
      let stopped = 0
      const endless = QueryRetrieve.make("Study Root", { match: QueryRetrieve.Match.study }).handlers({
        find: () =>
          Stream.iterate(1, (i) => i + 1).pipe(
            Stream.map((i) => ({
              identifier: {
                level: "STUDY" as const,
                studyInstanceUid: Uid.makeUnsafe(`1.2.${i}`),
                patientName: Result.getOrThrow(PersonName.make({ alphabetic: { familyName: "Doe" } }))
              }
            })),
            Stream.ensuring(Effect.sync(() => stopped++))
          )
      })
      yield* againstIt(StoppedQuery.program("D", 2)).pipe(
        Effect.provide(listening(ServiceClassProvider.layer([endless])))
      )
      expect(yield* TestConsole.logLines).toEqual([
        "1.2.1 of Doe",
        "1.2.2 of Doe",
        "and the first once more: 1.2.1 of Doe"
      ])
      expect(stopped).toBe(2)
    }).pipe(Effect.provide(TestConsole.layer))
  )

  it.live("move-provider stores what matches with the workstation", () =>
    Effect.gen(function* () {
      const workstation = yield* port
      const uid = Uid.makeUnsafe("1.2.3.4")
      const whole = Result.getOrThrow(DataSet.with(image, Attribute.StudyInstanceUID, Uid.makeUnsafe("1.2.3")))
      const archived = { ...instance, whole, dataSet: DataSet.write(whole) }
      const asked = Effect.gen(function* () {
        const { studyRoot } = QueryRetrieve
        const titles = { callingAETitle: "WORKSTATION", calledAETitle: "ARCHIVE" }
        const client = studyRoot.client(yield* Association.request({ ...titles, ...studyRoot.proposal() }))
        const identifier = Result.getOrThrow(
          DataSet.withAll(DataSet.empty(TransferSyntax.ExplicitVRLittleEndian), [
            [Attribute.QueryRetrieveLevel, "STUDY"],
            [Attribute.StudyInstanceUID, Uid.makeUnsafe("1.2.3")]
          ])
        )
        return yield* Stream.runLast(
          client.move(identifier, { destination: Schema.decodeSync(AETitle)("WORKSTATION") })
        )
      })
      const moving = MoveProvider.server(new Map([[uid, archived]]), "127.0.0.1", workstation)
      const last = yield* againstIt(Effect.scoped(asked)).pipe(Effect.provide(listening(moving)))
      expect(Option.getOrThrow(last).subOperations).toEqual({ completed: 1, failed: 0, warning: 0 })
      expect(yield* TestConsole.logLines).toEqual([
        "instances for WORKSTATION: 1",
        `1.2.3.4: ${DataSet.size(whole)} bytes from ARCHIVE`
      ])
    }).pipe(Effect.provide(listening(StorageProvider.server)))
  )

  it.live("private-sop-class refuses with its own status", () =>
    Effect.gen(function* () {
      yield* againstIt(PrivateSopClass.program)
      expect(yield* TestConsole.logLines).toEqual([
        "Jam: The operation ended with Failure C001H, The film is stuck",
        "50 sheets of CLEAR FILM"
      ])
    }).pipe(Effect.provide(listening(PrivateSopClass.server)))
  )

  it("each is under sixty lines", () => {
    const folder = new URL("..", import.meta.url)
    for (const name of readdirSync(folder).filter((name) => name.endsWith(".ts"))) {
      const lines = readFileSync(new URL(name, folder), "utf8").trimEnd().split("\n").length
      expect({ name, lines: lines < 60 }).toEqual({ name, lines: true })
    }
  })
})
