/**
 * What is logged, for a reader: a line of logfmt for each entry, in which no name is there twice.
 *
 * @since 0.1.0
 */
import * as Logger from "effect/Logger"
import * as Predicate from "effect/Predicate"

/**
 * Writes an entry: its texts are one message, and the fields of an object that is logged beside them are fields.
 *
 * @category loggers
 * @since 0.1.0
 */
export const logger: Logger.Logger<unknown, string> = Logger.make((entry) => {
  const texts: Array<string> = []
  const fields: Array<string> = []
  for (const part of Array.isArray(entry.message) ? entry.message : [entry.message]) {
    if (part instanceof Error) texts.push(part.message)
    else if (Predicate.isObject(part)) {
      for (const [name, value] of Object.entries(part)) fields.push(` ${name}=${valueOf(value)}`)
    } else texts.push(String(part))
  }
  return Logger.formatLogFmt.log({ ...entry, message: [texts.join(": ")] }) + fields.join("")
})

const valueOf = (value: unknown): string => {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? String(value))
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text)
}
