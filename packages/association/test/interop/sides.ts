/**
 * The two sides that the rows of this folder are about: our own, as acceptor or as requestor, and the scripted peer at
 * the other end of a connection in memory. What our side writes is kept byte for byte.
 */
import { assert } from "@effect/vitest"
import { Association, UpperLayer } from "@effect-dicom/association"
import type { AssociationError, Dimse } from "@effect-dicom/association"
import { ReadyMade, ScriptedPeer } from "@effect-dicom/association/testing"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import { Uid } from "@effect-dicom/data/Uid"
import * as C_ECHO from "@effect-dicom/protocol/C_ECHO"
import * as C_STORE from "@effect-dicom/protocol/C_STORE"
import * as Command from "@effect-dicom/protocol/Command"
import * as Status from "@effect-dicom/protocol/Status"
import type * as P_DATA from "@effect-dicom/protocol/P_DATA"
import type * as PresentationContext from "@effect-dicom/protocol/PresentationContext"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as Socket from "effect/socket/Socket"
import * as TestClock from "effect/testing/TestClock"

/** Lets every fiber that can run do so. */
export const settle: Effect.Effect<void> = Effect.gen(function* () {
  for (let i = 0; i < 50; i++) yield* Effect.yieldNow
})

/** Time passes, for fibers that have come to rest. */
export const pass = (duration: Duration.Input): Effect.Effect<void> =>
  Effect.andThen(settle, Effect.andThen(TestClock.adjust(duration), settle))

/** Where a test leaves our side in the middle of something, time passes until it has closed. */
const untilClosed = Effect.addFinalizer(() => Effect.asVoid(Effect.forkDetach(pass("1 hour"))))

// -----------------------------------------------------------------------------
// bytes
// -----------------------------------------------------------------------------

export const hexadecimal = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).toUpperCase().padStart(2, "0")).join(" ")

/** The ten bytes of an A-ABORT (PS3.8 section 9.3.8). */
export const abortBytes = (source: number, reason: number): string =>
  hexadecimal(Uint8Array.of(7, 0, 0, 0, 0, 4, 0, 0, source, reason))

/** The ten bytes of an A-ASSOCIATE-RJ (PS3.8 section 9.3.4). */
export const rejectBytes = (result: number, source: number, reason: number): string =>
  hexadecimal(Uint8Array.of(3, 0, 0, 0, 0, 4, 0, result, source, reason))

/** A socket that keeps the bytes that are written to it. */
const tapped = (socket: Socket.Socket) => {
  const written: Array<Uint8Array> = []
  const keep = (chunk: Uint8Array | string | Socket.CloseEvent) => {
    if (chunk instanceof Uint8Array) written.push(chunk.slice())
  }
  return {
    written,
    socket: Socket.make({
      reader: socket.reader,
      writer: Effect.map(socket.writer, ({ write, writeAll }) => ({
        write: (chunk: Uint8Array | string | Socket.CloseEvent) => {
          keep(chunk)
          return write(chunk)
        },
        writeAll: (chunks: Parameters<typeof writeAll>[0]) => {
          chunks.forEach(keep)
          return writeAll(chunks)
        }
      }))
    })
  }
}

/** The response that a P-DATA-TF holds whole. */
export const responseIn = (pdu: P_DATA.TF): Command.Command => commandOf(pdu.presentationDataValues)

/** The command of these presentation data values. */
export const commandOf = (values: ReadonlyArray<P_DATA.PresentationDataValue>): Command.Command => {
  const bytes = Uint8Array.from(values.flatMap((value) => value.fragment.flatMap((view) => [...view])))
  return Result.getOrThrow(Command.decode(bytes))
}

// -----------------------------------------------------------------------------
// what is said and stored in the rows
// -----------------------------------------------------------------------------

export const instance = Uid.make("2.25.1")

export const storeRQ = (messageId = 1): C_STORE.RQ =>
  C_STORE.request({ messageId, affectedSopClassUid: SopClass.CTImageStorage, affectedSopInstanceUid: instance })

export const supported: ReadonlyArray<PresentationContext.Supported> = [
  { abstractSyntax: SopClass.Verification, transferSyntaxes: [TransferSyntax.ImplicitVRLittleEndian.uid] },
  { abstractSyntax: SopClass.CTImageStorage, transferSyntaxes: [TransferSyntax.ExplicitVRLittleEndian.uid] }
]

