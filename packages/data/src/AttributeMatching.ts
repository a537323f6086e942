/**
 * Attribute matching (PS3.4 section C.2.2.2): what a key of a query's identifier asks for, by its VR, and its bytes. What
 * matches it is a provider's business.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Attribute from "./Attribute.ts"
import * as AttributeValue from "./AttributeValue.ts"
import * as DA from "./DA.ts"
import type * as Tag from "./Tag.ts"
import * as DataSet from "./DataSet.ts"
import type { AttributeVr } from "./Dictionary.ts"
import { InvalidAttribute } from "./InvalidAttribute.ts"
import * as DT from "./DT.ts"
import * as attributeEditing from "./internal/attributeEditing.ts"
import { dataSet, valueSchema } from "./internal/valueSchema.ts"
import { withoutPadding } from "./internal/valueText.ts"
import type * as InvalidValue from "./InvalidValue.ts"
import * as TM from "./TM.ts"
import * as Uid from "./Uid.ts"

/**
 * Every instance matches, and the attribute is asked for in the answer (PS3.4 section C.2.2.2.3): an empty value.
 *
 * @category models
 * @since 0.1.0
 */
export interface Universal {
  readonly _tag: "Universal Matching"
}

/**
 * The value itself (PS3.4 section C.2.2.2.1).
 *
 * @category models
 * @since 0.1.0
 */
export interface SingleValue<out A> {
  readonly _tag: "Single Value Matching"
  readonly value: A
}

/**
 * One of the UIDs (PS3.4 section C.2.2.2.2): two or more.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListOfUid {
  readonly _tag: "List of UID Matching"
  readonly uids: ReadonlyArray<Uid.Uid>
}

/**
 * Text in which `*` stands for any characters and `?` for one (PS3.4 section C.2.2.2.4).
 *
 * @category models
 * @since 0.1.0
 */
export interface WildCard {
  readonly _tag: "Wild Card Matching"
  readonly pattern: string
}

/**
 * From one date or time to another, both included, either left out (PS3.4 section C.2.2.2.5).
 *
 * @category models
 * @since 0.1.0
 */
export interface Range<out A> {
  readonly _tag: "Range Matching"
  readonly from?: A
  readonly to?: A
}

/**
 * An item that matches the item of keys (PS3.4 section C.2.2.2.6).
 *
 * @category models
 * @since 0.1.0
 */
export interface Sequence<out Item> {
  readonly _tag: "Sequence Matching"
  readonly item: Item
}

/**
 * What a key of a VR may ask for. `Item` is what the item of keys of a sequence is.
 *
 * @category models
 * @since 0.1.0
 */
export type Matching<VR extends AttributeVr, Item = DataSet.DataSet> =
  | Universal
  | (VR extends "SQ" ? Sequence<Item> : SingleValue<AttributeValue.Value<VR>>)
  | (VR extends "UI" ? ListOfUid : never)
  | (VR extends "DA" | "DT" | "TM" ? Range<AttributeValue.Value<VR>> : never)
  | (VR extends "AE" | "CS" | "LO" | "LT" | "PN" | "SH" | "ST" | "UC" | "UR" | "UT" ? WildCard : never)

// -----------------------------------------------------------------------------
// constructors
// -----------------------------------------------------------------------------

/**
 * Asks for the attribute, whatever its value.
 *
 * @category constructors
 * @since 0.1.0
 */
export const universal: Universal = { _tag: "Universal Matching" }

/**
 * Asks for a value.
 *
 * @category constructors
 * @since 0.1.0
 */
export const singleValue = <A>(value: A): SingleValue<A> => ({ _tag: "Single Value Matching", value })

/**
 * Asks for one of two or more UIDs.
 *
 * @category constructors
 * @since 0.1.0
 */
export const listOfUid = (first: Uid.Uid, second: Uid.Uid, ...others: ReadonlyArray<Uid.Uid>): ListOfUid => ({
  _tag: "List of UID Matching",
  uids: [first, second, ...others]
})

/**
 * Asks for text that fits a pattern with `*` or `?` in it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const wildCard = (pattern: string): WildCard => ({ _tag: "Wild Card Matching", pattern })

/**
 * Asks for dates or times from one to another, both included; with one of them the range is open at the other end.
 *
 * @category constructors
 * @since 0.1.0
 */
export const range = <A>(
  ends: { readonly from: A; readonly to?: A } | { readonly from?: A; readonly to: A }
): Range<A> => ({
  _tag: "Range Matching",
  ...ends
})

/**
 * Asks for an item that matches.
 *
 * @category constructors
 * @since 0.1.0
 */
export const sequence = <Item>(item: Item): Sequence<Item> => ({ _tag: "Sequence Matching", item })

// -----------------------------------------------------------------------------
// schemas
// -----------------------------------------------------------------------------

