/**
 * Attribute matching over whole identifiers (PS3.4 section C.2.2.2): whether what an application manages matches a
 * query, and the identifier that answers it. Which keys a service class has, and which it requires, is not this file's
 * business; nor is what a key asks for as a typed value, which is `AttributeMatching.ts`'s.
 *
 * **Details**
 *
 * Matched are all elements of the identifier but Specific Character Set, Query/Retrieve Level, Query/Retrieve View,
 * Timezone Offset From UTC, group lengths, and private creators, by which private keys are found. Text is compared as
 * decoded, whatever the character sets of the two, and without padding. An attribute that is absent or empty matches
 * universal matching only, `*` among it, and empty value matching. Of several values of an attribute one has to match
 * (section C.2.2.3).
 *
 * What the standard leaves open is decided so:
 *
 * - Names (PN) are compared group by group and without regard to case; empty components at the end are as if left out.
 *   A key of one group is looked for in each group of the name, further groups each in its own.
 * - With fuzzy semantic matching names are compared without case, accents and width, word by word: each word of a
 *   component of the key begins a word of the same component of the name; if the key has no `^`, of any component.
 *   Nothing is compared by its sound.
 * - A date or time that is less precise than another stands for all moments in it where it is a key, and for the first
 *   where it is a value: the key `10` matches 10:59, the range `-10` too.
 * - DS and IS are compared as numbers. Several values of a key ask for one of them, without multiple value matching.
 * - A key that is no value of its VR, such as a date with a wild card, matches the same text only.
 * - An item of keys that are all universal matches no items too; of several items of keys each has to match.
 * - Between two `*` of a pattern there may be at most 1024 characters if one of them, other than the first and last, is
 *   `?`; a longer pattern matches nothing. All patterns take a time that is linear in the text.
 *
 * @since 0.1.0
 */
import type * as Attribute from "./Attribute.ts"
import * as AttributeValue from "./AttributeValue.ts"
import * as DataElement from "./DataElement.ts"
import * as DataSet from "./DataSet.ts"
import * as attributeTag from "./internal/attributeTag.ts"
import * as dateTimeMatching from "./internal/dateTimeMatching.ts"
import { ElementNode } from "./internal/dataSetTree.ts"
import { implicitVr } from "./internal/implicitVr.ts"
import * as keyMatching from "./internal/keyMatching.ts"
import { specificCharacterSet } from "./internal/recoding.ts"
import { conformElement } from "./internal/transcode.ts"
import * as valueBytes from "./internal/valueBytes.ts"
import * as wildCard from "./internal/wildCard.ts"
import * as Tag from "./Tag.ts"
import type { TransferSyntax } from "./TransferSyntax.ts"

/**
 * How a query is matched: the extended behaviors that were negotiated (PS3.4 section C.5.2.1), and what a provider may
 * choose. By default none of them, and names without regard to case.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** Whether a range of dates and a range of times of one form are one range (section C.2.2.2.5.4). */
  readonly dateTimeMatching?: boolean
  /** Whether names match by what they mean, as this file's documentation has it (section C.2.2.2.1.1). */
  readonly fuzzySemanticMatching?: boolean
  /** Whether dates and times are compared in the query's zone, where both zones are known. DT is in any case. */
  readonly timezoneQueryAdjustment?: boolean
  /** Whether `""` asks for what has no value (section C.2.2.2.7). */
  readonly emptyValueMatching?: boolean
  /** Whether all values of a key have to match, rather than one (section C.2.2.2.8). */
  readonly multipleValueMatching?: boolean
  /** Whether names are compared with regard to case; not with fuzzy semantic matching. */
  readonly caseSensitiveNames?: boolean
  /** The zone of what has no Timezone Offset From UTC: minutes, local time minus UTC. By default it is not known. */
  readonly timezone?: number
}

/**
 * An identifier that was read once, to be matched against many.
 *
 * @category models
 * @since 0.1.0
 */
export interface Matcher {
  /** Whether what an application manages matches every key. */
  readonly matches: (candidate: DataSet.DataSet) => boolean
  /**
   * The identifier of a response about a match, in a transfer syntax (by default that of the request): see
   * {@link response}.
   */
  readonly response: (candidate: DataSet.DataSet, transferSyntax?: TransferSyntax) => DataSet.DataSet
}

