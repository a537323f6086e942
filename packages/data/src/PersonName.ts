/**
 * Names of persons (VR PN, PS3.5 sections 6.2 and 6.2.1): three groups of five components. In which character set each
 * group is written is `CharacterSet.ts`'s business.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as InvalidValue from "./InvalidValue.ts"
import { fromString, withoutSpaces } from "./internal/valueText.ts"

/** The longest component group, in characters. */
const maximumLength = 64

/** How a component breaks a rule, or nothing. */
const broken = (component: string): string | undefined => {
  for (let i = 0; i < component.length; i++) {
    const code = component.charCodeAt(i)
    if (code < 0x20 || code === 0x7f) return "no control characters"
    if (code === 0x5c) return "no backslash"
    if (code === 0x5e) return "no ^ in a component"
    if (code === 0x3d) return "no = in a component"
  }
  return component === withoutSpaces(component) ? undefined : "no spaces around a component"
}

/**
 * A component of a name: without the delimiters `^`, `=` and `\`, control characters, and spaces around it. An empty
 * string is a component that is left out.
 *
 * @category models
 * @since 0.1.0
 */
export const Component = Schema.String.check(
  Schema.makeFilter(
    (component: string) => {
      const rule = broken(component)
      return rule === undefined || InvalidValue.describe("PN", component, rule)
    },
    {
      expected: "a component of a person's name (PS3.5 section 6.2.1)",
      arbitraryConstraint: { patterns: [{ source: "^[A-Za-z.'\\u00c0-\\u00ff\\u4e00-\\u4f00]{0,12}$", flags: "" }] }
    }
  )
)

/** As many characters as Unicode counts, up to one more than the longest group. */
const lengthOf = (text: string): number => (text.length <= maximumLength ? text.length : Array.from(text).length)

/**
 * A component group: the five components, in the order of PS3.5 section 6.2.1; at most 64 characters with the
 * delimiters between them.
 *
 * @category models
 * @since 0.1.0
 */
export const Group = Schema.Struct({
  familyName: Component,
  givenName: Component,
  middleName: Component,
  namePrefix: Component,
  nameSuffix: Component
}).check(
  Schema.makeFilter(
    (group) => lengthOf(formatGroup(group)) <= maximumLength || `it is longer than ${maximumLength} characters`,
    { expected: "a component group of at most 64 characters" }
  )
)

/**
 * @category models
 * @since 0.1.0
 */
export type Group = typeof Group.Type

/**
 * A person's name: the same name in alphabetic, ideographic and phonetic characters (PS3.5 section 6.2.1.1). A group
 * whose components are all empty is left out.
 *
 * @category models
 * @since 0.1.0
 */
export const PersonName = Schema.Struct({ alphabetic: Group, ideographic: Group, phonetic: Group })

/**
 * @category models
 * @since 0.1.0
 */
export type PersonName = typeof PersonName.Type

/**
 * A group without any component.
 *
 * @category constructors
 * @since 0.1.0
 */
export const noGroup: Group = { familyName: "", givenName: "", middleName: "", namePrefix: "", nameSuffix: "" }

