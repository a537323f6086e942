/**
 * Service classes against the tables of PS3.4, as transcribed in `fixtures/PS3.4`, a file for each annex, which says where
 * it is from.
 */
import * as DataElement from "@effect-dicom/data/DataElement"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as Dictionary from "@effect-dicom/data/Dictionary"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import type * as Schema from "effect/Schema"
import * as services from "../src/index.ts"
import * as upsAttributes from "../src/internal/upsAttributes.ts"
import { annexes } from "./annexes.ts"
import type { Attribute } from "./annexes.ts"
import { declared } from "./declared.ts"
import type { Type } from "./declared.ts"

const {
  ApplicationEventLogging,
  ColorPalette,
  DefinedProcedureProtocol,
  DisplaySystem,
  GeneralStatus,
  HangingProtocol,
  ImplantTemplate,
  InstanceAvailabilityNotification,
  Inventory,
  MediaCreationManagement,
  ModalityPerformedProcedureStep,
  ModalityWorklist,
  PerformedProcedureStepState,
  PrintManagement,
  ProtocolApproval,
  QueryRetrieve,
  RelevantPatientInformation,
  RTMachineVerification,
  StorageCommitment,
  StorageManagement,
  SubstanceAdministration,
  UnifiedProcedureStep,
  UnifiedProcedureStepFinalState
} = services

// -----------------------------------------------------------------------------
// statuses
// -----------------------------------------------------------------------------

const serviceClasses = new Map<string, services.ServiceClass.Operations>(
  Object.values(services)
    .flatMap((module) => Object.values<unknown>(module))
    .flatMap((value) => {
      if (typeof value !== "object" || value === null) return []
      if (!("name" in value && "operations" in value && "provider" in value)) return []
      // the cast: of a value with these members, what a service class says of itself
      const { name, operations } = value as services.ServiceClass.ServiceClass<string, services.ServiceClass.Operations>
      return [[name, operations] as const]
    })
)

const general = {
  "C-ECHO": GeneralStatus.echo,
  "C-STORE": GeneralStatus.store,
  "C-FIND": GeneralStatus.find,
  "C-GET": GeneralStatus.retrieve,
  "C-MOVE": GeneralStatus.retrieve,
  "N-EVENT-REPORT": GeneralStatus.eventReport,
  "N-GET": GeneralStatus.getAttributes,
  "N-SET": GeneralStatus.setAttributes,
  "N-ACTION": GeneralStatus.action,
  "N-CREATE": GeneralStatus.create,
  "N-DELETE": GeneralStatus.delete
} as const

const hex = (code: number): string => code.toString(16).toUpperCase().padStart(4, "0")

/** The statuses that an operation has beyond those of its DIMSE service, as the fixtures have them. */
const own = ({ service, statuses }: services.Operation.Operation): ReadonlyArray<ReadonlyArray<string>> => {
  const rows = Object.entries(statuses.rows)
    .filter(([name]) => !(name in general[service]))
    .map(([, { class: of, first, last, meaning }]) => [
      of,
      first === last ? hex(first) : `${hex(first)}..${hex(last)}`,
      meaning
    ])
  return rows.length === 0 ? [["-", "-", "-"]] : rows
}

const byCode = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<ReadonlyArray<string>> =>
  rows.toSorted(([, a = ""], [, b = ""]) => (a < b ? -1 : 1))

// -----------------------------------------------------------------------------
// attributes
// -----------------------------------------------------------------------------

type Types = ReadonlyArray<Type>

const exactly: Readonly<Record<string, Types>> = {
  "1": ["1"],
  "1C": ["1C"],
  "2": ["2"],
  "2C": ["2C or 3"],
  "3": ["2C or 3"]
}

/** What the table says of an attribute that is to be given is what the schema says of it. */
const asIt = (type: string): Types => exactly[type] ?? []

/** Of attributes those that are asked for: what has a value when it is there, or may be empty. */
const asAsked = (type: string, isNested: boolean): Types =>
  isNested ? asIt(type) : type.startsWith("1") ? ["1", "1C"] : ["2C or 3"]

const [scu, scp] = [0, 1]
const usage = (side: number, { types: [both = ""] }: Attribute): string => both.split("/")[side] ?? ""

/** The types that each schema may give to an attribute of a table; nothing where it is to have none of it. */
type Expected = (attribute: Attribute, isNested: boolean) => Types | undefined

/** What an SCU gives in a request, what an SCP gives in a notification, and what N-GET gives. */
const given: Expected = (attribute) => asIt(usage(scu, attribute))
const other: Expected = (attribute, isNested) =>
  attribute.types[0] === "other" ? ["1", "1C", "2C or 3"] : given(attribute, isNested)
