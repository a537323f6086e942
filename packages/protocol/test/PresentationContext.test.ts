import * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import { describe, expect, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

const message = (schema: Schema.Codec<unknown, unknown>, value: unknown): string => {
  const result = Schema.decodeUnknownResult(schema)(value)
  return Result.isFailure(result) ? result.failure.message : "no failure"
}

describe("PresentationContext", () => {
  describe("its schemas", () => {
    it.each([0, 2, 254, 257, -1, 1.5])("refuse %d as an id", (id) => {
      expect(message(PresentationContext.Id, id)).toBe(
        `presentation context id is ${id}; permitted: odd numbers from 1 to 255`
      )
    })

    it("do not take a plain number for an id", () => {
      // @ts-expect-error a number is not an id
      const id: PresentationContext.Id = 1
      expect(id).toBe(1)
    })

    it("refuse a context without a transfer syntax", () => {
      expect(message(PresentationContext.Proposed, { id: 1, abstractSyntax: "1.2", transferSyntaxes: [] })).toBe(
        'presentation context has no transfer syntax; permitted: one or more\n  at ["transferSyntaxes"]'
      )
    })

    it("refuse an abstract syntax that is no UID", () => {
      const context = { id: 1, abstractSyntax: "1.02", transferSyntaxes: ["1.2"] }
      expect(message(PresentationContext.Proposed, context)).toContain('"1.02" is not a UID')
      expect(message(PresentationContext.Proposed, { ...context, abstractSyntax: `1.${"2".repeat(63)}` })).toContain(
        "1 to 64 characters"
      )
    })

    it("refuse none, 129 contexts, and an id used twice", () => {
      const context = (id: number) => ({ id, abstractSyntax: "1.2", transferSyntaxes: ["1.2"] })
      expect(message(PresentationContext.DefinitionList, [])).toBe("no presentation context; permitted: 1 to 128")
      expect(
        message(
          PresentationContext.DefinitionList,
          Array.from({ length: 129 }, () => context(1))
        )
      ).toBe("129 presentation contexts; permitted: at most 128")
      expect(message(PresentationContext.DefinitionList, [context(3), context(3)])).toBe(
        "presentation context id 3 is used twice; permitted: once"
      )
      const all = Array.from({ length: 128 }, (_, i) => context(2 * i + 1))
      expect(message(PresentationContext.DefinitionList, all)).toBe("no failure")
    })

    it("refuse an acceptance without a transfer syntax", () => {
      expect(message(PresentationContext.Answer, { id: 1, result: "acceptance" })).toBe(
        'an accepted presentation context has no transfer syntax; permitted: one\n  at ["transferSyntax"]'
      )
    })
  })
})
