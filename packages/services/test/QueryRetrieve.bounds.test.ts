/**
 * What bounds a retrieval that its user has left, whatever the provider makes of the C-CANCEL-RQ, and what is held of a
 * query of a million matches.
 */
import { Association } from "@effect-dicom/association"
import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import * as C_GET from "@effect-dicom/protocol/C_GET"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { QueryRetrieve, ServiceClass, type ServiceClassProvider, Storage, Verification } from "../src/index.ts"
import { inTime } from "./archives.ts"
import { pattern, request, serve } from "./joined.ts"

const { studyRoot } = QueryRetrieve
const explicit = TransferSyntax.ExplicitVRLittleEndian
const identifier = DataSet.empty(explicit)

const instance = (i: number, length = 3000): Storage.Instance => ({
  sopClassUid: SopClass.CTImageStorage,
  sopInstanceUid: Uid.makeUnsafe(`2.25.${i}`),
  transferSyntaxUid: explicit.uid,
  dataSet: Stream.make(pattern(length, i))
})

const numbered = (i: number): DataSet.DataSet =>
  Result.getOrThrow(DataSet.with(identifier, Attribute.StudyID, String(i)))

/** A provider that answers a C-GET with a pending response, and goes on as it likes when it is asked to stop. */
const obstinate = (
  goesOn: (association: Association.Association) => Effect.Effect<unknown>
): ServiceClassProvider.ServiceClassProvider => ({
  supported: [
    {
      abstractSyntax: SopClass.StudyRootQueryRetrieveInformationModelGet,
      transferSyntaxes: [explicit.uid]
    },
    {
      abstractSyntax: SopClass.CTImageStorage,
      transferSyntaxes: [explicit.uid],
      requestorRole: { scu: false, scp: true }
    }
  ],
  perform: ({ command, context }, association) => {
    if (command._tag !== "C-GET-RQ") return Effect.succeed(Association.answer(command, Status.success))
    const counts = {
      numberOfCompletedSuboperations: 1,
      numberOfFailedSuboperations: 0,
      numberOfWarningSuboperations: 0
    }
    const pending = C_GET.response(command, Status.pending, { ...counts, numberOfRemainingSuboperations: 9 })
    return Effect.uninterruptible(
      Effect.gen(function* () {
        yield* Effect.ignore(Storage.store(association, instance(1)))
        yield* Effect.ignore(association.dimse.send(context.id, pending))
        yield* goesOn(association)
        return C_GET.response(command, Status.cancel, { ...counts, numberOfRemainingSuboperations: 0 })
      })
    )
  }
})

/** Leaves a C-GET after its first response: how long that takes, in seconds, what was taken, and whether all is in step. */
const left = Effect.fnUntraced(function* (
  provider: ServiceClassProvider.ServiceClassProvider,
  keep: (received: Storage.Received) => Effect.Effect<Status.Status>,
  cancelWithin?: `${number} seconds`
) {
  const archive = yield* serve([provider, Verification.provider])
  const proposed = ServiceClass.propose([
    studyRoot.proposal({ sopClasses: [SopClass.StudyRootQueryRetrieveInformationModelGet] }),
    Verification.serviceClass.proposal(),
    Storage.serviceClass.proposal({
      sopClasses: [SopClass.CTImageStorage],
      transferSyntaxes: [explicit.uid],
      role: "SCP"
    })
  ])
  const association = yield* request(archive, proposed.presentationContexts, {
    userInformation: proposed.userInformation
  })
  const taken: Array<string> = []
  const storage = Storage.provider((received) =>
    Effect.tap(keep(received), () => Effect.sync(() => void taken.push(received.sopInstanceUid)))
  )
  const begun = yield* Clock.currentTimeMillis
  yield* studyRoot
    .client(association)
    .get(identifier, { storage, ...(cancelWithin === undefined ? {} : { deadlines: { cancelWithin } }) })
    .pipe(Stream.take(1), Stream.runDrain)
  const seconds = ((yield* Clock.currentTimeMillis) - begun) / 1000
  const state = yield* association.state
  const inStep = state === "Sta6" && Exit.isSuccess(yield* Effect.exit(Verification.echo(association)))
  const end = state === "Sta6" ? undefined : yield* association.ended
  const ended = end === undefined ? "in step" : "message" in end ? end.message : end._tag
  return { seconds, taken: taken.length, inStep, ended }
})

