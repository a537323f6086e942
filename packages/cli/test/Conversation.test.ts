import { Association, UpperLayer } from "@effect-dicom/association"
import { InMemory } from "@effect-dicom/association/testing"
import * as A_ASSOCIATE from "@effect-dicom/protocol/A_ASSOCIATE"
import { ServiceClassProvider, Verification } from "@effect-dicom/services"
import { assert, describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Conversation from "../src/Conversation.ts"

/** What two ends in memory do, drawn. */
const drawn = Effect.fnUntraced(function* <E>(
  decision: Association.Decision,
  work: (
    requestor: Association.Association,
    acceptor: Association.Association
  ) => Effect.Effect<unknown, E, Scope.Scope>
) {
  const recorder = Conversation.recorder()
  yield* Effect.scoped(
    Effect.gen(function* () {
      const [left, right] = yield* InMemory.ends()
      const [acceptor, requestor] = yield* Effect.all(
        [
          Effect.provideService(
            Association.accept({ decide: () => Effect.succeed(decision) }),
            UpperLayer.Transport,
            right
          ),
          Effect.provideService(
            Association.request({
              callingAETitle: "REQUESTOR",
              calledAETitle: "ACCEPTOR",
              presentationContexts: [Verification.presentationContext]
            }),
            UpperLayer.Transport,
            left
          )
        ],
        { concurrency: 2 }
      )
      yield* Effect.forkScoped(Effect.ignore(ServiceClassProvider.serve(acceptor, Verification.provider)))
      yield* work(requestor, acceptor)
    })
  ).pipe(Effect.ignore, Effect.provideService(UpperLayer.Observer, recorder.observe))
  return { recorder, drawing: Conversation.draw(recorder.entries()).join("\n") }
})

const accepting = Association.accepting([Verification.presentationContext])

describe("Conversation", () => {
  it.live("an association with an echo and a release, as it is drawn", () =>
    Effect.gen(function* () {
      const { drawing, recorder } = yield* drawn(accepting, (requestor) =>
        Effect.andThen(Effect.replicateEffect(Verification.echo(requestor), 3), requestor.release)
      )
      expect(drawing).toMatchInlineSnapshot(`
        "                           requestor                                  acceptor
                                            |                                | Sta2  <- (connected)
               A-ASSOCIATE request -> Sta4  |                                |
                       (connected) -> Sta5  |------- A-ASSOCIATE-RQ -------->| Sta3  -> A-ASSOCIATE indication
          A-ASSOCIATE confirmation <- Sta6  |<------- A-ASSOCIATE-AC --------| Sta6  <- A-ASSOCIATE response
                P-DATA request x 3 ->       |-- P-DATA-TF x 3, 204 bytes --->|       -> P-DATA indication x 3
             P-DATA indication x 3 <-       |<-- P-DATA-TF x 3, 234 bytes ---|       <- P-DATA request x 3
                 A-RELEASE request -> Sta7  |-------- A-RELEASE-RQ --------->| Sta8  -> A-RELEASE indication
            A-RELEASE confirmation <- Sta1  |<-------- A-RELEASE-RP ---------| Sta13 <- A-RELEASE response
                                            |                                | Sta1  <- (connection closed)"
      `)
      assert.deepStrictEqual(recorder.states(), { "association-requestor": "Sta1", "association-acceptor": "Sta1" })
      assert.strictEqual(recorder.count("association-requestor", "A-RELEASE-RQ"), 1)
      assert.strictEqual(recorder.count("association-acceptor", "A-RELEASE-RQ"), 0)
    })
  )

  it.live("an abort, as it is drawn", () =>
    Effect.gen(function* () {
      const { drawing } = yield* drawn(accepting, (requestor, acceptor) =>
        Effect.andThen(acceptor.abort, requestor.ended)
      )
      expect(drawing).toMatchInlineSnapshot(`
        "                           requestor                                  acceptor
                                            |                                | Sta2  <- (connected)
               A-ASSOCIATE request -> Sta4  |                                |
                       (connected) -> Sta5  |------- A-ASSOCIATE-RQ -------->| Sta3  -> A-ASSOCIATE indication
          A-ASSOCIATE confirmation <- Sta6  |<------- A-ASSOCIATE-AC --------| Sta6  <- A-ASSOCIATE response
                A-ABORT indication <- Sta1  |<----------- A-ABORT -----------| Sta13 <- A-ABORT request
                                            |                                | Sta1  <- (connection closed)"
      `)
    })
  )

  it("PDUs that cross are drawn where they leave and where they arrive", () => {
    const turn = (
      entry: Partial<Conversation.Turn> & Pick<Conversation.Turn, "role" | "event">
    ): Conversation.Turn => ({
      _tag: "Turn",
      state: undefined,
      sent: [],
      issued: [],
      ...entry
    })
    const [requestor, acceptor] = ["association-requestor", "association-acceptor"] as const
    expect(
      Conversation.draw([
        turn({ role: requestor, event: "A-RELEASE request", state: "Sta7", sent: ["A-RELEASE-RQ"] }),
        turn({ role: acceptor, event: "A-RELEASE request", state: "Sta7", sent: ["A-RELEASE-RQ"] }),
        turn({ role: acceptor, event: "A-RELEASE-RQ", state: "Sta10", issued: ["A-RELEASE indication"] }),
        turn({ role: requestor, event: "A-RELEASE-RQ", state: "Sta9", issued: ["A-RELEASE indication"] })
      ]).join("\n")
    ).toMatchInlineSnapshot(`
      "                           requestor                                  acceptor
               A-RELEASE request -> Sta7  |---- A-RELEASE-RQ - -           |
                                          |           - - A-RELEASE-RQ ----| Sta7  <- A-RELEASE request
                                          |          - - A-RELEASE-RQ ---->| Sta10 -> A-RELEASE indication
            A-RELEASE indication <- Sta9  |<---- A-RELEASE-RQ - -          |"
    `)
  })

  it("colour is there only when it is asked for, and changes nothing else", () => {
    const entries: ReadonlyArray<Conversation.Entry> = [
      {
        _tag: "Turn",
        role: "association-requestor",
        event: "A-ABORT request",
        state: "Sta13",
        sent: ["A-ABORT"],
        issued: []
      }
    ]
    const coloured = Conversation.draw(entries, { colour: true }).join("\n")
    assert.isTrue(coloured.includes("\u001b[33m"))
    assert.strictEqual(coloured.replaceAll(/\u001b\[[0-9]+m/g, ""), Conversation.draw(entries).join("\n"))
  })

  it("the tag of a rejection is told from that of an acceptance", () => {
    const reject = Result.getOrThrow(
      A_ASSOCIATE.reject({
        result: "rejected-permanent",
        source: "DICOM UL service-user",
        diagnostic: "no-reason-given"
      })
    )
    const drawing = Conversation.draw([
      {
        _tag: "Turn",
        role: "association-acceptor",
        event: reject._tag,
        state: "Sta13",
        sent: ["A-ASSOCIATE-RJ"],
        issued: []
      }
    ])
    assert.strictEqual(drawing[1]?.trimEnd().endsWith("<- A-ASSOCIATE response (reject)"), true)
  })
})
