import { describe, expect, it } from "vitest";
import { HandedOver, type HandOverEnvironment, inheritable } from "./hand-over.ts";

describe("what is handed over", () => {
  it("is numbered from 3 on, in order, and given out once", () => {
    const { env, stdio } = inheritable([
      { url: "tcp://127.0.0.1:0", descriptor: 21 },
      { url: "unix:///run/x.sock?mode=660", descriptor: 22 },
    ]);
    expect(stdio).toEqual([21, 22]);
    expect(JSON.parse(env.PARLEY_INHERIT)).toEqual({
      "tcp://127.0.0.1:0": 3,
      "unix:///run/x.sock?mode=660": 4,
    });
    const environment: HandOverEnvironment = { ...env };
    const handedOver = new HandedOver(environment);
    expect(handedOver.take("unix:///run/x.sock")).toBeUndefined();
    expect(environment).toEqual({});
    expect(handedOver.take("unix:///run/x.sock?mode=660")).toBe(4);
    expect(handedOver.take("unix:///run/x.sock?mode=660")).toBeUndefined();
    expect(handedOver.isEmpty).toBe(false);
    expect(handedOver.take("tcp://127.0.0.1:0")).toBe(3);
    expect(handedOver.isEmpty).toBe(true);
  });

  it("may be several at the same URL, behind other descriptors", () => {
    const url = "tcp://127.0.0.1:0";
    const { env } = inheritable(
      [
        { url, descriptor: 30 },
        { url: "__proto__", descriptor: 31 },
        { url, descriptor: 32 },
      ],
      4,
    );
    const handedOver = new HandedOver({ ...env });
    expect([url, url, "__proto__", url].map((each) => handedOver.take(each))).toEqual([4, 6, 5, undefined]);
  });

  it("is nothing where the variable is not set", () => {
    const handedOver = new HandedOver({});
    expect(handedOver.take("toString")).toBeUndefined();
  });

  it.each([
    "",
    "{",
    "3",
    "null",
    "[3]",
    '{"a":-1}',
    '{"a":1.5}',
    '{"a":"3"}',
    '{"a":[3,null]}',
    '{"a":1e10}',
  ])("is refused, each time, where the variable is %j", (text) => {
    const handedOver = new HandedOver({ PARLEY_INHERIT: text });
    for (const _ of [1, 2]) {
      expect(() => handedOver.take("a")).toThrow(
        expect.objectContaining({
          code: "listen-failed",
          message: expect.stringContaining("unset it") as string,
        }),
      );
    }
  });
});
