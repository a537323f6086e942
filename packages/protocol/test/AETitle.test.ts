import * as AETitle from "@effect-dicom/protocol/AETitle"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import { describe, expect, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0))

const message = (value: string): string => {
  const result = Schema.decodeUnknownResult(AETitle.AETitle)(value)
  return Result.isFailure(result) ? result.failure.message : "no failure"
}

describe("AETitle", () => {
  it("takes up to sixteen characters", () => {
    expect(AETitle.AETitle.make("ABCDEFGHIJKLMNOP")).toBe("ABCDEFGHIJKLMNOP")
    expect(AETitle.isAETitle("a b")).toBe(true)
  })

  it("is not any string", () => {
    // @ts-expect-error a plain string is not an AE title
    const title: AETitle.AETitle = "ANY-SCP"
    expect(title).toBe("ANY-SCP")
  })

  it.each([
    ["ABCDEFGHIJKLMNOPQ", "1 to 16 characters"],
    ["", "1 to 16 characters"],
    ["                ", "not only spaces"],
    ["A\tB", "characters of the default repertoire, no control character"],
    ["A\u00e9", "characters of the default repertoire, no control character"],
    ["A\\B", "no backslash"],
    [" A", "no space at either end, where it is not significant"]
  ])("refuses %j and says why", (value, rule) => {
    expect(message(value)).toBe(`AE title is ${JSON.stringify(value)}; permitted: ${rule}`)
  })

  it.prop("has sixteen bytes that come back as the same title", [AETitle.AETitle], ([title]) => {
    const bytes = AETitle.encode(title)
    expect(bytes.length).toBe(16)
    expect(AETitle.decode(bytes)).toStrictEqual(Result.succeed(title))
    expect(bytes).toStrictEqual(latin1(AETitle.field(title)))
  })

  it("leaves out spaces on both sides when it reads", () => {
    expect(AETitle.decode(latin1("  STORE SCP     "))).toStrictEqual(Result.succeed("STORE SCP"))
  })

  it("refuses a field of another length", () => {
    expect(AETitle.decode(latin1("A"))).toStrictEqual(Result.fail("AE title field has 1 bytes; permitted: 16"))
  })

  it.each([
    ["nulPaddedAETitle", "A" + "\0".repeat(15), "A", "spaces at its end, not NUL"],
    ["blankAETitle", " ".repeat(16), "", "not only spaces"],
    [
      "irregularAETitle",
      "A\u0001B".padEnd(16),
      "A\u0001B",
      "characters of the default repertoire, no control character"
    ]
  ] as const)("refuses by %s, or keeps the title and reports it", (quirk, field, value, rule) => {
    const detail = `AE title is ${JSON.stringify(field)}; permitted: ${rule}`
    expect(AETitle.fromField(field)).toStrictEqual(Result.fail(detail))
    const judge = Leniency.judge(Leniency.lenient)
    expect(AETitle.fromField(field, judge)).toStrictEqual(Result.succeed(value))
    expect(judge.tolerated).toStrictEqual([{ quirk, detail }])
  })
})
