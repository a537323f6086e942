/**
 * Reading a data set (PS3.5 section 7) that comes in chunks of any size: as events, of a data set larger than memory,
 * or into a `DataSet` that keeps the chunks as they are. Both say what `DataSet.read` says of the same bytes, but for values
 * that are more than a stream may gather (`Limits.valueInMemory`); for lengths that go past the end, and leniently, they
 * need the size for that, see {@link Options}. Where the chunks come from is not this file's business, and neither is
 * inflating: feed it with inflated bytes.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import type { DataSet } from "./DataSet.ts"
import { ChunkedReader } from "./internal/chunkedReader.ts"
import type { Sink } from "./internal/chunkedReader.ts"
import { Builder } from "./internal/dataSetBuilder.ts"
import { Met } from "./internal/dataSetMachine.ts"
import type { Machine } from "./internal/dataSetMachine.ts"
import { isDeciding, resolve } from "./internal/implicitVr.ts"
import { Rope } from "./internal/source.ts"
import type { InvalidDataSet } from "./InvalidDataSet.ts"
import * as Limits from "./Limits.ts"
import type { Tag } from "./Tag.ts"
import type { TransferSyntax } from "./TransferSyntax.ts"

/**
 * How to read.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** Of a deflated one the bytes are the inflated ones. */
  readonly transferSyntax: TransferSyntax
  /** Those not given are the defaults. */
  readonly limits?: Partial<Limits.Limits>
  /** Whether to go on where bytes are not as they should be, and tell what was wrong. */
  readonly lenient?: boolean
  /**
   * How many bytes will come, where that is known: a length that goes past them is then found at once. Leniently, an
   * item that is longer than its sequence is believed if it fits in what is around them. Without the size everything
   * fits in the data set, so what follows the sequence may then be read as part of the item, as `DataSet.read`, which
   * knows the size, does not.
   */
  readonly size?: number
}

/**
 * Which values are not kept, and how they are referred to.
 *
 * @category models
 * @since 0.1.0
 */
export interface BulkOptions {
  /** Values, and fragments, of more bytes than this are bulk. */
  readonly threshold: number
  /** A name for where the bytes are from, such as a path or a URI. */
  readonly source?: string
  /** Where in the source the data set begins, in bytes. */
  readonly origin?: number
}

/**
 * Where the bytes of a value are.
 *
 * @category models
 * @since 0.1.0
 */
export interface BulkReference {
  readonly _tag: "BulkReference"
  readonly source: string
  /** In bytes from the first of the source. */
  readonly offset: number
  /** In bytes. */
  readonly length: number
}

// -----------------------------------------------------------------------------
// events
// -----------------------------------------------------------------------------

/**
 * What is met, in the order of the bytes. Offsets are in bytes from the first of the data set; a `length` is as
 * written, FFFFFFFFH for an undefined one.
 *
 * **Details**
 *
 * `vr` is as in `DataElement`; where an implicit syntax leaves a choice, as the elements so far decide. `Bulk` is a
 * value, or a fragment, over the threshold: it is followed by its bytes, as they come.
 *
 * @category models
 * @since 0.1.0
 */
export type Event =
  | {
      readonly _tag: "Value"
      readonly tag: Tag
      readonly vr: string
      readonly offset: number
      readonly bytes: Uint8Array
    }
  | {
      readonly _tag: "Bulk"
      readonly tag: Tag
      readonly vr: string
      readonly offset: number
      readonly reference: BulkReference
    }
  | { readonly _tag: "BulkBytes"; readonly bytes: Uint8Array }
  | {
      readonly _tag: "SequenceStart"
      readonly tag: Tag
      readonly vr: string
      readonly offset: number
      readonly length: number
    }
  | { readonly _tag: "ItemStart"; readonly offset: number; readonly length: number }
  | { readonly _tag: "ItemEnd" }
  | { readonly _tag: "SequenceEnd" }
  | { readonly _tag: "EncapsulatedStart"; readonly tag: Tag; readonly vr: string; readonly offset: number }
  | { readonly _tag: "Fragment"; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly _tag: "EncapsulatedEnd" }

/**
 * A reader that gives events.
 *
 * **Gotchas**
 *
 * Values are views over the chunk where they can be: it may be written to again once its events have been dealt with,
 * and not before. After a failure there are no more events, and every answer is that failure.
 *
 * @category models
 * @since 0.1.0
 */
export interface EventReader {
  /** The events that a chunk completes; none where more is needed. */
  readonly push: (chunk: Uint8Array) => Result.Result<ReadonlyArray<Event>, InvalidDataSet>
  /** The last events, once all bytes have come. */
  readonly end: () => Result.Result<ReadonlyArray<Event>, InvalidDataSet>
  /** In lenient mode, what was wrong so far; strictly, no more than zeros behind the last element. */
  readonly irregularities: ReadonlyArray<InvalidDataSet>
}

/** Grows as bytes come, whatever length was declared. */
class Gathered {
  #bytes = new Uint8Array(0)
  #used = 0

