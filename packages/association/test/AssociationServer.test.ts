import { assert, describe, it } from "@effect/vitest"
import * as AccessControl from "@effect-dicom/association/AccessControl"
import * as Association from "@effect-dicom/association/Association"
import * as AssociationError from "@effect-dicom/association/AssociationError"
import * as AssociationServer from "@effect-dicom/association/AssociationServer"
import type * as Dimse from "@effect-dicom/association/Dimse"
import { InMemory, ReadyMade, ScriptedPeer } from "@effect-dicom/association/testing"
import * as TransportPeer from "@effect-dicom/association/TransportPeer"
import * as UpperLayer from "@effect-dicom/association/UpperLayer"
import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import * as C_FIND from "@effect-dicom/protocol/C_FIND"
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import * as NodeSocketServer from "@effect/platform-node/NodeSocketServer"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as NetAddress from "effect/net/NetAddress"
import * as References from "effect/References"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { requestOptions, requestor, side, storage, verification } from "./ends.ts"

const supported = [verification, storage]

const answer = ({ command }: Dimse.Incoming) =>
  Effect.succeed(Association.answer(command, { _tag: "Success", code: 0 }))

const answering = (association: Association.Association) => Association.serve(association, answer)

const echo = (association: Association.Association) =>
  Effect.map(
    association.dimse.invoke(1, (messageId) => C_ECHO.request({ messageId })),
    ({ command }) => command
  )

/** A server in memory, in a scope of its own. */
const serving = Effect.fnUntraced(function* (options: Partial<AssociationServer.Options<never>> = {}) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const network = yield* InMemory.server({ lends: true })
  const server = yield* AssociationServer.make({ supported, handler: answering, ...options }).pipe(
    Effect.provideService(UpperLayer.Listener, network),
    Scope.provide(scope)
  )
  return {
    ...server,
    close: Scope.close(scope, Exit.void),
    peer: Effect.flatMap(network.connect, ScriptedPeer.over),
    /** An association with the server, of a calling AE title. */
    request: (callingAETitle: string = "REQUESTOR", more: Partial<Association.RequestOptions> = {}) =>
      Effect.flatMap(network.connect, (socket) =>
        Effect.provideService(
          side(Association.request({ ...requestOptions, callingAETitle, ...more })),
          UpperLayer.Transport,
          socket
        )
      )
  }
})

/** Waits until a server has this many associations. */
const until = (associations: Effect.Effect<number>, count: number): Effect.Effect<void> =>
  Effect.flatMap(associations, (now) =>
    now === count ? Effect.void : Effect.andThen(Effect.yieldNow, until(associations, count))
  )

const localLimitExceeded = new AssociationError.Rejected({
  by: "peer",
  result: "rejected-transient",
  source: "DICOM UL service-provider (Presentation related function)",
  diagnostic: "local-limit-exceeded"
})

