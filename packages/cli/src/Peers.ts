/**
 * Which peer a command line means: an address, or the name of a peer in the configuration file, with what that file says
 * of it. What the command line says itself counts more than the file.
 *
 * @since 0.1.0
 */
import * as AETitle from "@effect-dicom/protocol/AETitle"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { isIP } from "node:net"
import { homedir, userInfo } from "node:os"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as GivenFile from "./GivenFile.ts"
import { port as portTo, presets } from "./Flags.ts"
import * as JsonSource from "./JsonSource.ts"
import * as PeerAddress from "./PeerAddress.ts"
import type * as Transport from "./Transport.ts"

/**
 * A peer of the configuration file: an address, or an object with more.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Peer = Schema.Struct({
  host: Schema.NonEmptyString,
  port: portTo(1),
  /** The AE title of the peer. */
  call: Schema.optionalKey(AETitle.AETitle),
  /** The AE title of this side when it calls this peer. */
  aetitle: Schema.optionalKey(AETitle.AETitle),
  /** Whether and how the connection is secured, as the flags of these names say. */
  tls: Schema.optionalKey(Schema.Boolean),
  tlsProfile: Schema.optionalKey(Schema.String),
  key: Schema.optionalKey(Schema.String),
  cert: Schema.optionalKey(Schema.String),
  keyPasswordFile: Schema.optionalKey(Schema.String),
  cafile: Schema.optionalKey(Schema.String),
  crlfile: Schema.optionalKey(Schema.String),
  verifyPeer: Schema.optionalKey(Schema.Boolean)
})

/**
 * @category models
 * @since 0.1.0
 */
export type Peer = typeof Peer.Type

