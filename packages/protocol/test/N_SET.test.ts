import * as Uid from "@effect-dicom/data/Uid"
import * as Command from "@effect-dicom/protocol/Command"
import * as CommandSet from "@effect-dicom/protocol/CommandSet"
import * as N_SET from "@effect-dicom/protocol/N_SET"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { nSetRQ, nSetRSP } from "./fixtures/commandSets.ts"

const request = N_SET.request({
  messageId: 5,
  requestedSopClassUid: Uid.makeUnsafe("1.2.840.10008.5.1.1.4"),
  requestedSopInstanceUid: Uid.makeUnsafe("1.2.276.0.7230010.3.1.4.8323328.8917.1795512116.913819")
})

describe("N_SET", () => {
  it("makes the request that DCMTK makes, and reads it", () => {
    assert.deepStrictEqual(Command.encode(request), nSetRQ)
    assert.deepStrictEqual(Command.decode(nSetRQ), Result.succeed<Command.Command>(request))
  })

  it("reads the response that DCMTK makes, which mirrors nothing", () => {
    assert.deepStrictEqual(
      Command.decode(nSetRSP),
      Result.succeed<Command.Command>({ _tag: "N-SET-RSP", messageIdBeingRespondedTo: 5, status: Status.success })
    )
  })

  it("answers with the SOP class and instance that were requested, and with what was wrong", () => {
    const response = N_SET.response(request, Status.failures.noSuchAttribute, {
      attributeIdentifierList: [0x20100010],
      errorComment: "no display format",
      errorId: 3
    })
    assert.deepStrictEqual(response, {
      _tag: "N-SET-RSP",
      messageIdBeingRespondedTo: 5,
      affectedSopClassUid: request.requestedSopClassUid,
      affectedSopInstanceUid: request.requestedSopInstanceUid,
      status: { _tag: "Failure", code: 0x0105 },
      attributeIdentifierList: [0x20100010],
      errorComment: "no display format",
      errorId: 3
    })
    assert.deepStrictEqual(Command.decode(Command.encode(response)), Result.succeed<Command.Command>(response))
  })

  it("has a modification list in its request, and may have an attribute list in its response", () => {
    assert.strictEqual(Command.dataSet(request), "required")
    assert.strictEqual(Command.dataSet(N_SET.response(request)), "optional")
    assert.deepStrictEqual(
      [Command.encode(N_SET.response(request)), Command.encode(N_SET.response(request), true)].map((bytes) =>
        Result.flatMap(CommandSet.decode(bytes), Command.hasDataSet)
      ),
      [Result.succeed(false), Result.succeed(true)]
    )
  })

  it("refuses foreign input that is no such message", () => {
    const is = Schema.is(N_SET.Message)
    assert.isTrue(is(request))
    assert.isFalse(is({ ...request, messageId: 65_536 }))
    assert.isFalse(is({ ...N_SET.response(request), attributeIdentifierList: [-1] }))
  })
})
