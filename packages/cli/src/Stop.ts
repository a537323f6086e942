/**
 * The wish that the command should stop (Ctrl-C, SIGTERM), for a command that has something to do first. One that does not
 * ask is interrupted, which ends its associations well: that is what scopes are for.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/**
 * @category models
 * @since 0.1.0
 */
export type Signal = "SIGINT" | "SIGTERM"

/**
 * Waits for the first signal. Whoever waits has taken it on; a second signal interrupts all the same. Default: never.
 *
 * @category services
 * @since 0.1.0
 */
export const Stop: Context.Reference<Effect.Effect<Signal>> = Context.Reference<Effect.Effect<Signal>>(
  "@effect-dicom/cli/Stop",
  { defaultValue: () => Effect.never }
)
