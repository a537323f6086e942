/**
 * What `dicom dump --json` prints of a data set: DICOM JSON (PS3.18 Annex F), made as the elements come, so that neither
 * the data set nor its JSON is ever held whole. What JSON is made of a value is the business of `DicomJson`.
 *
 * @since 0.1.0
 */
import * as DataElement from "@effect-dicom/data/DataElement"
import * as DataSet from "@effect-dicom/data/DataSet"
import type * as DataSetReader from "@effect-dicom/data/DataSetReader"
import * as DicomJson from "@effect-dicom/data/DicomJson"
import type * as Limits from "@effect-dicom/data/Limits"
import { NotRepresentable } from "@effect-dicom/data/InvalidDicomJson"
import * as Latin1 from "@effect-dicom/data/Latin1"
import * as Tag from "@effect-dicom/data/Tag"
import type * as TagPath from "@effect-dicom/data/TagPath"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Vr from "@effect-dicom/data/Vr"
import * as Result from "effect/Result"
import { ofOneValue, texts } from "./DumpValue.ts"
import type { ElementOrder } from "./ElementOrder.ts"
import type { Irregularities } from "./Irregularities.ts"
import { Pieces, units, words } from "./LongValue.ts"

/** (0008,0005). */
const SpecificCharacterSet = Tag.make(0x0008, 0x0005)

/** The VRs that (0008,0005) is for (PS3.5 section 6.1.2.3). */
const ofCharacterSet: ReadonlySet<string> = new Set(["LO", "LT", "PN", "SH", "ST", "UC", "UT"])

const isGroupLength = (tag: Tag.Tag): boolean => Tag.element(tag) === 0

/**
 * How it is made.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly transferSyntax: TransferSyntax.TransferSyntax
  /** The URI of the file; nothing where there is none that bytes can be referred to in. */
  readonly url: string | undefined
  /** Where the data set begins in its file, in bytes. */
  readonly origin: number
  /** Values of more bytes than this are referred to. */
  readonly bulkAbove: number
  /** Of these, the values of a string count. */
  readonly limits?: Partial<Limits.Limits>
}

/** A data set or an item that has begun. */
interface Level {
  /** Of an item: the sequence it is in, and which it is, from 1. */
  readonly step: TagPath.Step | undefined
  readonly bigEndian: boolean
  /** The value of the Specific Character Set in force. */
  characterSet: Uint8Array | undefined
  hasCharacterSet: boolean
  last: number
  isEmpty: boolean
  /** Where the order is not that of JSON, and is to be: the attributes by their tags. */
  readonly attributes: Map<number, string> | undefined
  /** Where the order stays another: the tags that have been there. */
  readonly seen: Set<number> | undefined
}

/** Multi-valued text, which is made whole, of up to so many bytes; what is longer is referred to if it can be. */
const longestWhole = 1 << 22

/** Bytes that both words of any VR and base 64 are whole in. */
const wholeWords = 24

/** A value over the threshold that is being made. */
interface Bulk {
  readonly event: Extract<DataSetReader.Event, { readonly _tag: "Bulk" }>
  /** How many bytes have come. */
  length: number
  readonly form: "reference" | "pieces" | "whole" | "nothing"
  readonly pieces: Pieces
  /** What has come of one that is made whole. */
  readonly chunks: Array<Uint8Array>
  /** What closes its JSON, once something of it is there. */
  close: string | undefined
}

/** A sequence or an encapsulated value that has begun. */
interface Container {
  readonly tag: Tag.Tag
  readonly vr: string
  items: number
  /** Where its first fragment begins and its last one ends, in bytes from the first of the data set. */
  begin: number | undefined
  end: number
}

/**
 * Makes the JSON of events, in their order.
 *
 * **Details**
 *
 * Of a tag that is there twice the first is kept. A data set that is not in ascending order is held until it ends, or stays
 * as it is if it is too long for that.
 *
 * @category models
 * @since 0.1.0
 */
