/** Data sets to be de-identified, and what became of them. */
import { DataElement, DataSet, Deidentification, Dictionary, Tag, TagPath, TransferSyntax } from "@effect-dicom/data"
import type { Attribute, Vr } from "@effect-dicom/data"
import * as Result from "effect/Result"
import { createHmac } from "node:crypto"
import { confidentialityTable } from "../src/internal/generated/confidentialityTable.ts"
import * as RealFiles from "./realFiles.ts"

export const keyed =
  (key: string): Deidentification.Hash =>
  (text) =>
    createHmac("sha256", key).update(text).digest()

export const hash = keyed("a key for tests")

export const ascii = (text: string): Uint8Array =>
  Uint8Array.from(text.length % 2 === 0 ? text : `${text} `, (character) => character.charCodeAt(0))

export const latin = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined
    ? undefined
    : Buffer.from(bytes)
        .toString("latin1")
        .replace(/[\0 ]$/, "")

export const syntax = TransferSyntax.ExplicitVRLittleEndian
export const empty = DataSet.empty(syntax)

export const element = (tag: number, vr: Vr.Vr, text: string): DataElement.DataElement =>
  DataElement.value(Tag.make(tag >>> 16, tag), vr, ascii(text))

/** An item as a value of VR UN has it (PS3.5 section 6.2.2). */
export const unknownItem = ((): Uint8Array => {
  const inner = DataSet.toBytes(
    DataSet.make(TransferSyntax.ImplicitVRLittleEndian, [
      element(0x00081155, "UI", "1.2.3"),
      element(0x00100010, "PN", "SMITH^ANNE")
    ])
  )
  return RealFiles.join([RealFiles.hex("fe ff 00 e0", inner.length.toString(16).padStart(2, "0"), "00 00 00"), inner])
})()

export const dataSetOf = (...elements: ReadonlyArray<DataElement.DataElement>): DataSet.DataSet =>
  DataSet.make(syntax, elements)

export const run = (
  dataSet: DataSet.DataSet,
  settings: Omit<Deidentification.Settings, "hash"> = {}
): Deidentification.Deidentified => Result.getOrThrow(Deidentification.deidentify(dataSet, { hash, ...settings }))

export const textOf = (dataSet: DataSet.DataSet, attribute: Attribute.Attribute): string | undefined =>
  latin(DataSet.element(dataSet, attribute.tag)?.bytes)

export const itemsOf = (dataSet: DataSet.DataSet, { tag }: Attribute.Attribute): ReadonlyArray<DataSet.DataSet> =>
  DataSet.items(dataSet, tag) ?? []

/** The first item, or an empty one. */
export const itemOf = (dataSet: DataSet.DataSet, attribute: Attribute.Attribute): DataSet.DataSet =>
  itemsOf(dataSet, attribute)[0] ?? empty

export const actionOf = ({ done }: Deidentification.Deidentified, path: string): string | undefined => {
  const found = done.find((one) => TagPath.format(one.path) === path)
  return found === undefined ? undefined : `${found.action}; ${found.rule}`
}

export interface Row {
  readonly tag: Tag.Tag
  readonly vr: string
  readonly basicProfile: string
  readonly options: string
}

/** Each row that does not repeat, with its VR of the dictionary. */
export const rows: ReadonlyArray<Row> = confidentialityTable
  .split("\n")
  .filter((line) => !line.includes("x"))
  .map((line) => {
    const [tag = "", basicProfile = "", options = ""] = line.split("\t")
    const number = Tag.make(Number.parseInt(tag.slice(0, 4), 16), Number.parseInt(tag.slice(4), 16))
    return { tag: number, vr: Dictionary.find(number)?.vr.slice(0, 2) ?? "none", basicProfile, options }
  })
