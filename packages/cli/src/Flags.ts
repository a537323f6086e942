/**
 * The flags that several subcommands have, and the kinds of values that flags take. A flag that one subcommand has stands
 * with that subcommand.
 *
 * @since 0.1.0
 */
import * as AETitle from "@effect-dicom/protocol/AETitle"
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

// -----------------------------------------------------------------------------
// values
// -----------------------------------------------------------------------------

/**
 * A whole number from `minimum` to `maximum`. The sentence about another begins with its name and says what it is.
 *
 * @category schemas
 * @since 0.1.0
 */
export const whole = (name: string, what: string, minimum: number, maximum: number): Schema.Codec<number> =>
  Schema.Int.check(
    Schema.makeFilter(
      (value: number) =>
        (value >= minimum && value <= maximum) || `${name} is ${value}; permitted: ${what}, ${minimum} to ${maximum}`
    )
  )

/**
 * A TCP port, from `minimum` to 65535.
 *
 * @category schemas
 * @since 0.1.0
 */
export const port = (minimum: number): Schema.Codec<number> => whole("The port", "a TCP port", minimum, 65535)

/**
 * A time in seconds: more than none, and a day at most.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Seconds: Schema.Codec<number> = Schema.Finite.check(
  Schema.makeFilter(
    (value: number) =>
      (value > 0 && value <= 86400) || `The time is ${value}; permitted: more than 0, up to 86400 seconds`
  )
)

const MaximumLength = Schema.Int.check(
  Schema.makeFilter(
    (value: number) =>
      value === 0 ||
      (value >= 1024 && value <= 0x1000000) ||
      `The maximum length is ${value}; permitted: 1024 to 16777216 bytes, or 0 for no limit`
  )
)

/**
 * What an optional flag gives to the options of a subcommand.
 *
 * @category getters
 * @since 0.1.0
 */
export const absent = <A>(option: Option.Option<A>): A | undefined => Option.getOrUndefined(option)

// -----------------------------------------------------------------------------
// kinds of flags
// -----------------------------------------------------------------------------

/**
 * A time in seconds that need not be given.
 *
 * @category flags
 * @since 0.1.0
 */
export const seconds = (name: string, description: string): Flag.Flag<number | undefined> =>
  Flag.Finite(name).pipe(
    Flag.withSchema(Seconds),
    Flag.withMetavar("SECONDS"),
    Flag.withDescription(description),
    Flag.optional,
    Flag.map(absent)
  )

/**
 * A maximum length of P-DATA-TF, in bytes, that need not be given.
 *
 * @category flags
 * @since 0.1.0
 */
export const maximumLength = (name: string, description: string): Flag.Flag<number | undefined> =>
  Flag.Int(name).pipe(
    Flag.withSchema(MaximumLength),
    Flag.withMetavar("BYTES"),
    Flag.withDescription(description),
    Flag.optional,
    Flag.map(absent)
  )

/**
 * An AE title that need not be given.
 *
 * @category flags
 * @since 0.1.0
 */
export const optionalTitle = (
  name: string,
  alias: string,
  description: string
): Flag.Flag<AETitle.AETitle | undefined> =>
  Flag.String(name).pipe(
    Flag.withAlias(alias),
    Flag.withSchema(AETitle.AETitle),
    Flag.withMetavar("AETITLE"),
    Flag.withDescription(description),
    Flag.optional,
    Flag.map(absent)
  )

/**
 * An AE title, and the one that is taken where none is given.
 *
 * @category flags
 * @since 0.1.0
 */
export const title = (
  name: string,
  alias: string,
  preset: AETitle.AETitle,
  description: string
): Flag.Flag<AETitle.AETitle> =>
  Flag.String(name).pipe(
    Flag.withAlias(alias),
    Flag.withSchema(AETitle.AETitle),
    Flag.withMetavar("AETITLE"),
    Flag.withDefault(preset),
    Flag.withDescription(`${description} (default ${preset})`)
  )

/**
 * A flag that is given or not.
 *
 * @category flags
 * @since 0.1.0
 */
export const yes = (name: string, description: string): Flag.Flag<boolean> =>
  Flag.Boolean(name).pipe(Flag.withDefault(false), Flag.withoutNegation, Flag.withDescription(description))

/**
 * The same flag, whose values are these words in capitals or not.
 *
 * @category flags
 * @since 0.1.0
 */
