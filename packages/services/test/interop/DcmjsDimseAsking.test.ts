// oxlint-disable-next-line import/no-unassigned-import -- it acts before dcmjs is loaded
import "./quiet.ts"
import * as Attribute from "@effect-dicom/data/Attribute"
import type * as DataSet from "@effect-dicom/data/DataSet"
import * as IdentifierMatching from "@effect-dicom/data/IdentifierMatching"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as Uid from "@effect-dicom/data/Uid"
import { assert, describe, it } from "@effect/vitest"
import DcmjsDimse from "dcmjs-dimse"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import {
  ModalityPerformedProcedureStep,
  ModalityWorklist,
  PrintManagement,
  QueryRetrieve,
  ServiceError,
  StorageCommitment,
  SubOperations
} from "../../src/index.ts"
import * as Dcmjs from "./dcmjs.ts"
import { archive, ascii, holding, worklist } from "./generated.ts"
import * as Over from "./over.ts"

const { constants, Dataset, requests, responses } = DcmjsDimse
const { SopClass: theirs } = constants

/** The study of two series of an instance each. */
const study = "1.2.3.1"
const instances = archive.filter(({ sopInstanceUid }) => sopInstanceUid.startsWith(`${study}.`))

const matching =
  (all: ReadonlyArray<DataSet.DataSet>) =>
  ({ identifier }: { readonly identifier: DataSet.DataSet }) => {
    const query = IdentifierMatching.make(identifier)
    return Stream.fromIterable(all).pipe(
      Stream.filter(query.matches),
      Stream.map((whole) => ({ identifier: query.response(whole) }))
    )
  }

const statuses = ({ responses }: Dcmjs.Heard): ReadonlyArray<number> => responses.map((one) => one.getStatus())
const values = ({ responses }: Dcmjs.Heard, name: string): ReadonlyArray<unknown> =>
  responses.flatMap((one) => one.getDataset()?.getElements()[name] ?? [])

/** Has a client of dcmjs-dimse keep what is stored, and confirm it. */
const keeping = (kept: Array<unknown>) => (client: DcmjsDimse.Client) => {
  client.on(
    "cStoreRequest",
    (request: DcmjsDimse.requests.CStoreRequest, callback: (response: DcmjsDimse.responses.CStoreResponse) => void) => {
      kept.push(request.getDataset()?.getElement("SOPInstanceUID"))
      const response = responses.CStoreResponse.fromRequest(request)
      response.setStatus(constants.Status.Success)
      callback(response)
    }
  )
}

