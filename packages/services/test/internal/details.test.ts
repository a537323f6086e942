import * as SopClass from "@effect-dicom/data/SopClass"
import * as C_FIND from "@effect-dicom/protocol/C_FIND"
import * as C_GET from "@effect-dicom/protocol/C_GET"
import * as Command from "@effect-dicom/protocol/Command"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import { detailed, details } from "../../src/internal/details.ts"

const common = { messageId: 1, priority: "MEDIUM" } as const
const find = C_FIND.request({ ...common, affectedSopClassUid: SopClass.StudyRootQueryRetrieveInformationModelFind })
const get = C_GET.request({ ...common, affectedSopClassUid: SopClass.StudyRootQueryRetrieveInformationModelGet })

describe("what a response says of its status", () => {
  it("has a comment of the characters that it may have, and no more of them", () => {
    const said = (errorComment: string) =>
      details(detailed(Command.respond(find, Status.cancel), { errorComment })).errorComment
    assert.deepStrictEqual(
      ["two\r\nlines", " C:\\archive ", "M\u00fcller, \u60a3\u8005", "x".repeat(63) + " y", "\u0000"].map(said),
      ["two lines", "C:/archive", "M\u00fcller, ??", "x".repeat(63), undefined]
    )
  })

  it("counts sub-operations up to 65,535", () => {
    const subOperations = { remaining: 65_536, completed: 65_535, failed: 100_000, warning: 0 }
    assert.deepStrictEqual(details(detailed(Command.respond(get, Status.pending), { subOperations })).subOperations, {
      remaining: 65_535,
      completed: 65_535,
      failed: 65_535,
      warning: 0
    })
  })
})
