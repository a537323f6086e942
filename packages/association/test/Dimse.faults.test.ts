/**
 * What a peer may not do in an exchange of messages, by a scripted one: each ends the association with a typed error that
 * says what it was; and what it may do, however odd.
 */
import { assert, describe, it } from "@effect/vitest"
import { ReadyMade, type ScriptedPeer } from "@effect-dicom/association/testing"
import * as C_CANCEL from "@effect-dicom/protocol/C_CANCEL"
import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import * as C_FIND from "@effect-dicom/protocol/C_FIND"
import * as Command from "@effect-dicom/protocol/Command"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import type * as Pdu from "@effect-dicom/protocol/Pdu"
import * as Status from "@effect-dicom/protocol/Status"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as AssociationError from "@effect-dicom/association/AssociationError"
import type * as Dimse from "@effect-dicom/association/Dimse"
import * as UpperLayer from "@effect-dicom/association/UpperLayer"
import { acceptor, memory, requestor } from "./ends.ts"
import { contextId, find, many, pending, performing, single } from "./exchange.ts"
import { established } from "./held.ts"
import { settle } from "./interop/sides.ts"

const identifier = new Uint8Array(2)

const respond = (request: Command.Request, status: Status.Status, context = contextId) =>
  ReadyMade.command(context, Command.respond(request, status))

const findRQ = (): C_FIND.RQ => find(1) as C_FIND.RQ // it makes no other

const aMatch = [respond(find(1), Status.pending), ReadyMade.data(contextId, identifier)] as const

/** The request of each kind that a response can be odd to, and how it is asked. */
const asking = {
  one: (dimse: Dimse.Dimse) => dimse.invoke(contextId, single["N-DELETE-RQ"]),
  many: (dimse: Dimse.Dimse) => Stream.runDrain(dimse.responses(contextId, find, [identifier]))
}

const remove = single["N-DELETE-RQ"](1)

const wrong: ReadonlyArray<
  readonly [
    what: string,
    asked: keyof typeof asking,
    sent: readonly [Pdu.Pdu, ...Array<Pdu.Pdu>],
    detail: string,
    reason?: AssociationError.AbortedByProvider["reason"]
  ]
> = [
  [
    "in another presentation context than the request",
    "one",
    [respond(remove, Status.success, 1)],
    "a N-DELETE-RSP for message 1 in presentation context 1, where the request was in 3"
  ],
  [
    "in another presentation context, of many",
    "many",
    [respond(find(1), Status.success, 1)],
    "a C-FIND-RSP for message 1 in presentation context 1, where the request was in 3"
  ],
  [
    "that is pending, of a service that has one response",
    "one",
    [respond(remove, Status.pending)],
    "a N-DELETE-RSP for message 1 with status Pending FF00H, which its service has not"
  ],
  [
    "to a message that was not sent",
    "one",
    [respond(single["N-DELETE-RQ"](2), Status.success)],
    "a N-DELETE-RSP for message 2, which awaits none"
  ],
  [
    "that is pending and has no identifier",
    "many",
    [
      ReadyMade.pData(
        ReadyMade.pdv(contextId, "command", Command.encode(C_FIND.response(findRQ(), Status.pending), false))
      )
    ],
    "CommandDataSetType (0000,0800) says that no data set follows; C-FIND-RSP with status Pending FF00H must have one",
    "invalid-PDU-parameter-value"
  ],
  [
    "whose data set is of another context than its command",
    "many",
    [respond(find(1), Status.pending), ReadyMade.data(1, identifier)],
    "a data fragment of presentation context 1 came within a message of presentation context 3 whose data is not complete"
  ],
  [
    "within another",
    "many",
    [respond(find(1), Status.pending), respond(find(1), Status.success)],
    "a command fragment of presentation context 3 came within a message of presentation context 3 whose data is not " +
      "complete"
  ]
]

/** Waits for what is asked with a data set or without. */
const asked = (peer: ScriptedPeer.ScriptedPeer, kind: keyof typeof asking) =>
  kind === "one" ? peer.expect("P-DATA-TF") : Effect.andThen(peer.expect("P-DATA-TF"), peer.expect("P-DATA-TF"))

