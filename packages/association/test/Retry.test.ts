import { assert, describe, it } from "@effect/vitest"
import type * as Association from "@effect-dicom/association/Association"
import * as AssociationError from "@effect-dicom/association/AssociationError"
import * as Retry from "@effect-dicom/association/Retry"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as Uid from "@effect-dicom/data/Uid"
import * as C_STORE from "@effect-dicom/protocol/C_STORE"
import * as Status from "@effect-dicom/protocol/Status"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { associated, memory } from "./ends.ts"

const rejected = (result: string, diagnostic: string) =>
  new AssociationError.Rejected({ by: "peer", result, source: "DICOM UL service-user", diagnostic })

const transportClosed = new AssociationError.TransportClosed({})

const failures: ReadonlyArray<readonly [Retry.Failure, transient: boolean, orUnknown: boolean]> = [
  [new AssociationError.ConnectFailed({ cause: new Error("ECONNREFUSED") }), true, true],
  [new AssociationError.TimedOut({ deadline: "connect", milliseconds: 1 }), true, true],
  [new AssociationError.TimedOut({ deadline: "negotiation", milliseconds: 1 }), true, true],
  [rejected("rejected-transient", "temporary-congestion"), true, true],
  [rejected("rejected-transient", "local-limit-exceeded"), true, true],
  [rejected("rejected-transient", "no-reason-given"), true, true],
  [rejected("rejected-permanent", "called-AE-title-not-recognized"), false, false],
  [rejected("unknown (7)", "unknown (7)"), false, false],
  [new AssociationError.AbortedByPeer({}), true, true],
  [new AssociationError.AbortedByProvider({ provider: "peer", reason: "reason-not-specified" }), true, true],
  [new AssociationError.AbortedByProvider({ provider: "local", reason: "unrecognized-PDU" }), false, false],
  [new AssociationError.AbortedLocally({}), false, false],
  [new AssociationError.AlreadyReleased({ by: "peer" }), true, true],
  [new AssociationError.AlreadyReleased({ by: "local" }), false, false],
  [transportClosed, true, true],
  [new AssociationError.NoPresentationContext({ abstractSyntax: "1.2.3" }), false, false],
  [new Retry.OutcomeUnknown({ cause: transportClosed }), false, true],
  [new Retry.OutcomeUnknown({ cause: new AssociationError.AbortedLocally({}) }), false, false]
]

