/**
 * Which private elements are known to be safe: as PS3.15 Table E.3.10-1 says, as the caller says, and as the data set says
 * of itself in (0008,0300); and what it recommends to do to others.
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

/** What is known of a private element that stays, if not as it is. */
export interface Known {
  /** What the data set recommends, of an element that may identify (PS3.3 section C.12.1). */
  readonly action?: "D" | "Z" | "U"
  /** Its VR, where the data set does not say. */
  readonly vr?: string
}

export interface Safe {
  /** Tells of the private elements of a data set, or of an item, that stay, creators among them. */
  readonly in: (dataSet: DataSet.DataSet) => (tag: Tag.Tag) => Known | undefined
}

/** Where none is retained. */
export const nothing: Safe = { in: () => () => undefined }

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
const actions = attribute(0x0305, "DeidentificationActionSequence", "SQ", "1")
const identifying = attribute(0x0306, "IdentifyingPrivateElements", "US", "1-n")
const action = attribute(0x0307, "DeidentificationAction", "CS", "1")

const valueOf = <A>(result: Result.Result<A | null | undefined, unknown>): A | undefined =>
  Result.isSuccess(result) ? (result.success ?? undefined) : undefined

/** A private element, or all of a creator's in a group, and what is known of them. */
interface Row extends SafePrivate {
  readonly known: Known
}

const recommended = (text: string | undefined): Known["action"] =>
  text === "D" || text === "Z" || text === "U" ? text : undefined

/** What the data set says of itself. */
const declared = (dataSet: DataSet.DataSet): ReadonlyArray<Row> =>
  (DataSet.items(dataSet, characteristics) ?? []).flatMap((item): ReadonlyArray<Row> => {
    const of = { creator: valueOf(AttributeValue.get(item, creator)), group: valueOf(AttributeValue.get(item, group)) }
    if (of.creator === undefined || of.group === undefined) return []
    const block = { creator: of.creator, group: of.group }
    const rowOf = (element: number, known: Known): Row => ({ ...block, element: element & 0xff, known })
    const told = valueOf(AttributeValue.get(item, status))
    if (told === "SAFE") return [{ ...block, known: {} }]
    const treated = (DataSet.items(item, actions.tag) ?? []).flatMap((one) => {
      const does = recommended(valueOf(AttributeValue.get(one, action)))
      const elements = does === undefined ? [] : (valueOf(AttributeValue.get(one, identifying)) ?? [])
      return elements.map((element) => rowOf(element, does === undefined ? {} : { action: does }))
    })
    const safe = told === "MIXED" ? (valueOf(AttributeValue.get(item, nonidentifying)) ?? []) : []
    return [...safe.map((element) => rowOf(element, {})), ...treated]
  })

/** What is known of a creator's elements in a group. */
interface Block {
  readonly all: Known | undefined
  readonly elements: Map<number, Known>
}

/** Where some are retained. */
export const of = (whole: DataSet.DataSet, given: ReadonlyArray<SafePrivate>): Safe => {
  const blocks = new Map<string, Block>()
  const rows = [...safePrivateTable, ...given].map(({ vr, ...row }) => ({
    ...row,
    known: vr === undefined ? {} : { vr }
  }))
  for (const { creator, element, group, known } of [...rows, ...declared(whole)]) {
    const key = `${group} ${creator}`
    const block = blocks.get(key) ?? { all: undefined, elements: new Map<number, Known>() }
    if (element === undefined) blocks.set(key, { ...block, all: known })
    else blocks.set(key, { ...block, elements: block.elements.set(element, known) })
  }
  return {
    in: (dataSet) => {
      const creators = new Map<number, string>()
      const safe = new Map<number, Known>()
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
        const of = blocks.get(`${Tag.group(tag)} ${creators.get(block)}`)
        const known = of?.elements.get(element & 0xff) ?? of?.all
        if (known !== undefined) safe.set(tag, known).set(block, {})
      }
      return (tag) => safe.get(tag)
    }
  }
}
