import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as FileFormat from "@effect-dicom/data/FileFormat"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as Uid from "@effect-dicom/data/Uid"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { PrintManagement } from "../../src/index.ts"
import * as Over from "./over.ts"
import * as Peers from "./peers.ts"

const { grayscale, presentationLut } = PrintManagement

const isThere = ChildProcess.spawnSync("dcmprscp", ["--version"]).error === undefined
const skip = Peers.isMissing(isThere)
const name = (sentence: string): string => (skip ? `${sentence} (skipped: dcmprscp is not installed)` : sentence)

/** What DCMTK's dcmpstat.cfg says of a side over TLS, which asks for the certificate of the other. */
const secured = (who: string): string => `
UseTLS = true
Certificate = ${Over.pem(`${who}.cert`)}
PrivateKey = ${Over.pem(`${who}.key`)}
PeerAuthentication = REQUIRE`

/** DCMTK looks an authority up in a directory, by the hash of its name that \`openssl x509 -hash\` prints. */
const trusting = (directory: string): void =>
  Fs.copyFileSync(Over.pem("authority.cert"), Path.join(directory, "f20e0b1e.0"))

/** The keys of DCMTK's dcmpstat.cfg that a printer of its own needs. */
const configuration = (over: Over.Over, who: string, directory: string, port: string): string => `
[[GENERAL]]
[TLS]
TLSDirectory = /
CACertificateDirectory = ${directory}
[PRINT]
Directory = ${directory}
[DATABASE]
Directory = ${directory}
[[COMMUNICATION]]
[CAMERA]
Aetitle = CAMERA
Description = A printer
Hostname = localhost
Port = ${port}
Type = LOCALPRINTER
DisableNewVRs = false
DisplayFormat = 1,1\\2,2
FilmSizeID = 8INX10IN\\14INX17IN
ImplicitOnly = false
MagnificationType = REPLICATE\\NONE
MaxDensity = 320
MinDensity = 20
MaxPDU = 32768
MediumType = PAPER\\CLEAR FILM
OmitSOPClassUIDFromCreateResponse = false
PresentationLUTMatchRequired = false
PresentationLUTinFilmSession = false
Supports12Bit = true
SupportsPresentationLUT = true${over === "TCP" ? "" : secured(who)}
`

const printing = Effect.fnUntraced(function* (over: Over.Over) {
  const directory = yield* Peers.temporary
  trusting(directory)
  Fs.writeFileSync(Path.join(directory, "template.cfg"), configuration(over, "archive", directory, "@PORT@"))
  const start = 'sed "s/@PORT@/$1/" template.cfg > print.cfg; exec dcmprscp -v -c print.cfg -p CAMERA'
  const { port } = yield* Peers.listening("sh", ["-c", start, "sh"], directory)
  return { directory, port }
})

const overs = ["TCP", "TLS"] as const

const session = Uid.makeUnsafe("2.25.9001")
const film = Uid.makeUnsafe("2.25.9002")
const lut = Uid.makeUnsafe("2.25.9003")

const pixelData = Uint8Array.from({ length: 64 * 64 }, (_, i) => i & 0xff)
const image = {
  samplesPerPixel: 1,
  photometricInterpretation: "MONOCHROME2",
  rows: 64,
  columns: 64,
  bitsAllocated: 8,
  bitsStored: 8,
  highBit: 7,
  pixelRepresentation: 0,
  pixelData
}

/** Prints a film of four boxes on dcmprscp; the directory in which it keeps the images and the film. */
const printed = Effect.fnUntraced(function* (over: Over.Over) {
  const { directory, port } = yield* printing(over)
  const association = yield* Over.associate(over, port, {
    calledAETitle: "CAMERA",
    presentationContexts: [...grayscale.presentationContexts(), ...presentationLut.presentationContexts()]
  })
  const client = grayscale.client(association)
  const { dataSet: state } = yield* client.getPrinter({ sopInstanceUid: PrintManagement.printerInstance })
  const printer = yield* Schema.decodeEffect(PrintManagement.Printer)(state)
  assert.strictEqual(printer.printerStatus, "NORMAL")
  const luts = presentationLut.client(association)
  yield* luts.create({ sopInstanceUid: lut, dataSet: { presentationLutShape: "IDENTITY" } })
  yield* client.createFilmSession({
    sopInstanceUid: session,
    dataSet: { mediumType: "CLEAR FILM", printPriority: "HIGH" }
  })
  const { dataSet: made } = yield* client.createFilmBox({
    sopInstanceUid: film,
    dataSet: {
      imageDisplayFormat: "STANDARD\\2,2",
      filmOrientation: "PORTRAIT",
      filmSizeId: "8INX10IN",
      referencedFilmSession: [{ referencedSopClassUid: SopClass.BasicFilmSession, referencedSopInstanceUid: session }],
      referencedPresentationLut: [{ referencedSopClassUid: SopClass.PresentationLUT, referencedSopInstanceUid: lut }]
    }
  })
  assert.deepStrictEqual(
    made.referencedImageBoxes.map(({ referencedSopClassUid }) => referencedSopClassUid),
    Array.from({ length: 4 }, () => SopClass.BasicGrayscaleImageBox)
  )
  for (const [i, { referencedSopInstanceUid: sopInstanceUid }] of made.referencedImageBoxes.entries()) {
    const { status } = yield* client.setImageBox({
      sopInstanceUid,
      dataSet: { imageBoxPosition: i + 1, polarity: "NORMAL", image: [image] }
    })
    assert.strictEqual(status._tag, "Success")
  }
  const { status } = yield* client.printFilmBox({ sopInstanceUid: film })
  assert.strictEqual(status._tag, "Success")
  yield* client.deleteFilmBox({ sopInstanceUid: film })
  yield* client.deleteFilmSession({ sopInstanceUid: session })
  assert.strictEqual((yield* association.release)._tag, "Released")
  return directory
})

