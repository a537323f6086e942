import * as DataSet from "@effect-dicom/data/DataSet"
import * as FileFormat from "@effect-dicom/data/FileFormat"
import * as Tag from "@effect-dicom/data/Tag"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { constants, inflateRawSync } from "node:zlib"
import { dicom, folder, samples } from "./command.ts"
import * as Files from "./files.ts"

const inflate = (bytes: Uint8Array) => Result.succeed(inflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }))

const read = (path: string): FileFormat.File =>
  Result.getOrThrow(FileFormat.decode(new Uint8Array(readFileSync(path)), { inflate }))

const text = (dataSet: DataSet.DataSet, group: number, element: number): string | undefined => {
  const bytes = DataSet.element(dataSet, Tag.make(group, element))?.bytes
  return bytes === undefined
    ? undefined
    : Buffer.from(bytes)
        .toString("latin1")
        .replace(/[\0 ]$/, "")
}

const sample = join(samples, "explicit_little.dcm")

/** All that was written, by name. */
const written = (directory: string): ReadonlyArray<FileFormat.File> =>
  readdirSync(directory)
    .toSorted()
    .map((name) => read(join(directory, name)))

describe("dicom anonymize", () => {
  it.live("writes each file under its new SOP Instance UID, with a new File Meta Information", () =>
    Effect.gen(function* () {
      const output = join(yield* folder, "new", "folder")
      const ran = yield* dicom("anonymize", sample, "--output", output, "--key", "secret")
      assert.deepStrictEqual(ran, {
        exitCode: 0,
        out: [`anonymized 1 file into ${output}`],
        err: [
          "warning: Clean Pixel Data was not done, in 1 file: the report says why",
          "warning: Clean Recognizable Visual Features was not done, in 1 file: the report says why"
        ]
      })
      const [name = ""] = readdirSync(output)
      const before = read(sample)
      const file = read(join(output, name))
      const uid = text(file.dataSet, 0x0008, 0x0018)
      assert.strictEqual(name, `${uid}.dcm`)
      assert.match(name, /^2\.25\.[0-9]+\.dcm$/)
      assert.deepStrictEqual(file.irregularities, [])
      const fields = file.metaInformation?.fields
      assert.deepStrictEqual(Object.keys(fields ?? {}), [
        "mediaStorageSopClassUid",
        "mediaStorageSopInstanceUid",
        "transferSyntaxUid",
        "implementationClassUid",
        "implementationVersionName"
      ])
      assert.strictEqual(fields?.mediaStorageSopInstanceUid, uid)
      assert.strictEqual(fields?.transferSyntaxUid, before.transferSyntax.uid)
      assert.strictEqual(text(file.dataSet, 0x0012, 0x0062), "YES")
      assert.strictEqual(text(file.dataSet, 0x0008, 0x0090), "")
      assert.deepStrictEqual(
        DataSet.element(file.dataSet, Tag.PixelData)?.bytes,
        DataSet.element(before.dataSet, Tag.PixelData)?.bytes
      )
    })
  )

  it.live("leaves every transfer syntax as it is, and the pixels in it", () =>
    Effect.gen(function* () {
      const output = yield* folder
      const names = readdirSync(samples).filter((name) => name.endsWith(".dcm"))
      const ran = yield* dicom(
        "anonymize",
        samples,
        "--output",
        output,
        "--no-recurse",
        "--profile",
        "retain-uids",
        "-q"
      )
      assert.deepStrictEqual(ran, { exitCode: 0, out: [], err: [] })
      const syntaxes = (files: ReadonlyArray<FileFormat.File>) =>
        files.map((file) => file.transferSyntax.uid).toSorted()
      const before = names.map((name) => read(join(samples, name)))
      const after = written(output)
      assert.deepStrictEqual(syntaxes(after), syntaxes(before))
      const pixels = (files: ReadonlyArray<FileFormat.File>) =>
        files
          .map(({ dataSet }) => {
            const element = DataSet.element(dataSet, Tag.PixelData)
            return Buffer.concat([...(element?.fragments ?? []), element?.bytes ?? new Uint8Array(0)]).toString(
              "base64"
            )
          })
          .toSorted()
      assert.isTrue(pixels(after).join() === pixels(before).join())
    })
  )

  it.live("gives the same with the same key, from a file too, and something else with another or none", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const key = join(directory, "key")
      writeFileSync(key, "secret")
      const names = (where: string) => readdirSync(join(directory, where))
      const run = (where: string, ...flags: ReadonlyArray<string>) =>
        dicom("anonymize", sample, "-q", "--output", join(directory, where), ...flags)
      yield* run("a", "--key", "secret")
      yield* run("b", "--key-file", key)
      yield* run("c", "--key", "other")
      yield* run("d")
      yield* run("e")
      assert.deepStrictEqual(names("a"), names("b"))
      const all = ["a", "c", "d", "e"].flatMap(names)
      assert.strictEqual(new Set(all).size, 4)
    })
  )

  it.live("writes a report of what was done to each element, with no value in it", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const report = join(directory, "report.jsonl")
      yield* dicom("anonymize", sample, "-q", "--output", join(directory, "out"), "--report", report)
      const lines = readFileSync(report, "utf8").trimEnd().split("\n")
      assert.strictEqual(lines.length, 1)
      const told = JSON.parse(lines[0] ?? "")
      assert.deepStrictEqual(
        told.elements.filter((one: { readonly tag: string }) =>
          ["(0008,0018)", "(0008,0090)", "(0028,0010)"].includes(one.tag)
        ),
        [
          { tag: "(0008,0018)", keyword: "SOPInstanceUID", vr: "UI", action: "UID mapped", rule: "Basic Profile: U" },
          {
            tag: "(0008,0090)",
            keyword: "ReferringPhysicianName",
            vr: "PN",
            action: "emptied",
            rule: "Basic Profile: Z"
          },
          { tag: "(0028,0010)", keyword: "Rows", vr: "US", action: "kept", rule: "not listed" }
        ]
      )
      assert.deepStrictEqual(Object.keys(told), ["path", "output", "elements", "notDone"])
    })
  )

  it.live("tells as JSON of each file and of all", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const output = join(directory, "out")
      const one = Files.write(join(directory, "in", "1.dcm"))
      const other = join(directory, "in", "2.txt")
      writeFileSync(other, "not DICOM, and long enough to be looked at".repeat(10))
      const ran = yield* dicom("anonymize", join(directory, "in"), "--output", output, "--key", "k", "--json")
      assert.strictEqual(ran.exitCode, 7)
      const [first, second, summary] = ran.out.map((line) => JSON.parse(line))
      assert.deepStrictEqual(first, {
        type: "instance",
        path: one,
        outcome: "anonymized",
        output: join(output, readdirSync(output)[0] ?? ""),
        elements: { kept: 1, "UID mapped": 1, removed: 2, added: 6 },
        notDone: []
      })
      assert.deepStrictEqual([second.path, second.outcome], [other, "failed"])
      assert.deepStrictEqual(summary, { type: "summary", anonymized: 1, failed: 1, skipped: 0 })
      assert.deepStrictEqual(
        ran.err.map((line) => JSON.parse(line).message),
        [
          "1 file was left out, and the others anonymized. Leave it out of the command, or choose by name with --scan-pattern."
        ]
      )
    })
  )

  it.live("gives numbers to files that are one SOP Instance, and leaves a DICOMDIR out", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const input = join(directory, "in")
      Files.write(join(input, "a.dcm"), { length: 8 })
      Files.write(join(input, "b.dcm"), { length: 16 })
      Files.write(join(input, "DICOMDIR"), { sopClassUid: Files.uid("1.2.840.10008.1.3.10") })
      const ran = yield* dicom("anonymize", input, "--output", join(directory, "out"), "--key", "k")
      assert.strictEqual(ran.exitCode, 0)
      assert.deepStrictEqual(ran.err, [
        `${join(input, "DICOMDIR")}: a DICOMDIR, left out: it tells of instances and is none`
      ])
      const names = readdirSync(join(directory, "out"))
      assert.strictEqual(names.length, 2)
      assert.isTrue(names.some((name) => name.endsWith("-2.dcm")))
    })
  )

  it.live("does not write over a file that it is to read, by whatever path", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const input = join(directory, "in")
      mkdirSync(input)
      const original = join(input, "1.2.3.dcm")
      Files.write(original)
      const bytes = readFileSync(original)
      symlinkSync(input, join(directory, "out"))
      const ran = yield* dicom("anonymize", input, "--output", join(directory, "out"), "--profile", "retain-uids")
      assert.strictEqual(ran.exitCode, 7)
      assert.strictEqual(ran.err[0], `${original}: its new name is that of a file to be read, ${original}`)
      assert.deepStrictEqual(readFileSync(original), bytes)
      assert.deepStrictEqual(readdirSync(input), ["1.2.3.dcm"])
    })
  )

  it.live("leaves nothing of a file that is damaged, and goes on", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const input = join(directory, "in")
      mkdirSync(input)
      copyFileSync(sample, join(input, "b.dcm"))
      writeFileSync(join(input, "a.dcm"), readFileSync(sample).subarray(0, 5000))
      const ran = yield* dicom("anonymize", input, "--output", join(directory, "out"), "-q")
      assert.strictEqual(ran.exitCode, 7)
      assert.match(ran.err[0] ?? "", /a\.dcm: .*\(7FE0,0010\).*length beyond its container/)
      assert.strictEqual(readdirSync(join(directory, "out")).length, 1)
    })
  )

  it.live("refuses a command line that it does not understand, and writes nothing", () =>
    Effect.gen(function* () {
      const output = join(yield* folder, "out")
      const refusal = (...flags: ReadonlyArray<string>) =>
        Effect.map(dicom("anonymize", sample, "--output", output, ...flags), ({ err, exitCode }) => [exitCode, ...err])
      assert.deepStrictEqual(yield* refusal("--profile", "retain-everything"), [
        2,
        '"retain-everything" is no option of the profile. Give some of retain-safe-private, retain-uids, ' +
          "retain-device-identity, retain-institution-identity, retain-patient-characteristics, retain-full-dates, " +
          "retain-modified-dates, clean-descriptors, clean-structured-content, clean-graphics, with commas between them."
      ])
      assert.deepStrictEqual(yield* refusal("--profile", "clean-pixel-data"), [
        2,
        "--profile clean-pixel-data needs somebody who looks at the pixels, which this command does not. Leave it out."
      ])
      assert.deepStrictEqual(yield* refusal("--profile", "retain-full-dates,retain-modified-dates"), [
        2,
        "Dates are full or modified. Give retain-full-dates or retain-modified-dates, not both."
      ])
      assert.deepStrictEqual(yield* refusal("--key", "a", "--key-file", "b"), [
        2,
        "There is one key. Give --key or --key-file."
      ])
      assert.deepStrictEqual(yield* refusal("--safe-private", "ACME"), [
        2,
        '"ACME" is no private attribute. Give its creator, its odd group and two digits of its element, as in ' +
          '--safe-private "ACME 1.1:0019,0c".'
      ])
      assert.deepStrictEqual(yield* refusal("--safe-private", "TEST:0009"), [
        2,
        "--safe-private says what is safe to retain. Give --profile retain-safe-private too."
      ])
      assert.deepStrictEqual(yield* refusal("--key-file", join(output, "key")), [
        7,
        `The key ${join(output, "key")} cannot be read: there is no such file or folder. Give another file.`
      ])
      assert.throws(() => readdirSync(output))
    })
  )

  it.live("retains the private attributes that it is told are safe", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const input = Files.write(join(directory, "in.dcm"))
      const flags = ["--profile", "retain-safe-private", "--safe-private", "TEST:0009,01", "-q"]
      yield* dicom("anonymize", input, "--output", join(directory, "out"), ...flags)
      const [file] = written(join(directory, "out"))
      const tags = file === undefined ? [] : DataSet.elements(file.dataSet).map(({ tag }) => Tag.format(tag))
      assert.deepStrictEqual(tags.slice(2, 4), ["(0009,0010)", "(0009,1001)"])
    })
  )
})
