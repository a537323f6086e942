/**
 * The keys of a query as they are typed: "PatientName=DOE*", "0010,0010=DOE*", "ScheduledProcedureStepSequence[0].Modality=CT"
 * (PS3.4 section C.2.2.2 says what the values mean), or written in a file, made into an identifier.
 *
 * @since 0.1.0
 */
import * as CharacterSet from "@effect-dicom/data/CharacterSet"
import * as DataElement from "@effect-dicom/data/DataElement"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as DicomJson from "@effect-dicom/data/DicomJson"
import * as Dictionary from "@effect-dicom/data/Dictionary"
import * as Tag from "@effect-dicom/data/Tag"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import type { Vr } from "@effect-dicom/data/Vr"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/**
 * A key that cannot be understood.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidKey extends Schema.TaggedError<InvalidKey>()("InvalidKey", {
  key: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `The key ${JSON.stringify(this.key)} cannot be used: ${this.detail}`
  }
}

/**
 * A key: the way to its element, with the items, from 0, that it leads through, and its value as text.
 *
 * @category models
 * @since 0.1.0
 */
export interface QueryKey {
  readonly path: ReadonlyArray<{ readonly tag: Tag.Tag; readonly item: number }>
  readonly value: string
}

const step = /^(?:\(?([0-9A-Fa-f]{4}),?([0-9A-Fa-f]{4})\)?|([A-Za-z][A-Za-z0-9]*))(?:\[(\d{1,4})\])?(?:\.|$)/

/**
 * Reads a key. Without "=" its value is empty: it matches everything, and asks for the attribute.
 *
 * @category codecs
 * @since 0.1.0
 */
export const parse = (key: string): Result.Result<QueryKey, InvalidKey> => {
  const invalid = (detail: string) => Result.fail(new InvalidKey({ key, detail }))
  const equals = key.indexOf("=")
  const way = (equals < 0 ? key : key.slice(0, equals)).trim()
  const path: Array<QueryKey["path"][number]> = []
  let rest = way
  do {
    const found = step.exec(rest)
    if (found === null) {
      return invalid(
        `${JSON.stringify(rest)} is no attribute; permitted: a keyword, as in PatientName, or a tag, as in 0010,0010`
      )
    }
    const [all, group, element, keyword] = found
    const entry = keyword === undefined ? undefined : Dictionary.fromKeyword(keyword)
    if (keyword !== undefined && entry === undefined) {
      const meant = Dictionary.all().find((one) => one.keyword.toLowerCase() === keyword.toLowerCase())?.keyword
      return invalid(
        `${JSON.stringify(keyword)} is no keyword of PS3.6; permitted: one that is${meant === undefined ? "" : `, such as ${meant}`}, or a tag`
      )
    }
    const tag =
      entry === undefined
        ? Tag.make(Number.parseInt(group ?? "", 16), Number.parseInt(element ?? "", 16))
        : Dictionary.tag(entry)
    if (Tag.group(tag) < 8) return invalid(`${Tag.format(tag)} is no attribute of a data set`)
    path.push({ tag, item: Number(found[4] ?? 0) })
    rest = rest.slice(all.length)
  } while (rest !== "")
  if (way.endsWith(".")) return invalid("it ends in a point; permitted: an attribute after it")
  for (const { tag } of path.slice(0, -1)) {
    if (vrOf(tag) !== "SQ") return invalid(`${Dictionary.keyword(tag)} is no sequence, and has no items`)
  }
  return Result.succeed({ path, value: equals < 0 ? "" : key.slice(equals + 1) })
}

/** The VR that a key is written in. */
const vrOf = (tag: Tag.Tag): Vr => {
  const vr = Dictionary.find(tag)?.vr
  switch (vr) {
    case undefined:
      return Tag.isPrivate(tag) && Tag.element(tag) >= 0x10 && Tag.element(tag) <= 0xff ? "LO" : "UN"
    case "OB or OW":
      return "OW"
    case "US or SS":
    case "US or OW":
    case "US or SS or OW":
      return "US"
    default:
      return vr
  }
}

const specificCharacterSet = Tag.make(0x0008, 0x0005)

/** ISO_IR 192. */
const unicode = Result.getOrThrow(CharacterSet.fromTerms(["ISO_IR 192"]))

