import { type ChildProcess, spawn } from "node:child_process";
import cluster from "node:cluster";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer as createNetServer, type NetConnectOpts, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { textLines } from "@parley/core";
import { createMemoryNetwork } from "@parley/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { createServer, echo, type HandOverOptions, type Server } from "../src/index.ts";

const program = fileURLToPath(new URL("programs/dist/hand-over-server.js", import.meta.url));
const exhausted = fileURLToPath(new URL("programs/dist/hand-over-exhausted.js", import.meta.url));

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

async function echoServer(
  ...places: string[]
): Promise<{ readonly server: Server<string>; readonly addresses: string[] }> {
  const server = createServer<string>({ codec: textLines(), handler: echo() });
  undo.push(() => server.close({ graceMs: 0 }));
  return { server, addresses: await server.listen(...places) };
}

/** A successor that listens at nothing, and does as it is told: `say` that it is ready, or `exit`. */
interface Successor {
  readonly options: HandOverOptions;
  /** Resolves with the control of the next one that is started. */
  started(): Promise<Socket>;
  /** How many were started. */
  readonly count: number;
}

async function successor(): Promise<Successor> {
  const controls: Socket[] = [];
  let look = (): void => {};
  const control = createNetServer((socket) => {
    controls.push(socket.on("error", () => {}));
    look();
  }).listen(0, "127.0.0.1");
  await once(control, "listening");
  undo.push(() => {
    // Each ends with its control.
    for (const socket of controls) socket.destroy();
    control.close();
  });
  const { port } = control.address() as { port: number };
  const script = `
    const end = () => process.exit(7);
    const control = require("net").connect(${port}, "127.0.0.1", () => control.write(String(process.pid)));
    control.on("error", end).on("close", end).on("data", (told) => {
      if (String(told) === "say") require("fs").writeSync(3, "\\n"); else end();
    });`;
  let taken = 0;
  return {
    options: { command: process.execPath, args: ["-e", script] },
    started: () =>
      new Promise((resolve) => {
        look = () => {
          const socket = controls[taken];
          if (socket === undefined) return;
          taken += 1;
          look = () => {};
          resolve(socket);
        };
        look();
      }),
    get count() {
      return controls.length;
    },
  };
}

