/**
 * The graphic character sets of PS3.3 Tables C.12-3 and C.12-4: where each is designated, by which escape sequence, and
 * which characters it has. Their tables are made when they are first used, out of those that `TextDecoder` knows. Where
 * its labels differ from the registrations:
 *
 * - "iso-8859-1" and "iso-8859-9" are windows-1252 and windows-1254, "iso-8859-11" is windows-874: with graphic
 *   characters at 80H to 9FH, where the standard has none. Only A0H to FFH are taken, and Latin alphabets 1 and 5 are
 *   written out here.
 * - "iso-8859-7" is the edition of 2003 and "iso-8859-8" that of 1999, with three and two characters more than ISO-IR
 *   126 and 138. They are decoded, and not encoded.
 * - "euc-jp" has NEC's and IBM's additions, and maps six characters of JIS X 0208 as Microsoft does; those are mapped
 *   here as the registration does. JIS X 0212 is found only through it, behind 8FH ("iso-2022-jp" has it not).
 * - "euc-kr" is windows-949, "gb2312" is GBK: with further rows, and user-defined characters, that are not in KS X 1001
 *   and GB 2312.
 */
import * as encodingStandard from "./encodingStandard.ts"

/** A set of graphic characters, each with a code of one byte or of two; 0 stands for no code and no character. */
export interface GraphicCharacterSet {
  /** Where it is designated to: G0 is invoked in 20H to 7FH, G1 in A0H to FFH. */
  readonly area: "G0" | "G1"
  /** What follows ESC in the sequence that designates it. */
  readonly escape: string
  /** How many bytes a code has. */
  readonly size: 1 | 2
  /** The UTF-16 unit of a code: by the byte's lower seven bits, or by row and cell, 94 cells a row from 21H. */
  readonly units: () => Uint16Array
  /** The code of a UTF-16 unit, with bits as in G0. */
  readonly codes: () => Uint16Array
}

/** The character of bytes that have none. */
const replacement = 0xfffd

/**
 * Decodes sequences of bytes, each by itself: they are parted by line feeds, which end a broken one. `write` puts the
 * sequence of an index at a place and returns where it ends.
 */
export const decodeEach = (
  label: string,
  count: number,
  write: (index: number, bytes: Uint8Array, at: number) => number
): Uint16Array => {
  const bytes = new Uint8Array(count * (longest + 1))
  let end = 0
  for (let i = 0; i < count; i++) {
    end = write(i, bytes, end)
    bytes[end++] = 0x0a
  }
  const text = encodingStandard.decode(label, bytes.subarray(0, end))
  const units = new Uint16Array(count)
  for (let i = 0, at = 0; i < count; i++) {
    const line = text.indexOf("\n", at)
    const unit = line === at + 1 ? text.charCodeAt(at) : 0
    if (unit !== replacement) units[i] = unit
    at = line + 1
  }
  return units
}

/** The longest sequence that is decoded by itself, in bytes. */
const longest = 4

/** Inverts a table: `codeOf` gives the code of an index, or 0 where it is not encoded. */
export const invert = (units: Uint16Array, codeOf: (index: number, unit: number) => number): Uint16Array => {
  let last = 0
  for (const unit of units) last = Math.max(last, unit)
  const codes = new Uint16Array(last + 1)
  for (let i = 0; i < units.length; i++) {
    const unit = units[i] ?? 0
    if (unit !== 0 && codes[unit] === 0) codes[unit] = codeOf(i, unit)
  }
  return codes
}

const once = <A>(make: () => A): (() => A) => {
  let made: A | undefined
  return () => (made ??= make())
}

const isPrivateUse = (unit: number): boolean => unit >= 0xe000 && unit <= 0xf8ff

/** A set with codes of one byte; some are decoded only. */
const single = (
  area: GraphicCharacterSet["area"],
  escape: string,
  make: () => Uint16Array,
  decodedOnly: ReadonlyArray<number> = []
): GraphicCharacterSet => {
  const units = once(make)
  return {
    area,
    escape,
    size: 1,
    units,
    codes: once(() => invert(units(), (index) => (decodedOnly.includes(index | 0x80) ? 0 : index)))
  }
}

/** A table of 128 units of which a part is given. */
const part = (first: number, last: number, unit: (code: number) => number): Uint16Array => {
  const units = new Uint16Array(128)
  for (let code = first; code <= last; code++) units[code] = unit(code)
  return units
}

/** One of the parts of ISO 8859, in G1; `label` is that of the WHATWG's encoding. */
const iso8859 = (escape: string, label: string, decodedOnly?: ReadonlyArray<number>): GraphicCharacterSet =>
  single(
    "G1",
    escape,
    () => {
      const units = decodeEach(label, 96, (index, bytes, at) => {
        bytes[at] = 0xa0 + index
        return at + 1
      })
      return part(0x20, 0x7f, (code) => units[code - 0x20] ?? 0)
    },
    decodedOnly
  )

