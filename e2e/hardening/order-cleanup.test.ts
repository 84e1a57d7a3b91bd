import { type Connection, type Handler, textLines } from "@parley/core";
import { contract } from "@parley/rpc";
import { authenticate, createServer, pipe, type Server, serve } from "@parley/server";
import { recordStream, watchResources } from "@parley/testkit";
import { socketDial } from "@parley/transport";
import { describe, expect, it } from "vitest";
import { besideAProbe, echoedClient, type Reasons, times } from "./beside-a-probe.ts";

/** What a handler was told of the connections that are not the probe's, and when the last of them is gone. */
class Told {
  readonly opened = new Map<string, number>();
  readonly closed = new Map<string, number>();
  readonly aborted = new Set<string>();
  /** Connections that have come to the place where they are to die. */
  readonly there = new Set<string>();
  #look: (() => void)[] = [];

  open(connection: Connection<string>): void {
    count(this.opened, connection.id);
    connection.signal.addEventListener("abort", () => void this.aborted.add(connection.id));
  }

  close(connection: Connection<string>): void {
    count(this.closed, connection.id);
    this.#looked();
  }

  arrive(connection: Connection<string>): void {
    this.there.add(connection.id);
    this.#looked();
  }

  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#look.push(() => {
        if (holds()) resolve();
      });
      this.#looked();
    });
  }

  #looked(): void {
    for (const look of this.#look) look();
  }
}

function count(counts: Map<string, number>, id: string): void {
  counts.set(id, (counts.get(id) ?? 0) + 1);
}

const never = (): Promise<never> => new Promise(() => {});
const clientCount = 20;

/** `arrive` has a connection stay where it is. Who says `probe` is the probe. */
const places: Readonly<
  Record<string, { readonly handler: (told: Told) => Handler<string>; readonly isOpened: boolean }>
> = {
  "while its token is verified": {
    isOpened: false,
    handler: (told) =>
      pipe<string>(
        {
          open: (connection) => told.open(connection),
          message: (message, connection) => void connection.send(message),
          closed: (connection) => told.close(connection),
        },
        authenticate<string>({
          verify(message, connection) {
            if (message === "probe") return true;
            told.arrive(connection);
            return never();
          },
          welcome: "probe",
        }),
      ) as Handler<string>,
  },
  "while it is opened": {
    isOpened: true,
    handler: (told) => {
      let probes = 0;
      return {
        open(connection) {
          // The first is the probe's.
          if (probes++ === 0) return undefined;
          told.open(connection);
          told.arrive(connection);
          return never();
        },
        message: (message, connection) => void connection.send(message),
        closed: (connection) => {
          if (told.there.has(connection.id)) told.close(connection);
        },
      };
    },
  },
  "while its first message is handled": {
    isOpened: true,
    handler: (told) => ({
      open: () => {},
      message(message, connection) {
        if (message === "probe") return void connection.send(message);
        told.open(connection);
        told.arrive(connection);
        return never();
      },
      closed: (connection) => {
        if (told.there.has(connection.id)) told.close(connection);
      },
    }),
  },
};

async function dyingThere(server: Server<string>, told: Told): Promise<Reasons> {
  return besideAProbe(
    server,
    async (url) => {
      const good = await echoedClient(url, textLines(), "probe");
      // New connections of the probe's would stay where the others do.
      return { ...good, connect: good.request };
    },
    async (url) => {
      const clients = await times(clientCount, async () => recordStream(await socketDial(url)()));
      for (const client of clients) client.send("arrive\n");
      await told.until(() => told.there.size === clientCount);
      const gone = new Promise<void>((resolve) => {
        let left = clientCount;
        server.events.on("closed", () => {
          left -= 1;
          if (left === 0) resolve();
        });
      });
      for (const client of clients) client.stream.destroy();
      await gone;
    },
  );
}

describe("cleanup runs exactly once for a connection that dies", () => {
  it.each(Object.entries(places))("%s", async (_, { handler, isOpened }) => {
    const told = new Told();
    const server = createServer<string>({ codec: textLines(), handler: handler(told) });
    const reasons = await dyingThere(server, told);
    expect(reasons["reset"]).toBe(clientCount);
    const own = [...told.there];
    const once = isOpened ? 1 : undefined;
    for (const id of own) {
      expect([told.opened.get(id), told.closed.get(id)], id).toEqual([once, once]);
      expect(told.aborted.has(id)).toBe(isOpened);
    }
  });

  it("while it waits to be served: nothing was begun, and its place is free", async () => {
    const watch = watchResources();
    const opened: string[] = [];
    const closed: string[] = [];
    const server = createServer<string>({
      codec: textLines(),
      concurrency: 1,
      backlog: clientCount,
      handler: {
        open: ({ id }) => void opened.push(id),
        message: (message, connection) => void connection.send(message),
        closed: ({ id }) => void closed.push(id),
      },
    });
    const [url] = (await server.listen("tcp://127.0.0.1:0")) as [string];
    const served = recordStream(await socketDial(url)());
    served.send("first\n");
    await served.untilText("first\n");
    const waiting = new Promise<void>((resolve) => {
      let count = 0;
      server.events.on("waiting", () => {
        if (++count === clientCount) resolve();
      });
    });
    const clients = await times(clientCount, async () => recordStream(await socketDial(url)()));
    for (const client of clients) client.send("me too\n");
    await waiting;
    const gone = new Promise<void>((resolve) => {
      let count = 0;
      server.events.on("closed", () => {
        if (++count === clientCount) resolve();
      });
    });
    for (const client of clients) client.stream.destroy();
    await gone;
    expect(server.counters).toMatchObject({ serving: 1, waiting: 0 });
    served.stream.end();
    await served.untilClosed();
    const last = recordStream(await socketDial(url)());
    last.send("last\n");
    await last.untilText("last\n");
    last.stream.end();
    await last.untilClosed();
    await server.close();
    expect(opened).toEqual(closed);
    expect(opened).toHaveLength(2);
    expect(await watch.leftBehind()).toEqual([]);
    watch.stop();
  });

  it("while its call is worked on: the call is told to stop, and its generator ended, once", async () => {
    const events: string[] = [];
    let tell!: () => void;
    const ended = new Promise<void>((resolve) => {
      tell = resolve;
    });
    let begun!: () => void;
    const begins = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const tasks = contract("tasks", { methods: { pour: { output: {} } } });
    const server = createServer({
      handler: serve(tasks, {
        async *pour(_, { signal }) {
          signal.addEventListener("abort", () => void events.push("aborted"));
          try {
            for (let n = 0; ; n++) {
              yield n;
              if (n === 2) begun();
              await new Promise(setImmediate);
            }
          } finally {
            events.push("finally");
            tell();
          }
        },
      }),
    });
    const watch = watchResources();
    const [url] = (await server.listen("tcp://127.0.0.1:0")) as [string];
    const client = recordStream(await socketDial(url)());
    client.send(`${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "pour", meta: { credit: 1_000 } })}\n`);
    await begins;
    client.stream.destroy();
    await ended;
    await server.close();
    expect(events.toSorted()).toEqual(["aborted", "finally"]);
    expect(await watch.leftBehind()).toEqual([]);
    watch.stop();
  });
});