function socketPath(): string {
  const directory = mkdtempSync(join(tmpdir(), "parley-"));
  undo.push(() => rmSync(directory, { recursive: true }));
  return join(directory, "x.sock");
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
    const path = socketPath();
    const child = spawn(process.execPath, [program, "tcp://127.0.0.1:0", `unix://${path}`], {
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
  });

  it("that fails leaves the server as it was, and says why", async () => {
    const { server, addresses } = await echoServer("tcp://127.0.0.1:0");
    const [address = ""] = addresses;
    for (const [options, why] of [
      [{ args: ["-e", "process.exit(3)"] }, /it ended with 3 before it did/],
      [{ command: "/nowhere/at/all" }, /it could not be started/],
      [{ args: ["x".repeat(4 * 1024 * 1024)] }, /it could not be started \(spawn E2BIG/],
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

  it("that finds no descriptor left fails, and brings nothing down", async () => {
    const args = ["-c", 'ulimit -n 100; exec "$@"', "sh", process.execPath, exhausted];
    const child = spawn("sh", args, { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(child, "close");
    expect(await new Output(child).next("code")).toMatchObject({
      code: "hand-over-failed",
      message: expect.stringContaining("EMFILE") as string,
      state: "listening",
    });
    expect(await ended).toEqual([0, null]);
  });

  it("that is asked for again while it is under way is the same, to one successor", async () => {
    const { server } = await echoServer("tcp://127.0.0.1:0");
    const told: number[] = [];
    const handOvers: Promise<unknown>[] = [];
    const next = await successor();
    const { options, started } = next;
    server.events.on("handed-over", ({ pid }) => {
      told.push(pid);
      handOvers.push(server.handOver(options));
    });
    handOvers.push(server.handOver(options), server.handOver(options));
    (await started()).write("say");
    const [first, ...others] = await Promise.all(handOvers);
    expect(others.every((other) => other === first)).toBe(true);
    expect(await handOvers[2]).toBe(first);
    expect(first).toMatchObject({ pid: told[0] });
    expect([told.length, next.count]).toEqual([1, 1]);
    await expect(server.handOver(options)).rejects.toMatchObject({ code: "closed" });
  });

  it("ends with its successor when the server is closed before that listens, and the port is free", async () => {
    const { server, addresses } = await echoServer("tcp://127.0.0.1:0");
    const { options, started } = await successor();
    const handingOver = server.handOver(options);
    const refused = expect(handingOver).rejects.toMatchObject({ code: "closed" });
    const control = await started();
    const pid = Number(await once(control, "data"));
    expect(await server.close()).toMatchObject({ aborted: 0 });
    expect(() => process.kill(pid, 0)).toThrow(expect.objectContaining({ code: "ESRCH" }));
    await echoServer(...addresses);
    await refused;
  });

  it("is not undone by who closes or suspends the server because of it", async () => {
    const path = socketPath();
    const { server } = await echoServer(`unix://${path}`);
    const { options, started } = await successor();
    const suspending: Promise<void>[] = [];
    server.events.on("handed-over", () => {
      void server.close();
      suspending.push(server.suspend());
    });
    const handingOver = server.handOver(options);
    const control = await started();
    suspending.push(server.suspend());
    control.write("say");
    await handingOver;
    await Promise.all(suspending);
    expect(existsSync(path)).toBe(true);
    expect(server.info().state).toBe("closed");
  });

  it("whose successor dies before it listens may be followed by another, and by what waited for it", async () => {
    const path = socketPath();
    const { server } = await echoServer(`unix://${path}`);
    const { options, started } = await successor();
    for (let time = 0; time < 2; time++) {
      const failed = expect(server.handOver(options)).rejects.toMatchObject({
        code: "hand-over-failed",
        message: expect.stringContaining("it ended with 7 before it did") as string,
      });
      const control = await started();
      const suspending = time === 1 ? server.suspend() : undefined;
      expect(existsSync(path)).toBe(true);
      control.write("exit");
      await failed;
      await suspending;
    }
    expect([existsSync(path), server.info().state]).toEqual([false, "suspended"]);
    await expect(server.handOver(options)).rejects.toMatchObject({
      code: "hand-over-failed",
      message: expect.stringMatching(/is suspended.*resume it first/) as string,
    });
    await server.resume();
    expect(server.info().state).toBe("listening");
  });

  it("whose predecessor is killed meanwhile has the successor serve", async () => {
    const child = spawn(process.execPath, [program, "tcp://127.0.0.1:0"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const output = new Output(child);
    const { addresses } = (await output.next("pid")) as { addresses: [string] };
    child.kill("SIGUSR2");
    await output.next("started");
    child.kill("SIGKILL");
    const { pid } = (await output.next("pid")) as { pid: number };
    undo.push(() => process.kill(pid, "SIGTERM"));
    expect(await ask({ port: Number(new URL(addresses[0]).port), host: "127.0.0.1" })).toBe(String(pid));
  });

  it("is refused where there is nothing to hand over: before listening, and in a cluster's worker", async () => {
    const { server } = await echoServer();
    await expect(server.handOver()).rejects.toMatchObject({
      code: "hand-over-failed",
      message: expect.stringMatching(/is idle.*have it listen first/) as string,
    });
    await server.listen("tcp://127.0.0.1:0");
    const settable = cluster as { isWorker: boolean };
    settable.isWorker = true;
    undo.push(() => {
      settable.isWorker = false;
    });
    await expect(server.handOver()).rejects.toMatchObject({
      code: "hand-over-failed",
      message: expect.stringMatching(/worker of a cluster.*restart\(\)/) as string,
    });
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
