/**
 * Sends many instances to peers (C-STORE, PS3.4 Annex B) over pooled associations: contexts grouped, several associations
 * at once, what is transient tried again. Each instance ends as exactly one report. It is sent once, and again only where
 * its outcome was not known, which the report says: storing an instance twice is storing it once.
 *
 * What was sent in an earlier run is the business of `SendingJournal`.
 *
 * @since 0.1.0
 */
import { Association, AssociationError, Retry } from "@effect-dicom/association"
import type { AssociationPool, Dimse } from "@effect-dicom/association"
import * as Status from "@effect-dicom/protocol/Status"
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Order from "effect/Order"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type * as ServiceError from "./ServiceError.ts"
import * as SendingJournal from "./SendingJournal.ts"
import * as Storage from "./Storage.ts"
import * as Verification from "./Verification.ts"

/**
 * Why an instance was not stored, `E` being what its own source can fail with.
 *
 * @category models
 * @since 0.1.0
 */
export type FailureCause<E = never> =
  | AssociationPool.NotGiven
  | AssociationError.NoPresentationContext
  | Dimse.OperationError
  | Retry.OutcomeUnknown
  | E

/** The peer's answer; of the journal what is remembered of one. */
interface AnswerOf<S extends Status.Status> extends ServiceError.Answer {
  readonly status: S
}

/**
 * What became of an instance at a peer.
 *
 * @category models
 * @since 0.1.0
 */
export type Report<I, E = never> = {
  readonly instance: I
  /** The peer's name. */
  readonly peer: string
  /** How often it was tried. 0: the journal had it, the peer accepts no such instance, or could not be reached of late. */
  readonly attempts: number
  /** Whether it was sent again without knowing what had become of it before. */
  readonly repeated: boolean
} & (
  | ({ readonly _tag: "Stored" } & AnswerOf<Status.Success>)
  | ({ readonly _tag: "StoredWithWarning" } & AnswerOf<Status.Warning>)
  | ({ readonly _tag: "Refused" } & AnswerOf<Status.Status>)
  | {
      readonly _tag: "Failed"
      readonly cause: FailureCause<E>
      /** Whether it may have been stored all the same: the outcome of an attempt was not known. */
      readonly uncertain: boolean
    }
)

/**
 * How many instances are sent at once, what is tried again, and what is not sent twice.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options extends Storage.StoreOptions {
  /** When this is done no other instance is begun, and none is tried again; what is being sent is finished. Default: never. */
  readonly until?: Effect.Effect<unknown>
  /**
   * How many instances are on their way to a peer at the same time, each on an association of its own. Where the pool has
   * fewer, the others wait for a place as long as it lets them, and are tried again. Default: 1.
   */
  readonly concurrency?: number
  /**
   * How what is transient is tried again: `Retry.isTransientOrUnknown` and `Retry.isTransientStatus`. Default:
   * `Retry.schedule()`, five times.
   */
  readonly retry?: Schedule.Schedule<unknown>
  /**
   * How long a peer is left alone that could not be reached to the end of the schedule; what is to be sent meanwhile fails
   * with the same cause. Default: 30 seconds.
   */
  readonly rest?: Duration.Input
  /** Whether Verification is proposed too, so that the pool can ask associations that were idle. Default: true. */
  readonly verification?: boolean
}

/**
 * Instances to be sent: what is there, or what comes. A stream is run once for each peer.
 *
 * @category models
 * @since 0.1.0
 */
export type Source<I, E = never, R = never> = Iterable<I> | Stream.Stream<I, E, R>

/** Presentation contexts that one association can propose: ids 1, 3 ... 255 (PS3.8 section 9.3.2.2). */
const maximumContexts = 128

