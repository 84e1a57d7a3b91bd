import { connect, createClient } from "@parley/client";
import { type Connection, type Handler, textLines } from "@parley/core";
import { contract } from "@parley/rpc";
import { createServer, serve } from "@parley/server";
import { recordStream } from "@parley/testkit";
import { socketDial } from "@parley/transport";
import { Type } from "typebox";
import { describe, expect, it } from "vitest";
import { besideAProbe, echoedClient, type GoodClient, times } from "./beside-a-probe.ts";
import { temporaryLog } from "./temporary-log.ts";

const secret = "the secret of /etc/passwd";

/** What nobody expects to be thrown, by name; each a new one. */
const thrown: Readonly<Record<string, () => unknown>> = {
  "an Error": () => new Error(secret),
  text: () => secret,
  undefined: () => undefined,
  null: () => null,
  "a symbol": () => Symbol(secret),
  "an object without a prototype": () => Object.assign(Object.create(null), { message: secret }),
  "an object that looks like an error of RPC": () => ({ code: 7, rpcCode: 7, message: secret, data: secret }),
  "an Error whose message throws": () =>
    Object.defineProperty(new Error(secret), "message", {
      get() {
        throw new Error(secret);
      },
    }),
  "an Error that is its own cause": () => {
    const error = new Error(secret);
    error.cause = error;
    return error;
  },
  "a proxy that throws": () =>
    new Proxy(
      {},
      {
        get() {
          throw new Error(secret);
        },
      },
    ),
};

const throws = (what: string): never => {
  throw (thrown[what] as () => unknown)();
};

/** In what way a handler of lines fails: `HOW|WHAT` has it do that; any other line is echoed. */
const ways: Readonly<Record<string, (what: string, connection: Connection<string>) => void | Promise<void>>> =
  {
    throws,
    "is rejected": (what) => Promise.resolve().then(() => throws(what)),
    "is rejected later": async (what) => {
      await new Promise(setImmediate);
      throws(what);
    },
    "throws after replying": (what, connection) => {
      connection.send("reply");
      throws(what);
    },
  };

function failing(line: string, connection: Connection<string>): void | Promise<void> {
  const [how = "", what = ""] = line.split("|");
  const act = ways[how];
  if (act === undefined) return void connection.send(line);
  return act(what, connection);
}

const handlers: Readonly<
  Record<string, Handler<string> | ((connection: Connection<string>) => Promise<void>)>
> = {
  callbacks: { message: failing },
  "asynchronous iteration": async (connection) => {
    for await (const line of connection) await failing(line, connection);
  },
};

/** Sends a line, and has all that came back until the end. */
async function conversation(url: string, line: string): Promise<string> {
  const client = recordStream(await socketDial(url)());
  client.send(`${line}\n`);
  await client.untilEnded();
  client.stream.end();
  await client.untilClosed();
  return client.text;
}

describe("a handler of lines that fails harms its own connection only, and its text does not leak", () => {
  it.each(Object.entries(handlers))("by %s", async (_, handler) => {
    const server = createServer({ codec: textLines(), handler, logger: temporaryLog().logger });
    const errors: unknown[] = [];
    server.events.on("handler-error", ({ error }) => void errors.push(error));
    const lines = Object.keys(ways).flatMap((how) => Object.keys(thrown).map((what) => `${how}|${what}`));
    const reasons = await besideAProbe(
      server,
      (url) => echoedClient(url, textLines(), "probe"),
      async (url) => {
        const answers = await Promise.all(lines.map((line) => conversation(url, line)));
        for (const [index, answer] of answers.entries())
          expect(answer, lines[index]).toBe(lines[index]?.startsWith("throws after") ? "reply\n" : "");
      },
    );
    expect(reasons["handler-error"]).toBe(lines.length);
    expect(errors).toHaveLength(lines.length);
  });

  it.each(["open", "ended", "closed", "drain"] as const)("in %s", async (callback) => {
    const failed = (connection: Connection<string>): void => {
      // The probe's are those that have said so.
      if (connection.data !== "good") throws("an Error");
    };
    let mayOpen = true;
    const server = createServer<string, string, unknown>({
      codec: textLines(),
      logger: temporaryLog().logger,
      handler: {
        open(connection) {
          if (callback === "open" && !mayOpen) failed(connection);
        },
        message(message, connection) {
          if (message === "probe") connection.data = "good";
          connection.send(message);
        },
        ended(connection) {
          connection.end();
          if (callback === "ended") failed(connection);
        },
        closed(connection) {
          if (callback === "closed") failed(connection);
        },
        drain(connection) {
          if (callback === "drain") failed(connection);
        },
      },
    });
    const errors: unknown[] = [];
    let drained: Promise<unknown> = Promise.resolve();
    server.events.on("handler-error", ({ error }) => void errors.push(error));
    await besideAProbe(
      server,
      (url) => echoedClient(url, textLines(), "probe"),
      async (url) => {
        if (callback === "open") mayOpen = false;
        const clients = await times(5, async () => recordStream(await socketDial(url)()));
        mayOpen = callback !== "open";
        for (const client of clients) client.send("bad\n");
        const over = Promise.all(
          clients.map(async (client) => {
            // A drain finds those that are there still.
            if (callback !== "drain") client.stream.end();
            await client.untilEnded();
            client.stream.end();
            await client.untilClosed();
            expect(client.text).not.toContain("secret");
          }),
        );
        if (callback === "drain") drained = over;
        else await over;
        mayOpen = true;
      },
    );
    await drained;
    expect(errors).toHaveLength(5);
  });
});

const Named = Type.Object({ how: Type.String(), what: Type.String() });

