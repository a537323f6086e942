import { assert, describe } from "@effect/vitest"
import { ReadyMade } from "@effect-dicom/association/testing"
import * as A_RELEASE from "@effect-dicom/protocol/A_RELEASE"
import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Association from "@effect-dicom/association/Association"
import * as AssociationError from "@effect-dicom/association/AssociationError"
import type * as Dimse from "@effect-dicom/association/Dimse"
import * as Release from "@effect-dicom/association/Release"
import { acceptor, associated, type Associated, effectTcp, memory, requestor, tcp, tls, unix } from "./ends.ts"
import { established, held, places } from "./held.ts"

const answerEcho = ({ command }: Dimse.Incoming) =>
  Effect.succeed(C_ECHO.response(C_ECHO.request({ messageId: command.messageId })))

/** The two ways round: who asks for the release, and who answers. */
const ways = [
  { asker: requestor, answerer: acceptor },
  { asker: acceptor, answerer: requestor }
] as const

const sideOf = (ends: Associated, role: (typeof ways)[number]["asker"]) =>
  role === requestor ? ends.requestor : ends.acceptor

const illegal = (
  primitive: AssociationError.IllegalPrimitive["primitive"],
  state: AssociationError.IllegalPrimitive["state"],
  permitted: AssociationError.IllegalPrimitive["permitted"]
) => new AssociationError.IllegalPrimitive({ primitive, state, permitted })

/** Tries a release, data and an abort by hand, and gives what each was refused with. */
const refusals = (association: Association.Association) =>
  Effect.all({
    release: Effect.flip(association.release),
    send: Effect.flip(association.dimse.send(1, C_ECHO.request({ messageId: 99 })))
  })