describe("a response", () => {
  for (const [what, kind, sent, detail, reason = "unexpected-PDU-parameter"] of wrong) {
    it.effect(`${what} ends the association`, () =>
      Effect.gen(function* () {
        const { association, peer } = yield* established(memory, requestor)
        const operation = yield* Effect.forkChild(Effect.flip(asking[kind](association.dimse)), {
          startImmediately: true
        })
        yield* asked(peer, kind)
        yield* peer.send(...sent)
        assert.deepStrictEqual(
          yield* Fiber.join(operation),
          new AssociationError.AbortedByProvider({ provider: "local", reason, detail })
        )
        yield* peer.expect("A-ABORT")
        yield* peer.close
      })
    )
  }

  for (const kind of ["one", "many"] as const) {
    it.effect(`that comes again after the last of ${kind} ends the association`, () =>
      Effect.gen(function* () {
        const { association, peer } = yield* established(memory, requestor)
        const operation = yield* Effect.forkChild(asking[kind](association.dimse), { startImmediately: true })
        yield* asked(peer, kind)
        const last = respond(kind === "one" ? remove : find(1), Status.success)
        yield* peer.send(last, last)
        // The first one is heard all the same.
        yield* Fiber.join(operation)
        const end = yield* association.ended
        assert.strictEqual(
          "message" in end ? end.message : end._tag,
          "The association was aborted because of what the peer sent: a " +
            `${kind === "one" ? "N-DELETE" : "C-FIND"}-RSP for message 1, which awaits none (unexpected-PDU-parameter)`
        )
        yield* peer.expect("A-ABORT")
        yield* peer.close
      })
    )
  }

  it.effect("to a request of which nothing is sent yet ends the association", () =>
    Effect.gen(function* () {
      const { association, peer } = yield* established(memory, requestor)
      const storing = yield* Effect.forkChild(
        Effect.flip(association.dimse.invoke(contextId, single["C-STORE-RQ"], Stream.fromEffect(Effect.never))),
        { startImmediately: true }
      )
      yield* peer.send(respond(single["C-STORE-RQ"](1), Status.success))
      assert.strictEqual(
        (yield* Fiber.join(storing)).message,
        "The association was aborted because of what the peer sent: a C-STORE-RSP for message 1, which awaits none " +
          "(unexpected-PDU-parameter)"
      )
      yield* peer.expect("A-ABORT")
      yield* peer.close
    })
  )

  it.effect("that is pending and has no identifier is let pass by leniency, and reported", () =>
    Effect.gen(function* () {
      const { association, peer } = yield* established(memory, requestor)
      const finding = yield* Effect.forkChild(
        Stream.runCollect(association.dimse.responses(contextId, find, [identifier])),
        { startImmediately: true }
      )
      yield* asked(peer, "many")
      const bytes = Command.encode(C_FIND.response(findRQ(), Status.pending), false)
      yield* peer.send(ReadyMade.pData(ReadyMade.pdv(contextId, "command", bytes)), respond(find(1), Status.success))
      const answers = yield* Fiber.join(finding)
      assert.deepStrictEqual(
        answers.map(({ command, dataSet }) => [command.status._tag, dataSet]),
        [
          ["Pending", undefined],
          ["Success", undefined]
        ]
      )
      assert.deepStrictEqual(
        association.tolerated.map(({ quirk }) => quirk),
        ["pendingWithoutIdentifier"]
      )
      yield* peer.close
    }).pipe(UpperLayer.withSettings({ leniency: Leniency.lenient }))
  )

  it.effect("with status FF01H is pending too", () =>
    Effect.gen(function* () {
      const { association, peer } = yield* established(memory, requestor)
      const finding = yield* Effect.forkChild(
        Stream.runCollect(association.dimse.responses(contextId, find, [identifier])),
        { startImmediately: true }
      )
      yield* asked(peer, "many")
      yield* peer.send(
        respond(find(1), Status.fromCode(0xff01)),
        ReadyMade.data(contextId, identifier),
        respond(find(1), Status.success)
      )
      assert.deepStrictEqual(
        (yield* Fiber.join(finding)).map(({ command }) => command.status),
        [{ _tag: "Pending", code: 0xff01 }, Status.success]
      )
      yield* peer.close
    })
  )

  it.effect("that comes before its request is sent to the end is heard, and the next operation is in step", () =>
    Effect.gen(function* () {
      const { association, peer } = yield* established(memory, requestor)
      const gate = Deferred.makeUnsafe<void>()
      const view = new Uint8Array(20_000)
      const { dimse } = association
      const storing = yield* Effect.forkChild(
        dimse.invoke(
          contextId,
          single["C-STORE-RQ"],
          Stream.concat(Stream.make(view), Stream.fromEffect(Effect.as(Deferred.await(gate), view)))
        ),
        { startImmediately: true }
      )
      yield* peer.expect("P-DATA-TF")
      yield* peer.expect("P-DATA-TF")
      yield* peer.send(respond(single["C-STORE-RQ"](1), Status.fromCode(0xa700)))
      const echo = yield* Effect.forkChild(
        dimse.invoke(1, (messageId) => C_ECHO.request({ messageId })),
        {
          startImmediately: true
        }
      )
      yield* settle
      yield* Deferred.succeed(gate, undefined)
      assert.strictEqual((yield* Fiber.join(storing)).command.status.code, 0xa700)
      yield* peer.expect("P-DATA-TF")
      yield* peer.expect("P-DATA-TF")
      yield* peer.expect("P-DATA-TF", ReadyMade.echoRQ(2))
      yield* peer.send(ReadyMade.echoRSP(2))
      yield* Fiber.join(echo)
      yield* dimse.quiet
      yield* peer.close
    })
  )
})

