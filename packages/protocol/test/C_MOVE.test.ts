import * as Uid from "@effect-dicom/data/Uid"
import * as AETitle from "@effect-dicom/protocol/AETitle"
import * as C_MOVE from "@effect-dicom/protocol/C_MOVE"
import * as Command from "@effect-dicom/protocol/Command"
import * as CommandSet from "@effect-dicom/protocol/CommandSet"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { movePending, moveRQ, moveRSP, moveUnknownDestination } from "./fixtures/commandSets.ts"

const request = C_MOVE.request({
  messageId: 1,
  affectedSopClassUid: Uid.makeUnsafe("1.2.840.10008.5.1.4.1.2.2.2"),
  moveDestination: AETitle.AETitle.make("US")
})

const done = {
  numberOfCompletedSuboperations: 1,
  numberOfFailedSuboperations: 0,
  numberOfWarningSuboperations: 0
}
const pending = C_MOVE.response(request, Status.pending, { numberOfRemainingSuboperations: 0, ...done })
const final = C_MOVE.response(request, Status.success, done)
const withRemaining = C_MOVE.response(request, Status.success, { numberOfRemainingSuboperations: 0, ...done })

const remainingInFinal =
  "NumberOfRemainingSuboperations (0000,1020) has a value; C-MOVE-RSP with status Success 0000H must not have one"

describe("C_MOVE", () => {
  it("makes the messages that DCMTK makes", () => {
    assert.deepStrictEqual(Command.encode(request), moveRQ)
    assert.deepStrictEqual(Command.encode(pending), movePending)
    assert.deepStrictEqual(Command.encode(final), moveRSP)
  })

  it("reads the messages that DCMTK makes", () => {
    const decoded = [moveRQ, movePending, moveRSP].map((bytes) => Result.getOrThrow(Command.decode(bytes)))
    assert.deepStrictEqual(decoded, [request, pending, final])
  })

  it("reads how DCMTK refuses a destination that it does not know", () => {
    assert.deepStrictEqual(
      Command.decode(moveUnknownDestination),
      Result.succeed<Command.Command>(
        C_MOVE.response(request, Status.fromCode(0xa801), {
          numberOfCompletedSuboperations: 0,
          numberOfFailedSuboperations: 0,
          numberOfWarningSuboperations: 0
        })
      )
    )
  })

  it("needs an AE title for its destination, not any string, at compile time", () => {
    // @ts-expect-error a string is not an AETitle
    const moved: C_MOVE.RQ = { ...request, moveDestination: "WORKSTATION" }
    assert.isTrue(Schema.is(C_MOVE.Message)(moved))
    assert.isFalse(Schema.is(C_MOVE.Message)({ ...request, moveDestination: "A TITLE OF 17 CHS" }))
  })
  it("wants an identifier in its request, allows one in a response that tells of failures, and none in others", () => {
    assert.strictEqual(Command.dataSet(request), "required")
    assert.strictEqual(Command.dataSet(pending), "none")
    assert.strictEqual(Command.dataSet(final), "none")
    for (const status of [Status.cancel, Status.fromCode(0xb000), Status.fromCode(0xa702)]) {
      assert.strictEqual(Command.dataSet(C_MOVE.response(request, status)), "optional")
    }
  })

  it("refuses by its schema a pending response that lacks any of the counts", () => {
    const is = Schema.is(C_MOVE.Message)
    assert.isTrue(is(pending))
    assert.isFalse(is(C_MOVE.response(request, Status.pending)))
    const { numberOfRemainingSuboperations: _1, ...withoutRemaining } = pending
    const { numberOfCompletedSuboperations: _2, ...withoutCompleted } = pending
    const { numberOfFailedSuboperations: _3, ...withoutFailed } = pending
    const { numberOfWarningSuboperations: _4, ...withoutWarning } = pending
    assert.deepStrictEqual(
      [withoutRemaining, withoutCompleted, withoutFailed, withoutWarning].map((message) => is(message)),
      [false, false, false, false]
    )
    assert.throws(
      () => Schema.decodeUnknownSync(C_MOVE.Message)(withoutFailed),
      /NumberOfFailedSuboperations \(0000,1022\) has no value; C-MOVE-RSP with status Pending FF00H must have one/
    )
  })

  it("allows by its schema the remaining sub-operations with Cancel, and with no other final status", () => {
    const is = Schema.is(C_MOVE.Message)
    const remaining = { numberOfRemainingSuboperations: 3 }
    assert.isTrue(is(C_MOVE.response(request, Status.cancel, remaining)))
    assert.isTrue(is(C_MOVE.response(request, Status.cancel)))
    for (const code of [0x0000, 0xb000, 0xa701, 0x0122, 0xc000]) {
      assert.isFalse(is(C_MOVE.response(request, Status.fromCode(code), remaining)))
      assert.isTrue(is(C_MOVE.response(request, Status.fromCode(code), done)))
      assert.isTrue(is(C_MOVE.response(request, Status.fromCode(code))))
    }
    assert.isFalse(Schema.is(C_MOVE.Message.cases["C-MOVE-RSP"])(withRemaining))
    assert.throws(() => Schema.decodeUnknownSync(C_MOVE.Message)(withRemaining), /must not have one/)
  })

  it("reads a final response with the remaining sub-operations, as many peers send, and reports it", () => {
    const judge = Leniency.judge(Leniency.strict)
    assert.deepStrictEqual(
      Command.decode(Command.encode(withRemaining), judge),
      Result.succeed<Command.Command>(withRemaining)
    )
    assert.deepStrictEqual(judge.tolerated, [{ quirk: "unmetCondition", detail: remainingInFinal }])
  })

  it("reads a pending response without counts, and reports the first that is absent", () => {
    const judge = Leniency.judge(Leniency.lenient)
    const bare = C_MOVE.response(request, Status.pending)
    assert.deepStrictEqual(Command.decode(Command.encode(bare), judge), Result.succeed<Command.Command>(bare))
    assert.deepStrictEqual(judge.tolerated, [
      {
        quirk: "unmetCondition",
        detail:
          "NumberOfRemainingSuboperations (0000,1020) has no value; C-MOVE-RSP with status Pending FF00H must have one"
      }
    ])
  })

  it("refuses both where the policy says so", () => {
    const judge = Leniency.judge({ ...Leniency.strict, unmetCondition: "reject" })
    const bytes = Command.encode(withRemaining)
    assert.deepStrictEqual(
      Command.decode(bytes, judge),
      Result.fail<Command.InvalidCommand>({
        _tag: "Invalid command",
        cause: "invalid element value",
        tag: 0x00001020,
        keyword: "NumberOfRemainingSuboperations",
        detail: remainingInFinal,
        commandSet: Result.getOrThrow(CommandSet.decode(bytes))
      })
    )
    const bare = Command.decode(Command.encode(C_MOVE.response(request, Status.pending)), judge)
    assert.isTrue(Result.isFailure(bare) && bare.failure._tag === "Invalid command")
    if (Result.isFailure(bare) && bare.failure._tag === "Invalid command") {
      assert.strictEqual(bare.failure.cause, "missing element")
      assert.strictEqual(bare.failure.tag, 0x00001020)
    }
  })
})
