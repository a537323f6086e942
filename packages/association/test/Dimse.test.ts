import { assert, describe, it } from "@effect/vitest"
import { ReadyMade } from "@effect-dicom/association/testing"
import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import * as C_STORE from "@effect-dicom/protocol/C_STORE"
import * as Command from "@effect-dicom/protocol/Command"
import * as Status from "@effect-dicom/protocol/Status"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Stream from "effect/Stream"
import * as AssociationError from "@effect-dicom/association/AssociationError"
import * as Dimse from "@effect-dicom/association/Dimse"
import { acceptor, memory, requestor } from "./ends.ts"
import { contextId, dataSetOf, exchanging, find, many, pending, performing, single, unlimited } from "./exchange.ts"
import { established } from "./held.ts"
import { settle } from "./interop/sides.ts"

/** A logger that keeps what is logged of errors. */
const keeping = () => {
  const logged: Array<string> = []
  const layer = Logger.layer([
    Logger.make(({ cause, message }) => {
      logged.push(`${String(message)}${cause.reasons.length === 0 ? "" : `: ${String(Cause.squash(cause))}`}`)
    })
  ])
  return { logged, layer }
}

const bytes = (views: ReadonlyArray<Uint8Array> | undefined) =>
  views === undefined ? undefined : views.flatMap((view) => [...view])

/** What a program without types gives. */
const untyped = (value: unknown): never => value as never // the types are what is to be broken

const sides = ["requestor", "acceptor"] as const

describe("each service", () => {
  for (const side of sides) {
    const other = side === "requestor" ? "acceptor" : "requestor"

    for (const [tag, request] of Object.entries(single)) {
      it.effect(`${tag} of the ${side}: one response, data sets both ways`, () =>
        Effect.gen(function* () {
          const ends = yield* exchanging(unlimited)
          const seen: Array<unknown> = []
          yield* performing(ends[other].association, (incoming) =>
            Effect.gen(function* () {
              const { command, context, hasDataSet } = incoming
              const dataSet = yield* Effect.orDie(Dimse.collect(incoming))
              seen.push([command, context.id, hasDataSet, bytes(dataSet)])
              const response = Command.respond(command, Status.success)
              return { command: response, ...(dataSetOf(response) && { dataSet: dataSetOf(response, 20) ?? [] }) }
            })
          )
          const sent = request(1)
          const answer = yield* ends[side].association.dimse.invoke(contextId, request, dataSetOf(sent))
          const response = Command.respond(sent, Status.success)
          assert.deepStrictEqual(seen, [[sent, contextId, dataSetOf(sent) !== undefined, bytes(dataSetOf(sent)) ?? []]])
          assert.deepStrictEqual(answer.command, response)
          assert.deepStrictEqual(bytes(answer.dataSet), bytes(dataSetOf(response, 20)))
        })
      )
    }

    for (const [tag, request] of Object.entries(many)) {
      it.effect(`${tag} of the ${side}: pending responses, and the last one`, () =>
        Effect.gen(function* () {
          const ends = yield* exchanging(unlimited)
          yield* performing(ends[other].association, ({ command }) => ({
            responses: Stream.make(
              pending(command, 2),
              pending(command, 1),
              Command.respond(command, Status.success),
              pending(command, 0)
            )
          }))
          const answers = yield* Stream.runCollect(
            ends[side].association.dimse.responses(contextId, request, dataSetOf(request(1)))
          )
          assert.deepStrictEqual(
            answers.map(({ command }) => [command._tag, command.messageIdBeingRespondedTo, command.status._tag]),
            ["Pending", "Pending", "Success"].map((status) => [tag.replace("RQ", "RSP"), 1, status])
          )
          assert.deepStrictEqual(
            answers.map(({ dataSet }) => bytes(dataSet)),
            tag === "C-FIND-RQ" ? [[0, 2], [0, 1], undefined] : [undefined, undefined, undefined]
          )
          assert.strictEqual(yield* ends[side].association.state, "Sta6")
        })
      )
    }
  }

  it.effect("the types say which responses a request has", () =>
    Effect.gen(function* () {
      const { dimse } = (yield* exchanging()).requestor.association
      const echo = dimse.invoke(1, (messageId) => C_ECHO.request({ messageId }))
      const tag: Effect.Effect<"C-ECHO-RSP", unknown> = Effect.map(echo, ({ command }) => command._tag)
      // @ts-expect-error a C-FIND has many responses
      const one = dimse.invoke(1, find)
      // @ts-expect-error a C-ECHO has one
      const more = dimse.responses(1, (messageId) => C_ECHO.request({ messageId }))
      assert.strictEqual([tag, one, more].length, 3)
    })
  )
})

