/**
 * Keys of VR DA, TM and DT against the values of attributes (PS3.4 sections C.2.2.2.1.3 and C.2.2.2.5): single values,
 * ranges, a date and its time together, and times in another zone than the query's.
 */
import * as Result from "effect/Result"
import * as DA from "../DA.ts"
import * as DataSet from "../DataSet.ts"
import * as DataElement from "../DataElement.ts"
import * as DT from "../DT.ts"
import type { Options } from "../IdentifierMatching.ts"
import type { InvalidValue } from "../InvalidValue.ts"
import * as Tag from "../Tag.ts"
import * as TM from "../TM.ts"
import { timeOf } from "./dateTimePairs.ts"
import { valuesOf, type Test } from "./keyMatching.ts"
import * as moments from "./moments.ts"

/** (0008,0201), Timezone Offset From UTC (PS3.3 section C.12.1). */
export const timezoneOffsetFromUtc: Tag.Tag = Tag.make(0x0008, 0x0201)

/** The offset from UTC, in minutes, of the times of a data set: its own, or that of what it is in, or what is given. */
export const offsetOf = (dataSet: DataSet.DataSet, options: Options): number | undefined => {
  for (let at: DataSet.DataSet | undefined = dataSet; at !== undefined; at = DataSet.enclosing(at)) {
    const element = DataSet.element(at, timezoneOffsetFromUtc)
    const [text] = element === undefined ? [] : valuesOf(at, element, "SH")
    const parsed = text === undefined ? undefined : DT.parse(`2000${text}`)
    if (parsed !== undefined && Result.isSuccess(parsed) && parsed.success.offset !== undefined) {
      return parsed.success.offset
    }
  }
  return options.timezone
}

/** The element of an offset from UTC, in minutes. */
export const offsetElement = (offset: number): DataElement.DataElement => {
  // Behind the year.
  const text = DT.format({ year: 0, offset }).slice(4).padEnd(6, " ")
  return DataElement.value(
    timezoneOffsetFromUtc,
    "SH",
    Uint8Array.from(text, (character) => character.charCodeAt(0))
  )
}

/** By how much the clock of the query is ahead of the candidate's, in minutes. */
type Shift = (candidate: DataSet.DataSet) => number

const shiftTo = (identifier: DataSet.DataSet, options: Options): Shift => {
  const asked = options.timezoneQueryAdjustment === true ? offsetOf(identifier, options) : undefined
  return (candidate) => (asked === undefined ? 0 : asked - (offsetOf(candidate, options) ?? asked))
}

/** From one to another, both included; open where one is left out. */
interface Range<A> {
  readonly from?: A
  readonly to?: A
}

/** What a key asks for: ranges of what its VR counts in, and texts that are not of the VR, which match themselves. */
interface Asked<A> {
  readonly ranges: ReadonlyArray<Range<A>>
  readonly texts: ReadonlySet<string>
  /** Whether it is one range, as the standard has it. */
  readonly isRange: boolean
}

const spaces = / /g

const read = <V, A>(
  values: ReadonlyArray<string>,
  parse: (text: string) => Result.Result<V, InvalidValue>,
  parseRange: (text: string) => Result.Result<Range<V>, InvalidValue>,
  first: (value: V) => A,
  last: (value: V) => A
): Asked<A> => {
  const ranges: Array<Range<A>> = []
  const texts = new Set<string>()
  let isRange = false
  for (const value of values) {
    const text = value.replace(spaces, "")
    const single = parse(text)
    if (Result.isSuccess(single)) {
      ranges.push({ from: first(single.success), to: last(single.success) })
      continue
    }
    const range = parseRange(text)
    if (Result.isFailure(range)) {
      texts.add(value)
      continue
    }
    isRange = values.length === 1
    const { from, to } = range.success
    ranges.push({
      ...(from === undefined ? {} : { from: first(from) }),
      ...(to === undefined ? {} : { to: last(to) })
    })
  }
  return { ranges, texts, isRange }
}

const isIn = (ranges: ReadonlyArray<Range<number>>, value: number): boolean =>
  ranges.some(({ from, to }) => (from === undefined || from <= value) && (to === undefined || value <= to))

const dates = (values: ReadonlyArray<string>): Asked<number> =>
  read(values, DA.parse, DA.parseRange, moments.day, moments.day)

const times = (values: ReadonlyArray<string>): Asked<number> =>
  read(values, TM.parse, TM.parseRange, moments.start, moments.end)

/** A value of an attribute as a time of the day, or nothing. */
const timeOfDay = (text: string | undefined): number | undefined => {
  const parsed = text === undefined ? undefined : TM.parse(text)
  return parsed !== undefined && Result.isSuccess(parsed) ? moments.start(parsed.success) : undefined
}

/** The times of day of the element that goes with a date. */
const pairedTimes = (candidate: DataSet.DataSet, date: Tag.Tag): ReadonlyArray<string> => {
  const tag = timeOf(date)
  const element = tag === undefined ? undefined : DataSet.element(candidate, tag)
  return element === undefined ? [] : valuesOf(candidate, element, "TM")
}

