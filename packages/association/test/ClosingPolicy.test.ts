import { assert, describe, it } from "@effect/vitest"
import * as Association from "@effect-dicom/association/Association"
import * as AssociationError from "@effect-dicom/association/AssociationError"
import * as ClosingPolicy from "@effect-dicom/association/ClosingPolicy"
import * as Release from "@effect-dicom/association/Release"
import { ReadyMade, ScriptedPeer } from "@effect-dicom/association/testing"
import * as UpperLayer from "@effect-dicom/association/UpperLayer"
import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { acceptor, memory, requestOptions, requestor } from "./ends.ts"
import { established, type Established } from "./held.ts"

const echo = (association: Association.Association) =>
  Effect.map(
    association.dimse.invoke(1, (messageId) => C_ECHO.request({ messageId })),
    ({ command }) => command
  )

/** Runs with an association of its own scope, with a scripted peer at the other end that has accepted it. */
const using = Effect.fnUntraced(function* <A, E>(
  use: (association: Association.Association) => Effect.Effect<A, E>,
  options: Association.Options = {}
) {
  const [socket, peer] = yield* ScriptedPeer.inMemory()
  const running = yield* Association.request({ ...requestOptions, ...options }).pipe(
    Effect.flatMap(use),
    Effect.scoped,
    Effect.provideService(UpperLayer.Transport, socket),
    Effect.forkChild({ startImmediately: true })
  )
  yield* peer.expect("A-ASSOCIATE-RQ")
  yield* peer.send(ReadyMade.associateAC())
  return { peer, running }
})

/** Begins to leave the scope of an association. */
const leaving = (one: Established, exit?: Exit.Exit<unknown, unknown>) =>
  Effect.forkChild(one.leave(exit), { startImmediately: true })

describe("the standard policy", () => {
  it.effect("releases where the scope is left with success, and the value is the scope's", () =>
    Effect.gen(function* () {
      const { peer, running } = yield* using(() => Effect.succeed("done"))
      yield* peer.expect("A-RELEASE-RQ")
      yield* peer.send(ReadyMade.releaseRP)
      yield* peer.expectClosed()
      assert.strictEqual(yield* Fiber.join(running), "done")
    })
  )

  it.effect("aborts where it is left with a failure, and the failure is still the caller's", () =>
    Effect.gen(function* () {
      const { peer, running } = yield* using(() => Effect.fail("no such patient"))
      yield* peer.expect("A-ABORT", { source: "service-user" })
      yield* peer.close
      assert.deepStrictEqual(yield* Fiber.await(running), Exit.fail("no such patient"))
    })
  )

  it.effect("aborts where it is left with a defect, and the defect is still the caller's", () =>
    Effect.gen(function* () {
      const defect = new Error("broken")
      const { peer, running } = yield* using(() => Effect.die(defect))
      yield* peer.expect("A-ABORT", { source: "service-user" })
      yield* peer.close
      const exit = yield* Fiber.await(running)
      assert.strictEqual(Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined, defect)
    })
  )

  it.effect("aborts where it is interrupted, and the interruption is still the caller's", () =>
    Effect.gen(function* () {
      const begun = Deferred.makeUnsafe<void>()
      const { peer, running } = yield* using(() => Effect.andThen(Deferred.succeed(begun, undefined), Effect.never))
      yield* Deferred.await(begun)
      const interrupting = yield* Effect.forkChild(Fiber.interrupt(running), { startImmediately: true })
      yield* peer.expect("A-ABORT", { source: "service-user" })
      yield* peer.close
      yield* Fiber.join(interrupting)
      const exit = yield* Fiber.await(running)
      assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
    })
  )

  it.effect("aborts a peer that does not answer in ten seconds, and the value is still the scope's", () =>
    Effect.gen(function* () {
      const { peer, running } = yield* using(() => Effect.succeed("done"))
      yield* peer.expect("A-RELEASE-RQ")
      yield* TestClock.adjust("10 seconds")
      yield* peer.expect("A-ABORT", { source: "service-user" })
      yield* TestClock.adjust("1 seconds")
      yield* peer.expectClosed()
      assert.strictEqual(yield* Fiber.join(running), "done")
    })
  )

  it.effect("is bounded where the peer does not even close the transport after an abort", () =>
    Effect.gen(function* () {
      const { peer, running } = yield* using(() => Effect.fail("no such patient"))
      yield* peer.expect("A-ABORT")
      yield* TestClock.adjust("1 seconds")
      assert.deepStrictEqual(yield* Fiber.await(running), Exit.fail("no such patient"))
      yield* peer.expectClosed()
    })
  )
})

