/**
 * One side of an association held in a state of its release, with a scripted peer at the other end.
 */
import { ReadyMade, ScriptedPeer } from "@effect-dicom/association/testing"
import type * as StateMachine from "@effect-dicom/protocol/StateMachine"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import * as Association from "@effect-dicom/association/Association"
import type * as AssociationError from "@effect-dicom/association/AssociationError"
import * as Release from "@effect-dicom/association/Release"
import * as UpperLayer from "@effect-dicom/association/UpperLayer"
import { acceptOptions, type Network, Record, requestOptions, side, type Side } from "./ends.ts"

export interface Established extends Side {
  readonly peer: ScriptedPeer.ScriptedPeer
  readonly record: Record
}

/** An association with a scripted peer, in Sta6. */
export const established = Effect.fnUntraced(function* (
  network: Network,
  role: StateMachine.Role,
  options: Association.Options = {}
): Effect.fn.Return<Established, unknown, Scope.Scope> {
  const ends = yield* network.ends
  const record = new Record()
  if (role === "association-requestor") {
    const establishing = yield* side(Association.request({ ...requestOptions, ...options })).pipe(
      Effect.provideService(UpperLayer.Observer, record.observe),
      Effect.provideService(UpperLayer.Transport, ends.requestor),
      Effect.forkScoped({ startImmediately: true })
    )
    const peer = yield* ScriptedPeer.over(yield* ends.acceptor)
    yield* peer.expect("A-ASSOCIATE-RQ")
    yield* peer.send(ReadyMade.associateAC())
    return { ...(yield* Fiber.join(establishing)), peer, record }
  }
  const peer = yield* ScriptedPeer.over(ends.requestor)
  const establishing = yield* side(Association.accept({ ...acceptOptions, ...options })).pipe(
    Effect.provideService(UpperLayer.Observer, record.observe),
    Effect.provideServiceEffect(UpperLayer.Transport, ends.acceptor),
    Effect.forkScoped({ startImmediately: true })
  )
  yield* peer.send(ReadyMade.associateRQ())
  yield* peer.expect("A-ASSOCIATE-AC")
  return { ...(yield* Fiber.join(establishing)), peer, record }
})

/** The states of a release and who can be in them: both sides, or the one that a collision puts there. */
export const places = [
  ["association-requestor", "Sta7"],
  ["association-acceptor", "Sta7"],
  ["association-requestor", "Sta8"],
  ["association-acceptor", "Sta8"],
  ["association-requestor", "Sta9"],
  ["association-acceptor", "Sta10"],
  ["association-requestor", "Sta11"],
  ["association-acceptor", "Sta12"]
] as const satisfies ReadonlyArray<readonly [StateMachine.Role, StateMachine.State]>

export type Place = (typeof places)[number]

export interface Held extends Established {
  /** The decision that the release handler waits for. */
  readonly decision: Deferred.Deferred<Exclude<Release.Decision, { readonly _tag: "send first" }>>
  /** What this side's own release came to, where it has asked for one. */
  readonly release: Fiber.Fiber<Release.Outcome, AssociationError.IllegalPrimitive> | undefined
}

/** Brings one side to a state of its release. */
export const held = Effect.fnUntraced(function* (
  network: Network,
  [role, state]: Place,
  options: Association.Options = {}
): Effect.fn.Return<Held, unknown, Scope.Scope> {
  const decision: Held["decision"] = Deferred.makeUnsafe()
  const one = yield* established(network, role, {
    ...options,
    onRelease: {
      onIndication: () => Deferred.await(decision),
      onCollision: () => Deferred.await(decision),
      ...options.onRelease
    }
  })
  const { peer, record } = one
  if (state === "Sta8") {
    yield* peer.send(ReadyMade.releaseRQ)
    yield* record.reached(role, state)
    return { ...one, decision, release: undefined }
  }
  const release = yield* Effect.forkScoped(one.association.release, { startImmediately: true })
  yield* peer.expect("A-RELEASE-RQ")
  if (state !== "Sta7") {
    yield* peer.send(ReadyMade.releaseRQ)
    yield* record.reached(role, role === "association-requestor" ? "Sta9" : "Sta10")
  }
  if (state === "Sta11") {
    yield* Deferred.succeed(decision, Release.respond)
    yield* peer.expect("A-RELEASE-RP")
  }
  if (state === "Sta12") yield* peer.send(ReadyMade.releaseRP)
  yield* record.reached(role, state)
  return { ...one, decision, release }
})
