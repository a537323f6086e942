import * as A_ASSOCIATE from "@effect-dicom/protocol/A_ASSOCIATE"
import * as A_ASSOCIATE_PDU from "@effect-dicom/protocol/A_ASSOCIATE_PDU"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import { describe, expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as dcmtk from "./dcmtk.ts"
import { judge as everything } from "./everything.ts"

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0))

const applicationContext = "1.2.840.10008.3.1.1.1"

const input: A_ASSOCIATE.RequestInput = {
  callingAETitle: "WORKSTATION",
  calledAETitle: "ARCHIVE",
  presentationContexts: [{ id: 1, abstractSyntax: "1.2.840.10008.1.1", transferSyntaxes: ["1.2.840.10008.1.2"] }],
  userInformation: {
    maximumLength: 16384,
    implementationClassUid: "1.2.276.0.7230010.3.0.3.6.7",
    implementationVersionName: "OFFIS_DCMTK_367"
  }
}

const request = Result.getOrThrow(A_ASSOCIATE.request(input))
const rq = A_ASSOCIATE_PDU.requestPdu(request)

const response = Result.getOrThrow(
  A_ASSOCIATE.accept({
    callingAETitle: "WORKSTATION",
    calledAETitle: "ARCHIVE",
    presentationContextResults: [{ id: 1, result: "acceptance", transferSyntax: "1.2.840.10008.1.2" }],
    userInformation: input.userInformation
  })
)
const ac = A_ASSOCIATE_PDU.acceptPdu(response)

const rejected = (
  result: Result.Result<A_ASSOCIATE.Indication, A_ASSOCIATE_PDU.RJ>
): ReadonlyArray<number> | "accepted" =>
  Result.isFailure(result) ? [...A_ASSOCIATE_PDU.encodeRJ(result.failure).subarray(7)] : "accepted"

const detail = (result: Result.Result<unknown, { readonly detail: string }>): string =>
  Result.isFailure(result) ? result.failure.detail : "no failure"

/** DCMTK's request as the standard has it: byte 7 of its context is reserved and should be zero. */
const dcmtkRq = dcmtk.associateRq.with(105, 0)

