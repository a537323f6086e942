/**
 * Rows that measure the `dicom` command as a process.
 */
import * as Effect from "effect/Effect"
import * as Process from "../Process.ts"
import type * as Row from "../Row.ts"

const milliseconds = (program: Process.Program): Effect.Effect<Row.Sample> =>
  Effect.map(Process.run(program), ({ seconds }) => ({ rate: seconds * 1000 }))

/** The rows, in the order in which they are printed. */
export const rows: ReadonlyArray<Row.Row> = [
  {
    name: "version",
    title: "dicom --version, from start to end",
    unit: "ms",
    warms: true,
    start: () =>
      Effect.succeed([
        { name: "dicom", round: milliseconds(Process.node("../../cli/bin/dicom.js", "--version")) },
        { name: "storescu", round: milliseconds(Process.command("storescu", "--version")) },
        { name: "bare Node", round: milliseconds(Process.node("Nothing.ts")) }
      ]),
    goals: [
      {
        label: "time",
        unit: "ms",
        floor: 250,
        target: 120,
        atMost: true,
        value: (median) => median("dicom")
      }
    ]
  }
]
