/**
 * How strictly a peer is held to the standard: one named policy for each way in which real peers are known to depart
 * from it, and the few limits that have no number in the standard. The default is strict. What was tolerated is
 * reported, never silent, unless the policy is a plain "accept".
 *
 * Decoders and the reading of negotiations ask a {@link Judge}; what to do about a refusal is theirs to say.
 *
 * @since 0.1.0
 */

/**
 * What to do about a quirk: let it pass, let it pass and report it, or refuse it.
 *
 * @category models
 * @since 0.1.0
 */
export type Policy = "accept" | "accept and warn" | "reject"

/**
 * A policy for each quirk, and the limits that go with some of them.
 *
 * @category models
 * @since 0.1.0
 */
export interface Leniency {
  /** An A-RELEASE PDU whose length is not 4 (PS3.8 sections 9.3.6 and 9.3.7). */
  readonly releaseLength: Policy
  /** An A-ABORT or A-ASSOCIATE-RJ PDU with bytes after its four (PS3.8 sections 9.3.4 and 9.3.8). */
  readonly trailingBytes: Policy
  /** An AE title padded with NUL in place of spaces (PS3.5 section 6.2). Tolerated, the NULs are trimmed. */
  readonly nulPaddedAETitle: Policy
  /** A calling or called AE title of sixteen spaces (PS3.8 section 9.3.2). */
  readonly blankAETitle: Policy
  /** An AE title with a control character, a backslash or a byte above 7EH. Tolerated, it is kept as received. */
  readonly irregularAETitle: Policy
  /** A UID with NULs or spaces at its end (PS3.8 Annex F). Tolerated, they are trimmed. */
  readonly paddedUid: Policy
  /** A UID that breaks PS3.5 section 9.1: too long, a leading zero, ... Tolerated, it is kept as received. */
  readonly malformedUid: Policy
  /** A presentation context id that is even or zero (PS3.8 section 9.3.2.2). Tolerated, it is answered as it is. */
  readonly evenPresentationContextId: Policy
  /** A presentation context id used twice (PS3.8 section 7.1.1.13). Tolerated, the first one counts. */
  readonly repeatedPresentationContextId: Policy
  /** A request without a presentation context (PS3.8 section 9.3.2). Tolerated, it is answered with an empty list. */
  readonly noPresentationContexts: Policy
  /** A proposed context without a transfer syntax (PS3.8 section 9.3.2.2). Tolerated, that context is refused. */
  readonly proposedContextWithoutTransferSyntax: Policy
  /** A refused context without its transfer syntax sub-item, which is not significant (PS3.8 section 9.3.3.2). */
  readonly refusedContextWithoutTransferSyntax: Policy
  /** An item of unknown type (PS3.8 section 9.3.1 has it ignored). It is kept as data. */
  readonly unknownItem: Policy
  /** A second item of which one is allowed. Tolerated, the first one counts. */
  readonly repeatedItem: Policy
  /** An A-ASSOCIATE-RQ or -AC without user information (PS3.8 sections 9.3.2 and 9.3.3). */
  readonly noUserInformation: Policy
  /** User information without a maximum length (PS3.8 section D.1). Tolerated, it counts as no limit. */
  readonly noMaximumLength: Policy
  /** A maximum length below {@link Leniency.minimumMaximumLength} and not zero. */
  readonly smallMaximumLength: Policy
  /** User information without an implementation class UID (PS3.7 section D.3.3.2). */
  readonly noImplementationClassUid: Policy
  /** An implementation version name of no or more than 16 characters, or irregular ones (PS3.7 section D.3.3.2.3). */
  readonly irregularImplementationVersionName: Policy
  /** A role of a role selection that is neither 0 nor 1 (PS3.7 section D.3.3.4). Tolerated, it counts as 1. */
  readonly unknownRole: Policy
  /** A user identity type outside 1 to 5 (PS3.7 section D.3.3.7). Tolerated, the identity is ignored. */
  readonly unknownUserIdentityType: Policy
  /** A user identity whose primary field, or its passcode, is empty. */
  readonly emptyUserIdentityField: Policy
  /** An A-ASSOCIATE-AC with an application context name other than DICOM's, or none (PS3.8 section 9.3.3). */
  readonly otherApplicationContextInAnswer: Policy
  /** A P-DATA-TF longer than the maximum length we announced. Tolerated up to {@link Leniency.overlongPDataCap}. */
  readonly overlongPData: Policy
  /** A presentation data value whose fragment is of no bytes. */
  readonly emptyFragment: Policy
  /** A presentation data value whose fragment has an odd number of bytes (PS3.8 section 9.3.5.1). */
  readonly oddFragment: Policy
  /**
   * A conditional parameter of a response, or its data set, that is there where its condition does not hold, or absent
   * where it does, and a data set of a message that has none (PS3.7 sections 9.1 and 10.1). Tolerated, it is kept as
   * received.
   */
  readonly unmetCondition: Policy
  /**
   * A C-FIND-RSP with status Pending and no identifier, which says that something matched and not what (PS3.7 section
   * 9.1.2.1.5). Tolerated, it counts as a match of which nothing is told.
   */
  readonly pendingWithoutIdentifier: Policy
  /** The maximum length, in bytes, below which {@link Leniency.smallMaximumLength} decides. */
  readonly minimumMaximumLength: number
  /** The PDU length, in bytes, that no leniency goes beyond. */
  readonly overlongPDataCap: number
}

