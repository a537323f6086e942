/**
 * Files to be stored, made by the test: PS3.10 file meta information, and a data set of nothing but its SOP class, its SOP
 * instance and private bytes.
 */
import * as FileMetaInformation from "@effect-dicom/data/FileMetaInformation"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import * as Result from "effect/Result"
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"

export interface Made {
  readonly sopClassUid?: Uid.Uid
  readonly sopInstanceUid?: string
  /** Bytes of a private element, OB. */
  readonly length?: number
}

const element = (group: number, number: number, vr: "UI" | "OB" | "LO", value: Uint8Array): Uint8Array => {
  const header = new Uint8Array(vr === "OB" ? 12 : 8)
  const view = new DataView(header.buffer)
  view.setUint16(0, group, true)
  view.setUint16(2, number, true)
  header[4] = vr.charCodeAt(0)
  header[5] = vr.charCodeAt(1)
  if (vr === "OB") view.setUint32(8, value.length, true)
  else view.setUint16(6, value.length, true)
  return Buffer.concat([header, value])
}

const text = (value: string, padding: string): Uint8Array =>
  Buffer.from(value.length % 2 === 0 ? value : value + padding, "latin1")

/** Bytes of which no two neighbours are alike. */
const bytes = (length: number): Uint8Array => {
  const filled = new Uint8Array(length)
  for (let i = 0; i < length; i++) filled[i] = i * 31
  return filled
}

/** A data set in Explicit VR Little Endian. */
export const dataSet = (made: Made = {}): Uint8Array =>
  Buffer.concat([
    element(0x0008, 0x0016, "UI", text(made.sopClassUid ?? SopClass.CTImageStorage, "\0")),
    element(0x0008, 0x0018, "UI", text(made.sopInstanceUid ?? "1.2.3", "\0")),
    element(0x0009, 0x0010, "LO", text("TEST", " ")),
    element(0x0009, 0x1001, "OB", bytes(made.length ?? 16))
  ])

/** Writes a file. */
export const write = (path: string, made: Made = {}): string => {
  const meta = Result.getOrThrow(
    FileMetaInformation.make({
      mediaStorageSopClassUid: made.sopClassUid ?? SopClass.CTImageStorage,
      mediaStorageSopInstanceUid: Uid.makeUnsafe(made.sopInstanceUid ?? "1.2.3"),
      transferSyntaxUid: TransferSyntax.ExplicitVRLittleEndian.uid,
      implementationClassUid: Uid.makeUnsafe("2.25.1")
    })
  )
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, Buffer.concat([FileMetaInformation.encode(meta), dataSet(made)]))
  return path
}

export const uid = Uid.makeUnsafe
