import { AssociationError, AssociationPool, Retry } from "@effect-dicom/association"
import * as Uid from "@effect-dicom/data/Uid"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { SendingJournal, StorageSending, Verification } from "../src/index.ts"
import { type Archive, archive, inTime, instance, settled } from "./archives.ts"

const numbered = (count: number) => Array.from({ length: count }, (_, i) => instance(i + 1))

/** Sends over a pool of its own, and gives the reports in the order of the instances. */
const sent = <ES = never>(
  { peer }: Archive,
  instances: StorageSending.Source<ReturnType<typeof instance>, ES>,
  options: StorageSending.Options = {}
) =>
  Effect.gen(function* () {
    const pool = yield* AssociationPool.make()
    return yield* Stream.runCollect(StorageSending.send(pool, peer, instances, options))
  }).pipe(
    Effect.scoped,
    inTime,
    Effect.map((reports) => reports.toSorted((a, b) => a.instance.number - b.instance.number))
  )

const brief = (reports: ReadonlyArray<StorageSending.Report<{ readonly number: number }, unknown>>) =>
  reports.map(
    ({ _tag, attempts, instance, repeated }) =>
      `${instance.number} ${_tag}, ${attempts} attempts${repeated ? ", repeated" : ""}`
  )

const twice = Schedule.upTo(Retry.schedule(), { times: 2 })

