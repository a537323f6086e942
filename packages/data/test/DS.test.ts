import * as DS from "@effect-dicom/data/DS"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

const text = (result: Result.Result<DS.DS, { readonly message: string }>): string =>
  Result.isSuccess(result) ? result.success : result.failure.message

describe("DS", () => {
  it("keeps the text, and gives a number on request", () => {
    const values: ReadonlyArray<readonly [string, number]> = [
      ["0.50", 0.5],
      ["+1.", 1],
      ["-.5", -0.5],
      ["007", 7],
      ["1E3", 1000],
      ["-1.5e-03", -0.0015],
      ["1234567890123456", 1234567890123456]
    ]
    for (const [decimal, number] of values) {
      const value = Result.getOrThrow(DS.parse(`  ${decimal} `))
      assert.strictEqual(DS.format(value), decimal)
      assert.strictEqual(DS.toNumber(value), number)
    }
  })

  it("refuses what is not a decimal number, or too long", () => {
    for (const wrong of ["", " ", ".", "+", "1,5", "1 5", "0x10", "NaN", "Infinity", "1e", "e5", "12345678901234567"]) {
      assert.strictEqual(
        text(DS.parse(wrong)),
        `${JSON.stringify(wrong)} is not of VR DS: permitted is a fixed or floating point number of at most 16 ` +
          "characters"
      )
    }
  })

  it("writes a number exactly, or rounds it when asked to", () => {
    assert.strictEqual(text(DS.fromNumber(0.1)), "0.1")
    assert.strictEqual(text(DS.fromNumber(-0)), "0")
    assert.strictEqual(text(DS.fromNumber(1e21)), "1E21")
    assert.strictEqual(text(DS.fromNumber(1.5e-7)), "1.5E-7")
    assert.match(text(DS.fromNumber(1 / 3)), /^"0\.3333333333333333" is not of VR DS/)
    assert.match(text(DS.fromNumber(Number.NaN)), /^"NaN" is not of VR DS/)
    assert.strictEqual(text(DS.round(1 / 3)), "0.33333333333333")
    assert.strictEqual(text(DS.round(-1 / 3)), "-0.3333333333333")
    assert.strictEqual(text(DS.round(-1.23456789012345e-300)), "-1.23456789E-300")
    assert.strictEqual(
      text(DS.round(Number.POSITIVE_INFINITY)),
      '"Infinity" is not of VR DS: permitted is a finite number'
    )
  })

  it("is not any string at compile time", () => {
    // @ts-expect-error a plain string is not a DS
    const value: DS.DS = "1.5"
    assert.strictEqual(DS.toNumber(value), 1.5)
  })

  it.prop("reads its own values, and rounds any number to one near it", [DS.DS, Schema.Finite], ([value, number]) => {
    assert.deepStrictEqual(DS.parse(value), Result.succeed(value))
    const rounded = Result.getOrThrow(DS.round(number))
    assert.isTrue(rounded.length <= 16)
    assert.isTrue(Math.abs(DS.toNumber(rounded) - number) <= Math.abs(number) * 1e-8)
    const exact = DS.fromNumber(number)
    if (Result.isSuccess(exact)) assert.isTrue(DS.toNumber(exact.success) === number)
  })
})
