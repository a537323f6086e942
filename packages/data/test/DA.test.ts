import * as DA from "@effect-dicom/data/DA"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

const message = (result: Result.Result<unknown, { readonly message: string }>): string =>
  Result.isFailure(result) ? result.failure.message : "none"

describe("DA", () => {
  it("reads a date, with padding or without", () => {
    assert.deepStrictEqual(DA.parse("20240229"), Result.succeed({ year: 2024, month: 2, day: 29 }))
    assert.deepStrictEqual(DA.parse("19000101  "), Result.succeed({ year: 1900, month: 1, day: 1 }))
    assert.strictEqual(DA.format({ year: 7, month: 1, day: 2 }), "00070102")
  })

  it("names the rule that a text breaks", () => {
    const rule = "is not of VR DA: permitted is"
    assert.strictEqual(message(DA.parse("20230229")), `"20230229" ${rule} a day of 01 to 28`)
    assert.strictEqual(message(DA.parse("19000229")), `"19000229" ${rule} a day of 01 to 28`)
    assert.strictEqual(message(DA.parse("20231301")), `"20231301" ${rule} a month of 01 to 12`)
    assert.strictEqual(message(DA.parse("20230400")), `"20230400" ${rule} a day of 01 to 30`)
    for (const text of ["", "2023", "2023.01.01", "202301011", " 20230101", "2023010a", "20230101-"]) {
      assert.strictEqual(message(DA.parse(text)), `${JSON.stringify(text)} ${rule} a date as YYYYMMDD`)
    }
  })

  it("cuts an endless text short in its message", () => {
    assert.isTrue(message(DA.parse("9".repeat(100_000))).length < 200)
  })

  it("refuses by its schema a day that is none", () => {
    assert.isFalse(Schema.is(DA.DA)({ year: 2023, month: 2, day: 29 }))
    assert.isTrue(Schema.is(DA.DA)({ year: 2000, month: 2, day: 29 }))
    assert.strictEqual(
      message(Schema.decodeUnknownResult(DA.FromString)("20230229")),
      '"20230229" is not of VR DA: permitted is a day of 01 to 28'
    )
  })

  it("reads and writes ranges, open at either end", () => {
    const from = { year: 2024, month: 1, day: 1 }
    const to = { year: 2024, month: 12, day: 31 }
    assert.deepStrictEqual(DA.parseRange("20240101-20241231 "), Result.succeed({ from, to }))
    assert.deepStrictEqual(DA.parseRange("20240101-"), Result.succeed({ from }))
    assert.deepStrictEqual(DA.parseRange("-20241231"), Result.succeed({ to }))
    assert.strictEqual(DA.formatRange({ from, to }), "20240101-20241231")
    assert.strictEqual(DA.formatRange({ to }), "-20241231")
    assert.deepStrictEqual(Schema.decodeUnknownResult(DA.RangeFromString)("20240101-"), Result.succeed({ from }))
    assert.strictEqual(
      message(DA.parseRange("20240101")),
      '"20240101" is not of VR DA: permitted is two values and a hyphen between them, of which one may be left out'
    )
    assert.match(message(DA.parseRange("-")), /of which one may be left out$/)
    assert.match(message(DA.parseRange("2024-2025")), /; each with a date as YYYYMMDD$/)
    assert.isFalse(Schema.is(DA.Range)({}))
  })

  it("orders dates", () => {
    const [early, late] = [
      { year: 2023, month: 12, day: 31 },
      { year: 2024, month: 1, day: 1 }
    ]
    assert.deepStrictEqual([DA.order(early, late), DA.order(late, early), DA.order(late, late)], [-1, 1, 0])
  })

  it.prop("reads what it writes", [DA.DA, DA.Range], ([date, range]) => {
    assert.deepStrictEqual(DA.parse(DA.format(date)), Result.succeed(date))
    assert.deepStrictEqual(DA.parseRange(DA.formatRange(range)), Result.succeed(range))
    assert.deepStrictEqual(Schema.encodeResult(DA.FromString)(date), Result.succeed(DA.format(date)))
  })
})
