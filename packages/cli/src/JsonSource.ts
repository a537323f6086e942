/**
 * JSON as somebody wrote it into a file: its value, and the line of each value and key, so that what is wrong can be told
 * by the line it is in (RFC 8259).
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/**
 * Text that is no JSON.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidJson extends Schema.TaggedError<InvalidJson>()("InvalidJson", {
  /** From 1. */
  line: Schema.Int,
  detail: Schema.String
}) {
  override get message(): string {
    return `line ${this.line}: ${this.detail}`
  }
}

/**
 * A JSON text that was read.
 *
 * @category models
 * @since 0.1.0
 */
export interface JsonSource {
  readonly value: unknown
  /** The line, from 1, on which the value of a path begins; of a path that is not there, that of what it is missing in. */
  readonly lineOf: (path: ReadonlyArray<PropertyKey>) => number
}

/** How deep arrays and objects may be in each other. */
const deepest = 64

/** A string, a number, a literal, or one of the six characters; blanks before it. */
const token = /[ \t\r\n]*("(?:[^"\\\u0000-\u001f]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[[\]{}:,]|$)/y

/** What does not begin a value. */
const marks: ReadonlySet<string> = new Set(["", "]", "}", ":", ","])

const keyOf = (path: ReadonlyArray<PropertyKey>): string => JSON.stringify(path.map(String))

/**
 * Reads a text.
 *
 * @category codecs
 * @since 0.1.0
 */
export const parse = (text: string): Result.Result<JsonSource, InvalidJson> => {
  const lines = new Map<string, number>()
  let at = 0
  let start = 0

  const lineAt = (index: number): number => text.slice(0, index).split("\n").length
  const invalid = (detail: string): Result.Result<never, InvalidJson> =>
    Result.fail(new InvalidJson({ line: lineAt(start), detail }))

  /** The next token; nothing where there is none that JSON has. */
  const next = (): string | undefined => {
    token.lastIndex = at
    const found = token.exec(text)
    start = /\S/g.test(text.slice(at)) ? at + text.slice(at).search(/\S/) : text.length
    if (found === null) return undefined
    at = token.lastIndex
    return found[1]
  }

  const told = (found: string | undefined): string =>
    found === "" ? "the text ends" : `${JSON.stringify(text.slice(start).split(/\s/, 1)[0])} is there`

  const value = (path: ReadonlyArray<PropertyKey>, found: string | undefined): Result.Result<unknown, InvalidJson> => {
    if (found === undefined || marks.has(found)) return invalid(`${told(found)}; permitted: a value`)
    lines.set(keyOf(path), lineAt(start))
    if (found !== "[" && found !== "{") {
      return Result.mapError(
        Result.try((): unknown => JSON.parse(found)),
        () => new InvalidJson({ line: lineAt(start), detail: `${found} is there; permitted: a value` })
      )
    }
    if (path.length >= deepest) return invalid(`it is more than ${deepest} levels deep`)
    return found === "[" ? array(path) : object(path)
  }

  const array = (path: ReadonlyArray<PropertyKey>): Result.Result<unknown, InvalidJson> => {
    const values: Array<unknown> = []
    let found = next()
    if (found === "]") return Result.succeed(values)
    while (true) {
      const one = value([...path, values.length], found)
      if (Result.isFailure(one)) return one
      values.push(one.success)
      found = next()
      if (found === "]") return Result.succeed(values)
      if (found !== ",") return invalid(`${told(found)}; permitted: a comma, or the end of the array`)
      found = next()
    }
  }

  const object = (path: ReadonlyArray<PropertyKey>): Result.Result<unknown, InvalidJson> => {
    const members = new Map<string, unknown>()
    let found = next()
    if (found === "}") return Result.succeed({})
    while (true) {
      if (found?.startsWith('"') !== true) return invalid(`${told(found)}; permitted: a name in quotation marks`)
      const name = value([...path, ""], found)
      if (Result.isFailure(name)) return name
      const key = String(name.success)
      if (members.has(key)) return invalid(`${found} is there twice`)
      found = next()
      if (found !== ":") return invalid(`${told(found)}; permitted: a colon`)
      const one = value([...path, key], next())
      if (Result.isFailure(one)) return one
      members.set(key, one.success)
      found = next()
      if (found === "}") return Result.succeed(Object.fromEntries(members))
      if (found !== ",") return invalid(`${told(found)}; permitted: a comma, or the end of the object`)
      found = next()
    }
  }

  const whole = value([], next())
  if (Result.isFailure(whole)) return Result.fail(whole.failure)
  const rest = next()
  if (rest !== "") return invalid(`${told(rest)}; permitted: nothing more`)
  return Result.succeed({
    value: whole.success,
    lineOf: (path) => {
      for (let length = path.length; length > 0; length--) {
        const line = lines.get(keyOf(path.slice(0, length)))
        if (line !== undefined) return line
      }
      return lines.get(keyOf([])) ?? 1
    }
  })
}
