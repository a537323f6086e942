/**
 * User information: what the two users tell each other when the association begins (PS3.8 section 7.1.1.6 and Annex D,
 * PS3.7 Annex D), as parameters of the primitive and as the sub-items of its item.
 *
 * @since 0.1.0
 */
import { Uid } from "@effect-dicom/data/Uid"
import * as Schema from "effect/Schema"
import * as AsynchronousOperationsWindow from "./AsynchronousOperationsWindow.ts"
import * as ExtendedNegotiation from "./ExtendedNegotiation.ts"
import { absent } from "./internal/fixed.ts"
import * as internal from "./internal/uid.ts"
import * as Wire from "./internal/wire.ts"
import * as Leniency from "./Leniency.ts"
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
 * Any sub-item of user information.
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

const subItemsLength = (subItems: ReadonlyArray<SubItem>): number => {
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
// the parameters
// -----------------------------------------------------------------------------

/**
 * An implementation version name: 1 to 16 characters of ISO 646:1990 without control characters (PS3.7 section
 * D.3.3.2.3).
 *
 * @category parameters
 * @since 0.1.0
 */
export const VersionName = Schema.String.check(
  Schema.makeFilter(
    (name: string) =>
      versionNamePattern.test(name) ||
      `implementation version name is ${Wire.show(name)}; permitted: 1 to 16 characters of ISO 646`,
    {
      expected: "1 to 16 characters of ISO 646",
      arbitraryConstraint: { patterns: [{ source: "^[ -~]{1,16}$", flags: "" }] }
    }
  )
)

const versionNamePattern = /^[ -~]{1,16}$/

/** A list of parameters for SOP classes: one for each. */
const onceEach = <S extends Schema.Constraint & { readonly Type: { readonly sopClassUid: string } }>(
  what: string,
  item: S
) =>
  Schema.Array(item).check(
    Schema.makeFilter(
      (list: ReadonlyArray<S["Type"]>) => {
        const seen = new Set<string>()
        for (const { sopClassUid } of list) {
          if (seen.has(sopClassUid)) return `${what} for ${sopClassUid} is given twice; permitted: once`
          seen.add(sopClassUid)
        }
        return undefined
      },
      { expected: `one ${what} for each SOP class`, arbitraryConstraint: { uniqueBy: sopClassOf } }
    )
  )

const sopClassOf = (parameter: { readonly sopClassUid: string }): string => parameter.sopClassUid

const parameters = {
  /** The most bytes of a P-DATA-TF's variable field that the sender can receive; 0 is no limit (PS3.8 section D.1). */
  maximumLength: Wire.FourBytes,
  asynchronousOperationsWindow: Schema.optionalKey(AsynchronousOperationsWindow.AsynchronousOperationsWindow),
  roleSelections: Schema.Array(RoleSelection.RoleSelection),
  sopClassExtendedNegotiations: Schema.Array(ExtendedNegotiation.SopClassExtendedNegotiation),
  sopClassCommonExtendedNegotiations: Schema.Array(ExtendedNegotiation.SopClassCommonExtendedNegotiation),
  userIdentity: Schema.optionalKey(UserIdentity.UserIdentity),
  /** The server response of the answer to a user identity: of no bytes for types 1 and 2. */
  userIdentityResponse: Schema.optionalKey(Wire.Bytes),
  /** Sub-items of types without a meaning. */
  unknown: Schema.Array(UnknownSubItem)
}

const sent = {
  ...parameters,
  roleSelections: onceEach("role selection", RoleSelection.RoleSelection),
  sopClassExtendedNegotiations: onceEach("extended negotiation", ExtendedNegotiation.SopClassExtendedNegotiation),
  sopClassCommonExtendedNegotiations: onceEach(
    "common extended negotiation",
    ExtendedNegotiation.SopClassCommonExtendedNegotiation
  ),
  implementationClassUid: Uid,
  implementationVersionName: Schema.optionalKey(VersionName)
}

const fits = Schema.makeFilter((information: UserInformation) =>
  Wire.fits(subItemsLength(toItem(information).subItems), "user information")
)

/**
 * User information as it is sent.
 *
 * @category models
 * @since 0.1.0
 */
export interface UserInformation extends Schema.Struct.Type<typeof sent> {}

/**
 * The schema of user information as it is sent, by either side.
 *
 * @category models
 * @since 0.1.0
 */
export const UserInformation = Schema.Struct(sent).check(fits)

/**
 * The schema of a request's user information: without a user identity response.
 *
 * @category models
 * @since 0.1.0
 */
export const OfRequest = Schema.Struct({
  ...sent,
  userIdentityResponse: absent("user identity response", "a request")
}).check(fits)

/**
 * The schema of a response's user information: without a user identity or common extended negotiation.
 *
 * @category models
 * @since 0.1.0
 */
export const OfResponse = Schema.Struct({
  ...sent,
  sopClassCommonExtendedNegotiations: Schema.Tuple([]),
  userIdentity: absent("user identity", "a response")
}).check(fits)

/**
 * User information as it was received: what every sender owes may be missing, and the version name is as it stood.
 *
 * @category models
 * @since 0.1.0
 */
export const Received = Schema.Struct({
  ...parameters,
  implementationClassUid: Schema.optionalKey(Uid),
  implementationVersionName: Schema.optionalKey(Schema.String)
})

/**
 * @category models
 * @since 0.1.0
 */
export type Received = typeof Received.Type

/**
 * What a caller gives for user information: lists may be left out, UIDs may be plain strings. They are checked.
 *
 * @category models
 * @since 0.1.0
 */
export type Input = Pick<typeof UserInformation.Encoded, "maximumLength" | "implementationClassUid"> &
  Partial<typeof UserInformation.Encoded>

/** @internal */
export const complete = (input: Input): typeof UserInformation.Encoded => ({
  roleSelections: [],
  sopClassExtendedNegotiations: [],
  sopClassCommonExtendedNegotiations: [],
  unknown: [],
  ...input
})

// -----------------------------------------------------------------------------
// between the two
// -----------------------------------------------------------------------------

/**
 * The item of user information, its sub-items by ascending type.
 *
 * @category items
 * @since 0.1.0
 */
export const toItem = (information: UserInformation): Item => {
  const subItems: Array<SubItem> = [
    { _tag: "Maximum Length Sub-Item", maximumLengthReceived: information.maximumLength },
    { _tag: "Implementation Class UID Sub-Item", implementationClassUid: information.implementationClassUid }
  ]
  const window = information.asynchronousOperationsWindow
  if (window !== undefined) subItems.push({ _tag: "Asynchronous Operations Window Sub-Item", ...window })
  for (const role of information.roleSelections) subItems.push(RoleSelection.toSubItem(role))
  if (information.implementationVersionName !== undefined) {
    subItems.push({
      _tag: "Implementation Version Name Sub-Item",
      implementationVersionName: information.implementationVersionName
    })
  }
  for (const negotiation of information.sopClassExtendedNegotiations) {
    subItems.push(ExtendedNegotiation.toSubItem(negotiation))
  }
  for (const negotiation of information.sopClassCommonExtendedNegotiations) {
    subItems.push(ExtendedNegotiation.toCommonSubItem(negotiation))
  }
  if (information.userIdentity !== undefined) subItems.push(UserIdentity.toSubItem(information.userIdentity))
  if (information.userIdentityResponse !== undefined) {
    subItems.push({
      _tag: "User Identity Sub-Item (A-ASSOCIATE-AC)",
      serverResponse: information.userIdentityResponse
    })
  }
  subItems.push(...information.unknown)
  return { _tag: "User Information Item", subItems }
}

/** What {@link fromItem} asks about, with what it found. Gives whether it may go on. */
type Ask = (quirk: Leniency.Quirk, detail: string) => boolean

/**
 * Reads user information. Gives what could be read, and the first thing that the judge refused, if any.
 *
 * **Details**
 *
 * Where a sub-item of which one is allowed comes twice, the first one counts. A maximum length that is missing is
 * read as 0. A user identity of unknown type is left out.
 *
 * @category items
 * @since 0.1.0
 */
export const fromItem = (
  item: Item | undefined,
  judge: Leniency.Judge = Leniency.judge(Leniency.strict)
): { readonly information: Received; readonly refused: string | undefined } => {
  let refused: string | undefined
  const ask: Ask = (quirk, detail) => {
    if (Leniency.admits(judge, quirk, detail)) return true
    refused ??= detail
    return false
  }
  const once = (already: unknown, what: string): boolean => {
    if (already === undefined) return true
    ask("repeatedItem", `user information has more than one ${what}; permitted: one`)
    return false
  }
  let maximumLength: number | undefined
  let implementationClassUid: Uid | undefined
  let implementationVersionName: string | undefined
  let asynchronousOperationsWindow: AsynchronousOperationsWindow.AsynchronousOperationsWindow | undefined
  let userIdentity: UserIdentity.UserIdentity | undefined
  let userIdentityResponse: Uint8Array | undefined
  const roleSelections: Array<RoleSelection.RoleSelection> = []
  const sopClassExtendedNegotiations: Array<ExtendedNegotiation.SopClassExtendedNegotiation> = []
  const sopClassCommonExtendedNegotiations: Array<ExtendedNegotiation.SopClassCommonExtendedNegotiation> = []
  const unknown: Array<Wire.Unknown> = []
  for (const subItem of item?.subItems ?? []) {
    switch (subItem._tag) {
      case "Maximum Length Sub-Item":
        if (once(maximumLength, "maximum length")) maximumLength = subItem.maximumLengthReceived
        break
      case "Implementation Class UID Sub-Item":
        if (once(implementationClassUid, "implementation class UID")) {
          implementationClassUid = internal.uidOf(subItem.implementationClassUid)
        }
        break
      case "Asynchronous Operations Window Sub-Item":
        if (once(asynchronousOperationsWindow, "asynchronous operations window")) {
          const { maximumInvoked, maximumPerformed } = subItem
          asynchronousOperationsWindow = { maximumInvoked, maximumPerformed }
        }
        break
      case "SCP/SCU Role Selection Sub-Item":
        roleSelections.push(RoleSelection.fromSubItem(subItem))
        break
      case "Implementation Version Name Sub-Item":
        if (once(implementationVersionName, "implementation version name")) {
          implementationVersionName = subItem.implementationVersionName
        }
        break
      case "SOP Class Extended Negotiation Sub-Item":
        sopClassExtendedNegotiations.push(ExtendedNegotiation.fromSubItem(subItem))
        break
      case "SOP Class Common Extended Negotiation Sub-Item":
        sopClassCommonExtendedNegotiations.push(ExtendedNegotiation.fromCommonSubItem(subItem))
        break
      case "User Identity Sub-Item (A-ASSOCIATE-RQ)":
        if (once(userIdentity, "user identity")) userIdentity = readIdentity(subItem, ask)
        break
      case "User Identity Sub-Item (A-ASSOCIATE-AC)":
        if (once(userIdentityResponse, "user identity response")) userIdentityResponse = subItem.serverResponse
        break
      case "Unknown":
        unknown.push(subItem)
        break
    }
  }
  if (item === undefined) ask("noUserInformation", "no user information item; permitted: one")
  else if (maximumLength === undefined) ask("noMaximumLength", "user information has no maximum length; permitted: one")
  if (maximumLength !== undefined) askAboutMaximumLength(maximumLength, judge.leniency.minimumMaximumLength, ask)
  if (item !== undefined && implementationClassUid === undefined) {
    ask("noImplementationClassUid", "user information has no implementation class UID; permitted: one")
  }
  if (implementationVersionName !== undefined && !versionNamePattern.test(implementationVersionName)) {
    ask(
      "irregularImplementationVersionName",
      `implementation version name is ${Wire.show(implementationVersionName.slice(0, 80))}; ` +
        "permitted: 1 to 16 characters of ISO 646"
    )
  }
  return {
    information: {
      maximumLength: maximumLength ?? 0,
      ...(asynchronousOperationsWindow && { asynchronousOperationsWindow }),
      roleSelections,
      sopClassExtendedNegotiations,
      sopClassCommonExtendedNegotiations,
      ...(userIdentity && { userIdentity }),
      ...(userIdentityResponse && { userIdentityResponse }),
      unknown,
      ...(implementationClassUid !== undefined && { implementationClassUid }),
      ...(implementationVersionName !== undefined && { implementationVersionName })
    },
    refused
  }
}

const askAboutMaximumLength = (maximumLength: number, minimum: number, ask: Ask): void => {
  if (maximumLength !== 0 && maximumLength < minimum) {
    ask("smallMaximumLength", `maximum length is ${maximumLength}; permitted: 0, or at least ${minimum}`)
  }
}

const readIdentity = (item: UserIdentity.SubItem, ask: Ask): UserIdentity.UserIdentity | undefined => {
  const identity = UserIdentity.fromSubItem(item)
  if (identity === undefined) {
    ask("unknownUserIdentityType", `user identity type is ${item.userIdentityType}; permitted: 1 to 5`)
  } else if (
    identity.primaryField.length === 0 ||
    (identity.type === "username and passcode" && identity.secondaryField.length === 0)
  ) {
    ask("emptyUserIdentityField", `user identity of type ${Wire.show(identity.type)} has an empty field`)
  }
  return identity
}

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
    case "Implementation Class UID Sub-Item": {
      const opened = Wire.open(w, implementationClassUidType)
      Wire.putText(w, item.implementationClassUid)
      return Wire.close(w, opened)
    }
    case "Asynchronous Operations Window Sub-Item":
      return AsynchronousOperationsWindow.put(w, item)
    case "SCP/SCU Role Selection Sub-Item":
      return RoleSelection.put(w, item)
    case "Implementation Version Name Sub-Item": {
      const opened = Wire.open(w, implementationVersionNameType)
      Wire.putText(w, item.implementationVersionName)
      return Wire.close(w, opened)
    }
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

const readSubItem = (c: Wire.Cursor, itemType: number, version: number): SubItem => {
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
      return ExtendedNegotiation.readCommon(c, version)
    case UserIdentity.itemType:
      return UserIdentity.read(c)
    case UserIdentity.responseItemType:
      return UserIdentity.readResponse(c)
    default:
      return Wire.readUnknown(c, itemType, "user information")
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
