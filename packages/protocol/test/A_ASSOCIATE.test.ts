import * as A_ASSOCIATE from "@effect-dicom/protocol/A_ASSOCIATE"
import * as A_ASSOCIATE_PDU from "@effect-dicom/protocol/A_ASSOCIATE_PDU"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import { describe, expect, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

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
const refusal = (change: Partial<A_ASSOCIATE.RequestInput>): string => {
  const result = A_ASSOCIATE.request({ ...input, ...change })
  return Result.isFailure(result) ? result.failure.message : "no failure"
}

describe("A-ASSOCIATE", () => {
  describe("the request", () => {
    it("has every parameter of PS3.8 Table 7-1", () => {
      expect(request).toStrictEqual({
        _tag: "A-ASSOCIATE request",
        mode: "normal",
        applicationContextName: applicationContext,
        callingAETitle: "WORKSTATION",
        calledAETitle: "ARCHIVE",
        userInformation: {
          ...input.userInformation,
          roleSelections: [],
          sopClassExtendedNegotiations: [],
          sopClassCommonExtendedNegotiations: [],
          unknown: []
        },
        presentationContexts: input.presentationContexts,
        presentationRequirements: "Presentation Kernel",
        sessionRequirements: ""
      })
    })

    it("names parameter, value and rule where it is refused", () => {
      expect(refusal({ callingAETitle: "A".repeat(17) })).toBe(
        `AE title is "${"A".repeat(17)}"; permitted: 1 to 16 characters\n  at ["callingAETitle"]`
      )
      expect(refusal({ calledAETitle: " ".repeat(16) })).toBe(
        `AE title is "${" ".repeat(16)}"; permitted: not only spaces\n  at ["calledAETitle"]`
      )
      expect(refusal({ calledAETitle: "A\nB" })).toBe(
        'AE title is "A\\nB"; permitted: characters of the default repertoire, no control character\n' +
          '  at ["calledAETitle"]'
      )
      const context = { id: 1, abstractSyntax: "1.2", transferSyntaxes: ["1.2"] }
      expect(refusal({ presentationContexts: [{ ...context, id: 2 }] })).toBe(
        'presentation context id is 2; permitted: odd numbers from 1 to 255\n  at ["presentationContexts"][0]["id"]'
      )
      expect(refusal({ presentationContexts: [{ ...context, transferSyntaxes: [] }] })).toContain(
        "presentation context has no transfer syntax; permitted: one or more"
      )
      expect(refusal({ presentationContexts: Array.from({ length: 129 }, () => context) })).toContain(
        "129 presentation contexts; permitted: at most 128"
      )
      expect(refusal({ presentationContexts: [{ ...context, abstractSyntax: "1.2.03" }] })).toContain(
        '"1.2.03" is not a UID: permitted is no component of more than one digit begins with 0'
      )
    })

    it("does not compile with fixed parameters typed by hand", () => {
      // @ts-expect-error the mode lacks its brand
      const forged: A_ASSOCIATE.Request = { ...request, mode: "normal" }
      expect(forged).toStrictEqual(request)
    })

    it("is refused by its schema with another fixed value", () => {
      const result = Schema.decodeUnknownResult(A_ASSOCIATE.Request)({ ...request, mode: "x410" })
      expect(Result.isFailure(result) && result.failure.message).toBe(
        'A-ASSOCIATE mode is "x410"; permitted: "normal"\n  at ["mode"]'
      )
    })
  })

  describe("the response", () => {
    it("responds with the called AE title", () => {
      expect(response.respondingAETitle).toBe("ARCHIVE")
      const result = Schema.decodeUnknownResult(A_ASSOCIATE.AcceptResponse)({ ...response, respondingAETitle: "OTHER" })
      expect(Result.isFailure(result) && result.failure.message).toBe(
        'responding AE title is "OTHER"; permitted: the called AE title, "ARCHIVE"\n  at ["respondingAETitle"]'
      )
    })

    it("is refused with an acceptance that has no transfer syntax", () => {
      const result = A_ASSOCIATE.accept({
        callingAETitle: "A",
        calledAETitle: "B",
        presentationContextResults: [{ id: 1, result: "acceptance" }],
        userInformation: input.userInformation
      })
      expect(Result.isFailure(result) && result.failure.message).toContain(
        "an accepted presentation context has no transfer syntax; permitted: one"
      )
    })

    it("to an indication is the one with its titles", () => {
      const indication = Result.getOrThrow(A_ASSOCIATE_PDU.acceptable(rq))
      const { presentationContextResults } = response
      expect(
        Result.getOrThrow(
          A_ASSOCIATE.acceptIndication(indication, {
            presentationContextResults,
            userInformation: input.userInformation
          })
        )
      ).toEqual(response)
    })

    it("to an indication repeats what a leniency let pass in it, and nothing else that is wrong", () => {
      const judge = Leniency.judge(Leniency.lenient)
      const blank = { ...rq, callingAETitle: " ".repeat(16) }
      const indication = Result.getOrThrow(A_ASSOCIATE_PDU.acceptable(blank, judge))
      const answered = A_ASSOCIATE.acceptIndication(indication, {
        presentationContextResults: [],
        userInformation: input.userInformation
      })
      expect(A_ASSOCIATE_PDU.acceptPdu(Result.getOrThrow(answered)).callingAETitle).toBe(" ".repeat(16))
      const refused = A_ASSOCIATE.acceptIndication(indication, {
        presentationContextResults: [],
        userInformation: { ...input.userInformation, implementationVersionName: "SEVENTEEN_LETTERS" }
      })
      expect(Result.isFailure(refused) && refused.failure.message).toContain(
        'implementation version name is "SEVENTEEN_LETTERS"; permitted: 1 to 16 characters of ISO 646'
      )
    })
  })
})
