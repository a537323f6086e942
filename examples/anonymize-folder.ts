// Anonymise the files of a folder by PS3.15 Annex E. With the same key the same UID becomes the same UID, in every file.
//
//   node examples/anonymize-folder.ts FOLDER NEW_FOLDER KEY
import { Association } from "@effect-dicom/association"
import { Attribute, DataSetSchema, Deidentification, FileFormat, FileMetaInformation, Uid } from "@effect-dicom/data"
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, FileSystem, Schema } from "effect"
import { createHmac } from "node:crypto"

const settings = (key: string): Deidentification.Settings => ({
  hash: (text) => createHmac("sha256", key).update(text).digest(),
  options: ["Retain Device Identity", "Clean Descriptors"],
  // All dates of a patient move by the same number of days.
  dates: "modified",
  pseudonyms: true
})

const Instance = DataSetSchema.Struct({
  mediaStorageSopClassUid: DataSetSchema.type1(Attribute.SOPClassUID),
  mediaStorageSopInstanceUid: DataSetSchema.type1(Attribute.SOPInstanceUID)
})

export const anonymize = Effect.fnUntraced(function* (bytes: Uint8Array, key: string) {
  const { dataSet, transferSyntax } = yield* Effect.fromResult(FileFormat.decode(bytes))
  const result = yield* Effect.fromResult(Deidentification.deidentify(dataSet, settings(key)))
  // A new head: what stood before the data set may tell of the patient too.
  const meta = yield* Effect.fromResult(
    FileMetaInformation.make({
      ...(yield* Schema.decodeEffect(Instance)(result.dataSet)),
      transferSyntaxUid: transferSyntax.uid,
      implementationClassUid: Uid.makeUnsafe(Association.implementation.classUid)
    })
  )
  const file = yield* Effect.fromResult(FileFormat.make(meta, result.dataSet))
  return { ...result, pieces: yield* Effect.fromResult(FileFormat.encode(file)) }
})

export const program = Effect.fnUntraced(function* (from: string, to: string, key: string) {
  const fs = yield* FileSystem.FileSystem
  yield* fs.makeDirectory(to, { recursive: true })
  for (const [i, name] of (yield* fs.readDirectory(from)).toSorted().entries()) {
    const { done, notDone, pieces } = yield* anonymize(yield* fs.readFile(`${from}/${name}`), key)
    yield* fs.writeFile(`${to}/${i + 1}.dcm`, Buffer.concat(pieces))
    const touched = done.filter(({ action }) => action !== "kept")
    yield* Console.log(`${i + 1}.dcm: ${touched.length} of ${done.length} elements changed or added`)
    for (const { detail, option } of notDone) yield* Console.log(`  not done: ${option} (${detail})`)
  }
})

if (import.meta.main) {
  const [from = "study", to = "anonymous", key = "a secret"] = process.argv.slice(2)
  NodeRuntime.runMain(Effect.provide(program(from, to, key), NodeServices.layer))
}
