import { AssociationError, Retry, UpperLayer } from "@effect-dicom/association"
import type { Association } from "@effect-dicom/association"
import * as Uid from "@effect-dicom/data/Uid"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Match from "effect/Match"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import type * as Socket from "effect/socket/Socket"
import * as TestClock from "effect/testing/TestClock"
import { GeneralStatus, ServiceClassProvider, ServiceStatus, StorageCommitment } from "../src/index.ts"
import { inTime, settled } from "./archives.ts"
import { type Joined, request, serve } from "./joined.ts"
import { ownStatuses } from "./ownStatuses.ts"

const { FailureReason, serviceClass, sopInstanceUid, transactions } = StorageCommitment

const transactionUid = Uid.makeUnsafe("2.25.1")

const [first, second] = ["2.25.11", "2.25.12"].map((uid) => ({
  referencedSopClassUid: Uid.makeUnsafe("1.2.840.10008.5.1.4.1.1.2"),
  referencedSopInstanceUid: Uid.makeUnsafe(uid)
}))
assert(first !== undefined && second !== undefined)

const asked: StorageCommitment.Request = { transactionUid, referencedSop: [first, second] }
const kept: StorageCommitment.Result = {
  transactionUid,
  retrieveAETitle: ["ARCHIVE"],
  referencedSop: [first, second],
  failedSop: []
}
const partly: StorageCommitment.Result = {
  transactionUid,
  referencedSop: [first],
  failedSop: [{ ...second, failureReason: FailureReason.of.NoSuchObjectInstance().code }]
}
const notAtAll: StorageCommitment.Result = {
  transactionUid,
  referencedSop: [],
  failedSop: [first, second].map((one) => ({ ...one, failureReason: FailureReason.of.ResourceLimitation().code }))
}

/** Reports to a user that is reached so, on an association of the report's own. */
const reportingAnew = <E>(
  connect: Effect.Effect<Socket.Socket, E>,
  { calledAETitle, callingAETitle }: Pick<Association.Association, "calledAETitle" | "callingAETitle">,
  result: StorageCommitment.Result
) =>
  Effect.flatMap(connect, (transport) =>
    Effect.provideService(
      StorageCommitment.reportAnew({ callingAETitle: calledAETitle, calledAETitle: callingAETitle }, result),
      UpperLayer.Transport,
      transport
    )
  )