describe("A-ASSOCIATE PDUs", () => {
  describe("A-ASSOCIATE-RQ", () => {
    // PS3.8 Tables 9-11 to 9-16, PS3.7 Tables D.3-1 and D.3-3, by hand
    const byHand = Uint8Array.of(
      ...[0x01, 0, 0, 0, 0, 161],
      ...[0, 1, 0, 0],
      ...latin1("CALLED          "),
      ...latin1("CALLING         "),
      ...new Uint8Array(32),
      ...[0x10, 0, 0, 21],
      ...latin1(applicationContext),
      ...[0x20, 0, 0, 39, 3, 0, 0, 0, 0x30, 0, 0, 10],
      ...latin1("1.2.3.4.55"),
      ...[0x40, 0, 0, 17],
      ...latin1("1.2.840.10008.1.2"),
      ...[0x50, 0, 0, 21, 0x51, 0, 0, 4, 0, 2, 0, 0, 0x52, 0, 0, 9],
      ...latin1("1.2.3.4.5")
    )

    it("has the layout of PS3.8 Table 9-11", () => {
      const pdu = A_ASSOCIATE_PDU.requestPdu(
        Result.getOrThrow(
          A_ASSOCIATE.request({
            callingAETitle: "CALLING",
            calledAETitle: "CALLED",
            presentationContexts: [{ id: 3, abstractSyntax: "1.2.3.4.55", transferSyntaxes: ["1.2.840.10008.1.2"] }],
            userInformation: { maximumLength: 131072, implementationClassUid: "1.2.3.4.5" }
          })
        )
      )
      expect(A_ASSOCIATE_PDU.encodeRQ(pdu)).toStrictEqual(byHand)
      expect(A_ASSOCIATE_PDU.decodeRQ(byHand.subarray(6))).toStrictEqual(Result.succeed(pdu))
    })

    it("is the very one that DCMTK sends for the same request", () => {
      expect(A_ASSOCIATE_PDU.encodeRQ(rq)).toStrictEqual(dcmtkRq)
      expect(A_ASSOCIATE_PDU.decodeRQ(dcmtk.associateRq.subarray(6))).toStrictEqual(Result.succeed(rq))
    })

    it("is refused when it is cut short anywhere but between items", () => {
      const boundaries = new Set([68, 93, 143])
      for (let length = 0; length < dcmtkRq.length - 6; length++) {
        const whole = Result.isSuccess(A_ASSOCIATE_PDU.decodeRQ(dcmtkRq.subarray(6, 6 + length)))
        expect([length, whole]).toStrictEqual([length, boundaries.has(length)])
      }
    })

    it.prop("comes back from its bytes, whatever its items", [A_ASSOCIATE_PDU.RQ], ([pdu]) => {
      const decoded = A_ASSOCIATE_PDU.decodeRQ(A_ASSOCIATE_PDU.encodeRQ(pdu).subarray(6), everything())
      expect(decoded).toEqual(Result.succeed(pdu))
      expect(Schema.is(A_ASSOCIATE_PDU.RQ)(Result.getOrThrow(decoded))).toBe(true)
    })

    it.prop("gives an indication with the request's parameters", [A_ASSOCIATE.Request], ([value]) => {
      const body = A_ASSOCIATE_PDU.encodeRQ(A_ASSOCIATE_PDU.requestPdu(value)).subarray(6)
      const indication = Result.getOrThrow(
        A_ASSOCIATE_PDU.acceptable(Result.getOrThrow(A_ASSOCIATE_PDU.decodeRQ(body)), everything())
      )
      const { calledPresentationAddress: _, callingPresentationAddress: __, ...carried } = value
      expect(indication).toEqual({ ...carried, _tag: "A-ASSOCIATE indication" })
      expect(Schema.is(A_ASSOCIATE.Indication)(indication)).toBe(true)
    })

    const context = (id: number, subItems: ReadonlyArray<number>) => [
      0x20,
      0,
      0,
      4 + subItems.length,
      id,
      0,
      0,
      0,
      ...subItems
    ]
    const abstract = [0x30, 0, 0, 3, ...latin1("1.2")]
    const transfer = [0x40, 0, 0, 3, ...latin1("1.3")]
    const body = (...items: ReadonlyArray<ReadonlyArray<number>>) =>
      Uint8Array.of(...dcmtkRq.subarray(6, 6 + 68 + 25), ...items.flat())

    it.each([
      [
        "evenPresentationContextId",
        [context(2, [...abstract, ...transfer])],
        "presentation context id is 2; permitted: odd numbers from 1 to 255"
      ],
      [
        "repeatedPresentationContextId",
        [context(1, [...abstract, ...transfer]), context(1, [...abstract, ...transfer])],
        "presentation context id 1 is used twice; permitted: once"
      ],
      [
        "proposedContextWithoutTransferSyntax",
        [context(1, abstract)],
        "presentation context 1 has no transfer syntax; permitted: one or more"
      ],
      [
        "repeatedItem",
        [context(1, [...abstract, ...abstract, ...transfer])],
        "presentation context 1 has 2 abstract syntaxes; permitted: one"
      ],
      [
        "repeatedItem",
        [
          [0x50, 0, 0, 0],
          [0x50, 0, 0, 0]
        ],
        "2 user information items; permitted: one"
      ],
      ["repeatedItem", [[0x10, 0, 0, 0]], "2 application context items; permitted: one"],
      [
        "malformedUid",
        [context(1, [0x30, 0, 0, 4, ...latin1("1.02"), ...transfer])],
        'abstract syntax is "1.02"; permitted: a UID (PS3.5 section 9.1)'
      ]
    ] as const)("is invalid by %s when strict, and reported when lenient", (quirk, items, expected) => {
      expect(detail(A_ASSOCIATE_PDU.decodeRQ(body(...items)))).toBe(expected)
      const by = Leniency.judge(Leniency.lenient)
      expect(detail(A_ASSOCIATE_PDU.decodeRQ(body(...items), by))).toBe("no failure")
      expect(by.tolerated).toStrictEqual([{ quirk, detail: expected }])
    })

    it("is invalid without an abstract syntax under any policy", () => {
      expect(detail(A_ASSOCIATE_PDU.decodeRQ(body(context(1, transfer)), everything()))).toBe(
        "presentation context 1 has no abstract syntax; permitted: one"
      )
    })

    it("keeps an even id and answers it when lenient", () => {
      const by = Leniency.judge(Leniency.lenient)
      const pdu = Result.getOrThrow(A_ASSOCIATE_PDU.decodeRQ(body(context(2, [...abstract, ...transfer])), by))
      const indication = Result.getOrThrow(A_ASSOCIATE_PDU.acceptable(pdu, by))
      expect(indication.presentationContexts).toStrictEqual([
        { id: 2, abstractSyntax: "1.2", transferSyntaxes: ["1.3"] }
      ])
    })

    it("counts the first context of an id that is used twice when lenient", () => {
      const by = Leniency.judge(Leniency.lenient)
      const second = [0x30, 0, 0, 3, ...latin1("1.9")]
      const twice = body(context(1, [...abstract, ...transfer]), context(1, [...second, ...transfer]))
      const pdu = Result.getOrThrow(A_ASSOCIATE_PDU.decodeRQ(twice, by))
      expect(Result.getOrThrow(A_ASSOCIATE_PDU.acceptable(pdu, by)).presentationContexts).toStrictEqual([
        { id: 1, abstractSyntax: "1.2", transferSyntaxes: ["1.3"] }
      ])
    })

    it("takes UIDs padded with NUL, and trims them", () => {
      const padded = [0x30, 0, 0, 4, ...latin1("1.2\0")]
      const pdu = Result.getOrThrow(A_ASSOCIATE_PDU.decodeRQ(body(context(1, [...padded, ...transfer]))))
      expect(Result.getOrThrow(A_ASSOCIATE_PDU.acceptable(pdu)).presentationContexts[0]?.abstractSyntax).toBe("1.2")
      const refusing = Leniency.judge({ ...Leniency.strict, paddedUid: "reject" })
      expect(detail(A_ASSOCIATE_PDU.decodeRQ(body(context(1, [...padded, ...transfer])), refusing))).toBe(
        'abstract syntax is padded: "1.2\\u0000"'
      )
    })

    it("keeps items of unknown type, and is refused for them only where a policy says so", () => {
      const unknown = [0x60, 0, 0, 2, 1, 2]
      const pdu = Result.getOrThrow(A_ASSOCIATE_PDU.decodeRQ(Uint8Array.of(...dcmtkRq.subarray(6), ...unknown)))
      expect(pdu.items.at(-1)).toStrictEqual({ _tag: "Unknown", itemType: 0x60, data: Uint8Array.of(1, 2) })
      expect(A_ASSOCIATE_PDU.encodeRQ(pdu).slice(-6)).toStrictEqual(Uint8Array.from(unknown))
      expect(rejected(A_ASSOCIATE_PDU.acceptable(pdu))).toBe("accepted")
      const refusing = Leniency.judge({ ...Leniency.strict, unknownItem: "reject" })
      expect(detail(A_ASSOCIATE_PDU.decodeRQ(body(unknown), refusing))).toBe(
        "A-ASSOCIATE-RQ has an item of unknown type 60H"
      )
    })

    it("keeps the second byte of items of unknown type, of the PDU and of a presentation context", () => {
      const inner = [0x41, 7, 0, 1, 5]
      const bytes = body(context(1, [...abstract, ...transfer, ...inner]), [0x60, 255, 0, 0])
      const pdu = Result.getOrThrow(A_ASSOCIATE_PDU.decodeRQ(bytes))
      expect(pdu.items.at(-1)).toStrictEqual({
        _tag: "Unknown",
        itemType: 0x60,
        reserved: 255,
        data: new Uint8Array(0)
      })
      expect(A_ASSOCIATE_PDU.encodeRQ(pdu).subarray(6)).toStrictEqual(bytes)
    })

    it("may have as many items as the caller says", () => {
      const empty = Array.from({ length: 5000 }, () => [0x60, 0, 0, 0])
      expect(detail(A_ASSOCIATE_PDU.decodeRQ(body(...empty), undefined, 100))).toBe("A-ASSOCIATE-RQ has too many items")
      expect(detail(A_ASSOCIATE_PDU.decodeRQ(body(...empty)))).toBe("no failure")
    })
  })

  describe("acceptable (AE-6)", () => {
    it("accepts DCMTK's request", () => {
      expect(A_ASSOCIATE_PDU.acceptable(rq)).toStrictEqual(
        Result.succeed({ ...request, _tag: "A-ASSOCIATE indication" })
      )
    })

    it("tests bit 0 of the protocol version and no other", () => {
      expect(rejected(A_ASSOCIATE_PDU.acceptable({ ...rq, protocolVersion: 3 }))).toBe("accepted")
      expect(rejected(A_ASSOCIATE_PDU.acceptable({ ...rq, protocolVersion: 2 }))).toStrictEqual([1, 2, 2])
      expect(rejected(A_ASSOCIATE_PDU.acceptable({ ...rq, protocolVersion: 0 }))).toStrictEqual([1, 2, 2])
    })

    it("rejects another application context name, as DCMTK does, or none", () => {
      const other = rq.items.with(0, {
        _tag: "Application Context Item",
        applicationContextName: "1.2.840.10008.3.1.1.2"
      })
      const result = A_ASSOCIATE_PDU.acceptable({ ...rq, items: other })
      expect(Result.isFailure(result) && A_ASSOCIATE_PDU.encodeRJ(result.failure)).toStrictEqual(dcmtk.associateRj)
      expect(rejected(A_ASSOCIATE_PDU.acceptable({ ...rq, items: rq.items.slice(1) }))).toStrictEqual([1, 1, 2])
    })

    it("rejects AE titles that are blank or garbled, and takes them when lenient", () => {
      const blank = { ...rq, callingAETitle: " ".repeat(16) }
      expect(rejected(A_ASSOCIATE_PDU.acceptable(blank))).toStrictEqual([1, 1, 3])
      const garbled = { ...rq, calledAETitle: "\u0001".padEnd(16) }
      expect(rejected(A_ASSOCIATE_PDU.acceptable(garbled))).toStrictEqual([1, 1, 7])
      const padded = { ...rq, calledAETitle: "ARCHIVE".padEnd(16, "\0") }
      expect(rejected(A_ASSOCIATE_PDU.acceptable(padded))).toStrictEqual([1, 1, 7])
      const by = Leniency.judge(Leniency.lenient)
      expect(Result.getOrThrow(A_ASSOCIATE_PDU.acceptable(blank, by)).callingAETitle).toBe("")
      expect(Result.getOrThrow(A_ASSOCIATE_PDU.acceptable(garbled, by)).calledAETitle).toBe("\u0001")
      expect(Result.getOrThrow(A_ASSOCIATE_PDU.acceptable(padded, by)).calledAETitle).toBe("ARCHIVE")
      expect(by.tolerated.map(({ quirk }) => quirk)).toStrictEqual([
        "blankAETitle",
        "irregularAETitle",
        "nulPaddedAETitle"
      ])
    })

    it("rejects a request without presentation contexts, and takes it when lenient", () => {
      const none = { ...rq, items: rq.items.toSpliced(1, 1) }
      expect(rejected(A_ASSOCIATE_PDU.acceptable(none))).toStrictEqual([1, 2, 1])
      const by = Leniency.judge(Leniency.lenient)
      expect(Result.getOrThrow(A_ASSOCIATE_PDU.acceptable(none, by)).presentationContexts).toStrictEqual([])
      expect(by.tolerated).toStrictEqual([
        { quirk: "noPresentationContexts", detail: "no presentation context; permitted: 1 to 128" }
      ])
    })

    it("rejects a maximum length of 7, and takes it when lenient", () => {
      const small = {
        ...rq,
        items: A_ASSOCIATE_PDU.requestPdu({
          ...request,
          userInformation: { ...request.userInformation, maximumLength: 7 }
        }).items
      }
      expect(rejected(A_ASSOCIATE_PDU.acceptable(small))).toStrictEqual([1, 2, 1])
      const by = Leniency.judge(Leniency.lenient)
      expect(Result.getOrThrow(A_ASSOCIATE_PDU.acceptable(small, by)).userInformation.maximumLength).toBe(7)
      expect(by.tolerated).toStrictEqual([
        { quirk: "smallMaximumLength", detail: "maximum length is 7; permitted: 0, or at least 1024" }
      ])
    })
  })

  describe("A-ASSOCIATE-AC", () => {
    it("is the very one that DCMTK sends", () => {
      expect(A_ASSOCIATE_PDU.encodeAC(ac)).toStrictEqual(dcmtk.associateAc)
      expect(A_ASSOCIATE_PDU.decodeAC(dcmtk.associateAc.subarray(6))).toStrictEqual(Result.succeed(ac))
    })

    it("gives a confirmation with the response's parameters", () => {
      expect(A_ASSOCIATE_PDU.confirmation(ac)).toStrictEqual({
        ...response,
        _tag: "A-ASSOCIATE confirmation (accept)",
        resultSource: "DICOM UL service-user"
      })
    })

    // the schema holds the responding title to the called one by a check that chance does not satisfy
    const AcceptResponse = Arbitrary.map(
      Arbitrary.schema(Schema.Struct(A_ASSOCIATE.AcceptResponse.fields)),
      (value): A_ASSOCIATE.AcceptResponse => ({ ...value, respondingAETitle: value.calledAETitle })
    )

    it.prop("gives a confirmation for any response", [AcceptResponse], ([value]) => {
      expect(Schema.is(A_ASSOCIATE.AcceptResponse)(value)).toBe(true)
      const body = A_ASSOCIATE_PDU.encodeAC(A_ASSOCIATE_PDU.acceptPdu(value)).subarray(6)
      const pdu = Result.getOrThrow(A_ASSOCIATE_PDU.decodeAC(body, everything()))
      const confirmation = A_ASSOCIATE_PDU.confirmation(pdu, everything())
      if (confirmation._tag !== "A-ASSOCIATE confirmation (accept)") return expect.unreachable()
      expect(confirmation.userInformation).toEqual(value.userInformation)
      expect(confirmation.calledAETitle).toBe(value.calledAETitle)
      expect(confirmation.presentationContextResults.map(({ id, result }) => ({ id, result }))).toEqual(
        value.presentationContextResults.map(({ id, result }) => ({ id, result }))
      )
      expect(Schema.is(A_ASSOCIATE.AcceptConfirmation)(confirmation)).toBe(true)
    })

    it.prop("comes back from its bytes, whatever its items", [A_ASSOCIATE_PDU.AC], ([pdu]) => {
      const decoded = A_ASSOCIATE_PDU.decodeAC(A_ASSOCIATE_PDU.encodeAC(pdu).subarray(6), everything())
      expect(decoded).toEqual(Result.succeed(pdu))
      expect(Schema.is(A_ASSOCIATE_PDU.AC)(Result.getOrThrow(decoded))).toBe(true)
    })

    it("is never tested for its AE titles", () => {
      const garbage = { ...ac, calledAETitle: "\u0000\u00ff".repeat(8), callingAETitle: " ".repeat(16) }
      const by = Leniency.judge(Leniency.strict)
      const decoded = Result.getOrThrow(A_ASSOCIATE_PDU.decodeAC(A_ASSOCIATE_PDU.encodeAC(garbage).subarray(6), by))
      const confirmation = A_ASSOCIATE_PDU.confirmation(decoded, by)
      expect(confirmation._tag).toBe("A-ASSOCIATE confirmation (accept)")
      expect("calledAETitle" in confirmation).toBe(false)
      expect(by.tolerated).toStrictEqual([])
    })

    it("may refuse a context without a transfer syntax, or with an empty one", () => {
      const item = (...subItems: ReadonlyArray<number>) => [0x21, 0, 0, 4 + subItems.length, 1, 0, 3, 0, ...subItems]
      for (const answer of [item(), item(0x40, 0, 0, 0)]) {
        const body = Uint8Array.of(...dcmtk.associateAc.subarray(6, 6 + 68 + 25), ...answer)
        const confirmation = A_ASSOCIATE_PDU.confirmation(Result.getOrThrow(A_ASSOCIATE_PDU.decodeAC(body)))
        expect("presentationContextResults" in confirmation && confirmation.presentationContextResults).toStrictEqual([
          { id: 1, result: "abstract-syntax-not-supported" }
        ])
      }
    })

    it("may lack its user information, which is reported", () => {
      const by = Leniency.judge(Leniency.strict)
      const body = A_ASSOCIATE_PDU.encodeAC({ ...ac, items: ac.items.slice(0, 2) }).subarray(6)
      const confirmation = A_ASSOCIATE_PDU.confirmation(Result.getOrThrow(A_ASSOCIATE_PDU.decodeAC(body, by)), by)
      expect("userInformation" in confirmation && confirmation.userInformation.maximumLength).toBe(0)
      expect(by.tolerated).toStrictEqual([
        { quirk: "noUserInformation", detail: "no user information item; permitted: one" }
      ])
    })

    it("may name another application context, which is reported, or refused by policy", () => {
      const items = ac.items.with(0, { _tag: "Application Context Item", applicationContextName: "1.2" })
      const body = A_ASSOCIATE_PDU.encodeAC({ ...ac, items }).subarray(6)
      const expected = 'application context name is "1.2"; permitted: "1.2.840.10008.3.1.1.1"'
      const by = Leniency.judge(Leniency.strict)
      A_ASSOCIATE_PDU.confirmation(Result.getOrThrow(A_ASSOCIATE_PDU.decodeAC(body, by)), by)
      expect(by.tolerated).toStrictEqual([{ quirk: "otherApplicationContextInAnswer", detail: expected }])
      const refusing = Leniency.judge({ ...Leniency.strict, otherApplicationContextInAnswer: "reject" })
      expect(detail(A_ASSOCIATE_PDU.decodeAC(body, refusing))).toBe(expected)
    })

    it("is invalid with a maximum length of 7 when strict, and reported once when lenient", () => {
      const userInformation = { ...response.userInformation, maximumLength: 7 }
      const body = A_ASSOCIATE_PDU.encodeAC(A_ASSOCIATE_PDU.acceptPdu({ ...response, userInformation })).subarray(6)
      const expected = "maximum length is 7; permitted: 0, or at least 1024"
      expect(detail(A_ASSOCIATE_PDU.decodeAC(body))).toBe(expected)
      const by = Leniency.judge(Leniency.lenient)
      A_ASSOCIATE_PDU.confirmation(Result.getOrThrow(A_ASSOCIATE_PDU.decodeAC(body, by)), by)
      expect(by.tolerated).toStrictEqual([{ quirk: "smallMaximumLength", detail: expected }])
    })
  })

  describe("A-ASSOCIATE-RJ", () => {
    it("is what DCMTK sends", () => {
      const pdu: A_ASSOCIATE_PDU.RJ = {
        _tag: "A-ASSOCIATE-RJ",
        result: "rejected-permanent",
        source: "DICOM UL service-user",
        diagnostic: "application-context-name-not-supported"
      }
      expect(A_ASSOCIATE_PDU.decodeRJ(dcmtk.associateRj.subarray(6))).toStrictEqual(Result.succeed(pdu))
      expect(A_ASSOCIATE_PDU.encodeRJ(pdu)).toStrictEqual(dcmtk.associateRj)
      expect(A_ASSOCIATE_PDU.confirmation(pdu)).toStrictEqual({ ...pdu, _tag: "A-ASSOCIATE confirmation (reject)" })
    })

    it("is refused with another length, unless a policy says otherwise", () => {
      expect(detail(A_ASSOCIATE_PDU.decodeRJ(new Uint8Array(3)))).toBe("A-ASSOCIATE-RJ has length 3; permitted: 4")
      expect(detail(A_ASSOCIATE_PDU.decodeRJ(new Uint8Array(5)))).toBe("A-ASSOCIATE-RJ has length 5; permitted: 4")
      expect(detail(A_ASSOCIATE_PDU.decodeRJ(new Uint8Array(5), everything()))).toBe("no failure")
      expect(detail(A_ASSOCIATE_PDU.decodeRJ(new Uint8Array(3), everything()))).toBe(
        "A-ASSOCIATE-RJ has length 3; permitted: 4"
      )
    })

    it.prop("comes back from its bytes", [A_ASSOCIATE_PDU.RJ], ([pdu]) => {
      expect(A_ASSOCIATE_PDU.decodeRJ(A_ASSOCIATE_PDU.encodeRJ(pdu).subarray(6))).toEqual(Result.succeed(pdu))
    })

    it.prop("comes from a response and gives a confirmation", [A_ASSOCIATE.RejectResponse], ([value]) => {
      const confirmation = A_ASSOCIATE_PDU.confirmation(A_ASSOCIATE_PDU.rejectPdu(value))
      expect(confirmation).toEqual({ ...value, _tag: "A-ASSOCIATE confirmation (reject)" })
      expect(Schema.is(A_ASSOCIATE.RejectConfirmation)(confirmation)).toBe(true)
    })
  })
})
