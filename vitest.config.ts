import { availableParallelism } from "node:os";
import { defaultExclude, defineConfig } from "vitest/config";

const sharing = [
  "packages/{cli,client,core,rpc,server,testkit}/src/**/*.test.ts",
  "packages/{cli,client,core,rpc}/test/**/*.test.ts",
  "packages/server/test/!(cluster|detect|hand-over|real-deadlines|udp).test.ts",
  "e2e/{interop,wire}/**/*.test.ts",
];

export default defineConfig({
  ssr: { resolve: { conditions: ["@parley/source", "node", "module", "import", "default"] } },
  test: {
    projects: [
      {
        extends: true,
        // They leave nothing behind, so they share a process: one for each would take longer than the tests.
        test: { name: "sharing", include: sharing, isolate: false },
      },
      {
        extends: true,
        test: {
          name: "alone",
          include: [
            "packages/*/src/**/*.test.ts",
            "packages/*/test/**/*.test.ts",
            "examples/**/*.test.ts",
            "e2e/**/*.test.ts",
            "fuzz/**/*.test.ts",
            "tools/**/*.test.ts",
          ],
          exclude: [...defaultExclude, ...sharing],
        },
      },
    ],
    globalSetup: ["./tools/build-first.ts"],
    reporters: ["default", "./tools/plain-reporter.ts"],
    // They end what hangs, and are long enough for a machine that is busy besides.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    // Many tests wait for processes of their own; as many as there are cores would leave a third of these idle meanwhile.
    maxWorkers: availableParallelism() + 1,
    coverage: {
      provider: "v8",
      include: ["packages/*/src/**/*.ts"],
      exclude: ["**/*.test.ts", "**/index.ts"],
      reporter: ["text", "json-summary"],
      thresholds: { "packages/core/src/**/*.ts": { lines: 95 } },
    },
  },
});
