/**
 * Tags (PS3.5 section 7.1): the number that says which attribute an element is. What an attribute is called, and which
 * VR it has, is not this file's business.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * A tag as one number: the group in the upper 16 bits, the element in the lower.
 *
 * @category models
 * @since 0.1.0
 */
export const Tag = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0xffffffff })).pipe(Schema.brand("Tag"))

/**
 * @category models
 * @since 0.1.0
 */
export type Tag = typeof Tag.Type

/**
 * Makes a tag of a group and an element, each 0 to FFFFH; of larger numbers the lower 16 bits count.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (group: number, element: number): Tag =>
  // the cast: `>>> 0` gives an integer from 0 to FFFFFFFFH
  ((((group & 0xffff) << 16) | (element & 0xffff)) >>> 0) as Tag

/**
 * The group of a tag, 0 to FFFFH.
 *
 * @category getters
 * @since 0.1.0
 */
export const group = (tag: Tag): number => tag >>> 16

/**
 * The element of a tag, 0 to FFFFH.
 *
 * @category getters
 * @since 0.1.0
 */
export const element = (tag: Tag): number => tag & 0xffff

/**
 * Whether a tag is of a private group: an odd one (PS3.5 section 7.8).
 *
 * @category guards
 * @since 0.1.0
 */
export const isPrivate = (tag: Tag): boolean => (group(tag) & 1) === 1

const hex = (n: number): string => n.toString(16).toUpperCase().padStart(4, "0")

/**
 * A tag as the standard prints it.
 *
 * **Example**
 *
 * ```ts
 * import * as Tag from "@effect-dicom/data/Tag"
 *
 * Tag.format(Tag.PixelData) // "(7FE0,0010)"
 * ```
 *
 * @category formatting
 * @since 0.1.0
 */
export const format = (tag: Tag): string => `(${hex(group(tag))},${hex(element(tag))})`

/**
 * (FFFE,E000), which begins an item (PS3.5 section 7.5).
 *
 * @category tags
 * @since 0.1.0
 */
export const Item: Tag = make(0xfffe, 0xe000)

/**
 * (FFFE,E00D), which ends an item of undefined length (PS3.5 section 7.5).
 *
 * @category tags
 * @since 0.1.0
 */
export const ItemDelimitationItem: Tag = make(0xfffe, 0xe00d)

/**
 * (FFFE,E0DD), which ends a sequence of undefined length (PS3.5 section 7.5).
 *
 * @category tags
 * @since 0.1.0
 */
export const SequenceDelimitationItem: Tag = make(0xfffe, 0xe0dd)

/**
 * (0008,0016), the SOP Class UID of a data set (PS3.3 section C.12.1).
 *
 * @category tags
 * @since 0.1.0
 */
export const SOPClassUID: Tag = make(0x0008, 0x0016)

/**
 * (0008,0018), the SOP Instance UID of a data set (PS3.3 section C.12.1).
 *
 * @category tags
 * @since 0.1.0
 */
export const SOPInstanceUID: Tag = make(0x0008, 0x0018)

/**
 * (7FE0,0010), the pixel data: in fragments where the transfer syntax is encapsulated (PS3.5 section 8.2).
 *
 * @category tags
 * @since 0.1.0
 */
export const PixelData: Tag = make(0x7fe0, 0x0010)
