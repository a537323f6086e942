/**
 * How the command fails: one sentence that ends in what to do next, and an exit code. What happened is told by the errors
 * of the association; this file turns them to the reader at the terminal.
 *
 * @since 0.1.0
 */
import type { AssociationError } from "@effect-dicom/association"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import * as Predicate from "effect/Predicate"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import { codes } from "./ExitCode.ts"
import type { ExitCode } from "./ExitCode.ts"

/**
 * The command has failed.
 *
 * @category errors
 * @since 0.1.0
 */
export class Failure extends Schema.TaggedError<Failure>()("Failure", {
  exitCode: Schema.Literals(Object.values(codes)),
  /** What happened, and what to do next. Empty where it has been said already. */
  sentence: Schema.String,
  /** The tag of the error behind it, and its parameters; none where the exit code says it all. */
  behind: Schema.optionalKey(
    Schema.Struct({
      tag: Schema.String,
      parameters: Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.Number]))
    })
  )
}) {
  override get message(): string {
    return this.sentence
  }
  override get [Runtime.errorExitCode](): number {
    return this.exitCode
  }
}

/**
 * A failure with an exit code and the sentence for the reader.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (exitCode: ExitCode, sentence: string): Failure => new Failure({ exitCode, sentence })

/**
 * The same failure in another sentence.
 *
 * @category combinators
 * @since 0.1.0
 */
export const rephrase = (failure: Failure, exitCode: ExitCode, sentence: string): Failure =>
  new Failure({ exitCode, sentence, ...(failure.behind === undefined ? {} : { behind: failure.behind }) })

/**
 * The failure as the object that is printed with `--json`: one shape, whichever the subcommand.
 *
 * @category formatting
 * @since 0.1.0
 */
export const toJson = ({ behind, exitCode, sentence }: Failure): string => {
  const kind = Object.entries(codes).find(([, code]) => code === exitCode)?.[0] ?? "internal"
  return JSON.stringify({
    type: "error",
    code: exitCode,
    tag: behind?.tag ?? kind,
    message: sentence,
    ...(behind === undefined ? {} : { parameters: behind.parameters })
  })
}

/**
 * Who talks to whom, for the sentences.
 *
 * @category models
 * @since 0.1.0
 */
export interface Parties {
  readonly host: string
  readonly port: number
  readonly callingAETitle: string
  readonly calledAETitle: string
  /** Whether the peer is borne with already. */
  readonly lenient?: boolean | undefined
  /** Whether the connection is over TLS. */
  readonly secured?: boolean | undefined
  /** Whether this side has said who its user is. */
  readonly identified?: boolean | undefined
  /** What a SOP class or a transfer syntax is called; without it, it is told by its UID. */
  readonly nameOf?: ((uid: string) => string) | undefined
}

/**
 * What can end the work of a requestor before it is done.
 *
 * @category models
 * @since 0.1.0
 */
export type Cause =
  | AssociationError.NotEstablished
  | AssociationError.Broken
  | AssociationError.IllegalPrimitive
  | AssociationError.NoPlace
  | AssociationError.NoPresentationContext
  | AssociationError.ContextNotAccepted
  | AssociationError.Deadlock
  | Schema.SchemaError

/**
 * The failure that an error of the association is to whoever typed the command.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromAssociation = (error: Cause, parties: Parties): Failure =>
  new Failure({ ...toldOf(error, parties), behind: { tag: error._tag, parameters: parametersOf(error) } })

/** What there is in an error that a program may go by. */
const parametersOf = (error: Cause): { readonly [name: string]: string | number } =>
  Object.fromEntries(
    Object.entries(error).flatMap(([name, value]: readonly [string, unknown]) =>
      name !== "_tag" && name !== "message" && (typeof value === "string" || typeof value === "number")
        ? [[name, value]]
        : []
    )
  )

const told = (exitCode: ExitCode, sentence: string): Pick<Failure, "exitCode" | "sentence"> => ({ exitCode, sentence })