  push(bytes: Uint8Array): void {
    const used = this.#used + bytes.length
    if (used > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(64, used, this.#bytes.length * 2))
      grown.set(this.#bytes.subarray(0, this.#used))
      this.#bytes = grown
    }
    this.#bytes.set(bytes, this.#used)
    this.#used = used
  }

  take(): Uint8Array {
    const bytes = this.#bytes.subarray(0, this.#used)
    this.#bytes = new Uint8Array(0)
    this.#used = 0
    return bytes
  }
}

const referenceOf = (bulk: BulkOptions, machine: Machine): BulkReference => ({
  _tag: "BulkReference",
  source: bulk.source ?? "",
  offset: (bulk.origin ?? 0) + machine.valueOffset,
  length: machine.length
})

/** Whether a value is over the threshold; the first item of an encapsulated value, which is small, is always kept. */
const isBulk = (bulk: BulkOptions | undefined, machine: Machine, firstItem: boolean): bulk is BulkOptions =>
  bulk !== undefined && machine.length > bulk.threshold && !firstItem

class EventSink implements Sink {
  #events: Array<Event> = []
  readonly #bulk: BulkOptions | undefined
  /** For each open data set or item, the first numbers of its values that decide VRs. */
  readonly #numbers: Array<Map<number, number>> = [new Map()]
  /** How long the value is; all of it, if it came in one chunk; or what has come, copied. */
  #length = 0
  #first: Uint8Array | undefined
  #gathered: Gathered | undefined
  #isBulk = false
  #firstItem = false

  constructor(bulk: BulkOptions | undefined) {
    this.#bulk = bulk
  }

  take(): ReadonlyArray<Event> {
    const events = this.#events
    this.#events = []
    return events
  }

  met(met: number, machine: Machine): void {
    // the cast: a tag is read as 32 bits
    const tag = machine.tag as Tag
    const { length, offset, vr } = machine
    switch (met) {
      case Met.SequenceStart:
        this.#events.push({ _tag: "SequenceStart", tag, vr, offset, length })
        return
      case Met.ItemStart:
        this.#numbers.push(new Map())
        this.#events.push({ _tag: "ItemStart", offset, length })
        return
      case Met.ItemEnd:
        this.#numbers.pop()
        this.#events.push({ _tag: "ItemEnd" })
        return
      case Met.SequenceEnd:
        this.#events.push({ _tag: "SequenceEnd" })
        return
      case Met.EncapsulatedStart:
        this.#firstItem = true
        this.#events.push({ _tag: "EncapsulatedStart", tag, vr: this.#resolved(machine), offset })
        return
      case Met.EncapsulatedEnd:
        this.#events.push({ _tag: "EncapsulatedEnd" })
    }
  }

  begin(machine: Machine, fragment: boolean): boolean {
    this.#length = machine.length
    this.#isBulk = isBulk(this.#bulk, machine, fragment && this.#firstItem)
    if (this.#bulk === undefined || !this.#isBulk) return true
    // the cast: as above
    const tag = machine.tag as Tag
    const reference = referenceOf(this.#bulk, machine)
    const { offset } = machine
    this.#events.push({ _tag: "Bulk", tag, vr: fragment ? "" : this.#resolved(machine), offset, reference })
    return false
  }

  bytes(bytes: Uint8Array): void {
    if (this.#isBulk) {
      this.#events.push({ _tag: "BulkBytes", bytes })
    } else if (bytes.length === this.#length) {
      this.#first = bytes
    } else {
      this.#gathered ??= new Gathered()
      this.#gathered.push(bytes)
    }
  }

  complete(machine: Machine, fragment: boolean): void {
    if (fragment) this.#firstItem = false
    if (this.#isBulk) {
      this.#isBulk = false
      return
    }
    const bytes = this.#gathered?.take() ?? this.#first ?? new Uint8Array(0)
    this.#gathered = undefined
    this.#first = undefined
    const { offset } = machine
    if (fragment) {
      this.#events.push({ _tag: "Fragment", offset, bytes })
      return
    }
    // the cast: as above
    const tag = machine.tag as Tag
    const vr = this.#resolved(machine)
    this.#events.push({ _tag: "Value", tag, vr, offset, bytes })
    const numbers = this.#numbers[this.#numbers.length - 1]
    if (bytes.length >= 2 && isDeciding(tag) && numbers?.has(tag) === false) {
      const [first = 0, second = 0] = bytes
      numbers.set(tag, machine.bigEndian ? (first << 8) | second : (second << 8) | first)
    }
  }

  structure(): void {}

  #resolved(machine: Machine): string {
    const { tag, vr } = machine
    if (vr.length === 2) return vr
    return resolve(vr, tag, (wanted, enclosing) => {
      for (let i = this.#numbers.length - 1; i >= 0; i--) {
        const number = this.#numbers[i]?.get(wanted)
        if (number !== undefined || !enclosing) return number
      }
      return undefined
    })
  }
}

/**
 * A reader that gives events, and keeps nothing.
 *
 * **Example**
 *
 * ```ts
 * import * as DataSetReader from "@effect-dicom/data/DataSetReader"
 * import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
 *
 * const reader = DataSetReader.events({ transferSyntax: TransferSyntax.ExplicitVRLittleEndian })
 * reader.push(Uint8Array.of(0x10, 0, 0x10, 0, 0x50)) // nothing yet
 * reader.push(Uint8Array.of(0x4e, 2, 0, 0x41, 0x20)) // a Value: (0010,0010), PN, 41H 20H
 * reader.end() // nothing more
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const events = (options: Options & { readonly bulk?: BulkOptions }): EventReader => {
  const sink = new EventSink(options.bulk)
  const reader = new ChunkedReader(machineOptions(options), sink)
  const answer = (failure: InvalidDataSet | undefined): Result.Result<ReadonlyArray<Event>, InvalidDataSet> =>
    failure === undefined ? Result.succeed(sink.take()) : Result.fail(failure)
  return {
    push: (chunk) => answer(reader.push(chunk)),
    end: () => answer(reader.end()),
    irregularities: reader.machine.irregularities
  }
}

const machineOptions = ({ lenient, limits, size, transferSyntax }: Options) => ({
  encoding: transferSyntax,
  limits: Limits.make(limits),
  lenient: lenient ?? false,
  size: size ?? Infinity
})

// -----------------------------------------------------------------------------
// data sets
// -----------------------------------------------------------------------------

/**
 * A reader that gives a data set once all its bytes have come. It keeps the chunks, or what it needs of them, and joins
 * none; but for bulk values, which it drops.
 *
 * **Gotchas**
 *
 * Chunks must not be written to afterwards, unless the reader is told that they are lent.
 *
 * @category models
 * @since 0.1.0
 */
export interface DataSetReader<out Bulk = never> {
  /** Nothing, or why the bytes so far are no data set. */
  readonly push: (chunk: Uint8Array) => Result.Result<void, InvalidDataSet>
  /** The data set, once all bytes have come. */
  readonly end: () => Result.Result<DataSet<Bulk>, InvalidDataSet>
  /** In lenient mode, what was wrong so far; strictly, no more than zeros behind the last element. */
  readonly irregularities: ReadonlyArray<InvalidDataSet>
}

/**
 * How a reader that gives a data set reads.
 *
 * @category models
 * @since 0.1.0
 */
export interface DataSetOptions extends Options {
  /** Whether chunks are written to again once they were pushed: what is kept of them is copied then. */
  readonly lent?: boolean
}

class TreeSink implements Sink {
  readonly rope: Rope
  readonly builder: Builder
  readonly #bulk: BulkOptions | undefined
  #reference: BulkReference | undefined
  #firstItem = false

  constructor({ lent, transferSyntax }: DataSetOptions, bulk: BulkOptions | undefined) {
    this.rope = new Rope(lent)
    this.builder = new Builder(this.rope, transferSyntax)
    this.#bulk = bulk
  }

  met(met: number, machine: Machine): void {
    switch (met) {
      case Met.SequenceStart:
        this.builder.sequenceStart(machine)
        return
      case Met.ItemStart:
        this.builder.itemStart(machine)
        return
      case Met.EncapsulatedStart:
        this.#firstItem = true
        this.builder.encapsulatedStart(machine)
        return
      default:
        this.builder.close(machine)
    }
  }

  begin(machine: Machine, fragment: boolean): boolean {
    const bulk = this.#bulk
    if (!isBulk(bulk, machine, fragment && this.#firstItem)) return true
    this.#reference = referenceOf(bulk, machine)
    return false
  }

  bytes(bytes: Uint8Array): void {
    if (this.#reference === undefined) this.rope.push(bytes)
  }

  complete(machine: Machine, fragment: boolean): void {
    const reference = this.#reference
    this.#reference = undefined
    if (reference !== undefined) {
      // Leniently, there may be less than was declared.
      const { length } = machine
      const found = length === reference.length ? reference : { ...reference, length }
      this.rope.reference(found, length)
      if (fragment) this.builder.fragment(machine, found)
      else this.builder.referenced(machine, found)
    } else if (fragment) {
      this.builder.fragment(machine)
    } else {
      this.builder.value(machine)
    }
    if (fragment) this.#firstItem = false
  }

  structure(bytes: Uint8Array): void {
    this.rope.push(bytes)
  }
}

/**
 * A reader that gives a data set. With `bulk`, values over the threshold are dropped, and referred to.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make: {
  (options: DataSetOptions & { readonly bulk: BulkOptions }): DataSetReader<BulkReference>
  (options: DataSetOptions): DataSetReader
} = (options: DataSetOptions & { readonly bulk?: BulkOptions }): DataSetReader => {
  const sink = new TreeSink(options, options.bulk)
  const reader = new ChunkedReader(machineOptions(options), sink)
  let dataSet: DataSet | undefined
  return {
    push: (chunk) => {
      const failure = reader.push(chunk)
      return failure === undefined ? Result.succeed(undefined) : Result.fail(failure)
    },
    end: () => {
      const failure = reader.end()
      if (failure !== undefined) return Result.fail(failure)
      dataSet ??= sink.builder.end(reader.machine, reader.size)
      return Result.succeed(dataSet)
    },
    irregularities: reader.machine.irregularities
  }
}