/**
 * Sends instances to a peer and reports on each, in the order in which they end. The pool's limit for the peer bounds the
 * associations too.
 *
 * **Details**
 *
 * The contexts of what is at hand are proposed together, for an iterable those of all of it. More than an association can
 * have are split over several, one after the other; what the peer has refused is not proposed again.
 *
 * **Example** (Send, and count what was stored)
 *
 * ```ts
 * import { AssociationPool } from "@effect-dicom/association"
 * import { Storage, StorageSending } from "@effect-dicom/services"
 * import { Effect } from "effect"
 *
 * const sent = (peer: AssociationPool.Peer, instances: ReadonlyArray<Storage.Instance>) =>
 *   Effect.gen(function*() {
 *     const pool = yield* AssociationPool.make()
 *     return yield* StorageSending.tally(StorageSending.send(pool, peer, instances, { concurrency: 4 }))
 *   }).pipe(Effect.scoped)
 * ```
 *
 * @category operations
 * @since 0.1.0
 */
export const send = <I, E = never, R = never, ES = never, RS = never>(
  pool: AssociationPool.AssociationPool,
  peer: AssociationPool.Peer,
  instances: Source<I & Storage.Instance<E, R>, ES, RS>,
  options: Options = {}
): Stream.Stream<Report<I, E>, ES | SendingJournal.JournalFailed, R | RS> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const journal = yield* SendingJournal.SendingJournal
      const clock = yield* Clock.Clock
      // In milliseconds, whatever becomes of the system's clock.
      const now = (): number => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
      const proposals = makeProposals(options.verification ?? true)
      const name = peer.name ?? peer.calledAETitle
      const schedule = options.retry ?? Schedule.upTo(Retry.schedule(), { times: 5 })
      const rest = Duration.toMillis(Duration.fromInputUnsafe(options.rest ?? "30 seconds"))
      // The last instance may be tried again when the source has none left: this goes on to the end of the stream.
      const halted = yield* Deferred.make<void>()
      if (options.until !== undefined) {
        yield* Effect.forkScoped(Effect.andThen(options.until, Deferred.succeed(halted, undefined)))
      }
      // How often the peer was reached, and that it could not be.
      let reached = 0
      let out: { readonly until: number; readonly cause: FailureCause<E> } | undefined

      const one = Effect.fnUntraced(function* (
        instance: I & Storage.Instance<E, R>
      ): Effect.fn.Return<Report<I, E>, SendingJournal.JournalFailed, R> {
        const uid = instance.sopInstanceUid
        const known = yield* journal.find(name, uid)
        if (Option.isSome(known) && known.value._tag === "Ended" && Status.isCompleted(known.value.status)) {
          return reportOf({ instance, peer: name, attempts: 0, repeated: false }, known.value)
        }
        // Before the first attempt of this run, an earlier one may have sent it.
        let unknown = Option.isSome(known) && known.value._tag === "Begun"
        let repeated = false
        let begun = false
        let attempts = 0
        const before = reached
        const failed = (cause: FailureCause<E>): Report<I, E> => ({
          _tag: "Failed",
          instance,
          peer: name,
          attempts,
          repeated,
          cause,
          uncertain: unknown
        })
        const proposal = proposals.of(instance)
        if (proposal === undefined) {
          const { sopClassUid, transferSyntaxUid } = instance
          return failed(
            new AssociationError.NoPresentationContext({
              abstractSyntax: sopClassUid,
              transferSyntax: transferSyntaxUid
            })
          )
        }
        if (out !== undefined && now() < out.until) return failed(out.cause)
        const store = (association: Association.Association) =>
          Effect.suspend(() => {
            reached++
            out = undefined
            proposals.learn(association, proposal)
            repeated ||= unknown
            begun = true
            return Effect.andThen(
              journal.record(name, uid, { _tag: "Begun" }),
              Retry.distinguish(association, Storage.storeWithDetails<E, R>(association, instance, options))
            )
          })
        const attempt = Effect.suspend(() => {
          attempts++
          waiting = undefined
          return pool.use(peer, proposal.contexts, store)
        }).pipe(
          Effect.flatMap((answer) =>
            Retry.isTransientStatus(answer.status) ? Effect.fail(new Short(answer)) : Effect.succeed(answer)
          ),
          Effect.tapError((error) =>
            Effect.sync(() => {
              if (error instanceof Retry.OutcomeUnknown) unknown = true
              waiting = Effect.fail(error)
            })
          )
        )
        // Between two attempts, what the one before failed with.
        let waiting: Effect.Effect<never, Effect.Error<typeof attempt>> | undefined
        const tried = Effect.retry(attempt, {
          while: (error) =>
            !Deferred.isDoneUnsafe(halted) && (error instanceof Short || Retry.isTransientOrUnknown(error)),
          schedule
        })
        const ended = yield* Effect.result(
          options.until === undefined
            ? tried
            : // What is being sent is finished, what waits to be tried again is not waited for.
              Effect.raceFirst(
                tried,
                Effect.andThen(
                  Deferred.await(halted),
                  Effect.suspend(() => waiting ?? Effect.never)
                )
              )
        )
        let answer: ServiceError.Answer
        if (Result.isSuccess(ended)) answer = ended.success
        else {
          const error = ended.failure
          if (error instanceof SendingJournal.JournalFailed) return yield* error
          if (!(error instanceof Short)) {
            // Who had no place in the pool knows nothing of the peer.
            if (reached === before && !(error instanceof AssociationError.NoPlace))
              out = { until: now() + rest, cause: error }
            if (begun && !unknown) yield* journal.record(name, uid, { _tag: "BrokenOff" })
            return failed(error)
          }
          answer = error.answer
        }
        // A refusal does not say that an earlier attempt was refused too.
        if (Status.isCompleted(answer.status) || !repeated) {
          yield* journal.record(name, uid, endedWith(answer))
        }
        return reportOf({ instance, peer: name, attempts, repeated }, answer)
      })

      const source = Stream.isStream(instances) ? instances : Stream.fromArray([...instances])
      return source.pipe(
        Stream.mapArray((chunk) => proposals.sorted(chunk)),
        // A chunk that was begun would be sent to its end.
        (sorted) =>
          options.until === undefined ? sorted : Stream.haltWhen(Stream.rechunk(sorted, 1), Deferred.await(halted)),
        Stream.mapEffect(one, { concurrency: options.concurrency ?? 1, unordered: true })
      )
    })
  )

