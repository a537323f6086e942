/**
 * Writes data sets: what is as it was read is given as views of its bytes, in as few as there are gaps; the rest is
 * written anew, the lengths of sequences and items first, each worked out once.
 */
import type { TransferSyntax } from "../TransferSyntax.ts"
import { isLong } from "../Vr.ts"
import { undefinedLength } from "./dataSetMachine.ts"
import { paddingOf } from "./dataSetTree.ts"
import type { DataSetNode, ElementNode } from "./dataSetTree.ts"
import type { Source } from "./source.ts"
import { swapped, unit } from "./transcode.ts"

/** What is not longer is copied beside the headers, rather than given as a view. */
const copied = 512

const lengthOf = (piece: unknown): number =>
  piece instanceof Uint8Array
    ? piece.length
    : // the cast: what stands for a value that is elsewhere tells its length
      (piece as { readonly length: number }).length

/** Whether the length of an element's value is written in 16 bits. */
const isShort = (vr: string, length: number): boolean => !isLong(vr.charCodeAt(0), vr.charCodeAt(1)) && length <= 0xffff

const headerSize = (element: ElementNode, syntax: TransferSyntax, length: number): number =>
  !syntax.explicitVr || isShort(element.vr, length) ? 8 : 12

/** How long an element's value is, its own delimiter not counted. */
const valueSize = (element: ElementNode): number => {
  let size = 0
  switch (element._tag) {
    case "Value": {
      const { content } = element
      return typeof content === "string" ? content.length + (content.length & 1) : (element.bytes?.length ?? 0)
    }
    case "Sequence":
      for (const item of element.items ?? []) size += itemSize(item)
      return size
    case "Encapsulated": {
      const { basicOffsetTable, fragments } = element.encapsulated ?? { basicOffsetTable: undefined, fragments: [] }
      if (basicOffsetTable !== undefined) size += 8 + basicOffsetTable.length
      for (const fragment of fragments) size += 8 + lengthOf(fragment)
      return size
    }
    case "Referenced":
      return lengthOf(element.reference)
  }
}

/** How long an element is, all of it. */
export const elementSize = (element: ElementNode, syntax: TransferSyntax): number => {
  if (element.source !== undefined) return element.end - element.start
  if (element.size >= 0) return element.size
  const length = valueSize(element)
  const size = headerSize(element, syntax, length) + length + (isUndefined(element, length) ? 8 : 0)
  element.size = size
  return size
}

/** A length that does not fit in 32 bits is left undefined. */
const isUndefined = (element: ElementNode, length: number): boolean =>
  element.undefinedLength || (element._tag === "Sequence" && length >= undefinedLength)

/** How long the elements of a data set are. */
export const contentSize = (dataSet: DataSetNode): number => {
  if (dataSet.size >= 0) return dataSet.size
  let size = 0
  for (const element of dataSet.elements) size += elementSize(element, dataSet.transferSyntax)
  if (dataSet.tail !== undefined) size += dataSet.tail.end - dataSet.tail.start
  dataSet.size = size
  return size
}

const itemSize = (item: DataSetNode): number => {
  if (item.source !== undefined && item.start > item.itemStart) return item.itemEnd - item.itemStart
  const length = item.source === undefined ? contentSize(item) : item.end - item.start
  return 8 + length + (item.undefinedLength || length >= undefinedLength ? 8 : 0)
}

/** What small data sets are written into, one after another: to allocate for each costs more than to write it. */
const slabLength = 1 << 13
let slab = new Uint8Array(0)
let slabAt = 0
const slabs = new WeakSet<ArrayBufferLike>()

const scratchOf = (size: number): Uint8Array => {
  if (size > slabLength >> 3) return new Uint8Array(size)
  if (slabAt + size > slab.length) {
    slab = new Uint8Array(slabLength)
    slabs.add(slab.buffer)
    slabAt = 0
  }
  slabAt += size
  return slab.subarray(slabAt - size, slabAt)
}

/** Whether what was written shares its buffer with other data sets that were. */
export const isShared = (piece: Uint8Array): boolean => slabs.has(piece.buffer)

export class Writer {
  readonly #out: Array<unknown> = []
  #scratch: Uint8Array
  #at = 0
  #from = 0
  #big = false
  #source: Source | undefined
  #start = 0
  #end = 0

  constructor(size: number) {
    this.#scratch = scratchOf(size)
  }

  /** All that was written, in pieces. */
  pieces(): Array<unknown> {
    this.#flushSource()
    this.#flushScratch()
    return this.#out
  }

