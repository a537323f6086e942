/**
 * Schemas over data sets: codecs between a data set and a type of a program's own, declared by attributes. What they
 * refuse they name by the tags that lead to it, keyword, VR and value.
 *
 * **Details**
 *
 * Fields are of the types of PS3.5 section 7.4:
 *
 * | field           | in the data set            | in the type      |
 * | --------------- | -------------------------- | ---------------- |
 * | {@link type1}   | there, not empty           | `key: A`         |
 * | {@link type1C}  | absent, or not empty       | `key?: A`        |
 * | {@link type2}   | there, may be empty        | `key: A \| null`  |
 * | {@link type2C}  | absent, or may be empty    | `key?: A \| null` |
 * | {@link type3}   | absent, or may be empty    | `key?: A \| null` |
 * | {@link key}     | a key of a query, or absent| `key?: Matching` |
 *
 * What may be null may be an array without values or items too: it is written as the same empty element, and read as null.
 * Other values of which nothing would be written, such as text of spaces, are refused: null says that better.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import type * as Attribute from "./Attribute.ts"
import * as AttributeMatching from "./AttributeMatching.ts"
import * as AttributeValue from "./AttributeValue.ts"
import type * as DataElement from "./DataElement.ts"
import type * as DataSet from "./DataSet.ts"
import type { AttributeVr } from "./Dictionary.ts"
import type { InvalidAttribute } from "./InvalidAttribute.ts"
import * as attributeEditing from "./internal/attributeEditing.ts"
import * as attributeIssue from "./internal/attributeIssue.ts"
import { dataSetStruct } from "./internal/dataSetStruct.ts"
import * as valueSchemas from "./internal/valueSchema.ts"

// -----------------------------------------------------------------------------
// fields
// -----------------------------------------------------------------------------

type Decoded = Result.Result<unknown, SchemaIssue.Issue>
type Encoded = Result.Result<DataSet.DataSet, SchemaIssue.Issue>

/**
 * An attribute as a field of a type: what its value is there, and whether it may be left out.
 *
 * @category models
 * @since 0.1.0
 */
export interface Field<out T, out Optional extends boolean = boolean> {
  readonly attribute: Attribute.Any
  readonly optional: Optional
  /** Of the value in the type. */
  readonly schema: Schema.Codec<T>
  /** @internal */
  readonly decode: (dataSet: DataSet.DataSet) => Decoded
  /** @internal */
  readonly encode: (dataSet: DataSet.DataSet, value: unknown, options: AttributeValue.Options | undefined) => Encoded
  /**
   * Whether a value is one of the schema; `false` leaves it to the schema to say.
   *
   * @internal
   */
  readonly isSound: (value: unknown) => boolean
  /**
   * What is wrong with a value that is not sound; nothing where nothing is.
   *
   * @internal
   */
  readonly refusal: (value: unknown) => SchemaIssue.Issue | undefined
  /**
   * The element of a value that is sound, where it depends on no other element; nothing leaves it to `encode`.
   *
   * @internal
   */
  readonly element?: (
    dataSet: DataSet.DataSet,
    value: unknown,
    options: AttributeValue.Options | undefined
  ) => DataElement.DataElement | undefined
}

/**
 * How a field is made: of an attribute as it is, or with a schema that takes the attribute's value further. What that
 * schema encodes to may be wider than the attribute's value, as text is than a UID: it is checked when it is written.
 *
 * @category models
 * @since 0.1.0
 */
export interface Constructor<Null, Optional extends boolean> {
  <A extends Attribute.Any>(attribute: A): Field<AttributeValue.ValueOf<A> | Null, Optional>
  <A extends Attribute.Any, T, E>(
    attribute: A,
    schema: Schema.Codec<T, E> & ([AttributeValue.ValueOf<A>] extends [E] ? unknown : never)
  ): Field<T | Null, Optional>
}

