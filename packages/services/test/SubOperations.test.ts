import { Association, UpperLayer } from "@effect-dicom/association"
import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import type { AETitle } from "@effect-dicom/protocol/AETitle"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { QueryRetrieve, ServiceClass, Storage, SubOperations } from "../src/index.ts"
import type { ServiceClassProvider } from "../src/index.ts"
import type { Joined } from "./joined.ts"
import { settled } from "./archives.ts"
import { pattern, request, serve, study } from "./joined.ts"

const { studyRoot } = QueryRetrieve
const explicit = TransferSyntax.ExplicitVRLittleEndian

const instance = (i: number, sopClassUid = SopClass.CTImageStorage): Storage.Instance => ({
  sopClassUid,
  sopInstanceUid: Uid.makeUnsafe(`2.25.${i}`),
  transferSyntaxUid: explicit.uid,
  dataSet: Stream.make(pattern(1000, i))
})

const identifier = study
// the cast: a title of the standard's characters, at most 16
const destination = "WORKSTATION" as AETitle

/** A storage provider that keeps what it gets, and answers by the number of the instance. */
const archive = (status: (i: number) => Status.Status = () => Status.success) => {
  const kept: Array<{ readonly uid: string; readonly length: number; readonly calling: string }> = []
  const provider = Storage.provider((received) =>
    Effect.map(Stream.runCollect(received.dataSet), (views) => {
      const length = views.reduce((sum, view) => sum + view.length, 0)
      kept.push({ uid: received.sopInstanceUid, length, calling: received.association.callingAETitle })
      return status(kept.length)
    })
  )
  return { kept, provider }
}

const storage = { sopClasses: [SopClass.CTImageStorage], transferSyntaxes: [explicit.uid], role: "SCP" } as const

const getting = Effect.fnUntraced(function* (
  handler: ServiceClass.Handlers<typeof studyRoot.operations, "SCU", never>["get"] & {}
) {
  const joined = yield* serve([studyRoot.handlers({ get: handler })])
  const { presentationContexts, userInformation } = ServiceClass.propose([
    studyRoot.proposal(),
    Storage.serviceClass.proposal(storage)
  ])
  const association = yield* request(joined, presentationContexts, { userInformation })
  return { association, client: studyRoot.client(association) }
})

