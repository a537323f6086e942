/**
 * A PDU that cannot be decoded: the last row of PS3.8 Table 9-10. It is a value, and as it stands an event of the state
 * machine; it says which reason the A-ABORT will give.
 *
 * @since 0.1.0
 */
import type { ProviderReason } from "./A_ABORT.ts"

/**
 * An unrecognized or invalid PDU.
 *
 * @category models
 * @since 0.1.0
 */
export interface InvalidPdu {
  readonly _tag: "Unrecognized or invalid PDU"
  /** The Provider Reason that the A-ABORT carries (PS3.8 section 9.3.8). */
  readonly reason: ProviderReason
  /** What was wrong, and where, as one phrase. */
  readonly detail: string
}

/**
 * What is wrong with a PDU, for a reader, and the reason that the A-ABORT will give (PS3.8 section 9.3.8).
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (reason: ProviderReason, detail: string): InvalidPdu => ({
  _tag: "Unrecognized or invalid PDU",
  reason,
  detail
})
