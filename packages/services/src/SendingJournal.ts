/**
 * What a sender of instances remembers from one run to the next: which were begun with which peer, and with which status
 * they ended. A program that was stopped goes on where it was with the same journal, and so does one whose machine was.
 *
 * @since 0.1.0
 */
import * as Tag from "@effect-dicom/data/Tag"
import * as Status from "@effect-dicom/protocol/Status"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { Details } from "./ServiceError.ts"

// The library's own types have it only with a DOM or Node; all runtimes do.
declare const TextEncoder: new () => { readonly encode: (text: string) => Uint8Array }

/**
 * What is known of an instance at a peer: its sending was begun and nothing was heard of it; it was broken off before its
 * last bytes, and is certainly not stored; or it had that status, of which the peer may have said more.
 *
 * @category models
 * @since 0.1.0
 */
export type Entry =
  | { readonly _tag: "Begun" }
  | { readonly _tag: "BrokenOff" }
  | {
      readonly _tag: "Ended"
      readonly status: Status.Status
      /** What the peer said of the status. */
      readonly details?: Details
    }

/**
 * The journal could not be read or written.
 *
 * @category errors
 * @since 0.1.0
 */
export class JournalFailed extends Schema.TaggedError<JournalFailed>()("JournalFailed", {
  cause: Schema.Defect()
}) {
  override get message(): string {
    return `The journal could not be read or written: ${this.cause instanceof Error ? this.cause.message : String(this.cause)}`
  }
}

/**
 * A journal, by the name of the peer and the SOP Instance UID. What was recorded is remembered from then on.
 *
 * @category models
 * @since 0.1.0
 */
export interface SendingJournal {
  readonly find: (peer: string, sopInstanceUid: string) => Effect.Effect<Option.Option<Entry>, JournalFailed>
  readonly record: (peer: string, sopInstanceUid: string, entry: Entry) => Effect.Effect<void, JournalFailed>
}

/**
 * The journal in force. By default nothing is remembered beyond the run that it is about.
 *
 * @category services
 * @since 0.1.0
 */
export const SendingJournal: Context.Reference<SendingJournal> = Context.Reference<SendingJournal>(
  "@effect-dicom/services/SendingJournal",
  { defaultValue: () => ({ find: () => Effect.succeedNone, record: () => Effect.void }) }
)

/**
 * A journal in memory, for as long as it is kept.
 *
 * @category constructors
 * @since 0.1.0
 */
export const memory: Effect.Effect<SendingJournal> = Effect.sync(() => {
  const entries = new Map<string, Entry>()
  return {
    find: (peer, sopInstanceUid) => Effect.sync(() => Option.fromUndefinedOr(entries.get(keyOf(peer, sopInstanceUid)))),
    record: (peer, sopInstanceUid, entry) =>
      Effect.sync(() => {
        entries.set(keyOf(peer, sopInstanceUid), entry)
      })
  }
})

/**
 * A journal in a file, one line of JSON for each entry, which is read when it is opened and appended to.
 *
 * **Details**
 *
 * What is recorded has been written and flushed to the disk (fsync): a crash of the machine takes nothing of it, as far as
 * the disk keeps what it says it has. What is recorded at the same time is flushed together. A line that is not whole is
 * left out.
 *
 * @category constructors
 * @since 0.1.0
 */
