#!/usr/bin/env node
/**
 * The executable: answers `--version` at once, and imports the rest only when there is more to do.
 *
 * @since 0.1.0
 */
import { readFileSync } from "node:fs"
import { enableCompileCache } from "node:module"

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
const args = process.argv.slice(2)
if (args.length === 1 && args[0] === "--version") {
  process.stdout.write(`dicom ${version}\n`)
} else {
  enableCompileCache()
  const { main } = await import("./main.ts")
  main(args, version)
}
