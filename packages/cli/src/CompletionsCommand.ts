/**
 * What the command line knows of `dicom completions`: its help. Completions.ts is loaded when it is run.
 *
 * @since 0.1.0
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Help from "./Help.ts"

/**
 * `dicom completions`: prints what a shell completes by.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = Command.make(
  "completions",
  {
    shell: Argument.Literals("SHELL", ["bash", "zsh", "fish", "powershell"]).pipe(
      Argument.withDescription("bash, zsh, fish or powershell")
    )
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./Completions.ts")),
      ({ run }) => run(input)
    )
).pipe(
  Command.withDescription(
    Help.paragraphs(
      "Print what a shell completes this command by: subcommands, flags, and files where there may be some.",
      Help.whereExitCodes
    )
  ),
  Command.withShortDescription("Print what a shell completes by"),
  Command.withExamples([
    {
      command: "dicom completions bash > ~/.local/share/bash-completion/completions/dicom",
      description: "For bash, from the next one that is started"
    },
    { command: 'dicom completions zsh > "${fpath[1]}/_dicom"', description: "For zsh" },
    { command: "dicom completions fish > ~/.config/fish/completions/dicom.fish", description: "For fish" },
    { command: "dicom completions powershell >> $PROFILE", description: "For PowerShell" }
  ])
)
