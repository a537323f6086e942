/**
 * Messages of every DIMSE service, and two ends that exchange them.
 */
import * as SopClass from "@effect-dicom/data/SopClass"
import * as Uid from "@effect-dicom/data/Uid"
import * as AETitle from "@effect-dicom/protocol/AETitle"
import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import * as C_FIND from "@effect-dicom/protocol/C_FIND"
import * as C_GET from "@effect-dicom/protocol/C_GET"
import * as C_MOVE from "@effect-dicom/protocol/C_MOVE"
import * as C_STORE from "@effect-dicom/protocol/C_STORE"
import type * as AsynchronousOperationsWindow from "@effect-dicom/protocol/AsynchronousOperationsWindow"
import * as Command from "@effect-dicom/protocol/Command"
import * as N_ACTION from "@effect-dicom/protocol/N_ACTION"
import * as N_CREATE from "@effect-dicom/protocol/N_CREATE"
import * as N_DELETE from "@effect-dicom/protocol/N_DELETE"
import * as N_EVENT_REPORT from "@effect-dicom/protocol/N_EVENT_REPORT"
import * as N_GET from "@effect-dicom/protocol/N_GET"
import * as N_SET from "@effect-dicom/protocol/N_SET"
import * as Status from "@effect-dicom/protocol/Status"
import * as Effect from "effect/Effect"
import type * as Metric from "effect/Metric"
import type * as Scope from "effect/Scope"
import * as Association from "@effect-dicom/association/Association"
import type * as Dimse from "@effect-dicom/association/Dimse"
import { type Associated, associated, memory, type Network, storage, verification } from "./ends.ts"

/** The context that all but C-ECHO is exchanged in. */
export const contextId = 3

const sopClassUid = SopClass.CTImageStorage
const sopInstanceUid = Uid.makeUnsafe("1.2.3")
const affected = { affectedSopClassUid: sopClassUid, affectedSopInstanceUid: sopInstanceUid }
const requested = { requestedSopClassUid: sopClassUid, requestedSopInstanceUid: sopInstanceUid }

/** The request of each service that has one response. */
export const single: { readonly [T in Dimse.OneResponse["_tag"]]: (messageId: number) => Dimse.OneResponse } = {
  "C-STORE-RQ": (messageId) => C_STORE.request({ messageId, ...affected }),
  "C-ECHO-RQ": (messageId) => C_ECHO.request({ messageId }),
  "N-EVENT-REPORT-RQ": (messageId) => N_EVENT_REPORT.request({ messageId, ...affected, eventTypeId: 1 }),
  "N-GET-RQ": (messageId) => N_GET.request({ messageId, ...requested }),
  "N-SET-RQ": (messageId) => N_SET.request({ messageId, ...requested }),
  "N-ACTION-RQ": (messageId) => N_ACTION.request({ messageId, ...requested, actionTypeId: 2 }),
  "N-CREATE-RQ": (messageId) => N_CREATE.request({ messageId, ...affected }),
  "N-DELETE-RQ": (messageId) => N_DELETE.request({ messageId, ...requested })
}

/** The request of each service that may have many. */
export const many: { readonly [T in Dimse.ManyResponses["_tag"]]: (messageId: number) => Dimse.ManyResponses } = {
  "C-FIND-RQ": (messageId) => C_FIND.request({ messageId, affectedSopClassUid: sopClassUid }),
  "C-GET-RQ": (messageId) => C_GET.request({ messageId, affectedSopClassUid: sopClassUid }),
  "C-MOVE-RQ": (messageId) =>
    C_MOVE.request({
      messageId,
      affectedSopClassUid: sopClassUid,
      moveDestination: AETitle.AETitle.make("ELSEWHERE")
    })
}

export const find = many["C-FIND-RQ"]

/** What counts the sub-operations of a C-GET or C-MOVE. */
const counts = (remaining: number) => ({
  numberOfRemainingSuboperations: remaining,
  numberOfCompletedSuboperations: 0,
  numberOfFailedSuboperations: 0,
  numberOfWarningSuboperations: 0
})

/** The pending response to a request, with what the standard wants of it. */
export const pending = (request: Dimse.Request, n = 0): Dimse.Reply => {
  switch (request._tag) {
    case "C-GET-RQ":
      return C_GET.response(request, Status.pending, counts(n))
    case "C-MOVE-RQ":
      return C_MOVE.response(request, Status.pending, counts(n))
    default:
      return { command: Command.respond(request, Status.pending), dataSet: [Uint8Array.of(n >>> 8, n)] }
  }
}

/** The data set that a message of this kind is sent with, if any. */
export const dataSetOf = (command: Command.Command, length = 10): ReadonlyArray<Uint8Array> | undefined =>
  Command.dataSet(command) === "none" ? undefined : [new Uint8Array(length).fill(length)]

/** What two ends may do at once. */
export interface Windows {
  readonly requestor?: AsynchronousOperationsWindow.AsynchronousOperationsWindow
  readonly acceptor?: AsynchronousOperationsWindow.AsynchronousOperationsWindow
}

/** Two ends, with the windows that they say. */
export const exchanging = (
  windows: Windows = {},
  options: Association.Options = {},
  network: Network = memory
): Effect.Effect<Associated, unknown, Scope.Scope> =>
  associated(network, {
    requestor: {
      ...options,
      ...(windows.requestor === undefined
        ? {}
        : { userInformation: { asynchronousOperationsWindow: windows.requestor } })
    },
    acceptor: {
      ...options,
      decide: () =>
        Effect.succeed(
          Association.accepting(
            [verification, storage],
            windows.acceptor === undefined
              ? {}
              : { userInformation: { asynchronousOperationsWindow: windows.acceptor } }
          )
        )
    }
  })

/** As many operations at once, each way, as both sides like. */
export const unlimited: Windows = {
  requestor: { maximumInvoked: 0, maximumPerformed: 0 },
  acceptor: { maximumInvoked: 0, maximumPerformed: 0 }
}

/** Performs in a fiber of the scope. */
export const performing = <R>(association: Association.Association, performer: Dimse.Performer<R>) =>
  Effect.forkScoped(association.dimse.perform(performer), { startImmediately: true })

/** Counts the fibers that run, where its service is provided as `Metric.FiberRuntimeMetrics`. */
export const counting = (): { readonly service: Metric.FiberRuntimeMetricsService; readonly running: () => number } => {
  let running = 0
  const service: Metric.FiberRuntimeMetricsService = {
    recordFiberStart: () => {
      running++
    },
    recordFiberEnd: () => {
      running--
    }
  }
  return { service, running: () => running }
}