describe("each policy", () => {
  it.effect("releaseWithin aborts after its time, and says so", () =>
    Effect.gen(function* () {
      const one = yield* established(memory, requestor)
      const closing = yield* Effect.forkChild(ClosingPolicy.releaseWithin("2 seconds")(one.association, Exit.void))
      yield* one.peer.expect("A-RELEASE-RQ")
      yield* TestClock.adjust("2 seconds")
      yield* one.peer.expect("A-ABORT", { source: "service-user" })
      assert.deepStrictEqual(
        yield* Fiber.join(closing),
        new AssociationError.TimedOut({ deadline: "release", milliseconds: 2_000 })
      )
      yield* one.peer.close
    })
  )

  it.effect("abort aborts at once, even on success", () =>
    Effect.gen(function* () {
      const { peer, running } = yield* using(() => Effect.succeed("done"), { closing: ClosingPolicy.abort })
      yield* peer.expect("A-ABORT", { source: "service-user" })
      yield* peer.close
      assert.strictEqual(yield* Fiber.join(running), "done")
    })
  )

  it.effect("finishing waits for what is outstanding before it closes", () =>
    Effect.gen(function* () {
      const closing = ClosingPolicy.finishing("30 seconds", ClosingPolicy.releaseWithin("5 seconds"))
      const one = yield* established(memory, requestor, { closing })
      const echoing = yield* Effect.forkChild(echo(one.association), { startImmediately: true })
      yield* one.peer.expect("P-DATA-TF")
      const left = yield* leaving(one)
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual(yield* one.association.state, "Sta6")
      yield* one.peer.send(ReadyMade.echoRSP(1))
      assert.strictEqual((yield* Fiber.join(echoing))._tag, "C-ECHO-RSP")
      yield* one.peer.expect("A-RELEASE-RQ")
      yield* one.peer.send(ReadyMade.releaseRP)
      yield* Fiber.join(left)
      assert.deepStrictEqual(yield* one.association.ended, { _tag: "Released", by: "local", collision: false })
    })
  )

  it.effect("finishing waits no longer than its time", () =>
    Effect.gen(function* () {
      const closing = ClosingPolicy.finishing("3 seconds", ClosingPolicy.abort)
      const one = yield* established(memory, requestor, { closing })
      const echoing = yield* Effect.forkChild(Effect.flip(echo(one.association)), { startImmediately: true })
      yield* one.peer.expect("P-DATA-TF")
      const left = yield* leaving(one)
      yield* TestClock.adjust("3 seconds")
      yield* one.peer.expect("A-ABORT", { source: "service-user" })
      yield* one.peer.close
      yield* Fiber.join(left)
      assert.deepStrictEqual<unknown>(yield* Fiber.join(echoing), new AssociationError.AbortedLocally({}))
    })
  )

  it.effect("finishing waits for a performer too", () =>
    Effect.gen(function* () {
      const answer = Deferred.makeUnsafe<void>()
      const closing = ClosingPolicy.finishing("30 seconds", ClosingPolicy.standard)
      const one = yield* established(memory, acceptor, { closing })
      yield* Effect.forkChild(
        one.association.dimse.perform(({ command }) =>
          Effect.as(Deferred.await(answer), Association.answer(command, { _tag: "Success", code: 0 }))
        ),
        { startImmediately: true }
      )
      yield* one.peer.send(ReadyMade.echoRQ(5))
      yield* TestClock.adjust("1 seconds")
      const left = yield* leaving(one)
      yield* Deferred.succeed(answer, undefined)
      yield* one.peer.expect("P-DATA-TF")
      yield* one.peer.expect("A-RELEASE-RQ")
      yield* one.peer.send(ReadyMade.releaseRP)
      yield* Fiber.join(left)
    })
  )

  it.effect("onExit chooses by how the scope was left", () =>
    Effect.gen(function* () {
      const closing = ClosingPolicy.onExit({
        success: ClosingPolicy.abort,
        failure: ClosingPolicy.releaseWithin("1 seconds")
      })
      const succeeding = yield* using(() => Effect.void, { closing })
      yield* succeeding.peer.expect("A-ABORT")
      yield* succeeding.peer.close
      const failing = yield* using(() => Effect.fail("late"), { closing })
      yield* failing.peer.expect("A-RELEASE-RQ")
      yield* failing.peer.send(ReadyMade.releaseRP)
      assert.deepStrictEqual(yield* Fiber.await(failing.running), Exit.fail("late"))
    })
  )

  it.effect("is the second argument of acquireRelease", () =>
    Effect.gen(function* () {
      const [socket, peer] = yield* ScriptedPeer.inMemory()
      const running = yield* Effect.acquireRelease(
        Association.request(requestOptions),
        ClosingPolicy.releaseWithin("5 seconds")
      ).pipe(
        Effect.asVoid,
        Effect.scoped,
        Effect.provideService(UpperLayer.Transport, socket),
        Effect.forkChild({ startImmediately: true })
      )
      yield* peer.expect("A-ASSOCIATE-RQ")
      yield* peer.send(ReadyMade.associateAC())
      yield* peer.expect("A-RELEASE-RQ")
      yield* TestClock.adjust("5 seconds")
      yield* peer.expect("A-ABORT")
      yield* peer.close
      yield* Fiber.join(running)
    })
  )
})

