import { assert, describe, it } from "@effect/vitest"
import * as TransportPeer from "@effect-dicom/association/TransportPeer"
import { readFileSync } from "node:fs"
import * as Net from "node:net"
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import * as NodeSocketServer from "@effect/platform-node/NodeSocketServer"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Socket from "effect/socket/Socket"
import type * as SocketServer from "effect/socket/SocketServer"

const pem = (name: string): string => readFileSync(new URL(`./fixtures/${name}.pem`, import.meta.url), "utf8")
const cert = pem("localhost.cert")
const key = pem("localhost.key")

/** What a handler of this listener is told about the peer that connects by this socket. */
const told = Effect.fnUntraced(function* (
  server: SocketServer.SocketServer["Service"],
  connect: (port: number) => Effect.Effect<Socket.Socket>
) {
  const peer = Deferred.makeUnsafe<TransportPeer.TransportPeer>()
  yield* Effect.forkScoped(
    server.run(() => Effect.flatMap(TransportPeer.current, (found) => Deferred.done(peer, Exit.succeed(found))))
  )
  const socket = yield* connect("port" in server.address ? server.address.port : 0)
  yield* socket.reader
  return yield* Deferred.await(peer)
})

describe("the peer of a transport connection", () => {
  it.live("is known by its address where NodeSocketServer listens", () =>
    Effect.gen(function* () {
      const server = yield* NodeSocketServer.make({ host: "127.0.0.1", port: 0 })
      const peer = yield* told(server, (port) => NodeSocket.makeNet({ host: "127.0.0.1", port }))
      assert.strictEqual(peer.address, "127.0.0.1")
      assert.isNumber(peer.port)
      assert.isUndefined(peer.tls)
    }).pipe(Effect.scoped)
  )

  it.live("is known by its certificate where NodeSocketServer listens with TLS", () =>
    Effect.gen(function* () {
      const server = yield* NodeSocketServer.makeTls({
        host: "127.0.0.1",
        port: 0,
        cert,
        key,
        ca: cert,
        requestCert: true
      })
      const peer = yield* told(server, (port) =>
        NodeSocket.makeTls({ host: "127.0.0.1", port, ca: cert, servername: "localhost", cert, key })
      )
      assert.strictEqual(peer.tls?.version, "TLSv1.3")
      assert.strictEqual(peer.tls?.cipherSuite, "TLS_AES_256_GCM_SHA384")
      assert.deepStrictEqual(peer.tls?.certificate, {
        trusted: true,
        commonNames: ["localhost"],
        alternativeNames: [
          { kind: "DNS", value: "localhost" },
          { kind: "IP Address", value: "127.0.0.1" }
        ],
        subject: "CN=localhost",
        issuer: "CN=localhost",
        // openssl x509 -noout -fingerprint -sha256 -in localhost.cert.pem
        fingerprint: "4F:6F:50:57:11:C6:94:7E:F9:1A:EF:33:D6:F5:94:39:5A:79:98:E4:37:C8:9D:9D:12:A1:BC:A4:68:27:A6:52"
      })
    }).pipe(Effect.scoped)
  )

  it.effect("is not known in memory", () =>
    Effect.map(TransportPeer.current, (peer) => assert.deepStrictEqual(peer, {}))
  )

  it.effect("is the one that the listener says, before any other", () =>
    Effect.map(TransportPeer.current, (peer) => assert.deepStrictEqual(peer, { address: "192.0.2.1" })).pipe(
      Effect.provideService(TransportPeer.TransportPeer, { address: "192.0.2.1" }),
      Effect.provideService(NodeSocket.NetSocket, new Net.Socket())
    )
  )
})
