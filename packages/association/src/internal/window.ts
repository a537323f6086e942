/**
 * The places of operations that may be outstanding at once (PS3.7 section D.3.3.3). Who finds none waits in turn.
 */
import * as Effect from "effect/Effect"

export class Window {
  private free: number
  private readonly waiting = new Set<() => void>()
  private handing = false

  constructor(places: number) {
    this.free = places
  }

  /** Takes a place. */
  readonly take: Effect.Effect<void> = Effect.suspend(() => {
    if (this.free > 0) {
      this.free--
      return Effect.void
    }
    return Effect.callback<void>((resume) => {
      const next = () => resume(Effect.void)
      this.waiting.add(next)
      return Effect.sync(() => {
        this.waiting.delete(next)
      })
    })
  })

  /** Gives a place back: the one that has waited longest has it, and goes on in this turn. */
  give(): void {
    this.free++
    // Who goes on may give the place back at once.
    if (this.handing) return
    this.handing = true
    for (const next of this.waiting) {
      if (this.free === 0) break
      this.free--
      this.waiting.delete(next)
      next()
    }
    this.handing = false
  }

  /** From now on there is a place for everyone. */
  open(): void {
    this.free = Infinity
    this.give()
  }
}
