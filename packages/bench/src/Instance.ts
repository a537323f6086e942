/**
 * Instances made up for measuring: Explicit VR Little Endian, CT Image Storage, pixels that do not compress.
 */
import * as FileMetaInformation from "@effect-dicom/data/FileMetaInformation"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import * as Result from "effect/Result"
import * as Fs from "node:fs"
import * as Path from "node:path"

/** The SOP class and the transfer syntax of every instance here. */
export const sopClassUid = SopClass.CTImageStorage
export const transferSyntaxUid = TransferSyntax.ExplicitVRLittleEndian.uid

const root = "2.25.300000000000000000000000000000000"

/** The UID of the n-th instance of a kind. */
export const uid = (kind: number, n: number): Uid.Uid => Uid.makeUnsafe(`${root}.${kind}.${n}`)

/** The study and the series in which all instances are. */
export const studyInstanceUid: Uid.Uid = Uid.makeUnsafe(`${root}.1`)
export const seriesInstanceUid: Uid.Uid = Uid.makeUnsafe(`${root}.2`)

const element = (group: number, number: number, vr: string, value: Uint8Array): Buffer => {
  const long = vr === "OW" || vr === "OB"
  const even = value.length + (value.length % 2)
  const bytes = Buffer.alloc((long ? 12 : 8) + even, vr === "UI" ? 0 : 0x20)
  bytes.writeUInt16LE(group, 0)
  bytes.writeUInt16LE(number, 2)
  bytes.write(vr, 4, "latin1")
  if (long) {
    bytes.writeUInt16LE(0, 6)
    bytes.writeUInt32LE(value.length, 8)
  } else {
    bytes.writeUInt16LE(even, 6)
  }
  bytes.set(value, long ? 12 : 8)
  return bytes
}

const text = (group: number, number: number, vr: string, value: string): Buffer =>
  element(group, number, vr, Buffer.from(value, "latin1"))

const short = (group: number, number: number, value: number): Buffer =>
  element(group, number, "US", Uint8Array.of(value, value >> 8))

/** What stands before the pixels of an image of so many rows and columns, 16 bits each, in so many frames. */
const header = (instanceUid: string, rows: number, columns: number, frames: number): Buffer =>
  Buffer.concat([
    text(0x0008, 0x0008, "CS", "ORIGINAL\\PRIMARY\\AXIAL"),
    text(0x0008, 0x0016, "UI", sopClassUid),
    text(0x0008, 0x0018, "UI", instanceUid),
    text(0x0008, 0x0020, "DA", "20240229"),
    text(0x0008, 0x0030, "TM", "120000"),
    text(0x0008, 0x0060, "CS", "CT"),
    text(0x0008, 0x0070, "LO", "EXAMPLE"),
    text(0x0010, 0x0010, "PN", "MEASURED^MARY"),
    text(0x0010, 0x0020, "LO", "BENCH-1"),
    text(0x0020, 0x000d, "UI", studyInstanceUid),
    text(0x0020, 0x000e, "UI", seriesInstanceUid),
    text(0x0020, 0x0013, "IS", "1"),
    short(0x0028, 0x0002, 1),
    text(0x0028, 0x0004, "CS", "MONOCHROME2"),
    ...(frames === 1 ? [] : [text(0x0028, 0x0008, "IS", String(frames))]),
    short(0x0028, 0x0010, rows),
    short(0x0028, 0x0011, columns),
    text(0x0028, 0x0030, "DS", "0.5\\0.5"),
    short(0x0028, 0x0100, 16),
    short(0x0028, 0x0101, 12),
    short(0x0028, 0x0102, 11),
    short(0x0028, 0x0103, 0)
  ])

/** A block of pixels, the same on every run. */
const noise = (length: number): Buffer => {
  const bytes = Buffer.alloc(length)
  let seed = 0x2545f491
  for (let i = 0; i + 1 < length; i += 2) {
    seed = (Math.imul(seed, 1664525) + 1013904223) | 0
    bytes.writeUInt16LE((seed >>> 16) & 0x0fff, i)
  }
  return bytes
}

const pixelData = (length: number): Buffer => {
  const start = element(0x7fe0, 0x0010, "OW", new Uint8Array(0))
  start.writeUInt32LE(length, 8)
  return start
}

/** The bytes of a data set, without file meta information. */
export const dataSet = (instanceUid: string, rows: number, columns: number): Buffer => {
  const length = rows * columns * 2
  return Buffer.concat([header(instanceUid, rows, columns, 1), pixelData(length), noise(length)])
}

const meta = (instanceUid: Uid.Uid): Uint8Array =>
  FileMetaInformation.encode(
    Result.getOrThrow(
      FileMetaInformation.make({
        mediaStorageSopClassUid: sopClassUid,
        mediaStorageSopInstanceUid: instanceUid,
        transferSyntaxUid,
        implementationClassUid: Uid.makeUnsafe(`${root}.9`)
      })
    )
  )

/** What is measured with. */
export interface Instances {
  /** 200 files of 525 kB. */
  readonly ct: string
  /** 2000 files of 2 kB. */
  readonly small: string
  /** One file of 256 MiB. */
  readonly large: string
}

/** Bytes of the files in a folder. */
export const size = (folder: string): number =>
  Fs.readdirSync(folder).reduce((total, name) => total + Fs.statSync(Path.join(folder, name)).size, 0)

/** The paths of the files in a folder, in order. */
export const files = (folder: string): ReadonlyArray<string> =>
  Fs.readdirSync(folder)
    .toSorted()
    .map((name) => Path.join(folder, name))

const many = (folder: string, kind: number, count: number, rows: number, columns: number): string => {
  Fs.mkdirSync(folder)
  for (let n = 0; n < count; n++) {
    const instanceUid = uid(kind, n)
    const name = `${String(n).padStart(4, "0")}.dcm`
    Fs.writeFileSync(Path.join(folder, name), Buffer.concat([meta(instanceUid), dataSet(instanceUid, rows, columns)]))
  }
  return folder
}

const one = (folder: string, kind: number, frames: number): string => {
  Fs.mkdirSync(folder)
  const instanceUid = uid(kind, 0)
  const frame = noise(512 * 512 * 2)
  const file = Fs.openSync(Path.join(folder, "0.dcm"), "w")
  for (const part of [meta(instanceUid), header(instanceUid, 512, 512, frames), pixelData(frames * frame.length)]) {
    Fs.writeSync(file, part)
  }
  for (let i = 0; i < frames; i++) Fs.writeSync(file, frame)
  Fs.closeSync(file)
  return folder
}

/** All that is measured with, under a folder; each is written when it is first asked for. */
export const under = (folder: string): Instances => {
  let [ct, small, large]: ReadonlyArray<string | undefined> = []
  return {
    get ct() {
      return (ct ??= many(Path.join(folder, "ct"), 1, 200, 512, 512))
    },
    get small() {
      return (small ??= many(Path.join(folder, "small"), 2, 2000, 28, 28))
    },
    get large() {
      return (large ??= one(Path.join(folder, "large"), 3, 512))
    }
  }
}
