// A data set as a type of this program's own, and back. What does not fit is an error that names tag, keyword, VR and value.
//
//   node examples/typed-study.ts FILE
import { Attribute, DataSetSchema, DS, FileFormat, PersonName } from "@effect-dicom/data"
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, FileSystem, Schema } from "effect"

const Reference = DataSetSchema.Struct({
  sopInstanceUid: DataSetSchema.type1(Attribute.ReferencedSOPInstanceUID)
})

export const Image = DataSetSchema.Struct({
  sopInstanceUid: DataSetSchema.type1(Attribute.SOPInstanceUID),
  // Type 2: there, but null where the value is not known.
  patient: DataSetSchema.type2(Attribute.PatientName),
  taken: DataSetSchema.type2(Attribute.StudyDate),
  // VM 2 is a tuple; a decimal string keeps its text, and gives its number when it is asked for.
  spacing: DataSetSchema.type1C(Attribute.PixelSpacing),
  references: DataSetSchema.type3(Attribute.ReferencedImageSequence, Schema.Array(Reference))
})

export type Image = typeof Image.Type

const describe = ({ patient, references, spacing, taken }: Image): string => {
  const who = patient === null ? "somebody" : PersonName.formatGroup(patient.alphabetic)
  const when = taken === null ? "some day" : `${taken.year}-${taken.month}-${taken.day}`
  const pixels = spacing === undefined ? "of unknown size" : `${DS.toNumber(spacing[0])} mm high`
  return `${who} on ${when}, pixels ${pixels}, ${references?.length ?? 0} references`
}

export const program = Effect.fnUntraced(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  const file = yield* Effect.fromResult(FileFormat.decode(yield* fs.readFile(path)))
  const image = yield* Schema.decodeEffect(Image)(file.dataSet)
  yield* Console.log(describe(image))
  return image
})

if (import.meta.main) {
  NodeRuntime.runMain(Effect.provide(program(process.argv[2] ?? "image.dcm"), NodeServices.layer))
}
