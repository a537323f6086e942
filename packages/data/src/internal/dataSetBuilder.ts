/**
 * Keeps what the machine meets, as rows of numbers, whether the bytes come at once or in chunks; and makes nodes of
 * them, a data set or item at a time, when they are asked for. So reading costs little, and what nobody looks at is
 * never made.
 */
import type { Tag } from "../Tag.ts"
import { ImplicitVRLittleEndian } from "../TransferSyntax.ts"
import type { TransferSyntax } from "../TransferSyntax.ts"
import type { Machine } from "./dataSetMachine.ts"
import { undefinedLength, vrNames } from "./dataSetMachine.ts"
import { DataSetNode, ElementNode } from "./dataSetTree.ts"
import type { Kind, Rows } from "./dataSetTree.ts"
import { resolve } from "./implicitVr.ts"
import type { Source } from "./source.ts"

// A row is six numbers; the rows of what is in an element or an item follow its own.
//
// 0  the tag; 0 for an item and a fragment
// 1  the VR, and flags
// 2  where the header begins
// 3  where the value begins
// 4  where it ends, its delimiter among it
// 5  the place of the next row that is not inside
const width = 6

const vrBits = 0x3ff
const kindShift = 10
const itemKind = 4
const fragmentKind = 5
const undefinedLengthFlag = 0x2000
const implicitFlag = 0x4000
const delimitedFlag = 0x8000

const kinds: ReadonlyArray<Kind> = ["Value", "Sequence", "Encapsulated", "Referenced"]

/** Behind the names of two letters, those of choices. */
const choices = ["US or SS", "US or OW", "US or SS or OW", "OB or OW"]

const codeOf = (vr: string): number =>
  vr.length === 2 ? (vr.charCodeAt(0) - 0x41) * 26 + vr.charCodeAt(1) - 0x41 : vrNames.length + choices.indexOf(vr)

const nameOf = (code: number): string => vrNames[code] ?? choices[code - vrNames.length] ?? "UN"

export class Builder implements Rows {
  readonly #source: Source
  readonly #transferSyntax: TransferSyntax
  readonly #rows: Array<number> = []
  /** What stands for the values and fragments that are elsewhere, by row. */
  #references: Map<number, object> | undefined
  /** The rows of what is open. */
  readonly #open: Array<number> = []

  constructor(source: Source, transferSyntax: TransferSyntax) {
    this.#source = source
    this.#transferSyntax = transferSyntax
  }

