/**
 * What the command line knows of `dicom man`: its help. Man.ts is loaded when it is run.
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Help from "./Help.ts"

/**
 * `dicom man`: prints the man page.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = Command.make("man", {}, () =>
  Effect.flatMap(
    Effect.promise(() => import("./Man.ts")),
    ({ run }) => run
  )
).pipe(
  Command.withDescription(
    Help.paragraphs("Print the man page of this command, in the language of man(7).", Help.whereExitCodes)
  ),
  Command.withShortDescription("Print the man page"),
  Command.withExamples([
    { command: "dicom man > ~/.local/share/man/man1/dicom.1", description: "Install it, for man dicom" },
    { command: "dicom man | man -l -", description: "Read it" }
  ])
)
