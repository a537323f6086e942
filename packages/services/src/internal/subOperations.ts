/**
 * The C-STORE sub-operations of a C-GET or C-MOVE on one association: as many at once as its window has, and each instance
 * taken from its source, and read, while the one before it is on its way.
 */
import type { Association } from "@effect-dicom/association"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import type { Uid } from "@effect-dicom/data/Uid"
import type * as Status from "@effect-dicom/protocol/Status"
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Pull from "effect/Pull"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Instance, StoreOptions } from "../Storage.ts"
import { readDataSet } from "./content.ts"
import * as Deflated from "./deflated.ts"
import { storageContext, storing } from "./invoking.ts"
import type { Upcoming } from "./upcoming.ts"

/** What hears of the sub-operations, and says when no more of them are to begin. */
export interface Course {
  /** A sub-operation has ended; without a status it failed on this side. */
  readonly ended: (sopInstanceUid: Uid, status: Status.Status | undefined) => void
  /** Has something done when no more are to begin. */
  readonly onStop: (stop: () => void) => void
}

/** An instance whose first bytes are read. */
interface Ready {
  readonly instance: Instance<unknown>
  /** Opened when the last bytes have been taken: from then on the next instance may be read. */
  readonly taken: Latch.Latch
  /** What the data set is read in. */
  readonly scope: Scope.Closeable
}

/** Operations that are outstanding at once where the window has no limit: they share one connection. */
const maximumOutstanding = 16

/** Stores the instances that come, in their order, up to the first that is not served. */
export const storeAll = Effect.fnUntraced(function* (
  association: Association.Association,
  upcoming: Upcoming,
  serves: (instance: Instance<unknown>) => boolean,
  options: StoreOptions,
  course: Course
): Effect.fn.Return<void, never, Scope.Scope> {
  const ready = yield* Queue.bounded<Ready, Cause.Done>(1)
  let stopped = false
  course.onStop(() => {
    stopped = true
    Queue.endUnsafe(ready)
    Queue.shutdownUnsafe(ready)
  })
  const reader = yield* Effect.forkScoped(
    Effect.ensuring(reading(association, upcoming, serves, ready), Queue.end(ready))
  )
  const storing = Pull.catchDone(
    Effect.forever(
      Effect.flatMap(Queue.take(ready), (one) => store(association, one, options, course)),
      { disableYield: true }
    ),
    () => Effect.void
  )
  const { maximumInvoked } = association.window
  const outstanding = maximumInvoked === 0 ? maximumOutstanding : Math.min(maximumInvoked, maximumOutstanding)
  yield* Effect.all(
    Array.from({ length: outstanding }, () => storing),
    { concurrency: "unbounded", discard: true }
  )
  if (!stopped) yield* Fiber.join(reader)
})

const store = (
  association: Association.Association,
  { instance, scope, taken }: Ready,
  options: StoreOptions,
  course: Course
): Effect.Effect<void> => {
  const { dataSet, sopInstanceUid } = instance
  if (!Stream.isStream(dataSet)) taken.openUnsafe()
  return storing(association, instance, options).pipe(
    Effect.map(({ answer }) => answer.command.status),
    // The association with the user may be at its end too: what is sent next finds that out.
    Effect.catch((cause) => Effect.as(Effect.logInfo("A sub-operation failed", cause), undefined)),
    Effect.onInterrupt(() => Effect.sync(() => course.ended(sopInstanceUid, undefined))),
    Effect.onExit((exit) => {
      taken.openUnsafe()
      return Scope.close(scope, exit)
    }),
    Effect.map((status) => course.ended(sopInstanceUid, status))
  )
}

// -----------------------------------------------------------------------------
// reading ahead
// -----------------------------------------------------------------------------

/**
 * Makes instances ready, each when all of the one before it has been taken: a source may read several through the same
 * buffer.
 */
