import { rpcCodes } from "@parley/rpc";
import { describe, expect, it } from "vitest";
import { stage, told } from "./client-stage.ts";
import type { ScriptedServer } from "./scripted-server.ts";

describe("listening to events", () => {
  it("subscribes with the first listener, and unsubscribes with the last", async () => {
    const { client, server } = await stage();
    const connection = await server.next();
    await client.connected();
    const heard: number[] = [];
    const subscribed = told({ client }, "subscribed");
    const off = client.on("tick", ({ at }) => heard.push(at));
    expect(await connection.nextLine()).toBe(
      '{"jsonrpc":"2.0","id":1,"method":"$/subscribe","params":{"events":["tick"]},"meta":{"timeoutMs":10000}}',
    );
    connection.answer({ id: 1 }, null);
    expect(await subscribed).toEqual({ events: ["tick"] });
    let offSecond = () => {};
    const second = new Promise<number>((resolve) => {
      offSecond = client.on("tick", ({ at }) => resolve(at));
    });
    connection.tell("tick", { at: 7 });
    expect(await second).toBe(7);
    expect(heard).toEqual([7]);
    off();
    off();
    const third = new Promise<number>((resolve) => {
      client.on("tock", ({ at }) => resolve(at));
    });
    expect(await connection.next()).toMatchObject({ method: "$/subscribe", params: { events: ["tock"] } });
    connection.tell("tock", { at: 9 });
    expect(await third).toBe(9);
    offSecond();
    expect(await connection.next()).toMatchObject({ method: "$/unsubscribe", params: { events: ["tick"] } });
    connection.tell("tick", { at: 8 });
    const call = client.call("version");
    connection.answer(await connection.next(), "v1");
    await call;
    expect(heard).toEqual([7]);
  });

  it("subscribes anew on every connection, before the calls that waited", async () => {
    const { client, clock, server } = await stage({ lazy: true });
    const heard: number[] = [];
    client.on("tick", ({ at }) => heard.push(at));
    client.on("tock", ({ at }) => heard.push(-at));
    const first = await server.next();
    expect(await first.next()).toMatchObject({ method: "$/subscribe", params: { events: ["tick", "tock"] } });
    const waiting = told({ client }, "reconnecting");
    first.reset();
    const { delayMs } = await waiting;
    const call = client.call("version");
    clock.advance(delayMs);
    const second = await server.next();
    expect(await second.next()).toMatchObject({
      method: "$/subscribe",
      params: { events: ["tick", "tock"] },
    });
    second.tell("tock", { at: 1 });
    second.tell("tick", { at: 2 });
    second.answer(await second.next(), "v1");
    expect(await call).toBe("v1");
    expect(heard).toEqual([-1, 2]);
  });

  it("tells what is refused, and has what is not", async () => {
    const { client, server } = await stage({ lazy: true });
    client.on("tick", () => {});
    client.on("tock", () => {});
    const connection = await server.next();
    connection.refuse(await connection.next(), rpcCodes.invalidParams);
    const failed = told({ client }, "subscription-failed");
    const subscribed = told({ client }, "subscribed");
    const [tick, tock] = [await connection.next(), await connection.next()];
    expect([tick.params, tock.params]).toEqual([{ events: ["tick"] }, { events: ["tock"] }]);
    connection.answer(tick, null);
    connection.refuse(tock, rpcCodes.invalidParams);
    expect(await subscribed).toEqual({ events: ["tick"] });
    expect(await failed).toMatchObject({ events: ["tock"], error: { rpcCode: rpcCodes.invalidParams } });
  });

  it("asks again after a while where the server has no time for it", async () => {
    const { client, clock, server } = await stage({ lazy: true });
    client.on("tick", () => {});
    const connection = await server.next();
    connection.refuse(await connection.next(), rpcCodes.overloaded, { retryAfterMs: 700 });
    const call = client.call("version");
    connection.answer(await connection.next(), "v1");
    await call;
    clock.advance(749);
    expect(connection.lines).toHaveLength(2);
    clock.advance(1);
    const again = await connection.next();
    expect(again).toMatchObject({ method: "$/subscribe", params: { events: ["tick"] } });
    connection.refuse(again, rpcCodes.overloaded, { retryAfterMs: 700 });
    const closing = client.call("version");
    connection.answer(await connection.next(), "v1");
    await closing;
    await client.close();
    expect(clock.pending).toBe(0);
  });

  it("passes over what is not as the contract says, and what a listener throws, and tells both", async () => {
    const { client, server } = await stage({ lazy: true });
    const heard: number[] = [];
    client.on("tick", () => {
      throw new Error("a listener's fault");
    });
    client.on("tick", ({ at }) => heard.push(at));
    const connection = await server.next();
    await connection.next();
    const mismatch = told({ client }, "event-mismatch");
    const thrown = told({ client }, "subscriber-error");
    connection.tell("tick", { at: "noon" });
    connection.tell("tick", { at: 1 });
    expect(await mismatch).toMatchObject({ event: "tick", error: { code: "mismatch", blame: "remote" } });
    expect(await thrown).toMatchObject({ event: "tick", error: { message: "a listener's fault" } });
    expect(heard).toEqual([1]);
  });

  it("refuses what the contract does not have", async () => {
    const { client } = await stage();
    expect(() => client.on("boom" as never, () => {})).toThrow("no event boom");
  });

  it("hears each event once while it moves to another server", async () => {
    const at = await stage({}, 2);
    const [first, second] = at.servers as [ScriptedServer, ScriptedServer];
    const heard: number[] = [];
    at.client.on("tick", ({ at }) => heard.push(at));
    const pending = at.client.call("version");
    const old = await first.next();
    const [, call] = [await old.next(), await old.next()];
    old.tell("$/goaway", { code: -32002, message: "draining", retryAfterMs: 1_000 });
    old.tell("tick", { at: 1 });
    const current = await second.next();
    await current.next();
    old.tell("tick", { at: 2 });
    current.tell("tick", { at: 2 });
    old.answer(call, "v1");
    await pending;
    const last = at.client.call("version");
    current.answer(await current.next(), "v2");
    await last;
    expect(heard.filter((at) => at === 2)).toEqual([2]);
  });
});
