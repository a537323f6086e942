/**
 * Data elements as they stand (PS3.5 section 7.1): a tag, a VR, and a value in bytes, in items, in fragments, or
 * elsewhere. What the bytes mean is not this file's business.
 *
 * @since 0.1.0
 */
import type { DataSet } from "./DataSet.ts"
import { asItem, ElementNode } from "./internal/dataSetTree.ts"
import { viewOf } from "./internal/source.ts"
import type { Tag } from "./Tag.ts"
import type { Vr } from "./Vr.ts"

/**
 * An element whose value is bytes, in the byte order of its data set and with their padding. No bytes are an empty
 * value.
 *
 * @category models
 * @since 0.1.0
 */
export interface Value {
  readonly _tag: "Value"
  readonly tag: Tag
  /** Two capital letters: as written, known or not; in implicit syntaxes as PS3.6 and the other elements have it. */
  readonly vr: string
  /** A view, which is not to be written to. */
  readonly bytes: Uint8Array
  readonly items?: undefined
  readonly fragments?: undefined
}

/**
 * An element whose value is items: of VR SQ, or of VR UN and undefined length (PS3.5 section 6.2.2), and then the items
 * are implicit VR little endian.
 *
 * @category models
 * @since 0.1.0
 */
export interface Sequence<out Bulk = never> {
  readonly _tag: "Sequence"
  readonly tag: Tag
  readonly vr: string
  readonly items: ReadonlyArray<DataSet<Bulk>>
  /** Whether it ends with a delimiter, rather than by its length. */
  readonly undefinedLength: boolean
  readonly bytes?: undefined
  readonly fragments?: undefined
}

/**
 * An element whose value is encapsulated (PS3.5 section A.4): a Basic Offset Table and fragments, which are not frames.
 *
 * @category models
 * @since 0.1.0
 */
export interface Encapsulated<out Bulk = never> {
  readonly _tag: "Encapsulated"
  readonly tag: Tag
  readonly vr: string
  /** The value of the first item, which may have no bytes; undefined where there is no item at all. */
  readonly basicOffsetTable: Uint8Array | undefined
  /** The values of the other items. */
  readonly fragments: ReadonlyArray<Uint8Array | Bulk>
  readonly bytes?: undefined
  readonly items?: undefined
}

/**
 * An element whose value is elsewhere, because it was too long to keep.
 *
 * @category models
 * @since 0.1.0
 */
export interface Referenced<out Bulk> {
  readonly _tag: "Referenced"
  readonly tag: Tag
  readonly vr: string
  readonly reference: Bulk
  readonly bytes?: undefined
  readonly items?: undefined
  readonly fragments?: undefined
}

/**
 * An element. `Bulk` is what stands for a value that is elsewhere; there is none in a data set read whole.
 *
 * @category models
 * @since 0.1.0
 */
export type DataElement<Bulk = never> =
  | Value
  | Sequence<Bulk>
  | Encapsulated<Bulk>
  | ([Bulk] extends [never] ? never : Referenced<Bulk>)

/**
 * Makes an element of bytes as they are to be written: in the byte order of the data set they are for, and padded.
 *
 * **Gotchas**
 *
 * The bytes are not copied: do not write to them any more. In explicit syntaxes an element whose VR has a length of 16 bits, and whose value needs more, is written as UN
 * (PS3.5 section 6.2.2).
 *
 * @category constructors
 * @since 0.1.0
 */
export const value = (tag: Tag, vr: Vr, bytes: Uint8Array): Value =>
  // the cast: a node of this kind has the fields of the interface
  ElementNode.make("Value", tag, vr, false, viewOf(bytes)) as unknown as Value

/**
 * Makes a sequence of items. By default it has a defined length; so have items, unless they were read without one.
 *
 * @category constructors
 * @since 0.1.0
 */
export const sequence = <Bulk = never>(
  tag: Tag,
  items: ReadonlyArray<DataSet<Bulk>>,
  options?: { readonly undefinedLength?: boolean }
): Sequence<Bulk> =>
  // the cast: as above
  ElementNode.make(
    "Sequence",
    tag,
    "SQ",
    options?.undefinedLength ?? false,
    items.map(asItem)
  ) as unknown as Sequence<Bulk>

/**
 * Makes an encapsulated value of its first item, the Basic Offset Table (no bytes where there is none), and its
 * fragments.
 *
 * @category constructors
 * @since 0.1.0
 */
export const encapsulated = (
  tag: Tag,
  vr: "OB" | "OW",
  basicOffsetTable: Uint8Array,
  fragments: ReadonlyArray<Uint8Array>
): Encapsulated =>
  // the cast: as above
  ElementNode.make("Encapsulated", tag, vr, true, {
    basicOffsetTable: viewOf(basicOffsetTable),
    fragments: fragments.map(viewOf)
  }) as unknown as Encapsulated

/**
 * Makes an element whose value is elsewhere, of what stands for it. Its length, in bytes and even, is written in the
 * header; `DataSet.write` gives what stands for it in its place.
 *
 * @category constructors
 * @since 0.1.0
 */
export const referenced = <Bulk extends { readonly length: number }>(
  tag: Tag,
  vr: Vr,
  reference: Bulk
): Referenced<Bulk> =>
  // the cast: as above
  ElementNode.make("Referenced", tag, vr, false, reference) as unknown as Referenced<Bulk>
