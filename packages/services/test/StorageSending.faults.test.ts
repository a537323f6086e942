/**
 * Sending under faults: connections that are refused, rejected, cut at any byte or silent, and associations that are
 * aborted before and after an instance was kept. What the archive has is held against what the reports say.
 */
import { AssociationPool, Retry } from "@effect-dicom/association"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { afterAll } from "vitest"
import { SendingJournal, StorageSending } from "../src/index.ts"
import { archive, inTime, instance } from "./archives.ts"

const bytes = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 20_000 }))

const ConnectionFault = Schema.Union([
  Schema.Struct({ _tag: Schema.Literal("refused") }),
  Schema.Struct({
    _tag: Schema.Literal("rejected"),
    result: Schema.Literals(["rejected-transient", "rejected-permanent"])
  }),
  Schema.Struct({
    _tag: Schema.Literal("cut"),
    way: Schema.Literals(["out", "in"]),
    bytes,
    how: Schema.Literals(["FIN", "reset"])
  }),
  Schema.Struct({ _tag: Schema.Literal("silent"), way: Schema.Literals(["out", "in"]), bytes }),
  Schema.Struct({ _tag: Schema.Literal("none") })
])

const Answer = Schema.Literals(["success", "warning", "out of resources", "cannot understand", "abort", "abort after"])

const course = {
  instances: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 16 })),
  concurrency: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 4 })),
  times: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 })),
  faults: Schema.Array(ConnectionFault).check(Schema.isMaxLength(12)),
  answers: Schema.Array(Answer).check(Schema.isMaxLength(16)),
  /** Of the waits between attempts, so that a course that failed can be run again as it was. */
  seed: Schema.Int
}

const figures = {
  runs: 0,
  instances: 0,
  connections: 0,
  attempts: 0,
  faults: {} as { [kind: string]: number }, // filled as they come
  outcomes: {} as { [kind: string]: number } // filled as they come
}

const fannedOut: { [kind: string]: number } = {} // filled as they come

const count = (counts: { [kind: string]: number }, kind: string): void => {
  counts[kind] = (counts[kind] ?? 0) + 1
}

afterAll(() => {
  console.log(`sending under faults: ${JSON.stringify(figures)}`)
  console.log(`sending to several peers: ${JSON.stringify(fannedOut)}`)
})

type Reports = ReadonlyArray<StorageSending.Report<ReturnType<typeof instance>>>

/** One report for each instance, and what it says is what the archive has. */
const check = (
  all: ReadonlyArray<ReturnType<typeof instance>>,
  reports: Reports,
  kept: ReadonlyMap<string, number>
): void => {
  assert.deepStrictEqual(
    reports.map((report) => report.instance.number).toSorted((a, b) => a - b),
    all.map(({ number }) => number)
  )
  for (const report of reports) {
    const times = kept.get(report.instance.sopInstanceUid) ?? 0
    const what = JSON.stringify({ ...report, instance: report.instance.number, times })
    switch (report._tag) {
      case "Stored":
      case "StoredWithWarning":
        if (report.repeated) assert.isAtLeast(times, 1, what)
        else assert.strictEqual(times, 1, what)
        break
      case "Refused":
        if (!report.repeated) assert.strictEqual(times, 0, what)
        break
      case "Failed":
        if (!report.uncertain) assert.strictEqual(times, 0, what)
        break
    }
  }
}

