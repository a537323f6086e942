/**
 * The PDUs of the A-ASSOCIATE service: A-ASSOCIATE-RQ, -AC and -RJ (PS3.8 sections 9.3.2 to 9.3.4), the steps between
 * them and the primitive, which is in `A_ASSOCIATE.ts`, and their codecs.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as A_ASSOCIATE from "./A_ASSOCIATE.ts"
import * as AETitle from "./AETitle.ts"
import * as internal from "./internal/uid.ts"
import * as Wire from "./internal/wire.ts"
import * as InvalidPdu from "./InvalidPdu.ts"
import * as Leniency from "./Leniency.ts"
import type * as PresentationContext from "./PresentationContext.ts"
import * as PresentationContextItem from "./PresentationContextItem.ts"
import * as Rejection from "./Rejection.ts"
import * as UserInformation from "./UserInformation.ts"
import * as UserInformationItem from "./UserInformationItem.ts"

// -----------------------------------------------------------------------------
// the PDUs
// -----------------------------------------------------------------------------

/**
 * Application Context Item (PS3.8 sections 9.3.2.1 and 9.3.3.1).
 *
 * @category PDUs
 * @since 0.1.0
 */
export const ApplicationContextItem = Schema.TaggedStruct("Application Context Item", {
  applicationContextName: Wire.Text
})

const applicationContextType = 0x10

/** An AE title field as it stood: sixteen characters, one for each byte. */
const TitleField = Wire.Text.check(Schema.isMinLength(16), Schema.isMaxLength(16))

/** What an A-ASSOCIATE-RQ and an -AC have; their presentation context items differ. */
const fields = <Item extends Schema.Constraint, const Type extends number>(item: Item, itemType: Type) => ({
  /** Bytes 7-8: bit 0 is version 1. */
  protocolVersion: Wire.TwoBytes,
  /** Bytes 11-26, padding included. Reserved in an answer: the request's, never tested. */
  calledAETitle: TitleField,
  /** Bytes 27-42, padding included. Reserved in an answer: the request's, never tested. */
  callingAETitle: TitleField,
  items: Schema.Array(
    Schema.Union([
      ApplicationContextItem,
      item,
      UserInformationItem.Item,
      Wire.unknown([applicationContextType, itemType, UserInformationItem.itemType])
    ])
  )
})

/**
 * A-ASSOCIATE-RQ (PS3.8 section 9.3.2, Table 9-11), its items as they stood. Reserved bytes are not kept.
 *
 * @category PDUs
 * @since 0.1.0
 */
export const RQ = Schema.TaggedStruct(
  "A-ASSOCIATE-RQ",
  fields(PresentationContextItem.ItemRQ, PresentationContextItem.itemTypeRQ)
)

/**
 * @category PDUs
 * @since 0.1.0
 */
export type RQ = typeof RQ.Type

/**
 * A-ASSOCIATE-AC (PS3.8 section 9.3.3, Table 9-17), its items as they stood.
 *
 * @category PDUs
 * @since 0.1.0
 */
export const AC = Schema.TaggedStruct(
  "A-ASSOCIATE-AC",
  fields(PresentationContextItem.ItemAC, PresentationContextItem.itemTypeAC)
)

/**
 * @category PDUs
 * @since 0.1.0
 */
export type AC = typeof AC.Type

/**
 * A-ASSOCIATE-RJ (PS3.8 section 9.3.4, Table 9-21).
 *
 * @category PDUs
 * @since 0.1.0
 */
export const RJ = Rejection.taggedReceived("A-ASSOCIATE-RJ")

/**
 * @category PDUs
 * @since 0.1.0
 */
export type RJ = { readonly _tag: "A-ASSOCIATE-RJ" } & Rejection.ReceivedRejection

// -----------------------------------------------------------------------------
// from primitive to PDU
// -----------------------------------------------------------------------------

/**
 * The PDU of a request (AE-2 of PS3.8 Table 9-6).
 *
 * @category PDUs
 * @since 0.1.0
 */
