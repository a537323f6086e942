/**
 * Our SCU as a process: `node scu.ts PORT MEBIBYTES` stores one instance of that many MiB, made in one buffer of 1 MiB that
 * is filled again and again, and prints its hash, the time it took, and how much memory it had at most.
 */
import { Association } from "@effect-dicom/association"
import { TcpTransport } from "@effect-dicom/association/node"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import { NodeRuntime } from "@effect/platform-node"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Crypto from "node:crypto"
import { Storage } from "../../src/index.ts"

const [port, mebibytes] = process.argv.slice(2).map(Number)

const instance = {
  sopClassUid: SopClass.EnhancedCTImageStorage,
  sopInstanceUid: Uid.makeUnsafe("1.2.3"),
  transferSyntaxUid: TransferSyntax.ExplicitVRLittleEndian.uid
}

const main = Effect.gen(function* () {
  const [contexts = []] = Storage.presentationContexts([instance])
  const association = yield* Association.request({
    callingAETitle: "SCU",
    calledAETitle: "SCP",
    presentationContexts: contexts,
    operation: "2 minutes"
  })
  const hash = Crypto.createHash("sha1")
  const buffer = new Uint8Array(1 << 20)
  for (let i = 0; i < buffer.length; i++) buffer[i] = i * 31 + (i >>> 8)
  const view = new DataView(buffer.buffer)
  const dataSet = Stream.map(Stream.range(1, mebibytes ?? 0, 1), (i) => {
    // Each is another: a number at every page.
    for (let at = 0; at < buffer.length; at += 4096) view.setUint32(at, i)
    hash.update(buffer)
    return buffer
  })
  const begun = performance.now()
  const status = yield* Storage.store(association, { ...instance, dataSet })
  const milliseconds = performance.now() - begun
  process.stdout.write(
    `${JSON.stringify({
      status: status._tag,
      sha1: hash.digest("hex"),
      milliseconds,
      peak: process.resourceUsage().maxRSS * 1024
    })}\n`
  )
}).pipe(Effect.scoped, Effect.provide(TcpTransport.layer({ host: "127.0.0.1", port: port ?? 0 })))

NodeRuntime.runMain(main)
