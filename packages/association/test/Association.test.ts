import { assert, describe, it } from "@effect/vitest"
import * as Association from "@effect-dicom/association/Association"
import * as AssociationError from "@effect-dicom/association/AssociationError"
import type * as Dimse from "@effect-dicom/association/Dimse"
import { Fault, InMemory, ReadyMade, ScriptedPeer } from "@effect-dicom/association/testing"
import * as UpperLayer from "@effect-dicom/association/UpperLayer"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import * as Rejection from "@effect-dicom/protocol/Rejection"
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Result from "effect/Result"
import * as Socket from "effect/socket/Socket"
import * as TestClock from "effect/testing/TestClock"
import { createServer } from "node:net"
import {
  acceptOptions,
  acceptor,
  associated,
  memory,
  requestOptions,
  requestor,
  storage,
  tcp,
  verification
} from "./ends.ts"
import { established } from "./held.ts"

const answer = ({ command }: Dimse.Incoming) =>
  Effect.succeed(Association.answer(command, { _tag: "Success", code: 0 }))

const echo = (association: Association.Association) =>
  Effect.map(
    association.dimse.invoke(1, (messageId) => C_ECHO.request({ messageId })),
    ({ command }) => command
  )

/** A requestor that is still negotiating with a scripted peer, which has its A-ASSOCIATE-RQ. */
const requesting = Effect.fnUntraced(function* (options: Partial<Association.RequestOptions> = {}) {
  const [socket, peer] = yield* ScriptedPeer.inMemory()
  const running = yield* Association.request({ ...requestOptions, ...options }).pipe(
    Effect.scoped,
    Effect.provideService(UpperLayer.Transport, socket),
    Effect.forkChild({ startImmediately: true })
  )
  yield* peer.expect("A-ASSOCIATE-RQ")
  return { peer, running }
})

/** An acceptor at the other end of a scripted peer that has said nothing yet. */
const accepting = Effect.fnUntraced(function* (options: Partial<Association.AcceptOptions> = {}) {
  const [socket, peer] = yield* ScriptedPeer.inMemory()
  const running = yield* Association.accept({ ...acceptOptions, ...options }).pipe(
    Effect.scoped,
    Effect.provideService(UpperLayer.Transport, socket),
    Effect.forkChild({ startImmediately: true })
  )
  return { peer, running }
})

const interruptedOnly = (exit: Exit.Exit<unknown, unknown>) =>
  Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)

/** A transport that never opens. */
const neverOpens = Socket.make({
  reader: Effect.never,
  writer: Effect.succeed({ write: () => Effect.never, writeAll: () => Effect.never })
})

// -----------------------------------------------------------------------------
// establishing
// -----------------------------------------------------------------------------

const rejections: ReadonlyArray<Rejection.Rejection> = (["rejected-permanent", "rejected-transient"] as const).flatMap(
  (result): ReadonlyArray<Rejection.Rejection> => [
    { result, source: Rejection.sources[0], diagnostic: "no-reason-given" },
    { result, source: Rejection.sources[0], diagnostic: "application-context-name-not-supported" },
    { result, source: Rejection.sources[0], diagnostic: "calling-AE-title-not-recognized" },
    { result, source: Rejection.sources[0], diagnostic: "called-AE-title-not-recognized" },
    { result, source: Rejection.sources[1], diagnostic: "no-reason-given" },
    { result, source: Rejection.sources[1], diagnostic: "protocol-version-not-supported" },
    { result, source: Rejection.sources[2], diagnostic: "temporary-congestion" },
    { result, source: Rejection.sources[2], diagnostic: "local-limit-exceeded" }
  ]
)

