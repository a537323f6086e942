import { ReadyMade } from "@effect-dicom/association/testing"
import * as A_ASSOCIATE_PDU from "@effect-dicom/protocol/A_ASSOCIATE_PDU"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import * as Pdu from "@effect-dicom/protocol/Pdu"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { assert, describe, it } from "vitest"

describe("ReadyMade", () => {
  it("has PDUs that decode to themselves", () => {
    for (const pdu of [
      ReadyMade.associateRQ(),
      ReadyMade.associateAC(),
      ReadyMade.associateRJ(),
      ReadyMade.releaseRQ,
      ReadyMade.releaseRP,
      ReadyMade.abort(),
      ReadyMade.abort("service-provider", "unexpected-PDU"),
      ReadyMade.echoRQ(),
      ReadyMade.echoRSP(),
      ReadyMade.data(3, Uint8Array.of(1, 2))
    ]) {
      assert.deepStrictEqual(Pdu.decode(Pdu.encode(pdu)), Result.succeed(pdu))
      assert.isTrue(Schema.is(Pdu.Pdu)(pdu))
    }
  })

  it("has a request that a strict acceptor takes", () => {
    const judge = Leniency.judge(Leniency.strict)
    const taken = A_ASSOCIATE_PDU.acceptable(ReadyMade.associateRQ(), judge)
    assert.isTrue(Result.isSuccess(taken))
    assert.deepStrictEqual(judge.tolerated, [])
  })

  it("says what it is told, legal or not", () => {
    const request = ReadyMade.associateRQ({
      callingAETitle: "",
      applicationContextName: "1.2.3",
      maximumLength: 7,
      presentationContexts: [{ ...ReadyMade.verificationContext, id: 2 }],
      subItems: [{ _tag: "Unknown", itemType: 0x5a, data: Uint8Array.of(1, 2) }],
      items: [{ _tag: "Unknown", itemType: 0x60, data: Uint8Array.of(3, 4) }]
    })
    assert.strictEqual(request.callingAETitle, " ".repeat(16))
    assert.deepStrictEqual(request.items, [
      { _tag: "Application Context Item", applicationContextName: "1.2.3" },
      {
        _tag: "Presentation Context Item (A-ASSOCIATE-RQ)",
        id: 2,
        subItems: [
          { _tag: "Abstract Syntax Sub-Item", abstractSyntaxName: "1.2.840.10008.1.1" },
          { _tag: "Transfer Syntax Sub-Item", transferSyntaxName: "1.2.840.10008.1.2" }
        ]
      },
      {
        _tag: "User Information Item",
        subItems: [
          { _tag: "Maximum Length Sub-Item", maximumLengthReceived: 7 },
          {
            _tag: "Implementation Class UID Sub-Item",
            implementationClassUid: "2.25.203640463046471839262480653107465109204"
          },
          { _tag: "Unknown", itemType: 0x5a, data: Uint8Array.of(1, 2) }
        ]
      },
      { _tag: "Unknown", itemType: 0x60, data: Uint8Array.of(3, 4) }
    ])
  })

  it("refuses a context without a transfer syntax sub-item where none is given", () => {
    const answer = ReadyMade.associateAC({ presentationContexts: [{ id: 1, result: "user-rejection" }] })
    assert.deepStrictEqual(answer.items[1], {
      _tag: "Presentation Context Item (A-ASSOCIATE-AC)",
      id: 1,
      result: "user-rejection",
      subItems: []
    })
  })

  it("has bytes that are no PDU", () => {
    const detail = (bytes: Uint8Array) => Pdu.parser().push(bytes)
    assert.deepStrictEqual(detail(ReadyMade.unknownPdu()), [
      {
        _tag: "Unrecognized or invalid PDU",
        reason: "unrecognized-PDU",
        detail: "PDU type is 09H; permitted: 01H to 07H"
      }
    ])
    assert.deepStrictEqual(detail(ReadyMade.httpGet), [
      {
        _tag: "Unrecognized or invalid PDU",
        reason: "unrecognized-PDU",
        detail: "PDU type is 47H; permitted: 01H to 07H (not DICOM: looks like HTTP)"
      }
    ])
    assert.deepStrictEqual(detail(ReadyMade.tlsClientHello), [
      {
        _tag: "Unrecognized or invalid PDU",
        reason: "unrecognized-PDU",
        detail: "PDU type is 16H; permitted: 01H to 07H (not DICOM: looks like TLS on a plain port)"
      }
    ])
    assert.deepStrictEqual(detail(ReadyMade.header(0x04, 0x80000000)), [
      {
        _tag: "Unrecognized or invalid PDU",
        reason: "invalid-PDU-parameter-value",
        detail: "PDU of type 04H has length 2147483648; permitted: at most 16384"
      }
    ])
  })
})
