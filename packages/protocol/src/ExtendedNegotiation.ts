/**
 * SOP class extended negotiation and SOP class common extended negotiation: what a service class has to say about a SOP
 * class before it is used (PS3.7 sections D.3.3.5 and D.3.3.6). What the information means is the service class's
 * business.
 *
 * @since 0.1.0
 */
import { Uid } from "@effect-dicom/data/Uid"
import * as Schema from "effect/Schema"
import * as internal from "./internal/uid.ts"
import * as Wire from "./internal/wire.ts"

/**
 * Service class application information for a SOP class (PS3.7 section D.3.3.5).
 *
 * @category models
 * @since 0.1.0
 */
export const SopClassExtendedNegotiation = Schema.Struct({
  sopClassUid: Uid,
  serviceClassApplicationInformation: Wire.Bytes
})

/**
 * @category models
 * @since 0.1.0
 */
export type SopClassExtendedNegotiation = typeof SopClassExtendedNegotiation.Type

/**
 * The service class of a SOP class, and the general SOP classes it is a kind of; sent by the requestor only (PS3.7
 * section D.3.3.6).
 *
 * @category models
 * @since 0.1.0
 */
export const SopClassCommonExtendedNegotiation = Schema.Struct({
  sopClassUid: Uid,
  serviceClassUid: Uid,
  relatedGeneralSopClassUids: Schema.Array(Uid)
})

/**
 * @category models
 * @since 0.1.0
 */
export type SopClassCommonExtendedNegotiation = typeof SopClassCommonExtendedNegotiation.Type

/**
 * The sub-item of the first (PS3.7 Table D.3-11).
 *
 * @category items
 * @since 0.1.0
 */
export const SubItem = Schema.TaggedStruct("SOP Class Extended Negotiation Sub-Item", {
  sopClassUid: Wire.Text,
  serviceClassApplicationInformation: Wire.Bytes
}).check(
  Schema.makeFilter((item) =>
    Wire.fits(2 + item.sopClassUid.length + item.serviceClassApplicationInformation.length, item._tag)
  )
)

/**
 * @category items
 * @since 0.1.0
 */
export type SubItem = typeof SubItem.Type

/**
 * The sub-item of the second (PS3.7 Table D.3-12).
 *
 * @category items
 * @since 0.1.0
 */
export const CommonSubItem = Schema.TaggedStruct("SOP Class Common Extended Negotiation Sub-Item", {
  /** Byte 2, the version of the sub-item: 0. */
  subItemVersion: Wire.Byte,
  sopClassUid: Wire.Text,
  serviceClassUid: Wire.Text,
  relatedGeneralSopClassUids: Schema.Array(Wire.Text),
  /** What follows; the standard reserves it for later versions. */
  reserved: Wire.Bytes
}).check(
  Schema.makeFilter((item) => {
    const related = relatedLength(item.relatedGeneralSopClassUids)
    return Wire.fits(
      6 + item.sopClassUid.length + item.serviceClassUid.length + related + item.reserved.length,
      item._tag
    )
  })
)

/**
 * @category items
 * @since 0.1.0
 */
export type CommonSubItem = typeof CommonSubItem.Type

const relatedLength = (uids: ReadonlyArray<string>): number => uids.reduce((sum, uid) => sum + 2 + uid.length, 0)

/**
 * The sub-item that a negotiation is sent as (PS3.7 section D.3.3.5).
 *
 * @category items
 * @since 0.1.0
 */
export const toSubItem = (negotiation: SopClassExtendedNegotiation): SubItem => ({
  _tag: "SOP Class Extended Negotiation Sub-Item",
  sopClassUid: negotiation.sopClassUid,
  serviceClassApplicationInformation: negotiation.serviceClassApplicationInformation
})

/**
 * The negotiation that a sub-item says (PS3.7 section D.3.3.5).
 *
 * @category items
 * @since 0.1.0
 */
export const fromSubItem = (item: SubItem): SopClassExtendedNegotiation => ({
  sopClassUid: internal.uidOf(item.sopClassUid),
  serviceClassApplicationInformation: item.serviceClassApplicationInformation
})

/**
 * The sub-item that a common negotiation is sent as (PS3.7 section D.3.3.6).
 *
 * @category items
 * @since 0.1.0
 */
