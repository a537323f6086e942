import { Element, Tag, TransferSyntax } from "@effect-dicom/data"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"

const {
  ExplicitVRBigEndian: explicitBig,
  ExplicitVRLittleEndian: explicit,
  ImplicitVRLittleEndian: implicit
} = TransferSyntax

/** The bytes that a string of hexadecimal digits, spaces between them, stands for. */
const hex = (...lines: ReadonlyArray<string>): Uint8Array =>
  Uint8Array.from(lines.join("").replaceAll(" ", "").match(/../g) ?? [], (digits) => parseInt(digits, 16))

const success = <A, E>(result: Result.Result<A, E>): A => Result.getOrThrow(result)

const message = <A>(result: Result.Result<A, Element.InvalidElement>): string =>
  Result.isFailure(result) ? result.failure.message : "no failure"

const element = (bytes: Uint8Array, encoding: TransferSyntax.Encoding, offset = 0): Element.Element => {
  const read = success(Element.read(bytes, offset, encoding))
  if (read._tag === "Need more") throw new Error(`needs ${read.size} bytes`)
  return read
}

/** A private sequence of undefined length in an item of undefined length, and so on, `depth` times. */
const nested = (depth: number): Uint8Array => {
  const open = hex("0900 0110 FFFFFFFF", "FEFF 00E0 FFFFFFFF")
  const close = hex("FEFF 0DE0 00000000", "FEFF DDE0 00000000")
  const bytes = new Uint8Array(depth * (open.length + close.length))
  for (let i = 0; i < depth; i++) {
    bytes.set(open, i * open.length)
    bytes.set(close, depth * open.length + i * close.length)
  }
  return bytes
}

describe("Element.read", () => {
  it("reads a short length, a long one, an implicit and a big endian one (PS3.5 Tables 7.1-1 to 7.1-3)", () => {
    assert.deepEqual(element(hex("0800 1600 5549 0400 312E3200"), explicit), {
      _tag: "Element",
      tag: Tag.SOPClassUID,
      vr: "UI",
      offset: 0,
      valueOffset: 8,
      length: 4
    })
    assert.deepEqual(element(hex("E07F 1000 4F57 0000 00000040"), explicit), {
      _tag: "Element",
      tag: Tag.PixelData,
      vr: "OW",
      offset: 0,
      valueOffset: 12,
      length: 0x40000000
    })
    assert.deepEqual(element(hex("0800 1600 04000000 312E3200"), implicit), {
      _tag: "Element",
      tag: Tag.SOPClassUID,
      vr: undefined,
      offset: 0,
      valueOffset: 8,
      length: 4
    })
    assert.deepEqual(element(hex("FFFF 0008 0016 5549 0004 312E3200"), explicitBig, 2), {
      _tag: "Element",
      tag: Tag.SOPClassUID,
      vr: "UI",
      offset: 2,
      valueOffset: 10,
      length: 4
    })
  })

  it("keeps a VR that it does not know, with the long length that later VRs have", () => {
    const read = element(hex("0900 0110 5A5A 0000 02000000 0102"), explicit)
    assert.strictEqual(read.vr, "ZZ")
    assert.strictEqual(read.length, 2)
  })

  it("needs more until the header is there, and no value", () => {
    const bytes = hex("E07F 1000 4F57 0000 00000040")
    for (let size = 0; size < 12; size++) {
      assert.deepEqual(success(Element.read(bytes.subarray(0, size), 0, explicit)), {
        _tag: "Need more",
        size: size < 8 ? 8 : 12
      })
    }
    assert.strictEqual(Element.value(bytes, element(bytes, explicit)), undefined)
  })

  it("refuses a VR that is no name, and a length past the end of the whole", () => {
    assert.strictEqual(
      message(Element.read(hex("0800 1600 04000000 312E3200"), 0, explicit)),
      "invalid element (0008,0016) at byte 0: its VR is 04H 00H; permitted: two capital letters"
    )
    assert.strictEqual(
      message(Element.read(hex("0800 1600 5549 0600 312E3200"), 0, explicit, { size: 12 })),
      "invalid element (0008,0016) at byte 0: its length is 6; to the end there are 4"
    )
    assert.strictEqual(
      message(Element.read(hex("0800 1600"), 0, explicit, { size: 4 })),
      "invalid element at byte 0: it goes past the end: byte 8 of 4"
    )
  })
})

