import * as Uid from "@effect-dicom/data/Uid"
import * as Command from "@effect-dicom/protocol/Command"
import * as N_DELETE from "@effect-dicom/protocol/N_DELETE"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { nDeleteRQ, nDeleteRSP } from "./fixtures/commandSets.ts"

const request = N_DELETE.request({
  messageId: 7,
  requestedSopClassUid: Uid.makeUnsafe("1.2.840.10008.5.1.1.2"),
  requestedSopInstanceUid: Uid.makeUnsafe("1.2.276.0.7230010.3.1.4.8323328.8917.1795512116.913818")
})

describe("N_DELETE", () => {
  it("makes the request that DCMTK makes, and reads it", () => {
    assert.deepStrictEqual(Command.encode(request), nDeleteRQ)
    assert.deepStrictEqual(Command.decode(nDeleteRQ), Result.succeed<Command.Command>(request))
  })

  it("reads the response that DCMTK makes, which mirrors nothing", () => {
    const response: N_DELETE.RSP = { _tag: "N-DELETE-RSP", messageIdBeingRespondedTo: 7, status: Status.success }
    assert.deepStrictEqual(Command.decode(nDeleteRSP), Result.succeed<Command.Command>(response))
    assert.deepStrictEqual(Command.encode(response), nDeleteRSP)
  })

  it("answers with the SOP class and instance that were requested", () => {
    assert.deepStrictEqual(N_DELETE.response(request, Status.failures.noSuchSopInstance), {
      _tag: "N-DELETE-RSP",
      messageIdBeingRespondedTo: 7,
      affectedSopClassUid: request.requestedSopClassUid,
      affectedSopInstanceUid: request.requestedSopInstanceUid,
      status: { _tag: "Failure", code: 0x0112 }
    })
  })

  it("has no data set either way", () => {
    assert.strictEqual(Command.dataSet(request), "none")
    assert.strictEqual(Command.dataSet(N_DELETE.response(request)), "none")
  })

  it("refuses foreign input that is no such message", () => {
    const is = Schema.is(N_DELETE.Message)
    assert.isTrue(is(request))
    const { requestedSopInstanceUid: _, ...without } = request
    assert.isFalse(is(without))
  })
})
