import { assert, describe, it } from "@effect/vitest"
import * as C_CANCEL from "@effect-dicom/protocol/C_CANCEL"
import * as Command from "@effect-dicom/protocol/Command"
import * as Status from "@effect-dicom/protocol/Status"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Dimse from "@effect-dicom/association/Dimse"
import { contextId, exchanging, find, pending, performing, single } from "./exchange.ts"
import { settle } from "./interop/sides.ts"

/** Runs an effect while seconds pass for it. */
const inTime = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
    for (let i = 0; i < 100 && fiber.pollUnsafe() === undefined; i++) {
      yield* settle
      if (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("1 second")
    }
    assert.isDefined(fiber.pollUnsafe(), "it goes on")
    return yield* Fiber.join(fiber)
  })

const seconds = Effect.map(Clock.currentTimeMillis, (now) => now / 1000)

const store = single["C-STORE-RQ"]

/** A performer of queries whose responses come after so many seconds each. */
const slow =
  (waits: ReadonlyArray<number>, ended: () => void): Dimse.Performer =>
  ({ command }) => ({
    responses: Stream.fromIterable(waits, { chunkSize: 1 }).pipe(
      Stream.mapEffect((wait, i) => Effect.as(Effect.sleep(`${wait} seconds`), pending(command, i))),
      Stream.concat(Stream.succeed(Command.respond(command, Status.success))),
      Stream.ensuring(Effect.sync(ended))
    )
  })

/** What the user of a query is told by a bounded performer, and when, in seconds. */
const told = Effect.fnUntraced(function* (
  performer: Dimse.Performer,
  deadlines: Dimse.PerformerDeadlines,
  pause: (told: number) => Effect.Effect<void> = () => Effect.void
) {
  const { acceptor, requestor } = yield* exchanging()
  yield* performing(acceptor.association, Dimse.within(performer, deadlines))
  const all: Array<readonly [seconds: number, code: number]> = []
  yield* Stream.runForEach(requestor.association.dimse.responses(contextId, find, [new Uint8Array(2)]), (answer) =>
    Effect.andThen(
      Effect.map(seconds, (now) => void all.push([now, answer.command.status.code])),
      Effect.suspend(() => pause(all.length))
    )
  )
  assert.strictEqual((yield* requestor.association.release)._tag, "Released")
  return all
})