const reported: Expected = (attribute) => asIt(usage(scp, attribute))
/** What schedules a step; a character set is every schema's, and the SCP sets what the table does not let an SCU give. */
const scheduled: Expected = (attribute) => {
  const type = usage(scu, attribute)
  return type === "-" || /^(Not|See)/.test(type) || attribute.path === "SpecificCharacterSet" ? undefined : asIt(type)
}
/** What is reported as it was given before, and may be as empty as that. */
const passedOn: Expected = (attribute) => (usage(scp, attribute) === "1C" ? ["2C or 3"] : asIt(usage(scp, attribute)))
const gotten: Expected = (attribute, isNested) => asAsked(usage(scp, attribute), isNested)
/** What N-SET may change, be it a part; items are given whole. */
const modified: Expected = ({ types: [, type = ""] }, isNested) => {
  const asGiven = asIt(type.split("/")[scu] ?? "")
  if (isNested || type === "Not allowed") return type === "Not allowed" ? undefined : asGiven
  return type === "3/1" ? ["1C", ...asGiven] : asGiven
}

/** What the last column says of a final state, and the status that says it is one; the rest is that of N-CREATE. */
const final: Expected = ({ path, types: [created = "", , type = ""] }, isNested) =>
  path === "PerformedProcedureStepStatus"
    ? ["1"]
    : type !== "-" && !type.startsWith("See")
      ? asIt(type)
      : isNested && path.startsWith("PerformedSeriesSequence>")
        ? asIt(created.split("/")[scp] ?? "")
        : undefined

/** In the identifier of a query, and in that of a match. */
const keys: Expected = ({ types: [type] }) => (type === "1" ? ["1"] : type === "R" ? ["1", "2C or 3"] : ["2C or 3"])
const matched: Expected = ({ types: [, type = ""] }, isNested) => asAsked(type, isNested)
const lenient: Expected = () => ["1", "2C or 3"]

/** By usage (PS3.4 section H.2.4), which does not say whether an attribute may be empty; a reference is given whole. */
const used = (usage: string, path: string): Types | undefined =>
  usage === "-"
    ? undefined
    : usage === "M"
      ? ["1", "2"]
      : />ReferencedSOP(Class|Instance)UID$/.test(path)
        ? ["1"]
        : usage === "MC"
          ? ["1C", "2C or 3"]
          : ["2C or 3"]

/** What an SCU gives, what an SCP adds to it, what it tells of, and what it has where it is asked. */
const usedByUser: Expected = (attribute) => used(usage(scu, attribute), attribute.path)
const added: Expected = (attribute) =>
  usage(scu, attribute) === "-" ? used(usage(scp, attribute), attribute.path) : undefined
const told: Expected = (attribute) => used(usage(scp, attribute), attribute.path)
const had: Expected = (attribute, isNested) => (isNested ? told(attribute, true) : ["1", "1C", "2C or 3"])

type Declaring = Schema.Codec<unknown, DataSet.DataSet>

