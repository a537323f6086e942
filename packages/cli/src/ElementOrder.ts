/**
 * Which data sets are not in ascending order, found in a first reading, so that `dicom dump --json` can say things in the
 * order of JSON without holding what is in order already.
 *
 * @since 0.1.0
 */
import type * as DataSetReader from "@effect-dicom/data/DataSetReader"
import * as Tag from "@effect-dicom/data/Tag"

/** (0008,0005). */
const SpecificCharacterSet = Tag.make(0x0008, 0x0005)

/** A data set that is not in ascending order is put into it if its values are not more than this, in bytes. */
const sortable = 1 << 24

const isToBeSorted = 1
const isTooLong = 2

/**
 * Which data sets and items are not in ascending order, as JSON is (PS3.18 section F.2.2), and the character sets that
 * are said in those behind what is written in them. Fed with all events before the JSON is made.
 *
 * @category models
 * @since 0.1.0
 */
export class ElementOrder {
  #states = new Uint8Array(64)
  #begun = 0
  readonly #characterSets = new Map<number, Uint8Array>()
  readonly #open: Array<{ readonly begun: number; last: number; hasCharacterSet: boolean; size: number }> = []

  constructor() {
    this.#begin()
  }

  /**
   * Whether it is in order, and if not, whether it can be put into order; data sets count from 0 in the order of their
   * beginnings, the outermost first.
   */
  state(begun: number): "ascending" | "to be sorted" | "too long" {
    const state = this.#states[begun]
    return state === isToBeSorted ? "to be sorted" : state === isTooLong ? "too long" : "ascending"
  }

  /** The value of a Specific Character Set that comes too late. */
  characterSet(begun: number): Uint8Array | undefined {
    return this.#characterSets.get(begun)
  }

  push(event: DataSetReader.Event): void {
    switch (event._tag) {
      case "Value":
        this.#element(event.tag, event.bytes)
        this.#count(event.bytes.length)
        return
      case "Bulk":
        if (event.vr === "") return
        this.#element(event.tag)
        this.#count(event.reference.length)
        return
      case "SequenceStart":
      case "EncapsulatedStart":
        this.#element(event.tag)
        return
      case "ItemStart":
        this.#begin()
        return
      case "ItemEnd":
        this.#count(this.#open.pop()?.size ?? 0)
    }
  }

  #begin(): void {
    if (this.#begun === this.#states.length) {
      const longer = new Uint8Array(2 * this.#begun)
      longer.set(this.#states)
      this.#states = longer
    }
    this.#open.push({ begun: this.#begun++, last: -1, hasCharacterSet: false, size: 0 })
  }

  #count(bytes: number): void {
    const level = this.#open.at(-1)
    if (level === undefined) return
    level.size += bytes
    if (level.size > sortable && this.#states[level.begun] === isToBeSorted) this.#states[level.begun] = isTooLong
  }

  #element(tag: Tag.Tag, bytes?: Uint8Array): void {
    const level = this.#open.at(-1)
    if (level === undefined || Tag.element(tag) === 0) return
    if (tag < level.last) {
      this.#states[level.begun] = level.size > sortable ? isTooLong : isToBeSorted
      if (tag === SpecificCharacterSet && bytes !== undefined && !level.hasCharacterSet) {
        this.#characterSets.set(level.begun, new Uint8Array(bytes))
      }
    } else level.last = tag
    if (tag === SpecificCharacterSet) level.hasCharacterSet = true
  }
}
