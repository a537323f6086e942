import { UpperLayer } from "@effect-dicom/association"
import { InMemory } from "@effect-dicom/association/testing"
import * as Attribute from "@effect-dicom/data/Attribute"
import * as AttributeMatching from "@effect-dicom/data/AttributeMatching"
import * as DataSet from "@effect-dicom/data/DataSet"
import * as DataSetSchema from "@effect-dicom/data/DataSetSchema"
import * as SopClass from "@effect-dicom/data/SopClass"
import * as TransferSyntax from "@effect-dicom/data/TransferSyntax"
import * as Uid from "@effect-dicom/data/Uid"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import {
  ApplicationInformation,
  GeneralStatus,
  Operation,
  ServiceClass,
  ServiceClassProvider,
  ServiceError,
  ServiceStatus
} from "../src/index.ts"
import { request, serve } from "./joined.ts"

// -----------------------------------------------------------------------------
// a private service class with an operation of each kind
// -----------------------------------------------------------------------------

const sopClass = Uid.makeUnsafe("2.25.299792458")
const sopInstanceUid = Uid.makeUnsafe("2.25.1")

const Machine = DataSetSchema.Struct({
  name: DataSetSchema.type1(Attribute.StationName),
  id: DataSetSchema.type2(Attribute.DeviceSerialNumber)
})
const Part = DataSetSchema.Struct({ id: DataSetSchema.key(Attribute.DeviceSerialNumber) })

const Statuses = {
  find: ServiceStatus.make({
    ...GeneralStatus.find,
    IdentifierDoesNotMatchSopClass: ServiceStatus.failure(0xa900, "Identifier does not match SOP Class"),
    Unable: ServiceStatus.failure([0xc000, 0xcfff], "Unable to process"),
    Continuing: ServiceStatus.pending(0xff00, "Continuing"),
    Vague: ServiceStatus.pending(0xff01, "Continuing, vaguely"),
    LimitReached: ServiceStatus.warning(0xb001, "Limit reached"),
    Cancelled: ServiceStatus.cancel("Cancelled")
  }),
  create: ServiceStatus.make({ ...GeneralStatus.create, Full: ServiceStatus.failure(0xc001, "The hall is full") }),
  set: ServiceStatus.make(GeneralStatus.setAttributes),
  get: ServiceStatus.make(GeneralStatus.getAttributes),
  start: ServiceStatus.make({ ...GeneralStatus.action, Busy: ServiceStatus.failure(0xc002, "Busy") }),
  remove: ServiceStatus.make(GeneralStatus.delete),
  report: ServiceStatus.make(GeneralStatus.eventReport)
}

const Hall = ServiceClass.make("Machine Hall", {
  sopClasses: [sopClass],
  operations: {
    find: Operation.find({
      statuses: Statuses.find,
      identifier: Part,
      match: Machine,
      extendedNegotiation: ApplicationInformation.make({ fuzzy: "flag", loud: "flag" })
    }),
    install: Operation.create({ statuses: Statuses.create, attributes: Machine }),
    change: Operation.setAttributes({ statuses: Statuses.set, modifications: Machine }),
    inspect: Operation.getAttributes({ statuses: Statuses.get, attributes: Machine }),
    start: Operation.action({ statuses: Statuses.start, actionTypeId: 1, information: Operation.none }),
    stop: Operation.action({ statuses: Statuses.start, actionTypeId: 2, usage: "U" }),
    remove: Operation.delete({ statuses: Statuses.remove }),
    started: Operation.eventReport({
      statuses: Statuses.report,
      eventTypeId: 7,
      information: Operation.optional(Machine)
    })
  }
})

const lathe = { name: "LATHE", id: "1" }
const press = { name: "PRESS", id: null }

const handlers = {
  find: () => Stream.make({ identifier: lathe }, { identifier: press, status: Statuses.find.of.Vague() }),
  install: () => Effect.void,
  change: () => Effect.void,
  inspect: () => Effect.succeed({ dataSet: lathe }),
  start: () => Effect.void,
  remove: () => Effect.void
} satisfies ServiceClass.Handlers<typeof Hall.operations>

type Changed = Partial<ServiceClass.Handlers<typeof Hall.operations, "SCU", never>>

const hall = Effect.fnUntraced(function* (changed: Changed = {}) {
  const joined = yield* serve([Hall.handlers({ ...handlers, ...changed })])
  return Hall.client(yield* request(joined, Hall.presentationContexts()))
})

