/**
 * Rows that measure queries and retrievals, both ways, against dcmqrscp and the programs that ask it. The bare SCU asks the
 * providers, a bare SCP with answers ready answers the users' queries, and dcmqrscp their retrievals.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as BareNode from "../BareNode.ts"
import * as Instance from "../Instance.ts"
import * as Process from "../Process.ts"
import * as Query from "../Query.ts"
import * as Row from "../Row.ts"
import { serving, timed, toFolder, type Load, type Served } from "./scp.ts"
import { dcmtk, dicom, bareNode } from "./scu.ts"

const archive = (name: string, folder: string, back: number, ...args: ReadonlyArray<string>): Served => ({
  name,
  program: (port) => Process.node("scp/archive.ts", port, folder, String(back), ...args)
})

/** dcmqrscp with the files of a folder in its index; it knows who listens where. */
const dcmqrscp = (
  folder: string,
  files: string,
  movers: Readonly<Record<string, number>>
): Effect.Effect<Served, never, Scope.Scope> =>
  Effect.gen(function* () {
    const database = Fs.mkdtempSync(Path.join(folder, "dcmqrscp-"))
    yield* Process.run(Process.command("dcmqridx", database, ...Instance.files(files)))
    const configuration = Path.join(database, "dcmqrscp.cfg")
    const hosts = Object.entries(movers).map(([name, port]) => `${name} = (${name}, 127.0.0.1, ${port})`)
    Fs.writeFileSync(
      configuration,
      [
        "MaxPDUSize = 16384",
        "MaxAssociations = 16",
        "HostTable BEGIN",
        ...hosts,
        "HostTable END",
        "AETable BEGIN",
        `ANY-SCP ${database} RW (200, 1024mb) ANY`,
        "AETable END",
        ""
      ].join("\n")
    )
    return { name: "dcmqrscp", program: (port) => Process.command("dcmqrscp", "-c", configuration, port) }
  })

/** The bare SCU asks on one association. */
const asking =
  (keys: () => Uint8Array): Load =>
  (port) =>
    Effect.map(
      timed(Query.count, async () => {
        const user = await BareNode.associate(port, Query.findSopClassUid, TransferSyntax.ImplicitVRLittleEndian.uid)
        const found = await user.find(keys())
        if (found !== Query.count) throw new Error(`${found} matches`)
        await user.release()
      }),
      (rate) => ({ rate })
    )

const megabytes = (folder: string): number => Instance.size(folder) / 1e6

const keys = ["-S", "-k", "QueryRetrieveLevel=STUDY", "-k", `StudyInstanceUID=${Instance.studyInstanceUid}`]

const getscu = ["--ignore", ...keys, "127.0.0.1"]

const movescu = (back: number) => [
  ...["-aet", "MOVESCU", "-aem", "MOVESCU", "+P", String(back), "--ignore"],
  ...keys,
  "127.0.0.1"
]

const running =
  (amount: number, file: string, args: ReadonlyArray<string>): Load =>
  (port) =>
    Effect.map(Process.run(Process.command(file, ...args, String(port))), ({ seconds }) => ({ rate: amount / seconds }))

/** The rows, in the order in which they are printed. */
export const rows: ReadonlyArray<Row.Row> = [
  {
    name: "scp-find",
    title: "SCP, C-FIND with 2000 matches, the bare SCU asking",
    unit: "rsp/s",
    warms: true,
    start: ({ small }, folder) =>
      Effect.flatMap(dcmqrscp(folder, small, {}), (dcmqrscp) => {
        const none = toFolder(folder, "none")
        return serving(
          [archive("dicom", none, 0), dcmqrscp, archive("dicom, from data sets", none, 0, "data-sets")],
          asking(Query.keyBytes.image)
        )
      }),
    goals: [Row.against("dcmqrscp", 0.7, 1.2)]
  },
  {
    name: "scp-find-studies",
    title: "SCP, C-FIND with 2000 matches of 28 attributes, the bare SCU asking",
    unit: "rsp/s",
    warms: true,
    start: (_, folder) =>
      Effect.suspend(() => {
        const none = toFolder(folder, "none")
        return serving(
          [
            archive("dicom", none, 0, "studies"),
            { name: "bare Node", program: (port) => Process.node("scp/canned.ts", port) }
          ],
          asking(Query.keyBytes.study)
        )
      }),
    goals: [Row.against("bare Node", 10, 30, { unit: "%", label: "bare Node, which has its answer ready" })]
  },
  {
    name: "scp-get",
    title: "SCP, C-GET of 200 x 525 kB, getscu dropping",
    unit: "MB/s",
    warms: true,
    start: ({ ct }, folder) =>
      Effect.flatMap(dcmqrscp(folder, ct, {}), (dcmqrscp) =>
        serving([archive("dicom", ct, 0), dcmqrscp], running(megabytes(ct), "getscu", getscu))
      ),
    goals: [Row.against("dcmqrscp", 0.8, 1.1)]
  },
  {
    name: "scp-move",
    title: "SCP, C-MOVE of 200 x 525 kB, to movescu that drops them",
    unit: "MB/s",
    warms: true,
    start: ({ ct }, folder) =>
      Effect.gen(function* () {
        const back = yield* Process.freePort
        const other = yield* dcmqrscp(folder, ct, { MOVESCU: back })
        return yield* serving([archive("dicom", ct, back), other], running(megabytes(ct), "movescu", movescu(back)))
      }),
    goals: [Row.against("dcmqrscp", 0.8, 1.1)]
  },
  {
    name: "scu-find",
    title: "SCU, C-FIND of 2000 matches of 28 attributes, from a bare SCP",
    unit: "rsp/s",
    warms: false,
    start: () =>
      Effect.map(
        Process.serve((port) => Process.node("scp/canned.ts", port)),
        ({ port }) => {
          const args = ["-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID", "127.0.0.1"]
          return [
            dicom("find", "", Query.count),
            dcmtk("findscu", Query.count, (port) => [...args, port]),
            bareNode("find", "", Query.count)
          ].map((participant) => participant(String(port)))
        }
      ),
    goals: [Row.against("findscu", 0.5, 1.2)]
  },
  {
    name: "scu-get",
    title: "SCU, C-GET of 200 x 525 kB from dcmqrscp, dropped",
    unit: "MB/s",
    warms: false,
    start: ({ ct }, folder) =>
      Effect.gen(function* () {
        const { program } = yield* dcmqrscp(folder, ct, {})
        const { port } = yield* Process.serve(program)
        return [
          dicom("get", "", megabytes(ct))(String(port)),
          dcmtk("getscu", megabytes(ct), (port) => [...getscu, port])(String(port))
        ]
      }),
    goals: [Row.against("getscu", 0.8, 1.1)]
  },
  {
    name: "scu-move",
    title: "SCU, C-MOVE of 200 x 525 kB from dcmqrscp to itself, dropped",
    unit: "MB/s",
    warms: false,
    start: ({ ct }, folder) =>
      Effect.gen(function* () {
        const [ours, theirs] = [yield* Process.freePort, yield* Process.freePort]
        const { program } = yield* dcmqrscp(folder, ct, { DICOM: ours, MOVESCU: theirs })
        const { port } = yield* Process.serve(program)
        return [
          dicom("move", String(ours), megabytes(ct))(String(port)),
          dcmtk("movescu", megabytes(ct), (port) => [...movescu(theirs), port])(String(port))
        ]
      }),
    goals: [Row.against("movescu", 0.8, 1.1)]
  }
]