describe("a server of associations", () => {
  it.effect("accepts what it supports, answers, and counts", () =>
    Effect.gen(function* () {
      const server = yield* serving()
      assert.strictEqual(yield* server.associations, 0)
      const one = yield* server.request()
      const two = yield* server.request()
      assert.strictEqual(yield* server.associations, 2)
      assert.strictEqual((yield* echo(one.association))._tag, "C-ECHO-RSP")
      assert.strictEqual((yield* echo(two.association))._tag, "C-ECHO-RSP")
      yield* one.leave()
      yield* until(server.associations, 1)
      yield* two.leave()
      yield* until(server.associations, 0)
    })
  )

  it.effect("has no association with who asks for one and is gone before the decision is acted on", () =>
    Effect.gen(function* () {
      let handled = 0
      const server = yield* serving({
        handler: (association) => {
          handled++
          return answering(association)
        }
      })
      const peer = yield* server.peer
      yield* peer.send(ReadyMade.associateRQ())
      yield* peer.close
      yield* peer.expectClosed()
      for (let i = 0; i < 50; i++) yield* Effect.yieldNow
      assert.deepStrictEqual([handled, yield* server.associations], [0, 0])
    })
  )

  it.effect("performs as many operations at once as it is told, where the requestor proposes a window", () =>
    Effect.gen(function* () {
      const asynchronousOperationsWindow = { maximumInvoked: 1, maximumPerformed: 3 }
      const gate = Deferred.makeUnsafe<void>()
      let performed = 0
      const server = yield* serving({
        asynchronousOperationsWindow,
        handler: (association) =>
          Association.serve(association, (incoming) => {
            performed++
            return Effect.andThen(Deferred.await(gate), answer(incoming))
          })
      })
      const { association } = yield* server.request("REQUESTOR", {
        userInformation: { asynchronousOperationsWindow: { maximumInvoked: 8, maximumPerformed: 1 } }
      })
      assert.deepStrictEqual(association.window, { maximumInvoked: 3, maximumPerformed: 1 })
      const echoes = yield* Effect.forkChild(
        Effect.all(
          Array.from({ length: 8 }, () => echo(association)),
          { concurrency: 8 }
        )
      )
      for (let i = 0; i < 50; i++) yield* Effect.yieldNow
      assert.strictEqual(performed, 3)
      yield* Deferred.succeed(gate, undefined)
      assert.strictEqual((yield* Fiber.join(echoes)).length, 8)
    })
  )

  for (const how of ["abort", "drain"] as const) {
    it.effect(`interrupts what performs when it is told to ${how}, and its finalizers run`, () =>
      Effect.gen(function* () {
        const happened: Array<string> = []
        const begun = Deferred.makeUnsafe<void>()
        const server = yield* serving({
          handler: (association) =>
            Association.serve(association, () => ({
              responses: Stream.fromEffect(Effect.andThen(Deferred.succeed(begun, undefined), Effect.never)).pipe(
                Stream.ensuring(Effect.sync(() => happened.push("finalized")))
              )
            }))
        })
        const { association } = yield* server.request()
        const asked = association.dimse.responses(
          1,
          (messageId) => C_FIND.request({ messageId, affectedSopClassUid: C_ECHO.verificationSopClass }),
          [new Uint8Array(2)]
        )
        const finding = yield* Effect.forkChild(Effect.flip(Stream.runDrain(asked)))
        yield* Deferred.await(begun)
        const stopped = yield* Effect.forkChild(server[how], { startImmediately: true })
        yield* TestClock.adjust("11 seconds")
        yield* Fiber.join(stopped)
        assert.deepStrictEqual(happened, ["finalized"])
        assert.deepStrictEqual(yield* Fiber.join(finding), new AssociationError.AbortedByPeer({}))
      })
    )
  }

  it.effect("decides as it is told", () =>
    Effect.gen(function* () {
      const rejection = {
        result: "rejected-permanent",
        source: "DICOM UL service-user",
        diagnostic: "calling-AE-title-not-recognized"
      } as const
      const server = yield* serving({
        decide: ({ primitive }) =>
          Effect.succeed(
            primitive.callingAETitle === "KNOWN"
              ? Association.accepting([verification])
              : Association.rejecting(rejection)
          )
      })
      assert.deepStrictEqual<unknown>(
        yield* Effect.flip(server.request("STRANGER")),
        new AssociationError.Rejected({ by: "peer", ...rejection })
      )
      const known = yield* server.request("KNOWN")
      assert.deepStrictEqual([...known.association.contexts.keys()], [1])
      yield* until(server.associations, 1)
    })
  )

  it.effect("is a layer, and is drained when the layer is left", () =>
    Effect.gen(function* () {
      const network = yield* InMemory.server({ lends: true })
      const socket = yield* network.connect
      const peer = yield* Effect.gen(function* () {
        const { address } = yield* AssociationServer.AssociationServer
        assert.strictEqual(address, network.address)
        const peer = yield* ScriptedPeer.over(socket)
        yield* peer.send(ReadyMade.associateRQ())
        yield* peer.expect("A-ASSOCIATE-AC")
        yield* peer.send(ReadyMade.releaseRQ)
        yield* peer.expect("A-RELEASE-RP")
        yield* peer.close
        return peer
      }).pipe(
        Effect.provide(
          Layer.provide(
            AssociationServer.layer({ supported, handler: answering }),
            Layer.succeed(UpperLayer.Listener, network)
          )
        )
      )
      yield* peer.expectClosed()
    })
  )
})

