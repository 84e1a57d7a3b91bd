import { type ChildProcess, spawn } from "node:child_process";
import cluster from "node:cluster";
import { once } from "node:events";
import { statSync } from "node:fs";
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatAddress } from "./address.ts";
import { socketDial } from "./dial.ts";
import type { Listener } from "./listener.ts";
import { socketListener } from "./socket-listener.ts";
import { bindByLink, bindPrivately, guardName } from "./unix-socket-file.ts";

const undo: (() => unknown)[] = [];
let path: string;
let url: string;
beforeEach(async () => {
  const directory = await mkdtemp(join(tmpdir(), "parley-"));
  undo.push(() => rm(directory, { recursive: true }));
  path = join(directory, "x.sock");
  url = formatAddress({ scheme: "unix", path });
});
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function listening(at: string): Promise<Listener> {
  const listener = await socketListener(at)({ accept: (stream) => stream.destroy(), failed() {} });
  undo.push(() => listener.close());
  return listener;
}

const modeOf = (): number => statSync(path).mode & 0o777;

/** Leaves a socket file behind, as only a program that is killed does. */
async function killedListener(): Promise<void> {
  const script = `require("net").createServer().listen(process.argv[1], () => console.log("up"))`;
  const child: ChildProcess = spawn(process.execPath, ["-e", script, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  undo.push(() => child.kill("SIGKILL"));
  await once(child.stdout as NodeJS.ReadableStream, "data");
  child.kill("SIGKILL");
  await once(child, "exit");
  expect((await stat(path)).isSocket()).toBe(true);
}

/** The same without a program: only the name that was bound goes with its server. */
function leftBehind(at: string, mode?: number): void {
  const server = createServer();
  bindByLink(at, mode, (temporary) => server.listen({ path: temporary }).listening);
  server.close();
}

describe.skipIf(process.platform === "win32")("a Unix socket file", () => {
  it("is its owner's alone from birth, whatever the umask, which is left as it was", () => {
    const before = process.umask(0);
    undo.push(() => process.umask(before));
    const server = createServer();
    undo.push(() => server.close());
    bindPrivately(path, 0o666, () => {
      server.listen({ path });
      expect(modeOf()).toBe(0o600);
      return true;
    });
    expect(modeOf()).toBe(0o666);
    expect(process.umask()).toBe(0);
  });

  it.each([
    ["", 0o600],
    ["?mode=660", 0o660],
    ["?mode=600", 0o600],
  ])("has the mode that the URL names: %j", async (query, mode) => {
    const listener = await listening(`${url}${query}`);
    expect(modeOf()).toBe(mode);
    expect(listener.address).toBe(url);
    (await socketDial(`${url}${query}`)()).destroy();
    await listener.close();
    await expect(stat(path)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("that was left behind is replaced", async () => {
    await killedListener();
    await listening(url);
    expect(modeOf()).toBe(0o600);
    (await socketDial(url)()).destroy();
  });

  it("at which somebody listens is refused, and keeps its mode", async () => {
    const first = await listening(url);
    await expect(listening(`${url}?mode=666`)).rejects.toMatchObject({
      code: "address-in-use",
      message: `${url} is in use by another program; choose another path, or stop that program.`,
      cause: { code: "EADDRINUSE" },
    });
    expect(modeOf()).toBe(0o600);
    (await socketDial(url)()).destroy();
    await first.close();
  });

  it("never takes the place of anything else", async () => {
    await writeFile(path, "precious");
    await expect(listening(url)).rejects.toMatchObject({
      code: "listen-failed",
      message: `What stands at ${url} is no socket, and is left alone; choose another path, or remove it.`,
    });
    expect(await readFile(path, "utf8")).toBe("precious");
    await rm(path);
    await symlink("/nowhere", path);
    await expect(listening(url)).rejects.toMatchObject({ code: "listen-failed" });
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
    await rm(path);
    await mkdir(path);
    await expect(listening(url)).rejects.toMatchObject({ code: "listen-failed" });
    expect((await lstat(path)).isDirectory()).toBe(true);
  });

  it("is never looked for behind a link, be it to one that was left behind", async () => {
    const target = join(dirname(path), "target");
    leftBehind(target);
    await symlink(target, path);
    await expect(listening(url)).rejects.toMatchObject({ code: "listen-failed" });
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
    expect((await lstat(target)).isSocket()).toBe(true);
  });

  it("is not taken from another user, who may be listening there", async ({ skip }) => {
    if (process.geteuid?.() !== 0) skip("only root can be somebody else");
    leftBehind(path);
    const { ino } = await lstat(path);
    await chmod(dirname(path), 0o777);
    process.seteuid?.(65_534);
    undo.push(() => process.seteuid?.(0));
    await expect(listening(url)).rejects.toMatchObject({
      code: "listen-failed",
      message: `The socket at ${url} is another user's, and is left alone; choose another path, or have that user remove it.`,
    });
    expect((await lstat(path)).ino).toBe(ino);
  });

  it("that was left behind where nothing may be removed is said to be so", async ({ skip }) => {
    if (process.geteuid?.() !== 0) skip("only root can be somebody else");
    leftBehind(path, 0o666);
    await chmod(dirname(path), 0o1777);
    process.seteuid?.(65_534);
    undo.push(() => process.seteuid?.(0));
    await expect(listening(url)).rejects.toMatchObject({
      code: "listen-failed",
      message: expect.stringMatching(/was left behind and cannot be removed: EPERM.*; remove it/) as string,
    });
    expect(await readdir(dirname(path))).toEqual(["x.sock"]);
  });

  it("needs its directory", async () => {
    const directory = join(dirname(path), "missing");
    const nowhere = formatAddress({ scheme: "unix", path: join(directory, "x.sock") });
    await expect(listening(nowhere)).rejects.toMatchObject({
      code: "listen-failed",
      message: `${nowhere} cannot be listened at: there is no directory ${directory}; make it, or choose another path.`,
    });
  });

  it("that was left behind is left alone while somebody else replaces it", async () => {
    leftBehind(path);
    const { ino } = await lstat(path);
    const other = createServer();
    undo.push(() => other.close());
    bindByLink(guardName(path), undefined, (temporary) => other.listen({ path: temporary }).listening);
    await expect(listening(url)).rejects.toMatchObject({ code: "address-in-use" });
    expect((await lstat(path)).ino).toBe(ino);
  });

  it("that was left behind is replaced although somebody was killed who was about to", async () => {
    leftBehind(path);
    leftBehind(guardName(path));
    leftBehind(guardName(guardName(path)));
    await listening(url);
    (await socketDial(url)()).destroy();
    expect(await readdir(dirname(path))).toEqual(["x.sock"]);
  });

  it("leaves no other name behind", async () => {
    const names = (): Promise<string[]> => readdir(dirname(path));
    const first = await listening(url);
    expect(await names()).toEqual(["x.sock"]);
    await expect(listening(url)).rejects.toMatchObject({ code: "address-in-use" });
    expect(await names()).toEqual(["x.sock"]);
    await first.close();
    expect(await names()).toEqual([]);
  });

  it("is removed with its listener only if it still is the same one", async () => {
    const first = await listening(url);
    await rm(path);
    const second = await listening(url);
    await first.close();
    (await socketDial(url)()).destroy();
    await rm(path);
    await writeFile(path, "precious");
    await second.close();
    expect(await readFile(path, "utf8")).toBe("precious");
  });

  it("stays where another process goes on listening", async () => {
    const listener = await listening(url);
    await listener.close({ handedOver: true });
    await listener.close();
    expect(statSync(path).isSocket()).toBe(true);
  });

  it("is not made in a cluster's worker, for which the primary binds", async () => {
    const settable = cluster as { isWorker: boolean };
    settable.isWorker = true;
    undo.push(() => {
      settable.isWorker = false;
    });
    await expect(listening(url)).rejects.toMatchObject({
      code: "listen-failed",
      message: expect.stringContaining("worker of a cluster") as string,
    });
  });

  it("has a path that fits under its temporary name too", async () => {
    const directory = join(dirname(path), "d".repeat(105 - Buffer.byteLength(dirname(path)) - 1));
    const short = formatAddress({ scheme: "unix", path: join(directory, "x") });
    await expect(listening(short)).rejects.toMatchObject({
      code: "listen-failed",
      message: expect.stringContaining("choose a shorter one") as string,
    });
  });

  it("has a path that fits, and is not made at a shortened one", async () => {
    const long = formatAddress({ scheme: "unix", path: `${path}${"x".repeat(120)}` });
    await expect(listening(long)).rejects.toMatchObject({
      code: "listen-failed",
      message: expect.stringContaining("choose a shorter one") as string,
    });
    await expect(socketDial(long)()).rejects.toMatchObject({
      code: "connect-failed",
      message: expect.stringContaining("choose a shorter one") as string,
    });
  });
});
