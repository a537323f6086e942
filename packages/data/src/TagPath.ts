/**
 * Where in a data set something stands: the tags of the sequences that enclose it, which item of each, and its own tag.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Tag from "./Tag.ts"

/**
 * One step: an element, and where the path goes on in one of its items, or fragments, the number of that, from 1 (as
 * PS3.5 section 7.5 counts them).
 *
 * @category models
 * @since 0.1.0
 */
export const Step = Schema.Struct({ tag: Tag.Tag, item: Schema.optionalKey(Schema.Int) })

/**
 * @category models
 * @since 0.1.0
 */
export type Step = typeof Step.Type

/**
 * A path from the outermost data set inwards; an empty one is that data set itself.
 *
 * @category models
 * @since 0.1.0
 */
export const TagPath = Schema.Array(Step)

/**
 * @category models
 * @since 0.1.0
 */
export type TagPath = typeof TagPath.Type

/**
 * A path as it is printed.
 *
 * **Example**
 *
 * ```ts
 * import * as Tag from "@effect-dicom/data/Tag"
 * import * as TagPath from "@effect-dicom/data/TagPath"
 *
 * TagPath.format([{ tag: Tag.make(0x0008, 0x1140), item: 2 }, { tag: Tag.make(0x0008, 0x1150) }])
 * // "(0008,1140)[2].(0008,1150)"
 * ```
 *
 * @category formatting
 * @since 0.1.0
 */
export const format = (path: TagPath): string =>
  path.map(({ item, tag }) => `${Tag.format(tag)}${item === undefined ? "" : `[${item}]`}`).join(".")

/** How many steps of a long path are printed at each end. */
const shown = 2

/**
 * A path as it is printed in messages: of more than eight steps the first two, how many are left out, and the last two.
 *
 * @category formatting
 * @since 0.1.0
 */
export const abbreviate = (path: TagPath): string =>
  path.length <= 8
    ? format(path)
    : `${format(path.slice(0, shown))} ... ${path.length - 2 * shown} more ... ${format(path.slice(-shown))}`