describe("a rejection", () => {
  for (const rejection of rejections) {
    const words = `${rejection.diagnostic}, ${rejection.result}, ${rejection.source}`
    it.effect(`of the peer is an error in its words: ${words}`, () =>
      Effect.gen(function* () {
        const { peer, running } = yield* requesting()
        yield* peer.send(ReadyMade.associateRJ(rejection))
        assert.deepStrictEqual<unknown>(
          yield* Effect.flip(Fiber.join(running)),
          new AssociationError.Rejected({ by: "peer", ...rejection })
        )
        yield* peer.expectClosed()
      })
    )

    it.effect(`of this side's decision is sent as it is: ${words}`, () =>
      Effect.gen(function* () {
        const { peer, running } = yield* accepting({ decide: () => Effect.succeed(Association.rejecting(rejection)) })
        yield* peer.send(ReadyMade.associateRQ())
        yield* peer.expect("A-ASSOCIATE-RJ", rejection)
        yield* peer.close
        assert.deepStrictEqual<unknown>(
          yield* Effect.flip(Fiber.join(running)),
          new AssociationError.Rejected({ by: "local", ...rejection })
        )
      })
    )
  }

  it("has a message that tells who, why, and whether to try again", () => {
    const rejected = new AssociationError.Rejected({
      by: "peer",
      result: "rejected-transient",
      source: "DICOM UL service-provider (Presentation related function)",
      diagnostic: "local-limit-exceeded"
    })
    assert.strictEqual(
      rejected.message,
      "The peer rejected the association: local-limit-exceeded (rejected-transient, " +
        "DICOM UL service-provider (Presentation related function)); it may accept later"
    )
  })

  it.effect("that is made by the provider itself fails the acceptor too", () =>
    Effect.gen(function* () {
      const { peer, running } = yield* accepting()
      yield* peer.send({ ...ReadyMade.associateRQ(), protocolVersion: 2 })
      yield* peer.expect("A-ASSOCIATE-RJ", {
        result: "rejected-permanent",
        source: "DICOM UL service-provider (ACSE related function)",
        diagnostic: "protocol-version-not-supported"
      })
      yield* peer.close
      assert.deepStrictEqual<unknown>(
        yield* Effect.flip(Fiber.join(running)),
        new AssociationError.Rejected({
          by: "local",
          result: "rejected-permanent",
          source: "DICOM UL service-provider (ACSE related function)",
          diagnostic: "protocol-version-not-supported"
        })
      )
    })
  )
})

