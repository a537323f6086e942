import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Match from "effect/Match"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { GeneralStatus, RTMachineVerification, ServiceClassProvider } from "../src/index.ts"
import { request, serve } from "./joined.ts"
import { ownStatuses } from "./ownStatuses.ts"

const { ActionStatus, CreateStatus, GetStatus, SetStatus, conventional, ion } = RTMachineVerification

const sopInstanceUid = Uid.makeUnsafe("2.25.1")
const plan = {
  referencedRTPlan: [
    { referencedSopClassUid: SopClass.RTPlanStorage, referencedSopInstanceUid: Uid.makeUnsafe("2.25.2") }
  ],
  patientId: "P1",
  generalMachineVerification: null,
  conventionalMachineVerification: null
}
const settings = Result.getOrThrow(
  DataSet.with(DataSet.empty(TransferSyntax.ExplicitVRLittleEndian), Attribute.TreatmentMachineName, "LINAC")
)
const results = Schema.encodeSync(RTMachineVerification.Results)({
  treatmentVerificationStatus: "NOT_VERIFIED",
  overriddenParameters: null
})

describe("RTMachineVerification", () => {
  it.effect("a beam is verified: created, set, asked for, told, read and deleted", () =>
    Effect.gen(function* () {
      const seen: Array<unknown> = []
      const note = (what: unknown) => Effect.sync(() => void seen.push(what))
      const joined = yield* serve([
        conventional.handlers({
          create: ({ dataSet }) => note(dataSet),
          set: ({ dataSet }) => note(Result.getOrThrow(DataSet.get(dataSet, Attribute.TreatmentMachineName))),
          verify: ({ association, sopInstanceUid }) =>
            Effect.gen(function* () {
              const { done, pending } = conventional.notifier(association)
              yield* pending({ sopInstanceUid })
              yield* done({ sopInstanceUid, dataSet: { treatmentVerificationStatus: "NOT_VERIFIED" } })
            }).pipe(Effect.orDie),
          get: () => Effect.succeed({ dataSet: results }),
          delete: () => note("deleted")
        })
      ])
      const association = yield* request(joined, conventional.presentationContexts())
      const listening = yield* Effect.forkChild(
        ServiceClassProvider.serve(
          association,
          conventional.notificationHandlers({
            pending: () => note("pending"),
            done: ({ dataSet }) => note(dataSet)
          })
        )
      )
      const client = conventional.client(association)
      yield* client.create({ sopInstanceUid, dataSet: plan })
      yield* client.set({ sopInstanceUid, dataSet: settings })
      yield* client.verify({ sopInstanceUid })
      const { dataSet } = yield* client.get({ sopInstanceUid })
      yield* client.delete({ sopInstanceUid })
      assert.deepStrictEqual(seen, [
        plan,
        "LINAC",
        "pending",
        { treatmentVerificationStatus: "NOT_VERIFIED" },
        "deleted"
      ])
      assert.deepStrictEqual(yield* Schema.decodeEffect(RTMachineVerification.Results)(dataSet), {
        treatmentVerificationStatus: "NOT_VERIFIED",
        overriddenParameters: null
      })
      yield* Fiber.interrupt(listening)
    })
  )

  it.effect("each operation is refused with a status of its own", () =>
    Effect.gen(function* () {
      const joined = yield* serve([
        ion.handlers({
          create: () => Effect.fail(CreateStatus.of.PlanNotFound()),
          set: () => Effect.fail(SetStatus.of.BeamNotFound()),
          verify: () => Effect.fail(ActionStatus.of.InstanceNotFound()),
          get: () => Effect.fail(GetStatus.of.InstanceNotFound()),
          delete: () => Effect.fail(RTMachineVerification.DeleteStatus.of.NoSuchSopInstance())
        })
      ])
      const client = ion.client(yield* request(joined, ion.presentationContexts()))
      const messages = yield* Effect.all([
        Effect.flip(client.create({ sopInstanceUid, dataSet: plan })),
        Effect.flip(client.set({ sopInstanceUid, dataSet: settings })),
        Effect.flip(client.verify({ sopInstanceUid })),
        Effect.flip(client.get({ sopInstanceUid })),
        Effect.flip(client.delete({ sopInstanceUid }))
      ])
      assert.deepStrictEqual(
        messages.map(({ message }) => message),
        [
          "The operation ended with Failure C227H, Failed: No such object instance - Referenced RT Plan not found",
          "The operation ended with Failure C224H, Failed: Referenced Beam Number not found within the referenced Fraction Group",
          "The operation ended with Failure C112H, Failed: Machine Verification requested instance not found",
          "The operation ended with Failure C112H, Failed: Applicable Machine Verification instance not found",
          "The operation ended with Failure 0112H, No such SOP Instance"
        ]
      )
    })
  )

  it("a verification is of one plan", () => {
    const two = { ...plan, referencedRTPlan: [...plan.referencedRTPlan, ...plan.referencedRTPlan] }
    assert.isTrue(Result.isFailure(Schema.encodeResult(RTMachineVerification.Attributes)(two)))
  })

  it("the statuses are those of PS3.4 sections DD.3.2.1.2, DD.3.2.2.3 and DD.3.2.3.2", () => {
    assert.deepStrictEqual(ownStatuses(CreateStatus, GeneralStatus.create), [
      ["FractionGroupDoesNotExist", "Failure", "C221"],
      ["NoBeams", "Failure", "C222"],
      ["AlreadyVerifying", "Failure", "C223"],
      ["PlanNotFound", "Failure", "C227"]
    ])
    assert.deepStrictEqual(ownStatuses(SetStatus, GeneralStatus.setAttributes), [
      ["BeamNotFound", "Failure", "C224"],
      ["DeviceNotSupported", "Failure", "C225"],
      ["DeviceNotFound", "Failure", "C226"]
    ])
    assert.deepStrictEqual(ownStatuses(GetStatus, GeneralStatus.getAttributes), [
      ["InstanceNotFound", "Failure", "C112"]
    ])
    assert.deepStrictEqual(ownStatuses(ActionStatus, GeneralStatus.action), [["InstanceNotFound", "Failure", "C112"]])
    assert.deepStrictEqual(ownStatuses(RTMachineVerification.DeleteStatus, GeneralStatus.delete), [])
    assert.deepStrictEqual(ownStatuses(RTMachineVerification.EventStatus, GeneralStatus.eventReport), [])
  })

  it("statuses are matched exhaustively, and what the classes do not have does not compile", () => {
    const told = Match.type<RTMachineVerification.TreatmentVerificationStatus>().pipe(
      Match.when("VERIFIED", () => true),
      Match.when("VERIFIED_OVR", () => true),
      Match.when("NOT_VERIFIED", () => false),
      Match.exhaustive
    )
    assert.isFalse(told("NOT_VERIFIED"))
    const own = (status: Exclude<RTMachineVerification.CreateStatus, { readonly code: keyof Small }>): string => {
      switch (status._tag) {
        case "FractionGroupDoesNotExist":
        case "NoBeams":
        case "AlreadyVerifying":
        case "PlanNotFound":
          return status._tag
      }
    }
    assert.strictEqual(own(CreateStatus.of.NoBeams()), "NoBeams")
    const notRun = (client: ReturnType<typeof ion.client>, notifier: ReturnType<typeof ion.notifier>) => {
      // @ts-expect-error: a verification is of a plan
      client.create({ sopInstanceUid, dataSet: { patientId: "P1", generalMachineVerification: null } })
      // @ts-expect-error: the provider reports this
      client.done({ sopInstanceUid })
      // @ts-expect-error: the request has no information
      client.verify({ sopInstanceUid, dataSet: settings })
      // @ts-expect-error: handlers are missing
      ion.handlers({ create: () => Effect.void })
      // @ts-expect-error: this status is that of N-SET
      ion.handlers({ create: () => Effect.fail(SetStatus.of.BeamNotFound()) })
      // @ts-expect-error: there is no such verification status
      notifier.done({ sopInstanceUid, dataSet: { treatmentVerificationStatus: "DONE" } })
    }
    assert.isFunction(notRun)
  })
})

/** The codes of PS3.7 that N-CREATE has. */
type Small = { readonly [S in (typeof GeneralStatus.create)[keyof typeof GeneralStatus.create] as S["first"]]: S }
