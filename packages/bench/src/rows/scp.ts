/**
 * Rows that measure providers. Each server lives through all rounds of its row; DCMTK's own clients or the bare SCU drive it.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as BareNode from "../BareNode.ts"
import * as Instance from "../Instance.ts"
import * as Process from "../Process.ts"
import * as Row from "../Row.ts"

export type Load = (port: number) => Effect.Effect<Row.Sample>

export interface Served {
  readonly name: string
  readonly program: (port: string) => Process.Program
  readonly slow?: boolean
}

const dicom = (...args: ReadonlyArray<string>): Served => ({
  name: "dicom",
  program: (port) =>
    Process.node("../../cli/bin/dicom.js", "serve", "--port", port, ...(args.length === 0 ? ["--ignore"] : args))
})

const storescp = (name: string, ...args: ReadonlyArray<string>): Served => ({
  name,
  program: (port) => Process.command("storescp", ...args, port)
})

const bareNode = (...args: ReadonlyArray<string>): Served => ({
  name: "bare Node",
  program: (port) => Process.node("scp/bareNode.ts", port, ...args)
})

const dcmjsDimse = (...args: ReadonlyArray<string>): Served => ({
  name: "dcmjs-dimse",
  program: (port) => Process.node("scp/dcmjsDimse.ts", port, ...args),
  slow: true
})

const megabytes = (bytes: number | undefined): number => (bytes ?? NaN) / 1e6

export const serving = (
  servers: ReadonlyArray<Served>,
  load: Load
): Effect.Effect<ReadonlyArray<Row.Participant>, never, Scope.Scope> =>
  Effect.forEach(servers, ({ name, program, slow = false }) =>
    Effect.map(Process.serve(program), (server) => ({
      name,
      slow,
      round: Effect.gen(function* () {
        const before = yield* server.processorTime
        const sample = yield* load(server.port)
        const after = yield* server.processorTime
        return { ...sample, processor: (after ?? NaN) - (before ?? NaN) }
      }),
      after: Effect.map(server.peak, (bytes) => ({ memory: megabytes(bytes) }))
    }))
  )

const ignoring = [dicom(), storescp("storescp --ignore", "--ignore"), bareNode(), dcmjsDimse()]

/** storescu sends a folder; its whole time counts. */
const storescu =
  (folder: string, amount: number): Load =>
  (port) =>
    Effect.map(
      Process.run(Process.command("storescu", "-R", "+sd", "127.0.0.1", String(port), folder)),
      ({ seconds }) => ({
        rate: amount / seconds
      })
    )

export const timed = (amount: number, run: () => Promise<unknown>): Effect.Effect<number> =>
  Effect.map(Effect.timed(Effect.promise(run)), ([duration]) => amount / Duration.toSeconds(duration))

const associate = (port: number): Promise<BareNode.User> =>
  BareNode.associate(port, Instance.sopClassUid, Instance.transferSyntaxUid)

const echoes = async (port: number, count: number): Promise<void> => {
  const user = await associate(port)
  for (let i = 0; i < count; i++) await user.echo()
  await user.release()
}

const associations = async (port: number, count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await echoes(port, 1)
}

const ct = Instance.dataSet(Instance.uid(4, 0), 512, 512)

const storesAtOnce = async (port: number, users: number, count: number): Promise<number> => {
  const one = async (n: number): Promise<void> => {
    const user = await associate(port)
    for (let i = 0; i < count; i++) await user.store(Instance.uid(4, n * count + i), [ct])
    await user.release()
  }
  const ended = await Promise.allSettled(Array.from({ length: users }, (_, n) => one(n)))
  const failed = ended.filter((one) => one.status === "rejected")
  if (failed[0] !== undefined) console.error(`${failed.length} of ${users} associations failed:`, failed[0].reason)
  return failed.length
}

export const toFolder = (folder: string, name: string): string => {
  const path = Path.join(folder, name)
  Fs.mkdirSync(path, { recursive: true })
  return path
}

