import * as ExtendedNegotiation from "@effect-dicom/protocol/ExtendedNegotiation"
import { describe, expect, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

describe("ExtendedNegotiation", () => {
  it.prop("comes back from its sub-item", [ExtendedNegotiation.SopClassExtendedNegotiation], ([negotiation]) => {
    expect(ExtendedNegotiation.fromSubItem(ExtendedNegotiation.toSubItem(negotiation))).toEqual(negotiation)
  })

  it.prop(
    "comes back from its sub-item when it is a common one, of version 0 with nothing reserved",
    [ExtendedNegotiation.SopClassCommonExtendedNegotiation],
    ([negotiation]) => {
      const subItem = ExtendedNegotiation.toCommonSubItem(negotiation)
      expect([subItem.subItemVersion, subItem.reserved.length]).toStrictEqual([0, 0])
      expect(ExtendedNegotiation.fromCommonSubItem(subItem)).toEqual(negotiation)
    }
  )

  it("does not fit an item when it is too long", () => {
    const result = Schema.decodeUnknownResult(ExtendedNegotiation.SubItem)({
      _tag: "SOP Class Extended Negotiation Sub-Item",
      sopClassUid: "1.2",
      serviceClassApplicationInformation: new Uint8Array(65535)
    })
    expect(Result.isFailure(result) && result.failure.message).toBe(
      "SOP Class Extended Negotiation Sub-Item has length 65540; permitted: at most 65535"
    )
  })
})
