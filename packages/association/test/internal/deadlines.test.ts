import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import * as TestConsole from "effect/testing/TestConsole"
import { Deadlines, Timer } from "../../src/internal/deadlines.ts"

/** Deadlines, and what they tell, each with the time at which it is told. */
const deadlines = Effect.fnUntraced(function* (timer: Timer, brings: (name: string) => void = () => {}) {
  const told: Array<readonly [name: string, at: number]> = []
  const one = new Deadlines<string>(timer, (name) => {
    told.push([name, timer.now()])
    brings(name)
  })
  return yield* Effect.succeed([one, told] as const)
})

const aTimer = Effect.gen(function* () {
  const context = yield* Effect.context<never>()
  return new Timer(yield* Clock.Clock, Effect.runForkWith(context))
})

const fraction = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1000 }))

describe("Timer", () => {
  // A sleep of 30000 ms from here ends 4 billionths of a millisecond before the deadline, less than can be slept for.
  it.effect("wakes at a deadline that a sleep ended just before", () =>
    Effect.gen(function* () {
      const timer = yield* aTimer
      const [one, told] = yield* deadlines(timer)
      yield* TestClock.adjust(426.848334)
      one.set("first", timer.now() + 500)
      yield* TestClock.adjust(459.137981)
      one.set("first", timer.now() + 30_000)
      one.set("second", timer.now() + 40_000)
      yield* TestClock.adjust("60 seconds")
      assert.deepStrictEqual(
        told.map(([name]) => name),
        ["first", "second"]
      )
    })
  )

  it.effect.prop(
    "tells each deadline once, not before its time, and less than two milliseconds after it",
    { begin: fraction, steps: Schema.Array(Schema.Tuple([fraction, fraction])).check(Schema.isMaxLength(5)) },
    ({ begin, steps }) =>
      Effect.gen(function* () {
        const timer = yield* aTimer
        const [one, told] = yield* deadlines(timer)
        const due = new Map<string, number>()
        yield* TestClock.adjust(begin)
        for (const [i, [time, passes]] of steps.entries()) {
          due.set(`${i}`, timer.now() + time)
          one.set(`${i}`, timer.now() + time)
          yield* TestClock.adjust(passes)
        }
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual(told.map(([name]) => name).toSorted(), [...due.keys()])
        for (const [name, at] of told) {
          const late = at - (due.get(name) ?? NaN)
          assert.isTrue(late >= 0 && late < 2, `${name} is told ${late} ms after its time`)
        }
      })
  )

  it.effect("tells nothing in the turn in which it is set", () =>
    Effect.gen(function* () {
      const timer = yield* aTimer
      const [one, told] = yield* deadlines(timer)
      one.set("at once", timer.now())
      assert.deepStrictEqual(told, [])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(told, [["at once", 1]])
    })
  )

  it.effect("sets and puts off deadlines for one sleep, which is moved only for what comes before its end", () =>
    Effect.gen(function* () {
      const context = yield* Effect.context<never>()
      let sleeps = 0
      const timer = new Timer(yield* Clock.Clock, (effect) => {
        sleeps++
        return Effect.runForkWith(context)(effect)
      })
      const [one, told] = yield* deadlines(timer)
      const [another, toldAnother] = yield* deadlines(timer)
      one.set("idle", 1000)
      for (let i = 0; i < 100; i++) one.set("idle", 1000 + i)
      another.set("idle", 2000)
      assert.strictEqual(sleeps, 1)
      another.set("idle", 500)
      assert.strictEqual(sleeps, 2)
      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual(told, [["idle", 1099]])
      assert.deepStrictEqual(toldAnother, [["idle", 500]])
    })
  )

  it.effect("tells those of the others, and the others of the same, where what one brings about fails", () =>
    Effect.gen(function* () {
      const timer = yield* aTimer
      const [one, told] = yield* deadlines(timer, (name) => {
        if (name === "bad") throw new Error("a defect")
      })
      const [another, toldAnother] = yield* deadlines(timer)
      one.set("bad", 1000)
      one.set("good", 1000)
      one.set("later", 5000)
      another.set("good", 1000)
      another.set("later", 3000)
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(
        told.map(([name]) => name),
        ["bad", "good", "later"]
      )
      assert.deepStrictEqual(toldAnother, [
        ["good", 1000],
        ["later", 3000]
      ])
      const lines = (yield* TestConsole.logLines).map(String)
      assert.strictEqual(lines.filter((line) => line.includes("What a deadline brings about failed")).length, 1)
    })
  )

  it.effect("is not held up by a clock of the system that is set back, nor hurried by one that is set forward", () =>
    Effect.gen(function* () {
      const context = yield* Effect.context<never>()
      const clock = yield* Clock.Clock
      let system = 1_000_000_000
      const set: Clock.Clock = {
        currentTimeMillisUnsafe: () => system,
        currentTimeMillis: Effect.sync(() => system),
        currentTimeNanosUnsafe: () => BigInt(system) * 1_000_000n,
        currentTimeNanos: Effect.sync(() => BigInt(system) * 1_000_000n),
        monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
        monotonicTimeNanos: clock.monotonicTimeNanos,
        sleep: (duration) => clock.sleep(duration)
      }
      const timer = new Timer(set, Effect.runForkWith(context))
      const [one, told] = yield* deadlines(timer)
      one.set("back", timer.now() + 1000)
      system -= 3_600_000
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(told, [["back", 1000]])
      one.set("soon", timer.now() + 1000)
      one.set("forward", timer.now() + 5000)
      system += 7_200_000
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(told, [
        ["back", 1000],
        ["soon", 2000]
      ])
    })
  )

  it.effect("tells nothing after it is stopped", () =>
    Effect.gen(function* () {
      const timer = yield* aTimer
      const [one, told] = yield* deadlines(timer)
      one.set("never", 1000)
      timer.stop()
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(told, [])
    })
  )
})

describe("Deadlines", () => {
  it.effect("tells none that another has cleared at the same time", () =>
    Effect.gen(function* () {
      const timer = yield* aTimer
      const [one, told] = yield* deadlines(timer, (name) => {
        if (name === "first") one.clear("second")
      })
      one.set("first", 1000)
      one.set("second", 1000)
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(told, [["first", 1000]])
    })
  )

  it.effect("tells none that pass at the same time once it is stopped, and none after", () =>
    Effect.gen(function* () {
      const timer = yield* aTimer
      const [one, told] = yield* deadlines(timer, () => one.stop())
      one.set("first", 1000)
      one.set("second", 1000)
      yield* TestClock.adjust("1 second")
      one.set("third", 500)
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(told, [["first", 1000]])
    })
  )

  it.effect("tells again what is set anew when it is told", () =>
    Effect.gen(function* () {
      const timer = yield* aTimer
      const [one, told] = yield* deadlines(timer, () => one.set("again", timer.now() + 1000))
      one.set("again", 1000)
      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual(told, [
        ["again", 1000],
        ["again", 2000],
        ["again", 3000]
      ])
    })
  )
})
