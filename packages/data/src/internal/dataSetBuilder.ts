/**
 * Builds a data set of what the machine meets, whether its bytes come at once or in chunks.
 */
import type { Tag } from "../Tag.ts"
import { ImplicitVRLittleEndian } from "../TransferSyntax.ts"
import type { TransferSyntax } from "../TransferSyntax.ts"
import type { Machine } from "./dataSetMachine.ts"
import { undefinedLength } from "./dataSetMachine.ts"
import { DataSetNode, ElementNode } from "./dataSetTree.ts"
import { resolve } from "./implicitVr.ts"
import type { Source } from "./source.ts"

/** What is open: a data set with its elements, a sequence with its items, an encapsulated value with its ranges. */
interface Open {
  readonly dataSet: DataSetNode
  readonly elements: Array<ElementNode>
  last: number
  sequence: ElementNode | undefined
  items: Array<DataSetNode>
  ranges: Array<number | object>
}

const open = (dataSet: DataSetNode, elements: Array<ElementNode>): Open => ({
  dataSet,
  elements,
  last: -1,
  sequence: undefined,
  items: none,
  ranges: none
})

/** Never written to: replaced where a sequence or an encapsulated value begins. */
const none: Array<never> = []

export class Builder {
  readonly root: DataSetNode
  readonly #source: Source
  readonly #stack: Array<Open> = []
  /** Elements whose VR is a choice, and where they are. */
  readonly #choices: Array<readonly [ElementNode, DataSetNode]> = []
  #open: Open

  constructor(source: Source, transferSyntax: TransferSyntax) {
    const elements: Array<ElementNode> = []
    this.#source = source
    this.root = new DataSetNode(transferSyntax, elements, true, undefined, false, source, 0, 0)
    this.#open = open(this.root, elements)
  }

  value(machine: Machine): void {
    const { valueOffset } = machine
    const end = valueOffset + machine.length
    // the cast: a tag is read as 32 bits
    const tag = machine.tag as Tag
    const element = new ElementNode(
      "Value",
      tag,
      machine.vr,
      false,
      this.#open.dataSet.transferSyntax,
      this.#source,
      machine.offset,
      valueOffset,
      end,
      end,
      undefined
    )
    this.#add(element)
  }

  referenced(machine: Machine, reference: object): void {
    const { valueOffset } = machine
    const end = valueOffset + machine.length
    // the cast: as above
    const tag = machine.tag as Tag
    const { offset, vr } = machine
    const syntax = this.#open.dataSet.transferSyntax
    const source = this.#source
    this.#add(new ElementNode("Referenced", tag, vr, false, syntax, source, offset, valueOffset, end, end, reference))
  }

  #add(element: ElementNode): void {
    const open = this.#open
    open.elements.push(element)
    if (element.tag <= open.last) open.dataSet.sorted = false
    open.last = element.tag
    if (element.vr.length > 2) this.#choices.push([element, open.dataSet])
  }

  sequenceStart(machine: Machine): void {
    const items: Array<DataSetNode> = []
    // the cast: as above
    const tag = machine.tag as Tag
    const { length, offset, valueOffset, vr } = machine
    const element = new ElementNode(
      "Sequence",
      tag,
      vr,
      length === undefinedLength,
      this.#open.dataSet.transferSyntax,
      this.#source,
      offset,
      valueOffset,
      0,
      0,
      items
    )
    this.#add(element)
    this.#open.sequence = element
    this.#open.items = items
  }

  sequenceEnd(machine: Machine): void {
    const { sequence } = this.#open
    if (sequence === undefined) return
    sequence.valueEnd = machine.valueEnd
    sequence.end = machine.position
    this.#open.sequence = undefined
  }

  itemStart(machine: Machine): void {
    const outer = this.#open
    const elements: Array<ElementNode> = []
    const { transferSyntax } = outer.dataSet
    const syntax = transferSyntax.explicitVr && machine.implicit ? ImplicitVRLittleEndian : transferSyntax
    const { length, offset, valueOffset } = machine
    const item = new DataSetNode(
      syntax,
      elements,
      true,
      outer.dataSet,
      length === undefinedLength,
      this.#source,
      offset,
      valueOffset
    )
    outer.items.push(item)
    this.#stack.push(outer)
    this.#open = open(item, elements)
  }

  itemEnd(machine: Machine): void {
    const item = this.#open.dataSet
    item.end = machine.valueEnd
    item.itemEnd = machine.position
    this.#open = this.#stack.pop() ?? this.#open
  }

  encapsulatedStart(machine: Machine): void {
    const ranges: Array<number | object> = []
    // the cast: as above
    const tag = machine.tag as Tag
    const { offset, valueOffset, vr } = machine
    const syntax = this.#open.dataSet.transferSyntax
    const source = this.#source
    const element = new ElementNode("Encapsulated", tag, vr, true, syntax, source, offset, valueOffset, 0, 0, ranges)
    this.#add(element)
    this.#open.sequence = element
    this.#open.ranges = ranges
  }

  /** A fragment; a reference where it is elsewhere. */
  fragment(machine: Machine, reference?: object): void {
    const { valueOffset } = machine
    if (reference === undefined) this.#open.ranges.push(valueOffset, valueOffset + machine.length)
    else this.#open.ranges.push(reference, reference)
  }

  end(machine: Machine, size: number): DataSetNode {
    const { root } = this
    root.end = size
    root.itemEnd = size
    if (machine.tail !== undefined) root.tail = { source: this.#source, start: machine.tail, end: size }
    for (const [element, dataSet] of this.#choices) element.vr = resolve(element.vr, element.tag, firstNumber(dataSet))
    return root
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
