/**
 * The users of `dicom serve --users FILE`: a line for each, with its name and what a passcode is checked by, from which the
 * passcode is not to be had (PS3.7 section D.3.3.7; scrypt, RFC 7914). Passcode.ts writes such lines.
 *
 * @since 0.1.0
 */
import { Authenticator } from "@effect-dicom/association"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as GivenFile from "./GivenFile.ts"

/**
 * What a passcode is checked by.
 *
 * @category models
 * @since 0.1.0
 */
export interface Verifier {
  /** The binary logarithm of the cost of scrypt, its block size and its parallelization. */
  readonly ln: number
  readonly r: number
  readonly p: number
  readonly salt: Uint8Array
  readonly hash: Uint8Array
}

/**
 * Verifiers by the names of users.
 *
 * @category models
 * @since 0.1.0
 */
export type Users = ReadonlyMap<string, Verifier>

/**
 * The user of an association, as the server knows it: one without a name is anyone.
 *
 * @category services
 * @since 0.1.0
 */
export class User extends Context.Service<User, { readonly name: string | undefined }>()(
  "@effect-dicom/cli/Users/User"
) {}

/**
 * A line that tells of no user.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidUsers extends Schema.TaggedError<InvalidUsers>()("InvalidUsers", {
  /** From 1. */
  line: Schema.Int,
  detail: Schema.String
}) {
  override get message(): string {
    return `line ${this.line}: ${this.detail}`
  }
}

// -----------------------------------------------------------------------------
// the file
// -----------------------------------------------------------------------------

const verifier = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{22,88})\$([A-Za-z0-9+/]{43,88})$/

/** What checking one passcode may cost: 512 MiB of memory at most, and no less than what is hard to try. */
const permitted = ({ ln, p, r }: Verifier): boolean => ln >= 10 && r >= 1 && p >= 1 && p <= 4 && ln + Math.log2(r) <= 22

/**
 * Reads the text of a file. Blank lines, and those that begin with "#", are left out.
 *
 * @category codecs
 * @since 0.1.0
 */
export const parse = (text: string): Result.Result<Users, InvalidUsers> => {
  const users = new Map<string, Verifier>()
  for (const [i, one] of text.split(/\r?\n/).entries()) {
    const invalid = (detail: string) => Result.fail(new InvalidUsers({ line: i + 1, detail }))
    if (one.trim() === "" || one.startsWith("#")) continue
    const colon = one.indexOf(":")
    const name = one.slice(0, colon)
    if (colon < 1) return invalid('there is no name before a ":"; permitted: what dicom passcode writes')
    if (users.has(name)) return invalid(`${JSON.stringify(name)} is there twice`)
    const [, ln, r, p, salt = "", hash = ""] = verifier.exec(one.slice(colon + 1)) ?? []
    const found: Verifier = {
      ln: Number(ln),
      r: Number(r),
      p: Number(p),
      salt: Buffer.from(salt, "base64"),
      hash: Buffer.from(hash, "base64")
    }
    // What does not match has no numbers, which are not permitted.
    if (!permitted(found))
      return invalid(`${JSON.stringify(name)} has no passcode that can be checked: give it one anew`)
    users.set(name, found)
  }
  return Result.succeed(users)
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64").replace(/=+$/, "")

/**
 * Writes a line of the file.
 *
 * @category codecs
 * @since 0.1.0
 */
export const format = (name: string, { hash, ln, p, r, salt }: Verifier): string =>
  `${name}:$scrypt$ln=${ln},r=${r},p=${p}$${base64(salt)}$${base64(hash)}`

const told = (path: string, { message }: InvalidUsers): string => `${path}, ${message}.`

/**
 * Reads a file of users, and warns where others than its owner can read it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const read = Effect.fnUntraced(function* (
  path: string
): Effect.fn.Return<Users, Failure.Failure, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  const refused = (error: PlatformError) =>
    Failure.make(
      codes.files,
      `Cannot read ${path}: ${Failure.refusalOf(error)}. Give a file that can be read with --users.`
    )
  const bytes = yield* Effect.mapError(GivenFile.bytes(path), refused)
  const { mode } = yield* Effect.mapError(fs.stat(path), refused)
  if ((mode & 0o077) !== 0 && process.platform !== "win32") {
    yield* Console.error(`Others than its owner have access to ${path}: chmod 600 ${path} takes it from them.`)
  }
  return yield* Effect.mapError(Effect.fromResult(parse(new TextDecoder().decode(bytes))), (error) =>
    Failure.make(codes.usage, `${told(path, error)} Correct that file, with dicom passcode for example.`)
  )
})

/**
 * The users of a file as it is at each moment: it is read again when it has changed. One that cannot be used, or is gone,
 * is told of in the log, and the users stay those of before.
 *
 * @category constructors
 * @since 0.1.0
 */
export const current = Effect.fnUntraced(function* (
  path: string
): Effect.fn.Return<Effect.Effect<Users>, Failure.Failure, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  const versionOf = Effect.map(fs.stat(path), ({ ino, mtime, size }) =>
    [Option.getOrUndefined(ino), Option.getOrUndefined(mtime)?.getTime(), size].join(" ")
  )
  const reread = Effect.flatMap(GivenFile.bytes(path), (bytes) =>
    Effect.fromResult(parse(new TextDecoder().decode(bytes)))
  ).pipe(Effect.provideService(FileSystem.FileSystem, fs))
  let version = yield* Effect.orElseSucceed(versionOf, () => "")
  let users = yield* read(path)
  return Effect.gen(function* () {
    const now = yield* Effect.orElseSucceed(versionOf, () => "")
    if (now === version) return users
    version = now
    const result = yield* Effect.result(reread)
    if (Result.isSuccess(result)) users = result.success
    else {
      const { failure } = result
      const detail = failure._tag === "InvalidUsers" ? told(path, failure) : `${path}: ${Failure.refusalOf(failure)}.`
      yield* Effect.logWarning("The users have changed and cannot be read: those of before stay", detail)
    }
    return users
  })
})

