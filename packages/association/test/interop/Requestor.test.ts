/**
 * What real acceptors do to a requestor that sends a C-ECHO and releases, each row by the scripted peer. The rule for all
 * of them: the outcome is a typed value that says what happened, within a bounded time, and the socket is closed.
 */
import { assert, describe, it } from "@effect/vitest"
import { ReadyMade } from "@effect-dicom/association/testing"
import type { ScriptedPeer } from "@effect-dicom/association/testing"
import type * as A_ASSOCIATE_PDU from "@effect-dicom/protocol/A_ASSOCIATE_PDU"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import * as Pdu from "@effect-dicom/protocol/Pdu"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { abortedByUs, commandOf, echoThenRelease, failure, pass, requestor, storeRQ, success } from "./sides.ts"

/** Our side closes though the peer does not; gives what its user was told. */
const closesWithin = <A>(
  duration: "1 second" | "30 seconds",
  side: {
    readonly peer: ScriptedPeer.ScriptedPeer
    readonly closes: Effect.Effect<Exit.Exit<A, unknown>, ScriptedPeer.ScriptFailed>
  }
) => Effect.andThen(pass(duration), side.closes)

const released = Exit.succeed({ status: 0, outcome: { _tag: "Released" } as const })

const transportClosed = {
  _tag: "TransportClosed",
  message: "The transport connection was closed by the peer"
}

const releasedByPeer = {
  _tag: "AlreadyReleased",
  by: "peer",
  message: "The peer released the association before this was answered"
}

/** The outcome of a release, with its message; the C-ECHO before it was answered with success. */
const outcome = (exit: Exit.Exit<Effect.Success<ReturnType<typeof echoThenRelease>>, unknown>): unknown => {
  const told = success(exit)
  assert.strictEqual(told.status, 0)
  return "message" in told.outcome ? { ...told.outcome, message: told.outcome.message } : told.outcome
}

const withoutItem = (tag: string): A_ASSOCIATE_PDU.AC => {
  const ac = ReadyMade.associateAC()
  return { ...ac, items: ac.items.filter((item) => item._tag !== tag) }
}

