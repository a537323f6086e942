/**
 * Data sets in the DICOM JSON Model (PS3.18 Annex F), both ways: as values that {@link stringify} takes and `JSON.parse`
 * gives. Where the bytes behind a BulkDataURI are kept is the caller's business, and so are File Meta Information and
 * the arrays of data sets that web services send.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as CharacterSet from "./CharacterSet.ts"
import type * as DataElement from "./DataElement.ts"
import type * as DataSet from "./DataSet.ts"
import { Decoder } from "./internal/jsonDecoder.ts"
import { Encoder } from "./internal/jsonEncoder.ts"
import type { InvalidDicomJson, NotRepresentable } from "./InvalidDicomJson.ts"
import type * as Limits from "./Limits.ts"
import type * as Tag from "./Tag.ts"
import type * as TagPath from "./TagPath.ts"
import type * as TransferSyntax from "./TransferSyntax.ts"
import type { Vr } from "./Vr.ts"

// -----------------------------------------------------------------------------
// the model
// -----------------------------------------------------------------------------

/**
 * A data set: attributes by the eight capital hexadecimal digits of their tags, in ascending order (PS3.18 section
 * F.2.2) once {@link stringify} writes them: JavaScript has an order of its own for keys that are all digits.
 *
 * @category models
 * @since 0.1.0
 */
export interface DicomJson {
  readonly [tag: string]: Attribute
}

/**
 * An attribute: its VR and at most one of the others; none where it is empty (PS3.18 section F.2.5).
 *
 * @category models
 * @since 0.1.0
 */
export interface Attribute {
  readonly vr: string
  readonly Value?: ReadonlyArray<Value>
  /** The URI that the bytes of the value are under (PS3.18 section F.2.6). */
  readonly BulkDataURI?: string
  /** The bytes of the value, words in little endian, in base 64 (PS3.18 section F.2.7). */
  readonly InlineBinary?: string
}

/**
 * One value (PS3.18 Table F.2.3-1): an item of a sequence is a data set, and nothing is there for an empty one of
 * several.
 *
 * @category models
 * @since 0.1.0
 */
export type Value = string | number | PersonName | DicomJson | null

/**
 * The component groups of a person's name that are not empty, as they are written (PS3.18 section F.2.2).
 *
 * @category models
 * @since 0.1.0
 */
export interface PersonName {
  readonly Alphabetic?: string
  readonly Ideographic?: string
  readonly Phonetic?: string
}

// -----------------------------------------------------------------------------
// to JSON
// -----------------------------------------------------------------------------

/**
 * How data sets become JSON.
 *
 * @category models
 * @since 0.1.0
 */
export interface EncodeOptions<in Bulk = never> {
  /**
   * Whether DS and IS are numbers, or the text that they are in. By default numbers, but for text that is none, or that
   * a number of double precision does not hold.
   */
  readonly decimalStrings?: "numbers" | "text"
  /**
   * Whether Specific Character Set becomes ISO_IR 192, as the text is written now, or stays what the source had, so
   * that it can be written so again. Default: "ISO_IR 192".
   */
  readonly specificCharacterSet?: "ISO_IR 192" | "source"
  /** Of these, the values of a string count, and with `lenient` the irregularities. Those not given are the defaults. */
  readonly limits?: Partial<Limits.Limits>
  /** Which values are left out, and referred to. Default: none, and what is in fragments fails. */
  readonly bulkData?: {
    /** Values of more bytes than this are; what is in fragments, or elsewhere already, in any case. */
    readonly threshold: number
    /** The URI, or nothing, where the value is to be inline. */
    readonly uri: (element: DataElement.DataElement<Bulk>, path: TagPath.TagPath) => string | undefined
  }
}

/**
 * What lenient encoding gives: JSON, and what of the data set is not in it as it was.
 *
 * @category models
 * @since 0.1.0
 */
export interface Lenient {
  readonly json: DicomJson
  readonly irregularities: ReadonlyArray<NotRepresentable>
  /** How many more there were than `limits.irregularities`, which are not in the list. */
  readonly untold: number
}

/**
 * Gives a data set as JSON.
 *
 * **Details**
 *
 * Group lengths are left out. Padding goes. A sequence that was read from a UN (PS3.5 section 6.2.2) is an SQ, since a
 * UN may have no items here. With `lenient`, each {@link NotRepresentable} is told and what is left of its element is in
 * the JSON: the characters that could be read, "NaN" and "Infinity", whole numbers, three component groups, as many values
 * as a string may hold; of what is elsewhere, only the VR.
 *
 * **Example**
 *
 * ```ts
 * import * as DataSet from "@effect-dicom/data/DataSet"
 * import * as DicomJson from "@effect-dicom/data/DicomJson"
 * import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
 * import * as Result from "effect/Result"
 *
 * const bytes = Uint8Array.of(0x10, 0, 0x10, 0, 0x50, 0x4e, 4, 0, 0x41, 0x5e, 0x42, 0x20)
 * const dataSet = Result.getOrThrow(DataSet.read(bytes, { transferSyntax: TransferSyntax.ExplicitVRLittleEndian }))
 * DicomJson.encode(dataSet) // success: { "00100010": { vr: "PN", Value: [{ Alphabetic: "A^B" }] } }
 * ```
 *
 * @category codecs
 * @since 0.1.0
 */
