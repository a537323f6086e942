/**
 * Transfer syntaxes (PS3.5 Annex A and section 10): how the bytes of a data set are to be read. Reading them, and what
 * is inside of encapsulated pixel data, is not this file's business.
 *
 * @since 0.1.0
 */
import { all } from "./internal/generated/transferSyntaxes.ts"
import type { Uid } from "./Uid.ts"

/**
 * How elements are written: the order of the bytes of a number, and whether the VR stands beside the tag (PS3.5
 * sections 7.1.2, 7.1.3 and 7.3).
 *
 * @category models
 * @since 0.1.0
 */
export interface Encoding {
  readonly byteOrder: "little endian" | "big endian"
  readonly explicitVr: boolean
}

/**
 * A transfer syntax.
 *
 * @category models
 * @since 0.1.0
 */
export interface TransferSyntax extends Encoding {
  readonly uid: Uid
  /** The keyword of PS3.6 Annex A; a transfer syntax without one is not in the registry. */
  readonly keyword?: string
  /** The name of PS3.6 Annex A, or the UID. */
  readonly name: string
  /** Whether pixel data, where there is any, is in fragments (PS3.5 section A.4). */
  readonly encapsulated: boolean
  /** Whether the whole data set is deflated (PS3.5 section A.5). */
  readonly deflated: boolean
  readonly retired: boolean
}

/**
 * A transfer syntax of the registry.
 *
 * @category models
 * @since 0.1.0
 */
export interface Known extends TransferSyntax {
  readonly keyword: string
}

export * from "./internal/generated/transferSyntaxes.ts"

let byUid: ReadonlyMap<string, Known> | undefined

/**
 * Gives the transfer syntax of a UID. One that is not in the registry is taken as the standard requires of every syntax
 * with a compressed image: explicit VR little endian, encapsulated (PS3.5 section A.4).
 *
 * **Example**
 *
 * ```ts
 * import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
 *
 * TransferSyntax.fromUid(TransferSyntax.RLELossless.uid).encapsulated // true
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromUid = (uid: Uid): TransferSyntax =>
  (byUid ??= new Map(all.map((syntax) => [syntax.uid, syntax]))).get(uid) ?? {
    uid,
    name: uid,
    byteOrder: "little endian",
    explicitVr: true,
    encapsulated: true,
    deflated: false,
    retired: false
  }

/**
 * Whether a transfer syntax is one of the registry.
 *
 * @category guards
 * @since 0.1.0
 */
export const isKnown = (syntax: TransferSyntax): syntax is Known => syntax.keyword !== undefined
