/**
 * Sequences in a value of VR UN and defined length: items in implicit VR little endian, whatever the data set is (PS3.5
 * section 6.2.2).
 */
import * as Result from "effect/Result"
import * as DataSet from "../DataSet.ts"
import type { InvalidDataSet } from "../InvalidDataSet.ts"
import * as Tag from "../Tag.ts"
import { ImplicitVRLittleEndian } from "../TransferSyntax.ts"
import { node } from "./dataSetTree.ts"

/** Any that the dictionary has as a sequence, so that the items are read as items: (0008,1110). */
const sequence: Tag.Tag = Tag.make(0x0008, 0x1110)

/** The items of a value, as items of a data set. */
export const itemsOf = <Bulk>(
  dataSet: DataSet.DataSet<Bulk>,
  value: Uint8Array
): Result.Result<ReadonlyArray<DataSet.DataSet>, InvalidDataSet> => {
  const bytes = new Uint8Array(8 + value.length)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, Tag.group(sequence), true)
  view.setUint16(2, Tag.element(sequence), true)
  view.setUint32(4, value.length, true)
  bytes.set(value, 8)
  return Result.map(DataSet.read(bytes, { transferSyntax: ImplicitVRLittleEndian }), (read) =>
    // the cast: nodes are data sets
    (DataSet.items(read, sequence) ?? []).map((item) => node(item).within(node(dataSet)) as unknown as DataSet.DataSet)
  )
}
