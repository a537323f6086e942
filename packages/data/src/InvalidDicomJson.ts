/**
 * The errors of the DICOM JSON Model (PS3.18 Annex F): JSON that is no data set, and what of data sets is no JSON.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as TagPath from "./TagPath.ts"

/**
 * JSON that is not of the DICOM JSON Model, or that data sets cannot have: which attribute, its VR as far as it is known,
 * and which rule is broken.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidDicomJson extends Schema.TaggedError<InvalidDicomJson>()("InvalidDicomJson", {
  /** Empty where it is the whole. */
  path: TagPath.TagPath,
  vr: Schema.optionalKey(Schema.String),
  detail: Schema.String
}) {
  override get message(): string {
    const where = this.path.length === 0 ? "" : `, ${TagPath.abbreviate(this.path)}`
    return `invalid DICOM JSON${where}${this.vr === undefined ? "" : ` ${this.vr}`}: ${this.detail}`
  }
}

/**
 * What has no place in JSON.
 *
 * - `value elsewhere`: the bytes are not in the data set, or in fragments, and there is no URI for them
 * - `not a number`: an infinity or a NaN of FL and FD
 * - `length`: the value is no whole number of what its VR holds
 * - `character set`: Specific Character Set (0008,0005) is not as PS3.3 section C.12.1.1.2 has it
 * - `characters`: bytes that have no character in their character set
 * - `component groups`: a person's name has more than three
 * - `limit exceeded`: a string holds more values than `Limits` has it
 * - `duplicate`: the tag has been there before
 *
 * @category errors
 * @since 0.1.0
 */
export const Reason = Schema.Literals([
  "value elsewhere",
  "not a number",
  "length",
  "character set",
  "characters",
  "component groups",
  "limit exceeded",
  "duplicate"
])

/**
 * @category errors
 * @since 0.1.0
 */
export type Reason = typeof Reason.Type

/**
 * An element that JSON cannot have as it is.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotRepresentable extends Schema.TaggedError<NotRepresentable>()("NotRepresentable", {
  reason: Reason,
  path: TagPath.TagPath,
  vr: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${TagPath.abbreviate(this.path)} ${this.vr} is not representable in JSON: ${this.reason}: ${this.detail}`
  }
}
