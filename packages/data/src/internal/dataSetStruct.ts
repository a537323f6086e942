/**
 * The codec between data sets and a type that fields make: what each field says is asked of it once, and not again by the
 * schema of the whole type, which is left to say what is wrong with a value.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaParser from "effect/SchemaParser"
import * as SchemaTransformation from "effect/SchemaTransformation"
import * as CharacterSet from "../CharacterSet.ts"
import * as DataElement from "../DataElement.ts"
import * as DataSet from "../DataSet.ts"
import type { Field, Fields } from "../DataSetSchema.ts"
import * as Tag from "../Tag.ts"
import * as TransferSyntax from "../TransferSyntax.ts"
import * as attributeEditing from "./attributeEditing.ts"
import * as valueBytes from "./valueBytes.ts"
import { dataSet as dataSetSchema } from "./valueSchema.ts"

/** A parser that refuses what it is given. */
const refuse = (issues: ReadonlyArray<SchemaIssue.Issue>) =>
  SchemaParser.decodeUnknownEffect(
    // the cast: nothing comes of it
    Schema.Unknown.check(Schema.makeFilter(() => issues)) as unknown as Schema.Codec<never>
  )

/** What could not be written, on its way to the check that reports it. */
class Unwritable {
  readonly issues: ReadonlyArray<SchemaIssue.Issue>
  constructor(issues: ReadonlyArray<SchemaIssue.Issue>) {
    this.issues = issues
  }
}

const isDataSet = Schema.is(dataSetSchema)

const utf8: CharacterSet.CharacterSet = Result.getOrThrow(CharacterSet.fromTerms(["ISO_IR 192"]))

const specificCharacterSet: Tag.Tag = Tag.make(0x0008, 0x0005)

const utf8Term = Uint8Array.from("ISO_IR 192", (character) => character.charCodeAt(0))

