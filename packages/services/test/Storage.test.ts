import { Fault, ReadyMade, ScriptedPeer } from "@effect-dicom/association/testing"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as Tag from "@effect-dicom/data/Tag"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import * as AETitle from "@effect-dicom/protocol/AETitle"
import * as C_STORE from "@effect-dicom/protocol/C_STORE"
import * as Command from "@effect-dicom/protocol/Command"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Pull from "effect/Pull"
import * as Stream from "effect/Stream"
import { QueryRetrieve, ServiceError, Storage, Verification } from "../src/index.ts"
import { pattern, request, serve } from "./joined.ts"

const explicit = TransferSyntax.ExplicitVRLittleEndian.uid
const ct = { abstractSyntax: SopClass.CTImageStorage, transferSyntaxes: [explicit] }

const instance = <D>(dataSet: D) => ({
  sopClassUid: SopClass.CTImageStorage,
  sopInstanceUid: Uid.makeUnsafe("1.2.3"),
  transferSyntaxUid: explicit,
  dataSet
})

const rq = (messageId: number, more: Partial<C_STORE.RQ> = {}): C_STORE.RQ => ({
  ...C_STORE.request({
    messageId,
    affectedSopClassUid: SopClass.CTImageStorage,
    affectedSopInstanceUid: Uid.makeUnsafe("1.2.3")
  }),
  ...more
})

/** A provider that keeps what it receives. */
const keeping = () => {
  const kept: Array<{ readonly received: Storage.Received; readonly bytes: Uint8Array }> = []
  const provider = Storage.provider(
    Effect.fnUntraced(function* (received) {
      const chunks = yield* Stream.runCollect(received.dataSet)
      kept.push({ received, bytes: joinBytes(chunks) })
      return Status.success
    })
  )
  return { kept, provider }
}

