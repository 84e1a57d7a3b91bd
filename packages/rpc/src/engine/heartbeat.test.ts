import { ParleyError } from "@parley/core";
import { describe, expect, it } from "vitest";
import { answer, engineInScript, notification, request } from "../../test/scripted-host.ts";

const pingIntervalMs = 100;

/** An engine whose clock goes on, and which is looked at when it wants to be. */
function beating(pings = true, options: Parameters<typeof engineInScript>[0] = { pingIntervalMs }) {
  const { host, engine } = engineInScript(options, pings);
  let due = Number.POSITIVE_INFINITY;
  const until = (time: number): void => {
    for (const deadline of host.expected.splice(0)) due = Math.min(due, deadline);
    while (due <= time) {
      host.time = Math.max(host.time, due);
      due = engine.tick(host.time);
      for (const deadline of host.expected.splice(0)) due = Math.min(due, deadline);
    }
    host.time = time;
  };
  const pinged = (): number =>
    host.take().filter((message) => (message as { method?: unknown }).method === "$/ping").length;
  return { host, engine, until, pinged };
}

describe("a heartbeat", () => {
  it("asks after a silence, and gives up when it has lasted two intervals", () => {
    const { host, until, pinged } = beating();
    until(99);
    expect(pinged()).toBe(0);
    until(100);
    expect(pinged()).toBe(1);
    until(199);
    expect([pinged(), host.silences]).toEqual([0, []]);
    until(200);
    expect(host.silences).toEqual([200]);
    until(1_000);
    expect([pinged(), host.silences]).toEqual([0, [200]]);
  });

  it.each([0, 1, 30, 49, 50, 51, 99, 100, 120])(
    "gives up within two intervals of the last sign of life, heard at %d ms, and not within one and a half",
    (heardAt) => {
      const { host, until } = beating();
      until(heardAt);
      host.heard += 1;
      until(heardAt + 150);
      expect(host.silences).toEqual([]);
      until(heardAt + 200);
      expect(host.silences).toHaveLength(1);
    },
  );

  it("takes any sign of life for one, and does not ask while there are some", () => {
    const { host, until, pinged } = beating();
    for (let time = 0; time < 2_000; time += 45) {
      until(time);
      host.heard += 1;
    }
    expect([pinged(), host.silences]).toEqual([0, []]);
  });

  it("asks again after each silence, and is content with any answer, an error too", () => {
    const { host, engine, until } = beating();
    for (let time = 0; time < 2_000; time += 10) {
      until(time);
      for (const message of host.take() as { id: number; method: string }[]) {
        expect(message.method).toBe("$/ping");
        host.heard += 1;
        engine.receive({ jsonrpc: "2.0", id: message.id, error: { code: -32601, message: "no" } });
      }
    }
    expect(host.silences).toEqual([]);
    expect(engine.outgoing.pending).toBe(0);
  });

  it("of a side that begins is not begun with who has not shown that it understands", () => {
    const { host, engine, until, pinged } = beating(false);
    until(50);
    for (const message of [
      request(1),
      notification("$/cancelRequest", { id: 1 }),
      notification("$/setTrace", { value: "off" }),
      answer(1, 1),
      { ...answer(1, 1), meta: {} },
      request(2, { meta: null }),
      request(3, { method: "$/other" }),
    ])
      engine.receive(message);
    until(1_000);
    expect([pinged(), host.silences]).toEqual([0, []]);
  });

  it.each([
    ["meta", request(1, { meta: {} })],
    ["$/ping", request(1, { method: "$/ping" })],
    ["meta in a batch", [request(1, { meta: { timeoutMs: 1e6 } })]],
  ])("begins with who has sent %s", (_what, message) => {
    const { host, engine, until, pinged } = beating(false);
    until(500);
    engine.receive(message);
    until(599);
    expect(pinged()).toBe(0);
    until(600);
    expect(pinged()).toBe(1);
    until(700);
    expect(host.silences).toEqual([200]);
  });

  it("asks when all requests that may be in flight are, and when the other side has gone away", () => {
    const { host, engine, until, pinged } = beating(true, { pingIntervalMs, maxInFlight: 1 });
    engine.receive(notification("$/goaway"));
    host.take();
    until(100);
    expect(pinged()).toBe(1);
  });

  it("does not take its own sleep for the other side's silence", () => {
    const { host, engine } = engineInScript({ pingIntervalMs }, true);
    host.time = 50;
    engine.tick(50);
    // The process was stopped: what came meanwhile is not read yet.
    host.time = 10_000;
    expect(engine.tick(10_000)).toBeGreaterThan(10_000);
    expect(host.silences).toEqual([]);
    host.time = 10_050;
    expect(engine.tick(10_050)).toBeGreaterThan(10_050);
    host.time = 10_100;
    engine.tick(10_100);
    host.time = 10_150;
    engine.tick(10_150);
    expect(host.silences).toHaveLength(1);
  });

  it("never asks where the interval is Infinity", () => {
    const { host, until, pinged } = beating(true, { pingIntervalMs: Number.POSITIVE_INFINITY });
    until(1e9);
    expect([pinged(), host.silences, host.expected]).toEqual([0, [], []]);
  });

  it("ends with the connection, even where giving up is what closes it", () => {
    const { host, engine, until, pinged } = beating();
    host.unresponsive = (afterMs) => {
      host.silences.push(afterMs);
      engine.close(new ParleyError("closed", "It is closed."));
    };
    until(1_000);
    expect([pinged(), host.silences]).toEqual([1, [200]]);
    expect(engine.tick(2_000)).toBe(Number.POSITIVE_INFINITY);
    engine.receive(request(1, { method: "$/ping" }));
    expect(engine.tick(3_000)).toBe(Number.POSITIVE_INFINITY);
  });
});
