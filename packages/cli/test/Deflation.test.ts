import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { createDeflateRaw, createInflateRaw, deflateRawSync, inflateRawSync } from "node:zlib"
import * as Deflation from "../src/Deflation.ts"

/** Bytes that do not compress, the same each time. */
const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (Math.imul(i, 0x9e3779b1) >>> 13) & 0xff)

/** The bytes, so many at a time, each piece in the place of the one before. */
const inOneBuffer = (whole: Uint8Array, size: number): Stream.Stream<Uint8Array> =>
  Stream.suspend(() => {
    const buffer = new Uint8Array(size)
    const places = Stream.rechunk(Stream.range(0, Math.ceil(whole.length / size) - 1), 1)
    return Stream.map(places, (i) => {
      const piece = whole.subarray(i * size, (i + 1) * size)
      buffer.set(piece)
      return buffer.subarray(0, piece.length)
    })
  })

const failed = (error: Error): string => error.message

const collected = <E>(stream: Stream.Stream<Uint8Array, E>): Effect.Effect<Buffer, E> =>
  Effect.map(Stream.runCollect(stream), (pieces) => Buffer.concat([...pieces]))

describe("Deflation.through", () => {
  for (const size of [1000, 65_536, 300_000]) {
    it.effect(`deflates and inflates what comes in one buffer, ${size} bytes at a time`, () =>
      Effect.gen(function* () {
        const deflated = yield* collected(Deflation.through(inOneBuffer(bytes, size), () => createDeflateRaw(), failed))
        assert.isTrue(inflateRawSync(deflated).equals(bytes))
        const inflate = () => createInflateRaw({ chunkSize: 1024 })
        const inflated = yield* collected(Deflation.through(inOneBuffer(deflated, size), inflate, failed))
        assert.isTrue(inflated.equals(bytes))
      })
    )
  }

  it.effect("ends where what is inflated does, whatever follows", () =>
    Effect.gen(function* () {
      const deflated = deflateRawSync(bytes)
      const whole = Buffer.concat([deflated, new Uint8Array(5000)])
      const inflate = createInflateRaw()
      const inflated = yield* collected(Deflation.through(inOneBuffer(whole, 700), () => inflate, failed))
      assert.isTrue(inflated.equals(bytes))
      assert.strictEqual(inflate.bytesWritten, deflated.length)
    })
  )

  it.effect("fails where it cannot, and where what comes fails", () =>
    Effect.gen(function* () {
      const cut = deflateRawSync(bytes).subarray(0, -10)
      const short = Deflation.through(inOneBuffer(cut, 700), () => createInflateRaw(), failed)
      assert.strictEqual(yield* Effect.flip(Stream.runDrain(short)), "unexpected end of file")
      const source = Stream.concat(Stream.succeed(bytes), Stream.fail("no more"))
      const failing = Deflation.through(source, () => createDeflateRaw(), failed)
      assert.strictEqual(yield* Effect.flip(Stream.runDrain(failing)), "no more")
    })
  )

  it.effect("closes what it made where nobody takes more", () =>
    Effect.gen(function* () {
      const inflate = createInflateRaw({ chunkSize: 1024 })
      const deflated = deflateRawSync(bytes)
      yield* Stream.runDrain(
        Stream.take(
          Deflation.through(inOneBuffer(deflated, 700), () => inflate, failed),
          1
        )
      )
      assert.isTrue(inflate.destroyed)
    })
  )
})