const joinBytes = (chunks: ReadonlyArray<Uint8Array>): Uint8Array => {
  const all = new Uint8Array(chunks.reduce((total, chunk) => total + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  return all
}

const same = (actual: Uint8Array | undefined, expected: Uint8Array): void => {
  assert.strictEqual(actual?.length, expected.length)
  assert.strictEqual(Buffer.compare(actual ?? new Uint8Array(), expected), 0)
}

const cut = (bytes: Uint8Array, length: number): ReadonlyArray<Uint8Array> =>
  Array.from({ length: Math.ceil(bytes.length / length) }, (_, i) => bytes.subarray(i * length, (i + 1) * length))

describe("Storage as user", () => {
  it.effect("stores an instance, which arrives byte for byte with what was said of it", () =>
    Effect.gen(function* () {
      const { kept, provider } = keeping()
      const association = yield* request(yield* serve([provider]), [ct])
      const bytes = pattern(300_001)
      assert.deepStrictEqual(yield* Storage.store(association, instance([bytes])), Status.success)
      assert.strictEqual(kept.length, 1)
      same(kept[0]?.bytes, bytes)
      assert.strictEqual(kept[0]?.received.sopClassUid, SopClass.CTImageStorage)
      assert.strictEqual(kept[0]?.received.sopInstanceUid, "1.2.3")
      assert.strictEqual(kept[0]?.received.transferSyntaxUid, explicit)
      assert.strictEqual(kept[0]?.received.association.callingAETitle, "SCU")
    })
  )

  it.effect.each([0, 1, 2, 131065, 131066, 131067, 1 << 20, (1 << 20) + 1, 3_000_001])(
    "a data set of %i bytes arrives as it was sent",
    (length) =>
      Effect.gen(function* () {
        const { kept, provider } = keeping()
        const association = yield* request(yield* serve([provider]), [ct])
        const bytes = pattern(length)
        assert.deepStrictEqual(yield* Storage.store(association, instance([bytes])), Status.success)
        same(kept[0]?.bytes, bytes)
      })
  )

  it.effect.each([1, 2, 7, 1021, 16384, 131065, 131067, 1 << 20])(
    "a stream in chunks of %i bytes arrives as it was sent",
    (chunk) =>
      Effect.gen(function* () {
        const { kept, provider } = keeping()
        const association = yield* request(yield* serve([provider]), [ct])
        const bytes = pattern(chunk < 100 ? 200_003 : 2_500_003)
        const stream = Stream.fromIterable(cut(bytes, chunk), { chunkSize: 5 })
        assert.deepStrictEqual(yield* Storage.store(association, instance(stream)), Status.success)
        same(kept[0]?.bytes, bytes)
      }),
    20_000
  )

  it.effect("a stream with no chunk, and one with empty chunks only, is an empty data set", () =>
    Effect.gen(function* () {
      const { kept, provider } = keeping()
      const association = yield* request(yield* serve([provider]), [ct])
      yield* Storage.store(association, instance(Stream.empty))
      yield* Storage.store(association, instance(Stream.make(new Uint8Array(), new Uint8Array())))
      assert.deepStrictEqual(
        kept.map(({ bytes }) => bytes.length),
        [0, 0]
      )
    })
  )

  it.effect("a stream may use one buffer again and again, where its chunks are shorter than a fragment too", () =>
    Effect.gen(function* () {
      const { kept, provider } = keeping()
      const association = yield* request(yield* serve([provider]), [ct])
      const buffer = new Uint8Array(1000)
      const seeds = Array.from({ length: 131 }, (_, i) => i)
      const stream = Stream.fromIterable(seeds, { chunkSize: 1 }).pipe(
        Stream.map((seed) => {
          buffer.set(pattern(1000, seed))
          return buffer
        })
      )
      yield* Storage.store(association, instance(stream))
      same(kept[0]?.bytes, joinBytes(seeds.map((seed) => pattern(1000, seed))))
    })
  )

  it.effect("a view of 30 MB leaves in writes of about 1 MiB, so that a write's deadline is not the whole view's", () =>
    Effect.gen(function* () {
      const writes: Array<number> = []
      const { kept, provider } = keeping()
      const association = yield* request(yield* serve([provider]), [ct], {
        wire: (socket) => ({
          ...socket,
          writer: Effect.map(socket.writer, (writer) => ({
            ...writer,
            writeAll: (chunks) => {
              writes.push(chunks.reduce((total, chunk) => total + chunk.length, 0))
              return writer.writeAll(chunks)
            }
          }))
        })
      })
      const bytes = pattern(30_000_001)
      yield* Storage.store(association, instance([bytes.subarray(0, 10), bytes.subarray(10)]))
      same(kept[0]?.bytes, bytes)
      assert.isAbove(writes.length, 28)
      assert.isBelow(Math.max(...writes), (1 << 20) + 140_000)
    })
  )

  it.effect("a deflated data set of odd length is made even with a null byte, as views and as a stream", () =>
    Effect.gen(function* () {
      const { kept, provider } = keeping()
      const transferSyntaxUid = TransferSyntax.DeflatedExplicitVRLittleEndian.uid
      const association = yield* request(yield* serve([provider]), [{ ...ct, transferSyntaxes: [transferSyntaxUid] }])
      for (const length of [101, 100]) {
        const bytes = pattern(length)
        yield* Storage.store(association, { ...instance([bytes]), transferSyntaxUid })
        yield* Storage.store(association, { ...instance(Stream.fromIterable(cut(bytes, 7))), transferSyntaxUid })
      }
      const odd = joinBytes([pattern(101), new Uint8Array(1)])
      assert.deepStrictEqual(
        kept.map(({ bytes }) => bytes),
        [odd, odd, pattern(100), pattern(100)]
      )
    })
  )

  it.effect("a stream that fails before its first chunk leaves the association as it was", () =>
    Effect.gen(function* () {
      const { kept, provider } = keeping()
      const association = yield* request(yield* serve([provider]), [ct])
      const sent = association.traffic.pdusSent
      assert.strictEqual(yield* Effect.flip(Storage.store(association, instance(Stream.fail("no file")))), "no file")
      assert.strictEqual(association.traffic.pdusSent, sent)
      assert.deepStrictEqual(yield* Storage.store(association, instance([pattern(10)])), Status.success)
      assert.strictEqual(kept.length, 1)
      yield* association.dimse.quiet
      assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
    })
  )

  it.effect("a stream that dies before its first chunk leaves the association as it was", () =>
    Effect.gen(function* () {
      const { provider } = keeping()
      const association = yield* request(yield* serve([provider]), [ct])
      const died = yield* Effect.exit(Storage.store(association, instance(Stream.die("bug"))))
      assert.strictEqual(died._tag, "Failure")
      yield* association.dimse.quiet
      assert.deepStrictEqual(yield* Storage.store(association, instance([pattern(10)])), Status.success)
    })
  )

  it.effect("interrupted before the first chunk, it leaves the association as it was", () =>
    Effect.gen(function* () {
      const { provider } = keeping()
      const association = yield* request(yield* serve([provider]), [ct])
      const asked = yield* Deferred.make<void>()
      const stream = Stream.fromEffect(Effect.andThen(Deferred.succeed(asked, undefined), Effect.never))
      const store = yield* Effect.forkChild(Storage.store(association, instance(stream)))
      yield* Deferred.await(asked)
      yield* Fiber.interrupt(store)
      yield* association.dimse.quiet
      assert.strictEqual(yield* association.state, "Sta6")
      assert.deepStrictEqual(yield* Storage.store(association, instance([pattern(10)])), Status.success)
    })
  )

  it.effect("a stream that fails after its first chunk aborts the association, and its own error is told", () =>
    Effect.gen(function* () {
      const seen = yield* Deferred.make<string>()
      const provider = Storage.provider(({ dataSet }) =>
        Stream.runDrain(dataSet).pipe(
          Effect.tapError((error) => Deferred.succeed(seen, error._tag)),
          Effect.as(Status.success)
        )
      )
      const association = yield* request(yield* serve([provider]), [ct])
      const stream = Stream.concat(Stream.make(pattern(200_000)), Stream.fail("the disk went away"))
      assert.strictEqual(yield* Effect.flip(Storage.store(association, instance(stream))), "the disk went away")
      assert.strictEqual((yield* association.ended)._tag, "AbortedLocally")
      assert.strictEqual(yield* Deferred.await(seen), "AbortedByPeer")
    })
  )

  it.effect("interrupted in the middle of a data set, it aborts the association", () =>
    Effect.gen(function* () {
      const seen = yield* Deferred.make<string>()
      const arrived = yield* Deferred.make<void>()
      const provider = Storage.provider(({ dataSet }) =>
        Stream.runForEach(dataSet, () => Deferred.succeed(arrived, undefined)).pipe(
          Effect.tapError((error) => Deferred.succeed(seen, error._tag)),
          Effect.as(Status.success)
        )
      )
      const association = yield* request(yield* serve([provider]), [ct])
      const stream = Stream.concat(Stream.make(pattern(200_000)), Stream.never)
      const store = yield* Effect.forkChild(Storage.store(association, instance(stream)))
      yield* Deferred.await(arrived)
      yield* Fiber.interrupt(store)
      assert.strictEqual((yield* association.ended)._tag, "AbortedLocally")
      assert.strictEqual(yield* Deferred.await(seen), "AbortedByPeer")
    })
  )

  it.effect("without a context for the transfer syntax nothing is sent, and the error names both", () =>
    Effect.gen(function* () {
      const { provider } = keeping()
      const association = yield* request(yield* serve([provider]), [ct])
      const error = yield* Effect.flip(
        Storage.store(association, { ...instance([]), transferSyntaxUid: TransferSyntax.RLELossless.uid })
      )
      assert.strictEqual(
        error.message,
        "No presentation context was accepted for 1.2.840.10008.5.1.4.1.1.2 with transfer syntax 1.2.840.10008.1.2.5"
      )
      assert.strictEqual(yield* association.state, "Sta6")
    })
  )

  it.effect("the request says priority and move originator where they are given", () =>
    Effect.gen(function* () {
      const [socket, peer] = yield* ScriptedPeer.inMemory()
      const joined = { server: undefined as never, connect: Effect.succeed(socket) } // no server is asked for
      const store = yield* Effect.forkChild(
        Effect.scoped(
          Effect.gen(function* () {
            const association = yield* request(joined, [Verification.presentationContext, ct])
            return yield* Storage.store(association, instance([pattern(4)]), {
              priority: "HIGH",
              moveOriginator: { aeTitle: AETitle.AETitle.make("MOVER"), messageId: 99 }
            })
          })
        )
      )
      yield* peer.expect("A-ASSOCIATE-RQ")
      yield* peer.send(ReadyMade.associateAC())
      const expected = rq(1, {
        priority: "HIGH",
        moveOriginatorAETitle: AETitle.AETitle.make("MOVER"),
        moveOriginatorMessageId: 99
      })
      yield* peer.expect("P-DATA-TF", ReadyMade.command(3, expected))
      yield* peer.expect("P-DATA-TF", ReadyMade.data(3, pattern(4)))
      yield* peer.send(ReadyMade.command(3, C_STORE.response(expected, C_STORE.failures.outOfResources)))
      yield* peer.expect("A-RELEASE-RQ")
      yield* peer.send(ReadyMade.releaseRP)
      yield* peer.expectClosed("FIN")
      assert.deepStrictEqual(yield* Fiber.join(store), { _tag: "Failure", code: 0xa700 })
    })
  )
})

describe("Storage.presentationContexts", () => {
  const uid = (n: number) => Uid.makeUnsafe(`1.2.3.${n}`)

  it("has one context for each SOP class and transfer syntax, in the order in which they occur", () => {
    assert.deepStrictEqual(
      Storage.presentationContexts([
        { sopClassUid: uid(1), transferSyntaxUid: explicit },
        { sopClassUid: uid(2), transferSyntaxUid: explicit },
        { sopClassUid: uid(1), transferSyntaxUid: explicit },
        { sopClassUid: uid(1), transferSyntaxUid: TransferSyntax.RLELossless.uid }
      ]),
      [
        [
          { abstractSyntax: uid(1), transferSyntaxes: [explicit] },
          { abstractSyntax: uid(2), transferSyntaxes: [explicit] },
          { abstractSyntax: uid(1), transferSyntaxes: [TransferSyntax.RLELossless.uid] }
        ]
      ]
    )
  })

  it("has no list for no instance", () => {
    assert.deepStrictEqual(Storage.presentationContexts([]), [])
  })

  it.each([
    [128, [128]],
    [129, [128, 1]],
    [256, [128, 128]],
    [300, [128, 128, 44]]
  ] as const)("splits %i contexts into lists of %j", (count, lengths) => {
    const instances = Array.from({ length: count }, (_, i) => ({ sopClassUid: uid(i), transferSyntaxUid: explicit }))
    const lists = Storage.presentationContexts(instances)
    assert.deepStrictEqual(
      lists.map((list) => list.length),
      [...lengths]
    )
    assert.deepStrictEqual(
      lists.flat().map((context) => context.abstractSyntax),
      instances.map((i) => i.sopClassUid)
    )
  })

  it.effect("each list of 300 SOP classes is an association that stores", () =>
    Effect.gen(function* () {
      const instances = Array.from({ length: 300 }, (_, i) => ({
        ...instance([pattern(8, i)]),
        sopClassUid: uid(i),
        sopInstanceUid: uid(1000 + i)
      }))
      const stored: Array<string> = []
      const provider = Storage.provider(
        ({ sopInstanceUid }) =>
          Effect.as(
            Effect.sync(() => stored.push(sopInstanceUid)),
            Status.success
          ),
        { sopClasses: instances.map((one) => one.sopClassUid) }
      )
      const joined = yield* serve([provider])
      const byContext = new Map(instances.map((one) => [one.sopClassUid as string, one])) // a Uid is a string
      for (const contexts of Storage.presentationContexts(instances)) {
        yield* Effect.scoped(
          Effect.gen(function* () {
            const association = yield* request(joined, contexts)
            for (const { abstractSyntax } of contexts) {
              const one = byContext.get(abstractSyntax)
              if (one !== undefined) assert.deepStrictEqual(yield* Storage.store(association, one), Status.success)
            }
          })
        )
      }
      assert.deepStrictEqual(
        stored,
        instances.map((one) => one.sopInstanceUid)
      )
    })
  )
})

describe("Storage as user that asks for details", () => {
  it.effect("gets what the peer says of the status", () =>
    Effect.gen(function* () {
      const refusing = Storage.serviceClass.handlers({
        store: () =>
          Effect.fail(
            ServiceError.refused(Storage.StorageStatus.of.OutOfResources(0xa700), {
              errorComment: "disk on fire",
              offendingElement: [Tag.PixelData]
            })
          )
      })
      const association = yield* request(yield* serve([refusing]), [ct])
      assert.deepStrictEqual(yield* Storage.storeWithDetails(association, instance([pattern(1000)])), {
        status: { _tag: "Failure", code: 0xa700 },
        details: { errorComment: "disk on fire", offendingElement: [Tag.PixelData] }
      })
    })
  )

  it.effect("gets no details where the peer gives none", () =>
    Effect.gen(function* () {
      const association = yield* request(yield* serve([Storage.ignoring]), [ct])
      assert.deepStrictEqual(yield* Storage.storeWithDetails(association, instance([pattern(1000)])), {
        status: Status.success,
        details: {}
      })
    })
  )
})

describe("Storage as provider", () => {
  it.effect.each([
    Status.success,
    C_STORE.warnings.coercionOfDataElements,
    C_STORE.warnings.elementsDiscarded,
    C_STORE.warnings.dataSetDoesNotMatchSopClass,
    C_STORE.failures.outOfResources,
    C_STORE.failures.dataSetDoesNotMatchSopClass,
    C_STORE.failures.cannotUnderstand,
    Status.failures.notAuthorized
  ])("gives the handler's status: %j", (status) =>
    Effect.gen(function* () {
      const joined = yield* serve([Storage.provider(() => Effect.succeed(status))])
      const association = yield* request(joined, [ct])
      assert.deepStrictEqual(yield* Storage.store(association, instance([pattern(1000)])), status)
    })
  )

  it.effect("a handler that reads nothing answers, and the next instance arrives whole", () =>
    Effect.gen(function* () {
      const lengths: Array<number> = []
      const provider = Storage.provider(({ dataSet, sopInstanceUid }) =>
        sopInstanceUid === "1.2.3"
          ? Effect.succeed(C_STORE.failures.outOfResources)
          : Stream.runFold(
              dataSet,
              () => 0,
              (total, chunk) => total + chunk.length
            ).pipe(
              Effect.tap((length) => Effect.sync(() => lengths.push(length))),
              Effect.as(Status.success)
            )
      )
      const association = yield* request(yield* serve([provider]), [ct])
      for (let i = 0; i < 3; i++) {
        assert.deepStrictEqual(
          yield* Storage.store(association, instance([pattern(4_000_000)])),
          C_STORE.failures.outOfResources
        )
        const other = { ...instance([pattern(4_000_001)]), sopInstanceUid: Uid.makeUnsafe("1.2.4") }
        assert.deepStrictEqual(yield* Storage.store(association, other), Status.success)
      }
      assert.deepStrictEqual(lengths, [4_000_001, 4_000_001, 4_000_001])
    })
  )

  it.effect("a handler that reads a part answers, and the association goes on", () =>
    Effect.gen(function* () {
      const provider = Storage.provider(({ pull }) =>
        Effect.as(
          Pull.catchDone(pull, () => Effect.void),
          C_STORE.failures.cannotUnderstand
        )
      )
      const association = yield* request(yield* serve([provider, Verification.provider]), [
        ct,
        Verification.presentationContext
      ])
      for (let i = 0; i < 3; i++) {
        assert.deepStrictEqual(
          yield* Storage.store(association, instance([pattern(4_000_000)])),
          C_STORE.failures.cannotUnderstand
        )
      }
      assert.deepStrictEqual(yield* Verification.echo(association), Status.success)
      assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
    })
  )

  it.effect("a handler that dies is answered with processing failure, before and after it has read", () =>
    Effect.gen(function* () {
      let calls = 0
      const provider = Storage.provider(({ pull }) =>
        Effect.suspend(() =>
          calls++ === 0 ? Effect.die("bug") : Effect.andThen(Effect.orDie(pull), Effect.die("bug"))
        )
      )
      const association = yield* request(yield* serve([provider]), [ct])
      for (let i = 0; i < 2; i++) {
        assert.deepStrictEqual(yield* Storage.store(association, instance([pattern(1_000_000)])), {
          _tag: "Failure",
          code: 0x0110
        })
      }
      assert.strictEqual(yield* association.state, "Sta6")
    })
  )

  it.effect("no more than what may be held is read ahead of a handler that does not read", () =>
    Effect.gen(function* () {
      const started = yield* Deferred.make<void>()
      const proceed = yield* Deferred.make<void>()
      const provider = Storage.provider(({ dataSet }) =>
        Effect.andThen(
          Deferred.succeed(started, undefined),
          Effect.andThen(Deferred.await(proceed), Effect.as(Stream.runDrain(dataSet), Status.success))
        )
      )
      const joined = yield* serve([provider], { held: 100_000 })
      const association = yield* request(joined, [ct])
      const stream = Stream.fromIterable(cut(pattern(30_000_000), 1 << 20), { chunkSize: 1 })
      const store = yield* Effect.forkChild(Storage.store(association, instance(stream)))
      yield* Deferred.await(started)
      for (let i = 0; i < 200; i++) yield* Effect.yieldNow
      // What is held, two PDUs, and twice what is between the ends, is much less than what is to be sent.
      assert.isBelow(association.traffic.bytesSent, 3_000_000)
      yield* Deferred.succeed(proceed, undefined)
      assert.deepStrictEqual(yield* Fiber.join(store), Status.success)
      assert.isAbove(association.traffic.bytesSent, 30_000_000)
    })
  )

  it.effect("a C-STORE-RQ that says it has no data set is answered with an error, never with success", () =>
    Effect.gen(function* () {
      const { kept, provider } = keeping()
      const joined = yield* serve([provider, Verification.provider])
      const peer = yield* ScriptedPeer.over(yield* joined.connect)
      yield* peer.send(ReadyMade.associateRQ())
      yield* peer.expect("A-ASSOCIATE-AC")
      yield* peer.send(ReadyMade.pData(ReadyMade.pdv(3, "command", withoutDataSet(rq(5)))))
      yield* peer.expect(
        "P-DATA-TF",
        ReadyMade.command(
          3,
          C_STORE.response(rq(5), C_STORE.failures.cannotUnderstand, { errorComment: "No data set" })
        )
      )
      yield* peer.send(ReadyMade.echoRQ(6))
      yield* peer.expect("P-DATA-TF", ReadyMade.echoRSP(6))
      assert.strictEqual(kept.length, 0)
    })
  )

  it.effect("a C-STORE-RQ of another SOP class than its context's is refused, and its data set dropped", () =>
    Effect.gen(function* () {
      const { kept, provider } = keeping()
      const joined = yield* serve([provider])
      const peer = yield* ScriptedPeer.over(yield* joined.connect)
      yield* peer.send(ReadyMade.associateRQ())
      yield* peer.expect("A-ASSOCIATE-AC")
      const wrong = rq(5, { affectedSopClassUid: SopClass.MRImageStorage })
      yield* peer.send(ReadyMade.command(3, wrong), ReadyMade.data(3, pattern(100)))
      yield* peer.expect(
        "P-DATA-TF",
        ReadyMade.command(3, C_STORE.response(wrong, C_STORE.failures.dataSetDoesNotMatchSopClass))
      )
      yield* peer.send(ReadyMade.command(3, rq(6)), ReadyMade.data(3, pattern(100)))
      yield* peer.expect("P-DATA-TF", ReadyMade.command(3, C_STORE.response(rq(6))))
      assert.deepStrictEqual(
        kept.map(({ bytes }) => bytes.length),
        [100]
      )
    })
  )

  it.effect("a transfer that is cut is a failure of the handler's stream, at whatever byte", () =>
    Effect.gen(function* () {
      const outcomes: Array<string> = []
      const provider = Storage.provider(({ dataSet }) =>
        Stream.runDrain(dataSet).pipe(
          Effect.onExit((exit) => Effect.sync(() => outcomes.push(exit._tag))),
          Effect.as(Status.success)
        )
      )
      const joined = yield* serve([provider])
      for (const at of [600, 700, 800, 1_000, 20_000, 131_000, 140_000, 200_000]) {
        const store = Effect.flatMap(
          request(joined, [ct], { wire: (socket) => Fault.outgoing(socket, Fault.cut(at)) }),
          (association) => Storage.store(association, instance([pattern(250_000)]))
        )
        const error = yield* Effect.flip(Effect.scoped(store))
        assert.strictEqual(error._tag, "TransportClosed", `cut at ${at}`)
      }
      yield* joined.server.drain
      assert.isAbove(outcomes.length, 4)
      assert.deepStrictEqual([...new Set(outcomes)], ["Failure"])
      assert.strictEqual(yield* joined.server.associations, 0)
    })
  )
})

/** A command set whose Command Data Set Type says that there is no data set (PS3.7 section E.1). */
const withoutDataSet = (command: Command.Command): Uint8Array => {
  const bytes = Uint8Array.from(Command.encode(command))
  for (let i = 0; i + 10 <= bytes.length; i++) {
    // (0000,0800), two bytes long
    if (bytes[i + 2] === 0x00 && bytes[i + 3] === 0x08 && bytes[i] === 0 && bytes[i + 1] === 0 && bytes[i + 4] === 2) {
      bytes[i + 8] = 0x01
      bytes[i + 9] = 0x01
      return bytes
    }
  }
  return bytes
}

describe("Storage as a service class", () => {
  const { StorageStatus, serviceClass } = Storage

  it.effect("a client stores, and a warning of the handler is its status", () =>
    Effect.gen(function* () {
      const joined = yield* serve([
        serviceClass.handlers({
          store: ({ dataSet }) =>
            Effect.as(Stream.runDrain(dataSet), { status: StorageStatus.of.CoercionOfDataElements() })
        })
      ])
      const association = yield* request(joined, serviceClass.presentationContexts({ sopClasses: [ct.abstractSyntax] }))
      const stored = yield* serviceClass.client(association).store({
        ...instance([pattern(1000)]),
        transferSyntaxUid: [...association.contexts.values()][0]?.transferSyntax ?? explicit
      })
      assert.deepStrictEqual(stored, {
        status: { _tag: "CoercionOfDataElements", class: "Warning", code: 0xb000 },
        dataSet: undefined,
        details: {},
        sopInstanceUid: Uid.makeUnsafe("1.2.3")
      })
    })
  )

  it.effect("a handler that fails gives its status, with the code of a range as it was given", () =>
    Effect.gen(function* () {
      const joined = yield* serve([
        serviceClass.handlers({ store: () => Effect.fail(StorageStatus.of.CannotUnderstand(0xc123)) })
      ])
      const association = yield* request(joined, [ct])
      const error = yield* Effect.flip(serviceClass.client(association).store(instance([pattern(10)])))
      assert(error._tag === "Refused")
      assert.deepStrictEqual(error.status, { _tag: "CannotUnderstand", class: "Failure", code: 0xc123 })
      assert.strictEqual(error.message, "The operation ended with Failure C123H, Error: Cannot understand")
    })
  )

  it("the statuses are those of PS3.4 Table B.2-1, and their meanings those of C_STORE", () => {
    const table = Object.values(StorageStatus.rows).filter(({ first }) => first >= 0xa000)
    assert.deepStrictEqual(
      table.map(({ class: of, first, last }) => [of, first, last]),
      [
        ["Failure", 0xa700, 0xa7ff],
        ["Failure", 0xa900, 0xa9ff],
        ["Failure", 0xc000, 0xcfff],
        ["Warning", 0xb000, 0xb000],
        ["Warning", 0xb006, 0xb006],
        ["Warning", 0xb007, 0xb007]
      ]
    )
    for (const { first, meaning } of table) assert.strictEqual(C_STORE.meaning(Status.fromCode(first)), meaning)
  })

  it("what the class does not have does not compile", () => {
    const notRun = () => {
      // @ts-expect-error: a status of C-FIND is none of C-STORE
      serviceClass.handlers({ store: () => Effect.fail(QueryRetrieve.FindStatus.of.MatchingTerminated()) })
      // @ts-expect-error: there is no such operation
      serviceClass.handlers({ store: () => Effect.void, find: () => Stream.empty })
    }
    assert.isFunction(notRun)
  })
})
