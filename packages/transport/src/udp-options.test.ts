import { describe, expect, it } from "vitest";
import { type UdpListenerOptions, udpLimits, udpListenerDefaults } from "./udp-options.ts";

describe("the options of a UDP listener", () => {
  it("are the defaults unless given", () => {
    expect(udpLimits({})).toEqual(udpListenerDefaults);
    expect(udpLimits({ maxConnections: 5, idleTimeoutMs: undefined })).toEqual({
      ...udpListenerDefaults,
      maxConnections: 5,
    });
  });

  it.each<[keyof UdpListenerOptions, readonly number[]]>([
    ["maxConnections", [0, -1, 1.5, Number.NaN]],
    ["idleTimeoutMs", [0, 0.5, 2 ** 31, Number.POSITIVE_INFINITY]],
    ["maxQueuedBytes", [0, -1, Number.NaN]],
    ["receiveBufferBytes", [0, 2 ** 31]],
  ])("refuse a wrong %s, and name it", (option, values) => {
    for (const value of values)
      expect(() => udpLimits({ [option]: value })).toThrow(
        expect.objectContaining({
          code: "bad-option",
          message: expect.stringContaining(`${option} is ${value}`) as string,
        }),
      );
  });
});