export const file = Effect.fn("SendingJournal.file")(
  function* (
    path: string
  ): Effect.fn.Return<SendingJournal, JournalFailed | PlatformError, FileSystem.FileSystem | Scope.Scope> {
    const fs = yield* FileSystem.FileSystem
    const known = yield* fs.exists(path)
    const text = known ? yield* fs.readFileString(path) : ""
    const journal = yield* memory
    for (const line of text.split("\n")) {
      const read = decodeLine(line)
      if (Option.isSome(read)) yield* journal.record(read.value.peer, read.value.instance, entryOf(read.value))
    }
    const output = yield* fs.open(path, { flag: "a" })
    if (!known) yield* flushDirectory(fs, path)
    const turn = Semaphore.makeUnsafe(1)
    // What is to be written next, by whoever has the turn.
    let next: Batch = { lines: "", exit: undefined }
    let torn = text !== "" && !text.endsWith("\n")
    const write = (batch: Batch) =>
      Effect.suspend(() => {
        const bytes = new TextEncoder().encode(torn ? `\n${batch.lines}` : batch.lines)
        next = { lines: "", exit: undefined }
        torn = true
        return Effect.andThen(output.writeAll(bytes), output.sync)
      }).pipe(
        Effect.mapError((cause) => new JournalFailed({ cause })),
        Effect.onExit((exit) =>
          Effect.sync(() => {
            batch.exit = exit
            torn = Exit.isFailure(exit)
          })
        ),
        Effect.uninterruptible
      )
    const append = (line: string): Effect.Effect<void, JournalFailed> =>
      Effect.suspend(() => {
        const batch = next
        batch.lines += line
        return turn.withPermit(Effect.suspend(() => batch.exit ?? write(batch)))
      })
    return {
      find: journal.find,
      record: (peer, instance, entry) =>
        Effect.andThen(
          append(`${JSON.stringify({ peer, instance, ...lineOf(entry) })}\n`),
          journal.record(peer, instance, entry)
        )
    }
  },
  Effect.mapError((cause) => (cause instanceof JournalFailed ? cause : new JournalFailed({ cause })))
)

/** Lines that are written and flushed together, and what became of that. */
interface Batch {
  lines: string
  exit: Exit.Exit<void, JournalFailed> | undefined
}

/** Flushes the entry of a new file. Not every system lets a directory be opened; there the system sees to it. */
const flushDirectory = (fs: FileSystem.FileSystem, path: string): Effect.Effect<void> =>
  fs.open(path.slice(0, Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1) || ".").pipe(
    Effect.flatMap((directory) => directory.sync),
    Effect.scoped,
    Effect.ignore
  )

/**
 * A journal in a file, for the effects under this layer.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerFile = (path: string): Layer.Layer<never, JournalFailed, FileSystem.FileSystem> =>
  Layer.effect(SendingJournal, file(path))

const Line = Schema.fromJsonString(
  Schema.Struct({
    peer: Schema.String,
    instance: Schema.String,
    status: Schema.optionalKey(Schema.Int),
    errorComment: Schema.optionalKey(Schema.String),
    offendingElement: Schema.optionalKey(Schema.Array(Tag.Tag)),
    errorId: Schema.optionalKey(Schema.Int),
    brokenOff: Schema.optionalKey(Schema.Literal(true))
  })
)

const decodeLine = Schema.decodeUnknownOption(Line)

const lineOf = (entry: Entry): Omit<typeof Line.Type, "peer" | "instance"> => {
  if (entry._tag === "Ended") return { status: entry.status.code, ...said(entry.details ?? {}) }
  return entry._tag === "BrokenOff" ? { brokenOff: true } : {}
}

const entryOf = ({ brokenOff, status, ...more }: ReturnType<typeof lineOf>): Entry => {
  if (status === undefined) return { _tag: brokenOff === true ? "BrokenOff" : "Begun" }
  const details = said(more)
  const ended = { _tag: "Ended", status: Status.fromCode(status) } as const
  return Object.keys(details).length === 0 ? ended : { ...ended, details }
}

/** What the response of a C-STORE may say of its status. */
const said = ({ errorComment, errorId, offendingElement }: Details): Details => ({
  ...(errorComment === undefined ? {} : { errorComment }),
  ...(offendingElement === undefined ? {} : { offendingElement }),
  ...(errorId === undefined ? {} : { errorId })
})

const keyOf = (peer: string, sopInstanceUid: string): string => `${sopInstanceUid} ${peer}`
