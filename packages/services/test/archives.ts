/**
 * Archives in memory that can be sent to, that count what they are given, and what goes wrong with them.
 */
import { Association, AssociationServer, UpperLayer } from "@effect-dicom/association"
import type { AssociationPool } from "@effect-dicom/association"
import { Fault, InMemory } from "@effect-dicom/association/testing"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import * as Status from "@effect-dicom/protocol/Status"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { ServiceClassProvider, Storage, Verification } from "../src/index.ts"
import { pattern } from "./joined.ts"

/** What happens to a connection; the others are well. */
export type ConnectionFault =
  | { readonly _tag: "none" }
  | { readonly _tag: "refused" }
  | { readonly _tag: "rejected"; readonly result: "rejected-transient" | "rejected-permanent" }
  /** Ends after so many bytes of one direction. */
  | { readonly _tag: "cut"; readonly way: "out" | "in"; readonly bytes: number; readonly how: "FIN" | "reset" }
  /** Nothing is heard after so many bytes of one direction. */
  | { readonly _tag: "silent"; readonly way: "out" | "in"; readonly bytes: number }

/** What a request is answered with; the others with success. */
export type Answer = "success" | "warning" | "out of resources" | "cannot understand" | "abort" | "abort after"

export interface Archive {
  readonly peer: AssociationPool.Peer
  /** How often each instance came whole, and how often it was kept, answered or not. */
  readonly kept: ReadonlyMap<string, number>
  readonly connections: () => number
  /** The contexts of each association that was proposed. */
  readonly proposed: ReadonlyArray<ReadonlyArray<string>>
}

/** An archive with faults and answers that are used up one after another. */
export const archive = Effect.fnUntraced(function* (
  name: string,
  course: {
    readonly faults?: ReadonlyArray<ConnectionFault>
    readonly answers?: ReadonlyArray<Answer>
    /** What is said of each answer that is no success. */
    readonly errorComment?: string
    readonly maximumAssociations?: number
    readonly supported?: Storage.ProviderOptions
  } = {}
): Effect.fn.Return<Archive, never, Scope.Scope> {
  const faults = [...(course.faults ?? [])]
  const answers = [...(course.answers ?? [])]
  const decisions: Array<Association.Decision | undefined> = []
  const kept = new Map<string, number>()
  const proposed: Array<ReadonlyArray<string>> = []
  let connections = 0
  const listener = yield* InMemory.server({ lends: true })
  const closed = yield* nobody
  const storage = Storage.provider(
    Effect.fnUntraced(function* (received: Storage.Received) {
      const answer = answers.shift() ?? "success"
      if (answer === "abort") yield* Effect.ignore(received.association.abort)
      yield* Stream.runDrain(received.dataSet)
      const keep = () => kept.set(received.sopInstanceUid, (kept.get(received.sopInstanceUid) ?? 0) + 1)
      switch (answer) {
        case "out of resources":
          return Status.fromCode(0xa700)
        case "cannot understand":
          return Status.fromCode(0xc000)
        case "abort after":
          keep()
          yield* Effect.ignore(received.association.abort)
          return Status.success
        case "warning":
          keep()
          return Status.fromCode(0xb000)
        default:
          keep()
          return Status.success
      }
    }),
    course.supported
  )
  const commenting: typeof storage = {
    ...storage,
    perform: (incoming, association) => {
      const performed = storage.perform(incoming, association)
      const { errorComment } = course
      if (errorComment === undefined || !Effect.isEffect(performed)) return performed
      return Effect.map(performed, (reply) =>
        "command" in reply || reply.status._tag === "Success" ? reply : { ...reply, errorComment }
      )
    }
  }
  const provider = ServiceClassProvider.together([Verification.provider, commenting])
  yield* AssociationServer.make({
    supported: provider.supported,
    decide: ({ primitive }) => {
      proposed.push(primitive.presentationContexts.map((context) => context.abstractSyntax))
      return Effect.succeed(decisions.shift() ?? Association.accepting(provider.supported))
    },
    handler: (association) => ServiceClassProvider.serve(association, provider),
    ...(course.maximumAssociations === undefined ? {} : { maximumAssociations: course.maximumAssociations })
  }).pipe(Effect.provideService(UpperLayer.Listener, listener))
  return {
    kept,
    proposed,
    connections: () => connections,
    peer: {
      callingAETitle: "SENDER",
      calledAETitle: name,
      transport: Effect.suspend(() => {
        connections++
        const fault = faults.shift() ?? { _tag: "none" }
        if (fault._tag === "refused") return closed.connect
        if (fault._tag === "rejected") {
          decisions.push(
            Association.rejecting({
              result: fault.result,
              source: "DICOM UL service-user",
              diagnostic: "no-reason-given"
            })
          )
        }
        return Effect.map(listener.connect, (socket) => {
          if (fault._tag !== "cut" && fault._tag !== "silent") return socket
          const course = fault._tag === "cut" ? Fault.cut(fault.bytes, fault.how) : Fault.swallow(fault.bytes)
          return fault.way === "out" ? Fault.outgoing(socket, course) : Fault.incoming(socket, course)
        })
      })
    }
  }
})

/** A server that was closed. */
const nobody = Effect.gen(function* () {
  const scope = yield* Scope.make()
  const server = yield* Scope.provide(InMemory.server({ lends: true }), scope)
  yield* Scope.close(scope, yield* Effect.exit(Effect.void))
  return server
})

/** An instance of so many bytes. */
export const instance = (number: number, length = 2000, sopClassUid: Uid.Uid = SopClass.CTImageStorage) => ({
  sopClassUid,
  sopInstanceUid: Uid.makeUnsafe(`1.2.3.${number}`),
  transferSyntaxUid: TransferSyntax.ExplicitVRLittleEndian.uid,
  dataSet: [pattern(length)],
  number
})

/** Lets all fibers go as far as they get without the clock. */
export const settled = Effect.forEach(Array.from({ length: 60 }), () => Effect.yieldNow, { discard: true })

/** Runs an effect while time passes for it, in steps of seconds; it is to end within an hour. */
export const inTime = <A, E, R>(effect: Effect.Effect<A, E, R>, seconds = 5): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
    for (let passed = 0; fiber.pollUnsafe() === undefined; passed += seconds) {
      if (passed > 3600) return yield* Effect.die(new Error("an hour has passed"))
      yield* settled
      if (fiber.pollUnsafe() === undefined) yield* TestClock.adjust(`${seconds} seconds`)
    }
    return yield* Fiber.join(fiber)
  })
