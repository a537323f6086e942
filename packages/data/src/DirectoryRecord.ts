/**
 * The records of a DICOMDIR (PS3.3 Annex F, PS3.10 section 8): they refer to one another by where they are in the file, so
 * that what moves them has to correct that. What records say of files is not this file's business.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as DataElement from "./DataElement.ts"
import * as DataSet from "./DataSet.ts"
import * as DataSetReader from "./DataSetReader.ts"
import { u32 } from "./internal/byteOrder.ts"
import * as Tag from "./Tag.ts"

/** (0004,1220). */
const DirectoryRecordSequence = Tag.make(0x0004, 0x1220)

/** Of the directory: the first and the last record of the root (PS3.3 Table F.3-2). */
const ofDirectory: ReadonlyArray<Tag.Tag> = [Tag.make(0x0004, 0x1200), Tag.make(0x0004, 0x1202)]

/** Of a record: the next one, the first below, and the one of a file that several share, which is retired (Table F.3-3). */
const ofRecord: ReadonlyArray<Tag.Tag> = [Tag.make(0x0004, 0x1400), Tag.make(0x0004, 0x1420), Tag.make(0x0004, 0x1504)]

/**
 * An offset that leads to no record.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidOffset extends Schema.TaggedError<InvalidOffset>()("InvalidOffset", {
  tag: Tag.Tag,
  /** The record that it is in, from 1; nothing for one of the directory. */
  record: Schema.optionalKey(Schema.Int),
  /** In bytes from the first of the file; nothing where the value is none. */
  offset: Schema.optionalKey(Schema.Int)
}) {
  override get message(): string {
    const { offset, record, tag } = this
    const where = record === undefined ? "" : ` of record ${record}`
    return offset === undefined
      ? `${Tag.format(tag)}${where} is no offset; permitted: four bytes`
      : `${Tag.format(tag)}${where} leads to byte ${offset} of the file, where no record begins`
  }
}

/**
 * Where a data set is in its file, which offsets of records count from the beginning of.
 *
 * @category models
 * @since 0.1.0
 */
export interface Placed {
  readonly dataSet: DataSet.DataSet
  /** In bytes. */
  readonly dataSetOffset: number
}

/**
 * Whether a data set is that of a DICOMDIR: it has a Directory Record Sequence.
 *
 * @category guards
 * @since 0.1.0
 */
export const isDirectory = (dataSet: DataSet.DataSet<unknown>): boolean =>
  DataSet.element(dataSet, DirectoryRecordSequence) !== undefined

/**
 * Where the records are in the file, in their order: in bytes from the first of the file.
 *
 * @category getters
 * @since 0.1.0
 */
export const offsets = ({ dataSet, dataSetOffset }: Placed): ReadonlyArray<number> => {
  const found: Array<number> = []
  const { transferSyntax } = dataSet
  const reader = DataSetReader.events({ transferSyntax, lenient: true })
  let depth = 0
  let isInSequence = false
  const take = (result: ReturnType<DataSetReader.EventReader["push"]>): void => {
    for (const event of Result.getOrElse(result, () => [])) {
      switch (event._tag) {
        case "SequenceStart":
          if (depth === 0) isInSequence = event.tag === DirectoryRecordSequence
          break
        case "ItemStart":
          if (depth++ === 0 && isInSequence) found.push(dataSetOffset + event.offset)
          break
        case "ItemEnd":
          depth--
      }
    }
  }
  for (const piece of DataSet.write(dataSet)) take(reader.push(piece))
  take(reader.end())
  return found
}

/**
 * The data set of a DICOMDIR whose records have moved, with the offsets that they refer to one another by as they are now.
 * It has the same records in the same order.
 *
 * **Details**
 *
 * An offset of 0 leads nowhere and stays. One that leads to no record before is a failure: nobody knows where it should
 * lead now.
 *
 * @category operations
 * @since 0.1.0
 */
export const relocate = (before: Placed, after: Placed): Result.Result<DataSet.DataSet, InvalidOffset> => {
  const to = offsets(after)
  const moved = new Map(offsets(before).map((offset, i) => [offset, to[i]]))
  const big = after.dataSet.transferSyntax.byteOrder === "big endian"
  let failure: InvalidOffset | undefined
  const corrected = (at: DataSet.DataSet, tags: ReadonlyArray<Tag.Tag>, record?: number): DataSet.DataSet => {
    let changed = at
    for (const tag of tags) {
      const bytes = DataSet.element(at, tag)?.bytes
      if (bytes === undefined || bytes.length === 0) continue
      const offset = bytes.length === 4 ? u32(bytes, 0, big) : undefined
      if (offset === 0) continue
      const now = offset === undefined ? undefined : moved.get(offset)
      if (now === undefined) {
        failure ??= new InvalidOffset({
          tag,
          ...(record === undefined ? undefined : { record }),
          ...(offset === undefined ? undefined : { offset })
        })
      } else if (now !== offset) {
        const value = new Uint8Array(4)
        new DataView(value.buffer).setUint32(0, now, !big)
        changed = DataSet.set(changed, DataElement.value(tag, "UL", value))
      }
    }
    return changed
  }
  const records = DataSet.updateItems(after.dataSet, DirectoryRecordSequence, (item, number) =>
    corrected(item, ofRecord, number)
  )
  const directory = corrected(records, ofDirectory)
  return failure === undefined ? Result.succeed(directory) : Result.fail(failure)
}
