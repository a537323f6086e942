/**
 * Wakes one fiber, in the turn in which it is notified: a latch would do it in a turn of its own.
 */
import * as Effect from "effect/Effect"

export class Signal {
  private resume: ((effect: Effect.Effect<void>) => void) | undefined

  /** Waits for the next notification. One fiber at a time does. */
  readonly wait: Effect.Effect<void> = Effect.callback<void>((resume) => {
    this.resume = resume
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