// -----------------------------------------------------------------------------
// checking
// -----------------------------------------------------------------------------

type Cost = Pick<Verifier, "ln" | "p" | "r" | "salt">

const hashOf = (passcode: Redacted.Redacted, { ln, p, r, salt }: Cost, length: number): Effect.Effect<Uint8Array> =>
  Effect.callback<Uint8Array>((resume) => {
    const cost = 2 ** ln
    scrypt(
      Redacted.value(passcode).normalize("NFC"),
      salt,
      length,
      { cost, blockSize: r, parallelization: p, maxmem: 256 * cost * r },
      (error, hash) => resume(error === null ? Effect.succeed(hash) : Effect.die(error))
    )
  })

/** What a passcode that is set now is made into: 32 MiB, and a tenth of a second. */
const fresh = (): Cost => ({ ln: 15, r: 8, p: 1, salt: randomBytes(16) })

/**
 * Makes what a passcode is checked by.
 *
 * @category constructors
 * @since 0.1.0
 */
export const verifierOf = (passcode: Redacted.Redacted): Effect.Effect<Verifier> => {
  const cost = fresh()
  return Effect.map(hashOf(passcode, cost, 32), (hash) => ({ ...cost, hash }))
}

/**
 * Checks names and passcodes. That there is no such user takes no less time than that the passcode is another.
 *
 * @category constructors
 * @since 0.1.0
 */
export const authenticator = (
  current: Effect.Effect<Users>,
  options: {
    /** Lets in who says nothing of a user. Default: false. */
    readonly anonymous?: boolean
  } = {}
): Authenticator.Authenticator<User> => {
  const nobody: Verifier = { ...fresh(), hash: randomBytes(32) }
  return Authenticator.make(User, (identity) => {
    if (identity === undefined && options.anonymous === true) {
      return Effect.succeed({ principal: { name: undefined } })
    }
    if (identity?._tag !== "username and passcode") {
      const given = identity?._tag ?? "no identity"
      return Effect.fail(
        new Authenticator.NotAuthenticated({ why: `a user name and passcode are asked for; given: ${given}` })
      )
    }
    const { passcode, username } = identity
    return Effect.flatMap(current, (users) => {
      const known = users.get(username) ?? nobody
      return Effect.flatMap(hashOf(passcode, known, known.hash.length), (hash) =>
        timingSafeEqual(hash, known.hash)
          ? Effect.succeed({ principal: { name: username } })
          : Effect.fail(
              new Authenticator.NotAuthenticated({
                why: `no such user, or another passcode: ${JSON.stringify(username)}`
              })
            )
      )
    })
  })
}
