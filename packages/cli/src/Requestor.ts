/**
 * What the commands that request an association share: its flags, how it is opened, and how it is closed. A command that
 * is interrupted between two operations releases; within one it aborts; either way it says so.
 *
 * @since 0.1.0
 */
import { Association, ClosingPolicy, Release, UpperLayer } from "@effect-dicom/association"
import type { AssociationError, AssociationPool } from "@effect-dicom/association"
import * as UidRegistry from "@effect-dicom/data/UidRegistry"
import * as Leniency from "@effect-dicom/protocol/Leniency"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { codes } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as Peers from "./Peers.ts"
import { Signals } from "./Stop.ts"
import * as Transport from "./Transport.ts"

/**
 * How the peer is reached and what is agreed with it.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options extends Transport.Connection {
  readonly host: string
  readonly port: number
  /** The calling AE title. */
  readonly aetitle: string
  /** The called AE title. */
  readonly call: string
  /** The maximum length of a P-DATA-TF that is announced, in bytes. */
  readonly maxPdu?: number | undefined
  /** The longest P-DATA-TF that is sent, whatever the peer allows, in bytes. */
  readonly maxSendPdu?: number | undefined
  /** For the transport connection, in seconds. */
  readonly timeout?: number | undefined
  /** For the negotiation, and for the release, in seconds. */
  readonly acseTimeout?: number | undefined
  /** For the response to an operation, in seconds. */
  readonly dimseTimeout?: number | undefined
  readonly lenient?: boolean | undefined
  /** Tells what was agreed, and what of it was not as the standard has it. */
  readonly verbose?: boolean | undefined
  /** Ends in an abort where a release would do. */
  readonly abort?: boolean | undefined
}

/**
 * What the flags say of the peer, of TLS and of the user.
 *
 * @category options
 * @since 0.1.0
 */
export type Given = Peers.Given & Transport.TlsFlags & Transport.UserFlags

/**
 * The same as options: with the peer that is meant, and how it is connected to.
 *
 * @category options
 * @since 0.1.0
 */
export type Reached<G extends Given> = Omit<G, keyof Peers.Resolved> & Peers.Resolved & Transport.Connection

/**
 * What the flags say of the peer, of TLS and of the user, made into options: names are looked up and files read.
 *
 * @category constructors
 * @since 0.1.0
 */
export const reach = Effect.fnUntraced(function* <G extends Given>(
  given: G
): Effect.fn.Return<Reached<G>, Failure.Failure, FileSystem.FileSystem | Path.Path> {
  // findscu has its keys by this name.
  if (!given.tls && given.key?.includes("=") === true) {
    return yield* Failure.make(
      codes.usage,
      `--key is the private key for TLS. Give ${JSON.stringify(given.key)} as an argument, or with -k.`
    )
  }
  const resolved = yield* Peers.resolve(given)
  return { ...resolved, ...(yield* Transport.connection(resolved)) }
})

/**
 * The parties of these options, for sentences about them.
 *
 * @category getters
 * @since 0.1.0
 */
export const parties = (options: Options): Failure.Parties => ({
  host: options.host,
  port: options.port,
  callingAETitle: options.aetitle,
  calledAETitle: options.call,
  lenient: options.lenient,
  secured: options.secured !== undefined,
  identified: options.userIdentity !== undefined,
  nameOf
})

const nameOf = (uid: string): string => {
  const name = UidRegistry.find(uid)?.name ?? ""
  return name === "" ? uid : `${name} (${uid})`
}

/**
 * Whether an operation is under way, and how the association ended once it is closed: of several, one after another, the
 * first that did not end well, or the last.
 *
 * @category models
 * @since 0.1.0
 */
export interface Course {
  within: boolean
  /** The operation that is cancelled where it is interrupted, and whose last response is waited for then. */
  cancelled?: "C-FIND" | "C-GET" | "C-MOVE" | undefined
  outcome?: Release.Outcome
  /** Whether the command was told twice to stop, and has told how that ends. */
  abandoned?: boolean
}

/**
 * The state of an association's work, at its beginning.
 *
 * @category constructors
 * @since 0.1.0
 */
export const course = (): Course => ({ within: false })

/**
 * Closes as the course of the work demands: aborts within an operation or where that was asked for, releases otherwise.
 *
 * @category policies
 * @since 0.1.0
 */
export const closing = (options: Options, course: Course): ClosingPolicy.ClosingPolicy => {
  const release = ClosingPolicy.releaseWithin(`${options.acseTimeout ?? 10} seconds`)
  return (association, exit) =>
    (course.within || options.abort === true ? ClosingPolicy.abort : release)(association, exit)
}

