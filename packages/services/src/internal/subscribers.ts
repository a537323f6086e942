/** The subscriptions of application entities to Unified Procedure Steps, as the table of subscriptions moves them. */
import type { DataSet } from "@effect-dicom/data/DataSet"
import * as IdentifierMatching from "@effect-dicom/data/IdentifierMatching"
import type { Uid } from "@effect-dicom/data/Uid"
import * as Subscription from "../UnifiedProcedureStepSubscription.ts"

interface Subscriber {
  readonly ae: string
  global: Subscription.GlobalState
  /** Which steps a filtered global subscription is of; all without one. */
  keys: DataSet | undefined
  matcher: IdentifierMatching.Matcher | undefined
  readonly steps: Map<Uid, Subscription.State>
}

export interface Subscribers {
  /** Who is told of a step. */
  readonly of: (uid: Uid) => ReadonlyArray<string>
  readonly all: () => ReadonlyArray<string>
  /** A step is created: who gets the initial event. */
  readonly created: (uid: Uid, dataSet: DataSet) => ReadonlyArray<string>
  /** Subscribes to all steps, or those that match keys: of which the initial event is sent. */
  readonly globally: <S extends { readonly sopInstanceUid: Uid; readonly dataSet: DataSet }>(
    ae: string,
    lock: boolean,
    keys: DataSet | undefined,
    steps: ReadonlyArray<S>
  ) => ReadonlyArray<S>
  /** Subscribes to one step: whether the initial event is sent. */
  readonly specifically: (ae: string, lock: boolean, uid: Uid) => boolean
  /** Unsubscribes from one step, or from all. */
  readonly unsubscribe: (ae: string, uid?: Uid) => void
  readonly suspend: (ae: string) => void
  readonly isLocked: (uid: Uid) => boolean
  readonly forget: (uid: Uid) => void
  /** What has changed since this was asked last. */
  readonly changes: () => ReadonlyArray<Subscription.Subscription>
}

/** Those that were kept, and what becomes of them. */
export const make = (kept: Iterable<Subscription.Subscription>): Subscribers => {
  const subscribers = new Map<string, Subscriber>()
  let changed: Array<Subscription.Subscription> = []

  const subscriber = (ae: string): Subscriber => {
    const there = subscribers.get(ae)
    if (there !== undefined) return there
    const made: Subscriber = {
      ae,
      global: "No Global Subscription",
      keys: undefined,
      matcher: undefined,
      steps: new Map()
    }
    subscribers.set(ae, made)
    return made
  }

  const put = ({ ae, steps }: Subscriber, uid: Uid, state: Subscription.State): void => {
    if ((steps.get(uid) ?? "Not Subscribed") === state) return
    if (state === "Not Subscribed") steps.delete(uid)
    else steps.set(uid, state)
    changed.push({ _tag: "step", receivingAE: ae, sopInstanceUid: uid, state })
  }

  const putGlobal = (of: Subscriber, state: Subscription.GlobalState, keys: DataSet | undefined): void => {
    if (of.global === state && of.keys === keys) return
    of.global = state
    of.keys = keys
    of.matcher = keys === undefined ? undefined : IdentifierMatching.make(keys)
    changed.push({ _tag: "global", receivingAE: of.ae, state, ...(keys === undefined ? {} : { keys }) })
  }

  /** Moves one subscription; whether the initial event is sent. */
  const move = (of: Subscriber, uid: Uid, event: Subscription.Event, isNew = false): boolean => {
    const before = isNew ? undefined : (of.steps.get(uid) ?? "Not Subscribed")
    const { sendInitialEvent, state } = Subscription.step(before, event)
    put(of, uid, state)
    return sendInitialEvent
  }

  const moveGlobally = (of: Subscriber, event: Subscription.Event): void => {
    const state = Subscription.globalStates[event] ?? of.global
    putGlobal(of, state, state === "No Global Subscription" ? undefined : of.keys)
    for (const uid of [...of.steps.keys()]) move(of, uid, event)
  }

  for (const subscription of kept) {
    const of = subscriber(subscription.receivingAE)
    if (subscription._tag === "step") put(of, subscription.sopInstanceUid, subscription.state)
    else putGlobal(of, subscription.state, subscription.keys)
  }
  changed = []

  return {
    of: (uid) => [...subscribers].flatMap(([ae, { steps }]) => (steps.has(uid) ? [ae] : [])),
    all: () =>
      [...subscribers].flatMap(([ae, { global, steps }]) =>
        steps.size > 0 || global !== "No Global Subscription" ? [ae] : []
      ),
    created: (uid, dataSet) =>
      [...subscribers].flatMap(([ae, of]) => {
        const isMeant = of.matcher === undefined || of.matcher.matches(dataSet)
        const global = isMeant ? of.global : "No Global Subscription"
        const event = `A UPS is Created when the AE Global Subscription State is "${global}"` as const
        return move(of, uid, event, true) ? [ae] : []
      }),
    globally: (ae, lock, keys, steps) => {
      const of = subscriber(ae)
      const event = lock ? "AE Subscribes Globally with Lock" : "AE Subscribes Globally w/o Lock"
      putGlobal(of, Subscription.globalStates[event] ?? of.global, keys)
      return steps.filter(
        ({ dataSet, sopInstanceUid }) =>
          (of.matcher === undefined || of.matcher.matches(dataSet)) && move(of, sopInstanceUid, event)
      )
    },
    specifically: (ae, lock, uid) =>
      move(
        subscriber(ae),
        uid,
        lock ? "AE Subscribes to Specific UPS with Lock" : "AE Subscribes to Specific UPS without Lock"
      ),
    unsubscribe: (ae, uid) => {
      const of = subscriber(ae)
      if (uid === undefined) moveGlobally(of, "AE Unsubscribes Globally")
      else move(of, uid, "AE Unsubscribes from Specific UPS")
    },
    suspend: (ae) => moveGlobally(subscriber(ae), "AE Suspends Global Subscription"),
    isLocked: (uid) => [...subscribers.values()].some(({ steps }) => steps.get(uid) === "Subscribed with Lock"),
    forget: (uid) => {
      for (const of of subscribers.values()) put(of, uid, "Not Subscribed")
    },
    changes: () => {
      const now = changed
      changed = []
      return now
    }
  }
}
