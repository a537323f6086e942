/**
 * Ages (VR AS, PS3.5 section 6.2). How long a month or a year is, is not this file's business.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as InvalidValue from "./InvalidValue.ts"
import { digits, padded } from "./internal/clock.ts"
import { fromString, withoutPadding } from "./internal/valueText.ts"

const rule = "three digits and one of D, W, M and Y"

/**
 * The unit of an age: days, weeks, months or years.
 *
 * @category models
 * @since 0.1.0
 */
export const Unit = Schema.Literals(["D", "W", "M", "Y"])

/**
 * @category models
 * @since 0.1.0
 */
export type Unit = typeof Unit.Type

/**
 * An age: a number, 0 to 999, of days, weeks, months or years.
 *
 * @category models
 * @since 0.1.0
 */
export const AS = Schema.Struct({
  value: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 999 })),
  unit: Unit
})

/**
 * @category models
 * @since 0.1.0
 */
export type AS = typeof AS.Type

const isUnit = Schema.is(Unit)

/**
 * Reads an age; spaces at its end are padding.
 *
 * **Example**
 *
 * ```ts
 * import * as AS from "@effect-dicom/data/AS"
 *
 * AS.parse("018M") // success: { value: 18, unit: "M" }
 * AS.parse("18Y") // failure: permitted is three digits and one of D, W, M and Y
 * ```
 *
 * @category codecs
 * @since 0.1.0
 */
export const parse = (text: string): Result.Result<AS, InvalidValue.InvalidValue> => {
  const trimmed = withoutPadding(text)
  const value = digits(trimmed, 0, 3)
  const unit = trimmed.slice(3)
  return value === -1 || !isUnit(unit) ? InvalidValue.fail("AS", text, rule) : Result.succeed({ value, unit })
}

/**
 * Writes an age as nnnD, nnnW, nnnM or nnnY.
 *
 * @category codecs
 * @since 0.1.0
 */
export const format = (value: AS): string => padded(value.value, 3) + value.unit

/**
 * The codec between text and {@link AS}.
 *
 * @category codecs
 * @since 0.1.0
 */
export const FromString: Schema.Codec<AS, string> = fromString(AS, parse, format, rule)
