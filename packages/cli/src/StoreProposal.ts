/**
 * What `dicom store` proposes for its instances, and in which transfer syntax each of them is sent then: in the one it is in,
 * or with `--propose` in one of those, made into it where no pixel data has to be compressed or decompressed.
 *
 * @since 0.1.0
 */
import { Association } from "@effect-dicom/association"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import type { Uid } from "@effect-dicom/data/Uid"
import { Storage } from "@effect-dicom/services"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import { systemError } from "effect/PlatformError"
import type { PlatformError } from "effect/PlatformError"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type * as InstanceFile from "./InstanceFile.ts"

/**
 * What is proposed for an association, and the instances that are sent on it.
 *
 * @category models
 * @since 0.1.0
 */
export interface StoreProposal {
  readonly presentationContexts: Association.RequestOptions["presentationContexts"]
  readonly instances: ReadonlyArray<InstanceFile.InstanceFile>
}

/** An association has so many presentation contexts at most (PS3.8 section 9.3.2.2). */
const most = 128

/**
 * The proposals for instances, each for an association of its own; with these transfer syntaxes in place of those that they
 * are in, if there are any.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (
  instances: ReadonlyArray<InstanceFile.InstanceFile>,
  transferSyntaxes?: ReadonlyArray<Uid>
): ReadonlyArray<StoreProposal> => {
  if (transferSyntaxes === undefined) {
    const lists = Storage.presentationContexts(instances)
    return lists.map((presentationContexts) => {
      if (lists.length === 1) return { presentationContexts, instances }
      const wanted = new Set(
        presentationContexts.map((context) => `${context.abstractSyntax} ${context.transferSyntaxes[0]}`)
      )
      return {
        presentationContexts,
        instances: instances.filter((file) => wanted.has(`${file.sopClassUid} ${file.transferSyntaxUid}`))
      }
    })
  }
  const sopClasses = [...new Set(instances.map(({ sopClassUid }) => sopClassUid))]
  const together = Math.max(1, Math.floor(most / transferSyntaxes.length))
  return Array.from({ length: Math.ceil(sopClasses.length / together) }, (_, i) => {
    const these = new Set(sopClasses.slice(i * together, (i + 1) * together))
    return {
      // One context for each, so that the answer says of each whether it is accepted.
      presentationContexts: [...these].flatMap((abstractSyntax) =>
        transferSyntaxes.map((transferSyntax) => ({ abstractSyntax, transferSyntaxes: [transferSyntax] }))
      ),
      instances: instances.filter(({ sopClassUid }) => these.has(sopClassUid))
    }
  })
}

/**
 * The transfer syntax that an instance is sent in: its own where that is accepted, or else the first that is and that it can be
 * made into.
 *
 * @category getters
 * @since 0.1.0
 */
export const transferSyntax = (
  association: Association.Association,
  { sopClassUid, transferSyntaxUid }: InstanceFile.InstanceFile,
  transferSyntaxes: ReadonlyArray<Uid> = []
): Uid | undefined =>
  [transferSyntaxUid, ...transferSyntaxes.filter((other) => isPlain(transferSyntaxUid) && isPlain(other))].find((one) =>
    Result.isSuccess(Association.context(association, sopClassUid, one))
  )

/**
 * Whether any of the transfer syntaxes that are proposed is one that an instance may be sent in.
 *
 * @category getters
 * @since 0.1.0
 */
export const isProposed = (
  { transferSyntaxUid }: InstanceFile.InstanceFile,
  transferSyntaxes: ReadonlyArray<Uid> = [transferSyntaxUid]
): boolean => transferSyntaxes.some((one) => one === transferSyntaxUid || (isPlain(transferSyntaxUid) && isPlain(one)))

const isPlain = (uid: Uid): boolean => {
  const syntax = TransferSyntax.fromUid(uid)
  return TransferSyntax.isKnown(syntax) && !syntax.encapsulated
}

/**
 * The bytes of an instance's data set in another transfer syntax.
 *
 * @category operations
 * @since 0.1.0
 */
export const transcoded = (
  { path }: InstanceFile.InstanceFile,
  uid: Uid
): Effect.Effect<Stream.Stream<Uint8Array, PlatformError>, PlatformError, FileSystem.FileSystem> => {
  const failed = (error: { readonly message: string } | PlatformError): PlatformError =>
    "_tag" in error && error._tag === "PlatformError"
      ? error
      : systemError({
          _tag: "InvalidData",
          module: "StoreProposal",
          method: "transcoded",
          description: error.message,
          pathOrDescriptor: path
        })
  return Effect.gen(function* () {
    const [Convert, DicomFile] = yield* Effect.promise(() =>
      Promise.all([import("./Convert.ts"), import("./DicomFile.ts")])
    )
    const file = yield* DicomFile.open(path, { lenient: false })
    const { bytes } = yield* Convert.transcode(file, TransferSyntax.fromUid(uid))
    return Stream.mapError(bytes, failed)
  }).pipe(Effect.mapError(failed))
}