// -----------------------------------------------------------------------------
// how it ended
// -----------------------------------------------------------------------------

type Failure =
  | AssociationError.NotEstablished
  | AssociationError.AlreadyReleased
  | Dimse.OperationError
  | AssociationError.NoPresentationContext

/** What an exit succeeded with. */
export const success = <A>(exit: Exit.Exit<A, unknown>): A => {
  if (Exit.isSuccess(exit)) return exit.value
  return assert.fail(`expected a success; came ${Cause.pretty(exit.cause)}`)
}

/** The typed failure of an exit, as its fields and its message. */
export const failure = (exit: Exit.Exit<unknown, unknown>): Record<string, unknown> => {
  assert.isTrue(Exit.isFailure(exit), `expected a failure; came ${JSON.stringify(exit)}`)
  if (!Exit.isFailure(exit)) return {}
  assert.isTrue(exit.cause.reasons.every(Cause.isFailReason), Cause.pretty(exit.cause))
  // Every error of the association is a Failure; what else it may be the assertion shows.
  const error = Cause.squash(exit.cause) as Failure
  return { ...error, message: error.message }
}

export const abortedByUs = (reason: string, detail: string) => ({
  _tag: "AbortedByProvider",
  provider: "local",
  reason,
  detail,
  message: `The association was aborted because of what the peer sent: ${detail} (${reason})`
})

export const rejectedByUs = (source: string, diagnostic: string) => ({
  _tag: "Rejected",
  by: "local",
  result: "rejected-permanent",
  source,
  diagnostic,
  message: `This side rejected the association: ${diagnostic} (rejected-permanent, ${source})`
})

export const user = "DICOM UL service-user"
export const acse = "DICOM UL service-provider (ACSE related function)"

const last = (written: ReadonlyArray<Uint8Array>, count: number): string =>
  hexadecimal(Uint8Array.from(written.slice(-count).flatMap((bytes) => [...bytes.subarray(-count)])).slice(-count))

const verbs = <A, E>(
  peer: ScriptedPeer.ScriptedPeer,
  written: ReadonlyArray<Uint8Array>,
  fiber: Fiber.Fiber<A, E>
) => ({
  /** The last bytes that our side wrote. */
  wrote: (count: number): string => last(written, count),
  /** Our side aborts with these bytes, and closes though the peer does not. Gives how our side's user was told. */
  aborts: Effect.fnUntraced(function* (source: number, reason: number) {
    yield* peer.expect("A-ABORT")
    assert.strictEqual(last(written, 10), abortBytes(source, reason))
    yield* pass("1 second")
    yield* peer.expectClosed()
    return failure(yield* Fiber.await(fiber))
  }),
  /** Our side rejects with these bytes, and closes though the peer does not. Gives how our side's user was told. */
  rejects: Effect.fnUntraced(function* (result: number, source: number, reason: number) {
    yield* peer.expect("A-ASSOCIATE-RJ")
    assert.strictEqual(last(written, 10), rejectBytes(result, source, reason))
    yield* pass("1 second")
    yield* peer.expectClosed()
    return failure(yield* Fiber.await(fiber))
  }),
  /** Our side has closed the connection. Gives how its user was told. */
  closes: Effect.gen(function* () {
    yield* peer.expectClosed()
    return yield* Fiber.await(fiber)
  })
})

// -----------------------------------------------------------------------------
// our side
// -----------------------------------------------------------------------------

export interface Options {
  readonly settings?: Partial<UpperLayer.Settings>
  readonly association?: Association.Options
  /** How many bytes the connection holds in each direction. */
  readonly capacity?: number
}

export interface AcceptorOptions extends Options {
  readonly supported?: ReadonlyArray<PresentationContext.Supported>
  readonly performer?: Dimse.Performer
}

