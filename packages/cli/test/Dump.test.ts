import * as DataElement from "@effect-dicom/data/DataElement"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as DataSetReader from "@effect-dicom/data/DataSetReader"
import * as DicomJson from "@effect-dicom/data/DicomJson"
import * as FileMetaInformation from "@effect-dicom/data/FileMetaInformation"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as Tag from "@effect-dicom/data/Tag"
import type { TransferSyntax } from "@effect-dicom/data/TransferSyntax"
import * as TransferSyntaxes from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Console from "effect/Console"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { deflateRawSync } from "node:zlib"
import * as Dicom from "../src/Dicom.ts"
import { DumpJson } from "../src/DumpJson.ts"
import { Census, DumpLines } from "../src/DumpLines.ts"
import { ElementOrder } from "../src/ElementOrder.ts"
import type * as Failure from "../src/Failure.ts"
import { Input } from "../src/Input.ts"
import { Irregularities } from "../src/Irregularities.ts"
import { Output, ReaderGone } from "../src/Output.ts"
import { dicom, folder, samples } from "./command.ts"

const sample = join(samples, "explicit_little.dcm")

/** An element in Explicit VR Little Endian, with a length of 16 bits. */
const short = (group: number, element: number, vr: string, value: Uint8Array | string): Uint8Array => {
  const bytes = typeof value === "string" ? Buffer.from(value, "latin1") : value
  const header = Buffer.alloc(8)
  header.writeUInt16LE(group, 0)
  header.writeUInt16LE(element, 2)
  header.write(vr, 4, "latin1")
  header.writeUInt16LE(bytes.length, 6)
  return Buffer.concat([header, bytes])
}

/** An element in Explicit VR Little Endian, with a length of 32 bits. */
const long = (group: number, element: number, vr: string, value: Uint8Array, length = value.length): Uint8Array => {
  const header = Buffer.alloc(12)
  header.writeUInt16LE(group, 0)
  header.writeUInt16LE(element, 2)
  header.write(vr, 4, "latin1")
  header.writeUInt32LE(length, 8)
  return Buffer.concat([header, value])
}

const item = (element: number, value: Uint8Array, length = value.length): Uint8Array => {
  const header = Buffer.alloc(8)
  header.writeUInt16LE(0xfffe, 0)
  header.writeUInt16LE(element, 2)
  header.writeUInt32LE(length, 4)
  return Buffer.concat([header, value])
}

const nothing = new Uint8Array(0)

/** Writes a file with this data set. */
const write = (
  directory: string,
  dataSet: ReadonlyArray<Uint8Array>,
  syntax: TransferSyntax = TransferSyntaxes.ExplicitVRLittleEndian
): string => {
  const meta = Result.getOrThrow(
    FileMetaInformation.make({
      mediaStorageSopClassUid: SopClass.CTImageStorage,
      mediaStorageSopInstanceUid: Uid.makeUnsafe("1.2.3"),
      transferSyntaxUid: syntax.uid,
      implementationClassUid: Uid.makeUnsafe("2.25.1")
    })
  )
  const path = join(directory, "file.dcm")
  const bytes = Buffer.concat(dataSet)
  writeFileSync(
    path,
    Buffer.concat([FileMetaInformation.encode(meta), syntax.deflated ? deflateRawSync(bytes) : bytes])
  )
  return path
}

/** The lines of a data set. */
const lines = (dataSet: ReadonlyArray<Uint8Array>, ...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const { err, exitCode, out } = yield* dicom("dump", write(yield* folder, dataSet), ...args)
    assert.deepStrictEqual([exitCode, err], [0, []])
    return out.slice(out.findIndex((line) => line.includes("# Dicom-Data-Set")) + 2)
  })

/** What is told on stderr with --json. */
const note = (message: string): string => JSON.stringify({ type: "note", message })

