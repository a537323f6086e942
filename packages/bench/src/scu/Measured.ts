/**
 * What an SCU process tells of itself, on one line of its standard output.
 */
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/** Times in milliseconds from the first connect to the last release: of the first run in a process, and of the second. */
export const Measured = Schema.Struct({
  cold: Schema.Number,
  warm: Schema.Number
})

/** @see Measured */
export type Measured = typeof Measured.Type

/** Prints it. */
export const print = (cold: Duration.Duration, warm: Duration.Duration): void =>
  console.log(JSON.stringify({ cold: Duration.toMillis(cold), warm: Duration.toMillis(warm) }))

const fromJson = Schema.decodeUnknownResult(Schema.fromJsonString(Measured))

/** Reads it. */
export const parse = (line: string): Measured => Result.getOrThrow(fromJson(line))
