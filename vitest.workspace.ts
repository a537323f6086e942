import { defineConfig } from "vitest/config"

// A test that hangs fails; one on a slow or busy machine does not.
const project = (name: string, root: string) => ({
  test: { name, root, include: ["test/**/*.test.ts"], testTimeout: 60_000 }
})

export default defineConfig({
  test: {
    projects: [
      ...["data", "protocol", "association", "services", "cli", "house"].map((name) =>
        project(name, `packages/${name}`)
      ),
      project("examples", "examples")
    ]
  }
})
