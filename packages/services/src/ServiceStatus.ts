/**
 * The statuses of a service class (PS3.4 section 5.3) as a table, each with its name, its class, its code or range of
 * codes, and its meaning. From the table come a closed union of values, their constructors, and the way to and from the
 * Status of a response. The statuses that a DIMSE service has by itself are in `GeneralStatus.ts`.
 *
 * @since 0.1.0
 */
import * as Status from "@effect-dicom/protocol/Status"

/**
 * The classes of statuses (PS3.7 Annex C).
 *
 * @category models
 * @since 0.1.0
 */
export type Class = Status.Status["_tag"]

/**
 * A status as a table lists it: `first` and `last` are the bounds of its codes, which are equal where it has one.
 *
 * @category models
 * @since 0.1.0
 */
export interface Row<out C extends Class = Class, out Code extends number = number> {
  readonly class: C
  /** The code, or any code of a range. */
  readonly first: Code
  readonly last: number
  readonly meaning: string
}

/**
 * Statuses by name.
 *
 * @category models
 * @since 0.1.0
 */
export interface Rows {
  readonly [name: string]: Row
}

type Value<Name extends string, R extends Row> = {
  readonly _tag: Name
  readonly class: R["class"]
  readonly code: R["first"]
}

type Values<R extends Rows> = { readonly [Name in keyof R & string]: Value<Name, R[Name]> }

type Constructor<Name extends string, R extends Row> = number extends R["first"]
  ? (code?: number) => Value<Name, R>
  : () => Value<Name, R>

/**
 * The statuses of a service class, or of one of its operations.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServiceStatus<out R extends Rows = Rows> {
  readonly rows: R
  /**
   * A value of each status, by name. One of a range takes a code; without one, or with one that is not in the range, it
   * is the first.
   */
  readonly of: { readonly [Name in keyof R & string]: Constructor<Name, R[Name]> }
}

/**
 * The values of a table: a union by `_tag`, the names.
 *
 * @category models
 * @since 0.1.0
 */
export type Type<S extends ServiceStatus> = Values<S["rows"]>[keyof S["rows"] & string]

/**
 * The values of a table that are of some classes.
 *
 * @category models
 * @since 0.1.0
 */
export type OfClass<S extends ServiceStatus, C extends Class> = Extract<Type<S>, { readonly class: C }>

/**
 * Any value of any table.
 *
 * @category models
 * @since 0.1.0
 */
export interface Any {
  readonly _tag: string
  readonly class: Class
  readonly code: number
}

/**
 * A status that the table does not have, as a peer may send it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Unlisted<out C extends Class = Class> {
  readonly _tag: "Unlisted"
  readonly class: C
  readonly code: number
}

type Codes = number | readonly [first: number, last: number]

type CodeOf<C extends Codes> = C extends number ? C : number

const row = <C extends Class, const K extends Codes>(of: C, codes: K, meaning: string): Row<C, CodeOf<K>> => ({
  class: of,
  // the cast: a single code is its own type, one of a range is a number
  first: (typeof codes === "number" ? codes : codes[0]) as CodeOf<K>,
  last: typeof codes === "number" ? codes : codes[1],
  meaning
})

/**
 * A row of class Success, of 0000H.
 *
 * @category constructors
 * @since 0.1.0
 */
export const success = (meaning: string = "Success"): Row<"Success", 0x0000> => row("Success", 0x0000, meaning)

/**
 * A row of class Pending, FF00H or FF01H.
 *
 * @category constructors
 * @since 0.1.0
 */
export const pending = <const C extends 0xff00 | 0xff01>(code: C, meaning: string): Row<"Pending", CodeOf<C>> =>
  row("Pending", code, meaning)

/**
 * A row of class Cancel, of FE00H.
 *
 * @category constructors
 * @since 0.1.0
 */
export const cancel = (meaning: string): Row<"Cancel", 0xfe00> => row("Cancel", 0xfe00, meaning)

/**
 * A row of class Warning: a code, or a range of codes from the first to the last.
 *
 * @category constructors
 * @since 0.1.0
 */
export const warning = <const C extends Codes>(codes: C, meaning: string): Row<"Warning", CodeOf<C>> =>
  row("Warning", codes, meaning)

/**
 * A row of class Failure: a code, or a range of codes from the first to the last.
 *
 * @category constructors
 * @since 0.1.0
 */
export const failure = <const C extends Codes>(codes: C, meaning: string): Row<"Failure", CodeOf<C>> =>
  row("Failure", codes, meaning)

/**
 * Makes a table. The statuses that the DIMSE service has by itself are spread into it from `GeneralStatus`.
 *
 * **Example**
 *
 * ```ts
 * import { GeneralStatus, ServiceStatus } from "@effect-dicom/services"
 *
 * const FindStatus = ServiceStatus.make({
 *   ...GeneralStatus.find,
 *   OutOfResources: ServiceStatus.failure(0xa700, "Refused: Out of resources"),
 *   UnableToProcess: ServiceStatus.failure([0xc000, 0xcfff], "Failed: Unable to process")
 * })
 * FindStatus.of.UnableToProcess(0xc123) // { _tag: "UnableToProcess", class: "Failure", code: 0xc123 }
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <const R extends Rows>(rows: R): ServiceStatus<R> => {
  const of = Object.fromEntries(
    Object.entries(rows).map(([name, { class: of, first, last }]) => [
      name,
      (code: number = first) => ({ _tag: name, class: of, code: first <= code && code <= last ? code : first })
    ])
  )
  // the cast restores what `Object.fromEntries` forgets: each name has the constructor of its own row
  return { rows, of: of as unknown as ServiceStatus<R>["of"] }
}

/** The row of a code: the narrowest of those whose range it is in. */
const find = ({ rows }: ServiceStatus, code: number): readonly [string, Row] | undefined => {
  let found: readonly [string, Row] | undefined
  for (const entry of Object.entries(rows)) {
    const { first, last } = entry[1]
    if (code < first || code > last) continue
    if (found === undefined || last - first < found[1].last - found[1].first) found = entry
  }
  return found
}

/**
 * What the Status of a response is in a table: of several rows that have its code the one with the narrowest range.
 *
 * @category conversions
 * @since 0.1.0
 */
export const fromStatus = <S extends ServiceStatus>(table: S, status: Status.Status): Type<S> | Unlisted => {
  const found = find(table, status.code)
  if (found === undefined) return { _tag: "Unlisted", class: status._tag, code: status.code }
  // the cast: the name and the class are those of a row of this table
  return { _tag: found[0], class: found[1].class, code: status.code } as Type<S>
}

/**
 * The Status of a response. Its class is the one that PS3.7 Annex C gives the code.
 *
 * @category conversions
 * @since 0.1.0
 */
export const toStatus = (status: Any): Status.Status => Status.fromCode(status.code)

/**
 * What a code means: by the table, or in any service (PS3.7 Annex C); nothing where it is the peer's own.
 *
 * @category getters
 * @since 0.1.0
 */
export const meaning = (table: ServiceStatus, status: { readonly code: number }): string | undefined =>
  find(table, status.code)?.[1].meaning ?? Status.meaning(Status.fromCode(status.code))
