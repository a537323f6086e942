/**
 * The associations of a C-MOVE with its destination: what is proposed for the instances that come, and that each is
 * released when those it serves are stored.
 */
import { Association, UpperLayer } from "@effect-dicom/association"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import type { Uid } from "@effect-dicom/data/Uid"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { Move } from "../OperationHandler.ts"
import type { Instance, StoreOptions } from "../Storage.ts"
import { type Course, isNative, storeAll } from "./subOperations.ts"
import type { Upcoming } from "./upcoming.ts"

/** How many presentation contexts an association can have. */
const maximumContexts = 128

/** What any application entity takes that takes uncompressed data sets (PS3.5 section 10.1). */
const littleEndian: ReadonlyArray<Uid> = [
  TransferSyntax.ExplicitVRLittleEndian.uid,
  TransferSyntax.ImplicitVRLittleEndian.uid
]

type Kind = Pick<Instance, "sopClassUid" | "transferSyntaxUid">

const keyOf = ({ sopClassUid, transferSyntaxUid }: Kind): string => `${sopClassUid} ${transferSyntaxUid}`

/** What an association is requested for. */
export interface Proposal {
  readonly kinds: ReadonlyMap<string, Kind>
  readonly contexts: ReadonlyArray<{ readonly abstractSyntax: Uid; readonly transferSyntaxes: ReadonlyArray<Uid> }>
}

/** What is proposed for the instances at hand: as much as fits, and then what was proposed before, which may come again. */
export const propose = (atHand: ReadonlyArray<Kind>, before: Proposal | undefined): Proposal => {
  const kinds = new Map<string, Kind>()
  const contexts: Array<Proposal["contexts"][number]> = []
  for (const kind of [...atHand, ...(before?.kinds.values() ?? [])]) {
    const { sopClassUid, transferSyntaxUid } = kind
    if (kinds.has(keyOf(kind))) continue
    if (contexts.length > maximumContexts - 2) break
    kinds.set(keyOf(kind), { sopClassUid, transferSyntaxUid })
    contexts.push({ abstractSyntax: sopClassUid, transferSyntaxes: [transferSyntaxUid] })
    // A context of its own, so that the instance's own transfer syntax is used where it is accepted.
    if (isNative(TransferSyntax.fromUid(transferSyntaxUid))) {
      const others = littleEndian.filter((uid) => uid !== transferSyntaxUid)
      contexts.push({ abstractSyntax: sopClassUid, transferSyntaxes: others })
    }
  }
  return { kinds, contexts }
}

/** What hears of the sub-operations and of their association. */
export interface Moving extends Course {
  readonly stopped: boolean
  /** How many sub-operations have ended. */
  readonly over: number
  /** Whether those that have begun can be carried through. */
  storing: boolean
  /** There is something to tell. */
  readonly tell: () => void
}

/**
 * Stores the instances that come with the destination, by one association after another: the next is requested where an
 * instance comes that was not proposed for, or the one before has ended while it had nothing to do.
 */
export const moveAll = Effect.fnUntraced(function* (
  requesting: (contexts: Proposal["contexts"]) => Effect.Effect<Association.Association, unknown, Scope.Scope>,
  upcoming: Upcoming,
  options: StoreOptions,
  report: Moving
): Effect.fn.Return<void> {
  let proposal: Proposal | undefined
  while (!report.stopped && (yield* upcoming.next) !== undefined) {
    proposal = propose(upcoming.atHand, proposal)
    const { contexts, kinds } = proposal
    yield* moved(requesting(contexts), upcoming, (instance) => kinds.has(keyOf(instance)), options, report)
  }
})

/** How associations with the destination are requested, on behalf of the association of the user. */
export const requesting =
  (
    { calledAETitle }: Association.Association,
    destination: string,
    { options, transport }: Pick<Move<never>, "options" | "transport">,
    report: Moving
  ) =>
  (presentationContexts: Proposal["contexts"]): Effect.Effect<Association.Association, unknown, Scope.Scope> =>
    Effect.flatMap(Layer.build(transport), (services) =>
      Effect.provideService(
        Association.request({
          callingAETitle: calledAETitle,
          ...options,
          calledAETitle: destination,
          presentationContexts
        }),
        UpperLayer.Transport,
        announced(Context.get(services, UpperLayer.Transport), report)
      )
    )

/**
 * A transport to the move destination that is told of when it is connected. The user may be the destination itself: DCMTK's
 * movescu looks for the connection when it has a response, and otherwise once a second.
 */
const announced = (transport: UpperLayer.Transport, report: Moving): UpperLayer.Transport => ({
  ...transport,
  reader: Effect.tap(transport.reader, () => Effect.sync(() => report.tell()))
})

/** Stores instances on an association with the move destination, which is released then; without one they have failed. */
const moved = <E>(
  requested: Effect.Effect<Association.Association, E, Scope.Scope>,
  upcoming: Upcoming,
  serves: (instance: Instance<unknown>) => boolean,
  options: StoreOptions,
  report: Moving
): Effect.Effect<void> =>
  Effect.gen(function* () {
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        report.storing = false
      })
    )
    const opened = yield* Effect.result(requested)
    if (Result.isSuccess(opened)) {
      report.storing = true
      // One that has stored something and ends while the next instance is awaited, as idle ones do, leaves that for another.
      const before = upcoming.taken
      let idled = false
      yield* Effect.forkScoped(
        Effect.map(opened.success.ended, () => {
          idled = upcoming.taken > before && upcoming.taken === report.over
        }),
        { startImmediately: true }
      )
      const servesNow = (instance: Instance<unknown>): boolean => !idled && serves(instance)
      return yield* storeAll(opened.success, upcoming, servesNow, options, report)
    }
    yield* Effect.logInfo("No association with the move destination", opened.failure)
    while (!report.stopped) {
      const instance = yield* upcoming.next
      if (instance === undefined || !serves(instance)) return
      upcoming.take()
      report.ended(instance.sopInstanceUid, undefined)
    }
  }).pipe(Effect.scoped)
