import * as TM from "@effect-dicom/data/TM"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

const message = (result: Result.Result<unknown, { readonly message: string }>): string =>
  Result.isFailure(result) ? result.failure.message : "none"

describe("TM", () => {
  it("reads a time as precise as it is, and writes it so", () => {
    const times: ReadonlyArray<readonly [string, TM.TM]> = [
      ["07", { hour: 7 }],
      ["0709", { hour: 7, minute: 9 }],
      ["235960", { hour: 23, minute: 59, second: 60 }],
      ["070907.0705", { hour: 7, minute: 9, second: 7, fraction: "0705" }],
      ["000000.000000", { hour: 0, minute: 0, second: 0, fraction: "000000" }]
    ]
    for (const [text, time] of times) {
      assert.deepStrictEqual(TM.parse(text), Result.succeed(time))
      assert.deepStrictEqual(TM.parse(`${text}  `), Result.succeed(time))
      assert.strictEqual(TM.format(time), text)
    }
  })

  it("names the rule that a text breaks", () => {
    const rules: ReadonlyArray<readonly [string, string]> = [
      ["", "two digits of the hour"],
      ["7", "two digits of the hour"],
      [" 07", "two digits of the hour"],
      ["2400", "an hour of 00 to 23"],
      ["070", "two digits of the minute"],
      ["07:09", "two digits of the minute"],
      ["07.5", "two digits of the minute"],
      ["0760", "a minute of 00 to 59"],
      ["07091", "two digits of the second"],
      ["0709.5", "two digits of the second"],
      ["070961", "a second of 00 to 60"],
      ["0709075", "a point before the fraction of a second"],
      ["070907.", "1 to 6 digits of a fraction of a second"],
      ["070907.1234567", "1 to 6 digits of a fraction of a second"],
      ["070907.1.2", "1 to 6 digits of a fraction of a second"]
    ]
    for (const [text, rule] of rules) {
      assert.strictEqual(message(TM.parse(text)), `${JSON.stringify(text)} is not of VR TM: permitted is ${rule}`)
    }
  })

  it("refuses by its schema a component behind one that is left out", () => {
    assert.isFalse(Schema.is(TM.TM)({ hour: 7, second: 7 }))
    assert.isTrue(Schema.is(TM.TM)({ hour: 7, minute: 7 }))
  })

  it("gives the fraction in microseconds", () => {
    assert.strictEqual(TM.microseconds({ hour: 7, minute: 9, second: 7, fraction: "0705" }), 70_500)
    assert.strictEqual(TM.microseconds({ hour: 7 }), 0)
  })

  it("orders times, a component that is left out as 0", () => {
    assert.strictEqual(TM.order({ hour: 7 }, { hour: 7, minute: 0, second: 0, fraction: "000001" }), -1)
    assert.strictEqual(TM.order({ hour: 7 }, { hour: 7, minute: 0 }), 0)
    assert.strictEqual(TM.order({ hour: 7, minute: 1 }, { hour: 7, minute: 0, second: 60 }), 1)
  })

  it("reads and writes ranges, open at either end", () => {
    assert.deepStrictEqual(TM.parseRange("08-1200"), Result.succeed({ from: { hour: 8 }, to: { hour: 12, minute: 0 } }))
    assert.deepStrictEqual(TM.parseRange("-1200"), Result.succeed({ to: { hour: 12, minute: 0 } }))
    assert.strictEqual(TM.formatRange({ from: { hour: 8 } }), "08-")
    assert.match(message(TM.parseRange("0800")), /permitted is two values and a hyphen/)
  })

  it.prop("reads what it writes", [TM.TM, TM.Range], ([time, range]) => {
    assert.deepStrictEqual(TM.parse(TM.format(time)), Result.succeed(time))
    assert.deepStrictEqual(TM.parseRange(TM.formatRange(range)), Result.succeed(range))
    assert.deepStrictEqual(Schema.encodeResult(TM.FromString)(time), Result.succeed(TM.format(time)))
  })
})
