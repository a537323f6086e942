/**
 * Data sets (PS3.5 section 7): immutable, and decoded on access. One that was read is views over the bytes it came
 * from, and gives these bytes back when it is written; one that was edited gives them back but for what was edited.
 *
 * What the bytes of a value mean is not this file's business, and neither are the frames of encapsulated pixel data.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import type { DataElement } from "./DataElement.ts"
import type { Inflate } from "./Inflate.ts"
import { DataSetNode, isSorted, node } from "./internal/dataSetTree.ts"
import type { ElementNode } from "./internal/dataSetTree.ts"
import { contentSize, isShared, scratchSize, Writer } from "./internal/dataSetWriter.ts"
import { inPlaceOf, withItems } from "./internal/elementReplacement.ts"
import { normalized } from "./internal/normalize.ts"
import type { Form } from "./internal/normalize.ts"
import { conformElement } from "./internal/transcode.ts"
import { readWhole } from "./internal/wholeReading.ts"
import type { InvalidDataSet } from "./InvalidDataSet.ts"
import type * as Limits from "./Limits.ts"
import type { Tag } from "./Tag.ts"
import type { TransferSyntax } from "./TransferSyntax.ts"

/**
 * A data set, or an item of one. `Bulk` is what stands for values that are elsewhere; there are none in a data set read
 * whole.
 *
 * **Gotchas**
 *
 * The bytes that it was read from must not be written to afterwards.
 *
 * @category models
 * @since 0.1.0
 */
export interface DataSet<out Bulk = never> {
  /** How it is written; of an item of a UN, implicit VR little endian (PS3.5 section 6.2.2). */
  readonly transferSyntax: TransferSyntax
  /** Of types only: nothing is there. */
  readonly "~bulk"?: Bulk
}

// -----------------------------------------------------------------------------
// reading
// -----------------------------------------------------------------------------

/**
 * How to read.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReadOptions {
  readonly transferSyntax: TransferSyntax
  /** Those not given are the defaults. */
  readonly limits?: Partial<Limits.Limits>
  /** Needed for a deflated transfer syntax. */
  readonly inflate?: Inflate
}

/**
 * What lenient reading gives: the data set, and what was wrong with its bytes, in their order.
 *
 * @category models
 * @since 0.1.0
 */
export interface Lenient<out Bulk = never> {
  readonly dataSet: DataSet<Bulk>
  readonly irregularities: ReadonlyArray<InvalidDataSet>
}

/**
 * Reads a data set from all of its bytes. All elements are found, at all depths; no value is looked at, but those that
 * decide the VR of others.
 *
 * **Details**
 *
 * Strictly, bytes that break PS3.5 section 7 are a failure. What does not hinder reading is not: an odd length, an
 * order other than ascending, a tag that is there twice, zeros behind the last element ({@link padding}), bytes behind a
 * deflate stream. With `lenient` the result has the data set as far as it can be made out, and each irregularity, the
 * latter two among them; undefined lengths
 * where there may be none, and limits, are failures even so.
 *
 * **Example**
 *
 * ```ts
 * import * as DataSet from "@effect-dicom/data/DataSet"
 * import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
 * import * as Result from "effect/Result"
 *
 * const bytes = Uint8Array.of(0x10, 0, 0x10, 0, 0x50, 0x4e, 2, 0, 0x41, 0x20)
 * const result = DataSet.read(bytes, { transferSyntax: TransferSyntax.ExplicitVRLittleEndian })
 * Result.isSuccess(result) && DataSet.elements(result.success)[0]?.vr // "PN"
 * ```
 *
 * @category codecs
 * @since 0.1.0
 */
export const read: {
  (bytes: Uint8Array, options: ReadOptions & { readonly lenient: true }): Result.Result<Lenient, InvalidDataSet>
  (bytes: Uint8Array, options: ReadOptions & { readonly lenient?: false }): Result.Result<DataSet, InvalidDataSet>
} = (
  bytes: Uint8Array,
  options: ReadOptions & { readonly lenient?: boolean }
): Result.Result<never, InvalidDataSet> => {
  const found = readWhole(bytes, options)
  if (Result.isFailure(found)) return Result.fail(found.failure)
  // the cast: which of the two it is, the overloads say
  return Result.succeed(options.lenient === true ? found.success : found.success.dataSet) as Result.Result<never>
}

/**
 * How many bytes follow the last element: zeros, that no data set is to have (PS3.10 section 7.2 pads with (FFFC,FFFC)),
 * and some files have; in one that was read leniently others too.
 *
 * @category getters
 * @since 0.1.0
 */
export const padding = (dataSet: DataSet<unknown>): number => {
  const { tail } = node(dataSet)
  return tail === undefined ? 0 : tail.end - tail.start
}

// -----------------------------------------------------------------------------
// looking
// -----------------------------------------------------------------------------

const shown = <Bulk>(element: ElementNode): DataElement<Bulk> =>
  // the cast: a node of each kind has the fields of that kind's interface
  element as unknown as DataElement<Bulk>

