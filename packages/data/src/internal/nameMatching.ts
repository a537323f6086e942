/**
 * Persons' names against those of a query (PS3.4 sections C.2.2.2.1 and C.2.2.2.4), literally or by what they mean. What
 * is not said there is an implementation's to choose; what is chosen is in `IdentifierMatching.ts`'s documentation.
 */
import * as wildCard from "./wildCard.ts"

export interface Options {
  readonly fuzzy: boolean
  readonly caseSensitive: boolean
}

type Test = (text: string) => boolean

/** A test of the names that a key asks for. */
export const compile = (key: string, options: Options): Test => {
  const fold = options.fuzzy ? foldAccents : options.caseSensitive ? compose : foldCase
  const groups = fold(key)
    .split("=")
    .map((group) => withoutEmptyEnd(group))
  const asked: Array<{ readonly index: number; readonly test: Test }> = []
  for (const [index, group] of groups.entries()) {
    if (group === "" || wildCard.fitsAll(group)) continue
    asked.push({ index, test: options.fuzzy ? fuzzy(group) : literal(group) })
  }
  const [first] = asked
  // One group alone is looked for in all groups: a name in ideographs may be all that the user has.
  const anywhere = asked.length === 1 && first?.index === 0
  return (name) => {
    const candidates = fold(name).split("=")
    return anywhere
      ? candidates.some((group) => first.test(withoutEmptyEnd(group)))
      : asked.every(({ index, test }) => test(withoutEmptyEnd(candidates[index] ?? "")))
  }
}

const compose = (text: string): string => text.normalize("NFC")

const foldCase = (text: string): string => compose(text).toLowerCase()

/** Letters of which Unicode does not say that they are others with a mark. */
const plain: { readonly [letter: string]: string } = { æ: "ae", đ: "d", ı: "i", ł: "l", ø: "o", œ: "oe", ß: "ss" }

/** Without case, width, and accents; Japanese voicing marks are not accents, and stay. */
const foldAccents = (text: string): string =>
  text
    // What looks like a delimiter, and would become one.
    .replace(/[\uff0a\uff1d\uff1f\uff3e]/g, " ")
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .normalize("NFC")
    .toLowerCase()
    .replace(/[æđıłøœß]/g, (letter) => plain[letter] ?? letter)

/** A group without the spaces around its components, and without empty components at its end. */
const withoutEmptyEnd = (group: string): string => {
  const components = group.split("^")
  let text = ""
  let carets = ""
  for (const component of components) {
    const trimmed = component.trim()
    if (trimmed !== "") {
      text += carets + trimmed
      carets = ""
    }
    carets += "^"
  }
  return text
}

const caretsOf = (group: string): number => group.split("^").length - 1

const literal = (group: string): Test => {
  if (!wildCard.isPattern(group)) return (candidate) => candidate === group
  const fits = wildCard.compile(group)
  const carets = caretsOf(group)
  // `DOE^JOHN^*` asks for any middle name, and none is one.
  return (candidate) => fits(candidate + "^".repeat(Math.max(0, carets - caretsOf(candidate))))
}

/** The words of a component: letters, digits and wild cards. */
const wordsOf = (component: string): ReadonlyArray<string> =>
  component.split(/[^\p{L}\p{M}\p{N}*?]+/u).filter((word) => word !== "")

const beginsWith = (word: string): Test =>
  wildCard.isPattern(word) ? wildCard.compile(`${word}*`) : (candidate) => candidate.startsWith(word)

const fuzzy = (group: string): Test => {
  const components = group.split("^").map((component) => wordsOf(component).map(beginsWith))
  if (components.length === 1) {
    const words = components[0] ?? []
    return (candidate) => {
      const candidates = wordsOf(candidate)
      return words.every((test) => candidates.some(test))
    }
  }
  return (candidate) => {
    const candidates = candidate.split("^").map(wordsOf)
    return components.every((words, i) => words.every((test) => (candidates[i] ?? []).some(test)))
  }
}
