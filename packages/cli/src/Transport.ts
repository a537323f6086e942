/**
 * What the command line says of TLS and of the user, made into what the association takes: files are read, names are
 * looked up, and what does not fit together is told.
 *
 * @since 0.1.0
 */
import { TlsProfile, UserIdentity } from "@effect-dicom/association"
import type { AssociationError, UpperLayer } from "@effect-dicom/association"
import { TcpListener, TcpTransport, TlsListener, TlsTransport } from "@effect-dicom/association/node"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as GivenFile from "./GivenFile.ts"

/**
 * What the flags say of TLS.
 *
 * @category options
 * @since 0.1.0
 */
export interface TlsFlags {
  readonly tls: boolean
  readonly tlsProfile?: string | undefined
  /** Files in PEM. */
  readonly key?: string | undefined
  readonly cert?: string | undefined
  readonly cafile?: string | undefined
  readonly crlfile?: string | undefined
  /** A file with what the key is encrypted with. */
  readonly keyPasswordFile?: string | undefined
  readonly verifyPeer: boolean
}

/**
 * What the flags say of the user.
 *
 * @category options
 * @since 0.1.0
 */
export interface UserFlags {
  readonly user?: string | undefined
  readonly password?: Redacted.Redacted | undefined
  /** Files. */
  readonly passwordFile?: string | undefined
  readonly kerberos?: string | undefined
  readonly saml?: string | undefined
  readonly jwt?: string | undefined
  readonly positiveResponse: boolean
}

/**
 * TLS as it is to be used.
 *
 * @category models
 * @since 0.1.0
 */
export interface Tls {
  readonly profile: TlsProfile.TlsProfile
  readonly key?: Redacted.Redacted<Uint8Array>
  readonly cert?: Uint8Array
  readonly passphrase?: Redacted.Redacted
  readonly ca?: Uint8Array
  /** Lists of revoked certificates. */
  readonly crl?: Uint8Array
  readonly verifyPeer: boolean
}

/**
 * How a connection is made, beside where to.
 *
 * @category models
 * @since 0.1.0
 */
export interface Connection {
  readonly secured?: Tls
  readonly userIdentity?: UserIdentity.UserIdentity
}

const usage = (sentence: string): Failure.Failure => Failure.make(codes.usage, sentence)

/** The text of a file, without the line end that an editor leaves. */
const text = (flag: string, path: string) =>
  Effect.map(GivenFile.read(flag, path), (bytes) =>
    Redacted.make(new TextDecoder().decode(bytes).replace(/\r?\n$/, ""), { label: flag })
  )

