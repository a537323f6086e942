/** Elements of attributes' values, and data sets with them: what `with` does, for values of any attribute. */
import * as Result from "effect/Result"
import type * as Attribute from "../Attribute.ts"
import type { Options } from "../AttributeValue.ts"
import * as DataElement from "../DataElement.ts"
import * as DataSet from "../DataSet.ts"
import type { CharacterSet } from "../CharacterSet.ts"
import type { AttributeVr } from "../Dictionary.ts"
import type { InvalidAttribute } from "../InvalidAttribute.ts"
import * as Tag from "../Tag.ts"
import type { Vr } from "../Vr.ts"
import { fail, firstBlock, isPrivate, lastBlock, tagOf, tagShown } from "./attributeTag.ts"
import { DataSetNode, ElementNode } from "./dataSetTree.ts"
import { recode, recodeItem, specificCharacterSet } from "./recoding.ts"
import { contextOf, ownContext } from "./textContext.ts"
import * as valueBytes from "./valueBytes.ts"

/**
 * The value of an attribute that the nearest data set that has it says, of this and those that enclose it.
 */
const pixelRepresentation = <Bulk>(dataSet: DataSet.DataSet<Bulk>): number => {
  for (let at: DataSet.DataSet<Bulk> | undefined = dataSet; at !== undefined; at = DataSet.enclosing(at)) {
    const bytes = DataSet.element(at, pixelRepresentationTag)?.bytes
    if (bytes !== undefined && bytes.length > 0) return Math.max(bytes[0] ?? 0, bytes[1] ?? 0)
  }
  return 0
}

/** The VR that a value is written with, of those that the attribute leaves open. */
const writtenAs = (dataSet: DataSet.DataSet, attribute: AttributeVr, value: unknown): Vr => {
  switch (attribute) {
    case "OB or OW":
      return value instanceof Uint16Array || !dataSet.transferSyntax.explicitVr ? "OW" : "OB"
    case "US or SS":
      return pixelRepresentation(dataSet) === 1 ? "SS" : "US"
    case "US or OW":
      return value instanceof Uint16Array ? "OW" : "US"
    case "US or SS or OW":
      return value instanceof Uint16Array ? "OW" : pixelRepresentation(dataSet) === 1 ? "SS" : "US"
    default:
      return attribute
  }
}

const isDataSet = (value: unknown): value is DataSet.DataSet => value instanceof DataSetNode

const isEncapsulated = (value: unknown): value is DataElement.Encapsulated =>
  typeof value === "object" && value !== null && "_tag" in value && value._tag === "Encapsulated"

/** Items as a data set's character set has them: text that has another from the data set it was in is recoded. */
const itemsIn = (
  dataSet: DataSet.DataSet,
  items: ReadonlyArray<DataSet.DataSet>,
  options: Options | undefined
): Result.Result<ReadonlyArray<DataSet.DataSet>, InvalidAttribute> => {
  const to = contextOf(dataSet, "text", options)
  if (Result.isFailure(to)) return Result.succeed(items)
  const recoded: Array<DataSet.DataSet> = []
  for (const item of items) {
    const enclosing = DataSet.enclosing(item)
    const from = enclosing === undefined ? to : ownContext(enclosing)
    if (Result.isFailure(from) || isSameSet(from.success.characterSet, to.success.characterSet)) {
      recoded.push(item)
      continue
    }
    const changed = recodeItem(item, from.success.characterSet, to.success.characterSet)
    if (Result.isFailure(changed)) return Result.fail(changed.failure)
    recoded.push(changed.success)
  }
  return Result.succeed(recoded)
}

const isSameSet = (one: CharacterSet, other: CharacterSet): boolean =>
  one === other || one.terms.join("\\") === other.terms.join("\\")

/** The element of a value. */
export const elementOf = (
  dataSet: DataSet.DataSet,
  attribute: Attribute.Any,
  tag: Tag.Tag,
  value: unknown,
  options: Options | undefined
): Result.Result<DataElement.DataElement, InvalidAttribute> => {
  if (attribute.vr === "SQ") {
    const items: unknown = value ?? []
    return Array.isArray(items) && items.every(isDataSet)
      ? Result.map(itemsIn(dataSet, items, options), (items) => DataElement.sequence(tag, items))
      : fail(attribute, tag, "SQ", String(value), "an array of data sets")
  }
  if (isEncapsulated(value)) return Result.succeed(value)
  const vr = writtenAs(dataSet, attribute.vr, value)
  const form = valueBytes.formOf(vr)
  const whole = form?.whole === true
  const single = whole || attribute.vm === "1"
  const given: ReadonlyArray<unknown> | undefined = single ? [value] : Array.isArray(value) ? value : undefined
  if (value !== null && given === undefined)
    return fail(attribute, tag, vr, String(value), `an array (VM ${attribute.vm})`)
  const values = value === null ? [] : (given ?? [])
  if (values.length > 0 && !whole && !valueBytes.permits(attribute.vm, values.length)) {
    return fail(attribute, tag, vr, `${values.length} values`, `${attribute.vm} (VM)`)
  }
  const context = contextOf(dataSet, form?.kind, options)
  if (Result.isFailure(context)) return fail(attribute, tag, vr, `${values.length} values`, context.failure.message)
  // An OW of a data set in implicit VR may be given in bytes: these are its words in the data set's byte order.
  const content =
    form === undefined || (vr === "OW" && value instanceof Uint8Array)
      ? valueBytes.encode("OB", values, context.success)
      : valueBytes.encodeForm(form, values, context.success)
  return Result.isFailure(content)
    ? fail(attribute, tag, vr, content.failure.value, content.failure.rule)
    : // the cast: a node of this kind has the fields of the interface
      Result.succeed(ElementNode.make("Value", tag, vr, false, content.success) as unknown as DataElement.Value)
}