const schemas: Readonly<Record<string, ReadonlyArray<readonly [schema: Declaring, expected: Expected]>>> = {
  ProceduralEvent: [[ApplicationEventLogging.ProceduralEvent, other]],
  LoggedStudy: [[ApplicationEventLogging.LoggedStudy, reported]],
  SubstanceAdministration: [[ApplicationEventLogging.SubstanceAdministration, given]],
  RelevantPatient: [
    [RelevantPatientInformation.Identifier, keys],
    [RelevantPatientInformation.Match, matched]
  ],
  Notification: [[InstanceAvailabilityNotification.Attributes, given]],
  MediaCreationRequest: [[MediaCreationManagement.Attributes, given]],
  MediaCreationInitiation: [[MediaCreationManagement.Initiation, given]],
  MediaCreationResult: [[MediaCreationManagement.Result, gotten]],
  HangingProtocol: [
    [HangingProtocol.Identifier, keys],
    [HangingProtocol.Match, lenient]
  ],
  ColorPalette: [
    [ColorPalette.Identifier, keys],
    [ColorPalette.Match, lenient]
  ],
  GenericImplantTemplate: [
    [ImplantTemplate.Identifier.generic, keys],
    [ImplantTemplate.Match.generic, lenient]
  ],
  ImplantAssemblyTemplate: [
    [ImplantTemplate.Identifier.assembly, keys],
    [ImplantTemplate.Match.assembly, lenient]
  ],
  ImplantTemplateGroup: [
    [ImplantTemplate.Identifier.group, keys],
    [ImplantTemplate.Match.group, lenient]
  ],
  DefinedProcedureProtocol: [
    [DefinedProcedureProtocol.Identifier, keys],
    [DefinedProcedureProtocol.Match, lenient]
  ],
  ProtocolApproval: [
    [ProtocolApproval.Identifier, keys],
    [ProtocolApproval.Match, lenient]
  ],
  Inventory: [
    [Inventory.Identifier, keys],
    [Inventory.Match, lenient]
  ],
  PerformedProcedureStep: [
    [ModalityPerformedProcedureStep.Attributes, given],
    [ModalityPerformedProcedureStep.Modifications, modified],
    [ModalityPerformedProcedureStep.FinalState, final]
  ],
  CommitmentRequest: [[StorageCommitment.Request, given]],
  CommitmentSuccessful: [[StorageCommitment.Successful, reported]],
  CommitmentFailuresExist: [[StorageCommitment.FailuresExist, reported]],
  FilmSession: [[PrintManagement.FilmSession, usedByUser]],
  FilmBox: [
    [PrintManagement.FilmBox, usedByUser],
    [PrintManagement.FilmBoxCreated, added]
  ],
  FilmBoxModifications: [[PrintManagement.FilmBoxModifications, usedByUser]],
  GrayscaleImageBox: [[PrintManagement.GrayscaleImageBox, usedByUser]],
  ColorImageBox: [[PrintManagement.ColorImageBox, usedByUser]],
  AnnotationBox: [[PrintManagement.AnnotationBox, usedByUser]],
  Printed: [[PrintManagement.Printed, added]],
  PrintJobEvent: [[PrintManagement.PrintJobEvent, told]],
  PrintJob: [[PrintManagement.PrintJob, had]],
  PrinterEvent: [[PrintManagement.PrinterEvent, told]],
  Printer: [[PrintManagement.Printer, had]],
  PresentationLut: [[PrintManagement.PresentationLut, usedByUser]],
  PrinterConfiguration: [[PrintManagement.PrinterConfiguration, told]],
  ScheduledStep: [[UnifiedProcedureStep.Scheduled, scheduled]],
  ChangeState: [[UnifiedProcedureStep.ChangeState, given]],
  RequestCancel: [[UnifiedProcedureStep.RequestCancel, given]],
  Subscribe: [[UnifiedProcedureStep.Subscribe, given]],
  Unsubscribe: [[UnifiedProcedureStep.Receiving, given]],
  StateReport: [[UnifiedProcedureStep.StateReport, reported]],
  CancelRequested: [[UnifiedProcedureStep.CancelRequested, passedOn]],
  ProgressReport: [[UnifiedProcedureStep.ProgressReport, reported]],
  StatusChange: [[UnifiedProcedureStep.StatusChange, reported]],
  Assigned: [[UnifiedProcedureStep.Assigned, passedOn]],
  ModalityWorklist: [
    [ModalityWorklist.Identifier, keys],
    [ModalityWorklist.Item, lenient]
  ],
  ProductCharacteristics: [
    [SubstanceAdministration.ProductIdentifier, keys],
    [SubstanceAdministration.Product, matched]
  ],
  SubstanceApproval: [
    [SubstanceAdministration.ApprovalIdentifier, keys],
    [SubstanceAdministration.Approval, matched]
  ],
  VerificationResults: [[RTMachineVerification.Results, gotten]],
  VerificationDone: [[RTMachineVerification.Done, reported]],
  DisplaySystem: [[DisplaySystem.Attributes, gotten]],
  InventoryInitiate: [[StorageManagement.Initiate, given]],
  InventoryRequestStatus: [[StorageManagement.RequestStatus, given]],
  InventoryCancel: [[StorageManagement.Cancel, given]],
  InventoryTransaction: [[StorageManagement.Transaction, given]],
  InventoryTerminatedWithInstances: [[StorageManagement.TerminatedWithInstances, reported]],
  InventoryStatus: [[StorageManagement.Status, reported]],
  InventoryTerminatedWithoutInstances: [[StorageManagement.TerminatedWithoutInstances, reported]]
}

/** The keys of the levels of a query, which stand in several schemas, with those above. */
const ofLevels = ["PatientLevel", "StudyLevel", "StudyLevelOfStudyRoot", "SeriesLevel", "InstanceLevel"]

const parentOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf(">"), 0))

/** Items that are data sets on the one side, or a whole macro on the other, are not compared. */
const comparable = (paths: ReadonlyArray<string>, others: ReadonlyArray<string>): ReadonlyArray<string> =>
  paths.filter((path) => {
    const parent = parentOf(path)
    return parent === "" || others.some((other) => parentOf(other) === parent)
  })

