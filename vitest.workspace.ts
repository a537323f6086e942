import { defineConfig } from "vitest/config"

const project = (name: string, root: string) => ({ test: { name, root, include: ["test/**/*.test.ts"] } })

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
