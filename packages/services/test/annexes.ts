/** The tables of PS3.4, as transcribed in `fixtures/PS3.4`, a file for each annex. */
import { readdirSync, readFileSync } from "node:fs"

export interface Status {
  readonly serviceClass: string
  readonly operation: string
  /** Its class, its codes and its meaning; dashes where the operation has none of its own. */
  readonly row: ReadonlyArray<string>
}

export interface Attribute {
  /** What the attribute is of, by a name of the fixtures. */
  readonly of: string
  /** The keywords of the sequences that it is in, and its own. */
  readonly path: string
  readonly types: ReadonlyArray<string>
}

export interface Annex {
  readonly name: string
  readonly statuses: ReadonlyArray<Status>
  readonly attributes: ReadonlyArray<Attribute>
}

const folder = new URL("./fixtures/PS3.4/", import.meta.url)

const readAnnex = (file: string): Annex => {
  const rows = readFileSync(new URL(file, folder), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split("\t"))
  return {
    name: file.replace(".tsv", ""),
    statuses: rows.flatMap(([kind, serviceClass = "", operation = "", ...row]) =>
      kind === "status" ? [{ serviceClass, operation, row }] : []
    ),
    attributes: rows.flatMap(([kind, of = "", path = "", ...types]) =>
      kind === "attribute" ? [{ of, path, types }] : []
    )
  }
}

export const annexes: ReadonlyArray<Annex> = readdirSync(folder)
  .filter((file) => file.endsWith(".tsv"))
  .map(readAnnex)
