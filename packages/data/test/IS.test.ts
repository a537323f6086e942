import * as IS from "@effect-dicom/data/IS"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

const text = (result: Result.Result<IS.IS, { readonly message: string }>): string =>
  Result.isSuccess(result) ? result.success : result.failure.message

describe("IS", () => {
  it("keeps the text, and gives a number on request", () => {
    const values: ReadonlyArray<readonly [string, number]> = [
      ["007", 7],
      ["+12", 12],
      ["-0", -0],
      ["-2147483648", -2147483648],
      ["002147483647", 2147483647]
    ]
    for (const [integer, number] of values) {
      const value = Result.getOrThrow(IS.parse(` ${integer} `))
      assert.strictEqual(IS.format(value), integer)
      assert.strictEqual(IS.toNumber(value), number)
    }
  })

  it("refuses what is not an integer of 32 bits in 12 characters", () => {
    for (const wrong of ["", "-", "1.0", "1e3", "1 2", "0x1", "2147483648", "-2147483649", "0000000000001"]) {
      assert.strictEqual(
        text(IS.parse(wrong)),
        `${JSON.stringify(wrong)} is not of VR IS: permitted is an integer of -2147483648 to 2147483647 in at most ` +
          "12 characters"
      )
    }
  })

  it("writes integers of 32 bits, and no other numbers", () => {
    assert.strictEqual(text(IS.fromNumber(-42)), "-42")
    assert.strictEqual(text(IS.fromNumber(-0)), "0")
    assert.match(text(IS.fromNumber(1.5)), /^"1\.5" is not of VR IS/)
    assert.match(text(IS.fromNumber(2 ** 31)), /^"2147483648" is not of VR IS/)
    assert.match(text(IS.fromNumber(1e21)), /^"1e\+21" is not of VR IS/)
  })

  it("is not any string at compile time", () => {
    // @ts-expect-error a plain string is not an IS
    const value: IS.IS = "7"
    assert.strictEqual(IS.toNumber(value), 7)
  })

  const Integer = Schema.Int.check(Schema.isBetween({ minimum: -(2 ** 31), maximum: 2 ** 31 - 1 }))

  it.prop("reads its own values, and what it writes of numbers", [IS.IS, Integer], ([value, number]) => {
    assert.deepStrictEqual(IS.parse(value), Result.succeed(value))
    assert.isTrue(IS.toNumber(Result.getOrThrow(IS.fromNumber(number))) === number)
  })
})
