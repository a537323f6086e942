import * as Attribute from "@effect-dicom/data/Attribute"
import * as AttributeMatching from "@effect-dicom/data/AttributeMatching"
import * as DataElement from "@effect-dicom/data/DataElement"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as PersonName from "@effect-dicom/data/PersonName"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { GeneralStatus, QueryRetrieve } from "../src/index.ts"
import type { ServiceStatus } from "../src/index.ts"
import { request, serve } from "./joined.ts"
import { findStatuses, sayRefusal } from "./findStatuses.ts"
import { ownStatuses } from "./ownStatuses.ts"

const studies = QueryRetrieve.make("Study Root", {
  identifier: QueryRetrieve.Identifier.study,
  match: QueryRetrieve.Match.study
})

const name = Result.getOrThrow(Schema.decodeResult(PersonName.FromString)("YAMADA^TAROU"))

/** An identifier as it is on the wire, of a level and one more attribute, as text. */
const identifying = (
  level: string | undefined,
  ...keys: ReadonlyArray<readonly [Attribute.Attribute<"LO" | "UI">, string]>
) => {
  const said = level === undefined ? [] : [[Attribute.QueryRetrieveLevel, level] as const]
  return DataSet.make(
    TransferSyntax.ExplicitVRLittleEndian,
    [...said, ...keys].map(([{ tag, vr }, text]) => {
      const padding = text.length % 2 === 0 ? "" : vr === "UI" ? "\0" : " "
      return DataElement.value(tag, vr, new TextEncoder().encode(text + padding))
    })
  )
}

