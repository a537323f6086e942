/** Dates and times, moved by whole days: days between two stay as many, and so do times of day. */
import * as Result from "effect/Result"
import * as DA from "../DA.ts"
import * as DT from "../DT.ts"
import * as TM from "../TM.ts"

/** Days of the Gregorian calendar from 0000-03-01. Years begin in March, so that a leap day is the last of one. */
const toDays = (year: number, month: number, day: number): number => {
  const y = month <= 2 ? year - 1 : year
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  return y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear
}

const fromDays = (days: number): DA.DA => {
  const era = Math.floor(days / 146097)
  const ofEra = days - era * 146097
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36524) - Math.floor(ofEra / 146096)) / 365
  )
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const march = Math.floor((5 * ofYear + 2) / 153)
  const month = march < 10 ? march + 3 : march - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: ofYear - Math.floor((153 * march + 2) / 5) + 1
  }
}

const move = (date: DA.DA, days: number): DA.DA | undefined => {
  const moved = fromDays(toDays(date.year, date.month, date.day) + days)
  return moved.year >= 0 && moved.year <= 9999 ? moved : undefined
}

/** The form with periods is of ACR-NEMA: refused as a value, but known to be a date. */
const moveDate = (text: string, days: number): string | undefined => {
  const date = DA.parse(text.replace(/^(\d{4})\.(\d\d)\.(\d\d)$/, "$1$2$3"))
  const moved = Result.isSuccess(date) ? move(date.success, days) : undefined
  return moved === undefined ? undefined : DA.format(moved)
}

/** What is not precise to the day is moved from its first day, and is then as precise as it was. */
const moveDateTime = (text: string, days: number): string | undefined => {
  const value = DT.parse(text)
  if (Result.isFailure(value)) return undefined
  const { day = 1, month = 1, year } = value.success
  const moved = move({ year, month, day }, days)
  if (moved === undefined) return undefined
  return DT.format({
    ...value.success,
    year: moved.year,
    ...(value.success.month === undefined ? undefined : { month: moved.month }),
    ...(value.success.day === undefined ? undefined : { day: moved.day })
  })
}

/** The text of a DA or a DT; nothing where it, or one of its values, is not one. */
export const movedDate = (vr: string, text: string, days: number): string | undefined => {
  const moved: Array<string> = []
  for (const value of text.split("\\")) {
    const one = value.trim() === "" ? "" : vr === "DA" ? moveDate(value, days) : moveDateTime(value, days)
    if (one === undefined) return undefined
    moved.push(one)
  }
  return moved.join("\\")
}

/** Whether a text is a TM, that of ACR-NEMA with colons too; of another VR, an offset from UTC as (0008,0201) has it. */
export const isTimeOfDay = (vr: string, text: string): boolean =>
  vr === "TM"
    ? text.split("\\").every((value) => Result.isSuccess(TM.parse(value.trim().replace(/^(\d\d):(\d\d)(:|$)/, "$1$2"))))
    : /^[+-]\d{4}$/.test(text)
