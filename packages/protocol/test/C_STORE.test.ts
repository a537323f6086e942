import * as Uid from "@effect-dicom/data/Uid"
import * as AETitle from "@effect-dicom/protocol/AETitle"
import * as C_STORE from "@effect-dicom/protocol/C_STORE"
import * as Command from "@effect-dicom/protocol/Command"
import * as CommandSet from "@effect-dicom/protocol/CommandSet"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { storeRQ, storeRSP } from "./fixtures/commandSets.ts"

const request = C_STORE.request({
  messageId: 1,
  affectedSopClassUid: Uid.makeUnsafe("1.2.840.10008.5.1.4.1.1.481.3"),
  affectedSopInstanceUid: Uid.makeUnsafe("1.2.826.0.1.3680043.8.498.2010020400001")
})

describe("C_STORE", () => {
  it("makes the request that DCMTK makes", () => {
    assert.deepStrictEqual(Command.encode(request), storeRQ)
  })

  it("makes the response that DCMTK makes", () => {
    assert.deepStrictEqual(Command.encode(C_STORE.response(request)), storeRSP)
  })

  it("carries the originator of a C-MOVE sub-operation", () => {
    const moved = C_STORE.request({
      messageId: 2,
      affectedSopClassUid: request.affectedSopClassUid,
      affectedSopInstanceUid: request.affectedSopInstanceUid,
      priority: "HIGH",
      moveOriginatorAETitle: AETitle.AETitle.make("WORKSTATION"),
      moveOriginatorMessageId: 41
    })
    const bytes = Command.encode(moved)
    assert.deepStrictEqual(Command.decode(bytes), Result.succeed<Command.Command>(moved))
    assert.deepStrictEqual(Result.getOrThrow(CommandSet.decode(bytes)).slice(-2), [
      { tag: 0x1030, value: Uint8Array.from("WORKSTATION ", (character) => character.charCodeAt(0)) },
      { tag: 0x1031, value: Uint8Array.of(41, 0) }
    ])
  })

  it("answers with a status, and what was wrong", () => {
    const response = C_STORE.response(request, C_STORE.failures.outOfResources, { errorComment: "disk full" })
    assert.deepStrictEqual(response, {
      _tag: "C-STORE-RSP",
      messageIdBeingRespondedTo: 1,
      affectedSopClassUid: request.affectedSopClassUid,
      affectedSopInstanceUid: request.affectedSopInstanceUid,
      status: { _tag: "Failure", code: 0xa700 },
      errorComment: "disk full"
    })
  })

  it("always says that a data set follows its request, and never its response", () => {
    const dataSet = (command: Command.Command) => Command.hasDataSet(Command.toCommandSet(command))
    assert.deepStrictEqual(dataSet(request), Result.succeed(true))
    assert.deepStrictEqual(dataSet(C_STORE.response(request)), Result.succeed(false))
  })

  it("has for each status of PS3.4 Table B.2-1 its meaning, over its whole range", () => {
    const meaning = (code: number) => C_STORE.meaning(Status.fromCode(code))
    assert.strictEqual(meaning(0xa700), "Refused: Out of resources")
    assert.strictEqual(meaning(0xa7ff), "Refused: Out of resources")
    assert.strictEqual(meaning(0xa900), "Error: Data Set does not match SOP Class")
    assert.strictEqual(meaning(0xa9ff), "Error: Data Set does not match SOP Class")
    assert.strictEqual(meaning(0xc000), "Error: Cannot understand")
    assert.strictEqual(meaning(0xcfff), "Error: Cannot understand")
    assert.strictEqual(meaning(0xb000), "Coercion of Data Elements")
    assert.strictEqual(meaning(0xb006), "Elements Discarded")
    assert.strictEqual(meaning(0xb007), "Data Set does not match SOP Class")
    assert.strictEqual(meaning(0x0122), "Refused: SOP Class not supported")
    assert.isUndefined(meaning(0xa800))
    for (const status of [...Object.values(C_STORE.failures), ...Object.values(C_STORE.warnings)]) {
      assert.deepStrictEqual(Status.fromCode(status.code), status)
      assert.isDefined(C_STORE.meaning(status))
    }
  })

  it("refuses foreign input that is no such message", () => {
    const is = Schema.is(C_STORE.Message)
    assert.isTrue(is(request))
    assert.isFalse(is({ ...request, priority: "URGENT" }))
    assert.isFalse(is({ ...request, moveOriginatorAETitle: "A TITLE OF 17 CHS" }))
    assert.isFalse(is({ ...request, messageId: -1 }))
    assert.isFalse(is({ ...C_STORE.response(request), status: { _tag: "Success", code: 0xa700 } }))
    assert.isFalse(is({ ...C_STORE.response(request), errorComment: "x".repeat(65) }))
  })

  it("needs a UID and an AE title, not any string, at compile time", () => {
    C_STORE.request({
      messageId: 1,
      // @ts-expect-error a string is not a Uid
      affectedSopClassUid: "1.2.840.10008.5.1.4.1.1.2",
      affectedSopInstanceUid: request.affectedSopInstanceUid
    })
    // @ts-expect-error a string is not an AETitle
    const moved: C_STORE.RQ = { ...request, moveOriginatorAETitle: "WORKSTATION" }
    assert.isTrue(Schema.is(C_STORE.Message)(moved))
  })
})
