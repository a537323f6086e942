/**
 * What attributes hold (PS3.5 sections 6.2 and 6.4): the value of an attribute of a data set, of the type that its VR
 * and VM say, and data sets with other values. `DataSet.ts` passes on what is here under its own name. Elements as they
 * stand, bytes and padding, are `DataElement.ts`'s business.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import type * as AS from "./AS.ts"
import type * as AT from "./AT.ts"
import type * as Attribute from "./Attribute.ts"
import * as CharacterSet from "./CharacterSet.ts"
import type * as DA from "./DA.ts"
import * as DataElement from "./DataElement.ts"
import * as DataSet from "./DataSet.ts"
import type { AttributeVr } from "./Dictionary.ts"
import type * as DS from "./DS.ts"
import type * as DT from "./DT.ts"
import * as valueBytes from "./internal/valueBytes.ts"
import { InvalidAttribute } from "./InvalidAttribute.ts"
import { DataSetNode } from "./internal/dataSetTree.ts"
import { recode, specificCharacterSet } from "./internal/recoding.ts"
import type * as IS from "./IS.ts"
import type * as PersonName from "./PersonName.ts"
import * as Tag from "./Tag.ts"
import type * as TM from "./TM.ts"
import type * as Uid from "./Uid.ts"
import type { Vr } from "./Vr.ts"

// -----------------------------------------------------------------------------
// types
// -----------------------------------------------------------------------------

/** One value of each VR that can have several. */
interface One {
  readonly AE: string
  readonly AS: AS.AS
  readonly AT: AT.AT
  readonly CS: string
  readonly DA: DA.DA
  readonly DS: DS.DS
  readonly DT: DT.DT
  readonly FD: number
  readonly FL: number
  readonly IS: IS.IS
  readonly LO: string
  readonly PN: PersonName.PersonName
  readonly SH: string
  readonly SL: number
  readonly SS: number
  readonly SV: bigint
  readonly TM: TM.TM
  readonly UC: string
  readonly UI: Uid.Uid
  readonly UL: number
  readonly US: number
  readonly UV: bigint
  readonly "US or SS": number
}

/** The value of each VR that has one value, whatever the VM (PS3.5 section 6.4). */
interface Whole {
  readonly LT: string
  readonly OB: Uint8Array
  readonly OD: Float64Array
  readonly OF: Float32Array
  readonly OL: Uint32Array
  readonly OV: BigUint64Array
  readonly OW: Uint16Array
  readonly ST: string
  readonly UN: Uint8Array
  readonly UR: string
  readonly UT: string
}

/** The values of a VM: itself, a tuple, or an array. */
type Values<A, VM extends string> = VM extends "1"
  ? A
  : VM extends "2"
    ? readonly [A, A]
    : VM extends "3"
      ? readonly [A, A, A]
      : VM extends "4"
        ? readonly [A, A, A, A]
        : VM extends "6"
          ? readonly [A, A, A, A, A, A]
          : ReadonlyArray<A>

/**
 * The type of an attribute's value: with VM 1 a value, with VM 2, 3, 4 or 6 a tuple, with others an array; a sequence is
 * an array of its items. Of words (OW, OL ...) typed arrays in the machine's byte order.
 *
 * @category models
 * @since 0.1.0
 */
export type Value<VR extends AttributeVr, VM extends string = "1", Bulk = never> = VR extends "SQ"
  ? ReadonlyArray<DataSet.DataSet<Bulk>>
  : VR extends "OB or OW"
    ? Uint8Array | Uint16Array | DataElement.Encapsulated<Bulk>
    : VR extends "US or OW" | "US or SS or OW"
      ? Values<number, VM> | Uint16Array
      : VR extends keyof Whole
        ? Whole[VR]
        : VR extends keyof One
          ? Values<One[VR], VM>
          : never

/**
 * The type of the value of an attribute given by its constant: `ValueOf<typeof Attribute.PatientName>`.
 *
 * @category models
 * @since 0.1.0
 */