/**
 * Makes a name of the components that it has.
 *
 * **Example**
 *
 * ```ts
 * import * as PersonName from "@effect-dicom/data/PersonName"
 *
 * PersonName.make({
 *   alphabetic: { familyName: "Yamada", givenName: "Tarou" },
 *   ideographic: { familyName: "山田", givenName: "太郎" }
 * }) // success: written "Yamada^Tarou=山田^太郎"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (groups: {
  readonly alphabetic?: Partial<Group>
  readonly ideographic?: Partial<Group>
  readonly phonetic?: Partial<Group>
}): Result.Result<PersonName, InvalidValue.InvalidValue> => {
  const name: PersonName = {
    alphabetic: { ...noGroup, ...groups.alphabetic },
    ideographic: { ...noGroup, ...groups.ideographic },
    phonetic: { ...noGroup, ...groups.phonetic }
  }
  for (const group of [name.alphabetic, name.ideographic, name.phonetic]) {
    if (lengthOf(formatGroup(group)) > maximumLength) return InvalidValue.fail("PN", format(name), longest)
    for (const component of componentsOf(group)) {
      const rule = broken(component)
      if (rule !== undefined) return InvalidValue.fail("PN", format(name), rule)
    }
  }
  return Result.succeed(name)
}

const longest = `${maximumLength} characters in a component group`

const componentsOf = (group: Group): ReadonlyArray<string> => [
  group.familyName,
  group.givenName,
  group.middleName,
  group.namePrefix,
  group.nameSuffix
]

/** The rule that the text of a group breaks, or the group. */
const parseGroup = (text: string): Group | string => {
  if (text === "") return noGroup
  if (lengthOf(text) > maximumLength) return longest
  const components = ["", "", "", "", ""]
  let rule: string | undefined
  let start = 0
  for (let count = 0; ; count++) {
    const caret = text.indexOf("^", start)
    const component = withoutSpaces(text.slice(start, caret === -1 ? text.length : caret))
    if (count > 4) return "five components in a group"
    components[count] = component
    rule ??= broken(component)
    if (caret === -1) break
    start = caret + 1
  }
  if (rule !== undefined) return rule
  const [familyName = "", givenName = "", middleName = "", namePrefix = "", nameSuffix = ""] = components
  return { familyName, givenName, middleName, namePrefix, nameSuffix }
}

/**
 * Reads a name. Spaces around it and around its components are padding; a component or a group that is left out is
 * empty, whether or not its delimiter is there.
 *
 * **Example**
 *
 * ```ts
 * import * as PersonName from "@effect-dicom/data/PersonName"
 * import * as Result from "effect/Result"
 *
 * const name = Result.getOrThrow(PersonName.parse("Adams^John Robert Quincy^^Rev.^B.A. M.Div."))
 * name.alphabetic.namePrefix // "Rev."
 * name.ideographic.familyName // ""
 * ```
 *
 * @category codecs
 * @since 0.1.0
 */
export const parse = (text: string): Result.Result<PersonName, InvalidValue.InvalidValue> => {
  const trimmed = withoutSpaces(text)
  const groups = trimmed.includes("=") ? trimmed.split("=", 4) : [trimmed]
  if (groups.length > 3) return InvalidValue.fail("PN", text, "three component groups")
  const alphabetic = parseGroup(groups[0] ?? "")
  if (typeof alphabetic === "string") return InvalidValue.fail("PN", text, alphabetic)
  const ideographic = parseGroup(groups[1] ?? "")
  if (typeof ideographic === "string") return InvalidValue.fail("PN", text, ideographic)
  const phonetic = parseGroup(groups[2] ?? "")
  if (typeof phonetic === "string") return InvalidValue.fail("PN", text, phonetic)
  return Result.succeed({ alphabetic, ideographic, phonetic })
}

/**
 * Writes a component group, without the delimiters of components that are left out at the end.
 *
 * @category codecs
 * @since 0.1.0
 */
export const formatGroup = ({ familyName, givenName, middleName, namePrefix, nameSuffix }: Group): string => {
  if (nameSuffix !== "") return `${familyName}^${givenName}^${middleName}^${namePrefix}^${nameSuffix}`
  if (namePrefix !== "") return `${familyName}^${givenName}^${middleName}^${namePrefix}`
  if (middleName !== "") return `${familyName}^${givenName}^${middleName}`
  return givenName === "" ? familyName : `${familyName}^${givenName}`
}

/**
 * Writes a name, without the delimiters of components and groups that are left out at the end.
 *
 * @category codecs
 * @since 0.1.0
 */
export const format = ({ alphabetic, ideographic, phonetic }: PersonName): string => {
  const first = formatGroup(alphabetic)
  const second = formatGroup(ideographic)
  const third = formatGroup(phonetic)
  if (third !== "") return `${first}=${second}=${third}`
  return second === "" ? first : `${first}=${second}`
}

/**
 * The codec between text and {@link PersonName}.
 *
 * @category codecs
 * @since 0.1.0
 */
export const FromString: Schema.Codec<PersonName, string> = fromString(
  PersonName,
  parse,
  format,
  "a person's name (PS3.5 section 6.2.1)"
)