describe("the deadlines of a performer", () => {
  it.effect(
    "one that never answers is interrupted, answered with processing failure, and the next request served",
    () =>
      inTime(
        Effect.gen(function* () {
          const { acceptor, requestor } = yield* exchanging()
          let interrupted = 0
          let requests = 0
          const performer: Dimse.Performer = ({ command }) =>
            ++requests > 1
              ? Effect.succeed(Command.respond(command, Status.success))
              : Effect.onInterrupt(Effect.never, () => Effect.sync(() => interrupted++))
          yield* performing(acceptor.association, Dimse.within(performer, { first: "20 seconds" }))
          const { invoke } = requestor.association.dimse
          const first = yield* invoke(contextId, store, [new Uint8Array(100)])
          assert.deepStrictEqual([first.command.status, yield* seconds], [Status.failures.processingFailure, 20])
          assert.strictEqual(interrupted, 1)
          const second = yield* invoke(contextId, store, [new Uint8Array(100)])
          assert.deepStrictEqual([second.command.status, yield* seconds], [Status.success, 20])
        }).pipe(Effect.scoped)
      )
  )

  it.effect("of one response the shorter of the first and the total holds, and one in time is as it was", () =>
    inTime(
      Effect.gen(function* () {
        const { acceptor, requestor } = yield* exchanging()
        const performer: Dimse.Performer = ({ command }) =>
          Effect.as(Effect.sleep("9 seconds"), Command.respond(command, Status.success))
        const asked = Effect.fnUntraced(function* (deadlines: Dimse.PerformerDeadlines) {
          const serving = yield* performing(acceptor.association, Dimse.within(performer, deadlines))
          const { command } = yield* requestor.association.dimse.invoke(contextId, store, [new Uint8Array(10)])
          yield* Fiber.interrupt(serving)
          return command.status.code
        })
        assert.strictEqual(yield* asked({ first: "10 seconds", total: "8 seconds" }), 0x0110)
        assert.strictEqual(yield* asked({ first: "8 seconds", total: "10 seconds" }), 0x0110)
        assert.strictEqual(yield* asked({ first: "10 seconds", total: "10 seconds", between: "1 second" }), 0x0000)
        assert.strictEqual(yield* asked({}), 0x0000)
      }).pipe(Effect.scoped)
    )
  )

  for (const [name, waits, deadlines, expected] of [
    ["until the first response", [5, 1], { first: "4 seconds" }, [[4, 0x0110]]],
    [
      "from one response to the next",
      [5, 1, 4, 1],
      { between: "3 seconds" },
      [
        [5, 0xff00],
        [6, 0xff00],
        [9, 0x0110]
      ]
    ],
    [
      "in all",
      [2, 2, 2, 2],
      { first: "3 seconds", between: "3 seconds", total: "5 seconds" },
      [
        [2, 0xff00],
        [4, 0xff00],
        [5, 0x0110]
      ]
    ],
    [
      "of one in time: as it was",
      [2, 2],
      { first: "3 seconds", between: "3 seconds", total: "5 seconds" },
      [
        [2, 0xff00],
        [4, 0xff00],
        [4, 0x0000]
      ]
    ]
  ] as const) {
    it.effect(`bound many responses ${name}`, () =>
      inTime(
        Effect.gen(function* () {
          let ended = 0
          const all = yield* told(
            slow(waits, () => ended++),
            deadlines
          )
          assert.deepStrictEqual(
            all,
            expected.map(([at, code]) => [at, code])
          )
          assert.strictEqual(ended, 1)
        }).pipe(Effect.scoped)
      )
    )
  }

  it.effect("what a performer gives in its place is sent when its finalizers have run", () =>
    inTime(
      Effect.gen(function* () {
        const happened: Array<string> = []
        const performer: Dimse.Performer = (incoming) => ({
          ...slow([9], () => happened.push("ended"))(incoming),
          onDeadline: Effect.sync(() => {
            happened.push("answered")
            return Command.respond(incoming.command, Status.fromCode(0xc001))
          })
        })
        assert.deepStrictEqual(yield* told(performer, { total: "5 seconds" }), [[5, 0xc001]])
        assert.deepStrictEqual(happened, ["ended", "answered"])
      }).pipe(Effect.scoped)
    )
  )

  it.effect("a cancelled one is answered as cancelled, and its deadline is nothing to anyone", () =>
    inTime(
      Effect.gen(function* () {
        const { acceptor, requestor } = yield* exchanging()
        let ended = 0
        const performer = slow([60], () => ended++)
        yield* performing(acceptor.association, Dimse.within(performer, { first: "30 seconds" }))
        const { dimse } = requestor.association
        const all = yield* Effect.forkChild(Stream.runCollect(dimse.responses(contextId, find, [new Uint8Array(2)])), {
          startImmediately: true
        })
        yield* Effect.sleep("10 seconds")
        yield* dimse.send(contextId, C_CANCEL.request({ messageIdBeingRespondedTo: 1 }))
        const exit = yield* Fiber.await(all)
        assert(Exit.isSuccess(exit))
        assert.deepStrictEqual(
          exit.value.map(({ command }) => command.status._tag),
          ["Cancel"]
        )
        assert.deepStrictEqual([ended, yield* seconds], [1, 10])
        yield* Effect.sleep("30 seconds")
        assert.strictEqual((yield* requestor.association.release)._tag, "Released")
      }).pipe(Effect.scoped)
    )
  )
})
