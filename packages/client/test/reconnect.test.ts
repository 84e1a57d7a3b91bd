import { ClosedError } from "@parley/core";
import { ConnectionLostError, rpcCodes, UnavailableError } from "@parley/rpc";
import { describe, expect, it } from "vitest";
import type { ClientState } from "../src/index.ts";
import { outcome, type Stage, stage, told } from "./client-stage.ts";
import type { ScriptedConnection, ScriptedServer } from "./scripted-server.ts";

/** The connection is lost; resolves with the delay before the next try. */
async function lose(at: Stage, connection: ScriptedConnection): Promise<number> {
  const waiting = told(at, "reconnecting");
  connection.reset();
  return (await waiting).delayMs;
}

/** The connection is lost, and got back. */
async function reconnect(at: Stage, connection: ScriptedConnection): Promise<ScriptedConnection> {
  at.clock.advance(await lose(at, connection));
  return at.server.next();
}

describe("when the connection is lost", () => {
  it("rejects at once what was sent and may have been acted on", async () => {
    const at = await stage();
    const call = at.client.call("add", { a: 1, b: 2 });
    const connection = await at.server.next();
    await connection.next();
    connection.reset();
    const error = await call.catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ConnectionLostError);
    expect(error).toMatchObject({ sent: true });
  });

  it("tells of it, and comes back after a delay", async () => {
    const at = await stage();
    const states: ClientState[] = [];
    at.client.events.on("state", ({ state }) => states.push(state));
    const connection = await at.server.next();
    const disconnected = told(at, "disconnected");
    const delayMs = await lose(at, connection);
    expect(await disconnected).toMatchObject({ reason: { by: "remote", kind: "reset" } });
    expect(delayMs).toBe(50);
    at.clock.advance(delayMs - 1);
    expect(at.client.state).toBe("waiting");
    at.clock.advance(1);
    await at.client.connected();
    expect(states).toEqual(["connected", "waiting", "connecting", "connected"]);
  });

  it("takes a FIN for the end as well, and answers it", async () => {
    const at = await stage();
    const call = at.client.call("version");
    const connection = await at.server.next();
    await connection.next();
    const waiting = told(at, "reconnecting");
    connection.end();
    await expect(call).rejects.toBeInstanceOf(ConnectionLostError);
    await connection.stream.untilEnded();
    at.clock.advance((await waiting).delayMs);
    await at.server.next();
  });

  it("sends again what is idempotent, as the same call with less time", async () => {
    const at = await stage();
    const retrying = told(at, "retrying");
    const call = at.client.call("look", { at: "x" }, { timeoutMs: 500 });
    const first = await at.server.next();
    expect(await first.next()).toMatchObject({ meta: { timeoutMs: 500 } });
    const second = await reconnect(at, first);
    const request = await second.next();
    expect(request).toMatchObject({ method: "look", params: { at: "x" }, meta: { timeoutMs: 450 } });
    second.answer(request, "seen");
    expect(await call).toBe("seen");
    expect(await retrying).toMatchObject({ method: "look", attempt: 2, delayMs: 0 });
  });

  it("sends again what has a key, with the same key", async () => {
    const at = await stage();
    const calls = [
      at.client.call("add", { a: 1, b: 2 }, { key: true }),
      at.client.call("add", { a: 3, b: 4 }, { key: true }),
      at.client.call("add", { a: 5, b: 6 }, { key: "order-7" }),
    ];
    const keys = async (connection: ScriptedConnection) => {
      const requests = [await connection.next(), await connection.next(), await connection.next()];
      return requests.map(({ meta }) => meta?.key);
    };
    const first = await at.server.next();
    expect(await keys(first)).toEqual(["me:1", "me:2", "order-7"]);
    const second = await reconnect(at, first);
    expect(await keys(second)).toEqual(["me:1", "me:2", "order-7"]);
    for (const id of [1, 2, 3]) second.answer({ id }, id);
    expect(await Promise.all(calls)).toEqual([1, 2, 3]);
  });

  it("sends nothing more often than maxAttempts", async () => {
    const at = await stage({ maxAttempts: 3 });
    const call = outcome(at.client.call("look", { at: "x" }));
    let connection = await at.server.next();
    for (let attempt = 1; attempt < 3; attempt++) {
      await connection.next();
      connection = await reconnect(at, connection);
    }
    await connection.next();
    connection = await reconnect(at, connection);
    expect(call.error).toBeInstanceOf(ConnectionLostError);
    expect(connection.lines).toEqual([]);
  });

  it("sends nothing again with maxAttempts 1", async () => {
    const at = await stage({ maxAttempts: 1 });
    await at.client.connected();
    const call = outcome(at.client.call("look", { at: "x" }));
    const connection = await at.server.next();
    await connection.next();
    await lose(at, connection);
    expect(call.error).toBeInstanceOf(ConnectionLostError);
  });

  it("sends what was not sent yet on the next connection, whatever it is", async () => {
    const at = await stage({ maxInFlight: 1 });
    await at.client.connected();
    const sent = outcome(at.client.call("add", { a: 1, b: 0 }));
    const unsent = at.client.call("add", { a: 2, b: 0 });
    const first = await at.server.next();
    await first.next();
    const second = await reconnect(at, first);
    const request = await second.next();
    expect(request).toMatchObject({ params: { a: 2 } });
    second.answer(request, 2);
    expect(await unsent).toBe(2);
    expect(sent.error).toBeInstanceOf(ConnectionLostError);
  });

  it("counts only the times that a call was sent", async () => {
    const at = await stage({ maxInFlight: 1, maxAttempts: 2 });
    await at.client.connected();
    const sent = outcome(at.client.call("add", { a: 1, b: 0 }));
    const unsent = at.client.call("add", { a: 2, b: 0 });
    const first = await at.server.next();
    await first.next();
    const second = await reconnect(at, first);
    const retrying = told(at, "retrying");
    second.refuse(await second.next(), rpcCodes.overloaded, { retryAfterMs: 0 });
    at.clock.advance((await retrying).delayMs);
    second.answer(await second.next(), 2);
    expect(await unsent).toBe(2);
    expect(sent.error).toBeInstanceOf(ConnectionLostError);
  });

  it("does not send again what has had input, even with a key", async () => {
    const at = await stage();
    const call = outcome(at.client.call("sum", undefined, { input: [1, 2], key: true }));
    const connection = await at.server.next();
    await connection.next();
    await lose(at, connection);
    expect(call.error).toBeInstanceOf(ConnectionLostError);
  });

  it("gives up a retry when its time is up, and says that it may have been acted on", async () => {
    const at = await stage();
    const call = at.client.call("look", { at: "x" }, { timeoutMs: 40 });
    const connection = await at.server.next();
    await connection.next();
    await lose(at, connection);
    at.clock.advance(40);
    await expect(call).rejects.toMatchObject({ code: "timeout", sent: true, timeoutMs: 40 });
  });

  it("is closed for good if it is not to come back", async () => {
    const at = await stage({ reconnect: false });
    const connection = await at.server.next();
    const closed = told(at, "disconnected");
    connection.reset();
    await closed;
    expect(at.client.state).toBe("closed");
    const error = await at.client.call("version").catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ClosedError);
    expect(error).toMatchObject({ reason: { kind: "reset" } });
  });

  it("is closed if the first connection fails and it is not to try again", async () => {
    const at = await stage({ reconnect: false, lazy: true });
    await at.server.close();
    await expect(at.client.call("version")).rejects.toMatchObject({ code: "connect-failed" });
    expect(at.client.state).toBe("closed");
  });

  it("gives up a server that sends what is no message", async () => {
    const at = await stage();
    const connection = await at.server.next();
    const disconnected = told(at, "disconnected");
    connection.stream.send("garbage\n");
    expect(await disconnected).toMatchObject({ reason: { by: "local", kind: "malformed" } });
    await connection.stream.untilEnded();
    expect(at.client.state).toBe("waiting");
  });

  it("gives up a server that shows no sign of life", async () => {
    const at = await stage({ pingIntervalMs: 100 });
    const connection = await at.server.next();
    await at.client.connected();
    const disconnected = told(at, "disconnected");
    at.clock.advance(100);
    expect(await connection.next()).toMatchObject({ method: "$/ping" });
    at.clock.advance(100);
    expect(await disconnected).toMatchObject({ reason: { kind: "unresponsive" } });
    expect(at.client.state).toBe("waiting");
  });
});

