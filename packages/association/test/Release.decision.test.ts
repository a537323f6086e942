import { assert, describe, it } from "@effect/vitest"
import * as Association from "@effect-dicom/association/Association"
import * as AssociationError from "@effect-dicom/association/AssociationError"
import type * as Dimse from "@effect-dicom/association/Dimse"
import * as Release from "@effect-dicom/association/Release"
import { ReadyMade } from "@effect-dicom/association/testing"
import type * as UpperLayer from "@effect-dicom/association/UpperLayer"
import * as A_RELEASE from "@effect-dicom/protocol/A_RELEASE"
import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import * as C_STORE from "@effect-dicom/protocol/C_STORE"
import * as Command from "@effect-dicom/protocol/Command"
import type * as P_DATA from "@effect-dicom/protocol/P_DATA"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { acceptor, associated, memory, requestor, storage } from "./ends.ts"
import { established, held, places } from "./held.ts"

const answer = ({ command }: Dimse.Incoming) =>
  Effect.succeed(Association.answer(command, { _tag: "Success", code: 0 }))

const storeRQ = C_STORE.request({
  messageId: 1,
  affectedSopClassUid: storage.abstractSyntax,
  affectedSopInstanceUid: storage.abstractSyntax
})

/** The command in a P-DATA-TF that holds one. */
const commandOf = (pdu: P_DATA.TF) => {
  const [value] = pdu.presentationDataValues
  return Command.decode(Uint8Array.from((value?.fragment ?? []).flatMap((view) => [...view])))
}

const timedOut = (milliseconds: number) => new AssociationError.TimedOut({ deadline: "release", milliseconds })

