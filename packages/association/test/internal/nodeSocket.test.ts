import { assert, describe, it } from "@effect/vitest"
import * as NodeSocket from "../../src/internal/nodeSocket.ts"

describe("the peer of a socket of Node", () => {
  it("has its alternative names read, quoted ones too", () => {
    // RFC 6125 names, and one as Node quotes it since it has a comma: https://nodejs.org/api/tls.html#certificate-object
    assert.deepStrictEqual(
      NodeSocket.alternativeNames(
        'DNS:a.example, DNS:"b.example, DNS:\\"evil\\u002eexample\\"", URI:urn:x:1, IP Address:2001:DB8:0:0:0:0:0:1'
      ),
      [
        { kind: "DNS", value: "a.example" },
        { kind: "DNS", value: 'b.example, DNS:"evil.example"' },
        { kind: "URI", value: "urn:x:1" },
        { kind: "IP Address", value: "2001:DB8:0:0:0:0:0:1" }
      ]
    )
    assert.deepStrictEqual(NodeSocket.alternativeNames(""), [])
  })

  it("is not known of what is no socket, or is closed", () => {
    assert.deepStrictEqual(NodeSocket.fromNode(undefined), {})
    assert.deepStrictEqual(NodeSocket.fromNode({ remoteAddress: undefined, remotePort: undefined }), {})
  })

  it("has every common name that its certificate has", () => {
    const socket = {
      remoteAddress: "192.0.2.1",
      encrypted: true,
      authorized: false,
      getProtocol: () => null,
      getCipher: () => ({ standardName: "TLS_AES_128_GCM_SHA256" }),
      getPeerCertificate: () => ({ subject: { O: "Hospital", CN: ["A", "B"] }, fingerprint256: "AA:BB" })
    }
    assert.deepStrictEqual(NodeSocket.fromNode(socket), {
      address: "192.0.2.1",
      tls: {
        version: "unknown",
        cipherSuite: "TLS_AES_128_GCM_SHA256",
        certificate: {
          trusted: false,
          commonNames: ["A", "B"],
          alternativeNames: [],
          subject: "O=Hospital, CN=A, CN=B",
          issuer: "",
          fingerprint: "AA:BB"
        }
      }
    })
  })
})