/**
 * The name of a quirk.
 *
 * @category models
 * @since 0.1.0
 */
export type Quirk = { readonly [K in keyof Leniency]: Leniency[K] extends Policy ? K : never }[keyof Leniency]

/**
 * Something that was tolerated.
 *
 * @category models
 * @since 0.1.0
 */
export interface Tolerated {
  readonly quirk: Quirk
  readonly detail: string
}

/**
 * A leniency at work: decoders ask it, and it keeps what it was asked to report.
 *
 * @category models
 * @since 0.1.0
 */
export interface Judge {
  readonly leniency: Leniency
  readonly tolerated: Array<Tolerated>
}

/**
 * The standard to the letter; the default. What the standard itself has ignored, and what nobody refuses, is accepted.
 *
 * @category policies
 * @since 0.1.0
 */
export const strict: Leniency = {
  releaseLength: "reject",
  trailingBytes: "reject",
  nulPaddedAETitle: "reject",
  blankAETitle: "reject",
  irregularAETitle: "reject",
  paddedUid: "accept",
  malformedUid: "reject",
  evenPresentationContextId: "reject",
  repeatedPresentationContextId: "reject",
  noPresentationContexts: "reject",
  proposedContextWithoutTransferSyntax: "reject",
  refusedContextWithoutTransferSyntax: "accept",
  unknownItem: "accept",
  repeatedItem: "reject",
  noUserInformation: "accept and warn",
  noMaximumLength: "accept and warn",
  smallMaximumLength: "reject",
  noImplementationClassUid: "accept and warn",
  irregularImplementationVersionName: "accept and warn",
  unknownRole: "reject",
  unknownUserIdentityType: "reject",
  emptyUserIdentityField: "accept and warn",
  otherApplicationContextInAnswer: "accept and warn",
  overlongPData: "reject",
  emptyFragment: "accept",
  oddFragment: "accept",
  unmetCondition: "accept and warn",
  pendingWithoutIdentifier: "reject",
  minimumMaximumLength: 1024,
  overlongPDataCap: 1024 * 1024
}

/**
 * Talks to whatever can be talked to, and reports what it put up with.
 *
 * **Example**
 *
 * ```ts
 * import { Leniency } from "@effect-dicom/protocol"
 *
 * const policies: Leniency.Leniency = { ...Leniency.lenient, blankAETitle: "reject" }
 * ```
 *
 * @category policies
 * @since 0.1.0
 */
export const lenient: Leniency = {
  ...strict,
  releaseLength: "accept and warn",
  trailingBytes: "accept and warn",
  nulPaddedAETitle: "accept and warn",
  blankAETitle: "accept and warn",
  irregularAETitle: "accept and warn",
  malformedUid: "accept and warn",
  evenPresentationContextId: "accept and warn",
  repeatedPresentationContextId: "accept and warn",
  noPresentationContexts: "accept and warn",
  proposedContextWithoutTransferSyntax: "accept and warn",
  repeatedItem: "accept and warn",
  smallMaximumLength: "accept and warn",
  irregularImplementationVersionName: "accept",
  unknownRole: "accept and warn",
  unknownUserIdentityType: "accept and warn",
  overlongPData: "accept and warn",
  pendingWithoutIdentifier: "accept and warn"
}

/**
 * A judge with nothing to report yet.
 *
 * @category constructors
 * @since 0.1.0
 */
export const judge = (leniency: Leniency): Judge => ({ leniency, tolerated: [] })

/** How many reports a judge keeps: a peer that departs from the standard in every PDU must not fill the memory. */
const reportsKept = 1000

/**
 * Whether a quirk is let pass; keeps a report where the policy asks for one (the first thousand).
 *
 * @category operations
 * @since 0.1.0
 */
export const admits = (judge: Judge, quirk: Quirk, detail: string): boolean => {
  const policy = judge.leniency[quirk]
  if (policy === "accept and warn" && judge.tolerated.length < reportsKept) judge.tolerated.push({ quirk, detail })
  return policy !== "reject"
}