  #add(tag: number, code: number, start: number, valueStart: number, end: number): void {
    const rows = this.#rows
    rows.push(tag, code, start, valueStart, end, rows.length + width)
  }

  value(machine: Machine): void {
    const { offset, tag, valueOffset, vr } = machine
    this.#add(tag, codeOf(vr), offset, valueOffset, valueOffset + machine.length)
  }

  referenced(machine: Machine, reference: object): void {
    const { offset, tag, valueOffset, vr } = machine
    this.#refer(reference)
    this.#add(tag, codeOf(vr) | (3 << kindShift), offset, valueOffset, valueOffset + machine.length)
  }

  sequenceStart(machine: Machine): void {
    const { length, offset, tag, valueOffset, vr } = machine
    const undefined_ = length === undefinedLength ? undefinedLengthFlag : 0
    this.#open.push(this.#rows.length)
    this.#add(tag, codeOf(vr) | (1 << kindShift) | undefined_, offset, valueOffset, 0)
  }

  encapsulatedStart(machine: Machine): void {
    const { offset, tag, valueOffset, vr } = machine
    this.#open.push(this.#rows.length)
    this.#add(tag, codeOf(vr) | (2 << kindShift) | undefinedLengthFlag, offset, valueOffset, 0)
  }

  itemStart(machine: Machine): void {
    const { length, offset, valueOffset } = machine
    const flags = (length === undefinedLength ? undefinedLengthFlag : 0) | (machine.implicit ? implicitFlag : 0)
    this.#open.push(this.#rows.length)
    this.#add(0, (itemKind << kindShift) | flags, offset, valueOffset, 0)
  }

  /** What was opened last has ended. */
  close(machine: Machine): void {
    const row = this.#open.pop()
    if (row === undefined) return
    const rows = this.#rows
    if (machine.position > machine.valueEnd) rows[row + 1] = (rows[row + 1] ?? 0) | delimitedFlag
    rows[row + 4] = machine.position
    rows[row + 5] = rows.length
  }

  /** A fragment; with what stands for it where it is elsewhere. */
  fragment(machine: Machine, reference?: object): void {
    const { offset, valueOffset } = machine
    if (reference !== undefined) this.#refer(reference)
    this.#add(0, fragmentKind << kindShift, offset, valueOffset, valueOffset + machine.length)
  }

  #refer(reference: object): void {
    this.#references ??= new Map()
    this.#references.set(this.#rows.length, reference)
  }

  end(machine: Machine, size: number): DataSetNode {
    const source = this.#source
    const root = new DataSetNode(this.#transferSyntax, this, undefined, false, source, 0, 0)
    root.last = this.#rows.length
    root.end = size
    root.itemEnd = size
    if (machine.tail !== undefined) root.tail = { source, start: machine.tail, end: size }
    return root
  }

  elements(dataSet: DataSetNode): ReadonlyArray<ElementNode> {
    const rows = this.#rows
    const { first, last, transferSyntax } = dataSet
    const elements: Array<ElementNode> = []
    for (let row = first; row < last; row = rows[row + 5] ?? last) {
      const code = rows[row + 1] ?? 0
      const kind = (code >>> kindShift) & 7
      const end = rows[row + 4] ?? 0
      const valueStart = rows[row + 3] ?? 0
      elements.push(
        new ElementNode(
          kinds[kind] ?? "Value",
          // the cast: a tag is read as 32 bits
          (rows[row] ?? 0) as Tag,
          nameOf(code & vrBits),
          (code & undefinedLengthFlag) !== 0,
          transferSyntax,
          this.#source,
          rows[row + 2] ?? 0,
          valueStart,
          end,
          kind === 0
            ? undefined
            : kind === 1
              ? this.#items(dataSet, row)
              : kind === 2
                ? this.#ranges(row)
                : this.#references?.get(row)
        )
      )
    }
    return elements
  }

  settle(dataSet: DataSetNode): void {
    for (const element of dataSet.elements) {
      if (element.vr.length > 2) element.vr = resolve(element.vr, element.tag, firstNumber(dataSet))
    }
  }

  #items(parent: DataSetNode, sequence: number): ReadonlyArray<DataSetNode> {
    const rows = this.#rows
    const next = rows[sequence + 5] ?? 0
    const items: Array<DataSetNode> = []
    for (let row = sequence + width; row < next; row = rows[row + 5] ?? next) {
      const flags = rows[row + 1] ?? 0
      const { transferSyntax } = parent
      const syntax = transferSyntax.explicitVr && (flags & implicitFlag) !== 0 ? ImplicitVRLittleEndian : transferSyntax
      const delimited = (flags & undefinedLengthFlag) !== 0
      const start = rows[row + 3] ?? 0
      const item = new DataSetNode(syntax, this, parent, delimited, this.#source, rows[row + 2] ?? 0, start)
      item.first = row + width
      item.last = rows[row + 5] ?? next
      item.itemEnd = rows[row + 4] ?? 0
      item.end = item.itemEnd - ((flags & delimitedFlag) === 0 ? 0 : 8)
      items.push(item)
    }
    return items
  }

  #ranges(encapsulated: number): Array<number | object> {
    const rows = this.#rows
    const next = rows[encapsulated + 5] ?? 0
    const ranges: Array<number | object> = []
    for (let row = encapsulated + width; row < next; row += width) {
      const reference = this.#references?.get(row)
      ranges.push(reference ?? rows[row + 3] ?? 0, reference ?? rows[row + 4] ?? 0)
    }
    return ranges
  }
}

/** The first number, of 16 bits, of an element of a data set or of what it is in. */
const firstNumber =
  (from: DataSetNode) =>
  (tag: number, enclosing: boolean): number | undefined => {
    for (let dataSet: DataSetNode | undefined = from; dataSet !== undefined; dataSet = dataSet.parent) {
      const bytes = dataSet.find(tag)?.bytes
      if (bytes !== undefined && bytes.length >= 2) {
        const [first = 0, second = 0] = bytes
        return dataSet.transferSyntax.byteOrder === "big endian" ? (first << 8) | second : (second << 8) | first
      }
      if (!enclosing) return undefined
    }
    return undefined
  }
