/**
 * Operations over connections that are cut, silent, or take nothing more, after any byte of either direction: whatever was
 * asked for is over within the deadlines, on both sides, and so is leaving the association.
 */
import { UpperLayer } from "@effect-dicom/association"
import { Fault } from "@effect-dicom/association/testing"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import type { AETitle } from "@effect-dicom/protocol/AETitle"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Socket from "effect/socket/Socket"
import * as Stream from "effect/Stream"
import { QueryRetrieve, ServiceClass, Storage, StorageCommitment, SubOperations, Verification } from "../src/index.ts"
import { inTime } from "./archives.ts"
import { pattern, request, serve, study } from "./joined.ts"

const { studyRoot } = QueryRetrieve
const explicit = TransferSyntax.ExplicitVRLittleEndian
const identifier = study
// the cast: a title of the standard's characters, at most 16
const destination = "WORKSTATION" as AETitle

const instance = (i: number): Storage.Instance => ({
  sopClassUid: SopClass.CTImageStorage,
  sopInstanceUid: Uid.makeUnsafe(`2.25.${i}`),
  transferSyntaxUid: explicit.uid,
  dataSet: Stream.fromIterable(Array.from({ length: 5 }, (_, j) => pattern(1000, i + j)))
})

const Wire = Schema.Struct({
  what: Schema.Literals(["cut", "reset", "silent", "stalled", "well"]),
  way: Schema.Literals(["out", "in"]),
  bytes: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 12_000 })),
  /** How many bytes are taken before who writes waits for who reads. */
  capacity: Schema.Literals([1, 1000, 262_144])
})

const operations = ["echo", "store", "find", "get", "move", "commit"] as const

const course = {
  operation: Schema.Literals(operations),
  /** What becomes of it: it is let go on, left after the first response, or left after a time. */
  left: Schema.Literals(["never", "after one", "after a second", "after a minute"]),
  /** How many seconds the provider takes for each response. */
  slow: Schema.Literals([0, 1, 45]),
  responses: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 })),
  user: Wire,
  mover: Wire
}

const spoil = ({ bytes, way, what }: typeof Wire.Type, socket: Socket.Socket): Socket.Socket => {
  const faults = {
    cut: Fault.cut(bytes),
    reset: Fault.cut(bytes, "reset"),
    silent: Fault.swallow(bytes),
    stalled: Fault.stall(bytes),
    well: undefined
  }
  const fault = faults[what]
  if (fault === undefined) return socket
  return way === "out" ? Fault.outgoing(socket, fault) : Fault.incoming(socket, fault)
}

describe("operations under faults", () => {
  it.effect.prop(
    "are over within the deadlines, and so is the association, on both sides",
    course,
    ({ left, mover, operation, responses, slow, user }) =>
      Effect.gen(function* () {
        const wait = Effect.sleep(`${slow} seconds`)
        const storage = Storage.provider((received) =>
          Effect.as(Effect.andThen(Stream.runDrain(received.dataSet), wait), Status.success)
        )
        const instances = Stream.map(responses === 0 ? Stream.empty : Stream.range(1, responses), instance)
        const workstation = yield* serve([storage], {}, mover.capacity)
        const toWorkstation = Effect.map(workstation.connect, (socket) => spoil(mover, socket))
        const layer = studyRoot.layer({
          find: () => Stream.mapEffect(instances, () => Effect.as(wait, { identifier })),
          get: () => instances,
          move: (asked) =>
            Effect.map(SubOperations.destination(asked.destination), (transport) => ({ transport, instances }))
        })
        const context = yield* Layer.build(
          Layer.provide(
            layer,
            SubOperations.layerDestinations({ WORKSTATION: Layer.effect(UpperLayer.Transport, toWorkstation) })
          )
        )
        const commitment = yield* StorageCommitment.provider({
          commit: ({ referencedSop }) => Effect.as(wait, { referencedSop, failedSop: [] })
        })
        const archive = yield* serve(
          [Context.get(context, studyRoot.provider), Verification.provider, storage, commitment],
          {},
          user.capacity
        )
        const proposed = ServiceClass.propose([
          studyRoot.proposal(),
          Verification.serviceClass.proposal(),
          StorageCommitment.serviceClass.proposal(),
          Storage.serviceClass.proposal({
            sopClasses: [SopClass.CTImageStorage],
            transferSyntaxes: [explicit.uid],
            role: "both"
          })
        ])
        const transactions = yield* StorageCommitment.transactions
        const asking = Effect.gen(function* () {
          const association = yield* request(archive, proposed.presentationContexts, {
            userInformation: proposed.userInformation,
            wire: (socket) => spoil(user, socket)
          })
          const client = studyRoot.client(association)
          const asked: { readonly [O in (typeof operations)[number]]: () => Stream.Stream<unknown, unknown> } = {
            echo: () => Stream.fromEffect(Verification.echo(association)),
            store: () => Stream.mapEffect(instances, (one) => Storage.store(association, one)),
            find: () => client.find(identifier),
            get: () => client.get(identifier, { storage }),
            move: () => client.move(identifier, { destination }),
            commit: () =>
              Stream.fromEffect(
                Effect.timeout(
                  transactions.commit(association, {
                    transactionUid: Uid.makeUnsafe("2.25.99"),
                    referencedSop: [
                      {
                        referencedSopClassUid: SopClass.CTImageStorage,
                        referencedSopInstanceUid: Uid.makeUnsafe("2.25.1")
                      }
                    ]
                  }),
                  "2 minutes"
                )
              )
          }
          const answers = asked[operation]()
          const during = {
            never: answers,
            "after one": Stream.take(answers, 1),
            "after a second": Stream.interruptWhen(answers, Effect.sleep("1 second")),
            "after a minute": Stream.interruptWhen(answers, Effect.sleep("1 minute"))
          }
          yield* Stream.runDrain(during[left])
        }).pipe(Effect.scoped)
        const begun = yield* Clock.currentTimeMillis
        const outcome = yield* Effect.match(asking, {
          onSuccess: () => "success",
          onFailure: (error) => (error as { readonly _tag?: string })._tag ?? "failure" // any error has a tag or none
        })
        const took = (yield* Clock.currentTimeMillis) - begun
        assert.isAtMost(took, 400_000, `${outcome} after so many milliseconds`)
        // The other side has no word from this one, or none that it has understood.
        yield* Effect.sleep("200 seconds")
        assert.strictEqual(yield* archive.server.associations, 0, "associations of the archive")
        assert.strictEqual(yield* workstation.server.associations, 0, "associations of the workstation")
      }).pipe(Effect.scoped, inTime),
    { timeout: 120_000, arbitrary: { runs: 80 } }
  )
})
