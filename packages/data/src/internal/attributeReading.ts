/** How the bytes of an attribute's value are read (PS3.5 section 6.4), one by one too, and what is said where they cannot be. */
import * as Result from "effect/Result"
import type * as Attribute from "../Attribute.ts"
import type { Options } from "../AttributeValue.ts"
import type * as DataElement from "../DataElement.ts"
import type * as DataSet from "../DataSet.ts"
import type { AttributeVr } from "../Dictionary.ts"
import type { InvalidAttribute } from "../InvalidAttribute.ts"
import type { InvalidValue } from "../InvalidValue.ts"
import type * as Tag from "../Tag.ts"
import * as attributeTag from "./attributeTag.ts"
import { contextOf } from "./textContext.ts"
import * as valueBytes from "./valueBytes.ts"

/** VRs of which another gives values of the same type. */
const alike: ReadonlyArray<ReadonlyArray<string>> = [
  ["AE", "CS", "LO", "LT", "SH", "ST", "UC", "UR", "UT"],
  ["FD", "FL", "SL", "SS", "UL", "US", "US or SS"],
  ["SV", "UV"]
]

/**
 * The VR that an element's bytes are to be read as: its own, where it gives the attribute's type; of UN the attribute's
 * (PS3.5 section 6.2.2).
 */
export const readAs = (written: string, attribute: AttributeVr): valueBytes.Form | undefined => {
  if (written === attribute) return valueBytes.formOf(written)
  if (written === "UN") return valueBytes.formOf(attribute)
  const same =
    attribute.split(" or ").includes(written) || alike.some((vrs) => vrs.includes(written) && vrs.includes(attribute))
  return same ? valueBytes.formOf(written) : undefined
}

/** The failure of a value whose VR is not one that gives the attribute's type. */
export const ofAnotherVr = (
  attribute: Attribute.Any,
  tag: Tag.Tag,
  vr: string,
  bytes: Uint8Array
): Result.Result<never, InvalidAttribute> =>
  attributeTag.fail(attribute, tag, vr, `${bytes.length} bytes of VR ${vr}`, `VR ${attribute.vr}`)

const ofAll = "DataSet.text gives the text of all"

/** The failure of a value: of several, it says which, and how the others are got. */
export const unread = (
  attribute: Attribute.Any,
  tag: Tag.Tag,
  vr: string,
  { rule, value }: InvalidValue,
  form: valueBytes.Form,
  bytes: Uint8Array,
  context: valueBytes.Context,
  options: Options | undefined
): Result.Result<never, InvalidAttribute> => {
  const each = Result.getOrElse(valueBytes.decodeEach(form, bytes, context, options?.limits), () => [])
  const i = each.length < 2 ? -1 : each.findIndex((one) => Result.isFailure(one) || one.success === null)
  if (i < 0) return attributeTag.fail(attribute, tag, vr, value, rule)
  const others = each[i]?._tag === "Success" ? "DataSet.values gives null for it, and the others" : ofAll
  return attributeTag.fail(attribute, tag, vr, value, `${rule}; ${others}`, i + 1)
}

/** The values of an element each on its own, `null` for those that are empty; the first that is none of its VR fails. */
export const eachOf = <Bulk>(
  dataSet: DataSet.DataSet<Bulk>,
  attribute: Attribute.Any,
  element: DataElement.DataElement<Bulk>,
  options: Options | undefined
): Result.Result<ReadonlyArray<unknown>, InvalidAttribute> => {
  const { bytes, tag, vr } = element
  if (bytes === undefined) return attributeTag.fail(attribute, tag, vr, "no value in memory", "values in memory")
  const form = readAs(vr, attribute.vr)
  if (form === undefined) return ofAnotherVr(attribute, tag, vr, bytes)
  const context = contextOf(dataSet, form.kind, options)
  if (Result.isFailure(context))
    return attributeTag.fail(attribute, tag, vr, `${bytes.length} bytes`, context.failure.message)
  const each = valueBytes.decodeEach(form, bytes, context.success, options?.limits)
  if (Result.isFailure(each)) return attributeTag.fail(attribute, tag, vr, each.failure.value, each.failure.rule)
  const values: Array<unknown> = []
  for (const one of each.success) {
    if (Result.isFailure(one)) {
      const { rule, value } = one.failure
      return each.success.length === 1
        ? attributeTag.fail(attribute, tag, vr, value, rule)
        : attributeTag.fail(attribute, tag, vr, value, `${rule}; ${ofAll}`, values.length + 1)
    }
    values.push(one.success)
  }
  return Result.succeed(values)
}
