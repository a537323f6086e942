import * as InvalidPdu from "@effect-dicom/protocol/InvalidPdu"
import { describe, expect, it } from "@effect/vitest"

describe("InvalidPdu", () => {
  it("is the event of the last row of PS3.8 Table 9-10, and says why", () => {
    expect(InvalidPdu.make("unrecognized-PDU", "PDU type is 09H")).toStrictEqual({
      _tag: "Unrecognized or invalid PDU",
      reason: "unrecognized-PDU",
      detail: "PDU type is 09H"
    })
  })

  it("takes only a reason that an A-ABORT can give", () => {
    // @ts-expect-error no such reason
    expect(InvalidPdu.make("tired", "").detail).toBe("")
  })
})
