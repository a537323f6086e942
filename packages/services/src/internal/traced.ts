/**
 * Spans for what is done very often.
 */
import * as Effect from "effect/Effect"

/**
 * A span, where anybody looks at spans: one that nobody sees costs as much as one that is seen, and in the first run of a
 * process as much as sending a small instance does.
 */
export const traced = <A, E, R>(name: string, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.withFiber<A, E, R>(({ cache }) =>
    cache.tracer === undefined && cache.span === undefined ? effect : Effect.withSpan(effect, name)
  )
