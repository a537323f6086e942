/**
 * Associations that are kept and used again: at most so many with each peer and in all, those waiting served in order,
 * for a time, idle ones released after one, those of which nobody knows asked by C-ECHO before they are used, broken ones
 * dropped.
 *
 * `effect/Pool` is not below it, though the conventions are its own: its items are all alike, while here an association
 * serves whom its presentation contexts serve, one that serves nobody is released to make room for another, the limits
 * go over several peers, and how an association was used decides whether it is released or aborted.
 *
 * @since 0.1.0
 */
import * as SopClass from "@effect-dicom/data/SopClass"
import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Association from "./Association.ts"
import * as AssociationError from "./AssociationError.ts"
import { nowOf } from "./internal/deadlines.ts"
import { Places } from "./internal/places.ts"
import type { Entry, Grant, Party } from "./internal/places.ts"
import { keysOf, nameOf } from "./internal/reuse.ts"
import * as UpperLayer from "./UpperLayer.ts"

/**
 * A peer: how it is reached, and how associations with it are requested.
 *
 * @category models
 * @since 0.1.0
 */
export interface Peer extends Omit<Association.RequestOptions, "presentationContexts"> {
  /**
   * Which peer it is: those of one name share their limit, and, where titles, user identity and user information are the
   * same, their associations. Default: the called AE title, and associations are shared by those of one `transport`.
   */
  readonly name?: string
  /** Gives the transport of each new association: `TcpTransport.make({ host, port })`. */
  readonly transport: Effect.Effect<UpperLayer.Transport, AssociationError.TlsFailed>
  /** How many associations there may be with it at the same time, 1 or more. Default: the pool's. */
  readonly maximumAssociations?: number
}

/**
 * How many associations a pool has, and for how long.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  /** How many associations there may be in all, 1 or more. Default: 100. */
  readonly maximumAssociations?: number
  /** How many associations there may be with one peer, 1 or more. Default: 4. */
  readonly maximumAssociationsPerPeer?: number
  /**
   * How long an association is kept that nobody uses; then it is released. Default: 30 seconds, half of what
   * `UpperLayer.Settings` lets pass in silence.
   */
  readonly idle?: Duration.Input
  /**
   * How long an association may have been idle and is used again without a C-ECHO, where Verification was agreed on it.
   * Default: 10 seconds.
   */
  readonly trusted?: Duration.Input
  /** How long the answer to such a C-ECHO may take, before the association is aborted. Default: 5 seconds. */
  readonly echo?: Duration.Input
  /**
   * How long who asks for an association may wait for others to give theirs back, before that fails with `NoPlace`;
   * what it takes to establish one has deadlines of its own. Default: 5 minutes.
   */
  readonly acquire?: Duration.Input
}

/**
 * How many associations a pool has, and how many wait for one.
 *
 * @category models
 * @since 0.1.0
 */
export interface Stats {
  /** All, also those being established or closed. */
  readonly associations: number
  readonly idle: number
  readonly waiting: number
}

/**
 * Why a pool could not give an association.
 *
 * @category models
 * @since 0.1.0
 */
export type NotGiven = AssociationError.NotEstablished | Schema.SchemaError | AssociationError.NoPlace

/**
 * A pool of associations.
 *
 * @category models
 * @since 0.1.0
 */