describe("sending under faults", () => {
  it.effect.prop(
    "each instance is delivered exactly once or reported, more often only where its outcome was not known",
    course,
    ({ answers, concurrency, faults, instances, seed, times }) =>
      Effect.gen(function* () {
        const { connections, kept, peer } = yield* archive("ARCHIVE", { answers, faults })
        const all = Array.from({ length: instances }, (_, i) => instance(i + 1))
        const reports = yield* Effect.gen(function* () {
          const pool = yield* AssociationPool.make()
          const reports = yield* Stream.runCollect(
            StorageSending.send(pool, peer, all, {
              concurrency,
              retry: Schedule.upTo(Retry.schedule(), { times }),
              rest: "1 second"
            })
          )
          const { waiting } = yield* pool.stats
          assert.strictEqual(waiting, 0)
          return reports
        }).pipe(Effect.scoped)
        check(all, reports, kept)
        for (const report of reports) {
          const times = kept.get(report.instance.sopInstanceUid) ?? 0
          count(
            figures.outcomes,
            `${report._tag}${report.repeated ? ", sent again" : ""}${
              report._tag === "Failed" ? (report.uncertain ? ", uncertain" : ", certainly not stored") : ""
            }`
          )
          if (times > 1) count(figures.outcomes, "kept more than once")
          figures.attempts += report.attempts
        }
        figures.runs++
        figures.instances += instances
        figures.connections += connections()
        for (const fault of faults.slice(0, connections())) count(figures.faults, fault._tag)
        for (const answer of answers) count(figures.faults, answer)
      }).pipe(Effect.scoped, inTime, Random.withSeed(seed)),
    { timeout: 120_000, arbitrary: { runs: 200 } }
  )

  it.effect.prop(
    "the same where the program is stopped, and goes on with its journal",
    {
      ...course,
      stopped: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 8 }))).check(Schema.isMaxLength(3))
    },
    ({ answers, concurrency, faults, instances, seed, stopped, times }) =>
      Effect.gen(function* () {
        const { kept, peer } = yield* archive("ARCHIVE", { answers, faults })
        const all = Array.from({ length: instances }, (_, i) => instance(i + 1))
        const journal = yield* SendingJournal.memory
        const run = (reports: number) =>
          Effect.gen(function* () {
            const pool = yield* AssociationPool.make()
            return yield* StorageSending.send(pool, peer, all, {
              concurrency,
              retry: Schedule.upTo(Retry.schedule(), { times }),
              rest: "1 second"
            }).pipe(Stream.take(reports), Stream.runCollect)
          }).pipe(Effect.scoped, Effect.provideService(SendingJournal.SendingJournal, journal))
        for (const reports of stopped) yield* run(reports)
        const before = new Map(kept)
        const reports = yield* run(Infinity)
        assert.strictEqual(reports.length, instances)
        // What was stored before is not sent again.
        for (const report of reports) {
          if (report.attempts > 0 || report._tag === "Failed") continue
          assert.strictEqual(kept.get(report.instance.sopInstanceUid), before.get(report.instance.sopInstanceUid))
        }
        // What an earlier run sent again is not this one's to tell.
        check(
          all,
          reports.map((report) =>
            report.attempts === 0 && report._tag !== "Failed" ? { ...report, repeated: true } : report
          ),
          kept
        )
      }).pipe(Effect.scoped, inTime, Random.withSeed(seed)),
    { timeout: 120_000, arbitrary: { runs: 200 } }
  )

  it.effect.prop(
    "each for itself where they go to several peers: one that is well has all of them once, whatever the others are at",
    { ...course, total: Schema.Int.check(Schema.isBetween({ minimum: 3, maximum: 12 })) },
    ({ answers, concurrency, faults, instances, seed, times, total }) =>
      Effect.gen(function* () {
        const dead = Array.from({ length: 500 }, () => ({ _tag: "silent", way: "out", bytes: 0 }) as const)
        const archives = {
          WELL: yield* archive("WELL"),
          FAULTY: yield* archive("FAULTY", { answers, faults }),
          DEAD: yield* archive("DEAD", { faults: dead })
        }
        const all = Array.from({ length: instances }, (_, i) => instance(i + 1))
        const begun = yield* Clock.currentTimeMillis
        let took = 0
        const reports = yield* Effect.gen(function* () {
          const pool = yield* AssociationPool.make({ maximumAssociations: total, maximumAssociationsPerPeer: 1 })
          return yield* StorageSending.fanOut(
            pool,
            Object.values(archives).map(({ peer }) => peer),
            all,
            { concurrency, retry: Schedule.upTo(Retry.schedule(), { times }), rest: "1 second" }
          ).pipe(
            Stream.tap(({ peer }) =>
              Effect.map(Clock.currentTimeMillis, (now) => {
                if (peer === "WELL") took = now - begun
              })
            ),
            Stream.runCollect
          )
        }).pipe(Effect.scoped)
        for (const [name, { kept }] of Object.entries(archives)) {
          const its = reports.filter(({ peer }) => peer === name)
          check(all, its, kept)
          for (const { _tag, attempts } of its) {
            if (name === "WELL") assert.deepStrictEqual([_tag, attempts], ["Stored", 1])
            if (name === "DEAD") assert.strictEqual(_tag, "Failed")
            count(fannedOut, `${name}: ${_tag}`)
          }
        }
        assert.strictEqual(took, 0, "milliseconds that one that is well has waited for others")
      }).pipe(Effect.scoped, inTime, Random.withSeed(seed)),
    { timeout: 120_000, arbitrary: { runs: 100 } }
  )
})