/** The schema of a field's value in the type, and the same said in less time of what is not null. */
const ownOf = (
  attribute: Attribute.Any,
  type: Schema.Codec<unknown>,
  { given, nullable, rule }: { readonly given: boolean; readonly nullable: boolean; readonly rule: string }
): { readonly own: Schema.Codec<unknown>; readonly isSound: (value: unknown) => boolean } => {
  const isSound = (given ? undefined : valueSchemas.isSound(attribute)) ?? Schema.is(type)
  const several = valueSchemas.isSeveral(attribute)
  if (!nullable) {
    if (!several) return { own: type, isSound }
    const something = Schema.makeFilter((value: unknown) => !valueSchemas.isNothing(value) || rule, {
      expected: rule,
      arbitraryConstraint: { minLength: 1 }
    })
    return { own: type.check(something), isSound: (value) => !valueSchemas.isNothing(value) && isSound(value) }
  }
  return given || !several || attribute.vr === "SQ"
    ? { own: Schema.NullOr(type), isSound }
    : {
        own: Schema.NullOr(Schema.Union([type, Schema.Tuple([])])),
        isSound: (value) => valueSchemas.isNothing(value) || isSound(value)
      }
}

const field =
  <Null, Optional extends boolean>(optional: Optional, nullable: boolean, rule: string): Constructor<Null, Optional> =>
  (attribute: Attribute.Any, given?: Schema.Codec<unknown, unknown>): Field<never, Optional> => {
    const schema = given ?? valueSchemas.valueSchema(attribute)
    const decodeValue = Schema.decodeUnknownResult(schema)
    const encodeValue = Schema.encodeUnknownResult(schema)
    const type = Schema.toType(schema)
    const { own, isSound } = ownOf(attribute, type, { given: given !== undefined, nullable, rule })
    const readAsIs = given === undefined && valueSchemas.isReadAsIs(attribute)
    const isDecoded = given === undefined && !readAsIs ? isSound : () => readAsIs
    return {
      attribute,
      optional,
      // the cast: the overloads say what the schema decodes to
      schema: own as unknown as Schema.Codec<never>,
      decode: (dataSet) => {
        const found = AttributeValue.get(dataSet, attribute)
        if (Result.isFailure(found)) return Result.fail(attributeIssue.issue(found.failure))
        const value = found.success
        if (value === undefined)
          return optional ? Result.succeed(undefined) : attributeIssue.refuse(dataSet, attribute, "absent", rule)
        if (value === null)
          return nullable ? Result.succeed(null) : attributeIssue.refuse(dataSet, attribute, "empty", rule)
        if (isDecoded(value)) return Result.succeed(value)
        const decoded = decodeValue(value)
        return Result.isSuccess(decoded)
          ? Result.succeed(decoded.success)
          : Result.fail(attributeIssue.within(dataSet, attribute, value, decoded.failure.issue))
      },
      encode: (dataSet, value, options) => {
        if (nullable && (value === null || (given === undefined && valueSchemas.isNothing(value)))) {
          return put(dataSet, attribute, null, options)
        }
        const encoded = encodeValue(value)
        if (Result.isFailure(encoded))
          return Result.fail(attributeIssue.within(dataSet, attribute, value, encoded.failure.issue))
        const changed = put(dataSet, attribute, encoded.success, options)
        if (Result.isFailure(changed)) return changed
        if (nullable && valueSchemas.isNothing(encoded.success)) return changed
        const written = AttributeValue.get(changed.success, attribute, options)
        return Result.isSuccess(written) && written.success === null
          ? attributeIssue.refuse(
              dataSet,
              attribute,
              attributeIssue.shown(encoded.success),
              nullable ? "null for an empty value" : rule
            )
          : changed
      },
      isSound: (value) => (nullable && value === null) || isSound(value),
      refusal: attributeIssue.refusalOf(attribute, nullable ? type : own, rule, optional),
      ...(attributeEditing.standsAlone(attribute)
        ? {
            element: (dataSet, value, options) => {
              let content = value
              if (value !== null && given !== undefined) {
                const encoded = encodeValue(value)
                if (Result.isFailure(encoded)) return undefined
                content = encoded.success
              }
              const element = attributeEditing.elementOf(dataSet, attribute, attribute.tag, content, options)
              if (Result.isFailure(element)) return undefined
              const isEmpty = value === null || (nullable && valueSchemas.isNothing(content))
              return isEmpty || attributeEditing.isSomething(element.success) ? element.success : undefined
            }
          }
        : {})
    }
  }

