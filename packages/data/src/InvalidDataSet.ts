/**
 * The error of bytes that are not a data set (PS3.5 section 7): where, and which rule they break.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as TagPath from "./TagPath.ts"

/**
 * What is wrong.
 *
 * - `length beyond its container`: a length that goes past the end of the item, the sequence or the data set
 * - `cut short`: the bytes end within the header of an element, or before a delimiter
 * - `invalid VR`: the VR is not two capital letters
 * - `undefined length`: a value that may not have one has an undefined length
 * - `misplaced item`: an item, a delimiter or an element where there may be none
 * - `delimiter with a length`: a delimiter whose length is not 0
 * - `trailing bytes`: what follows the last element is no element; zeros up to the end are told of and do not hinder
 * - `limit exceeded`: one of the `Limits`
 * - `deflated`: the data set is deflated, and there is nothing to inflate it with
 * - `invalid deflation`: the deflated bytes are not
 *
 * @category errors
 * @since 0.1.0
 */
export const Reason = Schema.Literals([
  "length beyond its container",
  "cut short",
  "invalid VR",
  "undefined length",
  "misplaced item",
  "delimiter with a length",
  "trailing bytes",
  "limit exceeded",
  "deflated",
  "invalid deflation"
])

/**
 * @category errors
 * @since 0.1.0
 */
export type Reason = typeof Reason.Type

/**
 * Which of the `Limits` was passed.
 *
 * @category errors
 * @since 0.1.0
 */
export const LimitName = Schema.Literals([
  "depth",
  "elements",
  "items",
  "fragments",
  "valueInMemory",
  "inflatedSize",
  "irregularities"
])

/**
 * @category errors
 * @since 0.1.0
 */
export type LimitName = typeof LimitName.Type

/**
 * Bytes that are not a data set.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidDataSet extends Schema.TaggedError<InvalidDataSet>()("InvalidDataSet", {
  reason: Reason,
  /** The element, by the sequences it is in; empty where it is the data set. */
  path: TagPath.TagPath,
  /** Where its header begins, in bytes from the first of the data set (of the inflated bytes of a deflated one). */
  offset: Schema.Int,
  detail: Schema.String,
  /** Of `limit exceeded`: which. */
  limit: Schema.optionalKey(LimitName)
}) {
  override get message(): string {
    const where = this.path.length === 0 ? "" : ` ${TagPath.abbreviate(this.path)}`
    return `invalid data set,${where} at byte ${this.offset}: ${this.reason}: ${this.detail}`
  }
}
