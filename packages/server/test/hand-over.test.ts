import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { connect, type NetConnectOpts } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { textLines } from "@parley/core";
import { createMemoryNetwork } from "@parley/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { createServer, echo } from "../src/index.ts";

const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const program = fileURLToPath(new URL("hand-over-server.ts", import.meta.url));

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

/** What the servers print, all of them into the first one's output. */
class Output {
  readonly #lines: Interface;
  readonly #told: Record<string, unknown>[] = [];
  #look: () => void = () => {};

  constructor(child: ChildProcess) {
    this.#lines = createInterface(child.stdout as NodeJS.ReadableStream);
    this.#lines.on("line", (line) => {
      this.#told.push(JSON.parse(line) as Record<string, unknown>);
      this.#look();
    });
  }

  /** Resolves with the first that tells `key` and was not returned before. */
  next(key: string): Promise<Record<string, unknown>> {
    return new Promise((resolve) => {
      this.#look = () => {
        const index = this.#told.findIndex((told) => key in told);
        if (index >= 0) resolve(this.#told.splice(index, 1)[0] as Record<string, unknown>);
      };
      this.#look();
    });
  }
}

/** Asks over a new connection; resolves with the process that has answered. */
function ask(to: NetConnectOpts): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(to);
    socket.on("error", reject);
    socket.on("data", (piece) => {
      text += String(piece);
    });
    socket.on("close", () => {
      const [, pid] = /^(\d+) hello\n$/.exec(text) ?? [];
      if (pid === undefined) reject(new Error(`The answer was ${JSON.stringify(text)}.`));
      else resolve(pid);
    });
    socket.end("hello\n");
  });
}

describe.skipIf(process.platform === "win32")("a hand-over", () => {
  it("three times under load refuses, resets and cuts not one connection, at TCP and at a Unix socket", async () => {
    const directory = mkdtempSync(join(tmpdir(), "parley-"));
    undo.push(() => rmSync(directory, { recursive: true }));
    const path = join(directory, "x.sock");
    const args = ["--import", tsx, program];
    const child = spawn(process.execPath, [...args, "tcp://127.0.0.1:0", `unix://${path}`], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const output = new Output(child);
    let { pid, addresses } = (await output.next("pid")) as { pid: number; addresses: string[] };
    const own = addresses;
    undo.push(() => process.kill(pid, "SIGTERM"));
    const port = Number(new URL(addresses[0] as string).port);
    const answers = new Map<string, number>();
    const failures: unknown[] = [];
    let isLoaded = true;
    const load = async (to: NetConnectOpts): Promise<void> => {
      while (isLoaded) {
        await ask(to).then(
          (answeredBy) => answers.set(answeredBy, (answers.get(answeredBy) ?? 0) + 1),
          (error) => failures.push(error),
        );
      }
    };
    const loads = [
      ...Array.from({ length: 6 }, () => load({ port, host: "127.0.0.1" })),
      ...Array.from({ length: 4 }, () => load({ path })),
    ];
    const pids = [String(pid)];
    for (let times = 0; times < 3; times++) {
      process.kill(pid, "SIGUSR2");
      const successor = (await output.next("pid")) as { pid: number; addresses: string[] };
      const { from, report } = await output.next("from");
      expect(from).toBe(pid);
      expect(report).toMatchObject({ aborted: 0 });
      expect(successor.addresses).toEqual(own);
      pid = successor.pid;
      addresses = successor.addresses;
      pids.push(String(pid));
    }
    await ask({ path });
    isLoaded = false;
    await Promise.all(loads);
    expect(failures).toEqual([]);
    expect([...answers.keys()].sort()).toEqual(pids.sort());
  }, 60_000);

  it("that fails leaves the server as it was, and says why", async () => {
    const server = createServer<string>({ codec: textLines(), handler: echo() });
    undo.push(() => server.close({ graceMs: 0 }));
    const [address = ""] = await server.listen("tcp://127.0.0.1:0");
    for (const [options, why] of [
      [{ args: ["-e", "process.exit(3)"] }, /it ended with 3 before it did/],
      [{ command: "/nowhere/at/all" }, /it could not be started/],
      [{ args: ["-e", "setInterval(() => {}, 1000)"], readyTimeoutMs: 300 }, /not ready after 300 ms/],
    ] as const) {
      await expect(server.handOver(options)).rejects.toMatchObject({
        code: "hand-over-failed",
        message: expect.stringMatching(why),
      });
    }
    const socket = connect(Number(new URL(address).port), "127.0.0.1");
    socket.end("still here\n");
    expect(String((await once(socket, "data"))[0])).toBe("still here\n");
  });

  it("is refused for what has no descriptor, and after close", async () => {
    const server = createServer<string>({ codec: textLines(), handler: echo() });
    await server.listen(createMemoryNetwork().listener("here"));
    await expect(server.handOver()).rejects.toMatchObject({
      code: "hand-over-failed",
      message: expect.stringMatching(/memory:\/\/here cannot be handed over/),
    });
    await server.close();
    await expect(server.handOver()).rejects.toMatchObject({ code: "closed" });
  });
});