describe("As requestor (C-ECHO, then release)", () => {
  it.effect("Normal: answered, released, closed", () =>
    Effect.gen(function* () {
      const side = yield* requestor(echoThenRelease)
      yield* side.establish()
      yield* side.echoed
      yield* side.peer.expect("A-RELEASE-RQ")
      assert.strictEqual(side.wrote(10), "05 00 00 00 00 04 00 00 00 00")
      yield* side.peer.send(ReadyMade.releaseRP)
      assert.deepStrictEqual(yield* side.closes, released)
    })
  )

  describe("to the release", () => {
    const releasing = Effect.gen(function* () {
      const side = yield* requestor(echoThenRelease)
      yield* side.establish()
      yield* side.echoed
      yield* side.peer.expect("A-RELEASE-RQ")
      return side
    })

    it.effect("A-RELEASE-RQ instead of RP (collision): RP is sent, and both are released", () =>
      Effect.gen(function* () {
        const side = yield* releasing
        yield* side.peer.send(ReadyMade.releaseRQ)
        yield* side.peer.expect("A-RELEASE-RP")
        yield* side.peer.send(ReadyMade.releaseRP)
        assert.deepStrictEqual(outcome(yield* side.closes), { _tag: "ReleasedAfterCollision" })
      })
    )

    it.effect("A C-ECHO-RSP in Sta7, then RP: a response that cannot be matched aborts", () =>
      Effect.gen(function* () {
        const side = yield* releasing
        yield* side.peer.send(ReadyMade.echoRSP(1), ReadyMade.releaseRP)
        yield* side.peer.expect("A-ABORT", { source: "service-provider", reason: "unexpected-PDU-parameter" })
        assert.deepStrictEqual(
          outcome(yield* closesWithin("1 second", side)),
          abortedByUs("unexpected-PDU-parameter", "a C-ECHO-RSP for message 1, which awaits none")
        )
      })
    )

    it.effect("A C-ECHO-RQ in Sta7, then RP: it cannot be answered any more, and the release goes on", () =>
      Effect.gen(function* () {
        const side = yield* releasing
        yield* side.peer.send(ReadyMade.echoRQ(1), ReadyMade.releaseRP)
        assert.deepStrictEqual(yield* side.closes, released)
      })
    )

    it.effect("No RP: an A-ABORT after ten seconds, and timed out", () =>
      Effect.gen(function* () {
        const side = yield* releasing
        yield* side.peer.expectSilence("0 seconds")
        yield* pass("9999 millis")
        yield* side.peer.expectSilence("0 seconds")
        yield* pass("1 millis")
        yield* side.peer.expect("A-ABORT", { source: "service-user" })
        assert.strictEqual(side.wrote(10), "07 00 00 00 00 04 00 00 00 00")
        assert.deepStrictEqual(outcome(yield* closesWithin("1 second", side)), {
          _tag: "TimedOut",
          deadline: "release",
          milliseconds: 10000,
          message: "The release deadline passed: no answer to the release within 10000 ms"
        })
      })
    )

    it.effect("FIN instead of RP: the transport connection was closed, which is no success", () =>
      Effect.gen(function* () {
        const side = yield* releasing
        yield* side.peer.close
        assert.deepStrictEqual(outcome(yield* side.closes), transportClosed)
      })
    )

    it.effect("A-ABORT(0,0) instead of RP: aborted by the peer's user", () =>
      Effect.gen(function* () {
        const side = yield* releasing
        yield* side.peer.send(ReadyMade.abort())
        assert.deepStrictEqual(outcome(yield* side.closes), {
          _tag: "AbortedByPeer",
          message: "The peer's user aborted the association"
        })
      })
    )

    it.effect("A-ABORT(2,6) instead of RP: aborted by the peer's provider, with its reason", () =>
      Effect.gen(function* () {
        const side = yield* releasing
        yield* side.peer.send(ReadyMade.abort("service-provider", "invalid-PDU-parameter-value"))
        assert.deepStrictEqual(outcome(yield* side.closes), {
          _tag: "AbortedByProvider",
          provider: "peer",
          reason: "invalid-PDU-parameter-value",
          message: "The peer's provider aborted the association: invalid-PDU-parameter-value"
        })
      })
    )
  })

  describe("in the A-ASSOCIATE-AC", () => {
    it.effect("Context refused, no TS sub-item: told before anything is sent", () =>
      Effect.gen(function* () {
        const side = yield* requestor(echoThenRelease)
        yield* side.establish(
          ReadyMade.associateAC({
            presentationContexts: [
              { id: 1, result: "abstract-syntax-not-supported" },
              { id: 3, result: "transfer-syntaxes-not-supported", transferSyntax: "" }
            ]
          })
        )
        // The failure of its use is that of the scope, so the association is aborted.
        yield* side.peer.expect("A-ABORT", { source: "service-user" })
        assert.deepStrictEqual(failure(yield* closesWithin("1 second", side)), {
          _tag: "NoPresentationContext",
          abstractSyntax: "1.2.840.10008.1.1",
          message: "No presentation context was accepted for 1.2.840.10008.1.1"
        })
        const association = yield* side.association
        assert.deepStrictEqual(
          association.refused.map(({ id, result }) => [id, result]),
          [
            [1, "abstract-syntax-not-supported"],
            [3, "transfer-syntaxes-not-supported"]
          ]
        )
        assert.deepStrictEqual(association.oddities, [
          { _tag: "Refusal without transfer syntax", id: 1 },
          { _tag: "Refusal without transfer syntax", id: 3 }
        ])
      })
    )

    const goesOn = (ac: ScriptedPeer.Sendable) =>
      Effect.gen(function* () {
        const side = yield* requestor(echoThenRelease)
        yield* side.establish(ac)
        yield* side.echoed
        yield* side.peer.expect("A-RELEASE-RQ")
        yield* side.peer.send(ReadyMade.releaseRP)
        assert.deepStrictEqual(yield* side.closes, released)
        return yield* side.association
      })

    it.effect("Unknown sub-item in AC: ignored, and kept", () =>
      Effect.gen(function* () {
        const unknown = { _tag: "Unknown", itemType: 0x5a, data: Uint8Array.of(1) } as const
        const association = yield* goesOn(
          ReadyMade.associateAC({ subItems: [unknown], items: [{ ...unknown, itemType: 0x60 }] })
        )
        assert.deepStrictEqual(association.peer.unknown, [unknown])
      })
    )

    it.effect("Garbage AE titles in AC (reserved on AC): not tested", () =>
      Effect.gen(function* () {
        const association = yield* goesOn({
          ...ReadyMade.associateAC(),
          callingAETitle: "\0\u0001\u00ff\\\n".padEnd(16, "\u0007"),
          calledAETitle: "\0".repeat(16)
        })
        assert.deepStrictEqual(association.tolerated, [])
        assert.strictEqual(association.calledAETitle, "ACCEPTOR")
      })
    )

    it.effect("AC max length 0: unlimited, but for our own send cap", () =>
      Effect.gen(function* () {
        const side = yield* requestor((association) => association.dimse.invoke(3, storeRQ, [new Uint8Array(300_000)]))
        yield* side.establish(ReadyMade.associateAC({ maximumLength: 0 }))
        yield* side.peer.expect("P-DATA-TF")
        const lengths = []
        for (let i = 0; i < 3; i++) lengths.push(Pdu.encode(yield* side.peer.expect("P-DATA-TF")).length - 6)
        assert.deepStrictEqual(lengths, [131_072, 131_072, 300_000 - 2 * 131_066 + 6])
      })
    )

    it.effect("AC without user information: taken, with a warning", () =>
      Effect.gen(function* () {
        const association = yield* goesOn(withoutItem("User Information Item"))
        assert.deepStrictEqual(association.tolerated, [
          { quirk: "noUserInformation", detail: "no user information item; permitted: one" }
        ])
      })
    )

    it.effect("AC without user information: an invalid PDU where the policy rejects it", () =>
      Effect.gen(function* () {
        const side = yield* requestor(echoThenRelease, {
          settings: { leniency: { ...Leniency.strict, noUserInformation: "reject" } }
        })
        yield* side.establish(withoutItem("User Information Item"))
        assert.deepStrictEqual(
          yield* side.aborts(2, 6),
          abortedByUs("invalid-PDU-parameter-value", "no user information item; permitted: one")
        )
      })
    )

    it.effect("AC with another application context: taken with a warning, or an invalid PDU by policy", () =>
      Effect.gen(function* () {
        const other = ReadyMade.associateAC({ applicationContextName: "1.2.3" })
        const association = yield* goesOn(other)
        const detail = 'application context name is "1.2.3"; permitted: "1.2.840.10008.3.1.1.1"'
        assert.deepStrictEqual(association.tolerated, [{ quirk: "otherApplicationContextInAnswer", detail }])
        const side = yield* requestor(echoThenRelease, {
          settings: { leniency: { ...Leniency.strict, otherApplicationContextInAnswer: "reject" } }
        })
        yield* side.establish(other)
        assert.deepStrictEqual(yield* side.aborts(2, 6), abortedByUs("invalid-PDU-parameter-value", detail))
      })
    )

    it.effect("AC max length 7: strictly an invalid PDU, leniently fragments of one byte", () =>
      Effect.gen(function* () {
        const small = ReadyMade.associateAC({ maximumLength: 7 })
        const strict = yield* requestor(echoThenRelease)
        yield* strict.establish(small)
        assert.deepStrictEqual(
          yield* strict.aborts(2, 6),
          abortedByUs("invalid-PDU-parameter-value", "maximum length is 7; permitted: 0, or at least 1024")
        )
        const side = yield* requestor(echoThenRelease, { settings: { leniency: Leniency.lenient } })
        yield* side.establish(small)
        const values = []
        for (let last = false; !last;) {
          const { presentationDataValues } = yield* side.peer.expect("P-DATA-TF")
          values.push(...presentationDataValues)
          last = presentationDataValues.some((value) => value.last)
        }
        assert.strictEqual(values.length, 68)
        assert.strictEqual(commandOf(values)._tag, "C-ECHO-RQ")
        yield* side.peer.send(ReadyMade.echoRSP(1))
        yield* side.peer.expect("A-RELEASE-RQ")
        yield* side.peer.send(ReadyMade.releaseRP)
        assert.deepStrictEqual(yield* side.closes, released)
      })
    )
  })

  describe("instead of the C-ECHO-RSP", () => {
    const asking = Effect.gen(function* () {
      const side = yield* requestor(echoThenRelease)
      yield* side.establish()
      yield* side.peer.expect("P-DATA-TF")
      return side
    })

    it.effect("A-RELEASE-RQ straight after AC: RP, and the caller is told", () =>
      Effect.gen(function* () {
        const side = yield* requestor(echoThenRelease)
        yield* side.peer.expect("A-ASSOCIATE-RQ")
        yield* side.peer.send(ReadyMade.associateAC(), ReadyMade.releaseRQ)
        yield* side.peer.expect("A-RELEASE-RP")
        yield* side.peer.close
        assert.deepStrictEqual(failure(yield* side.closes), releasedByPeer)
      })
    )

    it.effect("A-RELEASE-RQ straight after AC: RP, before anything is asked", () =>
      Effect.gen(function* () {
        const side = yield* requestor((association) => association.ended)
        yield* side.establish()
        yield* side.peer.send(ReadyMade.releaseRQ)
        yield* side.peer.expect("A-RELEASE-RP")
        yield* side.peer.close
        assert.deepStrictEqual(
          yield* side.closes,
          Exit.succeed({ _tag: "Released" as const, by: "peer" as const, collision: false })
        )
      })
    )

    it.effect("A-RELEASE-RQ instead of the C-ECHO-RSP: RP, and the caller is told", () =>
      Effect.gen(function* () {
        const side = yield* asking
        yield* side.peer.send(ReadyMade.releaseRQ)
        yield* side.peer.expect("A-RELEASE-RP")
        yield* side.peer.close
        assert.deepStrictEqual(failure(yield* side.closes), releasedByPeer)
      })
    )

    it.effect("A-RELEASE-RQ instead of the C-ECHO-RSP: closed by ARTIM where the peer does not close", () =>
      Effect.gen(function* () {
        const side = yield* asking
        yield* side.peer.send(ReadyMade.releaseRQ)
        yield* side.peer.expect("A-RELEASE-RP")
        assert.deepStrictEqual(failure(yield* closesWithin("30 seconds", side)), releasedByPeer)
      })
    )

    it.effect("A-ABORT instead of RSP: aborted by the peer's user", () =>
      Effect.gen(function* () {
        const side = yield* asking
        yield* side.peer.send(ReadyMade.abort())
        assert.deepStrictEqual(failure(yield* side.closes), {
          _tag: "AbortedByPeer",
          message: "The peer's user aborted the association"
        })
      })
    )

    it.effect("FIN instead of RSP: the transport connection was closed", () =>
      Effect.gen(function* () {
        const side = yield* asking
        yield* side.peer.close
        assert.deepStrictEqual(failure(yield* side.closes), transportClosed)
      })
    )

    it.effect("A reset instead of RSP: the transport connection was lost, and why", () =>
      Effect.gen(function* () {
        const side = yield* asking
        yield* side.peer.destroy
        const { cause: _, ...told } = failure(yield* side.closes)
        assert.deepStrictEqual(told, {
          _tag: "TransportClosed",
          message: "The transport connection was lost: connection reset by peer"
        })
      })
    )

    it.effect("Nothing instead of RSP: an A-ABORT after thirty seconds, and timed out", () =>
      Effect.gen(function* () {
        const side = yield* asking
        yield* pass("30 seconds")
        yield* side.peer.expect("A-ABORT", { source: "service-user" })
        assert.deepStrictEqual(failure(yield* closesWithin("1 second", side)), {
          _tag: "TimedOut",
          deadline: "operation",
          milliseconds: 30000,
          message: "The operation deadline passed: no response within 30000 ms"
        })
      })
    )

    it.effect("C-ECHO-RSP and A-RELEASE-RQ in one segment: answered, and RP", () =>
      Effect.gen(function* () {
        const side = yield* requestor((association) =>
          Effect.flatMap(Effect.exit(echoThenRelease(association)), (echo) =>
            Effect.map(association.ended, (end) => ({ echo, end }))
          )
        )
        yield* side.establish()
        yield* side.peer.expect("P-DATA-TF")
        yield* side.peer.send(ReadyMade.echoRSP(1), ReadyMade.releaseRQ)
        yield* side.peer.expect("A-RELEASE-RP")
        yield* side.peer.close
        const told = success(yield* side.closes)
        assert.deepStrictEqual(told.end, { _tag: "Released", by: "peer", collision: false })
        // The echo was answered; the release that followed came too late to be ours.
        const refused = failure(told.echo)
        assert.deepStrictEqual([refused["_tag"], refused["primitive"]], ["IllegalPrimitive", "A-RELEASE request"])
      })
    )
  })

  describe("to the A-ASSOCIATE-RQ", () => {
    it.effect("RJ with source 7, reason 9: reported as unknown codes", () =>
      Effect.gen(function* () {
        const side = yield* requestor(echoThenRelease)
        yield* side.establish(Uint8Array.of(3, 0, 0, 0, 0, 4, 0, 1, 7, 9))
        assert.deepStrictEqual(failure(yield* side.closes), {
          _tag: "Rejected",
          by: "peer",
          result: "rejected-permanent",
          source: "unknown (7)",
          diagnostic: "unknown (9)",
          message: "The peer rejected the association: unknown (9) (rejected-permanent, unknown (7))"
        })
      })
    )

    it.effect("RJ(2,3,2): transient, so the peer may accept later", () =>
      Effect.gen(function* () {
        const side = yield* requestor(echoThenRelease)
        yield* side.establish(Uint8Array.of(3, 0, 0, 0, 0, 4, 0, 2, 3, 2))
        assert.strictEqual(
          failure(yield* side.closes)["message"],
          "The peer rejected the association: local-limit-exceeded (rejected-transient, " +
            "DICOM UL service-provider (Presentation related function)); it may accept later"
        )
      })
    )

    it.effect("FIN instead of AC: the transport connection was closed", () =>
      Effect.gen(function* () {
        const side = yield* requestor(echoThenRelease)
        yield* side.peer.expect("A-ASSOCIATE-RQ")
        yield* side.peer.close
        assert.deepStrictEqual(failure(yield* side.closes), transportClosed)
      })
    )

    it.effect("An A-RELEASE-RP instead of AC: A-ABORT(2,2)", () =>
      Effect.gen(function* () {
        const side = yield* requestor(echoThenRelease)
        yield* side.establish(ReadyMade.releaseRP)
        assert.deepStrictEqual(yield* side.aborts(2, 2), abortedByUs("unexpected-PDU", "A-RELEASE-RP in Sta5"))
      })
    )

    it.effect("HTTP instead of AC: A-ABORT(2,1), and told as not DICOM", () =>
      Effect.gen(function* () {
        const side = yield* requestor(echoThenRelease)
        yield* side.establish(Uint8Array.from("HTTP/1.1 400 Bad Request\r\n\r\n", (c) => c.charCodeAt(0)))
        assert.deepStrictEqual(
          yield* side.aborts(2, 1),
          abortedByUs("unrecognized-PDU", "PDU type is 48H; permitted: 01H to 07H (not DICOM: looks like HTTP)")
        )
      })
    )
  })
})
