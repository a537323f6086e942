/** Data sets from the DICOM JSON Model. */
import * as Result from "effect/Result"
import * as CharacterSet from "../CharacterSet.ts"
import * as DataElement from "../DataElement.ts"
import * as DataSet from "../DataSet.ts"
import type { DecodeOptions } from "../DicomJson.ts"
import * as DS from "../DS.ts"
import { InvalidDicomJson } from "../InvalidDicomJson.ts"
import type { InvalidValue } from "../InvalidValue.ts"
import * as IS from "../IS.ts"
import * as Limits from "../Limits.ts"
import * as Tag from "../Tag.ts"
import type * as TagPath from "../TagPath.ts"
import * as TransferSyntax from "../TransferSyntax.ts"
import type { Vr } from "../Vr.ts"
import * as base64 from "./base64.ts"
import { forms, isVr, littleEndian, SpecificCharacterSet, wordSizes } from "./jsonForm.ts"
import * as valueBytes from "./valueBytes.ts"

const isRecord = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const described = (value: unknown): string => {
  if (typeof value === "string") return JSON.stringify(value.length > 64 ? `${value.slice(0, 64)}...` : value)
  if (Array.isArray(value)) return "an array"
  return typeof value === "object" && value !== null ? "an object" : String(value)
}

/** Groups whose elements stand in no data set (PS3.5 section 7.1). */
const notOfDataSets: ReadonlyMap<number, string> = new Map([
  [0x0000, "elements of a command are"],
  [0x0002, "elements of the File Meta Information are"],
  [0xfffe, "items and delimiters are"]
])

const kinds = ["Value", "BulkDataURI", "InlineBinary"] as const

export class Decoder<Bulk> {
  failure: InvalidDicomJson | undefined
  readonly #syntax: TransferSyntax.TransferSyntax
  readonly #bulkData: DecodeOptions<Bulk>["bulkData"]
  readonly #limits: Limits.Limits
  readonly #path: Array<TagPath.Step> = []
  #elements = 0
  #items = 0
  #tag: Tag.Tag | undefined
  #vr: string | undefined

  constructor({ bulkData, limits, transferSyntax }: DecodeOptions<Bulk>) {
    this.#syntax = transferSyntax ?? TransferSyntax.ExplicitVRLittleEndian
    this.#bulkData = bulkData
    this.#limits = Limits.make(limits)
  }