describe("closing an association that has ended", () => {
  const policies = {
    standard: ClosingPolicy.standard,
    abort: ClosingPolicy.abort,
    releaseWithin: ClosingPolicy.releaseWithin("5 seconds"),
    finishing: ClosingPolicy.finishing("5 seconds", ClosingPolicy.abort)
  }
  for (const [name, policy] of Object.entries(policies)) {
    it.effect(`${name} does nothing, sends nothing, and gives the outcome that there was`, () =>
      Effect.gen(function* () {
        for (const exit of [Exit.void, Exit.fail("late")]) {
          const one = yield* established(memory, requestor, { closing: policy })
          yield* one.peer.send(ReadyMade.abort())
          yield* one.association.ended
          assert.deepStrictEqual(yield* policy(one.association, exit), new AssociationError.AbortedByPeer({}))
          yield* one.leave(exit)
          yield* one.peer.expectClosed()
          assert.deepStrictEqual(one.record.sent(requestor), ["A-ASSOCIATE-RQ"])
        }
      })
    )

    it.effect(`${name} does nothing after a release by hand`, () =>
      Effect.gen(function* () {
        const one = yield* established(memory, requestor, { closing: policy })
        const release = yield* Effect.forkChild(one.association.release, { startImmediately: true })
        yield* one.peer.expect("A-RELEASE-RQ")
        yield* one.peer.send(ReadyMade.releaseRP)
        yield* Fiber.join(release)
        yield* one.leave()
        assert.deepStrictEqual(one.record.sent(requestor), ["A-ASSOCIATE-RQ", "A-RELEASE-RQ"])
      })
    )
  }
})

describe("a scope that is left while a release is under way", () => {
  it.effect("by the peer: the decision is waited for", () =>
    Effect.gen(function* () {
      const decision = Deferred.makeUnsafe<Release.Decision>()
      const one = yield* established(memory, requestor, { onRelease: { onIndication: () => Deferred.await(decision) } })
      yield* one.peer.send(ReadyMade.releaseRQ)
      yield* one.record.reached(requestor, "Sta8")
      const left = yield* leaving(one)
      yield* TestClock.adjust("9 seconds")
      yield* Deferred.succeed(decision, Release.respond)
      yield* one.peer.expect("A-RELEASE-RP")
      yield* one.peer.close
      yield* Fiber.join(left)
      assert.deepStrictEqual(yield* one.association.ended, { _tag: "Released", by: "peer", collision: false })
    })
  )

  it.effect("by the peer: a decision that does not come is an abort", () =>
    Effect.gen(function* () {
      const one = yield* established(memory, requestor, { onRelease: { onIndication: () => Effect.never } })
      yield* one.peer.send(ReadyMade.releaseRQ)
      yield* one.record.reached(requestor, "Sta8")
      const left = yield* leaving(one)
      yield* TestClock.adjust("10 seconds")
      yield* one.peer.expect("A-ABORT", { source: "service-user" })
      yield* one.peer.close
      yield* Fiber.join(left)
    })
  )

  it.effect("by this side, given up: its confirmation is waited for", () =>
    Effect.gen(function* () {
      const one = yield* established(memory, requestor)
      const release = yield* Effect.forkChild(one.association.release, { startImmediately: true })
      yield* one.peer.expect("A-RELEASE-RQ")
      yield* Fiber.interrupt(release)
      const left = yield* leaving(one)
      yield* one.peer.send(ReadyMade.releaseRP)
      yield* Fiber.join(left)
      assert.deepStrictEqual(yield* one.association.ended, { _tag: "Released", by: "local", collision: false })
    })
  )

  it.effect("with a failure: aborted at once", () =>
    Effect.gen(function* () {
      const one = yield* established(memory, requestor, { onRelease: { onIndication: () => Effect.never } })
      yield* one.peer.send(ReadyMade.releaseRQ)
      yield* one.record.reached(requestor, "Sta8")
      const left = yield* leaving(one, Exit.fail("late"))
      yield* one.peer.expect("A-ABORT", { source: "service-user" })
      yield* one.peer.close
      yield* Fiber.join(left)
    })
  )
})

