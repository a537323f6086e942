import * as Uid from "@effect-dicom/data/Uid"
import * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import * as PresentationContextItem from "@effect-dicom/protocol/PresentationContextItem"
import * as PresentationContextNegotiation from "@effect-dicom/protocol/PresentationContextNegotiation"
import { describe, expect, it } from "@effect/vitest"
import * as Schema from "effect/Schema"

const uid = Uid.makeUnsafe
const verification = uid("1.2.840.10008.1.1")
const ct = uid("1.2.840.10008.5.1.4.1.1.2")
const mr = uid("1.2.840.10008.5.1.4.1.1.4")
const implicit = uid("1.2.840.10008.1.2")
const explicit = uid("1.2.840.10008.1.2.1")
const jpeg = uid("1.2.840.10008.1.2.4.50")

const propose = (
  id: number,
  abstractSyntax: Uid.Uid,
  ...transferSyntaxes: ReadonlyArray<Uid.Uid>
): PresentationContext.Proposed => ({ id: PresentationContext.Id.make(id), abstractSyntax, transferSyntaxes })

const answer = (
  id: number,
  result: PresentationContext.ResultReason,
  transferSyntax?: Uid.Uid
): PresentationContext.ReceivedAnswer => ({
  id: PresentationContext.Id.make(id),
  result,
  ...(transferSyntax !== undefined && { transferSyntax })
})