describe("dicom dump", { timeout: 30000 }, () => {
  it.live("prints File Meta Information and data set, each under its name and transfer syntax", () =>
    Effect.gen(function* () {
      const path = write(yield* folder, [short(0x0010, 0x0010, "PN", "Adams^John")])
      const { err, exitCode, out } = yield* dicom("dump", path)
      assert.deepStrictEqual([exitCode, err], [0, []])
      assert.deepStrictEqual(out, [
        "",
        "# Dicom-File-Format",
        "",
        "# Dicom-Meta-Information-Header",
        "# Used TransferSyntax: Little Endian Explicit",
        "(0002,0000) UL 104                                      #   4, 1 FileMetaInformationGroupLength",
        "(0002,0001) OB 00\\01                                    #   2, 1 FileMetaInformationVersion",
        "(0002,0002) UI =CTImageStorage                          #  26, 1 MediaStorageSOPClassUID",
        "(0002,0003) UI [1.2.3]                                  #   6, 1 MediaStorageSOPInstanceUID",
        "(0002,0010) UI =LittleEndianExplicit                    #  20, 1 TransferSyntaxUID",
        "(0002,0012) UI [2.25.1]                                 #   6, 1 ImplementationClassUID",
        "",
        "# Dicom-Data-Set",
        "# Used TransferSyntax: Little Endian Explicit",
        "(0010,0010) PN [Adams^John]                             #  10, 1 PatientName"
      ])
    })
  )

  it.live("prints a file of File Meta Information only, whatever its transfer syntax, as dcmdump does", () =>
    Effect.gen(function* () {
      for (const syntax of [TransferSyntaxes.ImplicitVRLittleEndian, TransferSyntaxes.DeflatedExplicitVRLittleEndian]) {
        const path = write(yield* folder, [], syntax)
        if (syntax.deflated) writeFileSync(path, readFileSync(path).subarray(0, -deflateRawSync(nothing).length))
        const { err, exitCode, out } = yield* dicom("dump", path)
        assert.deepStrictEqual([exitCode, err], [0, []])
        assert.deepStrictEqual(out.slice(-2), ["# Dicom-Data-Set", "# Used TransferSyntax: Little Endian Explicit"])
      }
    })
  )

  it.live("says of sequences and items how long they are and how many are in them, and nests them", () =>
    Effect.gen(function* () {
      const uid = short(0x0008, 0x1150, "UI", "1.2.\0\0")
      assert.deepStrictEqual(
        yield* lines([
          long(0x0008, 0x1140, "SQ", item(0xe000, Buffer.concat([uid, uid]))),
          long(0x0008, 0x2112, "SQ", nothing),
          long(
            0x0040,
            0xa730,
            "SQ",
            Buffer.concat([
              item(0xe000, nothing, 0xffffffff),
              item(0xe00d, nothing),
              item(0xe000, nothing),
              item(0xe0dd, nothing)
            ]),
            0xffffffff
          )
        ]),
        [
          "(0008,1140) SQ (Sequence with explicit length #=1)      #  36, 1 ReferencedImageSequence",
          "  (fffe,e000) na (Item with explicit length #=2)          #  28, 1 Item",
          "    (0008,1150) UI [1.2.]                                   #   6, 1 ReferencedSOPClassUID",
          "    (0008,1150) UI [1.2.]                                   #   6, 1 ReferencedSOPClassUID",
          "  (fffe,e00d) na (ItemDelimitationItem for re-encoding)   #   0, 0 ItemDelimitationItem",
          "(fffe,e0dd) na (SequenceDelimitationItem for re-encod.) #   0, 0 SequenceDelimitationItem",
          "(0008,2112) SQ (Sequence with explicit length #=0)      #   0, 1 SourceImageSequence",
          "(fffe,e0dd) na (SequenceDelimitationItem for re-encod.) #   0, 0 SequenceDelimitationItem",
          "(0040,a730) SQ (Sequence with undefined length #=2)     # u/l, 1 ContentSequence",
          "  (fffe,e000) na (Item with undefined length #=0)         # u/l, 1 Item",
          "  (fffe,e00d) na (ItemDelimitationItem)                   #   0, 0 ItemDelimitationItem",
          "  (fffe,e000) na (Item with explicit length #=0)          #   0, 1 Item",
          "  (fffe,e00d) na (ItemDelimitationItem for re-encoding)   #   0, 0 ItemDelimitationItem",
          "(fffe,e0dd) na (SequenceDelimitationItem)               #   0, 0 SequenceDelimitationItem"
        ]
      )
    })
  )

  it.live("prints numbers, tags, bytes and words each in their way", () =>
    Effect.gen(function* () {
      const doubles = Buffer.alloc(16)
      doubles.writeDoubleLE(0.1, 0)
      doubles.writeDoubleLE(-1e-7, 8)
      const floats = Buffer.alloc(8)
      floats.writeFloatLE(0.5, 0)
      floats.writeFloatLE(Number.NEGATIVE_INFINITY, 4)
      assert.deepStrictEqual(
        yield* lines([
          short(0x0018, 0x9074, "FL", floats),
          short(0x0018, 0x9087, "FD", doubles),
          short(0x0028, 0x0009, "AT", Buffer.from("18006310", "hex")),
          short(0x0028, 0x0010, "US", Buffer.from("00020001", "hex")),
          long(0x0042, 0x0011, "OB", Buffer.from("00ff", "hex")),
          long(0x0072, 0x0082, "SV", Buffer.from("feffffffffffffff", "hex")),
          long(0x7fe0, 0x0008, "OF", floats),
          long(0x7fe0, 0x0010, "OW", Buffer.from("0102ff", "hex"))
        ]),
        [
          "(0018,9074) FL 0.5\\-inf                                 #   8, 2 FrameAcquisitionDateTime",
          "(0018,9087) FD 0.10000000000000001\\-9.9999999999999995e-08 #  16, 2 DiffusionBValue",
          "(0028,0009) AT (0018,1063)                              #   4, 1 FrameIncrementPointer",
          "(0028,0010) US 512\\256                                  #   4, 2 Rows",
          "(0042,0011) OB 00\\ff                                    #   2, 1 EncapsulatedDocument",
          "(0072,0082) SV -2                                       #   8, 1 SelectorSVValue",
          "(7fe0,0008) OF 0.5\\-inf                                 #   8, 1 FloatPixelData",
          "(7fe0,0010) OW 0201                                     #   3, 1 PixelData"
        ]
      )
    })
  )

  it.live("prints words of 32 and 64 bits in decimal, and says where there are too few bytes for a number", () =>
    Effect.gen(function* () {
      // As dcmdump 3.6.7 prints them.
      assert.deepStrictEqual(
        yield* lines([
          short(0x0018, 0x605a, "FL", Buffer.from("6162", "hex")),
          short(0x0028, 0x0009, "AT", Buffer.from("6162", "hex")),
          long(0x0066, 0x0040, "OL", Buffer.from("01000000ffffffff", "hex")),
          long(0x0072, 0x0083, "UV", Buffer.from("61626364", "hex")),
          long(0x7fe0, 0x0001, "OV", Buffer.from("1100000000000000ffffffffffffffff", "hex"))
        ]),
        [
          "(0018,605a) FL (invalid value)                          #   2, 0 TableOfParameterValues",
          "(0028,0009) AT (no value available)                     #   2, 0 FrameIncrementPointer",
          "(0066,0040) OL 1\\4294967295                             #   8, 1 LongPrimitivePointIndexList",
          "(0072,0083) UV (invalid value)                          #   4, 0 SelectorUVValue",
          "(7fe0,0001) OV 17\\18446744073709551615                  #  16, 1 ExtendedOffsetTable"
        ]
      )
    })
  )

  it.live("prints the beginning of long values, and all of them with --print-all", () =>
    Effect.gen(function* () {
      const dataSet = [
        short(0x0010, 0x21b0, "LT", "a".repeat(100)),
        short(0x0020, 0x4000, "LT", "b".repeat(68)),
        long(0x7fe0, 0x0010, "OB", new Uint8Array(24))
      ]
      assert.deepStrictEqual(yield* lines(dataSet), [
        `(0010,21b0) LT [${"a".repeat(66)}... # 100, 1 AdditionalPatientHistory`,
        `(0020,4000) LT [${"b".repeat(68)}] #  68, 1 ImageComments`,
        `(7fe0,0010) OB ${"00\\".repeat(21)}00... #  24, 1 PixelData`
      ])
      assert.deepStrictEqual(yield* lines(dataSet, "--print-all"), [
        `(0010,21b0) LT [${"a".repeat(100)}] # 100, 1 AdditionalPatientHistory`,
        `(0020,4000) LT [${"b".repeat(68)}] #  68, 1 ImageComments`,
        `(7fe0,0010) OB ${"00\\".repeat(23)}00 #  24, 1 PixelData`
      ])
    })
  )

  it.live("counts the values of a text that is too long to be kept", () =>
    Effect.gen(function* () {
      const value = Buffer.from(`${"12345\\".repeat(50000)}12345 `)
      assert.deepStrictEqual(yield* lines([long(0x0008, 0x0120, "UC", value)]), [
        `(0008,0120) UC [${"12345\\".repeat(11)}... # ${value.length},50001 URNCodeValue`
      ])
    })
  )

  it.live("decodes text by its character set, that of an item by the item's", () =>
    Effect.gen(function* () {
      const inner = Buffer.concat([
        short(0x0008, 0x0005, "CS", "ISO_IR 126"),
        short(0x0010, 0x0010, "PN", Buffer.from("c4e9", "hex"))
      ])
      const plain = short(0x0010, 0x0010, "PN", Buffer.from("c4e9", "hex"))
      const found = yield* lines([
        short(0x0008, 0x0005, "CS", "ISO_IR 100"),
        long(0x0008, 0x1140, "SQ", Buffer.concat([item(0xe000, inner), item(0xe000, plain)])),
        plain
      ])
      assert.deepStrictEqual(
        found.filter((line) => line.includes(" PN ")).map((line) => line.trim().replace(/ +#.*/, "")),
        ["(0010,0010) PN [Δι]", "(0010,0010) PN [Äé]", "(0010,0010) PN [Äé]"]
      )
    })
  )

  it.live("does not let what is in a file do anything to the terminal", () =>
    Effect.gen(function* () {
      const [line] = yield* lines([short(0x0008, 0x0080, "LO", "\u001b[2x\u0007 ")])
      assert.strictEqual(line, "(0008,0080) LO [\\033[2x\\007]                            #   6, 1 InstitutionName")
    })
  )

  it.live("says of directory records what they are, where they are in the file, and which file they are of", () =>
    Effect.gen(function* () {
      const record = Buffer.concat([short(0x0004, 0x1430, "CS", "IM\u0007AGE"), short(0x0004, 0x1500, "CS", "A\\B ")])
      const found = yield* lines([long(0x0004, 0x1220, "SQ", item(0xe000, record))])
      assert.deepStrictEqual(found.slice(0, 3), [
        "(0004,1220) SQ (Sequence with explicit length #=1)      #  34, 1 DirectoryRecordSequence",
        '  (fffe,e000) na "Directory Record" IM\\007AGE #=2         #  26, 1 Item',
        '  #  offset=$260  refFileID="A\\B"'
      ])
      assert.deepStrictEqual(found.slice(-2), [
        '  (fffe,e00d) na "ItemDelimitationItem for re-encoding"   #   0, 0 ItemDelimitationItem',
        "(fffe,e0dd) na (SequenceDelimitationItem for re-encod.) #   0, 0 SequenceDelimitationItem"
      ])
    })
  )

  it.live("says what private, unknown, repeating and retired tags are", () =>
    Effect.gen(function* () {
      const names = yield* lines([
        short(0x0008, 0x0000, "UL", new Uint8Array(4)),
        short(0x0008, 0x0001, "UL", new Uint8Array(4)),
        short(0x0008, 0x0003, "LO", "ab"),
        short(0x0009, 0x0000, "UL", new Uint8Array(4)),
        short(0x0009, 0x0010, "LO", "ab"),
        short(0x0009, 0x1001, "LO", "ab"),
        short(0x6002, 0x0010, "US", new Uint8Array(2))
      ])
      assert.deepStrictEqual(
        names.map((line) => line.replace(/^.*# +[0-9]+, [0-9]+ /, "")),
        [
          "GenericGroupLength",
          "RETIRED_LengthToEnd",
          "Unknown Tag & Data",
          "PrivateGroupLength",
          "PrivateCreator",
          "Unknown Tag & Data",
          "OverlayRows"
        ]
      )
    })
  )

  it.live("prints what is searched for, wherever it is, with all that is in it", () =>
    Effect.gen(function* () {
      const uid = short(0x0008, 0x1150, "UI", "1.2.\0\0")
      const path = write(yield* folder, [
        long(0x0008, 0x1140, "SQ", item(0xe000, uid)),
        short(0x0010, 0x0020, "LO", "1 "),
        long(0x0088, 0x0200, "SQ", item(0xe000, long(0x0008, 0x1140, "SQ", item(0xe000, uid))))
      ])
      const sequence = [
        "(0008,1140) SQ (Sequence with explicit length #=1)      #  22, 1 ReferencedImageSequence",
        "  (fffe,e000) na (Item with explicit length #=1)          #  14, 1 Item",
        "    (0008,1150) UI [1.2.]                                   #   6, 1 ReferencedSOPClassUID",
        "  (fffe,e00d) na (ItemDelimitationItem for re-encoding)   #   0, 0 ItemDelimitationItem",
        "(fffe,e0dd) na (SequenceDelimitationItem for re-encod.) #   0, 0 SequenceDelimitationItem"
      ]
      const { out } = yield* dicom("dump", path, "--search", "0008,1140", "--search", "PatientID")
      assert.deepStrictEqual(out, [
        ...sequence,
        "(0010,0020) LO [1]                                      #   2, 1 PatientID",
        ...sequence
      ])
      const uids = yield* dicom("dump", path, "--search", "ReferencedSOPClassUID")
      assert.deepStrictEqual(
        uids.out,
        [1, 2].map(() => "(0008,1150) UI [1.2.]                                   #   6, 1 ReferencedSOPClassUID")
      )
      const wrong = yield* dicom("dump", path, "--search", "PatientIdentity")
      assert.deepStrictEqual(
        [wrong.exitCode, wrong.err],
        [2, ['"PatientIdentity" is no attribute. Give a tag such as 0010,0020, or a keyword as PatientID.']]
      )
    })
  )

  it.live("colours lines when asked to, and prints UIDs as they are when asked to", () =>
    Effect.gen(function* () {
      const dataSet = [short(0x0008, 0x0016, "UI", "1.2.840.10008.1.1\0")]
      assert.deepStrictEqual(yield* lines(dataSet, "--no-uid-names"), [
        "(0008,0016) UI [1.2.840.10008.1.1]                      #  18, 1 SOPClassUID"
      ])
      const [colored = ""] = yield* lines(dataSet, "--color", "always")
      assert.strictEqual(
        colored.replace(/\u001b\[[0-9]+m/g, ""),
        "(0008,0016) UI =Verification                            #  18, 1 SOPClassUID"
      )
      assert.strictEqual(colored.split("\u001b[").length, 9)
    })
  )

  it.live("inflates a deflated data set, and finds it damaged where it is cut", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const path = write(
        directory,
        [short(0x0010, 0x0010, "PN", "Adams^John"), long(0x7fe0, 0x0010, "OB", new Uint8Array(1 << 20))],
        TransferSyntaxes.DeflatedExplicitVRLittleEndian
      )
      const { exitCode, out } = yield* dicom("dump", path, "--search", "PatientName")
      assert.deepStrictEqual(
        [exitCode, out],
        [0, ["(0010,0010) PN [Adams^John]                             #  10, 1 PatientName"]]
      )
      const bytes = readFileSync(path)
      writeFileSync(path, Buffer.concat([bytes, Buffer.alloc(1)]))
      assert.strictEqual((yield* dicom("dump", path)).exitCode, 0)
      writeFileSync(path, Buffer.concat([bytes, Buffer.from("junk")]))
      const junk = yield* dicom("dump", path, "--json")
      const behind = (bytes.length % 2) + 4
      assert.deepStrictEqual(
        [junk.exitCode, junk.err],
        [
          0,
          [
            note(
              `warning: ${path}: ${behind} bytes follow the end of the deflated data set; permitted: one zero that makes ` +
                "its length even"
            )
          ]
        ]
      )
      // more than is read at once
      const large = Buffer.alloc(600_000 - behind)
      for (const lenient of [[], ["--lenient"]]) {
        writeFileSync(path, Buffer.concat([bytes, large]))
        const many = yield* dicom("dump", path, ...lenient)
        assert.deepStrictEqual(
          [many.exitCode, many.err],
          [
            0,
            [
              `warning: ${path}: ${large.length + (bytes.length % 2)} bytes follow the end of the deflated data set; ` +
                "permitted: one zero that makes its length even"
            ]
          ]
        )
      }
      writeFileSync(path, bytes)
      const less = yield* dicom("dump", path, "--limit", "inflated-size=1MiB")
      assert.deepStrictEqual(
        [less.exitCode, less.out, less.err[0]],
        [7, [], `${path}: its data set inflates to more than 1048576 bytes; --limit inflated-size=NUMBER permits more`]
      )
      writeFileSync(path, bytes.subarray(0, bytes.length - 8))
      const cut = yield* dicom("dump", path)
      assert.deepStrictEqual(
        [cut.exitCode, cut.out, cut.err[0]],
        [7, [], `${path}: its data set cannot be inflated: unexpected end of file`]
      )
    })
  )

  it.live("tells of bytes behind a deflated data set that ends where a read of the file does", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const path = write(directory, [], TransferSyntaxes.DeflatedExplicitVRLittleEndian)
      const head = readFileSync(path).subarray(0, -deflateRawSync(new Uint8Array(0)).length)
      // four blocks that are stored (RFC 1951 section 3.2.4), of 2^16 bytes each: the file is read 2^18 bytes at a time
      const size = (1 << 16) - 5
      const content = long(0x7fe0, 0x0010, "OB", new Uint8Array(4 * size - 12))
      const blocks = [0, 1, 2, 3].flatMap((i) => [
        Uint8Array.of(i === 3 ? 1 : 0, 0xfb, 0xff, 0x04, 0x00),
        content.subarray(i * size, (i + 1) * size)
      ])
      for (const behind of [1, 2, 7]) {
        writeFileSync(path, Buffer.concat([head, ...blocks, Buffer.alloc(behind, 1)]))
        const { err, exitCode } = yield* dicom("dump", path)
        const follow = behind === 1 ? "a byte follows" : `${behind} bytes follow`
        const permitted = "permitted: one zero that makes its length even"
        assert.deepStrictEqual(
          [exitCode, err],
          [0, [`warning: ${path}: ${follow} the end of the deflated data set; ${permitted}`]]
        )
      }
    })
  )

  it.live("takes a time linear in the name of a character set", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const path = write(directory, [short(0x0008, 0x0005, "CS", `1${" ".repeat(65_000)}x`)])
      const start = process.threadCpuUsage()
      const { exitCode } = yield* dicom("dump", path)
      const used = process.threadCpuUsage(start)
      assert.strictEqual(exitCode, 0)
      assert.isBelow((used.user + used.system) / 1e6, 1)
    })
  )

  it.live("tells of zeros behind the last element, and prints the file", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const path = write(directory, [short(0x0010, 0x0010, "PN", "Adams^John")])
      writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.alloc(16)]))
      for (const more of [[], ["--lenient"]]) {
        const { err, exitCode, out } = yield* dicom("dump", path, ...more)
        assert.deepStrictEqual(
          [exitCode, err],
          [
            0,
            [
              `warning: ${path}: invalid data set, at byte 18: trailing bytes: 16 zeros follow the last element; ` +
                "permitted: nothing, or Data Set Trailing Padding (FFFC,FFFC)"
            ]
          ]
        )
        assert.strictEqual(out.at(-1), "(0010,0010) PN [Adams^John]                             #  10, 1 PatientName")
      }
    })
  )

  it.live("prints in JSON a zero that is negative as one, and values of strings up to the limit", () =>
    Effect.gen(function* () {
      const path = write(yield* folder, [
        short(0x0018, 0x9087, "FD", new Uint8Array(8).with(7, 0x80)),
        short(0x0028, 0x0030, "DS", "-0\\1"),
        short(0x6000, 0x0010, "US", Uint8Array.of(1, 0))
      ])
      const { out } = yield* dicom("dump", path, "--json")
      assert.deepStrictEqual(out, [
        '{"00189087":{"vr":"FD","Value":[-0.0]},"00280030":{"vr":"DS","Value":[-0,1]},' +
          '"60000010":{"vr":"US","Value":[1]}}'
      ])
      const less = yield* dicom("dump", path, "--json", "--limit", "values-per-string=1")
      assert.match(less.err[0] ?? "", /\(0028,0030\) DS .*there are more than 1 values/)
    })
  )

  it.live("says by which flag a data set may have more than is usual", () =>
    Effect.gen(function* () {
      const path = write(yield* folder, [short(0x0010, 0x0010, "PN", "Adams "), short(0x0010, 0x0020, "LO", "4711")])
      const { err, exitCode } = yield* dicom("dump", path, "--limit", "elements=1")
      assert.deepStrictEqual(
        [exitCode, err],
        [
          7,
          [
            `${path}: invalid data set, (0010,0020) at byte 14: limit exceeded: there are more than 1 elements; ` +
              "--limit elements=NUMBER permits more",
            "A file was not printed."
          ]
        ]
      )
      for (const wrong of ["elements", "size=1", "elements=-1", "inflated-size=1GB", "depth=1025"]) {
        assert.strictEqual((yield* dicom("dump", path, "--limit", wrong)).exitCode, 2, wrong)
      }
      assert.strictEqual((yield* dicom("dump", path, "--limit", "elements=2", "--limit", "depth=0")).exitCode, 0)
    })
  )

  it.live(
    "prints with --lenient what can be inflated of a deflated data set that is cut, or damaged, and says why",
    () =>
      Effect.gen(function* () {
        const directory = yield* folder
        const noise = Uint8Array.from({ length: 1 << 16 }, (_, i) => (i * i * 31) >> 7)
        const path = write(
          directory,
          [short(0x0010, 0x0010, "PN", "Adams^John"), long(0x7fe0, 0x0010, "OB", noise)],
          TransferSyntaxes.DeflatedExplicitVRLittleEndian
        )
        const name = "(0010,0010) PN [Adams^John]                             #  10, 1 PatientName"
        const bytes = readFileSync(path)
        writeFileSync(path, bytes.subarray(0, bytes.length - 1000))
        const cut = yield* dicom("dump", path, "--lenient")
        assert.deepStrictEqual(
          [cut.exitCode, cut.out.includes(name), cut.err[0]],
          [0, true, `warning: ${path}: its data set cannot be inflated: unexpected end of file`]
        )
        assert.match(cut.out.at(-1) ?? "", /^\(7fe0,0010\) OB 00/)
        const json = yield* dicom("dump", path, "--lenient", "--json")
        assert.deepStrictEqual(
          [json.exitCode, Object.keys(JSON.parse(json.out[0] ?? "")), json.err[0]],
          [
            0,
            ["00100010", "7FE00010"],
            note(`warning: ${path}: its data set cannot be inflated: unexpected end of file`)
          ]
        )
        writeFileSync(path, Buffer.concat([bytes.subarray(0, bytes.length - 1000), Buffer.alloc(1000, 0xff)]))
        const damaged = yield* dicom("dump", path, "--lenient")
        assert.deepStrictEqual([damaged.exitCode, damaged.out.includes(name)], [0, true])
        assert.match(damaged.err[0] ?? "", /its data set cannot be inflated: /)
      })
  )

  it.live(
    "prints nothing of a damaged file, says why, and goes on with the next; with --lenient, what can be read",
    () =>
      Effect.gen(function* () {
        const directory = yield* folder
        const damaged = join(directory, "damaged.dcm")
        writeFileSync(damaged, readFileSync(sample).subarray(0, -1))
        const { err, exitCode, out } = yield* dicom("dump", damaged, sample, "--search", "PatientID")
        assert.strictEqual(exitCode, 7)
        assert.deepStrictEqual(
          out.filter((line) => line.startsWith("#")),
          [`# dicom dump (1/2): ${damaged}`, `# dicom dump (2/2): ${sample}`]
        )
        assert.match(
          err[0] ?? "",
          /damaged\.dcm: invalid data set, \(7FE0,0010\) at byte [0-9]+: length beyond its container/
        )
        assert.strictEqual(
          err[1],
          "A file was not printed. With --lenient, what can be read of a damaged file is printed."
        )
        const lenient = yield* dicom("dump", damaged, "--lenient")
        assert.deepStrictEqual([lenient.exitCode, lenient.err.length], [0, 1])
        assert.match(lenient.err[0] ?? "", /^warning: .*damaged\.dcm: invalid data set, \(7FE0,0010\)/)
        assert.match(lenient.out.at(-1) ?? "", /^\(7fe0,0010\) OB 00\\00.* # 1048575, 1 PixelData$/)
      })
  )

  it.live("fails with exit code 7 where there is no file, and where a file is not DICOM", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const path = join(directory, "text.txt")
      writeFileSync(path, "this is not a DICOM file, and long enough to be looked at".repeat(4))
      const { err, exitCode, out } = yield* dicom("dump", path)
      assert.deepStrictEqual([exitCode, out, err.length], [7, [], 2])
      assert.match(err[0] ?? "", /text\.txt: not DICOM, at byte 0 of the file/)
      const none = yield* dicom("dump", join(directory, "none.dcm"))
      assert.deepStrictEqual(
        [none.exitCode, none.err[0]],
        [7, `${join(directory, "none.dcm")}: there is no such file or folder`]
      )
    })
  )
})

