/**
 * The A-ABORT and A-P-ABORT services, which end an association at once (PS3.8 sections 7.3 and 7.4): their primitives,
 * their one PDU and its codec. When each may be issued is the state machine's business, not this file's.
 *
 * | parameter        | A-ABORT request | A-ABORT indication | A-P-ABORT indication |
 * | ---------------- | --------------- | ------------------ | -------------------- |
 * | Abort Source     |                 | M                  |                      |
 * | User Information | NU              | NU                 |                      |
 * | Provider Reason  |                 |                    | P                    |
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { code } from "./internal/code.ts"
import { absent, fixed } from "./internal/fixed.ts"
import * as InvalidPdu from "./InvalidPdu.ts"
import * as Leniency from "./Leniency.ts"

// -----------------------------------------------------------------------------
// the primitives
// -----------------------------------------------------------------------------

const sources = code("A-ABORT source", { "service-user": 0, reserved: 1, "service-provider": 2 })

const reasons = code("A-ABORT reason", {
  "reason-not-specified": 0,
  "unrecognized-PDU": 1,
  "unexpected-PDU": 2,
  reserved: 3,
  "unrecognized-PDU-parameter": 4,
  "unexpected-PDU-parameter": 5,
  "invalid-PDU-parameter-value": 6
})

/**
 * Who began the abort, as the PDU's Source field says it (PS3.8 section 9.3.8). A byte without a name is kept.
 *
 * @category parameters
 * @since 0.1.0
 */
export const Source = sources.schema

/**
 * @category parameters
 * @since 0.1.0
 */
export type Source = typeof Source.Type

/**
 * Why the provider aborts (PS3.8 sections 7.4.1 and 9.3.8). A byte without a name is kept.
 *
 * @category parameters
 * @since 0.1.0
 */
export const ProviderReason = reasons.schema

/**
 * @category parameters
 * @since 0.1.0
 */
export type ProviderReason = typeof ProviderReason.Type

/**
 * The Abort Source of an A-ABORT indication: the service-user, since a provider's abort is an A-P-ABORT indication
 * (PS3.8 section 7.3.1.1 and AA-3 of Table 9-9).
 *
 * @category parameters
 * @since 0.1.0
 */
export const AbortSource = fixed("A-ABORT abort source", "service-user")

/**
 * @category parameters
 * @since 0.1.0
 */
export type AbortSource = typeof AbortSource.Type

/**
 * The primitives of both services (PS3.8 sections 7.3 and 7.4).
 *
 * **Details**
 *
 * An A-P-ABORT indication has a `source` only where it comes from a PDU whose source was neither user nor provider.
 *
 * @category models
 * @since 0.1.0
 */
export const Primitive = Schema.TaggedUnion({
  "A-ABORT request": { abortSource: absent("A-ABORT abort source", "a request") },
  "A-ABORT indication": { abortSource: AbortSource },
  "A-P-ABORT indication": { providerReason: ProviderReason, source: Schema.optionalKey(Source) }
})

/**
 * @category models
 * @since 0.1.0
 */
export type Primitive = typeof Primitive.Type

/**
 * A user asks for the abort (PS3.8 section 7.3).
 *
 * @category models
 * @since 0.1.0
 */
export type Request = (typeof Primitive.cases)["A-ABORT request"]["Type"]

/**
 * A user is told that the other one has aborted (PS3.8 section 7.3).
 *
 * @category models
 * @since 0.1.0
 */
export type Indication = (typeof Primitive.cases)["A-ABORT indication"]["Type"]

/**
 * A user is told that the provider has aborted (PS3.8 section 7.4).
 *
 * @category models
 * @since 0.1.0
 */
export type ProviderIndication = (typeof Primitive.cases)["A-P-ABORT indication"]["Type"]

/**
 * Issued by a user that ends the association at once.
 *
 * @category constructors
 * @since 0.1.0
 */
export const request: Request = { _tag: "A-ABORT request" }

