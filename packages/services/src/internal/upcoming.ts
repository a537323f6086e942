/**
 * The instances of a C-GET or C-MOVE as they come from their source: one is there at a time, and no more of them than its
 * chunks have.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Pull from "effect/Pull"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Instance } from "../Storage.ts"

/** What hears how many instances there are. */
export interface Census {
  /** So many more have come. */
  readonly come: (instances: number) => void
  /** There are no others. */
  readonly complete: () => void
}

export class Upcoming<E = unknown> {
  private readonly pull: Pull.Pull<ReadonlyArray<Instance<unknown>>, E>
  private readonly census: Census
  private chunk: ReadonlyArray<Instance<unknown>> = []
  private at = 0
  /** How many have been taken. */
  taken = 0
  private end: Exit.Exit<void, E> | undefined

  constructor(pull: Pull.Pull<ReadonlyArray<Instance<unknown>>, E>, census: Census) {
    this.pull = pull
    this.census = census
  }

  /** The instance that is the next one until it is taken; nothing where there are no more, or the source has failed. */
  readonly next: Effect.Effect<Instance<unknown> | undefined> = Effect.suspend(() => {
    const next = this.chunk[this.at]
    if (next !== undefined || this.end !== undefined) return Effect.succeed(next)
    return Pull.matchEffect(this.pull, {
      onSuccess: (chunk) => {
        this.chunk = chunk
        this.at = 0
        this.census.come(chunk.length)
        return this.next
      },
      onFailure: (cause) => this.ends(Exit.failCause(cause)),
      onDone: () => {
        this.census.complete()
        return this.ends(Exit.void)
      }
    })
  })

  private ends(exit: Exit.Exit<void, E>): Effect.Effect<undefined> {
    this.end = exit
    this.chunk = []
    return Effect.succeed(undefined)
  }

  take(): void {
    this.at++
    this.taken++
  }

  /** The next one, and those that came with it. */
  get atHand(): ReadonlyArray<Instance<unknown>> {
    return this.chunk.slice(this.at)
  }

  /** How the source has ended, where it has. */
  readonly ended: Effect.Effect<void, E> = Effect.suspend(() => this.end ?? Effect.void)
}

/** What a stream gives, as long as the scope is open. */
export const upcoming = <E, R>(
  instances: Stream.Stream<Instance<unknown>, E, R>,
  census: Census
): Effect.Effect<Upcoming<E>, never, R | Scope.Scope> =>
  Effect.flatMap(Effect.context<R>(), (context) =>
    Effect.map(Stream.toPull(Stream.provideContext(instances, context)), (pull) => new Upcoming(pull, census))
  )
