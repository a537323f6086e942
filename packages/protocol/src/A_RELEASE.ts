/**
 * The A-RELEASE service, which ends an association in good order (PS3.8 section 7.2): its primitive, its two PDUs and
 * their codecs. When each may be issued is the state machine's business, not this file's.
 *
 * | parameter | request | indication | response | confirmation |
 * | --------- | ------- | ---------- | -------- | ------------ |
 * | Reason    | UF      | UF(=)      | UF       | UF(=)        |
 * | User Information | NU | NU(=)   | NU       | NU(=)        |
 * | Result    |         |            | MF       | MF(=)        |
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { absent, fixed } from "./internal/fixed.ts"
import * as InvalidPdu from "./InvalidPdu.ts"
import * as Leniency from "./Leniency.ts"

// -----------------------------------------------------------------------------
// the primitive
// -----------------------------------------------------------------------------

/**
 * The Reason parameter: fixed to "normal" in all four forms (PS3.8 section 7.2.1.1).
 *
 * @category parameters
 * @since 0.1.0
 */
export const Reason = fixed("A-RELEASE reason", "normal")

/**
 * @category parameters
 * @since 0.1.0
 */
export type Reason = typeof Reason.Type

/**
 * The Result parameter: fixed to "affirmative" in response and confirmation (PS3.8 section 7.2.1.3).
 *
 * @category parameters
 * @since 0.1.0
 */
export const ReleaseResult = fixed("A-RELEASE result", "affirmative")

/**
 * @category parameters
 * @since 0.1.0
 */
export type ReleaseResult = typeof ReleaseResult.Type

/**
 * The primitive in its four forms (PS3.8 section 7.2).
 *
 * **Gotchas**
 *
 * `reason` and `result` are branded: a literal typed by hand does not compile. Use {@link request}, {@link indication},
 * {@link response} and {@link confirmation}, or decode with this schema what comes from elsewhere.
 *
 * **Example**
 *
 * ```ts
 * import { A_RELEASE } from "@effect-dicom/protocol"
 * import * as Schema from "effect/Schema"
 *
 * A_RELEASE.request // { _tag: "A-RELEASE request", reason: "normal" }
 * Schema.is(A_RELEASE.Primitive)({ _tag: "A-RELEASE request", reason: "urgent" }) // false
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export const Primitive = Schema.TaggedUnion({
  "A-RELEASE request": { reason: Reason, result: absent("A-RELEASE result", "a request") },
  "A-RELEASE indication": { reason: Reason, result: absent("A-RELEASE result", "an indication") },
  "A-RELEASE response": { reason: Reason, result: ReleaseResult },
  "A-RELEASE confirmation": { reason: Reason, result: ReleaseResult }
})

/**
 * @category models
 * @since 0.1.0
 */
export type Primitive = typeof Primitive.Type

/**
 * A user asks for the release (PS3.8 section 7.2).
 *
 * @category models
 * @since 0.1.0
 */
export type Request = (typeof Primitive.cases)["A-RELEASE request"]["Type"]

/**
 * The other user is told of it (PS3.8 section 7.2).
 *
 * @category models
 * @since 0.1.0
 */
export type Indication = (typeof Primitive.cases)["A-RELEASE indication"]["Type"]

/**
 * The other user agrees (PS3.8 section 7.2).
 *
 * @category models
 * @since 0.1.0
 */
export type Response = (typeof Primitive.cases)["A-RELEASE response"]["Type"]

/**
 * The user who asked is told so (PS3.8 section 7.2).
 *
 * @category models
 * @since 0.1.0
 */
export type Confirmation = (typeof Primitive.cases)["A-RELEASE confirmation"]["Type"]

const reason = Reason.make("normal")
const result = ReleaseResult.make("affirmative")

/**
 * Issued by the user that ends the association.
 *
 * @category constructors
 * @since 0.1.0
 */
export const request: Request = { _tag: "A-RELEASE request", reason }

/**
 * Tells the other user that its peer ends the association.
 *
 * @category constructors
 * @since 0.1.0
 */
export const indication: Indication = { _tag: "A-RELEASE indication", reason }

/**
 * The other user's answer: always affirmative. A user that does not agree aborts.
 *
 * @category constructors
 * @since 0.1.0
 */
export const response: Response = { _tag: "A-RELEASE response", reason, result }

/**
 * Tells the user that its release is complete.
 *
 * @category constructors
 * @since 0.1.0
 */
export const confirmation: Confirmation = { _tag: "A-RELEASE confirmation", reason, result }

// -----------------------------------------------------------------------------
// the PDUs
// -----------------------------------------------------------------------------

/**
 * A-RELEASE-RQ (PS3.8 section 9.3.6). It carries no parameter: the service supplies reason on the other side.
 *
 * @category PDUs
 * @since 0.1.0
 */
export interface RQ {
  readonly _tag: "A-RELEASE-RQ"
}

/**
 * A-RELEASE-RP (PS3.8 section 9.3.7). It carries no parameter: the service supplies reason and result on the other
 * side.
 *
 * @category PDUs
 * @since 0.1.0
 */
export interface RP {
  readonly _tag: "A-RELEASE-RP"
}

/**
 * The one A-RELEASE-RQ that there is (PS3.8 section 9.3.6).
 *
 * @category PDUs
 * @since 0.1.0
 */
export const RQ: RQ = { _tag: "A-RELEASE-RQ" }

/**
 * The one A-RELEASE-RP that there is (PS3.8 section 9.3.7).
 *
 * @category PDUs
 * @since 0.1.0
 */
export const RP: RP = { _tag: "A-RELEASE-RP" }

// -----------------------------------------------------------------------------
// the codecs
// -----------------------------------------------------------------------------
//
// byte   1    PDU-type        05H, 06H
// byte   2    reserved        sent as 00H, not tested
// bytes  3-6  PDU-length      4
// bytes  7-10 reserved        sent as 00000000H, not tested

const encode = (type: number): Uint8Array => Uint8Array.of(type, 0, 0, 0, 0, 4, 0, 0, 0, 0)

/**
 * The ten bytes of an A-RELEASE-RQ.
 *
 * @category codecs
 * @since 0.1.0
 */
export const encodeRQ = (): Uint8Array => encode(0x05)

/**
 * The ten bytes of an A-RELEASE-RP.
 *
 * @category codecs
 * @since 0.1.0
 */
export const encodeRP = (): Uint8Array => encode(0x06)

/**
 * Decodes what follows the header of an A-RELEASE-RQ.
 *
 * @category codecs
 * @since 0.1.0
 */
export const decodeRQ = (body: Uint8Array, judge?: Leniency.Judge): Result.Result<RQ, InvalidPdu.InvalidPdu> =>
  decode(RQ, body, judge)

/**
 * Decodes what follows the header of an A-RELEASE-RP.
 *
 * @category codecs
 * @since 0.1.0
 */
export const decodeRP = (body: Uint8Array, judge?: Leniency.Judge): Result.Result<RP, InvalidPdu.InvalidPdu> =>
  decode(RP, body, judge)

const decode = <A extends RQ | RP>(
  pdu: A,
  body: Uint8Array,
  judge: Leniency.Judge = Leniency.judge(Leniency.strict)
): Result.Result<A, InvalidPdu.InvalidPdu> => {
  if (body.length === 4) return Result.succeed(pdu)
  const detail = `${pdu._tag} has length ${body.length}; permitted: 4`
  return Leniency.admits(judge, "releaseLength", detail)
    ? Result.succeed(pdu)
    : Result.fail(InvalidPdu.make("invalid-PDU-parameter-value", detail))
}
