import { assert, describe, it } from "@effect/vitest"
import * as Association from "@effect-dicom/association/Association"
import type * as Release from "@effect-dicom/association/Release"
import { Fault, InMemory } from "@effect-dicom/association/testing"
import * as UpperLayer from "@effect-dicom/association/UpperLayer"
import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import * as C_STORE from "@effect-dicom/protocol/C_STORE"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Schema from "effect/Schema"
import type * as Socket from "effect/socket/Socket"
import * as TestClock from "effect/testing/TestClock"
import { acceptOptions, acceptor, Record, requestOptions, requestor, storage } from "./ends.ts"
import { counting } from "./exchange.ts"

/** What a user does with its association before it leaves the scope. */
const Action = Schema.Literals(["release", "abort", "echo", "store", "serve", "give way", "wait"])

const User = Schema.Struct({
  actions: Schema.Array(Action).check(Schema.isMaxLength(5)),
  fails: Schema.Boolean,
  decision: Schema.Literals(["respond", "abort", "send first", "never"])
})

const answer = (association: Association.Association) =>
  Association.serve(association, ({ command }) =>
    Effect.succeed(Association.answer(command, { _tag: "Success", code: 0 }))
  )

const perform = (association: Association.Association, action: typeof Action.Type): Effect.Effect<unknown, unknown> => {
  switch (action) {
    case "release":
      return association.releaseWithin("4 seconds")
    case "abort":
      return association.abort
    case "echo":
      return association.dimse.invoke(1, (messageId) => C_ECHO.request({ messageId }))
    case "store": {
      const { abstractSyntax } = storage
      return association.dimse.invoke(
        3,
        (messageId) =>
          C_STORE.request({ messageId, affectedSopClassUid: abstractSyntax, affectedSopInstanceUid: abstractSyntax }),
        [new Uint8Array(3000)]
      )
    }
    case "serve":
      return Effect.timeoutOption(answer(association), "3 seconds")
    case "give way":
      return Effect.yieldNow
    case "wait":
      return Effect.sleep("1 seconds")
  }
}

const onRelease = (decision: (typeof User.Type)["decision"]): Release.Handler => ({
  onIndication: ({ send }): Effect.Effect<Release.Decision> => {
    switch (decision) {
      case "respond":
        return Effect.succeed({ _tag: "respond" })
      case "abort":
        return Effect.succeed({ _tag: "abort" })
      case "send first":
        return Effect.succeed({ _tag: "send first", sends: send(1, C_ECHO.request({ messageId: 9 })) })
      case "never":
        return Effect.never
    }
  },
  onCollision: () => (decision === "never" ? Effect.never : Effect.succeed({ _tag: "respond" }))
})

/** Two users do what they do over a pair of sockets; gives how each association ended, once nothing runs any more. */
const course = Effect.fnUntraced(function* (
  users: { readonly left: typeof User.Type; readonly right: typeof User.Type },
  through: (socket: Socket.Socket) => Socket.Socket = (socket) => socket
) {
  const record = new Record()
  const ends = new Map<string, Release.End>()
  const fibers = counting()
  const use = (user: typeof User.Type) => (association: Association.Association) =>
    Effect.forEach(user.actions, (action) => Effect.ignore(perform(association, action))).pipe(
      Effect.andThen(user.fails ? Effect.fail("late") : Effect.void),
      Effect.onExit(() =>
        // Told after the scope is left, when it is known.
        Effect.forkDetach(Effect.map(association.ended, (end) => ends.set(association.role, end)))
      )
    )
  const [left, right] = yield* InMemory.ends({ capacity: 2000, lends: true })
  const both = yield* Effect.all(
    [
      Association.request({
        ...requestOptions,
        onRelease: onRelease(users.left.decision),
        operation: "5 seconds"
      }).pipe(
        Effect.flatMap(use(users.left)),
        Effect.scoped,
        Effect.exit,
        Effect.provideService(UpperLayer.Transport, through(left))
      ),
      Association.accept({ ...acceptOptions, onRelease: onRelease(users.right.decision), operation: "5 seconds" }).pipe(
        Effect.flatMap(use(users.right)),
        Effect.scoped,
        Effect.exit,
        Effect.provideService(UpperLayer.Transport, right)
      )
    ],
    { concurrency: 2 }
  ).pipe(
    Effect.provideService(UpperLayer.Observer, record.observe),
    Effect.provideService(Metric.FiberRuntimeMetrics, fibers.service),
    Effect.forkChild({ startImmediately: true })
  )
  const begun = yield* Clock.currentTimeMillis
  while (both.pollUnsafe() === undefined) yield* TestClock.adjust("1 seconds")
  yield* Fiber.join(both)
  const took = (yield* Clock.currentTimeMillis) - begun
  for (let i = 0; i < 100 && fibers.running() > 0; i++) yield* Effect.yieldNow
  return {
    took,
    running: fibers.running(),
    left: ends.get(requestor),
    right: ends.get(acceptor),
    states: [requestor, acceptor].map((role) => record.steps.filter((step) => step.role === role).at(-1)?.after)
  }
})

const users = { left: User, right: User }

describe("whatever two users do", () => {
  it.effect.prop(
    "both scopes close within two minutes, both machines end in Sta1, and no fiber is left",
    users,
    (users) =>
      Effect.gen(function* () {
        const { left, right, running, states, took } = yield* course(users)
        assert.deepStrictEqual(states, ["Sta1", "Sta1"])
        assert.strictEqual(running, 0)
        assert.isAtMost(took, 120_000)
        // R10: a release is one for both, and a collision is one for both.
        const released = [left, right].map((end) => (end?._tag === "Released" ? end.collision : undefined))
        if (left?._tag === "Released" || right?._tag === "Released") assert.strictEqual(released[0], released[1])
      }),
    { timeout: 60_000 }
  )

  it.effect.prop(
    "the same where the connection breaks after some bytes of either direction",
    {
      ...users,
      incoming: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1500 })),
      outgoing: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5000 })),
      how: Schema.Literals(["FIN", "reset"])
    },
    ({ how, incoming, outgoing, ...users }) =>
      Effect.gen(function* () {
        const { running, states, took } = yield* course(users, (socket) =>
          Fault.incoming(Fault.outgoing(socket, Fault.cut(outgoing, how)), Fault.cut(incoming, how))
        )
        assert.deepStrictEqual(states, ["Sta1", "Sta1"])
        assert.strictEqual(running, 0)
        assert.isAtMost(took, 120_000)
      }),
    { timeout: 60_000 }
  )
})
