import * as Uid from "@effect-dicom/data/Uid"

import * as C_GET from "@effect-dicom/protocol/C_GET"
import * as Command from "@effect-dicom/protocol/Command"
import * as CommandSet from "@effect-dicom/protocol/CommandSet"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { getPending, getRQ, getRSP } from "./fixtures/commandSets.ts"

const request = C_GET.request({
  messageId: 1,
  affectedSopClassUid: Uid.makeUnsafe("1.2.840.10008.5.1.4.1.2.2.3")
})

const done = {
  numberOfCompletedSuboperations: 1,
  numberOfFailedSuboperations: 0,
  numberOfWarningSuboperations: 0
}
const pending = C_GET.response(request, Status.pending, { numberOfRemainingSuboperations: 0, ...done })
const final = C_GET.response(request, Status.success, done)
const withRemaining = C_GET.response(request, Status.success, { numberOfRemainingSuboperations: 0, ...done })

const remainingInFinal =
  "NumberOfRemainingSuboperations (0000,1020) has a value; C-GET-RSP with status Success 0000H must not have one"

describe("C_GET", () => {
  it("makes the messages that DCMTK makes", () => {
    assert.deepStrictEqual(Command.encode(request), getRQ)
    assert.deepStrictEqual(Command.encode(pending), getPending)
    assert.deepStrictEqual(Command.encode(final), getRSP)
  })

  it("reads the messages that DCMTK makes", () => {
    const decoded = [getRQ, getPending, getRSP].map((bytes) => Result.getOrThrow(Command.decode(bytes)))
    assert.deepStrictEqual(decoded, [request, pending, final])
  })

  it("wants an identifier in its request, allows one in a response that tells of failures, and none in others", () => {
    assert.strictEqual(Command.dataSet(request), "required")
    assert.strictEqual(Command.dataSet(pending), "none")
    assert.strictEqual(Command.dataSet(final), "none")
    for (const status of [Status.cancel, Status.fromCode(0xb000), Status.fromCode(0xa702)]) {
      assert.strictEqual(Command.dataSet(C_GET.response(request, status)), "optional")
    }
  })

  it("refuses by its schema a pending response that lacks any of the counts", () => {
    const is = Schema.is(C_GET.Message)
    assert.isTrue(is(pending))
    assert.isFalse(is(C_GET.response(request, Status.pending)))
    const { numberOfRemainingSuboperations: _1, ...withoutRemaining } = pending
    const { numberOfCompletedSuboperations: _2, ...withoutCompleted } = pending
    const { numberOfFailedSuboperations: _3, ...withoutFailed } = pending
    const { numberOfWarningSuboperations: _4, ...withoutWarning } = pending
    assert.deepStrictEqual(
      [withoutRemaining, withoutCompleted, withoutFailed, withoutWarning].map((message) => is(message)),
      [false, false, false, false]
    )
    assert.throws(
      () => Schema.decodeUnknownSync(C_GET.Message)(withoutFailed),
      /NumberOfFailedSuboperations \(0000,1022\) has no value; C-GET-RSP with status Pending FF00H must have one/
    )
  })

  it("allows by its schema the remaining sub-operations with Cancel, and with no other final status", () => {
    const is = Schema.is(C_GET.Message)
    const remaining = { numberOfRemainingSuboperations: 3 }
    assert.isTrue(is(C_GET.response(request, Status.cancel, remaining)))
    assert.isTrue(is(C_GET.response(request, Status.cancel)))
    for (const code of [0x0000, 0xb000, 0xa701, 0x0122, 0xc000]) {
      assert.isFalse(is(C_GET.response(request, Status.fromCode(code), remaining)))
      assert.isTrue(is(C_GET.response(request, Status.fromCode(code), done)))
      assert.isTrue(is(C_GET.response(request, Status.fromCode(code))))
    }
    assert.isFalse(Schema.is(C_GET.Message.cases["C-GET-RSP"])(withRemaining))
    assert.throws(() => Schema.decodeUnknownSync(C_GET.Message)(withRemaining), /must not have one/)
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
    const bare = C_GET.response(request, Status.pending)
    assert.deepStrictEqual(Command.decode(Command.encode(bare), judge), Result.succeed<Command.Command>(bare))
    assert.deepStrictEqual(judge.tolerated, [
      {
        quirk: "unmetCondition",
        detail:
          "NumberOfRemainingSuboperations (0000,1020) has no value; C-GET-RSP with status Pending FF00H must have one"
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
    const bare = Command.decode(Command.encode(C_GET.response(request, Status.pending)), judge)
    assert.isTrue(Result.isFailure(bare) && bare.failure._tag === "Invalid command")
    if (Result.isFailure(bare) && bare.failure._tag === "Invalid command") {
      assert.strictEqual(bare.failure.cause, "missing element")
      assert.strictEqual(bare.failure.tag, 0x00001020)
    }
  })
})
