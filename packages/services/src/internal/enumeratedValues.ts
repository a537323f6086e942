/** Enumerated values of a code string (PS3.5 section 6.2, CS), as the second argument of a field of a data set schema. */
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"

export const enumeratedValues = <const L extends ReadonlyArray<string>>(
  ...values: L
): Schema.Codec<L[number], string> =>
  Schema.String.pipe(
    Schema.decodeTo(Schema.Literals(values), SchemaTransformation.passthroughSupertype<L[number], string>())
  )