/**
 * TLS as the flags say; nothing where they do not ask for it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const tls = Effect.fnUntraced(function* (
  flags: TlsFlags
): Effect.fn.Return<Tls | undefined, Failure.Failure, FileSystem.FileSystem> {
  const { cafile, cert, crlfile, key, keyPasswordFile, tlsProfile, verifyPeer } = flags
  if (!flags.tls) {
    const given = {
      "--tls-profile": tlsProfile,
      "--key": key,
      "--key-password-file": keyPasswordFile,
      "--cert": cert,
      "--cafile": cafile,
      "--crlfile": crlfile
    }
    const first = Object.entries(given).find(([, value]) => value !== undefined)?.[0]
    const idle = first ?? (verifyPeer ? undefined : "--no-verify-peer")
    return idle === undefined ? undefined : yield* usage(`${idle} is for connections over TLS. Give --tls too.`)
  }
  if ((key === undefined) !== (cert === undefined)) {
    return yield* usage("A key and its certificate belong together. Give both --key and --cert, or none of the two.")
  }
  if (keyPasswordFile !== undefined && key === undefined) {
    return yield* usage("--key-password-file is for a key that is encrypted. Give the key with --key.")
  }
  if (crlfile !== undefined && !verifyPeer) {
    return yield* usage("--crlfile is for certificates that are checked. Leave out --no-verify-peer.")
  }
  const profile = yield* Effect.mapError(
    Effect.fromResult(Result.flatMap(Result.succeed(tlsProfile ?? TlsProfile.bcp195.id), TlsProfile.named)),
    (error) => usage(`${error.message}.`)
  )
  return {
    profile,
    verifyPeer,
    ...(key === undefined ? {} : { key: Redacted.make(yield* GivenFile.read("--key", key), { label: "key" }) }),
    ...(cert === undefined ? {} : { cert: yield* GivenFile.read("--cert", cert) }),
    ...(keyPasswordFile === undefined ? {} : { passphrase: yield* text("--key-password-file", keyPasswordFile) }),
    ...(cafile === undefined ? {} : { ca: yield* GivenFile.read("--cafile", cafile) }),
    ...(crlfile === undefined ? {} : { crl: yield* GivenFile.read("--crlfile", crlfile) })
  }
})

/**
 * The user's identity as the flags say, the password from the environment variable DICOM_PASSWORD where no flag says it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const userIdentity = Effect.fnUntraced(function* (
  flags: UserFlags
): Effect.fn.Return<UserIdentity.UserIdentity | undefined, Failure.Failure, FileSystem.FileSystem> {
  const { jwt, kerberos, password, passwordFile, positiveResponse, saml, user } = flags
  const options = { positiveResponseRequested: positiveResponse }
  const kinds = { "--user": user, "--kerberos": kerberos, "--saml": saml, "--jwt": jwt }
  const given = Object.entries(kinds).flatMap(([flag, value]) => (value === undefined ? [] : [flag]))
  if (given.length > 1) return yield* usage(`There is one user. Give one of ${given.join(", ")}.`)
  if (password !== undefined && passwordFile !== undefined) {
    return yield* usage("There is one password. Give one of --password and --password-file.")
  }
  if (user === undefined && (password !== undefined || passwordFile !== undefined)) {
    return yield* usage("A password is that of a user. Give the name with --user.")
  }
  if (given.length === 0 && positiveResponse) {
    return yield* usage("--positive-response is for a user's identity. Give one, with --user for example.")
  }
  if (kerberos !== undefined) return UserIdentity.kerberos(yield* GivenFile.read("--kerberos", kerberos), options)
  if (saml !== undefined) return UserIdentity.saml(yield* text("--saml", saml), options)
  if (jwt !== undefined) return UserIdentity.jsonWebToken(yield* text("--jwt", jwt), options)
  if (user === undefined) return undefined
  const passcode =
    password ?? (passwordFile === undefined ? yield* fromEnvironment : yield* text("--password-file", passwordFile))
  return passcode === undefined
    ? UserIdentity.username(user, options)
    : UserIdentity.usernameAndPasscode(user, passcode, options)
})

const fromEnvironment = Effect.map(
  Effect.orDie(Config.option(Config.Redacted("DICOM_PASSWORD"))),
  Option.getOrUndefined
)

/**
 * What both kinds of flags say of a connection to a peer.
 *
 * @category constructors
 * @since 0.1.0
 */
export const connection = Effect.fnUntraced(function* (
  flags: TlsFlags & UserFlags
): Effect.fn.Return<Connection, Failure.Failure, FileSystem.FileSystem> {
  const secured = yield* tls(flags)
  const identity = yield* userIdentity(flags)
  return {
    ...(secured === undefined ? {} : { secured }),
    ...(identity === undefined ? {} : { userIdentity: identity })
  }
})

/**
 * The transport to a peer.
 *
 * @category constructors
 * @since 0.1.0
 */
export const transport = (
  where: { readonly host: string; readonly port: number },
  secured: Tls | undefined
): Effect.Effect<UpperLayer.Transport, AssociationError.TlsFailed> => {
  const { host, port } = where
  if (secured === undefined) return TcpTransport.make(where)
  const { verifyPeer, ...options } = secured
  return TlsTransport.make({ host, port, ...options, verify: verifyPeer ? "name" : "nothing" })
}

/**
 * What listens for peers.
 *
 * @category constructors
 * @since 0.1.0
 */
export const listener = (
  where: Failure.Listening,
  secured: Tls | undefined
): Effect.Effect<UpperLayer.Listener["Service"], Failure.Failure, Scope.Scope> => {
  const { host, port } = where
  const refused = (error: unknown): Failure.Failure => Failure.fromListening(error, where)
  if (secured === undefined) return Effect.mapError(TcpListener.make(where), refused)
  const { cert, key, verifyPeer, ...options } = secured
  if (key === undefined || cert === undefined) {
    return Effect.fail(usage("A server over TLS shows who it is. Give its key and certificate with --key and --cert."))
  }
  if (verifyPeer && options.ca === undefined) {
    return Effect.fail(
      usage("It is not said who issues the clients' certificates. Give --cafile, or --no-verify-peer to ask for none.")
    )
  }
  const clientCertificate = verifyPeer ? "required" : "none"
  return Effect.mapError(TlsListener.make({ host, port, key, cert, ...options, clientCertificate }), (error) =>
    error._tag === "TlsFailed"
      ? usage(
          `${error.message}. ` +
            (error.detail?.includes("passphrase") === true
              ? "Give a file with it by --key-password-file."
              : "Give a key and certificate in PEM that belong together.")
        )
      : refused(error)
  )
}
