import * as A_RELEASE from "@effect-dicom/protocol/A_RELEASE"
import * as InvalidPdu from "@effect-dicom/protocol/InvalidPdu"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import { describe, expect, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

const message = (value: unknown): string => {
  const result = Schema.decodeUnknownResult(A_RELEASE.Primitive)(value)
  return Result.isFailure(result) ? result.failure.message : "no failure"
}

describe("A-RELEASE", () => {
  const forms = [A_RELEASE.request, A_RELEASE.indication, A_RELEASE.response, A_RELEASE.confirmation]

  it('R11: reason is "normal" in all four forms', () => {
    expect(forms.map((form) => form.reason)).toStrictEqual(["normal", "normal", "normal", "normal"])
  })

  it.each(forms)("R11: any other reason is refused in $_tag, with field, value and what is permitted", (form) => {
    expect(message({ ...form, reason: "urgent" })).toBe(
      'A-RELEASE reason is "urgent"; permitted: "normal"\n  at ["reason"]'
    )
  })

  it("R11: user information is not used", () => {
    expect(forms.every((form) => !("userInformation" in form))).toBe(true)
    // @ts-expect-error user information is not a parameter
    const request: A_RELEASE.Request = { ...A_RELEASE.request, userInformation: "" }
    expect(request._tag).toBe("A-RELEASE request")
  })

  it("R11: a reason typed by hand does not compile", () => {
    // @ts-expect-error the literal lacks the brand that only the module gives
    const request: A_RELEASE.Request = { _tag: "A-RELEASE request", reason: "normal" }
    expect(request).toStrictEqual(A_RELEASE.request)
  })

  it('R12: result is absent from request and indication and "affirmative" in response and confirmation', () => {
    expect(forms).toStrictEqual([
      { _tag: "A-RELEASE request", reason: "normal" },
      { _tag: "A-RELEASE indication", reason: "normal" },
      { _tag: "A-RELEASE response", reason: "normal", result: "affirmative" },
      { _tag: "A-RELEASE confirmation", reason: "normal", result: "affirmative" }
    ])
  })

  it.each([A_RELEASE.response, A_RELEASE.confirmation])("R12: any other result is refused in $_tag", (form) => {
    expect(message({ ...form, result: "negative" })).toBe(
      'A-RELEASE result is "negative"; permitted: "affirmative"\n  at ["result"]'
    )
  })

  it.each([A_RELEASE.request, A_RELEASE.indication])("R12: a result is refused in $_tag", (form) => {
    expect(message({ ...form, result: "affirmative" })).toContain(
      'A-RELEASE result is "affirmative"; permitted: nothing'
    )
  })

  it("R12: a result typed by hand does not compile, nor a result where there is none", () => {
    // @ts-expect-error the literal lacks the brand that only the module gives
    const response: A_RELEASE.Response = { ...A_RELEASE.response, result: "affirmative" }
    // @ts-expect-error a request has no result
    const request: A_RELEASE.Request = { ...A_RELEASE.request, result: response.result }
    expect(request.reason).toBe("normal")
  })

  it.prop("R12: every value of the schema is one of the four constants", [A_RELEASE.Primitive], ([primitive]) => {
    expect(forms).toContainEqual(primitive)
  })

  // The bytes are those of PS3.8 Tables 9-24 and 9-25.
  it("R13: the PDUs have ten bytes, the reserved ones zero", () => {
    expect(A_RELEASE.encodeRQ()).toStrictEqual(Uint8Array.of(5, 0, 0, 0, 0, 4, 0, 0, 0, 0))
    expect(A_RELEASE.encodeRP()).toStrictEqual(Uint8Array.of(6, 0, 0, 0, 0, 4, 0, 0, 0, 0))
  })

  it("R13: reserved bytes are not tested", () => {
    expect(A_RELEASE.decodeRQ(Uint8Array.of(1, 2, 3, 4))).toStrictEqual(Result.succeed({ _tag: "A-RELEASE-RQ" }))
    expect(A_RELEASE.decodeRP(Uint8Array.of(255, 255, 255, 255))).toStrictEqual(
      Result.succeed({ _tag: "A-RELEASE-RP" })
    )
  })

  it("R13: neither carries reason or result", () => {
    expect(A_RELEASE.RQ).toStrictEqual({ _tag: "A-RELEASE-RQ" })
    expect(A_RELEASE.RP).toStrictEqual({ _tag: "A-RELEASE-RP" })
  })

  it("R13: encode and decode are inverse", () => {
    expect(A_RELEASE.decodeRQ(A_RELEASE.encodeRQ().subarray(6))).toStrictEqual(Result.succeed(A_RELEASE.RQ))
    expect(A_RELEASE.decodeRP(A_RELEASE.encodeRP().subarray(6))).toStrictEqual(Result.succeed(A_RELEASE.RP))
  })

  it.each([0, 3, 5])("R13: length %i is an invalid PDU, or tolerated and reported", (length) => {
    const body = new Uint8Array(length)
    const detail = `A-RELEASE-RQ has length ${length}; permitted: 4`
    expect(A_RELEASE.decodeRQ(body)).toStrictEqual(Result.fail(InvalidPdu.make("invalid-PDU-parameter-value", detail)))
    const judge = Leniency.judge(Leniency.lenient)
    expect(A_RELEASE.decodeRQ(body, judge)).toStrictEqual(Result.succeed(A_RELEASE.RQ))
    expect(judge.tolerated).toStrictEqual([{ quirk: "releaseLength", detail }])
  })
})
