/** Elements in place of others, those of sequences by their items: what `set` and `updateItems` do, and many at once. */
import type { DataElement } from "../DataElement.ts"
import type { DataSet } from "../DataSet.ts"
import { ImplicitVRLittleEndian } from "../TransferSyntax.ts"
import { asItem, ElementNode, node } from "./dataSetTree.ts"
import type { DataSetNode } from "./dataSetTree.ts"
import { conformDataSet, conformElement } from "./transcode.ts"

/** An element, which conforms to its data set, for the place of another: a sequence that is new ends as the other did. */
export const inPlaceOf = (before: ElementNode | undefined, put: ElementNode): ElementNode => {
  if (before?._tag !== "Sequence" || put._tag !== "Sequence" || put.source !== undefined) return put
  const undefinedLength = before.undefinedLength || put.undefinedLength
  return ElementNode.make("Sequence", put.tag, put.vr, undefinedLength, put.content, put.syntax)
}

/** The sequence with other items; one of VR UN has them in implicit VR, as before (PS3.5 section 6.2.2). */
export const withItems = (
  whole: DataSetNode,
  { tag, undefinedLength, vr }: ElementNode,
  items: ReadonlyArray<DataSet<unknown>>
): ElementNode => {
  const syntax = vr === "UN" ? ImplicitVRLittleEndian : whole.transferSyntax
  const conformed = items.map((item) => conformDataSet(asItem(item), syntax))
  return ElementNode.make("Sequence", tag, vr, undefinedLength, conformed, whole.transferSyntax)
}

/** What comes in place of an element: another of its tag, its own with other items, or nothing. */
export type Next = DataElement | { readonly items: ReadonlyArray<DataSet> } | "nothing"

/** Puts all that is given in place of elements of a data set, in one pass; the others stay. */
export const replaceAll = (dataSet: DataSet, next: ReadonlyMap<DataElement, Next>): DataSet => {
  if (next.size === 0) return dataSet
  const whole = node(dataSet)
  const elements: Array<ElementNode> = []
  for (const element of whole.elements) {
    // the cast: a node of each kind has the fields of that kind's interface
    const after = next.get(element as unknown as DataElement)
    if (after === "nothing") continue
    if (after === undefined) elements.push(element)
    else if (!("tag" in after)) elements.push(withItems(whole, element, after.items))
    else {
      // the cast: elements are made in this package only, and of this class
      const put = conformElement(after as unknown as ElementNode, whole.transferSyntax)
      elements.push(inPlaceOf(element, put))
    }
  }
  // the cast: nodes are data sets
  return whole.with(elements) as unknown as DataSet
}
