/**
 * Presentation Context Items and their sub-items, as they stand in an A-ASSOCIATE-RQ and -AC (PS3.8 sections 9.3.2.2
 * and 9.3.3.2), and the steps to and from the parameters in `PresentationContext.ts`.
 *
 * @since 0.1.0
 */
import type { Uid } from "@effect-dicom/data/Uid"
import * as Schema from "effect/Schema"
import * as internal from "./internal/uid.ts"
import * as Wire from "./internal/wire.ts"
import * as PresentationContext from "./PresentationContext.ts"

// -----------------------------------------------------------------------------
// the items
// -----------------------------------------------------------------------------

/**
 * Abstract Syntax Sub-Item (PS3.8 section 9.3.2.2.1).
 *
 * @category items
 * @since 0.1.0
 */
export const AbstractSyntax = Schema.TaggedStruct("Abstract Syntax Sub-Item", { abstractSyntaxName: Wire.Text })

/**
 * Transfer Syntax Sub-Item (PS3.8 sections 9.3.2.2.2 and 9.3.3.2.1).
 *
 * @category items
 * @since 0.1.0
 */
export const TransferSyntax = Schema.TaggedStruct("Transfer Syntax Sub-Item", { transferSyntaxName: Wire.Text })

const abstractSyntaxType = 0x30
const transferSyntaxType = 0x40

const UnknownSubItem = Wire.unknown([abstractSyntaxType, transferSyntaxType])

const SubItems = Schema.Array(Schema.Union([AbstractSyntax, TransferSyntax, UnknownSubItem]))

/**
 * A sub-item of a presentation context item: an abstract syntax, a transfer syntax, or one that is not known (PS3.8
 * sections 9.3.2.2 and 9.3.3.2).
 *
 * @category items
 * @since 0.1.0
 */
export type SubItem = (typeof SubItems.Type)[number]

const subItemLength = (item: SubItem): number => {
  if (item._tag === "Abstract Syntax Sub-Item") return 4 + item.abstractSyntaxName.length
  return 4 + (item._tag === "Unknown" ? item.data.length : item.transferSyntaxName.length)
}

const fits = (item: { readonly _tag: string; readonly subItems: ReadonlyArray<SubItem> }) =>
  Wire.fits(
    item.subItems.reduce((sum, subItem) => sum + subItemLength(subItem), 4),
    item._tag
  )

/**
 * Presentation Context Item of an A-ASSOCIATE-RQ (PS3.8 section 9.3.2.2), its sub-items as they stood.
 *
 * @category items
 * @since 0.1.0
 */
export const ItemRQ = Schema.TaggedStruct("Presentation Context Item (A-ASSOCIATE-RQ)", {
  /** Byte 5; a legal one is odd. */
  id: Wire.Byte,
  subItems: SubItems
}).check(
  Schema.makeFilter(
    (item) =>
      item.subItems.some((subItem) => subItem._tag === "Abstract Syntax Sub-Item") ||
      `presentation context ${item.id} has no abstract syntax; permitted: one`
  ),
  Schema.makeFilter(fits)
)

/**
 * @category items
 * @since 0.1.0
 */
export type ItemRQ = typeof ItemRQ.Type

/**
 * Presentation Context Item of an A-ASSOCIATE-AC (PS3.8 section 9.3.3.2), its sub-items as they stood.
 *
 * @category items
 * @since 0.1.0
 */
export const ItemAC = Schema.TaggedStruct("Presentation Context Item (A-ASSOCIATE-AC)", {
  /** Byte 5; a legal one is odd. */
  id: Wire.Byte,
  /** Byte 7. */
  result: PresentationContext.ResultReason,
  subItems: SubItems
}).check(Schema.makeFilter(fits))

/**
 * @category items
 * @since 0.1.0
 */
export type ItemAC = typeof ItemAC.Type

/**
 * The item that a proposed context is sent as (PS3.8 section 9.3.2.2).
 *
 * @category items
 * @since 0.1.0
 */
