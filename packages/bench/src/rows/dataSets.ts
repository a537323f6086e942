/**
 * Rows that measure reading and writing data sets in memory, each participant in a process of its own.
 */
import * as Effect from "effect/Effect"
import type * as Micros from "../dataSets/Micros.ts"
import * as Process from "../Process.ts"
import type * as Row from "../Row.ts"

const participant = (name: string, file: string, task: Micros.Task): Row.Participant => ({
  name,
  round: Effect.map(Process.run(Process.node(`dataSets/${file}`, task)), ({ output }) => ({ rate: Number(output) }))
})

const row = (task: Micros.Task, title: string, reads: boolean, floor: number, target: number): Row.Row => ({
  name: `data-set-${task}`,
  title,
  unit: "µs",
  warms: false,
  start: () =>
    Effect.succeed([
      participant("dicom", "dicom.ts", task),
      participant("dcmjs", "dcmjs.ts", task),
      ...(reads ? [participant("dicom-parser", "dicomParser.ts", task)] : [])
    ]),
  goals: [{ label: "time", unit: "µs", floor, target, atMost: true, value: (median) => median("dicom") }]
})

/** The rows, in the order in which they are printed. */
export const rows: ReadonlyArray<Row.Row> = [
  row("read-ct", "Data set, read a CT of 525 kB from its file's bytes", true, 100, 20),
  row("write-ct", "Data set, write it with another Patient ID", false, 200, 40),
  row("read-identifier", "Data set, read an identifier of 17 elements, with all their strings", true, 20, 5),
  row("write-identifier", "Data set, write its elements", false, 20, 3),
  row("make-identifier", "Data set, make its elements of values of their types, and write them", false, 20, 3)
]
