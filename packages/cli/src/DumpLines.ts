/**
 * What `dicom dump` prints of a data set, line by line: as `dcmdump` lays it out, since readers and scripts know that.
 * Where the bytes come from, and where the lines go to, is not this file's business.
 *
 * ```text
 * (0010,0010) PN [CompressedSamples^CT1]                  #  22, 1 PatientName
 * tag         VR value                                    # length, multiplicity, keyword
 * ```
 *
 * @since 0.1.0
 */
import * as CharacterSet from "@effect-dicom/data/CharacterSet"
import type * as DataSetReader from "@effect-dicom/data/DataSetReader"
import * as Dictionary from "@effect-dicom/data/Dictionary"
import * as Latin1 from "@effect-dicom/data/Latin1"
import * as Tag from "@effect-dicom/data/Tag"
import type * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Result from "effect/Result"
import { format, harmless, multiplicity, prefix, texts } from "./DumpValue.ts"
import type { Style, Value } from "./DumpValue.ts"
import { LongValue } from "./LongValue.ts"

/** From where on there is the length, in columns from where the value begins. */
const valueWidth = 40

const codes = { tag: 36, vr: 33, note: 32, tail: 90, name: 34 } as const

const painted = (style: Style, part: keyof typeof codes, text: string): string =>
  style.color ? `\u001b[${codes[part]}m${text}\u001b[0m` : text

// -----------------------------------------------------------------------------
// names
// -----------------------------------------------------------------------------

/**
 * What a tag is called: its keyword, marked if it is retired, or what kind of tag it is.
 *
 * @category formatting
 * @since 0.1.0
 */
export const name = (tag: Tag.Tag): string => {
  const entry = Dictionary.find(tag)
  if (entry !== undefined && entry.keyword !== "") return `${entry.retired ? "RETIRED_" : ""}${entry.keyword}`
  const element = Tag.element(tag)
  if (!Tag.isPrivate(tag)) return element === 0 ? "GenericGroupLength" : unknown
  const illegal = Tag.group(tag) <= 7 ? "Illegal" : ""
  if (element === 0) return `${illegal === "" ? "Private" : illegal}GroupLength`
  return element >= 0x10 && element <= 0xff ? `${illegal}PrivateCreator` : unknown
}

const unknown = "Unknown Tag & Data"

const formatTag = (tag: Tag.Tag): string => Tag.format(tag).toLowerCase()

/** As many columns as a terminal needs, or nearly: characters of East Asia are wider, and some have no width. */
const columns = (text: string): number => {
  if (/^[ -~]*$/.test(text)) return text.length
  let count = 0
  for (const _ of text) count++
  return count
}

/** What is left of a value in a line. */
const head = (style: Style, level: number, tag: Tag.Tag, vr: string): string =>
  `${"  ".repeat(level)}${painted(style, "tag", formatTag(tag))} ${painted(style, "vr", vr)} `

/** What is right of a value that is so wide, in columns. */
const tail = (style: Style, width: number, length: number | undefined, multiplicity: number, name: string): string => {
  const size = length === undefined ? "u/l" : String(length).padStart(3)
  return (
    `${" ".repeat(Math.max(0, valueWidth - width))} ` +
    `${painted(style, "tail", `# ${size},${String(multiplicity).padStart(2)}`)} ${painted(style, "name", name)}`
  )
}

// -----------------------------------------------------------------------------
// counting
// -----------------------------------------------------------------------------

/** (0004,1220), (0004,1430) and (0004,1500): what makes an item a directory record (PS3.3 section F.3). */
const DirectoryRecordSequence = Tag.make(0x0004, 0x1220)
const DirectoryRecordType = Tag.make(0x0004, 0x1430)
const ReferencedFileID = Tag.make(0x0004, 0x1500)

interface Record {
  readonly type: string
  readonly file: string
}

/**
 * What a line says of what comes behind it: how many elements or items there are in each item and sequence. Fed with
 * all events before the lines are.
 *
 * @category models
 * @since 0.1.0
 */
export class Census {
  #counts = new Uint32Array(64)
  #length = 0
  readonly #records = new Map<number, Record>()
  readonly #open: Array<number> = []
  #sequence: Tag.Tag | undefined
  #depth = 0