describe("an association that cannot be established", () => {
  it.live("the connection is refused", () =>
    Effect.gen(function* () {
      // A port that was free a moment ago.
      const port = yield* Effect.promise(
        () =>
          new Promise<number>((resolve) => {
            const server = createServer().listen(0, "127.0.0.1", () => {
              const address = server.address()
              server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0))
            })
          })
      )
      const error = yield* Association.request(requestOptions).pipe(
        Effect.scoped,
        Effect.provide(NodeSocket.layerNet({ host: "127.0.0.1", port })),
        Effect.flip
      )
      assert.strictEqual(error._tag, "ConnectFailed")
      assert.match(error.message, /^The transport connection could not be opened: .*ECONNREFUSED/)
    })
  )

  it.effect("the connection does not open in time", () =>
    Effect.gen(function* () {
      const running = yield* Association.request(requestOptions).pipe(
        Effect.scoped,
        Effect.provideService(UpperLayer.Transport, neverOpens),
        Effect.flip,
        Effect.forkChild({ startImmediately: true })
      )
      yield* TestClock.adjust("15 seconds")
      const error = yield* Fiber.join(running)
      assert.deepStrictEqual<unknown>(
        error,
        new AssociationError.TimedOut({ deadline: "connect", milliseconds: 15_000 })
      )
      assert.strictEqual(error.message, "The connect deadline passed: no transport connection within 15000 ms")
    })
  )

  it.effect("the peer does not answer the A-ASSOCIATE-RQ in time: it is aborted", () =>
    Effect.gen(function* () {
      const { peer, running } = yield* requesting()
      yield* TestClock.adjust("30 seconds")
      yield* peer.expect("A-ABORT", { source: "service-user" })
      yield* peer.close
      assert.deepStrictEqual<unknown>(
        yield* Effect.flip(Fiber.join(running)),
        new AssociationError.TimedOut({ deadline: "negotiation", milliseconds: 30_000 })
      )
    })
  )

  it.effect("no A-ASSOCIATE-RQ comes in time: the transport is closed without a word", () =>
    Effect.gen(function* () {
      const { peer, running } = yield* accepting()
      yield* TestClock.adjust("30 seconds")
      yield* peer.expectClosed()
      assert.deepStrictEqual<unknown>(
        yield* Effect.flip(Fiber.join(running)),
        new AssociationError.TimedOut({ deadline: "ARTIM", milliseconds: 30_000 })
      )
    })
  )

  it.effect("the decision does not come in time: the peer is aborted", () =>
    Effect.gen(function* () {
      const { peer, running } = yield* accepting({ decide: () => Effect.never })
      yield* peer.send(ReadyMade.associateRQ())
      yield* TestClock.adjust("30 seconds")
      yield* peer.expect("A-ABORT", { source: "service-user" })
      yield* peer.close
      assert.deepStrictEqual<unknown>(
        yield* Effect.flip(Fiber.join(running)),
        new AssociationError.TimedOut({ deadline: "negotiation", milliseconds: 30_000 })
      )
    })
  )

  it.effect("the decision is to abort", () =>
    Effect.gen(function* () {
      const { peer, running } = yield* accepting({ decide: () => Effect.succeed({ _tag: "abort" }) })
      yield* peer.send(ReadyMade.associateRQ())
      yield* peer.expect("A-ABORT", { source: "service-user" })
      yield* peer.close
      assert.deepStrictEqual<unknown>(yield* Effect.flip(Fiber.join(running)), new AssociationError.AbortedLocally({}))
    })
  )

  it.effect("the decision dies: the peer is aborted, and the defect is the caller's", () =>
    Effect.gen(function* () {
      const defect = new Error("no decision")
      const { peer, running } = yield* accepting({ decide: () => Effect.die(defect) })
      yield* peer.send(ReadyMade.associateRQ())
      yield* peer.expect("A-ABORT", { source: "service-user" })
      yield* peer.close
      const exit = yield* Fiber.await(running)
      assert.strictEqual(Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined, defect)
    })
  )

  it.effect("the peer aborts while the decision is being made: the decision is interrupted", () =>
    Effect.gen(function* () {
      const interrupted = Deferred.makeUnsafe<void>()
      const deciding = Deferred.makeUnsafe<void>()
      const { peer, running } = yield* accepting({
        decide: () =>
          Effect.andThen(Deferred.succeed(deciding, undefined), Effect.never).pipe(
            Effect.onInterrupt(() => Deferred.succeed(interrupted, undefined))
          )
      })
      yield* peer.send(ReadyMade.associateRQ())
      yield* Deferred.await(deciding)
      yield* peer.send(ReadyMade.abort())
      assert.deepStrictEqual<unknown>(yield* Effect.flip(Fiber.join(running)), new AssociationError.AbortedByPeer({}))
      yield* Deferred.await(interrupted)
      yield* peer.expectClosed()
    })
  )

  const ends = [
    ["aborts", ReadyMade.abort(), new AssociationError.AbortedByPeer({})],
    [
      "aborts by its provider",
      ReadyMade.abort("service-provider", "unrecognized-PDU-parameter"),
      new AssociationError.AbortedByProvider({ provider: "peer", reason: "unrecognized-PDU-parameter" })
    ]
  ] as const
  for (const [how, pdu, end] of ends) {
    it.effect(`the peer ${how} in place of an answer`, () =>
      Effect.gen(function* () {
        const { peer, running } = yield* requesting()
        yield* peer.send(pdu)
        assert.deepStrictEqual<unknown>(yield* Effect.flip(Fiber.join(running)), end)
        yield* peer.expectClosed()
      })
    )
  }

  it.effect("the peer closes the transport in place of an answer", () =>
    Effect.gen(function* () {
      const { peer, running } = yield* requesting()
      yield* peer.close
      assert.deepStrictEqual<unknown>(yield* Effect.flip(Fiber.join(running)), new AssociationError.TransportClosed({}))
    })
  )

  it.effect("the peer closes the transport before it has asked for anything", () =>
    Effect.gen(function* () {
      const { peer, running } = yield* accepting()
      yield* peer.close
      assert.deepStrictEqual<unknown>(yield* Effect.flip(Fiber.join(running)), new AssociationError.TransportClosed({}))
    })
  )

  it.effect("what was asked for is not of its type: nothing is opened", () =>
    Effect.gen(function* () {
      const error = yield* Association.request({ ...requestOptions, callingAETitle: "SEVENTEEN LETTERS" }).pipe(
        Effect.scoped,
        Effect.provideService(UpperLayer.Transport, neverOpens),
        Effect.flip
      )
      assert.strictEqual(error._tag, "SchemaError")
      assert.match(error.message, /SEVENTEEN LETTERS/)
    })
  )
})