export const toCommonSubItem = (negotiation: SopClassCommonExtendedNegotiation): CommonSubItem => ({
  _tag: "SOP Class Common Extended Negotiation Sub-Item",
  subItemVersion: 0,
  sopClassUid: negotiation.sopClassUid,
  serviceClassUid: negotiation.serviceClassUid,
  relatedGeneralSopClassUids: negotiation.relatedGeneralSopClassUids,
  reserved: new Uint8Array(0)
})

/**
 * The common negotiation that a sub-item says (PS3.7 section D.3.3.6).
 *
 * @category items
 * @since 0.1.0
 */
export const fromCommonSubItem = (item: CommonSubItem): SopClassCommonExtendedNegotiation => ({
  sopClassUid: internal.uidOf(item.sopClassUid),
  serviceClassUid: internal.uidOf(item.serviceClassUid),
  relatedGeneralSopClassUids: item.relatedGeneralSopClassUids.map(internal.uidOf)
})

// byte   1    Item-type       56H
// byte   2    reserved        sent as 00H, not tested
// bytes  3-4  Item-length
// bytes  5-6  SOP-class-uid-length
// bytes  7-   SOP-class-uid
// then        Service-class-application-information

/** @internal */
export const itemType = 0x56

/** @internal */
export const put = (w: Wire.Writer, item: SubItem): void => {
  const opened = Wire.open(w, itemType)
  Wire.putCountedText(w, item.sopClassUid)
  Wire.putData(w, item.serviceClassApplicationInformation)
  Wire.close(w, opened)
}

/** @internal */
export const read = (c: Wire.Cursor): SubItem => {
  const sopClassUid = internal.readUid(
    c,
    Wire.u16(c, "extended negotiation"),
    "SOP class UID of an extended negotiation"
  )
  const serviceClassApplicationInformation = Wire.data(c, Wire.left(c), "service class application information")
  return { _tag: "SOP Class Extended Negotiation Sub-Item", sopClassUid, serviceClassApplicationInformation }
}

// byte   1    Item-type       57H
// byte   2    Sub-item-version  0
// bytes  3-4  Item-length
// bytes  5-6  SOP-class-uid-length, then SOP-class-uid
// 2 bytes     Service-class-uid-length, then Service-class-uid
// 2 bytes     Related-general-sop-class-identification-length, then for each 2 bytes of length and a UID
// then        reserved

/** @internal */
export const commonItemType = 0x57

/** @internal */
export const putCommon = (w: Wire.Writer, item: CommonSubItem): void => {
  const opened = Wire.open(w, commonItemType, item.subItemVersion)
  Wire.putCountedText(w, item.sopClassUid)
  Wire.putCountedText(w, item.serviceClassUid)
  Wire.putU16(w, relatedLength(item.relatedGeneralSopClassUids))
  for (const uid of item.relatedGeneralSopClassUids) Wire.putCountedText(w, uid)
  Wire.putData(w, item.reserved)
  Wire.close(w, opened)
}

/** @internal */
export const readCommon = (c: Wire.Cursor, subItemVersion: number): CommonSubItem => {
  const what = "common extended negotiation"
  const sopClassUid = internal.readUid(c, Wire.u16(c, what), `SOP class UID of a ${what}`)
  const serviceClassUid = internal.readUid(c, Wire.u16(c, what), `service class UID of a ${what}`)
  const relatedGeneralSopClassUids: Array<string> = []
  const length = Wire.u16(c, what)
  if (length > Wire.left(c)) {
    Wire.invalidValue(c, `related general SOP classes have length ${length}; ${Wire.left(c)} bytes are left`)
  }
  const end = c.at + length
  while (c.failure === undefined && c.at < end) {
    relatedGeneralSopClassUids.push(internal.readUid(c, Wire.u16(c, what), "a related general SOP class UID"))
    if (c.failure === undefined && c.at > end) Wire.invalidValue(c, "a related general SOP class UID passes its field")
  }
  const reserved = Wire.data(c, Wire.left(c), what)
  return {
    _tag: "SOP Class Common Extended Negotiation Sub-Item",
    subItemVersion,
    sopClassUid,
    serviceClassUid,
    relatedGeneralSopClassUids,
    reserved
  }
}