const isInterrupted = (exit: Exit.Exit<unknown, unknown>): boolean =>
  Exit.isFailure(exit) && Cause.hasInterrupts(exit.cause)

/**
 * How an association ended, as the end of a sentence.
 *
 * @category formatting
 * @since 0.1.0
 */
export const ending = (outcome: Release.Outcome): string => {
  switch (outcome._tag) {
    case "Released":
      return "the association was released"
    case "ReleasedAfterCollision":
      return "the association was released by both sides at once"
    case "AbortedLocally":
      return "the association was aborted"
    case "AbortedByPeer":
      return "the peer aborted the association"
    case "AbortedByProvider":
      return `the association was aborted (${outcome.reason})`
    case "TransportClosed":
      return "the transport connection was closed"
    case "TimedOut":
      return outcome.deadline === "release"
        ? "the peer did not answer the release, and the association was aborted"
        : `the ${outcome.deadline} deadline passed, and the association was aborted`
  }
}

/**
 * Opens an association. Leaving the scope closes it, and then the course has its outcome, however it came about.
 *
 * @category constructors
 * @since 0.1.0
 */
export const open = Effect.fnUntraced(
  function* (
    options: Options,
    course: Course,
    presentationContexts: Association.RequestOptions["presentationContexts"],
    userInformation?: Association.RequestOptions["userInformation"]
  ): Effect.fn.Return<
    Association.Association,
    AssociationError.NotEstablished | Schema.SchemaError,
    UpperLayer.Transport | Scope.Scope
  > {
    let opened: Association.Association | undefined
    // Added before the association is there, and so run when it is closed.
    yield* Effect.addFinalizer((exit) => (opened === undefined ? Effect.void : closed(options, course, opened, exit)))
    yield* Effect.forkScoped(Effect.suspend(() => stopping(course, () => opened)))
    opened = yield* Association.request({
      callingAETitle: options.aetitle,
      calledAETitle: options.call,
      presentationContexts,
      ...(userInformation === undefined ? {} : { userInformation }),
      closing: closing(options, course),
      ...(options.userIdentity === undefined ? {} : { userIdentity: options.userIdentity }),
      ...(options.dimseTimeout === undefined ? {} : { operation: `${options.dimseTimeout} seconds` as const })
    }).pipe(
      Effect.onInterrupt(() =>
        Effect.suspend(() => (course.abandoned === true ? Effect.void : Console.error(notEstablished)))
      )
    )
    if (options.verbose === true) yield* agreed(opened)
    if (options.userIdentity?.positiveResponseRequested === true && opened.peer.userIdentityResponse === undefined) {
      yield* Console.error("The peer did not say that it accepts the user: it may not look at users at all.")
    }
    return opened
  },
  (effect, options) =>
    Effect.flatMap(Transport.transport(options, options.secured), (socket) =>
      Effect.provideService(effect, UpperLayer.Transport, socket)
    ).pipe(UpperLayer.withSettings(settings(options)))
)

// An interrupted operation aborts by itself, and a peer may end an association too: the policy is not asked then.
const closed = (
  options: Options,
  course: Course,
  association: Association.Association,
  exit: Exit.Exit<unknown, unknown>
): Effect.Effect<void> =>
  Effect.flatMap(association.ended, (end) => {
    const outcome = Release.outcome(end)
    note(options, course, outcome)
    return isInterrupted(exit) && course.abandoned !== true
      ? Console.error(`Interrupted: ${ending(outcome)}.`)
      : Effect.void
  })

/** How long a peer may take to answer once the command was told to stop, in seconds. */
const patience = 3

/** When the command is told to stop, tells what it waits for, and ends that by an abort: in time, or when told again. */
const stopping = Effect.fnUntraced(function* (course: Course, opened: () => Association.Association | undefined) {
  const { first, second } = yield* Signals
  yield* first
  const telling = Effect.andThen(
    Effect.sleep("300 millis"),
    Effect.suspend(() => (opened() === undefined || course.within ? Effect.void : Console.error(awaited(course))))
  )
  yield* Effect.forkChild(telling)
  const inTime = yield* Effect.timeoutOption(second, `${patience} seconds`)
  course.abandoned = true
  const association = opened()
  if (association === undefined) return yield* Console.error(notEstablished)
  yield* Effect.ignore(association.abort)
  const why = Option.isNone(inTime) ? `the peer did not answer in ${patience} s, and ` : ""
  yield* Console.error(`Interrupted: ${why}the association was aborted.`)
})

