import * as Uid from "@effect-dicom/data/Uid"
import * as Command from "@effect-dicom/protocol/Command"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import * as N_ACTION from "@effect-dicom/protocol/N_ACTION"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { nActionRQ, nActionRSP } from "./fixtures/commandSets.ts"

const request = N_ACTION.request({
  messageId: 6,
  requestedSopClassUid: Uid.makeUnsafe("1.2.840.10008.5.1.1.2"),
  requestedSopInstanceUid: Uid.makeUnsafe("1.2.276.0.7230010.3.1.4.8323328.8917.1795512116.913818"),
  actionTypeId: 1
})

describe("N_ACTION", () => {
  it("makes the request that DCMTK makes where no action information follows, and reads it", () => {
    assert.deepStrictEqual(Command.encode(request), nActionRQ)
    assert.deepStrictEqual(Command.decode(nActionRQ), Result.succeed<Command.Command>(request))
  })

  it("reads the response that DCMTK makes, which mirrors the action type alone", () => {
    assert.deepStrictEqual(
      Command.decode(nActionRSP),
      Result.succeed<Command.Command>({
        _tag: "N-ACTION-RSP",
        messageIdBeingRespondedTo: 6,
        status: Status.success,
        actionTypeId: 1
      })
    )
  })

  it("mirrors the action type with success and with the failures that name it, and with no other", () => {
    assert.deepStrictEqual(N_ACTION.response(request), {
      _tag: "N-ACTION-RSP",
      messageIdBeingRespondedTo: 6,
      affectedSopClassUid: request.requestedSopClassUid,
      affectedSopInstanceUid: request.requestedSopInstanceUid,
      status: Status.success,
      actionTypeId: 1
    })
    const { invalidArgumentValue, noSuchActionType, noSuchArgument, processingFailure } = Status.failures
    assert.deepStrictEqual(
      [noSuchActionType, noSuchArgument, invalidArgumentValue, Status.fromCode(0xb000), processingFailure].map(
        (status) => N_ACTION.response(request, status).actionTypeId
      ),
      [1, 1, 1, 1, undefined]
    )
  })

  it("may have a reply with success or of what was invalid, and with no other status", () => {
    assert.strictEqual(Command.dataSet(request), "optional")
    assert.strictEqual(Command.dataSet(N_ACTION.response(request)), "optional")
    assert.strictEqual(Command.dataSet(N_ACTION.response(request, Status.failures.invalidArgumentValue)), "optional")
    assert.strictEqual(Command.dataSet(N_ACTION.response(request, Status.failures.processingFailure)), "none")
  })

  it("reports a reply that does not say of which action type it is (PS3.7 section 10.1.4.1.5)", () => {
    const judge = Leniency.judge(Leniency.strict)
    const { actionTypeId: _, ...response } = N_ACTION.response(request)
    assert.deepStrictEqual(
      Command.decode(Command.encode(response, true), judge),
      Result.succeed<Command.Command>(response)
    )
    assert.deepStrictEqual(judge.tolerated, [
      {
        quirk: "unmetCondition",
        detail: "ActionTypeID (0000,1008) has no value; N-ACTION-RSP with status Success 0000H must have one"
      }
    ])
    assert.deepStrictEqual(Command.decode(Command.encode(response)), Result.succeed<Command.Command>(response))
  })

  it("refuses foreign input that is no such message", () => {
    const is = Schema.is(N_ACTION.Message)
    assert.isTrue(is(request))
    assert.isFalse(is({ ...request, actionTypeId: "1" }))
    const { actionTypeId: _, ...without } = request
    assert.isFalse(is(without))
  })
})
