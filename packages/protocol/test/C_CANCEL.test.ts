import * as C_CANCEL from "@effect-dicom/protocol/C_CANCEL"
import * as Command from "@effect-dicom/protocol/Command"
import * as CommandSet from "@effect-dicom/protocol/CommandSet"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"

describe("C_CANCEL", () => {
  it("has the Message ID of the operation that it cancels, and no data set (PS3.7 Table 9.3-5)", () => {
    const cancel = C_CANCEL.request({ messageIdBeingRespondedTo: 0x0203 })
    const bytes = Command.encode(cancel)
    assert.deepStrictEqual(Result.getOrThrow(CommandSet.decode(bytes)), [
      { tag: 0x0100, value: Uint8Array.of(0xff, 0x0f) },
      { tag: 0x0120, value: Uint8Array.of(0x03, 0x02) },
      { tag: 0x0800, value: Uint8Array.of(0x01, 0x01) }
    ])
    assert.deepStrictEqual(Command.decode(bytes), Result.succeed<Command.Command>(cancel))
  })
})
