import * as Uid from "@effect-dicom/data/Uid"
import * as Command from "@effect-dicom/protocol/Command"
import * as CommandSet from "@effect-dicom/protocol/CommandSet"
import * as N_CREATE from "@effect-dicom/protocol/N_CREATE"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { nCreateRQ, nCreateRSP } from "./fixtures/commandSets.ts"

const request = N_CREATE.request({ messageId: 2, affectedSopClassUid: Uid.makeUnsafe("1.2.840.10008.5.1.1.23") })
const created = Uid.makeUnsafe("1.2.276.0.7230010.3.1.4.8323328.8917.1795512116.913813")

describe("N_CREATE", () => {
  it("makes the messages that DCMTK makes, where the performer chooses the instance's UID", () => {
    assert.deepStrictEqual(Command.encode(request, true), nCreateRQ)
    const response = N_CREATE.response(request, Status.success, { affectedSopInstanceUid: created })
    assert.deepStrictEqual(Command.encode(response, true), nCreateRSP)
  })

  it("reads the messages that DCMTK makes", () => {
    assert.deepStrictEqual(
      [Command.decode(nCreateRQ), Command.decode(nCreateRSP)],
      [
        Result.succeed<Command.Command>(request),
        Result.succeed<Command.Command>({
          _tag: "N-CREATE-RSP",
          messageIdBeingRespondedTo: 2,
          affectedSopClassUid: request.affectedSopClassUid,
          affectedSopInstanceUid: created,
          status: Status.success
        })
      ]
    )
  })

  it("takes a request with an empty instance UID for one without", () => {
    const bytes = CommandSet.encode([
      ...Result.getOrThrow(CommandSet.decode(nCreateRQ)),
      { tag: 0x00001000, value: new Uint8Array(0) }
    ])
    assert.deepStrictEqual(Command.decode(bytes), Result.succeed<Command.Command>(request))
  })

  it("answers with the instance that was requested", () => {
    const response = N_CREATE.response({ ...request, affectedSopInstanceUid: created })
    assert.strictEqual(response.affectedSopInstanceUid, created)
    assert.isFalse("affectedSopInstanceUid" in N_CREATE.response(request))
  })

  it("says which attributes were missing (PS3.7 section C.5.13)", () => {
    const response = N_CREATE.response(request, Status.failures.missingAttribute, {
      attributeIdentifierList: [0x00400253, 0x00400252]
    })
    assert.deepStrictEqual(Command.decode(Command.encode(response)), Result.succeed<Command.Command>(response))
    assert.deepStrictEqual(response.attributeIdentifierList, [0x00400253, 0x00400252])
  })

  it("may have an attribute list both ways", () => {
    assert.strictEqual(Command.dataSet(request), "optional")
    assert.strictEqual(Command.dataSet(N_CREATE.response(request)), "optional")
  })

  it("refuses foreign input that is no such message", () => {
    const is = Schema.is(N_CREATE.Message)
    assert.isTrue(is(request))
    assert.isFalse(is({ ...request, affectedSopInstanceUid: "" }))
    assert.isFalse(is({ ...N_CREATE.response(request), status: { _tag: "Success", code: 1 } }))
  })
})