describe("a connection that takes nothing", () => {
  // Who waits to write closes the connection while the abort's own close is being said.
  it.effect("is closed when the time to negotiate is over, and nobody waits for another", () =>
    Effect.gen(function* () {
      const server = yield* InMemory.server()
      yield* Effect.forkScoped(server.run(() => Effect.never))
      const socket = yield* server.connect
      const running = yield* Association.request(requestOptions).pipe(
        Effect.scoped,
        Effect.provideService(UpperLayer.Transport, Fault.outgoing(socket, Fault.stall(1))),
        Effect.forkChild({ startImmediately: true })
      )
      yield* TestClock.adjust("32 seconds")
      assert.deepStrictEqual(
        running.pollUnsafe(),
        Exit.fail(new AssociationError.TimedOut({ deadline: "negotiation", milliseconds: 30_000 }))
      )
    })
  )
})

describe("interrupted while it is being established", () => {
  it.effect("a requestor that waits for the answer aborts", () =>
    Effect.gen(function* () {
      const { peer, running } = yield* requesting()
      const interrupting = yield* Effect.forkChild(Fiber.interrupt(running), { startImmediately: true })
      yield* peer.expect("A-ABORT", { source: "service-user" })
      yield* peer.close
      yield* Fiber.join(interrupting)
      assert.isTrue(interruptedOnly(yield* Fiber.await(running)))
    })
  )

  it.effect("a requestor whose transport is not open yet says nothing", () =>
    Effect.gen(function* () {
      const running = yield* Association.request(requestOptions).pipe(
        Effect.scoped,
        Effect.provideService(UpperLayer.Transport, neverOpens),
        Effect.forkChild({ startImmediately: true })
      )
      yield* Fiber.interrupt(running)
      assert.isTrue(interruptedOnly(yield* Fiber.await(running)))
    })
  )

  it.effect("an acceptor that is deciding aborts", () =>
    Effect.gen(function* () {
      const deciding = Deferred.makeUnsafe<void>()
      const { peer, running } = yield* accepting({
        decide: () => Effect.andThen(Deferred.succeed(deciding, undefined), Effect.never)
      })
      yield* peer.send(ReadyMade.associateRQ())
      yield* Deferred.await(deciding)
      const interrupting = yield* Effect.forkChild(Fiber.interrupt(running), { startImmediately: true })
      yield* peer.expect("A-ABORT", { source: "service-user" })
      yield* peer.close
      yield* Fiber.join(interrupting)
    })
  )

  it.effect("an acceptor that has not been asked yet closes the transport", () =>
    Effect.gen(function* () {
      const { peer, running } = yield* accepting()
      const interrupting = yield* Effect.forkChild(Fiber.interrupt(running), { startImmediately: true })
      yield* TestClock.adjust("1 seconds")
      yield* Fiber.join(interrupting)
      yield* peer.expectClosed()
    })
  )
})

// -----------------------------------------------------------------------------
// what was agreed
// -----------------------------------------------------------------------------

