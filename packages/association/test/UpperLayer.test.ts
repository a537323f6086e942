import { assert, describe, it } from "@effect/vitest"
import * as AssociationError from "@effect-dicom/association/AssociationError"
import { InMemory, ReadyMade, ScriptedPeer } from "@effect-dicom/association/testing"
import * as UpperLayer from "@effect-dicom/association/UpperLayer"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as A_ABORT from "@effect-dicom/protocol/A_ABORT"
import * as A_ASSOCIATE from "@effect-dicom/protocol/A_ASSOCIATE"
import * as A_RELEASE from "@effect-dicom/protocol/A_RELEASE"
import * as InvalidPdu from "@effect-dicom/protocol/InvalidPdu"
import * as P_DATA from "@effect-dicom/protocol/P_DATA"
import * as StateMachine from "@effect-dicom/protocol/StateMachine"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Result from "effect/Result"
import * as Socket from "effect/socket/Socket"
import * as TestClock from "effect/testing/TestClock"
import { acceptor, requestor, verification } from "./ends.ts"

const userInformation = { maximumLength: 16384, implementationClassUid: "2.25.1" }

const primitives: { readonly [L in StateMachine.RequestLabel]: StateMachine.RequestPrimitive } = {
  "A-ASSOCIATE request": Result.getOrThrow(
    A_ASSOCIATE.request({
      callingAETitle: "REQUESTOR",
      calledAETitle: "ACCEPTOR",
      presentationContexts: [{ id: 1, ...verification }],
      userInformation
    })
  ),
  "A-ASSOCIATE response (accept)": Result.getOrThrow(
    A_ASSOCIATE.accept({
      callingAETitle: "REQUESTOR",
      calledAETitle: "ACCEPTOR",
      presentationContextResults: [
        { id: 1, result: "acceptance", transferSyntax: TransferSyntax.ImplicitVRLittleEndian.uid },
        { id: 3, result: "no-reason", transferSyntax: TransferSyntax.ImplicitVRLittleEndian.uid }
      ],
      userInformation
    })
  ),
  "A-ASSOCIATE response (reject)": Result.getOrThrow(
    A_ASSOCIATE.reject({
      result: "rejected-permanent",
      source: "DICOM UL service-user",
      diagnostic: "no-reason-given"
    })
  ),
  "P-DATA request": P_DATA.request([{ contextId: 1, type: "data", last: true, fragment: [Uint8Array.of(1, 2)] }]),
  "A-RELEASE request": A_RELEASE.request,
  "A-RELEASE response": A_RELEASE.response,
  "A-ABORT request": A_ABORT.request
}

const proposal = primitives["A-ASSOCIATE request"] as A_ASSOCIATE.Request // by its label

/** A user that keeps what it is told, and does nothing by itself. */
class User {
  readonly issued: Array<string> = []
  readonly ends: Array<UpperLayer.End> = []
  private readonly waiting = new Map<string, Deferred.Deferred<void>>()
  private attached: UpperLayer.UpperLayer | undefined
  invalid: InvalidPdu.InvalidPdu | undefined

  readonly receiver: UpperLayer.Receiver = {
    attach: (layer) => {
      this.attached = layer
    },
    issue: ({ primitive }) => {
      this.issued.push(primitive._tag)
      Deferred.doneUnsafe(this.deferred(primitive._tag), Effect.void)
      return primitive._tag === "P-DATA indication" ? this.invalid : undefined
    },
    end: (end) => {
      this.ends.push(end)
    },
    turned: () => {},
    backpressure: () => undefined,
    busy: () => false
  }

  get layer(): UpperLayer.UpperLayer {
    if (this.attached === undefined) throw new Error("the layer attaches itself when it is made")
    return this.attached
  }

  /** Waits until a primitive has been issued to it. */
  readonly told = (label: StateMachine.IndicationPrimitive["_tag"]): Effect.Effect<void> =>
    Effect.suspend(() => Deferred.await(this.deferred(label)))

  private deferred(label: string): Deferred.Deferred<void> {
    const deferred = this.waiting.get(label) ?? Deferred.makeUnsafe<void>()
    this.waiting.set(label, deferred)
    return deferred
  }
}

interface Scene {
  readonly user: User
  readonly peer: ScriptedPeer.ScriptedPeer
  readonly issue: (label: StateMachine.RequestLabel) => Effect.Effect<void, unknown>
}