  /** How many there are in a sequence, item or encapsulated value; they count from 0 in the order of their beginnings. */
  count(begun: number): number {
    return this.#counts[begun] ?? 0
  }

  /** What a directory record says of itself. */
  record(begun: number): Record {
    return this.#records.get(begun) ?? { type: "", file: "" }
  }

  push(event: DataSetReader.Event): void {
    switch (event._tag) {
      case "Value":
      case "Bulk":
      case "Fragment": {
        this.#count()
        if (event._tag !== "Value" || this.#depth !== 2 || this.#sequence !== DirectoryRecordSequence) return
        if (event.tag !== DirectoryRecordType && event.tag !== ReferencedFileID) return
        const item = this.#open.at(-1) ?? -1
        const record = this.record(item)
        const text = withoutPadding(Latin1.decode(event.bytes))
        this.#records.set(
          item,
          event.tag === DirectoryRecordType ? { ...record, type: text } : { ...record, file: text }
        )
        return
      }
      case "SequenceStart":
      case "EncapsulatedStart":
        this.#count()
        this.#begin()
        if (this.#depth === 1) this.#sequence = event.tag
        return
      case "ItemStart":
        this.#count()
        this.#begin()
        return
      case "ItemEnd":
      case "SequenceEnd":
      case "EncapsulatedEnd":
        this.#open.pop()
        this.#depth--
        return
      case "BulkBytes":
        return
    }
  }

  #count(): void {
    const open = this.#open.at(-1)
    if (open !== undefined) this.#counts[open] = (this.#counts[open] ?? 0) + 1
  }

  #begin(): void {
    this.#open.push(this.#length)
    if (++this.#length > this.#counts.length) {
      const longer = new Uint32Array(2 * this.#counts.length)
      longer.set(this.#counts)
      this.#counts = longer
    }
    this.#depth++
  }
}

// -----------------------------------------------------------------------------
// lines
// -----------------------------------------------------------------------------

/** What has begun and not yet ended. */
interface Open {
  readonly tag: Tag.Tag
  readonly undefinedLength: boolean
  readonly implicit: boolean
  readonly bigEndian: boolean
  readonly isRecord: boolean
  characterSet: CharacterSet.CharacterSet
}

/**
 * What is printed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly style: Style
  readonly transferSyntax: TransferSyntax.TransferSyntax
  /** Where the data set begins in its file, in bytes. */
  readonly origin: number
  /** Only these, at any depth, with all that is in them; all, if there are none. */
  readonly search: ReadonlySet<Tag.Tag>
}

const undefinedLength = 0xffffffff

/**
 * Makes the lines of events, in their order.
 *
 * @category models
 * @since 0.1.0
 */
export class DumpLines {
  readonly #options: Options
  readonly #census: Census
  readonly #open: Array<Open> = []
  readonly #root: Open
  #lines = ""
  #next = 0
  /** The depth of the element that was searched for and is being printed. */
  #from: number | undefined
  #bulk: Bulk | LongValue | undefined

