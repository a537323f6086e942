import * as CharacterSet from "@effect-dicom/data/CharacterSet"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/** Bytes as one character each, ESC as in the standard's examples. */
const bytes = (latin1: string): Uint8Array => Uint8Array.from(latin1, (character) => character.charCodeAt(0))

const set = (...terms: ReadonlyArray<string>): CharacterSet.CharacterSet =>
  Result.getOrThrow(CharacterSet.fromTerms(terms))

const unknown = (...terms: ReadonlyArray<string>): string => {
  const result = CharacterSet.fromTerms(terms)
  return Result.isFailure(result) ? result.failure.message : "none"
}

const unencodable = (terms: ReadonlyArray<string>, text: string, kind: CharacterSet.Kind = "text"): string => {
  const result = CharacterSet.encode(set(...terms), text, kind)
  return Result.isFailure(result) ? result.failure.message : "none"
}

/** Where the bytes stand in the literature, the terms, the bytes, the text, and what it is. */
type Golden = readonly [
  source: string,
  terms: ReadonlyArray<string>,
  encoded: string,
  text: string,
  kind: CharacterSet.Kind
]

const goldens: ReadonlyArray<Golden> = [
  [
    "PS3.5 H.3.1",
    ["", "ISO 2022 IR 87"],
    "Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
    "Yamada^Tarou=山田^太郎=やまだ^たろう",
    "person name"
  ],
  [
    "PS3.5 H.3.2",
    ["ISO 2022 IR 13", "ISO 2022 IR 87"],
    "\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J",
    "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう",
    "person name"
  ],
  [
    "PS3.5 I.2",
    ["", "ISO 2022 IR 149"],
    "Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
    "Hong^Gildong=洪^吉洞=홍^길동",
    "person name"
  ],
  [
    "PS3.5 J.1",
    ["ISO_IR 192"],
    "Wang^XiaoDong=\xe7\x8e\x8b^\xe5\xb0\x8f\xe6\x9d\xb1=",
    "Wang^XiaoDong=王^小東=",
    "person name"
  ],
  ["PS3.5 J.3", ["GB18030"], "Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab=", "Wang^XiaoDong=王^小东=", "person name"],
  [
    "PS3.5 J.3, whose characters have the same codes in GBK",
    ["GBK"],
    "Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab=",
    "Wang^XiaoDong=王^小东=",
    "person name"
  ],
  [
    "PS3.5 K.2, without its padding",
    ["", "ISO 2022 IR 58"],
    "Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=",
    "Zhang^XiaoDong=张^小东=",
    "person name"
  ],
  ["pydicom's chrArab", ["ISO_IR 127"], "\xe2\xc8\xc7\xe6\xea^\xe4\xe6\xd2\xc7\xd1", "قباني^لنزار", "person name"],
  ["pydicom's chrFren", ["ISO_IR 100"], "Buc^J\xe9r\xf4me", "Buc^Jérôme", "person name"],
  [
    "pydicom's chrFrenMulti",
    ["ISO_IR 100"],
    "Buc^J\xe9r\xf4me\\Buc^J\xe9r\xf4me",
    "Buc^Jérôme\\Buc^Jérôme",
    "person name"
  ],
  ["pydicom's chrGerm", ["ISO_IR 100"], "\xc4neas^R\xfcdiger", "Äneas^Rüdiger", "person name"],
  ["pydicom's chrGreek", ["ISO_IR 126"], "\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2", "Διονυσιος", "person name"],
  ["pydicom's chrHbrw", ["ISO_IR 138"], "\xf9\xf8\xe5\xef^\xe3\xe1\xe5\xf8\xe4", "שרון^דבורה", "person name"],
  ["pydicom's chrRuss", ["ISO_IR 144"], "\xbb\xee\xdace\xdc\xd1yp\xd3", "Люкceмбypг", "person name"],
  [
    "pydicom's chrJapMultiExplicitIR6",
    ["ISO 2022 IR 6", "ISO 2022 IR 87"],
    "\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B\\\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
    "やまだ^たろう\\やまだ^たろう",
    "person name"
  ]
]

