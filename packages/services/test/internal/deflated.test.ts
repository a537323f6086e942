import * as Attribute from "@effect-dicom/data/Attribute"
import * as AttributeMatching from "@effect-dicom/data/AttributeMatching"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import * as C_FIND from "@effect-dicom/protocol/C_FIND"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { deflateRawSync, inflateRawSync } from "node:zlib"
import { QueryRetrieve, ServiceClass, Storage, StorageCommitment, SubOperations } from "../../src/index.ts"
import * as Deflated from "../../src/internal/deflated.ts"
import { pattern, request, serve, study } from "../joined.ts"

const deflated = TransferSyntax.DeflatedExplicitVRLittleEndian
const explicit = TransferSyntax.ExplicitVRLittleEndian
const { studyRoot } = QueryRetrieve

const joined = (views: ReadonlyArray<Uint8Array>): Uint8Array => Uint8Array.from(views.flatMap((view) => [...view]))

describe("deflating", () => {
  it.effect.prop(
    "zlib reads what is written, which is of even length, and it is read again, cut anywhere",
    { bytes: Schema.Uint8Array, at: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100 })) },
    ({ at, bytes }) =>
      Effect.gen(function* () {
        const views = yield* Deflated.deflate([bytes.subarray(0, at), bytes.subarray(at)])
        const whole = joined(views)
        assert.strictEqual(whole.length % 2, 0)
        assert.deepStrictEqual(new Uint8Array(inflateRawSync(whole)), bytes)
        const inflated = yield* Deflated.inflate([whole.subarray(0, at), whole.subarray(at)])
        assert.deepStrictEqual(joined(inflated), bytes)
      })
  )

  it.effect("what zlib deflated is read with a null byte behind it and without", () =>
    Effect.gen(function* () {
      const bytes = pattern(100_000)
      const raw = deflateRawSync(bytes)
      assert.deepStrictEqual(joined(yield* Deflated.inflate([raw])), bytes)
      assert.deepStrictEqual(joined(yield* Deflated.inflate([raw, new Uint8Array(1)])), bytes)
    })
  )

  it.effect("what inflates to more than the limit is not read on", () =>
    Effect.gen(function* () {
      const bomb = deflateRawSync(new Uint8Array(1 << 24))
      const { detail } = yield* Effect.flip(Deflated.inflate([bomb], 1 << 20))
      assert.strictEqual(detail, "it inflates to more than 1048576 bytes")
    })
  )

  it.effect("what is cut or was never deflated is refused", () =>
    Effect.gen(function* () {
      const raw = deflateRawSync(pattern(100_000))
      for (const views of [[raw.subarray(0, raw.length - 10)], [pattern(200, 6)], []]) {
        const { detail } = yield* Effect.flip(Deflated.inflate(views))
        assert.strictEqual(detail, "it cannot be inflated")
      }
    })
  )
})

