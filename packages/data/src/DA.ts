/**
 * Dates (VR DA, PS3.5 section 6.2), and ranges of them as queries write them (PS3.4 section C.2.2.2.5.1). Which day it
 * is, and where, is not this file's business.
 *
 * @since 0.1.0
 */
import * as Order from "effect/Order"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as InvalidValue from "./InvalidValue.ts"
import { daysOf, digits, padded } from "./internal/clock.ts"
import * as rangeMatching from "./internal/rangeMatching.ts"
import { fromString, withoutPadding } from "./internal/valueText.ts"

const rule = "a date as YYYYMMDD"

/**
 * A day of the Gregorian calendar: year 0 to 9999, month 1 to 12, day 1 to 31 as the month has.
 *
 * @category models
 * @since 0.1.0
 */
export const DA = Schema.Struct({
  year: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9999 })),
  month: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 12 })),
  day: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 31 }))
}).check(
  Schema.makeFilter(
    ({ day, month, year }) => day <= daysOf(year, month) || `day ${day} is not one of month ${month} of ${year}`,
    { expected: "a day of the Gregorian calendar" }
  )
)

/**
 * @category models
 * @since 0.1.0
 */
export type DA = typeof DA.Type

/**
 * Reads a date; spaces at its end are padding.
 *
 * **Gotchas**
 *
 * The form YYYY.MM.DD of ACR-NEMA is not compliant (PS3.5 section 6.2) and is refused.
 *
 * **Example**
 *
 * ```ts
 * import * as DA from "@effect-dicom/data/DA"
 *
 * DA.parse("20240229") // success: { year: 2024, month: 2, day: 29 }
 * DA.parse("20230229") // failure: permitted is a day of 01 to 28
 * ```
 *
 * @category codecs
 * @since 0.1.0
 */
export const parse = (text: string): Result.Result<DA, InvalidValue.InvalidValue> => {
  const value = withoutPadding(text)
  const year = digits(value, 0, 4)
  const month = digits(value, 4, 2)
  const day = digits(value, 6, 2)
  if (value.length !== 8 || year === -1 || month === -1 || day === -1) return InvalidValue.fail("DA", text, rule)
  if (month < 1 || month > 12) return InvalidValue.fail("DA", text, "a month of 01 to 12")
  const last = daysOf(year, month)
  if (day < 1 || day > last) return InvalidValue.fail("DA", text, `a day of 01 to ${last}`)
  return Result.succeed({ year, month, day })
}

/**
 * Writes a date as YYYYMMDD.
 *
 * @category codecs
 * @since 0.1.0
 */
export const format = (value: DA): string => padded(value.year, 4) + padded(value.month, 2) + padded(value.day, 2)

/**
 * The codec between text and {@link DA}.
 *
 * @category codecs
 * @since 0.1.0
 */
export const FromString: Schema.Codec<DA, string> = fromString(DA, parse, format, rule)

/**
 * The earlier day first.
 *
 * @category ordering
 * @since 0.1.0
 */
export const order: Order.Order<DA> = Order.mapInput(
  Order.Number,
  ({ day, month, year }: DA) => (year * 100 + month) * 100 + day
)

/**
 * The days from one to another, both included; without one of them the range is open at that end.
 *
 * @category ranges
 * @since 0.1.0
 */
export const Range = Schema.Union([
  Schema.Struct({ from: DA, to: Schema.optionalKey(DA) }),
  Schema.Struct({ from: Schema.optionalKey(DA), to: DA })
])

/**
 * @category ranges
 * @since 0.1.0
 */
export type Range = typeof Range.Type

/**
 * Reads a range of dates: `20240101-20241231`, `20240101-` or `-20241231`.
 *
 * @category ranges
 * @since 0.1.0
 */
export const parseRange = (text: string): Result.Result<Range, InvalidValue.InvalidValue> =>
  rangeMatching.parse("DA", text, parse)

/**
 * Writes a range of dates.
 *
 * @category ranges
 * @since 0.1.0
 */
export const formatRange = (range: Range): string => rangeMatching.format(range, format)

/**
 * The codec between text and {@link Range}.
 *
 * @category ranges
 * @since 0.1.0
 */
export const RangeFromString: Schema.Codec<Range, string> = fromString(
  Range,
  parseRange,
  formatRange,
  "a range of dates"
)
