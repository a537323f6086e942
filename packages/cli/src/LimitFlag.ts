/**
 * The flag by which a user moves the bounds on what a data set of a file may cost. What they bound is the business of
 * `Limits`.
 *
 * @since 0.1.0
 */
import type * as Limits from "@effect-dicom/data/Limits"
import * as Flag from "effect/cli/Flag"
import * as Schema from "effect/Schema"

/** Bounds of `Limits` as they are named on the command line, and what each may be at most. */
const limitNames: { readonly [name in keyof Limits.Limits]: readonly [name: string, most: number] } = {
  depth: ["depth", 1024],
  elements: ["elements", Number.MAX_SAFE_INTEGER],
  items: ["items", Number.MAX_SAFE_INTEGER],
  fragments: ["fragments", Number.MAX_SAFE_INTEGER],
  valueInMemory: ["value-in-memory", 0xffffffff],
  inflatedSize: ["inflated-size", Number.MAX_SAFE_INTEGER],
  valuesPerString: ["values-per-string", 0xffffffff],
  irregularities: ["irregularities", 0xffffffff]
}

/**
 * What a bound of `Limits` is called in `--limit`.
 *
 * @category formatting
 * @since 0.1.0
 */
export const nameOf = (limit: keyof Limits.Limits): string => limitNames[limit][0]

const units: { readonly [unit: string]: number } = { "": 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }

const limitOf = (text: string): Partial<Limits.Limits> | string => {
  const [, name, digits, unit = ""] = /^([a-z-]+)=([0-9]{1,16})(KiB|MiB|GiB)?$/.exec(text) ?? []
  const found = Object.entries(limitNames).find(([, [known]]) => known === name)
  if (found === undefined || digits === undefined) {
    const names = Object.values(limitNames).map(([name]) => name)
    return `"${text}" is no limit; permitted: NAME=NUMBER, of ${names.join(", ")}; of bytes as in inflated-size=8GiB`
  }
  const [limit, [, most]] = found
  const value = Number(digits) * (units[unit] ?? 1)
  return value <= most ? { [limit]: value } : `"${text}" is too much; permitted: ${most} at most`
}

const Limit = Schema.String.check(
  Schema.makeFilter((text: string) => {
    const limit = limitOf(text)
    return typeof limit !== "string" || limit
  })
)

/**
 * What a data set of a file may cost: the bounds that are given, others as they are. May be repeated.
 *
 * @category flags
 * @since 0.1.0
 */
export const flag: Flag.Flag<Partial<Limits.Limits>> = Flag.String("limit").pipe(
  Flag.withSchema(Limit),
  Flag.withMetavar("NAME=NUMBER"),
  Flag.withDescription(
    "Permit data sets to have more than is usual, or less: depth=64, elements=2000000, items=1000000, " +
      "fragments=1000000, inflated-size=4GiB, value-in-memory=256MiB, values-per-string=1000000, irregularities=1000; " +
      "may be repeated"
  ),
  Flag.between(0, 100),
  Flag.map((given) => Object.assign({}, ...given.map(limitOf)))
)