describe("operations in a deflated transfer syntax", () => {
  const only = { transferSyntaxes: [deflated.uid] }

  it.effect("a query and its matches are values", () =>
    Effect.gen(function* () {
      const studies = QueryRetrieve.make("Study Root", {
        identifier: QueryRetrieve.Identifier.study,
        match: QueryRetrieve.Match.study
      })
      const matches = Array.from({ length: 20 }, (_, i) => ({
        identifier: { level: "STUDY" as const, patientId: `P${i}`, studyId: `${"ABC".repeat(i % 4)}${i}` }
      }))
      let asked: unknown
      const server = yield* serve([
        studies.handlers(
          {
            find: ({ identifier }) => {
              asked = identifier
              return Stream.fromIterable(matches)
            }
          },
          only
        )
      ])
      const association = yield* request(server, studies.presentationContexts(only))
      assert.deepStrictEqual(
        [...association.contexts.values()].map(({ transferSyntax }) => transferSyntax),
        [deflated.uid]
      )
      const identifier = { level: "STUDY", patientId: AttributeMatching.universal } as const
      const found = yield* Stream.runCollect(studies.client(association).find(identifier))
      assert.deepStrictEqual(asked, identifier)
      assert.deepStrictEqual(
        found.map(({ identifier }) => [identifier.patientId, identifier.studyId]),
        matches.map(({ identifier }) => [identifier.patientId, identifier.studyId])
      )
    })
  )

  it.effect("a request whose data set is not deflated is refused with A900H", () =>
    Effect.gen(function* () {
      const server = yield* serve([studyRoot.handlers({ find: () => Stream.empty }, only)])
      const association = yield* request(server, studyRoot.presentationContexts(only))
      const [context] = [...association.contexts.values()]
      const plain = DataSet.write(Result.getOrThrow(DataSet.with(DataSet.empty(explicit), Attribute.PatientID, "1")))
      const [answer] = yield* Stream.runCollect(
        association.dimse.responses(
          context?.id ?? 0,
          (messageId) => C_FIND.request({ messageId, affectedSopClassUid: context?.abstractSyntax ?? explicit.uid }),
          plain
        )
      )
      assert.deepStrictEqual(answer?.command.status, { _tag: "Failure", code: 0xa900 })
      assert.strictEqual(answer?.command.errorComment, "it cannot be inflated")
    })
  )

  it.effect("the data set of a normalized operation is a value on the other side", () =>
    Effect.gen(function* () {
      const { serviceClass } = StorageCommitment
      const transaction = {
        transactionUid: Uid.makeUnsafe("2.25.1"),
        referencedSop: [
          { referencedSopClassUid: SopClass.CTImageStorage, referencedSopInstanceUid: Uid.makeUnsafe("2.25.2") }
        ]
      }
      let asked: unknown
      const server = yield* serve([
        serviceClass.handlers(
          {
            request: ({ dataSet }) =>
              Effect.sync(() => {
                asked = dataSet
              })
          },
          only
        )
      ])
      const client = serviceClass.client(yield* request(server, serviceClass.presentationContexts(only)))
      yield* client.request({ sopInstanceUid: StorageCommitment.sopInstanceUid, dataSet: transaction })
      assert.deepStrictEqual(asked, transaction)
    })
  )

  it.effect("the failed instances of a C-GET are listed", () =>
    Effect.gen(function* () {
      const instance = {
        sopClassUid: SopClass.CTImageStorage,
        sopInstanceUid: Uid.makeUnsafe("2.25.3"),
        transferSyntaxUid: explicit.uid,
        dataSet: [pattern(100)]
      }
      const server = yield* serve([studyRoot.handlers({ get: () => Stream.make(instance) }, only)])
      const client = studyRoot.client(yield* request(server, studyRoot.presentationContexts(only)))
      const error = yield* Effect.flip(Stream.runDrain(client.get(study)))
      assert(error._tag === "Refused")
      assert.deepStrictEqual(SubOperations.failedInstances(error.dataSet ?? DataSet.empty(explicit)), [
        instance.sopInstanceUid
      ])
    })
  )
})

describe("instances of a C-GET whose transfer syntax was not accepted", () => {
  const dataSet = Result.getOrThrow(DataSet.with(DataSet.empty(explicit), Attribute.PatientID, "1234"))

  /** What arrives of an instance where one transfer syntax is accepted. */
  const got = Effect.fnUntraced(function* (
    instance: Pick<Storage.Instance, "transferSyntaxUid" | "dataSet">,
    accepted: Uid.Uid
  ) {
    const server = yield* serve([
      studyRoot.handlers({
        get: () =>
          Stream.make({ ...instance, sopClassUid: SopClass.CTImageStorage, sopInstanceUid: Uid.makeUnsafe("2.25.1") })
      })
    ])
    const { presentationContexts, userInformation } = ServiceClass.propose([
      studyRoot.proposal(),
      Storage.serviceClass.proposal({
        sopClasses: [SopClass.CTImageStorage],
        transferSyntaxes: [accepted],
        role: "SCP"
      })
    ])
    const client = studyRoot.client(yield* request(server, presentationContexts, { userInformation }))
    const kept: Array<Uint8Array> = []
    const storage = Storage.provider((received) =>
      Effect.map(Stream.runCollect(received.dataSet), (views) => {
        kept.push(joined(views))
        return Status.success
      })
    )
    yield* Stream.runDrain(client.get(study, { storage }))
    assert.strictEqual(kept.length, 1)
    return kept[0] ?? new Uint8Array()
  })

  it.effect("one that is deflated is sent inflated", () =>
    Effect.gen(function* () {
      const bytes = deflateRawSync(DataSet.toBytes(dataSet))
      const instance = { transferSyntaxUid: deflated.uid, dataSet: [bytes] }
      const implicit = TransferSyntax.ImplicitVRLittleEndian
      assert.deepStrictEqual(
        yield* got(instance, implicit.uid),
        DataSet.toBytes(Result.getOrThrow(DataSet.transcode(dataSet, implicit)))
      )
    })
  )

  it.effect("one that is not is sent deflated", () =>
    Effect.gen(function* () {
      const bytes = yield* got({ transferSyntaxUid: explicit.uid, dataSet: DataSet.write(dataSet) }, deflated.uid)
      assert.deepStrictEqual(new Uint8Array(inflateRawSync(bytes)), DataSet.toBytes(dataSet))
    })
  )
})