/**
 * Sends instances to several peers at the same time, each for itself: one that is slow, or not there, holds up none of the
 * others.
 *
 * @category operations
 * @since 0.1.0
 */
export const fanOut = <I, E = never, R = never, ES = never, RS = never>(
  pool: AssociationPool.AssociationPool,
  peers: ReadonlyArray<AssociationPool.Peer>,
  instances: Source<I & Storage.Instance<E, R>, ES, RS>,
  options: Options = {}
): Stream.Stream<Report<I, E>, ES | SendingJournal.JournalFailed, R | RS> => {
  const source = Stream.isStream(instances) ? instances : [...instances]
  return Stream.mergeAll(
    peers.map((peer) => send<I, E, R, ES, RS>(pool, peer, source, options)),
    { concurrency: "unbounded" }
  )
}

// -----------------------------------------------------------------------------
// reports
// -----------------------------------------------------------------------------

/**
 * How many reports of each kind there were.
 *
 * @category models
 * @since 0.1.0
 */
export interface Tally {
  readonly stored: number
  readonly storedWithWarning: number
  readonly refused: number
  readonly failed: number
  /** Of all: sent again without knowing what had become of it before. */
  readonly repeated: number
}

/**
 * Counts reports by the peer's name.
 *
 * @category operations
 * @since 0.1.0
 */
export const tally = <I, C, E, R>(
  reports: Stream.Stream<Report<I, C>, E, R>
): Effect.Effect<ReadonlyMap<string, Tally>, E, R> =>
  Stream.runFold(
    reports,
    () => new Map<string, Tally>(),
    (tallies, report) => {
      const tally = tallies.get(report.peer) ?? none
      const kind = kinds[report._tag]
      return tallies.set(report.peer, {
        ...tally,
        [kind]: tally[kind] + 1,
        repeated: tally.repeated + (report.repeated ? 1 : 0)
      })
    }
  )

const endedWith = ({ details, status }: ServiceError.Answer): SendingJournal.Entry => ({
  _tag: "Ended",
  status,
  ...(Object.keys(details).length === 0 ? {} : { details })
})

const none: Tally = { stored: 0, storedWithWarning: 0, refused: 0, failed: 0, repeated: 0 }

