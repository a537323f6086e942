/**
 * The registry of DICOM unique identifiers (PS3.6 Annex A): what a UID stands for, and by keyword the UIDs that are
 * neither SOP classes (`SopClass.ts`) nor transfer syntaxes (`TransferSyntax.ts`).
 *
 * @since 0.1.0
 */
import { uidTable } from "./internal/generated/uidTable.ts"
import type { Uid } from "./Uid.ts"

export * from "./internal/generated/wellKnownUids.ts"

/**
 * One row of PS3.6 Table A-1.
 *
 * @category models
 * @since 0.1.0
 */
export interface Entry {
  readonly uid: Uid
  /** Empty for the few that the standard has retired without a name. */
  readonly name: string
  /** As printed: "SOP Class", "Transfer Syntax", "Application Context Name" ... */
  readonly type: string
  /** What the table adds to the name, often empty. */
  readonly info: string
  readonly retired: boolean
  /** Empty where the name is. */
  readonly keyword: string
}

let entries: ReadonlyMap<string, Entry> | undefined

const read = (): ReadonlyMap<string, Entry> => {
  const map = new Map<string, Entry>()
  for (const row of uidTable.split("\n")) {
    const [uid = "", name = "", type = "", info = "", retired = "", keyword = ""] = row.split("\t")
    // the cast: the generator has checked every UID of the table
    map.set(uid, { uid: uid as Uid, name, type, info, retired: retired !== "", keyword })
  }
  return map
}

/**
 * Finds what a UID stands for. The table is read on the first call, not on import.
 *
 * **Example**
 *
 * ```ts
 * import * as UidRegistry from "@effect-dicom/data/UidRegistry"
 *
 * UidRegistry.find("1.2.840.10008.1.1")?.name // "Verification SOP Class"
 * UidRegistry.find("1.2.3") // undefined: not in the registry, which says nothing against it
 * ```
 *
 * @category operations
 * @since 0.1.0
 */
export const find = (uid: string): Entry | undefined => (entries ??= read()).get(uid)

/**
 * Every row, in the order of the table.
 *
 * @category operations
 * @since 0.1.0
 */
export const all = (): ReadonlyArray<Entry> => [...(entries ??= read()).values()]

/**
 * The name of a UID for a reader: its name in the registry, or the UID itself.
 *
 * @category operations
 * @since 0.1.0
 */
export const format = (uid: string): string => find(uid)?.name || uid
