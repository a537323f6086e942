/**
 * The attributes that a schema of data sets declares, found by what it refuses: where they are absent, where they are
 * empty, and where they are of a VR that is not theirs.
 */
import * as DataElement from "@effect-dicom/data/DataElement"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as Dictionary from "@effect-dicom/data/Dictionary"
import type { Tag } from "@effect-dicom/data/Tag"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/** What a schema says of an attribute: of what may be empty, and may be absent, 2C and 3 are the same. */
export type Type = "1" | "1C" | "2" | "2C or 3"

const empty = DataSet.empty(TransferSyntax.ExplicitVRLittleEndian)

const entries = Dictionary.all().filter(
  ({ keyword }) => keyword !== "" && Dictionary.fromKeyword(keyword) !== undefined
)

const everything = (element: (tag: Tag, vr: string) => DataElement.DataElement): DataSet.DataSet =>
  DataSet.make(
    empty.transferSyntax,
    entries.map((entry) => element(Dictionary.tag(entry), entry.vr))
  )

const emptied = everything((tag, vr) =>
  vr === "SQ" ? DataElement.sequence(tag, []) : DataElement.value(tag, "UN", new Uint8Array(0))
)

const wrong = everything((tag, vr) =>
  vr === "SQ" ? DataElement.value(tag, "US", new Uint8Array(2)) : DataElement.sequence(tag, [empty])
)

/** The types by the ways to the attributes, as keywords. */
export const declared = (schema: Schema.Codec<unknown, DataSet.DataSet>): ReadonlyMap<string, Type> => {
  const found = new Map<string, Type>()
  const refused = (sequences: ReadonlyArray<Tag>, leaf: DataSet.DataSet): ReadonlyMap<string, string> => {
    const whole = sequences.reduceRight((item, tag) => DataSet.set(empty, DataElement.sequence(tag, [item])), leaf)
    const decoded = Schema.decodeUnknownResult(schema)(whole)
    return new Map(
      Result.isSuccess(decoded)
        ? []
        : DataSetSchema.refused(decoded.failure)
            .filter(({ path }) => path.filter((part) => typeof part === "string").length === sequences.length + 1)
            .map(({ error: { keyword, rule } }) => [keyword, rule])
    )
  }
  const level = (way: ReadonlyArray<string>, sequences: ReadonlyArray<Tag>): void => {
    const absent = refused(sequences, empty)
    const blank = refused(sequences, emptied)
    for (const keyword of refused(sequences, wrong).keys()) {
      const to = [...way, keyword]
      const full = blank.has(keyword)
      found.set(to.join(">"), absent.has(keyword) ? (full ? "1" : "2") : full ? "1C" : "2C or 3")
      const entry = Dictionary.fromKeyword(keyword)
      if (entry?.vr === "SQ") level(to, [...sequences, Dictionary.tag(entry)])
    }
  }
  level([], [])
  return found
}
