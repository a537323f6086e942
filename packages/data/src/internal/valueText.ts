/** Schemas of values over their text: what a module's `parse` accepts decodes, and `format` encodes. */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import type { InvalidValue } from "../InvalidValue.ts"

/** Gives the text without the spaces at its end, which pad it to an even length (PS3.5 section 6.2). */
export const withoutPadding = (text: string): string => withoutLast(text, " ")

/** Gives the text without any of some characters at its end, in a time linear in it, as a regular expression does not. */
export const withoutLast = (text: string, characters: string): string => {
  let end = text.length
  while (end > 0 && characters.includes(text.charAt(end - 1))) end--
  return end === text.length ? text : text.slice(0, end)
}

/** A filter that passes what `parse` accepts, and says in its failure what `parse` says. */
export const parses = <A>(
  parse: (text: string) => Result.Result<A, InvalidValue>,
  expected: string
): ReturnType<typeof Schema.makeFilter<string>> =>
  Schema.makeFilter(
    (text: string) => {
      const result = parse(text)
      return Result.isSuccess(result) || result.failure.message
    },
    { expected }
  )

/** The codec between text and a value, of a value's schema, `parse` and `format`. */
export const fromString = <S extends Schema.Codec<unknown>>(
  schema: S,
  parse: (text: string) => Result.Result<S["Encoded"], InvalidValue>,
  format: (value: S["Encoded"]) => string,
  expected: string
): Schema.decodeTo<S, Schema.String> =>
  Schema.String.check(parses(parse, expected)).pipe(
    Schema.decodeTo(
      schema,
      SchemaTransformation.transform<S["Encoded"], string>({
        // the filter has let pass only what `parse` accepts
        decode: (text) => Result.getOrThrow(parse(text)),
        encode: format
      })
    )
  )

/** Gives the text without the spaces around it: in DS and IS they pad at both ends (PS3.5 section 6.2). */
export const withoutSpaces = (text: string): string => {
  let start = 0
  while (start < text.length && text.charCodeAt(start) === 0x20) start++
  return withoutPadding(start === 0 ? text : text.slice(start))
}
