/**
 * Closed sums of coded values: names for the codes that the standard gives, `{ unknown }` for every other byte.
 */
import * as Schema from "effect/Schema"
import { hex, show } from "./wire.ts"

export interface UnknownCode {
  readonly unknown: number
}

/** A one-byte field: a name, or the byte itself where the standard has no name for it. */
export const code = <const Names extends { readonly [name: string]: number }>(parameter: string, names: Names) => {
  type Name = keyof Names & string
  // Object.keys forgets the keys' type
  const list = Object.keys(names) as ReadonlyArray<string> as ReadonlyArray<Name>
  const byCode: Array<Name | undefined> = Array.from({ length: 256 })
  for (const name of list) byCode[names[name] ?? -1] = name
  const unknowns: ReadonlyArray<UnknownCode> = Array.from({ length: 256 }, (_, n) => ({ unknown: n }))
  const Unknown = Schema.Struct({
    unknown: Schema.Int.check(
      Schema.isBetween({ minimum: 0, maximum: 255 }),
      Schema.makeFilter(
        (n: number) => byCode[n] === undefined || `${parameter} is ${hex(n)}; permitted: its name, ${show(byCode[n])}`
      )
    )
  })
  return {
    schema: Schema.Union([Schema.Literals(list), Unknown]),
    decode: (byte: number): Name | UnknownCode => byCode[byte] ?? unknowns[byte & 0xff] ?? { unknown: byte },
    encode: (value: Name | UnknownCode): number => (typeof value === "string" ? (names[value] ?? 0) : value.unknown)
  }
}
