import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"

const codes = (tag: Status.Status["_tag"]): ReadonlyArray<number> => {
  const found: Array<number> = []
  for (let code = 0; code <= 0xffff; code++) if (Status.fromCode(code)._tag === tag) found.push(code)
  return found
}

describe("Status", () => {
  it("has for every code the class that PS3.7 Annex C gives it, and a failure for the rest", () => {
    assert.deepStrictEqual(codes("Success"), [0x0000])
    assert.deepStrictEqual(codes("Pending"), [0xff00, 0xff01])
    assert.deepStrictEqual(codes("Cancel"), [0xfe00])
    assert.deepStrictEqual(codes("Warning"), [
      0x0001,
      0x0107,
      0x0116,
      ...Array.from({ length: 0x1000 }, (_, i) => 0xb000 + i)
    ])
    assert.strictEqual(codes("Failure").length, 0x10000 - 1 - 2 - 1 - 3 - 0x1000)
  })

  it("names every status of PS3.7 Annex C that is no service class's own, with its meaning", () => {
    const named = [Status.success, Status.cancel, ...Object.values(Status.warnings), ...Object.values(Status.failures)]
    // sections C.1.1, C.3.1, C.4.2, C.4.3 and C.5.6 to C.5.25, sorted by code; the rest of Annex C has no code
    assert.deepStrictEqual(
      named.toSorted((a, b) => a.code - b.code).map((status) => [status.code, Status.meaning(status)]),
      [
        [0x0000, "Success"],
        [0x0105, "No such attribute"],
        [0x0106, "Invalid attribute value"],
        [0x0107, "Attribute list error"],
        [0x0110, "Processing failure"],
        [0x0111, "Duplicate SOP Instance"],
        [0x0112, "No such SOP Instance"],
        [0x0113, "No such event type"],
        [0x0114, "No such argument"],
        [0x0115, "Invalid argument value"],
        [0x0116, "Attribute value out of range"],
        [0x0117, "Invalid SOP Instance"],
        [0x0118, "No such SOP Class"],
        [0x0119, "Class-Instance conflict"],
        [0x0120, "Missing attribute"],
        [0x0121, "Missing attribute value"],
        [0x0122, "Refused: SOP Class not supported"],
        [0x0123, "No such action type"],
        [0x0124, "Refused: Not authorized"],
        [0x0210, "Duplicate invocation"],
        [0x0211, "Unrecognized operation"],
        [0x0212, "Mistyped argument"],
        [0x0213, "Resource limitation"],
        [0xfe00, "Cancel"]
      ]
    )
    for (const status of named) assert.deepStrictEqual(Status.fromCode(status.code), status)
  })

  it("keeps every code, and its values are those of the schema", () => {
    const isStatus = Schema.is(Status.Status)
    for (let code = 0; code <= 0xffff; code++) {
      const status = Status.fromCode(code)
      assert.strictEqual(Status.code(status), code)
      if (code % 97 === 0 || code > 0xfdff || code < 0x300) assert.isTrue(isStatus(status), Status.format(status))
    }
  })

  it.prop("gives a status of the schema again from its code", [Status.Status], ([status]) => {
    assert.deepStrictEqual(Status.fromCode(Status.code(status)), status)
  })

  it("takes the lower 16 bits of a larger number", () => {
    assert.deepStrictEqual(Status.fromCode(0x1_0110), Status.failures.processingFailure)
  })

  it("refuses a code of another class", () => {
    assert.isFalse(Schema.is(Status.Status)({ _tag: "Success", code: 0x0110 }))
    assert.isFalse(Schema.is(Status.Status)({ _tag: "Failure", code: 0xff00 }))
    assert.isFalse(Schema.is(Status.Status)({ _tag: "Warning", code: 0xc000 }))
    assert.isFalse(Schema.is(Status.Status)({ _tag: "Failure", code: 0x10000 }))
  })

  it("says which class a code of the wrong class has", () => {
    assert.throws(
      () => Schema.decodeUnknownSync(Status.Status)({ _tag: "Failure", code: 0xff00 }),
      "Status FF00H is of class Pending, not Failure"
    )
  })

  it("has only its own codes at compile time", () => {
    // @ts-expect-error success has one code
    const success: Status.Success = { _tag: "Success", code: 0x0110 }
    // @ts-expect-error pending has two codes
    const pending: Status.Pending = { _tag: "Pending", code: 0xff02 }
    assert.isFalse(Schema.is(Status.Status)(success) || Schema.is(Status.Status)(pending))
  })

  it("makes a warning or a failure of a code of that class only", () => {
    assert.deepStrictEqual(Status.warning(0xb000), { _tag: "Warning", code: 0xb000 })
    assert.isUndefined(Status.warning(0xa700))
    assert.deepStrictEqual(Status.failure(0xa7ff), { _tag: "Failure", code: 0xa7ff })
    assert.isUndefined(Status.failure(0x0116))
  })

  it("has the general failures under their codes, all of class failure", () => {
    for (const status of Object.values(Status.failures)) {
      assert.deepStrictEqual(Status.fromCode(status.code), status)
      assert.isDefined(Status.meaning(status))
    }
    assert.strictEqual(Status.failures.sopClassNotSupported.code, 0x0122)
    assert.strictEqual(Status.failures.unrecognizedOperation.code, 0x0211)
  })

  it("tells what was completed and what is final", () => {
    assert.deepStrictEqual(
      [0x0000, 0xb000, 0x0110, 0xfe00, 0xff01].map((code) => Status.isCompleted(Status.fromCode(code))),
      [true, true, false, false, false]
    )
    assert.deepStrictEqual(
      [0x0000, 0xb000, 0x0110, 0xfe00, 0xff00, 0xff01].map((code) => Status.isFinal(Status.fromCode(code))),
      [true, true, true, true, false, false]
    )
  })

  it("formats class, code and meaning as one phrase", () => {
    assert.strictEqual(Status.format(Status.success), "Success 0000H")
    assert.strictEqual(
      Status.format(Status.failures.sopClassNotSupported),
      "Failure 0122H, Refused: SOP Class not supported"
    )
    assert.strictEqual(Status.format(Status.fromCode(0xc123)), "Failure C123H")
    assert.strictEqual(Status.format(Status.pendingWithWarning), "Pending FF01H")
    assert.strictEqual(Status.format(Status.cancel), "Cancel FE00H")
  })
})