describe("The tables of PS3.4", () => {
  it("are those of twenty-four annexes, and every table of attributes is of a schema", () => {
    const names = annexes.map(({ name }) => name).toSorted()
    assert.deepStrictEqual(names, "B BB C CC DD EE F GG H HH II J JJ K KK P Q R S U V X Y Z".split(" "))
    const tables = [...new Set(annexes.flatMap(({ attributes }) => attributes.map(({ of }) => of)))]
    assert.deepStrictEqual(tables.toSorted(), [...Object.keys(schemas), ...ofLevels].toSorted())
  })

  it("have the models of one entity end their queries as a worklist does (sections U.4.1 to JJ.3.1)", () => {
    const expected = byCode(annexes.find(({ name }) => name === "K")?.statuses.map(({ row }) => row) ?? [])
    const { assembly, generic, group } = ImplantTemplate
    const models = [HangingProtocol, ColorPalette, DefinedProcedureProtocol, ProtocolApproval, Inventory]
    for (const model of [...models.map(({ serviceClass }) => serviceClass), generic, assembly, group]) {
      assert.deepStrictEqual(byCode(own(model.operations.find)), expected, model.name)
    }
  })
})

describe("The levels of PS3.4 section C.6", () => {
  const { Identifier, Match } = QueryRetrieve
  const attributes = annexes.flatMap((annex) => (annex.name === "C" ? annex.attributes : []))
  const of = (table: string): ReadonlyArray<string> =>
    attributes.flatMap(({ of, path }) => (of === table && !path.includes(">") ? [path] : []))
  const unique = (table: string): ReadonlyArray<string> =>
    attributes.flatMap(({ of, path, types }) => (of === table && types[0] === "U" ? [path] : []))
  /** Of "all other attributes", which tables C.6-1 to C.6-4 end with. */
  const others = ["SeriesDate", "SeriesTime", "SeriesDescription"]
  const levels = {
    patient: of("PatientLevel"),
    study: [...of("PatientLevel"), ...of("StudyLevel")],
    series: [...unique("PatientLevel"), ...unique("StudyLevel"), ...of("SeriesLevel"), ...others],
    image: [...["PatientLevel", "StudyLevel", "SeriesLevel"].flatMap(unique), ...of("InstanceLevel")]
  } as const

  for (const level of ["patient", "study", "series", "image"] as const) {
    it(`are asked at the ${level} level for its keys and the unique keys above, and answer where to retrieve from`, () => {
      const keys = levels[level].map((path) => [path, "2C or 3"] as const)
      const optional = (paths: string) => paths.split(" ").map((path) => [path, "2C or 3"] as const)
      assert.deepStrictEqual(
        declared(Identifier[level]),
        new Map([...keys, ["QueryRetrieveLevel", "1"], ["QueryRetrieveView", "1C"]])
      )
      assert.deepStrictEqual(
        declared(Match[level]),
        new Map([
          ...keys,
          ["QueryRetrieveLevel", "1"],
          ...optional("RetrieveAETitle StorageMediaFileSetID StorageMediaFileSetUID InstanceAvailability")
        ])
      )
    })
  }

  it("have in the study root the keys of a patient, but for what counts a patient's studies, at the study level", () => {
    const both = levels.study.filter((path) => !path.startsWith("NumberOfPatientRelated"))
    assert.deepStrictEqual(of("StudyLevelOfStudyRoot").toSorted(), both.toSorted())
    assert.deepStrictEqual(unique("StudyLevelOfStudyRoot"), unique("StudyLevel"))
  })

  it("end the operations of patient/study only, which is retired, as those of the patient root", () => {
    const { patientRoot, patientStudyOnly } = QueryRetrieve
    for (const operation of ["find", "get", "move"] as const) {
      assert.deepStrictEqual(own(patientStudyOnly.operations[operation]), own(patientRoot.operations[operation]))
    }
  })
})

