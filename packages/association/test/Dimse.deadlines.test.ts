import { assert, describe, it } from "@effect/vitest"
import { ReadyMade } from "@effect-dicom/association/testing"
import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import * as Command from "@effect-dicom/protocol/Command"
import * as Status from "@effect-dicom/protocol/Status"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as AssociationError from "@effect-dicom/association/AssociationError"
import type * as Dimse from "@effect-dicom/association/Dimse"
import { acceptor, memory, requestor } from "./ends.ts"
import { contextId, exchanging, find, pending, performing, single, unlimited } from "./exchange.ts"
import { established } from "./held.ts"
import { pass } from "./interop/sides.ts"

const timedOut = (seconds: number) =>
  new AssociationError.TimedOut({ deadline: "operation", milliseconds: seconds * 1000 })

/** A requestor that has asked a scripted peer for something. */
const asking = Effect.fnUntraced(function* (
  ask: (dimse: Dimse.Dimse) => Effect.Effect<unknown, Dimse.OperationError>,
  options: { readonly operation?: `${number} seconds` } = {}
) {
  const { association, peer } = yield* established(memory, requestor, options)
  const asked = yield* Effect.forkChild(Effect.flip(ask(association.dimse)), { startImmediately: true })
  yield* pass(0)
  yield* peer.expect("P-DATA-TF")
  return { association, peer, asked }
})

const echo = (deadlines?: Dimse.Deadlines) => (dimse: Dimse.Dimse) =>
  dimse.invoke(1, (messageId) => C_ECHO.request({ messageId }), undefined, deadlines)

const finding = (deadlines?: Dimse.Deadlines) => (dimse: Dimse.Dimse) =>
  Stream.runDrain(dimse.responses(contextId, find, [new Uint8Array(2)], deadlines))

const response = [
  ReadyMade.command(contextId, Command.respond(find(1), Status.pending)),
  ReadyMade.data(contextId, new Uint8Array(2))
] as const

describe("an operation without a response", () => {
  for (const [what, ask, seconds, operation] of [
    ["thirty seconds", echo(), 30, undefined],
    ["the association's time", echo(), 7, "7 seconds"],
    ["its own time", echo({ first: "5 seconds" }), 5, undefined],
    ["its time in all", echo({ total: "4 seconds" }), 4, undefined],
    ["the smaller of both", echo({ first: "4 seconds", total: "9 seconds" }), 4, undefined],
    ["thirty seconds, of many responses", finding(), 30, undefined],
    ["its own time, of many responses", finding({ first: "45 seconds" }), 45, undefined]
  ] as const) {
    it.effect(`ends the association after ${what}`, () =>
      Effect.gen(function* () {
        const { asked, association, peer } = yield* asking(ask, operation === undefined ? {} : { operation })
        yield* pass((seconds - 1) * 1000)
        assert.strictEqual(yield* association.state, "Sta6")
        yield* pass(1000)
        assert.deepStrictEqual(yield* Fiber.join(asked), timedOut(seconds))
        assert.deepStrictEqual(yield* association.ended, timedOut(seconds))
        yield* peer.close
      })
    )
  }

  it.effect("does so for an operation that was left too", () =>
    Effect.gen(function* () {
      const { asked, association, peer } = yield* asking(echo())
      yield* Fiber.interrupt(asked)
      yield* pass("29 seconds")
      assert.strictEqual(yield* association.state, "Sta6")
      yield* pass("1 second")
      assert.deepStrictEqual(yield* association.ended, timedOut(30))
      yield* peer.close
    })
  )

  it.effect("is found in time behind one that may take longer", () =>
    Effect.gen(function* () {
      const ends = yield* exchanging(unlimited)
      yield* performing(ends.acceptor.association, () => Effect.never)
      const { dimse } = ends.requestor.association
      const long = yield* Effect.forkChild(Effect.flip(echo({ first: "1 hour" })(dimse)), { startImmediately: true })
      const short = yield* Effect.forkChild(Effect.flip(echo({ first: "3 seconds" })(dimse)), {
        startImmediately: true
      })
      yield* pass("3 seconds")
      assert.deepStrictEqual(yield* Fiber.join(short), timedOut(3))
      assert.deepStrictEqual(yield* Fiber.join(long), timedOut(3))
    })
  )
})