describe("the delays between tries", () => {
  it("grow with jitter up to the longest, and begin anew after a connection that lasted", async () => {
    const at = await stage({ reconnect: { initialDelayMs: 100, maxDelayMs: 400 } });
    const connection = await at.server.next();
    await at.client.connected();
    await at.server.close();
    const delays = [await lose(at, connection)];
    for (let failure = 0; failure < 4; failure++) {
      const waiting = told(at, "reconnecting");
      at.clock.advance(delays.at(-1) as number);
      delays.push((await waiting).delayMs);
    }
    expect(delays).toEqual([50, 100, 300, 300, 300]);
    await at.server.listen();
    at.clock.advance(300);
    const second = await at.server.next();
    await at.client.connected();
    // One that was short proves nothing.
    expect(await lose(at, second)).toBe(300);
    at.clock.advance(300);
    const third = await at.server.next();
    await at.client.connected();
    at.clock.advance(400);
    expect(await lose(at, third)).toBe(50);
  });
});

describe("with several addresses", () => {
  it("tries them in order without a delay, and stays with the one that is good", async () => {
    const at = await stage({ lazy: true }, 3);
    const [first, second] = at.servers as [ScriptedServer, ScriptedServer];
    await first.close();
    const tried: string[] = [];
    at.client.events.on("connecting", ({ address }) => tried.push(address));
    const failed = told(at, "connect-failed");
    await at.client.connected();
    expect(await failed).toMatchObject({ address: "dial 1", error: { code: "connect-failed" } });
    expect(tried).toEqual(["dial 1", "dial 2"]);
    const connection = await second.next();
    await second.close();
    at.clock.advance(await lose(at, connection));
    await at.client.connected();
    expect(tried).toEqual(["dial 1", "dial 2", "dial 2", "dial 3"]);
  });

  it("goes round again after a delay when none is good", async () => {
    const at = await stage({ lazy: true }, 2);
    const [first, second] = at.servers as [ScriptedServer, ScriptedServer];
    await Promise.all([first.close(), second.close()]);
    const waiting = told(at, "reconnecting");
    const connected = at.client.connected();
    const { delayMs, attempt } = await waiting;
    expect({ delayMs, attempt }).toEqual({ delayMs: 50, attempt: 1 });
    await second.listen();
    at.clock.advance(delayMs);
    await connected;
    expect(second.accepted).toBe(1);
  });

  it("moves on after a goaway, while the calls before it are finished", async () => {
    const at = await stage({}, 2);
    const [first, second] = at.servers as [ScriptedServer, ScriptedServer];
    const old = at.client.call("add", { a: 1, b: 2 });
    const before = await first.next();
    const request = await before.next();
    const goaway = told(at, "goaway");
    before.tell("$/goaway", { code: -32002, message: "draining", retryAfterMs: 1_000 });
    expect(await goaway).toMatchObject({ address: "dial 1", code: -32002, retryAfterMs: 1_000 });
    expect(at.client.state).toBe("draining");
    const next = at.client.call("add", { a: 3, b: 4 });
    const after = await second.next();
    after.answer(await after.next(), 7);
    expect(await next).toBe(7);
    expect(before.stream.hasEnded).toBe(false);
    before.answer(request, 3);
    expect(await old).toBe(3);
    await before.stream.untilEnded();
    expect(at.client.state).toBe("connected");
    expect(first.accepted).toBe(1);
  });

  it("leaves a server that is overloaded, and asks the other at once", async () => {
    const at = await stage({}, 2);
    const [first, second] = at.servers as [ScriptedServer, ScriptedServer];
    const call = at.client.call("add", { a: 1, b: 2 });
    const busy = await first.next();
    const retrying = told(at, "retrying");
    busy.refuse(await busy.next(), rpcCodes.overloaded, { retryAfterMs: 60_000 });
    const free = await second.next();
    at.clock.advance((await retrying).delayMs);
    free.answer(await free.next(), 3);
    expect(await call).toBe(3);
    await busy.stream.untilEnded();
  });

  it("stays where it is when the other is overloaded as well", async () => {
    const at = await stage({ maxAttempts: 3 }, 2);
    const [first, second] = at.servers as [ScriptedServer, ScriptedServer];
    const call = at.client.call("add", { a: 1, b: 2 });
    const retries: number[] = [];
    at.client.events.on("retrying", ({ delayMs }) => retries.push(delayMs));
    const one = await first.next();
    let retrying = told(at, "retrying");
    one.refuse(await one.next(), rpcCodes.overloaded, { retryAfterMs: 2_000 });
    at.clock.advance((await retrying).delayMs);
    const other = await second.next();
    retrying = told(at, "retrying");
    other.refuse(await other.next(), rpcCodes.overloaded, { retryAfterMs: 2_000 });
    at.clock.advance((await retrying).delayMs);
    other.answer(await other.next(), 3);
    expect(await call).toBe(3);
    expect(retries).toEqual([50, 2_100]);
    expect(first.accepted + second.accepted).toBe(2);
  });
});