describe("the limits of a server", () => {
  it.effect("one association more than its maximum is rejected, and a place given back is taken again", () =>
    Effect.gen(function* () {
      const server = yield* serving({ maximumAssociations: 2 })
      const first = yield* server.request("A")
      yield* server.request("B")
      assert.deepStrictEqual<unknown>(yield* Effect.flip(server.request("C")), localLimitExceeded)
      assert.strictEqual(yield* server.associations, 2)
      yield* first.leave()
      yield* until(server.associations, 1)
      yield* server.request("C")
      assert.strictEqual(yield* server.associations, 2)
    })
  )

  it.effect("one association more of a calling AE title is rejected, another title's is not", () =>
    Effect.gen(function* () {
      const server = yield* serving({ maximumAssociationsPerCallingAETitle: 1 })
      const first = yield* server.request("A")
      yield* server.request("B")
      assert.deepStrictEqual<unknown>(yield* Effect.flip(server.request("A")), localLimitExceeded)
      yield* first.leave(Exit.fail("late"))
      yield* until(server.associations, 1)
      yield* server.request("A")
    })
  )

  it.effect("an association that is released has no place, though its peer does not close the connection", () =>
    Effect.gen(function* () {
      const server = yield* serving({ maximumAssociations: 1, maximumAssociationsPerCallingAETitle: 1 })
      const peer = yield* server.peer
      yield* peer.send(ReadyMade.associateRQ({ callingAETitle: "A" }))
      yield* peer.expect("A-ASSOCIATE-AC")
      yield* peer.send(ReadyMade.releaseRQ)
      yield* peer.expect("A-RELEASE-RP")
      yield* until(server.associations, 0)
      const second = yield* server.request("A")
      assert.strictEqual(yield* server.associations, 1)
      // What it has left is not given back once more.
      yield* peer.close
      for (let i = 0; i < 50; i++) yield* Effect.yieldNow
      assert.strictEqual(yield* server.associations, 1)
      yield* second.leave()
      yield* until(server.associations, 0)
    })
  )

  it.effect("two requests at the same time do not both take the last place", () =>
    Effect.gen(function* () {
      const server = yield* serving({
        maximumAssociations: 1,
        decide: () => Effect.as(Effect.yieldNow, Association.accepting(supported))
      })
      const exits = yield* Effect.all([Effect.exit(server.request("A")), Effect.exit(server.request("B"))], {
        concurrency: 2
      })
      assert.deepStrictEqual(exits.map((exit) => exit._tag).toSorted(), ["Failure", "Success"])
    })
  )

  it.effect("a place is given back however it was left", () =>
    Effect.gen(function* () {
      const handled = Deferred.makeUnsafe<void>()
      const server = yield* serving({
        maximumAssociations: 1,
        decide: ({ primitive }) =>
          primitive.callingAETitle === "DIES"
            ? Effect.die(new Error("no decision"))
            : primitive.callingAETitle === "ABORTED"
              ? Effect.succeed({ _tag: "abort" })
              : Effect.succeed(Association.accepting(supported)),
        handler: (association) =>
          association.callingAETitle === "HANDLER"
            ? Effect.andThen(Deferred.succeed(handled, undefined), Effect.die(new Error("a handler that dies")))
            : answering(association)
      })
      for (const title of ["ABORTED", "DIES"]) {
        assert.deepStrictEqual<unknown>(
          yield* Effect.flip(server.request(title)),
          new AssociationError.AbortedByPeer({}),
          title
        )
        yield* until(server.associations, 0)
      }
      const dying = yield* server.request("HANDLER")
      yield* Deferred.await(handled)
      assert.deepStrictEqual(yield* dying.association.ended, new AssociationError.AbortedByPeer({}))
      yield* until(server.associations, 0)
      // The peer vanishes.
      const peer = yield* server.peer
      yield* peer.send(ReadyMade.associateRQ())
      yield* peer.expect("A-ASSOCIATE-AC")
      assert.strictEqual(yield* server.associations, 1)
      yield* peer.destroy
      yield* until(server.associations, 0)
    })
  )

  it.effect("one connection more than its maximum is closed without a word", () =>
    Effect.gen(function* () {
      const server = yield* serving({ maximumConnections: 1 })
      const first = yield* server.peer
      yield* first.send(ReadyMade.associateRQ())
      yield* first.expect("A-ASSOCIATE-AC")
      const second = yield* server.peer
      yield* second.expectClosed()
      assert.deepStrictEqual(yield* second.conversation, ["<- the connection ended (FIN)"])
      yield* first.send(ReadyMade.releaseRQ)
      yield* first.expect("A-RELEASE-RP")
      yield* first.close
    })
  )

  it.effect("a warning tells of connections that are closed so, once a minute at most, and how many there were", () =>
    Effect.gen(function* () {
      const logged: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => {
        logged.push(`${logLevel}: ${JSON.stringify(message)}`)
      })
      yield* Effect.gen(function* () {
        const server = yield* serving({ maximumConnections: 1 })
        const first = yield* server.peer
        yield* first.send(ReadyMade.associateRQ())
        yield* first.expect("A-ASSOCIATE-AC")
        const another = Effect.flatMap(server.peer, (peer) => peer.expectClosed())
        yield* Effect.replicateEffect(another, 3)
        yield* TestClock.adjust("59 seconds")
        yield* another
        yield* first.send(ReadyMade.echoRQ())
        yield* first.expect("P-DATA-TF")
        yield* TestClock.adjust("1 second")
        yield* another
        yield* first.destroy
        yield* until(server.associations, 0)
      }).pipe(Effect.provide(Logger.layer([logger])))
      const said = "A connection was closed at once, as there are as many as there may be"
      assert.deepStrictEqual(
        logged.filter((line) => line.includes(said)),
        [1, 4].map((closed) => `Warn: ${JSON.stringify([said, { closed, maximumConnections: 1 }])}`)
      )
    })
  )
})

