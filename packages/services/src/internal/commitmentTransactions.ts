/**
 * The transactions of a user of Storage Commitment whose results are awaited.
 */
import * as Attribute from "@effect-dicom/data/Attribute"
import type { Uid } from "@effect-dicom/data/Uid"
import { StorageCommitmentPushModelInstance } from "@effect-dicom/data/UidRegistry"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as ServiceClassProvider from "../ServiceClassProvider.ts"
import * as ServiceError from "../ServiceError.ts"
import type * as StorageCommitment from "../StorageCommitment.ts"

type Result = StorageCommitment.Result
type Transactions = StorageCommitment.Transactions

/** Makes their registry, of the service class and the statuses that a report is answered with. */
export const make = (
  serviceClass: typeof StorageCommitment.serviceClass,
  ResultStatus: typeof StorageCommitment.ResultStatus
): Effect.Effect<Transactions> =>
  Effect.sync(() => {
    const awaited = new Map<Uid, { readonly deferred: Deferred.Deferred<Result>; waiting: number }>()

    const expect = (transactionUid: Uid): Effect.Effect<Effect.Effect<Result>, never, Scope.Scope> =>
      Effect.acquireRelease(
        Effect.sync(() => {
          const transaction = awaited.get(transactionUid) ?? { deferred: Deferred.makeUnsafe<Result>(), waiting: 0 }
          transaction.waiting++
          awaited.set(transactionUid, transaction)
          return transaction
        }),
        (transaction) =>
          Effect.sync(() => {
            if (--transaction.waiting === 0) awaited.delete(transactionUid)
          })
      ).pipe(Effect.map(({ deferred }) => Deferred.await(deferred)))

    const conclude = (result: Result) =>
      Effect.suspend(() => {
        const transaction = awaited.get(result.transactionUid)
        return transaction === undefined
          ? Effect.fail(
              ServiceError.refused(ResultStatus.of.InvalidArgumentValue(), {
                errorComment: "The transaction is not awaited",
                offendingElement: [Attribute.TransactionUID.tag]
              })
            )
          : Effect.asVoid(Deferred.succeed(transaction.deferred, result))
      })

    const provider = serviceClass.notificationHandlers({
      successful: ({ dataSet }) => conclude({ ...dataSet, failedSop: [] }),
      failuresExist: ({ dataSet }) => conclude({ referencedSop: [], ...dataSet })
    })

    const request: Transactions["request"] = (association, dataSet) =>
      // Awaited before it is asked for: the result may come before the response.
      Effect.tap(
        expect(dataSet.transactionUid),
        serviceClass.client(association).request({ sopInstanceUid: StorageCommitmentPushModelInstance, dataSet })
      )

    return {
      provider,
      request,
      expect,
      commit: (association, dataSet) =>
        Effect.scoped(
          Effect.gen(function* () {
            yield* Effect.forkScoped(Effect.ignore(ServiceClassProvider.serve(association, provider)), {
              startImmediately: true
            })
            // A result is there before its report is answered, and who serves is interrupted next.
            return yield* Effect.tap(Effect.flatten(request(association, dataSet)), association.dimse.quiet)
          })
        )
    }
  })
