/**
 * A peer that sends whatever comes to its mind, in any order, to a side that invokes and performs at once: whatever it is,
 * operations end, performers are finished, nothing is left running, and the association is in step or has ended.
 */
import { assert, describe, it } from "@effect/vitest"
import { ReadyMade, ScriptedPeer } from "@effect-dicom/association/testing"
import type * as AsynchronousOperationsWindow from "@effect-dicom/protocol/AsynchronousOperationsWindow"
import * as C_CANCEL from "@effect-dicom/protocol/C_CANCEL"
import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import * as Command from "@effect-dicom/protocol/Command"
import type * as P_DATA from "@effect-dicom/protocol/P_DATA"
import * as Status from "@effect-dicom/protocol/Status"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Association from "@effect-dicom/association/Association"
import * as Dimse from "@effect-dicom/association/Dimse"
import * as UpperLayer from "@effect-dicom/association/UpperLayer"
import { memory, requestOptions, side } from "./ends.ts"
import { counting, many, pending, performing, single } from "./exchange.ts"
import { settle } from "./interop/sides.ts"

const requests = { ...single, ...many }

const tags = [
  "C-STORE-RQ",
  "C-ECHO-RQ",
  "C-FIND-RQ",
  "C-GET-RQ",
  "N-EVENT-REPORT-RQ",
  "N-GET-RQ",
  "N-DELETE-RQ"
] as const

const ContextId = Schema.Literals([1, 3])
/** Few, so that many of them meet. */
const MessageId = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 4 }))

const Request = Schema.TaggedStruct("request", {
  contextId: ContextId,
  messageId: MessageId,
  tag: Schema.Literals(tags)
})

/** A response as it should be, to one of this side's own requests, if that is sent by then. */
const Answer = Schema.TaggedStruct("answer", {
  of: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4 })),
  isPending: Schema.Boolean
})

/** Most of them are nothing to complain of. */
const Move = Schema.Union([
  Request,
  Request,
  Request,
  Answer,
  Answer,
  Answer,
  Answer,
  Answer,
  Schema.TaggedStruct("response", {
    contextId: Schema.Literals([3, 3, 3, 1]),
    messageId: MessageId,
    tag: Schema.Literals(tags),
    status: Schema.Literals([0x0000, 0xff00, 0xfe00, 0xa700, 0xb000]),
    hasDataSet: Schema.Literals(["as it should", "as it should", "as it should", "never", "always"])
  }),
  Schema.TaggedStruct("cancel", { contextId: ContextId, messageId: MessageId }),
  Schema.TaggedStruct("data", { contextId: Schema.Literals([3, 3, 1]), last: Schema.Boolean }),
  Schema.TaggedStruct("time", { seconds: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 12 })) })
])

const Own = Schema.Struct({
  tag: Schema.Literals(tags),
  how: Schema.Literals(["to the end", "to the end", "for three seconds", "taking a second for each"])
})

const Case = {
  window: Schema.Literals([1, 4, 0]),
  moves: Schema.Array(Move).check(Schema.isMaxLength(25)),
  own: Schema.Array(Own).check(Schema.isMaxLength(5)),
  /** Whether the peer keeps messages whole: the data set of each message follows it. */
  whole: Schema.Literals([true, true, false])
}

const view = new Uint8Array(4)

/** The values that a move is sent in. */
const values = (
  move: typeof Move.Type,
  { own, whole }: { readonly own: ReadonlyArray<typeof Own.Type>; readonly whole: boolean }
): ReadonlyArray<P_DATA.PresentationDataValue> => {
  const contextId = "contextId" in move ? move.contextId : 3
  const message = (command: Command.Command, hasDataSet = Command.dataSet(command) === "required") => [
    ReadyMade.pdv(contextId, "command", Command.encode(command, hasDataSet)),
    ...(hasDataSet && whole ? [ReadyMade.pdv(contextId, "data", view)] : [])
  ]
  switch (move._tag) {
    case "answer": {
      const tag = own[move.of]?.tag
      if (tag === undefined) return []
      const status = move.isPending && isMany(tag) ? Status.pending : Status.success
      return message(Command.respond(requests[tag](move.of + 1), status))
    }
    case "request":
      return message(requests[move.tag](move.messageId))
    case "response": {
      const response = Command.respond(requests[move.tag](move.messageId), Status.fromCode(move.status))
      return move.hasDataSet === "as it should" ? message(response) : message(response, move.hasDataSet === "always")
    }
    case "cancel":
      return message(C_CANCEL.request({ messageIdBeingRespondedTo: move.messageId }))
    case "data":
      return whole ? [] : [ReadyMade.pdv(move.contextId, "data", view, move.last)]
    case "time":
      return []
  }
}

const isMany = (tag: (typeof tags)[number]): tag is "C-FIND-RQ" | "C-GET-RQ" => tag in many

