/**
 * GB 18030 and GBK, written: their tables are made when they are first used, by inverting `TextDecoder`'s. Reading is
 * `TextDecoder`'s own.
 */
import { decodeEach, invert } from "./graphicCharacterSet.ts"

/** Codes of two bytes: 126 lead bytes from 81H, 190 trail bytes from 40H without 7FH. */
const leads = 126
const trails = 190

const pairOf = (index: number): number => {
  const trail = index % trails
  return ((0x81 + Math.floor(index / trails)) << 8) | (trail + (trail < 0x3f ? 0x40 : 0x41))
}

const writePair = (index: number, bytes: Uint8Array, at: number): number => {
  const pair = pairOf(index)
  bytes[at] = pair >> 8
  bytes[at + 1] = pair & 0xff
  return at + 2
}

/** Codes of four bytes count through digits 30H to 39H and bytes 81H to FEH; those of the first plane come first. */
const quadrupleOf = (linear: number): ReadonlyArray<number> => [
  0x81 + Math.floor(linear / 12600),
  0x30 + (Math.floor(linear / 1260) % 10),
  0x81 + (Math.floor(linear / 10) % 126),
  0x30 + (linear % 10)
]

const writeQuadruple = (linear: number, bytes: Uint8Array, at: number): number => {
  bytes.set(quadrupleOf(linear), at)
  return at + 4
}

const firstPlane = 39420

/** Where U+10000 is, as a code of four bytes: 90H 30H 81H 30H. */
const secondPlane = 189000

/** What `decodeEach` cannot tell from a broken sequence: U+FFFD itself, at 84H 31H A4H 37H. */
const replacement = 39417

let pairs: Uint16Array | undefined
let quadruples: Uint16Array | undefined

const isPrivateUse = (unit: number): boolean => unit >= 0xe000 && unit <= 0xf8ff

/**
 * Writes text, or gives where the first character stands that has no code. In GB 18030 that is half of a surrogate
 * pair, and a few of private use, which editions moved; GBK has only codes of two bytes, and no private use.
 */
export const encode = (text: string, label: "gb18030" | "gbk"): Uint8Array | number => {
  pairs ??= invert(decodeEach("gb18030", leads * trails, writePair), pairOf)
  const bytes: Array<number> = []
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i) ?? 0
    if (point < 0x80) {
      bytes.push(point)
      continue
    }
    const pair = pairs[point] ?? 0
    if (pair !== 0 && !(label === "gbk" && isPrivateUse(point))) {
      bytes.push(pair >> 8, pair & 0xff)
      continue
    }
    if (label === "gbk") return i
    if (point > 0xffff) {
      bytes.push(...quadrupleOf(secondPlane + point - 0x10000))
      i++
      continue
    }
    quadruples ??= invert(decodeEach("gb18030", firstPlane, writeQuadruple), (index) => index + 1)
    const linear = point === 0xfffd ? replacement : (quadruples[point] ?? 0) - 1
    if (linear < 0) return i
    bytes.push(...quadrupleOf(linear))
  }
  return Uint8Array.from(bytes)
}