export interface AssociationPool {
  /**
   * An association with a peer on which all of these contexts were proposed, for as long as the scope is open. One that is
   * left with success or a typed failure goes back to the pool; one that is left by interruption or a defect after
   * something was sent is closed by its policy, which is to abort unless the peer has another.
   *
   * **Details**
   *
   * Where the peer rejects one more association for the time being, and there are others with it, one of those is waited
   * for, and no more are asked for until they are gone.
   */
  readonly get: (
    peer: Peer,
    presentationContexts: Association.RequestOptions["presentationContexts"]
  ) => Effect.Effect<Association.Association, NotGiven, Scope.Scope>
  /** The same, for one effect. */
  readonly use: <A, E, R>(
    peer: Peer,
    presentationContexts: Association.RequestOptions["presentationContexts"],
    effect: (association: Association.Association) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | NotGiven, R>
  readonly stats: Effect.Effect<Stats>
}

type Contexts = Association.RequestOptions["presentationContexts"]

/**
 * A pool in a scope. Leaving the scope releases what is idle, all at the same time, and waits for what is in use; who still
 * waits for an association is interrupted.
 *
 * **Example** (Two C-ECHOs over one association)
 *
 * ```ts
 * import { AssociationPool } from "@effect-dicom/association"
 * import type { Association } from "@effect-dicom/association"
 * import { Effect } from "effect"
 *
 * const twice = (
 *   peer: AssociationPool.Peer,
 *   echo: (association: Association.Association) => Effect.Effect<void>
 * ) =>
 *   Effect.gen(function*() {
 *     const pool = yield* AssociationPool.make()
 *     const contexts = [{ abstractSyntax: "1.2.840.10008.1.1", transferSyntaxes: ["1.2.840.10008.1.2"] }]
 *     yield* pool.use(peer, contexts, echo)
 *     yield* pool.use(peer, contexts, echo)
 *   }).pipe(Effect.scoped)
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fn("AssociationPool.make")(function* (
  options: Options = {}
): Effect.fn.Return<AssociationPool, never, Scope.Scope> {
  const idleMillis = Duration.toMillis(Duration.fromInputUnsafe(options.idle ?? "30 seconds"))
  const trustedMillis = Duration.toMillis(Duration.fromInputUnsafe(options.trusted ?? "10 seconds"))
  const acquireMillis = Duration.toMillis(Duration.fromInputUnsafe(options.acquire ?? "5 minutes"))
  const clock = yield* Clock.Clock
  // In milliseconds, whatever becomes of the system's clock.
  const now = (): number => nowOf(clock)
  const places = new Places(options.maximumAssociations ?? 100, options.maximumAssociationsPerPeer ?? 4)

  // ---------------------------------------------------------------------------
  // giving back
  // ---------------------------------------------------------------------------

  /** Closes an association that is not idle any more; its place is free when it is closed. */
  const close = (entry: Entry, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> =>
    Effect.ensuring(
      Scope.close(entry.scope, exit),
      Effect.sync(() => places.vacate(entry.party))
    )

  // On its own, so that who used it does not wait for the peer; leaving the pool does.
  const closeSoon = (entry: Entry, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> =>
    Effect.asVoid(Effect.forkDetach(close(entry, exit), { startImmediately: true }))

  const giveBack = (entry: Entry, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> =>
    Effect.flatMap(entry.association.state, (state) => {
      // Who was interrupted before anything was sent has done nothing to it.
      const inStep =
        Exit.isSuccess(exit) ||
        exit.cause.reasons.every((reason) => reason._tag === "Fail") ||
        entry.association.traffic.pdusSent === entry.sent
      if (places.leaving || !inStep || state !== "Sta6") return closeSoon(entry, inStep ? Exit.void : exit)
      return Effect.sync(() => places.keep(entry, now()))
    })

  // ---------------------------------------------------------------------------
  // taking
  // ---------------------------------------------------------------------------

  /** Who asks, for what, and where it may be interrupted. */
  interface Wish {
    readonly peer: Peer
    readonly contexts: Contexts
    readonly restore: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  }

  /**
   * Waits for a place, at most so many milliseconds, and makes an association of it. All of it is run where it cannot be
   * interrupted but for what it restores, so that no place is lost on the way.
   */
  const take = (
    wish: Wish,
    left: number = acquireMillis,
    place: "first" | "last" = "last"
  ): Effect.Effect<Entry, NotGiven> =>
    Effect.suspend(() => {
      if (places.leaving) return Effect.interrupt
      const { contexts, peer, restore } = wish
      const one = places.ask(peer, keysOf(contexts), place)
      if (!places.isWaiting(one)) {
        return Effect.flatMap(Deferred.await(one.granted), (given) => redeem(given, wish, left))
      }
      const since = now()
      return restore(Effect.timeoutOption(Deferred.await(one.granted), left)).pipe(
        Effect.onInterrupt(() =>
          // What was given while the interruption came goes to the next.
          Effect.suspend(() =>
            places.withdraw(one) ? Effect.void : Effect.flatMap(Deferred.await(one.granted), forgo)
          )
        ),
        Effect.flatMap((given): Effect.Effect<Grant, AssociationError.NoPlace> => {
          if (Option.isSome(given)) return Effect.succeed(given.value)
          return places.withdraw(one)
            ? Effect.fail(new AssociationError.NoPlace({ peer: nameOf(peer), milliseconds: acquireMillis }))
            : // It was given while the time ran out.
              Deferred.await(one.granted)
        }),
        Effect.flatMap((given) => redeem(given, wish, Math.max(left - (now() - since), 0)))
      )
    })

  /** What was given is not wanted any more. */
  const forgo = (given: Grant): Effect.Effect<void> => {
    if (given._tag === "use") return giveBack(given.entry, Exit.void)
    places.vacate(given.party)
    return given.instead === undefined ? Effect.void : giveBack(given.instead, Exit.void)
  }

  /** Makes an association of what was given. */
  const redeem = (given: Grant, wish: Wish, left: number): Effect.Effect<Entry, NotGiven> => {
    const { restore } = wish
    if (given._tag === "use") {
      const { entry } = given
      return Effect.flatMap(
        Effect.onInterrupt(restore(isWell(entry)), () => giveBack(entry, Exit.interrupt())),
        (well) => {
          if (well) return Effect.succeed(entry)
          // In its place one is established, and none of the others that may be as it was is asked.
          places.occupy(entry.party)
          return Effect.andThen(closeSoon(entry, Exit.interrupt()), establish(entry.party, wish, left))
        }
      )
    }
    const { instead, party } = given
    if (instead === undefined) return establish(party, wish, left)
    return Effect.forkDetach(close(instead, Exit.void), { startImmediately: true }).pipe(
      Effect.flatMap((closing) => restore(Fiber.join(closing))),
      Effect.onInterrupt(() => Effect.sync(() => places.vacate(party))),
      Effect.andThen(establish(party, wish, left))
    )
  }

  /** Whether an idle association can be used: where nothing is known of it, the peer is asked. */
  const isWell = (entry: Entry): Effect.Effect<boolean> =>
    Effect.flatMap(entry.association.state, (state) => {
      if (state !== "Sta6") return Effect.succeed(false)
      const context = Association.context(entry.association, SopClass.Verification)
      if (Result.isFailure(context) || now() - entry.since <= trustedMillis) {
        return Effect.succeed(true)
      }
      const echo = entry.association.dimse.invoke(context.success.id, (messageId) => C_ECHO.request({ messageId }))
      return Effect.matchEffect(Effect.timeoutOption(echo, options.echo ?? "5 seconds"), {
        onFailure: () => Effect.succeed(false),
        onSuccess: (answer) => Effect.succeed(answer._tag === "Some")
      })
    })

  /** Requests an association; where the peer has no room for one more, one of those that it has is waited for. */
  const establish = (party: Party, wish: Wish, left: number): Effect.Effect<Entry, NotGiven> =>
    Effect.suspend(() => {
      const { contexts, peer, restore } = wish
      const scope = Scope.makeUnsafe()
      const { maximumAssociations: _, name: __, transport, ...request } = peer
      const requested = Effect.flatMap(transport, (transport) =>
        Effect.provideService(
          Association.request({ ...request, presentationContexts: contexts }),
          UpperLayer.Transport,
          transport
        )
      )
      return Effect.matchCauseEffect(restore(Scope.provide(requested, scope)), {
        onSuccess: (association) => {
          const proposed = new Set(keysOf(contexts))
          const sent = association.traffic.pdusSent
          const entry: Entry = { party, peer, association, proposed, scope, since: 0, sent }
          return Effect.as(Effect.forkDetach(Effect.andThen(association.ended, drop(entry))), entry)
        },
        onFailure: (cause) =>
          Effect.andThen(
            Scope.close(scope, Exit.failCause(cause)),
            Effect.suspend((): Effect.Effect<Entry, NotGiven> => {
              const [reason] = cause.reasons
              // The peer's limit is what there was beside this one, if anything was.
              const full =
                reason?._tag === "Fail" &&
                reason.error instanceof AssociationError.Rejected &&
                reason.error.result === "rejected-transient" &&
                party.count > 1 &&
                !places.leaving
              if (full) party.limit = Math.min(party.limit, party.count - 1)
              places.vacate(party)
              return full ? take(wish, left, "first") : Effect.failCause(cause)
            })
          )
      })
    })

  /** An idle association that has ended is dropped; one in use is when it is given back. */
  const drop = (entry: Entry): Effect.Effect<void> =>
    Effect.suspend(() => (places.takeIdle(entry) ? close(entry, Exit.void) : Effect.void))

  // ---------------------------------------------------------------------------
  // leaving
  // ---------------------------------------------------------------------------

  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => {
      const idle = places.leave()
      return Effect.andThen(
        Effect.forEach(idle, (entry) => close(entry, Exit.void), { concurrency: "unbounded", discard: true }),
        places.empty.await
      )
    })
  )

  // All are kept for the same time, so the first is the next whose time is over.
  yield* Effect.suspend((): Effect.Effect<unknown> => {
    const { oldest } = places
    if (oldest === undefined) return places.someIdle
    const left = oldest.since + idleMillis - now()
    if (left > 0) return Effect.sleep(Math.max(left, 1))
    places.takeIdle(oldest)
    return closeSoon(oldest, Exit.void)
  }).pipe(Effect.forever({ disableYield: true }), Effect.forkScoped)

  return {
    get: (peer, presentationContexts) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.map(
          Effect.tap(take({ peer, contexts: presentationContexts, restore }), (entry) =>
            Effect.addFinalizer((exit) => giveBack(entry, exit))
          ),
          (entry) => entry.association
        )
      ),
    use: (peer, presentationContexts, effect) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(take({ peer, contexts: presentationContexts, restore }), (entry) =>
          Effect.onExit(restore(effect(entry.association)), (exit) => giveBack(entry, exit))
        )
      ),
    stats: Effect.sync(() => places.stats)
  }
})
