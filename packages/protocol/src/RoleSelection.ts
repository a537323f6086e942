/**
 * SCP/SCU role selection: which roles the association-requestor may take for a SOP class (PS3.7 section D.3.3.4).
 *
 * @since 0.1.0
 */
import { Uid } from "@effect-dicom/data/Uid"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Wire from "./internal/wire.ts"
import * as internal from "./internal/uid.ts"

/**
 * The roles of the association-requestor for a SOP class: proposed by the requestor, accepted by the acceptor.
 *
 * @category models
 * @since 0.1.0
 */
export const RoleSelection = Schema.Struct({
  sopClassUid: Uid,
  scuRole: Schema.Boolean,
  scpRole: Schema.Boolean
})

/**
 * @category models
 * @since 0.1.0
 */
export type RoleSelection = typeof RoleSelection.Type

/**
 * A list of role selections that is plainly right; nothing where its schema is to say what it is.
 *
 * @internal
 */
export const plainList = (
  list: ReadonlyArray<typeof RoleSelection.Encoded>
): ReadonlyArray<RoleSelection> | undefined => {
  if (!Array.isArray(list) || list.length > plainLength) return undefined
  const seen = new Set<string>()
  const roles: Array<RoleSelection> = []
  for (const role of list) {
    if (!Predicate.isObject(role)) return undefined
    const { scpRole, scuRole, sopClassUid } = role
    if (!internal.isUid(sopClassUid) || seen.has(sopClassUid)) return undefined
    if (typeof scuRole !== "boolean" || typeof scpRole !== "boolean") return undefined
    seen.add(sopClassUid)
    roles.push({ sopClassUid, scuRole, scpRole })
  }
  return roles
}

/** So many sub-items fit an item, whatever else is in it. */
const plainLength = 256

/**
 * The sub-item (PS3.7 Tables D.3-9 and D.3-10).
 *
 * @category items
 * @since 0.1.0
 */
export const SubItem = Schema.TaggedStruct("SCP/SCU Role Selection Sub-Item", {
  sopClassUid: Wire.Text.check(Schema.isMaxLength(Wire.maximumItemLength - 4)),
  /** 0 or 1, other values are not the standard's. */
  scuRole: Wire.Byte,
  /** 0 or 1, other values are not the standard's. */
  scpRole: Wire.Byte
})

/**
 * @category items
 * @since 0.1.0
 */
export type SubItem = typeof SubItem.Type

/**
 * The sub-item that roles are sent as (PS3.7 section D.3.3.4).
 *
 * @category items
 * @since 0.1.0
 */
export const toSubItem = (role: RoleSelection): SubItem => ({
  _tag: "SCP/SCU Role Selection Sub-Item",
  sopClassUid: role.sopClassUid,
  scuRole: role.scuRole ? 1 : 0,
  scpRole: role.scpRole ? 1 : 0
})

/**
 * The roles that a sub-item says (PS3.7 section D.3.3.4).
 *
 * @category items
 * @since 0.1.0
 */
export const fromSubItem = (item: SubItem): RoleSelection => ({
  sopClassUid: internal.uidOf(item.sopClassUid),
  scuRole: item.scuRole !== 0,
  scpRole: item.scpRole !== 0
})

// byte   1    Item-type       54H
// byte   2    reserved        sent as 00H, not tested
// bytes  3-4  Item-length
// bytes  5-6  UID-length
// bytes  7-   SOP-class-uid
// then one byte SCU-role, one byte SCP-role

/** @internal */
export const itemType = 0x54

/** @internal */
export const put = (w: Wire.Writer, item: SubItem): void => {
  const opened = Wire.open(w, itemType)
  Wire.putCountedText(w, item.sopClassUid)
  Wire.putU8(w, item.scuRole)
  Wire.putU8(w, item.scpRole)
  Wire.close(w, opened)
}

/** @internal */
export const read = (c: Wire.Cursor): SubItem => {
  const sopClassUid = internal.readUid(c, Wire.u16(c, "role selection"), "SOP class UID of a role selection")
  const scuRole = readRole(c, "SCU")
  const scpRole = readRole(c, "SCP")
  return { _tag: "SCP/SCU Role Selection Sub-Item", sopClassUid, scuRole, scpRole }
}

const readRole = (c: Wire.Cursor, role: string): number => {
  const byte = Wire.u8(c, `${role} role`)
  if (byte > 1) Wire.tolerate(c, "unknownRole", `${role} role is ${byte}; permitted: 0 or 1`)
  return byte
}