export const requestPdu = (request: A_ASSOCIATE.Request): RQ => ({
  _tag: "A-ASSOCIATE-RQ",
  protocolVersion: 1,
  calledAETitle: AETitle.field(request.calledAETitle),
  callingAETitle: AETitle.field(request.callingAETitle),
  items: [
    { _tag: "Application Context Item", applicationContextName: request.applicationContextName },
    ...request.presentationContexts.map(PresentationContextItem.toItemRQ),
    UserInformation.toItem(request.userInformation)
  ]
})

/**
 * The PDU of a response that accepts (AE-7 of PS3.8 Table 9-6).
 *
 * @category PDUs
 * @since 0.1.0
 */
export const acceptPdu = (response: A_ASSOCIATE.AcceptResponse): AC => ({
  _tag: "A-ASSOCIATE-AC",
  protocolVersion: 1,
  calledAETitle: AETitle.field(response.calledAETitle),
  callingAETitle: AETitle.field(response.callingAETitle),
  items: [
    { _tag: "Application Context Item", applicationContextName: response.applicationContextName },
    ...response.presentationContextResults.map(PresentationContextItem.toItemAC),
    UserInformation.toItem(response.userInformation)
  ]
})

/**
 * The PDU of a response that rejects (AE-8 of PS3.8 Table 9-6).
 *
 * @category PDUs
 * @since 0.1.0
 */
export const rejectPdu = (response: A_ASSOCIATE.RejectResponse): RJ => ({ ...response, _tag: "A-ASSOCIATE-RJ" })

// -----------------------------------------------------------------------------
// from PDU to primitive
// -----------------------------------------------------------------------------

const permanent = (rejection: Rejection.Rejection): Result.Result<never, RJ> =>
  Result.fail({ _tag: "A-ASSOCIATE-RJ", ...rejection })

const result = "rejected-permanent"

/**
 * Whether the provider accepts a received A-ASSOCIATE-RQ (AE-6 of PS3.8 Table 9-6): the indication to issue, or the
 * A-ASSOCIATE-RJ to send.
 *
 * **Details**
 *
 * Of the protocol version bit 0 is tested and no other (PS3.8 section 9.3.2). What has no reason of its own in the
 * standard (no presentation context, a maximum length too small, ...) is rejected by the provider with no reason
 * given.
 *
 * @category PDUs
 * @since 0.1.0
 */
export const acceptable = (
  rq: RQ,
  judge: Leniency.Judge = Leniency.judge(Leniency.strict)
): Result.Result<A_ASSOCIATE.Indication, RJ> => {
  const [user, acse] = Rejection.sources
  if ((rq.protocolVersion & 1) === 0) {
    return permanent({ result, source: acse, diagnostic: "protocol-version-not-supported" })
  }
  const { information, name } = applicationContextAndUserInformation(rq.items)
  const presentationContexts: Array<PresentationContext.ReceivedProposed> = []
  const ids = new Set<number>()
  for (const item of rq.items) {
    if (item._tag === "Presentation Context Item (A-ASSOCIATE-RQ)") {
      const proposed = PresentationContextItem.fromItemRQ(item)
      if (proposed !== undefined && !ids.has(proposed.id)) {
        ids.add(proposed.id)
        presentationContexts.push(proposed)
      }
    }
  }
  if (name !== A_ASSOCIATE.applicationContextName) {
    return permanent({ result, source: user, diagnostic: "application-context-name-not-supported" })
  }
  const callingAETitle = AETitle.fromField(rq.callingAETitle, judge)
  if (Result.isFailure(callingAETitle)) {
    return permanent({ result, source: user, diagnostic: "calling-AE-title-not-recognized" })
  }
  const calledAETitle = AETitle.fromField(rq.calledAETitle, judge)
  if (Result.isFailure(calledAETitle)) {
    return permanent({ result, source: user, diagnostic: "called-AE-title-not-recognized" })
  }
  const detail = "no presentation context; permitted: 1 to 128"
  if (presentationContexts.length === 0 && !Leniency.admits(judge, "noPresentationContexts", detail)) {
    return permanent({ result, source: acse, diagnostic: "no-reason-given" })
  }
  const read = UserInformation.fromItem(information, judge)
  if (read.refused !== undefined) return permanent({ result, source: acse, diagnostic: "no-reason-given" })
  return Result.succeed(
    A_ASSOCIATE.indication({
      callingAETitle: callingAETitle.success,
      calledAETitle: calledAETitle.success,
      userInformation: read.information,
      presentationContexts
    })
  )
}

