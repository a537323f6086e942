/**
 * Times of day (VR TM, PS3.5 section 6.2), as precise as they are given, and ranges of them as queries write them
 * (PS3.4 section C.2.2.2.5.2). Of which day and in which zone is not this file's business.
 *
 * @since 0.1.0
 */
import * as Order from "effect/Order"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as InvalidValue from "./InvalidValue.ts"
import * as clock from "./internal/clock.ts"
import * as rangeMatching from "./internal/rangeMatching.ts"
import { fromString, withoutPadding } from "./internal/valueText.ts"

/**
 * A time of day: hour 0 to 23, minute 0 to 59, second 0 to 60 (60 is a leap second), and the digits of a fraction of a
 * second, 1 to 6. A component that is left out means that the time is not precise to it; then so are those behind it.
 *
 * @category models
 * @since 0.1.0
 */
export const TM = Schema.Struct({
  hour: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 23 })),
  minute: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 59 }))),
  second: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 60 }))),
  fraction: Schema.optionalKey(Schema.String.check(Schema.isPattern(/^[0-9]{1,6}$/)))
}).check(
  Schema.makeFilter((time) => clock.isGapless([time.hour, time.minute, time.second, time.fraction]) || clock.gap, {
    expected: "a time without gaps"
  })
)

/**
 * @category models
 * @since 0.1.0
 */
export type TM = typeof TM.Type

/**
 * Reads a time; spaces at its end are padding.
 *
 * **Gotchas**
 *
 * The form HH:MM:SS of ACR-NEMA is not compliant (PS3.5 section 6.2) and is refused.
 *
 * **Example**
 *
 * ```ts
 * import * as TM from "@effect-dicom/data/TM"
 *
 * TM.parse("0709") // success: { hour: 7, minute: 9 }
 * TM.parse("070907.0705") // success: { hour: 7, minute: 9, second: 7, fraction: "0705" }
 * TM.parse("2400") // failure: permitted is an hour of 00 to 23
 * ```
 *
 * @category codecs
 * @since 0.1.0
 */
export const parse = (text: string): Result.Result<TM, InvalidValue.InvalidValue> => {
  const value = withoutPadding(text)
  const time = clock.time(value, 0, value.length)
  return typeof time === "string" ? InvalidValue.fail("TM", text, time) : Result.succeed(time)
}

/**
 * Writes a time as HHMMSS.FFFFFF, as precise as it is.
 *
 * @category codecs
 * @since 0.1.0
 */
export const format = (value: TM): string => clock.formatTime(value)

/**
 * The codec between text and {@link TM}.
 *
 * @category codecs
 * @since 0.1.0
 */
export const FromString: Schema.Codec<TM, string> = fromString(TM, parse, format, "a time as HH[MM[SS[.FFFFFF]]]")

/**
 * The fraction of the second in microseconds: 0 to 999,999, and 0 where there is none.
 *
 * @category getters
 * @since 0.1.0
 */
export const microseconds = (value: TM): number => clock.microseconds(value.fraction)

/**
 * The earlier time first; a component that is left out counts as 0.
 *
 * @category ordering
 * @since 0.1.0
 */
export const order: Order.Order<TM> = Order.mapInput(
  Order.Number,
  (value: TM) => ((value.hour * 60 + (value.minute ?? 0)) * 61 + (value.second ?? 0)) * 1e6 + microseconds(value)
)

/**
 * The times from one to another, both included; without one of them the range is open at that end.
 *
 * @category ranges
 * @since 0.1.0
 */
export const Range = Schema.Union([
  Schema.Struct({ from: TM, to: Schema.optionalKey(TM) }),
  Schema.Struct({ from: Schema.optionalKey(TM), to: TM })
])

/**
 * @category ranges
 * @since 0.1.0
 */
export type Range = typeof Range.Type

/**
 * Reads a range of times: `0800-1200`, `0800-` or `-1200`.
 *
 * @category ranges
 * @since 0.1.0
 */
export const parseRange = (text: string): Result.Result<Range, InvalidValue.InvalidValue> =>
  rangeMatching.parse("TM", text, parse)

/**
 * Writes a range of times.
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
  "a range of times"
)