export type ValueOf<A extends Attribute.Any> = Value<A["vr"], A["vm"]>

// -----------------------------------------------------------------------------
// tags
// -----------------------------------------------------------------------------

/** The blocks of a private group begin with their creators, at (gggg,0010) to (gggg,00FF) (PS3.5 section 7.8.1). */
const firstBlock = 0x10
const lastBlock = 0xff

// Not `Attribute.isPrivate`: that would have every program load every attribute.
const isPrivate = (attribute: Attribute.Any): attribute is Attribute.Private => "creator" in attribute

const isBlock = (tag: Tag.Tag, group: number): boolean =>
  Tag.group(tag) === group && Tag.element(tag) >= firstBlock && Tag.element(tag) <= lastBlock

const creatorOf = <Bulk>(dataSet: DataSet.DataSet<Bulk>, tag: Tag.Tag): string | undefined => {
  const bytes = DataSet.element(dataSet, tag)?.bytes
  return bytes === undefined ? undefined : valueBytes.decodeText("default", bytes, CharacterSet.default).text.trim()
}

/**
 * The tag of an attribute in a data set: of a private one in the block that its creator has there, and nothing where it
 * has none.
 *
 * @category getters
 * @since 0.1.0
 */
export const tagOf = <Bulk>(dataSet: DataSet.DataSet<Bulk>, attribute: Attribute.Any): Tag.Tag | undefined => {
  if (!isPrivate(attribute)) return attribute.tag
  const { creator, element, group } = attribute
  for (const { tag } of DataSet.elements(dataSet)) {
    if (isBlock(tag, group) && creatorOf(dataSet, tag) === creator) {
      return Tag.make(group, (Tag.element(tag) << 8) | element)
    }
  }
  return undefined
}

/** The tag of an attribute for a message, whether or not its creator has a block. */
const tagShown = (attribute: Attribute.Any, tag: Tag.Tag | undefined): Tag.Tag =>
  tag ?? (isPrivate(attribute) ? Tag.make(attribute.group, attribute.element) : attribute.tag)

const fail = (
  attribute: Attribute.Any,
  tag: Tag.Tag | undefined,
  vr: string,
  value: string,
  rule: string
): Result.Result<never, InvalidAttribute> =>
  Result.fail(new InvalidAttribute({ tag: tagShown(attribute, tag), keyword: attribute.keyword, vr, value, rule }))

// -----------------------------------------------------------------------------
// character sets
// -----------------------------------------------------------------------------

type Context = Result.Result<valueBytes.Context, CharacterSet.UnknownCharacterSet>

const defaultBigEndian: Context = Result.succeed({ bigEndian: true, characterSet: CharacterSet.default })
const defaultLittleEndian: Context = Result.succeed({ bigEndian: false, characterSet: CharacterSet.default })

const isBigEndian = <Bulk>(dataSet: DataSet.DataSet<Bulk>): boolean => dataSet.transferSyntax.byteOrder === "big endian"

/** Data sets do not change, so neither do their character sets. */
const contexts = new WeakMap<object, Context>()

const ownContext = <Bulk>(dataSet: DataSet.DataSet<Bulk>): Context => {
  const known = contexts.get(dataSet)
  if (known !== undefined) return known
  const bigEndian = isBigEndian(dataSet)
  const bytes = DataSet.element(dataSet, specificCharacterSet)?.bytes
  let found = bigEndian ? defaultBigEndian : defaultLittleEndian
  if (bytes !== undefined) {
    const { text } = valueBytes.decodeText("default", bytes, CharacterSet.default)
    const terms = text.split("\\").map((term) => term.trim())
    found = Result.map(CharacterSet.fromTerms(terms), (characterSet) => ({ bigEndian, characterSet }))
  } else {
    const enclosing = DataSet.enclosing(dataSet)
    if (enclosing !== undefined) found = Result.map(ownContext(enclosing), (_) => ({ ..._, bigEndian }))
  }
  contexts.set(dataSet, found)
  return found
}

