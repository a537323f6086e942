import { assert, describe, it } from "@effect/vitest"
import * as Association from "@effect-dicom/association/Association"
import * as AssociationError from "@effect-dicom/association/AssociationError"
import * as AssociationPool from "@effect-dicom/association/AssociationPool"
import * as AssociationServer from "@effect-dicom/association/AssociationServer"
import * as Retry from "@effect-dicom/association/Retry"
import { Fault, InMemory } from "@effect-dicom/association/testing"
import * as UpperLayer from "@effect-dicom/association/UpperLayer"
import * as UserIdentity from "@effect-dicom/association/UserIdentity"
import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import type * as Socket from "effect/socket/Socket"
import * as TestClock from "effect/testing/TestClock"
import { Record, acceptor, requestor, storage, verification } from "./ends.ts"

const contexts = [verification]

const echo = (association: Association.Association) =>
  association.dimse.invoke(1, (messageId) => C_ECHO.request({ messageId }))

/** A server in memory, a peer that it is, and what its side of the associations did. */
const served = Effect.fnUntraced(function* (
  name: string,
  options: Partial<AssociationServer.Options<never>> & {
    readonly wire?: (socket: Socket.Socket, connection: number) => Socket.Socket
  } = {}
) {
  const network = yield* InMemory.server({ lends: true })
  const record = new Record()
  const server = yield* AssociationServer.make({
    supported: [verification, storage],
    handler: (association) =>
      Association.serve(association, ({ command }) =>
        Effect.succeed(Association.answer(command, { _tag: "Success", code: 0 }))
      ),
    ...options
  }).pipe(
    Effect.provideService(UpperLayer.Listener, network),
    Effect.provideService(UpperLayer.Observer, record.observe)
  )
  let connections = 0
  const peer: AssociationPool.Peer = {
    callingAETitle: "POOL",
    calledAETitle: name,
    transport: Effect.map(network.connect, (socket) => {
      connections++
      return options.wire?.(socket, connections) ?? socket
    })
  }
  return {
    peer,
    connections: () => connections,
    associations: server.associations,
    /** The PDUs by which associations begin and end, as this side received them. */
    came: () =>
      record.steps.flatMap(({ event, role }) =>
        role === acceptor && ["A-ASSOCIATE-RQ", "A-RELEASE-RQ", "A-ABORT"].includes(event._tag) ? [event._tag] : []
      )
  }
})

/** A pool in a scope of its own. */
const pooled = Effect.fnUntraced(function* (options: AssociationPool.Options = {}) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const pool = yield* Scope.provide(AssociationPool.make(options), scope)
  return { ...pool, leave: (exit: Exit.Exit<unknown, unknown> = Exit.void) => Scope.close(scope, exit) }
})

/** Lets all fibers go as far as they get without the clock. */
const settled = Effect.forEach(Array.from({ length: 100 }), () => Effect.yieldNow, { discard: true })

/** Lets time pass, second by second. */
const pass = (seconds: number) =>
  Effect.forEach(Array.from({ length: seconds }), () => Effect.andThen(settled, TestClock.adjust("1 second")), {
    discard: true
  }).pipe(Effect.andThen(settled))

const fork = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkChild(effect, { startImmediately: true })