describe("sending instances", () => {
  it.effect("does not wait for another attempt once it is to stop, and tells of the one before", () =>
    Effect.gen(function* () {
      const to = yield* archive("ARCHIVE", { faults: [{ _tag: "refused" }] })
      const pool = yield* AssociationPool.make()
      const stop = yield* Deferred.make<void>()
      const sending = yield* Effect.forkChild(
        Stream.runCollect(
          StorageSending.send(pool, to.peer, numbered(1), {
            until: Deferred.await(stop),
            retry: Schedule.spaced("1 hour")
          })
        ),
        { startImmediately: true }
      )
      yield* settled
      assert.strictEqual(to.connections(), 1)
      yield* Deferred.succeed(stop, undefined)
      const [report] = yield* Fiber.join(sending)
      assert.strictEqual(report?._tag === "Failed" ? report.cause._tag : undefined, "ConnectFailed")
      assert.deepStrictEqual([report?.attempts, to.connections()], [1, 1])
    })
  )

  it.effect("stores each over one association and tells the status", () =>
    Effect.gen(function* () {
      const to = yield* archive("ARCHIVE", { answers: ["success", "warning", "cannot understand"] })
      const reports = yield* sent(to, numbered(4))
      assert.deepStrictEqual(brief(reports), [
        "1 Stored, 1 attempts",
        "2 StoredWithWarning, 1 attempts",
        "3 Refused, 1 attempts",
        "4 Stored, 1 attempts"
      ])
      assert.deepStrictEqual(
        reports.map((report) => (report._tag === "Failed" ? undefined : report.status.code)),
        [0, 0xb000, 0xc000, 0]
      )
      assert.deepStrictEqual(
        reports.map((report) => report.peer),
        ["ARCHIVE", "ARCHIVE", "ARCHIVE", "ARCHIVE"]
      )
      assert.strictEqual(to.connections(), 1)
    })
  )

  it.effect("tells what the peer said of the status, and the next run what it said in this one", () =>
    Effect.gen(function* () {
      const to = yield* archive("ARCHIVE", { answers: ["success", "warning"], errorComment: "Names were changed" })
      const journal = yield* SendingJournal.memory
      const details = Effect.map(
        Effect.provideService(sent(to, numbered(2)), SendingJournal.SendingJournal, journal),
        (reports) => reports.map((report) => (report._tag === "Failed" ? undefined : [report.attempts, report.details]))
      )
      const warned = { errorComment: "Names were changed" }
      assert.deepStrictEqual(yield* details, [
        [1, {}],
        [1, warned]
      ])
      assert.deepStrictEqual(yield* details, [
        [0, {}],
        [0, warned]
      ])
    })
  )

  it.effect("tells what the peer said with the last refusal of those that were tried again", () =>
    Effect.gen(function* () {
      const to = yield* archive("ARCHIVE", { answers: ["out of resources", "out of resources"], errorComment: "Full" })
      const [report] = yield* sent(to, numbered(1), { retry: Schedule.recurs(1) })
      assert.deepStrictEqual(
        report?._tag === "Refused" ? [report.attempts, report.status.code, report.details] : report,
        [2, 0xa700, { errorComment: "Full" }]
      )
    })
  )

  it.effect("tells of each peer what that one said", () =>
    Effect.gen(function* () {
      const refusing = { answers: ["cannot understand"] } as const
      const one = yield* archive("ONE", { ...refusing, errorComment: "No patient" })
      const other = yield* archive("OTHER", { ...refusing, errorComment: "No study" })
      const pool = yield* AssociationPool.make()
      const reports = yield* inTime(Stream.runCollect(StorageSending.fanOut(pool, [one.peer, other.peer], numbered(1))))
      assert.deepStrictEqual(
        new Map(reports.map((report) => [report.peer, report._tag === "Refused" ? report.details : undefined])),
        new Map([
          ["ONE", { errorComment: "No patient" }],
          ["OTHER", { errorComment: "No study" }]
        ])
      )
    })
  )

  it.effect("uses as many associations at the same time as it is told", () =>
    Effect.gen(function* () {
      const to = yield* archive("ARCHIVE")
      yield* sent(to, numbered(40), { concurrency: 3 })
      assert.strictEqual(to.connections(), 3)
      assert.strictEqual(to.kept.size, 40)
    })
  )

  it.effect("needs no more associations than the peer lets it have", () =>
    Effect.gen(function* () {
      const to = yield* archive("ARCHIVE", { maximumAssociations: 2 })
      const reports = yield* sent(to, numbered(40), { concurrency: 4, retry: Schedule.recurs(0) })
      assert.deepStrictEqual(
        reports.map((report) => `${report._tag} ${to.kept.get(report.instance.sopInstanceUid)}`),
        Array.from({ length: 40 }, () => "Stored 1")
      )
    })
  )

  it.effect("tries again what was rejected or refused for the time being, and goes on where it was", () =>
    Effect.gen(function* () {
      const to = yield* archive("ARCHIVE", {
        faults: [{ _tag: "refused" }, { _tag: "rejected", result: "rejected-transient" }],
        answers: ["success", "out of resources", "success"]
      })
      assert.deepStrictEqual(brief(yield* sent(to, numbered(3))), [
        "1 Stored, 3 attempts",
        "2 Stored, 2 attempts",
        "3 Stored, 1 attempts"
      ])
      assert.deepStrictEqual([...to.kept.values()], [1, 1, 1])
    })
  )

  it.effect("sends again what may have been stored, says so, and sends nothing else twice", () =>
    Effect.gen(function* () {
      const to = yield* archive("ARCHIVE", { answers: ["success", "abort after"] })
      assert.deepStrictEqual(brief(yield* sent(to, numbered(4))), [
        "1 Stored, 1 attempts",
        "2 Stored, 2 attempts, repeated",
        "3 Stored, 1 attempts",
        "4 Stored, 1 attempts"
      ])
      assert.deepStrictEqual([...to.kept.values()], [1, 2, 1, 1])
    })
  )

  it.effect("tells that what failed in the end may have been stored", () =>
    Effect.gen(function* () {
      const to = yield* archive("ARCHIVE", {
        answers: ["abort after"],
        faults: [{ _tag: "none" }, { _tag: "refused" }, { _tag: "refused" }]
      })
      const [report] = yield* sent(to, numbered(1), { retry: twice })
      assert.strictEqual(report?._tag, "Failed")
      if (report?._tag !== "Failed") return
      assert.deepStrictEqual([report.cause._tag, report.uncertain, report.attempts], ["ConnectFailed", true, 3])
    })
  )

  it.effect("gives up what a full peer refuses to the end of the schedule, with its status", () =>
    Effect.gen(function* () {
      const to = yield* archive("ARCHIVE", {
        answers: ["out of resources", "out of resources", "out of resources", "success"]
      })
      const reports = yield* sent(to, numbered(2), { retry: twice })
      assert.deepStrictEqual(brief(reports), ["1 Refused, 3 attempts", "2 Stored, 1 attempts"])
    })
  )

  it.effect("leaves a peer alone for a while that could not be reached, and tries it again after that", () =>
    Effect.gen(function* () {
      const to = yield* archive("ARCHIVE", { faults: [{ _tag: "rejected", result: "rejected-permanent" }] })
      const later = Stream.fromEffect(Effect.as(Effect.sleep("40 seconds"), instance(9)))
      const reports = yield* sent(to, Stream.concat(Stream.fromIterable(numbered(3)), later))
      assert.deepStrictEqual(brief(reports), [
        "1 Failed, 1 attempts",
        "2 Failed, 0 attempts",
        "3 Failed, 0 attempts",
        "9 Stored, 1 attempts"
      ])
      assert.deepStrictEqual(
        reports.map((report) => (report._tag === "Failed" ? report.cause._tag : "")),
        ["Rejected", "Rejected", "Rejected", ""]
      )
    })
  )

  it.effect("splits more than 128 contexts over associations, each kind on one of them", () =>
    Effect.gen(function* () {
      const kinds = Array.from({ length: 300 }, (_, i) => Uid.makeUnsafe(`1.2.4.${i + 1}`))
      const to = yield* archive("ARCHIVE", { supported: { sopClasses: kinds } })
      // In an order in which neighbours never fit on one association.
      const instances = Array.from({ length: 600 }, (_, i) => instance(i + 1, 10, kinds[(i * 130) % 300] ?? kinds[0]))
      const all = [...instances, ...kinds.map((kind, i) => instance(1000 + i, 10, kind))]
      const reports = yield* sent(to, all)
      assert.deepStrictEqual(new Set(reports.map((report) => report._tag)), new Set(["Stored"]))
      assert.strictEqual(reports.length, 900)
      assert.deepStrictEqual(
        to.proposed.map((contexts) => contexts.length),
        [128, 128, 300 - 2 * 127 + 1]
      )
    })
  )

  it.effect("does not propose again what the peer has refused, so that what is left fits on fewer associations", () =>
    Effect.gen(function* () {
      const kinds = Array.from({ length: 300 }, (_, i) => Uid.makeUnsafe(`1.2.4.${i + 1}`))
      const taken = kinds.filter((_, i) => i % 100 === 0)
      const to = yield* archive("ARCHIVE", { supported: { sopClasses: taken } })
      const chunk = (from: number) => Stream.fromArray(kinds.map((kind, i) => instance(from + i, 10, kind)))
      const reports = yield* sent(to, Stream.concat(chunk(1), chunk(1001)))
      assert.strictEqual(reports.filter((report) => report._tag === "Stored").length, 6)
      const [, refused] = reports
      assert.deepStrictEqual(
        refused?._tag === "Failed" ? refused.cause : undefined,
        new AssociationError.NoPresentationContext({
          abstractSyntax: "1.2.4.2",
          transferSyntax: "1.2.840.10008.1.2.1"
        })
      )
      assert.deepStrictEqual(
        to.proposed.map((contexts) => contexts.length),
        [128, 128, 47, 4]
      )
    })
  )

  it.effect("reports an instance whose source fails, and goes on with the next", () =>
    Effect.gen(function* () {
      const to = yield* archive("ARCHIVE")
      const broken = {
        ...instance(2),
        dataSet: Stream.concat(Stream.make(new Uint8Array(100)), Stream.fail("the disk is broken"))
      }
      const pool = yield* AssociationPool.make()
      const reports = yield* inTime(
        Stream.runCollect(StorageSending.send(pool, to.peer, [instance(1), broken, instance(3)]))
      )
      assert.deepStrictEqual(brief(reports), ["1 Stored, 1 attempts", "2 Failed, 1 attempts", "3 Stored, 1 attempts"])
      const [, failed] = reports
      assert.strictEqual(failed?._tag === "Failed" ? failed.cause : undefined, "the disk is broken")
      yield* inTime(settled)
    })
  )

  it.effect("sends what comes while it comes, and fails where the source does", () =>
    Effect.gen(function* () {
      const to = yield* archive("ARCHIVE")
      const source = Stream.concat(Stream.fromIterable(numbered(2)), Stream.fail("no more"))
      assert.strictEqual(yield* Effect.flip(sent(to, source)), "no more")
      assert.strictEqual(to.kept.size, 2)
    })
  )
})

