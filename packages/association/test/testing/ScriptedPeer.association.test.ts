import { assert, describe, it } from "@effect/vitest"
import * as Association from "@effect-dicom/association/Association"
import { Fault, ReadyMade, ScriptedPeer } from "@effect-dicom/association/testing"
import * as UpperLayer from "@effect-dicom/association/UpperLayer"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Pdu from "@effect-dicom/protocol/Pdu"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Socket from "effect/socket/Socket"
import * as TestClock from "effect/testing/TestClock"

const verification = {
  abstractSyntax: SopClass.Verification,
  transferSyntaxes: [TransferSyntax.ImplicitVRLittleEndian.uid]
}

const answer = ReadyMade.associateAC({
  presentationContexts: [{ id: 1, result: "acceptance", transferSyntax: TransferSyntax.ImplicitVRLittleEndian.uid }]
})

/** An association-requestor that releases at once. */
const requestor = (socket: Socket.Socket) =>
  Association.request({
    callingAETitle: "REQUESTOR",
    calledAETitle: "ACCEPTOR",
    presentationContexts: [verification]
  }).pipe(
    Effect.flatMap((association) => association.release),
    Effect.scoped,
    Effect.provideService(UpperLayer.Transport, socket)
  )

/** An association-acceptor that accepts Verification and waits for the end. */
const acceptor = (socket: Socket.Socket) =>
  Association.accept({ decide: () => Effect.succeed(Association.accepting([verification])) }).pipe(
    Effect.flatMap((association) => association.ended),
    Effect.scoped,
    Effect.provideService(UpperLayer.Transport, socket)
  )

describe("an association and a scripted peer", () => {
  it.effect("the peer answers: established and released", () =>
    Effect.gen(function* () {
      const [socket, peer] = yield* ScriptedPeer.inMemory()
      const association = yield* Effect.forkChild(requestor(socket))
      yield* peer.expect("A-ASSOCIATE-RQ")
      yield* peer.send(answer)
      yield* peer.expect("A-RELEASE-RQ")
      yield* peer.send(ReadyMade.releaseRP)
      yield* peer.expectClosed("FIN")
      assert.strictEqual((yield* Fiber.join(association))._tag, "Released")
    })
  )

  it.effect("the peer asks a second time: aborted as an unexpected PDU", () =>
    Effect.gen(function* () {
      const [socket, peer] = yield* ScriptedPeer.inMemory()
      const association = yield* Effect.forkChild(acceptor(socket))
      yield* peer.send(ReadyMade.associateRQ())
      yield* peer.expect("A-ASSOCIATE-AC")
      yield* peer.send(ReadyMade.associateRQ())
      yield* peer.expect("A-ABORT", { source: "service-provider", reason: "unexpected-PDU" })
      yield* peer.close
      yield* peer.expectClosed()
      assert.notStrictEqual((yield* Fiber.join(association))._tag, "Released")
    })
  )

  it.effect("the peer says nothing: the connection is closed when ARTIM expires", () =>
    Effect.gen(function* () {
      const [socket, peer] = yield* ScriptedPeer.inMemory()
      const association = yield* Effect.forkChild(Effect.exit(acceptor(socket)))
      const silence = yield* Effect.forkChild(peer.expectSilence("29999 millis"))
      yield* TestClock.adjust("29999 millis")
      yield* Fiber.join(silence)
      yield* TestClock.adjust("1 millis")
      yield* peer.expectClosed("FIN")
      assert.isTrue(Exit.isFailure(yield* Fiber.join(association)))
    })
  )

  it.effect.each(["FIN", "reset"] as const)(
    "the connection is cut by %s at every byte that the peer sends: it always ends, within the clock's minute",
    (how) =>
      Effect.gen(function* () {
        const total = Pdu.encode(answer).length + Pdu.encode(ReadyMade.releaseRP).length
        for (let n = 0; n < total; n++) {
          const [socket, peer] = yield* ScriptedPeer.inMemory()
          const association = yield* Effect.forkChild(Effect.exit(requestor(Fault.incoming(socket, Fault.cut(n, how)))))
          const script = yield* Effect.forkChild(
            Effect.exit(
              Effect.gen(function* () {
                yield* peer.expect("A-ASSOCIATE-RQ")
                yield* peer.send(answer)
                yield* peer.expect("A-RELEASE-RQ")
                yield* peer.send(ReadyMade.releaseRP)
              })
            )
          )
          yield* TestClock.adjust("1 minute")
          const exit = yield* Fiber.join(association)
          yield* Fiber.join(script)
          assert.isTrue(Exit.isFailure(exit) || exit.value._tag !== "Released", `cut after ${n} bytes`)
        }
      }).pipe(Effect.scoped)
  )
})
