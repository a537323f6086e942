/**
 * What is told on stderr beside the result, where `--json` is given: an object a line, so that a program can read all of
 * stderr. What would be a sentence is a note, what is an object is told as it is, and what is logged is a log; a failure is
 * told by Failure.ts.
 *
 * @since 0.1.0
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Formatter from "effect/Formatter"
import * as Logger from "effect/Logger"
import * as Predicate from "effect/Predicate"

/** A console whose stderr takes notes, and a logger that writes beside them. */
const console = (plain: Console.Console): Console.Console => ({
  ...plain,
  error: (...values) =>
    plain.error(JSON.stringify(Predicate.isObject(values[0]) ? values[0] : { type: "note", message: values.join(" ") }))
})

/** What is logged beside a text is its details. */
const logger = (plain: Console.Console): Logger.Logger<unknown, void> =>
  Logger.map(Logger.formatStructured, ({ annotations, cause, level, message, timestamp }) => {
    const [first, ...details] = Array.isArray(message) ? message : [message]
    plain.error(
      Formatter.formatJson({
        type: "log",
        level,
        timestamp,
        message: first,
        ...(details.length === 0 ? {} : { details }),
        ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
        ...(cause === undefined ? {} : { cause })
      })
    )
  })

/**
 * Runs an effect whose `Console.error` prints notes, and whose logs are objects. What is printed on stdout stays as it is.
 *
 * @category combinators
 * @since 0.1.0
 */
export const telling = <A, E, R>(effect: Effect.Effect<A, E, R>, plain: Console.Console): Effect.Effect<A, E, R> =>
  effect.pipe(
    Effect.provideService(Console.Console, console(plain)),
    Effect.provideService(Logger.CurrentLoggers, new Set([logger(plain)]))
  )