/** What one key of an identifier asks for. There may be very many, so it has no function of its own for each. */
interface Key {
  readonly element: DataElement.DataElement
  readonly vr: string
  readonly tagIn: TagIn
  readonly asks: "nothing" | "what another asks" | "no value" | "a value" | "items"
  /** Of one that asks for a value; nothing where none can be it. */
  readonly test: keyMatching.Test | undefined
  /** Of a sequence: its items of keys. */
  readonly items: ReadonlyArray<Keys>
}

/** Where the attribute of a key stands in a candidate. */
type TagIn = (candidate: DataSet.DataSet, tag: Tag.Tag) => Tag.Tag | undefined

/** The keys of an identifier or of an item of it, and what else of it comes back in a response. */
interface Keys {
  readonly keys: ReadonlyArray<Key>
  readonly kept: ReadonlyArray<DataElement.DataElement>
}

const queryRetrieveLevel: Tag.Tag = Tag.make(0x0008, 0x0052)
const queryRetrieveView: Tag.Tag = Tag.make(0x0008, 0x0053)

const isCreator = (tag: Tag.Tag): boolean =>
  Tag.isPrivate(tag) && Tag.element(tag) >= attributeTag.firstBlock && Tag.element(tag) <= attributeTag.lastBlock

const isKey = (tag: Tag.Tag): boolean =>
  Tag.element(tag) !== 0 &&
  tag !== specificCharacterSet &&
  tag !== queryRetrieveLevel &&
  tag !== queryRetrieveView &&
  tag !== dateTimeMatching.timezoneOffsetFromUtc &&
  !isCreator(tag)

// -----------------------------------------------------------------------------
// keys
// -----------------------------------------------------------------------------

/** The VR of a key; of UN that of the dictionary, if it has one. */
const vrOf = ({ tag, vr }: DataElement.DataElement): string => (vr === "UN" ? implicitVr(tag) : vr)

const there: TagIn = (_, tag) => tag

/** Where the private attributes of each creator stand: in its block in the candidate. */
const creatorsOf = (identifier: DataSet.DataSet): ((tag: Tag.Tag) => TagIn) => {
  const places = new Map<Tag.Tag, TagIn>()
  let last: { readonly candidate: DataSet.DataSet; readonly blocks: ReadonlyMap<string, Tag.Tag> } | undefined
  const placeOf = (block: Tag.Tag): TagIn => {
    const creators = DataSet.element(identifier, block)
    const [creator] = creators === undefined ? [] : keyMatching.valuesOf(identifier, creators, "LO")
    if (creator === undefined) return there
    const owner = attributeTag.ownerOf(Tag.group(block), creator)
    return (candidate, tag) => {
      if (last?.candidate !== candidate) last = { candidate, blocks: attributeTag.blocksIn(candidate) }
      const found = last.blocks.get(owner)
      return found === undefined ? undefined : Tag.make(Tag.group(found), (Tag.element(found) << 8) | (tag & 0xff))
    }
  }
  return (tag) => {
    if (!Tag.isPrivate(tag)) return there
    const block = Tag.make(Tag.group(tag), Tag.element(tag) >>> 8)
    const known = places.get(block)
    if (known !== undefined) return known
    const place = placeOf(block)
    places.set(block, place)
    return place
  }
}

const keysOf = (identifier: DataSet.DataSet, options: Options): Keys => {
  const elements = DataSet.elements(identifier)
  const dates = elements.filter((element) => vrOf(element) === "DA")
  const tagIn = creatorsOf(identifier)
  return {
    keys: elements
      .filter(({ tag }) => isKey(tag))
      .map((element) => keyOf(identifier, element, tagIn(element.tag), dates, options)),
    kept: elements.filter(({ tag }) => tag === queryRetrieveLevel || isCreator(tag))
  }
}

