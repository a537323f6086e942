import * as SopClass from "@effect-dicom/data/SopClass"
import * as UidRegistry from "@effect-dicom/data/UidRegistry"
import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import * as services from "../src/index.ts"

interface Found {
  readonly name: string
  /** Its SOP classes, and those that its commands name under a Meta SOP class. */
  readonly uids: ReadonlySet<string>
}

/** The service classes that the package exports. */
const serviceClasses: ReadonlyArray<Found> = Object.values(services)
  .flatMap((module) => Object.values<unknown>(module))
  .flatMap((value) => {
    if (typeof value !== "object" || value === null) return []
    if (!("name" in value && "sopClasses" in value && "operations" in value && "provider" in value)) return []
    // the cast: of a value with these members, what a service class says of itself
    const { name, operations, sopClasses } = value as services.ServiceClass.ServiceClass<
      string,
      services.ServiceClass.Operations
    >
    const named = Object.values(operations).flatMap(({ affects }) => (affects === undefined ? [] : [affects]))
    return [{ name, uids: new Set<string>([...sopClasses, ...named]) }]
  })

/** Those that are not a part of another: of a UPS provider's one, there are the five of its SOP classes besides. */
const whole = serviceClasses.filter(
  ({ uids }) =>
    !serviceClasses.some((other) => other.uids.size > uids.size && [...uids].every((uid) => other.uids.has(uid)))
)

const owners = (uid: string): ReadonlyArray<string> => whole.filter(({ uids }) => uids.has(uid)).map(({ name }) => name)

/** What is no business of a service class over DIMSE, and why. */
const exempt = new Set<string>([
  // written to media, not sent (PS3.4 Annex I)
  SopClass.MediaStorageDirectoryStorage,
  // retired in PS3.4 section H.4.7 since 1998, which says nothing of its operations any more; PS3.6 still lists it
  SopClass.VOILUTBox
])

/** The SOP classes and Meta SOP classes of PS3.6 Table A-1 that are in force, but for real-time communication (PS3.22). */
const inForce = UidRegistry.all().filter(
  ({ name, retired, type, uid }) =>
    type.endsWith("SOP Class") && !retired && !name.endsWith("Real-Time Communication") && !exempt.has(uid)
)

const storage: ReadonlySet<string> = new Set(SopClass.storageInForce)

const allStored: ReadonlySet<string> = new Set([...SopClass.storageInForce, ...SopClass.storageRetired])

/** Which service class each SOP class is of that is not stored: those of films are of both that print. */
const assigned = readFileSync(new URL("./fixtures/serviceClasses.tsv", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => line.split("\t"))

describe("The service classes", () => {
  it("have a name each, by which their providers are told apart", () => {
    const names = serviceClasses.map(({ name }) => name)
    assert.deepStrictEqual(names, [...new Set(names)])
  })

  it("have each SOP class of PS3.6 that is not stored where the fixture says, or not at all, as it says", () => {
    const had = UidRegistry.all()
      .filter(({ type, uid }) => type.endsWith("SOP Class") && !allStored.has(uid))
      .map(({ name, uid }) => [uid, name, owners(uid).join("; ")])
    assert.deepStrictEqual(
      had,
      assigned.map(([uid, name, to = ""]) => [uid, name, to.startsWith("none: ") ? "" : to])
    )
  })

  it("have of the retired SOP classes those of Patient/Study Only and those that are stored", () => {
    const retired = UidRegistry.all().filter(({ retired, type }) => type.endsWith("SOP Class") && retired)
    const had = retired.filter(({ uid }) => owners(uid).length > 0)
    assert.deepStrictEqual(
      had.filter(({ uid }) => !allStored.has(uid)).map(({ uid }) => String(uid)),
      ["1.2.840.10008.5.1.4.1.2.3.1", "1.2.840.10008.5.1.4.1.2.3.2", "1.2.840.10008.5.1.4.1.2.3.3"]
    )
    assert.deepStrictEqual([retired.length, had.length], [54, 3 + SopClass.storageRetired.length])
  })

  it("have every SOP class that is stored in Storage, and those of no patient also in a class of their own", () => {
    for (const uid of storage) assert.deepStrictEqual(owners(uid), ["Storage"])
    const ofNoPatient = services.NonPatientObjectStorage.serviceClass.sopClasses
    assert.deepStrictEqual(
      ofNoPatient.filter((uid) => !storage.has(uid)),
      []
    )
  })

  it("have no SOP class that the standard does not have", () => {
    const unknown = serviceClasses.flatMap(({ uids }) =>
      [...uids].filter((uid) => UidRegistry.find(uid)?.type.endsWith("SOP Class") !== true)
    )
    assert.deepStrictEqual(unknown, [])
  })

  it("have all 257 that are in force: 188 that are stored, and 69 others", () => {
    const had = inForce.filter(({ uid }) => owners(uid).length > 0)
    const stored = had.filter(({ uid }) => storage.has(uid))
    assert.deepStrictEqual([inForce.length, had.length, stored.length], [257, 257, 188])
  })
})
