/**
 * Retrievals whose handler says how many instances there are: these are stored as they come, and not collected.
 */
import { Association, UpperLayer } from "@effect-dicom/association"
import { Fault } from "@effect-dicom/association/testing"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import type { AETitle } from "@effect-dicom/protocol/AETitle"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { QueryRetrieve, ServiceClass, ServiceClassProvider, Storage, SubOperations } from "../src/index.ts"
import type { OperationHandler } from "../src/index.ts"
import { inTime, settled } from "./archives.ts"
import { type Joined, pattern, request, serve, study } from "./joined.ts"

const { studyRoot } = QueryRetrieve
const explicit = TransferSyntax.ExplicitVRLittleEndian
const identifier = study
// the cast: a title of the standard's characters, at most 16
const destination = "WORKSTATION" as AETitle

const instance = (i: number, sopClassUid = SopClass.CTImageStorage): Storage.Instance => ({
  sopClassUid,
  sopInstanceUid: Uid.makeUnsafe(`2.25.${i}`),
  transferSyntaxUid: explicit.uid,
  dataSet: Stream.make(pattern(1000, i))
})

/** Instances that are made one at a time, each when it is asked for. */
const oneByOne = (count: number, made: (i: number) => void = () => {}): Stream.Stream<Storage.Instance> =>
  Stream.rechunk(Stream.range(1, count), 1).pipe(
    Stream.mapEffect((i) =>
      Effect.sync(() => {
        made(i)
        return instance(i)
      })
    )
  )

const proposed = ServiceClass.propose([
  studyRoot.proposal(),
  Storage.serviceClass.proposal({
    sopClasses: [SopClass.CTImageStorage],
    transferSyntaxes: [explicit.uid],
    role: "SCP"
  })
])

type Retrieval = OperationHandler.Retrieval<SubOperations.GetStatus & { readonly class: "Failure" }>

const getting = Effect.fnUntraced(function* (retrieval: Retrieval) {
  const joined = yield* serve([studyRoot.handlers({ get: () => Effect.succeed(retrieval) })])
  const { presentationContexts, userInformation } = proposed
  const association = yield* request(joined, presentationContexts, { userInformation })
  return { association, client: studyRoot.client(association) }
})

const moving = Effect.fnUntraced(function* (
  instances: Stream.Stream<Storage.Instance>,
  count: number,
  transport: Layer.Layer<UpperLayer.Transport, unknown>
) {
  const joined = yield* serve([studyRoot.handlers({ move: () => Effect.succeed({ transport, instances, count }) })])
  return studyRoot.client(yield* request(joined, studyRoot.presentationContexts()))
})

const storing = (stored: (uid: string) => Effect.Effect<unknown> = () => Effect.void) =>
  Storage.provider(({ dataSet, sopInstanceUid }) =>
    Effect.as(Effect.andThen(Stream.runDrain(dataSet), stored(sopInstanceUid)), Status.success)
  )

const workstation = ({ connect }: Pick<Joined, "connect">) => Layer.effect(UpperLayer.Transport, connect)

/** The counts that a user is told, of remaining and completed. */
const counts = (
  told: ReadonlyArray<{ readonly subOperations?: { readonly remaining?: number; readonly completed: number } }>
) => told.map(({ subOperations }) => [subOperations?.remaining, subOperations?.completed])