/**
 * Tells a user that its peer's user ended the association.
 *
 * @category constructors
 * @since 0.1.0
 */
export const userIndication: Indication = { _tag: "A-ABORT indication", abortSource: AbortSource.make("service-user") }

/**
 * Tells a user that a provider ended the association, its own or the peer's.
 *
 * @category constructors
 * @since 0.1.0
 */
export const providerIndication = (providerReason: ProviderReason): ProviderIndication => ({
  _tag: "A-P-ABORT indication",
  providerReason
})

// -----------------------------------------------------------------------------
// the PDU
// -----------------------------------------------------------------------------

/**
 * A-ABORT (PS3.8 section 9.3.8, Table 9-26).
 *
 * @category PDUs
 * @since 0.1.0
 */
export const Pdu = Schema.TaggedStruct("A-ABORT", {
  /** Byte 9. */
  source: Source,
  /** Byte 10. Not significant when the source is the service-user. */
  reason: ProviderReason
})

/**
 * @category PDUs
 * @since 0.1.0
 */
export type Pdu = typeof Pdu.Type

/**
 * What the service-user's request is sent as (AA-1 of Table 9-9).
 *
 * @category PDUs
 * @since 0.1.0
 */
export const userPdu: Pdu = { _tag: "A-ABORT", source: "service-user", reason: "reason-not-specified" }

/**
 * What the provider sends (AA-8 of Table 9-9).
 *
 * @category PDUs
 * @since 0.1.0
 */
export const providerPdu = (reason: ProviderReason): Pdu => ({ _tag: "A-ABORT", source: "service-provider", reason })

/**
 * The indication that a received A-ABORT gives (AA-3 of Table 9-9): the user's is an A-ABORT indication, any other an
 * A-P-ABORT indication.
 *
 * @category PDUs
 * @since 0.1.0
 */
export const indication = (pdu: Pdu): Indication | ProviderIndication => {
  if (pdu.source === "service-user") return userIndication
  if (pdu.source === "service-provider") return providerIndication(pdu.reason)
  return { _tag: "A-P-ABORT indication", providerReason: pdu.reason, source: pdu.source }
}

/**
 * The byte of a source (PS3.8 section 9.3.8).
 *
 * @category codecs
 * @since 0.1.0
 */
export const sourceCode: (source: Source) => number = sources.encode

/**
 * The byte of a reason (PS3.8 section 9.3.8).
 *
 * @category codecs
 * @since 0.1.0
 */
export const reasonCode: (reason: ProviderReason) => number = reasons.encode

// -----------------------------------------------------------------------------
// the codec
// -----------------------------------------------------------------------------
//
// byte   1    PDU-type        07H
// byte   2    reserved        sent as 00H, not tested
// bytes  3-6  PDU-length      4
// bytes  7-8  reserved        sent as 0000H, not tested
// byte   9    source
// byte  10    reason/diag.

/**
 * The ten bytes of an A-ABORT.
 *
 * @category codecs
 * @since 0.1.0
 */
export const encode = (pdu: Pdu): Uint8Array =>
  Uint8Array.of(0x07, 0, 0, 0, 0, 4, 0, 0, sources.encode(pdu.source), reasons.encode(pdu.reason))

/**
 * Decodes what follows the header of an A-ABORT.
 *
 * @category codecs
 * @since 0.1.0
 */
export const decode = (
  body: Uint8Array,
  judge: Leniency.Judge = Leniency.judge(Leniency.strict)
): Result.Result<Pdu, InvalidPdu.InvalidPdu> => {
  const source = body[2]
  const reason = body[3]
  if (source === undefined || reason === undefined || body.length > 4) {
    const detail = `A-ABORT has length ${body.length}; permitted: 4`
    if (source === undefined || reason === undefined || !Leniency.admits(judge, "trailingBytes", detail)) {
      return Result.fail(InvalidPdu.make("invalid-PDU-parameter-value", detail))
    }
  }
  return Result.succeed({ _tag: "A-ABORT", source: sources.decode(source), reason: reasons.decode(reason) })
}
