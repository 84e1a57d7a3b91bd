import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import {
  type ClusterOptions,
  clusterDefaults,
  clusterRestartDefaults,
  clusterSetup,
  killAfterMs,
} from "./cluster-options.ts";

const start = (): never => {
  throw new Error("not to be called");
};

describe("a cluster's options", () => {
  it("have defaults", () => {
    expect(clusterSetup({ start })).toMatchObject({
      workers: availableParallelism(),
      graceMs: 10_000,
      killMarginMs: 5_000,
      readyTimeoutMs: 30_000,
      restart: { minDelayMs: 100, maxDelayMs: 30_000, healthyMs: 10_000 },
      scheduling: undefined,
      settings: undefined,
    });
  });

  it.each<[string, object]>([
    ["start", { start: undefined }],
    ["workers", { workers: 0 }],
    ["workers", { workers: 1_025 }],
    ["graceMs", { graceMs: -1 }],
    ["killMarginMs", { killMarginMs: Number.POSITIVE_INFINITY }],
    ["readyTimeoutMs", { readyTimeoutMs: 0 }],
    ["minDelayMs", { restart: { minDelayMs: 0 } }],
    ["maxDelayMs", { restart: { minDelayMs: 50, maxDelayMs: 49 } }],
    ["healthyMs", { restart: { healthyMs: -1 } }],
    ["scheduling", { scheduling: "fair" }],
  ])("are refused with the name of what is wrong: %s", (name, options) => {
    expect(() => clusterSetup({ start, ...options } as ClusterOptions)).toThrow(
      expect.objectContaining({ code: "bad-option", message: expect.stringContaining(name) as string }),
    );
  });

  it("never make a timer that the system cannot have", () => {
    expect(killAfterMs(0x7fff_ffff, 0x7fff_ffff)).toBe(0x7fff_ffff);
    expect(killAfterMs(10, 5)).toBe(15);
  });
});

describe("docs/cluster.md", () => {
  const documented = readFileSync(new URL("../../../../docs/cluster.md", import.meta.url), "utf8");
  const told = new Map(
    [...documented.matchAll(/^\| `([\w.]+)` \|([^|]*)\|/gm)].map(([, option = "", value = ""]) => [
      option,
      value.trim(),
    ]),
  );
  const { clock: _, random: __, ...own } = clusterDefaults;
  const restart = Object.entries(clusterRestartDefaults).map(
    ([option, value]) => [`restart.${option}`, value] as const,
  );

  it.each([...Object.entries(own), ...restart])("has the default of %s", (option, value) => {
    expect(told.get(option)).toBe(String(value));
  });

  it("has no option that is none", () => {
    const others = ["start", "workers", "scheduling", "settings"];
    const options = [...others, ...Object.keys(own), ...restart.map(([option]) => option)];
    expect([...told.keys()].sort()).toEqual(options.sort());
  });
});
