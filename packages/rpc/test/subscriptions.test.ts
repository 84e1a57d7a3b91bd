import { describe, expect, it } from "vitest";
import { anything, handMade } from "./hand-made.ts";
import { joinSessions, settled } from "./joined-sessions.ts";

const service = handMade({}, { events: ["tick", "tock", "__proto__"] });
const timeoutMs = 1_000;

describe("a subscription", () => {
  it("says which events are wanted, until it is ended", async () => {
    const { client, server } = joinSessions({ service });
    const wanted = (): boolean[] =>
      ["tick", "tock", "__proto__", "constructor"].map((event) => server.session.wants(event));
    expect(wanted()).toEqual([false, false, false, false]);
    await client.session.subscribe(["tick", "__proto__"], timeoutMs);
    await client.session.subscribe(["tick"], timeoutMs);
    expect(wanted()).toEqual([true, false, true, false]);
    await client.session.unsubscribe(["tick", "tock"], timeoutMs);
    expect(wanted()).toEqual([false, false, true, false]);
    expect(client.channel.sent.map(({ method, params }) => [method, params])).toEqual([
      ["$/subscribe", { events: ["tick", "__proto__"] }],
      ["$/subscribe", { events: ["tick"] }],
      ["$/unsubscribe", { events: ["tick", "tock"] }],
    ]);
  });

  it("names none, or events that there are; else it says which is wrong, and changes nothing", async () => {
    const { client, server } = joinSessions({ service });
    await client.session.subscribe([], timeoutMs);
    await expect(client.session.subscribe(["tick", "constructor"], timeoutMs)).rejects.toMatchObject({
      rpcCode: -32602,
      data: [{ path: "/events/1", expected: "the name of an event", actual: "another" }],
    });
    expect(server.session.wants("tick")).toBe(false);
    for (const [id, params] of [undefined, {}, { events: "tick" }, { events: [5] }, [5], []].entries())
      client.channel.send({
        jsonrpc: "2.0",
        id,
        method: "$/subscribe",
        ...(params !== undefined && { params }),
      });
    await settled();
    expect(server.channel.sent.slice(2)).toMatchObject(Array(6).fill({ error: { code: -32602 } }));
  });

  it("brings events as notifications, in their order", async () => {
    const { client, server } = joinSessions({ service });
    await client.session.subscribe(["tick"], timeoutMs);
    for (const at of [1, 2, 3]) server.session.notify("tick", anything, { at });
    await settled();
    expect(client.notifications).toEqual([1, 2, 3].map((at) => ({ method: "tick", params: { at } })));
  });

  it("is a method that is not there where nothing is served", async () => {
    const { client, server } = joinSessions({ service });
    await expect(server.session.subscribe(["tick"], timeoutMs)).rejects.toMatchObject({ rpcCode: -32601 });
    await expect(server.session.discover(timeoutMs)).rejects.toMatchObject({ rpcCode: -32601 });
    expect(client.session.wants("tick")).toBe(false);
  });
});

describe("rpc.discover", () => {
  it("answers with the document", async () => {
    const { client } = joinSessions({ service });
    expect(await client.session.discover(timeoutMs)).toEqual({ openrpc: "1.3.2" });
  });
});
