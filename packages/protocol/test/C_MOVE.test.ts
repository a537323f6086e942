import * as Uid from "@effect-dicom/data/Uid"
import * as AETitle from "@effect-dicom/protocol/AETitle"
import * as C_MOVE from "@effect-dicom/protocol/C_MOVE"
import * as Command from "@effect-dicom/protocol/Command"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { movePending, moveRQ, moveRSP, moveUnknownDestination } from "./fixtures/commandSets.ts"
import { done, suboperations } from "./suboperations.ts"

const request = C_MOVE.request({
  messageId: 1,
  affectedSopClassUid: Uid.makeUnsafe("1.2.840.10008.5.1.4.1.2.2.2"),
  moveDestination: AETitle.AETitle.make("US")
})

const pending = C_MOVE.response(request, Status.pending, { numberOfRemainingSuboperations: 0, ...done })
const final = C_MOVE.response(request, Status.success, done)

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

  suboperations("C-MOVE", C_MOVE.Message, request, (status, more) => C_MOVE.response(request, status, more))
})
