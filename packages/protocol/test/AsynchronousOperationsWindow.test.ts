import * as AsynchronousOperationsWindow from "@effect-dicom/protocol/AsynchronousOperationsWindow"
import { describe, expect, it } from "@effect/vitest"
import * as Schema from "effect/Schema"

const is = Schema.is(AsynchronousOperationsWindow.AsynchronousOperationsWindow)

describe("AsynchronousOperationsWindow", () => {
  it("takes 0, which is no limit, up to what two bytes can say", () => {
    expect(is({ maximumInvoked: 0, maximumPerformed: 0 })).toBe(true)
    expect(is({ maximumInvoked: 65535, maximumPerformed: 1 })).toBe(true)
    expect(is({ maximumInvoked: 65536, maximumPerformed: 1 })).toBe(false)
    expect(is({ maximumInvoked: 1, maximumPerformed: -1 })).toBe(false)
  })
})
