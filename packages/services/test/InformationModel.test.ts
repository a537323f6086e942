import { UpperLayer } from "@effect-dicom/association"
import * as Attribute from "@effect-dicom/data/Attribute"
import * as AttributeMatching from "@effect-dicom/data/AttributeMatching"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import type { AETitle } from "@effect-dicom/protocol/AETitle"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import {
  GeneralStatus,
  ColorPalette,
  DefinedProcedureProtocol,
  HangingProtocol,
  ImplantTemplate,
  InformationModel,
  Inventory,
  Operation,
  ProtocolApproval,
  ServiceClass,
  Storage,
  SubOperations
} from "../src/index.ts"
import type { ServiceStatus } from "../src/index.ts"
import { pattern, request, serve } from "./joined.ts"
import { findStatuses, sayRefusal } from "./findStatuses.ts"
import { ownStatuses } from "./ownStatuses.ts"

const explicit = TransferSyntax.ExplicitVRLittleEndian
const empty = DataSet.empty(explicit)
// the cast: a title of the standard's characters, at most 16
const destination = "WORKSTATION" as AETitle

const one = Uid.makeUnsafe("2.25.1")
const two = Uid.makeUnsafe("2.25.2")

const instances = (sopClassUid: Uid.Uid, uids: ReadonlyArray<Uid.Uid>): Stream.Stream<Storage.Instance> =>
  Stream.fromIterable(
    uids.map((sopInstanceUid) => ({
      sopClassUid,
      sopInstanceUid,
      transferSyntaxUid: explicit.uid,
      dataSet: Stream.make(pattern(100))
    }))
  )

const keeping = () => {
  const kept: Array<Uid.Uid> = []
  const provider = Storage.provider((received) =>
    Effect.as(
      Stream.runForEach(received.dataSet, () => Effect.void),
      (kept.push(received.sopInstanceUid), Status.success)
    )
  )
  return { kept, provider }
}

/** What each model does. */
const behaves = <const Name extends string>(model: InformationModel.InformationModel<Name>, of: Uid.Uid): void => {
  describe(`The information model ${model.name}`, () => {
    it.effect("is queried", () =>
      Effect.gen(function* () {
        const joined = yield* serve([
          model.handlers({ find: ({ identifier }) => Stream.make({ identifier }, { identifier }) })
        ])
        const client = model.client(yield* request(joined, model.presentationContexts()))
        const identifier = Result.getOrThrow(DataSet.with(empty, Attribute.SOPInstanceUID, one))
        const found = yield* Stream.runCollect(client.find(identifier))
        assert.deepStrictEqual(
          found.map((match) => [
            match.status._tag,
            Result.getOrThrow(DataSet.get(match.identifier, Attribute.SOPInstanceUID))
          ]),
          [
            ["MatchesAreContinuing", one],
            ["MatchesAreContinuing", one]
          ]
        )
      })
    )

    it.effect("is retrieved by SOP Instance UIDs on the same association", () =>
      Effect.gen(function* () {
        const joined = yield* serve([
          model.handlers({ get: ({ identifier }) => instances(of, identifier.sopInstanceUids) })
        ])
        const { presentationContexts, userInformation } = ServiceClass.propose([
          model.proposal(),
          Storage.serviceClass.proposal({ sopClasses: [of], transferSyntaxes: [explicit.uid], role: "SCP" })
        ])
        const association = yield* request(joined, presentationContexts, { userInformation })
        const { kept, provider } = keeping()
        const told = yield* Stream.runCollect(
          model.client(association).get({ sopInstanceUids: [one, two] }, { storage: provider })
        )
        assert.deepStrictEqual([told.at(-1)?.status._tag, kept], ["Success", [one, two]])
      })
    )

    it.effect("is moved to a destination", () =>
      Effect.gen(function* () {
        const { kept, provider } = keeping()
        const workstation = yield* serve([provider])
        const layer = model.layer({
          move: ({ destination, identifier }) =>
            Effect.map(SubOperations.destination(destination), (transport) => ({
              transport,
              instances: instances(of, identifier.sopInstanceUids)
            }))
        })
        const context = yield* Layer.build(
          Layer.provide(
            layer,
            SubOperations.layerDestinations({ WORKSTATION: Layer.effect(UpperLayer.Transport, workstation.connect) })
          )
        )
        const joined = yield* serve([Context.get(context, model.provider)])
        const client = model.client(yield* request(joined, model.presentationContexts()))
        const told = yield* Stream.runCollect(client.move({ sopInstanceUids: [one] }, { destination }))
        assert.deepStrictEqual([told.at(-1)?.status._tag, kept], ["Success", [one]])
      })
    )
  })
}

