/** Data sets in another character set: the text of all their elements, at all depths, decoded and encoded again. */
import * as Result from "effect/Result"
import type * as CharacterSet from "../CharacterSet.ts"
import * as DataElement from "../DataElement.ts"
import * as DataSet from "../DataSet.ts"
import { InvalidAttribute } from "../InvalidAttribute.ts"
import * as Tag from "../Tag.ts"
import * as valueBytes from "./valueBytes.ts"
import { withoutPadding } from "./valueText.ts"

/** (0008,0005), Specific Character Set (PS3.3 section C.12.1.1.2). */
export const specificCharacterSet: Tag.Tag = Tag.make(0x0008, 0x0005)

/** Recodes the text of a data set that is in the one, and of its items that do not say another. */
export const recode = (
  dataSet: DataSet.DataSet,
  from: CharacterSet.CharacterSet,
  to: CharacterSet.CharacterSet
): Result.Result<DataSet.DataSet, InvalidAttribute> => {
  let changed = dataSet
  for (const element of DataSet.elements(dataSet)) {
    const { bytes, items, tag, vr } = element
    if (items !== undefined) {
      const next: Array<DataSet.DataSet> = []
      for (const item of items) {
        const inner = recodeItem(item, from, to)
        if (Result.isFailure(inner)) return inner
        next.push(inner.success)
      }
      if (next.some((item, i) => item !== items[i])) {
        changed = DataSet.set(changed, DataElement.sequence(tag, next, { undefinedLength: element.undefinedLength }))
      }
    } else if (bytes !== undefined && valueBytes.isVr(vr)) {
      const kind = valueBytes.formOf(vr)?.kind
      if (kind === undefined || kind === "default" || bytes.length === 0) continue
      const { replaced, text } = valueBytes.decodeText(kind, bytes, from)
      const context = { bigEndian: false, characterSet: to }
      let encoded = valueBytes.encodeRawText(vr, text, context)
      if (Result.isSuccess(encoded) && sameBytes(encoded.success, bytes)) continue
      // Padding that was needed may not be any more.
      encoded = valueBytes.encodeRawText(vr, withoutPadding(text), context)
      if (replaced || Result.isFailure(encoded)) {
        const rule = Result.isFailure(encoded) ? encoded.failure.rule : "text of the character set it was in"
        return Result.fail(new InvalidAttribute({ tag, keyword: "", vr, value: text, rule }))
      }
      changed = DataSet.set(changed, DataElement.value(tag, vr, encoded.success))
    }
  }
  return Result.succeed(changed)
}

/** Recodes the text of an item of a data set that is in the one, unless the item says another. */
export const recodeItem = (
  item: DataSet.DataSet,
  from: CharacterSet.CharacterSet,
  to: CharacterSet.CharacterSet
): Result.Result<DataSet.DataSet, InvalidAttribute> =>
  DataSet.element(item, specificCharacterSet) === undefined ? recode(item, from, to) : Result.succeed(item)

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