/** Runs `dicom dump` with what it prints given to a function. */
const printing = (
  output: (text: string) => Effect.Effect<void, ReaderGone>,
  ...args: ReadonlyArray<string>
): Effect.Effect<void, Failure.Failure> =>
  Dicom.run(["dump", ...args], "0.0.0").pipe(
    Effect.provideService(Output, output),
    Effect.provideService(Console.Console, { ...globalThis.console, error: () => {} }),
    Effect.provide(NodeServices.layer)
  )

describe("dicom dump of values longer than what is held", { timeout: 30000 }, () => {
  const sample = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 9)) & 0xff)
  const japanese = Buffer.concat([Buffer.from("name: "), Buffer.from([0x1b, 0x24, 0x42, 0x3b, 0x33, 0x1b, 0x28, 0x42])])
  const dataSet = (syntax: TransferSyntax, characterSet: string, text: Uint8Array): DataSet.DataSet =>
    DataSet.make(syntax, [
      DataElement.value(Tag.make(0x0008, 0x0005), "CS", Buffer.from(characterSet)),
      DataElement.value(Tag.make(0x0009, 0x0010), "LO", Buffer.from("ACME")),
      DataElement.value(Tag.make(0x0009, 0x1001), "UT", text),
      DataElement.value(Tag.make(0x0009, 0x1002), "UC", Buffer.from("one\\two\\".repeat(9_000))),
      DataElement.value(Tag.make(0x0009, 0x1003), "UN", sample(70_001)),
      DataElement.value(Tag.make(0x0009, 0x1006), "OL", sample(80_000)),
      DataElement.value(Tag.make(0x0009, 0x1007), "UT", new Uint8Array(70_000).fill(0x20)),
      DataElement.value(Tag.make(0x7fe0, 0x0010), "OW", sample(100_000))
    ])
  const utf8 = Buffer.from(`${'  日本 "quoted" a\\b \u0001'.repeat(5_000)}${"x".repeat(70_000)}   `)
  const iso2022 = Buffer.concat(Array.from({ length: 9_000 }, (_, i) => [japanese, Buffer.from(`${i}\r\n `)]).flat())
  const numbers = DataSet.make(TransferSyntaxes.ImplicitVRLittleEndian, [
    DataElement.value(Tag.make(0x0008, 0x1161), "UL", sample(80_001)),
    DataElement.value(Tag.make(0x0028, 0x0030), "DS", Buffer.from("1.50\\-2\\".repeat(10_000))),
    DataElement.value(Tag.make(0x0040, 0x9212), "FD", sample(80_000))
  ])
  const dataSets: ReadonlyArray<DataSet.DataSet> = [
    numbers,
    dataSet(TransferSyntaxes.ExplicitVRLittleEndian, "ISO_IR 192", utf8),
    dataSet(TransferSyntaxes.ExplicitVRBigEndian, "\\ISO 2022 IR 87", iso2022),
    dataSet(
      TransferSyntaxes.ExplicitVRLittleEndian,
      "ISO_IR 100",
      Buffer.from("a\u00e9\n\n b".repeat(15_000), "latin1")
    )
  ]

  it.live("prints them to their end with --print-all, as it prints short ones", () =>
    Effect.gen(function* () {
      for (const dataSet of dataSets) {
        const { transferSyntax } = dataSet
        const path = write(yield* folder, [DataSet.toBytes(dataSet)], transferSyntax)
        const { err, out } = yield* dicom("dump", path, "--print-all")
        assert.deepStrictEqual(err, [])
        const reader = DataSetReader.events({ transferSyntax })
        const [events, last] = [reader.push(DataSet.toBytes(dataSet)), reader.end()].map(Result.getOrThrow)
        const style = { color: false, all: true, uidNames: true }
        const whole = new DumpLines({ style, transferSyntax, origin: 0, search: new Set() }, new Census())
        for (const event of [...(events ?? []), ...(last ?? [])]) whole.push(event)
        const lines = whole.take().split("\n").slice(0, -1)
        assert.deepStrictEqual(out.slice(-lines.length), lines)
      }
    })
  )

  it.live("makes the JSON of them that the library makes of the data set", () =>
    Effect.gen(function* () {
      for (const dataSet of dataSets) {
        const path = write(yield* folder, [DataSet.toBytes(dataSet)], dataSet.transferSyntax)
        const { out } = yield* dicom("dump", path, "--json", "--quiet")
        const expected = Result.getOrThrow(DicomJson.encode(dataSet, { lenient: true }))
        const json = JSON.stringify(expected.json)
        // The messages of what is so long are shorter than it is.
        const [printed = ""] = out
        let same = 0
        while (same < json.length && json[same] === printed[same]) same++
        assert.strictEqual(printed.slice(same, same + 80), json.slice(same, same + 80))
      }
    })
  )

  it("leaves the order as it is where a data set is too long to be put into another", () => {
    const { ExplicitVRLittleEndian: transferSyntax } = TransferSyntaxes
    const tag = (group: number) => Tag.make(group, 0x1001)
    const value = (group: number, bytes: Uint8Array): DataSetReader.Event => ({
      _tag: "Value",
      tag: tag(group),
      vr: "OB",
      offset: 0,
      bytes
    })
    const made = (size: number): { readonly json: string; readonly told: ReadonlyArray<string> } => {
      const order = new ElementOrder()
      const told = new Irregularities()
      const long = new Uint8Array(size)
      const groups = [0x0011, 0x0009, 0x0013, 0x0011]
      for (const group of groups) order.push(value(group, long))
      const json = new DumpJson({ transferSyntax, url: undefined, origin: 0, bulkAbove: 100 }, order, told)
      for (const group of groups) json.push(value(group, Uint8Array.of(1)))
      json.end()
      return { json: json.take(), told: told.lines() }
    }
    const attributes = (...groups: ReadonlyArray<string>): string =>
      `{${groups.map((group) => `"${group}1001":{"vr":"OB","InlineBinary":"AQ=="}`).join(",")}}`
    assert.strictEqual(made(1).json, attributes("0009", "0011", "0013"))
    const { json, told } = made(1 << 23)
    assert.strictEqual(json, attributes("0011", "0009", "0013"))
    assert.deepStrictEqual(told, [
      "the data set is not in ascending order, and too long to be put into it; in JSON it stays as it is",
      "(0011,1001) OB is not representable in JSON: duplicate: only the first is kept"
    ])
  })
})