for (const network of [memory, tcp, effectTcp, unix, tls]) {
  describe(`A-RELEASE between two associations ${network.name}`, () => {
    for (const { answerer, asker } of ways) {
      network.test(
        `R1 R3 R5 R7 R10 R11 R12 the ${asker} releases: request, indication, response, confirmation, and both are closed`,
        () =>
          Effect.gen(function* () {
            const ends = yield* associated(network)
            const { record } = ends
            assert.deepStrictEqual(yield* sideOf(ends, asker).association.release, { _tag: "Released" })
            assert.deepStrictEqual(yield* sideOf(ends, answerer).association.ended, {
              _tag: "Released",
              by: "peer",
              collision: false
            })
            assert.deepStrictEqual(yield* sideOf(ends, asker).association.ended, {
              _tag: "Released",
              by: "local",
              collision: false
            })
            assert.deepStrictEqual(record.primitives("A-RELEASE"), [
              `${asker}: A-RELEASE request`,
              `${answerer}: A-RELEASE indication`,
              `${answerer}: A-RELEASE response`,
              `${asker}: A-RELEASE confirmation`
            ])
            yield* record.reached(answerer, "Sta1")
            assert.deepStrictEqual(record.path(asker), ["Sta6", "Sta7", "Sta1"])
            assert.deepStrictEqual(record.path(answerer), ["Sta6", "Sta8", "Sta13", "Sta1"])
            const issued = record.steps
              .flatMap((step) => [
                step.event,
                ...step.commands.flatMap((command) => (command._tag === "Issue" ? [command.primitive] : []))
              ])
              .filter((primitive) => primitive._tag.startsWith("A-RELEASE "))
            assert.deepStrictEqual<ReadonlyArray<unknown>>(issued, [
              { _tag: "A-RELEASE request", reason: "normal" },
              { _tag: "A-RELEASE indication", reason: "normal" },
              { _tag: "A-RELEASE response", reason: "normal", result: "affirmative" },
              { _tag: "A-RELEASE confirmation", reason: "normal", result: "affirmative" }
            ])
          })
      )

      network.test(
        `R2 the ${asker} has asked: nothing but an abort is permitted, nothing is sent, the state stays`,
        () =>
          Effect.gen(function* () {
            const decision = Deferred.makeUnsafe<Release.Decision>()
            const onRelease = { onIndication: () => Deferred.await(decision) }
            const ends = yield* associated(network, { requestor: { onRelease }, acceptor: { onRelease } })
            const { association } = sideOf(ends, asker)
            const release = yield* Effect.forkChild(association.release, { startImmediately: true })
            yield* ends.record.reached(answerer, "Sta8")
            const { pdusSent } = association.traffic
            assert.deepStrictEqual(yield* refusals(association), {
              release: illegal("A-RELEASE request", "Sta7", ["A-ABORT request"]),
              send: illegal("P-DATA request", "Sta7", ["A-ABORT request"])
            })
            assert.strictEqual(association.traffic.pdusSent, pdusSent)
            assert.strictEqual(yield* association.state, "Sta7")
            yield* Deferred.succeed(decision, Release.respond)
            assert.deepStrictEqual(yield* Fiber.join(release), { _tag: "Released" })
          })
      )

      network.test(`R2 R4 the ${answerer} sends before it responds, and it reaches the user of the ${asker}`, () =>
        Effect.gen(function* () {
          const arrived = Deferred.makeUnsafe<number>()
          const ends = yield* associated(network, {
            [answerer === requestor ? "requestor" : "acceptor"]: {
              onRelease: {
                onIndication: (indication: Release.Indication) =>
                  Effect.succeed(Release.sendFirst(indication.send(1, C_ECHO.request({ messageId: 77 }))))
              }
            }
          })
          const { association } = sideOf(ends, asker)
          yield* Effect.forkChild(
            association.dimse.perform((incoming) =>
              Effect.andThen(Deferred.succeed(arrived, incoming.command.messageId), answerEcho(incoming))
            ),
            { startImmediately: true }
          )
          assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
          assert.strictEqual(yield* Deferred.await(arrived), 77)
          assert.deepStrictEqual(ends.record.sent(answerer).slice(1), ["P-DATA-TF", "A-RELEASE-RP"])
          // The response to what came in Sta7 cannot be sent any more.
          assert.deepStrictEqual(ends.record.sent(asker).slice(1), ["A-RELEASE-RQ"])
        })
      )

      network.test(
        `R4 R6 the ${answerer} has the indication, then has responded: what is not permitted is refused`,
        () =>
          Effect.gen(function* () {
            const decision = Deferred.makeUnsafe<Release.Decision>()
            const onRelease = { onIndication: () => Deferred.await(decision) }
            const ends = yield* associated(network, { requestor: { onRelease }, acceptor: { onRelease } })
            const { association } = sideOf(ends, answerer)
            const release = yield* Effect.forkChild(sideOf(ends, asker).association.release, { startImmediately: true })
            yield* ends.record.reached(answerer, "Sta8")
            assert.deepStrictEqual(
              yield* Effect.flip(association.release),
              illegal("A-RELEASE request", "Sta8", ["P-DATA request", "A-RELEASE response", "A-ABORT request"])
            )
            assert.strictEqual(yield* association.state, "Sta8")
            yield* Deferred.succeed(decision, Release.respond)
            yield* association.ended
            const { pdusSent } = association.traffic
            yield* Fiber.join(release)
            yield* ends.record.reached(answerer, "Sta1")
            const refused = { ...(yield* refusals(association)), abort: yield* Effect.flip(association.abort) }
            assert.deepStrictEqual(refused, {
              release: illegal("A-RELEASE request", "Sta1", ["A-ASSOCIATE request"]),
              send: illegal("P-DATA request", "Sta1", ["A-ASSOCIATE request"]),
              abort: illegal("A-ABORT request", "Sta1", ["A-ASSOCIATE request"])
            })
            assert.strictEqual(association.traffic.pdusSent, pdusSent)
          })
      )

      network.test(`R8 the ${answerer} decides to abort: the ${asker} is told that the peer aborted`, () =>
        Effect.gen(function* () {
          const onRelease = { onIndication: () => Effect.succeed(Release.abort) }
          const ends = yield* associated(network, { requestor: { onRelease }, acceptor: { onRelease } })
          const outcome = yield* sideOf(ends, asker).association.release
          assert.deepStrictEqual(outcome, new AssociationError.AbortedByPeer({}))
          assert.deepStrictEqual(
            yield* sideOf(ends, answerer).association.ended,
            new AssociationError.AbortedLocally({})
          )
        })
      )

      network.test(`R8 the ${asker} aborts its own release: its outcome and the ${answerer}'s end say so`, () =>
        Effect.gen(function* () {
          const onRelease = { onIndication: () => Effect.never }
          const ends = yield* associated(network, { requestor: { onRelease }, acceptor: { onRelease } })
          const { association } = sideOf(ends, asker)
          const release = yield* Effect.forkChild(association.release, { startImmediately: true })
          yield* ends.record.reached(answerer, "Sta8")
          yield* association.abort
          assert.deepStrictEqual(yield* Fiber.join(release), new AssociationError.AbortedLocally({}))
          assert.deepStrictEqual(
            yield* sideOf(ends, answerer).association.ended,
            new AssociationError.AbortedByPeer({})
          )
        })
      )
    }

    network.test("R9 R10 both release before either has heard: both are released, in the order of the standard", () =>
      Effect.gen(function* () {
        const { acceptor: right, record, requestor: left } = yield* associated(network)
        const outcomes = yield* Effect.all([left.association.release, right.association.release], { concurrency: 2 })
        assert.deepStrictEqual(outcomes, [{ _tag: "ReleasedAfterCollision" }, { _tag: "ReleasedAfterCollision" }])
        const primitives = record.primitives("A-RELEASE")
        const of = (role: string) => primitives.filter((line) => line.startsWith(role))
        assert.deepStrictEqual(of(requestor), [
          `${requestor}: A-RELEASE request`,
          `${requestor}: A-RELEASE indication`,
          `${requestor}: A-RELEASE response`,
          `${requestor}: A-RELEASE confirmation`
        ])
        assert.deepStrictEqual(of(acceptor), [
          `${acceptor}: A-RELEASE request`,
          `${acceptor}: A-RELEASE indication`,
          `${acceptor}: A-RELEASE confirmation`,
          `${acceptor}: A-RELEASE response`
        ])
        yield* record.reached(acceptor, "Sta1")
        assert.deepStrictEqual(record.path(requestor), ["Sta6", "Sta7", "Sta9", "Sta11", "Sta1"])
        assert.deepStrictEqual(record.path(acceptor), ["Sta6", "Sta7", "Sta10", "Sta12", "Sta13", "Sta1"])
      })
    )

    network.test("R9 two scopes are left at the same time: both releases collide and both scopes close", () =>
      Effect.gen(function* () {
        const { acceptor: right, record, requestor: left } = yield* associated(network)
        yield* Effect.all([left.leave(), right.leave()], { concurrency: 2 })
        const ends = yield* Effect.all([left.association.ended, right.association.ended])
        assert.deepStrictEqual(ends, [
          { _tag: "Released", by: "local", collision: true },
          { _tag: "Released", by: "peer", collision: true }
        ])
        assert.strictEqual(record.path(acceptor).at(-1), "Sta1")
      })
    )

    for (const [aborter, other] of [
      [requestor, acceptor],
      [acceptor, requestor]
    ] as const) {
      for (const [name, holder] of [
        ["Sta9 and Sta10", requestor],
        ["Sta11 and Sta12", acceptor]
      ] as const) {
        network.test(`R8 R9 the ${aborter} aborts a collision in ${name}: both are told`, () =>
          Effect.gen(function* () {
            const onRelease = { onCollision: () => Effect.never }
            const ends = yield* associated(network, {
              [holder === requestor ? "requestor" : "acceptor"]: { onRelease }
            })
            const [left, right] = [ends.requestor.association, ends.acceptor.association]
            const releases = yield* Effect.all([left.release, right.release], { concurrency: 2 }).pipe(
              Effect.forkChild({ startImmediately: true })
            )
            yield* ends.record.reached(requestor, holder === requestor ? "Sta9" : "Sta11")
            yield* ends.record.reached(acceptor, holder === requestor ? "Sta10" : "Sta12")
            const forbidden = Effect.flip(
              sideOf(ends, aborter).association.dimse.send(1, C_ECHO.request({ messageId: 1 }))
            )
            assert.strictEqual((yield* forbidden)._tag, "IllegalPrimitive")
            yield* sideOf(ends, aborter).association.abort
            const [first, second] = yield* Fiber.join(releases)
            assert.deepStrictEqual(aborter === requestor ? [first, second] : [second, first], [
              new AssociationError.AbortedLocally({}),
              new AssociationError.AbortedByPeer({})
            ])
            assert.deepStrictEqual(yield* sideOf(ends, other).association.ended, new AssociationError.AbortedByPeer({}))
          })
        )
      }
    }
  })
}

