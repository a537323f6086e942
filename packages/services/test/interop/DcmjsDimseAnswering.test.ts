// oxlint-disable-next-line import/no-unassigned-import -- it acts before dcmjs is loaded
import "./quiet.ts"
import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import * as AETitle from "@effect-dicom/protocol/AETitle"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import DcmjsDimse from "dcmjs-dimse"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import {
  ModalityPerformedProcedureStep,
  ModalityWorklist,
  PrintManagement,
  QueryRetrieve,
  ServiceClass,
  Storage,
  StorageCommitment
} from "../../src/index.ts"
import * as Dcmjs from "./dcmjs.ts"
import { archive, ascii, holding } from "./generated.ts"
import * as Over from "./over.ts"

const { constants, Dataset, requests, responses } = DcmjsDimse
const { Status: code } = constants

/** The study of two series of an instance each. */
const study = "1.2.3.1"
const uids = archive.flatMap(({ sopInstanceUid }) => (sopInstanceUid.startsWith(`${study}.`) ? [sopInstanceUid] : []))
const ofStudy = holding(ascii, [
  [Attribute.QueryRetrieveLevel, "STUDY"],
  [Attribute.StudyInstanceUID, study],
  [Attribute.PatientID, ""]
])
const destination = Schema.decodeSync(AETitle.AETitle)("EFFECT")

const instance = (sopInstanceUid: string): DcmjsDimse.Dataset =>
  new Dataset({ SOPClassUID: SopClass.CTImageStorage, SOPInstanceUID: sopInstanceUid, PatientID: "P1" })

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
} as const

const textOf = (dataSet: DataSet.DataSet | undefined, attribute: Attribute.Attribute<"CS" | "LO", "1">): unknown =>
  dataSet === undefined ? undefined : Result.getOrThrow(DataSet.get(dataSet, attribute))

const keeping = () => {
  const kept: Array<string> = []
  const provider = Storage.provider((received) =>
    Effect.as(
      Effect.andThen(
        Stream.runDrain(received.dataSet),
        Effect.sync(() => kept.push(received.sopInstanceUid))
      ),
      Status.success
    )
  )
  return { kept, provider }
}

/** A response with a status, and a data set where there is one. */
const answer = <A extends DcmjsDimse.responses.Response>(response: A, status: number, dataSet?: object): A => {
  response.setStatus(status)
  if (dataSet !== undefined) response.setDataset(new Dataset({ ...dataSet }))
  return response
}