/** A set with codes of two bytes, 94 rows of 94 cells, in a `TextDecoder`'s encoding behind a prefix. */
const double = (
  area: GraphicCharacterSet["area"],
  escape: string,
  label: string,
  prefix: number | undefined,
  isEncoded: (row: number, cell: number) => boolean,
  corrections: Readonly<Record<number, number>> = {}
): GraphicCharacterSet => {
  const units = once(() => {
    const table = decodeEach(label, 94 * 94, (index, bytes, start) => {
      let at = start
      if (prefix !== undefined) bytes[at++] = prefix
      bytes[at++] = 0xa1 + Math.floor(index / 94)
      bytes[at++] = 0xa1 + (index % 94)
      return at
    })
    for (const [code, unit] of Object.entries(corrections)) {
      table[((Number(code) >> 8) - 0x21) * 94 + (Number(code) & 0xff) - 0x21] = unit
    }
    return table.map((unit) => (isPrivateUse(unit) ? 0 : unit))
  })
  return {
    area,
    escape,
    size: 2,
    units,
    codes: once(() =>
      invert(units(), (index) => {
        const row = Math.floor(index / 94) + 1
        const cell = (index % 94) + 1
        return isEncoded(row, cell) ? ((row + 0x20) << 8) | (cell + 0x20) : 0
      })
    )
  }
}

/** ISO 646 (ISO-IR 6), the default repertoire. */
export const iso646 = single("G0", "(B", () => part(0x20, 0x7e, (code) => code))

/** JIS X 0201 (ISO-IR 14): as ISO 646, but for a yen sign at 5CH and an overline at 7EH. */
export const romaji = single("G0", "(J", () =>
  part(0x20, 0x7e, (code) => (code === 0x5c ? 0xa5 : code === 0x7e ? 0x203e : code))
)

/** JIS X 0201 (ISO-IR 13). */
export const katakana = single("G1", ")I", () => part(0x21, 0x5f, (code) => code + 0xff40))

/** Latin alphabet No. 1 (ISO-IR 100). */
export const latin1 = single("G1", "-A", () => part(0x20, 0x7f, (code) => code + 0x80))

/** Where Latin alphabet No. 5 differs from No. 1: its six Turkish letters. */
const turkish: Readonly<Record<number, number>> = {
  0x50: 0x11e,
  0x5d: 0x130,
  0x5e: 0x15e,
  0x70: 0x11f,
  0x7d: 0x131,
  0x7e: 0x15f
}

/** Latin alphabet No. 5 (ISO-IR 148). */
export const latin5 = single("G1", "-M", () => part(0x20, 0x7f, (code) => turkish[code] ?? code + 0x80))

/** Latin alphabet No. 2 (ISO-IR 101). */
export const latin2 = iso8859("-B", "iso-8859-2")

/** Latin alphabet No. 3 (ISO-IR 109). */
export const latin3 = iso8859("-C", "iso-8859-3")

/** Latin alphabet No. 4 (ISO-IR 110). */
export const latin4 = iso8859("-D", "iso-8859-4")

/** Latin alphabet No. 9 (ISO-IR 203). */
export const latin9 = iso8859("-b", "iso-8859-15")

/** Cyrillic (ISO-IR 144). */
export const cyrillic = iso8859("-L", "iso-8859-5")

/** Arabic (ISO-IR 127). */
export const arabic = iso8859("-G", "iso-8859-6")

/** Greek (ISO-IR 126), without the euro and drachma signs and the ypogegrammeni of 2003. */
export const greek = iso8859("-F", "iso-8859-7", [0xa4, 0xa5, 0xaa])

/** Hebrew (ISO-IR 138), without the directional marks of 1999. */
export const hebrew = iso8859("-H", "iso-8859-8", [0xfd, 0xfe])

/** Thai (ISO-IR 166, TIS 620), without the no-break space of ISO 8859-11. */
export const thai = iso8859("-T", "iso-8859-11", [0xa0])

/** JIS X 0208 (ISO-IR 87): rows 1 to 8 and 16 to 84. */
export const jisX0208 = double("G0", "$B", "euc-jp", undefined, (row) => row <= 8 || (row >= 16 && row <= 84), {
  0x2141: 0x301c,
  0x2142: 0x2016,
  0x215d: 0x2212,
  0x2171: 0xa2,
  0x2172: 0xa3,
  0x224c: 0xac
})

/** JIS X 0212 (ISO-IR 159): rows up to 77. */
export const jisX0212 = double("G0", "$(D", "euc-jp", 0x8f, (row) => row <= 77)

/** KS X 1001 (ISO-IR 149). */
export const ksX1001 = double("G1", "$)C", "euc-kr", undefined, () => true)

/** GB 2312 (ISO-IR 58): rows 1 to 9 and 16 to 87, without what GBK added to rows 2, 6 and 8. */
export const gb2312 = double("G1", "$)A", "gb2312", undefined, (row, cell) =>
  row === 2
    ? (cell >= 17 && cell <= 66) || (cell >= 69 && cell <= 78) || (cell >= 81 && cell <= 92)
    : row === 6
      ? cell <= 24 || (cell >= 33 && cell <= 56)
      : row === 8
        ? cell <= 26 || (cell >= 37 && cell <= 73)
        : row <= 9 || (row >= 16 && row <= 87)
)

/** Every set, to find one by its escape sequence. */
export const all: ReadonlyArray<GraphicCharacterSet> = [
  iso646,
  romaji,
  katakana,
  latin1,
  latin2,
  latin3,
  latin4,
  latin5,
  latin9,
  cyrillic,
  arabic,
  greek,
  hebrew,
  thai,
  jisX0208,
  jisX0212,
  ksX1001,
  gb2312
]
