import * as Uid from "@effect-dicom/data/Uid"
import { assert, describe, it } from "@effect/vitest"
import { UnifiedProcedureStepState } from "../src/index.ts"

const { requestToChange, step, table } = UnifiedProcedureStepState

/**
 * PS3.4 Table CC.1.1-2, transcribed: the columns are null, SCHEDULED, IN PROGRESS, COMPLETED, CANCELED. A state stands for
 * the change to it, "?" before it for the final state requirements, "report" for a report only.
 */
const printed = `
N-CREATE received for this SOP Instance UID                            | SCHEDULED | 0111        | 0111             | 0111  | 0111
N-ACTION to Change State to IN PROGRESS with correct transaction UID    | C307      | IN PROGRESS | C302             | C300  | C300
N-ACTION to Change State to IN PROGRESS without correct transaction UID | C307      | C301        | C301             | C301  | C301
N-ACTION to Change State to SCHEDULED                                   | C307      | C303        | C303             | C303  | C303
N-ACTION to Change State to COMPLETED, with correct transaction UID     | C307      | C310        | ?COMPLETED, C304 | B306  | C300
N-ACTION to Change State to COMPLETED, without correct transaction UID  | C307      | C301        | C301             | C301  | C301
N-ACTION to Request Cancel                                              | C307      | CANCELED    | report           | C311  | B304
N-ACTION to Change State to CANCELED, with correct transaction UID      | C307      | C310        | ?CANCELED, C304  | C300  | B304
N-ACTION to Change State to CANCELED, without correct transaction UID   | C307      | C301        | C301             | C301  | C301`

const hex = (code: number): string => code.toString(16).toUpperCase().padStart(4, "0")

const shown = (cell: UnifiedProcedureStepState.Cell): string => {
  if (cell._tag === "error" || cell._tag === "warning") return hex(cell.code)
  const change = cell.actions.find((action) => action.startsWith("Change State to "))?.slice("Change State to ".length)
  return cell._tag === "if final" ? `?${change}, ${hex(cell.otherwise)}` : (change ?? "report")
}

describe("UnifiedProcedureStepState", () => {
  it("the table is PS3.4 Table CC.1.1-2", () => {
    const rows = printed
      .trim()
      .split("\n")
      .map((line) => line.split("|").map((cell) => cell.trim()))
    assert.deepStrictEqual(
      Object.entries(table).map(([event, cells]) => [event, ...cells.map(shown)]),
      rows
    )
  })

  it("warnings are B304 and B306, and all else that is refused is an error", () => {
    for (const cells of Object.values(table)) {
      for (const cell of cells) {
        if (cell._tag === "warning") assert.include([0xb304, 0xb306], cell.code)
        if (cell._tag === "error") assert.isTrue(cell.code === 0x0111 || cell.code >= 0xc300)
      }
    }
  })

  it("a step is claimed by any transaction UID, and from then on only this one is correct", () => {
    const [mine, other] = [Uid.makeUnsafe("2.25.1"), Uid.makeUnsafe("2.25.2")]
    assert.deepStrictEqual(step("SCHEDULED", requestToChange("IN PROGRESS", mine, undefined), false), {
      _tag: "actions",
      actions: ["Report state change", "Record transaction UID", "Change State to IN PROGRESS"],
      state: "IN PROGRESS"
    })
    assert.deepStrictEqual(step("IN PROGRESS", requestToChange("IN PROGRESS", other, mine), false), {
      _tag: "error",
      code: 0xc301,
      state: "IN PROGRESS"
    })
    assert.deepStrictEqual(step("IN PROGRESS", requestToChange("COMPLETED", other, mine), true), {
      _tag: "error",
      code: 0xc301,
      state: "IN PROGRESS"
    })
  })

  it("a final state is reached only if its requirements are met", () => {
    const complete = "N-ACTION to Change State to COMPLETED, with correct transaction UID"
    assert.deepStrictEqual(step("IN PROGRESS", complete, false), {
      _tag: "error",
      code: 0xc304,
      state: "IN PROGRESS"
    })
    assert.strictEqual(step("IN PROGRESS", complete, true).state, "COMPLETED")
  })

  it("a scheduled step that is asked to be canceled passes through IN PROGRESS", () => {
    assert.deepStrictEqual(step("SCHEDULED", "N-ACTION to Request Cancel", false), {
      _tag: "actions",
      actions: ["Report state change to IN PROGRESS", "Report state change to CANCELED", "Change State to CANCELED"],
      state: "CANCELED"
    })
  })

  it("an event that the table does not have does not compile", () => {
    const notRun = () => {
      // @ts-expect-error: the table has no such row
      step("SCHEDULED", "N-ACTION to Change State to DONE", true)
      // @ts-expect-error: there is no such state
      step("DONE", "N-ACTION to Request Cancel", true)
    }
    assert.isFunction(notRun)
  })
})
