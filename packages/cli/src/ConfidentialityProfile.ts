/**
 * How `dicom anonymize` is told by which options of the Basic Application Level Confidentiality Profile (PS3.15 section
 * E.3) it is to go, and with which secret.
 *
 * @since 0.1.0
 */
import type * as Deidentification from "@effect-dicom/data/Deidentification"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { createHmac, randomBytes } from "node:crypto"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"

/**
 * What the command line says of the profile.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  /** Names of {@link profiles}, commas between them; none is the Basic Profile alone. */
  readonly profile: string | undefined
  /** UIDs, pseudonyms and moved dates are the same with the same key; without one no two runs are alike. */
  readonly key: string | undefined
  /** A file whose bytes are the key. */
  readonly keyFile: string | undefined
  /** Whether each patient gets an ID and a name that are made of the key. */
  readonly pseudonyms: boolean
  /** Private attributes that are safe: `CREATOR:gggg`, `CREATOR:gggg,ee`, or with their VR `CREATOR:gggg,ee,VR`. */
  readonly safePrivate: ReadonlyArray<string>
}

/**
 * The options of PS3.15 section E.3 as they are named on the command line.
 *
 * @category options
 * @since 0.1.0
 */
export const profiles: {
  readonly [name: string]: NonNullable<Deidentification.Settings["options"]>[number] | Deidentification.DateOption
} = {
  "retain-safe-private": "Retain Safe Private",
  "retain-uids": "Retain UIDs",
  "retain-device-identity": "Retain Device Identity",
  "retain-institution-identity": "Retain Institution Identity",
  "retain-patient-characteristics": "Retain Patient Characteristics",
  "retain-full-dates": "full",
  "retain-modified-dates": "modified",
  "clean-descriptors": "Clean Descriptors",
  "clean-structured-content": "Clean Structured Content",
  "clean-graphics": "Clean Graphics"
}

const usage = (sentence: string) => Effect.fail(Failure.make(codes.usage, sentence))

/**
 * The settings that the options ask for, or a sentence about what is wrong with them.
 *
 * @category operations
 * @since 0.1.0
 */
export const settings = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<Deidentification.Settings, Failure.Failure, FileSystem.FileSystem> {
  const chosen = new Set<NonNullable<Deidentification.Settings["options"]>[number]>()
  let dates: Deidentification.DateOption | undefined
  for (const name of (options.profile ?? "").split(",").map((name) => name.trim())) {
    if (name === "" || name === "basic") continue
    const option = Object.hasOwn(profiles, name) ? profiles[name] : undefined
    if (option === undefined) {
      const known = Object.keys(profiles).join(", ")
      return yield* usage(
        name === "clean-pixel-data" || name === "clean-recognizable-visual-features"
          ? `--profile ${name} needs somebody who looks at the pixels, which this command does not. Leave it out.`
          : `"${name}" is no option of the profile. Give some of ${known}, with commas between them.`
      )
    }
    if (option !== "full" && option !== "modified") chosen.add(option)
    else if (dates === undefined || dates === option) dates = option
    else return yield* usage("Dates are full or modified. Give retain-full-dates or retain-modified-dates, not both.")
  }
  const safePrivate: Array<Deidentification.SafePrivate> = []
  for (const text of options.safePrivate) {
    const [, creator, group, element, vr] =
      /^(.+):([0-9a-f]{3}[13579bdf])(?:,([0-9a-f]{2})(?:,([A-Z]{2}))?)?$/i.exec(text) ?? []
    if (creator === undefined || group === undefined) {
      return yield* usage(
        `"${text}" is no private attribute. Give its creator, its odd group and two digits of its element, ` +
          'as in --safe-private "ACME 1.1:0019,0c", and ",UI" or another VR after it where files do not say it.'
      )
    }
    safePrivate.push({
      creator,
      group: Number.parseInt(group, 16),
      ...(element === undefined ? undefined : { element: Number.parseInt(element, 16) }),
      ...(vr === undefined ? undefined : { vr: vr.toUpperCase() })
    })
  }
  if (safePrivate.length > 0 && !chosen.has("Retain Safe Private")) {
    return yield* usage("--safe-private says what is safe to retain. Give --profile retain-safe-private too.")
  }
  const key = yield* keyOf(options)
  return {
    hash: (text) => createHmac("sha256", key).update(text).digest(),
    options: [...chosen],
    ...(dates === undefined ? undefined : { dates }),
    pseudonyms: options.pseudonyms,
    safePrivate
  }
})

const keyOf = Effect.fnUntraced(function* ({
  key,
  keyFile
}: Options): Effect.fn.Return<Uint8Array, Failure.Failure, FileSystem.FileSystem> {
  if (key !== undefined && keyFile !== undefined) return yield* usage("There is one key. Give --key or --key-file.")
  if (key !== undefined) {
    return key === "" ? yield* usage("The key is empty. Give one that nobody guesses.") : new TextEncoder().encode(key)
  }
  if (keyFile === undefined) return randomBytes(32)
  const fs = yield* FileSystem.FileSystem
  const bytes = yield* Effect.mapError(fs.readFile(keyFile), (error) =>
    Failure.make(codes.files, `The key ${keyFile} cannot be read: ${Failure.refusalOf(error)}. Give another file.`)
  )
  return bytes.length === 0
    ? yield* usage(`The key ${keyFile} is empty. Give a file of bytes that nobody guesses.`)
    : bytes
})
