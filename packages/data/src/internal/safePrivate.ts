/**
 * Which private elements are known to be safe: as PS3.15 Table E.3.10-1 says, as the caller says, and as the data set says
 * of itself in (0008,0300).
 */
import * as Result from "effect/Result"
import * as AttributeValue from "../AttributeValue.ts"
import type * as Attribute from "../Attribute.ts"
import * as DataSet from "../DataSet.ts"
import type { SafePrivate } from "../Deidentification.ts"
import type { AttributeVr } from "../Dictionary.ts"
import * as Tag from "../Tag.ts"
import { firstBlock, lastBlock } from "./attributeTag.ts"
import { safePrivateTable } from "./safePrivateTable.ts"

export interface Safe {
  /** Tells of the private elements of a data set, or of an item, which are safe, creators among them. */
  readonly in: (dataSet: DataSet.DataSet) => (tag: Tag.Tag) => boolean
}

/** Where none is retained. */
export const nothing: Safe = { in: () => () => false }

const characteristics = Tag.make(0x0008, 0x0300)

const attribute = <VR extends AttributeVr, VM extends string>(
  element: number,
  keyword: string,
  vr: VR,
  vm: VM
): Attribute.Attribute<VR, VM> => ({ tag: Tag.make(0x0008, element), keyword, vr, vm })

const group = attribute(0x0301, "PrivateGroupReference", "US", "1")
const creator = attribute(0x0302, "PrivateCreatorReference", "LO", "1")
const status = attribute(0x0303, "BlockIdentifyingInformationStatus", "CS", "1")
const nonidentifying = attribute(0x0304, "NonidentifyingPrivateElements", "US", "1-n")

const valueOf = <A>(result: Result.Result<A | null | undefined, unknown>): A | undefined =>
  Result.isSuccess(result) ? (result.success ?? undefined) : undefined

/** What the data set says of itself. */
const declared = (dataSet: DataSet.DataSet): ReadonlyArray<SafePrivate> =>
  (DataSet.items(dataSet, characteristics) ?? []).flatMap((item): ReadonlyArray<SafePrivate> => {
    const of = { creator: valueOf(AttributeValue.get(item, creator)), group: valueOf(AttributeValue.get(item, group)) }
    if (of.creator === undefined || of.group === undefined) return []
    const known = { creator: of.creator, group: of.group }
    switch (valueOf(AttributeValue.get(item, status))) {
      case "SAFE":
        return [known]
      case "MIXED":
        return (valueOf(AttributeValue.get(item, nonidentifying)) ?? []).map((element) => ({
          ...known,
          element: element & 0xff
        }))
      default:
        return []
    }
  })

/** Where some are retained. */
export const of = (whole: DataSet.DataSet, given: ReadonlyArray<SafePrivate>): Safe => {
  const known = new Map<string, Set<number> | "all">()
  for (const { creator, element, group } of [...safePrivateTable, ...given, ...declared(whole)]) {
    const key = `${group} ${creator}`
    const elements = known.get(key) ?? new Set()
    if (element === undefined) known.set(key, "all")
    else if (elements !== "all") known.set(key, elements.add(element))
  }
  return {
    in: (dataSet) => {
      const creators = new Map<number, string>()
      const safe = new Set<number>()
      for (const { tag } of DataSet.elements(dataSet)) {
        if (!Tag.isPrivate(tag)) continue
        const element = Tag.element(tag)
        if (element >= firstBlock && element <= lastBlock) {
          const text = AttributeValue.text(dataSet, tag)
          const name = Result.isSuccess(text) ? text.success?.text.trim() : undefined
          // A creator and its block have one number: (gggg,00bb) and (gggg,bbxx).
          if (name !== undefined) creators.set(tag, name)
          continue
        }
        const block = Tag.make(Tag.group(tag), element >>> 8)
        const elements = known.get(`${Tag.group(tag)} ${creators.get(block)}`)
        if (elements === "all" || elements?.has(element & 0xff) === true) safe.add(tag).add(block)
      }
      return (tag) => safe.has(tag)
    }
  }
}