behaves(HangingProtocol.serviceClass, SopClass.HangingProtocolStorage)
behaves(ColorPalette.serviceClass, SopClass.ColorPaletteStorage)
behaves(ImplantTemplate.generic, SopClass.GenericImplantTemplateStorage)
behaves(ImplantTemplate.assembly, SopClass.ImplantAssemblyTemplateStorage)
behaves(ImplantTemplate.group, SopClass.ImplantTemplateGroupStorage)
behaves(DefinedProcedureProtocol.serviceClass, SopClass.CTDefinedProcedureProtocolStorage)
behaves(ProtocolApproval.serviceClass, SopClass.ProtocolApprovalStorage)
behaves(Inventory.serviceClass, SopClass.InventoryStorage)

describe("InformationModel", () => {
  it("the models have the SOP classes of PS3.4 sections U.6, X.6, BB.6, HH.6, II.6 and JJ.5", () => {
    const models = [
      HangingProtocol.serviceClass,
      ColorPalette.serviceClass,
      ImplantTemplate.generic,
      ImplantTemplate.assembly,
      ImplantTemplate.group,
      DefinedProcedureProtocol.serviceClass,
      ProtocolApproval.serviceClass,
      Inventory.serviceClass
    ]
    assert.deepStrictEqual(
      models.map(({ name, sopClasses }) => [name, ...sopClasses.map(String)]),
      [
        ["Hanging Protocol", "1.2.840.10008.5.1.4.38.2", "1.2.840.10008.5.1.4.38.4", "1.2.840.10008.5.1.4.38.3"],
        ["Color Palette", "1.2.840.10008.5.1.4.39.2", "1.2.840.10008.5.1.4.39.4", "1.2.840.10008.5.1.4.39.3"],
        [
          "Generic Implant Template",
          "1.2.840.10008.5.1.4.43.2",
          "1.2.840.10008.5.1.4.43.4",
          "1.2.840.10008.5.1.4.43.3"
        ],
        [
          "Implant Assembly Template",
          "1.2.840.10008.5.1.4.44.2",
          "1.2.840.10008.5.1.4.44.4",
          "1.2.840.10008.5.1.4.44.3"
        ],
        ["Implant Template Group", "1.2.840.10008.5.1.4.45.2", "1.2.840.10008.5.1.4.45.4", "1.2.840.10008.5.1.4.45.3"],
        [
          "Defined Procedure Protocol",
          "1.2.840.10008.5.1.4.20.1",
          "1.2.840.10008.5.1.4.20.3",
          "1.2.840.10008.5.1.4.20.2"
        ],
        [
          "Protocol Approval",
          "1.2.840.10008.5.1.4.1.1.200.4",
          "1.2.840.10008.5.1.4.1.1.200.6",
          "1.2.840.10008.5.1.4.1.1.200.5"
        ],
        ["Inventory", "1.2.840.10008.5.1.4.1.1.201.2", "1.2.840.10008.5.1.4.1.1.201.4", "1.2.840.10008.5.1.4.1.1.201.3"]
      ]
    )
  })

  it.effect("a retrieval without SOP Instance UID is refused with A900H and never reaches the handler", () =>
    Effect.gen(function* () {
      let asked = 0
      const model = InformationModel.make("Anything", {
        find: SopClass.HangingProtocolInformationModelFind,
        get: SopClass.HangingProtocolInformationModelGet,
        move: SopClass.HangingProtocolInformationModelMove
      })
      const joined = yield* serve([model.handlers({ get: () => (asked++, Stream.empty) })])
      const anything = ServiceClass.make("Any identifier", {
        sopClasses: [SopClass.HangingProtocolInformationModelGet],
        operations: { get: Operation.get({ statuses: SubOperations.GetStatus }) }
      })
      const client = anything.client(yield* request(joined, anything.presentationContexts()))
      const error = yield* Effect.flip(Stream.runDrain(client.get(empty)))
      assert(error._tag === "Refused")
      assert.deepStrictEqual(
        [asked, error.status],
        [0, { _tag: "DataSetDoesNotMatchSopClass", class: "Failure", code: 0xa900 }]
      )
    })
  )

  it("a retrieve identifier is one UID or a list of them", () => {
    const encode = Schema.encodeUnknownResult(InformationModel.RetrieveIdentifier)
    const decode = Schema.decodeUnknownResult(InformationModel.RetrieveIdentifier)
    for (const sopInstanceUids of [[one], [one, two]] as const) {
      const written = Result.getOrThrow(encode({ sopInstanceUids }))
      assert.deepStrictEqual(
        Result.getOrThrow(AttributeMatching.get(written, Attribute.SOPInstanceUID)),
        sopInstanceUids.length === 1 ? AttributeMatching.singleValue(one) : AttributeMatching.listOfUid(one, two)
      )
      assert.deepStrictEqual(Result.getOrThrow(decode(written)), { sopInstanceUids })
    }
  })

  it("the statuses of C-FIND are those of PS3.4 Table K.4-1", () => {
    assert.deepStrictEqual(ownStatuses(InformationModel.FindStatus, GeneralStatus.find), findStatuses)
  })

  it("what a client is refused with is matched exhaustively", () => {
    const say: (status: ServiceStatus.OfClass<typeof InformationModel.FindStatus, "Failure" | "Cancel">) => string =
      sayRefusal
    assert.strictEqual(say(InformationModel.FindStatus.of.OutOfResources()), "later")
  })

  it("what the models do not have does not compile", () => {
    const notRun = (client: ServiceClass.Client<typeof HangingProtocol.serviceClass.operations>) => {
      // @ts-expect-error: a retrieval is of at least one instance
      client.get({ sopInstanceUids: [] })
      // @ts-expect-error: a retrieval has no level
      client.move({ sopInstanceUids: [one], level: "IMAGE" }, { destination })
      // @ts-expect-error: a hanging protocol is not stored by this class
      client.store({ sopInstanceUids: [one] })
      const unknown = SubOperations.MoveStatus.of.MoveDestinationUnknown()
      // @ts-expect-error: a C-GET has no move destination
      HangingProtocol.serviceClass.handlers({ get: () => Stream.fail(unknown) })
      const continuing = InformationModel.FindStatus.of.MatchesAreContinuing()
      // @ts-expect-error: a C-FIND is not ended by a pending status
      ColorPalette.serviceClass.handlers({ find: () => Stream.fail(continuing) })
      // @ts-expect-error: there is no such template
      ImplantTemplate.make("Implant Image", { identifier: ImplantTemplate.Identifier.generic })
      const key: typeof ImplantTemplate.Identifier.group.Type = {
        // @ts-expect-error: a group has no part number
        implantPartNumber: AttributeMatching.universal
      }
      return key
    }
    assert.isFunction(notRun)
  })
})

