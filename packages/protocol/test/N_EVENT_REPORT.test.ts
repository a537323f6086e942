import * as Uid from "@effect-dicom/data/Uid"
import * as Command from "@effect-dicom/protocol/Command"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import * as N_EVENT_REPORT from "@effect-dicom/protocol/N_EVENT_REPORT"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { nEventReportRQ, nEventReportRSP } from "./fixtures/commandSets.ts"

const request = N_EVENT_REPORT.request({
  messageId: 7,
  affectedSopClassUid: Uid.makeUnsafe("1.2.840.10008.1.20.1"),
  affectedSopInstanceUid: Uid.makeUnsafe("1.2.840.10008.1.20.1.1"),
  eventTypeId: 2
})

describe("N_EVENT_REPORT", () => {
  it("makes the messages that PS3.7 Tables 10.3-1 and 10.3-2 give", () => {
    assert.deepStrictEqual(Command.encode(request, true), nEventReportRQ)
    assert.deepStrictEqual(Command.encode(N_EVENT_REPORT.response(request)), nEventReportRSP)
  })

  it("reads them", () => {
    assert.deepStrictEqual(
      [Command.decode(nEventReportRQ), Command.decode(nEventReportRSP)],
      [
        Result.succeed<Command.Command>(request),
        Result.succeed<Command.Command>({
          _tag: "N-EVENT-REPORT-RSP",
          messageIdBeingRespondedTo: 7,
          affectedSopClassUid: request.affectedSopClassUid,
          affectedSopInstanceUid: request.affectedSopInstanceUid,
          status: Status.success,
          eventTypeId: 2
        })
      ]
    )
  })

  it("mirrors the event type with success and with the failures that name it, and with no other", () => {
    const { invalidArgumentValue, noSuchArgument, noSuchEventType, processingFailure } = Status.failures
    assert.deepStrictEqual(
      [noSuchEventType, noSuchArgument, invalidArgumentValue, processingFailure].map(
        (status) => N_EVENT_REPORT.response(request, status).eventTypeId
      ),
      [2, 2, 2, undefined]
    )
  })

  it("may have a reply with success or of what was invalid, and with no other status", () => {
    assert.strictEqual(Command.dataSet(request), "optional")
    assert.strictEqual(Command.dataSet(N_EVENT_REPORT.response(request)), "optional")
    assert.strictEqual(
      Command.dataSet(N_EVENT_REPORT.response(request, Status.failures.invalidArgumentValue)),
      "optional"
    )
    assert.strictEqual(Command.dataSet(N_EVENT_REPORT.response(request, Status.failures.noSuchEventType)), "none")
  })

  it("reports a reply that does not say of which event type it is (PS3.7 section 10.1.1.1.5)", () => {
    const { eventTypeId: _, ...response } = N_EVENT_REPORT.response(request)
    const judge = Leniency.judge(Leniency.strict)
    assert.deepStrictEqual(
      Command.decode(Command.encode(response, true), judge),
      Result.succeed<Command.Command>(response)
    )
    assert.deepStrictEqual(judge.tolerated, [
      {
        quirk: "unmetCondition",
        detail: "EventTypeID (0000,1002) has no value; N-EVENT-REPORT-RSP with status Success 0000H must have one"
      }
    ])
    const rejecting = Leniency.judge({ ...Leniency.strict, unmetCondition: "reject" })
    assert.isTrue(Result.isFailure(Command.decode(Command.encode(response, true), rejecting)))
    assert.deepStrictEqual(
      Command.decode(Command.encode(response), rejecting),
      Result.succeed<Command.Command>(response)
    )
  })

  it("refuses foreign input that is no such message", () => {
    const is = Schema.is(N_EVENT_REPORT.Message)
    assert.isTrue(is(request))
    assert.isFalse(is({ ...request, eventTypeId: 65_536 }))
    const { affectedSopInstanceUid: _, ...without } = request
    assert.isFalse(is(without))
  })
})
