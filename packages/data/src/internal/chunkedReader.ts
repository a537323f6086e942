/**
 * Feeds the machine with chunks of any size: headers that are cut are put together, values are passed on as they come.
 */
import type { InvalidDataSet } from "../InvalidDataSet.ts"
import type { Limits } from "../Limits.ts"
import { Machine, Met } from "./dataSetMachine.ts"
import type { MachineOptions } from "./dataSetMachine.ts"

/** What is done with what is met. */
export interface Sink {
  /** A sequence, an item or an encapsulated value begins or ends. */
  readonly met: (met: number, machine: Machine) => void
  /** A value or a fragment begins; whether it is to be kept in memory. */
  readonly begin: (machine: Machine, fragment: boolean) => boolean
  /** Bytes of it. */
  readonly bytes: (bytes: Uint8Array) => void
  /** It is complete. */
  readonly complete: (machine: Machine, fragment: boolean) => void
  /** Bytes of headers and delimiters, and of what follows the last element. */
  readonly structure: (bytes: Uint8Array) => void
}

/** More than the longest header. */
const headerRoom = 24

export class ChunkedReader {
  readonly machine: Machine
  readonly #sink: Sink
  readonly #limits: Limits
  /** What is left of the chunks before: less than a header. */
  #rest = new Uint8Array(0)
  /** How many bytes have come. */
  #size = 0
  /** How many bytes of a value are still to come; undefined if none is being read. */
  #left: number | undefined
  #fragment = false
  /** Whether the data set has ended. */
  #over = false

  constructor(options: MachineOptions, sink: Sink) {
    this.machine = new Machine(this.#rest, options)
    this.#sink = sink
    this.#limits = options.limits
  }

  /** The failure, if there is one. */
  push(chunk: Uint8Array): InvalidDataSet | undefined {
    const { machine } = this
    if (machine.failure !== undefined || chunk.length === 0) return machine.failure
    const base = this.#size
    this.#size += chunk.length
    if (this.#over) {
      this.#sink.structure(chunk)
      return undefined
    }
    // Leniently, more may have been passed over than had come.
    let at = Math.min(chunk.length, Math.max(0, machine.position - base))
    if (at > 0) this.#sink.structure(chunk.subarray(0, at))
    if (at === chunk.length) return undefined
    if (this.#left !== undefined) at = this.#take(chunk, at)
    if (this.#left !== undefined) return undefined
    if (this.#rest.length > 0) {
      const restBase = base - this.#rest.length
      const taken = Math.min(headerRoom, chunk.length)
      const joined = new Uint8Array(this.#rest.length + taken)
      joined.set(this.#rest)
      joined.set(chunk.subarray(0, taken), this.#rest.length)
      machine.bytes = joined
      machine.base = restBase
      while (machine.position < base) {
        const before = machine.position
        const met = machine.step()
        this.#structure(joined, before - restBase, machine.position - restBase, met)
        if (met === Met.NeedMore && machine.position < base) {
          this.#rest = new Uint8Array(joined.subarray(machine.position - restBase))
          return undefined
        }
        if (!this.#handle(met)) {
          this.#finished(joined, machine.position - restBase)
          return this.#finished(chunk, taken)
        }
      }
      this.#rest = new Uint8Array(0)
      at = machine.position - base
      if (at > taken) this.#sink.structure(chunk.subarray(taken, at))
      if (at > chunk.length) return undefined
    }
    machine.bytes = chunk
    machine.base = base
    for (;;) {
      if (this.#left !== undefined) {
        at = this.#take(chunk, at)
        if (this.#left !== undefined) return undefined
      }
      const before = machine.position
      const met = machine.step()
      at = machine.position - base
      this.#structure(chunk, before - base, at, met)
      if (met === Met.NeedMore) {
        this.#rest = new Uint8Array(chunk.subarray(at))
        return undefined
      }
      if (!this.#handle(met)) return this.#finished(chunk, at)
    }
  }

  /** The failure, or what follows the end of the data set is passed on. */
  #finished(chunk: Uint8Array, at: number): InvalidDataSet | undefined {
    if (this.#over && at < chunk.length) this.#sink.structure(chunk.subarray(at))
    return this.machine.failure
  }

  /** Tells that all has come. */
  end(): InvalidDataSet | undefined {
    const { machine } = this
    if (machine.failure !== undefined || this.#over) return machine.failure
    // Leniently, reading goes on with what is open ending here.
    if (!machine.finish(this.#size) && machine.failure !== undefined) return machine.failure
    if (this.#left !== undefined) {
      const got = machine.length - this.#left
      if (!machine.truncated(this.#fragment, got)) return machine.failure
      machine.length = got
      this.#complete()
    }
    const rest = this.#rest
    machine.bytes = rest
    machine.base = this.#size - rest.length
    for (;;) {
      const before = machine.position
      const met = machine.step()
      this.#structure(rest, before - machine.base, machine.position - machine.base, met)
      if (!this.#handle(met)) return this.#finished(rest, machine.position - machine.base)
    }
  }

  get size(): number {
    return this.#size
  }

  /** Whether reading goes on. */
  #handle(met: number): boolean {
    const { machine } = this
    switch (met) {
      case Met.Value:
      case Met.Fragment: {
        this.#fragment = met === Met.Fragment
        this.#left = machine.length
        const kept = this.#sink.begin(machine, this.#fragment)
        if (kept && machine.length > this.#limits.valueInMemory) {
          const { valueInMemory } = this.#limits
          const detail = `its length is ${machine.length}; permitted in memory: ${valueInMemory}`
          machine.exceeded("valueInMemory", detail, this.#fragment)
          return false
        }
        if (machine.length === 0) this.#complete()
        return true
      }
      case Met.Failed:
        return false
      case Met.End:
      case Met.Ignore:
        this.#over = true
        return false
      case Met.NeedMore:
        return true
      default:
        this.#sink.met(met, machine)
        return true
    }
  }

  #structure(bytes: Uint8Array, from: number, to: number, met: number): void {
    if (to > from && met !== Met.Failed) this.#sink.structure(bytes.subarray(from, to))
  }

  /** Takes bytes of a value; gives where they end. */
  #take(chunk: Uint8Array, at: number): number {
    const left = this.#left ?? 0
    const taken = Math.min(left, chunk.length - at)
    this.#left = left - taken
    if (taken > 0) this.#sink.bytes(at === 0 && taken === chunk.length ? chunk : chunk.subarray(at, at + taken))
    this.machine.position += taken
    if (taken === left) this.#complete()
    return at + taken
  }

  #complete(): void {
    this.#left = undefined
    this.#sink.complete(this.machine, this.#fragment)
  }
}