const keyOf = (
  identifier: DataSet.DataSet,
  element: DataElement.DataElement,
  tagIn: TagIn,
  dates: ReadonlyArray<DataElement.DataElement>,
  options: Options
): Key => {
  const vr = vrOf(element)
  if (element.items !== undefined) {
    const items = (DataSet.items(identifier, element.tag) ?? []).map((item) => keysOf(item, options))
    return { element, vr, tagIn, asks: items.every(isUniversal) ? "nothing" : "items", test: undefined, items }
  }
  const asking = (asks: Key["asks"], test?: keyMatching.Test): Key => ({ element, vr, tagIn, asks, test, items: [] })
  if (keyMatching.isEmpty(identifier, element, vr)) return asking("nothing")
  const text = keyMatching.textOf(identifier, element, vr)?.text.trim()
  if (text !== undefined && keyMatching.hasWildCards(vr) && wildCard.fitsAll(text)) return asking("nothing")
  if (options.emptyValueMatching === true && text === '""') return asking("no value")
  // The test of the date is of both.
  if (vr === "TM" && dateTimeMatching.isInDate(identifier, element, dates, options)) {
    return asking("what another asks")
  }
  const test =
    vr === "DA" || vr === "DT" || vr === "TM"
      ? dateTimeMatching.compile(identifier, element, vr, options)
      : keyMatching.compile(identifier, element, vr, options)
  return asking("a value", test)
}

const isUniversal = ({ keys }: Keys): boolean => keys.every(({ asks }) => asks === "nothing")

const isMatch = ({ keys }: Keys, candidate: DataSet.DataSet): boolean => keys.every((key) => isMet(key, candidate))

const isMet = (key: Key, candidate: DataSet.DataSet): boolean => {
  const { asks, element, items, tagIn, test, vr } = key
  if (asks === "nothing" || asks === "what another asks") return true
  const tag = tagIn(candidate, element.tag)
  if (asks === "items") {
    const found = itemsAt(candidate, tag)
    return items.every((keys) => isUniversal(keys) || found.some((item) => isMatch(keys, item)))
  }
  const found = tag === undefined ? undefined : DataSet.element(candidate, tag)
  if (found === undefined || keyMatching.isEmpty(candidate, found, vr)) return asks === "no value"
  return asks === "a value" && test?.(candidate, found) === true
}

const itemsAt = (candidate: DataSet.DataSet, tag: Tag.Tag | undefined): ReadonlyArray<DataSet.DataSet> =>
  (tag === undefined ? undefined : DataSet.items(candidate, tag)) ?? []

// -----------------------------------------------------------------------------
// responses
// -----------------------------------------------------------------------------

/** The elements of a response: one for each key, empty where the candidate has none. */
const answers = (
  { keys, kept }: Keys,
  candidate: DataSet.DataSet,
  to: TransferSyntax
): ReadonlyArray<DataElement.DataElement> => [...kept, ...keys.map((key) => answer(key, candidate, to))]

const answer = (key: Key, candidate: DataSet.DataSet, to: TransferSyntax): DataElement.DataElement => {
  const { element, items } = key
  const tag = key.tagIn(candidate, element.tag)
  const found = tag === undefined ? undefined : DataSet.element(candidate, tag)
  if (found === undefined) return emptyOf(element, key.vr)
  // No keys in an item, or no item, asks for the sequence as it is (PS3.4 section C.2.2.2.6).
  if (found.items === undefined || items.length === 0 || items.some(({ keys }) => keys.length === 0)) {
    return retagged(found, element.tag, to)
  }
  const answered: Array<DataSet.DataSet> = []
  for (const item of itemsAt(candidate, tag)) {
    const matching = items.filter((keys) => isMatch(keys, item))
    if (matching.length === 0) continue
    const own = DataSet.element(item, specificCharacterSet)
    const elements = matching.flatMap((keys) => answers(keys, item, to))
    answered.push(DataSet.make(to, own === undefined ? elements : [own, ...elements]))
  }
  return DataElement.sequence(element.tag, answered)
}

const emptyOf = ({ items, tag }: DataElement.DataElement, vr: string): DataElement.DataElement =>
  items !== undefined || vr === "SQ"
    ? DataElement.sequence(tag, [])
    : DataElement.value(tag, valueBytes.isVr(vr) ? vr : "UN", new Uint8Array(0))

/** An element as it is, under the tag of its key: a private one may be in another block there. */
const retagged = (found: DataElement.DataElement, tag: Tag.Tag, to: TransferSyntax): DataElement.DataElement => {
  if (found.tag === tag) return found
  // the cast: elements are made in this package only, and of this class
  const held = conformElement(found as unknown as ElementNode, to)
  const content = held.bytes ?? held.items ?? held.fragmentsOrReference
  // the cast: as above
  return ElementNode.make(
    held._tag,
    tag,
    held.vr,
    held.undefinedLength,
    content,
    to
  ) as unknown as DataElement.DataElement
}