const reading = Effect.fnUntraced(function* (
  association: Association.Association,
  upcoming: Upcoming,
  serves: (instance: Instance<unknown>) => boolean,
  ready: Queue.Queue<Ready, Cause.Done>
): Effect.fn.Return<void, never, Scope.Scope> {
  const all = yield* Effect.scope
  for (;;) {
    const instance = yield* upcoming.next
    if (instance === undefined || !serves(instance)) return
    upcoming.take()
    const taken = Latch.makeUnsafe(false)
    const scope = yield* Scope.fork(all)
    const begun = yield* Scope.provide(begin(association, instance, taken), scope)
    yield* Queue.offer(ready, { instance: begun, scope, taken })
    yield* taken.await
  }
})

/** An instance as it is sent; one that cannot be has a data set that fails. */
const begin = (
  association: Association.Association,
  instance: Instance<unknown>,
  taken: Latch.Latch
): Effect.Effect<Instance<unknown>, never, Scope.Scope> =>
  Effect.flatMap(
    Effect.catch(inAcceptedSyntax(association, instance), (error) =>
      Effect.succeed({ ...instance, dataSet: Stream.fail(error) })
    ),
    (accepted) =>
      Stream.isStream(accepted.dataSet)
        ? Effect.map(readAhead(accepted.dataSet, taken), (dataSet) => ({ ...accepted, dataSet }))
        : Effect.succeed(accepted)
  )

/** A stream whose first bytes are read now. */
const readAhead = <E>(
  bytes: Stream.Stream<Uint8Array, E>,
  taken: Latch.Latch
): Effect.Effect<Stream.Stream<Uint8Array, E>, never, Scope.Scope> =>
  Effect.flatMap(Stream.toPull(bytes), (pull) =>
    Effect.map(Effect.exit(pull), (read) => {
      let first: Exit.Exit<readonly [Uint8Array, ...Array<Uint8Array>], E | Cause.Done> | undefined = read
      const next = Effect.suspend(() => {
        const now = first ?? pull
        first = undefined
        return Effect.onError(now, () => taken.open)
      })
      return Stream.fromPull(Effect.succeed(next))
    })
  )

/** Whether data sets can be put into it and out of it without a codec for their pixels. */
export const isNative = (syntax: TransferSyntax.TransferSyntax): boolean => !syntax.encapsulated

/**
 * The instance in a transfer syntax that was accepted for it: its own, or where the pixels are uncompressed in both another,
 * for which its data set is held whole.
 */
const inAcceptedSyntax = (
  association: Association.Association,
  instance: Instance<unknown>
): Effect.Effect<Instance<unknown>, unknown> => {
  const { sopClassUid, transferSyntaxUid } = instance
  const isOwnAccepted = Result.isSuccess(storageContext(association, sopClassUid, transferSyntaxUid))
  if (isOwnAccepted || !isNative(TransferSyntax.fromUid(transferSyntaxUid))) return Effect.succeed(instance)
  for (const { abstractSyntax, transferSyntax } of association.contexts.values()) {
    if (abstractSyntax !== sopClassUid || !isNative(TransferSyntax.fromUid(transferSyntax))) continue
    if (Result.isSuccess(storageContext(association, sopClassUid, transferSyntax))) {
      return transcoded(instance, transferSyntax)
    }
  }
  return Effect.succeed(instance)
}

const transcoded = Effect.fnUntraced(function* (
  instance: Instance<unknown>,
  transferSyntax: Uid
): Effect.fn.Return<Instance<unknown>, unknown> {
  const [from, to] = [TransferSyntax.fromUid(instance.transferSyntaxUid), TransferSyntax.fromUid(transferSyntax)]
  const held: ReadonlyArray<Uint8Array> = Stream.isStream(instance.dataSet)
    ? yield* Stream.runCollect(Stream.map(instance.dataSet, (view) => view.slice()))
    : instance.dataSet
  const views = from.deflated ? yield* Deflated.inflate(held) : held
  const dataSet = yield* Effect.fromResult(readDataSet(views, { transferSyntax: from.uid }))
  const written = DataSet.write(yield* Effect.fromResult(DataSet.transcode(dataSet, to)))
  return {
    ...instance,
    transferSyntaxUid: to.uid,
    dataSet: to.deflated ? yield* Deflated.deflate(written) : written
  }
})
