import * as AS from "@effect-dicom/data/AS"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

describe("AS", () => {
  it("reads and writes an age", () => {
    assert.deepStrictEqual(AS.parse("018M"), Result.succeed({ value: 18, unit: "M" }))
    assert.deepStrictEqual(AS.parse("000D "), Result.succeed({ value: 0, unit: "D" }))
    assert.strictEqual(AS.format({ value: 7, unit: "Y" }), "007Y")
  })

  it("refuses what is not three digits and a unit", () => {
    for (const text of ["", "18Y", "018", "018y", "0018Y", "018X", " 18Y", "018YY"]) {
      const result = AS.parse(text)
      assert.strictEqual(
        Result.isFailure(result) && result.failure.message,
        `${JSON.stringify(text)} is not of VR AS: permitted is three digits and one of D, W, M and Y`
      )
    }
    // @ts-expect-error an age is in days, weeks, months or years
    assert.isFalse(Schema.is(AS.AS)({ value: 1, unit: "H" } satisfies AS.AS))
  })

  it.prop("reads what it writes", [AS.AS], ([age]) => {
    assert.deepStrictEqual(AS.parse(AS.format(age)), Result.succeed(age))
    assert.deepStrictEqual(Schema.decodeUnknownResult(AS.FromString)(AS.format(age)), Result.succeed(age))
  })
})
