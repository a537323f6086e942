/**
 * How strictly a peer is held to the standard: one named policy for each way in which real peers are known to depart
 * from it. The default is strict. What was tolerated is reported, never silent.
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
 * A policy for each quirk.
 *
 * @category models
 * @since 0.1.0
 */
export interface Leniency {
  /** An A-RELEASE PDU whose length is not 4 (PS3.8 sections 9.3.6 and 9.3.7). */
  readonly releaseLength: Policy
}

/**
 * Something that was tolerated.
 *
 * @category models
 * @since 0.1.0
 */
export interface Tolerated {
  readonly quirk: keyof Leniency
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
 * The standard to the letter; the default.
 *
 * @category policies
 * @since 0.1.0
 */
export const strict: Leniency = {
  releaseLength: "reject"
}

/**
 * @category constructors
 * @since 0.1.0
 */
export const judge = (leniency: Leniency): Judge => ({ leniency, tolerated: [] })

/**
 * Whether a quirk is let pass; keeps a report where the policy asks for one.
 *
 * @category operations
 * @since 0.1.0
 */
export const admits = (judge: Judge, quirk: keyof Leniency, detail: string): boolean => {
  const policy = judge.leniency[quirk]
  if (policy === "accept and warn") judge.tolerated.push({ quirk, detail })
  return policy !== "reject"
}
