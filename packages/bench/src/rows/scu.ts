/**
 * Rows that measure users, all against DCMTK's storescp. A program of DCMTK is timed as a whole process; of the others, the
 * time inside the process counts, from the first connect to the last release: the rate is that of the first run in it, and
 * `warm` that of the second. The goals are of both.
 */
import * as Effect from "effect/Effect"
import * as Instance from "../Instance.ts"
import * as Process from "../Process.ts"
import * as Row from "../Row.ts"
import * as Measured from "../scu/Measured.ts"

const program =
  (name: string, file: string, slow: boolean) =>
  (task: string, what: string, amount: number) =>
  (port: string): Row.Participant => ({
    name,
    slow,
    round: Effect.map(Process.run(Process.node(file, task, port, what, slow ? "1" : "2")), ({ output, peak }) => {
      const { cold, warm } = Measured.parse(output)
      return { rate: amount / (cold / 1000), warm: amount / (warm / 1000), memory: (peak ?? NaN) / 1e6 }
    })
  })

export const dicom = program("dicom", "scu/dicom.ts", false)
export const bareNode = program("bare Node", "scu/bareNode.ts", false)
const dcmjsDimse = program("dcmjs-dimse", "scu/dcmjsDimse.ts", true)

export const dcmtk =
  (name: string, amount: number, args: (port: string) => ReadonlyArray<string>, times = 1) =>
  (port: string): Row.Participant => ({
    name,
    round: Effect.gen(function* () {
      let seconds = 0
      let memory = NaN
      for (let i = 0; i < times; i++) {
        const ended = yield* Process.run(Process.command(name, ...args(port)))
        seconds += ended.seconds
        memory = (ended.peak ?? NaN) / 1e6
      }
      return { rate: amount / seconds, memory }
    })
  })

const storescu = (folder: string, amount: number) =>
  dcmtk("storescu", amount, (port) => ["-R", "+sd", "127.0.0.1", port, folder])

const toStorescp = (participants: ReadonlyArray<(port: string) => Row.Participant>) =>
  Effect.map(
    Process.serve((port) => Process.command("storescp", "--ignore", port)),
    ({ port }) => participants.map((participant) => participant(String(port)))
  )

const storing = (folder: string, amount: number) =>
  toStorescp([
    dicom("store", folder, amount),
    command(folder, amount),
    storescu(folder, amount),
    bareNode("store", folder, amount),
    dcmjsDimse("store", folder, amount)
  ])

/** The command as its users have it: bundled, in a process of its own, all of whose time counts. */
const command = (folder: string, amount: number) => (port: string) => ({
  name: "dicom store",
  round: Effect.map(
    Process.run(Process.node("../../cli/bin/dicom.js", "store", "127.0.0.1", port, folder, "--quiet")),
    ({ peak, seconds }) => ({ rate: amount / seconds, memory: (peak ?? NaN) / 1e6 })
  )
})

const megabytes = (folder: string): number => Instance.size(folder) / 1e6

const both = (name: string, floor: number, target: number): ReadonlyArray<Row.Goal> => [
  Row.against(name, floor, target, { label: `${name}, first run` }),
  Row.against(name, floor, target, { label: `${name}, second run`, ours: "warm" })
]

// DcmSCU is a class of DCMTK's library and no program: what the goals say of it is reached by way of bare Node, whose ratio
// to it was measured once.
const againstDcmSCU = (bareNode: number, floor: number, target: number): ReadonlyArray<Row.Goal> =>
  (["rate", "warm"] as const).map((figure) => ({
    label: `${figure === "rate" ? "first" : "second"} run against DcmSCU, taking bare Node for ${bareNode.toFixed(2)}x of it`,
    unit: "x",
    floor,
    target,
    value: (median) => (median("dicom", figure) / median("bare Node", figure)) * bareNode
  }))

/** The rows, in the order in which they are printed. */
export const rows: ReadonlyArray<Row.Row> = [
  {
    name: "scu-store",
    title: "SCU, 200 x 525 kB to storescp",
    unit: "MB/s",
    warms: false,
    start: ({ ct }) => storing(ct, megabytes(ct)),
    goals: both("storescu", 0.8, 1.1)
  },
  {
    name: "scu-small",
    title: "SCU, 2000 x 2 kB to storescp",
    unit: "/s",
    warms: false,
    start: ({ small }) => storing(small, 2000),
    goals: both("storescu", 0.7, 1.1)
  },
  {
    name: "scu-large",
    title: "SCU, 1 x 256 MB to storescp",
    unit: "MB/s",
    warms: false,
    start: ({ large }) => storing(large, megabytes(large)),
    goals: [...both("storescu", 0.7, 0.9), Row.peak(160, 120, "dicom store")]
  },
  {
    name: "scu-echo",
    title: "SCU, 2000 C-ECHO on one association to storescp",
    unit: "/s",
    warms: false,
    start: () =>
      toStorescp([
        dicom("echo", "2000", 2000),
        dcmtk("echoscu", 2000, (port) => ["--repeat", "2000", "127.0.0.1", port]),
        bareNode("echo", "2000", 2000),
        dcmjsDimse("echo", "2000", 2000)
      ]),
    goals: againstDcmSCU(0.69, 0.4, 0.6)
  },
  {
    name: "scu-associations",
    title: "SCU, 2000 x associate + echo + release, one after another, to storescp",
    unit: "/s",
    warms: false,
    start: () =>
      toStorescp([
        dicom("associate", "2000", 2000),
        dcmtk("echoscu", 50, (port) => ["127.0.0.1", port], 50),
        bareNode("associate", "2000", 2000),
        dcmjsDimse("associate", "200", 200)
      ]),
    goals: againstDcmSCU(0.5, 0.3, 0.45)
  }
]