for (const over of ["TCP", "TLS"] as const) {
  describe(`we ask over ${over}, dcmjs-dimse answers`, () => {
    it.live("C-FIND: what matches, and a failure with its comment", () =>
      Effect.gen(function* () {
        const asked: Array<unknown> = []
        const port = yield* Dcmjs.answering(over, () => ({
          cFindRequest: (request, callback) => {
            const { PatientID, StudyInstanceUID } = request.getDataset()?.getElements() ?? {}
            asked.push([StudyInstanceUID, PatientID])
            const response = () => responses.CFindResponse.fromRequest(request)
            if (asked.length > 1) {
              const failed = answer(response(), 0xc001)
              failed.setErrorComment("Once is enough")
              return callback([failed])
            }
            return callback([
              answer(response(), code.Pending, { PatientID: "P1", StudyInstanceUID }),
              answer(response(), code.Pending, { PatientID: "P2", StudyInstanceUID }),
              answer(response(), code.Success)
            ])
          }
        }))
        const association = yield* Over.associate(over, port, QueryRetrieve.studyRoot.proposal())
        const client = QueryRetrieve.studyRoot.client(association)
        const found = yield* Stream.runCollect(client.find(ofStudy))
        assert.deepStrictEqual(
          found.map(({ identifier, status }) => [textOf(identifier, Attribute.PatientID), status._tag]),
          [
            ["P1", "MatchesAreContinuing"],
            ["P2", "MatchesAreContinuing"]
          ]
        )
        const error = yield* Effect.flip(Stream.runDrain(client.find(ofStudy)))
        assert.strictEqual(
          error.message,
          "The operation ended with Failure C001H, Failed: Unable to process: Once is enough"
        )
        assert.strictEqual(asked.length, 2)
        assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
      })
    )

    it.live("C-FIND: a worklist, its identifiers typed", () =>
      Effect.gen(function* () {
        const worklist = ModalityWorklist.make({
          identifier: ModalityWorklist.Identifier,
          match: ModalityWorklist.Item
        })
        const port = yield* Dcmjs.answering(over, () => ({
          cFindRequest: (request, callback) =>
            callback([
              answer(responses.CFindResponse.fromRequest(request), code.Pending, {
                PatientID: "P1",
                PatientName: "DOE^JOHN",
                ScheduledProcedureStepSequence: [{ Modality: "MR", ScheduledProcedureStepStartDate: "20240101" }]
              }),
              answer(responses.CFindResponse.fromRequest(request), code.Success)
            ])
        }))
        const association = yield* Over.associate(over, port, worklist.proposal())
        const found = yield* Stream.runCollect(worklist.client(association).find({}))
        assert.deepStrictEqual(
          found.map(({ identifier: { patientId, scheduledProcedureStep } }) => [
            patientId,
            scheduledProcedureStep.map(({ modality }) => modality)
          ]),
          [["P1", ["MR"]]]
        )
      })
    )

    it.live("C-CANCEL: leaving the matches reaches it, and the association is of use", () =>
      Effect.gen(function* () {
        const cancelled = Deferred.makeUnsafe<void>()
        const port = yield* Dcmjs.answering(over, (scp) => {
          let pending: DcmjsDimse.requests.CFindRequest | undefined
          const respond = (request: DcmjsDimse.requests.CFindRequest, status: number, dataSet?: object) =>
            scp.sendResponse(request, answer(responses.CFindResponse.fromRequest(request), status, dataSet))
          return {
            cFindRequest: (request) => {
              pending = request
              respond(request, code.Pending, { PatientID: "P1" })
            },
            cCancelRequest: () => {
              if (pending !== undefined) respond(pending, code.Cancel)
              Deferred.doneUnsafe(cancelled, Effect.void)
            }
          }
        })
        const association = yield* Over.associate(over, port, QueryRetrieve.studyRoot.proposal())
        const client = QueryRetrieve.studyRoot.client(association)
        for (let i = 0; i < 2; i++) {
          const found = yield* Stream.runCollect(Stream.take(client.find(ofStudy), 1))
          assert.deepStrictEqual(
            found.map(({ identifier }) => textOf(identifier, Attribute.PatientID)),
            ["P1"]
          )
        }
        yield* Deferred.await(cancelled)
        assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
      })
    )

    it.live("C-MOVE: to where we listen", () =>
      Effect.gen(function* () {
        const { kept, provider } = keeping()
        const back = yield* Over.serving(over, provider)
        const port = yield* Dcmjs.answering(over, () => ({
          cMoveRequest: (request, callback) => {
            const stores = uids.map((uid) => new requests.CStoreRequest(instance(uid)))
            Effect.runCallback(Dcmjs.ask(over, back, stores), {
              onExit: () => {
                const counted = (remaining: number, status: number) => {
                  const response = answer(responses.CMoveResponse.fromRequest(request), status)
                  if (remaining > 0) response.setRemaining(remaining)
                  response.setCompleted(2 - remaining)
                  response.setFailures(0)
                  response.setWarnings(0)
                  return response
                }
                callback([counted(1, code.Pending), counted(0, code.Success)])
              }
            })
          }
        }))
        const association = yield* Over.associate(over, port, QueryRetrieve.studyRoot.proposal())
        const told = yield* Stream.runCollect(
          QueryRetrieve.studyRoot.client(association).move(ofStudy, { destination })
        )
        assert.deepStrictEqual(
          told.map(({ status, subOperations }) => [status.code, subOperations]),
          [
            [code.Pending, { remaining: 1, completed: 1, failed: 0, warning: 0 }],
            [code.Success, { completed: 2, failed: 0, warning: 0 }]
          ]
        )
        assert.deepStrictEqual(kept, uids)
      })
    )

    it.live("C-GET: the instances, on the same association", () =>
      Effect.gen(function* () {
        const port = yield* Dcmjs.answering(over, (scp) => ({
          cGetRequest: (request, callback) => {
            const stores = uids.map((uid) => new requests.CStoreRequest(instance(uid)))
            stores.at(-1)?.on("response", () => {
              const response = answer(responses.CGetResponse.fromRequest(request), code.Success)
              response.setCompleted(stores.length)
              response.setFailures(0)
              response.setWarnings(0)
              callback([response])
            })
            scp.sendRequests(stores)
          }
        }))
        const association = yield* Over.associate(
          over,
          port,
          ServiceClass.propose([
            QueryRetrieve.studyRoot.proposal(),
            Storage.serviceClass.proposal({
              sopClasses: [SopClass.CTImageStorage],
              transferSyntaxes: [TransferSyntax.ImplicitVRLittleEndian.uid],
              role: "SCP"
            })
          ])
        )
        const { kept, provider } = keeping()
        const told = yield* Stream.runCollect(
          QueryRetrieve.studyRoot.client(association).get(ofStudy, { storage: provider })
        )
        const last = told.at(-1)
        assert.deepStrictEqual(
          [last?.status._tag, last?.subOperations, kept],
          ["Success", { completed: 2, failed: 0, warning: 0 }, uids]
        )
        assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
      })
    )

    it.live("N-CREATE, N-SET and N-GET: a performed procedure step, and what is refused with a comment", () =>
      Effect.gen(function* () {
        const seen: Array<unknown> = []
        const { Modifications, retrieve, serviceClass } = ModalityPerformedProcedureStep
        const sopInstanceUid = Uid.makeUnsafe("2.25.1")
        const port = yield* Dcmjs.answering(over, () => ({
          nCreateRequest: (request, callback) => {
            seen.push([request.getAffectedSopInstanceUid(), request.getDataset()?.getElement("Modality")])
            callback(answer(responses.NCreateResponse.fromRequest(request), code.Success))
          },
          nSetRequest: (request, callback) => {
            seen.push(request.getDataset()?.getElement("PerformedProcedureStepStatus"))
            const response = answer(responses.NSetResponse.fromRequest(request), code.ProcessingFailure)
            response.setErrorComment("It is over")
            callback(response)
          },
          nGetRequest: (request, callback) => {
            seen.push([request.getRequestedSopInstanceUid(), request.getAttributeIdentifierList()])
            callback(
              answer(responses.NGetResponse.fromRequest(request), code.Success, {
                PerformedProcedureStepStatus: "COMPLETED"
              })
            )
          }
        }))
        const association = yield* Over.associate(
          over,
          port,
          ServiceClass.propose([serviceClass.proposal(), retrieve.proposal()])
        )
        const client = serviceClass.client(association)
        const created = yield* client.create({
          sopInstanceUid,
          dataSet: holding(ascii, [[Attribute.Modality, "CT"]])
        })
        assert.strictEqual(created.status._tag, "Success")
        const dataSet = yield* Schema.encodeEffect(Modifications)({ performedProcedureStepStatus: "COMPLETED" })
        const error = yield* Effect.flip(client.set({ sopInstanceUid, dataSet }))
        assert.strictEqual(error.message, "The operation ended with Failure 0110H, Processing failure: It is over")
        // dcmjs-dimse makes nothing of a list of one.
        const attributes = [Attribute.PerformedProcedureStepStatus.tag, Attribute.Modality.tag]
        const { dataSet: got } = yield* retrieve.client(association).get({ sopInstanceUid, attributes })
        assert.strictEqual(textOf(got, Attribute.PerformedProcedureStepStatus), "COMPLETED")
        assert.deepStrictEqual(seen, [
          ["2.25.1", "CT"],
          "COMPLETED",
          ["2.25.1", ["PerformedProcedureStepStatus", "Modality"]]
        ])
      })
    )

    it.live("N-ACTION and N-EVENT-REPORT: a storage commitment and its result, on the same association", () =>
      Effect.gen(function* () {
        const { serviceClass, transactions } = StorageCommitment
        const port = yield* Dcmjs.answering(over, (scp) => ({
          nActionRequest: (request, callback) => {
            const { TransactionUID, ReferencedSOPSequence } = request.getDataset()?.getElements() ?? {}
            callback(answer(responses.NActionResponse.fromRequest(request), code.Success))
            const report = new requests.NEventReportRequest(
              constants.SopClass.StorageCommitmentPushModel,
              StorageCommitment.sopInstanceUid,
              1
            )
            report.setDataset(new Dataset({ TransactionUID, ReferencedSOPSequence }))
            scp.sendRequests(report)
          }
        }))
        const association = yield* Over.associate(over, port, serviceClass.proposal())
        const reference = {
          referencedSopClassUid: SopClass.CTImageStorage,
          referencedSopInstanceUid: Uid.makeUnsafe("2.25.8")
        }
        const { commit } = yield* transactions
        const result = yield* commit(association, {
          transactionUid: Uid.makeUnsafe("2.25.7"),
          referencedSop: [reference]
        })
        assert.deepStrictEqual(result, {
          transactionUid: Uid.makeUnsafe("2.25.7"),
          referencedSop: [reference],
          failedSop: []
        })
        assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
      })
    )

    it.live("N-EVENT-REPORT: the result of a storage commitment, on an association of ours", () =>
      Effect.gen(function* () {
        const reports: Array<unknown> = []
        const port = yield* Dcmjs.answering(over, () => ({
          nEventReportRequest: (request, callback) => {
            reports.push([request.getEventTypeId(), request.getDataset()?.getElement("TransactionUID")])
            callback(answer(responses.NEventReportResponse.fromRequest(request), code.Success))
          }
        }))
        const reporting = StorageCommitment.reportAnew(
          { callingAETitle: "EFFECT", calledAETitle: "DCMJS" },
          {
            transactionUid: Uid.makeUnsafe("2.25.7"),
            referencedSop: [],
            failedSop: [
              {
                referencedSopClassUid: SopClass.CTImageStorage,
                referencedSopInstanceUid: Uid.makeUnsafe("2.25.8"),
                failureReason: StorageCommitment.FailureReason.of.NoSuchObjectInstance().code
              }
            ]
          }
        )
        const { status } = yield* Effect.provide(reporting, Over.transport(over, port))
        assert.deepStrictEqual([status._tag, reports], ["Success", [[2, "2.25.7"]]])
      })
    )

    it.live("N-CREATE, N-SET, N-ACTION, N-GET and N-DELETE in the context of a Meta SOP class: a film is printed", () =>
      Effect.gen(function* () {
        const seen: Array<unknown> = []
        const box = Uid.makeUnsafe("2.25.93")
        const { grayscale, printerInstance } = PrintManagement
        const port = yield* Dcmjs.answering(over, () => ({
          nCreateRequest: (request, callback) => {
            const sopClassUid = request.getAffectedSopClassUid()
            seen.push(["create", sopClassUid, request.getAffectedSopInstanceUid()])
            callback(
              answer(
                responses.NCreateResponse.fromRequest(request),
                code.Success,
                sopClassUid === SopClass.BasicFilmBox
                  ? {
                      ReferencedImageBoxSequence: [
                        {
                          ReferencedSOPClassUID: constants.SopClass.BasicGrayscaleImageBox,
                          ReferencedSOPInstanceUID: box
                        }
                      ]
                    }
                  : undefined
              )
            )
          },
          nSetRequest: (request, callback) => {
            seen.push([
              "set",
              request.getRequestedSopInstanceUid(),
              request.getDataset()?.getElement("ImageBoxPosition")
            ])
            callback(answer(responses.NSetResponse.fromRequest(request), code.Success))
          },
          nActionRequest: (request, callback) => {
            seen.push(["action", request.getRequestedSopInstanceUid(), request.getActionTypeId()])
            callback(answer(responses.NActionResponse.fromRequest(request), code.Success))
          },
          nGetRequest: (request, callback) => {
            seen.push(["get", request.getRequestedSopInstanceUid(), request.getAttributeIdentifierList()])
            callback(answer(responses.NGetResponse.fromRequest(request), code.Success, { PrinterStatus: "NORMAL" }))
          },
          nDeleteRequest: (request, callback) => {
            seen.push(["delete", request.getRequestedSopClassUid(), request.getRequestedSopInstanceUid()])
            callback(answer(responses.NDeleteResponse.fromRequest(request), code.Success))
          }
        }))
        const client = grayscale.client(yield* Over.associate(over, port, grayscale.proposal()))
        const session = Uid.makeUnsafe("2.25.91")
        const film = Uid.makeUnsafe("2.25.92")
        const { dataSet: state } = yield* client.getPrinter({
          sopInstanceUid: printerInstance,
          attributes: [Attribute.PrinterStatus.tag, Attribute.PrinterName.tag]
        })
        assert.strictEqual(textOf(state, Attribute.PrinterStatus), "NORMAL")
        yield* client.createFilmSession({ sopInstanceUid: session, dataSet: { printPriority: "HIGH" } })
        const { dataSet: made } = yield* client.createFilmBox({
          sopInstanceUid: film,
          dataSet: {
            imageDisplayFormat: "STANDARD\\1,1",
            referencedFilmSession: [
              { referencedSopClassUid: SopClass.BasicFilmSession, referencedSopInstanceUid: session }
            ]
          }
        })
        assert.deepStrictEqual(
          made.referencedImageBoxes.map(({ referencedSopInstanceUid }) => referencedSopInstanceUid),
          [box]
        )
        yield* client.setImageBox({ sopInstanceUid: box, dataSet: { imageBoxPosition: 1, image: [image] } })
        yield* client.printFilmBox({ sopInstanceUid: film })
        yield* client.deleteFilmSession({ sopInstanceUid: session })
        assert.deepStrictEqual(seen, [
          ["get", printerInstance, ["PrinterStatus", "PrinterName"]],
          ["create", SopClass.BasicFilmSession, session],
          ["create", SopClass.BasicFilmBox, film],
          ["set", box, 1],
          ["action", film, 1],
          ["delete", SopClass.BasicFilmSession, session]
        ])
      })
    )
  })
}
