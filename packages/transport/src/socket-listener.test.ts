import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ByteStream } from "@parley/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { formatAddress, parseAddress } from "./address.ts";
import { socketDial } from "./dial.ts";
import type { Listener } from "./listener.ts";
import type { SocketListenerOptions } from "./listener-options.ts";
import { socketListener } from "./socket-listener.ts";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function listening(
  url: string,
  options?: SocketListenerOptions,
  again?: string,
): Promise<{ listener: Listener; accepted: ByteStream[] }> {
  const accepted: ByteStream[] = [];
  const listener = await socketListener(url, options)(
    {
      accept(stream) {
        accepted.push(stream);
        undo.push(() => stream.destroy());
      },
      failed(error) {
        throw error;
      },
    },
    again,
  );
  undo.push(() => listener.close());
  return { listener, accepted };
}

async function socketPath(name: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "parley-"));
  undo.push(() => rm(directory, { recursive: true }));
  return join(directory, name);
}

function rejection(url: string): Promise<Error> {
  return listening(url).then(
    () => expect.fail("It listens."),
    (error: Error) => error,
  );
}

describe("a socket listener", () => {
  it.each([
    ["tcp://127.0.0.1:0", /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/],
    ["tcp://[::1]:0", /^tcp:\/\/\[::1\]:[1-9]\d*$/],
  ])("at %s tells the port that the system chose", async (url, form) => {
    const { listener } = await listening(url);
    expect(listener.address).toMatch(form);
    const stream = await socketDial(listener.address)();
    undo.push(() => stream.destroy());
    expect(stream.remoteAddress).toBe(listener.address);
  });

  it("listens at a Unix path that has to be percent-encoded, and removes it", async () => {
    const path = await socketPath("日本 #1?%.sock");
    const url = formatAddress({ scheme: "unix", path });
    const { listener } = await listening(url);
    expect(parseAddress(listener.address)).toEqual({ scheme: "unix", path });
    const stream = await socketDial(url)();
    undo.push(() => stream.destroy());
    expect(stream.remoteAddress).toBe(url);
    await listener.close();
    await expect(stat(path)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("frees its address once it is closed, although its streams live on", async () => {
    const first = await listening("tcp://127.0.0.1:0");
    const { address } = first.listener;
    const stream = await socketDial(address)();
    undo.push(() => stream.destroy());
    await first.listener.close();
    await first.listener.close();
    const second = await listening(address);
    expect(second.listener.address).toBe(address);
  });

  it("takes the port again that it had, or the one that it is told to take", async () => {
    const first = await listening("tcp://127.0.0.1:0");
    const { address, requested } = first.listener;
    expect(requested).toBe("tcp://127.0.0.1:0");
    await first.listener.close();
    const second = await listening("tcp://127.0.0.1:0", {}, address);
    expect(second.listener).toMatchObject({ address, requested: "tcp://127.0.0.1:0" });
    const third = listening("tcp://127.0.0.1:0", {}, address);
    await expect(third).rejects.toMatchObject({
      code: "address-in-use",
      message: expect.stringContaining(address) as string,
    });
  });

  it.runIf(process.platform !== "win32")("tells its descriptor", async () => {
    const { listener } = await listening("tcp://127.0.0.1:0");
    expect(listener.descriptor).toBeGreaterThan(2);
  });

  it.runIf(process.platform === "linux").each<[SocketListenerOptions, boolean]>([
    [{ keepAliveMs: 3_600_001 }, true],
    [{ keepAliveMs: Number.POSITIVE_INFINITY }, false],
    [{}, true],
    [{ keepAliveMs: 3_600_001, kernelBacklog: 1 }, true],
    [{ keepAliveMs: Number.POSITIVE_INFINITY, kernelBacklog: 1 }, false],
  ])("has the kernel probe as %j says (/proc/net/tcp)", async (options, probes) => {
    const { listener, accepted } = await listening("tcp://127.0.0.1:0", options);
    // Behind those that the kernel may have had before, they have it from the listening socket.
    const earlier = options.kernelBacklog === undefined ? 0 : 2;
    for (let dialled = 0; dialled < earlier; dialled++) {
      const before = await socketDial(listener.address)();
      undo.push(() => before.destroy());
      await expect.poll(() => accepted.length).toBe(dialled + 1);
    }
    const setNoDelay = vi.spyOn(Socket.prototype, "setNoDelay");
    undo.push(() => setNoDelay.mockRestore());
    const stream = await socketDial(listener.address)();
    undo.push(() => stream.destroy());
    await expect.poll(() => accepted.length).toBe(earlier + 1);
    expect(setNoDelay).toHaveBeenCalledTimes(earlier === 0 ? 1 : 0);
    const [local, remote] = [listener.address, stream.localAddress].map((url) =>
      Number(new URL(url).port).toString(16).toUpperCase().padStart(4, "0"),
    );
    // Timer 02 is keep-alive; behind it stand the hundredths of a second until it is due.
    const row = new RegExp(`:${local} 0100007F:${remote} 01 \\S+ (\\d\\d):([0-9A-F]{8}) `);
    const [, timer, due = ""] = row.exec(await readFile("/proc/net/tcp", "utf8")) ?? [];
    expect(timer).toBe(probes ? "02" : "00");
    if (options.keepAliveMs === 3_600_001) expect(Number.parseInt(due, 16)).toBeGreaterThan(100_000);
  });

  it("passes kernelBacklog on", async () => {
    const listen = vi.spyOn(Server.prototype, "listen");
    undo.push(() => listen.mockRestore());
    const path = await socketPath("x.sock");
    await listening("tcp://127.0.0.1:0", { kernelBacklog: 7 });
    await listening(formatAddress({ scheme: "unix", path }), { kernelBacklog: 8 });
    await listening("tcp://127.0.0.1:0");
    expect(listen.mock.calls.map(([options]) => (options as { backlog?: number }).backlog)).toEqual([
      7, 8, 511,
    ]);
  });

  it("says what to do when the port is taken", async () => {
    const { listener } = await listening("tcp://127.0.0.1:0");
    const error = await rejection(listener.address);
    expect(error).toMatchObject({ code: "address-in-use", blame: "local" });
    expect(error.message).toBe(
      `${listener.address} is in use by another program; choose another port, or port 0 for any free one.`,
    );
    expect(error.cause).toMatchObject({ code: "EADDRINUSE" });
  });

  it("says what to do when the address is not this machine's", async () => {
    const error = await rejection("tcp://192.0.2.1:1");
    expect(error).toMatchObject({ code: "listen-failed" });
    expect(error.message).toBe(
      "This machine has no address tcp://192.0.2.1:1; 127.0.0.1 is this machine alone, 0.0.0.0 all its addresses.",
    );
  });

  it("says what the system says when a Unix path cannot be made", async () => {
    const url = formatAddress({ scheme: "unix", path: join(await socketPath("absent"), "x.sock") });
    const error = await rejection(url);
    expect(error).toMatchObject({ code: "listen-failed" });
    expect(error.message).toContain(url);
  });

  it.each([
    ["tcp://[::]:0", true],
    ["tcp://[::]:0?ipv6only=true", false],
  ])("at %s takes IPv4: %s", async (url, takes) => {
    const { listener, accepted } = await listening(url);
    const { port } = new URL(listener.address);
    const six = await socketDial(`tcp://[::1]:${port}`)();
    undo.push(() => six.destroy());
    const four = socketDial(`tcp://127.0.0.1:${port}`)();
    if (!takes) return expect(four).rejects.toMatchObject({ code: "connect-failed" });
    const near = await four;
    undo.push(() => near.destroy());
    await expect.poll(() => accepted.map((stream) => stream.remoteAddress)).toContain(near.localAddress);
    expect(accepted.map((stream) => stream.localAddress)).toContain(`tcp://127.0.0.1:${port}`);
  });

  it("refuses a bad address, or a bad option, at once", () => {
    expect(() => socketListener("tcp://127.0.0.1:0", { kernelBacklog: 0 })).toThrow(
      expect.objectContaining({ code: "bad-option" }),
    );
    expect(() => socketListener("127.0.0.1:80")).toThrow(expect.objectContaining({ code: "bad-address" }));
  });
});
