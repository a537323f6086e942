/**
 * Pixel data in fragments (PS3.5 section A.4): the offset tables, and which fragments are which frame. Fragments are
 * not frames: a frame may be in several. What is inside of a frame is a codec's business.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as DataElement from "./DataElement.ts"
import * as DataSet from "./DataSet.ts"
import * as Latin1 from "./Latin1.ts"
import * as Tag from "./Tag.ts"

/**
 * The fragments of one frame, in their order. Concatenated they are the frame.
 *
 * @category models
 * @since 0.1.0
 */
export type Frame = ReadonlyArray<Uint8Array>

/**
 * Why the frames cannot be told.
 *
 * - `not encapsulated`: there is no pixel data, or it is not in fragments
 * - `invalid offset table`: it is not of as many frames as there are, an offset is not where a fragment begins, or a
 *   length is not that of a frame's fragments
 * - `ambiguous`: there is no offset table, and neither the number of fragments nor how they begin tells
 *
 * @category errors
 * @since 0.1.0
 */
export const Reason = Schema.Literals(["not encapsulated", "invalid offset table", "ambiguous"])

/**
 * @category errors
 * @since 0.1.0
 */
export type Reason = typeof Reason.Type

/**
 * The frames of encapsulated pixel data cannot be told.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidPixelData extends Schema.TaggedError<InvalidPixelData>()("InvalidPixelData", {
  reason: Reason,
  detail: Schema.String
}) {
  override get message(): string {
    return `pixel data: ${this.reason}: ${this.detail}`
  }
}

const NumberOfFrames = Tag.make(0x0028, 0x0008)
const ExtendedOffsetTable = Tag.make(0x7fe0, 0x0001)
const ExtendedOffsetTableLengths = Tag.make(0x7fe0, 0x0002)

const fail = (reason: Reason, detail: string) => Result.fail(new InvalidPixelData({ reason, detail }))

/**
 * The offsets of a Basic Offset Table: in bytes, from the first byte behind the table's own item to the item of each
 * frame's first fragment (PS3.5 section A.4). What follows the last whole one is left out.
 *
 * @category getters
 * @since 0.1.0
 */
export const basicOffsets = (table: Uint8Array): ReadonlyArray<number> => {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength)
  return Array.from({ length: Math.trunc(table.length / 4) }, (_, i) => view.getUint32(i * 4, true))
}

/** Numbers of 64 bits; beyond 2^53 they are not exact, and not the place of anything either. */
const extendedOffsets = (table: Uint8Array): ReadonlyArray<number> => {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength)
  return Array.from(
    { length: Math.trunc(table.length / 8) },
    (_, i) => view.getUint32(i * 8, true) + view.getUint32(i * 8 + 4, true) * 0x100000000
  )
}

/** Number of Frames (0028,0008); nothing where there is none, or none that is a number. */
const numberOfFrames = (dataSet: DataSet.DataSet): number | undefined => {
  const text = Latin1.decode(DataSet.element(dataSet, NumberOfFrames)?.bytes ?? new Uint8Array(0))
  const number = Number(/^ *\+?([0-9]{1,10}) *\0?$/.exec(text)?.[1] ?? 0)
  return number > 0 ? number : undefined
}

/** Where a codestream of JPEG, JPEG-LS, JPEG 2000, JPEG XL, or of HTJ2K begins. */
const beginsCodestream = (fragment: Uint8Array): boolean => {
  const [first, second, third] = fragment
  return (
    first === 0xff && ((second === 0xd8 && third === 0xff) || (second === 0x4f && third === 0xff) || second === 0x0a)
  )
}

/**
 * The frames of the data set's pixel data: by its Extended Offset Table, where it has one; by its Basic Offset Table,
 * where that is not empty; and otherwise, if there is one frame, or one fragment for each, or as many codestreams begin
 * as there are frames, by that. Frames of which a table says the length are without the byte that pads them.
 *
 * @category operations
 * @since 0.1.0
 */
