import * as Attribute from "@effect-dicom/data/Attribute"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as FileFormat from "@effect-dicom/data/FileFormat"
import * as Tag from "@effect-dicom/data/Tag"
import * as Uid from "@effect-dicom/data/Uid"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Console from "effect/Console"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as PlatformError from "effect/PlatformError"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { constants, inflateRawSync } from "node:zlib"
import * as Anonymize from "../src/Anonymize.ts"
import { Input } from "../src/Input.ts"
import { BinaryOutput } from "../src/Output.ts"
import type * as Progress from "../src/Progress.ts"
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

/** Anonymises in this process, on a file system that writes as it is told. */
const anonymizing = (
  input: string,
  output: string,
  onWrite: (
    write: Effect.Effect<void, PlatformError.PlatformError>
  ) => Effect.Effect<void, PlatformError.PlatformError>,
  terminal: Progress.Terminal = { write: () => {} }
) =>
  Anonymize.run({
    paths: [input],
    output,
    recurse: true,
    profile: undefined,
    key: "k",
    keyFile: undefined,
    pseudonyms: true,
    safePrivate: [],
    report: undefined,
    json: false,
    verbose: false,
    quiet: false,
    terminal
  }).pipe(
    Effect.updateService(FileSystem.FileSystem, (fs) => ({
      ...fs,
      open: (path, options) =>
        Effect.map(fs.open(path, options), (file) => {
          const writeAll = file.writeAll.bind(file)
          return Object.assign(file, { writeAll: (bytes: Uint8Array) => onWrite(writeAll(bytes)) })
        })
    })),
    Effect.provideService(Console.Console, { ...globalThis.console, log: () => {}, error: () => {} }),
    Effect.provide(NodeServices.layer),
    Effect.scoped
  )

