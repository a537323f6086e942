/**
 * Presentation contexts: what may be sent over an association, and how it is encoded (PS3.8 sections 7.1.1.13,
 * 9.3.2.2 and 9.3.3.2): the definition list, the result list, what an acceptor supports and what is agreed. Their
 * negotiation is in `PresentationContextNegotiation.ts`, their items are in `PresentationContextItem.ts`.
 *
 * Which SOP classes and transfer syntaxes there are is not this file's business.
 *
 * @since 0.1.0
 */
import { Uid } from "@effect-dicom/data/Uid"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { code } from "./internal/code.ts"
import * as internal from "./internal/uid.ts"

// -----------------------------------------------------------------------------
// the parameters
// -----------------------------------------------------------------------------

/**
 * A presentation context id: an odd number from 1 to 255 (PS3.8 section 9.3.2.2).
 *
 * @category parameters
 * @since 0.1.0
 */
export const Id = Schema.declare<number>((u): u is number => typeof u === "number", {
  expected: "a number",
  toCodecArbitrary: () =>
    Schema.link<number>()(
      Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 127 })),
      SchemaTransformation.transform({ decode: (n) => 2 * n + 1, encode: (id) => (id - 1) / 2 })
    )
})
  .check(
    Schema.makeFilter(
      (id: number) => isLegal(id) || `presentation context id is ${id}; permitted: odd numbers from 1 to 255`,
      { expected: "an odd number from 1 to 255" }
    )
  )
  .pipe(Schema.brand("PresentationContextId"))

/**
 * @category parameters
 * @since 0.1.0
 */
export type Id = typeof Id.Type

const isLegal = (id: number): boolean => id >= 1 && id <= 255 && id % 2 === 1

const isId = (id: unknown): id is Id => typeof id === "number" && isLegal(id)

/**
 * The most presentation contexts of an association: as many as there are ids.
 *
 * @category parameters
 * @since 0.1.0
 */
export const maximumContexts = 128

/**
 * A proposed context: an abstract syntax, and the transfer syntaxes that the requestor can use for it, the preferred
 * ones first as far as the requestor has a preference.
 *
 * @category models
 * @since 0.1.0
 */
export const Proposed = Schema.Struct({
  id: Id,
  abstractSyntax: Uid,
  transferSyntaxes: Schema.Array(Uid).check(
    Schema.makeFilter(
      (uids: ReadonlyArray<Uid>) =>
        uids.length > 0 || "presentation context has no transfer syntax; permitted: one or more",
      { expected: "one transfer syntax or more", arbitraryConstraint: { minLength: 1 } }
    )
  )
})

/**
 * @category models
 * @since 0.1.0
 */
export type Proposed = typeof Proposed.Type

/**
 * A context as it was received: one without a transfer syntax is refused by `PresentationContextNegotiation.negotiate`, where a leniency lets it
 * come that far.
 *
 * @category models
 * @since 0.1.0
 */
export const ReceivedProposed = Schema.Struct({ id: Id, abstractSyntax: Uid, transferSyntaxes: Schema.Array(Uid) })

/**
 * @category models
 * @since 0.1.0
 */
export type ReceivedProposed = typeof ReceivedProposed.Type

const results = code("presentation context result", {
  acceptance: 0,
  "user-rejection": 1,
  "no-reason": 2,
  "abstract-syntax-not-supported": 3,
  "transfer-syntaxes-not-supported": 4
})

/**
 * The acceptor's word on a context (PS3.8 Table 9-18, byte 7): the last three are the provider's rejections. A byte
 * without a name is kept.
 *
 * @category parameters
 * @since 0.1.0
 */
export const ResultReason = results.schema

/**
 * @category parameters
 * @since 0.1.0
 */
export type ResultReason = typeof ResultReason.Type

/**
 * The byte of a result (PS3.8 Table 9-18).
 *
 * @category codecs
 * @since 0.1.0
 */
export const resultCode: (result: ResultReason) => number = results.encode

/**
 * The result that a byte says.
 *
 * @category codecs
 * @since 0.1.0
 */
export const resultFromCode: (byte: number) => ResultReason = results.decode

/**
 * The answer to a proposed context.
 *
 * **Details**
 *
 * The transfer syntax has a meaning only with "acceptance" (PS3.8 section 9.3.3.2); it may be absent otherwise.
 *
 * @category models
 * @since 0.1.0
 */