describe("SubOperations of a C-GET", () => {
  it.effect("the user gets the instances on the same association, and is told how far it is", () =>
    Effect.gen(function* () {
      const { association, client } = yield* getting(() => Stream.make(instance(1), instance(2), instance(3)))
      const { kept, provider } = archive()
      const told = yield* Stream.runCollect(client.get(identifier, { storage: provider }))
      assert.deepStrictEqual(
        told.map(({ status, subOperations }) => [status._tag, subOperations]),
        [
          ["SubOperationsAreContinuing", { remaining: 2, completed: 1, failed: 0, warning: 0 }],
          ["SubOperationsAreContinuing", { remaining: 1, completed: 2, failed: 0, warning: 0 }],
          ["SubOperationsAreContinuing", { remaining: 0, completed: 3, failed: 0, warning: 0 }],
          ["Success", { completed: 3, failed: 0, warning: 0 }]
        ]
      )
      assert.deepStrictEqual(
        kept.map(({ length, uid }) => [uid, length]),
        [
          ["2.25.1", 1000],
          ["2.25.2", 1000],
          ["2.25.3", 1000]
        ]
      )
      assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
    })
  )

  it.effect("failures and warnings make the last status a warning, with the list of what failed", () =>
    Effect.gen(function* () {
      const { client } = yield* getting(() =>
        Stream.make(instance(1), instance(2), instance(3), instance(4, SopClass.MRImageStorage))
      )
      const { provider } = archive((i) => Status.fromCode([0x0000, 0xb000, 0xa700][i - 1] ?? 0))
      const last = (yield* Stream.runCollect(client.get(identifier, { storage: provider }))).at(-1)
      assert.deepStrictEqual(last, {
        status: { _tag: "SubOperationsFailed", class: "Warning", code: 0xb000 },
        subOperations: { completed: 1, failed: 2, warning: 1 },
        failed: [instance(3).sopInstanceUid, instance(4).sopInstanceUid]
      })
    })
  )

  it.effect("where all fail, it fails with A702H, its counts and the list", () =>
    Effect.gen(function* () {
      const { client } = yield* getting(() => Stream.make(instance(1), instance(2)))
      const { provider } = archive(() => Status.fromCode(0xa900))
      const error = yield* Effect.flip(Stream.runDrain(client.get(identifier, { storage: provider })))
      assert(error._tag === "Refused")
      assert.deepStrictEqual(error.status, { _tag: "UnableToPerformSubOperations", class: "Failure", code: 0xa702 })
      assert.deepStrictEqual(error.details.subOperations, { completed: 0, failed: 2, warning: 0 })
      assert.deepStrictEqual(SubOperations.failedInstances(error.dataSet ?? identifier), [
        instance(1).sopInstanceUid,
        instance(2).sopInstanceUid
      ])
    })
  )

  it.effect("nothing to retrieve is a success", () =>
    Effect.gen(function* () {
      const { client } = yield* getting(() => Stream.empty)
      assert.deepStrictEqual(yield* Stream.runCollect(client.get(identifier, { storage: archive().provider })), [
        {
          status: { _tag: "Success", class: "Success", code: 0 },
          subOperations: { completed: 0, failed: 0, warning: 0 },
          failed: []
        }
      ])
    })
  )

  it.effect("a handler that fails gives its status", () =>
    Effect.gen(function* () {
      const { client } = yield* getting(() =>
        Stream.fail(SubOperations.GetStatus.of.UnableToCalculateNumberOfMatches())
      )
      const error = yield* Effect.flip(Stream.runDrain(client.get(identifier)))
      assert.strictEqual(
        error.message,
        "The operation ended with Failure A701H, Refused: Out of resources - Unable to calculate number of matches"
      )
    })
  )

  it.effect("an uncompressed instance is sent in the uncompressed transfer syntax that was accepted", () =>
    Effect.gen(function* () {
      const implicit = TransferSyntax.ImplicitVRLittleEndian
      const dataSet = Result.getOrThrow(DataSet.with(identifier, Attribute.PatientID, "1"))
      const joined = yield* serve([
        studyRoot.handlers({
          get: () => Stream.make({ ...instance(1), dataSet: Stream.fromIterable(DataSet.write(dataSet)) })
        })
      ])
      const { presentationContexts, userInformation } = ServiceClass.propose([
        studyRoot.proposal(),
        Storage.serviceClass.proposal({ ...storage, transferSyntaxes: [implicit.uid] })
      ])
      const client = studyRoot.client(yield* request(joined, presentationContexts, { userInformation }))
      const kept: Array<Uint8Array> = []
      const provider = Storage.provider((received) =>
        Effect.as(
          Stream.runForEach(received.dataSet, (view) => Effect.sync(() => void kept.push(view))),
          Status.success
        )
      )
      yield* Stream.runDrain(client.get(identifier, { storage: provider }))
      assert.deepStrictEqual(
        Uint8Array.from(kept.flatMap((view) => [...view])),
        DataSet.toBytes(Result.getOrThrow(DataSet.transcode(dataSet, implicit)))
      )
    })
  )

  it.effect("leaving early cancels, and the association stays in step", () =>
    Effect.gen(function* () {
      const { association, client } = yield* getting(() => Stream.map(Stream.range(1, 50), (i) => instance(i)))
      const { kept, provider } = archive()
      const told = yield* Stream.runCollect(Stream.take(client.get(identifier, { storage: provider }), 2))
      assert.deepStrictEqual(
        told.map(({ status }) => status._tag),
        ["SubOperationsAreContinuing", "SubOperationsAreContinuing"]
      )
      assert.isBelow(kept.length, 50)
      assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
    })
  )

  it.effect("cancelling in the middle of a long instance has that one stored, and the association stays in step", () =>
    Effect.gen(function* () {
      const long = (i: number) => ({ ...instance(i), dataSet: [pattern(5_000_000, i)] })
      const { association, client } = yield* getting(() => Stream.map(Stream.range(1, 3), long))
      const begun = yield* Deferred.make<void>()
      const cancelled = yield* Deferred.make<void>()
      const lengths: Array<number> = []
      const provider = Storage.provider(({ dataSet }) =>
        Effect.gen(function* () {
          yield* Deferred.succeed(begun, undefined)
          yield* Deferred.await(cancelled)
          const views = yield* Stream.runCollect(dataSet)
          lengths.push(views.reduce((sum, view) => sum + view.length, 0))
          return Status.success
        })
      )
      const retrieval = yield* Effect.forkChild(
        Effect.flip(Stream.runDrain(client.get(identifier, { storage: provider }))),
        { startImmediately: true }
      )
      yield* Deferred.await(begun)
      yield* association.dimse.cancel(1)
      yield* settled
      yield* Deferred.succeed(cancelled, undefined)
      const error = yield* Fiber.join(retrieval)
      assert(error._tag === "Refused")
      assert.strictEqual(error.status._tag, "SubOperationsTerminated")
      assert.deepStrictEqual(error.details.subOperations, { remaining: 2, completed: 1, failed: 0, warning: 0 })
      assert.deepStrictEqual(lengths, [5_000_000])
      assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
    })
  )
})

