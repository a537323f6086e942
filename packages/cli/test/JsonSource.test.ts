import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as JsonSource from "../src/JsonSource.ts"

const message = (text: string): string =>
  Result.match(JsonSource.parse(text), { onFailure: (error) => error.message, onSuccess: () => "it is JSON" })

describe("JsonSource", () => {
  it.prop("gives what JSON.parse gives, however it is laid out", [Schema.Json], ([value]) => {
    for (const text of [JSON.stringify(value), JSON.stringify(value, undefined, 2)]) {
      assert.deepStrictEqual(Result.getOrThrow(JsonSource.parse(text)).value, JSON.parse(text))
    }
  })

  it("knows the line of a value, and of what one is missing in", () => {
    const { lineOf } = Result.getOrThrow(JsonSource.parse('{\n "a": [1,\n  {"b": 2}],\n "c":\n "d"\n}'))
    assert.deepStrictEqual(
      [[], ["a"], ["a", 0], ["a", 1], ["a", 1, "b"], ["a", 1, "x"], ["c"], ["x"]].map((path) => lineOf(path)),
      [1, 2, 2, 3, 3, 3, 5, 1]
    )
  })

  it("says by line what is there and what might be", () => {
    assert.strictEqual(message('{\n "a": 1,\n}'), 'line 3: "}" is there; permitted: a name in quotation marks')
    assert.strictEqual(message('{\n "a" 1}'), 'line 2: "1}" is there; permitted: a colon')
    assert.strictEqual(
      message('{\n "a": 1\n "b": 2}'),
      'line 3: "\\"b\\":" is there; permitted: a comma, or the end of the object'
    )
    assert.strictEqual(message("[1\n 2]"), 'line 2: "2]" is there; permitted: a comma, or the end of the array')
    assert.strictEqual(message('{"a":\n}'), 'line 2: "}" is there; permitted: a value')
    assert.strictEqual(message("{\n"), "line 2: the text ends; permitted: a name in quotation marks")
    assert.strictEqual(message("{}\n{}"), 'line 2: "{}" is there; permitted: nothing more')
    assert.strictEqual(message('{"a": 1,\n"a": 2}'), 'line 2: "a" is there twice')
    assert.strictEqual(message("nil"), 'line 1: "nil" is there; permitted: a value')
    assert.strictEqual(message("["), "line 1: the text ends; permitted: a value")
    assert.strictEqual(message("[".repeat(100)), "line 1: it is more than 64 levels deep")
  })
})
