import * as PersonName from "@effect-dicom/data/PersonName"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

const message = (result: Result.Result<unknown, { readonly message: string }>): string =>
  Result.isFailure(result) ? result.failure.message : "none"

const { noGroup } = PersonName

describe("PersonName", () => {
  it("reads the five components, as in the examples of PS3.5 section 6.2.1.1", () => {
    assert.deepStrictEqual(
      PersonName.parse("Adams^John Robert Quincy^^Rev.^B.A. M.Div."),
      Result.succeed({
        alphabetic: {
          familyName: "Adams",
          givenName: "John Robert Quincy",
          middleName: "",
          namePrefix: "Rev.",
          nameSuffix: "B.A. M.Div."
        },
        ideographic: noGroup,
        phonetic: noGroup
      })
    )
    assert.strictEqual(
      Result.getOrThrow(PersonName.parse("Morrison-Jones^Susan^^^Ph.D., Chief Executive Officer")).alphabetic
        .nameSuffix,
      "Ph.D., Chief Executive Officer"
    )
  })

  it("reads the three groups", () => {
    const name = Result.getOrThrow(PersonName.parse("Yamada^Tarou=山田^太郎=やまだ^たろう"))
    assert.deepStrictEqual(name, {
      alphabetic: { ...noGroup, familyName: "Yamada", givenName: "Tarou" },
      ideographic: { ...noGroup, familyName: "山田", givenName: "太郎" },
      phonetic: { ...noGroup, familyName: "やまだ", givenName: "たろう" }
    })
    assert.strictEqual(PersonName.format(name), "Yamada^Tarou=山田^太郎=やまだ^たろう")
    assert.strictEqual(Result.getOrThrow(PersonName.parse("=山田")).ideographic.familyName, "山田")
  })

  it("takes delimiters at the end, and spaces around components, as padding", () => {
    for (const text of ["Wang^XiaoDong==", "Wang^XiaoDong^^^", "Wang ^ XiaoDong ", "Wang^XiaoDong^^^=^^^^=^^^^ "]) {
      assert.strictEqual(PersonName.format(Result.getOrThrow(PersonName.parse(text))), "Wang^XiaoDong")
    }
    assert.strictEqual(PersonName.format(Result.getOrThrow(PersonName.parse("^^^^"))), "")
    assert.strictEqual(PersonName.format(Result.getOrThrow(PersonName.parse("^Anna"))), "^Anna")
  })

  it("makes a name of the components that it has", () => {
    const name = Result.getOrThrow(
      PersonName.make({ alphabetic: { familyName: "Doe", nameSuffix: "Jr." }, phonetic: { givenName: "x" } })
    )
    assert.strictEqual(PersonName.format(name), "Doe^^^^Jr.==^x")
    assert.match(message(PersonName.make({ alphabetic: { familyName: "a^b" } })), /permitted is no \^ in a component$/)
    assert.match(message(PersonName.make({ alphabetic: { familyName: "a ".repeat(40).trim() } })), /64 characters/)
    // @ts-expect-error there is no such component
    assert.isTrue(Result.isSuccess(PersonName.make({ alphabetic: { surname: "Doe" } })))
  })

  it("names the rule that a text breaks", () => {
    const rules: ReadonlyArray<readonly [string, string]> = [
      ["a=b=c=d", "three component groups"],
      ["a^b^c^d^e^f", "five components in a group"],
      ["a".repeat(65), "64 characters in a component group"],
      [`x=${"a".repeat(32)}^${"b".repeat(32)}`, "64 characters in a component group"],
      ["Doe\\Roe", "no backslash"],
      ["Doe\n", "no control characters"]
    ]
    for (const [text, rule] of rules) {
      assert.strictEqual(
        message(PersonName.parse(text)),
        `${JSON.stringify(text)} is not of VR PN: permitted is ${rule}`
      )
    }
  })

  it("counts characters, and not UTF-16 units", () => {
    assert.strictEqual(message(PersonName.parse("𠮷".repeat(64))), "none")
    assert.match(message(PersonName.parse("𠮷".repeat(65))), /64 characters/)
  })

  it("refuses by its schema what it would not read", () => {
    const name = (familyName: string) => ({
      alphabetic: { ...noGroup, familyName },
      ideographic: noGroup,
      phonetic: noGroup
    })
    for (const familyName of ["a^b", "a=b", "a\\b", " a", "a\x1b", "a".repeat(65)]) {
      assert.isFalse(Schema.is(PersonName.PersonName)(name(familyName)))
    }
    assert.isTrue(Schema.is(PersonName.PersonName)(name("O'Neil van Dam")))
  })

  it("takes linear time for a text of delimiters alone", () => {
    assert.match(message(PersonName.parse("^".repeat(1_000_000))), /permitted is 64 characters in a component group$/)
    assert.match(message(PersonName.parse("=".repeat(1_000_000))), /permitted is three component groups$/)
  })

  it.prop("reads what it writes", [PersonName.PersonName], ([name]) => {
    assert.deepStrictEqual(PersonName.parse(PersonName.format(name)), Result.succeed(name))
    assert.deepStrictEqual(Schema.encodeResult(PersonName.FromString)(name), Result.succeed(PersonName.format(name)))
  })
})
