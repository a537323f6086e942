/**
 * `dicom completions`: what a shell completes the command line by, made of the declarations of the subcommands.
 *
 * @since 0.1.0
 */
import { TlsProfile } from "@effect-dicom/association"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as UidRegistry from "@effect-dicom/data/UidRegistry"
import * as Completions from "effect/cli/Completions"
import * as Effect from "effect/Effect"
import * as ConfidentialityProfile from "./ConfidentialityProfile.ts"
import * as Help from "./Help.ts"
import { Output } from "./Output.ts"
import * as QueryModel from "./QueryModel.ts"

type PathType = Extract<Completions.ArgumentType, { readonly _tag: "Path" }>
type ChoiceType = Extract<Completions.ArgumentType, { readonly _tag: "Choice" }>

/** The flags and arguments that are files, or folders too; Effect completes none, since they are strings here. */
const files: ReadonlySet<string> = new Set([
  ...["PATH", "IN", "OUT", "FILE", "config", "keys", "key", "key-file", "cert", "cafile", "crlfile", "password-file"],
  ...["key-password-file", "kerberos", "saml", "jwt", "report", "journal", "users"]
])

const syntaxes = TransferSyntax.all.map(({ keyword }) => keyword)

/** The values of flags whose declarations do not say them; of those that take several, with commas, one. */
const values: { readonly [flag: string]: ReadonlyArray<string> } = {
  "tls-profile": TlsProfile.all.map(({ id }) => id),
  profile: Object.keys(ConfidentialityProfile.profiles),
  syntax: [
    TransferSyntax.ImplicitVRLittleEndian.keyword,
    TransferSyntax.ExplicitVRLittleEndian.keyword,
    TransferSyntax.ExplicitVRBigEndian.keyword,
    TransferSyntax.DeflatedExplicitVRLittleEndian.keyword
  ],
  propose: syntaxes,
  accept: syntaxes,
  storage: SopClass.storageInForce.flatMap((uid) => UidRegistry.find(uid)?.keyword ?? [])
}

/** The words of --extended, by subcommand. */
const extended: { readonly [subcommand: string]: ReadonlyArray<string> } = {
  find: Object.keys(QueryModel.findWords),
  worklist: Object.keys(QueryModel.worklistWords),
  get: Object.keys(QueryModel.retrieveWords),
  move: Object.keys(QueryModel.retrieveWords)
}

const valuesOf = (subcommand: string, flag: string): ReadonlyArray<string> | undefined =>
  flag === "extended" ? extended[subcommand] : values[flag]

const withValues = (descriptor: Completions.CommandDescriptor): Completions.CommandDescriptor => {
  const typed = <A>(name: string, type: A): A | PathType | ChoiceType => {
    const words = valuesOf(descriptor.name, name)
    if (words !== undefined) return { _tag: "Choice", values: words }
    if (name === "output") return { _tag: "Path", pathType: "directory" }
    // Its key is a text, not a file.
    const isFile = files.has(name) && !(descriptor.name === "anonymize" && name === "key")
    return isFile ? { _tag: "Path", pathType: "either" } : type
  }
  return {
    ...descriptor,
    flags: descriptor.flags.map((flag) => ({ ...flag, type: typed(flag.name, flag.type) })),
    // What follows a port may follow the name of a peer too.
    arguments: descriptor.arguments
      .filter(({ name }) => name !== "PORT")
      .map((argument) => ({ ...argument, type: typed(argument.name, argument.type) })),
    subcommands: descriptor.subcommands.map(withValues)
  }
}

/**
 * Prints the script of a shell.
 *
 * @category operations
 * @since 0.1.0
 */
export const run = Effect.fnUntraced(function* (options: {
  readonly shell: Completions.Shell
}): Effect.fn.Return<void> {
  const { descriptor } = yield* Help.Documents
  const output = yield* Output
  // What is said above the script is of the flag that Effect has for it.
  const script = Completions.generate("dicom", options.shell, withValues(descriptor())).replaceAll(
    "dicom --completions",
    "dicom completions"
  )
  yield* Effect.ignore(output(`${script}\n`))
})
