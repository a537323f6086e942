/**
 * What `dicom store` tells of its work: what became of each instance and file, and all of it together. As text, or as
 * one JSON object a line.
 *
 * @since 0.1.0
 */
import * as UidRegistry from "@effect-dicom/data/UidRegistry"
import type { Uid } from "@effect-dicom/data/Uid"
import * as Status from "@effect-dicom/protocol/Status"
import { ServiceStatus, Storage } from "@effect-dicom/services"
import type { ServiceError } from "@effect-dicom/services"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as InstanceFile from "./InstanceFile.ts"
import * as Progress from "./Progress.ts"
import * as Requestor from "./Requestor.ts"
import * as StatusDetails from "./StatusDetails.ts"

const outcomes = [
  "stored",
  "stored with a warning",
  "refused",
  "no presentation context",
  "not acknowledged",
  "not sent",
  "not DICOM",
  "no instance",
  "DICOMDIR",
  "unreadable"
] as const

/**
 * What became of an instance or of a file. "not acknowledged": sent, at least in part, and never answered.
 *
 * @category models
 * @since 0.1.0
 */
export type Outcome = (typeof outcomes)[number]

/**
 * How often each outcome occurred, and the bytes of what was stored.
 *
 * @category models
 * @since 0.1.0
 */
export interface Tally {
  readonly counts: { readonly [O in Outcome]: number }
  readonly bytes: number
}

/**
 * The report of one run.
 *
 * @category models
 * @since 0.1.0
 */
export interface StoreReport {
  /** A file holds no instance. */
  readonly file: (file: InstanceFile.NoInstance) => Effect.Effect<void>
  /** An instance is being sent. */
  readonly begin: (file: InstanceFile.InstanceFile) => void
  /** An instance was answered, which was sent in this transfer syntax. Default: in that of the file. */
  readonly answered: (
    file: InstanceFile.InstanceFile,
    answer: ServiceError.Answer,
    transferSyntaxUid?: Uid
  ) => Effect.Effect<void>
  /** An instance was stored by an earlier run, and is left out. */
  readonly earlier: (file: InstanceFile.InstanceFile, answer: ServiceError.Answer) => Effect.Effect<void>
  /** An instance had no context to be sent in, whether one was proposed or not. */
  readonly noContext: (file: InstanceFile.InstanceFile, isProposed: boolean) => Effect.Effect<void>
  /** An instance could not be read when its turn came. */
  readonly unreadable: (file: InstanceFile.InstanceFile, detail: string) => Effect.Effect<void>
  /** An instance was tried and given up, after which the peer may have it or not. */
  readonly givenUp: (file: InstanceFile.InstanceFile, uncertain: boolean, detail: string) => Effect.Effect<void>
  /** What has not been told of was being sent when the association ended, or was not sent at all. */
  readonly leftOver: (instances: ReadonlyArray<InstanceFile.InstanceFile>) => Effect.Effect<void>
  readonly summary: (milliseconds: number, course: Requestor.Course | undefined) => Effect.Effect<void>
  readonly tally: () => Tally
  /** The line that is taken away before another is printed. */
  readonly above: (progress: Progress.Progress) => void
  readonly clear: () => void
}

/**
 * How much is told, and in which form.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  readonly json: boolean
  /** Tells of what was stored as well. */
  readonly verbose: boolean
  /** Tells of nothing but what was not stored. */
  readonly quiet: boolean
}