/**
 * An identifier without keys, for {@link put}.
 *
 * @category constructors
 * @since 0.1.0
 */
export const empty: DataSet.DataSet = DataSet.empty(TransferSyntax.ExplicitVRLittleEndian)

/**
 * Puts keys into an identifier, in place of those of the same attributes. Text beyond ASCII is written in the identifier's
 * character set, or in ISO_IR 192 where it says none.
 *
 * @category operations
 * @since 0.1.0
 */
export const put = (
  identifier: DataSet.DataSet,
  keys: Iterable<QueryKey>
): Result.Result<DataSet.DataSet, InvalidKey> => {
  let filled = identifier
  for (const key of keys) {
    const isOwn = DataSet.element(filled, specificCharacterSet) !== undefined
    // oxlint-disable-next-line no-control-regex
    if (!isOwn && /[^\u0000-\u007f]/.test(key.value)) {
      filled = DataSet.set(filled, DataElement.value(specificCharacterSet, "CS", padded("ISO_IR 192")))
    }
    const set = Result.getOrElse(DataSet.characterSet(filled), () => unicode)
    const element = elementOf(key, set)
    if (Result.isFailure(element)) return Result.fail(element.failure)
    filled = within(filled, key.path, element.success)
  }
  return Result.succeed(filled)
}

const within = (
  dataSet: DataSet.DataSet,
  path: QueryKey["path"],
  element: DataElement.DataElement
): DataSet.DataSet => {
  const [first, ...rest] = path
  if (first === undefined || rest.length === 0) return DataSet.set(dataSet, element)
  const items = [...(DataSet.items(dataSet, first.tag) ?? [])]
  while (items.length <= first.item) items.push(DataSet.empty(dataSet.transferSyntax))
  items[first.item] = within(items[first.item] ?? empty, rest, element)
  return DataSet.set(dataSet, DataElement.sequence(first.tag, items))
}

const encoder = new TextEncoder()

const padded = (text: string | Uint8Array, pad = 0x20): Uint8Array => {
  const bytes = typeof text === "string" ? encoder.encode(text) : text
  if (bytes.length % 2 === 0) return bytes
  const even = new Uint8Array(bytes.length + 1)
  even.set(bytes)
  even[bytes.length] = pad
  return even
}

type Write = (view: DataView, at: number, value: number | bigint) => void

const numbers: { readonly [V in Vr]?: { readonly size: number; readonly write: Write } } = {
  FD: { size: 8, write: (view, at, value) => view.setFloat64(at, Number(value), true) },
  FL: { size: 4, write: (view, at, value) => view.setFloat32(at, Number(value), true) },
  SL: { size: 4, write: (view, at, value) => view.setInt32(at, Number(value), true) },
  SS: { size: 2, write: (view, at, value) => view.setInt16(at, Number(value), true) },
  SV: { size: 8, write: (view, at, value) => view.setBigInt64(at, BigInt(value), true) },
  UL: { size: 4, write: (view, at, value) => view.setUint32(at, Number(value), true) },
  US: { size: 2, write: (view, at, value) => view.setUint16(at, Number(value), true) },
  UV: { size: 8, write: (view, at, value) => view.setBigUint64(at, BigInt(value), true) }
}

const bytesOnly: ReadonlySet<string> = new Set(["OB", "OD", "OF", "OL", "OV", "OW", "UN"])