const wildCardVrs: ReadonlySet<string> = new Set(["AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"])

const isPattern = (text: string): boolean => text.includes("*") || text.includes("?")

const universalSchema = Schema.Struct({ _tag: Schema.tag("Universal Matching") })

const ranges: { readonly [vr: string]: Schema.Codec<unknown> } = { DA: DA.DA, DT: DT.DT, TM: TM.TM }

/**
 * The schema of what a key of an attribute may ask for; of a sequence with the schema of the item of keys.
 *
 * @category schemas
 * @since 0.1.0
 */
export const schema = <VR extends AttributeVr, Item = DataSet.DataSet>(
  attribute: Attribute.Any<VR>,
  item?: Schema.Codec<Item, unknown>
): Schema.Codec<Matching<VR, Item>> => {
  const { vr } = attribute
  const of: Array<Schema.Codec<unknown>> = [universalSchema]
  if (vr === "SQ") {
    of.push(
      Schema.Struct({
        _tag: Schema.tag("Sequence Matching"),
        item: item === undefined ? dataSet : Schema.toType(item)
      })
    )
  } else {
    const value = valueSchema({ ...attribute, vm: "1" })
    const notPattern = Schema.makeFilter((value: unknown) => !holdsPattern(vr, value) || "* and ? make a wild card")
    const something = Schema.makeFilter((value: unknown) => !isNothing(value) || emptyIsUniversal)
    of.push(Schema.Struct({ _tag: Schema.tag("Single Value Matching"), value: value.check(notPattern, something) }))
  }
  if (vr === "UI") {
    of.push(
      Schema.Struct({
        _tag: Schema.tag("List of UID Matching"),
        uids: Schema.Array(Uid.Uid).check(Schema.isMinLength(2))
      })
    )
  }
  const end = ranges[vr]
  if (end !== undefined) {
    of.push(
      Schema.Struct({
        _tag: Schema.tag("Range Matching"),
        from: Schema.optionalKey(end),
        to: Schema.optionalKey(end)
      }).check(
        Schema.makeFilter(({ from, to }) => from !== undefined || to !== undefined || "a range has at least one end")
      )
    )
  }
  if (wildCardVrs.has(vr)) {
    of.push(
      Schema.Struct({
        _tag: Schema.tag("Wild Card Matching"),
        pattern: Schema.String.check(
          Schema.makeFilter((text: string) => (isPattern(text) && text === text.trim()) || "a pattern holds * or ?", {
            expected: "a pattern with * or ? in it",
            arbitraryConstraint: { patterns: [{ source: "^[A-Z]{0,6}[*?][A-Z]{0,6}$", flags: "" }] }
          })
        )
      })
    )
  }
  // the cast: the members are those of the type for this VR
  return Schema.Union(of) as unknown as Schema.Codec<Matching<VR, Item>>
}

const holdsPattern = (vr: string, value: unknown): boolean =>
  typeof value === "string" ? wildCardVrs.has(vr) && isPattern(value) : vr === "PN" && isPattern(JSON.stringify(value))

const emptyIsUniversal = "a value that is not empty: that is universal matching"

/** Text, a name among it, or bytes, of which nothing would be written. */
const isNothing = (value: unknown): boolean => {
  if (typeof value === "string") return /^ *$/.test(value)
  if (ArrayBuffer.isView(value)) return value.byteLength === 0
  return typeof value === "object" && value !== null && Object.values(value).every(isNothing)
}

// -----------------------------------------------------------------------------
// data sets
// -----------------------------------------------------------------------------

type Read = Result.Result<unknown, InvalidAttribute>

const invalid = (attribute: Attribute.Any, tag: Tag.Tag, vr: string, value: string, rule: string) =>
  Result.fail(new InvalidAttribute({ tag, keyword: attribute.keyword, vr, value, rule }))

/**
 * What a data set, as a query's identifier, asks for under an attribute; `undefined` where it is absent.
 *
 * @category getters
 * @since 0.1.0
 */
export const get = <VR extends AttributeVr>(
  dataSet: DataSet.DataSet,
  attribute: Attribute.Any<VR>,
  options?: AttributeValue.Options
): Result.Result<Matching<VR> | undefined, InvalidAttribute> =>
  // the cast: what is read by the attribute's VR is of its type
  read(dataSet, attribute, options) as Result.Result<Matching<VR> | undefined, InvalidAttribute>