describe("responses", () => {
  it.effect("of one chunk are written together and arrive as one chunk", () =>
    Effect.gen(function* () {
      const ends = yield* exchanging()
      yield* performing(ends.acceptor.association, ({ command }) => ({
        responses: Stream.fromArray([
          ...Array.from({ length: 500 }, (_, i) => pending(command, i)),
          Command.respond(command, Status.success)
        ])
      }))
      const chunks: Array<number> = []
      yield* ends.requestor.association.dimse
        .responses(contextId, find, [new Uint8Array(10)])
        .pipe(Stream.runForEachArray((answers) => Effect.sync(() => chunks.push(answers.length))))
      assert.deepStrictEqual(chunks, [501])
    })
  )

  it.effect("may have streams and long views as data sets, in any order with others", () =>
    Effect.gen(function* () {
      const ends = yield* exchanging()
      const long = new Uint8Array(3_000_000).map((_, i) => i * 31)
      yield* performing(ends.acceptor.association, ({ command }) => {
        const response = Command.respond(command, Status.pending)
        return {
          responses: Stream.fromArray<Dimse.Reply>([
            pending(command, 1),
            { command: response, dataSet: Stream.make(Uint8Array.of(1, 2), Uint8Array.of(3, 4)) },
            { command: response, dataSet: [long] },
            pending(command, 2),
            Command.respond(command, Status.success)
          ])
        }
      })
      const answers = yield* Stream.runCollect(
        ends.requestor.association.dimse.responses(contextId, find, [new Uint8Array(10)])
      )
      assert.deepStrictEqual(
        answers.map(({ dataSet }) => dataSet?.reduce((length, view) => length + view.length, 0)),
        [2, 4, 3_000_000, 2, undefined]
      )
      assert.deepStrictEqual(bytes(answers[1]?.dataSet), [1, 2, 3, 4])
      assert.deepStrictEqual(Buffer.concat([...(answers[2]?.dataSet ?? [])]).compare(long), 0)
    })
  )

  it.effect("of a request that is waited for by nobody do not reach the next one", () =>
    Effect.gen(function* () {
      const ends = yield* exchanging()
      const { dimse } = ends.requestor.association
      const gate = Deferred.makeUnsafe<void>()
      let asked = 0
      yield* performing(ends.acceptor.association, ({ command }) =>
        Effect.as(asked++ === 0 ? Deferred.await(gate) : Effect.void, Command.respond(command, Status.success))
      )
      const echo = dimse.invoke(1, (messageId) => C_ECHO.request({ messageId }))
      const first = yield* Effect.forkChild(echo, { startImmediately: true })
      yield* settle
      yield* Fiber.interrupt(first)
      const second = yield* Effect.forkChild(echo, { startImmediately: true })
      yield* settle
      // The one that was left still has the only place of the window.
      assert.strictEqual(asked, 1)
      yield* Deferred.succeed(gate, undefined)
      assert.strictEqual((yield* Fiber.join(second)).command.messageIdBeingRespondedTo, 2)
    })
  )

  it.effect("that nobody waits for end the association, and so do those of another service", () =>
    Effect.gen(function* () {
      for (const [response, detail] of [
        [ReadyMade.echoRSP(1), "a C-ECHO-RSP for message 1, which awaits none"],
        [ReadyMade.echoRSP(2), "a C-ECHO-RSP for message 2, which awaits none"]
      ] as const) {
        const { association, peer } = yield* established(memory, requestor)
        const finding = yield* Effect.forkChild(
          Effect.flip(Stream.runDrain(association.dimse.responses(contextId, find, [new Uint8Array(2)]))),
          { startImmediately: true }
        )
        yield* peer.expect("P-DATA-TF")
        yield* peer.expect("P-DATA-TF")
        yield* peer.send(response)
        const expected = new AssociationError.AbortedByProvider({
          provider: "local",
          reason: "unexpected-PDU-parameter",
          detail
        })
        assert.deepStrictEqual(yield* Fiber.join(finding), expected)
        yield* peer.expect("A-ABORT")
        yield* peer.close
      }
    })
  )

  it.effect("of more than 16 MiB in one data set end the association", () =>
    Effect.gen(function* () {
      const ends = yield* exchanging()
      yield* performing(ends.acceptor.association, ({ command }) =>
        Effect.succeed({ command: Command.respond(command, Status.success), dataSet: [new Uint8Array((1 << 24) + 2)] })
      )
      const error = yield* Effect.flip(ends.requestor.association.dimse.invoke(contextId, single["N-GET-RQ"]))
      assert.strictEqual(
        error.message,
        "The association was aborted because of what the peer sent: the data set of the N-GET-RSP is longer than " +
          "16777216 bytes (reason-not-specified)"
      )
    })
  )
})

