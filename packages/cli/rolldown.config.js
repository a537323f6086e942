// One folder of chunks for all that the command imports, Effect included.
export default {
  input: { main: "src/main.ts" },
  platform: "node",
  external: /^node:/,
  output: { dir: "dist/bundle", format: "esm", chunkFileNames: "[name].js", cleanDir: true }
}