export const anyCase = <A>(name: string, words: ReadonlyArray<string>, flag: Flag.Flag<A>): Flag.Flag<A> => {
  const parse: Flag.Flag<A>["parse"] = (args) => {
    const given = args.flags[name]
    if (given === undefined) return flag.parse(args)
    const known = given.map((value) => words.find((word) => word === value.toLowerCase()) ?? value)
    return flag.parse({ ...args, flags: { ...args.flags, [name]: known } })
  }
  return Object.assign(Object.create(Object.getPrototypeOf(flag)), flag, { parse })
}

// -----------------------------------------------------------------------------
// flags
// -----------------------------------------------------------------------------

/**
 * How much is told, and in which form. What was asked for is printed on stdout, `--quiet` or not: matches, UIDs, the address
 * of a server. `--quiet` leaves out what tells how it goes: progress, counts, summaries. With `--json` stdout is the same with
 * it and without.
 *
 * @category flags
 * @since 0.1.0
 */
export const telling = {
  json: yes("json", "Print JSON, one object a line"),
  verbose: Flag.withAlias(yes("verbose", "Tell more"), "v"),
  quiet: Flag.withAlias(yes("quiet", "Print results and failures, and nothing of how it goes or went"), "q")
} as const

/**
 * Which files of folders are meant.
 *
 * @category flags
 * @since 0.1.0
 */
export const folders = {
  recurse: Flag.Boolean("recurse").pipe(
    Flag.withDefault(true),
    Flag.withDescription("Search folders within folders; --no-recurse does not (default: search)")
  ),
  pattern: Flag.String("scan-pattern").pipe(
    Flag.withMetavar("PATTERN"),
    Flag.withDescription('In folders take only files of such names, as in "*.dcm"'),
    Flag.optional,
    Flag.map(absent)
  )
} as const

/**
 * The AE titles that are taken where neither the command line nor the configuration file says one.
 *
 * @category defaults
 * @since 0.1.0
 */
export const presets = {
  aetitle: AETitle.AETitle.make("DICOM-TOOLKIT"),
  call: AETitle.AETitle.make("ANY-SCP")
} as const

/**
 * Which configuration file.
 *
 * @category flags
 * @since 0.1.0
 */
export const config: Flag.Flag<string | undefined> = Flag.String("config").pipe(
  Flag.withMetavar("FILE"),
  Flag.withDescription("Where peers have names (default ~/.config/effect-dicom/peers.json; see dicom peers --help)"),
  Flag.optional,
  Flag.map(absent)
)

/**
 * How an association is asked for, and how long anything of it may take.
 *
 * @category flags
 * @since 0.1.0
 */
export const requesting = {
  aetitle: optionalTitle("aetitle", "a", `The AE title of this side (default ${presets.aetitle})`),
  call: optionalTitle("call", "c", `The AE title of the peer (default that of its address, or ${presets.call})`),
  timeout: seconds("timeout", "Give up connecting after this time (default 15)"),
  acseTimeout: seconds("acse-timeout", "Give up waiting for the association, or for its release (default 30, 10)"),
  dimseTimeout: seconds("dimse-timeout", "Give up waiting for an answer (default 30)"),
  maxPdu: maximumLength("max-pdu", "The longest P-DATA-TF that is received (default 131072)"),
  maxSendPdu: maximumLength(
    "max-send-pdu",
    "The longest P-DATA-TF that is sent (default 131072, and what the peer allows)"
  ),
  abort: yes("abort", "Abort the association at the end instead of releasing it"),
  lenient: yes("lenient", "Let pass what known peers do wrong and no harm comes of")
} as const

const host = Argument.String("HOST").pipe(
  Argument.withDescription("The peer: a host, AE@host:port, or a name of the configuration file")
)

const portOfHost = Argument.Int("PORT").pipe(
  Argument.withSchema(port(1)),
  Argument.withDescription("The port of a host; 104 and 11112 are customary"),
  Argument.optional,
  Argument.map(absent)
)

const parsePort: typeof portOfHost.parse = (args) =>
  /^\d+$/.test(args.arguments[0] ?? "") ? portOfHost.parse(args) : Effect.succeed([args.arguments, undefined])

/** The same where files follow: what is no number is one of them. */
const portBeforePaths: Argument.Argument<number | undefined> = Object.assign(
  Object.create(Object.getPrototypeOf(portOfHost)),
  portOfHost,
  { parse: parsePort }
)