describe("dicom dump of the standard input", { timeout: 30000 }, () => {
  it.live("prints it as it prints a file, and inline in JSON whatever its length", () =>
    Effect.gen(function* () {
      const bytes = Uint8Array.from(readFileSync(sample))
      const chunks = Array.from({ length: Math.ceil(bytes.length / 1000) }, (_, i) =>
        bytes.subarray(i * 1000, (i + 1) * 1000)
      )
      const piped = (...args: ReadonlyArray<string>) =>
        Effect.provideService(dicom("dump", "-", ...args), Input, Stream.fromIterable(chunks))
      assert.deepStrictEqual(yield* piped(), yield* dicom("dump", sample))
      const json = yield* piped("--json", "--bulk-above", "10")
      assert.deepStrictEqual(json, yield* dicom("dump", sample, "--json", "--bulk-above", "268435456"))
      assert.notInclude(json.out.join(""), "BulkDataURI")
      const none = yield* Effect.provideService(dicom("dump", "-"), Input, Stream.empty)
      assert.strictEqual(none.exitCode, 7)
      assert.match(none.err[0] ?? "", /^standard input: /)
    })
  )
})

describe("dicom dump of a file that means harm", { timeout: 60000 }, () => {
  const count = 100000
  const duplicates = Array<Uint8Array>(count).fill(short(0x0010, 0x0010, "PN", nothing))
  const items = [long(0x0008, 0x1111, "SQ", Buffer.concat(Array(count).fill(item(0xe000, nothing))))]

  for (const [name, dataSet, args, lines] of [
    ["empty elements", duplicates, [], 14 + count],
    ["empty items", items, [], 16 + 2 * count],
    ["elements of one tag as JSON", duplicates, ["--json"], 1],
    ["empty items as JSON", items, ["--json"], 1]
  ] as const) {
    it.live(`prints ${name} in small pieces, whatever their number`, () =>
      Effect.gen(function* () {
        const path = write(yield* folder, dataSet)
        let printed = 0
        let longest = 0
        yield* printing(
          (text) =>
            Effect.sync(() => {
              printed += text.split("\n").length - 1
              longest = Math.max(longest, text.length)
            }),
          path,
          ...args
        )
        assert.strictEqual(printed, lines)
        assert.isBelow(longest, 1 << 19)
      })
    )
  }

  it.live("tells the first few of what is wrong in one way, and counts the others", () =>
    Effect.gen(function* () {
      const path = write(yield* folder, duplicates)
      const { err, exitCode, out } = yield* dicom("dump", path, "--json")
      const warning = `warning: ${path}: (0010,0010) PN is not representable in JSON: duplicate: only the first is kept`
      assert.deepStrictEqual(
        [exitCode, out, err],
        [
          0,
          ['{"00100010":{"vr":"PN"}}'],
          [
            ...Array.from({ length: 5 }, () => note(warning)),
            note(`warning: ${path}: duplicate: ${count - 6} more of this kind`)
          ]
        ]
      )
    })
  )

  it.live("prints no more while what was printed has not been read", () =>
    Effect.gen(function* () {
      const path = write(yield* folder, duplicates)
      const pieces: Array<string> = []
      const second = yield* Deferred.make<void>()
      const fiber = yield* Effect.forkChild(
        printing((text) => {
          pieces.push(text)
          return pieces.length < 2 ? Effect.void : Effect.andThen(Deferred.succeed(second, undefined), Effect.never)
        }, path)
      )
      yield* Deferred.await(second)
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      assert.strictEqual(pieces.length, 2)
      yield* Fiber.interrupt(fiber)
    })
  )

  it.live("ends without a failure when whoever reads reads no more", () =>
    Effect.gen(function* () {
      const path = write(yield* folder, duplicates)
      let pieces = 0
      yield* printing(() => Effect.suspend(() => (++pieces < 3 ? Effect.void : Effect.fail(new ReaderGone({})))), path)
      assert.strictEqual(pieces, 3)
    })
  )
})

