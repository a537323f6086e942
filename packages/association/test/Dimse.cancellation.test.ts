/**
 * Operations with many responses that are ended before their time, at every point and in every way: the association stays
 * in step or ends, what performed has been interrupted and its finalizers have run, and no fiber is left.
 */
import { assert, describe, it } from "@effect/vitest"
import { Fault, InMemory, ReadyMade } from "@effect-dicom/association/testing"
import * as C_CANCEL from "@effect-dicom/protocol/C_CANCEL"
import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import * as Command from "@effect-dicom/protocol/Command"
import * as Status from "@effect-dicom/protocol/Status"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { acceptor, type Associated, memory, type Network, requestor } from "./ends.ts"
import { contextId, counting, exchanging, find, many, pending, performing } from "./exchange.ts"
import { established } from "./held.ts"
import { pass, settle } from "./interop/sides.ts"

const cancelOf = (messageId: number) => C_CANCEL.request({ messageIdBeingRespondedTo: messageId })

interface Case {
  readonly tag: keyof typeof many
  /** How many pending responses the performer has; one each second, and the last one a second later. */
  readonly responses: number
  /** When it happens, in half seconds: always between two responses. */
  readonly at: number
  readonly how: (typeof ways)[number]
}

const ways = [
  "cancel",
  "cancel twice",
  "cancel of an unknown message",
  "interruption",
  "leaving the stream",
  "abort",
  "abort by the peer",
  "the end of this side's scope",
  "the end of the peer's scope"
] as const

const Case = {
  tag: Schema.Literals(["C-FIND-RQ", "C-GET-RQ", "C-MOVE-RQ"]),
  responses: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5 })),
  at: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 8 })),
  how: Schema.Literals(ways)
}

/** What happens to an operation, from its request on. */
const course = (one: Case, network: Network = memory) =>
  Effect.gen(function* () {
    const fibers = counting()
    const made = { begun: 0, finalized: 0 }
    const statuses: Array<string> = []
    const running = yield* Effect.gen(function* () {
      const ends = yield* exchanging({}, {}, network)
      const { requestor, acceptor } = ends
      yield* performing(acceptor.association, ({ command }) =>
        command._tag === "C-ECHO-RQ"
          ? Effect.succeed(C_ECHO.response(command))
          : {
              responses: Stream.suspend(() => {
                made.begun++
                return Stream.range(1, one.responses).pipe(
                  Stream.mapEffect((i) => Effect.as(Effect.sleep("1 second"), pending(command, i))),
                  Stream.concat(
                    Stream.fromEffect(Effect.as(Effect.sleep("1 second"), Command.respond(command, Status.success)))
                  ),
                  Stream.ensuring(
                    Effect.sync(() => {
                      made.finalized++
                    })
                  )
                )
              })
            }
      )
      const { dimse } = requestor.association
      let messageId = 0
      const responses = dimse.responses(contextId, (id) => many[one.tag]((messageId = id)), [new Uint8Array(2)])
      const consumed =
        one.how === "leaving the stream" ? Stream.interruptWhen(responses, Effect.sleep(at(one))) : responses
      const finding = yield* Stream.runForEach(consumed, ({ command }) =>
        Effect.sync(() => {
          statuses.push(command.status._tag)
        })
      ).pipe(Effect.exit, Effect.forkScoped({ startImmediately: true }))
      yield* Effect.sleep(at(one))
      yield* Effect.ignore(happens(one, ends, messageId, finding))
      yield* Fiber.await(finding)
      const states = yield* Effect.all([requestor.association.state, acceptor.association.state])
      // What is not ended is in step: the next operation has its response.
      if (states.every((state) => state === "Sta6")) {
        const echo = yield* Effect.exit(dimse.invoke(1, (messageId) => C_ECHO.request({ messageId })))
        if (network === memory) assert.isTrue(Exit.isSuccess(echo))
        yield* dimse.quiet
        yield* acceptor.association.dimse.quiet
      }
      return states
    }).pipe(
      Effect.scoped,
      Effect.exit,
      Effect.provideService(Metric.FiberRuntimeMetrics, fibers.service),
      Effect.forkChild({ startImmediately: true })
    )
    for (let i = 0; i < 400 && running.pollUnsafe() === undefined; i++) {
      yield* settle
      yield* TestClock.adjust("500 millis")
    }
    assert.isDefined(running.pollUnsafe(), "it goes on")
    const exit = yield* Fiber.join(running)
    for (let i = 0; i < 20 && fibers.running() > 0; i++) yield* settle
    assert.strictEqual(fibers.running(), 0)
    assert.strictEqual(made.finalized, made.begun)
    return { statuses, states: Exit.isSuccess(exit) ? [...exit.value] : undefined, made }
  })

