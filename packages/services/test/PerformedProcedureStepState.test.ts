import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import { ModalityPerformedProcedureStep, PerformedProcedureStepState, ServiceClass } from "../src/index.ts"
import { inTime, settled } from "./archives.ts"
import { request, serve } from "./joined.ts"

const { serviceClass, retrieve } = ModalityPerformedProcedureStep
const { create, keep, set, stateOf, transitions } = PerformedProcedureStepState

const noInstance = "The operation ended with Failure 0112H, No such SOP Instance"

const sopInstanceUid = Uid.makeUnsafe("2.25.1")

const empty = DataSet.empty(TransferSyntax.ExplicitVRLittleEndian)

const inState = (status: string, comments?: string): DataSet.DataSet => {
  const dataSet = Result.getOrThrow(DataSet.with(empty, Attribute.PerformedProcedureStepStatus, status))
  return comments === undefined
    ? dataSet
    : Result.getOrThrow(DataSet.with(dataSet, Attribute.CommentsOnThePerformedProcedureStep, comments))
}

const failure = <A, E>(result: Result.Result<A, E>): E => {
  assert(Result.isFailure(result))
  return result.failure
}

describe("PerformedProcedureStepState", () => {
  it("the transitions are those of PS3.4 Table F.1-4", () => {
    const rows = Object.entries(transitions).flatMap(([event, cells]) =>
      Object.entries(cells).flatMap(([from, to]) => (to === undefined ? [] : [[event, from, to]]))
    )
    assert.deepStrictEqual(rows, [
      ["Performed Procedure Step Discontinued", "IN PROGRESS", "DISCONTINUED"],
      ["Performed Procedure Step Completed", "IN PROGRESS", "COMPLETED"]
    ])
  })

  it("a step is created in progress and in no other state (PS3.4 section F.7.2.1.3)", () => {
    const inProgress = inState("IN PROGRESS")
    assert.strictEqual(Result.getOrThrow(create(inProgress)), inProgress)
    for (const other of [inState("COMPLETED"), inState("DISCONTINUED"), inState("DONE"), empty]) {
      const refused = failure(create(other))
      assert.strictEqual(refused.status.code, 0x0106)
      assert.deepStrictEqual(refused.details, {
        errorComment: "A step is created IN PROGRESS",
        attributeIdentifierList: [Attribute.PerformedProcedureStepStatus.tag]
      })
    }
  })

  it("a step in progress goes on or ends, and one that has ended stays as it is (PS3.4 section F.7.2.2.3)", () => {
    const all = ["IN PROGRESS", "DISCONTINUED", "COMPLETED"]
    const becomes = all.map((from) =>
      [...all, undefined].map((to) => {
        const changed = set(inState(from), to === undefined ? empty : inState(to))
        return Result.isSuccess(changed) ? stateOf(changed.success) : changed.failure.status.code
      })
    )
    assert.deepStrictEqual(becomes, [
      ["IN PROGRESS", "DISCONTINUED", "COMPLETED", "IN PROGRESS"],
      [0x0110, 0x0110, 0x0110, 0x0110],
      [0x0110, 0x0110, 0x0110, 0x0110]
    ])
  })

  it("what refuses is PS3.4 Table F.7.2-2's", () => {
    const { details, status } = failure(set(inState("COMPLETED"), inState("DISCONTINUED")))
    assert.deepStrictEqual(status, { _tag: "ProcessingFailure", class: "Failure", code: 0x0110 })
    assert.deepStrictEqual(details, {
      errorComment: "Performed Procedure Step Object may no longer be updated",
      errorId: 0xa710
    })
  })

  it("a status that is no state is refused, and that of a step that has ended all the same", () => {
    assert.strictEqual(failure(set(inState("IN PROGRESS"), inState("DONE"))).status.code, 0x0106)
    assert.strictEqual(failure(set(inState("COMPLETED"), inState("DONE"))).status.code, 0x0110)
  })

  it("modifications take the place of attributes and leave the others", () => {
    const before = inState("IN PROGRESS", "FIRST")
    const after = Result.getOrThrow(set(before, inState("COMPLETED")))
    assert.strictEqual(Result.getOrThrow(DataSet.get(after, Attribute.CommentsOnThePerformedProcedureStep)), "FIRST")
    assert.strictEqual(stateOf(before), "IN PROGRESS")
  })

  it("a strict N-SET changes what PS3.4 Table F.7.2-1 lets it change, and ends a step with what a final state has", () => {
    const before = inState("IN PROGRESS")
    const patient = Result.getOrThrow(DataSet.with(inState("IN PROGRESS"), Attribute.PatientID, "P2"))
    assert(Result.isSuccess(set(before, patient)))
    const forbidden = failure(set(before, patient, { strict: true }))
    assert.deepStrictEqual(
      [forbidden.status.code, forbidden.details.attributeIdentifierList],
      [0x0106, [Attribute.PatientID.tag]]
    )
    const bare = failure(set(before, inState("COMPLETED"), { strict: true }))
    assert.deepStrictEqual(
      [bare.status.code, bare.details.attributeIdentifierList],
      [
        0x0121,
        [
          Attribute.PerformedProcedureStepEndDate.tag,
          Attribute.PerformedProcedureStepEndTime.tag,
          Attribute.PerformedSeriesSequence.tag
        ]
      ]
    )
    const series = Result.getOrThrow(
      DataSet.withAll(empty, [
        [Attribute.PerformingPhysicianName, null],
        [Attribute.ProtocolName, "HEAD"],
        [Attribute.OperatorsName, null],
        [Attribute.SeriesInstanceUID, Uid.makeUnsafe("2.25.3")],
        [Attribute.SeriesDescription, null],
        [Attribute.RetrieveAETitle, null],
        [Attribute.ReferencedImageSequence, null],
        [Attribute.ReferencedNonImageCompositeSOPInstanceSequence, null]
      ])
    )
    const ended = Result.getOrThrow(
      DataSet.withAll(inState("COMPLETED"), [
        [Attribute.PerformedProcedureStepEndDate, { year: 2026, month: 3, day: 14 }],
        [Attribute.PerformedProcedureStepEndTime, { hour: 9 }],
        [Attribute.PerformedSeriesSequence, [series]]
      ])
    )
    assert.strictEqual(stateOf(Result.getOrThrow(set(before, ended, { strict: true }))), "COMPLETED")
    assert(Result.isSuccess(set(before, inState("IN PROGRESS", "GOES ON"), { strict: true })))
  })

  it("another character set makes the whole UTF-8", () => {
    const latin = (name: string, attribute: Attribute.Attribute<"SH", "1">, characterSet: string) =>
      Result.getOrThrow(
        Result.flatMap(DataSet.with(empty, Attribute.SpecificCharacterSet, [characterSet]), (dataSet) =>
          DataSet.with(dataSet, attribute, name)
        )
      )
    const before = DataSet.make(TransferSyntax.ExplicitVRLittleEndian, [
      ...DataSet.elements(latin("GERÄT", Attribute.PerformedStationName, "ISO_IR 100")),
      ...DataSet.elements(inState("IN PROGRESS"))
    ])
    const after = Result.getOrThrow(set(before, latin("МРТ", Attribute.PerformedLocation, "ISO_IR 144")))
    assert.deepStrictEqual(
      [Attribute.PerformedStationName, Attribute.PerformedLocation].map((attribute) =>
        Result.getOrThrow(DataSet.get(after, attribute))
      ),
      ["GERÄT", "МРТ"]
    )
    assert.deepStrictEqual(Result.getOrThrow(DataSet.get(after, Attribute.SpecificCharacterSet)), ["ISO_IR 192"])
  })

  it.effect("a strict provider refuses an end without an end", () =>
    Effect.gen(function* () {
      const kept = yield* keep({ strict: true })
      const joined = yield* serve([kept.provider])
      const client = serviceClass.client(yield* request(joined, serviceClass.presentationContexts()))
      yield* client.create({ sopInstanceUid, dataSet: inState("IN PROGRESS") })
      const error = yield* Effect.flip(client.set({ sopInstanceUid, dataSet: inState("DISCONTINUED") }))
      assert.strictEqual(
        error.message,
        "The operation ended with Failure 0121H, Missing attribute value: A step ends with an end and a series"
      )
      assert.strictEqual(kept.find(sopInstanceUid)?.state, "IN PROGRESS")
    })
  )

  it.effect("a provider keeps steps and gives them back", () =>
    Effect.gen(function* () {
      const told: Array<unknown> = []
      const kept = yield* keep({ onChange: ({ state }) => Effect.sync(() => void told.push(state)) })
      const joined = yield* serve([kept.provider])
      const association = yield* request(
        joined,
        ServiceClass.propose([serviceClass.proposal(), retrieve.proposal()]).presentationContexts
      )
      const client = serviceClass.client(association)
      const { get } = retrieve.client(association)

      assert.strictEqual((yield* Effect.flip(get({ sopInstanceUid }))).message, noInstance)
      yield* client.create({ sopInstanceUid, dataSet: inState("IN PROGRESS", "FIRST") })
      const twice = yield* Effect.flip(client.create({ sopInstanceUid, dataSet: inState("IN PROGRESS") }))
      assert.strictEqual(twice.message, "The operation ended with Failure 0111H, Duplicate SOP Instance")
      yield* client.set({ sopInstanceUid, dataSet: inState("COMPLETED") })
      const late = yield* Effect.flip(client.set({ sopInstanceUid, dataSet: inState("DISCONTINUED") }))
      assert(late._tag === "Refused")
      assert.strictEqual(
        late.message,
        "The operation ended with Failure 0110H, Processing failure: Performed Procedure Step Object may no longer be updated"
      )
      assert.strictEqual(late.details.errorId, 0xa710)
      const other = Uid.makeUnsafe("2.25.2")
      const unknown = yield* Effect.flip(client.set({ sopInstanceUid: other, dataSet: inState("COMPLETED") }))
      assert.strictEqual(unknown.message, noInstance)
      const unnamed = yield* Effect.flip(client.create({ dataSet: inState("IN PROGRESS") }))
      assert.strictEqual(
        unnamed.message,
        "The operation ended with Failure 0117H, Invalid SOP Instance: The user names the instance"
      )

      const { dataSet } = yield* get({ sopInstanceUid })
      assert.strictEqual(stateOf(dataSet), "COMPLETED")
      const modality = Attribute.Modality.tag
      const status = Attribute.PerformedProcedureStepStatus.tag
      const some = yield* get({ sopInstanceUid, attributes: [status, modality] })
      assert.strictEqual(some.status._tag, "OptionalAttributesNotSupported")
      assert.deepStrictEqual(some.details.attributeIdentifierList, [modality])
      assert.deepStrictEqual(
        DataSet.elements(some.dataSet).map(({ tag }) => tag),
        [status]
      )
      assert.deepStrictEqual(told, ["IN PROGRESS", "COMPLETED"])
      assert.strictEqual(kept.find(sopInstanceUid)?.state, "COMPLETED")
    })
  )

  it.effect("of two users that end a step at once one does, and what comes after is told after", () =>
    Effect.gen(function* () {
      const told: Array<string> = []
      const kept = yield* keep({
        onChange: ({ state }) =>
          Effect.andThen(
            Effect.sleep("1 second"),
            Effect.sync(() => void told.push(state))
          )
      })
      const joined = yield* serve([kept.provider])
      const user = Effect.map(request(joined, serviceClass.presentationContexts()), serviceClass.client)
      const [one, other] = [yield* user, yield* user]
      const outcome = <A>(effect: Effect.Effect<A, { readonly message: string }>) =>
        Effect.match(effect, { onSuccess: () => "done", onFailure: ({ message }) => message })
      const ended = yield* inTime(
        Effect.andThen(
          one.create({ sopInstanceUid, dataSet: inState("IN PROGRESS") }),
          Effect.all(
            [
              outcome(one.set({ sopInstanceUid, dataSet: inState("COMPLETED") })),
              outcome(other.set({ sopInstanceUid, dataSet: inState("DISCONTINUED") })),
              outcome(other.create({ sopInstanceUid, dataSet: inState("IN PROGRESS") }))
            ],
            { concurrency: "unbounded" }
          )
        ),
        1
      )
      assert.deepStrictEqual(ended, [
        "done",
        "The operation ended with Failure 0110H, Processing failure: Performed Procedure Step Object may no longer be updated",
        "The operation ended with Failure 0111H, Duplicate SOP Instance"
      ])
      assert.deepStrictEqual([told, kept.find(sopInstanceUid)?.state], [["IN PROGRESS", "COMPLETED"], "COMPLETED"])
    })
  )

  it.effect("a step of which the telling never ends holds up no other step, and is given up in time", () =>
    Effect.gen(function* () {
      const kept = yield* keep({
        onChange: (step) => (step.sopInstanceUid === sopInstanceUid ? Effect.never : Effect.void)
      })
      const joined = yield* serve([kept.provider])
      const user = Effect.map(request(joined, serviceClass.presentationContexts()), serviceClass.client)
      const [stuck, client] = [yield* user, yield* user]
      const creating = yield* Effect.forkChild(
        Effect.flip(stuck.create({ sopInstanceUid, dataSet: inState("IN PROGRESS") })),
        { startImmediately: true }
      )
      const other = Uid.makeUnsafe("2.25.2")
      yield* inTime(client.create({ sopInstanceUid: other, dataSet: inState("IN PROGRESS") }), 1)
      yield* inTime(client.set({ sopInstanceUid: other, dataSet: inState("COMPLETED") }), 1)
      assert.deepStrictEqual([kept.find(sopInstanceUid), kept.find(other)?.state], [undefined, "COMPLETED"])
      const error = yield* inTime(Fiber.join(creating), 30)
      assert.strictEqual(
        error.message,
        "The operation ended with Failure 0110H, Processing failure: The change took too long"
      )
      assert.strictEqual(kept.find(sopInstanceUid), undefined)
    })
  )

  it.effect("a change that is not taken on may be asked for again, and one whose user is gone is carried out", () =>
    Effect.gen(function* () {
      let fails = true
      const kept = yield* keep({
        onChange: ({ state }) => {
          if (state === "IN PROGRESS") return Effect.void
          return fails ? Effect.die("no database") : Effect.sleep("5 seconds")
        }
      })
      const joined = yield* serve([kept.provider])
      const association = yield* request(joined, serviceClass.presentationContexts())
      const client = serviceClass.client(association)
      yield* client.create({ sopInstanceUid, dataSet: inState("IN PROGRESS") })
      const error = yield* Effect.flip(client.set({ sopInstanceUid, dataSet: inState("COMPLETED") }))
      assert.strictEqual(error.message, "The operation ended with Failure 0110H, Processing failure")
      assert.strictEqual(kept.find(sopInstanceUid)?.state, "IN PROGRESS")
      fails = false
      const asking = yield* Effect.forkChild(Effect.flip(client.set({ sopInstanceUid, dataSet: inState("COMPLETED") })))
      yield* settled
      yield* association.abort
      assert.strictEqual((yield* Fiber.join(asking))._tag, "AbortedLocally")
      yield* inTime(Effect.sleep("6 seconds"))
      assert.strictEqual(kept.find(sopInstanceUid)?.state, "COMPLETED")
    })
  )
})
