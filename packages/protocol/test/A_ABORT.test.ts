import * as A_ABORT from "@effect-dicom/protocol/A_ABORT"
import * as InvalidPdu from "@effect-dicom/protocol/InvalidPdu"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import { describe, expect, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

describe("A-ABORT", () => {
  // PS3.8 section 9.3.8
  it.each([
    ["reason-not-specified", 0],
    ["unrecognized-PDU", 1],
    ["unexpected-PDU", 2],
    ["reserved", 3],
    ["unrecognized-PDU-parameter", 4],
    ["unexpected-PDU-parameter", 5],
    ["invalid-PDU-parameter-value", 6]
  ] as const)("writes reason %s as %i", (reason, code) => {
    expect(A_ABORT.encode(A_ABORT.providerPdu(reason))).toStrictEqual(Uint8Array.of(7, 0, 0, 0, 0, 4, 0, 0, 2, code))
    expect(A_ABORT.reasonCode(reason)).toBe(code)
  })

  it("writes the user's abort with source 0", () => {
    expect(A_ABORT.encode(A_ABORT.userPdu)).toStrictEqual(Uint8Array.of(7, 0, 0, 0, 0, 4, 0, 0, 0, 0))
    expect(A_ABORT.sourceCode("reserved")).toBe(1)
  })

  it("keeps any two bytes, with a name or without", () => {
    for (let source = 0; source < 256; source++) {
      for (let reason = 0; reason < 256; reason++) {
        const body = Uint8Array.of(0, 0, source, reason)
        const pdu = Result.getOrThrow(A_ABORT.decode(body))
        expect(A_ABORT.encode(pdu).subarray(6)).toStrictEqual(body)
      }
    }
    expect(A_ABORT.decode(Uint8Array.of(0, 0, 9, 200))).toStrictEqual(
      Result.succeed({ _tag: "A-ABORT", source: { unknown: 9 }, reason: { unknown: 200 } })
    )
  })

  it("does not test reserved bytes", () => {
    expect(A_ABORT.decode(Uint8Array.of(1, 2, 0, 0))).toStrictEqual(Result.succeed(A_ABORT.userPdu))
  })

  it.prop("comes back from its bytes", [A_ABORT.Pdu], ([pdu]) => {
    expect(A_ABORT.decode(A_ABORT.encode(pdu).subarray(6))).toEqual(Result.succeed(pdu))
  })

  it.prop(
    "has values of its schema for any body of four bytes",
    [
      Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))).check(
        Schema.isMinLength(4),
        Schema.isMaxLength(4)
      )
    ],
    ([body]) => {
      expect(Schema.is(A_ABORT.Pdu)(Result.getOrThrow(A_ABORT.decode(Uint8Array.from(body))))).toBe(true)
    }
  )

  it("refuses other lengths, and tolerates bytes after its four when told to", () => {
    const invalid = (length: number) =>
      Result.fail(InvalidPdu.make("invalid-PDU-parameter-value", `A-ABORT has length ${length}; permitted: 4`))
    expect(A_ABORT.decode(new Uint8Array(3))).toStrictEqual(invalid(3))
    expect(A_ABORT.decode(new Uint8Array(5))).toStrictEqual(invalid(5))
    const judge = Leniency.judge(Leniency.lenient)
    expect(A_ABORT.decode(new Uint8Array(3), judge)).toStrictEqual(invalid(3))
    expect(A_ABORT.decode(new Uint8Array(5), judge)).toStrictEqual(Result.succeed(A_ABORT.userPdu))
    expect(judge.tolerated).toStrictEqual([{ quirk: "trailingBytes", detail: "A-ABORT has length 5; permitted: 4" }])
  })

  it("gives an A-ABORT indication for the user's and an A-P-ABORT indication for any other (AA-3)", () => {
    expect(A_ABORT.indication(A_ABORT.userPdu)).toStrictEqual({
      _tag: "A-ABORT indication",
      abortSource: "service-user"
    })
    expect(A_ABORT.indication(A_ABORT.providerPdu("unexpected-PDU"))).toStrictEqual({
      _tag: "A-P-ABORT indication",
      providerReason: "unexpected-PDU"
    })
    expect(A_ABORT.indication({ _tag: "A-ABORT", source: "reserved", reason: { unknown: 7 } })).toStrictEqual({
      _tag: "A-P-ABORT indication",
      providerReason: { unknown: 7 },
      source: "reserved"
    })
  })

  it("refuses a code as unknown that has a name", () => {
    const result = Schema.decodeUnknownResult(A_ABORT.Pdu)({
      _tag: "A-ABORT",
      source: "service-user",
      reason: { unknown: 2 }
    })
    expect(Result.isFailure(result) && result.failure.message).toContain(
      'A-ABORT reason is 02H; permitted: its name, "unexpected-PDU"'
    )
  })

  it("lets only known reasons and sources compile", () => {
    // @ts-expect-error no such reason
    A_ABORT.providerPdu("tired")
    // @ts-expect-error a request has no abort source
    const request: A_ABORT.Request = { _tag: "A-ABORT request", abortSource: "service-user" }
    expect(request._tag).toBe("A-ABORT request")
  })

  it.prop("has primitives that are their own encoding", [A_ABORT.Primitive], ([primitive]) => {
    expect(Schema.decodeUnknownResult(A_ABORT.Primitive)(primitive)).toEqual(Result.succeed(primitive))
  })
})