describe("a performer", () => {
  const failing: ReadonlyArray<readonly [what: string, performer: Dimse.Performer, logged: string]> = [
    ["dies", () => Effect.die(new Error("bug")), "Error: bug"],
    [
      "throws",
      () => {
        throw new Error("bug")
      },
      "Error: bug"
    ],
    [
      "fails with what ended another association",
      () => Effect.fail(new AssociationError.AbortedByPeer({})),
      "AbortedByPeer: The peer's user aborted the association"
    ],
    ["interrupts itself", () => Effect.interrupt, "Error: All fibers interrupted without error"],
    [
      "answers for another message",
      ({ command }) => Effect.succeed(Command.respond({ ...command, messageId: 77 }, Status.success)),
      "Error: C-FIND-RSP for message 77 with Success 0000H is no answer to C-FIND-RQ 1"
    ],
    [
      "answers with a response of another service",
      () => Effect.succeed(C_ECHO.response(C_ECHO.request({ messageId: 1 }))),
      "Error: C-ECHO-RSP for message 1 with Success 0000H is no answer to C-FIND-RQ 1"
    ],
    [
      "gives a pending response for the last",
      ({ command }) => Effect.succeed(pending(command)),
      "Error: C-FIND-RSP for message 1 with Pending FF00H is no answer to C-FIND-RQ 1"
    ],
    ["gives nothing", () => untyped(undefined), "Error: undefined is no answer to C-FIND-RQ 1"],
    ["succeeds with nothing", () => Effect.succeed(untyped(undefined)), "Error: undefined is no answer to C-FIND-RQ 1"],
    ["succeeds with null", () => Effect.succeed(untyped(null)), "Error: null is no answer to C-FIND-RQ 1"],
    [
      "answers with what is no response",
      () => Effect.succeed(untyped({ command: { status: 0 } })),
      "Error: [object Object] is no answer to C-FIND-RQ 1"
    ],
    [
      "gives a stream with nothing in it",
      () => ({ responses: Stream.make(untyped(undefined)) }),
      "Error: undefined is no answer to C-FIND-RQ 1"
    ],
    [
      "answers with what cannot be encoded",
      ({ command }) => Effect.succeed(untyped({ ...Command.respond(command, Status.success), errorComment: null })),
      "TypeError: Cannot read properties of null (reading 'length')"
    ],
    [
      "gives a stream that dies",
      ({ command }) => ({ responses: Stream.concat(Stream.make(pending(command)), Stream.die(new Error("bug"))) }),
      "Error: bug"
    ],
    [
      "gives a last response whose data set dies before its first byte",
      ({ command }) =>
        Effect.succeed({
          command: Command.respond(command, Status.success),
          dataSet: Stream.die(new Error("no such file"))
        }),
      "Error: no such file"
    ],
    [
      "gives a stream whose last response has such a data set",
      ({ command }) => ({
        responses: Stream.make<ReadonlyArray<Dimse.Reply>>(pending(command), {
          command: Command.respond(command, Status.success),
          dataSet: Stream.die(new Error("no such file"))
        })
      }),
      "Error: no such file"
    ],
    [
      "gives a stream without a last response",
      ({ command }) => ({ responses: Stream.make(pending(command)) }),
      "Error: no last response was given"
    ],
    [
      "gives a stream with a response of another service",
      ({ command }) => ({
        responses: Stream.make<ReadonlyArray<Dimse.Reply>>(
          pending(command),
          C_ECHO.response(C_ECHO.request({ messageId: 1 }))
        )
      }),
      "Error: C-ECHO-RSP for message 1 with Success 0000H is no answer to C-FIND-RQ 1"
    ]
  ]
  for (const [what, performer, expected] of failing) {
    it.effect(`that ${what} is logged and answered with processing failure, and the next request is performed`, () => {
      const { layer, logged } = keeping()
      return Effect.gen(function* () {
        const { acceptor, requestor } = yield* exchanging()
        yield* performing(acceptor.association, (incoming) =>
          incoming.command._tag === "C-FIND-RQ"
            ? performer(incoming)
            : Effect.succeed(Command.respond(incoming.command, Status.success))
        )
        const { dimse } = requestor.association
        const answers = yield* Stream.runCollect(dimse.responses(contextId, find, [new Uint8Array(2)]))
        assert.deepStrictEqual(answers.at(-1)?.command.status, Status.failures.processingFailure)
        assert.deepStrictEqual(logged, [
          `A performer failed; the request is answered with processing failure: ${expected}`
        ])
        const echo = yield* dimse.invoke(1, (messageId) => C_ECHO.request({ messageId }))
        assert.deepStrictEqual(echo.command.status, Status.success)
      }).pipe(Effect.provide(layer))
    })
  }

  it.effect("that dies once its last response is sent is logged, and nothing more is sent", () => {
    const { layer, logged } = keeping()
    return Effect.gen(function* () {
      const { association, peer } = yield* established(memory, acceptor)
      yield* performing(association, ({ command }) => ({
        responses: Stream.make(Command.respond(command, Status.success)).pipe(
          Stream.ensuring(Effect.die(new Error("bug")))
        )
      }))
      yield* peer.send(ReadyMade.command(contextId, find(1)), ReadyMade.data(contextId, new Uint8Array(2)))
      yield* peer.expect("P-DATA-TF", ReadyMade.command(contextId, Command.respond(find(1), Status.success)))
      yield* settle
      yield* peer.expectSilence(0)
      assert.deepStrictEqual(logged, [
        "A performer failed; the request is answered with processing failure: Error: bug"
      ])
      yield* peer.close
    }).pipe(Effect.provide(layer))
  })

  it.effect("that reads nothing of a data set answers, and that of the next is whole", () =>
    Effect.gen(function* () {
      const ends = yield* exchanging()
      const lengths: Array<number> = []
      yield* performing(ends.acceptor.association, (incoming) =>
        incoming.command._tag === "C-FIND-RQ"
          ? { responses: Stream.make(Command.respond(incoming.command, Status.success)) }
          : Effect.map(Effect.orDie(Dimse.collect(incoming)), (views) => {
              lengths.push(views.reduce((length, view) => length + view.length, 0))
              return Command.respond(incoming.command, Status.success)
            })
      )
      const { dimse } = ends.requestor.association
      yield* Stream.runDrain(dimse.responses(contextId, find, [new Uint8Array(3_000_000)]))
      yield* dimse.invoke(contextId, single["C-STORE-RQ"], [new Uint8Array(500_000)])
      assert.deepStrictEqual(lengths, [500_000])
    })
  )

  it.effect("that collects more than its limit fails, typed, and may answer", () =>
    Effect.gen(function* () {
      const ends = yield* exchanging()
      yield* performing(ends.acceptor.association, (incoming) =>
        Dimse.collect(incoming, 1000).pipe(
          Effect.as(Command.respond(incoming.command, Status.success)),
          Effect.catchTag("DataSetTooLong", (error) =>
            Effect.succeed({
              ...Command.respond(incoming.command, Status.failures.resourceLimitation),
              errorComment: error.message
            })
          )
        )
      )
      const store = (length: number) =>
        Effect.map(
          ends.requestor.association.dimse.invoke(contextId, single["C-STORE-RQ"], [new Uint8Array(length)]),
          ({ command }) => [command.status.code, command.errorComment]
        )
      assert.deepStrictEqual(yield* store(1000), [0, undefined])
      assert.deepStrictEqual(yield* store(1001), [
        0x0213,
        "A data set is longer than the 1000 bytes that are held of it"
      ])
    })
  )

  it.effect("is not asked about a request without the data set that its service requires", () =>
    Effect.gen(function* () {
      const ends = yield* exchanging()
      yield* performing(ends.acceptor.association, () => Effect.die("asked"))
      const { dimse } = ends.requestor.association
      for (const tag of ["C-STORE-RQ", "N-SET-RQ"] as const) {
        const { command } = yield* dimse.invoke(contextId, single[tag])
        assert.deepStrictEqual(
          [command.status.code, command.errorComment],
          [tag === "C-STORE-RQ" ? C_STORE.failures.cannotUnderstand.code : 0x0120, "No data set"]
        )
      }
      for (const request of Object.values(many)) {
        const [answer] = yield* Stream.runCollect(dimse.responses(contextId, request))
        assert.deepStrictEqual(answer?.command.status.code, 0xc000)
      }
    })
  )

  it.effect("is not asked about a request whose message id is in use, which is answered as duplicate invocation", () =>
    Effect.gen(function* () {
      const { association, peer } = yield* established(memory, acceptor)
      const gate = Deferred.makeUnsafe<void>()
      const asked: Array<string> = []
      yield* performing(association, ({ command }) => {
        asked.push(command._tag)
        return Effect.as(Deferred.await(gate), Command.respond(command, Status.success))
      })
      const echo = C_ECHO.request({ messageId: 7 })
      yield* peer.send(ReadyMade.command(1, echo), ReadyMade.command(1, echo))
      yield* settle
      yield* Deferred.succeed(gate, undefined)
      yield* peer.expect("P-DATA-TF", ReadyMade.echoRSP(7))
      yield* peer.expect("P-DATA-TF", ReadyMade.command(1, C_ECHO.response(echo, Status.failures.duplicateInvocation)))
      // It is free again once the response is sent.
      yield* peer.send(ReadyMade.command(1, echo))
      yield* peer.expect("P-DATA-TF", ReadyMade.echoRSP(7))
      assert.deepStrictEqual(asked, ["C-ECHO-RQ", "C-ECHO-RQ"])
      yield* peer.close
    })
  )

  it.effect("of a side that performs nothing is refused, also in the middle of a message of that side", () =>
    Effect.gen(function* () {
      const { association, peer } = yield* established(memory, requestor)
      const gate = Deferred.makeUnsafe<void>()
      const view = new Uint8Array(20_000)
      const storing = yield* Effect.forkChild(
        association.dimse.invoke(
          contextId,
          single["C-STORE-RQ"],
          Stream.concat(Stream.make(view), Stream.fromEffect(Effect.as(Deferred.await(gate), view)))
        ),
        { startImmediately: true }
      )
      yield* peer.expect("P-DATA-TF")
      yield* peer.expect("P-DATA-TF")
      yield* peer.send(ReadyMade.echoRQ(5))
      yield* Effect.andThen(settle, peer.expectSilence(0))
      yield* Deferred.succeed(gate, undefined)
      yield* peer.expect("P-DATA-TF")
      yield* peer.expect("P-DATA-TF")
      const refusal = C_ECHO.response(C_ECHO.request({ messageId: 5 }), Status.failures.sopClassNotSupported)
      yield* peer.expect("P-DATA-TF", ReadyMade.command(1, refusal))
      const sent = C_STORE.response(single["C-STORE-RQ"](1) as C_STORE.RQ) // it makes no other
      yield* peer.send(ReadyMade.command(contextId, sent))
      assert.deepStrictEqual((yield* Fiber.join(storing)).command.status, Status.success)
      yield* peer.close
    })
  )
})

