/**
 * What was reported from the field and concerns associations, C-ECHO and C-STORE, as far as the tables of both sides and
 * of slow transport do not have it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Association, AssociationServer, UpperLayer } from "@effect-dicom/association"
import { InMemory, ReadyMade, ScriptedPeer } from "@effect-dicom/association/testing"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import * as C_STORE from "@effect-dicom/protocol/C_STORE"
import * as Command from "@effect-dicom/protocol/Command"
import * as CommandSet from "@effect-dicom/protocol/CommandSet"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import * as Pdu from "@effect-dicom/protocol/Pdu"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import {
  abortedByUs,
  acceptor,
  echoThenRelease,
  failure,
  pass,
  rejectBytes,
  requestor,
  responseIn,
  settle,
  storeRQ,
  success,
  supported
} from "./sides.ts"

const transportClosed = { _tag: "TransportClosed", message: "The transport connection was closed by the peer" }

const store = Command.encode(storeRQ())

const storedRSP = ReadyMade.command(3, C_STORE.response(storeRQ()))

const succeeded = { _tag: "Success", code: 0 } as const

/** A server in memory that performs C-ECHO and C-STORE, what it logs, and how many associations it has. */
const server = Effect.fnUntraced(function* (
  options: Partial<Omit<AssociationServer.Options<never>, "handler" | "supported">> = {}
) {
  const logged: Array<readonly [level: string, message: string]> = []
  const logger = Logger.make((entry) => {
    logged.push([entry.logLevel, String(Array.isArray(entry.message) ? entry.message.join(": ") : entry.message)])
  })
  const listener = yield* InMemory.server()
  const context = yield* Layer.build(
    AssociationServer.layer({
      ...options,
      supported,
      handler: (association) =>
        Association.serve(association, ({ command }) => Effect.succeed(Association.answer(command, succeeded)))
    }).pipe(
      Layer.provide(Layer.succeed(UpperLayer.Listener, listener)),
      Layer.provide(Logger.layer([logger])),
      Layer.provide(Layer.succeed(References.MinimumLogLevel, "All"))
    )
  )
  const { associations } = yield* Effect.provideContext(AssociationServer.AssociationServer, context)
  return { logged, associations, connect: Effect.flatMap(listener.connect, ScriptedPeer.over) }
})