describe("PS3.4 Table CC.2.5-3", () => {
  const rows = annexes.flatMap(({ attributes }) => attributes.filter(({ of }) => of === "ScheduledStep"))
  const top = rows.filter(({ path }) => !path.includes(">"))

  it("has the requirements of a final state, no more and no fewer", () => {
    const { table } = UnifiedProcedureStepFinalState
    const codes = (of: typeof table, within: string): ReadonlyArray<readonly [path: string, code: string]> =>
      of.flatMap(({ attribute: { keyword }, code, items = [] }) => [
        [within + keyword, code] as const,
        ...codes(items, `${within}${keyword}>`)
      ])
    const printed = rows.flatMap(({ path, types: [, , code = ""] }) => (code === "O" ? [] : [[path, code] as const]))
    assert.deepStrictEqual(new Map(codes(table, "")), new Map(printed))
  })

  it("says which attributes an N-SET may not change", () => {
    const printed = top.flatMap(({ path, types }) => (types[1] === "Not allowed" ? [path] : []))
    const refused = upsAttributes.notSet.map((tag) => Dictionary.keyword(tag))
    assert.deepStrictEqual(refused.toSorted(), printed.toSorted())
  })

  it("says what a provider adds to an N-CREATE that lacks it", () => {
    const own = "SOPClassUID SOPInstanceUID WorklistLabel ScheduledProcedureStepModificationDateTime".split(" ")
    const empty = top.flatMap(({ path, types: [created = ""] }) => (/^(2|1C)\/2$/.test(created) ? [path] : []))
    const none = DataSet.empty(TransferSyntax.ExplicitVRLittleEndian)
    const made = upsAttributes.created(none, Uid.makeUnsafe("1.2.3"), "all", DateTime.makeUnsafe(0))
    assert(made !== undefined)
    assert.deepStrictEqual(
      [...DataSet.elements(made)].map(({ tag }) => Dictionary.keyword(tag)).toSorted(),
      [...own, ...empty.filter((path) => path !== "TransactionUID")].toSorted()
    )
  })
})

describe("The SOP classes of PS3.4 Annex CC", () => {
  it("each have the operations of the service class that is of all of them", () => {
    const { events, pull, push, query, serviceClass, watch } = UnifiedProcedureStep
    const all = new Map<string, services.Operation.Operation>(Object.entries(serviceClass.operations))
    for (const { operations } of [push, pull, watch, events, query]) {
      for (const [name, operation] of Object.entries<services.Operation.Operation>(operations)) {
        assert.strictEqual(operation, all.get(name), name)
      }
    }
  })
})

describe("PS3.4 Table F.7.2-1", () => {
  it("says which attributes an N-SET may not change", () => {
    const attributes = annexes.flatMap((annex) => (annex.name === "F" ? annex.attributes : []))
    const not = attributes.flatMap(({ path, types }) =>
      types[1] === "Not allowed" && !path.includes(">") ? [path] : []
    )
    const everything = DataSet.make(
      TransferSyntax.ExplicitVRLittleEndian,
      attributes.flatMap(({ path }) => {
        const entry = Dictionary.fromKeyword(path)
        if (entry === undefined) return []
        const tag = Dictionary.tag(entry)
        return [entry.vr === "SQ" ? DataElement.sequence(tag, []) : DataElement.value(tag, "UN", new Uint8Array(0))]
      })
    )
    const refused = PerformedProcedureStepState.notModifiable(everything).map(({ keyword }) => keyword)
    assert.deepStrictEqual(refused.toSorted(), not.toSorted())
  })
})

for (const { attributes, name, statuses } of annexes) {
  describe(`PS3.4 Annex ${name}`, () => {
    for (const serviceClass of new Set(statuses.map((status) => status.serviceClass))) {
      it(`has the statuses of ${serviceClass}, by operation`, () => {
        const operations = serviceClasses.get(serviceClass)
        assert(operations !== undefined)
        const ofIt = statuses.filter((status) => status.serviceClass === serviceClass)
        assert.deepStrictEqual(
          Object.fromEntries(Object.entries(operations).map(([name, operation]) => [name, byCode(own(operation))])),
          Object.fromEntries(
            Object.keys(operations).map((name) => [
              name,
              byCode(ofIt.filter(({ operation }) => operation === name).map(({ row }) => row))
            ])
          )
        )
      })
    }

    for (const table of new Set(attributes.map(({ of }) => of))) {
      if (ofLevels.includes(table)) continue
      it(`has the attributes of ${table}, no more and no fewer, and their types`, () => {
        const ofIt = attributes.filter(({ of }) => of === table)
        for (const [schema, expected] of schemas[table] ?? []) {
          const wanted = ofIt.filter((attribute) => expected(attribute, attribute.path.includes(">")) !== undefined)
          const printed = wanted.map(({ path }) => path)
          const had = declared(schema)
          const paths = comparable(printed, [...had.keys()])
          assert.deepStrictEqual(comparable([...had.keys()], printed).toSorted(), paths.toSorted())
          const astray = wanted
            .filter(({ path }) => paths.includes(path))
            .map((attribute) => ({ attribute, has: had.get(attribute.path) }))
            .filter(
              ({ attribute, has }) =>
                has === undefined || !expected(attribute, attribute.path.includes(">"))?.includes(has)
            )
          assert.deepStrictEqual(astray, [])
        }
      })
    }
  })
}