/**
 * The character set of a data set: its own, that of the data set it is in, or the default repertoire (PS3.5 section
 * 7.5.3).
 *
 * @category getters
 * @since 0.1.0
 */
export const characterSet = <Bulk>(
  dataSet: DataSet.DataSet<Bulk>
): Result.Result<CharacterSet.CharacterSet, CharacterSet.UnknownCharacterSet> =>
  Result.map(ownContext(dataSet), (context) => context.characterSet)

/**
 * What {@link get} and {@link with_} may be told.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** In place of the data set's own, for those that name one that does not exist. */
  readonly characterSet?: CharacterSet.CharacterSet
}

const contextOf = <Bulk>(
  dataSet: DataSet.DataSet<Bulk>,
  kind: valueBytes.Form["kind"],
  options: Options | undefined
): Context => {
  if (kind === undefined || kind === "default") return isBigEndian(dataSet) ? defaultBigEndian : defaultLittleEndian
  return options?.characterSet === undefined
    ? ownContext(dataSet)
    : Result.succeed({ bigEndian: isBigEndian(dataSet), characterSet: options.characterSet })
}

/**
 * The text of an element of text, values and padding in it, and whether bytes of it had no character; nothing where
 * there is no such element, or it is not text.
 *
 * **When to use**
 *
 * To warn of text that {@link get} gives with U+FFFD in it.
 *
 * @category getters
 * @since 0.1.0
 */
export const text = <Bulk>(
  dataSet: DataSet.DataSet<Bulk>,
  tag: Tag.Tag,
  options?: Options
): Result.Result<CharacterSet.Decoded | undefined, CharacterSet.UnknownCharacterSet> => {
  const element = DataSet.element(dataSet, tag)
  const kind = element === undefined ? undefined : valueBytes.formOf(element.vr)?.kind
  if (element?.bytes === undefined || kind === undefined) return Result.succeed(undefined)
  const { bytes } = element
  return Result.map(contextOf(dataSet, kind, options), ({ characterSet }) =>
    valueBytes.decodeText(kind, bytes, characterSet)
  )
}

// -----------------------------------------------------------------------------
// VR and VM
// -----------------------------------------------------------------------------

/** VRs of which another gives values of the same type. */
const alike: ReadonlyArray<ReadonlyArray<string>> = [
  ["AE", "CS", "LO", "LT", "SH", "ST", "UC", "UR", "UT"],
  ["FD", "FL", "SL", "SS", "UL", "US", "US or SS"],
  ["SV", "UV"]
]

/**
 * The VR that an element's bytes are to be read as: its own, where it gives the attribute's type; of UN the attribute's
 * (PS3.5 section 6.2.2).
 */
const readAs = (written: string, attribute: AttributeVr): valueBytes.Form | undefined => {
  if (written === attribute) return valueBytes.formOf(written)
  if (written === "UN") return valueBytes.formOf(attribute)
  const same =
    attribute.split(" or ").includes(written) || alike.some((vrs) => vrs.includes(written) && vrs.includes(attribute))
  return same ? valueBytes.formOf(written) : undefined
}

// -----------------------------------------------------------------------------
// getting
// -----------------------------------------------------------------------------