/** What this side does on its own account. */
const operation = (
  { dimse }: Association.Association,
  { how, tag }: typeof Own.Type
): Effect.Effect<unknown, unknown> => {
  const slowly = how === "taking a second for each" ? Effect.sleep("1 second") : Effect.void
  const all = isMany(tag)
    ? Stream.runForEach(dimse.responses(3, many[tag], [view]), () => slowly)
    : Effect.andThen(
        dimse.receive(
          3,
          single[tag],
          ({ dataSet }) => Stream.runForEach(dataSet, () => slowly),
          Command.dataSet(single[tag](1)) === "none" ? undefined : [view]
        ),
        slowly
      )
  return how === "for three seconds" ? Effect.timeout(all, "3 seconds") : all
}

const course = Effect.fnUntraced(function* (
  one: { readonly [K in keyof typeof Case]: (typeof Case)[K]["Type"] },
  made: { begun: number; finalized: number }
) {
  const asynchronousOperationsWindow: AsynchronousOperationsWindow.AsynchronousOperationsWindow = {
    maximumInvoked: one.window,
    maximumPerformed: one.window
  }
  const ends = yield* memory.ends
  const establishing = yield* side(
    Association.request({ ...requestOptions, userInformation: { asynchronousOperationsWindow } })
  ).pipe(Effect.provideService(UpperLayer.Transport, ends.requestor), Effect.forkScoped({ startImmediately: true }))
  const peer = yield* ScriptedPeer.over(yield* ends.acceptor)
  yield* peer.expect("A-ASSOCIATE-RQ")
  yield* peer.send(
    ReadyMade.associateAC({
      subItems: [
        {
          _tag: "Asynchronous Operations Window Sub-Item",
          maximumInvoked: one.window,
          maximumPerformed: one.window
        }
      ]
    })
  )
  const { association, leave } = yield* Fiber.join(establishing)
  yield* performing(association, (incoming) => {
    const { command } = incoming
    const finalized = Effect.sync(() => {
      made.finalized++
    })
    made.begun++
    if (command._tag in many) {
      return {
        responses: Stream.concat(
          Stream.mapEffect(Stream.range(1, 3), (i) => Effect.as(Effect.sleep("1 second"), pending(command, i))),
          Stream.make(Command.respond(command, Status.success))
        ).pipe(Stream.ensuring(finalized))
      }
    }
    return Effect.andThen(Dimse.collect(incoming), Effect.sleep("1 second")).pipe(
      Effect.orDie,
      Effect.as(Command.respond(command, Status.success)),
      Effect.ensuring(finalized)
    )
  })
  const operations = yield* Effect.forEach(one.own, (own) =>
    Effect.forkChild(Effect.exit(operation(association, own)), { startImmediately: true })
  )
  for (const move of one.moves) {
    if (move._tag === "time") yield* Effect.sleep(`${move.seconds} seconds`)
    const sent = values(move, one)
    if (sent.length > 0) yield* Effect.ignore(peer.send(ReadyMade.pData(...sent)))
    yield* settle
  }
  const exits = yield* Effect.forEach(operations, Fiber.join)
  const state = yield* association.state
  if (state !== "Sta6") {
    yield* association.dimse.quiet
    const echo = yield* Effect.exit(association.dimse.invoke(1, (messageId) => C_ECHO.request({ messageId })))
    assert.isTrue(Exit.isFailure(echo))
  }
  yield* Effect.andThen(peer.close, leave(Exit.fail("over")))
  yield* association.dimse.quiet
  return { exits, state }
})

describe("whatever a peer sends", () => {
  it.effect.prop(
    "operations and performers end, and no fiber is left",
    Case,
    (one) =>
      Effect.gen(function* () {
        const fibers = counting()
        const made = { begun: 0, finalized: 0 }
        const running = yield* course(one, made).pipe(
          Effect.scoped,
          Effect.provideService(Metric.FiberRuntimeMetrics, fibers.service),
          Effect.forkChild({ startImmediately: true })
        )
        for (let i = 0; i < 600 && running.pollUnsafe() === undefined; i++) {
          yield* settle
          yield* TestClock.adjust("1 second")
        }
        assert.isDefined(running.pollUnsafe(), "it goes on")
        const { exits } = yield* Fiber.join(running)
        for (let i = 0; i < 20 && fibers.running() > 0; i++) yield* settle
        assert.strictEqual(fibers.running(), 0)
        // Nothing that a peer sends is a defect of this side.
        for (const exit of exits) {
          assert.isFalse(Exit.isFailure(exit) && exit.cause.reasons.some(({ _tag }) => _tag === "Die"))
        }
        assert.strictEqual(made.finalized, made.begun)
      }),
    { timeout: 120_000, arbitrary: { runs: 400 } }
  )
})
