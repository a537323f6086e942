/** The subscriptions of application entities to Unified Procedure Steps, as the table of subscriptions moves them. */
import type { DataSet } from "@effect-dicom/data/DataSet"
import * as IdentifierMatching from "@effect-dicom/data/IdentifierMatching"
import type { Uid } from "@effect-dicom/data/Uid"
import * as Subscription from "../UnifiedProcedureStepSubscription.ts"

interface Subscriber {
  global: Subscription.GlobalState
  /** Which steps a filtered global subscription is of; all without one. */
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
}

export const make = (): Subscribers => {
  const subscribers = new Map<string, Subscriber>()

  const subscriber = (ae: string): Subscriber => {
    const there = subscribers.get(ae)
    if (there !== undefined) return there
    const made: Subscriber = { global: "No Global Subscription", matcher: undefined, steps: new Map() }
    subscribers.set(ae, made)
    return made
  }

  /** Moves one subscription; whether the initial event is sent. */
  const move = ({ steps }: Subscriber, uid: Uid, event: Subscription.Event, isNew = false): boolean => {
    const { sendInitialEvent, state } = Subscription.step(
      isNew ? undefined : (steps.get(uid) ?? "Not Subscribed"),
      event
    )
    if (state === "Not Subscribed") steps.delete(uid)
    else steps.set(uid, state)
    return sendInitialEvent
  }

  const moveGlobally = (of: Subscriber, event: Subscription.Event): void => {
    of.global = Subscription.globalStates[event] ?? of.global
    for (const uid of of.steps.keys()) move(of, uid, event)
  }

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
      of.global = Subscription.globalStates[event] ?? of.global
      of.matcher = keys === undefined ? undefined : IdentifierMatching.make(keys)
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
      for (const { steps } of subscribers.values()) steps.delete(uid)
    }
  }
}