const tasks = contract("tasks", {
  methods: {
    fail: { params: Named, result: Type.String() },
    pour: { params: Named, output: Type.Integer() },
    wait: { params: Type.Object({ name: Type.String() }), result: Type.String() },
    finish: { params: Type.Object({ name: Type.String() }) },
  },
  notifications: { note: Named },
  events: { tick: Type.Object({ at: Type.Integer() }) },
});

async function callingClient(url: string): Promise<GoodClient> {
  const stays = createClient(tasks, url);
  const ask = async (client: typeof stays): Promise<void> =>
    expect(await client.call("fail", { how: "not", what: "" })).toBe("well");
  return {
    request: () => ask(stays),
    async connect() {
      const client = createClient(tasks, url);
      await ask(client);
      await client.close();
    },
    close: () => stays.close(),
  };
}

describe("an implementation that fails harms its own call only, and its text does not leak", () => {
  function tasksServer() {
    const waiting = new Map<string, (result: string) => void>();
    return createServer({
      logger: temporaryLog().logger,
      handler: serve(tasks, {
        fail({ how, what }) {
          if (how === "throws") throws(what);
          return how === "rejects" ? Promise.resolve().then(() => throws(what)) : "well";
        },
        async *pour({ how, what }) {
          if (how === "at once") throws(what);
          yield 1;
          throws(what);
        },
        wait: ({ name }) => new Promise((resolve) => waiting.set(name, resolve)),
        finish: ({ name }) => waiting.get(name)?.("finished"),
        note: ({ what }) => throws(what),
      }),
    });
  }

  it("whatever it throws, at whatever time", async () => {
    const server = tasksServer();
    const failures: unknown[] = [];
    server.events.on("call-failed", (event) => void failures.push(event.reference));
    let connection = "";
    const reasons = await besideAProbe(server as never, callingClient, async (url) => {
      const client = recordStream(await socketDial(url)());
      let id = 0;
      const requests: object[] = [{ method: "wait", params: { name: "a" } }];
      for (const what of Object.keys(thrown)) {
        for (const how of ["throws", "rejects"]) requests.push({ method: "fail", params: { how, what } });
        for (const how of ["at once", "later"])
          requests.push({ method: "pour", params: { how, what }, meta: { credit: 10 } });
      }
      client.send(
        requests.map((request) => `${JSON.stringify({ jsonrpc: "2.0", id: ++id, ...request })}\n`).join(""),
      );
      for (const what of Object.keys(thrown)) {
        const note = { jsonrpc: "2.0", method: "note", params: { how: "", what } };
        client.send(`${JSON.stringify(note)}\n`);
      }
      const answers = () =>
        client.text
          .split("\n")
          .slice(0, -1)
          .map((line) => JSON.parse(line) as { id?: number; error?: { code: number; data: unknown } })
          .filter((message) => "error" in message || "result" in message);
      await client.until(() => answers().length === requests.length - 1);
      expect(client.text).not.toContain("secret");
      expect(new Set(answers().map(({ error }) => error?.code))).toEqual(new Set([-32603]));
      const references = answers().map(({ error }) => error?.data);
      expect(new Set(references).size).toBe(references.length);
      // The call before them is none the worse.
      const finish = { jsonrpc: "2.0", id: 0, method: "finish", params: { name: "a" } };
      client.send(`${JSON.stringify(finish)}\n`);
      await client.until(() => client.text.includes('"finished"'));
      connection = client.text;
      client.stream.end();
      await client.untilClosed();
    });
    expect(connection).toContain('{"jsonrpc":"2.0","id":1,"result":"finished"}');
    expect(reasons["handler-error"]).toBeUndefined();
    expect(failures).toHaveLength(5 * Object.keys(thrown).length);
  });
});

describe("a client's own code that throws", () => {
  it.each(Object.keys(thrown))("%s, in a listener of an event, ends nothing", async (what) => {
    const server = createServer({
      handler: serve(tasks, {
        fail: () => "well",
        async *pour() {},
        wait: () => "",
        finish() {},
        note() {},
      }),
    });
    await besideAProbe(server as never, callingClient, async (url) => {
      const client = createClient(tasks, url);
      const subscribed = new Promise((resolve) => client.events.once("subscribed", resolve));
      const errors: string[] = [];
      client.events.on("subscriber-error", ({ event }) => {
        errors.push(event);
        // In its place for errors as well.
        throws(what);
      });
      client.events.on("connected", () => throws(what));
      const heard: number[] = [];
      client.on("tick", () => throws(what));
      const both = new Promise<void>((resolve) => {
        client.on("tick", ({ at }) => {
          if (heard.push(at) === 2) resolve();
        });
      });
      await subscribed;
      server.emit("tick", { at: 1 });
      server.emit("tick", { at: 2 });
      await both;
      expect(await client.call("fail", { how: "not", what: "" })).toBe("well");
      expect(heard).toEqual([1, 2]);
      expect(errors.toSorted()).toEqual(["connected", "tick", "tick"]);
      await client.close();
    });
  });

  it("in a handler of a connection ends that connection, and says so", async () => {
    const server = createServer<string>({
      codec: textLines(),
      handler: { message: (line, connection) => void connection.send(line) },
    });
    await besideAProbe(
      server,
      (url) => echoedClient(url, textLines(), "probe"),
      async (url) => {
        for (const what of Object.keys(thrown)) {
          const reason = await new Promise((resolve) => {
            const handler: Handler<string> = {
              open: (connection) => void connection.send("hello"),
              message: () => throws(what),
              closed: (_, why) => resolve(why),
            };
            void connect(url, textLines(), { handler });
          });
          expect(reason, what).toMatchObject({ by: "local", kind: "handler-error" });
        }
      },
    );
  });
});
