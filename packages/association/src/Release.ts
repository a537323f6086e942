/**
 * The release of an association as its two users see it (PS3.8 section 7.2): how it ended, for the one who asked, and the
 * decision to give, for the other.
 *
 * @since 0.1.0
 */
import type * as Command from "@effect-dicom/protocol/Command"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type { Association } from "./Association.ts"
import type * as AssociationError from "./AssociationError.ts"
import type * as Dimse from "./Dimse.ts"
import type * as UpperLayer from "./UpperLayer.ts"

/**
 * How a release ended: all there is. The first two are the release; the others say what came instead of it.
 *
 * @category models
 * @since 0.1.0
 */
export type Outcome =
  | { readonly _tag: "Released" }
  | { readonly _tag: "ReleasedAfterCollision" }
  | AssociationError.AbortedByPeer
  | AssociationError.AbortedByProvider
  | AssociationError.AbortedLocally
  | AssociationError.TransportClosed
  | AssociationError.TimedOut

/**
 * How an association that was established ended.
 *
 * @category models
 * @since 0.1.0
 */
export type End = Exclude<
  UpperLayer.End,
  AssociationError.ConnectFailed | AssociationError.TlsFailed | AssociationError.Rejected
>

/**
 * The outcome that an end is.
 *
 * @category operations
 * @since 0.1.0
 */
export const outcome = (end: End): Outcome =>
  end._tag !== "Released" ? end : end.collision ? { _tag: "ReleasedAfterCollision" } : { _tag: "Released" }

// -----------------------------------------------------------------------------
// the peer's release: a decision given exactly once
// -----------------------------------------------------------------------------

/**
 * What an acceptor of a release has while it decides (Sta8): it may send, and nothing else. The decision is what the
 * handler returns, so it cannot be forgotten and cannot be given twice.
 *
 * @category decisions
 * @since 0.1.0
 */
export interface Indication {
  readonly association: Pick<Association, "callingAETitle" | "calledAETitle" | "contexts" | "role">
  /** Sends a message: P-DATA requests by action AR-7. No response can come, since the peer may not send. */
  readonly send: (
    contextId: number,
    command: Command.Command,
    dataSet?: ReadonlyArray<Uint8Array>
  ) => Effect.Effect<void, Dimse.OperationError>
}

/**
 * What to do about the peer's release.
 *
 * @category decisions
 * @since 0.1.0
 */
export type Decision =
  | { readonly _tag: "respond" }
  | { readonly _tag: "abort" }
  | { readonly _tag: "send first"; readonly sends: Effect.Effect<void, Dimse.OperationError> }

/**
 * Answer with an A-RELEASE response, as soon as the requests that have arrived are answered.
 *
 * @category decisions
 * @since 0.1.0
 */
export const respond: Extract<Decision, { readonly _tag: "respond" }> = { _tag: "respond" }

/**
 * Break the release off with an A-ABORT request.
 *
 * @category decisions
 * @since 0.1.0
 */
export const abort: Extract<Decision, { readonly _tag: "abort" }> = { _tag: "abort" }

/**
 * Send what is still to be sent, then answer with an A-RELEASE response. Failing to send aborts.
 *
 * @category decisions
 * @since 0.1.0
 */
export const sendFirst = (sends: Effect.Effect<void, Dimse.OperationError>): Decision => ({
  _tag: "send first",
  sends
})

/**
 * Decides about releases of the peer's user.
 *
 * @category decisions
 * @since 0.1.0
 */
export interface Handler {
  /**
   * How long after the peer's request the response may be, with what is answered and sent before it; then the
   * association is aborted, and its end is `TimedOut`. Default: 60 seconds.
   */
  readonly within?: Duration.Input
  /** The peer asks for the release (Sta8). Default: {@link respond}. */
  readonly onIndication?: (indication: Indication) => Effect.Effect<Decision>
  /** Both sides have asked (Sta9, Sta10): nothing may be sent any more. Default: {@link respond}. */
  readonly onCollision?: (
    indication: Pick<Indication, "association">
  ) => Effect.Effect<Exclude<Decision, { readonly _tag: "send first" }>>
}