const scene = Effect.fnUntraced(function* (role: StateMachine.Role) {
  const [socket, peer] = yield* ScriptedPeer.inMemory()
  const user = new User()
  const begin = role === requestor ? UpperLayer.request(proposal, user.receiver) : UpperLayer.accept(user.receiver)
  yield* Effect.provideService(begin, UpperLayer.Transport, socket)
  const scene: Scene = { user, peer, issue: (label) => user.layer.issue(primitives[label]) }
  return scene
})

const sta3 = ({ peer, user }: Scene) =>
  Effect.andThen(peer.send(ReadyMade.associateRQ()), user.told("A-ASSOCIATE indication"))

const sta6 = Effect.fnUntraced(function* (scene: Scene) {
  const { issue, peer, user } = scene
  if (user.layer.role === acceptor) {
    yield* sta3(scene)
    yield* issue("A-ASSOCIATE response (accept)")
    yield* peer.expect("A-ASSOCIATE-AC")
  } else {
    yield* peer.expect("A-ASSOCIATE-RQ")
    yield* peer.send(ReadyMade.associateAC())
    yield* user.told("A-ASSOCIATE confirmation (accept)")
  }
})

const sta7 = (scene: Scene) =>
  sta6(scene).pipe(Effect.andThen(scene.issue("A-RELEASE request")), Effect.andThen(scene.peer.expect("A-RELEASE-RQ")))

const sta8 = (scene: Scene) =>
  sta6(scene).pipe(
    Effect.andThen(scene.peer.send(ReadyMade.releaseRQ)),
    Effect.andThen(scene.user.told("A-RELEASE indication"))
  )

const collision = (scene: Scene) =>
  sta7(scene).pipe(
    Effect.andThen(scene.peer.send(ReadyMade.releaseRQ)),
    Effect.andThen(scene.user.told("A-RELEASE indication"))
  )

const responded = (scene: Scene) => Effect.andThen(scene.issue("A-RELEASE response"), scene.peer.expect("A-RELEASE-RP"))

const sta12 = (scene: Scene) =>
  collision(scene).pipe(
    Effect.andThen(scene.peer.send(ReadyMade.releaseRP)),
    Effect.andThen(scene.user.told("A-RELEASE confirmation"))
  )

const ended = (scene: Scene) =>
  sta6(scene).pipe(
    Effect.andThen(scene.peer.send(ReadyMade.abort())),
    Effect.andThen(scene.user.told("A-ABORT indication")),
    Effect.andThen(scene.peer.expectClosed())
  )

/** What each state permits, transcribed from the blank cells of Table 9-10 by hand, and how to get there. */
const situations: ReadonlyArray<
  readonly [
    clause: string,
    role: StateMachine.Role,
    state: StateMachine.State,
    permitted: ReadonlyArray<StateMachine.RequestLabel>,
    reach: (scene: Scene) => Effect.Effect<unknown, unknown>
  ]
> = [
  ["", acceptor, "Sta2", [], () => Effect.void],
  ["", acceptor, "Sta3", ["A-ASSOCIATE response (accept)", "A-ASSOCIATE response (reject)", "A-ABORT request"], sta3],
  ["", requestor, "Sta5", ["A-ABORT request"], ({ peer }) => peer.expect("A-ASSOCIATE-RQ")],
  ["", requestor, "Sta6", ["P-DATA request", "A-RELEASE request", "A-ABORT request"], sta6],
  ["", acceptor, "Sta6", ["P-DATA request", "A-RELEASE request", "A-ABORT request"], sta6],
  ["R2 ", requestor, "Sta7", ["A-ABORT request"], sta7],
  ["R2 ", acceptor, "Sta7", ["A-ABORT request"], sta7],
  ["R4 ", requestor, "Sta8", ["P-DATA request", "A-RELEASE response", "A-ABORT request"], sta8],
  ["R4 ", acceptor, "Sta8", ["P-DATA request", "A-RELEASE response", "A-ABORT request"], sta8],
  ["R2 R9 ", requestor, "Sta9", ["A-RELEASE response", "A-ABORT request"], collision],
  ["R2 R9 ", acceptor, "Sta10", ["A-ABORT request"], collision],
  ["R2 R9 ", requestor, "Sta11", ["A-ABORT request"], (scene) => Effect.andThen(collision(scene), responded(scene))],
  ["R9 ", acceptor, "Sta12", ["A-RELEASE response", "A-ABORT request"], sta12],
  ["R6 ", requestor, "Sta13", [], (scene) => Effect.andThen(sta8(scene), responded(scene))],
  ["R6 ", acceptor, "Sta13", [], (scene) => Effect.andThen(sta8(scene), responded(scene))],
  ["R6 R9 ", acceptor, "Sta13", [], (scene) => Effect.andThen(sta12(scene), responded(scene))],
  ["", requestor, "Sta1", ["A-ASSOCIATE request"], ended],
  ["", acceptor, "Sta1", ["A-ASSOCIATE request"], ended]
]

