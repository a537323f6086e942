import * as DT from "@effect-dicom/data/DT"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

const message = (result: Result.Result<unknown, { readonly message: string }>): string =>
  Result.isFailure(result) ? result.failure.message : "none"

describe("DT", () => {
  it("reads a date with a time as precise as it is, with an offset or without, and writes it so", () => {
    const values: ReadonlyArray<readonly [string, DT.DT]> = [
      ["2024", { year: 2024 }],
      ["2024-0500", { year: 2024, offset: -300 }],
      ["202403", { year: 2024, month: 3 }],
      ["20240229+0930", { year: 2024, month: 2, day: 29, offset: 570 }],
      ["2024022907", { year: 2024, month: 2, day: 29, hour: 7 }],
      ["202402290709", { year: 2024, month: 2, day: 29, hour: 7, minute: 9 }],
      ["20240229070907", { year: 2024, month: 2, day: 29, hour: 7, minute: 9, second: 7 }],
      [
        "20240229070907.123456-1200",
        { year: 2024, month: 2, day: 29, hour: 7, minute: 9, second: 7, fraction: "123456", offset: -720 }
      ],
      ["2024+0000", { year: 2024, offset: 0 }],
      ["2024+1400", { year: 2024, offset: 840 }]
    ]
    for (const [text, value] of values) {
      assert.deepStrictEqual(DT.parse(text), Result.succeed(value))
      assert.deepStrictEqual(DT.parse(`${text} `), Result.succeed(value))
      assert.strictEqual(DT.format(value), text)
    }
  })

  it("names the rule that a text breaks", () => {
    const rules: ReadonlyArray<readonly [string, string]> = [
      ["", "a date and time as YYYY[MM[DD[HH[MM[SS[.FFFFFF]]]]]][&ZZXX]"],
      ["+0100", "a date and time as YYYY[MM[DD[HH[MM[SS[.FFFFFF]]]]]][&ZZXX]"],
      ["20240", "two digits of the month"],
      ["202413", "a month of 01 to 12"],
      ["2024021", "two digits of the day"],
      ["20230229", "a day of 01 to 28"],
      ["2023022824", "an hour of 00 to 23"],
      ["2024+01 0", "an offset of four digits"],
      ["2024-0000", "+0000 as the offset of UTC itself"],
      ["2024-1201", "an offset of -1200 to +1400"],
      ["2024+1401", "an offset of -1200 to +1400"],
      ["2024+0060", "an offset of -1200 to +1400"]
    ]
    for (const [text, rule] of rules) {
      assert.strictEqual(message(DT.parse(text)), `${JSON.stringify(text)} is not of VR DT: permitted is ${rule}`)
    }
  })

  it("refuses by its schema gaps and days that are none", () => {
    assert.isFalse(Schema.is(DT.DT)({ year: 2024, day: 1 }))
    assert.isFalse(Schema.is(DT.DT)({ year: 2023, month: 2, day: 29 }))
    assert.isTrue(Schema.is(DT.DT)({ year: 2024, month: 2, offset: 0 }))
  })

  it("parts ranges where a hyphen is not that of an offset", () => {
    const january = { year: 2019, month: 1, day: 1 }
    const next = { year: 2020, month: 1, day: 1 }
    assert.deepStrictEqual(DT.parseRange("2019-2020"), Result.succeed({ from: { year: 2019 }, to: { year: 2020 } }))
    assert.deepStrictEqual(DT.parseRange("20190101-20200101"), Result.succeed({ from: january, to: next }))
    assert.deepStrictEqual(
      DT.parseRange("20190101-0300-20200101-0500"),
      Result.succeed({ from: { ...january, offset: -180 }, to: { ...next, offset: -300 } })
    )
    assert.deepStrictEqual(
      DT.parseRange("20190101-20200101-0500"),
      Result.succeed({ from: january, to: { ...next, offset: -300 } })
    )
    assert.deepStrictEqual(DT.parseRange("20190101-0300-"), Result.succeed({ from: { ...january, offset: -180 } }))
    assert.deepStrictEqual(DT.parseRange("-20200101-0500"), Result.succeed({ to: { ...next, offset: -300 } }))
    assert.strictEqual(
      message(DT.parseRange("2019-0500")),
      '"2019-0500" is not of VR DT: permitted is a range; this is one value'
    )
    assert.match(message(DT.parseRange("1-2-3-4-5-6")), /permitted is two values and a hyphen/)
  })

  it.prop("reads what it writes", [DT.DT], ([value]) => {
    assert.deepStrictEqual(DT.parse(DT.format(value)), Result.succeed(value))
    assert.deepStrictEqual(Schema.encodeResult(DT.FromString)(value), Result.succeed(DT.format(value)))
  })

  it.prop("reads the ranges that it writes, when their years are not offsets", [DT.DT, DT.DT], ([first, last]) => {
    const from = { ...first, year: 2000 }
    const to = { ...last, year: 2024 }
    for (const range of [{ from, to }, { from }, { to }]) {
      assert.deepStrictEqual(DT.parseRange(DT.formatRange(range)), Result.succeed(range))
    }
  })
})
