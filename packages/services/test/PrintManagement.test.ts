import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import { GeneralStatus, PrintManagement, PrintStatus, ServiceClassProvider } from "../src/index.ts"
import { request, serve } from "./joined.ts"
import { ownStatuses } from "./ownStatuses.ts"

const { annotationBox, color, grayscale, presentationLut, printJob, printerConfiguration } = PrintManagement

const session = Uid.makeUnsafe("2.25.1")
const film = Uid.makeUnsafe("2.25.2")
const box = Uid.makeUnsafe("2.25.3")
const job = Uid.makeUnsafe("2.25.4")
const lut = Uid.makeUnsafe("2.25.5")

const toSession = { referencedSopClassUid: SopClass.BasicFilmSession, referencedSopInstanceUid: session }
const toBox = { referencedSopClassUid: SopClass.BasicGrayscaleImageBox, referencedSopInstanceUid: box }
const toJob = { referencedSopClassUid: SopClass.PrintJob, referencedSopInstanceUid: job }

const sheet = {
  imageDisplayFormat: "STANDARD\\1,1",
  filmOrientation: "PORTRAIT",
  maxDensity: 300,
  referencedFilmSession: [toSession]
} as const

const image = {
  samplesPerPixel: 1,
  photometricInterpretation: "MONOCHROME2",
  rows: 2,
  columns: 2,
  bitsAllocated: 8,
  bitsStored: 8,
  highBit: 7,
  pixelRepresentation: 0,
  pixelData: Uint8Array.of(0, 85, 170, 255)
}
const filled = { imageBoxPosition: 1, polarity: "NORMAL", image: [image] } as const

const printer = Schema.encodeSync(PrintManagement.Printer)({ printerStatus: "NORMAL", printerName: "CAMERA" })

const handlers = {
  createFilmSession: () => Effect.void,
  setFilmSession: () => Effect.void,
  deleteFilmSession: () => Effect.void,
  createFilmBox: () => Effect.succeed({ dataSet: { referencedImageBoxes: [toBox] } }),
  deleteFilmBox: () => Effect.void,
  printFilmBox: () => Effect.succeed({ dataSet: { referencedPrintJob: [toJob] } }),
  getPrinter: () => Effect.succeed({ dataSet: printer }),
  setImageBox: () => Effect.void
}

