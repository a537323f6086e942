import * as A_ASSOCIATE from "@effect-dicom/protocol/A_ASSOCIATE"
import * as A_ASSOCIATE_PDU from "@effect-dicom/protocol/A_ASSOCIATE_PDU"
import * as Rejection from "@effect-dicom/protocol/Rejection"
import { describe, expect, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

const user = "DICOM UL service-user"
const acse = "DICOM UL service-provider (ACSE related function)"
const presentation = "DICOM UL service-provider (Presentation related function)"

describe("Rejection", () => {
  // PS3.8 Table 9-21
  it.each([
    [{ result: "rejected-permanent", source: user, diagnostic: "no-reason-given" }, [1, 1, 1]],
    [{ result: "rejected-permanent", source: user, diagnostic: "application-context-name-not-supported" }, [1, 1, 2]],
    [{ result: "rejected-permanent", source: user, diagnostic: "calling-AE-title-not-recognized" }, [1, 1, 3]],
    [{ result: "rejected-permanent", source: user, diagnostic: "called-AE-title-not-recognized" }, [1, 1, 7]],
    [{ result: "rejected-permanent", source: acse, diagnostic: "no-reason-given" }, [1, 2, 1]],
    [{ result: "rejected-permanent", source: acse, diagnostic: "protocol-version-not-supported" }, [1, 2, 2]],
    [{ result: "rejected-transient", source: presentation, diagnostic: "temporary-congestion" }, [2, 3, 1]],
    [{ result: "rejected-transient", source: presentation, diagnostic: "local-limit-exceeded" }, [2, 3, 2]]
  ] as const)("writes and reads %j as %j", (rejection, bytes) => {
    expect(Rejection.toBytes(rejection)).toStrictEqual(bytes)
    expect(Rejection.fromBytes(bytes[0], bytes[1], bytes[2])).toStrictEqual(rejection)
    expect(Result.isSuccess(A_ASSOCIATE.reject(rejection))).toBe(true)
  })

  it("keeps any three bytes, and has a value of the schema for them", () => {
    const isRJ = Schema.is(A_ASSOCIATE_PDU.RJ)
    for (const result of [0, 1, 2, 3, 255]) {
      for (const source of [0, 1, 2, 3, 4, 7, 255]) {
        for (let reason = 0; reason < 256; reason++) {
          const rejection = Rejection.fromBytes(result, source, reason)
          expect(Rejection.toBytes(rejection)).toStrictEqual([result, source, reason])
          expect(isRJ({ _tag: "A-ASSOCIATE-RJ", ...rejection })).toBe(true)
        }
      }
    }
    expect(Rejection.fromBytes(1, 7, 9)).toStrictEqual({
      result: "rejected-permanent",
      source: { unknown: 7 },
      diagnostic: { unknown: 9 }
    })
  })

  it("does not compile with a source and another source's reason", () => {
    // @ts-expect-error a reason of the presentation related function
    const result = A_ASSOCIATE.reject({
      result: "rejected-permanent",
      source: user,
      diagnostic: "local-limit-exceeded"
    })
    expect(Result.isFailure(result) && result.failure.message).toBe(
      'A-ASSOCIATE diagnostic is "local-limit-exceeded"; permitted with source "DICOM UL service-user": ' +
        '"no-reason-given", "application-context-name-not-supported", "calling-AE-title-not-recognized", ' +
        '"called-AE-title-not-recognized"\n  at ["diagnostic"]'
    )
  })

  it("refuses an unknown code that is known for its source", () => {
    expect(
      Schema.is(A_ASSOCIATE_PDU.RJ)({
        _tag: "A-ASSOCIATE-RJ",
        result: "rejected-permanent",
        source: user,
        diagnostic: { unknown: 3 }
      })
    ).toBe(false)
  })
})
