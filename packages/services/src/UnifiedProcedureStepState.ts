/**
 * The states of a Unified Procedure Step and what changes them (PS3.4 section CC.1.1): Table CC.1.1-2 as printed, and the
 * step that it says. It holds no steps; `UnifiedProcedureStepProvider.ts` does.
 *
 * @since 0.1.0
 */
import type { Uid } from "@effect-dicom/data/Uid"

/**
 * The states (PS3.4 Table CC.1.1-1), as Procedure Step State (0074,1000) has them.
 *
 * @category models
 * @since 0.1.0
 */
export type State = "SCHEDULED" | "IN PROGRESS" | "COMPLETED" | "CANCELED"

/**
 * What a provider does, in the words of the table.
 *
 * @category models
 * @since 0.1.0
 */
export type Action =
  | "Create SOP Instance with empty transaction UID"
  | "Record transaction UID"
  | "Report state change"
  | "Report state change to IN PROGRESS"
  | "Report state change to CANCELED"
  | "Report that an Application Entity requested a cancel"
  | `Change State to ${State}`

/** The codes of the table. */
type Failure = 0x0111 | 0xc300 | 0xc301 | 0xc302 | 0xc303 | 0xc304 | 0xc307 | 0xc310 | 0xc311
type Warning = 0xb304 | 0xb306

/**
 * A cell of the table: an error or a warning with its code, or what is done; of the latter some only if the final state
 * requirements are met (PS3.4 section CC.2.5.1.1), and are an error otherwise.
 *
 * @category models
 * @since 0.1.0
 */
export type Cell =
  | { readonly _tag: "error"; readonly code: Failure }
  | { readonly _tag: "warning"; readonly code: Warning }
  | { readonly _tag: "actions"; readonly actions: ReadonlyArray<Action> }
  | { readonly _tag: "if final"; readonly actions: ReadonlyArray<Action>; readonly otherwise: Failure }

type Row = readonly [none: Cell, scheduled: Cell, inProgress: Cell, completed: Cell, canceled: Cell]

const error = (code: Failure): Cell => ({ _tag: "error", code })
const warning = (code: Warning): Cell => ({ _tag: "warning", code })
const then = (...actions: ReadonlyArray<Action>): Cell => ({ _tag: "actions", actions })
const ifFinal = (otherwise: Failure, ...actions: ReadonlyArray<Action>): Cell => ({
  _tag: "if final",
  actions,
  otherwise
})

const x0111 = error(0x0111)
const xC300 = error(0xc300)
const xC301 = error(0xc301)
const xC302 = error(0xc302)
const xC303 = error(0xc303)
const xC307 = error(0xc307)
const xC310 = error(0xc310)
const xC311 = error(0xc311)

const toInProgress = then("Report state change", "Record transaction UID", "Change State to IN PROGRESS")
const toCompleted = ifFinal(0xc304, "Report state change", "Change State to COMPLETED")
const toCanceled = ifFinal(0xc304, "Report state change", "Change State to CANCELED")
const cancelScheduled = then(
  "Report state change to IN PROGRESS",
  "Report state change to CANCELED",
  "Change State to CANCELED"
)
const passOn = then("Report that an Application Entity requested a cancel")
const create = then("Create SOP Instance with empty transaction UID", "Change State to SCHEDULED")

/**
 * The table (PS3.4 Table CC.1.1-2): the events by row; the columns are no instance, SCHEDULED, IN PROGRESS, COMPLETED and
 * CANCELED.
 *
 * @category tables
 * @since 0.1.0
 */
// oxfmt-ignore
export const table = {
  "N-CREATE received for this SOP Instance UID":
    [create, x0111, x0111, x0111, x0111],
  "N-ACTION to Change State to IN PROGRESS with correct transaction UID":
    [xC307, toInProgress, xC302, xC300, xC300],
  "N-ACTION to Change State to IN PROGRESS without correct transaction UID":
    [xC307, xC301, xC301, xC301, xC301],
  "N-ACTION to Change State to SCHEDULED":
    [xC307, xC303, xC303, xC303, xC303],
  "N-ACTION to Change State to COMPLETED, with correct transaction UID":
    [xC307, xC310, toCompleted, warning(0xb306), xC300],
  "N-ACTION to Change State to COMPLETED, without correct transaction UID":
    [xC307, xC301, xC301, xC301, xC301],
  "N-ACTION to Request Cancel":
    [xC307, cancelScheduled, passOn, xC311, warning(0xb304)],
  "N-ACTION to Change State to CANCELED, with correct transaction UID":
    [xC307, xC310, toCanceled, xC300, warning(0xb304)],
  "N-ACTION to Change State to CANCELED, without correct transaction UID":
    [xC307, xC301, xC301, xC301, xC301]
} as const satisfies { readonly [event: string]: Row }

/**
 * The events, named by the rows of the table.
 *
 * @category models
 * @since 0.1.0
 */
export type Event = keyof typeof table

const columns = ["SCHEDULED", "IN PROGRESS", "COMPLETED", "CANCELED"] as const satisfies ReadonlyArray<State>

/**
 * What an event leads to: the state after it, and an error, a warning, or what is to be done.
 *
 * @category models
 * @since 0.1.0
 */
export type Step =
  | { readonly _tag: "error"; readonly code: Failure; readonly state: State | undefined }
  | { readonly _tag: "warning"; readonly code: Warning; readonly state: State | undefined }
  | { readonly _tag: "actions"; readonly actions: ReadonlyArray<Action>; readonly state: State | undefined }

/**
 * What an event leads to in a state, or where there is no instance.
 *
 * **Example**
 *
 * ```ts
 * import { UnifiedProcedureStepState } from "@effect-dicom/services"
 *
 * UnifiedProcedureStepState.step("COMPLETED", "N-ACTION to Request Cancel", true)
 * // { _tag: "error", code: 0xc311, state: "COMPLETED" }
 * ```
 *
 * @category transitions
 * @since 0.1.0
 */
export const step = (state: State | undefined, event: Event, finalStateRequirementsMet: boolean): Step => {
  const row: Row = table[event]
  const cell = row[state === undefined ? 0 : columns.indexOf(state) + 1] ?? row[0]
  if (cell._tag === "error" || cell._tag === "warning") return { ...cell, state }
  if (cell._tag === "if final" && !finalStateRequirementsMet) return { _tag: "error", code: cell.otherwise, state }
  return {
    _tag: "actions",
    actions: cell.actions,
    state: columns.find((to) => cell.actions.includes(`Change State to ${to}`)) ?? state
  }
}

/**
 * The event that a request to change the state is. Any transaction UID is the correct one of a step that has none yet.
 *
 * @category conversions
 * @since 0.1.0
 */
export const requestToChange = (to: State, given: Uid, recorded: Uid | undefined): Event => {
  const correct = recorded === undefined || given === recorded
  switch (to) {
    case "SCHEDULED":
      return "N-ACTION to Change State to SCHEDULED"
    case "IN PROGRESS":
      return correct
        ? "N-ACTION to Change State to IN PROGRESS with correct transaction UID"
        : "N-ACTION to Change State to IN PROGRESS without correct transaction UID"
    case "COMPLETED":
      return correct
        ? "N-ACTION to Change State to COMPLETED, with correct transaction UID"
        : "N-ACTION to Change State to COMPLETED, without correct transaction UID"
    case "CANCELED":
      return correct
        ? "N-ACTION to Change State to CANCELED, with correct transaction UID"
        : "N-ACTION to Change State to CANCELED, without correct transaction UID"
  }
}