describe("sending with a journal", () => {
  it.effect("tries again for a place that others of the pool have for longer than it lets one wait", () =>
    Effect.gen(function* () {
      const { kept, peer } = yield* archive("ARCHIVE")
      const reports = yield* Effect.gen(function* () {
        const pool = yield* AssociationPool.make({ maximumAssociationsPerPeer: 1, acquire: "1 minute" })
        const contexts = [Verification.presentationContext]
        yield* Effect.forkChild(
          pool.use(peer, contexts, () => Effect.sleep("150 seconds")),
          { startImmediately: true }
        )
        return yield* Stream.runCollect(StorageSending.send(pool, peer, numbered(2), { retry: twice }))
      }).pipe(Effect.scoped, inTime)
      assert.deepStrictEqual(
        reports.map(({ _tag, attempts, repeated }) => [_tag, attempts, repeated]),
        [
          ["Stored", 3, false],
          ["Stored", 1, false]
        ]
      )
      assert.strictEqual(kept.size, 2)
    })
  )

  it.effect("bounds an instance whose source stalls, which is certainly not stored, and goes on with the next", () =>
    Effect.gen(function* () {
      const { kept, peer } = yield* archive("ARCHIVE")
      const stalling = { ...instance(1), dataSet: Stream.concat(Stream.make(new Uint8Array(10)), Stream.never) }
      const reports = yield* Effect.gen(function* () {
        const pool = yield* AssociationPool.make()
        return yield* Stream.runCollect(
          StorageSending.send(pool, peer, [stalling, instance(2)], {
            retry: Schedule.recurs(1),
            deadlines: { total: "30 seconds" }
          })
        )
      }).pipe(Effect.scoped, inTime)
      assert.deepStrictEqual(
        reports.map((report) => [
          report._tag,
          report.attempts,
          report.repeated,
          report._tag === "Failed" && [report.uncertain, "message" in report.cause ? report.cause.message : undefined]
        ]),
        [
          ["Failed", 2, false, [false, "The operation deadline passed: no response within 30000 ms"]],
          ["Stored", 1, false, false]
        ]
      )
      assert.deepStrictEqual([...kept.keys()], [instance(2).sopInstanceUid])
    })
  )

  it.effect("goes on where a stopped run was, and sends nothing twice", () =>
    Effect.gen(function* () {
      const to = yield* archive("ARCHIVE", { answers: ["success", "cannot understand"] })
      const journal = yield* SendingJournal.memory
      const pool = yield* AssociationPool.make()
      const first = yield* StorageSending.send(pool, to.peer, numbered(5)).pipe(
        Stream.take(3),
        Stream.runCollect,
        Effect.provideService(SendingJournal.SendingJournal, journal),
        inTime
      )
      assert.deepStrictEqual(brief(first), ["1 Stored, 1 attempts", "2 Refused, 1 attempts", "3 Stored, 1 attempts"])
      const second = yield* Effect.provideService(sent(to, numbered(5)), SendingJournal.SendingJournal, journal)
      assert.deepStrictEqual(
        second.map((report) => report._tag),
        ["Stored", "Stored", "Stored", "Stored", "Stored"]
      )
      assert.deepStrictEqual(
        second.slice(0, 3).map((report) => report.attempts),
        [0, 1, 0]
      )
      for (const report of second) {
        const times = to.kept.get(report.instance.sopInstanceUid)
        if (!report.repeated) assert.strictEqual(times, 1)
      }
    })
  )

  it.effect("says of what a stopped run had begun that it was sent again", () =>
    Effect.gen(function* () {
      const to = yield* archive("ARCHIVE")
      const journal = yield* SendingJournal.memory
      yield* journal.record("ARCHIVE", "1.2.3.1", { _tag: "Begun" })
      yield* journal.record("OTHER", "1.2.3.2", { _tag: "Begun" })
      const reports = yield* Effect.provideService(sent(to, numbered(2)), SendingJournal.SendingJournal, journal)
      assert.deepStrictEqual(brief(reports), ["1 Stored, 1 attempts, repeated", "2 Stored, 1 attempts"])
      assert.deepStrictEqual(
        yield* journal.find("ARCHIVE", "1.2.3.1"),
        Option.some<SendingJournal.Entry>({ _tag: "Ended", status: { _tag: "Success", code: 0 } })
      )
    })
  )

  it.effect("knows of what was broken off in an earlier run that it was certainly not stored", () =>
    Effect.gen(function* () {
      const to = yield* archive("ARCHIVE")
      const journal = yield* SendingJournal.memory
      const source = Stream.concat(Stream.make(new Uint8Array(500_000)), Stream.never)
      const run = (one: ReturnType<typeof instance>, dataSet: typeof source | ReadonlyArray<Uint8Array>) =>
        Effect.gen(function* () {
          const pool = yield* AssociationPool.make()
          const options = { retry: Schedule.recurs(0), deadlines: { total: "30 seconds" } } as const
          return brief(yield* Stream.runCollect(StorageSending.send(pool, to.peer, [{ ...one, dataSet }], options)))
        }).pipe(Effect.scoped, inTime, Effect.provideService(SendingJournal.SendingJournal, journal))
      assert.deepStrictEqual(yield* run(instance(1), source), ["1 Failed, 1 attempts"])
      assert.deepStrictEqual(
        yield* journal.find("ARCHIVE", "1.2.3.1"),
        Option.some<SendingJournal.Entry>({ _tag: "BrokenOff" })
      )
      assert.deepStrictEqual(yield* run(instance(1), instance(1).dataSet), ["1 Stored, 1 attempts"])
      // What may have been stored before is not made certain by an attempt that was broken off.
      yield* journal.record("ARCHIVE", "1.2.3.2", { _tag: "Begun" })
      assert.deepStrictEqual(yield* run(instance(2), source), ["2 Failed, 1 attempts, repeated"])
      assert.deepStrictEqual(
        yield* journal.find("ARCHIVE", "1.2.3.2"),
        Option.some<SendingJournal.Entry>({ _tag: "Begun" })
      )
    })
  )

  it.effect("fails where the journal does, so that nothing is sent of which it knows nothing", () =>
    Effect.gen(function* () {
      const to = yield* archive("ARCHIVE")
      const full = new SendingJournal.JournalFailed({ cause: new Error("no space left") })
      const error = yield* sent(to, numbered(2)).pipe(
        Effect.provideService(SendingJournal.SendingJournal, {
          find: () => Effect.succeedNone,
          record: () => Effect.fail(full)
        }),
        Effect.flip
      )
      assert.strictEqual(error, full)
      assert.strictEqual(full.message, "The journal could not be read or written: no space left")
      assert.strictEqual(to.kept.size, 0)
    })
  )
})