const stored = (directory: string, prefix: string): ReadonlyArray<string> =>
  Fs.readdirSync(directory).flatMap((file) => (file.startsWith(prefix) ? [Path.join(directory, file)] : []))

describe("we ask, DCMTK's dcmprscp prints", () => {
  for (const over of overs) {
    it.live.skipIf(skip)(
      name(`a film of four boxes with a presentation LUT, and the printer's state, over ${over}`),
      () =>
        Effect.gen(function* () {
          const directory = yield* printed(over)
          const images = stored(directory, "HG_")
          assert.strictEqual(images.length, 4)
          for (const name of images) {
            const { dataSet } = Result.getOrThrow(FileFormat.decode(Fs.readFileSync(name)))
            const bytes = DataSet.element(dataSet, Attribute.PixelData.tag)
            assert.deepStrictEqual(
              [
                Result.getOrThrow(DataSet.get(dataSet, Attribute.Rows)),
                Result.getOrThrow(DataSet.get(dataSet, Attribute.PixelData))
              ],
              [64, bytes?.vr === "OB" ? pixelData : new Uint16Array(pixelData.buffer)]
            )
          }
        }).pipe(Effect.scoped)
    )
  }

  it.live.skipIf(skip)(name("what it refuses is refused with a status and its meaning"), () =>
    Effect.gen(function* () {
      const { port } = yield* printing("TCP")
      const association = yield* Peers.associate(port, grayscale.presentationContexts(), { calledAETitle: "CAMERA" })
      const client = grayscale.client(association)
      const orphan = yield* Effect.flip(
        client.createFilmBox({
          sopInstanceUid: film,
          dataSet: {
            imageDisplayFormat: "STANDARD\\1,1",
            referencedFilmSession: [
              { referencedSopClassUid: SopClass.BasicFilmSession, referencedSopInstanceUid: session }
            ]
          }
        })
      )
      assert.match(orphan.message, /^The operation ended with Failure /)
      const unknown = yield* Effect.flip(client.printFilmBox({ sopInstanceUid: film }))
      assert.strictEqual(unknown.message, "The operation ended with Failure 0112H, No such SOP Instance")
      assert.strictEqual((yield* association.release)._tag, "Released")
    }).pipe(Effect.scoped)
  )
})

describe("DCMTK's dcmprscu asks, we print", () => {
  for (const over of overs) {
    it.live.skipIf(skip)(name(`the film that dcmprscp kept comes back with its images, over ${over}`), () =>
      Effect.gen(function* () {
        const directory = yield* printed(over)
        const boxes = Array.from({ length: 4 }, (_, i) => ({
          referencedSopClassUid: SopClass.BasicGrayscaleImageBox,
          referencedSopInstanceUid: Uid.makeUnsafe(`2.25.91${i}`)
        }))
        const seen: Array<unknown> = []
        const note = (what: unknown) => Effect.sync(() => void seen.push(what))
        const state = Schema.encodeSync(PrintManagement.Printer)({
          printerStatus: "NORMAL",
          printerStatusInfo: "NORMAL"
        })
        const port = yield* Over.serving(
          over,
          grayscale.handlers({
            createFilmSession: () => Effect.as(note("session"), { sopInstanceUid: session }),
            setFilmSession: () => Effect.void,
            deleteFilmSession: () => note("session deleted"),
            createFilmBox: ({ dataSet }) =>
              Effect.as(note(dataSet.imageDisplayFormat), {
                sopInstanceUid: film,
                dataSet: { referencedImageBoxes: boxes }
              }),
            deleteFilmBox: () => note("box deleted"),
            printFilmBox: () => note("printed"),
            getPrinter: () => Effect.succeed({ dataSet: state }),
            setImageBox: ({ dataSet }) =>
              note([dataSet.imageBoxPosition, dataSet.image?.map(({ columns, rows }) => [rows, columns])])
          }),
          presentationLut.handlers({
            create: () => Effect.succeed({ sopInstanceUid: lut }),
            delete: () => Effect.void
          })
        )
        const config = Path.join(directory, "back.cfg")
        Fs.writeFileSync(config, configuration(over, "modality1", directory, String(port)))
        const films = stored(directory, "SP_")
        const ended = yield* Peers.run("dcmprscu", ["-v", "-c", config, "-p", "CAMERA", ...films])
        assert.deepStrictEqual([films.length, ended.code], [1, 0], ended.output)
        assert.deepStrictEqual(seen, [
          "session",
          "STANDARD\\2,2",
          ...[1, 2, 3, 4].map((position) => [position, [[64, 64]]]),
          "printed",
          "box deleted",
          "session deleted"
        ])
      }).pipe(Effect.scoped)
    )
  }
})