describe("dicom anonymize", () => {
  it.live("writes each file under its new SOP Instance UID, with a new File Meta Information", () =>
    Effect.gen(function* () {
      const output = join(yield* folder, "new", "folder")
      const ran = yield* dicom("anonymize", sample, "--output", output, "--key", "secret")
      assert.deepStrictEqual(ran, {
        exitCode: 0,
        out: [`anonymized 1 file into ${output}`],
        err: ["warning: the pixels of 1 file were not looked at: text and faces that they show are there still"]
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
          "1 file was left out, and 1 file was anonymized. Leave it out of the command, or choose by name with --scan-pattern."
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
          '--safe-private "ACME 1.1:0019,0c", and ",UI" or another VR after it where files do not say it.'
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

  it.live("reads - from the standard input, and writes - to the standard output", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const anonymous = join(directory, "out")
      const piped = (...args: ReadonlyArray<string>) => {
        const printed: Array<Uint8Array> = []
        return dicom("anonymize", "--key", "k", ...args).pipe(
          Effect.provideService(Input, Stream.succeed(Uint8Array.from(readFileSync(sample)))),
          Effect.provideService(BinaryOutput, (bytes) => Effect.sync(() => void printed.push(Uint8Array.from(bytes)))),
          Effect.map((ran) => ({ ...ran, printed: Buffer.concat(printed) }))
        )
      }
      yield* dicom("anonymize", sample, "--key", "k", "-q", "--output", anonymous)
      const [name = ""] = readdirSync(anonymous)
      const expected = readFileSync(join(anonymous, name))
      const both = yield* piped("-", "--output", "-", "--verbose")
      assert.deepStrictEqual([both.exitCode, both.out], [0, []])
      assert.match(both.err[0] ?? "", /^standard input -> standard output: \d+ removed, \d+ kept, /)
      assert.strictEqual(
        both.err[1],
        "warning: the pixels of 1 file were not looked at: text and faces that they show are there still"
      )
      assert.strictEqual(Buffer.compare(both.printed, expected), 0)
      const out = yield* piped(sample, "--output", "-", "-q")
      assert.strictEqual(Buffer.compare(out.printed, expected), 0)
      const into = join(directory, "piped")
      const ran = yield* piped("-", "--output", into, "--report", join(directory, "report"))
      assert.deepStrictEqual(ran.out, [`anonymized 1 file into ${into}`])
      assert.strictEqual(Buffer.compare(readFileSync(join(into, name)), expected), 0)
      assert.strictEqual(JSON.parse(readFileSync(join(directory, "report"), "utf8")).path, "standard input")
      assert.deepStrictEqual(
        [
          yield* piped(samples, "--output", "-", "--no-recurse"),
          yield* piped("-", "--output", "-", "--json"),
          yield* piped("-", "--output", into, "--report", "-")
        ].map(({ err, exitCode }) => [exitCode, ...err.map((line) => line.replace(/^.*"message":"([^"]*)".*$/, "$1"))]),
        [
          [2, "The standard output takes 1 file, and there are 9. Give a folder with --output, or 1 file."],
          [2, "With --json the standard output is for JSON. Give a folder with --output."],
          [2, "The report is a file. Give its name with --report."]
        ]
      )
    })
  )

  it.live("counts what was left out and what was anonymized: none, one and many", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const bad = (name: string) => {
        mkdirSync(join(directory, "bad"), { recursive: true })
        writeFileSync(join(directory, "bad", name), "not DICOM, and long enough to be looked at".repeat(10))
        return join(directory, "bad", name)
      }
      const good = (name: string, sopInstanceUid: string) =>
        Files.write(join(directory, "good", name), { sopInstanceUid })
      const [b1, b2] = [bad("1"), bad("2")]
      const [g1, g2] = [good("1", "1.2.1"), good("2", "1.2.2")]
      const said = (...paths: ReadonlyArray<string>) =>
        Effect.map(dicom("anonymize", ...paths, "--output", join(directory, "out")), ({ err, exitCode, out }) => [
          exitCode,
          ...out.map((line) => line.replace(/ into .*/, "")),
          err.at(-1)?.replaceAll(directory, "")
        ])
      const none = "none was anonymized. Give DICOM files, or folders that hold some."
      assert.deepStrictEqual(yield* said(g1, g2), [0, "anonymized 2 files", undefined])
      assert.deepStrictEqual(yield* said(b1), [7, `1 file was left out, and ${none}`])
      assert.deepStrictEqual(yield* said(b1, b2), [7, `2 files were left out, and ${none}`])
      assert.deepStrictEqual(yield* said(b1, b2, g1), [
        7,
        "anonymized 1 file",
        "2 files were left out, and 1 file was anonymized. " +
          "Leave them out of the command, or choose by name with --scan-pattern."
      ])
      assert.deepStrictEqual(yield* said(b1, g1, g2), [
        7,
        "anonymized 2 files",
        "1 file was left out, and 2 files were anonymized. " +
          "Leave it out of the command, or choose by name with --scan-pattern."
      ])
      mkdirSync(join(directory, "empty"))
      assert.deepStrictEqual(yield* said(join(directory, "empty")), [
        7,
        "There is no DICOM instance in /empty. Give DICOM files, or folders that hold some."
      ])
    })
  )

  it.live("names the files that say of themselves that their pixels show text, or who it is", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      for (const i of [1, 2, 3, 4, 5, 6, 7]) {
        const file = read(sample)
        const instance = Result.getOrThrow(
          DataSet.withAll(file.dataSet, [
            [Attribute.SOPInstanceUID, Uid.makeUnsafe(`1.2.${i}`)],
            [Attribute.BurnedInAnnotation, "YES"],
            [Attribute.RecognizableVisualFeatures, i === 1 ? "YES" : "NO"]
          ])
        )
        const { dataSet, head } = FileFormat.withDataSet(file, instance)
        writeFileSync(join(directory, `${i}.dcm`), Buffer.concat([head, DataSet.toBytes(dataSet)]))
      }
      const [one, ...names] = [1, 2, 3, 4, 5].map((i) => join(directory, `${i}.dcm`))
      const ran = yield* dicom("anonymize", directory, "--output", join(directory, "out"))
      assert.deepStrictEqual(ran.err, [
        "warning: the pixels of 7 files were not looked at: text and faces that they show are there still",
        "warning: 7 files say that pixels show text (BurnedInAnnotation is YES), and nothing was done about it: " +
          `${[one, ...names].join(", ")} and 2 more`,
        "warning: 1 file says that pixels show who it is (RecognizableVisualFeatures is YES), and nothing was done " +
          `about it: ${one}`
      ])
    })
  )

  it.live("does not read what it wrote into a folder within the one it reads, unless that is meant", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      Files.write(join(directory, "a.dcm"))
      const output = join(directory, "out")
      const run = (path: string, ...flags: ReadonlyArray<string>) =>
        dicom("anonymize", path, "--output", output, "--key", "k", ...flags)
      yield* run(directory)
      const names = readdirSync(output)
      const again = yield* run(directory)
      assert.deepStrictEqual(again, {
        exitCode: 0,
        out: [`anonymized 1 file into ${output}`],
        err: [`${output} is for what is written: 1 file that is in it and was not read`]
      })
      assert.deepStrictEqual(readdirSync(output), names)
      assert.deepStrictEqual((yield* run(output)).out, [`anonymized 1 file into ${output}`])
      assert.strictEqual(readdirSync(output).length, 2)
    })
  )

  it.live("reads a file once, by however many links it is found", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const path = Files.write(join(directory, "in", "a.dcm"))
      symlinkSync(path, join(directory, "in", "b.dcm"))
      const ran = yield* dicom("anonymize", join(directory, "in"), "--output", join(directory, "out"))
      assert.deepStrictEqual(ran.out, [`anonymized 1 file into ${join(directory, "out")}`])
      const own = yield* dicom("anonymize", path, "--output", join(directory, "out"), "--report", path)
      assert.deepStrictEqual(own.err, [`${path} is one of the files to be read. Give the report another name.`])
    })
  )

  it.live("says what cannot be written, and leaves nothing of it", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const taken = Files.write(join(directory, "in", "a.dcm"))
      Files.write(join(directory, "in", "b.dcm"), { sopInstanceUid: "1.2.4" })
      const file = yield* dicom("anonymize", taken, "--output", taken)
      assert.deepStrictEqual(
        [file.exitCode, file.err],
        [7, [`${taken} cannot be written: it is a file. Give another place.`]]
      )
      const output = join(directory, "out")
      const nowhere = join(directory, "no", "report")
      const report = yield* dicom("anonymize", taken, "--output", output, "--report", nowhere)
      assert.deepStrictEqual(
        [report.exitCode, report.err],
        [7, [`${nowhere} cannot be written: there is no such file or folder. Give another place.`]]
      )
      assert.deepStrictEqual(readdirSync(output), [])
      let writes = 0
      // The head and the data set of the first file, and the head of the second.
      const full = anonymizing(join(directory, "in"), output, (write) =>
        ++writes > 3
          ? Effect.fail(
              PlatformError.systemError({
                _tag: "Unknown",
                module: "FileSystem",
                method: "write",
                cause: { code: "ENOSPC" }
              })
            )
          : write
      )
      const failure = yield* Effect.flip(full)
      const [written = "", ...more] = readdirSync(output)
      assert.deepStrictEqual(more, [])
      assert.match(
        failure.message,
        /^\/.*\/2\.25\.[0-9]+\.dcm cannot be written: .*\. 1 file was anonymized before\. Give another place\.$/
      )
      assert.deepStrictEqual(read(join(output, written)).irregularities, [])
    })
  )

  it.live("leaves nothing half written where it is interrupted", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const input = join(directory, "in")
      const output = join(directory, "out")
      Files.write(join(input, "a.dcm"))
      Files.write(join(input, "b.dcm"), { sopInstanceUid: "1.2.4" })
      const second = yield* Deferred.make<void>()
      let writes = 0
      const fiber = yield* Effect.forkChild(
        anonymizing(input, output, (write) =>
          ++writes > 3 ? Effect.andThen(Deferred.succeed(second, undefined), Effect.never) : write
        )
      )
      yield* Deferred.await(second)
      assert.strictEqual(readdirSync(output).filter((name) => name.endsWith(".part")).length, 1)
      yield* Fiber.interrupt(fiber)
      const [written = "", ...more] = readdirSync(output)
      assert.deepStrictEqual(more, [])
      assert.deepStrictEqual(read(join(output, written)).irregularities, [])
    })
  )

  it.live("shows on a terminal how far it is", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const shown: Array<string> = []
      Files.write(join(directory, "in", "a.dcm"))
      yield* anonymizing(join(directory, "in"), join(directory, "out"), (write) => write, {
        isTTY: true,
        write: (text) => shown.push(text)
      })
      assert.match(shown[0] ?? "", /^\r\x1b\[2K0\/1 instances, 100 % of \d+ bytes/)
      assert.strictEqual(shown.at(-1), "\r\u001b[2K")
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
