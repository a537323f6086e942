/**
 * What files are called, and what none of them says.
 */
import type { Finding, Rule } from "../Rule.ts"
import * as Room from "../Room.ts"

const vague = /^(?:utils?|utilities|helpers?|common|shared|misc|types?|constants?)$/i

/** A file is named for what it holds: the standard's word, or the concept. */
export const names: Rule = ({ files }) =>
  files.flatMap(({ path }) => {
    const at = Room.place(path)
    const found = at?.inside
      .split("/")
      .map((part) => part.replace(/\..*$/, ""))
      .find((part) => vague.test(part))
    return found === undefined
      ? []
      : [{ rule: "names", path, line: 1, message: `"${found}" is no concept: name what it holds` }]
  })

/** Folders of one machine, and where its packages came from. */
const places: ReadonlyArray<readonly [pattern: RegExp, message: string]> = [
  [/(?<![\w.~)}-])\/(?:work|tmp|root|home|Users)(?![\w-])/, "a path of one machine"],
  [/(?:https?:)?\/\/[\w.-]*(?:registry|mirror|artifactory|nexus|verdaccio)[\w-]*\.[\w.-]+/i, "the host of a registry"],
  [/\b(?:registry|deb|security|ftp)\.[\w-]+\.(?:org|com|net|io)\b/i, "the host of a registry"]
]

/** No file names a folder of somebody's machine or a registry's host. */
export const machines: Rule = ({ files }) => {
  const findings: Array<Finding> = []
  for (const { path, source } of files) {
    const lines = source.split("\n")
    for (const [index, line] of lines.entries()) {
      for (const [pattern, what] of places) {
        const found = pattern.exec(line)?.[0]
        if (found !== undefined) {
          findings.push({ rule: "machines", path, line: index + 1, message: `${found} is ${what}` })
          break
        }
      }
    }
  }
  return findings
}