const notEstablished = "Interrupted: no association was established."

const awaited = ({ cancelled }: Course): string =>
  `Stopping: ${
    cancelled === undefined
      ? `the peer has ${patience} s to release the association`
      : `the ${cancelled} was cancelled, and the peer has ${patience} s to end it`
  }; Ctrl-C again leaves at once.`

const note = (options: Options, course: Course, outcome: Release.Outcome): void => {
  if (course.outcome === undefined || !isBad(options, course.outcome)) course.outcome = outcome
}

const agreed = (association: Association.Association): Effect.Effect<void> => {
  const { contexts, oddities, peer, refused, tolerated } = association
  const total = contexts.size + refused.length
  const name = peer.implementationVersionName ?? peer.implementationClassUid ?? "an implementation without a name"
  return Effect.forEach(
    [
      `association with ${association.calledAETitle} (${name}): ${contexts.size} of ${total} presentation contexts accepted`,
      ...tolerated.map(({ detail, quirk }) => `let pass (${quirk}): ${detail}`),
      ...oddities.map((oddity) => `odd in the answer, and not used: ${JSON.stringify(oddity)}`)
    ],
    (line) => Console.error(line),
    { discard: true }
  )
}

/**
 * The peer of these options, for a pool. Leaving the pool closes as {@link open} does, and gives the course the outcome.
 *
 * @category constructors
 * @since 0.1.0
 */
export const peer = (options: Options, course: Course): AssociationPool.Peer => {
  const policy = ClosingPolicy.onExit({ success: closing(options, course), failure: ClosingPolicy.abort })
  return {
    name: `${options.call}@${options.host}:${options.port}`,
    callingAETitle: options.aetitle,
    calledAETitle: options.call,
    transport: Transport.transport(options, options.secured),
    ...(options.userIdentity === undefined ? {} : { userIdentity: options.userIdentity }),
    closing: (association, exit) =>
      Effect.map(policy(association, exit), (outcome) => {
        note(options, course, outcome)
        return outcome
      }),
    ...(options.dimseTimeout === undefined ? {} : { operation: `${options.dimseTimeout} seconds` as const })
  }
}

/**
 * The deadlines and limits of these options.
 *
 * @category getters
 * @since 0.1.0
 */
export const settings = (options: Options): Partial<UpperLayer.Settings> => ({
  // Whoever waits at the terminal decides for how long nothing may happen.
  idle: "Infinity",
  ...(options.maxPdu === undefined ? {} : { maximumLength: options.maxPdu }),
  ...(options.maxSendPdu === undefined ? {} : { sendMaximumLength: options.maxSendPdu }),
  ...(options.timeout === undefined ? {} : { connect: `${options.timeout} seconds` }),
  ...(options.acseTimeout === undefined
    ? {}
    : { artim: `${options.acseTimeout} seconds`, negotiation: `${options.acseTimeout} seconds` }),
  ...(options.lenient === true ? { leniency: Leniency.lenient } : {})
})

/**
 * Does the work, and then tells what came of it: also where it failed or was interrupted.
 *
 * @category combinators
 * @since 0.1.0
 */
export const concluding = <A, E, R, R2>(
  work: Effect.Effect<A, E, R>,
  conclude: Effect.Effect<void, never, R2>
): Effect.Effect<A, E, R | R2> =>
  Effect.flatMap(Effect.result(Effect.onInterrupt(work, () => conclude)), (done) =>
    Effect.andThen(conclude, Effect.fromResult(done))
  )

type Failed = Exclude<Release.Outcome, { readonly _tag: "Released" | "ReleasedAfterCollision" }>

const isBad = (options: Options, outcome: Release.Outcome): outcome is Failed =>
  outcome._tag !== "Released" &&
  outcome._tag !== "ReleasedAfterCollision" &&
  !(outcome._tag === "AbortedLocally" && options.abort === true)

/**
 * What was wrong with the end of an association whose work was done, if anything was.
 *
 * @category getters
 * @since 0.1.0
 */
export const badEnding = (options: Options, course: Course): Failure.Failure | undefined => {
  const { outcome } = course
  if (outcome === undefined || !isBad(options, outcome)) return undefined
  const failure = Failure.fromAssociation(outcome, parties(options))
  return Failure.rephrase(
    failure,
    failure.exitCode === codes.network ? codes.network : codes.aborted,
    `All was answered, but the association was not released: ${failure.sentence}`
  )
}