  #flushScratch(): void {
    if (this.#at === this.#from) return
    this.#out.push(
      this.#from === 0 && this.#at === this.#scratch.length
        ? this.#scratch
        : this.#scratch.subarray(this.#from, this.#at)
    )
    this.#from = this.#at
  }

  #flushSource(): void {
    const source = this.#source
    if (source === undefined) return
    this.#source = undefined
    const length = this.#end - this.#start
    if (length > copied) {
      this.#flushScratch()
      source.append(this.#out, this.#start, this.#end)
    } else {
      const pieces: Array<unknown> = []
      source.append(pieces, this.#start, this.#end)
      for (const piece of pieces) this.#piece(piece)
    }
  }

  /** Bytes as they were read; those that follow each other are kept in one piece. */
  #verbatim(source: Source, start: number, end: number): void {
    if (this.#source === source && this.#end === start) {
      this.#end = end
      return
    }
    this.#flushSource()
    this.#source = source
    this.#start = start
    this.#end = end
  }

  #piece(piece: unknown): void {
    if (piece instanceof Uint8Array && piece.length <= copied) {
      this.#room(piece.length)
      const scratch = this.#scratch
      const at = this.#at
      if (piece.length > 48) scratch.set(piece, at)
      else for (let i = 0; i < piece.length; i++) scratch[at + i] = piece[i] ?? 0
      this.#at = at + piece.length
      return
    }
    this.#flushScratch()
    this.#out.push(piece)
  }

  #text(text: string, vr: string): void {
    const { length } = text
    this.#room(length + (length & 1))
    const scratch = this.#scratch
    let at = this.#at
    for (let i = 0; i < length; i++) scratch[at++] = text.charCodeAt(i)
    if ((length & 1) === 1) scratch[at++] = paddingOf(vr)
    this.#at = at
  }

  #room(length: number): void {
    if (this.#at + length <= this.#scratch.length) return
    this.#flushScratch()
    this.#scratch = new Uint8Array(Math.max(4096, length))
    this.#at = 0
    this.#from = 0
  }

  #u16(value: number): void {
    const at = this.#at
    this.#scratch[at] = this.#big ? value >>> 8 : value
    this.#scratch[at + 1] = this.#big ? value : value >>> 8
    this.#at = at + 2
  }

  #u32(value: number): void {
    this.#u16(this.#big ? value >>> 16 : value)
    this.#u16(this.#big ? value : value >>> 16)
  }

  #tagged(tag: number, length: number): void {
    this.#flushSource()
    this.#room(8)
    this.#u16(tag >>> 16)
    this.#u16(tag)
    this.#u32(length)
  }

  dataSet(dataSet: DataSetNode): void {
    const { elements, source, tail, transferSyntax } = dataSet
    if (source !== undefined) {
      this.#verbatim(source, dataSet.start, dataSet.end)
      return
    }
    const outer = this.#big
    this.#big = transferSyntax.byteOrder === "big endian"
    for (const element of elements) {
      if (element.source !== undefined) this.#verbatim(element.source, element.start, element.end)
      else this.#element(element, transferSyntax)
    }
    if (tail !== undefined) this.#verbatim(tail.source, tail.start, tail.end)
    this.#big = outer
  }

  #element(element: ElementNode, syntax: TransferSyntax): void {
    const size = valueSize(element)
    const length = isUndefined(element, size) ? undefinedLength : size
    const { tag, vr } = element
    let unknown = false
    if (syntax.explicitVr) {
      this.#flushSource()
      this.#room(12)
      this.#u16(tag >>> 16)
      this.#u16(tag)
      const short = isShort(vr, length)
      // PS3.5 section 6.2.2: a value too long for its VR's length is written as UN.
      unknown = !short && !isLong(vr.charCodeAt(0), vr.charCodeAt(1))
      const written = unknown ? "UN" : vr
      this.#scratch[this.#at++] = written.charCodeAt(0)
      this.#scratch[this.#at++] = written.charCodeAt(1)
      if (short) {
        this.#u16(length)
      } else {
        this.#u16(0)
        this.#u32(length)
      }
    } else {
      this.#tagged(tag, length)
    }
    switch (element._tag) {
      case "Value": {
        const { content } = element
        if (typeof content === "string" && content.length < copied) {
          this.#text(content, vr)
          return
        }
        const { bytes } = element
        // As is any UN, it is little endian.
        this.#piece(unknown && this.#big && bytes !== undefined ? swapped(bytes, unit(vr)) : bytes)
        return
      }
      case "Referenced":
        this.#piece(element.reference)
        return
      case "Sequence": {
        // What is inside of a UN is little endian, its items' headers too.
        const outer = this.#big
        if (vr === "UN") this.#big = false
        for (const item of element.items ?? []) this.#item(item)
        if (length === undefinedLength) this.#tagged(0xfffee0dd, 0)
        this.#big = outer
        return
      }
      case "Encapsulated": {
        const { basicOffsetTable, fragments } = element.encapsulated ?? { basicOffsetTable: undefined, fragments: [] }
        if (basicOffsetTable !== undefined) {
          this.#tagged(0xfffee000, basicOffsetTable.length)
          this.#piece(basicOffsetTable)
        }
        for (const fragment of fragments) {
          this.#tagged(0xfffee000, lengthOf(fragment))
          this.#piece(fragment)
        }
        this.#tagged(0xfffee0dd, 0)
      }
    }
  }

  #item(item: DataSetNode): void {
    if (item.source !== undefined && item.start > item.itemStart) {
      this.#verbatim(item.source, item.itemStart, item.itemEnd)
      return
    }
    const size = item.source === undefined ? contentSize(item) : item.end - item.start
    const delimited = item.undefinedLength || size >= undefinedLength
    this.#tagged(0xfffee000, delimited ? undefinedLength : size)
    this.dataSet(item)
    if (delimited) this.#tagged(0xfffee00d, 0)
  }
}

/** How much room the headers and short values of a data set take at most, where that is little. */
export const scratchSize = (size: number): number => Math.min(size, 4096)