export const Answer = Schema.Struct({
  id: Id,
  result: ResultReason,
  transferSyntax: Schema.optionalKey(Uid)
}).check(
  Schema.makeFilter((answer) =>
    answer.result !== "acceptance" || answer.transferSyntax !== undefined
      ? undefined
      : {
          path: ["transferSyntax"],
          issue: "an accepted presentation context has no transfer syntax; permitted: one"
        }
  )
)

/**
 * @category models
 * @since 0.1.0
 */
export type Answer = typeof Answer.Type

/**
 * An answer as it was received: an acceptance may lack its transfer syntax, which `PresentationContextNegotiation.accepted` finds.
 *
 * @category models
 * @since 0.1.0
 */
export const ReceivedAnswer = Schema.Struct({
  id: Id,
  result: ResultReason,
  transferSyntax: Schema.optionalKey(Uid)
})

/**
 * @category models
 * @since 0.1.0
 */
export type ReceivedAnswer = typeof ReceivedAnswer.Type

/** The rule that a list of contexts breaks, or nothing. */
const brokenList = (list: ReadonlyArray<{ readonly id: number }>): string | undefined => {
  if (list.length > maximumContexts) {
    return `${list.length} presentation contexts; permitted: at most ${maximumContexts}`
  }
  const seen = new Set<number>()
  for (const { id } of list) {
    if (seen.has(id)) return `presentation context id ${id} is used twice; permitted: once`
    seen.add(id)
  }
  return undefined
}

const idOfContext = (context: { readonly id: number }): number => context.id

/**
 * Presentation Context Definition List (PS3.8 section 7.1.1.13): 1 to 128 contexts, each id once.
 *
 * @category parameters
 * @since 0.1.0
 */
export const DefinitionList = Schema.Array(Proposed).check(
  Schema.makeFilter(
    (list: ReadonlyArray<Proposed>) =>
      list.length === 0 ? "no presentation context; permitted: 1 to 128" : brokenList(list),
    { expected: "1 to 128 contexts, each id once", arbitraryConstraint: { minLength: 1, uniqueBy: idOfContext } }
  )
)

/**
 * A definition list that is plainly right; nothing where {@link DefinitionList} is to say what it is.
 *
 * @internal
 */
export const plainDefinitionList = (
  list: ReadonlyArray<typeof Proposed.Encoded>
): ReadonlyArray<Proposed> | undefined => {
  if (!Array.isArray(list) || list.length === 0) return undefined
  const contexts: Array<Proposed> = []
  for (const context of list) {
    if (!Predicate.isObject(context)) return undefined
    const { abstractSyntax, id, transferSyntaxes } = context
    if (!isId(id) || !internal.isUid(abstractSyntax)) return undefined
    if (!Array.isArray(transferSyntaxes) || transferSyntaxes.length === 0) return undefined
    if (!transferSyntaxes.every(internal.isUid)) return undefined
    contexts.push({ id, abstractSyntax, transferSyntaxes: transferSyntaxes.slice() })
  }
  return brokenList(contexts) === undefined ? contexts : undefined
}

/**
 * Presentation Context Definition Result List (PS3.8 section 7.1.1.14): one answer for each context.
 *
 * @category parameters
 * @since 0.1.0
 */
export const ResultList = Schema.Array(Answer).check(
  Schema.makeFilter((list: ReadonlyArray<Answer>) => brokenList(list), {
    expected: "at most 128 answers, each id once",
    arbitraryConstraint: { uniqueBy: idOfContext }
  })
)

/**
 * What an acceptor supports for an abstract syntax.
 *
 * @category models
 * @since 0.1.0
 */
export interface Supported {
  readonly abstractSyntax: Uid
  /** The preferred ones first. */
  readonly transferSyntaxes: ReadonlyArray<Uid>
  /** What the acceptor lets the requestor be; SCU only when absent. */
  readonly requestorRole?: { readonly scu: boolean; readonly scp: boolean }
}

/**
 * A context that is agreed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Accepted {
  readonly id: number
  readonly abstractSyntax: Uid
  readonly transferSyntax: Uid
  /**
   * What the association-requestor may be for this abstract syntax; SCU only unless negotiated (PS3.7 section
   * D.3.3.4).
   */
  readonly requestorRole: { readonly scu: boolean; readonly scp: boolean }
}
