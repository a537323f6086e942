/** The components that DA, TM and DT are made of (PS3.5 Table 6.2-1): how each is read, checked and written. */

/** Reads `count` digits at a place, or gives -1 where there are none. */
export const digits = (text: string, start: number, count: number): number => {
  if (start + count > text.length) return -1
  let value = 0
  for (let i = start; i < start + count; i++) {
    const digit = text.charCodeAt(i) - 0x30
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}

/** The numbers of two digits. */
const twoDigits: ReadonlyArray<string> = Array.from({ length: 100 }, (_, i) => String(i).padStart(2, "0"))

/** Writes a number with leading zeros. */
export const padded = (value: number, count: number): string => {
  const two = count === 2 ? twoDigits[value] : undefined
  return two ?? String(value).padStart(count, "0")
}

/** How many days a month of the Gregorian calendar has. */
export const daysOf = (year: number, month: number): number =>
  month === 2
    ? year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
      ? 29
      : 28
    : month === 4 || month === 6 || month === 9 || month === 11
      ? 30
      : 31

/** The least precise first; a component is present only where the one before it is. */
export interface Time {
  readonly hour: number
  readonly minute?: number
  readonly second?: number
  readonly fraction?: string
}

/** The rule that a time of day at a place breaks, or the time; it must fill the text to `end`. */
export const time = (text: string, start: number, end: number): Time | string => {
  const length = end - start
  const point = text.indexOf(".", start)
  const whole = point === -1 || point >= end ? length : point - start
  const hour = digits(text, start, 2)
  if (hour === -1 || whole < 2) return "two digits of the hour"
  if (hour > 23) return "an hour of 00 to 23"
  if (whole === 2 && whole === length) return { hour }
  const minute = digits(text, start + 2, 2)
  if (minute === -1 || whole < 4) return "two digits of the minute"
  if (minute > 59) return "a minute of 00 to 59"
  if (whole === 4 && whole === length) return { hour, minute }
  const second = digits(text, start + 4, 2)
  if (second === -1 || whole < 6) return "two digits of the second"
  if (second > 60) return "a second of 00 to 60"
  if (whole > 6) return "a point before the fraction of a second"
  if (whole === length) return { hour, minute, second }
  const fraction = text.slice(start + 7, end)
  if (fraction.length < 1 || fraction.length > 6 || digits(fraction, 0, fraction.length) === -1) {
    return "1 to 6 digits of a fraction of a second"
  }
  return { hour, minute, second, fraction }
}

/** Writes a time of day, as precise as it is. */
export const formatTime = (value: Partial<Time>): string =>
  value.hour === undefined
    ? ""
    : padded(value.hour, 2) +
      (value.minute === undefined
        ? ""
        : padded(value.minute, 2) +
          (value.second === undefined
            ? ""
            : padded(value.second, 2) + (value.fraction === undefined ? "" : `.${value.fraction}`)))

/** The fraction of a second in microseconds: 0 to 999,999. */
export const microseconds = (fraction: string | undefined): number =>
  fraction === undefined ? 0 : Number(fraction.padEnd(6, "0"))

/** Whether nothing is present behind something that is left out. */
export const isGapless = (components: ReadonlyArray<number | string | undefined>): boolean => {
  const first = components.indexOf(undefined)
  return first === -1 || components.slice(first).every((component) => component === undefined)
}

/** What is wrong with components that have a gap. */
export const gap = "a component stands behind one that is left out"