/** The first item of each kind of which one is allowed. */
const applicationContextAndUserInformation = (items: (RQ | AC)["items"]) => {
  let name: string | undefined
  let information: UserInformationItem.Item | undefined
  for (const item of items) {
    if (item._tag === "Application Context Item") name ??= internal.uidOf(item.applicationContextName)
    else if (item._tag === "User Information Item") information ??= item
  }
  return { name, information }
}

const otherApplicationContext = (name: string | undefined): string =>
  `application context name is ${Wire.show((name ?? "").slice(0, 80))}; permitted: ${Wire.show(A_ASSOCIATE.applicationContextName)}`

/** Titles of an answer are never tested: whatever is wrong with them is no news. */
const unjudged: Leniency.Leniency = { ...Leniency.strict, nulPaddedAETitle: "accept" }

/**
 * The confirmation that a received A-ASSOCIATE-AC or -RJ gives (AE-3 and AE-4 of PS3.8 Table 9-6).
 *
 * @category PDUs
 * @since 0.1.0
 */
export const confirmation = (
  pdu: AC | RJ,
  judge: Leniency.Judge = Leniency.judge(Leniency.strict)
): A_ASSOCIATE.AcceptConfirmation | A_ASSOCIATE.RejectConfirmation => {
  if (pdu._tag === "A-ASSOCIATE-RJ") return { ...pdu, _tag: "A-ASSOCIATE confirmation (reject)" }
  const { information, name } = applicationContextAndUserInformation(pdu.items)
  const presentationContextResults: Array<PresentationContext.ReceivedAnswer> = []
  for (const item of pdu.items) {
    if (item._tag === "Presentation Context Item (A-ASSOCIATE-AC)") {
      presentationContextResults.push(PresentationContextItem.fromItemAC(item))
    }
  }
  if (name !== A_ASSOCIATE.applicationContextName) {
    Leniency.admits(judge, "otherApplicationContextInAnswer", otherApplicationContext(name))
  }
  const titles = Leniency.judge(unjudged)
  const callingAETitle = AETitle.fromField(pdu.callingAETitle, titles)
  const calledAETitle = AETitle.fromField(pdu.calledAETitle, titles)
  const read = UserInformation.fromItem(information, judge)
  return A_ASSOCIATE.acceptConfirmation({
    applicationContextName: name ?? "",
    ...(Result.isSuccess(callingAETitle) && { callingAETitle: callingAETitle.success }),
    ...(Result.isSuccess(calledAETitle) && {
      calledAETitle: calledAETitle.success,
      respondingAETitle: calledAETitle.success
    }),
    userInformation: read.information,
    presentationContextResults
  })
}

// -----------------------------------------------------------------------------
// the codecs
// -----------------------------------------------------------------------------
//
// byte   1      PDU-type          01H (RQ), 02H (AC)
// byte   2      reserved          sent as 00H, not tested
// bytes  3-6    PDU-length
// bytes  7-8    Protocol-version  bit 0
// bytes  9-10   reserved          sent as 0000H, not tested
// bytes  11-26  Called-AE-title (RQ); reserved, the same value, not tested (AC)
// bytes  27-42  Calling-AE-title (RQ); reserved, the same value, not tested (AC)
// bytes  43-74  reserved          sent as 00H, not tested
// bytes  75-    items             10H; 20H (RQ) or 21H (AC); 50H

const putAssociate = (w: Wire.Writer, pdu: RQ | AC): void => {
  Wire.putU16(w, pdu.protocolVersion)
  Wire.putZeros(w, 2)
  Wire.putText(w, pdu.calledAETitle)
  Wire.putText(w, pdu.callingAETitle)
  Wire.putZeros(w, 32)
}