describe("an illegal primitive", () => {
  for (const [clause, role, state, permitted, reach] of situations) {
    const forbidden = StateMachine.requestLabels.filter((label) => !permitted.includes(label))
    it.effect(
      `${clause}of the ${role} in ${state} says so, sends nothing and changes nothing: ${forbidden.join(", ")}`,
      () =>
        Effect.gen(function* () {
          const here = yield* scene(role)
          const { layer } = here.user
          yield* reach(here)
          assert.strictEqual(layer.state(), state)
          assert.deepStrictEqual(layer.permitted(), permitted)
          const before = { ...layer.traffic }
          const conversation = yield* here.peer.conversation
          for (const primitive of forbidden) {
            assert.deepStrictEqual(
              yield* Effect.flip(here.issue(primitive)),
              new AssociationError.IllegalPrimitive({ primitive, state, permitted })
            )
            assert.strictEqual(layer.state(), state)
          }
          assert.deepStrictEqual({ ...layer.traffic }, before)
          assert.deepStrictEqual(yield* here.peer.conversation, conversation)
          // What was refused has not spoilt what is permitted.
          if (permitted.includes("A-ABORT request")) {
            yield* here.issue("A-ABORT request")
            yield* here.peer.expect("A-ABORT", { source: "service-user" })
          }
          yield* here.peer.close
          yield* layer.close
        })
    )
  }

  it.effect("in Sta4, while the transport connection is being opened, only an abort is permitted", () =>
    Effect.gen(function* () {
      const user = new User()
      const never = Socket.make({
        reader: Effect.never,
        writer: Effect.succeed({ write: () => Effect.never, writeAll: () => Effect.never })
      })
      yield* UpperLayer.request(proposal, user.receiver).pipe(
        Effect.provideService(UpperLayer.Transport, never),
        Effect.forkScoped({ startImmediately: true })
      )
      for (const primitive of StateMachine.requestLabels.filter((label) => label !== "A-ABORT request")) {
        assert.deepStrictEqual<unknown>(
          yield* Effect.flip(user.layer.issue(primitives[primitive])),
          new AssociationError.IllegalPrimitive({ primitive, state: "Sta4", permitted: ["A-ABORT request"] })
        )
      }
      yield* user.layer.issue(A_ABORT.request)
      assert.strictEqual(user.layer.state(), "Sta1")
      assert.deepStrictEqual(user.ends, [new AssociationError.AbortedLocally({})])
    })
  )

  it("has a message that tells what was tried, where, and what is permitted", () => {
    const error = new AssociationError.IllegalPrimitive({
      primitive: "P-DATA request",
      state: "Sta7",
      permitted: ["A-ABORT request"]
    })
    assert.strictEqual(
      error.message,
      "P-DATA request is not permitted in Sta7 (Awaiting A-RELEASE-RP PDU); permitted: A-ABORT request"
    )
  })
})

