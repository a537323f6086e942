import * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import * as PresentationContextItem from "@effect-dicom/protocol/PresentationContextItem"
import { describe, expect, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

describe("PresentationContextItem", () => {
  it.prop("gives the proposal back", [PresentationContext.Proposed], ([proposed]) => {
    expect(PresentationContextItem.fromItemRQ(PresentationContextItem.toItemRQ(proposed))).toEqual(proposed)
  })

  it.prop(
    "gives the answer back; a refusal has a transfer syntax, which says nothing",
    [PresentationContext.Answer],
    ([answer]) => {
      const received = PresentationContextItem.fromItemAC(PresentationContextItem.toItemAC(answer))
      expect(received).toEqual({ ...answer, transferSyntax: answer.transferSyntax ?? "1.2.840.10008.1.2" })
    }
  )

  it("has no proposal without an abstract syntax, and cannot be made without one", () => {
    const item: PresentationContextItem.ItemRQ = {
      _tag: "Presentation Context Item (A-ASSOCIATE-RQ)",
      id: 1,
      subItems: []
    }
    expect(PresentationContextItem.fromItemRQ(item)).toBe(undefined)
    const result = Schema.decodeUnknownResult(PresentationContextItem.ItemRQ)(item)
    expect(Result.isFailure(result) && result.failure.message).toBe(
      "presentation context 1 has no abstract syntax; permitted: one"
    )
  })

  it("does not hold more than two bytes of length can say", () => {
    const name = "1.".padEnd(40000, "2")
    const result = Schema.decodeUnknownResult(PresentationContextItem.ItemAC)({
      _tag: "Presentation Context Item (A-ASSOCIATE-AC)",
      id: 1,
      result: "acceptance",
      subItems: [
        { _tag: "Transfer Syntax Sub-Item", transferSyntaxName: name },
        { _tag: "Transfer Syntax Sub-Item", transferSyntaxName: name }
      ]
    })
    expect(Result.isFailure(result) && result.failure.message).toBe(
      "Presentation Context Item (A-ASSOCIATE-AC) has length 80012; permitted: at most 65535"
    )
  })

  it("refuses as unknown a sub-item whose type is known", () => {
    const result = Schema.decodeUnknownResult(PresentationContextItem.ItemAC)({
      _tag: "Presentation Context Item (A-ASSOCIATE-AC)",
      id: 1,
      result: "acceptance",
      subItems: [{ _tag: "Unknown", itemType: 0x40, data: new Uint8Array(0) }]
    })
    expect(Result.isFailure(result) && result.failure.message).toContain("40H is not an unknown item type here")
  })
})