const at = (one: Case): `${number} millis` => `${one.at * 1000 + 500} millis`

const happens = (
  { how }: Case,
  { acceptor, requestor }: Associated,
  messageId: number,
  finding: Fiber.Fiber<unknown>
): Effect.Effect<unknown, unknown> => {
  const { dimse } = requestor.association
  switch (how) {
    case "cancel":
      return dimse.cancel(messageId)
    case "cancel twice":
      return Effect.andThen(dimse.send(contextId, cancelOf(messageId)), dimse.send(contextId, cancelOf(messageId)))
    case "cancel of an unknown message":
      return dimse.send(contextId, cancelOf(messageId + 1))
    case "interruption":
      return Fiber.interrupt(finding)
    case "leaving the stream":
      return Effect.void
    case "abort":
      return requestor.association.abort
    case "abort by the peer":
      return acceptor.association.abort
    case "the end of this side's scope":
      return requestor.leave(Exit.fail("over"))
    case "the end of the peer's scope":
      return acceptor.leave(Exit.fail("over"))
  }
}

describe("an operation that is ended before its time", () => {
  it.effect.prop(
    "leaves the association in step or ended, its performer finished, and no fiber",
    Case,
    (one) =>
      Effect.gen(function* () {
        const { made, states, statuses } = yield* course(one)
        const all = [...Array.from({ length: one.responses }, () => "Pending"), "Success"]
        const before = all.slice(0, one.at)
        const over = one.at > one.responses
        assert.strictEqual(made.begun, 1)
        switch (one.how) {
          case "cancel":
          case "cancel twice":
            assert.deepStrictEqual(statuses, over ? all : [...before, "Cancel"])
            return assert.deepStrictEqual(states, ["Sta6", "Sta6"])
          case "cancel of an unknown message":
            assert.deepStrictEqual(statuses, all)
            return assert.deepStrictEqual(states, ["Sta6", "Sta6"])
          case "interruption":
          case "leaving the stream":
            assert.deepStrictEqual(statuses, before)
            return assert.deepStrictEqual(states, ["Sta6", "Sta6"])
          default:
            return assert.deepStrictEqual(statuses, before)
        }
      }),
    { timeout: 60_000, arbitrary: { runs: 150 } }
  )

  it.effect.prop(
    "the same where the connection is cut after some bytes of either direction",
    {
      ...Case,
      incoming: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1500 })),
      outgoing: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1500 })),
      cut: Schema.Literals(["FIN", "reset"])
    },
    ({ cut, incoming, outgoing, ...one }) => {
      const network: Network = {
        ...memory,
        ends: Effect.map(InMemory.ends({ lends: true }), ([requestor, acceptor]) => ({
          requestor: Fault.incoming(Fault.outgoing(requestor, Fault.cut(outgoing, cut)), Fault.cut(incoming, cut)),
          acceptor: Effect.succeed(acceptor)
        }))
      }
      return course(one, network)
    },
    { timeout: 60_000, arbitrary: { runs: 150 } }
  )
})

