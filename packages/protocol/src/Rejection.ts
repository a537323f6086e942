/**
 * Why an association is rejected: result, source, and a reason of that source (PS3.8 Table 9-21). A source with another
 * source's reason does not compile, and is refused by the schemas.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { code } from "./internal/code.ts"
import type { UnknownCode } from "./internal/code.ts"
import * as Wire from "./internal/wire.ts"

/**
 * The sources of a rejection (PS3.8 Table 9-21, byte 9): 1, 2, 3, in this order.
 *
 * @category parameters
 * @since 0.1.0
 */
export const sources = [
  "DICOM UL service-user",
  "DICOM UL service-provider (ACSE related function)",
  "DICOM UL service-provider (Presentation related function)"
] as const

const [user, acse, presentation] = sources

const resultCodes = code("A-ASSOCIATE result", { "rejected-permanent": 1, "rejected-transient": 2 })

const sourceCodes = code("A-ASSOCIATE result source", { [user]: 1, [acse]: 2, [presentation]: 3 })

const userReasons = {
  "no-reason-given": 1,
  "application-context-name-not-supported": 2,
  "calling-AE-title-not-recognized": 3,
  "called-AE-title-not-recognized": 7
}
const acseReasons = { "no-reason-given": 1, "protocol-version-not-supported": 2 }
const presentationReasons = { "temporary-congestion": 1, "local-limit-exceeded": 2 }

/** The reasons of PS3.8 Table 9-21 by their source; those it reserves have no name. */
const reasonCodes = {
  [user]: code("A-ASSOCIATE diagnostic", userReasons),
  [acse]: code("A-ASSOCIATE diagnostic", acseReasons),
  [presentation]: code("A-ASSOCIATE diagnostic", presentationReasons)
}

const reasonNames: { readonly [S in Source]: ReadonlyArray<string> } = {
  [user]: Object.keys(userReasons),
  [acse]: Object.keys(acseReasons),
  [presentation]: Object.keys(presentationReasons)
}

/**
 * Result of a rejection (PS3.8 Table 9-21, byte 8).
 *
 * @category parameters
 * @since 0.1.0
 */
export type RejectResult = "rejected-permanent" | "rejected-transient"

/**
 * Result Source of a rejection (PS3.8 Table 9-21, byte 9).
 *
 * @category parameters
 * @since 0.1.0
 */
export type Source = (typeof sources)[number]

/** For each source its reasons and nobody else's. */
type BySource<R, Other> =
  | { readonly result: R; readonly source: typeof user; readonly diagnostic: keyof typeof userReasons | Other }
  | { readonly result: R; readonly source: typeof acse; readonly diagnostic: keyof typeof acseReasons | Other }
  | {
      readonly result: R
      readonly source: typeof presentation
      readonly diagnostic: keyof typeof presentationReasons | Other
    }

/**
 * A rejection in the standard's words.
 *
 * @category models
 * @since 0.1.0
 */
export type Rejection = BySource<RejectResult, never>

/**
 * A rejection as it was received: bytes without a name are kept.
 *
 * @category models
 * @since 0.1.0
 */
export type ReceivedRejection =
  | BySource<RejectResult | UnknownCode, UnknownCode>
  | { readonly result: RejectResult | UnknownCode; readonly source: UnknownCode; readonly diagnostic: UnknownCode }

const Reason = Schema.Literals([
  "no-reason-given",
  "application-context-name-not-supported",
  "calling-AE-title-not-recognized",
  "called-AE-title-not-recognized",
  "protocol-version-not-supported",
  "temporary-congestion",
  "local-limit-exceeded"
])

type Reason = typeof Reason.Type

/** Whether a reason is one of its source's; an unknown one must be unknown there. */
const belongs = (rejection: {
  readonly source: Source | UnknownCode
  readonly diagnostic: Reason | UnknownCode
}): undefined | { readonly path: ReadonlyArray<string>; readonly issue: string } => {
  const { diagnostic, source } = rejection
  if (typeof source !== "string") {
    return typeof diagnostic !== "string"
      ? undefined
      : {
          path: ["diagnostic"],
          issue: `A-ASSOCIATE diagnostic is ${Wire.show(diagnostic)}; permitted with a source without a name: a byte`
        }
  }
  const permitted = reasonNames[source]
  const legal =
    typeof diagnostic === "string"
      ? permitted.includes(diagnostic)
      : typeof reasonCodes[source].decode(diagnostic.unknown) !== "string"
  return legal
    ? undefined
    : {
        path: ["diagnostic"],
        issue:
          `A-ASSOCIATE diagnostic is ${Wire.show(diagnostic)}; permitted with source ${Wire.show(source)}: ` +
          permitted.map(Wire.show).join(", ")
      }
}

/**
 * The schema of a rejection in the standard's words, with a tag.
 *
 * @category schemas
 * @since 0.1.0
 */
export const tagged = <const Tag extends string>(tag: Tag) =>
  Schema.TaggedStruct(tag, {
    result: Schema.Literals(["rejected-permanent", "rejected-transient"]),
    source: Schema.Literals(sources),
    diagnostic: Reason
  })
    .check(Schema.makeFilter(belongs))
    .pipe(
      // the check before it has compared source and diagnostic
      Schema.refine((rejection): rejection is typeof rejection & Rejection => belongs(rejection) === undefined)
    )

/**
 * The schema of a rejection as it was received, with a tag.
 *
 * @category schemas
 * @since 0.1.0
 */
export const taggedReceived = <const Tag extends string>(tag: Tag) =>
  Schema.TaggedStruct(tag, {
    result: resultCodes.schema,
    source: sourceCodes.schema,
    diagnostic: Schema.Union([Reason, Schema.Struct({ unknown: Wire.Byte })])
  })
    .check(Schema.makeFilter(belongs))
    .pipe(
      Schema.refine((rejection): rejection is typeof rejection & ReceivedRejection => belongs(rejection) === undefined)
    )

/**
 * The three bytes of a rejection: result, source, reason (PS3.8 Table 9-21, bytes 8 to 10).
 *
 * @category codecs
 * @since 0.1.0
 */
export const toBytes = (rejection: ReceivedRejection): readonly [number, number, number] => {
  const { diagnostic, result, source } = rejection
  const reason = typeof source === "string" ? reasonCode(source, diagnostic) : diagnostic
  return [resultCodes.encode(result), sourceCodes.encode(source), typeof reason === "number" ? reason : reason.unknown]
}

const reasonCode = (source: Source, diagnostic: Reason | UnknownCode): number => {
  if (typeof diagnostic !== "string") return diagnostic.unknown
  const codes: { readonly [name: string]: number } =
    source === user ? userReasons : source === acse ? acseReasons : presentationReasons
  return codes[diagnostic] ?? 0
}

/**
 * The rejection that three bytes say.
 *
 * @category codecs
 * @since 0.1.0
 */
export const fromBytes = (result: number, source: number, reason: number): ReceivedRejection => {
  const named = { result: resultCodes.decode(result), source: sourceCodes.decode(source) }
  switch (named.source) {
    case user:
      return { ...named, source: user, diagnostic: reasonCodes[user].decode(reason) }
    case acse:
      return { ...named, source: acse, diagnostic: reasonCodes[acse].decode(reason) }
    case presentation:
      return { ...named, source: presentation, diagnostic: reasonCodes[presentation].decode(reason) }
    default:
      return { result: named.result, source: named.source, diagnostic: { unknown: reason } }
  }
}