/** The response that a request has whose performer was left. */
const failed = (request: Dimse.Request) =>
  ReadyMade.command(contextId, Command.respond(request, Status.failures.processingFailure))

/** A performer is left while it is at work, and the association in the same turn. */
const leftAtWork = Effect.fnUntraced(function* <A, E>(
  leave: (side: Effect.Success<ReturnType<typeof established>>) => Effect.Effect<A, E>
) {
  const side = yield* established(memory, acceptor)
  const first = yield* performing(side.association, () => Effect.never)
  yield* side.peer.send(ReadyMade.command(contextId, find(1)), ReadyMade.data(contextId, new Uint8Array(2)))
  yield* settle
  const leaving = yield* Effect.forkChild(
    Effect.andThen(
      Fiber.interrupt(first),
      Effect.suspend(() => leave(side))
    ),
    { startImmediately: true }
  )
  return { ...side, leaving }
})

describe("perform", () => {
  it.effect(
    "that is left interrupts what is at work, which is answered so, and what waits is performed by the next",
    () =>
      Effect.gen(function* () {
        const { association, peer } = yield* established(memory, acceptor)
        const happened: Array<string> = []
        const first = yield* performing(association, ({ command }) =>
          Effect.onInterrupt(Effect.never, () =>
            Effect.sync(() => happened.push(`interrupted ${command._tag} ${command.messageId}`))
          )
        )
        yield* peer.send(
          ReadyMade.command(contextId, find(1)),
          ReadyMade.data(contextId, new Uint8Array(2)),
          ReadyMade.echoRQ(2)
        )
        yield* settle
        yield* Fiber.interrupt(first)
        assert.deepStrictEqual(happened, ["interrupted C-FIND-RQ 1"])
        yield* peer.expect("P-DATA-TF", failed(find(1)))
        yield* performing(association, ({ command }) => Effect.succeed(Command.respond(command, Status.success)))
        yield* peer.expect("P-DATA-TF", ReadyMade.echoRSP(2))
        yield* association.dimse.quiet
        yield* peer.close
      })
  )

  it.effect("that is left answers once the data set of what was at work is complete, and holds nobody up for it", () =>
    Effect.gen(function* () {
      const { association, peer } = yield* established(memory, acceptor)
      const first = yield* performing(association, () => Effect.never)
      const store = single["C-STORE-RQ"](1)
      yield* peer.send(ReadyMade.command(contextId, store), ReadyMade.data(contextId, new Uint8Array(2), false))
      yield* settle
      yield* Fiber.interrupt(first)
      yield* Effect.andThen(settle, peer.expectSilence(0))
      yield* peer.send(ReadyMade.data(contextId, new Uint8Array(2)))
      yield* peer.expect("P-DATA-TF", failed(store))
      yield* association.dimse.quiet
      yield* peer.close
    })
  )

  it.effect("that is left in the middle of many responses ends them with a failure", () =>
    Effect.gen(function* () {
      const { acceptor, requestor } = yield* exchanging()
      const first = yield* performing(acceptor.association, ({ command }) => ({
        responses: Stream.concat(Stream.make(pending(command)), Stream.never)
      }))
      const finding = yield* Effect.forkChild(
        Stream.runCollect(requestor.association.dimse.responses(contextId, find, [new Uint8Array(2)])),
        { startImmediately: true }
      )
      yield* settle
      yield* Fiber.interrupt(first)
      assert.deepStrictEqual(
        (yield* Fiber.join(finding)).map(({ command }) => command.status),
        [Status.pending, Status.failures.processingFailure]
      )
      yield* acceptor.association.dimse.quiet
    })
  )

  it.effect("that is left before a release answers what was at work first", () =>
    Effect.gen(function* () {
      for (const how of ["release", "scope"] as const) {
        const { leaving, peer } = yield* leftAtWork(({ association, leave }) =>
          how === "scope" ? leave() : association.release
        )
        yield* peer.expect("P-DATA-TF", failed(find(1)))
        yield* peer.expect("A-RELEASE-RQ")
        yield* peer.send(ReadyMade.releaseRP)
        yield* peer.close
        yield* Fiber.join(leaving)
      }
    })
  )

  it.effect("that is left by an abort leaves the answer to that", () =>
    Effect.gen(function* () {
      for (const how of ["abort", "scope"] as const) {
        const { association, leaving, peer } = yield* leftAtWork(({ association, leave }) =>
          how === "scope" ? leave(Exit.interrupt()) : association.abort
        )
        yield* peer.expect("A-ABORT")
        yield* peer.close
        yield* Fiber.join(leaving)
        yield* association.dimse.quiet
      }
    })
  )

  it.effect("within another performs until it is left, and the other performs again", () =>
    Effect.gen(function* () {
      const { acceptor, requestor } = yield* exchanging()
      const by =
        (status: number): Dimse.Performer<never> =>
        ({ command }) =>
          Effect.succeed(Command.respond(command, Status.fromCode(status)))
      const asked = Effect.map(
        acceptor.association.dimse.invoke(1, (messageId) => C_ECHO.request({ messageId })),
        ({ command }) => command.status.code
      )
      const outer = yield* performing(requestor.association, by(0))
      assert.strictEqual(yield* asked, 0)
      const inner = yield* performing(requestor.association, by(0x0122))
      assert.strictEqual(yield* asked, 0x0122)
      const innermost = yield* performing(requestor.association, by(0x0211))
      assert.strictEqual(yield* asked, 0x0211)
      yield* Fiber.interrupt(inner)
      assert.strictEqual(yield* asked, 0x0211)
      yield* Fiber.interrupt(innermost)
      assert.strictEqual(yield* asked, 0)
      assert.isUndefined(outer.pollUnsafe())
    })
  )

  it.effect("within another takes over while that is at work, which finishes, and does what came since with it", () =>
    Effect.gen(function* () {
      const { association, peer } = yield* established(memory, acceptor)
      const gate = Deferred.makeUnsafe<void>()
      const done: Array<string> = []
      const by =
        (name: string): Dimse.Performer<never> =>
        ({ command }) =>
          Effect.as(
            Effect.andThen(
              name === "outer" ? Deferred.await(gate) : Effect.void,
              Effect.sync(() => done.push(`${name} ${command.messageId}`))
            ),
            Command.respond(command, Status.success)
          )
      yield* performing(association, by("outer"))
      yield* peer.send(ReadyMade.echoRQ(1))
      yield* settle
      const inner = yield* performing(association, by("inner"))
      yield* peer.send(ReadyMade.echoRQ(2), ReadyMade.echoRQ(3))
      yield* peer.expect("P-DATA-TF", ReadyMade.echoRSP(2))
      yield* peer.expect("P-DATA-TF", ReadyMade.echoRSP(3))
      yield* Fiber.interrupt(inner)
      yield* peer.send(ReadyMade.echoRQ(4))
      yield* settle
      yield* Deferred.succeed(gate, undefined)
      yield* peer.expect("P-DATA-TF", ReadyMade.echoRSP(1))
      yield* peer.expect("P-DATA-TF", ReadyMade.echoRSP(4))
      assert.deepStrictEqual(done, ["inner 2", "inner 3", "outer 1", "outer 4"])
      yield* peer.close
    })
  )

  it.effect("within another ends with the association, and so does the other", () =>
    Effect.gen(function* () {
      const { requestor } = yield* exchanging()
      const fibers = [
        yield* performing(requestor.association, () => Effect.never),
        yield* performing(requestor.association, () => Effect.never)
      ]
      yield* requestor.association.abort
      yield* Fiber.joinAll(fibers)
    })
  )

  it.effect("that a requestor has left leaves nobody to perform: requests are refused, and none is unanswered", () =>
    Effect.gen(function* () {
      const { acceptor, requestor } = yield* exchanging()
      const asked = Effect.map(
        acceptor.association.dimse.invoke(1, (messageId) => C_ECHO.request({ messageId })),
        ({ command }) => command.status.code
      )
      assert.strictEqual(yield* asked, 0x0122)
      const first = yield* performing(requestor.association, ({ command }) =>
        Effect.succeed(Command.respond(command, Status.success))
      )
      assert.strictEqual(yield* asked, 0)
      yield* Fiber.interrupt(first)
      assert.strictEqual(yield* asked, 0x0122)
      yield* requestor.association.dimse.quiet
    })
  )

  it.effect("of an association that has ended ends at once", () =>
    Effect.gen(function* () {
      const { requestor } = yield* exchanging()
      yield* requestor.association.abort
      yield* requestor.association.dimse.perform(() => Effect.never)
    })
  )
})