describe("the answer to a proposal", () => {
  const answered = Effect.fnUntraced(function* (answer: Parameters<typeof ReadyMade.associateAC>[0]) {
    const [socket, peer] = yield* ScriptedPeer.inMemory()
    const running = yield* Association.request({
      ...requestOptions,
      closing: (one) => Effect.as(Effect.ignore(one.abort), { _tag: "Released" })
    }).pipe(Effect.provideService(UpperLayer.Transport, socket), Effect.forkChild({ startImmediately: true }))
    yield* peer.expect("A-ASSOCIATE-RQ")
    yield* peer.send(ReadyMade.associateAC(answer))
    const association = yield* Fiber.join(running)
    yield* Effect.addFinalizer(() => peer.close)
    return association
  })

  const verificationAccepted = {
    id: 1,
    result: "acceptance",
    transferSyntax: TransferSyntax.ImplicitVRLittleEndian.uid
  } as const

  it.effect("says what is agreed and what is refused", () =>
    Effect.gen(function* () {
      const association = yield* answered({
        presentationContexts: [verificationAccepted, { id: 3, result: "abstract-syntax-not-supported" }]
      })
      assert.deepStrictEqual(
        [...association.contexts.values()],
        [
          {
            id: 1,
            abstractSyntax: verification.abstractSyntax,
            transferSyntax: TransferSyntax.ImplicitVRLittleEndian.uid,
            requestorRole: { scu: true, scp: false }
          }
        ]
      )
      assert.deepStrictEqual(association.refused, [
        { id: 3, abstractSyntax: storage.abstractSyntax, result: "abstract-syntax-not-supported" }
      ])
      assert.strictEqual(association.peer.maximumLength, 16384)
    })
  )

  it.effect("a transfer syntax that was not proposed is not used, and is reported", () =>
    Effect.gen(function* () {
      const { uid } = TransferSyntax.ExplicitVRBigEndian
      const association = yield* answered({
        presentationContexts: [verificationAccepted, { id: 3, result: "acceptance", transferSyntax: uid }]
      })
      assert.deepStrictEqual([...association.contexts.keys()], [1])
      assert.deepStrictEqual(association.oddities, [{ _tag: "Unproposed transfer syntax", id: 3, transferSyntax: uid }])
    })
  )

  it.effect("a context that was not proposed is not used, and is reported", () =>
    Effect.gen(function* () {
      const association = yield* answered({
        presentationContexts: [verificationAccepted, { ...verificationAccepted, id: 9 }]
      })
      assert.deepStrictEqual([...association.contexts.keys()], [1])
      assert.deepInclude(association.oddities, { _tag: "Unknown id", id: 9 })
      assert.deepInclude(association.oddities, { _tag: "Missing answer", id: 3 })
    })
  )

  it.effect("AE titles, which an answer does not have, may be anything", () =>
    Effect.gen(function* () {
      const association = yield* answered({ callingAETitle: "\0".repeat(16), calledAETitle: "\u0001\\garbage" })
      assert.strictEqual(association.callingAETitle, "REQUESTOR")
      assert.strictEqual(association.calledAETitle, "ACCEPTOR")
      assert.strictEqual(yield* association.state, "Sta6")
    })
  )

  it.effect("context finds what is agreed, and says what is not", () =>
    Effect.gen(function* () {
      const association = yield* answered({ presentationContexts: [verificationAccepted] })
      assert.strictEqual(
        Result.map(Association.context(association, verification.abstractSyntax), ({ id }) => id).pipe(
          Result.getOrThrow
        ),
        1
      )
      const missing = Association.context(association, storage.abstractSyntax, "1.2.840.10008.1.2.1")
      const error = new AssociationError.NoPresentationContext({
        abstractSyntax: storage.abstractSyntax,
        transferSyntax: "1.2.840.10008.1.2.1"
      })
      assert.deepStrictEqual(missing, Result.fail(error))
      assert.strictEqual(
        error.message,
        `No presentation context was accepted for ${storage.abstractSyntax} with transfer syntax 1.2.840.10008.1.2.1`
      )
    })
  )
})

