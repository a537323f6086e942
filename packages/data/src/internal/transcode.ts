/**
 * Puts elements into another of the uncompressed encodings (PS3.5 sections 7.1 and 7.3), by their VRs: numbers change
 * their byte order, everything else stays. What is inside of a UN stays as it is (section 6.2.2).
 */
import type { TransferSyntax } from "../TransferSyntax.ts"
import { DataSetNode, ElementNode, isSameEncoding } from "./dataSetTree.ts"

/** The size of the numbers of a VR, in bytes (PS3.5 section 7.3); of what is not numbers 1. */
export const unit = (vr: string): number => {
  switch (vr) {
    case "AT":
    case "OW":
    case "SS":
    case "US":
      return 2
    case "FL":
    case "OF":
    case "OL":
    case "SL":
    case "UL":
      return 4
    case "FD":
    case "OD":
    case "OV":
    case "SV":
    case "UV":
      return 8
    default:
      return 1
  }
}

/** The numbers in the other byte order; what is left behind the last whole one stays. */
export const swapped = (bytes: Uint8Array, unit: number): Uint8Array => {
  const out = new Uint8Array(bytes)
  const end = out.length - (out.length % unit)
  for (let at = 0; at < end; at += unit) {
    for (let i = 0; i < unit; i++) out[at + i] = bytes[at + unit - 1 - i] ?? 0
  }
  return out
}

/** What stands for numbers that are elsewhere when they are in the other byte order. */
export type Swapped = (bulk: unknown, vr: string, size: number) => object

/** The element as it may stand in a data set of a syntax; from then on numbers know in which order their bytes are. */
export const conformElement = (element: ElementNode, to: TransferSyntax, swappedBulk?: Swapped): ElementNode => {
  const { syntax, tag, undefinedLength, vr } = element
  const same = syntax === undefined || isSameEncoding(syntax, to)
  switch (element._tag) {
    case "Value": {
      if (syntax === undefined && unit(vr) > 1) return ElementNode.make("Value", tag, vr, false, element.bytes, to)
      if (same) return element
      const size = syntax.byteOrder === to.byteOrder ? 1 : unit(vr)
      const bytes = element.bytes ?? new Uint8Array(0)
      return ElementNode.make("Value", tag, vr, false, size === 1 ? bytes : swapped(bytes, size), to)
    }
    case "Sequence": {
      const items = element.items ?? []
      if (vr === "UN") return same ? element : ElementNode.make("Sequence", tag, vr, undefinedLength, items, to)
      if (same && element.source !== undefined) return element
      const conformed = items.map((item) => conformDataSet(item, to, swappedBulk))
      return same && conformed.every((item, i) => item === items[i])
        ? element
        : ElementNode.make("Sequence", tag, vr, undefinedLength, conformed, to)
    }
    default: {
      const content = element.fragmentsOrReference
      const numbers = element._tag === "Referenced" && unit(vr) > 1
      if (syntax === undefined && numbers) return ElementNode.make("Referenced", tag, vr, false, content, to)
      if (same) return element
      const size = numbers && syntax.byteOrder !== to.byteOrder ? unit(vr) : 1
      const conformed = size === 1 || swappedBulk === undefined ? content : swappedBulk(content, vr, size)
      return ElementNode.make(element._tag, tag, vr, undefinedLength, conformed, to)
    }
  }
}

/** The data set, or item, in a syntax; itself where it is in it already. */
export const conformDataSet = (dataSet: DataSetNode, to: TransferSyntax, swappedBulk?: Swapped): DataSetNode => {
  if (isSameEncoding(dataSet.transferSyntax, to)) return dataSet
  const { undefinedLength } = dataSet
  const elements = dataSet.elements.map((element) => conformElement(element, to, swappedBulk))
  const conformed = new DataSetNode(to, elements, undefined, undefinedLength, undefined, 0, 0)
  conformed.tail = dataSet.tail
  return conformed
}