const putItem = (w: Wire.Writer, item: (RQ | AC)["items"][number]): void => {
  switch (item._tag) {
    case "Application Context Item":
      return Wire.putTextItem(w, applicationContextType, item.applicationContextName)
    case "Presentation Context Item (A-ASSOCIATE-RQ)":
      return PresentationContextItem.putRQ(w, item)
    case "Presentation Context Item (A-ASSOCIATE-AC)":
      return PresentationContextItem.putAC(w, item)
    case "User Information Item":
      return UserInformationItem.put(w, item)
    case "Unknown":
      return Wire.putUnknown(w, item)
  }
}

const encodeAssociate = (type: number, pdu: RQ | AC): Uint8Array => {
  const w = Wire.writer()
  const opened = Wire.openPdu(w, type)
  putAssociate(w, pdu)
  for (const item of pdu.items) putItem(w, item)
  return Wire.closePdu(w, opened)
}

/**
 * The bytes of an A-ASSOCIATE-RQ.
 *
 * @category codecs
 * @since 0.1.0
 */
export const encodeRQ = (pdu: RQ): Uint8Array => encodeAssociate(0x01, pdu)

/**
 * The bytes of an A-ASSOCIATE-AC.
 *
 * @category codecs
 * @since 0.1.0
 */
export const encodeAC = (pdu: AC): Uint8Array => encodeAssociate(0x02, pdu)

/** Reads the items of a PDU, whose presentation contexts have a type of their own. */
const reader =
  <Context>(pdu: "A-ASSOCIATE-RQ" | "A-ASSOCIATE-AC", contextType: number, context: (c: Wire.Cursor) => Context) =>
  (c: Wire.Cursor, itemType: number, reserved: number) => {
    switch (itemType) {
      case applicationContextType:
        return {
          _tag: "Application Context Item" as const,
          applicationContextName: Wire.text(c, Wire.left(c), "application context name")
        }
      case contextType:
        return context(c)
      case UserInformationItem.itemType:
        return UserInformationItem.read(c)
      default:
        return Wire.readUnknown(c, itemType, reserved, pdu)
    }
  }

const readItemRQ = reader("A-ASSOCIATE-RQ", PresentationContextItem.itemTypeRQ, PresentationContextItem.readRQ)
const readItemAC = reader("A-ASSOCIATE-AC", PresentationContextItem.itemTypeAC, PresentationContextItem.readAC)

/** What may be there once only: two kinds of item, and each context id. */
const askAboutRepetition = (c: Wire.Cursor, items: ReadonlyArray<(RQ | AC)["items"][number]>): void => {
  let applicationContexts = 0
  let userInformations = 0
  const ids = new Set<number>()
  for (const item of items) {
    if (item._tag === "Application Context Item") applicationContexts++
    else if (item._tag === "User Information Item") userInformations++
    else if (item._tag !== "Unknown") {
      if (ids.has(item.id)) {
        const detail = `presentation context id ${item.id} is used twice; permitted: once`
        Wire.tolerate(c, "repeatedPresentationContextId", detail)
      }
      ids.add(item.id)
    }
  }
  if (applicationContexts > 1) {
    Wire.tolerate(c, "repeatedItem", `${applicationContexts} application context items; permitted: one`)
  }
  if (userInformations > 1)
    Wire.tolerate(c, "repeatedItem", `${userInformations} user information items; permitted: one`)
}

const readFields = <Item extends (RQ | AC)["items"][number]>(
  c: Wire.Cursor,
  pdu: "A-ASSOCIATE-RQ" | "A-ASSOCIATE-AC",
  readItem: (c: Wire.Cursor, itemType: number, reserved: number) => Item
) => {
  const protocolVersion = Wire.u16(c, "protocol version")
  Wire.skip(c, 2, "reserved bytes")
  const calledAETitle = Wire.text(c, 16, "called AE title")
  const callingAETitle = Wire.text(c, 16, "calling AE title")
  Wire.skip(c, 32, "reserved bytes")
  const items = Wire.items(c, pdu, readItem)
  askAboutRepetition(c, items)
  return { protocolVersion, calledAETitle, callingAETitle, items }
}