describe("sending to several peers", () => {
  it.effect("each is for itself: one that is not there and one that is silent hold up nobody", () =>
    Effect.gen(function* () {
      const silent = yield* archive("SILENT", {
        faults: Array.from({ length: 99 }, () => ({ _tag: "silent", way: "out", bytes: 0 }) as const)
      })
      const dead = yield* archive("DEAD", { faults: Array.from({ length: 99 }, () => ({ _tag: "refused" }) as const) })
      const well = yield* archive("WELL")
      const done = Deferred.makeUnsafe<number>()
      const pool = yield* AssociationPool.make()
      const peers = [silent.peer, dead.peer, well.peer]
      const reports = StorageSending.fanOut(pool, peers, numbered(50), { retry: twice }).pipe(
        Stream.tap((report) =>
          report.peer === "WELL" && report.instance.number === 50
            ? Effect.flatMap(Clock.currentTimeMillis, (now) => Deferred.succeed(done, now))
            : Effect.void
        )
      )
      const fiber = yield* Effect.forkChild(inTime(StorageSending.tally(reports)))
      assert.isBelow(yield* Deferred.await(done), 10_000)
      const tallies = yield* Fiber.join(fiber)
      const tally = { stored: 0, storedWithWarning: 0, refused: 0, failed: 0, repeated: 0 }
      assert.deepStrictEqual(
        tallies,
        new Map([
          ["SILENT", { ...tally, failed: 50 }],
          ["DEAD", { ...tally, failed: 50 }],
          ["WELL", { ...tally, stored: 50 }]
        ])
      )
      // Three times thirty seconds for the first instance, and its rest for the others.
      assert.isBelow(yield* Clock.currentTimeMillis, 150_000)
      yield* TestClock.adjust("1 minute")
    })
  )
})
