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
import type * as CharacterSet from "./CharacterSet.ts"
import type * as DA from "./DA.ts"
import type * as DataElement from "./DataElement.ts"
import * as DataSet from "./DataSet.ts"
import type { AttributeVr } from "./Dictionary.ts"
import type * as DS from "./DS.ts"
import type * as DT from "./DT.ts"
import * as attributeEditing from "./internal/attributeEditing.ts"
import { eachOf, ofAnotherVr, readAs, unread } from "./internal/attributeReading.ts"
import * as attributeTag from "./internal/attributeTag.ts"
import { contextOf, ownContext } from "./internal/textContext.ts"
import { itemsOf } from "./internal/unknownSequence.ts"
import * as valueBytes from "./internal/valueBytes.ts"
import type { InvalidAttribute } from "./InvalidAttribute.ts"
import type * as IS from "./IS.ts"
import type * as Limits from "./Limits.ts"
import type * as PersonName from "./PersonName.ts"
import type * as Tag from "./Tag.ts"
import type * as TM from "./TM.ts"
import type * as Uid from "./Uid.ts"

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

/**
 * The VRs of which an attribute may have several values (PS3.5 section 6.4), sequences left out.
 *
 * @category models
 * @since 0.1.0
 */
export type MultipleVr = keyof One

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

/**
 * The tag of an attribute in a data set: of a private one in the block that its creator has there, and nothing where it
 * has none.
 *
 * @category getters
 * @since 0.1.0
 */
export const tagOf: <Bulk>(dataSet: DataSet.DataSet<Bulk>, attribute: Attribute.Any) => Tag.Tag | undefined =
  attributeTag.tagOf

// -----------------------------------------------------------------------------
// character sets
// -----------------------------------------------------------------------------

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
  /** Of these, how many values one string may hold that is read. Those not given are the defaults. */
  readonly limits?: Partial<Limits.Limits>
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
// getting
// -----------------------------------------------------------------------------