/**
 * The value of an attribute: `undefined` where it is absent, `null` where it is there and empty. Absent, empty and zero
 * are three things.
 *
 * **Details**
 *
 * A value that is not of the attribute's VR and VM is a failure; it stays in the data set, and `DataSet.element` gives
 * its bytes. Text that has no rule but its length is given whatever its length. Bytes that are no character of the
 * character set are U+FFFD in the text; {@link text} tells of them.
 *
 * **Example**
 *
 * ```ts
 * import { Attribute, DataSet } from "@effect-dicom/data"
 * import * as Result from "effect/Result"
 *
 * declare const dataSet: DataSet.DataSet
 *
 * const rows = DataSet.get(dataSet, Attribute.Rows) // Result<number | null | undefined, InvalidAttribute>
 * const spacing = DataSet.get(dataSet, Attribute.PixelSpacing) // Result<readonly [DS, DS] | null | undefined, ...>
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const get = <VR extends AttributeVr, VM extends string, Bulk = never>(
  dataSet: DataSet.DataSet<Bulk>,
  attribute: Attribute.Any<VR, VM>,
  options?: Options
): Result.Result<Value<VR, VM, Bulk> | null | undefined, InvalidAttribute> =>
  // the cast: what is decoded by the attribute's VR, and of a number its VM permits, is of its type
  getUnknown(dataSet, attribute, options) as Result.Result<Value<VR, VM, Bulk> | null | undefined, InvalidAttribute>

const absent: Result.Result<undefined> = Result.succeed(undefined)
const empty: Result.Result<null> = Result.succeed(null)

const getUnknown = <Bulk>(
  dataSet: DataSet.DataSet<Bulk>,
  attribute: Attribute.Any,
  options: Options | undefined
): Result.Result<unknown, InvalidAttribute> => {
  const tag = tagOf(dataSet, attribute)
  if (tag === undefined) return absent
  const element = DataSet.element(dataSet, tag)
  if (element === undefined) return absent
  const { vr } = element
  switch (element._tag) {
    case "Value":
      return decoded(dataSet, attribute, tag, vr, element.bytes, options)
    case "Sequence":
      if (attribute.vr !== "SQ") return fail(attribute, tag, vr, `${element.items.length} items`, attribute.vr)
      return element.items.length === 0 ? empty : Result.succeed(DataSet.items(dataSet, tag))
    case "Encapsulated":
      return attribute.vr === "OB or OW"
        ? Result.succeed(element)
        : fail(attribute, tag, vr, `${element.fragments.length} fragments`, attribute.vr)
    default:
      return fail(attribute, tag, vr, "a reference to a value elsewhere", "a value in memory")
  }
}

const decoded = <Bulk>(
  dataSet: DataSet.DataSet<Bulk>,
  attribute: Attribute.Any,
  tag: Tag.Tag,
  vr: string,
  bytes: Uint8Array,
  options: Options | undefined
): Result.Result<unknown, InvalidAttribute> => {
  if (bytes.length === 0) return empty
  const form = readAs(vr, attribute.vr)
  if (form === undefined || form.vr === "SQ") {
    return fail(attribute, tag, vr, `${bytes.length} bytes of VR ${vr}`, `VR ${attribute.vr}`)
  }
  const context = contextOf(dataSet, form.kind, options)
  if (Result.isFailure(context)) return fail(attribute, tag, vr, `${bytes.length} bytes`, context.failure.message)
  const found = valueBytes.decodeForm(form, bytes, context.success)
  if (Result.isFailure(found)) return fail(attribute, tag, vr, found.failure.value, found.failure.rule)
  const values = found.success
  if (values.length === 0) return empty
  // The VR as written may have one value where the attribute's has several, and the other way round.
  const whole = form.vr === attribute.vr ? form.whole : valueBytes.formOf(attribute.vr)?.whole === true
  if (whole) return Result.succeed(form.whole ? values[0] : values.join("\\"))
  if (form.whole) return Result.succeed(isWords(values[0]) ? values[0] : one(attribute, values))
  return valueBytes.permits(attribute.vm, values.length)
    ? Result.succeed(one(attribute, values))
    : fail(attribute, tag, vr, `${values.length} values`, `${attribute.vm} (VM)`)
}

const isWords = (value: unknown): boolean => ArrayBuffer.isView(value)

const one = (attribute: Attribute.Any, values: ReadonlyArray<unknown>): unknown =>
  attribute.vm === "1" ? values[0] : values

// -----------------------------------------------------------------------------
// editing
// -----------------------------------------------------------------------------

/**
 * The value of an attribute that the nearest data set that has it says, of this and those that enclose it.
 */
