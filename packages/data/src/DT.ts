/**
 * Dates with times (VR DT, PS3.5 section 6.2), as precise as they are given, with an offset from UTC or without, and
 * ranges of them as queries write them (PS3.4 section C.2.2.2.5.3). What Timezone Offset From UTC (0008,0201) says of
 * one without an offset is not this file's business.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as InvalidValue from "./InvalidValue.ts"
import * as clock from "./internal/clock.ts"
import * as rangeMatching from "./internal/rangeMatching.ts"
import { fromString, withoutPadding } from "./internal/valueText.ts"

/** The range of the offset, in minutes: -1200 to +1400 (PS3.5 section 6.2, DT, note 1). */
const minimumOffset = -12 * 60
const maximumOffset = 14 * 60

/**
 * A date with a time, as in {@link DA} and {@link TM}, of which all but the year may be left out from the end: then it
 * is not precise to them. The offset from UTC is in minutes, -720 to 840: local time minus UTC.
 *
 * @category models
 * @since 0.1.0
 */
export const DT = Schema.Struct({
  year: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9999 })),
  month: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 12 }))),
  day: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 31 }))),
  hour: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 23 }))),
  minute: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 59 }))),
  second: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 60 }))),
  fraction: Schema.optionalKey(Schema.String.check(Schema.isPattern(/^[0-9]{1,6}$/))),
  offset: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: minimumOffset, maximum: maximumOffset })))
}).check(
  Schema.makeFilter(
    ({ day, fraction, hour, minute, month, second, year }) =>
      !clock.isGapless([year, month, day, hour, minute, second, fraction])
        ? clock.gap
        : month === undefined ||
          day === undefined ||
          day <= clock.daysOf(year, month) ||
          `day ${day} is not one of month ${month} of ${year}`,
    { expected: "a date and time without gaps" }
  )
)

/**
 * @category models
 * @since 0.1.0
 */
export type DT = typeof DT.Type

/** Where the offset from UTC begins, or the end. */
const offsetAt = (value: string): number => {
  const at = value.length - 5
  const sign = value.charCodeAt(at)
  return at >= 4 && (sign === 0x2b || sign === 0x2d) ? at : value.length
}

/**
 * Reads a date with a time; spaces at its end are padding.
 *
 * **Example**
 *
 * ```ts
 * import * as DT from "@effect-dicom/data/DT"
 *
 * DT.parse("202403") // success: { year: 2024, month: 3 }
 * DT.parse("20240301120000.5-0500") // success: ..., second: 0, fraction: "5", offset: -300
 * DT.parse("2024-0000") // failure: UTC itself is +0000
 * ```
 *
 * @category codecs
 * @since 0.1.0
 */
export const parse = (text: string): Result.Result<DT, InvalidValue.InvalidValue> => {
  const value = withoutPadding(text)
  const end = offsetAt(value)
  const fail = (rule: string) => InvalidValue.fail("DT", text, rule)
  let offset: number | undefined
  if (end < value.length) {
    const hours = clock.digits(value, end + 1, 2)
    const minutes = clock.digits(value, end + 3, 2)
    const negative = value.charCodeAt(end) === 0x2d
    if (hours === -1 || minutes === -1) return fail("an offset of four digits")
    if (negative && hours === 0 && minutes === 0) return fail("+0000 as the offset of UTC itself")
    offset = (negative ? -1 : 1) * (hours * 60 + minutes)
    if (minutes > 59 || offset < minimumOffset || offset > maximumOffset) return fail("an offset of -1200 to +1400")
  }
  const zone = offset === undefined ? {} : { offset }
  const year = clock.digits(value, 0, 4)
  if (year === -1) return fail("a date and time as YYYY[MM[DD[HH[MM[SS[.FFFFFF]]]]]][&ZZXX]")
  if (end === 4) return Result.succeed({ year, ...zone })
  const month = clock.digits(value, 4, 2)
  if (month === -1 || end < 6) return fail("two digits of the month")
  if (month < 1 || month > 12) return fail("a month of 01 to 12")
  if (end === 6) return Result.succeed({ year, month, ...zone })
  const day = clock.digits(value, 6, 2)
  if (day === -1 || end < 8) return fail("two digits of the day")
  const last = clock.daysOf(year, month)
  if (day < 1 || day > last) return fail(`a day of 01 to ${last}`)
  if (end === 8) return Result.succeed({ year, month, day, ...zone })
  const time = clock.time(value, 8, end)
  return typeof time === "string" ? fail(time) : Result.succeed({ year, month, day, ...time, ...zone })
}

/**
 * Writes a date with a time as YYYYMMDDHHMMSS.FFFFFF&ZZXX, as precise as it is.
 *
 * @category codecs
 * @since 0.1.0
 */
export const format = (value: DT): string => {
  const { day, month, offset, year } = value
  let text = clock.padded(year, 4)
  if (month !== undefined) text += clock.padded(month, 2)
  if (day !== undefined) text += clock.padded(day, 2)
  text += clock.formatTime(value)
  if (offset === undefined) return text
  const minutes = Math.abs(offset)
  return `${text}${offset < 0 ? "-" : "+"}${clock.padded(Math.floor(minutes / 60), 2)}${clock.padded(minutes % 60, 2)}`
}

/**
 * The codec between text and {@link DT}.
 *
 * @category codecs
 * @since 0.1.0
 */
export const FromString: Schema.Codec<DT, string> = fromString(
  DT,
  parse,
  format,
  "a date and time as YYYY[MM[DD[HH[MM[SS[.FFFFFF]]]]]][&ZZXX]"
)

/**
 * The times from one to another, both included; without one of them the range is open at that end.
 *
 * @category ranges
 * @since 0.1.0
 */
export const Range = Schema.Union([
  Schema.Struct({ from: DT, to: Schema.optionalKey(DT) }),
  Schema.Struct({ from: Schema.optionalKey(DT), to: DT })
])

/**
 * @category ranges
 * @since 0.1.0
 */
export type Range = typeof Range.Type

/**
 * Reads a range of dates with times: `2023-2024`, `20240101-` or `-20240101120000-0500`.
 *
 * **Details**
 *
 * A hyphen is that of an offset before it is that of a range: `2024-0500` is one value, with an offset, and no range.
 * Of several hyphens the last that has a value, or nothing, on either side is that of the range.
 *
 * @category ranges
 * @since 0.1.0
 */
export const parseRange = (text: string): Result.Result<Range, InvalidValue.InvalidValue> =>
  Result.isSuccess(parse(text))
    ? InvalidValue.fail("DT", text, "a range; this is one value")
    : rangeMatching.parse("DT", text, parse)

/**
 * Writes a range of dates with times.
 *
 * **Gotchas**
 *
 * Text can be ambiguous where a range ends in a year of at most 1200 without a month: see {@link parseRange}.
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
  "a range of dates and times"
)
