/**
 * The asynchronous operations window: how many operations may be outstanding (PS3.7 section D.3.3.3).
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Wire from "./internal/wire.ts"

/**
 * The most operations and notifications that the sender may have outstanding, invoked by it and performed by it; 0 is
 * no limit. Without negotiation both are 1.
 *
 * @category models
 * @since 0.1.0
 */
export const AsynchronousOperationsWindow = Schema.Struct({
  maximumInvoked: Wire.TwoBytes,
  maximumPerformed: Wire.TwoBytes
})

/**
 * @category models
 * @since 0.1.0
 */
export type AsynchronousOperationsWindow = typeof AsynchronousOperationsWindow.Type

/**
 * The window without negotiation: one operation at a time, each way (PS3.7 section D.3.3.3).
 *
 * @category models
 * @since 0.1.0
 */
export const synchronous: AsynchronousOperationsWindow = { maximumInvoked: 1, maximumPerformed: 1 }

const smaller = (one: number, other: number): number => (one === 0 ? other : other === 0 ? one : Math.min(one, other))

/**
 * The window that two sides have, in the requestor's terms: of each number the smaller. A proposal or an answer that is
 * not there is one of 1.
 *
 * @category operations
 * @since 0.1.0
 */
export const agreed = (
  proposed: AsynchronousOperationsWindow = synchronous,
  answered: AsynchronousOperationsWindow = synchronous
): AsynchronousOperationsWindow => ({
  maximumInvoked: smaller(proposed.maximumInvoked, answered.maximumInvoked),
  maximumPerformed: smaller(proposed.maximumPerformed, answered.maximumPerformed)
})

/**
 * What invoking is to one side of an association performing is to the other: a window in the other side's terms.
 *
 * **Example** (What an acceptor that performs 8 operations at once, and invokes one, answers)
 *
 * ```ts
 * import { AsynchronousOperationsWindow } from "@effect-dicom/protocol"
 *
 * AsynchronousOperationsWindow.agreed(
 *   { maximumInvoked: 0, maximumPerformed: 1 },
 *   AsynchronousOperationsWindow.opposite({ maximumInvoked: 1, maximumPerformed: 8 })
 * ) // { maximumInvoked: 8, maximumPerformed: 1 }
 * ```
 *
 * @category operations
 * @since 0.1.0
 */
export const opposite = (side: AsynchronousOperationsWindow): AsynchronousOperationsWindow => ({
  maximumInvoked: side.maximumPerformed,
  maximumPerformed: side.maximumInvoked
})

/**
 * The sub-item (PS3.7 Tables D.3-7 and D.3-8).
 *
 * @category items
 * @since 0.1.0
 */
export const SubItem = Schema.TaggedStruct("Asynchronous Operations Window Sub-Item", {
  maximumInvoked: Wire.TwoBytes,
  maximumPerformed: Wire.TwoBytes
})

/**
 * @category items
 * @since 0.1.0
 */
export type SubItem = typeof SubItem.Type

// byte   1    Item-type       53H
// byte   2    reserved        sent as 00H, not tested
// bytes  3-4  Item-length     4
// bytes  5-6  Maximum-number-operations-invoked
// bytes  7-8  Maximum-number-operations-performed

/** @internal */
export const itemType = 0x53

/** @internal */
export const put = (w: Wire.Writer, item: SubItem): void => {
  const opened = Wire.open(w, itemType)
  Wire.putU16(w, item.maximumInvoked)
  Wire.putU16(w, item.maximumPerformed)
  Wire.close(w, opened)
}

/** @internal */
export const read = (c: Wire.Cursor): SubItem => {
  const maximumInvoked = Wire.u16(c, "maximum number of operations invoked")
  const maximumPerformed = Wire.u16(c, "maximum number of operations performed")
  return { _tag: "Asynchronous Operations Window Sub-Item", maximumInvoked, maximumPerformed }
}
