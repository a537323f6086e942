/**
 * Decimal strings (VR DS, PS3.5 section 6.2): they keep their text, and give a number on request. Rounding happens only
 * where it is asked for.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as InvalidValue from "./InvalidValue.ts"
import { withoutSpaces } from "./internal/valueText.ts"

/** The longest decimal string, in characters. */
const maximumLength = 16

const rule = "a fixed or floating point number of at most 16 characters"

const isDecimal = (text: string): boolean =>
  text.length <= maximumLength && /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[Ee][+-]?[0-9]+)?$/.test(text)

/**
 * The text of a decimal number without the spaces around it: 1 to 16 characters, so that `1.50` and `1.5` are two
 * values.
 *
 * @category models
 * @since 0.1.0
 */
export const DS = Schema.String.check(
  Schema.makeFilter((text: string) => isDecimal(text) || InvalidValue.describe("DS", text, rule), {
    expected: "a decimal string (PS3.5 section 6.2)",
    arbitraryConstraint: {
      patterns: [{ source: "^[+-]?[0-9]{1,6}(\\.[0-9]{0,4})?([Ee][+-]?[0-9]{1,2})?$", flags: "" }]
    }
  })
).pipe(Schema.brand("DS"))

/**
 * @category models
 * @since 0.1.0
 */
export type DS = typeof DS.Type

/**
 * Reads a decimal string; spaces around it are padding.
 *
 * **Example**
 *
 * ```ts
 * import * as DS from "@effect-dicom/data/DS"
 * import * as Result from "effect/Result"
 *
 * const spacing = Result.getOrThrow(DS.parse("0.50 "))
 * DS.format(spacing) // "0.50"
 * DS.toNumber(spacing) // 0.5
 * ```
 *
 * @category codecs
 * @since 0.1.0
 */
export const parse = (text: string): Result.Result<DS, InvalidValue.InvalidValue> => {
  const value = withoutSpaces(text)
  return isDecimal(value)
    ? // the cast states what `isDecimal` has just found
      Result.succeed(value as DS)
    : InvalidValue.fail("DS", text, rule)
}

/**
 * The text of a decimal string, as it was read.
 *
 * @category codecs
 * @since 0.1.0
 */
export const format = (value: DS): string => value

/**
 * The nearest number of double precision; infinite where the text is past the largest.
 *
 * @category numbers
 * @since 0.1.0
 */
export const toNumber = (value: DS): number => Number(value)

/** The shortest texts of a number with so many significant digits. */
const candidates = (value: number, digits: number): ReadonlyArray<string> => {
  const rounded = Number(value.toPrecision(digits))
  const exponential = rounded.toExponential().replace("e+", "E").replace("e", "E")
  return [String(rounded).replace("e+", "E").replace("e", "E"), exponential]
}

/**
 * Writes a number that has an exact text of at most 16 characters; others fail, as rounding is {@link round}'s.
 *
 * @category numbers
 * @since 0.1.0
 */
export const fromNumber = (value: number): Result.Result<DS, InvalidValue.InvalidValue> => {
  const text = candidates(value, 17).find(isDecimal)
  return text === undefined
    ? InvalidValue.fail("DS", String(value), rule)
    : // the cast states what `isDecimal` has just found
      Result.succeed(text as DS)
}

/**
 * Writes a number with as many significant digits as fit in 16 characters; what is not finite fails.
 *
 * @category numbers
 * @since 0.1.0
 */
export const round = (value: number): Result.Result<DS, InvalidValue.InvalidValue> => {
  for (let digits = 17; digits > 0 && Number.isFinite(value); digits--) {
    const text = candidates(value, digits).find(isDecimal)
    // the cast states what `isDecimal` has just found
    if (text !== undefined) return Result.succeed(text as DS)
  }
  return InvalidValue.fail("DS", String(value), "a finite number")
}
