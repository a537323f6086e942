import * as InvalidPdu from "@effect-dicom/protocol/InvalidPdu"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import * as P_DATA from "@effect-dicom/protocol/P_DATA"
import { describe, expect, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { echoRq } from "./dcmtk.ts"

const invalid = (detail: string) => Result.fail(InvalidPdu.make("invalid-PDU-parameter-value", detail))

const join = (parts: ReadonlyArray<Uint8Array>): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]))

/** The same values, each with its fragment in one piece: how it is cut says nothing. */
const joined = (pdu: P_DATA.TF) => ({
  ...pdu,
  presentationDataValues: pdu.presentationDataValues.map((pdv) => ({ ...pdv, fragment: join(pdv.fragment) }))
})

describe("P-DATA", () => {
  // PS3.8 Tables 9-22 and 9-23, section E.2
  const bytes = Uint8Array.of(
    ...[0x04, 0, 0, 0, 0, 17],
    ...[0, 0, 0, 5, 1, 0b01, 0xaa, 0xbb, 0xcc],
    ...[0, 0, 0, 4, 3, 0b10, 0xdd, 0xee]
  )
  const pdu: P_DATA.TF = {
    _tag: "P-DATA-TF",
    presentationDataValues: [
      { contextId: 1, type: "command", last: false, fragment: [Uint8Array.of(0xaa, 0xbb, 0xcc)] },
      { contextId: 3, type: "data", last: true, fragment: [Uint8Array.of(0xdd, 0xee)] }
    ]
  }

  it("writes a header and its values", () => {
    expect(P_DATA.encode(pdu)).toStrictEqual(bytes)
    expect(P_DATA.length(pdu.presentationDataValues)).toBe(17)
  })

  it("reads them, fragments being views", () => {
    const read = Result.getOrThrow(P_DATA.decode([bytes.subarray(6)]))
    expect(read).toStrictEqual(pdu)
    expect(read.presentationDataValues[0]?.fragment[0]?.buffer).toBe(bytes.buffer)
  })

  it("reads what DCMTK sends", () => {
    const read = Result.getOrThrow(P_DATA.decode([echoRq.subarray(6)]))
    expect(read.presentationDataValues).toStrictEqual([
      { contextId: 1, type: "command", last: true, fragment: [Uint8Array.from(echoRq.subarray(12))] }
    ])
    expect(P_DATA.encode(read)).toStrictEqual(echoRq)
  })

  it("reads chunks of one byte as it reads one chunk", () => {
    const chunks = [...bytes.subarray(6)].map((byte) => Uint8Array.of(byte))
    expect(joined(Result.getOrThrow(P_DATA.decode(chunks)))).toStrictEqual(joined(pdu))
  })

  it("gives for a write the very arrays of its fragments", () => {
    const views = P_DATA.views(pdu)
    expect(views.map((view) => view.length)).toStrictEqual([12, 3, 6, 2])
    expect(views[1]).toBe(pdu.presentationDataValues[0]?.fragment[0])
    expect(join(views)).toStrictEqual(bytes)
  })

  it("ignores the bits of the message control header that have no meaning", () => {
    const read = Result.getOrThrow(P_DATA.decode([Uint8Array.of(0, 0, 0, 2, 1, 0xfe)]))
    expect(read.presentationDataValues).toStrictEqual([{ contextId: 1, type: "data", last: true, fragment: [] }])
  })

  it.each([
    ["no value", [], "P-DATA-TF has no presentation data value; permitted: one or more"],
    ["a value too short", [0, 0, 0, 1, 1, 0], "a presentation data value has length 1; 2 bytes are left"],
    ["a length past the end", [0, 0, 0, 5, 1, 0, 0xaa], "a presentation data value has length 5; 3 bytes are left"],
    [
      "a length of 4 GiB",
      [255, 255, 255, 255, 1, 0],
      "a presentation data value has length 4294967295; 2 bytes are left"
    ],
    ["bytes left over", [0, 0, 0, 2, 1, 0, 9], "P-DATA-TF has 1 bytes after its last presentation data value"]
  ] as const)("refuses %s", (_, body, detail) => {
    expect(P_DATA.decode([Uint8Array.from(body)])).toStrictEqual(invalid(detail))
  })

  it("refuses more values than it may read", () => {
    const three = Uint8Array.from([1, 2, 3].flatMap(() => [0, 0, 0, 2, 1, 0]))
    expect(P_DATA.decode([three], undefined, 2)).toStrictEqual(
      invalid("P-DATA-TF has more than 2 presentation data values")
    )
  })

  it("accepts empty and odd fragments, or reports or refuses them", () => {
    const empty = Uint8Array.of(0, 0, 0, 2, 1, 0)
    const odd = Uint8Array.of(0, 0, 0, 3, 1, 0, 9)
    expect(Result.isSuccess(P_DATA.decode([empty]))).toBe(true)
    expect(Result.isSuccess(P_DATA.decode([odd]))).toBe(true)
    const refusing = Leniency.judge({ ...Leniency.strict, emptyFragment: "reject", oddFragment: "reject" })
    expect(P_DATA.decode([empty], refusing)).toStrictEqual(invalid("a presentation data value has no bytes"))
    const detail = "a presentation data value has 1 bytes; permitted: an even number"
    expect(P_DATA.decode([odd], refusing)).toStrictEqual(invalid(detail))
    const warning = Leniency.judge({ ...Leniency.strict, oddFragment: "accept and warn" })
    expect(Result.isSuccess(P_DATA.decode([odd], warning))).toBe(true)
    expect(warning.tolerated).toStrictEqual([{ quirk: "oddFragment", detail }])
  })

  it.prop("comes back from its bytes", [P_DATA.TF], ([value]) => {
    const encoded = P_DATA.encode(value)
    expect(encoded.length).toBe(6 + P_DATA.length(value.presentationDataValues))
    const decoded = Result.getOrThrow(P_DATA.decode([encoded.subarray(6)]))
    expect(joined(decoded)).toEqual(joined(value))
    expect(Schema.is(P_DATA.TF)(decoded)).toBe(true)
  })

  it.prop("comes back from a request as an indication with the same values", [P_DATA.Primitive], ([primitive]) => {
    const pdu = P_DATA.requestPdu(P_DATA.request(primitive.presentationDataValues))
    expect(P_DATA.indication(pdu).presentationDataValues).toBe(primitive.presentationDataValues)
    expect(Schema.decodeUnknownResult(P_DATA.Primitive)(primitive)).toEqual(Result.succeed(primitive))
  })
})