export const toItemRQ = (context: PresentationContext.Proposed): ItemRQ => ({
  _tag: "Presentation Context Item (A-ASSOCIATE-RQ)",
  id: context.id,
  subItems: [
    { _tag: "Abstract Syntax Sub-Item", abstractSyntaxName: context.abstractSyntax },
    ...context.transferSyntaxes.map((uid) => ({ _tag: "Transfer Syntax Sub-Item" as const, transferSyntaxName: uid }))
  ]
})

/** Implicit VR Little Endian, for a sub-item that must be there and says nothing. */
const insignificant = "1.2.840.10008.1.2"

/**
 * The item of an answer. A refusal has a transfer syntax sub-item too, since peers abort without it (PS3.8 section
 * 9.3.3.2 asks for one and gives it no meaning).
 *
 * @category items
 * @since 0.1.0
 */
export const toItemAC = (answer: PresentationContext.Answer): ItemAC => ({
  _tag: "Presentation Context Item (A-ASSOCIATE-AC)",
  id: answer.id,
  result: answer.result,
  subItems: [{ _tag: "Transfer Syntax Sub-Item", transferSyntaxName: answer.transferSyntax ?? insignificant }]
})

/** An id that decoding has judged. */
const idOf = (id: number): PresentationContext.Id =>
  // decoding failed on an even one, or a policy let it pass
  id as PresentationContext.Id

/**
 * The proposal in an item that {@link ItemRQ}'s codec has read; nothing when it has no abstract syntax.
 *
 * @category items
 * @since 0.1.0
 */
export const fromItemRQ = (item: ItemRQ): PresentationContext.Proposed | undefined => {
  let abstractSyntax: Uid | undefined
  const transferSyntaxes: Array<Uid> = []
  for (const subItem of item.subItems) {
    if (subItem._tag === "Abstract Syntax Sub-Item") abstractSyntax ??= internal.uidOf(subItem.abstractSyntaxName)
    else if (subItem._tag === "Transfer Syntax Sub-Item") {
      transferSyntaxes.push(internal.uidOf(subItem.transferSyntaxName))
    }
  }
  return abstractSyntax === undefined ? undefined : { id: idOf(item.id), abstractSyntax, transferSyntaxes }
}

/**
 * The answer in an item that {@link ItemAC}'s codec has read.
 *
 * @category items
 * @since 0.1.0
 */
export const fromItemAC = (item: ItemAC): PresentationContext.ReceivedAnswer => {
  for (const subItem of item.subItems) {
    if (subItem._tag === "Transfer Syntax Sub-Item" && internal.holdsUid(subItem.transferSyntaxName)) {
      return { id: idOf(item.id), result: item.result, transferSyntax: internal.uidOf(subItem.transferSyntaxName) }
    }
  }
  return { id: idOf(item.id), result: item.result }
}

// byte   1    Item-type       20H (RQ), 21H (AC)
// byte   2    reserved        sent as 00H, not tested
// bytes  3-4  Item-length
// byte   5    Presentation-context-ID
// byte   6    reserved        sent as 00H, not tested
// byte   7    Result/Reason (AC); reserved, sent as 00H, not tested (RQ)
// byte   8    reserved        sent as 00H, not tested
// then        abstract syntax sub-item 30H (RQ), transfer syntax sub-items 40H; each: type, reserved byte, 2 bytes of
//             length, UID

/** @internal */
export const itemTypeRQ = 0x20

/** @internal */
export const itemTypeAC = 0x21

const putSubItems = (w: Wire.Writer, subItems: ReadonlyArray<SubItem>): void => {
  for (const item of subItems) {
    if (item._tag === "Unknown") Wire.putUnknown(w, item)
    else if (item._tag === "Abstract Syntax Sub-Item") Wire.putTextItem(w, abstractSyntaxType, item.abstractSyntaxName)
    else Wire.putTextItem(w, transferSyntaxType, item.transferSyntaxName)
  }
}

