/**
 * User identity negotiation: who the user of the association-requestor is, and the acceptor's answer (PS3.7 section
 * D.3.3.7). Whether to believe it is the application's business.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Wire from "./internal/wire.ts"

/**
 * The kind of an identity (PS3.7 Table D.3-14, byte 5): 1 to 5, in this order.
 *
 * @category parameters
 * @since 0.1.0
 */
export const Type = Schema.Literals([
  "username",
  "username and passcode",
  "Kerberos service ticket",
  "SAML assertion",
  "JSON Web Token"
])

/**
 * @category parameters
 * @since 0.1.0
 */
export type Type = typeof Type.Type

const types: ReadonlyArray<Type> = Type.literals

/**
 * A user's identity (PS3.7 section D.3.3.7).
 *
 * @category models
 * @since 0.1.0
 */
export const UserIdentity = Schema.Struct({
  type: Type,
  positiveResponseRequested: Schema.Boolean,
  /** The user name in UTF-8, the ticket, the assertion, or the token. */
  primaryField: Wire.Bytes,
  /** The passcode in UTF-8; of no bytes for any type but "username and passcode". */
  secondaryField: Wire.Bytes
}).check(
  Schema.makeFilter((identity) =>
    identity.secondaryField.length === 0 || identity.type === "username and passcode"
      ? undefined
      : {
          path: ["secondaryField"],
          issue:
            `user identity secondary field has ${identity.secondaryField.length} bytes; ` +
            `permitted: none for type ${Wire.show(identity.type)}`
        }
  ),
  Schema.makeFilter((identity) =>
    Wire.fits(6 + identity.primaryField.length + identity.secondaryField.length, "user identity")
  )
)

/**
 * @category models
 * @since 0.1.0
 */
export type UserIdentity = typeof UserIdentity.Type

/**
 * The request's sub-item (PS3.7 Table D.3-14).
 *
 * @category items
 * @since 0.1.0
 */
export const SubItem = Schema.TaggedStruct("User Identity Sub-Item (A-ASSOCIATE-RQ)", {
  userIdentityType: Wire.Byte,
  positiveResponseRequested: Wire.Byte,
  primaryField: Wire.Bytes,
  secondaryField: Wire.Bytes
}).check(Schema.makeFilter((item) => Wire.fits(6 + item.primaryField.length + item.secondaryField.length, item._tag)))

/**
 * @category items
 * @since 0.1.0
 */
export type SubItem = typeof SubItem.Type

/**
 * The answer's sub-item (PS3.7 Table D.3-15).
 *
 * @category items
 * @since 0.1.0
 */
export const ResponseSubItem = Schema.TaggedStruct("User Identity Sub-Item (A-ASSOCIATE-AC)", {
  /** A Kerberos server ticket, a SAML response or a JSON Web Token; of no bytes for types 1 and 2. */
  serverResponse: Wire.Bytes
}).check(Schema.makeFilter((item) => Wire.fits(2 + item.serverResponse.length, item._tag)))

/**
 * @category items
 * @since 0.1.0
 */
export type ResponseSubItem = typeof ResponseSubItem.Type

/**
 * The sub-item that an identity is sent as (PS3.7 section D.3.3.7.1).
 *
 * @category items
 * @since 0.1.0
 */
export const toSubItem = (identity: UserIdentity): SubItem => ({
  _tag: "User Identity Sub-Item (A-ASSOCIATE-RQ)",
  userIdentityType: types.indexOf(identity.type) + 1,
  positiveResponseRequested: identity.positiveResponseRequested ? 1 : 0,
  primaryField: identity.primaryField,
  secondaryField: identity.secondaryField
})

/**
 * The identity of a sub-item; nothing when its type is not one of the standard's.
 *
 * @category items
 * @since 0.1.0
 */
export const fromSubItem = (item: SubItem): UserIdentity | undefined => {
  const type = types[item.userIdentityType - 1]
  return type === undefined
    ? undefined
    : {
        type,
        positiveResponseRequested: item.positiveResponseRequested !== 0,
        primaryField: item.primaryField,
        secondaryField: item.secondaryField
      }
}

// byte   1    Item-type       58H
// byte   2    reserved        sent as 00H, not tested
// bytes  3-4  Item-length
// byte   5    User-Identity-Type
// byte   6    Positive-response-requested
// bytes  7-8  Primary-field-length, then Primary-field
// 2 bytes     Secondary-field-length, then Secondary-field

/** @internal */
export const itemType = 0x58

/** @internal */
export const put = (w: Wire.Writer, item: SubItem): void => {
  const opened = Wire.open(w, itemType)
  Wire.putU8(w, item.userIdentityType)
  Wire.putU8(w, item.positiveResponseRequested)
  Wire.putCountedData(w, item.primaryField)
  Wire.putCountedData(w, item.secondaryField)
  Wire.close(w, opened)
}

/** @internal */
export const read = (c: Wire.Cursor): SubItem => {
  const userIdentityType = Wire.u8(c, "user identity type")
  const positiveResponseRequested = Wire.u8(c, "positive response requested")
  const primaryField = Wire.data(c, Wire.u16(c, "user identity primary field"), "user identity primary field")
  const secondaryField = Wire.data(c, Wire.u16(c, "user identity secondary field"), "user identity secondary field")
  return {
    _tag: "User Identity Sub-Item (A-ASSOCIATE-RQ)",
    userIdentityType,
    positiveResponseRequested,
    primaryField,
    secondaryField
  }
}

// byte   1    Item-type       59H
// byte   2    reserved        sent as 00H, not tested
// bytes  3-4  Item-length
// bytes  5-6  Server-response-length, then Server-response

/** @internal */
export const responseItemType = 0x59

/** @internal */
export const putResponse = (w: Wire.Writer, item: ResponseSubItem): void => {
  const opened = Wire.open(w, responseItemType)
  Wire.putCountedData(w, item.serverResponse)
  Wire.close(w, opened)
}

/** @internal */
export const readResponse = (c: Wire.Cursor): ResponseSubItem => ({
  _tag: "User Identity Sub-Item (A-ASSOCIATE-AC)",
  serverResponse: Wire.data(c, Wire.u16(c, "user identity server response"), "user identity server response")
})
