import { UpperLayer } from "@effect-dicom/association"
import * as Attribute from "@effect-dicom/data/Attribute"
import type * as AttributeValue from "@effect-dicom/data/AttributeValue"
import * as DataSet from "@effect-dicom/data/DataSet"
import type { AttributeVr } from "@effect-dicom/data/Dictionary"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import type { AETitle } from "@effect-dicom/protocol/AETitle"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Match from "effect/Match"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { CompositeInstanceRetrieve, Operation, ServiceClass, Storage, SubOperations } from "../src/index.ts"
import type { ServiceStatus } from "../src/index.ts"
import { request, serve } from "./joined.ts"
import { ownStatuses } from "./ownStatuses.ts"

const { GetStatus, MoveStatus, root, withoutBulkData } = CompositeInstanceRetrieve
const explicit = TransferSyntax.ExplicitVRLittleEndian
const one = Uid.makeUnsafe("2.25.1")
const two = Uid.makeUnsafe("2.25.2")
// the cast: a title of the standard's characters, at most 16
const destination = "WORKSTATION" as AETitle

const bytes = Uint8Array.of(1, 2, 3, 4)
const empty = DataSet.empty(explicit)

const set = <VR extends AttributeVr, VM extends string>(
  whole: DataSet.DataSet,
  attribute: Attribute.Any<VR, VM>,
  value: NoInfer<AttributeValue.Value<VR, VM>>
): DataSet.DataSet => Result.getOrThrow(DataSet.with(whole, attribute, value))

const patient = set(empty, Attribute.PatientID, "1")
const dataSet = set(set(patient, Attribute.PixelData, bytes), Attribute.repeated(Attribute.OverlayData, 1), bytes)

const instance = (sopInstanceUid: Uid.Uid, whole: DataSet.DataSet = dataSet): Storage.Instance => ({
  sopClassUid: SopClass.UltrasoundMultiFrameImageStorage,
  sopInstanceUid,
  transferSyntaxUid: explicit.uid,
  dataSet: DataSet.write(whole)
})

const keeping = () => {
  const kept: Array<readonly [string, Uint8Array]> = []
  const provider = Storage.provider((received) =>
    Effect.map(Stream.runCollect(received.dataSet), (views) => {
      kept.push([received.sopInstanceUid, Uint8Array.from(views.flatMap((view) => [...view]))])
      return Status.success
    })
  )
  return { kept, provider }
}

const storage = Storage.serviceClass.proposal({
  sopClasses: [SopClass.UltrasoundMultiFrameImageStorage],
  transferSyntaxes: [explicit.uid],
  role: "SCP"
})

