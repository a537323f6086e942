/**
 * Who is told of a Unified Procedure Step (PS3.4 section CC.2.3): Table CC.2.3-2 as printed, and the step that it says.
 *
 * @since 0.1.0
 */
import type { DataSet } from "@effect-dicom/data/DataSet"
import type { Uid } from "@effect-dicom/data/Uid"

/**
 * The states of an application entity's subscription to a step.
 *
 * @category models
 * @since 0.1.0
 */
export type State = "Not Subscribed" | "Subscribed with Lock" | "Subscribed w/o Lock"

/**
 * The states of an application entity's subscription to all steps.
 *
 * @category models
 * @since 0.1.0
 */
export type GlobalState = "No Global Subscription" | "Global Subscription with Lock" | "Global Subscription w/o Lock"

/**
 * A subscription as it is kept: an application entity's to all steps, or to those that match keys, or to one of them.
 *
 * @category models
 * @since 0.1.0
 */
export type Subscription =
  | {
      readonly _tag: "global"
      readonly receivingAE: string
      readonly state: GlobalState
      /** Which steps a filtered subscription is to; absent for all. */
      readonly keys?: DataSet
    }
  | { readonly _tag: "step"; readonly receivingAE: string; readonly sopInstanceUid: Uid; readonly state: State }

/**
 * A cell of the table: the state that is gone to, if another, and whether the initial event is sent. Nothing where the
 * event cannot happen.
 *
 * @category models
 * @since 0.1.0
 */
export type Cell = { readonly goTo?: State; readonly sendInitialEvent?: true } | undefined

type Row = readonly [none: Cell, notSubscribed: Cell, withLock: Cell, withoutLock: Cell]

const na = undefined
const same: Cell = {}
const initial: Cell = { sendInitialEvent: true }
const goTo = (state: State): Cell => ({ goTo: state })
const goToInitial = (state: State): Cell => ({ goTo: state, sendInitialEvent: true })

/**
 * The table (PS3.4 Table CC.2.3-2): the events by row; the columns are no instance, Not Subscribed, Subscribed with Lock
 * and Subscribed w/o Lock.
 *
 * @category tables
 * @since 0.1.0
 */
// oxfmt-ignore
export const table = {
  'A UPS is Created when the AE Global Subscription State is "No Global Subscription"':
    [goTo("Not Subscribed"), na, na, na],
  'A UPS is Created when the AE Global Subscription State is "Global Subscription with Lock"':
    [goToInitial("Subscribed with Lock"), na, na, na],
  'A UPS is Created when the AE Global Subscription State is "Global Subscription w/o Lock"':
    [goToInitial("Subscribed w/o Lock"), na, na, na],
  "AE Subscribes Globally with Lock":
    [na, goToInitial("Subscribed with Lock"), same, same],
  "AE Subscribes Globally w/o Lock":
    [na, goTo("Subscribed w/o Lock"), same, same],
  "AE Subscribes to Specific UPS with Lock":
    [na, goToInitial("Subscribed with Lock"), initial, goToInitial("Subscribed with Lock")],
  "AE Subscribes to Specific UPS without Lock":
    [na, goToInitial("Subscribed w/o Lock"), goToInitial("Subscribed w/o Lock"), initial],
  "AE Unsubscribes from Specific UPS":
    [na, same, goTo("Not Subscribed"), goTo("Not Subscribed")],
  "AE Unsubscribes Globally":
    [na, same, goTo("Not Subscribed"), goTo("Not Subscribed")],
  "AE Suspends Global Subscription":
    [na, same, same, same]
} as const satisfies { readonly [event: string]: Row }

/**
 * The events, named by the rows of the table.
 *
 * @category models
 * @since 0.1.0
 */
export type Event = keyof typeof table

/**
 * The global state that an event leads to, as the cells of its row say it; the others change none.
 *
 * @category tables
 * @since 0.1.0
 */
export const globalStates: { readonly [E in Event]?: GlobalState } = {
  "AE Subscribes Globally with Lock": "Global Subscription with Lock",
  "AE Subscribes Globally w/o Lock": "Global Subscription w/o Lock",
  "AE Unsubscribes Globally": "No Global Subscription",
  "AE Suspends Global Subscription": "No Global Subscription"
}

const columns = [
  "Not Subscribed",
  "Subscribed with Lock",
  "Subscribed w/o Lock"
] as const satisfies ReadonlyArray<State>

/**
 * What an event leads to for a step, or where there is none yet: the state, and whether the initial event is sent. An
 * event that cannot happen changes nothing.
 *
 * @category transitions
 * @since 0.1.0
 */
export const step = (
  state: State | undefined,
  event: Event
): { readonly state: State; readonly sendInitialEvent: boolean } => {
  const row: Row = table[event]
  const cell = row[state === undefined ? 0 : columns.indexOf(state) + 1]
  return {
    state: cell?.goTo ?? state ?? "Not Subscribed",
    sendInitialEvent: cell?.sendInitialEvent ?? false
  }
}