describe("a request whose data set stalls in its own source", () => {
  for (const [what, source] of [
    ["before its first bytes", Stream.never],
    ["in the middle", Stream.concat(Stream.make(new Uint8Array(300_000)), Stream.never)]
  ] as const) {
    it.effect(`${what} is bounded by its time in all, and ends the association`, () =>
      Effect.gen(function* () {
        const ends = yield* exchanging(unlimited)
        yield* performing(ends.acceptor.association, ({ command }) =>
          Effect.succeed(Command.respond(command, Status.success))
        )
        const { association } = ends.requestor
        const storing = yield* Effect.forkChild(
          Effect.flip(association.dimse.invoke(contextId, single["C-STORE-RQ"], source, { total: "20 seconds" })),
          { startImmediately: true }
        )
        yield* pass("19 seconds")
        assert.strictEqual(yield* association.state, "Sta6")
        yield* pass("1 second")
        assert.deepStrictEqual(yield* Fiber.join(storing), timedOut(20))
        assert.deepStrictEqual(yield* association.ended, timedOut(20))
        assert.strictEqual((yield* ends.acceptor.association.ended)._tag, "AbortedByPeer")
      })
    )
  }

  it.effect("is left by its user's own timeout, before its first bytes in step", () =>
    Effect.gen(function* () {
      const ends = yield* exchanging()
      yield* performing(ends.acceptor.association, ({ command }) =>
        Effect.succeed(Command.respond(command, Status.success))
      )
      const { dimse } = ends.requestor.association
      const storing = yield* Effect.forkChild(
        Effect.timeoutOption(dimse.invoke(contextId, single["C-STORE-RQ"], Stream.never), "20 seconds"),
        { startImmediately: true }
      )
      yield* pass("20 seconds")
      assert.strictEqual((yield* Fiber.join(storing))._tag, "None")
      assert.strictEqual(
        (yield* dimse.invoke(contextId, single["C-STORE-RQ"], [new Uint8Array(2)])).command.status.code,
        0
      )
    })
  )

  it.effect("is answered in its time where the source comes to its end", () =>
    Effect.gen(function* () {
      const ends = yield* exchanging()
      yield* performing(ends.acceptor.association, ({ command }) =>
        Effect.succeed(Command.respond(command, Status.success))
      )
      const slow = Stream.mapEffect(Stream.range(1, 9), () => Effect.as(Effect.sleep("2 seconds"), new Uint8Array(2)))
      const storing = yield* Effect.forkChild(
        ends.requestor.association.dimse.invoke(contextId, single["C-STORE-RQ"], slow, { total: "20 seconds" }),
        { startImmediately: true }
      )
      for (let i = 0; i < 9; i++) yield* pass("2 seconds")
      assert.strictEqual((yield* Fiber.join(storing)).command.status.code, 0)
      yield* pass("50 seconds")
      assert.strictEqual(yield* ends.requestor.association.state, "Sta6")
    })
  )
})

describe("between responses", () => {
  it.effect("as much time may pass again, and no more", () =>
    Effect.gen(function* () {
      const { asked, association, peer } = yield* asking(finding({ first: "20 seconds", between: "5 seconds" }))
      yield* peer.expect("P-DATA-TF")
      yield* pass("19 seconds")
      for (let i = 0; i < 3; i++) {
        yield* peer.send(...response)
        yield* pass("4 seconds")
      }
      assert.strictEqual(yield* association.state, "Sta6")
      yield* pass("1 second")
      assert.deepStrictEqual(yield* Fiber.join(asked), timedOut(5))
      yield* peer.close
    })
  )

  it.effect("the time in all is not put off", () =>
    Effect.gen(function* () {
      const { asked, peer } = yield* asking(finding({ total: "10 seconds" }))
      yield* peer.expect("P-DATA-TF")
      for (let i = 0; i < 3; i++) {
        yield* peer.send(...response)
        yield* pass("3 seconds")
      }
      yield* pass("1 second")
      assert.deepStrictEqual(yield* Fiber.join(asked), timedOut(10))
      yield* peer.close
    })
  )

  it.effect("time in which this side's own consumer holds up the reading does not count", () =>
    Effect.gen(function* () {
      const ends = yield* exchanging({}, { held: 1000 })
      yield* performing(ends.acceptor.association, ({ command }) => ({
        responses: Stream.concat(
          Stream.rechunk(
            Stream.map(Stream.range(1, 2000), (i) => pending(command, i)),
            1
          ),
          Stream.make(Command.respond(command, Status.success))
        )
      }))
      const gate = Deferred.makeUnsafe<void>()
      let answers = 0
      const consuming = yield* Effect.forkChild(
        Stream.runForEach(ends.requestor.association.dimse.responses(contextId, find, [new Uint8Array(2)]), () =>
          Effect.andThen(
            Deferred.await(gate),
            Effect.sync(() => answers++)
          )
        ),
        { startImmediately: true }
      )
      for (let i = 0; i < 30; i++) yield* pass("10 seconds")
      assert.strictEqual(yield* ends.requestor.association.state, "Sta6")
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(consuming)
      assert.strictEqual(answers, 2001)
    })
  )
})

describe("a request that is performed", () => {
  it.effect("has no deadline but its performer's own: until that, a silent peer is waited for", () =>
    Effect.gen(function* () {
      const { association, peer } = yield* established(memory, acceptor)
      const never = C_ECHO.request({ messageId: 1 })
      const bounded = C_ECHO.request({ messageId: 2 })
      const performer = yield* performing(association, ({ command }) =>
        Effect.as(Effect.never, Command.respond(command, Status.success)).pipe(
          command.messageId === 1
            ? (self) => self
            : Effect.timeoutOrElse({
                duration: "10 minutes",
                orElse: () => Effect.succeed(Command.respond(command, Status.failures.processingFailure))
              })
        )
      )
      yield* peer.send(ReadyMade.command(1, bounded))
      yield* pass("9 minutes")
      assert.strictEqual(yield* association.state, "Sta6")
      yield* pass("1 minute")
      yield* peer.expect("P-DATA-TF", ReadyMade.command(1, C_ECHO.response(bounded, Status.failures.processingFailure)))
      yield* association.dimse.quiet
      yield* peer.send(ReadyMade.command(1, never))
      yield* pass("1 day")
      assert.strictEqual(yield* association.state, "Sta6")
      yield* Fiber.interrupt(performer)
      yield* association.dimse.quiet
      yield* peer.expect("P-DATA-TF")
      // From here on the silence is the peer's.
      yield* pass("2 minutes")
      assert.deepStrictEqual(
        yield* association.ended,
        new AssociationError.TimedOut({ deadline: "idle", milliseconds: 60_000 })
      )
      yield* peer.close
    })
  )
})