describe("a handler", () => {
  it.effect("that fails or dies ends its own association and no other; a defect is logged", () =>
    Effect.gen(function* () {
      const logged: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => {
        logged.push(`${logLevel}: ${Array.isArray(message) ? String(message[0]) : String(message)}`)
      })
      const server = yield* serving({
        handler: (association) => {
          if (association.callingAETitle === "FAILS") return Effect.fail(new AssociationError.AbortedByPeer({}))
          if (association.callingAETitle === "DIES") return Effect.die(new Error("broken"))
          return answering(association)
        }
      }).pipe(Effect.provide(Logger.layer([logger])))
      const well = yield* server.request("WELL")
      for (const title of ["FAILS", "DIES"]) {
        const { association } = yield* server.request(title)
        assert.deepStrictEqual(yield* association.ended, new AssociationError.AbortedByPeer({}))
      }
      assert.strictEqual((yield* echo(well.association))._tag, "C-ECHO-RSP")
      yield* until(server.associations, 1)
      assert.deepStrictEqual(logged, ["Error: A handler failed; its association is aborted"])
    })
  )

  it.effect(
    "whose association is aborted since the peer is silent is told of, and a connection without one is not",
    () =>
      Effect.gen(function* () {
        const logged: Array<unknown> = []
        const logger = Logger.make(({ logLevel, message }) => {
          logged.push([logLevel, message])
        })
        const server = yield* serving().pipe(Effect.provide(Logger.layer([logger])))
        yield* server.peer
        const idle = yield* server.peer
        yield* idle.send(ReadyMade.associateRQ())
        yield* idle.expect("A-ASSOCIATE-AC")
        const slow = yield* server.peer
        yield* slow.send(ReadyMade.associateRQ())
        yield* slow.expect("A-ASSOCIATE-AC")
        yield* TestClock.adjust("30 seconds")
        yield* slow.send(Uint8Array.of(4, 0, 0, 0))
        for (let i = 0; i < 50; i++) yield* Effect.yieldNow
        yield* TestClock.adjust("61 seconds")
        yield* idle.expect("A-ABORT")
        yield* slow.expect("A-ABORT")
        assert.deepStrictEqual(logged, [
          [
            "Warn",
            ["An association ended early", "The idle deadline passed: nothing was sent or received within 60000 ms"]
          ],
          [
            "Warn",
            [
              "An association ended early",
              "The PDU deadline passed: a PDU that had begun did not arrive whole within 60000 ms"
            ]
          ]
        ])
      })
  )

  it.effect(
    "is told of in the log with the address that the peer calls from, and with the AE titles once it has said them",
    () =>
      Effect.gen(function* () {
        const logged: Array<unknown> = []
        const logger = Logger.make(({ fiber, message }) => {
          logged.push([message, fiber.getRef(References.CurrentLogAnnotations)])
        })
        const server = yield* serving({ access: AccessControl.calling("KNOWN") }).pipe(
          Effect.provide(Logger.layer([logger])),
          Effect.provideService(TransportPeer.TransportPeer, { address: "192.0.2.7", port: 40104 })
        )
        const stranger = yield* server.peer
        yield* stranger.send(new TextEncoder().encode("GET / HTTP/1.0\r\n\r\n"))
        yield* stranger.expect("A-ABORT")
        yield* stranger.close
        yield* Effect.exit(server.request("UNKNOWN"))
        const known = yield* server.peer
        yield* known.send(ReadyMade.associateRQ({ callingAETitle: "KNOWN" }))
        yield* known.expect("A-ASSOCIATE-AC")
        yield* known.send(Uint8Array.of(0x66, 0, 0, 0, 0, 0))
        yield* known.expect("A-ABORT")
        yield* known.close
        const from = { address: "192.0.2.7", port: 40104 }
        const early = "An association ended early"
        yield* until(server.associations, 0)
        assert.deepStrictEqual(logged, [
          [
            [
              early,
              "The association was aborted because of what the peer sent: PDU type is 47H; permitted: 01H to 07H (not DICOM: looks like HTTP) (unrecognized-PDU)"
            ],
            from
          ],
          [
            [
              'Access is denied (calling-AE-title-not-recognized): calling AE title "UNKNOWN" is not known',
              { callingAETitle: "UNKNOWN", calledAETitle: "ACCEPTOR" }
            ],
            from
          ],
          [
            [
              early,
              "The association was aborted because of what the peer sent: PDU type is 66H; permitted: 01H to 07H (unrecognized-PDU)"
            ],
            { ...from, callingAETitle: "KNOWN", calledAETitle: "ACCEPTOR" }
          ]
        ])
      })
  )

  it.effect("that ends by itself releases its association", () =>
    Effect.gen(function* () {
      const server = yield* serving({ handler: () => Effect.void })
      const one = yield* server.request()
      assert.deepStrictEqual(yield* one.association.ended, { _tag: "Released", by: "peer", collision: false })
      yield* until(server.associations, 0)
    })
  )
})