/**
 * All elements of the data set's first level, in the order of its bytes, those with the same tag among them.
 *
 * @category getters
 * @since 0.1.0
 */
export const elements = <Bulk>(dataSet: DataSet<Bulk>): ReadonlyArray<DataElement<Bulk>> =>
  // the cast: as above
  node(dataSet).elements as unknown as ReadonlyArray<DataElement<Bulk>>

/**
 * The first element of a tag; nothing where there is none.
 *
 * @category getters
 * @since 0.1.0
 */
export const element = <Bulk>(dataSet: DataSet<Bulk>, tag: Tag): DataElement<Bulk> | undefined => {
  const found = node(dataSet).find(tag)
  return found === undefined ? undefined : shown(found)
}

/**
 * The items of the first element of a tag, each knowing the data set it is in; nothing where there is no such element,
 * or it is no sequence.
 *
 * @category getters
 * @since 0.1.0
 */
export const items = <Bulk>(dataSet: DataSet<Bulk>, tag: Tag): ReadonlyArray<DataSet<Bulk>> | undefined => {
  const parent = node(dataSet)
  const items = parent.find(tag)?.items
  if (items === undefined) return undefined
  // the cast: nodes are data sets
  return (items.every((item) => item.parent === parent)
    ? items
    : items.map((item) => (item.parent === parent ? item : item.within(parent)))) as unknown as ReadonlyArray<
    DataSet<Bulk>
  >
}

/**
 * The data set that an item is in, as it was when it was read or looked up with {@link items}; nothing for an outermost
 * one. What an item does not say itself, its character set among it, the enclosing data set says (PS3.5 section 7.5.3).
 *
 * @category getters
 * @since 0.1.0
 */
export const enclosing = <Bulk>(item: DataSet<Bulk>): DataSet<Bulk> | undefined => {
  const parent: DataSetNode | undefined = node(item).parent
  // the cast: nodes are data sets
  return parent as DataSet<Bulk> | undefined
}

// -----------------------------------------------------------------------------
// writing
// -----------------------------------------------------------------------------

/**
 * The bytes of a data set, in pieces for a gathered write: as they were read where nothing was changed, and no value of
 * any size copied. Before they go into a file or onto the wire in a deflated syntax they are to be deflated. A value
 * that is elsewhere is given by what stands for it.
 *
 * **Gotchas**
 *
 * The pieces of small data sets share a buffer with others: do not transfer it to another thread.
 *
 * @category codecs
 * @since 0.1.0
 */
export const write = <Bulk>(dataSet: DataSet<Bulk>): ReadonlyArray<Uint8Array | Bulk> => {
  const whole = node(dataSet)
  const pieces: Array<unknown> = []
  if (whole.source !== undefined) {
    whole.source.append(pieces, whole.start, whole.end)
  } else {
    const writer = new Writer(scratchSize(contentSize(whole)))
    writer.dataSet(whole)
    for (const piece of writer.pieces()) pieces.push(piece)
  }
  // the cast: a piece is bytes, or what stands for them in this data set
  return pieces as ReadonlyArray<Uint8Array | Bulk>
}

/**
 * How many bytes {@link write} gives.
 *
 * @category getters
 * @since 0.1.0
 */
export const size = <Bulk>(dataSet: DataSet<Bulk>): number => {
  const whole = node(dataSet)
  return whole.source === undefined ? contentSize(whole) : whole.end - whole.start
}

/**
 * The bytes of a data set, in one piece: of one that was read and not changed those that it was read from, else bytes
 * with a buffer of their own.
 *
 * @category codecs
 * @since 0.1.0
 */
export const toBytes = (dataSet: DataSet): Uint8Array => {
  const pieces = write(dataSet)
  const [first] = pieces
  if (pieces.length === 1 && first !== undefined && !isShared(first)) return first
  const bytes = new Uint8Array(size(dataSet))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}

// -----------------------------------------------------------------------------
// making and editing
// -----------------------------------------------------------------------------

/**
 * A data set without elements.
 *
 * @category constructors
 * @since 0.1.0
 */
export const empty = (transferSyntax: TransferSyntax): DataSet =>
  new DataSetNode(transferSyntax, [], undefined, false, undefined, 0, 0)

const held = (element: DataElement<unknown>): ElementNode =>
  // the cast: elements are made in this package only, and of this class
  element as unknown as ElementNode