describe("a request", () => {
  it.effect("in a presentation context that was not accepted is not sent", () =>
    Effect.gen(function* () {
      const { association, peer } = yield* established(memory, requestor)
      const { dimse } = association
      const echo = (messageId: number) => C_ECHO.request({ messageId })
      const errors = [
        yield* Effect.flip(dimse.invoke(5, echo)),
        yield* Effect.flip(dimse.receive(5, echo, () => Effect.void)),
        yield* Effect.flip(Stream.runDrain(dimse.responses(5, find, [identifier]))),
        yield* Effect.flip(dimse.send(5, echo(1)))
      ]
      for (const error of errors) {
        assert.deepStrictEqual(error, new AssociationError.ContextNotAccepted({ contextId: 5, accepted: [1, 3] }))
        assert.strictEqual(error.message, "Presentation context 5 was not accepted; accepted: 1, 3")
      }
      yield* dimse.quiet
      yield* Effect.andThen(settle, peer.expectSilence(0))
      yield* peer.close
    })
  )

  it.effect("with another message id than it was given is a defect, and is not sent", () =>
    Effect.gen(function* () {
      const { association, peer } = yield* established(memory, requestor)
      const { dimse } = association
      const defect = yield* Effect.flip(Effect.sandbox(dimse.invoke(1, () => C_ECHO.request({ messageId: 7 }))))
      assert.deepStrictEqual(
        defect.reasons.map((reason) => (reason._tag === "Die" ? String(reason.defect) : reason._tag)),
        ["Error: The C-ECHO-RQ has message id 7, and was given 1"]
      )
      yield* dimse.quiet
      // Its place is free.
      const echo = yield* Effect.forkChild(
        dimse.invoke(1, (messageId) => C_ECHO.request({ messageId })),
        {
          startImmediately: true
        }
      )
      yield* peer.expect("P-DATA-TF", ReadyMade.echoRQ(2))
      yield* peer.send(ReadyMade.echoRSP(2))
      yield* Fiber.join(echo)
      yield* peer.close
    })
  )
})