const pixelRepresentation = <Bulk>(dataSet: DataSet.DataSet<Bulk>): number => {
  for (let at: DataSet.DataSet<Bulk> | undefined = dataSet; at !== undefined; at = DataSet.enclosing(at)) {
    const bytes = DataSet.element(at, pixelRepresentationTag)?.bytes
    if (bytes !== undefined && bytes.length > 0) return Math.max(bytes[0] ?? 0, bytes[1] ?? 0)
  }
  return 0
}

/** The VR that a value is written with, of those that the attribute leaves open. */
const writtenAs = (dataSet: DataSet.DataSet, attribute: AttributeVr, value: unknown): Vr => {
  switch (attribute) {
    case "OB or OW":
      return value instanceof Uint16Array || !dataSet.transferSyntax.explicitVr ? "OW" : "OB"
    case "US or SS":
      return pixelRepresentation(dataSet) === 1 ? "SS" : "US"
    case "US or OW":
      return value instanceof Uint16Array ? "OW" : "US"
    case "US or SS or OW":
      return value instanceof Uint16Array ? "OW" : pixelRepresentation(dataSet) === 1 ? "SS" : "US"
    default:
      return attribute
  }
}

const isDataSet = (value: unknown): value is DataSet.DataSet => value instanceof DataSetNode

const isEncapsulated = (value: unknown): value is DataElement.Encapsulated =>
  typeof value === "object" && value !== null && "_tag" in value && value._tag === "Encapsulated"

const elementOf = (
  dataSet: DataSet.DataSet,
  attribute: Attribute.Any,
  tag: Tag.Tag,
  value: unknown,
  options: Options | undefined
): Result.Result<DataElement.DataElement, InvalidAttribute> => {
  if (attribute.vr === "SQ") {
    const items: unknown = value ?? []
    return Array.isArray(items) && items.every(isDataSet)
      ? Result.succeed(DataElement.sequence(tag, items))
      : fail(attribute, tag, "SQ", String(value), "an array of data sets")
  }
  if (isEncapsulated(value)) return Result.succeed(value)
  const vr = writtenAs(dataSet, attribute.vr, value)
  const form = valueBytes.formOf(vr)
  const whole = form?.whole === true
  const single = whole || attribute.vm === "1"
  const given: ReadonlyArray<unknown> | undefined = single ? [value] : Array.isArray(value) ? value : undefined
  if (value !== null && given === undefined)
    return fail(attribute, tag, vr, String(value), `an array (VM ${attribute.vm})`)
  const values = value === null ? [] : (given ?? [])
  if (values.length > 0 && !whole && !valueBytes.permits(attribute.vm, values.length)) {
    return fail(attribute, tag, vr, `${values.length} values`, `${attribute.vm} (VM)`)
  }
  const context = contextOf(dataSet, form?.kind, options)
  if (Result.isFailure(context)) return fail(attribute, tag, vr, `${values.length} values`, context.failure.message)
  // An OW of a data set in implicit VR may be given in bytes: these are its words in the data set's byte order.
  const bytes =
    vr === "OW" && value instanceof Uint8Array
      ? valueBytes.encode("OB", values, context.success)
      : valueBytes.encode(vr, values, context.success)
  return Result.isFailure(bytes)
    ? fail(attribute, tag, vr, bytes.failure.value, bytes.failure.rule)
    : Result.succeed(DataElement.value(tag, vr, bytes.success))
}

