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
import { Builder } from "./internal/dataSetBuilder.ts"
import { Machine, Met } from "./internal/dataSetMachine.ts"
import { node } from "./internal/dataSetTree.ts"
import type { DataSetNode, ElementNode } from "./internal/dataSetTree.ts"
import { Whole } from "./internal/source.ts"
import { InvalidDataSet } from "./InvalidDataSet.ts"
import * as Limits from "./Limits.ts"
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
 * order other than ascending, a tag that is there twice. With `lenient` the result has the data set as far as it can be
 * made out, and each irregularity; undefined lengths where there may be none, and limits, are failures even so.
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
} = (bytes: Uint8Array, options: ReadOptions & { readonly lenient?: boolean }): Result.Result<never, InvalidDataSet> => {
  const { inflate, lenient = false, transferSyntax } = options
  const limits = options.limits === undefined ? Limits.defaults : Limits.make(options.limits)
  let whole = bytes
  if (transferSyntax.deflated) {
    if (inflate === undefined) {
      const detail = "nothing to inflate it with was given"
      return Result.fail(new InvalidDataSet({ reason: "deflated", path: [], offset: 0, detail }))
    }
    const inflated = inflate(bytes, limits.inflatedSize)
    if (Result.isFailure(inflated)) {
      const { detail, reason } = inflated.failure
      return Result.fail(new InvalidDataSet({ reason, path: [], offset: 0, detail }))
    }
    whole = inflated.success
  }
  const machine = new Machine(whole, { encoding: transferSyntax, limits, lenient, size: whole.length })
  const builder = new Builder(new Whole(whole), transferSyntax)
  const failure = build(machine, builder)
  if (failure !== undefined) return Result.fail(failure)
  const dataSet = builder.end(whole.length)
  // the cast: which of the two it is, the overloads say
  return Result.succeed(lenient ? { dataSet, irregularities: machine.irregularities } : dataSet) as Result.Result<never>
}

const build = (machine: Machine, builder: Builder): InvalidDataSet | undefined => {
  for (;;) {
    switch (machine.step()) {
      case Met.Value:
        builder.value(machine)
        machine.position += machine.length
        break
      case Met.SequenceStart:
        builder.sequenceStart(machine)
        break
      case Met.ItemStart:
        builder.itemStart(machine)
        break
      case Met.ItemEnd:
        builder.itemEnd(machine)
        break
      case Met.SequenceEnd:
      case Met.EncapsulatedEnd:
        builder.sequenceEnd(machine)
        break
      case Met.EncapsulatedStart:
        builder.encapsulatedStart(machine)
        break
      case Met.Fragment:
        builder.fragment(machine)
        machine.position += machine.length
        break
      case Met.End:
        return undefined
      default:
        return machine.failure
    }
  }
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
    : items.map((item) => item.parent === parent ? item : item.within(parent))) as unknown as ReadonlyArray<
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
