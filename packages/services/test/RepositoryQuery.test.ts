import * as AttributeMatching from "@effect-dicom/data/AttributeMatching"
import * as Uid from "@effect-dicom/data/Uid"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Match from "effect/Match"
import * as Stream from "effect/Stream"
import { QueryRetrieve, RepositoryQuery } from "../src/index.ts"
import type { ServiceClass, ServiceStatus } from "../src/index.ts"
import { request, serve } from "./joined.ts"
import { ownStatuses } from "./ownStatuses.ts"

const { FindStatus } = RepositoryQuery

const repository = RepositoryQuery.make({
  identifier: RepositoryQuery.Identifier.study,
  match: RepositoryQuery.Match.study
})

/** Studies whose record keys are their numbers. */
const studies = Array.from({ length: 5 }, (_, i) => ({
  level: "STUDY" as const,
  studyInstanceUid: Uid.makeUnsafe(`2.25.${i}`),
  recordKey: Uint8Array.of(0, i)
}))

const provider = repository.handlers({
  find: ({ identifier }) => {
    const prior = identifier.priorRecordKey?.[1]
    if (prior !== undefined && prior >= studies.length) return Stream.fail(FindStatus.of.InvalidPriorRecordKey())
    const first = prior === undefined ? 0 : prior + 1
    const limit = Number(identifier.maximumNumberOfRecords ?? studies.length)
    const found = Stream.fromIterable(studies.slice(first, first + limit).map((identifier) => ({ identifier })))
    return first + limit < studies.length
      ? Stream.concat(found, Stream.fail(FindStatus.of.ResponseLimitReached()))
      : found
  }
})

describe("RepositoryQuery", () => {
  it.effect("what was left out by a limit is asked for after the last record key", () =>
    Effect.gen(function* () {
      const client = repository.client(yield* request(yield* serve([provider]), repository.presentationContexts()))
      const ended: Array<string> = []
      const found: Array<string> = []
      let priorRecordKey: Uint8Array | null | undefined
      for (let i = 0; i < 3; i++) {
        const identifier = {
          level: "STUDY" as const,
          studyInstanceUid: AttributeMatching.universal,
          recordKey: AttributeMatching.universal,
          maximumNumberOfRecords: 2n,
          ...(priorRecordKey === undefined ? {} : { priorRecordKey })
        }
        const onFinal = ({ status }: { readonly status: { readonly _tag: string } }) =>
          Effect.sync(() => void ended.push(status._tag))
        const matches = yield* Stream.runCollect(client.find(identifier, { onFinal }))
        found.push(...matches.map((match) => String(match.identifier.studyInstanceUid)))
        priorRecordKey = matches.at(-1)?.identifier.recordKey
      }
      assert.deepStrictEqual(ended, ["ResponseLimitReached", "ResponseLimitReached", "Success"])
      assert.deepStrictEqual(
        found,
        studies.map((study) => study.studyInstanceUid)
      )
    })
  )

  it.effect("a prior record key that is not known is refused with A710H", () =>
    Effect.gen(function* () {
      const client = repository.client(yield* request(yield* serve([provider]), repository.presentationContexts()))
      const error = yield* Effect.flip(
        Stream.runDrain(client.find({ level: "STUDY", priorRecordKey: Uint8Array.of(0, 99) }))
      )
      assert.strictEqual(error.message, "The operation ended with Failure A710H, Invalid prior record key")
    })
  )

  it("the statuses are those of PS3.4 Table C.4-1 and section C.6.4.5", () => {
    assert.deepStrictEqual(ownStatuses(FindStatus, QueryRetrieve.FindStatus.rows), [
      ["InvalidPriorRecordKey", "Failure", "A710"],
      ["ResponseLimitReached", "Warning", "B001"]
    ])
  })

  it("how a query ends is matched exhaustively", () => {
    const say = Match.type<ServiceStatus.OfClass<typeof FindStatus, "Success" | "Warning">>().pipe(
      Match.tagsExhaustive({ Success: () => "all", ResponseLimitReached: () => "there may be more" })
    )
    assert.strictEqual(say(FindStatus.of.ResponseLimitReached()), "there may be more")
  })

  it("what the class does not have does not compile", () => {
    const notRun = (client: ServiceClass.Client<typeof repository.operations>) => {
      // @ts-expect-error: there is no patient level
      client.find({ level: "PATIENT" })
      // @ts-expect-error: nothing is retrieved
      client.move({ level: "STUDY" })
      // @ts-expect-error: a number of records is a bigint
      client.find({ level: "STUDY", maximumNumberOfRecords: 2 })
      const limit = FindStatus.of.ResponseLimitReached()
      // @ts-expect-error: a Study Root query has no limit to tell of
      QueryRetrieve.studyRoot.handlers({ find: () => Stream.fail(limit) })
    }
    assert.isFunction(notRun)
  })
})