/** The rows, in the order in which they are printed. */
export const rows: ReadonlyArray<Row.Row> = [
  {
    name: "scp-ignore",
    title: "SCP, 200 x 525 kB, storescu sending, data ignored",
    unit: "MB/s",
    warms: true,
    start: ({ ct }) => serving(ignoring, storescu(ct, megabytes(Instance.size(ct)))),
    goals: [Row.against("storescp --ignore", 0.8, 1.1), Row.against("bare Node", 60, 85, { unit: "%" })]
  },
  {
    name: "scp-disk",
    title: "SCP, 200 x 525 kB, storescu sending, to files",
    unit: "MB/s",
    warms: true,
    start: ({ ct }, folder) =>
      serving(
        [
          dicom("--output", toFolder(folder, "dicom")),
          storescp("storescp", "-od", toFolder(folder, "storescp")),
          storescp("storescp +B", "+B", "-od", toFolder(folder, "storescpB")),
          bareNode(toFolder(folder, "bareNode")),
          dcmjsDimse(toFolder(folder, "dcmjsDimse"))
        ],
        storescu(ct, megabytes(Instance.size(ct)))
      ),
    goals: [Row.against("storescp", 0.9, 1.2), Row.against("storescp +B", 0.65, 0.9)]
  },
  {
    name: "scp-small",
    title: "SCP, 2000 x 2 kB, storescu sending, data ignored",
    unit: "/s",
    warms: true,
    start: ({ small }) => serving(ignoring, storescu(small, 2000)),
    goals: [Row.against("storescp --ignore", 0.6, 1)]
  },
  {
    name: "scp-large",
    title: "SCP, 1 x 256 MB, storescu sending, data ignored",
    unit: "MB/s",
    warms: true,
    start: ({ large }) => serving(ignoring, storescu(large, megabytes(Instance.size(large)))),
    goals: [Row.against("storescp --ignore", 0.9, 1.3), Row.peak(220, 150)]
  },
  {
    name: "scp-echo",
    title: "SCP, 2000 C-ECHO on one association, echoscu asking",
    unit: "/s",
    warms: true,
    start: () =>
      serving(ignoring, (port) =>
        Effect.gen(function* () {
          const echoscu = Process.command("echoscu", "--repeat", "2000", "127.0.0.1", String(port))
          const { seconds } = yield* Process.run(echoscu)
          const at300 = yield* timed(300, () => echoes(port, 300))
          const at2000 = yield* timed(2000, () => echoes(port, 2000))
          return { rate: 2000 / seconds, steadiness: at2000 / at300 }
        })
      ),
    goals: [
      Row.against("storescp --ignore", 0.7, 1),
      {
        label: "the rate at 2000 echoes against that at 300",
        unit: "",
        floor: 0.8,
        target: 0.95,
        value: (median) => median("dicom", "steadiness")
      }
    ]
  },
  {
    name: "scp-associations",
    title: "SCP, 1000 x associate + echo + release, one after another",
    unit: "/s",
    warms: true,
    start: () =>
      serving(ignoring, (port) =>
        Effect.map(
          timed(1000, () => associations(port, 1000)),
          (rate) => ({ rate })
        )
      ),
    goals: [Row.against("storescp --ignore", 0.5, 0.7)]
  },
  {
    name: "scp-16",
    title: "SCP, associate + echo + release, 16 clients at once",
    unit: "/s",
    warms: true,
    start: () =>
      serving([dicom(), storescp("storescp --fork", "--fork", "--ignore"), bareNode(), dcmjsDimse()], (port) =>
        Effect.map(
          timed(320, () => Promise.all(Array.from({ length: 16 }, () => associations(port, 20)))),
          (rate) => ({ rate })
        )
      ),
    goals: [Row.against("storescp --fork", 4, 6)]
  },
  {
    name: "scp-100",
    title: "SCP, 100 associations at once, 5 x 525 kB each, data ignored",
    unit: "MB/s",
    warms: true,
    start: () =>
      serving([dicom(), storescp("storescp --fork", "--fork", "--ignore"), bareNode(), dcmjsDimse()], (port) => {
        let failures = 0
        return Effect.map(
          timed(500 * megabytes(ct.length), () =>
            storesAtOnce(port, 100, 5).then((failed) => {
              failures = failed
            })
          ),
          (rate) => ({ rate, failures })
        )
      }),
    goals: [
      Row.against("storescp --fork", 4, 6),
      Row.peak(400, 300),
      {
        label: "associations that failed",
        unit: "",
        floor: 0,
        target: 0,
        atMost: true,
        value: (median) => median("dicom", "failures")
      }
    ]
  }
]