  #where(): TagPath.TagPath {
    return this.#tag === undefined ? [...this.#path] : [...this.#path, { tag: this.#tag }]
  }

  /** Gives nothing, and keeps the first failure. */
  #fail(detail: string): undefined {
    const vr = this.#vr
    this.failure ??= new InvalidDicomJson({ path: this.#where(), ...(vr === undefined ? undefined : { vr }), detail })
    return undefined
  }

  dataSet(json: unknown, enclosing: CharacterSet.CharacterSet): DataSet.DataSet<Bulk> {
    const elements: Array<DataElement.DataElement<Bulk>> = []
    this.#tag = undefined
    this.#vr = undefined
    if (!isRecord(json)) this.#fail(`${described(json)} is no object of attributes`)
    else {
      const characterSet = this.#characterSet(json, enclosing)
      for (const [key, attribute] of Object.entries(json)) {
        if (this.failure !== undefined) break
        this.#tag = undefined
        this.#vr = undefined
        const element = this.#element(key, attribute, characterSet)
        if (element !== undefined) elements.push(element)
      }
    }
    return DataSet.make(this.#syntax, this.failure === undefined ? elements : [])
  }

  #characterSet(
    json: { readonly [key: string]: unknown },
    enclosing: CharacterSet.CharacterSet
  ): CharacterSet.CharacterSet {
    const attribute = json["00080005"]
    if (!isRecord(attribute) || !Array.isArray(attribute["Value"])) return enclosing
    const terms = attribute["Value"].map((term: unknown) => (typeof term === "string" ? term : ""))
    const read = CharacterSet.fromTerms(terms)
    if (Result.isSuccess(read)) return read.success
    this.#tag = SpecificCharacterSet
    this.#vr = "CS"
    this.#fail(read.failure.message)
    return enclosing
  }

  #element(
    key: string,
    attribute: unknown,
    characterSet: CharacterSet.CharacterSet
  ): DataElement.DataElement<Bulk> | undefined {
    if (!/^[0-9A-F]{8}$/.test(key)) {
      return this.#fail(`${described(key)} is no tag of eight capital hexadecimal digits`)
    }
    // the cast: eight hexadecimal digits are a tag
    const tag = Number.parseInt(key, 16) as Tag.Tag
    this.#tag = tag
    if (++this.#elements > this.#limits.elements) return this.#fail(`more than ${this.#limits.elements} elements`)
    const foreign = notOfDataSets.get(Tag.group(tag))
    if (foreign !== undefined) return this.#fail(`${foreign} no attributes of a data set`)
    if (!isRecord(attribute)) return this.#fail(`${described(attribute)} is no object with a vr`)
    const vr = attribute["vr"]
    if (typeof vr !== "string" || !isVr(vr)) return this.#fail(`its vr is ${described(vr)}; permitted: a VR of PS3.5`)
    this.#vr = vr
    if (tag === SpecificCharacterSet && vr !== "CS") return this.#fail("its vr is not CS, and others depend on it")
    const given = kinds.filter((kind) => attribute[kind] !== undefined)
    if (given.length > 1) return this.#fail(`it has ${given.join(" and ")}; permitted: one of them`)
    switch (given[0]) {
      case undefined:
        return vr === "SQ" ? DataElement.sequence<Bulk>(tag, []) : DataElement.value(tag, vr, new Uint8Array(0))
      case "BulkDataURI":
        return this.#elsewhere(tag, vr, attribute["BulkDataURI"])
      case "InlineBinary":
        return this.#inline(tag, vr, attribute["InlineBinary"])
      default:
        return this.#values(tag, vr, attribute["Value"], characterSet)
    }
  }

  #elsewhere(tag: Tag.Tag, vr: Vr, uri: unknown): DataElement.DataElement<Bulk> | undefined {
    if (typeof uri !== "string") return this.#fail(`BulkDataURI is ${described(uri)}; permitted: a string`)
    return (
      this.#bulkData?.(uri, { tag, vr, path: this.#where() }) ?? this.#fail(`nothing is known of ${described(uri)}`)
    )
  }

  #inline(tag: Tag.Tag, vr: Vr, text: unknown): DataElement.DataElement<Bulk> | undefined {
    if (forms[vr] !== "words") return this.#fail(`InlineBinary has no place in VR ${vr}`)
    const bytes = typeof text === "string" ? base64.decode(text) : undefined
    if (bytes === undefined) return this.#fail(`InlineBinary is ${described(text)}; permitted: base 64`)
    const size = wordSizes[vr] ?? 1
    if (bytes.length % size !== 0) return this.#fail(`it has ${bytes.length} bytes; permitted: a multiple of ${size}`)
    const swapped = this.#syntax.byteOrder === "big endian" && size > 1 ? littleEndian(bytes, size) : bytes
    return DataElement.value(tag, vr, padded(swapped))
  }

  #values(
    tag: Tag.Tag,
    vr: Vr,
    values: unknown,
    characterSet: CharacterSet.CharacterSet
  ): DataElement.DataElement<Bulk> | undefined {
    if (!Array.isArray(values)) return this.#fail(`Value is ${described(values)}; permitted: an array`)
    const form = forms[vr]
    if (form === "words") return this.#fail(`Value has no place in VR ${vr}; permitted: InlineBinary or BulkDataURI`)
    if (form === "sequence") return this.#sequence(tag, values, characterSet)
    const context = { bigEndian: this.#syntax.byteOrder === "big endian", characterSet }
    if (form === "numbers" || form === "long numbers" || form === "tags") {
      const numbers: Array<unknown> = []
      for (const value of values) {
        const number = numberOf(form, value)
        if (number === undefined) return this.#fail(`${described(value)} is no value of VR ${vr}`)
        numbers.push(number)
      }
      const encoded = valueBytes.encode(vr, numbers, context)
      return Result.isSuccess(encoded)
        ? DataElement.value(tag, vr, encoded.success)
        : this.#fail(broken(encoded.failure))
    }
    if (form === "text" && values.length > 1) return this.#fail(`it has ${values.length} values; permitted: one`)
    const texts: Array<string> = []
    for (const value of values) {
      const text = value === null ? "" : textOfValue(vr, value)
      if (typeof text !== "string") return this.#fail(`${described(value)}: ${text.rule}`)
      if (form !== "text" && text.includes("\\")) {
        return this.#fail(`${described(value)} has a backslash, which parts values`)
      }
      texts.push(text)
    }
    const encoded = valueBytes.encodeRawText(vr, texts.join("\\"), context)
    return Result.isSuccess(encoded) ? DataElement.value(tag, vr, encoded.success) : this.#fail(broken(encoded.failure))
  }

  #sequence(
    tag: Tag.Tag,
    values: ReadonlyArray<unknown>,
    characterSet: CharacterSet.CharacterSet
  ): DataElement.DataElement<Bulk> | undefined {
    const { depth, items: most } = this.#limits
    if (this.#path.length >= depth) return this.#fail(`sequences are nested deeper than ${depth}`)
    const items: Array<DataSet.DataSet<Bulk>> = []
    for (let i = 0; i < values.length && this.failure === undefined; i++) {
      if (++this.#items > most) return this.#fail(`more than ${most} items`)
      this.#path.push({ tag, item: i + 1 })
      // An empty item may be null in older JSON.
      items.push(this.dataSet(values[i] ?? {}, characterSet))
      this.#path.pop()
    }
    return DataElement.sequence(tag, items)
  }
}

const broken = ({ rule, value }: InvalidValue): string => `${described(value)}; permitted: ${rule}`

const padded = (bytes: Uint8Array): Uint8Array => {
  if (bytes.length % 2 === 0) return bytes
  const even = new Uint8Array(bytes.length + 1)
  even.set(bytes)
  return even
}

const notFinite: ReadonlyMap<unknown, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY]
])

