/**
 * Packs each published package as npm would serve it, installs them in an empty folder outside the workspace, and there
 * compiles and runs a file that imports every public module, with its types. Run after a build.
 */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly bin?: Readonly<Record<string, string>>
}

const root = fileURLToPath(new URL("../../..", import.meta.url))
const outside = mkdtempSync(join(tmpdir(), "effect-dicom-pack-"))
process.on("exit", () => rmSync(outside, { recursive: true, force: true }))

const fail = (message: string): never => {
  console.error(`pack check: ${message}`)
  process.exit(1)
}

const run = (command: string, parameters: ReadonlyArray<string>, cwd: string): string => {
  const { error, status, stderr, stdout } = spawnSync(command, parameters, { cwd, encoding: "utf8" })
  const failed = status !== 0 || error !== undefined
  return failed ? fail(`${command} ${parameters.join(" ")}\n${error ?? ""}${stdout}${stderr}`) : stdout
}

const manifestIn = (folder: string): Manifest => {
  // The workspace's own manifests, and those packed from them.
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest
}

const packages = readdirSync(join(root, "packages"))
  .map((room) => ({ room, folder: join(root, "packages", room) }))
  .map((at) => ({ ...at, manifest: manifestIn(at.folder) }))
  .filter(({ manifest }) => manifest.private !== true)

for (const { folder } of packages) run("pnpm", ["pack", "--pack-destination", outside], folder)
const tarballs = readdirSync(outside).filter((name) => name.endsWith(".tgz"))
if (tarballs.length !== packages.length) fail(`${packages.length} packages gave ${tarballs.join(", ")}`)

writeFileSync(join(outside, "package.json"), JSON.stringify({ name: "outside", private: true, type: "module" }))
run(
  "npm",
  [
    "install",
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
    "--loglevel=error",
    ...tarballs.map((name) => `./${name}`)
  ],
  outside
)

const lines: Array<string> = []
const counts: Array<string> = []
for (const { manifest, room } of packages) {
  const installed = join(outside, "node_modules", ...manifest.name.split("/"))
  const files = readdirSync(installed, { recursive: true, encoding: "utf8" })
  for (const expected of ["LICENSE", "README.md", "dist/index.js", "dist/index.d.ts"]) {
    if (!files.includes(expected)) fail(`${manifest.name} has no ${expected}`)
  }
  const astray = files.find((name) => /^test\/|\.test\.|\.tsbuildinfo$|(?:^|\/)node_modules\//.test(name))
  if (astray !== undefined) fail(`${manifest.name} contains ${astray}`)

  // A file that exports nothing is a program: it is run, not imported.
  const modules = files
    .filter((name) => /^dist\/(?:[^/]+|(?:node|testing)\/index)\.js$/.test(name))
    .filter((name) => /^export /m.test(readFileSync(join(installed, name), "utf8")))
    .map((name) => name.slice("dist/".length, -".js".length))
    .map((name) => (name === "index" ? "" : `/${name.replace(/\/index$/, "")}`))
  for (const [index, module] of modules.entries()) {
    const local = `${room}${index}`
    lines.push(`import * as ${local} from "${manifest.name}${module}"`)
    lines.push(`names(${local}, "${manifest.name}${module}")`)
  }
  const internal = files.find((name) => /^dist\/internal\/[^/]+\.js$/.test(name))
  if (internal !== undefined) {
    const specifier = `${manifest.name}/${internal.slice("dist/".length, -".js".length)}`
    lines.push(
      `// @ts-expect-error: internal modules are not served`,
      `closed(() => import("${specifier}"), "${specifier}")`
    )
  }
  counts.push(`${manifest.name} ${modules.length}`)
}

writeFileSync(
  join(outside, "check.ts"),
  [
    "const names = (module: object, name: string): void => {",
    '  for (const key of Object.keys(module)) if (key === "default") throw new Error(`${name} has a default export`)',
    "}",
    "const closed = (load: () => Promise<unknown>, name: string): void => {",
    "  void load().then(() => { throw new Error(`${name} can be imported`) }, () => {})",
    "}",
    "void closed",
    ...lines.filter((line) => line.startsWith("import")),
    ...lines.filter((line) => !line.startsWith("import")),
    ""
  ].join("\n")
)
writeFileSync(
  join(outside, "tsconfig.json"),
  JSON.stringify({
    compilerOptions: {
      target: "ES2024",
      module: "NodeNext",
      lib: ["ES2024", "ESNext.Disposable", "DOM"],
      types: [],
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      outDir: "out"
    },
    files: ["check.ts"]
  })
)
run(join(root, "node_modules", ".bin", "tsc"), ["--project", "tsconfig.json"], outside)
run(process.execPath, [join("out", "check.js")], outside)

for (const { manifest } of packages) {
  for (const name of Object.keys(manifest.bin ?? {})) {
    run(join(outside, "node_modules", ".bin", name), ["--version"], outside)
    counts.push(`${name} --version`)
  }
}
console.log(`pack check: installed and imported elsewhere: ${counts.join(", ")}`)
