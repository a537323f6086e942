/** Data sets to the DICOM JSON Model. */
import * as Result from "effect/Result"
import * as CharacterSet from "../CharacterSet.ts"
import type * as DataElement from "../DataElement.ts"
import * as DataSet from "../DataSet.ts"
import type { Attribute, DicomJson, EncodeOptions, PersonName, Value } from "../DicomJson.ts"
import { NotRepresentable } from "../InvalidDicomJson.ts"
import type { Reason } from "../InvalidDicomJson.ts"
import * as Limits from "../Limits.ts"
import * as Tag from "../Tag.ts"
import type * as TagPath from "../TagPath.ts"
import type { Vr } from "../Vr.ts"
import * as base64 from "./base64.ts"
import { bulkVrs, forms, isVr, littleEndian, SpecificCharacterSet, wordSizes } from "./jsonForm.ts"
import * as valueBytes from "./valueBytes.ts"
import { withoutLast, withoutPadding, withoutSpaces } from "./valueText.ts"

const keyOf = (tag: Tag.Tag): string => tag.toString(16).toUpperCase().padStart(8, "0")

export class Encoder<Bulk> {
  readonly irregularities: Array<NotRepresentable> = []
  /** How many there were besides. */
  untold = 0
  readonly #options: EncodeOptions<Bulk>
  readonly #lenient: boolean
  readonly #limits: Limits.Limits
  readonly #path: Array<TagPath.Step> = []
  #tag = Tag.PixelData
  #vr = ""

  constructor(options: EncodeOptions<Bulk> & { readonly lenient?: boolean }) {
    this.#options = options
    this.#lenient = options.lenient === true
    this.#limits = Limits.make(options.limits)
  }