describe("a policy of the user's own", () => {
  it.effect("that leaves the association open is made good for by an abort", () =>
    Effect.gen(function* () {
      const closing: ClosingPolicy.ClosingPolicy = () => Effect.succeed({ _tag: "Released" })
      const { peer, running } = yield* using(() => Effect.succeed("done"), { closing })
      yield* peer.expect("A-ABORT", { source: "service-user" })
      yield* peer.close
      assert.strictEqual(yield* Fiber.join(running), "done")
    })
  )

  it.effect("that dies is made good for by an abort, and its defect is not lost", () =>
    Effect.gen(function* () {
      const defect = new Error("a policy that dies")
      const { peer, running } = yield* using(() => Effect.fail("late"), { closing: () => Effect.die(defect) })
      yield* peer.expect("A-ABORT", { source: "service-user" })
      yield* peer.close
      yield* peer.expectClosed()
      const exit = yield* Fiber.await(running)
      const reasons = Exit.isFailure(exit) ? exit.cause.reasons.map((reason) => reason._tag) : []
      assert.include(reasons, "Die")
    })
  )

  it.effect("that throws is made good for by an abort, and what it threw is not lost", () =>
    Effect.gen(function* () {
      const defect = new Error("a policy that throws")
      const { peer, running } = yield* using(() => Effect.succeed("done"), {
        closing: () => {
          throw defect
        }
      })
      yield* peer.expect("A-ABORT", { source: "service-user" })
      yield* peer.close
      yield* peer.expectClosed()
      const exit = yield* Fiber.await(running)
      assert.strictEqual(Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined, defect)
    })
  )
})

describe("several associations closed together", () => {
  const three = Effect.gen(function* () {
    const released = yield* established(memory, requestor)
    const aborted = yield* established(memory, acceptor)
    const silent = yield* established(memory, requestor)
    const script = Effect.gen(function* () {
      yield* released.peer.expect("A-RELEASE-RQ")
      yield* released.peer.send(ReadyMade.releaseRP)
      yield* aborted.peer.expect("A-RELEASE-RQ")
      yield* aborted.peer.send(ReadyMade.abort("service-provider"))
      yield* silent.peer.expect("A-RELEASE-RQ")
      yield* TestClock.adjust("4 seconds")
      yield* silent.peer.expect("A-ABORT")
      yield* Effect.forEach([released, aborted, silent], ({ peer }) => peer.close)
    })
    const closings = [
      [released.association, ClosingPolicy.standard],
      [aborted.association, ClosingPolicy.releaseWithin("3 seconds")],
      [silent.association, ClosingPolicy.releaseWithin("4 seconds")]
    ] as const
    return { closings, script }
  })

  const expected: ReadonlyArray<Release.Outcome> = [
    { _tag: "Released" },
    new AssociationError.AbortedByProvider({ provider: "peer", reason: "reason-not-specified" }),
    new AssociationError.TimedOut({ deadline: "release", milliseconds: 4_000 })
  ]

  it.effect("each ends by its own policy, and gives its outcome", () =>
    Effect.gen(function* () {
      const { closings, script } = yield* three
      const [outcomes] = yield* Effect.all([ClosingPolicy.together(closings), script], { concurrency: 2 })
      assert.deepStrictEqual(outcomes, expected)
    })
  )

  it.effect("in a finalizer too, where nothing can be interrupted", () =>
    Effect.gen(function* () {
      const { closings, script } = yield* three
      const seen: Array<Release.Outcome> = []
      const program = Effect.scoped(
        Effect.addFinalizer((exit) =>
          Effect.map(ClosingPolicy.together(closings, exit), (outcomes) => {
            seen.push(...outcomes)
          })
        )
      )
      yield* Effect.all([program, script], { concurrency: 2 })
      assert.deepStrictEqual(seen, expected)
    })
  )

  it.effect("a policy that dies leaves none of the others open", () =>
    Effect.gen(function* () {
      const first = yield* established(memory, requestor)
      const second = yield* established(memory, requestor)
      const closing = yield* Effect.forkChild(
        Effect.exit(
          ClosingPolicy.together([
            [first.association, () => Effect.die(new Error("a policy that dies"))],
            [second.association, ClosingPolicy.standard]
          ])
        ),
        { startImmediately: true }
      )
      yield* second.peer.expect("A-RELEASE-RQ")
      yield* second.peer.send(ReadyMade.releaseRP)
      const exit = yield* Fiber.join(closing)
      assert.strictEqual(exit._tag, "Failure")
      assert.deepStrictEqual(yield* second.association.ended, { _tag: "Released", by: "local", collision: false })
      yield* first.peer.expect("A-ABORT")
      yield* first.peer.close
    })
  )
})
