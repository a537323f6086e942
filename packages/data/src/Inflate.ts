/**
 * What a caller brings to read and write deflated data sets (PS3.5 section A.5): functions, so that no compression
 * library is needed where there is none to be had.
 *
 * @since 0.1.0
 */
import type * as Result from "effect/Result"

/**
 * Inflates a raw deflate stream (RFC 1951), whatever follows its end, and gives up as soon as there are more than
 * `maximum` bytes. What gives the bytes alone does not tell of any that follow.
 *
 * **Example**
 *
 * ```ts
 * import type { Inflate } from "@effect-dicom/data"
 * import * as Result from "effect/Result"
 * import { inflateRawSync } from "node:zlib"
 *
 * const inflate: Inflate.Inflate = (deflated, maximum) =>
 *   Result.try({
 *     try: () => {
 *       const found: unknown = inflateRawSync(deflated, { info: true, maxOutputLength: maximum })
 *       // Node's types do not know what it gives with `info`
 *       const { buffer, engine } = found as { buffer: Uint8Array; engine: { bytesWritten: number } }
 *       return { bytes: new Uint8Array(buffer), read: engine.bytesWritten }
 *     },
 *     catch: (error) => ({ reason: "invalid deflation" as const, detail: String(error) })
 *   })
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export type Inflate = (deflated: Uint8Array, maximum: number) => Result.Result<Uint8Array | Inflated, InflateFailure>

/**
 * What was inflated, and where the stream ended: Node's zlib gives `bytesWritten` with the option `info`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Inflated {
  readonly bytes: Uint8Array
  /** How many of the deflated bytes the stream takes. */
  readonly read: number
}

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