for (const over of ["TCP", "TLS"] as const) {
  describe(`dcmjs-dimse asks over ${over}, we answer`, () => {
    it.live("C-FIND: studies, series and images", () =>
      Effect.gen(function* () {
        const find = matching(archive.map(({ whole }) => whole))
        const port = yield* Over.serving(over, QueryRetrieve.studyRoot.handlers({ find }))
        const heard = yield* Dcmjs.ask(over, port, [
          requests.CFindRequest.createStudyFindRequest({ AccessionNumber: "A0" }),
          requests.CFindRequest.createSeriesFindRequest({ StudyInstanceUID: study }),
          requests.CFindRequest.createImageFindRequest({ StudyInstanceUID: study, SeriesInstanceUID: `${study}.1` })
        ])
        assert.deepStrictEqual(heard.events, ["released"])
        assert.deepStrictEqual(statuses(heard), [0xff00, 0, 0xff00, 0xff00, 0, 0xff00, 0])
        assert.deepStrictEqual(
          [values(heard, "PatientID"), values(heard, "SeriesInstanceUID"), values(heard, "SOPInstanceUID")],
          [["P0"], [`${study}.0`, `${study}.1`, `${study}.1`], [`${study}.1.1`]]
        )
      })
    )

    it.live("C-FIND: a worklist", () =>
      Effect.gen(function* () {
        const port = yield* Over.serving(over, ModalityWorklist.serviceClass.handlers({ find: matching(worklist) }))
        const heard = yield* Dcmjs.ask(over, port, [
          requests.CFindRequest.createWorklistFindRequest({
            PatientID: "P1*",
            // Of a binary value that is to be empty dcmjs makes a zero, which matches what is zero only.
            PregnancyStatus: [],
            ScheduledProcedureStepSequence: [{ Modality: "MR" }]
          })
        ])
        const found = values(heard, "PatientID")
        assert.deepStrictEqual(found, ["P1", "P12", "P14", "P17"])
        assert.deepStrictEqual(statuses(heard), [...found.map(() => 0xff00), 0])
      })
    )

    it.live("C-CANCEL of a C-FIND ends it", () =>
      Effect.gen(function* () {
        let isEnded = false
        const port = yield* Over.serving(
          over,
          QueryRetrieve.studyRoot.handlers({
            find: () =>
              Stream.make({ identifier: holding(ascii, [[Attribute.PatientID, "P"]]) }).pipe(
                Stream.concat(Stream.never),
                Stream.ensuring(Effect.sync(() => void (isEnded = true)))
              )
          })
        )
        const request = requests.CFindRequest.createStudyFindRequest({})
        let isCancelled = false
        const heard = yield* Dcmjs.ask(over, port, [request], {
          onResponse: (client) => {
            if (!isCancelled) client.cancel(request)
            isCancelled = true
          }
        })
        assert.deepStrictEqual(
          [heard.events, statuses(heard), isEnded],
          [["released"], [constants.Status.Pending, constants.Status.Cancel], true]
        )
      })
    )

    it.live("C-MOVE: to a server of its own", () =>
      Effect.gen(function* () {
        const kept: Array<string> = []
        const back = yield* Dcmjs.answering(over, () => ({
          cStoreRequest: (request, callback) => {
            kept.push(request.getAffectedSopInstanceUid())
            const response = responses.CStoreResponse.fromRequest(request)
            response.setStatus(constants.Status.Success)
            callback(response)
          }
        }))
        const layer = QueryRetrieve.studyRoot.layer({
          move: ({ destination }) =>
            Effect.map(SubOperations.destination(destination), (transport) => ({
              transport,
              instances: Stream.fromIterable(instances)
            }))
        })
        const destinations = SubOperations.layerDestinations({ DCMJS: Over.transport(over, back) })
        const context = yield* Layer.build(Layer.provide(layer, destinations))
        const port = yield* Over.serving(over, Context.get(context, QueryRetrieve.studyRoot.provider))
        const heard = yield* Dcmjs.ask(over, port, [
          requests.CMoveRequest.createStudyMoveRequest("DCMJS", study),
          requests.CMoveRequest.createStudyMoveRequest("NOWHERE", study)
        ])
        const [done, unknown] = heard.responses.filter((one) => one.getStatus() !== constants.Status.Pending)
        assert(done instanceof responses.CMoveResponse)
        assert.deepStrictEqual(
          [done.getStatus(), done.getCompleted(), done.getFailures(), done.getWarnings(), unknown?.getStatus()],
          [0, 2, 0, 0, constants.Status.MoveDestinationUnknown]
        )
        assert.deepStrictEqual(
          kept,
          instances.map(({ sopInstanceUid }) => String(sopInstanceUid))
        )
      })
    )

    it.live("C-GET: the instances, on the same association", () =>
      Effect.gen(function* () {
        const kept: Array<unknown> = []
        const get = () => Stream.fromIterable(instances)
        const port = yield* Over.serving(over, QueryRetrieve.studyRoot.handlers({ get }))
        const heard = yield* Dcmjs.ask(over, port, [requests.CGetRequest.createStudyGetRequest(study)], {
          prepare: keeping(kept)
        })
        const last = heard.responses.at(-1)
        assert(last instanceof responses.CGetResponse)
        assert.deepStrictEqual(
          [last.getStatus(), last.getCompleted(), last.getFailures(), kept],
          [0, 2, 0, instances.map(({ sopInstanceUid }) => sopInstanceUid)]
        )
      })
    )

    it.live("N-CREATE, N-SET and N-GET: a performed procedure step, and what is refused with a comment", () =>
      Effect.gen(function* () {
        const seen: Array<unknown> = []
        const { retrieve, SetStatus } = ModalityPerformedProcedureStep
        const steps = ModalityPerformedProcedureStep.make({
          attributes: ModalityPerformedProcedureStep.Attributes,
          modifications: ModalityPerformedProcedureStep.Modifications
        })
        const port = yield* Over.serving(
          over,
          steps.handlers({
            create: ({ dataSet, sopInstanceUid }) =>
              Effect.sync(() => {
                const { modality, performedProcedureStepStatus, scheduledStep } = dataSet
                seen.push([sopInstanceUid, modality, performedProcedureStepStatus, scheduledStep[0]?.studyInstanceUid])
              }),
            set: ({ dataSet, sopInstanceUid }) =>
              sopInstanceUid === "2.25.1"
                ? Effect.sync(() => void seen.push(dataSet.performedProcedureStepStatus))
                : Effect.fail(
                    ServiceError.refused(SetStatus.of.NoSuchSopInstance(), { errorComment: "There is no such step" })
                  )
          }),
          retrieve.handlers({
            get: ({ attributes }) =>
              Effect.sync(() => {
                seen.push(attributes)
                return { dataSet: holding(ascii, [[Attribute.PerformedProcedureStepStatus, "COMPLETED"]]) }
              })
          })
        )
        const create = new requests.NCreateRequest(theirs.ModalityPerformedProcedureStep, "2.25.1")
        create.setDataset(new Dataset(step))
        const incomplete = new requests.NCreateRequest(theirs.ModalityPerformedProcedureStep, "2.25.3")
        incomplete.setDataset(new Dataset({ Modality: "CT" }))
        const set = new requests.NSetRequest(theirs.ModalityPerformedProcedureStep, "2.25.1")
        set.setDataset(new Dataset({ PerformedProcedureStepStatus: "COMPLETED" }))
        const other = new requests.NSetRequest(theirs.ModalityPerformedProcedureStep, "2.25.2")
        other.setDataset(new Dataset({ PerformedProcedureStepStatus: "COMPLETED" }))
        const get = new requests.NGetRequest(SopClass.ModalityPerformedProcedureStepRetrieve, "2.25.1", [
          "PerformedProcedureStepStatus"
        ])
        const heard = yield* Dcmjs.ask(over, port, [create, incomplete, set, other, get])
        assert.deepStrictEqual(
          [heard.events, statuses(heard)],
          [["released"], [0, constants.Status.MissingAttribute, 0, constants.Status.NoSuchObjectInstance, 0]]
        )
        assert.strictEqual(heard.responses[3]?.getErrorComment(), "There is no such step")
        assert.deepStrictEqual(values(heard, "PerformedProcedureStepStatus"), ["COMPLETED"])
        assert.deepStrictEqual(seen, [
          ["2.25.1", "CT", "IN PROGRESS", study],
          "COMPLETED",
          [Attribute.PerformedProcedureStepStatus.tag]
        ])
      })
    )

    it.live("N-ACTION and N-EVENT-REPORT: a storage commitment and its result, on the same association", () =>
      Effect.gen(function* () {
        const provider = yield* StorageCommitment.provider({
          commit: ({ referencedSop }) => Effect.succeed({ referencedSop, failedSop: [] })
        })
        const port = yield* Over.serving(over, provider)
        const request = new requests.NActionRequest(
          theirs.StorageCommitmentPushModel,
          StorageCommitment.sopInstanceUid,
          1
        )
        request.setDataset(
          new Dataset({
            TransactionUID: "2.25.7",
            ReferencedSOPSequence: [
              { ReferencedSOPClassUID: SopClass.CTImageStorage, ReferencedSOPInstanceUID: `${study}.0.1` }
            ]
          })
        )
        const reports: Array<unknown> = []
        const heard = yield* Dcmjs.ask(over, port, [request], {
          linger: 1000,
          prepare: (client) =>
            void client.on(
              "nEventReportRequest",
              (
                report: DcmjsDimse.requests.NEventReportRequest,
                callback: (response: DcmjsDimse.responses.NEventReportResponse) => void
              ) => {
                reports.push([report.getEventTypeId(), report.getDataset()?.getElement("TransactionUID")])
                const response = responses.NEventReportResponse.fromRequest(report)
                response.setStatus(constants.Status.Success)
                callback(response)
              }
            )
        })
        assert.deepStrictEqual([heard.events, statuses(heard), reports], [["released"], [0], [[1, "2.25.7"]]])
      })
    )

    it.live("N-CREATE, N-SET, N-ACTION, N-GET and N-DELETE in the context of a Meta SOP class: a film is printed", () =>
      Effect.gen(function* () {
        const seen: Array<unknown> = []
        const note = (what: unknown) => Effect.sync(() => void seen.push(what))
        const box = Uid.makeUnsafe("2.25.93")
        const printer = Schema.encodeSync(PrintManagement.Printer)({ printerStatus: "NORMAL", printerName: "CAMERA" })
        const port = yield* Over.serving(
          over,
          PrintManagement.grayscale.handlers({
            createFilmSession: ({ dataSet }) => note(dataSet?.printPriority),
            setFilmSession: () => Effect.void,
            deleteFilmSession: ({ sopInstanceUid }) => note(sopInstanceUid),
            createFilmBox: ({ dataSet }) =>
              Effect.as(note(dataSet.imageDisplayFormat), {
                dataSet: {
                  referencedImageBoxes: [
                    { referencedSopClassUid: SopClass.BasicGrayscaleImageBox, referencedSopInstanceUid: box }
                  ]
                }
              }),
            deleteFilmBox: () => Effect.void,
            printFilmBox: ({ sopInstanceUid }) => note(sopInstanceUid),
            getPrinter: () => Effect.succeed({ dataSet: printer }),
            setImageBox: ({ dataSet }) => note(dataSet.image?.map(({ pixelData }) => pixelData))
          })
        )
        const meta = theirs.BasicGrayscalePrintManagementMeta
        const session = new requests.NCreateRequest(theirs.BasicFilmSession, "2.25.91", meta)
        session.setDataset(new Dataset({ PrintPriority: "HIGH" }))
        const film = new requests.NCreateRequest(theirs.BasicFilmBox, "2.25.92", meta)
        film.setDataset(
          new Dataset({
            ImageDisplayFormat: "STANDARD\\1,1",
            ReferencedFilmSessionSequence: [
              { ReferencedSOPClassUID: theirs.BasicFilmSession, ReferencedSOPInstanceUID: "2.25.91" }
            ]
          })
        )
        const image = new requests.NSetRequest(theirs.BasicGrayscaleImageBox, box, meta)
        image.setDataset(new Dataset(imageBox))
        const heard = yield* Dcmjs.ask(over, port, [
          new requests.NGetRequest(theirs.Printer, PrintManagement.printerInstance, ["PrinterStatus"], meta),
          session,
          film,
          image,
          new requests.NActionRequest(theirs.BasicFilmBox, "2.25.92", 1, meta),
          new requests.NActionRequest(theirs.BasicFilmSession, "2.25.91", 1, meta),
          new requests.NDeleteRequest(theirs.BasicFilmSession, "2.25.91", meta)
        ])
        // Whole sessions are not printed here, and that is said.
        assert.deepStrictEqual(statuses(heard), [0, 0, 0, 0, 0, constants.Status.UnrecognizedOperation, 0])
        assert.deepStrictEqual(values(heard, "PrinterStatus"), ["NORMAL"])
        assert.deepStrictEqual(seen, ["HIGH", "STANDARD\\1,1", [Uint8Array.of(0, 85, 170, 255)], "2.25.92", "2.25.91"])
      })
    )
  })
}

