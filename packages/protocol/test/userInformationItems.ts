/**
 * User information items by way of the A-ASSOCIATE-RQ that they stand in.
 */
import * as A_ASSOCIATE_PDU from "@effect-dicom/protocol/A_ASSOCIATE_PDU"
import type * as Leniency from "@effect-dicom/protocol/Leniency"
import type * as UserInformationItem from "@effect-dicom/protocol/UserInformationItem"
import * as Result from "effect/Result"

/** The bytes of a text, one for each character. */
export const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0))

const rq = (items: A_ASSOCIATE_PDU.RQ["items"]): A_ASSOCIATE_PDU.RQ => ({
  _tag: "A-ASSOCIATE-RQ",
  protocolVersion: 1,
  calledAETitle: "CALLED".padEnd(16),
  callingAETitle: "CALLING".padEnd(16),
  items
})

/** The bytes before the items of an A-ASSOCIATE-RQ, its header not counted. */
const before = 68

/** The bytes of an item. */
export const encodeItem = (item: UserInformationItem.Item): Uint8Array =>
  A_ASSOCIATE_PDU.encodeRQ(rq([item])).slice(6 + before)

/** The bytes of a sub-item. */
export const subItemBytes = (subItem: UserInformationItem.SubItem): Uint8Array =>
  encodeItem({ _tag: "User Information Item", subItems: [subItem] }).slice(4)

/** The one item of an A-ASSOCIATE-RQ, of its bytes. */
export const decodeItem = (bytes: Uint8Array, by?: Leniency.Judge) => {
  const body = new Uint8Array(before + bytes.length)
  body.set(bytes, before)
  return Result.map(A_ASSOCIATE_PDU.decodeRQ(body, by), (pdu) => pdu.items[0])
}

/** The sub-items of a user information item, of their bytes. */
export const decodeSubItems = (bytes: ReadonlyArray<number>, by?: Leniency.Judge) =>
  Result.map(decodeItem(Uint8Array.of(0x50, 0, bytes.length >> 8, bytes.length, ...bytes), by), (item) =>
    item?._tag === "User Information Item" ? item.subItems : []
  )