describe("a pool of associations", () => {
  it.effect("uses one association for one after another, and releases it when its scope is left", () =>
    Effect.gen(function* () {
      const { came, peer } = yield* served("ARCHIVE")
      const pool = yield* pooled()
      const first = yield* pool.use(peer, contexts, (association) => Effect.as(echo(association), association))
      const second = yield* pool.use(peer, contexts, (association) => Effect.as(echo(association), association))
      assert.strictEqual(first, second)
      assert.deepStrictEqual(yield* pool.stats, { associations: 1, idle: 1, waiting: 0 })
      yield* pool.leave(Exit.fail("the pool's user failed"))
      assert.deepStrictEqual(came(), ["A-ASSOCIATE-RQ", "A-RELEASE-RQ"])
      assert.deepStrictEqual(yield* pool.stats, { associations: 0, idle: 0, waiting: 0 })
      assert.strictEqual(
        Exit.hasInterrupts(yield* Effect.exit(pool.use(peer, contexts, echo))),
        true,
        "nothing is given when it was left"
      )
    })
  )

  it.effect("gives for a scope what it gives for an effect", () =>
    Effect.gen(function* () {
      const { came, peer } = yield* served("ARCHIVE")
      const pool = yield* pooled()
      yield* Effect.scoped(Effect.flatMap(pool.get(peer, contexts), echo))
      yield* Effect.scoped(Effect.flatMap(pool.get(peer, contexts), echo))
      assert.deepStrictEqual(came(), ["A-ASSOCIATE-RQ"])
    })
  )

  it.effect("has no more associations with a peer than may be, and serves who waits in order", () =>
    Effect.gen(function* () {
      const { associations, peer } = yield* served("ARCHIVE")
      const pool = yield* pooled({ maximumAssociationsPerPeer: 2 })
      const order: Array<number> = []
      const most: Array<number> = []
      yield* Effect.forEach(
        [1, 2, 3, 4, 5, 6, 7],
        (i) =>
          pool.use(peer, contexts, (association) =>
            Effect.gen(function* () {
              order.push(i)
              yield* echo(association)
              most.push(yield* associations)
              yield* Effect.sleep("1 second")
            })
          ),
        { concurrency: "unbounded" }
      ).pipe(fork, Effect.andThen(pass(4)))
      assert.deepStrictEqual(order, [1, 2, 3, 4, 5, 6, 7])
      assert.strictEqual(Math.max(...most), 2)
    })
  )

  it.effect("does not let one peer hold up another", () =>
    Effect.gen(function* () {
      const silent = yield* served("SILENT", { wire: (socket) => Fault.outgoing(socket, Fault.swallow(0)) }).pipe(
        // It waits for longer than the requestor does.
        UpperLayer.withSettings({ artim: "1 minute", negotiation: "1 minute" })
      )
      const { peer } = yield* served("ARCHIVE")
      const pool = yield* pooled({ maximumAssociationsPerPeer: 1 })
      const first = yield* fork(Effect.flip(pool.use(silent.peer, contexts, echo)))
      const second = yield* fork(pool.use(silent.peer, contexts, echo))
      yield* settled
      yield* pool.use(peer, contexts, echo)
      assert.deepStrictEqual(yield* pool.stats, { associations: 2, idle: 1, waiting: 1 })
      yield* pass(31)
      assert.deepStrictEqual(
        yield* Fiber.join(first),
        new AssociationError.TimedOut({ deadline: "negotiation", milliseconds: 30000 })
      )
      yield* fork(Fiber.interrupt(second))
      yield* pass(2)
    })
  )

  it.effect("releases what nobody has used for a time, and only that", () =>
    Effect.gen(function* () {
      const { came, peer } = yield* served("ARCHIVE")
      const pool = yield* pooled({ idle: "20 seconds", trusted: "1 minute" })
      yield* pool.use(peer, contexts, echo)
      yield* pass(15)
      yield* pool.use(peer, contexts, echo)
      yield* pass(19)
      assert.deepStrictEqual(came(), ["A-ASSOCIATE-RQ"])
      yield* pass(1)
      assert.deepStrictEqual(came(), ["A-ASSOCIATE-RQ", "A-RELEASE-RQ"])
      assert.deepStrictEqual(yield* pool.stats, { associations: 0, idle: 0, waiting: 0 })
      yield* pool.use(peer, contexts, echo)
      assert.deepStrictEqual(came(), ["A-ASSOCIATE-RQ", "A-RELEASE-RQ", "A-ASSOCIATE-RQ"])
    })
  )

  it.effect("asks one that was idle for long by C-ECHO, and replaces it where the answer does not come", () =>
    Effect.gen(function* () {
      // The first connection goes silent some bytes after it was established: the request is 232 bytes long.
      const { came, connections, peer } = yield* served("ARCHIVE", {
        wire: (socket, connection) => (connection === 1 ? Fault.outgoing(socket, Fault.swallow(310)) : socket)
      })
      const pool = yield* pooled({ idle: "30 seconds", trusted: "10 seconds", echo: "5 seconds" })
      yield* pool.use(peer, contexts, echo)
      yield* pass(11)
      const using = yield* fork(pool.use(peer, contexts, echo))
      yield* pass(4)
      assert.strictEqual(connections(), 1)
      yield* pass(2)
      assert.strictEqual((yield* Fiber.join(using)) !== undefined, true)
      assert.strictEqual(connections(), 2)
      assert.deepStrictEqual(yield* pool.stats, { associations: 1, idle: 1, waiting: 0 })
      assert.deepStrictEqual(came(), ["A-ASSOCIATE-RQ", "A-ASSOCIATE-RQ"])
    })
  )

  it.effect("drops one that ended while it was idle", () =>
    Effect.gen(function* () {
      const leave = Deferred.makeUnsafe<void>()
      const { peer } = yield* served("ARCHIVE", {
        handler: (association) => Effect.andThen(Deferred.await(leave), association.abort)
      })
      const pool = yield* pooled()
      yield* pool.use(peer, contexts, () => Effect.void)
      yield* Deferred.succeed(leave, undefined)
      yield* settled
      assert.deepStrictEqual(yield* pool.stats, { associations: 0, idle: 0, waiting: 0 })
    })
  )

  it.effect("keeps one that was left with an error and is in step, and drops one that was broken", () =>
    Effect.gen(function* () {
      const { came, peer } = yield* served("ARCHIVE")
      const pool = yield* pooled()
      assert.strictEqual(yield* Effect.flip(pool.use(peer, contexts, () => Effect.fail("a status"))), "a status")
      assert.deepStrictEqual(yield* pool.stats, { associations: 1, idle: 1, waiting: 0 })
      yield* pool.use(peer, contexts, (association) => association.abort)
      yield* pass(2)
      assert.deepStrictEqual(yield* pool.stats, { associations: 0, idle: 0, waiting: 0 })
      assert.deepStrictEqual(came(), ["A-ASSOCIATE-RQ", "A-ABORT"])
    })
  )

  it.effect("aborts one whose user was interrupted or died at work, and gives its place to the next", () =>
    Effect.gen(function* () {
      const { came, peer } = yield* served("ARCHIVE")
      const pool = yield* pooled({ maximumAssociationsPerPeer: 1 })
      const first = yield* fork(
        pool.use(peer, contexts, (association) => Effect.andThen(echo(association), Effect.never))
      )
      yield* settled
      const second = yield* fork(
        Effect.exit(
          pool.use(peer, contexts, (association) => Effect.andThen(echo(association), Effect.die("a defect")))
        )
      )
      const third = yield* fork(pool.use(peer, contexts, echo))
      yield* Fiber.interrupt(first)
      yield* pass(2)
      assert.deepStrictEqual(yield* Fiber.join(second), Exit.die("a defect"))
      yield* Fiber.join(third)
      assert.deepStrictEqual(came(), ["A-ASSOCIATE-RQ", "A-ABORT", "A-ASSOCIATE-RQ", "A-ABORT", "A-ASSOCIATE-RQ"])
    })
  )

  it.effect("loses no place to who is interrupted while it waits or while it is establishing", () =>
    Effect.gen(function* () {
      const { peer } = yield* served("ARCHIVE", {
        wire: (socket, connection) => (connection === 1 ? Fault.outgoing(socket, Fault.swallow(0)) : socket)
      })
      const pool = yield* pooled({ maximumAssociationsPerPeer: 1 })
      const establishing = yield* fork(pool.use(peer, contexts, echo))
      const waiting = yield* fork(pool.use(peer, contexts, echo))
      const last = yield* fork(pool.use(peer, contexts, echo))
      yield* settled
      yield* Fiber.interrupt(waiting)
      assert.deepStrictEqual(yield* pool.stats, { associations: 1, idle: 0, waiting: 1 })
      yield* fork(Fiber.interrupt(establishing))
      yield* pass(2)
      yield* Fiber.join(last)
      assert.deepStrictEqual(yield* pool.stats, { associations: 1, idle: 1, waiting: 0 })
    })
  )

  it.effect("gives one whose user was interrupted before anything was sent to the next", () =>
    Effect.gen(function* () {
      const { came, peer } = yield* served("ARCHIVE")
      const pool = yield* pooled({ maximumAssociationsPerPeer: 1 })
      const first = yield* fork(pool.use(peer, contexts, () => Effect.never))
      yield* settled
      const second = yield* fork(pool.use(peer, contexts, echo))
      yield* Fiber.interrupt(first)
      yield* Fiber.join(second)
      assert.deepStrictEqual(yield* pool.stats, { associations: 1, idle: 1, waiting: 0 })
      assert.deepStrictEqual(came(), ["A-ASSOCIATE-RQ"])
    })
  )

  it.effect("waits for one of those it has where the peer rejects one more for the time being", () =>
    Effect.gen(function* () {
      const { associations, connections, peer } = yield* served("ARCHIVE", { maximumAssociations: 2 })
      const pool = yield* pooled({ maximumAssociationsPerPeer: 8 })
      const most: Array<number> = []
      const all = yield* fork(
        Effect.forEach(
          Array.from({ length: 20 }, (_, i) => i),
          (i) =>
            pool.use(peer, contexts, (association) =>
              Effect.gen(function* () {
                yield* echo(association)
                most.push(yield* associations)
                yield* Effect.sleep("1 second")
                return i
              })
            ),
          { concurrency: "unbounded" }
        )
      )
      yield* pass(15)
      assert.deepStrictEqual(
        yield* Fiber.join(all),
        Array.from({ length: 20 }, (_, i) => i)
      )
      assert.strictEqual(Math.max(...most), 2)
      assert.strictEqual(connections(), 8)
    })
  )

  it.effect("fails with the rejection where there is nothing to wait for", () =>
    Effect.gen(function* () {
      const { peer } = yield* served("ARCHIVE", { maximumAssociations: 0 })
      const pool = yield* pooled()
      const errors = yield* Effect.forEach([1, 2, 3], () => Effect.flip(pool.use(peer, contexts, echo)), {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(
        errors.map((error) => error._tag),
        ["Rejected", "Rejected", "Rejected"]
      )
      assert.deepStrictEqual(yield* pool.stats, { associations: 0, idle: 0, waiting: 0 })
    })
  )

  it.effect("releases an idle one to make room for other contexts, or for another peer", () =>
    Effect.gen(function* () {
      const one = yield* served("ONE")
      const other = yield* served("OTHER")
      const pool = yield* pooled({ maximumAssociationsPerPeer: 1, maximumAssociations: 1 })
      yield* pool.use(one.peer, contexts, echo)
      yield* pool.use(one.peer, [storage], () => Effect.void)
      assert.deepStrictEqual(one.came(), ["A-ASSOCIATE-RQ", "A-RELEASE-RQ", "A-ASSOCIATE-RQ"])
      yield* pool.use(other.peer, contexts, echo)
      assert.deepStrictEqual(one.came(), ["A-ASSOCIATE-RQ", "A-RELEASE-RQ", "A-ASSOCIATE-RQ", "A-RELEASE-RQ"])
      assert.deepStrictEqual(other.came(), ["A-ASSOCIATE-RQ"])
    })
  )

  it.effect("uses none of another host under the same AE title, nor one that was requested in another name", () =>
    Effect.gen(function* () {
      const here = yield* served("ANY-SCP")
      const there = yield* served("ANY-SCP")
      const pool = yield* pooled({ maximumAssociationsPerPeer: 5 })
      const user = (name: string): AssociationPool.Peer => ({
        ...here.peer,
        userIdentity: UserIdentity.usernameAndPasscode("user", Redacted.make(name))
      })
      const use = (peer: AssociationPool.Peer) =>
        pool.use(peer, contexts, (association) => Effect.as(echo(association), association))
      const first = yield* use(here.peer)
      assert.notStrictEqual(yield* use(there.peer), first)
      assert.deepStrictEqual([here.connections(), there.connections()], [1, 1])
      const caller = yield* use({ ...here.peer, callingAETitle: "OTHER" })
      assert.strictEqual(caller.callingAETitle, "OTHER")
      const ada = yield* use(user("ada"))
      assert.notStrictEqual(yield* use(user("grace")), ada)
      assert.strictEqual(here.connections(), 4)
      assert.strictEqual(yield* use({ ...here.peer }), first, "the same in another object")
    })
  )

  it.effect("uses those of a named peer over whichever transport it is reached by", () =>
    Effect.gen(function* () {
      const { connections, peer } = yield* served("ARCHIVE")
      const pool = yield* pooled()
      const named = (): AssociationPool.Peer => ({
        ...peer,
        name: "archive",
        transport: Effect.suspend(() => peer.transport),
        userIdentity: UserIdentity.usernameAndPasscode("user", Redacted.make("ada"))
      })
      yield* pool.use(named(), contexts, echo)
      yield* pool.use(named(), contexts, echo)
      assert.strictEqual(connections(), 1)
    })
  )

  it.effect("uses one with more contexts than are needed", () =>
    Effect.gen(function* () {
      const { came, peer } = yield* served("ARCHIVE")
      const pool = yield* pooled()
      yield* pool.use(peer, [verification, storage], echo)
      yield* pool.use(peer, [storage], () => Effect.void)
      assert.deepStrictEqual(came(), ["A-ASSOCIATE-RQ"])
    })
  )

  it.effect("waits for what is in use when its scope is left, releases it then, and interrupts who waits", () =>
    Effect.gen(function* () {
      const { came, peer } = yield* served("ARCHIVE")
      const pool = yield* pooled({ maximumAssociationsPerPeer: 1 })
      const using = yield* fork(pool.use(peer, contexts, () => Effect.sleep("5 seconds")))
      yield* settled
      const waiting = yield* fork(pool.use(peer, contexts, echo))
      const leaving = yield* fork(pool.leave())
      yield* pass(4)
      const exit = yield* Fiber.await(waiting)
      assert.strictEqual(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause), true)
      assert.strictEqual(leaving.pollUnsafe(), undefined)
      yield* pass(1)
      yield* Fiber.join(leaving)
      yield* Fiber.join(using)
      assert.deepStrictEqual(came(), ["A-ASSOCIATE-RQ", "A-RELEASE-RQ"])
    })
  )

  it.effect("releases all at the same time, and one that does not answer holds up no other", () =>
    Effect.gen(function* () {
      const silent = yield* served("SILENT", { wire: (socket) => Fault.outgoing(socket, Fault.swallow(300)) })
      const { came, peer } = yield* served("ARCHIVE")
      const pool = yield* pooled()
      yield* pool.use(silent.peer, contexts, () => Effect.void)
      yield* Effect.forEach([1, 2, 3], () => pool.use(peer, contexts, echo), { concurrency: "unbounded" })
      const leaving = yield* fork(pool.leave())
      yield* settled
      assert.deepStrictEqual(came().filter((pdu) => pdu === "A-RELEASE-RQ").length, 3)
      yield* pass(12)
      yield* Fiber.join(leaving)
    })
  )

  it.effect("fails who has waited for a place for as long as may be, and only that one", () =>
    Effect.gen(function* () {
      const { came, peer } = yield* served("ARCHIVE")
      const pool = yield* pooled({ maximumAssociationsPerPeer: 1, acquire: "20 seconds" })
      const using = yield* fork(
        pool.use(peer, contexts, (one) => Effect.andThen(Effect.sleep("25 seconds"), echo(one)))
      )
      yield* settled
      const early = yield* fork(Effect.flip(pool.use(peer, contexts, echo)))
      yield* pass(10)
      const late = yield* fork(pool.use(peer, contexts, echo))
      yield* pass(9)
      assert.strictEqual(early.pollUnsafe(), undefined)
      yield* pass(1)
      const error = yield* Fiber.join(early)
      assert.deepStrictEqual(error, new AssociationError.NoPlace({ peer: "ARCHIVE", milliseconds: 20_000 }))
      assert.strictEqual(error.message, "No association with ARCHIVE was given back to the pool within 20000 ms")
      assert.isTrue(Retry.isTransient(error))
      assert.deepStrictEqual(yield* pool.stats, { associations: 1, idle: 0, waiting: 1 })
      yield* pass(5)
      yield* Fiber.join(using)
      yield* Fiber.join(late)
      assert.deepStrictEqual(yield* pool.stats, { associations: 1, idle: 1, waiting: 0 })
      assert.deepStrictEqual(came(), ["A-ASSOCIATE-RQ"])
    })
  )

  it.effect("counts the whole of the waiting where the peer rejects one more for the time being", () =>
    Effect.gen(function* () {
      const { connections, peer } = yield* served("ARCHIVE", { maximumAssociations: 1 })
      const pool = yield* pooled({ maximumAssociationsPerPeer: 2, acquire: "20 seconds" })
      yield* fork(Effect.ignore(pool.use(peer, contexts, () => Effect.sleep("35 seconds"))))
      yield* settled
      const second = yield* fork(Effect.flip(pool.use(peer, contexts, echo)))
      yield* pass(10)
      assert.deepStrictEqual(yield* pool.stats, { associations: 1, idle: 0, waiting: 1 })
      yield* pass(10)
      assert.strictEqual((yield* Fiber.join(second))._tag, "NoPlace")
      assert.strictEqual(connections(), 2)
      yield* pass(20)
      yield* pool.use(peer, contexts, echo)
    })
  )

  it.effect("loses no place to who gives up waiting in the moment in which one is given back", () =>
    Effect.gen(function* () {
      const { peer } = yield* served("ARCHIVE")
      for (const seconds of [19, 20, 21]) {
        const pool = yield* pooled({ maximumAssociationsPerPeer: 1, acquire: "20 seconds", trusted: "1 minute" })
        yield* fork(pool.use(peer, contexts, () => Effect.sleep(`${seconds} seconds`)))
        yield* settled
        const waiting = yield* fork(Effect.result(pool.use(peer, contexts, echo)))
        yield* pass(22)
        yield* Fiber.join(waiting)
        assert.deepStrictEqual(yield* pool.stats, { associations: 1, idle: 1, waiting: 0 })
        yield* pool.use(peer, contexts, echo)
        yield* pool.leave()
      }
    })
  )

  it.effect("passes on the requestor's own settings", () =>
    Effect.gen(function* () {
      const { peer } = yield* served("ARCHIVE")
      const pool = yield* pooled()
      const association = yield* pool.use({ ...peer, callingAETitle: "OTHER" }, contexts, Effect.succeed)
      assert.deepStrictEqual([association.role, association.callingAETitle], [requestor, "OTHER"])
    })
  )
})
