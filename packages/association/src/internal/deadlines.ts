/**
 * The deadlines of associations. To set one, or to put it off, is to assign a number; one fiber sleeps until the earliest
 * of all that share a {@link Timer}. Time is the monotonic clock's: to set the system's clock makes no deadline pass, and
 * holds none up.
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"

/** In milliseconds of the monotonic clock, from some time on. */
export const nowOf = (clock: Clock.Clock): number => Number(clock.monotonicTimeNanosUnsafe()) / 1e6

type Fork = (effect: Effect.Effect<void>) => Fiber.Fiber<void>

/** What a timer wakes. */
interface Sleeper {
  readonly wakesAt: number
  readonly awake: (now: number) => void
}

/**
 * In milliseconds. No longer than the bound of a release, which comes last and before the others that are set by then:
 * each association would move the sleep for it.
 */
const longestSleep = 10_000

/** Sleeps for any number of sleepers. Not more than one fiber sleeps, until the first of them is to be woken. */
export class Timer {
  private readonly clock: Clock.Clock
  private readonly fork: Fork
  private readonly sleepers = new Set<Sleeper>()
  private sleep: Fiber.Fiber<void> | undefined
  private wakesAt = Infinity

  constructor(clock: Clock.Clock, fork: Fork) {
    this.clock = clock
    this.fork = fork
  }

  /** In milliseconds, from some time on. */
  now(): number {
    return nowOf(this.clock)
  }

  /**
   * Wakes a sleeper when its time has come, never in this turn. The sleep is moved only for what comes before its end.
   */
  add(sleeper: Sleeper): void {
    this.sleepers.add(sleeper)
    if (sleeper.wakesAt < this.wakesAt) this.sleepUntil(sleeper.wakesAt)
  }

  remove(sleeper: Sleeper): void {
    this.sleepers.delete(sleeper)
  }

  /** Nobody is woken any more, until somebody is added. */
  stop(): void {
    this.sleepers.clear()
    this.sleepUntil(Infinity)
  }

  private sleepUntil(at: number): void {
    this.sleep?.interruptUnsafe()
    this.sleep = undefined
    this.wakesAt = at
    if (at === Infinity) return
    const now = this.now()
    this.wakesAt = Math.min(at, now + longestSleep)
    // Whole milliseconds, since less than a nanosecond is no sleep, and what wakes before its time would not end.
    const left = Math.max(Math.ceil(this.wakesAt - now), 1)
    this.sleep = this.fork(Effect.andThen(Effect.sleep(left), this.awake))
  }

  private readonly awake: Effect.Effect<void> = Effect.suspend(() => {
    // From here on this fiber is not a sleep that may be interrupted.
    this.sleep = undefined
    this.wakesAt = Infinity
    const now = this.now()
    const due = [...this.sleepers].filter((sleeper) => sleeper.wakesAt <= now)
    // What fails in one of them is nothing to the others.
    const wake = (sleeper: Sleeper) =>
      Effect.catchCause(
        Effect.sync(() => sleeper.awake(now)),
        (cause) => Effect.logError("What a deadline brings about failed", cause)
      )
    return Effect.andThen(
      Effect.forEach(due, wake, { discard: true }),
      Effect.sync(() => {
        let next = Infinity
        for (const { wakesAt } of this.sleepers) next = Math.min(next, wakesAt)
        if (next < this.wakesAt) this.sleepUntil(next)
      })
    )
  })
}

/** The deadlines of one association. */
export class Deadlines<D extends string> implements Sleeper {
  private readonly timer: Timer
  private readonly expired: (deadline: D) => void
  private readonly due = new Map<D, number>()
  private over = false
  wakesAt = Infinity

  /** `expired` is told each deadline that has passed, one after the other; it is no longer set then. */
  constructor(timer: Timer, expired: (deadline: D) => void) {
    this.timer = timer
    this.expired = expired
  }

  now(): number {
    return this.timer.now()
  }

  /** Sets a deadline to a time, in milliseconds. `Infinity` is none. */
  set(deadline: D, at: number): void {
    this.due.set(deadline, at)
    // What is put off is found when the sleep ends.
    if (at < this.wakesAt) this.wakeAt(at)
  }

  isSet(deadline: D): boolean {
    return (this.due.get(deadline) ?? Infinity) < Infinity
  }

  /** Keeps its place: of those that pass at the same time the one that was first named is the first told. */
  clear(deadline: D): void {
    this.due.set(deadline, Infinity)
  }

  /** No deadline passes after this. */
  stop(): void {
    this.over = true
    this.timer.remove(this)
  }

  private wakeAt(at: number): void {
    if (this.over) return
    this.wakesAt = at
    this.timer.add(this)
  }

  awake(now: number): void {
    // What is set meanwhile is found at the end, or the next time, if what one brings about fails.
    for (const [deadline, at] of this.due) {
      if (this.over) return
      if (at > now) continue
      this.clear(deadline)
      this.expired(deadline)
    }
    let next = Infinity
    for (const at of this.due.values()) next = Math.min(next, at)
    this.wakesAt = next
  }
}
