/**
 * Patterns in which `*` stands for any characters and `?` for one (PS3.4 section C.2.2.2.4), in time linear in the text:
 * a peer writes the pattern, and may mean harm. Case, accents and padding are the caller's business.
 */

/** Characters as Unicode counts them; `anyOne` for a `?`. */
type Characters = ReadonlyArray<number>

// In a pattern it is never itself.
const anyOne = 0x3f
const asterisk = 0x2a

const charactersOf = (text: string): Array<number> => {
  const characters: Array<number> = []
  for (let i = 0; i < text.length; i++) {
    const character = text.codePointAt(i) ?? 0
    if (character > 0xffff) i++
    characters.push(character)
  }
  return characters
}

/** Whether text holds a wild card. */
export const isPattern = (text: string): boolean => text.includes("*") || text.includes("?")

/** Whether a pattern is one or more `*`, and so fits everything. */
export const fitsAll = (pattern: string): boolean => {
  for (let i = 0; i < pattern.length; i++) if (pattern.charCodeAt(i) !== asterisk) return false
  return pattern !== ""
}

/**
 * The most characters between two `*` of which one between others is `?`: as many as an ST has, and more than any name,
 * code or identifier. The time for these is that of the text, times their number over 32.
 */
const longest = 1024

/** Reads a pattern; what it gives says whether a text fits. */
export const compile = (pattern: string): ((text: string) => boolean) => {
  const parts = partsOf(pattern)
  const [first] = parts
  const last = parts[parts.length - 1]
  if (first === undefined || last === undefined) return (text) => text === ""
  // Most texts differ from most patterns before the first wild card.
  const literal = /^[^*?]*/.exec(pattern)?.[0] ?? ""
  let least = 0
  for (const part of parts) least += part.length
  return (text) => {
    if (!text.startsWith(literal)) return false
    const characters = charactersOf(text)
    if (characters.length < least) return false
    if (parts.length === 1) return characters.length === first.length && first.isAt(characters, 0)
    const end = characters.length - last.length
    if (!first.isAt(characters, 0) || !last.isAt(characters, end)) return false
    let at = first.length
    for (let i = 1; i < parts.length - 1; i++) {
      const part = parts[i]
      if (part === undefined) continue
      const found = part.find(characters, at)
      if (found === -1 || found + part.length > end) return false
      at = found + part.length
    }
    return at <= end
  }
}

const partsOf = (pattern: string): ReadonlyArray<Part> => {
  const parts: Array<Part> = []
  const characters = charactersOf(pattern)
  for (let at = 0; ;) {
    const end = characters.indexOf(asterisk, at)
    // Nothing between two `*` is as good as one.
    if (end !== at || at === 0) parts.push(new Part(characters.slice(at, end === -1 ? undefined : end)))
    if (end === -1) return parts
    at = end + 1
  }
}

type Search = (text: Characters, from: number) => number

/** What stands between two `*`. */
class Part {
  readonly #characters: Characters
  readonly length: number
  #search: Search | undefined

  constructor(characters: Array<number>) {
    this.length = characters.length
    this.#characters = characters
  }

  isAt(text: Characters, at: number): boolean {
    for (let i = 0; i < this.length; i++) {
      const character = this.#characters[i]
      if (character !== anyOne && character !== text[at + i]) return false
    }
    return at + this.length <= text.length
  }

  /** Where it is in the text from a place on; -1 where it is not. */
  find(text: Characters, from: number): number {
    return (this.#search ??= searchFor(this.#characters))(text, from)
  }
}

const searchFor = (characters: Characters): Search => {
  const { length } = characters
  // Any character at either end is only a number of characters.
  let start = 0
  let end = length
  while (start < end && characters[start] === anyOne) start++
  while (end > start && characters[end - 1] === anyOne) end--
  const inner = characters.slice(start, end)
  if (inner.length === 0) return (text, from) => (from + length > text.length ? -1 : from)
  const isLiteral = !inner.includes(anyOne)
  if (!isLiteral && inner.length > longest) return () => -1
  const search = isLiteral ? morrisPratt(inner) : parallel(inner)
  return (text, from) => {
    const found = search(text, from + start)
    return found === -1 || found - start + length > text.length ? -1 : found - start
  }
}

/** Knuth, Morris and Pratt's search: no character of the text is looked at again. */
const morrisPratt = (wanted: Characters): Search => {
  // How many of the first characters are also the last ones of the part that ends here.
  const borders: Array<number> = [0]
  for (let i = 1, border = 0; i < wanted.length; i++) {
    while (border > 0 && wanted[i] !== wanted[border]) border = borders[border - 1] ?? 0
    if (wanted[i] === wanted[border]) border++
    borders.push(border)
  }
  return (text, from) => {
    let matched = 0
    for (let i = from; i < text.length; i++) {
      while (matched > 0 && text[i] !== wanted[matched]) matched = borders[matched - 1] ?? 0
      if (text[i] === wanted[matched]) matched++
      if (matched === wanted.length) return i - matched + 1
    }
    return -1
  }
}

/** Baeza-Yates and Gonnet's search: one bit for each of the first characters that may end here, all at once. */
const parallel = (wanted: Characters): Search => {
  const words = (wanted.length + 31) >>> 5
  const others = new Uint32Array(words)
  const masks = new Map<number, Uint32Array>()
  for (const character of wanted) if (character !== anyOne) masks.set(character, new Uint32Array(words))
  for (const [i, character] of wanted.entries()) {
    const bit = 1 << (i & 31)
    for (const [other, mask] of masks) {
      if (character === anyOne || character === other) mask[i >>> 5] = (mask[i >>> 5] ?? 0) | bit
    }
    if (character === anyOne) others[i >>> 5] = (others[i >>> 5] ?? 0) | bit
  }
  const lastBit = 1 << ((wanted.length - 1) & 31)
  return (text, from) => {
    const state = new Uint32Array(words)
    for (let i = from; i < text.length; i++) {
      const mask = masks.get(text[i] ?? 0) ?? others
      let carry = 1
      for (let word = 0; word < words; word++) {
        const bits = state[word] ?? 0
        state[word] = ((bits << 1) | carry) & (mask[word] ?? 0)
        carry = bits >>> 31
      }
      if (((state[words - 1] ?? 0) & lastBit) !== 0) return i - wanted.length + 1
    }
    return -1
  }
}