export const encode: {
  <Bulk = never>(
    dataSet: DataSet.DataSet<Bulk>,
    options: EncodeOptions<Bulk> & { readonly lenient: true }
  ): Result.Result<Lenient>
  <Bulk = never>(
    dataSet: DataSet.DataSet<Bulk>,
    options?: EncodeOptions<Bulk> & { readonly lenient?: false }
  ): Result.Result<DicomJson, NotRepresentable>
} = <Bulk>(
  dataSet: DataSet.DataSet<Bulk>,
  options: EncodeOptions<Bulk> & { readonly lenient?: boolean } = {}
): Result.Result<never, never> => {
  const encoder = new Encoder(options)
  const json = encoder.dataSet(dataSet, CharacterSet.defaultRepertoire)
  const { irregularities, untold } = encoder
  const [first] = irregularities
  const result =
    options.lenient === true
      ? Result.succeed({ json, irregularities, untold })
      : first === undefined
        ? Result.succeed(json)
        : Result.fail(first)
  // the cast: which of the two it is, the overloads say
  return result as Result.Result<never, never>
}

/**
 * Writes JSON as text, attributes in ascending order at all depths (PS3.18 section F.2.2).
 *
 * **Details**
 *
 * `JSON.stringify` does that too, but where a tag looks like the index of an array: JavaScript has a key such as
 * "60003000" before one such as "00080005", whatever their order was. It has no -0 either: here that is `-0.0`, and `-0` for
 * DS and IS, which `JSON.parse` reads as what it was.
 *
 * **Example**
 *
 * ```ts
 * import * as DicomJson from "@effect-dicom/data/DicomJson"
 *
 * const json = { "00280010": { vr: "US", Value: [1] }, "60000010": { vr: "US", Value: [2] } }
 * JSON.stringify(json) // {"60000010":{"vr":"US","Value":[2]},"00280010":{"vr":"US","Value":[1]}}
 * DicomJson.stringify(json) // {"00280010":{"vr":"US","Value":[1]},"60000010":{"vr":"US","Value":[2]}}
 * ```
 *
 * @category formatting
 * @since 0.1.0
 */
export const stringify = (json: DicomJson): string => {
  const attributes = Object.entries(json)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([tag, attribute]) => `${JSON.stringify(tag)}:${stringifyAttribute(attribute)}`)
  return `{${attributes.join(",")}}`
}

/**
 * Writes one attribute of {@link stringify}: its VR, and its value behind that.
 *
 * @category formatting
 * @since 0.1.0
 */
export const stringifyAttribute = (attribute: Attribute): string => {
  const { Value: values, vr, ...elsewhere } = attribute
  if (values === undefined) return JSON.stringify({ vr, ...elsewhere })
  return `{"vr":${JSON.stringify(vr)},"Value":[${values.map((value) => stringifyValue(vr, value)).join(",")}]}`
}

const stringifyValue = (vr: string, value: Value): string => {
  if (Object.is(value, -0)) return vr === "DS" || vr === "IS" ? "-0" : "-0.0"
  // the cast: the values of a sequence are data sets
  return vr === "SQ" && value !== null ? stringify(value as DicomJson) : JSON.stringify(value)
}

// -----------------------------------------------------------------------------
// from JSON
// -----------------------------------------------------------------------------

/**
 * How JSON becomes a data set.
 *
 * @category models
 * @since 0.1.0
 */
export interface DecodeOptions<out Bulk = never> {
  /** How the data set is to be written. Default: Explicit VR Little Endian. */
  readonly transferSyntax?: TransferSyntax.TransferSyntax
  /**
   * The element that a BulkDataURI stands for; nothing, which is a failure, where there is none. Default: none.
   */
  readonly bulkData?: (
    uri: string,
    at: {
      readonly tag: Tag.Tag
      readonly vr: Vr
      readonly path: TagPath.TagPath
    }
  ) => DataElement.DataElement<Bulk> | undefined
  /** Of these, depth, elements and items count. Those not given are the defaults. */
  readonly limits?: Partial<Limits.Limits>
}

/**
 * Makes a data set of JSON that came from anywhere.
 *
 * **Details**
 *
 * Text is written in the character set that (0008,0005) says, of the item or of what encloses it; a character that has
 * no place there is a failure. Command elements, File Meta Information, items and delimiters (groups 0000, 0002 and FFFE)
 * are no attributes of data sets. Numbers of DS and IS are written as `DS.fromNumber` and `IS.fromNumber` do. Values are
 * padded to an even length.
 *
 * **Example**
 *
 * ```ts
 * import * as DicomJson from "@effect-dicom/data/DicomJson"
 *
 * DicomJson.decode({ "00280010": { vr: "US", Value: [512] } }) // success: a data set of (0028,0010)
 * DicomJson.decode({ "00280010": { vr: "US", Value: [-1] } }) // failure: (0028,0010) US ...
 * ```
 *
 * @category codecs
 * @since 0.1.0
 */
export const decode = <Bulk = never>(
  json: unknown,
  options: DecodeOptions<Bulk> = {}
): Result.Result<DataSet.DataSet<Bulk>, InvalidDicomJson> => {
  const decoder = new Decoder(options)
  const dataSet = decoder.dataSet(json, CharacterSet.defaultRepertoire)
  return decoder.failure === undefined ? Result.succeed(dataSet) : Result.fail(decoder.failure)
}
