/**
 * The wish that the command should stop (Ctrl-C, SIGTERM), for a command that has something to do first. One that does not
 * ask is interrupted, which ends its associations well: that is what scopes are for.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/**
 * The signals by which the command is told to stop.
 *
 * @category models
 * @since 0.1.0
 */
export type Signal = "SIGINT" | "SIGTERM"

/**
 * Each waits for a signal, the first one or the second, without taking it on.
 *
 * @category models
 * @since 0.1.0
 */
export interface Signals {
  readonly first: Effect.Effect<Signal>
  readonly second: Effect.Effect<Signal>
}

/**
 * Waits for the first signal. Whoever waits has taken it on; a second signal interrupts all the same, and a third one ends the
 * process. Default: never.
 *
 * @category services
 * @since 0.1.0
 */
export const Stop: Context.Reference<Effect.Effect<Signal>> = Context.Reference<Effect.Effect<Signal>>(
  "@effect-dicom/cli/Stop",
  { defaultValue: () => Effect.never }
)

/**
 * The signals, for whoever waits for something when they come without having something to do first: at the first one it
 * tells what it waits for, at the second it waits no longer. Default: there are none.
 *
 * @category services
 * @since 0.1.0
 */
export const Signals: Context.Reference<Signals> = Context.Reference<Signals>("@effect-dicom/cli/Stop/Signals", {
  defaultValue: () => ({ first: Effect.never, second: Effect.never })
})
