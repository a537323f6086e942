/**
 * What a socket of Node tells about its peer, by the names that `node:net` and `node:tls` give its members.
 */
import * as Predicate from "effect/Predicate"
import type { AlternativeName, Tls, TransportPeer } from "../TransportPeer.ts"

/** The peer of a socket of Node. */
export const fromNode = (socket: unknown): TransportPeer => {
  if (!Predicate.isObject(socket)) return {}
  const address = Predicate.hasProperty(socket, "remoteAddress") ? socket.remoteAddress : undefined
  const port = Predicate.hasProperty(socket, "remotePort") ? socket.remotePort : undefined
  const tls = tlsOf(socket)
  return {
    ...(typeof address === "string" ? { address } : {}),
    ...(typeof port === "number" ? { port } : {}),
    ...(tls === undefined ? {} : { tls })
  }
}

/** The members of `tls.TLSSocket` that are read. */
interface TlsSocket {
  readonly authorized: boolean
  readonly getProtocol: () => string | null
  readonly getCipher: () => { readonly standardName: string }
  readonly getPeerCertificate: () => {
    readonly subject?: Readonly<Record<string, unknown>>
    readonly issuer?: Readonly<Record<string, unknown>>
    readonly subjectaltname?: string
    readonly fingerprint256?: string
  }
}

const isTlsSocket = (socket: object): socket is TlsSocket =>
  "encrypted" in socket && socket.encrypted === true && "getPeerCertificate" in socket && "getCipher" in socket

const tlsOf = (socket: object): Tls | undefined => {
  if (!isTlsSocket(socket)) return undefined
  const { fingerprint256, issuer = {}, subject = {}, subjectaltname } = socket.getPeerCertificate()
  return {
    version: socket.getProtocol() ?? "unknown",
    cipherSuite: socket.getCipher().standardName,
    ...(fingerprint256 === undefined
      ? {}
      : {
          certificate: {
            trusted: socket.authorized,
            commonNames: texts(subject["CN"]),
            alternativeNames: alternativeNames(subjectaltname ?? ""),
            subject: distinguished(subject),
            issuer: distinguished(issuer),
            fingerprint: fingerprint256
          }
        })
  }
}

/** A part of a name that is there more than once is an array. */
const texts = (part: unknown): ReadonlyArray<string> =>
  (Array.isArray(part) ? part : [part]).filter((text) => typeof text === "string")

const distinguished = (name: Readonly<Record<string, unknown>>): string =>
  Object.entries(name)
    .flatMap(([key, part]) => texts(part).map((text) => `${key}=${text}`))
    .join(", ")

// `DNS:a.example, IP Address:192.0.2.1, DNS:"quoted, since it has a comma"`: quoted as JSON.
const alternativeName = /([^:,"]+):(?:"((?:[^"\\]|\\.)*)"|([^,"]*))(?:, |$)/g

export const alternativeNames = (text: string): ReadonlyArray<AlternativeName> =>
  Array.from(text.matchAll(alternativeName), ([, kind = "", quoted, plain = ""]) => ({
    kind,
    value: quoted === undefined ? plain : unquoted(quoted)
  }))

const unquoted = (text: string): string =>
  text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, code: string | undefined, character: string | undefined) =>
    code === undefined ? (escaped[character ?? ""] ?? character ?? "") : String.fromCharCode(Number.parseInt(code, 16))
  )

const escaped: { readonly [character: string]: string } = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }
