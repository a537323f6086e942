import { AssociationServer } from "@effect-dicom/association"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import * as C_STORE from "@effect-dicom/protocol/C_STORE"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { ServiceClassProvider, Storage, Verification } from "../src/index.ts"
import { inTime } from "./archives.ts"
import { request, serve } from "./joined.ts"

const ct = {
  abstractSyntax: SopClass.CTImageStorage,
  transferSyntaxes: [TransferSyntax.ExplicitVRLittleEndian.uid]
}
const instance = {
  sopClassUid: SopClass.CTImageStorage,
  sopInstanceUid: Uid.makeUnsafe("1.2.3"),
  transferSyntaxUid: TransferSyntax.ExplicitVRLittleEndian.uid,
  dataSet: [Uint8Array.of(8, 0, 0x16, 0)]
}
const answering = (status: Status.Status, sopClasses: ReadonlyArray<Uid.Uid> = [SopClass.CTImageStorage]) =>
  Storage.provider(() => Effect.succeed(status), { sopClasses })

describe("ServiceClassProvider", () => {
  it.effect("several providers serve one association, each its own SOP classes", () =>
    Effect.gen(function* () {
      const joined = yield* serve([Verification.provider, answering(C_STORE.warnings.elementsDiscarded)])
      const association = yield* request(joined, [Verification.presentationContext, ct])
      assert.deepStrictEqual(yield* Verification.echo(association), Status.success)
      assert.deepStrictEqual(yield* Storage.store(association, instance), { _tag: "Warning", code: 0xb006 })
    })
  )

  it.effect("where two support a SOP class, the first is asked", () =>
    Effect.gen(function* () {
      const joined = yield* serve([answering(Status.success), answering(C_STORE.failures.outOfResources)])
      const association = yield* request(joined, [ct])
      assert.deepStrictEqual(yield* Storage.store(association, instance), Status.success)
    })
  )

  it("what several support is listed once, the first one's transfer syntaxes for a SOP class of two", () => {
    const first = { ...answering(Status.success), supported: [ct] }
    const second = {
      ...answering(Status.success),
      supported: [{ ...ct, transferSyntaxes: [TransferSyntax.RLELossless.uid] }, Verification.presentationContext]
    }
    assert.deepStrictEqual(ServiceClassProvider.together([first, second]).supported, [
      ct,
      Verification.presentationContext
    ])
  })

  it.effect("a context that no provider supports is refused as such", () =>
    Effect.gen(function* () {
      const joined = yield* serve([Verification.provider])
      const association = yield* request(joined, [Verification.presentationContext, ct])
      assert.deepStrictEqual(association.refused, [
        { id: 3, abstractSyntax: SopClass.CTImageStorage, result: "abstract-syntax-not-supported" }
      ])
    })
  )

  it.effect("operations are performed at once as far as the server has a window and its requestor proposes one", () =>
    Effect.gen(function* () {
      const asynchronousOperationsWindow = { maximumInvoked: 1, maximumPerformed: 3 }
      const joined = yield* serve([Verification.provider], { asynchronousOperationsWindow })
      const proposed = { asynchronousOperationsWindow: { maximumInvoked: 8, maximumPerformed: 1 } }
      const association = yield* request(joined, [Verification.presentationContext], { userInformation: proposed })
      assert.deepStrictEqual(association.window, { maximumInvoked: 3, maximumPerformed: 1 })
      const without = yield* request(joined, [Verification.presentationContext])
      assert.deepStrictEqual(without.window, { maximumInvoked: 1, maximumPerformed: 1 })
    })
  )

  it.effect("what takes too long is answered with processing failure: of a server, and of one of its providers", () =>
    Effect.gen(function* () {
      let interrupted = 0
      const never = Storage.provider(() => Effect.onInterrupt(Effect.never, () => Effect.sync(() => interrupted++)))
      const sooner = ServiceClassProvider.within(never, { total: "7 seconds" })
      for (const [provider, seconds] of [
        [never, 30],
        [sooner, 7]
      ] as const) {
        const joined = yield* serve([Verification.provider, provider], { deadlines: { total: "30 seconds" } })
        const association = yield* request(joined, [Verification.presentationContext, ct])
        const began = yield* Clock.currentTimeMillis
        assert.deepStrictEqual(yield* Storage.store(association, instance), { _tag: "Failure", code: 0x0110 })
        assert.strictEqual((yield* Clock.currentTimeMillis) - began, seconds * 1000)
        assert.deepStrictEqual(yield* Verification.echo(association), Status.success)
      }
      assert.strictEqual(interrupted, 2)
    }).pipe((program) => inTime(program, 1))
  )

  it.effect("a window is answered beside what is answered in extended negotiation", () =>
    Effect.gen(function* () {
      const extended = { sopClassUid: SopClass.CTImageStorage, serviceClassApplicationInformation: Uint8Array.of(1) }
      const provider = { ...answering(Status.success), extendedNegotiation: () => Uint8Array.of(2) }
      const joined = yield* serve([provider], {
        asynchronousOperationsWindow: { maximumInvoked: 1, maximumPerformed: 0 }
      })
      const association = yield* request(joined, [ct], {
        userInformation: {
          asynchronousOperationsWindow: { maximumInvoked: 4, maximumPerformed: 1 },
          sopClassExtendedNegotiations: [extended]
        }
      })
      assert.deepStrictEqual(association.window, { maximumInvoked: 4, maximumPerformed: 1 })
      assert.deepStrictEqual(association.peer.sopClassExtendedNegotiations, [
        { ...extended, serviceClassApplicationInformation: Uint8Array.of(2) }
      ])
    })
  )

  it.effect("the server counts its associations, and is at none again after each kind of end", () =>
    Effect.gen(function* () {
      const joined = yield* serve([Verification.provider])
      const count = joined.server.associations
      assert.strictEqual(yield* count, 0)
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* request(joined, [Verification.presentationContext])
          const other = yield* request(joined, [Verification.presentationContext])
          assert.strictEqual(yield* count, 2)
          yield* other.abort
        })
      )
      yield* joined.server.drain
      assert.strictEqual(yield* count, 0)
    })
  )

  it("the layer needs a listener and gives the server", () => {
    const layer = ServiceClassProvider.layer([Verification.provider])
    // @ts-expect-error a layer is not run without its listener
    const incomplete: Effect.Effect<unknown> = Effect.provide(AssociationServer.AssociationServer, layer)
    assert.isTrue(Effect.isEffect(incomplete))
  })
})