describe("what is worth trying again", () => {
  for (const [failure, transient, orUnknown] of failures) {
    it(`${failure._tag}: ${failure.message}: ${transient ? "yes" : orUnknown ? "if it may be done twice" : "no"}`, () => {
      assert.deepStrictEqual([Retry.isTransient(failure), Retry.isTransientOrUnknown(failure)], [transient, orUnknown])
    })
  }

  it("a status that says that the peer is short of something, and no other", () => {
    const transient = (code: number) => Retry.isTransientStatus(Status.fromCode(code))
    assert.deepStrictEqual([0xa700, 0xa701, 0xa7ff, 0x0213].map(transient), [true, true, true, true])
    assert.deepStrictEqual([0x0000, 0xa6ff, 0xa800, 0xa900, 0xc000, 0x0110, 0x0122, 0xb000].map(transient), [
      false,
      false,
      false,
      false,
      false,
      false,
      false,
      false
    ])
  })

  it.effect("an operation that ended before a message was sent is told from one that ended after", () =>
    Effect.gen(function* () {
      const { requestor } = yield* associated(memory)
      const { association } = requestor
      const sent = association.dimse.send(1, { _tag: "C-CANCEL-RQ", messageIdBeingRespondedTo: 1 })
      const failing = <E>(error: E, before: Effect.Effect<unknown, unknown>) =>
        Effect.flip(Retry.distinguish(association, Effect.andThen(Effect.ignore(before), Effect.fail(error))))
      assert.strictEqual(yield* failing(transportClosed, Effect.void), transportClosed)
      assert.deepStrictEqual(
        yield* failing(transportClosed, sent),
        new Retry.OutcomeUnknown({ cause: transportClosed })
      )
      assert.strictEqual(yield* failing("a status", sent), "a status")
    })
  )

  it.effect("a request whose source stalled before its last bytes is told from one that was sent whole", () =>
    Effect.gen(function* () {
      const storing = (more: Stream.Stream<Uint8Array>) =>
        Effect.gen(function* () {
          const { requestor } = yield* associated(memory)
          const { association } = requestor
          const dataSet = Stream.concat(Stream.make(new Uint8Array(500_000), new Uint8Array(10)), more)
          const invoked = association.dimse.invoke(
            1,
            (messageId) =>
              C_STORE.request({
                messageId,
                affectedSopClassUid: SopClass.CTImageStorage,
                affectedSopInstanceUid: Uid.makeUnsafe("2.25.1")
              }),
            dataSet,
            { total: "5 seconds" }
          )
          const fiber = yield* Effect.forkChild(Effect.flip(Retry.distinguish(association, invoked)), {
            startImmediately: true
          })
          yield* Effect.forEach(Array.from({ length: 50 }), () => Effect.yieldNow, { discard: true })
          yield* TestClock.adjust("5 seconds")
          const error = yield* Fiber.join(fiber)
          return [error._tag, association.traffic.bytesSent > 100_000, association.dimse.messagesSent()]
        })
      assert.deepStrictEqual(yield* storing(Stream.never), ["TimedOut", true, 0])
      assert.deepStrictEqual(yield* storing(Stream.empty), ["OutcomeUnknown", true, 1])
    })
  )

  it("says what is not known", () => {
    assert.strictEqual(
      new Retry.OutcomeUnknown({ cause: transportClosed }).message,
      "Whether the operation was performed is not known: The transport connection was closed by the peer"
    )
  })
})

describe("the schedule", () => {
  it.effect("waits longer each time, up to its cap, a fifth off at most, and composes with the caller's own", () =>
    Effect.gen(function* () {
      const at: Array<number> = []
      const failing = Effect.flatMap(Clock.currentTimeMillis, (now) => {
        at.push(now)
        return Effect.fail(rejected("rejected-transient", "temporary-congestion"))
      })
      const fiber = yield* Effect.forkChild(
        Effect.flip(
          Effect.retry(failing, {
            while: Retry.isTransient,
            schedule: Retry.schedule({ first: "1 second", factor: 3, cap: "5 seconds" }).pipe(
              Schedule.upTo({ times: 5 })
            )
          })
        )
      )
      yield* TestClock.adjust(Duration.minutes(1))
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "Rejected")
      const waits = at.slice(1).map((time, i) => time - (at[i] ?? 0))
      const nominal = [1000, 3000, 5000, 5000, 5000]
      assert.strictEqual(waits.length, nominal.length)
      for (const [i, wait] of waits.entries()) {
        const expected = nominal[i] ?? 0
        assert.isAtLeast(wait, 0.8 * expected - 1)
        assert.isAtMost(wait, 1.2 * expected + 1)
      }
    })
  )

  it.effect("never tries again what may have been done", () =>
    Effect.gen(function* () {
      let attempts = 0
      const error = yield* Effect.suspend(() => {
        attempts++
        return Effect.fail(new Retry.OutcomeUnknown({ cause: transportClosed }))
      }).pipe(Effect.retry({ while: Retry.isTransient, schedule: Retry.schedule() }), Effect.flip)
      assert.strictEqual(error._tag, "OutcomeUnknown")
      assert.strictEqual(attempts, 1)
    })
  )

  it("is asked of an association, which is there", () => {
    const distinguish: (
      association: Association.Association
    ) => Effect.Effect<string, string | Retry.OutcomeUnknown> = (association) =>
      Retry.distinguish(association, Effect.fail<string>("a status"))
    assert.strictEqual(typeof distinguish, "function")
  })
})
