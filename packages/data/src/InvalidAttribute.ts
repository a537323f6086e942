/**
 * The error of a value that is not what its attribute says. Which rules there are is not this file's business.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Tag from "./Tag.ts"

/**
 * A value that is not what its attribute says, in the data set or from the caller: which attribute, with which VR, the
 * value, and what is permitted.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidAttribute extends Schema.TaggedError<InvalidAttribute>()("InvalidAttribute", {
  tag: Tag.Tag,
  /** Empty where the attribute is known by its tag only. */
  keyword: Schema.String,
  /** As in the data set; of what is not there, or is to be written, as in the dictionary. */
  vr: Schema.String,
  value: Schema.String,
  rule: Schema.String,
  /** Of several values the one that it is about, counted from 1. */
  number: Schema.optionalKey(Schema.Int)
}) {
  override get message(): string {
    const attribute = `${Tag.format(this.tag)}${this.keyword === "" ? "" : ` ${this.keyword}`}, ${this.vr}`
    const which = this.number === undefined ? "" : `, value ${this.number}`
    return `${attribute}${which}: ${short(this.value)}; permitted: ${this.rule}`
  }
}

const short = (value: string): string => JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}...` : value)
