import { ReadyMade } from "@effect-dicom/association/testing"
import { Verification } from "@effect-dicom/services"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Requestor from "../src/Requestor.ts"
import { accepting, scripted } from "./command.ts"

describe("Requestor.badEnding", { timeout: 20000 }, () => {
  for (const bad of [0, 1, 2]) {
    it.live(`tells of the one of three associations that did not end well: number ${bad + 1}`, () =>
      Effect.gen(function* () {
        const { accept, port } = yield* scripted
        const options = { host: "127.0.0.1", port: Number(port), aetitle: "HERE", call: "THERE" }
        const course = Requestor.course()
        for (let i = 0; i < 3; i++) {
          const script = Effect.gen(function* () {
            const peer = yield* accepting(accept)
            yield* peer.expect("A-RELEASE-RQ")
            yield* peer.send(i === bad ? ReadyMade.abort() : ReadyMade.releaseRP)
          })
          const work = Effect.scoped(Requestor.open(options, course, [Verification.presentationContext]))
          yield* Effect.all([work, script], { concurrency: 2 })
        }
        const failure = Requestor.badEnding(options, course)
        assert.strictEqual(failure?.exitCode, 5)
        assert.strictEqual(
          failure?.sentence,
          "All was answered, but the association was not released: The peer's user aborted the association " +
            `(127.0.0.1:${port}). See what the peer's log says, then try again.`
        )
      })
    )
  }
})