/**
 * The value of an attribute: `undefined` where it is absent, `null` where it is there and empty. Absent, empty and zero
 * are three things.
 *
 * **Details**
 *
 * A value that is not of the attribute's VR and VM is a failure; it stays in the data set, and `DataSet.element` gives
 * its bytes. So is an empty value among others, which is no number and no date: the failure says which it is, and
 * {@link values} gives the others. Of VRs whose text has no form it is `""`. Text that has no rule but its length is given
 * whatever its length. Bytes that are no character of the character set are U+FFFD in the text; {@link text} tells of them.
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
      if (attribute.vr !== "SQ")
        return attributeTag.fail(attribute, tag, vr, `${element.items.length} items`, attribute.vr)
      return element.items.length === 0 ? empty : Result.succeed(DataSet.items(dataSet, tag))
    case "Encapsulated":
      return attribute.vr === "OB or OW"
        ? Result.succeed(element)
        : attributeTag.fail(attribute, tag, vr, `${element.fragments.length} fragments`, attribute.vr)
    default:
      return attributeTag.fail(attribute, tag, vr, "a reference to a value elsewhere", "a value in memory")
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
  if (vr === "UN" && attribute.vr === "SQ") {
    const items = itemsOf(dataSet, bytes)
    return Result.isSuccess(items)
      ? Result.succeed(items.success)
      : attributeTag.fail(attribute, tag, vr, `${bytes.length} bytes`, `items (${items.failure.message})`)
  }
  const form = readAs(vr, attribute.vr)
  if (form === undefined || form.vr === "SQ") return ofAnotherVr(attribute, tag, vr, bytes)
  const context = contextOf(dataSet, form.kind, options)
  if (Result.isFailure(context))
    return attributeTag.fail(attribute, tag, vr, `${bytes.length} bytes`, context.failure.message)
  const found = valueBytes.decodeForm(form, bytes, context.success, options?.limits)
  if (Result.isFailure(found)) return unread(attribute, tag, vr, found.failure, form, bytes, context.success, options)
  const values = found.success
  if (values.length === 0) return empty
  // The VR as written may have one value where the attribute's has several, and the other way round.
  const whole = form.vr === attribute.vr ? form.whole : valueBytes.formOf(attribute.vr)?.whole === true
  if (whole) return Result.succeed(form.whole ? values[0] : values.join("\\"))
  if (form.whole) return Result.succeed(isWords(values[0]) ? values[0] : one(attribute, values))
  return valueBytes.permits(attribute.vm, values.length)
    ? Result.succeed(one(attribute, values))
    : attributeTag.fail(attribute, tag, vr, `${values.length} values`, `${attribute.vm} (VM)`)
}

/**
 * The values of an attribute each on its own, however many: `null` for one that is empty, none where the attribute is
 * there and empty, `undefined` where it is absent.
 *
 * **When to use**
 *
 * For files that leave values empty among others, `1.5\\2`, where {@link get} fails as a number is to be there.
 *
 * **Details**
 *
 * The VM is not looked at. A value that is not empty and not of the VR is a failure, which says which it is; then
 * {@link text} gives the text of all.
 *
 * **Example**
 *
 * ```ts
 * import { Attribute, DataElement, DataSet, Tag, TransferSyntax } from "@effect-dicom/data"
 *
 * const text = new TextEncoder().encode("1.5\\\\2")
 * const spacing = DataElement.value(Attribute.PixelSpacing.tag, "DS", text)
 * const dataSet = DataSet.make(TransferSyntax.ExplicitVRLittleEndian, [spacing])
 * DataSet.values(dataSet, Attribute.PixelSpacing) // success: ["1.5", null, "2"]
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const values = <VR extends MultipleVr, Bulk = never>(
  dataSet: DataSet.DataSet<Bulk>,
  attribute: Attribute.Any<VR>,
  options?: Options
): Result.Result<ReadonlyArray<One[VR] | null> | undefined, InvalidAttribute> => {
  const tag = tagOf(dataSet, attribute)
  const element = tag === undefined ? undefined : DataSet.element(dataSet, tag)
  if (tag === undefined || element === undefined) return absent
  // the cast: what is decoded by the attribute's VR is of its type
  return eachOf(dataSet, attribute, element, options) as Result.Result<ReadonlyArray<One[VR] | null>, InvalidAttribute>
}

const isWords = (value: unknown): boolean => ArrayBuffer.isView(value)

const one = (attribute: Attribute.Any, values: ReadonlyArray<unknown>): unknown =>
  attribute.vm === "1" ? values[0] : values

// -----------------------------------------------------------------------------
// editing
// -----------------------------------------------------------------------------

const with_ = <VR extends AttributeVr, VM extends string>(
  dataSet: DataSet.DataSet,
  attribute: Attribute.Any<VR, VM>,
  value: NoInfer<Value<VR, VM>> | null,
  options?: Options
): Result.Result<DataSet.DataSet, InvalidAttribute> => attributeEditing.put(dataSet, attribute, value, options)

export {
  /**
   * A data set with a value under an attribute, in place of the one that was there; `null` makes it empty. Nothing else
   * changes.
   *
   * **Details**
   *
   * What is written obeys the VR: its characters, length and range, and the VM. The first value of a private creator gets
   * the first free block of its group, and the creator's element with it. Another Specific Character Set recodes all text,
   * at all depths, that the data set's own said nothing else of; items that were in a data set of another are recoded too.
   * Text that cannot be written is a failure.
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
  let changed = dataSet
  for (const [attribute, value] of all) {
    if (!attributeEditing.decides(attribute)) continue
    const next = attributeEditing.put(changed, attribute, value, options)
    if (Result.isFailure(next)) return next
    changed = next.success
  }
  const elements: Array<DataElement.DataElement> = []
  for (const [attribute, value] of all) {
    if (attributeEditing.decides(attribute)) continue
    let tag: Tag.Tag
    if (attributeTag.isPrivate(attribute)) {
      const placed = attributeEditing.place(changed, attribute)
      if (Result.isFailure(placed)) return Result.fail(placed.failure)
      changed = placed.success.dataSet
      tag = placed.success.tag
    } else tag = attribute.tag
    const element = attributeEditing.elementOf(changed, attribute, tag, value, options)
    if (Result.isFailure(element)) return Result.fail(element.failure)
    elements.push(element.success)
  }
  // One data set of all of them costs less than one for each.
  if (DataSet.elements(dataSet).length > 0 || DataSet.enclosing(dataSet) !== undefined) {
    return Result.succeed(elements.reduce<DataSet.DataSet>(DataSet.set, changed))
  }
  return Result.succeed(DataSet.make(dataSet.transferSyntax, DataSet.elements(changed).concat(elements)))
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
