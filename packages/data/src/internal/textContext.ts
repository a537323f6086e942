/** What the bytes of a data set's values depend on: its byte order, and its character set or that of what encloses it. */
import * as Result from "effect/Result"
import type { Options } from "../AttributeValue.ts"
import * as CharacterSet from "../CharacterSet.ts"
import * as DataSet from "../DataSet.ts"
import { node } from "./dataSetTree.ts"
import { specificCharacterSet } from "./recoding.ts"
import * as valueBytes from "./valueBytes.ts"

export type Context = Result.Result<valueBytes.Context, CharacterSet.UnknownCharacterSet>

const defaultBigEndian: Context = Result.succeed({ bigEndian: true, characterSet: CharacterSet.defaultRepertoire })
const defaultLittleEndian: Context = Result.succeed({ bigEndian: false, characterSet: CharacterSet.defaultRepertoire })

const isBigEndian = <Bulk>(dataSet: DataSet.DataSet<Bulk>): boolean => dataSet.transferSyntax.byteOrder === "big endian"

/** Of text, in the data set's own character set. */
export const ownContext = <Bulk>(dataSet: DataSet.DataSet<Bulk>): Context => {
  const held = node(dataSet)
  // Data sets do not change, so neither do their character sets.
  // the cast: what is put there below
  if (held.context !== undefined) return held.context as Context
  const bigEndian = isBigEndian(dataSet)
  const element = held.find(specificCharacterSet)
  let found = bigEndian ? defaultBigEndian : defaultLittleEndian
  // What was just made is text yet.
  const content = typeof element?.content === "string" ? element.content : element?.bytes
  if (content !== undefined) {
    const text =
      typeof content === "string"
        ? content
        : valueBytes.decodeText("default", content, CharacterSet.defaultRepertoire).text
    const terms = text.includes("\\") ? text.split("\\").map((term) => term.trim()) : [text.trim()]
    found = Result.map(CharacterSet.fromTerms(terms), (characterSet) => ({ bigEndian, characterSet }))
  } else {
    const enclosing = DataSet.enclosing(dataSet)
    if (enclosing !== undefined) found = Result.map(ownContext(enclosing), (_) => ({ ..._, bigEndian }))
  }
  held.context = found
  return found
}

/** Of values of a kind. */
export const contextOf = <Bulk>(
  dataSet: DataSet.DataSet<Bulk>,
  kind: valueBytes.Form["kind"],
  options: Options | undefined
): Context => {
  if (kind === undefined || kind === "default") return isBigEndian(dataSet) ? defaultBigEndian : defaultLittleEndian
  return options?.characterSet === undefined
    ? ownContext(dataSet)
    : Result.succeed({ bigEndian: isBigEndian(dataSet), characterSet: options.characterSet })
}
