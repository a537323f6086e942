/**
 * Addresses of peers as they are typed: "ARCHIVE@pacs.example.org:104", parts of it, or a name that stands for one.
 *
 * @since 0.1.0
 */
import * as AETitle from "@effect-dicom/protocol/AETitle"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/**
 * An address. Without a port, `host` may be the name of a peer.
 *
 * @category models
 * @since 0.1.0
 */
export interface PeerAddress {
  /** The AE title before the "@". */
  readonly call?: AETitle.AETitle
  readonly host: string
  readonly port?: number
}

/**
 * An address that is none.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidPeerAddress extends Schema.TaggedError<InvalidPeerAddress>()("InvalidPeerAddress", {
  address: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${JSON.stringify(this.address)} is no address of a peer: ${this.detail}`
  }
}

const title = Schema.decodeUnknownResult(AETitle.AETitle)

/** A host, in brackets if it has colons, and a port. */
const hostAndPort = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d+)$/

/**
 * Reads an address. An address of IPv6 that is followed by a port has brackets: "[::1]:104".
 *
 * @category codecs
 * @since 0.1.0
 */
export const parse = (address: string): Result.Result<PeerAddress, InvalidPeerAddress> => {
  const invalid = (detail: string) => Result.fail(new InvalidPeerAddress({ address, detail }))
  const at = address.lastIndexOf("@")
  const called = at < 0 ? undefined : title(address.slice(0, at).trim())
  const where = address.slice(at + 1).trim()
  if (called !== undefined && Result.isFailure(called)) return invalid(called.failure.message)
  const found = hostAndPort.exec(where)
  const host = found === null ? where.replace(/^\[(.*)\]$/, "$1") : (found[1] ?? found[2] ?? "")
  if (host === "") return invalid("it has no host; permitted: AE@host:port, host:port, or the name of a peer")
  if (/[\s[\]]/.test(host)) {
    return invalid(
      `${JSON.stringify(host)} is no host; permitted: a name or an address, one of IPv6 in brackets, as in [::1]:104`
    )
  }
  const titled = called === undefined ? {} : { call: called.success }
  if (found === null) return Result.succeed({ ...titled, host })
  const port = Number(found[3])
  if (port < 1 || port > 65535) return invalid(`the port is ${found[3]}; permitted: a TCP port, 1 to 65535`)
  return Result.succeed({ ...titled, host, port })
}

/**
 * Writes an address.
 *
 * @category formatting
 * @since 0.1.0
 */
export const format = ({ call, host, port }: PeerAddress): string =>
  `${call === undefined ? "" : `${call}@`}${host.includes(":") ? `[${host}]` : host}${port === undefined ? "" : `:${port}`}`