/**
 * Makes a data set of elements, which it puts in ascending order; of those with the same tag it keeps the last.
 * Elements of data sets that are written in another way are transcoded.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <Bulk = never>(
  transferSyntax: TransferSyntax,
  elements: Iterable<DataElement<Bulk>>
): DataSet<Bulk> => {
  let nodes: Array<ElementNode> = []
  for (const element of elements) nodes.push(conformElement(held(element), transferSyntax))
  if (!isSorted(nodes)) {
    const byTag = new Map(nodes.map((node) => [node.tag, node]))
    nodes = [...byTag.values()].toSorted((a, b) => a.tag - b.tag)
  }
  return new DataSetNode(transferSyntax, nodes, undefined, false, undefined, 0, 0)
}

/**
 * Puts an element into a data set: in place of the first with its tag, any other with that tag being removed, or before
 * the first with a greater tag. A sequence in place of one of undefined length has one too.
 *
 * **Gotchas**
 *
 * Nothing else is changed: a group length (gggg,0000), retired since 2008, may then be wrong, as its readers expect;
 * {@link normalize} removes it. A new Specific Character Set does not recode the other elements, and an element of
 * another data set is not recoded: `with` does both.
 *
 * @category operations
 * @since 0.1.0
 */
export const set = <Bulk>(dataSet: DataSet<Bulk>, element: DataElement<Bulk>): DataSet<Bulk> => {
  const whole = node(dataSet)
  const put = conformElement(held(element), whole.transferSyntax)
  const nodes = whole.elements.slice()
  const i = whole.indexOf(put.tag)
  if (i < 0) {
    nodes.splice(~i, 0, put)
    return whole.with(nodes)
  }
  nodes[i] = inPlaceOf(nodes[i], put)
  return whole.with(whole.sorted ? nodes : nodes.filter((other, j) => j <= i || other.tag !== put.tag))
}

/**
 * Removes all elements of a tag.
 *
 * @category operations
 * @since 0.1.0
 */
export const remove = <Bulk>(dataSet: DataSet<Bulk>, tag: Tag): DataSet<Bulk> => {
  const whole = node(dataSet)
  return whole.indexOf(tag) < 0 ? dataSet : whole.with(whole.elements.filter((element) => element.tag !== tag))
}

/**
 * Keeps the elements for which a predicate holds.
 *
 * @category operations
 * @since 0.1.0
 */
export const filter = <Bulk>(
  dataSet: DataSet<Bulk>,
  predicate: (element: DataElement<Bulk>) => boolean
): DataSet<Bulk> => {
  const whole = node(dataSet)
  const nodes = whole.elements.filter((element) => predicate(shown(element)))
  return nodes.length === whole.elements.length ? dataSet : whole.with(nodes)
}

/**
 * Edits the items of the first element of a tag. Items for which `edit` gives back what it was given stay as they are
 * written, and so does the data set if all do. `number` counts from 1.
 *
 * **Example**
 *
 * ```ts
 * import * as DataSet from "@effect-dicom/data/DataSet"
 * import * as Tag from "@effect-dicom/data/Tag"
 * import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
 *
 * const dataSet = DataSet.empty(TransferSyntax.ExplicitVRLittleEndian)
 * DataSet.updateItems(dataSet, Tag.make(0x0008, 0x1140), (item) => DataSet.remove(item, Tag.SOPClassUID))
 * ```
 *
 * @category operations
 * @since 0.1.0
 */
export const updateItems = <Bulk>(
  dataSet: DataSet<Bulk>,
  tag: Tag,
  edit: (item: DataSet<Bulk>, number: number) => DataSet<Bulk>
): DataSet<Bulk> => {
  const whole = node(dataSet)
  const before = items(dataSet, tag)
  const i = whole.indexOf(tag)
  const element = whole.elements[i]
  if (before === undefined || element === undefined) return dataSet
  const after = before.map((item, i) => edit(item, i + 1))
  if (after.every((item, i) => item === before[i])) return dataSet
  const nodes = whole.elements.slice()
  nodes[i] = withItems(whole, element, after)
  return whole.with(nodes)
}

/**
 * How {@link normalize} writes. By default: lengths are defined, group lengths are dropped.
 *
 * @category models
 * @since 0.1.0
 */
export type NormalForm = Partial<Form>

/**
 * The same data set in a normal form: elements ascend, each tag is there once (its first element), every value is
 * padded to an even length (PS3.5 section 6.2), nothing follows the last element, and lengths are what `form` says. In
 * explicit syntaxes reserved bytes are zeros.
 *
 * @category operations
 * @since 0.1.0
 */
export const normalize = <Bulk>(dataSet: DataSet<Bulk>, form: NormalForm = {}): DataSet<Bulk> =>
  normalized(node(dataSet), { lengths: form.lengths ?? "defined", groupLengths: form.groupLengths ?? "drop" })

// -----------------------------------------------------------------------------
// transcoding
// -----------------------------------------------------------------------------

/**
 * Data sets in other transfer syntaxes: see `Transcoding.ts`.
 *
 * @category operations
 * @since 0.1.0
 */
export {
  PixelCodecNeeded,
  transcode,
  type TranscodeError,
  type TranscodeOptions,
  ValueElsewhere
} from "./Transcoding.ts"

// -----------------------------------------------------------------------------
// values of attributes
// -----------------------------------------------------------------------------

/**
 * What attributes hold, of the types that they have: see `AttributeValue.ts`.
 *
 * @category values
 * @since 0.1.0
 */
export { characterSet, get, tagOf, text, values, with, withAll, without } from "./AttributeValue.ts"
