/**
 * What the command line knows of `dicom passcode`: its flags and its help. Passcode.ts is loaded when it is run.
 *
 * @since 0.1.0
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Flags from "./Flags.ts"
import * as Help from "./Help.ts"

/**
 * `dicom passcode`: gives a user of `dicom serve` a passcode.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = Command.make(
  "passcode",
  {
    file: Argument.String("FILE").pipe(Argument.withDescription("The file of users; it is made where there is none")),
    name: Argument.String("NAME").pipe(Argument.withDescription("The name of the user")),
    passwordFile: Flags.optional(
      "password-file",
      "FILE",
      "The passcode is in this file (default: in DICOM_PASSWORD, or typed)"
    ),
    remove: Flags.yes("remove", "Take the user out of the file")
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./Passcode.ts")),
      ({ run }) => run(input)
    )
).pipe(
  Command.withDescription(
    Help.paragraphs(
      "Give a user of `dicom serve --users FILE` a passcode, or another one.",
      "The file has a line for each user, with what the passcode is checked by; the passcode itself is not in it.\n" +
        "A server that is running reads the file again: who calls next is checked by it.",
      Help.whereExitCodes
    )
  ),
  Command.withShortDescription("Give a user of dicom serve a passcode"),
  Command.withExamples([
    { command: "dicom passcode users alice", description: "Type it, twice" },
    { command: "dicom passcode users bob --password-file secret", description: "Take it from a file" },
    { command: "dicom passcode users alice --remove", description: "Let her in no more" }
  ])
)
