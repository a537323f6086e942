/**
 * dcmjs with its defaults as a process: `node dcmjs.ts TASK`.
 */
import { data, log } from "dcmjs"
import * as Made from "./Made.ts"
import * as Micros from "./Micros.ts"

const { DicomMessage, ReadBufferStream, WriteBufferStream } = data
const implicit = "1.2.840.10008.1.2"

log.setLevel("error")

const shown = (value: unknown): number => (typeof value === "string" ? value.length : JSON.stringify(value).length)

const hex = (tag: number): string => tag.toString(16).toUpperCase().padStart(8, "0")

const identifier = (): Parameters<typeof DicomMessage.write>[0] =>
  Object.fromEntries(
    Made.rows.map(([tag, , vr, value]) => [
      hex(tag),
      { vr, Value: vr === "PN" ? [{ Alphabetic: value }] : value.split("\\") }
    ])
  )

const written = (dict: Parameters<typeof DicomMessage.write>[0]): number => {
  const stream = new WriteBufferStream(1024, true)
  DicomMessage.write(dict, stream, implicit, {})
  return stream.getBuffer().byteLength
}

Micros.print(process.argv[2], {
  "read-ct": () => {
    const { buffer } = Made.ct()
    return () => {
      const { dict } = DicomMessage.readFile(buffer)
      const pixels = dict["7FE00010"]?.Value[0]
      return Number(dict["00280010"]?.Value[0]) + (pixels instanceof ArrayBuffer ? pixels.byteLength : NaN)
    }
  },
  "write-ct": () => {
    const file = DicomMessage.readFile(Made.ct().buffer)
    const patientId = file.dict["00100020"]
    if (patientId === undefined) throw new Error("the CT has no Patient ID")
    let id = 0
    return () => {
      patientId.Value = [String(id++)]
      return file.write().byteLength
    }
  },
  "read-identifier": () => {
    const { buffer } = Made.identifier()
    return () => {
      const dict = DicomMessage._read(new ReadBufferStream(buffer, true), implicit)
      let characters = 0
      for (const tag in dict) for (const value of dict[tag]?.Value ?? []) characters += shown(value)
      return characters
    }
  },
  "write-identifier": () => {
    const dict = identifier()
    return () => written(dict)
  },
  "make-identifier": () => () => written(identifier())
})
