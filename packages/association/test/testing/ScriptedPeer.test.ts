import * as NodeSocket from "@effect/platform-node/NodeSocket"
import * as NodeSocketServer from "@effect/platform-node/NodeSocketServer"
import { assert, describe, it } from "@effect/vitest"
import { InMemory, ReadyMade, ScriptedPeer } from "@effect-dicom/association/testing"
import * as Pdu from "@effect-dicom/protocol/Pdu"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as NetAddress from "effect/net/NetAddress"
import * as SocketServer from "effect/socket/SocketServer"
import * as TestClock from "effect/testing/TestClock"

/** Lets every fiber that can run do so. */
const settle = Effect.gen(function* () {
  for (let i = 0; i < 30; i++) yield* Effect.yieldNow
})

const pair = Effect.fnUntraced(function* (options?: InMemory.Options) {
  const [socket, peer] = yield* ScriptedPeer.inMemory(options)
  return [yield* ScriptedPeer.over(socket), peer] as const
})

const message = <A, R>(effect: Effect.Effect<A, ScriptedPeer.ScriptFailed, R>) =>
  Effect.map(Effect.flip(effect), (error) => error.message)

describe("ScriptedPeer", () => {
  it.effect("knows the type of what it expects", () =>
    Effect.gen(function* () {
      const [left, right] = yield* pair()
      yield* left.send(ReadyMade.abort())
      const pdu = yield* right.expect("A-ABORT", { source: "service-user" })
      // @ts-expect-error an A-ABORT has no items
      assert.isUndefined(pdu.items)
      // @ts-expect-error there is no such PDU
      right.expect("A-ABORT-RQ")
      // @ts-expect-error there is no such source
      right.expect("A-ABORT", { source: "somebody" })
    })
  )

  it.effect("holds a whole conversation, and remembers it", () =>
    Effect.gen(function* () {
      const [requestor, acceptor] = yield* pair()
      yield* requestor.send(ReadyMade.associateRQ())
      yield* acceptor.expect("A-ASSOCIATE-RQ")
      yield* acceptor.send(ReadyMade.associateAC())
      yield* requestor.expect("A-ASSOCIATE-AC")
      yield* requestor.send(ReadyMade.echoRQ())
      yield* acceptor.expect("P-DATA-TF", ReadyMade.echoRQ())
      yield* acceptor.send(ReadyMade.echoRSP())
      yield* requestor.expect("P-DATA-TF")
      yield* requestor.send(ReadyMade.releaseRQ)
      yield* acceptor.expect("A-RELEASE-RQ")
      yield* acceptor.send(ReadyMade.releaseRP)
      yield* requestor.expect("A-RELEASE-RP")
      yield* requestor.close
      yield* acceptor.expectClosed("FIN")
      assert.deepStrictEqual(yield* acceptor.conversation, [
        "<- A-ASSOCIATE-RQ (REQUESTOR calls ACCEPTOR, contexts 1, 3)",
        "-> A-ASSOCIATE-AC (contexts 1, 3)",
        "<- P-DATA-TF (context 1 last command of 68 bytes)",
        "-> P-DATA-TF (context 1 last command of 78 bytes)",
        "<- A-RELEASE-RQ",
        "-> A-RELEASE-RP",
        "<- the connection ended (FIN)"
      ])
    })
  )

  it.effect("gives the PDU that it expected", () =>
    Effect.gen(function* () {
      const [requestor, acceptor] = yield* pair()
      yield* requestor.send(ReadyMade.associateRQ({ callingAETitle: "ECHOSCU" }))
      const pdu = yield* acceptor.expect("A-ASSOCIATE-RQ")
      assert.strictEqual(pdu.callingAETitle, "ECHOSCU         ")
    })
  )

  it.effect("shows what came instead, and the conversation before it", () =>
    Effect.gen(function* () {
      const [requestor, acceptor] = yield* pair()
      yield* requestor.send(ReadyMade.associateRQ())
      yield* acceptor.expect("A-ASSOCIATE-RQ")
      yield* acceptor.send(ReadyMade.associateRJ())
      yield* requestor.send(ReadyMade.abort("service-provider", "unexpected-PDU"))
      assert.strictEqual(
        yield* message(acceptor.expect("A-RELEASE-RQ")),
        [
          "expected A-RELEASE-RQ; came A-ABORT (service-provider, unexpected-PDU); the conversation so far:",
          "  <- A-ASSOCIATE-RQ (REQUESTOR calls ACCEPTOR, contexts 1, 3)",
          "  -> A-ASSOCIATE-RJ (rejected-permanent, DICOM UL service-user, no-reason-given)",
          "  <- A-ABORT (service-provider, unexpected-PDU)"
        ].join("\n")
      )
    })
  )

  it.effect("compares fields by value", () =>
    Effect.gen(function* () {
      const [left, right] = yield* pair()
      yield* left.send(ReadyMade.abort("service-provider", { unknown: 9 }), ReadyMade.abort(), ReadyMade.abort())
      yield* right.expect("A-ABORT", { source: "service-provider", reason: { unknown: 9 } })
      assert.strictEqual(
        yield* message(right.expect("A-ABORT", { source: "service-provider", reason: { unknown: 9 } })),
        [
          'expected A-ABORT with source service-provider, reason {"unknown":9}; ' +
            "came A-ABORT (service-user, reason-not-specified); the conversation so far:",
          '  <- A-ABORT (service-provider, {"unknown":9})',
          "  <- A-ABORT (service-user, reason-not-specified)",
          "  <- A-ABORT (service-user, reason-not-specified)"
        ].join("\n")
      )
      yield* right.expect("A-ABORT", { source: "service-user" })
    })
  )

  it.effect("takes a predicate, of one kind of PDU or of any", () =>
    Effect.gen(function* () {
      const [left, right] = yield* pair()
      yield* left.send(ReadyMade.releaseRQ, ReadyMade.releaseRP, ReadyMade.abort(), ReadyMade.abort())
      const releases = (pdu: Pdu.Pdu) => pdu._tag.startsWith("A-RELEASE")
      assert.deepStrictEqual(yield* right.expectThat("a release", releases), ReadyMade.releaseRQ)
      assert.deepStrictEqual(yield* right.expectThat("a release", releases), ReadyMade.releaseRP)
      assert.match(yield* message(right.expectThat("a release", releases)), /^expected a release; came A-ABORT/)
      assert.match(
        yield* message(right.expect("A-ABORT", ({ source }) => source === "service-provider")),
        /^expected A-ABORT that satisfies the predicate; came A-ABORT \(service-user, /
      )
    })
  )

  it.effect("takes what is no PDU for what it is", () =>
    Effect.gen(function* () {
      const [left, right] = yield* pair()
      yield* left.send(ReadyMade.unknownPdu())
      assert.strictEqual(
        yield* message(right.expect("A-ABORT")),
        [
          "expected A-ABORT; came Unrecognized or invalid PDU (PDU type is 09H; permitted: 01H to 07H); " +
            "the conversation so far:",
          "  <- Unrecognized or invalid PDU (PDU type is 09H; permitted: 01H to 07H)"
        ].join("\n")
      )
    })
  )

  it.effect("sends bytes as they are, several things in one write", () =>
    Effect.gen(function* () {
      const [socket, peer] = yield* ScriptedPeer.inMemory()
      const { pull } = yield* socket.reader
      yield* peer.send(ReadyMade.header(0x04, 0x80000000), ReadyMade.releaseRQ)
      assert.deepStrictEqual(yield* pull, [
        Uint8Array.of(4, 0, 0x80, 0, 0, 0),
        Uint8Array.of(5, 0, 0, 0, 0, 4, 0, 0, 0, 0)
      ])
      assert.deepStrictEqual(yield* peer.conversation, ["-> 6 bytes: 04 00 80 00 00 00", "-> A-RELEASE-RQ"])
    })
  )

  it.effect("says that a connection ended in place of a PDU, as often as it is asked", () =>
    Effect.gen(function* () {
      const [left, right] = yield* pair()
      yield* left.send(ReadyMade.releaseRQ, Uint8Array.of(5, 0, 0))
      yield* left.close
      yield* right.expect("A-RELEASE-RQ")
      const expected = [
        "expected A-RELEASE-RP; the connection ended (FIN); the conversation so far:",
        "  <- A-RELEASE-RQ",
        "  <- 3 bytes of an unfinished PDU",
        "  <- the connection ended (FIN)"
      ].join("\n")
      assert.strictEqual(yield* message(right.expect("A-RELEASE-RP")), expected)
      assert.strictEqual(yield* message(right.expect("A-RELEASE-RP")), expected)
      assert.strictEqual(yield* right.expectClosed(), "FIN")
    })
  )

  it.effect("still reads after it has closed", () =>
    Effect.gen(function* () {
      const [left, right] = yield* pair()
      yield* left.close
      yield* right.expectClosed("FIN")
      yield* right.send(ReadyMade.releaseRQ)
      yield* left.expect("A-RELEASE-RQ")
    })
  )

  it.effect("tells a reset from an orderly end", () =>
    Effect.gen(function* () {
      const [left, right] = yield* pair()
      yield* left.destroy
      assert.strictEqual(
        yield* message(right.expectClosed("FIN")),
        [
          "expected the end of the connection by FIN; the connection was broken off: connection reset by peer; " +
            "the conversation so far:",
          "  <- the connection was broken off: connection reset by peer"
        ].join("\n")
      )
      assert.strictEqual(yield* right.expectClosed(), "reset")
    })
  )

  it.effect("does not take a PDU for the end", () =>
    Effect.gen(function* () {
      const [left, right] = yield* pair()
      yield* left.send(ReadyMade.releaseRP)
      yield* left.close
      assert.match(
        yield* message(right.expectClosed()),
        /^expected the end of the connection; came A-RELEASE-RP; the conversation so far:/
      )
    })
  )

  it.effect("fails a send that cannot be written", () =>
    Effect.gen(function* () {
      const [left, right] = yield* pair()
      yield* left.destroy
      assert.match(
        yield* message(right.send(ReadyMade.releaseRQ)),
        /^expected to send A-RELEASE-RQ; the write failed: connection reset by peer; the conversation so far:\n/
      )
    })
  )

  it.effect("stalls: the other side's writes block until it reads again", () =>
    Effect.gen(function* () {
      const [left, right] = yield* pair({ capacity: 1024 })
      yield* right.stall
      const data = ReadyMade.data(3, new Uint8Array(1000))
      yield* left.send(data)
      const sending = yield* Effect.forkChild(left.send(data))
      yield* settle
      assert.isUndefined(sending.pollUnsafe())
      assert.deepStrictEqual(yield* right.conversation, ["-- stalls"])
      yield* right.resume
      yield* Fiber.join(sending)
      yield* right.expect("P-DATA-TF")
      yield* right.expect("P-DATA-TF")
    })
  )

  it.effect("waits by the clock", () =>
    Effect.gen(function* () {
      const [left, right] = yield* pair()
      const script = yield* Effect.forkChild(Effect.andThen(left.wait("30 seconds"), left.send(ReadyMade.releaseRQ)))
      yield* TestClock.adjust("29 seconds")
      assert.deepStrictEqual(yield* left.conversation, ["-- waits 30s"])
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(script)
      yield* right.expect("A-RELEASE-RQ")
    })
  )

  it.effect("sends bytes slowly, by the clock", () =>
    Effect.gen(function* () {
      const [socket, peer] = yield* ScriptedPeer.inMemory()
      const { pull } = yield* socket.reader
      const script = yield* Effect.forkChild(peer.sendBytesSlowly(ReadyMade.releaseRQ, "2 seconds"))
      const bytes = Pdu.encode(ReadyMade.releaseRQ)
      for (let i = 0; i < bytes.length; i++) {
        assert.deepStrictEqual(yield* pull, [bytes.subarray(i, i + 1)])
        if (i < bytes.length - 1) {
          const next = yield* Effect.forkChild(pull)
          yield* TestClock.adjust("1999 millis")
          assert.isUndefined(next.pollUnsafe())
          yield* Fiber.interrupt(next)
          yield* TestClock.adjust("1 millis")
        }
      }
      yield* Fiber.join(script)
      assert.deepStrictEqual(yield* peer.conversation, ["-> A-RELEASE-RQ, a byte each 2s"])
    })
  )

  it.effect("holds that nothing comes for a time", () =>
    Effect.gen(function* () {
      const [left, right] = yield* pair()
      const quiet = yield* Effect.forkChild(right.expectSilence("5 seconds"))
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(quiet)
      const disturbed = yield* Effect.forkChild(message(right.expectSilence("5 seconds")))
      yield* left.send(ReadyMade.releaseRQ)
      yield* TestClock.adjust("5 seconds")
      assert.match(yield* Fiber.join(disturbed), /^expected silence for 5s; came A-RELEASE-RQ; /)
    })
  )

  it.effect("expects something within a time, by the clock", () =>
    Effect.gen(function* () {
      const [left, right] = yield* pair()
      yield* left.send(ReadyMade.releaseRQ)
      yield* right.within("5 seconds").expect("A-RELEASE-RQ")
      const late = yield* Effect.forkChild(message(right.within("5 seconds").expect("A-RELEASE-RP")))
      yield* TestClock.adjust("4999 millis")
      assert.isUndefined(late.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(
        yield* Fiber.join(late),
        "expected A-RELEASE-RP; nothing came within 5s; the conversation so far:\n  <- A-RELEASE-RQ"
      )
      yield* left.send(ReadyMade.releaseRP)
      yield* right.expect("A-RELEASE-RP")
    })
  )

  it.effect("says so when nothing was said before", () =>
    Effect.gen(function* () {
      const [, right] = yield* pair()
      const closing = yield* Effect.forkChild(message(right.within("1 minute").expectClosed()))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(
        yield* Fiber.join(closing),
        "expected the end of the connection; nothing came within 1m; nothing was said before"
      )
    })
  )

  it.effect("shows each kind of PDU in a line", () =>
    Effect.gen(function* () {
      const [left, right] = yield* pair()
      yield* left.send(
        ReadyMade.associateRQ({ presentationContexts: [] }),
        ReadyMade.associateAC({
          presentationContexts: [
            { id: 1, result: "acceptance", transferSyntax: "1.2.840.10008.1.2" },
            { id: 3, result: "user-rejection" }
          ]
        }),
        ReadyMade.pData(
          ReadyMade.pdv(1, "command", Uint8Array.of(1, 2), false),
          ReadyMade.pdv(1, "data", Uint8Array.of(3))
        ),
        ReadyMade.httpGet
      )
      yield* settle
      assert.deepStrictEqual(yield* right.conversation, [
        "<- A-ASSOCIATE-RQ (REQUESTOR calls ACCEPTOR, no contexts)",
        "<- A-ASSOCIATE-AC (contexts 1, 3 refused: user-rejection)",
        "<- P-DATA-TF (context 1 command of 2 bytes; context 1 last data of 1 bytes)",
        "<- Unrecognized or invalid PDU (PDU type is 47H; permitted: 01H to 07H (not DICOM: looks like HTTP))"
      ])
      assert.strictEqual((yield* left.conversation)[3], "-> 35 bytes: 47 45 54 20 2F 20 48 54 54 50 2F 31 ...")
    })
  )

  it.effect("listens in memory", () =>
    Effect.gen(function* () {
      const server = yield* InMemory.server()
      const listener = yield* Effect.provideService(ScriptedPeer.listen, SocketServer.SocketServer, server)
      const requestor = yield* ScriptedPeer.over(yield* server.connect)
      const acceptor = yield* listener.accept
      yield* requestor.send(ReadyMade.associateRQ())
      yield* acceptor.expect("A-ASSOCIATE-RQ")
    })
  )

  it.live("listens and connects over TCP", () =>
    Effect.gen(function* () {
      const server = yield* NodeSocketServer.make({ port: 0, host: "127.0.0.1" })
      const listener = yield* Effect.provideService(ScriptedPeer.listen, SocketServer.SocketServer, server)
      if (!NetAddress.isInetAddress(listener.address)) return assert.fail("not an internet address")
      const requestor = yield* ScriptedPeer.over(
        yield* NodeSocket.makeNet({ port: listener.address.port, host: "127.0.0.1" })
      )
      const acceptor = yield* listener.accept
      yield* requestor.send(ReadyMade.associateRQ())
      yield* acceptor.expect("A-ASSOCIATE-RQ")
      yield* acceptor.send(ReadyMade.associateAC())
      yield* requestor.expect("A-ASSOCIATE-AC")
      yield* requestor.close
      assert.strictEqual(yield* acceptor.expectClosed("FIN"), "FIN")
    })
  )
})