  constructor(options: Options, census: Census) {
    this.#options = options
    this.#census = census
    const { byteOrder, explicitVr } = options.transferSyntax
    this.#root = {
      tag: Tag.Item,
      undefinedLength: false,
      implicit: !explicitVr,
      bigEndian: byteOrder === "big endian",
      isRecord: false,
      characterSet: CharacterSet.defaultRepertoire
    }
  }

  /** The lines since this was asked for last, each with its end. */
  take(): string {
    const lines = this.#lines
    this.#lines = ""
    return lines
  }

  /** How many characters wait to be taken. */
  get length(): number {
    return this.#lines.length
  }

  push(event: DataSetReader.Event): void {
    if (event._tag === "BulkBytes") {
      if (this.#bulk instanceof LongValue) this.#lines += this.#bulk.push(event.bytes)
      else this.#bulk?.push(event.bytes)
      return
    }
    this.#flush()
    const within = this.#open.at(-1) ?? this.#root
    switch (event._tag) {
      case "Value": {
        const { bytes, tag, vr } = event
        if (tag === SpecificCharacterSet) within.characterSet = characterSetOf(bytes, within.characterSet)
        this.#value({ tag, vr, bytes, length: bytes.length, backslashes: texts.has(vr) ? backslashesIn(bytes) : 0 })
        return
      }
      case "Fragment":
        this.#fragment(event.bytes, event.bytes.length)
        return
      case "Bulk":
        this.#bulk = this.#begin(event.tag, event.vr, event.reference.length)
        return
      case "SequenceStart": {
        const { length, tag, vr } = event
        const count = this.#census.count(this.#next++)
        const form = length === undefinedLength ? "undefined" : "explicit"
        this.#element(
          tag,
          vr,
          `(Sequence with ${form} length #=${count})`,
          length === undefinedLength ? undefined : length
        )
        // The items of a UN are implicit VR little endian (PS3.5 section 6.2.2).
        const encoding = vr === "UN" ? { implicit: true, bigEndian: false } : {}
        this.#open.push({ ...within, ...encoding, tag, undefinedLength: length === undefinedLength, isRecord: false })
        return
      }
      case "EncapsulatedStart": {
        const { tag, vr } = event
        const count = this.#census.count(this.#next++)
        this.#element(tag, vr, `(PixelSequence #=${count})`, undefined)
        this.#open.push({ ...within, tag, undefinedLength: true, isRecord: false })
        return
      }
      case "ItemStart":
        this.#item(event.length, event.offset, within)
        return
      case "ItemEnd": {
        const item = this.#open.pop()
        if (item === undefined) return
        const text = `ItemDelimitationItem${item.undefinedLength ? "" : " for re-encoding"}`
        this.#delimiter(Tag.ItemDelimitationItem, item.isRecord ? `"${text}"` : `(${text})`, "ItemDelimitationItem")
        return
      }
      case "SequenceEnd":
      case "EncapsulatedEnd": {
        const sequence = this.#open.pop()
        const text = `(SequenceDelimitationItem${sequence?.undefinedLength === false ? " for re-encod." : ""})`
        this.#delimiter(Tag.SequenceDelimitationItem, text, "SequenceDelimitationItem")
        this.#leave()
      }
    }
  }

  /** After the last event. */
  end(): void {
    this.#flush()
  }

  #flush(): void {
    const bulk = this.#bulk
    if (bulk === undefined) return
    this.#bulk = undefined
    if (bulk instanceof LongValue) this.#end(bulk)
    else if (bulk.vr === "") this.#fragment(bulk.bytes, bulk.length)
    else this.#value(bulk)
  }

  /** What becomes of a value over the threshold, or a fragment, which has no VR. */
  #begin(tag: Tag.Tag, vr: string, length: number): Bulk | LongValue | undefined {
    const { style } = this.#options
    const isFragment = vr === ""
    if (!style.all) return new Bulk(tag, vr, length)
    if (isFragment ? !this.#isPrinted() : !this.#isWanted(tag)) return undefined
    const within = isFragment ? this.#root : (this.#open.at(-1) ?? this.#root)
    const value = isFragment ? { tag: Tag.Item, vr: "pi", length } : { tag, vr, length }
    this.#lines += head(style, this.#level(), value.tag, this.#shown(value.vr))
    return new LongValue(value, { ...within, style })
  }

  #end(value: LongValue): void {
    const { length, tag, vr } = value
    const text = value.end()
    const called = vr === "pi" ? "Item" : name(tag)
    this.#lines += `${text}${tail(this.#options.style, value.width, length, value.multiplicity, called)}\n`
    if (vr !== "pi") this.#leave()
  }

  #value(value: Value): void {
    const { length, tag } = value
    const context = { ...(this.#open.at(-1) ?? this.#root), style: this.#options.style }
    if (!this.#isWanted(tag)) return
    this.#line(tag, this.#shown(value.vr), format(value, context), length, multiplicity(value), name(tag))
    this.#leave()
  }

  /** DCMTK has a sign for a VR that an implicit syntax leaves unsaid and the dictionary does not know. */
  #shown(vr: string): string {
    return (this.#open.at(-1) ?? this.#root).implicit && vr === "UN" ? "??" : vr
  }

  /** After an element that may have been searched for. */
  #leave(): void {
    if (this.#from === this.#open.length) this.#from = undefined
  }

  #fragment(bytes: Uint8Array, length: number): void {
    const value: Value = { tag: Tag.Item, vr: "pi", bytes, length, backslashes: 0 }
    const context = { ...this.#root, style: this.#options.style }
    this.#line(Tag.Item, "pi", format(value, context), length, 1, "Item")
  }

  #element(tag: Tag.Tag, vr: string, value: string, length: number | undefined): void {
    if (this.#isWanted(tag)) this.#line(tag, vr, value, length, 1, name(tag))
  }

  #item(length: number, offset: number, within: Open): void {
    const isRecord = this.#open.length === 1 && within.tag === DirectoryRecordSequence
    const record = isRecord ? this.#census.record(this.#next) : undefined
    const count = this.#census.count(this.#next++)
    const form = length === undefinedLength ? "undefined" : "explicit"
    const value =
      record === undefined
        ? `(Item with ${form} length #=${count})`
        : `"Directory Record" ${harmless(record.type)} #=${count}`
    this.#line(Tag.Item, "na", value, length === undefinedLength ? undefined : length, 1, "Item")
    if (record !== undefined) {
      const file = record.file === "" ? "" : `  refFileID="${harmless(record.file)}"`
      this.#push(`${"  ".repeat(this.#level())}#  offset=$${this.#options.origin + offset}${file}`)
    }
    this.#open.push({ ...within, undefinedLength: length === undefinedLength, isRecord })
  }

  #delimiter(tag: Tag.Tag, value: string, name: string): void {
    this.#line(tag, "na", value, 0, 0, name)
  }

  /** Whether an element is printed, as one that was searched for or in one. */
  #isWanted(tag: Tag.Tag): boolean {
    const { search } = this.#options
    if (search.size === 0 || this.#from !== undefined) return true
    if (!search.has(tag)) return false
    this.#from = this.#open.length
    return true
  }

  #level(): number {
    return this.#open.length - (this.#from ?? 0)
  }

  #line(tag: Tag.Tag, vr: string, value: string, length: number | undefined, multiplicity: number, name: string): void {
    const { style } = this.#options
    const isNote = value.startsWith("(") && vr !== "AT"
    const left = head(style, this.#level(), tag, vr) + (isNote ? painted(style, "note", value) : value)
    this.#push(left + tail(style, columns(value), length, multiplicity, name))
  }

  #push(line: string): void {
    if (this.#isPrinted()) this.#lines += `${line}\n`
  }

  #isPrinted(): boolean {
    return this.#options.search.size === 0 || this.#from !== undefined
  }
}

