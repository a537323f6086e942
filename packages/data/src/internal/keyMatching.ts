/**
 * One key of an identifier against the values of an attribute (PS3.4 section C.2.2.2), by the key's VR: text, names,
 * numbers and UIDs. Dates and times are `dateTimeMatching.ts`'s business, sequences `IdentifierMatching.ts`'s.
 */
import * as Result from "effect/Result"
import * as CharacterSet from "../CharacterSet.ts"
import * as DataSet from "../DataSet.ts"
import type * as DataElement from "../DataElement.ts"
import * as DS from "../DS.ts"
import type { Options } from "../IdentifierMatching.ts"
import * as nameMatching from "./nameMatching.ts"
import { specificCharacterSet } from "./recoding.ts"
import { contextOf } from "./textContext.ts"
import * as valueBytes from "./valueBytes.ts"
import { withoutPadding } from "./valueText.ts"
import * as wildCard from "./wildCard.ts"

/** Whether an element that is there and not empty has a value that is asked for. */
export type Test = (dataSet: DataSet.DataSet, element: DataElement.DataElement) => boolean

/** The bytes' context; of an unknown character set what can be made of it. */
const contextFor = (dataSet: DataSet.DataSet, kind: valueBytes.Form["kind"]): valueBytes.Context | undefined => {
  const found = contextOf(dataSet, kind, undefined)
  if (Result.isSuccess(found)) return found.success
  for (let at: DataSet.DataSet | undefined = dataSet; at !== undefined; at = DataSet.enclosing(at)) {
    const bytes = DataSet.element(at, specificCharacterSet)?.bytes
    if (bytes === undefined) continue
    const { text } = valueBytes.decodeText("default", bytes, CharacterSet.defaultRepertoire)
    const lenient = CharacterSet.fromTerms(text.split("\\"), { lenient: true })
    const characterSet = Result.getOrElse(lenient, () => CharacterSet.defaultRepertoire)
    return { bigEndian: dataSet.transferSyntax.byteOrder === "big endian", characterSet }
  }
  return undefined
}

/** The form of an element's VR as written; of UN that of the key. */
const formFor = (element: DataElement.DataElement, vr: string): valueBytes.Form | undefined =>
  valueBytes.formOf(element.vr === "UN" ? vr : element.vr)

/** The text of an element, as it stands; nothing where it is not text. */
export const textOf = (
  dataSet: DataSet.DataSet,
  element: DataElement.DataElement,
  vr: string
): { readonly text: string; readonly form: valueBytes.Form } | undefined => {
  const form = formFor(element, vr)
  if (form?.kind === undefined || element.bytes === undefined) return undefined
  const context = contextFor(dataSet, form.kind)
  if (context === undefined) return undefined
  return { text: valueBytes.decodeText(form.kind, element.bytes, context.characterSet).text, form }
}

/** The values of an element of text, without padding; none where it is not text, or blank. */
export const valuesOf = (
  dataSet: DataSet.DataSet,
  element: DataElement.DataElement,
  vr: string
): ReadonlyArray<string> => {
  const found = textOf(dataSet, element, vr)
  if (found === undefined || withoutPadding(found.text) === "") return []
  const { form, text } = found
  return form.multiple && text.includes("\\") ? text.split("\\").map(form.trim) : [form.trim(text)]
}

/** Whether an element has no value, or padding only. */
export const isEmpty = (dataSet: DataSet.DataSet, element: DataElement.DataElement, vr: string): boolean => {
  if (element.items !== undefined) return element.items.length === 0
  if (element.bytes === undefined) return false
  if (element.bytes.length === 0) return true
  const found = textOf(dataSet, element, vr)
  return found !== undefined && withoutPadding(found.text) === ""
}

/** VRs of which several values are asked for at once (PS3.4 section C.2.2.2.8). */
const multiple: ReadonlySet<string> = new Set(["AE", "AS", "AT", "CS", "LO", "PN", "SH", "UC"])

const wildCards: ReadonlySet<string> = new Set(["AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"])

/** Whether a VR's text may hold wild cards. */
export const hasWildCards = (vr: string): boolean => wildCards.has(vr)