describe("the negotiated window", () => {
  const w = (maximumInvoked: number, maximumPerformed: number) => ({ maximumInvoked, maximumPerformed })
  const cases = [
    ["neither side speaks of it", undefined, undefined, 1, 1],
    ["only the requestor does", w(4, 4), undefined, 1, 1],
    ["only the acceptor does", undefined, w(4, 4), 1, 1],
    ["the acceptor allows less", w(8, 8), w(2, 3), 3, 2],
    ["the acceptor would allow more", w(2, 3), w(8, 8), 2, 3],
    ["neither has a limit", w(0, 0), w(0, 0), 20, 20],
    ["the requestor has none", w(0, 0), w(5, 6), 6, 5],
    ["the acceptor has none", w(5, 6), w(0, 0), 5, 6]
  ] as const
  for (const [what, requestorWindow, acceptorWindow, ofRequestor, ofAcceptor] of cases) {
    it.effect(`where ${what}: ${ofRequestor} of the requestor and ${ofAcceptor} of the acceptor at once`, () =>
      Effect.gen(function* () {
        const ends = yield* exchanging({
          ...(requestorWindow && { requestor: requestorWindow }),
          ...(acceptorWindow && { acceptor: acceptorWindow })
        })
        const gate = Deferred.makeUnsafe<void>()
        const begun = { requestor: 0, acceptor: 0 }
        for (const side of sides) {
          yield* performing(ends[side].association, ({ command }) => {
            begun[side]++
            return Effect.as(Deferred.await(gate), Command.respond(command, Status.success))
          })
        }
        const echoes = yield* Effect.forEach(sides, (side) =>
          Effect.forEach(Array.from({ length: 20 }), () =>
            Effect.forkChild(
              ends[side].association.dimse.invoke(1, (messageId) => C_ECHO.request({ messageId })),
              { startImmediately: true }
            )
          )
        )
        yield* settle
        assert.deepStrictEqual(begun, { requestor: ofAcceptor, acceptor: ofRequestor })
        yield* Deferred.succeed(gate, undefined)
        yield* Fiber.joinAll(echoes.flat())
        assert.deepStrictEqual(begun, { requestor: 20, acceptor: 20 })
      })
    )
  }

  it.effect("holds for a peer that does not keep to it: what is more waits, and is answered in order", () =>
    Effect.gen(function* () {
      const { association, peer } = yield* established(memory, acceptor)
      const gate = Deferred.makeUnsafe<void>()
      const asked: Array<number> = []
      yield* performing(association, ({ command }) => {
        asked.push(command.messageId)
        return Effect.as(Deferred.await(gate), Command.respond(command, Status.success))
      })
      yield* peer.send(ReadyMade.echoRQ(9), ReadyMade.echoRQ(8), ReadyMade.echoRQ(7))
      yield* settle
      assert.deepStrictEqual(asked, [9])
      yield* Deferred.succeed(gate, undefined)
      for (const id of [9, 8, 7]) yield* peer.expect("P-DATA-TF", ReadyMade.echoRSP(id))
      yield* peer.close
    })
  )
})

