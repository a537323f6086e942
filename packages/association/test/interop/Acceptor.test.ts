/**
 * What real peers do to an acceptor, each row by the scripted peer: strictly, and leniently where a leniency is named.
 */
import { assert, describe, it } from "@effect/vitest"
import { ReadyMade } from "@effect-dicom/association/testing"
import * as Command from "@effect-dicom/protocol/Command"
import * as CommandSet from "@effect-dicom/protocol/CommandSet"
import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import * as C_STORE from "@effect-dicom/protocol/C_STORE"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import * as Pdu from "@effect-dicom/protocol/Pdu"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { abortedByUs, acceptor, acse, commandOf, rejectedByUs, responseIn, storeRQ, supported, user } from "./sides.ts"

const lenient = { settings: { leniency: Leniency.lenient } }

const echo = Command.encode(C_ECHO.request({ messageId: 1 }))

/** A command's PDV. */
const command = (contextId: number, bytes: Uint8Array) => ReadyMade.pData(ReadyMade.pdv(contextId, "command", bytes))

/** A store's command set with another Command Data Set Type. */
const storeWithType = (type: number): Uint8Array =>
  CommandSet.encode(
    Command.toCommandSet(storeRQ()).map((element) =>
      element.tag === 0x00000800 ? { ...element, value: Uint8Array.of(type & 0xff, type >>> 8) } : element
    )
  )

/** The length of each P-DATA-TF on the wire after its header. */
const lengthOf = (pdu: Pdu.Pdu): number => Pdu.encode(pdu).length - 6