export const frames = (dataSet: DataSet.DataSet): Result.Result<ReadonlyArray<Frame>, InvalidPixelData> => {
  const element = DataSet.element(dataSet, Tag.PixelData)
  if (element === undefined) return fail("not encapsulated", "there is no (7FE0,0010)")
  if (element._tag !== "Encapsulated") return fail("not encapsulated", "(7FE0,0010) is not in fragments")
  const { basicOffsetTable, fragments } = element
  const said = numberOfFrames(dataSet)
  const extended = DataSet.element(dataSet, ExtendedOffsetTable)?.bytes
  if (extended !== undefined && extended.length > 0) {
    const lengths = DataSet.element(dataSet, ExtendedOffsetTableLengths)?.bytes
    const offsets = extendedOffsets(extended)
    return byOffsets(fragments, said, offsets, lengths === undefined ? undefined : extendedOffsets(lengths))
  }
  if (basicOffsetTable !== undefined && basicOffsetTable.length > 0) {
    return byOffsets(fragments, said, basicOffsets(basicOffsetTable), undefined)
  }
  const count = said ?? 1
  if (count === 1 && fragments.length > 0) return Result.succeed([fragments])
  if (fragments.length === count) return Result.succeed(fragments.map((fragment) => [fragment]))
  const begins = fragments.flatMap((fragment, i) => (beginsCodestream(fragment) ? [i] : []))
  if (begins.length === count && begins[0] === 0) {
    return Result.succeed(begins.map((begin, i) => fragments.slice(begin, begins[i + 1])))
  }
  return fail(
    "ambiguous",
    `there is no offset table, and of ${fragments.length} fragments ${begins.length} begin a codestream; Number of ` +
      `Frames is ${count}`
  )
}

const byOffsets = (
  fragments: ReadonlyArray<Uint8Array>,
  count: number | undefined,
  offsets: ReadonlyArray<number>,
  lengths: ReadonlyArray<number> | undefined
): Result.Result<ReadonlyArray<Frame>, InvalidPixelData> => {
  if (count !== undefined && count !== offsets.length) {
    return fail("invalid offset table", `it has ${offsets.length} offsets; Number of Frames is ${count}`)
  }
  if (lengths !== undefined && lengths.length !== offsets.length) {
    return fail("invalid offset table", `it has ${offsets.length} offsets; there are ${lengths.length} lengths`)
  }
  const places = new Map<number, number>()
  let at = 0
  for (const [i, fragment] of fragments.entries()) {
    places.set(at, i)
    at += 8 + fragment.length
  }
  const begins: Array<number> = []
  for (const [i, offset] of offsets.entries()) {
    const place = places.get(offset)
    if (place === undefined || place <= (begins[i - 1] ?? -1)) {
      return fail("invalid offset table", `the offset of frame ${i + 1} is ${offset}, where no fragment of it begins`)
    }
    begins.push(place)
  }
  if (begins[0] !== 0) return fail("invalid offset table", "the first fragment is of no frame")
  const found: Array<Frame> = []
  for (const [i, begin] of begins.entries()) {
    const frame = fragments.slice(begin, begins[i + 1])
    const last = frame.length - 1
    const actual = frame.reduce((sum, fragment) => sum + fragment.length, 0)
    const length = lengths?.[i] ?? actual
    // A fragment is padded to an even length, which the frame's length does not count (PS3.3 section C.7.6.3.1.8).
    if (length === actual - 1) frame[last] = (frame[last] ?? new Uint8Array(0)).subarray(0, -1)
    else if (length !== actual) {
      return fail("invalid offset table", `the length of frame ${i + 1} is ${length}; its fragments have ${actual}`)
    }
    found.push(frame)
  }
  return Result.succeed(found)
}

/**
 * The elements of encapsulated pixel data, one fragment for each frame: with a Basic Offset Table where its 32 bits
 * suffice, or with an Extended one (and an empty Basic one) where they do not, or where it is asked for.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromFrames = (
  frames: ReadonlyArray<Uint8Array>,
  options: { readonly offsetTable?: "basic" | "extended" | "none" } = {}
): ReadonlyArray<DataElement.DataElement> => {
  const fragments = frames.map((frame) => {
    if (frame.length % 2 === 0) return frame
    const even = new Uint8Array(frame.length + 1)
    even.set(frame)
    return even
  })
  const offsets: Array<number> = []
  let at = 0
  for (const fragment of fragments) {
    offsets.push(at)
    at += 8 + fragment.length
  }
  const wanted = options.offsetTable ?? "basic"
  const table = wanted === "basic" && (offsets[offsets.length - 1] ?? 0) > 0xffffffff ? "extended" : wanted
  const basic = new Uint8Array(table === "basic" ? offsets.length * 4 : 0)
  const elements: Array<DataElement.DataElement> = []
  if (table === "basic") {
    const view = new DataView(basic.buffer)
    for (const [i, offset] of offsets.entries()) view.setUint32(i * 4, offset, true)
  } else if (table === "extended") {
    elements.push(DataElement.value(ExtendedOffsetTable, "OV", uint64s(offsets)))
    elements.push(DataElement.value(ExtendedOffsetTableLengths, "OV", uint64s(frames.map((frame) => frame.length))))
  }
  elements.push(DataElement.encapsulated(Tag.PixelData, "OB", basic, fragments))
  return elements
}

const uint64s = (numbers: ReadonlyArray<number>): Uint8Array => {
  const bytes = new Uint8Array(numbers.length * 8)
  const view = new DataView(bytes.buffer)
  for (const [i, number] of numbers.entries()) view.setBigUint64(i * 8, BigInt(number), true)
  return bytes
}