/** The data set of an N-CREATE with every attribute of type 1 and 2 (PS3.4 Table F.7.2-1). */
const step = {
  ScheduledStepAttributesSequence: [
    {
      StudyInstanceUID: study,
      ReferencedStudySequence: [],
      AccessionNumber: "A1",
      RequestedProcedureID: "R1",
      RequestedProcedureDescription: "",
      ScheduledProcedureStepID: "S1",
      ScheduledProcedureStepDescription: "",
      ScheduledProtocolCodeSequence: []
    }
  ],
  PatientName: "DOE^JOHN",
  PatientID: "P1",
  PatientBirthDate: "",
  PatientSex: "",
  ReferencedPatientSequence: [],
  PerformedProcedureStepID: "PPS1",
  PerformedStationAETitle: "CT1",
  PerformedStationName: "",
  PerformedLocation: "",
  PerformedProcedureStepStartDate: "20240101",
  PerformedProcedureStepStartTime: "100000",
  PerformedProcedureStepStatus: "IN PROGRESS",
  PerformedProcedureStepDescription: "",
  PerformedProcedureTypeDescription: "",
  ProcedureCodeSequence: [],
  PerformedProcedureStepEndDate: "",
  PerformedProcedureStepEndTime: "",
  Modality: "CT",
  StudyID: "",
  PerformedProtocolCodeSequence: [],
  PerformedSeriesSequence: []
}

const imageBox = {
  ImageBoxPosition: 1,
  BasicGrayscaleImageSequence: [
    {
      SamplesPerPixel: 1,
      PhotometricInterpretation: "MONOCHROME2",
      Rows: 2,
      Columns: 2,
      BitsAllocated: 8,
      BitsStored: 8,
      HighBit: 7,
      PixelRepresentation: 0,
      PixelData: [Uint8Array.of(0, 85, 170, 255).buffer],
      _vrMap: { PixelData: "OB" }
    }
  ]
}
