import { Element, FileMetaInformation, SopClass, Tag, TransferSyntax, Uid } from "@effect-dicom/data"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"

const hex = (...lines: ReadonlyArray<string>): Uint8Array =>
  Uint8Array.from(lines.join("").replaceAll(" ", "").match(/../g) ?? [], (digits) => parseInt(digits, 16))

const fields: FileMetaInformation.Fields = {
  mediaStorageSopClassUid: SopClass.Verification,
  mediaStorageSopInstanceUid: Uid.makeUnsafe("1.2.3"),
  transferSyntaxUid: TransferSyntax.ImplicitVRLittleEndian.uid,
  implementationClassUid: Uid.makeUnsafe("1.2")
}

const make = (input: FileMetaInformation.Fields): FileMetaInformation.FileMetaInformation =>
  Result.getOrThrow(FileMetaInformation.make(input))

const refusal = (input: FileMetaInformation.Fields): string => {
  const made = FileMetaInformation.make(input)
  return Result.isFailure(made) ? made.failure.message : "none"
}

const decode = (bytes: Uint8Array, offset = 0): FileMetaInformation.Decoded => {
  const decoded = Result.getOrThrow(FileMetaInformation.decode(bytes, offset, { size: bytes.length }))
  if (decoded._tag === "Need more") throw new Error(`needs ${decoded.size} bytes`)
  return decoded
}

const kinds = (decoded: FileMetaInformation.Decoded): ReadonlyArray<string> =>
  decoded.irregularities.map((irregularity) => irregularity.kind)

const sopClass = hex("0200 0200 5549 0400 312E3200")
const sopInstance = hex("0200 0300 5549 0600 312E322E3300")
const version = hex("0200 1300 5348 0400 41202020")
const dataSet = hex("0800 1600 5549 0400 312E3200")

