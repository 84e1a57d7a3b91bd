import { once } from "node:events";
import { connect } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { type Connection, textLines } from "@parley/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createServer } from "../src/index.ts";

/** Sends numbered requests without end until it is told that the server drains, or the server's FIN comes. */
class Caller {
  readonly replies: string[] = [];
  sent = 0;
  error: Error | undefined;
  readonly closed: Promise<unknown>;
  #rest = "";
  #stopped = false;

  constructor(port: number) {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.setEncoding("utf8");
    socket.on("error", (error) => {
      this.error = error;
    });
    this.closed = new Promise((resolve) => socket.on("close", resolve));
    const ask = (): void => {
      if (!this.#stopped && socket.writable) socket.write(`${++this.sent}\n${++this.sent}\n${++this.sent}\n`);
    };
    socket.on("connect", ask);
    socket.on("data", (text: string) => {
      const lines = (this.#rest + text).split("\n");
      this.#rest = lines.pop() ?? "";
      this.replies.push(...lines);
      if (lines.includes("draining")) this.#stopped = true;
      ask();
    });
    socket.on("end", () => {
      this.#stopped = true;
    });
  }
}

describe("a drain under load", () => {
  it("answers every request that was accepted, or tells that it drains, and cuts nobody: a hundred times", async () => {
    const seed = Number(process.env["PARLEY_SEED"] ?? Date.now() % 1_000_000);
    const turns = fc.sample(fc.integer({ min: 1, max: 60 }), { numRuns: 100, seed });
    for (const [round, before] of turns.entries()) {
      const accepted = new Map<string, number>();
      const server = createServer<string>({
        codec: textLines(),
        handler: {
          async message(line, connection) {
            accepted.set(connection.remoteAddress, Number(line));
            if (Number(line) % 3 === 0) await turn();
            connection.send(line);
          },
          drain: (connection: Connection<string>) => void connection.send("draining"),
        },
      });
      const [address = ""] = await server.listen("tcp://127.0.0.1:0");
      const serving = once(server.events as never, "serving");
      const callers = Array.from({ length: 8 }, () => new Caller(Number(new URL(address).port)));
      await serving;
      for (let passed = 0; passed < before; passed++) await turn();
      const report = await server.close({ graceMs: 5_000 });
      await Promise.all(callers.map(({ closed }) => closed));
      const what = `seed ${seed}, round ${round}`;
      expect(report.aborted, what).toBe(0);
      let answered = 0;
      for (const { replies, error } of callers) {
        // Who was not accepted any more is reset by the system, and has no reply.
        if (error !== undefined) expect(replies, what).toEqual([]);
        const numbers = replies.filter((reply) => reply !== "draining").map(Number);
        expect(numbers, what).toEqual(numbers.map((_, index) => index + 1));
        answered += numbers.length;
        if (error === undefined) expect(replies, what).toContain("draining");
      }
      expect(answered, what).toBe([...accepted.values()].reduce((sum, last) => sum + last, 0));
    }
  });
});