const workstation = (joined: Joined): Layer.Layer<UpperLayer.Transport> =>
  Layer.effect(UpperLayer.Transport, joined.connect)

const moving = Effect.fnUntraced(function* (
  destinations: Parameters<typeof SubOperations.layerDestinations>[0],
  instances: Stream.Stream<Storage.Instance>
) {
  const layer = studyRoot.layer({
    move: ({ destination }) =>
      Effect.map(SubOperations.destination(destination), (transport) => ({ transport, instances }))
  })
  const context = yield* Layer.build(Layer.provide(layer, SubOperations.layerDestinations(destinations)))
  const joined = yield* serve([Context.get(context, studyRoot.provider)])
  const association = yield* request(joined, studyRoot.presentationContexts())
  return { association, client: studyRoot.client(association) }
})

describe("SubOperations of a C-MOVE", () => {
  it.effect("the instances are stored with the destination, by an association that is released", () =>
    Effect.gen(function* () {
      const { kept, provider } = archive()
      const joined = yield* serve([provider])
      const { client } = yield* moving(
        { WORKSTATION: workstation(joined) },
        Stream.make(instance(1), instance(2, SopClass.MRImageStorage))
      )
      const told = yield* Stream.runCollect(client.move(identifier, { destination }))
      assert.deepStrictEqual(
        told.map(({ status, subOperations }) => [status._tag, subOperations]),
        [
          // The first tells that there is a connection.
          ["SubOperationsAreContinuing", { remaining: 2, completed: 0, failed: 0, warning: 0 }],
          ["SubOperationsAreContinuing", { remaining: 1, completed: 1, failed: 0, warning: 0 }],
          ["SubOperationsAreContinuing", { remaining: 0, completed: 2, failed: 0, warning: 0 }],
          ["Success", { completed: 2, failed: 0, warning: 0 }]
        ]
      )
      assert.deepStrictEqual(
        kept.map(({ calling, uid }) => [uid, calling]),
        [
          ["2.25.1", "SCP"],
          ["2.25.2", "SCP"]
        ]
      )
      yield* Effect.yieldNow
      assert.strictEqual(yield* joined.server.associations, 0)
    })
  )

  it.effect("a destination that is not known is refused with A801H", () =>
    Effect.gen(function* () {
      const { client } = yield* moving({}, Stream.make(instance(1)))
      const error = yield* Effect.flip(Stream.runDrain(client.move(identifier, { destination })))
      assert.strictEqual(error.message, "The operation ended with Failure A801H, Refused: Move Destination unknown")
      // the cast: a title of the standard's characters, at most 16
      const named = client.move(identifier, { destination: "constructor" as AETitle })
      assert.strictEqual((yield* Effect.flip(Stream.runDrain(named))).message, error.message)
    })
  )

  it.effect("a destination that cannot be reached fails all its instances", () =>
    Effect.gen(function* () {
      const nowhere = Layer.effect(UpperLayer.Transport, Effect.fail("nobody there"))
      const { client } = yield* moving({ WORKSTATION: nowhere }, Stream.make(instance(1), instance(2)))
      const error = yield* Effect.flip(Stream.runDrain(client.move(identifier, { destination })))
      assert(error._tag === "Refused")
      assert.strictEqual(error.status.code, 0xa702)
      assert.deepStrictEqual(error.details.subOperations, { completed: 0, failed: 2, warning: 0 })
    })
  )

  it.effect("more presentation contexts than an association has are parted", () =>
    Effect.gen(function* () {
      const { kept, provider } = archive()
      const joined = yield* serve([provider])
      const classes = [...SopClass.storageInForce].slice(0, 130)
      const { client } = yield* moving(
        { WORKSTATION: workstation(joined) },
        Stream.fromIterable(classes.map((sopClassUid, i) => instance(i, sopClassUid)))
      )
      const last = (yield* Stream.runCollect(client.move(identifier, { destination }))).at(-1)
      assert.deepStrictEqual([last?.status._tag, kept.length], ["Success", 130])
    })
  )

  it.effect(
    "cancelling in the middle of an instance has that one stored, and the destination's association released",
    () =>
      Effect.gen(function* () {
        const begun = yield* Deferred.make<void>()
        const cancelled = yield* Deferred.make<void>()
        const kept: Array<number> = []
        const ends: Array<string> = []
        const joined = yield* serve([
          Storage.provider(({ association, dataSet }) =>
            Effect.gen(function* () {
              yield* Effect.forkDetach(Effect.map(association.ended, ({ _tag }) => ends.push(_tag)))
              yield* Deferred.succeed(begun, undefined)
              yield* Deferred.await(cancelled)
              const views = yield* Stream.runCollect(dataSet)
              kept.push(views.reduce((sum, view) => sum + view.length, 0))
              return Status.success
            })
          )
        ])
        const long = (i: number) => ({ ...instance(i), dataSet: [pattern(5_000_000, i)] })
        const { association, client } = yield* moving(
          { WORKSTATION: workstation(joined) },
          Stream.map(Stream.range(1, 3), long)
        )
        const retrieval = yield* Effect.forkChild(
          Effect.flip(Stream.runDrain(client.move(identifier, { destination }))),
          { startImmediately: true }
        )
        yield* Deferred.await(begun)
        yield* association.dimse.cancel(1)
        yield* settled
        yield* Deferred.succeed(cancelled, undefined)
        const error = yield* Fiber.join(retrieval)
        assert(error._tag === "Refused")
        assert.strictEqual(error.status._tag, "SubOperationsTerminated")
        assert.deepStrictEqual(error.details.subOperations, { remaining: 2, completed: 1, failed: 0, warning: 0 })
        assert.deepStrictEqual({ kept, ends }, { kept: [5_000_000], ends: ["Released"] })
        assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
      })
  )

  it.effect("a cancelled instance that its destination does not answer in time has failed, and is broken off", () =>
    Effect.gen(function* () {
      const arrived = yield* Deferred.make<void>()
      const ends: Array<string> = []
      const joined = yield* serve([
        Storage.provider(({ association }) =>
          Effect.gen(function* () {
            yield* Effect.forkDetach(Effect.map(association.ended, ({ _tag }) => ends.push(_tag)))
            yield* Deferred.succeed(arrived, undefined)
            return yield* Effect.never
          })
        )
      ])
      const { association, client } = yield* moving(
        { WORKSTATION: workstation(joined) },
        Stream.make(instance(1), instance(2))
      )
      const retrieval = yield* Effect.forkChild(
        Effect.flip(Stream.runDrain(client.move(identifier, { destination }))),
        { startImmediately: true }
      )
      yield* Deferred.await(arrived)
      yield* association.dimse.cancel(1)
      yield* settled
      yield* TestClock.adjust("4999 millis")
      assert.isUndefined(retrieval.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      const error = yield* Fiber.join(retrieval)
      assert(error._tag === "Refused")
      assert.strictEqual(error.status._tag, "SubOperationsTerminated")
      assert.deepStrictEqual(error.details.subOperations, { remaining: 1, completed: 0, failed: 1, warning: 0 })
      assert.deepStrictEqual(SubOperations.failedInstances(error.dataSet ?? identifier), [instance(1).sopInstanceUid])
      yield* settled
      assert.deepStrictEqual(ends, ["AbortedByPeer"])
      assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
    })
  )

  it.effect("interruption of the user cancels the sub-operations", () =>
    Effect.gen(function* () {
      const arrived = yield* Deferred.make<void>()
      const joined = yield* serve([
        Storage.provider(() => Effect.andThen(Deferred.succeed(arrived, undefined), Effect.never))
      ])
      const { association, client } = yield* moving({ WORKSTATION: workstation(joined) }, Stream.make(instance(1)))
      const fiber = yield* Effect.forkChild(Stream.runDrain(client.move(identifier, { destination })))
      yield* Deferred.await(arrived)
      fiber.interruptUnsafe()
      yield* settled
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.await(fiber)
      assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
    })
  )

  it.effect("as many instances are on their way as the destination's window has", () =>
    Effect.gen(function* () {
      const outstanding = { now: 0, most: 0 }
      const enough = yield* Deferred.make<void>()
      const provider = Storage.provider(({ dataSet }) =>
        Effect.gen(function* () {
          outstanding.most = Math.max(outstanding.most, ++outstanding.now)
          yield* Stream.runDrain(dataSet)
          if (outstanding.now === 3) yield* Deferred.succeed(enough, undefined)
          yield* Deferred.await(enough)
          outstanding.now--
          return Status.success
        })
      )
      const window = { maximumInvoked: 1, maximumPerformed: 3 }
      const joined = yield* serve([provider], {
        decide: () =>
          Effect.succeed(
            Association.accepting(provider.supported, { userInformation: { asynchronousOperationsWindow: window } })
          )
      })
      const instances = Stream.map(Stream.range(1, 10), (i) => instance(i))
      const options = { userInformation: { asynchronousOperationsWindow: { maximumInvoked: 8, maximumPerformed: 1 } } }
      const archive = yield* serve([
        studyRoot.handlers({ move: () => Effect.succeed({ transport: workstation(joined), instances, options }) })
      ])
      const client = studyRoot.client(yield* request(archive, studyRoot.presentationContexts()))
      const last = (yield* Stream.runCollect(client.move(identifier, { destination }))).at(-1)
      assert.deepStrictEqual(last?.subOperations, { completed: 10, failed: 0, warning: 0 })
      assert.strictEqual(outstanding.most, 3)
    })
  )
})

describe("what is negotiated for a retrieval", () => {
  const tags = (told: ReadonlyArray<{ readonly status: { readonly _tag: string } }>) =>
    told.map(({ status }) => status._tag)

  /** A C-GET of one instance on an association with a context for storage in some role. */
  const inRole = Effect.fnUntraced(function* (
    role: "SCU" | "SCP" | "both",
    ...more: ReadonlyArray<ServiceClassProvider.ServiceClassProvider>
  ) {
    const joined = yield* serve([studyRoot.handlers({ get: () => Stream.make(instance(1)) }), ...more])
    const { presentationContexts, userInformation } = ServiceClass.propose([
      studyRoot.proposal(),
      Storage.serviceClass.proposal({ ...storage, role })
    ])
    const association = yield* request(joined, presentationContexts, { userInformation })
    return { association, client: studyRoot.client(association) }
  })

  it.effect("a user that is no SCP of the storage SOP class gets nothing, and is told which instance", () =>
    Effect.gen(function* () {
      const { kept, provider } = archive()
      const { association, client } = yield* inRole("SCU", archive().provider)
      const error = yield* Effect.flip(Stream.runDrain(client.get(identifier, { storage: provider })))
      assert(error._tag === "Refused")
      assert.strictEqual(error.status._tag, "UnableToPerformSubOperations")
      assert.deepStrictEqual(SubOperations.failedInstances(error.dataSet ?? identifier), [instance(1).sopInstanceUid])
      assert.deepStrictEqual(kept, [])
      assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
    })
  )

  it.effect("a user that is both stores and gets by one context", () =>
    Effect.gen(function* () {
      const theirs = archive()
      const ours = archive()
      const { association, client } = yield* inRole("both", theirs.provider)
      assert.deepStrictEqual(yield* Storage.store(association, instance(2)), Status.success)
      const told = yield* Stream.runCollect(client.get(identifier, { storage: ours.provider }))
      assert.deepStrictEqual(tags(told), ["SubOperationsAreContinuing", "Success"])
      assert.deepStrictEqual(
        [theirs.kept, ours.kept].map((kept) => kept.map(({ uid }) => uid)),
        [["2.25.2"], ["2.25.1"]]
      )
    })
  )

  it.effect("a user that is both gets where the provider stores nothing", () =>
    Effect.gen(function* () {
      const { kept, provider } = archive()
      const { association, client } = yield* inRole("both")
      yield* Stream.runDrain(client.get(identifier, { storage: provider }))
      assert.deepStrictEqual(
        kept.map(({ uid }) => uid),
        ["2.25.1"]
      )
      const error = yield* Effect.flip(Storage.store(association, instance(2)))
      assert.strictEqual(error._tag, "NoPresentationContext")
    })
  )

  it.effect(
    "the handlers of a C-GET and a C-MOVE see what was agreed for their own SOP class, and so does the user",
    () =>
      Effect.gen(function* () {
        const seen: Record<string, unknown> = {}
        const nowhere = Layer.effect(UpperLayer.Transport, Effect.fail("nobody there"))
        const joined = yield* serve([
          studyRoot.handlers(
            {
              get: ({ extendedNegotiation }) => {
                seen["get"] = extendedNegotiation
                return Stream.empty
              },
              move: ({ extendedNegotiation }) => {
                seen["move"] = extendedNegotiation
                return Effect.succeed({ transport: nowhere, instances: Stream.empty })
              }
            },
            {
              extendedNegotiation: {
                get: (proposed) => proposed,
                move: (proposed) => ({ ...proposed, enhancedMultiFrameImageConversion: false })
              }
            }
          )
        ])
        const both = { relationalRetrieval: true, enhancedMultiFrameImageConversion: true }
        const proposal = studyRoot.proposal({ extendedNegotiation: { get: both, move: both } })
        const association = yield* request(joined, proposal.presentationContexts, {
          userInformation: proposal.userInformation
        })
        const client = studyRoot.client(association)
        yield* Stream.runDrain(client.get(identifier))
        yield* Stream.runDrain(client.move(identifier, { destination }))
        const one = { relationalRetrieval: true, enhancedMultiFrameImageConversion: false }
        assert.deepStrictEqual(seen, { get: both, move: one })
        assert.deepStrictEqual(
          [studyRoot.negotiated(association, "get"), studyRoot.negotiated(association, "move")],
          [both, one]
        )
      })
  )
})

describe("instances that are read while others are on their way", () => {
  it.effect("the next one is begun when the one before has been taken, and not before", () =>
    Effect.gen(function* () {
      const happened: Array<string> = []
      const noted = (i: number): Storage.Instance => ({
        ...instance(i),
        dataSet: Stream.suspend(() => {
          happened.push(`${i} begun`)
          return Stream.make(pattern(500, i), pattern(500, i)).pipe(
            Stream.rechunk(1),
            Stream.concat(Stream.fromEffectDrain(Effect.sync(() => happened.push(`${i} taken`)))),
            Stream.ensuring(Effect.sync(() => happened.push(`${i} closed`)))
          )
        })
      })
      const { client } = yield* getting(() => Stream.map(Stream.range(1, 3), noted))
      const provider = Storage.provider(({ dataSet, sopInstanceUid }) =>
        Effect.gen(function* () {
          yield* Stream.runDrain(dataSet)
          if (sopInstanceUid === "2.25.1") {
            yield* settled
            happened.push("1 answered")
          }
          return Status.success
        })
      )
      yield* Stream.runDrain(client.get(identifier, { storage: provider }))
      assert.deepStrictEqual(happened.slice(0, 5), ["1 begun", "1 taken", "1 closed", "2 begun", "1 answered"])
      assert.deepStrictEqual(
        happened.filter((one) => one.endsWith("closed")),
        ["1 closed", "2 closed", "3 closed"]
      )
    })
  )

  it.effect("one that cannot be read has failed, and the others are stored", () =>
    Effect.gen(function* () {
      const lost = (i: number): Storage.Instance<unknown> =>
        i === 2 ? { ...instance(i), dataSet: Stream.fail("no such file") } : instance(i)
      const { association, client } = yield* getting(() => Stream.map(Stream.range(1, 3), lost))
      const { kept, provider } = archive()
      const last = (yield* Stream.runCollect(client.get(identifier, { storage: provider }))).at(-1)
      assert.deepStrictEqual(last, {
        status: { _tag: "SubOperationsFailed", class: "Warning", code: 0xb000 },
        subOperations: { completed: 2, failed: 1, warning: 0 },
        failed: [instance(2).sopInstanceUid]
      })
      assert.deepStrictEqual(
        kept.map(({ uid }) => uid),
        ["2.25.1", "2.25.3"]
      )
      assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
    })
  )

  it.effect("what was read of one that is not sent any more is closed where the user cancels", () =>
    Effect.gen(function* () {
      const open = new Set<number>()
      const held = (i: number): Storage.Instance => ({
        ...instance(i),
        dataSet: Stream.unwrap(
          Effect.map(
            Effect.acquireRelease(
              Effect.sync(() => open.add(i)),
              () => Effect.sync(() => open.delete(i))
            ),
            () => Stream.make(pattern(1000, i))
          )
        )
      })
      const { association, client } = yield* getting(() => Stream.map(Stream.range(1, 50), held))
      const { provider } = archive()
      yield* Stream.runDrain(Stream.take(client.get(identifier, { storage: provider }), 2))
      assert.deepStrictEqual([...open], [])
      assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
    })
  )
})

describe("pending responses", () => {
  /** A storage provider that takes a second for each instance. */
  const slow = (seconds: number) =>
    Storage.provider(({ dataSet }) =>
      Effect.as(Effect.andThen(Stream.runDrain(dataSet), Effect.sleep(`${seconds} seconds`)), Status.success)
    )

  /** The counts of completed instances that the user of a C-GET was told, and when, in seconds. */
  const told = Effect.fnUntraced(function* (instances: number, seconds: number) {
    const { client } = yield* getting(() => Stream.map(Stream.range(1, instances), (i) => instance(i)))
    const all: Array<readonly [at: number, completed: number | undefined]> = []
    const retrieval = yield* Effect.forkChild(
      Stream.runForEach(client.get(identifier, { storage: slow(seconds) }), ({ subOperations }) =>
        Effect.map(Clock.currentTimeMillis, (now) => void all.push([now / 1000, subOperations?.completed]))
      ),
      { startImmediately: true }
    )
    for (let i = 0; retrieval.pollUnsafe() === undefined && i < 100; i++) {
      yield* settled
      yield* TestClock.adjust("1 second")
    }
    yield* Fiber.join(retrieval)
    return all
  })

  it.effect("come after each sub-operation, and the last one tells all", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* told(3, 1), [
        [1, 1],
        [2, 2],
        [3, 3],
        [3, 3]
      ])
    })
  )

  it.effect("come no more often than is asked for, and tell what has come about since", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* told(8, 1), [
        [1, 1],
        [3.2, 3],
        [5.4, 5],
        [7.6, 7],
        [8, 8],
        [8, 8]
      ])
    }).pipe(Effect.provide(SubOperations.layerSettings({ atMostEvery: "2200 millis" })))
  )

  it.effect("come although no sub-operation has ended, where that takes long", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* told(1, 25), [
        [10, 0],
        [20, 0],
        [25, 1],
        [25, 1]
      ])
    })
  )
})