describe("a drain", () => {
  it.effect("of a server without associations is over at once", () =>
    Effect.gen(function* () {
      const server = yield* serving()
      yield* server.drain
      yield* server.drain
    })
  )

  it.effect("lets the associations that there are finish, and takes no more", () =>
    Effect.gen(function* () {
      const server = yield* serving()
      const one = yield* server.request()
      const draining = yield* Effect.forkChild(server.drain, { startImmediately: true })
      yield* TestClock.adjust("5 seconds")
      const late = yield* server.peer
      yield* late.expectClosed()
      assert.strictEqual((yield* echo(one.association))._tag, "C-ECHO-RSP")
      yield* one.leave()
      yield* Fiber.join(draining)
      assert.deepStrictEqual(yield* one.association.ended, { _tag: "Released", by: "local", collision: false })
      assert.strictEqual(yield* server.associations, 0)
    })
  )

  it.effect("closes at once the connections on which no association was asked for", () =>
    Effect.gen(function* () {
      const server = yield* serving({ grace: "1 hour" })
      // Connections are taken in order, so these are taken when the next has its association.
      const waiting = [yield* server.peer, yield* server.peer]
      const one = yield* server.request()
      const draining = yield* Effect.forkChild(server.drain, { startImmediately: true })
      for (const peer of waiting) yield* peer.expectClosed()
      assert.strictEqual((yield* echo(one.association))._tag, "C-ECHO-RSP")
      yield* one.leave()
      yield* Fiber.join(draining)
    })
  )

  it.effect("does not wait for a peer that was rejected and does not close the connection", () =>
    Effect.gen(function* () {
      const server = yield* serving({ grace: "1 hour", maximumAssociations: 0 })
      const peer = yield* server.peer
      yield* peer.send(ReadyMade.associateRQ())
      yield* peer.expect("A-ASSOCIATE-RJ")
      const draining = yield* Effect.forkChild(server.drain, { startImmediately: true })
      // The time in which it may still read why.
      yield* TestClock.adjust("1 second")
      yield* peer.expectClosed()
      yield* Fiber.join(draining)
    })
  )

  it.effect("does not wait for a peer whose association is released and that does not close the connection", () =>
    Effect.gen(function* () {
      const server = yield* serving({ grace: "1 hour" })
      const peer = yield* server.peer
      yield* peer.send(ReadyMade.associateRQ())
      yield* peer.expect("A-ASSOCIATE-AC")
      yield* peer.send(ReadyMade.releaseRQ)
      yield* peer.expect("A-RELEASE-RP")
      yield* until(server.associations, 0)
      yield* server.drain
      yield* peer.expectClosed()
    })
  )

  it.effect("is bounded by the grace period where a release meanwhile is not followed by the peer's close", () =>
    Effect.gen(function* () {
      const server = yield* serving({ grace: "5 seconds" })
      const peer = yield* server.peer
      yield* peer.send(ReadyMade.associateRQ())
      yield* peer.expect("A-ASSOCIATE-AC")
      const draining = yield* Effect.forkChild(server.drain, { startImmediately: true })
      yield* peer.send(ReadyMade.releaseRQ)
      yield* peer.expect("A-RELEASE-RP")
      yield* until(server.associations, 0)
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(draining)
      yield* peer.expectClosed()
    })
  )

  it.effect("is bounded by the grace period where the handler does not end with an association that is released", () =>
    Effect.gen(function* () {
      const server = yield* serving({ grace: "5 seconds", handler: () => Effect.never })
      const peer = yield* server.peer
      yield* peer.send(ReadyMade.associateRQ())
      yield* peer.expect("A-ASSOCIATE-AC")
      yield* peer.send(ReadyMade.releaseRQ)
      yield* peer.expect("A-RELEASE-RP")
      const draining = yield* Effect.forkChild(server.drain, { startImmediately: true })
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(draining)
      yield* peer.expectClosed()
    })
  )

  it.effect("is cut short by an abort, which takes no more and waits for no grace period", () =>
    Effect.gen(function* () {
      const server = yield* serving({ grace: "1 hour" })
      const one = yield* server.request()
      const draining = yield* Effect.forkChild(server.drain, { startImmediately: true })
      yield* server.abort
      yield* Fiber.join(draining)
      assert.deepStrictEqual(yield* one.association.ended, new AssociationError.AbortedByPeer({}))
      assert.strictEqual(yield* server.associations, 0)
      yield* (yield* server.peer).expectClosed()
      yield* server.drain
    })
  )

  it.effect("that aborts says nothing more of the requests that are at work: their end is the answer", () =>
    Effect.gen(function* () {
      const server = yield* serving({
        handler: (association) => Association.serve(association, () => Effect.never)
      })
      const peer = yield* server.peer
      yield* peer.send(ReadyMade.associateRQ())
      yield* peer.expect("A-ASSOCIATE-AC")
      yield* peer.send(ReadyMade.echoRQ(1))
      for (let i = 0; i < 50; i++) yield* Effect.yieldNow
      const aborting = yield* Effect.forkChild(server.abort, { startImmediately: true })
      yield* peer.expect("A-ABORT")
      yield* peer.close
      yield* Fiber.join(aborting)
    })
  )

  it.effect("aborts what is left after the grace period", () =>
    Effect.gen(function* () {
      const server = yield* serving({ grace: "5 seconds" })
      const one = yield* server.request()
      const two = yield* server.request()
      const draining = yield* Effect.forkChild(server.drain, { startImmediately: true })
      yield* TestClock.adjust("4999 millis")
      assert.strictEqual(yield* one.association.state, "Sta6")
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(draining)
      for (const { association } of [one, two]) {
        assert.deepStrictEqual(yield* association.ended, new AssociationError.AbortedByPeer({}))
      }
      assert.strictEqual(yield* server.associations, 0)
    })
  )

  it.effect(
    "happens when the scope is left, and is bounded by the grace period though nothing can be interrupted there",
    () =>
      Effect.gen(function* () {
        const server = yield* serving({ grace: "5 seconds", handler: () => Effect.never })
        const peer = yield* server.peer
        yield* peer.send(ReadyMade.associateRQ())
        yield* peer.expect("A-ASSOCIATE-AC")
        const closing = yield* Effect.forkChild(server.close, { startImmediately: true })
        yield* TestClock.adjust("5 seconds")
        yield* peer.expect("A-ABORT", { source: "service-user" })
        // The peer does not even close the transport.
        yield* TestClock.adjust("1 seconds")
        yield* Fiber.join(closing)
        yield* peer.expectClosed()
      })
  )

  it.effect("goes on where the one who asked for it does not wait", () =>
    Effect.gen(function* () {
      const server = yield* serving({ grace: "5 seconds" })
      const one = yield* server.request()
      const draining = yield* Effect.forkChild(server.drain, { startImmediately: true })
      yield* Fiber.interrupt(draining)
      const closing = yield* Effect.forkChild(server.close, { startImmediately: true })
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(closing)
      assert.deepStrictEqual(yield* one.association.ended, new AssociationError.AbortedByPeer({}))
    })
  )
})

