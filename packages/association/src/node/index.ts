/**
 * DICOM over TLS on Node, for clients and servers (PS3.15 Annex B). Needs `@effect/platform-node`.
 *
 * @since 0.1.0
 */
export * as TlsListener from "./TlsListener.ts"
export * as TlsTransport from "./TlsTransport.ts"
