/**
 * The negotiation of presentation contexts (PS3.8 sections 7.1.1.13 and 7.1.1.14, PS3.7 section D.3.3.4): what an
 * acceptor answers to a proposal, and what a requestor reads in the answer, each with what is then agreed. The contexts
 * themselves are in `PresentationContext.ts`; when negotiation takes place is not this file's business.
 *
 * @since 0.1.0
 */
import type { Uid } from "@effect-dicom/data/Uid"
import type { Accepted, Answer, Proposed, ReceivedAnswer, ResultReason, Supported } from "./PresentationContext.ts"
import type { RoleSelection } from "./RoleSelection.ts"

// -----------------------------------------------------------------------------
// the acceptor's side
// -----------------------------------------------------------------------------

/**
 * How the acceptor decides.
 *
 * @category models
 * @since 0.1.0
 */
export interface NegotiateOptions {
  /** Whose order of transfer syntaxes decides; the acceptor's when absent. */
  readonly preference?: "acceptor" | "requestor"
  /** The role selections of the request. */
  readonly roleSelections?: ReadonlyArray<RoleSelection>
}

/**
 * What the acceptor answers, and what is then agreed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Negotiated {
  /** One answer for each proposed context, in their order. */
  readonly answers: ReadonlyArray<Answer>
  /** One role selection for each that was proposed for a supported abstract syntax. */
  readonly roleSelections: ReadonlyArray<RoleSelection>
  readonly accepted: ReadonlyArray<Accepted>
}

const defaultRole = { scu: true, scp: false }

/**
 * What an acceptor supports, prepared: an acceptor of many associations makes it once.
 *
 * @category models
 * @since 0.1.0
 */
export interface Support {
  readonly byAbstractSyntax: ReadonlyMap<
    string,
    { readonly entry: Supported; readonly ranks: ReadonlyMap<string, number> }
  >
}

/**
 * Prepares what an acceptor supports. Of two entries for an abstract syntax the later one counts.
 *
 * @category negotiation
 * @since 0.1.0
 */
export const support = (supported: Iterable<Supported> | Support): Support => {
  if ("byAbstractSyntax" in supported) return supported
  const byAbstractSyntax = new Map<string, { readonly entry: Supported; readonly ranks: ReadonlyMap<string, number> }>()
  // Many abstract syntaxes share one list of transfer syntaxes.
  const ranksOf = new Map<ReadonlyArray<Uid>, ReadonlyMap<string, number>>()
  for (const entry of supported) {
    let ranks = ranksOf.get(entry.transferSyntaxes)
    if (ranks === undefined) {
      const made = new Map<string, number>()
      for (const uid of entry.transferSyntaxes) if (!made.has(uid)) made.set(uid, made.size)
      ranksOf.set(entry.transferSyntaxes, (ranks = made))
    }
    byAbstractSyntax.set(entry.abstractSyntax, { entry, ranks })
  }
  return { byAbstractSyntax }
}

/**
 * Answers a proposal (PS3.8 section 7.1.1.14, PS3.7 section D.3.3.4).
 *
 * **Details**
 *
 * A context of an abstract syntax that is not supported, or without a transfer syntax that is, is refused with the
 * provider's reason. Of the proposed roles those are accepted that the acceptor lets the requestor have; a context of
 * which no role is left is refused by the user. Time is linear in the contexts and transfer syntaxes.
 *
 * @category negotiation
 * @since 0.1.0
 */
export const negotiate = (
  proposed: ReadonlyArray<Proposed>,
  supported: Iterable<Supported> | Support,
  options: NegotiateOptions = {}
): Negotiated => {
  const { byAbstractSyntax } = support(supported)
  const roles = new Map<string, RoleSelection>()
  for (const role of options.roleSelections ?? []) {
    const known = byAbstractSyntax.get(role.sopClassUid)
    if (known === undefined || roles.has(role.sopClassUid)) continue
    const permitted = known.entry.requestorRole ?? defaultRole
    roles.set(role.sopClassUid, {
      sopClassUid: role.sopClassUid,
      scuRole: role.scuRole && permitted.scu,
      scpRole: role.scpRole && permitted.scp
    })
  }
  const answers: Array<Answer> = []
  const accepted: Array<Accepted> = []
  for (const context of proposed) {
    const known = byAbstractSyntax.get(context.abstractSyntax)
    if (known === undefined) {
      answers.push({ id: context.id, result: "abstract-syntax-not-supported" })
      continue
    }
    const transferSyntax = choose(context.transferSyntaxes, known.ranks, options.preference ?? "acceptor")
    if (transferSyntax === undefined) {
      answers.push({ id: context.id, result: "transfer-syntaxes-not-supported" })
      continue
    }
    const role = roles.get(context.abstractSyntax)
    const permitted = known.entry.requestorRole ?? defaultRole
    const requestorRole =
      role === undefined ? { scu: permitted.scu, scp: false } : { scu: role.scuRole, scp: role.scpRole }
    if (!requestorRole.scu && !requestorRole.scp) {
      answers.push({ id: context.id, result: "user-rejection" })
      continue
    }
    answers.push({ id: context.id, result: "acceptance", transferSyntax })
    accepted.push({ id: context.id, abstractSyntax: context.abstractSyntax, transferSyntax, requestorRole })
  }
  return { answers, roleSelections: [...roles.values()], accepted }
}

