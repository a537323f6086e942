/**
 * Queries and retrievals that are ended before their time, at every point and in every way: the association stays in step
 * or ends, those of the sub-operations are closed, handlers have been interrupted, and no fiber is left.
 */
import { type Association, UpperLayer } from "@effect-dicom/association"
import { Fault } from "@effect-dicom/association/testing"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import type { AETitle } from "@effect-dicom/protocol/AETitle"
import * as C_CANCEL from "@effect-dicom/protocol/C_CANCEL"
import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import type * as Socket from "effect/socket/Socket"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { QueryRetrieve, ServiceClass, Storage, SubOperations, Verification } from "../src/index.ts"
import { pattern, request, serve, study } from "./joined.ts"

const { studyRoot } = QueryRetrieve
const explicit = TransferSyntax.ExplicitVRLittleEndian
const identifier = study
// the cast: a title of the standard's characters, at most 16
const destination = "WORKSTATION" as AETitle

const instance = (i: number): Storage.Instance => ({
  sopClassUid: SopClass.CTImageStorage,
  sopInstanceUid: Uid.makeUnsafe(`2.25.${i}`),
  transferSyntaxUid: explicit.uid,
  dataSet: Stream.make(pattern(3000, i))
})

/** Lets every fiber that can run do so. */
const settle = Effect.gen(function* () {
  for (let i = 0; i < 200; i++) yield* Effect.yieldNow
})

const counting = () => {
  let running = 0
  const service: Metric.FiberRuntimeMetricsService = {
    recordFiberStart: () => {
      running++
    },
    recordFiberEnd: () => {
      running--
    }
  }
  return { service, running: () => running }
}

interface Case {
  readonly operation: "find" | "get" | "move"
  /** How many matches or instances there are: one each second. The last response comes with the last of them. */
  readonly responses: number
  /** When it happens, in half seconds: always between two responses. */
  readonly at: number
  readonly how: (typeof ways)[number]
  /** What the provider says of the number of instances: nothing, or how many more there are. */
  readonly counted: (typeof countings)[number]
}

const countings = ["not", 0, -1, 2] as const

const ways = [
  "C-CANCEL",
  "C-CANCEL twice",
  "C-CANCEL of an unknown message",
  "interruption",
  "leaving the stream",
  "abort",
  "abort by the provider",
  "end of the user's scope",
  "abort of the provider's server",
  "drain of the provider's server",
  "abort of the move destination's server"
] as const

const Case = {
  operation: Schema.Literals(["find", "get", "move"]),
  responses: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4 })),
  at: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 6 })),
  how: Schema.Literals(ways),
  counted: Schema.Literals(countings)
}

interface Wires {
  readonly user?: (socket: Socket.Socket) => Socket.Socket
  readonly destination?: (socket: Socket.Socket) => Socket.Socket
  /** For how many seconds associations may go on after the operation. */
  readonly patience?: number
}