/**
 * Decodes what follows the header of an A-ASSOCIATE-RQ.
 *
 * **Details**
 *
 * UIDs, context ids and the structure are judged here, so what is wrong with them is an invalid PDU. What the
 * standard has a rejection for is left to {@link acceptable}.
 *
 * @category codecs
 * @since 0.1.0
 */
export const decodeRQ = (
  body: Uint8Array,
  judge?: Leniency.Judge,
  maximumItems?: number
): Result.Result<RQ, InvalidPdu.InvalidPdu> => {
  const c = Wire.cursor(body, judge, maximumItems)
  const fields = readFields(c, "A-ASSOCIATE-RQ", readItemRQ)
  return c.failure === undefined ? Result.succeed({ _tag: "A-ASSOCIATE-RQ", ...fields }) : Result.fail(c.failure)
}

/** Fails on what a policy refuses; reports nothing, since {@link confirmation} will. */
const refuseAnswer = (c: Wire.Cursor, items: AC["items"]): void => {
  const judge = Leniency.judge(c.judge.leniency)
  const { information, name } = applicationContextAndUserInformation(items)
  if (name !== A_ASSOCIATE.applicationContextName && !Leniency.admits(judge, "otherApplicationContextInAnswer", "")) {
    Wire.invalidValue(c, otherApplicationContext(name))
  }
  const { refused } = UserInformation.fromItem(information, judge)
  if (refused !== undefined) Wire.invalidValue(c, refused)
}

/**
 * Decodes what follows the header of an A-ASSOCIATE-AC.
 *
 * **Details**
 *
 * An answer cannot be rejected, so what {@link acceptable} rejects of a request is an invalid PDU here, titles aside.
 * What is tolerated is reported by {@link confirmation}.
 *
 * @category codecs
 * @since 0.1.0
 */
export const decodeAC = (
  body: Uint8Array,
  judge?: Leniency.Judge,
  maximumItems?: number
): Result.Result<AC, InvalidPdu.InvalidPdu> => {
  const c = Wire.cursor(body, judge, maximumItems)
  const fields = readFields(c, "A-ASSOCIATE-AC", readItemAC)
  if (c.failure === undefined) refuseAnswer(c, fields.items)
  return c.failure === undefined ? Result.succeed({ _tag: "A-ASSOCIATE-AC", ...fields }) : Result.fail(c.failure)
}

// byte   1    PDU-type        03H
// byte   2    reserved        sent as 00H, not tested
// bytes  3-6  PDU-length      4
// byte   7    reserved        sent as 00H, not tested
// byte   8    Result
// byte   9    Source
// byte  10    Reason/Diag.

/**
 * The ten bytes of an A-ASSOCIATE-RJ.
 *
 * @category codecs
 * @since 0.1.0
 */
export const encodeRJ = (pdu: RJ): Uint8Array => Uint8Array.of(0x03, 0, 0, 0, 0, 4, 0, ...Rejection.toBytes(pdu))

/**
 * Decodes what follows the header of an A-ASSOCIATE-RJ.
 *
 * @category codecs
 * @since 0.1.0
 */
export const decodeRJ = (
  body: Uint8Array,
  judge: Leniency.Judge = Leniency.judge(Leniency.strict)
): Result.Result<RJ, InvalidPdu.InvalidPdu> => {
  const [, result, source, reason] = body
  if (result === undefined || source === undefined || reason === undefined || body.length > 4) {
    const detail = `A-ASSOCIATE-RJ has length ${body.length}; permitted: 4`
    if (
      result === undefined ||
      source === undefined ||
      reason === undefined ||
      !Leniency.admits(judge, "trailingBytes", detail)
    )
      return Result.fail(InvalidPdu.make("invalid-PDU-parameter-value", detail))
  }
  return Result.succeed({ _tag: "A-ASSOCIATE-RJ", ...Rejection.fromBytes(result, source, reason) })
}