describe("CompositeInstanceRetrieve", () => {
  it.effect("instances are got by SOP Instance UID alone, frames by one of the frame level keys", () =>
    Effect.gen(function* () {
      const asked: Array<CompositeInstanceRetrieve.Identifier> = []
      const joined = yield* serve([
        root.handlers(
          {
            get: ({ identifier }) => {
              asked.push(identifier)
              return identifier.level === "IMAGE"
                ? Stream.fromIterable(identifier.sopInstanceUids.map((uid) => instance(uid)))
                : Stream.make(instance(two))
            }
          },
          { extendedNegotiation: { get: (proposed) => proposed } }
        )
      ])
      const conversion = { enhancedMultiFrameImageConversion: true }
      const { presentationContexts, userInformation } = ServiceClass.propose([
        root.proposal({ extendedNegotiation: { get: conversion } }),
        storage
      ])
      const association = yield* request(joined, presentationContexts, { userInformation })
      assert.deepStrictEqual(root.negotiated(association, "get"), conversion)
      const client = root.client(association)
      const identifiers: ReadonlyArray<CompositeInstanceRetrieve.Identifier> = [
        { level: "IMAGE", sopInstanceUids: [one] },
        { level: "IMAGE", view: "ENHANCED", sopInstanceUids: [one, two] },
        { level: "FRAME", sopInstanceUid: one, simpleFrameList: [1, 3, 5] },
        { level: "FRAME", view: "CLASSIC", sopInstanceUid: one, calculatedFrameList: [1, 9, 2] },
        { level: "FRAME", sopInstanceUid: one, timeRange: [0.5, 1.5] }
      ]
      const { kept, provider } = keeping()
      for (const identifier of identifiers) {
        const told = yield* Stream.runCollect(client.get(identifier, { storage: provider }))
        assert.strictEqual(told.at(-1)?.status._tag, "Success")
      }
      assert.deepStrictEqual(asked, identifiers)
      assert.deepStrictEqual(
        kept.map(([uid]) => uid),
        [one, one, two, two, two, two]
      )
    })
  )

  it.effect("frames that are not there are refused with AA00H", () =>
    Effect.gen(function* () {
      const joined = yield* serve([root.handlers({ get: () => Stream.fail(GetStatus.of.FramesNotFound()) })])
      const client = root.client(yield* request(joined, root.presentationContexts()))
      const identifier = { level: "FRAME", sopInstanceUid: one, simpleFrameList: [99] } as const
      const error = yield* Effect.flip(Stream.runDrain(client.get(identifier)))
      assert.strictEqual(
        error.message,
        "The operation ended with Failure AA00H, Failed: None of the frames requested were found in the SOP Instance"
      )
    })
  )

  it.effect("an identifier of another level is refused with A900H and never reaches the handler", () =>
    Effect.gen(function* () {
      let asked = 0
      const joined = yield* serve([withoutBulkData.handlers({ get: () => (asked++, Stream.empty) })])
      const anything = ServiceClass.make("Any identifier", {
        sopClasses: withoutBulkData.sopClasses,
        operations: { get: Operation.get({ statuses: SubOperations.GetStatus }) }
      })
      const client = anything.client(yield* request(joined, anything.presentationContexts()))
      const identifier = set(empty, Attribute.QueryRetrieveLevel, "STUDY")
      const error = yield* Effect.flip(Stream.runDrain(client.get(identifier)))
      assert(error._tag === "Refused")
      assert.deepStrictEqual([asked, error.status.code], [0, 0xa900])
    })
  )

  it.effect("instances are moved to a destination", () =>
    Effect.gen(function* () {
      const { kept, provider } = keeping()
      const workstation = yield* serve([provider])
      const layer = root.layer({
        move: ({ destination, identifier }) =>
          Effect.map(SubOperations.destination(destination), (transport) => ({
            transport,
            instances: Stream.make(instance(identifier.level === "IMAGE" ? identifier.sopInstanceUids[0] : two))
          }))
      })
      const context = yield* Layer.build(
        Layer.provide(
          layer,
          SubOperations.layerDestinations({ WORKSTATION: Layer.effect(UpperLayer.Transport, workstation.connect) })
        )
      )
      const joined = yield* serve([Context.get(context, root.provider)])
      const client = root.client(yield* request(joined, root.presentationContexts()))
      const told = yield* Stream.runCollect(client.move({ level: "IMAGE", sopInstanceUids: [one] }, { destination }))
      assert.deepStrictEqual([told.at(-1)?.status._tag, kept.map(([uid]) => uid)], ["Success", [one]])
    })
  )

  it.effect("instances are got without their bulk data", () =>
    Effect.gen(function* () {
      const joined = yield* serve([
        withoutBulkData.handlers({
          get: ({ identifier }) =>
            Stream.fromIterable(
              identifier.sopInstanceUids.map((uid) => instance(uid, CompositeInstanceRetrieve.omitBulkData(dataSet)))
            )
        })
      ])
      const { presentationContexts, userInformation } = ServiceClass.propose([withoutBulkData.proposal(), storage])
      const client = withoutBulkData.client(yield* request(joined, presentationContexts, { userInformation }))
      const { kept, provider } = keeping()
      yield* Stream.runDrain(client.get({ level: "IMAGE", sopInstanceUids: [one] }, { storage: provider }))
      assert.deepStrictEqual(kept, [[one, DataSet.toBytes(patient)]])
    })
  )

  it("the attributes of PS3.4 Table Z.1-1 are left out, at the top level and of waveforms, and icons stay", () => {
    const icon = set(set(empty, Attribute.Rows, 2), Attribute.PixelData, bytes)
    const channels = set(empty, Attribute.NumberOfWaveformChannels, 12)
    const kept = set(patient, Attribute.IconImageSequence, [icon])
    const waveform = set(patient, Attribute.WaveformSequence, [channels])
    let whole = kept
    whole = set(whole, Attribute.PixelData, bytes)
    whole = set(whole, Attribute.EncapsulatedDocument, bytes)
    whole = set(whole, Attribute.FloatPixelData, new Float32Array([1, 2]))
    whole = set(whole, Attribute.SpectroscopyData, new Float32Array([1, 2]))
    whole = set(whole, Attribute.DoubleFloatPixelData, new Float64Array([1]))
    whole = set(whole, Attribute.PixelDataProviderURL, "http://here/1")
    for (const group of [0, 15]) {
      whole = set(whole, Attribute.repeated(Attribute.OverlayData, group), bytes)
      whole = set(whole, Attribute.repeated(Attribute.CurveData, group), bytes)
      whole = set(whole, Attribute.repeated(Attribute.AudioSampleData, group), bytes)
    }
    assert.deepStrictEqual(DataSet.toBytes(CompositeInstanceRetrieve.omitBulkData(whole)), DataSet.toBytes(kept))
    const recorded = set(waveform, Attribute.WaveformSequence, [set(channels, Attribute.WaveformData, bytes)])
    assert.deepStrictEqual(DataSet.toBytes(CompositeInstanceRetrieve.omitBulkData(recorded)), DataSet.toBytes(waveform))
    assert.strictEqual(CompositeInstanceRetrieve.omitBulkData(kept), kept)
  })

  it("the statuses of frames are those of PS3.4 sections Y.4.1.1.4 and Y.4.2.1.4", () => {
    const frames = [
      ["FramesNotFound", "Failure", "AA00"],
      ["UnableToCreateObject", "Failure", "AA01"],
      ["UnableToExtractFrames", "Failure", "AA02"],
      ["NotTimeBased", "Failure", "AA03"],
      ["InvalidRequest", "Failure", "AA04"]
    ] as const
    assert.deepStrictEqual(ownStatuses(GetStatus, SubOperations.GetStatus.rows), frames)
    assert.deepStrictEqual(ownStatuses(MoveStatus, SubOperations.MoveStatus.rows), frames)
  })

  it("the SOP classes are those of PS3.4 sections Y.6 and Z.6", () => {
    assert.deepStrictEqual([...root.sopClasses], ["1.2.840.10008.5.1.4.1.2.4.3", "1.2.840.10008.5.1.4.1.2.4.2"])
    assert.deepStrictEqual([...withoutBulkData.sopClasses], ["1.2.840.10008.5.1.4.1.2.5.3"])
  })

  it("what a client is refused with is matched exhaustively", () => {
    const say = Match.type<ServiceStatus.OfClass<typeof MoveStatus, "Failure">>().pipe(
      Match.tagsExhaustive({
        SopClassNotSupported: () => "no such class",
        NotAuthorized: () => "not you",
        DuplicateInvocation: () => "twice",
        UnrecognizedOperation: () => "what?",
        MistypedArgument: () => "what?",
        ProcessingFailure: () => "failed",
        UnableToCalculateNumberOfMatches: () => "later",
        UnableToPerformSubOperations: () => "all failed",
        MoveDestinationUnknown: () => "where?",
        DataSetDoesNotMatchSopClass: () => "wrong identifier",
        UnableToProcess: () => "failed",
        FramesNotFound: () => "no such frames",
        UnableToCreateObject: () => "cannot be made",
        UnableToExtractFrames: () => "cannot be taken out",
        NotTimeBased: () => "has no time",
        InvalidRequest: () => "invalid"
      })
    )
    assert.strictEqual(say(MoveStatus.of.NotTimeBased()), "has no time")
  })

  it("what the classes do not have does not compile", () => {
    const notRun = (
      ofRoot: ServiceClass.Client<typeof root.operations>,
      ofNoBulk: ServiceClass.Client<typeof withoutBulkData.operations>
    ) => {
      // @ts-expect-error: frames are of one instance
      ofRoot.get({ level: "FRAME", sopInstanceUids: [one, two], simpleFrameList: [1] })
      // @ts-expect-error: there is no such level
      ofRoot.get({ level: "STUDY", sopInstanceUids: [one] })
      // @ts-expect-error: without bulk data there are no frames
      ofNoBulk.get({ level: "FRAME", sopInstanceUid: one, simpleFrameList: [1] })
      // @ts-expect-error: without bulk data there is no C-MOVE
      ofNoBulk.move({ level: "IMAGE", sopInstanceUids: [one] }, { destination })
      const frames = GetStatus.of.FramesNotFound()
      // @ts-expect-error: without bulk data no frames are asked for
      withoutBulkData.handlers({ get: () => Stream.fail(frames) })
    }
    assert.isFunction(notRun)
  })
})
