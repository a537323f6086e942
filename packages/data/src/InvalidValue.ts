/**
 * What a value's text breaks of the rules of its VR (PS3.5 section 6.2). Where in a data set the value stands is not
 * this file's business.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { Vr } from "./Vr.ts"

/** How many characters of a value a message shows. */
const shown = 80

/**
 * Text that is not a value of a VR: the VR, the text, and the rule it breaks.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidValue extends Schema.TaggedError<InvalidValue>()("InvalidValue", {
  vr: Vr,
  value: Schema.String,
  /** What is permitted instead. */
  rule: Schema.String
}) {
  override get message(): string {
    return describe(this.vr, this.value, this.rule)
  }
}

/**
 * The sentence of an {@link InvalidValue}: a long text is cut.
 *
 * @category formatting
 * @since 0.1.0
 */
export const describe = (vr: Vr, value: string, rule: string): string =>
  `${JSON.stringify(value.length > shown ? `${value.slice(0, shown)}...` : value)} is not of VR ${vr}: ` +
  `permitted is ${rule}`

/**
 * A failure with an {@link InvalidValue}.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fail = (vr: Vr, value: string, rule: string): Result.Result<never, InvalidValue> =>
  Result.fail(new InvalidValue({ vr, value, rule }))
