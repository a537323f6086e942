import * as CommandSet from "@effect-dicom/protocol/CommandSet"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { echoRQ, echoRSP, storeRQ, storeRSP } from "./fixtures/commandSets.ts"

const ascii = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0))

const decode = (bytes: Uint8Array): CommandSet.CommandSet => Result.getOrThrow(CommandSet.decode(bytes))

const detail = (bytes: Uint8Array): string => {
  const result = CommandSet.decode(bytes)
  return Result.isFailure(result) ? result.failure.detail : "none"
}

const element = (tag: number, ...value: ReadonlyArray<number>): CommandSet.Element => ({
  tag,
  value: Uint8Array.from(value)
})

const withoutGroupLength = (bytes: Uint8Array): Uint8Array => bytes.subarray(12)

describe("CommandSet", () => {
  it("decodes the elements of what DCMTK sent, without the group length", () => {
    assert.deepStrictEqual(decode(echoRQ), [
      { tag: 0x0002, value: ascii("1.2.840.10008.1.1\0") },
      element(0x0100, 0x30, 0x00),
      element(0x0110, 0x01, 0x00),
      element(0x0800, 0x01, 0x01)
    ])
  })

  it("encodes what it decoded to the same bytes", () => {
    for (const bytes of [echoRQ, echoRSP, storeRQ, storeRSP]) {
      assert.deepStrictEqual(CommandSet.encode(decode(bytes)), bytes)
    }
  })

  it("does without a group length, and does not test the one it gets", () => {
    assert.deepStrictEqual(decode(withoutGroupLength(echoRQ)), decode(echoRQ))
    const wrong = echoRQ.slice()
    wrong[8] = 0xff
    assert.deepStrictEqual(decode(wrong), decode(echoRQ))
  })

  it("is empty for no bytes", () => {
    assert.deepStrictEqual(decode(new Uint8Array(0)), [])
  })

  it("gives views of the bytes, whatever these are a view of", () => {
    const larger = new Uint8Array(echoRQ.length + 8)
    larger.set(echoRQ, 3)
    const decoded = decode(larger.subarray(3, 3 + echoRQ.length))
    assert.deepStrictEqual(decoded, decode(echoRQ))
    for (const { value } of decoded) assert.strictEqual(value.buffer, larger.buffer)
  })

  it("refuses a command set that ends within an element, at every byte", () => {
    const boundaries = new Set([0, 12, 38, 48, 58, 68])
    for (let length = 0; length < echoRQ.length; length++) {
      assert.strictEqual(Result.isSuccess(CommandSet.decode(echoRQ.subarray(0, length))), boundaries.has(length))
    }
    assert.strictEqual(
      detail(echoRQ.subarray(0, 15)),
      "3 bytes at offset 12 are too few for an element; permitted: 8 and more"
    )
    assert.strictEqual(
      detail(echoRQ.subarray(0, 21)),
      "element (0000,0002) at offset 12 has length 18; 1 bytes are left"
    )
  })

  it("refuses bytes left over that are no element", () => {
    assert.strictEqual(
      detail(Uint8Array.of(...echoRQ, 0x00)),
      "1 bytes at offset 68 are too few for an element; permitted: 8 and more"
    )
  })

  it("refuses a length past the end, of 4 GiB too, without allocating it", () => {
    const hostile = Uint8Array.of(0x00, 0x00, 0x02, 0x00, 0xff, 0xff, 0xff, 0xff, 0x31, 0x2e)
    assert.strictEqual(detail(hostile), "element (0000,0002) at offset 0 has length 4294967295; 2 bytes are left")
  })

  it("keeps elements that Annex E does not have, private ones and those of other groups among them", () => {
    const commandSet = [
      element(0x0100, 0x30, 0x00),
      element(0x5180, 0x01, 0x02),
      element(0x00080016, 0x31, 0x00),
      element(0xfffffffe)
    ]
    assert.deepStrictEqual(decode(CommandSet.encode(commandSet)), commandSet)
  })

  it("keeps the order of descending tags", () => {
    const commandSet = [element(0x0110, 1, 0), element(0x0100, 0x30, 0), element(0x0002), element(0x0120, 2, 0)]
    assert.deepStrictEqual(decode(CommandSet.encode(commandSet)), commandSet)
    assert.deepStrictEqual(
      CommandSet.ascending(commandSet).map(({ tag }) => tag),
      [0x0002, 0x0100, 0x0110, 0x0120]
    )
  })

  it("refuses a tag that comes twice, in whatever order", () => {
    const twice = (...tags: ReadonlyArray<number>) =>
      detail(withoutGroupLength(CommandSet.encode(tags.map((tag) => element(tag)))))
    assert.strictEqual(twice(0x0002, 0x0002), "element (0000,0002) at offset 8 comes a second time")
    assert.strictEqual(twice(0x0002, 0x0100, 0x0002), "element (0000,0002) at offset 16 comes a second time")
    assert.strictEqual(twice(0x0100, 0x0002, 0x0110, 0x0110), "element (0000,0110) at offset 24 comes a second time")
    assert.strictEqual(
      detail(Uint8Array.of(...echoRQ, ...echoRQ.subarray(0, 12))),
      "element (0000,0000) at offset 68 comes a second time"
    )
  })

  it("decodes 8192 empty elements in descending order", () => {
    const commandSet = Array.from({ length: 8192 }, (_, i) => element(8192 - i))
    assert.deepStrictEqual(decode(CommandSet.encode(commandSet)).length, 8192)
  })

  it("finds an element by its tag", () => {
    assert.deepStrictEqual(CommandSet.find(decode(echoRQ), 0x0110), element(0x0110, 0x01, 0x00))
    assert.isUndefined(CommandSet.find(decode(echoRQ), 0x0120))
  })

  it("prints a tag as the standard does", () => {
    assert.strictEqual(CommandSet.formatTag(0x00000100), "(0000,0100)")
    assert.strictEqual(CommandSet.formatTag(0x7fe0abcd), "(7FE0,ABCD)")
  })

  it.prop("decodes what it encodes", [CommandSet.CommandSet], ([elements]) => {
    const commandSet = [...new Map(elements.map((element) => [element.tag, element])).values()]
    assert.deepStrictEqual(decode(CommandSet.encode(commandSet)), commandSet)
  })

  it.prop(
    "gives a value for any bytes",
    [Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 })))],
    ([bytes]) => {
      const result = CommandSet.decode(Uint8Array.from(bytes))
      assert.isTrue(Result.isSuccess(result) || result.failure._tag === "Invalid command set")
    }
  )
})
