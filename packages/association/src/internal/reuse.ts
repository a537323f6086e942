/**
 * Which associations of a pool serve whom: those of the same peer, requested in the same name, on which all contexts that
 * are needed were proposed.
 */
import * as Equal from "effect/Equal"
import type * as Association from "../Association.ts"
import type { Peer } from "../AssociationPool.ts"

type Contexts = Association.RequestOptions["presentationContexts"]

/** The name of a peer. */
export const nameOf = (peer: Peer): string => peer.name ?? peer.calledAETitle

/**
 * Whether an association that was requested as one peer is what another would request. The closing policy, deadlines and
 * limits are this side's own; whom the acceptor takes it for is not, and an AE title alone does not tell two hosts apart.
 */
export const isSame = (one: Peer, other: Peer): boolean =>
  one === other ||
  (one.callingAETitle === other.callingAETitle &&
    one.calledAETitle === other.calledAETitle &&
    (one.name === undefined || other.name === undefined
      ? one.transport === other.transport
      : one.name === other.name) &&
    Equal.equals(one.userIdentity, other.userIdentity) &&
    Equal.equals(one.userInformation, other.userInformation))

/** The keys of a list, which is used again and again. */
export const keysOf = (contexts: Contexts): ReadonlyArray<string> => {
  const known = keysByList.get(contexts)
  if (known !== undefined) return known
  const keys = contexts.map(keyOf)
  keysByList.set(contexts, keys)
  return keys
}

const keysByList = new WeakMap<Contexts, ReadonlyArray<string>>()

const keyOf = (context: Contexts[number]): string => `${context.abstractSyntax} ${context.transferSyntaxes.join(" ")}`