describe("PresentationContextNegotiation", () => {
  describe("negotiate", () => {
    it("answers each context with the acceptor's preferred transfer syntax", () => {
      const negotiated = PresentationContextNegotiation.negotiate(
        [propose(1, verification, implicit), propose(3, ct, implicit, explicit, jpeg)],
        [
          { abstractSyntax: verification, transferSyntaxes: [explicit, implicit] },
          { abstractSyntax: ct, transferSyntaxes: [jpeg, explicit, implicit] }
        ]
      )
      expect(negotiated).toStrictEqual({
        answers: [answer(1, "acceptance", implicit), answer(3, "acceptance", jpeg)],
        roleSelections: [],
        accepted: [
          {
            id: 1,
            abstractSyntax: verification,
            transferSyntax: implicit,
            requestorRole: { scu: true, scp: false }
          },
          { id: 3, abstractSyntax: ct, transferSyntax: jpeg, requestorRole: { scu: true, scp: false } }
        ]
      })
    })

    it("takes the requestor's first choice where that is preferred", () => {
      const { accepted } = PresentationContextNegotiation.negotiate(
        [propose(1, ct, explicit, implicit, jpeg)],
        [{ abstractSyntax: ct, transferSyntaxes: [jpeg, implicit, explicit] }],
        { preference: "requestor" }
      )
      expect(accepted.map((context) => context.transferSyntax)).toStrictEqual([explicit])
    })

    it("refuses what is not supported with the provider's reasons", () => {
      const { accepted, answers } = PresentationContextNegotiation.negotiate(
        [propose(1, mr, implicit), propose(3, ct, jpeg), propose(5, ct)],
        [{ abstractSyntax: ct, transferSyntaxes: [implicit] }]
      )
      expect(accepted).toStrictEqual([])
      expect(answers).toStrictEqual([
        answer(1, "abstract-syntax-not-supported"),
        answer(3, "transfer-syntaxes-not-supported"),
        answer(5, "transfer-syntaxes-not-supported")
      ])
    })

    const role = (sopClassUid: Uid.Uid, scuRole: boolean, scpRole: boolean) => ({ sopClassUid, scuRole, scpRole })

    // PS3.7 section D.3.3.4 and Table D.3-9
    it.each([
      ["both proposed and allowed", [true, true], [true, true], [true, true]],
      ["SCP proposed and allowed", [false, true], [true, true], [false, true]],
      ["both proposed, SCU allowed", [true, true], [true, false], [true, false]],
      ["both proposed, SCP allowed", [true, true], [false, true], [false, true]]
    ] as const)("agrees on roles: %s", (_, proposed, allowed, agreed) => {
      const negotiated = PresentationContextNegotiation.negotiate(
        [propose(1, ct, implicit)],
        [{ abstractSyntax: ct, transferSyntaxes: [implicit], requestorRole: { scu: allowed[0], scp: allowed[1] } }],
        { roleSelections: [role(ct, proposed[0], proposed[1])] }
      )
      expect(negotiated.roleSelections).toStrictEqual([role(ct, agreed[0], agreed[1])])
      expect(negotiated.accepted.map((context) => context.requestorRole)).toStrictEqual([
        { scu: agreed[0], scp: agreed[1] }
      ])
    })

    it("rejects as the user a context of which no role is left", () => {
      const negotiated = PresentationContextNegotiation.negotiate(
        [propose(1, ct, implicit)],
        [{ abstractSyntax: ct, transferSyntaxes: [implicit] }],
        { roleSelections: [role(ct, false, true)] }
      )
      expect(negotiated.answers).toStrictEqual([answer(1, "user-rejection")])
      expect(negotiated.roleSelections).toStrictEqual([role(ct, false, false)])
    })

    it("rejects a requestor that did not ask for the only role it may have", () => {
      const { accepted, answers } = PresentationContextNegotiation.negotiate(
        [propose(1, ct, implicit)],
        [{ abstractSyntax: ct, transferSyntaxes: [implicit], requestorRole: { scu: false, scp: true } }]
      )
      expect(answers).toStrictEqual([answer(1, "user-rejection")])
      expect(accepted).toStrictEqual([])
    })

    it("does not answer a role for a SOP class it does not support", () => {
      const { roleSelections } = PresentationContextNegotiation.negotiate([propose(1, mr, implicit)], [], {
        roleSelections: [role(mr, true, true)]
      })
      expect(roleSelections).toStrictEqual([])
    })
  })

  describe("accepted", () => {
    const proposed = [propose(1, ct, explicit, implicit), propose(3, mr, implicit)]

    it("gives what may be used and what was refused", () => {
      const answers = [answer(3, "user-rejection", implicit), answer(1, "acceptance", explicit)]
      expect(PresentationContextNegotiation.accepted(proposed, answers)).toStrictEqual({
        accepted: [{ id: 1, abstractSyntax: ct, transferSyntax: explicit, requestorRole: { scu: true, scp: false } }],
        refused: [{ id: 3, abstractSyntax: mr, result: "user-rejection" }],
        oddities: []
      })
    })

    it.each([
      [
        "an id that was not proposed",
        [answer(1, "acceptance", implicit), answer(3, "acceptance", implicit), answer(7, "acceptance", implicit)],
        [{ _tag: "Unknown id", id: 7 }],
        [1, 3]
      ],
      [
        "a second answer",
        [answer(1, "acceptance", implicit), answer(3, "acceptance", implicit), answer(1, "no-reason", implicit)],
        [{ _tag: "Repeated answer", id: 1 }],
        [1, 3]
      ],
      ["a missing answer", [answer(3, "acceptance", implicit)], [{ _tag: "Missing answer", id: 1 }], [3]],
      [
        "a transfer syntax that was not proposed",
        [answer(1, "acceptance", jpeg), answer(3, "acceptance", implicit)],
        [{ _tag: "Unproposed transfer syntax", id: 1, transferSyntax: jpeg }],
        [3]
      ],
      [
        "an acceptance without a transfer syntax",
        [answer(1, "acceptance"), answer(3, "acceptance", implicit)],
        [{ _tag: "Acceptance without transfer syntax", id: 1 }],
        [3]
      ],
      [
        "a refusal without a transfer syntax",
        [answer(1, "abstract-syntax-not-supported"), answer(3, "acceptance", implicit)],
        [{ _tag: "Refusal without transfer syntax", id: 1 }],
        [3]
      ],
      [
        "a result without a name",
        [answer(1, { unknown: 9 }, implicit), answer(3, "acceptance", implicit)],
        [{ _tag: "Unknown result", id: 1, result: 9 }],
        [3]
      ]
    ] as const)("finds %s", (_, answers, oddities, usable) => {
      const reading = PresentationContextNegotiation.accepted(proposed, answers)
      expect(reading.oddities).toStrictEqual(oddities)
      expect(reading.accepted.map((context) => context.id)).toStrictEqual(usable)
    })

    it("counts a role that was proposed and answered, and no other", () => {
      const answers = [answer(1, "acceptance", explicit), answer(3, "acceptance", implicit)]
      const both = { scuRole: true, scpRole: true }
      const reading = PresentationContextNegotiation.accepted(proposed, answers, {
        proposed: [{ sopClassUid: ct, scuRole: false, scpRole: true }],
        answered: [
          { sopClassUid: ct, ...both },
          { sopClassUid: mr, ...both }
        ]
      })
      expect(reading.accepted.map((context) => context.requestorRole)).toStrictEqual([
        { scu: false, scp: true },
        { scu: true, scp: false }
      ])
      expect(reading.oddities).toStrictEqual([
        { _tag: "Unproposed role", sopClassUid: ct },
        { _tag: "Unproposed role", sopClassUid: mr }
      ])
    })

    it("falls back to the default roles where a proposed role is not answered", () => {
      const reading = PresentationContextNegotiation.accepted(proposed, [answer(1, "acceptance", explicit)], {
        proposed: [{ sopClassUid: ct, scuRole: true, scpRole: true }]
      })
      expect(reading.accepted.map((context) => context.requestorRole)).toStrictEqual([{ scu: true, scp: false }])
    })
  })

  it.prop(
    "has both sides agree on the same contexts",
    [PresentationContext.DefinitionList, Schema.Array(Schema.Boolean), Schema.Boolean],
    ([proposed, choices, reversed]) => {
      const supported = proposed
        .filter((_, i) => choices[i] ?? true)
        .map((context) => ({
          abstractSyntax: context.abstractSyntax,
          transferSyntaxes: reversed ? context.transferSyntaxes.toReversed() : context.transferSyntaxes
        }))
      const negotiated = PresentationContextNegotiation.negotiate(proposed, supported)
      const reading = PresentationContextNegotiation.accepted(
        proposed,
        negotiated.answers.map((each) => PresentationContextItem.fromItemAC(PresentationContextItem.toItemAC(each)))
      )
      expect(reading.accepted).toEqual(negotiated.accepted)
      expect(reading.oddities).toStrictEqual([])
      expect(negotiated.answers.map((each) => each.id)).toEqual(proposed.map((context) => context.id))
      expect(Schema.is(PresentationContext.ResultList)(negotiated.answers)).toBe(true)
    }
  )
})