/** What is read as the goldens are, and written in another of the ways that the standard permits. */
const readings: ReadonlyArray<Golden> = [
  [
    "PS3.5 I.3, which designates at the head of a line",
    ["", "ISO 2022 IR 149"],
    "\x1b$)CThe first line includes \xc7\xd1\xb1\xdb.\r\n\x1b$)CThe second line includes \xc7\xd1\xb1\xdb, too.\r\n" +
      "The third line",
    "The first line includes 한글.\r\nThe second line includes 한글, too.\r\nThe third line",
    "text"
  ],
  [
    "PS3.5 K.3, which designates ISO 646 again",
    ["", "ISO 2022 IR 58"],
    "1.\x1b$)A\xb5\xda\xd2\xbb\xd0\xd0\xce\xc4\xd7\xd6\xa1\xa3\x1b(B\r\n" +
      "2.\x1b$)A\xb5\xda\xb6\xfe\xd0\xd0\xce\xc4\xd7\xd6\xa1\xa3\x1b(B\r\n" +
      "3.\x1b$)A\xb5\xda\xc8\xfd\xd0\xd0\xce\xc4\xd7\xd6\xa1\xa3\x1b(B\r\n ",
    "1.第一行文字。\r\n2.第二行文字。\r\n3.第三行文字。\r\n ",
    "text"
  ],
  [
    "pydicom's chrKoreanMulti",
    ["", "ISO 2022 IR 149"],
    "\x1b$)C\xb1\xe8\xc8\xf1\xc1\xdf\x1b(B",
    "김희중",
    "person name"
  ],
  [
    "pydicom's chrSQEncoding, in an item, which ends with ISO 646 in place of JIS X 0201",
    ["ISO 2022 IR 13", "ISO 2022 IR 87"],
    "\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
    "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう",
    "person name"
  ]
]

/**
 * How many characters each repertoire has beside ISO 646 or JIS X 0201's roman half: what the registrations print.
 */
const repertoires: ReadonlyArray<readonly [number: string, first: ReadonlyArray<string>, count: number]> = [
  ["100", [], 96],
  ["101", [], 96],
  ["109", [], 89],
  ["110", [], 96],
  ["126", [], 90],
  ["127", [], 51],
  ["138", [], 58],
  ["144", [], 96],
  ["148", [], 96],
  ["166", [], 87],
  ["203", [], 96],
  ["13", [], 63],
  ["58", [""], 7445],
  ["87", [""], 6879],
  ["149", [""], 8224],
  ["159", [""], 6067]
]

const escapes: Readonly<Record<string, string>> = { "58": "$)A", "87": "$B", "149": "$)C", "159": "$(D" }

/** The characters of a registration's codes, as they are decoded. */
const charactersOf = (number: string, first: ReadonlyArray<string>): ReadonlyArray<string> => {
  const escape = escapes[number]
  const characters = new Set<string>()
  const add = (encoded: string, terms: ReadonlyArray<string>) => {
    const { replaced, text } = CharacterSet.decode(set(...terms), bytes(encoded), "text")
    if (!replaced) characters.add(text)
  }
  if (escape === undefined) {
    for (let code = 0xa0; code <= 0xff; code++) add(String.fromCharCode(code), [`ISO_IR ${number}`])
  } else {
    const high = escape.includes(")") ? 0x80 : 0
    for (let row = 0x21; row <= 0x7e; row++) {
      for (let cell = 0x21; cell <= 0x7e; cell++) {
        add(`\x1b${escape}${String.fromCharCode(row | high, cell | high)}`, [...first, `ISO 2022 IR ${number}`])
      }
    }
  }
  return Array.from(characters)
}