describe("Reported from the field", () => {
  describe("Peer closes TCP without A-RELEASE", () => {
    it.effect("the outcome is TransportClosed, and nothing is left", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.echoes()
        yield* side.peer.close
        assert.deepStrictEqual(failure(yield* side.closes), transportClosed)
      })
    )

    it.effect("health checks that connect and go make no noise in the log of a server", () =>
      Effect.gen(function* () {
        const { associations, connect, logged } = yield* server()
        for (let i = 0; i < 10; i++) {
          const check = yield* connect
          yield* check.close
          yield* check.expectClosed()
        }
        const peer = yield* connect
        yield* peer.send(ReadyMade.associateRQ())
        yield* peer.expect("A-ASSOCIATE-AC")
        assert.strictEqual(yield* associations, 1)
        yield* peer.close
        yield* peer.expectClosed()
        yield* settle
        assert.strictEqual(yield* associations, 0)
        assert.deepStrictEqual(
          logged,
          Array.from({ length: 11 }, () => [
            "Debug",
            "An association ended early: The transport connection was closed by the peer"
          ])
        )
      })
    )
  })

  describe("TLS peer on plain port, port scanners, HTTP probes, huge lengths", () => {
    it.effect("a server says what it was that spoke to it", () =>
      Effect.gen(function* () {
        const { connect, logged } = yield* server()
        for (const bytes of [ReadyMade.tlsClientHello, ReadyMade.httpGet, ReadyMade.header(0x01, 0xffffffff)]) {
          const peer = yield* connect
          yield* peer.send(bytes)
          yield* peer.expect("A-ABORT", { source: "service-user" })
          yield* pass("1 second")
          yield* peer.expectClosed()
        }
        const told = "An association ended early: The association was aborted because of what the peer sent"
        assert.deepStrictEqual(logged, [
          [
            "Warn",
            `${told}: PDU type is 16H; permitted: 01H to 07H (not DICOM: looks like TLS on a plain port) (unrecognized-PDU)`
          ],
          ["Warn", `${told}: PDU type is 47H; permitted: 01H to 07H (not DICOM: looks like HTTP) (unrecognized-PDU)`],
          [
            "Warn",
            `${told}: PDU of type 01H has length 4294967295; permitted: at most 262144 (invalid-PDU-parameter-value)`
          ]
        ])
      })
    )
  })

  describe("Peer closes at once after RP or sends FIN with data still buffered", () => {
    it.effect("RP and FIN together are a release", () =>
      Effect.gen(function* () {
        const side = yield* requestor(echoThenRelease)
        yield* side.establish()
        yield* side.echoed
        yield* side.peer.expect("A-RELEASE-RQ")
        yield* side.peer.send(ReadyMade.releaseRP)
        yield* side.peer.close
        assert.deepStrictEqual(yield* side.closes, Exit.succeed({ status: 0, outcome: { _tag: "Released" } as const }))
      })
    )

    it.effect("what was sent before the FIN is read before the end is told", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.peer.send(ReadyMade.associateRQ(), ReadyMade.echoRQ())
        yield* side.peer.close
        assert.deepStrictEqual(yield* side.aborts(2, 2), abortedByUs("unexpected-PDU", "P-DATA-TF in Sta3"))
      })
    )

    it.effect("a data set that is whole before the FIN is whole for its handler", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(ReadyMade.command(3, storeRQ()), ReadyMade.data(3, new Uint8Array(10)))
        yield* side.peer.close
        yield* side.peer.expect("P-DATA-TF", storedRSP)
        assert.deepStrictEqual(failure(yield* side.closes), transportClosed)
        assert.deepStrictEqual([side.stored, side.broken], [[10], []])
      })
    )

    it.effect("what comes after our RP is dropped, and the release stays one", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(ReadyMade.releaseRQ)
        yield* side.peer.expect("A-RELEASE-RP")
        yield* side.peer.send(ReadyMade.echoRQ(1), ReadyMade.releaseRQ)
        yield* side.peer.close
        assert.deepStrictEqual(yield* side.closes, Exit.void)
      })
    )
  })

  describe("A-RELEASE-RQ while operations pending", () => {
    it.effect("they are finished, then RP is sent", () =>
      Effect.gen(function* () {
        const side = yield* acceptor({
          performer: ({ command }) => Effect.delay(Effect.succeed(Association.answer(command, succeeded)), "20 seconds")
        })
        yield* side.establish()
        yield* side.peer.send(ReadyMade.echoRQ(1), ReadyMade.echoRQ(2), ReadyMade.releaseRQ)
        yield* pass("20 seconds")
        yield* side.peer.expect("P-DATA-TF", ReadyMade.echoRSP(1))
        yield* pass("20 seconds")
        yield* side.peer.expect("P-DATA-TF", ReadyMade.echoRSP(2))
        yield* side.peer.expect("A-RELEASE-RP")
        yield* side.peer.close
        assert.deepStrictEqual(yield* side.closes, Exit.void)
      })
    )

    it.effect("where they never finish the association is aborted: never dead-locked", () =>
      Effect.gen(function* () {
        const side = yield* acceptor({ performer: () => Effect.never })
        yield* side.establish()
        yield* side.peer.send(ReadyMade.echoRQ(1), ReadyMade.releaseRQ)
        yield* pass("60 seconds")
        const told = yield* side.aborts(0, 0)
        assert.deepStrictEqual([told["_tag"], told["deadline"]], ["TimedOut", "release"])
      })
    )

    it.effect("a store of ours that is under way when the peer releases fails as released by it", () =>
      Effect.gen(function* () {
        const side = yield* requestor(
          (association) => association.dimse.invoke(3, storeRQ, [new Uint8Array(500_000)]),
          { capacity: 1000 }
        )
        yield* side.establish()
        yield* side.peer.expect("P-DATA-TF")
        yield* side.peer.send(ReadyMade.releaseRQ)
        const rest = yield* Effect.exit(side.peer.expectThat("RP or data", ({ _tag }) => _tag !== "A-ABORT"))
        assert.isTrue(Exit.isSuccess(rest))
        yield* side.peer.close
        assert.strictEqual(failure(yield* side.outcome)["_tag"], "AlreadyReleased")
      })
    )

    it.effect("between the PDVs of a command it aborts", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(
          ReadyMade.pData(ReadyMade.pdv(3, "command", store.subarray(0, 20), false)),
          ReadyMade.releaseRQ
        )
        assert.deepStrictEqual(
          yield* side.aborts(2, 2),
          abortedByUs("unexpected-PDU", "an A-RELEASE-RQ within a message")
        )
      })
    )
  })

  describe("A-ABORT during release, or after RP", () => {
    it.effect("while the operations before the release are finished: aborted by the peer (AA-3)", () =>
      Effect.gen(function* () {
        const side = yield* acceptor({ performer: () => Effect.never })
        yield* side.establish()
        yield* side.peer.send(ReadyMade.echoRQ(1), ReadyMade.releaseRQ)
        yield* settle
        yield* side.peer.send(ReadyMade.abort())
        assert.deepStrictEqual(failure(yield* side.closes), {
          _tag: "AbortedByPeer",
          message: "The peer's user aborted the association"
        })
      })
    )

    it.effect("after our RP: the association was released, and the transport is closed (AA-2)", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(ReadyMade.releaseRQ)
        yield* side.peer.expect("A-RELEASE-RP")
        yield* side.peer.send(ReadyMade.abort("service-provider", "unexpected-PDU"))
        assert.deepStrictEqual(yield* side.closes, Exit.void)
      })
    )
  })

  describe("C-CANCEL", () => {
    it.effect("right after the request, after the final response, and with unknown id: ignored", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        const cancel = (messageIdBeingRespondedTo: number) =>
          ReadyMade.command(1, { _tag: "C-CANCEL-RQ", messageIdBeingRespondedTo })
        yield* side.peer.send(ReadyMade.echoRQ(1), cancel(1))
        yield* side.peer.expect("P-DATA-TF", ReadyMade.echoRSP(1))
        yield* side.peer.send(cancel(1), cancel(9))
        yield* side.echoes(2)
        yield* side.released
      })
    )
  })

  describe("Response with an unexpected message id", () => {
    it.effect("it aborts, and the operation that waits fails", () =>
      Effect.gen(function* () {
        const side = yield* requestor(echoThenRelease)
        yield* side.establish()
        yield* side.peer.expect("P-DATA-TF")
        yield* side.peer.send(ReadyMade.echoRSP(2))
        assert.deepStrictEqual(
          yield* side.aborts(2, 5),
          abortedByUs("unexpected-PDU-parameter", "a C-ECHO-RSP for message 2, which awaits none")
        )
      })
    )

    it.effect("so does a response of another service", () =>
      Effect.gen(function* () {
        const side = yield* requestor(echoThenRelease)
        yield* side.establish()
        yield* side.peer.expect("P-DATA-TF")
        yield* side.peer.send(ReadyMade.command(1, C_STORE.response(storeRQ())))
        assert.deepStrictEqual(
          yield* side.aborts(2, 5),
          abortedByUs("unexpected-PDU-parameter", "a C-STORE-RSP for message 1, which awaits none")
        )
      })
    )

    it.effect("so does a second response to one request", () =>
      Effect.gen(function* () {
        const side = yield* requestor((association) =>
          Effect.andThen(
            association.dimse.invoke(1, (messageId) => C_ECHO.request({ messageId })),
            Effect.flatMap(association.ended, (end) => ("message" in end ? Effect.fail(end) : Effect.void))
          )
        )
        yield* side.establish()
        yield* side.peer.expect("P-DATA-TF")
        yield* side.peer.send(ReadyMade.echoRSP(1), ReadyMade.echoRSP(1))
        assert.deepStrictEqual(
          yield* side.aborts(2, 5),
          abortedByUs("unexpected-PDU-parameter", "a C-ECHO-RSP for message 1, which awaits none")
        )
      })
    )

    it.effect("a late response to an operation that was left early is dropped", () =>
      Effect.gen(function* () {
        const side = yield* requestor((association) =>
          Effect.andThen(
            Effect.timeoutOption(
              association.dimse.invoke(1, (messageId) => C_ECHO.request({ messageId })),
              "1 second"
            ),
            association.releaseWithin("5 seconds")
          )
        )
        yield* side.establish()
        yield* side.peer.expect("P-DATA-TF")
        yield* pass("1 second")
        yield* side.peer.expect("A-RELEASE-RQ")
        yield* side.peer.send(ReadyMade.echoRSP(1), ReadyMade.releaseRP)
        assert.deepStrictEqual(yield* side.closes, Exit.succeed({ _tag: "Released" as const }))
      })
    )
  })

  describe("Statuses", () => {
    const answeredWith = (code: number) =>
      Effect.gen(function* () {
        const side = yield* requestor((association) => association.dimse.invoke(3, storeRQ, [new Uint8Array(10)]))
        yield* side.establish()
        yield* side.peer.expect("P-DATA-TF")
        yield* side.peer.expect("P-DATA-TF")
        const elements = Command.toCommandSet(C_STORE.response(storeRQ())).map((element) =>
          element.tag === 0x00000900 ? { ...element, value: Uint8Array.of(code & 0xff, code >>> 8) } : element
        )
        yield* side.peer.send(ReadyMade.pData(ReadyMade.pdv(3, "command", CommandSet.encode(elements))))
        yield* side.peer.expect("A-RELEASE-RQ")
        yield* side.peer.send(ReadyMade.releaseRP)
        return success(yield* side.closes).command.status
      })

    it.effect("warnings are 0xB000-0xBFFF, 0x0001, 0x0107, 0x0116", () =>
      Effect.gen(function* () {
        for (const code of [0xb000, 0xbfff, 0x0001, 0x0107, 0x0116]) {
          assert.deepStrictEqual(yield* answeredWith(code), { _tag: "Warning", code })
        }
      })
    )
  })

  describe("Command Data Set Type says data but none follows (and opposite)", () => {
    it.effect("data that was not announced aborts", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(ReadyMade.echoRQ(1))
        yield* side.peer.expect("P-DATA-TF", ReadyMade.echoRSP(1))
        yield* side.peer.send(ReadyMade.data(1, new Uint8Array(10)))
        assert.deepStrictEqual(
          yield* side.aborts(2, 5),
          abortedByUs("unexpected-PDU-parameter", "a data fragment came where a command fragment begins a message")
        )
      })
    )

    it.effect("a command where the data was announced aborts, and nothing is stored", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(ReadyMade.command(3, storeRQ()), ReadyMade.command(3, storeRQ(2)))
        assert.deepStrictEqual(
          yield* side.aborts(2, 5),
          abortedByUs(
            "unexpected-PDU-parameter",
            "a command fragment of presentation context 3 came within a message of presentation context 3 " +
              "whose data is not complete"
          )
        )
        assert.deepStrictEqual(side.stored, [])
      })
    )
  })

  describe("Fragments", () => {
    it.effect("Two PDVs (command + data) in one PDU; several messages per PDU", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(
          ReadyMade.pData(
            ReadyMade.pdv(3, "command", store),
            ReadyMade.pdv(3, "data", new Uint8Array(10)),
            ReadyMade.pdv(1, "command", Command.encode(C_ECHO.request({ messageId: 2 }))),
            ReadyMade.pdv(3, "command", Command.encode(storeRQ(3))),
            ReadyMade.pdv(3, "data", new Uint8Array(20))
          )
        )
        yield* side.peer.expect("P-DATA-TF", storedRSP)
        yield* side.peer.expect("P-DATA-TF", ReadyMade.echoRSP(2))
        assert.deepStrictEqual(responseIn(yield* side.peer.expect("P-DATA-TF")), C_STORE.response(storeRQ(3)))
        assert.deepStrictEqual(side.stored, [10, 20])
        yield* side.released
      })
    )

    it.effect("Odd-length PDV fragments, zero-length PDV, empty last fragment", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(
          ReadyMade.command(3, storeRQ()),
          ReadyMade.data(3, new Uint8Array(7), false),
          ReadyMade.data(3, new Uint8Array(0), false),
          ReadyMade.data(3, new Uint8Array(3), false),
          ReadyMade.data(3, new Uint8Array(0))
        )
        yield* side.peer.expect("P-DATA-TF", storedRSP)
        assert.deepStrictEqual(side.stored, [10])
        yield* side.released
      })
    )
  })

  describe("Max PDU", () => {
    const sentTo = (maximumLength: number) =>
      Effect.gen(function* () {
        const side = yield* requestor((association) => association.dimse.invoke(3, storeRQ, [new Uint8Array(300_000)]))
        yield* side.establish(ReadyMade.associateAC({ maximumLength }))
        const lengths: Array<number> = []
        for (let stored = 0; stored < 300_000;) {
          const pdu = yield* side.peer.expect("P-DATA-TF")
          lengths.push(Pdu.encode(pdu).length - 6)
          for (const { fragment, type } of pdu.presentationDataValues) {
            if (type === "data") stored += fragment.reduce((sum, view) => sum + view.length, 0)
          }
        }
        return lengths
      })

    it.effect("what we send keeps to it without the header of six bytes", () =>
      Effect.gen(function* () {
        assert.strictEqual(Math.max(...(yield* sentTo(16_384))), 16_384)
        assert.strictEqual(Math.max(...(yield* sentTo(16_383))), 16_382)
      })
    )

    it.effect("Max PDU larger than memory: our own send cap holds", () =>
      Effect.gen(function* () {
        assert.strictEqual(Math.max(...(yield* sentTo(0xffffffff))), 131_072)
      })
    )

    it.effect("a peer that counts the header apart goes beyond ours: strictly aborted, leniently taken", () =>
      Effect.gen(function* () {
        // 131,072 bytes of fragment: the item's header of six bytes goes beyond.
        const beyond = ReadyMade.data(3, new Uint8Array(131_072))
        const strict = yield* acceptor()
        yield* strict.establish()
        yield* strict.peer.send(ReadyMade.command(3, storeRQ()), beyond)
        assert.strictEqual((yield* strict.aborts(2, 6))["reason"], "invalid-PDU-parameter-value")
        const side = yield* acceptor({
          settings: { leniency: { ...Leniency.strict, overlongPData: "accept and warn" } }
        })
        yield* side.establish()
        yield* side.peer.send(ReadyMade.command(3, storeRQ()), beyond)
        yield* side.peer.expect("P-DATA-TF", storedRSP)
        assert.deepStrictEqual((yield* side.association).tolerated, [
          { quirk: "overlongPData", detail: "PDU of type 04H has length 131078; permitted: at most 131072" }
        ])
        yield* side.released
      })
    )
  })

  describe("AC accepts a TS that was not proposed, or an unknown context id", () => {
    it.effect("the context is not used, and the oddity is told", () =>
      Effect.gen(function* () {
        const side = yield* requestor((association) =>
          Effect.fromResult(Association.context(association, SopClass.CTImageStorage))
        )
        yield* side.establish(
          ReadyMade.associateAC({
            presentationContexts: [
              { id: 1, result: "acceptance", transferSyntax: TransferSyntax.ImplicitVRLittleEndian.uid },
              { id: 3, result: "acceptance", transferSyntax: "1.2.840.10008.1.2.4.50" },
              { id: 5, result: "acceptance", transferSyntax: TransferSyntax.ImplicitVRLittleEndian.uid }
            ]
          })
        )
        yield* side.peer.expect("A-ABORT")
        yield* pass("1 second")
        assert.strictEqual(failure(yield* side.closes)["_tag"], "NoPresentationContext")
        const { contexts, oddities } = yield* side.association
        assert.deepStrictEqual([...contexts.keys()], [1])
        assert.deepStrictEqual(oddities, [
          { _tag: "Unknown id", id: 5 },
          { _tag: "Unproposed transfer syntax", id: 3, transferSyntax: "1.2.840.10008.1.2.4.50" }
        ])
      })
    )
  })

  describe("UIDs with trailing NUL, spaces, > 64 chars, leading zeros", () => {
    const proposing = (transferSyntax: string) =>
      ReadyMade.associateRQ({
        presentationContexts: [
          { ...ReadyMade.verificationContext, transferSyntaxes: [transferSyntax, "1.2.840.10008.1.2"] }
        ]
      })

    it.effect("trailing NUL and spaces are trimmed", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish(proposing("1.2.3 \0"))
        yield* side.echoes()
        yield* side.released
      })
    )

    it.effect("malformed ones are strictly an invalid PDU, leniently unknown ones", () =>
      Effect.gen(function* () {
        for (const malformed of [`1.${"2".repeat(70)}`, "1.02.3"]) {
          const strict = yield* acceptor()
          yield* strict.peer.send(proposing(malformed))
          assert.strictEqual((yield* strict.aborts(0, 0))["reason"], "invalid-PDU-parameter-value")
          const side = yield* acceptor({
            settings: { leniency: { ...Leniency.strict, malformedUid: "accept and warn" } }
          })
          yield* side.establish(proposing(malformed))
          assert.deepStrictEqual(
            (yield* side.association).tolerated.map(({ quirk }) => quirk),
            ["malformedUid"]
          )
          yield* side.echoes()
          yield* side.released
        }
      })
    )
  })

  describe("Implementation version name: empty, odd length, > 16, non-ASCII", () => {
    it.effect("all are taken as they are, the irregular ones with a warning", () =>
      Effect.gen(function* () {
        for (const [name, warned] of [
          ["", true],
          ["ODD", false],
          ["A".repeat(40), true],
          ["B\u00e9", true]
        ] as const) {
          const side = yield* acceptor()
          yield* side.establish(
            ReadyMade.associateRQ({
              subItems: [{ _tag: "Implementation Version Name Sub-Item", implementationVersionName: name }]
            })
          )
          const { peer, tolerated } = yield* side.association
          assert.strictEqual(peer.implementationVersionName, name)
          assert.deepStrictEqual(
            tolerated.map(({ quirk }) => quirk),
            warned ? ["irregularImplementationVersionName"] : []
          )
          yield* side.released
        }
      })
    )
  })

  describe("Some old SCPs reject or hang on unknown negotiation items", () => {
    const subItemsSent = (options: Partial<Association.RequestOptions>) =>
      Effect.gen(function* () {
        const side = yield* requestor(echoThenRelease, options)
        const rq = yield* side.peer.expect("A-ASSOCIATE-RQ")
        yield* side.peer.send(ReadyMade.associateRJ())
        yield* side.closes
        return rq.items.flatMap((item) =>
          item._tag === "User Information Item" ? item.subItems.map(({ _tag }) => _tag) : []
        )
      })

    it.effect("none is sent unless asked for: no operations window, no roles, no identity", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* subItemsSent({}), [
          "Maximum Length Sub-Item",
          "Implementation Class UID Sub-Item",
          "Implementation Version Name Sub-Item"
        ])
        assert.include(
          yield* subItemsSent({
            userInformation: { asynchronousOperationsWindow: { maximumInvoked: 4, maximumPerformed: 1 } }
          }),
          "Asynchronous Operations Window Sub-Item"
        )
      })
    )
  })

  describe("Async window", () => {
    const twoEchoes = (association: Association.Association) => {
      const echo = association.dimse.invoke(1, (messageId) => C_ECHO.request({ messageId }))
      return Effect.all([echo, echo, echo], { concurrency: 3 })
    }

    it.effect("not negotiated: one operation at a time, whatever the answer grants", () =>
      Effect.gen(function* () {
        const side = yield* requestor(twoEchoes)
        yield* side.establish(
          ReadyMade.associateAC({
            subItems: [{ _tag: "Asynchronous Operations Window Sub-Item", maximumInvoked: 0, maximumPerformed: 0 }]
          })
        )
        for (let i = 1; i <= 3; i++) {
          yield* side.peer.expect("P-DATA-TF", ReadyMade.echoRQ(i))
          yield* Effect.andThen(settle, side.peer.expectSilence(0))
          yield* side.peer.send(ReadyMade.echoRSP(i))
        }
        yield* side.peer.expect("A-RELEASE-RQ")
      })
    )

    it.effect("negotiated: as many as were granted, answered in any order", () =>
      Effect.gen(function* () {
        const side = yield* requestor(twoEchoes, {
          userInformation: { asynchronousOperationsWindow: { maximumInvoked: 0, maximumPerformed: 1 } }
        })
        yield* side.establish(
          ReadyMade.associateAC({
            subItems: [{ _tag: "Asynchronous Operations Window Sub-Item", maximumInvoked: 2, maximumPerformed: 1 }]
          })
        )
        yield* side.peer.expect("P-DATA-TF", ReadyMade.echoRQ(1))
        yield* side.peer.expect("P-DATA-TF", ReadyMade.echoRQ(2))
        yield* Effect.andThen(settle, side.peer.expectSilence(0))
        yield* side.peer.send(ReadyMade.echoRSP(2))
        yield* side.peer.expect("P-DATA-TF", ReadyMade.echoRQ(3))
        yield* side.peer.send(ReadyMade.echoRSP(3), ReadyMade.echoRSP(1))
        yield* side.peer.expect("A-RELEASE-RQ")
      })
    )
  })

  describe("> 128 contexts needed", () => {
    it.effect("a proposal of 129 is refused before a connection is opened", () =>
      Effect.gen(function* () {
        const [socket] = yield* InMemory.ends()
        const exit = yield* Effect.exit(
          Association.request({
            callingAETitle: "REQUESTOR",
            calledAETitle: "ACCEPTOR",
            presentationContexts: Array.from({ length: 129 }, () => ReadyMade.verificationContext)
          }).pipe(Effect.scoped, Effect.provideService(UpperLayer.Transport, socket))
        )
        const told = failure(exit)
        assert.strictEqual(told["_tag"], "SchemaError")
        assert.match(String(told["message"]), /128/)
      })
    )
  })

  describe("Role selection: absent in AC", () => {
    it.effect("the roles are the default ones", () =>
      Effect.gen(function* () {
        const side = yield* requestor(echoThenRelease, {
          userInformation: {
            roleSelections: [{ sopClassUid: SopClass.CTImageStorage, scuRole: false, scpRole: true }]
          }
        })
        yield* side.establish()
        const { contexts } = yield* side.association
        assert.deepStrictEqual(contexts.get(3)?.requestorRole, { scu: true, scp: false })
      })
    )
  })

  describe("Peer aborts with source 1 (reserved), or reason outside the table", () => {
    it.effect("both are kept in the outcome", () =>
      Effect.gen(function* () {
        for (const [source, reason, told, said] of [
          [1, 0, { reason: "reason-not-specified", source: "reserved" }, "reason-not-specified (source: reserved)"],
          [9, 77, { reason: "unknown (77)", source: "unknown (9)" }, "unknown (77) (source: unknown (9))"],
          [2, 77, { reason: "unknown (77)" }, "unknown (77)"]
        ] as const) {
          const side = yield* requestor(echoThenRelease)
          yield* side.establish()
          yield* side.peer.expect("P-DATA-TF")
          yield* side.peer.send(Uint8Array.of(7, 0, 0, 0, 0, 4, 0, 0, source, reason))
          assert.deepStrictEqual(failure(yield* side.closes), {
            _tag: "AbortedByProvider",
            provider: "peer",
            ...told,
            message: `The peer's provider aborted the association: ${said}`
          })
        }
      })
    )
  })

  describe("Transient network reset in mid transfer", () => {
    it.effect("the data set fails, nothing is stored, and the association is not used again", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(ReadyMade.command(3, storeRQ()), ReadyMade.data(3, new Uint8Array(10), false))
        yield* settle
        yield* side.peer.destroy
        assert.deepInclude(failure(yield* side.closes), {
          _tag: "TransportClosed",
          message: "The transport connection was lost: connection reset by peer"
        })
        assert.deepStrictEqual([side.stored, side.broken], [[], ["TransportClosed"]])
      })
    )
  })

  describe("Command set holds extra or private elements", () => {
    it.effect("they are ignored", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        const elements = [
          ...Command.toCommandSet(C_ECHO.request({ messageId: 1 })),
          { tag: 0x00005010, value: Uint8Array.of(65, 66) },
          { tag: 0x00091001, value: Uint8Array.of(1, 2, 3, 4) }
        ]
        yield* side.peer.send(ReadyMade.pData(ReadyMade.pdv(1, "command", CommandSet.encode(elements))))
        yield* side.peer.expect("P-DATA-TF", ReadyMade.echoRSP(1))
        yield* side.released
      })
    )

    it.effect("a command of a service that is not known is answered, and the association goes on", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        // A Command Field that PS3.7 Table E.1-1 does not have, and a data set.
        const elements = Command.toCommandSet(storeRQ(5)).map((element) =>
          element.tag === 0x00000100 ? { ...element, value: Uint8Array.of(0x50, 0) } : element
        )
        yield* side.peer.send(
          ReadyMade.pData(ReadyMade.pdv(3, "command", CommandSet.encode(elements))),
          ReadyMade.data(3, new Uint8Array(10))
        )
        yield* side.peer.expect("P-DATA-TF", ({ presentationDataValues: [value] }) => {
          const bytes = value?.fragment[0] ?? new Uint8Array(0)
          // Command Field 8050H and Status 0211H, unrecognized operation, among its elements.
          const text = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
          return text.includes("00000001020000005080") && text.includes("00000009020000001102")
        })
        yield* side.echoes(6)
        yield* side.released
      })
    )
  })

  describe("Local limit reached", () => {
    it.effect("RJ(2,3,2), transient", () =>
      Effect.gen(function* () {
        const { associations, connect } = yield* server({ maximumAssociations: 1 })
        const first = yield* connect
        yield* first.send(ReadyMade.associateRQ())
        yield* first.expect("A-ASSOCIATE-AC")
        const second = yield* connect
        yield* second.send(ReadyMade.associateRQ())
        const rj = yield* second.expect("A-ASSOCIATE-RJ")
        assert.strictEqual(
          Array.from(Pdu.encode(rj), (byte) => byte.toString(16).padStart(2, "0"))
            .join(" ")
            .toUpperCase(),
          rejectBytes(2, 3, 2)
        )
        yield* pass("1 second")
        yield* second.expectClosed()
        assert.strictEqual(yield* associations, 1)
        yield* first.close
        yield* first.expectClosed()
      })
    )
  })

  describe("Peer sends its own requests and waits (dead-lock of two SCUs)", () => {
    it.effect("a requestor that performs nothing refuses at once, while its own operation waits", () =>
      Effect.gen(function* () {
        const side = yield* requestor(echoThenRelease)
        yield* side.establish()
        yield* side.peer.expect("P-DATA-TF", ReadyMade.echoRQ(1))
        yield* side.peer.send(ReadyMade.echoRQ(1), ReadyMade.echoRQ(2))
        for (const messageId of [1, 2]) {
          assert.deepStrictEqual(
            responseIn(yield* side.peer.expect("P-DATA-TF")),
            C_ECHO.response(C_ECHO.request({ messageId }), { _tag: "Failure", code: 0x0122 })
          )
        }
        yield* side.peer.send(ReadyMade.echoRSP(1))
        yield* side.peer.expect("A-RELEASE-RQ")
        yield* side.peer.send(ReadyMade.releaseRP)
        assert.deepStrictEqual(yield* side.closes, Exit.succeed({ status: 0, outcome: { _tag: "Released" } as const }))
      })
    )

    it.effect("so it does where a data set comes with the request", () =>
      Effect.gen(function* () {
        const side = yield* requestor(echoThenRelease)
        yield* side.establish()
        yield* side.peer.expect("P-DATA-TF", ReadyMade.echoRQ(1))
        yield* side.peer.send(ReadyMade.command(3, storeRQ()), ReadyMade.data(3, new Uint8Array(10)))
        assert.deepStrictEqual(
          responseIn(yield* side.peer.expect("P-DATA-TF")),
          C_STORE.response(storeRQ(), { _tag: "Failure", code: 0x0122 })
        )
        yield* side.peer.send(ReadyMade.echoRSP(1))
        yield* side.peer.expect("A-RELEASE-RQ")
      })
    )
  })

  describe("Handler slower than peer's DIMSE timeout", () => {
    it.effect("the peer aborts, and the handler is interrupted", () =>
      Effect.gen(function* () {
        let interrupted = false
        const side = yield* acceptor({
          performer: () =>
            Effect.onInterrupt(Effect.never, () =>
              Effect.sync(() => {
                interrupted = true
              })
            )
        })
        yield* side.establish()
        yield* side.peer.send(ReadyMade.echoRQ(1))
        yield* pass("30 seconds")
        yield* side.peer.send(ReadyMade.abort())
        assert.deepStrictEqual(failure(yield* side.closes), {
          _tag: "AbortedByPeer",
          message: "The peer's user aborted the association"
        })
        assert.isTrue(interrupted)
      })
    )
  })
})
