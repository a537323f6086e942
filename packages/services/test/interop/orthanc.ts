/**
 * An Orthanc as a process, driven by its REST interface where it is the one who asks.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as Peers from "./peers.ts"

/** What an Orthanc calls a peer, the peer's AE title, and the port that it listens on, on this machine. */
export type Modalities = Readonly<Record<string, readonly [aeTitle: string, port: number]>>

export interface Orthanc {
  /** Where it listens for associations, as ORTHANC. */
  readonly port: number
  /** Asks its REST interface; the answer is parsed JSON. */
  readonly get: (path: string) => Effect.Effect<unknown>
  readonly post: (path: string, body: unknown) => Effect.Effect<unknown>
}

/** Starts one with nothing in it, on a port that may be given. */
export const orthanc = Effect.fnUntraced(function* (
  modalities: Modalities = {},
  dicomPort?: number
): Effect.fn.Return<Orthanc, Error, Scope.Scope> {
  const directory = yield* Peers.temporary
  const port = dicomPort ?? (yield* Peers.freePort)
  const httpPort = yield* Peers.freePort
  const configuration = Path.join(directory, "orthanc.json")
  Fs.writeFileSync(
    configuration,
    JSON.stringify({
      StorageDirectory: directory,
      IndexDirectory: directory,
      Plugins: [],
      DicomAet: "ORTHANC",
      DicomPort: port,
      HttpPort: httpPort,
      DicomCheckCalledAet: true,
      DicomAlwaysAllowFind: true,
      DicomAlwaysAllowGet: true,
      DicomAlwaysAllowMove: true,
      DicomModalities: Object.fromEntries(
        Object.entries(modalities).map(([name, [aeTitle, port]]) => [name, [aeTitle, "127.0.0.1", port]])
      )
    })
  )
  yield* Peers.background("Orthanc", [configuration])
  yield* Effect.all([Peers.awaitListener(port), Peers.awaitListener(httpPort)])
  const ask = (path: string, init: RequestInit) =>
    Effect.promise(async () => {
      const response = await fetch(`http://127.0.0.1:${httpPort}${path}`, init)
      const text = await response.text()
      if (!response.ok) throw new Error(`Orthanc answers ${path} with ${response.status}: ${text}`)
      const parsed: unknown = JSON.parse(text)
      return parsed
    })
  return {
    port,
    get: (path) => ask(path, {}),
    post: (path, body) => ask(path, { method: "POST", body: JSON.stringify(body) })
  }
})