const toldOf = (error: Cause, parties: Parties): Pick<Failure, "exitCode" | "sentence"> => {
  const peer = `${host(parties.host)}:${parties.port}`
  switch (error._tag) {
    case "ConnectFailed":
      return told(codes.network, `No connection to ${peer}: ${unreachable(error.cause)}.`)
    case "TlsFailed":
      return told(codes.network, `${error.message} (${peer}). ${afterTlsFailure(error)}`)
    case "TimedOut":
      return told(
        codes.network,
        `${error.message} (${peer}). ${
          error.deadline === "connect" && parties.secured === true
            ? "Does its port speak TLS? Check host and port, or give it more time with --timeout."
            : (lateness[error.deadline] ?? patience)
        }`
      )
    case "TransportClosed":
      return told(
        codes.network,
        `${error.message} (${peer}) before the association was released. See what the peer's log says, then try again.`
      )
    case "Rejected":
      return told(codes.rejected, `${error.message}. ${afterRejection(error, parties)}`)
    case "AbortedByPeer":
      return told(codes.aborted, `${error.message} (${peer}). See what the peer's log says, then try again.`)
    case "AbortedByProvider":
      return told(
        codes.aborted,
        error.provider === "peer"
          ? `${error.message} (${peer}). ${parties.secured === true ? refusedOverTls : refused}`
          : `${error.message}. ${afterFault(error, parties)}`
      )
    case "AbortedLocally":
      return told(codes.aborted, `${error.message}. Nothing more was sent; run the command again to complete it.`)
    case "AlreadyReleased":
      return told(codes.aborted, `${error.message}. Run the command again to complete it.`)
    case "NoPlace":
      return told(codes.network, `${error.message}. Ask for fewer associations.`)
    case "NoPresentationContext": {
      const { abstractSyntax, transferSyntax } = error
      const nameOf = parties.nameOf ?? ((uid: string) => uid)
      const within = transferSyntax === undefined ? "" : ` in ${nameOf(transferSyntax)}`
      return told(
        codes.noContext,
        `${parties.calledAETitle} accepted no presentation context for ${nameOf(abstractSyntax)}${within}. ` +
          "See which SOP classes and transfer syntaxes it is set up for."
      )
    }
    case "SchemaError":
      return told(codes.usage, `${error.message.split("\n")[0]}. Correct the command line.`)
    case "IllegalPrimitive":
    case "ContextNotAccepted":
    case "Deadlock":
      return told(codes.internal, `${error.message}. This should not happen: please report it.`)
  }
}

/** What to do about a peer that is not as the standard has it, where leniency may bear with it and where not. */
const afterFault = (error: AssociationError.AbortedByProvider, { lenient }: Parties): string => {
  if (error.detail?.includes("TLS alert") === true) return "Give --tls, or a port without TLS."
  if (error.reason === "unrecognized-PDU") return "Is it a DICOM application? Check host and port."
  const overlong = /PDU of type 0(\d)H has length (\d+); permitted: at most/.exec(error.detail ?? "")
  const isBorne =
    error.reason !== "unexpected-PDU" &&
    (overlong === null || (overlong[1] === "4" && Number(overlong[2]) <= Leniency.lenient.overlongPDataCap))
  return isBorne && lenient !== true
    ? "If the peer cannot be corrected, try --lenient."
    : "It is the peer that has to be corrected: see what its log says."
}

const refused = "It did not accept something that was sent; its log may say what."

/** A peer whose library has no alert of TLS for it aborts where a certificate is owed, or not trusted. */
const refusedOverTls =
  "It did not accept something that was sent, perhaps the certificate of this side, or that there was none " +
  "(--key, --cert); its log may say what."