describe("a retrieval with a count", () => {
  it.effect("stores the first instance before the second is asked for, and asks for no more than it stores", () =>
    Effect.gen(function* () {
      const happened: Array<string> = []
      const begun = yield* Deferred.make<void>()
      const go = yield* Deferred.make<void>()
      const { client } = yield* getting({ count: 4, instances: oneByOne(4, (i) => void happened.push(`${i} made`)) })
      const storage = Storage.provider(({ dataSet, sopInstanceUid }) =>
        Effect.gen(function* () {
          happened.push(`${sopInstanceUid.slice(5)} arrives`)
          yield* Deferred.succeed(begun, undefined)
          yield* Stream.runDrain(dataSet)
          yield* Deferred.await(go)
          return Status.success
        })
      )
      const retrieval = yield* Effect.forkChild(Stream.runCollect(client.get(identifier, { storage })), {
        startImmediately: true
      })
      yield* Deferred.await(begun)
      yield* settled
      // The second is read while the first is on its way, and waits: the third is left where it is.
      assert.deepStrictEqual([...happened].toSorted(), ["1 arrives", "1 made", "2 made"])
      yield* Deferred.succeed(go, undefined)
      assert.deepStrictEqual(counts(yield* Fiber.join(retrieval)), [
        [3, 1],
        [2, 2],
        [1, 3],
        [0, 4],
        [undefined, 4]
      ])
    })
  )

  it.effect("tells what has come where that is more than was said", () =>
    Effect.gen(function* () {
      const { client } = yield* getting({ count: 1, instances: oneByOne(3) })
      const told = counts(yield* Stream.runCollect(client.get(identifier, { storage: storing(() => settled) })))
      // The second has been asked for when the first is stored.
      assert.deepStrictEqual(told, [
        [1, 1],
        [1, 2],
        [0, 3],
        [undefined, 3]
      ])
    })
  )

  it.effect("is a success where fewer come than were said, and tells what is true from then on", () =>
    Effect.gen(function* () {
      const { client } = yield* getting({ count: 5, instances: oneByOne(2) })
      const told = yield* Stream.runCollect(client.get(identifier, { storage: storing(() => settled) }))
      assert.deepStrictEqual(counts(told), [
        [4, 1],
        [0, 2],
        [undefined, 2]
      ])
      assert.strictEqual(told.at(-1)?.status._tag, "Success")
    })
  )

  it.effect("of none at all is a success", () =>
    Effect.gen(function* () {
      const { client } = yield* getting({ count: 0, instances: Stream.empty })
      const told = yield* Stream.runCollect(client.get(identifier, { storage: storing() }))
      assert.deepStrictEqual(
        told.map(({ status, subOperations }) => [status._tag, subOperations]),
        [["Success", { completed: 0, failed: 0, warning: 0 }]]
      )
    })
  )

  it.effect("ends with the status that the instances fail with, and with the counts of what was stored", () =>
    Effect.gen(function* () {
      const stored: Array<string> = []
      const { association, client } = yield* getting({
        count: 9,
        instances: Stream.concat(oneByOne(2), Stream.fail(SubOperations.GetStatus.of.UnableToProcess(0xc123)))
      })
      const storage = storing((uid) => Effect.sync(() => void stored.push(uid)))
      const error = yield* Effect.flip(Stream.runDrain(client.get(identifier, { storage })))
      assert(error._tag === "Refused")
      assert.strictEqual(error.status.code, 0xc123)
      assert.deepStrictEqual(error.details.subOperations, { completed: 2, failed: 0, warning: 0 })
      assert.deepStrictEqual(stored, ["2.25.1", "2.25.2"])
      assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
    })
  )

  it.effect("is answered with processing failure where the instances or the count are a defect", () =>
    Effect.gen(function* () {
      const defects: ReadonlyArray<Retrieval> = [
        { count: 9, instances: Stream.concat(oneByOne(2), Stream.die(new Error("no disk"))) },
        { count: -1, instances: oneByOne(2) },
        { count: Number.NaN, instances: oneByOne(2) }
      ]
      for (const retrieval of defects) {
        const { association, client } = yield* getting(retrieval)
        const error = yield* Effect.flip(Stream.runDrain(client.get(identifier, { storage: storing() })))
        assert(error._tag === "Refused")
        assert.strictEqual(error.status.code, 0x0110)
        assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
      }
    })
  )

  it.effect("closes its instances where the user cancels while the next one is awaited", () =>
    Effect.gen(function* () {
      let closed = 0
      const { association, client } = yield* getting({
        count: 7,
        instances: Stream.concat(oneByOne(1), Stream.never).pipe(Stream.ensuring(Effect.sync(() => closed++)))
      })
      const retrieval = yield* Effect.forkChild(
        Effect.flip(Stream.runDrain(client.get(identifier, { storage: storing() }))),
        { startImmediately: true }
      )
      yield* settled
      yield* association.dimse.cancel(1)
      const error = yield* Fiber.join(retrieval)
      assert(error._tag === "Refused")
      assert.strictEqual(error.status._tag, "SubOperationsTerminated")
      assert.deepStrictEqual(error.details.subOperations, { remaining: 6, completed: 1, failed: 0, warning: 0 })
      assert.strictEqual(closed, 1)
      assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
    })
  )

  it.effect(
    "of more instances than a response can count holds a few of them at a time",
    () =>
      Effect.gen(function* () {
        const total = 70_000
        setFlagsFromString("--expose-gc")
        // the cast: what the flag makes
        const collect = runInNewContext("gc") as () => void
        const heap = () => {
          collect()
          return process.memoryUsage().heapUsed
        }
        const heaps: Array<number> = []
        let [made, stored, most] = [0, 0, 0]
        const { client } = yield* getting({
          count: total,
          instances: oneByOne(total, () => {
            most = Math.max(most, ++made - stored)
            if (made % 20_000 === 10_000) heaps.push(heap())
          })
        })
        const last = yield* Stream.runLast(
          client.get(identifier, { storage: storing(() => Effect.sync(() => stored++)) })
        )
        assert.deepStrictEqual(last._tag === "Some" && last.value.subOperations, {
          completed: 65_535,
          failed: 0,
          warning: 0
        })
        assert.deepStrictEqual([made, stored], [total, total])
        assert.isAtMost(most, 3)
        const [first = 0] = heaps
        assert.isBelow(Math.max(...heaps) - first, 4e6)
      }).pipe(Effect.provide(SubOperations.layerSettings({ atMostEvery: "1 second" }))),
    120_000
  )
})

