/**
 * Group lengths (gggg,0000), retired (PS3.5 section 7.2): the bytes that the elements of the group take behind it. Where
 * elements are written in another way, they take another number of bytes.
 */
import { u32 } from "./byteOrder.ts"
import { type DataSetNode, ElementNode } from "./dataSetTree.ts"
import { elementSize } from "./dataSetWriter.ts"

const isGroupLength = ({ _tag, tag }: ElementNode): boolean => (tag & 0xffff) === 0 && _tag === "Value"

/** How many bytes the elements of each group take, its length left out; nothing where no group says its length. */
const groupSizes = ({ elements, transferSyntax }: DataSetNode): ReadonlyMap<number, number> | undefined => {
  if (!elements.some(isGroupLength)) return undefined
  const sizes = new Map<number, number>()
  for (const element of elements) {
    if (isGroupLength(element)) continue
    const group = element.tag >>> 16
    sizes.set(group, (sizes.get(group) ?? 0) + elementSize(element, transferSyntax))
  }
  return sizes
}

const isBig = ({ transferSyntax }: DataSetNode): boolean => transferSyntax.byteOrder === "big endian"

const withLength = (element: ElementNode, length: number, dataSet: DataSetNode): ElementNode => {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, length, !isBig(dataSet))
  return ElementNode.make("Value", element.tag, element.vr, false, bytes, dataSet.transferSyntax)
}

/** The elements with each group's length as it is. */
export const recalculated = (dataSet: DataSetNode): ReadonlyArray<ElementNode> => {
  const sizes = groupSizes(dataSet)
  if (sizes === undefined) return dataSet.elements
  return dataSet.elements.map((element) =>
    isGroupLength(element) && element.vr === "UL"
      ? withLength(element, sizes.get(element.tag >>> 16) ?? 0, dataSet)
      : element
  )
}

/**
 * The data set `after`, which has the elements of `before` in another encoding, with those group lengths right that were
 * right before. Wrong ones stay wrong, and what they say: but for one that would be right now, which says what was right
 * before. So two data sets that differ do so in the other encoding too, and each comes back as it was.
 */
export const carried = (before: DataSetNode, after: DataSetNode): DataSetNode => {
  const [were, are] = [groupSizes(before), groupSizes(after)]
  let changed = false
  const elements = after.elements.map((element, i) => {
    const was = before.elements[i]
    if (was === undefined || element === was) return element
    if (were !== undefined && isGroupLength(was)) {
      const group = element.tag >>> 16
      const { bytes } = was
      const [length, next] = [were.get(group) ?? 0, are?.get(group) ?? 0]
      if (was.vr !== "UL" || bytes?.length !== 4 || length === next) return element
      const said = u32(bytes, 0, isBig(before))
      if (said !== length && said !== next) return element
      changed = true
      return withLength(element, said === length ? next : length, after)
    }
    const items = element.items?.map((item, j) => {
      const itemBefore = was.items?.[j]
      return itemBefore === undefined || itemBefore === item ? item : carried(itemBefore, item)
    })
    if (items === undefined || items.every((item, j) => item === element.items?.[j])) return element
    changed = true
    return ElementNode.make("Sequence", element.tag, element.vr, element.undefinedLength, items, element.syntax)
  })
  return changed ? after.with(elements) : after
}