/** What is asked for: texts as they are, of which there may be many, and tests. */
interface Asked {
  readonly texts: ReadonlySet<string>
  readonly tests: ReadonlyArray<(text: string) => boolean>
}

/** Whether one of what is asked for is there; with multiple value matching whether all of it is. */
const isAmong = ({ tests, texts }: Asked, values: ReadonlyArray<string>, all: boolean): boolean => {
  if (!all) return values.some((value) => texts.has(value) || tests.some((test) => test(value)))
  if (!tests.every((test) => values.some(test))) return false
  const there = new Set(values)
  for (const text of texts) if (!there.has(text)) return false
  return true
}

/** The test of a key that has values and is neither a sequence nor a date or time; nothing where none can match. */
export const compile = (
  identifier: DataSet.DataSet,
  key: DataElement.DataElement,
  vr: string,
  options: Options
): Test | undefined => {
  const form = valueBytes.formOf(vr)
  const all = options.multipleValueMatching === true && multiple.has(vr)
  if (form?.kind !== undefined) {
    const texts = new Set<string>()
    const tests: Array<(text: string) => boolean> = []
    for (const value of valuesOf(identifier, key, vr)) {
      const test = textTest(vr, value, options)
      if (test !== undefined) tests.push(test)
      else if (value !== "") texts.add(value)
    }
    return (candidate, element) => isAmong({ texts, tests }, valuesOf(candidate, element, vr), all)
  }
  const asked = decoded(identifier, key, vr)
  if (asked === undefined) return undefined
  if (form?.numbers !== undefined) {
    return (candidate, element) => {
      const values = decoded(candidate, element, vr) ?? []
      const isThere = (value: unknown) => values.some((other) => isSameNumber(value, other))
      return all ? asked.every(isThere) : asked.some(isThere)
    }
  }
  return (candidate, element) => isSameWords(asked[0], decoded(candidate, element, vr)?.[0])
}

/** Nothing where the text itself is asked for. */
const textTest = (vr: string, value: string, options: Options): ((text: string) => boolean) | undefined => {
  if (vr === "PN") {
    const fuzzy = options.fuzzySemanticMatching === true
    return nameMatching.compile(value, { fuzzy, caseSensitive: options.caseSensitiveNames === true })
  }
  if (wildCards.has(vr) && wildCard.isPattern(value)) return wildCard.compile(value)
  if (vr === "DS" || vr === "IS") return numberTest(value)
  return undefined
}

/** Numbers in text, however they are written: the standard leaves it open (PS3.4 section C.2.2.2.1). */
const numberTest = (value: string): ((text: string) => boolean) | undefined => {
  const asked = numberOf(value)
  return asked === undefined ? undefined : (text) => numberOf(text) === asked
}

const numberOf = (text: string): number | undefined => {
  const parsed = DS.parse(text)
  return Result.isSuccess(parsed) ? DS.toNumber(parsed.success) : undefined
}

const decoded = (
  dataSet: DataSet.DataSet,
  element: DataElement.DataElement,
  vr: string
): ReadonlyArray<unknown> | undefined => {
  const form = formFor(element, vr)
  if (form === undefined || form.kind !== undefined || element.bytes === undefined) return undefined
  const context = contextFor(dataSet, form.kind)
  if (context === undefined) return undefined
  const values = valueBytes.decodeForm(form, element.bytes, context)
  return Result.isSuccess(values) ? values.success : undefined
}

const isSameNumber = (one: unknown, other: unknown): boolean =>
  // Integers of 64 bits are equal to numbers that are.
  typeof one === typeof other ? one === other : (typeof one === "bigint" || typeof other === "bigint") && one == other

const isSameWords = (one: unknown, other: unknown): boolean => {
  if (!ArrayBuffer.isView(one) || !ArrayBuffer.isView(other) || one.byteLength !== other.byteLength) return false
  const a = new Uint8Array(one.buffer, one.byteOffset, one.byteLength)
  const b = new Uint8Array(other.buffer, other.byteOffset, other.byteLength)
  return a.every((byte, i) => byte === b[i])
}