describe("a C-MOVE with a count", () => {
  it.effect("requests another association for what was not proposed, with what was", () =>
    Effect.gen(function* () {
      const [ct, mr] = [SopClass.CTImageStorage, SopClass.MRImageStorage]
      const stored: Array<string> = []
      const proposed: Array<ReadonlyArray<string>> = []
      const provider = storing((uid) => Effect.sync(() => void stored.push(uid)))
      const joined = yield* serve([provider], {
        decide: ({ primitive }) =>
          Effect.sync(() => {
            proposed.push([...new Set(primitive.presentationContexts.map(({ abstractSyntax }) => abstractSyntax))])
            return Association.accepting(provider.supported)
          })
      })
      const instances = Stream.rechunk(
        Stream.make(instance(1, ct), instance(2, ct), instance(3, mr), instance(4, ct), instance(5, mr)),
        1
      )
      const client = yield* moving(instances, 5, workstation(joined))
      const told = yield* Stream.runCollect(client.move(identifier, { destination }))
      assert.deepStrictEqual(told.at(-1)?.subOperations, { completed: 5, failed: 0, warning: 0 })
      assert.deepStrictEqual(
        stored,
        [1, 2, 3, 4, 5].map((i) => `2.25.${i}`)
      )
      assert.deepStrictEqual(proposed, [[ct], [mr, ct]])
      yield* settled
      assert.strictEqual(yield* joined.server.associations, 0)
    })
  )

  it.effect("requests another association for what comes so late that the one before was idle for too long", () =>
    Effect.gen(function* () {
      const stored: Array<readonly [uid: string, associations: number]> = []
      let associations = 0
      const joined = yield* serve([storing((uid) => Effect.sync(() => void stored.push([uid, associations])))])
      const connect = Effect.tap(joined.connect, () => Effect.sync(() => associations++))
      const late = Stream.concat(oneByOne(2), Stream.fromEffectDrain(Effect.sleep("5 minutes")))
      const instances = Stream.concat(late, Stream.make(instance(3)))
      const client = yield* moving(instances, 3, workstation({ connect }))
      const last = yield* Stream.runLast(client.move(identifier, { destination }))
      assert.deepStrictEqual(last._tag === "Some" && last.value.subOperations, { completed: 3, failed: 0, warning: 0 })
      assert.deepStrictEqual(stored, [
        ["2.25.1", 1],
        ["2.25.2", 1],
        ["2.25.3", 2]
      ])
    }).pipe((program) => inTime(program, 5))
  )

  it.effect("requests no more associations than there are instances, wherever each of them breaks off", () =>
    Effect.gen(function* () {
      for (let bytes = 0; bytes <= 600; bytes += 10) {
        let associations = 0
        const joined = yield* serve([storing()])
        const connect = Effect.map(joined.connect, (socket) => {
          associations++
          return Fault.incoming(socket, Fault.cut(bytes, "FIN"))
        })
        const client = yield* moving(oneByOne(3), 3, workstation({ connect }))
        const last = yield* Stream.runLast(client.move(identifier, { destination })).pipe(
          Effect.map((last) => (last._tag === "Some" ? last.value.subOperations : undefined)),
          Effect.catchTag("Refused", ({ details }) => Effect.succeed(details.subOperations))
        )
        assert(last !== undefined)
        assert.strictEqual(last.completed + last.failed, 3, `${bytes} bytes`)
        assert.isAtMost(associations, 3, `${bytes} bytes`)
      }
    }).pipe((program) => inTime(program, 5))
  )

  it.effect("to a destination that cannot be reached fails each instance by its UID, without opening any", () =>
    Effect.gen(function* () {
      let opened = 0
      const instances = Stream.map(oneByOne(3), (one) => ({
        ...one,
        dataSet: Stream.suspend(() => {
          opened++
          return Stream.make(pattern(10))
        })
      }))
      const nowhere = Layer.effect(UpperLayer.Transport, Effect.fail("nobody there"))
      const client = yield* moving(instances, 3, nowhere)
      const error = yield* Effect.flip(Stream.runDrain(client.move(identifier, { destination })))
      assert(error._tag === "Refused")
      assert.strictEqual(error.status._tag, "UnableToPerformSubOperations")
      assert.deepStrictEqual(
        SubOperations.failedInstances(error.dataSet ?? identifier),
        [1, 2, 3].map((i) => Uid.makeUnsafe(`2.25.${i}`))
      )
      assert.strictEqual(opened, 0)
    })
  )
})