const elementOf = (
  { path, value }: QueryKey,
  set: CharacterSet.CharacterSet
): Result.Result<DataElement.DataElement, InvalidKey> => {
  const tag = path.at(-1)?.tag ?? specificCharacterSet
  const vr = vrOf(tag)
  const invalid = (detail: string) =>
    Result.fail(new InvalidKey({ key: `${Dictionary.keyword(tag)}=${value}`, detail }))
  if (vr === "SQ") {
    return value === ""
      ? Result.succeed(DataElement.sequence(tag, []))
      : invalid("a sequence has no value of its own; permitted: an attribute of its items, after a point")
  }
  if (value === "") return Result.succeed(DataElement.value(tag, vr, new Uint8Array(0)))
  if (bytesOnly.has(vr)) return invalid(`its VR is ${vr}, which has no text; permitted: no value`)
  const number = numbers[vr]
  if (number !== undefined) {
    const values = value.split("\\").map((one) => numberOf(vr, one.trim()))
    const view = new DataView(new ArrayBuffer(values.length * number.size))
    for (const [i, one] of values.entries()) {
      if (one === undefined) return invalid(`its VR is ${vr}; permitted: numbers, with "\\" between them`)
      number.write(view, i * number.size, one)
    }
    return Result.succeed(DataElement.value(tag, vr, new Uint8Array(view.buffer)))
  }
  if (vr === "AT") {
    const tags = value.split("\\").map((one) => /^\(?([0-9A-Fa-f]{4}),?([0-9A-Fa-f]{4})\)?$/.exec(one.trim()))
    const view = new DataView(new ArrayBuffer(4 * tags.length))
    for (const [i, one] of tags.entries()) {
      if (one === null) return invalid('its VR is AT; permitted: tags, as in 0010,0010, with "\\" between them')
      view.setUint16(4 * i, Number.parseInt(one[1] ?? "", 16), true)
      view.setUint16(4 * i + 2, Number.parseInt(one[2] ?? "", 16), true)
    }
    return Result.succeed(DataElement.value(tag, vr, new Uint8Array(view.buffer)))
  }
  const kind = CharacterSet.kinds.get(vr)
  if (kind === undefined) return Result.succeed(DataElement.value(tag, vr, padded(value, vr === "UI" ? 0 : 0x20)))
  const encoded = CharacterSet.encode(set, value, kind)
  return Result.isFailure(encoded)
    ? invalid(encoded.failure.message)
    : Result.succeed(DataElement.value(tag, vr, padded(encoded.success)))
}

const numberOf = (vr: Vr, text: string): number | bigint | undefined => {
  if (vr === "FD" || vr === "FL") return text !== "" && Number.isFinite(Number(text)) ? Number(text) : undefined
  return /^[+-]?\d{1,20}$/.test(text) ? (vr === "SV" || vr === "UV" ? BigInt(text) : Number(text)) : undefined
}

// -----------------------------------------------------------------------------
// files
// -----------------------------------------------------------------------------

/**
 * The identifier of a JSON: DICOM JSON (PS3.18 Annex F), or keys by keyword, as in `{"PatientName": "DOE*"}`, whose values
 * are strings, numbers, null, or arrays of objects with the keys of items.
 *
 * @category codecs
 * @since 0.1.0
 */
export const fromJson = (json: unknown): Result.Result<DataSet.DataSet, InvalidKey> => {
  // What DICOMweb answers is an array.
  if (Array.isArray(json)) {
    return json.length === 1
      ? fromJson(json[0])
      : Result.fail(
          new InvalidKey({
            key: "JSON",
            detail: `it is an array of ${json.length}; permitted: an object, or one alone in an array`
          })
        )
  }
  if (!Predicate.isObject(json)) return Result.fail(new InvalidKey({ key: String(json), detail: "it is no object" }))
  const names = Object.keys(json)
  if (names.length > 0 && names.every((name) => /^[0-9A-Fa-f]{8}$/.test(name))) {
    return Result.mapError(
      DicomJson.decode(json),
      (error) => new InvalidKey({ key: "DICOM JSON", detail: error.message })
    )
  }
  const keys = keysOf(json, "")
  return Result.isFailure(keys) ? Result.fail(keys.failure) : put(empty, keys.success)
}

const keysOf = (json: object, before: string): Result.Result<ReadonlyArray<QueryKey>, InvalidKey> => {
  const keys: Array<QueryKey> = []
  for (const [name, value] of Object.entries(json)) {
    const way = `${before}${name}`
    const items: ReadonlyArray<unknown> = Array.isArray(value) ? value : [value]
    if (items.length > 0 && items.every((item) => Predicate.isObject(item) && !Array.isArray(item))) {
      for (const [i, item] of items.entries()) {
        const inner = keysOf(Object(item), `${way}[${i}].`)
        if (Result.isFailure(inner)) return inner
        keys.push(...inner.success)
      }
      continue
    }
    if (!items.every((item) => item === null || typeof item === "string" || typeof item === "number")) {
      return Result.fail(new InvalidKey({ key: way, detail: "permitted: text, numbers, null, or items" }))
    }
    const key = parse(`${way}=${items.map((item) => item ?? "").join("\\")}`)
    if (Result.isFailure(key)) return Result.fail(key.failure)
    keys.push(key.success)
  }
  return Result.succeed(keys)
}
