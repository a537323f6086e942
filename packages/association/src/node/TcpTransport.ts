/**
 * The transport of a requestor over TCP.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type * as Socket from "effect/socket/Socket"
import * as Net from "node:net"
import * as UpperLayer from "../UpperLayer.ts"
import * as TcpSocket from "./internal/tcpSocket.ts"

/**
 * Where the peer listens: at a port of a host, or at a socket in the file system.
 *
 * @category options
 * @since 0.1.0
 */
export type Options =
  | {
      readonly host: string
      /** 104 and 11112 are the registered ports of DICOM (PS3.8 section 9.1.1). */
      readonly port: number
    }
  | { readonly path: string }

/**
 * A transport that is opened when an association is requested over it. A failure to open it is a `ConnectFailed` of
 * `Association.request`.
 *
 * What its reader gives is lent until the next pull, since it reads into one buffer again and again: associations of this
 * package know that of every transport.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options: Options): Effect.Effect<UpperLayer.Transport> =>
  Effect.sync(() => TcpSocket.make((onread, scope) => connected({ ...options, noDelay: true, onread }, scope)))

/**
 * The same, as a layer.
 *
 * **Example**
 *
 * ```ts
 * import { TcpTransport } from "@effect-dicom/association/node"
 *
 * const transport = TcpTransport.layer({ host: "pacs.example.org", port: 11112 })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<UpperLayer.Transport> =>
  Layer.effect(UpperLayer.Transport, make(options))

const connected = (options: Net.NetConnectOpts, scope: Scope.Scope): Effect.Effect<Net.Socket, Socket.SocketError> =>
  Effect.suspend(() => {
    const socket = Net.createConnection(options)
    const connecting = Effect.callback<Net.Socket, Socket.SocketError>((resume) => {
      socket.once("connect", () => resume(Effect.succeed(socket)))
      socket.on("error", (cause) => resume(Effect.fail(TcpSocket.notOpened(cause))))
      return Effect.sync(() => socket.destroy())
    })
    return Effect.andThen(TcpSocket.closedWith(scope, socket), connecting)
  })
