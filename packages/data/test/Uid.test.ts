import { Uid } from "@effect-dicom/data"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

const rule = (value: string): string => {
  const result = Uid.make(value)
  return Result.isFailure(result) ? result.failure.rule : "none"
}

describe("Uid", () => {
  it("permits what PS3.5 section 9.1 permits", () => {
    for (const value of ["1.2", "0.0", "2.25.0", "1.2.840.10008.1.1", "0.39", "1.39.1", `2.${"2".repeat(62)}`]) {
      assert.strictEqual(Result.getOrThrow(Uid.make(value)), value)
      assert.isTrue(Uid.isUid(value))
    }
  })

  it("names the rule that a string breaks", () => {
    assert.strictEqual(rule(""), "1 to 64 characters")
    assert.strictEqual(rule(`1.${"2".repeat(63)}`), "1 to 64 characters")
    assert.strictEqual(rule("1.02"), "no component of more than one digit begins with 0")
    assert.strictEqual(rule("00.2"), "no component of more than one digit begins with 0")
    assert.strictEqual(rule(".1.2"), "every component has a digit")
    assert.strictEqual(rule("1..2"), "every component has a digit")
    assert.strictEqual(rule("1.2."), "every component has a digit")
    assert.strictEqual(rule("1.a"), "digits 0-9 and periods only")
    assert.strictEqual(rule(" 1.2"), "digits 0-9 and periods only")
    assert.strictEqual(rule("1.-2"), "digits 0-9 and periods only")
    assert.strictEqual(rule("12"), "a root and a suffix, so at least two components")
  })

  it("is made under the roots of ISO/IEC 8824-1, and read under any", () => {
    assert.strictEqual(rule("9.1"), "a first component of 0, 1 or 2")
    assert.strictEqual(rule("10.1"), "a first component of 0, 1 or 2")
    assert.strictEqual(rule("0.40"), "a second component to 39 under 0 and 1")
    assert.strictEqual(rule("1.40.3"), "a second component to 39 under 0 and 1")
    assert.strictEqual(rule("1.100"), "a second component to 39 under 0 and 1")
    for (const value of ["9.1", "1.40.3", "2.40", "0.100"]) {
      assert.isTrue(Uid.isUid(value))
      assert.strictEqual(Result.getOrThrow(Uid.fromText(value)), value)
      assert.strictEqual(Result.getOrThrow(Uid.fromBytes(new TextEncoder().encode(value))), value)
    }
    assert.isTrue(Result.isFailure(Uid.fromText("1.02")))
  })

  it("says in its error what was given and what is permitted", () => {
    const failed = Uid.make("1.02")
    assert.isTrue(Result.isFailure(failed))
    if (Result.isFailure(failed)) {
      assert.strictEqual(failed.failure._tag, "InvalidUid")
      assert.strictEqual(
        failed.failure.message,
        '"1.02" is not a UID: permitted is no component of more than one digit begins with 0'
      )
    }
    const decoded = Schema.decodeUnknownResult(Uid.Uid)("1.02")
    assert.isTrue(Result.isFailure(decoded))
    if (Result.isFailure(decoded)) {
      assert.strictEqual(
        decoded.failure.message,
        '"1.02" is not a UID: permitted is no component of more than one digit begins with 0'
      )
    }
  })

  it("cuts an endless value short in its message", () => {
    const failed = Uid.make("9".repeat(100_000))
    assert.isTrue(Result.isFailure(failed) && failed.failure.message.length < 200)
  })

  it("is not any string at compile time", () => {
    // @ts-expect-error a plain string is not a Uid
    const uid: Uid.Uid = "1.2.840.10008.1.1"
    assert.strictEqual(uid, Uid.makeUnsafe("1.2.840.10008.1.1"))
  })

  it("trims trailing NULs and spaces from bytes, and only those", () => {
    const bytes = (text: string) => new TextEncoder().encode(text)
    for (const padded of ["1.2.3", "1.2.3\0", "1.2.3 ", "1.2.3\0\0 \0"]) {
      assert.strictEqual(Result.getOrThrow(Uid.fromBytes(bytes(padded))), "1.2.3")
    }
    assert.strictEqual(Result.getOrThrow(Uid.fromBytes(bytes("xx1.2.3\0yy"), 2, 8)), "1.2.3")
    assert.isTrue(Result.isFailure(Uid.fromBytes(bytes(" 1.2.3"))))
    assert.isTrue(Result.isFailure(Uid.fromBytes(bytes("1.2\0.3"))))
    assert.isTrue(Result.isFailure(Uid.fromBytes(new Uint8Array(0))))
    assert.isTrue(Result.isFailure(Uid.fromBytes(Uint8Array.of(0xff, 0xfe))))
  })

  it("refuses a field of a million digits without reading it all", () => {
    const failed = Uid.fromBytes(new Uint8Array(1_000_000).fill(0x31))
    assert.isTrue(Result.isFailure(failed) && failed.failure.value.length <= 256)
  })

  it.prop("makes of the schema's values the same values, and of their bytes too", [Uid.Uid], ([uid]) => {
    assert.isTrue(uid.length <= 64 && Uid.isUid(uid))
    assert.strictEqual(Result.getOrThrow(Uid.make(uid)), uid)
    assert.strictEqual(Result.getOrThrow(Uid.fromBytes(Uid.toBytes(uid))), uid)
    const padded = Uid.toPaddedBytes(uid)
    assert.strictEqual(padded.length % 2, 0)
    assert.strictEqual(Result.getOrThrow(Uid.fromBytes(padded)), uid)
  })

  it.prop("makes and decodes exactly the same strings", [Schema.String], ([value]) => {
    assert.strictEqual(Result.isSuccess(Uid.make(value)), Schema.is(Uid.Uid)(value))
  })
})
