import * as A_ASSOCIATE from "@effect-dicom/protocol/A_ASSOCIATE"
import * as A_ASSOCIATE_PDU from "@effect-dicom/protocol/A_ASSOCIATE_PDU"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import * as UserInformation from "@effect-dicom/protocol/UserInformation"
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
const role = { sopClassUid: "1.2.840.10008.1.1", scuRole: false, scpRole: true }

/** The lists of user information that a caller may leave out. */
const listsOf = {
  roleSelections: [],
  sopClassExtendedNegotiations: [],
  sopClassCommonExtendedNegotiations: [],
  unknown: []
}

type Change = (input: A_ASSOCIATE.RequestInput) => unknown

const information =
  (change: object): Change =>
  (input) => ({ ...input, userInformation: { ...input.userInformation, ...change } })

const contexts =
  (change: (contexts: A_ASSOCIATE.RequestInput["presentationContexts"]) => unknown): Change =>
  (input) => {
    const list: unknown = input.presentationContexts
    const whole = Array.isArray(list) && !list.includes(null)
    return whole ? { ...input, presentationContexts: change(input.presentationContexts) } : input
  }

/** What a caller may do to the parameters of a request, right and wrong. */
const changes: Readonly<Record<string, Change>> = {
  "only what most associations have": ({ userInformation: { maximumLength, implementationClassUid }, ...input }) => ({
    ...input,
    userInformation: { maximumLength, implementationClassUid }
  }),
  "a title of spaces": (input) => ({ ...input, callingAETitle: " " }),
  "a title that is no string": (input) => ({ ...input, calledAETitle: 7 }),
  "an address": (input) => ({ ...input, calledPresentationAddress: "192.0.2.1" }),
  "an address that is undefined": (input) => ({ ...input, callingPresentationAddress: undefined }),
  "another mode": (input) => ({ ...input, mode: "x410" }),
  "a parameter of its own": (input) => ({ ...input, note: "mine" }),
  "no contexts": contexts(() => []),
  "contexts that are no list": contexts(() => "1.2"),
  "129 contexts": contexts((list) => Array.from({ length: 129 }, () => list[0])),
  "a context twice": contexts((list) => [...list, ...list.slice(0, 1)]),
  "a context that is null": contexts((list) => [...list, null]),
  "a context with more": contexts((list) => list.map((context) => ({ ...context, note: "mine" }))),
  "an even id": contexts((list) => list.map((context) => ({ ...context, id: context.id + 1 }))),
  "an id that is no number": contexts((list) => list.map((context) => ({ ...context, id: String(context.id) }))),
  "no abstract syntax": contexts((list) => list.map(({ id, transferSyntaxes }) => ({ id, transferSyntaxes }))),
  "an abstract syntax that is no UID": contexts((list) => list.map((each) => ({ ...each, abstractSyntax: "1.02" }))),
  "no transfer syntax": contexts((list) => list.map((each) => ({ ...each, transferSyntaxes: [] }))),
  "a transfer syntax that is no UID": contexts((list) => list.map((each) => ({ ...each, transferSyntaxes: ["x"] }))),
  "transfer syntaxes that are no list": contexts((list) => list.map((each) => ({ ...each, transferSyntaxes: "1.2" }))),
  "a maximum length below 0": information({ maximumLength: -1 }),
  "a maximum length that is no whole number": information({ maximumLength: 0.5 }),
  "a maximum length of more than four bytes": information({ maximumLength: 2 ** 32 }),
  "an implementation class UID that is none": information({ implementationClassUid: "" }),
  "a version name": information({ implementationVersionName: "EFFECT" }),
  "a version name that is too long": information({ implementationVersionName: "SEVENTEEN_LETTERS" }),
  "a version name that is undefined": information({ implementationVersionName: undefined }),
  "a role": information({ roleSelections: [role] }),
  "a role twice": information({ roleSelections: [role, role] }),
  "a role that is no boolean": information({ roleSelections: [{ ...role, scuRole: 1 }] }),
  "a role with more": information({ roleSelections: [{ ...role, note: "mine" }] }),
  "roles that are undefined": information({ roleSelections: undefined }),
  "a thousand roles": information({
    roleSelections: Array.from({ length: 1000 }, (_, i) => ({ ...role, sopClassUid: `1.${"2".repeat(55)}.${i}` }))
  }),
  "a user information of its own": information({ note: "mine" }),
  "an operations window": information({ asynchronousOperationsWindow: { maximumInvoked: 0, maximumPerformed: 1 } }),
  "a user identity response": information({ userIdentityResponse: new Uint8Array(0) })
}

const changed = (input: A_ASSOCIATE.RequestInput, names: ReadonlyArray<string>): A_ASSOCIATE.RequestInput => {
  let given = input
  // the cast lets past what a caller without types may give
  for (const name of names) given = (changes[name]?.(given) ?? given) as A_ASSOCIATE.RequestInput
  return given
}

/** Holds the request that is made of parameters to what its schema makes of them. */
const expectSchemas = (given: A_ASSOCIATE.RequestInput): void => {
  const { _tag, applicationContextName, mode, presentationRequirements, sessionRequirements } = request
  const made = A_ASSOCIATE.request(given)
  const asked = Schema.decodeUnknownResult(A_ASSOCIATE.Request)({
    ...{ _tag, applicationContextName, mode, presentationRequirements, sessionRequirements },
    ...given,
    userInformation: { ...listsOf, ...given.userInformation }
  })
  expect(Result.getOrUndefined(made)).toStrictEqual(Result.getOrUndefined(asked))
  expect(Result.isFailure(made) && made.failure.message).toBe(Result.isFailure(asked) && asked.failure.message)
}

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

    it("has none of a caller's own properties", () => {
      const note = { note: "mine" }
      const given = {
        ...input,
        presentationContexts: input.presentationContexts.map((context) => ({ ...context, ...note })),
        userInformation: { ...input.userInformation, roleSelections: [{ ...role, ...note }] }
      }
      expect(Result.getOrThrow(A_ASSOCIATE.request(given))).toStrictEqual({
        ...request,
        userInformation: { ...request.userInformation, roleSelections: [role] }
      })
    })

    it.each(Object.keys(changes))("is what the schema makes of one with %s", (name) => {
      expectSchemas(changed(input, [name]))
    })

    it.prop(
      "is what the schema makes of it, whatever was done to it",
      [A_ASSOCIATE.Request, Schema.Array(Schema.Literals(Object.keys(changes)))],
      ([{ callingAETitle, calledAETitle, presentationContexts, userInformation }, names]) => {
        expectSchemas(changed({ callingAETitle, calledAETitle, presentationContexts, userInformation }, names))
      }
    )

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

    it.prop(
      "to an indication has what the schema makes of its user information, whatever was done to it",
      [A_ASSOCIATE.Request, Schema.Array(Schema.Literals(Object.keys(changes)))],
      ([value, names]) => {
        const { userInformation } = changed(value, names)
        const indication = Result.getOrThrow(A_ASSOCIATE_PDU.acceptable(rq))
        const made = A_ASSOCIATE.acceptIndication(indication, { presentationContextResults: [], userInformation })
        const asked = Schema.decodeUnknownResult(UserInformation.OfResponse)({ ...listsOf, ...userInformation })
        expect(Result.getOrUndefined(made)?.userInformation).toStrictEqual(Result.getOrUndefined(asked))
        expect(Result.isFailure(made) && made.failure.message).toBe(Result.isFailure(asked) && asked.failure.message)
      }
    )

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
