/**
 * The attributes of PS3.6 as typed constants: one for each keyword, with its tag, VR and VM, so that what is read and
 * written under it has a type. Private attributes are made here too. Looking up a tag met at run time is
 * `Dictionary.ts`'s business.
 *
 * **Details**
 *
 * Nothing runs on import but literals, so a bundler keeps those attributes a program names and no other.
 *
 * @since 0.1.0
 */
import type { AttributeVr } from "./Dictionary.ts"
import * as Tag from "./Tag.ts"

/**
 * An attribute of the dictionary: `VR` as printed, also "US or SS"; `VM` as printed, such as "1", "3" or "1-n".
 *
 * @category models
 * @since 0.1.0
 */
export interface Attribute<out VR extends AttributeVr = AttributeVr, out VM extends string = string> {
  readonly tag: Tag.Tag
  readonly keyword: string
  readonly vr: VR
  readonly vm: VM
}

/**
 * An attribute that repeats: of its pattern's eight hexadecimal digits those that are x vary (PS3.5 section 7.6). See
 * {@link repeated}.
 *
 * @category models
 * @since 0.1.0
 */
export interface Repeating<out VR extends AttributeVr = AttributeVr, out VM extends string = string> {
  readonly pattern: string
  readonly keyword: string
  readonly vr: VR
  readonly vm: VM
}

/**
 * A private attribute: which block of its group is its creator's is each data set's own matter (PS3.5 section 7.8.1).
 *
 * @category models
 * @since 0.1.0
 */
export interface Private<out VR extends AttributeVr = AttributeVr, out VM extends string = string> {
  readonly creator: string
  /** Odd. */
  readonly group: number
  /** Within the block, 0 to FFH. */
  readonly element: number
  readonly keyword: string
  readonly vr: VR
  readonly vm: VM
}

/**
 * What a value can be read and written under.
 *
 * @category models
 * @since 0.1.0
 */
export type Any<VR extends AttributeVr = AttributeVr, VM extends string = string> = Attribute<VR, VM> | Private<VR, VM>

export * from "./internal/generated/attributes.ts"

/**
 * Whether an attribute is private.
 *
 * @category guards
 * @since 0.1.0
 */
export const isPrivate = (attribute: Any): attribute is Private => "creator" in attribute

/** Groups that are, or become, one that no private attribute may be in (PS3.5 section 7.1): 0001 to 0007, and FFFF. */
type Forbidden = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 0xfffe | 0xffff

/**
 * Makes a private attribute of its creator, its odd group and the last two digits of its element number: (0019,xx10)
 * in a vendor's conformance statement is group 0019H and element 10H. Of a larger element the lower 8 bits count; an
 * even group becomes the odd one after it. Groups 0001H to 0007H and FFFFH do not compile; where a group is not known until
 * it is used, nothing is written under such a one.
 *
 * **Example**
 *
 * ```ts
 * import * as Attribute from "@effect-dicom/data/Attribute"
 *
 * const BValue = Attribute.makePrivate({
 *   creator: "SIEMENS MR HEADER",
 *   group: 0x0019,
 *   element: 0x0c,
 *   keyword: "BValue",
 *   vr: "IS",
 *   vm: "1"
 * })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const makePrivate = <const VR extends AttributeVr, const VM extends string, const Group extends number>(
  attribute: Private<VR, VM> & { readonly group: Group extends Forbidden ? never : Group }
): Private<VR, VM> => ({
  ...attribute,
  group: (attribute.group & 0xffff) | 1,
  element: attribute.element & 0xff
})

/**
 * Gives one of an attribute that repeats, counted from 0: the second overlay's rows are `repeated(OverlayRows, 1)`, of
 * group 6002H. Groups go in steps of two, elements in steps of one (PS3.5 section 7.6); numbers that do not fit the
 * digits that vary begin again at 0.
 *
 * **Example**
 *
 * ```ts
 * import * as Attribute from "@effect-dicom/data/Attribute"
 * import * as Tag from "@effect-dicom/data/Tag"
 *
 * Tag.format(Attribute.repeated(Attribute.OverlayRows, 1).tag) // "(6002,0010)"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const repeated = <VR extends AttributeVr, VM extends string>(
  attribute: Repeating<VR, VM>,
  index: number
): Attribute<VR, VM> => {
  const { keyword, pattern, vm, vr } = attribute
  const varying = pattern.split("x").length - 1
  const step = pattern.indexOf("x") < 4 ? 2 : 1
  const digits = ((index * step) & (16 ** varying - 1)).toString(16).padStart(varying, "0")
  let next = 0
  const tag = pattern.replace(/x/g, () => digits[next++] ?? "0")
  return {
    tag: Tag.make(Number.parseInt(tag.slice(0, 4), 16), Number.parseInt(tag.slice(4), 16)),
    keyword,
    vr,
    vm
  }
}