/** Whether text of an element has characters that the default repertoire has not. */
const isExtended = ({ bytes, items, vr }: DataElement.DataElement): boolean =>
  items !== undefined
    ? items.some((item) => DataSet.elements(item).some(isExtended))
    : bytes !== undefined && valueBytes.isText(vr) && bytes.some((byte) => byte > 0x7d || byte === 0x1b)

/** An element of a data set, or else of what it is in. */
const inherited = (dataSet: DataSet.DataSet, tag: Tag.Tag): DataElement.DataElement | undefined => {
  for (let at: DataSet.DataSet | undefined = dataSet; at !== undefined; at = DataSet.enclosing(at)) {
    const element = DataSet.element(at, tag)
    if (element !== undefined) return element
  }
  return undefined
}

const respond = (
  identifier: DataSet.DataSet,
  keys: Keys,
  candidate: DataSet.DataSet,
  options: Options,
  to: TransferSyntax
): DataSet.DataSet => {
  const elements = [...answers(keys, candidate, to)]
  const characterSet = inherited(candidate, specificCharacterSet)
  if (characterSet !== undefined && elements.some(isExtended)) elements.push(characterSet)
  const { timezoneOffsetFromUtc } = dateTimeMatching
  if (options.timezoneQueryAdjustment === true || DataSet.element(identifier, timezoneOffsetFromUtc) !== undefined) {
    const offset = dateTimeMatching.offsetOf(candidate, options)
    if (offset !== undefined) elements.push(dateTimeMatching.offsetElement(offset))
  }
  return DataSet.make(to, elements)
}

// -----------------------------------------------------------------------------
// matching
// -----------------------------------------------------------------------------

/**
 * Reads an identifier once, to match many with it.
 *
 * **Example**
 *
 * ```ts
 * import { DataSet, IdentifierMatching } from "@effect-dicom/data"
 *
 * declare const identifier: DataSet.DataSet
 * declare const studies: ReadonlyArray<DataSet.DataSet>
 *
 * const query = IdentifierMatching.make(identifier, { fuzzySemanticMatching: true })
 * studies.filter(query.matches).map((study) => query.response(study))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (identifier: DataSet.DataSet, options: Options = {}): Matcher => {
  const keys = keysOf(identifier, options)
  return {
    matches: (candidate) => isMatch(keys, candidate),
    response: (candidate, transferSyntax = identifier.transferSyntax) =>
      respond(identifier, keys, candidate, options, transferSyntax)
  }
}

/**
 * Whether a candidate matches every key of an identifier.
 *
 * @category matching
 * @since 0.1.0
 */
export const matches = (identifier: DataSet.DataSet, candidate: DataSet.DataSet, options?: Options): boolean =>
  make(identifier, options).matches(candidate)

/**
 * Whether a candidate matches the key of an attribute; it does where the identifier has no such key.
 *
 * @category matching
 * @since 0.1.0
 */
export const matchesAttribute = (
  identifier: DataSet.DataSet,
  candidate: DataSet.DataSet,
  attribute: Attribute.Any,
  options: Options = {}
): boolean => {
  const tag = AttributeValue.tagOf(identifier, attribute)
  const element = tag === undefined ? undefined : DataSet.element(identifier, tag)
  if (element === undefined || !isKey(element.tag)) return true
  return isMet(keyOf(identifier, element, creatorsOf(identifier)(element.tag), [], options), candidate)
}

/**
 * The identifier of a response about a candidate (PS3.4 section C.4.1.1.3.2): for each key of the request the
 * candidate's value, or an empty one where it has none.
 *
 * **Details**
 *
 * Of a sequence there are the items that match, with the keys that were asked for; the whole of it where the request
 * has no item, or one without keys. Query/Retrieve Level is the request's. Specific Character Set is the candidate's, and
 * is there if text needs it. Timezone Offset From UTC is there if the request has it or timezone query adjustment was
 * negotiated, and the candidate's is known: dates and times are not moved. Values are not copied.
 *
 * @category matching
 * @since 0.1.0
 */
export const response = (
  identifier: DataSet.DataSet,
  candidate: DataSet.DataSet,
  options?: Options & { readonly transferSyntax?: TransferSyntax }
): DataSet.DataSet => make(identifier, options).response(candidate, options?.transferSyntax)
