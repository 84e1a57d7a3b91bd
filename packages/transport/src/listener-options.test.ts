import { describe, expect, it } from "vitest";
import { listenerSettings, type SocketListenerOptions, socketListenerDefaults } from "./listener-options.ts";

describe("a listener's options", () => {
  it("have defaults", () => {
    expect(listenerSettings({ keepAliveMs: undefined })).toEqual({
      ...socketListenerDefaults,
      passage: undefined,
    });
  });

  it.each<SocketListenerOptions>([
    { keepAliveMs: 1_000, kernelBacklog: 1 },
    { keepAliveMs: 32_767_000, kernelBacklog: 0x7fff_ffff },
    { keepAliveMs: Number.POSITIVE_INFINITY },
  ])("may be %j", (options) => {
    expect(listenerSettings(options)).toMatchObject(options);
  });

  it.each<SocketListenerOptions>([
    { keepAliveMs: 0 },
    { keepAliveMs: 999 },
    { keepAliveMs: 32_767_001 },
    { keepAliveMs: 1_000.5 },
    { keepAliveMs: Number.NaN },
    { kernelBacklog: 0 },
    { kernelBacklog: Number.POSITIVE_INFINITY },
  ])("may not be %j", (options) => {
    const [name] = Object.keys(options);
    expect(() => listenerSettings(options)).toThrow(
      expect.objectContaining({ code: "bad-option", message: expect.stringContaining(`${name}`) as string }),
    );
  });
});
