/**
 * Slow and hostile transport, on the test clock: a deadline for the connection, for the whole negotiation and for each
 * whole PDU, a cap on a PDU's length at its header, a deadline for writes, and an abort that never queues behind data.
 */
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import * as NodeSocketServer from "@effect/platform-node/NodeSocketServer"
import { assert, describe, it } from "@effect/vitest"
import { Association, AssociationServer, UpperLayer } from "@effect-dicom/association"
import { InMemory, ReadyMade, ScriptedPeer } from "@effect-dicom/association/testing"
import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import * as C_STORE from "@effect-dicom/protocol/C_STORE"
import * as Pdu from "@effect-dicom/protocol/Pdu"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as NetAddress from "effect/net/NetAddress"
import * as Stream from "effect/Stream"
import * as Socket from "effect/socket/Socket"
import {
  abortedByUs,
  abortBytes,
  acceptor,
  echoThenRelease,
  failure,
  pass,
  requestor,
  settle,
  storeRQ,
  success,
  supported
} from "./sides.ts"

const timedOut = (deadline: string, milliseconds: number, what: string) => ({
  _tag: "TimedOut",
  deadline,
  milliseconds,
  message: `The ${deadline} deadline passed: ${what} within ${milliseconds} ms`
})

const artim = timedOut("ARTIM", 30_000, "no A-ASSOCIATE-RQ, or no close of the transport connection,")
const negotiation = timedOut("negotiation", 30_000, "the association was not established")
const wholePdu = timedOut("PDU", 60_000, "a PDU that had begun did not arrive whole")
const write = timedOut("write", 60_000, "the peer did not take what was sent")
const idle = timedOut("idle", 60_000, "nothing was sent or received")

/** Nothing has come until now. */
const silence = (peer: ScriptedPeer.ScriptedPeer) => Effect.andThen(settle, peer.expectSilence(0))

