/**
 * Measures the rows that are asked for and prints them, each with its goals. Writes no file unless it is told one.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import * as Instance from "./Instance.ts"
import * as Process from "./Process.ts"
import * as Report from "./Report.ts"
import * as Row from "./Row.ts"
import * as CommandRows from "./rows/command.ts"
import * as DataSetRows from "./rows/dataSets.ts"
import * as QueryRetrieveRows from "./rows/queryRetrieve.ts"
import * as ScpRows from "./rows/scp.ts"
import * as ScuRows from "./rows/scu.ts"

const all = [...ScpRows.rows, ...ScuRows.rows, ...QueryRetrieveRows.rows, ...CommandRows.rows, ...DataSetRows.rows]

/** A folder in memory where there is one, so that no disk is measured. */
const folder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Fs.existsSync("/dev/shm") ? "/dev/shm" : Os.tmpdir(), "dicom-bench-"))),
  (folder) => Effect.sync(() => Fs.rmSync(folder, { recursive: true, force: true }))
)

const bench = Command.make(
  "bench",
  {
    rounds: Flag.Int("rounds").pipe(
      Flag.withDescription("Rounds that are counted; the median is printed"),
      Flag.withDefault(5)
    ),
    only: Flag.String("only").pipe(
      Flag.withDescription("Rows whose name begins so, several with commas between: scp, scu-echo, version"),
      Flag.optional
    ),
    json: Flag.Boolean("json").pipe(
      Flag.withDescription("Print one JSON value, every sample in it, instead of text"),
      Flag.withDefault(false)
    ),
    output: Flag.String("output").pipe(
      Flag.withDescription("Write the table to this file too, as Markdown"),
      Flag.optional
    )
  },
  Effect.fnUntraced(function* ({ json, only, output, rounds }) {
    const names = Option.match(only, { onNone: () => [""], onSome: (names) => names.split(",") })
    const rows = all.filter(({ name }) => names.some((begin) => name.startsWith(begin)))
    if (rows.length === 0) return yield* Effect.die(new Error(`rows: ${all.map(({ name }) => name).join(", ")}`))
    if (rows.some((row) => !DataSetRows.rows.includes(row)) && !Process.isInstalled("storescp"))
      return yield* Effect.die(new Error("DCMTK is not installed: apt-get install dcmtk"))
    const path = yield* folder
    const instances = Instance.under(path)
    if (!json) yield* Console.log(`${Report.machine()}; medians of ${rounds} interleaved rounds\n`)
    const outcomes: Array<Row.Outcome> = []
    for (const row of rows) {
      const outcome = yield* Row.measure(row, instances, path, rounds)
      outcomes.push(outcome)
      if (!json) yield* Console.log(`${Report.row(outcome)}\n`)
    }
    if (json) yield* Console.log(JSON.stringify({ machine: Report.machine(), rounds, rows: outcomes }, undefined, 2))
    if (Option.isSome(output)) Fs.writeFileSync(output.value, Report.markdown(outcomes, rounds))
  }, Effect.scoped)
).pipe(Command.withDescription("Measures effect-dicom against DCMTK, dcmjs-dimse, dcmjs, dicom-parser and bare Node"))

NodeRuntime.runMain(Command.run(bench, { version: "0.1.0" }).pipe(Effect.provide(NodeServices.layer)))
