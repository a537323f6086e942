import { assert, describe, it } from "@effect/vitest"
import { UnifiedProcedureStepSubscription } from "../src/index.ts"

const { globalStates, step, table } = UnifiedProcedureStepSubscription

/**
 * PS3.4 Table CC.2.3-2, transcribed: the columns are null, Not Subscribed, with Lock, w/o Lock. "!" stands for the initial
 * event, "=" for no change.
 */
const printed = `
A UPS is Created when the AE Global Subscription State is "No Global Subscription"        | Not   | N/A    | N/A    | N/A
A UPS is Created when the AE Global Subscription State is "Global Subscription with Lock" | with! | N/A    | N/A    | N/A
A UPS is Created when the AE Global Subscription State is "Global Subscription w/o Lock"  | w/o!  | N/A    | N/A    | N/A
AE Subscribes Globally with Lock           | N/A   | with! | =    | =
AE Subscribes Globally w/o Lock            | N/A   | w/o   | =    | =
AE Subscribes to Specific UPS with Lock    | N/A   | with! | =!   | with!
AE Subscribes to Specific UPS without Lock | N/A   | w/o!  | w/o! | =!
AE Unsubscribes from Specific UPS          | N/A   | =     | Not  | Not
AE Unsubscribes Globally                   | N/A   | =     | Not  | Not
AE Suspends Global Subscription            | N/A   | =     | =    | =`

const short = { "Not Subscribed": "Not", "Subscribed with Lock": "with", "Subscribed w/o Lock": "w/o" } as const

const shown = (cell: UnifiedProcedureStepSubscription.Cell): string =>
  cell === undefined
    ? "N/A"
    : `${cell.goTo === undefined ? "=" : short[cell.goTo]}${cell.sendInitialEvent === true ? "!" : ""}`

describe("UnifiedProcedureStepSubscription", () => {
  it("the table is PS3.4 Table CC.2.3-2", () => {
    const rows = printed
      .trim()
      .split("\n")
      .map((line) => line.split("|").map((cell) => cell.trim()))
    assert.deepStrictEqual(
      Object.entries(table).map(([event, cells]) => [event, ...cells.map(shown)]),
      rows
    )
  })

  it("a lock is given up by subscribing without one", () => {
    assert.deepStrictEqual(step("Subscribed with Lock", "AE Subscribes to Specific UPS without Lock"), {
      state: "Subscribed w/o Lock",
      sendInitialEvent: true
    })
  })

  it("to suspend a global subscription leaves the steps subscribed", () => {
    assert.strictEqual(globalStates["AE Suspends Global Subscription"], "No Global Subscription")
    assert.deepStrictEqual(step("Subscribed w/o Lock", "AE Suspends Global Subscription"), {
      state: "Subscribed w/o Lock",
      sendInitialEvent: false
    })
  })
})