describe("SubOperations", () => {
  it("the statuses are those of PS3.4 Tables C.4-2 and C.4-3", () => {
    const table = (status: typeof SubOperations.GetStatus | typeof SubOperations.MoveStatus) =>
      Object.values(status.rows).flatMap(({ class: of, first, last }) =>
        first >= 0xa000 ? [[of, first.toString(16), last.toString(16)].join(" ")] : []
      )
    const common = [
      "Failure a701 a701",
      "Failure a702 a702",
      "Failure a900 a900",
      "Failure c000 cfff",
      "Cancel fe00 fe00",
      "Pending ff00 ff00",
      "Warning b000 b000"
    ]
    assert.deepStrictEqual(table(SubOperations.GetStatus), common)
    assert.deepStrictEqual(table(SubOperations.MoveStatus), [...common, "Failure a801 a801"])
  })

  it("what the operations do not have does not compile", () => {
    const notRun = (client: ServiceClass.Client<typeof studyRoot.operations>) => {
      // @ts-expect-error: a C-MOVE has a destination
      client.move(identifier)
      // @ts-expect-error: a C-GET has none
      client.get(identifier, { destination })
      // @ts-expect-error: a C-GET has no such status
      studyRoot.handlers({ get: () => Stream.fail(SubOperations.MoveStatus.of.MoveDestinationUnknown()) })
      // @ts-expect-error: an instance says its transfer syntax
      studyRoot.handlers({ get: () => Stream.make({ sopClassUid: SopClass.CTImageStorage, dataSet: [] }) })
      const needs = studyRoot.handlers({ move: () => Effect.andThen(SubOperations.destination("A"), Effect.never) })
      // @ts-expect-error: the destinations are to be provided
      const provider: ServiceClassProvider.ServiceClassProvider = needs
      return provider
    }
    assert.isFunction(notRun)
  })

  it("a list that is not there has no failed instances", () => {
    assert.deepStrictEqual(SubOperations.failedInstances(identifier), [])
    assert.isUndefined(DataSet.element(identifier, Attribute.FailedSOPInstanceUIDList.tag))
  })
})