describe("As acceptor", () => {
  describe("in the A-ASSOCIATE-RQ", () => {
    it.effect("Unknown user sub-item 0x5A: it is ignored, and kept", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        const unknown = { _tag: "Unknown", itemType: 0x5a, data: Uint8Array.of(1, 2, 3) } as const
        yield* side.establish(ReadyMade.associateRQ({ subItems: [unknown] }))
        assert.deepStrictEqual((yield* side.association).peer.unknown, [unknown])
        yield* side.echoes()
        yield* side.released
      })
    )

    it.effect("Unknown top-level item 0x60 (2 bytes, last): it is ignored", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish(
          ReadyMade.associateRQ({ items: [{ _tag: "Unknown", itemType: 0x60, data: Uint8Array.of(1, 2) }] })
        )
        yield* side.echoes()
        yield* side.released
      })
    )

    const nulPadded = { ...ReadyMade.associateRQ(), callingAETitle: "REQUESTOR".padEnd(16, "\0") }

    it.effect("AE titles padded with NUL: strictly RJ(1,1,3)", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.peer.send(nulPadded)
        assert.deepStrictEqual(yield* side.rejects(1, 1, 3), rejectedByUs(user, "calling-AE-title-not-recognized"))
      })
    )

    it.effect("AE titles padded with NUL: strictly RJ(1,1,7) where it is the called one", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.peer.send({ ...ReadyMade.associateRQ(), calledAETitle: "ACCEPTOR".padEnd(16, "\0") })
        assert.deepStrictEqual(yield* side.rejects(1, 1, 7), rejectedByUs(user, "called-AE-title-not-recognized"))
      })
    )

    it.effect("AE titles padded with NUL: leniently trimmed, with a warning", () =>
      Effect.gen(function* () {
        const side = yield* acceptor(lenient)
        yield* side.establish(nulPadded)
        const association = yield* side.association
        assert.strictEqual(association.callingAETitle, "REQUESTOR")
        assert.deepStrictEqual(
          association.tolerated.map(({ quirk }) => quirk),
          ["nulPaddedAETitle"]
        )
        yield* side.echoes()
        yield* side.released
      })
    )

    const blank = ReadyMade.associateRQ({ callingAETitle: "" })

    it.effect("Calling AE title 16 spaces: strictly RJ(1,1,3), at once", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.peer.send(blank)
        assert.deepStrictEqual(yield* side.rejects(1, 1, 3), rejectedByUs(user, "calling-AE-title-not-recognized"))
      })
    )

    it.effect("Calling AE title 16 spaces: leniently accepted", () =>
      Effect.gen(function* () {
        const side = yield* acceptor({
          settings: { leniency: { ...Leniency.strict, blankAETitle: "accept and warn" } }
        })
        const ac = yield* side.establish(blank)
        assert.strictEqual(ac.callingAETitle, " ".repeat(16))
        const association = yield* side.association
        assert.strictEqual(association.callingAETitle, "")
        assert.deepStrictEqual(
          association.tolerated.map(({ quirk }) => quirk),
          ["blankAETitle"]
        )
        yield* side.echoes()
        yield* side.released
      })
    )

    it.effect("AE titles with a control character: strictly RJ(1,1,3), leniently answered as they are", () =>
      Effect.gen(function* () {
        const irregular = ReadyMade.associateRQ({ callingAETitle: "A\\B\u00e9\u0007" })
        const strict = yield* acceptor()
        yield* strict.peer.send(irregular)
        assert.deepStrictEqual(yield* strict.rejects(1, 1, 3), rejectedByUs(user, "calling-AE-title-not-recognized"))
        const side = yield* acceptor(lenient)
        const ac = yield* side.establish(irregular)
        assert.strictEqual(ac.callingAETitle, irregular.callingAETitle)
        yield* side.echoes()
        yield* side.released
      })
    )

    it.effect("Peer max length 0: unlimited, but for our own send cap", () =>
      Effect.gen(function* () {
        const side = yield* acceptor({ settings: { sendMaximumLength: 64 } })
        yield* side.establish(ReadyMade.associateRQ({ maximumLength: 0 }))
        yield* side.peer.send(ReadyMade.echoRQ(1))
        const first = yield* side.peer.expect("P-DATA-TF")
        const second = yield* side.peer.expect("P-DATA-TF")
        assert.deepStrictEqual([lengthOf(first), lengthOf(second)], [64, 26])
        assert.deepStrictEqual(
          commandOf([...first.presentationDataValues, ...second.presentationDataValues]),
          C_ECHO.response(C_ECHO.request({ messageId: 1 }))
        )
        yield* side.released
      })
    )

    for (const [peers, longest] of [
      [0, 131072],
      [1024, 1024],
      [0xffffffff, 131072]
    ] as const) {
      it.effect(`Peer max length ${peers}: kept to, and never beyond our default, where our own send cap is 0`, () =>
        Effect.gen(function* () {
          const side = yield* acceptor({ settings: { sendMaximumLength: 0 } })
          yield* side.establish(ReadyMade.associateRQ({ maximumLength: peers }))
          const association = yield* side.association
          yield* Effect.forkScoped(association.dimse.send(3, storeRQ(), [new Uint8Array(300_000)]))
          yield* side.peer.expect("P-DATA-TF")
          assert.strictEqual(lengthOf(yield* side.peer.expect("P-DATA-TF")), longest)
        })
      )
    }

    it.effect("Peer max length 7: strictly refused, RJ(1,2,1)", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.peer.send(ReadyMade.associateRQ({ maximumLength: 7 }))
        assert.deepStrictEqual(yield* side.rejects(1, 2, 1), rejectedByUs(acse, "no-reason-given"))
      })
    )

    it.effect("Peer max length 7: leniently fragments of one byte", () =>
      Effect.gen(function* () {
        const side = yield* acceptor({
          settings: { leniency: { ...Leniency.strict, smallMaximumLength: "accept and warn" } }
        })
        yield* side.establish(ReadyMade.associateRQ({ maximumLength: 7 }))
        assert.deepStrictEqual((yield* side.association).tolerated, [
          { quirk: "smallMaximumLength", detail: "maximum length is 7; permitted: 0, or at least 1024" }
        ])
        yield* side.peer.send(ReadyMade.echoRQ(1))
        const response = Command.encode(C_ECHO.response(C_ECHO.request({ messageId: 1 })))
        for (let i = 0; i < response.length; i++) {
          assert.strictEqual(lengthOf(yield* side.peer.expect("P-DATA-TF")), 7)
        }
        yield* side.released
      })
    )

    it.effect("Even presentation context id: strictly aborted in Sta2 (AA-1)", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.peer.send(
          ReadyMade.associateRQ({ presentationContexts: [{ ...ReadyMade.verificationContext, id: 2 }] })
        )
        assert.deepStrictEqual(
          yield* side.aborts(0, 0),
          abortedByUs(
            "invalid-PDU-parameter-value",
            "presentation context id is 2; permitted: odd numbers from 1 to 255"
          )
        )
      })
    )

    it.effect("Even presentation context id: leniently it is answered and served", () =>
      Effect.gen(function* () {
        const side = yield* acceptor({
          settings: { leniency: { ...Leniency.strict, evenPresentationContextId: "accept and warn" } }
        })
        const ac = yield* side.establish(
          ReadyMade.associateRQ({ presentationContexts: [{ ...ReadyMade.verificationContext, id: 2 }] })
        )
        assert.deepStrictEqual(
          ac.items.filter((item) => item._tag === "Presentation Context Item (A-ASSOCIATE-AC)").map(({ id }) => id),
          [2]
        )
        assert.deepStrictEqual((yield* side.association).tolerated, [
          {
            quirk: "evenPresentationContextId",
            detail: "presentation context id is 2; permitted: odd numbers from 1 to 255"
          }
        ])
        yield* side.echoes(1, 2)
        yield* side.released
      })
    )

    it.effect("Protocol version 3 (bit 0 set): accepted, bit 0 alone is tested", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish({ ...ReadyMade.associateRQ(), protocolVersion: 3 })
        yield* side.echoes()
        yield* side.released
      })
    )

    it.effect("Protocol version 2: RJ(1,2,2)", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.peer.send({ ...ReadyMade.associateRQ(), protocolVersion: 2 })
        assert.deepStrictEqual(yield* side.rejects(1, 2, 2), rejectedByUs(acse, "protocol-version-not-supported"))
      })
    )

    const longName = ReadyMade.associateRQ({
      subItems: [{ _tag: "Implementation Version Name Sub-Item", implementationVersionName: "SEVENTEEN_LETTERS" }]
    })

    it.effect("Version name > 16 chars: strictly a warning", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish(longName)
        assert.deepStrictEqual((yield* side.association).tolerated, [
          {
            quirk: "irregularImplementationVersionName",
            detail: 'implementation version name is "SEVENTEEN_LETTERS"; permitted: 1 to 16 characters of ISO 646'
          }
        ])
        yield* side.echoes()
        yield* side.released
      })
    )

    it.effect("Version name > 16 chars: leniently kept as it is", () =>
      Effect.gen(function* () {
        const side = yield* acceptor(lenient)
        yield* side.establish(longName)
        const association = yield* side.association
        assert.strictEqual(association.peer.implementationVersionName, "SEVENTEEN_LETTERS")
        assert.deepStrictEqual(association.tolerated, [])
        yield* side.echoes()
        yield* side.released
      })
    )

    it.effect("Implementation class UID missing: accepted, with a warning", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        const rq = ReadyMade.associateRQ()
        yield* side.establish({
          ...rq,
          items: rq.items.map((item) =>
            item._tag === "User Information Item"
              ? { ...item, subItems: item.subItems.filter(({ _tag }) => _tag === "Maximum Length Sub-Item") }
              : item
          )
        })
        assert.deepStrictEqual((yield* side.association).tolerated, [
          {
            quirk: "noImplementationClassUid",
            detail: "user information has no implementation class UID; permitted: one"
          }
        ])
        yield* side.echoes()
        yield* side.released
      })
    )

    const identity = (userIdentityType: number, primaryField: Uint8Array) =>
      ReadyMade.associateRQ({
        subItems: [
          {
            _tag: "User Identity Sub-Item (A-ASSOCIATE-RQ)",
            userIdentityType,
            positiveResponseRequested: 0,
            primaryField,
            secondaryField: new Uint8Array(0)
          }
        ]
      })

    it.effect("User identity type 9: strictly rejected, RJ(1,2,1)", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.peer.send(identity(9, Uint8Array.of(65)))
        assert.deepStrictEqual(yield* side.rejects(1, 2, 1), rejectedByUs(acse, "no-reason-given"))
      })
    )

    it.effect("User identity type 9: leniently ignored, with a warning", () =>
      Effect.gen(function* () {
        const side = yield* acceptor(lenient)
        yield* side.establish(identity(9, Uint8Array.of(65)))
        const association = yield* side.association
        assert.isUndefined(association.peer.userIdentity)
        assert.deepStrictEqual(association.tolerated, [
          { quirk: "unknownUserIdentityType", detail: "user identity type is 9; permitted: 1 to 5" }
        ])
        yield* side.echoes()
        yield* side.released
      })
    )

    it.effect("User identity with empty fields: accepted with a warning, or rejected by policy", () =>
      Effect.gen(function* () {
        const rq = identity(2, new Uint8Array(0))
        const side = yield* acceptor()
        yield* side.establish(rq)
        assert.deepStrictEqual(
          (yield* side.association).tolerated.map(({ quirk }) => quirk),
          ["emptyUserIdentityField"]
        )
        yield* side.echoes()
        yield* side.released
        const rejecting = yield* acceptor({
          settings: { leniency: { ...Leniency.strict, emptyUserIdentityField: "reject" } }
        })
        yield* rejecting.peer.send(rq)
        assert.deepStrictEqual(yield* rejecting.rejects(1, 2, 1), rejectedByUs(acse, "no-reason-given"))
      })
    )

    it.effect("UIDs padded with NUL: they are trimmed", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        const { abstractSyntax, id, transferSyntaxes } = ReadyMade.verificationContext
        const ac = yield* side.establish(
          ReadyMade.associateRQ({
            applicationContextName: "1.2.840.10008.3.1.1.1\0",
            presentationContexts: [
              {
                id,
                abstractSyntax: `${abstractSyntax}\0`,
                transferSyntaxes: transferSyntaxes.map((uid) => `${uid}\0`)
              }
            ]
          })
        )
        assert.deepStrictEqual(
          ac.items.filter((item) => item._tag === "Presentation Context Item (A-ASSOCIATE-AC)"),
          [
            {
              _tag: "Presentation Context Item (A-ASSOCIATE-AC)",
              id: 1,
              result: "acceptance",
              subItems: [{ _tag: "Transfer Syntax Sub-Item", transferSyntaxName: "1.2.840.10008.1.2" }]
            }
          ]
        )
        yield* side.echoes()
        yield* side.released
      })
    )

    it.effect("Async window 0/0: taken for no limit, and our own stays one operation each way", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        const ac = yield* side.establish(
          ReadyMade.associateRQ({
            subItems: [{ _tag: "Asynchronous Operations Window Sub-Item", maximumInvoked: 0, maximumPerformed: 0 }]
          })
        )
        const information = ac.items.filter((item) => item._tag === "User Information Item")
        assert.isFalse(
          information.some(({ subItems }) =>
            subItems.some(({ _tag }) => _tag === "Asynchronous Operations Window Sub-Item")
          )
        )
        yield* side.echoes()
        yield* side.released
      })
    )

    it.effect("Wrong application context: RJ(1,1,2)", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.peer.send(ReadyMade.associateRQ({ applicationContextName: "1.2.840.10008.3.1.1.2" }))
        assert.deepStrictEqual(
          yield* side.rejects(1, 1, 2),
          rejectedByUs(user, "application-context-name-not-supported")
        )
      })
    )

    it.effect("No presentation contexts: strictly RJ(1,2,1), at once", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.peer.send(ReadyMade.associateRQ({ presentationContexts: [] }))
        assert.deepStrictEqual(yield* side.rejects(1, 2, 1), rejectedByUs(acse, "no-reason-given"))
      })
    )

    it.effect("No presentation contexts: leniently an answer without one, at once", () =>
      Effect.gen(function* () {
        const side = yield* acceptor({
          settings: { leniency: { ...Leniency.strict, noPresentationContexts: "accept and warn" } }
        })
        const ac = yield* side.establish(ReadyMade.associateRQ({ presentationContexts: [] }))
        assert.deepStrictEqual(
          ac.items.map(({ _tag }) => _tag),
          ["Application Context Item", "User Information Item"]
        )
        yield* side.released
      })
    )
  })

  describe("where a PDU is out of place or is none", () => {
    it.effect("P-DATA in Sta2: A-ABORT, ARTIM, Sta13 (AA-1)", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.peer.send(ReadyMade.echoRQ())
        assert.deepStrictEqual(yield* side.aborts(0, 0), abortedByUs("unexpected-PDU", "P-DATA-TF in Sta2"))
      })
    )

    it.effect("A-RELEASE-RQ in Sta2: A-ABORT, ARTIM, Sta13 (AA-1)", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.peer.send(ReadyMade.releaseRQ)
        assert.deepStrictEqual(yield* side.aborts(0, 0), abortedByUs("unexpected-PDU", "A-RELEASE-RQ in Sta2"))
      })
    )

    it.effect("Unknown PDU type in Sta6: AA-8 with reason 1", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(ReadyMade.unknownPdu())
        assert.deepStrictEqual(
          yield* side.aborts(2, 1),
          abortedByUs("unrecognized-PDU", "PDU type is 09H; permitted: 01H to 07H")
        )
      })
    )

    it.effect("HTTP GET on plain port: AA-1, and told as not DICOM", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.peer.send(ReadyMade.httpGet)
        assert.deepStrictEqual(
          yield* side.aborts(0, 0),
          abortedByUs("unrecognized-PDU", "PDU type is 47H; permitted: 01H to 07H (not DICOM: looks like HTTP)")
        )
      })
    )

    it.effect("TLS ClientHello on plain port: AA-1, and told as TLS on a plain port", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.peer.send(ReadyMade.tlsClientHello)
        assert.deepStrictEqual(
          yield* side.aborts(0, 0),
          abortedByUs(
            "unrecognized-PDU",
            "PDU type is 16H; permitted: 01H to 07H (not DICOM: looks like TLS on a plain port)"
          )
        )
      })
    )

    it.effect("P-DATA header claims 2 GiB: refused at the header", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(ReadyMade.header(0x04, 0x80000000))
        assert.deepStrictEqual(
          yield* side.aborts(2, 6),
          abortedByUs("invalid-PDU-parameter-value", "PDU of type 04H has length 2147483648; permitted: at most 131072")
        )
      })
    )

    it.effect("A-ASSOCIATE header claims 4 GiB: refused at the header", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.peer.send(ReadyMade.header(0x01, 0xffffffff))
        assert.deepStrictEqual(
          yield* side.aborts(0, 0),
          abortedByUs("invalid-PDU-parameter-value", "PDU of type 01H has length 4294967295; permitted: at most 262144")
        )
      })
    )

    it.effect("Second A-ASSOCIATE-RQ: AA-8 reason 2", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(ReadyMade.associateRQ())
        assert.deepStrictEqual(yield* side.aborts(2, 2), abortedByUs("unexpected-PDU", "A-ASSOCIATE-RQ in Sta6"))
      })
    )

    it.effect("Unsolicited A-RELEASE-RP in Sta6: AA-8 reason 2", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(ReadyMade.releaseRP)
        assert.deepStrictEqual(yield* side.aborts(2, 2), abortedByUs("unexpected-PDU", "A-RELEASE-RP in Sta6"))
      })
    )

    const emptyRelease = ReadyMade.header(0x05, 0)

    it.effect("A-RELEASE-RQ with length 0: strictly A-ABORT(2,6)", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(emptyRelease)
        assert.deepStrictEqual(
          yield* side.aborts(2, 6),
          abortedByUs("invalid-PDU-parameter-value", "A-RELEASE-RQ has length 0; permitted: 4")
        )
      })
    )

    it.effect("A-RELEASE-RQ with length 0: leniently answered", () =>
      Effect.gen(function* () {
        const side = yield* acceptor({ settings: { leniency: { ...Leniency.strict, releaseLength: "accept" } } })
        yield* side.establish()
        yield* side.peer.send(emptyRelease)
        yield* side.peer.expect("A-RELEASE-RP")
        yield* side.peer.close
        assert.deepStrictEqual(yield* side.closes, Exit.void)
      })
    )
  })

  describe("in P-DATA", () => {
    const long = ReadyMade.pData(ReadyMade.pdv(3, "data", new Uint8Array(300_000)))

    it.effect("P-DATA 300 KB, over negotiated max: strictly A-ABORT(2,6)", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(ReadyMade.command(3, storeRQ()), long)
        assert.deepStrictEqual(
          yield* side.aborts(2, 6),
          abortedByUs("invalid-PDU-parameter-value", "PDU of type 04H has length 300006; permitted: at most 131072")
        )
        assert.deepStrictEqual([side.stored, side.broken], [[], ["AbortedByProvider"]])
      })
    )

    it.effect("P-DATA 300 KB, over negotiated max: leniently taken", () =>
      Effect.gen(function* () {
        const side = yield* acceptor(lenient)
        yield* side.establish()
        yield* side.peer.send(ReadyMade.command(3, storeRQ()), long)
        assert.deepStrictEqual(responseIn(yield* side.peer.expect("P-DATA-TF")), storedRSP())
        assert.deepStrictEqual(side.stored, [300_000])
        yield* side.released
      })
    )

    it.effect("P-DATA over the cap of the leniency: A-ABORT(2,6), leniently too", () =>
      Effect.gen(function* () {
        const side = yield* acceptor(lenient)
        yield* side.establish()
        yield* side.peer.send(ReadyMade.header(0x04, Leniency.lenient.overlongPDataCap + 1))
        assert.deepStrictEqual(
          yield* side.aborts(2, 6),
          abortedByUs("invalid-PDU-parameter-value", "PDU of type 04H has length 1048577; permitted: at most 131072")
        )
      })
    )

    it.effect("Two C-ECHO commands in one P-DATA-TF: both are answered, in order", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(
          ReadyMade.pData(
            ReadyMade.pdv(1, "command", echo),
            ReadyMade.pdv(1, "command", Command.encode(C_ECHO.request({ messageId: 2 })))
          )
        )
        yield* side.peer.expect("P-DATA-TF", ReadyMade.echoRSP(1))
        yield* side.peer.expect("P-DATA-TF", ReadyMade.echoRSP(2))
        yield* side.released
      })
    )

    it.effect("1-byte PDVs (odd): accepted", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(
          ReadyMade.pData(
            ...Array.from(echo, (byte, i) => ReadyMade.pdv(1, "command", Uint8Array.of(byte), i === echo.length - 1))
          )
        )
        yield* side.peer.expect("P-DATA-TF", ReadyMade.echoRSP(1))
        yield* side.released
      })
    )

    it.effect("Zero-length PDVs: accepted, also as the last one", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(
          ReadyMade.pData(
            ReadyMade.pdv(1, "command", new Uint8Array(0), false),
            ReadyMade.pdv(1, "command", echo, false),
            ReadyMade.pdv(1, "command", new Uint8Array(0), true)
          )
        )
        yield* side.peer.expect("P-DATA-TF", ReadyMade.echoRSP(1))
        yield* side.released
      })
    )

    it.effect("Zero-length PDVs: counted against a budget", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(
          ReadyMade.pData(...Array.from({ length: 257 }, () => ReadyMade.pdv(1, "command", new Uint8Array(0), false)))
        )
        assert.deepStrictEqual(
          yield* side.aborts(2, 6),
          abortedByUs("invalid-PDU-parameter-value", "a message has more than 256 empty fragments")
        )
      })
    )

    it.effect("Command without (0000,0000) group length: accepted", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(command(1, echo.subarray(12)))
        yield* side.peer.expect("P-DATA-TF", ReadyMade.echoRSP(1))
        yield* side.released
      })
    )

    it.effect("Command Data Set Type 0x0001, 0xFEFE: what is not 0x0101 means present", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        for (const type of [0x0001, 0xfefe]) {
          yield* side.peer.send(command(3, storeWithType(type)), ReadyMade.data(3, new Uint8Array(10)))
          assert.deepStrictEqual(responseIn(yield* side.peer.expect("P-DATA-TF")), storedRSP())
        }
        assert.deepStrictEqual(side.stored, [10, 10])
        yield* side.released
      })
    )

    it.effect("Command + data PDV in one PDU: accepted", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(
          ReadyMade.pData(
            ReadyMade.pdv(3, "command", Command.encode(storeRQ())),
            ReadyMade.pdv(3, "data", new Uint8Array(10))
          )
        )
        assert.deepStrictEqual(responseIn(yield* side.peer.expect("P-DATA-TF")), storedRSP())
        assert.deepStrictEqual(side.stored, [10])
        yield* side.released
      })
    )

    it.effect("C-STORE-RQ with 0x0101 and no data: a failure status, never success", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(command(3, storeWithType(0x0101)))
        const response = responseIn(yield* side.peer.expect("P-DATA-TF"))
        assert.deepStrictEqual(response, storedRSP(C_STORE.failures.cannotUnderstand, { errorComment: "No data set" }))
        assert.deepStrictEqual(side.stored, [])
        yield* side.echoes(2)
        yield* side.released
      })
    )

    it.effect("C-ECHO + A-RELEASE-RQ pipelined: the operation is finished, then the release answered", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(ReadyMade.echoRQ(1), ReadyMade.releaseRQ)
        yield* side.peer.expect("P-DATA-TF", ReadyMade.echoRSP(1))
        yield* side.peer.expect("A-RELEASE-RP")
        yield* side.peer.close
        assert.deepStrictEqual(yield* side.closes, Exit.void)
      })
    )

    it.effect("A-RELEASE-RQ in mid data set: aborted, and the operation fails", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(
          ReadyMade.command(3, storeRQ()),
          ReadyMade.data(3, new Uint8Array(10), false),
          ReadyMade.releaseRQ
        )
        assert.deepStrictEqual(
          yield* side.aborts(2, 2),
          abortedByUs("unexpected-PDU", "an A-RELEASE-RQ within a message")
        )
        assert.deepStrictEqual([side.stored, side.broken], [[], ["AbortedByProvider"]])
      })
    )

    it.effect("Stray C-CANCEL: ignored", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(ReadyMade.command(1, { _tag: "C-CANCEL-RQ", messageIdBeingRespondedTo: 77 }))
        yield* side.echoes()
        yield* side.released
      })
    )

    it.effect("Unknown presentation context id: A-ABORT(2,6)", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(ReadyMade.echoRQ(1, 9))
        assert.deepStrictEqual(
          yield* side.aborts(2, 6),
          abortedByUs("invalid-PDU-parameter-value", "presentation context 9 is not an accepted one; accepted: 1, 3")
        )
      })
    )

    it.effect("Even presentation context id: A-ABORT(2,6) where it was not agreed", () =>
      Effect.gen(function* () {
        const side = yield* acceptor(lenient)
        yield* side.establish()
        yield* side.peer.send(ReadyMade.echoRQ(1, 2))
        assert.deepStrictEqual(
          yield* side.aborts(2, 6),
          abortedByUs("invalid-PDU-parameter-value", "presentation context 2 is not an accepted one; accepted: 1, 3")
        )
      })
    )

    it.effect("A refused presentation context: A-ABORT(2,6)", () =>
      Effect.gen(function* () {
        const side = yield* acceptor({ supported: supported.slice(0, 1) })
        yield* side.establish()
        yield* side.peer.send(ReadyMade.command(3, storeRQ()))
        assert.deepStrictEqual(
          yield* side.aborts(2, 6),
          abortedByUs("invalid-PDU-parameter-value", "presentation context 3 is not an accepted one; accepted: 1")
        )
      })
    )

    it.effect("Two pipelined C-ECHO (separate PDUs): both are answered, in order", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(ReadyMade.echoRQ(7), ReadyMade.echoRQ(3))
        yield* side.peer.expect("P-DATA-TF", ReadyMade.echoRSP(7))
        yield* side.peer.expect("P-DATA-TF", ReadyMade.echoRSP(3))
        yield* side.released
      })
    )

    it.effect("Data PDV first: A-ABORT(2,5)", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        yield* side.peer.send(ReadyMade.data(3, new Uint8Array(10)))
        assert.deepStrictEqual(
          yield* side.aborts(2, 5),
          abortedByUs("unexpected-PDU-parameter", "a data fragment came where a command fragment begins a message")
        )
      })
    )

    it.effect("C-ECHO with extra Priority and VM 2 field: extras are ignored, the first value counts", () =>
      Effect.gen(function* () {
        const side = yield* acceptor()
        yield* side.establish()
        const elements = Command.toCommandSet(C_ECHO.request({ messageId: 1 })).map((element) =>
          element.tag === 0x00000110 ? { ...element, value: Uint8Array.of(1, 0, 2, 0) } : element
        )
        yield* side.peer.send(
          command(
            1,
            CommandSet.encode(
              [...elements, { tag: 0x00000700, value: Uint8Array.of(0, 0, 1, 0) }].toSorted((a, b) => a.tag - b.tag)
            )
          )
        )
        yield* side.peer.expect("P-DATA-TF", ReadyMade.echoRSP(1))
        yield* side.released
      })
    )
  })
})

/** The response to {@link storeRQ}. */
const storedRSP = (...more: [status?: C_STORE.RSP["status"], more?: Pick<C_STORE.RSP, "errorComment">]): C_STORE.RSP =>
  C_STORE.response(storeRQ(), ...more)