/** @internal */
export const putRQ = (w: Wire.Writer, item: ItemRQ): void => {
  const opened = Wire.open(w, itemTypeRQ)
  Wire.putU8(w, item.id)
  Wire.putZeros(w, 3)
  putSubItems(w, item.subItems)
  Wire.close(w, opened)
}

/** @internal */
export const putAC = (w: Wire.Writer, item: ItemAC): void => {
  const opened = Wire.open(w, itemTypeAC)
  Wire.putU8(w, item.id)
  Wire.putU8(w, 0)
  Wire.putU8(w, PresentationContext.resultCode(item.result))
  Wire.putU8(w, 0)
  putSubItems(w, item.subItems)
  Wire.close(w, opened)
}

const readId = (c: Wire.Cursor): number => {
  const id = Wire.u8(c, "presentation context id")
  if (c.failure === undefined && id % 2 === 0) {
    Wire.tolerate(
      c,
      "evenPresentationContextId",
      `presentation context id is ${id}; permitted: odd numbers from 1 to 255`
    )
  }
  return id
}

/** A name is judged where it counts: a refusal's transfer syntax is not significant. */
const readSubItem =
  (significant: boolean) =>
  (c: Wire.Cursor, itemType: number, reserved: number): SubItem => {
    switch (itemType) {
      case abstractSyntaxType:
        return {
          _tag: "Abstract Syntax Sub-Item",
          abstractSyntaxName: internal.readUid(c, Wire.left(c), "abstract syntax")
        }
      case transferSyntaxType:
        return {
          _tag: "Transfer Syntax Sub-Item",
          transferSyntaxName: significant
            ? internal.readUid(c, Wire.left(c), "transfer syntax")
            : Wire.text(c, Wire.left(c), "transfer syntax")
        }
      default:
        return Wire.readUnknown(c, itemType, reserved, "presentation context")
    }
  }

const readSignificant = readSubItem(true)
const readInsignificant = readSubItem(false)

/** @internal */
export const readRQ = (c: Wire.Cursor): ItemRQ => {
  const id = readId(c)
  Wire.skip(c, 3, "presentation context")
  const subItems = Wire.items(c, `presentation context ${id}`, readSignificant)
  if (c.failure === undefined) {
    let abstractSyntaxes = 0
    let transferSyntaxes = 0
    for (const item of subItems) {
      if (item._tag === "Abstract Syntax Sub-Item") abstractSyntaxes++
      else if (item._tag === "Transfer Syntax Sub-Item") transferSyntaxes++
    }
    if (abstractSyntaxes === 0)
      Wire.invalidValue(c, `presentation context ${id} has no abstract syntax; permitted: one`)
    if (abstractSyntaxes > 1) {
      Wire.tolerate(
        c,
        "repeatedItem",
        `presentation context ${id} has ${abstractSyntaxes} abstract syntaxes; permitted: one`
      )
    }
    if (transferSyntaxes === 0) {
      Wire.tolerate(
        c,
        "proposedContextWithoutTransferSyntax",
        `presentation context ${id} has no transfer syntax; permitted: one or more`
      )
    }
  }
  return { _tag: "Presentation Context Item (A-ASSOCIATE-RQ)", id, subItems }
}

/** @internal */
export const readAC = (c: Wire.Cursor): ItemAC => {
  const id = readId(c)
  Wire.skip(c, 1, "presentation context")
  const result = PresentationContext.resultFromCode(Wire.u8(c, "presentation context result"))
  Wire.skip(c, 1, "presentation context")
  const where = `presentation context ${id}`
  const subItems = Wire.items(c, where, result === "acceptance" ? readSignificant : readInsignificant)
  if (c.failure === undefined && result !== "acceptance" && subItems.length === 0) {
    Wire.tolerate(c, "refusedContextWithoutTransferSyntax", `${where} is refused without a transfer syntax`)
  }
  return { _tag: "Presentation Context Item (A-ASSOCIATE-AC)", id, result, subItems }
}