describe("what the layer tells its user", () => {
  it.effect("is each indication and confirmation in order, and one end", () =>
    Effect.gen(function* () {
      const here = yield* scene(requestor)
      yield* sta6(here)
      yield* here.peer.send(ReadyMade.echoRQ(), ReadyMade.echoRQ(), ReadyMade.releaseRQ)
      yield* here.user.told("A-RELEASE indication")
      yield* here.issue("A-RELEASE response")
      yield* here.peer.expect("A-RELEASE-RP")
      yield* here.peer.close
      yield* here.user.layer.closed
      assert.deepStrictEqual(here.user.issued, [
        "A-ASSOCIATE confirmation (accept)",
        "P-DATA indication",
        "P-DATA indication",
        "A-RELEASE indication"
      ])
      assert.deepStrictEqual(here.user.ends, [{ _tag: "Released", by: "peer", collision: false }])
    })
  )

  it.effect("R2 data that comes after the A-RELEASE request is indicated", () =>
    Effect.gen(function* () {
      const here = yield* scene(requestor)
      yield* sta7(here)
      yield* here.peer.send(ReadyMade.echoRQ())
      yield* here.user.told("P-DATA indication")
      assert.strictEqual(here.user.layer.state(), "Sta7")
      yield* here.peer.send(ReadyMade.releaseRP)
      yield* here.peer.expectClosed()
      assert.deepStrictEqual(here.user.issued.slice(-2), ["P-DATA indication", "A-RELEASE confirmation"])
    })
  )

  it.effect("R4 data is sent after the A-RELEASE indication and before the response", () =>
    Effect.gen(function* () {
      const here = yield* scene(acceptor)
      yield* sta8(here)
      yield* here.issue("P-DATA request")
      yield* here.issue("A-RELEASE response")
      yield* here.peer.expect("P-DATA-TF")
      yield* here.peer.expect("A-RELEASE-RP")
      yield* here.peer.close
    })
  )

  it.effect("data that the user cannot accept counts as an invalid PDU, with the reason that it gave", () =>
    Effect.gen(function* () {
      const here = yield* scene(acceptor)
      yield* sta6(here)
      here.user.invalid = InvalidPdu.make("unexpected-PDU-parameter", "not this")
      yield* here.peer.send(ReadyMade.echoRQ())
      yield* here.peer.expect("A-ABORT", { source: "service-provider", reason: "unexpected-PDU-parameter" })
      assert.deepStrictEqual(here.user.issued.slice(-2), ["P-DATA indication", "A-P-ABORT indication"])
      assert.deepStrictEqual(here.user.ends, [
        new AssociationError.AbortedByProvider({
          provider: "local",
          reason: "unexpected-PDU-parameter",
          detail: "not this"
        })
      ])
      yield* here.peer.close
    })
  )

  it.effect("an end is told once, and nothing after it", () =>
    Effect.gen(function* () {
      const here = yield* scene(acceptor)
      yield* ended(here)
      yield* here.user.layer.close
      yield* TestClock.adjust("10 minutes")
      assert.deepStrictEqual(here.user.ends, [new AssociationError.AbortedByPeer({})])
      assert.deepStrictEqual(here.user.issued, ["A-ASSOCIATE indication", "A-ABORT indication"])
    })
  )

  it.effect("the transport closed by this side, without a word, is an A-P-ABORT for the user", () =>
    Effect.gen(function* () {
      const here = yield* scene(acceptor)
      yield* sta6(here)
      yield* here.user.layer.close
      yield* here.user.layer.closed
      yield* here.peer.expectClosed()
      assert.strictEqual(here.user.issued.at(-1), "A-P-ABORT indication")
      assert.deepStrictEqual(here.user.ends, [new AssociationError.TransportClosed({})])
      assert.strictEqual(here.user.layer.state(), "Sta1")
    })
  )

  it.effect("a step of each kind is told to the observer, with its states and commands", () =>
    Effect.gen(function* () {
      const steps: Array<UpperLayer.Step> = []
      const [left, right] = yield* InMemory.ends()
      const peer = yield* ScriptedPeer.over(right)
      yield* UpperLayer.request(proposal, new User().receiver).pipe(
        Effect.provideService(UpperLayer.Transport, left),
        Effect.provideService(UpperLayer.Observer, (step) => {
          steps.push(step)
        })
      )
      yield* peer.expect("A-ASSOCIATE-RQ")
      yield* peer.send(ReadyMade.associateRJ())
      yield* peer.expectClosed()
      assert.deepStrictEqual(
        steps.map(({ after, before, commands, event }) => [
          before,
          event._tag,
          after,
          commands.map(({ _tag }) => _tag)
        ]),
        [
          ["Sta1", "A-ASSOCIATE request", "Sta4", ["OpenTransport"]],
          ["Sta4", "Transport connect confirm", "Sta5", ["Send"]],
          ["Sta5", "A-ASSOCIATE-RJ", "Sta1", ["Issue", "CloseTransport"]]
        ]
      )
    })
  )
})

describe("an observer that throws", () => {
  it.effect("changes nothing of what it observes, and what it threw is logged", () => {
    const logged: Array<string> = []
    const logger = Logger.layer([
      Logger.make(({ cause, message }) => {
        logged.push(`${String(message)}: ${String(Cause.squash(cause))}`)
      })
    ])
    return Effect.gen(function* () {
      const [left, right] = yield* InMemory.ends()
      const peer = yield* ScriptedPeer.over(right)
      const user = new User()
      yield* UpperLayer.request(proposal, user.receiver).pipe(
        Effect.provideService(UpperLayer.Transport, left),
        Effect.provideService(UpperLayer.Observer, ({ event }) => {
          throw new Error(event._tag)
        })
      )
      yield* peer.expect("A-ASSOCIATE-RQ")
      // No answer comes: that deadline passes too.
      yield* TestClock.adjust("30 seconds")
      yield* peer.expect("A-ABORT")
      yield* TestClock.adjust("30 seconds")
      yield* peer.expectClosed()
      assert.deepStrictEqual(user.ends, [
        new AssociationError.TimedOut({ deadline: "negotiation", milliseconds: 30_000 })
      ])
      assert.deepStrictEqual(logged, [
        "An observer failed: Error: A-ASSOCIATE request",
        "An observer failed: Error: Transport connect confirm",
        "An observer failed: Error: A-ABORT request",
        "An observer failed: Error: ARTIM timer expired"
      ])
    }).pipe(Effect.provide(logger))
  })
})

