/**
 * User information: what the two users tell each other when the association begins (PS3.8 section 7.1.1.6 and Annex D,
 * PS3.7 Annex D), as parameters of the primitive, and the steps from and to its item, which is in
 * `UserInformationItem.ts`.
 *
 * @since 0.1.0
 */
import { Uid } from "@effect-dicom/data/Uid"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as AsynchronousOperationsWindow from "./AsynchronousOperationsWindow.ts"
import * as ExtendedNegotiation from "./ExtendedNegotiation.ts"
import { absent } from "./internal/fixed.ts"
import * as internal from "./internal/uid.ts"
import * as Wire from "./internal/wire.ts"
import * as Leniency from "./Leniency.ts"
import * as RoleSelection from "./RoleSelection.ts"
import * as UserIdentity from "./UserIdentity.ts"
import * as UserInformationItem from "./UserInformationItem.ts"

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

const isVersionName = (name: unknown): name is string => typeof name === "string" && versionNamePattern.test(name)

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
  unknown: Schema.Array(UserInformationItem.UnknownSubItem)
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
  Wire.fits(UserInformationItem.subItemsLength(toItem(information).subItems), "user information")
)

/**
 * User information as it is sent.
 *
 * @category models
 * @since 0.1.0
 */
export interface UserInformation extends Schema.Struct.Type<typeof sent> {}

/**
 * The schema of user information as it is sent, by either side (PS3.7 Annex D.3.3).
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

/**
 * User information that is plainly right, of the parameters that most associations have; nothing where a schema is to
 * say what it is.
 *
 * @internal
 */
export const plain = (input: Input): (typeof OfRequest.Type & typeof OfResponse.Type) | undefined => {
  if (!Predicate.isObject(input)) return undefined
  for (const name in input) if (!plainParameters.has(name)) return undefined
  const { implementationClassUid, implementationVersionName, maximumLength } = input
  if (!Number.isInteger(maximumLength) || maximumLength < 0 || maximumLength > 0xffffffff) return undefined
  if (!internal.isUid(implementationClassUid)) return undefined
  const roleSelections = "roleSelections" in input ? RoleSelection.plainList(input.roleSelections) : []
  if (roleSelections === undefined) return undefined
  const information = {
    maximumLength,
    implementationClassUid,
    roleSelections,
    sopClassExtendedNegotiations: [],
    sopClassCommonExtendedNegotiations: [],
    unknown: []
  } as const
  if (!("implementationVersionName" in input)) return information
  return isVersionName(implementationVersionName) ? { ...information, implementationVersionName } : undefined
}

const plainParameters: ReadonlySet<string> = new Set<keyof Input>([
  "maximumLength",
  "implementationClassUid",
  "implementationVersionName",
  "roleSelections"
])

// -----------------------------------------------------------------------------
// between the two
// -----------------------------------------------------------------------------

/**
 * The item of user information, its sub-items by ascending type.
 *
 * @category items
 * @since 0.1.0
 */
export const toItem = (information: UserInformation): UserInformationItem.Item => {
  const subItems: Array<UserInformationItem.SubItem> = [
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
  item: UserInformationItem.Item | undefined,
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