describe("dicom dump --json", { timeout: 30000 }, () => {
  it.live("prints a data set a line, long values by where they are in the file", () =>
    Effect.gen(function* () {
      const path = write(yield* folder, [
        short(0x0010, 0x0010, "PN", "Adams^John"),
        long(0x7fe0, 0x0010, "OB", Buffer.from("0001020304050607", "hex"))
      ])
      const name = { "00100010": { vr: "PN", Value: [{ Alphabetic: "Adams^John" }] } }
      const inline = yield* dicom("dump", path, "--json")
      assert.deepStrictEqual(inline, {
        exitCode: 0,
        err: [],
        out: [JSON.stringify({ ...name, "7FE00010": { vr: "OB", InlineBinary: "AAECAwQFBgc=" } })]
      })
      const referred = yield* dicom("dump", path, "--json", "--bulk-above", "7")
      const { "7FE00010": pixels } = JSON.parse(referred.out[0] ?? "")
      const size = readFileSync(path).length
      assert.deepStrictEqual(pixels, {
        vr: "OB",
        BulkDataURI: `${pathToFileURL(path).href}?offset=${size - 8}&length=8`
      })
    })
  )

  it.live(
    "is in ascending order whatever the file is, keeps the first of a tag, and knows a character set that is late",
    () =>
      Effect.gen(function* () {
        const path = write(yield* folder, [
          short(0x0020, 0x0010, "SH", "first"),
          short(0x0010, 0x0010, "PN", Buffer.from("Ménière", "utf8")),
          short(0x0020, 0x0010, "SH", "second"),
          short(0x0008, 0x0005, "CS", "ISO_IR 192"),
          long(
            0x0008,
            0x1111,
            "SQ",
            item(
              0xe000,
              Buffer.concat([
                short(0x0020, 0x0011, "IS", "2 "),
                short(0x0010, 0x0020, "LO", Buffer.from("é", "utf8")),
                long(0x0008, 0x1115, "SQ", item(0xe000, short(0x0008, 0x0100, "SH", "A ")))
              ])
            )
          ),
          long(0x0008, 0x1111, "SQ", item(0xe000, short(0x0010, 0x0020, "LO", "B ")))
        ])
        const { err, exitCode, out } = yield* dicom("dump", path, "--json")
        assert.deepStrictEqual(
          [exitCode, err.length, out],
          [
            0,
            2,
            [
              '{"00080005":{"vr":"CS","Value":["ISO_IR 192"]},' +
                '"00081111":{"vr":"SQ","Value":[{' +
                '"00081115":{"vr":"SQ","Value":[{"00080100":{"vr":"SH","Value":["A"]}}]},' +
                '"00100020":{"vr":"LO","Value":["é"]},"00200011":{"vr":"IS","Value":[2]}}]},' +
                '"00100010":{"vr":"PN","Value":[{"Alphabetic":"Ménière"}]},' +
                '"00200010":{"vr":"SH","Value":["first"]}}'
            ]
          ]
        )
      })
  )

  it.live("tells on stderr of what JSON cannot have", () =>
    Effect.gen(function* () {
      const floats = Buffer.alloc(4)
      floats.writeFloatLE(Number.NaN)
      const path = write(yield* folder, [short(0x0018, 0x9074, "FL", floats)])
      const { err, exitCode, out } = yield* dicom("dump", path, "--json")
      assert.deepStrictEqual(
        [exitCode, out, err],
        [
          0,
          ['{"00189074":{"vr":"FL","Value":["NaN"]}}'],
          [note(`warning: ${path}: (0018,9074) FL is not representable in JSON: not a number: NaN`)]
        ]
      )
      assert.deepStrictEqual((yield* dicom("dump", path, "--json", "-q")).err, [])
    })
  )
})
