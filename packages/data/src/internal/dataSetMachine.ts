/**
 * The one reader of data sets (PS3.5 section 7): it takes headers one by one from bytes that may be a part of the
 * whole, keeps what is open on a stack of its own, and says what it met. It looks at no value, allocates nothing by a
 * declared length, and never looks for a delimiter: one pass, linear in the bytes.
 */
import { InvalidDataSet } from "../InvalidDataSet.ts"
import type { LimitName, Reason } from "../InvalidDataSet.ts"
import type { Limits } from "../Limits.ts"
import type { Tag } from "../Tag.ts"
import type * as TagPath from "../TagPath.ts"
import type { Encoding } from "../TransferSyntax.ts"
import * as Vr from "../Vr.ts"
import { tagAt, u16, u32 } from "./byteOrder.ts"
import { implicitVr } from "./implicitVr.ts"

/** What a step met. */
export const Met = {
  /** The bytes end within a header. */
  NeedMore: 0,
  /** An element with a value of `length` bytes at `position`; the caller moves `position` behind it. */
  Value: 1,
  SequenceStart: 2,
  ItemStart: 3,
  ItemEnd: 4,
  SequenceEnd: 5,
  EncapsulatedStart: 6,
  /** A fragment of `length` bytes at `position`; the caller moves `position` behind it. */
  Fragment: 7,
  EncapsulatedEnd: 8,
  /** The data set has ended where it should. */
  End: 9,
  /** `failure` says why. */
  Failed: 10,
  /** Leniently: what follows is not a part of the data set, which has ended. */
  Ignore: 11
} as const

export const undefinedLength = 0xffffffff

const itemTag = 0xfffee000
const itemDelimiter = 0xfffee00d
const sequenceDelimiter = 0xfffee0dd
const pixelData = 0x7fe00010

const dataSetLevel = 0
const itemLevel = 1
const sequenceLevel = 2
const encapsulatedLevel = 3

const levelNames = ["the data set", "the item", "the sequence", "the encapsulated value"]

/** Something that is open. */
class Level {
  kind = dataSetLevel
  /** Where its header begins, and what is in it. */
  offset = 0
  start = 0
  /** Where it ends, by its length; undefined where that is undefined. */
  end: number | undefined
  /** Where it, or the first of what encloses it that has a length, ends. */
  bound = Infinity
  /** Of a sequence or an encapsulated value: its tag, and how many items or fragments have begun. */
  tag = 0
  count = 0
  big = false
  explicit = false
}

/** The two letters of each VR, by their place in the alphabet. */
export const vrNames: ReadonlyArray<string> = Array.from({ length: 26 * 26 }, (_, i) =>
  String.fromCharCode(0x41 + Math.trunc(i / 26), 0x41 + (i % 26))
)

const long = Uint8Array.from(vrNames, (name) => (Vr.isLong(name.charCodeAt(0), name.charCodeAt(1)) ? 1 : 0))

const hex = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, "0") + "H"

export interface MachineOptions {
  readonly encoding: Encoding
  readonly limits: Limits
  readonly lenient: boolean
  /** Of the whole, in bytes; infinite where it is not yet known. */
  readonly size: number
}

export class Machine {
  /** What there is of the bytes, and where the first of them stands. */
  bytes: Uint8Array
  base = 0
  position = 0

  tag = 0
  /** The two letters as written; in implicit syntaxes as PS3.6 has it, which may be a choice. */
  vr = ""
  /** Where the header begins. */
  offset = 0
  valueOffset = 0
  /** As written, `undefinedLength` among them; in lenient mode no more than there is. */
  length = 0
  /** Of an item or sequence that ended: where its delimiter begins; where it ended, if it has none. */
  valueEnd = 0
  /** Where the zeros begin that pad the data set behind its last element. */
  tail: number | undefined
  failure: InvalidDataSet | undefined
  /** What was wrong; strictly, zeros that pad the data set are all that there can be. */
  readonly irregularities: Array<InvalidDataSet> = []

  readonly #limits: Limits
  readonly #lenient: boolean
  readonly #levels: Array<Level>
  #level: Level
  #top = 0
  #depth = 0
  #elements = 0
  #items = 0
  #fragments = 0

  constructor(bytes: Uint8Array, options: MachineOptions) {
    this.bytes = bytes
    this.#limits = options.limits
    this.#lenient = options.lenient
    const level = new Level()
    level.bound = options.size
    level.big = options.encoding.byteOrder === "big endian"
    level.explicit = options.encoding.explicitVr
    this.#level = level
    this.#levels = [level]
  }

  /** Whether what is open is read as implicit VR little endian, whatever the data set is: inside of a UN. */
  get implicit(): boolean {
    return !this.#level.explicit
  }

  get bigEndian(): boolean {
    return this.#level.big
  }