describe("the decision about the peer's release", () => {
  for (const role of [requestor, acceptor] as const) {
    it.effect(`a handler of the ${role} that dies aborts the association`, () =>
      Effect.gen(function* () {
        const { association, peer } = yield* established(memory, role, {
          onRelease: { onIndication: () => Effect.die(new Error("no decision")) }
        })
        yield* peer.send(ReadyMade.releaseRQ)
        yield* peer.expect("A-ABORT", { source: "service-user" })
        assert.deepStrictEqual(yield* association.ended, new AssociationError.AbortedLocally({}))
        yield* peer.close
      })
    )

    it.effect(`a handler of the ${role} that fails to send first aborts the association`, () =>
      Effect.gen(function* () {
        const { association, peer } = yield* established(memory, role, {
          onRelease: {
            onIndication: () => Effect.succeed(Release.sendFirst(Effect.fail(new AssociationError.AbortedByPeer({}))))
          }
        })
        yield* peer.send(ReadyMade.releaseRQ)
        yield* peer.expect("A-ABORT", { source: "service-user" })
        assert.deepStrictEqual(yield* association.ended, new AssociationError.AbortedLocally({}))
        yield* peer.close
      })
    )

    it.effect(
      `a handler of the ${role} that never decides is given a minute, and then the association is aborted`,
      () =>
        Effect.gen(function* () {
          const { association, peer } = yield* established(memory, role, {
            onRelease: { onIndication: () => Effect.never }
          })
          yield* peer.send(ReadyMade.releaseRQ)
          yield* peer.expectSilence("59999 millis").pipe(
            Effect.forkChild({ startImmediately: true }),
            Effect.tap(() => TestClock.adjust("59999 millis")),
            Effect.flatMap(Fiber.join)
          )
          yield* TestClock.adjust("1 millis")
          yield* peer.expect("A-ABORT", { source: "service-user" })
          assert.deepStrictEqual(yield* association.ended, timedOut(60_000))
          yield* peer.close
        })
    )

    it.effect(`a handler of the ${role} is interrupted when the peer aborts meanwhile`, () =>
      Effect.gen(function* () {
        const started = Deferred.makeUnsafe<void>()
        const interrupted = Deferred.makeUnsafe<void>()
        const { peer } = yield* established(memory, role, {
          onRelease: {
            onIndication: () =>
              Effect.andThen(Deferred.succeed(started, undefined), Effect.never).pipe(
                Effect.onInterrupt(() => Deferred.succeed(interrupted, undefined))
              )
          }
        })
        yield* peer.send(ReadyMade.releaseRQ)
        yield* Deferred.await(started)
        yield* peer.send(ReadyMade.abort())
        yield* Deferred.await(interrupted)
        yield* peer.expectClosed()
      })
    )
  }

  it.effect("the time that a handler has can be set", () =>
    Effect.gen(function* () {
      const { association, peer } = yield* established(memory, acceptor, {
        onRelease: { within: "5 seconds", onIndication: () => Effect.never }
      })
      yield* peer.send(ReadyMade.releaseRQ)
      yield* TestClock.adjust("5 seconds")
      yield* peer.expect("A-ABORT")
      assert.deepStrictEqual(yield* association.ended, timedOut(5_000))
      yield* peer.close
    })
  )

  it.effect("requests that have arrived are answered, in order, before the release is", () =>
    Effect.gen(function* () {
      const { association, peer } = yield* established(memory, acceptor)
      const serving = yield* Effect.forkChild(Association.serve(association, answer), { startImmediately: true })
      yield* peer.send(ReadyMade.echoRQ(1), ReadyMade.echoRQ(2), ReadyMade.releaseRQ)
      const responses = [yield* peer.expect("P-DATA-TF"), yield* peer.expect("P-DATA-TF")].map(commandOf)
      assert.deepStrictEqual(
        responses,
        [1, 2].map((messageId) => Result.succeed(C_ECHO.response(C_ECHO.request({ messageId }))))
      )
      yield* peer.expect("A-RELEASE-RP")
      yield* Fiber.join(serving)
      yield* peer.close
    })
  )

  it.effect("a request to a side that performs nothing is refused before the release is answered", () =>
    Effect.gen(function* () {
      const { peer } = yield* established(memory, requestor)
      yield* peer.send(ReadyMade.echoRQ(1), ReadyMade.releaseRQ)
      const response = commandOf(yield* peer.expect("P-DATA-TF"))
      assert.deepStrictEqual(
        response,
        Result.succeed(
          C_ECHO.response(C_ECHO.request({ messageId: 1 }), {
            _tag: "Failure",
            code: 0x0122
          })
        )
      )
      yield* peer.expect("A-RELEASE-RP")
      yield* peer.close
    })
  )

  it.effect("a performer that never ends holds the response up for a minute at most", () =>
    Effect.gen(function* () {
      const { association, peer } = yield* established(memory, acceptor)
      const serving = yield* Effect.forkChild(
        Association.serve(association, () => Effect.never),
        {
          startImmediately: true
        }
      )
      yield* peer.send(ReadyMade.echoRQ(1), ReadyMade.releaseRQ)
      yield* TestClock.adjust("60 seconds")
      yield* peer.expect("A-ABORT")
      assert.deepStrictEqual(yield* Effect.flip(Fiber.join(serving)), timedOut(60_000))
      yield* peer.close
    })
  )

  it.effect("operations that wait for a response are told who released", () =>
    Effect.gen(function* () {
      const { association, peer } = yield* established(memory, requestor)
      const echo = yield* Effect.forkChild(
        Effect.flip(association.dimse.invoke(1, (messageId) => C_ECHO.request({ messageId }))),
        { startImmediately: true }
      )
      yield* peer.expect("P-DATA-TF")
      yield* peer.send(ReadyMade.releaseRQ)
      yield* peer.expect("A-RELEASE-RP")
      assert.deepStrictEqual(yield* Fiber.join(echo), new AssociationError.AlreadyReleased({ by: "peer" }))
      assert.deepStrictEqual(
        yield* Effect.flip(association.dimse.invoke(1, (messageId) => C_ECHO.request({ messageId }))),
        new AssociationError.AlreadyReleased({ by: "peer" })
      )
      yield* peer.close
    })
  )

  it.effect("the response to an operation is still received after this side has asked for the release", () =>
    Effect.gen(function* () {
      const { association, peer } = yield* established(memory, requestor)
      const echo = yield* Effect.forkChild(
        association.dimse.invoke(1, (messageId) => C_ECHO.request({ messageId })),
        { startImmediately: true }
      )
      yield* peer.expect("P-DATA-TF")
      const release = yield* Effect.forkChild(association.release, { startImmediately: true })
      yield* peer.expect("A-RELEASE-RQ")
      yield* peer.send(ReadyMade.echoRSP(1))
      assert.strictEqual((yield* Fiber.join(echo)).command._tag, "C-ECHO-RSP")
      yield* peer.send(ReadyMade.releaseRP)
      assert.deepStrictEqual(yield* Fiber.join(release), { _tag: "Released" })
    })
  )
})