describe("an established association", () => {
  for (const network of [memory, tcp]) {
    network.test(`is the same for both sides, and carries operations both ways, ${network.name}`, () =>
      Effect.gen(function* () {
        const { acceptor: right, requestor: left } = yield* associated(network)
        for (const { association } of [left, right]) {
          assert.strictEqual(association.callingAETitle, "REQUESTOR")
          assert.strictEqual(association.calledAETitle, "ACCEPTOR")
          assert.deepStrictEqual([...association.contexts.keys()], [1, 3])
          assert.deepStrictEqual(association.tolerated, [])
          assert.deepStrictEqual(association.oddities, [])
        }
        assert.deepStrictEqual([left.association.role, right.association.role], [requestor, acceptor])
        yield* Effect.forkChild(Association.serve(right.association, answer), { startImmediately: true })
        const response = yield* echo(left.association)
        assert.deepStrictEqual(response, C_ECHO.response(C_ECHO.request({ messageId: 1 })))
        const { bytesReceived, bytesSent, pdusReceived, pdusSent } = left.association.traffic
        assert.deepStrictEqual([pdusSent, pdusReceived], [2, 2])
        const other = right.association.traffic
        assert.deepStrictEqual([other.bytesSent, other.bytesReceived], [bytesReceived, bytesSent])
      })
    )
  }

  it.effect("an answer that is used at once: the deadline of the negotiation does not outlive it", () =>
    Effect.gen(function* () {
      const { peer, running } = yield* requesting()
      // The release is issued in the very turn in which the association is established.
      yield* peer.send(ReadyMade.associateAC())
      yield* peer.expect("A-RELEASE-RQ")
      yield* peer.send(ReadyMade.releaseRP)
      yield* Fiber.join(running)
      const one = yield* established(memory, requestor)
      yield* TestClock.adjust("45 seconds")
      assert.strictEqual(yield* one.association.state, "Sta6")
      yield* one.peer.close
    })
  )

  it.effect("silence without an operation for a minute is an abort", () =>
    Effect.gen(function* () {
      const one = yield* established(memory, acceptor)
      yield* TestClock.adjust("60 seconds")
      yield* one.peer.expect("A-ABORT", { source: "service-user" })
      assert.deepStrictEqual(
        yield* one.association.ended,
        new AssociationError.TimedOut({ deadline: "idle", milliseconds: 60_000 })
      )
      yield* one.peer.close
    })
  )

  it.effect("serve succeeds where the peer releases, and fails with what else ended it", () =>
    Effect.gen(function* () {
      const released = yield* established(memory, acceptor)
      const first = yield* Effect.forkChild(Association.serve(released.association, answer), { startImmediately: true })
      yield* released.peer.send(ReadyMade.releaseRQ)
      yield* released.peer.expect("A-RELEASE-RP")
      yield* released.peer.close
      assert.strictEqual(yield* Fiber.join(first), undefined)
      const aborted = yield* established(memory, acceptor)
      const interrupted = Deferred.makeUnsafe<void>()
      const second = yield* Effect.forkChild(
        Association.serve(aborted.association, () =>
          Effect.onInterrupt(Effect.never, () => Deferred.succeed(interrupted, undefined))
        ),
        { startImmediately: true }
      )
      yield* aborted.peer.send(ReadyMade.echoRQ(), ReadyMade.abort())
      assert.deepStrictEqual(yield* Effect.flip(Fiber.join(second)), new AssociationError.AbortedByPeer({}))
      yield* Deferred.await(interrupted)
    })
  )

  it.effect("a release of this side is not failed by a request that crossed it", () =>
    Effect.gen(function* () {
      const one = yield* established(memory, acceptor)
      const asked = Deferred.makeUnsafe<void>()
      const serving = yield* Effect.forkChild(
        Association.serve(one.association, (incoming) =>
          Effect.andThen(Deferred.succeed(asked, undefined), answer(incoming))
        ),
        { startImmediately: true }
      )
      const release = yield* Effect.forkChild(one.association.release, { startImmediately: true })
      yield* one.peer.send(ReadyMade.echoRQ())
      yield* Deferred.await(asked)
      yield* one.peer.expect("A-RELEASE-RQ")
      yield* one.peer.send(ReadyMade.releaseRP)
      assert.deepStrictEqual(yield* Fiber.join(release), { _tag: "Released" })
      yield* Fiber.join(serving)
    })
  )
})