/** The test of a date, which is another in another zone where its time is known. */
const dateTest =
  (asked: Asked<number>, shift: Shift): Test =>
  (candidate, element) => {
    const minutes = shift(candidate)
    const ofDay = minutes === 0 ? [] : pairedTimes(candidate, element.tag)
    return valuesOf(candidate, element, "DA").some((text, i) => {
      const parsed = DA.parse(text)
      if (Result.isFailure(parsed)) return asked.texts.has(text)
      const day = moments.day(parsed.success)
      const time = timeOfDay(ofDay[i])
      return isIn(asked.ranges, time === undefined ? day : moments.later({ day, time }, minutes).day)
    })
  }

const timeTest =
  (asked: Asked<number>, shift: Shift): Test =>
  (candidate, element) => {
    const minutes = shift(candidate)
    return valuesOf(candidate, element, "TM").some((text) => {
      const time = timeOfDay(text)
      return time === undefined
        ? asked.texts.has(text)
        : isIn(asked.ranges, moments.later({ day: 0, time }, minutes).time)
    })
  }

/** The test of a date and its time, taken together. */
const combinedTest =
  (range: Range<moments.Moment>, shift: Shift): Test =>
  (candidate, element) => {
    const minutes = shift(candidate)
    const ofDay = pairedTimes(candidate, element.tag)
    return valuesOf(candidate, element, "DA").some((text, i) => {
      const parsed = DA.parse(text)
      const time = timeOfDay(ofDay[i])
      if (Result.isFailure(parsed) || time === undefined) return false
      return isBetween(range, moments.later({ day: moments.day(parsed.success), time }, minutes))
    })
  }

const isBetween = ({ from, to }: Range<moments.Moment>, value: moments.Moment): boolean =>
  (from === undefined || moments.isUpTo(from, value)) && (to === undefined || moments.isUpTo(value, to))

/** A date with a time; of one whose zone is not known, and of one compared with such, the clock's own. */
const dateTimeTest = (identifier: DataSet.DataSet, values: ReadonlyArray<string>, options: Options): Test => {
  const asked = read(
    values,
    DT.parse,
    DT.parseRange,
    (value) => ({ offset: value.offset, moment: moments.span(value).from }),
    (value) => ({ offset: value.offset, moment: moments.span(value).to })
  )
  const ownOffset = offsetOf(identifier, options)
  return (candidate, element) => {
    const otherOffset = offsetOf(candidate, options)
    return valuesOf(candidate, element, "DT").some((text) => {
      const parsed = DT.parse(text)
      if (Result.isFailure(parsed)) return asked.texts.has(text)
      const { from: moment } = moments.span(parsed.success)
      const offset = parsed.success.offset ?? otherOffset
      const seenFrom = (end: { readonly offset: number | undefined }): moments.Moment => {
        const zone = end.offset ?? ownOffset
        return zone === undefined || offset === undefined ? moment : moments.later(moment, zone - offset)
      }
      return asked.ranges.some(
        ({ from, to }) =>
          (from === undefined || moments.isUpTo(from.moment, seenFrom(from))) &&
          (to === undefined || moments.isUpTo(seenFrom(to), to.moment))
      )
    })
  }
}

/** A date and its time as one range, where both ask for the same form of range. */
const combined = (date: Asked<number>, time: Asked<number>): Range<moments.Moment> | undefined => {
  const [days] = date.ranges
  const [ofDay] = time.ranges
  if (!date.isRange || !time.isRange || days === undefined || ofDay === undefined) return undefined
  const sameForm =
    (days.from === undefined) === (ofDay.from === undefined) && (days.to === undefined) === (ofDay.to === undefined)
  if (!sameForm) return undefined
  return {
    ...(days.from === undefined || ofDay.from === undefined ? {} : { from: { day: days.from, time: ofDay.from } }),
    ...(days.to === undefined || ofDay.to === undefined ? {} : { to: { day: days.to, time: ofDay.to } })
  }
}

/** The values of the key at a tag, if it is one of times of day. */
const timeKey = (identifier: DataSet.DataSet, tag: Tag.Tag | undefined): Asked<number> | undefined => {
  const element = tag === undefined ? undefined : DataSet.element(identifier, tag)
  return element === undefined ? undefined : times(valuesOf(identifier, element, "TM"))
}

/** The test of a key that has values. */
export const compile = (
  identifier: DataSet.DataSet,
  key: DataElement.DataElement,
  vr: "DA" | "DT" | "TM",
  options: Options
): Test => {
  const values = valuesOf(identifier, key, vr)
  switch (vr) {
    case "DT":
      return dateTimeTest(identifier, values, options)
    case "TM":
      return timeTest(times(values), shiftTo(identifier, options))
    case "DA": {
      const asked = dates(values)
      const shift = shiftTo(identifier, options)
      const time = options.dateTimeMatching === true ? timeKey(identifier, timeOf(key.tag)) : undefined
      const range = time === undefined ? undefined : combined(asked, time)
      return range === undefined ? dateTest(asked, shift) : combinedTest(range, shift)
    }
  }
}

/** Whether a key is a time that goes with a date, and the date's test is of both. */
export const isInDate = (
  identifier: DataSet.DataSet,
  key: DataElement.DataElement,
  others: ReadonlyArray<DataElement.DataElement>,
  options: Options
): boolean => {
  if (options.dateTimeMatching !== true) return false
  const date = others.find(({ tag }) => timeOf(tag) === key.tag)
  if (date === undefined) return false
  return combined(dates(valuesOf(identifier, date, "DA")), times(valuesOf(identifier, key, "TM"))) !== undefined
}