/** The codec of fields by the keys of the type. */
export const dataSetStruct = (fields: Fields): Schema.Codec<{ readonly [key: string]: unknown }, DataSet.DataSet> => {
  const entries = Object.entries(fields)
  // The character set first: what is written after it is written in it.
  const inOrder = entries.toSorted(([, a], [, b]) => Number(says(b)) - Number(says(a)))
  const options = entries.some(([, field]) => says(field)) ? undefined : { characterSet: utf8 }

  // What was decoded or encoded just now, between the check and the transformation, which follow one another.
  let decoded: { readonly dataSet: DataSet.DataSet; readonly value: object } | undefined
  let made: object | undefined
  let encoded: DataSet.DataSet | undefined

  const decode = (dataSet: DataSet.DataSet): ReadonlyArray<SchemaIssue.Issue> => {
    const value: Record<string, unknown> = {}
    const issues: Array<SchemaIssue.Issue> = []
    for (const [name, field] of entries) {
      const found = field.decode(dataSet)
      if (Result.isFailure(found)) issues.push(found.failure)
      else if (found.success !== undefined) value[name] = found.success
    }
    if (issues.length === 0) decoded = { dataSet, value }
    return issues
  }

  const encode = (value: Readonly<Record<string, unknown>>): DataSet.DataSet | Unwritable => {
    let dataSet = DataSet.empty(TransferSyntax.ExplicitVRLittleEndian)
    const elements: Array<DataElement.DataElement> = []
    const issues: Array<SchemaIssue.Issue> = []
    for (const [name, field] of inOrder) {
      const own = value[name]
      if (own === undefined) continue
      const element = field.element?.(dataSet, own, options)
      if (element !== undefined) {
        elements.push(element)
        continue
      }
      const changed = field.encode(dataSet, own, options)
      if (Result.isFailure(changed)) issues.push(changed.failure)
      else dataSet = changed.success
    }
    if (issues.length > 0) return new Unwritable(issues)
    // One data set of all of them costs less than one for each.
    if (elements.length > 0) {
      dataSet = DataSet.make(dataSet.transferSyntax, DataSet.elements(dataSet).concat(elements))
    }
    encoded = options === undefined ? dataSet : withCharacterSet(dataSet)
    return encoded
  }

  // What is checked last says what is expected.
  const from = Schema.declare((u: unknown): u is DataSet.DataSet => isDataSet(u) || u instanceof Unwritable)
    .check(
      Schema.makeFilter((dataSet: DataSet.DataSet | Unwritable) => {
        if (dataSet instanceof Unwritable) return dataSet.issues
        // What was encoded just now needs no decoding.
        if (dataSet !== encoded) return decode(dataSet)
        encoded = undefined
        return []
      })
    )
    .annotate({ identifier: "DataSet" })
  const struct = Schema.Struct(
    Object.fromEntries(
      entries.map(([name, { optional, schema }]) => [name, optional ? Schema.optionalKey(schema) : schema])
    )
  )
  type Type = typeof struct.Type

  /** Whether a value is one of the type as it is, without a key beside those declared. */
  const isSound = (u: unknown): u is Type => {
    if (typeof u !== "object" || u === null || Array.isArray(u)) return false
    let keys = 0
    for (const [name, { isSound, optional }] of entries) {
      const value: unknown = Reflect.get(u, name)
      if (value !== undefined && isSound(value)) keys++
      else if (value !== undefined || !optional) return false
    }
    return keys === Reflect.ownKeys(u).length
  }

  /** What of a value's keys is not as its field says, by attribute. */
  const refusals = (u: unknown): ReadonlyArray<SchemaIssue.Issue> => {
    if (typeof u !== "object" || u === null || Array.isArray(u)) return []
    return entries.flatMap(([name, { isSound, optional, refusal }]) => {
      const value: unknown = Reflect.get(u, name)
      const isRight = value === undefined ? optional && !Object.hasOwn(u, name) : isSound(value)
      const issue = isRight || refusal(value)
      return typeof issue === "object" ? [issue] : []
    })
  }

  // The struct, but for values of which it is known that they are of it.
  const to = Schema.declareConstructor<Type>()(
    [struct],
    ([struct]) => {
      // the cast: of what was decoded each field has said that it is
      const asIs = SchemaParser.decodeUnknownEffect(Schema.Unknown as Schema.Codec<Type, unknown>)
      const parse = SchemaParser.decodeUnknownEffect(struct)
      return (u, _, options) => {
        const known = (u !== undefined && u === made) || isSound(u)
        made = undefined
        if (known) return asIs(u)
        const issues = refusals(u)
        // What the fields have nothing to say of, the struct does.
        return issues.length === 0 ? parse(u, options) : refuse(issues)(u)
      }
    },
    {
      toCodec: ([struct]) => Schema.link<Type>()(struct, SchemaTransformation.passthrough()),
      toEquivalence: ([struct]) => struct,
      toFormatter: ([struct]) => struct
    }
  )
  return from.pipe(
    Schema.decodeTo(
      to,
      SchemaTransformation.transform({
        decode: (dataSet: DataSet.DataSet) => {
          // Where the check was left out, nothing was decoded yet.
          if (decoded?.dataSet !== dataSet) decode(dataSet)
          made = decoded?.value
          decoded = undefined
          // the cast: what the check has decoded
          return made as Type
        },
        // the cast: the check reports what is no data set
        encode: (value: Type) => encode(value) as DataSet.DataSet
      })
    )
  )
}

/** Whether a field says the character set. */
const says = (field: Field<unknown>): boolean =>
  "tag" in field.attribute && field.attribute.tag === specificCharacterSet

const isAscii = (bytes: Uint8Array): boolean => bytes.every((byte) => byte < 0x80)

const saysUtf8 = (item: DataSet.DataSet): boolean =>
  String(DataSet.element(item, specificCharacterSet)?.bytes) === String(utf8Term)

/** Whether text of an element has characters for which a character set has to be said, and says none itself. */
const isExtended = (element: DataElement.DataElement): boolean => {
  if (attributeEditing.isPrintable(element)) return false
  const { bytes, items, vr } = element
  if (items === undefined) return bytes !== undefined && valueBytes.isText(vr) && !isAscii(bytes)
  return items.some(
    (item) => DataSet.element(item, specificCharacterSet) === undefined && DataSet.elements(item).some(isExtended)
  )
}

/** Says the character set once, outermost, where text, also of items that were written by themselves, needs it. */
const withCharacterSet = (dataSet: DataSet.DataSet): DataSet.DataSet => {
  let needed = false
  let whole = dataSet
  for (const element of DataSet.elements(dataSet)) {
    // Printable text, which was not made into bytes yet, needs none.
    if (attributeEditing.isPrintable(element)) continue
    const { items, tag } = element
    if (items !== undefined) {
      needed ||= isExtended(element)
      if (!items.some(saysUtf8)) continue
      needed = true
      const inner = items.map((item) => (saysUtf8(item) ? DataSet.remove(item, specificCharacterSet) : item))
      whole = DataSet.set(whole, DataElement.sequence(tag, inner))
    } else needed ||= isExtended(element)
  }
  return needed ? DataSet.set(whole, DataElement.value(specificCharacterSet, "CS", utf8Term)) : whole
}