const read = (
  dataSet: DataSet.DataSet,
  attribute: Attribute.Any,
  options: AttributeValue.Options | undefined
): Read => {
  const tag = AttributeValue.tagOf(dataSet, attribute)
  const element = tag === undefined ? undefined : DataSet.element(dataSet, tag)
  if (tag === undefined || element === undefined) return Result.succeed(undefined)
  if (element.items !== undefined && attribute.vr === "SQ") {
    const items = DataSet.items(dataSet, tag) ?? []
    const [item] = items
    if (items.length > 1) return invalid(attribute, tag, element.vr, `${items.length} items`, "one item of keys")
    return Result.succeed(item === undefined || DataSet.elements(item).length === 0 ? universal : sequence(item))
  }
  const { vr } = attribute
  const single = { ...attribute, vm: "1" }
  if (vr !== "UI" && !wildCardVrs.has(vr) && ranges[vr] === undefined) return one(dataSet, single, options)
  const found = AttributeValue.text(dataSet, tag, options)
  if (Result.isFailure(found)) return invalid(attribute, tag, element.vr, "", found.failure.message)
  const text = found.success === undefined ? "" : withoutPadding(found.success.text)
  if (wildCardVrs.has(vr))
    return isPattern(text) ? Result.succeed(wildCard(text.trim())) : one(dataSet, single, options)
  if (vr === "UI") {
    if (!text.includes("\\")) return one(dataSet, single, options)
    const uids = AttributeValue.get(dataSet, { ...attribute, vr: "UI", vm: "2-n" })
    if (Result.isFailure(uids)) return Result.fail(uids.failure)
    return Result.succeed({ _tag: "List of UID Matching", uids: uids.success ?? [] })
  }
  const ends = readRange(vr, text)
  if (ends === undefined) return one(dataSet, single, options)
  return Result.isSuccess(ends)
    ? Result.succeed({ _tag: "Range Matching", ...ends.success })
    : invalid(attribute, tag, element.vr, ends.failure.value, ends.failure.rule)
}

const one = (dataSet: DataSet.DataSet, attribute: Attribute.Any, options: AttributeValue.Options | undefined): Read => {
  const value = AttributeValue.get(dataSet, attribute, options)
  if (Result.isFailure(value)) return Result.fail(value.failure)
  return Result.succeed(value.success === null ? universal : singleValue(value.success))
}

/** Nothing where the text is one value, which a DT may be although it has a hyphen. */
const readRange = (
  vr: AttributeVr,
  text: string
): Result.Result<DA.Range | TM.Range | DT.Range, InvalidValue.InvalidValue> | undefined => {
  if (!text.includes("-")) return undefined
  switch (vr) {
    case "DA":
      return DA.parseRange(text)
    case "TM":
      return TM.parseRange(text)
    default:
      return Result.isSuccess(DT.parse(text)) ? undefined : DT.parseRange(text)
  }
}

/**
 * A data set that asks for something under an attribute, in place of what it asked for before.
 *
 * @category editing
 * @since 0.1.0
 */
const with_ = <VR extends AttributeVr>(
  dataSet: DataSet.DataSet,
  attribute: Attribute.Any<VR>,
  matching: NoInfer<Matching<VR>>,
  options?: AttributeValue.Options
): Result.Result<DataSet.DataSet, InvalidAttribute> => put(dataSet, attribute, matching, options)

export {
  /**
   * A data set that asks for something under an attribute.
   *
   * @category editing
   * @since 0.1.0
   */
  with_ as with
}

/** As `with`, for what was checked elsewhere. @internal */
export const put = (
  dataSet: DataSet.DataSet,
  attribute: Attribute.Any,
  // the types of those who call it say which
  matching: Matching<AttributeVr>,
  options?: AttributeValue.Options
): Result.Result<DataSet.DataSet, InvalidAttribute> => {
  const single = { ...attribute, vm: "1" }
  switch (matching._tag) {
    case "Universal Matching":
      return attributeEditing.put(dataSet, single, null, options)
    case "Single Value Matching": {
      const { value } = matching
      if (holdsPattern(attribute.vr, value)) {
        return attributeEditing.refuse(dataSet, attribute, JSON.stringify(value), "* and ? in a wild card only")
      }
      return isNothing(value)
        ? attributeEditing.refuse(dataSet, attribute, JSON.stringify(value), emptyIsUniversal)
        : attributeEditing.put(dataSet, single, value, options)
    }
    case "List of UID Matching":
      return attributeEditing.put(dataSet, { ...attribute, vm: "2-n" }, matching.uids, options)
    case "Sequence Matching":
      return attributeEditing.put(dataSet, attribute, [matching.item], options)
    case "Wild Card Matching":
      return attributeEditing.putText(dataSet, attribute, matching.pattern, options)
    case "Range Matching":
      return attributeEditing.putText(dataSet, attribute, formatRange(attribute.vr, matching), options)
  }
}

const formatRange = (vr: AttributeVr, { from, to }: Range<unknown>): string => {
  const ends = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
  switch (vr) {
    case "DA":
      // the cast: the ends of a range under an attribute are values of its VR
      return DA.formatRange(ends as DA.Range)
    case "TM":
      // the cast: as above
      return TM.formatRange(ends as TM.Range)
    default:
      // the cast: as above
      return DT.formatRange(ends as DT.Range)
  }
}