describe("StorageCommitment", () => {
  it.effect("the result comes on the association of the request, after its response", () =>
    Effect.gen(function* () {
      for (const result of [kept, partly, notAtAll]) {
        let requested: unknown
        const provider = yield* StorageCommitment.provider({
          commit: ({ referencedSop, transactionUid }) => {
            requested = { referencedSop, transactionUid }
            return Effect.succeed(result)
          }
        })
        const joined = yield* serve([provider])
        const association = yield* request(joined, serviceClass.presentationContexts())
        const { commit } = yield* transactions
        assert.deepStrictEqual(yield* commit(association, asked), result)
        assert.deepStrictEqual(requested, asked)
      }
    })
  )

  it.effect("a report is answered before the association is released that its result was awaited on", () =>
    Effect.gen(function* () {
      const answered = yield* Deferred.make<unknown, StorageCommitment.ReportError>()
      const provider = yield* StorageCommitment.provider({
        commit: () => Effect.succeed(kept),
        report: (result, { association }) =>
          Effect.andThen(
            association.dimse.quiet,
            Deferred.into(
              Effect.map(StorageCommitment.report(association, result), ({ status }) => status._tag),
              answered
            )
          )
      })
      const joined = yield* serve([provider])
      const { commit } = yield* transactions
      const result = yield* Effect.scoped(
        Effect.flatMap(request(joined, serviceClass.presentationContexts()), (association) =>
          commit(association, asked)
        )
      )
      assert.deepStrictEqual([result, yield* Deferred.await(answered)], [kept, "Success"])
    })
  )

  it.effect("the result comes on an association that the provider requests, when the first is over", () =>
    Effect.gen(function* () {
      const scope = yield* Effect.scope
      const { provider: listener, request: ask } = yield* transactions
      const user = yield* serve([listener])
      const done = yield* Deferred.make<void>()
      const provider = yield* StorageCommitment.provider({
        commit: () => Effect.as(Deferred.await(done), kept),
        report: (result, { association }) => reportingAnew(user.connect, association, result)
      })
      const joined = yield* serve([provider])
      const result = yield* Effect.scoped(
        Effect.flatMap(request(joined, serviceClass.presentationContexts()), (association) =>
          // The transaction outlives the association.
          Effect.provideService(ask(association, asked), Scope.Scope, scope)
        )
      )
      yield* Deferred.succeed(done, undefined)
      assert.deepStrictEqual(yield* result, kept)
    })
  )

  it.effect("the result comes on a later association of the user's", () =>
    Effect.gen(function* () {
      const { expect, provider: listener, request: ask } = yield* transactions
      const joined = yield* serve([
        serviceClass.handlers({
          request: ({ association, dataSet }) =>
            dataSet.transactionUid === transactionUid
              ? Effect.void
              : Effect.asVoid(Effect.orDie(StorageCommitment.report(association, partly)))
        })
      ])
      const result = yield* ask(yield* request(joined, serviceClass.presentationContexts()), asked)
      const later = yield* request(joined, serviceClass.presentationContexts())
      const serving = yield* Effect.forkChild(ServiceClassProvider.serve(later, listener))
      yield* serviceClass
        .client(later)
        .request({ sopInstanceUid, dataSet: { ...asked, transactionUid: Uid.makeUnsafe("2.25.9") } })
      assert.deepStrictEqual(yield* result, partly)
      // Who awaits it once more has it already, and takes it from nobody.
      assert.deepStrictEqual(yield* Effect.scoped(Effect.flatten(expect(transactionUid))), partly)
      assert.deepStrictEqual(yield* Effect.flatten(expect(transactionUid)), partly)
      yield* Fiber.interrupt(serving)
    })
  )

  it.effect("a result that nobody awaits is refused", () =>
    Effect.gen(function* () {
      const { expect, provider } = yield* transactions
      const joined = yield* serve([provider])
      const { presentationContexts, userInformation } = serviceClass.proposal({ role: "SCP" })
      const association = yield* request(joined, presentationContexts, { userInformation })
      // Awaited, but no longer.
      yield* Effect.scoped(expect(transactionUid))
      const error = yield* Effect.flip(StorageCommitment.report(association, kept))
      assert.strictEqual(
        error.message,
        "The operation ended with Failure 0115H, Invalid argument value: The transaction is not awaited"
      )
    })
  )

  it.effect("where the association of the request is over, the provider requests another", () =>
    Effect.gen(function* () {
      const scope = yield* Effect.scope
      const { provider: listener, request: ask } = yield* transactions
      const user = yield* serve([listener])
      const over = yield* Deferred.make<void>()
      const provider = yield* StorageCommitment.provider({
        commit: () => Effect.as(Deferred.await(over), partly),
        report: (result, { association }) =>
          association.dimse.quiet.pipe(
            Effect.andThen(StorageCommitment.report(association, result)),
            Effect.catch(() => reportingAnew(user.connect, association, result))
          )
      })
      const joined = yield* serve([provider])
      const result = yield* Effect.scoped(
        Effect.flatMap(request(joined, serviceClass.presentationContexts()), (association) =>
          Effect.provideService(ask(association, asked), Scope.Scope, scope)
        )
      )
      yield* Deferred.succeed(over, undefined)
      assert.deepStrictEqual(yield* result, partly)
    })
  )

  /** A user that listens, a provider that has these ways to it, and what was logged. */
  const reached = Effect.fnUntraced(function* (
    reach?: (user: Joined, requested: StorageCommitment.Requested) => StorageCommitment.Way | undefined
  ) {
    const logged: Array<unknown> = []
    const logger = Logger.make(({ cause }) => void logged.push(Option.getOrUndefined(Cause.findErrorOption(cause))))
    const registry = yield* transactions
    const user = yield* serve([registry.provider])
    const commits: Array<Uid.Uid> = []
    const proceed = yield* Deferred.make<void>()
    const provider = yield* StorageCommitment.provider({
      commit: ({ transactionUid }) => {
        commits.push(transactionUid)
        return Effect.as(Deferred.await(proceed), partly)
      },
      ...(reach === undefined ? {} : { reach: (requested) => Effect.sync(() => reach(user, requested)) })
    })
    const joined = yield* serve([
      {
        ...provider,
        perform: (incoming, association) => {
          const performed = provider.perform(incoming, association)
          return Effect.isEffect(performed) ? Effect.provide(performed, Logger.layer([logger])) : performed
        }
      }
    ])
    return { ...registry, commits, joined, logged, proceed: Deferred.succeed(proceed, undefined) }
  })

  const toUser = (user: Joined): StorageCommitment.Way => ({
    transport: Layer.effect(UpperLayer.Transport, user.connect)
  })

  it.effect("a user that releases at once is told on an association of the provider's, where that knows the way", () =>
    Effect.gen(function* () {
      const ways: Array<string> = []
      const {
        joined,
        logged,
        proceed,
        request: ask
      } = yield* reached((user, { association, transactionUid }) => {
        ways.push(`${association.callingAETitle} ${transactionUid}`)
        return toUser(user)
      })
      const scope = yield* Effect.scope
      const association = yield* request(joined, serviceClass.presentationContexts())
      const result = yield* Effect.provideService(ask(association, asked), Scope.Scope, scope)
      assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
      yield* proceed
      assert.deepStrictEqual(yield* result, partly)
      assert.deepStrictEqual([ways, logged], [["SCU 2.25.1"], []])
    })
  )

  it.effect("so is one that aborts, or does not answer on the association of its request", () =>
    Effect.gen(function* () {
      for (const course of ["abort", "silence"] as const) {
        const { joined, proceed, request: ask } = yield* reached(toUser)
        const association = yield* request(joined, serviceClass.presentationContexts())
        const result = yield* ask(association, asked)
        const waiting = yield* Effect.forkChild(result)
        if (course === "abort") yield* association.abort
        else
          yield* Effect.forkChild(
            association.dimse.perform(() => Effect.never),
            { startImmediately: true }
          )
        yield* proceed
        yield* inTime(Fiber.await(waiting))
        assert.deepStrictEqual(yield* Fiber.join(waiting), partly)
      }
    })
  )

  it.effect("so is one that takes no reports on the association of its request", () =>
    Effect.gen(function* () {
      const { joined, proceed, request: ask } = yield* reached(toUser)
      const association = yield* request(joined, serviceClass.presentationContexts())
      const result = yield* ask(association, asked)
      // It performs nothing there, and refuses the report with 0122H.
      yield* proceed
      assert.deepStrictEqual(yield* result, partly)
      assert.deepStrictEqual(yield* association.release, { _tag: "Released" })
    })
  )

  it.effect("where no way to the user is known, or none leads there, that is what fails", () =>
    Effect.gen(function* () {
      const nobody = Layer.effect(
        UpperLayer.Transport,
        Effect.fail(new AssociationError.ConnectFailed({ cause: new Error("nobody listens") }))
      )
      const messages: Array<unknown> = []
      for (const way of [undefined, { transport: nobody }]) {
        const { joined, logged, proceed, request: ask } = yield* reached(() => way)
        const association = yield* request(joined, serviceClass.presentationContexts())
        yield* ask(association, asked)
        yield* association.release
        yield* proceed
        yield* settled
        messages.push(...logged.map((error) => (error instanceof Error ? error.message : error)))
      }
      assert.deepStrictEqual(messages, [
        "The result of transaction 2.25.1 was not reported to SCU: its association is over, and no other way to it is known",
        "The result of transaction 2.25.1 was not reported to SCU: its association is over, and another was of no use: " +
          "The transport connection could not be opened: nobody listens"
      ])
    })
  )

  it.effect("what the user answers to a report is no reason for another", () =>
    Effect.gen(function* () {
      const { joined, logged, proceed } = yield* reached(toUser)
      const association = yield* request(joined, serviceClass.presentationContexts())
      const stranger = yield* transactions
      yield* Effect.forkChild(ServiceClassProvider.serve(association, stranger.provider), { startImmediately: true })
      yield* serviceClass.client(association).request({ sopInstanceUid, dataSet: asked })
      yield* proceed
      yield* settled
      assert.deepStrictEqual(
        logged.map((error) => (error instanceof Error ? error.message : error)),
        ["The operation ended with Failure 0115H, Invalid argument value: The transaction is not awaited"]
      )
    })
  )

  it.effect(
    "a transaction that is asked for twice is committed and reported twice, and is one result for its user",
    () =>
      Effect.gen(function* () {
        const { commits, joined, logged, proceed, request: ask } = yield* reached(toUser)
        const results: Array<StorageCommitment.Result> = []
        for (const _ of [1, 2]) {
          const association = yield* request(joined, serviceClass.presentationContexts())
          const result = yield* ask(association, asked)
          yield* association.release
          yield* Effect.forkChild(Effect.map(result, (one) => results.push(one)))
        }
        yield* proceed
        yield* settled
        assert.deepStrictEqual([commits.length, results, logged], [2, [partly, partly], []])
      })
  )

  it.effect("a report is tried again until the user can be reached, and one that comes twice is taken twice", () =>
    Effect.gen(function* () {
      const { expect, provider: listener } = yield* transactions
      const user = yield* serve([listener])
      const result = yield* expect(transactionUid)
      let tries = 0
      const connect = Effect.suspend(() =>
        ++tries < 3 ? Effect.fail(new AssociationError.ConnectFailed({ cause: "nobody listens" })) : user.connect
      )
      const report = reportingAnew(connect, { callingAETitle: "SCU", calledAETitle: "SCP" }, partly)
      const reporting = yield* Effect.forkChild(
        Effect.retry(report, { schedule: Retry.schedule({ first: "1 minute" }), while: Retry.isTransient })
      )
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual((yield* Fiber.join(reporting)).status._tag, "Success")
      assert.deepStrictEqual([tries, yield* result], [3, partly])
      assert.strictEqual((yield* report).status._tag, "Success")
    })
  )

  it.effect("a provider refuses what it does not take on, and then nothing is awaited", () =>
    Effect.gen(function* () {
      const { commit, provider: listener } = yield* transactions
      const provider = yield* StorageCommitment.provider({
        check: () => Effect.fail(StorageCommitment.RequestStatus.of.ResourceLimitation()),
        commit: () => Effect.die("never")
      })
      const association = yield* request(yield* serve([provider]), serviceClass.presentationContexts())
      const error = yield* Effect.flip(commit(association, asked))
      assert.strictEqual(error.message, "The operation ended with Failure 0213H, Resource limitation")
      const listening = yield* serve([listener])
      const { presentationContexts, userInformation } = serviceClass.proposal({ role: "SCP" })
      const reporting = yield* request(listening, presentationContexts, { userInformation })
      assert.strictEqual((yield* Effect.flip(StorageCommitment.report(reporting, kept)))._tag, "Refused")
    })
  )

  it("the class has no statuses of its own (PS3.4 sections J.3.2.1.4 and J.3.3.1.4)", () => {
    assert.deepStrictEqual(ownStatuses(StorageCommitment.RequestStatus, GeneralStatus.action), [])
    assert.deepStrictEqual(ownStatuses(StorageCommitment.ResultStatus, GeneralStatus.eventReport), [])
  })

  it("the failure reasons are those of PS3.3 section C.14.1.1", () => {
    assert.deepStrictEqual(
      Object.values(FailureReason.rows).map(({ first }) => [
        first.toString(16),
        ServiceStatus.meaning(FailureReason, { code: first })
      ]),
      [
        ["110", "Processing failure"],
        ["112", "No such object instance"],
        ["119", "Class/Instance conflict"],
        ["122", "Referenced SOP Class not supported"],
        ["131", "Duplicate transaction UID"],
        ["213", "Resource limitation"]
      ]
    )
  })

  it("the types of action and events are those of PS3.4 Tables J.3-1 and J.3-2, the instance that of J.3.5", () => {
    const { failuresExist, request, successful } = serviceClass.operations
    assert.deepStrictEqual([request.typeId, successful.typeId, failuresExist.typeId], [1, 1, 2])
    assert.deepStrictEqual([...serviceClass.sopClasses, sopInstanceUid].map(String), [
      "1.2.840.10008.1.20.1",
      "1.2.840.10008.1.20.1.1"
    ])
  })

  it("reasons are matched exhaustively, and what the class does not have does not compile", () => {
    const told = Match.type<StorageCommitment.FailureReason>().pipe(
      Match.tagsExhaustive({
        ProcessingFailure: () => "again",
        NoSuchObjectInstance: () => "send it",
        ClassInstanceConflict: () => "look into it",
        ReferencedSopClassNotSupported: () => "elsewhere",
        DuplicateTransactionUid: () => "another UID",
        ResourceLimitation: () => "later"
      })
    )
    assert.strictEqual(told(FailureReason.of.NoSuchObjectInstance()), "send it")
    const notRun = (association: Association.Association) => {
      // @ts-expect-error: a request has instances
      serviceClass.client(association).request({ sopInstanceUid, dataSet: { transactionUid } })
      // @ts-expect-error: the provider sends the result
      serviceClass.client(association).successful({ sopInstanceUid, dataSet: kept })
      // @ts-expect-error: a result says what failed
      StorageCommitment.report(association, { transactionUid, referencedSop: [first] })
      // @ts-expect-error: the handler of the request is missing
      serviceClass.handlers({})
      const check = () => Effect.fail(FailureReason.of.DuplicateTransactionUid())
      // @ts-expect-error: N-ACTION has no such status
      StorageCommitment.provider({ commit: () => Effect.succeed(kept), check })
    }
    assert.isFunction(notRun)
  })
})