describe("a transport that takes nothing more", () => {
  const broken = new Error("EPIPE")

  /** In Sta6, over a transport whose writes fail from then on, with a P-DATA request under way. */
  const unwritable = Effect.gen(function* () {
    const [left, right] = yield* InMemory.ends()
    let fails = false
    const socket = Socket.make({
      reader: left.reader,
      writer: Effect.map(left.writer, ({ write, writeAll }) => ({
        write,
        writeAll: (chunks) =>
          fails
            ? Effect.fail(new Socket.SocketError({ reason: new Socket.SocketWriteError({ cause: broken }) }))
            : writeAll(chunks)
      }))
    })
    const peer = yield* ScriptedPeer.over(right)
    const user = new User()
    yield* Effect.provideService(UpperLayer.accept(user.receiver), UpperLayer.Transport, socket)
    yield* sta6({ user, peer, issue: (label) => user.layer.issue(primitives[label]) })
    fails = true
    const issued = yield* Effect.forkScoped(Effect.flip(user.layer.issue(primitives["P-DATA request"])), {
      startImmediately: true
    })
    return { issued, peer, user }
  })

  it.effect("is read to the peer's last words: its A-ABORT is what there is to tell", () =>
    Effect.gen(function* () {
      const { issued, peer, user } = yield* unwritable
      assert.deepStrictEqual(user.ends, [])
      yield* peer.send(ReadyMade.abort())
      assert.deepStrictEqual(yield* Fiber.join(issued), new AssociationError.AbortedByPeer({}))
      assert.deepStrictEqual(user.ends, [new AssociationError.AbortedByPeer({})])
      yield* peer.expectClosed()
    })
  )

  it.effect("is lost when none have come for as long as it lingers", () =>
    Effect.gen(function* () {
      const { issued, peer, user } = yield* unwritable
      yield* TestClock.adjust("999 millis")
      assert.deepStrictEqual(user.ends, [])
      yield* TestClock.adjust("1 millis")
      const lost = new AssociationError.TransportClosed({ cause: broken })
      assert.deepStrictEqual(yield* Fiber.join(issued), lost)
      assert.deepStrictEqual(user.ends, [lost])
      yield* peer.expectClosed()
    })
  )
})

describe("a transport that is slow to take what is written", () => {
  it.effect("is given its time by who waits for it, and by nobody once they have left", () =>
    Effect.gen(function* () {
      const [left, right] = yield* InMemory.ends()
      let slow = false
      const socket = Socket.make({
        reader: left.reader,
        writer: Effect.map(left.writer, ({ write, writeAll }) => ({
          write,
          writeAll: (chunks) => (slow ? Effect.never : writeAll(chunks))
        }))
      })
      const peer = yield* ScriptedPeer.over(right)
      const user = new User()
      yield* UpperLayer.accept(user.receiver).pipe(
        Effect.provideService(UpperLayer.Transport, socket),
        UpperLayer.withSettings({ write: "5 seconds", idle: "1 minute" })
      )
      yield* sta6({ user, peer, issue: (label) => user.layer.issue(primitives[label]) })
      slow = true
      const issue = Effect.forkScoped(Effect.exit(user.layer.issue(primitives["P-DATA request"])), {
        startImmediately: true
      })
      const first = yield* issue
      assert.isTrue(user.layer.writing())
      yield* Fiber.interrupt(first)
      assert.isFalse(user.layer.writing())
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(user.ends, [])
      yield* issue
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(user.ends, [new AssociationError.TimedOut({ deadline: "write", milliseconds: 5000 })])
    })
  )
})

describe("refuse", () => {
  it.effect("closes a transport connection without a word", () =>
    Effect.gen(function* () {
      const [socket, peer] = yield* ScriptedPeer.inMemory()
      yield* UpperLayer.refuse(socket)
      yield* peer.expectClosed()
      assert.deepStrictEqual(yield* peer.conversation, ["<- the connection ended (FIN)"])
    })
  )
})
