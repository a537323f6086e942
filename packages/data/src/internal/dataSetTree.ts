/**
 * Data sets and elements as they are held: each knows the bytes that it came from, as long as it is what they say, and
 * otherwise what it is to be written from. Their interfaces are in `DataSet.ts` and `DataElement.ts`.
 */
import type { DataSet } from "../DataSet.ts"
import type { Tag } from "../Tag.ts"
import type { TransferSyntax } from "../TransferSyntax.ts"
import type { Source } from "./source.ts"

export type Kind = "Value" | "Sequence" | "Encapsulated" | "Referenced"

/** What is in an encapsulated value: the ranges of its items in the source, or what is to be written. */
export interface Fragments {
  readonly basicOffsetTable: Uint8Array | undefined
  readonly fragments: ReadonlyArray<unknown>
}

export class ElementNode {
  readonly _tag: Kind
  readonly tag: Tag
  vr: string
  readonly undefinedLength: boolean
  /** Where it is from, header and delimiter among it; undefined if it is to be written anew. */
  source: Source | undefined
  readonly start: number
  readonly valueStart: number
  valueEnd: number
  end: number
  /** By its kind: bytes, items, ranges or fragments, a reference. Bytes and fragments are made when asked for. */
  content: Uint8Array | ReadonlyArray<DataSetNode> | Array<number> | Fragments | object | undefined
  /** How long it is when written anew, once that is known. */
  size = -1

  constructor(
    kind: Kind,
    tag: Tag,
    vr: string,
    undefinedLength: boolean,
    source: Source | undefined,
    start: number,
    valueStart: number,
    valueEnd: number,
    end: number,
    content: ElementNode["content"]
  ) {
    this._tag = kind
    this.tag = tag
    this.vr = vr
    this.undefinedLength = undefinedLength
    this.source = source
    this.start = start
    this.valueStart = valueStart
    this.valueEnd = valueEnd
    this.end = end
    this.content = content
  }

  static value(tag: Tag, vr: string, bytes: Uint8Array): ElementNode {
    return new ElementNode("Value", tag, vr, false, undefined, 0, 0, 0, 0, bytes)
  }

  static sequence(tag: Tag, vr: string, items: ReadonlyArray<DataSet<unknown>>, undefinedLength: boolean): ElementNode {
    return new ElementNode("Sequence", tag, vr, undefinedLength, undefined, 0, 0, 0, 0, items.map(node))
  }

  static encapsulated(
    tag: Tag,
    vr: string,
    basicOffsetTable: Uint8Array | undefined,
    fragments: ReadonlyArray<unknown>
  ): ElementNode {
    return new ElementNode("Encapsulated", tag, vr, true, undefined, 0, 0, 0, 0, { basicOffsetTable, fragments })
  }

  get bytes(): Uint8Array | undefined {
    if (this._tag !== "Value") return undefined
    if (this.content instanceof Uint8Array) return this.content
    const bytes = this.source?.view(this.valueStart, this.valueEnd)
    this.content = bytes
    return bytes
  }

  get items(): ReadonlyArray<DataSetNode> | undefined {
    // the cast: the content of this kind
    return this._tag === "Sequence" ? this.content as ReadonlyArray<DataSetNode> : undefined
  }

  get encapsulated(): Fragments | undefined {
    if (this._tag !== "Encapsulated") return undefined
    const { content, source } = this
    if (!Array.isArray(content) || source === undefined) {
      // the cast: the other content of this kind
      return content as Fragments
    }
    // the cast: the ranges of its items, or what stands for those that are elsewhere
    const ranges = content as ReadonlyArray<number | object>
    const values: Array<unknown> = []
    for (let i = 0; i < ranges.length; i += 2) {
      const start = ranges[i]
      const end = ranges[i + 1]
      values.push(typeof start === "number" && typeof end === "number" ? source.view(start, end) : start)
    }
    // the cast: the first item is never elsewhere
    const basicOffsetTable = values[0] as Uint8Array | undefined
    const fragments: Fragments = { basicOffsetTable, fragments: values.slice(1) }
    this.content = fragments
    return fragments
  }

  get basicOffsetTable(): Uint8Array | undefined {
    return this.encapsulated?.basicOffsetTable
  }

  get fragments(): ReadonlyArray<unknown> | undefined {
    return this.encapsulated?.fragments
  }

  get reference(): unknown {
    return this._tag === "Referenced" ? this.content : undefined
  }
}

export class DataSetNode {
  readonly transferSyntax: TransferSyntax
  /** In the order of the bytes. */
  readonly elements: ReadonlyArray<ElementNode>
  /** Whether each tag is greater than the one before. */
  sorted: boolean
  /** What it is an item of. */
  readonly parent: DataSetNode | undefined
  /** As an item: whether it ends with a delimiter. */
  readonly undefinedLength: boolean
  /** Where it is from: as an item with its header and delimiter, and without; undefined if it was changed. */
  source: Source | undefined
  readonly itemStart: number
  readonly start: number
  end = 0
  itemEnd = 0
  /** How long it is when written anew, without an item's header and delimiter, once that is known. */
  size = -1

  constructor(
    transferSyntax: TransferSyntax,
    elements: ReadonlyArray<ElementNode>,
    sorted: boolean,
    parent: DataSetNode | undefined,
    undefinedLength: boolean,
    source: Source | undefined,
    itemStart: number,
    start: number
  ) {
    this.transferSyntax = transferSyntax
    this.elements = elements
    this.sorted = sorted
    this.parent = parent
    this.undefinedLength = undefinedLength
    this.source = source
    this.itemStart = itemStart
    this.start = start
  }

  /** The same as an item of another data set. */
  within(parent: DataSetNode): DataSetNode {
    const { elements, itemStart, sorted, source, start, transferSyntax, undefinedLength } = this
    const item = new DataSetNode(
      transferSyntax,
      elements,
      sorted,
      parent,
      undefinedLength,
      source,
      itemStart,
      start
    )
    item.end = this.end
    item.itemEnd = this.itemEnd
    item.size = this.size
    return item
  }

  /** The same with other elements. */
  with(elements: ReadonlyArray<ElementNode>): DataSetNode {
    return new DataSetNode(
      this.transferSyntax,
      elements,
      isSorted(elements),
      this.parent,
      this.undefinedLength,
      undefined,
      0,
      0
    )
  }

  /** The place of the first element of a tag; where there is none, the complement of the place where it would be. */
  indexOf(tag: number): number {
    const { elements } = this
    if (!this.sorted) {
      let place = -1
      for (let i = 0; i < elements.length; i++) {
        const other = elements[i]?.tag ?? 0
        if (other === tag) return i
        if (place < 0 && other > tag) place = i
      }
      return ~(place < 0 ? elements.length : place)
    }
    let low = 0
    let high = elements.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((elements[middle]?.tag ?? 0) < tag) low = middle + 1
      else high = middle
    }
    return elements[low]?.tag === tag ? low : ~low
  }

  find(tag: number): ElementNode | undefined {
    const i = this.indexOf(tag)
    return i < 0 ? undefined : this.elements[i]
  }
}

export const isSorted = (elements: ReadonlyArray<ElementNode>): boolean => {
  let last = -1
  for (const { tag } of elements) {
    if (tag <= last) return false
    last = tag
  }
  return true
}

/** The data set as it is held. */
export const node = (dataSet: DataSet<unknown>): DataSetNode =>
  // the cast: data sets are made in this package only, and of this class
  dataSet as unknown as DataSetNode
