/**
 * Matches as rows of a table: aligned for a terminal, with tabs between the columns for a program.
 *
 * @since 0.1.0
 */
import * as DataSet from "@effect-dicom/data/DataSet"
import * as DicomJson from "@effect-dicom/data/DicomJson"
import * as Dictionary from "@effect-dicom/data/Dictionary"
import * as Tag from "@effect-dicom/data/Tag"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"

/**
 * A column: an attribute, of the first items of the sequences that it is in.
 *
 * @category models
 * @since 0.1.0
 */
export interface Column {
  readonly path: ReadonlyArray<Tag.Tag>
  readonly name: string
}

/** (0008,0005), and (0008,0052), which is the same in all rows. */
const untold: ReadonlySet<Tag.Tag> = new Set([Tag.make(0x0008, 0x0005), Tag.make(0x0008, 0x0052)])

/**
 * The columns that the attributes of an identifier are, in its order, UIDs last.
 *
 * @category constructors
 * @since 0.1.0
 */
export const columns = (identifier: DataSet.DataSet): ReadonlyArray<Column> => {
  const found: Array<Column> = []
  const add = (dataSet: DataSet.DataSet, before: ReadonlyArray<Tag.Tag>): void => {
    for (const { tag } of DataSet.elements(dataSet)) {
      if (untold.has(tag)) continue
      const [item] = DataSet.items(dataSet, tag) ?? []
      if (item === undefined) found.push({ path: [...before, tag], name: nameOf(tag) })
      else add(item, [...before, tag])
    }
  }
  add(identifier, [])
  const isUid = ({ path }: Column): boolean => Dictionary.find(path.at(-1) ?? Tag.Item)?.vr === "UI"
  return [...found.filter((column) => !isUid(column)), ...found.filter(isUid)]
}

const nameOf = (tag: Tag.Tag): string => {
  const keyword = Dictionary.find(tag)?.keyword ?? ""
  return keyword === "" ? Tag.format(tag) : keyword
}

/**
 * A match as text, one for each column.
 *
 * @category getters
 * @since 0.1.0
 */
export const row = (identifier: DataSet.DataSet, shown: ReadonlyArray<Column>): ReadonlyArray<string> => {
  const { json } = Result.getOrThrow(DicomJson.encode(identifier, { lenient: true, decimalStrings: "text" }))
  return shown.map(({ path }) => {
    let within: DicomJson.DicomJson | undefined = json
    for (const tag of path.slice(0, -1)) {
      const first: unknown = within?.[key(tag)]?.Value?.[0]
      // the cast: what a sequence has as a value in DICOM JSON are data sets
      within = Predicate.isObject(first) ? (first as DicomJson.DicomJson) : undefined
    }
    const last = path.at(-1)
    return last === undefined ? "" : text(within?.[key(last)])
  })
}

const key = (tag: Tag.Tag): string => tag.toString(16).toUpperCase().padStart(8, "0")

const text = (attribute: DicomJson.Attribute | undefined): string => {
  const values = attribute?.Value ?? []
  if (attribute?.vr === "SQ") return values.length === 0 ? "" : `${values.length} item${values.length === 1 ? "" : "s"}`
  return values
    .map((value) =>
      value === null
        ? ""
        : typeof value === "object"
          ? Object.values(value)
              .filter((group) => typeof group === "string")
              .join("=")
          : String(value)
    )
    .join("\\")
    .replace(/[\t\r\n]+/g, " ")
}

/** How many columns of a terminal a text takes; of wide characters, and those that take none, as most terminals have it. */
const width = (cell: string): number => {
  let columns = 0
  for (const character of cell) {
    if (/\p{Mark}/u.test(character)) continue
    columns += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u.test(
      character
    )
      ? 2
      : 1
  }
  return columns
}

/**
 * The widths of columns that these rows need.
 *
 * @category getters
 * @since 0.1.0
 */
export const widths = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<number> =>
  (rows[0] ?? []).map((_, i) => Math.max(...rows.map((cells) => width(cells[i] ?? ""))))

/**
 * A row as a line: aligned to widths, or without them with tabs.
 *
 * @category formatting
 * @since 0.1.0
 */
export const line = (cells: ReadonlyArray<string>, aligned: ReadonlyArray<number> | undefined): string =>
  aligned === undefined
    ? cells.join("\t")
    : cells
        .map((cell, i) => cell + " ".repeat(Math.max(0, (aligned[i] ?? 0) - width(cell))))
        .join("  ")
        .trimEnd()
