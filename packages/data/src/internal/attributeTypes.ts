/**
 * Of which type an attribute is in the IOD of a SOP class (PS3.3), for the attributes of which PS3.15 Table E.1-1 leaves
 * a choice to the IOD. Read on the first question. What is within sequences is not known.
 */
import type * as Tag from "../Tag.ts"
import { attributeTypeTable } from "./generated/attributeTypeTable.ts"

/** PS3.5 section 7.4, or that the IOD has no such attribute outside of sequences. */
export type AttributeType = "1" | "1C" | "2" | "2C" | "3" | "none"

interface Table {
  readonly columns: ReadonlyMap<number, number>
  readonly bySopClass: ReadonlyMap<string, string>
}

let table: Table | undefined

const root = "1.2.840.10008.5.1.4."

const read = (): Table => {
  const [tags = "", ...lines] = attributeTypeTable.split("\n")
  const bySopClass = new Map<string, string>()
  for (const line of lines) {
    const [types = "", ...uids] = line.split("\t")
    for (const uid of uids) bySopClass.set(root + uid, types)
  }
  return { columns: new Map(tags.split("\t").map((tag, i) => [Number.parseInt(tag, 16), i])), bySopClass }
}

const marks: { readonly [mark: string]: AttributeType } = {
  "1": "1",
  a: "1C",
  "2": "2",
  b: "2C",
  "3": "3",
  "-": "none"
}

/** The type of an attribute outside of sequences; nothing where the SOP class or the attribute is not in the table. */
export const typeOf = (sopClass: string, tag: Tag.Tag): AttributeType | undefined => {
  const { bySopClass, columns } = (table ??= read())
  return marks[bySopClass.get(sopClass)?.[columns.get(tag) ?? -1] ?? ""]
}
