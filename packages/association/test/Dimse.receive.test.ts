import { assert, describe, it } from "@effect/vitest"
import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import * as Command from "@effect-dicom/protocol/Command"
import * as Status from "@effect-dicom/protocol/Status"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Dimse from "@effect-dicom/association/Dimse"
import { contextId, dataSetOf, exchanging, performing, single, unlimited } from "./exchange.ts"

const mebibyte = 1 << 20

const get = single["N-GET-RQ"]

/** Answers with a data set of so many pieces, and says how many it was asked for. */
const answering = (
  pieces: number,
  length: number,
  before: (piece: number) => Effect.Effect<void> = () => Effect.void
) => {
  const produced = { pieces: 0 }
  const performer: Dimse.Performer = ({ command }) =>
    Effect.succeed({
      command: Command.respond(command, Status.success),
      dataSet: Stream.mapEffect(Stream.range(1, pieces), (piece) =>
        Effect.as(before(piece), new Uint8Array(length).fill((produced.pieces = piece)))
      )
    })
  return { performer, produced }
}

const lengthOf = Stream.runFold(
  () => 0,
  (total: number, { length }: Uint8Array) => total + length
)

class Enough extends Data.TaggedError("Enough")<{}> {}

/** Two ends, the acceptor of which performs; what is asked after is answered, so that both are in step. */
const asking = Effect.fnUntraced(function* (
  performer: Dimse.Performer,
  options: Parameters<typeof exchanging>[1] = {}
) {
  const { acceptor, requestor } = yield* exchanging({}, options)
  yield* performing(acceptor.association, performer)
  const { dimse } = requestor.association
  const inStep = Effect.map(
    dimse.receive(contextId, get, ({ dataSet }) => lengthOf(dataSet)),
    (length) => length > 0
  )
  return { acceptor, dimse, inStep, requestor }
})