/**
 * A data set with a value under an attribute, in place of the one that was there; `null` makes it empty. Nothing else
 * changes.
 *
 * **Details**
 *
 * What is written obeys the VR: its characters, length and range, and the VM. The first value of a private creator gets
 * the first free block of its group, and the creator's element with it. Another Specific Character Set recodes all text,
 * at all depths, that the data set's own said nothing else of; text that it cannot write is a failure.
 *
 * **Example**
 *
 * ```ts
 * import { Attribute, DataSet } from "@effect-dicom/data"
 * import * as Result from "effect/Result"
 *
 * declare const dataSet: DataSet.DataSet
 *
 * DataSet.with(dataSet, Attribute.PatientID, "4711") // success
 * DataSet.with(dataSet, Attribute.Rows, 65536) // failure: permitted: an integer from 0 to 65535
 * ```
 *
 * @category editing
 * @since 0.1.0
 */
const with_ = <VR extends AttributeVr, VM extends string>(
  dataSet: DataSet.DataSet,
  attribute: Attribute.Any<VR, VM>,
  value: NoInfer<Value<VR, VM>> | null,
  options?: Options
): Result.Result<DataSet.DataSet, InvalidAttribute> => put(dataSet, attribute, value, options)

export {
  /**
   * A data set with a value under an attribute; `null` makes it empty.
   *
   * @category editing
   * @since 0.1.0
   */
  with_ as with
}

/**
 * An attribute and its value, for {@link withAll}.
 *
 * @category models
 * @since 0.1.0
 */
export type Entry<A extends Attribute.Any> = readonly [attribute: A, value: ValueOf<A> | null]

/**
 * A data set with several values, as `with` would put them there one after the other, in less time; Specific Character
 * Set and Pixel Representation, which bear on others, first.
 *
 * **Example**
 *
 * ```ts
 * import { Attribute, DataSet, TransferSyntax } from "@effect-dicom/data"
 *
 * DataSet.withAll(DataSet.empty(TransferSyntax.ImplicitVRLittleEndian), [
 *   [Attribute.PatientID, "4711"],
 *   [Attribute.PatientName, null]
 * ])
 * ```
 *
 * @category editing
 * @since 0.1.0
 */
export const withAll = <const A extends ReadonlyArray<Attribute.Any>>(
  dataSet: DataSet.DataSet,
  entries: readonly [...{ readonly [K in keyof A]: Entry<A[K]> }],
  options?: Options
): Result.Result<DataSet.DataSet, InvalidAttribute> => {
  // the cast: each is an entry, whatever its attribute
  const all = entries as ReadonlyArray<readonly [Attribute.Any, unknown]>
  const first = all.filter(([attribute]) => decides(attribute))
  let changed = dataSet
  for (const [attribute, value] of first) {
    const next = put(changed, attribute, value, options)
    if (Result.isFailure(next)) return next
    changed = next.success
  }
  const elements: Array<DataElement.DataElement> = []
  for (const [attribute, value] of all) {
    if (decides(attribute)) continue
    const placed = place(changed, attribute)
    if (Result.isFailure(placed)) return Result.fail(placed.failure)
    changed = placed.success.dataSet
    const element = elementOf(changed, attribute, placed.success.tag, value, options)
    if (Result.isFailure(element)) return Result.fail(element.failure)
    elements.push(element.success)
  }
  // One data set of all of them costs less than one for each.
  return Result.succeed(
    DataSet.elements(dataSet).length === 0 && DataSet.enclosing(dataSet) === undefined
      ? DataSet.make(dataSet.transferSyntax, [...DataSet.elements(changed), ...elements])
      : elements.reduce<DataSet.DataSet>(DataSet.set, changed)
  )
}

/** Whether the values of others depend on it. */
const decides = (attribute: Attribute.Any): boolean =>
  !isPrivate(attribute) && (attribute.tag === specificCharacterSet || attribute.tag === pixelRepresentationTag)

const pixelRepresentationTag: Tag.Tag = Tag.make(0x0028, 0x0103)

