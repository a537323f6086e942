/**
 * Integer strings (VR IS, PS3.5 section 6.2): they keep their text, and give a number on request.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as InvalidValue from "./InvalidValue.ts"
import { withoutSpaces } from "./internal/valueText.ts"

/** The longest integer string, in characters. */
const maximumLength = 12

const minimum = -(2 ** 31)
const maximum = 2 ** 31 - 1

const rule = "an integer of -2147483648 to 2147483647 in at most 12 characters"

const isInteger = (text: string): boolean => {
  if (text.length > maximumLength || !/^[+-]?[0-9]+$/.test(text)) return false
  const value = Number(text)
  return value >= minimum && value <= maximum
}

/**
 * The text of an integer of 32 bits without the spaces around it: 1 to 12 characters, so that `007` and `7` are two
 * values.
 *
 * @category models
 * @since 0.1.0
 */
export const IS = Schema.String.check(
  Schema.makeFilter((text: string) => isInteger(text) || InvalidValue.describe("IS", text, rule), {
    expected: "an integer string (PS3.5 section 6.2)",
    arbitraryConstraint: { patterns: [{ source: "^[+-]?[0-9]{1,9}$", flags: "" }] }
  })
).pipe(Schema.brand("IS"))

/**
 * @category models
 * @since 0.1.0
 */
export type IS = typeof IS.Type

/**
 * Reads an integer string; spaces around it are padding.
 *
 * **Example**
 *
 * ```ts
 * import * as IS from "@effect-dicom/data/IS"
 * import * as Result from "effect/Result"
 *
 * const number = Result.getOrThrow(IS.parse(" 007 "))
 * IS.format(number) // "007"
 * IS.toNumber(number) // 7
 * ```
 *
 * @category codecs
 * @since 0.1.0
 */
export const parse = (text: string): Result.Result<IS, InvalidValue.InvalidValue> => {
  const value = withoutSpaces(text)
  return isInteger(value)
    ? // the cast states what `isInteger` has just found
      Result.succeed(value as IS)
    : InvalidValue.fail("IS", text, rule)
}

/**
 * The text of an integer string, as it was read.
 *
 * @category codecs
 * @since 0.1.0
 */
export const format = (value: IS): string => value

/**
 * The number: -2147483648 to 2147483647.
 *
 * @category numbers
 * @since 0.1.0
 */
export const toNumber = (value: IS): number => Number(value)

/**
 * Writes a number that is an integer of 32 bits.
 *
 * @category numbers
 * @since 0.1.0
 */
export const fromNumber = (value: number): Result.Result<IS, InvalidValue.InvalidValue> =>
  // -0 is written without its sign
  parse(String(value))