const whole = ({ dataSet }: Storage.Received) => Effect.as(Stream.runDrain(Stream.orDie(dataSet)), Status.success)

const noAnswer = (milliseconds: number) =>
  `The cancel deadline passed: no last response to the C-CANCEL-RQ within ${milliseconds} ms`

describe("a C-GET that its user has left", () => {
  it.effect("takes the instance that is on its way, and the association is in step", () =>
    Effect.gen(function* () {
      const result = yield* left(
        obstinate((association) => Effect.ignore(Storage.store(association, instance(2)))),
        (received) => Effect.andThen(Effect.sleep("4 seconds"), whole(received))
      )
      assert.deepStrictEqual({ ...result, seconds: 0 }, { seconds: 0, taken: 2, inStep: true, ended: "in step" })
    }).pipe(Effect.scoped, (effect) => inTime(effect, 1))
  )

  it.effect("is bounded where the provider goes on all the same, and what comes meanwhile is answered", () =>
    Effect.gen(function* () {
      const statuses: Array<string> = []
      const result = yield* left(
        obstinate((association) =>
          Effect.ignore(
            Effect.forever(
              Effect.andThen(
                Effect.sleep("1 second"),
                Effect.map(Storage.store(association, instance(2)), ({ _tag }) => statuses.push(_tag))
              )
            )
          )
        ),
        whole
      )
      assert.deepStrictEqual(result, {
        seconds: 10,
        taken: statuses.length + 1,
        inStep: false,
        ended: noAnswer(10_000)
      })
      assert.deepStrictEqual([...new Set(statuses)], ["Success"])
      assert.isAtLeast(statuses.length, 8)
    }).pipe(Effect.scoped, (effect) => inTime(effect, 1))
  )

  it.effect("is bounded where the provider falls silent, by the time that its user gives", () =>
    Effect.gen(function* () {
      const result = yield* left(
        obstinate(() => Effect.sleep("1 hour")),
        whole,
        "3 seconds"
      )
      assert.deepStrictEqual(result, { seconds: 3, taken: 1, inStep: false, ended: noAnswer(3000) })
    }).pipe(Effect.scoped, (effect) => inTime(effect, 1))
  )

  for (const [what, length] of [
    ["an instance that it never answers", 3000],
    ["an instance that it does not even read, and that holds up the reading", 1 << 22]
  ] as const) {
    it.effect(`is bounded where its user is at ${what}`, () =>
      Effect.gen(function* () {
        const result = yield* left(
          obstinate((association) => Effect.ignore(Storage.store(association, instance(2, length)))),
          (received) => (received.sopInstanceUid === instance(1).sopInstanceUid ? whole(received) : Effect.never)
        )
        assert.deepStrictEqual(result, { seconds: 10, taken: 1, inStep: false, ended: noAnswer(10_000) })
      }).pipe(Effect.scoped, (effect) => inTime(effect, 1))
    )
  }
})

describe("a query of many matches", () => {
  for (const [what, pauses] of [
    ["by a user that takes them as they come", false],
    ["by a user that pauses again and again", true]
  ] as const) {
    it.effect(`is made and taken side by side ${what}: no more than a bound is on its way`, () =>
      Effect.gen(function* () {
        const matches = 40_000
        let made = 0
        let taken = 0
        let most = 0
        const archive = yield* serve([
          studyRoot.handlers({
            find: () =>
              Stream.map(Stream.range(1, matches), (i) => {
                made++
                most = Math.max(most, made - taken)
                return { identifier: numbered(i) }
              })
          })
        ])
        const association = yield* request(archive, studyRoot.presentationContexts())
        yield* studyRoot
          .client(association)
          .find(identifier)
          .pipe(
            Stream.runForEach(({ identifier }) => {
              taken++
              assert.strictEqual(Result.getOrThrow(DataSet.get(identifier, Attribute.StudyID)), String(taken))
              return pauses && taken % 10_000 === 0 ? Effect.sleep("1 second") : Effect.void
            })
          )
        assert.strictEqual(taken, matches)
        // What the transport takes, what is held of responses, and a chunk at each end.
        assert.isBelow(most, 20_000)
      }).pipe(Effect.scoped, (effect) => inTime(effect, 1))
    )
  }
})