describe("Element.skip", () => {
  it("passes over a defined length without its bytes", () => {
    const bytes = hex("E07F 1000 4F57 0000 00000040")
    assert.strictEqual(success(Element.skip(bytes, element(bytes, explicit), explicit)), 12 + 0x40000000)
  })

  it("passes over sequences with items of defined and undefined length, nested", () => {
    const bytes = hex(
      "0800 0600 5351 0000 FFFFFFFF",
      /**/ "FEFF 00E0 0C000000 0800 0001 5348 0400 41424344",
      /**/ "FEFF 00E0 FFFFFFFF 0900 0110 5351 0000 FFFFFFFF",
      /*    */ "FEFF 00E0 00000000",
      /*    */ "FEFF DDE0 00000000",
      /**/ "FEFF 0DE0 00000000",
      "FEFF DDE0 00000000",
      "0800 1600 5549 0000"
    )
    assert.strictEqual(success(Element.skip(bytes, element(bytes, explicit), explicit)), bytes.length - 8)
  })

  it("passes over the fragments of encapsulated pixel data (PS3.5 section A.4)", () => {
    const bytes = hex(
      "E07F 1000 4F42 0000 FFFFFFFF",
      "FEFF 00E0 00000000",
      "FEFF 00E0 04000000 FEFFDDE0",
      "FEFF DDE0 00000000"
    )
    assert.strictEqual(success(Element.skip(bytes, element(bytes, explicit), explicit)), bytes.length)
  })

  it("reads a UN of undefined length as implicit little endian (PS3.5 section 6.2.2)", () => {
    const bytes = hex(
      "0900 0110 554E 0000 FFFFFFFF",
      /**/ "FEFF 00E0 FFFFFFFF 0800 0001 04000000 41424344 FEFF 0DE0 00000000",
      "FEFF DDE0 00000000"
    )
    assert.strictEqual(success(Element.skip(bytes, element(bytes, explicit), explicit)), bytes.length)
  })

  it("needs more of every prefix", () => {
    const bytes = nested(3)
    const first = element(bytes, implicit)
    for (let size = 8; size < bytes.length; size++) {
      const skipped = success(Element.skip(bytes.subarray(0, size), first, implicit))
      assert.isTrue(typeof skipped !== "number" && skipped.size > size, `${size}`)
    }
    assert.strictEqual(success(Element.skip(bytes, first, implicit)), bytes.length)
  })

  it("names what stands where it may not", () => {
    const skip = (...lines: ReadonlyArray<string>) => {
      const bytes = hex(...lines)
      return message(Element.skip(bytes, element(bytes, explicit), explicit))
    }
    assert.strictEqual(
      skip("0800 0600 5351 0000 FFFFFFFF", "FEFF 0DE0 00000000"),
      "invalid element (FFFE,E00D) at byte 12: it ends nothing: what is open is a sequence"
    )
    assert.strictEqual(
      skip("0800 0600 5351 0000 FFFFFFFF", "FEFF DDE0 01000000"),
      "invalid element (FFFE,E0DD) at byte 12: its length is 1; permitted: 0"
    )
    assert.strictEqual(
      skip("0800 0600 5351 0000 FFFFFFFF", "0800 0001 5348 0000"),
      "invalid element (0008,0100) at byte 12: it stands in a sequence; permitted: an item"
    )
    assert.strictEqual(
      skip("0800 0600 5351 0000 FFFFFFFF", "FEFF 00E0 FFFFFFFF", "FEFF 00E0 00000000"),
      "invalid element (FFFE,E000) at byte 20: it stands in an item; permitted: an element"
    )
    assert.strictEqual(
      skip("E07F 1000 4F42 0000 FFFFFFFF", "FEFF 00E0 FFFFFFFF"),
      "invalid element (FFFE,E000) at byte 12: it is a fragment of undefined length; permitted: a defined one"
    )
    assert.strictEqual(
      skip("0800 0600 5554 0000 FFFFFFFF", "FEFF 00E0 00000000"),
      "invalid element (0008,0006) at byte 0: its length is undefined; permitted with VR UT: a defined one"
    )
  })

  it("refuses a million levels at the limit, and passes what is below it", () => {
    const bomb = nested(1_000_000)
    assert.strictEqual(
      message(Element.skip(bomb, element(bomb, implicit), implicit)),
      `invalid element (0009,1001) at byte ${64 * 16}: it nests deeper than 128 levels`
    )
    const permitted = nested(64)
    assert.strictEqual(success(Element.skip(permitted, element(permitted, implicit), implicit)), permitted.length)
  })
})

describe("Element.find", () => {
  const bytes = hex(
    "0800 0500 4353 0A00 49534F5F495220313030",
    "0800 1600 5549 0400 312E3200",
    "0800 1800 5549 0400 312E3300",
    "1000 1000 504E 0400 412020"
  )
  const wanted = [Tag.SOPClassUID, Tag.SOPInstanceUID]

  it("stops behind the last wanted element, whatever follows it", () => {
    const found = success(Element.find(bytes, 0, explicit, wanted, { size: bytes.length }))
    assert.strictEqual(found._tag, "Found")
    if (found._tag !== "Found") return
    assert.deepEqual([...found.elements.keys()], wanted)
    const uid = found.elements.get(Tag.SOPInstanceUID)
    assert.deepEqual(uid && Element.value(bytes, uid), hex("312E3300"))
  })

  it("finds an element absent as soon as a greater tag is met", () => {
    const found = success(Element.find(bytes, 0, explicit, [Tag.make(0x0008, 0x0006)]))
    assert.deepEqual(found, { _tag: "Found", elements: new Map() })
  })

  it("needs more until the values are there", () => {
    for (let size = 0; size < 42; size++) {
      const found = success(Element.find(bytes.subarray(0, size), 0, explicit, wanted))
      assert.isTrue(found._tag === "Need more" && found.size > size && found.size <= 42, `${size}`)
    }
    assert.strictEqual(success(Element.find(bytes.subarray(0, 42), 0, explicit, wanted))._tag, "Found")
  })

  it("ends where the whole ends", () => {
    assert.deepEqual(success(Element.find(bytes, 18, explicit, [Tag.PixelData], { size: 42 })), {
      _tag: "Found",
      elements: new Map()
    })
  })
})