/**
 * A value that need not be given.
 *
 * @category flags
 * @since 0.1.0
 */
export const optional = (name: string, metavar: string, description: string): Flag.Flag<string | undefined> =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional, Flag.map(absent))

/**
 * How often something is done on one association, once where nobody says; the description says what.
 *
 * @category flags
 * @since 0.1.0
 */
export const repeat = (description: string): Flag.Flag<number> =>
  Flag.Int("repeat").pipe(
    Flag.withSchema(whole("The number", "a number of times", 1, 1000000000)),
    Flag.withMetavar("TIMES"),
    Flag.withDefault(1),
    Flag.withDescription(description)
  )

/**
 * A folder for what comes, if there is one; the description says what is in it.
 *
 * @category flags
 * @since 0.1.0
 */
export const output = (description: string): Flag.Flag<string | undefined> =>
  Flag.withAlias(optional("output", "DIR", description), "o")

/**
 * Where this side listens while a subcommand lasts, if it does; the description says what for.
 *
 * @category flags
 * @since 0.1.0
 */
export const listening = (
  description: string
): { readonly listen: Flag.Flag<number | undefined>; readonly listenHost: Flag.Flag<string> } => ({
  listen: Flag.Int("listen").pipe(
    Flag.withSchema(port(1)),
    Flag.withMetavar("PORT"),
    Flag.withDescription(description),
    Flag.optional,
    Flag.map(absent)
  ),
  listenHost: Flag.String("listen-host").pipe(
    Flag.withMetavar("ADDRESS"),
    Flag.withDefault("0.0.0.0"),
    Flag.withDescription("Listen on this address (default 0.0.0.0, every IPv4 address of the machine)")
  )
})

/**
 * Whether and how the connection is secured.
 *
 * @category flags
 * @since 0.1.0
 */
export const securing = {
  tls: yes("tls", "Secure the connection by TLS"),
  tlsProfile: optional(
    "tls-profile",
    "NAME",
    "A profile of PS3.15 Annex B: bcp195, modified-bcp195, bcp195-nd or bcp195-ex (default bcp195)"
  ),
  key: optional("key", "FILE", "The private key of this side, in PEM"),
  cert: optional("cert", "FILE", "The certificate of this side, in PEM"),
  keyPasswordFile: optional("key-password-file", "FILE", "What the private key is encrypted with, from a file"),
  cafile: optional("cafile", "FILE", "The authorities that are trusted, in PEM (default: those that Node trusts)"),
  crlfile: optional(
    "crlfile",
    "FILE",
    "Lists of revoked certificates that the peer's must not be on, in PEM, one of each authority"
  ),
  verifyPeer: Flag.Boolean("verify-peer").pipe(
    Flag.withDefault(true),
    Flag.withDescription("Check the peer's certificate; --no-verify-peer does not (default: check)")
  )
} as const

/**
 * Who the user is.
 *
 * @category flags
 * @since 0.1.0
 */
export const identifying = {
  user: optional("user", "NAME", "Say that this user asks, with the password if there is one"),
  password: Flag.Redacted("password").pipe(
    Flag.withMetavar("TEXT"),
    Flag.withDescription("The user's password; lists of processes show it (default: from DICOM_PASSWORD, or none)"),
    Flag.optional,
    Flag.map(absent)
  ),
  passwordFile: optional("password-file", "FILE", "The same, from a file"),
  kerberos: optional("kerberos", "FILE", "Say who asks by the Kerberos service ticket in this file"),
  saml: optional("saml", "FILE", "Say who asks by the SAML assertion in this file"),
  jwt: optional("jwt", "FILE", "Say who asks by the JSON Web Token in this file"),
  positiveResponse: yes("positive-response", "Ask the peer to say that it accepts the user, and tell where it does not")
} as const

/**
 * Where the peer is.
 *
 * @category flags
 * @since 0.1.0
 */
export const peer = { host, port: portOfHost, config } as const

/**
 * Where the peer is, before files.
 *
 * @category flags
 * @since 0.1.0
 */
export const peerBeforePaths = { host, port: portBeforePaths, config } as const

/**
 * The files and folders that a subcommand works on, one or more.
 *
 * @category flags
 * @since 0.1.0
 */
export const paths: Argument.Argument<ReadonlyArray<string>> = Argument.String("PATH").pipe(
  Argument.withDescription("Files, and folders with files in them"),
  Argument.variadic({ min: 1 })
)
