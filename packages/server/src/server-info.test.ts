import { describe, expect, it } from "vitest";
import type { ServerCounters } from "./reception.ts";
import { serverInfo } from "./server-info.ts";

const counters: ServerCounters = {
  serving: 1,
  waiting: 2,
  accepted: 6,
  refused: 3,
  refusals: {
    overload: 3,
    "wait-timeout": 0,
    drained: 0,
    "connection-limit": 0,
    "address-limit": 0,
    "descriptor-limit": 0,
  },
};
const occupancy = {
  maxConnections: 100,
  maxConnectionsPerAddress: Number.POSITIVE_INFINITY,
  firstReservedDescriptor: 900,
  descriptorReserve: 64,
};

describe("what a server shows of itself", () => {
  it("is plain data that does not change behind one's back", () => {
    const span = { id: "l1", address: "tcp://127.0.0.1:6666", accepted: 6 };
    const info = serverInfo("listening", { concurrency: 1, backlog: 5, occupancy }, [span], counters);
    span.accepted += 1;
    const shown = {
      state: "listening",
      listeners: [{ id: "l1", address: "tcp://127.0.0.1:6666", accepted: 6 }],
      counters,
      limits: { concurrency: 1, backlog: 5, maxConnections: 100, descriptorReserve: 64 },
    };
    expect(info).toEqual({
      ...shown,
      limits: { ...shown.limits, maxConnectionsPerAddress: Number.POSITIVE_INFINITY },
    });
    // JSON has no Infinity.
    expect(JSON.parse(JSON.stringify(info))).toEqual({
      ...shown,
      limits: { ...shown.limits, maxConnectionsPerAddress: null },
    });
  });
});
