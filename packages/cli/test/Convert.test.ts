import * as DataElement from "@effect-dicom/data/DataElement"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as FileFormat from "@effect-dicom/data/FileFormat"
import * as FileMetaInformation from "@effect-dicom/data/FileMetaInformation"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as Tag from "@effect-dicom/data/Tag"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { execFileSync } from "node:child_process"
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { deflateRawSync, inflateRawSync } from "node:zlib"
import { Input } from "../src/Input.ts"
import { BinaryOutput } from "../src/Output.ts"
import { dicom, folder, samples } from "./command.ts"
import * as Files from "./files.ts"

const sample = (name: string): string => join(samples, name)
const explicit = sample("explicit_little.dcm")
const implicit = sample("implicit_little.dcm")
const big = sample("explicit_big.dcm")
const deflated = sample("deflated.dcm")
const compressed = sample("rle.dcm")

const read = (path: string): FileFormat.File =>
  Result.getOrThrow(
    FileFormat.decode(Uint8Array.from(readFileSync(path)), {
      inflate: (bytes) => Result.succeed(Uint8Array.from(inflateRawSync(bytes)))
    })
  )

const dataSetOf = (path: string): Uint8Array => DataSet.toBytes(read(path).dataSet)

describe("dicom convert", { timeout: 30000 }, () => {
  it.live("without --syntax leaves every byte as it is, in every transfer syntax", () =>
    Effect.gen(function* () {
      const output = join(yield* folder, "out.dcm")
      for (const name of readdirSync(samples).filter((name) => name.endsWith(".dcm"))) {
        const input = join(samples, name)
        assert.deepStrictEqual(yield* dicom("convert", input, output, "-q"), { exitCode: 0, out: [], err: [] })
        assert.strictEqual(Buffer.compare(readFileSync(input), readFileSync(output)), 0, name)
      }
    })
  )

  it.live("gives the same data set as the library's transcoding, values over 64 KiB too", () =>
    Effect.gen(function* () {
      const output = join(yield* folder, "out.dcm")
      for (const input of [explicit, implicit, big, deflated]) {
        for (const syntax of [
          TransferSyntax.ImplicitVRLittleEndian,
          TransferSyntax.ExplicitVRLittleEndian,
          TransferSyntax.ExplicitVRBigEndian,
          TransferSyntax.DeflatedExplicitVRLittleEndian
        ]) {
          const { err, exitCode } = yield* dicom("convert", input, output, "--syntax", syntax.keyword, "-q")
          assert.deepStrictEqual([exitCode, err], [0, []])
          const expected = Result.getOrThrow(DataSet.transcode(read(input).dataSet, syntax))
          const file = read(output)
          assert.strictEqual(file.metaInformation?.fields.transferSyntaxUid, syntax.uid)
          assert.deepStrictEqual(file.irregularities, [])
          assert.strictEqual(Buffer.compare(DataSet.toBytes(file.dataSet), DataSet.toBytes(expected)), 0)
        }
      }
    })
  )

  it.live("reads - from the standard input, and writes - to the standard output, in one syntax or another", () =>
    Effect.gen(function* () {
      const output = join(yield* folder, "out.dcm")
      for (const syntax of [[], ["--syntax", "ExplicitVRBigEndian"]]) {
        const printed: Array<Uint8Array> = []
        const ran = yield* dicom("convert", "-", "-", "-q", ...syntax).pipe(
          Effect.provideService(Input, Stream.succeed(Uint8Array.from(readFileSync(explicit)))),
          Effect.provideService(BinaryOutput, (bytes) => Effect.sync(() => void printed.push(Uint8Array.from(bytes))))
        )
        assert.deepStrictEqual(ran, { exitCode: 0, out: [], err: [] })
        yield* dicom("convert", explicit, output, "-q", ...syntax)
        assert.strictEqual(Buffer.compare(Buffer.concat(printed), readFileSync(output)), 0)
      }
    })
  )

  it.live("from implicit to explicit, big endian and back to implicit is the data set as it was", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const [a, b, c] = [join(directory, "a.dcm"), join(directory, "b.dcm"), join(directory, "c.dcm")]
      yield* dicom("convert", implicit, a, "--syntax", "ExplicitVRLittleEndian")
      yield* dicom("convert", a, b, "--syntax", "1.2.840.10008.1.2.2")
      yield* dicom("convert", b, c, "--syntax", "implicitvrlittleendian")
      assert.strictEqual(Buffer.compare(dataSetOf(implicit), dataSetOf(c)), 0)
    })
  )

  it.live("replaces a file, the one it reads from too, once the new one is complete", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const path = join(directory, "file.dcm")
      writeFileSync(path, readFileSync(explicit))
      yield* dicom("convert", path, path, "--syntax", "ImplicitVRLittleEndian")
      assert.strictEqual(read(path).transferSyntax.keyword, "ImplicitVRLittleEndian")
      assert.deepStrictEqual(readdirSync(directory), ["file.dcm"])
    })
  )

  it.live("writes what a symbolic link leads to, and leaves the link, though there be no file yet", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      mkdirSync(join(directory, "far"))
      symlinkSync(join("far", "file.dcm"), join(directory, "link"))
      symlinkSync("link", join(directory, "link.dcm"))
      for (const syntax of ["ImplicitVRLittleEndian", "ExplicitVRBigEndian"]) {
        const { exitCode } = yield* dicom("convert", explicit, join(directory, "link.dcm"), "--syntax", syntax, "-q")
        assert.strictEqual(exitCode, 0)
        assert.isTrue(lstatSync(join(directory, "link.dcm")).isSymbolicLink())
        assert.isTrue(lstatSync(join(directory, "link")).isSymbolicLink())
        assert.deepStrictEqual(readdirSync(join(directory, "far")), ["file.dcm"])
        assert.strictEqual(read(join(directory, "far", "file.dcm")).transferSyntax.keyword, syntax)
      }
    })
  )

  it.live("leaves to a file that it replaces who may read it", () =>
    Effect.gen(function* () {
      const output = join(yield* folder, "out.dcm")
      writeFileSync(output, "", { mode: 0o600 })
      assert.deepStrictEqual(yield* dicom("convert", explicit, output, "-q"), { exitCode: 0, out: [], err: [] })
      assert.strictEqual(statSync(output).mode & 0o777, 0o600)
      assert.strictEqual(Buffer.compare(readFileSync(explicit), readFileSync(output)), 0)
    })
  )

  it.live("gives a bare data set File Meta Information with --syntax", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const [bare, output] = [join(directory, "bare.dcm"), join(directory, "out.dcm")]
      writeFileSync(bare, Files.dataSet())
      const { err, exitCode } = yield* dicom("convert", bare, output, "--syntax", "ExplicitVRLittleEndian", "-q")
      assert.deepStrictEqual([exitCode, err], [0, []])
      const { metaInformation } = read(output)
      assert.strictEqual(metaInformation?.fields.mediaStorageSopInstanceUid, "1.2.3")
      assert.strictEqual(Buffer.compare(dataSetOf(output), Files.dataSet()), 0)
    })
  )

  it.live("neither compresses nor decompresses pixels: exit code 9", () =>
    Effect.gen(function* () {
      const output = join(yield* folder, "out.dcm")
      const { err, exitCode } = yield* dicom("convert", compressed, output, "--syntax", "ExplicitVRLittleEndian", "-q")
      assert.deepStrictEqual(
        [exitCode, err],
        [
          9,
          [
            "(7FE0,0010) is in RLE Lossless; to be in Explicit VR Little Endian it needs a codec for its pixels. " +
              "Give it uncompressed, or leave its transfer syntax as it is."
          ]
        ]
      )
      assert.isFalse(existsSync(output))
    })
  )

  it.live("writes nothing where the input is damaged: exit code 7", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const [input, output] = [join(directory, "in.dcm"), join(directory, "out.dcm")]
      writeFileSync(input, readFileSync(explicit).subarray(0, -1))
      for (const more of [[], ["--syntax", "ImplicitVRLittleEndian"]]) {
        const { err, exitCode } = yield* dicom("convert", input, output, ...more)
        assert.strictEqual(exitCode, 7)
        assert.match(err[0] ?? "", /in\.dcm: invalid data set, \(7FE0,0010\) .*\. Nothing was written\.$/)
        assert.deepStrictEqual(readdirSync(directory), ["in.dcm"])
      }
    })
  )

  it.live("says what is wrong with a name, with a folder that is not there, and with a folder in the way", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const name = yield* dicom("convert", explicit, join(directory, "out.dcm"), "--syntax", "Explicit")
      assert.deepStrictEqual(
        [name.exitCode, name.err],
        [2, ['"Explicit" is no transfer syntax. Give its keyword or its UID, as in --syntax ExplicitVRLittleEndian.']]
      )
      const nowhere = join(directory, "none", "out.dcm")
      const missing = yield* dicom("convert", explicit, nowhere)
      assert.deepStrictEqual(
        [missing.exitCode, missing.err],
        [7, [`${nowhere} cannot be written: there is no such file or folder. Give another file.`]]
      )
      const taken = join(directory, "taken")
      mkdirSync(join(taken, "by"), { recursive: true })
      const inTheWay = yield* dicom("convert", explicit, taken)
      assert.deepStrictEqual(
        [inTheWay.exitCode, inTheWay.err],
        [7, [`${taken} cannot be written: it is a folder. Give another file.`]]
      )
      assert.deepStrictEqual(readdirSync(directory), ["taken"])
    })
  )

  it.live("corrects the offsets of a DICOMDIR, and writes it in Explicit VR Little Endian only", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const [input, output] = [join(directory, "DICOMDIR"), join(directory, "out")]
      const syntax = TransferSyntax.ImplicitVRLittleEndian
      const offset = (value: number): Uint8Array => Uint8Array.of(value & 0xff, value >> 8, 0, 0)
      const root = Tag.make(0x0004, 0x1200)
      const record = DataSet.make(syntax, [DataElement.value(Tag.make(0x0004, 0x1400), "UL", offset(0))])
      const dataSet = (first: number): DataSet.DataSet =>
        DataSet.make(syntax, [
          DataElement.value(root, "UL", offset(first)),
          DataElement.sequence(Tag.make(0x0004, 0x1220), [record, record])
        ])
      const meta = Result.getOrThrow(
        FileMetaInformation.make({
          mediaStorageSopClassUid: SopClass.MediaStorageDirectoryStorage,
          mediaStorageSopInstanceUid: Uid.makeUnsafe("1.2.3"),
          transferSyntaxUid: syntax.uid,
          implementationClassUid: Uid.makeUnsafe("2.25.1")
        })
      )
      const at = FileMetaInformation.encode(meta).length
      const write = (first: number): void =>
        writeFileSync(input, Buffer.concat([FileMetaInformation.encode(meta), DataSet.toBytes(dataSet(first))]))
      // Behind (0004,1200) and the header of the sequence, and an item of 12 bytes before it.
      write(at + 12 + 8 + 8 + 12)
      const { err, exitCode } = yield* dicom("convert", input, output, "--syntax", "ExplicitVRLittleEndian")
      assert.deepStrictEqual([exitCode, err], [0, []])
      const file = read(output)
      // The UID of the new syntax is longer by two bytes, and the header of a sequence by four.
      assert.strictEqual(file.head.length, at + 2)
      assert.deepStrictEqual(
        DataSet.element(file.dataSet, root)?.bytes,
        Uint8Array.from(offset(at + 2 + 12 + 12 + 8 + 12))
      )
      const other = yield* dicom("convert", input, join(directory, "no"), "--syntax", "ExplicitVRBigEndian")
      assert.deepStrictEqual(
        [other.exitCode, other.err],
        [
          2,
          [
            `${input}: it is a DICOMDIR, which is in Explicit VR Little Endian and nothing else (PS3.10 section 8.6). ` +
              "Give --syntax ExplicitVRLittleEndian, or none."
          ]
        ]
      )
      write(7)
      const lost = yield* dicom("convert", input, join(directory, "no"), "--syntax", "ExplicitVRLittleEndian")
      assert.deepStrictEqual(
        [lost.exitCode, lost.err],
        [7, [`${input}: (0004,1200) leads to byte 7 of the file, where no record begins. Nothing was written.`]]
      )
      assert.deepStrictEqual(readdirSync(directory).toSorted(), ["DICOMDIR", "out"])
    })
  )

  it.live("inflates up to a limit, which a flag moves, and reads long values from what is inflated once more", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const [plain, packed, back] = [join(directory, "a.dcm"), join(directory, "b.dcm"), join(directory, "c.dcm")]
      Files.write(plain, { length: 3_000_000 })
      for (const [from, to, syntax] of [
        [plain, packed, "DeflatedExplicitVRLittleEndian"],
        [packed, back, "ExplicitVRLittleEndian"]
      ] as const) {
        const ran = yield* dicom("convert", from, to, "--syntax", syntax)
        assert.deepStrictEqual(ran, { exitCode: 0, out: [], err: [] })
      }
      assert.isBelow(statSync(packed).size, 100_000)
      assert.strictEqual(Buffer.compare(readFileSync(plain), readFileSync(back)), 0)
      const less = ["--syntax", "ImplicitVRLittleEndian", "--limit", "inflated-size=2MiB"]
      const { err, exitCode } = yield* dicom("convert", packed, join(directory, "no.dcm"), ...less)
      assert.deepStrictEqual(
        [exitCode, err],
        [
          7,
          [
            `${packed}: its data set inflates to more than 2097152 bytes; --limit inflated-size=NUMBER permits more. ` +
              "Nothing was written."
          ]
        ]
      )
      const more = yield* dicom("convert", packed, back, "--limit", "inflated-size=3MiB", "--limit", "depth=3")
      assert.deepStrictEqual(more, { exitCode: 0, out: [], err: [] })
      const wrong = yield* dicom("convert", packed, back, "--limit", "size=3")
      assert.strictEqual(wrong.exitCode, 2)
    })
  )

  it.live("tells of what follows the last element, or the end of what is deflated, and leaves it", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const [input, output] = [join(directory, "in.dcm"), join(directory, "out.dcm")]
      const told = Effect.fnUntraced(function* (bytes: Uint8Array, ...more: ReadonlyArray<string>) {
        writeFileSync(input, bytes)
        const { err, exitCode } = yield* dicom("convert", input, output, ...more)
        assert.strictEqual(exitCode, 0)
        if (more.length === 0) assert.strictEqual(Buffer.compare(readFileSync(output), bytes), 0)
        return err
      })
      const zeros = [
        `warning: ${input}: invalid data set, at byte ${dataSetOf(explicit).length}: trailing bytes: 9 zeros follow the ` +
          "last element; permitted: nothing, or Data Set Trailing Padding (FFFC,FFFC)"
      ]
      const padded = Buffer.concat([readFileSync(explicit), new Uint8Array(9)])
      assert.deepStrictEqual(yield* told(padded), zeros)
      assert.deepStrictEqual(yield* told(padded, "--syntax", "ImplicitVRLittleEndian"), zeros)
      assert.deepStrictEqual(yield* told(padded, "--quiet"), [])
      const { head } = read(deflated)
      const packed = deflateRawSync(dataSetOf(deflated))
      const even = packed.length % 2 === 0 ? packed : Buffer.concat([packed, new Uint8Array(1)])
      const behind = (count: number): string => `${count === 1 ? "a byte follows" : `${count} bytes follow`}`
      assert.deepStrictEqual(yield* told(Buffer.concat([head, even])), [])
      for (const junk of [Buffer.from("junk"), Buffer.from("more junk")]) {
        const count = junk.length + even.length - packed.length
        assert.deepStrictEqual(yield* told(Buffer.concat([head, even, junk])), [
          `warning: ${input}: ${behind(count)} the end of the deflated data set; permitted: one zero that makes its ` +
            "length even"
        ])
      }
    })
  )

  it.live("does not read from a pipe", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const pipe = join(directory, "pipe")
      execFileSync("mkfifo", [pipe])
      const { err, exitCode } = yield* dicom("convert", pipe, join(directory, "out.dcm"))
      assert.deepStrictEqual([exitCode, err], [7, [`${pipe}: it is neither a file nor a folder. Nothing was written.`]])
    })
  )

  it.live("does not take the place of a device or a pipe", () =>
    Effect.gen(function* () {
      const pipe = join(yield* folder, "pipe")
      execFileSync("mkfifo", [pipe])
      const { err, exitCode } = yield* dicom("convert", explicit, pipe)
      assert.deepStrictEqual([exitCode, err], [7, [`${pipe} cannot be written: it is no file. Give another file.`]])
      assert.isTrue(statSync(pipe).isFIFO())
    })
  )
})
