/**
 * What a caller brings to read and write deflated data sets (PS3.5 section A.5): functions, so that no compression
 * library is needed where there is none to be had.
 *
 * @since 0.1.0
 */
import type * as Result from "effect/Result"

/**
 * Inflates a raw deflate stream (RFC 1951), whatever follows its end, and gives up as soon as there are more than
 * `maximum` bytes.
 *
 * @category models
 * @since 0.1.0
 */
export type Inflate = (deflated: Uint8Array, maximum: number) => Result.Result<Uint8Array, InflateFailure>

/**
 * Why bytes cannot be inflated.
 *
 * @category errors
 * @since 0.1.0
 */
export interface InflateFailure {
  readonly reason: "invalid deflation" | "limit exceeded"
  readonly detail: string
}

/**
 * Deflates to a raw deflate stream (RFC 1951).
 *
 * @category models
 * @since 0.1.0
 */
export type Deflate = (bytes: Uint8Array) => Uint8Array