const kinds = {
  Stored: "stored",
  StoredWithWarning: "storedWithWarning",
  Refused: "refused",
  Failed: "failed"
} as const

const reportOf = <I>(
  about: Pick<Report<I>, "instance" | "peer" | "attempts" | "repeated">,
  { details = {}, status }: Pick<ServiceError.Answer, "status"> & Partial<ServiceError.Answer>
): Report<I> => {
  switch (status._tag) {
    case "Success":
      return { _tag: "Stored", ...about, status, details }
    case "Warning":
      return { _tag: "StoredWithWarning", ...about, status, details }
    default:
      return { _tag: "Refused", ...about, status, details }
  }
}

/** An answer with a status that is transient, as what a schedule is asked about. */
class Short extends Error {
  readonly answer: ServiceError.Answer

  constructor(answer: ServiceError.Answer) {
    super()
    this.answer = answer
  }
}

// -----------------------------------------------------------------------------
// proposals
// -----------------------------------------------------------------------------

type Contexts = Association.RequestOptions["presentationContexts"]

type Kind = Pick<Storage.Instance, "sopClassUid" | "transferSyntaxUid">

const keyOf = (kind: Kind): string => `${kind.sopClassUid} ${kind.transferSyntaxUid}`

/** What is proposed together. */
interface Proposal {
  readonly index: number
  readonly kinds: ReadonlyArray<Kind>
  readonly contexts: Contexts
}

/** What is proposed for what: proposals that grow, each to what an association can have. */
const makeProposals = (verification: boolean) => {
  const always: Contexts = verification ? [Verification.presentationContext] : []
  const room = maximumContexts - always.length
  const refused = new Set<string>()
  const learned = new WeakSet<Proposal>()
  // By kind the first proposal that had it; an association with more contexts serves it too.
  let proposed = new Map<string, Proposal>()
  let proposals: Array<Proposal> = []
  let pruned = false

  const add = (kinds: Iterable<Kind>): void => {
    const fresh = new Map<string, Kind>()
    for (const kind of kinds) {
      const key = keyOf(kind)
      if (!proposed.has(key) && !refused.has(key)) fresh.set(key, kind)
    }
    const left = [...fresh.values()]
    while (left.length > 0) {
      const last = proposals.at(-1)
      const begun = last === undefined || last.kinds.length >= room ? [] : last.kinds
      const index = begun.length === 0 ? proposals.length : proposals.length - 1
      const taken = left.splice(0, room - begun.length)
      const all = [...begun, ...taken]
      const contexts = all.map(({ sopClassUid, transferSyntaxUid }) => ({
        abstractSyntax: sopClassUid,
        transferSyntaxes: [transferSyntaxUid]
      }))
      const proposal = { index, kinds: all, contexts: [...always, ...contexts] }
      proposals[index] = proposal
      for (const kind of taken) proposed.set(keyOf(kind), proposal)
    }
  }

  return {
    /** The same kinds together, so that an association serves all that it can. */
    sorted: <I extends Kind>(chunk: readonly [I, ...Array<I>]): readonly [I, ...Array<I>] => {
      if (pruned && proposals.length > 1) {
        const known = proposals.flatMap((proposal) => proposal.kinds)
        proposed = new Map()
        proposals = []
        add(known)
      }
      pruned = false
      add(chunk)
      return proposals.length < 2
        ? chunk
        : Arr.sort(
            chunk,
            Order.mapInput(Order.Number, (kind: I) => proposed.get(keyOf(kind))?.index ?? -1)
          )
    },
    /** What is to be proposed for a kind, unless the peer has refused it. */
    of: (kind: Kind): Proposal | undefined => proposed.get(keyOf(kind)),
    /** Takes note of what the peer has refused. */
    learn: (association: Association.Association, proposal: Proposal): void => {
      if (learned.has(proposal)) return
      learned.add(proposal)
      for (const kind of proposal.kinds) {
        if (Result.isSuccess(Association.context(association, kind.sopClassUid, kind.transferSyntaxUid))) continue
        refused.add(keyOf(kind))
        proposed.delete(keyOf(kind))
        pruned = true
      }
    }
  }
}
