/** Ranges as queries write them (PS3.4 section C.2.2.2.5): two values, one of which may be left out, and a hyphen. */
import * as Result from "effect/Result"
import * as InvalidValue from "../InvalidValue.ts"
import type { Vr } from "../Vr.ts"
import { withoutPadding } from "./valueText.ts"

/** The values from `from` to `to`, both included; without one of them the range is open at that end. */
export type Range<A> = { readonly from: A; readonly to?: A } | { readonly from?: A; readonly to: A }

const rule = "two values and a hyphen between them, of which one may be left out"

/** Reads a range; the hyphen that parts it is the last that has a value, or nothing, on either side. */
export const parse = <A>(
  vr: Vr,
  text: string,
  parseValue: (text: string) => Result.Result<A, InvalidValue.InvalidValue>
): Result.Result<Range<A>, InvalidValue.InvalidValue> => {
  const trimmed = withoutPadding(text)
  let failure: InvalidValue.InvalidValue | undefined
  // A DT holds at most three hyphens: that of the range, and one for each negative offset from UTC.
  let at = trimmed.length
  for (let tries = 0; tries < 3; tries++) {
    at = at === 0 ? -1 : trimmed.lastIndexOf("-", at - 1)
    if (at === -1) break
    const before = trimmed.slice(0, at)
    const after = trimmed.slice(at + 1)
    if (before === "" && after === "") break
    const range: Result.Result<Range<A>, InvalidValue.InvalidValue> = before === ""
      ? Result.map(parseValue(after), (to) => ({ to }))
      : after === ""
        ? Result.map(parseValue(before), (from) => ({ from }))
        : Result.flatMap(parseValue(before), (from) => Result.map(parseValue(after), (to) => ({ from, to })))
    if (Result.isSuccess(range)) return range
    failure ??= range.failure
  }
  return InvalidValue.fail(vr, text, failure === undefined ? rule : `${rule}; each with ${failure.rule}`)
}

/** Writes a range. */
export const format = <A>(range: Range<A>, formatValue: (value: A) => string): string =>
  `${range.from === undefined ? "" : formatValue(range.from)}-${range.to === undefined ? "" : formatValue(range.to)}`