/**
 * An attribute that is there and has a value (PS3.5 section 7.4.1). A second argument takes the value further: of a
 * sequence `Schema.Array` of the schema of its items.
 *
 * **Example**
 *
 * ```ts
 * import { Attribute, DataSetSchema } from "@effect-dicom/data"
 * import * as Schema from "effect/Schema"
 *
 * const Study = DataSetSchema.Struct({
 *   uid: DataSetSchema.type1(Attribute.StudyInstanceUID),
 *   date: DataSetSchema.type2(Attribute.StudyDate),
 *   references: DataSetSchema.type3(
 *     Attribute.ReferencedStudySequence,
 *     Schema.Array(DataSetSchema.Struct({ uid: DataSetSchema.type1(Attribute.ReferencedSOPInstanceUID) }))
 *   )
 * })
 * ```
 *
 * @category fields
 * @since 0.1.0
 */
export const type1: Constructor<never, false> = field(false, false, "type 1: there, and not empty")

/**
 * An attribute that has a value where it is there, which is under conditions (PS3.5 section 7.4.2).
 *
 * @category fields
 * @since 0.1.0
 */
export const type1C: Constructor<never, true> = field(true, false, "type 1C: absent, or not empty")

/**
 * An attribute that is there, and empty where its value is not known (PS3.5 section 7.4.3).
 *
 * @category fields
 * @since 0.1.0
 */
export const type2: Constructor<null, false> = field(false, true, "type 2: there, and may be empty")

/**
 * An attribute that is there under conditions, and empty where its value is not known (PS3.5 section 7.4.4).
 *
 * @category fields
 * @since 0.1.0
 */
export const type2C: Constructor<null, true> = field(true, true, "type 2C: absent, or there and may be empty")

/**
 * An attribute that may be there, and may be empty (PS3.5 section 7.4.5).
 *
 * @category fields
 * @since 0.1.0
 */
export const type3: Constructor<null, true> = field(true, true, "type 3: absent, or there and may be empty")

/**
 * A key of a query's identifier (PS3.4 section C.2.2.2); of a sequence with the schema of its item of keys.
 *
 * **Example**
 *
 * ```ts
 * import { Attribute, AttributeMatching, DataSetSchema } from "@effect-dicom/data"
 *
 * const StudyKeys = DataSetSchema.Struct({
 *   date: DataSetSchema.key(Attribute.StudyDate),
 *   patient: DataSetSchema.key(Attribute.PatientName)
 * })
 * const query: typeof StudyKeys.Type = {
 *   date: AttributeMatching.range({ from: { year: 2024, month: 1, day: 1 } }),
 *   patient: AttributeMatching.wildCard("YAMADA*")
 * }
 * ```
 *
 * @category fields
 * @since 0.1.0
 */
export const key = <VR extends AttributeVr, Item = DataSet.DataSet>(
  attribute: Attribute.Any<VR>,
  item?: Schema.Codec<Item, DataSet.DataSet>
): Field<AttributeMatching.Matching<VR, Item>, true> => {
  const decodeItem = item === undefined ? undefined : Schema.decodeUnknownResult(item)
  const encodeItem = item === undefined ? undefined : Schema.encodeUnknownResult(item)
  const schema = AttributeMatching.schema(attribute, item)
  const refusal = attributeIssue.refusalOf(attribute, schema, "a key of a query", true)
  const checkItem = item === undefined ? undefined : Schema.decodeUnknownResult(Schema.toType(item))
  return {
    attribute,
    optional: true,
    schema,
    isSound: Schema.is(schema),
    // Of an item of keys, what its keys say.
    refusal: (value) => {
      if (checkItem !== undefined && isSequenceMatching(value)) {
        const checked = checkItem(value.item)
        if (Result.isFailure(checked)) {
          const inner = new SchemaIssue.Pointer([0], checked.failure.issue)
          return attributeIssue.under(attribute, inner)
        }
      }
      return refusal(value)
    },
    decode: (dataSet) => {
      const found = AttributeMatching.get<AttributeVr>(dataSet, attribute)
      if (Result.isFailure(found)) return Result.fail(attributeIssue.issue(found.failure))
      const matching = found.success
      if (matching?._tag !== "Sequence Matching" || decodeItem === undefined) return Result.succeed(matching)
      const decoded = decodeItem(matching.item)
      return Result.isSuccess(decoded)
        ? Result.succeed(AttributeMatching.sequence(decoded.success))
        : Result.fail(
            attributeIssue.within(dataSet, attribute, undefined, new SchemaIssue.Pointer([0], decoded.failure.issue))
          )
    },
    encode: (dataSet, value, options) => {
      // the cast: the struct's own schema has found it to be one
      let matching = value as AttributeMatching.Matching<AttributeVr>
      if (matching._tag === "Sequence Matching" && encodeItem !== undefined) {
        const encoded = encodeItem(matching.item)
        if (Result.isFailure(encoded)) {
          const inner = new SchemaIssue.Pointer([0], encoded.failure.issue)
          return Result.fail(attributeIssue.within(dataSet, attribute, undefined, inner))
        }
        matching = AttributeMatching.sequence(encoded.success)
      }
      const changed = AttributeMatching.put(dataSet, attribute, matching, options)
      return Result.mapError(changed, attributeIssue.issue)
    }
  }
}