describe("The identifiers of the information models", () => {
  it.effect("are typed: hanging protocols by the modality of their definition", () =>
    Effect.gen(function* () {
      const model = HangingProtocol.make({ identifier: HangingProtocol.Identifier, match: HangingProtocol.Match })
      let asked: unknown
      const match = { name: "CHEST", level: "SITE", definition: [{ modality: "CR", laterality: null }] }
      const joined = yield* serve([
        model.handlers({
          find: ({ identifier }) => {
            asked = identifier
            return Stream.make({ identifier: match })
          }
        })
      ])
      const client = model.client(yield* request(joined, model.presentationContexts()))
      const identifier = {
        name: AttributeMatching.universal,
        definition: AttributeMatching.sequence({ modality: AttributeMatching.singleValue("CR") })
      }
      const found = yield* Stream.runCollect(client.find(identifier))
      assert.deepStrictEqual(asked, identifier)
      assert.deepStrictEqual(
        found.map(({ identifier }) => identifier),
        [match]
      )
    })
  )

  it.effect("are typed: approvals by the protocol that they approve", () =>
    Effect.gen(function* () {
      const model = ProtocolApproval.make({ identifier: ProtocolApproval.Identifier, match: ProtocolApproval.Match })
      let asked: unknown
      const joined = yield* serve([
        model.handlers({
          find: ({ identifier }) => {
            asked = identifier
            return Stream.make({ identifier: { sopInstanceUid: two, subject: [{ referencedSopInstanceUid: one }] } })
          }
        })
      ])
      const client = model.client(yield* request(joined, model.presentationContexts()))
      const identifier = {
        subject: AttributeMatching.sequence({ referencedSopInstanceUid: AttributeMatching.singleValue(one) })
      }
      const found = yield* Stream.runCollect(client.find(identifier))
      assert.deepStrictEqual(asked, identifier)
      assert.deepStrictEqual(
        found.map(({ identifier }) => identifier.sopInstanceUid),
        [two]
      )
    })
  )

  it("are typed: of each model a query's keys come back as they were written", () => {
    const round = <T>(schema: Schema.Codec<T, DataSet.DataSet>, value: T): T =>
      Result.getOrThrow(
        Schema.decodeUnknownResult(schema)(Result.getOrThrow(Schema.encodeUnknownResult(schema)(value)))
      )
    const { singleValue, universal, wildCard } = AttributeMatching
    const palette = { contentLabel: wildCard("HOT*"), contentCreatorName: universal }
    assert.deepStrictEqual(round(ColorPalette.Identifier, palette), palette)
    const implant = { manufacturer: singleValue("ACME"), implantName: wildCard("HIP*"), implantPartNumber: universal }
    assert.deepStrictEqual(round(ImplantTemplate.Identifier.generic, implant), implant)
    const assembly = { name: wildCard("*"), manufacturer: singleValue("ACME") }
    assert.deepStrictEqual(round(ImplantTemplate.Identifier.assembly, assembly), assembly)
    const group = { name: wildCard("*"), effectiveDateTime: universal }
    assert.deepStrictEqual(round(ImplantTemplate.Identifier.group, group), group)
    const protocol = {
      protocolName: wildCard("HEAD*"),
      model: AttributeMatching.sequence({ manufacturer: singleValue("ACME"), manufacturerModelName: universal })
    }
    assert.deepStrictEqual(round(DefinedProcedureProtocol.Identifier, protocol), protocol)
    const inventory = { inventoryLevel: singleValue("STUDY"), inventoryCompletionStatus: singleValue("COMPLETE") }
    assert.deepStrictEqual(round(Inventory.Identifier, inventory), inventory)
  })

  it("of implant templates are those of PS3.4 Tables BB.6-1 to BB.6-3", () => {
    const tags = (attributes: { readonly [name: string]: { readonly tag: number } }) =>
      Object.values(attributes).map(({ tag }) => tag.toString(16).padStart(8, "0"))
    assert.deepStrictEqual(tags(ImplantTemplate.genericAttributes), [
      ...["00080016", "00080018", "00080070", "00221095", "00686210", "00221097", "00686222", "00686224", "00686226"],
      ...["00686225", "00686230", "006862a0", "006863a0", "006863a4"]
    ])
    assert.deepStrictEqual(tags(ImplantTemplate.assemblyAttributes), [
      ...["00080016", "00080018", "00760001", "00080070", "00760020", "00760008", "0076000c", "0076000e", "00760030"]
    ])
    assert.deepStrictEqual(tags(ImplantTemplate.groupAttributes), [
      ...["00080016", "00080018", "00780001", "00780010", "00780020", "00686226", "00780026"]
    ])
  })
})