describe("both sides at once", () => {
  it.effect("a performer may invoke on its association before it has read its own data set, however long", () =>
    Effect.gen(function* () {
      const ends = yield* exchanging()
      yield* performing(ends.requestor.association, ({ command }) =>
        Effect.succeed(Command.respond(command, Status.success))
      )
      yield* performing(ends.acceptor.association, (incoming) =>
        Effect.gen(function* () {
          yield* Effect.orDie(ends.acceptor.association.dimse.invoke(1, (messageId) => C_ECHO.request({ messageId })))
          yield* Effect.orDie(Dimse.collect(incoming))
          return Command.respond(incoming.command, Status.success)
        })
      )
      const { dimse } = ends.requestor.association
      const { command } = yield* dimse.invoke(contextId, single["C-STORE-RQ"], [new Uint8Array(10_000_000)])
      assert.deepStrictEqual(command.status, Status.success)
    })
  )

  it.effect(
    "one that does so before a data set that is longer than is ever held is told, and may go on with that",
    () =>
      Effect.gen(function* () {
        const ends = yield* exchanging()
        yield* performing(ends.requestor.association, ({ command }) =>
          Effect.succeed(Command.respond(command, Status.success))
        )
        const errors: Array<unknown> = []
        yield* performing(ends.acceptor.association, (incoming) =>
          Effect.gen(function* () {
            const echo = ends.acceptor.association.dimse.invoke(1, (messageId) => C_ECHO.request({ messageId }))
            errors.push(yield* Effect.flip(echo))
            yield* Stream.runDrain(incoming.dataSet)
            return Command.respond(incoming.command, Status.success)
          }).pipe(Effect.orDie)
        )
        const { dimse } = ends.requestor.association
        const { command } = yield* dimse.invoke(contextId, single["C-STORE-RQ"], [new Uint8Array(40_000_000)])
        assert.deepStrictEqual(command.status, Status.success)
        assert.deepStrictEqual(errors, [new AssociationError.Deadlock({})])
        yield* ends.acceptor.association.dimse.quiet
      })
  )

  it.effect.each([
    { within: "an unlimited window", window: unlimited, matches: 1000 },
    // There is no place for what it invokes before the last response is there.
    { within: "a window of one", window: {}, matches: 200 }
  ])("one that consumes responses may invoke for each of them within $within", ({ matches, window }) =>
    Effect.gen(function* () {
      const ends = yield* exchanging(window, { held: 10_000 })
      yield* performing(ends.acceptor.association, ({ command }) =>
        command._tag === "C-FIND-RQ"
          ? {
              responses: Stream.concat(
                Stream.map(Stream.range(1, matches), (i) => pending(command, i)),
                Stream.make(Command.respond(command, Status.success))
              )
            }
          : Effect.succeed(Command.respond(command, Status.success))
      )
      const { dimse } = ends.requestor.association
      const identifiers: Array<number> = []
      yield* dimse.responses(contextId, find, [new Uint8Array(2)]).pipe(
        Stream.runForEach(({ dataSet }) =>
          Effect.map(
            dimse.invoke(1, (messageId) => C_ECHO.request({ messageId })),
            () => {
              if (dataSet !== undefined) identifiers.push(dataSet[0]?.[1] ?? NaN)
            }
          )
        )
      )
      assert.deepStrictEqual(
        identifiers,
        Array.from({ length: matches }, (_, i) => (i + 1) & 0xff)
      )
    })
  )

  it.effect("long data sets both ways over a narrow connection", () =>
    Effect.gen(function* () {
      const ends = yield* exchanging({}, { held: 10_000 })
      const both = [ends.requestor.association, ends.acceptor.association]
      for (const association of both) {
        yield* performing(association, (incoming) =>
          Effect.as(Effect.orDie(Dimse.collect(incoming)), Command.respond(incoming.command, Status.success))
        )
      }
      const statuses = yield* Effect.forEach(
        both,
        ({ dimse }) =>
          Effect.forEach(Array.from({ length: 5 }), () =>
            Effect.map(
              dimse.invoke(contextId, single["C-STORE-RQ"], [new Uint8Array(2_000_000)]),
              ({ command }) => command.status._tag
            )
          ),
        { concurrency: 2 }
      )
      assert.deepStrictEqual(
        statuses.flat(),
        Array.from({ length: 10 }, () => "Success")
      )
    })
  )
})