describe("with one address", () => {
  it("waits as long as a server that goes away asks for", async () => {
    const at = await stage();
    const connection = await at.server.next();
    await at.client.connected();
    const waiting = told(at, "reconnecting");
    connection.tell("$/goaway", { code: -32002, message: "draining", retryAfterMs: 3_000 });
    const { delayMs } = await waiting;
    expect(delayMs).toBe(3_051);
    await connection.stream.untilEnded();
    at.clock.advance(delayMs);
    await at.server.next();
  });

  it("makes a call again that has crossed the FIN of a server that goes away, and not one that a reset cut off", async () => {
    for (const how of ["end", "destroy"] as const) {
      const at = await stage();
      const call = at.client.call("add", { a: 1, b: 2 }).catch((error: unknown) => error);
      const connection = await at.server.next();
      await connection.next();
      const lost = told(at, "disconnected");
      connection.tell("$/goaway", { code: -32002, message: "draining", retryAfterMs: 0 });
      connection.stream.stream[how]();
      await lost;
      if (how === "destroy") {
        expect(await call).toMatchObject({ code: "connection-lost", sent: true });
        continue;
      }
      at.clock.advance(1_000);
      const again = await at.server.next();
      at.clock.advance(1_000);
      again.answer(await again.next(), 3);
      expect(await call).toBe(3);
    }
  });

  it("makes a call again that was not started, whatever it is, after what was asked for", async () => {
    const at = await stage();
    const call = at.client.call("add", { a: 1, b: 2 });
    const connection = await at.server.next();
    const retrying = told(at, "retrying");
    connection.refuse(await connection.next(), rpcCodes.rateLimited, { retryAfterMs: 700 });
    expect(await retrying).toMatchObject({ method: "add", attempt: 2, delayMs: 750 });
    at.clock.advance(749);
    expect(connection.lines).toHaveLength(1);
    at.clock.advance(1);
    connection.answer(await connection.next(), 3);
    expect(await call).toBe(3);
  });

  it("rejects a call that was not started if there is no time to make it again", async () => {
    const at = await stage();
    const call = at.client.call("add", { a: 1, b: 2 }, { timeoutMs: 700 });
    const connection = await at.server.next();
    connection.refuse(await connection.next(), rpcCodes.overloaded, { retryAfterMs: 700 });
    const error = await call.catch((error: unknown) => error);
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toMatchObject({ retryAfterMs: 700, blame: "remote" });
    expect(at.client.state).toBe("connected");
  });
});
