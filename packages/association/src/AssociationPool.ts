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
import * as Latch from "effect/Latch"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Association from "./Association.ts"
import * as AssociationError from "./AssociationError.ts"
import { isSame, keysOf, nameOf } from "./internal/reuse.ts"
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

/** What the pool knows of one peer. */
interface Party {
  readonly name: string
  /** Associations that there are, are being established, or are being closed. */
  count: number
  /** How many the peer lets there be, as far as it has shown. */
  limit: number
}

interface Entry {
  readonly party: Party
  /** As whom it was requested. */
  readonly peer: Peer
  readonly association: Association.Association
  readonly proposed: ReadonlySet<string>
  readonly scope: Scope.Closeable
  /** When it was last used, in milliseconds of the monotonic clock. */
  since: number
  /** How many PDUs had been sent by then. */
  sent: number
}

/** A place that was given: an idle association, or the right to establish one, for which another may have to go. */
type Grant =
  | { readonly _tag: "use"; readonly entry: Entry }
  | { readonly _tag: "establish"; readonly party: Party; readonly instead: Entry | undefined }

interface Waiting {
  readonly peer: Peer
  readonly needed: ReadonlyArray<string>
  readonly granted: Deferred.Deferred<Grant>
}

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
  const maximum = options.maximumAssociations ?? 100
  const idleMillis = Duration.toMillis(Duration.fromInputUnsafe(options.idle ?? "30 seconds"))
  const trustedMillis = Duration.toMillis(Duration.fromInputUnsafe(options.trusted ?? "10 seconds"))
  const acquireMillis = Duration.toMillis(Duration.fromInputUnsafe(options.acquire ?? "5 minutes"))
  const clock = yield* Clock.Clock
  // In milliseconds, whatever becomes of the system's clock.
  const now = (): number => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
  const parties = new Map<string, Party>()
  /** The one that was used last comes last. */
  const idle: Array<Entry> = []
  const waiting: Array<Waiting> = []
  let total = 0
  let leaving = false
  const someIdle = Latch.makeUnsafe(false)
  const empty = Latch.makeUnsafe(true)

  // ---------------------------------------------------------------------------
  // places
  // ---------------------------------------------------------------------------

  const partyOf = (peer: Peer): Party => {
    const name = nameOf(peer)
    const known = parties.get(name)
    if (known !== undefined) return known
    const party = { name, count: 0, limit: peer.maximumAssociations ?? options.maximumAssociationsPerPeer ?? 4 }
    parties.set(name, party)
    return party
  }

  const takeIdle = (suits: (entry: Entry) => boolean, from: "first" | "last"): Entry | undefined => {
    const at = from === "last" ? idle.findLastIndex(suits) : idle.findIndex(suits)
    return at < 0 ? undefined : idle.splice(at, 1)[0]
  }

  const grant = ({ needed, peer }: Waiting): Grant | undefined => {
    const party = partyOf(peer)
    const entry = takeIdle(
      (entry) =>
        entry.party === party && isSame(entry.peer, peer) && needed.every((context) => entry.proposed.has(context)),
      "last"
    )
    if (entry !== undefined) return { _tag: "use", entry }
    let instead: Entry | undefined
    if (party.count >= party.limit) {
      instead = takeIdle((entry) => entry.party === party, "first")
      if (instead === undefined) return undefined
    } else if (total >= maximum) {
      instead = takeIdle(() => true, "first")
      if (instead === undefined) return undefined
    }
    party.count++
    total++
    empty.closeUnsafe()
    return { _tag: "establish", party, instead }
  }

  /** Gives those who wait what there is, in their order. Who waits for one peer does not hold up who waits for another. */
  const serve = (): void => {
    for (let i = 0; i < waiting.length;) {
      const one = waiting[i] as Waiting // i is within bounds
      const given = leaving ? undefined : grant(one)
      if (given === undefined) i++
      else {
        waiting.splice(i, 1)
        Deferred.doneUnsafe(one.granted, Effect.succeed(given))
      }
    }
  }

  const vacate = (party: Party): void => {
    total--
    party.count--
    if (party.count === 0) parties.delete(party.name)
    if (total === 0) empty.openUnsafe()
    serve()
  }

  /** Closes an association that is not idle any more; its place is free when it is closed. */
  const close = (entry: Entry, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> =>
    Effect.ensuring(
      Scope.close(entry.scope, exit),
      Effect.sync(() => vacate(entry.party))
    )

  // On its own, so that who used it does not wait for the peer; leaving the pool does.
  const closeSoon = (entry: Entry, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> =>
    Effect.asVoid(Effect.forkDetach(close(entry, exit), { startImmediately: true }))

  const keep = (entry: Entry): void => {
    entry.since = now()
    entry.sent = entry.association.traffic.pdusSent
    idle.push(entry)
    someIdle.openUnsafe()
    serve()
  }

  const giveBack = (entry: Entry, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> =>
    Effect.flatMap(entry.association.state, (state) => {
      // Who was interrupted before anything was sent has done nothing to it.
      const inStep =
        Exit.isSuccess(exit) ||
        exit.cause.reasons.every((reason) => reason._tag === "Fail") ||
        entry.association.traffic.pdusSent === entry.sent
      if (leaving || !inStep || state !== "Sta6") return closeSoon(entry, inStep ? Exit.void : exit)
      return Effect.sync(() => keep(entry))
    })

  // ---------------------------------------------------------------------------
  // taking
  // ---------------------------------------------------------------------------

  type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

  // All of it is run where it cannot be interrupted but for what it restores, so that no place is lost on the way.
  const take = (
    peer: Peer,
    contexts: Contexts,
    restore: Restore,
    left: number = acquireMillis,
    place: "first" | "last" = "last"
  ): Effect.Effect<Entry, NotGiven> =>
    Effect.suspend(() => {
      if (leaving) return Effect.interrupt
      const one: Waiting = { peer, needed: keysOf(contexts), granted: Deferred.makeUnsafe() }
      if (place === "last") waiting.push(one)
      else waiting.unshift(one)
      serve()
      if (!waiting.includes(one)) {
        return Effect.flatMap(Deferred.await(one.granted), (given) => redeem(given, peer, contexts, restore, left))
      }
      const withdraw = (): boolean => {
        const at = waiting.indexOf(one)
        if (at >= 0) waiting.splice(at, 1)
        return at >= 0
      }
      const since = now()
      return restore(Effect.timeoutOption(Deferred.await(one.granted), left)).pipe(
        Effect.onInterrupt(() =>
          // What was given while the interruption came goes to the next.
          Effect.suspend(() => (withdraw() ? Effect.void : Effect.flatMap(Deferred.await(one.granted), forgo)))
        ),
        Effect.flatMap((given): Effect.Effect<Grant, AssociationError.NoPlace> => {
          if (Option.isSome(given)) return Effect.succeed(given.value)
          return withdraw()
            ? Effect.fail(new AssociationError.NoPlace({ peer: nameOf(peer), milliseconds: acquireMillis }))
            : // It was given while the time ran out.
              Deferred.await(one.granted)
        }),
        Effect.flatMap((given) => redeem(given, peer, contexts, restore, Math.max(left - (now() - since), 0)))
      )
    })

  const forgo = (given: Grant): Effect.Effect<void> => {
    if (given._tag === "use") return giveBack(given.entry, Exit.void)
    vacate(given.party)
    return given.instead === undefined ? Effect.void : giveBack(given.instead, Exit.void)
  }

  const redeem = (
    given: Grant,
    peer: Peer,
    contexts: Contexts,
    restore: Restore,
    left: number
  ): Effect.Effect<Entry, NotGiven> => {
    if (given._tag === "use") {
      const { entry } = given
      return Effect.flatMap(
        Effect.onInterrupt(restore(isWell(entry)), () => giveBack(entry, Exit.interrupt())),
        (well) => {
          if (well) return Effect.succeed(entry)
          // In its place one is established, and none of the others that may be as it was is asked.
          entry.party.count++
          total++
          return Effect.andThen(
            closeSoon(entry, Exit.interrupt()),
            establish(entry.party, peer, contexts, restore, left)
          )
        }
      )
    }
    const { instead, party } = given
    if (instead === undefined) return establish(party, peer, contexts, restore, left)
    return Effect.forkDetach(close(instead, Exit.void), { startImmediately: true }).pipe(
      Effect.flatMap((closing) => restore(Fiber.join(closing))),
      Effect.onInterrupt(() => Effect.sync(() => vacate(party))),
      Effect.andThen(establish(party, peer, contexts, restore, left))
    )
  }

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

  const establish = (
    party: Party,
    peer: Peer,
    contexts: Contexts,
    restore: Restore,
    left: number
  ): Effect.Effect<Entry, NotGiven> =>
    Effect.suspend(() => {
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
                !leaving
              if (full) party.limit = Math.min(party.limit, party.count - 1)
              vacate(party)
              return full ? take(peer, contexts, restore, left, "first") : Effect.failCause(cause)
            })
          )
      })
    })

  /** An idle association that has ended is dropped; one in use is when it is given back. */
  const drop = (entry: Entry): Effect.Effect<void> =>
    Effect.suspend(() => {
      const at = idle.indexOf(entry)
      if (at < 0) return Effect.void
      idle.splice(at, 1)
      return close(entry, Exit.void)
    })

  // ---------------------------------------------------------------------------
  // leaving
  // ---------------------------------------------------------------------------

  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => {
      leaving = true
      for (const one of waiting.splice(0)) Deferred.doneUnsafe(one.granted, Effect.interrupt)
      return Effect.andThen(
        Effect.forEach(idle.splice(0), (entry) => close(entry, Exit.void), { concurrency: "unbounded", discard: true }),
        empty.await
      )
    })
  )

  // All are kept for the same time, so the first is the next whose time is over.
  yield* Effect.suspend((): Effect.Effect<unknown> => {
    const [oldest] = idle
    if (oldest === undefined) {
      someIdle.closeUnsafe()
      return someIdle.await
    }
    const left = oldest.since + idleMillis - now()
    if (left > 0) return Effect.sleep(Math.max(left, 1))
    idle.shift()
    return closeSoon(oldest, Exit.void)
  }).pipe(Effect.forever({ disableYield: true }), Effect.forkScoped)

  return {
    get: (peer, presentationContexts) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.map(
          Effect.tap(take(peer, presentationContexts, restore), (entry) =>
            Effect.addFinalizer((exit) => giveBack(entry, exit))
          ),
          (entry) => entry.association
        )
      ),
    use: (peer, presentationContexts, effect) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(take(peer, presentationContexts, restore), (entry) =>
          Effect.onExit(restore(effect(entry.association)), (exit) => giveBack(entry, exit))
        )
      ),
    stats: Effect.sync(() => ({ associations: total, idle: idle.length, waiting: waiting.length }))
  }
})
