/**
 * DICOM over TCP and over TLS on Node, for clients and servers (PS3.8 section 9, PS3.15 Annex B). Needs `@effect/platform-node`.
 *
 * @since 0.1.0
 */
export * as TcpListener from "./TcpListener.ts"
export * as TcpTransport from "./TcpTransport.ts"
export * as TlsListener from "./TlsListener.ts"
export * as TlsTransport from "./TlsTransport.ts"