const choose = (
  proposed: ReadonlyArray<Uid>,
  ranks: ReadonlyMap<string, number>,
  preference: "acceptor" | "requestor"
): Uid | undefined => {
  let best: Uid | undefined
  let bestRank = Infinity
  for (const uid of proposed) {
    const rank = ranks.get(uid)
    if (rank === undefined) continue
    if (preference === "requestor") return uid
    if (rank < bestRank) {
      best = uid
      bestRank = rank
    }
  }
  return best
}

// -----------------------------------------------------------------------------
// the requestor's side
// -----------------------------------------------------------------------------

/**
 * Something in an answer that the standard does not provide for. The context it speaks of is not usable, unless it says
 * otherwise.
 *
 * @category models
 * @since 0.1.0
 */
export type Oddity =
  /** An answer to a context that was not proposed; it is ignored. */
  | { readonly _tag: "Unknown id"; readonly id: number }
  /** A second answer to a context; the first one counts, so the context may be usable. */
  | { readonly _tag: "Repeated answer"; readonly id: number }
  /** A proposed context without an answer. */
  | { readonly _tag: "Missing answer"; readonly id: number }
  /** An acceptance with a transfer syntax that was not proposed. */
  | { readonly _tag: "Unproposed transfer syntax"; readonly id: number; readonly transferSyntax: string }
  /** An acceptance without a transfer syntax. */
  | { readonly _tag: "Acceptance without transfer syntax"; readonly id: number }
  /** A refusal without a transfer syntax sub-item, which is not significant (PS3.8 section 9.3.3.2). */
  | { readonly _tag: "Refusal without transfer syntax"; readonly id: number }
  /** A result without a name in the standard; it counts as a refusal. */
  | { readonly _tag: "Unknown result"; readonly id: number; readonly result: number }
  /** A role that was not proposed for the SOP class; it does not count, contexts stay usable. */
  | { readonly _tag: "Unproposed role"; readonly sopClassUid: string }

/**
 * The role selections of both sides.
 *
 * @category models
 * @since 0.1.0
 */
export interface Roles {
  readonly proposed?: ReadonlyArray<RoleSelection>
  readonly answered?: ReadonlyArray<RoleSelection>
}

/**
 * What the requestor may use, what was refused, and what was odd.
 *
 * @category models
 * @since 0.1.0
 */
export interface Reading {
  readonly accepted: ReadonlyArray<Accepted>
  readonly refused: ReadonlyArray<{ readonly id: number; readonly abstractSyntax: Uid; readonly result: ResultReason }>
  readonly oddities: ReadonlyArray<Oddity>
}

/**
 * Reads the answer to a proposal. A role counts when it was both proposed and answered; without an answer the roles are
 * the default ones (PS3.7 section D.3.3.4). Time is linear in the contexts and transfer syntaxes.
 *
 * @category negotiation
 * @since 0.1.0
 */
export const accepted = (
  proposed: ReadonlyArray<Proposed>,
  answers: ReadonlyArray<ReceivedAnswer>,
  roles: Roles = {}
): Reading => {
  const oddities: Array<Oddity> = []
  const proposedRoles = new Map<string, RoleSelection>()
  for (const role of roles.proposed ?? []) proposedRoles.set(role.sopClassUid, role)
  const agreedRoles = new Map<string, { readonly scu: boolean; readonly scp: boolean }>()
  for (const role of roles.answered ?? []) {
    const mine = proposedRoles.get(role.sopClassUid)
    if (mine === undefined || (role.scuRole && !mine.scuRole) || (role.scpRole && !mine.scpRole)) {
      oddities.push({ _tag: "Unproposed role", sopClassUid: role.sopClassUid })
    }
    if (mine !== undefined && !agreedRoles.has(role.sopClassUid)) {
      agreedRoles.set(role.sopClassUid, { scu: role.scuRole && mine.scuRole, scp: role.scpRole && mine.scpRole })
    }
  }
  const byId = new Map<number, ReceivedAnswer>()
  const ids = new Set<number>()
  for (const context of proposed) ids.add(context.id)
  for (const answer of answers) {
    if (!ids.has(answer.id)) oddities.push({ _tag: "Unknown id", id: answer.id })
    else if (byId.has(answer.id)) oddities.push({ _tag: "Repeated answer", id: answer.id })
    else byId.set(answer.id, answer)
  }
  const usable: Array<Accepted> = []
  const refused: Array<Reading["refused"][number]> = []
  for (const context of proposed) {
    const { abstractSyntax, id } = context
    const answer = byId.get(id)
    if (answer === undefined) {
      oddities.push({ _tag: "Missing answer", id })
    } else if (answer.result !== "acceptance") {
      refused.push({ id, abstractSyntax, result: answer.result })
      if (typeof answer.result !== "string")
        oddities.push({ _tag: "Unknown result", id, result: answer.result.unknown })
      if (answer.transferSyntax === undefined) oddities.push({ _tag: "Refusal without transfer syntax", id })
    } else if (answer.transferSyntax === undefined) {
      oddities.push({ _tag: "Acceptance without transfer syntax", id })
    } else if (!context.transferSyntaxes.includes(answer.transferSyntax)) {
      oddities.push({ _tag: "Unproposed transfer syntax", id, transferSyntax: answer.transferSyntax })
    } else {
      const requestorRole = agreedRoles.get(abstractSyntax) ?? defaultRole
      usable.push({ id, abstractSyntax, transferSyntax: answer.transferSyntax, requestorRole })
    }
  }
  return { accepted: usable, refused, oddities }
}
