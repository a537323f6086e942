/**
 * The places of a pool: how many associations there may be, which are idle, who waits for one, and who gets it. All of it
 * is plain and synchronous; that associations are established and closed is the business of `AssociationPool.ts`.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import type * as Scope from "effect/Scope"
import type * as Association from "../Association.ts"
import type { Peer, Stats } from "../AssociationPool.ts"
import { isSame, nameOf } from "./reuse.ts"

/** What the pool knows of one peer. */
export interface Party {
  readonly name: string
  /** Associations that there are, are being established, or are being closed. */
  count: number
  /** How many the peer lets there be, as far as it has shown. */
  limit: number
}

export interface Entry {
  readonly party: Party
  /** As whom it was requested. */
  readonly peer: Peer
  readonly association: Association.Association
  readonly proposed: ReadonlySet<string>
  readonly scope: Scope.Closeable
  /** When it was last used, in milliseconds of the monotonic clock. */
  since: number
  /** How many PDUs had been sent by then. */
  sent: number
}

/** A place that was given: an idle association, or the right to establish one, for which another may have to go. */
export type Grant =
  | { readonly _tag: "use"; readonly entry: Entry }
  | { readonly _tag: "establish"; readonly party: Party; readonly instead: Entry | undefined }

/** One who has asked. */
export interface Waiting {
  readonly peer: Peer
  readonly needed: ReadonlyArray<string>
  readonly granted: Deferred.Deferred<Grant>
}

export class Places {
  private readonly maximum: number
  private readonly maximumPerPeer: number
  private readonly parties = new Map<string, Party>()
  /** The one that was used last comes last. */
  private readonly idle: Array<Entry> = []
  private readonly waiting: Array<Waiting> = []
  private total = 0
  private readonly idleLatch = Latch.makeUnsafe(false)
  /** Open while there is no association. */
  readonly empty: Latch.Latch = Latch.makeUnsafe(true)
  /** Whether the pool's scope is left: nothing is given any more. */
  leaving = false

  constructor(maximum: number, maximumPerPeer: number) {
    this.maximum = maximum
    this.maximumPerPeer = maximumPerPeer
  }

  get stats(): Stats {
    return { associations: this.total, idle: this.idle.length, waiting: this.waiting.length }
  }

  /** The idle association whose time is over next: all are kept for the same time. */
  get oldest(): Entry | undefined {
    return this.idle[0]
  }

  /** Waits until there is an idle association. */
  readonly someIdle: Effect.Effect<void> = Effect.suspend(() => {
    if (this.idle.length > 0) return Effect.void
    this.idleLatch.closeUnsafe()
    return this.idleLatch.await
  })

  // ---------------------------------------------------------------------------
  // asking
  // ---------------------------------------------------------------------------

  /** Asks for an association with a peer on which these contexts were proposed. It may be granted at once. */
  ask(peer: Peer, needed: ReadonlyArray<string>, place: "first" | "last"): Waiting {
    const one: Waiting = { peer, needed, granted: Deferred.makeUnsafe() }
    if (place === "last") this.waiting.push(one)
    else this.waiting.unshift(one)
    this.serve()
    return one
  }

  isWaiting(one: Waiting): boolean {
    return this.waiting.includes(one)
  }

  /** Whoever has asked has not got it yet, and does not want it any more; false where it was granted already. */
  withdraw(one: Waiting): boolean {
    return remove(this.waiting, one)
  }

  /** Gives those who wait what there is, in their order. Who waits for one peer does not hold up who waits for another. */
  private serve(): void {
    for (let i = 0; i < this.waiting.length;) {
      const one = this.waiting[i] as Waiting // i is within bounds
      const given = this.leaving ? undefined : this.grant(one)
      if (given === undefined) i++
      else {
        this.waiting.splice(i, 1)
        Deferred.doneUnsafe(one.granted, Effect.succeed(given))
      }
    }
  }

  private grant({ needed, peer }: Waiting): Grant | undefined {
    const party = this.partyOf(peer)
    const suiting = this.idle.findLast(
      (entry) =>
        entry.party === party && isSame(entry.peer, peer) && needed.every((context) => entry.proposed.has(context))
    )
    if (suiting !== undefined) {
      this.takeIdle(suiting)
      return { _tag: "use", entry: suiting }
    }
    let instead: Entry | undefined
    if (party.count >= party.limit) {
      instead = this.idle.find((entry) => entry.party === party)
      if (instead === undefined) return undefined
    } else if (this.total >= this.maximum) {
      instead = this.oldest
      if (instead === undefined) return undefined
    }
    if (instead !== undefined) this.takeIdle(instead)
    this.occupy(party)
    return { _tag: "establish", party, instead }
  }

  private partyOf(peer: Peer): Party {
    const name = nameOf(peer)
    const known = this.parties.get(name)
    if (known !== undefined) return known
    const party = { name, count: 0, limit: peer.maximumAssociations ?? this.maximumPerPeer }
    this.parties.set(name, party)
    return party
  }

  // ---------------------------------------------------------------------------
  // taking and leaving places
  // ---------------------------------------------------------------------------

  /** One association more. */
  occupy(party: Party): void {
    party.count++
    this.total++
    this.empty.closeUnsafe()
  }

  /** One association less: another may take its place. */
  vacate(party: Party): void {
    this.total--
    party.count--
    if (party.count === 0) this.parties.delete(party.name)
    if (this.total === 0) this.empty.openUnsafe()
    this.serve()
  }

  /** An association is idle from now on. */
  keep(entry: Entry, now: number): void {
    entry.since = now
    entry.sent = entry.association.traffic.pdusSent
    this.idle.push(entry)
    this.idleLatch.openUnsafe()
    this.serve()
  }

  /** An association is idle no more; false where it was not. */
  takeIdle(entry: Entry): boolean {
    return remove(this.idle, entry)
  }

  /** Interrupts all who wait, and gives all that is idle, to be closed. */
  leave(): ReadonlyArray<Entry> {
    this.leaving = true
    for (const one of this.waiting.splice(0)) Deferred.doneUnsafe(one.granted, Effect.interrupt)
    return this.idle.splice(0)
  }
}

const remove = <A>(list: Array<A>, one: A): boolean => {
  const at = list.indexOf(one)
  if (at >= 0) list.splice(at, 1)
  return at >= 0
}