describe("backpressure", () => {
  it.effect("of a consumer of responses reaches the performer of the peer", () =>
    Effect.gen(function* () {
      const ends = yield* exchanging({}, { held: 100_000 })
      let made = 0
      yield* performing(ends.acceptor.association, ({ command }) => ({
        responses: Stream.range(1, 5000, 10).pipe(
          Stream.map((): Dimse.Reply => {
            made++
            return { command: Command.respond(command, Status.pending), dataSet: [new Uint8Array(1000)] }
          }),
          Stream.concat(Stream.make(Command.respond(command, Status.success)))
        )
      }))
      const taken: Array<number> = []
      const gate = Deferred.makeUnsafe<void>()
      const finding = yield* ends.requestor.association.dimse.responses(contextId, find, [new Uint8Array(2)]).pipe(
        Stream.runForEachArray((answers) => (taken.push(answers.length) === 1 ? Deferred.await(gate) : Effect.void)),
        Effect.forkChild({ startImmediately: true })
      )
      for (let i = 0; i < 20; i++) yield* settle
      // What is held here, what the connection holds, and what is being written.
      assert.isBelow(made, 1000)
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(finding)
      assert.strictEqual(made, 5000)
      assert.strictEqual(
        taken.reduce((sum, n) => sum + n, 0),
        5001
      )
    })
  )

  it.effect("of one consumer does not hold up an operation that somebody waits for", () =>
    Effect.gen(function* () {
      const ends = yield* exchanging(unlimited, { held: 1000 })
      yield* performing(ends.acceptor.association, ({ command }) =>
        command._tag === "C-FIND-RQ"
          ? {
              responses: Stream.concat(
                Stream.fromArray(Array.from({ length: 100 }, (_, i) => pending(command, i))),
                Stream.make(Command.respond(command, Status.success))
              )
            }
          : Effect.succeed(Command.respond(command, Status.success))
      )
      const { dimse } = ends.requestor.association
      const gate = Deferred.makeUnsafe<void>()
      const finding = yield* Effect.forkChild(
        Stream.runForEach(dimse.responses(contextId, find, [new Uint8Array(2)]), () => Deferred.await(gate)),
        { startImmediately: true }
      )
      yield* settle
      const echo = yield* dimse.invoke(1, (messageId) => C_ECHO.request({ messageId }))
      assert.deepStrictEqual(echo.command.status, Status.success)
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(finding)
    })
  )
})