// -----------------------------------------------------------------------------
// what is left behind
// -----------------------------------------------------------------------------

/** Counts the fibers that an effect has started and that have not ended. */
const counting = () => {
  let running = 0
  const service: Metric.FiberRuntimeMetricsService = {
    recordFiberStart: () => {
      running++
    },
    recordFiberEnd: () => {
      running--
    }
  }
  return { service, running: () => running }
}

describe("when both scopes have closed", () => {
  const courses: ReadonlyArray<
    readonly [
      name: string,
      left: (association: Association.Association) => Effect.Effect<unknown, unknown>,
      right: (association: Association.Association) => Effect.Effect<unknown, unknown>
    ]
  > = [
    ["a release by the requestor", () => Effect.void, (association) => Association.serve(association, answer)],
    ["a release by the acceptor", (association) => association.ended, () => Effect.void],
    ["a collision", () => Effect.void, () => Effect.void],
    ["an operation and a release", echo, (association) => Association.serve(association, answer)],
    ["an abort by hand", (association) => association.abort, (association) => association.ended],
    ["a failure", () => Effect.fail("late"), (association) => Association.serve(association, answer)],
    ["a defect", (association) => association.ended, () => Effect.die(new Error("broken"))],
    [
      "an operation that is given up",
      (association) => Effect.raceFirst(echo(association), Effect.void),
      (association) => Association.serve(association, answer)
    ]
  ]
  for (const network of [memory, tcp]) {
    for (const [name, left, right] of courses) {
      network.test(`no fiber and no socket is left after ${name}, ${network.name}`, () =>
        Effect.gen(function* () {
          const handles = () =>
            process.getActiveResourcesInfo().filter((resource) => resource === "TCPSocketWrap").length
          const before = handles()
          const fibers = counting()
          yield* Effect.gen(function* () {
            const ends = yield* network.ends
            yield* Effect.all(
              [
                Association.request(requestOptions).pipe(
                  Effect.flatMap(left),
                  Effect.scoped,
                  Effect.exit,
                  Effect.provideService(UpperLayer.Transport, ends.requestor)
                ),
                Association.accept(acceptOptions).pipe(
                  Effect.flatMap(right),
                  Effect.scoped,
                  Effect.exit,
                  Effect.provideServiceEffect(UpperLayer.Transport, ends.acceptor)
                )
              ],
              { concurrency: 2 }
            )
          }).pipe(Effect.scoped, Effect.provideService(Metric.FiberRuntimeMetrics, fibers.service))
          // A fiber that was interrupted, and a socket that was closed, go in a turn of their own.
          while (fibers.running() > 0 || handles() > before) yield* Effect.yieldNow
          assert.strictEqual(fibers.running(), 0)
          assert.strictEqual(handles(), before)
        })
      )
    }
  }

  it.effect("nothing is left after an association that was never established", () =>
    Effect.gen(function* () {
      const fibers = counting()
      const [left, right] = yield* InMemory.ends()
      const running = yield* Effect.all(
        [
          Association.request(requestOptions).pipe(
            Effect.scoped,
            Effect.exit,
            Effect.provideService(UpperLayer.Transport, left)
          ),
          Association.accept({ decide: () => Effect.succeed(Association.rejecting(noReasonGiven)) }).pipe(
            Effect.scoped,
            Effect.exit,
            Effect.provideService(UpperLayer.Transport, right)
          )
        ],
        { concurrency: 2 }
      ).pipe(Effect.provideService(Metric.FiberRuntimeMetrics, fibers.service))
      assert.deepStrictEqual(
        running.map((exit) => exit._tag),
        ["Failure", "Failure"]
      )
      while (fibers.running() > 0) yield* Effect.yieldNow
      assert.strictEqual(fibers.running(), 0)
    })
  )
})

const noReasonGiven = {
  result: "rejected-permanent",
  source: "DICOM UL service-user",
  diagnostic: "no-reason-given"
} as const
