/**
 * Wakes one fiber, in the turn in which it is notified: a latch would do it in a turn of its own.
 */
import * as Effect from "effect/Effect"

export class Signal {
  private resume: ((effect: Effect.Effect<void>) => void) | undefined
  private readonly waits: (() => void) | undefined

  /** `waits` is called whenever somebody begins to wait. */
  constructor(waits?: () => void) {
    this.waits = waits
  }

  /** Whether somebody waits. */
  get awaited(): boolean {
    return this.resume !== undefined
  }

  /** Waits for the next notification. One fiber at a time does. */
  readonly wait: Effect.Effect<void> = Effect.callback<void>((resume) => {
    this.resume = resume
    this.waits?.()
    return Effect.sync(() => {
      if (this.resume === resume) this.resume = undefined
    })
  })

  readonly notify = (): void => {
    const { resume } = this
    this.resume = undefined
    resume?.(Effect.void)
  }
}
