import { closeSync, openSync } from "node:fs";
import { textLines } from "@parley/core";
import { describe, expect, it } from "vitest";
import { defaultReserve, readDescriptors } from "./descriptors.ts";
import { echo } from "./handlers/echo.ts";
import { type ServerOptions, serverSetup } from "./server-options.ts";

describe("the descriptors of a process", () => {
  it("are limited, and counted where the system tells", () => {
    const { limit, open } = readDescriptors();
    expect(limit).toBeGreaterThan(0);
    expect(open).toBeLessThan(limit);
  });

  it.skipIf(process.platform !== "linux")("are counted as they come and go", () => {
    const before = readDescriptors();
    const more = Array.from({ length: 20 }, () => openSync("/dev/null", "r"));
    try {
      const { limit, open } = readDescriptors();
      expect(limit).toBe(before.limit);
      expect(open - before.open).toBeGreaterThanOrEqual(15);
    } finally {
      for (const descriptor of more) closeSync(descriptor);
    }
  });

  it.each([
    [20, 16],
    [256, 16],
    [1_024, 64],
    [4_096, 256],
    [1_048_576, 256],
    [Number.POSITIVE_INFINITY, 256],
  ])("of a limit of %d leave %d in reserve", (limit, reserve) => {
    expect(defaultReserve(limit)).toBe(reserve);
  });
});

describe("the limits that come of them", () => {
  const good: ServerOptions<string> = { codec: textLines(), handler: echo() };

  it("are by default what is left, but at least one connection", () => {
    const { limit } = readDescriptors();
    const { occupancy } = serverSetup(good);
    expect(occupancy.descriptorReserve).toBe(defaultReserve(limit));
    expect(occupancy.firstReservedDescriptor).toBe(limit - occupancy.descriptorReserve);
    expect(occupancy.maxConnections).toBeGreaterThanOrEqual(1);
    expect(occupancy.maxConnections).toBeLessThanOrEqual(limit - occupancy.descriptorReserve);
    if (Number.isFinite(limit))
      expect(serverSetup({ ...good, descriptorReserve: limit }).occupancy).toMatchObject({
        maxConnections: 1,
        firstReservedDescriptor: 0,
      });
  });

  it.each([
    [{ maxConnections: 0 }, "maxConnections is 0"],
    [{ maxConnections: 1.5 }, "maxConnections is 1.5"],
    [{ maxConnectionsPerAddress: 0 }, "maxConnectionsPerAddress is 0"],
    [{ maxConnectionsPerAddress: Number.NaN }, "maxConnectionsPerAddress is NaN"],
    [{ descriptorReserve: -1 }, "descriptorReserve is -1"],
    [{ descriptorReserve: Number.POSITIVE_INFINITY }, "descriptorReserve is Infinity"],
  ])("are refused: %j", (wrong, why) => {
    expect(() => serverSetup({ ...good, ...wrong })).toThrow(
      expect.objectContaining({ code: "bad-option", message: expect.stringContaining(why) as string }),
    );
  });
});
