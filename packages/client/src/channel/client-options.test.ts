import { ParleyError } from "@parley/core";
import { describe, expect, it } from "vitest";
import { type ClientOptions, clientDefaults, clientSetup, reconnectDefaults } from "./client-options.ts";

describe("a client's options", () => {
  it("are complete without any", () => {
    const setup = clientSetup({});
    expect(setup).toMatchObject(clientDefaults);
    expect(setup.reconnect).toEqual(reconnectDefaults);
    expect(setup.codec.id).toBe("lines+json");
    expect(setup.instance).not.toBe(clientSetup({}).instance);
  });

  it("are taken as given, those of the session and the connection too", () => {
    const setup = clientSetup({
      reconnect: { maxDelayMs: 200 },
      timeoutMs: Number.POSITIVE_INFINITY,
      pingIntervalMs: 5,
      lingerMs: 6,
    });
    expect(setup.reconnect).toEqual({ initialDelayMs: 100, maxDelayMs: 200 });
    expect(setup.timeoutMs).toBe(Number.POSITIVE_INFINITY);
    expect(setup.session.pingIntervalMs).toBe(5);
    expect(setup.connection).toMatchObject({ lingerMs: 6 });
    expect(clientSetup({ reconnect: false }).reconnect).toBeNull();
  });

  it.each<[string, ClientOptions]>([
    ["timeoutMs", { timeoutMs: 0 }],
    ["connectTimeoutMs", { connectTimeoutMs: 0 }],
    ["maxAttempts", { maxAttempts: 0 }],
    ["maxWaiting", { maxWaiting: -1 }],
    ["reconnect.initialDelayMs", { reconnect: { initialDelayMs: 0 } }],
    ["reconnect.maxDelayMs", { reconnect: { initialDelayMs: 100, maxDelayMs: 99 } }],
    ["streamWindow", { streamWindow: 0 }],
    ["lingerMs", { lingerMs: -1 }],
    ["codec", { codec: {} as never }],
  ])("are refused: %s out of range", (name, options) => {
    expect(() => clientSetup(options)).toThrow(ParleyError);
    expect(() => clientSetup(options)).toThrow(name);
  });
});
