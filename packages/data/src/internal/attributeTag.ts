/** Where an attribute stands in a data set: private ones in their creator's block (PS3.5 section 7.8.1). */
import * as Result from "effect/Result"
import type * as Attribute from "../Attribute.ts"
import * as CharacterSet from "../CharacterSet.ts"
import * as DataSet from "../DataSet.ts"
import { InvalidAttribute } from "../InvalidAttribute.ts"
import * as Tag from "../Tag.ts"
import * as valueBytes from "./valueBytes.ts"

/** The blocks of a private group begin with their creators, at (gggg,0010) to (gggg,00FF) (PS3.5 section 7.8.1). */
export const firstBlock = 0x10
export const lastBlock = 0xff

// Not `Attribute.isPrivate`: that would have every program load every attribute.
export const isPrivate = (attribute: Attribute.Any): attribute is Attribute.Private => "creator" in attribute

const isBlock = (tag: Tag.Tag, group: number): boolean =>
  Tag.group(tag) === group && Tag.element(tag) >= firstBlock && Tag.element(tag) <= lastBlock

const creatorOf = <Bulk>(dataSet: DataSet.DataSet<Bulk>, tag: Tag.Tag): string | undefined => {
  const bytes = DataSet.element(dataSet, tag)?.bytes
  return bytes === undefined
    ? undefined
    : valueBytes.decodeText("default", bytes, CharacterSet.defaultRepertoire).text.trim()
}

/** The tag of an attribute; nothing where it is private, and its creator has no block. */
export const tagOf = <Bulk>(dataSet: DataSet.DataSet<Bulk>, attribute: Attribute.Any): Tag.Tag | undefined => {
  if (!isPrivate(attribute)) return attribute.tag
  const { element, group } = attribute
  const creator = attribute.creator.trim()
  for (const { tag } of DataSet.elements(dataSet)) {
    if (isBlock(tag, group) && creatorOf(dataSet, tag) === creator) {
      return Tag.make(group, (Tag.element(tag) << 8) | element)
    }
  }
  return undefined
}

/** Which group and creator a block is of. */
export const ownerOf = (group: number, creator: string): string => `${group} ${creator.trim()}`

/** The tags of all private creators of a data set, the first of each owner, by {@link ownerOf}. */
export const blocksIn = <Bulk>(dataSet: DataSet.DataSet<Bulk>): ReadonlyMap<string, Tag.Tag> => {
  const blocks = new Map<string, Tag.Tag>()
  for (const { tag } of DataSet.elements(dataSet)) {
    const group = Tag.group(tag)
    const creator = Tag.isPrivate(tag) && isBlock(tag, group) ? creatorOf(dataSet, tag) : undefined
    if (creator === undefined) continue
    const owner = ownerOf(group, creator)
    if (!blocks.has(owner)) blocks.set(owner, tag)
  }
  return blocks
}

/** The tag of an attribute for a message, whether or not its creator has a block. */
export const tagShown = (attribute: Attribute.Any, tag: Tag.Tag | undefined): Tag.Tag =>
  tag ?? (isPrivate(attribute) ? Tag.make(attribute.group, attribute.element) : attribute.tag)

/** The failure of an attribute's value. */
export const fail = (
  attribute: Attribute.Any,
  tag: Tag.Tag | undefined,
  vr: string,
  value: string,
  rule: string,
  number?: number
): Result.Result<never, InvalidAttribute> => {
  const which = number === undefined ? undefined : { number }
  const { keyword } = attribute
  return Result.fail(new InvalidAttribute({ tag: tagShown(attribute, tag), keyword, vr, value, rule, ...which }))
}