/** Whether the values of others depend on it. */
export const decides = (attribute: Attribute.Any): boolean =>
  "tag" in attribute && (attribute.tag === specificCharacterSet || attribute.tag === pixelRepresentationTag)

const pixelRepresentationTag: Tag.Tag = Tag.make(0x0028, 0x0103)

/** Whether its element does not depend on others of its data set, nor others on it, but for text's character set. */
export const standsAlone = (attribute: Attribute.Any): attribute is Attribute.Any & { readonly tag: Tag.Tag } =>
  !isPrivate(attribute) && !decides(attribute) && (attribute.vr === "SQ" || valueBytes.isVr(attribute.vr))

// the cast: elements are made in this package only, and of this class
const held = (element: DataElement.DataElement): ElementNode => element as unknown as ElementNode

/** Whether the content of an element that was just made is printable text. */
export const isPrintable = (element: DataElement.DataElement): boolean => typeof held(element).content === "string"

/** Whether an element that was just made has a value: text of spaces is none. */
export const isSomething = (element: DataElement.DataElement): boolean => {
  const { content, vr } = held(element)
  if (typeof content === "string") return /[^ ]/.test(content)
  if (content instanceof Uint8Array && valueBytes.formOf(vr)?.kind !== undefined) {
    return content.some((byte) => byte !== 0 && byte !== 0x20)
  }
  return content !== undefined && "length" in content && content.length !== 0
}

/** As `with`, for values whose types were checked elsewhere. */
export const put = (
  dataSet: DataSet.DataSet,
  attribute: Attribute.Any,
  value: unknown,
  options?: Options
): Result.Result<DataSet.DataSet, InvalidAttribute> => {
  const placed = place(dataSet, attribute)
  if (Result.isFailure(placed)) return Result.fail(placed.failure)
  const element = elementOf(placed.success.dataSet, attribute, placed.success.tag, value, options)
  if (Result.isFailure(element)) return Result.fail(element.failure)
  const changed = DataSet.set(placed.success.dataSet, element.success)
  if (element.success.tag !== specificCharacterSet) return Result.succeed(changed)
  const from = Result.map(ownContext(dataSet), (_) => _.characterSet)
  const to = Result.map(ownContext(changed), (_) => _.characterSet)
  if (Result.isFailure(to)) return fail(attribute, undefined, "CS", to.failure.term, to.failure.rule)
  if (Result.isFailure(from)) return fail(attribute, undefined, "CS", from.failure.term, from.failure.rule)
  return DataSet.elements(changed).length === 1 ? Result.succeed(changed) : recode(changed, from.success, to.success)
}

/** Writes text that a query holds and that is no value, such as a pattern or a range. */
export const putText = (
  dataSet: DataSet.DataSet,
  attribute: Attribute.Any,
  text: string,
  options?: Options
): Result.Result<DataSet.DataSet, InvalidAttribute> => {
  const placed = place(dataSet, attribute)
  if (Result.isFailure(placed)) return Result.fail(placed.failure)
  const { tag } = placed.success
  if (!valueBytes.isVr(attribute.vr)) return fail(attribute, tag, attribute.vr, text, "a VR of text")
  const context = contextOf(dataSet, valueBytes.formOf(attribute.vr)?.kind, options)
  if (Result.isFailure(context)) return fail(attribute, tag, attribute.vr, text, context.failure.message)
  const bytes = valueBytes.encodeRawText(attribute.vr, text, context.success)
  return Result.isFailure(bytes)
    ? fail(attribute, tag, attribute.vr, text, bytes.failure.rule)
    : Result.succeed(DataSet.set(placed.success.dataSet, DataElement.value(tag, attribute.vr, bytes.success)))
}

/** The failure of a value that does not go under an attribute. */
export const refuse = <Bulk>(
  dataSet: DataSet.DataSet<Bulk>,
  attribute: Attribute.Any,
  value: string,
  rule: string
): Result.Result<never, InvalidAttribute> => fail(attribute, tagOf(dataSet, attribute), attribute.vr, value, rule)

interface Placed {
  readonly tag: Tag.Tag
  readonly dataSet: DataSet.DataSet
}

/** Gives the attribute a tag: a private one in its creator's block, or in the first block that nobody has. */
export const place = (dataSet: DataSet.DataSet, attribute: Attribute.Any): Result.Result<Placed, InvalidAttribute> => {
  const known = tagOf(dataSet, attribute)
  if (known !== undefined) return Result.succeed({ tag: known, dataSet })
  if (!isPrivate(attribute)) return Result.succeed({ tag: tagShown(attribute, undefined), dataSet })
  const { creator, element, group } = attribute
  // Elements of no creator are nobody's: nothing would find them again.
  if (creator.trim() === "") return fail(attribute, undefined, attribute.vr, creator, "a creator that has a name")
  if (group < 0x0009 || group === 0xffff || group % 2 === 0) {
    const rule = "an odd group, but for 0001 to 0007 and FFFF (PS3.5 section 7.1)"
    return fail(attribute, undefined, attribute.vr, creator, rule)
  }
  for (let block = firstBlock; block <= lastBlock; block++) {
    const tag = Tag.make(group, block)
    if (DataSet.element(dataSet, tag) !== undefined) continue
    const own: Attribute.Attribute<"LO", "1"> = { tag, keyword: "PrivateCreator", vr: "LO", vm: "1" }
    const changed = put(dataSet, own, creator)
    return Result.isFailure(changed)
      ? Result.fail(changed.failure)
      : Result.succeed({ tag: Tag.make(group, (block << 8) | element), dataSet: changed.success })
  }
  return fail(attribute, undefined, attribute.vr, creator, "a group with a block to spare for its creator")
}