/** What {@link Encoder} has made numbers to; which range they are of is checked later. */
const numberOf = (form: "numbers" | "long numbers" | "tags", value: unknown): number | bigint | undefined => {
  if (form === "tags") {
    return typeof value === "string" && /^[0-9A-Fa-f]{8}$/.test(value) ? Number.parseInt(value, 16) : undefined
  }
  if (form === "numbers") return typeof value === "number" ? value : notFinite.get(value)
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : undefined
  return typeof value === "string" && /^[+-]?[0-9]{1,20}$/.test(value) ? BigInt(value.replace("+", "")) : undefined
}

const textOfValue = (vr: Vr, value: unknown): string | { readonly rule: string } => {
  if (vr === "PN") return isRecord(value) ? textOfName(value) : { rule: "permitted is an object of component groups" }
  if (typeof value === "string") return value
  if ((vr !== "DS" && vr !== "IS") || typeof value !== "number") return { rule: "permitted is a string" }
  if (Object.is(value, -0)) return "-0"
  const text: Result.Result<string, InvalidValue> = vr === "DS" ? DS.fromNumber(value) : IS.fromNumber(value)
  return Result.isSuccess(text) ? text.success : { rule: `permitted is ${text.failure.rule}` }
}

const textOfName = (name: { readonly [key: string]: unknown }): string | { readonly rule: string } => {
  const groups: Array<string> = []
  for (const key of ["Alphabetic", "Ideographic", "Phonetic"]) {
    const group = name[key] ?? ""
    if (typeof group !== "string") return { rule: `${key} is ${described(group)}; permitted: a string` }
    if (group.includes("=")) return { rule: `${key} is ${described(group)}; permitted: one component group` }
    groups.push(group)
  }
  return groups.join("=").replace(/=+$/, "")
}