const isSequenceMatching = (value: unknown): value is AttributeMatching.Sequence<unknown> =>
  typeof value === "object" && value !== null && "item" in value

const put = (
  dataSet: DataSet.DataSet,
  attribute: Attribute.Any,
  value: unknown,
  options: AttributeValue.Options | undefined
): Encoded => Result.mapError(attributeEditing.put(dataSet, attribute, value, options), attributeIssue.issue)

// -----------------------------------------------------------------------------
// what was refused
// -----------------------------------------------------------------------------

/**
 * One attribute that a schema refused: the way to it, from the outermost data set, as tags and keywords, the numbers of
 * items, from 0, among them; and the error.
 *
 * @category errors
 * @since 0.1.0
 */
export interface Refused {
  readonly path: ReadonlyArray<PropertyKey>
  readonly error: InvalidAttribute
}

/**
 * The attributes that an error of a schema over data sets speaks of. What a schema says of a type's own value, rather
 * than of an attribute, is not among them.
 *
 * @category errors
 * @since 0.1.0
 */
export const refused = (error: Schema.SchemaError): ReadonlyArray<Refused> => attributeIssue.refused(error.issue)

// -----------------------------------------------------------------------------
// the struct
// -----------------------------------------------------------------------------

/**
 * Fields by the keys of the type.
 *
 * @category models
 * @since 0.1.0
 */
export interface Fields {
  readonly [key: string]: Field<unknown>
}

type OptionalKeys<F extends Fields> = {
  readonly [K in keyof F]: F[K]["optional"] extends true ? K : never
}[keyof F]

type Simplify<A> = { readonly [K in keyof A]: A[K] }

/**
 * The type that fields make.
 *
 * @category models
 * @since 0.1.0
 */
export type TypeOf<F extends Fields> = Simplify<
  { readonly [K in Exclude<keyof F, OptionalKeys<F>>]: F[K]["schema"]["Type"] } & {
    readonly [K in OptionalKeys<F>]?: F[K]["schema"]["Type"]
  }
>

/**
 * A codec between data sets and a type declared by attributes.
 *
 * **Details**
 *
 * Decoding passes over the attributes that are not declared, and reports all that it refuses. Encoding makes a data set
 * of the declared attributes, in explicit VR little endian (`DataSet.transcode` makes others). Unless Specific
 * Character Set is declared, it becomes ISO_IR 192 where text needs it.
 *
 * What is wrong with a value of the type before it is written is named by its key there, as every struct does.
 *
 * **Example**
 *
 * ```ts
 * import { Attribute, DataSet, DataSetSchema } from "@effect-dicom/data"
 * import * as Schema from "effect/Schema"
 *
 * declare const dataSet: DataSet.DataSet
 *
 * const Patient = DataSetSchema.Struct({
 *   id: DataSetSchema.type1(Attribute.PatientID),
 *   name: DataSetSchema.type2(Attribute.PatientName)
 * })
 * Schema.decodeResult(Patient)(dataSet) // Result<{ id: string, name: PersonName | null }, SchemaError>
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const Struct = <const F extends Fields>(fields: F): Schema.Codec<TypeOf<F>, DataSet.DataSet> =>
  // the cast: the fields' schemas are those of the type, key by key
  dataSetStruct(fields) as unknown as Schema.Codec<TypeOf<F>, DataSet.DataSet>
