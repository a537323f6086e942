/**
 * The bare SCU as a process: `node bareNode.ts store PORT FOLDER`, `... echo PORT COUNT`, `... associate PORT COUNT`,
 * `... find PORT`.
 */
import * as FileFormat from "@effect-dicom/data/FileFormat"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import * as Fs from "node:fs"
import * as BareNode from "../BareNode.ts"
import * as Instance from "../Instance.ts"
import * as Query from "../Query.ts"
import * as Measured from "./Measured.ts"

const [task, port, what, runs] = process.argv.slice(2)

const associate = () =>
  task === "find"
    ? BareNode.associate(Number(port), Query.findSopClassUid, TransferSyntax.ImplicitVRLittleEndian.uid)
    : BareNode.associate(Number(port), Instance.sopClassUid, Instance.transferSyntaxUid)

const ask = async (user: BareNode.User): Promise<void> => {
  const found = await user.find(Query.keyBytes.study())
  if (found !== Query.count) throw new Error(`${found} matches`)
}

const whole = 1 << 22
const ring = Array.from({ length: 4 }, () => Buffer.allocUnsafe(1 << 20))

function* parts(file: number, from: number): Generator<Uint8Array> {
  let at = from
  for (let turn = 0; ; turn++) {
    const buffer = ring[turn % ring.length] ?? Buffer.alloc(0)
    const length = Fs.readSync(file, buffer, 0, buffer.length, at)
    if (length === 0) return
    at += length
    yield buffer.subarray(0, length)
  }
}

/** Where an instance's data set begins, and its UID. */
const find = (head: Uint8Array): { readonly offset: number; readonly uid: string } => {
  const found = Result.getOrThrow(FileFormat.instance(head))
  if (found._tag === "Need more") throw new Error("the head is longer than expected")
  return { offset: found.file.dataSetOffset, uid: found.sopInstanceUid }
}

const store = async (user: BareNode.User, path: string): Promise<void> => {
  if (Fs.statSync(path).size <= whole) {
    const bytes = Fs.readFileSync(path)
    const { offset, uid } = find(bytes)
    return user.store(uid, [bytes.subarray(offset)])
  }
  const file = Fs.openSync(path, "r")
  const head = Buffer.alloc(1 << 16)
  Fs.readSync(file, head, 0, head.length, 0)
  const { offset, uid } = find(head)
  await user.store(uid, parts(file, offset))
  Fs.closeSync(file)
}

const run = async (): Promise<Duration.Duration> => {
  const begun = performance.now()
  if (task === "associate") {
    for (let i = 0; i < Number(what); i++) {
      const user = await associate()
      await user.echo()
      await user.release()
    }
  } else {
    const user = await associate()
    if (task === "find") await ask(user)
    else if (task === "echo") for (let i = 0; i < Number(what); i++) await user.echo()
    else for (const path of Instance.files(what ?? "")) await store(user, path)
    await user.release()
  }
  return Duration.millis(performance.now() - begun)
}

const cold = await run()
Measured.print(cold, runs === "1" ? cold : await run())
