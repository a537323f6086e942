/**
 * What the command line knows of `dicom peers`: its flags and its help. Peers.ts is loaded when it is run.
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Flags from "./Flags.ts"
import * as Help from "./Help.ts"

/**
 * `dicom peers`: prints the peers of the configuration file.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = Command.make("peers", { config: Flags.config, json: Flags.telling.json }, (input) =>
  Effect.flatMap(
    Effect.promise(() => import("./Peers.ts")),
    ({ run }) => run(input)
  )
).pipe(
  Command.withDescription(
    Help.paragraphs(
      "Print the peers of the configuration file, by the names that other subcommands take in place of HOST PORT.",
      "The file is that of --config, or of EFFECT_DICOM_CONFIG, or effect-dicom/peers.json in XDG_CONFIG_HOME,\n" +
        "which is ~/.config by default:",
      "{\n" +
        '  "peers": {\n' +
        '    "test": "ANY-SCP@localhost:11112",\n' +
        '    "archive": { "host": "pacs.example.org", "port": 104, "call": "ARCHIVE", "aetitle": "WORKSTATION" }\n' +
        "  }\n" +
        "}",
      "An object may have tls, tlsProfile, key, keyPasswordFile, cert, cafile, crlfile and verifyPeer too: see the flags of these names.",
      "What the command line says besides counts more than the file. OTHER@archive is the same with another AE title.",
      Help.whereExitCodes
    )
  ),
  Command.withShortDescription("Print the peers that have names"),
  Command.withExamples([
    { command: "dicom peers", description: "Print them" },
    { command: "dicom echo archive", description: "Ask one of them whether it is there" }
  ])
)