describe("a response that is received", () => {
  for (const [tag, request] of Object.entries(single)) {
    it.effect(`${tag}: its data set comes as bytes, or there is none`, () =>
      Effect.gen(function* () {
        const { acceptor, requestor } = yield* exchanging(unlimited)
        yield* performing(acceptor.association, (incoming) =>
          Effect.map(Effect.orDie(Dimse.collect(incoming)), () => {
            const command = Command.respond(incoming.command, Status.success)
            return { command, ...(dataSetOf(command) && { dataSet: dataSetOf(command, 20) ?? [] }) }
          })
        )
        const sent = request(1)
        const response = Command.respond(sent, Status.success)
        const received = yield* requestor.association.dimse.receive(
          contextId,
          request,
          ({ command, dataSet, hasDataSet }) =>
            Effect.map(Stream.runCollect(dataSet), (views) => [
              command,
              hasDataSet,
              views.flatMap((view) => [...view])
            ]),
          dataSetOf(sent)
        )
        const expected = dataSetOf(response, 20)?.flatMap((view) => [...view])
        assert.deepStrictEqual(received, [response, expected !== undefined, expected ?? []])
        yield* requestor.association.dimse.quiet
      })
    )
  }

  it.effect("may be longer than what is held of others", () =>
    Effect.gen(function* () {
      const { dimse } = yield* asking(answering(20, mebibyte).performer)
      assert.strictEqual(yield* dimse.receive(contextId, get, ({ dataSet }) => lengthOf(dataSet)), 20 * mebibyte)
    })
  )

  it.effect("holds up the peer where it is not taken", () =>
    Effect.gen(function* () {
      const { performer, produced } = answering(32, mebibyte)
      const { dimse, inStep } = yield* asking(performer)
      const gate = yield* Deferred.make<void>()
      const receiving = yield* Effect.forkChild(
        dimse.receive(contextId, get, ({ dataSet }) => Effect.andThen(Deferred.await(gate), lengthOf(dataSet)))
      )
      yield* TestClock.adjust("1 second")
      assert.isBelow(produced.pieces, 16)
      yield* Deferred.succeed(gate, undefined)
      assert.strictEqual(yield* Fiber.join(receiving), 32 * mebibyte)
      assert.isTrue(yield* inStep)
    })
  )

  it.effect("may be left untaken, by success, failure and interruption: what follows it is in step", () =>
    Effect.gen(function* () {
      const { dimse, inStep } = yield* asking(answering(8, mebibyte).performer)
      assert.strictEqual(yield* dimse.receive(contextId, get, ({ command }) => Effect.succeed(command.status.code)), 0)
      assert.isTrue(yield* inStep)
      const failed = yield* Effect.flip(
        dimse.receive(contextId, get, ({ dataSet }) => Stream.runForEach(dataSet, () => Effect.fail(new Enough())))
      )
      assert.strictEqual(failed._tag, "Enough")
      assert.isTrue(yield* inStep)
      const begun = yield* Deferred.make<void>()
      const receiving = yield* Effect.forkChild(
        dimse.receive(contextId, get, ({ dataSet }) =>
          Stream.runForEach(dataSet, () => Effect.andThen(Deferred.succeed(begun, undefined), Effect.never))
        )
      )
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(receiving)
      assert.isTrue(yield* inStep)
      yield* dimse.quiet
    })
  )

  it.effect("is not to be waited behind by who takes it: its own next operation fails, typed, and it goes on", () =>
    Effect.gen(function* () {
      const sized = (length: number) => answering(length / mebibyte, mebibyte).performer
      for (const window of [{}, unlimited]) {
        const { acceptor, requestor } = yield* exchanging(window)
        yield* performing(acceptor.association, (incoming) =>
          incoming.command._tag === "C-ECHO-RQ"
            ? Effect.succeed(Command.respond(incoming.command, Status.success))
            : sized(40 * mebibyte)(incoming)
        )
        const { dimse } = requestor.association
        const echo = dimse.invoke(1, (messageId) => C_ECHO.request({ messageId }))
        let total = 0
        const errors: Array<string> = []
        yield* dimse.receive(contextId, get, ({ dataSet }) =>
          Stream.runForEach(dataSet, ({ length }) => {
            total += length
            return total > length
              ? Effect.void
              : Effect.catch(echo, (error) => Effect.sync(() => errors.push(error.message)))
          })
        )
        assert.deepStrictEqual(errors, [
          "An operation waits for what can only come once more is taken of what another one brings"
        ])
        assert.strictEqual(total, 40 * mebibyte)
        // What was given up is dropped when it comes.
        assert.deepStrictEqual((yield* echo).command.status, Status.success)
        yield* dimse.quiet
      }
    })
  )

  it.effect("may have its own next operation while not far too much is held of it", () =>
    Effect.gen(function* () {
      const { acceptor, requestor } = yield* exchanging()
      yield* performing(acceptor.association, (incoming) =>
        incoming.command._tag === "C-ECHO-RQ"
          ? Effect.succeed(Command.respond(incoming.command, Status.success))
          : answering(10, mebibyte).performer(incoming)
      )
      const { dimse } = requestor.association
      const total = yield* dimse.receive(contextId, get, ({ dataSet }) =>
        Effect.andThen(
          dimse.invoke(1, (messageId) => C_ECHO.request({ messageId })),
          lengthOf(dataSet)
        )
      )
      assert.strictEqual(total, 10 * mebibyte)
    })
  )

  it.effect("breaks off with what ends the association", () =>
    Effect.gen(function* () {
      const { acceptor, dimse } = yield* asking(
        answering(2, 100, (piece) => (piece === 2 ? Effect.never : Effect.void)).performer
      )
      const receiving = yield* Effect.forkChild(
        Effect.flip(dimse.receive(contextId, get, ({ dataSet }) => lengthOf(dataSet)))
      )
      yield* TestClock.adjust("1 second")
      yield* acceptor.association.abort
      assert.strictEqual((yield* Fiber.join(receiving))._tag, "AbortedByPeer")
      yield* dimse.quiet
    })
  )

  it.effect("may take as long as it likes as long as it goes on, and not longer than an operation may be silent", () =>
    Effect.gen(function* () {
      const pieces = yield* Queue.unbounded<void>()
      const taken = yield* Queue.unbounded<number>()
      const { dimse } = yield* asking(answering(4, mebibyte, () => Queue.take(pieces)).performer, {
        operation: "30 seconds"
      })
      const receive = dimse.receive(contextId, get, ({ dataSet }) => {
        let total = 0
        return Stream.runForEach(dataSet, ({ length }) => Queue.offer(taken, (total += length)))
      })
      /** Gives the peer a piece to send, and waits for most of it: what fills no fragment waits for what follows. */
      const piece = Effect.fnUntraced(function* (number: number) {
        yield* Queue.offer(pieces, undefined)
        while ((yield* Queue.take(taken)) < (number - 0.5) * mebibyte);
      })
      const receiving = yield* Effect.forkChild(receive)
      for (const number of [1, 2, 3]) {
        yield* TestClock.adjust("20 seconds")
        yield* piece(number)
      }
      yield* Queue.offer(pieces, undefined)
      yield* Fiber.join(receiving)
      yield* Queue.takeAll(taken)

      const waiting = yield* Effect.forkChild(Effect.flip(receive))
      yield* piece(1)
      yield* TestClock.adjust("31 seconds")
      const error = yield* Fiber.join(waiting)
      assert.strictEqual(error.message, "The operation deadline passed: no response within 30000 ms")
    })
  )
})