describe("a C-CANCEL-RQ", () => {
  it.effect("is sent once by whoever leaves the stream, and what still comes is dropped until the last response", () =>
    Effect.gen(function* () {
      const { association, peer } = yield* established(memory, requestor)
      const finding = yield* Effect.forkChild(
        Stream.runCollect(Stream.take(association.dimse.responses(contextId, find, [new Uint8Array(2)]), 1)),
        { startImmediately: true }
      )
      yield* peer.expect("P-DATA-TF", ReadyMade.command(contextId, find(1)))
      yield* peer.expect("P-DATA-TF")
      const response = Command.respond(find(1), Status.pending)
      const more = [ReadyMade.command(contextId, response), ReadyMade.data(contextId, new Uint8Array(2))] as const
      yield* peer.send(...more)
      yield* peer.expect("P-DATA-TF", ReadyMade.command(contextId, cancelOf(1)))
      yield* peer.send(...more, ...more)
      yield* settle
      assert.isUndefined(finding.pollUnsafe())
      yield* peer.send(ReadyMade.command(contextId, Command.respond(find(1), Status.cancel)))
      assert.strictEqual((yield* Fiber.join(finding)).length, 1)
      assert.strictEqual(yield* association.state, "Sta6")
      yield* peer.close
    })
  )

  it.effect("that the peer does not answer ends the association, after ten seconds or as long as was said", () =>
    Effect.gen(function* () {
      for (const cancelWithin of [undefined, "2 seconds"] as const) {
        const { association, peer } = yield* established(memory, requestor)
        const options = cancelWithin === undefined ? {} : { cancelWithin }
        const finding = yield* Effect.forkChild(
          Stream.runDrain(association.dimse.responses(contextId, find, [new Uint8Array(2)], options)),
          { startImmediately: true }
        )
        yield* peer.expect("P-DATA-TF")
        yield* peer.expect("P-DATA-TF")
        const left = yield* Effect.forkChild(Fiber.interrupt(finding), { startImmediately: true })
        yield* peer.expect("P-DATA-TF", ReadyMade.command(contextId, cancelOf(1)))
        // Pending responses do not put it off.
        yield* pass(cancelWithin === undefined ? "9 seconds" : "1 second")
        const response = Command.respond(find(1), Status.pending)
        yield* peer.send(ReadyMade.command(contextId, response), ReadyMade.data(contextId, new Uint8Array(2)))
        yield* settle
        assert.strictEqual(yield* association.state, "Sta6")
        yield* pass("1 second")
        yield* peer.expect("A-ABORT")
        yield* peer.close
        yield* Fiber.join(left)
        const end = yield* association.ended
        assert.strictEqual(
          "message" in end ? end.message : end._tag,
          `The cancel deadline passed: no last response to the C-CANCEL-RQ within ${
            cancelWithin === undefined ? 10_000 : 2000
          } ms`
        )
      }
    })
  )

  it.effect("is not sent for a request that was not sent", () =>
    Effect.gen(function* () {
      const { association, peer } = yield* established(memory, requestor)
      const { dimse } = association
      const asked = Deferred.makeUnsafe<void>()
      const identifier = Stream.fromEffect(Effect.andThen(Deferred.succeed(asked, undefined), Effect.never))
      const finding = yield* Effect.forkChild(Stream.runDrain(dimse.responses(contextId, find, identifier)))
      yield* Deferred.await(asked)
      // This one waits for a place.
      const second = yield* Effect.forkChild(Stream.runDrain(dimse.responses(contextId, find, [new Uint8Array(2)])), {
        startImmediately: true
      })
      yield* Fiber.interruptAll([second, finding])
      yield* dimse.quiet
      yield* Effect.andThen(settle, peer.expectSilence(0))
      const echo = yield* Effect.forkChild(dimse.invoke(1, (messageId) => C_ECHO.request({ messageId })))
      yield* peer.expect("P-DATA-TF", ReadyMade.echoRQ(2))
      yield* peer.send(ReadyMade.echoRSP(2))
      yield* Fiber.join(echo)
      yield* peer.close
    })
  )

  it.effect("before the request's turn has come answers it without performing it", () =>
    Effect.gen(function* () {
      const { association, peer } = yield* established(memory, acceptor)
      const gate = Deferred.makeUnsafe<void>()
      const performed: Array<string> = []
      yield* performing(association, ({ command }) => {
        performed.push(command._tag)
        return Effect.as(Deferred.await(gate), Command.respond(command, Status.success))
      })
      yield* peer.send(
        ReadyMade.echoRQ(1),
        ReadyMade.command(contextId, find(2)),
        ReadyMade.data(contextId, new Uint8Array(2)),
        ReadyMade.command(contextId, cancelOf(2))
      )
      yield* settle
      yield* Deferred.succeed(gate, undefined)
      yield* peer.expect("P-DATA-TF", ReadyMade.echoRSP(1))
      yield* peer.expect("P-DATA-TF", ReadyMade.command(contextId, Command.respond(find(2), Status.cancel)))
      assert.deepStrictEqual(performed, ["C-ECHO-RQ"])
      yield* peer.close
    })
  )

  it.effect("in the same chunk as its request, or before its identifier is complete, is heard too", () =>
    Effect.gen(function* () {
      const { association, peer } = yield* established(memory, acceptor)
      yield* performing(association, ({ cancelled, command }) =>
        Effect.as(Effect.andThen(cancelled, Effect.never), Command.respond(command, Status.success))
      )
      yield* peer.send(
        ReadyMade.command(contextId, find(1)),
        ReadyMade.data(contextId, new Uint8Array(2)),
        ReadyMade.command(contextId, cancelOf(1))
      )
      yield* peer.expect("P-DATA-TF", ReadyMade.command(contextId, Command.respond(find(1), Status.cancel)))
      yield* peer.close
    })
  )

  it.effect("is not for an operation that has one response", () =>
    Effect.gen(function* () {
      const { association, peer } = yield* established(memory, acceptor)
      const gate = Deferred.makeUnsafe<void>()
      yield* performing(association, ({ command }) =>
        Effect.as(Deferred.await(gate), Command.respond(command, Status.success))
      )
      yield* peer.send(ReadyMade.echoRQ(1), ReadyMade.command(1, cancelOf(1)))
      yield* settle
      yield* Deferred.succeed(gate, undefined)
      yield* peer.expect("P-DATA-TF", ReadyMade.echoRSP(1))
      yield* peer.close
    })
  )

  it.effect("waits for the response that is on its way, and runs the performer's finalizers before the last one", () =>
    Effect.gen(function* () {
      const { association, peer } = yield* established(memory, acceptor)
      const gate = Deferred.makeUnsafe<void>()
      const happened: Array<string> = []
      yield* performing(association, ({ command }) => ({
        responses: Stream.make<ReadonlyArray<{ command: Command.Response; dataSet: Stream.Stream<Uint8Array> }>>({
          command: Command.respond(command, Status.pending),
          dataSet: Stream.concat(
            Stream.make(new Uint8Array(20_000)),
            Stream.fromEffect(Effect.as(Deferred.await(gate), new Uint8Array(2)))
          )
        }).pipe(Stream.concat(Stream.never), Stream.ensuring(Effect.sync(() => happened.push("finalized")))),
        onCancel: Effect.sync(() => {
          happened.push("onCancel")
          return { ...Command.respond(command, Status.cancel), errorComment: "as you like" }
        })
      }))
      yield* peer.send(ReadyMade.command(contextId, find(1)), ReadyMade.data(contextId, new Uint8Array(2)))
      yield* peer.expect("P-DATA-TF")
      yield* peer.expect("P-DATA-TF")
      yield* peer.send(ReadyMade.command(contextId, cancelOf(1)))
      yield* Effect.andThen(settle, peer.expectSilence(0))
      yield* Deferred.succeed(gate, undefined)
      yield* peer.expect("P-DATA-TF")
      yield* peer.expect(
        "P-DATA-TF",
        ReadyMade.command(contextId, {
          ...Command.respond(find(1), Status.cancel),
          errorComment: "as you like"
        })
      )
      assert.deepStrictEqual(happened, ["finalized", "onCancel"])
      yield* peer.close
    })
  )
})
