import { assert, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

it(
  "all that the main job shows holds, and is drawn without escape sequences where there is no terminal",
  { timeout: 60000 },
  () => {
    const script = fileURLToPath(new URL("../src/demo.ts", import.meta.url))
    const { status, stderr, stdout } = spawnSync(process.execPath, [script], { encoding: "utf8" })
    assert.deepStrictEqual([status, stderr, stdout.match(/^ {2}FAILS.*$/gm)], [0, "", null])
    assert.match(stdout, /\nAll of it held\. [0-9.]+ s\n$/)
    assert.isFalse(stdout.includes("\u001b"))
    assert.isTrue(stdout.split("\n").every((line) => line.startsWith("  holds") || line.length <= 120))
  }
)
