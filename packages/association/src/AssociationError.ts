/**
 * How an association ends otherwise than it should, and why it could not begin: one tagged error for each outcome that
 * the standard names, each telling whose doing it was. The same values are the unhappy members of a release's outcome.
 *
 * @since 0.1.0
 */
import type { ReceivedRejection } from "@effect-dicom/protocol/Rejection"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { IllegalPrimitive } from "@effect-dicom/protocol/StateMachine"

export {
  /**
   * A primitive was issued in a state whose cell in PS3.8 Table 9-10 is blank. Nothing was sent; the state is unchanged.
   *
   * @category errors
   * @since 0.1.0
   */
  IllegalPrimitive
}

/**
 * The transport connection could not be opened.
 *
 * @category errors
 * @since 0.1.0
 */
export class ConnectFailed extends Schema.TaggedError<ConnectFailed>()("ConnectFailed", {
  cause: Schema.Defect()
}) {
  override get message(): string {
    return `The transport connection could not be opened: ${reason(this.cause)}`
  }
}

/**
 * The transport connection was opened, and could not be secured by TLS.
 *
 * @category errors
 * @since 0.1.0
 */
export class TlsFailed extends Schema.TaggedError<TlsFailed>()("TlsFailed", {
  /** What was in the way; `configuration` is this side's own key, certificate or authority. */
  reason: Schema.Literals([
    "configuration",
    "plain DICOM",
    "not TLS",
    "peer certificate",
    "own certificate",
    "nothing in common",
    "closed",
    "other"
  ]),
  /** In more words, OpenSSL's as a rule. */
  detail: Schema.optionalKey(Schema.String)
}) {
  override get message(): string {
    const sentence = tlsFailures[this.reason]
    return this.detail === undefined ? sentence : `${sentence}: ${this.detail}`
  }
}

const tlsFailures: { readonly [R in TlsFailed["reason"]]: string } = {
  configuration: "TLS cannot be used with the key, certificates or options given",
  "plain DICOM": "The peer speaks DICOM without TLS on a TLS port",
  "not TLS": "The peer does not speak TLS on this connection",
  "peer certificate": "The certificate of the peer is not accepted",
  "own certificate": "The peer did not accept the certificate of this side, or asks for one",
  "nothing in common": "The two sides have no version of TLS, cipher suite or signature algorithm in common",
  closed: "The peer closed the connection during the TLS handshake",
  other: "The TLS handshake failed"
}

/**
 * The peer, or a provider on the way, refused the association with an A-ASSOCIATE-RJ (PS3.8 section 7.1.1.7 to 7.1.1.9).
 *
 * @category errors
 * @since 0.1.0
 */
export class Rejected extends Schema.TaggedError<Rejected>()("Rejected", {
  /** Which side refused. */
  by: Schema.Literals(["peer", "local"]),
  /** "rejected-permanent" or "rejected-transient"; another code as `unknown (n)`. */
  result: Schema.String,
  /** Which part of it: the service user, the ACSE or the presentation provider. */
  source: Schema.String,
  /** Why, in the standard's words. */
  diagnostic: Schema.String
}) {
  override get message(): string {
    const whether = this.result === "rejected-transient" ? "; it may accept later" : ""
    const who = this.by === "peer" ? "The peer" : "This side"
    return `${who} rejected the association: ${this.diagnostic} (${this.result}, ${this.source})${whether}`
  }
}

/** @internal */
export const rejected = (by: "peer" | "local", rejection: ReceivedRejection): Rejected =>
  new Rejected({
    by,
    result: named(rejection.result),
    source: named(rejection.source),
    diagnostic: named(rejection.diagnostic)
  })

/** @internal */
export const named = (code: string | { readonly unknown: number }): string =>
  typeof code === "string" ? code : `unknown (${code.unknown})`

/**
 * The peer's user ended the association with an A-ABORT (PS3.8 section 7.3).
 *
 * @category errors
 * @since 0.1.0
 */
export class AbortedByPeer extends Schema.TaggedError<AbortedByPeer>()("AbortedByPeer", {}) {
  override get message(): string {
    return "The peer's user aborted the association"
  }
}

/**
 * A provider, the peer's or our own, ended the association (PS3.8 section 7.4).
 *
 * @category errors
 * @since 0.1.0
 */
export class AbortedByProvider extends Schema.TaggedError<AbortedByProvider>()("AbortedByProvider", {
  /** Which of the two providers: the peer's sent the A-ABORT, or ours did because of what the peer sent. */
  provider: Schema.Literals(["peer", "local"]),
  /** The Provider Reason in the standard's words; another code as `unknown (n)`. */
  reason: Schema.String,
  /** The Source of an A-ABORT that names neither user nor provider: "reserved", or `unknown (n)`. */
  source: Schema.optionalKey(Schema.String),
  /** What our own provider could not accept. */
  detail: Schema.optionalKey(Schema.String)
}) {
  override get message(): string {
    const source = this.source === undefined ? "" : ` (source: ${this.source})`
    return this.provider === "peer"
      ? `The peer's provider aborted the association: ${this.reason}${source}`
      : `The association was aborted because of what the peer sent: ${this.detail ?? this.reason} (${this.reason})`
  }
}

/**
 * The transport connection closed under the association: an A-P-ABORT by action AA-4.
 *
 * @category errors
 * @since 0.1.0
 */