const afterTlsFailure = ({ detail, reason }: AssociationError.TlsFailed): string => {
  if (reason === "configuration" && detail?.includes("passphrase") === true) {
    return "Give a file with it by --key-password-file."
  }
  if (reason === "peer certificate" && detail !== undefined) {
    if (/revoked/.test(detail)) return "The peer needs another one, since its authority has taken this one back."
    if (/CRL/.test(detail)) return "Give a current list of each authority with --crlfile."
    if (/expired|not yet valid/.test(detail)) return "The peer needs one that is in force, or a clock is wrong."
    if (/ is not (?:in the )?cert's |does not contain a DNS name/.test(detail))
      return "Give the peer's host by a name that it is for."
  }
  return afterTls[reason]
}

const afterTls: { readonly [R in AssociationError.TlsFailed["reason"]]: string } = {
  configuration: "Give a key, its certificate and authorities as PEM files that belong together.",
  "plain DICOM": "Give a port of the peer that speaks TLS.",
  "not TLS": "Give a port of the peer that speaks TLS, or leave TLS out.",
  "peer certificate": "Give the authority that issued it with --cafile.",
  "own certificate": "Give a key and certificate that the peer trusts with --key and --cert.",
  "nothing in common": "Give another profile with --tls-profile.",
  closed: "Does its port speak TLS? Its log may say why it closed.",
  other: "See what the peer's log says."
}

const patience = "If the peer is only slow, give it more time."

const lateness: { readonly [D in AssociationError.Deadline]?: string } = {
  connect: "Check host and port, or give it more time with --timeout.",
  "TLS handshake": "Does its port speak TLS?",
  negotiation: "Is it a DICOM application? If it is only slow, give it more time with --acse-timeout.",
  release: "If it is only slow, give it more time with --acse-timeout.",
  operation: "If it is only slow, give it more time with --dimse-timeout."
}

const afterRejection = (error: AssociationError.Rejected, parties: Parties): string => {
  switch (error.diagnostic) {
    case "called-AE-title-not-recognized":
      return `It was called "${parties.calledAETitle}": give the AE title it goes by with --call.`
    case "calling-AE-title-not-recognized":
      return `This side called itself "${parties.callingAETitle}": give a title the peer knows with --aetitle.`
    case "temporary-congestion":
    case "local-limit-exceeded":
      return "Try again when it is less busy."
    default:
      return error.result === "rejected-transient"
        ? "Try again later."
        : error.diagnostic === "no-reason-given" && error.source.includes("ACSE")
          ? `See the peer's configuration for what it accepts, and from whom; ${
              parties.identified === true
                ? "it may not know the user, or by another password"
                : "it may ask for a user, which --user says"
            }.`
          : "See the peer's configuration for what it accepts, and from whom."
  }
}

/** Why a connection could not be opened, and what to do about it, from the innermost cause that says. */
const unreachable = (cause: unknown): string => {
  const [code, message] = innermost(cause)
  switch (code) {
    case "ECONNREFUSED":
      return "connection refused. Is a DICOM application listening there? Check host and port"
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "the name of the host is not known. Check how it is spelt"
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return "the host cannot be reached. Check the network and the host's address"
    case "ETIMEDOUT":
      return "no answer. Check host, port and any firewall between"
    default:
      return `${message}. Check host and port`
  }
}

const innermost = (cause: unknown): readonly [code: string | undefined, message: string] => {
  // Where several addresses were tried, the first one's error tells most.
  if (Predicate.hasProperty(cause, "errors") && Array.isArray(cause.errors) && cause.errors.length > 0) {
    return innermost(cause.errors[0])
  }
  if (Predicate.hasProperty(cause, "reason")) return innermost(cause.reason)
  if (Predicate.hasProperty(cause, "cause") && cause.cause !== undefined) return innermost(cause.cause)
  const code = Predicate.hasProperty(cause, "code") && typeof cause.code === "string" ? cause.code : undefined
  return [code, cause instanceof Error ? cause.message : String(cause)]
}

/**
 * Where the command listens, and by which flags that was said. Default: `--host` and `--port`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Listening {
  readonly host: string
  readonly port: number
  readonly by?: { readonly host: string; readonly port: string } | undefined
}

/**
 * Why the command cannot listen, and what to do about it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromListening = (error: unknown, listening: Listening): Failure => {
  const [code, message] = innermost(error)
  const where = `${host(listening.host)}:${listening.port}`
  const { by = { host: "--host", port: "--port" } } = listening
  switch (code) {
    case "EADDRINUSE":
      return make(
        codes.network,
        `Cannot listen on ${where}: the port is in use. Give another with ${by.port}${by.port === "--port" ? ", or 0 for a free one" : ""}.`
      )
    case "EACCES":
      return make(codes.network, `Cannot listen on ${where}: not permitted. Give a port above 1023 with ${by.port}.`)
    case "EADDRNOTAVAIL":
      return make(
        codes.network,
        `Cannot listen on ${where}: it is no address of this machine. Give one that is with ${by.host}.`
      )
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return make(
        codes.network,
        `Cannot listen on ${where}: the name of the host is not known. Give a name or an address of this machine with ${by.host}.`
      )
    default:
      return make(
        codes.network,
        `Cannot listen on ${where}: ${message}. Give another address with ${by.host} and ${by.port}.`
      )
  }
}

/**
 * What the file system refused, in a few words.
 *
 * @category formatting
 * @since 0.1.0
 */
export const refusalOf = (error: unknown): string => {
  const [code, message] = innermost(error)
  const isMissing =
    Predicate.hasProperty(error, "reason") &&
    Predicate.hasProperty(error.reason, "_tag") &&
    error.reason._tag === "NotFound"
  return refusals[code ?? ""] ?? (isMissing ? "there is no such file or folder" : message)
}

const refusals: { readonly [code: string]: string } = {
  EACCES: "it is not permitted",
  EBUSY: "it is in use",
  EDQUOT: "there is no room left",
  EEXIST: "there is such a file or folder already",
  EFBIG: "it is too large",
  EIO: "the device it is on does not work",
  EISDIR: "it is a folder",
  ELOOP: "its symbolic links lead around in a circle",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "its name is too long",
  ENFILE: "too many files are open",
  ENODEV: "it is no file",
  ENOENT: "there is no such file or folder",
  ENOSPC: "there is no room left",
  ENOTDIR: "a part of its path is no folder",
  ENXIO: "it is no file",
  EPERM: "it is not permitted",
  EROFS: "nothing can be written there",
  ERR_FS_FILE_TOO_LARGE: "it is too large to be read at once"
}

const host = (name: string): string => (name.includes(":") ? `[${name}]` : name)