describe("QueryRetrieve", () => {
  it.effect("studies are asked for by keys, and matches are values", () =>
    Effect.gen(function* () {
      let asked: unknown
      const joined = yield* serve([
        studies.handlers({
          find: ({ identifier }) => {
            asked = identifier
            return Stream.make({ identifier: { level: "STUDY", patientName: name, patientId: "1", studyId: null } })
          }
        })
      ])
      const client = studies.client(yield* request(joined, studies.presentationContexts()))
      const identifier = {
        level: "STUDY",
        patientName: AttributeMatching.wildCard("YAMADA*"),
        patientId: AttributeMatching.universal
      } as const
      const found = yield* Stream.runCollect(client.find(identifier))
      assert.deepStrictEqual(asked, identifier)
      assert.deepStrictEqual(found, [
        {
          identifier: { level: "STUDY", patientName: name, patientId: "1", studyId: null },
          status: { _tag: "MatchesAreContinuing", class: "Pending", code: 0xff00 }
        }
      ])
    })
  )

  it.effect("an identifier of another level is refused with A900H and the offending element", () =>
    Effect.gen(function* () {
      const joined = yield* serve([studies.handlers({ find: () => Stream.empty })])
      const client = QueryRetrieve.studyRoot.client(yield* request(joined, studies.presentationContexts()))
      const identifier = Result.getOrThrow(
        DataSet.with(DataSet.empty(TransferSyntax.ExplicitVRLittleEndian), Attribute.QueryRetrieveLevel, "SERIES")
      )
      const error = yield* Effect.flip(Stream.runDrain(client.find(identifier)))
      assert(error._tag === "Refused")
      assert.deepStrictEqual(error.status, {
        _tag: "DataSetDoesNotMatchSopClass",
        class: "Failure",
        code: 0xa900
      })
      assert.deepStrictEqual(error.details.offendingElement, [Attribute.QueryRetrieveLevel.tag])
      assert.match(error.details.errorComment ?? "", /^\(0008,0052\) QueryRetrieveLevel, CS: "SERIES"/)
    })
  )

  it.effect(
    "what is to be retrieved is refused without the unique key of its level, which would match all there is",
    () =>
      Effect.gen(function* () {
        const handled: Array<string> = []
        const joined = yield* serve([
          QueryRetrieve.patientRoot.handlers({
            get: ({ identifier }) => {
              handled.push(Result.getOrThrow(DataSet.get(identifier, Attribute.QueryRetrieveLevel)) ?? "")
              return Effect.succeed({ count: 0, instances: Stream.empty })
            }
          })
        ])
        const client = QueryRetrieve.patientRoot.client(
          yield* request(joined, QueryRetrieve.patientRoot.presentationContexts())
        )
        const refused = [
          [undefined, Attribute.QueryRetrieveLevel, identifying(undefined, [Attribute.StudyInstanceUID, "1.2"])],
          ["PATIENT", Attribute.PatientID, identifying("PATIENT")],
          ["PATIENT", Attribute.PatientID, identifying("PATIENT", [Attribute.PatientID, "*"])],
          ["STUDY", Attribute.StudyInstanceUID, identifying("STUDY", [Attribute.PatientID, "4711"])],
          ["STUDY", Attribute.StudyInstanceUID, identifying("STUDY", [Attribute.StudyInstanceUID, ""])],
          ["SERIES", Attribute.SeriesInstanceUID, identifying("SERIES", [Attribute.StudyInstanceUID, "1.2"])],
          ["IMAGE", Attribute.SOPInstanceUID, identifying("IMAGE", [Attribute.SeriesInstanceUID, "1.2"])]
        ] as const
        for (const [level, attribute, identifier] of refused) {
          const error = yield* Effect.flip(Stream.runDrain(client.get(identifier)))
          assert(error._tag === "Refused")
          assert.deepStrictEqual(
            [level, error.status.code, error.details.offendingElement],
            [level, 0xa900, [attribute.tag]]
          )
        }
        assert.deepStrictEqual(handled, [])
        const taken = [
          identifying("PATIENT", [Attribute.PatientID, "4711"]),
          identifying("STUDY", [Attribute.StudyInstanceUID, "1.2\\1.3"]),
          identifying("SERIES", [Attribute.SeriesInstanceUID, "1.2"]),
          identifying("IMAGE", [Attribute.SOPInstanceUID, "1.2\\1.3\\1.4"])
        ]
        for (const identifier of taken) yield* Stream.runDrain(client.get(identifier))
        assert.deepStrictEqual(handled, ["PATIENT", "STUDY", "SERIES", "IMAGE"])
      })
  )

  it.effect("leaving the matches early interrupts the provider", () =>
    Effect.gen(function* () {
      let interrupted = false
      const joined = yield* serve([
        studies.handlers({
          find: () =>
            Stream.make({ identifier: { level: "STUDY" as const } }).pipe(
              Stream.concat(Stream.never),
              Stream.ensuring(Effect.sync(() => (interrupted = true)))
            )
        })
      ])
      const association = yield* request(joined, studies.presentationContexts())
      const client = studies.client(association)
      const found = yield* Stream.runCollect(Stream.take(client.find({ level: "STUDY" }), 1))
      assert.deepStrictEqual([found.length, interrupted], [1, true])
      assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
    })
  )

  it.effect("many matches arrive in order", () =>
    Effect.gen(function* () {
      const joined = yield* serve([
        studies.handlers({
          find: () =>
            Stream.map(Stream.range(1, 2000), (i) => ({ identifier: { level: "STUDY" as const, studyId: String(i) } }))
        })
      ])
      const client = studies.client(yield* request(joined, studies.presentationContexts()))
      const found = yield* Stream.runCollect(client.find({ level: "STUDY" }))
      assert.deepStrictEqual(
        found.map(({ identifier }) => identifier.studyId),
        Array.from({ length: 2000 }, (_, i) => String(i + 1))
      )
    })
  )

  it("the models have the SOP classes of PS3.4 section C.6", () => {
    assert.deepStrictEqual(
      [QueryRetrieve.patientRoot, QueryRetrieve.studyRoot, QueryRetrieve.patientStudyOnly].map(
        ({ sopClasses }) => sopClasses
      ),
      [
        [
          SopClass.PatientRootQueryRetrieveInformationModelFind,
          SopClass.PatientRootQueryRetrieveInformationModelGet,
          SopClass.PatientRootQueryRetrieveInformationModelMove
        ],
        [
          SopClass.StudyRootQueryRetrieveInformationModelFind,
          SopClass.StudyRootQueryRetrieveInformationModelGet,
          SopClass.StudyRootQueryRetrieveInformationModelMove
        ],
        [
          SopClass.PatientStudyOnlyQueryRetrieveInformationModelFind,
          SopClass.PatientStudyOnlyQueryRetrieveInformationModelGet,
          SopClass.PatientStudyOnlyQueryRetrieveInformationModelMove
        ]
      ]
    )
  })

  it.effect("a SOP class of which nothing is handled is not accepted", () =>
    Effect.gen(function* () {
      const joined = yield* serve([studies.handlers({ find: () => Stream.empty })])
      const association = yield* request(joined, studies.presentationContexts())
      assert.deepStrictEqual(
        [...association.contexts.values()].map((context) => context.abstractSyntax),
        [SopClass.StudyRootQueryRetrieveInformationModelFind]
      )
    })
  )

  it("the statuses of C-FIND are those of PS3.4 Table C.4-1", () => {
    assert.deepStrictEqual(ownStatuses(QueryRetrieve.FindStatus, GeneralStatus.find), findStatuses)
  })

  it("what a client is refused with is matched exhaustively", () => {
    const say: (status: ServiceStatus.OfClass<typeof QueryRetrieve.FindStatus, "Failure" | "Cancel">) => string =
      sayRefusal
    assert.strictEqual(say(QueryRetrieve.FindStatus.of.UnableToProcess(0xc001)), "failed 49153")
  })

  it("what the class does not have does not compile", () => {
    const key: typeof QueryRetrieve.Identifier.study.Type = {
      level: "STUDY",
      // @ts-expect-error: a study has no series number
      seriesNumber: AttributeMatching.universal
    }
    // @ts-expect-error: it is of the study level
    const level: typeof QueryRetrieve.Identifier.study.Type = { level: "SERIES" }
    const handlers = () =>
      // @ts-expect-error: a match has a pending status
      studies.handlers({ find: () => Stream.fail(QueryRetrieve.FindStatus.of.MatchesAreContinuing()) })
    const notRun = (client: ReturnType<typeof studies.client>) => {
      // @ts-expect-error: there is no such operation
      client.store({ level: "STUDY" })
      // @ts-expect-error: a query of this class is of a level
      client.find({ accessionNumber: AttributeMatching.universal })
    }
    assert.deepStrictEqual(
      [typeof key, typeof level, typeof handlers, typeof notRun],
      ["object", "object", "function", "function"]
    )
  })
})
