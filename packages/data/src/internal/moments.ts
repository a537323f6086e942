/**
 * Dates and times on one line, so that they can be compared: days since 1 January of year 0, and microseconds of a day.
 * What is not precise to the microsecond is a span, from its first moment to its last.
 */
import type { DA } from "../DA.ts"
import type { DT } from "../DT.ts"
import { daysOf, microseconds, type Time } from "./clock.ts"

export interface Moment {
  readonly day: number
  readonly time: number
}

export interface Span {
  readonly from: Moment
  readonly to: Moment
}

export const microsecondsOfDay = 24 * 60 * 60 * 1e6

const before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]

const dayOf = (year: number, month: number, day: number): number => {
  const past = year - 1
  const leaps = Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400)
  const leap = month > 2 && daysOf(year, 2) === 29 ? 1 : 0
  return year * 365 + leaps + (before[month - 1] ?? 0) + leap + day
}

/** The day of a date. */
export const day = ({ day, month, year }: DA): number => dayOf(year, month, day)

/** A fraction of a second, from its first microsecond to its last. */
const lastMicrosecond = (fraction: string | undefined): number =>
  fraction === undefined ? 999_999 : Number(fraction.padEnd(6, "9"))

/** The first microsecond of a time of day. */
export const start = ({ fraction, hour, minute = 0, second = 0 }: Time): number =>
  ((hour * 60 + minute) * 60 + second) * 1e6 + microseconds(fraction)

/** The last microsecond of a time of day. */
export const end = ({ fraction, hour, minute = 59, second = 59 }: Time): number =>
  ((hour * 60 + minute) * 60 + second) * 1e6 + lastMicrosecond(fraction)

/** A moment later by so many minutes. */
export const later = (moment: Moment, minutes: number): Moment => {
  if (minutes === 0) return moment
  const time = moment.time + minutes * 60e6
  const days = Math.floor(time / microsecondsOfDay)
  return { day: moment.day + days, time: time - days * microsecondsOfDay }
}

/** What a date with a time stands for, without regard to its offset. */
export const span = (value: DT): Span => {
  const { day: ofMonth, hour, month, year } = value
  const lastMonth = month ?? 12
  const time = hour === undefined ? undefined : { ...value, hour }
  return {
    from: { day: dayOf(year, month ?? 1, ofMonth ?? 1), time: time === undefined ? 0 : start(time) },
    to: {
      day: dayOf(year, lastMonth, ofMonth ?? daysOf(year, lastMonth)),
      time: time === undefined ? microsecondsOfDay - 1 : end(time)
    }
  }
}

/** Whether the one is not later than the other. */
export const isUpTo = (one: Moment, other: Moment): boolean =>
  one.day < other.day || (one.day === other.day && one.time <= other.time)
