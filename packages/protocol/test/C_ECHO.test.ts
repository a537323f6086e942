import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import * as Command from "@effect-dicom/protocol/Command"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { echoRQ, echoRSP } from "./fixtures/commandSets.ts"

describe("C_ECHO", () => {
  it("makes the request that DCMTK makes", () => {
    assert.deepStrictEqual(Command.encode(C_ECHO.request({ messageId: 1 })), echoRQ)
  })

  it("makes the response that DCMTK makes", () => {
    const response = C_ECHO.response(C_ECHO.request({ messageId: 1 }))
    assert.deepStrictEqual(Command.encode(response), echoRSP)
    assert.deepStrictEqual(Command.decode(echoRSP), Result.succeed<Command.Command>(response))
  })

  it("says more of a failure in its response", () => {
    const response = C_ECHO.response(C_ECHO.request({ messageId: 65_535 }), Status.failures.sopClassNotSupported, {
      errorComment: "not here",
      offendingElement: [0x00000002]
    })
    assert.deepStrictEqual(response, {
      _tag: "C-ECHO-RSP",
      messageIdBeingRespondedTo: 65_535,
      affectedSopClassUid: C_ECHO.verificationSopClass,
      status: { _tag: "Failure", code: 0x0122 },
      errorComment: "not here",
      offendingElement: [0x00000002]
    })
    assert.deepStrictEqual(Command.decode(Command.encode(response)), Result.succeed<Command.Command>(response))
  })

  it("takes foreign input by its schema, and names what is wrong with it", () => {
    const decode = Schema.decodeUnknownSync(C_ECHO.Message)
    const message = C_ECHO.request({ messageId: 1 })
    assert.deepStrictEqual(decode({ ...message }), message)
    assert.throws(() => decode({ ...message, messageId: 65_536 }), /65535[^]*messageId/)
    assert.throws(
      () => decode({ ...message, affectedSopClassUid: "1.02" }),
      /"1.02" is not a UID[^]*affectedSopClassUid/
    )
    assert.throws(
      () => decode({ ...message, otherElements: [] }),
      "otherElements is empty; permitted: one element and more, or no such key"
    )
    assert.throws(
      () => decode({ ...message, otherElements: [{ tag: 0x0110, value: new Uint8Array(2) }] }),
      "otherElements has (0000,0110); permitted: what is no parameter of the message"
    )
    assert.throws(
      () =>
        decode({
          ...message,
          otherElements: [
            { tag: 9, value: new Uint8Array(0) },
            { tag: 8, value: new Uint8Array(0) }
          ]
        }),
      "otherElements has (0000,0008) out of order; permitted: ascending tags"
    )
  })

  it("tolerates a data set that a message has and its service has not, and reports it", () => {
    const request = C_ECHO.request({ messageId: 1 })
    const judge = Leniency.judge(Leniency.strict)
    for (const command of [request, C_ECHO.response(request)]) {
      assert.deepStrictEqual(
        Command.decode(Command.encode(command, true), judge),
        Result.succeed<Command.Command>(command)
      )
    }
    assert.deepStrictEqual(
      judge.tolerated,
      ["C-ECHO-RQ", "C-ECHO-RSP"].map((tag) => ({
        quirk: "unmetCondition" as const,
        detail: `CommandDataSetType (0000,0800) says that a data set follows; ${tag} must not have one`
      }))
    )
    const rejecting = Leniency.judge({ ...Leniency.strict, unmetCondition: "reject" })
    assert.isTrue(Result.isFailure(Command.decode(Command.encode(request, true), rejecting)))
  })

  it("has no status in a request and no Message ID in a response, at compile time", () => {
    const request = C_ECHO.request({ messageId: 1 })
    const response = C_ECHO.response(request)
    // @ts-expect-error a request has no status
    assert.isUndefined(request.status)
    // @ts-expect-error a response has the id of the request
    assert.isUndefined(response.messageId)
  })
})
