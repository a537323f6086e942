import * as A_ABORT from "@effect-dicom/protocol/A_ABORT"
import * as A_RELEASE from "@effect-dicom/protocol/A_RELEASE"
import * as InvalidPdu from "@effect-dicom/protocol/InvalidPdu"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import type * as P_DATA from "@effect-dicom/protocol/P_DATA"
import * as Pdu from "@effect-dicom/protocol/Pdu"
import { describe, expect, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as dcmtk from "./dcmtk.ts"
import { accepting, judge as everything } from "./everything.ts"

type Parsed = Pdu.Pdu | InvalidPdu.InvalidPdu

const concat = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** The same PDU with each fragment in one piece: how it was cut says nothing. */
const joined = (pdu: Parsed): Parsed =>
  pdu._tag !== "P-DATA-TF"
    ? pdu
    : {
        ...pdu,
        presentationDataValues: pdu.presentationDataValues.map((pdv) => ({ ...pdv, fragment: [concat(pdv.fragment)] }))
      }

const parseAll = (chunks: Iterable<Uint8Array>, options?: Pdu.ParserOptions): ReadonlyArray<Parsed> => {
  const parser = Pdu.parser(options)
  const out: Array<Parsed> = []
  for (const chunk of chunks) for (const pdu of parser.push(chunk)) out.push(joined(pdu))
  return out
}

/** The same where each chunk is overwritten once its PDUs are copied. */
const parseLent = (chunks: Iterable<Uint8Array>, options?: Pdu.ParserOptions): ReadonlyArray<Parsed> => {
  const parser = Pdu.parser({ ...options, lent: true })
  const out: Array<Parsed> = []
  for (const chunk of chunks) {
    // As Node gives them: what is a copy of another array is a view of a Buffer.
    const lent = Buffer.from(chunk)
    for (const pdu of parser.push(lent)) out.push(joined(pdu))
    lent.fill(0xee)
  }
  return out
}

const header = (type: number, length: number): Uint8Array =>
  Uint8Array.of(type, 0, length >>> 24, length >>> 16, length >>> 8, length)

const invalid = (detail: string) => InvalidPdu.make("invalid-PDU-parameter-value", detail)

const dataTf = (length: number): P_DATA.TF => ({
  _tag: "P-DATA-TF",
  presentationDataValues: [
    { contextId: 1, type: "data", last: true, fragment: [Uint8Array.from({ length }, (_, i) => i)] }
  ]
})

const conversation: ReadonlyArray<Pdu.Pdu> = [
  Result.getOrThrow(Pdu.decode(dcmtk.associateRq)),
  Result.getOrThrow(Pdu.decode(dcmtk.associateAc)),
  Result.getOrThrow(Pdu.decode(dcmtk.echoRq)),
  dataTf(5000),
  A_RELEASE.RQ,
  A_RELEASE.RP,
  Result.getOrThrow(Pdu.decode(dcmtk.associateRj)),
  A_ABORT.userPdu
]
const stream = concat(conversation.map(Pdu.encode))

describe("Pdu", () => {
  it.each(conversation)("writes $_tag and reads it again", (pdu) => {
    const bytes = Pdu.encode(pdu)
    expect(joined(Result.getOrThrow(Pdu.decode(bytes)))).toStrictEqual(joined(pdu))
    expect(concat(Pdu.views(pdu))).toStrictEqual(bytes)
  })

  it.prop("comes back from its bytes, and its bytes from it", [Pdu.Pdu], ([pdu]) => {
    const bytes = Pdu.encode(pdu)
    const decoded = Result.getOrThrow(Pdu.decode(bytes, everything()))
    expect(joined(decoded)).toEqual(joined(pdu))
    expect(Pdu.encode(decoded)).toStrictEqual(bytes)
    expect(Schema.is(Pdu.Pdu)(decoded)).toBe(true)
  })

  it.each([
    ["nothing", new Uint8Array(0), "0 bytes are less than the header of a PDU; permitted: 6 or more"],
    ["half a header", Uint8Array.of(5, 0, 0), "3 bytes are less than the header of a PDU; permitted: 6 or more"],
    ["a byte too few", A_RELEASE.encodeRQ().subarray(0, 9), "PDU has length 4; 3 bytes follow its header"],
    ["a byte too many", concat([A_RELEASE.encodeRQ(), Uint8Array.of(5)]), "PDU has length 4; 5 bytes follow its header"]
  ] as const)("decodes exactly one whole PDU, so not %s", (_, bytes, detail) => {
    expect(Pdu.decode(bytes)).toStrictEqual(Result.fail(invalid(detail)))
  })

  it.each([0, 8, 0xff])("does not recognize type %i", (type) => {
    const detail = `PDU type is ${type.toString(16).toUpperCase().padStart(2, "0")}H; permitted: 01H to 07H`
    expect(Pdu.decode(concat([header(type, 0)]))).toStrictEqual(
      Result.fail(InvalidPdu.make("unrecognized-PDU", detail))
    )
  })
})

describe("Pdu.parser", () => {
  it("gives all PDUs that a chunk completes", () => {
    const parser = Pdu.parser()
    expect(parser.push(stream)).toStrictEqual(conversation)
    expect(parser.pending).toBe(0)
    expect(parser.tolerated).toStrictEqual([])
  })

  it("gives them one byte at a time", () => {
    expect(parseAll([...stream].map((byte) => Uint8Array.of(byte)))).toStrictEqual(conversation.map(joined))
  })

  it("gives the same for every cut in two", () => {
    const short = concat([dcmtk.associateRq, dcmtk.echoRq, A_RELEASE.encodeRQ()])
    const expected = parseAll([short])
    expect(expected.length).toBe(3)
    for (let at = 0; at <= short.length; at++) {
      expect(parseAll([short.subarray(0, at), short.subarray(at)])).toStrictEqual(expected)
    }
  })

  it.prop(
    "gives the same for every split of a stream",
    [Schema.Array(Pdu.Pdu), Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3000 })))],
    ([pdus, cuts]) => {
      const bytes = concat([...pdus.map(Pdu.encode), stream])
      const chunks: Array<Uint8Array> = []
      let at = 0
      for (let i = 0; at < bytes.length; i++) {
        const length = cuts.length === 0 ? bytes.length : (cuts[i % cuts.length] ?? 0)
        chunks.push(bytes.subarray(at, at + length + (i % 2)))
        at += length + (i % 2)
      }
      const options = { maximumLength: 0, leniency: accepting }
      expect(parseAll(chunks, options)).toEqual([...pdus, ...conversation].map(joined))
      expect(parseLent(chunks, options)).toEqual([...pdus, ...conversation].map(joined))
    }
  )

  it("tells how many bytes of an unfinished PDU it holds", () => {
    const parser = Pdu.parser()
    const pending = [...A_RELEASE.encodeRQ(), 7, 0].map((byte) => {
      parser.push(Uint8Array.of(byte))
      return parser.pending
    })
    expect(pending).toStrictEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2])
  })

  it("gives fragments as views of the chunks, in pieces where the chunks are", () => {
    const bytes = Pdu.encode(dataTf(10000))
    const [first, second] = [bytes.slice(0, 4000), bytes.slice(4000)]
    const parser = Pdu.parser()
    expect(parser.push(first)).toStrictEqual([])
    const [pdu] = parser.push(second)
    if (pdu?._tag !== "P-DATA-TF") return expect.unreachable()
    const fragment = pdu.presentationDataValues[0]?.fragment
    expect(fragment?.map((view) => view.length)).toStrictEqual([4000 - 12, 6012])
    expect(fragment?.map((view) => view.buffer)).toStrictEqual([first.buffer, second.buffer])
    expect(fragment?.[0]?.buffer).toBe(first.buffer)
    expect(fragment?.[1]?.buffer).toBe(second.buffer)
  })

  it("refuses a P-DATA-TF over the maximum length at its header", () => {
    const detail = "PDU of type 04H has length 16385; permitted: at most 16384"
    expect(parseAll([header(4, 16385)])).toStrictEqual([invalid(detail)])
    expect(parseAll([header(4, 16384)])).toStrictEqual([])
    expect(parseAll([header(4, 0x80000000)], { maximumLength: 131072 })).toStrictEqual([
      invalid("PDU of type 04H has length 2147483648; permitted: at most 131072")
    ])
  })

  it("lets a P-DATA-TF over the maximum length pass up to the cap when lenient, and reports it", () => {
    const parser = Pdu.parser({ maximumLength: 1024, leniency: Leniency.lenient })
    expect(parser.push(Pdu.encode(dataTf(300000))).length).toBe(1)
    expect(parser.tolerated).toStrictEqual([
      { quirk: "overlongPData", detail: "PDU of type 04H has length 300006; permitted: at most 1024" }
    ])
    expect(parser.push(header(4, 1024 * 1024 + 1))).toStrictEqual([
      invalid("PDU of type 04H has length 1048577; permitted: at most 1024")
    ])
  })

  it("takes a new maximum length, and 0 for no limit", () => {
    const parser = Pdu.parser({ maximumLength: 1024 })
    parser.setMaximumLength(0)
    expect(parser.push(header(4, 0xffffffff))).toStrictEqual([])
    expect(parser.pending).toBe(6)
    const other = Pdu.parser({ maximumLength: 0 })
    other.setMaximumLength(10)
    expect(other.push(header(4, 11)).length).toBe(1)
  })

  it.each([1, 2, 3, 5, 6, 7])("refuses a PDU of type 0%iH that claims 4 GiB at its header", (type) => {
    expect(parseAll([header(type, 0xffffffff)], { maximumLength: 0, leniency: Leniency.lenient })).toStrictEqual([
      invalid(`PDU of type 0${type}H has length 4294967295; permitted: at most 1048576`)
    ])
  })

  it.each([3, 5, 6, 7])("refuses a PDU of type 0%iH that is longer than it can be at its header", (type) => {
    expect(parseAll([header(type, 5)])).toStrictEqual([
      invalid(`PDU of type 0${type}H has length 5; permitted: at most 4`)
    ])
  })

  it("holds other PDUs to their own limit", () => {
    expect(parseAll([header(1, 4097)], { negotiationMaximumLength: 4096 })).toStrictEqual([
      invalid("PDU of type 01H has length 4097; permitted: at most 4096")
    ])
  })

  it("gives what came before something invalid, and nothing after it", () => {
    const parser = Pdu.parser()
    const chunk = concat([A_RELEASE.encodeRQ(), header(9, 0), A_RELEASE.encodeRP()])
    expect(parser.push(chunk)).toStrictEqual([
      A_RELEASE.RQ,
      InvalidPdu.make("unrecognized-PDU", "PDU type is 09H; permitted: 01H to 07H")
    ])
    expect(parser.push(A_RELEASE.encodeRP())).toStrictEqual([])
    expect(parser.pending).toBe(0)
  })

  it.each([
    ["HTTP", "GET / HTTP/1.1\r\n\r\n", "PDU type is 47H; permitted: 01H to 07H (not DICOM: looks like HTTP)"],
    [
      "TLS",
      "\u0016\u0003\u0001\u0002\u0000\u0001",
      "PDU type is 16H; permitted: 01H to 07H (not DICOM: looks like TLS on a plain port)"
    ],
    [
      "a TLS alert",
      "\u0015\u0003\u0003\u0000\u0002\u0002\u0046",
      "PDU type is 15H; permitted: 01H to 07H (not DICOM: looks like a TLS alert, from a TLS port)"
    ],
    ["neither", "SSH-2.0-OpenSSH", "PDU type is 53H; permitted: 01H to 07H"]
  ])("says what looks like %s", (_, text, detail) => {
    const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0))
    const expected = [InvalidPdu.make("unrecognized-PDU", detail)]
    expect(parseAll([bytes])).toStrictEqual(expected)
    expect(parseAll([...bytes].map((byte) => Uint8Array.of(byte)))).toStrictEqual(expected)
  })

  it("reports what was tolerated in any PDU", () => {
    const parser = Pdu.parser({ leniency: Leniency.lenient })
    expect(parser.push(header(5, 0))).toStrictEqual([A_RELEASE.RQ])
    expect(parser.tolerated).toStrictEqual([
      { quirk: "releaseLength", detail: "A-RELEASE-RQ has length 0; permitted: 4" }
    ])
    expect(parseAll([header(5, 0)])).toStrictEqual([invalid("A-RELEASE-RQ has length 0; permitted: 4")])
  })

  it("limits items and presentation data values", () => {
    const pdvs = concat([header(4, 18), ...[1, 2, 3].map(() => Uint8Array.of(0, 0, 0, 2, 1, 0))])
    expect(parseAll([pdvs], { maximumPresentationDataValues: 2 })).toStrictEqual([
      invalid("P-DATA-TF has more than 2 presentation data values")
    ])
    expect(parseAll([dcmtk.associateRq], { maximumItems: 2 })).toStrictEqual([
      invalid("presentation context 1 has too many items")
    ])
  })
})
