/**
 * A listener for DICOM over TCP.
 *
 * @since 0.1.0
 */
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as NetAddress from "effect/net/NetAddress"
import * as Predicate from "effect/Predicate"
import * as Scope from "effect/Scope"
import type * as Socket from "effect/socket/Socket"
import * as SocketServer from "effect/socket/SocketServer"
import * as Net from "node:net"
import { fromNode } from "../internal/nodeSocket.ts"
import * as TransportPeer from "../TransportPeer.ts"
import * as UpperLayer from "../UpperLayer.ts"
import * as TcpSocket from "./internal/tcpSocket.ts"

/**
 * Where a server listens: at a port, or at a socket in the file system.
 *
 * @category options
 * @since 0.1.0
 */
export type Options =
  | {
      /** The address to listen on. Default: every address of the machine. */
      readonly host?: string
      /** 104 and 11112 are the registered ports of DICOM (PS3.8 section 9.1.1); 0 picks a free one. */
      readonly port: number
    }
  | { readonly path: string }

/**
 * A listener in a scope. Its connections read into one buffer again and again, as those of `TcpTransport`.
 * `TransportPeer.current` tells of each where it comes from.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<UpperLayer.Listener["Service"], SocketServer.SocketServerError, Scope.Scope> {
  const connections = new Connections()
  // A connection is left unread until it is served.
  const server = Net.createServer({ noDelay: true, pauseOnConnect: true }, connections.add)
  yield* Effect.acquireRelease(listening(server, options), () => closed(server, connections))
  return UpperLayer.Listener.of({ address: yield* addressOf(server), run: connections.run })
})

/**
 * The same, as a layer.
 *
 * **Example**
 *
 * ```ts
 * import { TcpListener } from "@effect-dicom/association/node"
 *
 * const listener = TcpListener.layer({ port: 11112 })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<UpperLayer.Listener, SocketServer.SocketServerError> =>
  Layer.effect(UpperLayer.Listener, make(options))

const notListening = (cause: unknown): SocketServer.SocketServerError =>
  new SocketServer.SocketServerError({ reason: new SocketServer.SocketServerOpenError({ cause }) })

const listening = (server: Net.Server, options: Options): Effect.Effect<void, SocketServer.SocketServerError> =>
  Effect.callback<void, SocketServer.SocketServerError>((resume) => {
    // Later errors are those of single connections that could not be accepted.
    server.on("error", (error) => resume(Effect.fail(notListening(error))))
    server.listen(options, () => resume(Effect.void))
  })

const closed = (server: Net.Server, connections: Connections): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    connections.drop()
    server.close(() => resume(Effect.void))
  })

const addressOf = (server: Net.Server): Effect.Effect<NetAddress.SocketAddress, SocketServer.SocketServerError> => {
  const address = server.address()
  return address === null || typeof address === "string"
    ? Effect.succeed(NetAddress.unixPathAddress(address ?? ""))
    : Effect.mapError(
        Effect.fromResult(NetAddress.inetAddressFromIpString(address.address, address.port)),
        notListening
      )
}

// -----------------------------------------------------------------------------
// connections
// -----------------------------------------------------------------------------

/** The connections that come in: handed to who serves them, and kept while there is nobody. */
class Connections {
  private readonly waiting = new Set<Net.Socket>()
  private serve: ((connection: Net.Socket) => void) | undefined

  readonly add = (connection: Net.Socket): void => {
    connection.on("error", () => {})
    if (this.serve !== undefined) return this.serve(connection)
    this.waiting.add(connection)
    connection.once("close", () => this.waiting.delete(connection))
  }

  drop(): void {
    for (const connection of this.waiting) connection.destroy()
  }

  readonly run: UpperLayer.Listener["Service"]["run"] = <R, E, A>(
    handler: (transport: Socket.Socket) => Effect.Effect<A, E, R>
  ): Effect.Effect<never, SocketServer.SocketServerError, R> =>
    Effect.contextWith((context: Context.Context<R>) =>
      Effect.callback<never>(() => {
        const handlers = Scope.makeUnsafe()
        const serve = (this.serve = (connection) => {
          const served = Effect.ensuring(
            Effect.flatMap(transportOf(connection), handler),
            Effect.sync(() => connection.destroy())
          )
          const fiber = Effect.runForkWith(Context.add(context, TransportPeer.TransportPeer, fromNode(connection)))(
            Effect.ignoreCause(served, { log: "Error", message: "The handler of a connection failed" })
          )
          if (fiber.pollUnsafe() === undefined) Fiber.runIn(fiber, handlers)
        })
        for (const connection of this.waiting) serve(connection)
        this.waiting.clear()
        return Effect.suspend(() => {
          this.serve = undefined
          return Scope.close(handlers, Exit.void)
        })
      })
    )
}

/**
 * The transport over a socket that Node has accepted. Node has a public way to read into one buffer only for sockets that
 * are made to do so: a new one takes over the handle of the one accepted. A runtime whose sockets have no such handle is
 * left to read as it does.
 */
const transportOf = (accepted: Net.Socket): Effect.Effect<UpperLayer.Transport> => {
  const handle = "_handle" in accepted ? accepted._handle : undefined
  if (!Predicate.hasProperty(handle, "useUserBuffer")) return NodeSocket.fromDuplex(Effect.succeed(accepted))
  return Effect.succeed(
    TcpSocket.make((onread, scope) =>
      Effect.suspend(() => {
        if (accepted.destroyed) return Effect.fail(TcpSocket.closed)
        // The types know only one kind of handle.
        const taking = new Net.Socket({ handle, onread } as object as Net.SocketConstructorOpts)
        Reflect.set(accepted, "_handle", null)
        // The server counts it no more.
        accepted.destroy()
        return Effect.as(TcpSocket.closedWith(scope, taking), taking)
      })
    )
  )
}
