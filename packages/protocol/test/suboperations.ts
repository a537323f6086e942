/**
 * What the responses of C-GET and C-MOVE have in common: the counts of sub-operations, and the identifier that tells of
 * those that failed (PS3.4 sections C.4.2.1 and C.4.3.1).
 */
import type * as C_GET from "@effect-dicom/protocol/C_GET"
import type * as C_MOVE from "@effect-dicom/protocol/C_MOVE"
import * as Command from "@effect-dicom/protocol/Command"
import * as CommandSet from "@effect-dicom/protocol/CommandSet"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

export const done = {
  numberOfCompletedSuboperations: 1,
  numberOfFailedSuboperations: 0,
  numberOfWarningSuboperations: 0
}

export const suboperations = (
  service: "C-GET" | "C-MOVE",
  message: typeof C_GET.Message | typeof C_MOVE.Message,
  request: C_GET.RQ | C_MOVE.RQ,
  response: (
    status: Status.Status,
    more?: Partial<typeof done> & { readonly numberOfRemainingSuboperations?: number }
  ) => C_GET.RSP | C_MOVE.RSP
): void => {
  const is = Schema.is(message)
  const pending = response(Status.pending, { numberOfRemainingSuboperations: 0, ...done })
  const final = response(Status.success, done)
  const withRemaining = response(Status.success, { numberOfRemainingSuboperations: 0, ...done })
  const remainingInFinal = `NumberOfRemainingSuboperations (0000,1020) has a value; ${service}-RSP with status Success 0000H must not have one`
  const noRemaining = `NumberOfRemainingSuboperations (0000,1020) has no value; ${service}-RSP with status Pending FF00H must have one`

  it("wants an identifier in its request, allows one in a response that tells of failures, and none in others", () => {
    assert.strictEqual(Command.dataSet(request), "required")
    assert.strictEqual(Command.dataSet(pending), "none")
    assert.strictEqual(Command.dataSet(final), "none")
    for (const status of [Status.cancel, Status.fromCode(0xb000), Status.fromCode(0xa702)]) {
      assert.strictEqual(Command.dataSet(response(status)), "optional")
    }
  })

  it("refuses by its schema a pending response that lacks any of the counts", () => {
    assert.isTrue(is(pending))
    assert.isFalse(is(response(Status.pending)))
    const { numberOfRemainingSuboperations: _1, ...withoutRemaining } = pending
    const { numberOfCompletedSuboperations: _2, ...withoutCompleted } = pending
    const { numberOfFailedSuboperations: _3, ...withoutFailed } = pending
    const { numberOfWarningSuboperations: _4, ...withoutWarning } = pending
    assert.deepStrictEqual(
      [withoutRemaining, withoutCompleted, withoutFailed, withoutWarning].map((message) => is(message)),
      [false, false, false, false]
    )
    assert.throws(() => Schema.decodeUnknownSync(message)(withoutRemaining), noRemaining)
  })

  it("allows by its schema the remaining sub-operations with Cancel, and with no other final status", () => {
    const remaining = { numberOfRemainingSuboperations: 3 }
    assert.isTrue(is(response(Status.cancel, remaining)))
    assert.isTrue(is(response(Status.cancel)))
    for (const code of [0x0000, 0xb000, 0xa701, 0x0122, 0xc000]) {
      assert.isFalse(is(response(Status.fromCode(code), remaining)))
      assert.isTrue(is(response(Status.fromCode(code), done)))
      assert.isTrue(is(response(Status.fromCode(code))))
    }
    assert.throws(() => Schema.decodeUnknownSync(message)(withRemaining), remainingInFinal)
  })

  it("reads a final response with the remaining sub-operations, as peers send, and reports it", () => {
    const judge = Leniency.judge(Leniency.strict)
    assert.deepStrictEqual(
      Command.decode(Command.encode(withRemaining), judge),
      Result.succeed<Command.Command>(withRemaining)
    )
    assert.deepStrictEqual(judge.tolerated, [{ quirk: "unmetCondition", detail: remainingInFinal }])
  })

  it("reads a pending response without counts, and reports the first that is absent", () => {
    const judge = Leniency.judge(Leniency.lenient)
    const bare = response(Status.pending)
    assert.deepStrictEqual(Command.decode(Command.encode(bare), judge), Result.succeed<Command.Command>(bare))
    assert.deepStrictEqual(judge.tolerated, [{ quirk: "unmetCondition", detail: noRemaining }])
  })

  it("refuses both where the policy says so", () => {
    const rejected = (message: Command.Command, cause: Command.InvalidCommand["cause"], detail: string) => {
      const bytes = Command.encode(message)
      assert.deepStrictEqual(
        Command.decode(bytes, Leniency.judge({ ...Leniency.strict, unmetCondition: "reject" })),
        Result.fail<Command.InvalidCommand>({
          _tag: "Invalid command",
          cause,
          tag: 0x00001020,
          keyword: "NumberOfRemainingSuboperations",
          detail,
          commandSet: Result.getOrThrow(CommandSet.decode(bytes))
        })
      )
    }
    rejected(withRemaining, "invalid element value", remainingInFinal)
    rejected(response(Status.pending), "missing element", noRemaining)
  })
}
