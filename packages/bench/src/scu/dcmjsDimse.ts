/**
 * An SCU of dcmjs-dimse as a process: `node dcmjsDimse.ts store PORT FOLDER`, `... echo PORT COUNT`,
 * `... associate PORT COUNT`.
 */
import DcmjsDimse from "dcmjs-dimse"
import * as Duration from "effect/Duration"
import * as Instance from "../Instance.ts"
import * as Measured from "./Measured.ts"

const { Client, log, requests } = DcmjsDimse
const [task, port, what, runs] = process.argv.slice(2)

log.setLevel("error")

const send = (all: ReadonlyArray<DcmjsDimse.requests.CEchoRequest | DcmjsDimse.requests.CStoreRequest>) =>
  new Promise<void>((resolve, reject) => {
    const client = new Client()
    for (const request of all) client.addRequest(request)
    client.on("networkError", reject)
    client.on("closed", () => resolve())
    client.send("127.0.0.1", Number(port), "DCMJS-DIMSE", "ANY-SCP")
  })

const run = async (): Promise<Duration.Duration> => {
  const begun = performance.now()
  if (task === "associate") for (let i = 0; i < Number(what); i++) await send([new requests.CEchoRequest()])
  else if (task === "echo") await send(Array.from({ length: Number(what) }, () => new requests.CEchoRequest()))
  else await send(Instance.files(what ?? "").map((path) => new requests.CStoreRequest(path)))
  return Duration.millis(performance.now() - begun)
}

const cold = await run()
Measured.print(cold, runs === "1" ? cold : await run())