/**
 * A configuration file that does not say what it should.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidConfiguration extends Schema.TaggedError<InvalidConfiguration>()("InvalidConfiguration", {
  path: Schema.String,
  /** From 1. */
  line: Schema.Int,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.path}, line ${this.line}: ${this.detail}`
  }
}

/**
 * Reads the text of a configuration file; `path` is for messages.
 *
 * @category codecs
 * @since 0.1.0
 */
export const parse = (text: string, path: string): Result.Result<ReadonlyMap<string, Peer>, InvalidConfiguration> => {
  const source = JsonSource.parse(text)
  if (Result.isFailure(source)) return Result.fail(new InvalidConfiguration({ path, ...fieldsOf(source.failure) }))
  const { lineOf, value } = source.success
  const invalid = (at: ReadonlyArray<PropertyKey>, detail: string) =>
    Result.fail(new InvalidConfiguration({ path, line: lineOf(at), detail }))
  const other = Predicate.isObject(value) ? Object.keys(value).find((name) => name !== "peers") : undefined
  if (other !== undefined) return invalid([other], `${JSON.stringify(other)} is there; permitted: "peers"`)
  if (!Predicate.hasProperty(value, "peers") || !isRecord(value.peers)) {
    return invalid(["peers"], 'it names no peers; permitted: {"peers": {"NAME": "AE@host:port"}}')
  }
  const peers = new Map<string, Peer>()
  for (const [name, said] of Object.entries(value.peers)) {
    const at = ["peers", name]
    if (/[@:[\]\s]/.test(name) || name === "") {
      return invalid(at, `${JSON.stringify(name)} is no name of a peer; permitted: no blank, "@", ":" or bracket`)
    }
    const peer = typeof said === "string" ? short(said) : full(said)
    if (Result.isFailure(peer)) return invalid([...at, ...peer.failure.at], `peer "${name}": ${peer.failure.detail}`)
    peers.set(name, peer.success)
  }
  return Result.succeed(peers)
}

const isRecord = (value: unknown): value is object => Predicate.isObject(value) && !Array.isArray(value)

const fieldsOf = ({ detail, line }: JsonSource.InvalidJson) => ({ detail, line })

interface Wrong {
  readonly at: ReadonlyArray<string>
  readonly detail: string
}

/** A peer that is an address. */
const short = (address: string): Result.Result<Peer, Wrong> =>
  Result.match(PeerAddress.parse(address), {
    onFailure: ({ message }) => Result.fail({ at: [], detail: message }),
    onSuccess: ({ call, host, port }) =>
      port === undefined
        ? Result.fail({ at: [], detail: `${JSON.stringify(address)} has no port; permitted: AE@host:port` })
        : Result.succeed({ host, port, ...(call === undefined ? {} : { call }) })
  })

/** What the fields of a peer may be. */
const permitted: { readonly [field: string]: string } = {
  host: "a host",
  port: "a TCP port, 1 to 65535",
  call: "an AE title, of 1 to 16 ASCII characters, no backslash",
  aetitle: "an AE title, of 1 to 16 ASCII characters, no backslash",
  tls: "true or false",
  tlsProfile: "the name of a profile",
  key: "the name of a file",
  cert: "the name of a file",
  keyPasswordFile: "the name of a file",
  cafile: "the name of a file",
  crlfile: "the name of a file",
  verifyPeer: "true or false"
}

/** A peer that is an object. */
const full = (said: unknown): Result.Result<Peer, Wrong> => {
  if (!isRecord(said)) {
    const detail = `it is ${JSON.stringify(said)}; permitted: "AE@host:port", or an object with host and port`
    return Result.fail({ at: [], detail })
  }
  const given = new Map<string, unknown>(Object.entries(said))
  for (const field of given.keys()) {
    if (!Object.hasOwn(permitted, field)) {
      const detail = `${JSON.stringify(field)} is there; permitted: ${Object.keys(permitted).join(", ")}`
      return Result.fail({ at: [field], detail })
    }
  }
  for (const [field, schema] of Object.entries(Peer.fields)) {
    const isThere = given.has(field)
    if (isThere ? Schema.is(schema)(given.get(field)) : field !== "host" && field !== "port") continue
    const is = isThere ? `is ${JSON.stringify(given.get(field))}` : "is missing"
    return Result.fail({ at: [field], detail: `${field} ${is}; permitted: ${permitted[field]}` })
  }
  return Result.mapError(Schema.decodeUnknownResult(Peer)(said), ({ message }) => ({ at: [], detail: message }))
}

// -----------------------------------------------------------------------------
// the file
// -----------------------------------------------------------------------------

const setting = (name: string): Effect.Effect<string | undefined> =>
  Effect.map(Effect.orDie(Config.option(Config.String(name))), Option.getOrUndefined)

/**
 * The user's own folder: that of HOME, or where that is no absolute path, and so leads to wherever the command is run, the
 * one that the system knows; nothing where it knows none.
 */
const homeFolder = Effect.fnUntraced(function* (): Effect.fn.Return<string | undefined, never, Path.Path> {
  const paths = yield* Path.Path
  for (const known of [homedir, () => userInfo().homedir]) {
    // Who is no user of the system has none.
    const folder = yield* Effect.option(Effect.try(known))
    if (Option.isSome(folder) && paths.isAbsolute(folder.value)) return folder.value
  }
  return undefined
})

/** What is said of the configuration file where there is no place for it. */
const customary = "~/.config/effect-dicom/peers.json"

/**
 * Where the configuration file is: where the command line says, else where EFFECT_DICOM_CONFIG says, else
 * `effect-dicom/peers.json` in XDG_CONFIG_HOME, which is `~/.config` by default and where it is no absolute path. Nowhere
 * where the user has no folder either.
 *
 * @category getters
 * @since 0.1.0
 */
export const location = Effect.fnUntraced(function* (
  config?: string
): Effect.fn.Return<{ readonly path: string | undefined; readonly isNamed: boolean }, never, Path.Path> {
  const paths = yield* Path.Path
  const said = config ?? (yield* setting("EFFECT_DICOM_CONFIG"))
  if (said !== undefined && said !== "") return { path: said, isNamed: true }
  const configuration = (yield* setting("XDG_CONFIG_HOME")) ?? ""
  if (paths.isAbsolute(configuration)) {
    return { path: paths.join(configuration, "effect-dicom", "peers.json"), isNamed: false }
  }
  const home = yield* homeFolder()
  return {
    path: home === undefined ? undefined : paths.join(home, ".config", "effect-dicom", "peers.json"),
    isNamed: false
  }
})

/**
 * The peers of the configuration file, by name. There are none where there is no file, unless the command line or
 * EFFECT_DICOM_CONFIG names one.
 *
 * @category constructors
 * @since 0.1.0
 */
export const read = Effect.fnUntraced(function* (
  config?: string
): Effect.fn.Return<
  { readonly path: string; readonly peers: ReadonlyMap<string, Peer> },
  Failure.Failure,
  FileSystem.FileSystem | Path.Path
> {
  const { isNamed, path } = yield* location(config)
  if (path === undefined) return { path: customary, peers: new Map() }
  const text = yield* GivenFile.bytes(path).pipe(
    Effect.map((bytes) => new TextDecoder().decode(bytes)),
    Effect.catch((error) =>
      error.reason._tag === "NotFound" && !isNamed
        ? Effect.succeed(undefined)
        : Effect.fail(
            Failure.make(
              codes.files,
              `Cannot read the configuration file ${path}: ${Failure.refusalOf(error)}. Give another with --config.`
            )
          )
    )
  )
  if (text === undefined) return { path, peers: new Map() }
  const peers = yield* Effect.mapError(
    Effect.fromResult(parse(text, path)),
    (error) =>
      new Failure.Failure({
        exitCode: codes.usage,
        sentence: `${error.message}. Correct that file.`,
        behind: { tag: error._tag, parameters: { path: error.path, line: error.line } }
      })
  )
  const paths = yield* Path.Path
  const beside = (file: string): string => paths.resolve(paths.dirname(path), file)
  return { path, peers: new Map(Array.from(peers, ([name, peer]) => [name, withFiles(peer, beside)])) }
})

/** Files that are named in the configuration file are beside it. */
const withFiles = (peer: Peer, beside: (file: string) => string): Peer => ({
  ...peer,
  ...(peer.key === undefined ? {} : { key: beside(peer.key) }),
  ...(peer.cert === undefined ? {} : { cert: beside(peer.cert) }),
  ...(peer.keyPasswordFile === undefined ? {} : { keyPasswordFile: beside(peer.keyPasswordFile) }),
  ...(peer.cafile === undefined ? {} : { cafile: beside(peer.cafile) }),
  ...(peer.crlfile === undefined ? {} : { crlfile: beside(peer.crlfile) })
})

// -----------------------------------------------------------------------------
// resolving
// -----------------------------------------------------------------------------

/**
 * What a command line says of the peer.
 *
 * @category options
 * @since 0.1.0
 */
export interface Given extends Transport.TlsFlags {
  readonly host: string
  readonly port?: number | undefined
  readonly call?: AETitle.AETitle | undefined
  readonly aetitle?: AETitle.AETitle | undefined
  readonly config?: string | undefined
}

/**
 * The peer that is meant.
 *
 * @category models
 * @since 0.1.0
 */
export interface Resolved extends Transport.TlsFlags {
  readonly host: string
  readonly port: number
  readonly call: AETitle.AETitle
  readonly aetitle: AETitle.AETitle
}

const usage = (sentence: string): Failure.Failure => Failure.make(codes.usage, sentence)

/**
 * Finds the peer. The configuration file is read only where there is no port.
 *
 * @category operations
 * @since 0.1.0
 */
export const resolve = Effect.fnUntraced(function* <G extends Given>(
  given: G
): Effect.fn.Return<Omit<G, keyof Resolved> & Resolved, Failure.Failure, FileSystem.FileSystem | Path.Path> {
  const address = yield* addressOf(given)
  const call = given.call ?? address.call
  const { host, port } = address
  if (port !== undefined) {
    return { ...given, host, port, call: call ?? presets.call, aetitle: given.aetitle ?? presets.aetitle }
  }
  const { path, peers } = yield* read(given.config)
  const peer = peers.get(host)
  if (peer === undefined) {
    const known = peers.size === 0 ? "it names none" : `it names ${[...peers.keys()].join(", ")}`
    const brackets = host.includes(":") && isIP(host) === 6 ? `[${host}]:PORT` : "AE@host:port"
    return yield* usage(
      `"${host}" has no port, and is no peer of ${path} (${known}). Give HOST PORT, ${brackets}, or such a name.`
    )
  }
  return {
    ...given,
    ...securing(given, peer),
    host: peer.host,
    port: peer.port,
    call: call ?? peer.call ?? presets.call,
    aetitle: given.aetitle ?? peer.aetitle ?? presets.aetitle
  }
})

/** What the file says of TLS is for connections over TLS; a key and its certificate come from one of the two together. */
const securing = (given: Transport.TlsFlags, peer: Peer): Partial<Transport.TlsFlags> => {
  if (!given.tls && peer.tls !== true) return {}
  const own = given.key === undefined && given.cert === undefined ? peer : given
  return {
    tls: true,
    tlsProfile: given.tlsProfile ?? peer.tlsProfile,
    key: own.key,
    cert: own.cert,
    keyPasswordFile: own.keyPasswordFile,
    cafile: given.cafile ?? peer.cafile,
    crlfile: given.crlfile ?? peer.crlfile,
    verifyPeer: given.verifyPeer && peer.verifyPeer !== false
  }
}

/** A host with a port beside it is taken as it is, but for an AE title before it: it may be an address of IPv6. */
const addressOf = ({ host, port }: Given): Effect.Effect<PeerAddress.PeerAddress, Failure.Failure> => {
  const at = host.lastIndexOf("@")
  const bare = host.slice(at + 1)
  const bracketed = port !== undefined && /^[^[].*:.*:/.test(bare) ? `${host.slice(0, at + 1)}[${bare}]` : host
  return Result.match(PeerAddress.parse(bracketed), {
    onFailure: (error) => Effect.fail(usage(`${error.message}.`)),
    onSuccess: (address) =>
      port === undefined
        ? Effect.succeed(address)
        : address.port === undefined
          ? Effect.succeed({ ...address, port })
          : Effect.fail(usage(`There are two ports, ${address.port} and ${port}. Give one of them.`))
  })
}

// -----------------------------------------------------------------------------
// dicom peers
// -----------------------------------------------------------------------------

/**
 * Prints the peers of the configuration file.
 *
 * @category operations
 * @since 0.1.0
 */
export const run = Effect.fnUntraced(function* (options: {
  readonly config?: string | undefined
  readonly json: boolean
}): Effect.fn.Return<void, Failure.Failure, FileSystem.FileSystem | Path.Path> {
  const { path, peers } = yield* read(options.config)
  if (options.json) {
    for (const [name, peer] of peers) yield* Console.log(JSON.stringify({ type: "peer", name, ...peer }))
    return
  }
  if (peers.size === 0)
    return yield* Console.log(`${path} names no peer. See dicom peers --help for how it is written.`)
  const width = Math.max(...[...peers.keys()].map((name) => name.length))
  for (const [name, { aetitle, tls, ...address }] of peers) {
    const as = aetitle === undefined ? "" : `, called as ${aetitle}`
    yield* Console.log(`${name.padEnd(width)}  ${PeerAddress.format(address)}${as}${tls === true ? ", over TLS" : ""}`)
  }
})
