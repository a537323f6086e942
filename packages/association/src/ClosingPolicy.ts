/**
 * How an association is closed when its scope is left: values, from the simplest to those made of others. A policy is
 * the second argument of `Effect.acquireRelease`; the association it gets may have ended already, and then it does
 * nothing.
 *
 * **Example** (Finish what is outstanding, release within five seconds, abort on failure)
 *
 * ```ts
 * import { ClosingPolicy } from "@effect-dicom/association"
 *
 * const policy = ClosingPolicy.onExit({
 *   success: ClosingPolicy.finishing("30 seconds", ClosingPolicy.releaseWithin("5 seconds")),
 *   failure: ClosingPolicy.abort
 * })
 * ```
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Association } from "./Association.ts"
import * as Release from "./Release.ts"

/**
 * Closes an association, told how its scope was left. Always ends, and never fails.
 *
 * @category models
 * @since 0.1.0
 */
export type ClosingPolicy = (
  association: Association,
  exit: Exit.Exit<unknown, unknown>
) => Effect.Effect<Release.Outcome>

/**
 * Aborts at once (PS3.8 section 7.3).
 *
 * @category policies
 * @since 0.1.0
 */
export const abort: ClosingPolicy = (association) =>
  Effect.andThen(Effect.ignore(association.abort), Effect.map(association.ended, Release.outcome))

/**
 * Releases (PS3.8 section 7.2), and aborts when the peer has not answered in that time. Where a release is under way
 * already, the peer's or an earlier one of this side, it is waited for instead, for the same time.
 *
 * @category policies
 * @since 0.1.0
 */
export const releaseWithin =
  (time: Duration.Input): ClosingPolicy =>
  (association, exit) =>
    Effect.catchTag(association.releaseWithin(time), "IllegalPrimitive", () =>
      Effect.timeoutOrElse(Effect.map(association.ended, Release.outcome), {
        duration: time,
        orElse: () => abort(association, exit)
      })
    )

/**
 * Waits until no operation is under way, at most for that time, and then closes by another policy.
 *
 * @category combinators
 * @since 0.1.0
 */
export const finishing =
  (time: Duration.Input, then: ClosingPolicy): ClosingPolicy =>
  (association, exit) =>
    Effect.flatMap(Effect.timeoutOption(association.dimse.quiet, time), () => then(association, exit))

/**
 * One policy where the scope is left with success, another where it is left with a failure or an interruption.
 *
 * @category combinators
 * @since 0.1.0
 */
export const onExit =
  (policies: { readonly success: ClosingPolicy; readonly failure: ClosingPolicy }): ClosingPolicy =>
  (association, exit) =>
    (Exit.isSuccess(exit) ? policies.success : policies.failure)(association, exit)

/**
 * Releases within ten seconds on success; aborts on failure, interruption, or silence. What associations have unless they
 * are given another.
 *
 * @category policies
 * @since 0.1.0
 */
export const standard: ClosingPolicy = onExit({ success: releaseWithin("10 seconds"), failure: abort })

/**
 * Closes several associations at the same time, each by its own policy, and gives each one's outcome. None is left open
 * by what happens to another: where a policy dies, or all of this is interrupted, what is still open is aborted.
 *
 * @category combinators
 * @since 0.1.0
 */
export const together = (
  closings: ReadonlyArray<readonly [association: Association, policy: ClosingPolicy]>,
  exit: Exit.Exit<unknown, unknown> = Exit.void
): Effect.Effect<ReadonlyArray<Release.Outcome>> =>
  Effect.forEach(
    closings,
    ([association, policy]) =>
      Effect.exit(Effect.onError(policy(association, exit), () => Effect.ignore(association.abort))),
    { concurrency: "unbounded" }
  ).pipe(Effect.flatMap(Effect.forEach((outcome) => outcome)))
