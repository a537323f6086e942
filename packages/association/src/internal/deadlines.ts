/**
 * The deadlines of an association: one sleeping fiber for all of them. To set one, or to put it off, is to assign a number.
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"

export class Deadlines<D extends string> {
  private readonly due = new Map<D, number>()
  private sleep: Fiber.Fiber<void> | undefined
  private wakesAt = Infinity
  private over = false
  private readonly clock: Clock.Clock
  private readonly fork: (effect: Effect.Effect<void>) => Fiber.Fiber<void>
  private readonly expired: (deadline: D) => Effect.Effect<void>

  /** `expired` is run for each deadline that has passed, which is no longer set then. */
  constructor(
    clock: Clock.Clock,
    fork: (effect: Effect.Effect<void>) => Fiber.Fiber<void>,
    expired: (deadline: D) => Effect.Effect<void>
  ) {
    this.clock = clock
    this.fork = fork
    this.expired = expired
  }

  now(): number {
    return this.clock.currentTimeMillisUnsafe()
  }

  /** Sets a deadline to a time, in milliseconds. `Infinity` is none. */
  set(deadline: D, at: number): void {
    this.due.set(deadline, at)
    // The sleep is moved only for what comes before its end; what is put off is found when it ends.
    if (at < this.wakesAt) this.sleepOn()
  }

  isSet(deadline: D): boolean {
    return (this.due.get(deadline) ?? Infinity) < Infinity
  }

  clear(deadline: D): void {
    this.due.set(deadline, Infinity)
  }

  /** No deadline passes after this. */
  stop(): void {
    this.over = true
    this.sleep?.interruptUnsafe()
  }

  private sleepOn(): void {
    if (this.over) return
    this.sleep?.interruptUnsafe()
    this.wakesAt = Infinity
    for (const at of this.due.values()) this.wakesAt = Math.min(this.wakesAt, at)
    this.sleep =
      this.wakesAt === Infinity
        ? undefined
        : this.fork(Effect.andThen(Effect.sleep(Math.max(this.wakesAt - this.now(), 0)), this.awake))
  }

  private readonly awake: Effect.Effect<void> = Effect.suspend(() => {
    // From here on this fiber is not a sleep that may be interrupted.
    this.sleep = undefined
    this.wakesAt = Infinity
    const now = this.now()
    const passed: Array<D> = []
    for (const [deadline, at] of this.due) if (at <= now) passed.push(deadline)
    for (const deadline of passed) this.clear(deadline)
    return Effect.andThen(
      Effect.forEach(passed, this.expired, { discard: true }),
      Effect.sync(() => this.sleepOn())
    )
  })
}
