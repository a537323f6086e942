import { assert, describe, it } from "@effect/vitest"
import type { ServiceStatus } from "../src/index.ts"
import { GeneralStatus } from "../src/index.ts"

const codes = (rows: ServiceStatus.Rows): ReadonlyArray<string> =>
  Object.values(rows)
    .map(({ class: of, first, last }) => {
      assert.strictEqual(first, last)
      return `${first.toString(16).padStart(4, "0")} ${of}`
    })
    .toSorted()

const failures = (...of: ReadonlyArray<number>): ReadonlyArray<string> =>
  of.map((code) => `${code.toString(16).padStart(4, "0")} Failure`)

const success = "0000 Success"
const attributeList = "0107 Warning"
const outOfRange = "0116 Warning"

describe("GeneralStatus", () => {
  it("has of each composite service the statuses of PS3.7 chapter 9, and 0110H", () => {
    const { echo, find, retrieve, store } = GeneralStatus
    const ofEcho = [success, ...failures(0x0110, 0x0122, 0x0210, 0x0211, 0x0212)]
    const ofQuery = [success, ...failures(0x0110, 0x0122, 0x0124, 0x0210, 0x0211, 0x0212)]
    assert.deepStrictEqual(codes(echo), ofEcho)
    assert.deepStrictEqual(codes(store), [success, ...failures(0x0110, 0x0117, 0x0122, 0x0124, 0x0210, 0x0211, 0x0212)])
    assert.deepStrictEqual(codes(find), ofQuery)
    assert.deepStrictEqual(codes(retrieve), ofQuery)
  })

  it("has of each normalized service the statuses of PS3.7 chapter 10", () => {
    const { action, create, delete: remove, eventReport, getAttributes, setAttributes } = GeneralStatus
    const atTheEnd = failures(0x0210, 0x0211, 0x0212, 0x0213)
    assert.deepStrictEqual(codes(eventReport), [
      success,
      ...failures(0x0110, 0x0112, 0x0113, 0x0114, 0x0115, 0x0117, 0x0118, 0x0119),
      ...atTheEnd
    ])
    assert.deepStrictEqual(codes(getAttributes), [
      success,
      attributeList,
      ...failures(0x0110, 0x0112, 0x0117, 0x0118, 0x0119, 0x0124),
      ...atTheEnd
    ])
    assert.deepStrictEqual(codes(setAttributes), [
      success,
      ...failures(0x0105, 0x0106),
      attributeList,
      ...failures(0x0110, 0x0112),
      outOfRange,
      ...failures(0x0117, 0x0118, 0x0119, 0x0121, 0x0124),
      ...atTheEnd
    ])
    assert.deepStrictEqual(codes(action), [
      success,
      ...failures(0x0110, 0x0112, 0x0114, 0x0115, 0x0117, 0x0118, 0x0119, 0x0123, 0x0124),
      ...atTheEnd
    ])
    assert.deepStrictEqual(codes(create), [
      success,
      ...failures(0x0105, 0x0106),
      attributeList,
      ...failures(0x0110, 0x0111),
      outOfRange,
      ...failures(0x0117, 0x0118, 0x0120, 0x0121, 0x0124),
      ...atTheEnd
    ])
    assert.deepStrictEqual(codes(remove), [
      success,
      ...failures(0x0110, 0x0112, 0x0117, 0x0118, 0x0119, 0x0124),
      ...atTheEnd
    ])
  })

  it("names each code as PS3.7 Annex C does, but for 0107H, which has the words of the services", () => {
    const all = new Map<number, string>()
    for (const rows of Object.values(GeneralStatus)) {
      for (const { first, meaning } of Object.values<ServiceStatus.Row>(rows)) all.set(first, meaning.toLowerCase())
    }
    assert.deepStrictEqual(
      [...all].toSorted(([a], [b]) => a - b),
      [
        [0x0000, "success"],
        [0x0105, "no such attribute"],
        [0x0106, "invalid attribute value"],
        [0x0107, "attribute list error"],
        [0x0110, "processing failure"],
        [0x0111, "duplicate sop instance"],
        [0x0112, "no such sop instance"],
        [0x0113, "no such event type"],
        [0x0114, "no such argument"],
        [0x0115, "invalid argument value"],
        [0x0116, "attribute value out of range"],
        [0x0117, "invalid sop instance"],
        [0x0118, "no such sop class"],
        [0x0119, "class-instance conflict"],
        [0x0120, "missing attribute"],
        [0x0121, "missing attribute value"],
        [0x0122, "refused: sop class not supported"],
        [0x0123, "no such action type"],
        [0x0124, "refused: not authorized"],
        [0x0210, "duplicate invocation"],
        [0x0211, "unrecognized operation"],
        [0x0212, "mistyped argument"],
        [0x0213, "resource limitation"]
      ]
    )
  })
})