/** As `with`, for values whose types were checked elsewhere. @internal */
export const put = (
  dataSet: DataSet.DataSet,
  attribute: Attribute.Any,
  value: unknown,
  options?: Options
): Result.Result<DataSet.DataSet, InvalidAttribute> => {
  const placed = place(dataSet, attribute)
  if (Result.isFailure(placed)) return Result.fail(placed.failure)
  const element = elementOf(placed.success.dataSet, attribute, placed.success.tag, value, options)
  if (Result.isFailure(element)) return Result.fail(element.failure)
  const changed = DataSet.set(placed.success.dataSet, element.success)
  if (element.success.tag !== specificCharacterSet) return Result.succeed(changed)
  const from = characterSet(dataSet)
  const to = characterSet(changed)
  if (Result.isFailure(to)) return fail(attribute, undefined, "CS", to.failure.term, to.failure.rule)
  if (Result.isFailure(from)) return fail(attribute, undefined, "CS", from.failure.term, from.failure.rule)
  return recode(changed, from.success, to.success)
}

/** Writes text that a query holds and that is no value, such as a pattern or a range. @internal */
export const putText = (
  dataSet: DataSet.DataSet,
  attribute: Attribute.Any,
  text: string,
  options?: Options
): Result.Result<DataSet.DataSet, InvalidAttribute> => {
  const placed = place(dataSet, attribute)
  if (Result.isFailure(placed)) return Result.fail(placed.failure)
  const { tag } = placed.success
  if (!valueBytes.isVr(attribute.vr)) return fail(attribute, tag, attribute.vr, text, "a VR of text")
  const context = contextOf(dataSet, valueBytes.formOf(attribute.vr)?.kind, options)
  if (Result.isFailure(context)) return fail(attribute, tag, attribute.vr, text, context.failure.message)
  const bytes = valueBytes.encodeRawText(attribute.vr, text, context.success)
  return Result.isFailure(bytes)
    ? fail(attribute, tag, attribute.vr, text, bytes.failure.rule)
    : Result.succeed(DataSet.set(placed.success.dataSet, DataElement.value(tag, attribute.vr, bytes.success)))
}

/** The failure of a value that does not go under an attribute. @internal */
export const refuse = <Bulk>(
  dataSet: DataSet.DataSet<Bulk>,
  attribute: Attribute.Any,
  value: string,
  rule: string
): Result.Result<never, InvalidAttribute> => fail(attribute, tagOf(dataSet, attribute), attribute.vr, value, rule)

interface Placed {
  readonly tag: Tag.Tag
  readonly dataSet: DataSet.DataSet
}

/** Gives the attribute a tag: a private one in its creator's block, or in the first block that nobody has. */
const place = (dataSet: DataSet.DataSet, attribute: Attribute.Any): Result.Result<Placed, InvalidAttribute> => {
  const known = tagOf(dataSet, attribute)
  if (known !== undefined) return Result.succeed({ tag: known, dataSet })
  if (!isPrivate(attribute)) return Result.succeed({ tag: tagShown(attribute, undefined), dataSet })
  const { creator, element, group } = attribute
  for (let block = firstBlock; block <= lastBlock; block++) {
    const tag = Tag.make(group, block)
    if (DataSet.element(dataSet, tag) !== undefined) continue
    const own: Attribute.Attribute<"LO", "1"> = { tag, keyword: "PrivateCreator", vr: "LO", vm: "1" }
    const changed = put(dataSet, own, creator)
    return Result.isFailure(changed)
      ? Result.fail(changed.failure)
      : Result.succeed({ tag: Tag.make(group, (block << 8) | element), dataSet: changed.success })
  }
  return fail(attribute, undefined, attribute.vr, creator, "a group with a block to spare for its creator")
}

/**
 * A data set without an attribute, whether or not it was there.
 *
 * @category editing
 * @since 0.1.0
 */
export const without = (dataSet: DataSet.DataSet, attribute: Attribute.Any): DataSet.DataSet => {
  const tag = tagOf(dataSet, attribute)
  return tag === undefined ? dataSet : DataSet.remove(dataSet, tag)
}
