/**
 * Data sets and elements as they are held: each knows the bytes that it came from, as long as it is what they say, and
 * otherwise what it is to be written from. Their interfaces are in `DataSet.ts` and `DataElement.ts`.
 */
import type { DataSet } from "../DataSet.ts"
import type { Tag } from "../Tag.ts"
import type { Encoding, TransferSyntax } from "../TransferSyntax.ts"
import type { Source } from "./source.ts"

export type Kind = "Value" | "Sequence" | "Encapsulated" | "Referenced"

/** What is in an encapsulated value: the ranges of its items in the source, or what is to be written. */
export interface Fragments {
  readonly basicOffsetTable: Uint8Array | undefined
  readonly fragments: ReadonlyArray<unknown>
}

/** What text of a VR is padded with to an even length (PS3.5 section 6.2). */
export const paddingOf = (vr: string): number => (vr === "UI" ? 0x00 : 0x20)

/** The bytes of printable ISO 646, padded. */
export const paddedBytes = (text: string, vr: string): Uint8Array => {
  const { length } = text
  const bytes = new Uint8Array(length + (length & 1))
  for (let i = 0; i < length; i++) bytes[i] = text.charCodeAt(i)
  if ((length & 1) === 1) bytes[length] = paddingOf(vr)
  return bytes
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
  readonly end: number
  /**
   * By its kind: bytes, or text of printable ISO 646 without its padding; items; ranges or fragments; a reference. Bytes
   * and fragments are made when asked for.
   */
  content: Uint8Array | string | ReadonlyArray<DataSetNode> | Array<number> | Fragments | object | undefined
  /** How its bytes are written; undefined if they are as the data set that it is put into wants them. */
  readonly syntax: TransferSyntax | undefined
  /** How long it is when written anew, once that is known. */
  size = -1

  constructor(
    kind: Kind,
    tag: Tag,
    vr: string,
    undefinedLength: boolean,
    syntax: TransferSyntax | undefined,
    source: Source | undefined,
    start: number,
    valueStart: number,
    end: number,
    content: ElementNode["content"]
  ) {
    this._tag = kind
    this.tag = tag
    this.vr = vr
    this.undefinedLength = undefinedLength
    this.syntax = syntax
    this.source = source
    this.start = start
    this.valueStart = valueStart
    this.end = end
    this.content = content
  }

  /** One that is to be written anew. */
  static make(
    kind: Kind,
    tag: Tag,
    vr: string,
    undefinedLength: boolean,
    content: ElementNode["content"],
    syntax?: TransferSyntax
  ): ElementNode {
    return new ElementNode(kind, tag, vr, undefinedLength, syntax, undefined, 0, 0, 0, content)
  }

  get bytes(): Uint8Array | undefined {
    if (this._tag !== "Value") return undefined
    const { content } = this
    if (content instanceof Uint8Array) return content
    const bytes =
      typeof content === "string" ? paddedBytes(content, this.vr) : this.source?.view(this.valueStart, this.end)
    this.content = bytes
    return bytes
  }

  get items(): ReadonlyArray<DataSetNode> | undefined {
    // the cast: the content of this kind
    return this._tag === "Sequence" ? (this.content as ReadonlyArray<DataSetNode>) : undefined
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

  /** The content of an encapsulated value, or of one that is elsewhere. */
  get fragmentsOrReference(): ElementNode["content"] {
    return this._tag === "Encapsulated" ? this.encapsulated : this.content
  }

  get reference(): unknown {
    return this._tag === "Referenced" ? this.content : undefined
  }
}

/** What the elements of data sets and items that were read are made of. */
export interface Rows {
  /** Makes the elements of a data set; VRs may be choices. */
  readonly elements: (dataSet: DataSetNode) => ReadonlyArray<ElementNode>
  /** Decides the VRs of the elements that were made. */
  readonly settle: (dataSet: DataSetNode) => void
}

export class DataSetNode {
  readonly transferSyntax: TransferSyntax
  #elements: ReadonlyArray<ElementNode> | undefined
  #sorted = true
  /** Of one that is not sorted: the place of the first element of each tag, once one was looked up. */
  #places: Map<number, number> | undefined
  /** What the elements are made of, when they are asked for: which rows. */
  readonly #rows: Rows | undefined
  first = 0
  last = 0
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
  /** The zeros behind the last element of an outermost one. */
  tail: { readonly source: Source; readonly start: number; readonly end: number } | undefined
  /** How long it is when written anew, without an item's header and delimiter, once that is known. */
  size = -1
  /** What `textContext.ts` knows of its text, once it was asked. */
  context: object | undefined = undefined

  constructor(
    transferSyntax: TransferSyntax,
    elements: ReadonlyArray<ElementNode> | Rows,
    parent: DataSetNode | undefined,
    undefinedLength: boolean,
    source: Source | undefined,
    itemStart: number,
    start: number
  ) {
    this.transferSyntax = transferSyntax
    if ("settle" in elements) {
      this.#rows = elements
    } else {
      this.#elements = elements
      this.#sorted = isSorted(elements)
    }
    this.parent = parent
    this.undefinedLength = undefinedLength
    this.source = source
    this.itemStart = itemStart
    this.start = start
  }

  /** In the order of the bytes. */
  get elements(): ReadonlyArray<ElementNode> {
    if (this.#elements === undefined) {
      const elements = this.#rows?.elements(this) ?? []
      this.#elements = elements
      this.#sorted = isSorted(elements)
      this.#rows?.settle(this)
      return elements
    }
    return this.#elements
  }

  /** Whether each tag is greater than the one before. */
  get sorted(): boolean {
    return this.elements.length === 0 || this.#sorted
  }

  /** The same as an item of another data set. */
  within(parent: DataSetNode): DataSetNode {
    const syntax = isSameEncoding(this.transferSyntax, parent.transferSyntax)
      ? parent.transferSyntax
      : this.transferSyntax
    return this.labelled(syntax, parent)
  }

  /** The same, said to be in another syntax with the same encoding. */
  labelled(syntax: TransferSyntax, parent: DataSetNode | undefined): DataSetNode {
    const { elements, itemStart, source, start, undefinedLength } = this
    const same = new DataSetNode(syntax, elements, parent, undefinedLength, source, itemStart, start)
    same.end = this.end
    same.itemEnd = this.itemEnd
    same.size = this.size
    same.tail = this.tail
    return same
  }

  /** The same with other elements. */
  with(elements: ReadonlyArray<ElementNode>): DataSetNode {
    const { parent, transferSyntax, undefinedLength } = this
    const dataSet = new DataSetNode(transferSyntax, elements, parent, undefinedLength, undefined, 0, 0)
    dataSet.tail = this.tail
    return dataSet
  }

  /** The place of the first element of a tag; where there is none, the complement of the place where it would be. */
  indexOf(tag: number): number {
    const { elements } = this
    if (!this.sorted) {
      const found = this.#placeOf(tag)
      if (found !== undefined) return found
      const place = elements.findIndex((element) => element.tag > tag)
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

  /** The place of the first element of a tag in one that is not sorted. */
  #placeOf(tag: number): number | undefined {
    if (this.#places === undefined) {
      const places = new Map<number, number>()
      for (const [i, element] of this.elements.entries()) {
        if (!places.has(element.tag)) places.set(element.tag, i)
      }
      this.#places = places
    }
    return this.#places.get(tag)
  }

  find(tag: number): ElementNode | undefined {
    const i = this.sorted ? this.indexOf(tag) : (this.#placeOf(tag) ?? -1)
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

/** Whether bytes written in one of two syntaxes may stand in the other. */
export const isSameEncoding = (one: Encoding, other: Encoding): boolean =>
  one.byteOrder === other.byteOrder && one.explicitVr === other.explicitVr

/** The data set as it is held. */
export const node = (dataSet: DataSet<unknown>): DataSetNode =>
  // the cast: data sets are made in this package only, and of this class
  dataSet as unknown as DataSetNode

/** The data set as it may stand in a sequence: without what follows the last element of an outermost one. */
export const asItem = (dataSet: DataSet<unknown>): DataSetNode => {
  const item = node(dataSet)
  if (item.tail === undefined) return item
  const { elements, transferSyntax, undefinedLength } = item
  return new DataSetNode(transferSyntax, elements, undefined, undefinedLength, undefined, 0, 0)
}