  /** Where the innermost thing open, that has a length, ends. */
  get bound(): number {
    return this.#level.bound
  }

  /**
   * Tells the size of the whole, once it is known, and whether the element that is being read fits. False if something
   * open does not: then there is a failure, or in lenient mode an irregularity.
   */
  finish(size: number): boolean {
    let fits = true
    for (let i = 0; i <= this.#top; i++) {
      const level = this.#at(i)
      if (level.end !== undefined && level.end > size) {
        const path = this.#path(i - 1, level.kind === itemLevel ? undefined : level.tag)
        const container = this.#at(i - 1).kind
        fits = false
        if (!this.#beyond(path, level.offset, level.end - level.start, container, size - level.start)) return false
        level.end = size
      }
      if (level.bound > size) level.bound = size
    }
    return fits
  }

  /** The value that is being read is longer than what there is: a failure, or in lenient mode an irregularity. */
  truncated(fragment: boolean, left: number): boolean {
    const path = fragment ? this.#path(this.#top) : this.#path(this.#top, this.tag)
    return this.#beyond(path, this.offset, this.length, this.#level.kind, left)
  }

  /** The value that is being read is more than a limit lets it be. */
  exceeded(limit: LimitName, detail: string, fragment: boolean): void {
    this.#exceeded(limit, this.offset, detail, fragment ? undefined : this.tag)
  }

  step(): number {
    for (;;) {
      if (this.tail !== undefined) return this.#zeros(this.tail)
      const level = this.#level
      const position = this.position
      if (position === level.bound) {
        if (level.kind === dataSetLevel) return Met.End
        if (level.end !== position) {
          const detail =
            `${levelNames[level.kind]} of undefined length that began at byte ${level.offset} has no ` + "delimiter"
          if (!this.#wrong("cut short", position, detail)) return Met.Failed
        }
        return this.#close(position, position)
      }
      if (position + 8 > level.bound) {
        if (level.kind === dataSetLevel && position > 0) {
          const byte = this.bytes[position - this.base]
          if (byte === undefined) return Met.NeedMore
          if (byte === 0) {
            this.tail = position
            continue
          }
        }
        const detail = `${level.bound - position} bytes are left in ${levelNames[level.kind]}; permitted: 8 at least`
        if (!this.#wrong("cut short", position, detail)) return Met.Failed
        this.position = level.bound
        continue
      }
      const bytes = this.bytes
      const at = position - this.base
      if (at + 8 > bytes.length) return Met.NeedMore
      const big = level.big
      const tag = tagAt(bytes, at, big)
      this.offset = position
      if (level.kind > itemLevel) {
        const length = u32(bytes, at + 4, big)
        if (tag === itemTag) {
          const met = level.kind === sequenceLevel ? this.#item(level, length) : this.#fragment(level, length)
          return met
        }
        if (tag === sequenceDelimiter && level.end === undefined) {
          if (length !== 0 && !this.#delimiterWithLength(tag, position, length)) return Met.Failed
          return this.#close(position, position + 8)
        }
        const detail = `${hexTag(tag)} stands in ${levelNames[level.kind]}; permitted: an item${
          level.end === undefined ? " or the delimiter" : ""
        }`
        if (!this.#wrong("misplaced item", position, detail)) return Met.Failed
        // Leniently, a stray delimiter is passed over; anything else ends what is open.
        if (tag === itemDelimiter || tag === sequenceDelimiter) {
          this.position = position + 8
          continue
        }
        if (level.end === undefined) return this.#close(position, position)
        this.position = level.end
        continue
      }
      if (tag >= 0xfffe0000 && tag <= 0xfffeffff) {
        const length = u32(bytes, at + 4, big)
        if (tag === itemDelimiter && level.kind === itemLevel && level.end === undefined) {
          if (length !== 0 && !this.#delimiterWithLength(tag, position, length)) return Met.Failed
          return this.#close(position, position + 8)
        }
        const detail = `${hexTag(tag)} stands in ${levelNames[level.kind]}; permitted: an element`
        if (!this.#wrong("misplaced item", position, detail)) return Met.Failed
        // Leniently, an item that is open ends where the next one or the sequence's delimiter stands.
        if (tag !== itemDelimiter && level.kind === itemLevel && level.end === undefined) {
          return this.#close(position, position)
        }
        this.position = position + 8
        continue
      }
      if (tag === 0 && level.kind === dataSetLevel && position > 0) {
        this.tail = position
        continue
      }
      return this.#element(level, tag, at)
    }
  }

  /**
   * Behind the last element there may be zeros up to the end: files padded to a sector or a block have them. They are told
   * of and do not hinder.
   */
  #zeros(tail: number): number {
    const { base, bytes } = this
    let at = this.position - base
    while (at < bytes.length && bytes[at] === 0) at++
    this.position = base + at
    if (this.position === this.#level.bound) {
      const { irregularities } = this.#limits
      if (this.irregularities.length < irregularities) {
        this.irregularities.push(trailingZeros(tail, this.position - tail))
      }
      return Met.End
    }
    if (at === bytes.length) return Met.NeedMore
    const detail =
      `zeros begin here, and at byte ${this.position} there is ${hex(bytes[at] ?? 0)}; permitted: zeros ` +
      "to the end, or none"
    if (!this.#wrong("trailing bytes", tail, detail)) return Met.Failed
    return Met.Ignore
  }

  #element(level: Level, tag: number, at: number): number {
    const bytes = this.bytes
    const position = this.position
    const big = level.big
    let explicit = level.explicit
    let valueOffset = position + 8
    let length: number
    let vr: string
    if (explicit) {
      const first = (bytes[at + 4] ?? 0) - 0x41
      const second = (bytes[at + 5] ?? 0) - 0x41
      if (first < 0 || first > 25 || second < 0 || second > 25) {
        const detail = `it is ${hex(first + 0x41)} ${hex(second + 0x41)}; permitted: two capital letters`
        if (!this.#wrong("invalid VR", position, detail, tag)) return Met.Failed
        explicit = false
      }
      const code = first * 26 + second
      if (!explicit) {
        vr = implicitVr(tag)
        length = u32(bytes, at + 4, big)
      } else if (long[code] === 1) {
        vr = vrNames[code] ?? ""
        valueOffset = position + 12
        if (valueOffset > level.bound) {
          const detail = `${level.bound - position} bytes are left in ${levelNames[level.kind]}; permitted: 12 at least`
          if (!this.#wrong("cut short", position, detail, tag)) return Met.Failed
          this.position = level.bound
          return this.step()
        }
        if (at + 12 > bytes.length) return Met.NeedMore
        length = u32(bytes, at + 8, big)
      } else {
        vr = vrNames[code] ?? ""
        length = u16(bytes, at + 6, big)
      }
    } else {
      vr = implicitVr(tag)
      length = u32(bytes, at + 4, big)
    }
    if (++this.#elements > this.#limits.elements) {
      return this.#exceeded("elements", position, `there are more than ${this.#limits.elements} elements`, tag)
    }
    this.tag = tag
    this.valueOffset = valueOffset
    if (length === undefinedLength) {
      this.length = length
      let kind = encapsulatedLevel
      let big = level.big
      let inner = level.explicit
      if (tag !== pixelData || (explicit && vr !== "OB" && vr !== "OW" && vr !== "UN")) {
        if (!explicit) {
          vr = "SQ"
          kind = sequenceLevel
        } else if (vr === "SQ") {
          kind = sequenceLevel
        } else if (vr === "UN") {
          // PS3.5 section 6.2.2, from CP-246: what is inside is implicit VR little endian.
          kind = sequenceLevel
          big = false
          inner = false
        } else if (vr !== "OB" && vr !== "OW") {
          return this.#fail("undefined length", position, `its VR is ${vr}; permitted: SQ, UN, OB and OW`, tag)
        }
      }
      this.vr = vr
      this.position = valueOffset
      this.#open(kind, position, undefined, tag, big, inner)
      return kind === sequenceLevel ? Met.SequenceStart : Met.EncapsulatedStart
    }
    this.vr = vr
    let end = valueOffset + length
    if (end > level.bound) {
      const left = level.bound - valueOffset
      if (!this.#beyond(this.#path(this.#top, tag), position, length, level.kind, left)) return Met.Failed
      end = level.bound
      length = left
    }
    this.length = length
    this.position = valueOffset
    if (vr !== "SQ") return Met.Value
    this.#open(sequenceLevel, position, end, tag, level.big, level.explicit)
    return Met.SequenceStart
  }

  #item(level: Level, length: number): number {
    level.count++
    const position = this.position
    if (++this.#items > this.#limits.items) {
      return this.#exceeded("items", position, `there are more than ${this.#limits.items} items`)
    }
    if (++this.#depth > this.#limits.depth) {
      return this.#exceeded("depth", position, `it nests deeper than ${this.#limits.depth} levels`)
    }
    const valueOffset = position + 8
    let end: number | undefined
    if (length !== undefinedLength) {
      end = valueOffset + length
      if (end > level.bound) {
        const left = level.bound - valueOffset
        if (!this.#beyond(this.#path(this.#top), position, length, level.kind, left)) return Met.Failed
        // Leniently, the item's length is believed rather than the sequence's, where it fits in what is around.
        if (level.end === level.bound && end <= this.#at(this.#top - 1).bound) level.end = level.bound = end
        else end = level.bound
      }
    }
    this.tag = itemTag
    this.vr = ""
    this.length = length
    this.valueOffset = valueOffset
    this.position = valueOffset
    this.#open(itemLevel, position, end, 0, level.big, level.explicit)
    return Met.ItemStart
  }

  #fragment(level: Level, length: number): number {
    level.count++
    const position = this.position
    if (++this.#fragments > this.#limits.fragments) {
      return this.#exceeded("fragments", position, `there are more than ${this.#limits.fragments} fragments`)
    }
    if (length === undefinedLength) {
      return this.#fail("undefined length", position, "it is a fragment; permitted: a defined length")
    }
    const valueOffset = position + 8
    const left = level.bound - valueOffset
    if (length > left) {
      if (!this.#beyond(this.#path(this.#top), position, length, level.kind, left)) return Met.Failed
      length = left
    }
    this.tag = itemTag
    this.vr = ""
    this.length = length
    this.valueOffset = valueOffset
    this.position = valueOffset
    return Met.Fragment
  }

  #open(kind: number, offset: number, end: number | undefined, tag: number, big: boolean, explicit: boolean): void {
    const bound = this.#level.bound
    const top = ++this.#top
    let level = this.#levels[top]
    if (level === undefined) {
      level = new Level()
      this.#levels[top] = level
    }
    level.kind = kind
    level.offset = offset
    level.start = this.position
    level.end = end
    level.bound = end ?? bound
    level.tag = tag
    level.count = 0
    level.big = big
    level.explicit = explicit
    this.#level = level
  }

  #close(valueEnd: number, position: number): number {
    const kind = this.#level.kind
    this.valueEnd = valueEnd
    this.position = position
    this.#level = this.#at(--this.#top)
    if (kind === itemLevel) {
      this.#depth--
      return Met.ItemEnd
    }
    return kind === sequenceLevel ? Met.SequenceEnd : Met.EncapsulatedEnd
  }

  #at(i: number): Level {
    return this.#levels[i] ?? this.#level
  }

  /** The path to what is open up to a level; behind it an element of the innermost. */
  #path(top: number, tag?: number): TagPath.TagPath {
    const path: Array<TagPath.Step> = []
    for (let i = 1; i <= top; i++) {
      const level = this.#at(i)
      if (level.kind < sequenceLevel) continue
      // the casts: tags are read as 32 bits
      path.push(level.count === 0 ? { tag: level.tag as Tag } : { tag: level.tag as Tag, item: level.count })
    }
    // the cast: as above
    if (tag !== undefined) path.push({ tag: tag as Tag })
    return path
  }

  #fail(reason: Reason, offset: number, detail: string, tag?: number): number {
    this.failure = new InvalidDataSet({ reason, path: this.#path(this.#top, tag), offset, detail })
    return Met.Failed
  }

  #exceeded(limit: LimitName, offset: number, detail: string, tag?: number): number {
    const path = this.#path(this.#top, tag)
    this.failure = new InvalidDataSet({ reason: "limit exceeded", path, offset, detail, limit })
    return Met.Failed
  }

  /** A fault that lenient reading survives: whether it does. */
  #wrong(reason: Reason, offset: number, detail: string, tag?: number): boolean {
    const error = new InvalidDataSet({ reason, path: this.#path(this.#top, tag), offset, detail })
    return this.#survive(error)
  }

  #beyond(path: TagPath.TagPath, offset: number, length: number, container: number, left: number): boolean {
    const detail = `its length is ${length}; to the end of ${levelNames[container]} there are ${left}`
    return this.#survive(new InvalidDataSet({ reason: "length beyond its container", path, offset, detail }))
  }

  #delimiterWithLength(tag: number, offset: number, length: number): boolean {
    return this.#wrong("delimiter with a length", offset, `${hexTag(tag)} has length ${length}; permitted: 0`)
  }

  #survive(error: InvalidDataSet): boolean {
    if (!this.#lenient) {
      this.failure = error
      return false
    }
    const { irregularities } = this.#limits
    if (this.irregularities.length === irregularities) {
      const { offset, path } = error
      const detail = `there are more than ${irregularities} irregularities`
      this.failure = new InvalidDataSet({ reason: "limit exceeded", path, offset, detail, limit: "irregularities" })
      return false
    }
    this.irregularities.push(error)
    return true
  }
}

/** Zeros behind the last element, up to the end. */
export const trailingZeros = (offset: number, count: number): InvalidDataSet => {
  const many = count === 1 ? "a zero follows" : `${count} zeros follow`
  const detail = `${many} the last element; permitted: nothing, or Data Set Trailing Padding (FFFC,FFFC)`
  return new InvalidDataSet({ reason: "trailing bytes", path: [], offset, detail })
}

const hexTag = (tag: number): string => {
  const digits = tag.toString(16).toUpperCase().padStart(8, "0")
  return `(${digits.slice(0, 4)},${digits.slice(4)})`
}