/** What happens to an operation, from its request on. */
const course = (
  one: Case,
  { destination: toDestination = (socket) => socket, patience = 0, user = (socket) => socket }: Wires = {}
) =>
  Effect.gen(function* () {
    const fibers = counting()
    const made = { begun: 0, finalized: 0 }
    const during = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
      Effect.suspend(() => {
        made.begun++
        return Effect.ensuring(
          effect,
          Effect.sync(() => made.finalized++)
        )
      })
    const storage = Storage.provider((received) =>
      during(Effect.as(Effect.andThen(Stream.runDrain(received.dataSet), Effect.sleep("1 second")), Status.success))
    )
    const instances = Stream.map(one.responses === 0 ? Stream.empty : Stream.range(1, one.responses), instance)
    const retrieval =
      one.counted === "not"
        ? { instances }
        : {
            count: Math.max(0, one.responses + one.counted),
            instances: Stream.suspend(() => {
              made.begun++
              return Stream.ensuring(
                Stream.rechunk(instances, 1),
                Effect.sync(() => made.finalized++)
              )
            })
          }
    const program = Effect.gen(function* () {
      const userScope = yield* Scope.fork(yield* Effect.scope)
      const workstation = yield* serve([storage])
      const associations: Array<Association.Association> = []
      const layer = studyRoot.layer({
        find: ({ association }) =>
          Stream.suspend(() => {
            made.begun++
            associations.push(association)
            return instances.pipe(
              Stream.mapEffect(() => Effect.as(Effect.sleep("1 second"), { identifier })),
              Stream.ensuring(Effect.sync(() => made.finalized++))
            )
          }),
        get: ({ association }) =>
          Effect.sync(() => {
            associations.push(association)
            return retrieval
          }),
        move: (request) => {
          associations.push(request.association)
          return Effect.map(SubOperations.destination(request.destination), (transport) => ({
            transport,
            ...retrieval
          }))
        }
      })
      const transport = Layer.effect(UpperLayer.Transport, Effect.map(workstation.connect, toDestination))
      const context = yield* Layer.build(
        Layer.provide(layer, SubOperations.layerDestinations({ WORKSTATION: transport }))
      )
      const archive = yield* serve([Context.get(context, studyRoot.provider), Verification.provider])
      const proposed = ServiceClass.propose([
        studyRoot.proposal(),
        Verification.serviceClass.proposal(),
        Storage.serviceClass.proposal({
          sopClasses: [SopClass.CTImageStorage],
          transferSyntaxes: [explicit.uid],
          role: "SCP"
        })
      ])
      const association = yield* Scope.provide(
        request(archive, proposed.presentationContexts, { userInformation: proposed.userInformation, wire: user }),
        userScope
      )
      const client = studyRoot.client(association)
      const classOf = ({ status }: { readonly status: { readonly class: string } }) => status.class
      const asked = {
        find: () => Stream.map(client.find(identifier), classOf),
        get: () => Stream.map(client.get(identifier, { storage }), classOf),
        move: () => Stream.map(client.move(identifier, { destination }), classOf)
      }
      const responses: Stream.Stream<string, { readonly message: string }> = asked[one.operation]()
      const left = one.how === "leaving the stream" ? Stream.interruptWhen(responses, Effect.sleep(at(one))) : responses
      const told: Array<string> = []
      const running = yield* Stream.runForEach(left, (status) => Effect.sync(() => void told.push(status))).pipe(
        Effect.forkScoped({ startImmediately: true })
      )
      yield* Effect.sleep(at(one))
      // The operation is the association's first.
      const cancel = Effect.suspend(() => {
        const { contextId } = contextOf(association, one.operation)
        const messageIdBeingRespondedTo = one.how === "C-CANCEL of an unknown message" ? 99 : 1
        return association.dimse.send(contextId, C_CANCEL.request({ messageIdBeingRespondedTo }))
      })
      const happens: Record<Case["how"], Effect.Effect<unknown, unknown, Scope.Scope>> = {
        "C-CANCEL": cancel,
        "C-CANCEL twice": Effect.andThen(cancel, cancel),
        "C-CANCEL of an unknown message": cancel,
        interruption: Fiber.interrupt(running),
        "leaving the stream": Effect.void,
        abort: association.abort,
        "abort by the provider": Effect.suspend(() => associations[0]?.abort ?? Effect.void),
        "end of the user's scope": Scope.close(userScope, Exit.fail("over")),
        "abort of the provider's server": archive.server.abort,
        "drain of the provider's server": Effect.forkScoped(archive.server.drain),
        "abort of the move destination's server": workstation.server.abort
      }
      yield* Effect.ignore(happens[one.how])
      const exit = yield* Fiber.await(running)
      yield* settle
      // Where the operation is at its end the sub-operations are too.
      for (let i = 0; i < patience && (yield* workstation.server.associations) > 0; i++) yield* Effect.sleep("1 second")
      assert.strictEqual(yield* workstation.server.associations, 0, "an association with the move destination is left")
      const state = yield* association.state
      const inStep = state === "Sta6" && Exit.isSuccess(yield* Effect.exit(Verification.echo(association)))
      const end = state === "Sta6" ? (yield* association.release)._tag : "ended"
      yield* settle
      // Whoever leaves a silent peer waits for it to close, for as long as ARTIM runs.
      for (let i = 0; i < patience && (yield* archive.server.associations) > 0; i++) yield* Effect.sleep("1 second")
      assert.strictEqual(yield* archive.server.associations, 0, "an association with the provider is left")
      return { told, exit, inStep, end }
    })
    const running = yield* program.pipe(
      Effect.scoped,
      Effect.exit,
      Effect.provideService(Metric.FiberRuntimeMetrics, fibers.service),
      Effect.forkChild({ startImmediately: true })
    )
    for (let i = 0; i < 400 && running.pollUnsafe() === undefined; i++) {
      yield* settle
      yield* TestClock.adjust("500 millis")
    }
    assert.isDefined(running.pollUnsafe(), "it goes on")
    const exit = yield* Fiber.join(running)
    for (let i = 0; i < 20 && fibers.running() > 0; i++) yield* settle
    assert.strictEqual(fibers.running(), 0, "fibers are left")
    assert.strictEqual(made.finalized, made.begun, "a handler has not ended")
    return exit
  })

