// Print what a file says: a line for each element, items below their sequences. Values are decoded when they are asked for.
//
//   node examples/print-header.ts FILE
import { DataSet, Dictionary, FileFormat, Tag } from "@effect-dicom/data"
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, FileSystem, Result } from "effect"

const lines = (dataSet: DataSet.DataSet, margin = ""): ReadonlyArray<string> =>
  DataSet.elements(dataSet).flatMap((element) => {
    const { tag, vr } = element
    const text = Result.getOrUndefined(DataSet.text(dataSet, tag))?.text.trimEnd()
    const value = text ?? (element._tag === "Value" ? `${element.bytes.length} bytes` : element._tag)
    const items = DataSet.items(dataSet, tag) ?? []
    return [
      `${margin}${Tag.format(tag)} ${vr} ${Dictionary.keyword(tag)}: ${value}`,
      ...items.flatMap((item) => lines(item, `${margin}  `))
    ]
  })

export const program = Effect.fnUntraced(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  const bytes = yield* fs.readFile(path)
  const file = yield* Effect.fromResult(FileFormat.decode(bytes))
  yield* Console.log(`${path}, ${file.transferSyntax.name}`)
  for (const line of lines(file.dataSet)) yield* Console.log(line)
})

if (import.meta.main) {
  NodeRuntime.runMain(Effect.provide(program(process.argv[2] ?? "image.dcm"), NodeServices.layer))
}