describe("ServiceClass", () => {
  it.effect("a find gives the matches with their statuses", () =>
    Effect.gen(function* () {
      let asked: unknown
      const joined = yield* serve([
        Hall.handlers({
          ...handlers,
          find: ({ identifier }) => {
            asked = identifier
            return handlers.find()
          }
        })
      ])
      const client = Hall.client(yield* request(joined, Hall.presentationContexts()))
      const id = AttributeMatching.singleValue("1")
      assert.deepStrictEqual(yield* Stream.runCollect(client.find({ id })), [
        { identifier: lathe, status: { _tag: "Continuing", class: "Pending", code: 0xff00 } },
        { identifier: press, status: { _tag: "Vague", class: "Pending", code: 0xff01 } }
      ])
      assert.deepStrictEqual(asked, { id })
    })
  )

  it.effect("a find that fails gives the matches before, and then the status with its details", () =>
    Effect.gen(function* () {
      const joined = yield* serve([
        Hall.handlers({
          ...handlers,
          find: () =>
            Stream.concat(
              Stream.make({ identifier: lathe }),
              Stream.fail(ServiceError.refused(Statuses.find.of.Unable(0xc123), { errorComment: "No light" }))
            )
        })
      ])
      const client = Hall.client(yield* request(joined, Hall.presentationContexts()))
      const found = yield* Stream.runCollect(Stream.result(client.find({})))
      const [first, second, ...others] = found
      assert.deepStrictEqual(others, [])
      assert(first !== undefined && Result.isSuccess(first))
      assert.deepStrictEqual(first.success.identifier, lathe)
      assert(second !== undefined && Result.isFailure(second))
      const error = second.failure
      assert(error._tag === "Refused")
      assert.deepStrictEqual(error.status, { _tag: "Unable", class: "Failure", code: 0xc123 })
      assert.deepStrictEqual(error.details, { errorComment: "No light" })
      assert.strictEqual(error.message, "The operation ended with Failure C123H, Unable to process: No light")
    })
  )

  it.effect("what is no status of a failure, as untyped code may fail with, is answered with processing failure", () =>
    Effect.gen(function* () {
      for (const failure of ["no status", undefined, { code: 0 }, { code: 0xff00 }, { code: 0x1c123 }]) {
        const refused = Statuses.find.of.Unable()
        // the cast: what the types refuse
        const client = yield* hall({ find: () => Stream.fail(failure as unknown as typeof refused) })
        const error = yield* Effect.flip(Stream.runDrain(client.find({})))
        assert.strictEqual(error.message, "The operation ended with Failure 0110H, Processing failure")
      }
    })
  )

  it.effect("a find that ends with a warning tells it", () =>
    Effect.gen(function* () {
      const client = yield* hall({ find: () => Stream.fail(Statuses.find.of.LimitReached()) })
      let final: unknown
      const found = yield* Stream.runCollect(
        client.find({}, { onFinal: ({ status }) => Effect.sync(() => (final = status)) })
      )
      assert.deepStrictEqual([found, final], [[], Statuses.find.of.LimitReached()])
    })
  )

  it.effect("an N-CREATE without an instance gives the one that the provider made", () =>
    Effect.gen(function* () {
      const client = yield* hall({
        install: () => Effect.succeed({ sopInstanceUid, status: Statuses.create.of.AttributeListError() })
      })
      const { dataSet, sopInstanceUid: made, status } = yield* client.install({ dataSet: lathe })
      assert.deepStrictEqual(
        [dataSet, made, status],
        [undefined, sopInstanceUid, { _tag: "AttributeListError", class: "Warning", code: 0x0107 }]
      )
    })
  )

  it.effect("an N-SET, an N-ACTION and an N-DELETE end with success, or with the status of the handler", () =>
    Effect.gen(function* () {
      const client = yield* hall({ start: () => Effect.fail(Statuses.start.of.Busy()) })
      assert.strictEqual((yield* client.change({ sopInstanceUid, dataSet: press })).status._tag, "Success")
      assert.strictEqual((yield* client.remove({ sopInstanceUid })).status._tag, "Success")
      const error = yield* Effect.flip(client.start({ sopInstanceUid }))
      assert(error._tag === "Refused")
      assert.deepStrictEqual(error.status, { _tag: "Busy", class: "Failure", code: 0xc002 })
    })
  )

  it.effect(
    "an operation of usage U without a handler is an unrecognized operation where no other is of its service",
    () =>
      Effect.gen(function* () {
        const client = yield* hall()
        const error = yield* Effect.flip(client.stop({ sopInstanceUid }))
        assert(error._tag === "Refused")
        assert.strictEqual(error.status.code, 0x0123)
        assert.strictEqual(error.message, "The operation ended with Failure 0123H, No such action type")
      })
  )

  it.effect("an N-CREATE whose data set lacks an attribute is refused with the attribute and the reason", () =>
    Effect.gen(function* () {
      const Raw = ServiceClass.make("Raw", {
        sopClasses: [sopClass],
        operations: {
          install: Operation.create({ statuses: Statuses.create }),
          find: Operation.find({ statuses: Statuses.find })
        }
      })
      const joined = yield* serve([Hall.handlers(handlers)])
      const client = Raw.client(yield* request(joined, Raw.presentationContexts()))
      const empty = DataSet.empty(TransferSyntax.ExplicitVRLittleEndian)
      const absent = yield* Effect.flip(client.install({ dataSet: empty }))
      assert(absent._tag === "Refused")
      assert.deepStrictEqual(absent.status, { _tag: "MissingAttribute", class: "Failure", code: 0x0120 })
      assert.deepStrictEqual(absent.details.attributeIdentifierList, [
        Attribute.StationName.tag,
        Attribute.DeviceSerialNumber.tag
      ])
      assert.match(absent.details.errorComment ?? "", /^\(0008,1010\) StationName, SH: "absent"; permitted: type 1/)
      const none = yield* Effect.flip(client.install({}))
      assert(none._tag === "Refused")
      assert.deepStrictEqual(none.status, { _tag: "InvalidAttributeValue", class: "Failure", code: 0x0106 })
    })
  )

  it.effect("what a client cannot write is not sent", () =>
    Effect.gen(function* () {
      const client = yield* hall()
      const error = yield* Effect.flip(client.install({ dataSet: { name: "A NAME THAT IS TOO LONG", id: null } }))
      assert.strictEqual(error._tag, "Unwritable")
      assert.match(error.message, /^The data set of the N-CREATE-RQ could not be written: /)
    })
  )

  it.effect("a response without what the schema asks for cannot be read", () =>
    Effect.gen(function* () {
      const Loose = ServiceClass.make("Loose", {
        sopClasses: [sopClass],
        operations: { inspect: Operation.getAttributes({ statuses: Statuses.get }) }
      })
      const joined = yield* serve([Loose.handlers({ inspect: () => Effect.void })])
      const client = Hall.client(yield* request(joined, Hall.presentationContexts()))
      const error = yield* Effect.flip(client.inspect({ sopInstanceUid }))
      assert.strictEqual(
        error.message,
        "The data set of the N-GET-RSP could not be read: there is none, and there must be one"
      )
    })
  )

  it.effect("without an accepted context nothing is sent", () =>
    Effect.gen(function* () {
      const joined = yield* serve([])
      const client = Hall.client(yield* request(joined, Hall.presentationContexts()))
      const error = yield* Effect.flip(client.remove({ sopInstanceUid }))
      assert.strictEqual(error._tag, "NoPresentationContext")
    })
  )

  it.effect("a notification goes back on the association on which the peer is the SCU", () =>
    Effect.gen(function* () {
      const joined = yield* serve([
        Hall.handlers({
          ...handlers,
          start: ({ association, sopInstanceUid }) =>
            Effect.orDie(Hall.notifier(association).started({ sopInstanceUid, dataSet: lathe })).pipe(Effect.asVoid)
        })
      ])
      const association = yield* request(joined, Hall.presentationContexts())
      const told: Array<unknown> = []
      const listening = yield* Effect.forkChild(
        ServiceClassProvider.serve(
          association,
          Hall.notificationHandlers({
            started: ({ command, dataSet, sopInstanceUid }) =>
              Effect.sync(() => void told.push({ eventTypeId: command.eventTypeId, dataSet, sopInstanceUid }))
          })
        )
      )
      yield* Hall.client(association).start({ sopInstanceUid })
      assert.deepStrictEqual(told, [{ eventTypeId: 7, dataSet: lathe, sopInstanceUid }])
      yield* Fiber.interrupt(listening)
    })
  )

  it.effect("a provider of a class that has notifications only supports it", () =>
    Effect.gen(function* () {
      const { started } = Hall.operations
      const Told = ServiceClass.make("Told", { sopClasses: [sopClass], operations: { started } })
      const joined = yield* serve([Told.handlers({})])
      const association = yield* request(joined, Told.presentationContexts())
      assert.deepStrictEqual(
        [...association.contexts.values()].map(({ abstractSyntax }) => abstractSyntax),
        [sopClass]
      )
    })
  )

  it.effect("an SCP that requests the association negotiates its role", () =>
    Effect.gen(function* () {
      const told: Array<unknown> = []
      const joined = yield* serve([
        Hall.notificationHandlers({ started: ({ dataSet }) => Effect.sync(() => void told.push(dataSet)) })
      ])
      const { presentationContexts, userInformation } = Hall.proposal({ role: "SCP" })
      const association = yield* request(joined, presentationContexts, { userInformation })
      assert.deepStrictEqual(
        [...association.contexts.values()].map((context) => context.requestorRole),
        [{ scu: false, scp: true }]
      )
      yield* Hall.notifier(association).started({ sopInstanceUid })
      assert.deepStrictEqual(told, [undefined])
    })
  )

  it.effect("extended negotiation: what was proposed, agreed and answered is seen by both sides", () =>
    Effect.gen(function* () {
      let seen: unknown
      const joined = yield* serve([
        Hall.handlers(
          {
            ...handlers,
            find: ({ extendedNegotiation }) => {
              seen = extendedNegotiation
              return Stream.empty
            }
          },
          { extendedNegotiation: { find: (proposed) => ({ ...proposed, loud: false }) } }
        )
      ])
      const { presentationContexts, userInformation } = Hall.proposal({
        extendedNegotiation: { find: { fuzzy: true, loud: true } }
      })
      const association = yield* request(joined, presentationContexts, { userInformation })
      assert.deepStrictEqual(Hall.negotiated(association, "find"), { fuzzy: true, loud: false })
      yield* Stream.runDrain(Hall.client(association).find({}))
      assert.deepStrictEqual(seen, { fuzzy: true, loud: false })
    })
  )

  it("what is proposed in extended negotiation and cannot be written is a defect that names the operation", () => {
    const loud = ServiceClass.make("Loud", {
      sopClasses: [sopClass],
      operations: {
        find: Operation.find({
          statuses: Statuses.find,
          extendedNegotiation: ApplicationInformation.make({ level: { levels: [0, 1] } })
        })
      }
    })
    assert.throws(
      // @ts-expect-error: there is no such level
      () => loud.proposal({ extendedNegotiation: { find: { level: 2 } } }),
      'What is negotiated for the operation "find" of the service class "Loud" cannot be written: '
    )
    const provider = loud.handlers(
      { find: () => Stream.empty },
      // @ts-expect-error: there is no such level
      { extendedNegotiation: { find: () => ({ level: 2 }) } }
    )
    assert.throws(() => provider.extendedNegotiation?.(sopClass, Uint8Array.of(1)), 'the operation "find"')
    assert.strictEqual(provider.extendedNegotiation?.(SopClass.Verification, Uint8Array.of(1)), undefined)
  })

  it.effect("a layer of handlers is a service that a server takes in the place of a provider", () =>
    Effect.gen(function* () {
      class Names extends Context.Service<Names, { readonly first: string }>()("test/Names") {}
      const provided = Hall.layer({
        ...handlers,
        inspect: () => Effect.map(Names, ({ first }) => ({ dataSet: { name: first, id: null } }))
      })
      const listener = yield* InMemory.server({ lends: true })
      yield* Layer.build(
        ServiceClassProvider.layer([Hall.provider]).pipe(
          Layer.provide(provided),
          Layer.provide(Layer.succeed(Names, { first: "SAW" })),
          Layer.provide(Layer.succeed(UpperLayer.Listener, listener))
        )
      )
      const association = yield* request(listener, Hall.presentationContexts())
      const { dataSet } = yield* Hall.client(association).inspect({ sopInstanceUid })
      assert.strictEqual(dataSet.name, "SAW")
    })
  )

  it.effect("the command names the SOP class that an operation affects, not that of its context", () =>
    Effect.gen(function* () {
      const Meta = ServiceClass.make("Meta", {
        sopClasses: [SopClass.BasicGrayscalePrintManagementMeta],
        operations: { remove: Operation.delete({ statuses: Statuses.remove, affects: SopClass.BasicFilmBox }) }
      })
      const Other = ServiceClass.make("Other", {
        sopClasses: [SopClass.BasicGrayscalePrintManagementMeta],
        operations: { remove: Operation.delete({ statuses: Statuses.remove }) }
      })
      let named: unknown
      const joined = yield* serve([
        Meta.handlers({ remove: ({ sopClassUid }) => Effect.sync(() => void (named = sopClassUid)) })
      ])
      const association = yield* request(joined, Meta.presentationContexts())
      yield* Meta.client(association).remove({ sopInstanceUid })
      assert.strictEqual(named, SopClass.BasicFilmBox)
      const error = yield* Effect.flip(Other.client(association).remove({ sopInstanceUid }))
      assert(error._tag === "Refused")
      assert.deepStrictEqual(error.status, { _tag: "NoSuchSopClass", class: "Failure", code: 0x0118 })
    })
  )

  it.effect("a SOP class of a Meta SOP class without a handler for an operation is known, another one is not", () =>
    Effect.gen(function* () {
      const removing = { statuses: Statuses.remove, usage: "U" } as const
      const operations = {
        removeBox: Operation.delete({ ...removing, affects: SopClass.BasicFilmBox }),
        removeSession: Operation.delete({ ...removing, affects: SopClass.BasicFilmSession })
      }
      const sopClasses = [SopClass.BasicGrayscalePrintManagementMeta]
      const Meta = ServiceClass.make("Meta", { sopClasses, operations })
      const Wide = ServiceClass.make("Wide", {
        sopClasses,
        operations: { ...operations, removeJob: Operation.delete({ ...removing, affects: SopClass.PrintJob }) }
      })
      const joined = yield* serve([Meta.handlers({ removeBox: () => Effect.void })])
      const client = Wide.client(yield* request(joined, Wide.presentationContexts()))
      assert.strictEqual((yield* client.removeBox({ sopInstanceUid })).status._tag, "Success")
      const session = yield* Effect.flip(client.removeSession({ sopInstanceUid }))
      assert.strictEqual(session.message, "The operation ended with Failure 0211H, Unrecognized operation")
      const job = yield* Effect.flip(client.removeJob({ sopInstanceUid }))
      assert.strictEqual(job.message, "The operation ended with Failure 0118H, No such SOP Class")
    })
  )

  it("what the class does not have does not compile", () => {
    const notRun = (client: ServiceClass.Client<typeof Hall.operations>) => {
      // @ts-expect-error: there is no such operation
      client.explode({ sopInstanceUid })
      // @ts-expect-error: the SCP invokes this one
      client.started({ sopInstanceUid })
      // @ts-expect-error: the data set is required
      client.change({ sopInstanceUid })
      // @ts-expect-error: an N-SET is of an instance
      client.change({ dataSet: lathe })
      // @ts-expect-error: this action has no information
      client.start({ sopInstanceUid, dataSet: lathe })
      // @ts-expect-error: the name is text
      client.install({ dataSet: { name: 1, id: null } })
      // @ts-expect-error: a handler is missing
      Hall.handlers({ find: handlers.find })
      // @ts-expect-error: there is no such operation
      Hall.handlers({ ...handlers, explode: () => Effect.void })
      // @ts-expect-error: the operation has no such status
      Hall.handlers({ ...handlers, start: () => Effect.fail(Statuses.create.of.Full()) })
      // @ts-expect-error: a warning is no failure of an N-ACTION that it has
      Hall.handlers({ ...handlers, start: () => Effect.fail(Statuses.find.of.LimitReached()) })
      // @ts-expect-error: the attributes are required
      Hall.handlers({ ...handlers, inspect: () => Effect.void })
      // @ts-expect-error: a match has a pending status
      Hall.handlers({ ...handlers, find: () => Stream.make({ identifier: lathe, status: Statuses.find.of.Unable() }) })
      // @ts-expect-error: there is nothing to negotiate for this operation
      Hall.proposal({ extendedNegotiation: { install: {} } })
      const provider: ServiceClassProvider.ServiceClassProvider = Hall.handlers(handlers)
      return provider
    }
    assert.isFunction(notRun)
  })
})
