/**
 * Spans for what is done very often.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"

/**
 * A span, where anybody looks at spans: one that nobody sees costs as much as one that is seen, and in the first run of a
 * process as much as sending a small instance does.
 */
export const traced = <A, E, R>(name: string, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.contextWith((context: Context.Context<R>) =>
    Context.get(context, Tracer.Tracer) === Tracer.nativeTracer &&
    Option.isNone(Context.getOption(context, Tracer.ParentSpan))
      ? effect
      : Effect.withSpan(effect, name)
  )
