import * as Leniency from "@effect-dicom/protocol/Leniency"
import { describe, expect, it } from "@effect/vitest"

describe("Leniency", () => {
  it("reports what it accepts with a warning, and nothing else", () => {
    const judge = Leniency.judge({ ...Leniency.strict, malformedUid: "accept and warn", paddedUid: "accept" })
    expect(Leniency.admits(judge, "malformedUid", "one")).toBe(true)
    expect(Leniency.admits(judge, "paddedUid", "two")).toBe(true)
    expect(Leniency.admits(judge, "blankAETitle", "three")).toBe(false)
    expect(judge.tolerated).toStrictEqual([{ quirk: "malformedUid", detail: "one" }])
  })

  it("keeps a thousand reports and no more", () => {
    const judge = Leniency.judge(Leniency.lenient)
    for (let i = 0; i < 2000; i++) Leniency.admits(judge, "malformedUid", String(i))
    expect(judge.tolerated.length).toBe(1000)
    expect(judge.tolerated[999]).toStrictEqual({ quirk: "malformedUid", detail: "999" })
  })

  it("knows policies by the names of their quirks", () => {
    const judge = Leniency.judge(Leniency.strict)
    // @ts-expect-error a limit is not a quirk
    Leniency.admits(judge, "minimumMaximumLength", "")
    // @ts-expect-error there is no such policy
    const leniency: Leniency.Leniency = { ...Leniency.strict, malformedUid: "ignore" }
    expect(leniency.malformedUid).toBe("ignore")
  })

  it("refuses nothing when lenient that a peer is known to send", () => {
    expect(Object.entries(Leniency.lenient).filter(([, policy]) => policy === "reject")).toStrictEqual([])
  })
})