export class TransportClosed extends Schema.TaggedError<TransportClosed>()("TransportClosed", {
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message(): string {
    return this.cause === undefined
      ? "The transport connection was closed by the peer"
      : `The transport connection was lost: ${reason(this.cause)}`
  }
}

/**
 * The deadlines that bound an association; see `UpperLayer.Settings` for their defaults.
 *
 * @category models
 * @since 0.1.0
 */
export const Deadline = Schema.Literals([
  "connect",
  "TLS handshake",
  "ARTIM",
  "negotiation",
  "PDU",
  "write",
  "idle",
  "operation",
  "cancel",
  "release"
])

/**
 * @category models
 * @since 0.1.0
 */
export type Deadline = typeof Deadline.Type

/**
 * A deadline passed.
 *
 * @category errors
 * @since 0.1.0
 */
export class TimedOut extends Schema.TaggedError<TimedOut>()("TimedOut", {
  deadline: Deadline,
  /** The time that was allowed, in milliseconds. */
  milliseconds: Schema.Number
}) {
  override get message(): string {
    return `The ${this.deadline} deadline passed: ${waitedFor[this.deadline]} within ${this.milliseconds} ms`
  }
}

const waitedFor: { readonly [D in Deadline]: string } = {
  connect: "no transport connection",
  "TLS handshake": "the TLS handshake was not complete",
  ARTIM: "no A-ASSOCIATE-RQ, or no close of the transport connection,",
  negotiation: "the association was not established",
  PDU: "a PDU that had begun did not arrive whole",
  write: "the peer did not take what was sent",
  idle: "nothing was sent or received",
  operation: "no response",
  cancel: "no last response to the C-CANCEL-RQ",
  release: "no answer to the release"
}

/**
 * This side's user ended the association while something still waited on it.
 *
 * @category errors
 * @since 0.1.0
 */
export class AbortedLocally extends Schema.TaggedError<AbortedLocally>()("AbortedLocally", {}) {
  override get message(): string {
    return "The association was aborted on this side"
  }
}

/**
 * The association was released while something still waited on it.
 *
 * @category errors
 * @since 0.1.0
 */
export class AlreadyReleased extends Schema.TaggedError<AlreadyReleased>()("AlreadyReleased", {
  /** Which user asked for the release. */
  by: Schema.Literals(["peer", "local"])
}) {
  override get message(): string {
    return this.by === "peer"
      ? "The peer released the association before this was answered"
      : "The association has been released"
  }
}

/**
 * No presentation context of the association serves what was asked of it.
 *
 * @category errors
 * @since 0.1.0
 */
export class NoPresentationContext extends Schema.TaggedError<NoPresentationContext>()("NoPresentationContext", {
  abstractSyntax: Schema.String,
  transferSyntax: Schema.optionalKey(Schema.String)
}) {
  override get message(): string {
    const syntax = this.transferSyntax === undefined ? "" : ` with transfer syntax ${this.transferSyntax}`
    return `No presentation context was accepted for ${this.abstractSyntax}${syntax}`
  }
}

/**
 * All associations that may be with a peer, or in all, were in use for as long as somebody would wait for one. Nothing was
 * sent, and it may work later.
 *
 * @category errors
 * @since 0.1.0
 */
export class NoPlace extends Schema.TaggedError<NoPlace>()("NoPlace", {
  /** The peer's name. */
  peer: Schema.String,
  /** The time that was allowed, in milliseconds. */
  milliseconds: Schema.Number
}) {
  override get message(): string {
    return `No association with ${this.peer} was given back to the pool within ${this.milliseconds} ms`
  }
}

/**
 * A message was to be sent in a presentation context that the association has not. Nothing was sent.
 *
 * @category errors
 * @since 0.1.0
 */
export class ContextNotAccepted extends Schema.TaggedError<ContextNotAccepted>()("ContextNotAccepted", {
  contextId: Schema.Number,
  /** The ids of the contexts that it has. */
  accepted: Schema.Array(Schema.Number)
}) {
  override get message(): string {
    const accepted = this.accepted.length === 0 ? "none" : this.accepted.join(", ")
    return `Presentation context ${this.contextId} was not accepted; accepted: ${accepted}`
  }
}

/**
 * An operation was begun in the middle of taking what another brings, and its response cannot come before more of that
 * is taken: as much is held of it as ever is. The association goes on.
 *
 * @category errors
 * @since 0.1.0
 */
export class Deadlock extends Schema.TaggedError<Deadlock>()("Deadlock", {}) {
  override get message(): string {
    return "An operation waits for what can only come once more is taken of what another one brings"
  }
}

/**
 * A data set was to be held whole, and is longer than what is held. The association goes on.
 *
 * @category errors
 * @since 0.1.0
 */
export class DataSetTooLong extends Schema.TaggedError<DataSetTooLong>()("DataSetTooLong", {
  /** The longest data set that would have been held, in bytes. */
  limit: Schema.Number
}) {
  override get message(): string {
    return `A data set is longer than the ${this.limit} bytes that are held of it`
  }
}

/**
 * How an established association can end before its time.
 *
 * @category models
 * @since 0.1.0
 */
export const Broken = Schema.Union([
  AbortedByPeer,
  AbortedByProvider,
  AbortedLocally,
  AlreadyReleased,
  TransportClosed,
  TimedOut
])

/**
 * @category models
 * @since 0.1.0
 */
export type Broken = typeof Broken.Type

/**
 * Why an association could not be established.
 *
 * @category models
 * @since 0.1.0
 */
export type NotEstablished = ConnectFailed | TlsFailed | Rejected | Exclude<Broken, AlreadyReleased>

// Node's error for several addresses that all refuse has a code and no message.
const reason = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause)
  return cause.message === "" && Predicate.hasProperty(cause, "code") ? String(cause.code) : cause.message
}
