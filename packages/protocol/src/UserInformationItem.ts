/**
 * The User Information Item of an A-ASSOCIATE-RQ and -AC (PS3.8 sections 9.3.2.3 and 9.3.3.3) and its sub-items, those of
 * other files among them, as they stand on the wire. What they say is in `UserInformation.ts`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as AsynchronousOperationsWindow from "./AsynchronousOperationsWindow.ts"
import * as ExtendedNegotiation from "./ExtendedNegotiation.ts"
import * as internal from "./internal/uid.ts"
import * as Wire from "./internal/wire.ts"
import * as RoleSelection from "./RoleSelection.ts"
import * as UserIdentity from "./UserIdentity.ts"

// -----------------------------------------------------------------------------
// the items
// -----------------------------------------------------------------------------

/**
 * Maximum Length Sub-Item (PS3.8 section D.1).
 *
 * @category items
 * @since 0.1.0
 */
export const MaximumLength = Schema.TaggedStruct("Maximum Length Sub-Item", {
  /** Bytes 5-8: the most bytes of a P-DATA-TF's variable field, or 0 for no limit. */
  maximumLengthReceived: Wire.FourBytes
})

/**
 * Implementation Class UID Sub-Item (PS3.7 section D.3.3.2.1).
 *
 * @category items
 * @since 0.1.0
 */
export const ImplementationClassUid = Schema.TaggedStruct("Implementation Class UID Sub-Item", {
  implementationClassUid: Wire.Text
})

/**
 * Implementation Version Name Sub-Item (PS3.7 section D.3.3.2.3).
 *
 * @category items
 * @since 0.1.0
 */
export const ImplementationVersionName = Schema.TaggedStruct("Implementation Version Name Sub-Item", {
  implementationVersionName: Wire.Text
})

const maximumLengthType = 0x51
const implementationClassUidType = 0x52
const implementationVersionNameType = 0x55

/**
 * A sub-item of a type without a meaning, kept as data (PS3.8 section 9.3.1).
 *
 * @category items
 * @since 0.1.0
 */
export const UnknownSubItem = Wire.unknown([
  maximumLengthType,
  implementationClassUidType,
  AsynchronousOperationsWindow.itemType,
  RoleSelection.itemType,
  implementationVersionNameType,
  ExtendedNegotiation.itemType,
  ExtendedNegotiation.commonItemType,
  UserIdentity.itemType,
  UserIdentity.responseItemType
])

/**
 * Any sub-item of user information (PS3.8 Annex D, PS3.7 Annex D.3.3).
 *
 * @category items
 * @since 0.1.0
 */
export const SubItem = Schema.Union([
  MaximumLength,
  ImplementationClassUid,
  AsynchronousOperationsWindow.SubItem,
  RoleSelection.SubItem,
  ImplementationVersionName,
  ExtendedNegotiation.SubItem,
  ExtendedNegotiation.CommonSubItem,
  UserIdentity.SubItem,
  UserIdentity.ResponseSubItem,
  UnknownSubItem
])

/**
 * @category items
 * @since 0.1.0
 */
export type SubItem = typeof SubItem.Type

/** @internal */
export const subItemsLength = (subItems: ReadonlyArray<SubItem>): number => {
  const w = Wire.writer()
  for (const subItem of subItems) putSubItem(w, subItem)
  return w.at
}

/**
 * User Information Item (PS3.8 sections 9.3.2.3 and 9.3.3.3), its sub-items as they stood.
 *
 * @category items
 * @since 0.1.0
 */
export const Item = Schema.TaggedStruct("User Information Item", { subItems: Schema.Array(SubItem) }).check(
  Schema.makeFilter((item) => Wire.fits(subItemsLength(item.subItems), item._tag))
)

/**
 * @category items
 * @since 0.1.0
 */
export type Item = typeof Item.Type

// -----------------------------------------------------------------------------
// the codec
// -----------------------------------------------------------------------------
//
// byte   1    Item-type       50H
// byte   2    reserved        sent as 00H, not tested
// bytes  3-4  Item-length
// bytes  5-   sub-items; those defined here: 51H maximum length (4 bytes), 52H implementation class UID, 55H
//             implementation version name; each: type, reserved byte, 2 bytes of length, value

/** @internal */
export const itemType = 0x50

const putSubItem = (w: Wire.Writer, item: SubItem): void => {
  switch (item._tag) {
    case "Maximum Length Sub-Item": {
      const opened = Wire.open(w, maximumLengthType)
      Wire.putU32(w, item.maximumLengthReceived)
      return Wire.close(w, opened)
    }
    case "Implementation Class UID Sub-Item":
      return Wire.putTextItem(w, implementationClassUidType, item.implementationClassUid)
    case "Asynchronous Operations Window Sub-Item":
      return AsynchronousOperationsWindow.put(w, item)
    case "SCP/SCU Role Selection Sub-Item":
      return RoleSelection.put(w, item)
    case "Implementation Version Name Sub-Item":
      return Wire.putTextItem(w, implementationVersionNameType, item.implementationVersionName)
    case "SOP Class Extended Negotiation Sub-Item":
      return ExtendedNegotiation.put(w, item)
    case "SOP Class Common Extended Negotiation Sub-Item":
      return ExtendedNegotiation.putCommon(w, item)
    case "User Identity Sub-Item (A-ASSOCIATE-RQ)":
      return UserIdentity.put(w, item)
    case "User Identity Sub-Item (A-ASSOCIATE-AC)":
      return UserIdentity.putResponse(w, item)
    case "Unknown":
      return Wire.putUnknown(w, item)
  }
}

const readSubItem = (c: Wire.Cursor, itemType: number, reserved: number): SubItem => {
  switch (itemType) {
    case maximumLengthType:
      return { _tag: "Maximum Length Sub-Item", maximumLengthReceived: Wire.u32(c, "maximum length") }
    case implementationClassUidType:
      return {
        _tag: "Implementation Class UID Sub-Item",
        implementationClassUid: internal.readUid(c, Wire.left(c), "implementation class UID")
      }
    case AsynchronousOperationsWindow.itemType:
      return AsynchronousOperationsWindow.read(c)
    case RoleSelection.itemType:
      return RoleSelection.read(c)
    case implementationVersionNameType:
      return {
        _tag: "Implementation Version Name Sub-Item",
        implementationVersionName: Wire.text(c, Wire.left(c), "implementation version name")
      }
    case ExtendedNegotiation.itemType:
      return ExtendedNegotiation.read(c)
    case ExtendedNegotiation.commonItemType:
      return ExtendedNegotiation.readCommon(c, reserved)
    case UserIdentity.itemType:
      return UserIdentity.read(c)
    case UserIdentity.responseItemType:
      return UserIdentity.readResponse(c)
    default:
      return Wire.readUnknown(c, itemType, reserved, "user information")
  }
}

/** @internal */
export const put = (w: Wire.Writer, item: Item): void => {
  const opened = Wire.open(w, itemType)
  for (const subItem of item.subItems) putSubItem(w, subItem)
  Wire.close(w, opened)
}

/** @internal */
export const read = (c: Wire.Cursor): Item => ({
  _tag: "User Information Item",
  subItems: Wire.items(c, "user information", readSubItem)
})