/**
 * A report with nothing in it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options: Options): StoreReport => {
  const counts: { [O in Outcome]: number } = {
    stored: 0,
    "stored with a warning": 0,
    refused: 0,
    "no presentation context": 0,
    "not acknowledged": 0,
    "not sent": 0,
    "not DICOM": 0,
    "no instance": 0,
    DICOMDIR: 0,
    unreadable: 0
  }
  let bytes = 0
  let earlier = 0
  const told = new Set<InstanceFile.InstanceFile>()
  const underway = new Set<InstanceFile.InstanceFile>()
  let progress: Progress.Progress | undefined
  const clear = (): void => progress?.clear()

  const tell = (
    file: InstanceFile.InstanceFile | InstanceFile.NoInstance,
    outcome: Outcome,
    detail?: string,
    answer?: ServiceError.Answer
  ): Effect.Effect<void> => {
    counts[outcome]++
    if (options.json) {
      const instance =
        file._tag !== "Instance"
          ? {}
          : {
              sopClassUid: file.sopClassUid,
              sopInstanceUid: file.sopInstanceUid,
              transferSyntaxUid: file.transferSyntaxUid,
              bytes: file.length
            }
      return Console.log(
        JSON.stringify({
          type: "instance",
          path: file.path,
          outcome,
          ...instance,
          ...(answer === undefined
            ? {}
            : { status: Status.formatCode(answer.status.code), ...StatusDetails.toJson(answer.details) }),
          ...(detail === undefined ? {} : { detail })
        })
      )
    }
    const routine = outcome === "stored" || outcome === "DICOMDIR"
    if (routine ? !options.verbose || options.quiet : outcome === "not sent" && !options.verbose) return Effect.void
    const line = `${outcome}: ${file.path}${detail === undefined ? "" : ` (${detail})`}`
    return Effect.suspend(() => {
      clear()
      return routine ? Console.log(line) : Console.error(line)
    })
  }

  return {
    file: (file) => tell(file, file._tag, file.detail),
    begin: (file) => {
      underway.add(file)
      // What is sent again is to be told of again.
      told.delete(file)
    },
    answered: (file, answer, transferSyntaxUid = file.transferSyntaxUid) => {
      const { status } = answer
      told.add(file)
      underway.delete(file)
      if (Status.isCompleted(status)) bytes += file.length
      const sent = { ...file, transferSyntaxUid }
      const within = transferSyntaxUid === file.transferSyntaxUid ? "" : `, as ${UidRegistry.format(transferSyntaxUid)}`
      return status._tag === "Success"
        ? tell(sent, "stored", options.json ? undefined : `${Progress.size(file.length)}${within}`, answer)
        : tell(
            sent,
            Status.isCompleted(status) ? "stored with a warning" : "refused",
            meaningOf(status) + (options.json ? "" : StatusDetails.format(answer.details)),
            answer
          )
    },
    earlier: (file, answer) => {
      told.add(file)
      earlier++
      const said = `by an earlier run${options.json ? "" : StatusDetails.format(answer.details)}`
      return tell(file, answer.status._tag === "Success" ? "stored" : "stored with a warning", said, answer)
    },
    noContext: (file, isProposed) => {
      told.add(file)
      const [sopClass, syntax] = [UidRegistry.format(file.sopClassUid), UidRegistry.format(file.transferSyntaxUid)]
      const detail = isProposed
        ? `no presentation context accepted for ${sopClass} in ${syntax}`
        : `it is ${sopClass} in ${syntax}, which --propose does not have, and cannot be made into what it has`
      return tell(file, "no presentation context", detail)
    },
    unreadable: (file, detail) => {
      told.add(file)
      return tell(file, "unreadable", detail)
    },
    givenUp: (file, uncertain, detail) => {
      told.add(file)
      return tell(file, uncertain ? "not acknowledged" : "not sent", detail)
    },
    leftOver: (instances) =>
      Effect.forEach(
        instances.filter((file) => !told.has(file)),
        (file) => {
          told.add(file)
          return tell(file, underway.has(file) ? "not acknowledged" : "not sent")
        },
        { discard: true }
      ),
    summary: (milliseconds, course) => {
      const total = outcomes.reduce((sum, outcome) => sum + counts[outcome], 0)
      const ended = course?.outcome
      if (options.json) {
        return Console.log(
          JSON.stringify({
            type: "summary",
            ...counts,
            bytes,
            milliseconds: Math.round(milliseconds),
            association: ended?._tag ?? null
          })
        )
      }
      if (options.quiet) return Effect.void
      const done = counts.stored + counts["stored with a warning"]
      const others = outcomes
        .filter((outcome) => outcome !== "stored" && counts[outcome] > 0)
        .map((outcome) => `; ${counts[outcome]} ${outcome}`)
      if (earlier > 0) others.unshift(`; ${earlier} of them by an earlier run`)
      const rate = milliseconds > 0 ? ` (${Progress.size((bytes / milliseconds) * 1000)}/s)` : ""
      return Effect.suspend(() => {
        clear()
        return Console.log(
          `stored ${done} of ${total}, ${Progress.size(bytes)} in ${(milliseconds / 1000).toFixed(1)} s${rate}` +
            `${others.join("")}${ended === undefined ? "" : `; ${Requestor.ending(ended)}`}`
        )
      })
    },
    tally: () => ({ counts: { ...counts }, bytes }),
    above: (line) => {
      progress = line
    },
    clear
  }
}

/** A status as storage has it, or else as it is in general. */
const meaningOf = (status: Status.Status): string => {
  const meaning = ServiceStatus.meaning(Storage.StorageStatus, status)
  return meaning === undefined ? Status.format(status) : `${status._tag} ${Status.formatCode(status.code)}, ${meaning}`
}
