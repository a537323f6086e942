/**
 * The places of operations that may be outstanding at once (PS3.7 section D.3.3.3). Who finds none waits in turn.
 */
import * as Effect from "effect/Effect"

/** Who takes a place. */
export interface Guest {
  /** Whether it has one. */
  placed: boolean
}

export class Window<G extends Guest = Guest> {
  private free: number
  private readonly waiting = new Map<G, () => void>()
  private handing = false

  constructor(places: number) {
    this.free = places
  }

  /** Whether all places are taken. */
  get full(): boolean {
    return this.free === 0
  }

  /** Takes a place, if there is one at this moment. */
  takeNow(guest: G): boolean {
    if (this.free === 0) return false
    this.free--
    guest.placed = true
    return true
  }

  /** Whether somebody waits for a place. */
  get awaited(): boolean {
    return this.waiting.size > 0
  }

  /** Takes a place when there is one; `waits` is told where there is none yet. Who is turned away has none. */
  take(guest: G, waits?: () => void): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      if (this.takeNow(guest)) return resume(Effect.void)
      const next = () => resume(Effect.void)
      this.waiting.set(guest, next)
      waits?.()
      return Effect.sync(() => {
        this.waiting.delete(guest)
      })
    })
  }

  /** Gives a place back: the one that has waited longest has it, and goes on in this turn. */
  give(guest: G): void {
    if (!guest.placed) return
    guest.placed = false
    this.free++
    this.hand()
  }

  /** Has those wait no longer for whom it is true: they have no place. */
  turnAway(isTurnedAway: (guest: G) => boolean): void {
    for (const [guest, next] of this.waiting) {
      if (!isTurnedAway(guest)) continue
      this.waiting.delete(guest)
      next()
    }
  }

  /** From now on there is a place for everyone. */
  open(): void {
    this.free = Infinity
    this.hand()
  }

  private hand(): void {
    // Who goes on may give the place back at once.
    if (this.handing || this.waiting.size === 0) return
    this.handing = true
    for (const [guest, next] of this.waiting) {
      if (this.free === 0) break
      this.waiting.delete(guest)
      this.takeNow(guest)
      next()
    }
    this.handing = false
  }
}
