import * as Uid from "@effect-dicom/data/Uid"
import * as C_FIND from "@effect-dicom/protocol/C_FIND"
import * as Command from "@effect-dicom/protocol/Command"
import * as CommandSet from "@effect-dicom/protocol/CommandSet"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { findPending, findRQ, findRSP } from "./fixtures/commandSets.ts"

const request = C_FIND.request({ messageId: 1, affectedSopClassUid: Uid.makeUnsafe("1.2.840.10008.5.1.4.1.2.2.1") })

describe("C_FIND", () => {
  it("makes the messages that DCMTK makes", () => {
    assert.deepStrictEqual(Command.encode(request), findRQ)
    assert.deepStrictEqual(Command.encode(C_FIND.response(request, Status.pending)), findPending)
    assert.deepStrictEqual(Command.encode(C_FIND.response(request)), findRSP)
  })

  it("reads the messages that DCMTK makes", () => {
    const decoded = [findRQ, findPending, findRSP].map((bytes) => Result.getOrThrow(Command.decode(bytes)))
    assert.deepStrictEqual(decoded, [request, C_FIND.response(request, Status.pending), C_FIND.response(request)])
  })

  it("has an identifier in its request and its pending responses, and in no other (PS3.7 section 9.1.2.1.5)", () => {
    assert.strictEqual(Command.dataSet(request), "required")
    assert.strictEqual(Command.dataSet(C_FIND.response(request, Status.pending)), "required")
    assert.strictEqual(Command.dataSet(C_FIND.response(request, Status.pendingWithWarning)), "required")
    for (const status of [Status.success, Status.cancel, Status.fromCode(0xb000), Status.fromCode(0xa700)]) {
      assert.strictEqual(Command.dataSet(C_FIND.response(request, status)), "none")
    }
  })

  it("tolerates a pending response without an identifier and a final one with one where it is to, and reports them", () => {
    const judge = Leniency.judge(Leniency.lenient)
    const pending = C_FIND.response(request, Status.pending)
    const final = C_FIND.response(request)
    assert.deepStrictEqual(
      [Command.decode(Command.encode(pending, false), judge), Command.decode(Command.encode(final, true), judge)],
      [Result.succeed<Command.Command>(pending), Result.succeed<Command.Command>(final)]
    )
    assert.deepStrictEqual(judge.tolerated, [
      {
        quirk: "pendingWithoutIdentifier",
        detail:
          "CommandDataSetType (0000,0800) says that no data set follows; " +
          "C-FIND-RSP with status Pending FF00H must have one"
      },
      {
        quirk: "unmetCondition",
        detail:
          "CommandDataSetType (0000,0800) says that a data set follows; " +
          "C-FIND-RSP with status Success 0000H must not have one"
      }
    ])
  })

  it("refuses a pending response without an identifier", () => {
    const result = Command.decode(Command.encode(C_FIND.response(request, Status.pending), false))
    assert.strictEqual(
      Result.isFailure(result) && result.failure.detail,
      "CommandDataSetType (0000,0800) says that no data set follows; C-FIND-RSP with status Pending FF00H must have one"
    )
  })

  it("refuses a final one with an identifier where the policy says so", () => {
    const judge = Leniency.judge({ ...Leniency.strict, unmetCondition: "reject" })
    const bytes = Command.encode(C_FIND.response(request), true)
    assert.deepStrictEqual(
      Command.decode(bytes, judge),
      Result.fail<Command.InvalidCommand>({
        _tag: "Invalid command",
        cause: "invalid element value",
        tag: 0x00000800,
        keyword: "CommandDataSetType",
        detail:
          "CommandDataSetType (0000,0800) says that a data set follows; " +
          "C-FIND-RSP with status Success 0000H must not have one",
        commandSet: Result.getOrThrow(CommandSet.decode(bytes))
      })
    )
  })

  it("says more of a failure in its response", () => {
    const response = C_FIND.response(request, Status.fromCode(0xc001), {
      offendingElement: [0x00080052],
      errorComment: "no such level",
      errorId: 12
    })
    assert.deepStrictEqual(response, {
      _tag: "C-FIND-RSP",
      messageIdBeingRespondedTo: 1,
      affectedSopClassUid: request.affectedSopClassUid,
      status: { _tag: "Failure", code: 0xc001 },
      offendingElement: [0x00080052],
      errorComment: "no such level",
      errorId: 12
    })
    assert.deepStrictEqual(Command.decode(Command.encode(response)), Result.succeed<Command.Command>(response))
  })

  it("refuses foreign input that is no such message", () => {
    const is = Schema.is(C_FIND.Message)
    assert.isTrue(is(request))
    assert.isFalse(is({ ...request, priority: "URGENT" }))
    assert.isFalse(is({ ...request, affectedSopClassUid: "1.2.x" }))
    assert.isFalse(is({ ...C_FIND.response(request), errorId: 0x10000 }))
  })
})