  #tell(reason: Reason, detail: string): void {
    if (this.#lenient && this.irregularities.length >= this.#limits.irregularities) this.untold++
    else this.irregularities.push(new NotRepresentable({ reason, path: this.#where(), vr: this.#vr, detail }))
  }

  #where(): TagPath.TagPath {
    return [...this.#path, { tag: this.#tag }]
  }

  get #over(): boolean {
    return !this.#lenient && this.irregularities.length > 0
  }

  dataSet(dataSet: DataSet.DataSet<Bulk>, enclosing: CharacterSet.CharacterSet): DicomJson {
    const elements = DataSet.elements(dataSet)
    const characterSet = this.#characterSet(DataSet.element(dataSet, SpecificCharacterSet), enclosing)
    const bigEndian = dataSet.transferSyntax.byteOrder === "big endian"
    const attributes: Array<readonly [string, Attribute]> = []
    let last = -1
    let sorted = true
    for (const element of elements) {
      if (this.#over) break
      const { tag } = element
      // Group lengths (PS3.18 section F.2.2).
      if (Tag.element(tag) === 0) continue
      if (tag <= last) sorted = false
      last = tag
      this.#tag = tag
      this.#vr = element.vr
      attributes.push([keyOf(tag), this.#attribute(element, bigEndian, characterSet)])
    }
    if (!sorted) attributes.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    const json: Record<string, Attribute> = {}
    for (const [key, attribute] of attributes) {
      if (this.#over) break
      if (Object.hasOwn(json, key)) {
        // the cast: a key is the digits of a tag
        this.#tag = Number.parseInt(key, 16) as Tag.Tag
        this.#vr = attribute.vr
        this.#tell("duplicate", "only the first is kept")
      } else json[key] = attribute
    }
    return json
  }

  #characterSet(
    element: DataElement.DataElement<Bulk> | undefined,
    enclosing: CharacterSet.CharacterSet
  ): CharacterSet.CharacterSet {
    if (element?.bytes === undefined) return enclosing
    const terms = textOf("default", element.bytes, enclosing)
      .text.split("\\")
      .map((term) => withoutSpaces(term))
    const read = CharacterSet.fromTerms(terms)
    if (Result.isSuccess(read)) return read.success
    this.#tag = element.tag
    this.#vr = element.vr
    this.#tell("character set", read.failure.message)
    const leniently = CharacterSet.fromTerms(terms, { lenient: true })
    return Result.isSuccess(leniently) ? leniently.success : CharacterSet.defaultRepertoire
  }

  #attribute(
    element: DataElement.DataElement<Bulk>,
    bigEndian: boolean,
    characterSet: CharacterSet.CharacterSet
  ): Attribute {
    const { tag } = element
    const vr = isVr(element.vr) ? element.vr : "UN"
    if (element._tag === "Sequence") return this.#sequence(element, characterSet)
    const { bytes } = element
    const { bulkData } = this.#options
    if (bytes === undefined || (bulkData !== undefined && bytes.length > bulkData.threshold && bulkVrs.has(vr))) {
      const uri = bulkData?.uri(element, this.#where())
      if (uri !== undefined) return { vr, BulkDataURI: uri }
      if (bytes === undefined) {
        const what = element._tag === "Encapsulated" ? "it is in fragments" : "it was not kept"
        this.#tell("value elsewhere", `${what}, and there is no URI for it`)
        return { vr }
      }
    }
    if (tag === SpecificCharacterSet && this.#options.specificCharacterSet !== "source") {
      return { vr, Value: ["ISO_IR 192"] }
    }
    if (bytes.length === 0) return { vr }
    switch (forms[vr]) {
      case "words": {
        const size = wordSizes[vr]
        return { vr, InlineBinary: base64.encode(bigEndian && size !== undefined ? littleEndian(bytes, size) : bytes) }
      }
      // A sequence has no bytes, and where it has, they could not be read as one.
      case "sequence":
        return { vr: "UN", InlineBinary: base64.encode(bytes) }
      case "tags":
      case "numbers":
      case "long numbers":
        return withValues(vr, this.#numbers(vr, bytes, bigEndian, characterSet))
      default:
        return withValues(vr, this.#texts(vr, bytes, characterSet))
    }
  }

  #sequence(element: DataElement.Sequence<Bulk>, characterSet: CharacterSet.CharacterSet): Attribute {
    const values: Array<DicomJson> = []
    const { items, tag } = element
    for (let i = 0; i < items.length && !this.#over; i++) {
      const item = items[i]
      if (item === undefined) continue
      this.#path.push({ tag, item: i + 1 })
      values.push(this.dataSet(item, characterSet))
      this.#path.pop()
    }
    return withValues("SQ", values)
  }

  #numbers(
    vr: Vr,
    bytes: Uint8Array,
    bigEndian: boolean,
    characterSet: CharacterSet.CharacterSet
  ): ReadonlyArray<Value> {
    const context = { bigEndian, characterSet }
    let decoded = valueBytes.decode(vr, bytes, context)
    if (Result.isFailure(decoded)) {
      this.#tell("length", `${decoded.failure.value}; permitted: ${decoded.failure.rule}`)
      const whole = bytes.subarray(0, bytes.length - (bytes.length % sizeOf(vr)))
      decoded = valueBytes.decode(vr, whole, context)
      if (Result.isFailure(decoded)) return []
    }
    return decoded.success.map((value) => {
      if (typeof value === "bigint") {
        return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value)
      }
      // the cast: the values of these VRs are numbers, but for those of 64 bits
      const number = value as number
      if (vr === "AT") return number.toString(16).toUpperCase().padStart(8, "0")
      if (!Number.isFinite(number)) {
        this.#tell("not a number", String(number))
        return String(number)
      }
      return number
    })
  }

  #texts(vr: Vr, bytes: Uint8Array, characterSet: CharacterSet.CharacterSet): ReadonlyArray<Value> {
    const { replaced, text } = textOf(valueBytes.kindOf(vr) ?? "default", bytes, characterSet)
    if (replaced) this.#tell("characters", `there are bytes without a character in ${termsOf(characterSet)}`)
    const form = forms[vr]
    if (form === "text") {
      const value = withoutPadding(text)
      return value === "" ? [] : [value]
    }
    const values: Array<Value> = []
    const most = this.#limits.valuesPerString
    const parts = text.split("\\", most + 1)
    if (parts.length > most) {
      this.#tell("limit exceeded", `there are more than ${most} values`)
      parts.pop()
    }
    for (const part of parts) {
      const value = vr === "UC" ? withoutPadding(part) : vr === "UI" ? withoutNul(part) : withoutSpaces(part)
      values.push(
        value === "" ? null : form === "name" ? this.#name(value) : form === "decimal" ? this.#decimal(value) : value
      )
    }
    return values.every((value) => value === null) ? [] : values
  }

  #name(text: string): PersonName | null {
    const groups = text.split("=", 4)
    if (groups.length > 3) this.#tell("component groups", "there are more than three")
    // Delimiters at the end of a group have no component behind them (PS3.5 section 6.2.1.1).
    const [alphabetic = "", ideographic = "", phonetic = ""] = groups.map((group) => withoutLast(group, "^ "))
    const name = {
      ...(alphabetic === "" ? undefined : { Alphabetic: alphabetic }),
      ...(ideographic === "" ? undefined : { Ideographic: ideographic }),
      ...(phonetic === "" ? undefined : { Phonetic: phonetic })
    }
    return Object.keys(name).length === 0 ? null : name
  }

  #decimal(text: string): string | number {
    if (this.#options.decimalStrings === "text") return text
    const number = Number(text)
    const digits = canonical(text)
    return digits !== undefined && Number.isFinite(number) && canonical(String(number)) === digits ? number : text
  }
}

const withValues = (vr: string, values: ReadonlyArray<Value>): Attribute =>
  values.length === 0 ? { vr } : { vr, Value: values }

/** Text, and whether bytes had no character: of the default repertoire those beyond ISO 646 have none. */
const textOf = (
  kind: CharacterSet.Kind | "default",
  bytes: Uint8Array,
  characterSet: CharacterSet.CharacterSet
): CharacterSet.Decoded => {
  const decoded = valueBytes.decodeText(kind, bytes, characterSet)
  return kind === "default" && /[^\u0000-\u007f]/.test(decoded.text) ? { text: decoded.text, replaced: true } : decoded
}

const termsOf = ({ terms }: CharacterSet.CharacterSet): string =>
  terms.length === 0 ? "the default repertoire" : terms.join("\\")

/** UIDs are padded with NUL, and by some with spaces. */
const withoutNul = (text: string): string => withoutSpaces(withoutLast(text, "\u0000"))

const sizeOf = (vr: Vr): number => (vr === "US" || vr === "SS" ? 2 : vr === "FD" || vr === "SV" || vr === "UV" ? 8 : 4)

/** The digits and the exponent that a number in text has, however it is written; nothing where it is none. */
const canonical = (text: string): string | undefined => {
  const match = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[Ee]([+-]?[0-9]+))?$/.exec(text)
  if (match === null) return undefined
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match
  if (whole === "" && fraction === "") return undefined
  const digits = (whole + fraction).replace(/^0+/, "")
  const significant = withoutLast(digits, "0")
  if (significant === "") return "0"
  const power = Number(exponent) - fraction.length + digits.length - significant.length
  return `${sign === "-" ? "-" : ""}${significant}e${power}`
}
