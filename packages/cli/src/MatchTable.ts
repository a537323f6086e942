/**
 * Matches as rows of a table: laid out for the width of a terminal, with tabs between the columns for a program.
 *
 * @since 0.1.0
 */
import * as DataSet from "@effect-dicom/data/DataSet"
import * as DicomJson from "@effect-dicom/data/DicomJson"
import * as Dictionary from "@effect-dicom/data/Dictionary"
import * as Tag from "@effect-dicom/data/Tag"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as DumpValue from "./DumpValue.ts"

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
  return [...found.filter((column) => !isUid(column)), ...found.filter(isUid)]
}

const isUid = ({ path }: Column): boolean => Dictionary.find(path.at(-1) ?? Tag.Item)?.vr === "UI"

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
  const joined = values
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
  // What the peer says is not to steer the terminal, and no cell to look like two.
  return DumpValue.harmless(joined.replace(/[\t\v\f\r\n]+/g, " "))
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

// -----------------------------------------------------------------------------
// layout
// -----------------------------------------------------------------------------

/**
 * How rows are laid out on lines of a width.
 *
 * @category models
 * @since 0.1.0
 */
export interface Layout {
  /** The columns that are printed, by their place in a row, and how many columns of the terminal each takes. */
  readonly columns: ReadonlyArray<{ readonly at: number; readonly width: number }>
  /** The names above the columns: one line, or several of one keyword's words each. */
  readonly heading: ReadonlyArray<string>
  /** The names of the columns that are not printed. */
  readonly left: ReadonlyArray<string>
  /** Whether what is longer than its column is cut. */
  readonly cut: boolean
}

/** Between two columns. */
const gap = "  "

/** How short text may be cut. */
const shortest = 12

/** The words of a keyword: "SOP", "Class", "UID". */
const words = (name: string): ReadonlyArray<string> => name.match(/[A-Z]+(?![a-z])|[A-Z][a-z]+|[a-z0-9]+/g) ?? [name]

/**
 * Lays out rows. What fits is printed as it is. Where it does not, keywords are broken into words, columns are left out
 * that have nothing in them, text is cut, and then the last columns are left out: UIDs, which are never cut.
 *
 * @category constructors
 * @since 0.1.0
 */
export const layout = (
  shown: ReadonlyArray<Column>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  room: number
): Layout => {
  const total = (widths: ReadonlyArray<number>): number =>
    widths.reduce((sum, one) => sum + one + gap.length, -gap.length)
  const contents = shown.map((_, i) => Math.max(0, ...rows.map((cells) => width(cells[i] ?? ""))))
  const whole = shown.map(({ name }, at) => ({ at, width: Math.max(name.length, contents[at] ?? 0) }))
  if (total(whole.map((column) => column.width)) <= room) {
    return { columns: whole, heading: [line(names(shown), { columns: whole, cut: false })], left: [], cut: false }
  }
  const isFilled = contents.some((content) => content > 0)
  const kept = shown.flatMap((column, at) => {
    const content = contents[at] ?? 0
    if (isFilled && content === 0) return []
    const word = Math.max(...words(column.name).map((one) => one.length))
    const most = Math.max(word, content)
    return [{ at, most, width: isUid(column) ? most : Math.max(word, Math.min(content, shortest)) }]
  })
  const widthOf = (): number => total(kept.map((column) => column.width))
  while (kept.length > 1 && widthOf() > room) kept.pop()
  // What is left of the line goes to what is cut, a column to each in turn.
  for (let left = room - widthOf(); left > 0;) {
    const before = left
    for (const column of kept) {
      if (left === 0 || column.width >= column.most) continue
      column.width++
      left--
    }
    if (left === before) break
  }
  const broken = kept.map(({ at, width }) => brokenInto(shown[at]?.name ?? "", width))
  const lines = Math.max(...broken.map((parts) => parts.length))
  return {
    columns: kept,
    heading: Array.from({ length: lines }, (_, i) =>
      broken
        .map((parts, k) => (parts[i] ?? "").padEnd(kept[k]?.width ?? 0))
        .join(gap)
        .trimEnd()
    ),
    left: names(shown.filter((_, at) => !kept.some((column) => column.at === at))),
    cut: true
  }
}

/**
 * The names of columns.
 *
 * @category getters
 * @since 0.1.0
 */
export const names = (shown: ReadonlyArray<Column>): ReadonlyArray<string> => shown.map(({ name }) => name)

/** A name in lines of a width, broken between words. */
const brokenInto = (name: string, width: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (const word of words(name)) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length <= width) lines[lines.length - 1] = last + word
    else lines.push(word)
  }
  return lines
}

/** Text in so many columns of a terminal, with an ellipsis where it is longer. */
const cutTo = (cell: string, columns: number): string => {
  if (width(cell) <= columns) return cell
  let kept = ""
  for (const character of cell) {
    if (width(kept + character) >= columns) break
    kept += character
  }
  return `${kept}\u2026`
}

/**
 * A row as a line: laid out, or without a layout with tabs.
 *
 * @category formatting
 * @since 0.1.0
 */
export const line = (cells: ReadonlyArray<string>, laid: Pick<Layout, "columns" | "cut"> | undefined): string =>
  laid === undefined
    ? cells.join("\t")
    : laid.columns
        .map((column) => {
          const cell = cells[column.at] ?? ""
          const shown = laid.cut ? cutTo(cell, column.width) : cell
          return shown + " ".repeat(Math.max(0, column.width - width(shown)))
        })
        .join(gap)
        .trimEnd()
