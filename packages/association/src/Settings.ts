/**
 * Deadlines and limits of associations. Each has a default, and each deadline ends in a `TimedOut` that names it.
 *
 * @since 0.1.0
 */
import * as Leniency from "@effect-dicom/protocol/Leniency"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/**
 * Deadlines and limits of an association. Each deadline ends in a `TimedOut` that names it.
 *
 * @category settings
 * @since 0.1.0
 */
export interface Settings {
  /** Opening the transport connection. Default: 15 seconds. */
  readonly connect: Duration.Input
  /** The ARTIM timer: an A-ASSOCIATE-RQ after the connection, the peer's close at the end (PS3.8 9.1.4). Default: 30 seconds. */
  readonly artim: Duration.Input
  /** From the transport connection to an established association. Default: 30 seconds. */
  readonly negotiation: Duration.Input
  /** From the first byte of a PDU to its last, time spent waiting for our own handler not counted. Default: 60 seconds. */
  readonly pdu: Duration.Input
  /** Until the peer has taken what was written. Default: 60 seconds. */
  readonly write: Duration.Input
  /** Nothing sent and nothing received, with no operation under way. Default: 60 seconds. */
  readonly idle: Duration.Input
  /**
   * How long a closing scope waits for the peer to close the transport connection after an abort, and how long what the peer
   * has still to say is awaited where nothing more can be written to it. Default: 1 second.
   */
  readonly linger: Duration.Input
  /** The maximum length of a P-DATA-TF that we announce and receive, in bytes (PS3.8 Annex D.1). Default: 131072. */
  readonly maximumLength: number
  /** The longest PDU other than P-DATA-TF that is read, in bytes; checked at its header. Default: 262144. */
  readonly negotiationMaximumLength: number
  /** The longest P-DATA-TF that we send, whatever the peer allows, in bytes. Default: 131072, and so is 0. */
  readonly sendMaximumLength: number
  /** How strictly the peer is held to the standard. Default: `Leniency.strict`. */
  readonly leniency: Leniency.Leniency
}

/**
 * The settings in force; provide a value to change some of them.
 *
 * **Example** (A shorter ARTIM timer)
 *
 * ```ts
 * import { UpperLayer } from "@effect-dicom/association"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   return yield* UpperLayer.Settings
 * }).pipe(UpperLayer.withSettings({ artim: "5 seconds" }))
 * ```
 *
 * @category settings
 * @since 0.1.0
 */
export const Settings: Context.Reference<Settings> = Context.Reference<Settings>("@effect-dicom/association/Settings", {
  defaultValue: (): Settings => ({
    connect: "15 seconds",
    artim: "30 seconds",
    negotiation: "30 seconds",
    pdu: "60 seconds",
    write: "60 seconds",
    idle: "60 seconds",
    linger: "1 second",
    maximumLength: 131072,
    negotiationMaximumLength: 262144,
    sendMaximumLength: 131072,
    leniency: Leniency.strict
  })
})

/**
 * Changes some of the settings for an effect.
 *
 * @category settings
 * @since 0.1.0
 */
export const withSettings =
  (changes: Partial<Settings>) =>
  <A, E, R>(self: Effect.Effect<A, E, R>) =>
    Effect.flatMap(Settings, (settings) => Effect.provideService(self, Settings, { ...settings, ...changes }))