describe("Slow and hostile transport", () => {
  describe("as acceptor", () => {
    it.effect("TCP connect, then silence: closed by ARTIM after 30 s, without a word", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* pass("29999 millis")
        yield* silence(side.peer)
        yield* pass("1 millis")
        assert.deepStrictEqual(failure(yield* side.closes), artim)
        assert.strictEqual(side.wrote(1), "")
      })
    )

    it.effect("A-ASSOCIATE-RQ at 1 byte / 2 s: closed by ARTIM after 30 s", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* Effect.forkScoped(
          Effect.ignore(side.peer.sendBytesSlowly(Pdu.encode(ReadyMade.associateRQ()), "2 seconds"))
        )
        yield* pass("29999 millis")
        yield* silence(side.peer)
        yield* pass("1 millis")
        assert.deepStrictEqual(failure(yield* side.closes), artim)
      })
    )

    it.effect("4 GiB length in A-ASSOCIATE header: aborted at once, closed after the linger", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.peer.send(ReadyMade.header(0x01, 0xffffffff))
        yield* settle
        assert.strictEqual(side.wrote(10), abortBytes(0, 0))
        assert.strictEqual((yield* side.aborts(0, 0))["_tag"], "AbortedByProvider")
      })
    )

    it.effect("A cap on a PDU's length before the association, a small one, is a setting", () =>
      Effect.gen(function* () {
        const side = yield* acceptor({ settings: { negotiationMaximumLength: 100 } })
        yield* side.peer.send(ReadyMade.associateRQ())
        const { detail } = yield* side.aborts(0, 0)
        assert.match(String(detail), /^PDU of type 01H has length \d+; permitted: at most 100$/)
      })
    )

    it.effect("A cap on items: more than 16384 are refused", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.peer.send(
          ReadyMade.associateRQ({
            items: Array.from({ length: 16_384 }, () => ({
              _tag: "Unknown" as const,
              itemType: 0x60,
              data: new Uint8Array(0)
            }))
          })
        )
        assert.deepInclude(yield* side.aborts(0, 0), { _tag: "AbortedByProvider", provider: "local" })
      })
    )

    it.effect("A cap on a command set's length: more than 65536 bytes are refused", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(ReadyMade.pData(ReadyMade.pdv(1, "command", new Uint8Array(65_537), false)))
        assert.deepStrictEqual(
          yield* side.aborts(2, 6),
          abortedByUs("invalid-PDU-parameter-value", "a command set is longer than 65536 bytes")
        )
      })
    )

    it.effect("A decision that does not come: aborted by the deadline of the whole negotiation", () =>
      Effect.gen(function* () {
        const [socket, peer] = yield* ScriptedPeer.inMemory()
        const side = yield* Effect.forkScoped(
          Association.accept({ decide: () => Effect.never }).pipe(
            Effect.scoped,
            Effect.provideService(UpperLayer.Transport, socket)
          )
        )
        yield* peer.send(ReadyMade.associateRQ())
        yield* pass("30 seconds")
        yield* peer.expect("A-ABORT", { source: "service-user" })
        yield* pass("1 second")
        yield* peer.expectClosed()
        assert.deepStrictEqual(failure(yield* Fiber.await(side)), negotiation)
      })
    )

    it.effect("Stall in the middle of a P-DATA-TF: A-ABORT(2,0) after 60 s", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(Pdu.encode(ReadyMade.echoRQ()).subarray(0, 40))
        yield* pass("59999 millis")
        yield* silence(side.peer)
        yield* pass("1 millis")
        assert.deepStrictEqual(yield* side.aborts(2, 0), wholePdu)
      })
    )

    it.effect("A P-DATA-TF at 1 byte / 5 s: the deadline is for the whole PDU, not for each byte", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* Effect.forkScoped(Effect.ignore(side.peer.sendBytesSlowly(Pdu.encode(ReadyMade.echoRQ()), "5 seconds")))
        yield* pass("59999 millis")
        yield* silence(side.peer)
        yield* pass("1 millis")
        assert.deepStrictEqual(yield* side.aborts(2, 0), wholePdu)
      })
    )

    it.effect("Many PDUs one after the other: each has its own deadline", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        const echo = Pdu.encode(ReadyMade.echoRQ())
        yield* side.peer.send(echo.subarray(0, 40))
        for (let i = 0; i < 5; i++) {
          yield* pass("50 seconds")
          yield* side.peer.send(echo.subarray(40), echo.subarray(0, 40))
          yield* side.peer.expect("P-DATA-TF", ReadyMade.echoRSP(1))
        }
        yield* pass("60 seconds")
        assert.deepStrictEqual(yield* side.aborts(2, 0), wholePdu)
      })
    )

    it.effect("Stall between the PDUs of a message: it counts as idle, though an operation has begun", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(ReadyMade.command(3, storeRQ()), ReadyMade.data(3, new Uint8Array(10), false))
        yield* pass("59999 millis")
        yield* silence(side.peer)
        yield* pass("1 millis")
        assert.deepStrictEqual(yield* side.aborts(0, 0), idle)
        assert.deepStrictEqual([side.stored, side.broken], [[], ["TimedOut"]])
      })
    )

    it.effect("Command Data Set Type says data but none follows: it counts as idle", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(ReadyMade.command(3, storeRQ()))
        yield* pass("60 seconds")
        assert.deepStrictEqual(yield* side.aborts(0, 0), idle)
        assert.deepStrictEqual(side.stored, [])
      })
    )

    it.effect("Association idle in Sta6: A-ABORT after 60 s", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* pass("59999 millis")
        yield* silence(side.peer)
        yield* pass("1 millis")
        assert.deepStrictEqual(yield* side.aborts(0, 0), idle)
      })
    )

    it.effect("Association idle in Sta6: what passes begins the time anew", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        for (let i = 1; i <= 5; i++) {
          yield* pass("59 seconds")
          yield* side.echoes(i)
        }
        yield* pass("59999 millis")
        yield* silence(side.peer)
        yield* pass("1 millis")
        assert.deepStrictEqual(yield* side.aborts(0, 0), idle)
      })
    )

    it.effect("Handler slower than any deadline: neither idle nor a PDU's deadline is the peer's fault", () =>
      Effect.gen(function* () {
        const side = yield* acceptor({
          performer: ({ command }) =>
            Effect.delay(Effect.succeed(Association.answer(command, { _tag: "Success", code: 0 })), "10 minutes")
        })
        yield* side.establish()
        yield* side.peer.send(ReadyMade.echoRQ(1))
        yield* pass("599999 millis")
        yield* silence(side.peer)
        yield* pass("1 millis")
        yield* side.peer.expect("P-DATA-TF", ReadyMade.echoRSP(1))
        yield* side.released
      })
    )

    it.effect("Handler that leaves a data set unread: the peer is held up, and no deadline runs against it", () =>
      Effect.gen(function* () {
        const side = yield* acceptor({
          association: { held: 1000 },
          performer: ({ command, dataSet }) =>
            Effect.sleep("10 minutes").pipe(
              Effect.andThen(Stream.runDrain(dataSet)),
              Effect.as(Association.answer(command, { _tag: "Success", code: 0 }))
            )
        })
        yield* side.establish()
        const last = Pdu.encode(ReadyMade.data(3, new Uint8Array(2000)))
        yield* side.peer.send(
          ReadyMade.command(3, storeRQ()),
          ReadyMade.data(3, new Uint8Array(2000), false),
          last.subarray(0, 1000)
        )
        yield* pass("599 seconds")
        yield* silence(side.peer)
        yield* pass("1 second")
        yield* pass("59 seconds")
        yield* silence(side.peer)
        yield* side.peer.send(last.subarray(1000))
        assert.deepStrictEqual(yield* side.peer.expect("P-DATA-TF"), ReadyMade.command(3, C_STORE.response(storeRQ())))
        yield* side.released
      })
    )

    it.effect("Handler that leaves a data set unread: after that the rest of a PDU has its deadline again", () =>
      Effect.gen(function* () {
        const side = yield* acceptor({
          association: { held: 1000 },
          performer: ({ command, dataSet }) =>
            Effect.sleep("10 minutes").pipe(
              Effect.andThen(Stream.runDrain(dataSet)),
              Effect.as(Association.answer(command, { _tag: "Success", code: 0 }))
            )
        })
        yield* side.establish()
        yield* side.peer.send(
          ReadyMade.command(3, storeRQ()),
          ReadyMade.data(3, new Uint8Array(2000), false),
          Pdu.encode(ReadyMade.data(3, new Uint8Array(2000))).subarray(0, 1000)
        )
        yield* pass("10 minutes")
        yield* pass("60 seconds")
        assert.deepStrictEqual(yield* side.aborts(2, 0), wholePdu)
      })
    )

    it.effect("Peer stops reading: the write of a response has a deadline, and the transport is closed", () =>
      Effect.gen(function* () {
        const side = yield* acceptor({ capacity: 100 })
        yield* side.establish()
        yield* side.peer.stall
        yield* Effect.forkScoped(
          Effect.ignore(side.peer.send(ReadyMade.echoRQ(1), ReadyMade.echoRQ(2), ReadyMade.echoRQ(3)))
        )
        yield* pass("60 seconds")
        assert.deepStrictEqual(failure(yield* side.outcome), write)
        yield* side.peer.resume
        // One response is taken whole, the rest is cut off at what the connection held.
        yield* side.peer.expect("P-DATA-TF", ReadyMade.echoRSP(1))
        yield* side.peer.expectClosed()
      })
    )

    it.effect("Peer stops reading, then breaks the protocol: the abort does not hold up the end", () =>
      Effect.gen(function* () {
        const side = yield* acceptor({ capacity: 200 })
        yield* side.establish()
        yield* side.peer.stall
        yield* Effect.forkScoped(
          Effect.ignore(
            side.peer.send(ReadyMade.echoRQ(1), ReadyMade.echoRQ(2), ReadyMade.echoRQ(3), ReadyMade.unknownPdu())
          )
        )
        yield* pass("1 second")
        assert.deepStrictEqual(
          failure(yield* side.outcome),
          abortedByUs("unrecognized-PDU", "PDU type is 09H; permitted: 01H to 07H")
        )
        yield* side.peer.resume
        yield* side.peer.expect("P-DATA-TF")
      })
    )

    it.effect("Connections that say nothing do not hold up one that does", () =>
      Effect.gen(function* () {
        const listener = yield* InMemory.server()
        yield* Layer.build(
          AssociationServer.layer({
            supported,
            handler: (association) =>
              Effect.ignore(
                Association.serve(association, ({ command }) =>
                  Effect.succeed(Association.answer(command, { _tag: "Success", code: 0 }))
                )
              )
          }).pipe(Layer.provide(Layer.succeed(UpperLayer.Listener, listener)))
        )
        const silent = []
        for (let i = 0; i < 10; i++) silent.push(yield* ScriptedPeer.over(yield* listener.connect))
        const peer = yield* ScriptedPeer.over(yield* listener.connect)
        yield* peer.send(ReadyMade.associateRQ())
        yield* peer.expect("A-ASSOCIATE-AC")
        yield* peer.send(ReadyMade.echoRQ(1), ReadyMade.releaseRQ)
        yield* peer.expect("P-DATA-TF", ReadyMade.echoRSP(1))
        yield* peer.expect("A-RELEASE-RP")
        yield* peer.close
        yield* peer.expectClosed()
        yield* pass("30 seconds")
        for (const one of silent) yield* one.expectClosed()
      })
    )
  })

  describe("as requestor", () => {
    const unopened = (writer: Socket.Socket["writer"]): Socket.Socket => Socket.make({ reader: Effect.never, writer })

    it.effect("A transport connection, or a TLS handshake, that never completes: given up after 15 s", () =>
      Effect.gen(function* () {
        const [socket] = yield* InMemory.ends()
        const side = yield* Effect.forkScoped(
          Association.request({
            callingAETitle: "REQUESTOR",
            calledAETitle: "ACCEPTOR",
            presentationContexts: [ReadyMade.verificationContext]
          }).pipe(Effect.scoped, Effect.provideService(UpperLayer.Transport, unopened(socket.writer)))
        )
        yield* pass("14999 millis")
        assert.isUndefined(side.pollUnsafe())
        yield* pass("1 millis")
        assert.deepStrictEqual(
          failure(yield* Fiber.await(side)),
          timedOut("connect", 15_000, "no transport connection")
        )
      })
    )

    it.effect("No A-ASSOCIATE-AC: A-ABORT after 30 s, the deadline of the whole negotiation", () =>
      Effect.gen(function* () {
        const side = yield* requestor(echoThenRelease)
        yield* side.peer.expect("A-ASSOCIATE-RQ")
        yield* pass("29999 millis")
        yield* silence(side.peer)
        yield* pass("1 millis")
        assert.deepStrictEqual(yield* side.aborts(0, 0), negotiation)
      })
    )

    it.effect("A-ASSOCIATE-AC at 1 byte / 2 s: A-ABORT after 30 s, the deadline of the whole negotiation", () =>
      Effect.gen(function* () {
        const side = yield* requestor(echoThenRelease)
        yield* side.peer.expect("A-ASSOCIATE-RQ")
        yield* Effect.forkScoped(
          Effect.ignore(side.peer.sendBytesSlowly(Pdu.encode(ReadyMade.associateAC()), "2 seconds"))
        )
        yield* pass("30 seconds")
        assert.deepStrictEqual(yield* side.aborts(0, 0), negotiation)
      })
    )

    it.effect("4 GiB length in A-ASSOCIATE-AC header: A-ABORT(2,6) at once", () =>
      Effect.gen(function* () {
        const side = yield* requestor(echoThenRelease)
        yield* side.establish(ReadyMade.header(0x02, 0xffffffff))
        assert.deepStrictEqual(
          yield* side.aborts(2, 6),
          abortedByUs("invalid-PDU-parameter-value", "PDU of type 02H has length 4294967295; permitted: at most 262144")
        )
      })
    )

    const storing = (association: Association.Association) =>
      association.dimse.invoke(3, storeRQ, [new Uint8Array(500_000)])

    it.effect("Peer stops reading: the write of a data set has a deadline, and the transport is closed", () =>
      Effect.gen(function* () {
        const side = yield* requestor(storing, { capacity: 1000 })
        yield* side.establish()
        yield* side.peer.stall
        yield* pass("59999 millis")
        assert.isUndefined(side.fiber.pollUnsafe())
        yield* pass("1 millis")
        assert.deepStrictEqual(failure(yield* side.outcome), write)
        yield* side.peer.resume
        yield* side.peer.expect("P-DATA-TF")
        yield* side.peer.expectClosed()
      })
    )

    it.effect("Peer stops reading: an abort does not wait behind data", () =>
      Effect.gen(function* () {
        const side = yield* requestor(
          (association) =>
            Effect.gen(function* () {
              const store = yield* Effect.forkChild(storing(association))
              yield* Effect.sleep("5 seconds")
              yield* association.abort
              return { end: yield* association.ended, store: yield* Fiber.await(store) }
            }),
          { capacity: 1000 }
        )
        yield* side.establish()
        yield* side.peer.stall
        // The abort takes no time; closing waits no longer than the linger.
        yield* pass("5 seconds")
        yield* pass("1 second")
        const { end, store } = success(yield* side.outcome)
        assert.strictEqual(end._tag, "AbortedLocally")
        assert.strictEqual(failure(store)["_tag"], "AbortedLocally")
        assert.strictEqual(side.wrote(10), abortBytes(0, 0))
      })
    )

    it.effect("Peer stops reading: an interrupted store aborts, and its scope closes after the linger", () =>
      Effect.gen(function* () {
        const side = yield* requestor(storing, { capacity: 1000 })
        yield* side.establish()
        yield* side.peer.stall
        yield* pass("5 seconds")
        const interrupting = yield* Effect.forkScoped(Fiber.interrupt(side.fiber))
        yield* pass("1 second")
        assert.deepStrictEqual(interrupting.pollUnsafe(), Exit.void)
        assert.strictEqual(side.wrote(10), abortBytes(0, 0))
        yield* side.peer.resume
        yield* side.peer.expect("P-DATA-TF")
        yield* side.peer.expectClosed()
      })
    )

    it.live("Peer stops reading, over TCP: an abort does not wait behind data", () =>
      Effect.gen(function* () {
        const listener = yield* ScriptedPeer.listen
        assert.isTrue(NetAddress.isInetAddress(listener.address))
        if (!NetAddress.isInetAddress(listener.address)) return
        const socket = yield* NodeSocket.makeNet({ host: "127.0.0.1", port: listener.address.port })
        const side = yield* Effect.forkScoped(
          Association.request({
            callingAETitle: "REQUESTOR",
            calledAETitle: "ACCEPTOR",
            presentationContexts: [ReadyMade.verificationContext, ReadyMade.storageContext]
          }).pipe(
            Effect.flatMap((association) =>
              // More than the system's buffers hold.
              association.dimse.invoke(
                3,
                storeRQ,
                Array.from({ length: 64 }, () => new Uint8Array(1 << 20))
              )
            ),
            Effect.scoped,
            Effect.provideService(UpperLayer.Transport, socket),
            UpperLayer.withSettings({ linger: "50 millis" })
          )
        )
        const peer = yield* listener.accept
        yield* peer.expect("A-ASSOCIATE-RQ")
        yield* peer.send(ReadyMade.associateAC())
        yield* peer.expect("P-DATA-TF")
        yield* peer.stall
        const begun = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
        yield* Effect.sleep("100 millis")
        yield* Fiber.interrupt(side)
        const ended = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
        assert.isBelow(ended - begun, 2000)
      }).pipe(Effect.scoped, Effect.provide(NodeSocketServer.layer({ host: "127.0.0.1", port: 0 })))
    )

    it.effect("Peer that does not close after an A-ABORT: closed by ARTIM, though the scope stays open", () =>
      Effect.gen(function* () {
        const side = yield* requestor((association) => Effect.andThen(association.abort, Effect.never))
        yield* side.establish()
        yield* side.peer.expect("A-ABORT")
        yield* pass("29999 millis")
        yield* silence(side.peer)
        yield* pass("1 millis")
        yield* side.peer.expectClosed()
      })
    )

    it.effect("Peer that talks on after an A-ABORT: it is not listened to, and closed by ARTIM", () =>
      Effect.gen(function* () {
        const side = yield* requestor((association) => Effect.andThen(association.abort, Effect.never))
        yield* side.establish()
        yield* side.peer.expect("A-ABORT")
        for (let i = 0; i < 29; i++) {
          yield* side.peer.send(ReadyMade.echoRQ(1), ReadyMade.releaseRP)
          yield* pass("1 second")
        }
        yield* silence(side.peer)
        yield* pass("1 second")
        yield* side.peer.expectClosed()
      })
    )

    it.effect("Response slower than the operation's deadline, at 1 byte / 10 s: timed out, and aborted", () =>
      Effect.gen(function* () {
        const side = yield* requestor(echoThenRelease)
        yield* side.establish()
        yield* side.peer.expect("P-DATA-TF")
        yield* Effect.forkScoped(
          Effect.ignore(side.peer.sendBytesSlowly(Pdu.encode(ReadyMade.echoRSP(1)), "10 seconds"))
        )
        yield* pass("30 seconds")
        assert.deepStrictEqual(yield* side.aborts(0, 0), timedOut("operation", 30_000, "no response"))
      })
    )

    it.effect("Association idle in Sta6: A-ABORT after 60 s", () =>
      Effect.gen(function* () {
        const side = yield* requestor((association) =>
          Effect.andThen(
            Effect.sleep("2 minutes"),
            Effect.flip(association.dimse.invoke(1, (messageId) => C_ECHO.request({ messageId })))
          )
        )
        yield* side.establish()
        yield* pass("60 seconds")
        yield* side.peer.expect("A-ABORT", { source: "service-user" })
        yield* pass("60 seconds")
        assert.deepInclude(success(yield* side.outcome), { _tag: "TimedOut", deadline: "idle" })
      })
    )
  })
})
