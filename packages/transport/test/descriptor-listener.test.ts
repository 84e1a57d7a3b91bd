import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { createServer, type ListenOptions, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { formatAddress, socketDial } from "../src/index.ts";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** A socket that listens, to be passed on, and how to let go of it here, where it would take connections too. */
interface Passed {
  readonly fd: number;
  readonly port: number;
  release(): void;
}

async function listening(options: ListenOptions): Promise<Passed> {
  const server: Server = createServer();
  server.listen(options);
  await once(server, "listening");
  undo.push(() => server.close());
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
  const bound = server.address();
  const port = bound !== null && typeof bound === "object" ? bound.port : 0;
  return { fd, port, release: () => server.close() };
}

/** The same at a path, whose file nobody removes. */
async function listeningAtPath(): Promise<{ path: string; socket: Passed }> {
  const directory = mkdtempSync(join(tmpdir(), "parley-"));
  undo.push(() => rmSync(directory, { recursive: true }));
  const path = join(directory, "x.sock");
  const socket = await listening({ path: `${path}.first` });
  // Node removes the file that it bound as soon as it lets go.
  renameSync(`${path}.first`, path);
  return { path, socket };
}

interface Told {
  readonly address?: string;
  readonly left?: string;
  readonly code?: string;
  readonly message?: string;
}

/** The launcher: a shell that sets the variables and becomes the child, so that `$$` is the child's id. */
async function launch(url: string, passed: Passed[], variables = ""): Promise<Told> {
  const child = spawn(
    "/bin/sh",
    [
      "-c",
      `${variables} exec "$0" --import tsx "$@"`,
      process.execPath,
      fileURLToPath(new URL("descriptor-child.ts", import.meta.url)),
      url,
    ],
    { stdio: ["pipe", "pipe", "inherit", ...passed.map(({ fd }) => fd)] },
  );
  for (const { release } of passed) release();
  const exited = once(child, "exit");
  undo.push(async () => {
    child.stdin?.destroy();
    await exited;
  });
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
  return JSON.parse(line.toString()) as Told;
}

async function greeting(url: string): Promise<string> {
  const stream = await socketDial(url)();
  return new Promise((resolve) => {
    stream.open({
      received(bytes) {
        resolve(Buffer.from(bytes).toString());
        stream.end();
      },
      ended() {},
      drained() {},
      closed() {},
    });
  });
}

describe.skipIf(process.platform === "win32")("a listener at an inherited descriptor", () => {
  it("serves at the port that the launcher bound", async () => {
    const socket = await listening({ host: "127.0.0.1", port: 0 });
    const url = `tcp://127.0.0.1:${socket.port}`;
    expect(await launch("fd://3", [socket])).toEqual({ address: url });
    expect(await greeting(url)).toBe(url);
  });

  it("serves at a Unix socket, whose file it leaves to the launcher", async () => {
    const { path, socket } = await listeningAtPath();
    expect(await launch("fd://3", [socket])).toEqual({ address: "fd://3" });
    expect(await greeting(formatAddress({ scheme: "unix", path }))).toBe("unix://");
    await undo.pop()?.();
    expect(statSync(path).isSocket()).toBe(true);
  });

  it("serves at all that socket activation passed, and forgets the variables", async () => {
    const one = await listening({ host: "127.0.0.1", port: 0 });
    const two = await listening({ host: "127.0.0.1", port: 0 });
    const { path, socket } = await listeningAtPath();
    const urls = [one, two].map(({ port }) => `tcp://127.0.0.1:${port}`);
    const told = await launch("fd://", [one, socket, two], "LISTEN_FDS=3 LISTEN_PID=$$");
    expect(told).toEqual({ address: `${urls[0]},fd://4,${urls[1]}` });
    expect(await Promise.all(urls.map(greeting))).toEqual(urls);
    expect(await greeting(formatAddress({ scheme: "unix", path }))).toBe("unix://");
  });

  it("says so when a descriptor is not open, or no listening socket", async () => {
    const file = openSync("/dev/null", "r");
    undo.push(() => closeSync(file));
    for (const told of [
      await launch("fd://99", []),
      await launch("fd://3", [{ fd: file, port: 0, release() {} }]),
    ]) {
      expect(told.code).toBe("listen-failed");
      expect(told.message).toContain("have the launcher pass one");
    }
  });
});
