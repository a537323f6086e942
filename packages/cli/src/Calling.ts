/**
 * What the subcommands that call a peer have in common at the command line: their flags, and how what they do is loaded
 * and told whom to call.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import type * as Failure from "./Failure.ts"
import * as Flags from "./Flags.ts"
import type * as Requestor from "./Requestor.ts"

/**
 * The flags that each of them has beside its own: how the association is asked for and secured, who the user is, and how
 * much is told.
 *
 * @category flags
 * @since 0.1.0
 */
export const flags = {
  ...Flags.requesting,
  ...Flags.securing,
  ...Flags.identifying,
  ...Flags.telling
} as const

/**
 * Finds the peer that the flags mean, and does what is loaded. Nothing of it is loaded before the command line is known to
 * be right.
 *
 * @category operations
 * @since 0.1.0
 */
export const run = <G extends Requestor.Given, R>(
  given: G,
  load: () => Promise<(options: Requestor.Reached<G>) => Effect.Effect<void, Failure.Failure, R>>
): Effect.Effect<void, Failure.Failure, R | FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const [Requestor, work] = yield* Effect.promise(() => Promise.all([import("./Requestor.ts"), load()]))
    return yield* work(yield* Requestor.reach(given))
  })
