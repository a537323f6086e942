/**
 * The Service-class-application-information field of SOP Class Extended Negotiation (PS3.7 section D.3.3.5) as a schema,
 * for the service classes that define it as a row of bytes.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"

/**
 * A byte of the field: its levels of support from 0, or a fixed value that the standard reserves.
 *
 * @category models
 * @since 0.1.0
 */
export type Byte = "flag" | { readonly levels: readonly [number, ...Array<number>] } | { readonly reserved: number }

type ValueOf<B extends Byte> = B extends "flag"
  ? boolean
  : B extends { readonly levels: readonly [infer First, ...infer Rest] }
    ? First | Rest[number]
    : never

type Simplify<A> = { readonly [K in keyof A]: A[K] }

/**
 * The values of the bytes by name, the reserved ones left out. What is absent is 0.
 *
 * @category models
 * @since 0.1.0
 */
export type TypeOf<F extends { readonly [name: string]: Byte }> = Simplify<{
  readonly [K in keyof F as F[K] extends { readonly reserved: number } ? never : K]?: ValueOf<F[K]>
}>

/**
 * The schema of a field whose bytes are these, in this order. Bytes that are missing are read as 0, and those after the
 * known ones are passed over. What is written ends with the last byte that is not 0, but has at least `minimum` bytes.
 *
 * **Example** (PS3.4 Table C.5-3)
 *
 * ```ts
 * import { ApplicationInformation } from "@effect-dicom/services"
 *
 * ApplicationInformation.make({ relationalRetrieval: "flag", enhancedMultiFrameImageConversion: "flag" })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <const F extends { readonly [name: string]: Byte }>(
  fields: F,
  minimum: number = 1
): Schema.Codec<TypeOf<F>, Uint8Array> => {
  const entries: ReadonlyArray<readonly [string, Byte]> = Object.entries(fields)
  const schemas: Record<string, Schema.optionalKey<Schema.Codec<boolean | number>>> = {}
  for (const [name, byte] of entries) {
    if (byte === "flag") schemas[name] = Schema.optionalKey(Schema.Boolean)
    else if ("levels" in byte) schemas[name] = Schema.optionalKey(Schema.Literals(byte.levels))
  }
  const decode = (bytes: Uint8Array): { readonly [name: string]: boolean | number } => {
    const values: Record<string, boolean | number> = {}
    for (const [i, [name, byte]] of entries.entries()) {
      const read = bytes[i] ?? 0
      if (byte === "flag") values[name] = read === 1
      else if ("levels" in byte) values[name] = byte.levels.includes(read) ? read : 0
    }
    return values
  }
  const encode = (values: { readonly [name: string]: boolean | number | undefined }): Uint8Array => {
    const bytes = entries.map(([name, byte]) =>
      typeof byte === "object" && "reserved" in byte ? byte.reserved : Number(values[name] ?? 0)
    )
    const length = bytes.findLastIndex((byte) => byte !== 0) + 1
    return Uint8Array.from(bytes.slice(0, Math.max(length, Math.min(minimum, bytes.length))))
  }
  return Schema.Uint8Array.pipe(
    Schema.decodeTo(
      Schema.Struct(schemas),
      SchemaTransformation.transform<{ readonly [name: string]: boolean | number | undefined }, Uint8Array>({
        decode,
        encode
      })
    )
    // the cast restores what the record of schemas forgets: each name has the schema of its own byte
  ) as unknown as Schema.Codec<TypeOf<F>, Uint8Array>
}