describe("a retrieval that has a deadline", () => {
  it.effect("is answered with processing failure, its counts, and the list of what was broken off", () =>
    Effect.gen(function* () {
      let closed = 0
      const instances = Stream.ensuring(
        Stream.concat(oneByOne(2), Stream.never),
        Effect.sync(() => closed++)
      )
      const provider = ServiceClassProvider.within(
        studyRoot.handlers({ get: () => Effect.succeed({ count: 5, instances }) }),
        { total: "25 seconds" }
      )
      const joined = yield* serve([provider])
      const association = yield* request(joined, proposed.presentationContexts, {
        userInformation: proposed.userInformation
      })
      // The second is stored, and never answered.
      const storage = storing((uid) => (uid === "2.25.2" ? Effect.never : Effect.void))
      const client = studyRoot.client(association)
      const told: Array<string> = []
      const error = yield* Effect.flip(
        Stream.runForEach(client.get(identifier, { storage }), ({ status }) =>
          Effect.sync(() => void told.push(status._tag))
        )
      )
      assert(error._tag === "Refused")
      assert.strictEqual(error.status.code, 0x0110)
      assert.deepStrictEqual(error.details.subOperations, { completed: 1, failed: 1, warning: 0 })
      assert.deepStrictEqual(SubOperations.failedInstances(error.dataSet ?? identifier), [Uid.makeUnsafe("2.25.2")])
      // One for the first instance, and one each ten seconds without news.
      assert.deepStrictEqual(
        told,
        Array.from({ length: 3 }, () => "SubOperationsAreContinuing")
      )
      assert.strictEqual(closed, 1)
      assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
    }).pipe((program) => inTime(program, 1))
  )
})
