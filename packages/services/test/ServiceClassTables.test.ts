/**
 * Service classes against the tables of PS3.4, as transcribed in `fixtures/PS3.4`, a file for each annex, which says where
 * it is from. Those of Annexes C, F, H, J, Y, Z, CC and GG are held in the tests of their classes.
 */
import type { DataSet } from "@effect-dicom/data/DataSet"
import { assert, describe, it } from "@effect/vitest"
import { readdirSync, readFileSync } from "node:fs"
import type * as Schema from "effect/Schema"
import * as services from "../src/index.ts"
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
  ModalityWorklist,
  ProtocolApproval,
  RelevantPatientInformation,
  RTMachineVerification,
  StorageManagement,
  SubstanceAdministration
} = services

// -----------------------------------------------------------------------------
// the fixtures
// -----------------------------------------------------------------------------

interface Status {
  readonly serviceClass: string
  readonly operation: string
  /** Its class, its codes and its meaning; dashes where the operation has none of its own. */
  readonly row: ReadonlyArray<string>
}

interface Attribute {
  /** What the attribute is of, by a name of the fixtures. */
  readonly of: string
  /** The keywords of the sequences that it is in, and its own. */
  readonly path: string
  readonly types: ReadonlyArray<string>
}

interface Annex {
  readonly name: string
  readonly statuses: ReadonlyArray<Status>
  readonly attributes: ReadonlyArray<Attribute>
}

const folder = new URL("./fixtures/PS3.4/", import.meta.url)

const readAnnex = (file: string): Annex => {
  const rows = readFileSync(new URL(file, folder), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split("\t"))
  return {
    name: file.replace(".tsv", ""),
    statuses: rows.flatMap(([kind, serviceClass = "", operation = "", ...row]) =>
      kind === "status" ? [{ serviceClass, operation, row }] : []
    ),
    attributes: rows.flatMap(([kind, of = "", path = "", ...types]) =>
      kind === "attribute" ? [{ of, path, types }] : []
    )
  }
}

const annexes = readdirSync(folder)
  .filter((file) => file.endsWith(".tsv"))
  .map(readAnnex)

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

/** The types that each schema may give to an attribute of a table. */
type Expected = (attribute: Attribute, isNested: boolean) => Types

/** What an SCU gives in a request, what an SCP gives in a notification, and what N-GET gives. */
const given: Expected = (attribute) => asIt(usage(scu, attribute))
const other: Expected = (attribute, isNested) =>
  attribute.types[0] === "other" ? ["1", "1C", "2C or 3"] : given(attribute, isNested)
const reported: Expected = (attribute) => asIt(usage(scp, attribute))
const gotten: Expected = (attribute, isNested) => asAsked(usage(scp, attribute), isNested)
/** In the identifier of a query, and in that of a match. */
const keys: Expected = ({ types: [type] }) => (type === "1" ? ["1"] : type === "R" ? ["1", "2C or 3"] : ["2C or 3"])
const matched: Expected = ({ types: [, type = ""] }, isNested) => asAsked(type, isNested)
const lenient: Expected = () => ["1", "2C or 3"]

type Declaring = Schema.Codec<unknown, DataSet>

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

const parentOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf(">"), 0))

/** Items that are data sets on the one side, or a whole macro on the other, are not compared. */
const comparable = (paths: ReadonlyArray<string>, others: ReadonlyArray<string>): ReadonlyArray<string> =>
  paths.filter((path) => {
    const parent = parentOf(path)
    return parent === "" || others.some((other) => parentOf(other) === parent)
  })

describe("The tables of PS3.4", () => {
  it("are those of sixteen annexes, and every table of attributes is of a schema", () => {
    const names = annexes.map(({ name }) => name).toSorted()
    assert.deepStrictEqual(names, "B BB DD EE HH II JJ K KK P Q R S U V X".split(" "))
    const tables = [...new Set(annexes.flatMap(({ attributes }) => attributes.map(({ of }) => of)))]
    assert.deepStrictEqual(tables.toSorted(), Object.keys(schemas).toSorted())
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
      it(`has the attributes of ${table}, no more and no fewer, and their types`, () => {
        const ofIt = attributes.filter(({ of }) => of === table)
        const printed = ofIt.map(({ path }) => path)
        for (const [schema, expected] of schemas[table] ?? []) {
          const had = declared(schema)
          const paths = comparable(printed, [...had.keys()])
          assert.deepStrictEqual(comparable([...had.keys()], printed).toSorted(), paths.toSorted())
          const astray = ofIt
            .filter(({ path }) => paths.includes(path))
            .map((attribute) => ({ attribute, has: had.get(attribute.path) }))
            .filter(
              ({ attribute, has }) =>
                has === undefined || !expected(attribute, attribute.path.includes(">")).includes(has)
            )
          assert.deepStrictEqual(astray, [])
        }
      })
    }
  })
}
