import { Association } from "@effect-dicom/association"
import { ReadyMade, ScriptedPeer } from "@effect-dicom/association/testing"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import * as C_STORE from "@effect-dicom/protocol/C_STORE"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { ServiceError, Storage, Verification } from "../src/index.ts"
import { request, serve } from "./joined.ts"

const associateWithVerification = { presentationContexts: [ReadyMade.verificationContext] }

describe("Verification", () => {
  it.effect("as a service class: a client's echo is answered by a handler", () =>
    Effect.gen(function* () {
      const { serviceClass } = Verification
      const joined = yield* serve([serviceClass.handlers({ echo: () => Effect.void })])
      const client = serviceClass.client(yield* request(joined, serviceClass.presentationContexts()))
      assert.deepStrictEqual(yield* client.echo(), {
        status: { _tag: "Success", class: "Success", code: 0x0000 },
        dataSet: undefined,
        details: {}
      })
    })
  )

  it.effect("as a service class: a handler may refuse, with a status of C-ECHO only", () =>
    Effect.gen(function* () {
      const { serviceClass, VerificationStatus } = Verification
      const refusing = serviceClass.handlers({ echo: () => Effect.fail(VerificationStatus.of.SopClassNotSupported()) })
      const joined = yield* serve([refusing])
      const client = serviceClass.client(yield* request(joined, serviceClass.presentationContexts()))
      const error = yield* Effect.flip(client.echo())
      assert.strictEqual(error.message, "The operation ended with Failure 0122H, Refused: SOP Class not supported")
      // @ts-expect-error: C-ECHO has no such status
      const other = () => serviceClass.handlers({ echo: () => Effect.fail(Storage.StorageStatus.of.OutOfResources()) })
      assert.isFunction(other)
      // @ts-expect-error: there is no such operation
      const store = () => client.store({})
      assert.isFunction(store)
    })
  )

  it.effect("a provider answers a user's C-ECHO with success", () =>
    Effect.gen(function* () {
      const joined = yield* serve([Verification.provider])
      const association = yield* request(joined, [Verification.presentationContext])
      assert.deepStrictEqual(yield* Verification.echo(association), Status.success)
      assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
    })
  )

  it.effect("a user that asks for them gets the details of the status", () =>
    Effect.gen(function* () {
      const { serviceClass, VerificationStatus } = Verification
      const refusing = serviceClass.handlers({
        echo: () =>
          Effect.fail(
            ServiceError.refused(VerificationStatus.of.ProcessingFailure(), {
              errorComment: "The database is away",
              errorId: 7
            })
          )
      })
      const association = yield* request(yield* serve([refusing]), [Verification.presentationContext])
      assert.deepStrictEqual(yield* Verification.echoWithDetails(association), {
        status: { _tag: "Failure", code: 0x0110 },
        details: { errorComment: "The database is away", errorId: 7 }
      })
      const well = yield* request(yield* serve([Verification.provider]), [Verification.presentationContext])
      assert.deepStrictEqual(yield* Verification.echoWithDetails(well), { status: Status.success, details: {} })
    })
  )

  it.effect("many echoes over one association are answered each", () =>
    Effect.gen(function* () {
      const joined = yield* serve([Verification.provider])
      const association = yield* request(joined, [Verification.presentationContext])
      const statuses = yield* Effect.forEach(Array.from({ length: 100 }), () => Verification.echo(association), {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(
        statuses,
        Array.from({ length: 100 }, () => Status.success)
      )
    })
  )

  it.effect("the presentation context prefers Explicit VR Little Endian to Implicit", () =>
    Effect.gen(function* () {
      const joined = yield* serve([Verification.provider])
      const association = yield* request(joined, [Verification.presentationContext])
      assert.deepStrictEqual(
        [...association.contexts.values()].map((context) => context.transferSyntax),
        [TransferSyntax.ExplicitVRLittleEndian.uid]
      )
    })
  )

  it.effect("without an accepted context nothing is sent, and the error names what was asked for", () =>
    Effect.gen(function* () {
      const joined = yield* serve([Verification.provider])
      const association = yield* request(joined, [
        {
          abstractSyntax: SopClass.CTImageStorage,
          transferSyntaxes: [TransferSyntax.ImplicitVRLittleEndian.uid]
        }
      ])
      const sent = association.traffic.pdusSent
      const error = yield* Effect.flip(Verification.echo(association))
      assert.strictEqual(error._tag, "NoPresentationContext")
      assert.strictEqual(error.message, "No presentation context was accepted for 1.2.840.10008.1.1")
      assert.strictEqual(association.traffic.pdusSent, sent)
    })
  )

  it.effect("a user gets the status that the peer gives", () =>
    Effect.gen(function* () {
      const [socket, peer] = yield* ScriptedPeer.inMemory()
      const joined = { server: undefined as never, connect: Effect.succeed(socket) } // no server is asked for
      const status = yield* Effect.forkChild(
        Effect.scoped(Effect.flatMap(request(joined, [Verification.presentationContext]), Verification.echo))
      )
      yield* peer.expect("A-ASSOCIATE-RQ")
      yield* peer.send(
        ReadyMade.associateAC({
          presentationContexts: [
            { id: 1, result: "acceptance", transferSyntax: TransferSyntax.ImplicitVRLittleEndian.uid }
          ]
        })
      )
      yield* peer.expect("P-DATA-TF", ReadyMade.echoRQ())
      yield* peer.send(
        ReadyMade.command(1, C_ECHO.response(C_ECHO.request({ messageId: 1 }), Status.failures.sopClassNotSupported))
      )
      yield* peer.expect("A-RELEASE-RQ")
      yield* peer.send(ReadyMade.releaseRP)
      yield* peer.expectClosed("FIN")
      assert.deepStrictEqual(yield* Fiber.join(status), { _tag: "Failure", code: 0x0122 })
    })
  )

  it.effect("the peer's abort instead of the response is what the user is told", () =>
    Effect.gen(function* () {
      const [socket, peer] = yield* ScriptedPeer.inMemory()
      const joined = { server: undefined as never, connect: Effect.succeed(socket) } // no server is asked for
      const echo = yield* Effect.forkChild(
        Effect.flip(
          Effect.scoped(Effect.flatMap(request(joined, [Verification.presentationContext]), Verification.echo))
        )
      )
      yield* peer.expect("A-ASSOCIATE-RQ")
      yield* peer.send(
        ReadyMade.associateAC({
          presentationContexts: [
            { id: 1, result: "acceptance", transferSyntax: TransferSyntax.ImplicitVRLittleEndian.uid }
          ]
        })
      )
      yield* peer.expect("P-DATA-TF")
      yield* peer.send(ReadyMade.abort())
      yield* peer.expectClosed()
      assert.strictEqual((yield* Fiber.join(echo))._tag, "AbortedByPeer")
    })
  )

  it.effect("a provider refuses a C-STORE on its context as an unrecognized operation", () =>
    Effect.gen(function* () {
      const joined = yield* serve([Verification.provider])
      const peer = yield* ScriptedPeer.over(yield* joined.connect)
      yield* peer.send(ReadyMade.associateRQ(associateWithVerification))
      yield* peer.expect("A-ASSOCIATE-AC")
      const store = C_STORE.request({
        messageId: 7,
        affectedSopClassUid: SopClass.CTImageStorage,
        affectedSopInstanceUid: Uid.makeUnsafe("1.2.3")
      })
      yield* peer.send(ReadyMade.command(1, store), ReadyMade.data(1, Uint8Array.of(1, 2, 3, 4)))
      yield* peer.expect(
        "P-DATA-TF",
        ReadyMade.command(1, C_STORE.response(store, Status.failures.unrecognizedOperation))
      )
      yield* peer.send(ReadyMade.echoRQ(8))
      yield* peer.expect("P-DATA-TF", ReadyMade.echoRSP(8))
      yield* peer.send(ReadyMade.releaseRQ)
      yield* peer.expect("A-RELEASE-RP")
    })
  )

  it("answers whatever else its context carries with the status for it", () => {
    const command = C_STORE.request({
      messageId: 1,
      affectedSopClassUid: SopClass.Verification,
      affectedSopInstanceUid: Uid.makeUnsafe("1.2.3")
    })
    assert.deepStrictEqual(
      Association.answer(command, Status.failures.unrecognizedOperation),
      C_STORE.response(command, { _tag: "Failure", code: 0x0211 })
    )
  })
})
