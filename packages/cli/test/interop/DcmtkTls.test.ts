import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { spawn, spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { dicom, freePort } from "../command.ts"

const isMissing =
  spawnSync("storescp", ["--version"]).error !== undefined && process.env["EFFECT_DICOM_REQUIRE_PEERS"] !== "1"

const pem = (name: string): string =>
  fileURLToPath(new URL(`../../../association/test/fixtures/${name}.pem`, import.meta.url))

/** DCMTK's server over TLS, which asks for a certificate of the authority; waits until it is there. */
const server = Effect.fnUntraced(function* (certificate: string, key: string) {
  const port = String(yield* freePort)
  yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(
        "storescp",
        ["--ignore", "+tls", pem(key), pem(certificate), "+cf", pem("authority.cert"), "+px", "-rc", port],
        { stdio: "ignore" }
      )
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )
  yield* dicom("echo", "127.0.0.1", port).pipe(
    Effect.flatMap(({ err }) => (/refused\./.test(err.join(" ")) ? Effect.fail(err) : Effect.void)),
    Effect.retry({ schedule: Schedule.spaced("50 millis"), times: 100 })
  )
  return port
})

describe("DCMTK's storescp over TLS", { timeout: 60000 }, () => {
  it.live.skipIf(isMissing)("says by an alert why it does not take a certificate, which is told in words", () =>
    Effect.gen(function* () {
      const port = yield* server("archive.cert", "archive.key")
      const echo = ["echo", "127.0.0.1", port, "--tls", "--cafile", pem("authority.cert")]
      const own = (name: string) => ["--key", pem(`${name}.key`), "--cert", pem(`${name}.cert`)]
      assert.deepStrictEqual(yield* dicom(...echo, ...own("modality1"), "--quiet"), { exitCode: 0, out: [], err: [] })
      for (const [flags, alert] of [
        [[], "tlsv13 alert certificate required"],
        [own("stranger"), "tlsv1 alert unknown ca"]
      ] as const) {
        assert.deepStrictEqual(yield* dicom(...echo, ...flags), {
          exitCode: 3,
          out: [],
          err: [
            `The peer did not accept the certificate of this side, or asks for one: ${alert} (127.0.0.1:${port}). ` +
              "Give a key and certificate that the peer trusts with --key and --cert."
          ]
        })
      }
    })
  )

  it.live.skipIf(isMissing)("is not called with a certificate that its authority has revoked", () =>
    Effect.gen(function* () {
      const flags = ["--tls", "--cafile", pem("registrar.cert"), "--crlfile", pem("registrar.crl")]
      const own = ["--key", pem("modality1.key"), "--cert", pem("modality1.cert"), "--quiet"]
      const [current, revoked] = [yield* server("current.cert", "node.key"), yield* server("revoked.cert", "node.key")]
      assert.strictEqual((yield* dicom("echo", "127.0.0.1", current, ...flags, ...own)).exitCode, 0)
      assert.deepStrictEqual((yield* dicom("echo", "127.0.0.1", revoked, ...flags, ...own)).err, [
        `The certificate of the peer is not accepted: certificate revoked (127.0.0.1:${revoked}). ` +
          "The peer needs another one, since its authority has taken this one back."
      ])
    })
  )
})
