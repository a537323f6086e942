/**
 * The places of operations that may be outstanding at once (PS3.7 section D.3.3.3). Who finds none waits in turn.
 */
import * as Effect from "effect/Effect"

/** Who takes a place. */
export interface Guest {
  /** Whether it has one. */
  placed: boolean
}

export class Window {
  private free: number
  private readonly waiting = new Set<() => void>()
  private handing = false

  constructor(places: number) {
    this.free = places
  }

  /** Whether all places are taken. */
  get full(): boolean {
    return this.free === 0
  }

  /** Takes a place, if there is one at this moment. */
  takeNow(guest: Guest): boolean {
    if (this.free === 0) return false
    this.free--
    guest.placed = true
    return true
  }

  /** Whether somebody waits for a place. */
  get awaited(): boolean {
    return this.waiting.size > 0
  }

  /** Takes a place when there is one; `waits` is told where there is none yet. */
  take(guest: Guest, waits?: () => void): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      if (this.takeNow(guest)) return resume(Effect.void)
      const next = () => {
        this.takeNow(guest)
        resume(Effect.void)
      }
      this.waiting.add(next)
      waits?.()
      return Effect.sync(() => {
        this.waiting.delete(next)
      })
    })
  }

  /** Gives a place back: the one that has waited longest has it, and goes on in this turn. */
  give(guest: Guest): void {
    if (!guest.placed) return
    guest.placed = false
    this.free++
    this.hand()
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
    for (const next of this.waiting) {
      if (this.free === 0) break
      this.waiting.delete(next)
      next()
    }
    this.handing = false
  }
}
