/**
 * Very many operations of all services at once, of both sides, in random order, with performers that take their time: each
 * response reaches its request, and no side has more outstanding than it may.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Command from "@effect-dicom/protocol/Command"
import * as Status from "@effect-dicom/protocol/Status"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Dimse from "@effect-dicom/association/Dimse"
import { contextId, exchanging, many, performing, single } from "./exchange.ts"
import { settle } from "./interop/sides.ts"

/** Numbers from 0 to below 1, the same for the same seed. */
const random = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}

/** A data set that is a number, and the number of a data set. */
const dataSet = (token: number) => [Uint8Array.of(token >>> 8, token), new Uint8Array(token % 50)]
const token = (views: ReadonlyArray<Uint8Array> | undefined) => {
  const bytes = Buffer.concat([...(views ?? [])])
  return bytes.length < 2 ? undefined : bytes.readUInt16BE(0)
}

const sides = ["requestor", "acceptor"] as const
const singles = Object.values(single)
const several = Object.values(many)
const total = 10_000

for (const [name, places] of [
  ["1, which is not negotiated", 1],
  ["4", 4],
  ["no limit", 0]
] as const) {
  describe(`a window of ${name}`, () => {
    it.effect("has each response of 10,000 operations of both sides reach its request", () =>
      Effect.gen(function* () {
        const next = random(places + 1)
        const window = { maximumInvoked: places, maximumPerformed: places }
        const ends = yield* exchanging(places === 1 ? {} : { requestor: window, acceptor: window })
        const performed = { requestor: 0, acceptor: 0 }
        const most = { requestor: 0, acceptor: 0 }
        // A handler takes 0 to 3 milliseconds, and says what it was asked in its error comment and its data set.
        const pause = Effect.suspend(() => (next() < 0.5 ? Effect.void : Effect.sleep(Math.floor(next() * 4))))
        for (const side of sides) {
          yield* performing(ends[side].association, (incoming) => {
            const { command } = incoming
            const asked = Effect.map(Effect.orDie(Dimse.collect(incoming)), token)
            most[side] = Math.max(most[side], ++performed[side])
            const done = Effect.sync(() => {
              performed[side]--
            })
            const last = (n: number | undefined): Command.Response => ({
              ...Command.respond(command, Status.success),
              errorComment: String(n)
            })
            if (!(command._tag in many)) {
              return Effect.ensuring(
                Effect.andThen(pause, asked).pipe(
                  Effect.tap(() => pause),
                  Effect.map((n) => ({ command: last(n), ...(n !== undefined && { dataSet: dataSet(n) }) }))
                ),
                done
              )
            }
            return {
              responses: Stream.unwrap(
                Effect.map(asked, (n = 0) =>
                  Stream.range(1, n % 5).pipe(
                    Stream.mapEffect((i) =>
                      Effect.as(pause, {
                        command: Command.respond(command, Status.pending),
                        dataSet: dataSet((n + i) & 0xffff)
                      })
                    ),
                    Stream.concat(Stream.make<ReadonlyArray<Dimse.Reply>>(last(n)))
                  )
                )
              ).pipe(Stream.ensuring(done))
            }
          })
        }
        let finished = 0
        let left = 0
        const wrong: Array<unknown> = []
        const expect = (n: number, what: string, value: unknown, expected: unknown) => {
          if (JSON.stringify(value) !== JSON.stringify(expected)) wrong.push([n, what, value, expected])
        }
        const operation = (n: number): Effect.Effect<unknown, unknown> => {
          const { dimse } = ends[sides[n % 2] ?? "requestor"].association
          const whether = next()
          if (whether < 0.25) {
            const responses = dimse.responses(
              contextId,
              several[Math.floor(next() * several.length)] ?? many["C-FIND-RQ"],
              dataSet(n)
            )
            // One in ten is left after its first response.
            const some = next() < 0.1
            return Stream.runCollect(some ? Stream.take(responses, 1) : responses).pipe(
              Effect.map((answers) => {
                const all = [...Array.from({ length: n % 5 }, (_, i) => (n + i + 1) & 0xffff), undefined]
                const seen = answers.map(({ dataSet }) => token(dataSet))
                expect(n, "identifiers", seen, some ? all.slice(0, 1) : all)
                if (!some) expect(n, "last", answers.at(-1)?.command.errorComment, String(n))
              })
            )
          }
          const request = singles[Math.floor(next() * singles.length)] ?? single["C-STORE-RQ"]
          const has = Command.dataSet(request(1)) !== "none"
          const invoked = dimse.invoke(contextId, request, has ? dataSet(n) : undefined)
          // One in twenty is left before its response.
          if (next() < 0.05) {
            left++
            return Effect.flatMap(Effect.forkChild(invoked, { startImmediately: true }), (fiber) =>
              Effect.andThen(Effect.yieldNow, Fiber.interrupt(fiber))
            )
          }
          return Effect.map(invoked, ({ command, dataSet }) => {
            expect(n, "service", command._tag, request(1)._tag.replace("-RQ", "-RSP"))
            expect(n, "comment", command.errorComment, String(has ? n : undefined))
            expect(n, "data set", token(dataSet), has ? n : undefined)
          })
        }
        const order = Array.from({ length: total }, (_, n) => n)
        for (let i = order.length - 1; i > 0; i--) {
          const j = Math.floor(next() * (i + 1))
          ;[order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0]
        }
        const running = yield* Effect.forEach(
          order,
          (n) =>
            Effect.map(Effect.exit(operation(n)), (exit) => {
              finished++
              if (exit._tag === "Failure") wrong.push([n, String(exit.cause)])
            }),
          { concurrency: places === 0 ? 1000 : 20, discard: true }
        ).pipe(Effect.forkChild({ startImmediately: true }))
        while (running.pollUnsafe() === undefined) {
          for (let i = 0; i < 10; i++) yield* Effect.yieldNow
          yield* TestClock.adjust(1)
        }
        assert.deepStrictEqual(wrong.slice(0, 5), [])
        assert.strictEqual(finished, total)
        assert.isAbove(left, 200)
        const quiet = yield* Effect.forkChild(
          Effect.all([ends.requestor.association.dimse.quiet, ends.acceptor.association.dimse.quiet])
        )
        while (quiet.pollUnsafe() === undefined) {
          yield* settle
          yield* TestClock.adjust(1)
        }
        assert.deepStrictEqual(performed, { requestor: 0, acceptor: 0 })
        for (const side of sides) {
          if (places > 0) assert.strictEqual(most[side], places)
          else assert.isAbove(most[side], 100)
        }
        assert.strictEqual(yield* ends.requestor.association.state, "Sta6")
      })
    )
  })
}
