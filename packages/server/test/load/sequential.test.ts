import { connect } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { type Connection, type Handler, textLines } from "@parley/core";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { createServer, type Server } from "../../src/index.ts";

const atATime = 16;

const servers: Server<string>[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close({ graceMs: 0 });
});

/** Sends a line, with a FIN behind it or not before the reply; resolves with all that came once it is closed. */
function ask(port: number, line: string, endsFirst: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    socket.setEncoding("utf8");
    socket.on("error", reject);
    socket.on("data", (piece: string) => {
      text += piece;
      if (text.endsWith("\n") && !endsFirst) socket.end();
    });
    socket.on("close", () => resolve(text));
    if (endsFirst) socket.end(`${line}\n`);
    else socket.write(`${line}\n`);
  });
}

/** Up to three turns of the event loop, and now and then a millisecond. */
async function work(random: number): Promise<void> {
  if (random < 2) await new Promise((resolve) => setTimeout(resolve, 1));
  else for (let passed = 0; passed < random % 4; passed++) await turn();
}

describe("a sequential server", () => {
  it.each([
    [10_000, "a function for each connection"],
    [1_000, "callbacks"],
  ])(
    "serves %d one at a time in the order of arrival, each with its own reply, by %s",
    async (count, form) => {
      const seed = Number(process.env["PARLEY_SEED"] ?? Date.now() % 1_000_000);
      console.log(`seed ${seed}`);
      const works = fc.sample(fc.nat({ max: 99 }), { numRuns: count, seed });
      const faults: string[] = [];
      const inside = new Set<string>();
      let handled = 0;

      const handle = async (line: string, connection: Connection<string>): Promise<void> => {
        inside.add(connection.id);
        if (inside.size > 1) faults.push(`${[...inside].join(" and ")} at a time`);
        await work(works[handled++] as number);
        connection.send(`${line} for ${connection.id}`);
        inside.delete(connection.id);
      };
      const callbacks: Handler<string> = { message: handle };
      const server = createServer<string>({
        codec: textLines(),
        concurrency: 1,
        backlog: atATime,
        handler:
          form === "callbacks"
            ? callbacks
            : async (connection) => {
                for await (const line of connection) await handle(line, connection);
              },
      });
      servers.push(server);

      const served: string[] = [];
      let serving: string | null = null;
      server.events.on("serving", ({ connection: { id } }) => {
        if (serving !== null) faults.push(`${id} was served beside ${serving}`);
        serving = id;
        served.push(id);
      });
      const allClosed = new Promise<void>((resolve) => {
        server.events.on("closed", ({ connection: { id }, reason }) => {
          if (id !== serving || reason.kind !== "ended") faults.push(`${id} closed: ${reason.kind}`);
          serving = null;
          if (served.length === count) resolve();
        });
      });
      server.events.on("refused", ({ connection: { id } }) => faults.push(`${id} was refused`));
      const [url = ""] = await server.listen("tcp://127.0.0.1:0");
      const port = Number(new URL(url).port);

      let next = 0;
      const repliedTo = new Set<string>();
      const caller = async (): Promise<void> => {
        while (next < count) {
          const number = next++;
          const reply = await ask(port, `line ${number}`, number % 2 === 0);
          const [, own, id = ""] = /^line (\d+) for (c\d+)\n$/.exec(reply) ?? [];
          if (own !== String(number)) faults.push(`Line ${number} got ${JSON.stringify(reply)}.`);
          repliedTo.add(id);
        }
      };
      await Promise.all(Array.from({ length: atATime }, caller));
      await allClosed;

      const what = `seed ${seed}`;
      expect(faults, what).toEqual([]);
      expect(served, what).toEqual(Array.from({ length: count }, (_, index) => `c${index + 1}`));
      expect(repliedTo.size, what).toBe(count);
      expect(server.counters, what).toMatchObject({ serving: 0, waiting: 0, accepted: count, refused: 0 });
    },
    30_000,
  );
});
