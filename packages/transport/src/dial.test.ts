import { getEventListeners } from "node:events";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Dial, type DialOptions, socketDial } from "./dial.ts";
import { socketListener } from "./socket-listener.ts";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

function rejection(dial: Dial, options?: DialOptions): Promise<Error> {
  return dial(options).then(
    (stream) => {
      stream.destroy();
      return expect.fail("It is connected.");
    },
    (error: Error) => error,
  );
}

/** An address at which somebody listened a moment ago. */
async function abandoned(): Promise<string> {
  const listener = await socketListener("tcp://127.0.0.1:0")({ accept() {}, failed() {} });
  await listener.close();
  return listener.address;
}

/** Somebody who listens, and what was accepted. */
async function listening(): Promise<string> {
  const listener = await socketListener("tcp://127.0.0.1:0")({
    accept(stream) {
      stream.open({ received() {}, ended: () => stream.end(), drained() {}, closed() {} });
    },
    failed() {},
  });
  undo.push(() => listener.close());
  return listener.address;
}

describe("dialling", () => {
  it("says what to do when nobody listens", async () => {
    const url = await abandoned();
    const error = await rejection(socketDial(url));
    expect(error).toMatchObject({ code: "connect-failed", blame: "remote", cause: { code: "ECONNREFUSED" } });
    expect(error.message).toBe(
      `No connection to ${url}: nobody listens there; start the server, or check the address.`,
    );
  });

  it("says what to do when the Unix path does not exist", async () => {
    const error = await rejection(socketDial("unix:///nowhere/echo.sock"));
    expect(error).toMatchObject({ code: "connect-failed", cause: { code: "ENOENT" } });
    expect(error.message).toContain("nobody listens there");
  });

  it("says what to do when the host name is not known", async () => {
    const error = await rejection(socketDial("tcp://nobody.invalid:80"), { connectTimeoutMs: 15_000 });
    expect(error).toMatchObject({ code: "connect-failed" });
    expect(error.message).toBe(
      "No connection to tcp://nobody.invalid:80: the host name is not known; check its spelling.",
    );
  });

  it("says what to do when there is no answer in time", async () => {
    const url = await listening();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    undo.push(() => vi.useRealTimers());
    const controller = new AbortController();
    const failed = rejection(socketDial(url), { connectTimeoutMs: 250, signal: controller.signal });
    vi.advanceTimersByTime(250);
    const error = await failed;
    expect(error).toMatchObject({ code: "connect-timeout", blame: "remote" });
    expect(error.message).toBe(
      `${url} did not answer within 250 ms; check the address and any firewall, or raise connectTimeoutMs.`,
    );
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  it("waits for five seconds unless told otherwise", async () => {
    const url = await listening();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    undo.push(() => vi.useRealTimers());
    const failed = rejection(socketDial(url));
    vi.advanceTimersByTime(5_000);
    expect((await failed).message).toContain("within 5000 ms");
  });

  it("gives up when aborted, before it begins or meanwhile, and forgets the signal", async () => {
    const url = await listening();
    const reason = new Error("enough");
    const controller = new AbortController();
    const failed = rejection(socketDial(url), { signal: controller.signal });
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(1);
    controller.abort(reason);
    expect(await failed).toMatchObject({
      code: "aborted",
      message: `Connecting to ${url} was aborted.`,
      cause: reason,
    });
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
    expect(await rejection(socketDial(url), { signal: controller.signal })).toMatchObject({
      code: "aborted",
    });
  });

  it("leaves no timer and no listener on the signal once connected", async () => {
    const url = await listening();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    undo.push(() => vi.useRealTimers());
    const { signal } = new AbortController();
    const stream = await socketDial(url)({ signal });
    undo.push(() => stream.destroy());
    expect(vi.getTimerCount()).toBe(0);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("refuses a bad address or time at once", () => {
    expect(() => socketDial("6666")).toThrow(expect.objectContaining({ code: "bad-address" }));
    for (const connectTimeoutMs of [0, -1, 1.5, Number.NaN, 2 ** 31])
      expect(() => socketDial("tcp://127.0.0.1:1")({ connectTimeoutMs })).toThrow(
        expect.objectContaining({ code: "bad-option" }),
      );
  });
});
