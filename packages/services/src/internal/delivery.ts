/**
 * The delivery of events to application entities: side by side, each one's in order, each within its time. What one of them
 * does, or that it is not there, is nothing to the others.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { Report } from "../UnifiedProcedureStepEvent.ts"

export interface Options<R> {
  readonly deliver: (report: Report) => Effect.Effect<void, unknown, R>
  /** How many events may wait for each application entity before its oldest are dropped. */
  readonly capacity: number
  /** How long one event may take. */
  readonly within: Duration.Input
  /** How many application entities are told at the same time. */
  readonly concurrency: number
}

export interface Delivery {
  /** Has events delivered, and waits for none of them. */
  readonly tell: (reports: ReadonlyArray<Report>) => Effect.Effect<void>
  /** Drops those that wait for an application entity and that it does not want any more. */
  readonly retain: (receivingAE: string, isWanted: (report: Report) => boolean) => void
}

/** Delivers as long as the scope is open. */
export const make = Effect.fnUntraced(function* <R>({
  capacity,
  concurrency,
  deliver,
  within
}: Options<R>): Effect.fn.Return<Delivery, never, R | Scope.Scope> {
  const scope = yield* Effect.scope
  const context = yield* Effect.context<R>()
  const places = yield* Semaphore.make(concurrency)
  /** Those of each application entity that has a fiber, which ends when there are no more. */
  const waiting = new Map<string, Array<Report>>()
  const milliseconds = Duration.toMillis(Duration.fromInputUnsafe(within))

  const failed = (report: Report, error: string, cause?: unknown): Effect.Effect<void> =>
    Effect.logError(
      "An event of a Unified Procedure Step was not delivered",
      ...(cause === undefined ? [] : [cause])
    ).pipe(
      Effect.annotateLogs({
        receivingAE: report.receivingAE,
        event: report._tag,
        sopInstanceUid: report.sopInstanceUid,
        error
      })
    )

  const one = (report: Report): Effect.Effect<void, never, R> =>
    Effect.suspend(() => deliver(report)).pipe(
      Effect.timeoutOrElse({
        duration: milliseconds,
        orElse: () => failed(report, `Not delivered within ${milliseconds} ms`)
      }),
      Effect.catchCause((cause) => failed(report, "The delivery failed", cause))
    )

  const all = (receivingAE: string, reports: Array<Report>): Effect.Effect<void, never, R> => {
    // Taken when the place is there, since what waits may be dropped until then.
    const next = Effect.suspend(() => {
      const report = reports.shift()
      return report === undefined ? Effect.void : one(report)
    })
    return Effect.suspend(() => {
      if (reports.length > 0) return Effect.andThen(places.withPermit(next), all(receivingAE, reports))
      waiting.delete(receivingAE)
      return Effect.void
    })
  }

  return {
    tell: (reports) =>
      Effect.forEach(
        reports,
        (report) =>
          Effect.suspend(() => {
            const there = waiting.get(report.receivingAE)
            if (there !== undefined) {
              there.push(report)
              if (there.length > capacity) there.shift()
              return Effect.void
            }
            const its = [report]
            waiting.set(report.receivingAE, its)
            return Effect.forkIn(Effect.provideContext(all(report.receivingAE, its), context), scope)
          }),
        { discard: true }
      ),
    retain: (receivingAE, isWanted) => {
      const there = waiting.get(receivingAE)
      there?.splice(0, there.length, ...there.filter(isWanted))
    }
  }
})
