/**
 * The attributes of a query as fields of schemas: as keys of the identifier that asks, and as values of one that answers.
 */
import type * as Attribute from "@effect-dicom/data/Attribute"
import type { Matching } from "@effect-dicom/data/AttributeMatching"
import type { ValueOf } from "@effect-dicom/data/AttributeValue"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"

type Attributes = { readonly [name: string]: Attribute.Any }

/** Each attribute as a key. */
export type Keys<A extends Attributes> = {
  readonly [K in keyof A]: A[K] extends Attribute.Any<infer VR> ? DataSetSchema.Field<Matching<VR>, true> : never
}

/** Each attribute as a value that may be there, and may be empty. */
export type Values<A extends Attributes> = {
  readonly [K in keyof A]: DataSetSchema.Field<ValueOf<A[K]> | null, true>
}

const fields = (attributes: Attributes, make: (attribute: Attribute.Any) => DataSetSchema.Field<unknown>): object =>
  Object.fromEntries(Object.entries(attributes).map(([name, attribute]) => [name, make(attribute)]))

export const keys = <A extends Attributes>(attributes: A): Keys<A> =>
  // the cast restores what `Object.fromEntries` forgets: each name has the field of its own attribute
  fields(attributes, (attribute) => DataSetSchema.key(attribute)) as Keys<A>

export const values = <A extends Attributes>(attributes: A): Values<A> =>
  // the cast: as above
  fields(attributes, (attribute) => DataSetSchema.type3(attribute)) as Values<A>