/** A value too long to be kept: its beginning, and what is counted of the rest. */
class Bulk implements Value {
  readonly tag: Tag.Tag
  readonly vr: string
  readonly length: number
  bytes = new Uint8Array(0)
  backslashes = 0

  constructor(tag: Tag.Tag, vr: string, length: number) {
    this.tag = tag
    this.vr = vr
    this.length = length
  }

  push(bytes: Uint8Array): void {
    if (texts.has(this.vr)) this.backslashes += backslashesIn(bytes)
    const missing = prefix - this.bytes.length
    if (missing <= 0) return
    const longer = new Uint8Array(this.bytes.length + Math.min(missing, bytes.length))
    longer.set(this.bytes)
    longer.set(bytes.subarray(0, missing), this.bytes.length)
    this.bytes = longer
  }
}

/** (0008,0005). */
const SpecificCharacterSet = Tag.make(0x0008, 0x0005)

/** Without the spaces around it and the NULs at its end, in a time linear in it, as a regular expression does not. */
const withoutPadding = (text: string): string => {
  let end = text.length
  while (end > 0 && (text[end - 1] === " " || text[end - 1] === "\0")) end--
  return text.slice(0, end).replace(/^ +/, "")
}

const characterSetOf = (bytes: Uint8Array, before: CharacterSet.CharacterSet): CharacterSet.CharacterSet => {
  const terms = Latin1.decode(bytes).split("\\").map(withoutPadding)
  const read = CharacterSet.fromTerms(terms, { lenient: true })
  return Result.isSuccess(read) ? read.success : before
}

const backslashesIn = (bytes: Uint8Array): number => {
  let count = 0
  for (let at = bytes.indexOf(0x5c); at >= 0; at = bytes.indexOf(0x5c, at + 1)) count++
  return count
}