export class DumpJson {
  readonly #options: Options
  readonly #order: ElementOrder
  readonly #irregularities: Irregularities
  readonly #levels: Array<Level> = []
  readonly #containers: Array<Container> = []
  /** What is made now, in what it is kept for: the first is what can be printed. */
  readonly #texts: Array<string> = [""]
  #begun = 0
  /** How many containers are open of those that are left out. */
  #skipped = 0
  #bulk: Bulk | undefined

  constructor(options: Options, order: ElementOrder, irregularities: Irregularities) {
    this.#options = options
    this.#order = order
    this.#irregularities = irregularities
    this.#open(undefined, options.transferSyntax.byteOrder === "big endian", undefined)
  }

  /** The JSON since this was asked for last. */
  take(): string {
    const text = this.#texts[0] ?? ""
    this.#texts[0] = ""
    return text
  }

  /** How many characters wait to be taken. */
  get length(): number {
    return this.#texts[0]?.length ?? 0
  }

  /** After the last event. */
  end(): void {
    this.#flush()
    this.#close()
  }

  push(event: DataSetReader.Event): void {
    if (event._tag === "BulkBytes") {
      this.#piece(event.bytes)
      return
    }
    this.#flush()
    if (this.#skipped > 0) {
      this.#skip(event)
      return
    }
    switch (event._tag) {
      case "Value":
        if (this.#begin(event.tag, event.vr)) {
          this.#write(this.#value(event.tag, event.vr, event.bytes))
          this.#finish(event.tag)
        }
        return
      case "Bulk":
        this.#bulk = this.#beginBulk(event)
        return
      case "Fragment":
        this.#fragment(event.offset, event.bytes.length)
        return
      case "SequenceStart":
        if (this.#start(event.tag, event.vr, event.offset)) this.#write('{"vr":"SQ"')
        return
      case "EncapsulatedStart":
        this.#start(event.tag, event.vr, event.offset)
        return
      case "ItemStart":
        this.#item()
        return
      case "ItemEnd":
        this.#close()
        return
      case "SequenceEnd": {
        const sequence = this.#containers.pop()
        if (sequence === undefined) return
        this.#write(sequence.items > 0 ? "]}" : "}")
        this.#finish(sequence.tag)
        return
      }
      case "EncapsulatedEnd": {
        const value = this.#containers.pop()
        if (value === undefined) return
        const offset = value.begin ?? value.end
        if (this.#options.transferSyntax.encapsulated && this.#options.url !== undefined)
          this.#reference(value.vr, offset, value.end - offset)
        else {
          this.#tell(value.tag, value.vr, "value elsewhere", "it is in fragments, and there is no URI for it")
          this.#write(JSON.stringify({ vr: nameOf(value.vr) }))
        }
        this.#finish(value.tag)
      }
    }
  }

  #write(text: string): void {
    const top = this.#texts.length - 1
    this.#texts[top] = (this.#texts[top] ?? "") + text
  }

  // data sets

  #open(step: TagPath.Step | undefined, bigEndian: boolean, enclosing: Uint8Array | undefined): void {
    const begun = this.#begun++
    const state = this.#order.state(begun)
    this.#levels.push({
      step,
      bigEndian,
      characterSet: this.#order.characterSet(begun) ?? enclosing,
      hasCharacterSet: false,
      last: -1,
      isEmpty: true,
      attributes: state === "to be sorted" ? new Map() : undefined,
      seen: state === "too long" ? new Set() : undefined
    })
    if (state === "too long") {
      this.#irregularities.add("order", () => {
        const where = step === undefined ? "the data set" : `item ${step.item} of ${Tag.format(step.tag)}`
        return `${where} is not in ascending order, and too long to be put into it; in JSON it stays as it is`
      })
    }
    this.#write("{")
  }

  #item(): void {
    const sequence = this.#containers.at(-1)
    const within = this.#levels.at(-1)
    if (sequence === undefined || within === undefined) return
    this.#write(sequence.items++ === 0 ? ',"Value":[' : ",")
    // The items of a UN are implicit VR little endian (PS3.5 section 6.2.2).
    const bigEndian = within.bigEndian && sequence.vr !== "UN"
    this.#open({ tag: sequence.tag, item: sequence.items }, bigEndian, within.characterSet)
  }

  #close(): void {
    const level = this.#levels.pop()
    if (level === undefined) return
    if (level.attributes !== undefined) {
      const ascending = [...level.attributes].toSorted(([a], [b]) => a - b)
      this.#write(ascending.map(([, attribute]) => attribute).join(","))
    }
    this.#write("}")
  }

  // elements

  /** Begins an attribute, unless it is left out. */
  #begin(tag: Tag.Tag, vr: string): boolean {
    const level = this.#levels.at(-1)
    if (level === undefined || isGroupLength(tag)) return false
    if ((level.seen ?? level.attributes)?.has(tag) ?? tag === level.last) {
      this.#tell(tag, nameOf(vr), "duplicate", "only the first is kept")
      return false
    }
    level.last = tag
    level.seen?.add(tag)
    if (level.attributes !== undefined) this.#texts.push("")
    else if (!level.isEmpty) this.#write(",")
    level.isEmpty = false
    this.#write(`"${keyOf(tag)}":`)
    return true
  }

  #finish(tag: Tag.Tag): void {
    const attributes = this.#levels.at(-1)?.attributes
    if (attributes !== undefined) attributes.set(tag, this.#texts.pop() ?? "")
  }

  #start(tag: Tag.Tag, vr: string, offset: number): boolean {
    if (!this.#begin(tag, vr)) {
      this.#skipped = 1
      return false
    }
    this.#containers.push({ tag, vr, items: 0, begin: undefined, end: offset })
    return true
  }

  #skip(event: DataSetReader.Event): void {
    if (event._tag === "SequenceStart" || event._tag === "EncapsulatedStart") this.#skipped++
    if (event._tag === "SequenceEnd" || event._tag === "EncapsulatedEnd") this.#skipped--
    if (event._tag === "ItemStart") this.#begun++
  }

  #value(tag: Tag.Tag, vr: string, bytes: Uint8Array): string {
    return DicomJson.stringifyAttribute(this.#attribute(tag, vr, bytes))
  }

  /** A value, or whole words or numbers of one. */
  #attribute(tag: Tag.Tag, vr: string, bytes: Uint8Array): DicomJson.Attribute {
    const level = this.#levels.at(-1)
    const isEmpty = bytes.length === 0 && tag !== SpecificCharacterSet
    if (isEmpty || level === undefined) return { vr: nameOf(vr) }
    const syntax = level.bigEndian ? TransferSyntax.ExplicitVRBigEndian : TransferSyntax.ExplicitVRLittleEndian
    const elements = [DataElement.value(tag, nameOf(vr), bytes)]
    if (tag === SpecificCharacterSet) {
      if (!level.hasCharacterSet) level.characterSet = new Uint8Array(bytes)
      level.hasCharacterSet = true
    } else if (level.characterSet !== undefined && ofCharacterSet.has(vr)) {
      elements.unshift(DataElement.value(SpecificCharacterSet, "CS", level.characterSet))
    }
    const { irregularities, json } = Result.getOrThrow(
      DicomJson.encode(DataSet.make(syntax, elements), { lenient: true, limits: this.#options.limits ?? {} })
    )
    for (const { detail, path, reason } of irregularities) {
      // What is wrong with a character set is told where it stands.
      if (path.at(-1)?.tag === tag) this.#tell(tag, nameOf(vr), reason, detail)
    }
    return json[keyOf(tag)] ?? { vr: nameOf(vr) }
  }

  #fragment(offset: number, length: number): void {
    const value = this.#containers.at(-1)
    if (value === undefined) return
    value.begin ??= offset
    value.end = offset + 8 + length
  }

  #beginBulk(event: Bulk["event"]): Bulk {
    const { reference, tag, vr } = event
    const { bulkAbove, url } = this.#options
    const isWhole = texts.has(vr) && !ofOneValue.has(vr)
    const most = isWhole && url !== undefined ? Math.min(longestWhole, bulkAbove) : bulkAbove
    const isReferredTo = vr === "" || reference.length > most
    const form = isReferredTo ? "reference" : !this.#begin(tag, vr) ? "nothing" : isWhole ? "whole" : "pieces"
    const cut = ofOneValue.has(vr) ? words(termsOf(this.#levels.at(-1)?.characterSet)) : units(wholeWords)
    return { event, length: 0, form, pieces: new Pieces(cut), chunks: [], close: undefined }
  }

  #piece(bytes: Uint8Array): void {
    const bulk = this.#bulk
    if (bulk === undefined) return
    bulk.length += bytes.length
    if (bulk.form === "pieces") this.#writePiece(bulk, bulk.pieces.push(bytes))
    else if (bulk.form === "whole") bulk.chunks.push(new Uint8Array(bytes))
  }

  #writePiece(bulk: Bulk, bytes: Uint8Array): void {
    if (bytes.length === 0) return
    const { tag, vr } = bulk.event
    const { InlineBinary, Value = [] } = this.#attribute(tag, vr, bytes)
    const isFirst = bulk.close === undefined
    if (InlineBinary !== undefined) {
      this.#write(`${isFirst ? `{"vr":"${nameOf(vr)}","InlineBinary":"` : ""}${InlineBinary}`)
      bulk.close = '"}'
    } else if (ofOneValue.has(vr) && Value.length > 0) {
      this.#write((isFirst ? `{"vr":"${nameOf(vr)}","Value":["` : "") + JSON.stringify(Value[0]).slice(1, -1))
      bulk.close = '"]}'
    } else if (Value.length > 0) {
      const open = `{"vr":"${nameOf(vr)}","Value":[`
      const values = DicomJson.stringifyAttribute({ vr: nameOf(vr), Value }).slice(open.length, -2)
      this.#write(`${isFirst ? open : ","}${values}`)
      bulk.close = "]}"
    }
  }

  /** The end of a value over the threshold once all of it has come: leniently, it is shorter than it says. */
  #flush(): void {
    const bulk = this.#bulk
    if (bulk === undefined) return
    this.#bulk = undefined
    const { offset, reference, tag, vr } = bulk.event
    switch (bulk.form) {
      case "nothing":
        return
      case "reference":
        if (vr === "") {
          this.#fragment(offset, bulk.length)
          return
        }
        if (!this.#begin(tag, vr)) return
        this.#reference(vr, reference.offset - this.#options.origin, bulk.length)
        break
      case "whole":
        this.#write(this.#value(tag, vr, joined(bulk.chunks)))
        break
      case "pieces":
        this.#writePiece(bulk, bulk.pieces.end())
        this.#write(bulk.close ?? `{"vr":"${nameOf(vr)}"}`)
    }
    this.#finish(tag)
  }

  #reference(vr: string, offset: number, length: number): void {
    const { origin, url } = this.#options
    this.#write(JSON.stringify({ vr: nameOf(vr), BulkDataURI: `${url}?offset=${origin + offset}&length=${length}` }))
  }

  #tell(tag: Tag.Tag, vr: string, reason: NotRepresentable["reason"], detail: string): void {
    this.#irregularities.add(reason, () => {
      const path = [...this.#levels.flatMap(({ step }) => (step === undefined ? [] : [step])), { tag }]
      return new NotRepresentable({ reason, path, vr, detail }).message
    })
  }
}

/** The values of a Specific Character Set. */
const termsOf = (bytes: Uint8Array | undefined): ReadonlyArray<string> =>
  bytes === undefined
    ? []
    : Latin1.decode(bytes)
        .split("\\")
        .map((term) => term.trim())

const joined = (chunks: ReadonlyArray<Uint8Array>): Uint8Array => {
  const { buffer, byteOffset, length } = Buffer.concat(chunks)
  return new Uint8Array(buffer, byteOffset, length)
}

const keyOf = (tag: Tag.Tag): string => tag.toString(16).toUpperCase().padStart(8, "0")

/** What is no VR of PS3.5 is as good as UN. */
const nameOf = (vr: string): Vr.Vr => {
  // the cast: it is what was asked for
  const known = vr as Vr.Vr
  return Vr.isKnown(vr.charCodeAt(0), vr.charCodeAt(1)) ? known : "UN"
}