describe("many associations at once", () => {
  const fifty = Array.from({ length: 50 }, (_, i) => i)

  it.effect("fifty in memory: each is answered and released, and nothing is left", () =>
    Effect.gen(function* () {
      const server = yield* serving()
      const gate = Deferred.makeUnsafe<void>()
      const all = yield* Effect.forEach(
        fifty,
        (i) =>
          Effect.gen(function* () {
            const one = yield* server.request(`SCU${i}`)
            yield* Deferred.await(gate)
            const { status } = yield* echo(one.association)
            yield* one.leave()
            return [status._tag, (yield* one.association.ended)._tag]
          }),
        { concurrency: "unbounded" }
      ).pipe(Effect.forkChild({ startImmediately: true }))
      yield* until(server.associations, 50)
      yield* Deferred.succeed(gate, undefined)
      assert.deepStrictEqual(
        yield* Fiber.join(all),
        fifty.map(() => ["Success", "Released"])
      )
      yield* until(server.associations, 0)
    })
  )

  it.live("fifty over TCP: each is answered and released, and nothing is left", () =>
    Effect.gen(function* () {
      const server = yield* AssociationServer.make({ supported, handler: answering }).pipe(
        Effect.provideServiceEffect(UpperLayer.Listener, NodeSocketServer.make({ host: "127.0.0.1", port: 0 }))
      )
      const { address } = server
      const port = NetAddress.isUnixPathAddress(address) ? 0 : address.port
      const statuses = yield* Effect.forEach(
        fifty,
        () =>
          Association.request(requestOptions).pipe(
            Effect.flatMap(echo),
            Effect.map(({ status }) => status._tag),
            Effect.scoped,
            Effect.provide(NodeSocket.layerNet({ host: "127.0.0.1", port, noDelay: true }))
          ),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        statuses,
        fifty.map(() => "Success")
      )
      yield* until(server.associations, 0)
    })
  )
})

describe("the roles", () => {
  it.effect("are those of who asked and who was asked, whoever releases", () =>
    Effect.gen(function* () {
      const seen = Deferred.makeUnsafe<string>()
      const server = yield* serving({
        handler: (association) => Effect.asVoid(Deferred.succeed(seen, association.role))
      })
      const one = yield* server.request()
      assert.strictEqual(one.association.role, requestor)
      assert.strictEqual(yield* Deferred.await(seen), "association-acceptor")
    })
  )
})