describe("an A-RELEASE-RQ within a message", () => {
  const parts = [
    ["after the command of a message with a data set", [ReadyMade.command(3, storeRQ)]],
    [
      "between two fragments of a data set",
      [ReadyMade.command(3, storeRQ), ReadyMade.data(3, new Uint8Array(100), false)]
    ],
    [
      "between two fragments of a command set",
      [ReadyMade.pData(ReadyMade.pdv(3, "command", Command.encode(storeRQ).subarray(0, 20), false))]
    ]
  ] as const
  for (const [where, [first, ...rest]] of parts) {
    it.effect(`${where} aborts the association, and nothing is reported complete`, () =>
      Effect.gen(function* () {
        const { association, peer } = yield* established(memory, acceptor)
        const seen: Array<unknown> = []
        const serving = yield* Effect.forkChild(
          Association.serve(association, (incoming) =>
            Stream.runDrain(incoming.dataSet).pipe(
              Effect.tapError((error) => Effect.sync(() => seen.push(error))),
              Effect.tap(() => Effect.sync(() => seen.push("complete"))),
              Effect.andThen(answer(incoming))
            )
          ),
          { startImmediately: true }
        )
        yield* peer.send(first, ...rest, ReadyMade.releaseRQ)
        yield* peer.expect("A-ABORT", { source: "service-provider", reason: "unexpected-PDU" })
        const end = new AssociationError.AbortedByProvider({
          provider: "local",
          reason: "unexpected-PDU",
          detail: "an A-RELEASE-RQ within a message"
        })
        assert.deepStrictEqual(yield* Effect.flip(Fiber.join(serving)), end)
        assert.strictEqual(
          end.message,
          "The association was aborted because of what the peer sent: an A-RELEASE-RQ within a message (unexpected-PDU)"
        )
        assert.notInclude(seen, "complete")
        yield* peer.close
      })
    )
  }

  it.effect("aborts a collision too", () =>
    Effect.gen(function* () {
      const { association, peer } = yield* established(memory, acceptor)
      const release = yield* Effect.forkChild(association.release, { startImmediately: true })
      yield* peer.expect("A-RELEASE-RQ")
      yield* peer.send(ReadyMade.command(3, storeRQ), ReadyMade.releaseRQ)
      yield* peer.expect("A-ABORT", { source: "service-provider", reason: "unexpected-PDU" })
      assert.strictEqual((yield* Fiber.join(release))._tag, "AbortedByProvider")
      yield* peer.close
    })
  )
})

describe("a silent peer", () => {
  for (const place of places) {
    const [role, state] = place
    it.effect(
      `R14 the peer falls silent with the ${role} in ${state}: the end comes in time and the scope closes`,
      () =>
        Effect.gen(function* () {
          const { association, decision, leave, peer, release } = yield* held(memory, place)
          const leaving = yield* Effect.forkChild(leave(), { startImmediately: true })
          // A side whose turn it is takes it, and then waits for the peer.
          yield* Deferred.succeed(decision, Release.respond)
          const waitsForPeer = state === "Sta7" || state === "Sta9" || state === "Sta10" || state === "Sta11"
          if (waitsForPeer) {
            yield* TestClock.adjust("10 seconds")
            if (release !== undefined) assert.deepStrictEqual(yield* Fiber.join(release), timedOut(10_000))
            assert.deepStrictEqual(yield* association.ended, timedOut(10_000))
            if (state === "Sta9") yield* peer.expect("A-RELEASE-RP")
            yield* peer.expect("A-ABORT", { source: "service-user" })
            // It lingers for the peer's close.
            yield* TestClock.adjust("1 seconds")
          } else {
            yield* peer.expect("A-RELEASE-RP")
            assert.strictEqual((yield* association.ended)._tag, "Released")
            assert.strictEqual(yield* association.state, "Sta13")
            yield* TestClock.adjust("30 seconds")
          }
          yield* Fiber.join(leaving)
          yield* peer.expectClosed()
          assert.strictEqual(yield* association.state, "Sta1")
        })
    )
  }

  it.effect("R14 the peer reads no more: the release is bounded with its write, and the scope closes", () =>
    Effect.gen(function* () {
      const { association, leave, peer } = yield* established(memory, requestor)
      yield* peer.stall
      const sending = yield* Effect.forkChild(
        Effect.flip(association.dimse.invoke(3, () => storeRQ, [new Uint8Array(600_000)])),
        { startImmediately: true }
      )
      const release = yield* Effect.forkChild(association.releaseWithin("3 seconds"), { startImmediately: true })
      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual(yield* Fiber.join(release), timedOut(3_000))
      const leaving = yield* Effect.forkChild(leave(), { startImmediately: true })
      yield* TestClock.adjust("1 seconds")
      yield* Fiber.join(leaving)
      assert.deepStrictEqual<unknown>(yield* Fiber.join(sending), timedOut(3_000))
    })
  )
})