describe("the VRs that a character set is for", () => {
  it("are those of PS3.5 section 6.1.2.2", () => {
    assert.deepStrictEqual([...CharacterSet.kinds.keys()], ["LO", "LT", "PN", "SH", "ST", "UC", "UT"])
  })
})

describe("CharacterSet", () => {
  it.each(goldens)("decodes and encodes the text of %s", (_source, terms, encoded, text, kind) => {
    assert.deepStrictEqual(CharacterSet.decode(set(...terms), bytes(encoded), kind), { text, replaced: false })
    assert.deepStrictEqual(CharacterSet.encode(set(...terms), text, kind), Result.succeed(bytes(encoded)))
  })

  it.each(readings)("decodes the text of %s, and what it encodes of it", (_source, terms, encoded, text, kind) => {
    assert.deepStrictEqual(CharacterSet.decode(set(...terms), bytes(encoded), kind), { text, replaced: false })
    const again = Result.getOrThrow(CharacterSet.encode(set(...terms), text, kind))
    assert.deepStrictEqual(CharacterSet.decode(set(...terms), again, kind), { text, replaced: false })
  })

  it.each(repertoires)("has in registration %s the characters of it, each with one code", (number, first, count) => {
    const characterSet = first.length === 0 ? set(`ISO_IR ${number}`) : set(...first, `ISO 2022 IR ${number}`)
    let encoded = 0
    for (const character of charactersOf(number, first)) {
      const result = CharacterSet.encode(characterSet, character, "text")
      if (Result.isFailure(result)) continue
      encoded++
      assert.strictEqual(CharacterSet.decode(characterSet, result.success, "text").text, character)
    }
    assert.strictEqual(encoded, count)
  })

  // but those of private use, some of which have no code of their own in all editions of GB 18030
  it.each(["ISO_IR 192", "GB18030"])("has in %s every character of Unicode", (term) => {
    let text = ""
    for (let unit = 0x20; unit <= 0xffff; unit++) {
      if (unit !== 0x7f && (unit < 0xd800 || unit > 0xf8ff)) text += String.fromCharCode(unit)
    }
    for (let point = 0x10000; point <= 0x10ffff; point += 0x101) text += String.fromCodePoint(point)
    const encoded = Result.getOrThrow(CharacterSet.encode(set(term), text, "text"))
    assert.isTrue(CharacterSet.decode(set(term), encoded, "text").text === text)
    assert.strictEqual(CharacterSet.decode(set(term), encoded, "text").replaced, false)
  })

  it("takes every defined term, alone or behind another", () => {
    assert.strictEqual(CharacterSet.definedTerms.length, 32)
    for (const term of CharacterSet.definedTerms) {
      const terms = /58|87|149|159/.test(term) ? ["ISO 2022 IR 6", term] : [term]
      assert.deepStrictEqual(set(...terms).terms, terms)
      assert.deepStrictEqual(set(...terms).departures, [])
      assert.strictEqual(CharacterSet.decode(set(...terms), bytes("A^B=C"), "person name").text, "A^B=C")
    }
  })

  it("takes no terms, or an empty one, as the default repertoire", () => {
    assert.strictEqual(set(), CharacterSet.defaultRepertoire)
    assert.strictEqual(set(""), CharacterSet.defaultRepertoire)
    assert.deepStrictEqual(CharacterSet.defaultRepertoire.terms, [])
    assert.deepStrictEqual(CharacterSet.decode(CharacterSet.defaultRepertoire, bytes("J\xe9r\xf4me"), "text"), {
      text: "J\ufffdr\ufffdme",
      replaced: true
    })
  })

  it("takes spaces around terms as padding", () => {
    assert.deepStrictEqual(set("ISO_IR 100 ").terms, ["ISO_IR 100"])
    assert.strictEqual(CharacterSet.decode(set("ISO_IR 100 "), bytes("\xe9"), "text").text, "é")
  })

  it("names the term that is not one, and what is permitted", () => {
    assert.strictEqual(
      unknown("ISO_IR 999"),
      '"ISO_IR 999" in Specific Character Set "ISO_IR 999": permitted is a defined term of PS3.3 Tables C.12-2 to ' +
        "C.12-5"
    )
    assert.strictEqual(
      unknown("ISO_IR 192", "ISO 2022 IR 87"),
      '"ISO_IR 192" in Specific Character Set "ISO_IR 192\\\\ISO 2022 IR 87": permitted is ISO_IR 192 alone'
    )
    assert.match(unknown("", "GB18030"), /permitted is GB18030 alone$/)
    assert.match(unknown("ISO_IR 87"), /permitted is "ISO 2022 IR 87" in value 2 or further$/)
    assert.match(unknown("ISO 2022 IR 87"), /permitted is a single-byte character set as the first value/)
    assert.match(unknown("ISO_IR 100", "ISO 2022 IR 87"), /permitted is "ISO 2022 IR 100" beside others$/)
    assert.match(unknown("ISO 2022 IR 100", ""), /permitted is an empty value only as the first$/)
    assert.match(unknown("ISO_IR 6"), /permitted is "ISO 2022 IR 6", or no value$/)
    assert.match(unknown("constructor"), /"constructor" in/)
    assert.match(unknown("ISO 2022 IR 192"), /permitted is a defined term/)
  })

  it("reads wrong terms for what they mean where it may be lenient, and tells of it", () => {
    const lenient = (...terms: ReadonlyArray<string>) =>
      Result.getOrThrow(CharacterSet.fromTerms(terms, { lenient: true }))
    assert.deepStrictEqual(lenient("ISO-IR 100").departures, [
      '"ISO-IR 100" is read as registration 100: permitted is "ISO_IR 100"'
    ])
    assert.strictEqual(CharacterSet.decode(lenient("ISO-IR 100"), bytes("\xe9"), "text").text, "é")
    assert.strictEqual(CharacterSet.decode(lenient("ISO 2022 IR 87"), bytes("\x1b$B;3\x1b(B"), "text").text, "山")
    assert.strictEqual(CharacterSet.decode(lenient("utf-8"), bytes("\xc3\xa9"), "text").text, "é")
    assert.strictEqual(CharacterSet.decode(lenient("ISO_IR 100"), bytes("\x1b$B;3\x1b(B"), "text").text, "山")
    assert.deepStrictEqual(lenient("KOI8-R").departures, [
      '"KOI8-R" is left out: permitted is a defined term of PS3.3 Tables C.12-2 to C.12-5'
    ])
    assert.deepStrictEqual(lenient("ISO_IR 100").departures, [])
  })

  it("returns to the sets of value 1 behind a delimiter of the kind of text, and no other", () => {
    const korean = set("", "ISO 2022 IR 149")
    const decoded = (text: string, kind: CharacterSet.Kind) => CharacterSet.decode(korean, bytes(text), kind)
    const name = "\x1b$)C\xfb\xf3^\xd1\xce=\xd1\xce\\\xd1\xce"
    assert.deepStrictEqual(decoded(name, "text"), { text: "洪^吉=吉\\吉", replaced: false })
    assert.deepStrictEqual(decoded(name, "multi-valued text"), { text: "洪^吉=吉\\\ufffd\ufffd", replaced: true })
    assert.strictEqual(decoded(name, "person name").text, "洪^\ufffd\ufffd=\ufffd\ufffd\\\ufffd\ufffd")
    for (const control of ["\r", "\n", "\f", "\t"]) {
      assert.strictEqual(decoded(`\x1b$)C\xfb\xf3${control}\xfb\xf3`, "text").text, `洪${control}\ufffd\ufffd`)
    }
  })

  it("designates again behind a delimiter, and returns before it", () => {
    const japanese = set("", "ISO 2022 IR 87")
    const encoded = (text: string, kind: CharacterSet.Kind) =>
      Result.getOrThrow(CharacterSet.encode(japanese, text, kind))
    assert.deepStrictEqual(encoded("山\\田", "text"), bytes("\x1b$B;3\x1b(B\\\x1b$BED\x1b(B"))
    assert.deepStrictEqual(encoded("山\r\n田", "text"), bytes("\x1b$B;3\x1b(B\r\n\x1b$BED\x1b(B"))
    assert.deepStrictEqual(
      Result.getOrThrow(CharacterSet.encode(set("ISO 2022 IR 100", "ISO 2022 IR 126"), "éΔ^Δ", "person name")),
      bytes("\xe9\x1b-F\xc4\x1b-A^\x1b-F\xc4\x1b-A")
    )
  })

  it("designates G1 again behind an escape sequence of another set, for peers that decode by the last one", () => {
    const encoded = (terms: ReadonlyArray<string>, text: string) =>
      Result.getOrThrow(CharacterSet.encode(set(...terms), text, "text"))
    assert.deepStrictEqual(
      encoded(["ISO 2022 IR 13", "ISO 2022 IR 87"], "ﾔ山ﾔﾔ"),
      bytes("\xd4\x1b$B;3\x1b(J\x1b)I\xd4\xd4")
    )
    assert.deepStrictEqual(
      encoded(["", "ISO 2022 IR 149", "ISO 2022 IR 87"], "洪Aお洪"),
      bytes("\x1b$)C\xfb\xf3A\xaa\xaa\xfb\xf3")
    )
    assert.deepStrictEqual(
      encoded(["", "ISO 2022 IR 149", "ISO 2022 IR 87"], "洪辻A洪"),
      bytes("\x1b$)C\xfb\xf3\x1b$BDT\x1b(BA\x1b$)C\xfb\xf3")
    )
  })

  it("finds no delimiter within a character of two bytes, and one where half of one should be", () => {
    const japanese = set("", "ISO 2022 IR 87")
    // 3D5CH, 5E3DH and 215EH are characters of JIS X 0208 made of delimiters
    assert.strictEqual(CharacterSet.decode(japanese, bytes("\x1b$B=\\^=!^\x1b(B"), "person name").text, "旬渊±")
    assert.deepStrictEqual(CharacterSet.decode(japanese, bytes("\x1b$B;3ED^\x1b$BB@O:\x1b(B"), "person name"), {
      text: "山田^太郎",
      replaced: false
    })
    // 8A5CH is one character of GB 18030
    assert.strictEqual(CharacterSet.decode(set("GB18030"), bytes("\x8a\x5c"), "multi-valued text").text.length, 1)
  })

  it("reads 5CH and 7EH in JIS X 0201 as a yen sign and an overline, but parts values at 5CH", () => {
    const japanese = set("ISO_IR 13")
    assert.strictEqual(CharacterSet.decode(japanese, bytes("a\\~"), "text").text, "a¥‾")
    assert.strictEqual(CharacterSet.decode(japanese, bytes("a\\b"), "multi-valued text").text, "a\\b")
    assert.deepStrictEqual(CharacterSet.encode(japanese, "a¥‾", "text"), Result.succeed(bytes("a\\~")))
    assert.deepStrictEqual(CharacterSet.encode(japanese, "a\\b", "person name"), Result.succeed(bytes("a\\b")))
    assert.strictEqual(unencodable(["ISO_IR 13"], "\\"), '"\\\\" (U+005C) at 0 has no place in ISO_IR 13')
    assert.match(unencodable(["ISO_IR 13"], "¥", "multi-valued text"), /^"¥" \(U\+00A5\) at 0/)
  })

  it("does not know an escape sequence that no term declares, and says that something is replaced", () => {
    assert.deepStrictEqual(CharacterSet.decode(set("", "ISO 2022 IR 149"), bytes("a\x1b$B;3\x1b(Bb"), "text"), {
      text: "a\ufffd$B;3b",
      replaced: true
    })
  })

  it("leaves ESC alone where there are no code extensions", () => {
    assert.deepStrictEqual(CharacterSet.decode(set("ISO_IR 192"), bytes("\x1b(B"), "text"), {
      text: "\x1b(B",
      replaced: false
    })
  })

  it("replaces what has no character, and tells it from U+FFFD itself", () => {
    const utf8 = set("ISO_IR 192")
    assert.deepStrictEqual(CharacterSet.decode(utf8, bytes("a\xc3"), "text"), { text: "a\ufffd", replaced: true })
    assert.deepStrictEqual(CharacterSet.decode(utf8, bytes("\xef\xbf\xbd"), "text"), {
      text: "\ufffd",
      replaced: false
    })
    assert.deepStrictEqual(CharacterSet.decode(set("ISO_IR 100"), bytes("\x80"), "text"), {
      text: "\ufffd",
      replaced: true
    })
    assert.deepStrictEqual(CharacterSet.decode(set("", "ISO 2022 IR 149"), bytes("\x1b$)C\xfb"), "text"), {
      text: "\ufffd",
      replaced: true
    })
    assert.strictEqual(CharacterSet.decode(set("GB18030"), bytes("\xff"), "text").replaced, true)
  })

  it("keeps a byte order mark as a character", () => {
    const mark = bytes("\xef\xbb\xbfa")
    assert.strictEqual(CharacterSet.decode(set("ISO_IR 192"), mark, "text").text, "\ufeffa")
    assert.deepStrictEqual(CharacterSet.encode(set("ISO_IR 192"), "\ufeffa", "text"), Result.succeed(mark))
  })

  it("refuses characters that have no place, and names them", () => {
    assert.strictEqual(unencodable([], "Jérôme"), '"é" (U+00E9) at 1 has no place in the default repertoire')
    assert.strictEqual(unencodable(["ISO_IR 100"], "5 €"), '"€" (U+20AC) at 2 has no place in ISO_IR 100')
    assert.match(unencodable(["ISO_IR 100"], "“"), /U\+201C/)
    assert.match(unencodable(["ISO_IR 100"], "\u0085"), /U\+0085/)
    assert.match(unencodable(["ISO_IR 148"], "€"), /U\+20AC/)
    assert.match(unencodable(["ISO_IR 126"], "€"), /U\+20AC/)
    assert.match(unencodable(["ISO_IR 166"], "€"), /U\+20AC/)
    assert.match(unencodable(["ISO_IR 101"], "ñ"), /U\+00F1/)
    assert.strictEqual(
      unencodable(["", "ISO 2022 IR 87"], "山한"),
      '"한" (U+D55C) at 1 has no place in \\ISO 2022 IR 87'
    )
    // circled digits are of NEC's row 13
    assert.match(unencodable(["", "ISO 2022 IR 87"], "①"), /U\+2460/)
    assert.match(unencodable(["", "ISO 2022 IR 58"], "東"), /U\+6771/)
    assert.match(unencodable(["GBK"], "한"), /U\+D55C/)
    assert.match(unencodable(["GBK"], "\u{20000}"), /^"\u{20000}" \(U\+20000\) at 0/u)
    assert.match(unencodable(["ISO_IR 192"], "a\ud800b"), /\(U\+D800\) at 1/)
    assert.match(unencodable(["GB18030"], "\udc00"), /U\+DC00/)
    assert.strictEqual(unencodable(["ISO 2022 IR 203"], "€"), "none")
  })

  it("refuses control characters other than TAB, LF, FF and CR in every character set", () => {
    for (const terms of [[], ["ISO_IR 100"], ["", "ISO 2022 IR 87"], ["ISO_IR 192"], ["GB18030"], ["GBK"]]) {
      assert.strictEqual(unencodable(terms, "\t\n\f\r"), "none")
      for (const control of ["\0", "\x07", "\x1b", "\x7f"]) assert.match(unencodable(terms, `a${control}`), / at 1 /)
    }
  })

  it("writes a value again in another character set, or says why it cannot", () => {
    const [japanese, utf8, latin1] = [set("", "ISO 2022 IR 87"), set("ISO_IR 192"), set("ISO_IR 100")]
    const name = bytes("\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B")
    assert.deepStrictEqual(
      CharacterSet.recode(japanese, utf8, name, "person name"),
      Result.succeed(bytes("\xe5\xb1\xb1\xe7\x94\xb0^\xe5\xa4\xaa\xe9\x83\x8e"))
    )
    const refused = CharacterSet.recode(japanese, latin1, name, "person name")
    assert.strictEqual(
      Result.isFailure(refused) && refused.failure.message,
      '"山" (U+5C71) at 0 has no place in ISO_IR 100'
    )
    const broken = CharacterSet.recode(japanese, utf8, bytes("a\xff"), "text")
    assert.strictEqual(
      Result.isFailure(broken) && broken.failure.message,
      '"\ufffd" (U+FFFD) at 1 has no place in \\ISO 2022 IR 87'
    )
  })

  it("does not take any object for a character set at compile time", () => {
    // @ts-expect-error a kind of text is one of three
    const kind: CharacterSet.Kind = "name"
    assert.strictEqual(kind, "name")
  })

  const samples: ReadonlyArray<readonly [ReadonlyArray<string>, string]> = [
    [["ISO_IR 100"], "Aé ÿ\t\r\nz^=\\"],
    [["ISO 2022 IR 13", "ISO 2022 IR 87", "ISO 2022 IR 159", "ISO 2022 IR 6"], "Aﾔ山田丂～‾~ \r\n^=\\"],
    [["", "ISO 2022 IR 149", "ISO 2022 IR 58", "ISO 2022 IR 87"], "A洪吉홍张東 \r\n^=\\"],
    [["ISO 2022 IR 100", "ISO 2022 IR 144", "ISO 2022 IR 126", "ISO 2022 IR 166"], "AéЖΔก \t\f^=\\"],
    [["ISO_IR 192"], "Aé山홍😀\ufffd \r\n^=\\"],
    [["GB18030"], "Aé山홍😀\ufffd \r\n^=\\"],
    [["GBK"], "Aé山张東ü \r\n^=\\"]
  ]
  const kinds: ReadonlyArray<CharacterSet.Kind> = ["text", "multi-valued text", "person name"]
  const Choices = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 999 })))

  it.prop("decodes what it encodes, whatever the order of characters", [Choices], ([choices]) => {
    for (const [terms, alphabet] of samples) {
      const characters = Array.from(alphabet)
      const text = choices.map((choice) => characters[choice % characters.length] ?? "").join("")
      for (const kind of kinds) {
        const encoded = Result.getOrThrow(CharacterSet.encode(set(...terms), text, kind))
        assert.deepStrictEqual(CharacterSet.decode(set(...terms), encoded, kind), { text, replaced: false })
      }
    }
  })

  const Bytes = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 })))

  it.prop("decodes any bytes to well-formed text", [Bytes], ([values]) => {
    const any = Uint8Array.from(values)
    for (const [terms] of samples) {
      for (const kind of kinds) {
        const { replaced, text } = CharacterSet.decode(set(...terms), any, kind)
        assert.isTrue(text.length <= any.length && !/\p{Surrogate}/u.test(text))
        assert.isTrue(text.includes("\ufffd") || !replaced)
      }
    }
  })

  it.prop("encodes any text or names a character of it", [Schema.String], ([text]) => {
    for (const [terms] of samples) {
      for (const kind of kinds) {
        const result = CharacterSet.encode(set(...terms), text, kind)
        if (Result.isSuccess(result)) {
          assert.strictEqual(CharacterSet.decode(set(...terms), result.success, kind).text, text)
        } else {
          assert.isTrue(text.startsWith(result.failure.character, result.failure.index))
        }
      }
    }
  })
})