const at = (one: Case): `${number} millis` => `${one.at * 1000 + 500} millis`

const contextOf = (association: Association.Association, operation: Case["operation"]) => {
  const sopClass = {
    find: SopClass.StudyRootQueryRetrieveInformationModelFind,
    get: SopClass.StudyRootQueryRetrieveInformationModelGet,
    move: SopClass.StudyRootQueryRetrieveInformationModelMove
  }[operation]
  for (const [contextId, { abstractSyntax }] of association.contexts) {
    if (abstractSyntax === sopClass) return { contextId }
  }
  throw new Error(`there is no context for ${operation}`)
}

describe("a query or retrieval that is ended before its time", () => {
  it.effect.prop(
    "leaves the association in step or ended, no association of a sub-operation, no handler and no fiber",
    Case,
    (one) =>
      Effect.gen(function* () {
        const exit = yield* course(one)
        assert(Exit.isSuccess(exit), String(exit))
        const { end, exit: result, inStep, told } = exit.value
        const isOver = one.at >= one.responses
        const last = one.operation === "find" ? [] : ["Success"]
        // A C-MOVE has one more, which tells that there is a connection with the destination.
        const first = one.operation === "move" && one.responses > 0 ? 1 : 0
        const pendings = Array.from({ length: first + one.responses }, () => "Pending")
        const before = isOver ? [...pendings, ...last] : pendings.slice(0, first + one.at)
        const isIn = { inStep, end }
        const step = { inStep: true, end: "Released" }
        switch (one.how) {
          case "C-CANCEL":
          case "C-CANCEL twice": {
            assert.deepStrictEqual(told, before)
            const error = Exit.isFailure(result) ? String(result.cause) : "none"
            if (isOver) assert.strictEqual(error, "none")
            else assert.match(error, /terminated due to Cancel/)
            return assert.deepStrictEqual(isIn, step)
          }
          case "C-CANCEL of an unknown message":
          case "drain of the provider's server":
            assert.deepStrictEqual(told, [...pendings, ...last])
            return assert.deepStrictEqual(isIn, step)
          case "interruption":
          case "leaving the stream":
            assert.deepStrictEqual(told, before)
            return assert.deepStrictEqual(isIn, step)
          case "abort of the move destination's server": {
            // A query and a C-GET go on; what a C-MOVE had not stored has failed, and where that is all it has too.
            const hasFailed = one.operation === "move" && !isOver
            assert.deepStrictEqual(told, [...pendings, ...(!hasFailed ? last : one.at > 0 ? ["Warning"] : [])])
            return assert.deepStrictEqual(isIn, step)
          }
          default:
            assert.deepStrictEqual(told, before)
            return assert.isFalse(inStep)
        }
      }),
    { timeout: 120_000, arbitrary: { runs: 150 } }
  )

  it.effect.prop(
    "the same where a connection is cut or falls silent after some bytes of either direction: the user's, or that of a sub-operation",
    {
      ...Case,
      incoming: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 12_000 })),
      outgoing: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 12_000 })),
      whose: Schema.Literals(["user", "destination"]),
      fault: Schema.Literals(["FIN", "reset", "silence"])
    },
    ({ fault, incoming, outgoing, whose, ...one }) =>
      Effect.gen(function* () {
        const faultAfter = (bytes: number) => (fault === "silence" ? Fault.swallow(bytes) : Fault.cut(bytes, fault))
        const wire = (socket: Socket.Socket) =>
          Fault.incoming(Fault.outgoing(socket, faultAfter(outgoing)), faultAfter(incoming))
        const exit = yield* course(one, { [whose]: wire, patience: fault === "silence" ? 120 : 0 })
        // What happens to the sub-operations is no harm to the association that they are performed for.
        if (whose === "destination") {
          assert(Exit.isSuccess(exit), String(exit))
          const { end, inStep } = exit.value
          // Where nobody cancels, a silent destination may outlast the user's deadline for a response.
          if (["C-CANCEL", "C-CANCEL twice", "interruption", "leaving the stream"].includes(one.how)) {
            assert.deepStrictEqual({ inStep, end }, { inStep: true, end: "Released" })
          }
        } else if (Exit.isFailure(exit)) assert.notInclude(String(exit.cause), "AssertionError")
      }),
    { timeout: 120_000, arbitrary: { runs: 150 } }
  )
})