describe("the outcome of a release", () => {
  // Every member, and no other: this does not compile where one is missing.
  const name = (outcome: Release.Outcome): string => {
    switch (outcome._tag) {
      case "Released":
        return "released"
      case "ReleasedAfterCollision":
        return "released after a collision"
      case "AbortedByPeer":
        return "aborted by the peer's user"
      case "AbortedByProvider":
        return `aborted by the ${outcome.provider} provider: ${outcome.reason}`
      case "AbortedLocally":
        return "aborted by this side's user"
      case "TransportClosed":
        return "transport closed"
      case "TimedOut":
        return `timed out: ${outcome.deadline}`
    }
  }

  const sta7 = places[0]
  const cases = [
    ["released", [ReadyMade.releaseRP]],
    ["released after a collision", [ReadyMade.releaseRQ, ReadyMade.releaseRP]],
    ["aborted by the peer's user", [ReadyMade.abort()]],
    ["aborted by the peer provider: reason-not-specified", [ReadyMade.abort("service-provider")]],
    ["aborted by the local provider: unexpected-PDU", [ReadyMade.associateRQ()]],
    ["aborted by the local provider: unrecognized-PDU", [ReadyMade.unknownPdu()]]
  ] as const
  for (const [expected, [first, ...rest]] of cases) {
    it.effect(
      `${expected}, after ${[first, ...rest].map((pdu) => ("_tag" in pdu ? pdu._tag : "unknown")).join(", ")}`,
      () =>
        Effect.gen(function* () {
          const { decision, peer, release } = yield* held(memory, sta7)
          yield* Deferred.succeed(decision, Release.respond)
          yield* peer.send(first, ...rest)
          const outcome = release === undefined ? undefined : yield* Fiber.join(release)
          assert.strictEqual(outcome === undefined ? "none" : name(outcome), expected)
          yield* peer.close
        })
    )
  }

  it.effect("aborted by this side's user, transport closed, timed out", () =>
    Effect.gen(function* () {
      const aborting = yield* held(memory, sta7)
      yield* aborting.association.abort
      yield* aborting.peer.close
      const closing = yield* held(memory, sta7)
      yield* closing.peer.close
      const silent = yield* held(memory, sta7)
      yield* TestClock.adjust("10 seconds")
      yield* silent.peer.close
      const outcomes: Array<string> = []
      for (const { release } of [aborting, closing, silent]) {
        if (release !== undefined) outcomes.push(name(yield* Fiber.join(release)))
      }
      assert.deepStrictEqual(outcomes, ["aborted by this side's user", "transport closed", "timed out: release"])
    })
  )
})

describe("what cannot be written", () => {
  it("a decision is given exactly once, of those that the state permits, and fixed values are not made by hand", () => {
    const onIndication = (indication: Release.Indication) => {
      // @ts-expect-error an acceptor of a release cannot release
      void indication.release
      // @ts-expect-error nor await a response
      void indication.invoke
      // @ts-expect-error nor get at the whole association
      void indication.association.dimse
      return Effect.succeed(Release.respond)
    }
    const forgotten: Release.Handler = {
      // @ts-expect-error a decision is forgotten
      onIndication: () => Effect.void
    }
    const twice: Release.Handler = {
      // @ts-expect-error two decisions
      onIndication: () => Effect.succeed([Release.respond, Release.abort])
    }
    const failing: Release.Handler = {
      // @ts-expect-error a handler decides; it does not fail
      onIndication: () => Effect.fail("later")
    }
    const sending: Release.Handler = {
      // @ts-expect-error nothing may be sent in a collision
      onCollision: () => Effect.succeed(Release.sendFirst(Effect.void))
    }
    const deciding: Association.AcceptOptions = {
      // @ts-expect-error a decision about the association is forgotten
      decide: () => Effect.void
    }
    const indication = (indication: Association.Indication) => {
      // @ts-expect-error there is no association yet to release
      void indication.release
      // @ts-expect-error nor to send over
      void indication.dimse
      return Effect.succeed(Association.accepting([]))
    }
    const byHand = (layer: UpperLayer.UpperLayer) => [
      layer.issue(A_RELEASE.response),
      // @ts-expect-error only A_RELEASE makes the fixed values
      layer.issue({ _tag: "A-RELEASE response", reason: "normal", result: "affirmative" }),
      // @ts-expect-error an indication is not issued by a user
      layer.issue(A_RELEASE.indication)
    ]
    const inCollision: Release.Handler = { onCollision: () => Effect.succeed(Release.abort) }
    assert.deepStrictEqual(
      [onIndication, forgotten, twice, failing, sending, deciding, indication, byHand, inCollision].length,
      9
    )
  })

  it.effect("a decision that cannot be kept is not: sending after the response is an illegal primitive", () =>
    Effect.gen(function* () {
      let kept: Release.Indication | undefined
      const { acceptor: right, requestor: left } = yield* associated(memory, {
        acceptor: {
          onRelease: {
            onIndication: (indication) => {
              kept = indication
              return Effect.succeed(Release.respond)
            }
          }
        }
      })
      assert.deepStrictEqual(yield* left.association.release, { _tag: "Released" })
      yield* right.association.ended
      const late = kept === undefined ? undefined : yield* Effect.flip(kept.send(1, C_ECHO.request({ messageId: 1 })))
      assert.strictEqual(late?._tag, "IllegalPrimitive")
    })
  )
})
