import * as Uid from "@effect-dicom/data/Uid"

import * as C_GET from "@effect-dicom/protocol/C_GET"
import * as Command from "@effect-dicom/protocol/Command"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { getPending, getRQ, getRSP } from "./fixtures/commandSets.ts"
import { done, suboperations } from "./suboperations.ts"

const request = C_GET.request({
  messageId: 1,
  affectedSopClassUid: Uid.makeUnsafe("1.2.840.10008.5.1.4.1.2.2.3")
})

const pending = C_GET.response(request, Status.pending, { numberOfRemainingSuboperations: 0, ...done })
const final = C_GET.response(request, Status.success, done)

describe("C_GET", () => {
  it("makes the messages that DCMTK makes", () => {
    assert.deepStrictEqual(Command.encode(request), getRQ)
    assert.deepStrictEqual(Command.encode(pending), getPending)
    assert.deepStrictEqual(Command.encode(final), getRSP)
  })

  it("reads the messages that DCMTK makes", () => {
    const decoded = [getRQ, getPending, getRSP].map((bytes) => Result.getOrThrow(Command.decode(bytes)))
    assert.deepStrictEqual(decoded, [request, pending, final])
  })

  suboperations("C-GET", C_GET.Message, request, (status, more) => C_GET.response(request, status, more))
})
