// Release an association before its scope ends, and say how that went: the outcome is a closed type.
//
//   node examples/release-by-hand.ts HOST PORT
import { Association } from "@effect-dicom/association"
import type { Release } from "@effect-dicom/association"
import { TcpTransport } from "@effect-dicom/association/node"
import { Verification } from "@effect-dicom/services"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Match } from "effect"

const describe = Match.type<Release.Outcome>().pipe(
  Match.tagsExhaustive({
    Released: () => "released",
    ReleasedAfterCollision: () => "released, and the peer had asked for it at the same moment",
    AbortedByPeer: () => "the peer's user aborted instead",
    AbortedByProvider: ({ provider, reason }) => `the ${provider} provider aborted instead: ${reason}`,
    AbortedLocally: () => "we aborted while we waited",
    TransportClosed: () => "the connection was lost",
    TimedOut: ({ milliseconds }) => `the peer did not answer within ${milliseconds} ms, so we aborted`
  })
)

export const program = Effect.gen(function* () {
  const association = yield* Association.request({
    callingAETitle: "EXAMPLE",
    calledAETitle: "ANY-SCP",
    presentationContexts: [Verification.presentationContext]
  })
  const outcome = yield* association.releaseWithin("5 seconds")
  yield* Console.log(describe(outcome))
  return outcome
}).pipe(Effect.scoped)

if (import.meta.main) {
  const [host = "127.0.0.1", port = "11112"] = process.argv.slice(2)
  NodeRuntime.runMain(Effect.provide(program, TcpTransport.layer({ host, port: Number(port) })))
}
