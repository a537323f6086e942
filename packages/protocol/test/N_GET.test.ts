import * as Uid from "@effect-dicom/data/Uid"
import * as Command from "@effect-dicom/protocol/Command"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import * as N_GET from "@effect-dicom/protocol/N_GET"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { nGetRQ, nGetRSP } from "./fixtures/commandSets.ts"

const request = N_GET.request({
  messageId: 1,
  requestedSopClassUid: Uid.makeUnsafe("1.2.840.10008.5.1.1.16"),
  requestedSopInstanceUid: Uid.makeUnsafe("1.2.840.10008.5.1.1.17")
})

describe("N_GET", () => {
  it("makes the request that DCMTK makes, and reads it", () => {
    assert.deepStrictEqual(Command.encode(request), nGetRQ)
    assert.deepStrictEqual(Command.decode(nGetRQ), Result.succeed<Command.Command>(request))
  })

  it("reads the response that DCMTK makes, which mirrors nothing", () => {
    assert.deepStrictEqual(
      Command.decode(nGetRSP),
      Result.succeed<Command.Command>({ _tag: "N-GET-RSP", messageIdBeingRespondedTo: 1, status: Status.success })
    )
  })

  it("asks for attributes by their tags", () => {
    const some = { ...request, attributeIdentifierList: [0x21100010, 0x21100020] } as const
    const bytes = Command.encode(some)
    assert.deepStrictEqual(
      bytes.slice(-16),
      Uint8Array.of(0, 0, 0x05, 0x10, 8, 0, 0, 0, 0x10, 0x21, 0x10, 0, 0x10, 0x21, 0x20, 0)
    )
    assert.deepStrictEqual(Command.decode(bytes), Result.succeed<Command.Command>(some))
  })

  it("answers with the SOP class and instance that were requested", () => {
    assert.deepStrictEqual(N_GET.response(request), {
      _tag: "N-GET-RSP",
      messageIdBeingRespondedTo: 1,
      affectedSopClassUid: request.requestedSopClassUid,
      affectedSopInstanceUid: request.requestedSopInstanceUid,
      status: Status.success
    })
  })

  it("says which attributes it did not recognize (PS3.7 section C.4.2)", () => {
    const response = N_GET.response(request, Status.warnings.attributeListError, {
      attributeIdentifierList: [0x00091001]
    })
    assert.deepStrictEqual(response.status, { _tag: "Warning", code: 0x0107 })
    assert.deepStrictEqual(response.attributeIdentifierList, [0x00091001])
    assert.deepStrictEqual(Command.decode(Command.encode(response, true)), Result.succeed<Command.Command>(response))
  })

  it("has no data set in its request, and one with success (PS3.7 section 10.1.2.1.8)", () => {
    assert.strictEqual(Command.dataSet(request), "none")
    assert.strictEqual(Command.dataSet(N_GET.response(request)), "required")
    assert.strictEqual(Command.dataSet(N_GET.response(request, Status.warnings.attributeListError)), "optional")
    assert.strictEqual(Command.dataSet(N_GET.response(request, Status.failures.noSuchSopInstance)), "optional")
  })

  it("reads a success without attributes, and reports it", () => {
    const judge = Leniency.judge(Leniency.strict)
    const response = N_GET.response(request)
    assert.deepStrictEqual(
      Command.decode(Command.encode(response, false), judge),
      Result.succeed<Command.Command>(response)
    )
    assert.deepStrictEqual(judge.tolerated, [
      {
        quirk: "unmetCondition",
        detail:
          "CommandDataSetType (0000,0800) says that no data set follows; " +
          "N-GET-RSP with status Success 0000H must have one"
      }
    ])
  })

  it("refuses foreign input that is no such message", () => {
    const is = Schema.is(N_GET.Message)
    assert.isTrue(is(request))
    assert.isFalse(is({ ...request, attributeIdentifierList: [] }))
    assert.isFalse(is({ ...request, requestedSopInstanceUid: "1.02" }))
  })
})
