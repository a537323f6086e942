/**
 * A data set written anew: in order, padded, with lengths of one form.
 */
import { DataSetNode, ElementNode } from "./dataSetTree.ts"
import { recalculated } from "./groupLengths.ts"
import { implicitVr } from "./implicitVr.ts"

export interface Form {
  /** Of sequences and items. */
  readonly lengths: "defined" | "undefined"
  /** The elements (gggg,0000), retired (PS3.5 section 7.2); those that are kept are made right. */
  readonly groupLengths: "drop" | "keep"
}

/** Strings are padded with a space, but for UI; everything else with zero (PS3.5 section 6.2). */
const padding = (vr: string): number => (/^(AE|AS|CS|DA|DS|DT|IS|LO|LT|PN|SH|ST|TM|UC|UR|UT)$/.test(vr) ? 0x20 : 0x00)

const padded = (bytes: Uint8Array, vr: string): Uint8Array => {
  if (bytes.length % 2 === 0) return bytes
  const even = new Uint8Array(bytes.length + 1)
  even.set(bytes)
  even[bytes.length] = padding(vr)
  return even
}

export const normalized = (dataSet: DataSetNode, form: Form): DataSetNode => {
  const elements: Array<ElementNode> = []
  const seen = new Set<number>()
  for (const element of dataSet.elements) {
    if (seen.has(element.tag) || (form.groupLengths === "drop" && (element.tag & 0xffff) === 0)) continue
    seen.add(element.tag)
    elements.push(normalizedElement(element, form, dataSet.transferSyntax.explicitVr))
  }
  elements.sort((a, b) => a.tag - b.tag)
  const { parent, transferSyntax } = dataSet
  const normal = new DataSetNode(transferSyntax, elements, parent, form.lengths === "undefined", undefined, 0, 0)
  return form.groupLengths === "drop" ? normal : normal.with(recalculated(normal))
}

const normalizedElement = (element: ElementNode, form: Form, explicitVr: boolean): ElementNode => {
  const { _tag, syntax, tag, vr } = element
  switch (_tag) {
    case "Value":
      return ElementNode.make(_tag, tag, vr, false, padded(element.bytes ?? new Uint8Array(0), vr), syntax)
    case "Sequence": {
      // A UN with items has no other form (PS3.5 section 6.2.2); nor has, where no VR is written, what only its undefined
      // length shows to be a sequence.
      const undefinedLength = form.lengths === "undefined" || vr === "UN" || (!explicitVr && implicitVr(tag) !== "SQ")
      const items = (element.items ?? []).map((item) => normalized(item, form))
      return ElementNode.make(_tag, tag, vr, undefinedLength, items, syntax)
    }
    case "Encapsulated": {
      const { basicOffsetTable = new Uint8Array(0), fragments } = element.encapsulated ?? { fragments: [] }
      const even = fragments.map((fragment) => (fragment instanceof Uint8Array ? padded(fragment, "OB") : fragment))
      return ElementNode.make(_tag, tag, vr, true, { basicOffsetTable, fragments: even }, syntax)
    }
    case "Referenced":
      return ElementNode.make(_tag, tag, vr, false, element.content, syntax)
  }
}
