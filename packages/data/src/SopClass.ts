/**
 * The SOP classes (PS3.4, registered in PS3.6 Annex A): their UIDs by keyword, and which of them are for storage. What
 * a class's service does is not this file's business.
 *
 * @since 0.1.0
 */
import { storageInForce, storageRetired } from "./internal/generated/sopClasses.ts"

export * from "./internal/generated/sopClasses.ts"

let storageUids: ReadonlySet<string> | undefined

/**
 * Whether a UID is that of a storage SOP class of the registry, in force or retired (PS3.4 Annexes B and GG).
 *
 * **Gotchas**
 *
 * A private storage SOP class is not known to the registry, and neither is one younger than its edition.
 *
 * @category guards
 * @since 0.1.0
 */
export const isStorage = (uid: string): boolean =>
  (storageUids ??= new Set<string>([...storageInForce, ...storageRetired])).has(uid)