describe("PrintManagement", () => {
  it.effect("a film is printed: session, box, image, print; and what its job and the printer tell is heard", () =>
    Effect.gen(function* () {
      const seen: Array<unknown> = []
      const note = (what: unknown) => Effect.sync(() => void seen.push(what))
      const joined = yield* serve([
        grayscale.handlers({
          ...handlers,
          createFilmSession: ({ dataSet, sopClassUid }) => note([sopClassUid, dataSet]),
          createFilmBox: ({ dataSet }) => Effect.as(note(dataSet), { dataSet: { referencedImageBoxes: [toBox] } }),
          setImageBox: ({ dataSet, sopClassUid }) => note([sopClassUid, dataSet]),
          printFilmBox: ({ association, sopClassUid }) =>
            Effect.gen(function* () {
              yield* note(sopClassUid)
              const jobs = printJob.notifier(association)
              const information = { executionStatusInfo: "NORMAL", printerName: "CAMERA" }
              yield* jobs.pending({ sopInstanceUid: job, dataSet: information })
              yield* jobs.printing({ sopInstanceUid: job, dataSet: information })
              const own = grayscale.notifier(association)
              const sopInstanceUid = PrintManagement.printerInstance
              yield* own.printerWarning({ sopInstanceUid, dataSet: { printerStatusInfo: "SUPPLY LOW" } })
              yield* own.printerFailure({ sopInstanceUid, dataSet: { printerStatusInfo: "FILM JAM" } })
              yield* own.printerNormal({ sopInstanceUid })
              yield* jobs.done({ sopInstanceUid: job, dataSet: information })
              return { dataSet: { referencedPrintJob: [toJob] } }
            }).pipe(Effect.orDie)
        }),
        printJob.handlers({ get: () => Effect.fail(PrintStatus.GetStatus.of.NoSuchSopInstance()) })
      ])
      const association = yield* request(joined, [
        ...grayscale.presentationContexts(),
        ...printJob.presentationContexts()
      ])
      const listening = yield* Effect.forkChild(
        ServiceClassProvider.serve(
          association,
          ServiceClassProvider.together([
            grayscale.notificationHandlers({
              printerNormal: () => note("printer normal"),
              printerWarning: ({ dataSet }) => note(dataSet),
              printerFailure: ({ dataSet }) => note(dataSet)
            }),
            printJob.notificationHandlers({
              pending: ({ dataSet }) => note(["pending", dataSet]),
              printing: () => note("printing"),
              done: ({ sopInstanceUid }) => note(["done", sopInstanceUid]),
              failure: () => note("failure")
            })
          ])
        )
      )
      const client = grayscale.client(association)
      yield* client.createFilmSession({ sopInstanceUid: session, dataSet: { printPriority: "HIGH" } })
      const { dataSet: made } = yield* client.createFilmBox({ sopInstanceUid: film, dataSet: sheet })
      yield* client.setImageBox({ sopInstanceUid: box, dataSet: filled })
      const { dataSet: printed } = yield* client.printFilmBox({ sopInstanceUid: film })
      assert.deepStrictEqual([made, printed], [{ referencedImageBoxes: [toBox] }, { referencedPrintJob: [toJob] }])
      assert.deepStrictEqual(seen, [
        [SopClass.BasicFilmSession, { printPriority: "HIGH" }],
        sheet,
        [SopClass.BasicGrayscaleImageBox, filled],
        SopClass.BasicFilmBox,
        ["pending", { executionStatusInfo: "NORMAL", printerName: "CAMERA" }],
        "printing",
        { printerStatusInfo: "SUPPLY LOW" },
        { printerStatusInfo: "FILM JAM" },
        "printer normal",
        ["done", job]
      ])
      const error = yield* Effect.flip(printJob.client(association).get({ sopInstanceUid: job }))
      assert.strictEqual(error.message, "The operation ended with Failure 0112H, No such SOP Instance")
      yield* Fiber.interrupt(listening)
    })
  )

  it.effect("sessions and boxes are changed and deleted, and what a printer leaves out is told", () =>
    Effect.gen(function* () {
      const joined = yield* serve([
        grayscale.handlers({
          ...handlers,
          setFilmSession: () =>
            Effect.succeed({ status: PrintStatus.FilmSessionSetStatus.of.MemoryAllocationNotSupported() }),
          setFilmBox: () => Effect.fail(PrintStatus.FilmBoxSetStatus.of.FilmBoxNotPrinted())
        })
      ])
      const client = grayscale.client(yield* request(joined, grayscale.presentationContexts()))
      const { status } = yield* client.setFilmSession({ sopInstanceUid: session, dataSet: { printPriority: "LOW" } })
      assert.deepStrictEqual(status, { _tag: "MemoryAllocationNotSupported", class: "Warning", code: 0xb600 })
      const error = yield* Effect.flip(client.setFilmBox({ sopInstanceUid: film, dataSet: { trim: "YES" } }))
      assert(error._tag === "Refused")
      assert.strictEqual(error.status.code, 0xc616)
      const unsupported = yield* Effect.flip(client.printFilmSession({ sopInstanceUid: session }))
      assert.strictEqual(unsupported.message, "The operation ended with Failure 0211H, Unrecognized operation")
      assert.strictEqual((yield* client.deleteFilmBox({ sopInstanceUid: film })).status._tag, "Success")
      assert.strictEqual((yield* client.deleteFilmSession({ sopInstanceUid: session })).status._tag, "Success")
      const { dataSet } = yield* client.getPrinter({ sopInstanceUid: PrintManagement.printerInstance })
      assert.deepStrictEqual(yield* Schema.decodeEffect(PrintManagement.Printer)(dataSet), {
        printerStatus: "NORMAL",
        printerName: "CAMERA"
      })
    })
  )

  it.effect("a printer of color fills color boxes, and prints whole sessions", () =>
    Effect.gen(function* () {
      let seen: unknown
      const joined = yield* serve([
        color.handlers({
          ...handlers,
          printFilmSession: () => Effect.fail(PrintStatus.FilmSessionPrintStatus.of.PrintQueueFull()),
          setImageBox: ({ dataSet, sopClassUid }) => Effect.sync(() => void (seen = [sopClassUid, dataSet.image]))
        })
      ])
      const client = color.client(yield* request(joined, color.presentationContexts()))
      const rgb = { ...image, samplesPerPixel: 3, planarConfiguration: 0, pixelData: new Uint8Array(12) }
      yield* client.setImageBox({ sopInstanceUid: box, dataSet: { imageBoxPosition: 1, image: [rgb] } })
      assert.deepStrictEqual(seen, [SopClass.BasicColorImageBox, [rgb]])
      yield* client.setImageBox({ sopInstanceUid: box, dataSet: { imageBoxPosition: 1, image: null } })
      assert.deepStrictEqual(seen, [SopClass.BasicColorImageBox, null])
      const error = yield* Effect.flip(client.printFilmSession({ sopInstanceUid: session }))
      assert.strictEqual(
        error.message,
        "The operation ended with Failure C601H, Failed: Unable to create Print Job SOP Instance; print queue is full"
      )
    })
  )

  it.effect("a presentation LUT has a table or a shape, and not both", () =>
    Effect.gen(function* () {
      const joined = yield* serve([presentationLut.handlers({ create: () => Effect.void, delete: () => Effect.void })])
      const luts = presentationLut.client(yield* request(joined, presentationLut.presentationContexts()))
      const table = DataSet.empty(TransferSyntax.ExplicitVRLittleEndian)
      for (const dataSet of [{}, { presentationLut: [table], presentationLutShape: "IDENTITY" } as const]) {
        const error = yield* Effect.flip(luts.create({ sopInstanceUid: lut, dataSet }))
        assert.strictEqual(error._tag, "Unwritable")
        assert.include(error.message, "there is one of Presentation LUT Sequence and Presentation LUT Shape")
      }
      yield* luts.create({ sopInstanceUid: lut, dataSet: { presentationLut: [table] } })
    })
  )

  it.effect("the optional classes: annotations, presentation LUTs, the printer's configuration", () =>
    Effect.gen(function* () {
      const seen: Array<unknown> = []
      const configuration = DataSet.empty(grayscaleSyntax)
      const joined = yield* serve([
        annotationBox.handlers({ set: ({ dataSet }) => Effect.sync(() => void seen.push(dataSet)) }),
        presentationLut.handlers({
          create: ({ dataSet }) =>
            Effect.sync(() => {
              seen.push(dataSet)
              return { status: PrintStatus.PresentationLutCreateStatus.of.DensityOutOfRange() }
            }),
          delete: ({ sopInstanceUid }) => Effect.sync(() => void seen.push(sopInstanceUid))
        }),
        printerConfiguration.handlers({
          get: ({ sopInstanceUid }) => {
            seen.push(sopInstanceUid)
            return Effect.succeed({ dataSet: DataSet.set(configuration, empty) })
          }
        })
      ])
      const association = yield* request(joined, [
        ...annotationBox.presentationContexts(),
        ...presentationLut.presentationContexts(),
        ...printerConfiguration.presentationContexts()
      ])
      const text = { annotationPosition: 1, textString: "LEFT" }
      yield* annotationBox.client(association).set({ sopInstanceUid: box, dataSet: text })
      const luts = presentationLut.client(association)
      const { status } = yield* luts.create({ sopInstanceUid: lut, dataSet: { presentationLutShape: "LIN OD" } })
      yield* luts.delete({ sopInstanceUid: lut })
      yield* printerConfiguration
        .client(association)
        .get({ sopInstanceUid: PrintManagement.printerConfigurationInstance })
      assert.strictEqual(status._tag, "DensityOutOfRange")
      assert.deepStrictEqual(seen, [
        text,
        { presentationLutShape: "LIN OD" },
        lut,
        PrintManagement.printerConfigurationInstance
      ])
    })
  )

  it("the statuses are those of PS3.4 section H.4", () => {
    const collation = ["CollationNotSupported", "Warning", "B601"]
    const shrunk = ["Demagnified", "Warning", "B604"]
    const density = ["DensityOutOfRange", "Warning", "B605"]
    const cropped = ["Cropped", "Warning", "B609"]
    const decimated = ["Decimated", "Warning", "B60A"]
    const tooLarge = ["ImageTooLarge", "Failure", "C603"]
    const combined = ["CombinedImageTooLarge", "Failure", "C613"]
    const memory = ["InsufficientMemory", "Failure", "C605"]
    const notPrinted = ["FilmBoxNotPrinted", "Failure", "C616"]
    const { action, create, setAttributes: set } = GeneralStatus
    const expected = [
      // Table H.4.1.2.1.2-1
      [PrintStatus.FilmSessionCreateStatus, create, [["MemoryAllocationNotSupported", "Warning", "B600"]]],
      [PrintStatus.FilmSessionSetStatus, set, [["MemoryAllocationNotSupported", "Warning", "B600"]]],
      // Table H.4-4
      [
        PrintStatus.FilmSessionPrintStatus,
        action,
        [
          collation,
          ["EmptyPage", "Warning", "B602"],
          shrunk,
          cropped,
          decimated,
          ["NoFilmBox", "Failure", "C600"],
          ["PrintQueueFull", "Failure", "C601"],
          tooLarge,
          combined
        ]
      ],
      // Table H.4.2.2.1.2-1
      [PrintStatus.FilmBoxCreateStatus, create, [density, notPrinted]],
      [PrintStatus.FilmBoxSetStatus, set, [density, notPrinted]],
      // Table H.4-9
      [
        PrintStatus.FilmBoxPrintStatus,
        action,
        [
          ["EmptyPage", "Warning", "B603"],
          shrunk,
          cropped,
          decimated,
          ["PrintQueueFull", "Failure", "C602"],
          tooLarge,
          combined
        ]
      ],
      // Sections H.4.3.1.2.1.2 and H.4.3.2.2.1.2
      [PrintStatus.GrayscaleImageBoxSetStatus, set, [shrunk, density, cropped, decimated, tooLarge, memory, combined]],
      [PrintStatus.ColorImageBoxSetStatus, set, [shrunk, cropped, decimated, tooLarge, memory, combined]],
      [PrintStatus.AnnotationBoxSetStatus, set, []],
      // Table H.4.9.2.1.2-1
      [PrintStatus.PresentationLutCreateStatus, create, [density]],
      [PrintStatus.GetStatus, GeneralStatus.getAttributes, []],
      [PrintStatus.DeleteStatus, GeneralStatus.delete, []],
      [PrintStatus.EventStatus, GeneralStatus.eventReport, []]
    ] as const
    for (const [table, general, own] of expected) {
      assert.deepStrictEqual(
        ownStatuses(table, general).map((row) => [...row]),
        own.map((row) => [...row])
      )
    }
  })

  it("the well-known instances are those of PS3.4 sections H.4.6.5 and H.4.11.4", () => {
    assert.strictEqual(PrintManagement.printerInstance, "1.2.840.10008.5.1.1.17")
    assert.strictEqual(PrintManagement.printerConfigurationInstance, "1.2.840.10008.5.1.1.17.376")
  })

  it("warnings of printing are matched exhaustively, and what the classes do not have does not compile", () => {
    const told = (status: Extract<PrintStatus.FilmBoxPrintStatus, { readonly class: "Warning" }>): string => {
      switch (status._tag) {
        case "EmptyPage":
        case "Demagnified":
        case "Cropped":
        case "Decimated":
          return status._tag
      }
    }
    assert.strictEqual(told(PrintStatus.FilmBoxPrintStatus.of.Cropped()), "Cropped")
    const notRun = (client: ReturnType<typeof grayscale.client>) => {
      // @ts-expect-error: an image of color is not for a grayscale box
      client.setImageBox({ sopInstanceUid: box, dataSet: { imageBoxPosition: 1, image: [{ planarConfiguration: 0 }] } })
      // @ts-expect-error: a film box is of a film session
      client.createFilmBox({ sopInstanceUid: film, dataSet: { imageDisplayFormat: "STANDARD\\1,1" } })
      // @ts-expect-error: image boxes are made by the printer
      client.createImageBox({ sopInstanceUid: box })
      // @ts-expect-error: the printer reports this
      client.printerNormal({ sopInstanceUid: PrintManagement.printerInstance })
      // @ts-expect-error: there is no such priority
      client.createFilmSession({ dataSet: { printPriority: "SOON" } })
      // @ts-expect-error: handlers are missing
      grayscale.handlers({ createFilmSession: () => Effect.void })
      // @ts-expect-error: the response says which image boxes there are
      grayscale.handlers({ ...handlers, createFilmBox: () => Effect.void })
      // @ts-expect-error: this status is that of printing
      grayscale.handlers({ ...handlers, setImageBox: () => Effect.fail(PrintStatus.FilmBoxPrintStatus.of.EmptyPage()) })
      // @ts-expect-error: a printer's normal state is no status of an N-DELETE
      presentationLut.handlers({ create: () => Effect.void, delete: () => Effect.fail("normal") })
    }
    assert.isFunction(notRun)
  })
})

const grayscaleSyntax = printer.transferSyntax
const empty = DataSet.element(printer, Attribute.PrinterName.tag) ?? assert.fail("the printer has a name")
