/**
 * `dicom completions`: what a shell completes the command line by, made of the declarations of the subcommands.
 *
 * @since 0.1.0
 */
import * as Completions from "effect/cli/Completions"
import * as Effect from "effect/Effect"
import * as Help from "./Help.ts"
import { Output } from "./Output.ts"

type PathType = Extract<Completions.ArgumentType, { readonly _tag: "Path" }>

/** The flags and arguments that are files, or folders too; Effect completes none, since they are strings here. */
const files: ReadonlySet<string> = new Set([
  ...["PATH", "IN", "OUT", "FILE", "config", "keys", "key", "key-file", "cert", "cafile", "crlfile", "password-file"],
  ...["key-password-file", "kerberos", "saml", "jwt", "report", "journal", "users"]
])

const withPaths = (descriptor: Completions.CommandDescriptor): Completions.CommandDescriptor => {
  const pathOr = <A>(name: string, type: A): A | PathType =>
    name === "output"
      ? { _tag: "Path", pathType: "directory" }
      : files.has(name)
        ? { _tag: "Path", pathType: "either" }
        : type
  return {
    ...descriptor,
    flags: descriptor.flags.map((flag) => ({ ...flag, type: pathOr(flag.name, flag.type) })),
    // What follows a port may follow the name of a peer too.
    arguments: descriptor.arguments
      .filter(({ name }) => name !== "PORT")
      .map((argument) => ({ ...argument, type: pathOr(argument.name, argument.type) })),
    subcommands: descriptor.subcommands.map(withPaths)
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
  const script = Completions.generate("dicom", options.shell, withPaths(descriptor())).replaceAll(
    "dicom --completions",
    "dicom completions"
  )
  yield* Effect.ignore(output(`${script}\n`))
})