describe("a storm of C-CANCEL-RQ", () => {
  it.effect("of unknown messages, of known ones and of one again is nothing to the operation after it", () =>
    Effect.gen(function* () {
      const { association, peer } = yield* established(memory, acceptor)
      let performed = 0
      yield* performing(association, ({ command }) => {
        performed++
        return command._tag === "C-ECHO-RQ"
          ? Effect.succeed(Command.respond(command, Status.success))
          : { responses: Stream.concat(Stream.make(pending(command)), Stream.never) }
      })
      const cancel = (id: number) => ReadyMade.command(contextId, C_CANCEL.request({ messageIdBeingRespondedTo: id }))
      for (let i = 0; i < 20; i++) {
        yield* peer.send(cancel(1), ...Array.from({ length: 99 }, (_, j) => cancel((i * 100 + j) % 0x10000)))
      }
      yield* peer.send(ReadyMade.command(contextId, find(1)), ReadyMade.data(contextId, identifier))
      yield* peer.expect("P-DATA-TF")
      yield* peer.expect("P-DATA-TF")
      yield* peer.send(cancel(1), ...Array.from({ length: 999 }, () => cancel(1)))
      yield* peer.expect("P-DATA-TF", respond(find(1), Status.cancel))
      yield* peer.send(cancel(1), ReadyMade.echoRQ(1))
      yield* peer.expect("P-DATA-TF", ReadyMade.echoRSP(1))
      assert.strictEqual(performed, 2)
      yield* association.dimse.quiet
      yield* peer.close
    })
  )
})

describe("a C-GET", () => {
  it.effect("has sub-operations and event reports of the peer between its responses, each answered in its turn", () =>
    Effect.gen(function* () {
      const { association, peer } = yield* established(memory, requestor)
      const performed: Array<string> = []
      yield* performing(association, ({ command }) => {
        performed.push(command._tag)
        return Effect.succeed(Command.respond(command, Status.success))
      })
      const get = many["C-GET-RQ"]
      const getting = yield* Effect.forkChild(
        Stream.runCollect(association.dimse.responses(contextId, get, [identifier])),
        { startImmediately: true }
      )
      yield* asked(peer, "many")
      const progress = pending(get(1), 1)
      if ("command" in progress) return assert.fail("a C-GET-RSP has no data set")
      // The message ids of the two sides are not the same ones.
      const store = single["C-STORE-RQ"](1)
      const event = single["N-EVENT-REPORT-RQ"](2)
      yield* peer.send(
        ReadyMade.command(contextId, store),
        ReadyMade.data(contextId, identifier, false),
        ReadyMade.data(contextId, identifier),
        ReadyMade.command(contextId, progress),
        ReadyMade.command(contextId, event),
        respond(get(1), Status.success)
      )
      yield* peer.expect("P-DATA-TF", respond(store, Status.success))
      yield* peer.expect("P-DATA-TF", respond(event, Status.success))
      assert.deepStrictEqual(
        (yield* Fiber.join(getting)).map(({ command }) => command.status._tag),
        ["Pending", "Success"]
      )
      assert.deepStrictEqual(performed, ["C-STORE-RQ", "N-EVENT-REPORT-RQ"])
      yield* association.dimse.quiet
      yield* peer.close
    })
  )
})

describe("fragments", () => {
  it.effect("of a command and of a data set may be of any length, empty ones and single bytes among them", () =>
    Effect.gen(function* () {
      const { association, peer } = yield* established(memory, requestor)
      const finding = yield* Effect.forkChild(
        Stream.runCollect(association.dimse.responses(contextId, find, [identifier])),
        { startImmediately: true }
      )
      yield* asked(peer, "many")
      const command = Command.encode(C_FIND.response(findRQ(), Status.pending), true)
      const none = new Uint8Array(0)
      const pdus = [
        ...Array.from(command, (byte) => ReadyMade.pdv(contextId, "command", Uint8Array.of(byte), false)),
        ReadyMade.pdv(contextId, "command", none, true),
        ReadyMade.pdv(contextId, "data", none, false),
        ...[1, 2, 3].map((byte) => ReadyMade.pdv(contextId, "data", Uint8Array.of(byte), false)),
        ReadyMade.pdv(contextId, "data", none, true)
      ].map((value) => ReadyMade.pData(value))
      yield* peer.send(...aMatch, ...pdus, respond(find(1), Status.success))
      const answers = yield* Fiber.join(finding)
      assert.deepStrictEqual(
        answers.map(({ dataSet }) => dataSet?.flatMap((view) => [...view])),
        [[0, 0], [1, 2, 3], undefined]
      )
      yield* peer.close
    })
  )
})