for (const network of [memory, tcp]) {
  describe(`A-RELEASE with a scripted peer ${network.name}`, () => {
    for (const place of places) {
      const [role, state] = place
      const forms = [
        ["the peer's user", ReadyMade.abort(), new AssociationError.AbortedByPeer({})],
        [
          "the peer's provider",
          ReadyMade.abort("service-provider", "unexpected-PDU"),
          new AssociationError.AbortedByProvider({ provider: "peer", reason: "unexpected-PDU" })
        ]
      ] as const
      for (const [who, pdu, end] of forms) {
        network.test(`R8 ${who} aborts while the ${role} is in ${state}`, () =>
          Effect.gen(function* () {
            const { association, leave, peer, release } = yield* held(network, place)
            yield* peer.send(pdu)
            assert.deepStrictEqual(yield* association.ended, end)
            if (release !== undefined) assert.deepStrictEqual(yield* Fiber.join(release), end)
            yield* leave()
            yield* peer.expectClosed()
            assert.strictEqual(yield* association.state, "Sta1")
          })
        )
      }

      network.test(`R8 the ${role} aborts in ${state}: an A-ABORT of its user is sent`, () =>
        Effect.gen(function* () {
          const { association, peer, release } = yield* held(network, place)
          yield* association.abort
          yield* peer.expect("A-ABORT", { source: "service-user", reason: "reason-not-specified" })
          assert.deepStrictEqual(yield* association.ended, new AssociationError.AbortedLocally({}))
          if (release !== undefined) {
            assert.deepStrictEqual(yield* Fiber.join(release), new AssociationError.AbortedLocally({}))
          }
          yield* peer.close
          yield* peer.expectClosed()
        })
      )

      for (const [how, vanish] of [
        ["closes", "close"],
        ["breaks off", "destroy"]
      ] as const) {
        network.test(`R14 the peer ${how} the transport while the ${role} is in ${state}: the scope closes`, () =>
          Effect.gen(function* () {
            const { association, leave, peer, record, release } = yield* held(network, place)
            yield* peer[vanish]
            const end = yield* association.ended
            assert.strictEqual(end._tag, "TransportClosed")
            if (vanish === "close") assert.deepStrictEqual(end, new AssociationError.TransportClosed({}))
            if (release !== undefined) assert.strictEqual((yield* Fiber.join(release))._tag, "TransportClosed")
            assert.strictEqual(record.primitives("A-P-ABORT").at(-1), `${role}: A-P-ABORT indication`)
            yield* leave()
            assert.strictEqual(yield* association.state, "Sta1")
          })
        )
      }
    }

    for (const role of [requestor, acceptor] as const) {
      network.test(
        `R13 the ${role} sends ten bytes, four of them reserved and zero, and does not test the peer's`,
        () =>
          Effect.gen(function* () {
            const { association, peer } = yield* established(network, role)
            yield* peer.send(Uint8Array.of(5, 0xff, 0, 0, 0, 4, 1, 2, 3, 4))
            yield* peer.expect("A-RELEASE-RP")
            assert.deepStrictEqual(yield* association.ended, { _tag: "Released", by: "peer", collision: false })
            assert.deepStrictEqual(A_RELEASE.encodeRP(), Uint8Array.of(6, 0, 0, 0, 0, 4, 0, 0, 0, 0))
            yield* peer.close
          })
      )

      network.test(`R13 an A-RELEASE-RQ of another length aborts the ${role} as an invalid PDU`, () =>
        Effect.gen(function* () {
          const { association, peer } = yield* established(network, role)
          yield* peer.send(Uint8Array.of(5, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0))
          yield* peer.expect("A-ABORT", { source: "service-provider", reason: "invalid-PDU-parameter-value" })
          const end = yield* association.ended
          assert.strictEqual(end._tag, "AbortedByProvider")
          yield* peer.close
        })
      )
    }
  })
}
