/**
 * How long the compiler and an editor wait with every attribute in scope.
 *
 *     node packages/data/scripts/measureTypes.ts
 *
 * Checks two programs against the declarations that `tsc --build` wrote, one with attributes and one without; then opens
 * the first in the compiler's language server and asks what an editor asks. Prints milliseconds, the best of three.
 */
import { spawn, spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const tsc = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", new URL("..", import.meta.url)))
const folder = Fs.mkdtempSync(Path.join(root, "dist", "types-"))
const from = (module: string): string => `"../${module}.js"`

const withAttributes = `import * as Attribute from ${from("Attribute")}
import * as DataSet from ${from("DataSet")}
declare const dataSet: DataSet.DataSet
export const name = DataSet.get(dataSet, Attribute.PatientName)
export const rows = DataSet.get(dataSet, Attribute.Rows)
export const changed = DataSet.with(dataSet, Attribute.PatientID, "4711")
`
const without = `import * as DataSet from ${from("DataSet")}
import * as Tag from ${from("Tag")}
declare const dataSet: DataSet.DataSet
export const name = DataSet.element(dataSet, Tag.make(0x0010, 0x0010))
`

const best = (times: ReadonlyArray<number>): string => `${Math.round(Math.min(...times))} ms`

const three = async (measure: () => number | Promise<number>): Promise<ReadonlyArray<number>> => {
  const times: Array<number> = []
  for (let i = 0; i < 3; i++) times.push(await measure())
  return times
}

const options = ["--noEmit", "--strict", "--module", "NodeNext", "--target", "ES2024", "--skipLibCheck", "--types", ""]

const check = (file: string): number => {
  const start = performance.now()
  const { status, stdout } = spawnSync(process.execPath, [tsc, "--ignoreConfig", ...options, file], {
    encoding: "utf8"
  })
  if (status !== 0) throw new Error(stdout)
  return performance.now() - start
}

interface Answer {
  readonly id?: number
  readonly method?: string
  readonly result?: unknown
}

/** A language server: what is asked of it is answered, or known to be asked back. */
const server = () => {
  const child = spawn(process.execPath, [tsc, "--lsp", "--stdio"], { stdio: ["pipe", "pipe", "ignore"] })
  const waiting = new Map<number, (result: unknown) => void>()
  let buffer = Buffer.alloc(0)
  let next = 1
  const send = (message: object): void => {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message })
    child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  }
  child.stdout.on("data", (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk])
    for (;;) {
      const end = buffer.indexOf("\r\n\r\n")
      const length = Number(/Content-Length: (\d+)/.exec(buffer.subarray(0, Math.max(0, end)).toString())?.[1])
      if (end < 0 || buffer.length < end + 4 + length) return
      // the cast: what the protocol says
      const answer = JSON.parse(buffer.subarray(end + 4, end + 4 + length).toString()) as Answer
      buffer = buffer.subarray(end + 4 + length)
      if (answer.method !== undefined && answer.id !== undefined) send({ id: answer.id, result: null })
      else if (answer.id !== undefined) waiting.get(answer.id)?.(answer.result)
    }
  })
  return {
    notify: (method: string, params: object) => send({ method, params }),
    ask: (method: string, params: object) =>
      new Promise<unknown>((resolve) => {
        waiting.set(next, resolve)
        send({ id: next++, method, params })
      }),
    end: () => child.kill()
  }
}

const timed = async <A>(promise: Promise<A>): Promise<readonly [number, A]> => {
  const start = performance.now()
  const result = await promise
  return [performance.now() - start, result]
}

try {
  const one = Path.join(folder, "withAttributes.ts")
  const other = Path.join(folder, "without.ts")
  Fs.writeFileSync(one, withAttributes)
  Fs.writeFileSync(other, without)
  Fs.writeFileSync(
    Path.join(folder, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        module: "NodeNext",
        target: "ES2024",
        skipLibCheck: true,
        noEmit: true,
        types: []
      },
      include: ["*.ts"]
    })
  )
  console.log(`tsc, a program with attributes: ${best(await three(() => check(one)))}`)
  console.log(`tsc, a program without: ${best(await three(() => check(other)))}`)

  const columns: Record<string, Array<number>> = {}
  const note = (what: string, time: number): void => {
    ;(columns[what] ??= []).push(time)
  }
  for (let i = 0; i < 3; i++) {
    const editor = server()
    const uri = pathToFileURL(one).href
    await editor.ask("initialize", { processId: process.pid, rootUri: pathToFileURL(folder).href, capabilities: {} })
    editor.notify("initialized", {})
    const text = `${withAttributes}Attribute.\n`
    editor.notify("textDocument/didOpen", { textDocument: { uri, languageId: "typescript", version: 1, text } })
    const line = text.split("\n").findIndex((line) => line.startsWith("export const name"))
    const hover = { textDocument: { uri }, position: { line, character: "export const na".length } }
    const [opened] = await timed(editor.ask("textDocument/hover", hover))
    note("editor, from opening the file to the first hover", opened)
    const last = text.split("\n").length - 2
    const complete = { textDocument: { uri }, position: { line: last, character: "Attribute.".length } }
    const [first, list] = await timed(editor.ask("textDocument/completion", complete))
    const count = JSON.stringify(list).split('"label"').length - 1
    note(`editor, the first completion of "Attribute." (${count} names)`, first)
    const changed = text.replace('"4711"', `"471${i}"`)
    editor.notify("textDocument/didChange", {
      textDocument: { uri, version: 2 },
      contentChanges: [{ text: changed }]
    })
    const [again] = await timed(editor.ask("textDocument/hover", hover))
    note("editor, a hover after a change", again)
    const [errors] = await timed(editor.ask("textDocument/diagnostic", { textDocument: { uri } }))
    note("editor, the errors of the file", errors)
    editor.end()
  }
  for (const [what, times] of Object.entries(columns)) console.log(`${what}: ${best(times)}`)
} finally {
  Fs.rmSync(folder, { recursive: true, force: true })
}