const join = (...parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

describe("FileMetaInformation.make", () => {
  it("refuses what PS3.5 Table 6.2-1 does not permit, and names it", () => {
    assert.include(
      refusal({ ...fields, implementationVersionName: "SEVENTEEN_LETTERS" }),
      'Implementation Version Name is "SEVENTEEN_LETTERS"; permitted: 1 to 16 characters'
    )
    assert.include(
      refusal({ ...fields, sourceApplicationEntityTitle: "A\\B" }),
      'Source Application Entity Title is "A\\\\B"; permitted'
    )
    for (const title of ["", " ", " A", "A ", "A\n", "É"]) {
      const message = refusal({ ...fields, receivingApplicationEntityTitle: title })
      assert.include(message, "Receiving Application Entity Title is ")
    }
    assert.include(refusal({ ...fields, sendingPresentationAddress: "a b" }), 'Sending Presentation Address is "a b"')
  })

  it("refuses Private Information without its creator (PS3.10 Table 7.1-1)", () => {
    assert.include(
      refusal({ ...fields, privateInformation: Uint8Array.of(1, 2) }),
      "Private Information is present; permitted: with a Private Information Creator UID only"
    )
  })

  it("and then of another instance is all the same but for the instance", () => {
    const other = Uid.makeUnsafe("1.2.3.4.5")
    assert.deepEqual(
      FileMetaInformation.ofInstance(make(fields), other),
      make({ ...fields, mediaStorageSopInstanceUid: other })
    )
  })

  it("is the only way to what encode takes", () => {
    // @ts-expect-error fields that nobody has checked are not a FileMetaInformation
    const meta: FileMetaInformation.FileMetaInformation = fields
    assert.deepEqual(FileMetaInformation.encode(meta), FileMetaInformation.encode(make(fields)))
  })
})

describe("FileMetaInformation.encode", () => {
  it("writes preamble, DICM, group length, version and elements (written by hand after PS3.10 section 7.1)", () => {
    const bytes = FileMetaInformation.encode(
      make({ ...fields, implementationVersionName: "ABC", sourceApplicationEntityTitle: "ME" })
    )
    assert.deepEqual(bytes.subarray(0, 128), new Uint8Array(128))
    assert.deepEqual(
      bytes.subarray(128),
      hex(
        "4449434D",
        "0200 0000 554C 0400 72000000",
        "0200 0100 4F42 0000 02000000 0001",
        "0200 0200 5549 1200 312E322E3834302E31303030382E312E3100",
        "0200 0300 5549 0600 312E322E3300",
        "0200 1000 5549 1200 312E322E3834302E31303030382E312E3200",
        "0200 1200 5549 0400 312E3200",
        "0200 1300 5348 0400 41424320",
        "0200 1600 4145 0200 4D45"
      )
    )
  })

  it.prop("is undone by decode, with the right group length", [FileMetaInformation.FileMetaInformation], ([meta]) => {
    const bytes = FileMetaInformation.encode(meta)
    const decoded = decode(bytes, 132)
    const padded =
      meta.privateInformation === undefined || meta.privateInformation.length % 2 === 0
        ? {}
        : { privateInformation: join(meta.privateInformation, Uint8Array.of(0)) }
    assert.deepEqual(decoded.fields, { ...meta, ...padded })
    assert.deepEqual(decoded.irregularities, [])
    assert.strictEqual(decoded.end, bytes.length)
  })
})

describe("FileMetaInformation.decode", () => {
  it("ends where another group begins, whatever the group length says", () => {
    const meta = join(sopClass, sopInstance)
    const right = decode(join(hex("0200 0000 554C 0400 1A000000"), meta, dataSet))
    assert.strictEqual(right.end, 12 + meta.length)
    assert.deepEqual(kinds(right), ["missing element", "missing element"])
    const short = decode(join(hex("0200 0000 554C 0400 0C000000"), meta, dataSet))
    assert.strictEqual(short.end, 12 + meta.length)
    assert.include(short.irregularities[0], {
      kind: "wrong group length",
      detail: "(0002,0000) says that group 0002 ends at byte 24; it ends at byte 38"
    })
    const long = decode(join(hex("0200 0000 554C 0400 FF000000"), meta, dataSet))
    assert.strictEqual(long.end, 12 + meta.length)
    assert.strictEqual(kinds(long)[0], "wrong group length")
    const none = decode(join(meta, dataSet))
    assert.strictEqual(none.end, meta.length)
    assert.strictEqual(kinds(none)[0], "no group length")
  })

  it("ends by the group length before deflated bytes, even those that look like group 0002", () => {
    const syntax = hex("0200 1000 5549 1600 312E322E3834302E31303030382E312E322E312E3939")
    const bytes = join(hex("0200 0000 554C 0400 1E000000"), syntax, sopClass)
    assert.strictEqual(decode(bytes).end, 12 + syntax.length)
    assert.strictEqual(decode(bytes).fields.transferSyntaxUid, TransferSyntax.DeflatedExplicitVRLittleEndian.uid)
  })

  it("reads elements without a VR, and reports that", () => {
    const bytes = hex("0200 0200 04000000 312E3200", "0200 0300 06000000 312E322E3300")
    const decoded = decode(bytes)
    assert.strictEqual(decoded.fields.mediaStorageSopInstanceUid, "1.2.3")
    assert.strictEqual(kinds(decoded)[0], "implicit file meta information")
  })

  it("trims padding, leaves out a value that is not permitted, and reports that", () => {
    const decoded = decode(join(sopClass, hex("0200 0300 5549 0400 312E3032"), version))
    assert.deepEqual(decoded.fields, {
      mediaStorageSopClassUid: Uid.makeUnsafe("1.2"),
      implementationVersionName: "A"
    })
    assert.include(decoded.irregularities[0], {
      kind: "invalid value",
      detail: '(0002,0003): "1.02" is not a UID: permitted is no component of more than one digit begins with 0'
    })
  })

  it("keeps what it does not know among the elements", () => {
    const decoded = decode(join(sopClass, hex("0200 3100 4F42 0000 02000000 0001")))
    assert.deepEqual(
      decoded.elements.map((element) => Tag.format(element.tag)),
      ["(0002,0002)", "(0002,0031)"]
    )
  })

  it("needs more of every prefix, and finds every cut in a whole", () => {
    const bytes = join(hex("0200 0000 554C 0400 1A000000"), sopClass, sopInstance, dataSet)
    for (let size = 0; size < 46; size++) {
      const prefix = bytes.subarray(0, size)
      const open = Result.getOrThrow(FileMetaInformation.decode(prefix, 0))
      assert.isTrue(open._tag === "Need more" && open.size > size && open.size <= 46, `${size}`)
      const cut = FileMetaInformation.decode(prefix, 0, { size })
      assert.isTrue(Result.isFailure(cut) || cut.success._tag === "File Meta Information")
    }
  })

  it("asks for no more than 1 MiB, whatever a length says", () => {
    const bomb = hex("0200 0201 4F42 0000 FEFFFFFF")
    const decoded = FileMetaInformation.decode(bomb, 0)
    assert.isTrue(Result.isFailure(decoded))
    if (Result.isFailure(decoded)) {
      assert.instanceOf(decoded.failure, Element.InvalidElement)
      assert.strictEqual(
        decoded.failure.message,
        "invalid element (0002,0102) at byte 0: its length is 4294967294; " +
          "permitted: File Meta Information of 1048576 bytes"
      )
    }
  })
})
