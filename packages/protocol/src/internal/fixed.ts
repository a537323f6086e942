/**
 * Parameters to which the standard gives one value, or none.
 */
import type * as Brand from "effect/Brand"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"

const show = (u: unknown): string => (typeof u === "bigint" ? `${u}n` : (JSON.stringify(u) ?? String(u)))

/**
 * A parameter with one permitted value. The literal is branded, so that only the module that calls this has it to give;
 * a value from outside is compared, and refused with the parameter's name, the value and what is permitted.
 */
export const fixed = <const B extends string, const L extends string>(parameter: B, value: L) =>
  Schema.declare<L>((_u): _u is L => true, {
    expected: show(value),
    toCodecArbitrary: () => Schema.link<L>()(Schema.Literal(value), SchemaTransformation.passthrough())
  })
    .check(Schema.makeFilter((u: unknown) => u === value || `${parameter} is ${show(u)}; permitted: ${show(value)}`))
    .pipe(Schema.refine((_u): _u is L & Brand.Brand<B> => true))

/** A parameter that a form of the primitive does not have. */
export const absent = (parameter: string, form: string) =>
  Schema.optionalKey(
    Schema.declare<never>((_u): _u is never => true, {
      expected: "nothing",
      toCodecArbitrary: () => Schema.link<never>()(Schema.Never, SchemaTransformation.passthrough())
    }).check(
      Schema.makeFilter((u: unknown) => `${parameter} is ${show(u)}; permitted: nothing, ${form} has no such parameter`)
    )
  )
