/**
 * Issues of schemas over data sets: what was refused of an attribute, under the tags and keywords that lead to it. Which
 * values are refused is not this file's business.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import type * as Attribute from "../Attribute.ts"
import type * as DataSet from "../DataSet.ts"
import type { Field, Refused } from "../DataSetSchema.ts"
import { InvalidAttribute } from "../InvalidAttribute.ts"
import * as Tag from "../Tag.ts"
import * as attributeEditing from "./attributeEditing.ts"
import * as attributeTag from "./attributeTag.ts"
import * as valueSchemas from "./valueSchema.ts"

/** Where an issue keeps the error that it speaks of. */
const annotation = "~effect-dicom/data/InvalidAttribute"

const segment = (tag: Tag.Tag, keyword: string): string => `${Tag.format(tag)} ${keyword}`

/** What an error says of an attribute. */
export const issue = (error: InvalidAttribute): SchemaIssue.Issue =>
  new SchemaIssue.Pointer(
    [segment(error.tag, error.keyword)],
    new SchemaIssue.InvalidValue({ message: error.message, [annotation]: error })
  )

/** An attribute of a data set whose value breaks a rule. */
export const refuse = (
  dataSet: DataSet.DataSet,
  attribute: Attribute.Any,
  value: string,
  rule: string
): Result.Result<never, SchemaIssue.Issue> =>
  Result.mapError(attributeEditing.refuse(dataSet, attribute, value, rule), issue)

/** What is wrong with the items of an attribute, under its tag as it is where no data set says more. */
export const under = (attribute: Attribute.Any, inner: SchemaIssue.Issue): SchemaIssue.Issue =>
  new SchemaIssue.Pointer([segment(attributeTag.tagShown(attribute, undefined), attribute.keyword)], inner)

const formatIssue = SchemaIssue.makeFormatterDefault()

/** What a schema of the caller's says of a value, under the attribute; of a sequence what its items say. */
export const within = (
  dataSet: DataSet.DataSet,
  attribute: Attribute.Any,
  value: unknown,
  inner: SchemaIssue.Issue
): SchemaIssue.Issue => {
  const refused = attributeEditing.refuse(dataSet, attribute, shown(value), formatIssue(inner))
  if (Result.isSuccess(refused)) return inner
  const { keyword, tag } = refused.failure
  return attribute.vr === "SQ" ? new SchemaIssue.Pointer([segment(tag, keyword)], inner) : issue(refused.failure)
}

/** What is wrong with a value that is to be of a schema, under the attribute; of a sequence what its items say. */
export const refusalOf = (
  attribute: Attribute.Any,
  schema: Schema.Codec<unknown>,
  rule: string,
  optional: boolean
): Field<unknown>["refusal"] => {
  let check: ((value: unknown) => Result.Result<unknown, Schema.SchemaError>) | undefined
  const told = (value: string, rule: string): SchemaIssue.Issue | undefined => {
    const refused = attributeTag.fail(attribute, undefined, attribute.vr, value, rule)
    return Result.isFailure(refused) ? issue(refused.failure) : undefined
  }
  return (value) => {
    if (value === null) return told("null", rule)
    if (value === undefined) return told(optional ? "undefined" : "absent", rule)
    if (valueSchemas.isNothing(value)) return told("[]", rule)
    check ??= Schema.decodeUnknownResult(schema)
    const checked = check(value)
    if (Result.isSuccess(checked)) return undefined
    const inner = checked.failure.issue
    return attribute.vr === "SQ" && Array.isArray(value)
      ? under(attribute, inner)
      : told(shown(value), formatIssue(inner))
  }
}

/** A value for a reader. */
export const shown = (value: unknown): string => {
  if (typeof value === "string") return value
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`
  return (
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? String(inner) : inner)) ?? String(value)
  )
}

/** The attributes that an issue speaks of. */
export const refused = (issue: SchemaIssue.Issue): ReadonlyArray<Refused> => {
  const found: Array<Refused> = []
  const walk = (at: SchemaIssue.Issue, path: ReadonlyArray<PropertyKey>): void => {
    switch (at._tag) {
      case "Pointer":
        return walk(at.issue, [...path, ...at.path])
      case "Filter":
      case "Encoding":
        return walk(at.issue, path)
      case "Composite":
      case "AnyOf":
        return at.issues.forEach((inner) => walk(inner, path))
      case "InvalidValue": {
        const own = at.annotations?.[annotation]
        if (own instanceof InvalidAttribute) found.push({ path, error: own })
      }
    }
  }
  walk(issue, [])
  return found
}
