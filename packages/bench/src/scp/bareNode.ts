/**
 * The bare SCP as a process: `node bareNode.ts PORT [DIRECTORY]`. It ends well on SIGINT, so that `node --cpu-prof` writes
 * its profile.
 */
import * as FileMetaInformation from "@effect-dicom/data/FileMetaInformation"
import * as Uid from "@effect-dicom/data/Uid"
import * as Result from "effect/Result"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as BareNode from "../BareNode.ts"
import * as Instance from "../Instance.ts"

const [port, directory] = process.argv.slice(2)

const ignoring: BareNode.Sink = { open: () => {}, write: () => {}, close: () => {} }

const storing = (directory: string) => (): BareNode.Sink => {
  let file = -1
  return {
    open: (sopClassUid, sopInstanceUid) => {
      file = Fs.openSync(Path.join(directory, `${sopInstanceUid}.dcm`), "w")
      const meta = FileMetaInformation.make({
        mediaStorageSopClassUid: Uid.makeUnsafe(sopClassUid),
        mediaStorageSopInstanceUid: Uid.makeUnsafe(sopInstanceUid),
        transferSyntaxUid: Instance.transferSyntaxUid,
        implementationClassUid: Uid.makeUnsafe("2.25.1")
      })
      Fs.writeSync(file, FileMetaInformation.encode(Result.getOrThrow(meta)))
    },
    write: (bytes) => void Fs.writeSync(file, bytes),
    close: () => Fs.closeSync(file)
  }
}

BareNode.serve(Number(port), directory === undefined ? () => ignoring : storing(directory))
process.once("SIGINT", () => process.exit())