/** Our side as acceptor of C-ECHO and C-STORE; what it has stored is a length for each instance. */
export const acceptor = Effect.fnUntraced(function* (options: AcceptorOptions = {}) {
  const [socket, peer] = yield* ScriptedPeer.inMemory(
    options.capacity === undefined ? {} : { capacity: options.capacity }
  )
  const tap = tapped(socket)
  const accepted = Deferred.makeUnsafe<Association.Association>()
  const stored: Array<number> = []
  const broken: Array<string> = []
  const performer: Dimse.Performer =
    options.performer ??
    (({ command, dataSet }) =>
      command._tag === "C-ECHO-RQ"
        ? Effect.succeed(C_ECHO.response(command))
        : Stream.runFold(
            dataSet,
            () => 0,
            (sum, view) => sum + view.length
          ).pipe(
            Effect.tapError((error) => Effect.sync(() => broken.push(error._tag))),
            Effect.map((length) => {
              stored.push(length)
              return Command.respond(command, Status.success)
            })
          ))
  const side = yield* Association.accept({
    ...options.association,
    decide: () => Effect.succeed(Association.accepting(options.supported ?? supported))
  }).pipe(
    Effect.tap((association) => Deferred.succeed(accepted, association)),
    Effect.flatMap((association) => Association.serve(association, performer)),
    Effect.scoped,
    Effect.provideService(UpperLayer.Transport, tap.socket),
    UpperLayer.withSettings(options.settings ?? {}),
    Effect.forkScoped
  )
  yield* untilClosed
  const done = verbs(peer, tap.written, side)
  return {
    ...done,
    peer,
    stored,
    broken,
    association: Deferred.await(accepted),
    outcome: Fiber.await(side),
    /** The peer requests, and is accepted. */
    establish: (rq: ScriptedPeer.Sendable = ReadyMade.associateRQ()) =>
      Effect.andThen(peer.send(rq), peer.expect("A-ASSOCIATE-AC")),
    /** The peer asks with a C-ECHO-RQ, and is answered. */
    echoes: Effect.fnUntraced(function* (messageId = 1, contextId = 1) {
      yield* peer.send(ReadyMade.echoRQ(messageId, contextId))
      const pdu = yield* peer.expect("P-DATA-TF")
      assert.deepStrictEqual(pdu, ReadyMade.echoRSP(messageId, contextId))
    }),
    /** The peer releases, our side answers, the peer closes. */
    released: Effect.gen(function* () {
      yield* peer.send(ReadyMade.releaseRQ)
      yield* peer.expect("A-RELEASE-RP")
      assert.strictEqual(done.wrote(10), "06 00 00 00 00 04 00 00 00 00")
      yield* peer.close
      assert.deepStrictEqual(yield* done.closes, Exit.void)
    })
  }
})

/** What our side does as requestor: a C-ECHO, then a release. */
export const echoThenRelease = Effect.fnUntraced(function* (association: Association.Association) {
  const { id } = yield* Effect.fromResult(Association.context(association, SopClass.Verification))
  const { command } = yield* association.dimse.invoke(id, (messageId) => C_ECHO.request({ messageId }))
  return { status: command.status.code, outcome: yield* association.release }
})

/** Our side as requestor of {@link ReadyMade.verificationContext} and {@link ReadyMade.storageContext}. */
export const requestor = Effect.fnUntraced(function* <A, E>(
  use: (association: Association.Association) => Effect.Effect<A, E>,
  options: Options & Partial<Association.RequestOptions> = {}
) {
  const [socket, peer] = yield* ScriptedPeer.inMemory(
    options.capacity === undefined ? {} : { capacity: options.capacity }
  )
  const tap = tapped(socket)
  const established = Deferred.makeUnsafe<Association.Association>()
  const side = yield* Association.request({
    callingAETitle: "REQUESTOR",
    calledAETitle: "ACCEPTOR",
    presentationContexts: [ReadyMade.verificationContext, ReadyMade.storageContext],
    ...options.association,
    ...(options.userInformation === undefined ? {} : { userInformation: options.userInformation })
  }).pipe(
    Effect.tap((association) => Deferred.succeed(established, association)),
    Effect.flatMap(use),
    Effect.scoped,
    Effect.provideService(UpperLayer.Transport, tap.socket),
    UpperLayer.withSettings(options.settings ?? {}),
    Effect.forkScoped
  )
  yield* untilClosed
  return {
    ...verbs(peer, tap.written, side),
    peer,
    fiber: side,
    association: Deferred.await(established),
    outcome: Fiber.await(side),
    /** The peer accepts. */
    establish: (ac: ScriptedPeer.Sendable = ReadyMade.associateAC()) =>
      Effect.andThen(peer.expect("A-ASSOCIATE-RQ"), peer.send(ac)),
    /** Our side asks with a C-ECHO-RQ, and the peer answers. */
    echoed: Effect.gen(function* () {
      assert.deepStrictEqual(yield* peer.expect("P-DATA-TF"), ReadyMade.echoRQ(1))
      yield* peer.send(ReadyMade.echoRSP(1))
    })
  }
})
